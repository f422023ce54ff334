/* aws_findings.c - what is not safe in the accounts of AWS: own checks, Security Hub, GuardDuty.
 * Answer: runbook.security/1 of tool/aws_security.h; the worst findings come first. */
#include <stdio.h>
#include <stdlib.h>

#include "aws_common.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/tool/aws_security.h"
#include "tool_priv.h"

#define BODY_MAX ((size_t)8 << 20)
#define TIMEOUT_MS 300000
#define TELL_MS 500
#define TELL_AGAIN_MS 1000 /* what came since then, and that time goes by */
#define ASK_MS 280000      /* what is asked ends before the tool does */

static const char *const severities[] = {"info", "low", "medium", "high", "critical", NULL};

static const struct tool_param params[] = {
    {"service", PARAM_STRING, .help = "Only findings of this service, such as s3, ec2 or iam."},
    {"check", PARAM_STRING,
     .help = "Only this check, such as s3-public-acl; then Security Hub and "
             "GuardDuty are not asked."},
    {"severity", PARAM_ENUM, .options = severities, .help = "Only what is at least so severe."},
    {"account", PARAM_STRING, .help = "An account's name or number; all accounts when not given."},
    {"region", PARAM_STRING, .help = "A region, or all; the configured ones when not given."},
    {"max", PARAM_INT, false, "500", 1, 2000, .help = "At most so many findings, the worst first."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    static const char *const names[] = {"service", "check", "severity", "account", "region"};

    buf_adds(out, "security findings of AWS");
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        if (*value_cstr_or(args, names[i], ""))
            buf_addf(out, " %s=%s", names[i], value_cstr_or(args, names[i], ""));
}

struct work {
    struct security_run *run;
    struct security_baseline baseline;
    int64_t told_ms; /* when its progress was said last; 0: not yet */
    loop_id again;   /* says it once more */
    size_t done, known;
};

static void work_free(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    if (w->again)
        loop_timer_cancel(tool_call_loop(c), w->again);
    security_free(w->run);
    security_baseline_release(&w->baseline);
    free(w);
    tool_call_set_data(c, NULL);
}

static void drop_lesser(struct security_report *r, enum security_severity least)
{
    size_t kept = 0;

    for (size_t i = 0; i < r->findings.count; i++)
        if (r->findings.items[i].severity >= least)
            r->findings.items[kept++] = r->findings.items[i];
    r->findings.count = kept;
}

static void summarize(const struct security_report *r, char *out, size_t size)
{
    size_t counts[SECURITY_SEVERITIES] = {0}, open = 0, failed = 0;
    const struct security_cell *bad = NULL;
    int n;

    VEC_EACH (f, &r->findings) {
        counts[f->severity] += !*f->suppressed;
        open += !*f->suppressed;
    }
    VEC_EACH (c, &r->cells) {
        if (!security_cell_failed(c))
            continue;
        failed++;
        bad = bad ? bad : c;
    }
    n = snprintf(out, size, "%zu finding%s, %zu critical, %zu high", open, open == 1 ? "" : "s",
                 counts[SECURITY_CRITICAL], counts[SECURITY_HIGH]);
    if (bad && n > 0 && (size_t)n < size)
        (void)snprintf(out + n, size - (size_t)n, "; %zu of %zu calls not read: %s %s %s", failed,
                       r->cells.count, bad->service, bad->operation, aws_end_sentence(bad->end));
}

/* Nothing came at all: then it is an error, not an empty list. */
static const struct security_cell *dead(const struct security_report *r)
{
    const struct security_cell *bad = NULL;

    VEC_EACH (c, &r->cells) {
        if (!security_cell_failed(c))
            return NULL;
        bad = bad ? bad : c;
    }
    return bad;
}

static void on_report(void *ctx, struct security_report *report)
{
    struct tool_call *c = ctx;
    struct work *w = tool_call_data(c);
    const struct value *args = tool_call_args(c);
    struct tool_result r = {.content_type = "application/json"};
    enum security_severity least = SECURITY_INFO;
    const struct security_cell *bad = dead(report);
    struct buf notes = BUF_INIT(65536);
    int64_t now_ms = loop_wall_ms(tool_call_loop(c));
    struct json_writer j;

    (void)security_severity_from(value_cstr_or(args, "severity", "info"), &least);
    security_baseline_apply(&w->baseline, report, now_ms, &notes);
    drop_lesser(report, least);
    buf_init(&r.body, BODY_MAX);
    if (bad) {
        struct err err = ERR_INIT;

        err_set(&err, bad->end == AWS_END_DENIED ? ERR_DENIED : ERR_REMOTE, "%s %s: %s",
                bad->service, bad->operation, *bad->why ? bad->why : aws_end_sentence(bad->end));
        tool_result_fail(&r, &err);
    } else {
        r.rows = (int64_t)report->findings.count;
        r.status = r.rows ? TOOL_OK : TOOL_EMPTY;
    }
    summarize(report, r.summary, sizeof(r.summary));
    json_writer_init(&j, &r.body);
    security_json(report, (size_t)value_i64_or(args, "max", 500), &j);
    buf_release(&notes);
    work_free(c);
    tool_call_finish(c, &r);
}

static void tell_again(void *ctx);

/* What has come, and who has not answered. */
static void tell(struct tool_call *c)
{
    struct work *w = tool_call_data(c);
    struct tool_progress p = {.done = w->done, .known = w->known};
    struct buf body = BUF_INIT(BODY_MAX), notes = BUF_INIT(65536);
    struct security_report so_far;
    struct json_writer j;

    if (w->again)
        loop_timer_cancel(tool_call_loop(c), w->again);
    w->told_ms = loop_now_ms(tool_call_loop(c));
    w->again = loop_timer(tool_call_loop(c), TELL_AGAIN_MS, tell_again, c);
    security_so_far(w->run, &so_far);
    security_baseline_apply(&w->baseline, &so_far, loop_wall_ms(tool_call_loop(c)), &notes);
    json_writer_init(&j, &body);
    security_so_far_json(w->run, &so_far, (size_t)value_i64_or(tool_call_args(c), "max", 500), &j);
    p.body = buf_str(&body);
    tool_call_tell(c, &p);
    security_report_release(&so_far);
    buf_release(&notes);
    buf_release(&body);
}

static void tell_again(void *ctx)
{
    struct work *w = tool_call_data(ctx);

    w->again = 0;
    tell(ctx);
}

/* At most twice a second; what comes too soon after that is told by the timer. */
static void on_progress(void *ctx, size_t done, size_t known)
{
    struct tool_call *c = ctx;
    struct work *w = tool_call_data(c);

    if (!w || !w->run)
        return;
    w->done = done;
    w->known = known;
    if (!w->told_ms || loop_now_ms(tool_call_loop(c)) - w->told_ms >= TELL_MS)
        tell(c);
}

static size_t one(const struct value *args, const char *name, const char **ret)
{
    *ret = value_cstr_or(args, name, "");
    return **ret ? 1 : 0;
}

static void start(struct tool_call *c)
{
    static const struct security_callbacks callbacks = {on_progress, on_report};
    const struct value *args = tool_call_args(c);
    const struct tool_env *env = tool_call_env(c);
    const char *account, *region, *service, *check;
    struct security_ask ask = {.timeout_ms = ASK_MS, .now_ms = loop_wall_ms(tool_call_loop(c))};
    struct work *w;
    struct err err = ERR_INIT;

    ask.accounts = &account, ask.account_count = one(args, "account", &account);
    ask.regions = &region, ask.region_count = one(args, "region", &region);
    ask.services = &service, ask.service_count = one(args, "service", &service);
    ask.checks = &check, ask.check_count = one(args, "check", &check);
    if (aws_tool_estate(env, &ask.estate, &err)) {
        aws_tool_fail(c, &err);
        return;
    }
    w = xcalloc(1, sizeof(*w));
    tool_call_set_data(c, w);
    if ((env->aws_accepted && security_baseline_load(env->aws_accepted, &w->baseline, &err)) ||
        security_start(&ask, &callbacks, c, &w->run, &err)) {
        work_free(c);
        aws_tool_fail(c, &err);
    }
}

static void cancel(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    if (w && w->run)
        security_cancel(w->run);
}

const struct tool_def tool_aws_findings = {
    .name = "aws_findings",
    .help =
        "List what is not safe in AWS: own checks, Security Hub and GuardDuty, with evidence and "
        "fixes.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
