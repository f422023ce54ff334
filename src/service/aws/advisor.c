/* advisor.c - see advisor.h. */
#include "runbook/service/aws/advisor.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/vec.h"

#define REGION "us-east-1" /* both services answer there */
#define CALL_MS 45000
#define DETAILS 20
#define IDS_AT_ONCE 100

struct aws_advisor {
    struct aws_advisor_query q;
    struct arena *arena;
    struct aws_batch *batch;
    VEC(struct aws_advice) list;
    const char *source;
    enum aws_end end;
    struct err err;
    void (*on_done)(void *ctx);
    void *ctx;
};

static void note(struct aws_advisor *v, const struct aws_result *r)
{
    if (r->end == AWS_END_WHOLE || (v->end != AWS_END_WHOLE && v->end != AWS_END_CUT))
        return;
    v->end = r->end;
    v->err = r->err;
}

static void on_end(void *ctx, const struct aws_result *r)
{
    note(ctx, r);
}

static void ask(struct aws_advisor *v, const char *service, const char *operation,
                const char *params, struct aws_batch_call how)
{
    how.service = service;
    how.operation = operation;
    if (!how.on_end)
        how.on_end = on_end;
    if (!how.ctx)
        how.ctx = v;
    aws_batch_add(v->batch, &how, params);
}

static const char *quoted(struct arena *a, const char *text)
{
    struct buf out = BUF_INIT(4096);
    struct json_writer w;
    const char *ret;

    json_writer_init(&w, &out);
    json_cstring(&w, text);
    ret = arena_str(a, buf_str(&out));
    buf_release(&out);
    return ret;
}

static struct aws_advice *advice_of(struct aws_advisor *v, struct str id)
{
    VEC_EACH (x, &v->list)
        if (str_eq_c(id, x->id))
            return x;
    return NULL;
}

static int rank(const struct aws_advice *x)
{
    return strcmp(x->status, "error") == 0 ? 0 : strcmp(x->status, "warning") == 0 ? 1 : 2;
}

static int worst_first(const void *a, const void *b)
{
    const struct aws_advice *x = a, *y = b;

    if (rank(x) != rank(y))
        return rank(x) - rank(y);
    if (x->flagged < y->flagged || x->flagged > y->flagged)
        return x->flagged > y->flagged ? -1 : 1;
    return strcmp(x->name, y->name);
}

static void sort(struct aws_advisor *v)
{
    if (v->list.count)
        qsort(v->list.items, v->list.count, sizeof(*v->list.items), worst_first);
}

/* A number that came as a number or as its text. */
static double number(const struct value *v, const char *path)
{
    struct str text = value_str_or(v, path, "");
    double d;

    if (text.len)
        return num_f64(text, &d) ? d : NAN;
    return value_num_or(v, path, NAN);
}

static struct aws_advised *flagged_one(struct aws_advisor *v, struct aws_advice *x)
{
    if (!x->resources)
        x->resources = arena_array(v->arena, AWS_ADVICE_RESOURCES_MAX, sizeof(*x->resources));
    if (x->resource_count == AWS_ADVICE_RESOURCES_MAX)
        return NULL;
    return &x->resources[x->resource_count++];
}

/* ---- Trusted Advisor's own API ---- */

struct about {
    struct aws_advisor *v;
    const char *id;
};

static bool on_rec_resources(void *ctx, const struct value *items)
{
    struct about *b = ctx;
    struct aws_advice *x = advice_of(b->v, str_from(b->id));

    VALUE_EACH (it, items) {
        struct aws_advised *r = x ? flagged_one(b->v, x) : NULL;

        if (!r)
            return false;
        *r = (struct aws_advised){aws_text(b->v->arena, it, "awsResourceId"),
                                  aws_text(b->v->arena, it, "regionCode"),
                                  aws_text(b->v->arena, it, "status"), ""};
    }
    return true;
}

static void about_end(void *ctx, const struct aws_result *r)
{
    struct about *b = ctx;

    note(b->v, r);
}

static void ask_rec_resources(struct aws_advisor *v)
{
    for (size_t i = 0; i < v->list.count && i < v->q.details; i++) {
        struct about *b = arena_alloc(v->arena, sizeof(*b));

        if (rank(&v->list.items[i]) > 1)
            break;
        *b = (struct about){v, v->list.items[i].id};
        ask(v, "trustedadvisor", "ListRecommendationResources",
            arena_printf(v->arena, "{\"recommendationIdentifier\":%s}", quoted(v->arena, b->id)),
            (struct aws_batch_call){
                .on_page = on_rec_resources, .on_end = about_end, .ctx = b, .max_items = 50});
    }
}

