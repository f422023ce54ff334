/* service.c - definition files: see service.h. */
#include "runbook/codec/yaml.h"
#include "runbook/service/aws/service.h"

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *const part_names[AWS_PARTS] = {"id", "name", "arn", "state", "created", "tags"};
static const char *const service_keys[] = {"id",
                                           "name",
                                           "group",
                                           "protocol",
                                           "version",
                                           "json",
                                           "target",
                                           "host",
                                           "signing",
                                           "signing_region",
                                           "host_cn",
                                           "host_us_gov",
                                           "query_compatible",
                                           "operations"};
static const char *const list_keys[] = {"http",  "host_prefix", "needs",    "params",     "page",
                                        "items", "item",        "resource", "url_encoded"};
static const char *const page_keys[] = {"send", "next", "limit", "more"};
static const char *const param_keys[] = {"in", "name", "type"};

static const struct {
    const char *name;
    enum aws_place place;
} places[] = {{"body", AWS_IN_BODY},
              {"path", AWS_IN_PATH},
              {"query", AWS_IN_QUERY},
              {"header", AWS_IN_HEADER}};

const char *aws_part_name(enum aws_part p)
{
    return part_names[p];
}

struct loading {
    struct arena *arena;
    const char *file;
    struct err *err;
    struct aws_service *service;
};

static enum err_code wrong(struct loading *l, const struct value *at, const char *what)
{
    return err_set(l->err, ERR_INPUT, "%s, line %u column %u: %s", l->file, at ? at->line : 1,
                   at ? at->col : 1, what);
}

/* Every key of `v` is one of `keys`. */
static enum err_code check_keys(struct loading *l, const struct value *v, const char *const *keys,
                                size_t count)
{
    struct buf known = BUF_INIT(300);
    enum err_code rc = ERR_OK;

    if (v->type != VALUE_OBJECT)
        return wrong(l, v, "must be a mapping");
    VALUE_EACH (it, v) {
        bool found = false;

        for (size_t i = 0; i < count && !found; i++)
            found = str_eq_c(it->key, keys[i]);
        if (found)
            continue;
        for (size_t i = 0; i < count; i++)
            buf_addf(&known, "%s%s", i ? ", " : "", keys[i]);
        rc = err_set(l->err, ERR_INPUT, "%s, line %u column %u: '%.*s' is not known; there are %s",
                     l->file, it->line, it->col, STR_FMT(it->key), buf_cstr(&known));
        break;
    }
    buf_release(&known);
    return rc;
}

/* A text or a list of texts. */
static enum err_code load_texts(struct loading *l, const struct value *v, const struct str **ret,
                                size_t *ret_count)
{
    struct str *texts;
    size_t n = 0;

    *ret_count = 0;
    if (!v || v->type == VALUE_NULL)
        return ERR_OK;
    texts = arena_array(l->arena, v->type == VALUE_ARRAY ? value_count(v) : 1, sizeof(*texts));
    *ret = texts;
    if (v->type == VALUE_STRING) {
        texts[0] = v->u.string;
        *ret_count = 1;
        return ERR_OK;
    }
    if (v->type != VALUE_ARRAY)
        return wrong(l, v, "must be a text or a list of texts");
    VALUE_EACH (it, v) {
        if (it->type != VALUE_STRING)
            return wrong(l, it, "must be a text");
        texts[n++] = it->u.string;
    }
    *ret_count = n;
    return ERR_OK;
}

static enum err_code load_param(struct loading *l, const struct value *v, struct aws_parameter *p)
{
    struct str place = value_str_or(v, "in", "body"), type = value_str_or(v, "type", "");
    bool known = false;

