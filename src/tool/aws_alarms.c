/* aws_alarms.c - alarms of CloudWatch, and what became of them. */
#include <stdio.h>

#include "aws_watch.h"
#include "runbook/service/aws/alarms.h"

static const char *const states[] = {"ALARM", "OK", "INSUFFICIENT_DATA", "any", NULL};

static const struct tool_param params[] = {
    {"state", PARAM_ENUM, false, "ALARM", .options = states,
     .help = "Only alarms in this state; of a history it says nothing."},
    {"name", PARAM_STRING, .help = "The beginning of names; of a history one whole name."},
    {"history", PARAM_BOOL, false, "false",
     .help = "What became of alarms in the window, instead of what they are."},
    {"max", PARAM_INT, false, "200", 1, 1000, .help = "At most so many."},
    WATCH_PARAM_SINCE("24h"),
    WATCH_PARAM_UNTIL,
    WATCH_PARAM_REGION,
    WATCH_PARAM_ACCOUNT,
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    bool history = value_bool_or(args, "history", false);

    buf_addf(out, "cloudwatch %s", history ? "DescribeAlarmHistory" : "DescribeAlarms");
    if (*value_cstr_or(args, "name", ""))
        buf_addf(out, " name %.100s", value_cstr_or(args, "name", ""));
    if (!history)
        buf_addf(out, " state %.20s", value_cstr_or(args, "state", "ALARM"));
    watch_cite_place(args, out);
}

static void release(void *alarms)
{
    aws_alarms_free(alarms);
}

static void summary(const struct aws_alarms_answer *a, char *out, size_t size)
{
    const char *more = a->more ? ", there are more" : "";

    if (a->request->history)
        (void)snprintf(out, size, "%zu events of alarms%s", a->event_count, more);
    else
        (void)snprintf(out, size, "%zu alarms%s: %zu in alarm, %zu without data", a->count, more,
                       a->in_alarm, a->no_data);
    if (a->storm_count)
        (void)snprintf(out + strlen(out), size - strlen(out), "; a storm of %zu%s%.80s",
                       a->storms[0].count, *a->storms[0].common ? ", most of " : "",
                       a->storms[0].common);
    if (a->err.code)
        (void)snprintf(out + strlen(out), size - strlen(out), "; not all came: %.60s", a->err.msg);
}

static void on_done(void *ctx, const struct aws_alarms_answer *a)
{
    struct tool_call *c = ctx;
    const struct watch_work *w = tool_call_data(c);
    struct buf body = BUF_INIT(WATCH_BODY_MAX);
    char said[256];

    if (a->err.code && !a->count && !a->event_count) {
        watch_fail(c, "cloudwatch", a->request->history ? "DescribeAlarmHistory" : "DescribeAlarms",
                   a->end, a->err.msg);
        return;
    }
    summary(a, said, sizeof(said));
    aws_alarms_json(a, w->place.name, &body);
    watch_finish(c, &body, (int64_t)(a->count + a->event_count), said);
    buf_release(&body);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct watch_work *w = watch_begin(c, release, "alarms");
    const char *state = value_cstr_or(args, "state", "ALARM");
    struct err err = ERR_INIT;

    if (w) {
        struct aws_alarms_request r = {.history = value_bool_or(args, "history", false),
                                       .region = w->place.region,
                                       .name = value_cstr_or(args, "name", NULL),
                                       .state = strcmp(state, "any") == 0 ? NULL : state,
                                       .since_ms = w->place.since_ms,
                                       .until_ms = w->place.until_ms,
                                       .max = (size_t)value_i64_or(args, "max", 200),
                                       .timeout_ms = AWS_TOOL_ASK_MS,
                                       .tally = &w->tell.tally};

        watch_started(c, aws_alarms_start(w->place.estate, w->place.account, &r, on_done, c, &err),
                      &err);
    }
}

const struct tool_def tool_aws_alarms = {
    .name = "aws_alarms",
    .help = "List alarms of CloudWatch with reasons, rules and storms, or their history.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = watch_cancel,
};
