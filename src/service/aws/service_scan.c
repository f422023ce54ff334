/* service_scan.c - what a definition says of a scan: which lists are resources, which follow
 * others, what their items say of each other. See service.h. */
#include "src/service/aws/service_priv.h"

#define SOURCES_MAX 4
#define VALUES_MAX 64

/* true, or the region that answers for all. */
static void load_once(const struct value *v, struct aws_list *list)
{
    if (!v)
        return;
    if (v->type == VALUE_STRING)
        list->once_in = v->u.string;
    list->once = v->type == VALUE_STRING || (v->type == VALUE_BOOL && v->u.boolean);
}

/* "ListClusters", "sso-admin:ListInstances.IdentityStoreId". */
static bool read_source(struct str text, struct aws_list *list)
{
    struct str rest = text, piece;

    if (memchr(text.ptr, ':', text.len)) {
        if (!str_split(&rest, ':', &list->source_service) || !list->source_service.len)
            return false;
    }
    if (!str_split(&rest, '.', &piece) || !piece.len)
        return false;
    list->source = piece;
    if (rest.ptr)
        list->source_member = rest;
    return true;
}

/* {ServiceNamespace: [ecs, dynamodb]}: once with each of them. */
static enum err_code load_values(struct loading *l, const struct value *v, struct aws_list *list)
{
    const struct value *one = v->type == VALUE_OBJECT ? value_at(v, 0) : NULL;

    if (value_count(v) != 1 || !one || one->type != VALUE_ARRAY || !value_count(one) ||
        value_count(one) > VALUES_MAX)
        return wrong(l, v, "must be one parameter and its values: {ServiceNamespace: [ecs, rds]}");
    list->each = one->key;
    list->values = one;
    return ERR_OK;
}

static enum err_code load_each(struct loading *l, const struct value *v, struct aws_list *list)
{
    const struct value *each = value_get(v, "each"), *values = value_get(v, "for");

    if (!each && (list->batch || list->carry_count))
        return wrong(l, v, "'batch' and 'carry' belong to 'each'");
    if (each && values)
        return wrong(l, values, "'for' and 'each' do not go together");
    if (values)
        return load_values(l, values, list);
    if (!each)
        return ERR_OK;
    if (each->type != VALUE_OBJECT || value_count(each) != 1 ||
        value_at(each, 0)->type != VALUE_STRING || !read_source(value_at(each, 0)->u.string, list))
        return wrong(l, each, "must be one parameter and an operation: {cluster: ListClusters}");
    list->each = value_at(each, 0)->key;
    return ERR_OK;
}

/* {cluster: ListClusters}, and what belongs to it. */
enum err_code service_scan(struct loading *l, const struct value *v, struct aws_list *list)
{
    const struct value *with = value_get(v, "with");
    const struct value *batch = value_get(v, "batch");
    double n = batch && batch->type == VALUE_NUMBER ? batch->u.number : 0;

    list->resource = value_str_or(v, "resource", "");
    list->aside = value_bool_or(v, "aside", false);
    list->stands_in = value_bool_or(v, "stands_in", false);
    load_once(value_get(v, "once"), list);
    if (with && with->type != VALUE_OBJECT)
        return wrong(l, with, "must be a mapping of parameters");
    list->with = with;
    list->rate = value_num_or(v, "rate", 0);
    if (value_get(v, "rate") && !(list->rate >= 0.1 && list->rate <= 1000))
        return wrong(l, value_get(v, "rate"), "must be requests a second, from 0.1 to 1000");
    if (batch && (n < 1 || n > 1000 || n != (unsigned)n))
        return wrong(l, batch, "must be a whole number from 1 to 1000");
    list->batch = (unsigned)n;
    if (service_texts(l, value_get(v, "carry"), &list->carry, &list->carry_count) != ERR_OK)
        return l->err->code;
    return load_each(l, v, list);
}

static const char *const also_keys[] = {"item", "known_by", "resource", "relations"};

/* {CompositeAlarms.member: {resource: composite-alarm, item: {name: AlarmName}}} */
enum err_code service_also(struct loading *l, const struct value *v, struct aws_list *list)
{
    const struct value *also = value_get(v, "also");
    struct aws_list *lists;

    if (!also)
        return ERR_OK;
    if (also->type != VALUE_OBJECT)
        return wrong(l, also, "must be a mapping of lists: {Groups: {item: {id: Id}}}");
    lists = arena_array(l->arena, value_count(also), sizeof(*lists));
    list->also = lists;
    VALUE_EACH (it, also) {
        struct aws_list *one = &lists[list->also_count++];

        one->name = list->name;
        one->items = it->key;
        one->values = list->values;
        one->source_member = list->source_member;
        if (it->type == VALUE_NULL)
            continue;
        if (service_check_keys(l, it, also_keys, sizeof(also_keys) / sizeof(*also_keys)) ||
            service_item(l, it, one) || aws_load_relations(l, it, one))
            return l->err->code;
        one->resource = value_str_or(it, "resource", "");
    }
    return ERR_OK;
}

/* What an `each` names is there, and leads to a beginning. */
enum err_code service_check_sources(struct loading *l, const struct value *v)
{
    const struct aws_service *s = l->service;

    for (size_t i = 0; i < s->list_count; i++) {
        const struct aws_list *list = &s->lists[i];

        for (unsigned depth = 0; list && list->source.len && !list->source_service.len; depth++) {
            list = depth < SOURCES_MAX ? aws_service_list(s, list->source) : NULL;
            if (!list)
                return err_set(l->err, ERR_INPUT,
                               "%s, line %u column %u: 'each' of %.*s: no operation %.*s is before "
                               "it (at most four may follow each other)",
                               l->file, v->line, v->col, STR_FMT(s->lists[i].name),
                               STR_FMT(s->lists[i].source));
        }
    }
    return ERR_OK;
}
