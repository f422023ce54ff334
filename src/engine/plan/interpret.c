/* interpret.c - facts to words, without a model: what is abnormal first, the worst first, the same
 * thing once, however many primitives saw it. What is missing is said beside it: an answer that
 * left something out must not read as if it had seen everything. */
#include "plan_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define SHOWN_MAX 8
#define SEEN_MAX 512
#define GONE_TEXT_MAX ((size_t)64 << 10)

struct seen_fact {
    const struct value *fact;
    const char *primitive;
    int state; /* enum fact_state */
    double severity;
    bool before; /* an earlier look saw it, and the last one that asked the same did not */
    bool gone;   /* ... and that one read all */
};

static enum fact_state state_of(const struct value *fact)
{
    const char *s = value_cstr_or(fact, "state", "");

    return strcmp(s, "abnormal") == 0  ? FACT_ABNORMAL
           : strcmp(s, "notable") == 0 ? FACT_NOTABLE
                                       : FACT_NORMAL;
}

static bool same_fact(const struct value *a, const struct value *b)
{
    return strcmp(value_cstr_or(a, "fact", ""), value_cstr_or(b, "fact", "")) == 0 &&
           strcmp(value_cstr_or(a, "subject", ""), value_cstr_or(b, "subject", "")) == 0;
}

static int by_weight(const void *a, const void *b)
{
    const struct seen_fact *x = a, *y = b;

    if (x->state != y->state)
        return y->state - x->state;
    if (x->severity != y->severity)
        return x->severity < y->severity ? 1 : -1;
    return strcmp(value_cstr_or(x->fact, "fact", ""), value_cstr_or(y->fact, "fact", ""));
}

static const struct value *query_args(const struct value *result, size_t i)
{
    return value_get(value_at(value_get(result, "queries"), i), "args");
}

static bool same_args(const struct value *a, const struct value *b)
{
    if (value_count(a) != value_count(b))
        return false;
    for (size_t i = 0; i < value_count(a); i++) { /* a table of ours made both: the same order */
        const struct value *x = value_at(a, i), *y = value_at(b, i);

        if (!str_eq(x->key, y->key) || !value_same_scalar(x, y))
            return false;
    }
    return true;
}

/* The same primitive asked the same once more. */
static bool same_look(const struct value *a, const struct value *b)
{
    size_t n = value_count(value_get(a, "queries"));

    if (strcmp(value_cstr_or(a, "primitive", ""), value_cstr_or(b, "primitive", "-")) != 0 ||
        strcmp(value_cstr_or(a, "host", ""), value_cstr_or(b, "host", "")) != 0 ||
        n != value_count(value_get(b, "queries")))
        return false;
    for (size_t i = 0; i < n; i++)
        if (!same_args(query_args(a, i), query_args(b, i)))
            return false;
    return true;
}

/* The last look that asked the same as results[i] did; results[i] itself when there is none. */
static const struct value *last_look(const struct value *const *results, size_t count, size_t i)
{
    for (size_t k = count; k-- > i + 1;)
        if (same_look(results[i], results[k]))
            return results[k];
    return results[i];
}

/* `last`: the look that decides; the result itself, or a later one. */
static size_t add_facts(const struct value *result, const struct value *last, struct seen_fact *to,
                        size_t n)
{
    bool before = last != result, gone = before && !value_count(value_get(last, "missing"));

    VALUE_EACH (f, value_get(result, "facts")) {
        size_t k = 0;

        while (k < n && !same_fact(to[k].fact, f))
            k++;
        if (k < n || n == SEEN_MAX)
            continue;
        to[n++] = (struct seen_fact){f,
                                     value_cstr_or(result, "primitive", ""),
                                     (int)state_of(f),
                                     value_num_or(f, "severity", 0),
                                     before,
                                     gone};
    }
    return n;
}

/* What was looked at twice, before a change and after it, is as the later look says. What only the
 * earlier one saw is gone, unless the later one could not read all. */
