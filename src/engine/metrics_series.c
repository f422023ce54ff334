/* metrics_series.c - from the answer of a range query to judged signals of services.
 * Decoding and judging is CPU work that touches nothing shared; for a large answer it runs on the
 * thread pool. A job owns the answer's bytes and its results; when the module is gone meanwhile the
 * job frees itself. */
#include "metrics_priv.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define INLINE_BYTES ((size_t)128 << 10)

struct series_job {
    struct series_job *next, **prev;
    struct metrics *mm; /* NULL: the module is gone */
    struct metric_name *name;
    struct rca_metric m;
    uint64_t query;
    struct buf body;
    struct rca_window w;
    struct arena *arena; /* labels, traces */
    bool traces;
    VEC(struct rca_judged) judged;
    size_t seen;
    struct err err;
};

static void judge_series(struct series_job *j, const struct prom_series *s,
                         struct prom_point *scratch)
{
    struct rca_judged x;

    memcpy(scratch, s->points, s->count * sizeof(*scratch));
    if (rca_judge(&j->m, s->labels, scratch, s->count, &j->w, j->traces ? j->arena : NULL, &x))
        *VEC_PUSH(&j->judged) = x;
}

/* On any thread. */
static void work(void *ctx)
{
    struct series_job *j = ctx;
    struct prom_point *scratch;
    struct prom_answer a;
    size_t most = 0;

    if (prom_decode(buf_str(&j->body), NULL, j->arena, &a, &j->err))
        return;
    buf_release(&j->body);
    for (size_t i = 0; i < a.series_count; i++)
        most = a.series[i].count > most ? a.series[i].count : most;
    scratch = xcalloc(most + 1, sizeof(*scratch));
    for (size_t i = 0; i < a.series_count; i++) {
        if (a.series[i].count)
            judge_series(j, &a.series[i], scratch);
    }
    free(scratch);
    j->seen = a.series_count;
}

static void job_free(struct series_job *j)
{
    if (j->mm) {
        *j->prev = j->next;
        if (j->next)
            j->next->prev = j->prev;
    }
    VEC_RELEASE(&j->judged);
    buf_release(&j->body);
    arena_free(j->arena);
    free(j);
}

void metrics_drop_jobs(struct metrics *mm)
{
    for (struct series_job *j = mm->jobs; j; j = j->next)
        j->mm = NULL;
    mm->jobs = NULL;
}

static void finish_job(void *ctx, bool canceled)
{
    struct series_job *j = ctx;
    struct metrics *mm = j->mm;

    if (!mm) {
        job_free(j);
        return;
    }
    if (canceled)
        err_set(&j->err, ERR_CANCELED, "canceled");
    if (j->err.code) {
        mm->metrics_failed++;
        inv_blind(mm->inv, mm->roots[metrics_root_of(j->m.kind)], j->name->name, &j->err);
    }
    mm->series_seen += j->seen;
    mm->series_judged += j->judged.count;
    VEC_EACH (x, &j->judged)
        rca_collect_take(&mm->c, j->name->name, j->query, x);
    metrics_range_over(mm, j->name);
    job_free(j);
    metrics_step_done(mm);
}

void metrics_take_answer(struct metrics *mm, struct metric_name *name, uint64_t query,
                         struct str body)
{
    struct series_job *j = xcalloc(1, sizeof(*j));

    j->mm = mm;
    j->name = name;
    j->m = name->m;
    j->query = query;
    j->w = mm->w;
    j->traces = !mm->topology;
    j->arena = arena_new(0);
    buf_init(&j->body, body.len);
    buf_add_str(&j->body, body);
    j->next = mm->jobs;
    j->prev = &mm->jobs;
    if (j->next)
        j->next->prev = &j->next;
    mm->jobs = j;
    mm->pending++;
    if (body.len <= INLINE_BYTES) {
        work(j);
        finish_job(j, false);
    } else {
        loop_job(inv_loop(mm->inv), work, finish_job, j);
    }
}
