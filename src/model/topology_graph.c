/* topology_graph.c - what a service graph can tell: who is reached, by which way, on which cycles,
 * and who feels a failure. Iterative throughout: a chain of 100,000 services is no deep recursion.
 */
#include "runbook/model/topology.h"

#include <math.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define EPSILON 1e-9

size_t topology_find(const struct topology *t, const char *id_or_name)
{
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->nodes[i].id, id_or_name) == 0)
            return i;
    }
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->nodes[i].name, id_or_name) == 0)
            return i;
    }
    return SIZE_MAX;
}

void topology_hops(const struct topology *t, size_t from, enum topo_dir dir, int max_hops,
                   int *ret_hops)
{
    size_t *queue = xcalloc(t->count + 1, sizeof(*queue)), head = 0, tail = 0;

    for (size_t i = 0; i < t->count; i++)
        ret_hops[i] = -1;
    ret_hops[from] = 0;
    queue[tail++] = from;
    while (head < tail) {
        const struct topo_node *n = &t->nodes[queue[head]];
        int hops = ret_hops[queue[head++]];
        const size_t *next = dir == TOPO_CALLEES ? n->callees : n->callers;
        size_t count = dir == TOPO_CALLEES ? n->callee_count : n->caller_count;

        for (size_t i = 0; i < count && hops < max_hops; i++) {
            if (ret_hops[next[i]] >= 0)
                continue;
            ret_hops[next[i]] = hops + 1;
            queue[tail++] = next[i];
        }
    }
    free(queue);
}

size_t topology_path(const struct topology *t, size_t from, size_t to, size_t *ret_path)
{
    int *hops = xcalloc(t->count + 1, sizeof(*hops));
    size_t len = 0, at = from;

    topology_hops(t, to, TOPO_CALLERS, (int)t->count, hops);
    if (hops[from] >= 0) {
        ret_path[len++] = at;
        while (at != to) {
            const struct topo_node *n = &t->nodes[at];
            size_t i = 0;

            while (hops[n->callees[i]] != hops[at] - 1)
                i++;
            at = n->callees[i];
            ret_path[len++] = at;
        }
    }
    free(hops);
    return len;
}

/* ---- cycles: strongly connected components. Source: R. Tarjan, SIAM J. Comput. 1(2), 1972 ---- */

struct tarjan {
    const struct topology *t;
    size_t *index, *low, *edge; /* index 0: not seen; edge: the next callee to look at */
    size_t *stack, *way;
    bool *on_stack;
    size_t stacked, deep, counter, groups;
    size_t *group;
};

static void enter(struct tarjan *w, size_t v)
{
    w->index[v] = w->low[v] = ++w->counter;
    w->stack[w->stacked++] = v;
    w->on_stack[v] = true;
    w->way[w->deep++] = v;
}

static void leave(struct tarjan *w, size_t v)
{
    size_t first = w->stacked, parent;

    w->deep--;
    parent = w->deep ? w->way[w->deep - 1] : SIZE_MAX;
    if (parent != SIZE_MAX && w->low[v] < w->low[parent])
        w->low[parent] = w->low[v];
    if (w->low[v] != w->index[v])
        return;
    while (w->stack[--first] != v)
        ;
    w->groups += w->stacked - first > 1;
    for (size_t i = first; i < w->stacked; i++) {
        w->on_stack[w->stack[i]] = false;
        w->group[w->stack[i]] = w->stacked - first > 1 ? w->groups : 0;
    }
    w->stacked = first;
}

static void walk(struct tarjan *w, size_t root)
{
    enter(w, root);
    while (w->deep) {
        size_t v = w->way[w->deep - 1];
        const struct topo_node *n = &w->t->nodes[v];

        if (w->edge[v] == n->callee_count) {
            leave(w, v);
        } else {
            size_t next = n->callees[w->edge[v]++];

            if (!w->index[next])
                enter(w, next);
            else if (w->on_stack[next] && w->index[next] < w->low[v])
                w->low[v] = w->index[next];
        }
    }
}

size_t topology_cycles(const struct topology *t, size_t *ret_group)
{
    size_t n = t->count + 1;
    struct tarjan w = {.t = t,
                       .index = xcalloc(n, sizeof(size_t)),
                       .low = xcalloc(n, sizeof(size_t)),
                       .edge = xcalloc(n, sizeof(size_t)),
                       .stack = xcalloc(n, sizeof(size_t)),
                       .way = xcalloc(n, sizeof(size_t)),
                       .on_stack = xcalloc(n, sizeof(bool)),
                       .group = ret_group};

    for (size_t i = 0; i < t->count; i++) {
        if (!w.index[i])
            walk(&w, i);
    }
    free(w.index);
    free(w.low);
    free(w.edge);
    free(w.stack);
    free(w.way);
    free(w.on_stack);
    return w.groups;
}

/* ---- impact ---- */

