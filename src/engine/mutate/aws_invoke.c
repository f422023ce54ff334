/* aws_invoke.c - a function is called once. A call whose answer is lost leaves no state behind, but
 * for the lines that Lambda writes to the function's log when a call begins and ends, and a count
 * of calls a minute. They do not say who called: one call where nobody else calls is taken for this
 * one, anything else stays unknown, and is told as it was read. That nothing ran is said only of a
 * log that has lines of before, or of the count when it is complete. Source: Lambda Developer
 * Guide, "Using CloudWatch Logs with Lambda", "Log formats", "Types of metrics for Lambda
 * functions". */
#include <inttypes.h>
#include <string.h>

#include "aws_lambda.h"
#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"

#define ANSWER_MS 15000             /* beside what the function may take */
#define EARLY_MS 5000               /* how far two clocks that are kept may be apart */
#define BEGIN_MS 60000              /* a call that arrives begins within that, cold as it may be */
#define LOG_MS (2 * AWS_MINUTE)     /* until its lines can be read, usually */
#define COUNT_MS (5 * AWS_MINUTE)   /* until a call that ended is counted, usually */
#define BEFORE_MS (60 * AWS_MINUTE) /* how far back others' calls are looked for */
#define SHOWN_STARTS 5

static const struct tool_param invoke_params[] = {
    AWS_FUNCTION_PARAM,
    {"payload", PARAM_STRING, false, "{}", 0, 0, NULL, "What it is called with: JSON."},
    {"qualifier", PARAM_STRING, false, "", 0, 0, NULL, "A version or an alias."},
    AWS_PLACE_PARAMS,
    {NULL},
};

/* How long one call of it may take. Source: Lambda API Reference, FunctionConfiguration. */
static int64_t limit_ms(struct act *a, const struct value *v)
{
    int64_t s = act_aws_int(a, v, "Timeout", 900);

    return (s > 0 && s <= 900 ? s : 900) * 1000;
}

static enum err_code plan_invoke(struct act *a, struct err *err)
{
    struct act_plan *p = &a->plan;
    const char *payload = act_arg(a, "payload"), *qualifier = act_arg(a, "qualifier"), *params;
    const struct value *v, *parsed;

    if (act_lambda_plan(a, &v, err))
        return err->code;
    if (json_parse(a->arena, str_from(payload), &parsed, err))
        return err_wrap(err, "payload");
    if (*qualifier && act_aws_word_ok("qualifier", qualifier, err))
        return err->code;
    p->before = arena_printf(a->arena, "%s, %s MB, %s s", act_aws_text(a, v, "Runtime"),
                             act_aws_text(a, v, "MemorySize"), act_aws_text(a, v, "Timeout"));
    p->after = "it ran once and answered";
    p->effect = "its program runs and does what it does";
    p->blast = "whatever the function writes to";
    p->rollback = "";
    p->facts = act_object(a, "account", act_aws_number(a), "code", act_aws_text(a, v, "CodeSha256"),
                          (char *)NULL);
    params = act_aws_params(a, "FunctionName", act_arg(a, "function"), "Qualifier",
                            *qualifier ? qualifier : NULL, "InvocationType", "RequestResponse",
                            "Payload", payload, (char *)NULL);
    act_aws_do(a, "lambda", "Invoke",
               act_aws_params(a, "FunctionName", act_arg(a, "function"), "Qualifier",
                              *qualifier ? qualifier : NULL, "InvocationType", "DryRun",
                              (char *)NULL))
        ->aws.trial = true;
    act_aws_do(a, "lambda", "Invoke", params)->timeout_ms = limit_ms(a, v) + ANSWER_MS;
    return ERR_OK;
}

/* ---- after a lost answer ---- */

static int64_t asked_ms(const struct act *a)
{
    return a->started_ms + a->skew_ms;
}

/* Since it was started; a clock that was set back makes it no shorter. */
static int64_t elapsed_ms(const struct act *a)
{
    int64_t by_wall = a->now_ms - a->started_ms;

    return by_wall > a->since_ms ? by_wall : a->since_ms;
}

static void ask_log(struct act *a, const char *group, int64_t from, int64_t to, size_t most)
{
    act_aws_ask(a, "logs", "FilterLogEvents",
                act_aws_params(a, "logGroupName", group, "startTime:", act_aws_num(a, from),
                               "endTime:", act_aws_num(a, to), "limit:",
                               most ? act_aws_num(a, (int64_t)most) : NULL, "filterPattern",
                               "?\"START RequestId\" ?\"REPORT RequestId\" ?\"platform.start\" "
                               "?\"platform.report\"",
                               (char *)NULL))
        ->aws.most = most;
}

static void ask_count(struct act *a)
{
    int64_t minute = asked_ms(a) / AWS_MINUTE * 60;
    const char *by = arena_printf(a->arena, "[{\"Name\":\"FunctionName\",\"Value\":\"%s\"}]",
                                  act_arg(a, "function"));

    act_aws_ask(a, "cloudwatch", "GetMetricStatistics",
                act_aws_params(a, "Namespace", "AWS/Lambda", "MetricName", "Invocations",
                               "Dimensions:", by, "StartTime:", act_aws_num(a, minute),
                               "EndTime:", act_aws_num(a, minute + 180), "Period:", "60",
                               "Statistics[]", "Sum", (char *)NULL));
}

