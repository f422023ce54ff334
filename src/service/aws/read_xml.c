/* read_xml.c - XML answers of query, ec2 and rest-xml, by their shapes. */
#include "wire_priv.h"

/* The element that a member is. A flattened list without a name of its own is named as its items
 * are, if they have one. */
static struct str element_name(const struct aws_member *m)
{
    if (m->shape->type == AWS_LIST && m->shape->flattened && !m->wire.len &&
        m->shape->item.wire.len)
        return m->shape->item.wire;
    return aws_wire_name(m);
}

static struct str local_part(struct str name)
{
    for (size_t i = name.len; i; i--)
        if (name.ptr[i - 1] == ':')
            return (struct str){name.ptr + i, name.len - i};
    return name;
}

static enum err_code unexpected(struct reading *r, const struct aws_member *m, struct str text)
{
    return err_set(r->err, ERR_INPUT, "'%.*s' cannot be read: '%.*s'", STR_FMT(m->name),
                   (int)(text.len < 60 ? text.len : 60), text.ptr ? text.ptr : "");
}

/* Items of a list or entries of a map: siblings of one name when flattened, else all children. */
static enum err_code read_list(struct reading *r, const struct aws_member *m,
                               const struct xml_node *n, struct value *ret)
{
    const struct aws_member *item = &m->shape->item;
    const struct xml_node *it = m->flattened ? n : n->first;
    struct values vs = {0};
    enum err_code rc = ERR_OK;

    while (it && rc == ERR_OK) {
        rc = read_xml(r, item, it, values_add(r, &vs, STR_LIT("")));
        it = m->flattened ? xml_again(it) : it->next;
    }
    values_end(r, &vs, VALUE_ARRAY, ret);
    return rc;
}

static enum err_code read_entry(struct reading *r, const struct aws_member *m,
                                const struct xml_node *n, struct values *vs)
{
    const struct xml_node *key = xml_child(n, aws_wire_name(&m->shape->key));
    const struct xml_node *v = xml_child(n, aws_wire_name(&m->shape->item));
    struct value got = {0};

    if (!key || !v)
        return ERR_OK;
    if (read_xml(r, &m->shape->item, v, &got) != ERR_OK)
        return r->err->code;
    got.key = key->text;
    *VEC_PUSH(&vs->list) = got;
    return ERR_OK;
}

static enum err_code read_map(struct reading *r, const struct aws_member *m,
                              const struct xml_node *n, struct value *ret)
{
    const struct xml_node *it = m->flattened ? n : n->first;
    struct values vs = {0};
    enum err_code rc = ERR_OK;

    while (it && rc == ERR_OK) {
        rc = read_entry(r, m, it, &vs);
        it = m->flattened ? xml_again(it) : it->next;
    }
    values_end(r, &vs, VALUE_OBJECT, ret);
    return rc;
}

static enum err_code read_attr(struct reading *r, const struct aws_member *m,
                               const struct xml_node *n, struct values *vs)
{
    struct str name = local_part(aws_wire_name(m));

    for (size_t i = 0; i < n->attr_count; i++) {
        struct value got = {0};

        if (!str_eq(n->attrs[i].name, name))
            continue;
        if (!scalar_read(r, m, AWS_TIME_ISO8601, n->attrs[i].value, &got))
            return unexpected(r, m, n->attrs[i].value);
        got.key = m->name;
        *VEC_PUSH(&vs->list) = got;
        return ERR_OK;
    }
    return ERR_OK;
}

enum err_code read_xml_members(struct reading *r, const struct aws_shape *s,
                               const struct xml_node *n, struct values *vs)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct aws_member *m = &s->members[i];
        const struct xml_node *it;
        struct value got = {0};

        if (!in_answer_body(m))
            continue;
        if (m->attribute) {
            if (read_attr(r, m, n, vs) != ERR_OK)
                return r->err->code;
            continue;
        }
        it = xml_child(n, element_name(m));
        if (!it)
            continue;
        if (read_xml(r, m, it, &got) != ERR_OK)
            return r->err->code;
        got.key = m->name;
        *VEC_PUSH(&vs->list) = got;
    }
    return ERR_OK;
}

enum err_code read_xml(struct reading *r, const struct aws_member *m, const struct xml_node *n,
                       struct value *ret)
{
    struct values vs = {0};
    enum err_code rc;

    switch (m->shape->type) {
    case AWS_STRUCTURE:
        rc = read_xml_members(r, m->shape, n, &vs);
        values_end(r, &vs, VALUE_OBJECT, ret);
        return rc;
    case AWS_LIST:
        return read_list(r, m, n, ret);
    case AWS_MAP:
        return read_map(r, m, n, ret);
    default:
        if (!scalar_read(r, m, AWS_TIME_ISO8601, n->text, ret))
            return unexpected(r, m, n->text);
        return ERR_OK;
    }
}
