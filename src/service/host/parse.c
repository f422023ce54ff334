/* parse.c - the small readers that all parsers of a bundle are made of. */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/num.h"

#define GAPS_MAX 100
#define TEXT_MAX 4096

static const char *why_of(enum err_code code)
{
    switch (code) {
    case ERR_DENIED:
        return "permission denied";
    case ERR_NOT_FOUND:
        return "not there";
    case ERR_LIMIT:
        return "larger than its limit";
    case ERR_TIMEOUT:
        return "took too long";
    case ERR_OK:
    case ERR_AGAIN:
    case ERR_CANCELED:
    case ERR_INPUT:
    case ERR_NET:
    case ERR_REMOTE:
    case ERR_IO:
        break;
    }
    return "could not be read";
}

enum err_code parse_begin(struct parse *p, struct arena *arena, struct str bytes, struct err *err)
{
    enum err_code rc = host_bundle_read(&p->bundle, bytes, err);
    struct str conf, up0, up1;
    double a, b;

    if (rc)
        return rc;
    p->arena = arena;
    conf = parse_section(p, "conf", 0, false);
    p->hz = parse_next(&conf);
    p->page_bytes = parse_next(&conf);
    if (!(p->hz >= 1 && p->hz <= 1e6))
        p->hz = 100;
    if (!(p->page_bytes >= 512 && p->page_bytes <= 1 << 22))
        p->page_bytes = 4096;
    up0 = parse_section(p, "proc/uptime", 0, false);
    up1 = parse_section(p, "proc/uptime", 1, false);
    a = parse_next(&up0);
    b = parse_next(&up1);
    p->window_s = b > a ? b - a : 0;
    return ERR_OK;
}

void parse_end(struct parse *p)
{
    host_bundle_release(&p->bundle);
}

/* What somebody who may not look could do. */
static const struct {
    const char *what, *remedy;
} remedies[] = {
    {"dmesg", "the kernel log is for root here (kernel.dmesg_restrict): look as root, or as a "
              "member of group adm where it is also in /var/log/kern.log"},
    {"journal", "others' lines of the journal need root, or group systemd-journal or adm"},
    {"logfile", "this log is for root or group adm"},
    {"dpkg", "the log of packages is for root or group adm"},
    {"boots", "the record of starts needs root or group utmp"},
    {"thin", "the state of thin volumes needs root"},
    {"quota", "quotas of other users need root"},
    {"unlinked", "deleted files of other users' processes need root"},
    {"proc/swaps", "it needs root"},
};

static const char *remedy_of(const char *what)
{
    for (size_t i = 0; i < sizeof(remedies) / sizeof(*remedies); i++) {
        size_t len = strlen(remedies[i].what);

        if (strncmp(what, remedies[i].what, len) == 0 && (!what[len] || what[len] == '/'))
            return remedies[i].remedy;
    }
    return why_of(ERR_DENIED);
}

void parse_gap(struct parse *p, const char *what, enum err_code code, const char *why)
{
    struct host_gap *g;

    if (!p->gap_count || *p->gap_count >= GAPS_MAX)
        return;
    *p->gap_items = vec_grow(*p->gap_items, p->gap_cap, *p->gap_count, sizeof(**p->gap_items));
    g = &(*p->gap_items)[(*p->gap_count)++];
    g->what = parse_text(p, str_from(what), 200);
    g->why = parse_text(p,
                        str_from(why                  ? why
                                 : code == ERR_DENIED ? remedy_of(what)
                                                      : why_of(code)),
                        300);
    g->code = code;
}

struct str parse_section(struct parse *p, const char *name, int phase, bool gap)
{
    const struct host_section *s = host_bundle_find(&p->bundle, name, phase);

    if (!s) {
        if (gap)
            parse_gap(p, name, ERR_IO, "the collection ended before it was read");
        return STR_LIT("");
    }
    if (s->err) {
        struct str why = str_trim(s->data);

        if (gap && s->err != ERR_NOT_FOUND)
            parse_gap(p, name, s->err, why.len ? parse_text(p, why, 200) : NULL);
        if (s->err != ERR_LIMIT)
            return STR_LIT("");
    }
    return s->data;
}

struct str parse_word(struct str *rest)
{
    struct str w;

    while (rest->len && (*rest->ptr == ' ' || *rest->ptr == '\t')) {
        rest->ptr++;
        rest->len--;
    }
    w = (struct str){rest->ptr, 0};
    while (rest->len && *rest->ptr != ' ' && *rest->ptr != '\t' && *rest->ptr != '\n') {
        rest->ptr++;
        rest->len--;
        w.len++;
    }
    return w;
}

double parse_num(struct str word, double fallback)
{
    double v;

    return num_f64(word, &v) && isfinite(v) && v >= 0 ? v : fallback;
}

double parse_next(struct str *rest)
{
    struct str w = parse_word(rest);

    return w.len ? parse_num(w, 0) : 0;
}

int64_t parse_i64(struct str word, int64_t fallback)
{
    int64_t v;

    return num_i64(word, &v) ? v : fallback;
}

struct str parse_line_of(struct str text, const char *key)
{
    size_t len = strlen(key);
    struct str line;

    while (str_line(&text, &line)) {
        if (str_starts(line, key))
            return str_trim((struct str){line.ptr + len, line.len - len});
    }
    return (struct str){NULL, 0};
}

double parse_field(struct str text, const char *key)
{
    struct str line;

    while (str_line(&text, &line)) {
        struct str word = parse_word(&line);

        if (word.len && word.ptr[word.len - 1] == ':')
            word.len--;
        if (str_eq_c(word, key))
            return parse_num(parse_word(&line), NAN);
    }
    return NAN;
}

const char *parse_text(struct parse *p, struct str s, size_t max)
{
    char *copy;

    if (max > TEXT_MAX)
        max = TEXT_MAX;
    if (s.len > max)
        s.len = max;
    copy = arena_strndup(p->arena, s.ptr ? s.ptr : "", s.len);
    for (size_t i = 0; i < s.len; i++) {
        if ((unsigned char)copy[i] < 0x20 || copy[i] == 0x7f)
            copy[i] = '?';
    }
    return copy;
}

static bool octal(const char *s)
{
    return s[0] >= '0' && s[0] <= '3' && s[1] >= '0' && s[1] <= '7' && s[2] >= '0' && s[2] <= '7';
}

const char *parse_octal(struct parse *p, struct str s, size_t max)
{
    struct buf out = BUF_INIT(TEXT_MAX);
    const char *text;

    for (size_t i = 0; i < s.len && out.len < max; i++) {
        if (s.ptr[i] == '\\' && i + 3 < s.len && octal(s.ptr + i + 1)) {
            buf_addc(&out, (char)((s.ptr[i + 1] - '0') * 64 + (s.ptr[i + 2] - '0') * 8 +
                                  (s.ptr[i + 3] - '0')));
            i += 3;
        } else {
            buf_addc(&out, s.ptr[i]);
        }
    }
    text = parse_text(p, buf_str(&out), max);
    buf_release(&out);
    return text;
}

double parse_rate(const struct parse *p, double a, double b)
{
    if (isnan(a) || isnan(b) || p->window_s <= 0)
        return NAN;
    return b > a ? (b - a) / p->window_s : 0;
}
