/* loop.c - libuv waits; this file says when what runs.
 *
 * A turn is: wait for events (not at all when posted work or a due timer is there), then fire due
 * timers, then run what was posted before this moment, then tell on_settled. What is posted
 * meanwhile waits for the next turn, which looks at the descriptors first: a key is never behind
 * more than one turn's work, however long a chain of posts is.
 *
 * Timers are our own ordered set, compared with the loop's clock; one uv timer is armed for the
 * real time until the earliest. So a test that steps its clock by hand fires timers exactly, and
 * nothing wakes an idle program. The clock is read at most once between two waits.
 *
 * Invariants: a handle given to libuv is freed in its close callback only; after loop_free() libuv
 * holds none (uv_loop_close() says so). */
#include "runbook/loop/loop.h"

#include <assert.h>
#include <signal.h>
#include <stdlib.h>
#include <uv.h>

#include "runbook/base/fault.h"
#include "runbook/base/idtab.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "src/loop/loop_priv.h"
#include "src/loop/timers_priv.h"

#define QUEUE_MAX 65536

struct post {
    void (*fn)(void *ctx);
    void *ctx;
};

struct queue {
    struct post *ring;
    size_t cap, head, count; /* cap is a power of two */
};

/* Apart from struct loop because reading it late is invisible to a holder of a const loop. */
struct now {
    int64_t now_ms, wall_ms;
    bool fresh;
};

struct loop {
    uv_loop_t uv;
    struct clock *clock;
    struct now *now;
    struct queue queue;
    struct timer_set *timers;
    uv_timer_t *alarm; /* wakes the wait for the earliest timer */
    struct idtab *watches, *signals, *jobs;
    struct proc_set *procs; /* NULL until the first child */
    void (*on_settled)(void *ctx);
    void *settled_ctx;
    bool unsettled; /* on_settled was never told: do not sleep yet */
    bool in_turn, stopping, closing;
};

struct watch {
    uv_poll_t poll; /* first: the close callback frees the handle */
    loop_id id;
    unsigned events;
    void (*fn)(void *ctx, unsigned events);
    void *ctx;
};

struct sig {
    uv_signal_t handle; /* first */
    loop_id id;
    void (*fn)(void *ctx, int signo);
    void *ctx;
};

struct job {
    uv_work_t req;
    struct loop *loop;
    loop_id id;
    void (*work)(void *ctx);
    void (*done)(void *ctx, bool canceled);
    void *ctx;
    uv_sem_t worked; /* posted when work() has returned */
    bool canceled, dropped;
};

/* Inside a turn the time stands still; outside of one nobody says when it should be read again. */
static void read_clock(const struct loop *l)
{
    if (l->now->fresh && l->in_turn)
        return;
    l->now->now_ms = l->clock->now_ms(l->clock);
    l->now->wall_ms = l->clock->wall_ms(l->clock);
    l->now->fresh = true;
}

int64_t loop_now_ms(const struct loop *l)
{
    read_clock(l);
    return l->now->now_ms;
}

int64_t loop_wall_ms(const struct loop *l)
{
    read_clock(l);
    return l->now->wall_ms;
}

struct uv_loop_s *loop_uv(struct loop *l)
{
    return &l->uv;
}

struct proc_set **loop_procs(struct loop *l)
{
    return &l->procs;
}

/* ---- the queue ---- */

static void queue_grow(struct queue *q)
{
    size_t cap = q->cap ? q->cap * 2 : 64;
    struct post *ring = xcalloc(cap, sizeof(*ring));

    for (size_t i = 0; i < q->count; i++)
        ring[i] = q->ring[(q->head + i) & (q->cap - 1)];
    free(q->ring);
    *q = (struct queue){ring, cap, 0, q->count};
}

void loop_post(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
    struct queue *q = &l->queue;

    if (q->count == QUEUE_MAX)
        mem_fatal("the loop's queue holds 65,536 entries: somebody posts without end");
    if (q->count == q->cap)
        queue_grow(q);
    q->ring[(q->head + q->count++) & (q->cap - 1)] = (struct post){fn, ctx};
}

/* The one place where state changes: what was posted before this moment. */
static void queue_drain(struct queue *q)
{
    for (size_t n = q->count; n > 0; n--) {
        struct post p = q->ring[q->head];

        q->head = (q->head + 1) & (q->cap - 1);
        q->count--;
        p.fn(p.ctx);
    }
}

/* ---- turns ---- */

static void on_alarm(uv_timer_t *t)
{
    (void)t; /* it only ends the wait; the timer set fires */
}

struct loop *loop_new(struct clock *clock)
{
    struct loop *l = xcalloc(1, sizeof(*l));

