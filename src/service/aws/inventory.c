/* inventory.c - see inventory.h. Calls that wait are small records; a bounded number is with the
 * client. */
#include "runbook/service/aws/inventory.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/service/aws/catalogue.h"

#define OUTSTANDING_MAX 64
#define EACH_MAX 5000
#define DEPTH_MAX 4

/* One call: waiting, or with the client. */
struct ask {
    struct aws_scan *scan;
    const struct aws_service *service;
    const struct aws_list *list;
    const char *region;
    struct arena *arena; /* of params; NULL without any */
    const struct value *params;
    aws_id id;
    size_t resources, caused;
    bool cut; /* it would have caused more */
};

struct aws_scan {
    struct aws_scan_options o;
    struct aws_scan_callbacks cb;
    void *ctx;
    VEC(struct ask *) waiting; /* from `first` on */
    size_t first;
    VEC(struct ask *) asked;
    size_t done, known;
    loop_id timer;
    bool canceled;
};

static void pump_soon(struct aws_scan *s);

static void ask_free(struct ask *a)
{
    arena_free(a->arena);
    free(a);
}

/* ---- which lists ---- */

static bool wanted(const struct aws_scan *s, const struct aws_service *service,
                   const struct aws_list *l, int depth)
{
    if (l->resource.len && (!s->o.type || str_eq_c(l->resource, s->o.type)))
        return true;
    if (l->about.len && s->cb.on_about && !s->o.type)
        return true;
    for (size_t i = 0; depth < DEPTH_MAX && i < service->list_count; i++)
        if (str_eq(service->lists[i].source, l->name) &&
            wanted(s, service, &service->lists[i], depth + 1))
            return true;
    return false;
}

static bool is_global(const struct aws_service *s)
{
    return s->signing_region.len > 0;
}

/* ---- parameters ---- */

struct params {
    struct arena *arena;
    struct value *object;
    size_t room;
};

static void params_init(struct params *p, size_t room)
{
    p->arena = arena_new(0);
    p->room = room;
    p->object = arena_alloc(p->arena, sizeof(*p->object));
    p->object->type = VALUE_OBJECT;
    p->object->u.list.items = arena_array(p->arena, room, sizeof(struct value));
}

static struct value *params_add(struct params *p, struct str key)
{
    struct value *v = &p->object->u.list.items[p->object->u.list.count++];

    v->key = (struct str){arena_str(p->arena, key), key.len};
    return v;
}

static void set_text(struct params *p, struct value *v, struct str text)
{
    v->type = VALUE_STRING;
    v->u.string = (struct str){arena_str(p->arena, text), text.len};
}

/* `with` of the definition; "{account}" is the account's number. False: it is not known. */
static bool add_with(const struct aws_scan *s, struct params *p, const struct aws_list *l)
{
    VALUE_EACH (it, l->with) {
        struct value *v = params_add(p, it->key);
        struct str key = v->key;

        if (it->type == VALUE_STRING && str_eq_c(it->u.string, "{account}")) {
            if (!s->o.account || !*s->o.account)
                return false;
            set_text(p, v, str_from(s->o.account));
        } else {
            *v = *it; /* of the definition, which lives longer */
            v->key = key;
        }
    }
    return true;
}

static void tell_cell(struct aws_scan *s, const struct ask *a, const struct aws_result *r)
{
    struct aws_cell cell = {.service = a->service,
                            .service_id = a->service->id.ptr,
                            .operation = a->list->name.ptr,
                            .region = a->region,
                            .resources = a->resources,
                            .about = a->list->about.len > 0,
                            .result = r};

    s->cb.on_cell(s->ctx, &cell);
}

static void add_ask(struct aws_scan *s, const struct aws_service *service, const struct aws_list *l,
                    const char *region, struct params *p)
{
    struct ask *a = xcalloc(1, sizeof(*a));

    a->scan = s;
    a->service = service;
    a->list = l;
    a->region = region;
    a->arena = p->arena;
    a->params = p->object;
    s->known++;
    *VEC_PUSH(&s->waiting) = a;
}

static void cannot_ask(struct aws_scan *s, const struct aws_service *service,
                       const struct aws_list *l, const char *region)
{
    struct ask a = {.service = service, .list = l, .region = region};
    struct aws_result r = {.end = AWS_END_INPUT, .code = ""};

    s->known++;
    s->done++;
    err_set(&r.err, ERR_INPUT, "the account's number is not known");
    tell_cell(s, &a, &r);
}

