/* impact.c - the service graph in the model, and who can feel the cause that was found. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "model_priv.h"

struct felt {
    size_t node;
    double share;
    int depth;
};

void model_on_topology_loaded(struct model *m, const struct event *ev)
{
    const struct ev_topology_loaded *t = &ev->u.topology_loaded;
    const struct topology *graph = NULL;
    struct err err = ERR_INIT;

    m->topology = NULL;
    m->topology_source = model_keep(m, t->source);
    m->topology_nodes = t->nodes;
    m->topology_edges = t->edges;
    if (t->graph.len <= 2) /* too large for the journal: only how many there are */
        return;
    if (topology_parse(t->graph, m->arena, &graph, &err))
        model_notice(m, ev, err.msg);
    else
        m->topology = graph;
    model_fold_impact(m);
}

static int by_share(const void *a, const void *b)
{
    const struct felt *x = a, *y = b;

    if (x->share != y->share)
        return x->share < y->share ? 1 : -1;
    if (x->depth != y->depth)
        return x->depth - y->depth;
    return (x->node > y->node) - (x->node < y->node);
}

/* A resource of a cloud goes by its name, where that is one thing's. */
static const char *name_of(const struct topology *t, size_t at)
{
    const struct topo_node *n = &t->nodes[at];

    return strncmp(n->id, "aws:", 4) == 0 && topology_find(t, n->name) == at ? n->name : n->id;
}

static void keep_services(struct model *m, const struct topo_impact *i, size_t cause,
                          struct arena *a)
{
    struct felt *all = arena_array(a, m->topology->count, sizeof(*all));
    size_t n = 0;

    for (size_t k = 0; k < m->topology->count; k++) {
        if (k != cause && i->depth[k] >= 0)
            all[n++] = (struct felt){k, i->share[k], i->depth[k]};
    }
    if (n)
        qsort(all, n, sizeof(*all), by_share);
    m->conclusion.impact.services.count = 0;
    for (size_t k = 0; k < n; k++)
        *VEC_PUSH(&m->conclusion.impact.services) = name_of(m->topology, all[k].node);
}

void model_fold_impact(struct model *m)
{
    const struct conclusion *c = &m->conclusion;
    struct topo_impact felt, full;
    struct arena *a;
    size_t node;

    m->conclusion.impact.node = SIZE_MAX;
    if (!m->topology || !c->has_root_cause)
        return;
    node = topology_find_resource(m->topology, c->root_cause.resource);
    if (node == SIZE_MAX)
        node = topology_find(m->topology, c->root_cause.service);
    if (node == SIZE_MAX)
        return;
    a = arena_new(0);
    topology_impact(m->topology, node, TOPO_CALLERS, TOPO_REALISTIC, a, &felt);
    topology_impact(m->topology, node, TOPO_CALLERS, TOPO_PESSIMISTIC, a, &full);
    m->conclusion.impact.node = node;
    m->conclusion.impact.affected = felt.affected;
    m->conclusion.impact.affected_fully = full.affected;
    m->conclusion.impact.total = m->topology->count;
    m->conclusion.impact.ratio = felt.ratio;
    m->conclusion.impact.entry = felt.entry;
    keep_services(m, &felt, node, a);
    arena_free(a);
}

void model_impact_words(const struct model *m, struct buf *out)
{
    const struct conclusion *c = &m->conclusion;

    if (c->impact.node == SIZE_MAX)
        return;
    if (!c->impact.affected) {
        buf_addf(out, "affects no other of %zu services", c->impact.total);
        return;
    }
    buf_addf(out, "affects %zu of %zu services%s", c->impact.affected, c->impact.total,
             c->impact.entry ? ", the entry among them" : "");
    if (c->impact.affected_fully > c->impact.affected)
        buf_addf(out, " (%zu without redundancy)", c->impact.affected_fully);
}
