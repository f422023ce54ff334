/* inventory.c - see inventory.h. Calls that wait are small records; a bounded number is with the
 * client. */
#include "runbook/service/aws/inventory.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/known.h"
#include "scan_params.h"

#define OUTSTANDING_MAX 64
#define EACH_MAX 5000
#define DEPTH_MAX 4
#define FORMS_MAX 8

/* One call: waiting, or with the client. */
struct ask {
    struct aws_scan *scan;
    const struct aws_service *service;
    const struct aws_list *list;
    const struct aws_service *owner; /* for which it is asked: itself, or whose lists follow it */
    const char *region;
    struct arena *arena; /* of params; NULL without any */
    const struct value *params;
    aws_id id;
    struct aws_known *asked; /* of a member: what lists that follow were asked about */
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
    struct str forms[FORMS_MAX]; /* services that are asked in several forms */
    size_t form_count;
    loop_id timer;
    bool canceled;
};

static void pump_soon(struct aws_scan *s);

static void ask_free(struct ask *a)
{
    aws_known_free(a->asked);
    arena_free(a->arena);
    free(a);
}

/* ---- which lists ---- */

/* Does `l` follow `from`, which is asked for the service that `l` is of? */
static bool follows(const struct aws_list *l, const struct aws_service *owner,
                    const struct aws_service *service, const struct aws_list *from)
{
    return str_eq(l->source, from->name) &&
           (l->source_service.len ? str_eq(l->source_service, service->id) : owner == service);
}

static bool is_kind(const struct aws_scan *s, const struct aws_list *l)
{
    return l->resource.len && (s->o.type ? str_eq_c(l->resource, s->o.type) : !l->aside);
}

static bool wanted(const struct aws_scan *s, const struct aws_service *service,
                   const struct aws_list *l, int depth)
{
    if (is_kind(s, l) || (l->about.len && s->cb.on_about && !s->o.type))
        return true;
    for (size_t i = 0; i < l->also_count; i++)
        if (is_kind(s, &l->also[i]))
            return true;
    for (size_t i = 0; depth < DEPTH_MAX && i < service->list_count; i++)
        if (follows(&service->lists[i], service, service, l) &&
            wanted(s, service, &service->lists[i], depth + 1))
            return true;
    return false;
}

static bool is_global(const struct aws_service *s)
{
    return s->signing_region.len > 0;
}

static void tell_cell(struct aws_scan *s, const struct ask *a, const struct aws_result *r)
{
    struct buf name = BUF_INIT(200);
    struct aws_cell cell = {.service = a->owner,
                            .service_id = a->owner->id.ptr,
                            .operation = a->list->name.ptr,
                            .region = a->region,
                            .resources = a->resources,
                            .about = a->list->about.len > 0,
                            .result = r};

    if (a->owner != a->service) {
        buf_addf(&name, "%.*s:%.*s", STR_FMT(a->service->id), STR_FMT(a->list->name));
        cell.operation = buf_cstr(&name);
    }
    s->cb.on_cell(s->ctx, &cell);
    buf_release(&name);
}

static void add_ask(struct aws_scan *s, const struct ask *what, struct scan_params *p)
{
    struct ask *a = xcalloc(1, sizeof(*a));

    *a = *what;
    a->scan = s;
    a->arena = p->arena;
    a->params = p->object;
    s->known++;
    *VEC_PUSH(&s->waiting) = a;
}

static void cannot_ask(struct aws_scan *s, const struct ask *what, const char *why)
{
    struct aws_result r = {.end = AWS_END_INPUT, .code = ""};

    s->known++;
    s->done++;
    err_set(&r.err, ERR_INPUT, "%s", why);
    tell_cell(s, what, &r);
}

/* `value`: one of those of `for`; NULL. */
static void add_root(struct aws_scan *s, const struct ask *what, const struct value *value)
{
    struct scan_params p;

    scan_params_init(&p, value_count(what->list->with) + 2);
    if (value) {
        struct value *v = scan_params_add(&p, what->list->each);
        struct str key = v->key;

        *v = *value;
        v->key = key;
    }
    if (scan_params_with(&p, s->o.account, what->list)) {
        add_ask(s, what, &p);
        return;
    }
    arena_free(p.arena);
    cannot_ask(s, what, "the account's number is not known");
}

static void add_roots(struct aws_scan *s, const struct ask *what)
{
    if (!what->list->values)
        add_root(s, what, NULL);
    VALUE_EACH (it, what->list->values)
        add_root(s, what, it);
}

/* In every region, or in the one that answers for all. */
static void add_everywhere(struct aws_scan *s, struct ask what)
{
    const struct aws_list *l = what.list;

    for (size_t i = 0; i < s->o.region_count; i++) {
        if (i && (is_global(what.service) || l->once))
            break;
        what.region = s->o.regions[i];
        if (l->once_in.len &&
            cstr_eq(aws_partition(l->once_in), aws_partition(str_from(what.region))))
            what.region = l->once_in.ptr;
        add_roots(s, &what);
    }
}

