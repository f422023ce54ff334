/* survey.c - see survey.h. */
#include "runbook/service/aws/survey.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/service/aws/known.h"
#include "runbook/service/aws/endpoint.h"
#include "runbook/service/aws/regions.h"

#define SCANS_MAX 64

/* One account's part. */
struct share {
    struct aws_survey *survey;
    struct aws_account *account;
    const char *regions[AWS_REGIONS_MAX];
    size_t region_count;
    bool wants_regions; /* they are asked for */
    aws_id asking;      /* who we are */
    struct aws_regions *finding;
    struct aws_scan *scans[SCANS_MAX]; /* one a kind that was named */
    size_t scan_count, scans_left;
    struct aws_known *known; /* what was told; NULL: nothing can come twice */
    bool late;               /* those that stand in for others are asked, which is last */
};

struct aws_survey {
    struct aws_survey_options o;
    struct aws_survey_callbacks cb;
    void *ctx;
    struct arena *arena;
    struct share *shares;
    size_t count, left; /* accounts; those that are not done */
    bool canceled;
};

const char *aws_survey_kind(const char *service)
{
    const char *colon = strchr(service, ':');

    return colon && colon[1] ? colon + 1 : NULL;
}

struct aws_where_row aws_survey_row(const struct aws_account *a, const struct aws_resource *r)
{
    return (struct aws_where_row){
        .service = r->service->id,
        .kind = r->list->resource,
        .id = r->id,
        .name = r->name,
        .arn = r->arn,
        .state = r->state,
        .health = str_from(aws_health_name(aws_health_of(r->state))),
        .region = str_from(r->region),
        .account = str_from(a->name),
        .number = str_from(a->number),
        .created = r->created,
        .tags = r->tags,
        .record = r->item,
    };
}

static void share_done(struct share *s)
{
    struct aws_survey *v = s->survey;

    if (--v->left == 0)
        v->cb.on_done(v->ctx);
}

static void tell_cell(struct share *s, const char *service, const char *operation,
                      const struct aws_result *r)
{
    struct aws_cell c = {.service_id = service, .operation = operation, .region = "", .result = r};

    s->survey->cb.on_cell(s->survey->ctx, s->account, &c);
}

/* ---- scans ---- */

static void on_resource(void *ctx, const struct aws_resource *r)
{
    struct share *s = ctx;

    s->survey->cb.on_resource(s->survey->ctx, s->account, r);
}

static void on_about(void *ctx, const struct aws_resource *r)
{
    struct share *s = ctx;

    s->survey->cb.on_about(s->survey->ctx, s->account, r);
}

static void on_cell(void *ctx, const struct aws_cell *c)
{
    struct share *s = ctx;

    s->survey->cb.on_cell(s->survey->ctx, s->account, c);
}

static void start_scans(struct share *s);

static void on_scanned(void *ctx)
{
    struct share *s = ctx;

    if (--s->scans_left)
        return;
    if (s->late || s->survey->canceled) {
        share_done(s);
        return;
    }
    s->late = true;
    start_scans(s);
}

static void start_scan(struct share *s, const char *const *services, size_t count, const char *kind)
{
    struct aws_scan_callbacks callbacks = {on_resource, on_cell, on_scanned,
                                           s->survey->cb.on_about ? on_about : NULL};
    struct aws_estate *e = s->survey->o.estate;
    struct aws_scan_options o = {.client = s->account->client,
                                 .loop = e->loop,
                                 .catalogue = e->catalogue,
                                 .account = s->account->number,
                                 .services = services,
                                 .service_count = count,
                                 .regions = s->regions,
                                 .region_count = s->region_count,
                                 .type = kind,
                                 .known = s->known,
                                 .tally = s->survey->o.tally};

    if (s->scan_count == SCANS_MAX)
        return;
    s->scans_left++;
    s->scans[s->scan_count++] = aws_scan_start(&o, &callbacks, s);
}

static const struct aws_service *service_of(const struct share *s, const char *name)
{
    const char *kind = aws_survey_kind(name);
    struct str id = {name, strlen(name) - (kind ? strlen(kind) + 1 : 0)};
    const struct aws_service *service;
    struct err ignored = ERR_INIT; /* the scan says it */

    return aws_catalogue_get(s->survey->o.estate->catalogue, id, &service, &ignored) ? NULL
                                                                                     : service;
}

