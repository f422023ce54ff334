/* support.c - what patterns of AWS share: making a finding, filling in a proposal, symptoms. */
#include <math.h>
#include <string.h>

#include "pattern.h"
#include "runbook/codec/json.h"
#include "source.h"

const struct aws_limit aws_shared_limits[] = {
    {"change_before", 1800.0, "s", "a change explains what begins within half an hour"},
    {"change_after", 120.0, "s", "alarms are late: periods are a minute or more, so is CloudTrail"},
    {.name = NULL},
};

struct aws_finding *aws_find(struct aws_findings *out)
{
    struct aws_finding *f;

    if (out->count == AWS_FINDINGS)
        return NULL;
    f = &out->list[out->count++];
    *f = (struct aws_finding){.pattern = out->pattern,
                              .strength = STRENGTH_STRONG,
                              .severity = 0.8,
                              .claim = out->pattern->claim,
                              .metric = out->pattern->id,
                              .service = "",
                              .unit = "",
                              .value = NAN,
                              .before = NAN,
                              .threshold = NAN};
    return f;
}

void aws_find_name(struct aws_finding *f, const char *name)
{
    for (int i = 0; name && *name && i < AWS_NAMES; i++) {
        if (f->names[i] && strcmp(f->names[i], name) == 0)
            return;
        if (!f->names[i]) {
            f->names[i] = name;
            return;
        }
    }
}

static void put_var(struct aws_var *vars, const char *name, const char *value)
{
    for (int i = 0; value && *value && i < AWS_VARS; i++) {
        if (!vars[i].name) {
            vars[i] = (struct aws_var){name, value};
            return;
        }
    }
}

void aws_find_var(struct aws_finding *f, const char *name, const char *value)
{
    put_var(f->vars, name, value);
}

void aws_culprit_var(struct aws_culprit *c, const char *name, const char *value)
{
    put_var(c->vars, name, value);
}

struct aws_culprit *aws_find_culprit(struct aws_finding *f)
{
    struct aws_culprit *c;

    if (f->culprit_count == AWS_CULPRITS)
        return NULL;
    c = &f->culprits[f->culprit_count++];
    *c = (struct aws_culprit){.resource = f->resource,
                              .service = f->service,
                              .metric = f->metric,
                              .unit = f->unit,
                              .strength = STRENGTH_STRONG,
                              .query = f->query,
                              .before = NAN,
                              .after = NAN};
    return c;
}

void aws_find_series(struct aws_finding *f, const struct aws_series *s, double value)
{
    f->metric = s->metric->metric;
    f->unit = s->metric->unit;
    f->value = value;
    f->before = s->before;
    f->at_ms = s->turn_ms;
    f->query = s->query;
}

void aws_find_about(struct aws_view *v, struct aws_finding *f, const char *kind, const char *name)
{
    f->resource = av_key(v, kind, name);
    f->service = name;
    aws_find_name(f, name);
}

/* It, or what it is asked for items of, did not answer. */
static bool could_not_see(const struct aws_view *v, const char *name)
{
    for (const struct aws_source *s = aws_source_find(name); s;
         s = s->each ? aws_source_find(s->each) : NULL) {
        VEC_EACH (d, &v->docs) {
            if (!d->items && d->source == s)
                return true;
        }
    }
    return false;
}

/* What it looked at, for a citation; 0: some of it did not answer, and nothing is ruled out. */
static uint64_t looked_at(const struct aws_pattern *p, const struct aws_view *v)
{
    uint64_t query = 0;

    for (const char *const *n = p->needs; *n; n++) {
        const struct aws_metric *m = aws_metric_find(*n);
        const struct aws_doc *d = av_doc(v, m ? m->source : *n, NULL);

        if (could_not_see(v, m ? m->source : *n))
            return 0;
        if (!query && d)
            query = d->query;
    }
    return query;
}

static void finish(struct aws_view *v, struct aws_finding *f)
{
    if (!f->resource)
        f->resource = arena_printf(v->arena, "aws:%s/%s", v->account, v->region);
    for (int i = 0; i < f->culprit_count; i++) {
        struct aws_culprit *c = &f->culprits[i];

        c->resource = c->resource ? c->resource : f->resource;
        c->query = c->query ? c->query : f->query;
    }
}

