/* tui_commands.c - what keys do: one switch over the table of commands. No curses here. */
#include "src/ui/tui_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/text.h"
#include "runbook/ui/slash.h"

void tui_say(struct tui *t, bool danger, const char *fmt, ...)
{
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(t->message, sizeof(t->message), fmt, ap);
    va_end(ap);
    t->screen.message = t->message;
    t->screen.message_danger = danger;
    tui_dirty(t, DIRTY_SCREEN);
}

static void unsay(struct tui *t)
{
    if (!t->screen.message)
        return;
    t->screen.message = NULL;
    tui_dirty(t, DIRTY_SCREEN);
}

/* ---- help and hints, from the table ---- */

/* A page without a row in the view's table has no key either. */
bool tui_page_exists(enum command c)
{
    return c < CMD_ROOT_WAR_ROOM || c > CMD_ROOT_AUDIT ||
           screen_has_root((enum root)(c - CMD_ROOT_WAR_ROOM));
}

/* The commands that are written stand first: nobody guesses them. */
static size_t add_slash_help(struct tui *t, size_t at)
{
    for (size_t i = 0; i < SLASHES && t->opts.intents.submit; i++) {
        const char *usage = t->help_keys.ptr + at;

        *VEC_PUSH(&t->help) =
            (struct help_row){"Written in the input line", usage, slash_table[i].help, ""};
        at += strlen(usage) + 1;
    }
    return at;
}

/* Texts are gathered first and pointed into afterwards: the buffer moves while it grows. */
void tui_make_help(struct tui *t)
{
    size_t at = 0;

    buf_clear(&t->help_keys);
    t->help.count = 0;
    for (size_t i = 0; i < SLASHES && t->opts.intents.submit; i++) {
        buf_addf(&t->help_keys, "/%s%s%s", slash_table[i].name, *slash_table[i].usage ? " " : "",
                 slash_table[i].usage);
        buf_addc(&t->help_keys, '\0');
    }
    for (size_t i = 0; i < command_count(); i++) {
        keymap_keys(t->keymap, command_table[i].command, "  ", &t->help_keys);
        buf_addc(&t->help_keys, '\0');
    }
    at = add_slash_help(t, at);
    for (size_t i = 0; i < command_count(); i++) {
        const struct command_def *def = &command_table[i];
        const char *keys = t->help_keys.ptr + at;

        at += strlen(keys) + 1;
        if (!*keys || (def->context == CONTEXT_REPLAY && !t->opts.replay) ||
            !tui_page_exists(def->command))
            continue;
        *VEC_PUSH(&t->help) =
            (struct help_row){context_name(def->context), keys, def->help, def->name};
    }
    t->screen.help = t->help.items;
    t->screen.help_count = t->help.count;
}

static bool hint_fits(struct tui *t, const struct command_def *def)
{
    bool typing = tui_typing(t);

    if (!def->hint)
        return false;
    if (typing)
        return def->context == CONTEXT_INPUT;
    if (tui_steer_is(def->command))
        return tui_steer_fits(t, def->command);
    if (def->context == CONTEXT_EVIDENCE)
        return screen_on_evidence(&t->screen);
    if (t->screen.depth)
        return def->context == CONTEXT_PAGE &&
               !(screen_on_evidence(&t->screen) && def->command == CMD_PAGE_OPEN);
    if (def->context == CONTEXT_REPLAY)
        return t->opts.replay && (def->command != CMD_REPLAY_BRANCH || t->opts.replay->branch);
    if (def->context == CONTEXT_TIMELINE)
        return t->screen.root == ROOT_TIMELINE;
    if (def->command == CMD_ASK && !t->opts.intents.submit)
        return false;
    if (def->context == CONTEXT_TRANSCRIPT)
        return tui_in_transcript(t);
    if (def->command == CMD_FILTER && tui_in_transcript(t))
        return false; /* the same key searches there */
    if (def->command == CMD_FILTER)
        return screen_can_filter(&t->screen);
    if (def->context == CONTEXT_LIST)
        return screen_in_list(&t->screen);
    return def->context == CONTEXT_PANE || def->context == CONTEXT_GLOBAL;
}

