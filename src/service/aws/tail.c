/* tail.c - see tail.h. Names of groups become ARNs first, as StartLiveTail wants them; then one
 * stream after another, until it was long enough. */
#include "runbook/service/aws/tail.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/get.h"
#include "runbook/service/aws/logs.h"
#include "runbook/service/aws/stream.h"

#define WAIT_FIRST_MS 500
#define WAIT_MAX_MS 15000
#define NAME_BYTES 600

struct aws_tail {
    struct aws_estate *estate;
    struct aws_account account; /* a copy: the estate's may move */
    struct arena *arena, *event_arena;
    struct aws_tail_request request;
    const char *region;
    const char **arns; /* of the groups; NULL: not known yet */
    size_t at;         /* the group whose ARN is looked up */
    aws_id id;
    struct aws_stream *stream;
    loop_id timer, over;
    int64_t wait_ms, opened_ms, broken_ms;
    unsigned empty; /* connections in a row that brought nothing */
    bool begun, ended;
    struct aws_tail_callbacks cb;
    void *ctx;
    struct aws_tail_end end;
};

static void connect_now(void *ctx);
static void find_arn(struct aws_tail *t);

static void note(struct aws_tail *t, const char *text)
{
    if (t->cb.on_note)
        t->cb.on_note(t->ctx, text);
}

static void tell(void *ctx)
{
    struct aws_tail *t = ctx;

    t->timer = 0;
    t->cb.on_done(t->ctx, &t->end);
}

/* What was open until now is billed. */
static void count_open(struct aws_tail *t)
{
    if (t->opened_ms)
        t->end.open_ms += loop_now_ms(t->estate->loop) - t->opened_ms;
    t->opened_ms = 0;
    t->end.cost_usd = (double)t->end.open_ms / 60000 * AWS_TAIL_USD_PER_MINUTE;
}

static void finish(struct aws_tail *t, enum aws_end end, const struct err *err)
{
    if (t->ended)
        return;
    t->ended = true;
    count_open(t);
    t->end.end = end;
    if (err)
        t->end.err = *err;
    (void)loop_timer_cancel(t->estate->loop, t->over);
    (void)loop_timer_cancel(t->estate->loop, t->timer);
    t->timer = loop_timer(t->estate->loop, 0, tell, t);
}

/* ---- the stream ---- */

static void take_event(struct aws_tail *t, const struct value *v)
{
    struct aws_tail_event e = {0};
    const char *group, *colon;

    arena_reset(t->event_arena);
    group = aws_clean(t->event_arena, v, "logGroupIdentifier", NAME_BYTES);
    colon = strchr(group, ':'); /* "123456789012:/aws/lambda/x" */
    e.group = colon ? colon + 1 : group;
    e.stream = aws_clean(t->event_arena, v, "logStreamName", NAME_BYTES);
    e.t_ms = aws_moment_ms(value_get(v, "timestamp"));
    e.text = aws_log_cut(value_str_or(v, "message", ""), t->request.max_chars, &e.left);
    t->end.events++;
    t->cb.on_event(t->ctx, &e);
}

static void on_event(void *ctx, struct str type, const struct value *payload)
{
    struct aws_tail *t = ctx;
    const struct value *meta = value_get(payload, "sessionMetadata");

    if (t->ended)
        return;
    t->empty = 0;
    t->wait_ms = WAIT_FIRST_MS;
    if (str_eq_c(type, "sessionStart")) {
        char gap[TIME_TEXT_MAX], text[200];

        t->end.connections++;
        t->begun = true;
        duration_format(loop_now_ms(t->estate->loop) - t->broken_ms, gap);
        (void)snprintf(text, sizeof(text), "connected again; events of %s may be missing", gap);
        note(t, t->broken_ms ? text : "connected");
        return;
    }
    if (!str_eq_c(type, "sessionUpdate"))
        return;
    if (value_bool_or(meta, "sampled", false) && !t->end.sampled) {
        t->end.sampled = true;
        note(t, "more than 500 events a second match: CloudWatch sends a sample");
    }
    VALUE_EACH (it, value_get(payload, "sessionResults")) {
        take_event(t, it);
        if (t->request.max && t->end.events >= t->request.max) {
            finish(t, AWS_END_CUT, NULL);
            return;
        }
    }
}