    if (check_keys(l, v, param_keys, COUNT(param_keys)) != ERR_OK)
        return l->err->code;
    p->name = v->key;
    p->wire = value_str_or(v, "name", "");
    p->type = str_eq_c(type, "timestamp") ? AWS_TIMESTAMP : AWS_STRUCTURE;
    if (type.len && p->type != AWS_TIMESTAMP)
        return wrong(l, value_get(v, "type"), "the one type to be named is 'timestamp'");
    for (size_t i = 0; i < COUNT(places) && !known; i++) {
        known = str_eq_c(place, places[i].name);
        if (known)
            p->place = places[i].place;
    }
    return known ? ERR_OK : wrong(l, value_get(v, "in"), "must be body, path, query or header");
}

static enum err_code load_params(struct loading *l, const struct value *v, struct aws_list *list)
{
    struct aws_parameter *params;

    if (!v)
        return ERR_OK;
    if (v->type != VALUE_OBJECT)
        return wrong(l, v, "must be a mapping");
    params = arena_array(l->arena, value_count(v), sizeof(*params));
    list->params = params;
    VALUE_EACH (it, v)
        if (load_param(l, it, &params[list->param_count++]) != ERR_OK)
            return l->err->code;
    return ERR_OK;
}

static enum err_code load_page(struct loading *l, const struct value *v, struct aws_list *list)
{
    size_t nexts;

    if (!v)
        return ERR_OK;
    if (check_keys(l, v, page_keys, COUNT(page_keys)) != ERR_OK ||
        load_texts(l, value_get(v, "send"), &list->send, &list->page_count) != ERR_OK ||
        load_texts(l, value_get(v, "next"), &list->next, &nexts) != ERR_OK)
        return l->err->code;
    if (nexts != list->page_count)
        return wrong(l, v, "'send' and 'next' must be as many");
    list->limit = value_str_or(v, "limit", "");
    list->more = value_str_or(v, "more", "");
    return ERR_OK;
}

static enum err_code load_item(struct loading *l, const struct value *v, struct aws_list *list)
{
    if (!v)
        return ERR_OK;
    if (check_keys(l, v, part_names, AWS_PARTS) != ERR_OK)
        return l->err->code;
    for (size_t i = 0; i < AWS_PARTS; i++)
        list->part[i] = value_str_or(v, part_names[i], "");
    return ERR_OK;
}

/* "GET /tags/{arn}". */
static enum err_code load_http(struct loading *l, const struct value *v, struct aws_list *list)
{
    struct str rest = v ? value_str_or(v, "http", "POST /") : STR_LIT("POST /");

    if (!str_split(&rest, ' ', &list->method) || !rest.len || *rest.ptr != '/')
        return wrong(l, value_get(v, "http"), "must be a method and a path: GET /things/{id}");
    list->uri = rest;
    return ERR_OK;
}

static enum err_code load_list(struct loading *l, const struct value *v, struct aws_list *list)
{
    list->name = v->key;
    if (v->type == VALUE_NULL) { /* an operation that says nothing more */
        list->method = STR_LIT("POST");
        list->uri = STR_LIT("/");
        return ERR_OK;
    }
    if (check_keys(l, v, list_keys, COUNT(list_keys)) != ERR_OK ||
        load_http(l, v, list) != ERR_OK ||
        load_texts(l, value_get(v, "needs"), &list->needs, &list->need_count) != ERR_OK ||
        load_params(l, value_get(v, "params"), list) != ERR_OK ||
        load_page(l, value_get(v, "page"), list) != ERR_OK)
        return l->err->code;
    if (load_texts(l, value_get(v, "url_encoded"), &list->url_encoded, &list->url_encoded_count) !=
        ERR_OK)
        return l->err->code;
    list->host_prefix = value_str_or(v, "host_prefix", "");
    list->items = value_str_or(v, "items", "");
    list->resource = value_str_or(v, "resource", "");
    return load_item(l, value_get(v, "item"), list);
}

static enum err_code load_wire(struct loading *l, const struct value *v, struct aws_model *m)
{
    struct str protocol = value_str_or(v, "protocol", "");

