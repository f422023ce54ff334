/* idle.c - see idle.h. Five lists are asked at once; of each target group its targets then. */
#include "runbook/service/aws/idle.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"

#define DAY_MS INT64_C(86400000)
#define CALL_MS 60000
#define GROUPS_MAX 300
#define FOUND_MAX 5000

struct volume {
    const char *id, *name, *type, *instance;
    double gib;
};
struct balancer {
    const char *arn, *name, *type;
};
struct group {
    struct aws_idle_search *s;
    const char *arn;
    const char **balancers;
    size_t balancer_count, targets;
};

struct aws_idle_search {
    struct aws_idle_query q;
    struct arena *arena;
    struct aws_batch *batch;
    VEC(struct aws_idle) list;
    VEC(struct aws_idle_part) parts;
    VEC(struct volume) volumes;
    VEC(struct balancer) balancers;
    VEC(struct group *) groups;
    struct map *stopped;  /* instances by id */
    bool balancers_known; /* each group's targets were read */
    void (*on_done)(void *ctx);
    void *ctx;
};

static double number(const struct value *v, const char *path)
{
    double d;

    if (num_f64(value_str_or(v, path, ""), &d) && isfinite(d) && d >= 0)
        return d;
    return value_num_or(v, path, 0);
}

/* The tag Name; "". */
static const char *name_of(struct aws_idle_search *s, const struct value *item)
{
    VALUE_EACH (tag, value_get(item, "tagSet")) {
        if (str_eq_c(value_str_or(tag, "key", ""), "Name"))
            return aws_text(s->arena, tag, "value");
    }
    if (str_eq_c(value_str_or(item, "tagSet.item.key", ""), "Name"))
        return aws_text(s->arena, item, "tagSet.item.value");
    return "";
}

static struct aws_idle *found(struct aws_idle_search *s, const char *kind, const char *id,
                              const char *name, const char *why)
{
    struct aws_idle *x;

    if (s->list.count == FOUND_MAX)
        return NULL;
    x = VEC_PUSH(&s->list);
    *x = (struct aws_idle){.kind = kind, .id = id, .name = name, .why = why, .usd_month = NAN};
    return x;
}

static void price(struct aws_idle_search *s, struct aws_idle *x, const char *item, double units)
{
    const struct aws_price *p = aws_price_of(item);
    bool hours;

    if (!x)
        return;
    x->formula = "its price is not in the table";
    if (!p)
        return;
    hours = strcmp(p->unit, "hour") == 0;
    x->usd_month = p->usd * (hours ? AWS_HOURS_A_MONTH : units);
    x->formula =
        hours ? arena_printf(s->arena, "%d hours x %g USD per hour", AWS_HOURS_A_MONTH, p->usd)
              : arena_printf(s->arena, "%g GiB %s x %g USD per GiB-month", units, item, p->usd);
}

/* ---- volumes and instances ---- */

static bool on_volumes(void *ctx, const struct value *items)
{
    struct aws_idle_search *s = ctx;
    struct arena *a = s->arena;

    VALUE_EACH (v, items) {
        const char *instance = aws_text(a, v, "attachmentSet.item.instanceId");
        struct volume one = {.id = aws_text(a, v, "volumeId"),
                             .name = name_of(s, v),
                             .type = aws_text(a, v, "volumeType"),
                             .gib = number(v, "size")};

        if (!*instance)
            instance = aws_text(a, v, "attachmentSet.0.instanceId");
        one.instance = instance;
        if (str_eq_c(value_str_or(v, "status", ""), "available"))
            price(s, found(s, "volume", one.id, one.name, "attached to nothing"), one.type,
                  one.gib);
        else if (*instance)
            *VEC_PUSH(&s->volumes) = one;
    }
    return true;
}

