/* host_changes.c - one hypothesis for changes: they explain something only when something is off.
 */
#include <math.h>
#include <string.h>

#include "host_priv.h"

#define CHANGE_MS 900000 /* a change that long before the onset may have caused it */

static void on_changes(void *ctx, struct investigation *inv, uint64_t query,
                       const struct tool_result *result)
{
    struct host_trial *tr = ctx;
    const struct value *doc = host_parse_body(inv, result), *nearest = NULL;
    const struct model *m = inv_model(inv);
    double onset = (double)(m->has_incident && m->incident.started_at_ms ? m->incident.started_at_ms
                                                                         : inv_now_ms(inv));
    struct inv_evidence e = {.metric = "changes",
                             .unit = "count",
                             .resource = tr->f->resource,
                             .before = NAN,
                             .after = NAN};

    tr->t->st->waiting--;
    if (!doc && result->status != TOOL_EMPTY)
        host_gap_of(inv, tr->root, "changes", result);
    VALUE_EACH (c, value_get(doc, "changes")) {
        double ts = hv_num(c, "ts_ms");

        if (!nearest && ts <= onset + 60000 && ts >= onset - CHANGE_MS)
            nearest = c;
    }
    if (nearest && tr->t->st->supported) {
        e.onset_ms = value_i64_or(nearest, "ts_ms", 0);
        host_add_evidence(tr->t, tr->root, query, STRENGTH_WEAK,
                          arena_printf(inv_arena(inv), "%s %s %s changed %.0f s before the onset",
                                       hv_str(nearest, "kind"), hv_str(nearest, "what"),
                                       hv_str(nearest, "detail"),
                                       (onset - hv_num(nearest, "ts_ms")) / 1000),
                          e);
        inv_support(inv, tr->root, "a change stands shortly before the onset");
    } else if (doc || result->status == TOOL_EMPTY) {
        const char *why = nearest ? "there are changes, but nothing is off that they would explain"
                                  : "nothing changed shortly before the onset";

        host_add_evidence(tr->t, tr->root, query, STRENGTH_NONE, why, e);
        inv_prune(inv, tr->root, why);
    }
    host_check_done(tr->t->st);
}

void host_test_changes(struct host_target *t)
{
    static const struct host_pattern row = {
        .id = "recent_change", .kind = "deployment", .words = WORDS_DEPLOY};
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
    host_ask(t, "host_changes", &(struct host_culprit){.follow = FOLLOW_NONE}, tr->root,
             arena_printf(a, "changes of %s", t->view.host), on_changes, tr);
}
