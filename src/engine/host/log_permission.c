/* log_permission.c - a program is refused access to a file or an address. */
#include "said.h"
#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    said_find(v, f, SAID(LOG_CAUSE_PERMISSION), "no log speaks of a permission that is denied",
              "%s of %s is refused access");
    if (f->strength == STRENGTH_STRONG)
        f->severity += 0.1; /* it says why */
}

static const struct host_proposal proposals[] = {
    {.action = "see who may do what: owner, mode and the folders above of what the line names",
     .command = "namei -l {file}",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the line does not come again"},
    {.action = "see as whom process {pid} runs and what it may do",
     .command = "grep -E '^(Uid|Gid|Groups|CapEff)' /proc/{pid}/status",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "the line does not come again"},
    {.action = NULL},
};

static const char *const checks[] = {
    "owner and mode of the path in the line, and of each folder above it: namei -l PATH",
    "denials of SELinux or AppArmor on {host}: journalctl -k | grep -i -e avc -e apparmor",
    NULL,
};

const struct host_pattern host_pattern_log_permission = {
    .id = "log_permission",
    .kind = "configuration",
    .doc = HOST_DOC_LOGS,
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_DEPLOY,
    .rank = 61,
    .claim = "programs of %s are refused access",
    .rationale = "a changed owner or mode, or a profile of the kernel, stops a program that worked",
    .refutes = "no new line that says permission denied",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
