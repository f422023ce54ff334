/* host_plan.c - which findings of a machine are tried, in which order, and under which other.
 * What is off comes before what is quiet, causes before what follows from them: a finding that
 * another one explains waits until that one is decided. Is it confirmed, the finding stands below
 * it; is it not, the finding is tried for itself. What there is no room for is named as a gap, so
 * that nothing that was seen is lost. The words of the user order the work, they are no evidence.
 */
#include <math.h>
#include <string.h>

#include "host_priv.h"

#define ROOTS_MAX 6 /* of what is off, over all targets; their culprits need room as well */
#define ROOTS_MIN 3 /* with quiet ones, so that the answer says what was ruled out */

static bool is_off(const struct host_finding *f)
{
    return f->strength <= STRENGTH_WEAK;
}

/* Is `a` to be looked at before `b`? */
static bool before(const struct host_view *v, const struct host_finding *a,
                   const struct host_finding *b)
{
    bool meant_a = v->words & a->pattern->words, meant_b = v->words & b->pattern->words;

    if (is_off(a) != is_off(b))
        return is_off(a);
    if (a->named != b->named)
        return a->named;
    if (is_off(a) && a->strength != b->strength)
        return a->strength < b->strength;
    if (meant_a != meant_b)
        return meant_a;
    if (is_off(a) && a->severity != b->severity)
        return a->severity > b->severity;
    return a->pattern->rank < b->pattern->rank;
}

static void order_findings(struct host_target *t)
{
    for (size_t i = 1; i < t->finding_count; i++) {
        struct host_finding x = t->findings[i];
        size_t k = i;

        for (; k > 0 && before(&t->view, &x, &t->findings[k - 1]); k--)
            t->findings[k] = t->findings[k - 1];
        t->findings[k] = x;
    }
}

static size_t share(const struct host_state *st, size_t of)
{
    size_t n = of / st->target_count;

    return n ? n : 1;
}

static void no_room(struct host_target *t, const struct host_finding *f)
{
    struct err why;

    err_set(&why, ERR_LIMIT, "seen, but there was no room to follow it: %s", f->evidence);
    inv_gap(t->st->inv, "",
            arena_printf(inv_arena(t->st->inv), "%s (%s)", f->resource, f->pattern->id), &why);
}

static void try_one(struct host_target *t, size_t i)
{
    t->tried[i] = true;
    if (!host_trial_start(t, &t->findings[i]) && is_off(&t->findings[i]))
        no_room(t, &t->findings[i]);
}

/* Is one of its kind tried already, and this one as sure? They are one of the roots. */
static bool is_another(const struct host_target *t, size_t i)
{
    for (size_t k = 0; k < i; k++)
        if (t->tried[k] && t->cause[k] == k && t->findings[k].pattern == t->findings[i].pattern &&
            t->findings[k].strength == STRENGTH_STRONG)
            return t->findings[i].strength == STRENGTH_STRONG;
    return false;
}

/* Findings that nothing explains (any more), and that were not tried. */
static size_t try_causes(struct host_target *t, size_t most)
{
    size_t n = 0, kinds = 0;

    for (size_t i = 0; i < t->finding_count && is_off(&t->findings[i]); i++) {
        if (t->tried[i] || t->cause[i] != i)
            continue;
        if (is_another(t, i) || kinds < most) {
            kinds += !is_another(t, i);
            n++;
            try_one(t, i);
        } else {
            t->tried[i] = true;
            no_room(t, &t->findings[i]);
        }
    }
    return n;
}

static void find_all(struct host_target *t)
{
    struct host_finding more;

    for (const struct host_pattern *const *p = host_pattern_table();
         *p && t->finding_count < HOST_FINDINGS_MAX; p++) {
        t->finding_count += host_pattern_all(*p, &t->view, &t->findings[t->finding_count],
                                             HOST_FINDINGS_MAX - t->finding_count, &more);
        if (is_off(&more))
            no_room(t, &more);
    }
    for (size_t i = 0; i < t->finding_count; i++)
        t->named |= t->findings[i].named && is_off(&t->findings[i]);
}

/* What is normal: what the question names is told in any case. */
static void try_quiet(struct host_target *t, size_t tried)
{
    size_t least = share(t->st, ROOTS_MIN);

    for (size_t i = 0; i < t->finding_count; i++) {
        if (!is_off(&t->findings[i]) && (t->findings[i].named || tried < least)) {
            try_one(t, i);
            tried++;
        }
    }
}

void host_plan(struct host_target *t)
{
    find_all(t);
    order_findings(t);
    host_explain_all(t->findings, t->finding_count, t->cause);
    try_quiet(t, try_causes(t, share(t->st, ROOTS_MAX)));
}

static const char *because(const struct host_target *t, const struct host_finding *cause,
                           const struct host_finding *effect)
{
    const struct host_cause *row = host_explains(cause, effect);

    if (row)
        return row->because;
    for (size_t i = 0; i < t->finding_count; i++) { /* through another one */
        row = host_explains(&t->findings[i], effect);
        if (row)
            return row->because;
    }
    return "";
}

void host_plan_effects(struct host_trial *tr, bool proven)
{
    struct host_target *t = tr->t;
    size_t own = (size_t)(tr->f - t->findings);

    if (!proven) { /* it explains nothing; what it was to explain may have another cause */
        enum evidence_strength was = t->findings[own].strength;

        t->findings[own].strength = STRENGTH_NONE;
        host_explain_all(t->findings, t->finding_count, t->cause);
        t->findings[own].strength = was;
        try_causes(t, ROOTS_MAX);
        return;
    }
    for (size_t i = 0; i < t->finding_count; i++) {
        if (i == own || t->cause[i] != own || t->tried[i] || !is_off(&t->findings[i]))
            continue;
        t->tried[i] = true;
        host_trial_effect(tr, &t->findings[i], because(t, tr->f, &t->findings[i]));
    }
}
