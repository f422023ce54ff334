/* tui_history.c - what was asked before: kept by the program around us, searched here. */
#include "src/ui/tui_priv.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

static void on_entry(void *to, const char *text)
{
    struct tui *t = to;

    lineedit_remember(&t->input, text);
}

/* What was asked in this run already stands behind what is loaded now. */
void tui_load_history(struct tui *t)
{
    struct lineedit *e = &t->input;
    const struct tui_services *s = t->opts.services;
    bool writing = e->at == e->history.count;
    struct err err = ERR_INIT;

    if (t->comp.history_loaded)
        return;
    t->comp.history_loaded = true;
    if (s && s->history_load && !s->history_load(s->ctx, on_entry, t, &err))
        tui_say(t, true, "Earlier questions cannot be read: %s", err.msg);
    if (writing)
        e->at = e->history.count;
}

void tui_keep_history(struct tui *t, const char *text)
{
    const struct tui_services *s = t->opts.services;
    struct err err = ERR_INIT;

    tui_load_history(t);
    lineedit_remember(&t->input, text);
    if (*text && s && s->history_add && !s->history_add(s->ctx, text, &err))
        tui_say(t, true, "The question is not kept for later: %s", err.msg);
}

/* ---- search ---- */

/* From entry `at` on, `by` -1 to older ones; false: none has it. */
static bool find(struct tui *t, size_t at, int by)
{
    struct composer *c = &t->comp;
    struct str query = buf_str(&c->search.query.text);

    for (; at < t->input.history.count; at += (size_t)by) {
        ptrdiff_t match = str_ifind(str_from(t->input.history.items[at]), query);

        if (match >= 0) {
            c->search.at = at;
            c->search.match_at = (size_t)match;
            c->search.failed = false;
            return true;
        }
    }
    return false;
}

void tui_search_begin(struct tui *t)
{
    struct composer *c = &t->comp;

    tui_load_history(t);
    if (!t->input.history.count) {
        tui_say(t, false, "Nothing was asked here before");
        return;
    }
    tui_complete_close(t);
    t->screen.input_focus = true;
    lineedit_reset(&c->search.query);
    c->search.active = true;
    find(t, t->input.history.count - 1, -1);
    tui_dirty(t, DIRTY_SCREEN);
}

const char *tui_search_found(struct tui *t)
{
    const struct composer *c = &t->comp;

    return c->search.active && c->search.at < t->input.history.count
               ? t->input.history.items[c->search.at]
               : NULL;
}

static void end_search(struct tui *t, bool take)
{
    struct composer *c = &t->comp;

    if (take && !c->search.failed && tui_search_found(t)) {
        lineedit_set(&t->input, tui_search_found(t));
        t->input.cursor = c->search.match_at;
    }
    c->search.active = false;
    t->input.at = t->input.history.count;
    tui_dirty(t, DIRTY_SCREEN);
}

/* A longer query may still fit what is shown; a shorter one begins at the newest again. */
static void query_changed(struct tui *t, bool longer)
{
    struct composer *c = &t->comp;

    if (!find(t, longer ? c->search.at : t->input.history.count - 1, -1))
        c->search.failed = true;
    tui_dirty(t, DIRTY_SCREEN);
}

static void step(struct tui *t, int by)
{
    size_t at = t->comp.search.at + (size_t)by;

    if (t->comp.search.failed || !find(t, at, by))
        tui_say(t, false, by < 0 ? "Nothing older has it" : "Nothing newer has it");
    tui_dirty(t, DIRTY_SCREEN);
}

/* A character that a key types: then it belongs to the query. */
static bool type_query(struct tui *t, key_code key)
{
    struct buf utf8 = BUF_INIT(8);

    if (key == KEY_NAME_SPACE)
        key = ' ';
    if (key >= KEY_NAME_FIRST || key < 0x20)
        return false;
    key_format(key, &utf8);
    lineedit_insert(&t->comp.search.query, buf_str(&utf8));
    buf_release(&utf8);
    query_changed(t, true);
    return true;
}

bool tui_search_key(struct tui *t, key_code key)
{
    enum command c = keymap_lookup(t->keymap, CONTEXT_INPUT, key);

    if (c == CMD_NONE)
        c = keymap_lookup(t->keymap, CONTEXT_GLOBAL, key);
    if (key < KEY_NAME_FIRST || key == KEY_NAME_SPACE)
        return type_query(t, key);
    if (c == CMD_INPUT_SEARCH || c == CMD_INPUT_UP || c == CMD_INPUT_HISTORY_PREV) {
        step(t, -1);
    } else if (c == CMD_INPUT_DOWN || c == CMD_INPUT_HISTORY_NEXT) {
        step(t, 1);
    } else if (c == CMD_INPUT_SUBMIT) {
        end_search(t, true);
    } else if (c == CMD_INPUT_LEAVE || c == CMD_INPUT_EDITOR || c == CMD_CANCEL) {
        end_search(t, false);
    } else if (c == CMD_INPUT_BACKSPACE || c == CMD_INPUT_DELETE_WORD || c == CMD_INPUT_KILL_LEFT) {
        editkeys_run(&t->comp.search.query, c);
        query_changed(t, false);
    } else {
        end_search(t, true);
        return false;
    }
    return true;
}
