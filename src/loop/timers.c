/* timers.c - a binary heap of timers; each knows its place, so canceling is as cheap as firing. */
#include "src/loop/timers_priv.h"

#include <stdlib.h>

#include "runbook/base/idtab.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"

struct timer {
    int64_t deadline_ms;
    uint64_t serial; /* order of arming */
    uint64_t id;
    size_t at; /* index in the heap */
    void (*fn)(void *ctx);
    void *ctx;
};

struct timer_set {
    VEC(struct timer *) heap;
    struct idtab *ids;
    uint64_t serial;
    int64_t floor_ms; /* the last run's time: what is armed later stands behind what was due then */
};

struct timer_set *timer_set_new(void)
{
    struct timer_set *ts = xcalloc(1, sizeof(*ts));

    ts->ids = idtab_new();
    return ts;
}

void timer_set_free(struct timer_set *ts)
{
    if (!ts)
        return;
    VEC_EACH (t, &ts->heap)
        free(*t);
    VEC_RELEASE(&ts->heap);
    idtab_free(ts->ids);
    free(ts);
}

static bool sooner(const struct timer *a, const struct timer *b)
{
    if (a->deadline_ms != b->deadline_ms)
        return a->deadline_ms < b->deadline_ms;
    return a->serial < b->serial;
}

static void put(struct timer_set *ts, size_t at, struct timer *t)
{
    ts->heap.items[at] = t;
    t->at = at;
}

static void sift_up(struct timer_set *ts, size_t at, struct timer *t)
{
    while (at > 0 && sooner(t, ts->heap.items[(at - 1) / 2])) {
        put(ts, at, ts->heap.items[(at - 1) / 2]);
        at = (at - 1) / 2;
    }
    put(ts, at, t);
}

static void sift_down(struct timer_set *ts, size_t at, struct timer *t)
{
    for (;;) {
        size_t child = 2 * at + 1;

        if (child >= ts->heap.count)
            break;
        if (child + 1 < ts->heap.count && sooner(ts->heap.items[child + 1], ts->heap.items[child]))
            child++;
        if (!sooner(ts->heap.items[child], t))
            break;
        put(ts, at, ts->heap.items[child]);
        at = child;
    }
    put(ts, at, t);
}

static void take_out(struct timer_set *ts, struct timer *t)
{
    size_t at = t->at;
    struct timer *last = ts->heap.items[--ts->heap.count];

    idtab_remove(ts->ids, t->id);
    if (last == t)
        return;
    if (at > 0 && sooner(last, ts->heap.items[(at - 1) / 2]))
        sift_up(ts, at, last);
    else
        sift_down(ts, at, last);
}

uint64_t timer_set_add(struct timer_set *ts, int64_t deadline_ms, void (*fn)(void *ctx), void *ctx)
{
    struct timer *t = xcalloc(1, sizeof(*t));

    if (deadline_ms < ts->floor_ms)
        deadline_ms = ts->floor_ms;
    *t = (struct timer){deadline_ms, ++ts->serial, idtab_add(ts->ids, t), 0, fn, ctx};
    *VEC_PUSH(&ts->heap) = t;
    sift_up(ts, ts->heap.count - 1, t);
    return t->id;
}

bool timer_set_cancel(struct timer_set *ts, uint64_t id)
{
    struct timer *t = idtab_get(ts->ids, id);

    if (!t)
        return false;
    take_out(ts, t);
    free(t);
    return true;
}

void timer_set_run(struct timer_set *ts, int64_t now_ms)
{
    uint64_t newest = ts->serial;

    ts->floor_ms = now_ms;
    while (ts->heap.count) {
        struct timer *t = ts->heap.items[0];

        if (t->deadline_ms > now_ms || t->serial > newest)
            break;
        take_out(ts, t);
        t->fn(t->ctx);
        free(t);
    }
}

bool timer_set_next(const struct timer_set *ts, int64_t *ret_deadline_ms)
{
    if (!ts->heap.count)
        return false;
    *ret_deadline_ms = ts->heap.items[0]->deadline_ms;
    return true;
}
