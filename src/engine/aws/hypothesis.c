/* hypothesis.c - a person's hypothesis against AWS: the patterns that its words mean are run by
 * themselves, on what they need and nothing else; what was read before is not asked again. What
 * they find speaks for it, and so does, or against it, what the calls about the first culprit
 * answer. One more test asks what was left: everything that its patterns read, whatever the
 * question was about, the calls about each culprit, and what the patterns read that may explain it.
 * What was said before is not said again; when nothing is new, there is no further test. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "src/engine/investigation_priv.h"
#include "src/engine/steer_priv.h"
#include "aws_priv.h"
#include "causes.h"
#include "runbook/base/mem.h"

#define MEANT_MAX 3
#define STEPS_MAX 4 /* calls about one culprit, one after the other */

/* ---- which patterns ---- */

static int fit(const struct aws_pattern *p, const char *statement)
{
    struct buf words = BUF_INIT(4096);
    int n;

    buf_addf(&words, "%s %s", p->claim, p->id);
    for (const char *const *w = p->words; w && *w; w++)
        buf_addf(&words, " %s", *w);
    for (size_t i = 0; i < words.len; i++) /* "dead_letter" is two words */
        words.ptr[i] = words.ptr[i] == '_' ? ' ' : words.ptr[i];
    n = steer_common_words(str_from(statement), buf_str(&words));
    buf_release(&words);
    return n;
}

static bool choose(const struct hypothesis *h, bool chosen[AWS_PATTERNS_MAX])
{
    const struct aws_pattern *const *table = aws_pattern_table();
    int best = 0, n[AWS_PATTERNS_MAX] = {0};
    size_t count = 0;

    for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++) {
        n[i] = *h->pattern ? strcmp(h->pattern, table[i]->id) == 0 : fit(table[i], h->statement);
        best = n[i] > best ? n[i] : best;
    }
    for (size_t i = 0; best && i < AWS_PATTERNS_MAX && table[i]; i++) {
        chosen[i] = n[i] == best && count < MEANT_MAX;
        count += chosen[i];
    }
    return count > 0;
}

/* The causes of what is chosen. */
static void choose_behind(struct aws_scope *s)
{
    const struct aws_pattern *const *table = aws_pattern_table();

    for (const struct aws_cause *c = aws_cause_table(); c->cause; c++) {
        bool wanted = false;

        for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++)
            wanted = wanted || (s->chosen[i] && strcmp(table[i]->id, c->effect) == 0);
        for (size_t i = 0; wanted && i < AWS_PATTERNS_MAX && table[i]; i++)
            if (strcmp(table[i]->id, c->cause) == 0 && !s->chosen[i])
                s->behind[i] = true;
    }
}

/* "aws:prod/eu-west-1/rds:orders" is about that region alone. */
static bool concerns(const struct hypothesis *h, const struct aws_scope *s)
{
    const char *place = arena_printf(s->view.arena, "aws:%s/%s/", s->view.account, s->view.region);

    return strncmp(h->resource, "aws:", 4) != 0 || strncmp(h->resource, place, strlen(place)) == 0;
}

size_t aws_test(struct investigation *inv, const char *hyp, bool again)
{
    const struct hypothesis *h = model_hypothesis(inv_model(inv), hyp);
    bool chosen[AWS_PATTERNS_MAX] = {false};
    struct aws_state *st;
    size_t asked = 0;

    if (!h || !choose(h, chosen))
        return 0;
    st = xcalloc(1, sizeof(*st));
    st->inv = inv;
    st->test = arena_strdup(inv_arena(inv), hyp);
    st->again = again && h->evidence.count;
    inv_own(inv, aws_state_free, st);
    aws_add_scopes(st);
    for (size_t i = 0; i < st->scope_count; i++) {
        struct aws_scope *s = &st->scopes[i];

        if (!concerns(h, s))
            continue;
        s->view.text = arena_printf(s->view.arena, "%s %s", h->statement, s->view.text);
        memcpy(s->chosen, chosen, sizeof(chosen));
        if (st->again)
            choose_behind(s);
        aws_scope_start(s);
        asked += aws_scope_ask(s);
    }
    return asked;
}

/* ---- what they find ---- */

struct check {
    struct aws_scope *s;
    const struct aws_finding *f;
    struct aws_culprit at;
};

static struct inv_evidence numbers(const struct aws_finding *f, double before, double after)
{
    return (struct inv_evidence){.service = f->service,
                                 .metric = f->metric,
                                 .unit = f->unit,
                                 .resource = f->resource,
                                 .before = before,
                                 .after = after,
                                 .onset_ms = f->at_ms};
}

/* Of one more test only what was not said before. */
static void add_evidence(struct aws_scope *s, uint64_t query, enum evidence_strength strength,
                         const char *statement, struct inv_evidence e)
{
    const struct model *m = inv_model(s->st->inv);
    const struct hypothesis *h = model_hypothesis(m, s->st->test);

    for (size_t i = 0; s->st->again && i < h->evidence.count; i++)
        if (strcmp(m->evidence.items[h->evidence.items[i]].statement, statement) == 0)
            return;
    aws_evidence(s, s->st->test, query, strength, statement, e);
}

