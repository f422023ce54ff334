/* inventory.h - what is there in one account: the lists that definitions mark as resources, asked
 * in every region, as records of one form. Some lists are asked once for each item of another
 * (`each` of a definition). A service without regions is asked once. What a cell (one list in one
 * region) came to is told, whatever it is: nothing is left out silently. Everything comes from the
 * loop. */
#ifndef RUNBOOK_SERVICE_AWS_INVENTORY_H
#define RUNBOOK_SERVICE_AWS_INVENTORY_H

#include "runbook/service/aws/client.h"

enum aws_health {
    AWS_HEALTH_UNKNOWN,
    AWS_HEALTH_OK,
    AWS_HEALTH_CHANGING,
    AWS_HEALTH_OFF,
    AWS_HEALTH_BAD
};
const char *aws_health_name(enum aws_health h); /* "ok" */
/* What the word of a service's state means: "available", "ROLLBACK_FAILED". Pure. */
enum aws_health aws_health_of(struct str state);

/* Borrowed during the call; texts may be empty, and are as they came. */
struct aws_resource {
    const struct aws_service *service;
    const struct aws_list *list;
    const char *region; /* "global": of a service without regions */
    struct str id, name, arn, state;
    struct str created;         /* RFC 3339 where it was a time */
    const struct value *tags;   /* an object of strings; NULL: none came */
    const struct value *item;   /* all that came */
    const struct value *params; /* of the call; NULL: none */
    const char *stands_for;     /* ids of the services whose ARNs begin so: " elb elbv2 "; NULL: it
                                   is of a list that stands in for none */
};
/* An item as a record; what is made for it lives in `arena`. False: it has neither id, name nor
 * arn. */
bool aws_resource_read(struct arena *arena, const struct aws_service *s, const struct aws_list *l,
                       const struct value *item, struct aws_resource *ret);

struct aws_cell {
    const struct aws_service *service; /* NULL: its definition cannot be read */
    const char *service_id, *operation, *region;
    size_t resources;
    bool about; /* it lists no resources, but what is said of one */
    const struct aws_result *result;
};

struct aws_scan_options {
    struct aws_client *client; /* borrowed, as are all below until the end */
    struct loop *loop;
    struct aws_catalogue *catalogue;
    const char *account;         /* the 12 digits, for lists that want them; NULL: not known */
    const char *const *services; /* ids */
    size_t service_count;
    const char *const *regions;
    size_t region_count;
    const char *type;        /* "instance": only this kind; NULL: all */
    size_t max_each;         /* calls that one list may cause in another; 0: 5000 */
    struct aws_known *known; /* of the account, so that nothing is told twice (known.h); NULL */
    struct aws_tally *tally; /* where its calls are counted; NULL */
};

struct aws_scan_callbacks {
    void (*on_resource)(void *ctx, const struct aws_resource *r);
    void (*on_cell)(void *ctx, const struct aws_cell *c);
    void (*on_done)(void *ctx); /* once, from the loop; freeing the scan in it is fine */
    /* An item of a list that is `about` a resource: service, list, region, item and params are
     * set; item NULL: it has none. NULL: such lists are not asked. */
    void (*on_about)(void *ctx, const struct aws_resource *r);
};

struct aws_scan; /* opaque */
struct aws_scan *aws_scan_start(const struct aws_scan_options *o,
                                const struct aws_scan_callbacks *cb, void *ctx);
void aws_scan_free(struct aws_scan *s); /* ends silently what is under way; NULL is fine */
void aws_scan_cancel(
    struct aws_scan *s); /* what is under way ends as CANCELED, the rest is not asked */
/* Cells that ended, and that are known so far: for a progress line. */
void aws_scan_progress(const struct aws_scan *s, size_t *ret_done, size_t *ret_known);

#endif
