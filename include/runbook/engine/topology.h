/* topology.h - where a service graph is found and read; what it is and can tell is in
 * model/topology.h. */
#ifndef RUNBOOK_ENGINE_TOPOLOGY_H
#define RUNBOOK_ENGINE_TOPOLOGY_H

#include "runbook/model/topology.h"

#define TOPOLOGY_FILE "service-graph.json"

/* Blocking; for start-up. All goes to `a`. ERR_INPUT names file, line and field. */
enum err_code topology_load(const char *path, struct arena *a, const struct topology **ret,
                            struct err *err);
/* service-graph.json in the nearest .runbook/ upward from `from`; NULL: there is none. The caller
 * frees. */
char *topology_find_file(const char *from);

#endif
