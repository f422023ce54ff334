/* trial.c - a finding is tried: its hypothesis, the calls that decide about its culprits, and
 * whether it is confirmed. It is, when a culprit's call says so, or when it was seen itself and
 * from two sides. What was refuted stays in the tree, with what refuted it. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "aws_priv.h"
#include "runbook/engine/mutate.h"

#define TEMPORAL_MS INT64_C(300000) /* within five minutes of the onset */

struct probe {
    struct aws_trial *trial;
    const struct aws_culprit *c;
    struct aws_culprit at; /* the same, for the answer of a later step */
    const char *hyp;
};

const char *aws_evidence(struct aws_scope *s, const char *hyp, uint64_t query,
                         enum evidence_strength strength, const char *statement,
                         struct inv_evidence e)
{
    if (!query)
        return "";
    e.hypothesis = hyp;
    e.query = query;
    e.strength = strength;
    e.statement = statement;
    e.score = NAN;
    e.window_start_ms = s->view.start_ms;
    e.window_end_ms = s->view.now_ms;
    e.temporal =
        e.onset_ms && s->view.onset_known && llabs(e.onset_ms - s->view.onset_ms) <= TEMPORAL_MS;
    return inv_add_evidence(s->st->inv, &e);
}

/* Calls to what it is about that X-Ray saw fail: seen from the other side. */
static void traced_evidence(struct aws_trial *tr)
{
    const struct aws_finding *f = tr->f;
    struct aws_view *v = &tr->s->view;
    struct inv_evidence e = {.metric = "",
                             .unit = "",
                             .service = f->service,
                             .after = NAN,
                             .before = NAN,
                             .resource = f->resource};
    const struct aws_traced *c = aws_traced_to(v, f);

    if (c)
        aws_evidence(tr->s, tr->root, v->traced_query, STRENGTH_WEAK, aws_traced_text(v, c), e);
}

static void finding_evidence(struct aws_trial *tr, enum evidence_strength strength)
{
    const struct aws_finding *f = tr->f;
    struct inv_evidence e = {.service = f->service,
                             .metric = f->metric,
                             .unit = f->unit,
                             .resource = f->resource,
                             .before = f->before,
                             .after = f->value,
                             .onset_ms = f->at_ms,
                             .direct = f->direct};

    aws_evidence(tr->s, tr->root, f->query, strength, f->evidence, e);
    e.before = e.after = NAN;
    if (f->second && strength != STRENGTH_NONE)
        aws_evidence(tr->s, tr->root, f->second_query, strength, f->second, e);
    if (f->third && strength != STRENGTH_NONE)
        aws_evidence(tr->s, tr->root, f->third_query, strength, f->third, e);
    if (strength <= STRENGTH_WEAK)
        traced_evidence(tr);
}

/* A line for `runbook act` whose operation there is, or NULL. */
static const char *act_line(struct aws_view *v, const char *text, const struct aws_finding *f,
                            const struct aws_culprit *c)
{
    const char *name = text ? arena_strndup(v->arena, text, strcspn(text, " ")) : "";

    return act_find(name) ? aws_fill_words(v, text, f, c) : NULL;
}

static void propose_steps(struct aws_trial *tr, const struct aws_culprit *c, const char *hyp,
                          const struct aws_proposal *steps)
{
    struct aws_view *v = &tr->s->view;

    for (; steps && steps->action; steps++) {
        struct ev_remediation_proposed p = {.hypothesis = hyp, .risk = steps->risk};

        p.action = aws_fill(v, steps->action, tr->f, c);
        p.command = aws_fill_words(v, steps->command ? steps->command : "", tr->f, c);
        p.rollback = aws_fill(v, steps->rollback ? steps->rollback : "", tr->f, c);
        p.watch = aws_fill(v, steps->watch ? steps->watch : "", tr->f, c);
        p.act = act_line(v, steps->act, tr->f, c);
        if (p.action && p.command && p.rollback && p.watch)
            inv_propose_step(tr->s->st->inv, &p);
    }
}

