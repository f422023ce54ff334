/* highlight_priv.h - colours for code blocks: a lexer driven by one table row a language.
 * It knows comments, strings, numbers and keywords, nothing more, and never fails: what it does not
 * understand stays STYLE_CODE. A state of a few bytes goes from line to line, so that a line costs
 * its own length whatever stands above it. */
#ifndef RUNBOOK_VIEW_HIGHLIGHT_PRIV_H
#define RUNBOOK_VIEW_HIGHLIGHT_PRIV_H

#include "runbook/base/str.h"
#include "runbook/view/style.h"

struct language; /* a row of the table */

struct highlighter {
    const struct language *lang; /* NULL: everything is STYLE_CODE */
    const char *until;           /* inside a comment or a string that ends with this; NULL: not */
    enum style inside;
};

/* By the word behind the fence ("json", "c++"); by the first line when there is none. */
void highlight_begin(struct highlighter *h, struct str name, struct str first_line);
/* Calls `fn` for each piece of the line, in order and without a gap. */
typedef void highlight_fn(void *ctx, enum style style, struct str piece);
void highlight_line(struct highlighter *h, struct str line, highlight_fn *fn, void *ctx);

#endif
