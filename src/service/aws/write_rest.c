/* write_rest.c - requests of the rest protocols: members go into the path, the query, headers and
 * the body. */
#include <stdio.h>

#include "runbook/codec/hash.h"
#include "runbook/net/http.h"
#include "wire_priv.h"

#define TARGET_MAX 65536

struct rest {
    struct writing *w;
    const struct aws_operation *op;
    const struct value *params; /* never NULL */
    struct aws_request *out;
    struct buf target;
    bool queried; /* a "?" is in the target */
    bool typed;   /* a member set the Content-Type */
};

/* ---- path ---- */

static void encode_greedy(struct buf *out, struct str s)
{
    struct str piece;
    bool first = true;

    while (str_split(&s, '/', &piece)) {
        if (!first)
            buf_addc(out, '/');
        url_encode(out, piece);
        first = false;
    }
}

static enum err_code put_label(struct rest *r, struct str name)
{
    bool greedy = name.len && name.ptr[name.len - 1] == '+';
    struct str wire = {name.ptr, name.len - greedy};
    const struct aws_shape *s = r->op->input.shape;
    const struct aws_member *m = NULL;
    const struct value *v;
    struct buf text = BUF_INIT(TARGET_MAX);
    enum err_code rc;

    for (size_t i = 0; s && i < s->count; i++)
        if (s->members[i].place == AWS_IN_PATH && str_eq(aws_wire_name(&s->members[i]), wire))
            m = &s->members[i];
    v = m ? member_value(r->w, m, r->params) : NULL;
    if (!v || (v->type == VALUE_STRING && !v->u.string.len))
        return err_set(r->w->err, ERR_INPUT, "%.*s needs '%.*s': it is part of the path",
                       STR_FMT(r->op->name), STR_FMT(m ? m->name : wire));
    rc = scalar_text(r->w, &(struct where){NULL, m->name, 0}, m, AWS_TIME_ISO8601, v, &text);
    if (rc == ERR_OK && greedy)
        encode_greedy(&r->target, buf_str(&text));
    else if (rc == ERR_OK)
        url_encode(&r->target, buf_str(&text));
    buf_release(&text);
    return rc;
}

static enum err_code put_path(struct rest *r)
{
    struct str rest = r->op->uri;

    while (rest.len) {
        const char *end = *rest.ptr == '{' ? memchr(rest.ptr, '}', rest.len) : NULL;
        size_t n = end ? (size_t)(end - rest.ptr) + 1 : 1;

        if (end && put_label(r, (struct str){rest.ptr + 1, n - 2}) != ERR_OK)
            return r->w->err->code;
        if (!end) {
            r->queried = r->queried || *rest.ptr == '?';
            buf_addc(&r->target, *rest.ptr);
        }
        rest = (struct str){rest.ptr + n, rest.len - n};
    }
    return ERR_OK;
}

/* ---- query ---- */

/* A constant of the template wins over a member of the same name. */
static bool in_template(const struct rest *r, struct str name)
{
    struct str rest = r->op->uri, piece;

    if (!str_split(&rest, '?', &piece))
        return false;
    while (str_split(&rest, '&', &piece)) {
        struct str key = {0};

        if (str_split(&piece, '=', &key) && str_eq(key, name))
            return true;
    }
    return false;
}

static enum err_code pair(struct rest *r, const struct where *at, const struct aws_member *m,
                          struct str name, const struct value *v)
{
    struct buf text = BUF_INIT(TARGET_MAX);
    enum err_code rc;

    if (in_template(r, name))
        return ERR_OK;
    rc = scalar_text(r->w, at, m, AWS_TIME_ISO8601, v, &text);
    if (rc == ERR_OK) {
        buf_addc(&r->target, r->queried ? '&' : '?');
        r->queried = true;
        url_encode(&r->target, name);
        buf_addc(&r->target, '=');
        url_encode(&r->target, buf_str(&text));
    }
    buf_release(&text);
    return rc;
}

static enum err_code pairs(struct rest *r, const struct where *at, const struct aws_member *m,
                           struct str name, const struct value *v)
{
    size_t n = 0;

    if (m->shape->type != AWS_LIST)
        return pair(r, at, m, name, v);
    if (v->type != VALUE_ARRAY)
        return wrong_type(r->w, at, "a list", v);
    VALUE_EACH (it, v) {
        struct where here = {at, STR_LIT(""), n++};

        if (pair(r, &here, &m->shape->item, name, it) != ERR_OK)
            return r->w->err->code;
    }
    return ERR_OK;
}

