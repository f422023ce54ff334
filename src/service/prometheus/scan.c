/* scan.c - see scan.h. Source: RFC 8259. */
#include "scan.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"

void scan_init(struct scan *s, struct str text, struct err *err)
{
    const char *at = text.ptr ? text.ptr : "";

    *s = (struct scan){.begin = at, .at = at, .end = at + text.len, .err = err};
}

bool scan_fail(struct scan *s, const char *what)
{
    if (!s->failed) {
        s->failed = true;
        err_set(s->err, ERR_REMOTE, "JSON byte %zu: %s%s", (size_t)(s->at - s->begin),
                s->at == s->end ? "the answer ends here, " : "", what);
    }
    return false;
}

static void blanks(struct scan *s)
{
    while (s->at < s->end && (*s->at == ' ' || *s->at == '\n' || *s->at == '\t' || *s->at == '\r'))
        s->at++;
}

char scan_peek(struct scan *s)
{
    blanks(s);
    return s->failed || s->at == s->end ? '\0' : *s->at;
}

bool scan_byte(struct scan *s, char c)
{
    char what[] = "expected ' '";

    if (scan_peek(s) == c && !s->failed) {
        s->at++;
        return true;
    }
    what[10] = c;
    return scan_fail(s, what);
}

static bool hex4(struct scan *s, unsigned *ret)
{
    unsigned v = 0;

    if (s->end - s->at < 4)
        return scan_fail(s, "expected four hexadecimal digits");
    for (int i = 0; i < 4; i++, s->at++) {
        char c = *s->at;

        if (c >= '0' && c <= '9')
            v = v * 16 + (unsigned)(c - '0');
        else if ((c | 32) >= 'a' && (c | 32) <= 'f')
            v = v * 16 + (unsigned)((c | 32) - 'a' + 10);
        else
            return scan_fail(s, "expected a hexadecimal digit");
    }
    *ret = v;
    return true;
}

/* After the backslash. Surrogates must come in pairs. */
static bool escape(struct scan *s)
{
    unsigned hi, lo;

    if (s->at == s->end)
        return scan_fail(s, "expected an escape");
    if (*s->at != 'u') {
        if (!*s->at || !strchr("\"\\/bfnrt", *s->at))
            return scan_fail(s, "unknown escape");
        s->at++;
        return true;
    }
    s->at++;
    if (!hex4(s, &hi))
        return false;
    if (hi == 0 || (hi >= 0xDC00 && hi <= 0xDFFF))
        return scan_fail(s, "an escape that is no character");
    if (hi < 0xD800 || hi > 0xDFFF)
        return true;
    if (s->end - s->at < 2 || s->at[0] != '\\' || s->at[1] != 'u')
        return scan_fail(s, "expected the second half of a surrogate pair");
    s->at += 2;
    if (!hex4(s, &lo))
        return false;
    return (lo >= 0xDC00 && lo <= 0xDFFF) ||
           scan_fail(s, "expected the second half of a surrogate pair");
}

bool scan_string(struct scan *s, struct scan_text *ret)
{
    struct scan_text t = {0};
    bool high = false;
    size_t bad;

    if (!scan_byte(s, '"'))
        return false;
    t.raw.ptr = s->at;
    while (s->at < s->end && *s->at != '"') {
        unsigned char c = (unsigned char)*s->at;

        if (c < 0x20)
            return scan_fail(s, "a control character inside a string");
        s->at++;
        if (c >= 0x80)
            high = true;
        if (c == '\\') {
            t.escapes = true;
            if (!escape(s))
                return false;
        }
    }
    if (s->at == s->end)
        return scan_fail(s, "a string is not closed");
    t.raw.len = (size_t)(s->at - t.raw.ptr);
    if (high && !text_valid(t.raw, &bad))
        return scan_fail(s, "a string is no UTF-8");
    s->at++;
    *ret = t;
    return true;
}

static bool digits(struct scan *s)
{
    const char *from = s->at;

    while (s->at < s->end && *s->at >= '0' && *s->at <= '9')
        s->at++;
    return s->at > from || scan_fail(s, "expected a digit");
}

bool scan_number(struct scan *s, struct str *ret)
{
    const char *from, *whole;

    blanks(s);
    if (s->failed)
        return false;
    from = s->at;
    if (s->at < s->end && *s->at == '-')
        s->at++;
    whole = s->at;
    if (!digits(s))
        return false;
    if (*whole == '0' && s->at > whole + 1)
        return scan_fail(s, "a number begins with 0");
    if (s->at < s->end && *s->at == '.') {
        s->at++;
        if (!digits(s))
            return false;
    }
    if (s->at < s->end && (*s->at | 32) == 'e') {
        s->at++;
        if (s->at < s->end && (*s->at == '+' || *s->at == '-'))
            s->at++;
        if (!digits(s))
            return false;
    }
    *ret = (struct str){from, (size_t)(s->at - from)};
    return true;
}

