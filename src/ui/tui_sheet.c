/* tui_sheet.c - pages that the program around the screen writes (view/sheet.h): accounts, setup.
 * Enter chooses a row; a field is written in the input area (typing writes it anew), and the next
 * one is selected behind it; Esc goes one step back, where the writer of the page says what that
 * is. */
#include "src/ui/tui_priv.h"

#include <stdio.h>

#include "runbook/base/mem.h"

static const struct sheet_source *source(const struct tui *t)
{
    return t->opts.services ? t->opts.services->sheets : NULL;
}

bool tui_has_sheets(const struct tui *t)
{
    return source(t) != NULL;
}

static bool is_open(const struct tui *t)
{
    for (size_t i = 0; i < t->screen.depth; i++)
        if (t->screen.stack[i].page == PAGE_SHEET)
            return true;
    return false;
}

/* A page that was closed under another one goes when that one goes. */
void tui_sheet_refresh(struct tui *t)
{
    const struct sheet_source *src = source(t);

    if (!src || !is_open(t))
        return;
    screen_set_sheet(&t->screen, src->get(src->ctx));
    if (!t->screen.sheet && screen_on_sheet(&t->screen))
        tui_back(t);
    tui_dirty(t, DIRTY_SCREEN);
}

void tui_open_sheet(struct tui *t, const char *which)
{
    const struct sheet_source *src = source(t);
    struct err err = ERR_INIT;

    if (!src) {
        tui_say(t, false, "This is a recording: there is nothing to set");
        return;
    }
    if (!src->open(src->ctx, which, &err)) {
        tui_say(t, true, "%s", err.msg);
        return;
    }
    if (!is_open(t)) {
        if (!t->screen.depth)
            t->was_typing = t->screen.input_focus;
        t->screen.input_focus = t->screen.filter_focus = false;
        if (!screen_open_sheet(&t->screen)) {
            tui_say(t, true, "Too many pages are open: Esc closes one");
            return;
        }
    }
    while (!screen_on_sheet(&t->screen) && t->screen.depth)
        screen_back(&t->screen);
    tui_sheet_refresh(t);
}

/* ---- fields ---- */

static void on_written(void *ctx, const char *text)
{
    struct tui *t = ctx;
    const struct sheet_source *src = source(t);
    const struct sheet_row *row = screen_sheet_row(&t->screen), *next;
    size_t at;

    if (!text || !row || row->kind != SHEET_FIELD)
        return;
    at = sheet_index(t->screen.sheet, row->id);
    if (!src->choose(src->ctx, row->id, text)) {
        tui_sheet_refresh(t);
        return;
    }
    tui_sheet_refresh(t);
    next = sheet_choice(t->screen.sheet, at + 1);
    if (next)
        screen_sheet_select(&t->screen, next->id);
}

static void write_field(struct tui *t, const struct sheet_row *row, const char *text)
{
    char label[80];

    (void)snprintf(label, sizeof(label), "%s", row->label ? row->label : "");
    tui_prompt(t, label, text, on_written, t);
}

const char *tui_sheet_hint(const struct tui *t, enum command c)
{
    const struct sheet_row *row = screen_sheet_row(&t->screen);

    if (c == CMD_PAGE_BACK && screen_on_sheet(&t->screen) && t->screen.sheet)
        return t->screen.sheet->leave;
    if (c != CMD_PAGE_OPEN || !row)
        return NULL;
    return row->kind == SHEET_FIELD ? "write" : row->kind == SHEET_CHECK ? "switch" : "choose";
}

bool tui_sheet_switch(const struct tui *t)
{
    const struct sheet_row *row = screen_sheet_row(&t->screen);

    return row && row->kind == SHEET_CHECK;
}

bool tui_sheet_stop(struct tui *t)
{
    const struct sheet *s = screen_on_sheet(&t->screen) ? t->screen.sheet : NULL;

    return s && s->leave && strcmp(s->leave, "stop") == 0 && tui_sheet_back(t);
}

void tui_sheet_write(struct tui *t)
{
    const struct sheet_row *row = screen_sheet_row(&t->screen);

    if (row && row->kind == SHEET_FIELD && !t->prompt.done)
        write_field(t, row, "");
}

bool tui_sheet_choose(struct tui *t)
{
    const struct sheet_source *src = source(t);
    const struct sheet_row *row = screen_sheet_row(&t->screen);
    char *id;

    if (!screen_on_sheet(&t->screen))
        return false;
    if (!src || !row)
        return true;
    if (row->kind == SHEET_FIELD) {
        write_field(t, row, row->text ? row->text : "");
        return true;
    }
    id = xstrdup(row->id); /* the row goes when something is chosen */
    (void)src->choose(src->ctx, id, NULL);
    free(id);
    tui_sheet_refresh(t);
    return true;
}

bool tui_sheet_back(struct tui *t)
{
    const struct sheet_source *src = source(t);

    if (!screen_on_sheet(&t->screen))
        return false;
    if (!src)
        return false;
    src->back(src->ctx);
    tui_sheet_refresh(t);
    return true;
}
