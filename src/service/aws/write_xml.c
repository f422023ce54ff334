/* write_xml.c - XML bodies of the rest-xml protocol. */
#include "wire_priv.h"

#define DEPTH_MAX 100

struct document {
    struct writing *w;
    struct buf *out;
    int depth;
};

static enum err_code put(struct document *d, const struct where *at, const struct aws_member *m,
                         struct str name, const struct value *v);

static void put_attr(struct document *d, struct str name, struct str value)
{
    buf_addf(d->out, " %.*s=\"", STR_FMT(name));
    xml_escape(d->out, value);
    buf_addc(d->out, '"');
}

static void put_namespace(struct document *d, const struct aws_member *m)
{
    if (!m->ns_uri.len)
        return;
    buf_adds(d->out, m->ns_prefix.len ? " xmlns:" : " xmlns");
    buf_add_str(d->out, m->ns_prefix);
    buf_adds(d->out, "=\"");
    xml_escape(d->out, m->ns_uri);
    buf_addc(d->out, '"');
}

static void open_tag(struct document *d, struct str name)
{
    buf_addf(d->out, "<%.*s", STR_FMT(name));
}

static void close_tag(struct document *d, struct str name)
{
    buf_addf(d->out, "</%.*s>", STR_FMT(name));
}

static enum err_code put_attrs(struct document *d, const struct where *at,
                               const struct aws_shape *s, const struct value *v)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct aws_member *m = &s->members[i];
        const struct value *it = m->attribute ? member_value(d->w, m, v) : NULL;
        struct where here = {at, m->name, 0};
        struct buf text = BUF_INIT(BODY_MAX);
        enum err_code rc;

        if (!it)
            continue;
        rc = scalar_text(d->w, &here, m, AWS_TIME_ISO8601, it, &text);
        if (rc == ERR_OK)
            put_attr(d, aws_wire_name(m), buf_str(&text));
        buf_release(&text);
        if (rc != ERR_OK)
            return rc;
    }
    return ERR_OK;
}

static enum err_code put_structure(struct document *d, const struct where *at,
                                   const struct aws_member *m, struct str name,
                                   const struct value *v)
{
    const struct aws_shape *s = m->shape;

    if (check_names(d->w, at, s, v) != ERR_OK)
        return d->w->err->code;
    open_tag(d, name);
    put_namespace(d, m);
    if (put_attrs(d, at, s, v) != ERR_OK)
        return d->w->err->code;
    buf_addc(d->out, '>');
    for (size_t i = 0; i < s->count; i++) {
        const struct aws_member *c = &s->members[i];
        const struct value *it = in_body(c) && !c->attribute ? member_value(d->w, c, v) : NULL;
        struct where here = {at, c->name, 0};

        if (it && put(d, &here, c, aws_wire_name(c), it) != ERR_OK)
            return d->w->err->code;
    }
    close_tag(d, name);
    return ERR_OK;
}

static enum err_code put_list(struct document *d, const struct where *at,
                              const struct aws_member *m, struct str name, const struct value *v)
{
    const struct aws_member *item = &m->shape->item;
    size_t n = 0;

    if (v->type != VALUE_ARRAY)
        return wrong_type(d->w, at, "a list", v);
    if (!m->flattened) {
        open_tag(d, name);
        put_namespace(d, m);
        buf_addc(d->out, '>');
    }
    VALUE_EACH (it, v) {
        struct where here = {at, STR_LIT(""), n++};

        if (put(d, &here, item, m->flattened ? name : aws_wire_name(item), it) != ERR_OK)
            return d->w->err->code;
    }
    if (!m->flattened)
        close_tag(d, name);
    return ERR_OK;
}

static enum err_code put_entry(struct document *d, const struct where *at,
                               const struct aws_member *m, struct str name, const struct value *v)
{
    const struct aws_member *key = &m->shape->key, *item = &m->shape->item;
    const struct value k = {.type = VALUE_STRING, .u.string = v->key};

    open_tag(d, name);
    if (m->flattened)
        put_namespace(d, m);
    buf_addc(d->out, '>');
    if (put(d, at, key, aws_wire_name(key), &k) != ERR_OK ||
        put(d, at, item, aws_wire_name(item), v) != ERR_OK)
        return d->w->err->code;
    close_tag(d, name);
    return ERR_OK;
}

static enum err_code put_map(struct document *d, const struct where *at, const struct aws_member *m,
                             struct str name, const struct value *v)
{
    if (v->type != VALUE_OBJECT)
        return wrong_type(d->w, at, "a map", v);
    if (!m->flattened) {
        open_tag(d, name);
        put_namespace(d, m);
        buf_addc(d->out, '>');
    }
    VALUE_EACH (it, v) {
        struct where here = {at, it->key, 0};

        if (put_entry(d, &here, m, m->flattened ? name : STR_LIT("entry"), it) != ERR_OK)
            return d->w->err->code;
    }
    if (!m->flattened)
        close_tag(d, name);
    return ERR_OK;
}

static enum err_code put_scalar(struct document *d, const struct where *at,
                                const struct aws_member *m, struct str name, const struct value *v)
{
    struct buf text = BUF_INIT(BODY_MAX);
    enum err_code rc = scalar_text(d->w, at, m, AWS_TIME_ISO8601, v, &text);

    if (rc == ERR_OK)
        rc = buf_check(&text, "a parameter", d->w->err);
    if (rc == ERR_OK) {
        open_tag(d, name);
        put_namespace(d, m);
        buf_addc(d->out, '>');
        xml_escape(d->out, buf_str(&text));
        close_tag(d, name);
    }
    buf_release(&text);
    return rc;
}

static enum err_code put(struct document *d, const struct where *at, const struct aws_member *m,
                         struct str name, const struct value *v)
{
    enum err_code rc;

    if (d->depth == DEPTH_MAX)
        return err_set(d->w->err, ERR_LIMIT, "parameters are nested too deeply");
    d->depth++;
    switch (m->shape->type) {
    case AWS_STRUCTURE:
        rc = put_structure(d, at, m, name, v);
        break;
    case AWS_LIST:
        rc = put_list(d, at, m, name, v);
        break;
    case AWS_MAP:
        rc = put_map(d, at, m, name, v);
        break;
    default:
        rc = put_scalar(d, at, m, name, v);
    }
    d->depth--;
    return rc;
}

enum err_code write_xml(struct writing *w, const struct where *at, const struct aws_member *m,
                        struct str root, const struct value *v, struct buf *body)
{
    struct document d = {.w = w, .out = body};

    return put(&d, at, m, root, v);
}
