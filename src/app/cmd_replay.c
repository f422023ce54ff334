/* cmd_replay.c - "runbook replay": an investigation shown again from its journal, through the same
 * fold and the same faces as the live one. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/text.h"
#include "runbook/ui/json.h"
#include "runbook/ui/text.h"
#include "src/app/branch.h"
#include "src/app/commands.h"
#include "src/app/player.h"
#include "src/app/screen.h"
#include "src/app/session_ref.h"

#define PAUSE_MAX_MS 2000 /* nobody waits through the night in which a session lay open */

struct replay {
    struct app *app;
    struct text_options text;
    double speed; /* 0: at once */
    bool step, stopped;
    uint64_t from; /* the last event that is not shown */
    int64_t last_ms;
    struct buf out; /* of one event */
    bool broken;    /* nobody reads any more */
};

static void pause_ms(double ms)
{
    struct timespec t;

    if (ms > PAUSE_MAX_MS)
        ms = PAUSE_MAX_MS;
    if (ms <= 0)
        return;
    t.tv_sec = (time_t)(ms / 1000);
    t.tv_nsec = (long)((ms - (double)t.tv_sec * 1000) * 1e6);
    while (nanosleep(&t, &t) && errno == EINTR)
        ;
}

/* Wait for Enter; "q" ends, the end of the input goes on without stopping. */
static void wait_step(struct replay *r)
{
    char line[64];

    if (!fgets(line, sizeof(line), stdin))
        r->step = false;
    else if (line[0] == 'q')
        r->stopped = true;
}

static bool on_event(void *ctx, const struct model *m, const struct event *ev)
{
    struct replay *r = ctx;
    struct err err;

    if (ev->seq <= r->from)
        return true;
    if (r->speed > 0 && r->last_ms)
        pause_ms((double)(ev->ts_ms - r->last_ms) / r->speed);
    r->last_ms = ev->ts_ms;
    buf_clear(&r->out);
    if (r->app->json) {
        event_json(ev, &r->out);
        buf_addc(&r->out, '\n');
    } else {
        text_event(&r->text, m, ev, &r->out);
    }
    if (!r->out.len)
        return true;
    r->broken = fd_write_all(STDOUT_FILENO, buf_str(&r->out), &err) != ERR_OK;
    if (!r->broken && r->step)
        wait_step(r);
    return !r->broken && !r->stopped;
}

static void show_end(struct replay *r, const struct model *m, const char *path)
{
    buf_clear(&r->out);
    if (r->app->json) {
        conclusion_json(m, path, &r->out);
        buf_addc(&r->out, '\n');
    } else {
        buf_addc(&r->out, '\n');
        text_tree(&r->text, m, &r->out);
        buf_addc(&r->out, '\n');
        text_conclusion(&r->text, m, path, &r->out);
    }
    app_print(buf_str(&r->out));
}

/* What was wrong with the journal, on stderr: the replay itself stays clean. */
static int tell_report(const char *path, const struct journal_report *rep)
{
    struct buf line = BUF_INIT(8192);

    buf_adds(&line, path);
    if (rep->bad_line)
        buf_addf(&line, ": %s; what follows may not be what happened (see 'runbook audit verify')",
                 rep->why);
    else if (rep->newer)
        buf_addf(&line, ": %llu lines of a newer version were skipped",
                 (unsigned long long)rep->newer);
    if (rep->bad_line || rep->newer) {
        struct buf clean = BUF_INIT(16384);

        text_sanitize(&clean, buf_str(&line), false, false);
        fprintf(stderr, "runbook: %s\n", buf_cstr(&clean));
        buf_release(&clean);
    }
    buf_release(&line);
    return rep->bad_line ? EXIT_FAILED : EXIT_DONE;
}

/* --from as the number of an event. */
static enum err_code find_from(struct app *app, const char *path, const char *where, uint64_t *ret,
                               struct err *err)
{
    struct player_options o = {.paused = true};
    struct loop *loop = loop_new(app->clock);
    struct journal_report rep;
    struct player *p = NULL;
    enum err_code rc = player_new(loop, path, &o, &p, &rep, err);

    if (!rc && player_jump(p, where, err))
        rc = err_wrap(err, "--from");
    if (!rc)
        *ret = player_seq(p);
    player_free(p);
    loop_free(loop);
    return rc;
}