/* ---- lists that follow others ---- */

/* What of an item goes into the call: the member that is named, else what it is known by. */
static const struct value *key_of(const struct aws_list *l, const struct aws_list *source,
                                  const struct value *item)
{
    static const enum aws_part parts[] = {AWS_PART_ID, AWS_PART_NAME, AWS_PART_ARN};

    if (l->source_member.len) {
        const struct value *v = aws_value_at(item, l->source_member);

        return v && v->type == VALUE_STRING && v->u.string.len ? v : NULL;
    }
    for (size_t i = 0; i < sizeof(parts) / sizeof(parts[0]); i++) {
        const struct value *v = aws_item_part(source, parts[i], item);

        if (v && v->type == VALUE_STRING && v->u.string.len)
            return v;
    }
    return NULL;
}

static void add_carried(struct scan_params *p, const struct aws_list *l, const struct ask *from)
{
    VALUE_EACH (it, from->params)
        for (size_t i = 0; i < l->carry_count; i++)
            if (str_eq(it->key, l->carry[i]) && it->type == VALUE_STRING)
                scan_params_text(p, scan_params_add(p, it->key), it->u.string);
}

/* Of a member, several items have the same: it is asked about once. */
static bool is_first(struct ask *a, const struct aws_list *l, struct str key)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);
    bool first;

    if (!l->source_member.len)
        return true;
    if (!a->asked)
        a->asked = aws_known_new();
    buf_addf(&text, "%.*s %.*s", STR_FMT(l->name), STR_FMT(key));
    first = aws_known_add(a->asked, buf_str(&text));
    buf_release(&text);
    return first;
}

/* `items` from *at on that fit into one call: their keys as one value, or as a list. */
static void add_keys(struct scan_params *p, struct ask *a, const struct aws_list *l,
                     const struct value *items, size_t *at)
{
    const struct aws_list *source = a->list;
    size_t room = l->batch ? l->batch : 1, n = 0;
    struct value *v = scan_params_add(p, l->each);
    struct value *keys = arena_array(p->arena, room, sizeof(*keys));

    while (n < room && *at < value_count(items)) {
        const struct value *key = key_of(l, source, value_at(items, (*at)++));

        if (key && is_first(a, l, key->u.string))
            scan_params_text(p, &keys[n++], key->u.string);
    }
    if (l->batch) {
        v->type = VALUE_ARRAY;
        v->u.list.items = keys;
        v->u.list.count = n;
    } else if (n) {
        scan_params_text(p, v, keys[0].u.string);
    }
    if (!n)
        p->object->u.list.count = 0;
}

