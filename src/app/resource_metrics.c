/* resource_metrics.c - see resource_metrics.h. */
#include "src/app/resource_metrics.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "runbook/tool/aws_curves.h"

/* What is shown lives in `arena`, what is being asked about in `next`. */
struct look {
    struct metric_looks *owner;
    char *key;
    struct arena *arena, *next;
    struct inv_resource row;  /* in `next`, as is the record */
    const struct value *item; /* NULL: not kept */
    struct ops_record record;
    size_t account; /* of the estate: the next one that may be asked who it is */
    struct aws_client *client;
    aws_id who; /* under way at `client` */
    struct ops_curves *curves;
    enum detail_metrics_step step;
    int64_t asked_ms, known_ms;
    const struct detail_metric *metrics;
    size_t count;
    const char *note;
};

struct metric_looks {
    struct loop *loop;
    struct aws_estate *estate;
    void (*changed)(void *ctx, const char *key);
    void *ctx;
    VEC(struct look *) looks; /* the one asked last is the last */
};

struct metric_looks *metric_looks_new(struct loop *loop, struct aws_estate *estate,
                                      void (*changed)(void *ctx, const char *key), void *ctx)
{
    struct metric_looks *l = xcalloc(1, sizeof(*l));

    l->loop = loop;
    l->estate = estate;
    l->changed = changed;
    l->ctx = ctx;
    return l;
}

static void look_free(struct look *k)
{
    if (k->who)
        aws_abandon(k->client, k->who);
    ops_curves_free(k->curves);
    arena_free(k->arena);
    arena_free(k->next);
    free(k->key);
    free(k);
}

void metric_looks_free(struct metric_looks *l)
{
    if (!l)
        return;
    VEC_EACH (k, &l->looks)
        look_free(*k);
    VEC_RELEASE(&l->looks);
    free(l);
}

static struct look *find(const struct metric_looks *l, const char *key)
{
    VEC_EACH (k, &l->looks)
        if (strcmp((*k)->key, key) == 0)
            return *k;
    return NULL;
}

/* ---- what came ---- */

static enum health health_of(enum ops_state s)
{
    switch (s) {
    case OPS_OK:
        return HEALTH_OK;
    case OPS_WARNING:
        return HEALTH_WARNING;
    case OPS_UNHEALTHY:
        return HEALTH_CRITICAL;
    case OPS_UNKNOWN:
        break;
    }
    return HEALTH_UNKNOWN;
}

/* The units that the screen scales by; the others stand behind the number as they are. */
static const char *unit_of(const char *unit)
{
    return strcmp(unit, "%") == 0 ? "percent" : strcmp(unit, "s") == 0 ? "seconds" : unit;
}

static const char *problem_of(struct arena *a, const struct ops_curve *c)
{
    switch (c->end) {
    case OPS_CURVE_READ:
        return "";
    case OPS_CURVE_EMPTY:
        return "no data in CloudWatch";
    case OPS_CURVE_DENIED:
        return "denied: it needs cloudwatch:GetMetricData";
    case OPS_CURVE_FAILED:
        break;
    }
    return arena_printf(a, "failed: %s", c->why);
}

static void copy_curve(struct arena *a, const struct ops_curve *c, struct detail_metric *to)
{
    double *values = arena_array(a, c->count + 1, sizeof(*values));

    for (size_t i = 0; i < c->count; i++)
        values[i] = c->values[i];
    *to = (struct detail_metric){.name = c->what,
                                 .unit = unit_of(c->unit),
                                 .values = values,
                                 .count = c->count,
                                 .problem = problem_of(a, c),
                                 .limit = arena_strdup(a, c->limit),
                                 .health = health_of(c->state)};
    if (!isnan(c->now))
        to->shown = ops_amount(a, c->now, c->unit);
}