static bool on_instances(void *ctx, const struct value *items)
{
    struct aws_idle_search *s = ctx;

    VALUE_EACH (v, items) {
        struct str id = value_str_or(v, "instanceId", "");

        if (id.len && str_eq_c(value_str_or(v, "instanceState.name", ""), "stopped"))
            map_set(s->stopped, id, s);
    }
    return true;
}

static void judge_volumes(struct aws_idle_search *s)
{
    VEC_EACH (v, &s->volumes)
        if (map_has(s->stopped, str_from(v->instance)))
            price(s,
                  found(s, "stopped-volume", v->id, v->name,
                        arena_printf(s->arena, "its instance %s is stopped", v->instance)),
                  v->type, v->gib);
}

/* ---- addresses and snapshots ---- */

static bool on_addresses(void *ctx, const struct value *items)
{
    struct aws_idle_search *s = ctx;
    struct arena *a = s->arena;

    VALUE_EACH (v, items) {
        const char *id = aws_text(a, v, "allocationId");

        if (*aws_text(a, v, "associationId") || *aws_text(a, v, "instanceId"))
            continue;
        price(s,
              found(s, "address", *id ? id : aws_text(a, v, "publicIp"), aws_text(a, v, "publicIp"),
                    "associated with nothing"),
              "address", 1);
    }
    return true;
}

static bool on_snapshots(void *ctx, const struct value *items)
{
    struct aws_idle_search *s = ctx;
    struct arena *a = s->arena;

    VALUE_EACH (v, items) {
        int64_t at = aws_time_ms(value_get(v, "startTime"));
        bool archived = str_eq_c(value_str_or(v, "storageTier", ""), "archive");
        struct aws_idle *x;
        char day[TIME_TEXT_MAX];

        if (!at || s->q.now_ms - at <= AWS_SNAPSHOT_OLD_DAYS * DAY_MS)
            continue;
        time_format_rfc3339(at, day);
        x = found(
            s, "snapshot", aws_text(a, v, "snapshotId"), name_of(s, v),
            arena_printf(a, "made on %.10s, more than %d days ago", day, AWS_SNAPSHOT_OLD_DAYS));
        price(s, x, archived ? "snapshot-archive" : "snapshot", number(v, "volumeSize"));
        if (x)
            x->at_most = true;
    }
    return true;
}

/* ---- load balancers ---- */

static bool on_balancers(void *ctx, const struct value *items)
{
    struct aws_idle_search *s = ctx;
    struct arena *a = s->arena;

    VALUE_EACH (v, items)
        *VEC_PUSH(&s->balancers) = (struct balancer){.arn = aws_text(a, v, "LoadBalancerArn"),
                                                     .name = aws_text(a, v, "LoadBalancerName"),
                                                     .type = aws_text(a, v, "Type")};
    return true;
}

static bool on_targets(void *ctx, const struct value *items)
{
    struct group *g = ctx;

    g->targets += value_count(items);
    return true;
}

static void note(struct aws_idle_search *s, const char *operation, const struct aws_result *r)
{
    *VEC_PUSH(&s->parts) = (struct aws_idle_part){
        operation, r->end, r->err.code ? arena_strdup(s->arena, r->err.msg) : ""};
}

/* One that could not be read spoils the judgement of all: idle is only what is known to be. */
static void on_targets_end(void *ctx, const struct aws_result *r)
{
    struct group *g = ctx;

    if (r->end == AWS_END_WHOLE || r->end == AWS_END_NOT_FOUND)
        return;
    g->s->balancers_known = false;
    note(g->s, "elbv2:DescribeTargetHealth", r);
}

