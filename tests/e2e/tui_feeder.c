/* tui_feeder.c - the full-screen frontend under a test's control, for test_random_keys.
 * Not installed. tui_feeder FD live|vi|replay: lines come and answers go over the socket FD. As a
 * replay the script is a recording that the keys of a replay step through.
 * "burst N SEED" folds N events of all kinds, at once.
 * "sync" paints what waits; it answers "screen W H STALE STATE BYTES" and the rows that a full
 * drawing gives, a line each. STALE is 1 when nothing was said to have changed and yet a full
 * drawing differs from what was painted last; STATE is a number that two drawings share when every
 * cell's text and look, the cursor and the theme are the same.
 * "repaint" sends every cell again; it answers "done".
 * The wall clock stands still, so that two drawings of one state are the same. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/rng.h"
#include "runbook/loop/loop.h"
#include "src/ui/tui_priv.h"
#include "tests/lib/demo_model.h"

#define WALL_MS INT64_C(1770213803000)

struct feeder {
    struct loop *loop;
    struct tui *tui;
    struct model model;
    size_t at; /* in the script */
    uint64_t seq;
    unsigned calls;
    int fd;
    char line[256];
    size_t line_len;
    struct replay_control control; /* as a replay */
    bool silent;                   /* folding anew: nobody is told of each event */
    bool playing;
    int speed;
    char text[64];
};

static int64_t wall_stands_still(struct clock *self)
{
    (void)self;
    return WALL_MS;
}

static int64_t now_ms(struct clock *self)
{
    (void)self;
    return clock_system()->now_ms(clock_system());
}

static void feed(struct feeder *f, struct event *ev)
{
    ev->seq = ++f->seq;
    if (!ev->actor)
        ev->actor = "builtin";
    event_normalize(ev);
    model_apply(&f->model, ev);
    if (!f->silent)
        tui_sink()->event(f->tui, &f->model, ev);
}

/* ---- bursts ---- */

static const char *const words[] = {
    "checkout is slow",
    "**bold** and `code`\n\n- one\n- two\n\n| a | b |\n|---|---|\n| 1 | 2 |\n",
    "\x1b[31mred\x1b[0m \x07\x08 \xE2\x80\xAEgnp.exe",
    "\xE6\x97\xA5\xE6\x9C\xAC\xE8\xAA\x9E caf\xC3\xA9 e\xCC\x81",
    ("a line that is much longer than any pane of the screen is wide, so that it has to be wrapped "
     "or cut, and which goes on and on for the sake of it until it has said enough"),
    "",
    "bad \xFF\xFE utf-8 \xC3",
    "\t\ttabs\r\nand\rreturns",
    "```c\nint main(void) { return 0; }\n```\n",
    "[link](https://example.com/x) https://example.com/y",
};

static const char *word(struct rng *r)
{
    return words[rng_below(r, sizeof(words) / sizeof(words[0]))];
}

static void feed_script(struct feeder *f)
{
    struct event ev;

    if (!demo_event(f->at, &ev)) {
        f->at = 0;
        demo_event(0, &ev);
    }
    f->at++;
    feed(f, &ev);
}

static void feed_text(struct feeder *f, struct rng *r)
{
    char message[16];
    struct event ev = {.type = EV_AGENT_TEXT, .ts_ms = WALL_MS};

    snprintf(message, sizeof(message), "r%u", (unsigned)rng_below(r, 3));
    ev.u.agent_text = (struct ev_agent_text){.text = word(r), .message = message};
    feed(f, &ev);
}

static void feed_resource(struct feeder *f, struct rng *r)
{
    char key[32];
    struct event ev = {.type = EV_RESOURCE_SEEN, .ts_ms = WALL_MS};

    snprintf(key, sizeof(key), "r:%u", (unsigned)rng_below(r, 300));
    ev.u.resource_seen = (struct ev_resource_seen){.key = key,
                                                   .kind = "process",
                                                   .name = word(r),
                                                   .status = word(r),
                                                   .health = (int64_t)rng_below(r, HEALTHS),
                                                   .value = (double)rng_below(r, 100),
                                                   .limit = 100,
                                                   .unit = "percent",
                                                   .metric = "cpu"};
    feed(f, &ev);
}

