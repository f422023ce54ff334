/* page_services.c - the service graph: who calls whom as a tree, how each service looks, where the
 * cause and the alert are, and who feels it when the selected one fails. The health of a service is
 * the strongest evidence about it, or what its resource shows; a service that nothing was said of
 * is unknown, not well. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "src/view/view_priv.h"

#define SIDE_MIN 110 /* columns from which the details stand at the right */
#define BELOW_MIN 14 /* rows from which they stand below, otherwise */
#define BELOW_ROWS 6
#define WORDS_CELLS 22

struct services_data {
    const struct topology *of;
    struct arena *arena, *impact_arena;
    const struct graph_row *rows;
    size_t *shown; /* indexes of rows */
    size_t count, shown_count;
    char shown_for[256];
    enum health *health; /* by node, of the evidence */
    enum health *found;  /* by node, of the resources, which can get well again */
    int *rank;           /* by node: of the best candidate about it; 0: none */
    size_t alert;        /* node; SIZE_MAX: none */
    size_t evidence_seen;
    uint64_t seen_seq;
    size_t impact_of; /* node; SIZE_MAX: none computed */
    struct topo_impact up, down, full;
};

void services_forget(struct screen *s)
{
    struct services_data *d = s->services.data;

    if (!d)
        return;
    arena_free(d->arena);
    arena_free(d->impact_arena);
    free(d);
    s->services.data = NULL;
}

void services_release(struct screen *s)
{
    services_forget(s);
}

/* ---- what is known of the services ---- */

static enum health worse(enum health a, enum health b)
{
    return a > b ? a : b;
}

static size_t node_of(const struct services_data *d, const char *service)
{
    return *service ? topology_find(d->of, service) : SIZE_MAX;
}

static void read_resources(struct services_data *d, const struct model *m)
{
    memset(d->found, 0, d->of->count * sizeof(*d->found));
    VEC_EACH (r, &m->resources) {
        size_t node = strcmp(r->kind, "service") == 0 ? node_of(d, r->name) : SIZE_MAX;

        if (node != SIZE_MAX)
            d->found[node] = worse(d->found[node], r->health);
    }
}

/* Evidence only comes to what there is (a model that went back drops all this). */
static void read_health(struct services_data *d, const struct model *m)
{
    static const enum health health_of[STRENGTHS] = {
        [STRENGTH_STRONG] = HEALTH_CRITICAL,
        [STRENGTH_WEAK] = HEALTH_WARNING,
        [STRENGTH_NONE] = HEALTH_OK,
        [STRENGTH_CONTRADICTS] = HEALTH_OK,
    };

    if (d->seen_seq == m->seq && m->seq)
        return;
    d->seen_seq = m->seq;
    for (; d->evidence_seen < m->evidence.count; d->evidence_seen++) {
        const struct evidence *e = &m->evidence.items[d->evidence_seen];
        size_t node = node_of(d, e->service);

        if (node != SIZE_MAX)
            d->health[node] = worse(d->health[node], health_of[e->strength]);
    }
    read_resources(d, m);
    memset(d->rank, 0, d->of->count * sizeof(*d->rank));
    for (size_t i = m->candidates.count; i-- > 0;) {
        size_t node = node_of(d, m->candidates.items[i].service);

        if (node != SIZE_MAX)
            d->rank[node] = (int)m->candidates.items[i].rank;
    }
    d->alert = m->has_incident ? node_of(d, m->incident.service) : SIZE_MAX;
}

static void choose_rows(struct services_data *d, const char *filter)
{
    struct str words = str_from(filter);

    d->shown_count = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct topo_node *n = &d->of->nodes[d->rows[i].node];

        if (*filter && (d->rows[i].again ||
                        !(text_matches(n->name, words) || text_matches(n->id, words) ||
                          text_matches(n->type, words) || text_matches(topology_owner(n), words))))
            continue;
        d->shown[d->shown_count++] = i;
    }
    snprintf(d->shown_for, sizeof(d->shown_for), "%s", filter);
}

/* What the page shows, up to date; NULL: there is no graph. */
static struct services_data *fresh(struct screen *s, const struct model *m)
{
    struct services_data *d = s->services.data;