/* Only a command's first key: the others are on the help page. */
static void add_hint_key(struct tui *t, const struct command_def *def)
{
    struct buf keys = BUF_INIT(256);

    keymap_keys(t->keymap, def->command, "\n", &keys);
    if (keys.len && keys.ptr[0] != '\n')
        buf_truncate(&keys, strcspn(keys.ptr, "\n"));
    buf_add(&t->hint_keys, buf_cstr(&keys), keys.len + 1);
    buf_release(&keys);
}

/* Enter keeps a filter or a search; it asks nothing. */
static const char *hint_word(const struct tui *t, const struct command_def *def)
{
    bool keeps = def->command == CMD_INPUT_SUBMIT && t->screen.filter_focus;

    return keeps ? "keep" : def->hint;
}

/* The keys of a replay stand first: they are what one came for. */
void tui_make_hints(struct tui *t)
{
    const struct command_def *defs[TUI_HINTS_MAX];
    size_t count = 0, at = 0;

    buf_clear(&t->hint_keys);
    if (tui_layer_hints(t))
        return;
    for (int replay = 1; replay >= 0; replay--)
        for (size_t i = 0; i < command_count() && count < TUI_HINTS_MAX; i++)
            if ((command_table[i].context == CONTEXT_REPLAY) == replay &&
                hint_fits(t, &command_table[i])) {
                defs[count++] = &command_table[i];
                add_hint_key(t, &command_table[i]);
            }
    for (size_t i = 0; i < count; i++) {
        t->hints[i] = (struct hint){t->hint_keys.ptr + at, hint_word(t, defs[i])};
        at += strlen(t->hints[i].keys) + 1;
    }
    t->screen.hints = t->hints;
    t->screen.hint_count = count;
}

/* ---- the raw result of an open page ---- */

void tui_load_raw(struct tui *t)
{
    const char *hash = screen_wants_blob(&t->screen, t->model);
    struct buf raw = BUF_INIT(64 * SCREEN_RAW_MAX);
    struct str pasted;
    struct err err = ERR_INIT;

    if (!hash)
        return;
    if (tui_pasted_raw(t, hash, &pasted)) {
        screen_set_raw(&t->screen, hash, pasted, pasted.len ? NULL : "It was taken away.");
        return;
    }
    if (!t->opts.blobs.read)
        screen_set_raw(&t->screen, hash, STR_LIT(""), "The raw result is not kept here.");
    else if (t->opts.blobs.read(t->opts.blobs.ctx, hash, &raw, &err))
        screen_set_raw(&t->screen, hash, buf_str(&raw), NULL);
    else
        screen_set_raw(&t->screen, hash, STR_LIT(""), err.msg);
    buf_release(&raw);
}

/* ---- asking, stopping, leaving ---- */

static void submit(struct tui *t, enum intent_type type, const char *text)
{
    struct intent in = {type, text};

    if (t->opts.intents.submit)
        t->opts.intents.submit(t->opts.intents.ctx, &in);
}

static void cancel(struct tui *t)
{
    if (t->armed == ARMED_CANCEL) {
        tui_quit(t, 0);
    } else if (t->prompt.done) {
        tui_prompt_end(t, false);
    } else if (t->screen.input_focus && t->input.text.len) {
        tui_load_history(t);
        lineedit_commit(&t->input); /* not lost: Up brings it back */
        tui_edited(t);
    } else if (t->screen.input_focus && t->comp.pasted.count) {
        tui_clear_pasted(t);
    } else if (t->model->turn_running && t->opts.intents.submit) {
        submit(t, INTENT_CANCEL, "");
        tui_say(t, false, "Stopping. Ctrl-C again leaves");
        t->armed = ARMED_CANCEL;
    } else {
        tui_say(t, false, "Ctrl-C again leaves");
        t->armed = ARMED_CANCEL;
    }
}

static void quit(struct tui *t)
{
    if (t->model->turn_running && t->opts.intents.submit && t->armed != ARMED_QUIT) {
        tui_say(t, true, "An investigation is running. The same key again stops it and leaves");
        t->armed = ARMED_QUIT;
        return;
    }
    tui_quit(t, 0);
}

