/* cmd_capabilities.c - "runbook capabilities": the operations matrix of AWS, from its tables. */
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/timefmt.h"
#include "runbook/tool/aws_ops.h"
#include "src/app/commands.h"

#define OUT_MAX ((size_t)4 << 20)
#define KINDS_MAX 64

static enum err_code choose(const char *name, const struct ops_kind **kinds, size_t *ret_count,
                            struct err *err)
{
    return ops_kinds_named(name ? name : "all", kinds, KINDS_MAX, ret_count, err);
}

/* ---- the table ---- */

static void put_count(struct buf *out, size_t n, const char *why)
{
    char cell[32];

    (void)snprintf(cell, sizeof(cell), n ? "%zu" : "-", n);
    buf_addf(out, " %7s", why && !n ? "-" : cell);
}

static void put_row(struct buf *out, const struct ops_kind *k)
{
    char name[64];
    size_t logs = 0, acts = 0;

    while (k->logs && k->logs[logs].id)
        logs++;
    while (k->acts && k->acts[acts])
        acts++;
    (void)snprintf(name, sizeof(name), "%s:%s", k->service, k->kind);
    buf_addf(out, "%-30s", name);
    put_count(out, ops_count_checks(k), k->no_health);
    put_count(out, ops_count_metrics(k), k->no_metrics);
    put_count(out, logs, k->no_logs);
    put_count(out, ops_count_anomalies(k), k->no_anomalies);
    put_count(out, acts, k->no_acts);
    buf_addc(out, '\n');
}

static void put_table(struct buf *out, const struct ops_kind *const *kinds, size_t count)
{
    buf_addf(out, "%-30s %7s %7s %7s %7s %7s\n", "kind", "health", "metrics", "logs", "unusual",
             "changes");
    for (size_t i = 0; i < count; i++)
        put_row(out, kinds[i]);
    buf_adds(out, "\n- is empty by design; runbook capabilities KIND says why, and what each cell "
                  "holds.\n");
}

/* ---- one kind ---- */

static void put_none(struct buf *out, const char *cell, const char *why)
{
    if (why)
        buf_addf(out, "  %-8s none: %s\n", cell, why);
}

static const char *state_words(enum ops_state s)
{
    return s == OPS_WARNING ? "a warning" : ops_state_name(s);
}

static void put_limits(struct buf *out, const struct ops_limit *limits, const char *unit)
{
    struct arena *a = arena_new(0);

    for (size_t i = 0; i < OPS_LIMITS; i++)
        if (limits[i].compare != OPS_NEVER)
            buf_addf(out, "; %s %s is %s (%s)", ops_compare_sign(limits[i].compare),
                     ops_amount(a, limits[i].value, unit ? unit : ""), state_words(limits[i].state),
                     limits[i].source);
    arena_free(a);
}

static void put_checks(struct buf *out, const struct ops_kind *k)
{
    for (const struct ops_check *c = k->checks; c && c->id; c++) {
        buf_addf(out, "  %-8s %s: %s", "health", c->id, c->what);
        if (c->how == OPS_WORDS || c->how == OPS_GOOD)
            buf_addf(out, "; %s%s is %s (%s)", c->how == OPS_GOOD ? "anything but " : "", c->words,
                     state_words(c->state), c->source);
        else if (c->how == OPS_STATE)
            buf_addf(out, "; failed, impaired and the like is unhealthy, stopped a warning (%s)",
                     c->source);
        put_limits(out, c->limits, c->unit);
        buf_addc(out, '\n');
    }
    put_none(out, "health", k->no_health);
}

static void put_metrics(struct buf *out, const struct ops_kind *k)
{
    char window[TIME_TEXT_MAX];

    for (const struct ops_metric *m = k->metrics; m && m->id; m++) {
        duration_format((int64_t)m->window_s * 1000, window);
        buf_addf(out, "  %-8s %s: %s (%s %s, %s, %s)", "metric", m->id, m->what, m->space, m->name,
                 m->stat, window);
        put_limits(out, m->limits, m->unit);
        if (m->anomaly != OPS_NO_WAY)
            buf_adds(out, "; compared with the days before");
        buf_addc(out, '\n');
    }
    put_none(out, "metrics", k->no_metrics);
    put_none(out, "unusual", k->no_anomalies);
}

static void put_rest(struct buf *out, const struct ops_kind *k)
{
    for (const struct ops_log *l = k->logs; l && l->id; l++) {
        buf_addf(out, "  %-8s %s: %s", "logs", l->id, l->what);
        if (l->group || l->operation)
            buf_addf(out, " (%s)", l->group ? l->group : l->operation);
        buf_addc(out, '\n');
    }
    put_none(out, "logs", k->no_logs);
    for (size_t i = 0; k->acts && k->acts[i]; i++)
        buf_addf(out, "  %-8s %s\n", "change", k->acts[i]);
    put_none(out, "changes", k->no_acts);
}

static void put_kinds(struct buf *out, const struct ops_kind *const *kinds, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        buf_addf(out, "%s:%s  %s\n", kinds[i]->service, kinds[i]->kind, kinds[i]->title);
        put_checks(out, kinds[i]);
        put_metrics(out, kinds[i]);
        put_rest(out, kinds[i]);
    }
}

static void put_json(struct buf *out, const struct ops_kind *const *kinds, size_t count)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.capabilities/1");
    ops_matrix_json(&w, kinds, count);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static int run(struct app *app, const struct cmd_args *args)
{
    const struct ops_kind *kinds[KINDS_MAX];
    const char *name = args_pos(args, 0);
    struct buf out = BUF_INIT(OUT_MAX);
    struct err err = ERR_INIT;
    size_t count;
    int rc;

    if (choose(name, kinds, &count, &err))
        return app_fail(&err);
    if (app->json)
        put_json(&out, kinds, count);
    else if (name)
        put_kinds(&out, kinds, count);
    else
        put_table(&out, kinds, count);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

static const struct pos_def pos[] = {
    {"KIND", ARG_TEXT,
     .help = "A service or one kind of it (ec2, rds:instance): all of its cells."},
    {NULL},
};

const struct cmd_def cmd_matrix_def = {
    .name = "capabilities",
    .help = "Show what can be looked at and changed in AWS, kind by kind.",
    .details = "The operations matrix: for each kind of resource the checks of its health, the "
               "metrics that matter with their limits and where those are from, its logs, what is "
               "compared with the days before, and the operations that change it (runbook act). "
               "An empty cell says why it is. It asks nobody.",
    .pos = pos,
    .run = run,
    .examples = "runbook capabilities\nrunbook capabilities rds:instance\nrunbook capabilities "
                "--json",
};
