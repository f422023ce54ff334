/* list.c - calls of a definition's operations: see service.h. The shapes of a request are made from
 * the values that are given, and from what the definition says of their places. What comes back is
 * read by list_answer.c. */
#include "runbook/service/aws/service.h"
#include "wire_priv.h"

#define DEPTH_MAX 32

bool aws_speaks_json(const struct aws_service *s)
{
    return s->wire.protocol == AWS_JSON || s->wire.protocol == AWS_REST_JSON;
}

struct asking {
    struct arena *arena;
    const struct aws_service *service;
    const struct aws_list *list;
    int depth;
    struct str path; /* of the value that is looked at: "Filter.CreatedAfter" */
};

/* Several values that stand at one place: of one item, or of all items of a list. */
struct alike {
    const struct value **at;
    size_t count;
};

static const struct aws_shape *shape_of(struct asking *a, struct alike vs);

/* ec2 calls the items of InstanceIds InstanceId.1, InstanceId.2. */
static struct str singular(struct asking *a, const struct value *v)
{
    struct str s = v->key;

    if (a->service->wire.protocol == AWS_EC2 && v->type == VALUE_ARRAY && str_ends(s, "s"))
        s.len--;
    return s;
}

/* "Filter.*.After" and a path of as many pieces. */
static bool is_path(struct str wanted, struct str path)
{
    struct str w, p;

    while (wanted.len && path.len) {
        str_split(&wanted, '.', &w);
        str_split(&path, '.', &p);
        if (!str_eq(w, p) && !str_eq_c(w, "*"))
            return false;
    }
    return !wanted.len && !path.len;
}

static const struct aws_parameter *said_in(const struct aws_parameter *rows, size_t count,
                                           struct str path)
{
    for (size_t i = 0; i < count; i++)
        if (is_path(rows[i].name, path))
            return &rows[i];
    return NULL;
}

/* What the operation says of a parameter or a member of one, else what the service says. */
static const struct aws_parameter *said(const struct asking *a, struct str path)
{
    const struct aws_parameter *p = said_in(a->list->params, a->list->param_count, path);

    return p ? p : said_in(a->service->params, a->service->param_count, path);
}

/* Does a row speak of something below that path? */
static bool said_below(const struct aws_parameter *rows, size_t count, struct str path)
{
    for (size_t i = 0; i < count; i++) {
        struct str head = rows[i].name;
        size_t dots = 1;

        for (size_t k = 0; k < path.len; k++)
            dots += path.ptr[k] == '.';
        for (size_t k = 0; k < head.len && dots; k++)
            if (head.ptr[k] == '.' && !--dots)
                head.len = k;
        if (!dots && is_path(head, path))
            return true;
    }
    return false;
}

static const struct aws_shape *timestamp(struct asking *a)
{
    struct aws_shape *s = arena_alloc(a->arena, sizeof(*s));

    s->type = AWS_TIMESTAMP;
    return s;
}

static void member_of(struct asking *a, struct alike vs, struct aws_member *m)
{
    struct str outer = a->path;
    const struct aws_parameter *p;

    m->name = vs.at[0]->key;
    a->path = outer.len
                  ? str_from(arena_printf(a->arena, "%.*s.%.*s", STR_FMT(outer), STR_FMT(m->name)))
                  : m->name;
    p = said(a, a->path);
    m->wire = p && p->wire.len ? p->wire : singular(a, vs.at[0]);
    m->flattened = p && p->flat;
    m->shape = p && p->type == AWS_TIMESTAMP ? timestamp(a) : shape_of(a, vs);
    a->path = outer;
}

/* All that stands below them; of lists the items, of objects the members. */
static struct alike below(struct asking *a, struct alike vs)
{
    struct alike all = {0};
    size_t n = 0;

    for (size_t i = 0; i < vs.count; i++)
        n += value_count(vs.at[i]);
    all.at = arena_array(a->arena, n, sizeof(const struct value *));
    for (size_t i = 0; i < vs.count; i++)
        VALUE_EACH (it, vs.at[i])
            if (vs.at[i]->type == vs.at[0]->type)
                all.at[all.count++] = it;
    return all;
}

/* The members that any of them has. */
static void members_of(struct asking *a, struct alike vs, struct aws_shape *s)
{
    struct alike all = below(a, vs), same = {0};

    s->members = arena_array(a->arena, all.count, sizeof(*s->members));
    same.at = arena_array(a->arena, vs.count, sizeof(const struct value *));
    for (size_t i = 0; i < all.count; i++) {
        bool known = false;

        for (size_t k = 0; k < s->count && !known; k++)
            known = str_eq(s->members[k].name, all.at[i]->key);
        if (known)
            continue;
        same.count = 0;
        for (size_t k = i; k < all.count; k++)
            if (str_eq(all.at[k]->key, all.at[i]->key) && same.count < vs.count)
                same.at[same.count++] = all.at[k];
        member_of(a, same, &s->members[s->count++]);
    }
}

/* A list is of what its first item is, with the members that any item has; items of another type
 * are then refused. */