enum { READ_SINCE = 2, READ_BEFORE, READ_COUNT };

/* Its log is where its settings say, or where Lambda puts it. */
static void more_invoke(struct act *a)
{
    struct err ignored = ERR_INIT;
    const struct value *v;
    const char *group;

    if (!act_aws_answer_lost(a) || a->refused || a->reads.count != READ_SINCE)
        return;
    v = act_lambda_function(a, &ignored);
    if (!v)
        return;
    group = act_aws_text(a, v, "LoggingConfig.LogGroup");
    if (!*group)
        group = arena_printf(a->arena, "/aws/lambda/%s", act_arg(a, "function"));
    ask_log(a, group, asked_ms(a) - EARLY_MS, asked_ms(a) + BEGIN_MS + limit_ms(a, v), 0);
    ask_log(a, group, asked_ms(a) - BEFORE_MS, asked_ms(a) - EARLY_MS, 50);
    ask_count(a);
}

/* A line that Lambda itself writes when a call begins or ends, as text or as JSON. */
struct line {
    bool begins, ends;
    const char *request, *version, *status;
    int64_t ms;
};

static const char *after(struct act *a, const char *text, const char *word)
{
    const char *at = strstr(text, word);

    if (!at)
        return "";
    at += strlen(word);
    return arena_str(a->arena, (struct str){at, strcspn(at, " \t\r\n")});
}

static struct line line_of(struct act *a, const struct value *event)
{
    const char *text = act_aws_text(a, event, "message"), *type;
    struct line l = {.request = "", .version = "", .status = ""};
    struct err ignored = ERR_INIT;
    const struct value *v;

    l.ms = act_aws_int(a, event, "timestamp", 0);
    l.begins = strncmp(text, "START RequestId: ", 17) == 0;
    l.ends = strncmp(text, "REPORT RequestId: ", 18) == 0;
    if (l.begins || l.ends) {
        l.request = after(a, text, "RequestId: ");
        l.version = after(a, text, "Version: ");
        l.status = after(a, text, "Status: ");
    } else if (*text == '{' && !json_parse(a->arena, str_from(text), &v, &ignored)) {
        type = act_aws_text(a, v, "type");
        l.begins = strcmp(type, "platform.start") == 0;
        l.ends = strcmp(type, "platform.report") == 0;
        l.request = act_aws_text(a, v, "record.requestId");
        l.version = act_aws_text(a, v, "record.version");
        l.status = act_aws_text(a, v, "record.status");
        l.status = strcmp(l.status, "success") == 0 ? "" : l.status;
    }
    return l;
}

/* A version is one; an alias leads to any. */
static bool may_be_ours(const struct act *a, const struct line *l)
{
    const char *q = act_arg(a, "qualifier");
    int64_t n;

    if (!*l->version || (*q && strcmp(q, "$LATEST") != 0 && !num_i64(str_from(q), &n)))
        return true;
    return strcmp(l->version, *q ? q : "$LATEST") == 0;
}

/* What its log and the count say of the minute behind it. */
struct trace {
    size_t begun;       /* calls that may be this one */
    struct line first;  /* of them */
    bool ended;         /* that one */
    const char *status; /* how, when not well */
    const char *names;  /* of their requests */
    size_t before;      /* calls of the hour before, as far as they were looked at */
    bool logs;          /* the log is one that has such lines */
    bool since_read, before_read, count_read;
    struct err log_err; /* why it is not */
    struct err count_err;
    int64_t count; /* of the minutes around it */
};

static void read_since(struct act *a, struct trace *t)
{
    const struct value *items = act_aws_items(a, READ_SINCE, &t->log_err);
    int64_t last = asked_ms(a) + BEGIN_MS;
    struct buf names = BUF_INIT(400);

    t->since_read = items != NULL;
    VALUE_EACH (it, items) {
        struct line l = line_of(a, it);

        t->logs = t->logs || l.begins;
        if (!l.begins || l.ms > last || !may_be_ours(a, &l))
            continue;
        if (t->begun < SHOWN_STARTS)
            buf_addf(&names, "%s%s", t->begun ? ", " : "", l.request);
        if (!t->begun++ || l.ms < t->first.ms)
            t->first = l;
    }
    VALUE_EACH (it, items) {
        struct line l = line_of(a, it);

        if (l.ends && t->begun && strcmp(l.request, t->first.request) == 0) {
            t->ended = true;
            t->status = l.status;
        }
    }
    t->names = arena_strdup(a->arena, buf_cstr(&names));
    buf_release(&names);
}

static struct trace trace_of(struct act *a)
{
    struct trace t = {.status = "", .names = ""};
    const struct value *items;
    struct err err = ERR_INIT;

