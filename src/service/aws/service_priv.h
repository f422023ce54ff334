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

/* Every key of `v` is one of `keys`. */
enum err_code service_check_keys(struct loading *l, const struct value *v, const char *const *keys,
                                 size_t count);
/* A text or a list of texts. */
enum err_code service_texts(struct loading *l, const struct value *v, const struct str **ret,
                            size_t *ret_count);
/* What of an item is what: `item`, and `known_by` where a resource is known by more. */
enum err_code service_item(struct loading *l, const struct value *v, struct aws_list *list);

/* ---- service_scan.c: what a scan makes of a list ---- */

enum err_code service_scan(struct loading *l, const struct value *v, struct aws_list *list);
enum err_code service_also(struct loading *l, const struct value *v, struct aws_list *list);
/* What an `each` names is there, and leads to a beginning; of another service the scan says it. */
enum err_code service_check_sources(struct loading *l, const struct value *v);

/* `relations` and `about` of an operation. */
enum err_code aws_load_relations(struct loading *l, const struct value *v, struct aws_list *list);

#endif
