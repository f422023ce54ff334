/* topology.h - who calls whom: services as nodes, calls as edges from the caller to the callee.
 * Read from two spellings:
 * {"nodes":[{"id","name","type","labels"...}],"edges":[{"source","target",...}]}
 * (service-graph.json) and {"nodes":[{"name"...}],"edges":[{"from","to",...}]}; they may be mixed.
 * An edge may name a node by id or by name; a node that only an edge names is made. All indexes are
 * into nodes. Walks are breadth first, so a cycle ends them and distances are the shortest. */
#ifndef RUNBOOK_ENGINE_TOPOLOGY_H
#define RUNBOOK_ENGINE_TOPOLOGY_H

#include "runbook/base/arena.h"
#include "runbook/base/err.h"
#include "runbook/base/map.h"
#include "runbook/base/str.h"

struct topo_label {
    const char *name, *value;
};

struct topo_node {
    const char *id, *name, *type, *team, *owner, *tier;
    const struct topo_label *labels; /* what its series carry */
    size_t label_count;
    const size_t *callees, *callers; /* no duplicates, no self */
    size_t callee_count, caller_count;
    bool implicit; /* only an edge names it */
};

struct topo_edge {
    size_t from, to;
    const char *type, *protocol, *criticality; /* critical, degraded, optional, "" */
};

struct topology {
    const struct topo_node *nodes;
    size_t count;
    const struct topo_edge *edges;
    size_t edge_count;
    size_t implicit; /* nodes that only edges name */
};

/* Blocking; for start-up. All goes to `a`. ERR_INPUT names the file and the entry ("edges[3]:
 * ..."). */
enum err_code topology_load(const char *path, struct arena *a, const struct topology **ret,
                            struct err *err);
enum err_code topology_parse(struct str text, struct arena *a, const struct topology **ret,
                             struct err *err);

size_t topology_find(const struct topology *t, const char *id_or_name); /* SIZE_MAX: not there */

enum topo_dir { TOPO_CALLEES, TOPO_CALLERS };
/* Hops from `from` to every node (0 for itself, -1: not reached), into `ret_hops[t->count]`. */
void topology_hops(const struct topology *t, size_t from, enum topo_dir dir, int max_hops,
                   int *ret_hops);
/* A shortest path of indexes into `ret_path[t->count]`, both ends included; its length, 0 for none.
 */
size_t topology_path(const struct topology *t, size_t from, size_t to, size_t *ret_path);
/* Is `node` on a cycle of calls? */
bool topology_on_cycle(const struct topology *t, size_t node);

#endif
