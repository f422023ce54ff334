/* cmd_cloudwatch_logs.c - "cloudwatch groups", "logs" and "tail". */
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/logs.h"
#include "runbook/service/aws/tail.h"
#include "src/app/cmd_cloudwatch.h"

#define MESSAGE_MAX ((size_t)8 << 20)

/* A message's further lines are set in, so that none of them looks like another event. */
static void put_message(struct cw *c, struct str text, size_t left)
{
    struct buf safe = BUF_INIT(MESSAGE_MAX);
    struct str rest, line;
    bool first = true;

    text_sanitize(&safe, str_trim(text), true, c->app->ascii);
    rest = buf_str(&safe);
    while (str_line(&rest, &line)) {
        buf_addf(&c->out, "%s%.*s\n", first ? "" : "    ", STR_FMT(line));
        first = false;
    }
    if (first)
        buf_addc(&c->out, '\n');
    if (left)
        buf_addf(&c->out, "    ... %zu more characters\n", left);
    buf_release(&safe);
}

/* ---- events ---- */

static void put_events(struct cw *c, const struct aws_logs_answer *a)
{
    bool csv = args_has(c->args, "csv");

    if (csv)
        buf_adds(&c->out, "time,stream,message,characters_cut\r\n");
    for (size_t i = 0; i < a->count; i++) {
        const struct aws_log_event *e = &a->events[i];
        char time[TIME_TEXT_MAX];

        time_format_rfc3339(e->t_ms, time);
        if (csv) {
            cw_csv(&c->out, time, false);
            cw_csv(&c->out, e->stream, false);
            cw_csv(&c->out, e->text, false);
            buf_addf(&c->out, "%zu\r\n", e->left);
            continue;
        }
        buf_addf(&c->out, "%s ", time);
        if (a->request->what == AWS_LOGS_FILTER)
            buf_addf(&c->out, "[%s] ", e->stream);
        put_message(c, str_from(e->text), e->left);
    }
}

static void put_groups(struct cw *c, const struct aws_logs_answer *a)
{
    bool csv = args_has(c->args, "csv"), streams = a->request->what == AWS_LOGS_STREAMS;
    int name = 4;

    if (csv)
        buf_adds(&c->out, streams ? "stream,last_event,created,arn\r\n"
                                  : "group,bytes,kept_days,created,class,arn\r\n");
    for (size_t i = 0; i < a->group_count; i++)
        cw_widen(&name, a->groups[i].name, 64);
    for (size_t i = 0; i < a->group_count; i++) {
        const struct aws_log_group *g = &a->groups[i];
        char size[48], created[40], last[40];

        num_human((double)g->bytes, "bytes", size);
        if (csv) {
            cw_csv(&c->out, g->name, false);
            if (streams)
                cw_csv(&c->out, cw_time(g->last_ms, last), false);
            else
                buf_addf(&c->out, "%lld,%lld,", (long long)g->bytes, (long long)g->kept_days);
            cw_csv(&c->out, cw_time(g->created_ms, created), false);
            if (!streams)
                cw_csv(&c->out, g->class, false);
            cw_csv(&c->out, g->arn, true);
            continue;
        }
        cw_cell(&c->out, g->name, name, c->app->ascii);
        if (streams) {
            buf_addf(&c->out, "last event %s\n", cw_time(g->last_ms, last));
            continue;
        }
        cw_cell(&c->out, size, 10, c->app->ascii);
        if (g->kept_days)
            buf_addf(&c->out, "kept %lld days\n", (long long)g->kept_days);
        else
            buf_adds(&c->out, "kept for ever\n");
    }
}

static void say_events(struct cw *c, const struct aws_logs_answer *a)
{
    char since[40], until[40];

    fprintf(stderr, "%zu events from %s to %s; limits: the %s %zu, %zu characters each", a->count,
            cw_time(a->request->since_ms, since), cw_time(a->request->until_ms, until),
            a->request->newest ? "newest" : "first", a->request->max, a->request->max_chars);
    if (a->shortened)
        fprintf(stderr, " (%zu shortened)", a->shortened);
    fprintf(stderr, a->more ? "; there are more\n" : "\n");
    (void)c;
}

static void on_logs(void *ctx, const struct aws_logs_answer *a)
{
    static const char *const operations[] = {"DescribeLogGroups", "DescribeLogStreams",
                                             "FilterLogEvents", "GetLogEvents"};
    struct cw *c = ctx;
    bool events = a->request->what == AWS_LOGS_FILTER || a->request->what == AWS_LOGS_STREAM;

    if (c->app->json) {
        aws_logs_json(a, c->name, &c->out);
        buf_addc(&c->out, '\n');
    } else if (events) {
        put_events(c, a);
        cw_flush(c);
        if (a->count || !a->err.code)
            say_events(c, a);
    } else {
        put_groups(c, a);
        cw_flush(c);
        if (!a->err.code)
            fprintf(stderr, "%zu %s%s\n", a->group_count,
                    a->request->what == AWS_LOGS_GROUPS ? "groups" : "streams",
                    a->more ? ", there are more" : "");
    }
    if (a->err.code || !events) /* of events the limits say that there is more */
        cw_ended(c, operations[a->request->what], a->end, &a->err);
    c->handle = NULL;
    c->done = true;
}