static void feed_tool(struct feeder *f, struct rng *r)
{
    char call[32];
    struct event ev = {.type = EV_TOOL_STARTED, .ts_ms = WALL_MS};

    snprintf(call, sizeof(call), "f%u", f->calls++);
    ev.u.tool_started = (struct ev_tool_started){.call = call,
                                                 .tool = "prometheus.range",
                                                 .title = word(r),
                                                 .args = STR_LIT("{}"),
                                                 .query = word(r)};
    feed(f, &ev);
    if (rng_below(r, 4) == 0)
        return;
    ev = (struct event){.type = EV_TOOL_ENDED, .ts_ms = WALL_MS + 20};
    ev.u.tool_ended = (struct ev_tool_ended){.call = call,
                                             .status = (int64_t)rng_below(r, TOOL_STATUSES),
                                             .summary = word(r),
                                             .error = word(r),
                                             .duration_ms = (int64_t)rng_below(r, 9000)};
    feed(f, &ev);
}

static void feed_evidence(struct feeder *f, struct rng *r)
{
    char id[32];
    struct event ev = {.type = EV_EVIDENCE_ADDED, .ts_ms = WALL_MS};

    snprintf(id, sizeof(id), "E%u", 100 + f->calls++);
    ev.u.evidence_added =
        (struct ev_evidence_added){.id = id,
                                   .call = "c1",
                                   .hypothesis = rng_below(r, 2) ? "H1" : "H1.1",
                                   .strength = (int64_t)rng_below(r, STRENGTHS),
                                   .statement = word(r),
                                   .query = "up",
                                   .before = 1,
                                   .after = 2,
                                   .onset_ms = WALL_MS - (int64_t)rng_below(r, 4000000)};
    feed(f, &ev);
}

static void burst(struct feeder *f, uint64_t count, uint64_t seed)
{
    struct rng r;

    rng_seed(&r, seed);
    for (uint64_t i = 0; i < count; i++) {
        switch (rng_below(&r, 6)) {
        case 0:
        case 1:
            feed_script(f);
            break;
        case 2:
            feed_text(f, &r);
            break;
        case 3:
            feed_resource(f, &r);
            break;
        case 4:
            feed_tool(f, &r);
            break;
        default:
            feed_evidence(f, &r);
            break;
        }
    }
}

/* ---- the control line ---- */

static void answer(const struct feeder *f, struct str text)
{
    while (text.len > 0) {
        ssize_t n = write(f->fd, text.ptr, text.len);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return;
        text.ptr += n;
        text.len -= (size_t)n;
    }
}

static void add_rows(const struct canvas *c, struct buf *out)
{
    for (int y = 0; y < c->height; y++) {
        size_t from = out->len;

        for (int x = 0; x < c->width; x++)
            buf_adds(out, canvas_at(c, x, y)->text);
        while (out->len > from && out->ptr[out->len - 1] == ' ')
            buf_truncate(out, out->len - 1);
        buf_addc(out, '\n');
    }
}

