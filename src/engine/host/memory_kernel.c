/* memory_kernel.c - memory that no process holds: shared memory and memory filesystems, the
 * kernel's own slabs, huge pages that are reserved for nobody, promises beyond what there is. */
#include <math.h>
#include <string.h>

#include "memory.h"
#include "patterns.h"

static const struct host_limit limits[] = {
    {"part", 0.40, "ratio", "of the memory: nobody plans for that"},
    {"left", 0.20, "ratio", "of the memory available: below it counts"},
    {"soon", 900.0, "s", "until nothing is left at the present growth"},
    {"slab_part", 0.25, "ratio", "of the memory: caches of names and inodes stay below"},
    {"commit", 0.95, "ratio", "of the limit, when the kernel keeps to it (overcommit_memory 2)"},
    {"grows", 2e6, "bytes/s", "at least: files and names that come and go make as much"},
    {"huge_part", 0.5, "ratio", "of the memory is set aside and nobody uses it"},
    {.name = NULL},
};
#define PART LIMIT(0)
#define LEFT LIMIT(1)
#define SOON_S LIMIT(2)
#define SLAB_PART LIMIT(3)
#define COMMIT LIMIT(4)
#define GROWS LIMIT(5)
#define HUGE_PART LIMIT(6)

static const struct value *fullest_tmpfs(struct host_view *v)
{
    const struct value *best = NULL;
    double most = 0;

    VALUE_EACH (fs, value_get(v->snapshot, "filesystems")) {
        double held = hv_num(fs, "total") - hv_num(fs, "free");

        if (strcmp(hv_str(fs, "type"), "tmpfs") == 0 && held > most) {
            most = held;
            best = fs;
        }
    }
    return best;
}

/* Segments of System V, or the memory filesystem that holds most. */
static void name_shared(struct host_view *v, struct host_finding *f)
{
    const struct value *fs = fullest_tmpfs(v), *seg = value_at(value_get(v->snapshot, "shm"), 0);
    double held = fs ? hv_num(fs, "total") - hv_num(fs, "free") : 0;
    const struct value *p = seg ? hv_process(v, hv_num(seg, "creator")) : NULL;

    if (seg && hv_num(seg, "bytes") > held) {
        f->resource = p ? hv_process_key(v, p)
                        : hv_key(v, "shm", arena_printf(v->arena, "%.0f", hv_num(seg, "id")));
        f->second =
            arena_printf(v->arena, "segment %.0f of %s, made by process %.0f, %.0f attached",
                         hv_num(seg, "id"), hv_human(v->arena, hv_num(seg, "bytes"), "bytes"),
                         hv_num(seg, "creator"), hv_num(seg, "attached"));
    } else if (fs) {
        f->resource = hv_key(v, "fs", hv_str(fs, "mount"));
        f->second = arena_printf(v->arena, "%s holds %s", hv_str(fs, "mount"),
                                 hv_human(v->arena, held, "bytes"));
    }
}

static bool runs_out(struct host_view *v, double available, double rate)
{
    return rate >= GROWS && available / rate <= SOON_S;
}

static bool shared(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot;
    double total = hv_num(s, "memory.total"), avail = hv_num(s, "memory.available");
    double shm = hv_num(s, "memory.shmem"), rate = hv_num(s, "memory.shmem_rate");

    if (!(shm >= PART * total && avail < LEFT * total) && !runs_out(v, avail, rate))
        return false;
    f->metric = "shared_memory";
    f->value = shm;
    f->evidence = arena_printf(v->arena,
                               "shared memory and memory filesystems hold %s of %s, growing "
                               "by %s a second; %s are available",
                               hv_human(v->arena, shm, "bytes"), hv_human(v->arena, total, "bytes"),
                               hv_human(v->arena, fmax(0, rate), "bytes"),
                               hv_human(v->arena, avail, "bytes"));
    f->claim = arena_printf(v->arena, "shared memory fills %s", v->host);
    name_shared(v, f);
    return true;
}

