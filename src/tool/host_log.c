/* host_log.c - recent log lines by family of error, and what the kernel said.
 * {"host","from_ms","to_ms","lines","families":[{"family","severity","hypothesis","count","first_ms","last_ms",
 *  "source","spread":[first third,middle,last],"samples":[...]}],"kernel_events":[...],
 *  "sources":[{"name","pid","command","service","lines","bytes","errors","timed","first_ms","last_ms","age_s"}],
 *  "mined":[{"source","pid","command","service","text","level","kind","severity","hypothesis","cause","count",
 *    "first_ms","last_ms","new","current","rise":{"onset_ms","end_ms","before","after","before_s","after_s",
 *    "before_rate","after_rate","score"}|null,"peer":{"host","port"}|null,"path","port","samples":[...]}],
 *  "gaps":[...]}
 * mined: the templates of the lines, trouble first; new: none like it before its onset. */
#include "host_common.h"

#include <stdio.h>
#include <string.h>

#include "runbook/service/host_logs.h"

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

#define MINED_SHOWN 120

static void put_rise(struct json_writer *w, const struct logshift *s)
{
    json_object_begin(w);
    json_put_int(w, "onset_ms", s->onset_ms);
    json_put_int(w, "end_ms", s->end_ms);
    json_put_int(w, "before", (int64_t)s->before);
    json_put_int(w, "after", (int64_t)s->after);
    host_put_num(w, "before_s", s->before_s);
    host_put_num(w, "after_s", s->after_s);
    host_put_num(w, "before_rate", s->before_rate);
    host_put_num(w, "after_rate", s->after_rate);
    host_put_num(w, "score", s->score);
    json_object_end(w);
}

static void put_next(struct json_writer *w, const struct host_mined *f)
{
    json_put_cstr(w, "cause", log_cause_name(f->cause));
    json_key(w, "peer");
    if (*f->peer.host) {
        json_object_begin(w);
        json_put_cstr(w, "host", f->peer.host);
        json_put_int(w, "port", f->peer.port);
        json_object_end(w);
    } else {
        json_null(w);
    }
    json_put_cstr(w, "path", f->path);
    json_put_int(w, "port", f->port);
}

static void put_mined(struct json_writer *w, const struct host_mining *m,
                      const struct host_mined *f)
{
    const struct host_log_source *s = &m->sources.items[f->source];

    json_object_begin(w);
    json_put_cstr(w, "source", s->name);
    json_put_int(w, "pid", s->pid);
    json_put_cstr(w, "command", s->comm);
    json_put_bool(w, "service", s->service);
    json_put_bool(w, "timed", s->timed);
    json_put_int(w, "source_lines", s->lines);
    json_put_int(w, "source_errors", s->errors);
    json_put_cstr(w, "text", f->text);
    json_put_cstr(w, "level", log_level_name(f->level));
    json_put_cstr(w, "kind", f->kind ? f->kind->name : NULL);
    json_put_cstr(w, "severity", f->kind ? f->kind->severity : NULL);
    json_put_cstr(w, "hypothesis", f->kind ? f->kind->hypothesis : NULL);
    json_put_int(w, "count", f->count);
    json_put_int(w, "first_ms", f->first_ms);
    json_put_int(w, "last_ms", f->last_ms);
    json_put_bool(w, "new", f->fresh);
    json_put_bool(w, "current", f->current);
    json_key(w, "rise");
    if (f->risen)
        put_rise(w, &f->shift);
    else
        json_null(w);
    put_next(w, f);
    json_key(w, "samples");
    json_array_begin(w);
    for (int i = 0; i < 3 && f->samples[i]; i++)
        json_cstring(w, f->samples[i]);
    json_array_end(w);
    json_object_end(w);
}

static enum err_code put_mining(struct host_answer *a, struct host_log *log, int64_t *ret_rows,
                                struct err *err)
{
    struct host_mining m;
    enum err_code rc = host_mining_parse(&m, a->arena, a->bundle, err);
    struct json_writer *w = a->out;

    json_key(w, "sources");
    json_array_begin(w);
    VEC_EACH (s, &m.sources) {
        json_object_begin(w);
        json_put_cstr(w, "name", s->name);
        json_put_int(w, "pid", s->pid);
        json_put_cstr(w, "command", s->comm);
        json_put_bool(w, "service", s->service);
        json_put_int(w, "lines", s->lines);
        json_put_int(w, "bytes", s->bytes);
        json_put_int(w, "errors", s->errors);
        json_put_bool(w, "timed", s->timed);
        json_put_int(w, "first_ms", s->first_ms);
        json_put_int(w, "last_ms", s->last_ms);
        host_put_num(w, "age_s", s->age_s);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "mined");
    json_array_begin(w);
    for (size_t i = 0; i < m.families.count && i < MINED_SHOWN; i++)
        put_mined(w, &m, &m.families.items[i]);
    json_array_end(w);
    *ret_rows = (int64_t)m.families.count;
    VEC_EACH (g, &m.gaps) {
        if (strcmp(g->what, "logs") == 0)
            *VEC_PUSH(&log->gaps) = *g;
    }
    host_mining_release(&m);
    return rc;
}

enum err_code host_log_render(struct host_answer *a, struct err *err)
{
    struct host_log log;
    enum err_code rc = host_log_parse(&log, a->arena, a->bundle, err);
    int64_t mined = 0;
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
    rc = put_mining(a, &log, &mined, err);
    host_put_gaps(w, log.gaps.items, log.gaps.count);
    json_object_end(w);
    a->rows = (int64_t)(log.families.count + log.kernel_events.count) + mined;
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

    host_tool_start(c, &req, host_log_render);
}

const struct tool_def tool_host_log = {
    .name = "host_log",
    .help = "Sort recent log lines of a machine into families: new ones, bursts, errors, samples.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 60000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};
