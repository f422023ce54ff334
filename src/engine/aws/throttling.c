/* throttling.c - calls are refused because there are too many: of a function, a table, a stream, or
 * of AWS's own API. How much is allowed is read afterwards. What is refused all the time and always
 * was is how somebody works, and no incident. */
#include <math.h>
#include <string.h>

#include "throttling.h"

static const struct aws_limit limits[] = {
    {"count", 20.0, "count",
     "refused since the onset; the SDKs repeat a few unseen (AWS SDKs and "
     "Tools Reference Guide, Retry behavior)"},
    {"share", 0.01, "ratio", "of a function's calls, refused ones included"},
    {"rise", 3.0, "times", "of what was refused in a period before"},
    {"used", 0.8, "ratio", "of what is allowed: an average over a period hides its peaks"},
    {"api", 10.0, "count", "calls of one principal that AWS refused"},
    {"gateway", 0.05, "ratio", "of the calls of an API: callers' own mistakes are fewer"},
    {"gateway_used", 0.8, "ratio",
     "of the rate that is allowed, on average of a sample: API Gateway counts by the second"},
    {.name = NULL},
};
#define COUNT LIMIT(0)
#define SHARE LIMIT(1)
#define RISE LIMIT(2)
#define USED LIMIT(3)
#define API LIMIT(4)
#define GATEWAY LIMIT(5)
#define GATEWAY_USED LIMIT(6)

static const struct {
    const char *metric, *kind, *what, *used;
} refused[] = {
    {"lambda.throttles", "lambda", "function", "lambda.concurrent"},
    {"dynamodb.write_throttles", "dynamodb", "writes to table", "dynamodb.writes"},
    {"dynamodb.read_throttles", "dynamodb", "reads of table", "dynamodb.reads"},
    {"kinesis.write_throttles", "kinesis", "writes to stream", "kinesis.bytes"},
    {"kinesis.read_throttles", "kinesis", "reads of stream", "kinesis.bytes"},
    {NULL, NULL, NULL, NULL},
};

static bool is_off(struct aws_view *v, const struct aws_series *s)
{
    const struct aws_series *calls = av_series(v, "lambda.invocations", s->of);

    if (s->total < COUNT || (s->mean_before > 0 && s->mean < RISE * s->mean_before))
        return false;
    return !av_is_metric(s, "lambda.throttles") || !calls ||
           s->total >= SHARE * (s->total + av_total(v, calls, s));
}

static struct aws_follow ask_allowed(struct aws_view *v, const struct aws_series *s,
                                     const char *kind)
{
    const char *json = aws_json(v, s->of);
    struct aws_follow a = {.title = arena_printf(v->arena, "what %s is allowed", s->of)};

    if (strcmp(kind, "lambda") == 0) {
        a.service = "lambda";
        a.operation = "GetFunctionConcurrency";
        a.params = arena_printf(v->arena, "{\"FunctionName\":%s}", json);
    } else if (strcmp(kind, "dynamodb") == 0) {
        a.service = "dynamodb";
        a.operation = "DescribeTable";
        a.params = arena_printf(v->arena, "{\"TableName\":%s}", json);
    } else {
        a.service = "kinesis";
        a.operation = "DescribeStreamSummary";
        a.params = arena_printf(v->arena, "{\"StreamName\":%s}", json);
    }
    return a;
}

static void found(struct aws_view *v, struct aws_findings *out, const struct aws_series *s, int row)
{
    const struct aws_series *used = av_series(v, refused[row].used, s->of);
    struct aws_finding *f = aws_find(out);
    struct aws_culprit *c;

    if (!f)
        return;
    aws_find_series(f, s, s->total);
    f->direct = true;
    aws_find_about(v, f, refused[row].kind, s->of);
    f->claim = arena_printf(v->arena, "%s %s is throttled", refused[row].what, s->of);
    f->evidence = arena_printf(v->arena, "%.0f calls refused (%s %s)%s, %.0f before", s->total,
                               refused[row].what, s->of, av_turned(v, s, " since"),
                               isnan(s->mean_before) ? 0 : s->mean_before);
    aws_find_name(f, s->of);
    aws_find_var(f,
                 strcmp(refused[row].kind, "lambda") == 0     ? "function"
                 : strcmp(refused[row].kind, "dynamodb") == 0 ? "table"
                                                              : "stream",
                 s->of);
    c = aws_find_culprit(f);
    c->statement =
        arena_printf(v->arena, "%s is throttled: it may do less than is asked of it", s->of);
    c->evidence = f->evidence;
    c->name = refused[row].metric;
    c->item = NULL;
    c->after = used ? used->high : NAN;
    c->before = used ? used->before : NAN;
    c->at_ms = s->turn_ms;
    aws_culprit_var(c, "of", s->of);
    c->ask = ask_allowed(v, s, refused[row].kind);
}