static bool may_return(enum aws_end end)
{
    return end == AWS_END_UNREACHED || end == AWS_END_WHOLE || end == AWS_END_THROTTLED ||
           end == AWS_END_FAILED || end == AWS_END_TIMEOUT;
}

static void on_stream_done(void *ctx, enum aws_end end, const struct err *err)
{
    struct aws_tail *t = ctx;
    char text[ERR_MSG_MAX + 100], wait[TIME_TEXT_MAX];

    count_open(t);
    aws_stream_free(t->stream);
    t->stream = NULL;
    if (t->ended)
        return;
    if (!may_return(end) || ++t->empty > AWS_TAIL_RETRIES) {
        finish(t, end == AWS_END_WHOLE ? AWS_END_UNREACHED : end, err);
        return;
    }
    if (!t->broken_ms || t->begun)
        t->broken_ms = loop_now_ms(t->estate->loop);
    t->begun = false;
    duration_format(t->wait_ms, wait);
    (void)snprintf(text, sizeof(text), "the stream ended%s%s; again in %s", err->code ? ": " : "",
                   err->code ? err->msg : "", wait);
    note(t, text);
    t->timer = loop_timer(t->estate->loop, t->wait_ms, connect_now, t);
    t->wait_ms = t->wait_ms * 2 > WAIT_MAX_MS ? WAIT_MAX_MS : t->wait_ms * 2;
}

static enum err_code make_params(struct aws_tail *t, struct arena *arena, const struct value **ret,
                                 struct err *err)
{
    struct buf text = BUF_INIT(1 << 16);
    struct json_writer w;

    json_writer_init(&w, &text);
    json_object_begin(&w);
    json_key(&w, "logGroupIdentifiers");
    json_array_begin(&w);
    for (size_t i = 0; i < t->request.group_count; i++)
        json_cstring(&w, t->arns[i]);
    json_array_end(&w);
    if (t->request.pattern && *t->request.pattern)
        json_put_cstr(&w, "logEventFilterPattern", t->request.pattern);
    json_object_end(&w);
    (void)json_parse(arena, buf_str(&text), ret, err);
    buf_release(&text);
    return err->code;
}

static void connect_now(void *ctx)
{
    static const struct aws_stream_callbacks callbacks = {on_event, on_stream_done};
    struct aws_tail *t = ctx;
    struct aws_query q = {.region = t->region};
    struct arena *arena = arena_new(0);
    struct err err = ERR_INIT;

    t->timer = 0;
    if (aws_catalogue_get(t->estate->catalogue, STR_LIT("logs"), &q.service, &err) ||
        aws_catalogue_operation(q.service, STR_LIT("StartLiveTail"), &q.list, &err) ||
        make_params(t, arena, &q.params, &err)) {
        finish(t, AWS_END_INPUT, &err);
    } else {
        t->opened_ms = loop_now_ms(t->estate->loop);
        t->stream = aws_stream_start(t->account.client, &q, &callbacks, t);
    }
    arena_free(arena);
}

/* ---- names of groups ---- */

static void on_groups(void *ctx, const struct value *items)
{
    struct aws_tail *t = ctx;

    VALUE_EACH (it, items)
        if (str_eq_c(value_str_or(it, "logGroupName", ""), t->request.groups[t->at])) {
            char *arn = arena_strdup(t->arena, aws_clean(t->arena, it, "arn", NAME_BYTES));

            if (str_ends(str_from(arn), ":*"))
                arn[strlen(arn) - 2] = '\0';
            t->arns[t->at] = arn;
        }
}