static void add_root(struct aws_scan *s, const struct aws_service *service,
                     const struct aws_list *l, const char *region)
{
    struct params p;

    params_init(&p, value_count(l->with) + 1);
    if (add_with(s, &p, l)) {
        add_ask(s, service, l, region, &p);
        return;
    }
    arena_free(p.arena);
    cannot_ask(s, service, l, region);
}

/* ---- lists that follow others ---- */

static const struct value *key_of(const struct aws_list *l, const struct value *item)
{
    static const enum aws_part parts[] = {AWS_PART_ID, AWS_PART_NAME, AWS_PART_ARN};

    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const struct value *v = aws_item_part(l, parts[i], item);

        if (v && v->type == VALUE_STRING && v->u.string.len)
            return v;
    }
    return NULL;
}

static void add_carried(struct params *p, const struct aws_list *l, const struct ask *from)
{
    VALUE_EACH (it, from->params)
        for (size_t i = 0; i < l->carry_count; i++)
            if (str_eq(it->key, l->carry[i]) && it->type == VALUE_STRING)
                set_text(p, params_add(p, it->key), it->u.string);
}

/* `items` from *at on that fit into one call: their keys as one value, or as a list. */
static void add_keys(struct params *p, const struct aws_list *l, const struct aws_list *source,
                     const struct value *items, size_t *at)
{
    size_t room = l->batch ? l->batch : 1, n = 0;
    struct value *v = params_add(p, l->each);
    struct value *keys = arena_array(p->arena, room, sizeof(*keys));

    while (n < room && *at < value_count(items)) {
        const struct value *key = key_of(source, value_at(items, (*at)++));

        if (key)
            set_text(p, &keys[n++], key->u.string);
    }
    if (l->batch) {
        v->type = VALUE_ARRAY;
        v->u.list.items = keys;
        v->u.list.count = n;
    } else if (n) {
        set_text(p, v, keys[0].u.string);
    }
    if (!n)
        p->object->u.list.count = 0;
}

static void follow(struct ask *a, const struct aws_list *l, const struct value *items)
{
    struct aws_scan *s = a->scan;
    size_t at = 0, max = s->o.max_each ? s->o.max_each : EACH_MAX;

    while (at < value_count(items) && a->caused < max) {
        struct params p;

        params_init(&p, value_count(l->with) + l->carry_count + 2);
        add_keys(&p, l, a->list, items, &at);
        if (!p.object->u.list.count || !add_with(s, &p, l)) {
            arena_free(p.arena);
            continue;
        }
        add_carried(&p, l, a);
        add_ask(s, a->service, l, a->region, &p);
        a->caused++;
    }
    a->cut = a->cut || at < value_count(items);
}

/* ---- answers ---- */

static const char *place_of(const struct ask *a)
{
    return is_global(a->service) ? "global" : a->region;
}

/* Also that nothing came: then what was said before holds no longer. */
static void tell_about(struct aws_scan *s, const struct ask *a, const struct value *items)
{
    struct aws_resource none = {
        .service = a->service, .list = a->list, .region = place_of(a), .params = a->params};

    if (!value_count(items))
        s->cb.on_about(s->ctx, &none);
    VALUE_EACH (it, items) {
        struct aws_resource r = {.service = a->service,
                                 .list = a->list,
                                 .region = place_of(a),
                                 .item = it,
                                 .params = a->params};

        s->cb.on_about(s->ctx, &r);
    }
}

static void on_page(void *ctx, const struct value *items)
{
    struct ask *a = ctx;
    struct aws_scan *s = a->scan;
    struct arena *arena;

    if (a->list->resource.len && (!s->o.type || str_eq_c(a->list->resource, s->o.type))) {
        arena = arena_new(0);
        VALUE_EACH (it, items) {
            struct aws_resource r;

            if (!aws_resource_read(arena, a->service, a->list, it, &r))
                continue;
            r.region = place_of(a);
            r.params = a->params;
            a->resources++;
            s->cb.on_resource(s->ctx, &r);
        }
        arena_free(arena);
    }
    if (a->list->about.len && s->cb.on_about)
        tell_about(s, a, items);
    for (size_t i = 0; !s->canceled && i < a->service->list_count; i++) {
        const struct aws_list *l = &a->service->lists[i];

        if (str_eq(l->source, a->list->name) && wanted(s, a->service, l, 0))
            follow(a, l, items);
    }
    pump_soon(s);
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct ask *a = ctx;
    struct aws_scan *s = a->scan;

    for (size_t i = 0; i < s->asked.count; i++)
        if (s->asked.items[i] == a) {
            s->asked.items[i] = s->asked.items[--s->asked.count];
            break;
        }
    s->done++;
    if (a->cut && r->end == AWS_END_WHOLE) {
        struct aws_result cut = *r;

        cut.end = AWS_END_CUT;
        tell_cell(s, a, &cut);
    } else {
        tell_cell(s, a, r);
    }
    ask_free(a);
    pump_soon(s);
}

