/* aws_query.c - one read operation of AWS, in one or several regions and accounts. Only what a
 * definition describes can be asked, and definitions describe what reads. */
#include <stdio.h>
#include <stdlib.h>

#include "aws_common.h"
#include "aws_tell.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/ask.h"

#define BODY_MAX ((size_t)8 << 20)
#define CITE_MAX 400

static const struct tool_param params[] = {
    {"service", PARAM_STRING, true, .help = "The service, such as ec2, rds or lambda."},
    {"operation", PARAM_STRING, true,
     .help = "A read operation of it, such as DescribeInstances or describe-instances."},
    {"params", PARAM_OBJECT,
     .help = "The parameters of the operation, with AWS's own names, as a JSON object."},
    {"whole", PARAM_BOOL, false, "false",
     .help = "Each page's whole answer, with all its lists, instead of the items of the first."},
    AWS_PARAM_REGION,
    AWS_PARAM_ACCOUNT,
    {"max", PARAM_INT, false, "100", 1, 1000, .help = "At most so many items of each region."},
    {NULL},
};

static void cite(const struct value *args, struct buf *out)
{
    static const char *const where[] = {"region", "account"};
    const struct value *given = value_get(args, "params");

    buf_addf(out, "aws %s %s", value_cstr_or(args, "service", ""),
             value_cstr_or(args, "operation", ""));
    if (value_count(given)) {
        struct buf text = BUF_INIT(1 << 20);
        struct json_writer w;

        json_writer_init(&w, &text);
        json_value(&w, given);
        buf_addf(out, " %.*s", (int)(text.len < CITE_MAX ? text.len : CITE_MAX), buf_cstr(&text));
        buf_release(&text);
    }
    for (size_t i = 0; i < sizeof(where) / sizeof(where[0]); i++)
        if (*value_cstr_or(args, where[i], ""))
            buf_addf(out, " %s %s", where[i], value_cstr_or(args, where[i], ""));
}

struct work {
    struct aws_tell tell;
    struct aws_ask_options o;
    struct aws_ask *ask;
};

static void put_summary(const struct work *w, const struct aws_ask_cell *cells, size_t count,
                        size_t items, char *out, size_t size)
{
    const struct aws_ask_cell *bad = NULL;
    size_t failed = 0;
    bool more = false;
    int n;

    for (size_t i = 0; i < count; i++) {
        failed += aws_ask_cell_failed(&cells[i]);
        more = more || cells[i].more;
        if (!bad && aws_ask_cell_failed(&cells[i]))
            bad = &cells[i];
    }
    n = snprintf(out, size, "%zu item%s of %.*s %.*s%s", items, items == 1 ? "" : "s",
                 STR_FMT(w->o.service->id), STR_FMT(w->o.list->name),
                 more ? ", there are more" : "");
    if (bad && n > 0 && (size_t)n < size)
        (void)snprintf(out + n, size - (size_t)n, "; %zu of %zu not read: %s in %s of %s%s%s",
                       failed, count, aws_end_sentence(bad->end),
                       *bad->region ? bad->region : "any region", bad->account,
                       bad->end == AWS_END_DENIED ? ", it needs " : "",
                       bad->end == AWS_END_DENIED ? bad->action : "");
}

static void on_asked(void *ctx, const struct aws_ask_cell *cells, size_t count)
{
    struct tool_call *c = ctx;
    struct work *w = tool_call_data(c);
    struct tool_result r = {.content_type = "application/json"};
    size_t failed = 0;

    for (size_t i = 0; i < count; i++) {
        failed += aws_ask_cell_failed(&cells[i]);
        r.rows += (int64_t)cells[i].count;
    }
    if (count && failed == count) {
        struct err err = ERR_INIT;

        aws_tool_err(w->o.service, w->o.list, cells[0].end, cells[0].account, cells[0].region,
                     cells[0].err.msg, &err);
        tool_result_fail(&r, &err);
    } else {
        r.status = r.rows ? TOOL_OK : TOOL_EMPTY;
        put_summary(w, cells, count, (size_t)r.rows, r.summary, sizeof(r.summary));
    }
    buf_init(&r.body, BODY_MAX);
    aws_ask_json(&w->o, cells, count, &r.body);
    aws_ask_free(w->ask);
    aws_tell_end(&w->tell);
    free(w);
    tool_call_set_data(c, NULL);
    tool_call_finish(c, &r);
}

static enum err_code prepare(const struct tool_call *c, struct work *w, struct err *err)
{
    const struct value *args = tool_call_args(c);

    w->o = (struct aws_ask_options){.params = value_get(args, "params"),
                                    .account = value_cstr_or(args, "account", NULL),
                                    .region = value_cstr_or(args, "region", NULL),
                                    .max_items = (size_t)value_i64_or(args, "max", 100),
                                    .answers = value_bool_or(args, "whole", false),
                                    .max_bytes = BODY_MAX / 2,
                                    .timeout_ms = AWS_TOOL_ASK_MS,
                                    .tally = &w->tell.tally};
    if (aws_tool_estate(tool_call_env(c), &w->o.estate, err) ||
        aws_catalogue_get(w->o.estate->catalogue, value_str_or(args, "service", ""), &w->o.service,
                          err))
        return err->code;
    return aws_catalogue_operation(w->o.service, value_str_or(args, "operation", ""), &w->o.list,
                                   err);
}

static void start(struct tool_call *c)
{
    struct work *w = xcalloc(1, sizeof(*w));
    struct err err = ERR_INIT;

    tool_call_set_data(c, w);
    aws_tell_begin(&w->tell, c, "items");
    if (prepare(c, w, &err) || aws_ask_start(&w->o, on_asked, c, &w->ask, &err)) {
        tool_call_set_data(c, NULL);
        aws_tell_end(&w->tell);
        free(w);
        aws_tool_fail(c, &err);
    }
}

static void cancel(struct tool_call *c)
{
    struct work *w = tool_call_data(c);

    if (w && w->ask)
        aws_ask_cancel(w->ask);
}

const struct tool_def tool_aws_query = {
    .name = "aws_query",
    .help = "Ask a read operation of AWS, in one or more regions and accounts.",
    .params = params,
    .risk = RISK_READ,
    .timeout_ms = AWS_TOOL_TIMEOUT_MS,
    .available = aws_tool_available,
    .query = cite,
    .start = start,
    .cancel = cancel,
};
