/* tui_term.c - what keys do to the terminal, what the terminal is told when nobody looks at it, and
 * the overlay that shows what it costs. */
#include <stdio.h>
#include <string.h>

#include "src/ui/tui_priv.h"

#define DEBUG_MS 1000

/* ---- when nobody looks ---- */

void tui_call(struct tui *t, const char *text)
{
    if (t->opts.replay || tty_focused(t->tty))
        return;
    t->attention = tty_unfocused(t->tty);
    if (t->opts.notify && t->attention)
        tty_notify(t->tty, text);
    else if (t->opts.bell)
        tty_bell(t->tty);
}

void tui_on_focus(struct tui *t, bool focused)
{
    if (!focused || !t->attention)
        return;
    t->attention = false;
    tui_dirty(t, DIRTY_SCREEN);
}

void tui_notice_event(struct tui *t, const struct event *ev)
{
    char text[160];

    if (ev->type == EV_ROOTCAUSE_IDENTIFIED) {
        snprintf(text, sizeof(text), "root cause: %.120s", ev->u.rootcause_identified.statement);
        tui_call(t, text);
    } else if (ev->type == EV_APPROVAL_REQUESTED) {
        snprintf(text, sizeof(text), "approval waits: %.60s %.60s",
                 ev->u.approval_requested.operation, ev->u.approval_requested.resource);
        tui_call(t, text);
    }
}

/* ---- the overlay ---- */

static const char *level_words(enum color_level level)
{
    static const char *const words[] = {[COLORS_NONE] = "no colours",
                                        [COLORS_8] = "8 colours",
                                        [COLORS_16] = "16 colours",
                                        [COLORS_256] = "256 colours",
                                        [COLORS_DIRECT] = "24-bit colours"};

    return words[level];
}

void tui_make_debug(struct tui *t)
{
    struct tty_stats s;
    int64_t ms;

    if (!t->debug)
        return;
    tty_stats(t->tty, &s);
    ms = loop_now_ms(t->loop) - t->debug_ms;
    if (ms >= DEBUG_MS) {
        t->debug_rate = (s.bytes - t->debug_bytes) * 1000 / (uint64_t)ms;
        t->debug_fps = (s.painted - t->debug_painted) * 1000 / (uint64_t)ms;
        t->debug_bytes = s.bytes;
        t->debug_painted = s.painted;
        t->debug_ms += ms;
    }
    snprintf(t->debug_text[0], sizeof(t->debug_text[0]), "bytes    %llu/s  total %llu  queued %zu",
             (unsigned long long)t->debug_rate, (unsigned long long)s.bytes, s.queued);
    snprintf(t->debug_text[1], sizeof(t->debug_text[1]),
             "frames   %llu/s  painted %llu  dropped %llu", (unsigned long long)t->debug_fps,
             (unsigned long long)s.painted, (unsigned long long)s.dropped);
    snprintf(t->debug_text[2], sizeof(t->debug_text[2]), "paint    %.2f ms  %llu bytes",
             (double)s.paint_us / 1000, (unsigned long long)s.frame_bytes);
    if (s.rtt_us >= 0)
        snprintf(t->debug_text[3], sizeof(t->debug_text[3]), "answers  in %.1f ms%s",
                 (double)s.rtt_us / 1000, tty_slow(t->tty) ? "  (slow line)" : "");
    else
        snprintf(t->debug_text[3], sizeof(t->debug_text[3]), "answers  none%s",
                 tty_slow(t->tty) ? "  (slow line)" : "");
    snprintf(t->debug_text[4], sizeof(t->debug_text[4]), "terminal %s  %dx%d%s%s",
             level_words(s.level), t->canvas.width, t->canvas.height, s.sync ? "  sync" : "",
             tty_mouse(t->tty) ? "  mouse" : "");
    for (int i = 0; i < TUI_DEBUG_LINES; i++)
        t->debug_lines[i] = t->debug_text[i];
    t->screen.debug = t->debug_lines;
    t->screen.debug_count = TUI_DEBUG_LINES;
}

static void on_debug(void *ctx)
{
    struct tui *t = ctx;

    t->debug_timer = t->debug ? loop_timer(t->loop, DEBUG_MS, on_debug, t) : 0;
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint_when_due(t);
}

static void toggle_debug(struct tui *t)
{
    struct tty_stats s;

    tty_stats(t->tty, &s);
    t->debug = !t->debug;
    t->debug_ms = loop_now_ms(t->loop);
    t->debug_bytes = s.bytes;
    t->debug_painted = s.painted;
    if (t->debug && !t->debug_timer)
        t->debug_timer = loop_timer(t->loop, DEBUG_MS, on_debug, t);
    if (!t->debug)
        t->screen.debug = NULL;
    tui_dirty(t, DIRTY_SCREEN);
}

static void toggle_mouse(struct tui *t)
{
    tty_set_mouse(t->tty, !tty_mouse(t->tty));
    tui_say(t, false, "%s",
            tty_mouse(t->tty) ? "Mouse on: Shift selects text as the terminal does"
                              : "Mouse off: the terminal selects text");
}

void tui_terminal_command(struct tui *t, enum command c)
{
    if (c == CMD_COPY)
        tui_copy(t, COPY_ITEM);
    else if (c == CMD_COPY_ALL)
        tui_copy(t, COPY_PANE);
    else if (c == CMD_PAGER)
        tui_pager(t);
    else if (c == CMD_MOUSE)
        toggle_mouse(t);
    else if (c == CMD_DEBUG)
        toggle_debug(t);
}
