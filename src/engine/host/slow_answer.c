/* slow_answer.c - a listener takes a request and answers late, or not at all. The second look, some
 * seconds later and with more patience, decides. */
#include <math.h>
#include <string.h>

#include "said.h"
#include "patterns.h"
#include "several.h"

static const struct host_limit limits[] = {
    {"slow", 500.0, "ms", "for a plain page over loopback, where a millisecond is usual"},
    {.name = NULL},
};
#define SLOW_MS LIMIT(0)

/* A program that waits for more of a protocol that we do not speak is not stuck, and one that
 * serves a single client at a time leaves the next one unread for as long as the first one stays.
 * So only what promised to speak a protocol that answers at once is. */
static double slowness(struct host_view *v, const struct value *l)
{
    const char *stuck = hv_str(l, "stuck"), *proto = hv_str(l, "proto");
    bool known = value_bool_or(l, "expects_http", false) ||
                 value_count(value_get(l, "pages")) > 1 ||
                 (*proto && strcmp(proto, "silent") != 0 && strcmp(proto, "other") != 0);
    double worst = 0;

    if (strcmp(stuck, "accept") == 0) /* the accept queue says it better */
        return known ? 0.6 : 0;
    if (*stuck)
        return known ? 2 : 0;
    VALUE_EACH (p, value_get(l, "pages")) {
        if (hv_num(p, "status") > 0 && hv_num(p, "ms") > worst)
            worst = hv_num(p, "ms");
    }
    return worst >= SLOW_MS ? worst / 1000 : 0;
}

/* It says itself whom it waits for: that one is looked at instead. */
static bool waits_for_another(struct host_view *v, const struct value *l)
{
    VALUE_EACH (fam, value_get(v->logs, "mined")) {
        if (hv_num(l, "pid") > 0 && hv_num(fam, "pid") == hv_num(l, "pid") &&
            value_bool_or(fam, "current", false) && hv_num(fam, "peer.port") > 0 &&
            hv_num(fam, "peer.port") != hv_num(l, "port") && said_how_of(v, fam) != SAID_NOT)
            return true;
    }
    return false;
}

static const char *owner(struct host_view *v, const struct value *l)
{
    return hv_num(l, "pid") > 0
               ? arena_printf(v->arena, "process %.0f (%s) on port %.0f", hv_num(l, "pid"),
                              hv_str(l, "command"), hv_num(l, "port"))
               : arena_printf(v->arena, "port %.0f", hv_num(l, "port"));
}

static const char *what(struct host_view *v, const struct value *l)
{
    const char *stuck = hv_str(l, "stuck");
    double worst = 0;

    if (strcmp(stuck, "read") == 0)
        return arena_printf(v->arena,
                            "%s took a connection and left %.0f bytes of the request "
                            "unread for %.1f s",
                            owner(v, l), hv_num(l, "unread"), hv_num(l, "stuck_ms") / 1000);
    if (strcmp(stuck, "answer") == 0)
        return arena_printf(v->arena, "%s read a plain request and gave no answer within %.1f s",
                            owner(v, l), hv_num(l, "stuck_ms") / 1000);
    if (*stuck)
        return arena_printf(v->arena, "%s did not accept a connection within %.1f s", owner(v, l),
                            hv_num(l, "stuck_ms") / 1000);
    VALUE_EACH (p, value_get(l, "pages"))
        worst = fmax(worst, hv_num(p, "ms"));
    return arena_printf(v->arena, "%s took %.0f ms for a plain page (limit %.0f ms)", owner(v, l),
                        worst, SLOW_MS);
}

static const char *key(struct host_view *v, const struct value *l)
{
    return hv_num(l, "pid") > 0
               ? hv_process_key(v, l)
               : hv_key(v, "port", arena_printf(v->arena, "%.0f", hv_num(l, "port")));
}

/* Does somebody else wait at that port? We were not there yet when the snapshot was taken. */
static bool others_wait(struct host_view *v, double port)
{
    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        if (strcmp(hv_str(g, "direction"), "in") == 0 && hv_num(g, "port") == port &&
            (hv_num(g, "owed") > 0 || hv_num(g, "unaccepted") > 0 || hv_num(g, "recv_stuck") > 0))
            return true;
    }
    return false;
}

/* Users wait, others wait at that port as well, and somebody took a request and gave no answer: it
 * may speak another protocol, have one client only, or be stuck. A hint, no more. */