    read_since(a, &t);
    items = act_aws_items(a, READ_BEFORE, &err);
    t.before_read = items != NULL;
    VALUE_EACH (it, items)
        t.before += line_of(a, it).begins;
    t.logs = t.logs || t.before;
    items = act_aws_items(a, READ_COUNT, &t.count_err);
    t.count_read = items != NULL;
    VALUE_EACH (it, items) {
        double n = 0;

        if (num_f64(str_from(act_aws_text(a, it, "Sum")), &n))
            t.count += (int64_t)n;
    }
    return t;
}

static const char *first_words(struct act *a, const struct trace *t)
{
    char when[TIME_TEXT_MAX];

    time_format_utc(t->first.ms, when);
    return arena_printf(a->arena, "a call began at %s (request %s) and %s", when, t->first.request,
                        !t->ended    ? "has not ended yet"
                        : *t->status ? arena_printf(a->arena, "ended as %s", t->status)
                                     : "ended");
}

/* Something began: is it this one? */
static enum act_check judge_begun(struct act *a, const struct trace *t, bool settled, bool over)
{
    const char *first = first_words(a, t);

    if (t->begun > 1) {
        a->said = arena_printf(a->arena,
                               "%zu calls began within a minute of it (requests %s%s): others call "
                               "it, too, and the log does not say whether one of them is this one",
                               t->begun, t->names, t->begun > SHOWN_STARTS ? ", ..." : "");
        return settled ? ACT_UNKNOWN : ACT_NOT_YET;
    }
    if (!t->before_read || t->before) {
        a->said =
            arena_printf(a->arena, "%s; %s, so it is likely this one, and not certain", first,
                         t->before ? arena_printf(a->arena,
                                                  "it was called %zu%s times in the hour "
                                                  "before as well",
                                                  t->before, t->before >= 25 ? " or more" : "")
                                   : "whether others call it, too, cannot be read");
        return settled && (t->ended || over) ? ACT_UNKNOWN : ACT_NOT_YET;
    }
    a->said = arena_printf(
        a->arena, "%s, the only one since an hour before it; what it answered is not known", first);
    if (!settled || (!t->ended && !over))
        return ACT_NOT_YET;
    return !t->ended ? ACT_UNKNOWN : *t->status ? ACT_FAILED : ACT_HOLDS;
}

/* Nothing is seen: because there is nothing, or because it is not written down? */
static enum act_check judge_none(struct act *a, const struct trace *t, bool settled, bool over)
{
    const char *log = t->log_err.code == ERR_NOT_FOUND ? "it has no log"
                      : !t->since_read
                          ? arena_printf(a->arena, "its log cannot be read: %s", t->log_err.msg)
                          : "its log has no line of any call";

    if (t->since_read && t->logs) {
        a->said = "its log has calls of other times, and none that began since: it did not run";
        a->unread = false;
        return settled ? ACT_FAILED : ACT_NOT_YET;
    }
    if (!t->count_read) {
        a->unread = true;
        a->said = arena_printf(a->arena, "%s; the count of its calls cannot be read: %s", log,
                               t->count_err.msg);
        return t->count_err.code == ERR_DENIED && settled ? ACT_UNKNOWN : ACT_NOT_YET;
    }
    if (t->count) {
        a->said = arena_printf(a->arena,
                               "%s; CloudWatch counts %" PRId64 " calls in these minutes, and does "
                               "not say whose",
                               log, t->count);
        return settled ? ACT_UNKNOWN : ACT_NOT_YET;
    }
    a->said = arena_printf(a->arena, "%s; CloudWatch counts no call: it did not run", log);
    a->unread = !over;
    return over ? ACT_FAILED : ACT_NOT_YET;
}

static enum act_check verify_invoke(struct act *a)
{
    struct err err = ERR_INIT;
    const struct value *v;
    struct trace t;
    bool settled, over;

    if (a->ended_well || a->refused) {
        a->said = a->ended_well ? "it answered, and named no error" : "it was not called well";
        return a->ended_well ? ACT_HOLDS : ACT_FAILED;
    }
    v = act_lambda_function(a, &err);
    if (!v) {
        a->said = arena_strdup(a->arena, err.msg);
        return ACT_NOT_YET;
    }
    settled = elapsed_ms(a) >= BEGIN_MS + LOG_MS;
    over = elapsed_ms(a) >= limit_ms(a, v) + BEGIN_MS + COUNT_MS;
    t = trace_of(a);
    return t.begun ? judge_begun(a, &t, settled, over) : judge_none(a, &t, settled, over);
}

const struct act_def act_lambda_invoke = {
    .name = "aws.lambda.invoke",
    .risk = "aws.lambda.invoke",
    .uses = AWS_USES("cloudwatch:GetMetricStatistics", "lambda:GetFunctionConfiguration",
                     "lambda:Invoke", "logs:FilterLogEvents"),
    .help = "Call a function once and wait for its answer.",
    .undo = "it cannot be undone",
    .resource_type = "function",
    .params = invoke_params,
    .floor = RISK_HIGH,
    .verify_ms = 25 * AWS_MINUTE, /* of a lost answer: its limit, and until it is counted */
    .look_ms = 2 * AWS_LOOK_MS,
    .read = act_lambda_read,
    .more = more_invoke,
    .plan = plan_invoke,
    .verify = verify_invoke,
    .available = act_aws_available,
};
