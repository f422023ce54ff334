/* conclude.c - the verdict, judged from what is recorded and from nothing else.
 * root_cause: the first ranked candidate's hypothesis (or, without candidates, the best) is
 * confirmed and its confidence reaches the threshold. no_action: sources answered with data,
 * nothing is off and no alert fires. inconclusive: something is off but not proven, or a source did
 * not answer.
 * failed: no source answered at all. */
#include "investigation_priv.h"

#include "agent.h"
#include "runbook/engine/judge.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIST_MAX 8
#define STEPS_MAX 4
#define STEPS_ALSO 2 /* of each other that is off in the same way */

struct judgement {
    enum verdict verdict;
    const struct hypothesis *cause; /* of ROOT_CAUSE; else the best that was not enough, or NULL */
    bool something_off;             /* strong or weak evidence exists */
    const char *summary;
    const char *services[LIST_MAX], *checks[LIST_MAX];
    const char *also[LIST_MAX], *also_roots[LIST_MAX]; /* texts; ids of hypotheses */
    size_t service_count, check_count, also_count;
};

static int by_score(const void *a, const void *b)
{
    double x = ((const struct ev_candidate_ranked *)a)->score,
           y = ((const struct ev_candidate_ranked *)b)->score;

    return (x < y) - (x > y);
}

/* Equal scores keep the order in which modules gave them: insertion sort is stable, the list is
 * short. */
static void drop_rejected(struct investigation *inv)
{
    size_t n = 0;

    for (size_t i = 0; i < inv->candidates.count; i++) {
        if (!inv_is_rejected(inv, inv->candidates.items[i].hypothesis))
            inv->candidates.items[n++] = inv->candidates.items[i];
    }
    inv->candidates.count = n;
}

static void rank_candidates(struct investigation *inv)
{
    struct ev_candidate_ranked *c = inv->candidates.items;

    drop_rejected(inv);

    for (size_t i = 1; i < inv->candidates.count; i++) {
        struct ev_candidate_ranked x = c[i];
        size_t k = i;

        for (; k > 0 && by_score(&c[k - 1], &x) > 0; k--)
            c[k] = c[k - 1];
        c[k] = x;
    }
    for (size_t i = 0; i < inv->candidates.count; i++) {
        struct event ev = {.type = EV_CANDIDATE_RANKED, .actor = "builtin"};

        c[i].rank = (int64_t)i + 1;
        ev.u.candidate_ranked = c[i];
        engine_publish(inv->engine, &ev);
    }
}

static bool in_turn(const struct investigation *inv, const struct hypothesis *h)
{
    return h && (size_t)(h - inv->engine->model.hypotheses.items) >= inv->first_hypothesis;
}

/* Better: confirmed before supported, then the higher confidence, then the deeper (closer to the
 * culprit). */
static bool is_better(const struct hypothesis *a, const struct hypothesis *b)
{
    bool ca = a->status == HYP_CONFIRMED, cb = b->status == HYP_CONFIRMED;

    if (ca != cb)
        return ca;
    if (a->confidence != b->confidence)
        return a->confidence > b->confidence;
    return a->depth > b->depth;
}

/* Of what the rules proposed, or of what a model did. */
static const struct hypothesis *best_hypothesis(const struct investigation *inv, bool by_model)
{
    const struct model *m = inv_model(inv);
    const struct hypothesis *best = NULL;

    for (size_t i = inv->first_hypothesis; i < m->hypotheses.count; i++) {
        const struct hypothesis *h = &m->hypotheses.items[i];

        if (h->by_model != by_model || (h->status != HYP_CONFIRMED && h->status != HYP_SUPPORTED))
            continue;
        if (!best || is_better(h, best))
            best = h;
    }
    return best;
}

static const struct hypothesis *builtin_cause(const struct investigation *inv)
{
    const struct model *m = inv_model(inv);

    if (inv->candidates.count) {
        const char *id = inv->candidates.items[0].hypothesis;
        const struct hypothesis *h = id ? model_hypothesis(m, id) : NULL;

        if (in_turn(inv, h) && (h->status == HYP_CONFIRMED || h->status == HYP_SUPPORTED))
            return h;
    }
    return best_hypothesis(inv, false);
}