static void stop_logs(struct cw *c)
{
    aws_logs_cancel(c->handle);
}

static void tick(void *ctx)
{
    struct cw *c = ctx;
    size_t events;
    unsigned pages;
    char text[100];

    if (!c->handle)
        return;
    aws_logs_progress(c->handle, &events, &pages);
    (void)snprintf(text, sizeof(text), "%zu read, %u pages; Ctrl-C shows what came", events, pages);
    cw_progress(c, text);
    (void)loop_timer(c->run.loop, 1000, tick, c);
}

static int ask(struct cw *c, const struct aws_logs_request *r)
{
    struct err err = ERR_INIT;
    struct aws_logs *l = aws_logs_start(c->run.estate, c->account, r, on_logs, c, &err);

    if (l) {
        c->handle = l;
        c->stop = stop_logs;
        (void)loop_timer(c->run.loop, 2000, tick, c);
        cw_wait(c);
    } else {
        c->code = app_fail(&err);
    }
    aws_logs_free(l);
    return cw_close(c);
}

static int run_logs(struct app *app, const struct cmd_args *args)
{
    struct aws_logs_request r = {0};
    struct err err = ERR_INIT;
    struct cw c;

    if (cw_open(&c, app, args, AWS_LOGS_WINDOW_MS, &err)) {
        c.code = app_fail(&err);
        return cw_close(&c);
    }
    r.what = args_get(args, "stream") ? AWS_LOGS_STREAM : AWS_LOGS_FILTER;
    r.region = c.region;
    r.group = args_pos(args, 0);
    r.stream = args_get(args, "stream");
    r.pattern = args_get(args, "pattern");
    r.since_ms = c.since_ms;
    r.until_ms = c.until_ms;
    r.max = (size_t)args_int(args, "max", AWS_LOGS_EVENTS);
    r.max_chars = (size_t)args_int(args, "chars", AWS_LOGS_CHARS);
    r.newest = !args_has(args, "oldest");
    if (r.pattern && r.stream)
        r.what = AWS_LOGS_FILTER;
    return ask(&c, &r);
}

const struct cmd_def cloudwatch_logs_def = {
    .name = "logs",
    .help = "Read log events of a group: the newest 50 of the last 15 minutes when not said.",
    .details = "Limits are said with what comes: how many events, how long each, and whether there "
               "are more. --stream reads one stream from its end; with --pattern it is how the "
               "names of streams begin.",
    .opts =
        (const struct opt_def[]){
            {"pattern", 'p', ARG_TEXT, .value = "PATTERN",
             .help = "CloudWatch's filter pattern: ERROR, '{ $.level = \"error\" }'."},
            {"stream", 's', ARG_TEXT, .value = "STREAM", .help = "One stream of the group."},
            {"max", 'n', ARG_INT, .value = "N", .min = 1, .max = AWS_LOGS_EVENTS_MAX,
             .help = "At most so many events; 50 when not given."},
            {"chars", 0, ARG_INT, .value = "N", .min = 20, .max = 262144,
             .help = "At most so many characters of each; 500 when not given."},
            {"oldest", 0, ARG_NONE, .help = "The first events of the window, not the last."},
            {"csv", 0, ARG_NONE, .help = "Write CSV."},
            CW_WINDOW,
            CW_OPTS,
            {.name = NULL}},
    .pos = (const struct pos_def[]){{"GROUP", ARG_TEXT, .required = true,
                                     .help = "The log group, such as /aws/lambda/orders."},
                                    {.name = NULL}},
    .run = run_logs,
};

static int run_groups(struct app *app, const struct cmd_args *args)
{
    const char *of = args_get(args, "streams");
    struct aws_logs_request r = {.what = of ? AWS_LOGS_STREAMS : AWS_LOGS_GROUPS};
    struct err err = ERR_INIT;
    struct cw c;

    if (cw_open(&c, app, args, AWS_LOGS_WINDOW_MS, &err)) {
        c.code = app_fail(&err);
        return cw_close(&c);
    }
    r.region = c.region;
    r.group = of ? of : args_pos(args, 0);
    r.stream = of ? args_pos(args, 0) : NULL;
    r.max = (size_t)args_int(args, "max", 1000);
    return ask(&c, &r);
}

const struct cmd_def cloudwatch_groups_def = {
    .name = "groups",
    .help = "List log groups, or the streams of one.",
    .opts = (const struct opt_def[]){{"streams", 0, ARG_TEXT, .value = "GROUP",
                                      .help = "List the streams of this group, the latest first."},
                                     {"max", 'n', ARG_INT, .value = "N", .min = 1,
                                      .max = AWS_LOGS_EVENTS_MAX,
                                      .help = "At most so many; 1000 when not given."},
                                     {"csv", 0, ARG_NONE, .help = "Write CSV."},
                                     CW_OPTS,
                                     {.name = NULL}},
    .pos = (const struct pos_def[]){{"PREFIX", ARG_TEXT, .help = "Only names that begin so."},
                                    {.name = NULL}},
    .run = run_groups,
};