/* Does a list of it stand in for what others do not list? */
static bool is_late(const struct share *s, const char *name)
{
    const struct aws_service *service = service_of(s, name);

    for (size_t i = 0; service && i < service->list_count; i++)
        if (service->lists[i].stands_in)
            return true;
    return false;
}

/* Is there another form of it, or does a list of it come for several values? */
static bool repeats(const struct aws_service *service)
{
    for (size_t i = 0; i < service->list_count; i++)
        if (service->lists[i].values)
            return true;
    return service->same_as.len > 0;
}

static bool comes_twice(const struct share *s)
{
    for (size_t i = 0; i < s->survey->o.service_count; i++) {
        const struct aws_service *service = service_of(s, s->survey->o.services[i]);

        if (service && (repeats(service) || is_late(s, s->survey->o.services[i])))
            return true;
    }
    return false;
}

/* Services that were named whole go together; each kind that was named goes alone. What stands in
 * for others goes behind all of them. */
static void start_scans(struct share *s)
{
    const struct aws_survey_options *o = &s->survey->o;
    struct arena *arena = s->survey->arena;
    const char **whole = arena_array(arena, o->service_count + 1, sizeof(*whole));
    size_t n = 0;

    if (!s->known && comes_twice(s))
        s->known = aws_known_new();
    for (size_t i = 0; i < o->service_count; i++) {
        const char *kind = aws_survey_kind(o->services[i]);
        const char **one;

        if (is_late(s, o->services[i]) != s->late)
            continue;
        if (!kind) {
            whole[n++] = o->services[i];
            continue;
        }
        one = arena_alloc(arena, sizeof(*one));
        *one = arena_strndup(arena, o->services[i], strlen(o->services[i]) - strlen(kind) - 1);
        start_scan(s, one, 1, kind);
    }
    if (n)
        start_scan(s, whole, n, NULL);
    if (s->scans_left)
        return;
    if (s->late) {
        share_done(s);
    } else {
        s->late = true;
        start_scans(s);
    }
}

/* ---- who, and where ---- */

static void on_regions(void *ctx, const char *const *regions, size_t count,
                       const struct aws_result *r)
{
    struct share *s = ctx;

    for (size_t i = 0; i < count && s->region_count < AWS_REGIONS_MAX; i++)
        s->regions[s->region_count++] = arena_strdup(s->survey->arena, regions[i]);
    if (s->region_count && !s->survey->canceled) {
        start_scans(s);
        return;
    }
    tell_cell(s, "ec2", "DescribeRegions", r);
    share_done(s);
}

static void find_regions(struct share *s)
{
    if (s->wants_regions)
        s->finding = aws_regions_ask(s->account->client, s->survey->o.estate->catalogue,
                                     aws_account_region(s->account), on_regions, s);
    else
        start_scans(s);
}

static void on_identity(void *ctx, const struct value *items)
{
    struct share *s = ctx;
    struct str number = value_str_or(value_at(items, 0), "Account", "");
    bool digits = value_count(items) && number.len == 12;

    for (size_t i = 0; digits && i < number.len; i++)
        digits = number.ptr[i] >= '0' && number.ptr[i] <= '9';
    if (digits)
        s->account->number = arena_str(s->survey->o.estate->arena, number);
}

/* Whether or not it is known who we are: what needs it says so itself. Refused keys end it here. */
static void on_identity_done(void *ctx, const struct aws_result *r)
{
    struct share *s = ctx;

    s->asking = 0;
    if (r->end == AWS_END_KEYS || r->end == AWS_END_CLOCK || r->end == AWS_END_INPUT ||
        r->end == AWS_END_CANCELED) {
        tell_cell(s, "sts", "GetCallerIdentity", r);
        share_done(s);
    } else {
        find_regions(s);
    }
}

static void ask_identity(struct share *s)
{
    static const struct aws_callbacks callbacks = {on_identity, NULL, on_identity_done};
    const char *region = s->region_count ? s->regions[0] : aws_account_region(s->account);
    struct aws_query q = {.region = region ? region : "us-east-1"};
    struct err ignored = ERR_INIT;

    if (aws_catalogue_get(s->survey->o.estate->catalogue, STR_LIT("sts"), &q.service, &ignored) ||
        aws_catalogue_operation(q.service, STR_LIT("GetCallerIdentity"), &q.list, &ignored))
        mem_fatal("the definition of sts has no GetCallerIdentity");
    s->asking = aws_send(s->account->client, &q, &callbacks, s);
}