    if (d && d->of != m->topology) {
        services_forget(s);
        d = NULL;
    }
    if (!m->topology)
        return NULL;
    if (!d) {
        d = s->services.data = xcalloc(1, sizeof(*d));
        d->arena = arena_new(0);
        d->impact_arena = arena_new(0);
        d->of = m->topology;
        d->impact_of = SIZE_MAX;
        d->count = graph_rows(d->of, d->arena, &d->rows);
        d->shown = arena_array(d->arena, d->count + 1, sizeof(*d->shown));
        d->health = arena_array(d->arena, d->of->count + 1, sizeof(*d->health));
        d->found = arena_array(d->arena, d->of->count + 1, sizeof(*d->found));
        d->rank = arena_array(d->arena, d->of->count + 1, sizeof(*d->rank));
        choose_rows(d, s->services.filter);
    }
    if (strcmp(d->shown_for, s->services.filter) != 0)
        choose_rows(d, s->services.filter);
    read_health(d, m);
    return d;
}

static const struct graph_row *row_at(const struct services_data *d, size_t shown)
{
    return &d->rows[d->shown[shown]];
}

/* Where the cursor first stands: on the cause, else on the alert. */
static size_t first_node(const struct services_data *d, const struct model *m)
{
    return m->conclusion.impact.node != SIZE_MAX ? m->conclusion.impact.node : d->alert;
}

/* The row of the selection, wherever it is now. */
static size_t selected_row(struct screen *s, const struct model *m, const struct services_data *d)
{
    struct services_view *v = &s->services;
    size_t want = *v->selected ? topology_find(d->of, v->selected) : first_node(d, m);

    if (!d->shown_count)
        return SIZE_MAX;
    if (v->row < d->shown_count && row_at(d, v->row)->node == want)
        return v->row;
    for (size_t i = 0; i < d->shown_count; i++) {
        if (row_at(d, i)->node == want && !row_at(d, i)->again)
            return v->row = i;
    }
    return v->row = v->row < d->shown_count ? v->row : d->shown_count - 1;
}

static void select_row(struct screen *s, const struct services_data *d, size_t row)
{
    s->services.row = row;
    snprintf(s->services.selected, sizeof(s->services.selected), "%s",
             d->of->nodes[row_at(d, row)->node].id);
}

static void compute_impact(struct services_data *d, size_t node)
{
    if (d->impact_of == node)
        return;
    arena_reset(d->impact_arena);
    topology_impact(d->of, node, TOPO_CALLERS, TOPO_REALISTIC, d->impact_arena, &d->up);
    topology_impact(d->of, node, TOPO_CALLERS, TOPO_PESSIMISTIC, d->impact_arena, &d->full);
    topology_impact(d->of, node, TOPO_CALLEES, TOPO_REALISTIC, d->impact_arena, &d->down);
    d->impact_of = node;
}

/* ---- rows ---- */

/* What stands at the right of a service: at most one thing, the one that matters most. */
static enum style row_words(const struct services_data *d, const struct model *m, size_t node,
                            char *out, size_t size)
{
    *out = '\0';
    if (m->conclusion.impact.node == node) {
        snprintf(out, size, "%s", d->alert == node ? "ROOT CAUSE, ALERT" : "ROOT CAUSE");
        return STYLE_CONFIRMED;
    }
    if (d->alert == node) {
        snprintf(out, size, "ALERT");
        return STYLE_DANGER;
    }
    if (d->rank[node]) {
        snprintf(out, size, "candidate %d", d->rank[node]);
        return STYLE_WARNING;
    }
    return STYLE_DIM;
}

static void draw_row(const struct services_data *d, const struct model *m, struct canvas *c,
                     struct rect r, int y, const struct graph_row *row, bool flat)
{
    const struct topo_node *n = &d->of->nodes[row->node];
    const struct topo_edge *e = row->edge == SIZE_MAX ? NULL : &d->of->edges[row->edge];
    struct buf lead = BUF_INIT(1024);
    enum health h = worse(d->health[row->node], d->found[row->node]);
    char words[64], felt[32] = "";
    enum style style = row_words(d, m, row->node, words, sizeof(words));
    int end = r.x + r.w - 1, x = r.x + 1, room;