static void follow(struct ask *a, const struct aws_list *l, const struct value *items)
{
    struct aws_scan *s = a->scan;
    size_t at = 0, max = s->o.max_each ? s->o.max_each : EACH_MAX;

    while (at < value_count(items) && a->caused < max) {
        struct ask next = {.service = a->owner, .list = l, .owner = a->owner, .region = a->region};
        struct scan_params p;

        scan_params_init(&p, value_count(l->with) + l->carry_count + 2);
        add_keys(&p, a, l, items, &at);
        if (!p.object->u.list.count || !scan_params_with(&p, s->o.account, l)) {
            arena_free(p.arena);
            continue;
        }
        add_carried(&p, l, a);
        add_ask(s, &next, &p);
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

/* Was it told already: by another form of the service, or by the list that it only stands in for?
 */
static bool told_before(struct aws_scan *s, const struct aws_resource *r)
{
    bool first;

    if (!s->o.known)
        return false;
    if (r->list->stands_in)
        return aws_known_has_arn(s->o.known, r->arn) || !aws_known_add(s->o.known, r->arn);
    first = aws_known_note(s->o.known, r);
    if (!first && (r->list->values || r->list->source_member.len))
        return true; /* several values brought the same */
    for (size_t i = 0; !first && i < s->form_count; i++)
        if (str_eq(r->service->id, s->forms[i]))
            return true;
    return false;
}

/* What another form of a service lists is that service's. */
static const struct aws_service *named_as(const struct aws_scan *s,
                                          const struct aws_service *service)
{
    const struct aws_service *other;
    struct err ignored = ERR_INIT;

    if (!service->same_as.len ||
        aws_catalogue_get(s->o.catalogue, service->same_as, &other, &ignored))
        return service;
    return other;
}

static const char *stands_for(struct aws_scan *s, struct arena *arena, struct str arn)
{
    struct buf ids = BUF_INIT(2000);
    struct str piece[3] = {{0}};
    const char *text;

    for (size_t i = 0; i < 3; i++)
        (void)str_split(&arn, ':', &piece[i]);
    aws_catalogue_of_arns(s->o.catalogue, piece[2], &ids);
    text = arena_strdup(arena, buf_cstr(&ids));
    buf_release(&ids);
    return text;
}

static void tell_resources(struct ask *a, const struct aws_list *l, const struct value *items)
{
    struct aws_scan *s = a->scan;
    const struct aws_service *service = named_as(s, a->service);
    struct arena *arena;

    if (a->owner != a->service || !is_kind(s, l))
        return;
    arena = arena_new(0);
    VALUE_EACH (it, items) {
        struct aws_resource r;

        if (!aws_resource_read(arena, service, l, it, &r))
            continue;
        r.region = place_of(a);
        r.params = a->params;
        if (told_before(s, &r))
            continue;
        if (l->stands_in)
            r.stands_for = stands_for(s, arena, r.arn);
        a->resources++;
        s->cb.on_resource(s->ctx, &r);
    }
    arena_free(arena);
}

static void on_page(void *ctx, const struct value *items)
{
    struct ask *a = ctx;
    struct aws_scan *s = a->scan;

    tell_resources(a, a->list, items);
    if (a->list->about.len && s->cb.on_about)
        tell_about(s, a, items);
    for (size_t i = 0; !s->canceled && i < a->owner->list_count; i++) {
        const struct aws_list *l = &a->owner->lists[i];

        if (follows(l, a->owner, a->service, a->list) && wanted(s, a->owner, l, 0))
            follow(a, l, items);
    }
    pump_soon(s);
}

static void on_also(void *ctx, size_t n, const struct value *items)
{
    struct ask *a = ctx;

    tell_resources(a, &a->list->also[n], items);
}

static bool is_asked(const struct aws_scan *s, struct str service)
{
    for (size_t i = 0; i < s->o.service_count; i++)
        if (str_eq_c(service, s->o.services[i]))
            return true;
    return false;
}

/* What an end means for this list. */
static void judge(const struct ask *a, struct aws_result *r)
{
    const struct aws_service *service = a->service;

    if (a->cut && r->end == AWS_END_WHOLE)
        r->end = AWS_END_CUT;
    if (a->list->values && r->end == AWS_END_NOT_FOUND) { /* for this value there is nothing */
        r->end = AWS_END_WHOLE;
        r->err = (struct err)ERR_INIT;
    }
    if (service->off.len && r->end == AWS_END_NOT_ENABLED)
        err_set(&r->err, ERR_DENIED, "%.*s (%s)", STR_FMT(service->off), r->code);
    /* An endpoint that speaks only one of the forms has said all with that. */
    if (service->same_as.len && is_asked(a->scan, service->same_as) &&
        (r->end == AWS_END_REFUSED || r->end == AWS_END_BAD_ANSWER || r->end == AWS_END_NOT_FOUND))
        r->end = AWS_END_ABSENT;
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct ask *a = ctx;
    struct aws_scan *s = a->scan;
    struct aws_result end = *r;

    for (size_t i = 0; i < s->asked.count; i++)
        if (s->asked.items[i] == a) {
            s->asked.items[i] = s->asked.items[--s->asked.count];
            break;
        }
    s->done++;
    judge(a, &end);
    tell_cell(s, a, &end);
    ask_free(a);
    pump_soon(s);
}

/* ---- asking ---- */

static void send(struct aws_scan *s, struct ask *a)
{
    static const struct aws_callbacks callbacks = {
        .on_page = on_page, .on_done = on_done, .on_also = on_also};
    struct aws_query q = {.service = a->service,
                          .list = a->list,
                          .params = a->params,
                          .region = a->region,
                          .tally = s->o.tally};

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

/* The list of another service that lists of this one follow; `before`: those that were looked at
 * already, which may follow the same. */
static void add_other(struct aws_scan *s, const struct aws_service *service, size_t at)
{
    const struct aws_list *l = &service->lists[at];
    struct ask what = {.scan = s, .service = service, .list = l, .owner = service, .region = ""};
    struct err err = ERR_INIT;

    for (size_t i = 0; i < at; i++)
        if (str_eq(service->lists[i].source_service, l->source_service) &&
            str_eq(service->lists[i].source, l->source) &&
            wanted(s, service, &service->lists[i], 0))
            return;
    if (aws_catalogue_get(s->o.catalogue, l->source_service, &what.service, &err)) {
        what.service = service;
        cannot_ask(s, &what, err.msg);
        return;
    }
    what.list = aws_service_list(what.service, l->source);
    if (what.list && !what.list->source.len) {
        add_everywhere(s, what);
        return;
    }
    err_set(&err, ERR_INPUT, "'each' of %.*s: %.*s has no list %.*s that follows none",
            STR_FMT(l->name), STR_FMT(l->source_service), STR_FMT(l->source));
    what.service = service;
    what.list = l;
    cannot_ask(s, &what, err.msg);
}

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
    if (service->same_as.len && s->form_count < FORMS_MAX)
        s->forms[s->form_count++] = service->same_as;
    for (size_t i = 0; i < service->list_count; i++) {
        const struct aws_list *l = &service->lists[i];

        if (!wanted(s, service, l, 0))
            continue;
        if (l->source_service.len)
            add_other(s, service, i);
        else if (!l->source.len)
            add_everywhere(
                s, (struct ask){.scan = s, .service = service, .list = l, .owner = service});
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