static bool on_recommendations(void *ctx, const struct value *items)
{
    struct aws_advisor *v = ctx;
    struct arena *a = v->arena;

    VALUE_EACH (it, items) {
        const char *pillar = aws_text(a, it, "pillars.0");

        if (v->q.category && strcmp(pillar, v->q.category) != 0)
            continue;
        *VEC_PUSH(&v->list) = (struct aws_advice){
            .id = aws_text(a, it, "id"),
            .name = aws_text(a, it, "name"),
            .category = pillar,
            .status = aws_text(a, it, "status"),
            .flagged = value_num_or(it, "resourcesAggregates.errorCount", 0) +
                       value_num_or(it, "resourcesAggregates.warningCount", 0),
            .processed = value_num_or(it, "resourcesAggregates.errorCount", 0) +
                         value_num_or(it, "resourcesAggregates.warningCount", 0) +
                         value_num_or(it, "resourcesAggregates.okCount", 0),
            .savings_usd =
                number(it, "pillarSpecificAggregates.costOptimizing.estimatedMonthlySavings")};
    }
    return true;
}

static void on_recommendations_end(void *ctx, const struct aws_result *r)
{
    struct aws_advisor *v = ctx;
    struct err first = v->err;

    if (r->end == AWS_END_WHOLE || r->end == AWS_END_CUT) {
        v->end = r->end; /* the first refusal does not matter any more */
        v->err = (struct err)ERR_INIT;
        v->source = "trustedadvisor";
        sort(v);
        ask_rec_resources(v);
        return;
    }
    v->end = AWS_END_NOT_ENABLED;
    err_set(&v->err, ERR_DENIED,
            "the support plan of this account does not allow it: Trusted Advisor's checks need "
            "Business Support or higher (Support API: %.120s; Trusted Advisor API: %.120s)",
            first.msg, r->err.msg);
}

/* ---- the Support API ---- */

static bool on_result(void *ctx, const struct value *items)
{
    struct aws_advisor *v = ctx;

    VALUE_EACH (it, items) {
        struct aws_advice *x = advice_of(v, value_str_or(it, "checkId", ""));

        VALUE_EACH (f, value_get(it, "flaggedResources")) {
            struct aws_advised *r = NULL;
            struct buf text = BUF_INIT(400);

            if (x && !str_eq_c(value_str_or(f, "status", ""), "ok") &&
                !value_bool_or(f, "isSuppressed", false))
                r = flagged_one(v, x);
            VALUE_EACH (m, value_get(f, "metadata"))
                if (m->type == VALUE_STRING && m->u.string.len)
                    buf_addf(&text, "%s%.*s", text.len ? ", " : "", STR_FMT(m->u.string));
            if (r)
                *r = (struct aws_advised){
                    aws_text(v->arena, f, "resourceId"), aws_text(v->arena, f, "region"),
                    aws_text(v->arena, f, "status"), arena_str(v->arena, buf_str(&text))};
            buf_release(&text);
        }
    }
    return true;
}

static void ask_results(struct aws_advisor *v)
{
    sort(v);
    for (size_t i = 0; i < v->list.count && i < v->q.details; i++) {
        if (rank(&v->list.items[i]) > 1)
            break;
        ask(v, "support", "DescribeTrustedAdvisorCheckResult",
            arena_printf(v->arena, "{\"checkId\":%s,\"language\":\"en\"}",
                         quoted(v->arena, v->list.items[i].id)),
            (struct aws_batch_call){.on_page = on_result});
    }
}

static bool on_summaries(void *ctx, const struct value *items)
{
    struct aws_advisor *v = ctx;

    VALUE_EACH (it, items) {
        struct aws_advice *x = advice_of(v, value_str_or(it, "checkId", ""));

        if (!x)
            continue;
        x->status = aws_text(v->arena, it, "status");
        x->flagged = value_num_or(it, "resourcesSummary.resourcesFlagged", 0);
        x->processed = value_num_or(it, "resourcesSummary.resourcesProcessed", 0);
        x->savings_usd =
            number(it, "categorySpecificSummary.costOptimizing.estimatedMonthlySavings");
    }
    return true;
}

static void on_summaries_end(void *ctx, const struct aws_result *r)
{
    struct aws_advisor *v = ctx;

    note(v, r);
    ask_results(v);
}

static void ask_summaries(struct aws_advisor *v)
{
    struct buf ids = BUF_INIT(BUF_NO_MAX);
    struct json_writer w;

    for (size_t i = 0; i < v->list.count; i += IDS_AT_ONCE) {
        bool last = i + IDS_AT_ONCE >= v->list.count;

        buf_clear(&ids);
        json_writer_init(&w, &ids);
        json_object_begin(&w);
        json_key(&w, "checkIds");
        json_array_begin(&w);
        for (size_t k = i; k < v->list.count && k < i + IDS_AT_ONCE; k++)
            json_cstring(&w, v->list.items[k].id);
        json_array_end(&w);
        json_object_end(&w);
        ask(v, "support", "DescribeTrustedAdvisorCheckSummaries", buf_cstr(&ids),
            (struct aws_batch_call){.on_page = on_summaries,
                                    .on_end = last ? on_summaries_end : on_end});
    }
    buf_release(&ids);
}