/* Keys of a map are names; one that a member of its own has is that member's. */
static bool taken(const struct rest *r, struct str name)
{
    const struct aws_shape *s = r->op->input.shape;

    for (size_t i = 0; i < s->count; i++)
        if (s->members[i].place == AWS_IN_QUERY && s->members[i].shape->type != AWS_MAP &&
            str_eq(aws_wire_name(&s->members[i]), name) &&
            member_value(r->w, &s->members[i], r->params))
            return true;
    return false;
}

static enum err_code put_query(struct rest *r, const struct where *at, const struct aws_member *m,
                               const struct value *v)
{
    if (m->shape->type != AWS_MAP)
        return pairs(r, at, m, aws_wire_name(m), v);
    if (v->type != VALUE_OBJECT)
        return wrong_type(r->w, at, "a map", v);
    VALUE_EACH (it, v) {
        struct where here = {at, it->key, 0};

        if (!taken(r, it->key) && pairs(r, &here, &m->shape->item, it->key, it) != ERR_OK)
            return r->w->err->code;
    }
    return ERR_OK;
}

/* ---- headers ---- */

/* Commas and quotes would end an item of a list. */
static void add_item(struct buf *out, const struct aws_member *m, struct str s)
{
    bool quote = m->shape->type == AWS_STRING &&
                 (memchr(s.ptr ? s.ptr : "", ',', s.len) || memchr(s.ptr ? s.ptr : "", '"', s.len));

    if (out->len)
        buf_adds(out, ", ");
    if (!quote) {
        buf_add_str(out, s);
        return;
    }
    buf_addc(out, '"');
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == '"' || s.ptr[i] == '\\')
            buf_addc(out, '\\');
        buf_addc(out, s.ptr[i]);
    }
    buf_addc(out, '"');
}

static enum err_code header_list(struct rest *r, const struct where *at, const struct aws_member *m,
                                 const struct value *v, struct buf *out)
{
    size_t n = 0;

    if (v->type != VALUE_ARRAY)
        return wrong_type(r->w, at, "a list", v);
    VALUE_EACH (it, v) {
        struct where here = {at, STR_LIT(""), n++};
        struct buf text = BUF_INIT(TARGET_MAX);
        enum err_code rc = scalar_text(r->w, &here, &m->shape->item, AWS_TIME_RFC822, it, &text);

        if (rc == ERR_OK)
            add_item(out, &m->shape->item, buf_str(&text));
        buf_release(&text);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static enum err_code header_text(struct rest *r, const struct where *at, const struct aws_member *m,
                                 const struct value *v, struct buf *out)
{
    struct buf json = BUF_INIT(TARGET_MAX);
    struct json_writer w;

    if (m->shape->type == AWS_LIST)
        return header_list(r, at, m, v, out);
    if (!m->json_value)
        return scalar_text(r->w, at, m, AWS_TIME_RFC822, v, out);
    if (v->type == VALUE_STRING) { /* is JSON already */
        base64_encode(out, v->u.string);
        return ERR_OK;
    }
    json_writer_init(&w, &json);
    json_value(&w, v);
    base64_encode(out, buf_str(&json));
    buf_release(&json);
    return ERR_OK;
}

/* No value may end its line and begin another header. */
static enum err_code safe_header(struct rest *r, const struct where *at, struct str s,
                                 const struct value *v)
{
    for (size_t i = 0; i < s.len; i++)
        if ((unsigned char)s.ptr[i] < 0x20 || s.ptr[i] == 0x7f)
            return wrong_type(r->w, at, "text without control characters (it is a header)", v);
    return ERR_OK;
}

static enum err_code header(struct rest *r, const struct where *at, const struct aws_member *m,
                            const char *name, const struct value *v)
{
    struct buf text = BUF_INIT(TARGET_MAX);
    enum err_code rc = header_text(r, at, m, v, &text);

    if (rc == ERR_OK)
        rc = safe_header(r, at, buf_str(&text), v);
    if (rc == ERR_OK) {
        r->typed = r->typed || str_ifind(str_from(name), STR_LIT("content-type")) == 0;
        add_header(r->w, r->out, name, buf_cstr(&text));
    }
    buf_release(&text);
    return rc;
}

static bool is_token(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] <= ' ' || (unsigned char)s.ptr[i] >= 0x7f || s.ptr[i] == ':')
            return false;
    return true;
}

static enum err_code put_headers(struct rest *r, const struct where *at, const struct aws_member *m,
                                 const struct value *v)
{
    if (v->type != VALUE_OBJECT)
        return wrong_type(r->w, at, "a map", v);
    VALUE_EACH (it, v) {
        struct where here = {at, it->key, 0};
        const char *name =
            arena_printf(r->w->arena, "%.*s%.*s", STR_FMT(m->wire), STR_FMT(it->key));

        if (!is_token(it->key))
            return wrong_type(r->w, &here, "named as a header may be", it);
        if (header(r, &here, &m->shape->item, name, it) != ERR_OK)
            return r->w->err->code;
    }
    return ERR_OK;
}

