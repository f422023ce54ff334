/* host_services.c - the listeners of a machine, spoken to once each: what they answer, how fast,
 * and with which certificate.
 * {"host","now_ms",
 *  "listeners":[{"addr","port","pid","command","connect","connect_ms","proto","expects_http",
 *     "greeting","greet_ms","say","answer_ms","pages":[{"path","status","ms"}],
 *     "stuck":"accept"|"read"|"answer"|"","stuck_ms","unread","tls","tls_ms","verify",
 *     "certs":[{"index","not_before_ms","not_after_ms","self_signed","subject","issuer","names"}]}],
 *  "files":[{"path","pid","command", and a certificate's fields}],
 *  "wants":[{"port","pid","command","where","listening"}],
 *  "gaps":[...]}
 * A status of 0 is no answer within a second. stuck: a request came so far (the connection was not
 * accepted, not read, or read and not answered). */
#include "host_common.h"

#include <math.h>
#include <stdio.h>

#include "runbook/service/host_services.h"

static const struct tool_param params[] = {
    HOST_PARAM,
    {.name = "port",
     .type = PARAM_INT,
     .min = 1,
     .max = 65535,
     .help = "Ask the listener of this port only; all when not given."},
    {NULL},
};

static void put_cert(struct json_writer *w, const struct host_cert *c)
{
    json_put_int(w, "index", c->index);
    json_put_int(w, "not_before_ms", c->not_before_ms);
    json_put_int(w, "not_after_ms", c->not_after_ms);
    json_put_bool(w, "self_signed", c->self_signed);
    json_put_cstr(w, "subject", c->subject);
    json_put_cstr(w, "issuer", c->issuer);
    json_put_cstr(w, "names", c->names);
}

static void put_pages(struct json_writer *w, const struct host_answered *t)
{
    json_key(w, "pages");
    json_array_begin(w);
    for (int i = 0; i < t->page_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "path", t->pages[i].path);
        json_put_int(w, "status", t->pages[i].status);
        host_put_num(w, "ms", t->pages[i].ms);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "certs");
    json_array_begin(w);
    VEC_EACH (c, &t->certs) {
        json_object_begin(w);
        put_cert(w, c);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_listener(struct json_writer *w, const struct host_answered *t)
{
    json_object_begin(w);
    json_put_cstr(w, "addr", t->addr);
    json_put_int(w, "port", t->port);
    json_put_int(w, "pid", t->pid);
    json_put_cstr(w, "command", t->comm);
    json_put_cstr(w, "connect", t->connect);
    host_put_num(w, "connect_ms", t->connect_ms);
    json_put_cstr(w, "proto", t->proto);
    json_put_bool(w, "expects_http", t->expects_http);
    json_put_cstr(w, "greeting", t->greeting);
    host_put_num(w, "greet_ms", t->greet_ms);
    json_put_cstr(w, "say", t->say);
    host_put_num(w, "answer_ms", t->answer_ms);
    json_put_cstr(w, "stuck", t->stuck);
    host_put_num(w, "stuck_ms", t->stuck_ms);
    host_put_num(w, "unread", t->unread);
    json_put_cstr(w, "tls", t->tls);
    host_put_num(w, "tls_ms", t->tls_ms);
    json_put_cstr(w, "verify", t->verify);
    put_pages(w, t);
    json_object_end(w);
}

static void put_rest(struct json_writer *w, const struct host_services *p)
{
    json_key(w, "files");
    json_array_begin(w);
    VEC_EACH (c, &p->files) {
        json_object_begin(w);
        json_put_cstr(w, "path", c->file);
        json_put_int(w, "pid", c->pid);
        json_put_cstr(w, "command", c->comm);
        put_cert(w, c);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "wants");
    json_array_begin(w);
    VEC_EACH (x, &p->wants) {
        json_object_begin(w);
        json_put_int(w, "port", x->port);
        json_put_int(w, "pid", x->pid);
        json_put_cstr(w, "command", x->comm);
        json_put_cstr(w, "where", x->where);
        json_put_bool(w, "listening", x->listening);
        json_object_end(w);
    }
    json_array_end(w);
}

static void summarise(const struct host_services *p, char out[256])
{
    int slow = 0, bad = 0, tls = 0;

    VEC_EACH (t, &p->listeners) {
        bool wrong = false;

        for (int i = 0; i < t->page_count; i++)
            wrong |= t->pages[i].status >= 500;
        bad += wrong;
        slow += *t->stuck != '\0';
        tls += t->certs.count > 0;
    }
    snprintf(out, 256, "%zu listeners asked: %d answer with errors, %d do not answer, %d with TLS",
             p->listeners.count, bad, slow, tls);
}

enum err_code host_services_render(struct host_answer *a, struct err *err)
{
    struct host_services p;
    enum err_code rc = host_services_parse(&p, a->arena, a->bundle, err);
    struct json_writer *w = a->out;

    if (!rc) {
        json_object_begin(w);
        json_put_cstr(w, "host", a->host);
        json_put_int(w, "now_ms", p.now_ms);
        json_key(w, "listeners");
        json_array_begin(w);
        VEC_EACH (t, &p.listeners)
            put_listener(w, t);
        json_array_end(w);
        put_rest(w, &p);
        host_put_gaps(w, p.gaps.items, p.gaps.count);
        json_object_end(w);
        a->rows = (int64_t)(p.listeners.count + p.wants.count + p.files.count);
        summarise(&p, a->summary);
    }
    host_services_release(&p);
    return rc;
}

static void cite(const struct value *args, struct buf *out)
{
    int64_t port = value_i64_or(args, "port", 0);

    host_cite(args, out, "one request to each local listener");
    if (port)
        buf_addf(out, ", of port %lld only", (long long)port);
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct host_request req = {.what = HOST_SERVICES, .port = (int)value_i64_or(args, "port", 0)};

    host_tool_start(c, &req, host_services_render);
}

const struct tool_def tool_host_services = {
    .name = "host_services",
    .help = "Ask the listeners of a machine for one answer each: pages, greetings, certificates.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = 30000,
    .query = cite,
    .start = start,
    .cancel = host_tool_cancel,
};
