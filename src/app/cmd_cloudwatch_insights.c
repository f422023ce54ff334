/* cmd_cloudwatch_insights.c - "cloudwatch insights": a query over log groups, as a table. */
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/service/aws/insights.h"
#include "src/app/cmd_cloudwatch.h"

#define WINDOW_MS INT64_C(3600000)
#define COLUMNS 64
#define COLUMN_CELLS 60

static const char *value_of(const struct aws_insights_answer *a, size_t row, size_t column)
{
    return a->rows[row].values[column] ? a->rows[row].values[column] : "";
}

static void put_csv(struct cw *c, const struct aws_insights_answer *a)
{
    for (size_t k = 0; k < a->column_count; k++)
        cw_csv(&c->out, a->columns[k], k + 1 == a->column_count);
    for (size_t i = 0; i < a->count; i++)
        for (size_t k = 0; k < a->column_count; k++)
            cw_csv(&c->out, value_of(a, i, k), k + 1 == a->column_count);
}

/* One line of it, safe for a terminal. */
static const char *line_of(struct cw *c, const char *text)
{
    struct buf safe = BUF_INIT(1 << 20);
    const char *copy;

    text_sanitize(&safe, str_from(text), false, c->app->ascii);
    copy = arena_str(c->run.arena, buf_str(&safe));
    buf_release(&safe);
    return copy;
}

static void put_table(struct cw *c, const struct aws_insights_answer *a)
{
    size_t columns = a->column_count < COLUMNS ? a->column_count : COLUMNS;
    int width[COLUMNS] = {0};

    for (size_t k = 0; k < columns; k++) {
        cw_widen(&width[k], a->columns[k], COLUMN_CELLS);
        for (size_t i = 0; i < a->count; i++)
            cw_widen(&width[k], line_of(c, value_of(a, i, k)), COLUMN_CELLS);
    }
    for (size_t i = 0; i <= a->count && columns; i++) {
        for (size_t k = 0; k + 1 < columns; k++)
            cw_cell(&c->out, i ? line_of(c, value_of(a, i - 1, k)) : a->columns[k], width[k],
                    c->app->ascii);
        buf_addf(&c->out, "%s\n",
                 i ? line_of(c, value_of(a, i - 1, columns - 1)) : a->columns[columns - 1]);
    }
}

static void say_about(const struct aws_insights_answer *a)
{
    char scanned[48];

    if (a->bytes_scanned >= 0) {
        num_human(a->bytes_scanned, "bytes", scanned);
        fprintf(stderr, "%zu rows; %.0f of %.0f records match, %s scanned, about %.4f USD%s\n",
                a->count, a->records_matched, a->records_scanned, scanned, a->cost_usd,
                a->more ? "; there may be more rows" : "");
    }
    if (a->partial && a->count)
        fprintf(stderr, "runbook: these rows are not all: the query did not end\n");
    if (a->left)
        fprintf(stderr, "runbook: query %s could not be stopped: it may run on\n", a->id);
}

static void on_done(void *ctx, const struct aws_insights_answer *a)
{
    struct cw *c = ctx;

    cw_progress(c, "");
    if (c->app->json) {
        aws_insights_json(a, c->name, &c->out);
        buf_addc(&c->out, '\n');
    } else if (args_has(c->args, "csv")) {
        put_csv(c, a);
    } else {
        put_table(c, a);
    }
    cw_flush(c);
    if (!c->app->json)
        say_about(a);
    cw_ended(c, *a->id ? "GetQueryResults" : "StartQuery", a->end, &a->err);
    c->handle = NULL;
    c->done = true;
}

static void on_progress(void *ctx, const char *status, double bytes, double matched)
{
    struct cw *c = ctx;
    char scanned[48] = "nothing", text[200];

    if (bytes >= 0)
        num_human(bytes, "bytes", scanned);
    (void)snprintf(text, sizeof(text), "%.40s: %s scanned, %.0f records match; Ctrl-C stops it",
                   status, scanned, matched < 0 ? 0 : matched);
    cw_progress(c, text);
}

static void stop(struct cw *c)
{
    aws_insights_cancel(c->handle);
}

static int run(struct app *app, const struct cmd_args *args)
{
    const char *groups[AWS_INSIGHTS_GROUPS_MAX + 1];
    struct buf query = BUF_INIT(1 << 16);
    struct aws_insights_request r = {.groups = groups};
    struct aws_insights *i = NULL;
    struct err err = ERR_INIT;
    struct cw c;

    args_pos_text(args, 0, &query);
    if (!cw_open(&c, app, args, WINDOW_MS, &err)) {
        for (; r.group_count < args_count(args, "group"); r.group_count++) {
            if (r.group_count > AWS_INSIGHTS_GROUPS_MAX)
                break;
            groups[r.group_count] = args_at(args, "group", r.group_count);
        }
        r.region = c.region;
        r.query = buf_cstr(&query);
        r.since_ms = c.since_ms;
        r.until_ms = c.until_ms;
        r.max = (size_t)args_int(args, "max", AWS_INSIGHTS_ROWS);
        r.deadline_ms = args_duration_ms(args, "timeout", AWS_INSIGHTS_DEADLINE_MS);
        c.stop = stop;
        i = aws_insights_start(c.run.estate, c.account, &r, on_progress, on_done, &c, &err);
    }
    if (i) {
        c.handle = i;
        cw_wait(&c);
    } else {
        c.code = app_fail(&err);
    }
    aws_insights_free(i);
    buf_release(&query);
    return cw_close(&c);
}

const struct cmd_def cloudwatch_insights_def = {
    .name = "insights",
    .help = "Run a query of CloudWatch Logs Insights over log groups.",
    .details = "It is billed by what it scans, which is said at its end: narrow the window and the "
               "groups. Ctrl-C and --timeout stop it at AWS, and show what there is.",
    .opts =
        (const struct opt_def[]){{"group", 'g', ARG_TEXT, .repeat = true, .value = "GROUP",
                                  .help = "A log group; at most fifty."},
                                 {"max", 'n', ARG_INT, .value = "N", .min = 1,
                                  .max = AWS_INSIGHTS_ROWS_MAX,
                                  .help = "At most so many rows; 1000 when not given."},
                                 {"timeout", 0, ARG_DURATION, .value = "DURATION",
                                  .help = "Stop it after so long; after 2 minutes when not given."},
                                 {"csv", 0, ARG_NONE, .help = "Write CSV."},
                                 CW_WINDOW,
                                 CW_OPTS,
                                 {NULL}},
    .pos = (const struct pos_def[]){{"QUERY", ARG_TEXT, .required = true, .repeat = true,
                                     .help = "Such as 'filter @message like /ERROR/ | stats "
                                             "count() by bin(5m)'."},
                                    {NULL}},
    .run = run,
};
