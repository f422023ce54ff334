/* plan.c - which findings of a scope are tried, in which order, and under which other: as on a
 * machine (host_plan.c), causes before what follows from them. A finding that another one explains
 * waits until that one is decided. What there is no room for is a gap, so that nothing that was
 * seen is lost. */
#include <string.h>

#include "aws_priv.h"

#define ROOTS_MAX 4 /* of what is off, over all scopes; their culprits need room as well */
#define ROOTS_MIN 3 /* with quiet ones, so that the answer says what was ruled out */

static bool is_off(const struct aws_finding *f)
{
    return f->strength <= STRENGTH_WEAK;
}

static bool is_meant(const struct aws_view *v, const struct aws_finding *f)
{
    if (av_has_any(v->text, f->pattern->words))
        return true;
    for (int i = 0; i < AWS_NAMES && f->names[i]; i++) {
        if (av_names(v->text, f->names[i]))
            return true;
    }
    return false;
}

static bool before(const struct aws_view *v, const struct aws_finding *a,
                   const struct aws_finding *b)
{
    bool meant_a = is_meant(v, a), meant_b = is_meant(v, b);

    if (is_off(a) != is_off(b))
        return is_off(a);
    if (is_off(a) && a->strength != b->strength)
        return a->strength < b->strength;
    if (meant_a != meant_b)
        return meant_a;
    if (is_off(a) && a->severity != b->severity)
        return a->severity > b->severity;
    return a->pattern->rank < b->pattern->rank;
}

static void order_findings(struct aws_scope *s)
{
    for (size_t i = 1; i < s->finding_count; i++) {
        struct aws_finding x = s->findings[i];
        size_t k = i;

        for (; k > 0 && before(&s->view, &x, &s->findings[k - 1]); k--)
            s->findings[k] = s->findings[k - 1];
        s->findings[k] = x;
    }
}

static size_t share(const struct aws_scope *s, size_t of)
{
    size_t n = of / s->st->scope_count;

    return n ? n : 1;
}

static void no_room(struct aws_scope *s, const struct aws_finding *f)
{
    struct err why;

    err_set(&why, ERR_LIMIT, "seen, but there was no room to follow it: %s", f->evidence);
    inv_gap(s->st->inv, "", arena_printf(s->view.arena, "%s (%s)", f->resource, f->pattern->id),
            &why);
}

static void try_one(struct aws_scope *s, size_t i)
{
    s->tried[i] = true;
    if (!aws_trial_start(s, &s->findings[i]) && is_off(&s->findings[i]))
        no_room(s, &s->findings[i]);
}

static size_t try_causes(struct aws_scope *s, size_t most)
{
    size_t n = 0;

    for (size_t i = 0; i < s->finding_count && is_off(&s->findings[i]); i++) {
        if (s->tried[i] || s->cause[i] != i)
            continue;
        if (n++ < most) {
            try_one(s, i);
        } else {
            s->tried[i] = true;
            no_room(s, &s->findings[i]);
        }
    }
    return n;
}

static void run_patterns(struct aws_scope *s)
{
    const struct aws_pattern *const *table = aws_pattern_table();
    struct aws_findings some;

    for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++) {
        if (!s->chosen[i])
            continue;
        aws_pattern_run(table[i], &s->view, &some);
        for (size_t k = 0; k < some.count && s->finding_count < AWS_FINDINGS_MAX; k++) {
            if (some.list[k].query) /* else nothing of it answered: the gaps say so */
                s->findings[s->finding_count++] = some.list[k];
        }
    }
}

void aws_plan(struct aws_scope *s)
{
    size_t tried, least = share(s, ROOTS_MIN);

    s->findings = arena_array(s->view.arena, AWS_FINDINGS_MAX, sizeof(*s->findings));
    s->cause = arena_array(s->view.arena, AWS_FINDINGS_MAX, sizeof(*s->cause));
    s->tried = arena_array(s->view.arena, AWS_FINDINGS_MAX, sizeof(*s->tried));
    run_patterns(s);
    order_findings(s);
    aws_explain_all(&s->view, s->findings, s->finding_count, s->cause);
    aws_graph_findings(s);
    tried = try_causes(s, share(s, ROOTS_MAX));
    for (size_t i = 0; i < s->finding_count && tried < least; i++) {
        if (!is_off(&s->findings[i])) {
            try_one(s, i);
            tried++;
        }
    }
}

static const char *because(const struct aws_scope *s, const struct aws_finding *cause,
                           const struct aws_finding *effect)
{
    const struct aws_cause *row = aws_explains(&s->view, cause, effect);

    for (size_t i = 0; i < s->finding_count && !row; i++) /* through another one */
        row = aws_explains(&s->view, &s->findings[i], effect);
    return row ? row->because : "";
}

void aws_plan_effects(struct aws_trial *tr, bool proven)
{
    struct aws_scope *s = tr->s;
    size_t own = (size_t)(tr->f - s->findings);

    if (!proven) { /* it explains nothing; what it was to explain may have another cause */
        enum evidence_strength was = s->findings[own].strength;

        s->findings[own].strength = STRENGTH_NONE;
        aws_explain_all(&s->view, s->findings, s->finding_count, s->cause);
        s->findings[own].strength = was;
        for (size_t i = 0; i < s->finding_count; i++) { /* the list is ordered by what is off */
            if (is_off(&s->findings[i]) && !s->tried[i] && s->cause[i] == i)
                try_one(s, i);
        }
        return;
    }
    for (size_t i = 0; i < s->finding_count; i++) {
        if (i == own || s->cause[i] != own || s->tried[i] || !is_off(&s->findings[i]))
            continue;
        s->tried[i] = true;
        aws_trial_effect(tr, &s->findings[i], because(s, tr->f, &s->findings[i]));
    }
}
