/* cost.c - see cost.h. One request for days and services, one for the forecast, one for anomalies,
 * at once. */
#include "runbook/service/aws/cost.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/base/vec.h"

#define DAY_MS INT64_C(86400000)
#define DAYS 35
#define JUDGED 7
#define CALL_MS 45000
#define DAY_TEXT 11
#define PAGES_MAX 20

enum part { PART_COSTS, PART_FORECAST, PART_ANOMALIES };

struct aws_cost {
    struct aws_cost_query q;
    struct arena *arena;
    struct aws_batch *batch;
    const char **days;
    size_t day_count;
    int64_t first_ms;
    double *total;
    VEC(struct aws_spend) spend;
    VEC(struct aws_spend_anomaly) anomalies;
    struct aws_cost_answer a;
    void (*on_done)(void *ctx);
    void *ctx;
};

struct about {
    struct aws_cost *c;
    enum part part;
};

static void day_text(int64_t ms, char out[DAY_TEXT])
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text);
    (void)snprintf(out, DAY_TEXT, "%.10s", text);
}

/* An amount is a text: "12.3456"; NAN: none. */
static double amount(const struct value *v, const char *path)
{
    double d;

    if (num_f64(value_str_or(v, path, ""), &d) && isfinite(d))
        return d;
    return value_num_or(v, path, NAN);
}

/* ---- days and services ---- */

static size_t day_of(const struct aws_cost *c, struct str day)
{
    for (size_t i = 0; i < c->day_count; i++)
        if (str_eq_c(day, c->days[i]))
            return i;
    return SIZE_MAX;
}

static struct aws_spend *spend_of(struct aws_cost *c, struct str service)
{
    struct aws_spend *s;

    VEC_EACH (it, &c->spend)
        if (str_eq_c(service, it->service))
            return it;
    s = VEC_PUSH(&c->spend);
    s->service = arena_str(c->arena, service);
    s->usd = arena_array(c->arena, c->day_count, sizeof(*s->usd));
    return s;
}

static void add_group(struct aws_cost *c, size_t day, const struct value *g)
{
    struct str service = value_str_or(g, "Keys.0", "");
    double usd = amount(g, "Metrics.UnblendedCost.Amount");
    struct aws_spend *s;

    if (!service.len || !isfinite(usd))
        return;
    if (c->q.service && str_ifind(service, str_from(c->q.service)) < 0)
        return;
    c->a.unit = aws_text(c->arena, g, "Metrics.UnblendedCost.Unit");
    s = spend_of(c, service);
    s->usd[day] += usd;
    s->total += usd;
    c->total[day] += usd;
}

static bool on_costs(void *ctx, const struct value *items)
{
    struct about *b = ctx;

    VALUE_EACH (it, items) {
        size_t day = day_of(b->c, value_str_or(it, "TimePeriod.Start", ""));

        if (day == SIZE_MAX)
            continue;
        VALUE_EACH (g, value_get(it, "Groups"))
            add_group(b->c, day, g);
    }
    return true;
}

static int dearest_first(const void *a, const void *b)
{
    const struct aws_spend *x = a, *y = b;

    if (x->total > y->total || x->total < y->total)
        return x->total > y->total ? -1 : 1;
    return strcmp(x->service, y->service);
}

/* The latest day first, of a day the largest difference. */
static int latest_first(const void *a, const void *b)
{
    const struct aws_spend_anomaly *x = a, *y = b;
    double dx = fabs(x->usd - x->expected_usd), dy = fabs(y->usd - y->expected_usd);
    int order = strcmp(y->from, x->from);

    if (!order && (dx > dy || dx < dy))
        order = dx > dy ? -1 : 1;
    return order ? order : strcmp(x->service, y->service);
}

/* Of the month that the last day is in; the series has to reach back to its first day. */
static void sum_month(struct aws_cost *c)
{
    const char *last = c->days[c->day_count - 1];
    double sum = 0;
    bool whole = false;

    c->a.month = arena_strndup(c->arena, last, 7);
    for (size_t i = 0; i < c->day_count; i++) {
        if (strncmp(c->days[i], last, 7) != 0)
            continue;
        whole = whole || strcmp(c->days[i] + 8, "01") == 0;
        sum += c->total[i];
    }
    c->a.month_to_date = whole && c->a.parts[PART_COSTS].end == AWS_END_WHOLE ? sum : NAN;
}

