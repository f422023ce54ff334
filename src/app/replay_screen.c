/* replay_screen.c - a recorded session on the screen: the player's events go to the frontend, the
 * keys to the player; a branch is opened as a session when the screen has been left. */
#include <stdlib.h>

#include "src/app/branch.h"
#include "src/app/investigate.h"
#include "src/app/player.h"
#include "src/app/screen.h"

struct shown {
    struct app *app;
    struct session_ref *ref;
    struct loop *loop;
    struct tui *tui;
    struct player *player;
    struct screen_services *services;
    int signo;
    char branched[SESSION_ID_MAX]; /* the new session; "": none was asked for */
    char *next;                    /* another session that was asked for; NULL: none */
};

static void on_event(void *ctx, const struct model *m, const struct event *ev)
{
    struct shown *s = ctx;

    tui_sink()->event(s->tui, m, ev);
}

static void on_moved(void *ctx)
{
    tui_refresh(((struct shown *)ctx)->tui);
}

static void on_quit(void *ctx, int signo)
{
    struct shown *s = ctx;

    s->signo = signo;
    loop_stop(s->loop);
}

static bool on_branch(void *ctx, uint64_t seq, struct err *err)
{
    struct shown *s = ctx;
    struct branch_request req = {s->ref, session_ref_name(s->ref), seq};

    if (branch_session(s->app, &req, s->branched, err))
        return false;
    tui_leave_quietly(s->tui);
    loop_stop(s->loop);
    return true;
}

static int show(struct shown *s, const struct replay_request *req)
{
    struct tui_options o;
    struct screen_strings strings;
    struct err err;
    int code = EXIT_DONE;

    if (screen_options(s->app, &o, &strings, &err))
        return app_fail(&err);
    if (req->blobs)
        o.blobs = *req->blobs;
    else
        session_ref_blobs(s->ref, &o.blobs);
    if (screen_services_replay(s->app, s->loop, s->ref->path, &o.blobs, &s->services, &err)) {
        screen_strings_release(&strings);
        return app_fail(&err);
    }
    o.services = screen_services_ops(s->services);
    o.chain = chain_of_replay(s->ref);
    o.replay = player_control(s->player);
    o.on_quit = on_quit;
    o.quit_ctx = s;
    o.quiet_exit = req->quiet;
    if (tui_new(s->loop, &o, &s->tui, &err)) {
        code = app_fail(&err);
    } else {
        tui_show(s->tui, player_model(s->player));
        player_start(s->player);
        loop_run(s->loop);
        s->next = screen_services_next(s->services);
        if (s->next)
            tui_leave_quietly(s->tui);
        tui_free(s->tui);
        code = s->signo ? 128 + s->signo : EXIT_DONE;
    }
    screen_services_free(s->services);
    screen_strings_release(&strings);
    return code;
}

void replay_player_options(const struct replay_request *req, struct player_options *ret)
{
    *ret = (struct player_options){
        .speed = req->speed,
        .paused = req->step,
        .reading_pace = req->reading_pace,
        .label = req->label,
    };
}

/* Leaves the recording for a session: a branch of it, or another one. */
static int go_on(struct shown *s, int code)
{
    const char *id = *s->branched ? s->branched : s->next;

    if (id && !s->signo)
        code = screen_resume(s->app, id);
    free(s->next);
    return code;
}

int replay_screen(struct app *app, struct session_ref *ref, const struct replay_request *req)
{
    struct shown s = {.app = app, .ref = ref};
    struct player_options po;
    struct journal_report rep;
    struct err err;
    int code;

    replay_player_options(req, &po);
    po.ctx = &s;
    po.event = on_event;
    po.moved = on_moved;
    po.branch = req->no_branch ? NULL : on_branch;
    s.loop = loop_new(app->clock);
    if (player_new(s.loop, ref->path, &po, &s.player, &rep, &err)) {
        code = app_fail(&err);
    } else if (req->from && player_jump(s.player, req->from, &err)) {
        err_wrap(&err, "--from");
        code = app_fail(&err);
    } else {
        code = show(&s, req);
    }
    player_free(s.player);
    loop_free(s.loop);
    return go_on(&s, code);
}
