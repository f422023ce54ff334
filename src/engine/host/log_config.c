/* log_config.c - a program cannot read its configuration. */
#include "said.h"
#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    said_find(v, f, SAID(LOG_CAUSE_CONFIG), "no log speaks of a configuration that cannot be read",
              "the configuration of %s of %s is broken");
    if (f->strength == STRENGTH_STRONG)
        f->severity += 0.1; /* it says why */
}

static const struct host_proposal proposals[] = {
    {.action = "test the configuration before the program is told to read it again",
     .command = "",
     .rollback = "put the version before the last change back",
     .risk = APPROVAL_LOW,
     .watch = "the test finds no error"},
    {.action = NULL},
};

static const char *const checks[] = {
    "the configuration's own test: nginx -t, apachectl configtest, haproxy -c -f FILE, sshd -t, "
    "named-checkconf, postfix check, systemd-analyze verify UNIT",
    "what changed in it lately: ls -lt /etc | head",
    NULL,
};

const struct host_pattern host_pattern_log_config = {
    .id = "log_config",
    .kind = "configuration",
    .doc = HOST_DOC_LOGS,
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_DEPLOY,
    .rank = 64,
    .claim = "a configuration of %s is broken",
    .rationale =
        "a program that cannot read its configuration does not start, or goes on with the old one",
    .refutes = "no new line about a configuration that cannot be read",
    .find = find,
    .checks = checks,
    .proposals = proposals,
};
