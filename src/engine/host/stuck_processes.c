/* stuck_processes.c - processes in uninterruptible sleep. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

#define MANY 8
#define STALL_ALL 0.30
#define KERNEL_RECENT_S 1800.0

static void find(struct host_view *v, struct host_finding *f)
{
    static const char *const kinds[] = {"hung_task", NULL};
    const struct value *e = hv_recent_event(v, kinds, KERNEL_RECENT_S), *first = NULL;
    double stuck = hv_num(v->snapshot, "limits.d_state");

    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!first && strcmp(hv_str(p, "state"), "D") == 0)
            first = p;
    }
    f->metric = "processes_in_d_state";
    f->unit = "count";
    f->value = stuck;
    f->threshold = MANY;
    f->evidence = arena_printf(v->arena, "%.0f processes in uninterruptible sleep (limit 8)%s",
                               stuck, e ? ", and the kernel reports hung tasks" : "");
    if (!e && !(stuck >= MANY && hv_num(v->snapshot, "pressure.io.full") >= STALL_ALL))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.75; /* what they wait for, where that is seen, says more */
    if (e)
        f->second = arena_printf(v->arena, "kernel: %s", hv_str(e, "text"));
    else if (first)
        f->second = arena_printf(v->arena, "one of them: %s waits in %s", st_process_text(v, first),
                                 hv_str(first, "wchan"));
    if (e && hv_num(e, "pid") > 0)
        f->resource = arena_printf(v->arena, "host:%s/process:%.0f(%s)", v->host, hv_num(e, "pid"),
                                   hv_str(e, "command"));
    else if (first)
        f->resource = hv_process_key(v, first);
}

static const struct host_proposal proposals[] = {
    {.action = "find what process {pid} ({command}) waits for: it cannot be ended until then",
     .command = "cat /proc/{pid}/stack /proc/{pid}/wchan",
     .rollback = "nothing is changed by looking",
     .risk = APPROVAL_LOW,
     .watch = "it leaves the state D"},
    {.action = NULL},
};
static const char *const checks[] = {"cat /proc/PID/stack of one of them, as root",
                                     "iostat -x 1 3; findmnt -t nfs,nfs4,cifs,fuse", NULL};

const struct host_pattern host_pattern_stuck_processes = {
    .id = "stuck_processes",
    .kind = "disk",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_DISK | WORDS_LATENCY,
    .rank = 12,
    .claim = "processes of %s are stuck in the kernel",
    .rationale = "a process in uninterruptible sleep waits for a device or a remote filesystem",
    .refutes = "no process in state D for the whole window",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
