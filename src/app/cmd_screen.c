/* cmd_screen.c - `runbook` itself and `runbook resume`: the screen, or the same without one where
 * there is no terminal. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/ui/text.h"
#include "src/app/commands.h"
#include "src/app/investigate.h"
#include "src/app/screen.h"
#include "src/app/session.h"

static void on_quit(void *ctx, int signo)
{
    (void)signo;
    loop_stop(session_loop(ctx));
}

/* The screen is up before the question is asked: the first thing that is seen is the screen. */
static enum err_code open_screen(struct app *app, struct session *s, struct tui **ret,
                                 struct err *err)
{
    struct tui_options o;
    struct screen_strings strings;
    enum err_code rc = screen_options(app, &o, &strings, err);

    if (rc)
        return rc;
    o.blobs = session_blobs(s);
    o.intents = engine_intents(session_engine(s));
    o.chain = chain_of_engine(session_engine(s));
    o.on_quit = on_quit;
    o.quit_ctx = s;
    rc = tui_new(session_loop(s), &o, ret, err);
    screen_strings_release(&strings);
    return rc;
}

static int run_screen(struct app *app, const struct session_request *req)
{
    struct tui *tui;
    struct session *s;
    struct err err;
    int code;

    if (session_new(app, req, &s, &err))
        return app_fail(&err);
    if (open_screen(app, s, &tui, &err)) {
        session_free(s);
        return app_fail(&err);
    }
    engine_add_sink(session_engine(s), tui_sink(), tui);
    tui_show(tui, engine_model(session_engine(s)));
    session_ask(s);
    code = session_run(s, true);
    tui_free(tui);
    session_free(s);
    return code;
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
