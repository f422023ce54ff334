/* prometheus_labels.c - label names, or the values of one label. */
#include <stdio.h>

#include "prom_common.h"

static const struct tool_param params[] = {
    {"label", PARAM_STRING,
     .help = "The label whose values are wanted (__name__ for metric names); label names when not "
             "given."},
    {"match", PARAM_STRING, .help = "Only of series that match this selector."},
    {"start", PARAM_TIME, true, .help = "Of series that had samples since this moment."},
    {"end", PARAM_TIME, .help = "And before this one; now when not given."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    const char *label = value_cstr_or(args, "label", NULL),
               *match = value_cstr_or(args, "match", NULL);

    buf_adds(out, label ? "values of label " : "label names");
    if (label)
        buf_adds(out, label);
    if (match)
        buf_addf(out, " of %s", match);
    prom_cite_window(args, out);
}

static void summary(const struct prom_reply *reply, char *out, size_t size)
{
    if (reply->state == PROM_EMPTY)
        snprintf(out, size, "empty: no such label in this window");
    else
        snprintf(out, size, "%zu name%s", reply->rows, reply->rows == 1 ? "" : "s");
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    const char *label = value_cstr_or(args, "label", NULL),
               *match = value_cstr_or(args, "match", NULL);

    prom_tool_send(c,
                   &(struct prom_request){
                       .api = label ? PROM_API_LABEL_VALUES : PROM_API_LABELS,
                       .label = label,
                       .matches = &match,
                       .match_count = match ? 1 : 0,
                       .start_ms = prom_arg_time(args, "start", 0),
                       .end_ms = prom_arg_time(args, "end", loop_wall_ms(tool_call_loop(c))),
                   },
                   summary);
}

const struct tool_def tool_prometheus_labels = {
    .name = "prometheus_labels",
    .help = "List label names, or the values of one label.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = PROM_TOOL_TIMEOUT_MS,
    .available = prom_tool_available,
    .query = cite,
    .start = start,
    .cancel = prom_tool_cancel,
};
