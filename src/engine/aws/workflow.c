/* workflow.c - executions of a state machine fail. Where the machine writes a log, that says which
 * step of it fails, and why; the log is found by describing the machine. */
#include <math.h>
#include <string.h>

#include "logs.h"
#include "patterns.h"

static const struct aws_limit limits[] = {
    {"failed", 5.0, "count", "executions since the onset; a few fail by their input"},
    {"share", 0.1, "ratio", "of those that were started"},
    {"rise", 3.0, "times", "of what failed in a period before"},
    {.name = NULL},
};
#define FAILED LIMIT(0)
#define SHARE LIMIT(1)
#define RISE LIMIT(2)

/* Types of events. Source: Step Functions API Reference, HistoryEvent. */
#define FAILURE_WORDS                                                                              \
    "?ExecutionFailed ?ExecutionTimedOut ?TaskFailed ?TaskTimedOut ?LambdaFunctionFailed"

static void look(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    const struct aws_series *started = av_series(v, "flow.started", s->of);
    double all = started ? av_total(v, started, s) : 0;
    const char *name = av_str(s->item, "name");
    struct aws_finding *f;
    struct aws_culprit *c;

    if (s->total < FAILED || s->total < SHARE * all ||
        (s->mean_before > 0 && s->mean < RISE * s->mean_before) || !(f = aws_find(out)))
        return;
    aws_find_series(f, s, s->total);
    f->severity = 0.65;
    f->direct = true;
    aws_find_about(v, f, "stepfunctions", name);
    f->claim = arena_printf(v->arena, "executions of state machine %s fail", name);
    f->evidence = arena_printf(
        v->arena, "%.0f of %.0f executions of %s failed%s, %.1f a period before", s->total, all,
        name, av_turned(v, s, " since"), isnan(s->mean_before) ? 0 : s->mean_before);
    aws_find_var(f, "machine", name);
    aws_find_var(f, "arn", s->of);
    c = aws_find_culprit(f);
    c->statement = arena_printf(v->arena, "a step of %s fails", name);
    c->evidence = f->evidence;
    c->name = name;
    c->at_ms = s->turn_ms;
    c->ask = aws_log_ask(v, AWS_LOG_MACHINE, s->of, FAILURE_WORDS, 20);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_SERIES(s, v, "flow.failed")
    look(v, out, s);
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    if (!aws_log_read(v, c, items, FAILURE_WORDS, r))
        aws_log_lines(v, items,
                      &(struct aws_log_words){
                          arena_printf(v->arena, "the log of %s", c->name),
                          arena_printf(v->arena, "the log of %s has no failed step", c->name), 50,
                          STRENGTH_NONE},
                      r);
}

static const char *const needs[] = {"flow.failed", "flow.started", NULL};
static const char *const words[] = {"state machine", "step function", "workflow", "execution",
                                    NULL};
static const struct aws_proposal proposals[] = {
    {.action = "look at what the failed step of {machine} calls, then redrive the executions",
     .command = "aws stepfunctions list-executions --state-machine-arn {arn} --status-filter "
                "FAILED --region {region}",
     .rollback = "nothing is changed",
     .risk = APPROVAL_LOW,
     .watch = "ExecutionsFailed of {machine} goes to 0"},
    {.action = NULL},
};
static const char *const checks[] = {"the history of one failed execution: its last events", NULL};

const struct aws_pattern aws_pattern_workflow = {
    .id = "workflow",
    .kind = "errors",
    .category = CATEGORY_APPLICATION,
    .on = ON_FLOW,
    .rank = 16,
    .words = words,
    .claim = "executions of a state machine fail",
    .rationale = "a step that fails ends what was begun",
    .refutes = "few executions fail, or as many did before",
    .quiet = "next to no execution of a state machine fails",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
