/* diagram.c - what is in a diagram, and its Mermaid source. */
#include "src/view/diagram_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/map.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"

const char *diagram_name(enum diagram d)
{
    static const char *const names[DIAGRAMS] = {
        [DIAGRAM_HYPOTHESES] = "Hypotheses",
        [DIAGRAM_SEQUENCE] = "Queries in their order",
        [DIAGRAM_ARCHITECTURE] = "What was looked at",
    };

    return names[d];
}

/* ---- hypotheses ---- */

static const char *tone_of(enum hyp_status s)
{
    static const char *const tones[HYP_STATUSES] = {
        [HYP_PENDING] = "pending",     [HYP_TESTING] = "testing", [HYP_SUPPORTED] = "supported",
        [HYP_CONFIRMED] = "confirmed", [HYP_PRUNED] = "pruned",
    };

    return tones[s];
}

static void add_hypothesis(const struct model *m, const struct hypothesis *h,
                           struct diagram_node *n)
{
    int at;

    snprintf(n->title, sizeof(n->title), "%s %s", h->id, h->statement);
    at = snprintf(n->detail, sizeof(n->detail), "%s", hyp_status_name(h->status));
    if (isfinite(h->confidence))
        at += snprintf(n->detail + at, sizeof(n->detail) - (size_t)at, ", %.0f %%",
                       h->confidence * 100);
    for (size_t i = 0; i < h->evidence.count && at > 0 && at < 100; i++)
        at += snprintf(n->detail + at, sizeof(n->detail) - (size_t)at, "%s%.12s", i ? " " : ", ",
                       m->evidence.items[h->evidence.items[i]].id);
    n->tone = tone_of(h->status);
    n->parent = h->parent_index < DIAGRAM_MAX ? h->parent_index : SIZE_MAX;
}

static void make_hypotheses(const struct model *m, struct diagram_graph *g)
{
    for (size_t i = 0; i < m->hypotheses.count && i < DIAGRAM_MAX; i++)
        add_hypothesis(m, &m->hypotheses.items[i], VEC_PUSH(&g->nodes));
    g->left_out = m->hypotheses.count - g->nodes.count;
}

/* ---- resources ---- */

static void describe(const struct resource *r, struct diagram_node *n)
{
    char value[48];
    int at;

    snprintf(n->title, sizeof(n->title), "%s %s", r->kind, r->name);
    at = snprintf(n->detail, sizeof(n->detail), "%s", health_name(r->health));
    if (isfinite(r->value) && at > 0) {
        num_human(r->value, r->unit, value);
        snprintf(n->detail + at, sizeof(n->detail) - (size_t)at, ", %.60s %s", r->metric, value);
    }
    n->tone = health_name(r->health);
}

/* The node of a key, made when there is none. What is only named as a parent ("host:web-3") is a
 * node, too. */
static size_t node_of(const struct model *m, struct diagram_graph *g, struct map *seen,
                      const char *key)
{
    const struct resource *r = model_resource(m, key);
    void *at = map_get(seen, str_from(key));
    struct diagram_node *n;

    if (at)
        return (size_t)(uintptr_t)at - 1;
    n = VEC_PUSH(&g->nodes);
    n->parent = SIZE_MAX;
    if (r) {
        describe(r, n);
    } else {
        snprintf(n->title, sizeof(n->title), "%s", key);
        n->tone = "unknown";
    }
    map_set_c(seen, key, (void *)(uintptr_t)g->nodes.count);
    return g->nodes.count - 1;
}

static void add_resource(const struct model *m, struct diagram_graph *g, struct map *seen,
                         const struct resource *r)
{
    size_t parent = SIZE_MAX, node;

    if (*r->parent && strcmp(r->parent, r->key) != 0)
        parent = node_of(m, g, seen, r->parent);
    node = node_of(m, g, seen, r->key);
    g->nodes.items[node].parent = parent;
}

/* The worst first, as only so many are drawn. */
static void make_architecture(const struct model *m, struct diagram_graph *g)
{
    static const enum health order[] = {HEALTH_CRITICAL, HEALTH_WARNING, HEALTH_OK, HEALTH_UNKNOWN};
    struct map *seen = map_new();
    size_t drawn = 0;

    for (size_t k = 0; k < sizeof(order) / sizeof(order[0]); k++)
        VEC_EACH (r, &m->resources) {
            if (r->health != order[k])
                continue;
            if (drawn++ < DIAGRAM_MAX)
                add_resource(m, g, seen, r);
            else
                g->left_out++;
        }
    map_free(seen);
}

/* ---- queries ---- */

static size_t actor(struct diagram_graph *g, const char *name)
{
    for (size_t i = 0; i < g->actor_count; i++)
        if (strcmp(g->actors[i], name) == 0)
            return i;
    if (g->actor_count == DIAGRAM_ACTORS_MAX)
        return DIAGRAM_ACTORS_MAX - 1; /* the last one stands for all that follow */
    g->actors[g->actor_count] = name;
    return g->actor_count++;
}

static struct diagram_message *message(struct diagram_graph *g, size_t from, size_t to)
{
    struct diagram_message *ret = VEC_PUSH(&g->messages);

    ret->from = from;
    ret->to = to;
    return ret;
}

