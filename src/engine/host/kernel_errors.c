/* kernel_errors.c - what the kernel complains of that no other pattern reads: links, network cards,
 * I/O errors of something that is no disk of the list. */
#include <math.h>
#include <string.h>

#include "kernel.h"
#include "patterns.h"

/* One that names a disk belongs to disk_slow. */
static bool names_a_disk(struct host_view *v, const char *text)
{
    VALUE_EACH (d, value_get(v->snapshot, "disks")) {
        if (*hv_str(d, "name") && strstr(text, hv_str(d, "name")))
            return true;
    }
    return false;
}

static void find(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"io_error", "link_down", "nic", NULL};
    const struct value *e;

    f->metric = "kernel_errors";
    kernel_finding(v, f, kinds, "no error of a device in the kernel log of the last 30 minutes",
                   0.75);
    kernel_count(v, kinds, &e);
    if (e && strcmp(hv_str(e, "kind"), "io_error") == 0 && names_a_disk(v, hv_str(e, "text")))
        f->strength = STRENGTH_NONE;
}

static const struct host_proposal proposals[] = {
    {.action = "see what the kernel of {host} says around that time, and look at the device",
     .command = "dmesg -T --level=emerg,alert,crit,err",
     .rollback = "nothing is changed by looking",
     .risk = APPROVAL_LOW,
     .watch = "no further message"},
    {.action = NULL},
};
static const char *const checks[] = {"dmesg -T --level=emerg,alert,crit,err, as root", NULL};

const struct host_pattern host_pattern_kernel_errors = {
    .id = "kernel_errors",
    .kind = "infrastructure",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_ERRORS | WORDS_DISK | WORDS_SERVICE | WORDS_NETWORK,
    .rank = 11,
    .claim = "the kernel of %s reports a failing device",
    .rationale = "errors of devices surface as random failures above",
    .refutes = "no such message in the kernel log of the last 30 minutes",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
