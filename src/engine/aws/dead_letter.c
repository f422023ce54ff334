/* dead_letter.c - messages that nobody could handle gather in a dead letter queue. The queue that
 * sends them there tells the consumer; its errors and its log tell whether it fails altogether or
 * over a few poisonous messages. */
#include <math.h>
#include <string.h>

#include "logs.h"
#include "patterns.h"
#include "runbook/codec/json.h"

static const struct aws_limit limits[] = {
    {"rise", 10.0, "count", "messages more than before; a few a day are usual"},
    {"fails", 0.2, "ratio",
     "of the consumer's calls: below it most messages are handled, and it is "
     "the messages (A-26)"},
    {.name = NULL},
};
#define RISE LIMIT(0)
#define FAILS LIMIT(1)

static const char *attribute(const struct aws_doc *d, const char *name)
{
    VALUE_EACH (a, d->items) {
        if (strcmp(av_str(a, "Name"), name) == 0)
            return av_str(a, "Value");
    }
    /* The newer protocol has one object of all. */
    return av_str(value_at(d->items, 0), name);
}

/* The queue whose messages end in `dlq`, or NULL. */
static const struct aws_doc *source_of(struct aws_view *v, const char *dlq)
{
    AV_DOCS(d, v, "sqs.attributes")
    {
        const char *policy = attribute(d, "RedrivePolicy");
        const struct value *p;
        struct err err = ERR_INIT;

        if (*policy && !json_parse(v->arena, str_from(policy), &p, &err) &&
            strcmp(av_tail(av_str(p, "deadLetterTargetArn")), dlq) == 0)
            return d;
    }
    return NULL;
}

static const char *consumer_of(struct aws_view *v, const char *queue_arn)
{
    AV_DOCS(d, v, "lambda.mappings")
    {
        VALUE_EACH (m, d->items) {
            if (*queue_arn && strcmp(av_str(m, "EventSourceArn"), queue_arn) == 0)
                return av_tail(av_str(m, "FunctionArn"));
        }
    }
    return "";
}

static void blame_consumer(struct aws_view *v, struct aws_finding *f, const char *function)
{
    const struct aws_series *errors = av_series(v, "lambda.errors", function),
                            *calls = av_series(v, "lambda.invocations", function);
    double all = errors && calls ? av_total(v, calls, errors) : 0,
           share = all > 0 ? errors->total / all : NAN;
    struct aws_culprit *c = aws_find_culprit(f);

    aws_find_name(f, function);
    aws_find_var(f, "function", function);
    if (errors && errors->total > 0) {
        f->second = arena_printf(v->arena,
                                 "its consumer %s failed %.0f times since, %.1f times a "
                                 "period before",
                                 function, errors->total,
                                 isnan(errors->mean_before) ? 0 : errors->mean_before);
        f->second_query = errors->query;
    }
    c->statement = isnan(share) || share >= FAILS
                       ? arena_printf(v->arena, "consumer %s fails", function)
                       : arena_printf(v->arena,
                                      "a few messages that %s cannot handle come again and "
                                      "again",
                                      function);
    c->resource = av_key(v, "lambda", function);
    c->service = function;
    c->evidence = f->second ? f->second : f->evidence;
    c->query = f->second ? f->second_query : f->query;
    c->name = function;
    c->at_ms = errors ? errors->turn_ms : 0;
    c->ask = aws_log_ask(v, AWS_LOG_FUNCTION, function,
                         "?ERROR ?Exception ?\"Task timed out\" ?Traceback ?errorType", 50);
}

static void look(struct aws_view *v, struct aws_findings *out, const struct aws_series *s)
{
    const struct aws_doc *source = source_of(v, s->of);
    double before = isnan(s->before) ? 0 : s->before;
    const char *queue, *function;
    struct aws_finding *f;

    if (!source || !(s->last >= before + RISE) || !(f = aws_find(out)))
        return;
    queue = av_tail(source->of);
    aws_find_series(f, s, s->last);
    f->severity = 0.65;
    f->direct = true;
    f->resource = av_key(v, "sqs", s->of);
    f->service = queue;
    f->claim = arena_printf(v->arena, "messages of %s end in dead letter queue %s", queue, s->of);
    f->evidence = arena_printf(v->arena, "%s grew from %.0f to %.0f messages%s", s->of, before,
                               s->last, av_turned(v, s, " since"));
    aws_find_name(f, queue);
    aws_find_name(f, s->of);
    aws_find_var(f, "queue", queue);
    aws_find_var(f, "dlq", s->of);
    function = consumer_of(v, attribute(source, "QueueArn"));
    if (*function)
        blame_consumer(v, f, function);
}

static void find(struct aws_view *v, struct aws_findings *out)
{
    AV_SERIES(s, v, "sqs.visible")
    look(v, out, s);
}

static void read(struct aws_view *v, const struct aws_culprit *c, const struct value *items,
                 struct aws_reading *r)
{
    aws_log_lines(
        v, items,
        &(struct aws_log_words){arena_printf(v->arena, "the log of %s", c->name),
                                arena_printf(v->arena, "the log of %s has no errors", c->name), 50,
                                STRENGTH_NONE},
        r);
}

static const char *const needs[] = {"sqs.visible",   "sqs.attributes",     "lambda.mappings",
                                    "lambda.errors", "lambda.invocations", NULL};
static const char *const words[] = {"queue", "dlq",      "dead letter", "dead-letter", "message",
                                    "sqs",   "consumer", "backlog",     NULL};
static const struct aws_proposal proposals[] = {
    {.action = "mend consumer {function}, then send the messages of {dlq} back to {queue}",
     .command =
         "aws lambda list-event-source-mappings --function-name {function} --region {region}",
     .rollback = "none needed; a message that fails again comes back to {dlq}",
     .risk = APPROVAL_MEDIUM,
     .watch = "{dlq} stays empty"},
    {.action = "read a message of {dlq} and who sent it; leave them there until it is understood",
     .command = "",
     .rollback = "nothing is changed",
     .risk = APPROVAL_LOW,
     .watch = "{dlq} stops to grow"},
    {.action = NULL},
};
static const char *const checks[] = {"one message of the dead letter queue, with its attributes",
                                     NULL};

const struct aws_pattern aws_pattern_dead_letter = {
    .id = "dead_letter",
    .kind = "errors",
    .category = CATEGORY_APPLICATION,
    .on = ON_SQS,
    .rank = 15,
    .words = words,
    .claim = "messages end in a dead letter queue",
    .rationale = "a message that fails too often is put aside",
    .refutes = "dead letter queues do not grow",
    .quiet = "no dead letter queue grows",
    .needs = needs,
    .limits = limits,
    .find = find,
    .read = read,
    .proposals = proposals,
    .checks = checks,
};
