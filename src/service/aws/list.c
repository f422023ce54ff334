/* list.c - calls of a definition's operations and what their answers hold: see service.h. The
 * shapes of a request are made from the values that are given. */
#include <stdio.h>

#include "runbook/base/text.h"
#include "runbook/service/aws/service.h"
#include "wire_priv.h"

#define DEPTH_MAX 32

static bool is_json(const struct aws_service *s)
{
    return s->wire.protocol == AWS_JSON || s->wire.protocol == AWS_REST_JSON;
}

/* ---- requests ---- */

struct asking {
    struct arena *arena;
    const struct aws_service *service;
    const struct aws_list *list;
    int depth;
};

static const struct aws_shape *shape_of(struct asking *a, const struct value *v);

/* ec2 calls the items of InstanceIds InstanceId.1, InstanceId.2. */
static struct str singular(struct asking *a, const struct value *v)
{
    struct str s = v->key;

    if (a->service->wire.protocol == AWS_EC2 && v->type == VALUE_ARRAY && str_ends(s, "s"))
        s.len--;
    return s;
}

static void member_of(struct asking *a, const struct value *v, struct aws_member *m)
{
    m->name = v->key;
    m->wire = singular(a, v);
    m->shape = shape_of(a, v);
}

static void members_of(struct asking *a, const struct value *v, struct aws_shape *s)
{
    s->members = arena_array(a->arena, value_count(v), sizeof(*s->members));
    VALUE_EACH (it, v)
        member_of(a, it, &s->members[s->count++]);
}

