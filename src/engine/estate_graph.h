/* estate_graph.h - the service graph of what an inventory holds: applications and what they lean
 * on, not every interface. Load balancers, functions, services of clusters, databases, queues,
 * topics, buckets and the like are nodes; target groups, tasks, mappings and instances of a group
 * are ways from one to another. A database is called by who its security group lets in. */
#ifndef RUNBOOK_ENGINE_ESTATE_GRAPH_H
#define RUNBOOK_ENGINE_ESTATE_GRAPH_H

#include "runbook/base/err.h"
#include "runbook/base/str.h"

#include "runbook/store/inventory.h"

struct estate_graph_counts {
    size_t resources, relations; /* of the inventory */
    size_t nodes, edges;
};
/* Blocks. Appends service-graph.json. ERR_NOT_FOUND: nothing was scanned yet. */
enum err_code estate_graph_json(const char *inventory, struct buf *out,
                                struct estate_graph_counts *ret, struct err *err);
/* The same around some resources only: those that were named are nodes whatever they are (a
 * security group, a target group), with who leans on them. What is not there is no error. */
enum err_code estate_graph_near(const char *inventory, const struct inv_near *ask, struct buf *out,
                                struct estate_graph_counts *ret, struct inv_near_end *ret_end,
                                struct err *err);

#endif
