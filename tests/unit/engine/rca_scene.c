/* rca_scene.c - see rca_scene.h. */
#include "tests/unit/engine/rca_scene.h"

void rank_services(struct ranked *x, const char *const *names, size_t count, const char *graph,
                   const struct rca_signal *signals, size_t signal_count)
{
    struct err err = ERR_INIT;

    assert_true(count <= RANKED_MAX);
    x->arena = arena_new(0);
    if (graph)
        assert_ok(topology_parse(str_from(graph), x->arena, &x->in.topology, &err), &err);
    for (size_t i = 0; i < count; i++) {
        x->services[i].name = names[i];
        x->services[i].node = graph ? i : SIZE_MAX;
    }
    x->in.services = x->services;
    x->in.service_count = count;
    x->in.signals = signals;
    x->in.signal_count = signal_count;
    x->in.alert_kind = RCA_LATENCY;
    x->in.alert_metric = "latency_seconds";
    x->in.alert_ms = 1000000;
    x->in.step_ms = 1000;
    rca_rank(&x->in, &x->r);
}

void rank_release(struct ranked *x)
{
    free(x->r.items);
    arena_free(x->arena);
}