static enum err_code put_member(struct rest *r, const struct aws_member *m)
{
    const struct value *v = member_value(r->w, m, r->params);
    struct where at = {NULL, m->name, 0};

    if (!v)
        return ERR_OK;
    switch (m->place) {
    case AWS_IN_QUERY:
        return put_query(r, &at, m, v);
    case AWS_IN_HEADER:
        return header(r, &at, m, arena_str(r->w->arena, aws_wire_name(m)), v);
    case AWS_IN_HEADERS:
        return put_headers(r, &at, m, v);
    default:
        return ERR_OK;
    }
}

/* ---- body ---- */

static void content_type(struct rest *r, const char *type)
{
    if (!r->typed)
        add_header(r->w, r->out, "Content-Type", type);
}

static bool has_body(const struct aws_shape *s)
{
    for (size_t i = 0; s && i < s->count; i++)
        if (in_body(&s->members[i]))
            return true;
    return false;
}

static struct str root_name(const struct aws_member *m)
{
    if (m->wire.len && !str_eq(m->wire, m->name))
        return m->wire;
    if (m->shape->wire.len)
        return m->shape->wire;
    return m->wire.len ? m->wire : m->shape->name;
}

/* A structure, a union or a document as JSON or XML. */
static enum err_code put_tree(struct rest *r, const struct where *at, const struct aws_member *m,
                              const struct value *v, struct buf *body)
{
    if (r->w->call->model->protocol == AWS_REST_JSON) {
        content_type(r, "application/json");
        return write_json(r->w, at, m, v, body);
    }
    content_type(r, "application/xml");
    return write_xml(r->w, at, m, root_name(m), v, body);
}

static enum err_code put_payload(struct rest *r, const struct aws_member *m, struct buf *body)
{
    const struct value *v = member_value(r->w, m, r->params);
    struct where at = {NULL, m->name, 0};
    bool raw = m->shape->type == AWS_BLOB || m->shape->type == AWS_STRING;

    if (!v && r->w->call->model->protocol == AWS_REST_JSON && !raw && !m->shape->one_of) {
        content_type(r, "application/json");
        buf_adds(body, "{}");
    }
    if (!v)
        return ERR_OK;
    if (m->shape->document || !raw)
        return put_tree(r, &at, m, v, body);
    if (v->type != VALUE_STRING)
        return wrong_type(r->w, &at, "a string", v);
    content_type(r, m->shape->type == AWS_BLOB ? "application/octet-stream" : "text/plain");
    buf_add_str(body, v->u.string);
    return ERR_OK;
}

/* XML without a member that was given has no body at all. */
static bool anything_given(struct rest *r)
{
    const struct aws_shape *s = r->op->input.shape;

    for (size_t i = 0; i < s->count; i++)
        if (in_body(&s->members[i]) && member_value(r->w, &s->members[i], r->params))
            return true;
    return r->w->call->model->protocol == AWS_REST_JSON;
}

static enum err_code put_body(struct rest *r, struct buf *body)
{
    const struct aws_shape *s = r->op->input.shape;

    if (!s)
        return ERR_OK;
    if (s->payload)
        return put_payload(r, s->payload, body);
    if (!has_body(s) || !anything_given(r))
        return ERR_OK;
    return put_tree(r, NULL, &r->op->input, r->params, body);
}

static enum err_code put_all(struct rest *r, struct buf *body)
{
    const struct aws_shape *s = r->op->input.shape;

    if (s && check_names(r->w, NULL, s, r->params) != ERR_OK)
        return r->w->err->code;
    if (put_path(r) != ERR_OK)
        return r->w->err->code;
    for (size_t i = 0; s && i < s->count; i++)
        if (put_member(r, &s->members[i]) != ERR_OK)
            return r->w->err->code;
    return put_body(r, body);
}

enum err_code write_rest(struct writing *w, struct aws_request *ret)
{
    static const struct value none = {.type = VALUE_OBJECT};
    struct rest r = {.w = w,
                     .op = w->call->operation,
                     .params = w->call->params ? w->call->params : &none,
                     .out = ret,
                     .target = BUF_INIT(TARGET_MAX)};
    struct buf body = BUF_INIT(BODY_MAX);
    enum err_code rc = put_all(&r, &body);

    if (rc == ERR_OK)
        rc = buf_check(&r.target, "the request's path", w->err);
    if (rc == ERR_OK)
        rc = buf_check(&body, "the request", w->err);
    ret->target = arena_str(w->arena, buf_str(&r.target));
    if (body.len)
        ret->body = (struct str){arena_str(w->arena, buf_str(&body)), body.len};
    buf_release(&r.target);
    buf_release(&body);
    return rc;
}
