/* lineedit.h - text being written, of one or many lines: UTF-8, a cursor between clusters, a kill
 * ring, undo and redo, history. Keys are not known here: emacs keys are rows of the command table,
 * vi modes are vi.h. Every operation takes any state and leaves valid UTF-8 with the cursor inside.
 * "Line" means what stands between line feeds; rows on the screen are the view's. */
#ifndef RUNBOOK_UI_LINEEDIT_H
#define RUNBOOK_UI_LINEEDIT_H

#include <stdbool.h>

#include "runbook/base/str.h"
#include "runbook/base/vec.h"

#define LINEEDIT_MAX_BYTES (256 * 1024)
#define LINEEDIT_HISTORY 500
#define LINEEDIT_KILLS 16
#define LINEEDIT_UNDO 200                     /* steps */
#define LINEEDIT_UNDO_BYTES ((size_t)4 << 20) /* of all steps */

/* What was done last: typing goes on in one step of undo, kills in one entry of the ring. */
enum lineedit_last { LAST_OTHER, LAST_TYPED, LAST_KILL, LAST_YANK };

struct lineedit_step {
    char *text;
    size_t len, cursor;
};

struct lineedit_steps {
    VEC(struct lineedit_step) v;
};

struct lineedit {
    struct buf text;
    size_t cursor; /* byte offset, at a character's beginning or the end */
    int goal;      /* column that up and down aim at; -1: the cursor's */
    VEC(char *) history;
    size_t at;   /* in the history; history.count: the text being written */
    char *draft; /* what was being written when history was entered */

    struct lineedit_steps undo, redo;
    bool grouped, group_saved; /* all changes until the group's end are one step */
    VEC(char *) kills;         /* the newest last */
    size_t yanked;             /* entry that the last yank put in */
    size_t yank_from;
    enum lineedit_last last;
};

void lineedit_init(struct lineedit *e);
void lineedit_release(struct lineedit *e);
void lineedit_set(struct lineedit *e, const char *text); /* cursor at the end; can be undone */
void lineedit_reset(struct lineedit *e); /* empty, nothing to undo; history and kills stay */
/* At the cursor; bad UTF-8 is replaced, controls other than LF and TAB are dropped, CRLF becomes
 * LF. False: it does not fit, and nothing was inserted. */
bool lineedit_insert(struct lineedit *e, struct str text);
/* Put `text` in place of a range; the cursor goes behind it. */
bool lineedit_replace(struct lineedit *e, size_t from, size_t to, struct str text);

void lineedit_left(struct lineedit *e);
void lineedit_right(struct lineedit *e);
void lineedit_word_left(struct lineedit *e); /* words of letters, digits and "_" */
void lineedit_word_right(struct lineedit *e);
void lineedit_home(struct lineedit *e); /* of the line */
void lineedit_end(struct lineedit *e);
void lineedit_top(struct lineedit *e); /* of the text */
void lineedit_bottom(struct lineedit *e);
void lineedit_backspace(struct lineedit *e);
void lineedit_delete(struct lineedit *e);
void lineedit_transpose(struct lineedit *e); /* characters; at a line's end the two before it */
void lineedit_transpose_words(struct lineedit *e);

/* Kills go to the ring; several in a row are one entry. */
void lineedit_delete_word(struct lineedit *e); /* back to a blank */
void lineedit_kill_word_left(struct lineedit *e);
void lineedit_kill_word_right(struct lineedit *e);
void lineedit_kill_left(struct lineedit *e);  /* to the line's beginning, at it the line feed */
void lineedit_kill_right(struct lineedit *e); /* to the line's end, at it the line feed */
void lineedit_yank(struct lineedit *e);
bool lineedit_yank_earlier(struct lineedit *e); /* right after a yank: the entry before it */

bool lineedit_undo(struct lineedit *e); /* false: nothing to undo */
bool lineedit_redo(struct lineedit *e);
void lineedit_group(struct lineedit *e, bool open);

void lineedit_history(struct lineedit *e, int by); /* -1: earlier */
/* Add to the history: not twice in a row, not when blank; the oldest goes when it is full. */
void lineedit_remember(struct lineedit *e, const char *text);
/* Remember the text in the history and begin anew. */
void lineedit_commit(struct lineedit *e);

/* Places, for vi.c and completion. */
size_t lineedit_before(const struct lineedit *e, size_t at); /* the cluster before */
size_t lineedit_after(const struct lineedit *e, size_t at);
size_t lineedit_line_begin(const struct lineedit *e, size_t at);
size_t lineedit_line_end(const struct lineedit *e, size_t at);

#endif
