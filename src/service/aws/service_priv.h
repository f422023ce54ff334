/* service_priv.h - a definition file while it is read. */
#ifndef RUNBOOK_SRC_SERVICE_AWS_SERVICE_PRIV_H
#define RUNBOOK_SRC_SERVICE_AWS_SERVICE_PRIV_H

#include "runbook/service/aws/service.h"

struct loading {
    struct arena *arena;
    const char *file; /* for messages */
    struct err *err;
    struct aws_service *service;
};

static inline enum err_code wrong(struct loading *l, const struct value *at, const char *what)
{
    return err_set(l->err, ERR_INPUT, "%s, line %u column %u: %s", l->file, at ? at->line : 1,
                   at ? at->col : 1, what);
}

/* `relations` and `about` of an operation. */
enum err_code aws_load_relations(struct loading *l, const struct value *v, struct aws_list *list);

#endif
