/* resources.h - what is there, over services, regions and accounts at once: gathered, filtered,
 * sorted. Used by `resources` and `describe`. */
#ifndef RUNBOOK_SRC_APP_RESOURCES_H
#define RUNBOOK_SRC_APP_RESOURCES_H

#include "runbook/engine/collect.h"
#include "runbook/service/aws/choose.h"
#include "runbook/service/aws/survey.h"
#include "runbook/service/aws/where.h"
#include "src/app/aws_open.h"

struct resource_row {
    const char *service, *kind; /* "ec2", "instance" */
    const char *id, *name, *arn, *state, *region, *created;
    const char *account, *number; /* its name, and the 12 digits or "" */
    const char *tags;             /* JSON of an object, or "" */
    const char *item;             /* JSON of all that came, when it was asked for; else NULL */
    enum aws_health health;
};

/* A list in a region of an account, and what it came to. */
struct resource_cell {
    const char *service, *operation, *region, *account;
    enum aws_end end;
    const char *code, *why;
    const char *off; /* what it means that the service is switched off; "" */
    size_t resources;
    unsigned pages, requests, retries;
};

struct resource_query {
    const char *const *services; /* ids, or "ec2:instance" */
    size_t service_count;
    const char *const *regions; /* "all": those that are switched on; none: as configured */
    size_t region_count;
    struct aws_filter filter;
    bool keep_items;
    struct collect *collect; /* everything goes there, and no rows are made; NULL */
};

struct gather {
    struct aws_run *run;
    const struct resource_query *q;
    struct arena *arena;
    VEC(struct resource_row) rows;
    VEC(struct resource_cell) cells;
    struct aws_survey *survey;
    bool done;
    size_t undecided; /* for which `where` compares what does not go together */
    char why_undecided[ERR_MSG_MAX + 128]; /* of the first */
    unsigned requests, retries;
    int64_t begun_ms, shown_ms, took_ms;
    bool progress, interrupted;
};

void gather_init(struct gather *g, struct aws_run *run, const struct resource_query *q);
/* Asks, and returns when all has come (or Ctrl-C was pressed). ERR_INPUT: it could not begin. Rows
 * are sorted by service, kind, region, account, name and id. */
enum err_code gather_run(struct gather *g, struct err *err);
void gather_release(struct gather *g);
/* Is it the cell of something that went wrong? What is not there or switched off is not. */
bool cell_failed(const struct resource_cell *c);

/* For the commands: an option's values, at most RESOURCE_LIST_MAX; the services of --service,
 * --category and --all; on stderr what failed, alike ones in one line. */
#define RESOURCE_LIST_MAX 256
size_t resources_options(const struct cmd_args *args, const char *name, const char **out);
enum err_code resources_choose(struct aws_run *r, const struct cmd_args *args,
                               struct aws_choice *ret, struct err *err);
/* inventory.db of the state folder, which is made; the caller frees. NULL: *err says why. */
char *inventory_path(struct app *app, struct err *err);
void resources_print_failures(const struct gather *g);
void resources_print_off(
    const struct gather *g); /* what is switched off, where that means something */
/* What was gathered of whole services goes to inventory.db, as `runbook scan` does it. */
struct inv_outcome;
enum err_code scan_save(struct gather *g, struct inv_outcome *ret, struct err *err);
/* --where: *ret is NULL when it is not there. What it could not decide, on stderr. */
enum err_code resources_where(const struct cmd_args *args, struct aws_where **ret, struct err *err);
void resources_print_undecided(size_t count, const char *why);

#endif
