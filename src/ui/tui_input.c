/* tui_input.c - what is typed: into the question, a filter, or a prompt. */
#include "src/ui/tui_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"

struct lineedit *tui_line(struct tui *t)
{
    return t->prompt.done ? &t->prompt.line : t->screen.filter_focus ? &t->filter : &t->input;
}

bool tui_typing(const struct tui *t)
{
    return t->screen.input_focus || t->screen.filter_focus || t->prompt.done;
}

void tui_edited(struct tui *t)
{
    if (t->prompt.done) {
        tui_dirty(t, DIRTY_INPUT);
    } else if (t->screen.filter_focus && t->screen.searching) {
        tui_transcript_typed(t);
        tui_dirty(t, DIRTY_SCREEN);
    } else if (t->screen.filter_focus) {
        screen_set_filter(&t->screen, t->model, buf_cstr(&t->filter.text));
        tui_dirty(t, DIRTY_SCREEN);
    } else {
        tui_dirty(t, DIRTY_INPUT);
    }
}

void tui_run_input(struct tui *t, enum command c)
{
    struct lineedit *e = tui_line(t);

    if (c == CMD_INPUT_LEFT)
        lineedit_left(e);
    else if (c == CMD_INPUT_RIGHT)
        lineedit_right(e);
    else if (c == CMD_INPUT_WORD_LEFT)
        lineedit_word_left(e);
    else if (c == CMD_INPUT_WORD_RIGHT)
        lineedit_word_right(e);
    else if (c == CMD_INPUT_HOME)
        lineedit_home(e);
    else if (c == CMD_INPUT_END)
        lineedit_end(e);
    else if (c == CMD_INPUT_BACKSPACE)
        lineedit_backspace(e);
    else if (c == CMD_INPUT_DELETE)
        lineedit_delete(e);
    else if (c == CMD_INPUT_DELETE_WORD)
        lineedit_delete_word(e);
    else if (c == CMD_INPUT_KILL_LEFT)
        lineedit_kill_left(e);
    else if (c == CMD_INPUT_KILL_RIGHT)
        lineedit_kill_right(e);
    else if (c == CMD_INPUT_HISTORY_PREV || c == CMD_INPUT_HISTORY_NEXT)
        lineedit_history(e, c == CMD_INPUT_HISTORY_PREV ? -1 : 1);
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
    if (!t->screen.filter_focus && !t->prompt.done) {
        if (!t->opts.intents.submit)
            return;
        t->screen.depth = 0;
        t->screen.input_focus = true; /* pasted text is text, never keys */
    }
    lineedit_insert(tui_line(t), text);
    tui_edited(t);
    tui_dirty(t, DIRTY_SCREEN);
}

/* ---- a question of the program ---- */

void tui_prompt(struct tui *t, const char *label, const char *initial, tui_prompt_fn *done,
                void *ctx)
{
    tui_prompt_end(t, false);
    snprintf(t->prompt.label, sizeof(t->prompt.label), "%s", label);
    lineedit_set(&t->prompt.line, initial ? initial : "");
    t->prompt.done = done;
    t->prompt.ctx = ctx;
    tui_dirty(t, DIRTY_SCREEN);
}

/* It is over before the answer is given, so that an answer may ask again. */
void tui_prompt_end(struct tui *t, bool keep)
{
    tui_prompt_fn *done = t->prompt.done;
    char *text;

    if (!done)
        return;
    text = keep ? xstrdup(buf_cstr(&t->prompt.line.text)) : NULL;
    t->prompt.done = NULL;
    tui_dirty(t, DIRTY_SCREEN);
    done(t->prompt.ctx, text);
    free(text);
}