/* ---- live tail ---- */

static void on_tail_event(void *ctx, const struct aws_tail_event *e)
{
    struct cw *c = ctx;
    char time[TIME_TEXT_MAX];
    struct json_writer w;

    time_format_rfc3339(e->t_ms, time);
    if (c->app->json) {
        json_writer_init(&w, &c->out);
        json_object_begin(&w);
        json_put_cstr(&w, "time", time);
        json_put_cstr(&w, "group", e->group);
        json_put_cstr(&w, "stream", e->stream);
        json_put_str(&w, "message", e->text);
        if (e->left)
            json_put_int(&w, "characters_cut", (int64_t)e->left);
        json_object_end(&w);
        buf_addc(&c->out, '\n');
    } else {
        buf_addf(&c->out, "%s ", time);
        if (args_pos_count(c->args) > 1)
            buf_addf(&c->out, "%s ", e->group);
        buf_addf(&c->out, "[%s] ", e->stream);
        put_message(c, e->text, e->left);
    }
    cw_flush(c);
    if (c->code != EXIT_DONE && c->handle) /* nobody reads any more */
        aws_tail_stop(c->handle);
}

static void on_tail_note(void *ctx, const char *text)
{
    const struct cw *c = ctx;

    if (!c->app->json)
        fprintf(stderr, "runbook: %s\n", text);
}

static void on_tail_done(void *ctx, const struct aws_tail_end *end)
{
    struct cw *c = ctx;
    char open[TIME_TEXT_MAX];

    duration_format(end->open_ms, open);
    if (!c->app->json && (end->open_ms || !end->err.code))
        fprintf(stderr, "%zu events in %s; about %.3f USD where the free minutes are used up%s\n",
                end->events, open, end->cost_usd, end->sampled ? "; a sample" : "");
    if (end->end != AWS_END_CUT)
        cw_ended(c, "StartLiveTail", end->end, &end->err);
    c->handle = NULL;
    c->done = true;
}

static void stop_tail(struct cw *c)
{
    aws_tail_stop(c->handle);
}

static int run_tail(struct app *app, const struct cmd_args *args)
{
    static const struct aws_tail_callbacks callbacks = {on_tail_event, on_tail_note, on_tail_done};
    const char *groups[AWS_TAIL_GROUPS_MAX + 1];
    struct aws_tail_request r = {.groups = groups};
    struct aws_tail *t = NULL;
    struct err err = ERR_INIT;
    struct cw c;

    if (!cw_open(&c, app, args, 0, &err)) {
        while (r.group_count < args_pos_count(args) && r.group_count <= AWS_TAIL_GROUPS_MAX) {
            groups[r.group_count] = args_pos(args, r.group_count);
            r.group_count++;
        }
        r.region = c.region;
        r.pattern = args_get(args, "pattern");
        r.max_chars = (size_t)args_int(args, "chars", AWS_LOGS_CHARS);
        r.max = (size_t)args_int(args, "max", 0);
        r.for_ms = args_duration_ms(args, "for", 0);
        c.stop = stop_tail;
        t = aws_tail_start(c.run.estate, c.account, &r, &callbacks, &c, &err);
    }
    if (t) {
        c.handle = t;
        cw_wait(&c);
    } else {
        c.code = app_fail(&err);
    }
    aws_tail_free(t);
    if (c.interrupted && c.code == EXIT_DONE)
        c.interrupted = false; /* that is how one ends a tail */
    return cw_close(&c);
}

const struct cmd_def cloudwatch_tail_def = {
    .name = "tail",
    .help = "Show log events as they come in, until Ctrl-C.",
    .details = "A live tail of CloudWatch Logs, which is billed by the minute. A connection that "
               "was cut is made anew, and what may be missing is said.",
    .opts =
        (const struct opt_def[]){
            {"pattern", 'p', ARG_TEXT, .value = "PATTERN", .help = "CloudWatch's filter pattern."},
            {"for", 0, ARG_DURATION, .value = "DURATION", .help = "End after so long."},
            {"max", 'n', ARG_INT, .value = "N", .min = 1, .max = 1e9,
             .help = "End after so many events."},
            {"chars", 0, ARG_INT, .value = "N", .min = 20, .max = 262144,
             .help = "At most so many characters of each; 500 when not "
                     "given."},
            CW_OPTS,
            {.name = NULL}},
    .pos = (const struct pos_def[]){{"GROUP", ARG_TEXT, .required = true, .repeat = true,
                                     .help = "Log groups, at most ten."},
                                    {.name = NULL}},
    .run = run_tail,
};
