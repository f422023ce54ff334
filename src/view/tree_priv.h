/* tree_priv.h - the lines of the tree, between tree_lines.c (which there are, what is selected) and
 * tree.c (how they look). */
#ifndef RUNBOOK_VIEW_TREE_PRIV_H
#define RUNBOOK_VIEW_TREE_PRIV_H

#include "src/view/view_priv.h"

#define TREE_DEPTH_SHOWN 12

enum tree_line_kind {
    LINE_NODE,
    LINE_UNDER,    /* ids of its evidence, or why it is what it is */
    LINE_TERM,     /* of its confidence; ref counts from 0 */
    LINE_EVIDENCE, /* ref: evidence */
    LINE_REFUTES,
    LINE_LOOKED,
    LINE_GAP, /* ref: gap; hyp SIZE_MAX: of no hypothesis */
    LINE_GAPS /* header */
};

struct tree_line {
    enum tree_line_kind kind;
    size_t hyp, ref;
    uint32_t going; /* bit d: the ancestor of depth d has a sibling below */
    bool last;      /* of its parent's children */
};

struct tree_lines {
    VEC(struct tree_line) v;
};

void tree_make_lines(const struct screen *s, const struct model *m, struct tree_lines *t);
/* Line of the selection; the nearest one before where it was when it is gone or hidden. */
size_t tree_find_selected(const struct screen *s, const struct model *m,
                          const struct tree_lines *t);
bool tree_is_closed(const struct screen *s, const struct hypothesis *h);
bool tree_is_listed(const struct screen *s, const struct hypothesis *h);
bool tree_has_details(const struct hypothesis *h);
/* How far a query of it that runs has come: "7 of 11 calls, ..."; false: none says so. */
bool tree_told(const struct model *m, const char *hypothesis, char *out, size_t size);
/* The n-th term of a confidence, "+20 corroborating E4"; empty: there are no more. */
struct str tree_term(const struct hypothesis *h, size_t n);

#endif