static void say_not_named(struct investigation *inv, const struct hypothesis *h, const char *why)
{
    struct event ev = {.type = EV_JUDGE_REFUSED, .actor = "engine"};

    ev.u.judge_refused.what = arena_printf(inv->arena, "the cause that the model names, %s", h->id);
    ev.u.judge_refused.why = why;
    ev.u.judge_refused.hypothesis = h->id;
    engine_publish(inv->engine, &ev);
}

/* What a model named stands in the tree like everything else; the judge says whether it is named
 * in place of what the rules found. */
static const struct hypothesis *find_cause(struct investigation *inv)
{
    const struct model *m = inv_model(inv);
    const struct hypothesis *builtin = builtin_cause(inv);
    const char *named = agent_cause(inv->agent), *why;
    const struct hypothesis *h = named ? model_hypothesis(m, named) : best_hypothesis(inv, true);

    if (judge_between(m, builtin, h, inv->engine->opts.limits.threshold, &why, inv->arena) ==
        JUDGE_MODEL)
        return h;
    if (named && why)
        say_not_named(inv, h, why);
    builtin = builtin_cause(inv);
    return builtin ? builtin : best_hypothesis(inv, true);
}

static bool evidence_of_trouble(const struct investigation *inv)
{
    const struct model *m = inv_model(inv);

    for (size_t i = inv->first_evidence; i < m->evidence.count; i++) {
        if (m->evidence.items[i].strength <= STRENGTH_WEAK)
            return true;
    }
    return false;
}

static void add_unique(const char **list, size_t *count, const char *text)
{
    if (!text || !*text || *count == LIST_MAX)
        return;
    for (size_t i = 0; i < *count; i++) {
        if (strcmp(list[i], text) == 0)
            return;
    }
    list[(*count)++] = text;
}

static void gather_services(const struct investigation *inv, struct judgement *j)
{
    const struct model *m = inv_model(inv);

    for (size_t i = inv->first_hypothesis; i < m->hypotheses.count; i++) {
        const struct hypothesis *h = &m->hypotheses.items[i];

        if (h->status == HYP_SUPPORTED || h->status == HYP_CONFIRMED)
            add_unique(j->services, &j->service_count, h->service);
    }
    if (j->something_off && m->has_incident)
        add_unique(j->services, &j->service_count, m->incident.service);
}

/* What tells the causes apart comes first, then what could not be seen. */
static void gather_checks(struct investigation *inv, struct judgement *j)
{
    const struct model *m = inv_model(inv);

    VEC_EACH (c, &inv->checks) {
        const struct hypothesis *h = model_hypothesis(m, c->hypothesis);

        if (h && h->status != HYP_PRUNED)
            add_unique(j->checks, &j->check_count, c->text);
    }
    for (size_t i = inv->first_gap; i < m->gaps.count; i++)
        add_unique(j->checks, &j->check_count,
                   arena_printf(inv->arena, "look at %s: %s", m->gaps.items[i].what,
                                m->gaps.items[i].why));
    for (size_t i = inv->first_hypothesis; i < m->hypotheses.count; i++) {
        const struct hypothesis *h = &m->hypotheses.items[i];

        if (h->status == HYP_PENDING || h->status == HYP_TESTING)
            add_unique(j->checks, &j->check_count,
                       arena_printf(inv->arena, "test by hand, no tool could: %s", h->statement));
        if (h->status == HYP_SUPPORTED)
            add_unique(j->checks, &j->check_count,
                       *h->refutes
                           ? arena_printf(inv->arena, "%s: would be refuted by %s", h->statement,
                                          h->refutes)
                           : arena_printf(inv->arena, "confirm or refute: %s", h->statement));
    }
    for (size_t i = 0; i < inv->queries.count; i++) {
        const struct query *q = inv->queries.items[i];

        bool cut = q->state != QUERY_DONE || q->result.status == TOOL_CANCELED;

        if (cut && !q->dropped) /* dropped: what asked for it was rejected */
            add_unique(j->checks, &j->check_count,
                       arena_printf(inv->arena, "finish: %s", q->title));
    }
}

