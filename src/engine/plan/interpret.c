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

struct seen_fact {
    const struct value *fact;
    const char *primitive;
    int state; /* enum fact_state */
    double severity;
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

static size_t collect(const struct value *const *results, size_t count, struct seen_fact *to)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
        VALUE_EACH (f, value_get(results[i], "facts")) {
            size_t k = 0;

            while (k < n && !same_fact(to[k].fact, f))
                k++;
            if (k < n || n == SEEN_MAX)
                continue;
            to[n++] = (struct seen_fact){f, value_cstr_or(results[i], "primitive", ""),
                                         (int)state_of(f), value_num_or(f, "severity", 0)};
        }
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
    buf_addf(out, " (%s)\n", s->primitive);
    if (*remedy && s->state == FACT_ABNORMAL)
        buf_addf(out, "  - could help: %s\n", remedy);
}

static size_t put_state(const struct seen_fact *s, size_t n, enum fact_state state,
                        const char *title, struct buf *out)
{
    size_t shown = 0, all = 0;

    for (size_t i = 0; i < n; i++) {
        if (s[i].state != (int)state)
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

static size_t put_missing(const struct value *const *results, size_t count, struct buf *out)
{
    size_t n = 0;

    for (size_t i = 0; i < count; i++) {
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
    size_t n, bad, notable;

    n = collect(results, count, s);
    bad = put_state(s, n, FACT_ABNORMAL, "Abnormal, the worst first:", out);
    notable = put_state(s, n, FACT_NOTABLE, "Worth a look:", out);
    if (!bad)
        buf_addf(out, "%s%s%s: %zu facts, %zu of them worth a look.\n\n",
                 n ? "Nothing that was looked at is abnormal" : "There are no facts",
                 class ? " for " : "", class ? class : "", n, notable);
    put_missing(results, count, out);
    free(s);
    return bad > 0;
}
