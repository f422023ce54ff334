/* tui_demo.c - the full-screen frontend fed by a script instead of an engine, for terminal tests.
 * Not installed. tui_demo [--step-ms N] [--all] [--events N] [--resources N] [--theme T] [--keymap
 * F]
 * [--replay] [--mouse] [--ascii] [--idle] [--no-alt] [--slow] [--notify] [--wide] [--copy HOW]
 * [--vi] [--services] [--asked F] [--run DIR] [--stream BYTES]
 *   --all      the whole script before the first painting
 *   --step-ms  one event every N milliseconds (20)
 * "stream 8000" streams as many bytes of Markdown.
 * A question starts a turn; "crash" and "abort" end the program the hard way; "request medium" and
 * "request critical" ask for an approval, "request change" for one that changes while it is shown.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/num.h"
#include "runbook/loop/loop.h"
#include "runbook/model/model.h"
#include "runbook/ui/tui.h"
#include "tests/lib/demo_approval.h"
#include "tests/lib/demo_model.h"

struct demo {
    struct loop *loop;
    struct tui *tui;
    struct model model;
    size_t at;
    int step_ms, signo;
    bool playing, replay;
    char text[64], resumed[64];
    const char *asked; /* file that gets what was asked */
    uint64_t seq;
    size_t stream; /* bytes of text that are left to come, 8,000 a second */
    unsigned word;
    size_t markdown, sent; /* bytes of Markdown that are asked for, and that came */
};

static size_t number(const char *text)
{
    uint64_t n = 0;

    return num_u64(str_from(text), &n) ? (size_t)n : 0;
}

static void feed(struct demo *d, struct event *ev)
{
    ev->seq = ++d->seq;
    model_apply(&d->model, ev);
    if (d->tui)
        tui_sink()->event(d->tui, &d->model, ev);
}

static void on_step(void *ctx)
{
    struct demo *d = ctx;
    struct event ev;

    if (!d->playing || !demo_event(d->at++, &ev))
        return;
    feed(d, &ev);
    loop_timer(d->loop, d->step_ms, on_step, d);
}

static void ask_approval(struct demo *d, const char *id, bool critical, bool changed)
{
    int64_t now = loop_wall_ms(d->loop);
    struct ev_approval_requested r = critical ? demo_failover(now) : demo_restart(now);
    char fingerprint[SHA256_HEX];
    struct event ev;

    r.id = id;
    r.expires_ms = now + 300000;
    if (changed)
        r.effect = "all 12 pods restart at once";
    demo_approval_event(&ev, &r, fingerprint);
    ev.ts_ms = now;
    feed(d, &ev);
}

static void on_change(void *ctx)
{
    ask_approval(ctx, "A3", false, true);
}

/* 2,000 tokens of five bytes a second, thirty pieces of news a second at most are drawn. */
static void on_markdown(void *ctx)
{
    static const char text[] = "The **pool** is full: `active` grows.\n\n- one of *many* things\n"
                               "- and another, see [it](https://example.com/x)\n\n";
    struct demo *d = ctx;
    struct event ev = {.type = EV_AGENT_TEXT, .ts_ms = loop_wall_ms(d->loop), .actor = "demo"};
    char piece[6];

    for (int i = 0; i < 20 && d->sent < d->markdown; i++, d->sent += 5) {
        snprintf(piece, sizeof(piece), "%.5s", text + d->sent % (sizeof(text) - 1));
        ev.u.agent_text = (struct ev_agent_text){.text = piece, .message = "markdown"};
        d->sent -= 5 - strlen(piece);
        feed(d, &ev);
    }
    if (d->sent < d->markdown) {
        loop_timer(d->loop, 10, on_markdown, d);
        return;
    }
    ev.u.agent_text = (struct ev_agent_text){"\n\nthe stream ends", "markdown", true};
    feed(d, &ev);
}

/* What the engine does with an answer, in short. */
static void decide(struct demo *d, const struct intent *in)
{
    struct event ev = {.type =
                           in->type == INTENT_APPROVE ? EV_APPROVAL_GRANTED : EV_APPROVAL_REJECTED,
                       .ts_ms = loop_wall_ms(d->loop),
                       .actor = "user"};

    ev.u.approval_decided.id = in->approval;
    ev.u.approval_decided.fingerprint = in->fingerprint;
    event_normalize(&ev);
    feed(d, &ev);
}

