/* plain_screen.c - plain mode, wired: a live session, or a recording, without a screen. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/text.h"
#include "runbook/store/index.h"
#include "runbook/ui/plain.h"
#include "src/app/branch.h"
#include "src/app/desk.h"
#include "src/app/export.h"
#include "src/app/found.h"
#include "src/app/investigate.h"
#include "src/app/player.h"
#include "src/app/screen.h"

#define SESSIONS_MAX 40 /* that are listed */

struct face {
    struct app *app;
    struct session *session; /* NULL: a replay */
    struct loop *loop;
    struct plain *plain;
    struct player *player;
    struct session_ref *ref;
    struct blob_source blobs;
    struct screen_services *services; /* NULL: a replay */
    char *themes, *run;               /* folders */
    int signo;
    struct found *found; /* NULL: no first run */
    char *next;          /* a session to open when this one is left */
    bool init;
};

static int page_lines(void)
{
    struct winsize ws;

    return ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 3 ? ws.ws_row - 2 : 22;
}

/* ---- what commands need of the app ---- */

static const struct model *face_model(const struct face *f)
{
    return f->session ? engine_model(session_engine(f->session)) : player_model(f->player);
}

static const char *journal(void *ctx)
{
    struct face *f = ctx;

    return f->session ? engine_journal_path(session_engine(f->session)) : f->ref->path;
}

static bool export(void *ctx, const char *format, const char *path, struct buf *said,
                   struct err *err)
{
    struct face *f = ctx;
    struct export_options o = {.journal = journal(f), .blobs = &f->blobs};

    return !export_file(face_model(f), &o, format, path, said, err);
}

/* "ID  title (verdict)", the newest first. */
static bool sessions(void *ctx, const char *words, struct buf *out, struct err *err)
{
    struct session_query q = {.words = *words ? words : NULL, .limit = SESSIONS_MAX};
    struct face *f = ctx;
    struct session_list list = {0};
    const char *state_dir;

    if (app_state_dir(f->app, &state_dir, err) || session_list_load(state_dir, &q, &list, err))
        return false;
    VEC_EACH (s, &list.items) {
        buf_addf(out, "%s  ", s->id);
        text_sanitize(out, str_from(*s->title ? s->title : s->query), false, false);
        buf_addf(out, "%s%s%s\n", *s->verdict ? " (" : "", s->verdict, *s->verdict ? ")" : "");
    }
    if (list.total > list.items.count)
        buf_addf(out, "and %zu more; `sessions` and a word finds them\n",
                 list.total - list.items.count);
    if (!list.items.count)
        buf_adds(out, "No session is kept, or none holds that.\n");
    session_list_release(&list);
    return true;
}

static bool resume(void *ctx, const char *id, struct err *err)
{
    struct face *f = ctx;
    struct session_ref ref;

    if (session_ref_find(f->app, id, &ref, err))
        return false;
    if (!ref.id) {
        session_ref_release(&ref);
        err_set(err, ERR_INPUT, "it lies outside the state folder: 'runbook replay' shows it");
        return false;
    }
    free(f->next);
    f->next = xstrdup(ref.id);
    session_ref_release(&ref);
    return true;
}

static bool init(void *ctx, struct err *err)
{
    (void)err;
    ((struct face *)ctx)->init = true;
    return true;
}

static void on_quit(void *ctx, int signo)
{
    struct face *f = ctx;

    f->signo = signo;
    loop_stop(f->loop);
}

/* What a terminal of this name shows, when colours are asked for. */
static enum color_level colors(const struct app *app)
{
    const char *direct = getenv("COLORTERM"), *term = getenv("TERM");

    if (!app->color || !term || cstr_eq(term, "dumb"))
        return COLORS_NONE;
    if (direct && (cstr_eq(direct, "truecolor") || cstr_eq(direct, "24bit")))
        return COLORS_DIRECT;
    return strstr(term, "256") ? COLORS_256 : COLORS_16;
}

static void find_folders(struct face *f)
{
    char *home = path_config_home();
    const char *state;
    struct err err;

    f->themes = home ? path_join(home, "themes") : NULL;
    f->run = app_state_dir(f->app, &state, &err) ? NULL : path_join(state, "run");
    free(home);
}

static void fill_options(struct face *f, struct plain_options *o)
{
    bool asked = args_has(f->app->args, "color");

    find_folders(f);
    *o = (struct plain_options){
        .text = {.width = app_width(), .ascii = f->app->ascii, .color = asked},
        .in_fd = STDIN_FILENO,
        .out_fd = STDOUT_FILENO,
        .prompt = isatty(STDIN_FILENO),
        .page_lines = isatty(STDOUT_FILENO) ? page_lines() : 0,
        .blobs = f->blobs,
        .run_dir = f->run,
        .theme_dirs = {f->themes, RB_DATADIR "/themes"},
        .colors = colors(f->app),
        .in_tmux = getenv("TMUX") && *getenv("TMUX"),
        .host = {.ctx = f,
                 .export = export,
                 .resume = resume,
                 .sessions = sessions,
                 .journal = journal},
        .on_quit = on_quit,
        .quit_ctx = f,
    };
}