    if (d->impact_of != SIZE_MAX && d->up.depth[row->node] > 0)
        snprintf(felt, sizeof(felt), "feels %.0f %%", d->up.share[row->node] * 100);
    if (!flat)
        graph_row_lead(row, c->glyphs, &lead);
    if (lead.len > 0)
        x += canvas_text(c, x, y, r.w / 2, STYLE_FRAME, buf_str(&lead));
    buf_release(&lead);
    x += canvas_glyph(c, x, y, health_style(h), health_glyph(h));
    x += canvas_printf(c, x, y, 1, health_style(h), "%c", health_letter(h)) + 1;
    if (*words)
        end -= canvas_text_right(c, end, y, WORDS_CELLS, style, str_from(words)) + 2;
    if (*felt)
        end -= canvas_text_right(c, end, y, WORDS_CELLS, STYLE_ACCENT, str_from(felt)) + 2;
    room = end - x;
    if (room <= 0)
        return;
    x += canvas_cstr(c, x, y, room,
                     row->again           ? STYLE_DIM
                     : style != STYLE_DIM ? STYLE_STRONG
                                          : STYLE_TEXT,
                     n->name);
    if (row->again && x + 2 < end)
        canvas_cstr(c, x + 1, y, end - x - 1, STYLE_DIM, c->glyphs == GLYPHS_ASCII ? "(^)" : "↑");
    else if (*n->type && x + 4 < end)
        x += canvas_cstr(c, x + 2, y, end - x - 2, STYLE_DIM, n->type) + 2;
    if (!row->again && e && *e->criticality && x + 4 < end)
        canvas_cstr(c, x + 2, y, end - x - 2, STYLE_DIM, e->criticality);
}

/* ---- details of the selected one ---- */

struct detail {
    struct canvas *c;
    struct rect r;
    int y;
};

static void on_line(void *ctx, struct str line, int width_cells)
{
    struct detail *t = ctx;

    (void)width_cells;
    if (t->y < t->r.y + t->r.h)
        canvas_text(t->c, t->r.x + 1, t->y++, t->r.w - 2, STYLE_TEXT, line);
}

static void say(struct detail *t, const struct buf *text)
{
    struct buf clean = BUF_INIT(65536);

    if (!text->len)
        return;
    text_sanitize(&clean, buf_str(text), false, t->c->glyphs == GLYPHS_ASCII);
    text_wrap(buf_str(&clean), t->r.w > 3 ? t->r.w - 2 : 1, on_line, t);
    buf_release(&clean);
}

static void names(const struct topology *t, const size_t *list, size_t count, const char *what,
                  struct buf *out)
{
    buf_clear(out);
    buf_addf(out, "%s %s", what, count ? "" : "nobody");
    for (size_t i = 0; i < count && i < 12; i++)
        buf_addf(out, "%s%s", i ? ", " : "", t->nodes[list[i]].name);
    if (count > 12)
        buf_addf(out, " and %zu more", count - 12);
}

static void felt_names(const struct services_data *d, const struct topo_impact *i, size_t node,
                       struct buf *out)
{
    size_t named = 0;

    for (int depth = 1; depth <= TOPOLOGY_DEPTH_MAX && named < 8; depth++) {
        for (size_t k = 0; k < d->of->count && named < 8; k++) {
            if (k == node || i->depth[k] != depth)
                continue;
            buf_addf(out, "%s%s", named++ ? ", " : ": ", d->of->nodes[k].name);
            if (i->share[k] < 0.995)
                buf_addf(out, " %.0f %%", i->share[k] * 100);
        }
    }
    if (i->affected > named)
        buf_addf(out, " and %zu more", i->affected - named);
}

/* The same finding can stand under two hypotheses. */
static bool said_before(const struct model *m, const struct evidence *e)
{
    for (const struct evidence *x = m->evidence.items; x < e; x++) {
        if (strcmp(x->service, e->service) == 0 && strcmp(x->statement, e->statement) == 0)
            return true;
    }
    return false;
}