static const char *gap_note(const struct investigation *inv, struct arena *a)
{
    size_t gaps = inv_model(inv)->gaps.count - inv->first_gap;

    return gaps
               ? arena_printf(a, " %zu thing%s could not be looked at.", gaps, gaps == 1 ? "" : "s")
               : "";
}

#define WORTH_A_LOOK 2 /* of alert_severity(): warning and above */

/* An alert that fires is trouble even when nothing that was measured shows it. */
static size_t firing(const struct model *m, const struct alert **ret_worst)
{
    size_t n = 0;

    *ret_worst = NULL;
    VEC_EACH (a, &m->alerts) {
        if (a->state != ALERT_FIRING || alert_severity(a) < WORTH_A_LOOK)
            continue;
        n++;
        if (!*ret_worst || alert_severity(a) > alert_severity(*ret_worst))
            *ret_worst = a;
    }
    return n;
}

static void gather_alerts(struct investigation *inv, struct judgement *j)
{
    VEC_EACH (a, &inv_model(inv)->alerts) {
        if (a->state == ALERT_FIRING && alert_severity(a) >= WORTH_A_LOOK)
            add_unique(j->checks, &j->check_count,
                       arena_printf(inv->arena, "look at what the alert %s measures%s%s", a->name,
                                    *a->summary ? ": " : "", a->summary));
    }
}

/* ---- what else is off in the same way ---- */

static const struct hypothesis *root_of(const struct model *m, const struct hypothesis *h)
{
    while (h && *h->parent)
        h = model_hypothesis(m, h->parent);
    return h;
}

/* "fs" of "host:web-3/fs:/var"; empty: it is of no kind. */
static struct str resource_kind(const char *resource)
{
    const char *slash = strchr(resource, '/'), *colon = slash ? strchr(slash, ':') : NULL;

    return colon ? (struct str){slash + 1, (size_t)(colon - slash - 1)} : STR_LIT("");
}

/* Another filesystem that is full beside one that is, another unit that failed: it follows from
 * nothing that is named, so it would be overlooked below the one that is. */
static bool is_another(const struct investigation *inv, const struct hypothesis *root,
                       const struct hypothesis *h)
{
    bool same_pattern = *h->pattern && strcmp(h->pattern, root->pattern) == 0;
    const struct str kind = resource_kind(h->resource);

    if (h == root || *h->parent || inv_is_rejected(inv, h->id) || h->best > STRENGTH_WEAK ||
        (h->status != HYP_CONFIRMED && h->status != HYP_SUPPORTED))
        return false;
    return same_pattern || (kind.len && strcmp(h->kind, root->kind) == 0 &&
                            str_eq(kind, resource_kind(root->resource)));
}

/* The statement, what shows it, and the deepest that was found of it: "... is full: /srv is 97.5 %
 * used (limit 97 %); /srv/x.log fills /srv ... (H4)". */
static const char *also_text(struct investigation *inv, const struct hypothesis *h)
{
    const struct model *m = inv_model(inv);
    const struct evidence *shown =
        h->evidence.count ? &m->evidence.items[h->evidence.items[0]] : NULL;
    const char *deeper = "";

    for (size_t i = 0; i < h->children.count; i++) {
        const struct hypothesis *c = &m->hypotheses.items[h->children.items[i]];

        if (c->status == HYP_CONFIRMED && !*deeper)
            deeper = arena_printf(inv->arena, "; %s", c->statement);
    }
    return arena_printf(inv->arena, "%s%s%s%s (%s)", h->statement, shown ? ": " : "",
                        shown ? shown->statement : "", deeper, h->id);
}

static void gather_also(struct investigation *inv, struct judgement *j)
{
    const struct model *m = inv_model(inv);
    const struct hypothesis *root = root_of(m, j->cause);

    for (size_t i = inv->first_hypothesis; root && i < m->hypotheses.count; i++) {
        const struct hypothesis *h = &m->hypotheses.items[i];

        if (j->also_count < LIST_MAX && is_another(inv, root, h)) {
            j->also_roots[j->also_count] = h->id;
            j->also[j->also_count++] = also_text(inv, h);
        }
    }
}

