/* read.c - small looks into answers, whatever protocol they came by. Pure. */
#include <stdarg.h>
#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "security_priv.h"

bool sec_is(const struct value *v, const char *path)
{
    const struct value *x = value_path(v, path);

    if (!x)
        return false;
    if (x->type == VALUE_BOOL)
        return x->u.boolean;
    if (x->type == VALUE_NUMBER)
        return x->u.number != 0;
    return x->type == VALUE_STRING &&
           (str_eq(x->u.string, STR_LIT("true")) || str_eq(x->u.string, STR_LIT("TRUE")) ||
            str_eq(x->u.string, STR_LIT("True")) || str_eq(x->u.string, STR_LIT("1")));
}

bool sec_not(const struct value *v, const char *path)
{
    const struct value *x = value_path(v, path);

    return x && x->type != VALUE_NULL && !sec_is(v, path);
}

double sec_number(const struct value *v, const char *path, double fallback)
{
    const struct value *x = value_path(v, path);
    double n;

    if (x && x->type == VALUE_NUMBER)
        return x->u.number;
    return x && x->type == VALUE_STRING && num_f64(x->u.string, &n) ? n : fallback;
}

bool sec_says(const struct value *v, const char *path, const char *word)
{
    struct str s = value_str_or(v, path, "");

    return s.len == strlen(word) && str_ifind(s, str_from(word)) == 0;
}

/* Seconds since 1970 in JSON, RFC 3339 in XML. */
bool sec_time(const struct value *v, const char *path, int64_t *ret_ms)
{
    const struct value *x = value_path(v, path);

    if (x && x->type == VALUE_NUMBER && x->u.number > 0 && x->u.number < 1e11) {
        *ret_ms = (int64_t)(x->u.number * 1000);
        return true;
    }
    return x && x->type == VALUE_STRING && time_parse(x->u.string, ret_ms);
}

/* Names of elements of lists in XML. A list that came as such is an array without them; one of a
 * single element may still have it: both are walked through by one path. */
static bool is_element(struct str name)
{
    static const char *const names[] = {"item",
                                        "member",
                                        "entry",
                                        "AttributeValue",
                                        "DBSnapshotAttribute",
                                        "DBClusterSnapshotAttribute",
                                        "CacheBehavior",
                                        NULL};

    for (const char *const *n = names; *n; n++)
        if (str_eq_c(name, *n))
            return true;
    return false;
}

static bool has_member(const struct value *v, struct str name)
{
    VALUE_EACH (it, v)
        if (v->type == VALUE_OBJECT && str_eq(it->key, name))
            return true;
    return false;
}

/* The n-th of what stands at the rest of the path; *left counts down. */
static const struct value *walk(const struct value *v, struct str rest, size_t *left)
{
    struct str after = rest, name;

    if (!v || v->type == VALUE_NULL)
        return NULL;
    if (v->type == VALUE_ARRAY) {
        bool bare = rest.len && str_split(&after, '.', &name) && is_element(name) &&
                    !has_member(value_at(v, 0), name);

        VALUE_EACH (it, v) {
            const struct value *found = walk(it, bare ? after : rest, left);

            if (found)
                return found;
        }
        return NULL;
    }
    if (!rest.len)
        return (*left)-- == 0 ? v : NULL;
    if (!str_split(&rest, '.', &name) || v->type != VALUE_OBJECT)
        return NULL;
    VALUE_EACH (it, v)
        if (str_eq(it->key, name))
            return walk(it, rest, left);
    return NULL;
}

const struct value *sec_each(const struct value *v, const char *path, size_t *pos)
{
    size_t left = (*pos)++;

    return walk(v, str_from(path), &left);
}

const char *sec_clean(struct arena *a, struct str s, size_t max)
{
    struct buf clean = BUF_INIT(max * 12 + 64);
    const char *kept;

    if (s.len > max)
        s.len = max;
    text_sanitize(&clean, s, false, false);
    kept = arena_strdup(a, buf_cstr(&clean));
    buf_release(&clean);
    return kept;
}

const char *sec_text(struct sec_case *c, const struct value *v, const char *path)
{
    return sec_clean(c->report->arena, value_str_or(v, path, ""), 600);
}

const char *sec_printf(struct sec_case *c, const char *fmt, ...)
{
    struct buf b = BUF_INIT(8192);
    const char *kept;
    va_list ap;

    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    kept = arena_strdup(c->report->arena, buf_cstr(&b));
    buf_release(&b);
    return kept;
}

/* '*' is any text, also none. Greedy with one step back: linear in practice, bounded by the
 * product of both lengths. */
bool sec_pattern(const char *pattern, const char *text)
{
    const char *star = NULL, *from = NULL;

    while (*text) {
        if (*pattern == '*') {
            star = ++pattern;
            from = text;
        } else if (*pattern == *text) {
            pattern++;
            text++;
        } else if (star) {
            pattern = star;
            text = ++from;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return !*pattern;
}
