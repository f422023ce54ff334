/* service_relations.c - what the items of a definition's lists say of other resources: see
 * service.h. */
#include "runbook/service/aws/relations.h"
#include "src/service/aws/service_priv.h"

/* "runs-in ec2:subnet", "uses", "< member-of ec2:instance": the other one is it of this one. */
static enum err_code load_relation(struct loading *l, const struct value *v,
                                   struct aws_relation_def *r)
{
    struct str rest = v->type == VALUE_STRING ? v->u.string : STR_LIT(""), type;

    r->path = v->key;
    r->inverse = str_starts(rest, "< ");
    if (r->inverse)
        rest = (struct str){rest.ptr + 2, rest.len - 2};
    if (!str_split(&rest, ' ', &type))
        type = STR_LIT("");
    if (!rest.ptr)
        rest = STR_LIT("");
    r->type = aws_relation_type(type);
    r->kind = rest;
    if (!r->type)
        return wrong(
            l, v,
            "must be a type and a kind, as in 'uses ec2:subnet'; types are " AWS_RELATION_TYPES);
    if (rest.len && !memchr(rest.ptr, ':', rest.len))
        return wrong(l, v, "a kind is a service and a resource: ec2:subnet");
    return ERR_OK;
}

enum err_code aws_load_relations(struct loading *l, const struct value *v, struct aws_list *list)
{
    const struct value *all = value_get(v, "relations"), *about = value_get(v, "about");
    struct aws_relation_def *defs;

    if (about && (about->type != VALUE_OBJECT || value_count(about) != 1 ||
                  value_at(about, 0)->type != VALUE_STRING))
        return wrong(l, about, "must be a kind and a parameter: {elbv2:target-group: Arn}");
    if (about) {
        list->about_kind = value_at(about, 0)->key;
        list->about = value_at(about, 0)->u.string;
    }
    if (!all)
        return ERR_OK;
    if (all->type != VALUE_OBJECT)
        return wrong(l, all, "must be a mapping of members: {subnetId: runs-in ec2:subnet}");
    defs = arena_array(l->arena, value_count(all), sizeof(*defs));
    list->relations = defs;
    VALUE_EACH (it, all)
        if (load_relation(l, it, &defs[list->relation_count++]) != ERR_OK)
            return l->err->code;
    return ERR_OK;
}
