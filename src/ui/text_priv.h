/* text_priv.h - lines of plain text, shared by the transcript (text.c) and plain mode. What comes
 * from outside is made safe here, and of ASCII alone where nothing else can be drawn. */
#ifndef RUNBOOK_SRC_UI_TEXT_PRIV_H
#define RUNBOOK_SRC_UI_TEXT_PRIV_H

#include "runbook/ui/text.h"

enum tone { TONE_PLAIN, TONE_DIM, TONE_BOLD, TONE_GOOD, TONE_WARN, TONE_BAD, TONE_INFO };
#define TONES (TONE_INFO + 1)

/* One line without its LF. */
void text_add(const struct text_options *o, struct buf *out, enum tone tone, const char *s);
/* The cursor stands at `indent`: wrap there, further lines are indented as far, end with LF. */
void text_add_wrapped(const struct text_options *o, struct buf *out, int indent, enum tone tone,
                      const char *s);
/* "label         text" */
void text_add_label(const struct text_options *o, struct buf *out, const char *label,
                    enum tone tone, const char *s);
/* Appends what is safe to show of `s`; with `lines` its line breaks stay. */
void text_clean(const struct text_options *o, const char *s, bool lines, struct buf *out);
enum tone text_tone_of_strength(enum evidence_strength s);
const char *text_verdict(enum verdict v); /* "ROOT CAUSE" */

#endif