static void maybe(struct host_view *v, struct host_finding *f)
{
    if (!(v->words & WORDS_LATENCY))
        return;
    VALUE_EACH (l, value_get(v->services, "listeners")) {
        if (!*hv_str(l, "stuck") || !others_wait(v, hv_num(l, "port")))
            continue;
        f->strength = STRENGTH_WEAK;
        f->severity = 0.3;
        f->value = hv_num(l, "stuck_ms") / 1000;
        f->resource = key(v, l);
        f->evidence =
            arena_printf(v->arena, "%s; it may speak another protocol than HTTP", what(v, l));
        f->claim = arena_printf(v->arena, "a service of %s may not answer: port %.0f", v->host,
                                hv_num(l, "port"));
        return;
    }
}

static void find(struct host_view *v, struct host_finding *f)
{
    struct host_choice c = {.item = NULL};
    const struct value *best;
    double most;
    size_t asked = value_count(value_get(v->services, "listeners"));

    f->doc = f->second_doc = HOST_DOC_SERVICES;
    f->metric = "answer_time";
    f->unit = "seconds";
    f->value = 0;
    f->threshold = SLOW_MS / 1000;
    f->evidence =
        v->services ? arena_printf(v->arena, "none of %zu listeners keeps a request waiting", asked)
                    : "the listeners were not asked";
    VALUE_EACH (l, value_get(v->services, "listeners")) {
        double slow = slowness(v, l) * (waits_for_another(v, l) ? 0.3 : 1);

        if (slow > 0)
            hv_choose(v, &c, l, slow, said_port(v, l), said_listener_named(v, l));
    }
    best = c.item;
    if (!best && !v->taken_count)
        maybe(v, f);
    if (!best)
        return;
    most = c.score;
    f->named = c.named;
    f->one_of = c.identity;
    f->value = most;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->tentative = true;
    f->severity = most >= 2 ? 0.8 : most >= 1 ? 0.65 : 0.55;
    f->resource = key(v, best);
    f->pids[0] = hv_num(best, "pid") > 0 ? (int64_t)hv_num(best, "pid") : 0;
    f->evidence = what(v, best);
    f->claim = arena_printf(v->arena, "a service of %s does not answer in time: port %.0f", v->host,
                            hv_num(best, "port"));
    hv_add_culprit(f, (struct host_culprit){
                          .statement = arena_printf(v->arena, "%s of %s does not answer in time",
                                                    owner(v, best), v->host),
                          .resource = key(v, best),
                          .evidence = what(v, best),
                          .strength = STRENGTH_STRONG,
                          .doc = HOST_DOC_SERVICES,
                          .before = NAN,
                          .after = most,
                          .threshold = SLOW_MS / 1000,
                          .follow = FOLLOW_SERVICE,
                          .pid = f->pids[0],
                          .port = (int64_t)hv_num(best, "port"),
                          .weight = 1});
}

static void read_again(struct host_view *v, const struct host_culprit *c,
                       const struct value *answer, struct host_reading *r)
{
    r->strength = STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "a second request: nobody listens on port %lld any more",
                               (long long)c->port);
    VALUE_EACH (l, value_get(answer, "listeners")) {
        if (hv_num(l, "port") != (double)c->port)
            continue;
        r->after = slowness(v, l);
        r->direct = r->after > 0;
        r->strength = r->after > 0 ? STRENGTH_STRONG : STRENGTH_NONE;
        r->evidence = r->after > 0 ? arena_printf(v->arena, "a second request: %s", what(v, l))
                                   : arena_printf(v->arena,
                                                  "a second request to port %lld was answered "
                                                  "in time",
                                                  (long long)c->port);
        return;
    }
}

static const struct host_proposal proposals[] = {
    {.action = "see what process {pid} ({command}) waits for, before anybody restarts it",
     .command = "cat /proc/{pid}/wchan; ls -l /proc/{pid}/fd; ss -tnp | grep pid={pid},",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "a plain request is answered within 0.5 s"},
    {.action = "restart process {pid} ({command}) by its supervisor",
     .command = "",
     .rollback = "none possible: what it was doing is lost",
     .risk = APPROVAL_HIGH,
     .watch = "a plain request is answered within 0.5 s"},
    {.action = NULL},
};

static const char *const checks[] = {
    "the same request by hand: time curl -m 5 -o /dev/null http://127.0.0.1:PORT/",
    "what its process waits for: its connections, its threads, its locks",
    NULL,
};

const struct host_pattern host_pattern_slow_answer = {
    .id = "slow_answer",
    .kind = "latency",
    .doc = HOST_DOC_SERVICES,
    .category = CATEGORY_APPLICATION,
    .words = WORDS_LATENCY | WORDS_ERRORS | WORDS_SERVICE,
    .rank = 55,
    .several = HOST_SAME_MAX,
    .claim = "a service of %s does not answer in time",
    .rationale = "what one plain request waits for, every user waits for",
    .refutes = "listeners that answer a plain request within half a second",
    .limits = limits,
    .find = find,
    .read = read_again,
    .checks = checks,
    .proposals = proposals,
};