static void judge_completed(struct investigation *inv, struct judgement *j)
{
    double threshold = inv->engine->opts.limits.threshold;
    struct arena *a = inv->arena;
    const struct alert *worst;
    size_t alerts = firing(inv_model(inv), &worst);

    if (j->cause && j->cause->status == HYP_CONFIRMED && j->cause->confidence >= threshold - 1e-9) {
        j->verdict = VERDICT_ROOT_CAUSE;
        j->summary = j->cause->statement;
    } else if (inv->answered == 0) {
        j->verdict = VERDICT_FAILED;
        j->summary = inv->failed_queries
                         ? "No source answered, so nothing can be said."
                         : "There is no source to investigate: name a host or a Prometheus.";
    } else if (j->cause) {
        j->verdict = VERDICT_INCONCLUSIVE;
        j->summary =
            arena_printf(a, "Not proven (confidence %.2f, %.2f is needed): %s.%s",
                         j->cause->confidence, threshold, j->cause->statement, gap_note(inv, a));
    } else if (j->something_off || inv->failed_queries) {
        j->verdict = VERDICT_INCONCLUSIVE;
        j->summary = arena_printf(a, "%s%s",
                                  j->something_off
                                      ? "Something is off, but no hypothesis explains it."
                                      : "What was seen is healthy, but a source did not answer.",
                                  gap_note(inv, a));
    } else if (inv->informed == 0) { /* nobody looked at anything: that is not health */
        j->verdict = VERDICT_INCONCLUSIVE;
        j->summary = arena_printf(a, "The sources answered without any data.%s", gap_note(inv, a));
    } else if (alerts) {
        j->verdict = VERDICT_INCONCLUSIVE;
        j->summary =
            arena_printf(a, "%zu alert%s (%s), but nothing that was looked at is off.%s", alerts,
                         alerts == 1 ? " fires" : "s fire", worst->name, gap_note(inv, a));
    } else {
        j->verdict = VERDICT_NO_ACTION;
        j->summary = arena_printf(
            a, "Nothing is wrong where it was looked: %zu quer%s answered, no anomaly.%s",
            inv->answered, inv->answered == 1 ? "y" : "ies", gap_note(inv, a));
    }
}

static void judge(struct investigation *inv, const char *reason, struct judgement *j)
{
    memset(j, 0, sizeof(*j));
    j->something_off = evidence_of_trouble(inv);
    j->cause = find_cause(inv);
    judge_completed(inv, j);
    if (strcmp(reason, "done") != 0 && j->verdict != VERDICT_ROOT_CAUSE) {
        j->verdict = VERDICT_INCONCLUSIVE;
        j->summary = arena_printf(inv->arena, "Ended early (%s). So far: %s", reason,
                                  j->cause ? j->cause->statement : "no cause found");
    }
    gather_services(inv, j);
    gather_also(inv, j);
    if (j->verdict == VERDICT_INCONCLUSIVE || j->verdict == VERDICT_FAILED) {
        gather_checks(inv, j);
        gather_alerts(inv, j);
    }
}

static const char *category_of(const struct investigation *inv, const struct hypothesis *h)
{
    for (size_t i = 0; i < inv->candidates.count; i++) {
        const struct ev_candidate_ranked *c = &inv->candidates.items[i];

        if (c->hypothesis && strcmp(c->hypothesis, h->id) == 0 && c->category && *c->category)
            return c->category;
    }
    return *h->kind ? h->kind : category_name(h->category);
}

static void publish_root_cause(struct investigation *inv, const struct hypothesis *h)
{
    const struct model *m = inv_model(inv);
    const char **ids = arena_array(inv->arena, h->evidence.count, sizeof(*ids));
    struct event ev = {.type = EV_ROOTCAUSE_IDENTIFIED, .actor = "builtin"};
    struct ev_rootcause_identified *r = &ev.u.rootcause_identified;
    size_t n = 0;

    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (e->strength <= STRENGTH_WEAK)
            ids[n++] = e->id;
    }
    r->hypothesis = h->id;
    r->statement = h->statement;
    r->category = category_of(inv, h);
    r->service = h->service;
    r->metric = h->metric;
    r->resource = h->resource;
    r->confidence = h->confidence;
    r->evidence = (struct strings){ids, n};
    engine_publish(inv->engine, &ev);
}

