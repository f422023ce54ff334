/* host_log.c - recent log lines by family of error, and what the kernel said.
 * {"host","from_ms","to_ms","lines","families":[{"family","severity","hypothesis","count","first_ms","last_ms",
 *  "source","spread":[first
 * third,middle,last],"samples":[...]}],"kernel_events":[...],"gaps":[...]} */
#include "host_common.h"

#include <stdio.h>

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "since",
     .type = PARAM_DURATION,
     .fallback = "1h",
     .help = "How far back, as in 30m or 2h."},
    {.name = "file", .type = PARAM_STRING, .help = "One more log file to read, by its full path."},
    {NULL},
};

static void put_family(struct json_writer *w, const struct host_log_family *f)
{
    json_object_begin(w);
    json_put_cstr(w, "family", f->family->name);
    json_put_cstr(w, "severity", f->family->severity);
    json_put_cstr(w, "hypothesis", f->family->hypothesis);
    json_put_int(w, "count", f->count);
    json_put_int(w, "first_ms", f->first_ms);
    json_put_int(w, "last_ms", f->last_ms);
    json_put_cstr(w, "source", f->source);
    json_key(w, "spread");
    json_array_begin(w);
    for (int i = 0; i < 3; i++)
        json_int(w, f->spread[i]);
    json_array_end(w);
    json_key(w, "samples");
    json_array_begin(w);
    for (int i = 0; i < 3 && f->samples[i]; i++)
        json_cstring(w, f->samples[i]);
    json_array_end(w);
    json_object_end(w);
}

static enum err_code render(struct host_answer *a, struct err *err)
{
    struct host_log log;
    enum err_code rc = host_log_parse(&log, a->arena, a->bundle, err);
    struct json_writer *w = a->out;

    if (rc)
        goto done;
    json_object_begin(w);
    json_put_cstr(w, "host", a->host);
    json_put_int(w, "from_ms", log.from_ms);
    json_put_int(w, "to_ms", log.to_ms);
    json_put_int(w, "lines", log.lines);
    json_key(w, "families");
    json_array_begin(w);
    VEC_EACH (f, &log.families)
        put_family(w, f);
    json_array_end(w);
    host_put_kernel_events(w, log.kernel_events.items, log.kernel_events.count);
    host_put_gaps(w, log.gaps.items, log.gaps.count);
    json_object_end(w);
    a->rows = (int64_t)(log.families.count + log.kernel_events.count);
    if (log.families.count)
        snprintf(a->summary, 256, "%lld lines; most errors: %s (%lld)", (long long)log.lines,
                 log.families.items[0].family->name, (long long)log.families.items[0].count);
    else
        snprintf(a->summary, 256, "%lld lines, no known family of errors", (long long)log.lines);
done:
    host_log_release(&log);
    return rc;
}

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "kernel log, journal and /var/log");
    buf_addf(out, " of the last %s", value_cstr_or(args, "since", "1h"));
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct host_request req = {.what = HOST_LOG,
                               .since_ms = host_arg_duration(args, "since", 3600000),
                               .path = value_cstr_or(args, "file", NULL)};

    host_tool_start(c, &req, render);
}

const struct tool_def tool_host_log = {
    .name = "host_log",
    .help = "Count recent log lines of a machine by family of error, with samples.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 60000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};
