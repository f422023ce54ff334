/* module_failed.c - a part of the kernel did not load: its device or filesystem is missing. */
#include <math.h>

#include "kernel.h"
#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"module", NULL};

    f->metric = "modules_failed";
    kernel_finding(v, f, kinds, "no module of the kernel failed to load in the last 30 minutes",
                   0.6);
    if (f->strength == STRENGTH_STRONG && !f->second)
        f->second = "usually the running kernel and the installed modules are of two versions";
}

static const struct host_proposal proposals[] = {
    {.action = "start the kernel that the modules of {host} belong to, or install the modules of "
               "the running one",
     .command = "uname -r; ls /lib/modules",
     .rollback = "nothing is changed by looking",
     .risk = APPROVAL_LOW,
     .watch = "the module loads"},
    {.action = NULL},
};
static const char *const checks[] = {"uname -r; ls /lib/modules", "depmod -n | head", NULL};

const struct host_pattern host_pattern_module_failed = {
    .id = "module_failed",
    .kind = "infrastructure",
    .category = CATEGORY_CONFIGURATION,
    .words = WORDS_ERRORS | WORDS_DEPLOY,
    .rank = 16,
    .claim = "a module of the kernel of %s does not load",
    .rationale = "what needs it, a filesystem or a filter, fails",
    .refutes = "no message of a module that fails",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
