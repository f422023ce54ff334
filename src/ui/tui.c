/* tui.c - see tui.h: the frontend's life, its events and its signals. */
#include "src/ui/tui_priv.h"

#include <math.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"

#define FRAME_MS 33
#define KEYS_A_TURN 512

static const int signal_numbers[TUI_SIGNALS] = {SIGINT,   SIGTERM, SIGHUP,
                                                SIGWINCH, SIGTSTP, SIGCONT};

/* ---- events of the model ---- */

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct tui *t = self;
    bool first = t->model != m;

    t->model = m;
    if (ev->type == EV_TURN_STARTED && t->screen.input_focus && !t->input.text.len)
        screen_focus(&t->screen, PANE_INVESTIGATION);
    tui_approval_event(t, ev);
    tui_procedure_event(t, ev);
    tui_notice_event(t, ev);
    tui_dirty(t, first ? DIRTY_ALL : DIRTY_SCREEN);
    tui_paint_soon(t);
}

static void on_settled(void *self, const struct model *m)
{
    struct tui *t = self;

    if (m)
        t->model = m;
    if (t->dirty != DIRTY_NOTHING && tui_frame_wait_ms(t) <= 0 && tty_ready(t->tty))
        tui_paint(t);
}

static const struct sink_ops sink = {.name = "tui", .event = on_event, .settled = on_settled};

const struct sink_ops *tui_sink(void)
{
    return &sink;
}

void tui_show(struct tui *t, const struct model *m)
{
    bool asked = m->items.count > 0 || m->turn_running;

    t->model = m;
    t->screen.input_focus = !asked && t->opts.intents.submit;
    tui_secrets_opened(t);
    tui_approval_begin(t);
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint(t);
}

void tui_leave_quietly(struct tui *t)
{
    t->opts.quiet_exit = true;
}

void tui_refresh(struct tui *t)
{
    if (t->screen.drawn_epoch != t->model->epoch)
        tui_palette_forget(t);
    tui_sheet_refresh(t);
    screen_model_moved(&t->screen, t->model); /* before the next key, not only before a drawing */
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint_when_due(t);
}

int64_t tui_idle_ms(const struct tui *t)
{
    return loop_now_ms(t->loop) - (t->input_ms ? t->input_ms : t->made_ms);
}

void tui_message(struct tui *t, const char *text, bool danger)
{
    tui_say(t, danger, "%s", text);
    tui_paint_when_due(t);
}

/* ---- the terminal and signals ---- */

void tui_quit(struct tui *t, int signo)
{
    struct intent in = {INTENT_QUIT, signo ? "interrupted" : "user"};

    if (t->quit_told)
        return;
    t->quit_told = true;
    if (t->opts.intents.submit)
        t->opts.intents.submit(t->opts.intents.ctx, &in);
    if (t->opts.on_quit)
        t->opts.on_quit(t->opts.quit_ctx, signo);
}

static void on_input(void *ctx, unsigned events);

static void on_pause(void *ctx)
{
    struct tui *t = ctx;

    t->pause_timer = 0;
    on_input(t, LOOP_READ);
}

/* What is read, and whether room for writing is waited for. */
void tui_watch(struct tui *t)
{
    int64_t pause = t->away ? -1 : tty_wait_ms(t->tty);
    unsigned events = t->away ? 0u : LOOP_READ | (tty_waiting(t->tty) ? LOOP_WRITE : 0u);

    if (t->watch)
        loop_watch_events(t->loop, t->watch, events);
    if (t->pause_timer)
        loop_timer_cancel(t->loop, t->pause_timer);
    t->pause_timer = pause >= 0 ? loop_timer(t->loop, pause, on_pause, t) : 0;
}

static void on_input(void *ctx, unsigned events)
{
    struct tui *t = ctx;
    struct tty_event ev;

    if (events & LOOP_WRITE)
        tty_flush(t->tty);
    for (int i = 0; i < KEYS_A_TURN && !t->quit_told && !t->away && tty_read(t->tty, &ev); i++)
        tui_event(t, &ev);
    if (tty_gone(t->tty)) {
        loop_watch_cancel(t->loop, t->watch);
        t->watch = 0;
        tui_quit(t, SIGHUP);
        return;
    }
    tui_paint(t);
    tui_watch(t);
}