/* ---- asking ---- */

static void send(struct aws_scan *s, struct ask *a)
{
    static const struct aws_callbacks callbacks = {.on_page = on_page, .on_done = on_done};
    struct aws_query q = {
        .service = a->service, .list = a->list, .params = a->params, .region = a->region};

    *VEC_PUSH(&s->asked) = a;
    a->id = aws_send(s->o.client, &q, &callbacks, a);
}

static void pump(void *ctx)
{
    struct aws_scan *s = ctx;

    s->timer = 0;
    while (!s->canceled && s->asked.count < OUTSTANDING_MAX && s->first < s->waiting.count)
        send(s, s->waiting.items[s->first++]);
    if (s->first == s->waiting.count)
        s->first = s->waiting.count = 0;
    if (!s->asked.count && (s->canceled || !s->waiting.count))
        s->cb.on_done(s->ctx);
}

static void pump_soon(struct aws_scan *s)
{
    if (!s->timer)
        s->timer = loop_timer(s->o.loop, 0, pump, s);
}

/* ---- public ---- */

static void add_service(struct aws_scan *s, const char *id)
{
    const struct aws_service *service = NULL;
    struct aws_result r = {.end = AWS_END_INPUT, .code = ""};
    struct aws_cell broken = {.service_id = id, .operation = "", .region = "", .result = &r};

    if (aws_catalogue_get(s->o.catalogue, str_from(id), &service, &r.err)) {
        s->known++;
        s->done++;
        s->cb.on_cell(s->ctx, &broken);
        return;
    }
    for (size_t i = 0; i < service->list_count; i++) {
        const struct aws_list *l = &service->lists[i];

        if (l->source.len || !wanted(s, service, l, 0))
            continue;
        for (size_t k = 0; k < s->o.region_count; k++)
            if (!k || (!is_global(service) && !l->once))
                add_root(s, service, l, s->o.regions[k]);
    }
}

static void begin(void *ctx)
{
    struct aws_scan *s = ctx;

    s->timer = 0;
    for (size_t i = 0; i < s->o.service_count; i++)
        add_service(s, s->o.services[i]);
    pump_soon(s);
}

struct aws_scan *aws_scan_start(const struct aws_scan_options *o,
                                const struct aws_scan_callbacks *cb, void *ctx)
{
    struct aws_scan *s = xcalloc(1, sizeof(*s));

    s->o = *o;
    s->cb = *cb;
    s->ctx = ctx;
    s->timer = loop_timer(o->loop, 0, begin, s);
    return s;
}

void aws_scan_cancel(struct aws_scan *s)
{
    s->canceled = true;
    for (size_t i = 0; i < s->asked.count; i++)
        aws_cancel(s->o.client, s->asked.items[i]->id);
    pump_soon(s);
}

/* Calls that are with the client come back to a scan that is not there any more: so they are
 * forgotten by it, which only the end of the client does. */
void aws_scan_free(struct aws_scan *s)
{
    if (!s)
        return;
    loop_timer_cancel(s->o.loop, s->timer);
    for (size_t i = 0; i < s->asked.count; i++) {
        aws_abandon(s->o.client, s->asked.items[i]->id);
        ask_free(s->asked.items[i]);
    }
    for (size_t i = s->first; i < s->waiting.count; i++)
        ask_free(s->waiting.items[i]);
    VEC_RELEASE(&s->asked);
    VEC_RELEASE(&s->waiting);
    free(s);
}

void aws_scan_progress(const struct aws_scan *s, size_t *ret_done, size_t *ret_known)
{
    *ret_done = s->done;
    *ret_known = s->known;
}
