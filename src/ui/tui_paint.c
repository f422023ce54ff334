/* tui_paint.c - when the screen is painted.
 * A key at once; what nobody typed at most 30 times a second, less often while frames are large
 * (a scrolling pane repaints itself, and nobody reads thirty of them), four times a second on a
 * slow line, and not at all while the terminal has not taken what it got: then the frame is
 * dropped, and the next one shows the newest state. Nothing is sent while nothing changes. */
#include <stdio.h>

#include "src/ui/tui_priv.h"

#define FRAME_MS 33
#define SLOW_FRAME_MS 250
#define FRAME_MAX_MS 200
#define BYTES_A_MS 14 /* what frames of a stream may cost on the average */
#define BEHIND_MS 40  /* how long to wait when the terminal takes nothing */
#define CLOCK_MS 1000
#define SLOW_CLOCK_MS 5000

void tui_dirty(struct tui *t, enum tui_dirty how)
{
    if (how > t->dirty)
        t->dirty = how;
}

static int64_t frame_ms(struct tui *t)
{
    struct tty_stats s;
    int64_t ms;

    tty_stats(t->tty, &s);
    ms = (int64_t)(s.frame_bytes / BYTES_A_MS);
    ms = ms < FRAME_MS ? FRAME_MS : ms > FRAME_MAX_MS ? FRAME_MAX_MS : ms;
    return tty_slow(t->tty) && ms < SLOW_FRAME_MS ? SLOW_FRAME_MS : ms;
}

int64_t tui_frame_wait_ms(struct tui *t)
{
    return t->painted_ms + frame_ms(t) - loop_now_ms(t->loop);
}

static void on_clock(void *ctx)
{
    struct tui *t = ctx;

    t->clock_timer = 0;
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint(t);
}

/* The elapsed time of a running turn changes by itself, and a large list shows changes late. */
static void arm_clock(struct tui *t)
{
    int64_t every = tty_slow(t->tty) ? SLOW_CLOCK_MS : CLOCK_MS, wait;
    int64_t into = (t->screen.now_ms - t->model->turn_started_ms) % every;
    bool running = (t->model->turn_running || model_procedure_runs(t->model)) && !t->opts.replay;

    if ((!running && !t->screen.late) || t->clock_timer)
        return;
    wait = every - (into < 0 ? 0 : into);
    if (t->screen.late && (!running || wait > LIST_RENEW_MS))
        wait = LIST_RENEW_MS;
    t->clock_timer = loop_timer(t->loop, wait, on_clock, t);
}

static void show_title(struct tui *t)
{
    const char *title = *t->model->title ? t->model->title : t->model->query;
    char text[256];

    snprintf(text, sizeof(text), "%srunbook%s%s", t->attention ? "* " : "", *title ? ": " : "",
             title);
    tty_title(t->tty, text);
}

static void draw(struct tui *t)
{
    int cols, rows;

    tty_size(t->tty, &cols, &rows);
    if (cols != t->canvas.width || rows != t->canvas.height) {
        canvas_resize(&t->canvas, cols, rows);
        tui_dirty(t, DIRTY_ALL);
    }
    t->screen.now_ms = t->opts.replay ? t->model->last_ms : loop_wall_ms(t->loop);
    t->screen.tick_ms = loop_now_ms(t->loop);
    tui_place_input(t);
    if (t->dirty == DIRTY_INPUT && view_draw_input(&t->screen, t->model, &t->canvas))
        return;
    tui_replay_state(t);
    tui_approval_draw(t);
    tui_make_hints(t);
    tui_make_debug(t);
    t->screen.coarse = !tty_moves_parts(t->tty);
    view_draw(&t->screen, t->model, &t->canvas);
    if (tui_load_excerpts(t))
        view_draw(&t->screen, t->model, &t->canvas);
    show_title(t);
}

void tui_paint(struct tui *t)
{
    if (t->dirty == DIRTY_NOTHING || t->quit_told || t->away)
        return;
    if (tty_waiting(t->tty)) { /* it will be painted when the terminal takes bytes again */
        tty_dropped(t->tty);
        tui_watch(t);
        return;
    }
    draw(t);
    tty_paint(t->tty, &t->canvas, t->screen.cursor_x, t->screen.cursor_y, t->dirty == DIRTY_ALL);
    t->dirty = DIRTY_NOTHING;
    t->painted_ms = loop_now_ms(t->loop);
    tui_approval_painted(t);
    if (t->frame_timer) {
        loop_timer_cancel(t->loop, t->frame_timer);
        t->frame_timer = 0;
    }
    arm_clock(t);
    if (t->ask) { /* after the first painting, which does not wait for it */
        t->ask = false;
        tty_ask(t->tty, t->ask_background);
    }
    tui_watch(t);
}

static void on_frame(void *ctx)
{
    struct tui *t = ctx;

    t->frame_timer = 0;
    tui_paint_when_due(t);
}

void tui_paint_when_due(struct tui *t)
{
    int64_t wait = tui_frame_wait_ms(t);

    if (t->dirty == DIRTY_NOTHING || t->frame_timer || t->away)
        return;
    if (wait <= 0 && tty_ready(t->tty)) {
        tui_paint(t);
        return;
    }
    if (wait <= 0)
        tty_dropped(t->tty);
    tui_watch(t);
    t->frame_timer = loop_timer(t->loop, wait > 0 ? wait : BEHIND_MS, on_frame, t);
}

/* A feeder without a settle step is painted too: on the loop's next turn, or when a frame is due.
 */
void tui_paint_soon(struct tui *t)
{
    int64_t wait = tui_frame_wait_ms(t);

    if (!t->frame_timer)
        t->frame_timer = loop_timer(t->loop, wait > 0 ? wait : 0, on_frame, t);
}
