/* cmd_health.c - "runbook health": how what is there in AWS is, by the rows of the operations
 * matrix. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/tool/aws_ops.h"
#include "src/app/aws_progress.h"
#include "src/app/commands.h"
#include "src/app/resources.h"

#define OUT_MAX ((size_t)256 << 20)
#define CHECK_WIDTH 22
#define STATE_WIDTH 10

struct look {
    struct aws_run run;
    struct ops_ask *ask;
    const struct cmd_args *args;
    bool done, interrupted, all;
};

/* ---- asking ---- */

static void on_done(void *ctx)
{
    struct look *l = ctx;

    l->done = true;
    loop_stop(l->run.loop);
}

static void on_signal(void *ctx, int signo)
{
    struct look *l = ctx;

    (void)signo;
    l->interrupted = true;
    ops_ask_cancel(l->ask);
}

static enum err_code ask(struct look *l, struct err *err)
{
    const char *regions[RESOURCE_LIST_MAX];
    const char *service = args_get(l->args, "service");
    const char *first = service ? service : args_pos(l->args, 0);
    const char *second = args_pos(l->args, service ? 0 : 1);
    struct ops_options o = {.estate = l->run.estate,
                            .service = args_has(l->args, "all") ? "all" : first,
                            .resource = args_has(l->args, "all") ? NULL : second,
                            .account = "all",
                            .regions = regions,
                            .region_count = resources_options(l->args, "region", regions),
                            .anomalies = args_has(l->args, "anomalies"),
                            .now_ms = loop_wall_ms(l->run.loop)};

    if (!o.service)
        return err_set(
            err, ERR_INPUT,
            "say what to look at: a service (ec2, rds:instance), an id, an ARN, or --all");
    aws_progress_begin(&l->run);
    if (ops_ask_start(&o, on_done, l, &l->ask, err))
        return err->code;
    (void)loop_signal(l->run.loop, SIGINT, on_signal, l);
    if (!l->done)
        loop_run(l->run.loop);
    aws_progress_end(&l->run);
    return ERR_OK;
}

/* ---- lines ---- */

static void put_clean(struct buf *out, const char *s, bool ascii)
{
    text_sanitize(out, str_from(s), false, ascii);
}

static void put_padded(struct buf *out, const char *s, int width)
{
    size_t before = out->len;

    buf_adds(out, s);
    for (int n = text_width((struct str){out->ptr + before, out->len - before}); n < width; n++)
        buf_addc(out, ' ');
    buf_addc(out, ' ');
}

/* A number without a limit is neither good nor bad. */
static bool has_limit(const struct ops_verdict *v)
{
    return *v->said || v->compare != OPS_NEVER || v->state != OPS_OK;
}

static void put_verdict(const struct look *l, struct buf *out, const struct ops_verdict *v)
{
    buf_adds(out, "  ");
    put_padded(out, has_limit(v) ? ops_state_name(v->state) : "", STATE_WIDTH);
    put_padded(out, v->check, CHECK_WIDTH);
    put_clean(out, v->text, l->run.app->ascii);
    if (v->state == OPS_OK && v->compare != OPS_NEVER && !v->anomaly)
        buf_addf(out, " (limit %s %s)", ops_compare_sign(v->compare), v->limit);
    buf_addc(out, '\n');
}

static void put_subject(const struct look *l, struct buf *out, const struct ops_subject *s)
{
    const struct ops_record *r = &s->record;

    put_padded(out, ops_state_name(s->state), STATE_WIDTH);
    buf_addf(out, "%s:%s ", r->kind->service, r->kind->kind);
    put_clean(out, r->name, l->run.app->ascii);
    if (strcmp(r->name, r->id) != 0)
        buf_addf(out, " (%s)", r->id);
    buf_addf(out, " %s", r->region);
    if (l->run.estate->accounts.count > 1)
        buf_addf(out, " %s", r->account);
    if (*r->state)
        buf_addf(out, " %s", r->state);
    buf_addc(out, '\n');
    VEC_EACH (v, &s->verdicts)
        if (l->all || v->state != OPS_OK)
            put_verdict(l, out, v);
}

/* What is fine is one line, unless everything was asked for. */
static void put_subjects(const struct look *l, struct buf *out)
{
    const struct ops_report *const *reports;
    size_t count = ops_ask_reports(l->ask, &reports), n;
    struct arena *arena = arena_new(0);
    const struct ops_subject **sorted = ops_sorted(arena, reports, count, &n);

    for (size_t i = 0; i < n; i++)
        if (l->all || sorted[i]->state != OPS_OK)
            put_subject(l, out, sorted[i]);
    arena_free(arena);
}

