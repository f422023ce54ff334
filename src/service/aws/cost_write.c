/* cost_write.c - what is paid, as JSON. */
#include <math.h>

#include "runbook/service/aws/cost.h"

static double cents(double usd)
{
    return round(usd * 10000) / 10000;
}

static void put_days(struct json_writer *w, const char *key, const double *usd, size_t count)
{
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < count; i++)
        json_number(w, cents(usd[i]));
    json_array_end(w);
}

static void put_services(const struct aws_cost_answer *a, struct json_writer *w)
{
    json_key(w, "services");
    json_array_begin(w);
    for (size_t i = 0; i < a->spend_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "service", a->spend[i].service);
        json_put_num(w, "total", cents(a->spend[i].total));
        put_days(w, "by_day", a->spend[i].usd, a->day_count);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_anomalies(const struct aws_cost_answer *a, struct json_writer *w)
{
    json_key(w, "anomalies");
    json_array_begin(w);
    for (size_t i = 0; i < a->anomaly_count; i++) {
        const struct aws_spend_anomaly *x = &a->anomalies[i];

        json_object_begin(w);
        json_put_cstr(w, "service", x->service);
        json_put_cstr(w, "source", x->source);
        json_put_cstr(w, "from", x->from);
        json_put_cstr(w, "to", x->to);
        json_put_num(w, "usd", cents(x->usd));
        json_put_num(w, "expected_usd", cents(x->expected_usd));
        json_put_num(w, "z", cents(x->z));
        json_put_cstr(w, "cause", *x->cause ? x->cause : NULL);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_parts(const struct aws_cost_answer *a, struct json_writer *w)
{
    json_key(w, "parts");
    json_array_begin(w);
    for (size_t i = 0; i < sizeof(a->parts) / sizeof(a->parts[0]); i++) {
        if (!a->parts[i].what)
            continue;
        json_object_begin(w);
        json_put_cstr(w, "part", a->parts[i].what);
        json_put_cstr(w, "end", aws_end_name(a->parts[i].end));
        json_put_cstr(w, "error", a->parts[i].err.code ? a->parts[i].err.msg : NULL);
        json_object_end(w);
    }
    json_array_end(w);
}

void aws_cost_write(const struct aws_cost *c, struct json_writer *w)
{
    struct aws_cost_answer a;

    aws_cost_answer(c, &a);
    json_object_begin(w);
    json_put_cstr(w, "unit", a.unit);
    json_put_int(w, "requests", a.requests);
    json_put_num(w, "paid_usd", a.paid_usd);
    json_put_cstr(w, "month", a.month);
    json_put_num(w, "month_to_date", cents(a.month_to_date));
    json_put_num(w, "forecast_rest_of_month", cents(a.forecast));
    json_put_num(w, "forecast_low", cents(a.forecast_low));
    json_put_num(w, "forecast_high", cents(a.forecast_high));
    json_put_bool(w, "last_day_is_not_over", a.last_is_part);
    json_key(w, "days");
    json_array_begin(w);
    for (size_t i = 0; i < a.day_count; i++)
        json_cstring(w, a.days[i]);
    json_array_end(w);
    put_days(w, "total", a.total, a.day_count);
    put_services(&a, w);
    put_anomalies(&a, w);
    put_parts(&a, w);
    json_object_end(w);
}
