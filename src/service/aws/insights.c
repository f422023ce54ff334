/* insights.c - StartQuery, GetQueryResults until it is done, StopQuery when it is not wanted any
 * more. The state is what is under way: a call, or the timer of the next look. */
#include "runbook/service/aws/insights.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/get.h"
#include "runbook/service/aws/logs.h"

#define POLL_FIRST_MS 300
#define POLL_MAX_MS 2000
#define CALL_MS 20000
#define COLUMNS_MAX 200
#define ID_BYTES 300

enum state { STARTING, WAITING, LOOKING, STOPPING, ENDED };

struct aws_insights {
    struct aws_estate *estate;
    struct aws_account account; /* a copy: the estate's may move */
    struct arena *arena;        /* of the request and the last results */
    struct aws_insights_request request;
    enum state state;
    aws_id id;
    loop_id timer, deadline;
    int64_t wait_ms;
    char query_id[ID_BYTES], status[64];
    struct arena *rows_arena; /* of the results, anew with each look */
    struct aws_insights_answer answer;
    aws_insights_progress_fn *progress;
    aws_insights_fn *done;
    void *ctx;
};

static void look(void *ctx);

static void finish(struct aws_insights *i)
{
    struct aws_insights_answer *a = &i->answer;

    i->state = ENDED;
    i->id = 0;
    (void)loop_timer_cancel(i->estate->loop, i->timer);
    (void)loop_timer_cancel(i->estate->loop, i->deadline);
    a->id = i->query_id;
    a->status = i->status;
    a->partial = !cstr_eq(i->status, "Complete");
    a->more = a->count >= i->request.max;
    if (a->bytes_scanned > 0)
        a->cost_usd = a->bytes_scanned / 1e9 * AWS_INSIGHTS_USD_PER_GB;
    i->done(i->ctx, a);
}

static enum err_code send(struct aws_insights *i, const char *operation, struct str params,
                          const struct aws_callbacks *cb, struct err *err)
{
    struct aws_get get = {.estate = i->estate,
                          .account = &i->account,
                          .region = i->answer.region,
                          .service = "logs",
                          .operation = operation,
                          .params = params,
                          .max_pages = 1,
                          .timeout_ms = CALL_MS,
                          .tally = i->request.tally};

    return aws_get_send(&get, cb, i, &i->id, err);
}

static void send_id(struct aws_insights *i, const char *operation, const struct aws_callbacks *cb)
{
    struct buf params = BUF_INIT(4096);
    struct json_writer w;
    struct err err = ERR_INIT;

    json_writer_init(&w, &params);
    json_object_begin(&w);
    json_put_cstr(&w, "queryId", i->query_id);
    json_object_end(&w);
    if (send(i, operation, buf_str(&params), cb, &err) && !i->answer.err.code) {
        i->answer.err = err;
        i->answer.end = AWS_END_INPUT;
    }
    buf_release(&params);
}

static void no_page(void *ctx, const struct value *items)
{
    (void)ctx;
    (void)items;
}

/* ---- stop ---- */

static void on_stop_answer(void *ctx, const struct value *whole)
{
    struct aws_insights *i = ctx;

    i->answer.stopped = value_bool_or(whole, "success", false);
}

static void on_stopped(void *ctx, const struct aws_result *r)
{
    struct aws_insights *i = ctx;

    i->answer.requests += r->requests;
    /* A query that had ended meanwhile is refused: that is fine, too. */
    i->answer.left = r->end != AWS_END_WHOLE && r->end != AWS_END_CUT &&
                     r->end != AWS_END_REFUSED && r->end != AWS_END_NOT_FOUND;
    finish(i);
}

static void stop(struct aws_insights *i, enum aws_end end, enum err_code code, const char *why)
{
    static const struct aws_callbacks callbacks = {
        .on_page = no_page, .on_done = on_stopped, .on_answer = on_stop_answer};

    if (i->state == STOPPING || i->state == ENDED)
        return;
    if (!i->answer.err.code)
        err_set(&i->answer.err, code, "%s", why);
    i->answer.end = end;
    (void)loop_timer_cancel(i->estate->loop, i->timer);
    (void)loop_timer_cancel(i->estate->loop, i->deadline);
    if (i->state == STARTING) /* its answer comes with the id, and is stopped then */
        return;
    aws_abandon(i->account.client, i->id);
    i->id = 0;
    i->state = STOPPING;
    send_id(i, "StopQuery", &callbacks);
    if (!i->id)
        finish(i);
}