/* FNV-1a. Source: Fowler, Noll, Vo; draft-eastlake-fnv. */
static uint64_t state_of(const struct tui *t)
{
    uint64_t hash = UINT64_C(14695981039346656037);
    const int cursor[2] = {t->screen.cursor_x, t->screen.cursor_y};
    const unsigned char *bytes = (const unsigned char *)t->canvas.cells;
    size_t count = (size_t)t->canvas.width * (size_t)t->canvas.height * sizeof(*t->canvas.cells);

    for (size_t i = 0; i < count; i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    bytes = (const unsigned char *)cursor;
    for (size_t i = 0; i < sizeof(cursor); i++)
        hash = (hash ^ bytes[i]) * UINT64_C(1099511628211);
    for (const char *c = t->theme.name; *c; c++)
        hash = (hash ^ (unsigned char)*c) * UINT64_C(1099511628211);
    return hash >> 1;
}

static void sync_screen(struct feeder *f)
{
    struct tui *t = f->tui;
    struct buf was = BUF_INIT(BUF_NO_MAX), rows = BUF_INIT(BUF_NO_MAX), head = BUF_INIT(256);
    bool clean = t->dirty == DIRTY_NOTHING && !t->frame_timer, stale;
    int width = t->canvas.width, height = t->canvas.height;

    add_rows(&t->canvas, &was);
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint(t);
    add_rows(&t->canvas, &rows);
    /* Another size is no stale drawing: its signal is on the way. */
    stale = clean && width == t->canvas.width && height == t->canvas.height &&
            !str_eq(buf_str(&was), buf_str(&rows));
    buf_addf(&head, "screen %d %d %d %" PRIu64 " %zu\n", t->canvas.width, t->canvas.height, stale,
             state_of(t), stale ? was.len : rows.len);
    answer(f, buf_str(&head));
    answer(f, stale ? buf_str(&was) : buf_str(&rows));
    buf_release(&was);
    buf_release(&rows);
    buf_release(&head);
}

static void obey(struct feeder *f, struct str line)
{
    struct str verb, count, seed;
    uint64_t n = 0, s = 0;

    if (!str_split(&line, ' ', &verb))
        return;
    if (str_eq_c(verb, "sync")) {
        sync_screen(f);
    } else if (str_eq_c(verb, "repaint")) {
        tui_dirty(f->tui, DIRTY_ALL);
        tui_paint(f->tui);
        answer(f, STR_LIT("done\n"));
    } else if (str_eq_c(verb, "burst") && str_split(&line, ' ', &count) &&
               str_split(&line, ' ', &seed) && num_u64(count, &n) && num_u64(seed, &s)) {
        burst(f, n, s);
    }
}

static void on_control(void *ctx, unsigned events)
{
    struct feeder *f = ctx;
    char c;

    (void)events;
    /* A byte at a time: a sync paints, and what comes after it belongs to the next turn. */
    while (read(f->fd, &c, 1) == 1) {
        if (c == '\n') {
            obey(f, (struct str){f->line, f->line_len});
            f->line_len = 0;
            return;
        }
        if (f->line_len < sizeof(f->line))
            f->line[f->line_len++] = c;
    }
}

/* ---- the rest of a program ---- */

static void submit(void *ctx, const struct intent *in)
{
    struct feeder *f = ctx;
    struct event ev = {.ts_ms = WALL_MS, .actor = "user"};

    if (in->type == INTENT_ASK) {
        ev.type = EV_USER_MESSAGE;
        ev.u.user_message.text = in->text;
        feed(f, &ev);
        ev = (struct event){.type = EV_TURN_STARTED, .ts_ms = WALL_MS};
        ev.u.turn_started = (struct ev_turn_started){.turn = 2, .investigator = "demo"};
        feed(f, &ev);
    } else if (in->type == INTENT_CANCEL) {
        ev.type = EV_TURN_ENDED;
        ev.u.turn_ended = (struct ev_turn_ended){.turn = 2, .reason = "canceled"};
        feed(f, &ev);
    }
}

static void on_quit(void *ctx, int signo)
{
    (void)signo;
    loop_stop(((struct feeder *)ctx)->loop);
}

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    const char *text = demo_blob(hash);

    (void)ctx;
    if (!text)
        err_set(err, ERR_NOT_FOUND, "blob %.12s is not there", hash);
    return text && buf_adds(out, text);
}

/* ---- as a replay: the script, forwards and back ---- */

static size_t script_length(void)
{
    struct event ev;
    size_t n = 0;

    while (demo_event(n, &ev))
        n++;
    return n;
}

