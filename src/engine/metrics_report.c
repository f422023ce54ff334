/* metrics_report.c - from the ranking to the tree, the evidence and the candidates.
 * Three first hypotheses, a family of metrics each; what leads the ranking becomes a child of its
 * family, is tested against propagation and load, and is confirmed, supported or pruned with the
 * reason. Every claim cites the range query that it was read from. When nothing moved nothing is
 * claimed: no evidence, no candidates. */
#include "metrics_priv.h"

#include "calibrate.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define CANDIDATES_MAX 8
#define NAMED_MIN 5 /* candidates that are named however far behind they are */
#define WORTH 0.02  /* of the best probability: what is below is not named after these */
#define SERVICES_SHOWN 200
#define WARNING_SCALES 3.0
#define STRONG_SCALES 5.0
#define NEGLIGIBLE 0.02 /* probability below which a shift speaks for nothing */
#define SURE 0.9
#define THRESHOLD 0.7 /* of naming a root cause; the engine has its own above it */

enum metrics_root metrics_root_of(enum rca_kind kind)
{
    switch (kind) {
    case RCA_SATURATION:
        return ROOT_RESOURCE;
    case RCA_TRAFFIC:
        return ROOT_LOAD;
    case RCA_LATENCY:
    case RCA_ERRORS:
    case RCA_AVAILABILITY:
    case RCA_OTHER:
    case RCA_SKIP:
    case RCA_KINDS:
        break;
    }
    return ROOT_SERVICE;
}

void metrics_propose_roots(struct metrics *mm)
{
    bool named = *mm->alert_service != '\0';
    const char *who = named ? mm->alert_service : "a service";
    const struct inv_hypothesis all[METRICS_ROOTS] = {
        [ROOT_SERVICE] =
            {.statement =
                 named ? arena_printf(mm->arena,
                                      "%s, or a service that it calls, is slow or failing", who)
                       : "A service is slow or failing",
             .kind = "latency",
             .category = CATEGORY_DEPENDENCY,
             .pattern = "service-degraded",
             .rationale = "symptoms spread from a callee to its callers, so the origin is the "
                          "deepest service that changed",
             .refutes = "latency, errors and availability of all services are in their usual range",
             .priority = 1},
        [ROOT_RESOURCE] = {.statement = "A service runs short of CPU, memory or another resource",
                           .kind = "saturation",
                           .category = CATEGORY_CAPACITY,
                           .pattern = "resource-saturation",
                           .rationale = "a busy or starved process answers late before it fails",
                           .refutes =
                               "no resource use left its usual range at the time of the incident",
                           .priority = 2},
        [ROOT_LOAD] = {.statement = "The load on the services has changed",
                       .kind = "traffic",
                       .category = CATEGORY_CAPACITY,
                       .pattern = "load-change",
                       .rationale = "more requests use more of everything, without a fault",
                       .refutes = "request rates are in their usual range",
                       .priority = 3},
    };

    for (int i = 0; i < METRICS_ROOTS; i++) {
        if (mm->roots[i])
            continue;
        mm->roots[i] = inv_propose(mm->inv, &all[i]);
        if (!mm->roots[i]) /* the tree is full: what there is has to do */
            mm->roots[i] = i ? mm->roots[0] : "";
    }
}

static const char *add_evidence(struct metrics *mm, const char *hyp, const struct rca_signal *s,
                                enum evidence_strength strength, bool direct)
{
    struct inv_evidence e = {.hypothesis = hyp,
                             .query = s->query,
                             .strength = strength,
                             .statement = metrics_describe(mm, s),
                             .service = mm->c.services.items[s->service].name,
                             .metric = s->metric,
                             .resource = s->labels,
                             .unit = s->m.unit,
                             .before = s->shift.before,
                             .after = s->shift.after,
                             .score = s->shift.z,
                             .window_start_ms = mm->w.from,
                             .window_end_ms = mm->w.until,
                             .onset_ms = s->shift.onset_ms,
                             .direct = direct};

    return inv_add_evidence(mm->inv, &e);
}

static enum evidence_strength strength_of(const struct report *r, const struct rca_signal *s)
{
    return s->shift.z >= STRONG_SCALES ? STRENGTH_STRONG : STRENGTH_WEAK;
}