/* ---- look ---- */

static size_t column_of(struct aws_insights *i, const char **columns, size_t *count,
                        struct str field)
{
    for (size_t k = 0; k < *count; k++)
        if (str_eq_c(field, columns[k]))
            return k;
    if (*count == COLUMNS_MAX)
        return SIZE_MAX;
    columns[*count] = arena_str(i->rows_arena, field);
    return (*count)++;
}

static const char *value_of(struct aws_insights *i, const struct value *cell)
{
    size_t left;

    return arena_str(i->rows_arena,
                     aws_log_cut(value_str_or(cell, "value", ""), AWS_INSIGHTS_CHARS, &left));
}

/* Fields come in the order of the query; a row may lack some. */
static void read_rows(struct aws_insights *i, const struct value *results)
{
    struct aws_insights_answer *a = &i->answer;
    size_t n = value_count(results), count = 0;
    struct aws_insights_row *rows;
    const char **columns;

    arena_reset(i->rows_arena);
    n = n > i->request.max ? i->request.max : n;
    rows = arena_array(i->rows_arena, n, sizeof(*rows));
    columns = arena_array(i->rows_arena, COLUMNS_MAX, sizeof(*columns));
    VALUE_EACH (row, results)
        VALUE_EACH (cell, row)
            if (!str_eq_c(value_str_or(cell, "field", ""), "@ptr"))
                (void)column_of(i, columns, &count, value_str_or(cell, "field", ""));
    for (size_t k = 0; k < n; k++) {
        const char **values = arena_array(i->rows_arena, count, sizeof(*values));

        VALUE_EACH (cell, value_at(results, k)) {
            size_t at = str_eq_c(value_str_or(cell, "field", ""), "@ptr")
                            ? SIZE_MAX
                            : column_of(i, columns, &count, value_str_or(cell, "field", ""));

            if (at < count)
                values[at] = value_of(i, cell);
        }
        rows[k].values = values;
    }
    a->columns = columns;
    a->column_count = count;
    a->rows = rows;
    a->count = n;
}

static void on_look_answer(void *ctx, const struct value *whole)
{
    struct aws_insights *i = ctx;
    const struct value *s = value_get(whole, "statistics");

    (void)snprintf(i->status, sizeof(i->status), "%s",
                   aws_clean(i->arena, whole, "status", sizeof(i->status) - 1));
    i->answer.bytes_scanned = value_num_or(s, "bytesScanned", i->answer.bytes_scanned);
    i->answer.records_scanned = value_num_or(s, "recordsScanned", i->answer.records_scanned);
    i->answer.records_matched = value_num_or(s, "recordsMatched", i->answer.records_matched);
    read_rows(i, value_get(whole, "results"));
}

/* Source: API Reference, GetQueryResults, status. */
static bool runs_on(const struct aws_insights *i)
{
    return cstr_eq(i->status, "Scheduled") || cstr_eq(i->status, "Running") ||
           cstr_eq(i->status, "Unknown");
}

static void on_looked(void *ctx, const struct aws_result *r)
{
    struct aws_insights *i = ctx;
    struct aws_insights_answer *a = &i->answer;

    i->id = 0;
    a->requests += r->requests;
    a->polls++;
    if (r->end != AWS_END_WHOLE && r->end != AWS_END_CUT) {
        a->err = r->err;
        i->state = WAITING;
        stop(i, r->end, r->err.code, r->err.msg);
        return;
    }
    if (runs_on(i)) {
        if (i->progress)
            i->progress(i->ctx, i->status, a->bytes_scanned, a->records_matched);
        i->state = WAITING;
        i->timer = loop_timer(i->estate->loop, i->wait_ms, look, i);
        i->wait_ms = i->wait_ms * 3 / 2 > POLL_MAX_MS ? POLL_MAX_MS : i->wait_ms * 3 / 2;
        return;
    }
    if (!cstr_eq(i->status, "Complete")) {
        a->end = AWS_END_FAILED;
        err_set(&a->err, ERR_REMOTE, "CloudWatch ended the query as %s",
                *i->status ? i->status : "nothing it documents");
    }
    finish(i);
}

