/* cold_starts.c - a function answers late because it starts anew too often. Its slowest calls must
 * have become slower; how many of them were starts, and how long those took, its log says. */
#include <math.h>
#include <string.h>

#include "logs.h"
#include "patterns.h"

static const struct aws_limit limits[] = {
    {"slower", 2.0, "times", "the slowest calls, of what was usual"},
    {"slow", 500.0, "ms", "of the slowest calls: below it nobody waits"},
    {"share", 0.1, "ratio",
     "of calls that were starts; in a steady load less than one of a hundred "
     "(Lambda Developer Guide, Lambda execution environment lifecycle)"},
    {"init", 300.0, "ms", "of an initialization, on average"},
    {"lines", 10.0, "count", "calls that its log must show"},
    {.name = NULL},
};
#define SLOWER LIMIT(0)
#define SLOW LIMIT(1)
#define SHARE LIMIT(2)
#define INIT LIMIT(3)
#define LINES LIMIT(4)

static void look(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    struct aws_finding *f;
    struct aws_culprit *c;

    if (!(s->after >= SLOW) || s->after < SLOWER * s->before || isnan(s->before) ||
        !(f = aws_find(out)))
        return;
    aws_find_series(f, s, s->after);
    f->severity = 0.6;
    aws_find_about(v, f, "lambda", s->of);
    f->claim = arena_printf(v->arena, "function %s starts anew too often", s->of);
    f->evidence = arena_printf(v->arena, "the slowest calls of %s (p99) took %s, before %s%s",
                               s->of, av_human(v, s->after, "ms"), av_human(v, s->before, "ms"),
                               av_turned(v, s, ", since"));
    aws_find_name(f, s->of);
    aws_find_var(f, "function", s->of);
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "cold starts make %s slow", s->of);
    c->evidence = f->evidence;
    c->before = s->before;
    c->after = s->after;
    c->at_ms = s->turn_ms;
    c->name = s->of;
    c->ask = aws_log_ask(v, AWS_LOG_FUNCTION, s->of, "REPORT", 200);
    c->ask.title = arena_printf(v->arena, "how often %s started", s->of);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_SERIES(s, v, "lambda.duration")
    look(v, out, s);
}

static double number_after(const char *line, const char *word)
{
    const char *at = strstr(line, word);
    size_t len;

    return at ? av_number_at(at + strlen(word), &len) : NAN;
}

/* "REPORT RequestId: ... Duration: 3.1 ms Billed Duration: ... Init Duration: 512.4 ms". Source:
 * Lambda Developer Guide, "Using CloudWatch Logs with Lambda". */
static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    size_t starts = 0, n = 0;
    double init = 0, share;

    VALUE_EACH (e, items) {
        const char *line = av_str(e, "message");
        double ms = number_after(line, "Init Duration: ");

        if (!strstr(line, "Duration: ") || av_time(e, "timestamp") < v->onset_ms - v->period_ms)
            continue;
        n++;
        starts += !isnan(ms);
        init += isnan(ms) ? 0 : ms;
    }
    if ((double)n < LINES) {
        r->evidence = arena_printf(v->arena, "its log shows %zu calls only", n);
        return;
    }
    share = (double)starts / (double)n;
    init = starts ? init / (double)starts : 0;
    r->after = share * 100;
    r->direct = share >= SHARE && init >= INIT;
    r->strength = r->direct ? STRENGTH_STRONG : STRENGTH_CONTRADICTS;
    r->evidence = arena_printf(v->arena, "%zu of %zu calls of %s were starts, %s each", starts, n,
                               c->name, av_human(v, init, "ms"));
}

static const char *const needs[] = {"lambda.duration", "lambda.functions", NULL};
static const char *const words[] = {"cold start", "init",    "slow", "latency",
                                    "lambda",     "timeout", NULL};
static const struct aws_proposal proposals[] = {
    {.action =
         "keep {function} warm: provisioned concurrency for its alias, more memory, or less to "
         "load at its start",
     .command = "aws lambda list-provisioned-concurrency-configs --function-name {function} "
                "--region {region}",
     .rollback = "delete the provisioned concurrency, which costs while it is there",
     .risk = APPROVAL_MEDIUM,
     .watch = "p99 of Duration of {function} falls"},
    {.action = NULL},
};
static const char *const checks[] = {
    "what became slow inside the function: its dependencies, its memory", NULL};

const struct aws_pattern aws_pattern_cold_starts = {
    .id = "cold_starts",
    .kind = "latency",
    .category = CATEGORY_APPLICATION,
    .on = ON_LAMBDA,
    .rank = 14,
    .words = words,
    .claim = "a function starts anew too often",
    .rationale = "a call that starts a new environment waits for it",
    .refutes = "few calls are starts, or starts are quick",
    .quiet = "no function has become slow",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
