/* estate.h - the accounts of AWS that are asked, each with its keys and its client. Nothing is sent
 * before somebody asks. */
#ifndef RUNBOOK_SERVICE_AWS_ESTATE_H
#define RUNBOOK_SERVICE_AWS_ESTATE_H

#include "runbook/base/arena.h"
#include "runbook/base/vec.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/client.h"

struct aws_account {
    const char *name;     /* of services.yaml; "default" when none is written there */
    const char *number;   /* the 12 digits, as configured or as an answer said; "" */
    const char **regions; /* configured; NULL-terminated */
    bool is_default;
    struct aws_credentials *credentials; /* both owned by the estate */
    struct aws_client *client;
};

struct aws_estate {
    struct loop *loop;
    struct http_client *http; /* both borrowed */
    struct aws_catalogue *catalogue;
    struct arena *arena; /* what the accounts' texts live in */
    VEC(struct aws_account) accounts;
    /* Services that the user chose to watch: ids; NULL-terminated; NULL: all. */
    const char *const *scope;
};

/* Takes over `catalogue`. */
struct aws_estate *aws_estate_new(struct loop *loop, struct http_client *http,
                                  struct aws_catalogue *catalogue);
void aws_estate_free(struct aws_estate *e); /* calls under way end silently; NULL is fine */

struct aws_account_options {
    const char *name, *number; /* both copied */
    const char *const *regions;
    bool is_default;
    const struct aws_credentials_options *keys;
    struct rng *rng;
    unsigned throttled_attempts;
};
struct aws_account *aws_estate_add(struct aws_estate *e, const struct aws_account_options *o);

/* By name or number; NULL or "": the default one, else the first. ERR_NOT_FOUND names those that
 * there are, or how to add one. */
enum err_code aws_estate_account(struct aws_estate *e, const char *name, struct aws_account **ret,
                                 struct err *err);
/* Where that account is asked when no region is named: its first region, else its keys'; NULL. */
const char *aws_account_region(const struct aws_account *a);

#endif