    if (!aws_protocol_from_name(protocol, &m->protocol))
        return wrong(l, value_get(v, "protocol"),
                     "'protocol' must be ec2, query, json, rest-json or rest-xml");
    m->api_version = value_str_or(v, "version", "");
    m->json_version = value_str_or(v, "json", "1.1");
    m->target_prefix = value_str_or(v, "target", "");
    m->query_compatible = value_bool_or(v, "query_compatible", false);
    if (m->protocol == AWS_JSON && !m->target_prefix.len)
        return wrong(l, v, "the json protocol needs 'target', the prefix of X-Amz-Target");
    if ((m->protocol == AWS_QUERY || m->protocol == AWS_EC2) && !m->api_version.len)
        return wrong(l, v, "the query and ec2 protocols need 'version', in quotes");
    return ERR_OK;
}

static enum err_code load_service(struct loading *l, const struct value *v)
{
    struct aws_service *s = l->service;
    const struct value *ops = value_get(v, "operations");
    struct aws_list *lists;

    if (check_keys(l, v, service_keys, COUNT(service_keys)) != ERR_OK)
        return l->err->code;
    s->id = value_str_or(v, "id", "");
    s->host = value_str_or(v, "host", "");
    if (!s->id.len || !s->host.len)
        return wrong(l, v, "'id' and 'host' are needed");
    s->name = value_str_or(v, "name", s->id.ptr);
    s->group = value_str_or(v, "group", "other");
    s->signing = value_str_or(v, "signing", s->id.ptr);
    s->signing_region = value_str_or(v, "signing_region", "");
    s->host_china = value_str_or(v, "host_cn", "");
    s->host_gov = value_str_or(v, "host_us_gov", "");
    if (load_wire(l, v, &s->wire) != ERR_OK)
        return l->err->code;
    if (!ops || ops->type != VALUE_OBJECT)
        return wrong(l, v, "'operations' must be a mapping");
    lists = arena_array(l->arena, value_count(ops), sizeof(*lists));
    s->lists = lists;
    VALUE_EACH (it, ops)
        if (load_list(l, it, &lists[s->list_count++]) != ERR_OK)
            return l->err->code;
    return ERR_OK;
}

enum err_code aws_service_load(struct arena *arena, struct str yaml, const char *name,
                               struct aws_service *ret, struct err *err)
{
    struct loading l = {arena, name, err, ret};
    const struct value *v;

    *ret = (struct aws_service){0};
    if (yaml_parse(arena, yaml, &v, err) != ERR_OK)
        return err_wrap(err, "%s", name);
    return load_service(&l, v);
}

const struct aws_list *aws_service_list(const struct aws_service *s, struct str operation)
{
    for (size_t i = 0; i < s->list_count; i++)
        if (str_eq(s->lists[i].name, operation))
            return &s->lists[i];
    return NULL;
}

static void put_region(struct buf *out, struct str host, const char *region)
{
    static const char mark[] = "{region}";
    ptrdiff_t at = str_find(host, str_from(mark));

    if (at < 0) {
        buf_add_str(out, host);
        return;
    }
    buf_add(out, host.ptr, (size_t)at);
    buf_adds(out, region);
    buf_add(out, host.ptr + at + sizeof(mark) - 1, host.len - (size_t)at - (sizeof(mark) - 1));
}

void aws_service_host(struct arena *arena, const struct aws_service *s, const char *region,
                      const char **ret_host, const char **ret_signing_region)
{
    bool china = str_starts(str_from(region), "cn-");
    bool gov = str_starts(str_from(region), "us-gov-");
    struct str host = china && s->host_china.len ? s->host_china
                      : gov && s->host_gov.len   ? s->host_gov
                                                 : s->host;
    struct buf out = BUF_INIT(300);

    put_region(&out, host, region);
    if (china && !s->host_china.len)
        buf_adds(&out, ".cn");
    *ret_host = arena_strdup(arena, buf_cstr(&out));
    *ret_signing_region = s->signing_region.len && !china && !gov
                              ? arena_str(arena, s->signing_region)
                              : arena_strdup(arena, region);
    buf_release(&out);
}
