/* describe_place.h - where `runbook describe` looks for what it was given: the service and the kind
 * that an ARN or an id tells, else those that the inventory of the last scans has it under, else
 * every service. */
#ifndef RUNBOOK_SRC_APP_DESCRIBE_PLACE_H
#define RUNBOOK_SRC_APP_DESCRIBE_PLACE_H

#include "runbook/service/aws/choose.h"
#include "src/app/aws_open.h"
#include "src/app/commands.h"

#define PLACE_REGIONS_MAX 64

struct describe_place {
    const char *text;           /* as it was given */
    struct str service;         /* of an ARN; empty */
    struct aws_choice services; /* "rds:instance" */
    const char *regions[PLACE_REGIONS_MAX];
    size_t region_count;
    bool everywhere;       /* nothing tells the service: every one is asked */
    const char *kept_kind; /* as the inventory has it: "rds:instance"; NULL */
    const char *kept_region, *kept_account;
};

/* What the inventory has of that id, name or ARN; nothing where there is none. Texts live in
 * `arena`. Asks nobody. */
void place_look_up(struct app *app, const struct cmd_args *args, struct arena *arena,
                   struct describe_place *p);
/* After it. ERR_INPUT: an ARN of no service that is defined. */
enum err_code place_find(struct aws_run *r, const struct cmd_args *args, struct describe_place *p,
                         struct err *err);
/* Is it an id of EC2 or EFS: "i-0123456789abcdef0"? */
bool place_is_id(struct str s);

#endif