static const char *const codes[] = {"Throttl", "RequestLimitExceeded", "TooManyRequests",
                                    "SlowDown", NULL};

/* AWS's own API, by who asks too much. */
static void find_api(struct aws_view *v, struct aws_findings *out)
{
    struct aws_group groups[AWS_GROUPS];
    size_t n = av_group_errors(v, codes, groups);

    for (size_t i = 0; i < n && groups[i].since >= API; i++) {
        const struct aws_event *e = groups[i].first;
        struct aws_finding *f;

        if (groups[i].count - groups[i].since >= groups[i].since)
            continue;
        f = aws_find(out);
        if (!f)
            return;
        f->direct = true;
        f->severity = 0.6;
        f->query = e->query;
        f->at_ms = e->t_ms;
        f->metric = e->name;
        f->unit = "count";
        f->value = (double)groups[i].since;
        f->resource = av_key(v, "api", e->name);
        f->service = e->who;
        f->claim = arena_printf(v->arena, "AWS throttles calls of %s (%s)", e->who, e->name);
        f->evidence = arena_printf(v->arena, "%zu calls of %s by %s refused: %s", groups[i].since,
                                   e->name, e->who, e->error);
        f->second = *e->message ? arena_printf(v->arena, "AWS says: %.160s", e->message) : NULL;
        f->second_query = groups[i].last->query;
        aws_find_name(f, e->who);
        aws_find_var(f, "who", e->who);
    }
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    for (int i = 0; refused[i].metric; i++) {
        AV_SERIES(s, v, refused[i].metric)
        {
            if (is_off(v, s))
                found(v, out, s, i);
        }
    }
    AV_SERIES(s, v, "api.errors")
    aws_throttling_api(v, out, s, &(struct aws_gateway_limits){COUNT, RISE, GATEWAY, GATEWAY_USED});
    find_api(v, out);
}

static const char *of(const struct aws_culprit *c)
{
    return c->vars[0].value;
}

/* A function's own limit, else what the account's others leave for it. */
static void read_function(struct aws_view *v, const struct aws_culprit *c, const struct value *a,
                          struct aws_reading *r)
{
    double own = av_num(a, "ReservedConcurrentExecutions"), all = NAN;
    const struct aws_doc *account = av_doc(v, "lambda.account", NULL);
    bool is_own = !isnan(own);

    if (account)
        all = av_num(value_at(account->items, 0), "AccountLimit.UnreservedConcurrentExecutions");
    r->before = is_own ? own : all;
    r->after = c->after;
    if (isnan(r->before) || isnan(c->after)) {
        r->strength = is_own ? STRENGTH_WEAK : STRENGTH_NONE;
        r->evidence = is_own ? arena_printf(v->arena, "%s reserves %.0f at once", of(c), own)
                             : arena_printf(v->arena, "%s has no limit of its own", of(c));
        return;
    }
    r->direct = c->after >= USED * r->before;
    r->strength = r->direct ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->evidence =
        arena_printf(v->arena, "%s ran up to %.0f at once; %s %.0f", of(c), c->after,
                     is_own ? "its reserved concurrency is" : "the account leaves it", r->before);
}

static void read_table(struct aws_view *v, const struct aws_culprit *c, const struct value *t,
                       struct aws_reading *r)
{
    bool writes = strstr(c->name, "write") != NULL;
    double units = av_num(t, writes ? "ProvisionedThroughput.WriteCapacityUnits"
                                    : "ProvisionedThroughput.ReadCapacityUnits"),
           used = c->after * 1000.0 / (double)v->period_ms;
    bool on_demand = strcmp(av_str(t, "BillingModeSummary.BillingMode"), "PAY_PER_REQUEST") == 0;

    r->before = units;
    r->after = used;
    r->strength = STRENGTH_STRONG;
    r->direct = true;
    if (on_demand || !(units > 0) || used < USED * units) /* one partition has its own limit */
        r->evidence = arena_printf(
            v->arena,
            "%s used %.0f of %s capacity units a second and was refused all the same: one "
            "partition takes 1,000 writes or 3,000 reads a second at most",
            of(c), used, on_demand ? "unlimited" : av_human(v, units, "count"));
    else
        r->evidence = arena_printf(v->arena, "%s has %.0f %s capacity units and used %.0f a second",
                                   of(c), units, writes ? "write" : "read", used);
}

