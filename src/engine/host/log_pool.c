/* log_pool.c - a pool of connections or workers is used up. */
#include "said.h"
#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    said_find(v, f, SAID(LOG_CAUSE_POOL), "no log speaks of a pool that is used up",
              "a pool of %s of %s is used up");
    if (f->strength == STRENGTH_STRONG)
        f->severity += 0.1; /* it says why */
}

static const struct host_proposal proposals[] = {
    {.action = "see what holds the connections of process {pid}: its peers, and how long they last",
     .command = "ss -tnp | grep pid={pid},",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the line does not come again"},
    {.action = "restart process {pid} by its supervisor, when its connections leak",
     .command = "",
     .rollback = "none possible: what it was doing is lost",
     .risk = APPROVAL_HIGH,
     .watch = "the line does not come again"},
    {.action = NULL},
};

static const char *const checks[] = {
    "connections of the process by peer and state: ss -tanp",
    "queries that hold connections of the database, oldest first",
    NULL,
};

const struct host_pattern host_pattern_log_pool = {
    .id = "log_pool",
    .kind = "limits",
    .doc = HOST_DOC_LOGS,
    .category = CATEGORY_CAPACITY,
    .words = WORDS_ERRORS | WORDS_LATENCY | WORDS_DATABASE | WORDS_SCALING,
    .rank = 63,
    .claim = "a pool of connections or workers of %s is used up",
    .rationale = "requests wait for a connection or a worker that none gives back",
    .refutes = "no new line about a pool that is used up",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
