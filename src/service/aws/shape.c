/* shape.c - see shape.h. */
#include "runbook/service/aws/shape.h"

static const char *const protocol_names[AWS_PROTOCOLS] = {"ec2", "query", "json", "rest-json",
                                                          "rest-xml"};

static const struct {
    const char *name;
    enum aws_type type;
} types[] = {
    {"structure", AWS_STRUCTURE}, {"list", AWS_LIST},         {"map", AWS_MAP},
    {"string", AWS_STRING},       {"character", AWS_STRING},  {"integer", AWS_INTEGER},
    {"long", AWS_LONG},           {"bigInteger", AWS_LONG},   {"float", AWS_FLOAT},
    {"double", AWS_DOUBLE},       {"bigDecimal", AWS_DOUBLE}, {"boolean", AWS_BOOLEAN},
    {"timestamp", AWS_TIMESTAMP}, {"blob", AWS_BLOB},
};

static const struct {
    const char *name;
    enum aws_place place;
} places[] = {
    {"uri", AWS_IN_PATH},        {"querystring", AWS_IN_QUERY}, {"header", AWS_IN_HEADER},
    {"headers", AWS_IN_HEADERS}, {"statusCode", AWS_IN_STATUS},
};

static const struct {
    const char *name;
    enum aws_time_form form;
} times[] = {
    {"iso8601", AWS_TIME_ISO8601},
    {"rfc822", AWS_TIME_RFC822},
    {"unixTimestamp", AWS_TIME_UNIX},
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

const char *aws_protocol_name(enum aws_protocol p)
{
    return protocol_names[p];
}

bool aws_protocol_from_name(struct str name, enum aws_protocol *ret)
{
    for (size_t i = 0; i < COUNT(protocol_names); i++)
        if (str_eq_c(name, protocol_names[i])) {
            *ret = (enum aws_protocol)i;
            return true;
        }
    return false;
}

const struct aws_shape *aws_shape(const struct aws_model *m, struct str name)
{
    for (size_t i = 0; i < m->shape_count; i++)
        if (str_eq(m->shapes[i].name, name))
            return &m->shapes[i];
    return NULL;
}

const struct aws_member *aws_member(const struct aws_shape *s, struct str name)
{
    for (size_t i = 0; s && i < s->count; i++)
        if (str_eq(s->members[i].name, name))
            return &s->members[i];
    return NULL;
}

struct str aws_wire_name(const struct aws_member *m)
{
    return m->wire.len ? m->wire : m->name;
}

struct loading {
    struct arena *arena;
    const struct aws_model *model;
    const char *shape; /* for messages */
    struct err *err;
};

static struct str text_of(const struct value *v, const char *key)
{
    return value_str_or(v, key, "");
}

static enum err_code load_place(struct loading *l, const struct value *v, struct aws_member *m)
{
    struct str name = text_of(v, "location");

    if (!name.len)
        return ERR_OK;
    for (size_t i = 0; i < COUNT(places); i++)
        if (str_eq_c(name, places[i].name)) {
            m->place = places[i].place;
            return ERR_OK;
        }
    return err_set(
        l->err, ERR_INPUT,
        "shape %s: '%.*s' is no location (uri, querystring, header, headers, statusCode)", l->shape,
        STR_FMT(name));
}

static enum err_code load_time(struct loading *l, const struct value *v, enum aws_time_form *ret)
{
    struct str name = text_of(v, "timestampFormat");

    if (!name.len)
        return ERR_OK;
    for (size_t i = 0; i < COUNT(times); i++)
        if (str_eq_c(name, times[i].name)) {
            *ret = times[i].form;
            return ERR_OK;
        }
    return err_set(l->err, ERR_INPUT,
                   "shape %s: '%.*s' is no timestampFormat (iso8601, rfc822, unixTimestamp)",
                   l->shape, STR_FMT(name));
}

static void load_namespace(const struct value *v, struct str *uri, struct str *prefix)
{
    const struct value *ns = value_get(v, "xmlNamespace");

    if (ns && ns->type == VALUE_STRING) {
        *uri = ns->u.string;
    } else if (ns) {
        *uri = text_of(ns, "uri");
        *prefix = text_of(ns, "prefix");
    }
}

static enum err_code load_member(struct loading *l, const struct value *v, struct str name,
                                 struct aws_member *m)
{
    struct str shape;

    m->name = name;
    if (value_need_str(v, "shape", &shape, l->err) != ERR_OK)
        return err_wrap(l->err, "shape %s, member '%.*s'", l->shape, STR_FMT(name));
    m->shape = aws_shape(l->model, shape);
    if (!m->shape)
        return err_set(l->err, ERR_INPUT, "shape %s: member '%.*s' is of the unknown shape '%.*s'",
                       l->shape, STR_FMT(name), STR_FMT(shape));
    m->wire = text_of(v, "locationName");
    m->query_name = text_of(v, "queryName");
    load_namespace(v, &m->ns_uri, &m->ns_prefix);
    m->flattened = value_bool_or(v, "flattened", false);
    m->attribute = value_bool_or(v, "xmlAttribute", false);
    m->host_label = value_bool_or(v, "hostLabel", false);
    m->json_value = value_bool_or(v, "jsonvalue", false);
    m->token = value_bool_or(v, "idempotencyToken", false);
    if (load_place(l, v, m) != ERR_OK)
        return l->err->code;
    return load_time(l, v, &m->time);
}

/* What a member does not say it takes from its shape: once all shapes are known. */
static void inherit(struct aws_member *m)
{
    const struct aws_shape *s = m->shape;

    if (!s)
        return;
    m->flattened = m->flattened || s->flattened;
    if (m->time == AWS_TIME_DEFAULT)
        m->time = s->time;
    if (!m->ns_uri.len) {
        m->ns_uri = s->ns_uri;
        m->ns_prefix = s->ns_prefix;
    }
}

static enum err_code load_members(struct loading *l, const struct value *v, struct aws_shape *s)
{
    const struct value *members = value_get(v, "members");

    s->members = arena_array(l->arena, value_count(members), sizeof(*s->members));
    VALUE_EACH (it, members)
        if (load_member(l, it, it->key, &s->members[s->count++]) != ERR_OK)
            return l->err->code;
    if (!text_of(v, "payload").len)
        return ERR_OK;
    s->payload = aws_member(s, text_of(v, "payload"));
    if (!s->payload)
        return err_set(l->err, ERR_INPUT, "shape %s: its payload '%.*s' is no member", l->shape,
                       STR_FMT(text_of(v, "payload")));
    return ERR_OK;
}

static enum err_code load_shape(struct loading *l, const struct value *v, struct aws_shape *s)
{
    l->shape = s->name.ptr;
    if (s->type == AWS_STRUCTURE)
        return load_members(l, v, s);
    if (s->type == AWS_LIST)
        return load_member(l, value_get(v, "member"), STR_LIT("member"), &s->item);
    if (s->type != AWS_MAP)
        return ERR_OK;
    if (load_member(l, value_get(v, "key"), STR_LIT("key"), &s->key) != ERR_OK)
        return l->err->code;
    return load_member(l, value_get(v, "value"), STR_LIT("value"), &s->item);
}

static enum err_code begin_shape(struct loading *l, const struct value *v, struct aws_shape *s)
{
    struct str type;
    bool known = false;

    s->name = v->key;
    l->shape = s->name.ptr;
    if (value_need_str(v, "type", &type, l->err) != ERR_OK)
        return err_wrap(l->err, "shape %s", l->shape);
    for (size_t i = 0; i < COUNT(types) && !known; i++) {
        known = str_eq_c(type, types[i].name);
        if (known)
            s->type = types[i].type;
    }
    if (!known)
        return err_set(l->err, ERR_INPUT,
                       "shape %s: '%.*s' is no type (structure, list, map, "
                       "string, integer, long, float, double, boolean, timestamp, blob)",
                       l->shape, STR_FMT(type));
    s->wire = text_of(v, "locationName");
    s->flattened = value_bool_or(v, "flattened", false);
    s->document = value_bool_or(v, "document", false);
    s->one_of = value_bool_or(v, "union", false);
    s->error_code = text_of(value_get(v, "error"), "code");
    load_namespace(v, &s->ns_uri, &s->ns_prefix);
    return load_time(l, v, &s->time);
}

static void inherit_all(struct aws_model *m)
{
    for (size_t i = 0; i < m->shape_count; i++) {
        struct aws_shape *s = &m->shapes[i];

        for (size_t k = 0; k < s->count; k++)
            inherit(&s->members[k]);
        inherit(&s->item);
        inherit(&s->key);
    }
}

static enum err_code load_metadata(const struct value *v, struct aws_model *ret, struct err *err)
{
    struct str protocol;

    if (value_need_str(v, "protocol", &protocol, err) != ERR_OK)
        return err->code;
    if (!aws_protocol_from_name(protocol, &ret->protocol))
        return err_set(err, ERR_INPUT,
                       "'%.*s' is no protocol (ec2, query, json, rest-json, rest-xml)",
                       STR_FMT(protocol));
    ret->api_version = text_of(v, "apiVersion");
    ret->json_version = value_str_or(v, "jsonVersion", "1.1");
    ret->target_prefix = text_of(v, "targetPrefix");
    ret->query_compatible = value_get(v, "awsQueryCompatible") != NULL;
    return ERR_OK;
}

enum err_code aws_model_load(struct arena *arena, const struct value *metadata,
                             const struct value *shapes, struct aws_model *ret, struct err *err)
{
    struct loading l = {.arena = arena, .model = ret, .err = err};
    size_t i = 0;

    *ret = (struct aws_model){.shape_count = value_count(shapes)};
    ret->shapes = arena_array(arena, ret->shape_count, sizeof(*ret->shapes));
    if (load_metadata(metadata, ret, err) != ERR_OK)
        return err->code;
    VALUE_EACH (it, shapes)
        if (begin_shape(&l, it, &ret->shapes[i++]) != ERR_OK)
            return err->code;
    i = 0;
    VALUE_EACH (it, shapes)
        if (load_shape(&l, it, &ret->shapes[i++]) != ERR_OK)
            return err->code;
    inherit_all(ret);
    return ERR_OK;
}

static enum err_code load_errors(struct loading *l, const struct value *errors,
                                 struct aws_operation *ret)
{
    ret->errors = arena_array(l->arena, value_count(errors), sizeof(struct aws_shape *));
    VALUE_EACH (it, errors) {
        struct aws_member m = {0};

        if (load_member(l, it, STR_LIT("error"), &m) != ERR_OK)
            return l->err->code;
        ret->errors[ret->error_count++] = m.shape;
    }
    return ERR_OK;
}

enum err_code aws_operation_load(struct arena *arena, const struct aws_model *m,
                                 const struct value *operation, struct aws_operation *ret,
                                 struct err *err)
{
    struct loading l = {.arena = arena, .model = m, .err = err, .shape = "of the operation"};
    const struct value *input = value_get(operation, "input");
    const struct value *output = value_get(operation, "output");

    *ret = (struct aws_operation){0};
    if (value_need_str(operation, "name", &ret->name, err) != ERR_OK)
        return err->code;
    ret->method = value_str_or(operation, "http.method", "POST");
    ret->uri = value_str_or(operation, "http.requestUri", "/");
    ret->host_prefix = value_str_or(operation, "endpoint.hostPrefix", "");
    ret->checksum = value_bool_or(operation, "httpChecksumRequired", false);
    if (input && load_member(&l, input, STR_LIT("input"), &ret->input) != ERR_OK)
        return err->code;
    if (output && load_member(&l, output, STR_LIT("output"), &ret->output) != ERR_OK)
        return err->code;
    inherit(&ret->input);
    if (input && ret->input.shape->wire.len)
        ret->input.wire = ret->input.shape->wire;
    inherit(&ret->output);
    return load_errors(&l, value_get(operation, "errors"), ret);
}