static size_t collect(const struct value *const *results, size_t count, struct seen_fact *to)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++)
        if (last_look(results, count, i) == results[i])
            n = add_facts(results[i], results[i], to, n);
    for (size_t i = 0; i < count; i++) {
        const struct value *last = last_look(results, count, i);

        if (last != results[i])
            n = add_facts(results[i], last, to, n);
    }
    qsort(to, n, sizeof(*to), by_weight);
    return n;
}

static void put_fact(const struct seen_fact *s, struct buf *out)
{
    const char *cause = value_cstr_or(s->fact, "cause", ""),
               *remedy = value_cstr_or(s->fact, "remedy", "");

    buf_addf(out, "- %s", value_cstr_or(s->fact, "text", ""));
    if (*cause)
        buf_addf(out, "; %s", cause);
    buf_addf(out, " (%s%s)\n", s->primitive,
             s->before && !s->gone ? ", at first; the last look did not read all" : "");
    if (*remedy && s->state == FACT_ABNORMAL && !s->gone)
        buf_addf(out, "  - could help: %s\n", remedy);
}

static size_t put_state(const struct seen_fact *s, size_t n, enum fact_state state,
                        const char *title, struct buf *out)
{
    size_t shown = 0, all = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i].gone || s[i].state != (int)state)
            continue;
        if (!all++)
            buf_addf(out, "%s\n\n", title);
        if (shown < SHOWN_MAX) {
            put_fact(&s[i], out);
            shown++;
        }
    }
    if (all > shown)
        buf_addf(out, "- and %zu more\n", all - shown);
    if (all)
        buf_addc(out, '\n');
    return all;
}

/* Returns how many facts do not count any more. */
static size_t put_gone(const struct seen_fact *s, size_t n, struct buf *out)
{
    size_t all = 0, gone = 0;

    for (size_t i = 0; i < n; i++) {
        gone += s[i].gone;
        if (!s[i].gone || s[i].state == FACT_NORMAL)
            continue;
        if (!all++)
            buf_adds(out, "Seen at first, and not any more:\n\n");
        if (all <= SHOWN_MAX)
            put_fact(&s[i], out);
    }
    if (all > SHOWN_MAX)
        buf_addf(out, "- and %zu more\n", all - SHOWN_MAX);
    if (all)
        buf_addc(out, '\n');
    return gone;
}

static size_t put_missing(const struct value *const *results, size_t count, struct buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        if (last_look(results, count, i) != results[i])
            continue;
        VALUE_EACH (m, value_get(results[i], "missing")) {
            if (!n++)
                buf_adds(out, "Not answered, so not in this:\n\n");
            buf_addf(out, "- %s for %s: %s\n", value_cstr_or(m, "tool", ""),
                     value_cstr_or(results[i], "primitive", ""), value_cstr_or(m, "why", ""));
        }
    }
    if (n)
        buf_addc(out, '\n');
    return n;
}

bool facts_interpret(const char *class, const struct value *const *results, size_t count,
                     struct buf *out)
{
    struct seen_fact *s = xcalloc(SEEN_MAX, sizeof(*s));
    struct buf before = BUF_INIT(GONE_TEXT_MAX);
    size_t n, bad, notable, gone;

    n = collect(results, count, s);
    gone = put_gone(s, n, &before);
    bad = put_state(s, n, FACT_ABNORMAL, "Abnormal, the worst first:", out);
    notable = put_state(s, n, FACT_NOTABLE, "Worth a look:", out);
    if (!bad)
        buf_addf(out, "%s%s%s: %zu facts, %zu of them worth a look.\n\n",
                 n > gone ? "Nothing that was looked at is abnormal" : "There are no facts",
                 class ? " for " : "", class ? class : "", n - gone, notable);
    buf_add_str(out, buf_str(&before));
    put_missing(results, count, out);
    buf_release(&before);
    free(s);
    return bad > 0;
}