static const struct aws_shape *shape_of(struct asking *a, struct alike vs)
{
    static const struct value nothing = {.type = VALUE_NULL};
    const struct value *v = vs.count ? vs.at[0] : &nothing;
    const struct aws_parameter *p = v->key.len ? said(a, a->path) : NULL;
    struct aws_shape *s = arena_alloc(a->arena, sizeof(*s));

    s->type = AWS_STRING;
    if (a->depth == DEPTH_MAX)
        return s;
    a->depth++;
    switch (v->type) {
    case VALUE_OBJECT:
        s->type = AWS_STRUCTURE;
        members_of(a, vs, s);
        break;
    case VALUE_ARRAY:
        s->type = AWS_LIST;
        s->item.name = STR_LIT("member");
        VALUE_EACH (it, a->service->list_items)
            if (str_eq(it->key, v->key) && it->type == VALUE_STRING)
                s->item.wire = it->u.string;
        if (p && p->items.len)
            s->item.wire = p->items;
        s->item.shape = shape_of(a, below(a, vs));
        break;
    case VALUE_NUMBER:
        s->type = AWS_DOUBLE;
        break;
    case VALUE_BOOL:
        s->type = AWS_BOOLEAN;
        break;
    default:
        break;
    }
    s->document = aws_speaks_json(a->service) &&
                  !said_below(a->list->params, a->list->param_count, a->path) &&
                  !said_below(a->service->params, a->service->param_count, a->path);
    a->depth--;
    return s;
}

static bool in_path(const struct aws_list *l, struct str name)
{
    struct buf mark = BUF_INIT(200);
    bool found;

    buf_addf(&mark, "{%.*s}", STR_FMT(name));
    found = str_find(l->uri, buf_str(&mark)) >= 0;
    buf_clear(&mark);
    buf_addf(&mark, "{%.*s+}", STR_FMT(name));
    found = found || str_find(l->uri, buf_str(&mark)) >= 0;
    buf_release(&mark);
    return found;
}

static enum aws_place place_of(struct asking *a, struct str name)
{
    enum aws_protocol p = a->service->wire.protocol;

    if (p != AWS_REST_JSON && p != AWS_REST_XML)
        return AWS_IN_BODY;
    if (in_path(a->list, name))
        return AWS_IN_PATH;
    return str_eq_c(a->list->method, "GET") || str_eq_c(a->list->method, "HEAD") ||
                   str_eq_c(a->list->method, "DELETE")
               ? AWS_IN_QUERY
               : AWS_IN_BODY;
}

/* The parameter that is the whole body: bytes, or a tree with its own namespace. */
static void payload(struct asking *a, const struct value *v, struct aws_member *m)
{
    m->place = AWS_IN_BODY;
    m->ns_uri = a->list->xmlns;
    if (v->type == VALUE_STRING) {
        struct aws_shape *s = arena_alloc(a->arena, sizeof(*s));

        s->type = AWS_BLOB;
        m->shape = s;
    }
}

static void parameter(struct asking *a, const struct value *v, struct aws_member *m)
{
    const struct aws_parameter *p = said(a, v->key);

    member_of(a, (struct alike){&v, 1}, m);
    m->place = p && p->placed ? p->place : place_of(a, v->key);
    if (a->list->payload.len && str_eq(v->key, a->list->payload))
        payload(a, v, m);
}

static enum err_code check_needs(const struct aws_service *s, const struct aws_list *l,
                                 const struct value *params, struct err *err)
{
    for (size_t i = 0; i < l->need_count; i++) {
        bool found = false;

        VALUE_EACH (it, params)
            found = found || str_eq(it->key, l->needs[i]);
        if (!found)
            return err_set(err, ERR_INPUT, "%.*s %.*s needs '%.*s'", STR_FMT(s->id),
                           STR_FMT(l->name), STR_FMT(l->needs[i]));
    }
    return ERR_OK;
}

/* "/hostedzone/Z1" is asked for as Z1. Source: Route 53 API Reference, GetHostedZone. */
static const struct value *cut_paths(struct asking *a, const struct value *params)
{
    size_t n = value_count(params);
    struct value *copy = arena_alloc(a->arena, sizeof(*copy));

    if (!a->service->path_tail || !params || params->type != VALUE_OBJECT)
        return params;
    *copy = *params;
    copy->u.list.items = arena_array(a->arena, n, sizeof(*copy));
    for (size_t i = 0; i < n; i++) {
        const struct value *v = value_at(params, i);
        const struct aws_parameter *p = said(a, v->key);
        struct str rest = v->u.string, piece;

        copy->u.list.items[i] = *v;
        if (v->type != VALUE_STRING ||
            (p && p->placed ? p->place : place_of(a, v->key)) != AWS_IN_PATH)
            continue;
        while (str_split(&rest, '/', &piece))
            copy->u.list.items[i].u.string = piece;
    }
    return copy;
}

enum err_code aws_list_request(struct arena *arena, const struct aws_service *s,
                               const struct aws_list *l, const struct value *params,
                               struct aws_request *ret, struct err *err)
{
    struct asking a = {arena, s, l, 0, STR_LIT("")};
    struct aws_shape *input = arena_alloc(arena, sizeof(*input));
    struct aws_operation op = {.name = l->name,
                               .method = l->method,
                               .uri = l->uri,
                               .host_prefix = l->host_prefix,
                               .input = {.shape = input,
                                         .wire = l->root,
                                         .ns_uri = l->payload.len ? STR_LIT("") : l->xmlns},
                               .checksum = l->checksum};
    struct aws_call call = {&s->wire, &op, params, NULL};

    if (check_needs(s, l, params, err) != ERR_OK)
        return err->code;
    call.params = params = cut_paths(&a, params);
    input->type = AWS_STRUCTURE;
    input->members = arena_array(arena, value_count(params), sizeof(*input->members));
    VALUE_EACH (it, params)
        parameter(&a, it, &input->members[input->count++]);
    for (size_t i = 0; l->payload.len && i < input->count; i++)
        if (str_eq(input->members[i].name, l->payload))
            input->payload = &input->members[i];
    return aws_request_build(arena, &call, ret, err);
}