/* None came, and for one reason: that is said once. */
static const char *why_failed(struct arena *a, const struct ops_curves_answer *answer)
{
    const struct ops_curve *first = answer->curves;

    for (size_t i = 0; i < answer->count; i++)
        if (answer->curves[i].end < OPS_CURVE_DENIED)
            return NULL;
    if (!answer->count)
        return NULL;
    if (first->end == OPS_CURVE_DENIED)
        return "denied: the page's metrics need cloudwatch:GetMetricData; r asks again";
    return arena_printf(a, "not read: %s; r asks again", first->why);
}

/* "3 h", "14 days" */
static const char *window_words(struct arena *a, int s)
{
    return s < 7200        ? arena_printf(a, "%d min", s / 60)
           : s < 4 * 86400 ? arena_printf(a, "%d h", s / 3600)
                           : arena_printf(a, "%d days", s / 86400);
}

static void on_curves(void *ctx)
{
    struct look *k = ctx;
    const struct ops_curves_answer *answer = ops_curves_answer(k->curves);
    struct arena *a = arena_new(0);
    struct detail_metric *metrics = arena_array(a, answer->count + 1, sizeof(*metrics));
    const char *failed = why_failed(a, answer);
    const char *window = window_words(a, answer->window_s);

    for (size_t i = 0; i < answer->count; i++)
        copy_curve(a, &answer->curves[i], &metrics[i]);
    k->step = failed ? DETAIL_METRICS_FAILED : DETAIL_METRICS_KNOWN;
    k->note = failed             ? failed
              : *answer->none    ? arena_strdup(a, answer->none)
              : answer->window_s ? arena_printf(a, "last %s", window)
                                 : "";
    k->metrics = metrics;
    k->count = failed ? 0 : answer->count;
    k->known_ms = *answer->none ? 0 : k->asked_ms;
    if (*answer->none)
        k->step = DETAIL_METRICS_NONE;
    arena_free(k->arena);
    k->arena = a;
    ops_curves_free(k->curves);
    k->curves = NULL;
    arena_free(k->next);
    k->next = NULL;
    k->owner->changed(k->owner->ctx, k->key);
}

/* ---- asking ---- */

static struct look *look_new(struct metric_looks *l, const char *key)
{
    struct look *k;

    if (l->looks.count == METRIC_LOOKS) {
        look_free(l->looks.items[0]);
        memmove(l->looks.items, l->looks.items + 1, (METRIC_LOOKS - 1) * sizeof(*l->looks.items));
        l->looks.count--;
    }
    k = xcalloc(1, sizeof(*k));
    k->owner = l;
    k->key = xstrdup(key);
    k->note = "";
    *VEC_PUSH(&l->looks) = k;
    return k;
}

static void say_none(struct look *k, enum detail_metrics_step step, const char *why)
{
    k->step = step;
    k->note = k->next ? arena_strdup(k->next, why) : why;
    k->count = 0;
    arena_free(k->arena);
    k->arena = k->next;
    k->next = NULL;
}

static void copy_row(struct look *k, const struct inv_resource *r, const struct value *item)
{
    struct arena *a = k->next;

    k->row = (struct inv_resource){.account = arena_strdup(a, r->account),
                                   .region = arena_strdup(a, r->region),
                                   .service = arena_strdup(a, r->service),
                                   .kind = arena_strdup(a, r->kind),
                                   .id = arena_strdup(a, r->id),
                                   .name = arena_strdup(a, *r->name ? r->name : r->id),
                                   .arn = arena_strdup(a, r->arn),
                                   .state = arena_strdup(a, r->state)};
    k->item = item;
}

static void ask_curves(struct look *k, const struct ops_kind *kind, struct aws_account *account)
{
    static const struct value empty = {.type = VALUE_OBJECT};
    struct ops_curves_options o = {.estate = k->owner->estate, .account = account};

    k->record = (struct ops_record){.kind = kind,
                                    .id = k->row.id,
                                    .name = k->row.name,
                                    .arn = k->row.arn,
                                    .state = k->row.state,
                                    .region = k->row.region,
                                    .account = account->name,
                                    .number = account->number,
                                    .item = k->item ? k->item : &empty};
    o.record = &k->record;
    o.now_ms = k->asked_ms;
    k->curves = ops_curves_start(&o, on_curves, k);
}