static void judge(struct aws_cost *c, const char *service, const double *usd)
{
    size_t whole = c->day_count - 1, first = whole > c->q.judged ? whole - c->q.judged : 0;

    for (size_t i = first; i < whole; i++) {
        size_t back = i < AWS_SPEND_BEFORE_MAX ? i : AWS_SPEND_BEFORE_MAX;
        struct aws_spend_verdict v = aws_spend_judge(usd + i - back, back, usd[i]);

        if (v.unusual)
            *VEC_PUSH(&c->anomalies) = (struct aws_spend_anomaly){.service = service,
                                                                  .source = "rule",
                                                                  .from = c->days[i],
                                                                  .to = c->days[i],
                                                                  .usd = usd[i],
                                                                  .expected_usd = v.median,
                                                                  .z = v.z,
                                                                  .cause = ""};
    }
}

/* ---- forecast and anomalies ---- */

static bool on_forecast(void *ctx, const struct value *items)
{
    struct about *b = ctx;

    VALUE_EACH (it, items) {
        b->c->a.forecast = amount(it, "Total.Amount");
        b->c->a.forecast_low = amount(it, "ForecastResultsByTime.0.PredictionIntervalLowerBound");
        b->c->a.forecast_high = amount(it, "ForecastResultsByTime.0.PredictionIntervalUpperBound");
    }
    return true;
}

static bool on_anomalies(void *ctx, const struct value *items)
{
    struct about *b = ctx;
    struct aws_cost *c = b->c;
    struct arena *a = c->arena;

    VALUE_EACH (it, items) {
        const char *region = aws_text(a, it, "RootCauses.0.Region");
        const char *usage = aws_text(a, it, "RootCauses.0.UsageType");
        const char *account = aws_text(a, it, "RootCauses.0.LinkedAccount");
        const char *service = aws_text(a, it, "RootCauses.0.Service");
        struct aws_spend_anomaly x = {.service =
                                          *service ? service : aws_text(a, it, "DimensionValue"),
                                      .source = "Cost Anomaly Detection",
                                      .from = aws_text(a, it, "AnomalyStartDate"),
                                      .to = aws_text(a, it, "AnomalyEndDate"),
                                      .usd = amount(it, "Impact.TotalActualSpend"),
                                      .expected_usd = amount(it, "Impact.TotalExpectedSpend"),
                                      .z = NAN};

        if (!isfinite(x.usd))
            x.usd = amount(it, "Impact.TotalImpact");
        x.cause = arena_printf(a, "%.40s%s%.80s%s%.40s", region, *usage ? " " : "", usage,
                               *account ? " account " : "", account);
        *VEC_PUSH(&c->anomalies) = x;
    }
    return true;
}

/* ---- a question ---- */

static void on_end(void *ctx, const struct aws_result *r)
{
    struct about *b = ctx;

    b->c->a.requests += r->requests;
    b->c->a.parts[b->part].end = r->end;
    b->c->a.parts[b->part].err = r->err;
}

static void ask(struct aws_cost *c, enum part part, const char *what, const char *operation,
                const char *params, bool (*page)(void *ctx, const struct value *items))
{
    struct about *b = arena_alloc(c->arena, sizeof(*b));

    *b = (struct about){c, part};
    c->a.parts[part].what = what;
    aws_batch_add(c->batch,
                  &(struct aws_batch_call){.service = "ce",
                                           .operation = operation,
                                           .max_pages = PAGES_MAX,
                                           .on_page = page,
                                           .on_end = on_end,
                                           .ctx = b},
                  params);
}

/* Days until today, today with them: "End" is the first day that is none of it. */
static void ask_costs(struct aws_cost *c)
{
    char end[DAY_TEXT];

    day_text(c->first_ms + (int64_t)c->day_count * DAY_MS, end);
    ask(c, PART_COSTS, "costs", "GetCostAndUsage",
        arena_printf(c->arena,
                     "{\"TimePeriod\":{\"Start\":\"%s\",\"End\":\"%s\"},\"Granularity\":\"DAILY\","
                     "\"Metrics\":[\"UnblendedCost\"],\"GroupBy\":[{\"Type\":\"DIMENSION\","
                     "\"Key\":\"SERVICE\"}]}",
                     c->days[0], end),
        on_costs);
}

