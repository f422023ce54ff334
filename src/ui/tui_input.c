/* tui_input.c - what is typed: into the question, a filter, a prompt or the palette; and which of
 * the things that are open over the screen a key is for. */
#include "src/ui/tui_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/secret.h"
#include "runbook/base/text.h"
#include "runbook/view/input.h"

struct lineedit *tui_line(struct tui *t)
{
    if (t->comp.palette.open)
        return &t->comp.palette.line;
    if (t->prompt.done)
        return &t->prompt.line;
    return t->screen.filter_focus ? &t->filter : &t->input;
}

bool tui_typing(const struct tui *t)
{
    return t->screen.input_focus || t->screen.filter_focus || t->prompt.done ||
           t->comp.palette.open;
}

void tui_edited(struct tui *t)
{
    tui_dirty(t, DIRTY_INPUT);
    if (t->comp.palette.open) {
        tui_palette_update(t);
    } else if (t->prompt.done) {
        return;
    } else if (t->screen.filter_focus && t->screen.searching) {
        tui_transcript_typed(t);
        tui_dirty(t, DIRTY_SCREEN);
    } else if (t->screen.filter_focus) {
        screen_set_filter(&t->screen, t->model, buf_cstr(&t->filter.text));
        tui_dirty(t, DIRTY_SCREEN);
    } else {
        tui_complete_update(t);
    }
}

static void place_prompt(struct tui *t)
{
    struct screen *s = &t->screen;
    size_t n = t->prompt.line.text.len, most = sizeof(t->prompt.mask) - 1;

    s->prompt.label = t->prompt.done ? t->prompt.label : NULL;
    s->prompt.text = buf_str(&t->prompt.line.text);
    s->prompt.cursor = t->prompt.line.cursor;
    if (!t->prompt.hidden)
        return;
    n = n < most ? n : most;
    memset(t->prompt.mask, '*', n);
    t->prompt.mask[n] = '\0';
    s->prompt.text = str_from(t->prompt.mask);
    s->prompt.cursor = s->prompt.cursor < n ? s->prompt.cursor : n;
}

void tui_place_input(struct tui *t)
{
    struct screen *s = &t->screen;
    struct composer *c = &t->comp;
    const char *found = tui_search_found(t);

    s->input = found ? str_from(found) : buf_str(&t->input.text);
    s->input_cursor = found ? c->search.match_at : t->input.cursor;
    s->filter_input = buf_str(&t->filter.text);
    if (s->filter_focus)
        s->input_cursor = t->filter.cursor;
    place_prompt(t);
    s->search.active = c->search.active;
    s->search.failed = c->search.failed;
    s->search.query = buf_str(&c->search.query.text);
    s->search.cursor = c->search.query.cursor;
    s->search.match_at = c->search.match_at;
    s->search.match_len = c->search.query.text.len;
    s->chips = c->chips.items;
    s->chip_count = c->chips.count;
    s->edit_mode = t->opts.vi ? vi_mode_name(&c->vi) : NULL;
    s->marked_from = s->marked_to = 0;
    if (t->opts.vi)
        vi_selection(&c->vi, &t->input, &s->marked_from, &s->marked_to);
    s->popup.rows = c->popup.rows.items;
    s->popup.count = s->input_focus && tui_line(t) == &t->input ? c->popup.rows.count : 0;
    s->popup.more = c->popup.found.more;
    s->popup.selected = c->popup.selected;
    s->popup.column = -text_width(
        (struct str){t->input.text.ptr + c->popup.found.from,
                     c->popup.rows.count ? c->popup.found.to - c->popup.found.from : 0});
    s->palette.open = c->palette.open;
    s->palette.typed = buf_str(&c->palette.line.text);
    s->palette.cursor = c->palette.line.cursor;
    s->palette.selected = c->palette.selected;
    s->palette.empty = c->palette.empty;
}

/* ---- commands of the input ---- */

