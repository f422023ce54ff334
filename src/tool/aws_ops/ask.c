/* ask.c - a look at health over accounts: which kinds, where, and one run (fetch.h) for each
 * account. */
#include <stdlib.h>

#include "fetch.h"
#include "runbook/base/mem.h"
#include "runbook/service/aws/regions.h"

#define KINDS_MAX 64

struct part {
    struct ops_ask *ask;
    struct aws_account *account;
    struct aws_regions *asking;
    struct ops_run *run;
    const char **regions;
    size_t region_count;
};

struct ops_ask {
    struct ops_options o;
    void (*done)(void *ctx);
    void *ctx;
    struct arena *arena;
    const struct ops_kind *kinds[KINDS_MAX];
    size_t kind_count;
    struct part *parts; /* one an account */
    size_t part_count, left;
    const struct ops_report **reports;
    size_t report_count;
    bool canceled;
};

/* ---- what ---- */

static bool in_scope(const struct aws_estate *e, const char *service)
{
    for (size_t i = 0; e->scope && e->scope[i]; i++)
        if (strcmp(e->scope[i], service) == 0)
            return true;
    return !e->scope;
}

/* Services that the user did not choose are left alone, unless one is named. */
static void keep_scope(struct ops_ask *a)
{
    size_t n = 0;

    for (size_t i = 0; i < a->kind_count; i++)
        if (in_scope(a->o.estate, a->kinds[i]->service))
            a->kinds[n++] = a->kinds[i];
    a->kind_count = n;
}

static enum err_code find_kinds(struct ops_ask *a, struct err *err)
{
    const char *service = a->o.service, *resource = a->o.resource;
    enum err_code rc;

    if (!service && resource) {
        a->kind_count = ops_kinds_of(resource, a->kinds, KINDS_MAX);
        if (a->kind_count)
            return ERR_OK;
        return err_set(err, ERR_INPUT,
                       "'%.80s' does not say which service it is of: name one (rds %.80s), or "
                       "give its ARN",
                       resource, resource);
    }
    if (!service)
        return err_set(err, ERR_INPUT, "say what to look at: a service, an id, an ARN, or all");
    rc = ops_kinds_named(service, a->kinds, KINDS_MAX, &a->kind_count, err);
    if (rc == ERR_NOT_FOUND && !resource) { /* it may be an id */
        a->kind_count = ops_kinds_of(service, a->kinds, KINDS_MAX);
        if (!a->kind_count)
            return rc;
        a->o.resource = service;
        return ERR_OK;
    }
    if (!rc && strcmp(service, "all") == 0)
        keep_scope(a);
    if (!rc && !a->kind_count)
        return err_set(err, ERR_INPUT, "none of the chosen services is in the operations matrix");
    return rc;
}

/* ---- where ---- */

static void add_region(struct part *p, const char *name, size_t room)
{
    for (size_t i = 0; i < p->region_count; i++)
        if (strcmp(p->regions[i], name) == 0)
            return;
    if (p->region_count < room)
        p->regions[p->region_count++] = arena_strdup(p->ask->arena, name);
}

/* "arn:aws:ec2:eu-west-1:..." says where it is. */
static const char *arn_region(struct ops_ask *a)
{
    struct str rest = str_from(a->o.resource), piece;

    if (!str_starts(rest, "arn:"))
        return NULL;
    for (size_t i = 0; i < 4; i++)
        if (!str_split(&rest, ':', &piece))
            return NULL;
    return piece.len && aws_region_valid(piece) ? arena_str(a->arena, piece) : NULL;
}

/* False: they are asked for. */
static bool know_regions(struct part *p)
{
    struct ops_ask *a = p->ask;
    const char *region;

    p->regions = arena_array(a->arena, AWS_REGIONS_MAX, sizeof(*p->regions));
    for (size_t i = 0; i < a->o.region_count; i++) {
        if (strcmp(a->o.regions[i], "all") == 0)
            return false;
        add_region(p, a->o.regions[i], AWS_REGIONS_MAX);
    }
    if (!p->region_count && (region = arn_region(a)))
        add_region(p, region, AWS_REGIONS_MAX);
    for (size_t i = 0;
         !a->o.region_count && !p->region_count && p->account->regions && p->account->regions[i];
         i++)
        add_region(p, p->account->regions[i], AWS_REGIONS_MAX);
    if (p->region_count)
        return true;
    region = aws_account_region(p->account);
    add_region(p, region ? region : "us-east-1", AWS_REGIONS_MAX);
    return true;
}

/* ---- one account ---- */