/* From today to the end of the month, as one sum. */
static void ask_forecast(struct aws_cost *c)
{
    const char *today = c->days[c->day_count - 1];
    uint64_t year, month;

    if (!num_u64((struct str){today, 4}, &year) || !num_u64((struct str){today + 5, 2}, &month))
        return; /* it was made by us */
    year += month == 12;
    month = month == 12 ? 1 : month + 1;
    ask(c, PART_FORECAST, "forecast", "GetCostForecast",
        arena_printf(c->arena,
                     "{\"TimePeriod\":{\"Start\":\"%s\",\"End\":\"%04d-%02d-01\"},\"Granularity\":"
                     "\"MONTHLY\",\"Metric\":\"UNBLENDED_COST\",\"PredictionIntervalLevel\":80}",
                     today, (int)year, (int)month),
        on_forecast);
}

static void ask_anomalies(struct aws_cost *c)
{
    ask(c, PART_ANOMALIES, "anomalies", "GetAnomalies",
        arena_printf(
            c->arena,
            "{\"DateInterval\":{\"StartDate\":\"%s\",\"EndDate\":\"%s\"},\"MaxResults\":100}",
            c->days[0], c->days[c->day_count - 1]),
        on_anomalies);
}

static void make_days(struct aws_cost *c)
{
    int64_t today = loop_wall_ms(c->q.loop) / DAY_MS * DAY_MS;

    c->day_count = c->q.days;
    c->first_ms = today - (int64_t)(c->day_count - 1) * DAY_MS;
    c->days = arena_array(c->arena, c->day_count, sizeof(*c->days));
    c->total = arena_array(c->arena, c->day_count, sizeof(*c->total));
    for (size_t i = 0; i < c->day_count; i++) {
        char text[DAY_TEXT];

        day_text(c->first_ms + (int64_t)i * DAY_MS, text);
        c->days[i] = arena_strdup(c->arena, text);
    }
}

static void on_idle(void *ctx)
{
    struct aws_cost *c = ctx;

    if (c->spend.count)
        qsort(c->spend.items, c->spend.count, sizeof(*c->spend.items), dearest_first);
    sum_month(c);
    if (c->a.parts[PART_COSTS].end == AWS_END_WHOLE) {
        if (c->spend.count > 1)
            judge(c, "all services", c->total);
        VEC_EACH (s, &c->spend)
            judge(c, s->service, s->usd);
    }
    if (c->anomalies.count)
        qsort(c->anomalies.items, c->anomalies.count, sizeof(*c->anomalies.items), latest_first);
    c->on_done(c->ctx); /* may free `c` */
}

unsigned aws_cost_requests_of(const struct aws_cost_query *q)
{
    return 1 + q->forecast + q->anomalies;
}

struct aws_cost *aws_cost_start(const struct aws_cost_query *q, void (*on_done)(void *ctx),
                                void *ctx)
{
    struct aws_cost *c = xcalloc(1, sizeof(*c));
    struct aws_batch_options o = {.loop = q->loop,
                                  .catalogue = q->catalogue,
                                  .client = q->client,
                                  .region = "us-east-1",
                                  .timeout_ms = CALL_MS,
                                  .on_idle = on_idle,
                                  .ctx = c,
                                  .tally = q->tally};

    c->arena = arena_new(0);
    c->q = *q;
    c->q.days = q->days ? q->days : DAYS;
    if (c->q.days > AWS_COST_DAYS_MAX)
        c->q.days = AWS_COST_DAYS_MAX;
    c->q.judged = q->judged ? q->judged : JUDGED;
    c->q.service = arena_strdup(c->arena, q->service);
    c->on_done = on_done;
    c->ctx = ctx;
    c->a.unit = "USD";
    c->a.month_to_date = c->a.forecast = c->a.forecast_low = c->a.forecast_high = NAN;
    make_days(c);
    c->batch = aws_batch_new(&o);
    ask_costs(c);
    if (q->forecast)
        ask_forecast(c);
    if (q->anomalies)
        ask_anomalies(c);
    return c;
}

void aws_cost_cancel(struct aws_cost *c)
{
    aws_batch_cancel(c->batch);
}

void aws_cost_free(struct aws_cost *c)
{
    if (!c)
        return;
    aws_batch_free(c->batch);
    VEC_RELEASE(&c->spend);
    VEC_RELEASE(&c->anomalies);
    arena_free(c->arena);
    free(c);
}

void aws_cost_answer(const struct aws_cost *c, struct aws_cost_answer *ret)
{
    *ret = c->a;
    ret->days = c->days;
    ret->day_count = c->day_count;
    ret->last_is_part = true;
    ret->spend = c->spend.items;
    ret->spend_count = c->spend.count;
    ret->total = c->total;
    ret->anomalies = c->anomalies.items;
    ret->anomaly_count = c->anomalies.count;
    ret->paid_usd = ret->requests * AWS_COST_REQUEST_USD;
}