static void begin(struct share *s)
{
    if (*s->account->number)
        find_regions(s);
    else
        ask_identity(s);
}

static enum err_code choose_regions(struct share *s, struct err *err)
{
    const struct aws_survey_options *o = &s->survey->o;
    const char *own = aws_client_region(s->account->client);

    for (size_t i = 0; i < o->region_count && s->region_count < AWS_REGIONS_MAX; i++) {
        if (strcmp(o->regions[i], "all") == 0)
            s->wants_regions = true;
        else if (aws_region_check(o->regions[i], err))
            return err->code;
        else
            s->regions[s->region_count++] = o->regions[i];
    }
    if (s->wants_regions)
        s->region_count = 0;
    for (size_t i = 0; !o->region_count && s->account->regions[i] && i < AWS_REGIONS_MAX; i++)
        s->regions[s->region_count++] = s->account->regions[i];
    if (!s->region_count && !s->wants_regions && own) {
        if (aws_region_check(own, err))
            return err_wrap(err, "AWS_REGION, or the profile's region");
        s->regions[s->region_count++] = own;
    }
    if (!s->region_count && !s->wants_regions)
        return err_set(err, ERR_INPUT,
                       "no region for account %s: name one (--region, or --region all), or set "
                       "AWS_REGION",
                       s->account->name);
    return ERR_OK;
}

/* ---- the whole ---- */

static enum err_code choose_accounts(struct aws_survey *v, struct err *err)
{
    struct aws_estate *e = v->o.estate;
    size_t n = v->o.account_count ? v->o.account_count : e->accounts.count;
    enum err_code rc = ERR_OK;

    v->shares = arena_array(v->arena, n + 1, sizeof(*v->shares));
    for (size_t i = 0; !rc && i < n; i++) {
        struct share *s = &v->shares[i];

        s->survey = v;
        if (v->o.account_count)
            rc = aws_estate_account(e, v->o.accounts[i], &s->account, err);
        else
            s->account = &e->accounts.items[i];
        if (!rc)
            rc = choose_regions(s, err);
        v->count = i + 1;
    }
    return rc;
}

enum err_code aws_survey_start(const struct aws_survey_options *o,
                               const struct aws_survey_callbacks *cb, void *ctx,
                               struct aws_survey **ret, struct err *err)
{
    struct aws_survey *v = xcalloc(1, sizeof(*v));

    v->o = *o;
    v->cb = *cb;
    v->ctx = ctx;
    v->arena = arena_new(0);
    if (choose_accounts(v, err) || !v->count) {
        if (!v->count)
            (void)aws_estate_account(o->estate, NULL, &(struct aws_account *){NULL}, err);
        aws_survey_free(v);
        return err->code;
    }
    *ret = v;
    v->left = v->count;
    for (size_t i = 0; i < v->count; i++)
        begin(&v->shares[i]);
    return ERR_OK;
}

void aws_survey_cancel(struct aws_survey *v)
{
    v->canceled = true;
    for (size_t i = 0; i < v->count; i++) {
        struct share *s = &v->shares[i];

        aws_cancel(s->account->client, s->asking);
        aws_regions_cancel(s->finding);
        for (size_t k = 0; k < s->scan_count; k++)
            aws_scan_cancel(s->scans[k]);
    }
}

void aws_survey_free(struct aws_survey *v)
{
    if (!v)
        return;
    for (size_t i = 0; i < v->count; i++) {
        struct share *s = &v->shares[i];

        if (s->asking)
            aws_abandon(s->account->client, s->asking);
        aws_regions_free(s->finding);
        for (size_t k = 0; k < s->scan_count; k++)
            aws_scan_free(s->scans[k]);
        aws_known_free(s->known);
    }
    arena_free(v->arena);
    free(v);
}

void aws_survey_progress(const struct aws_survey *v, size_t *ret_done, size_t *ret_known)
{
    *ret_done = *ret_known = 0;
    for (size_t i = 0; i < v->count; i++)
        for (size_t k = 0; k < v->shares[i].scan_count; k++) {
            size_t done, known;

            aws_scan_progress(v->shares[i].scans[k], &done, &known);
            *ret_done += done;
            *ret_known += known;
        }
}
