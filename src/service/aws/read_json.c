/* read_json.c - JSON answers, by their shapes. What a shape does not name is left out. */
#include "runbook/base/text.h"
#include "wire_priv.h"

static enum err_code unexpected(struct reading *r, const struct aws_member *m,
                                const struct value *v)
{
    return err_set(r->err, ERR_INPUT, "'%.*s' is %s where the service says it is something else",
                   STR_FMT(m->name), value_type_name(v->type));
}

static const struct value *find(const struct value *v, struct str name)
{
    VALUE_EACH (it, v)
        if (str_eq(it->key, name))
            return it;
    return NULL;
}

enum err_code read_json_members(struct reading *r, const struct aws_shape *s, const struct value *v,
                                struct values *vs)
{
    for (size_t i = 0; i < s->count; i++) {
        const struct aws_member *m = &s->members[i];
        const struct value *it = in_answer_body(m) ? find(v, aws_wire_name(m)) : NULL;
        struct value got = {0};

        if (!it || (it->type == VALUE_NULL && !m->shape->document))
            continue;
        if (read_json(r, m, it, &got) != ERR_OK)
            return r->err->code;
        got.key = m->name;
        *VEC_PUSH(&vs->list) = got;
    }
    return ERR_OK;
}

static enum err_code read_items(struct reading *r, const struct aws_member *m,
                                const struct value *v, struct values *vs)
{
    VALUE_EACH (it, v) {
        struct value got = {0};

        if (it->type == VALUE_NULL && m->shape->type != AWS_STRING)
            continue;
        if (it->type != VALUE_NULL && read_json(r, m, it, &got) != ERR_OK)
            return r->err->code;
        got.key = it->key;
        *VEC_PUSH(&vs->list) = got;
    }
    return ERR_OK;
}

static enum err_code read_time(struct reading *r, const struct aws_member *m, const struct value *v,
                               struct value *ret)
{
    ret->type = VALUE_NUMBER;
    if (v->type == VALUE_NUMBER)
        ret->u.number = v->u.number;
    else if (v->type != VALUE_STRING || !time_read(v->u.string, m->time, &ret->u.number))
        return unexpected(r, m, v);
    return ERR_OK;
}

static enum err_code read_scalar(struct reading *r, const struct aws_member *m,
                                 const struct value *v, struct value *ret)
{
    bool number = m->shape->type == AWS_INTEGER || m->shape->type == AWS_LONG ||
                  m->shape->type == AWS_FLOAT || m->shape->type == AWS_DOUBLE;

    if (m->shape->type == AWS_TIMESTAMP)
        return read_time(r, m, v, ret);
    if ((number && v->type == VALUE_NUMBER) ||
        (m->shape->type == AWS_BOOLEAN && v->type == VALUE_BOOL)) {
        *ret = *v;
        return ERR_OK;
    }
    if (v->type != VALUE_STRING || !scalar_read(r, m, AWS_TIME_UNIX, v->u.string, ret))
        return unexpected(r, m, v);
    return ERR_OK;
}

enum err_code read_json(struct reading *r, const struct aws_member *m, const struct value *v,
                        struct value *ret)
{
    struct values vs = {0};
    enum err_code rc;

    if (m->shape->document) {
        *ret = *v;
        return ERR_OK;
    }
    switch (m->shape->type) {
    case AWS_STRUCTURE:
        if (v->type != VALUE_OBJECT)
            return unexpected(r, m, v);
        rc = read_json_members(r, m->shape, v, &vs);
        values_end(r, &vs, VALUE_OBJECT, ret);
        return rc;
    case AWS_LIST:
    case AWS_MAP:
        if (v->type != (m->shape->type == AWS_LIST ? VALUE_ARRAY : VALUE_OBJECT))
            return unexpected(r, m, v);
        rc = read_items(r, &m->shape->item, v, &vs);
        values_end(r, &vs, v->type, ret);
        return rc;
    default:
        return read_scalar(r, m, v, ret);
    }
}
