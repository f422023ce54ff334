/* cmd_cloudwatch_alarms.c - "cloudwatch alarms" and "cloudwatch history". */
#include <math.h>
#include <stdio.h>

#include "runbook/base/timefmt.h"
#include "runbook/service/aws/alarms.h"
#include "src/app/aws_progress.h"
#include "src/app/cmd_cloudwatch.h"

#define WINDOW_MS (24 * INT64_C(3600000))

static const char *const states[] = {"OK", "ALARM", "INSUFFICIENT_DATA", NULL};

/* "AWS/RDS CPUUtilization > 80 {Db=x}", or a rule. */
static void put_condition(const struct aws_alarm *a, struct buf *out)
{
    if (a->composite) {
        buf_adds(out, a->rule);
        return;
    }
    buf_addf(out, "%s%s%s", a->space, *a->metric ? " " : "", a->metric);
    if (*a->comparison)
        buf_addf(out, " %s", a->comparison);
    if (!isnan(a->threshold))
        buf_addf(out, " %g", a->threshold);
    if (*a->dimensions)
        buf_addf(out, " {%s}", a->dimensions);
}

static void put_storms(struct cw *c, const struct aws_alarms_answer *a)
{
    for (size_t i = 0; i < a->storm_count; i++) {
        const struct aws_storm *s = &a->storms[i];
        char from[40], took[TIME_TEXT_MAX];

        duration_format(s->to_ms - s->from_ms, took);
        buf_addf(&c->out, "Storm: %zu alarms within %s, since %s", s->count, took,
                 cw_time(s->from_ms, from));
        if (*s->common)
            buf_addf(&c->out, "; most share %s", s->common);
        if (*s->head)
            buf_addf(&c->out, "; %s is made of them", s->head);
        buf_addc(&c->out, '\n');
    }
    if (a->storm_count)
        buf_addc(&c->out, '\n');
}

static void put_alarms(struct cw *c, const struct aws_alarms_answer *a)
{
    int name = 4;

    put_storms(c, a);
    for (size_t i = 0; i < a->count; i++)
        cw_widen(&name, a->alarms[i].name, 44);
    for (size_t i = 0; i < a->count; i++) {
        const struct aws_alarm *it = &a->alarms[i];
        struct buf condition = BUF_INIT(1 << 16);
        char since[40];

        put_condition(it, &condition);
        cw_cell(&c->out, aws_alarm_state_name(it->state), 17, c->app->ascii);
        cw_cell(&c->out, cw_time(it->since_ms, since), 19, c->app->ascii);
        cw_cell(&c->out, it->name, name, c->app->ascii);
        buf_addf(&c->out, "%s%s\n", buf_cstr(&condition), it->actions ? "" : "  (actions off)");
        if (it->state == AWS_ALARM_ALARM && *it->reason)
            buf_addf(&c->out, "    %s\n", it->reason);
        buf_release(&condition);
    }
}

static void put_csv(struct cw *c, const struct aws_alarms_answer *a)
{
    buf_adds(&c->out, "name,kind,state,since,condition,reason,arn\r\n");
    for (size_t i = 0; i < a->count; i++) {
        const struct aws_alarm *it = &a->alarms[i];
        struct buf condition = BUF_INIT(1 << 16);
        char since[TIME_TEXT_MAX] = "";

        put_condition(it, &condition);
        if (it->since_ms)
            time_format_rfc3339(it->since_ms, since);
        cw_csv(&c->out, it->name, false);
        cw_csv(&c->out, it->composite ? "composite" : "metric", false);
        cw_csv(&c->out, aws_alarm_state_name(it->state), false);
        cw_csv(&c->out, since, false);
        cw_csv(&c->out, buf_cstr(&condition), false);
        cw_csv(&c->out, it->reason, false);
        cw_csv(&c->out, it->arn, true);
        buf_release(&condition);
    }
}