static bool on_groups(void *ctx, const struct value *items)
{
    struct aws_idle_search *s = ctx;
    struct arena *a = s->arena;

    VALUE_EACH (v, items) {
        const struct value *arns = value_get(v, "LoadBalancerArns");
        struct group *g = arena_alloc(a, sizeof(*g));

        *g = (struct group){.s = s, .arn = aws_text(a, v, "TargetGroupArn")};
        g->balancers = arena_array(a, value_count(arns) + 1, sizeof(*g->balancers));
        VALUE_EACH (arn, arns)
            if (arn->type == VALUE_STRING)
                g->balancers[g->balancer_count++] = arena_str(a, arn->u.string);
        if (!g->balancer_count)
            continue;
        if (s->groups.count >= GROUPS_MAX) {
            s->balancers_known = false;
            return false;
        }
        *VEC_PUSH(&s->groups) = g;
        aws_batch_add(s->batch,
                      &(struct aws_batch_call){.service = "elbv2",
                                               .operation = "DescribeTargetHealth",
                                               .on_page = on_targets,
                                               .on_end = on_targets_end,
                                               .ctx = g},
                      arena_printf(a, "{\"TargetGroupArn\":\"%s\"}", g->arn));
    }
    return true;
}

static bool on_classic(void *ctx, const struct value *items)
{
    struct aws_idle_search *s = ctx;
    struct arena *a = s->arena;

    VALUE_EACH (v, items) {
        const char *name = aws_text(a, v, "LoadBalancerName");

        if (!value_count(value_get(v, "Instances")))
            price(s, found(s, "load-balancer", name, name, "no instance behind it"),
                  "load-balancer:classic", 1);
    }
    return true;
}

static bool list_failed(const struct aws_idle_search *s, const char *operation)
{
    VEC_EACH (p, &s->parts)
        if (strcmp(p->operation, operation) == 0)
            return p->end != AWS_END_WHOLE;
    return true;
}

static size_t targets_of(const struct aws_idle_search *s, const char *arn)
{
    size_t n = 0;

    VEC_EACH (g, &s->groups)
        for (size_t i = 0; i < (*g)->balancer_count; i++)
            n += strcmp((*g)->balancers[i], arn) == 0 ? (*g)->targets : 0;
    return n;
}

static void judge_balancers(struct aws_idle_search *s)
{
    if (!s->balancers_known || list_failed(s, "elbv2:DescribeTargetGroups"))
        return;
    VEC_EACH (b, &s->balancers)
        if (!targets_of(s, b->arn))
            price(s, found(s, "load-balancer", b->arn, b->name, "no target is registered"),
                  arena_printf(s->arena, "load-balancer:%s", b->type), 1);
}

/* ---- a search ---- */

struct list_asked {
    struct aws_idle_search *s;
    const char *operation;
    bool (*page)(void *ctx, const struct value *items);
};

static bool on_list_page(void *ctx, const struct value *items)
{
    struct list_asked *l = ctx;

    return l->page(l->s, items);
}

static void on_list_end(void *ctx, const struct aws_result *r)
{
    struct list_asked *l = ctx;

    note(l->s, l->operation, r);
}

/* "ec2:DescribeVolumes". */
static void ask(struct aws_idle_search *s, const char *what, const char *params,
                bool (*page)(void *ctx, const struct value *items))
{
    struct list_asked *l = arena_alloc(s->arena, sizeof(*l));
    const char *colon = strchr(what, ':');

    *l = (struct list_asked){s, what, page};
    aws_batch_add(
        s->batch,
        &(struct aws_batch_call){.service = arena_strndup(s->arena, what, (size_t)(colon - what)),
                                 .operation = colon + 1,
                                 .on_page = on_list_page,
                                 .on_end = on_list_end,
                                 .ctx = l},
        params);
}

static int dearest_first(const void *a, const void *b)
{
    const struct aws_idle *x = a, *y = b;
    double p = isnan(x->usd_month) ? -1 : x->usd_month, q = isnan(y->usd_month) ? -1 : y->usd_month;

    if (p < q || p > q)
        return p > q ? -1 : 1;
    return strcmp(x->id, y->id);
}

static void on_idle(void *ctx)
{
    struct aws_idle_search *s = ctx;

    judge_volumes(s);
    judge_balancers(s);
    if (s->list.count)
        qsort(s->list.items, s->list.count, sizeof(*s->list.items), dearest_first);
    s->on_done(s->ctx); /* may free `s` */
}

