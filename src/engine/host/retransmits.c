/* retransmits.c - TCP sends again. When most of what waits for the answer to a repeated segment
 * goes to one peer, that one is named; else the loss is nearer to this machine. */
#include <math.h>
#include <string.h>

#include "net.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"again_min", 20.0, "1/s", "segments a second: fewer are ordinary loss"},
    {"again_share", 0.05, "ratio", "of what is sent"},
    {"repeating", 2.0, "count", "connections: one says nothing of its peer"},
    {"one_peer", 0.5, "ratio", "of them to one peer: the loss lies there"},
    {"unanswered", 5.0, "1/s", "requests: worth a word"},
    {.name = NULL},
};
#define AGAIN_MIN LIMIT(0)
#define AGAIN_SHARE LIMIT(1)
#define REPEATING LIMIT(2)
#define ONE_PEER LIMIT(3)
#define UNANSWERED LIMIT(4)

/* Of all connections with the peer of `like`, whoever holds them: a count of theirs. */
static double with_peer(struct host_view *v, const struct value *like, const char *key)
{
    double sum = 0;

    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        if (net_is_in(g) == net_is_in(like) && hv_num(g, "port") == hv_num(like, "port") &&
            strcmp(hv_str(g, "addr"), hv_str(like, "addr")) == 0)
            sum += net_count(g, key);
    }
    return sum;
}

/* The peer with the most of it, and how much that is of all. */
static const struct value *most_of(struct host_view *v, const char *key, double *ret_its,
                                   double *ret_all)
{
    const struct value *worst = NULL;

    *ret_all = *ret_its = 0;
    VALUE_EACH (g, value_get(v->snapshot, "connections")) {
        double its = net_count(g, key) > 0 ? with_peer(v, g, key) : 0;

        *ret_all += net_count(g, key);
        if (its > *ret_its) {
            *ret_its = its;
            worst = g;
        }
    }
    return worst;
}

/* The peer to which most of what was sent again within the window went, or which most of the
 * connections that repeat a segment have; none stands out: nothing. */
static void name_peer(struct host_view *v, struct host_finding *f)
{
    double window_s = hv_num(v->snapshot, "window_s"), its, all;
    const struct value *g = most_of(v, "repeated", &its, &all);
    const char *what = "segments that were sent again went to";

    if (!g || !(window_s > 0) || all / window_s < AGAIN_MIN || its < ONE_PEER * all) {
        g = most_of(v, "retransmitting", &its, &all);
        what = "connections that repeat a segment are with";
        if (!g || all < REPEATING || its < ONE_PEER * all)
            return;
    }
    f->second = arena_printf(v->arena, "%.0f of %.0f %s %s, as of %s", its, all, what,
                             net_place(v, g), net_who(v, value_get(g, "own")));
    f->resource = hv_key(v, "peer", net_place(v, g));
    f->pids[0] = net_pid(value_get(g, "own"));
    f->claim = arena_printf(v->arena, "TCP of %s to %s loses segments", v->host, net_place(v, g));
}

static void find(struct host_view *v, struct host_finding *f)
{
    double again = hv_num(v->snapshot, "network.retransmit_rate"),
           out = hv_num(v->snapshot, "network.out_rate");
    double share = out > 0 ? again / out : 0;

    f->metric = "tcp_retransmits";
    f->unit = "ratio";
    f->value = isnan(share) ? 0 : share;
    f->threshold = AGAIN_SHARE;
    f->evidence = arena_printf(
        v->arena, "%.1f of %.0f segments a second were sent again, %.1f %% (limit 5 %%)",
        isnan(again) ? 0 : again, isnan(out) ? 0 : out, f->value * 100);
    if (!(again >= AGAIN_MIN) || f->value < f->threshold)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(0.8, 0.5 + share);
    if (hv_num(v->snapshot, "network.syn_retransmit_rate") >= UNANSWERED)
        f->second = arena_printf(v->arena, "%.1f of them are connection requests without an answer",
                                 hv_num(v->snapshot, "network.syn_retransmit_rate"));
    name_peer(v, f);
}

static const struct host_proposal proposals[] = {
    {.action = "find the hop that loses: the way from {host} to {peer}",
     .command = "mtr -n -c 50 -r -T PEER",
     .rollback = "nothing to undo, it only sends test packets",
     .risk = APPROVAL_LOW,
     .watch = "TcpRetransSegs of {host}: nstat -az TcpRetransSegs"},
    {.action = NULL},
};

static const char *const checks[] = {
    "loss on the links of {host}: ip -s link, ethtool -S NIC, and the switch",
    "which peers lose: ss -ti on {host}, retrans beside bytes_acked",
    NULL,
};

const struct host_pattern host_pattern_retransmits = {
    .id = "retransmits",
    .kind = "network",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_NETWORK | WORDS_LATENCY,
    .rank = 17,
    .claim = "TCP of %s loses segments",
    .rationale = "each loss costs a round trip or a timeout",
    .refutes = "fewer than 5 % of segments sent again",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
