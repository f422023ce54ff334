/* cmd_screen.c - `runbook` itself and `runbook resume`: the screen, or the same without one where
 * there is no terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/mem.h"
#include "runbook/ui/text.h"
#include "src/app/commands.h"
#include "src/app/desk.h"
#include "src/app/found.h"
#include "src/app/investigate.h"
#include "src/app/screen.h"
#include "src/app/aws_open.h"
#include "src/app/screen_poll.h"
#include "src/app/session.h"

#define POLL_LEAST_S 30

struct live {
    struct app *app;
    struct session *session;
    struct tui *tui;
    struct screen_services *services;
    struct found *found; /* NULL: no first run */
    bool init;           /* leave, and make a configuration */
    bool reopen;         /* leave, and open the screen with what is configured now */
};

static void on_quit(void *ctx, int signo)
{
    struct live *l = ctx;

    (void)signo;
    loop_stop(session_loop(l->session));
}

static void on_init(void *ctx)
{
    struct live *l = ctx;

    l->init = true;
    tui_leave_quietly(l->tui);
}

static void on_reopen(void *ctx)
{
    struct live *l = ctx;

    l->reopen = true;
    tui_leave_quietly(l->tui);
    loop_stop(session_loop(l->session));
}

/* The questions of `init` begin when the loop has ended. */
static void on_ask_init(void *ctx)
{
    struct live *l = ctx;

    on_init(l);
    loop_stop(session_loop(l->session));
}

/* Rows that are being asked for are newer. */
static void on_scanned(void *ctx)
{
    struct engine *e = session_engine(((struct live *)ctx)->session);

    if (!engine_inventory_busy(e))
        engine_load_inventory(e);
}

static void on_desk(void *ctx)
{
    tui_refresh(((struct live *)ctx)->tui);
}

static void on_found(void *ctx)
{
    tui_refresh(((struct live *)ctx)->tui);
}

/* The screen is up before the question is asked: the first thing that is seen is the screen. */
static enum err_code open_screen(struct live *l, struct err *err)
{
    struct tui_options o;
    struct screen_strings strings;
    const struct config *c;
    enum err_code rc = screen_options(l->app, &o, &strings, err);

    if (rc || (rc = app_config(l->app, &c, err)))
        return rc;
    o.show_secrets = config_bool(c, "ui.show_secrets");
    o.blobs = session_blobs(l->session);
    o.intents = engine_intents(session_engine(l->session));
    o.chain = chain_of_engine(session_engine(l->session));
    o.on_quit = on_quit;
    o.quit_ctx = l;
    if (l->found)
        o.start = found_start(l->found);
    o.services = screen_services_ops(l->services);
    rc = tui_new(session_loop(l->session), &o, &l->tui, err);
    if (!rc)
        desk_listen(screen_services_desk(l->services),
                    &(struct desk_options){.changed = on_desk,
                                           .scanned = on_scanned,
                                           .reopen = on_reopen,
                                           .ask_init = on_ask_init,
                                           .ctx = l});
    if (!rc && strings.notice)
        tui_message(l->tui, strings.notice, false);
    screen_strings_release(&strings);
    return rc;
}

/* After the first painting, which waits for none of this. */
static void look_around(void *ctx)
{
    struct live *l = ctx;

    if (found_read(l->found))
        on_found(l);
    found_probe(l->found, session_loop(l->session), on_found, l);
}

/* The questions of `init` on the normal screen, then this one again. */
static int configure(struct app *app)
{
    const struct cmd_args *args = app->args;
    char line[16];
    int code = app_run_command(app, "init");

    printf("\nEnter opens the screen again, Ctrl-D leaves.\n");
    fflush(stdout);
    clearerr(stdin); /* Ctrl-D may have ended the questions */
    if (!fgets(line, sizeof(line), stdin))
        return code;
    app_release(app); /* what is written there now is read */
    app_init(app, args);
    return screen_main(app, args);
}

/* What is written in the configuration now is read. A session in which nothing was asked is left
 * as if it had not been; another one is opened again. */
static int open_again(struct app *app, char *id)
{
    const struct cmd_args *args = app->args;
    int code;

    app_release(app);
    app_init(app, args);
    code = id ? screen_resume(app, id) : screen_main(app, args);
    free(id);
    return code;
}

static char *session_to_reopen(const struct live *l)
{
    const struct model *m = engine_model(session_engine(l->session));

    return m->items.count && *m->id ? xstrdup(m->id) : NULL;
}

static int64_t idle_for_ms(const void *tui)
{
    return tui_idle_ms(tui);
}

static struct screen_poll *open_poll(struct live *l)
{
    struct screen_poll_options o = {.loop = session_loop(l->session),
                                    .engine = session_engine(l->session),
                                    .estate = session_aws(l->session),
                                    .idle_for_ms = idle_for_ms,
                                    .screen = l->tui};
    const struct config *c;
    struct err ignored;
    int64_t s;

