/* service_graph.h - a service graph as rows of a tree: an entry at the margin, what it calls under
 * it. A node is opened once, at the fewest hops from an entry; where it is called again stands a
 * row that only names it, so that a graph of any shape, cycles included, has nodes + edges rows at
 * most. Pure; the page draws the rows, `runbook graph` writes them. */
#ifndef RUNBOOK_VIEW_SERVICE_GRAPH_H
#define RUNBOOK_VIEW_SERVICE_GRAPH_H

#include "runbook/model/topology.h"
#include "runbook/view/canvas.h"

#define GRAPH_INDENT_MAX 60 /* deeper rows are not indented any more */

struct graph_row {
    size_t node, edge; /* edge: the call it is under; SIZE_MAX at the margin */
    uint64_t bars;     /* bit d: a line passes at level d, to a later sibling */
    uint16_t depth;
    bool last;  /* of its siblings */
    bool again; /* opened elsewhere */
};

size_t graph_rows(const struct topology *t, struct arena *a, const struct graph_row **ret);
/* The lines before the name, two cells a level. Appends. */
void graph_row_lead(const struct graph_row *r, enum glyph_set glyphs, struct buf *out);

/* All rows as text, a line each; `felt` marks who feels a failure (NULL: none). Names are cleaned.
 */
void graph_text(const struct topology *t, const struct topo_impact *felt, enum glyph_set glyphs,
                struct buf *out);
/* A Mermaid flowchart. Source: mermaid.js.org, flowchart syntax. */
void graph_mermaid(const struct topology *t, struct buf *out);

/* The page's own state; made on first sight of a graph. */
struct services_view {
    char selected[512]; /* id of a node */
    size_t row, top;
    char filter[256];
    int rows_y, rows_h;         /* of the last drawing */
    struct services_data *data; /* opaque */
};

#endif
