/* log_errors.c - a program logs a new kind of error, or far more of one than before. */
#include <string.h>

#include "said.h"
#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    /* What has a pattern of its own is said there. */
    said_find(v, f, ~SAID_OWN, "no kind of error is new in the logs, and none became frequent",
              "%s of %s logs errors that it did not log before");
}

static const struct host_proposal proposals[] = {
    {.action = "read what process {pid} ({command}) says around the first of these lines",
     .command = "ls -l /proc/{pid}/fd",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the lines come no more often than before"},
    {.action = "read what unit {unit} says around the first of these lines",
     .command = "journalctl -u {unit} --since -1h",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the lines come no more often than before"},
    {.action = NULL},
};

static const char *const checks[] = {
    "the kinds of lines of that log: runbook logs --since 1h FILE",
    "what changed on {host} shortly before the first of these lines",
    NULL,
};

const struct host_pattern host_pattern_log_errors = {
    .id = "log_errors",
    .kind = "service",
    .doc = HOST_DOC_LOGS,
    .category = CATEGORY_APPLICATION,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_LATENCY | WORDS_DEPLOY,
    .rank = 66,
    .claim = "programs of %s log a new kind of error",
    .rationale = "what fails usually says so in a log",
    .refutes = "no family of error lines that is new or became frequent",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
