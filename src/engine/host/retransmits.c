/* retransmits.c - TCP sends again. */
#include <math.h>
#include <string.h>

#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    double again = hv_num(v->snapshot, "network.retransmit_rate"),
           out = hv_num(v->snapshot, "network.out_rate");
    double share = out > 0 ? again / out : 0;

    f->metric = "tcp_retransmits";
    f->unit = "ratio";
    f->value = isnan(share) ? 0 : share;
    f->threshold = 0.05;
    f->evidence = arena_printf(
        v->arena, "%.1f of %.0f segments a second were sent again, %.1f %% (limit 5 %%)",
        isnan(again) ? 0 : again, isnan(out) ? 0 : out, f->value * 100);
    if (!(again >= 20) || f->value < f->threshold)
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = fmin(0.8, 0.5 + share);
    if (hv_num(v->snapshot, "network.syn_retransmit_rate") >= 5)
        f->second = arena_printf(v->arena, "%.1f of them are connection requests without an answer",
                                 hv_num(v->snapshot, "network.syn_retransmit_rate"));
}

const struct host_pattern host_pattern_retransmits = {
    .id = "retransmits",
    .kind = "network",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_NETWORK | WORDS_LATENCY,
    .rank = 17,
    .claim = "TCP of %s loses segments",
    .rationale = "each loss costs a round trip or a timeout",
    .refutes = "fewer than 5 % of segments sent again",
    .find = find,
};