/* The complaint itself, for the hypothesis about services. */
static void report_symptom(struct metrics *mm, struct report *r)
{
    const struct rca_signal *best = NULL;

    for (size_t i = 0; i < r->in.signal_count; i++) {
        const struct rca_signal *s = &r->in.signals[i];

        if (s->service != r->in.alert_service || metrics_root_of(s->m.kind) != ROOT_SERVICE ||
            s->m.kind == RCA_OTHER || s->shift.z < 1.5 || s->shift.rel < s->m.min_rel)
            continue;
        if (r->in.alert_kind != RCA_OTHER && s->m.kind != r->in.alert_kind)
            continue;
        if (!best || s->shift.z > best->shift.z)
            best = s;
    }
    if (best) {
        add_evidence(mm, mm->roots[ROOT_SERVICE], best, strength_of(r, best), false);
        r->root_used[ROOT_SERVICE] = true;
    }
}

static const char *propose_child(struct metrics *mm, struct report *r,
                                 const struct rca_candidate *c)
{
    const struct rca_signal *s = metrics_signal_of(r, c, 0);
    const struct rca_service *service = &mm->c.services.items[c->service];
    struct inv_hypothesis h = {
        .parent = mm->roots[metrics_root_of(s->m.kind)],
        .statement =
            arena_printf(mm->arena, "%s is the origin: its %s %s", service->name,
                         metrics_category_word(s), s->shift.direction > 0 ? "rose" : "fell"),
        .kind = metrics_category_word(s),
        .service = service->name,
        .metric = s->metric,
        .resource = arena_printf(mm->arena, "service:%s", service->name),
        .category =
            metrics_root_of(s->m.kind) == ROOT_SERVICE ? CATEGORY_APPLICATION : CATEGORY_CAPACITY,
        .pattern = "metric-shift",
        .rationale = "its metrics left their usual range around the time of the incident",
        .refutes = "a service that it calls moved as much or earlier, or its requests rose in step",
        .priority = 2,
    };

    return inv_propose(mm->inv, &h);
}

static void report_evidence(struct metrics *mm, struct report *r, const struct rca_candidate *c,
                            const char *hyp)
{
    r->evidence.count = 0;
    for (size_t i = 0; i < c->signal_count; i++) {
        const struct rca_signal *s = metrics_signal_of(r, c, i);
        bool origin = i == 0 && c->explained_by == SIZE_MAX && !c->load &&
                      !mm->c.services.items[c->service].observer;
        const char *id;

        if (i > 0 && s->shift.z < 2)
            continue;
        id = add_evidence(mm, hyp, s,
                          c->probability < NEGLIGIBLE ? STRENGTH_NONE : strength_of(r, s), origin);
        *VEC_PUSH(&r->evidence) = id;
    }
}

/* The same test where all was well: would it have blamed the control, it would be no evidence. */
static void report_control(struct metrics *mm, const struct report *r,
                           const struct rca_candidate *c, const char *hyp)
{
    const struct rca_signal *s = metrics_signal_of(r, c, 0);
    bool daily = isfinite(s->shift.day), fails;
    double most = daily ? fmax(s->shift.day, s->shift.control) : s->shift.control;
    struct inv_evidence e = {.hypothesis = hyp,
                             .query = s->query,
                             .strength = STRENGTH_NONE,
                             .service = mm->c.services.items[s->service].name,
                             .metric = s->metric,
                             .resource = s->labels,
                             .unit = s->m.unit,
                             .before = NAN,
                             .after = NAN,
                             .score = most,
                             .window_start_ms = mm->w.base_start,
                             .window_end_ms = mm->w.base_end};

    if (most <= 0)
        return; /* the history is shorter than two windows, or never rose */
    fails = most >= s->shift.z;
    if (fails)
        e.strength = STRENGTH_CONTRADICTS;
    e.statement = arena_printf(
        mm->arena, "control: the same test of %s of %s %s finds %.1f times its usual spread%s",
        s->metric, e.service,
        daily ? "one day before, and in all its history," : "in its history before the incident",
        most, fails ? ", as much as now" : ", which is usual");
    inv_add_evidence(mm->inv, &e);
}

/* The other copies of the service did the same work: did they move as well? By what tells most of
 * those that name a copy. */
static void report_twins(struct metrics *mm, const struct report *r, const struct rca_candidate *c,
                         const char *hyp)
{
    struct inv_evidence e = {.hypothesis = hyp,
                             .strength = STRENGTH_NONE,
                             .before = NAN,
                             .after = NAN,
                             .window_start_ms = mm->w.from,
                             .window_end_ms = mm->w.until};
    const struct rca_signal *s = NULL;
    struct rca_twins t = {0};

    for (size_t i = 0; i < c->signal_count && !t.count; i++) {
        s = metrics_signal_of(r, c, i);
        if (s->shift.z >= WARNING_SCALES)
            rca_twins_of(&r->in, c->signals[i], &t);
    }
    if (!t.count)
        return;
    e.query = s->query;
    e.service = mm->c.services.items[s->service].name;
    e.metric = s->metric;
    e.resource = s->labels;
    e.unit = s->m.unit;
    e.score = t.furthest;
    e.statement = metrics_twin_words(mm, s, &t);
    inv_add_evidence(mm->inv, &e);
}