static void draw_detail(const struct services_data *d, const struct model *m, struct canvas *c,
                        struct rect r, size_t node)
{
    const struct topo_node *n = &d->of->nodes[node];
    struct detail t = {c, r, r.y + 1};
    struct buf line = BUF_INIT(8192);

    canvas_hline(c, r.x, r.y, r.w, STYLE_FRAME);
    canvas_printf(c, r.x + 1, r.y, r.w - 2, STYLE_TITLE, " %s ", n->name);
    if (d->up.affected)
        buf_addf(&line, "If it fails, %zu of %zu services feel%s it (%.0f %%)%s", d->up.affected,
                 d->of->count, d->up.affected == 1 ? "s" : "", d->up.ratio * 100,
                 d->up.entry ? ", the entry among them" : "");
    else
        buf_addf(&line, "If it fails, no other service feels it");
    felt_names(d, &d->up, node, &line);
    say(&t, &line);
    if (d->full.affected > d->up.affected) {
        buf_clear(&line);
        buf_addf(&line, "Without redundancy it would be %zu", d->full.affected);
        say(&t, &line);
    }
    names(d->of, n->callers, n->caller_count, "called by", &line);
    say(&t, &line);
    names(d->of, n->callees, n->callee_count, "calls", &line);
    if (d->down.affected > n->callee_count)
        buf_addf(&line, "; through them %zu", d->down.affected);
    say(&t, &line);
    buf_clear(&line);
    buf_addf(&line, "%s%s%s%s%s%s", n->type, *n->type ? "  " : "",
             *topology_owner(n) ? "owner " : "", topology_owner(n), *n->tier ? "  tier " : "",
             n->tier);
    say(&t, &line);
    VEC_EACH (e, &m->evidence) {
        if (strcmp(e->service, n->id) != 0 || e->strength > STRENGTH_WEAK || said_before(m, e))
            continue;
        buf_clear(&line);
        buf_addf(&line, "%s %s", e->id, e->statement);
        say(&t, &line);
    }
    buf_release(&line);
}

/* ---- the page ---- */

static void draw_none(const struct model *m, struct canvas *c, struct rect r)
{
    static const char *const none[] = {"There is no service graph.", "",
                                       "Put service-graph.json into .runbook/,",
                                       "or name a file with --topology."};
    char text[128];
    const char *large[] = {text, "It is too large to be drawn; `runbook graph` reads the file."};

    if (!m->topology_nodes) {
        draw_empty(c, r, none, 4);
        return;
    }
    snprintf(text, sizeof(text), "The service graph has %lld services.",
             (long long)m->topology_nodes);
    draw_empty(c, r, large, 2);
}

/* Keep the selection in sight. */
static void scroll_to(struct services_view *v, size_t row, size_t count, int h)
{
    size_t rows = h > 0 ? (size_t)h : 1;

    if (row < v->top)
        v->top = row;
    if (row >= v->top + rows)
        v->top = row - rows + 1;
    if (v->top + rows > count)
        v->top = count > rows ? count - rows : 0;
}

static struct rect cut_detail(struct rect *r)
{
    struct rect detail = {r->x, r->y, 0, 0};

    if (r->w >= SIDE_MIN) {
        detail.w = r->w * 2 / 5;
        detail.h = r->h;
        detail.x = r->x + r->w - detail.w;
        r->w -= detail.w + 1;
    } else if (r->h >= BELOW_MIN) {
        detail = (struct rect){r->x, r->y + r->h - BELOW_ROWS, r->w, BELOW_ROWS};
        r->h -= BELOW_ROWS;
    }
    return detail;
}

