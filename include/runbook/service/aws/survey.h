/* survey.h - what is there over several accounts: each account's number and regions are found out
 * where they are not known, then its inventory is asked (inventory.h), all at once. What a cell
 * came to is told, whatever it is. Everything comes from the loop. */
#ifndef RUNBOOK_SERVICE_AWS_SURVEY_H
#define RUNBOOK_SERVICE_AWS_SURVEY_H

#include "runbook/service/aws/estate.h"
#include "runbook/service/aws/inventory.h"
#include "runbook/service/aws/where.h"

struct aws_survey_options {
    struct aws_estate *estate;   /* borrowed until the end, as are the lists */
    const char *const *accounts; /* names or numbers */
    size_t account_count;        /* 0: every one of the estate */
    const char *const *services; /* ids, or "ec2:instance" */
    size_t service_count;
    const char *const *regions; /* "all": those that are switched on */
    size_t region_count;        /* 0: the account's own */
    struct aws_tally *tally;    /* where its calls are counted; NULL */
};

struct aws_survey_callbacks {
    void (*on_resource)(void *ctx, const struct aws_account *a, const struct aws_resource *r);
    void (*on_cell)(void *ctx, const struct aws_account *a, const struct aws_cell *c);
    void (*on_done)(void *ctx); /* once, from the loop; freeing it in it is fine */
    /* What is said of a resource (aws_scan_callbacks.on_about); NULL: it is not asked. */
    void (*on_about)(void *ctx, const struct aws_account *a, const struct aws_resource *r);
};

struct aws_survey; /* opaque */
/* ERR_INPUT, ERR_NOT_FOUND: no such account or region, or none is known. Nothing was sent then. */
enum err_code aws_survey_start(const struct aws_survey_options *o,
                               const struct aws_survey_callbacks *cb, void *ctx,
                               struct aws_survey **ret, struct err *err);
void aws_survey_cancel(struct aws_survey *s); /* on_done comes */
void aws_survey_free(struct aws_survey *s);   /* ends silently; NULL is fine */
/* Cells that ended, and that are known so far. */
void aws_survey_progress(const struct aws_survey *s, size_t *ret_done, size_t *ret_known);

/* A resource in the form of conditions (where.h); borrows. */
struct aws_where_row aws_survey_row(const struct aws_account *a, const struct aws_resource *r);
/* "instance" of "ec2:instance"; NULL: all. */
const char *aws_survey_kind(const char *service);

#endif