static void on_groups_done(void *ctx, const struct aws_result *r)
{
    struct aws_tail *t = ctx;
    struct err err = r->err;

    t->id = 0;
    if (t->ended)
        return;
    if (t->arns[t->at]) {
        find_arn(t);
        return;
    }
    if (!err.code)
        err_set(&err, ERR_NOT_FOUND, "no log group is called %.200s", t->request.groups[t->at]);
    finish(t, r->err.code ? r->end : AWS_END_NOT_FOUND, &err);
}

/* Of the next group that has none yet; of all there are: connect. */
static void find_arn(struct aws_tail *t)
{
    static const struct aws_callbacks callbacks = {.on_page = on_groups, .on_done = on_groups_done};
    struct buf params = BUF_INIT(8192);
    struct aws_get get = {.estate = t->estate,
                          .account = &t->account,
                          .region = t->region,
                          .service = "logs",
                          .operation = "DescribeLogGroups",
                          .timeout_ms = 30000};
    struct json_writer w;
    struct err err = ERR_INIT;

    for (t->at = 0; t->at < t->request.group_count && t->arns[t->at]; t->at++)
        ;
    if (t->at == t->request.group_count) {
        t->timer = loop_timer(t->estate->loop, 0, connect_now, t);
        return;
    }
    json_writer_init(&w, &params);
    json_object_begin(&w);
    json_put_cstr(&w, "logGroupNamePrefix", t->request.groups[t->at]);
    json_object_end(&w);
    get.params = buf_str(&params);
    if (aws_get_send(&get, &callbacks, t, &t->id, &err))
        finish(t, AWS_END_INPUT, &err);
    buf_release(&params);
}

/* ---- public ---- */

static void on_over(void *ctx)
{
    struct aws_tail *t = ctx;

    t->over = 0;
    finish(t, AWS_END_WHOLE, NULL);
}

static void copy_request(struct aws_tail *t, const struct aws_tail_request *r)
{
    const char **groups = arena_array(t->arena, r->group_count, sizeof(*groups));

    t->arns = arena_array(t->arena, r->group_count, sizeof(*t->arns));
    for (size_t i = 0; i < r->group_count; i++) {
        groups[i] = arena_strdup(t->arena, r->groups[i]);
        t->arns[i] = strncmp(groups[i], "arn:", 4) == 0 ? groups[i] : NULL;
    }
    t->request = *r;
    t->request.groups = groups;
    t->request.pattern = arena_strdup(t->arena, r->pattern);
    t->request.max_chars = r->max_chars ? r->max_chars : AWS_LOGS_CHARS;
}

struct aws_tail *aws_tail_start(struct aws_estate *e, struct aws_account *account,
                                const struct aws_tail_request *r,
                                const struct aws_tail_callbacks *cb, void *ctx, struct err *err)
{
    struct aws_tail *t;
    const char *region;

    if (!r->group_count || r->group_count > AWS_TAIL_GROUPS_MAX) {
        err_set(err, ERR_INPUT, "name from 1 to %d log groups", AWS_TAIL_GROUPS_MAX);
        return NULL;
    }
    if (aws_get_region(account, r->region, &region, err))
        return NULL;
    t = xcalloc(1, sizeof(*t));
    *t = (struct aws_tail){.estate = e,
                           .account = *account,
                           .arena = arena_new(0),
                           .event_arena = arena_new(0),
                           .wait_ms = WAIT_FIRST_MS,
                           .cb = *cb,
                           .ctx = ctx};
    copy_request(t, r);
    t->region = arena_strdup(t->arena, region);
    find_arn(t);
    if (r->for_ms)
        t->over = loop_timer(e->loop, r->for_ms, on_over, t);
    return t;
}

void aws_tail_stop(struct aws_tail *t)
{
    finish(t, AWS_END_WHOLE, NULL);
}

void aws_tail_free(struct aws_tail *t)
{
    if (!t)
        return;
    (void)loop_timer_cancel(t->estate->loop, t->over);
    (void)loop_timer_cancel(t->estate->loop, t->timer);
    if (t->id)
        aws_abandon(t->account.client, t->id);
    aws_stream_free(t->stream);
    arena_free(t->arena);
    arena_free(t->event_arena);
    free(t);
}
