/* ask.h - one read operation in several regions of several accounts at once. Each region of an
 * account is a cell; what it came to is told of every one, also of those that were denied,
 * throttled or not reached. */
#ifndef RUNBOOK_SERVICE_AWS_ASK_H
#define RUNBOOK_SERVICE_AWS_ASK_H

#include "runbook/base/str.h"
#include "runbook/service/aws/action.h"
#include "runbook/service/aws/estate.h"

#define AWS_ASK_CELLS_MAX 512

struct aws_ask_options {
    struct aws_estate *estate;         /* borrowed until the end, as are service and list */
    const struct aws_service *service; /* of the estate's catalogue */
    const struct aws_list *list;
    const struct value *params; /* an object that lives until the end; NULL: none */
    /* A name or number, several with commas between them, "all"; NULL or "": the default one. */
    const char *account;
    /* A region, several, "all": those that are switched on; NULL or "": the account's own. */
    const char *region;
    size_t max_items;        /* of a cell; 0: 100 */
    size_t max_bytes;        /* of all items as JSON; 0: 4 MiB */
    bool answers;            /* each page's whole answer is its one item */
    int64_t timeout_ms;      /* of the whole; 0: 5 minutes */
    struct aws_tally *tally; /* where its calls are counted, borrowed; NULL */
};

struct aws_ask_cell {
    const char *account, *number, *region; /* "global": of a service without regions */
    enum aws_end end;
    struct err err;              /* ERR_OK of a cell that was read */
    char code[129];              /* the service's own word; "" */
    char action[AWS_ACTION_MAX]; /* of IAM, that would permit it */
    bool more;                   /* there is more than came */
    struct buf items;            /* JSON, with commas between */
    size_t count;
    unsigned pages, requests;
};
bool aws_ask_cell_failed(const struct aws_ask_cell *c); /* neither read, nor absent there */

struct aws_ask; /* opaque */
/* Once, from the loop; the cells live until aws_ask_free(), which is fine in it. Cells are in the
 * order of accounts, then regions. */
typedef void aws_ask_fn(void *ctx, const struct aws_ask_cell *cells, size_t count);

/* ERR_INPUT, ERR_NOT_FOUND: an account or region that is none, no region known; ERR_DENIED: the
 * answer would be a secret. Nothing was sent then. */
enum err_code aws_ask_start(const struct aws_ask_options *o, aws_ask_fn *fn, void *ctx,
                            struct aws_ask **ret, struct err *err);
void aws_ask_cancel(struct aws_ask *a); /* what is under way ends as CANCELED; `fn` comes */
void aws_ask_free(struct aws_ask *a);   /* ends silently; NULL is fine */

/* {"account","region","end","more","items","count","pages","error"?,"code"?,"action"?}; with
 * `service` before that. One cell is an object of its own, several are "cells" of one. */
void aws_ask_json(const struct aws_ask_options *o, const struct aws_ask_cell *cells, size_t count,
                  struct buf *out);

#endif