    if (app_config(l->app, &c, &ignored))
        return NULL;
    s = config_int(c, "cloud.aws.poll_seconds");
    o.every_ms = (s && s < POLL_LEAST_S ? POLL_LEAST_S : s) * 1000;
    o.idle_ms = config_int(c, "cloud.aws.poll_idle_minutes") * 60000;
    return screen_poll_new(&o);
}

/* `*ret_next`: the session to go on with, or NULL. */
static int run_one(struct app *app, const struct session_request *req, char **ret_next)
{
    struct live l = {.app = app};
    struct screen_poll *poll;
    loop_id timer = 0;
    struct err err;
    char *again = NULL;
    int code;

    *ret_next = NULL;
    struct session_request with_person = *req;

    with_person.interactive = true;
    if (session_new(app, &with_person, &l.session, &err))
        return app_fail(&err);
    l.found = req->wait && !req->resume && found_wanted(app) ? found_new() : NULL;
    if (screen_services_new(app, l.session, &l.services, &err) || open_screen(&l, &err)) {
        screen_services_free(l.services);
        found_free(l.found);
        session_free(l.session);
        return app_fail(&err);
    }
    engine_add_sink(session_engine(l.session), tui_sink(), l.tui);
    tui_show(l.tui, engine_model(session_engine(l.session)));
    mfa_desk_screen(session_mfa(l.session), l.tui);
    session_ask(l.session);
    engine_load_inventory(session_engine(l.session));
    poll = open_poll(&l);
    if (l.found)
        timer = loop_timer(session_loop(l.session), 0, look_around, &l);
    code = session_run(l.session, true);
    loop_timer_cancel(session_loop(l.session), timer);
    screen_poll_free(poll);
    mfa_desk_screen(session_mfa(l.session), NULL);
    tui_free(l.tui);
    *ret_next = screen_services_next(l.services);
    again = l.reopen ? session_to_reopen(&l) : NULL;
    screen_services_free(l.services);
    found_free(l.found);
    session_free(l.session);
    if (l.reopen)
        return open_again(app, again);
    return l.init ? configure(app) : code;
}

static int run_screen(struct app *app, const struct session_request *req)
{
    char *next, *id = NULL;
    int code = run_one(app, req, &next);

    while (next) {
        free(id);
        id = next;
        code = run_one(app, &(struct session_request){.wait = true, .resume = id}, &next);
    }
    free(id);
    return code;
}

int screen_session(struct app *app, const struct session_request *req)
{
    return run_screen(app, req);
}

static int run_root(struct app *app, const struct cmd_args *args)
{
    struct session_request req = {0};
    struct buf text = BUF_INIT(INVESTIGATE_TEXT_MAX);
    int code;

    if (!investigate_request(app, args, &req, &text))
        return EXIT_USAGE;
    /* Named sources or a sentence are a question; plain `runbook` waits for one. */
    req.wait = !req.text && !req.hosts[0] && !req.prometheus && !req.incident && !req.service &&
               !req.metric;
    if (app_plain(app) && (req.wait || isatty(STDIN_FILENO))) {
        code = plain_session(app, &req);
    } else if (!app_interactive(app)) {
        req.wait = false;
        code = investigate_headless(app, args, &req);
    } else {
        code = run_screen(app, &req);
    }
    investigate_request_release(&req);
    buf_release(&text);
    return code;
}

int screen_main(struct app *app, const struct cmd_args *args)
{
    return run_root(app, args);
}

int screen_resume(struct app *app, const char *id)
{
    struct session_request req = {.wait = true, .resume = id};

    return app_plain(app) ? plain_session(app, &req) : run_screen(app, &req);
}

static int run_resume(struct app *app, const struct cmd_args *args)
{
    struct session_ref ref;
    struct err err;
    int code;

    if (!app_plain(app) && !app_interactive(app)) {
        err_set(&err, ERR_INPUT,
                "resume needs a terminal or --plain; 'runbook sessions show %s' prints the session",
                args_pos(args, 0));
        return app_fail(&err);
    }
    if (session_ref_find(app, args_pos(args, 0), &ref, &err))
        return app_fail(&err);
    if (!ref.id) {
        err_set(&err, ERR_INPUT, "%s lies outside the state folder: 'runbook replay' shows it",
                ref.path);
        code = app_fail(&err);
    } else {
        code = screen_resume(app, ref.id);
    }
    session_ref_release(&ref);
    return code;
}

const struct cmd_def cmd_resume_def = {
    .name = "resume",
    .help = "Open a session again on the screen, with its tree and its evidence, and go on.",
    .details = "A session that was cut off shows its last turn as interrupted; ask again to go on.",
    .pos = (const struct pos_def[]){{"ID", ARG_SESSION, .required = true,
                                     .help = "The session, as 'runbook sessions' lists it."},
                                    {NULL}},
    .run = run_resume,
    .examples = "runbook resume 2026-02-04-100000-k3f9qa",
};