/* ---- live ---- */

/* Also runs what the person asked for on leaving. */
static int leave(struct face *f, int code)
{
    struct session_request req = {.wait = true, .resume = f->next};

    free(f->themes);
    free(f->run);
    if (f->init)
        return app_run_command(f->app, "init");
    if (f->next)
        code = plain_session(f->app, &req);
    free(f->next);
    return code;
}

static int leave_early(struct face *f, const struct err *err)
{
    free(f->themes);
    free(f->run);
    return app_fail(err);
}

static void on_found(void *ctx)
{
    plain_found(((struct face *)ctx)->plain);
}

static void on_desk(void *ctx)
{
    plain_sheet_changed(((struct face *)ctx)->plain);
}

int plain_session(struct app *app, const struct session_request *req)
{
    struct face f = {.app = app};
    struct session_request with_person = *req;
    struct plain_options o;
    struct err err;
    int code;

    with_person.interactive = isatty(STDIN_FILENO);
    if (session_new(app, &with_person, &f.session, &err))
        return app_fail(&err);
    f.loop = session_loop(f.session);
    f.blobs = session_blobs(f.session);
    fill_options(&f, &o);
    o.intents = engine_intents(session_engine(f.session));
    o.chat = req->chat;
    o.text.stream = req->chat;
    o.chain = chain_of_engine(session_engine(f.session));
    if (screen_services_new(app, f.session, &f.services, &err)) {
        session_free(f.session);
        return leave_early(&f, &err);
    }
    o.services = screen_services_ops(f.services);
    o.host.init = o.prompt ? init : NULL;
    if (o.prompt && req->wait && !req->resume && found_wanted(app)) {
        f.found = found_new();
        found_read(f.found);
        o.start = found_start(f.found);
    }
    if (plain_new(f.loop, &o, &f.plain, &err)) {
        found_free(f.found);
        screen_services_free(f.services);
        session_free(f.session);
        return leave_early(&f, &err);
    }
    desk_listen(screen_services_desk(f.services),
                &(struct desk_options){.changed = on_desk, .ctx = &f});
    engine_add_sink(session_engine(f.session), plain_sink(), f.plain);
    plain_show(f.plain, engine_model(session_engine(f.session)));
    session_ask(f.session);
    engine_load_inventory(session_engine(f.session));
    if (f.found)
        found_probe(f.found, f.loop, on_found, &f);
    code = session_run(f.session, true);
    found_free(f.found);
    if (code == EXIT_DONE && !o.prompt)
        code = session_verdict_code(f.session);
    plain_free(f.plain);
    screen_services_free(f.services);
    session_free(f.session);
    return leave(&f, code);
}

/* ---- a recording ---- */

static void on_event(void *ctx, const struct model *m, const struct event *ev)
{
    struct face *f = ctx;

    plain_sink()->event(f->plain, m, ev);
}

static void on_moved(void *ctx)
{
    plain_moved(((struct face *)ctx)->plain);
}

static bool on_branch(void *ctx, uint64_t seq, struct err *err)
{
    struct face *f = ctx;
    struct branch_request req = {f->ref, session_ref_name(f->ref), seq};
    char id[SESSION_ID_MAX];

    if (branch_session(f->app, &req, id, err))
        return false;
    free(f->next);
    f->next = xstrdup(id);
    plain_say(f->plain, "Branched. The new session is opened.");
    loop_stop(f->loop);
    return true;
}

static int play(struct face *f, const struct replay_request *req)
{
    struct plain_options o;
    struct err err;

    fill_options(f, &o);
    o.replay = player_control(f->player);
    o.chain = chain_of_replay(f->ref);
    o.label = req->label;
    if (plain_new(f->loop, &o, &f->plain, &err))
        return app_fail(&err);
    if (req->from && player_jump(f->player, req->from, &err)) {
        err_wrap(&err, "--from");
        plain_free(f->plain);
        return app_fail(&err);
    }
    plain_show(f->plain, player_model(f->player));
    player_start(f->player);
    loop_run(f->loop);
    plain_free(f->plain);
    return f->signo ? 128 + f->signo : EXIT_DONE;
}

int plain_replay(struct app *app, struct session_ref *ref, const struct replay_request *req)
{
    struct face f = {.app = app, .ref = ref};
    struct player_options po;
    struct journal_report rep;
    struct err err;
    int code;

    replay_player_options(req, &po);
    po.ctx = &f;
    po.event = on_event;
    po.moved = on_moved;
    po.branch = req->no_branch ? NULL : on_branch;
    if (req->blobs)
        f.blobs = *req->blobs;
    else
        session_ref_blobs(ref, &f.blobs);
    f.loop = loop_new(app->clock);
    if (player_new(f.loop, ref->path, &po, &f.player, &rep, &err))
        code = app_fail(&err);
    else
        code = play(&f, req);
    player_free(f.player);
    loop_free(f.loop);
    return leave(&f, code);
}
