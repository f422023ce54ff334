/* service_find.c - what a definition holds, by name: see service.h. */
#include "runbook/codec/yaml.h"
#include "runbook/service/aws/service.h"

struct str aws_service_base(struct arena *arena, struct str yaml)
{
    const struct value *v;
    struct err ignored;

    return yaml_parse(arena, yaml, &v, &ignored) == ERR_OK ? value_str_or(v, "extends", "")
                                                           : STR_LIT("");
}

const struct aws_list *aws_service_list(const struct aws_service *s, struct str operation)
{
    for (size_t i = 0; i < s->list_count; i++)
        if (str_eq(s->lists[i].name, operation))
            return &s->lists[i];
    return NULL;
}

const struct aws_list *aws_service_change(const struct aws_service *s, struct str operation)
{
    for (size_t i = 0; i < s->change_count; i++)
        if (str_eq(s->changes[i].name, operation))
            return &s->changes[i];
    return NULL;
}

const struct aws_list *aws_service_closed(const struct aws_service *s, struct str operation)
{
    for (size_t i = 0; i < s->closed_count; i++)
        if (str_eq(s->closed[i].name, operation))
            return &s->closed[i];
    return NULL;
}

bool aws_service_action(const struct aws_service *s, const struct aws_list *l, size_t n,
                        struct buf *out)
{
    struct str prefix = s->iam.len ? s->iam : s->arn.len ? s->arn : s->signing;

    if (l->free_for_all || (n && n >= l->permission_count))
        return false;
    if (l->permission_count)
        buf_add_str(out, l->permissions[n]);
    else
        buf_addf(out, "%.*s:%.*s", STR_FMT(prefix), STR_FMT(l->name));
    return true;
}
