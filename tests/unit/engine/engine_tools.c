/* engine_tools.c - see engine_tools.h. */
#include "tests/unit/engine/engine_tools.h"

size_t tools_starts, tools_peak;
char tools_order[32];

static size_t under_way;

static void note_start(const char *tag)
{
    size_t n = strlen(tools_order);

    snprintf(tools_order + n, sizeof(tools_order) - n, "%s", tag);
}

static void slow_answer(void *ctx)
{
    struct tool_call *c = ctx;
    struct tool_result r = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};

    buf_init(&r.body, 1000);
    buf_addf(&r.body, "{\"ms\":%d}", (int)value_num_or(tool_call_args(c), "ms", 0));
    snprintf(r.summary, sizeof(r.summary), "slow");
    under_way--;
    tool_call_finish(c, &r);
}

static void slow_start(struct tool_call *c)
{
    tools_starts++;
    under_way++;
    tools_peak = under_way > tools_peak ? under_way : tools_peak;
    note_start(value_cstr_or(tool_call_args(c), "tag", ""));
    loop_timer(tool_call_loop(c), (int64_t)value_num_or(tool_call_args(c), "ms", 0), slow_answer,
               c);
}

static void fail_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_ERROR};
    struct err err;

    err_set(&err, ERR_DENIED, "no key for that door");
    tool_result_fail(&r, &err);
    tool_call_finish(c, &r);
}

static void never_start(struct tool_call *c)
{
    tool_call_set_data(c, c);
}

static void never_cancel(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_CANCELED};

    tool_call_finish(c, &r);
}

static void leaky_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};

    buf_init(&r.body, 1000);
    buf_adds(&r.body, "{\"cmdline\":\"mysqld --password=Kx9vTq27Lmz0\",\"note\":\"known-Zz41\"}");
    snprintf(r.summary, sizeof(r.summary), "mysqld --password=Kx9vTq27Lmz0");
    tool_call_finish(c, &r);
}

static const struct tool_param slow_params[] = {
    {.name = "ms",
     .type = PARAM_INT,
     .fallback = "5",
     .min = 0,
     .max = 10000,
     .help = "How long it takes."},
    {.name = "tag", .type = PARAM_STRING, .help = "Makes calls differ."},
    {.name = NULL},
};
static const struct tool_param no_params[] = {{.name = NULL}};
static const struct tool_def slow = {.name = "slow",
                                     .help = "Answers late.",
                                     .params = slow_params,
                                     .timeout_ms = 20000,
                                     .start = slow_start};
static const struct tool_def denied = {.name = "fail",
                                       .help = "Is denied.",
                                       .params = no_params,
                                       .timeout_ms = 1000,
                                       .start = fail_start};
static const struct tool_def never = {.name = "never",
                                      .help = "Does not answer.",
                                      .params = no_params,
                                      .timeout_ms = 100,
                                      .start = never_start,
                                      .cancel = never_cancel};
static const struct tool_def leaky = {.name = "leaky",
                                      .help = "Repeats secrets.",
                                      .params = no_params,
                                      .timeout_ms = 1000,
                                      .start = leaky_start};
static const struct tool_def *const table[] = {&slow, &denied, &never, &leaky, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return table;
}
