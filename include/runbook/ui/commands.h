/* commands.h - everything that a key can do, as one const table: name, place, keys, help.
 * It is the only place where keys are defined: the default keymap, the help page and the hints in
 * the lower border are made from it. */
#ifndef RUNBOOK_UI_COMMANDS_H
#define RUNBOOK_UI_COMMANDS_H

#include <stddef.h>

#include "runbook/base/str.h"

/* Where a key means something. A key is looked up in the innermost place first. */
enum context {
    CONTEXT_GLOBAL,
    CONTEXT_PANE,
    CONTEXT_TRANSCRIPT, /* the investigation has the focus; looked up before CONTEXT_PANE */
    CONTEXT_LIST,       /* a list has the focus; looked up before CONTEXT_PANE */
    CONTEXT_TIMELINE,   /* looked up before CONTEXT_PANE, too */
    CONTEXT_PAGE,
    CONTEXT_EVIDENCE, /* the page of an evidence or a query; looked up before CONTEXT_PAGE */
    CONTEXT_INPUT,
    CONTEXT_REPLAY,
    CONTEXTS
};

enum command {
    CMD_NONE,
    CMD_HELP,
    CMD_QUIT,
    CMD_CANCEL,
    CMD_SUSPEND,
    CMD_INIT,
    CMD_REDRAW,
    CMD_COPY,
    CMD_COPY_ALL,
    CMD_PAGER,
    CMD_MOUSE,
    CMD_DEBUG,
    CMD_STEER_ADD,
    CMD_STEER_REJECT,
    CMD_STEER_PROMOTE,
    CMD_STEER_TEST,
    CMD_WHY,
    CMD_APPROVALS,
    CMD_PROCEDURES,
    CMD_FIX,
    CMD_READONLY,
    CMD_ANSWER,
    CMD_COST,
    CMD_CONTEXT,
    CMD_ACCOUNTS,
    CMD_PALETTE,
    CMD_PANE_NEXT,
    CMD_PANE_PREV,
    CMD_PANE_1,
    CMD_PANE_2,
    CMD_PANE_3,
    CMD_ROOT_WAR_ROOM, /* in the order of enum root */
    CMD_ROOT_RESOURCES,
    CMD_ROOT_SIGNALS,
    CMD_ROOT_TIMELINE,
    CMD_ROOT_AUDIT,
    CMD_ROOT_SERVICES,
    CMD_ROOT_SECURITY,
    CMD_ASK,
    CMD_DOWN,
    CMD_UP,
    CMD_PAGE_DOWN,
    CMD_PAGE_UP,
    CMD_HALF_DOWN,
    CMD_HALF_UP,
    CMD_HOME,
    CMD_END,
    CMD_OPEN,
    CMD_EVIDENCE,
    CMD_TOGGLE,
    CMD_CLOSE_NODE,
    CMD_OPEN_NODE,
    CMD_FILTER,
    CMD_ZOOM,
    CMD_WIDER,
    CMD_NARROWER,
    CMD_TALLER,
    CMD_LOWER,
    CMD_RESET_SIZES,
    CMD_REFRESH,
    CMD_CLEAR,
    CMD_TEXT_SEARCH,
    CMD_TEXT_NEXT,
    CMD_TEXT_PREV,
    CMD_TEXT_FILTER,
    CMD_TEXT_TOGGLE,
    CMD_TEXT_OPEN_ALL,
    CMD_TEXT_TURN_PREV,
    CMD_TEXT_TURN_NEXT,
    CMD_TEXT_FOLD,
    CMD_TEXT_FOLD_ALL,
    CMD_TIMELINE_IN,
    CMD_TIMELINE_OUT,
    CMD_TIMELINE_LEFT,
    CMD_TIMELINE_RIGHT,
    CMD_TIMELINE_ALL,
    CMD_TIMELINE_CLOCK,
    CMD_TIMELINE_LANE_PREV,
    CMD_TIMELINE_LANE_NEXT,
    CMD_LIST_SORT,
    CMD_LIST_REVERSE,
    CMD_LIST_COLUMNS,
    CMD_LIST_MARK,
    CMD_LIST_MARK_SHOWN,
    CMD_PAGE_BACK,
    CMD_PAGE_DOWN_LINE,
    CMD_PAGE_UP_LINE,
    CMD_PAGE_NEXT_PAGE,
    CMD_PAGE_PREV_PAGE,
    CMD_PAGE_HOME,
    CMD_PAGE_END,
    CMD_PAGE_OPEN,
    CMD_PAGE_AGAIN,
    CMD_PAGE_NEXT,
    CMD_PAGE_PREV,
    CMD_CHART_LEFT, /* of CONTEXT_EVIDENCE, up to CMD_RAW_CLEAR: tui_evidence.c */
    CMD_CHART_RIGHT,
    CMD_CHART_PAN_LEFT,
    CMD_CHART_PAN_RIGHT,
    CMD_CHART_IN,
    CMD_CHART_OUT,
    CMD_CHART_RESET,
    CMD_CHART_ALL,
    CMD_EVIDENCE_TAB,
    CMD_EVIDENCE_UNFOLD,
    CMD_RAW_SEARCH,
    CMD_RAW_NEXT,
    CMD_RAW_PREV,
    CMD_RAW_HEX,
    CMD_RAW_PRETTY,
    CMD_RAW_WRAP,
    CMD_RAW_CLEAR,
    CMD_INPUT_SUBMIT,
    CMD_INPUT_LEAVE,
    CMD_INPUT_NEWLINE,
    CMD_INPUT_COMPLETE,
    CMD_INPUT_SEARCH,
    CMD_INPUT_EDITOR,
    CMD_INPUT_PASTED,
    CMD_INPUT_UP,
    CMD_INPUT_DOWN,
    CMD_INPUT_HISTORY_PREV,
    CMD_INPUT_HISTORY_NEXT,
    CMD_INPUT_LEFT,
    CMD_INPUT_RIGHT,
    CMD_INPUT_WORD_LEFT,
    CMD_INPUT_WORD_RIGHT,
    CMD_INPUT_HOME,
    CMD_INPUT_END,
    CMD_INPUT_TOP,
    CMD_INPUT_BOTTOM,
    CMD_INPUT_BACKSPACE,
    CMD_INPUT_DELETE,
    CMD_INPUT_DELETE_WORD,
    CMD_INPUT_KILL_WORD_LEFT,
    CMD_INPUT_KILL_WORD_RIGHT,
    CMD_INPUT_KILL_LEFT,
    CMD_INPUT_KILL_RIGHT,
    CMD_INPUT_YANK,
    CMD_INPUT_YANK_EARLIER,
    CMD_INPUT_TRANSPOSE,
    CMD_INPUT_TRANSPOSE_WORDS,
    CMD_INPUT_UNDO,
    CMD_INPUT_REDO,
    CMD_REPLAY_STEP,
    CMD_REPLAY_BACK,
    CMD_REPLAY_PLAY,
    CMD_REPLAY_FASTER,
    CMD_REPLAY_SLOWER,
    CMD_REPLAY_JUMP,
    CMD_REPLAY_BRANCH,
    COMMANDS
};

struct command_def {
    enum command command;
    const char *name; /* "pane.next": what a keymap file says */
    enum context context;
    const char *keys; /* in the keymap's syntax: "Tab, Ctrl-N" */
    const char *help; /* a sentence without its full stop */
    const char *hint; /* one word for the lower border; NULL: not hinted */
};

extern const struct command_def command_table[]; /* COMMANDS - 1 rows, by place */
size_t command_count(void);
const struct command_def *command_find(struct str name); /* NULL: unknown */
const struct command_def *command_def(enum command c);
const char *context_name(enum context c); /* for the help page */

#endif