static void on_check(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *result)
{
    static const struct value nothing = {.type = VALUE_ARRAY};
    struct check *k = ctx;
    struct aws_scope *s = k->s;
    struct aws_reading r = {.strength = STRENGTH_NONE, .before = NAN, .after = NAN};
    const struct value *items = aws_answer_items(inv, result);
    struct inv_evidence e;

    s->st->waiting--;
    if (!items && result->status == TOOL_EMPTY)
        items = &nothing;
    if (!items) {
        if (result->status != TOOL_CANCELED)
            aws_gap_of(s, s->st->test, k->at.ask.operation, result);
        inv_test_done(inv, s->st->test);
        return;
    }
    k->f->pattern->read(&s->view, &k->at, items, &r);
    if (r.next.service && k->at.step < STEPS_MAX) {
        k->at.step++;
        k->at.ask = r.next;
        if (aws_scope_follow(s, &k->at, s->st->test, on_check, k))
            return;
    }
    e = numbers(k->f, r.before, r.after);
    e.direct = r.direct;
    add_evidence(s, query, r.strength, r.evidence, e);
    inv_test_done(inv, s->st->test);
}

static void check_culprits(struct aws_scope *s, const struct aws_finding *f)
{
    int most = s->st->again ? f->culprit_count : f->culprit_count > 0;

    for (int i = 0; i < most; i++) {
        struct check *k = arena_alloc(s->view.arena, sizeof(*k));

        *k = (struct check){.s = s, .f = f, .at = f->culprits[i]};
        if (!k->at.ask.service || !f->pattern->read)
            continue;
        if (aws_scope_follow(s, &k->at, s->st->test, on_check, k))
            inv_test_more(s->st->inv, s->st->test, 1);
    }
}

static void record(struct aws_scope *s, const struct aws_finding *f)
{
    struct inv_evidence e = numbers(f, f->before, f->value);

    e.direct = f->direct && f->strength == STRENGTH_STRONG;
    add_evidence(s, f->query, f->strength, f->evidence, e);
    if (f->second && f->strength <= STRENGTH_WEAK)
        add_evidence(s, f->second_query, f->strength, f->second, numbers(f, NAN, NAN));
    if (f->third && s->st->again && f->strength <= STRENGTH_WEAK)
        add_evidence(s, f->third_query, f->strength, f->third, numbers(f, NAN, NAN));
    if (f->strength <= STRENGTH_WEAK)
        check_culprits(s, f);
}

static bool is_named(const struct aws_finding *f, const char *statement)
{
    for (int i = 0; i < AWS_NAMES && f->names[i]; i++) {
        if (av_names(statement, f->names[i]))
            return true;
    }
    return f->service && *f->service && av_names(statement, f->service);
}

/* What may explain it speaks for it, weakly; that it is not so rules that one out and no more. */
static void record_behind(struct aws_scope *s)
{
    const struct aws_pattern *const *table = aws_pattern_table();

    for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++) {
        struct aws_findings *all;

        if (!s->behind[i])
            continue;
        all = arena_alloc(s->view.arena, sizeof(*all));
        aws_pattern_run(table[i], &s->view, all);
        for (size_t k = 0; k < all->count; k++) {
            const struct aws_finding *f = &all->list[k];
            bool off = f->strength <= STRENGTH_WEAK;

            if (f->query)
                add_evidence(
                    s, f->query, off ? STRENGTH_WEAK : STRENGTH_NONE,
                    arena_printf(s->view.arena, "%s: %s",
                                 off ? "what may explain it" : "what would explain it is not so",
                                 f->evidence),
                    numbers(f, f->before, f->value));
        }
    }
}

/* What the statement names; when it names none of them, all that is off; when nothing is, what the
 * best fitting one sees instead. */
void aws_test_read(struct aws_scope *s)
{
    const struct aws_pattern *const *table = aws_pattern_table();
    const struct hypothesis *h = model_hypothesis(inv_model(s->st->inv), s->st->test);
    const char *statement = arena_strdup(s->view.arena, h->statement);
    const struct aws_finding *quiet = NULL;
    bool named = false, off = false;

    for (size_t i = 0; i < AWS_PATTERNS_MAX && table[i]; i++) {
        struct aws_findings *all;

        if (!s->chosen[i])
            continue;
        all = arena_alloc(s->view.arena, sizeof(*all));
        aws_pattern_run(table[i], &s->view, all);
        for (size_t k = 0; k < all->count; k++)
            named = named ||
                    (all->list[k].strength <= STRENGTH_WEAK && is_named(&all->list[k], statement));
        for (size_t k = 0; k < all->count; k++) {
            const struct aws_finding *f = &all->list[k];

            if (f->strength > STRENGTH_WEAK) {
                quiet = quiet || !f->query ? quiet : f;
            } else if (!named || is_named(f, statement)) {
                off = true;
                record(s, f);
            }
        }
    }
    if (!off && quiet)
        record(s, quiet);
    record_behind(s);
    inv_test_done(s->st->inv, s->st->test);
}
