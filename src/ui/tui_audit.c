/* tui_audit.c - the check of the journal's chain that the audit page shows. Reading a journal may
 * take a while: it is a job of its own, which owns what it touches. */
#include "src/ui/tui_priv.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

struct chain_job {
    struct tui *tui;
    void (*verify)(const char *path, struct chain_state *ret);
    char *path;
    struct chain_state state;
};

static void job_free(struct chain_job *j)
{
    free(j->path);
    free(j);
}

static void work(void *ctx)
{
    struct chain_job *j = ctx;

    j->verify(j->path, &j->state);
}

static void done(void *ctx, bool canceled)
{
    struct chain_job *j = ctx;
    struct tui *t = j->tui;

    t->chain_id = 0;
    t->chain_job = NULL;
    if (!canceled) {
        j->state.checked_ms = loop_wall_ms(t->loop);
        t->screen.chain = j->state;
    }
    job_free(j);
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint_when_due(t);
}

static void no_journal(struct tui *t, const char *why)
{
    t->screen.chain = (struct chain_state){.step = CHAIN_NO_JOURNAL};
    snprintf(t->screen.chain.why, sizeof(t->screen.chain.why), "%s", why);
}

/* One check at a time; a second wish while it runs is answered by it. */
void tui_check_chain(struct tui *t)
{
    const struct chain_source *source = &t->opts.chain;
    const char *why = "nothing is kept",
               *path = source->path ? source->path(source->ctx, &why) : NULL;
    struct chain_job *j;

    if (t->chain_id)
        return;
    if (!path) {
        no_journal(t, why);
        return;
    }
    j = xcalloc(1, sizeof(*j));
    j->tui = t;
    j->verify = source->verify;
    j->path = xstrdup(path);
    t->screen.chain.step = CHAIN_READING;
    t->chain_job = j;
    t->chain_id = loop_job(t->loop, work, done, j);
}

void tui_drop_chain(struct tui *t)
{
    if (!t->chain_id)
        return;
    loop_job_drop(t->loop, t->chain_id);
    job_free(t->chain_job);
    t->chain_id = 0;
}
