/* host_logs.c - one hypothesis for the logs: a family of error lines that became frequent. */
#include <math.h>
#include <string.h>

#include "host_priv.h"

static void on_log(void *ctx, struct investigation *inv, uint64_t query,
                   const struct tool_result *result)
{
    struct host_trial *tr = ctx;
    const struct value *doc = host_parse_body(inv, result), *worst = NULL;
    struct inv_evidence e = {
        .metric = "log_errors", .unit = "lines", .resource = tr->f->resource, .before = NAN};

    tr->t->st->waiting--;
    if (!doc && result->status != TOOL_EMPTY)
        host_gap_of(inv, tr->root, "logs", result);
    VALUE_EACH (fam, value_get(doc, "families")) {
        double late = hv_num(fam, "spread.2"), early = hv_num(fam, "spread.0");

        if (late >= 20 && late >= 3 * early && (!worst || late > hv_num(worst, "spread.2")))
            worst = fam;
    }
    if (worst) {
        e.before = hv_num(worst, "spread.0");
        e.after = hv_num(worst, "spread.2");
        host_add_evidence(tr->t, tr->root, query, STRENGTH_WEAK,
                          arena_printf(inv_arena(inv), "%s lines rose from %.0f to %.0f in %s: %s",
                                       hv_str(worst, "family"), e.before, e.after,
                                       hv_str(worst, "source"),
                                       value_cstr_or(worst, "hypothesis", "")),
                          e);
        inv_support(inv, tr->root, "a family of errors became frequent");
        tr->t->st->supported++;
        host_add_candidate(tr, tr->root, 0.45);
    } else if (doc || result->status == TOOL_EMPTY) {
        host_add_evidence(tr->t, tr->root, query, STRENGTH_NONE,
                          "no family of error lines became more frequent", e);
        inv_prune(inv, tr->root, "no family of error lines became more frequent");
    }
    host_check_done(tr->t->st);
}

void host_test_logs(struct host_target *t)
{
    static const struct host_pattern row = {.id = "log_errors", .kind = "service", .words = ~0u};
    struct investigation *inv = t->st->inv;
    struct arena *a = inv_arena(inv);
    struct host_finding *f = arena_alloc(a, sizeof(*f));
    struct host_trial *tr = arena_alloc(a, sizeof(*tr));
    struct inv_hypothesis h = {
        .statement = arena_printf(a, "programs of %s log a new kind of error", t->view.host),
        .kind = "service",
        .resource = arena_printf(a, "host:%s/log", t->view.host),
        .service = "",
        .metric = "log_errors",
        .pattern = row.id,
        .rationale = "what fails usually says so in a log",
        .refutes = "no family of error lines that became more frequent",
        .category = CATEGORY_APPLICATION,
        .priority = 4};

    f->pattern = &row;
    f->metric = h.metric;
    f->resource = h.resource;
    tr->t = t;
    tr->f = f;
    tr->root = inv_propose(inv, &h);
    if (!tr->root)
        return;
    inv_testing(inv, tr->root);
    host_ask(t, "host_log", &(struct host_culprit){.follow = FOLLOW_LOG}, tr->root,
             arena_printf(a, "error lines of %s", t->view.host), on_log, tr);
}