/* Ctrl-C, Ctrl-Z and a new size belong to the program that has the terminal. */
static bool ends_us(int signo)
{
    return signo == SIGTERM || signo == SIGHUP;
}

static void on_signal(void *ctx, int signo)
{
    struct tui *t = ctx;

    if (t->away && !ends_us(signo)) {
        if (signo == SIGTSTP)
            raise(SIGSTOP); /* with the program that has the terminal */
        return;
    }
    switch (signo) {
    case SIGWINCH:
        tui_dirty(t, DIRTY_ALL);
        tui_paint(t);
        break;
    case SIGTSTP:
        tty_suspend(t->tty);
        tui_dirty(t, DIRTY_ALL);
        tui_paint(t);
        break;
    case SIGCONT:
        tty_resume(t->tty);
        tui_dirty(t, DIRTY_ALL);
        tui_paint(t);
        break;
    default:
        tui_quit(t, signo);
        break;
    }
}

static enum err_code watch_terminal(struct tui *t, struct err *err)
{
    t->watch = loop_watch(t->loop, tty_fd(t->tty), LOOP_READ, on_input, t, err);
    tty_keep_blocking(t->tty);
    return t->watch ? ERR_OK : err_wrap(err, "watch the terminal");
}

/* ---- life ---- */

static enum err_code open_terminal(struct tui *t, struct err *err)
{
    bool chosen = t->opts.theme && *t->opts.theme && strcmp(t->opts.theme, "auto") != 0;
    const char *name = chosen ? t->opts.theme : theme_guess(getenv("COLORFGBG"));
    struct theme mono;
    enum err_code rc;

    t->ask = true;
    t->ask_background = !chosen && !getenv("COLORFGBG");
    rc = tui_theme(t, name, true, err);
    if (!rc)
        rc = theme_load(&mono, "mono", err);
    if (!rc && t->opts.keymap_path)
        rc = keymap_load(t->keymap, t->opts.keymap_path, err);
    if (rc)
        return rc;
    for (size_t i = 0; i < TUI_SIGNALS; i++)
        t->signals[i] = loop_signal(t->loop, signal_numbers[i], on_signal, t);
    rc = tty_open(&(struct tty_options){.theme = &t->theme,
                                        .mono = &mono,
                                        .no_color = t->opts.no_color,
                                        .mouse = t->opts.mouse,
                                        .ascii = t->opts.ascii,
                                        .wide_ambiguous = t->opts.wide_ambiguous,
                                        .no_alt = t->opts.no_alt_screen,
                                        .slow = t->opts.slow},
                  &t->tty, err);
    return rc ? rc : watch_terminal(t, err);
}

static void free_parts(struct tui *t)
{
    for (size_t i = 0; i < TUI_SIGNALS; i++)
        if (t->signals[i])
            loop_signal_cancel(t->loop, t->signals[i]);
    if (t->watch)
        loop_watch_cancel(t->loop, t->watch);
    if (t->frame_timer)
        loop_timer_cancel(t->loop, t->frame_timer);
    if (t->clock_timer)
        loop_timer_cancel(t->loop, t->clock_timer);
    if (t->pause_timer)
        loop_timer_cancel(t->loop, t->pause_timer);
    if (t->debug_timer)
        loop_timer_cancel(t->loop, t->debug_timer);
    tui_copy_drop(t);
    tui_away_drop(t);
    tui_theme_drop(t);
    tui_drop_chain(t);
    mem_set_fatal_hook(NULL);
    tui_composer_release(t);
    tty_close(t->tty);
    keymap_free(t->keymap);
    tui_approval_free(t);
    lineedit_release(&t->input);
    lineedit_release(&t->filter);
    lineedit_release(&t->prompt.line);
    screen_release(&t->screen);
    canvas_release(&t->canvas);
    model_release(&t->empty);
    for (size_t i = 0; i < TUI_THEME_DIRS; i++)
        free(t->theme_dirs[i]);
    if (t->pager_file)
        unlink(t->pager_file);
    free(t->pager_file);
    free(t->run_dir);
    VEC_RELEASE(&t->help);
    buf_release(&t->help_keys);
    buf_release(&t->state);
    buf_release(&t->hint_keys);
    free(t);
}

enum err_code tui_new(struct loop *loop, const struct tui_options *opts, struct tui **ret,
                      struct err *err)
{
    struct tui *t = xcalloc(1, sizeof(*t));
    enum err_code rc;

