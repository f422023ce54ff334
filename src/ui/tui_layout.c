/* tui_layout.c - what keys and the mouse do to sizes of panes and to lists; and what of it is kept
 * from one run to the next. */
#include "src/ui/tui_priv.h"

#include <stdio.h>

#define STEP_COLS 2
#define STEP_ROWS 1
#define STATE_MAX 65536

void tui_layout(struct tui *t, enum command c)
{
    struct screen *s = &t->screen;
    int wider = c == CMD_WIDER ? STEP_COLS : c == CMD_NARROWER ? -STEP_COLS : 0;
    int taller = c == CMD_TALLER ? STEP_ROWS : c == CMD_LOWER ? -STEP_ROWS : 0;

    if (c == CMD_ZOOM)
        s->zoomed = !s->zoomed;
    else if (c == CMD_RESET_SIZES)
        screen_reset_sizes(s);
    else if (!screen_resize(s, wider, taller))
        tui_say(t, false, "This pane has nothing beside it in that direction");
}

/* Of a divider that the mouse holds. False: the event means something else, or nothing. */
bool tui_drag(struct tui *t, const struct tty_event *ev)
{
    struct screen *s = &t->screen;

    switch (ev->kind) {
    case TTY_CLICK:
        return screen_grab(s, ev->x, ev->y);
    case TTY_DRAG:
        if (screen_drag(s, ev->x, ev->y))
            tui_dirty(t, DIRTY_SCREEN);
        return true;
    case TTY_RELEASE: /* a terminal without reports of movement says only where it ended */
        if (screen_drag(s, ev->x, ev->y))
            tui_dirty(t, DIRTY_SCREEN);
        screen_drop(s);
        return true;
    default:
        return false;
    }
}

void tui_list(struct tui *t, enum command c)
{
    struct list *l = screen_list(&t->screen);
    struct buf words = BUF_INIT(256);

    if (!l)
        return;
    if (c == CMD_LIST_COLUMNS)
        list_choose(l, !l->choosing);
    else if (c == CMD_LIST_MARK || c == CMD_LIST_MARK_SHOWN)
        screen_mark(&t->screen, t->model, c == CMD_LIST_MARK_SHOWN);
    else if (c == CMD_LIST_SORT)
        list_sort_next(l);
    else
        list_sort_reverse(l);
    if (c == CMD_LIST_SORT || c == CMD_LIST_REVERSE) {
        list_sort_words(l, &words);
        tui_say(t, false, "%s: %s", l->def->title, buf_cstr(&words));
    }
    buf_release(&words);
}

/* ---- from one run to the next ---- */

void tui_load_state(struct tui *t)
{
    struct buf text = BUF_INIT(STATE_MAX);

    if (t->opts.state.read && t->opts.state.read(t->opts.state.ctx, &text))
        screen_load(&t->screen, buf_str(&text));
    buf_release(&text);
    buf_init(&t->state, STATE_MAX);
    screen_save(&t->screen, &t->state);
}

/* Written only when something is not as it was. */
void tui_save_state(struct tui *t)
{
    struct buf text = BUF_INIT(STATE_MAX);

    screen_save(&t->screen, &text);
    if (t->opts.state.write && !str_eq(buf_str(&text), buf_str(&t->state)))
        t->opts.state.write(t->opts.state.ctx, buf_str(&text));
    buf_release(&text);
    buf_release(&t->state);
}