static void report_candidate(struct metrics *mm, struct report *r, const struct rca_candidate *c,
                             const char *hyp)
{
    const struct rca_signal *s = metrics_signal_of(r, c, 0);
    struct ev_candidate_ranked k = {
        .service = mm->c.services.items[c->service].name,
        .metric = s->metric,
        .resource = arena_printf(mm->arena, "service:%s", mm->c.services.items[c->service].name),
        .category = metrics_category_word(s),
        .statement = metrics_describe(mm, s),
        .hypothesis = hyp,
        .score = c->probability,
        .evidence = {r->evidence.items, r->evidence.count}};

    inv_candidate(mm->inv, &k);
}

/* Named a root cause when its calibrated probability reaches the threshold, and what it is told by
 * would be seen without statistics. */
static bool is_decisive(const struct report *r)
{
    const struct rca_candidate *c = r->rank.items;

    return metrics_signal_of(r, &c[0], 0)->shift.z >= STRONG_SCALES || c[0].signal_count > 1;
}

/* What would tell the first candidates apart, and what could not be seen. */
static void suggest_checks(struct metrics *mm, const struct report *r)
{
    const struct rca_candidate *c = r->rank.items;
    const char *hyp = r->children[0], *first = mm->c.services.items[c[0].service].name;

    if (r->rank.count > 1)
        inv_check(mm->inv, hyp,
                  arena_printf(mm->arena,
                               "compare logs and traces of %s with those of %s: which of "
                               "them failed first, and did it wait for the other?",
                               first, mm->c.services.items[c[1].service].name));
    if (!mm->topology)
        inv_check(mm->inv, hyp,
                  "say who calls whom (--topology FILE): without it a caller cannot be told from "
                  "what it waits for");
    if (c[0].x[RCA_X_SILENT] > 0)
        inv_check(mm->inv, hyp,
                  arena_printf(mm->arena,
                               "ask %s itself: no latency, errors or availability of it "
                               "is measured",
                               first));
    if (c[0].x[RCA_X_OBSERVER] > 0)
        inv_check(mm->inv, hyp,
                  arena_printf(mm->arena, "%s is only seen by its callers: look behind it", first));
}

/* The first of the ranking: its family is supported, itself confirmed when it leads clearly. */
static void judge_first(struct metrics *mm, struct report *r)
{
    const struct rca_candidate *c = &r->rank.items[0];
    const struct rca_signal *s = metrics_signal_of(r, c, 0);
    enum metrics_root root = metrics_root_of(s->m.kind);
    const char *seen;
    struct inv_odds odds;
    double sure;
    bool decisive;

    if (!r->root_used[root])
        add_evidence(mm, mm->roots[root], s, STRENGTH_WEAK, false);
    r->root_used[root] = true;
    inv_support(mm->inv, mm->roots[root], metrics_describe(mm, s));
    if (!r->children[0])
        return;
    seen = metrics_past_words(mm, r, c);
    if (*seen)
        inv_say(mm->inv, arena_printf(mm->arena, "**%s** was the cause before%s.",
                                      mm->c.services.items[c->service].name, seen));
    sure = fmin(c->probability, c->alone);
    odds = (struct inv_odds){sure, r->rank.wrong, r->rank.count};
    decisive = is_decisive(r) && calibrate_ranked(sure) >= THRESHOLD;
    inv_weigh(mm->inv, decisive, r->children[0], &odds,
              arena_printf(mm->arena, "%s%s", metrics_why_first(mm, r, decisive), seen));
    if (!decisive || c->probability < SURE)
        suggest_checks(mm, r);
}

static const char *const families[METRICS_ROOTS] = {
    [ROOT_SERVICE] = "latency, errors and availability of the services",
    [ROOT_RESOURCE] = "resource use of the services",
    [ROOT_LOAD] = "requests of the services",
};

/* What no series tells of is given up, and a gap says that it was not ruled out. */
static void prune_root(struct metrics *mm, const struct report *r, enum metrics_root root,
                       const char *why)
{
    struct err err;

    if (!metrics_is_measured(r, root)) {
        err_set(&err, ERR_NOT_FOUND, "no series measures them");
        inv_gap(mm->inv, mm->roots[root], families[root], &err);
    }
    inv_prune(mm->inv, mm->roots[root], why);
}