    if (uv_loop_init(&l->uv))
        mem_fatal("cannot make an event loop: too many open files?");
    /* A write to a child or server that is gone must be an error, not our death. */
    signal(SIGPIPE, SIG_IGN);
    l->uv.data = l;
    l->clock = clock;
    l->now = xcalloc(1, sizeof(*l->now));
    l->timers = timer_set_new();
    l->watches = idtab_new();
    l->signals = idtab_new();
    l->jobs = idtab_new();
    l->alarm = xcalloc(1, sizeof(*l->alarm));
    uv_timer_init(&l->uv, l->alarm);
    return l;
}

void loop_on_settled(struct loop *l, void (*fn)(void *ctx), void *ctx)
{
    l->on_settled = fn;
    l->settled_ctx = ctx;
    l->unsettled = fn != NULL;
}

static bool alive(const struct loop *l)
{
    int64_t deadline_ms;

    return l->queue.count || l->unsettled || timer_set_next(l->timers, &deadline_ms) ||
           uv_loop_alive(&l->uv);
}

/* May the wait last? Then the alarm is set for the earliest timer. */
static bool arm_alarm(struct loop *l)
{
    int64_t deadline_ms;

    if (l->queue.count || l->unsettled)
        return false;
    if (!timer_set_next(l->timers, &deadline_ms))
        return true;
    l->now->fresh = false;
    if (deadline_ms <= loop_now_ms(l))
        return false;
    uv_update_time(&l->uv);
    /* It repeats, because uv_run() fires timers before it polls: an alarm that is due by then would
     * be spent, and the poll would wait for a descriptor alone. */
    uv_timer_start(l->alarm, on_alarm, (uint64_t)(deadline_ms - loop_now_ms(l)), 1);
    return true;
}

bool loop_turn(struct loop *l, bool wait)
{
    bool may_wait;

    assert(!l->in_turn); /* a turn inside a turn would run callbacks inside callbacks */
    if (!alive(l))
        return false;
    l->in_turn = true;
    may_wait = wait && arm_alarm(l);
    l->now->fresh = false;
    uv_run(&l->uv, may_wait ? UV_RUN_ONCE : UV_RUN_NOWAIT);
    uv_timer_stop(l->alarm);
    l->now->fresh = false;
    timer_set_run(l->timers, loop_now_ms(l));
    queue_drain(&l->queue);
    l->unsettled = false;
    if (l->on_settled)
        l->on_settled(l->settled_ctx);
    l->in_turn = false;
    return alive(l);
}

void loop_run(struct loop *l)
{
    while (!l->stopping && loop_turn(l, true))
        ;
    l->stopping = false;
}

void loop_stop(struct loop *l)
{
    l->stopping = true;
}

/* ---- timers ---- */

loop_id loop_timer(struct loop *l, int64_t delay_ms, void (*fn)(void *ctx), void *ctx)
{
    int64_t now_ms = loop_now_ms(l);

    if (delay_ms < 0)
        delay_ms = 0;
    if (delay_ms > INT64_MAX - now_ms)
        delay_ms = INT64_MAX - now_ms;
    return timer_set_add(l->timers, now_ms + delay_ms, fn, ctx);
}

bool loop_timer_cancel(struct loop *l, loop_id id)
{
    return timer_set_cancel(l->timers, id);
}

/* ---- descriptors ---- */

static void free_handle(uv_handle_t *h)
{
    free(h);
}

static void close_handle(void *handle)
{
    if (!uv_is_closing(handle))
        uv_close(handle, free_handle);
}

static void on_poll(uv_poll_t *p, int status, int events)
{
    struct watch *w = (struct watch *)p;
    unsigned seen = 0;

    if (events & UV_READABLE)
        seen |= LOOP_READ;
    if (events & UV_WRITABLE)
        seen |= LOOP_WRITE;
    w->fn(w->ctx, status < 0 ? w->events : seen);
}

static int watch_start(struct watch *w, unsigned events)
{
    w->events = events;
    return uv_poll_start(&w->poll,
                         ((events & LOOP_READ) ? UV_READABLE : 0) |
                             ((events & LOOP_WRITE) ? UV_WRITABLE : 0),
                         on_poll);
}

loop_id loop_watch(struct loop *l, int fd, unsigned events, void (*fn)(void *ctx, unsigned events),
                   void *ctx, struct err *err)
{
    struct watch *w = xcalloc(1, sizeof(*w));
    int rc = FAULT_POINT("loop.watch") ? UV_ENOMEM : uv_poll_init(&l->uv, &w->poll, fd);

    if (rc) { /* the handle was not registered: no close callback will come */
        free(w);
        err_errno(err, -rc, "watch descriptor %d", fd);
        return 0;
    }
    w->id = idtab_add(l->watches, w);
    w->fn = fn;
    w->ctx = ctx;
    rc = watch_start(w, events);
    if (rc) {
        err_errno(err, -rc, "watch descriptor %d", fd);
        loop_watch_cancel(l, w->id);
        return 0;
    }
    return w->id;
}

