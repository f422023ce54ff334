/* tui_keys.c - what the person did becomes a command: keys by the innermost place that knows them,
 * the mouse by where it points. */
#include "src/ui/tui_priv.h"

static void unsay(struct tui *t)
{
    if (!t->screen.message)
        return;
    t->screen.message = NULL;
    tui_dirty(t, DIRTY_SCREEN);
}

static enum command find_command(struct tui *t, key_code key)
{
    const struct screen *s = &t->screen;
    bool empty = s->input_focus && tui_line(t) == &t->input && !t->input.text.len;
    enum command c = CMD_NONE;

    if (tui_typing(t)) {
        c = keymap_lookup(t->keymap, CONTEXT_INPUT, key);
        if (c == CMD_NONE && key < KEY_NAME_FIRST && !(empty && (key == '?' || key == ':')))
            return CMD_NONE; /* a character of the text; "?" alone asks for help */
    } else if (s->depth) {
        if (key == KEY_NAME_SPACE && tui_sheet_switch(t))
            return CMD_PAGE_OPEN;
        if (screen_on_evidence(s))
            c = keymap_lookup(t->keymap, CONTEXT_EVIDENCE, key);
        if (c == CMD_NONE)
            c = keymap_lookup(t->keymap, CONTEXT_PAGE, key);
    } else {
        if (s->root == ROOT_TIMELINE)
            c = keymap_lookup(t->keymap, CONTEXT_TIMELINE, key);
        if (c == CMD_NONE && t->opts.replay)
            c = keymap_lookup(t->keymap, CONTEXT_REPLAY, key);
        if (c == CMD_NONE && tui_in_transcript(t))
            c = keymap_lookup(t->keymap, CONTEXT_TRANSCRIPT, key);
        if (c == CMD_NONE && screen_in_list(s))
            c = keymap_lookup(t->keymap, CONTEXT_LIST, key);
        if (c == CMD_NONE)
            c = keymap_lookup(t->keymap, CONTEXT_PANE, key);
    }
    return c != CMD_NONE ? c : keymap_lookup(t->keymap, CONTEXT_GLOBAL, key);
}

static void on_key(struct tui *t, key_code key)
{
    enum command c;
    bool typing;

    unsay(t);
    if (tui_composer_key(t, key))
        return;
    /* Who types in a form means its field; "?" and ":" stay. */
    if (!tui_typing(t) && key > ' ' && key < KEY_NAME_FIRST && key != '?' && key != ':')
        tui_sheet_write(t);
    c = find_command(t, key);
    typing = tui_typing(t);
    if ((t->armed == ARMED_CANCEL && c != CMD_CANCEL) || (t->armed == ARMED_QUIT && c != CMD_QUIT))
        t->armed = ARMED_NOTHING;
    if (c == CMD_NONE) {
        if (typing)
            tui_type_key(t, key);
        return;
    }
    if (c > CMD_INPUT_LEAVE && c <= CMD_INPUT_REDO)
        tui_run_input(t, c);
    else
        tui_run(t, c);
    tui_load_raw(t);
}

static void on_wheel(struct tui *t, const struct tty_event *ev)
{
    if (!t->screen.depth && t->screen.root == ROOT_WAR_ROOM)
        for (int p = 0; p < PANES; p++)
            if (rect_has(t->screen.panes[p], ev->x, ev->y))
                screen_focus(&t->screen, (enum pane)p);
    if (tui_in_transcript(t))
        screen_scroll(&t->screen, t->model, 3 * ev->by); /* the selection stays */
    for (int i = 0; i < 3 && !tui_in_transcript(t); i++)
        screen_move(&t->screen, t->model, ev->by);
    tui_dirty(t, DIRTY_SCREEN);
}

void tui_event(struct tui *t, const struct tty_event *ev)
{
    if (ev->kind != TTY_BACKGROUND)
        t->input_ms = loop_now_ms(t->loop);
    if (tui_approval_input(t, ev))
        return;
    switch (ev->kind) {
    case TTY_KEY:
        on_key(t, ev->key);
        break;
    case TTY_PASTE:
        unsay(t);
        tui_sheet_write(t);
        tui_paste(t, ev->paste);
        break;
    case TTY_BACKGROUND:
        tui_on_background(t, ev->light);
        break;
    case TTY_CLICK:
    case TTY_DRAG:
    case TTY_RELEASE:
        if (tui_palette_mouse(t, ev) || tui_complete_mouse(t, ev) || tui_drag(t, ev))
            break;
        screen_click(&t->screen, t->model, ev->x, ev->y);
        tui_dirty(t, DIRTY_SCREEN);
        break;
    case TTY_WHEEL:
        if (!tui_palette_mouse(t, ev) && !tui_complete_mouse(t, ev))
            on_wheel(t, ev);
        break;
    case TTY_FOCUS:
        tui_on_focus(t, ev->focused);
        break;
    case TTY_CURSOR:
    case TTY_MODE:
        break;
    }
}
