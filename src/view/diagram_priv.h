/* diagram_priv.h - diagrams before they are written: nodes with parents, or messages. */
#ifndef RUNBOOK_VIEW_DIAGRAM_PRIV_H
#define RUNBOOK_VIEW_DIAGRAM_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/view/diagram.h"

#define DIAGRAM_LABEL_MAX 160
#define DIAGRAM_ACTORS_MAX 10
#define DIAGRAM_DEPTH_MAX 12

struct diagram_node {
    char title[DIAGRAM_LABEL_MAX];
    char detail[DIAGRAM_LABEL_MAX]; /* "": none */
    const char *tone;               /* class of Mermaid: confirmed, pruned, ... */
    size_t parent;                  /* SIZE_MAX: a root */
};

struct diagram_message {
    size_t from, to; /* actors */
    bool answer;
    char text[DIAGRAM_LABEL_MAX];
};

struct diagram_graph {
    VEC(struct diagram_node) nodes;
    const char *actors[DIAGRAM_ACTORS_MAX];
    size_t actor_count;
    VEC(struct diagram_message) messages;
    size_t left_out;
};

void diagram_graph_make(const struct model *m, enum diagram d, struct diagram_graph *ret);
void diagram_graph_release(struct diagram_graph *g);

#endif
