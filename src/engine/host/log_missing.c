/* log_missing.c - a program misses a file, a program or a library. */
#include "said.h"
#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    said_find(v, f, SAID(LOG_CAUSE_MISSING), "no log speaks of a file that is missing",
              "%s of %s misses a file that it needs");
    if (f->strength == STRENGTH_STRONG)
        f->severity += 0.1; /* it says why */
}

static const struct host_proposal proposals[] = {
    {.action =
         "see what process {pid} looks for: the path in its log beside its folder and its files",
     .command = "ls -l /proc/{pid}/cwd /proc/{pid}/exe",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the line does not come again"},
    {.action = NULL},
};

static const char *const checks[] = {
    "does the path in the line exist, and what should have made it",
    "packages that changed lately on {host}: tail /var/log/dpkg.log",
    NULL,
};

const struct host_pattern host_pattern_log_missing = {
    .id = "log_missing",
    .kind = "configuration",
    .doc = HOST_DOC_LOGS,
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_DEPLOY,
    .rank = 62,
    .claim = "a file that programs of %s need is missing",
    .rationale = "a deployment or a clean-up took away what a program needs",
    .refutes = "no new line that says no such file",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
