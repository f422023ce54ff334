/* service.c - definition files are read and checked: see service.h. */
#include "runbook/codec/yaml.h"
#include "src/service/aws/service_priv.h"

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
                                           "host_fips",
                                           "host_dualstack",
                                           "sdk",
                                           "arn",
                                           "query_compatible",
                                           "list_items",
                                           "path_tail",
                                           "headers",
                                           "same_as",
                                           "off",
                                           "params",
                                           "iam",
                                           "operations",
                                           "changes",
                                           "closed"};
static const char *const extending_keys[] = {"extends", "operations"};
static const char *const list_keys[] = {
    "http",       "host_prefix", "needs",     "params",      "page",      "items", "item",
    "resource",   "with",        "each",      "url_encoded", "batch",     "carry", "once",
    "permission", "rate",        "relations", "about",       "text",      "head",  "root",
    "xmlns",      "checksum",    "for",       "aside",       "stands_in", "also",  "known_by"};
static const char *const change_keys[] = {"http",  "host_prefix", "needs",     "params",  "items",
                                          "act",   "token",       "dry_run",   "payload", "root",
                                          "xmlns", "checksum",    "permission"};
static const char *const closed_keys[] = {"why",   "http",   "host_prefix", "needs",
                                          "items", "params", "item",        "unsigned"};
static const char *const page_keys[] = {"send", "next", "limit", "more"};
static const char *const param_keys[] = {"in", "name", "type", "flat", "items"};

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