static void add_call(struct diagram_graph *g, const struct tool_run *t)
{
    size_t engine = actor(g, "runbook"), tool = actor(g, t->tool);
    const char *said = *t->error ? t->error : t->summary;
    char took[TIME_TEXT_MAX];
    struct diagram_message *msg;

    snprintf(message(g, engine, tool)->text, DIAGRAM_LABEL_MAX, "%s", t->title);
    if (!t->ended)
        return;
    duration_format(t->duration_ms, took);
    msg = message(g, tool, engine);
    msg->answer = true;
    snprintf(msg->text, sizeof(msg->text), "%.110s%s(%s, %s)", said, *said ? " " : "",
             tool_status_name(t->status), took);
}

static void make_sequence(const struct model *m, struct diagram_graph *g)
{
    size_t you = actor(g, "you"), engine = actor(g, "runbook");

    VEC_EACH (it, &m->items) {
        if (it->kind != ITEM_USER && it->kind != ITEM_TOOL && it->kind != ITEM_CONCLUSION)
            continue;
        if (g->messages.count + 2 > DIAGRAM_MAX)
            g->left_out++;
        else if (it->kind == ITEM_TOOL)
            add_call(g, &m->tools.items[it->ref]);
        else if (it->kind == ITEM_USER)
            snprintf(message(g, you, engine)->text, DIAGRAM_LABEL_MAX, "%s", it->text);
        else
            snprintf(message(g, engine, you)->text, DIAGRAM_LABEL_MAX, "%s",
                     m->conclusion.has_root_cause ? m->conclusion.root_cause.statement
                                                  : m->conclusion.summary);
    }
}

void diagram_graph_make(const struct model *m, enum diagram d, struct diagram_graph *ret)
{
    *ret = (struct diagram_graph){.left_out = 0};
    switch (d) {
    case DIAGRAM_HYPOTHESES:
        make_hypotheses(m, ret);
        break;
    case DIAGRAM_SEQUENCE:
        make_sequence(m, ret);
        break;
    case DIAGRAM_ARCHITECTURE:
        make_architecture(m, ret);
        break;
    case DIAGRAMS:
        break;
    }
}

void diagram_graph_release(struct diagram_graph *g)
{
    VEC_RELEASE(&g->nodes);
    VEC_RELEASE(&g->messages);
}

/* ---- Mermaid ---- */

/* Inside quotes or behind a colon nothing of this may mean something: entities stand for what
 * could. */
static void add_text(struct buf *out, const char *text)
{
    struct buf clean = BUF_INIT(4096);

    text_sanitize(&clean, str_from(text), false, false);
    for (size_t i = 0; i < clean.len; i++) {
        char c = clean.ptr[i];

        if (strchr("\"#;<>&`{}|\\%", c))
            buf_addf(out, "#%d;", c);
        else
            buf_addc(out, c);
    }
    buf_release(&clean);
}

static void add_classes(struct buf *out)
{
    buf_adds(out, "  classDef confirmed stroke:#2a7,stroke-width:3px\n"
                  "  classDef supported stroke:#2a7\n"
                  "  classDef testing stroke:#27c,stroke-dasharray:4\n"
                  "  classDef pending stroke:#888\n"
                  "  classDef pruned stroke:#888,color:#888,stroke-dasharray:2\n"
                  "  classDef critical stroke:#c22,stroke-width:3px\n"
                  "  classDef warning stroke:#c80\n"
                  "  classDef ok stroke:#2a7\n"
                  "  classDef unknown stroke:#888\n");
}

static void flowchart(const struct diagram_graph *g, const char *direction, struct buf *out)
{
    buf_addf(out, "flowchart %s\n", direction);
    for (size_t i = 0; i < g->nodes.count; i++) {
        const struct diagram_node *n = &g->nodes.items[i];

        buf_addf(out, "  n%zu[\"", i);
        add_text(out, n->title);
        if (*n->detail) {
            buf_adds(out, "<br/>");
            add_text(out, n->detail);
        }
        buf_addf(out, "\"]:::%s\n", n->tone);
    }
    for (size_t i = 0; i < g->nodes.count; i++)
        if (g->nodes.items[i].parent < g->nodes.count)
            buf_addf(out, "  n%zu --> n%zu\n", g->nodes.items[i].parent, i);
    if (g->left_out)
        buf_addf(out, "  more[\"%zu more\"]\n", g->left_out);
    add_classes(out);
}

static void sequence(const struct diagram_graph *g, struct buf *out)
{
    buf_adds(out, "sequenceDiagram\n");
    for (size_t i = 0; i < g->actor_count; i++) {
        buf_addf(out, "  participant p%zu as ", i);
        add_text(out, g->actors[i]);
        buf_addc(out, '\n');
    }
    for (size_t i = 0; i < g->messages.count; i++) {
        const struct diagram_message *msg = &g->messages.items[i];

        buf_addf(out, "  p%zu%sp%zu: ", msg->from, msg->answer ? "-->>" : "->>", msg->to);
        add_text(out, *msg->text ? msg->text : "nothing");
        buf_addc(out, '\n');
    }
    if (g->left_out)
        buf_addf(out, "  Note over p0: %zu more\n", g->left_out);
}

void diagram_mermaid(const struct model *m, enum diagram d, struct buf *out)
{
    struct diagram_graph g;

    diagram_graph_make(m, d, &g);
    if (d == DIAGRAM_SEQUENCE)
        sequence(&g, out);
    else
        flowchart(&g, d == DIAGRAM_HYPOTHESES ? "TD" : "LR", out);
    diagram_graph_release(&g);
}