static void suspend(struct tui *t)
{
    tty_suspend(t->tty);
    tui_dirty(t, DIRTY_ALL);
}

static void help(struct tui *t)
{
    if (!t->screen.depth)
        t->was_typing = t->screen.input_focus;
    t->screen.input_focus = t->screen.filter_focus = false;
    screen_open_help(&t->screen);
}

void tui_back(struct tui *t)
{
    screen_back(&t->screen);
    if (!t->screen.depth && t->was_typing) {
        t->screen.input_focus = true;
        t->was_typing = false;
    }
}

/* ---- filters ---- */

void tui_begin_filter(struct tui *t)
{
    if (!screen_can_filter(&t->screen)) {
        tui_say(t, false, "This pane has no filter");
        return;
    }
    lineedit_set(&t->filter, screen_filter(&t->screen));
    t->screen.filter_focus = true;
}

static void end_filter(struct tui *t, bool keep)
{
    if (t->screen.searching) {
        tui_transcript_typed_end(t, keep);
        return;
    }
    if (!keep)
        screen_set_filter(&t->screen, t->model, "");
    t->screen.filter_focus = false;
}

/* What Esc undoes, one after the other. */
static void drop_filter(struct tui *t)
{
    struct list *l = screen_list(&t->screen);

    if (l && l->choosing)
        list_choose(l, false);
    else if (screen_can_filter(&t->screen) && *screen_filter(&t->screen))
        screen_set_filter(&t->screen, t->model, "");
    else if (l && l->marked)
        list_unmark(l);
    else if (t->screen.zoomed)
        t->screen.zoomed = false;
    else
        screen_go(&t->screen, ROOT_WAR_ROOM);
}

/* ---- the switch ---- */