static void look(void *ctx)
{
    static const struct aws_callbacks callbacks = {
        .on_page = no_page, .on_done = on_looked, .on_answer = on_look_answer};
    struct aws_insights *i = ctx;

    i->timer = 0;
    i->state = LOOKING;
    send_id(i, "GetQueryResults", &callbacks);
    if (!i->id)
        finish(i);
}

static void on_deadline(void *ctx)
{
    struct aws_insights *i = ctx;

    i->deadline = 0;
    stop(i, AWS_END_TIMEOUT, ERR_TIMEOUT, "not done in time: it was stopped");
}

/* ---- start ---- */

static void on_start_answer(void *ctx, const struct value *whole)
{
    struct aws_insights *i = ctx;

    (void)snprintf(i->query_id, sizeof(i->query_id), "%s",
                   aws_clean(i->arena, whole, "queryId", ID_BYTES / 8));
}

static void on_started(void *ctx, const struct aws_result *r)
{
    struct aws_insights *i = ctx;
    enum aws_end wanted = i->answer.end; /* it was canceled, or late, while it started */

    i->id = 0;
    i->answer.requests += r->requests;
    if (!*i->query_id) {
        if (!i->answer.err.code) {
            i->answer.end = r->end == AWS_END_WHOLE ? AWS_END_BAD_ANSWER : r->end;
            i->answer.err = r->err;
            if (!r->err.code)
                err_set(&i->answer.err, ERR_REMOTE, "StartQuery was answered without an id");
        }
        finish(i);
        return;
    }
    i->state = WAITING;
    if (i->answer.err.code)
        stop(i, wanted, i->answer.err.code, "");
    else
        i->timer = loop_timer(i->estate->loop, i->wait_ms, look, i);
}

static void put_params(const struct aws_insights *i, struct buf *out)
{
    const struct aws_insights_request *q = &i->request;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_key(&w, "logGroupNames");
    json_array_begin(&w);
    for (size_t k = 0; k < q->group_count; k++)
        json_cstring(&w, q->groups[k]);
    json_array_end(&w);
    json_put_int(&w, "startTime", q->since_ms / 1000);
    json_put_int(&w, "endTime", q->until_ms / 1000);
    json_put_cstr(&w, "queryString", q->query);
    json_put_int(&w, "limit", (int64_t)q->max);
    json_object_end(&w);
}

static enum err_code check(const struct aws_insights_request *q, struct err *err)
{
    if (!q->query || !*q->query)
        return err_set(err, ERR_INPUT, "say what to look for: fields @timestamp, @message | ...");
    if (strlen(q->query) > 10000)
        return err_set(err, ERR_INPUT, "a query has at most 10,000 characters");
    if (!q->group_count || q->group_count > AWS_INSIGHTS_GROUPS_MAX)
        return err_set(err, ERR_INPUT, "name from 1 to %d log groups", AWS_INSIGHTS_GROUPS_MAX);
    if (q->until_ms / 1000 <= q->since_ms / 1000)
        return err_set(err, ERR_INPUT, "the window must begin before it ends");
    if (q->max > AWS_INSIGHTS_ROWS_MAX)
        return err_set(err, ERR_INPUT, "at most %d rows can be asked for", AWS_INSIGHTS_ROWS_MAX);
    return ERR_OK;
}

static void copy_request(struct aws_insights *i, const struct aws_insights_request *r)
{
    const char **groups = arena_array(i->arena, r->group_count, sizeof(*groups));

    for (size_t k = 0; k < r->group_count; k++)
        groups[k] = arena_strdup(i->arena, r->groups[k]);
    i->request = *r;
    i->request.groups = groups;
    i->request.query = arena_strdup(i->arena, r->query);
    i->request.max = r->max ? r->max : AWS_INSIGHTS_ROWS;
    i->answer.request = &i->request;
    i->answer.bytes_scanned = i->answer.records_scanned = i->answer.records_matched = -1;
}