/* ---- whose it is: an inventory knows accounts by their numbers, this run perhaps not yet ---- */

static void ask(struct look *k);

static void on_who(void *ctx, const struct value *items)
{
    struct look *k = ctx;
    struct aws_estate *e = k->owner->estate;
    struct str number = value_str_or(value_at(items, 0), "Account", "");

    if (value_count(items) && number.len == 12 && !memchr(number.ptr, '\0', number.len))
        e->accounts.items[k->account].number = arena_str(e->arena, number);
}

static void on_who_done(void *ctx, const struct aws_result *r)
{
    struct look *k = ctx;

    (void)r; /* whoever it is not is asked no further; what is denied stays unknown */
    k->who = 0;
    k->account++;
    ask(k);
    if (!k->who && !k->curves)
        k->owner->changed(k->owner->ctx, k->key);
}

/* False: nobody is left who might be it. */
static bool ask_who(struct look *k)
{
    static const struct aws_callbacks callbacks = {on_who, NULL, on_who_done, NULL};
    struct aws_estate *e = k->owner->estate;
    struct aws_query q = {0};
    struct err ignored = ERR_INIT;

    while (k->account < e->accounts.count && *e->accounts.items[k->account].number)
        k->account++;
    if (k->account == e->accounts.count ||
        aws_catalogue_get(e->catalogue, STR_LIT("sts"), &q.service, &ignored) ||
        aws_catalogue_operation(q.service, STR_LIT("GetCallerIdentity"), &q.list, &ignored))
        return false;
    q.region = aws_account_region(&e->accounts.items[k->account]);
    if (!q.region)
        q.region = "us-east-1";
    k->client = e->accounts.items[k->account].client;
    k->who = aws_send(k->client, &q, &callbacks, k);
    return true;
}

static void ask(struct look *k)
{
    const struct ops_kind *kind = ops_kind_find(str_from(k->row.service), str_from(k->row.kind));
    struct aws_account *account;
    struct err err = ERR_INIT;

    if (!k->owner->estate)
        say_none(k, DETAIL_METRICS_NONE, "not asked: AWS is not configured ('runbook accounts')");
    else if (!kind)
        say_none(k, DETAIL_METRICS_NONE,
                 "none: the operations matrix ('runbook capabilities') has no row of its kind");
    else if (!aws_estate_account(k->owner->estate, k->row.account, &account, &err))
        ask_curves(k, kind, account);
    else if (!ask_who(k))
        say_none(k, DETAIL_METRICS_FAILED, err.msg);
}

void metric_looks_want(struct metric_looks *l, const char *key, const struct inv_resource *r,
                       const struct value *item, struct arena *arena, bool again)
{
    struct look *k = find(l, key);

    if (k && (k->curves || k->who || !again)) {
        arena_free(arena);
        return;
    }
    if (!k)
        k = look_new(l, key);
    k->next = arena;
    k->account = 0;
    k->asked_ms = loop_wall_ms(l->loop);
    k->step = DETAIL_METRICS_ASKING;
    copy_row(k, r, item);
    ask(k);
}

void metric_looks_put(const struct metric_looks *l, const char *key, struct arena *arena,
                      struct resource_detail *d)
{
    const struct look *k = find(l, key);
    struct detail_metric *to;

    if (!k)
        return;
    to = arena_array(arena, k->count + 1, sizeof(*to));
    for (size_t i = 0; i < k->count; i++) {
        double *values = arena_array(arena, k->metrics[i].count + 1, sizeof(*values));

        to[i] = k->metrics[i];
        for (size_t n = 0; n < to[i].count; n++)
            values[n] = to[i].values[n];
        to[i].values = values;
        to[i].problem = arena_strdup(arena, to[i].problem);
        to[i].limit = arena_strdup(arena, to[i].limit);
        to[i].shown = to[i].shown ? arena_strdup(arena, to[i].shown) : NULL;
    }
    d->metrics = to;
    d->metric_count = k->count;
    d->metrics_step = k->step;
    d->metrics_ms = k->known_ms;
    d->metrics_note = arena_strdup(arena, k->note);
}
