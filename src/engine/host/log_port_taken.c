/* log_port_taken.c - a program cannot listen because its port is taken; by whom, the list of
 * listeners says. */
#include <math.h>
#include <string.h>

#include "said.h"
#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    enum said_how how;
    const struct value *fam = said_worst(v, SAID(LOG_CAUSE_PORT_TAKEN), &how), *l;
    double port;

    f->doc = HOST_DOC_LOGS;
    f->metric = "log_errors";
    f->unit = "lines";
    f->value = 0;
    f->evidence = v->logs ? "no log speaks of an address in use" : "the logs were not read";
    if (!fam)
        return;
    said_report(v, f, fam, how);
    f->severity = 0.85;
    port = hv_num(fam, "port");
    f->claim = arena_printf(v->arena, "%s of %s cannot listen: its port is taken", said_by(v, fam),
                            v->host);
    l = port > 0 ? said_listener(v, port) : NULL;
    if (!l)
        return;
    f->resource = hv_key(v, "port", arena_printf(v->arena, "%.0f", port));
    f->second_doc = HOST_DOC_SNAPSHOT;
    if (hv_num(l, "pid") > 0 && hv_num(l, "pid") != (double)said_pid(fam)) {
        f->resource = hv_process_key(v, l);
        f->pids[1] = (int64_t)hv_num(l, "pid");
        f->second = arena_printf(v->arena, "port %.0f is held by process %.0f (%s)", port,
                                 hv_num(l, "pid"), hv_str(l, "command"));
        f->claim =
            arena_printf(v->arena,
                         "port %.0f, which %s of %s needs, is held by process "
                         "%.0f (%s)",
                         port, said_by(v, fam), v->host, hv_num(l, "pid"), hv_str(l, "command"));
    } else {
        f->second = arena_printf(v->arena, "somebody listens on port %.0f", port);
    }
}

static const struct host_proposal proposals[] = {
    {.action = "stop process {pid} ({command}), when it is a leftover, or give one of the two "
               "another port",
     .command = "ps -o pid,ppid,lstart,args -p {pid}",
     .rollback = "start it again",
     .risk = APPROVAL_HIGH,
     .watch = "the other one listens"},
    {.action = "find out who holds port {port}",
     .command = "ss -ltnp 'sport = :{port}'",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the right one listens"},
    {.action = NULL},
};

static const char *const checks[] = {
    "who listens where on {host}: ss -ltnp",
    NULL,
};

const struct host_pattern host_pattern_log_port_taken = {
    .id = "log_port_taken",
    .kind = "service",
    .doc = HOST_DOC_LOGS,
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_NETWORK | WORDS_DEPLOY,
    .rank = 59,
    .claim = "a program of %s cannot listen because its port is taken",
    .rationale = "of two programs with one port the second does not serve",
    .refutes = "no new line about an address in use",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
