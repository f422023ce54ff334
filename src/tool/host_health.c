/* host_health.c - the listeners of a machine, spoken to, in a few words that a condition can test.
 * host_health       {"port","listening","connected","answered","status","ms","healthy","why",
 *                    "pid","command"}
 * host_certificates {"soonest_days","expired","expiring","within_days","certificates":[{"where",
 *                    "subject","issuer","names","days_left","not_after_ms","self_signed","verify",
 *                    "command"}]}                       those that end first come first
 * healthy: something listens, takes a connection and answers in time, without a status of 500 and
 * above. Certificates are those that listeners show in a real handshake, and files that are named
 * on command lines. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host_common.h"
#include "runbook/service/host_services.h"

#define DAY_MS 86400000.0
#define SHOWN 100

/* ---- a port ---- */

static const struct tool_param health_params[] = {
    HOST_PARAM,
    {.name = "port",
     .type = PARAM_INT,
     .required = true,
     .min = 1,
     .max = 65535,
     .help = "The TCP port that is listened on there."},
    {NULL},
};

static const char *judge(const struct host_answered *t, int status)
{
    if (!t)
        return "nothing listens on this port";
    if (*t->stuck)
        return "it takes a request and gives no answer";
    if (*t->connect && strcmp(t->connect, "ok") != 0)
        return "it takes no connection";
    if (status >= 500)
        return "it answers with an error of its own";
    if (t->expects_http && t->page_count && !status)
        return "it gives no answer in time";
    return "";
}

static void put_health(struct json_writer *w, const struct host_answered *t, const char **ret_why)
{
    int status = t && t->page_count ? t->pages[0].status : 0;

    *ret_why = judge(t, status);
    json_put_bool(w, "listening", t != NULL);
    json_put_bool(w, "connected", t && (!*t->connect || strcmp(t->connect, "ok") == 0));
    json_put_bool(w, "answered", t && (status || *t->greeting || *t->say));
    json_put_int(w, "status", status);
    HOST_PUT(w, {"ms", t && t->page_count ? t->pages[0].ms : NAN});
    json_put_bool(w, "healthy", !**ret_why);
    json_put_cstr(w, "why", *ret_why);
    json_put_int(w, "pid", t ? t->pid : 0);
    json_put_cstr(w, "command", t ? t->comm : "");
}

static enum err_code render_health(struct host_answer *a, struct err *err)
{
    struct host_services p;
    enum err_code rc = host_services_parse(&p, a->arena, a->bundle, err);
    const struct host_answered *t = NULL;
    const char *why = "";

    if (!rc) {
        if (p.listeners.count)
            t = &p.listeners.items[0];
        json_object_begin(a->out);
        json_put_cstr(a->out, "host", a->host);
        json_put_int(a->out, "port", t ? t->port : 0);
        put_health(a->out, t, &why);
        host_put_gaps(a->out, p.gaps.items, p.gaps.count);
        json_object_end(a->out);
        a->rows = 1;
        snprintf(a->summary, 256, "%s", *why ? why : "it answers");
    }
    host_services_release(&p);
    return rc;
}

static void cite_health(const struct value *args, struct buf *out)
{
    host_cite(args, out, "one request to port ");
    buf_addf(out, "%lld", (long long)value_i64_or(args, "port", 0));
}

static void start_health(struct tool_call *c)
{
    struct host_request req = {.what = HOST_SERVICES,
                               .port = (int)value_i64_or(tool_call_args(c), "port", 0)};

    host_tool_start(c, &req, render_health);
}

const struct tool_def tool_host_health = {
    .name = "host_health",
    .help = "Ask the listener of one port for an answer: is the service healthy?",
    .params = health_params,
    .risk = RISK_READ,
    .timeout_ms = 30000,
    .query = cite_health,
    .start = start_health,
    .cancel = host_tool_cancel,
};

/* ---- certificates ---- */

static const struct tool_param certificate_params[] = {HOST_PARAM, {NULL}};
#define WITHIN_DAYS 30

