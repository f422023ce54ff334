/* steer_tools.c - see steer_tools.h. */
#include "tests/unit/engine/steer_tools.h"

#include "runbook/base/mem.h"

/* The tools: "slow" answers after some ms (a negative number: never), host_snapshot says how full
 * the disk is. */

size_t steer_starts, steer_cancels;
const char *steer_started[32];
double steer_disk_used;

static void slow_answer(void *ctx)
{
    struct tool_call *c = ctx;
    struct tool_result r = {.status = TOOL_OK, .content_type = "text/plain", .rows = 1};

    tool_call_set_data(c, NULL);
    buf_init(&r.body, 100);
    buf_adds(&r.body, "x");
    tool_call_finish(c, &r);
}

static void slow_start(struct tool_call *c)
{
    int64_t ms = value_i64_or(tool_call_args(c), "ms", 0);

    if (steer_starts < 32)
        steer_started[steer_starts] = xstrdup(value_cstr_or(tool_call_args(c), "tag", ""));
    steer_starts++;
    if (ms >= 0)
        loop_timer(tool_call_loop(c), ms, slow_answer, c);
}

static void slow_cancel(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_CANCELED};

    steer_cancels++;
    if (value_i64_or(tool_call_args(c), "ms", 0) < 0)
        tool_call_finish(c, &r);
}

static void snapshot_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};

    buf_init(&r.body, 10000);
    buf_addf(&r.body,
             "{\"host\":\"web\",\"taken_ms\":1700000000000,\"window_s\":1,\"processes\":[],"
             "\"filesystems\":[{\"mount\":\"/var\",\"known\":true,\"read_only\":false,"
             "\"total\":1e11,\"free\":%f,\"available\":%f,\"used\":%f,\"inodes_used\":0.1}]}",
             1e11 * (1 - steer_disk_used), 1e11 * (1 - steer_disk_used), steer_disk_used);
    snprintf(r.summary, sizeof(r.summary), "snapshot");
    tool_call_finish(c, &r);
}

/* A Prometheus with three metrics, of which the queue's is ten times its level since the alert. */
size_t steer_ranges;

static void finish_text(struct tool_call *c, struct buf *body)
{
    struct tool_result r = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};

    r.body = *body;
    snprintf(r.summary, sizeof(r.summary), "answer");
    tool_call_finish(c, &r);
}

static void labels_start(struct tool_call *c)
{
    struct buf body = BUF_INIT(10000);

    buf_adds(&body, "{\"status\":\"success\",\"data\":[\"build_info\",\"orders_queue_length\","
                    "\"payments_latency_seconds\"]}");
    finish_text(c, &body);
}

static void range_start(struct tool_call *c)
{
    const char *query = value_cstr_or(tool_call_args(c), "query", "");
    bool queue = strcmp(query, "orders_queue_length") == 0;
    int64_t now = loop_wall_ms(tool_call_loop(c)) / 15000 * 15;
    struct buf body = BUF_INIT((size_t)1 << 20);

    steer_ranges++;
    buf_addf(&body,
             "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{"
             "\"metric\":{\"__name__\":\"%s\",\"service\":\"orders\"},\"values\":[",
             query);
    for (int64_t t = now - 30 * 3600; t <= now; t += 30) {
        double v = 10 + (double)(t / 30 % 7) * 0.1;

        buf_addf(&body, "%s[%lld,\"%g\"]", t == now - 30 * 3600 ? "" : ",", (long long)t,
                 queue && t > now - 900 ? v * 10 : v);
    }
    buf_adds(&body, "]}]}}");
    finish_text(c, &body);
}

static const struct tool_param labels_params[] = {
    {.name = "label", .type = PARAM_STRING, .help = "A label."},
    {.name = "start", .type = PARAM_STRING, .help = "From."},
    {.name = "end", .type = PARAM_STRING, .help = "To."},
    {.name = NULL},
};
static const struct tool_param range_params[] = {
    {.name = "query", .type = PARAM_STRING, .required = true, .help = "PromQL."},
    {.name = "start", .type = PARAM_STRING, .help = "From."},
    {.name = "end", .type = PARAM_STRING, .help = "To."},
    {.name = "step", .type = PARAM_STRING, .help = "Step."},
    {.name = NULL},
};

static void cite_query(const struct value *args, struct buf *out)
{
    buf_adds(out, value_cstr_or(args, "query", ""));
}

static const struct tool_def prom_labels = {.name = "prometheus_labels",
                                            .help = "Lists names.",
                                            .params = labels_params,
                                            .timeout_ms = 20000,
                                            .start = labels_start};
static const struct tool_def prom_range = {.name = "prometheus_range",
                                           .help = "Reads a window.",
                                           .params = range_params,
                                           .timeout_ms = 20000,
                                           .query = cite_query,
                                           .start = range_start};

static const struct tool_param slow_params[] = {
    {.name = "ms", .type = PARAM_INT, .fallback = "5", .min = -1, .max = 10000, .help = "Time."},
    {.name = "tag", .type = PARAM_STRING, .help = "Makes calls differ."},
    {.name = NULL},
};
static const struct tool_param snapshot_params[] = {
    {.name = "host", .type = PARAM_STRING, .required = true, .help = "The host."},
    {.name = "window_ms",
     .type = PARAM_INT,
     .fallback = "1000",
     .min = 50,
     .max = 60000,
     .help = "How long."},
    {.name = NULL},
};
static const struct tool_def slow = {.name = "slow",
                                     .help = "Answers late.",
                                     .params = slow_params,
                                     .timeout_ms = 20000,
                                     .start = slow_start,
                                     .cancel = slow_cancel};
static const struct tool_def snapshot = {.name = "host_snapshot",
                                         .help = "Looks at a host.",
                                         .params = snapshot_params,
                                         .timeout_ms = 20000,
                                         .start = snapshot_start};
static const struct tool_def *const table[] = {&slow, &snapshot, &prom_labels, &prom_range, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return table;
}
