/* cmd_cloudwatch.c - "runbook cloudwatch ...": metrics, alarms, logs and traces of AWS; what its
 * commands share is here. */
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "runbook/base/text.h"
#include "runbook/base/timefmt.h"
#include "runbook/service/aws/get.h"
#include "src/app/aws_progress.h"
#include "src/app/cmd_cloudwatch.h"

#define OUT_MAX ((size_t)256 << 20)

static bool has_option(const struct cmd_args *args, const char *name)
{
    for (const struct opt_def *o = args_cmd(args)->opts; o && o->name; o++)
        if (strcmp(o->name, name) == 0)
            return true;
    return false;
}

enum err_code cw_open(struct cw *c, struct app *app, const struct cmd_args *args, int64_t window_ms,
                      struct err *err)
{
    const char *account = args_get(args, "account");
    struct aws_pick pick = {.names = &account,
                            .count = account ? 1 : 0,
                            .profile = args_get(args, "profile"),
                            .region = args_get(args, "region")};
    char salt[17];

    *c = (struct cw){.app = app, .args = args};
    buf_init(&c->out, OUT_MAX);
    rng_id(app_rng(app), salt, sizeof(salt) - 1);
    c->redactor = redactor_new(str_from(salt));
    if (aws_run_open(&c->run, app, &pick, err) ||
        aws_estate_account(c->run.estate, NULL, &c->account, err) ||
        aws_get_region(c->account, args_get(args, "region"), &c->region, err))
        return err->code;
    c->name = c->account->name;
    c->now_ms = loop_wall_ms(c->run.loop);
    c->until_ms = c->now_ms;
    c->since_ms = c->now_ms - window_ms;
    if (!has_option(args, "since"))
        return ERR_OK;
    c->until_ms = args_time_ms(args, "until", c->now_ms, c->now_ms);
    c->since_ms = args_time_ms(args, "since", c->now_ms, c->until_ms - window_ms);
    return c->since_ms < c->until_ms ? ERR_OK
                                     : err_set(err, ERR_INPUT, "--since must be before --until");
}

static void on_interrupt(void *ctx, int signo)
{
    struct cw *c = ctx;

    (void)signo;
    if (c->interrupted) /* a second time: at once */
        c->done = true;
    c->interrupted = true;
    if (c->stop && c->handle)
        c->stop(c);
    else
        c->done = true;
}

void cw_wait(struct cw *c)
{
    loop_id id = loop_signal(c->run.loop, SIGINT, on_interrupt, c);

    while (!c->done && loop_turn(c->run.loop, true))
        ;
    loop_signal_cancel(c->run.loop, id);
    cw_progress(c, "");
    aws_progress_end(&c->run);
}

void cw_flush(struct cw *c)
{
    struct buf masked = BUF_INIT(OUT_MAX), safe = BUF_INIT(OUT_MAX);
    int rc;

    if (c->out.full && c->code == EXIT_DONE) {
        fprintf(stderr, "runbook: the output is larger than 256 MiB: its end is left out\n");
        c->code = EXIT_FAILED;
    }
    (void)redactor_apply_or_withhold(c->redactor, &masked, buf_str(&c->out));
    if (c->app->json) /* nothing that a terminal obeys is in JSON */
        buf_add_str(&safe, buf_str(&masked));
    else
        text_sanitize(&safe, buf_str(&masked), true, c->app->ascii);
    rc = app_print(buf_str(&safe));
    if (rc != EXIT_DONE)
        c->code = rc;
    buf_release(&masked);
    buf_release(&safe);
    buf_clear(&c->out);
}

int cw_close(struct cw *c)
{
    if (c->out.len)
        cw_flush(c);
    buf_release(&c->out);
    redactor_free(c->redactor);
    aws_run_close(&c->run);
    return c->interrupted ? EXIT_INTERRUPTED : c->code;
}

void cw_widen(int *w, const char *s, int most)
{
    int n = text_width(str_from(s));

    if (n > *w)
        *w = n < most ? n : most;
}

void cw_cell(struct buf *out, const char *s, int width, bool ascii)
{
    size_t before = out->len;

    text_ellipsis(out, str_from(s), width, ascii);
    for (int n = text_width((struct str){out->ptr + before, out->len - before}); n < width + 2; n++)
        buf_addc(out, ' ');
}

void cw_csv(struct buf *out, const char *s, bool last)
{
    bool formula = *s && strchr("=+-@", *s) && strlen(s) > 1;

    buf_addc(out, '"');
    if (formula)
        buf_addc(out, '\'');
    for (; *s; s++) {
        if (*s == '"')
            buf_addc(out, '"');
        buf_addc(out, *s);
    }
    buf_adds(out, last ? "\"\r\n" : "\",");
}

const char *cw_time(int64_t ms, char out[40])
{
    char all[TIME_TEXT_MAX];

    if (!ms)
        return "-";
    time_format_rfc3339(ms, all);
    all[10] = ' ';
    (void)snprintf(out, 40, "%.19s", all);
    return out;
}

void cw_ended(struct cw *c, const char *what, enum aws_end end, const struct err *err)
{
    if (end == AWS_END_WHOLE)
        return;
    if (end == AWS_END_CUT) {
        if (!c->app->json)
            fprintf(stderr, "runbook: there is more than what is shown\n");
        return;
    }
    c->code = end == AWS_END_INPUT ? EXIT_USAGE : EXIT_FAILED;
    if (!c->app->json)
        fprintf(stderr, "runbook: %s: %s in %s of %s: %s\n", aws_end_sentence(end), what, c->region,
                c->name, err->msg);
}

void cw_progress(struct cw *c, const char *text)
{
    if (c->app->json || !isatty(STDERR_FILENO) || (!*text && !c->progress))
        return;
    fprintf(stderr, "\r\033[K%s", text);
    fflush(stderr);
    c->progress = *text ? text : NULL;
}

static const struct cmd_def *const subs[] = {
    &cloudwatch_alarms_def,
    &cloudwatch_groups_def,
    &cloudwatch_history_def,
    &cloudwatch_insights_def,
    &cloudwatch_list_def,
    &cloudwatch_logs_def,
    &cloudwatch_map_def,
    &cloudwatch_metrics_def,
    &cloudwatch_tail_def,
    &cloudwatch_traces_def,
    NULL,
};

const struct cmd_def cmd_cloudwatch_def = {
    .name = "cloudwatch",
    .help = "Read metrics, alarms and logs of CloudWatch, and traces of X-Ray.",
    .details =
        "Everything only reads. What is billed is said: metrics by the number that is asked for, "
        "queries of Insights by what they scan, a live tail by the minute. Nothing there is no "
        "error: the exit code is 0 then, and 1 when AWS refused or was not reached. Secrets in "
        "what comes are masked.",
    .subs = subs,
    .examples = "runbook cloudwatch metrics AWS/EC2 CPUUtilization -d InstanceId=i-1 --since 3h\n"
                "runbook cloudwatch alarms --state ALARM\n"
                "runbook cloudwatch logs /aws/lambda/orders --pattern ERROR\n"
                "runbook cloudwatch insights 'stats count() by bin(5m)' -g /aws/lambda/orders\n"
                "runbook cloudwatch tail /aws/lambda/orders",
};