/* What was never decided is said to be so: a tree with open ends is not an answer. */
static void prune_open(struct investigation *inv, const char *reason)
{
    const struct model *m = inv_model(inv);

    for (size_t i = inv->first_hypothesis; i < m->hypotheses.count; i++) {
        struct event ev = {.type = EV_HYPOTHESIS_PRUNED, .actor = "engine"};
        const struct hypothesis *h = &m->hypotheses.items[i];

        if (h->status != HYP_PENDING && h->status != HYP_TESTING)
            continue;
        if (h->by_user && h->gaps.count && !h->evidence.count)
            continue; /* nothing could test it, which is not the same as refuted: it stays open */
        ev.u.hypothesis_id.id = h->id;
        ev.u.hypothesis_id.reason =
            strcmp(reason, "done") == 0 ? "its tests gave no evidence" : "not tested to the end";
        engine_publish(inv->engine, &ev);
    }
}

/* Returns how many of `most` there were. */
static int publish_steps_of(struct investigation *inv, const struct hypothesis *h, int most)
{
    int n = 0;

    VEC_EACH (s, &inv->steps) {
        struct event ev = {.type = EV_REMEDIATION_PROPOSED, .actor = "builtin"};

        if (strcmp(s->hypothesis, h->id) != 0 || n == most)
            continue;
        ev.u.remediation_proposed = *s;
        engine_publish(inv->engine, &ev);
        n++;
    }
    return n;
}

/* Proposals of the culprit, or of what it stands under when it has none of its own. */
static void publish_remediation(struct investigation *inv, const struct hypothesis *h)
{
    const struct model *m = inv_model(inv);

    for (; h; h = *h->parent ? model_hypothesis(m, h->parent) : NULL) {
        if (publish_steps_of(inv, h, STEPS_MAX))
            return;
    }
}

/* Of each that is off as well: what its culprit calls for, else it itself. */
static void publish_also(struct investigation *inv, const struct judgement *j)
{
    for (size_t i = 0; i < j->also_count; i++) {
        const struct model *m = inv_model(inv);
        const struct hypothesis *h = model_hypothesis(m, j->also_roots[i]);
        int done = 0;

        for (size_t k = 0; h && k < h->children.count && !done; k++) {
            const struct hypothesis *c = &m->hypotheses.items[h->children.items[k]];

            done = c->status == HYP_CONFIRMED ? publish_steps_of(inv, c, STEPS_ALSO) : 0;
            m = inv_model(inv);
            h = model_hypothesis(m, j->also_roots[i]);
        }
        if (h && !done)
            publish_steps_of(inv, h, STEPS_ALSO);
    }
}

void inv_conclude(struct investigation *inv, const char *reason)
{
    struct event ev = {.type = EV_CONCLUSION_REACHED, .actor = "builtin"};
    struct ev_conclusion_reached *c = &ev.u.conclusion_reached;
    struct judgement j;

    prune_open(inv, reason);
    if (inv_model(inv)->phase == PHASE_INVESTIGATE)
        inv_enter_phase(inv, PHASE_EVALUATE);
    rank_candidates(inv);
    judge(inv, reason, &j);
    inv_enter_phase(inv, PHASE_CONCLUDE);
    if (j.verdict == VERDICT_ROOT_CAUSE) {
        publish_root_cause(inv, j.cause);
        publish_remediation(inv, model_hypothesis(inv_model(inv), j.cause->id));
        publish_also(inv, &j);
    }
    c->verdict = j.verdict;
    c->summary = j.summary;
    c->confidence = j.cause ? j.cause->confidence : NAN;
    c->affected_services = (struct strings){j.services, j.service_count};
    c->next_checks = (struct strings){j.checks, j.check_count};
    c->also = (struct strings){j.also, j.also_count};
    engine_publish(inv->engine, &ev);
    inv_enter_phase(inv, PHASE_COMPLETE);
}
