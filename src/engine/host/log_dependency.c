/* log_dependency.c - a program says that it cannot reach another one: refused, timed out, a name
 * that is not resolved, a login that is refused. The culprit is what stands there: a process that
 * does not answer, or a port where nothing listens. */
#include <math.h>
#include <string.h>

#include "said.h"
#include "patterns.h"

static const char *verb(const struct value *fam)
{
    const char *cause = hv_str(fam, "cause");

    if (strcmp(cause, "timeout") == 0)
        return "gets no answer in time from";
    if (strcmp(cause, "name") == 0)
        return "cannot resolve the name of";
    return strcmp(cause, "login") == 0 ? "is not let in by" : "cannot connect to";
}

static const char *peer_name(struct host_view *v, const struct value *fam)
{
    double port = hv_num(fam, "peer.port");
    const char *host = value_cstr_or(fam, "peer.host", "");

    return port > 0 ? arena_printf(v->arena, "%s:%.0f", host, port) : host;
}

static bool is_address(const char *host)
{
    return *host && !host[strspn(host, "0123456789.")] ? strchr(host, '.') != NULL
                                                       : strchr(host, ':') != NULL;
}

/* Refused or silent, and with an address: it can be tried from here, or seen over there. */
static void follow_peer(struct host_view *v, struct host_finding *f, const struct value *fam)
{
    const char *host = value_cstr_or(fam, "peer.host", ""), *cause = hv_str(fam, "cause");
    bool reach = strcmp(cause, "refused") == 0 || strcmp(cause, "timeout") == 0;

    if (!reach || !is_address(host) || !(hv_num(fam, "peer.port") > 0))
        return;
    hv_add_culprit(f, (struct host_culprit){
                          .statement = arena_printf(v->arena, "%s does not take connections of %s",
                                                    peer_name(v, fam), v->host),
                          .resource = f->resource,
                          .evidence = f->evidence,
                          .doc = HOST_DOC_LOGS,
                          .strength = f->strength,
                          .before = NAN,
                          .after = f->value,
                          .threshold = f->threshold,
                          .follow = FOLLOW_PEER,
                          .pid = f->pids[0],
                          .addr = host,
                          .port = (int64_t)hv_num(fam, "peer.port"),
                          .path = "said",
                          .weight = 1});
}

/* Nobody listens on that port of this machine, or somebody does and hangs. */
static void look_behind(struct host_view *v, struct host_finding *f, const struct value *fam)
{
    double port = hv_num(fam, "peer.port");
    const struct value *l = said_listener(v, port), *a = said_answer(v, port);
    const char *stuck = a ? hv_str(a, "stuck") : "";

    if (!said_is_local(value_cstr_or(fam, "peer.host", "")) || !(port > 0)) {
        f->resource = hv_key(v, "peer", peer_name(v, fam));
        follow_peer(v, f, fam);
        return;
    }
    f->severity = 0.85;
    f->resource = hv_key(v, "port", arena_printf(v->arena, "%.0f", port));
    if (!l && v->snapshot) {
        f->second_doc = HOST_DOC_SNAPSHOT;
        f->second = arena_printf(v->arena, "nothing listens on port %.0f of %s", port, v->host);
        f->claim = arena_printf(v->arena, "nothing listens on port %.0f of %s, which %s needs",
                                port, v->host, said_by(v, fam));
        VALUE_EACH (w, value_get(v->services, "wants")) {
            if (hv_num(w, "port") == port && hv_num(w, "pid") > 0)
                f->pids[1] = (int64_t)hv_num(w, "pid");
        }
        return;
    }
    if (!l)
        return;
    if (hv_num(l, "pid") > 0) {
        f->resource = hv_process_key(v, l);
        f->pids[1] = (int64_t)hv_num(l, "pid");
    }
    if (*stuck || (a && strcmp(hv_str(a, "connect"), "timeout") == 0)) {
        f->second_doc = HOST_DOC_SERVICES;
        f->second =
            arena_printf(v->arena, "process %.0f (%s) on port %.0f did not answer a request",
                         hv_num(l, "pid"), hv_str(l, "command"), port);
        f->claim =
            arena_printf(v->arena, "process %.0f (%s) of %s, which %s needs, does not answer",
                         hv_num(l, "pid"), hv_str(l, "command"), v->host, said_by(v, fam));
    }
}

static void find(struct host_view *v, struct host_finding *f)
{
    enum said_how how;
    const struct value *fam = said_worst(v, SAID_DEPENDENCY, &how);

    f->doc = HOST_DOC_LOGS;
    f->metric = "log_errors";
    f->unit = "lines";
    f->value = 0;
    f->evidence =
        v->logs ? "no log speaks of a peer that cannot be reached" : "the logs were not read";
    if (!fam)
        return;
    said_report(v, f, fam, how);
    f->claim = arena_printf(v->arena, "%s of %s %s %s", said_by(v, fam), v->host, verb(fam),
                            value_get(fam, "peer") && value_get(fam, "peer")->type == VALUE_OBJECT
                                ? peer_name(v, fam)
                                : "a peer that it does not name");
    f->severity = 0.75;
    if (value_get(fam, "peer") && value_get(fam, "peer")->type == VALUE_OBJECT)
        look_behind(v, f, fam);
}

static const struct host_proposal proposals[] = {
    {.action = "start what should listen on port {port}, or point its clients to where it is now",
     .command = "systemctl list-units --state=failed,inactive --type=service,socket",
     .rollback = "stop it again",
     .risk = APPROVAL_MEDIUM,
     .watch = "a listener on port {port}, and no further line"},
    {.action = "see what process {pid} ({command}) waits for",
     .command = "cat /proc/{pid}/wchan /proc/{pid}/stack; ss -tnp | grep pid={pid},",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "it answers again"},
    {.action = "see whether {peer} can be reached from {host}, and what it says itself",
     .command = "ss -tn dst {peer}",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "no further line"},
    {.action = NULL},
};

static const char *const checks[] = {
    "is the peer that the line names up, and does it listen: from {host}, nc -vz HOST PORT",
    "did its address or its name change: getent hosts NAME",
    NULL,
};

const struct host_pattern host_pattern_log_dependency = {
    .id = "log_dependency",
    .kind = "dependency",
    .doc = HOST_DOC_LOGS,
    .category = CATEGORY_DEPENDENCY,
    .words = WORDS_ERRORS | WORDS_LATENCY | WORDS_NETWORK | WORDS_DATABASE,
    .rank = 60,
    .claim = "a program of %s cannot reach what it depends on",
    .rationale = "a program whose dependency is away fails, and says which one it is",
    .refutes = "no new line about a connection that fails",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
