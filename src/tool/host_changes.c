/* host_changes.c - packages, configuration and deployed files that changed lately.
 * {"host","now_ms","total","changes":[{"ts_ms","kind","what","detail","pid","container"}],"gaps":[...]},
 * newest first; kind: package, config, unit, cron, deploy, program (replaced while it runs: pid),
 * container (made anew), login, boot. */
#include "host_common.h"

#include <stdio.h>

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "since",
     .type = PARAM_DURATION,
     .fallback = "24h",
     .help = "How far back, as in 30m or 24h."},
    {NULL},
};

static enum err_code render(struct host_answer *a, struct err *err)
{
    struct host_changes c;
    enum err_code rc = host_changes_parse(&c, a->arena, a->bundle, err);
    struct json_writer *w = a->out;

    if (rc)
        goto done;
    json_object_begin(w);
    json_put_cstr(w, "host", a->host);
    json_put_int(w, "now_ms", c.now_ms);
    json_put_int(w, "total", c.total);
    json_key(w, "changes");
    json_array_begin(w);
    VEC_EACH (ch, &c.changes) {
        json_object_begin(w);
        json_put_int(w, "ts_ms", ch->ts_ms);
        json_put_cstr(w, "kind", ch->kind);
        json_put_cstr(w, "what", ch->what);
        json_put_cstr(w, "detail", ch->detail);
        if (*ch->container)
            json_put_cstr(w, "container", ch->container);
        if (ch->pid)
            json_put_int(w, "pid", ch->pid);
        json_object_end(w);
    }
    json_array_end(w);
    host_put_gaps(w, c.gaps.items, c.gaps.count);
    json_object_end(w);
    a->rows = (int64_t)c.changes.count;
    snprintf(a->summary, 256, "%lld changes%s%.150s", (long long)c.total,
             c.changes.count ? ", last: " : "", c.changes.count ? c.changes.items[0].what : "");
done:
    host_changes_release(&c);
    return rc;
}

static void cite(const struct value *args, struct buf *out)
{
    host_cite(args, out, "package log and file times below /etc, /opt, /srv, /usr/local");
    buf_addf(out, " of the last %s", value_cstr_or(args, "since", "24h"));
}

static void start(struct tool_call *c)
{
    struct host_request req = {.what = HOST_CHANGES,
                               .since_ms = host_arg_duration(tool_call_args(c), "since", 86400000)};

    host_tool_start(c, &req, render);
}

const struct tool_def tool_host_changes = {
    .name = "host_changes",
    .help =
        "List packages, configuration files and deployed files that changed lately on a machine.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 60000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};