/* --branch: a new session up to that event, and its id. */
static int run_branch(struct app *app, const struct cmd_args *args)
{
    struct branch_request req = {.seq = (uint64_t)args_int(args, "branch", 0)};
    struct buf out = BUF_INIT(4096);
    char id[SESSION_ID_MAX];
    struct session_ref ref;
    struct err err;
    int rc;

    if (session_ref_find(app, args_pos(args, 0), &ref, &err))
        return app_fail(&err);
    req.from = &ref;
    req.name = session_ref_name(&ref);
    if (branch_session(app, &req, id, &err)) {
        rc = app_fail(&err);
    } else {
        if (app->json)
            buf_addf(&out, "{\"schema\":\"runbook.branch/1\",\"id\":\"%s\",\"event\":%llu}\n", id,
                     (unsigned long long)req.seq);
        else
            buf_addf(&out, "%s\n", id);
        rc = app_print(buf_str(&out));
    }
    buf_release(&out);
    session_ref_release(&ref);
    return rc;
}

/* All of it, printed. */
static int print_replay(struct app *app, struct session_ref *ref, const struct replay_request *req)
{
    struct replay r = {
        .app = app,
        .text = {.width = app_width(), .ascii = app->ascii, .color = app_text_color(app)},
        .speed = req->reading_pace ? 0 : req->speed,
        .step = req->step,
        .out = BUF_INIT((size_t)64 << 20)};
    struct journal_report rep;
    struct model m;
    struct err err;
    int rc = EXIT_DONE;

    model_init(&m);
    if (req->from && find_from(app, ref->path, req->from, &r.from, &err)) {
        rc = app_fail(&err);
    } else {
        if (req->label && !app->json)
            rc =
                app_print((struct str){req->label, strlen(req->label)}) || app_print(STR_LIT("\n"));
        if (journal_fold(ref->path, false, &m, on_event, &r, &rep, &err))
            rc = app_fail(&err);
        else if (!r.broken && !r.stopped)
            show_end(&r, &m, ref->path);
    }
    model_release(&m);
    buf_release(&r.out);
    return rc;
}

int replay_any(struct app *app, struct session_ref *ref, const struct replay_request *req)
{
    if (!app->json && isatty(STDIN_FILENO) && isatty(STDOUT_FILENO) && app_plain(app))
        return plain_replay(app, ref, req);
    if (app_interactive(app))
        return replay_screen(app, ref, req);
    return print_replay(app, ref, req);
}

static int run_replay(struct app *app, const struct cmd_args *args)
{
    struct replay_request req = {.speed = args_number(args, "speed", 0),
                                 .step = args_has(args, "step"),
                                 .from = args_get(args, "from")};
    struct journal_report chain;
    struct session_ref ref;
    struct err err;
    int rc;

    if (args_get(args, "branch"))
        return run_branch(app, args);
    if (session_ref_find(app, args_pos(args, 0), &ref, &err))
        return app_fail(&err);
    if (journal_read(ref.path, true, NULL, NULL, &chain, &err)) {
        rc = app_fail(&err);
    } else {
        rc = replay_any(app, &ref, &req);
        if (rc == EXIT_DONE)
            rc = tell_report(ref.path, &chain);
    }
    session_ref_release(&ref);
    return rc;
}

const struct cmd_def cmd_replay_def = {
    .name = "replay",
    .help = "Show an investigation again, event by event, as it was recorded.",
    .details =
        "Nothing is run and nothing is asked again. In a terminal the session is played on "
        "the screen: "
        "Space pauses, . and , step forward and back, + and - change the speed, J jumps, and "
        "B begins a new investigation from the event that is shown. With --plain, --json or "
        "without a "
        "terminal it is "
        "printed, all events at once unless --speed or --step says otherwise. Exit code 1 "
        "when the journal does not verify.",
    .opts =
        (const struct opt_def[]){
            {"from", 0, ARG_TEXT, .value = "PLACE",
             .help =
                 "Begin there: a time (14:03:10), a time after the start (+90s), a part (50%) or "
                 "an event (#41)."},
            {"branch", 0, ARG_INT, .value = "SEQ", .min = 1, .max = 1e15,
             .help = "Make a new session of the events up to this one, and print its id."},
            {"speed", 0, ARG_NUMBER, .value = "N", .min = 0.25, .max = 1000,
             .help = "Play it N times as fast as it happened; no pause is longer than 2 seconds."},
            {"step", 0, ARG_NONE, .help = "Wait for Enter after each event; q and Enter ends."},
            {NULL}},
    .pos =
        (const struct pos_def[]){{"ID", ARG_SESSION, .required = true,
                                  .help = "An id, a unique beginning of one, 'last', or the path "
                                          "of a journal."},
                                 {NULL}},
    .run = run_replay,
    .examples = "runbook replay last\nrunbook replay last --speed 10\nrunbook replay --json last\n"
                "runbook replay last --from 50%\nrunbook replay last --branch 41",
};
