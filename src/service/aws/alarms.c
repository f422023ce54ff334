/* alarms.c - DescribeAlarms and DescribeAlarmHistory, metric and composite alarms alike; and which
 * alarms came together. */
#include "runbook/service/aws/alarms.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/get.h"

#define MAX_DEFAULT 1000
#define PAGE 100 /* MaxRecords; API Reference, DescribeAlarms */
#define NAME_BYTES 300
#define TEXT_BYTES 1000
#define RULE_BYTES 10300

struct aws_alarms {
    struct aws_client *client;
    struct arena *arena;
    struct aws_alarms_request request;
    aws_id id;
    bool ended;
    VEC(struct aws_alarm) alarms;
    VEC(struct aws_alarm_event) events;
    struct aws_alarms_answer answer;
    aws_alarms_fn *done;
    void *ctx;
};

/* ---- one alarm ---- */

/* Source: API Reference, PutMetricAlarm, ComparisonOperator. */
static const char *comparison_of(struct str word)
{
    static const char *const signs[][2] = {
        {"GreaterThanThreshold", ">"},
        {"GreaterThanOrEqualToThreshold", ">="},
        {"LessThanThreshold", "<"},
        {"LessThanOrEqualToThreshold", "<="},
        {"LessThanLowerOrGreaterThanUpperThreshold", "outside"},
        {"GreaterThanUpperThreshold", "above"},
        {"LessThanLowerThreshold", "below"},
    };

    for (size_t i = 0; i < sizeof(signs) / sizeof(signs[0]); i++)
        if (str_eq_c(word, signs[i][0]))
            return signs[i][1];
    return "";
}

static double number_of(const struct value *v, const char *key, double fallback)
{
    double n;

    if (num_f64(value_str_or(v, key, ""), &n))
        return n;
    return value_num_or(v, key, fallback);
}

static const char *dimensions_of(struct arena *arena, const struct value *v)
{
    struct buf out = BUF_INIT(16384);
    const char *copy;

    VALUE_EACH (it, value_get(v, "Dimensions"))
        buf_addf(&out, "%s%s=%s", out.len ? ", " : "", aws_clean(arena, it, "Name", NAME_BYTES),
                 aws_clean(arena, it, "Value", NAME_BYTES));
    copy = arena_str(arena, buf_str(&out));
    buf_release(&out);
    return copy;
}

static void read_metric(struct arena *arena, const struct value *v, struct aws_alarm *a)
{
    a->space = aws_clean(arena, v, "Namespace", NAME_BYTES);
    a->metric = aws_clean(arena, v, "MetricName", NAME_BYTES);
    a->stat = aws_clean(arena, v, "Statistic", NAME_BYTES);
    if (!*a->stat)
        a->stat = aws_clean(arena, v, "ExtendedStatistic", NAME_BYTES);
    a->dimensions = dimensions_of(arena, v);
    a->comparison = comparison_of(value_str_or(v, "ComparisonOperator", ""));
    a->threshold = number_of(v, "Threshold", NAN);
    a->period_s = (int64_t)number_of(v, "Period", 0);
    a->evaluations = (int)number_of(v, "EvaluationPeriods", 0);
}

static void read_rule(struct arena *arena, const struct value *v, struct aws_alarm *a)
{
    const struct aws_rule *rule;
    struct err err = ERR_INIT;

    a->rule = aws_clean(arena, v, "AlarmRule", RULE_BYTES);
    a->suppressed = *aws_clean(arena, v, "ActionsSuppressedBy", NAME_BYTES) != '\0';
    if (aws_rule_parse(arena, value_str_or(v, "AlarmRule", ""), &rule, &err))
        a->rule_error = arena_strdup(arena, err.msg);
    else
        a->children = aws_rule_children(rule, &a->child_count);
}

static void read_alarm(struct aws_alarms *r, const struct value *v, bool composite)
{
    struct arena *arena = r->arena;
    struct aws_alarm *a = VEC_PUSH(&r->alarms);

    a->composite = composite;
    a->name = aws_clean(arena, v, "AlarmName", NAME_BYTES);
    a->arn = aws_clean(arena, v, "AlarmArn", TEXT_BYTES);
    a->description = aws_clean(arena, v, "AlarmDescription", TEXT_BYTES);
    a->reason = aws_clean(arena, v, "StateReason", TEXT_BYTES);
    a->space = a->metric = a->stat = a->dimensions = a->comparison = a->rule = a->rule_error = "";
    a->threshold = NAN;
    a->actions = !str_eq_c(value_str_or(v, "ActionsEnabled", "true"), "false");
    a->since_ms = aws_moment_ms(value_get(v, "StateTransitionedTimestamp"));
    if (!a->since_ms)
        a->since_ms = aws_moment_ms(value_get(v, "StateUpdatedTimestamp"));
    if (!aws_alarm_state_from(value_str_or(v, "StateValue", ""), &a->state))
        a->state = AWS_ALARM_NO_DATA;
    if (composite)
        read_rule(arena, v, a);
    else
        read_metric(arena, v, a);
}