/* 2,000 tokens a second, as words of paragraphs. */
static void on_stream(void *ctx)
{
    static const char *const words[] = {
        "pool ",  "of ",   "connections ", "is ",      "exhausted ", "since ",
        "14:00 ", "and ",  "the ",         "callers ", "wait ",      "for ",
        "a ",     "free ", "one; ",        "latency ", "rises.\n\n", "Checkout "};
    struct demo *d = ctx;
    struct event ev = {.type = EV_AGENT_TEXT, .ts_ms = loop_wall_ms(d->loop), .actor = "demo"};
    char text[128];
    size_t len = 0;

    while (len < 40) {
        d->word = d->word * 1103515245u + 12345u;
        len += (size_t)snprintf(text + len, sizeof(text) - len, "%s",
                                words[(d->word >> 16) % (sizeof(words) / sizeof(words[0]))]);
    }
    if (d->stream <= len) {
        snprintf(text, sizeof(text), "\n\nEnd of stream.\n");
        d->stream = len;
    }
    ev.u.agent_text = (struct ev_agent_text){.text = text, .message = "stream"};
    feed(d, &ev);
    d->stream -= len;
    if (d->stream)
        loop_timer(d->loop, 5, on_stream, d);
}

static void submit(void *ctx, const struct intent *in)
{
    struct demo *d = ctx;
    struct event ev = {.ts_ms = loop_wall_ms(d->loop), .actor = "user"};

    if (in->type == INTENT_ASK && d->asked) {
        struct err err;

        file_write_atomic(d->asked, str_from(in->text), 0600, &err);
    }
    if (in->type == INTENT_ASK && strcmp(in->text, "crash") == 0)
        kill(getpid(), SIGSEGV);
    if (in->type == INTENT_ASK && strcmp(in->text, "abort") == 0)
        abort();
    if (in->type == INTENT_APPROVE || in->type == INTENT_DISAPPROVE) {
        decide(d, in);
    } else if (in->type == INTENT_ASK && strncmp(in->text, "request ", 8) == 0) {
        bool change = strcmp(in->text + 8, "change") == 0;

        ask_approval(d,
                     change               ? "A3"
                     : in->text[8] == 'c' ? "A1"
                                          : "A2",
                     strcmp(in->text + 8, "critical") == 0, false);
        if (change)
            loop_timer(d->loop, 700, on_change, d);
    } else if (in->type == INTENT_ASK) {
        ev.type = EV_USER_MESSAGE;
        ev.u.user_message.text = in->text;
        feed(d, &ev);
        ev.type = EV_TURN_STARTED;
        ev.u.turn_started = (struct ev_turn_started){.turn = 2, .investigator = "demo"};
        feed(d, &ev);
        if (strncmp(in->text, "stream ", 7) == 0) {
            d->markdown = number(in->text + 7);
            on_markdown(d);
        }
    } else if (in->type == INTENT_CANCEL) {
        ev.type = EV_TURN_ENDED;
        ev.u.turn_ended = (struct ev_turn_ended){.turn = 2, .reason = "canceled"};
        feed(d, &ev);
    }
}

static void on_quit(void *ctx, int signo)
{
    struct demo *d = ctx;

    d->signo = signo;
    loop_stop(d->loop);
}

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    const char *text = demo_blob(hash);

    (void)ctx;
    if (!text) {
        err_set(err, ERR_NOT_FOUND, "blob %.12s is not there", hash);
        return false;
    }
    return buf_adds(out, text);
}

static void replay_step(void *ctx)
{
    struct demo *d = ctx;
    struct event ev;

    d->playing = false;
    if (demo_event(d->at, &ev)) {
        d->at++;
        feed(d, &ev);
    }
}

static void replay_play(void *ctx, bool playing)
{
    struct demo *d = ctx;

    d->playing = playing;
    if (playing)
        loop_timer(d->loop, d->step_ms, on_step, d);
}

static void replay_speed(void *ctx, int by)
{
    struct demo *d = ctx;

    d->step_ms = by > 0 ? d->step_ms / 2 + 1 : d->step_ms * 2;
}

static bool replay_playing(void *ctx)
{
    return ((struct demo *)ctx)->playing;
}

static const char *replay_text(void *ctx)
{
    struct demo *d = ctx;

    snprintf(d->text, sizeof(d->text), "replay: event %zu of %zu, %s", d->at, demo_count(),
             d->playing ? "playing" : "paused");
    return d->text;
}

/* ---- what the program around a screen would do ---- */

static bool history_load(void *ctx, void (*each)(void *to, const char *text), void *to,
                         struct err *err)
{
    static const char *const asked[] = {"why is checkout slow", "is the certificate of api expired",
                                        "why is\nthe disk of web-3 full"};

    (void)ctx;
    (void)err;
    for (size_t i = 0; i < 3; i++)
        each(to, asked[i]);
    return true;
}

static bool export_session(void *ctx, const struct model *m, const char *format, const char *path,
                           struct buf *said, struct err *err)
{
    (void)ctx;
    if (strcmp(format, "json") == 0) {
        err_set(err, ERR_IO, "write %s: No space left on device", path);
        return false;
    }
    return buf_addf(said, "Wrote %s as %s to \"%s\"", m->id, format, path);
}

