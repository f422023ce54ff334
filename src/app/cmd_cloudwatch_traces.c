/* cmd_cloudwatch_traces.c - "cloudwatch traces" and "cloudwatch map": AWS X-Ray. */
#include <stdio.h>

#include "runbook/service/aws/xray.h"
#include "src/app/aws_progress.h"
#include "src/app/cmd_cloudwatch.h"

#define WINDOW_MS INT64_C(3600000)
#define BAR_CELLS 24

static const char *worst(bool fault, bool throttle, bool error)
{
    return fault ? "fault" : throttle ? "throttle" : error ? "error" : "ok";
}

static void put_counts(struct buf *out, const struct aws_xray_counts *n)
{
    buf_addf(out, "%lld requests", (long long)n->total);
    if (n->total > 0)
        buf_addf(out, ", %.3f s mean", n->seconds / (double)n->total);
    if (n->faults)
        buf_addf(out, ", %lld faults (%.1f %%)", (long long)n->faults,
                 n->total ? 100.0 * (double)n->faults / (double)n->total : 100.0);
    if (n->throttles)
        buf_addf(out, ", %lld throttled", (long long)n->throttles);
    if (n->errors)
        buf_addf(out, ", %lld errors", (long long)n->errors);
}

static void put_graph(struct cw *c, const struct aws_xray_answer *a)
{
    for (size_t i = 0; i < a->service_count; i++) {
        const struct aws_xray_service *s = &a->services[i];

        buf_addf(&c->out, "%s (%s)%s: ", s->name, s->client ? "who calls" : s->type,
                 s->root ? " entry" : "");
        put_counts(&c->out, &s->counts);
        buf_addc(&c->out, '\n');
        for (size_t k = 0; k < a->edge_count; k++) {
            if (a->edges[k].from != i)
                continue;
            buf_addf(&c->out, "  -> %s: ", a->services[a->edges[k].to].name);
            put_counts(&c->out, &a->edges[k].counts);
            buf_addc(&c->out, '\n');
        }
    }
}

static void put_summaries(struct cw *c, const struct aws_xray_answer *a)
{
    bool csv = args_has(c->args, "csv");

    if (csv)
        buf_adds(&c->out, "id,time,seconds,result,status,entry,method,url\r\n");
    for (size_t i = 0; i < a->summary_count; i++) {
        const struct aws_xray_summary *s = &a->summaries[i];
        const char *result = worst(s->fault, s->throttle, s->error);
        char time[40];

        if (csv) {
            cw_csv(&c->out, s->id, false);
            cw_csv(&c->out, cw_time(s->t_ms, time), false);
            buf_addf(&c->out, "%.3f,\"%s\",%d,", s->duration_s, result, s->status);
            cw_csv(&c->out, s->entry, false);
            cw_csv(&c->out, s->method, false);
            cw_csv(&c->out, s->url, true);
            continue;
        }
        buf_addf(&c->out, "%s  %s  %8.3f s  %-8s  ", s->id, cw_time(s->t_ms, time), s->duration_s,
                 result);
        if (s->status)
            buf_addf(&c->out, "%d ", s->status);
        buf_addf(&c->out, "%s %s %s\n", s->entry, s->method, s->url);
    }
}

/* Where a span is within its trace: "  ####    ". */
static void put_bar(struct buf *out, const struct aws_xray_trace *t, const struct aws_xray_span *p)
{
    double begin = t->spans[0].start_s, whole = t->duration_s > 0 ? t->duration_s : 1;
    double from = (p->start_s - begin) / whole * BAR_CELLS,
           to = (p->end_s - begin) / whole * BAR_CELLS;

    for (int i = 0; i < BAR_CELLS; i++)
        buf_addc(out, i + 1 > from && (i < to || i == (int)from) ? '#' : '.');
    buf_adds(out, "  ");
}

static void put_trace(struct cw *c, const struct aws_xray_trace *t)
{
    buf_addf(&c->out, "%s  %.3f s, %zu spans%s\n", t->id, t->duration_s, t->count,
             t->cut ? ", some are missing" : "");
    for (size_t i = 0; i < t->count; i++) {
        const struct aws_xray_span *p = &t->spans[i];
        const char *result = worst(p->fault, p->throttle, p->error);

        put_bar(&c->out, t, p);
        buf_addf(&c->out, "%*s%s%s%s%s  %.3f s", p->depth * 2, "", p->name, *p->origin ? " (" : "",
                 p->origin, *p->origin ? ")" : "", p->end_s - p->start_s);
        if (p->status)
            buf_addf(&c->out, "  %d", p->status);
        if (strcmp(result, "ok") != 0)
            buf_addf(&c->out, "  %s", result);
        if (p->running)
            buf_adds(&c->out, "  still running");
        if (*p->cause)
            buf_addf(&c->out, "  %s", p->cause);
        buf_addc(&c->out, '\n');
    }
    if (t->unread)
        buf_addf(&c->out, "%zu segments cannot be read\n", t->unread);
}

