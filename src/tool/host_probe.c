/* host_probe.c - from a machine: can a TCP port be reached, and do name servers answer?
 * host_probe    {"host","addr","port","result","ms","gaps"}
 *               result: connected, refused, timeout, unreachable, failed
 * host_resolve  {"host","servers":[{"addr","result","ms"}],"gaps"}
 *               result: answered, nxdomain, denied, servfail, timeout, unreachable, failed
 * A connection is made and closed without a byte; a name server is asked once for the name servers
 * of the root, twice when the first question has no answer. */
#include "host_common.h"

#include <arpa/inet.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

static const struct tool_param probe_params[] = {
    HOST_PARAM,
    {.name = "addr",
     .type = PARAM_STRING,
     .required = true,
     .help = "The address to connect to: IPv4 or IPv6, no name."},
    {.name = "port",
     .type = PARAM_INT,
     .required = true,
     .min = 1,
     .max = 65535,
     .help = "The TCP port."},
    {NULL},
};

static const struct tool_param resolve_params[] = {
    HOST_PARAM,
    {.name = "servers",
     .type = PARAM_STRING,
     .required = true,
     .help = "Addresses of at most four name servers, with blanks between them."},
    {NULL},
};

static bool is_addr(struct str s)
{
    unsigned char raw[16];
    char text[64];

    if (!s.len || s.len >= sizeof(text))
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    return inet_pton(AF_INET, text, raw) == 1 || inet_pton(AF_INET6, text, raw) == 1;
}

static void refuse(struct tool_call *c, const char *param, struct str value)
{
    struct tool_result r = {.content_type = "application/json"};
    struct err err = ERR_INIT;

    err_set(&err, ERR_INPUT, "'%s' must be an IPv4 or IPv6 address, not \"%.*s\"", param,
            (int)(value.len < 80 ? value.len : 80), value.ptr ? value.ptr : "");
    tool_result_fail(&r, &err);
    tool_call_finish(c, &r);
}

static enum err_code render_probe(struct host_answer *a, struct err *err)
{
    struct host_reach r;
    enum err_code rc = host_reach_parse(&r, a->arena, a->bundle, err);

    if (!rc) {
        json_object_begin(a->out);
        json_put_cstr(a->out, "host", a->host);
        json_put_cstr(a->out, "result", r.word);
        host_put_num(a->out, "ms", r.ms);
        host_put_gaps(a->out, r.gaps.items, r.gaps.count);
        json_object_end(a->out);
        a->rows = *r.word != '\0';
        snprintf(a->summary, 256, *r.word ? "%s after %.1f ms" : "nothing there can connect",
                 r.word, r.ms);
    }
    host_reach_release(&r);
    return rc;
}

static enum err_code render_resolve(struct host_answer *a, struct err *err)
{
    struct host_reach r;
    enum err_code rc = host_reach_parse(&r, a->arena, a->bundle, err);
    int good = 0;

    if (rc)
        goto done;
    json_object_begin(a->out);
    json_put_cstr(a->out, "host", a->host);
    json_key(a->out, "servers");
    json_array_begin(a->out);
    VEC_EACH (s, &r.answers) {
        json_object_begin(a->out);
        json_put_cstr(a->out, "addr", s->addr);
        json_put_cstr(a->out, "result", s->word);
        host_put_num(a->out, "ms", s->ms);
        json_object_end(a->out);
        good += strcmp(s->word, "answered") == 0;
    }
    json_array_end(a->out);
    host_put_gaps(a->out, r.gaps.items, r.gaps.count);
    json_object_end(a->out);
    a->rows = (int64_t)r.answers.count;
    snprintf(a->summary, 256, "%d of %zu name servers answered", good, r.answers.count);
done:
    host_reach_release(&r);
    return rc;
}

static void cite_probe(const struct value *args, struct buf *out)
{
    host_cite(args, out, "connect to ");
    buf_addf(out, "%s port %lld", value_cstr_or(args, "addr", ""),
             (long long)value_i64_or(args, "port", 0));
}

static void cite_resolve(const struct value *args, struct buf *out)
{
    host_cite(args, out, "ask ");
    buf_addf(out, "%s for the name servers of .", value_cstr_or(args, "servers", ""));
}

static void start_probe(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct str addr = value_str_or(args, "addr", "");
    struct host_request req = {.what = HOST_PROBE,
                               .path = value_cstr_or(args, "addr", ""),
                               .port = (int)value_i64_or(args, "port", 0),
                               .timeout_ms = 12000};

    if (!is_addr(addr))
        refuse(c, "addr", addr);
    else
        host_tool_start(c, &req, render_probe);
}

static void start_resolve(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct str rest = value_str_or(args, "servers", ""), one;
    struct host_request req = {
        .what = HOST_RESOLVE, .path = value_cstr_or(args, "servers", ""), .timeout_ms = 15000};

    while (str_split(&rest, ' ', &one)) {
        if (one.len && !is_addr(one)) {
            refuse(c, "servers", one);
            return;
        }
    }
    host_tool_start(c, &req, render_resolve);
}

const struct tool_def tool_host_probe = {
    .name = "host_probe",
    .help = "Connect from a machine to one TCP port and close again: is it reached, and how fast?",
    .params = probe_params,
    .risk = RISK_READ,
    .timeout_ms = 20000,
    .query = cite_probe,
    .start = start_probe,
    .cancel = host_tool_cancel,
};

const struct tool_def tool_host_resolve = {
    .name = "host_resolve",
    .help = "Ask name servers from a machine: do they answer, and how fast?",
    .params = resolve_params,
    .risk = RISK_READ,
    .timeout_ms = 25000,
    .query = cite_resolve,
    .start = start_resolve,
    .cancel = host_tool_cancel,
};