void tui_run(struct tui *t, enum command c)
{
    struct screen *s = &t->screen;
    const struct model *m = t->model;

    tui_dirty(t, DIRTY_SCREEN);
    switch (c) {
    case CMD_NONE:
    case COMMANDS:
        break;
    case CMD_HELP:
        help(t);
        break;
    case CMD_QUIT:
        quit(t);
        break;
    case CMD_CANCEL:
        cancel(t);
        break;
    case CMD_SUSPEND:
        suspend(t);
        break;
    case CMD_INIT:
        tui_init_config(t);
        break;
    case CMD_PALETTE:
        tui_open_palette(t, "");
        break;
    case CMD_REDRAW:
        tui_dirty(t, DIRTY_ALL);
        break;
    case CMD_COPY:
    case CMD_COPY_ALL:
    case CMD_PAGER:
    case CMD_MOUSE:
    case CMD_DEBUG:
        tui_terminal_command(t, c);
        break;
    case CMD_STEER_ADD:
    case CMD_STEER_REJECT:
    case CMD_STEER_PROMOTE:
    case CMD_STEER_TEST:
    case CMD_WHY:
        tui_steer(t, c);
        break;
    case CMD_APPROVALS:
        tui_approvals(t);
        break;
    case CMD_PANE_NEXT:
    case CMD_PANE_PREV:
        if (!s->depth)
            screen_focus_next(s, c == CMD_PANE_NEXT ? 1 : -1);
        break;
    case CMD_PANE_1:
    case CMD_PANE_2:
    case CMD_PANE_3:
        screen_focus(s, (enum pane)(c - CMD_PANE_1));
        break;
    case CMD_ROOT_WAR_ROOM:
    case CMD_ROOT_RESOURCES:
    case CMD_ROOT_SIGNALS:
    case CMD_ROOT_TIMELINE:
    case CMD_ROOT_AUDIT:
        if (!screen_go(s, (enum root)(c - CMD_ROOT_WAR_ROOM)))
            tui_say(t, false, "There is no such page");
        else if (c == CMD_ROOT_AUDIT)
            tui_check_chain(t);
        break;
    case CMD_ASK:
        if (t->opts.intents.submit)
            s->input_focus = true;
        break;
    case CMD_DOWN:
    case CMD_PAGE_DOWN_LINE:
        screen_move(s, m, 1);
        break;
    case CMD_UP:
    case CMD_PAGE_UP_LINE:
        screen_move(s, m, -1);
        break;
    case CMD_PAGE_DOWN:
    case CMD_PAGE_NEXT_PAGE:
        screen_page(s, m, 2);
        break;
    case CMD_PAGE_UP:
    case CMD_PAGE_PREV_PAGE:
        screen_page(s, m, -2);
        break;
    case CMD_HALF_DOWN:
        screen_page(s, m, 1);
        break;
    case CMD_HALF_UP:
        screen_page(s, m, -1);
        break;
    case CMD_HOME:
    case CMD_PAGE_HOME:
        screen_home(s, m);
        break;
    case CMD_END:
    case CMD_PAGE_END:
        screen_end(s, m);
        break;
    case CMD_OPEN:
    case CMD_PAGE_OPEN:
        if (tui_approval_ask_selected(t))
            break;
        if (!screen_open(s, m) && !s->depth && !(tui_in_transcript(t) && screen_toggle_item(s, m)))
            tui_say(t, false, "Nothing to open: select a query, evidence or a hypothesis");
        break;
    case CMD_EVIDENCE:
        if (!screen_open_evidence(s, m) && !s->depth)
            tui_say(t, false, "No evidence yet");
        break;
    case CMD_TOGGLE:
        if (screen_in_pane(s, PANE_HYPOTHESES))
            screen_toggle_node(s, m);
        break;
    case CMD_CLOSE_NODE:
        if (screen_in_pane(s, PANE_HYPOTHESES))
            screen_open_node(s, m, false);
        break;
    case CMD_OPEN_NODE:
        if (screen_in_pane(s, PANE_HYPOTHESES))
            screen_open_node(s, m, true);
        break;
    case CMD_FILTER:
        tui_begin_filter(t);
        break;
    case CMD_ZOOM:
    case CMD_WIDER:
    case CMD_NARROWER:
    case CMD_TALLER:
    case CMD_LOWER:
    case CMD_RESET_SIZES:
        tui_layout(t, c);
        break;
    case CMD_REFRESH:
        if (s->root == ROOT_AUDIT)
            tui_check_chain(t);
        else
            submit(t, INTENT_REFRESH, "");
        break;
    case CMD_CLEAR:
        if (!tui_transcript_clear(t))
            drop_filter(t);
        break;
    case CMD_LIST_SORT:
    case CMD_LIST_REVERSE:
    case CMD_LIST_COLUMNS:
    case CMD_LIST_MARK:
    case CMD_LIST_MARK_SHOWN:
        tui_list(t, c);
        break;
    case CMD_PAGE_BACK:
        tui_back(t);
        break;
    case CMD_PAGE_NEXT:
    case CMD_PAGE_PREV:
        screen_next_evidence(s, m, c == CMD_PAGE_NEXT ? 1 : -1);
        break;
    case CMD_CHART_LEFT:
    case CMD_CHART_RIGHT:
    case CMD_CHART_PAN_LEFT:
    case CMD_CHART_PAN_RIGHT:
    case CMD_CHART_IN:
    case CMD_CHART_OUT:
    case CMD_CHART_RESET:
    case CMD_CHART_ALL:
    case CMD_EVIDENCE_TAB:
    case CMD_EVIDENCE_UNFOLD:
    case CMD_RAW_SEARCH:
    case CMD_RAW_NEXT:
    case CMD_RAW_PREV:
    case CMD_RAW_HEX:
    case CMD_RAW_PRETTY:
    case CMD_RAW_WRAP:
    case CMD_RAW_CLEAR:
        tui_run_evidence(t, c);
        break;
    case CMD_INPUT_SUBMIT:
        if (t->prompt.done)
            tui_prompt_end(t, true);
        else if (s->filter_focus)
            end_filter(t, true);
        else
            tui_submit(t);
        break;
    case CMD_INPUT_LEAVE:
        if (t->prompt.done)
            tui_prompt_end(t, false);
        else if (s->filter_focus)
            end_filter(t, false);
        else
            s->input_focus = false;
        break;
    case CMD_INPUT_NEWLINE:
    case CMD_INPUT_COMPLETE:
    case CMD_INPUT_SEARCH:
    case CMD_INPUT_EDITOR:
    case CMD_INPUT_PASTED:
    case CMD_INPUT_UP:
    case CMD_INPUT_DOWN:
    case CMD_INPUT_HISTORY_PREV:
    case CMD_INPUT_HISTORY_NEXT:
    case CMD_INPUT_LEFT:
    case CMD_INPUT_RIGHT:
    case CMD_INPUT_WORD_LEFT:
    case CMD_INPUT_WORD_RIGHT:
    case CMD_INPUT_HOME:
    case CMD_INPUT_END:
    case CMD_INPUT_TOP:
    case CMD_INPUT_BOTTOM:
    case CMD_INPUT_BACKSPACE:
    case CMD_INPUT_DELETE:
    case CMD_INPUT_DELETE_WORD:
    case CMD_INPUT_KILL_WORD_LEFT:
    case CMD_INPUT_KILL_WORD_RIGHT:
    case CMD_INPUT_KILL_LEFT:
    case CMD_INPUT_KILL_RIGHT:
    case CMD_INPUT_YANK:
    case CMD_INPUT_YANK_EARLIER:
    case CMD_INPUT_TRANSPOSE:
    case CMD_INPUT_TRANSPOSE_WORDS:
    case CMD_INPUT_UNDO:
    case CMD_INPUT_REDO:
        tui_run_input(t, c);
        break;
    case CMD_TEXT_SEARCH:
    case CMD_TEXT_NEXT:
    case CMD_TEXT_PREV:
    case CMD_TEXT_FILTER:
    case CMD_TEXT_TOGGLE:
    case CMD_TEXT_OPEN_ALL:
    case CMD_TEXT_TURN_PREV:
    case CMD_TEXT_TURN_NEXT:
    case CMD_TEXT_FOLD:
    case CMD_TEXT_FOLD_ALL:
        tui_transcript_command(t, c);
        break;
    case CMD_TIMELINE_IN:
    case CMD_TIMELINE_OUT:
    case CMD_TIMELINE_LEFT:
    case CMD_TIMELINE_RIGHT:
    case CMD_TIMELINE_ALL:
    case CMD_TIMELINE_CLOCK:
    case CMD_TIMELINE_LANE_PREV:
    case CMD_TIMELINE_LANE_NEXT:
        tui_timeline_command(t, c);
        break;
    case CMD_REPLAY_STEP:
    case CMD_REPLAY_BACK:
    case CMD_REPLAY_JUMP:
    case CMD_REPLAY_BRANCH:
    case CMD_REPLAY_PLAY:
    case CMD_REPLAY_FASTER:
    case CMD_REPLAY_SLOWER:
        tui_replay(t, c);
        break;
    }
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
        for (int p = 0; p < PANES; p++) {
            struct rect r = t->screen.panes[p];

            if (ev->x >= r.x && ev->x < r.x + r.w && ev->y >= r.y && ev->y < r.y + r.h)
                screen_focus(&t->screen, (enum pane)p);
        }
    if (tui_in_transcript(t))
        screen_scroll(&t->screen, t->model, 3 * ev->by); /* the selection stays */
    for (int i = 0; i < 3 && !tui_in_transcript(t); i++)
        screen_move(&t->screen, t->model, ev->by);
    tui_dirty(t, DIRTY_SCREEN);
}

void tui_event(struct tui *t, const struct tty_event *ev)
{
    if (tui_approval_input(t, ev))
        return;
    switch (ev->kind) {
    case TTY_KEY:
        on_key(t, ev->key);
        break;
    case TTY_PASTE:
        unsay(t);
        tui_paste(t, ev->paste);
        break;
    case TTY_BACKGROUND:
        tui_on_background(t, ev->light);
        break;
    case TTY_CLICK:
    case TTY_DRAG:
    case TTY_RELEASE:
        if (tui_drag(t, ev))
            break;
        screen_click(&t->screen, t->model, ev->x, ev->y);
        tui_dirty(t, DIRTY_SCREEN);
        break;
    case TTY_WHEEL:
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
