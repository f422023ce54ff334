/* json_write.c - the writer of json.h. Appends only: nothing is built in memory first. */
#include <assert.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"

void json_writer_init(struct json_writer *w, struct buf *out)
{
    *w = (struct json_writer){.out = out};
    w->first[0] = true;
}

/* The comma before a value or a key; a value after its key has none. */
static void separate(struct json_writer *w)
{
    if (w->after_key) {
        w->after_key = false;
        return;
    }
    if (!w->first[w->depth])
        buf_addc(w->out, ',');
    w->first[w->depth] = false;
}

static void begin(struct json_writer *w, char c)
{
    separate(w);
    assert(w->depth + 1 < JSON_WRITER_DEPTH);
    w->depth++;
    w->first[w->depth] = true;
    buf_addc(w->out, c);
}

static void end(struct json_writer *w, char c)
{
    assert(w->depth > 0 && !w->after_key);
    w->depth--;
    buf_addc(w->out, c);
}

void json_object_begin(struct json_writer *w)
{
    begin(w, '{');
}

void json_object_end(struct json_writer *w)
{
    end(w, '}');
}

void json_array_begin(struct json_writer *w)
{
    begin(w, '[');
}

void json_array_end(struct json_writer *w)
{
    end(w, ']');
}

/* Bytes that stand in a JSON string as they are: ASCII but for what controls, '"' and '\\'. A
 * table: this is asked for every byte that is written. */
static const bool plain[256] = {
    [0x20 ... '"' - 1] = true, ['"' + 1 ... '\\' - 1] = true, ['\\' + 1 ... 0x7f] = true};

static size_t plain_len(const char *s, size_t len)
{
    size_t i = 0;

    while (i < len && plain[(unsigned char)s[i]])
        i++;
    return i;
}

static void add_escaped(struct buf *out, unsigned char c)
{
    static const char letters[] = "btn\0fr"; /* 0x08 to 0x0d */

    if (c == '"' || c == '\\')
        buf_addf(out, "\\%c", c);
    else if (c >= 0x08 && c <= 0x0d && letters[c - 0x08])
        buf_addf(out, "\\%c", letters[c - 0x08]);
    else if (c == 0) /* json_parse() refuses it, so what is written could not be read */
        buf_adds(out, "\xef\xbf\xbd");
    else
        buf_addf(out, "\\u%04x", c);
}

/* Nothing in it has to be escaped: one piece. */
static void add_plain(struct buf *out, struct str s)
{
    char *at = buf_reserve(out, s.len + 2);

    if (!at)
        return;
    at[0] = '"';
    memcpy(at + 1, s.ptr, s.len);
    memcpy(at + 1 + s.len, "\"", 2);
    out->len += s.len + 2;
}

static void add_quoted(struct buf *out, struct str s)
{
    size_t i = plain_len(s.ptr, s.len);

    if (i == s.len && i) {
        add_plain(out, s);
        return;
    }
    i = 0;
    buf_addc(out, '"');
    while (i < s.len) {
        size_t from = i, n;
        uint32_t cp;

        i += plain_len(s.ptr + i, s.len - i);
        if (i > from)
            buf_add(out, s.ptr + from, i - from);
        if (i == s.len)
            break;
        if ((unsigned char)s.ptr[i] < 0x80) {
            add_escaped(out, (unsigned char)s.ptr[i++]);
            continue;
        }
        n = text_decode((struct str){s.ptr + i, s.len - i}, &cp);
        if (cp == TEXT_BAD)
            buf_adds(out, "\xef\xbf\xbd");
        else
            buf_add(out, s.ptr + i, n);
        i += n;
    }
    buf_addc(out, '"');
}

void json_key_str(struct json_writer *w, struct str key)
{
    assert(w->depth > 0 && !w->after_key);
    separate(w);
    add_quoted(w->out, key);
    buf_addc(w->out, ':');
    w->after_key = true;
}

void json_key(struct json_writer *w, const char *key)
{
    json_key_str(w, str_from(key));
}

void json_string(struct json_writer *w, struct str s)
{
    separate(w);
    add_quoted(w->out, s);
}

void json_cstring(struct json_writer *w, const char *s)
{
    if (s)
        json_string(w, str_from(s));
    else
        json_null(w);
}

void json_raw(struct json_writer *w, struct str json)
{
    separate(w);
    buf_add_str(w->out, json);
}

void json_number(struct json_writer *w, double v)
{
    char text[32];
    int len;

    if (!isfinite(v)) {
        json_null(w);
        return;
    }
    len = num_format_f64(v, text);
    json_raw(w, (struct str){text, (size_t)len});
}

void json_int(struct json_writer *w, int64_t v)
{
    char text[24];
    int len = snprintf(text, sizeof(text), "%lld", (long long)v);

    json_raw(w, (struct str){text, (size_t)len});
}

void json_bool(struct json_writer *w, bool v)
{
    json_raw(w, v ? STR_LIT("true") : STR_LIT("false"));
}

void json_null(struct json_writer *w)
{
    json_raw(w, STR_LIT("null"));
}

void json_value(struct json_writer *w, const struct value *v)
{
    switch (v ? v->type : VALUE_NULL) {
    case VALUE_NULL:
        json_null(w);
        break;
    case VALUE_BOOL:
        json_bool(w, v->u.boolean);
        break;
    case VALUE_NUMBER:
        if (value_exact(v))
            json_raw(w, str_from(value_exact(v)));
        else
            json_number(w, v->u.number);
        break;
    case VALUE_STRING:
        json_string(w, v->u.string);
        break;
    case VALUE_ARRAY:
        json_array_begin(w);
        VALUE_EACH (it, v)
            json_value(w, it);
        json_array_end(w);
        break;
    case VALUE_OBJECT:
        json_object_begin(w);
        VALUE_EACH (it, v) {
            json_key_str(w, it->key);
            json_value(w, it);
        }
        json_object_end(w);
        break;
    }
}

void json_put_str(struct json_writer *w, const char *key, struct str s)
{
    json_key(w, key);
    json_string(w, s);
}

void json_put_cstr(struct json_writer *w, const char *key, const char *s)
{
    json_key(w, key);
    json_cstring(w, s);
}

void json_put_num(struct json_writer *w, const char *key, double v)
{
    json_key(w, key);
    json_number(w, v);
}

void json_put_int(struct json_writer *w, const char *key, int64_t v)
{
    json_key(w, key);
    json_int(w, v);
}

void json_put_bool(struct json_writer *w, const char *key, bool v)
{
    json_key(w, key);
    json_bool(w, v);
}

static void new_line(struct buf *out, int depth)
{
    buf_addf(out, "\n%*s", depth * 2, "");
}

static void pretty(struct buf *out, const struct value *v, int depth)
{
    bool object = v && v->type == VALUE_OBJECT;

    if (value_count(v) == 0) {
        struct json_writer w;

        json_writer_init(&w, out);
        json_value(&w, v);
        return;
    }
    buf_addc(out, object ? '{' : '[');
    VALUE_EACH (it, v) {
        if (it != value_items(v))
            buf_addc(out, ',');
        new_line(out, depth + 1);
        if (object) {
            add_quoted(out, it->key);
            buf_adds(out, ": ");
        }
        pretty(out, it, depth + 1);
    }
    new_line(out, depth);
    buf_addc(out, object ? '}' : ']');
}

void json_pretty(struct buf *out, const struct value *v)
{
    pretty(out, v, 0);
}
