/* metrics_past.c - what earlier sessions were sure of, for the ranking and for who reads it. The
 * journals are read on the thread pool while the server is asked. Only what was known at the time
 * that is investigated counts. */
#include "metrics_priv.h"

#include <stdlib.h>
#include <string.h>

#include "investigation_priv.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"

struct past_job {
    struct metrics *mm; /* NULL: the module is gone */
    struct arena *arena;
    char *state_dir, *own;
    struct past found;
};

/* On any thread. */
static void work(void *ctx)
{
    struct past_job *j = ctx;

    past_load(j->state_dir, j->own, j->arena, &j->found);
}

static void keep(struct metrics *mm, const struct past *found)
{
    VEC_EACH (c, &found->causes) {
        if (c->ts_ms > inv_now_ms(mm->inv))
            continue;
        *VEC_PUSH(&mm->past.causes) = (struct past_cause){
            arena_strdup(mm->arena, c->session), arena_strdup(mm->arena, c->service),
            arena_strdup(mm->arena, c->metric), arena_strdup(mm->arena, c->category), c->ts_ms};
    }
}

static void finish(void *ctx, bool canceled)
{
    struct past_job *j = ctx;
    struct metrics *mm = j->mm;

    if (mm && !canceled)
        keep(mm, &j->found);
    past_release(&j->found);
    arena_free(j->arena);
    free(j->state_dir);
    free(j->own);
    free(j);
    if (!mm)
        return;
    mm->past_job = NULL;
    metrics_step_done(mm);
}

void metrics_ask_past(struct metrics *mm)
{
    const char *dir = mm->inv->engine->opts.state_dir;
    struct past_job *j;

    if (!dir)
        return;
    j = xcalloc(1, sizeof(*j));
    j->mm = mm;
    j->arena = arena_new(0);
    j->state_dir = xstrdup(dir);
    j->own = xstrdup(inv_model(mm->inv)->id ? inv_model(mm->inv)->id : "");
    mm->past_job = j;
    mm->pending++;
    loop_job(inv_loop(mm->inv), work, finish, j);
}

void metrics_drop_past(struct metrics *mm)
{
    if (mm->past_job)
        mm->past_job->mm = NULL;
    mm->past_job = NULL;
}

double metrics_past_odds(struct metrics *mm, const struct report *r, const struct rca_candidate *c,
                         const struct past_cause **ret_like)
{
    const struct rca_signal *s = c->signal_count ? metrics_signal_of(r, c, 0) : NULL;

    *ret_like = NULL;
    return s ? past_odds(&mm->past, mm->c.services.items[c->service].name, s->metric,
                         metrics_category_word(s), ret_like)
             : 0;
}

const char *metrics_past_words(struct metrics *mm, const struct report *r,
                               const struct rca_candidate *c)
{
    const struct past_cause *like;
    char at[TIME_TEXT_MAX];

    metrics_past_odds(mm, r, c, &like);
    if (!like)
        return "";
    time_format_rfc3339(like->ts_ms, at);
    return arena_printf(mm->arena, "; seen on %.10s in %s (its %s)", at, like->session,
                        *like->category ? like->category : like->metric);
}
