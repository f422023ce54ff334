/* batch.h - calls of one question: some at once, some that follow from others, told when the last
 * one ended. All go to one account; each names its region or takes the batch's. A page that says
 * "enough" ends its walk as CUT. Everything comes from the loop. */
#ifndef RUNBOOK_SERVICE_AWS_BATCH_H
#define RUNBOOK_SERVICE_AWS_BATCH_H

#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/client.h"

struct aws_batch; /* opaque */

struct aws_batch_options {
    struct loop *loop;
    struct aws_catalogue *catalogue;
    struct aws_client *client;  /* all borrowed */
    const char *region;         /* copied; NULL: the credentials' */
    int64_t timeout_ms;         /* of each call; 0: a minute */
    struct aws_tally *tally;    /* of every call; NULL: not counted */
    void (*on_idle)(void *ctx); /* once, when nothing is left; freeing the batch in it is fine */
    void *ctx;
};
struct aws_batch *aws_batch_new(const struct aws_batch_options *o);
void aws_batch_free(struct aws_batch *b); /* ends silently what is under way; NULL is fine */
/* What is under way ends as CANCELED, what is added later too. */
void aws_batch_cancel(struct aws_batch *b);

struct aws_batch_call {
    const char *service, *operation; /* as the catalogue has them */
    const char *region;              /* copied; NULL: the batch's */
    size_t max_items;
    unsigned max_pages; /* both 0: no limit of ours */
    /* Items of a page, borrowed; false: enough. */
    bool (*on_page)(void *ctx, const struct value *items);
    /* The call has ended, however; more may be added here. May be NULL. */
    void (*on_end)(void *ctx, const struct aws_result *r);
    void *ctx;
};
/* `params` is an object in JSON; NULL: none. A call that cannot be made (an unknown operation, JSON
 * that is none) ends like the others, with AWS_END_INPUT. */
void aws_batch_add(struct aws_batch *b, const struct aws_batch_call *call, const char *params);

/* A time as the protocols have it: a number of seconds, RFC 3339, Lambda's "+0000", Config's blank
 * between day and hour; 0: none. */
int64_t aws_time_ms(const struct value *v);
/* A member that is a text, or a number as text; "" without one. Lives in `arena`. */
const char *aws_text(struct arena *arena, const struct value *item, const char *path);

#endif
