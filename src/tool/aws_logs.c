/* aws_logs.c - log groups of CloudWatch, and events of a group or a stream. R-43's limits hold when
 * no others are given, and the answer repeats those that held. */
#include <stdio.h>

#include "aws_watch.h"
#include "runbook/service/aws/logs.h"

static const struct tool_param params[] = {
    {"group", PARAM_STRING, .help = "The log group; without one the groups are listed."},
    {"prefix", PARAM_STRING, .help = "Of a list of groups: how their names begin."},
    {"pattern", PARAM_STRING,
     .help = "CloudWatch's filter pattern, such as ERROR or { $.level = \"error\" }."},
    {"stream", PARAM_STRING,
     .help = "One stream, read from its end; with a pattern: how streams' names begin."},
    {"newest", PARAM_BOOL, false, "true",
     .help = "Keep the last events of the window; false: the first, which is quicker."},
    {"max", PARAM_INT, false, "50", 1, 1000, .help = "At most so many events or groups."},
    {"chars", PARAM_INT, false, "500", 50, 10000,
     .help = "Of an event at most so many characters."},
    WATCH_PARAM_SINCE("15m"),
    WATCH_PARAM_UNTIL,
    WATCH_PARAM_REGION,
    WATCH_PARAM_ACCOUNT,
    {NULL},
};

static enum aws_logs_what what_of(const struct value *args)
{
    if (!*value_cstr_or(args, "group", ""))
        return AWS_LOGS_GROUPS;
    return *value_cstr_or(args, "stream", "") && !*value_cstr_or(args, "pattern", "")
               ? AWS_LOGS_STREAM
               : AWS_LOGS_FILTER;
}

static const char *operation_of(enum aws_logs_what what)
{
    return what == AWS_LOGS_GROUPS   ? "DescribeLogGroups"
           : what == AWS_LOGS_STREAM ? "GetLogEvents"
                                     : "FilterLogEvents";
}

static void cite(const struct value *args, struct buf *out)
{
    static const char *const words[] = {"group", "prefix", "stream", "pattern"};

    buf_addf(out, "logs %s", operation_of(what_of(args)));
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (*value_cstr_or(args, words[i], ""))
            buf_addf(out, " %s %.200s", words[i], value_cstr_or(args, words[i], ""));
    watch_cite_place(args, out);
}

static void release(void *logs)
{
    aws_logs_free(logs);
}

static void summary(const struct aws_logs_answer *a, char *out, size_t size)
{
    const char *more = a->more ? ", there are more" : "";

    if (a->request->what == AWS_LOGS_GROUPS)
        (void)snprintf(out, size, "%zu log groups%s", a->group_count, more);
    else
        (void)snprintf(out, size,
                       "%zu events%s (limits: %s %zu, %zu characters each; %zu shortened)",
                       a->count, more, a->request->newest ? "newest" : "first", a->request->max,
                       a->request->max_chars, a->shortened);
    if (a->err.code)
        (void)snprintf(out + strlen(out), size - strlen(out), "; not all came: %.60s", a->err.msg);
}

static void on_done(void *ctx, const struct aws_logs_answer *a)
{
    struct tool_call *c = ctx;
    const struct watch_work *w = tool_call_data(c);
    struct buf body = BUF_INIT(WATCH_BODY_MAX);
    char said[256];

    if (a->err.code && !a->count && !a->group_count) {
        watch_fail(c, "logs", operation_of(a->request->what), a->end, a->err.msg);
        return;
    }
    summary(a, said, sizeof(said));
    aws_logs_json(a, w->place.name, &body);
    watch_finish(c, &body, (int64_t)(a->count + a->group_count), said);
    buf_release(&body);
}

static void found(const struct aws_tell *t, struct buf *out)
{
    size_t events;
    unsigned pages;

    if (!t->handle)
        return;
    aws_logs_progress(t->handle, &events, &pages);
    if (pages)
        buf_addf(out, "%zu found in %u page%s", events, pages, pages == 1 ? "" : "s");
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct watch_work *w = watch_begin(c, release, "events");
    struct err err = ERR_INIT;

    if (w) {
        enum aws_logs_what what = what_of(args);
        struct aws_logs_request r = {
            .what = what,
            .region = w->place.region,
            .group = value_cstr_or(args, what == AWS_LOGS_GROUPS ? "prefix" : "group", NULL),
            .stream = value_cstr_or(args, "stream", NULL),
            .pattern = value_cstr_or(args, "pattern", NULL),
            .since_ms = w->place.since_ms,
            .until_ms = w->place.until_ms,
            .max = (size_t)value_i64_or(args, "max", AWS_LOGS_EVENTS),
            .max_chars = (size_t)value_i64_or(args, "chars", AWS_LOGS_CHARS),
            .newest = value_bool_or(args, "newest", true),
            .timeout_ms = AWS_TOOL_ASK_MS,
            .tally = &w->tell.tally};

        w->tell.found = found;
        watch_started(c, aws_logs_start(w->place.estate, w->place.account, &r, on_done, c, &err),
                      &err);
    }
}

const struct tool_def tool_aws_logs = {
    .name = "aws_logs",
    .help = "List log groups of CloudWatch, or read events of one, within limits.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = watch_cancel,
};
