/* tui_replay.c - the keys of a replay, handed to whoever plays it. */
#include "src/ui/tui_priv.h"

void tui_replay_state(struct tui *t)
{
    const struct replay_control *r = t->opts.replay;

    if (!r)
        return;
    t->screen.replay_text = r->text(r->ctx);
    t->screen.replay_progress = r->progress ? r->progress(r->ctx) : 0;
    t->screen.label = r->label;
}

static void on_place(void *ctx, const char *where)
{
    struct tui *t = ctx;
    const struct replay_control *r = t->opts.replay;
    struct err err = ERR_INIT;

    if (where && *where && !r->jump(r->ctx, where, &err))
        tui_say(t, true, "%s", err.msg);
}

static void ask_place(struct tui *t)
{
    tui_say(t, false, "A time (14:03:10), a step (+90s, -2m), a part (50%%) or an event (#41)");
    if (t->opts.replay->jump)
        tui_prompt(t, "Jump to", "", on_place, t);
}

static void branch(struct tui *t)
{
    const struct replay_control *r = t->opts.replay;
    struct err err = ERR_INIT;

    if (!r->branch)
        tui_say(t, false, "This recording cannot be branched: nothing that it asked is here");
    else if (!r->branch(r->ctx, &err))
        tui_say(t, true, "%s", err.msg);
}

void tui_replay(struct tui *t, enum command c)
{
    const struct replay_control *r = t->opts.replay;

    if (!r)
        return;
    if (c == CMD_REPLAY_STEP)
        r->step(r->ctx);
    else if (c == CMD_REPLAY_BACK && r->back)
        r->back(r->ctx);
    else if (c == CMD_REPLAY_PLAY)
        r->play(r->ctx, !r->playing(r->ctx));
    else if (c == CMD_REPLAY_FASTER || c == CMD_REPLAY_SLOWER)
        r->speed(r->ctx, c == CMD_REPLAY_FASTER ? 1 : -1);
    else if (c == CMD_REPLAY_JUMP)
        ask_place(t);
    else if (c == CMD_REPLAY_BRANCH)
        branch(t);
}
