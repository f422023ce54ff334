/* snapshot.c - one bundle to one struct host_snapshot. The order matters: the time and the limits
 * of the machine first, processes before what is attributed to them. */
#include "parse_priv.h"

#include <stdlib.h>

static void read_kernel_log(struct parse *p, struct host_snapshot *s)
{
    struct str other = parse_section(p, "dmesg/other", 1, false);
    struct str text = other.len ? other : parse_section(p, "dmesg", 1, true);
    struct kernel_log events = {0};

    parse_kernel_log(p, text, s->uptime_s, s->taken_ms, &events);
    s->kernel_events.items = events.items;
    s->kernel_events.count = events.count;
    s->kernel_events.cap = events.cap;
}

/* The last thing that a remote machine says is its time, so that only the way back is in between.
 */
static double skew(struct parse *p, const char *host, int64_t now_ms)
{
    struct str text = parse_section(p, "clock/end", 1, false);
    double end_s = parse_next(&text);

    if (end_s <= 0 || strcmp(host, HOST_LOCAL) == 0)
        return NAN;
    return end_s - (double)now_ms / 1000;
}

enum err_code host_snapshot_parse(struct host_snapshot *ret, struct arena *arena, struct str bundle,
                                  const char *host, int64_t now_ms, struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    enum err_code rc;

    *ret = (struct host_snapshot){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc) {
        err_wrap(err, "look at host %s", host);
        goto done;
    }
    ret->host = arena_strdup(arena, host);
    parse_system(&p, ret);
    ret->skew_s = skew(&p, host, now_ms);
    parse_processes(&p, ret);
    parse_tasks(&p, ret);
    parse_process_details(&p, ret);
    parse_same(ret);
    parse_irqs(&p, ret);
    parse_locks(&p, ret);
    parse_shm(&p, ret);
    parse_frequency(&p, ret);
    parse_storage(&p, ret);
    parse_network(&p, ret);
    parse_connections(&p, ret);
    parse_names(&p, ret);
    parse_cgroups(&p, ret);
    parse_units(&p, ret);
    read_kernel_log(&p, ret);
    if (!p.bundle.complete)
        parse_gap(&p, "the rest of the snapshot", ERR_TIMEOUT, "the collection was cut");
done:
    parse_end(&p);
    return rc;
}

void host_snapshot_release(struct host_snapshot *s)
{
    VEC_RELEASE(&s->per_cpu);
    VEC_RELEASE(&s->processes);
    VEC_RELEASE(&s->filesystems);
    VEC_RELEASE(&s->disks);
    VEC_RELEASE(&s->nics);
    VEC_RELEASE(&s->listeners);
    VEC_RELEASE(&s->conns);
    VEC_RELEASE(&s->time_waits);
    VEC_RELEASE(&s->unix_listeners);
    VEC_RELEASE(&s->resolving);
    VEC_RELEASE(&s->bind_errors);
    VEC_RELEASE(&s->resolvers);
    VEC_RELEASE(&s->addresses);
    VEC_RELEASE(&s->cgroups);
    VEC_RELEASE(&s->irqs);
    VEC_RELEASE(&s->shms);
    VEC_RELEASE(&s->locks);
    VEC_RELEASE(&s->restarts);
    VEC_RELEASE(&s->units);
    VEC_RELEASE(&s->kernel_events);
    VEC_RELEASE(&s->written);
    VEC_RELEASE(&s->unlinked);
    VEC_RELEASE(&s->logs);
    VEC_RELEASE(&s->mounts);
    VEC_RELEASE(&s->raids);
    VEC_RELEASE(&s->thin_pools);
    VEC_RELEASE(&s->quotas);
    VEC_RELEASE(&s->boots_ms);
    VEC_RELEASE(&s->gaps);
}