static void sessions(void *ctx, tui_sessions_fn *answer, void *to)
{
    static const struct tui_session rows[] = {
        {"2026-02-04-100000-k3f9qa", "checkout p99 latency", "root cause found"},
        {"2026-02-03-090000-abcdef", "disk full on web-3", "inconclusive"}};

    (void)ctx;
    answer(to, rows, 2, NULL);
}

static bool resume(void *ctx, const char *id, struct err *err)
{
    struct demo *d = ctx;

    if (strncmp(id, "2026", 4) != 0) {
        err_set(err, ERR_NOT_FOUND, "there is no session %s", id);
        return false;
    }
    snprintf(d->resumed, sizeof(d->resumed), "%s", id);
    loop_stop(d->loop);
    return true;
}

int main(int argc, char **argv)
{
    struct demo d = {.step_ms = 20, .playing = true};
    struct tui_options opts = {.blobs = {read_blob, NULL}, .on_quit = on_quit, .quit_ctx = &d};
    struct replay_control replay = {&d,           replay_step,    replay_play,
                                    replay_speed, replay_playing, replay_text};
    struct tui_services services = {.ctx = &d,
                                    .history_load = history_load,
                                    .export_session = export_session,
                                    .sessions = sessions,
                                    .resume = resume};
    size_t bulk = 0, resources = 0;
    bool all = false, idle = false;
    struct err err = ERR_INIT;

    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--all") == 0)
            all = true;
        else if (strcmp(argv[i], "--idle") == 0)
            idle = true;
        else if (strcmp(argv[i], "--replay") == 0)
            d.replay = true;
        else if (strcmp(argv[i], "--mouse") == 0)
            opts.mouse = true;
        else if (strcmp(argv[i], "--no-alt") == 0)
            opts.no_alt_screen = true;
        else if (strcmp(argv[i], "--slow") == 0)
            opts.slow = true;
        else if (strcmp(argv[i], "--notify") == 0)
            opts.notify = opts.bell = true;
        else if (strcmp(argv[i], "--wide") == 0)
            opts.wide_ambiguous = true;
        else if (strcmp(argv[i], "--copy") == 0 && i + 1 < argc)
            opts.copy = argv[++i];
        else if (strcmp(argv[i], "--stream") == 0 && i + 1 < argc)
            d.stream = number(argv[++i]);
        else if (strcmp(argv[i], "--run") == 0 && i + 1 < argc)
            opts.run_dir = argv[++i];
        else if (strcmp(argv[i], "--asked") == 0 && i + 1 < argc)
            d.asked = argv[++i];
        else if (strcmp(argv[i], "--vi") == 0)
            opts.vi = true;
        else if (strcmp(argv[i], "--services") == 0)
            opts.services = &services;
        else if (strcmp(argv[i], "--ascii") == 0)
            opts.ascii = true;
        else if (strcmp(argv[i], "--step-ms") == 0 && i + 1 < argc)
            d.step_ms = (int)number(argv[++i]);
        else if (strcmp(argv[i], "--events") == 0 && i + 1 < argc)
            bulk = number(argv[++i]);
        else if (strcmp(argv[i], "--resources") == 0 && i + 1 < argc)
            resources = number(argv[++i]);
        else if (strcmp(argv[i], "--theme") == 0 && i + 1 < argc)
            opts.theme = argv[++i];
        else if (strcmp(argv[i], "--keymap") == 0 && i + 1 < argc)
            opts.keymap_path = argv[++i];
        else
            return 2;
    }
    demo_model(&d.model, all ? SIZE_MAX : 0);
    demo_bulk(&d.model, bulk, resources);
    d.seq = d.model.seq;
    d.at = all ? demo_count() : 0;
    d.loop = loop_new(clock_system());
    if (d.replay) {
        opts.replay = &replay;
        d.playing = false;
    } else {
        opts.intents = (struct intent_sink){submit, &d};
    }
    if (tui_new(d.loop, &opts, &d.tui, &err)) {
        fprintf(stderr, "tui_demo: %s\n", err.msg);
        model_release(&d.model);
        loop_free(d.loop);
        return 1;
    }
    tui_show(d.tui, &d.model);
    if (!all && !idle && !d.replay)
        loop_timer(d.loop, d.step_ms, on_step, &d);
    if (d.stream)
        loop_timer(d.loop, 0, on_stream, &d);
    loop_run(d.loop);
    tui_free(d.tui);
    if (*d.resumed)
        printf("resumed %s\n", d.resumed);
    model_release(&d.model);
    loop_free(d.loop);
    return d.signo ? 128 + d.signo : 0;
}
