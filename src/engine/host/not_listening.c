/* not_listening.c - a program that was told to listen on a port does not. Told by its own command
 * line or configuration; it counts when the program listens nowhere at all, as a port may be meant
 * for another address family, for later, or for somebody else. */
#include <math.h>
#include <string.h>

#include "said.h"
#include "patterns.h"
#include "several.h"

static const struct host_limit limits[] = {
    {"young", 20.0, "s", "it may still be starting"},
    {.name = NULL},
};
#define YOUNG_S LIMIT(0)

static bool listens_somewhere(struct host_view *v, double pid)
{
    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (hv_num(l, "pid") == pid)
            return true;
    }
    VALUE_EACH (l, value_get(v->services, "listeners")) {
        if (hv_num(l, "pid") == pid)
            return true;
    }
    return false;
}

/* As an ordinary user one does not see whose a listener is: then this process may have one. */
static bool owners_unknown(struct host_view *v)
{
    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (!(hv_num(l, "pid") > 0))
            return true;
    }
    return false;
}

/* Somebody's log says that this port refuses. */
static const struct value *missed_by(struct host_view *v, double port)
{
    VALUE_EACH (fam, value_get(v->logs, "mined")) {
        if (hv_num(fam, "peer.port") == port &&
            said_is_local(value_cstr_or(fam, "peer.host", "")) &&
            strcmp(hv_str(fam, "cause"), "refused") == 0 && value_bool_or(fam, "current", false))
            return fam;
    }
    return NULL;
}

static bool is_young(struct host_view *v, double pid)
{
    const struct value *p = hv_process(v, pid);

    return p && hv_num(p, "age_s") < YOUNG_S;
}

static const char *wanted_port(struct host_view *v, const struct value *w)
{
    return arena_printf(v->arena, "%.0f of %.0f", hv_num(w, "port"), hv_num(w, "pid"));
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *best, *client, *by;
    size_t promised = value_count(value_get(v->services, "wants"));

    f->doc = f->second_doc = HOST_DOC_SERVICES;
    f->metric = "listeners";
    f->unit = "count";
    f->value = 0;
    f->evidence = v->services ? arena_printf(v->arena,
                                             "%zu ports are promised by command lines "
                                             "and configurations, none is missing",
                                             promised)
                              : "the listeners were not asked";
    VALUE_EACH (w, value_get(v->services, "wants")) {
        if (value_bool_or(w, "listening", true) || listens_somewhere(v, hv_num(w, "pid")) ||
            is_young(v, hv_num(w, "pid")))
            continue;
        by = missed_by(v, hv_num(w, "port"));
        if (!by && owners_unknown(v))
            continue;
        hv_choose(v, &c, w, by ? 2 : 1, wanted_port(v, w),
                  hv_names_port(v, hv_num(w, "port")) || hv_names(v, hv_str(w, "command")));
    }
    best = c.item;
    if (!best)
        return;
    client = missed_by(v, hv_num(best, "port"));
    f->named = c.named;
    f->one_of = c.identity;
    f->strength = client ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = client != NULL;
    f->severity = client ? 0.9 : 0.45;
    f->value = 1;
    f->pids[0] = (int64_t)fmax(0, hv_num(best, "pid"));
    f->resource = hv_process_key(v, best);
    f->claim =
        arena_printf(v->arena, "process %.0f (%s) of %s does not listen on port %.0f",
                     hv_num(best, "pid"), hv_str(best, "command"), v->host, hv_num(best, "port"));
    f->evidence = arena_printf(v->arena,
                               "%s of process %.0f (%s) names port %.0f, where nothing "
                               "listens; the process listens nowhere",
                               hv_str(best, "where"), hv_num(best, "pid"), hv_str(best, "command"),
                               hv_num(best, "port"));
    if (client) {
        f->second_doc = HOST_DOC_LOGS;
        f->second = arena_printf(v->arena, "%s is refused there: %s", said_by(v, client),
                                 said_sample(v, client));
    }
}

static const struct host_proposal proposals[] = {
    {.action = "see what process {pid} ({command}) does instead of listening: its log, and what it "
               "waits for",
     .command = "cat /proc/{pid}/wchan; ls -l /proc/{pid}/fd",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "a listener on the port"},
    {.action = NULL},
};

static const char *const checks[] = {
    "who listens where on {host}: ss -ltnp",
    "the log of the program that should listen",
    NULL,
};

const struct host_pattern host_pattern_not_listening = {
    .id = "not_listening",
    .kind = "service",
    .doc = HOST_DOC_SERVICES,
    .category = CATEGORY_APPLICATION,
    .words = WORDS_SERVICE | WORDS_ERRORS | WORDS_NETWORK | WORDS_DEPLOY,
    .rank = 58,
    .several = HOST_SAME_MAX,
    .claim = "a program of %s does not listen where it should",
    .rationale = "clients of a port without a listener are refused",
    .refutes = "a listener on every port that a command line or configuration names",
    .limits = limits,
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