/* A list is of what its first item is; items that are otherwise are then refused by their type. */
static const struct aws_shape *shape_of(struct asking *a, const struct value *v)
{
    struct aws_shape *s = arena_alloc(a->arena, sizeof(*s));

    s->type = AWS_STRING;
    if (a->depth == DEPTH_MAX)
        return s;
    a->depth++;
    switch (v->type) {
    case VALUE_OBJECT:
        s->type = AWS_STRUCTURE;
        members_of(a, v, s);
        break;
    case VALUE_ARRAY:
        s->type = AWS_LIST;
        s->item.name = STR_LIT("member");
        s->item.shape =
            value_count(v) ? shape_of(a, value_at(v, 0)) : shape_of(a, &(struct value){0});
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
    s->document = is_json(a->service);
    a->depth--;
    return s;
}

static const struct aws_parameter *said(const struct aws_list *l, struct str name)
{
    for (size_t i = 0; i < l->param_count; i++)
        if (str_eq(l->params[i].name, name))
            return &l->params[i];
    return NULL;
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

static void parameter(struct asking *a, const struct value *v, struct aws_member *m)
{
    const struct aws_parameter *p = said(a->list, v->key);

    member_of(a, v, m);
    m->place = p ? p->place : place_of(a, v->key);
    if (p && p->wire.len)
        m->wire = p->wire;
    if (p && p->type == AWS_TIMESTAMP) {
        struct aws_shape *s = arena_alloc(a->arena, sizeof(*s));

        s->type = AWS_TIMESTAMP;
        m->shape = s;
    }
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

enum err_code aws_list_request(struct arena *arena, const struct aws_service *s,
                               const struct aws_list *l, const struct value *params,
                               struct aws_request *ret, struct err *err)
{
    struct asking a = {arena, s, l, 0};
    struct aws_shape *input = arena_alloc(arena, sizeof(*input));
    struct aws_operation op = {.name = l->name,
                               .method = l->method,
                               .uri = l->uri,
                               .host_prefix = l->host_prefix,
                               .input = {.shape = input}};
    struct aws_call call = {&s->wire, &op, params, NULL};

    if (check_needs(s, l, params, err) != ERR_OK)
        return err->code;
    input->type = AWS_STRUCTURE;
    input->members = arena_array(arena, value_count(params), sizeof(*input->members));
    VALUE_EACH (it, params)
        parameter(&a, it, &input->members[input->count++]);
    return aws_request_build(arena, &call, ret, err);
}

/* ---- answers ---- */

static bool list_element(const struct xml_node *n)
{
    const struct xml_node *c = n->first;

    return c && (str_eq_c(c->name, "member") || str_eq_c(c->name, "item") || xml_again(c));
}

static void put_xml(struct reading *r, const struct xml_node *n, struct value *ret)
{
    struct values vs = {0};

    if (!n->first) {
        set_string(r, ret, n->text);
        return;
    }
    if (list_element(n)) {
        for (const struct xml_node *c = n->first; c; c = c->next)
            put_xml(r, c, values_add(r, &vs, STR_LIT("")));
        values_end(r, &vs, VALUE_ARRAY, ret);
        return;
    }
    for (const struct xml_node *c = n->first; c; c = c->next) {
        struct value v = {0};

        put_xml(r, c, &v);
        v.key = c->name;
        *VEC_PUSH(&vs.list) = v;
    }
    values_end(r, &vs, VALUE_OBJECT, ret);
}

const struct value *aws_xml_value(struct arena *arena, const struct xml_node *n)
{
    struct reading r = {.arena = arena};
    struct value *v = arena_alloc(arena, sizeof(*v));

    put_xml(&r, n, v);
    return v;
}

static struct str first_piece(struct str *path)
{
    struct str piece = {0};

    str_split(path, '.', &piece);
    return piece;
}

static void gather_xml(struct reading *r, const struct xml_node *n, struct str path,
                       struct values *vs)
{
    struct str piece;

    if (!path.len) {
        put_xml(r, n, values_add(r, vs, STR_LIT("")));
        return;
    }
    piece = first_piece(&path);
    for (const struct xml_node *c = xml_child(n, piece); c; c = xml_again(c))
        gather_xml(r, c, path, vs);
}

static const struct value *member_of_value(const struct value *v, struct str name)
{
    VALUE_EACH (it, v)
        if (v->type == VALUE_OBJECT && str_eq(it->key, name))
            return it;
    return NULL;
}

/* Lists on the way are walked through; the last one's items are the answer. */
static void gather_json(const struct value *v, struct str path, struct values *vs)
{
    if (v->type == VALUE_ARRAY) {
        VALUE_EACH (it, v)
            gather_json(it, path, vs);
    } else if (!path.len) {
        if (v->type != VALUE_NULL)
            *VEC_PUSH(&vs->list) = *v;
    } else if (v->type == VALUE_OBJECT) {
        struct str piece = first_piece(&path);
        const struct value *m = member_of_value(v, piece);

        if (m)
            gather_json(m, path, vs);
    }
}

/* "Shards[-1]" is the last of them. */
static bool wants_last(struct str *piece)
{
    if (!str_ends(*piece, "[-1]"))
        return false;
    piece->len -= strlen("[-1]");
    return true;
}

/* One value at a path, of either form: page tokens and flags. */
static struct str json_text_at(struct reading *r, const struct value *v, struct str path)
{
    char number[32];

    while (v && path.len) {
        struct str piece = first_piece(&path);
        bool last = wants_last(&piece);

        v = member_of_value(v, piece);
        if (v && last)
            v = value_count(v) ? value_at(v, value_count(v) - 1) : NULL;
    }
    if (v && v->type == VALUE_STRING)
        return v->u.string;
    if (v && v->type == VALUE_BOOL)
        return v->u.boolean ? STR_LIT("true") : STR_LIT("");
    if (!v || v->type != VALUE_NUMBER)
        return STR_LIT("");
    (void)snprintf(number, sizeof(number), "%.0f", v->u.number);
    return str_from(arena_strdup(r->arena, number));
}

static struct str xml_text_at(const struct xml_node *n, struct str path)
{
    while (n && path.len) {
        struct str piece = first_piece(&path);
        bool last = wants_last(&piece);

        n = xml_child(n, piece);
        while (n && last && xml_again(n))
            n = xml_again(n);
    }
    return n ? n->text : STR_LIT("");
}

struct answer_tree {
    const struct value *json;
    const struct xml_node *xml;
};

/* The first of the alternatives that is there. */
static struct str answer_text(struct reading *r, const struct answer_tree *t, struct str paths)
{
    struct str piece, text = {0};

    while (!text.len && str_split(&paths, '|', &piece)) {
        piece = str_trim(piece);
        if (piece.len)
            text = t->json ? json_text_at(r, t->json, piece) : xml_text_at(t->xml, piece);
    }
    return text;
}

/* The parameters of the next page: those of this one, with its tokens. */
static const struct value *next_params(struct reading *r, const struct aws_list *l,
                                       const struct value *params, const struct answer_tree *t)
{
    struct values vs = {0};
    struct value *v;
    bool any = false;

    if (l->more.len && !str_eq_c(answer_text(r, t, l->more), "true"))
        return NULL;
    VALUE_EACH (it, params) {
        bool token = false;

        for (size_t i = 0; i < l->page_count; i++)
            token = token || str_eq(it->key, l->send[i]);
        if (!token)
            *VEC_PUSH(&vs.list) = *it;
    }
    for (size_t i = 0; i < l->page_count; i++) {
        struct str token = answer_text(r, t, l->next[i]);

        if (token.len)
            set_string(r, values_add(r, &vs, l->send[i]), token);
        any = any || token.len;
    }
    v = arena_alloc(r->arena, sizeof(*v));
    values_end(r, &vs, VALUE_OBJECT, v);
    return any ? v : NULL;
}

static enum err_code parse(struct reading *r, const struct aws_service *s, const struct aws_list *l,
                           const struct aws_answer *a, struct answer_tree *t)
{
    static const struct value none = {.type = VALUE_OBJECT};
    const struct xml_node *result;

    if (is_json(s)) {
        t->json = &none;
        return str_trim(a->body).len ? json_parse(r->arena, a->body, &t->json, r->err) : ERR_OK;
    }
    if (!str_trim(a->body).len) {
        t->json = &none;
        return ERR_OK;
    }
    if (xml_parse(r->arena, a->body, &t->xml, r->err) != ERR_OK)
        return r->err->code;
    if (s->wire.protocol != AWS_QUERY)
        return ERR_OK;
    result = xml_child(t->xml, str_from(arena_printf(r->arena, "%.*sResult", STR_FMT(l->name))));
    t->xml = result ? result : t->xml;
    return ERR_OK;
}

static int hex(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static void decode(struct reading *r, struct value *v)
{
    struct buf b = BUF_INIT(BODY_MAX);
    struct str s = v->u.string;

    for (size_t i = 0; i < s.len; i++) {
        int high = s.ptr[i] == '%' && i + 2 < s.len ? hex(s.ptr[i + 1]) : -1;
        int low = high >= 0 ? hex(s.ptr[i + 2]) : -1;

        if (low >= 0) {
            buf_addc(&b, (char)(high * 16 + low));
            i += 2;
        } else {
            buf_addc(&b, s.ptr[i] == '+' ? ' ' : s.ptr[i]);
        }
    }
    set_string(r, v, buf_str(&b));
    buf_release(&b);
}

/* S3's keys, so that XML can hold any of them. Items are ours: they were made from elements. */
static void decode_item(struct reading *r, const struct aws_list *l, struct value *item)
{
    for (size_t i = 0; item->type == VALUE_OBJECT && i < item->u.list.count; i++) {
        struct value *m = &item->u.list.items[i];

        for (size_t k = 0; k < l->url_encoded_count; k++)
            if (m->type == VALUE_STRING && str_eq(m->key, l->url_encoded[k]))
                decode(r, m);
    }
}

enum err_code aws_list_read(struct arena *arena, const struct aws_service *s,
                            const struct aws_list *l, const struct value *params,
                            const struct aws_answer *a, struct aws_page *ret, struct err *err)
{
    struct reading r = {arena, &s->wire, err};
    struct answer_tree t = {0};
    struct values vs = {0};
    struct value *items = arena_alloc(arena, sizeof(*items));
    struct buf start = BUF_INIT(400);

    if (parse(&r, s, l, a, &t) != ERR_OK) {
        text_sanitize(&start, (struct str){a->body.ptr, a->body.len < 80 ? a->body.len : 80}, false,
                      false);
        (void)err_wrap(err, "%.*s %.*s: an answer that cannot be read (it begins with '%s')",
                       STR_FMT(s->id), STR_FMT(l->name), buf_cstr(&start));
        buf_release(&start);
        return err->code;
    }
    if (t.json)
        gather_json(t.json, l->items, &vs);
    else
        gather_xml(&r, t.xml, l->items, &vs);
    for (size_t i = 0;
         t.xml && str_eq_c(xml_text(t.xml, "EncodingType"), "url") && i < vs.list.count; i++)
        decode_item(&r, l, &vs.list.items[i]);
    ret->next = next_params(&r, l, params, &t);
    values_end(&r, &vs, VALUE_ARRAY, items);
    ret->items = items;
    return ERR_OK;
}

const struct value *aws_item_part(const struct aws_list *l, enum aws_part p,
                                  const struct value *item)
{
    struct str path = l->part[p];

    if (!path.len)
        return NULL;
    if (str_eq_c(path, "."))
        return item;
    while (item && path.len)
        item = member_of_value(item, first_piece(&path));
    return item;
}
