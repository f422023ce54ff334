/* throttling_api.c - API Gateway refuses what is beyond the rate of a stage, of a usage plan or of
 * the account. CloudWatch counts a refused call (429) among all others of the caller (4XXError), so
 * that number alone proves nothing: the calls have to come at the rate that is allowed. Where a
 * stage writes an access log, that decides. Source: API Gateway Developer Guide, "Throttle
 * requests to your REST APIs", "Amazon API Gateway dimensions and metrics". */
#include <math.h>
#include <string.h>

#include "logs.h"
#include "throttling.h"

struct rate {
    double a_second; /* NAN: none is told */
    const char *whose;
    const char *stage, *log; /* of a stage; "" */
    uint64_t query;
};

static void take_rate(struct rate *r, double a_second, const char *whose, uint64_t query)
{
    if (!(a_second > 0) || a_second >= r->a_second)
        return;
    r->a_second = a_second;
    r->whose = whose;
    r->query = query;
}

static void read_stages(struct aws_view *v, const struct value *api, struct rate *r)
{
    const struct aws_doc *d = av_doc_of(v, "api.stages", av_str(api, "id"));

    VALUE_EACH (stage, d ? d->items : NULL) {
        const char *name = av_str(stage, "stageName"), *log = aws_log_of_stage(v, stage);

        take_rate(
            r, av_num(value_get(value_get(stage, "methodSettings"), "*/*"), "throttlingRateLimit"),
            arena_printf(v->arena, "stage %s", name), d->query);
        if (*log && !*r->log)
            r->log = log;
        if (!*r->stage)
            r->stage = name;
    }
}

static void read_plans(struct aws_view *v, const char *api, struct rate *r)
{
    AV_DOCS(d, v, "api.plans")
    {
        VALUE_EACH (plan, d->items) {
            AV_EACH(stage, plan, "apiStages")
            if (strcmp(av_str(stage, "apiId"), api) == 0)
                take_rate(r, av_num(plan, "throttle.rateLimit"),
                          arena_printf(v->arena, "usage plan %s", av_str(plan, "name")), d->query);
        }
    }
}

/* The smallest of what is said: that one is reached first. */
static struct rate rate_of(struct aws_view *v, const struct value *api)
{
    struct rate r = {.a_second = INFINITY, .whose = "", .stage = "", .log = ""};

    read_stages(v, api, &r);
    read_plans(v, av_str(api, "id"), &r);
    AV_DOCS(d, v, "api.account")
    take_rate(&r, av_num(value_at(d->items, 0), "throttleSettings.rateLimit"), "the account",
              d->query);
    return r;
}

static void culprit(struct aws_view *v, struct aws_finding *f, const struct aws_series *s,
                    const struct rate *r)
{
    struct aws_culprit *c = aws_find_culprit(f);

    c->statement = arena_printf(v->arena, "%s gets more calls than %s allows (%.4g a second)",
                                s->of, r->whose, r->a_second);
    c->evidence = f->second;
    c->query = f->second_query;
    c->name = "api";
    c->at_ms = s->turn_ms;
    if (*r->log)
        c->ask = aws_follow_logs(v, r->log, "\"429\"", 50);
}

void aws_throttling_api(struct aws_view *v, struct aws_findings *out, const struct aws_series *s,
                        const struct aws_gateway_limits *l)
{
    const struct aws_series *calls = av_series(v, "api.count", s->of);
    double all = calls ? av_total(v, calls, s) : 0, busiest;
    struct rate r = rate_of(v, s->item);
    struct aws_finding *f;

    if (!calls || s->total < l->count ||
        (s->mean_before > 0 && s->mean < l->rise * s->mean_before) || s->total < l->share * all)
        return;
    busiest = calls->high * 1000 / (double)v->period_ms;
    if (!(busiest >= l->used * r.a_second) || !(f = aws_find(out)))
        return;
    aws_find_series(f, s, s->total);
    f->direct = true;
    aws_find_about(v, f, "apigateway", s->of);
    f->claim = arena_printf(v->arena, "API %s is throttled", s->of);
    f->evidence = arena_printf(v->arena, "%.0f of %.0f calls of %s refused (4XXError)%s", s->total,
                               all, s->of, av_turned(v, s, " since"));
    f->second = arena_printf(v->arena,
                             "up to %.4g calls a second on average of %s came; %s allows "
                             "%.4g",
                             busiest, av_ago(v, v->period_ms), r.whose, r.a_second);
    f->second_query = r.query;
    aws_find_name(f, s->of);
    aws_find_var(f, "api", s->of);
    aws_find_var(f, "api_id", av_str(s->item, "id"));
    aws_find_var(f, "stage", r.stage);
    culprit(v, f, s, &r);
}

void aws_throttling_api_read(struct aws_view *v, const struct value *items, struct aws_reading *r)
{
    aws_log_lines(v, items,
                  &(struct aws_log_words){
                      "its access log has 429",
                      "its access log has no 429: what was refused was refused for another reason",
                      50, STRENGTH_CONTRADICTS},
                  r);
}