static void on_done(void *ctx)
{
    struct part *p = ctx;
    struct ops_ask *a = p->ask;

    a->reports[a->report_count++] = ops_run_report(p->run);
    if (--a->left == 0)
        a->done(a->ctx);
}

static void start_part(struct part *p)
{
    struct ops_ask *a = p->ask;
    struct ops_run_options o = {.estate = a->o.estate,
                                .account = p->account,
                                .kinds = a->kinds,
                                .kind_count = a->kind_count,
                                .match = a->o.resource,
                                .regions = p->regions,
                                .region_count = p->region_count,
                                .anomalies = a->o.anomalies,
                                .now_ms = a->o.now_ms,
                                .max = a->o.max,
                                .tally = a->o.tally};

    p->run = ops_run_start(&o, on_done, p);
    if (a->canceled)
        ops_run_cancel(p->run);
}

static void on_regions(void *ctx, const char *const *regions, size_t count,
                       const struct aws_result *r)
{
    struct part *p = ctx;
    const char *own = aws_account_region(p->account);

    (void)r; /* what cannot be asked for says so at the first list, in our own region */
    p->region_count = 0;
    for (size_t i = 0; i < count; i++)
        add_region(p, regions[i], AWS_REGIONS_MAX);
    if (!p->region_count)
        add_region(p, own ? own : "us-east-1", AWS_REGIONS_MAX);
    start_part(p);
}

static void add_account(struct ops_ask *a, struct aws_account *account)
{
    for (size_t i = 0; i < a->part_count; i++)
        if (a->parts[i].account == account)
            return;
    a->parts[a->part_count++] = (struct part){.ask = a, .account = account};
}

/* "prod, 123456789012", "all"; nothing: the default one. */
static enum err_code find_accounts(struct ops_ask *a, struct err *err)
{
    struct aws_estate *e = a->o.estate;
    const char *given = a->o.account ? a->o.account : "";
    struct str rest = str_from(given), piece;
    struct aws_account *one = NULL;

    a->parts = arena_array(a->arena, e->accounts.count + 1, sizeof(*a->parts));
    a->reports = arena_array(a->arena, e->accounts.count + 1, sizeof(*a->reports));
    if (strcmp(given, "all") == 0)
        VEC_EACH (account, &e->accounts)
            add_account(a, account);
    else
        while (str_split(&rest, ',', &piece)) {
            if (aws_estate_account(e, arena_str(a->arena, str_trim(piece)), &one, err))
                return err->code;
            add_account(a, one);
        }
    if (!a->part_count) { /* none was named */
        if (aws_estate_account(e, NULL, &one, err))
            return err->code;
        add_account(a, one);
    }
    return ERR_OK;
}

static enum err_code check_regions(const struct ops_options *o, struct err *err)
{
    for (size_t i = 0; i < o->region_count; i++)
        if (strcmp(o->regions[i], "all") != 0 && aws_region_check(o->regions[i], err))
            return err->code;
    return ERR_OK;
}

enum err_code ops_ask_start(const struct ops_options *o, void (*done)(void *ctx), void *ctx,
                            struct ops_ask **ret, struct err *err)
{
    struct ops_ask *a = xcalloc(1, sizeof(*a));

    *a = (struct ops_ask){.o = *o, .done = done, .ctx = ctx, .arena = arena_new(0)};
    a->o.service = arena_strdup(a->arena, o->service);
    a->o.resource = arena_strdup(a->arena, o->resource);
    if (check_regions(o, err) || find_kinds(a, err) || find_accounts(a, err)) {
        ops_ask_free(a);
        return err->code;
    }
    a->left = a->part_count;
    *ret = a;
    for (size_t i = 0; i < a->part_count; i++) {
        struct part *p = &a->parts[i];

        if (know_regions(p))
            start_part(p);
        else
            p->asking = aws_regions_ask(p->account->client, o->estate->catalogue,
                                        aws_account_region(p->account), on_regions, p);
    }
    return ERR_OK;
}

size_t ops_ask_reports(const struct ops_ask *a, const struct ops_report *const **ret)
{
    *ret = a->reports;
    return a->report_count;
}

void ops_ask_cancel(struct ops_ask *a)
{
    a->canceled = true;
    for (size_t i = 0; i < a->part_count; i++) {
        if (a->parts[i].run)
            ops_run_cancel(a->parts[i].run);
        else
            aws_regions_cancel(a->parts[i].asking);
    }
}

void ops_ask_free(struct ops_ask *a)
{
    if (!a)
        return;
    for (size_t i = 0; i < a->part_count; i++) {
        aws_regions_free(a->parts[i].asking);
        ops_run_free(a->parts[i].run);
    }
    arena_free(a->arena);
    free(a);
}
