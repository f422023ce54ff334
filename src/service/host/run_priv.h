/* run_priv.h - what running commands (run.c) takes from the pool (pool.c). */
#ifndef RUNBOOK_SERVICE_HOST_RUN_PRIV_H
#define RUNBOOK_SERVICE_HOST_RUN_PRIV_H

#include "collect_priv.h"

#include "ssh_priv.h"

struct run;
struct host_runs { /* of one pool */
    struct run *first;
    uint64_t last_id;
};
struct host_runs *host_pool_runs(struct host_pool *p);
struct loop *host_pool_loop(struct host_pool *p);
void host_runs_drop(struct host_pool *p); /* run.c: end all, silently */
void host_make_token(char token[HOST_TOKEN_LEN + 1]);

const struct ssh_how *host_pool_how(const struct host_pool *p);
/* May it be asked once more in this minute? It counts. */
bool host_pool_take(struct host_pool *p, const char *host, struct err *err);

#endif