static void say_about(const struct aws_xray_answer *a)
{
    if (a->err.code)
        return;
    switch (a->request->what) {
    case AWS_XRAY_GRAPH:
        fprintf(stderr, "%zu services, %zu calls between them\n", a->service_count, a->edge_count);
        break;
    case AWS_XRAY_SUMMARIES:
        fprintf(stderr, "%zu traces\n", a->summary_count);
        break;
    case AWS_XRAY_TRACES:
        if (a->missing)
            fprintf(stderr, "runbook: %zu traces are not there (they are kept for 30 days)\n",
                    a->missing);
        break;
    }
}

static void on_done(void *ctx, const struct aws_xray_answer *a)
{
    static const char *const operations[] = {"GetServiceGraph", "GetTraceSummaries",
                                             "BatchGetTraces"};
    struct cw *c = ctx;

    if (a->request->what == AWS_XRAY_GRAPH && args_has(c->args, "topology")) {
        aws_xray_topology(a, &c->out);
        buf_addc(&c->out, '\n');
    } else if (c->app->json) {
        aws_xray_json(a, c->name, &c->out);
        buf_addc(&c->out, '\n');
    } else if (a->request->what == AWS_XRAY_GRAPH) {
        put_graph(c, a);
    } else if (a->request->what == AWS_XRAY_SUMMARIES) {
        put_summaries(c, a);
    }
    for (size_t i = 0; !c->app->json && i < a->trace_count; i++)
        put_trace(c, &a->traces[i]);
    cw_flush(c);
    if (!c->app->json)
        say_about(a);
    if (a->missing && a->missing == a->request->id_count)
        c->code = EXIT_FAILED;
    cw_ended(c, operations[a->request->what], a->end, &a->err);
    c->done = true;
}

static int ask(struct cw *c, struct aws_xray_request *r)
{
    struct err err = ERR_INIT;
    struct aws_xray *x;

    r->region = c->region;
    r->since_ms = c->since_ms;
    r->until_ms = c->until_ms;
    aws_progress_begin(&c->run);
    x = aws_xray_start(c->run.estate, c->account, r, on_done, c, &err);
    if (x)
        cw_wait(c);
    else
        c->code = app_fail(&err);
    aws_xray_free(x);
    return cw_close(c);
}

static int run_traces(struct app *app, const struct cmd_args *args)
{
    const char *ids[AWS_XRAY_TRACES_MAX + 1];
    struct aws_xray_request r = {.what = AWS_XRAY_SUMMARIES, .ids = ids};
    struct err err = ERR_INIT;
    struct cw c;

    if (cw_open(&c, app, args, WINDOW_MS, &err)) {
        c.code = app_fail(&err);
        return cw_close(&c);
    }
    while (r.id_count < args_pos_count(args) && r.id_count <= AWS_XRAY_TRACES_MAX) {
        ids[r.id_count] = args_pos(args, r.id_count);
        r.id_count++;
    }
    if (r.id_count)
        r.what = AWS_XRAY_TRACES;
    r.filter = args_get(args, "filter");
    r.max = (size_t)args_int(args, "max", 100);
    return ask(&c, &r);
}

static int run_map(struct app *app, const struct cmd_args *args)
{
    struct aws_xray_request r = {.what = AWS_XRAY_GRAPH, .group = args_get(args, "group")};
    struct err err = ERR_INIT;
    struct cw c;

    if (cw_open(&c, app, args, WINDOW_MS, &err)) {
        c.code = app_fail(&err);
        return cw_close(&c);
    }
    return ask(&c, &r);
}

const struct cmd_def cloudwatch_traces_def = {
    .name = "traces",
    .help = "List traces of AWS X-Ray, or show whole ones by their ids.",
    .details = "Of the last hour when not said; X-Ray answers for at most six hours at once.",
    .opts = (const struct opt_def[]){{"filter", 'f', ARG_TEXT, .value = "EXPRESSION",
                                      .help = "X-Ray's filter: 'service(\"orders\") { fault }', "
                                              "'responsetime > 2'."},
                                     {"max", 'n', ARG_INT, .value = "N", .min = 1, .max = 10000,
                                      .help = "At most so many; 100 when not given."},
                                     {"csv", 0, ARG_NONE, .help = "Write CSV."},
                                     CW_WINDOW,
                                     CW_OPTS,
                                     {NULL}},
    .pos = (const struct pos_def[]){{"ID", ARG_TEXT, .repeat = true,
                                     .help = "Traces to be shown whole, at most twenty."},
                                    {NULL}},
    .run = run_traces,
};

const struct cmd_def cloudwatch_map_def = {
    .name = "map",
    .help = "Show which services call which, as AWS X-Ray saw them.",
    .details = "With --topology in the form of service-graph.json, which runbook graph and "
               "investigations read.",
    .opts =
        (const struct opt_def[]){
            {"group", 'g', ARG_TEXT, .value = "GROUP", .help = "Only of this group of X-Ray."},
            {"topology", 0, ARG_NONE, .help = "Write it as service-graph.json has it."},
            CW_WINDOW,
            CW_OPTS,
            {NULL}},
    .run = run_map,
};
