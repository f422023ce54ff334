/* hardware_errors.c - machine checks, memory errors that were corrected or not, overheating. */
#include <math.h>

#include "kernel.h"
#include "patterns.h"

static void find(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"mce", "thermal", NULL};

    f->metric = "hardware_errors";
    kernel_finding(v, f, kinds,
                   "no machine check, memory error or overheating in the last 30 minutes", 0.8);
}

static const struct host_proposal proposals[] = {
    {.action = "move the work away from {host} and have its hardware checked",
     .command = "",
     .rollback = "move the work back",
     .risk = APPROVAL_HIGH,
     .watch = "no further message of the kernel"},
    {.action = NULL},
};
static const char *const checks[] = {
    "dmesg -T | grep -i -e mce -e edac -e 'hardware error', as root",
    "the event log of the machine's controller (ipmitool sel list)", NULL};

const struct host_pattern host_pattern_hardware_errors = {
    .id = "hardware_errors",
    .kind = "infrastructure",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_ERRORS | WORDS_SERVICE | WORDS_CPU,
    .rank = 10,
    .claim = "the hardware of %s fails",
    .rationale = "processors and memory that fail slow the machine down or end programs at random",
    .refutes = "no machine check, memory error or overheating in the kernel log",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
