/* lineedit.h - one line of text being written: UTF-8, a cursor between clusters, history.
 * Line breaks are kept inside it (pasted text is one text), so a submitted line may have several.
 */
#ifndef RUNBOOK_UI_LINEEDIT_H
#define RUNBOOK_UI_LINEEDIT_H

#include "runbook/base/str.h"
#include "runbook/base/vec.h"

#define LINEEDIT_MAX_BYTES (256 * 1024)
#define LINEEDIT_HISTORY 200

struct lineedit {
    struct buf text;
    size_t cursor; /* byte offset, at a cluster's beginning or the end */
    VEC(char *) history;
    size_t at;   /* in the history; history.count: the text being written */
    char *draft; /* what was being written when history was entered */
};

void lineedit_init(struct lineedit *e);
void lineedit_release(struct lineedit *e);
void lineedit_set(struct lineedit *e, const char *text);
/* At the cursor; bad UTF-8 is replaced, controls other than LF and TAB are dropped, CRLF becomes
 * LF. */
void lineedit_insert(struct lineedit *e, struct str text);
void lineedit_left(struct lineedit *e);
void lineedit_right(struct lineedit *e);
void lineedit_word_left(struct lineedit *e);
void lineedit_word_right(struct lineedit *e);
void lineedit_home(struct lineedit *e);
void lineedit_end(struct lineedit *e);
void lineedit_backspace(struct lineedit *e);
void lineedit_delete(struct lineedit *e);
void lineedit_delete_word(struct lineedit *e);
void lineedit_kill_left(struct lineedit *e);
void lineedit_kill_right(struct lineedit *e);
void lineedit_history(struct lineedit *e, int by); /* -1: earlier */
/* Remember the text in the history (not twice in a row, not when blank) and begin anew. */
void lineedit_commit(struct lineedit *e);

#endif