void loop_watch_events(struct loop *l, loop_id id, unsigned events)
{
    struct watch *w = idtab_get(l->watches, id);

    if (w)
        watch_start(w, events); /* only a bad mask makes it fail */
}

void loop_watch_cancel(struct loop *l, loop_id id)
{
    struct watch *w = idtab_remove(l->watches, id);

    if (w)
        close_handle(&w->poll); /* leaves the poll set at once, the memory goes later */
}

/* ---- signals ---- */

static void on_signal(uv_signal_t *h, int signo)
{
    struct sig *s = (struct sig *)h;

    s->fn(s->ctx, signo);
}

loop_id loop_signal(struct loop *l, int signo, void (*fn)(void *ctx, int signo), void *ctx)
{
    struct sig *s = xcalloc(1, sizeof(*s));

    s->fn = fn;
    s->ctx = ctx;
    uv_signal_init(&l->uv, &s->handle);
    s->id = idtab_add(l->signals, s);
    if (uv_signal_start(&s->handle, on_signal, signo)) {
        loop_signal_cancel(l, s->id); /* SIGKILL, SIGSTOP or no signal at all */
        return 0;
    }
    return s->id;
}

void loop_signal_cancel(struct loop *l, loop_id id)
{
    struct sig *s = idtab_remove(l->signals, id);

    if (s)
        close_handle(&s->handle);
}

/* ---- jobs ---- */

static void job_work(uv_work_t *req)
{
    struct job *j = req->data;

    j->work(j->ctx);
    uv_sem_post(&j->worked);
}

static void job_free(struct job *j)
{
    uv_sem_destroy(&j->worked);
    free(j);
}

static void job_done(void *ctx)
{
    struct job *j = ctx;

    idtab_remove(j->loop->jobs, j->id);
    if (!j->dropped)
        j->done(j->ctx, j->canceled);
    job_free(j);
}

static void job_after(uv_work_t *req, int status)
{
    struct job *j = req->data;

    j->canceled = status == UV_ECANCELED;
    loop_post(j->loop, job_done, j);
}

loop_id loop_job(struct loop *l, void (*work)(void *ctx), void (*done)(void *ctx, bool canceled),
                 void *ctx)
{
    struct job *j = xcalloc(1, sizeof(*j));

    j->req.data = j;
    j->loop = l;
    j->work = work;
    j->done = done;
    j->ctx = ctx;
    if (uv_sem_init(&j->worked, 0))
        mem_fatal("no semaphore for a job");
    j->id = idtab_add(l->jobs, j);
    uv_queue_work(&l->uv, &j->req, job_work, job_after);
    return j->id;
}

void loop_job_cancel(struct loop *l, loop_id id)
{
    struct job *j = idtab_get(l->jobs, id);

    if (j)
        uv_cancel(
            (uv_req_t *)&j->req); /* refused when it runs or has run: then it ends by itself */
}

void loop_job_drop(struct loop *l, loop_id id)
{
    struct job *j = idtab_get(l->jobs, id);

    if (!j || j->dropped)
        return;
    j->dropped = true;
    if (!j->canceled && uv_cancel((uv_req_t *)&j->req))
        uv_sem_wait(&j->worked);
}

/* ---- the end ---- */

static void close_walked(uv_handle_t *h, void *arg)
{
    (void)arg;
    /* Our own are closed already. What others forgot is closed too, so that libuv lets go of it;
     * its memory stays theirs. */
    if (!uv_is_closing(h)) {
        LOG(LOG_LOOP, "a %s handle was left open", uv_handle_type_name(h->type));
        uv_close(h, NULL);
    }
}

static void close_all(struct loop *l)
{
    struct watch *w;
    struct sig *s;
    struct job *j;
    size_t it = 0;

    while ((w = idtab_next(l->watches, &it)))
        close_handle(&w->poll);
    it = 0;
    while ((s = idtab_next(l->signals, &it)))
        close_handle(&s->handle);
    it = 0;
    while ((j = idtab_next(l->jobs, &it)))
        loop_job_cancel(l, j->id);
    close_handle(l->alarm);
    uv_walk(&l->uv, close_walked, NULL);
}

void loop_free(struct loop *l)
{
    struct job *j;
    size_t it = 0;

    if (!l)
        return;
    assert(!l->in_turn);
    proc_set_free(l->procs);
    close_all(l);
    while (uv_run(&l->uv, UV_RUN_DEFAULT)) /* close callbacks, and jobs that a worker still runs */
        ;
    if (uv_loop_close(&l->uv))
        mem_fatal("the event loop was freed while something still used it");
    while ((j = idtab_next(l->jobs, &it)))
        job_free(j);
    timer_set_free(l->timers);
    idtab_free(l->watches);
    idtab_free(l->signals);
    idtab_free(l->jobs);
    free(l->queue.ring);
    free(l->now);
    free(l);
}
