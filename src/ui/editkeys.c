/* editkeys.c - see editkeys.h. */
#include "runbook/ui/editkeys.h"

static void undo(struct lineedit *e)
{
    lineedit_undo(e);
}

static void redo(struct lineedit *e)
{
    lineedit_redo(e);
}

static void yank_earlier(struct lineedit *e)
{
    lineedit_yank_earlier(e);
}

static void newline(struct lineedit *e)
{
    lineedit_insert(e, STR_LIT("\n"));
}

static void history_prev(struct lineedit *e)
{
    lineedit_history(e, -1);
}

static void history_next(struct lineedit *e)
{
    lineedit_history(e, 1);
}

static const struct {
    enum command command;
    void (*run)(struct lineedit *e);
} table[] = {
    {CMD_INPUT_NEWLINE, newline},
    {CMD_INPUT_HISTORY_PREV, history_prev},
    {CMD_INPUT_HISTORY_NEXT, history_next},
    {CMD_INPUT_LEFT, lineedit_left},
    {CMD_INPUT_RIGHT, lineedit_right},
    {CMD_INPUT_WORD_LEFT, lineedit_word_left},
    {CMD_INPUT_WORD_RIGHT, lineedit_word_right},
    {CMD_INPUT_HOME, lineedit_home},
    {CMD_INPUT_END, lineedit_end},
    {CMD_INPUT_TOP, lineedit_top},
    {CMD_INPUT_BOTTOM, lineedit_bottom},
    {CMD_INPUT_BACKSPACE, lineedit_backspace},
    {CMD_INPUT_DELETE, lineedit_delete},
    {CMD_INPUT_DELETE_WORD, lineedit_delete_word},
    {CMD_INPUT_KILL_WORD_LEFT, lineedit_kill_word_left},
    {CMD_INPUT_KILL_WORD_RIGHT, lineedit_kill_word_right},
    {CMD_INPUT_KILL_LEFT, lineedit_kill_left},
    {CMD_INPUT_KILL_RIGHT, lineedit_kill_right},
    {CMD_INPUT_YANK, lineedit_yank},
    {CMD_INPUT_YANK_EARLIER, yank_earlier},
    {CMD_INPUT_TRANSPOSE, lineedit_transpose},
    {CMD_INPUT_TRANSPOSE_WORDS, lineedit_transpose_words},
    {CMD_INPUT_UNDO, undo},
    {CMD_INPUT_REDO, redo},
};

bool editkeys_run(struct lineedit *e, enum command c)
{
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        if (table[i].command == c) {
            table[i].run(e);
            return true;
        }
    }
    return false;
}
