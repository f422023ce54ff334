/* write_json.c - JSON bodies of the json and rest-json protocols. */
#include "wire_priv.h"

#define DEPTH_MAX 100

struct object {
    struct writing *w;
    struct json_writer json;
    int depth;
};

static enum err_code put(struct object *o, const struct where *at, const struct aws_member *m,
                         const struct value *v);

static enum err_code put_members(struct object *o, const struct where *at,
                                 const struct aws_shape *s, const struct value *v)
{
    if (check_names(o->w, at, s, v) != ERR_OK)
        return o->w->err->code;
    json_object_begin(&o->json);
    for (size_t i = 0; i < s->count; i++) {
        const struct aws_member *m = &s->members[i];
        const struct value *it = in_body(m) ? member_value(o->w, m, v) : NULL;
        struct where here = {at, m->name, 0};

        if (!it)
            continue;
        json_key_str(&o->json, aws_wire_name(m));
        if (put(o, &here, m, it) != ERR_OK)
            return o->w->err->code;
    }
    json_object_end(&o->json);
    return ERR_OK;
}

static enum err_code put_map(struct object *o, const struct where *at, const struct aws_member *m,
                             const struct value *v)
{
    if (v->type != VALUE_OBJECT)
        return wrong_type(o->w, at, "a map", v);
    json_object_begin(&o->json);
    VALUE_EACH (it, v) {
        struct where here = {at, it->key, 0};

        json_key_str(&o->json, it->key);
        if (it->type == VALUE_NULL)
            json_null(&o->json);
        else if (put(o, &here, &m->shape->item, it) != ERR_OK)
            return o->w->err->code;
    }
    json_object_end(&o->json);
    return ERR_OK;
}

static enum err_code put_list(struct object *o, const struct where *at, const struct aws_member *m,
                              const struct value *v)
{
    size_t n = 0;

    if (v->type != VALUE_ARRAY)
        return wrong_type(o->w, at, "a list", v);
    json_array_begin(&o->json);
    VALUE_EACH (it, v) {
        struct where here = {at, STR_LIT(""), n++};

        if (it->type == VALUE_NULL)
            json_null(&o->json);
        else if (put(o, &here, &m->shape->item, it) != ERR_OK)
            return o->w->err->code;
    }
    json_array_end(&o->json);
    return ERR_OK;
}

static bool is_number(const struct aws_member *m, const struct value *v)
{
    switch (m->shape->type) {
    case AWS_INTEGER:
    case AWS_LONG:
        return true;
    case AWS_FLOAT:
    case AWS_DOUBLE:
        return v->type == VALUE_NUMBER;
    default:
        return false;
    }
}

static enum err_code put_scalar(struct object *o, const struct where *at,
                                const struct aws_member *m, const struct value *v)
{
    struct buf text = BUF_INIT(BODY_MAX);
    enum err_code rc = scalar_text(o->w, at, m, AWS_TIME_UNIX, v, &text);
    bool bare = is_number(m, v) || m->shape->type == AWS_BOOLEAN ||
                (m->shape->type == AWS_TIMESTAMP &&
                 (m->time == AWS_TIME_DEFAULT || m->time == AWS_TIME_UNIX));

    if (rc == ERR_OK)
        rc = buf_check(&text, "a parameter", o->w->err);
    if (rc == ERR_OK && bare)
        json_raw(&o->json, buf_str(&text));
    else if (rc == ERR_OK)
        json_string(&o->json, buf_str(&text));
    buf_release(&text);
    return rc;
}

static enum err_code put(struct object *o, const struct where *at, const struct aws_member *m,
                         const struct value *v)
{
    enum err_code rc;

    if (m->shape->document) {
        json_value(&o->json, v);
        return ERR_OK;
    }
    if (o->depth == DEPTH_MAX)
        return err_set(o->w->err, ERR_LIMIT, "parameters are nested too deeply");
    o->depth++;
    switch (m->shape->type) {
    case AWS_STRUCTURE:
        rc = put_members(o, at, m->shape, v);
        break;
    case AWS_LIST:
        rc = put_list(o, at, m, v);
        break;
    case AWS_MAP:
        rc = put_map(o, at, m, v);
        break;
    default:
        rc = put_scalar(o, at, m, v);
    }
    o->depth--;
    return rc;
}

enum err_code write_json(struct writing *w, const struct where *at, const struct aws_member *m,
                         const struct value *v, struct buf *body)
{
    struct object o = {.w = w};

    json_writer_init(&o.json, body);
    return put(&o, at, m, v);
}
