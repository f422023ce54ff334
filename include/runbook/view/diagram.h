/* diagram.h - an investigation as text diagrams: the hypotheses as a flowchart, the queries as a
 * sequence, what was looked at as an architecture. As Mermaid source for other programs, or drawn
 * with lines for a terminal. Everything from outside is sanitised and cut; at most DIAGRAM_MAX
 * nodes or messages are drawn, the rest is counted. */
#ifndef RUNBOOK_VIEW_DIAGRAM_H
#define RUNBOOK_VIEW_DIAGRAM_H

#include "runbook/model/model.h"
#include "runbook/view/canvas.h"

#define DIAGRAM_MAX 100

enum diagram { DIAGRAM_HYPOTHESES, DIAGRAM_SEQUENCE, DIAGRAM_ARCHITECTURE, DIAGRAMS };

const char *diagram_name(enum diagram d); /* "Hypotheses": a heading */
/* Append Mermaid source ("flowchart TD ..."), ends with a newline. Source of the syntax:
 * https://mermaid.js.org/syntax/flowchart.html and sequenceDiagram.html */
void diagram_mermaid(const struct model *m, enum diagram d, struct buf *out);
/* Append lines of at most `width` cells (at least 24). */
void diagram_text(const struct model *m, enum diagram d, int width, enum glyph_set glyphs,
                  struct buf *out);

#endif