static void prune_roots(struct metrics *mm, const struct report *r)
{
    enum metrics_root used = metrics_root_of(metrics_signal_of(r, &r->rank.items[0], 0)->m.kind);

    for (int i = 0; i < METRICS_ROOTS; i++) {
        if ((enum metrics_root)i != used && mm->roots[i] != mm->roots[used] && *mm->roots[i])
            prune_root(mm, r, (enum metrics_root)i,
                       metrics_why_not_root(mm, r, (enum metrics_root)i));
    }
}

static void report_anomaly(struct metrics *mm, struct report *r)
{
    size_t n = r->rank.count < CANDIDATES_MAX ? r->rank.count : CANDIDATES_MAX;

    report_symptom(mm, r);
    for (size_t i = 0; i < n; i++) {
        const struct rca_candidate *c = &r->rank.items[i];
        const char *hyp = NULL;

        if (c->signal_count == 0 ||
            (i >= NAMED_MIN && c->probability < WORTH * r->rank.items[0].probability))
            break;
        if (i < METRICS_CHILDREN_MAX)
            hyp = r->children[i] = propose_child(mm, r, c);
        if (hyp)
            inv_testing(mm->inv, hyp);
        else
            hyp = mm->roots[metrics_root_of(metrics_signal_of(r, c, 0)->m.kind)];
        report_evidence(mm, r, c, hyp);
        report_candidate(mm, r, c, hyp);
        if (i == 0) {
            report_control(mm, r, c, hyp);
            report_twins(mm, r, c, hyp);
        }
    }
    judge_first(mm, r);
    for (size_t i = 1; i < METRICS_CHILDREN_MAX; i++) {
        if (r->children[i])
            inv_prune(mm->inv, r->children[i], metrics_why_not(mm, r, i));
    }
    prune_roots(mm, r);
}

/* No series could be judged: nothing is ruled out, of no family. */
static void report_blind(struct metrics *mm)
{
    struct err err;

    err_set(&err, ERR_NOT_FOUND, "%zu series, none with enough history before the window",
            mm->series_seen);
    inv_blind(mm->inv, mm->roots[0], "metrics of the services", &err);
    for (int i = 0; i < METRICS_ROOTS; i++) {
        if (*mm->roots[i] && (i == 0 || mm->roots[i] != mm->roots[0])) {
            if (i > 0)
                inv_gap(mm->inv, mm->roots[i], families[i], &err);
            inv_prune(mm->inv, mm->roots[i], err.msg);
        }
    }
}

static void report_nothing(struct metrics *mm, const struct report *r)
{
    if (mm->series_judged == 0) {
        report_blind(mm);
        return;
    }
    for (int i = 0; i < METRICS_ROOTS; i++) {
        if (*mm->roots[i] && (i == 0 || mm->roots[i] != mm->roots[0]))
            prune_root(mm, r, (enum metrics_root)i,
                       metrics_why_nothing(mm, r, (enum metrics_root)i));
    }
}

static void add_alert_service(struct metrics *mm, struct rca_input *in)
{
    size_t node = mm->topology && *mm->alert_service
                      ? topology_find(mm->topology, mm->alert_service)
                      : SIZE_MAX;

    in->alert_service = SIZE_MAX;
    if (node != SIZE_MAX)
        in->alert_service = rca_collect_service(&mm->c, mm->topology->nodes[node].id, node, false);
    if (in->alert_service == SIZE_MAX && *mm->alert_service &&
        map_get_c(mm->c.service_by_name, mm->alert_service))
        in->alert_service = rca_collect_service(&mm->c, mm->alert_service, SIZE_MAX, false);
}

/* Nor do labels: who moved together while all was well. */
static void guess_calls(struct metrics *mm, struct report *r)
{
    r->in.guess_count = rca_collect_guess(&mm->c, &r->in.guesses);
    if (r->in.guess_count)
        inv_say(mm->inv,
                arena_printf(mm->arena,
                             "No topology was given and no labels tell of calls: %zu calls are "
                             "guessed from latencies that moved together before the incident.",
                             r->in.guess_count));
}

/* Nobody wrote down who calls whom: what the labels of the series tell has to do. */
static void take_calls(struct metrics *mm, struct report *r)
{
    mm->topology = rca_collect_calls(&mm->c);
    if (!mm->topology) {
        guess_calls(mm, r);
        return;
    }
    r->in.partial = true;
    inv_say(mm->inv, arena_printf(mm->arena,
                                  "No topology was given: %zu calls between %zu services are read "
                                  "from labels of the series.",
                                  mm->topology->edge_count, mm->topology->count));
}

