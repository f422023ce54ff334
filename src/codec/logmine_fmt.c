/* logmine_fmt.c - the message, level and time of a log line of key=value pairs (logfmt), as Go and
 * Ruby programs write them: time=2026-11-21T05:26:13Z level=error msg="x failed" err="refused". */
#include "logmine_priv.h"

static bool key_char(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' ||
           c == '.' || c == '@' || c == '-';
}

/* One pair off *s; a quoted value without its quotes, still escaped. */
static bool pair(struct str *s, struct str *key, struct str *v)
{
    size_t n = 0;

    *s = str_trim(*s);
    while (n < s->len && key_char(s->ptr[n]))
        n++;
    if (!n || n >= s->len || s->ptr[n] != '=')
        return false;
    *key = (struct str){s->ptr, n};
    *s = (struct str){s->ptr + n + 1, s->len - n - 1};
    if (s->len && *s->ptr == '"') {
        for (n = 1; n < s->len && s->ptr[n] != '"'; n++)
            n += s->ptr[n] == '\\';
        if (n >= s->len)
            return false;
        *v = (struct str){s->ptr + 1, n - 1};
        n++;
    } else {
        for (n = 0; n < s->len && s->ptr[n] != ' '; n++)
            ;
        *v = (struct str){s->ptr, n};
    }
    *s = (struct str){s->ptr + n, s->len - n};
    return true;
}

bool logfmt_line_read(struct str line, struct json_line *ret)
{
    struct str key, v;

    *ret = (struct json_line){{NULL, 0}, {NULL, 0}, {NULL, 0}, {NULL, 0}};
    while (pair(&line, &key, &v))
        json_line_take(ret, key, v);
    return ret->message.ptr != NULL && (ret->level.ptr || ret->time.ptr);
}
