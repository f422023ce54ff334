/* process.c - see process.h. */
#include "process.h"

#include <math.h>

const char *process_name(struct host_view *v, const struct value *p)
{
    return arena_printf(v->arena, "process %.0f (%s)", hv_num(p, "pid"), hv_str(p, "command"));
}

const struct value *process_listener(struct host_view *v, const struct value *p)
{
    const struct value *best = NULL;

    VALUE_EACH (l, value_get(v->snapshot, "listeners")) {
        if (hv_num(l, "pid") <= 0 || hv_num(l, "pid") != hv_num(p, "pid"))
            continue;
        if (!best || hv_num(l, "queue") > hv_num(best, "queue"))
            best = l;
    }
    return best;
}

struct host_culprit process_culprit(struct host_view *v, const struct value *p,
                                    const char *statement, const char *evidence)
{
    return (struct host_culprit){.statement = statement,
                                 .resource = hv_process_key(v, p),
                                 .evidence = evidence,
                                 .strength = STRENGTH_STRONG,
                                 .before = NAN,
                                 .after = NAN,
                                 .follow = FOLLOW_PROCESS,
                                 .pid = (int64_t)hv_num(p, "pid"),
                                 .weight = 1};
}

const struct host_proposal process_proposals[] = {
    {.action = "keep a picture of what process {pid} ({command}) does",
     .command =
         "cat /proc/{pid}/status /proc/{pid}/stack; gdb -p {pid} -batch -ex 'thread apply all bt'",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW,
     .watch = "what its threads wait for"},
    {.action = "let what started process {pid} ({command}) start it anew, when it does so",
     .command = "kill {pid}",
     .rollback = "none possible: there is no way back to the old process",
     .risk = APPROVAL_HIGH,
     .watch = "a new process of that name, and that it stays",
     .act = "host.supervised.restart pid={pid} command={command}"},
    {.action = "restart process {pid} ({command})",
     .command = "kill {pid}",
     .rollback = "none possible, it must be started again",
     .risk = APPROVAL_HIGH,
     .watch = "the same figure, for an hour",
     .act = "host.process.signal pid={pid} signal=TERM command={command}"},
    {.action = NULL},
};