/* What broke before moves candidates a little; whether one is named rests on this incident alone.
 */
static void rank_with_past(struct metrics *mm, struct report *r)
{
    double *prior = xcalloc(r->in.service_count + 1, sizeof(*prior));
    const struct past_cause *like;
    bool any = false;

    for (size_t i = 0; i < r->rank.count; i++) {
        prior[r->rank.items[i].service] = metrics_past_odds(mm, r, &r->rank.items[i], &like);
        any |= like != NULL;
    }
    if (any) {
        free(r->rank.items);
        r->in.prior = prior;
        rca_rank(&r->in, &r->rank);
        r->in.prior = NULL;
    }
    free(prior);
}

static void rank(struct metrics *mm, struct report *r)
{
    if (!mm->topology)
        take_calls(mm, r);
    add_alert_service(mm, &r->in);
    rca_collect_settle(&mm->c, r->in.alert_service, mm->alert_kind);
    r->in.services = mm->c.services.items;
    r->in.service_count = mm->c.services.count;
    r->in.signals = mm->c.signals.items;
    r->in.signal_count = mm->c.signals.count;
    r->in.topology = mm->topology;
    r->in.alert_kind = mm->alert_kind;
    r->in.alert_metric = mm->alert_metric;
    r->in.alert_ms = mm->alert_ms;
    r->in.step_ms = mm->w.step;
    rca_rank(&r->in, &r->rank);
    rank_with_past(mm, r);
}

/* What tells most about a service now: the furthest shift that matters, else any of its series. */
static const struct rca_signal *leading_signal(const struct report *r, size_t service)
{
    const struct rca_signal *best = NULL;
    double most = -1;

    for (size_t i = 0; i < r->in.signal_count; i++) {
        const struct rca_signal *s = &r->in.signals[i];
        bool matters = s->shift.rel >= s->m.min_rel && s->m.kind != RCA_OTHER;
        double z = matters && s->shift.z > 0 ? s->shift.z : 0;

        if (s->service == service && z > most) {
            most = z;
            best = s;
        }
    }
    return best;
}

static enum health health_of(const struct report *r, const struct rca_signal *s)
{
    if (!r->rank.anomalous || s->shift.rel < s->m.min_rel || s->shift.z < WARNING_SCALES)
        return HEALTH_OK;
    return s->shift.z >= STRONG_SCALES && s->m.kind != RCA_TRAFFIC ? HEALTH_CRITICAL
                                                                   : HEALTH_WARNING;
}

/* "latency 14.2x"; of a level near zero no ratio is told. */
static const char *status_of(struct metrics *mm, const struct rca_signal *s, enum health health)
{
    double ratio = s->shift.after / s->shift.before;

    if (health == HEALTH_OK)
        return "usual";
    if (!isfinite(ratio) || ratio < 0.001 || ratio > 1000)
        return arena_printf(mm->arena, "%s %s", rca_kind_name(s->m.kind),
                            s->shift.direction > 0 ? "up" : "down");
    return arena_printf(mm->arena, "%s %.*fx", rca_kind_name(s->m.kind), ratio < 10 ? 2 : 0, ratio);
}

/* Every service that was looked at, as a resource: together they show how far the trouble reaches.
 */
static void report_services(struct metrics *mm, const struct report *r)
{
    for (size_t i = 0; i < mm->c.services.count && i < SERVICES_SHOWN; i++) {
        const struct rca_signal *s = leading_signal(r, i);
        struct ev_resource_seen seen = {.kind = "service", .limit = NAN};
        enum health health;

        if (!s)
            continue;
        health = health_of(r, s);
        seen.name = mm->c.services.items[i].name;
        seen.key = arena_printf(mm->arena, "service:%s", seen.name);
        seen.status = status_of(mm, s, health);
        seen.detail = health == HEALTH_OK ? "in its usual range" : metrics_describe(mm, s);
        seen.health = health;
        seen.value = s->shift.after;
        seen.unit = s->m.unit;
        seen.metric = s->metric;
        inv_resource(mm->inv, &seen);
    }
}

void metrics_report(struct metrics *mm)
{
    const struct prom_target *down = metrics_down_target(mm);
    struct report r = {0};

    rank(mm, &r);
    report_services(mm, &r);
    if (down)
        metrics_report_down(mm, down);
    if (r.rank.anomalous && r.rank.count && r.rank.items[0].signal_count)
        report_anomaly(mm, &r);
    else if (!down)
        report_nothing(mm, &r);
    free(r.rank.items);
    VEC_RELEASE(&r.evidence);
}