/* A row up or down on the screen; false at the first and the last. */
static bool go_row(struct tui *t, int by)
{
    struct lineedit *e = tui_line(t);
    struct str text = buf_str(&e->text);
    struct input_rows r = {0};
    size_t row;
    bool moved;

    input_wrap(&r, text, input_room(t->canvas.width));
    row = input_row_at(&r, e->cursor);
    if (e->goal < 0)
        e->goal = input_column(&r, text, row, e->cursor);
    moved = by < 0 ? row > 0 : row + 1 < r.rows.count;
    if (moved)
        e->cursor = input_offset(&r, text, by < 0 ? row - 1 : row + 1, e->goal);
    input_rows_release(&r);
    return moved;
}

static void leaf(struct tui *t, int by)
{
    if (tui_line(t) != &t->input)
        return;
    tui_load_history(t);
    lineedit_history(&t->input, by);
}

static void up_or_down(struct tui *t, int by)
{
    if (!go_row(t, by))
        leaf(t, by);
}

/* Backspace where nothing stands before it: what was pasted goes. */
static bool drops_pasted(struct tui *t, enum command c)
{
    if (c != CMD_INPUT_BACKSPACE || tui_line(t) != &t->input || t->input.cursor > 0 ||
        !t->comp.pasted.count)
        return false;
    tui_drop_pasted(t, t->comp.pasted.count - 1);
    return true;
}

void tui_run_input(struct tui *t, enum command c)
{
    struct lineedit *e = tui_line(t);
    bool main_line = e == &t->input;

    if (c == CMD_INPUT_COMPLETE) {
        tui_complete_now(t);
        return;
    }
    if (main_line && c == CMD_INPUT_SEARCH)
        tui_search_begin(t);
    else if (main_line && c == CMD_INPUT_EDITOR)
        tui_edit_outside(t);
    else if (main_line && c == CMD_INPUT_PASTED)
        tui_open_pasted(t, t->comp.pasted.count - 1);
    else if (c == CMD_INPUT_UP || c == CMD_INPUT_DOWN)
        up_or_down(t, c == CMD_INPUT_UP ? -1 : 1);
    else if (c == CMD_INPUT_HISTORY_PREV || c == CMD_INPUT_HISTORY_NEXT)
        leaf(t, c == CMD_INPUT_HISTORY_PREV ? -1 : 1);
    else if (!drops_pasted(t, c) && (main_line || c != CMD_INPUT_NEWLINE))
        editkeys_run(e, c);
    tui_edited(t);
}

/* The character that a key writes: nothing for Ctrl-X and arrows. */
bool tui_type_key(struct tui *t, key_code key)
{
    struct buf utf8 = BUF_INIT(8);

    if (key == KEY_NAME_SPACE)
        key = ' ';
    if (key >= KEY_NAME_FIRST || key < 0x20)
        return false;
    key_format(key, &utf8);
    lineedit_insert(tui_line(t), buf_str(&utf8));
    buf_release(&utf8);
    tui_edited(t);
    return true;
}

void tui_paste(struct tui *t, struct str text)
{
    bool main_line = tui_line(t) == &t->input;

    if (main_line) {
        if (!t->opts.intents.submit)
            return;
        t->screen.depth = 0;
        t->screen.input_focus = true; /* pasted text is text, never keys */
        if (tui_attach(t, text))
            return;
        vi_restart(&t->comp.vi, &t->input);
    }
    if (!lineedit_insert(tui_line(t), text))
        tui_say(t, true, "That does not fit: a text has at most %d KB", LINEEDIT_MAX_BYTES / 1024);
    tui_edited(t);
    tui_complete_close(t);
    tui_dirty(t, DIRTY_SCREEN);
}

/* ---- who a key is for ---- */

