/* mount_hung.c - a network filesystem that does not answer: a probe did not come back, or came back
 * stale. Whoever touches it waits in the kernel and cannot be ended. */
#include <math.h>
#include <string.h>

#include "patterns.h"
#include "storage.h"

/* Where the kernel waits for the server of such a filesystem. Source: fs/nfs, net/sunrpc, fs/fuse,
 * fs/smb/client of the Linux sources. */
static bool remote_wait(const char *wchan)
{
    static const char *const names[] = {
        "nfs",  "rpc_", "fuse_", "request_wait", "cifs", "smb", "wait_for_response",
        "ceph", "p9_",  "v9fs"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strstr(wchan, names[i]))
            return true;
    }
    return false;
}

static const struct value *waiting(struct host_view *v, int *ret_count)
{
    const struct value *first = NULL;

    *ret_count = 0;
    VALUE_EACH (p, value_get(v->snapshot, "processes")) {
        if (!remote_wait(hv_str(p, "wchan")))
            continue;
        ++*ret_count;
        first = first ? first : p;
    }
    return first;
}

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *bad = NULL, *p;
    bool hung;
    int count;

    f->metric = "mounts_hung";
    f->unit = "count";
    f->threshold = 0;
    f->value = 0;
    f->evidence = "no network filesystem keeps a probe waiting";
    VALUE_EACH (m, value_get(v->snapshot, "mounts")) {
        bool h = strcmp(hv_str(m, "trouble"), "hung") == 0;

        if (!h && strcmp(hv_str(m, "trouble"), "stale") != 0)
            continue;
        f->value++;
        if (!bad || h)
            bad = m;
    }
    if (!bad)
        return;
    hung = strcmp(hv_str(bad, "trouble"), "hung") == 0;
    p = waiting(v, &count);
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = hung ? 0.95 : 0.8;
    f->resource = hv_key(v, "fs", hv_str(bad, "mount"));
    f->claim =
        arena_printf(v->arena, "%s of %s (%s) %s", hv_str(bad, "mount"), v->host,
                     hv_str(bad, "type"), hung ? "does not answer" : "answers with an error");
    f->evidence =
        hung ? arena_printf(v->arena,
                            "asking %s (%s) for its size did not come back "
                            "within 1.5 s",
                            hv_str(bad, "mount"), hv_str(bad, "type"))
             : arena_printf(v->arena, "asking %s (%s) for its size fails: %s", hv_str(bad, "mount"),
                            hv_str(bad, "type"), hv_str(bad, "detail"));
    if (p)
        f->second = arena_printf(v->arena, "%d processes wait in it, as %s in %s", count,
                                 st_process_text(v, p), hv_str(p, "wchan"));
    else if (hung)
        f->second = "a probe that never returns is what every program meets that touches it";
    else
        f->second = "the error comes back at once, each time it is asked";
}

static const struct host_proposal proposals[] = {
    {.action = "bring the server of {fs} back, or the way to it",
     .command = "findmnt {fs}",
     .rollback = "nothing is changed by looking",
     .risk = APPROVAL_LOW,
     .watch = "processes leave the state D"},
    {.action = "detach {fs}, so that nobody else gets stuck in it",
     .command = "umount -l {fs}",
     .rollback = "mount {fs}",
     .risk = APPROVAL_HIGH,
     .watch = "no new process in the state D"},
    {.action = NULL},
};
static const char *const checks[] = {"timeout 5 stat -f {fs}",
                                     "ps -eo pid,stat,wchan:30,args | "
                                     "grep ' D'",
                                     NULL};

const struct host_pattern host_pattern_mount_hung = {
    .id = "mount_hung",
    .kind = "disk",
    .category = CATEGORY_DEPENDENCY,
    .words = WORDS_DISK | WORDS_LATENCY | WORDS_NETWORK,
    .rank = 5,
    .claim = "a network filesystem of %s does not answer",
    .rationale = "a program that touches it sleeps in the kernel until the server is back",
    .refutes = "each network filesystem answers a probe at once",
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
