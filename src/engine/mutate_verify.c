/* mutate_verify.c - after the calls of a mutation: its resource is read until what was to be
 * reached is there and stays, or the time is over; then the way back, when the plan said that it is
 * taken by itself. Of what was cut off or lost, reading decides between done and not done. */
#include "mutate_priv.h"

#include <stdio.h>
#include <string.h>

#define FIRST_LOOK_MS 20
#define LOOK_AGAIN_MS 500 /* at the most; sooner at first */
#define STAY_LOOK_MS 100
#define CHANGES_MAX 3 /* what comes back so often does not stay */

static void verified(struct live *l, bool holds, const char *text)
{
    struct event ev = {.type = EV_MUTATION_VERIFIED};

    ev.u.mutation_verified.id = l->id;
    ev.u.mutation_verified.what = live_what(l);
    ev.u.mutation_verified.holds = holds;
    ev.u.mutation_verified.text = text ? text : "";
    ev.u.mutation_verified.duration_ms = loop_now_ms(l->e->opts.loop) - l->ended_ms;
    engine_publish(l->e, &ev);
    MUTATE_STEP("mutate.verified");
}

static void look(void *ctx)
{
    struct live *l = ctx;

    l->timer = 0;
    live_read(l, l->step);
}

static void look_after(struct live *l, int64_t ms)
{
    l->timer = loop_timer(l->e->opts.loop, ms, look, l);
}

static void look_again(struct live *l)
{
    int64_t most = l->act.def->look_ms ? l->act.def->look_ms : LOOK_AGAIN_MS;

    l->look_ms = l->look_ms ? l->look_ms * 2 : FIRST_LOOK_MS;
    l->look_ms = l->look_ms < most ? l->look_ms : most;
    look_after(l, l->look_ms);
}

/* While it has to stay: a machine's own state costs nothing to read, AWS's does. */
static void look_whether_it_stays(struct live *l)
{
    int64_t most = l->act.def->look_ms ? l->act.def->look_ms : STAY_LOOK_MS;
    int64_t held = loop_now_ms(l->e->opts.loop) - l->held_ms;

    l->look_ms = held / 2 < STAY_LOOK_MS ? STAY_LOOK_MS : held / 2;
    l->look_ms = l->look_ms < most ? l->look_ms : most;
    look_after(l, l->look_ms);
}

void live_verify(struct live *l, bool once)
{
    l->ended_ms = loop_now_ms(l->e->opts.loop);
    l->once = once;
    l->held_ms = l->look_ms = 0;
    l->held_changes = 0;
    l->held_by[0] = '\0';
    l->deadline_ms = l->ended_ms + l->act.def->verify_ms;
    l->step = live_is_back(l) ? LIVE_BACK_VERIFY : LIVE_VERIFY;
    look_after(l, once ? 0 : FIRST_LOOK_MS);
}

/* What is there now has to be there for a while, as the same thing: a service that starts and dies
 * was not started. False: it is not known yet. */
static bool has_stayed(struct live *l)
{
    const char *by = l->act.held_by ? l->act.held_by : "";
    int64_t now = loop_now_ms(l->e->opts.loop);
    char text[sizeof(l->held_by)];

    snprintf(text, sizeof(text), "%s", by);
    if (!l->held_ms || strcmp(text, l->held_by) != 0) {
        l->held_changes += l->held_ms != 0 || l->held_by[0];
        l->held_ms = now;
        memcpy(l->held_by, text, sizeof(text));
    }
    return now - l->held_ms >= l->act.def->stay_ms;
}

/* ---- the way back ---- */

/* After calls that were lost nothing more is done by itself: they may still be under way. Nor is
 * what somebody else set since then. */
static void roll_back(struct live *l)
{
    const struct mutation *mu = live_mutation(l);

    if (!mu->rolls_back || !*mu->rollback_operation || l->recovering || l->lost || l->act.others) {
        live_over(l);
        return;
    }
    live_read(l, LIVE_BACK_READ);
}

/* What failed halfway may have left nothing to take back. */
void live_back_planned(struct live *l)
{
    struct err err = ERR_INIT;

    if (l->act.def->plan(&l->act, &err)) {
        if (err.code != ERR_NOT_FOUND || !l->failed)
            mutate_ended(l, "rollback", "failed", err.msg);
        live_over(l);
    } else if (l->act.plan.already) {
        live_over(l);
    } else {
        live_sync_started(l);
    }
}

/* ---- the answer ---- */

static const char *unknown_text(bool holds)
{
    return holds ? "how it ended was not known; the state says it was done"
                 : "how it ended was not known; the state says it was not done, or had no effect; "
                   "it is not repeated";
}

/* Whether it is done was lost, or what was answered cannot be read back: nobody calls that failed.
 */
static bool stays_unknown(const struct live *l, enum act_check check)
{
    return (!l->failed || l->lost) &&
           (check == ACT_UNKNOWN || (check == ACT_NOT_YET && l->act.unread));
}

static void judged_unknown(struct live *l, const char *said)
{
    const struct mutation *mu = live_mutation(l);
    bool back = live_is_back(l);

    if (!back && mu->ended)
        mutate_unknown(l, arena_printf(l->act.arena,
                                       "it was answered; whether what was to be reached is there "
                                       "is not known: %s",
                                       said));
    else
        mutate_ended(l, live_what(l), "unknown",
                     arena_printf(l->act.arena,
                                  "whether it was done is not known, and could not be found "
                                  "out: %s; it is not repeated",
                                  said));
    live_over(l);
}

static void judged_back(struct live *l, bool holds, const char *said)
{
    if (!live_mutation(l)->back_ended)
        mutate_ended(l, "rollback", holds ? "done" : "failed", said);
    live_over(l);
}

void live_judge(struct live *l)
{
    enum act_check check = l->act.def->verify(&l->act);
    bool late = l->once || loop_now_ms(l->e->opts.loop) >= l->deadline_ms;
    const char *said = l->act.said ? l->act.said : "the state could not be read";
    bool holds = check == ACT_HOLDS && (has_stayed(l) || l->recovering || l->once);

    late = late || l->held_changes > CHANGES_MAX;
    if (check == ACT_HOLDS && !holds && !late) {
        look_whether_it_stays(l);
        return;
    }
    if (check == ACT_HOLDS && !holds)
        said = arena_printf(l->act.arena, "%s; but it does not stay so", said);
    if (check != ACT_HOLDS)
        l->held_ms = 0;
    if (check == ACT_NOT_YET && !late) {
        look_again(l);
        return;
    }
    if (!holds && stays_unknown(l, check)) {
        judged_unknown(l, said);
        return;
    }
    if (l->failed && !holds)
        said = arena_printf(l->act.arena, "%s; %s", l->failed_text, said);
    if (live_is_back(l)) {
        judged_back(l, holds, said);
        return;
    }
    if (!live_mutation(l)->ended)
        mutate_ended(l, "execute", holds ? "done" : "failed", unknown_text(holds));
    verified(l, holds, said);
    if (holds)
        live_over(l);
    else
        roll_back(l);
}

/* It was started by a run that is gone: what does the resource say? */
void live_find_out(struct live *l, bool back, bool was_running)
{
    struct err err = ERR_INIT;

    l->recovering = true;
    l->step = back ? LIVE_BACK_VERIFY : LIVE_VERIFY;
    if (was_running)
        mutate_unknown(l, "the program ended while it ran");
    if (live_open_act(l, back, &err)) {
        mutate_ended(l, live_what(l), "failed", err.msg);
        live_over(l);
        return;
    }
    live_verify(l, false);
}
