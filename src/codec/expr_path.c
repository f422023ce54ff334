/* expr_path.c - paths into JSON values, and the small things that both parsers read. */
#include <stdarg.h>
#include <stdio.h>

#include "expr_priv.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"

#define INDEX_DIGITS 6
#define NAMES_SHOWN 8

bool expr_word_start(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

static bool digit(char c)
{
    return c >= '0' && c <= '9';
}

/* There is no arithmetic, so that names may hold a hyphen. */
bool expr_word_char(char c)
{
    return expr_word_start(c) || digit(c) || c == '-';
}

struct expr_at expr_place(const struct expr_read *r, const char *p)
{
    struct expr_at at = r->start;

    for (const char *c = r->text; c < p; c++) {
        if (*c == '\n') {
            at.line++;
            at.col = 1;
        } else if (((unsigned char)*c & 0xc0U) != 0x80U) {
            at.col++;
        }
    }
    return at;
}

enum err_code expr_wrong(struct expr_read *r, const char *p, const char *fmt, ...)
{
    char why[300];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(why, sizeof(why), fmt, ap);
    va_end(ap);
    *r->fail = expr_place(r, p);
    return err_set(r->err, ERR_INPUT, "%s", why);
}

void expr_blanks(struct expr_read *r)
{
    while (r->at < r->end && (*r->at == ' ' || *r->at == '\t' || *r->at == '\n' || *r->at == '\r'))
        r->at++;
}

enum err_code expr_begin(struct expr_read *r, struct str text)
{
    size_t bad = 0;

    r->text = r->at = text.len ? text.ptr : "";
    r->end = r->text + text.len;
    if (text.len > EXPR_TEXT_MAX) {
        *r->fail = r->start;
        return err_set(r->err, ERR_LIMIT, "it has %zu bytes: at most %zu are taken", text.len,
                       (size_t)EXPR_TEXT_MAX);
    }
    if (!text_valid(text, &bad))
        return expr_wrong(r, r->text + bad, "not valid UTF-8");
    expr_blanks(r);
    return ERR_OK;
}

static bool unescape(char c, char *ret)
{
    switch (c) {
    case 'n':
        *ret = '\n';
        return true;
    case 't':
        *ret = '\t';
        return true;
    case '\\':
    case '\'':
    case '"':
        *ret = c;
        return true;
    default:
        return false;
    }
}

enum err_code expr_quoted(struct expr_read *r, struct str *ret)
{
    const char *begin = r->at;
    char quote = *r->at++;
    char *out = arena_alloc(r->arena, (size_t)(r->end - begin) + 1);
    size_t len = 0;

    while (r->at < r->end && *r->at != quote) {
        char c = *r->at;

        if ((unsigned char)c < 0x20 || c == 0x7f)
            return expr_wrong(r, r->at, "a control character in a text: write \\n or \\t");
        if (c == '\\' && (r->at + 1 == r->end || !unescape(*++r->at, &c)))
            return expr_wrong(r, r->at, "after a backslash come n, t, \\, ' or \"");
        out[len++] = c;
        r->at++;
    }
    if (r->at == r->end)
        return expr_wrong(r, begin, "the quote is not closed");
    r->at++;
    *ret = (struct str){out, len};
    if (str_find(*ret, STR_LIT("{{")) >= 0)
        return expr_wrong(r, begin,
                          "a template in quotes stays as it is: write the path without "
                          "quotes");
    return ERR_OK;
}

static enum err_code too_many(struct expr_read *r, const char *p)
{
    return expr_wrong(r, p, "a path has at most %d parts", EXPR_STEPS_MAX);
}

static enum err_code read_index(struct expr_read *r, int64_t *ret)
{
    const char *begin = r->at;

    while (r->at < r->end && digit(*r->at))
        r->at++;
    if (r->at == begin || r->at - begin > INDEX_DIGITS ||
        !num_i64((struct str){begin, (size_t)(r->at - begin)}, ret))
        return expr_wrong(r, begin, "in [] stands a number from 0 to 999999, or a name in quotes");
    return ERR_OK;
}

/* [0] or ["a key"] */
static enum err_code read_bracket(struct expr_read *r, struct expr_step *s)
{
    enum err_code rc;

    r->at++;
    expr_blanks(r);
    if (r->at < r->end && (*r->at == '"' || *r->at == '\''))
        rc = expr_quoted(r, &s->key);
    else
        rc = read_index(r, &s->index);
    if (rc)
        return rc;
    expr_blanks(r);
    if (r->at == r->end || *r->at != ']')
        return expr_wrong(r, r->at, "']' is missing");
    r->at++;
    return ERR_OK;
}

/* A name, or digits: an index or a name of digits. */
static enum err_code read_name(struct expr_read *r, struct expr_step *s)
{
    const char *begin = r->at;

    while (r->at < r->end && expr_word_char(*r->at))
        r->at++;
    s->key = (struct str){begin, (size_t)(r->at - begin)};
    if (!s->key.len || *begin == '-')
        return expr_wrong(r, begin, "after '.' comes a name");
    if (s->key.len <= INDEX_DIGITS && num_i64(s->key, &s->index))
        return ERR_OK;
    s->index = -1;
    return ERR_OK;
}

enum err_code expr_read_path(struct expr_read *r, const struct expr_path **ret)
{
    struct expr_step steps[EXPR_STEPS_MAX];
    struct expr_path *p = arena_alloc(r->arena, sizeof(*p));
    const char *begin = r->at;
    enum err_code rc = ERR_OK;
    struct expr_step *copy;
    size_t n = 0;

    do {
        struct expr_step s = {.index = -1};
        const char *here = r->at;

        if (n && *r->at == '[') {
            rc = read_bracket(r, &s);
        } else {
            r->at += n ? 1 : 0;
            rc = read_name(r, &s);
        }
        if (rc)
            return rc;
        if (n == EXPR_STEPS_MAX)
            return too_many(r, here);
        steps[n++] = s;
    } while (r->at < r->end && (*r->at == '.' || *r->at == '['));
    copy = arena_array(r->arena, n, sizeof(*copy));
    memcpy(copy, steps, n * sizeof(*copy));
    for (size_t i = 0; i < n; i++)
        copy[i].key.ptr = copy[i].key.ptr ? arena_str(r->arena, copy[i].key) : NULL;
    p->text = arena_strndup(r->arena, begin, (size_t)(r->at - begin));
    p->at = expr_place(r, begin);
    p->steps = copy;
    p->count = n;
    *ret = p;
    return ERR_OK;
}

enum err_code expr_path_parse(struct arena *arena, struct str text, struct expr_at *at,
                              const struct expr_path **ret, struct err *err)
{
    struct expr_read r = {.arena = arena, .start = *at, .fail = at, .err = err};
    const struct expr_path *p = NULL;
    enum err_code rc = expr_begin(&r, text);

    if (rc)
        return rc;
    if (r.at == r.end || !expr_word_start(*r.at))
        return expr_wrong(&r, r.at, "a path begins with a name, such as params.host");
    rc = expr_read_path(&r, &p);
    if (rc)
        return rc;
    expr_blanks(&r);
    if (r.at != r.end)
        return expr_wrong(&r, r.at,
                          "a path is expected, such as steps.ID.result.NAME; '%.20s' "
                          "does not belong to one",
                          arena_strndup(arena, r.at, (size_t)(r.end - r.at)));
    *ret = p;
    return ERR_OK;
}

static const struct value *step_into(const struct value *v, const struct expr_step *s)
{
    if (v->type == VALUE_ARRAY)
        return s->index >= 0 ? value_at(v, (size_t)s->index) : NULL;
    if (v->type != VALUE_OBJECT || !s->key.ptr)
        return NULL;
    VALUE_EACH (m, v) {
        if (str_eq(m->key, s->key))
            return m;
    }
    return NULL;
}

/* "it has a, b and 3 more", "it is a number" */
static void say_there(const struct value *v, struct buf *out)
{
    size_t n = value_count(v);

    if (v->type == VALUE_ARRAY) {
        buf_addf(out, "it is a list of %zu", n);
    } else if (v->type != VALUE_OBJECT) {
        buf_addf(out, v->type == VALUE_NULL ? "it is null" : "it is a %s",
                 value_type_name(v->type));
    } else if (!n) {
        buf_adds(out, "it is empty");
    } else {
        buf_adds(out, "it has ");
        for (size_t i = 0; i < n && i < NAMES_SHOWN; i++)
            buf_addf(out, "%s%.40s", i ? ", " : "", value_at(v, i)->key.ptr);
        if (n > NAMES_SHOWN)
            buf_addf(out, " and %zu more", n - NAMES_SHOWN);
    }
}

static enum err_code missing(const struct expr_path *p, size_t step, const struct value *v,
                             struct err *err)
{
    struct buf where = BUF_INIT(BUF_NO_MAX), there = BUF_INIT(BUF_NO_MAX);
    const struct expr_step *s = &p->steps[step];

    for (size_t i = 0; i < step; i++) {
        if (p->steps[i].key.ptr)
            buf_addf(&where, "%s%.60s", i ? "." : "", p->steps[i].key.ptr);
        else
            buf_addf(&where, "[%lld]", (long long)p->steps[i].index);
    }
    say_there(v, &there);
    if (s->key.ptr)
        buf_addf(&there, "; there is no '%.60s'", s->key.ptr);
    else
        buf_addf(&there, "; there is no [%lld]", (long long)s->index);
    err_set(err, ERR_NOT_FOUND, "%.120s is not there: %s%.120s%s%.240s", p->text,
            where.len ? "in " : "", buf_cstr(&where), where.len ? " " : "", buf_cstr(&there));
    buf_release(&where);
    buf_release(&there);
    return ERR_NOT_FOUND;
}

enum err_code expr_path_get(const struct expr_path *p, const struct value *root,
                            const struct value **ret, struct err *err)
{
    const struct value *v = root;

    for (size_t i = 0; i < p->count; i++) {
        const struct value *next = step_into(v, &p->steps[i]);

        if (!next)
            return missing(p, i, v, err);
        v = next;
    }
    *ret = v;
    return ERR_OK;
}
