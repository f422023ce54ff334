/* packing.c - see record.h. The caller writes texts into a batch; a full one goes to the thread.
 * Only the list of batches is shared, under a lock; results are the thread's until it has ended. */
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>

#include "record_priv.h"
#include "runbook/base/fault.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"

#define BATCH_BYTES ((size_t)128 << 10)
#define WAITING_MAX 4 /* batches; then the caller waits */

struct batch {
    struct batch *next;
    struct buf texts;
    VEC(size_t) ends; /* of each text in `texts` */
};

struct aws_packing {
    struct record_writer *writer;
    struct batch *open; /* the caller's */
    size_t added;
    bool finished, has_thread;
    pthread_t thread;

    pthread_mutex_t lock;
    pthread_cond_t moved;
    struct batch *first, **last; /* under the lock, as the next two */
    size_t waiting;
    bool closing;

    ZSTD_CCtx *zstd; /* the thread's, as all below; the caller's when there is none */
    struct buf packed;
    struct arena *arena;
    VEC(struct str) results;
};

static struct batch *batch_new(void)
{
    struct batch *b = xcalloc(1, sizeof(*b));

    buf_init(&b->texts, BATCH_BYTES + AWS_RECORD_MAX);
    return b;
}

static void batch_free(struct batch *b)
{
    if (!b)
        return;
    buf_release(&b->texts);
    VEC_RELEASE(&b->ends);
    free(b);
}

struct aws_packing *aws_packing_new(void)
{
    struct aws_packing *p = xcalloc(1, sizeof(*p));

    p->writer = record_writer_new();
    p->open = batch_new();
    p->last = &p->first;
    p->zstd = record_zstd_new();
    p->arena = arena_new(0);
    buf_init(&p->packed, 2 * AWS_RECORD_MAX); /* what cannot be made smaller gets a little larger */
    (void)pthread_mutex_init(&p->lock, NULL);
    (void)pthread_cond_init(&p->moved, NULL);
    return p;
}

static void pack_batch(struct aws_packing *p, struct batch *b)
{
    size_t from = 0;

    VEC_EACH (end, &b->ends) {
        struct str *to = VEC_PUSH(&p->results);

        buf_clear(&p->packed);
        record_pack_text(p->zstd, (struct str){b->texts.ptr + from, *end - from}, &p->packed);
        *to = (struct str){arena_str(p->arena, buf_str(&p->packed)), p->packed.len};
        from = *end;
    }
    batch_free(b);
}

static struct batch *take(struct aws_packing *p)
{
    struct batch *b;

    pthread_mutex_lock(&p->lock);
    while (!p->first && !p->closing)
        pthread_cond_wait(&p->moved, &p->lock);
    b = p->first;
    if (b) {
        p->first = b->next;
        if (!p->first)
            p->last = &p->first;
        p->waiting--;
        pthread_cond_signal(&p->moved);
    }
    pthread_mutex_unlock(&p->lock);
    return b;
}

static void *work(void *ctx)
{
    struct aws_packing *p = ctx;
    struct batch *b;

    while ((b = take(p)))
        pack_batch(p, b);
    return NULL;
}

/* Signals are for the thread that has the loop. */
static bool start(struct aws_packing *p)
{
    sigset_t all, before;

    sigfillset(&all);
    if (FAULT_POINT("packing.thread") || pthread_sigmask(SIG_SETMASK, &all, &before))
        return false;
    p->has_thread = pthread_create(&p->thread, NULL, work, p) == 0;
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    return p->has_thread;
}

static void give(struct aws_packing *p)
{
    struct batch *b = p->open;

    p->open = batch_new();
    if (!p->has_thread && !start(p)) {
        pack_batch(p, b);
        return;
    }
    pthread_mutex_lock(&p->lock);
    while (p->waiting == WAITING_MAX)
        pthread_cond_wait(&p->moved, &p->lock);
    *p->last = b;
    p->last = &b->next;
    p->waiting++;
    pthread_cond_signal(&p->moved);
    pthread_mutex_unlock(&p->lock);
}

void aws_packing_add(struct aws_packing *p, const struct value *item)
{
    buf_add_str(&p->open->texts, record_text(p->writer, item));
    *VEC_PUSH(&p->open->ends) = p->open->texts.len;
    p->added++;
    if (p->open->texts.len >= BATCH_BYTES)
        give(p);
}

void aws_packing_finish(struct aws_packing *p)
{
    if (p->finished)
        return;
    p->finished = true;
    if (p->has_thread) {
        pthread_mutex_lock(&p->lock);
        p->closing = true;
        pthread_cond_signal(&p->moved);
        pthread_mutex_unlock(&p->lock);
        (void)pthread_join(p->thread, NULL);
    }
    pack_batch(p, p->open);
    p->open = NULL;
}

struct str aws_packing_get(const struct aws_packing *p, size_t n)
{
    return n < p->results.count ? p->results.items[n] : (struct str){"", 0};
}

void aws_packing_free(struct aws_packing *p)
{
    if (!p)
        return;
    aws_packing_finish(p);
    (void)pthread_cond_destroy(&p->moved);
    (void)pthread_mutex_destroy(&p->lock);
    (void)ZSTD_freeCCtx(p->zstd);
    VEC_RELEASE(&p->results);
    buf_release(&p->packed);
    arena_free(p->arena);
    record_writer_free(p->writer);
    free(p);
}