static bool vi_takes(struct tui *t, key_code key)
{
    struct lineedit *e = &t->input;
    const char *was = vi_mode_name(&t->comp.vi);
    enum vi_result r;

    if (!t->opts.vi || tui_line(t) != e || !t->screen.input_focus)
        return false;
    r = vi_key(&t->comp.vi, e, key);
    if (was != vi_mode_name(&t->comp.vi) || t->comp.vi.visual)
        tui_dirty(t, DIRTY_SCREEN); /* its name stands in the frame */
    if (t->comp.vi.to_clip) {
        t->comp.vi.to_clip = false;
        tui_copy_text(t, buf_str(&t->comp.vi.clip.text));
    }
    if (r == VI_HISTORY_PREV || r == VI_HISTORY_NEXT) {
        leaf(t, r == VI_HISTORY_PREV ? -1 : 1);
        e->cursor = lineedit_line_begin(e, e->cursor);
    } else if (r == VI_UNSUPPORTED) {
        tui_say(t, false, "vi: \"%c\" is not supported here; ? lists what is", (int)key);
    } else if (r == VI_CLIP_EMPTY) {
        tui_say(t, false,
                "vi: the clipboard can be written (\"+y), not read: paste with the terminal");
    } else if (r == VI_SEARCH) {
        tui_search_begin(t);
    } else if (r == VI_PASS && !t->comp.vi.insert && (key == ':' || key == '?')) {
        tui_run(t, key == ':' ? CMD_PALETTE : CMD_HELP);
        return true;
    } else if (r == VI_PASS) {
        return false;
    }
    if (!t->comp.search.active)
        tui_edited(t);
    return true;
}

bool tui_composer_key(struct tui *t, key_code key)
{
    if (t->comp.palette.open)
        return tui_palette_key(t, key);
    if (t->prompt.done || t->screen.filter_focus || !t->screen.input_focus)
        return false;
    if (t->comp.search.active)
        return tui_search_key(t, key);
    return tui_complete_key(t, key) || vi_takes(t, key);
}

/* ---- hints ---- */

struct layer_hint {
    enum command command; /* CMD_NONE: the end */
    const char *text;
};

static const struct layer_hint palette_hints[] = {{CMD_INPUT_SUBMIT, "run"},
                                                  {CMD_INPUT_DOWN, "next"},
                                                  {CMD_INPUT_UP, "before"},
                                                  {CMD_INPUT_LEAVE, "close"},
                                                  {CMD_NONE, NULL}};
static const struct layer_hint prompt_hints[] = {
    {CMD_INPUT_SUBMIT, "done"}, {CMD_INPUT_LEAVE, "leave"}, {CMD_NONE, NULL}};
static const struct layer_hint filter_hints[] = {
    {CMD_INPUT_SUBMIT, "keep the filter"}, {CMD_INPUT_LEAVE, "drop it"}, {CMD_NONE, NULL}};
static const struct layer_hint search_hints[] = {{CMD_INPUT_SUBMIT, "take it"},
                                                 {CMD_INPUT_SEARCH, "further back"},
                                                 {CMD_INPUT_DOWN, "newer"},
                                                 {CMD_INPUT_LEAVE, "leave"},
                                                 {CMD_NONE, NULL}};
static const struct layer_hint popup_hints[] = {
    {CMD_INPUT_COMPLETE, "take"}, {CMD_INPUT_DOWN, "next"},   {CMD_INPUT_UP, "before"},
    {CMD_INPUT_SUBMIT, "ask"},    {CMD_INPUT_LEAVE, "close"}, {CMD_NONE, NULL}};

static const struct layer_hint *layer_of(struct tui *t)
{
    if (t->comp.palette.open)
        return palette_hints;
    if (t->prompt.done)
        return prompt_hints;
    if (t->screen.filter_focus)
        return filter_hints;
    if (t->comp.search.active)
        return search_hints;
    return t->screen.input_focus && t->comp.popup.rows.count ? popup_hints : NULL;
}