/* ---- which belong together ---- */

static int rank_of(const struct aws_alarm *a)
{
    return a->state == AWS_ALARM_ALARM ? 0 : a->state == AWS_ALARM_NO_DATA ? 1 : 2;
}

static int by_time(const void *x, const void *y)
{
    const struct aws_alarm *a = x, *b = y;

    if (rank_of(a) != rank_of(b))
        return rank_of(a) < rank_of(b) ? -1 : 1;
    if (rank_of(a) == 0 && a->since_ms != b->since_ms)
        return a->since_ms < b->since_ms ? -1 : 1;
    return strcmp(a->name, b->name);
}

static bool named_in(const struct aws_alarm *alarms, const struct aws_storm *s, const char *name)
{
    for (size_t i = s->first; i < s->first + s->count; i++)
        if (strcmp(alarms[i].name, name) == 0)
            return true;
    return false;
}

/* The composite alarm in alarm that most of them are children of. */
static const char *head_of(const struct aws_alarm *alarms, size_t in_alarm,
                           const struct aws_storm *s)
{
    const char *head = "";
    size_t best = 1;

    for (size_t i = 0; i < in_alarm; i++) {
        size_t n = 0;

        for (size_t k = 0; k < alarms[i].child_count; k++)
            n += named_in(alarms, s, alarms[i].children[k].name);
        if (n > best) {
            best = n;
            head = alarms[i].name;
        }
    }
    return head;
}

/* One dimension ("LoadBalancer=app/x"), else a namespace, that more than half of them have. */
static const char *common_of(struct arena *arena, const struct aws_alarm *alarms,
                             const struct aws_storm *s, bool dimensions)
{
    for (size_t i = s->first; i < s->first + s->count; i++) {
        struct str rest = str_from(dimensions ? alarms[i].dimensions : alarms[i].space), piece;

        while (str_split(&rest, ',', &piece)) {
            size_t n = 0;

            piece = str_trim(piece);
            for (size_t k = s->first; piece.len && k < s->first + s->count; k++)
                n += str_find(str_from(dimensions ? alarms[k].dimensions : alarms[k].space),
                              piece) >= 0;
            if (n * 2 > s->count)
                return arena_str(arena, piece);
        }
    }
    return dimensions ? common_of(arena, alarms, s, false) : "";
}

const struct aws_storm *aws_storms_find(struct arena *arena, struct aws_alarm *alarms, size_t count,
                                        size_t *ret_count)
{
    struct aws_storm *storms = arena_array(arena, count / AWS_STORM_MIN + 1, sizeof(*storms));
    size_t in_alarm = 0, first = 0, n = 0;

    if (count > 1)
        qsort(alarms, count, sizeof(*alarms), by_time);
    while (in_alarm < count && alarms[in_alarm].state == AWS_ALARM_ALARM)
        in_alarm++;
    for (size_t i = 1; i <= in_alarm; i++) {
        if (i < in_alarm && alarms[i].since_ms - alarms[i - 1].since_ms <= AWS_STORM_GAP_MS)
            continue;
        if (i - first >= AWS_STORM_MIN) {
            struct aws_storm *s = &storms[n++];

            *s = (struct aws_storm){.first = first,
                                    .count = i - first,
                                    .from_ms = alarms[first].since_ms,
                                    .to_ms = alarms[i - 1].since_ms};
            s->head = head_of(alarms, in_alarm, s);
            s->common = common_of(arena, alarms, s, true);
        }
        first = i;
    }
    *ret_count = n;
    return storms;
}

/* ---- history ---- */

/* HistoryData is JSON: {"oldState": {"stateValue": "OK"}, "newState": {...}}. */
static void read_change(struct arena *arena, struct str data, struct aws_alarm_event *e)
{
    const struct value *v;
    struct err err = ERR_INIT;

    e->from = e->to = "";
    if (json_parse(arena, data, &v, &err))
        return;
    e->from = aws_clean(arena, value_get(v, "oldState"), "stateValue", NAME_BYTES);
    e->to = aws_clean(arena, value_get(v, "newState"), "stateValue", NAME_BYTES);
}

static void read_event(struct aws_alarms *r, const struct value *v)
{
    struct aws_alarm_event *e = VEC_PUSH(&r->events);

    e->t_ms = aws_moment_ms(value_get(v, "Timestamp"));
    e->name = aws_clean(r->arena, v, "AlarmName", NAME_BYTES);
    e->kind = aws_clean(r->arena, v, "HistoryItemType", NAME_BYTES);
    e->summary = aws_clean(r->arena, v, "HistorySummary", TEXT_BYTES);
    e->composite = str_eq_c(value_str_or(v, "AlarmType", ""), "CompositeAlarm");
    read_change(r->arena, value_str_or(v, "HistoryData", ""), e);
}