void aws_pattern_run(const struct aws_pattern *p, struct aws_view *v, struct aws_findings *ret)
{
    *ret = (struct aws_findings){.view = v, .pattern = p};
    p->find(v, ret);
    if (ret->count == 0) {
        struct aws_finding *f = aws_find(ret);

        f->strength = STRENGTH_NONE;
        f->severity = 0;
        f->evidence = p->quiet;
        f->query = looked_at(p, v);
    }
    for (size_t i = 0; i < ret->count; i++)
        finish(v, &ret->list[i]);
}

/* ---- proposals ---- */

static const char *var_of(const struct aws_view *v, const struct aws_var *vars, const char *name,
                          size_t len)
{
    if (len == strlen("region") && strncmp(name, "region", len) == 0)
        return v->region;
    if (len == strlen("account") && strncmp(name, "account", len) == 0)
        return v->account;
    for (int i = 0; vars && i < AWS_VARS && vars[i].name; i++) {
        if (strlen(vars[i].name) == len && strncmp(vars[i].name, name, len) == 0)
            return vars[i].value;
    }
    return NULL;
}

static size_t word_len(const char *at)
{
    size_t n = 0;

    while ((at[n] >= 'a' && at[n] <= 'z') || at[n] == '_')
        n++;
    return at[n] == '}' ? n : 0;
}

/* In single quotes nothing means anything, for a shell and for `runbook act`. */
static void put_word(struct buf *out, const char *value)
{
    static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"
                                "_./:@+,-";

    if (strspn(value, plain) == strlen(value)) {
        buf_adds(out, value);
        return;
    }
    buf_addc(out, '\'');
    for (; *value; value++) {
        if (*value == '\'')
            buf_adds(out, "'\\''");
        else
            buf_addc(out, *value);
    }
    buf_addc(out, '\'');
}

static const char *fill(struct aws_view *v, const char *text, const struct aws_finding *f,
                        const struct aws_culprit *c, bool words)
{
    struct buf out = BUF_INIT(16384);
    const char *ret = NULL, *value;

    for (const char *at = text; *at; at++) {
        size_t len = *at == '{' ? word_len(at + 1) : 0;

        if (!len) {
            buf_addc(&out, *at);
            continue;
        }
        value = var_of(v, c ? c->vars : NULL, at + 1, len);
        value = value ? value : var_of(v, f->vars, at + 1, len);
        if (!value)
            goto done;
        if (words)
            put_word(&out, value);
        else
            buf_adds(&out, value);
        at += len + 1;
    }
    ret = arena_strdup(v->arena, buf_cstr(&out));
done:
    buf_release(&out);
    return ret;
}

const char *aws_fill(struct aws_view *v, const char *text, const struct aws_finding *f,
                     const struct aws_culprit *c)
{
    return fill(v, text, f, c, false);
}

const char *aws_fill_words(struct aws_view *v, const char *text, const struct aws_finding *f,
                           const struct aws_culprit *c)
{
    return fill(v, text, f, c, true);
}

const char *aws_json(struct aws_view *v, const char *text)
{
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    const char *ret;

    json_writer_init(&w, &out);
    json_cstring(&w, text);
    ret = arena_strdup(v->arena, buf_cstr(&out));
    buf_release(&out);
    return ret;
}

struct aws_follow aws_follow_logs(struct aws_view *v, const char *group, const char *pattern,
                                  int most)
{
    struct aws_follow ask = {.service = "logs", .operation = "FilterLogEvents", .most = most};

    ask.params = arena_printf(v->arena,
                              "{\"logGroupName\":%s,\"filterPattern\":%s,\"startTime\":%lld,"
                              "\"endTime\":%lld}",
                              aws_json(v, group), aws_json(v, pattern),
                              (long long)(v->onset_ms - INT64_C(300000)), (long long)v->now_ms);
    ask.title = arena_printf(v->arena, "what the log group %s says", group);
    return ask;
}

struct aws_follow aws_follow_db_events(struct aws_view *v, const char *db)
{
    return (struct aws_follow){
        .service = "rds",
        .operation = "DescribeEvents",
        .params = arena_printf(v->arena,
                               "{\"SourceIdentifier\":%s,\"SourceType\":\"db-instance\","
                               "\"Duration\":1440}",
                               aws_json(v, db)),
        .title = arena_printf(v->arena, "events of %s", db)};
}

/* ---- symptoms ---- */

void aws_change_span(const struct aws_view *v, int64_t at_ms, int64_t *ret_from, int64_t *ret_to)
{
    int64_t before = (int64_t)(av_limit(v, &aws_shared_limits[0]) * 1000),
            after = (int64_t)(av_limit(v, &aws_shared_limits[1]) * 1000);

    *ret_from = (at_ms ? at_ms : v->onset_ms) - before;
    *ret_to = at_ms ? at_ms + after : v->now_ms;
}

