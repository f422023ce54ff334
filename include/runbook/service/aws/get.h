/* get.h - one read of AWS by the names of its service and its operation: what the modules for
 * metrics, alarms, logs and traces send with. */
#ifndef RUNBOOK_SERVICE_AWS_GET_H
#define RUNBOOK_SERVICE_AWS_GET_H

#include "runbook/service/aws/estate.h"

struct aws_get {
    struct aws_estate *estate;
    struct aws_account *account;
    const char *region; /* NULL or "": the account's */
    const char *service, *operation;
    struct str params;          /* JSON of an object; empty: none */
    const struct value *values; /* instead of it */
    size_t max_items;           /* 0: no limit */
    unsigned max_pages;
    int64_t timeout_ms;      /* 0: the client's */
    struct aws_tally *tally; /* of aws_query */
};

/* ERR_OK: the callbacks will come. Anything else: nothing was sent, none will. */
enum err_code aws_get_send(const struct aws_get *q, const struct aws_callbacks *cb, void *ctx,
                           aws_id *ret_id, struct err *err);

/* The region that is asked: the given one, else the account's; ERR_INPUT: neither, or no name of
 * a region. */
enum err_code aws_get_region(const struct aws_account *a, const char *given, const char **ret,
                             struct err *err);

/* A moment as AWS's parameters and answers write it: RFC 3339, or seconds or milliseconds since
 * 1970 as a number or its text; 0: none. */
int64_t aws_moment_ms(const struct value *v);
/* Text of a member, safe for a terminal and cut to `max` bytes at a character; "" when it is not
 * there. Lives in `arena`. */
const char *aws_clean(struct arena *arena, const struct value *obj, const char *key, size_t max);

#endif