static int newest_first(const void *x, const void *y)
{
    const struct aws_alarm_event *a = x, *b = y;

    return (a->t_ms < b->t_ms) - (a->t_ms > b->t_ms);
}

/* ---- asking ---- */

static bool full(struct aws_alarms *r)
{
    if (r->alarms.count + r->events.count < r->request.max)
        return false;
    r->answer.more = true;
    return true;
}

static void on_answer(void *ctx, const struct value *whole)
{
    struct aws_alarms *r = ctx;

    VALUE_EACH (it, value_get(whole, "CompositeAlarms"))
        if (!full(r))
            read_alarm(r, it, true);
    VALUE_EACH (it, value_get(whole, "MetricAlarms"))
        if (!full(r))
            read_alarm(r, it, false);
    VALUE_EACH (it, value_get(whole, "AlarmHistoryItems"))
        if (!full(r))
            read_event(r, it);
}

static void on_page(void *ctx, const struct value *items)
{
    struct aws_alarms *r = ctx;

    (void)items;
    if (r->answer.more)
        aws_cancel(r->client, r->id);
}

static void on_done(void *ctx, const struct aws_result *result)
{
    struct aws_alarms *r = ctx;
    struct aws_alarms_answer *a = &r->answer;

    r->ended = true;
    a->requests = result->requests;
    a->end = a->more && result->end == AWS_END_CANCELED ? AWS_END_CUT : result->end;
    a->err = result->err;
    if (a->end == AWS_END_CUT)
        err_clear(&a->err);
    a->storms = aws_storms_find(r->arena, r->alarms.items, r->alarms.count, &a->storm_count);
    if (r->events.count > 1)
        qsort(r->events.items, r->events.count, sizeof(*r->events.items), newest_first);
    VEC_EACH (it, &r->alarms) {
        a->in_alarm += it->state == AWS_ALARM_ALARM;
        a->no_data += it->state == AWS_ALARM_NO_DATA;
    }
    a->alarms = r->alarms.items;
    a->count = r->alarms.count;
    a->events = r->events.items;
    a->event_count = r->events.count;
    r->done(r->ctx, a);
}

static void put_time(struct json_writer *w, const char *key, int64_t ms)
{
    char text[TIME_TEXT_MAX];

    if (!ms)
        return;
    time_format_rfc3339(ms, text);
    json_put_cstr(w, key, text);
}

static void put_params(const struct aws_alarms_request *q, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "AlarmTypes");
    json_array_begin(&w);
    json_cstring(&w, "MetricAlarm");
    json_cstring(&w, "CompositeAlarm");
    json_array_end(&w);
    json_put_int(&w, "MaxRecords", PAGE);
    if (q->name && *q->name)
        json_put_cstr(&w, q->history ? "AlarmName" : "AlarmNamePrefix", q->name);
    if (q->history) {
        put_time(&w, "StartDate", q->since_ms);
        put_time(&w, "EndDate", q->until_ms);
        json_put_cstr(&w, "ScanBy", "TimestampDescending");
    } else if (q->state && *q->state) {
        json_put_cstr(&w, "StateValue", q->state);
    }
    json_object_end(&w);
}

struct aws_alarms *aws_alarms_start(struct aws_estate *e, struct aws_account *account,
                                    const struct aws_alarms_request *q, aws_alarms_fn *done,
                                    void *ctx, struct err *err)
{
    static const struct aws_callbacks callbacks = {
        .on_page = on_page, .on_done = on_done, .on_answer = on_answer};
    struct aws_alarms *r = xcalloc(1, sizeof(*r));
    struct buf params = BUF_INIT(65536);
    struct aws_get get = {.estate = e,
                          .account = account,
                          .service = "cloudwatch",
                          .operation = q->history ? "DescribeAlarmHistory" : "DescribeAlarms",
                          .timeout_ms = q->timeout_ms,
                          .tally = q->tally};
    const char *region;

    r->client = account->client;
    r->arena = arena_new(0);
    r->request = *q;
    r->request.max = q->max ? q->max : MAX_DEFAULT;
    r->request.name = arena_strdup(r->arena, q->name);
    r->request.state = arena_strdup(r->arena, q->state);
    r->done = done;
    r->ctx = ctx;
    put_params(q, &params);
    get.params = buf_str(&params);
    if (!aws_get_region(account, q->region, &region, err)) {
        r->answer.region = r->request.region = get.region = arena_strdup(r->arena, region);
        r->answer.request = &r->request;
        (void)aws_get_send(&get, &callbacks, r, &r->id, err);
    }
    buf_release(&params);
    if (r->id)
        return r;
    aws_alarms_free(r);
    return NULL;
}

void aws_alarms_free(struct aws_alarms *r)
{
    if (!r)
        return;
    if (r->id && !r->ended)
        aws_abandon(r->client, r->id);
    VEC_RELEASE(&r->alarms);
    VEC_RELEASE(&r->events);
    arena_free(r->arena);
    free(r);
}
