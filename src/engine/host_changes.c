/* host_changes.c - one hypothesis for changes: they explain something only when something is off.
 * The onset is the incident's, or the start of the process that is off, or now. */
#include <math.h>
#include <string.h>

#include "host/change.h"
#include "host_priv.h"

#define YOUNG_S 3600.0     /* what started so lately may have been started by a change */
#define RELATED_SCORE 0.55 /* below what was seen to be off itself */

/* "host:x/process:7(burn)" gives the process of the snapshot, "host:x/unit:a.service" the unit. */
struct sick {
    const struct value *process;
    const char *unit;
    double onset_ms;
};

static void sick_resource(struct host_target *t, const char *resource, struct sick *ret)
{
    const char *at = strstr(resource, "/process:"), *unit = strstr(resource, "/unit:");

    if (unit && !ret->unit)
        ret->unit = unit + strlen("/unit:");
    if (!at || ret->process)
        return;
    VALUE_EACH (p, value_get(t->view.snapshot, "processes")) {
        const char *pid = arena_printf(t->view.arena, "/process:%.0f(", hv_num(p, "pid"));

        if (strncmp(at, pid, strlen(pid)) == 0)
            ret->process = p;
    }
}

/* What was confirmed or supported of this machine, the best first. */
static struct sick what_is_off(struct host_target *t)
{
    const struct model *m = inv_model(t->st->inv);
    struct sick s = {.unit = NULL};
    const char *own = arena_printf(t->view.arena, "host:%s/", t->view.host);

    VEC_EACH (h, &m->hypotheses) {
        if ((h->status == HYP_CONFIRMED || h->status == HYP_SUPPORTED) &&
            strncmp(h->resource, own, strlen(own)) == 0)
            sick_resource(t, h->resource, &s);
    }
    s.onset_ms = (double)inv_now_ms(t->st->inv);
    if (s.process && hv_num(s.process, "age_s") >= 0)
        s.onset_ms = hv_num(t->view.snapshot, "taken_ms") - hv_num(s.process, "age_s") * 1000;
    if (m->has_incident && m->incident.started_at_ms)
        s.onset_ms = (double)m->incident.started_at_ms;
    return s;
}

static bool is_likely_of(struct host_target *t, const struct sick *s)
{
    const struct model *m = inv_model(t->st->inv);

    return m->has_incident || (t->view.words & WORDS_DEPLOY) || s->unit ||
           (s->process && hv_num(s->process, "age_s") < YOUNG_S);
}

static void quiet(struct host_trial *tr, uint64_t query, const char *why)
{
    struct inv_evidence e = {.metric = "changes",
                             .unit = "count",
                             .resource = tr->f->resource,
                             .before = NAN,
                             .after = NAN};

    host_add_evidence(tr->t, tr->root, query, STRENGTH_NONE, why, e);
    inv_prune(tr->t->st->inv, tr->root, why);
}

static void explain(struct host_trial *tr, uint64_t query, const struct change_verdict *c)
{
    struct investigation *inv = tr->t->st->inv;
    struct arena *a = inv_arena(inv);
    struct inv_evidence e = {.metric = "changes",
                             .unit = "count",
                             .resource = tr->f->resource,
                             .before = NAN,
                             .after = NAN,
                             .onset_ms = value_i64_or(c->change, "ts_ms", 0)};
    const char *detail = hv_str(c->change, "detail");

    host_add_evidence(tr->t, tr->root, query, c->strength,
                      arena_printf(a, "%s %s%s%s changed %.0f s %s the onset%s%s",
                                   hv_str(c->change, "kind"), hv_str(c->change, "what"),
                                   *detail ? " " : "", detail, fabs(c->before_s),
                                   c->before_s < 0 ? "after" : "before", c->why ? ": " : "",
                                   c->why ? c->why : ", but nothing ties it to what is off"),
                      e);
    inv_support(inv, tr->root,
                c->why ? "a change of what is off stands close to the onset"
                       : "a change stands close to the onset");
    if (c->why)
        host_add_candidate(tr, tr->root, RELATED_SCORE);
}

