/* write_query.c - the form bodies of the query and ec2 protocols: "Filter.1.Value.2=x". */
#include <stdio.h>

#include "runbook/net/http.h"
#include "wire_priv.h"

#define NAME_MAX_BYTES 2000

struct form {
    struct writing *w;
    struct buf *body;
    bool ec2;
};

static enum err_code put(struct form *f, const struct where *at, const struct aws_member *m,
                         struct str prefix, const struct value *v);

static void pair(struct form *f, struct str name, struct str value)
{
    if (f->body->len)
        buf_addc(f->body, '&');
    url_encode(f->body, name);
    buf_addc(f->body, '=');
    url_encode(f->body, value);
}

/* ec2 has a name of its own for queries, else the wire's with a capital. */
static struct str form_name(struct form *f, const struct aws_member *m)
{
    char *name;

    if (f->ec2 && m->query_name.len)
        return m->query_name;
    if (!f->ec2)
        return aws_wire_name(m);
    name = arena_str(f->w->arena, aws_wire_name(m));
    if (*name >= 'a' && *name <= 'z')
        *name = (char)(*name - 'a' + 'A');
    return (struct str){name, aws_wire_name(m).len};
}

static struct str joined(struct form *f, struct str prefix, struct str name)
{
    char *s = prefix.len ? arena_printf(f->w->arena, "%.*s.%.*s", STR_FMT(prefix), STR_FMT(name))
                         : arena_str(f->w->arena, name);

    return str_from(s);
}

static struct str numbered(struct form *f, struct str prefix, size_t n)
{
    return str_from(arena_printf(f->w->arena, "%.*s.%zu", STR_FMT(prefix), n));
}

/* A flattened list without a name of its own is named as its items are, if they have one. */
static struct str without_last(struct str prefix, struct str name, struct form *f)
{
    size_t n = prefix.len;

    while (n && prefix.ptr[n - 1] != '.')
        n--;
    return joined(f, (struct str){prefix.ptr, n ? n - 1 : 0}, name);
}

static enum err_code put_list(struct form *f, const struct where *at, const struct aws_member *m,
                              struct str prefix, const struct value *v)
{
    const struct aws_member *item = &m->shape->item;
    size_t n = 0;

    if (v->type != VALUE_ARRAY)
        return wrong_type(f->w, at, "a list", v);
    if (!v->u.list.count && !f->ec2)
        pair(f, prefix, STR_LIT(""));
    if (!f->ec2 && m->shape->flattened && !m->wire.len && item->wire.len)
        prefix = without_last(prefix, item->wire, f);
    else if (!f->ec2 && !m->flattened)
        prefix = joined(f, prefix, aws_wire_name(item));
    VALUE_EACH (it, v) {
        struct where here = {at, STR_LIT(""), n++};

        if (put(f, &here, item, numbered(f, prefix, n), it) != ERR_OK)
            return f->w->err->code;
    }
    return ERR_OK;
}

static enum err_code put_map(struct form *f, const struct where *at, const struct aws_member *m,
                             struct str prefix, const struct value *v)
{
    size_t n = 0;

    if (v->type != VALUE_OBJECT)
        return wrong_type(f->w, at, "a map", v);
    if (!m->flattened)
        prefix = joined(f, prefix, STR_LIT("entry"));
    VALUE_EACH (it, v) {
        struct where here = {at, it->key, 0};
        struct str entry = numbered(f, prefix, ++n);

        pair(f, joined(f, entry, aws_wire_name(&m->shape->key)), it->key);
        if (put(f, &here, &m->shape->item, joined(f, entry, aws_wire_name(&m->shape->item)), it) !=
            ERR_OK)
            return f->w->err->code;
    }
    return ERR_OK;
}

static enum err_code put_members(struct form *f, const struct where *at, const struct aws_shape *s,
                                 struct str prefix, const struct value *v)
{
    if (check_names(f->w, at, s, v) != ERR_OK)
        return f->w->err->code;
    for (size_t i = 0; i < s->count; i++) {
        const struct aws_member *m = &s->members[i];
        const struct value *it = member_value(f->w, m, v);
        struct where here = {at, m->name, 0};

        if (it && put(f, &here, m, joined(f, prefix, form_name(f, m)), it) != ERR_OK)
            return f->w->err->code;
    }
    return ERR_OK;
}

static enum err_code put_scalar(struct form *f, const struct where *at, const struct aws_member *m,
                                struct str prefix, const struct value *v)
{
    struct buf text = BUF_INIT(BODY_MAX);
    enum err_code rc = scalar_text(f->w, at, m, AWS_TIME_ISO8601, v, &text);

    if (rc == ERR_OK)
        rc = buf_check(&text, "a parameter", f->w->err);
    if (rc == ERR_OK)
        pair(f, prefix, buf_str(&text));
    buf_release(&text);
    return rc;
}

static enum err_code put(struct form *f, const struct where *at, const struct aws_member *m,
                         struct str prefix, const struct value *v)
{
    if (prefix.len > NAME_MAX_BYTES)
        return err_set(f->w->err, ERR_LIMIT, "parameters are nested too deeply");
    switch (m->shape->type) {
    case AWS_STRUCTURE:
        return put_members(f, at, m->shape, prefix, v);
    case AWS_LIST:
        return put_list(f, at, m, prefix, v);
    case AWS_MAP:
        return put_map(f, at, m, prefix, v);
    default:
        return put_scalar(f, at, m, prefix, v);
    }
}

enum err_code write_query(struct writing *w, struct buf *body)
{
    const struct aws_operation *op = w->call->operation;
    const struct value none = {.type = VALUE_OBJECT};
    struct form f = {w, body, w->call->model->protocol == AWS_EC2};

    pair(&f, STR_LIT("Action"), op->name);
    pair(&f, STR_LIT("Version"), w->call->model->api_version);
    if (!op->input.shape)
        return ERR_OK;
    return put_members(&f, NULL, op->input.shape, STR_LIT(""),
                       w->call->params ? w->call->params : &none);
}
