/* aws_insights.c - one query of CloudWatch Logs Insights, waited for; stopped when it takes too
 * long or is not wanted any more. It is billed by what it scans, which the answer says. */
#include <stdio.h>

#include "aws_watch.h"
#include "runbook/base/num.h"
#include "runbook/service/aws/insights.h"

#define TIMEOUT_MS 150000
#define DEADLINE_MS 120000

static const struct tool_param params[] = {
    {"groups", PARAM_STRING, true, .help = "The log groups, with commas between them."},
    {"query", PARAM_STRING, true,
     .help = "The query, such as fields @timestamp, @message | filter @message like /ERROR/ | "
             "stats count() by bin(5m)."},
    {"max", PARAM_INT, false, "100", 1, 10000, .help = "At most so many rows."},
    WATCH_PARAM_SINCE("1h"),
    WATCH_PARAM_UNTIL,
    WATCH_PARAM_REGION,
    WATCH_PARAM_ACCOUNT,
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    buf_addf(out, "logs insights of %.200s: %.400s", value_cstr_or(args, "groups", ""),
             value_cstr_or(args, "query", ""));
    watch_cite_place(args, out);
}

static void release(void *insights)
{
    aws_insights_free(insights);
}

static void summary(const struct aws_insights_answer *a, char *out, size_t size)
{
    char scanned[48] = "an unknown amount";

    if (a->bytes_scanned >= 0)
        num_human(a->bytes_scanned, "bytes", scanned);
    (void)snprintf(out, size, "%zu rows%s, %s scanned, about %.4f USD%s%.100s", a->count,
                   a->more ? ", there may be more" : "", scanned, a->cost_usd,
                   a->partial ? "; not whole: " : "", a->partial ? a->err.msg : "");
}

/* What the query has cost and found until now: it is billed by what it scans. */
static void on_look(void *ctx, const char *status, double bytes, double matched)
{
    struct watch_work *w = tool_call_data(ctx);
    char scanned[48] = "", note[160];
    int n;

    if (!w)
        return;
    if (bytes >= 0)
        num_human(bytes, "bytes", scanned);
    n = snprintf(note, sizeof(note), "%s", status);
    if (*scanned && n > 0 && (size_t)n < sizeof(note))
        n += snprintf(note + n, sizeof(note) - (size_t)n, ", %s scanned", scanned);
    if (matched >= 0 && n > 0 && (size_t)n < sizeof(note))
        (void)snprintf(note + n, sizeof(note) - (size_t)n, ", %.0f matched", matched);
    aws_tell_note(&w->tell, note);
}

/* Each look repeats the rows: what the query says of itself is told instead. */
static void found(const struct aws_tell *t, struct buf *out)
{
    (void)t;
    (void)out;
}

static void on_done(void *ctx, const struct aws_insights_answer *a)
{
    struct tool_call *c = ctx;
    const struct watch_work *w = tool_call_data(c);
    struct buf body = BUF_INIT(WATCH_BODY_MAX);
    char said[256];

    if (a->err.code && !a->count) {
        watch_fail(c, "logs", *a->id ? "GetQueryResults" : "StartQuery", a->end, a->err.msg);
        return;
    }
    summary(a, said, sizeof(said));
    aws_insights_json(a, w->place.name, &body);
    watch_finish(c, &body, (int64_t)a->count, said);
    buf_release(&body);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct watch_work *w = watch_begin(c, release, "rows");
    const char *groups[AWS_INSIGHTS_GROUPS_MAX + 1];
    struct err err = ERR_INIT;

    if (w) {
        struct aws_insights_request r = {.region = w->place.region,
                                         .groups = groups,
                                         .query = value_cstr_or(args, "query", ""),
                                         .since_ms = w->place.since_ms,
                                         .until_ms = w->place.until_ms,
                                         .max = (size_t)value_i64_or(args, "max", 100),
                                         .deadline_ms = DEADLINE_MS,
                                         .tally = &w->tell.tally};

        r.group_count =
            watch_list(w, value_cstr_or(args, "groups", ""), groups, AWS_INSIGHTS_GROUPS_MAX + 1);
        w->tell.found = found;
        watch_started(
            c, aws_insights_start(w->place.estate, w->place.account, &r, on_look, on_done, c, &err),
            &err);
    }
}

/* StopQuery first: what runs on is billed. */
static void cancel(struct tool_call *c)
{
    const struct watch_work *w = tool_call_data(c);

    if (w && w->handle)
        aws_insights_cancel(w->handle);
}

const struct tool_def tool_aws_insights = {
    .name = "aws_insights",
    .help = "Run a query of CloudWatch Logs Insights, which is billed by what it scans.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
