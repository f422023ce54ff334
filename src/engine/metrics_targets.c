/* metrics_targets.c - what Prometheus scrapes, as resources, and the one that does not answer. */
#include "metrics_priv.h"

#include <math.h>
#include <string.h>

#define DOWN_SCORE 0.9

/* Targets are resources on the screen. */
void metrics_see_targets(struct metrics *mm)
{
    for (size_t i = 0; i < mm->targets.count; i++) {
        const struct prom_target *x = &mm->targets.items[i];
        bool down = strcmp(x->health, "down") == 0;
        struct ev_resource_seen seen = {
            .key = arena_printf(mm->arena, "target:%s/%s", x->job, x->instance),
            .kind = "target",
            .name = x->instance,
            .parent = x->job,
            .status = x->health,
            .detail = *x->error ? x->error : x->url,
            .health = down ? HEALTH_CRITICAL : HEALTH_OK,
            .value = x->scrape_seconds,
            .limit = NAN,
            .unit = "seconds",
            .metric = "scrape duration"};

        inv_resource(mm->inv, &seen);
    }
}

/* A target that does not answer now is a finding of its own: nothing of it can be measured. */
const struct prom_target *metrics_down_target(const struct metrics *mm)
{
    for (size_t i = 0; mm->live && i < mm->targets.count; i++) {
        if (strcmp(mm->targets.items[i].health, "down") == 0)
            return &mm->targets.items[i];
    }
    return NULL;
}

void metrics_report_down(struct metrics *mm, const struct prom_target *x)
{
    const char *resource = arena_printf(mm->arena, "target:%s/%s", x->job, x->instance);
    const char *statement = arena_printf(mm->arena, "%s of job %s does not answer: %s", x->instance,
                                         x->job, *x->error ? x->error : "no reason given");
    struct inv_hypothesis h = {.statement = statement,
                               .parent = mm->roots[ROOT_SERVICE],
                               .kind = "availability",
                               .category = CATEGORY_INFRASTRUCTURE,
                               .resource = resource,
                               .service = x->job,
                               .metric = "up",
                               .pattern = "target-down",
                               .rationale = "Prometheus cannot reach it",
                               .refutes =
                                   "the target answers, and only the way from Prometheus is cut",
                               .priority = 1};
    struct inv_evidence e = {.query = mm->targets_query,
                             .strength = STRENGTH_STRONG,
                             .statement = statement,
                             .service = x->job,
                             .metric = "up",
                             .resource = resource,
                             .before = NAN,
                             .after = 0,
                             .score = NAN,
                             .onset_ms = x->last_scrape_ms,
                             .direct = true};
    const char *ids[1];

    e.hypothesis = mm->roots[ROOT_SERVICE];
    inv_add_evidence(mm->inv, &e);
    e.hypothesis = inv_propose(mm->inv, &h);
    if (!e.hypothesis)
        e.hypothesis = mm->roots[ROOT_SERVICE];
    ids[0] = inv_add_evidence(mm->inv, &e);
    inv_support(mm->inv, mm->roots[ROOT_SERVICE], statement);
    inv_support(mm->inv, e.hypothesis, "the target does not answer");
    inv_candidate(mm->inv, &(struct ev_candidate_ranked){.service = x->job,
                                                         .metric = "up",
                                                         .resource = resource,
                                                         .category = "availability",
                                                         .statement = statement,
                                                         .hypothesis = e.hypothesis,
                                                         .score = DOWN_SCORE,
                                                         .evidence = {ids, 1}});
}