static void note_checks(struct aws_trial *tr)
{
    const char *const *check = tr->f->checks ? tr->f->checks : tr->f->pattern->checks;

    for (; check && *check; check++) {
        const char *text = aws_fill(&tr->s->view, *check, tr->f, NULL);

        if (text)
            inv_check(tr->s->st->inv, tr->root, text);
    }
}

static double score(const struct aws_trial *tr)
{
    const struct aws_view *v = &tr->s->view;
    bool meant = !*v->text || av_has_any(v->text, tr->f->pattern->words);

    for (int i = 0; i < AWS_NAMES && tr->f->names[i] && !meant; i++)
        meant = av_is_meant(v, tr->f->names[i]);
    return 0.35 + 0.4 * tr->f->severity + (meant ? 0.2 : 0);
}

static void add_candidate(struct aws_trial *tr, const char *hyp, double points)
{
    const struct model *m = inv_model(tr->s->st->inv);
    const struct hypothesis *h = model_hypothesis(m, hyp);
    struct ev_candidate_ranked c = {.metric = tr->f->metric, .category = tr->f->pattern->kind};
    const char **ids;
    size_t n = 0;

    if (!h)
        return;
    ids = arena_array(tr->s->view.arena, h->evidence.count + 1, sizeof(*ids));
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (e->strength <= STRENGTH_WEAK)
            ids[n++] = e->id;
    }
    c.service = h->service;
    c.resource = h->resource;
    c.statement = h->statement;
    c.hypothesis = h->id;
    c.score = fmin(1, points);
    c.evidence = (struct strings){ids, n};
    tr->best = fmax(tr->best, c.score);
    inv_candidate(tr->s->st->inv, &c);
}

/* ---- the end of a trial ---- */

static void decide(struct aws_trial *tr)
{
    struct investigation *inv = tr->s->st->inv;
    const struct aws_finding *f = tr->f;
    bool doubted = tr->refuted && !tr->confirmed;
    bool seen_twice = f->direct && f->second && f->strength == STRENGTH_STRONG && !doubted;

    if (doubted && !f->direct) {
        inv_prune(inv, tr->root, "what would have caused it is not so");
        aws_plan_effects(tr, false);
        return;
    }
    tr->s->st->supported++;
    propose_steps(tr, NULL, tr->root, f->proposals ? f->proposals : f->pattern->proposals);
    note_checks(tr);
    if (tr->confirmed || seen_twice) {
        inv_confirm(inv, tr->root, f->evidence);
        if (!tr->confirmed)
            add_candidate(tr, tr->root, score(tr));
        aws_plan_effects(tr, true);
    } else {
        inv_support(inv, tr->root, f->evidence);
        add_candidate(tr, tr->root, score(tr) * (f->strength == STRENGTH_STRONG ? 0.7 : 0.5));
        aws_plan_effects(tr, false);
    }
}

/* ---- culprits ---- */

static struct inv_hypothesis hypothesis_of(const struct aws_finding *f)
{
    return (struct inv_hypothesis){.kind = f->pattern->kind,
                                   .resource = f->resource,
                                   .service = f->service,
                                   .metric = f->metric,
                                   .pattern = f->pattern->id,
                                   .rationale = f->pattern->rationale,
                                   .refutes = f->pattern->refutes,
                                   .category = f->pattern->category,
                                   .priority = 1};
}

static const char *propose_culprit(struct aws_trial *tr, const struct aws_culprit *c)
{
    struct inv_hypothesis h = hypothesis_of(tr->f);
    const char *id;

    h.parent = tr->root;
    h.statement = c->statement;
    h.resource = c->resource;
    h.service = c->service;
    h.metric = c->metric;
    h.rationale = c->evidence;
    id = inv_propose(tr->s->st->inv, &h);
    if (id)
        inv_testing(tr->s->st->inv, id);
    return id;
}

