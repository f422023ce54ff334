/* replay_screen.c - a recorded session on the screen: the journal's events are decoded once, then
 * fed to a model and the frontend one at a time, by a key or by the clock. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/vec.h"
#include "src/app/commands.h"
#include "src/app/screen.h"

#define PAUSE_MAX_MS 2000 /* nobody waits through the night in which a session lay open */
#define SPEED_MIN 0.0625
#define SPEED_MAX 1024

struct player {
    struct loop *loop;
    struct tui *tui;
    struct model model;
    struct arena *arena; /* of the events */
    VEC(struct event) events;
    size_t at;
    double speed;
    bool playing;
    loop_id timer;
    int signo;
    char text[160];
};

static bool keep_event(void *ctx, const struct journal_record *r)
{
    struct player *p = ctx;
    enum event_type type = event_type_from_name(r->type);
    struct event ev = {.type = type};
    struct err err;

    if (type == EV_UNKNOWN)
        return true;
    if (event_decode(type, r->data, p->arena, &ev, &err)) {
        ev = (struct event){.type = EV_ERROR};
        ev.u.error = (struct ev_error){
            .text = arena_printf(p->arena, "line %llu of the journal: %s",
                                 (unsigned long long)r->seq, err.msg),
            .code = err_code_name(err.code),
            .doing = "",
        };
    }
    ev.seq = r->seq;
    ev.ts_ms = r->ts_ms;
    ev.actor = arena_str(p->arena, r->actor);
    *VEC_PUSH(&p->events) = ev;
    return true;
}

static void feed_one(struct player *p)
{
    const struct event *ev = &p->events.items[p->at++];

    model_apply(&p->model, ev);
    tui_sink()->event(p->tui, &p->model, ev);
}

static void on_due(void *ctx);

/* Events that happened within a few milliseconds of this one come with it. */
static void arm(struct player *p)
{
    double wait;

    if (!p->playing || p->at >= p->events.count)
        return;
    wait = p->at ? (double)(p->events.items[p->at].ts_ms - p->events.items[p->at - 1].ts_ms) : 0;
    wait = fmin(fmax(wait / p->speed, 0), PAUSE_MAX_MS);
    p->timer = loop_timer(p->loop, (int64_t)wait, on_due, p);
}

static void on_due(void *ctx)
{
    struct player *p = ctx;

    p->timer = 0;
    if (p->at < p->events.count)
        feed_one(p);
    if (p->at >= p->events.count)
        p->playing = false;
    arm(p);
}

static void play(void *ctx, bool playing)
{
    struct player *p = ctx;

    if (p->timer)
        loop_timer_cancel(p->loop, p->timer);
    p->timer = 0;
    p->playing = playing && p->at < p->events.count;
    arm(p);
    tui_refresh(p->tui);
}

static void step(void *ctx)
{
    struct player *p = ctx;

    play(p, false);
    if (p->at < p->events.count)
        feed_one(p);
}

static void change_speed(void *ctx, int by)
{
    struct player *p = ctx;
    double speed = by > 0 ? p->speed * 2 : p->speed / 2;

    if (speed >= SPEED_MIN && speed <= SPEED_MAX)
        p->speed = speed;
    play(p, p->playing);
}

static bool is_playing(void *ctx)
{
    return ((struct player *)ctx)->playing;
}

static const char *state_text(void *ctx)
{
    struct player *p = ctx;

    snprintf(p->text, sizeof(p->text), "Replay  event %zu of %zu  %gx  %s", p->at, p->events.count,
             p->speed,
             p->at >= p->events.count ? "at the end"
             : p->playing             ? "playing"
                                      : "paused");
    return p->text;
}

static void on_quit(void *ctx, int signo)
{
    struct player *p = ctx;

    p->signo = signo;
    loop_stop(p->loop);
}

static int show(struct app *app, struct session_ref *ref, struct player *p)
{
    struct replay_control control = {p, step, play, change_speed, is_playing, state_text};
    struct tui_options o;
    struct screen_strings strings;
    struct err err;
    int code = EXIT_DONE;

    if (screen_options(app, &o, &strings, &err))
        return app_fail(&err);
    session_ref_blobs(ref, &o.blobs);
    o.replay = &control;
    o.on_quit = on_quit;
    o.quit_ctx = p;
    if (tui_new(p->loop, &o, &p->tui, &err)) {
        code = app_fail(&err);
    } else {
        tui_show(p->tui, &p->model);
        play(p, p->playing);
        loop_run(p->loop);
        tui_free(p->tui);
        code = p->signo ? 128 + p->signo : EXIT_DONE;
    }
    screen_strings_release(&strings);
    return code;
}

int replay_screen(struct app *app, struct session_ref *ref, double speed, bool by_step)
{
    struct player p = {.speed = speed > 0 ? speed : 1, .playing = !by_step};
    struct journal_report rep;
    struct err err;
    int code;

    p.arena = arena_new(0);
    model_init(&p.model);
    if (journal_read(ref->path, false, keep_event, &p, &rep, &err)) {
        code = app_fail(&err);
    } else {
        p.loop = loop_new(app->clock);
        code = show(app, ref, &p);
        loop_free(p.loop);
    }
    model_release(&p.model);
    VEC_RELEASE(&p.events);
    arena_free(p.arena);
    return code;
}