bool scan_time_ms(struct scan *s, int64_t *ret)
{
    struct str n;
    double v;

    if (!scan_number(s, &n))
        return false;
    if (!num_f64(n, &v) || !(fabs(v) < 1e14))
        return scan_fail(s, "a time that is none");
    *ret = (int64_t)llround(v * 1000);
    return true;
}

static bool literal(struct scan *s, const char *word)
{
    size_t len = strlen(word);

    if ((size_t)(s->end - s->at) < len || memcmp(s->at, word, len) != 0)
        return scan_fail(s, "expected a value");
    s->at += len;
    return true;
}

static bool deeper(struct scan *s)
{
    return ++s->depth <= SCAN_DEPTH_MAX || scan_fail(s, "nested too deep");
}

bool scan_object(struct scan *s)
{
    return scan_byte(s, '{') && deeper(s);
}

bool scan_array(struct scan *s)
{
    return scan_byte(s, '[') && deeper(s);
}

/* Is there another entry before `close`? Takes the comma or the closing bracket. */
static bool more(struct scan *s, bool *first, char close)
{
    bool was_first = *first;

    *first = false;
    if (s->failed)
        return false;
    if (scan_peek(s) == close) {
        s->at++;
        s->depth--;
        return false;
    }
    return was_first || scan_byte(s, ',');
}

bool scan_member(struct scan *s, bool *first, struct scan_text *ret_key)
{
    return more(s, first, '}') && scan_string(s, ret_key) && scan_byte(s, ':');
}

bool scan_item(struct scan *s, bool *first)
{
    return more(s, first, ']');
}

static bool skip_list(struct scan *s, bool object)
{
    struct scan_text key;
    bool first = true;

    if (!(object ? scan_object(s) : scan_array(s)))
        return false;
    while (object ? scan_member(s, &first, &key) : scan_item(s, &first)) {
        if (!scan_skip(s))
            return false;
    }
    return !s->failed;
}

bool scan_skip(struct scan *s)
{
    struct scan_text text;
    struct str number;

    switch (scan_peek(s)) {
    case '{':
        return skip_list(s, true);
    case '[':
        return skip_list(s, false);
    case '"':
        return scan_string(s, &text);
    case 't':
        return literal(s, "true");
    case 'f':
        return literal(s, "false");
    case 'n':
        return literal(s, "null");
    default:
        return scan_number(s, &number);
    }
}

bool scan_end(struct scan *s)
{
    blanks(s);
    if (s->failed)
        return false;
    return s->at == s->end || scan_fail(s, "something follows the answer");
}

static unsigned hex_value(const char *p)
{
    unsigned v = 0;

    for (int i = 0; i < 4; i++)
        v = v * 16 + (unsigned)(p[i] <= '9' ? p[i] - '0' : (p[i] | 32) - 'a' + 10);
    return v;
}

static void add_utf8(struct buf *out, unsigned c)
{
    if (c < 0x80) {
        buf_addc(out, (char)c);
    } else if (c < 0x800) {
        buf_addc(out, (char)(0xC0 | c >> 6));
        buf_addc(out, (char)(0x80 | (c & 63)));
    } else if (c < 0x10000) {
        buf_addc(out, (char)(0xE0 | c >> 12));
        buf_addc(out, (char)(0x80 | (c >> 6 & 63)));
        buf_addc(out, (char)(0x80 | (c & 63)));
    } else {
        buf_addc(out, (char)(0xF0 | c >> 18));
        buf_addc(out, (char)(0x80 | (c >> 12 & 63)));
        buf_addc(out, (char)(0x80 | (c >> 6 & 63)));
        buf_addc(out, (char)(0x80 | (c & 63)));
    }
}

/* `p` is behind the backslash; returns what follows the escape. */
static const char *unescape_one(struct buf *out, const char *p)
{
    static const char from[] = "\"\\/bfnrt", to[] = "\"\\/\b\f\n\r\t";
    unsigned c;

    if (*p != 'u') {
        buf_addc(out, to[strchr(from, *p) - from]);
        return p + 1;
    }
    c = hex_value(p + 1);
    p += 5;
    if (c >= 0xD800 && c <= 0xDBFF) {
        c = 0x10000 + ((c & 0x3FF) << 10) + (hex_value(p + 2) & 0x3FF);
        p += 6;
    }
    add_utf8(out, c);
    return p;
}

void scan_unescape(struct buf *out, struct scan_text t)
{
    const char *p = t.raw.ptr, *end = t.raw.ptr + t.raw.len;

    if (!t.escapes) {
        buf_add_str(out, t.raw);
        return;
    }
    while (p < end) {
        if (*p == '\\')
            p = unescape_one(out, p + 1);
        else
            buf_addc(out, *p++);
    }
}

bool scan_text_eq(struct scan_text t, const char *s)
{
    return !t.escapes && str_eq_c(t.raw, s);
}