/* Who is to blame is shown among the resources. */
static void publish_culprit(struct aws_trial *tr, const struct aws_culprit *c, const char *detail)
{
    const char *slash = strrchr(c->resource, '/'), *colon = slash ? strchr(slash, ':') : NULL;
    struct ev_resource_seen r = {.key = c->resource,
                                 .status = "blamed",
                                 .detail = detail,
                                 .health = HEALTH_CRITICAL,
                                 .value = c->after,
                                 .limit = NAN,
                                 .unit = c->unit,
                                 .metric = ""};

    if (!colon || model_resource(inv_model(tr->s->st->inv), c->resource))
        return;
    r.kind = arena_strndup(tr->s->view.arena, slash + 1, (size_t)(colon - slash - 1));
    r.name = colon + 1;
    r.parent =
        arena_printf(tr->s->view.arena, "aws:%s/%s", tr->s->view.account, tr->s->view.region);
    inv_resource(tr->s->st->inv, &r);
}

static struct inv_evidence culprit_evidence(const struct aws_culprit *c)
{
    return (struct inv_evidence){.service = c->service,
                                 .metric = c->metric,
                                 .unit = c->unit,
                                 .resource = c->resource,
                                 .before = c->before,
                                 .after = c->after,
                                 .onset_ms = c->at_ms};
}

/* Of equals the one that the pattern names first is blamed, not the one that was answered first. */
static double place(const struct aws_trial *tr, const struct aws_culprit *c)
{
    int at = 0;

    while (at < tr->f->culprit_count && strcmp(tr->f->culprits[at].statement, c->statement) != 0)
        at++;
    return 0.001 * at;
}

static void confirm_culprit(struct probe *pr, uint64_t query, const struct aws_reading *r)
{
    struct aws_trial *tr = pr->trial;
    const struct aws_culprit *c = pr->c;
    struct inv_evidence e = culprit_evidence(c);

    aws_evidence(tr->s, pr->hyp, c->query, c->strength, c->evidence, e);
    e.before = r->before;
    e.after = r->after;
    e.direct = r->direct;
    aws_evidence(tr->s, pr->hyp, query, r->strength, r->evidence, e);
    publish_culprit(tr, c, r->evidence);
    inv_confirm(tr->s->st->inv, pr->hyp, r->evidence);
    propose_steps(tr, c, pr->hyp,
                  r->proposals   ? r->proposals
                  : c->proposals ? c->proposals
                                 : tr->f->pattern->proposals);
    add_candidate(tr, pr->hyp, score(tr) + 0.05 - place(tr, c));
    tr->confirmed++;
}

static void refute_culprit(struct probe *pr, uint64_t query, const struct aws_reading *r)
{
    struct inv_evidence e = culprit_evidence(pr->c);

    e.before = r->before;
    e.after = r->after;
    aws_evidence(pr->trial->s, pr->hyp, query, r->strength, r->evidence, e);
    inv_prune(pr->trial->s->st->inv, pr->hyp, r->evidence);
    pr->trial->refuted += r->strength == STRENGTH_CONTRADICTS;
}

/* Nobody can say: what is known of it stays, as a support. */
static void leave_open(struct probe *pr, const struct tool_result *result)
{
    struct aws_scope *s = pr->trial->s;
    const struct aws_culprit *c = pr->c;
    const char *what = arena_printf(s->view.arena, "%s %s (%s, %s)", c->ask.service,
                                    c->ask.operation, s->view.account, s->view.region);

    if (result->status != TOOL_EMPTY)
        aws_gap_of(s, pr->hyp, what, result);
    aws_evidence(s, pr->hyp, c->query, c->strength == STRENGTH_STRONG ? STRENGTH_WEAK : c->strength,
                 c->evidence, culprit_evidence(c));
    inv_support(s->st->inv, pr->hyp, "what would decide it could not be read");
}

static void on_follow(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *result);

/* What was read so far speaks for it, and one more call decides. */
static bool go_on(struct probe *pr, uint64_t query, const struct aws_reading *r)
{
    struct inv_evidence e = culprit_evidence(pr->c);

    pr->at = *pr->c;
    pr->at.step = pr->c->step + 1;
    pr->at.ask = r->next;
    e.before = r->before;
    e.after = r->after;
    if (!aws_scope_follow(pr->trial->s, &pr->at, pr->hyp, on_follow, pr))
        return false;
    aws_evidence(pr->trial->s, pr->hyp, query, STRENGTH_WEAK, r->evidence, e);
    pr->c = &pr->at;
    return true;
}