static bool on_checks(void *ctx, const struct value *items)
{
    struct aws_advisor *v = ctx;
    struct arena *a = v->arena;

    VALUE_EACH (it, items) {
        const char *category = aws_text(a, it, "category");

        if (v->q.category && strcmp(category, v->q.category) != 0)
            continue;
        *VEC_PUSH(&v->list) = (struct aws_advice){.id = aws_text(a, it, "id"),
                                                  .name = aws_text(a, it, "name"),
                                                  .category = category,
                                                  .status = "not_available",
                                                  .savings_usd = NAN};
    }
    return true;
}

static void on_checks_end(void *ctx, const struct aws_result *r)
{
    struct aws_advisor *v = ctx;

    note(v, r);
    if (r->end == AWS_END_WHOLE || r->end == AWS_END_CUT) {
        ask_summaries(v);
        return;
    }
    if (r->end != AWS_END_NOT_ENABLED && r->end != AWS_END_DENIED)
        return;
    ask(v, "trustedadvisor", "ListRecommendations", NULL,
        (struct aws_batch_call){
            .on_page = on_recommendations, .on_end = on_recommendations_end, .max_items = 1000});
}

/* ---- public ---- */

static void on_idle(void *ctx)
{
    struct aws_advisor *v = ctx;

    sort(v);
    v->on_done(v->ctx); /* may free `v` */
}

struct aws_advisor *aws_advisor_start(const struct aws_advisor_query *q, void (*on_done)(void *ctx),
                                      void *ctx)
{
    struct aws_advisor *v = xcalloc(1, sizeof(*v));
    struct aws_batch_options o = {.loop = q->loop,
                                  .catalogue = q->catalogue,
                                  .client = q->client,
                                  .region = REGION,
                                  .timeout_ms = CALL_MS,
                                  .on_idle = on_idle,
                                  .ctx = v,
                                  .tally = q->tally};

    v->arena = arena_new(0);
    v->q = *q;
    v->q.category = arena_strdup(v->arena, q->category);
    v->q.details = q->details ? q->details : DETAILS;
    v->source = "support";
    v->on_done = on_done;
    v->ctx = ctx;
    v->batch = aws_batch_new(&o);
    ask(v, "support", "DescribeTrustedAdvisorChecks", "{\"language\":\"en\"}",
        (struct aws_batch_call){.on_page = on_checks, .on_end = on_checks_end});
    return v;
}

void aws_advisor_cancel(struct aws_advisor *v)
{
    aws_batch_cancel(v->batch);
}

void aws_advisor_free(struct aws_advisor *v)
{
    if (!v)
        return;
    aws_batch_free(v->batch);
    VEC_RELEASE(&v->list);
    arena_free(v->arena);
    free(v);
}

const struct aws_advice *aws_advisor_list(const struct aws_advisor *v, size_t *ret_count)
{
    *ret_count = v->list.count;
    return v->list.items;
}

enum aws_end aws_advisor_end(const struct aws_advisor *v, struct err *ret)
{
    *ret = v->err;
    return v->end;
}

const char *aws_advisor_source(const struct aws_advisor *v)
{
    return v->source;
}

static void put_advice(const struct aws_advice *x, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "id", x->id);
    json_put_cstr(w, "name", x->name);
    json_put_cstr(w, "category", x->category);
    json_put_cstr(w, "status", x->status);
    json_put_num(w, "flagged", x->flagged);
    json_put_num(w, "processed", x->processed);
    json_put_num(w, "savings_usd_month", x->savings_usd);
    json_key(w, "resources");
    json_array_begin(w);
    for (size_t i = 0; i < x->resource_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "id", x->resources[i].id);
        json_put_cstr(w, "region", x->resources[i].region);
        json_put_cstr(w, "status", x->resources[i].status);
        json_put_cstr(w, "text", x->resources[i].text);
        json_object_end(w);
    }
    json_array_end(w);
    json_object_end(w);
}

void aws_advisor_write(const struct aws_advisor *v, bool all, struct json_writer *w)
{
    size_t bad = 0;

    VEC_EACH (x, &v->list)
        bad += rank(x) < 2;
    json_object_begin(w);
    json_put_cstr(w, "source", v->source);
    json_put_cstr(w, "end", aws_end_name(v->end));
    json_put_cstr(w, "error", v->err.code ? v->err.msg : NULL);
    json_put_int(w, "checks", (int64_t)v->list.count);
    json_put_int(w, "not_ok", (int64_t)bad);
    json_key(w, "advice");
    json_array_begin(w);
    VEC_EACH (x, &v->list)
        if (all || rank(x) < 2)
            put_advice(x, w);
    json_array_end(w);
    json_object_end(w);
}