/* Source: Amazon Kinesis Data Streams Developer Guide, "Quotas and limits". */
#define SHARD_BYTES (1024.0 * 1024)

static void read_stream(struct aws_view *v, const struct aws_culprit *c, const struct value *s,
                        struct aws_reading *r)
{
    double shards = av_num(s, "OpenShardCount"), used = c->after * 1000.0 / (double)v->period_ms;

    if (isnan(shards) || isnan(used)) {
        r->evidence = "how much the stream takes is not told";
        return;
    }
    r->before = shards * SHARD_BYTES;
    r->after = used;
    r->strength = STRENGTH_STRONG;
    r->direct = true;
    r->evidence = arena_printf(
        v->arena, "%s has %.0f shard%s (%s/s in all) and got %s/s%s", of(c), shards,
        shards > 1 ? "s" : "", av_human(v, r->before, "bytes"), av_human(v, used, "bytes"),
        used < USED * r->before ? ": one shard gets more than its part, by its partition key" : "");
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    const struct value *first = value_at(items, 0);

    if (strcmp(c->name, "api") == 0)
        aws_throttling_api_read(v, items, r);
    else if (strncmp(c->name, "lambda", 6) == 0)
        read_function(v, c, first, r);
    else if (!first)
        r->evidence = "it is not there any more";
    else if (strncmp(c->name, "dynamodb", 8) == 0)
        read_table(v, c, first, r);
    else
        read_stream(v, c, first, r);
}

static const char *const needs[] = {"lambda.throttles",
                                    "lambda.invocations",
                                    "lambda.concurrent",
                                    "lambda.account",
                                    "dynamodb.write_throttles",
                                    "dynamodb.read_throttles",
                                    "dynamodb.writes",
                                    "dynamodb.reads",
                                    "kinesis.write_throttles",
                                    "kinesis.read_throttles",
                                    "kinesis.bytes",
                                    "api.errors",
                                    "api.count",
                                    "api.stages",
                                    "api.plans",
                                    "api.account",
                                    "trail",
                                    "trail.reads",
                                    NULL};
static const char *const words[] = {"throttl", "429",      "too many requests", "rate exceeded",
                                    "rate",    "slowdown", "provisioned",       NULL};
static const struct aws_proposal proposals[] = {
    {.action = "raise or remove the reserved concurrency of {function}",
     .command = "aws lambda delete-function-concurrency --function-name {function} --region "
                "{region}",
     .rollback = "set the former number again (put-function-concurrency)",
     .risk = APPROVAL_MEDIUM,
     .watch = "Throttles of {function} goes to 0",
     .act = "aws.lambda.concurrency function={function} reserved=-1 region={region} "
            "account={account}"},
    {.action = "raise the capacity of {table}, or switch it to on-demand",
     .command = "aws dynamodb update-table --table-name {table} --billing-mode PAY_PER_REQUEST "
                "--region {region}",
     .rollback = "the former capacity; switching back from on-demand is possible once a day",
     .risk = APPROVAL_MEDIUM,
     .watch = "throttle events of {table} go to 0"},
    {.action = "give {stream} more shards",
     .command = "",
     .rollback = "merge the shards again",
     .risk = APPROVAL_MEDIUM,
     .watch = "WriteProvisionedThroughputExceeded of {stream} goes to 0"},
    {.action = "raise the throttling of stage {stage} of API {api}, or let its callers back off",
     .command = "aws apigateway get-stage --rest-api-id {api_id} --stage-name {stage} --region "
                "{region}",
     .rollback = "the former rate and burst",
     .risk = APPROVAL_MEDIUM,
     .watch = "4XXError of {api} falls to what it was"},
    {.action = "let {who} ask less often: longer pauses between retries, fewer polls",
     .command = "",
     .rollback = "the former interval",
     .risk = APPROVAL_LOW,
     .watch = "no more Throttling in CloudTrail"},
    {.action = NULL},
};
static const char *const checks[] = {
    "whether the calls come from retries: requests before and after, by caller", NULL};

const struct aws_pattern aws_pattern_throttling = {
    .id = "throttling",
    .kind = "saturation",
    .category = CATEGORY_CAPACITY,
    .on = ON_LAMBDA | ON_DYNAMODB | ON_KINESIS | ON_API,
    .rank = 7,
    .words = words,
    .claim = "calls are throttled",
    .rationale = "a service refuses what goes beyond its capacity",
    .refutes = "less than one call of a hundred is refused, or as many were before",
    .quiet = "next to nothing is refused for being too much",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