static void put_history(struct cw *c, const struct aws_alarms_answer *a)
{
    bool csv = args_has(c->args, "csv");
    int name = 4;

    if (csv)
        buf_adds(&c->out, "time,alarm,kind,from,to,summary\r\n");
    for (size_t i = 0; i < a->event_count; i++)
        cw_widen(&name, a->events[i].name, 44);
    for (size_t i = 0; i < a->event_count; i++) {
        const struct aws_alarm_event *e = &a->events[i];
        char time[40];

        if (csv) {
            cw_csv(&c->out, cw_time(e->t_ms, time), false);
            cw_csv(&c->out, e->name, false);
            cw_csv(&c->out, e->kind, false);
            cw_csv(&c->out, e->from, false);
            cw_csv(&c->out, e->to, false);
            cw_csv(&c->out, e->summary, true);
            continue;
        }
        cw_cell(&c->out, cw_time(e->t_ms, time), 19, c->app->ascii);
        cw_cell(&c->out, e->name, name, c->app->ascii);
        if (*e->to)
            buf_addf(&c->out, "%s -> %s  ", *e->from ? e->from : "?", e->to);
        buf_addf(&c->out, "%s\n", e->summary);
    }
}

static void on_done(void *ctx, const struct aws_alarms_answer *a)
{
    struct cw *c = ctx;
    bool history = a->request->history;

    if (c->app->json) {
        aws_alarms_json(a, c->name, &c->out);
        buf_addc(&c->out, '\n');
    } else if (history) {
        put_history(c, a);
    } else if (args_has(c->args, "csv")) {
        put_csv(c, a);
    } else {
        put_alarms(c, a);
    }
    cw_flush(c);
    if (!c->app->json && !a->err.code && history)
        fprintf(stderr, a->event_count ? "%zu events\n" : "nothing happened: %zu events\n",
                a->event_count);
    else if (!c->app->json && !a->err.code)
        fprintf(stderr, "%zu alarms, %zu in alarm, %zu without data\n", a->count, a->in_alarm,
                a->no_data);
    cw_ended(c, history ? "DescribeAlarmHistory" : "DescribeAlarms", a->end, &a->err);
    c->done = true;
}

static int ask(struct app *app, const struct cmd_args *args, bool history)
{
    struct aws_alarms_request r = {.history = history};
    struct aws_alarms *a = NULL;
    struct err err = ERR_INIT;
    struct cw c;

    if (!cw_open(&c, app, args, WINDOW_MS, &err)) {
        r.region = c.region;
        r.name = args_pos(args, 0);
        r.state = history ? NULL : args_get(args, "state");
        r.since_ms = c.since_ms;
        r.until_ms = c.until_ms;
        r.max = (size_t)args_int(args, "max", 1000);
        aws_progress_begin(&c.run);
        a = aws_alarms_start(c.run.estate, c.account, &r, on_done, &c, &err);
    }
    if (a)
        cw_wait(&c);
    else
        c.code = app_fail(&err);
    aws_alarms_free(a);
    return cw_close(&c);
}

static int run_alarms(struct app *app, const struct cmd_args *args)
{
    return ask(app, args, false);
}

static int run_history(struct app *app, const struct cmd_args *args)
{
    return ask(app, args, true);
}

#define MAX_OPT                                                                                    \
    {                                                                                              \
        "max", 'n', ARG_INT, .value = "N", .min = 1, .max = 100000,                                \
                             .help = "At most so many; 1000 when not given."                       \
    }

const struct cmd_def cloudwatch_alarms_def = {
    .name = "alarms",
    .help = "List alarms, those in alarm first, with what they look at and why.",
    .details = "Alarms that went into alarm within five minutes of each other are told as a storm, "
               "with what most of them share.",
    .opts = (const struct opt_def[]){{"state", 's', ARG_CHOICE, .value = "STATE", .choices = states,
                                      .help = "Only alarms in this state."},
                                     MAX_OPT,
                                     {"csv", 0, ARG_NONE, .help = "Write CSV."},
                                     CW_OPTS,
                                     {NULL}},
    .pos =
        (const struct pos_def[]){{"PREFIX", ARG_TEXT, .help = "Only names that begin so."}, {NULL}},
    .run = run_alarms,
};

const struct cmd_def cloudwatch_history_def = {
    .name = "history",
    .help = "List what became of alarms, the latest first; of the last day when not said.",
    .opts =
        (const struct opt_def[]){
            MAX_OPT, {"csv", 0, ARG_NONE, .help = "Write CSV."}, CW_WINDOW, CW_OPTS, {NULL}},
    .pos = (const struct pos_def[]){{"ALARM", ARG_TEXT, .help = "Only of this alarm."}, {NULL}},
    .run = run_history,
};
