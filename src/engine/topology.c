/* topology.c - see topology.h. */
#include "runbook/engine/topology.h"

#include <stdlib.h>

#include "investigation_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/path.h"

#define FILE_MAX_BYTES ((size_t)64 << 20)
#define TOPOLOGY_LINE_MAX ((size_t)900 << 10)

enum err_code topology_load(const char *path, struct arena *a, const struct topology **ret,
                            struct err *err)
{
    struct buf source = BUF_INIT(FILE_MAX_BYTES);
    enum err_code rc = file_read(path, &source, err);

    if (rc)
        rc = err_wrap(err, "topology");
    else if (topology_parse(buf_str(&source), a, ret, err))
        rc = err_wrap(err, "topology %s", path);
    buf_release(&source);
    return rc;
}

char *topology_find_file(const char *from)
{
    char *project = path_find_project(from),
         *path = project ? path_join(project, TOPOLOGY_FILE) : NULL;

    if (path && !file_exists(path)) {
        free(path);
        path = NULL;
    }
    free(project);
    return path;
}

/* The graph is in the journal, so that a replay draws it; a line has its limit. */
void engine_publish_topology(struct engine *e, const struct topology *t, const char *source)
{
    struct event ev = {.type = EV_TOPOLOGY_LOADED};
    struct buf graph = BUF_INIT(TOPOLOGY_LINE_MAX);

    topology_encode(t, &graph);
    ev.u.topology_loaded.source = source;
    ev.u.topology_loaded.nodes = (int64_t)t->count;
    ev.u.topology_loaded.edges = (int64_t)t->edge_count;
    ev.u.topology_loaded.graph = graph.full ? STR_LIT("{}") : buf_str(&graph);
    engine_publish(e, &ev);
    buf_release(&graph);
}

void inv_topology(struct investigation *inv, const struct topology *t, const char *source)
{
    engine_publish_topology(inv->engine, t, source);
}
