/* diagram_text.c - diagrams drawn with lines. Boxes hang under their parent; messages go between
 * lanes, or, where the lanes do not fit, stand one under another. Each part is drawn into a small
 * canvas, which knows widths and makes text safe, and copied out as lines. */
#include "src/view/diagram_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"

#define LANE_MIN 16
#define INDENT 3

struct pen {
    const struct diagram_graph *g;
    struct canvas c;
    struct buf *out;
    bool open[DIAGRAM_DEPTH_MAX + 1]; /* levels with another child to come */
};

/* Append the first `rows` rows without blanks at their ends. */
static void flush(struct pen *p, int rows)
{
    for (int y = 0; y < rows; y++) {
        size_t keep = p->out->len;

        for (int x = 0; x < p->c.width; x++) {
            const struct cell *at = canvas_at(&p->c, x, y);

            buf_adds(p->out, at->text);
            if (at->text[0] && at->text[0] != ' ')
                keep = p->out->len;
        }
        buf_truncate(p->out, keep);
        buf_addc(p->out, '\n');
    }
    canvas_clear(&p->c);
}

/* ---- boxes ---- */

static void draw_box(struct canvas *c, int x, int w, const struct diagram_node *n)
{
    int h = *n->detail ? 4 : 3;

    for (int y = 0; y < h; y += h - 1)
        canvas_hline(c, x, y, w, STYLE_FRAME);
    canvas_vline(c, x, 0, h, STYLE_FRAME);
    canvas_vline(c, x + w - 1, 0, h, STYLE_FRAME);
    canvas_glyph(c, x, 0, STYLE_FRAME, GLYPH_TL);
    canvas_glyph(c, x + w - 1, 0, STYLE_FRAME, GLYPH_TR);
    canvas_glyph(c, x, h - 1, STYLE_FRAME, GLYPH_BL);
    canvas_glyph(c, x + w - 1, h - 1, STYLE_FRAME, GLYPH_BR);
    canvas_cstr(c, x + 2, 1, w - 4, STYLE_STRONG, n->title);
    canvas_cstr(c, x + 2, 2, w - 4, STYLE_DIM, n->detail);
    if (h == 3)
        canvas_hline(c, x + 1, 2, w - 2, STYLE_FRAME);
}

static bool has_child(const struct diagram_graph *g, size_t of, size_t from)
{
    for (size_t i = from; i < g->nodes.count; i++)
        if (g->nodes.items[i].parent == of)
            return true;
    return false;
}

static int box_width(const struct pen *p, const struct diagram_node *n, int x)
{
    int a = text_width(str_from(n->title)), b = text_width(str_from(n->detail));
    int w = (a > b ? a : b) + 4, room = p->c.width - x;

    return w > room ? room : w;
}

static void draw_node(struct pen *p, size_t index, int depth)
{
    const struct diagram_node *n = &p->g->nodes.items[index];
    int x = depth * INDENT, h = *n->detail ? 4 : 3;

    draw_box(&p->c, x, box_width(p, n, x), n);
    for (int level = 1; level <= depth; level++) {
        bool last = level == depth;
        int at = (level - 1) * INDENT + 1;

        if (!last && p->open[level])
            canvas_vline(&p->c, at, 0, h, STYLE_FRAME);
        if (!last)
            continue;
        canvas_vline(&p->c, at, 0, p->open[level] ? h : 1, STYLE_FRAME);
        canvas_glyph(&p->c, at, 1, STYLE_FRAME, p->open[level] ? GLYPH_T_RIGHT : GLYPH_BL);
        canvas_hline(&p->c, at + 1, 1, INDENT - 2, STYLE_FRAME);
        canvas_glyph(&p->c, x, 1, STYLE_FRAME, GLYPH_T_LEFT);
    }
    if (has_child(p->g, index, 0))
        canvas_glyph(&p->c, x + 1, h - 1, STYLE_FRAME, GLYPH_T_DOWN);
    flush(p, h);
}

static void draw_tree(struct pen *p, size_t index, int depth)
{
    draw_node(p, index, depth);
    if (depth == DIAGRAM_DEPTH_MAX || (depth + 2) * INDENT + 12 > p->c.width)
        return;
    for (size_t i = 0; i < p->g->nodes.count; i++) {
        if (p->g->nodes.items[i].parent != index || i == index)
            continue;
        p->open[depth + 1] = has_child(p->g, index, i + 1);
        draw_tree(p, i, depth + 1);
    }
}