static void on_changes(void *ctx, struct investigation *inv, uint64_t query,
                       const struct tool_result *result)
{
    struct host_trial *tr = ctx;
    const struct value *doc = host_parse_body(inv, result);
    struct sick s = what_is_off(tr->t);
    struct change_verdict c;

    tr->t->st->waiting--;
    if (!doc && result->status != TOOL_EMPTY)
        host_gap_of(inv, tr->root, "changes", result);
    c = change_find(&tr->t->view, doc, s.process, s.unit, s.onset_ms);
    if (c.change && tr->t->st->supported)
        explain(tr, query, &c);
    else if (doc || result->status == TOOL_EMPTY)
        quiet(tr, query,
              c.change ? "there are changes, but nothing is off that they would explain"
                       : "nothing changed shortly before the onset");
    host_check_done(tr->t->st);
}

static void ask_changes(struct host_target *t, const char *hyp, inv_query_fn *fn, void *ctx)
{
    host_ask(t, "host_changes", &(struct host_culprit){.follow = FOLLOW_NONE}, hyp,
             arena_printf(inv_arena(t->st->inv), "changes of %s", t->view.host), fn, ctx);
}

void host_test_changes(struct host_target *t)
{
    static const struct host_proposal proposals[] = {
        {.action = "take the change back, if it can be, and see whether {host} recovers",
         .command = "",
         .rollback = "make the change again",
         .risk = APPROVAL_HIGH,
         .watch = "what was off is back to normal"},
        {.action = NULL},
    };
    static const char *const checks[] = {
        "who made the last changes: last, /var/log/apt/history.log, the deployment's log", NULL};
    static const struct host_pattern row = {.id = "recent_change",
                                            .kind = "deployment",
                                            .words = WORDS_DEPLOY,
                                            .proposals = proposals,
                                            .checks = checks};
    struct investigation *inv = t->st->inv;
    struct arena *a = inv_arena(inv);
    struct host_finding *f = arena_alloc(a, sizeof(*f));
    struct host_trial *tr = arena_alloc(a, sizeof(*tr));
    struct inv_hypothesis h = {
        .statement = arena_printf(a, "a recent change of %s is to blame", t->view.host),
        .kind = "deployment",
        .resource = arena_printf(a, "host:%s", t->view.host),
        .service = "",
        .metric = "changes",
        .pattern = row.id,
        .rationale = "most incidents follow a change",
        .refutes = "no package, configuration or deployed file changed before the onset",
        .category = CATEGORY_CONFIGURATION,
        .priority = 2};

    f->pattern = &row;
    f->metric = h.metric;
    f->resource = h.resource;
    tr->t = t;
    tr->f = f;
    tr->root = inv_propose(inv, &h);
    if (!tr->root)
        return;
    inv_testing(inv, tr->root);
    ask_changes(t, tr->root, on_changes, tr);
}

bool host_changes_worth(struct host_target *t)
{
    struct sick none = {.unit = NULL}, s;

    if (is_likely_of(t, &none))
        return true;
    if (!t->st->supported)
        return false;
    s = what_is_off(t);
    return is_likely_of(t, &s);
}

static void on_ahead(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *result)
{
    struct host_target *t = ctx;

    (void)inv;
    (void)query;
    (void)result; /* kept for the one who asks the same */
    t->st->waiting--;
    host_check_done(t->st);
}

/* A hypothesis that waits for its follow-up: meanwhile there is time for a question more. */
static const char *still_open(struct host_target *t)
{
    const char *own = arena_printf(t->view.arena, "host:%s/", t->view.host);

    VEC_EACH (h, &inv_model(t->st->inv)->hypotheses) {
        if (h->status == HYP_TESTING && strncmp(h->resource, own, strlen(own)) == 0)
            return h->id;
    }
    return NULL;
}

void host_changes_ahead(struct host_target *t)
{
    const char *open = t->view.far ? still_open(t) : NULL;
    struct sick s = {.unit = NULL};

    for (size_t i = 0; i < t->finding_count; i++) {
        const struct host_finding *f = &t->findings[i];

        if (f->strength > STRENGTH_WEAK)
            continue;
        sick_resource(t, f->resource, &s);
        for (int k = 0; k < f->culprit_count; k++)
            sick_resource(t, f->culprits[k].resource, &s);
    }
    if (open && is_likely_of(t, &s))
        ask_changes(t, open, on_ahead, t);
}