/* Every key of `v` is one of `keys`. */
enum err_code service_check_keys(struct loading *l, const struct value *v, const char *const *keys,
                                 size_t count)
{
    struct buf known = BUF_INIT(600);
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
enum err_code service_texts(struct loading *l, const struct value *v, const struct str **ret,
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

/* Printable ASCII without blanks, or with those of `also`. */
static bool is_plain(struct str s, const char *also)
{
    for (size_t i = 0; i < s.len; i++)
        if ((s.ptr[i] <= ' ' || s.ptr[i] >= 0x7f) && !(s.ptr[i] && strchr(also, s.ptr[i])))
            return false;
    return true;
}

static enum err_code load_param(struct loading *l, const struct value *v, struct aws_parameter *p)
{
    struct str place = value_str_or(v, "in", "body"), type = value_str_or(v, "type", "");
    bool known = false, inside = memchr(v->key.ptr, '.', v->key.len) != NULL;

    if (service_check_keys(l, v, param_keys, COUNT(param_keys)) != ERR_OK)
        return l->err->code;
    p->name = v->key;
    p->wire = value_str_or(v, "name", "");
    p->items = value_str_or(v, "items", "");
    p->flat = value_bool_or(v, "flat", false);
    p->placed = value_get(v, "in") != NULL;
    p->type = str_eq_c(type, "timestamp") ? AWS_TIMESTAMP : AWS_STRUCTURE;
    if (type.len && p->type != AWS_TIMESTAMP)
        return wrong(l, value_get(v, "type"), "the one type to be named is 'timestamp'");
    for (size_t i = 0; i < COUNT(places) && !known; i++) {
        known = str_eq_c(place, places[i].name);
        if (known)
            p->place = places[i].place;
    }
    if (!known)
        return wrong(l, value_get(v, "in"), "must be body, path, query or header");
    if (p->placed && inside)
        return wrong(l, value_get(v, "in"), "a member of a parameter is where the parameter is");
    if (!is_plain(p->name, "") || !is_plain(p->wire, "") || !is_plain(p->items, ""))
        return wrong(l, v, "a parameter's name has no blank and only ASCII characters");
    return ERR_OK;
}

static enum err_code load_params(struct loading *l, const struct value *v,
                                 const struct aws_parameter **ret, size_t *ret_count)
{
    struct aws_parameter *params;

    if (!v)
        return ERR_OK;
    if (v->type != VALUE_OBJECT)
        return wrong(l, v, "must be a mapping");
    params = arena_array(l->arena, value_count(v), sizeof(*params));
    *ret = params;
    VALUE_EACH (it, v)
        if (load_param(l, it, &params[(*ret_count)++]) != ERR_OK)
            return l->err->code;
    return ERR_OK;
}

static enum err_code load_page(struct loading *l, const struct value *v, struct aws_list *list)
{
    size_t nexts;

    if (!v)
        return ERR_OK;
    if (service_check_keys(l, v, page_keys, COUNT(page_keys)) != ERR_OK ||
        service_texts(l, value_get(v, "send"), &list->send, &list->page_count) != ERR_OK ||
        service_texts(l, value_get(v, "next"), &list->next, &nexts) != ERR_OK)
        return l->err->code;
    if (nexts != list->page_count)
        return wrong(l, v, "'send' and 'next' must be as many");
    list->limit = value_str_or(v, "limit", "");
    list->more = value_str_or(v, "more", "");
    return ERR_OK;
}

static enum err_code load_parts(struct loading *l, const struct value *v, struct str *parts)
{
    if (!v)
        return ERR_OK;
    if (service_check_keys(l, v, part_names, AWS_PARTS) != ERR_OK)
        return l->err->code;
    for (size_t i = 0; i < AWS_PARTS; i++)
        if (value_get(v, part_names[i]))
            parts[i] = value_str_or(v, part_names[i], "");
    return ERR_OK;
}

enum err_code service_item(struct loading *l, const struct value *v, struct aws_list *list)
{
    if (load_parts(l, value_get(v, "item"), list->part) != ERR_OK)
        return l->err->code;
    memcpy(list->known_by, list->part, sizeof(list->part));
    return load_parts(l, value_get(v, "known_by"), list->known_by);
}

static const char *const methods[] = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE"};

/* "GET /tags/{arn}". */
static enum err_code load_http(struct loading *l, const struct value *v, struct aws_list *list)
{
    struct str rest = v ? value_str_or(v, "http", "POST /") : STR_LIT("POST /");

    bool known = false;

    if (!str_split(&rest, ' ', &list->method) || !rest.len || *rest.ptr != '/')
        return wrong(l, value_get(v, "http"), "must be a method and a path: GET /things/{id}");
    for (size_t i = 0; i < COUNT(methods); i++)
        known = known || str_eq_c(list->method, methods[i]);
    if (!known)
        return wrong(l, value_get(v, "http"),
                     "must begin with GET, HEAD, POST, PUT, PATCH or DELETE");
    for (size_t i = 0; i < rest.len; i++) /* it is sent as it stands */
        if (rest.ptr[i] <= ' ' || rest.ptr[i] >= 0x7f || strchr("\"<>\\^`|#", rest.ptr[i]))
            return wrong(l, value_get(v, "http"),
                         "must have no blank and no character in its path that a URL cannot hold");
    list->uri = rest;
    return ERR_OK;
}

/* permission: s3:ListAllMyBuckets, a list of such, or none. */
static enum err_code load_permission(struct loading *l, const struct value *v,
                                     struct aws_list *list)
{
    const struct value *said = value_get(v, "permission");

    if (service_texts(l, said, &list->permissions, &list->permission_count) != ERR_OK)
        return l->err->code;
    list->free_for_all = said && said->type == VALUE_STRING && str_eq_c(said->u.string, "none");
    if (list->free_for_all)
        list->permission_count = 0;
    for (size_t i = 0; i < list->permission_count; i++)
        if (str_find(list->permissions[i], STR_LIT(":")) < 1)
            return wrong(l, said, "an action of IAM is PREFIX:Action, such as s3:GetObject");
    return ERR_OK;
}

/* How it is asked, and what it may. */
static enum err_code load_call(struct loading *l, const struct value *v, struct aws_list *list)
{
    if (load_http(l, v, list) != ERR_OK ||
        service_texts(l, value_get(v, "needs"), &list->needs, &list->need_count) != ERR_OK ||
        load_params(l, value_get(v, "params"), &list->params, &list->param_count) != ERR_OK ||
        load_permission(l, v, list) != ERR_OK)
        return l->err->code;
    list->host_prefix = value_str_or(v, "host_prefix", "");
    list->items = value_str_or(v, "items", "");
    list->root = value_str_or(v, "root", "");
    list->xmlns = value_str_or(v, "xmlns", "");
    list->checksum = value_bool_or(v, "checksum", false);
    return ERR_OK;
}

/* What of an answer comes as headers and as bytes. */
static enum err_code load_bytes(struct loading *l, const struct value *v, struct aws_list *list)
{
    const struct value *head = value_get(v, "head");

    list->text = value_str_or(v, "text", "");
    list->head = head;
    if (!head)
        return ERR_OK;
    if (head->type != VALUE_OBJECT || !value_count(head) || value_count(head) > AWS_HEAD_MAX)
        return wrong(l, head, "must be up to 48 members and their headers: {ETag: ETag}");
    VALUE_EACH (it, head)
        if (it->type != VALUE_STRING || !it->u.string.len)
            return wrong(l, it, "must be the name of a header");
    return ERR_OK;
}

static enum err_code load_list(struct loading *l, const struct value *v, struct aws_list *list)
{
    list->name = v->key;
    if (!is_plain(v->key, ""))
        return wrong(l, v, "an operation's name has no blank and only ASCII characters");
    if (v->type == VALUE_NULL) { /* an operation that says nothing more */
        list->method = STR_LIT("POST");
        list->uri = STR_LIT("/");
        return ERR_OK;
    }
    if (service_check_keys(l, v, list_keys, COUNT(list_keys)) != ERR_OK ||
        load_call(l, v, list) != ERR_OK || load_page(l, value_get(v, "page"), list) != ERR_OK)
        return l->err->code;
    if (service_texts(l, value_get(v, "url_encoded"), &list->url_encoded,
                      &list->url_encoded_count) != ERR_OK)
        return l->err->code;
    if (service_scan(l, v, list) != ERR_OK || aws_load_relations(l, v, list) != ERR_OK ||
        service_also(l, v, list) != ERR_OK || load_bytes(l, v, list) != ERR_OK)
        return l->err->code;
    return service_item(l, v, list);
}

static enum err_code load_change(struct loading *l, const struct value *v, struct aws_list *list)
{
    list->name = v->key;
    list->changes = true;
    if (service_check_keys(l, v, change_keys, COUNT(change_keys)) != ERR_OK ||
        load_call(l, v, list) != ERR_OK ||
        service_texts(l, value_get(v, "act"), &list->acts, &list->act_count) != ERR_OK)
        return l->err->code;
    if (!list->act_count)
        return wrong(l, v, "'act' is needed: the operation of 'runbook act' that does it");
    list->token = value_str_or(v, "token", "");
    list->dry_run = value_str_or(v, "dry_run", "");
    list->payload = value_str_or(v, "payload", "");
    return ERR_OK;
}

static enum err_code load_changes(struct loading *l, const struct value *v)
{
    struct aws_service *s = l->service;
    const struct value *changes = value_get(v, "changes");
    struct aws_list *lists;

    if (!changes)
        return ERR_OK;
    if (changes->type != VALUE_OBJECT)
        return wrong(l, changes, "must be a mapping");
    lists = arena_array(l->arena, value_count(changes), sizeof(*lists));
    s->changes = lists;
    VALUE_EACH (it, changes) {
        if (aws_service_list(s, it->key))
            return wrong(l, it, "it stands among the operations, which only read");
        if (load_change(l, it, &lists[s->change_count++]) != ERR_OK)
            return l->err->code;
    }
    return ERR_OK;
}

/* What nobody asks: neither a person, nor a tool, nor a model. */
static enum err_code load_shut(struct loading *l, const struct value *v, struct aws_list *list)
{
    list->name = v->key;
    if (service_check_keys(l, v, closed_keys, COUNT(closed_keys)) != ERR_OK ||
        load_call(l, v, list) != ERR_OK || service_item(l, v, list) != ERR_OK)
        return l->err->code;
    list->why = value_str_or(v, "why", "");
    list->no_keys = value_bool_or(v, "unsigned", false);
    if (!list->why.len)
        return wrong(l, v, "'why' is needed: the reason why nobody may ask it");
    return ERR_OK;
}

static enum err_code load_closed(struct loading *l, const struct value *v)
{
    struct aws_service *s = l->service;
    const struct value *closed = value_get(v, "closed");
    struct aws_list *lists;

    if (!closed)
        return ERR_OK;
    if (closed->type != VALUE_OBJECT)
        return wrong(l, closed, "must be a mapping");
    lists = arena_array(l->arena, value_count(closed), sizeof(*lists));
    s->closed = lists;
    VALUE_EACH (it, closed) {
        if (aws_service_list(s, it->key) || aws_service_change(s, it->key))
            return wrong(l, it, "it stands among the operations or changes, too");
        if (load_shut(l, it, &lists[s->closed_count++]) != ERR_OK)
            return l->err->code;
    }
    return ERR_OK;
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

/* `more` operations of another definition come behind, unless the file has them too. */
static enum err_code load_operations(struct loading *l, const struct value *v,
                                     const struct aws_service *more)
{
    struct aws_service *s = l->service;
    const struct value *ops = value_get(v, "operations");
    struct aws_list *lists;
    size_t own;

    if (!ops || ops->type != VALUE_OBJECT)
        return wrong(l, v, "'operations' must be a mapping");
    lists = arena_array(l->arena, value_count(ops) + (more ? more->list_count : 0), sizeof(*lists));
    s->lists = lists;
    s->list_count = 0;
    VALUE_EACH (it, ops)
        if (load_list(l, it, &lists[s->list_count++]) != ERR_OK)
            return l->err->code;
    own = s->list_count;
    for (size_t i = 0; more && i < more->list_count; i++) {
        bool replaced = false;

        for (size_t k = 0; k < own && !replaced; k++)
            replaced = str_eq(lists[k].name, more->lists[i].name);
        if (!replaced)
            lists[s->list_count++] = more->lists[i];
    }
    return ERR_OK;
}

/* What is sent as it stands, in a host or a header. */
static enum err_code check_sent(struct loading *l, const struct value *v)
{
    static const char *const keys[] = {"id",      "host",      "signing",        "signing_region",
                                       "host_cn", "host_fips", "host_dualstack", "host_us_gov",
                                       "version", "json",      "target"};

    for (size_t i = 0; i < COUNT(keys); i++) {
        const struct value *text = value_get(v, keys[i]);

        if (text && text->type == VALUE_STRING && !is_plain(text->u.string, ""))
            return wrong(l, text, "must have no blank and only ASCII characters");
    }
    VALUE_EACH (it, value_get(v, "headers"))
        if (!is_plain(it->key, "") || str_find(it->key, STR_LIT(":")) >= 0 ||
            it->type != VALUE_STRING || !is_plain(it->u.string, " "))
            return wrong(l, it, "must be a header and its text, one line of ASCII characters");
    return ERR_OK;
}

static enum err_code load_service(struct loading *l, const struct value *v)
{
    struct aws_service *s = l->service;

    if (service_check_keys(l, v, service_keys, COUNT(service_keys)) != ERR_OK ||
        check_sent(l, v) != ERR_OK)
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
    s->host_fips = value_str_or(v, "host_fips", "");
    s->host_dualstack = value_str_or(v, "host_dualstack", "");
    s->sdk = value_str_or(v, "sdk", "");
    s->arn = value_str_or(v, "arn", "");
    s->iam = value_str_or(v, "iam", "");
    s->same_as = value_str_or(v, "same_as", "");
    s->off = value_str_or(v, "off", "");
    s->list_items = value_get(v, "list_items");
    s->path_tail = value_bool_or(v, "path_tail", false);
    s->headers = value_get(v, "headers");
    if (s->headers && s->headers->type != VALUE_OBJECT)
        return wrong(l, s->headers, "must be a mapping of names and texts");
    if (s->list_items && s->list_items->type != VALUE_OBJECT)
        return wrong(l, s->list_items, "must be a mapping: {Filters: Filter}");
    if (load_wire(l, v, &s->wire) != ERR_OK ||
        load_params(l, value_get(v, "params"), &s->params, &s->param_count) != ERR_OK ||
        load_operations(l, v, NULL) != ERR_OK || load_changes(l, v) != ERR_OK ||
        load_closed(l, v) != ERR_OK)
        return l->err->code;
    return service_check_sources(l, v);
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

enum err_code aws_service_extend(struct arena *arena, struct str yaml, const char *name,
                                 const struct aws_service *base, struct aws_service *ret,
                                 struct err *err)
{
    struct loading l = {arena, name, err, ret};
    const struct value *v;

    if (yaml_parse(arena, yaml, &v, err) != ERR_OK)
        return err_wrap(err, "%s", name);
    *ret = *base;
    if (service_check_keys(&l, v, extending_keys, COUNT(extending_keys)) != ERR_OK ||
        load_operations(&l, v, base) != ERR_OK)
        return err->code;
    VALUE_EACH (it, value_get(v, "operations"))
        if (aws_service_change(base, it->key))
            return wrong(&l, it, "it changes something: it is no operation that reads");
        else if (aws_service_closed(base, it->key))
            return wrong(&l, it, "nobody may ask it: it is no operation of a user's file");
    return service_check_sources(&l, v);
}