static void go_to(struct feeder *f, size_t at)
{
    if (at < f->at) { /* folded again from the beginning, as the player does */
        uint64_t epoch = f->model.epoch + 1;

        model_release(&f->model);
        demo_model(&f->model, 0);
        f->model.epoch = epoch;
        f->at = f->seq = 0;
    }
    f->silent = true;
    while (f->at < at)
        feed_script(f);
    f->silent = false;
    tui_refresh(f->tui);
}

static void on_step(void *ctx)
{
    struct feeder *f = ctx;

    f->playing = false;
    if (f->at < script_length())
        go_to(f, f->at + 1);
}

static void on_back(void *ctx)
{
    struct feeder *f = ctx;

    f->playing = false;
    if (f->at)
        go_to(f, f->at - 1);
}

static void on_play(void *ctx, bool playing)
{
    struct feeder *f = ctx;

    f->playing = playing;
    tui_refresh(f->tui);
}

static void on_speed(void *ctx, int by)
{
    struct feeder *f = ctx;

    f->speed += by;
    tui_refresh(f->tui);
}

static bool is_playing(void *ctx)
{
    return ((struct feeder *)ctx)->playing;
}

static const char *control_text(void *ctx)
{
    struct feeder *f = ctx;

    snprintf(f->text, sizeof(f->text), "event %zu of %zu, %d, %s", f->at, script_length(), f->speed,
             f->playing ? "playing" : "paused");
    return f->text;
}

static bool on_jump(void *ctx, const char *where, struct err *err)
{
    struct feeder *f = ctx;
    struct str s = str_from(where);
    uint64_t n = 0;

    if (str_starts(s, "#") && num_u64((struct str){s.ptr + 1, s.len - 1}, &n))
        go_to(f, n < script_length() ? n : script_length());
    else if (str_ends(s, "%") && num_u64((struct str){s.ptr, s.len - 1}, &n) && n <= 100)
        go_to(f, script_length() * n / 100);
    else
        return !err_set(err, ERR_INPUT, "'%s' is no place", where);
    return true;
}

static bool on_branch(void *ctx, struct err *err)
{
    (void)ctx;
    return !err_set(err, ERR_IO, "this disk is full");
}

static double progress(void *ctx)
{
    return (double)((struct feeder *)ctx)->at / (double)script_length();
}

static void be_a_replay(struct feeder *f, struct tui_options *opts)
{
    f->control = (struct replay_control){.ctx = f,
                                         .step = on_step,
                                         .play = on_play,
                                         .speed = on_speed,
                                         .playing = is_playing,
                                         .text = control_text,
                                         .back = on_back,
                                         .jump = on_jump,
                                         .branch = on_branch,
                                         .progress = progress,
                                         .label = "recording of 2026-02-04"};
    opts->intents.submit = NULL;
    opts->replay = &f->control;
}

int main(int argc, char **argv)
{
    struct clock clock = {now_ms, wall_stands_still};
    struct feeder f = {.fd = -1};
    struct tui_options opts = {.mouse = true,
                               .blobs = {read_blob, NULL},
                               .intents = {submit, &f},
                               .on_quit = on_quit,
                               .quit_ctx = &f};
    struct err err = ERR_INIT;
    uint64_t fd = 0;

    if (argc != 3 || !num_u64(str_from(argv[1]), &fd)) {
        fprintf(stderr, "usage: tui_feeder FD live|vi|replay\n");
        return 2;
    }
    if (strcmp(argv[2], "replay") == 0)
        be_a_replay(&f, &opts);
    opts.vi = strcmp(argv[2], "vi") == 0;
    f.fd = (int)fd;
    demo_model(&f.model, 0);
    f.loop = loop_new(&clock);
    if (tui_new(f.loop, &opts, &f.tui, &err) ||
        !loop_watch(f.loop, f.fd, LOOP_READ, on_control, &f, &err)) {
        fprintf(stderr, "tui_feeder: %s\n", err.msg);
        return 1;
    }
    tui_show(f.tui, &f.model);
    loop_run(f.loop);
    tui_free(f.tui);
    loop_free(f.loop);
    model_release(&f.model);
    return 0;
}
