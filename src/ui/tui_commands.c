/* tui_commands.c - what keys do: one switch over the table of commands. No curses here. */
#include "src/ui/tui_priv.h"

#include <stdarg.h>
#include <stdio.h>

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

/* ---- the raw result of an open page ---- */

static void on_detail(void *to, const char *key, struct arena *arena,
                      const struct resource_detail *d)
{
    struct tui *t = to;

    screen_set_detail(&t->screen, key, arena, d);
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint_when_due(t);
}

/* A replay has no inventory beside it. */
static void no_detail(struct tui *t, const char *key)
{
    struct arena *a = arena_new(0);
    struct resource_detail *d = arena_alloc(a, sizeof(*d));

    d->step = DETAIL_MISSING;
    d->problem = "More of it was in the inventory of that machine; it is not in the recording.";
    screen_set_detail(&t->screen, arena_strdup(a, key), a, d);
}

static void load_detail(struct tui *t)
{
    const struct tui_services *s = t->opts.services;
    const char *key = screen_wants_detail(&t->screen);

    if (key && s && s->resource)
        s->resource(s->ctx, key, false, on_detail, t);
    else if (key)
        no_detail(t, key);
}

bool tui_can_again(const struct tui *t)
{
    const struct detail_state *p = t->screen.depth ? &t->screen.stack[t->screen.depth - 1] : NULL;
    const struct tui_services *s = t->opts.services;

    return p && p->page == PAGE_RESOURCE && strncmp(p->id, "aws:", 4) == 0 && s && s->resource;
}

/* The page of a resource of a cloud asks again; of any other what is read again is all. */
static void page_again(struct tui *t)
{
    const struct tui_services *s = t->opts.services;

    if (tui_can_again(t))
        s->resource(s->ctx, t->screen.stack[t->screen.depth - 1].id, true, on_detail, t);
    else
        tui_say(t, false, "There is nothing to read again here");
}

void tui_load_raw(struct tui *t)
{
    const char *hash = screen_wants_blob(&t->screen, t->model);
    struct buf raw = BUF_INIT(64 * SCREEN_RAW_MAX);
    struct str pasted;
    struct err err = ERR_INIT;

    load_detail(t);
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
    } else if (tui_sheet_stop(t)) {
        tui_say(t, false, "Stopping. Ctrl-C again leaves");
        t->armed = ARMED_CANCEL;
    } else if (t->screen.input_focus && t->input.text.len) {
        tui_load_history(t);
        lineedit_commit(&t->input); /* not lost: Up brings it back */
        tui_edited(t);
    } else if (t->screen.input_focus && t->comp.pasted.count) {
        tui_clear_pasted(t);
    } else if ((t->model->turn_running || model_procedure_runs(t->model)) &&
               t->opts.intents.submit) {
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
    bool run = model_procedure_runs(t->model) && !t->opts.replay;

    if ((t->model->turn_running || run) && t->opts.intents.submit && t->armed != ARMED_QUIT) {
        tui_say(t, true, "%s is running. The same key again stops it and leaves",
                run ? "A skill" : "An investigation");
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
        tui_open_sheet(t, "setup");
        break;
    case CMD_ACCOUNTS:
        tui_open_sheet(t, "accounts");
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
    case CMD_PROCEDURES:
        screen_open_procedures(&t->screen, "");
        break;
    case CMD_FIX:
    case CMD_READONLY:
        tui_act(t, c);
        break;
    case CMD_ANSWER:
        if (!screen_open_answer(s, m))
            tui_say(t, false, "There is no answer yet");
        break;
    case CMD_COST:
        screen_open_cost(s);
        break;
    case CMD_CONTEXT:
        screen_open_context(s);
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
    case CMD_ROOT_SERVICES:
    case CMD_ROOT_SECURITY:
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
        if (tui_sheet_choose(t))
            break;
        if (tui_approval_ask_selected(t) || tui_procedure_ask_selected(t))
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
        else if (s->root == ROOT_SECURITY)
            (void)security_fold(s, m, SECURITY_FOLD_TURN);
        break;
    case CMD_CLOSE_NODE:
        if (screen_in_pane(s, PANE_HYPOTHESES))
            screen_open_node(s, m, false);
        else if (s->root == ROOT_SECURITY)
            (void)security_fold(s, m, SECURITY_FOLD);
        break;
    case CMD_OPEN_NODE:
        if (screen_in_pane(s, PANE_HYPOTHESES))
            screen_open_node(s, m, true);
        else if (s->root == ROOT_SECURITY)
            (void)security_fold(s, m, SECURITY_UNFOLD);
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
            submit(t, s->root == ROOT_SECURITY ? INTENT_SECURITY : INTENT_REFRESH, "");
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
        if (!tui_sheet_back(t))
            tui_back(t);
        break;
    case CMD_PAGE_AGAIN:
        page_again(t);
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
