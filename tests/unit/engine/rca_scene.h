/* rca_scene.h - signals of a few services, and how they are ranked. */
#ifndef RUNBOOK_TESTS_UNIT_ENGINE_RCA_SCENE_H
#define RUNBOOK_TESTS_UNIT_ENGINE_RCA_SCENE_H

#include "tests/lib/unit.h"
#include "src/engine/rca_collect.h"

#define RANKED_MAX 5

struct ranked {
    struct arena *arena;
    struct rca_service services[RANKED_MAX];
    struct rca_input in;
    struct rca_ranking r;
};

/* `names` in the order of the nodes of `graph`; NULL: no topology. The alert is about latency. What
 * else stands in x->services stays. */
void rank_services(struct ranked *x, const char *const *names, size_t count, const char *graph,
                   const struct rca_signal *signals, size_t signal_count);
void rank_release(struct ranked *x);

#endif
