/* view_composites.c - composite alarms: which of the metric alarms that are on make one hold. A
 * composite counts nothing itself, so it is nobody's root; its children are. Of a rule with NOT the
 * ones that would keep it from holding are none of them. */
#include <stdlib.h>
#include <string.h>

#include "runbook/service/aws/alarm_rule.h"
#include "view.h"

#define CHILDREN_TRIED                                                                             \
    10 /* of these every combination is tried; of more each is taken as a cause */
#define CHILDREN_MAX 200
#define DEPTH_MAX 8 /* of composites in composites */

/* ---- who is on ---- */

static const struct aws_alarm *alarm_named(const struct aws_view *v, const char *name)
{
    VEC_EACH (a, &v->alarms) {
        if (strcmp(a->name, name) == 0)
            return a;
    }
    return NULL;
}

static const struct aws_composite *composite_named(const struct aws_view *v, const char *name)
{
    VEC_EACH (c, &v->composites) {
        if (strcmp(c->name, name) == 0)
            return c;
    }
    return NULL;
}

/* ---- which of them matter ---- */

struct trying {
    const struct aws_view *v;
    const char *const *children; /* that are on */
    size_t count;
    unsigned on; /* bits of those that are taken to be on */
};

/* All that is not among the children is OK: only alarms that are on came. */
static bool state_of(void *ctx, const char *name, enum aws_alarm_state *ret)
{
    const struct trying *t = ctx;

    *ret = AWS_ALARM_OK;
    for (size_t i = 0; i < t->count; i++) {
        if (strcmp(t->children[i], name) == 0 && (t->on & (1u << i)))
            *ret = AWS_ALARM_ALARM;
    }
    return true;
}

static bool holds(const struct aws_rule *r, struct trying *t, unsigned on)
{
    t->on = on;
    return aws_rule_holds(r, state_of, t);
}

/* Is there a state of the others in which it makes the rule hold? */
static bool matters(const struct aws_rule *r, struct trying *t, size_t child)
{
    unsigned bit = 1u << child;

    for (unsigned others = 0; others < (1u << t->count); others++) {
        if (!(others & bit) && !holds(r, t, others) && holds(r, t, others | bit))
            return true;
    }
    return false;
}

struct gathering {
    struct aws_view *v;
    const char **names;
    size_t count;
};

static void take_name(struct gathering *g, const char *name)
{
    for (size_t i = 0; i < g->count; i++) {
        if (strcmp(g->names[i], name) == 0)
            return;
    }
    if (g->count < CHILDREN_MAX)
        g->names[g->count++] = name;
}

static void gather(struct gathering *g, const struct aws_composite *c, int depth)
{
    const char *on[CHILDREN_MAX];
    struct trying t = {.v = g->v, .children = on};
    const struct aws_rule_child *children;
    size_t n;

    if (!c->parsed || depth > DEPTH_MAX)
        return;
    children = aws_rule_children(c->parsed, &n);
    for (size_t i = 0; i < n && t.count < CHILDREN_MAX; i++) {
        bool again = false;

        for (size_t k = 0; k < t.count; k++)
            again = again || strcmp(on[k], children[i].name) == 0;
        if (!again &&
            (alarm_named(g->v, children[i].name) || composite_named(g->v, children[i].name)))
            on[t.count++] = children[i].name;
    }
    for (size_t i = 0; i < t.count; i++) {
        const struct aws_composite *inner = composite_named(g->v, on[i]);

        if (t.count <= CHILDREN_TRIED && !matters(c->parsed, &t, i))
            continue;
        if (inner)
            gather(g, inner, depth + 1);
        else
            take_name(g, on[i]);
    }
}

/* ---- reading them ---- */

static int by_since(const void *a, const void *b)
{
    const struct aws_composite *x = a, *y = b;

    return (x->since_ms > y->since_ms) - (x->since_ms < y->since_ms);
}

void av_take_composites(struct aws_view *v, const struct value *answer)
{
    VALUE_EACH (item, value_get(answer, "alarms")) {
        struct aws_composite *c;
        struct err ignored = ERR_INIT;

        if (strcmp(av_str(item, "kind"), "composite") != 0 ||
            strcmp(av_str(item, "state"), "ALARM") != 0)
            continue;
        c = VEC_PUSH(&v->composites);
        *c = (struct aws_composite){.name = av_str(item, "name"),
                                    .rule = av_str(item, "rule"),
                                    .since_ms = av_time(item, "since"),
                                    .suppressed = av_bool(item, "suppressed")};
        if (aws_rule_parse(v->arena, str_from(c->rule), &c->parsed, &ignored))
            c->parsed = NULL;
    }
    if (v->composites.count)
        qsort(v->composites.items, v->composites.count, sizeof(*v->composites.items), by_since);
    VEC_EACH (c, &v->composites) {
        struct gathering g = {.v = v,
                              .names = arena_array(v->arena, CHILDREN_MAX, sizeof(*g.names))};

        gather(&g, c, 0);
        c->firing = g.names;
        c->firing_count = g.count;
    }
}

const struct aws_composite *av_composite_of(const struct aws_view *v, const struct aws_alarm *a)
{
    VEC_EACH (c, &v->composites) {
        for (size_t i = 0; i < c->firing_count; i++) {
            if (strcmp(c->firing[i], a->name) == 0)
                return c;
        }
    }
    return NULL;
}
