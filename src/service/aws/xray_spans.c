/* xray_spans.c - segment documents of a trace as one list of spans: a parent stands before its
 * children. Documents come from the services themselves: nothing in them is believed. Source: X-Ray
 * Developer Guide, "X-Ray segment documents". */
#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/get.h"
#include "runbook/service/aws/xray.h"

#define DEPTH_MAX 60
#define NAME_BYTES 300

struct spans {
    struct arena *arena;
    struct aws_xray_trace *trace;
    VEC(struct aws_xray_span) all;
};

static const char *cause_of(struct arena *arena, const struct value *v)
{
    const struct value *e = value_at(value_get(value_get(v, "cause"), "exceptions"), 0);
    const char *type = aws_clean(arena, e, "type", NAME_BYTES);
    const char *message = aws_clean(arena, e, "message", NAME_BYTES);

    return *type && *message ? arena_printf(arena, "%s: %s", type, message)
                             : (*type ? type : message);
}

static void read_span(struct spans *s, const struct value *v, const char *parent, int depth)
{
    struct aws_xray_span *p;
    const char *id;

    if (v->type != VALUE_OBJECT)
        return;
    if (depth > DEPTH_MAX || s->all.count == AWS_XRAY_SPANS_MAX) {
        s->trace->cut = true;
        return;
    }
    p = VEC_PUSH(&s->all);
    id = p->id = aws_clean(s->arena, v, "id", 40);
    p->parent = parent ? parent : aws_clean(s->arena, v, "parent_id", 40);
    p->name = aws_clean(s->arena, v, "name", NAME_BYTES);
    p->origin = aws_clean(s->arena, v, "origin", NAME_BYTES);
    if (!*p->origin)
        p->origin = aws_clean(s->arena, v, "namespace", NAME_BYTES);
    p->cause = cause_of(s->arena, v);
    p->start_s = value_num_or(v, "start_time", 0);
    p->end_s = value_num_or(v, "end_time", p->start_s);
    p->running = value_bool_or(v, "in_progress", false);
    p->fault = value_bool_or(v, "fault", false);
    p->error = value_bool_or(v, "error", false);
    p->throttle = value_bool_or(v, "throttle", false);
    p->status = (int)value_i64_or(value_get(value_get(v, "http"), "response"), "status", 0);
    VALUE_EACH (it, value_get(v, "subsegments"))
        read_span(s, it, id, depth + 1);
}

static int by_start(const void *a, const void *b)
{
    const struct aws_xray_span *x = a, *y = b;

    return (x->start_s > y->start_s) - (x->start_s < y->start_s);
}

struct ordering {
    const struct aws_xray_span *from;
    size_t count, put;
    bool *taken;
    struct aws_xray_span *to;
};

static void put_span(struct ordering *o, size_t at, int depth)
{
    if (o->taken[at] || depth > DEPTH_MAX)
        return;
    o->taken[at] = true;
    o->to[o->put] = o->from[at];
    o->to[o->put++].depth = depth;
    for (size_t i = 0; *o->from[at].id && i < o->count; i++)
        if (strcmp(o->from[i].parent, o->from[at].id) == 0)
            put_span(o, i, depth + 1);
}

/* Those whose parent is not there come first, with what is below them; what is left then is in a
 * circle. */
static void put_in_order(struct spans *s)
{
    struct ordering o = {.from = s->all.items, .count = s->all.count};
    struct map *ids = map_new();

    if (o.count > 1)
        qsort(s->all.items, o.count, sizeof(*s->all.items), by_start);
    o.to = arena_array(s->arena, o.count, sizeof(*o.to));
    o.taken = arena_array(s->arena, o.count, sizeof(*o.taken));
    for (size_t i = 0; i < o.count; i++)
        map_set(ids, str_from(o.from[i].id), s);
    for (size_t i = 0; i < o.count; i++)
        if (!*o.from[i].parent || !map_has(ids, str_from(o.from[i].parent)))
            put_span(&o, i, 0);
    for (size_t i = 0; i < o.count; i++)
        put_span(&o, i, 0);
    map_free(ids);
    s->trace->spans = o.to;
    s->trace->count = o.put;
}

void aws_xray_spans(struct arena *arena, const struct value *segments, struct aws_xray_trace *ret)
{
    struct spans s = {.arena = arena, .trace = ret};

    VALUE_EACH (it, segments) {
        const struct value *doc;
        struct err err = ERR_INIT;

        if (json_parse(arena, value_str_or(it, "Document", ""), &doc, &err))
            ret->unread++;
        else
            read_span(&s, doc, NULL, 0);
    }
    put_in_order(&s);
    VEC_RELEASE(&s.all);
}