static void print_gaps(const struct ops_report *r)
{
    VEC_EACH (g, &r->gaps) {
        fprintf(stderr, "runbook: %s: %s %s%s%s of %s: %s", aws_end_sentence(g->end), g->service,
                g->operation, *g->region ? " in " : "", g->region, g->account, g->why);
        if (g->end == AWS_END_DENIED && *g->action)
            fprintf(stderr, "; it needs %s", g->action);
        fprintf(stderr, g->times > 1 ? " (and %zu more like it)\n" : "\n", g->times - 1);
    }
    if (r->left_out)
        fprintf(stderr, "runbook: %zu more resources of %s were not looked at\n", r->left_out,
                r->account);
}

static void print_summary(const struct look *l, const struct ops_totals *t)
{
    fprintf(stderr,
            "%zu resources: %zu unhealthy, %zu with a warning, %zu not known, %zu ok; %u "
            "requests, %zu metrics%s\n",
            t->resources, t->states[OPS_UNHEALTHY], t->states[OPS_WARNING], t->states[OPS_UNKNOWN],
            t->states[OPS_OK], t->requests, t->metrics,
            args_has(l->args, "anomalies") ? "" : "; --anomalies compares with the days before");
}

static void print_json(const struct look *l, struct buf *out)
{
    struct ops_show show = {.all = l->all};
    struct json_writer w;

    show.count = ops_ask_reports(l->ask, &show.reports);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.health/1");
    json_put_bool(&w, "interrupted", l->interrupted);
    json_put_bool(&w, "compared", args_has(l->args, "anomalies"));
    ops_report_json(&w, &show);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static int report(const struct look *l)
{
    const struct ops_report *const *reports;
    size_t count = ops_ask_reports(l->ask, &reports);
    struct buf out = BUF_INIT(OUT_MAX);
    struct ops_totals t;
    int rc;

    ops_total(reports, count, &t);
    if (l->run.app->json)
        print_json(l, &out);
    else
        put_subjects(l, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    for (size_t i = 0; i < count && !l->run.app->json; i++)
        print_gaps(reports[i]);
    if (!l->run.app->json)
        print_summary(l, &t);
    if (l->interrupted)
        return EXIT_INTERRUPTED;
    return rc == EXIT_DONE && (t.states[OPS_UNHEALTHY] || t.gaps) ? EXIT_FAILED : rc;
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *accounts[RESOURCE_LIST_MAX];
    struct aws_pick pick = {.names = accounts,
                            .count = resources_options(args, "account", accounts),
                            .all = true,
                            .scan = true,
                            .profile = args_get(args, "profile")};
    struct look l = {.args = args, .all = args_has(args, "verbose")};
    struct err err = ERR_INIT;
    int rc;

    rc = aws_run_open(&l.run, app, &pick, &err) || ask(&l, &err) ? app_fail(&err) : report(&l);
    ops_ask_free(l.ask);
    aws_run_close(&l.run);
    return rc;
}

static const struct opt_def opts[] = {
    {"all", 0, ARG_NONE, .help = "Look at everything that the operations matrix knows."},
    {"service", 's', ARG_TEXT, .value = "SERVICE",
     .help = "The same as the first argument, as other commands have it."},
    {"anomalies", 0, ARG_NONE,
     .help = "Compare metrics with the same time of the seven days before; it asks for eight times "
             "as many."},
    {"verbose", 'v', ARG_NONE, .help = "Show also what is fine, each value beside its limit."},
    {"region", 'r', ARG_TEXT, .repeat = true, .value = "REGION",
     .help = "Look in this region; all: in every one that is switched on."},
    {"account", 0, ARG_TEXT, .repeat = true, .value = "NAME",
     .help = "Only this account of services.yaml; all of them when not given."},
    {"profile", 0, ARG_TEXT, .value = "NAME",
     .help = "A profile of the AWS configuration instead of the accounts."},
    {.name = NULL},
};

static const struct pos_def pos[] = {
    {"SERVICE|ID|ARN", ARG_TEXT, .help = "A service (ec2, rds:instance), an id, or an ARN."},
    {"NAME", ARG_TEXT, .help = "Only the resource of that service with this id or name."},
    {.name = NULL},
};

const struct cmd_def cmd_health_def = {
    .name = "health",
    .help = "Say how resources of AWS are: checks, and metrics against their limits.",
    .details =
        "What is looked at, and where the limits are from, is the operations matrix (runbook "
        "capabilities). Only what is not fine is shown, with values beside their limits. Metrics "
        "of CloudWatch cost about a cent for 1,000; how many were asked for is said. What was "
        "denied or not reached is named, and what depends on it is not known rather than fine. "
        "The exit code is 1 when something is unhealthy or was not read; warnings leave it 0.",
    .opts = opts,
    .pos = pos,
    .run = run,
    .examples = "runbook health ec2 --region eu-west-1\n"
                "runbook health rds orders-db --verbose\n"
                "runbook health i-0123456789abcdef0 --anomalies\n"
                "runbook health --all --region all --json",
};
