/* plain_replay.c - a recording in plain mode: the keys of a replay as commands. */
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "src/ui/plain_priv.h"

static bool replaying(struct plain *p)
{
    if (!p->opts.replay)
        plain_errorf(p, "This is no replay.");
    return p->opts.replay != NULL;
}

void plain_play(struct plain *p, struct str args)
{
    (void)args;
    if (replaying(p))
        p->opts.replay->play(p->opts.replay->ctx, true);
}

void plain_halt(struct plain *p, struct str args)
{
    (void)args;
    if (replaying(p))
        p->opts.replay->play(p->opts.replay->ctx, false);
}

void plain_step(struct plain *p, struct str args)
{
    (void)args;
    if (replaying(p))
        p->opts.replay->step(p->opts.replay->ctx);
}

void plain_back(struct plain *p, struct str args)
{
    (void)args;
    if (replaying(p) && p->opts.replay->back)
        p->opts.replay->back(p->opts.replay->ctx);
}

void plain_faster(struct plain *p, struct str args)
{
    (void)args;
    if (replaying(p))
        p->opts.replay->speed(p->opts.replay->ctx, 1);
}

void plain_slower(struct plain *p, struct str args)
{
    (void)args;
    if (replaying(p))
        p->opts.replay->speed(p->opts.replay->ctx, -1);
}

void plain_jump(struct plain *p, struct str args)
{
    struct err err = ERR_INIT;
    char *where = xstrndup(args.ptr ? args.ptr : "", args.len);

    if (replaying(p) && !p->opts.replay->jump(p->opts.replay->ctx, where, &err))
        plain_errorf(p, "%s", err.msg);
    free(where);
}

void plain_branch(struct plain *p, struct str args)
{
    const struct replay_control *r = p->opts.replay;
    struct err err = ERR_INIT;

    (void)args;
    if (!replaying(p))
        return;
    if (!r->branch)
        plain_errorf(p, "This recording cannot be branched: nothing that it asked is here.");
    else if (!r->branch(r->ctx, &err))
        plain_errorf(p, "%s", err.msg);
}
