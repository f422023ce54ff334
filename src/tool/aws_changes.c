/* aws_changes.c - what was changed in a region of an account within a time, by whom: see
 * service/aws/changes.h. {"account","region","since","until","total","changes":[{"ts_ms","time",
 * "kind","what","detail","outcome","actor","from","resource","service","region","account","call",
 * "error","source","id"}],"sources":[...],"gaps":[{"what","why","code"}]}, newest first. */
#include "runbook/service/aws/changes.h"

#include <stdio.h>
#include <stdlib.h>

#include "aws_common.h"
#include "aws_tell.h"
#include "aws_watch.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/model/model.h"
#include "tool_priv.h"

#define BODY_MAX ((size_t)8 << 20)
#define SINCE_MS ((int64_t)86400000)

static const struct tool_param params[] = {
    {"since", PARAM_STRING,
     .help = "From this time on, or so long before until, such as 2h; a day when not given."},
    {"until", PARAM_TIME, .help = "Up to this time; the investigation's now when not given."},
    {"resource", PARAM_STRING, .help = "Only what concerns this id, name or ARN."},
    {"service", PARAM_STRING, .help = "Only what concerns this service, such as ecs."},
    {"source", PARAM_STRING,
     .help = "Only these sources, with commas: cloudtrail, config, codedeploy, codepipeline, ecs, "
             "lambda, cloudformation, autoscaling, rds, elasticache, health."},
    {"region", PARAM_STRING, .help = "A region; the account's own when not given."},
    {"account", PARAM_STRING,
     .help = "An account's name or number; the default one when not given."},
    {"max", PARAM_INT, .fallback = "200", .min = 1, .max = 2000,
     .help = "How many changes are told, the newest of them."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    static const char *const more[] = {"service", "resource", "region", "account", "source"};
    const char *since = value_cstr_or(args, "since", NULL),
               *until = value_cstr_or(args, "until", NULL);

    buf_adds(out, "changes in AWS");
    for (size_t i = 0; i < sizeof(more) / sizeof(more[0]); i++)
        if (value_cstr_or(args, more[i], NULL))
            buf_addf(out, " %s=%s", more[i], value_cstr_or(args, more[i], ""));
    buf_addf(out, " from %s to %s", since ? since : "a day before", until ? until : "now");
}

static void finish(struct tool_call *c, struct tool_result *r)
{
    struct aws_tell *t = tool_call_data(c);

    aws_changes_free(t->handle);
    aws_tell_end(t);
    free(t);
    tool_call_set_data(c, NULL);
    tool_call_finish(c, r);
}

/* When not one source answered, the answer is the refusal of the first. */
static bool all_failed(const struct aws_changes *x, struct err *err)
{
    size_t n, asked = 0, bad = 0;
    const struct aws_change_source *s = aws_changes_sources(x, &n), *first = NULL;

    for (size_t i = 0; i < n; i++) {
        asked += s[i].asked;
        if (!aws_change_source_failed(&s[i]))
            continue;
        bad++;
        first = first ? first : &s[i];
    }
    if (!first || bad < asked)
        return false;
    err_set(err,
            first->end == AWS_END_DENIED || first->end == AWS_END_KEYS ? ERR_DENIED : ERR_REMOTE,
            "no source of changes answered; %s: %s", first->name, first->why);
    return true;
}

static void summary(const struct aws_changes *x, char *out, size_t size)
{
    size_t n, count, missing = 0;
    const struct aws_change_source *s = aws_changes_sources(x, &count);
    const struct aws_change *list = aws_changes_list(x, &n);

    for (size_t i = 0; i < count; i++)
        missing += aws_change_source_failed(&s[i]);
    (void)snprintf(out, size, "%zu change%s%s%.150s", n, n == 1 ? "" : "s", n ? ", last: " : "",
                   n ? list[0].summary : "");
    if (missing)
        (void)snprintf(out + strlen(out), size - strlen(out), "; %zu source%s did not answer",
                       missing, missing == 1 ? "" : "s");
}

static void on_done(void *ctx)
{
    struct tool_call *c = ctx;
    const struct aws_tell *t = tool_call_data(c);
    struct aws_changes *x = t->handle;
    struct tool_result r = {.content_type = "application/json", .status = TOOL_OK};
    struct json_writer w;
    size_t n;

    if (all_failed(x, &r.err)) {
        tool_result_fail(&r, &r.err);
        finish(c, &r);
        return;
    }
    buf_init(&r.body, BODY_MAX);
    json_writer_init(&w, &r.body);
    aws_changes_write(x, (size_t)value_num_or(tool_call_args(c), "max", 200), &w);
    aws_changes_list(x, &n);
    r.rows = (int64_t)n;
    r.status = n ? TOOL_OK : TOOL_EMPTY;
    summary(x, r.summary, sizeof(r.summary));
    if (buf_check(&r.body, "the changes", &r.err))
        tool_result_fail(&r, &r.err);
    finish(c, &r);
}

static int64_t time_arg(const struct value *args, const char *name, int64_t fallback)
{
    int64_t ms;

    return time_parse(value_str_or(args, name, ""), &ms) ? ms : fallback;
}

/* The names of `source`, and what the window is. */
static enum err_code read_args(struct tool_call *c, struct aws_changes_query *q, const char **names,
                               size_t names_max, char *text, size_t text_size, struct err *err)
{
    const struct value *args = tool_call_args(c);
    const struct model *m = tool_call_env(c)->model;
    struct str rest, piece;
    size_t n = 0;

    q->until_ms =
        time_arg(args, "until", m && m->now_ms ? m->now_ms : loop_wall_ms(tool_call_loop(c)));
    q->since_ms = q->until_ms - SINCE_MS;
    if (watch_moment(args, "since", q->until_ms, &q->since_ms, err))
        return err->code;
    q->resource = value_cstr_or(args, "resource", NULL);
    q->service = value_cstr_or(args, "service", NULL);
    (void)snprintf(text, text_size, "%s", value_cstr_or(args, "source", ""));
    rest = str_from(text);
    while (n + 1 < names_max && str_split(&rest, ',', &piece)) {
        piece = str_trim(piece);
        if (!piece.len)
            continue;
        text[piece.ptr + piece.len - text] = '\0';
        names[n++] = piece.ptr;
    }
    names[n] = NULL;
    q->sources = n ? names : NULL;
    return ERR_OK;
}

static void found(const struct aws_tell *t, struct buf *out)
{
    size_t n = t->handle ? aws_changes_so_far(t->handle) : 0;

    if (n)
        buf_addf(out, "%zu change%s", n, n == 1 ? "" : "s");
}

static void start(struct tool_call *c)
{
    const struct value *args = tool_call_args(c);
    struct aws_changes_query q = {.loop = tool_call_loop(c)};
    struct aws_estate *estate;
    struct aws_account *account;
    struct aws_changes *x;
    struct aws_tell *t;
    const char *names[16];
    struct err err = ERR_INIT;
    char text[300];

    if (read_args(c, &q, names, 16, text, sizeof(text), &err) ||
        aws_tool_estate(tool_call_env(c), &estate, &err) ||
        aws_estate_account(estate, value_cstr_or(args, "account", NULL), &account, &err)) {
        aws_tool_fail(c, &err);
        return;
    }
    q.catalogue = estate->catalogue;
    q.client = account->client;
    q.account = account->name;
    q.number = account->number;
    q.region = value_cstr_or(args, "region", aws_account_region(account));
    t = xcalloc(1, sizeof(*t));
    aws_tell_begin(t, c, "changes");
    t->found = found;
    q.tally = &t->tally;
    if (aws_changes_start(&q, on_done, c, &x, &err)) {
        aws_tell_end(t);
        free(t);
        aws_tool_fail(c, &err);
        return;
    }
    t->handle = x;
    tool_call_set_data(c, t);
}

static void cancel(struct tool_call *c)
{
    const struct aws_tell *t = tool_call_data(c);

    if (t)
        aws_changes_cancel(t->handle);
}

const struct tool_def tool_aws_changes = {
    .name = "aws_changes",
    .help = "List what was changed in AWS within a time, and by whom: deployments, calls, events.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