static void on_follow(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *result)
{
    struct probe *pr = ctx;
    struct aws_trial *tr = pr->trial;
    struct aws_state *st = tr->s->st;
    struct aws_reading r = {.strength = STRENGTH_NONE, .before = NAN, .after = NAN};
    const struct value *items = aws_answer_items(inv, result);
    static const struct value nothing = {.type = VALUE_ARRAY};

    if (!items && result->status == TOOL_EMPTY)
        items = &nothing;
    st->waiting--;
    if (items)
        tr->f->pattern->read(&tr->s->view, pr->c, items, &r);
    if (items && r.next.service && go_on(pr, query, &r))
        return;
    if (!items)
        leave_open(pr, result);
    else if (r.strength == STRENGTH_STRONG)
        confirm_culprit(pr, query, &r);
    else if (r.strength == STRENGTH_WEAK) {
        struct inv_evidence e = culprit_evidence(pr->c);

        aws_evidence(tr->s, pr->hyp, pr->c->query, pr->c->strength, pr->c->evidence, e);
        aws_evidence(tr->s, pr->hyp, query, STRENGTH_WEAK, r.evidence, e);
        inv_support(inv, pr->hyp, r.evidence);
    } else {
        refute_culprit(pr, query, &r);
    }
    if (--tr->waiting == 0)
        decide(tr);
    aws_check_done(st);
}

static void follow(struct aws_trial *tr, const struct aws_culprit *c)
{
    struct probe *pr = arena_alloc(tr->s->view.arena, sizeof(*pr));

    *pr = (struct probe){.trial = tr, .c = c, .hyp = propose_culprit(tr, c)};
    if (!pr->hyp)
        return;
    if (!c->ask.service) { /* it was seen as well as it can be */
        aws_evidence(tr->s, pr->hyp, c->query, c->strength, c->evidence, culprit_evidence(c));
        inv_support(tr->s->st->inv, pr->hyp, c->evidence);
        return;
    }
    if (aws_scope_follow(tr->s, c, pr->hyp, on_follow, pr))
        tr->waiting++;
}

/* ---- the beginning ---- */

static const char *propose_finding(struct aws_scope *s, const struct aws_finding *f,
                                   const char *parent)
{
    struct inv_hypothesis h = hypothesis_of(f);

    h.parent = parent;
    h.statement = f->strength <= STRENGTH_WEAK
                      ? f->claim
                      : arena_printf(s->view.arena, "%s (%s, %s)", f->pattern->claim,
                                     s->view.account, s->view.region);
    h.priority = f->strength <= STRENGTH_WEAK ? 1 : 4;
    return inv_propose(s->st->inv, &h);
}

const char *aws_trial_start(struct aws_scope *s, const struct aws_finding *f)
{
    struct investigation *inv = s->st->inv;
    struct aws_trial *tr = arena_alloc(s->view.arena, sizeof(*tr));

    *tr = (struct aws_trial){.s = s, .f = f, .root = propose_finding(s, f, NULL)};
    if (!tr->root)
        return NULL;
    inv_testing(inv, tr->root);
    finding_evidence(tr, f->strength);
    if (f->strength > STRENGTH_WEAK) {
        inv_prune(inv, tr->root, f->evidence);
        return tr->root;
    }
    tr->waiting = 1; /* so that an answer that comes at once decides nothing */
    for (int i = 0; i < f->culprit_count; i++)
        follow(tr, &f->culprits[i]);
    if (--tr->waiting == 0)
        decide(tr);
    return tr->root;
}

void aws_trial_effect(struct aws_trial *cause, const struct aws_finding *f, const char *because)
{
    struct aws_scope *s = cause->s;
    struct aws_trial *tr = arena_alloc(s->view.arena, sizeof(*tr));

    *tr = (struct aws_trial){.s = s, .f = f, .root = propose_finding(s, f, cause->root)};
    if (!tr->root)
        return;
    inv_testing(s->st->inv, tr->root);
    finding_evidence(tr, f->strength);
    inv_support(s->st->inv, tr->root,
                arena_printf(s->view.arena, "it follows from %s: %s", cause->root, because));
    add_candidate(tr, tr->root, fmin(score(tr), cause->best) * 0.7);
}