/* Roots only: who is his own ancestor is in no tree, and cannot be walked into. */
static void draw_boxes(struct pen *p)
{
    for (size_t i = 0; i < p->g->nodes.count; i++)
        if (p->g->nodes.items[i].parent == SIZE_MAX)
            draw_tree(p, i, 0);
}

/* ---- lanes ---- */

static int lane_x(const struct pen *p, size_t actor)
{
    return (int)((2 * actor + 1) * (size_t)p->c.width / (2 * p->g->actor_count));
}

static void draw_lanes(struct pen *p, int rows)
{
    for (size_t i = 0; i < p->g->actor_count; i++)
        canvas_vline(&p->c, lane_x(p, i), 0, rows, STYLE_FRAME);
}

static void draw_head(struct pen *p)
{
    int lane = p->c.width / (int)p->g->actor_count;

    for (size_t i = 0; i < p->g->actor_count; i++) {
        struct str name = str_from(p->g->actors[i]);
        int w = text_width(name);

        w = w > lane - 2 ? lane - 2 : w;
        canvas_text(&p->c, lane_x(p, i) - w / 2, 0, w, STYLE_STRONG, name);
    }
    flush(p, 1);
}

/* The words above the arrow, beside the lane where it begins. */
static void draw_message(struct pen *p, const struct diagram_message *msg)
{
    static const char *const right[GLYPH_SETS] = {"▶", "►", ">"};
    static const char *const left[GLYPH_SETS] = {"◀", "◄", "<"};
    int from = lane_x(p, msg->from), to = lane_x(p, msg->to);
    int x0 = from < to ? from : to, x1 = from < to ? to : from, w = p->c.width - x0 - 3;

    draw_lanes(p, 2);
    if (text_width(str_from(msg->text)) <= x1 - x0 - 3)
        w = x1 - x0 - 3;
    canvas_cstr(&p->c, x0 + 2, 0, w, STYLE_TEXT, msg->text);
    for (int x = x0 + 1; x < x1; x++)
        canvas_glyph(&p->c, x, 1, STYLE_FRAME, msg->answer ? GLYPH_DASH : GLYPH_H);
    if (from < to)
        canvas_cstr(&p->c, x1 - 1, 1, 1, STYLE_FRAME, right[p->c.glyphs]);
    else
        canvas_cstr(&p->c, x0 + 1, 1, 1, STYLE_FRAME, left[p->c.glyphs]);
    flush(p, 2);
}

static void list_message(struct pen *p, const struct diagram_message *msg)
{
    char head[80];

    snprintf(head, sizeof(head), "%.30s %s %.30s", p->g->actors[msg->from],
             glyph_text(p->c.glyphs, GLYPH_ARROW), p->g->actors[msg->to]);
    canvas_cstr(&p->c, 0, 0, p->c.width, STYLE_STRONG, head);
    canvas_cstr(&p->c, 2, 1, p->c.width - 2, STYLE_TEXT, msg->text);
    flush(p, *msg->text ? 2 : 1);
}

static void draw_messages(struct pen *p)
{
    bool lanes = p->c.width / (int)p->g->actor_count >= LANE_MIN;

    if (lanes)
        draw_head(p);
    for (size_t i = 0; i < p->g->messages.count; i++) {
        if (lanes)
            draw_message(p, &p->g->messages.items[i]);
        else
            list_message(p, &p->g->messages.items[i]);
    }
}

void diagram_text(const struct model *m, enum diagram d, int width, enum glyph_set glyphs,
                  struct buf *out)
{
    struct diagram_graph g;
    struct pen p = {.g = &g, .out = out};

    diagram_graph_make(m, d, &g);
    canvas_init(&p.c, glyphs);
    canvas_resize(&p.c, width < 24 ? 24 : width, 4);
    if (d == DIAGRAM_SEQUENCE)
        draw_messages(&p);
    else if (g.nodes.count)
        draw_boxes(&p);
    else
        buf_adds(out, "nothing yet\n");
    if (g.left_out)
        buf_addf(out, "and %zu more\n", g.left_out);
    canvas_release(&p.c);
    diagram_graph_release(&g);
}
