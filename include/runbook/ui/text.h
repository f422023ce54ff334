/* text.h - the plain face: a readable transcript for pipes, logs, screen readers and --plain.
 * One line an event that matters, then the tree and the conclusion. Everything from outside is
 * sanitised; no control sequence is written unless `color` is set. */
#ifndef RUNBOOK_UI_TEXT_H
#define RUNBOOK_UI_TEXT_H

#include "runbook/base/str.h"
#include "runbook/model/intent.h"
#include "runbook/model/model.h"

struct text_options {
    int width;  /* cells of a line; 0: 100 */
    bool ascii; /* no symbols beyond ASCII */
    bool color;
    bool stream;              /* write what a model says piece by piece, unwrapped */
    const char *const *tones; /* the sequence of each tone, of a theme; NULL: the usual ones */
};

/* Append the lines that an event gives, or nothing. `m` has it folded in already. */
void text_event(const struct text_options *o, const struct model *m, const struct event *ev,
                struct buf *out);
/* Append the tree of hypotheses with states, bars, evidence and gaps. */
void text_tree(const struct text_options *o, const struct model *m, struct buf *out);
/* Append the verdict: cause, confidence with its terms, evidence, what could not be seen, next
 * checks, id. */
void text_conclusion(const struct text_options *o, const struct model *m, const char *journal,
                     struct buf *out);

/* A sink that writes text_event() to `fd` (borrowed). */
struct text_sink; /* opaque */
struct text_sink *text_sink_new(int fd, const struct text_options *o);
void text_sink_free(struct text_sink *s);
extern const struct sink_ops text_sink_ops; /* self: struct text_sink */

#endif