/* Only a command's first key. */
bool tui_layer_hints(struct tui *t)
{
    const struct layer_hint *layer = layer_of(t);
    size_t n = 0, at = 0;

    for (; layer && layer[n].command != CMD_NONE; n++) {
        struct buf keys = BUF_INIT(256);

        keymap_keys(t->keymap, layer[n].command, "\n", &keys);
        buf_adds(&keys, "\n");
        buf_truncate(&keys, strcspn(keys.ptr, "\n"));
        buf_add(&t->hint_keys, buf_cstr(&keys), keys.len + 1);
        buf_release(&keys);
    }
    for (size_t i = 0; i < n; i++) {
        t->hints[i] = (struct hint){t->hint_keys.ptr + at, layer[i].text};
        at += strlen(t->hints[i].keys) + 1;
    }
    t->screen.hints = t->hints;
    t->screen.hint_count = n;
    return layer != NULL;
}

/* ---- a question of the program ---- */

void tui_prompt(struct tui *t, const char *label, const char *initial, tui_prompt_fn *done,
                void *ctx)
{
    tui_prompt_end(t, false);
    snprintf(t->prompt.label, sizeof(t->prompt.label), "%s", label);
    lineedit_reset(&t->prompt.line);
    lineedit_set(&t->prompt.line, initial ? initial : "");
    t->prompt.done = done;
    t->prompt.ctx = ctx;
    t->prompt.hidden = false;
    tui_dirty(t, DIRTY_SCREEN);
}

/* What was typed and not drawn stays in no line that could be brought back. */
static void forget_hidden(struct tui *t)
{
    if (!t->prompt.hidden)
        return;
    secret_wipe(t->prompt.line.text.ptr, t->prompt.line.text.len);
    lineedit_release(&t->prompt.line);
    lineedit_init(&t->prompt.line);
    t->prompt.hidden = false;
}

bool tui_ask_hidden(struct tui *t, const char *label, tui_hidden_fn *done, void *ctx)
{
    if (t->prompt.done || t->approval.open)
        return false;
    tui_prompt(t, label, "", done, ctx);
    t->prompt.hidden = true;
    tui_paint_when_due(t);
    return true;
}

void tui_ask_end(struct tui *t, void *ctx)
{
    if (!t->prompt.done || !t->prompt.hidden || t->prompt.ctx != ctx)
        return;
    t->prompt.done = NULL;
    forget_hidden(t);
    tui_dirty(t, DIRTY_SCREEN);
    tui_paint_when_due(t);
}

/* It is over before the answer is given, so that an answer may ask again. */
void tui_prompt_end(struct tui *t, bool keep)
{
    tui_prompt_fn *done = t->prompt.done;
    bool hidden;
    char *text;

    if (!done)
        return;
    text = keep ? xstrdup(buf_cstr(&t->prompt.line.text)) : NULL;
    t->prompt.done = NULL;
    hidden = t->prompt.hidden;
    forget_hidden(t);
    tui_dirty(t, DIRTY_SCREEN);
    done(t->prompt.ctx, text);
    if (hidden && text)
        secret_wipe(text, strlen(text));
    free(text);
}

/* ---- life ---- */

void tui_composer_init(struct tui *t)
{
    struct composer *c = &t->comp;

    vi_init(&c->vi);
    lineedit_init(&c->search.query);
    lineedit_init(&c->palette.line);
    c->popup.selected = -1;
}

void tui_composer_release(struct tui *t)
{
    struct composer *c = &t->comp;

    tui_editor_release(t);
    vi_release(&c->vi);
    lineedit_release(&c->search.query);
    VEC_EACH (p, &c->pasted)
        free(p->text);
    VEC_RELEASE(&c->pasted);
    VEC_RELEASE(&c->chips);
    tui_complete_release(t);
    tui_palette_release(t);
    VEC_EACH (s, &c->sessions) {
        free(s->id);
        free(s->title);
        free(s->note);
    }
    VEC_RELEASE(&c->sessions);
}