    t->loop = loop;
    t->made_ms = loop_now_ms(loop);
    t->opts = *opts;
    for (size_t i = 0; i < TUI_THEME_DIRS; i++)
        t->theme_dirs[i] = opts->theme_dirs[i] ? xstrdup(opts->theme_dirs[i]) : NULL;
    t->run_dir = opts->run_dir ? xstrdup(opts->run_dir) : NULL;
    t->keymap = keymap_new();
    model_init(&t->empty);
    t->model = &t->empty;
    lineedit_init(&t->input);
    lineedit_init(&t->filter);
    lineedit_init(&t->prompt.line);
    approval_init(&t->approval);
    tui_composer_init(t);
    screen_init(&t->screen);
    tui_load_state(t);
    buf_init(&t->help_keys, 64 * 1024);
    buf_init(&t->hint_keys, 4096);
    canvas_init(&t->canvas, GLYPHS_FULL);
    rc = open_terminal(t, err);
    if (rc) {
        free_parts(t);
        return rc;
    }
    mem_set_fatal_hook(tty_restore_now);
    t->canvas.glyphs = tty_glyphs(t->tty);
    t->canvas.keep_text = opts->wide_ambiguous && !opts->ascii && tty_utf8(t->tty);
    text_set_wide_ambiguous(t->canvas.keep_text);
    t->screen.read_only = !opts->intents.submit;
    tui_start_init(t);
    tui_secrets_init(t);
    t->painted_ms = loop_now_ms(loop) - FRAME_MS;
    tui_make_help(t);
    tui_dirty(t, DIRTY_ALL);
    *ret = t;
    return ERR_OK;
}

static void print_wrapped(void *ctx, struct str line, int width_cells)
{
    (void)width_cells;
    fprintf(ctx, "%.*s\n", STR_FMT(line));
}

/* Markdown's marks mean nothing to the eye that reads plain text. */
static void add_unmarked(struct buf *out, const char *text)
{
    for (; *text; text++) {
        if (text[0] == '*' && text[1] == '*')
            text++;
        else if (*text != '`')
            buf_addc(out, *text);
    }
}

static bool same_text(const char *a, const char *b)
{
    struct buf x = BUF_INIT(65536), y = BUF_INIT(65536);
    bool same;

    add_unmarked(&x, a);
    add_unmarked(&y, b);
    same = str_eq(str_trim(buf_str(&x)), str_trim(buf_str(&y)));
    buf_release(&x);
    buf_release(&y);
    return same;
}

/* What stays on the normal screen. */
static void print_end(const struct model *m, bool ascii, int cols)
{
    struct buf text = BUF_INIT(1 << 20), clean = BUF_INIT(1 << 20);

    if (m->conclusion.has_root_cause)
        buf_addf(&text, "root cause (%.0f %%): %s\n", m->conclusion.root_cause.confidence * 100,
                 m->conclusion.root_cause.statement);
    else if (m->conclusion.verdict != VERDICT_NONE)
        buf_addf(&text, "%s\n", view_verdict_words(m->conclusion.verdict));
    /* A summary that is the statement is not said twice. */
    if (!m->conclusion.has_root_cause ||
        !same_text(m->conclusion.summary, m->conclusion.root_cause.statement)) {
        add_unmarked(&text, m->conclusion.summary);
        buf_adds(&text, *m->conclusion.summary ? "\n" : "");
    }
    VEC_EACH (also, &m->conclusion.also)
        buf_addf(&text, "also: %s\n", *also);
    if (*m->id)
        buf_addf(&text, "session %s", m->id);
    text_sanitize(&clean, str_trim(buf_str(&text)), true, ascii);
    if (clean.len)
        text_wrap(buf_str(&clean), cols > 20 ? cols - 1 : 80, print_wrapped, stdout);
    fflush(stdout);
    buf_release(&text);
    buf_release(&clean);
}

void tui_free(struct tui *t)
{
    const struct model *m;
    bool ascii, quiet, empty, gone;
    int cols;

    if (!t)
        return;
    m = t->model;
    ascii = t->canvas.glyphs == GLYPHS_ASCII;
    cols = t->canvas.width;
    empty = t->model == &t->empty;
    gone = tty_gone(t->tty);
    quiet = t->opts.quiet_exit;
    tui_save_state(t);
    free_parts(t);
    if (!empty && !gone && !quiet)
        print_end(m, ascii, cols);
}
