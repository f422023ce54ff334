/* topology.h - who calls whom: services as nodes, calls as edges from the caller to the callee.
 * Read from both spellings of service-graph.json, which may be mixed:
 * {"nodes":[{"id","name","type","team"...}],"edges":[{"source","target","criticality"...}]} and the
 * older {"nodes":[{"name","type","ownership"...}],"edges":[{"from","to","isCritical"...}]}. An edge
 * names its ends by id or by name. Cycles are fine; an end that no node has, a second node of one
 * id, a second edge of one id and an unknown type are errors; several edges of one pair are one.
 * All indexes are into nodes. Walks are breadth first, so a cycle ends them and distances are the
 * shortest. Pure. */
#ifndef RUNBOOK_MODEL_TOPOLOGY_H
#define RUNBOOK_MODEL_TOPOLOGY_H

#include "runbook/base/arena.h"
#include "runbook/base/err.h"
#include "runbook/base/str.h"

#define TOPOLOGY_DEPTH_MAX 10     /* how far an impact is followed */
#define TOPOLOGY_WEIGHT_MIN 0.1   /* below it nothing is felt any more */
#define TOPOLOGY_NODES_MAX 100000 /* of a file */
#define TOPOLOGY_EDGES_MAX 1000000

struct topo_label {
    const char *name, *value;
};

struct topo_node {
    const char *id, *name, *type, *team, *owner, *tier; /* never NULL */
    const struct topo_label *labels;                    /* what its series carry */
    size_t label_count;
    const size_t *callees, *callers; /* no duplicates, no self */
    size_t callee_count, caller_count;
    const size_t *callee_edges, *caller_edges; /* the edges to them, in the same order */
    double weight; /* how much of its failure its callers feel; NAN: its edges say it */
};

struct topo_edge {
    size_t from, to;
    const char *type, *protocol, *criticality; /* critical, degraded, optional, "" */
    double weight; /* A-42, 0-1: how much of the callee's failure reaches the caller */
};

struct topology {
    const struct topo_node *nodes;
    size_t count;
    const struct topo_edge *edges;
    size_t edge_count;
};

/* ERR_INPUT names the line and the field: "line 14: 'edges.3.target' names no node: \"payments\"".
 */
enum err_code topology_parse(struct str text, struct arena *a, const struct topology **ret,
                             struct err *err);
/* Append it as one JSON object in the newer spelling, on one line, weights included. */
void topology_encode(const struct topology *t, struct buf *out);

/* Both as one. Of a node (by id, or by a name that is one thing's) and of a call that both have,
 * `first` says what it is. */
enum err_code topology_merge(const struct topology *first, const struct topology *second,
                             struct arena *a, const struct topology **ret, struct err *err);

/* A graph from calls that were seen, when nobody wrote one down. */
struct topo_seen;
struct topo_seen *topology_seen_new(void);
void topology_seen_free(struct topo_seen *s);
/* False: too many, or no call (an empty name, or a service that calls itself). */
bool topology_seen_add(struct topo_seen *s, const char *caller, const char *callee);
/* The call that a series' labels tell of, by the pairs that service meshes and tracing write
 * (client/server, source_workload/destination_workload ...). False: none. */
bool topology_call_of_labels(const struct topo_label *labels, size_t count, const char **ret_caller,
                             const char **ret_callee);
/* Frees `s`. */
const struct topology *topology_seen_finish(struct topo_seen *s, struct arena *a);

size_t topology_find(const struct topology *t, const char *id_or_name); /* SIZE_MAX: not there */
/* The node of a resource of a cloud, "aws:prod/eu-west-1/rds:orders-db": of that name, and of that
 * service and region where several have it. SIZE_MAX: none. */
size_t topology_find_resource(const struct topology *t, const char *key);

enum topo_dir { TOPO_CALLEES, TOPO_CALLERS };
/* Hops from `from` to every node (0 for itself, -1: not reached), into `ret_hops[t->count]`. */
void topology_hops(const struct topology *t, size_t from, enum topo_dir dir, int max_hops,
                   int *ret_hops);
/* A shortest path of indexes into `ret_path[t->count]`, both ends included; its length, 0 for none.
 */
size_t topology_path(const struct topology *t, size_t from, size_t to, size_t *ret_path);
/* Groups of nodes that call one another in a circle: group[t->count] gets 1, 2, ... or 0 for a node
 * on none. Returns how many groups. */
size_t topology_cycles(const struct topology *t, size_t *ret_group);

/* Pessimistic: a failure is felt in full by every caller. Realistic: by the weight of the edge. */
enum topo_mode { TOPO_PESSIMISTIC, TOPO_REALISTIC };

struct topo_impact {
    double *share;   /* [t->count]: of the failure that is felt there, 0 for none; 1 at its node */
    int *depth;      /* [t->count]: hops at which it is felt most; -1: not at all */
    size_t affected; /* nodes but the failed one */
    double ratio;    /* affected / all nodes */
    bool entry;      /* a node that nobody calls is among them, or is the failed one */
};
/* Who feels it when `node` fails: its callers and theirs (TOPO_CALLERS), or, for lost traffic, what
 * it calls (TOPO_CALLEES). Arrays come from `a`. A-42. */
void topology_impact(const struct topology *t, size_t node, enum topo_dir dir, enum topo_mode mode,
                     struct arena *a, struct topo_impact *ret);
/* The weight that the words of a node's or edge's metadata mean (redundancy: multi_az ...); NAN:
 * none of them. */
double topology_weight_of(struct str redundancy);

struct topo_stats {
    size_t nodes, edges, entries, leaves, islands; /* islands: neither called nor calling */
    size_t cycles, cyclic_nodes, owned, critical_edges;
    size_t longest;                   /* hops of the longest of the shortest paths from an entry */
    size_t most_called, most_calling; /* nodes; SIZE_MAX in an empty graph */
};
void topology_stats(const struct topology *t, struct topo_stats *ret);
/* The team, else the owner, else "". */
const char *topology_owner(const struct topo_node *n);

#endif
