/* logmine_json.c - the message, level and time of a log line that is a JSON object.
 * Only the top level is read, in one pass without building values; anything odd makes the line an
 * ordinary one. */
#include "logmine_priv.h"

#include <string.h>

#define DEPTH_MAX 32

struct scan {
    const char *p, *end;
};

static void blanks(struct scan *s)
{
    while (s->p < s->end && (*s->p == ' ' || *s->p == '\t'))
        s->p++;
}

/* Past a string's closing quote; its inside goes to `ret`. */
static bool string(struct scan *s, struct str *ret)
{
    const char *from;

    if (s->p == s->end || *s->p != '"')
        return false;
    from = ++s->p;
    while (s->p < s->end && *s->p != '"')
        s->p += *s->p == '\\' ? 2 : 1;
    if (s->p >= s->end)
        return false;
    *ret = (struct str){from, (size_t)(s->p++ - from)};
    return true;
}

/* Past a value. A string's inside, a number's or a word's text; nothing of an object or a list. */
static bool value(struct scan *s, struct str *ret)
{
    const char *from = s->p;
    int depth = 0;
    struct str inner;

    *ret = (struct str){NULL, 0};
    if (s->p < s->end && *s->p == '"')
        return string(s, ret);
    for (; s->p < s->end; s->p++) {
        char c = *s->p;

        if (c == '"') {
            if (!string(s, &inner))
                return false;
            s->p--;
        } else if (c == '{' || c == '[') {
            if (++depth > DEPTH_MAX)
                return false;
        } else if ((c == '}' || c == ']') && depth) {
            if (--depth == 0) {
                s->p++;
                return true;
            }
        } else if (!depth && (c == ',' || c == '}')) {
            *ret = str_trim((struct str){from, (size_t)(s->p - from)});
            return s->p > from;
        }
    }
    return false;
}

void json_line_take(struct json_line *l, struct str key, struct str v)
{
    static const struct {
        const char *key;
        size_t offset;
    } keys[] = {
        {"msg", offsetof(struct json_line, message)},
        {"message", offsetof(struct json_line, message)},
        {"log", offsetof(struct json_line, message)},
        {"event", offsetof(struct json_line, message)},
        {"MESSAGE", offsetof(struct json_line, message)},
        {"level", offsetof(struct json_line, level)},
        {"severity", offsetof(struct json_line, level)},
        {"lvl", offsetof(struct json_line, level)},
        {"levelname", offsetof(struct json_line, level)},
        {"PRIORITY", offsetof(struct json_line, level)}, /* systemd.journal-fields(7) */
        {"ts", offsetof(struct json_line, time)},
        {"time", offsetof(struct json_line, time)},
        {"timestamp", offsetof(struct json_line, time)},
        {"@timestamp", offsetof(struct json_line, time)},
        {"__REALTIME_TIMESTAMP", offsetof(struct json_line, time)},
        {"error", offsetof(struct json_line, error)},
        {"err", offsetof(struct json_line, error)},
        {"exception", offsetof(struct json_line, error)},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++) {
        struct str *at = (struct str *)(void *)((char *)l + keys[i].offset);

        if (!at->ptr && str_eq_c(key, keys[i].key))
            *at = v;
    }
}

bool json_line_read(struct str line, struct json_line *ret)
{
    struct scan s = {line.ptr, line.ptr + line.len};
    struct str key, v;

    *ret = (struct json_line){{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    for (s.p++;; s.p++) { /* after "{" and each comma */
        blanks(&s);
        if (!string(&s, &key))
            return false;
        blanks(&s);
        if (s.p == s.end || *s.p++ != ':')
            return false;
        blanks(&s);
        if (!value(&s, &v))
            return false;
        json_line_take(ret, key, v);
        blanks(&s);
        if (s.p < s.end && *s.p == '}')
            return ret->message.ptr != NULL;
        if (s.p == s.end || *s.p != ',')
            return false;
    }
}
