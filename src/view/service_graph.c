/* service_graph.c - see service_graph.h. */
#include "runbook/view/service_graph.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"

struct laying {
    const struct topology *t;
    size_t *parent_edge; /* the call under which a node is opened; SIZE_MAX: at the margin */
    bool *reached;
    VEC(struct graph_row) rows;
};

/* Breadth first from `root`: who is opened under whom. */
static void reach(struct laying *l, size_t root, size_t *queue)
{
    size_t head = 0, tail = 0;

    l->reached[root] = true;
    queue[tail++] = root;
    while (head < tail) {
        const struct topo_node *n = &l->t->nodes[queue[head++]];

        for (size_t i = 0; i < n->callee_count; i++) {
            if (l->reached[n->callees[i]])
                continue;
            l->reached[n->callees[i]] = true;
            l->parent_edge[n->callees[i]] = n->callee_edges[i];
            queue[tail++] = n->callees[i];
        }
    }
}

/* One node with all below it, depth first, without recursion. */
static void lay(struct laying *l, size_t root)
{
    struct open {
        size_t node, next;
        uint64_t bars;
    };
    VEC(struct open) way = {0};

    *VEC_PUSH(&l->rows) = (struct graph_row){.node = root, .edge = SIZE_MAX, .last = true};
    *VEC_PUSH(&way) = (struct open){.node = root};
    while (way.count) {
        struct open *o = &way.items[way.count - 1];
        const struct topo_node *n = &l->t->nodes[o->node];
        uint16_t depth = (uint16_t)(way.count < GRAPH_INDENT_MAX ? way.count : GRAPH_INDENT_MAX);
        struct graph_row r = {.depth = depth, .bars = o->bars};

        if (o->next == n->callee_count) {
            way.count--;
            continue;
        }
        r.node = n->callees[o->next];
        r.edge = n->callee_edges[o->next];
        r.last = ++o->next == n->callee_count;
        r.again = l->parent_edge[r.node] != r.edge;
        *VEC_PUSH(&l->rows) = r;
        if (!r.again) {
            uint64_t bars = o->bars | (r.last ? 0 : (uint64_t)1 << depth);

            *VEC_PUSH(&way) = (struct open){.node = r.node, .bars = bars};
        }
    }
    VEC_RELEASE(&way);
}

/* Entries in their order, then one node of each cycle that no entry reaches, then what is alone. */
static size_t next_root(const struct laying *l, int pass, size_t from)
{
    for (size_t i = from; i < l->t->count; i++) {
        const struct topo_node *n = &l->t->nodes[i];
        bool entry = !n->caller_count && n->callee_count,
             alone = !n->caller_count && !n->callee_count;

        if ((pass == 0 && entry) || (pass == 1 && !l->reached[i] && !alone) || (pass == 2 && alone))
            return i;
    }
    return SIZE_MAX;
}

size_t graph_rows(const struct topology *t, struct arena *a, const struct graph_row **ret)
{
    struct laying l = {.t = t};
    size_t n = t->count + 1, count;
    size_t *queue = xcalloc(n, sizeof(*queue)), *roots = xcalloc(n, sizeof(*roots)), k = 0;
    struct graph_row *rows;

    l.parent_edge = xcalloc(n, sizeof(*l.parent_edge));
    l.reached = xcalloc(n, sizeof(*l.reached));
    for (size_t i = 0; i < t->count; i++)
        l.parent_edge[i] = SIZE_MAX;
    for (int pass = 0; pass < 3; pass++) {
        for (size_t i = 0; (i = next_root(&l, pass, i)) != SIZE_MAX; i++) {
            roots[k++] = i;
            reach(&l, i, queue);
        }
    }
    for (size_t i = 0; i < k; i++)
        lay(&l, roots[i]);
    count = l.rows.count;
    rows = arena_array(a, count + 1, sizeof(*rows));
    if (count)
        memcpy(rows, l.rows.items, count * sizeof(*rows));
    VEC_RELEASE(&l.rows);
    free(l.parent_edge);
    free(l.reached);
    free(queue);
    free(roots);
    *ret = rows;
    return count;
}

void graph_row_lead(const struct graph_row *r, enum glyph_set glyphs, struct buf *out)
{
    for (int d = 1; d < r->depth; d++) {
        buf_adds(out, r->bars >> d & 1 ? glyph_text(glyphs, GLYPH_TREE_BAR) : " ");
        buf_addc(out, ' ');
    }
    if (!r->depth)
        return;
    buf_adds(out, glyph_text(glyphs, r->last ? GLYPH_TREE_END : GLYPH_TREE_MID));
    buf_addc(out, ' ');
}

void graph_text(const struct topology *t, const struct topo_impact *felt, enum glyph_set glyphs,
                struct buf *out)
{
    struct arena *a = arena_new(0);
    const struct graph_row *rows;
    size_t count = graph_rows(t, a, &rows);
    bool ascii = glyphs == GLYPHS_ASCII;

    for (size_t i = 0; i < count; i++) {
        const struct topo_node *n = &t->nodes[rows[i].node];
        const struct topo_edge *e = rows[i].edge == SIZE_MAX ? NULL : &t->edges[rows[i].edge];

        graph_row_lead(&rows[i], glyphs, out);
        text_sanitize(out, str_from(n->name), false, ascii);
        if (*n->type && !rows[i].again) {
            buf_adds(out, "  ");
            text_sanitize(out, str_from(n->type), false, ascii);
        }
        if (e && *e->criticality)
            buf_addf(out, "  %s", e->criticality);
        if (e && e->weight < 1)
            buf_addf(out, "  weight %g", e->weight);
        if (rows[i].again)
            buf_adds(out, ascii ? "  (^)" : "  ↑");
        if (felt && felt->depth[rows[i].node] == 0)
            buf_adds(out, "  <- fails");
        else if (felt && felt->depth[rows[i].node] > 0)
            buf_addf(out, "  <- feels %.0f %%", felt->share[rows[i].node] * 100);
        buf_addc(out, '\n');
    }
    arena_free(a);
}

/* Inside quotes everything but a quote is text; entities are for the rest. */
static void mermaid_label(struct buf *out, const char *text)
{
    struct buf clean = BUF_INIT(65536);

    text_sanitize(&clean, str_from(text), false, false);
    for (size_t i = 0; i < clean.len; i++) {
        if (strchr("\"<>&#;`", clean.ptr[i]))
            buf_addf(out, "#%d;", clean.ptr[i]);
        else
            buf_addc(out, clean.ptr[i]);
    }
    buf_release(&clean);
}

void graph_mermaid(const struct topology *t, struct buf *out)
{
    buf_adds(out, "flowchart TD\n");
    for (size_t i = 0; i < t->count; i++) {
        buf_addf(out, "  n%zu[\"", i);
        mermaid_label(out, t->nodes[i].name);
        buf_adds(out, "\"]\n");
    }
    for (size_t i = 0; i < t->edge_count; i++) {
        const struct topo_edge *e = &t->edges[i];

        buf_addf(out, "  n%zu %s n%zu\n", e->from,
                 strcmp(e->criticality, "critical") == 0   ? "==>"
                 : strcmp(e->criticality, "optional") == 0 ? "-.->"
                                                           : "-->",
                 e->to);
    }
}