struct shown {
    const struct host_cert *cert;
    const char *where, *verify, *comm;
    double days;
};
typedef VEC(struct shown) shown_list;

static void collect(const struct host_services *p, struct arena *arena, shown_list *out)
{
    VEC_EACH (t, &p->listeners) {
        VEC_EACH (c, &t->certs) {
            if (c->index == 0)
                *VEC_PUSH(out) =
                    (struct shown){c, arena_printf(arena, "port %d", t->port), t->verify, t->comm,
                                   (double)(c->not_after_ms - p->now_ms) / DAY_MS};
        }
    }
    VEC_EACH (c, &p->files)
        *VEC_PUSH(out) =
            (struct shown){c, c->file, "", c->comm, (double)(c->not_after_ms - p->now_ms) / DAY_MS};
}

static int by_end(const void *a, const void *b)
{
    double x = ((const struct shown *)a)->days, y = ((const struct shown *)b)->days;

    return (x > y) - (x < y);
}

static void put_shown(struct json_writer *w, const struct shown *s)
{
    json_object_begin(w);
    json_put_cstr(w, "where", s->where);
    json_put_cstr(w, "command", s->comm);
    json_put_cstr(w, "subject", s->cert->subject);
    json_put_cstr(w, "issuer", s->cert->issuer);
    json_put_cstr(w, "names", s->cert->names);
    json_put_int(w, "not_after_ms", s->cert->not_after_ms);
    HOST_PUT(w, {"days_left", s->days});
    json_put_bool(w, "self_signed", s->cert->self_signed);
    json_put_cstr(w, "verify", s->verify);
    json_object_end(w);
}

static void put_certificates(struct host_answer *a, const struct host_services *p, shown_list *all)
{
    int64_t expired = 0, expiring = 0;
    size_t n = 0;

    if (all->count)
        qsort(all->items, all->count, sizeof(*all->items), by_end);
    json_put_cstr(a->out, "host", a->host);
    json_key(a->out, "certificates");
    json_array_begin(a->out);
    VEC_EACH (s, all) {
        expired += s->days <= 0;
        expiring += s->days > 0 && s->days <= WITHIN_DAYS;
        if (n++ < SHOWN)
            put_shown(a->out, s);
    }
    json_array_end(a->out);
    HOST_PUT(a->out, {"soonest_days", all->count ? all->items[0].days : NAN});
    json_put_int(a->out, "count", (int64_t)all->count);
    json_put_int(a->out, "expired", expired);
    json_put_int(a->out, "expiring", expiring);
    json_put_int(a->out, "within_days", WITHIN_DAYS);
    host_put_gaps(a->out, p->gaps.items, p->gaps.count);
    a->rows = (int64_t)all->count;
    if (all->count)
        snprintf(a->summary, 256, "%zu certificates; %.100s ends first, in %.1f days", all->count,
                 all->items[0].where, all->items[0].days);
    else
        snprintf(a->summary, 256, "no listener shows a certificate");
}

static enum err_code render_certificates(struct host_answer *a, struct err *err)
{
    struct host_services p;
    enum err_code rc = host_services_parse(&p, a->arena, a->bundle, err);
    shown_list all = {0};

    if (!rc) {
        collect(&p, a->arena, &all);
        json_object_begin(a->out);
        put_certificates(a, &p, &all);
        json_object_end(a->out);
    }
    VEC_RELEASE(&all);
    host_services_release(&p);
    return rc;
}

static void cite_certificates(const struct value *args, struct buf *out)
{
    host_cite(args, out, "certificates of its listeners, by a handshake with each");
}

static void start_certificates(struct tool_call *c)
{
    struct host_request req = {.what = HOST_SERVICES};

    host_tool_start(c, &req, render_certificates);
}

const struct tool_def tool_host_certificates = {
    .name = "host_certificates",
    .help = "List the certificates that the listeners of a machine show, the ones that end first.",
    .params = certificate_params,
    .risk = RISK_READ,
    .timeout_ms = 30000,
    .query = cite_certificates,
    .start = start_certificates,
    .cancel = host_tool_cancel,
};