struct wave {
    const struct topology *t;
    enum topo_dir dir;
    enum topo_mode mode;
    double *now, *next; /* what arrives in this round; 0: nothing */
    struct topo_impact *out;
};

static bool spread(struct wave *w, size_t node, int depth)
{
    const struct topo_node *n = &w->t->nodes[node];
    const size_t *to = w->dir == TOPO_CALLERS ? n->callers : n->callees;
    const size_t *edges = w->dir == TOPO_CALLERS ? n->caller_edges : n->callee_edges;
    size_t count = w->dir == TOPO_CALLERS ? n->caller_count : n->callee_count;
    bool any = false;

    for (size_t i = 0; i < count; i++) {
        double weight = w->mode == TOPO_PESSIMISTIC ? 1 : w->t->edges[edges[i]].weight;
        double share = w->now[node] * weight;

        if (share < TOPOLOGY_WEIGHT_MIN - EPSILON || share <= w->out->share[to[i]] + EPSILON)
            continue;
        w->out->share[to[i]] = w->next[to[i]] = share;
        w->out->depth[to[i]] = depth;
        any = true;
    }
    return any;
}

void topology_impact(const struct topology *t, size_t node, enum topo_dir dir, enum topo_mode mode,
                     struct arena *a, struct topo_impact *ret)
{
    struct wave w = {t, dir, mode, NULL, NULL, ret};
    bool any = true;

    *ret = (struct topo_impact){.share = arena_array(a, t->count, sizeof(double)),
                                .depth = arena_array(a, t->count, sizeof(int))};
    w.now = xcalloc(t->count + 1, sizeof(double));
    w.next = xcalloc(t->count + 1, sizeof(double));
    for (size_t i = 0; i < t->count; i++)
        ret->depth[i] = -1;
    ret->share[node] = w.now[node] = 1;
    ret->depth[node] = 0;
    for (int depth = 1; any && depth <= TOPOLOGY_DEPTH_MAX; depth++) {
        double *swap = w.now;

        any = false;
        for (size_t i = 0; i < t->count; i++)
            any = (w.now[i] > 0 && spread(&w, i, depth)) || any;
        memset(w.now, 0, t->count * sizeof(double));
        w.now = w.next;
        w.next = swap;
    }
    for (size_t i = 0; i < t->count; i++) {
        ret->affected += i != node && ret->depth[i] >= 0;
        ret->entry = ret->entry || (ret->depth[i] >= 0 && !t->nodes[i].caller_count);
    }
    ret->ratio = (double)ret->affected / (double)t->count;
    free(w.now);
    free(w.next);
}

/* ---- figures ---- */

const char *topology_owner(const struct topo_node *n)
{
    return *n->team ? n->team : n->owner;
}

/* Hops from the nearest entry to the farthest node: one walk from all entries together. */
static size_t longest_way(const struct topology *t)
{
    size_t *queue = xcalloc(t->count + 1, sizeof(*queue)), head = 0, tail = 0, longest = 0;
    size_t *hops = xcalloc(t->count + 1, sizeof(*hops)); /* + 1; 0: not reached */

    for (size_t i = 0; i < t->count; i++) {
        if (t->nodes[i].caller_count)
            continue;
        hops[i] = 1;
        queue[tail++] = i;
    }
    while (head < tail) {
        const struct topo_node *n = &t->nodes[queue[head]];
        size_t at = hops[queue[head++]];

        longest = at - 1;
        for (size_t i = 0; i < n->callee_count; i++) {
            if (hops[n->callees[i]])
                continue;
            hops[n->callees[i]] = at + 1;
            queue[tail++] = n->callees[i];
        }
    }
    free(queue);
    free(hops);
    return longest;
}

void topology_stats(const struct topology *t, struct topo_stats *ret)
{
    struct topo_stats s = {.nodes = t->count,
                           .edges = t->edge_count,
                           .most_called = t->count ? 0 : SIZE_MAX,
                           .most_calling = t->count ? 0 : SIZE_MAX};
    size_t *group = xcalloc(t->count + 1, sizeof(*group));

    s.cycles = topology_cycles(t, group);
    for (size_t i = 0; i < t->count; i++) {
        const struct topo_node *n = &t->nodes[i];

        s.entries += !n->caller_count && n->callee_count;
        s.leaves += n->caller_count && !n->callee_count;
        s.islands += !n->caller_count && !n->callee_count;
        s.cyclic_nodes += group[i] != 0;
        s.owned += *topology_owner(n) != '\0';
        if (n->caller_count > t->nodes[s.most_called].caller_count)
            s.most_called = i;
        if (n->callee_count > t->nodes[s.most_calling].callee_count)
            s.most_calling = i;
    }
    for (size_t i = 0; i < t->edge_count; i++)
        s.critical_edges += strcmp(t->edges[i].criticality, "critical") == 0;
    s.longest = longest_way(t);
    free(group);
    *ret = s;
}