struct aws_idle_search *aws_idle_start(const struct aws_idle_query *q, void (*on_done)(void *ctx),
                                       void *ctx)
{
    struct aws_idle_search *s = xcalloc(1, sizeof(*s));
    struct aws_batch_options o = {.loop = q->loop,
                                  .catalogue = q->catalogue,
                                  .client = q->client,
                                  .region = q->region,
                                  .timeout_ms = CALL_MS,
                                  .on_idle = on_idle,
                                  .ctx = s,
                                  .tally = q->tally};

    s->arena = arena_new(0);
    s->q = *q;
    s->q.now_ms = q->now_ms ? q->now_ms : loop_wall_ms(q->loop);
    s->stopped = map_new();
    s->balancers_known = true;
    s->on_done = on_done;
    s->ctx = ctx;
    s->batch = aws_batch_new(&o);
    ask(s, "ec2:DescribeVolumes", NULL, on_volumes);
    ask(s, "ec2:DescribeInstances", NULL, on_instances);
    ask(s, "ec2:DescribeAddresses", NULL, on_addresses);
    ask(s, "ec2:DescribeSnapshots", "{\"OwnerIds\":[\"self\"]}", on_snapshots);
    ask(s, "elbv2:DescribeLoadBalancers", NULL, on_balancers);
    ask(s, "elbv2:DescribeTargetGroups", NULL, on_groups);
    ask(s, "elb:DescribeLoadBalancers", NULL, on_classic);
    return s;
}

void aws_idle_cancel(struct aws_idle_search *s)
{
    aws_batch_cancel(s->batch);
}

void aws_idle_free(struct aws_idle_search *s)
{
    if (!s)
        return;
    aws_batch_free(s->batch);
    VEC_RELEASE(&s->list);
    VEC_RELEASE(&s->parts);
    VEC_RELEASE(&s->volumes);
    VEC_RELEASE(&s->balancers);
    VEC_RELEASE(&s->groups);
    map_free(s->stopped);
    arena_free(s->arena);
    free(s);
}

const struct aws_idle *aws_idle_list(const struct aws_idle_search *s, size_t *ret_count)
{
    *ret_count = s->list.count;
    return s->list.items;
}

const struct aws_idle_part *aws_idle_parts(const struct aws_idle_search *s, size_t *ret_count)
{
    *ret_count = s->parts.count;
    return s->parts.items;
}

double aws_idle_sum(const struct aws_idle_search *s)
{
    double sum = 0;

    VEC_EACH (x, &s->list)
        if (isfinite(x->usd_month))
            sum += x->usd_month;
    return sum;
}

void aws_idle_write(const struct aws_idle_search *s, struct json_writer *w)
{
    json_object_begin(w);
    json_put_bool(w, "estimate", true);
    json_put_cstr(w, "prices", "list prices of " AWS_PRICES_REGION " of " AWS_PRICES_DATE);
    json_put_num(w, "usd_month", round(aws_idle_sum(s) * 100) / 100);
    json_key(w, "resources");
    json_array_begin(w);
    VEC_EACH (x, &s->list) {
        json_object_begin(w);
        json_put_cstr(w, "kind", x->kind);
        json_put_cstr(w, "id", x->id);
        json_put_cstr(w, "name", *x->name ? x->name : NULL);
        json_put_cstr(w, "why", x->why);
        json_put_num(w, "usd_month", round(x->usd_month * 100) / 100);
        json_put_bool(w, "at_most", x->at_most);
        json_put_cstr(w, "formula", x->formula);
        json_object_end(w);
    }
    json_array_end(w);
    json_key(w, "lists");
    json_array_begin(w);
    VEC_EACH (p, &s->parts) {
        json_object_begin(w);
        json_put_cstr(w, "list", p->operation);
        json_put_cstr(w, "end", aws_end_name(p->end));
        json_put_cstr(w, "error", *p->why ? p->why : NULL);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}