/* When its targets began to be unhealthy, if its metric tells. */
static int64_t began(struct aws_view *v, const struct value *group, int64_t otherwise)
{
    const char *at = strstr(av_str(group, "TargetGroupArn"), "targetgroup/");
    const struct aws_series *s = at ? av_series(v, "elb.unhealthy", at) : NULL;

    return s && s->turn_ms ? s->turn_ms : otherwise;
}

/* Target.Timeout: no answer in time. Source: Elastic Load Balancing, "Target health reason codes".
 */
static bool unhealthy_timeout(struct aws_view *v, struct aws_symptom *ret)
{
    int n = 0;

    AV_DOCS(d, v, "elb.health")
    {
        VALUE_EACH (t, d->items) {
            const char *reason = av_str(t, "TargetHealth.Reason");

            if (strcmp(av_str(t, "TargetHealth.State"), "unhealthy") != 0 ||
                strcmp(reason, "Target.Timeout") != 0)
                continue;
            n++;
            ret->name = av_str(d->parent, "TargetGroupName");
            ret->query = d->query;
            ret->at_ms = began(v, d->parent, ret->at_ms);
        }
    }
    if (n)
        ret->text = arena_printf(v->arena, "%d target%s of %s: Target.Timeout", n,
                                 n == 1 ? "" : "s", ret->name);
    return n > 0;
}

static const char *const connection_metrics[] = {"TargetConnectionErrorCount",
                                                 "TCP_ELB_Reset",
                                                 "UnHealthyHostCount",
                                                 "HTTPCode_ELB_504",
                                                 "BackendConnectionErrors",
                                                 "Connect",
                                                 "Timeout",
                                                 NULL};

bool aws_symptom_connections(struct aws_view *v, struct aws_symptom *ret)
{
    *ret = (struct aws_symptom){.at_ms = v->onset_known ? v->onset_ms : 0};
    if (unhealthy_timeout(v, ret))
        return true;
    VEC_EACH (a, &v->alarms) {
        if (!av_has_any(a->metric, connection_metrics) && !av_has_any(a->name, connection_metrics))
            continue;
        *ret = (struct aws_symptom){
            .text = arena_printf(v->arena, "alarm %s since %s", a->name, av_clock(v, a->since_ms)),
            .name = a->of,
            .query = a->query,
            .at_ms = a->since_ms};
        return true;
    }
    return false;
}

bool aws_symptom_any(struct aws_view *v, int64_t since_ms, struct aws_symptom *ret)
{
    VEC_EACH (a, &v->alarms) {
        if (a->since_ms < since_ms)
            continue;
        *ret = (struct aws_symptom){
            .text = arena_printf(v->arena, "alarm %s since %s", a->name, av_clock(v, a->since_ms)),
            .name = a->of,
            .query = a->query,
            .at_ms = a->since_ms};
        return true;
    }
    return aws_symptom_connections(v, ret);
}

/* ---- what X-Ray saw ---- */

const struct aws_limit aws_traced_limits[] = {
    {"failed", 0.05, "ratio", "of calls that X-Ray saw fail; below it retries hide them"},
    {"calls", 20.0, "count", "that were sampled: of fewer a share says little"},
    {.name = NULL},
};

static bool is_named(const struct aws_finding *f, const char *name)
{
    for (int i = 0; i < AWS_NAMES && f->names[i]; i++) {
        if (strcmp(f->names[i], name) == 0)
            return true;
    }
    return f->service && strcmp(f->service, name) == 0;
}

const struct aws_traced *aws_traced_to(const struct aws_view *v, const struct aws_finding *f)
{
    const struct aws_traced *worst = NULL;

    VEC_EACH (c, &v->traced) {
        double bad = c->faults + c->throttles;

        if (c->requests >= av_limit(v, &aws_traced_limits[1]) &&
            bad >= av_limit(v, &aws_traced_limits[0]) * c->requests && bad > 0 &&
            is_named(f, c->to) && (!worst || bad > worst->faults + worst->throttles))
            worst = c;
    }
    return worst;
}

const char *aws_traced_text(struct aws_view *v, const struct aws_traced *c)
{
    return arena_printf(
        v->arena, "X-Ray: of %.0f calls of %s to %s %.0f failed%s, %s each on average", c->requests,
        c->from, c->to, c->faults + c->throttles, c->throttles > c->faults ? " (throttled)" : "",
        av_human(v, c->mean_s, "seconds"));
}