static bool slabs(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot;
    double total = hv_num(s, "memory.total"), avail = hv_num(s, "memory.available");
    double slab = hv_num(s, "memory.slab"), rate = hv_num(s, "memory.slab_rate");

    if (!(slab >= SLAB_PART * total) && !runs_out(v, avail, rate))
        return false;
    f->metric = "kernel_slabs";
    f->value = slab;
    f->evidence =
        arena_printf(v->arena, "the kernel's own objects hold %s of %s and grow by %s a second",
                     hv_human(v->arena, slab, "bytes"), hv_human(v->arena, total, "bytes"),
                     hv_human(v->arena, fmax(0, rate), "bytes"));
    f->claim =
        arena_printf(v->arena, "the kernel of %s fills the memory with its own objects", v->host);
    f->second = arena_printf(v->arena, "%s are available", hv_human(v->arena, avail, "bytes"));
    return true;
}

static bool promised(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot, *worst = NULL;
    double used = hv_num(s, "memory.committed"), max = hv_num(s, "memory.commit_limit");

    if (hv_num(s, "memory.overcommit") != 2 || !(used >= COMMIT * max))
        return false;
    VALUE_EACH (p, value_get(s, "processes")) {
        if (hv_num(p, "data") > 0 && (!worst || hv_num(p, "data") > hv_num(worst, "data")))
            worst = p;
    }
    f->metric = "committed_memory";
    f->value = used;
    f->evidence = arena_printf(v->arena, "%s of memory are promised, %s may be (limit %.0f %%)",
                               hv_human(v->arena, used, "bytes"), hv_human(v->arena, max, "bytes"),
                               COMMIT * 100);
    f->claim = arena_printf(v->arena, "%s has promised all the memory that it may", v->host);
    if (worst) {
        f->resource = hv_process_key(v, worst);
        f->second = arena_printf(v->arena, "process %.0f (%s) was promised %s",
                                 hv_num(worst, "pid"), hv_str(worst, "command"),
                                 hv_human(v->arena, hv_num(worst, "data"), "bytes"));
    }
    return true;
}

static bool huge(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot;
    double size = hv_num(s, "memory.huge_bytes"), total = hv_num(s, "memory.total");
    double idle = (hv_num(s, "memory.huge_free") - hv_num(s, "memory.huge_reserved")) * size;

    if (!(idle >= HUGE_PART * total) || !(hv_num(s, "memory.available") < LEFT * total))
        return false;
    f->metric = "huge_pages_idle";
    f->value = idle;
    f->evidence = arena_printf(v->arena, "%s are set aside as huge pages that nobody uses",
                               hv_human(v->arena, idle, "bytes"));
    f->claim = arena_printf(v->arena, "huge pages that nobody uses take the memory of %s", v->host);
    f->second = arena_printf(v->arena, "%s are available to all others",
                             hv_human(v->arena, hv_num(s, "memory.available"), "bytes"));
    return true;
}

static void find(struct host_view *v, struct host_finding *f)
{
    f->unit = "bytes";
    f->metric = "kernel_memory";
    f->evidence = "shared memory, slabs, huge pages and promises are in proportion";
    if (!shared(v, f) && !promised(v, f) && !slabs(v, f) && !huge(v, f))
        return;
    f->strength = STRENGTH_STRONG;
    f->direct = true;
    f->severity = 0.8;
}

static const struct host_proposal proposals[] = {
    {.action = "see what lies on {fs}, which is memory",
     .command = "du -x {fs} | sort -n | tail",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW},
    {.action = "see what process {pid} ({command}) asks for",
     .command = "pmap -x {pid} | sort -k3 -n | tail",
     .rollback = "nothing to undo, it only reads",
     .risk = APPROVAL_LOW},
    {.action = NULL},
};

static const char *const checks[] = {
    "memory of {host} that no process holds: cat /proc/meminfo; slabtop -o; ipcs -m",
    NULL,
};

const struct host_pattern host_pattern_memory_kernel = {
    .id = "memory_kernel",
    .kind = "memory",
    .category = CATEGORY_CAPACITY,
    .words = WORDS_MEMORY | WORDS_LATENCY,
    .rank = 30,
    .claim = "memory of %s is held by no process",
    .rationale = "what a memory filesystem or the kernel holds is missing, and no process shows it",
    .refutes = "shared memory, slabs and huge pages in proportion to the memory",
    .limits = limits,
    .find = find,
    .proposals = proposals,
    .checks = checks,
};
