/* dns.c - name servers that do not answer, answer late or with an error. A question that is open at
 * this moment is where it begins; whether the server is to blame shows when it is asked as well. A
 * server that fails while nobody asks it harms nobody. */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"slow", 500.0, "ms", "a resolver beside the machine answers within milliseconds"},
    {.name = NULL},
};
#define SLOW_MS LIMIT(0)

static const struct value *longest_asker(struct host_view *v)
{
    const struct value *best = NULL;

    VALUE_EACH (r, value_get(v->snapshot, "resolving")) {
        if (!best || net_count(r, "count") > net_count(best, "count"))
            best = r;
    }
    return best;
}

static bool is_configured(struct host_view *v, const char *addr)
{
    VALUE_EACH (r, value_get(v->snapshot, "resolvers")) {
        if (r->type == VALUE_STRING && str_eq_c(r->u.string, addr))
            return true;
    }
    return false;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *asker = longest_asker(v), *all = value_get(v->snapshot, "resolving");
    const char *addr = asker ? hv_str(asker, "addr") : "";
    double open = 0;

    VALUE_EACH (r, all)
        open += net_count(r, "count");
    f->metric = "dns_questions";
    f->unit = "count";
    f->value = open;
    f->threshold = 1;
    f->evidence = "no process waits for a name server at this moment";
    if (!asker)
        return;
    f->strength = STRENGTH_STRONG;
    f->tentative = true;
    f->severity = fmin(0.95, 0.85 + 0.02 * open);
    f->pids[0] = net_pid(asker);
    f->resource = hv_key(v, "resolver", addr);
    f->claim = arena_printf(v->arena, "name resolution of %s fails or is slow", v->host);
    f->evidence =
        arena_printf(v->arena, "%.0f questions to name servers are open, %.0f of %s to %s", open,
                     net_count(asker, "count"), net_who(v, asker), addr);
    f->culprits[f->culprit_count++] = (struct host_culprit){
        .statement =
            arena_printf(v->arena, "name server %s%s does not answer %s as it should", addr,
                         is_configured(v, addr) ? " of /etc/resolv.conf" : "", v->host),
        .resource = f->resource,
        .evidence = f->evidence,
        .metric = "dns_answer_ms",
        .unit = "ms",
        .strength = STRENGTH_WEAK,
        .before = NAN,
        .after = open,
        .threshold = SLOW_MS,
        .follow = FOLLOW_TOOL,
        .tool = "host_resolve",
        .args = arena_printf(v->arena, "\"servers\":\"%s\"", addr),
        .addr = addr,
        .weight = 1};
}

static void read_answer(struct host_view *v, const struct host_culprit *c,
                        const struct value *answer, struct host_reading *r)
{
    const struct value *s = value_at(value_get(answer, "servers"), 0);
    const char *word = hv_str(s, "result");
    double ms = hv_num(s, "ms");

    r->after = ms;
    r->strength = STRENGTH_NONE;
    if (!*word) {
        r->evidence = arena_printf(v->arena, "%s could not be asked from %s", c->addr, v->host);
        return;
    }
    r->evidence = arena_printf(v->arena,
                               "asked for the root servers, %s: %s after %.0f ms (limit "
                               "%.0f ms)",
                               c->addr, word, ms, SLOW_MS);
    if (strcmp(word, "timeout") == 0 || strcmp(word, "unreachable") == 0 ||
        strcmp(word, "servfail") == 0 || ms >= SLOW_MS) {
        r->strength = STRENGTH_STRONG;
        r->direct = true;
    } else {
        r->strength = STRENGTH_CONTRADICTS;
    }
}

static const struct host_proposal proposals[] = {
    {.action =
         "put a name server that answers before {resolver} in the configuration of the resolver",
     .command = "",
     .rollback = "put the list of name servers back as it was",
     .risk = APPROVAL_MEDIUM,
     .watch = "getent hosts NAME answers at once"},
    {.action = "forget the answers that the resolver of {host} keeps, once the server is mended",
     .command = "resolvectl flush-caches",
     .rollback = "nothing to undo: names are asked for anew",
     .risk = APPROVAL_LOW,
     .watch = "getent hosts NAME answers at once, and right"},
    {.action = NULL},
};

static const char *const checks[] = {
    "name resolution of {host}: time getent hosts NAME, for a name that programs use",
    "the name servers of {host}: /etc/resolv.conf, resolvectl status",
    NULL,
};

const struct host_pattern host_pattern_dns = {
    .id = "dns",
    .kind = "network",
    .category = CATEGORY_DEPENDENCY,
    .words = WORDS_NETWORK | WORDS_LATENCY | WORDS_ERRORS,
    .rank = 9,
    .claim = "a name server of %s does not answer",
    .rationale = "a program stands still for seconds when its name server is silent",
    .refutes = "a name server that answers within half a second",
    .limits = limits,
    .find = find,
    .read = read_answer,
    .proposals = proposals,
    .checks = checks,
};
