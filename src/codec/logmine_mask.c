/* logmine_mask.c - put "<*>" for what varies from line to line.
 * One pass over the bytes by runs of letters and digits; this is what bounds the speed. */
#include "logmine_priv.h"

#include <string.h>

enum byte_class { OTHER, BLANK, DIGIT, LETTER, HEX_LETTER, ESCAPE, CONTROL };

/* ASCII; bytes above are letters of some language. */
static enum byte_class class_of(unsigned char c)
{
    if (c >= '0' && c <= '9')
        return DIGIT;
    if ((c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'))
        return HEX_LETTER;
    if ((c >= 'g' && c <= 'z') || (c >= 'G' && c <= 'Z') || c >= 0x80)
        return LETTER;
    if (c == ' ' || c == '\t' || c == '\r')
        return BLANK;
    if (c == 0x1B)
        return ESCAPE;
    return c < 0x20 || c == 0x7F ? CONTROL : OTHER;
}

static uint8_t classes[256];

static void make_classes(void)
{
    if (classes['0'] == DIGIT)
        return;
    for (int i = 0; i < 256; i++)
        classes[i] = (uint8_t)class_of((unsigned char)i);
}

static bool is_run(uint8_t k)
{
    return k == DIGIT || k == LETTER || k == HEX_LETTER;
}

/* What a run of letters and digits is made of. */
struct run {
    size_t len, digits, hex_letters, changes;
};

static struct run measure(const unsigned char *p, const unsigned char *end)
{
    struct run r = {0};
    bool was_digit = false;

    for (; p + r.len < end && is_run(classes[p[r.len]]); r.len++) {
        uint8_t k = classes[p[r.len]];

        if (r.len && (k == DIGIT) != was_digit)
            r.changes++;
        was_digit = k == DIGIT;
        r.digits += k == DIGIT;
        r.hex_letters += k == HEX_LETTER;
    }
    return r;
}

static void put(struct masked *m, const void *text, size_t len)
{
    if (m->len + len > LOGMINE_LINE_BYTES)
        len = LOGMINE_LINE_BYTES - m->len;
    memcpy(m->text + m->len, text, len);
    m->len += len;
}

/* "<*>-<*>" is one thing that varies. */
static void put_variable(struct masked *m)
{
    if (m->len >= 4 && memcmp(m->text + m->len - 4, "<*>", 3) == 0 &&
        strchr("-.:_", m->text[m->len - 1])) {
        m->len--;
        return;
    }
    if (m->len >= 3 && memcmp(m->text + m->len - 3, "<*>", 3) == 0)
        return;
    put(m, "<*>", 3);
}

static bool ends_in(const char *p, size_t len, const char *word)
{
    size_t n = strlen(word);

    if (len < n)
        return false;
    for (size_t i = 0; i < n; i++) {
        char c = p[len - n + i];

        if ((c >= 'A' && c <= 'Z' ? c + 32 : c) != word[i])
            return false;
    }
    return true;
}

/* A status of HTTP tells families apart: after the quoted request, HTTP/1.1, "status" or "code". */
static bool is_status(const struct masked *m, const unsigned char *digits)
{
    size_t at = m->len;

    if (digits[0] < '1' || digits[0] > '5')
        return false;
    while (at && m->len - at < 3 && strchr(" =:\"", m->text[at - 1])) {
        at--;
        if (m->text[at] == '"' && m->len - at == 2)
            return true;
    }
    if (at == m->len)
        return false;
    return ends_in(m->text, at, "status") || ends_in(m->text, at, "code") ||
           ends_in(m->text, at, "http/<*>");
}

static bool is_hex_run(const struct run *r)
{
    return r->digits + r->hex_letters == r->len;
}

static void put_mixed(struct masked *m, const unsigned char *p, const struct run *r)
{
    bool zero_x = r->len > 2 && p[0] == '0' && (p[1] | 32) == 'x';

    if (zero_x || (is_hex_run(r) && r->len >= 6 && r->digits >= 2) ||
        (r->len >= 10 && r->changes >= 4)) {
        put_variable(m);
        return;
    }
    for (size_t i = 0; i < r->len;) {
        size_t from = i;

        while (i < r->len && classes[p[i]] != DIGIT)
            i++;
        put(m, p + from, i - from);
        if (i < r->len)
            put_variable(m);
        while (i < r->len && classes[p[i]] == DIGIT)
            i++;
    }
}

/* Groups of hexadecimal digits, 8-4-4-4-12 (RFC 9562), where letters alone may stand in a group. */
static size_t uuid_length(const unsigned char *p, const unsigned char *end)
{
    if (end - p < 36 || p[8] != '-' || p[13] != '-' || p[18] != '-' || p[23] != '-')
        return 0;
    for (int i = 0; i < 36; i++) {
        uint8_t k = classes[p[i]];

        if (k != DIGIT && k != HEX_LETTER && p[i] != '-')
            return 0;
    }
    return 36;
}

static const unsigned char *put_run(struct masked *m, const unsigned char *p,
                                    const unsigned char *end)
{
    struct run r = measure(p, end);
    size_t uuid = r.len == 8 && is_hex_run(&r) ? uuid_length(p, end) : 0;

    if (uuid) {
        put_variable(m);
        return p + uuid;
    }
    if (r.digits == 0)
        put(m, p, r.len);
    else if (r.digits < r.len)
        put_mixed(m, p, &r);
    else if (r.len == 3 && is_status(m, p))
        put(m, p, r.len);
    else
        put_variable(m);
    return p + r.len;
}

/* ESC [ ... letter, as programs colour their logs. */
static const unsigned char *skip_escape(const unsigned char *p, const unsigned char *end)
{
    p++;
    if (p == end || *p != '[')
        return p;
    for (p++; p < end && !(*p >= 0x40 && *p <= 0x7E); p++)
        ;
    return p < end ? p + 1 : p;
}

void mask_line(struct str line, struct masked *m)
{
    const unsigned char *p = (const unsigned char *)line.ptr, *end = p + line.len;

    make_classes();
    m->len = 0;
    while (p < end && m->len < LOGMINE_LINE_BYTES) {
        switch (classes[*p]) {
        case DIGIT:
        case LETTER:
        case HEX_LETTER:
            p = put_run(m, p, end);
            break;
        case BLANK:
            if (m->len && m->text[m->len - 1] != ' ')
                put(m, " ", 1);
            p++;
            break;
        case ESCAPE:
            p = skip_escape(p, end);
            break;
        case CONTROL:
            p++;
            break;
        default:
            put(m, p++, 1);
            break;
        }
    }
    while (m->len && m->text[m->len - 1] == ' ')
        m->len--;
}

void logmine_mask(struct str line, struct buf *out)
{
    struct masked m;

    mask_line(line, &m);
    buf_add(out, m.text, m.len);
}

/* ---- levels ---- */

static const struct {
    const char *word;
    enum log_level level;
} level_words[] = {
    {"error", LOG_LEVEL_ERROR},     {"err", LOG_LEVEL_ERROR},
    {"severe", LOG_LEVEL_ERROR},    {"exception", LOG_LEVEL_ERROR},
    {"warning", LOG_LEVEL_WARNING}, {"warn", LOG_LEVEL_WARNING},
    {"wrn", LOG_LEVEL_WARNING},     {"critical", LOG_LEVEL_CRITICAL},
    {"crit", LOG_LEVEL_CRITICAL},   {"fatal", LOG_LEVEL_CRITICAL},
    {"panic", LOG_LEVEL_CRITICAL},  {"alert", LOG_LEVEL_CRITICAL},
    {"emerg", LOG_LEVEL_CRITICAL},  {"notice", LOG_LEVEL_NOTICE},
    {"info", LOG_LEVEL_INFO},       {"information", LOG_LEVEL_INFO},
    {"inf", LOG_LEVEL_INFO},        {"log", LOG_LEVEL_INFO},
    {"debug", LOG_LEVEL_DEBUG},     {"dbg", LOG_LEVEL_DEBUG},
    {"trace", LOG_LEVEL_DEBUG},
};

enum log_level level_of_word(struct str word)
{
    for (size_t i = 0; i < sizeof(level_words) / sizeof(level_words[0]); i++)
        if (word.len == strlen(level_words[i].word) &&
            ends_in(word.ptr, word.len, level_words[i].word))
            return level_words[i].level;
    return LOG_LEVEL_NONE;
}

/* A bare lower-case word is prose ("log rotated"); a level is in capitals, in brackets, before a
 * colon or the value of a key. */
static bool marks_level(struct str text, size_t from, size_t to)
{
    char before = from ? text.ptr[from - 1] : ' ', after = to < text.len ? text.ptr[to] : ' ';

    if (text.ptr[from] >= 'A' && text.ptr[from] <= 'Z' && text.ptr[to - 1] >= 'A' &&
        text.ptr[to - 1] <= 'Z')
        return true;
    return before == '[' || before == '=' || before == '<' || before == '"' || after == ':' ||
           after == ']';
}

static enum log_level status_level(struct str word)
{
    if (word.len != 3 || word.ptr[0] < '4' || word.ptr[0] > '5')
        return LOG_LEVEL_NONE;
    return word.ptr[0] == '5' ? LOG_LEVEL_ERROR : LOG_LEVEL_NOTICE;
}

#define LEVEL_BYTES 160

enum log_level level_of(struct str text)
{
    size_t limit = text.len < LEVEL_BYTES ? text.len : LEVEL_BYTES;
    enum log_level status = LOG_LEVEL_NONE;

    make_classes();
    for (size_t i = 0; i < limit;) {
        size_t from = i;
        enum log_level l;

        while (i < text.len && is_run(classes[(unsigned char)text.ptr[i]]))
            i++;
        if (i == from) {
            i++;
            continue;
        }
        l = level_of_word((struct str){text.ptr + from, i - from});
        if (l != LOG_LEVEL_NONE && marks_level(text, from, i))
            return l;
        if (status == LOG_LEVEL_NONE)
            status = status_level((struct str){text.ptr + from, i - from});
    }
    return status;
}

const char *log_level_name(enum log_level l)
{
    static const char *const names[LOG_LEVELS] = {
        [LOG_LEVEL_NONE] = "",
        [LOG_LEVEL_DEBUG] = "debug",
        [LOG_LEVEL_INFO] = "info",
        [LOG_LEVEL_NOTICE] = "notice",
        [LOG_LEVEL_WARNING] = "warning",
        [LOG_LEVEL_ERROR] = "error",
        [LOG_LEVEL_CRITICAL] = "critical",
    };

    return names[l];
}
