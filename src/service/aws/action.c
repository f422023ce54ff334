/* action.c - see action.h. */
#include "runbook/service/aws/action.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/mem.h"

/* The first that its definition names; a report of what is missing needs one. */
void aws_action_name(const struct aws_service *s, struct str operation, char out[AWS_ACTION_MAX])
{
    const struct aws_list *l = aws_service_list(s, operation);
    const struct aws_list unknown = {.name = operation};
    struct buf action = BUF_INIT(AWS_ACTION_MAX - 1);

    if (!l)
        l = aws_service_change(s, operation);
    if (!aws_service_action(s, l ? l : &unknown, 0, &action))
        buf_addf(&action, "%.*s:%.*s", STR_FMT(s->id), STR_FMT(operation));
    (void)snprintf(out, AWS_ACTION_MAX, "%s", buf_cstr(&action));
    buf_release(&action);
}

/* A look that is begun, billed, and ended again: by the commands and tools for it alone. */
static const char *const looks[][3] = {
    {"logs", "StartQuery", "runbook cloudwatch insights, or the tool aws_insights"},
    {"logs", "StopQuery", "runbook cloudwatch insights, or the tool aws_insights"},
    {"logs", "StartLiveTail", "runbook cloudwatch tail"},
};

enum err_code aws_closed_guard(const struct aws_service *s, const struct aws_list *l,
                               struct err *err)
{
    if (!l->why.len)
        return ERR_OK;
    return err_set(err, ERR_DENIED, "%.*s %.*s is asked for nobody here: %.*s", STR_FMT(s->id),
                   STR_FMT(l->name), STR_FMT(l->why));
}

enum err_code aws_read_guard(const struct aws_service *s, const struct aws_list *l,
                             const struct value *params, struct err *err)
{
    if (aws_closed_guard(s, l, err))
        return err->code;
    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
        if (str_eq_c(s->id, looks[i][0]) && str_eq_c(l->name, looks[i][1]))
            return err_set(err, ERR_DENIED, "%s is asked for by %s", looks[i][1], looks[i][2]);
    VALUE_EACH (it, params)
        if (str_eq_c(it->key, "WithDecryption") && !(it->type == VALUE_BOOL && !it->u.boolean))
            return err_set(err, ERR_DENIED,
                           "WithDecryption would show secrets: it is not asked for here");
    return ERR_OK;
}
