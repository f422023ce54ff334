/* time_of.c - what time it is, and reckoning with times. */
#include "helper_common.h"

#include <stdio.h>
#include <time.h>

#include "runbook/base/timefmt.h"
#include "runbook/tool/toolenv.h"

static const struct tool_param params[] = {
    {.name = "time", .type = PARAM_TIME, .help = "A moment; the investigation's now without it."},
    {.name = "add", .type = PARAM_DURATION, .help = "So much later."},
    {.name = "subtract", .type = PARAM_DURATION, .help = "So much earlier."},
    {.name = "since", .type = PARAM_TIME, .help = "How long after this moment is it?"},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "time %s", value_cstr_or(args, "time", "now"));
}

static void put_moment(struct buf *out, int64_t ms)
{
    static const char *const days[] = {"Sunday",   "Monday", "Tuesday", "Wednesday",
                                       "Thursday", "Friday", "Saturday"};
    time_t t = (time_t)(ms / 1000);
    char text[TIME_TEXT_MAX];
    struct tm tm;

    gmtime_r(&t, &tm);
    time_format_rfc3339(ms, text);
    buf_addf(out, "%s %s, unix %lld", text, days[tm.tm_wday % 7], (long long)(ms / 1000));
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    const struct model *m = tool_call_env(c)->model;
    int64_t ms = m && m->now_ms ? m->now_ms : loop_wall_ms(tool_call_loop(c)), other;
    struct buf out = BUF_INIT(400);

    time_parse(value_str_or(args, "time", ""), &ms);
    if (duration_parse(value_str_or(args, "add", ""), &other))
        ms += other;
    if (duration_parse(value_str_or(args, "subtract", ""), &other))
        ms -= other;
    put_moment(&out, ms);
    if (time_parse(value_str_or(args, "since", ""), &other)) {
        char text[TIME_TEXT_MAX];

        duration_format(ms >= other ? ms - other : other - ms, text);
        buf_addf(&out, ", %s %s it", text, ms >= other ? "after" : "before");
    }
    helper_finish(c, &out, 1, buf_cstr(&out));
}

const struct tool_def tool_time = {
    .name = "time",
    .help = "Tell the time of the investigation, or reckon with times.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = HELPER_TIMEOUT_MS,
    .helper = true,
    .query = cite,
    .start = start,
};
