/* topology.c - see topology.h. */
#include "runbook/engine/topology.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"

#define FILE_MAX_BYTES ((size_t)64 << 20)

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