struct aws_insights *aws_insights_start(struct aws_estate *e, struct aws_account *account,
                                        const struct aws_insights_request *r,
                                        aws_insights_progress_fn *progress, aws_insights_fn *done,
                                        void *ctx, struct err *err)
{
    static const struct aws_callbacks callbacks = {
        .on_page = no_page, .on_done = on_started, .on_answer = on_start_answer};
    struct buf params = BUF_INIT(1 << 20);
    struct aws_insights *i;
    const char *region;

    if (check(r, err) || aws_get_region(account, r->region, &region, err))
        return NULL;
    i = xcalloc(1, sizeof(*i));
    *i = (struct aws_insights){.estate = e,
                               .account = *account,
                               .arena = arena_new(0),
                               .rows_arena = arena_new(0),
                               .wait_ms = POLL_FIRST_MS,
                               .progress = progress,
                               .done = done,
                               .ctx = ctx};
    copy_request(i, r);
    i->answer.region = i->request.region = arena_strdup(i->arena, region);
    put_params(i, &params);
    (void)send(i, "StartQuery", buf_str(&params), &callbacks, err);
    buf_release(&params);
    if (err->code) {
        aws_insights_free(i);
        return NULL;
    }
    i->deadline = loop_timer(e->loop, r->deadline_ms ? r->deadline_ms : AWS_INSIGHTS_DEADLINE_MS,
                             on_deadline, i);
    return i;
}

void aws_insights_cancel(struct aws_insights *i)
{
    stop(i, AWS_END_CANCELED, ERR_CANCELED, "canceled: it was stopped");
}

static void nobody(void *ctx, const struct aws_result *r)
{
    (void)ctx;
    (void)r;
}

/* The answer to StopQuery is nobody's then. */
static void stop_unheard(struct aws_insights *i)
{
    static const struct aws_callbacks callbacks = {.on_page = no_page, .on_done = nobody};

    i->request.tally = NULL; /* nor does anybody count it */
    send_id(i, "StopQuery", &callbacks);
}

void aws_insights_free(struct aws_insights *i)
{
    if (!i)
        return;
    (void)loop_timer_cancel(i->estate->loop, i->timer);
    (void)loop_timer_cancel(i->estate->loop, i->deadline);
    if (i->id)
        aws_abandon(i->account.client, i->id);
    if (*i->query_id && (i->state == WAITING || i->state == LOOKING))
        stop_unheard(i);
    arena_free(i->rows_arena);
    arena_free(i->arena);
    free(i);
}

void aws_insights_json(const struct aws_insights_answer *a, const char *account, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.insights/1");
    json_put_cstr(&w, "account", account);
    json_put_cstr(&w, "region", a->region);
    json_put_cstr(&w, "query", a->request->query);
    json_put_cstr(&w, "query_id", *a->id ? a->id : NULL);
    json_put_cstr(&w, "status", a->status);
    json_put_cstr(&w, "end", aws_end_name(a->end));
    if (a->err.code)
        json_put_cstr(&w, "error", a->err.msg);
    json_put_bool(&w, "partial", a->partial);
    json_put_bool(&w, "more", a->more);
    if (a->left)
        json_put_bool(&w, "may_run_on", true);
    if (a->bytes_scanned >= 0) {
        json_put_num(&w, "bytes_scanned", a->bytes_scanned);
        json_put_num(&w, "records_scanned", a->records_scanned);
        json_put_num(&w, "records_matched", a->records_matched);
        json_put_num(&w, "cost_usd", a->cost_usd);
    }
    json_key(&w, "rows");
    json_array_begin(&w);
    for (size_t i = 0; i < a->count; i++) {
        json_object_begin(&w);
        for (size_t k = 0; k < a->column_count; k++)
            if (a->rows[i].values[k])
                json_put_cstr(&w, a->columns[k], a->rows[i].values[k]);
        json_object_end(&w);
    }
    json_array_end(&w);
    json_object_end(&w);
}
