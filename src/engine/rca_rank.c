/* rca_rank.c - see rca_rank.h. */
#include "rca_rank.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "rca_features.h"
#include "rca_weights.h"
#include "runbook/base/mem.h"

#define LEAD_MOST 10.0   /* score above which nothing is clearer */
#define SEARCH_DOUBT 1.5 /* log odds: nobody pointed at a time, so chance has more chances */

static int by_score(const void *a, const void *b)
{
    const struct rca_candidate *x = a, *y = b;

    if (x->score != y->score)
        return x->score < y->score ? 1 : -1;
    return (x->service > y->service) - (x->service < y->service);
}

static double weigh(const double *x, const double *w, size_t n)
{
    double sum = 0;

    for (size_t i = 0; i < n; i++)
        sum += x[i] * w[i];
    return sum;
}

/* The conditional logit: probabilities of the candidates, given that there is an origin. */
static void share_out(struct rca_ranking *r)
{
    double sum = 0;

    for (size_t i = 0; i < r->count; i++)
        sum += exp(r->items[i].score - r->items[0].score);
    for (size_t i = 0; i < r->count; i++)
        r->items[i].probability = exp(r->items[i].score - r->items[0].score) / sum;
}

/* What the ranking itself says about whether anything is wrong: chance moves many a little, a fault
 * one more than all. tests/incidents/fit computes the same. */
static void look_at_first(struct rca_ranking *r)
{
    if (r->count == 0)
        return;
    r->g[RCA_G_LEAD] = fmin(fmax(r->items[0].score, -LEAD_MOST), LEAD_MOST);
    r->g[RCA_G_CLEAR] = r->items[0].probability;
    if (r->g[RCA_G_MUTE] <= 0)
        r->g[RCA_G_STORY] = r->items[0].x[RCA_X_TO_ALERT] * (1 - r->g[RCA_G_QUIET]);
}

/* What earlier sessions found moves candidates, not whether anything is wrong. */
static void remember(const struct rca_input *in, struct rca_ranking *r)
{
    for (size_t i = 0; i < r->count; i++)
        r->items[i].alone = r->items[i].probability;
    if (!in->prior)
        return;
    for (size_t i = 0; i < r->count; i++)
        r->items[i].score += in->prior[r->items[i].service];
    qsort(r->items, r->count, sizeof(*r->items), by_score);
    share_out(r);
}

void rca_rank(const struct rca_input *in, struct rca_ranking *ret)
{
    struct rca_facts *f = rca_facts_new(in);

    memset(ret, 0, sizeof(*ret));
    ret->items = xcalloc(in->service_count + 1, sizeof(*ret->items));
    for (size_t i = 0; i < in->service_count; i++) {
        struct rca_candidate *c = &ret->items[ret->count];

        if (!rca_facts_candidate(f, i, c))
            continue;
        c->score = weigh(c->x, in->topology ? rca_weights : rca_loose_weights, RCA_FEATURES);
        ret->count++;
    }
    qsort(ret->items, ret->count, sizeof(*ret->items), by_score);
    share_out(ret);
    rca_facts_global(f, ret->g, &ret->peak);
    look_at_first(ret);
    remember(in, ret);
    ret->wrong = 1 / (1 + exp(-(rca_wrong_bias + weigh(ret->g, rca_wrong_weights, RCA_GLOBALS) -
                                (in->alert_ms ? 0 : SEARCH_DOUBT))));
    ret->anomalous = ret->count && ret->wrong >= 0.5;
    for (size_t i = 0; i < ret->count; i++)
        ret->items[i].probability *= ret->wrong, ret->items[i].alone *= ret->wrong;
    rca_facts_free(f);
}

bool rca_is_observer(const char *type)
{
    static const char *const types[] = {"remote",   "client", "external", "third-party",
                                        "internet", "user",   NULL};

    for (const char *const *t = types; type && *t; t++) {
        if (strcasecmp(type, *t) == 0)
            return true;
    }
    return false;
}
