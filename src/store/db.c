/* db.c - the database's thread and its queue.
 * Requests go over in one list and come back in another; a byte in a pipe wakes the loop. The pipe
 * is watched only while an answer is due, so an idle database does not keep the loop alive. */
#include "runbook/store/db.h"

#include <assert.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "db_priv.h"
#include "runbook/base/mem.h"

struct request {
    struct request *next;
    db_work_fn *work;
    db_done_fn *done;
    void *ctx;
    struct err err;
    struct db_notice notice; /* what happened on the way */
};

struct list {
    struct request *first, **last;
};

struct db {
    struct loop *loop;
    char *path;
    struct db_conn conn; /* the thread's alone once it runs */
    pthread_t thread;
    bool running;
    int pipe[2];
    loop_id watch;
    size_t waiting; /* requests whose done has not run */
    struct db_notice notice;
    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t more;
    struct list todo, answered;
    bool stop;
};

static void list_init(struct list *l)
{
    l->first = NULL;
    l->last = &l->first;
}

static void list_push(struct list *l, struct request *r)
{
    r->next = NULL;
    *l->last = r;
    l->last = &r->next;
}

static struct request *list_take(struct list *l)
{
    struct request *r = l->first;

    if (r) {
        l->first = r->next;
        if (!l->first)
            l->last = &l->first;
    }
    return r;
}

struct db *db_new(struct loop *l, const char *path, const struct db_schema *schema)
{
    struct db *d = xcalloc(1, sizeof(*d));

    d->loop = l;
    d->path = xstrdup(path);
    d->conn = (struct db_conn){.path = d->path, .schema = schema};
    d->pipe[0] = d->pipe[1] = -1;
    pthread_mutex_init(&d->lock, NULL);
    pthread_cond_init(&d->more, NULL);
    list_init(&d->todo);
    list_init(&d->answered);
    return d;
}

static void *thread_main(void *arg)
{
    struct db *d = arg;
    struct request *r;
    ssize_t woken;

    pthread_mutex_lock(&d->lock);
    for (;;) {
        while (!(r = list_take(&d->todo)) && !d->stop)
            pthread_cond_wait(&d->more, &d->lock);
        if (!r)
            break;
        pthread_mutex_unlock(&d->lock);
        err_clear(&r->err);
        if (!db_conn_run(&d->conn, r->work, r->ctx, &r->err))
            err_clear(&r->err);
        r->notice = d->conn.notice;
        d->conn.notice.text[0] = '\0';
        pthread_mutex_lock(&d->lock);
        list_push(&d->answered, r);
        woken = write(d->pipe[1], "x", 1); /* a full pipe has woken the loop anyway */
        (void)woken;
    }
    pthread_mutex_unlock(&d->lock);
    db_conn_close(&d->conn);
    return NULL;
}

static void answer_all(struct db *d)
{
    struct request *r;

    for (;;) {
        pthread_mutex_lock(&d->lock);
        r = list_take(&d->answered);
        pthread_mutex_unlock(&d->lock);
        if (!r)
            return;
        d->waiting--;
        if (r->notice.text[0])
            d->notice = r->notice;
        if (r->done)
            r->done(r->ctx, &r->err);
        free(r);
    }
}

static void on_answers(void *ctx, unsigned events)
{
    struct db *d = ctx;
    char drain[64];

    (void)events;
    while (read(d->pipe[0], drain, sizeof(drain)) > 0)
        ;
    answer_all(d);
    if (d->waiting == 0 && d->watch) {
        loop_watch_cancel(d->loop, d->watch);
        d->watch = 0;
    }
}

static void start_thread(struct db *d)
{
    if (pipe2(d->pipe, O_CLOEXEC | O_NONBLOCK) || pthread_create(&d->thread, NULL, thread_main, d))
        mem_fatal("no thread for the database");
    d->running = true;
}

void db_run(struct db *d, db_work_fn *work, db_done_fn *done, void *ctx)
{
    struct request *r = xcalloc(1, sizeof(*r));
    struct err err;

    r->work = work;
    r->done = done;
    r->ctx = ctx;
    if (!d->running)
        start_thread(d);
    if (!d->watch)
        d->watch = loop_watch(d->loop, d->pipe[0], LOOP_READ, on_answers, d, &err);
    assert(d->watch);
    d->waiting++;
    pthread_mutex_lock(&d->lock);
    list_push(&d->todo, r);
    pthread_cond_signal(&d->more);
    pthread_mutex_unlock(&d->lock);
}

void db_free(struct db *d)
{
    if (!d)
        return;
    if (d->running) {
        pthread_mutex_lock(&d->lock);
        d->stop = true;
        pthread_cond_signal(&d->more);
        pthread_mutex_unlock(&d->lock);
        pthread_join(d->thread, NULL);
        answer_all(d);
        if (d->watch)
            loop_watch_cancel(d->loop, d->watch);
        close(d->pipe[0]);
        close(d->pipe[1]);
    }
    pthread_mutex_destroy(&d->lock);
    pthread_cond_destroy(&d->more);
    free(d->path);
    free(d);
}

const char *db_notice(const struct db *d)
{
    return d->notice.text;
}

enum err_code db_run_sync(const char *path, const struct db_schema *schema, db_work_fn *work,
                          void *ctx, struct db_notice *ret_notice, struct err *err)
{
    struct db_conn c = {.path = path, .schema = schema};
    enum err_code rc = db_conn_run(&c, work, ctx, err);

    db_conn_close(&c);
    if (ret_notice)
        *ret_notice = c.notice;
    return rc;
}