static void draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    struct services_data *d = fresh(s, m);
    struct services_view *v = &s->services;
    struct rect detail;
    size_t selected;

    if (!d) {
        draw_none(m, c, r);
        return;
    }
    detail = cut_detail(&r);
    selected = selected_row(s, m, d);
    v->rows_y = r.y;
    v->rows_h = r.h;
    if (selected == SIZE_MAX) {
        draw_empty(c, r, (const char *const[]){"No service matches."}, 1);
        return;
    }
    compute_impact(d, row_at(d, selected)->node);
    scroll_to(v, selected, d->shown_count, r.h);
    for (int i = 0; i < r.h && v->top + (size_t)i < d->shown_count; i++) {
        draw_row(d, m, c, r, r.y + i, row_at(d, v->top + (size_t)i), *v->filter != '\0');
        if (v->top + (size_t)i == selected)
            canvas_overlay(c, (struct rect){r.x, r.y + i, r.w, 1},
                           s->input_focus ? STYLE_SELECTED_BLUR : STYLE_SELECTED);
    }
    if (detail.w)
        draw_detail(d, m, c, detail, row_at(d, selected)->node);
    if (detail.w && detail.x > r.x)
        canvas_vline(c, detail.x - 1, detail.y, detail.h, STYLE_FRAME);
    if (!detail.w || detail.x == r.x)
        draw_scroll(c, r, v->top, (size_t)r.h, d->shown_count);
}

static void note(struct screen *s, const struct model *m, char *out, size_t size)
{
    const struct services_data *d = fresh(s, m);
    struct buf words = BUF_INIT(256);

    *out = '\0';
    if (!d)
        return;
    model_impact_words(m, &words);
    if (*s->services.filter)
        snprintf(out, size, "/%.40s %zu of %zu", s->services.filter, d->shown_count, d->of->count);
    else if (words.len)
        snprintf(out, size, "%s", buf_cstr(&words));
    else
        snprintf(out, size, "%zu services  %zu calls", d->of->count, d->of->edge_count);
    buf_release(&words);
}

static void move(struct screen *s, const struct model *m, long by)
{
    const struct services_data *d = fresh(s, m);
    size_t row = d ? selected_row(s, m, d) : SIZE_MAX;
    long to;

    if (row == SIZE_MAX)
        return;
    to = (long)row + (by > (long)d->shown_count    ? (long)d->shown_count
                      : by < -(long)d->shown_count ? -(long)d->shown_count
                                                   : by);
    to = to < 0 ? 0 : to >= (long)d->shown_count ? (long)d->shown_count - 1 : to;
    select_row(s, d, (size_t)to);
}

static int view_h(const struct screen *s)
{
    return s->services.rows_h;
}

static const struct topo_node *selected_node(struct screen *s, const struct model *m)
{
    const struct services_data *d = fresh(s, m);
    size_t row = d ? selected_row(s, m, d) : SIZE_MAX;

    return row == SIZE_MAX ? NULL : &d->of->nodes[row_at(d, row)->node];
}

static bool open_evidence(struct screen *s, const struct model *m)
{
    const struct topo_node *n = selected_node(s, m);
    const struct evidence *best = NULL;

    VEC_EACH (e, &m->evidence) {
        if (n && strcmp(e->service, n->id) == 0 && (!best || e->strength < best->strength))
            best = e;
    }
    return best && screen_push(s, PAGE_EVIDENCE, best->id);
}

/* The hypothesis about it that is most certain; without one the evidence. */
static bool open_selected(struct screen *s, const struct model *m)
{
    const struct topo_node *n = selected_node(s, m);
    const struct hypothesis *best = NULL;

    VEC_EACH (h, &m->hypotheses) {
        if (n && strcmp(h->service, n->id) == 0 && (!best || h->confidence > best->confidence))
            best = h;
    }
    return best ? screen_push(s, PAGE_HYPOTHESIS, best->id) : open_evidence(s, m);
}

static void click(struct screen *s, const struct model *m, int x, int y)
{
    const struct services_data *d = fresh(s, m);
    size_t row = s->services.top + (size_t)(y - s->services.rows_y);

    (void)x;
    if (d && y >= s->services.rows_y && y < s->services.rows_y + s->services.rows_h &&
        row < d->shown_count)
        select_row(s, d, row);
}

static char *filter(struct screen *s)
{
    return s->services.filter;
}

static void refilter(struct screen *s, const struct model *m)
{
    (void)fresh(s, m);
}

const struct root_def root_services = {
    .name = "Services",
    .number = "8",
    .draw = draw,
    .note = note,
    .move = move,
    .view_h = view_h,
    .open = open_selected,
    .open_evidence = open_evidence,
    .click = click,
    .filter = filter,
    .refilter = refilter,
};
