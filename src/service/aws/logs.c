/* logs.c - groups, streams and events of CloudWatch Logs. FilterLogEvents pages by itself, with
 * pages that may be empty; GetLogEvents has a token for each direction and says that it has ended
 * by giving back the token that it was asked with. */
#include "runbook/service/aws/logs.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/get.h"

#define GROUPS_DEFAULT 1000
#define GROUPS_PAGE 50 /* API Reference, DescribeLogGroups and DescribeLogStreams, limit */
#define NAME_BYTES 600
#define PAGES_MAX 10000

struct aws_logs {
    struct aws_estate *estate;
    struct aws_account account; /* a copy: the estate's may move */
    struct arena *arena;
    struct aws_logs_request request;
    aws_id id;
    bool canceled;
    char *token; /* of the page that is asked for; NULL: the first */
    char *next;
    int64_t order;
    unsigned pages;
    int64_t deadline_ms;
    VEC(struct aws_log_event) events; /* with `newest` a ring of max */
    size_t ring;
    VEC(struct aws_log_group) groups;
    struct aws_logs_answer answer;
    aws_logs_fn *done;
    void *ctx;
};

static enum err_code ask(struct aws_logs *l, struct err *err);

/* ---- what came ---- */

struct str aws_log_cut(struct str text, size_t max, size_t *ret_left)
{
    size_t chars = 0, end = text.len, left = 0;

    for (size_t i = 0; i < text.len; i++) {
        if (((unsigned char)text.ptr[i] & 0xc0) == 0x80)
            continue;
        if (chars++ == max)
            end = i;
        left += chars > max;
    }
    *ret_left = left;
    return (struct str){text.ptr, end};
}

static struct aws_log_event *place_for(struct aws_logs *l)
{
    struct aws_log_event *e;

    if (l->events.count < l->request.max)
        return VEC_PUSH(&l->events);
    l->answer.more = true;
    if (!l->request.newest || l->request.what != AWS_LOGS_FILTER)
        return NULL;
    e = &l->events.items[l->ring];
    l->ring = (l->ring + 1) % l->request.max;
    return e;
}

static void take_event(struct aws_logs *l, const struct value *v, int64_t order)
{
    struct aws_log_event *e = place_for(l), read = {.order = order};
    struct str text;

    l->answer.seen++;
    if (!e)
        return;
    read.t_ms = aws_moment_ms(value_get(v, "timestamp"));
    read.stream = aws_clean(l->arena, v, "logStreamName", NAME_BYTES);
    if (l->request.what == AWS_LOGS_STREAM)
        read.stream = l->request.stream;
    text = aws_log_cut(value_str_or(v, "message", ""), l->request.max_chars, &read.left);
    read.text = arena_str(l->arena, text);
    *e = read;
}

/* An older page's events come before those of the newer. */
static void take_events(struct aws_logs *l, const struct value *items)
{
    bool backward = l->request.what == AWS_LOGS_STREAM && l->request.newest;
    size_t n = value_count(items), room = l->request.max - l->events.count;
    size_t first = backward && n > room ? n - room : 0;

    if (backward)
        l->order -= (int64_t)n;
    l->answer.more = l->answer.more || first > 0;
    l->answer.seen += first;
    for (size_t i = first; i < n; i++)
        take_event(l, value_at(items, i), l->order + (int64_t)i);
    if (!backward)
        l->order += (int64_t)n;
}

static void take_group(struct aws_logs *l, const struct value *v)
{
    bool stream = l->request.what == AWS_LOGS_STREAMS;
    struct aws_log_group *g;
    char *arn;

    if (l->groups.count == l->request.max) {
        l->answer.more = true;
        return;
    }
    g = VEC_PUSH(&l->groups);
    g->name = aws_clean(l->arena, v, stream ? "logStreamName" : "logGroupName", NAME_BYTES);
    g->class = aws_clean(l->arena, v, "logGroupClass", NAME_BYTES);
    arn = arena_strdup(l->arena, aws_clean(l->arena, v, "arn", NAME_BYTES * 2));
    if (str_ends(str_from(arn), ":*"))
        arn[strlen(arn) - 2] = '\0';
    g->arn = arn;
    g->bytes = value_i64_or(v, "storedBytes", 0);
    g->kept_days = value_i64_or(v, "retentionInDays", 0);
    g->created_ms = aws_moment_ms(value_get(v, "creationTime"));
    g->last_ms = aws_moment_ms(value_get(v, "lastEventTimestamp"));
}

static void on_page(void *ctx, const struct value *items)
{
    struct aws_logs *l = ctx;

    l->pages++;
    if (l->request.what == AWS_LOGS_FILTER || l->request.what == AWS_LOGS_STREAM) {
        take_events(l, items);
        return;
    }
    VALUE_EACH (it, items)
        take_group(l, it);
}

/* The token of the next page in our direction; the same one again: that was the last. */
static void on_answer(void *ctx, const struct value *whole)
{
    struct aws_logs *l = ctx;
    const char *next =
        value_cstr_or(whole, l->request.newest ? "nextBackwardToken" : "nextForwardToken", "");

    free(l->next);
    l->next = *next && !cstr_eq(next, l->token) ? xstrdup(next) : NULL;
}

/* ---- the end ---- */

static int by_time(const void *x, const void *y)
{
    const struct aws_log_event *a = x, *b = y;

    if (a->t_ms != b->t_ms)
        return a->t_ms < b->t_ms ? -1 : 1;
    return (a->order > b->order) - (a->order < b->order);
}

static void finish(struct aws_logs *l, const struct aws_result *r)
{
    struct aws_logs_answer *a = &l->answer;

    l->id = 0;
    a->end = r->end;
    a->err = r->err;
    if (a->end == AWS_END_CUT)
        a->more = true;
    if (a->end == AWS_END_WHOLE && a->more)
        a->end = AWS_END_CUT;
    if (l->events.count > 1)
        qsort(l->events.items, l->events.count, sizeof(*l->events.items), by_time);
    VEC_EACH (e, &l->events)
        a->shortened += e->left > 0;
    a->events = l->events.items;
    a->count = l->events.count;
    a->groups = l->groups.items;
    a->group_count = l->groups.count;
    l->done(l->ctx, a);
}

/* One page of a stream came: the next one, unless that was enough. A page can be empty before the
 * end: only the token says. */
static bool next_page(struct aws_logs *l, const struct aws_result *r)
{
    struct err err = ERR_INIT;

    if (l->request.what != AWS_LOGS_STREAM || l->canceled || !l->next ||
        (r->end != AWS_END_WHOLE && r->end != AWS_END_CUT))
        return false;
    if (l->events.count >= l->request.max || l->pages >= PAGES_MAX) {
        l->answer.more = true;
        return false;
    }
    free(l->token);
    l->token = l->next;
    l->next = NULL;
    return ask(l, &err) == ERR_OK;
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct aws_logs *l = ctx;
    struct aws_result last = *r;

    l->answer.requests += r->requests;
    if (next_page(l, r))
        return;
    if (l->request.what == AWS_LOGS_STREAM && last.end == AWS_END_CUT) {
        last.end = AWS_END_WHOLE; /* of pages one at a time; `more` says the rest */
        err_clear(&last.err);
    }
    finish(l, &last);
}

/* ---- asking ---- */

static const char *const operations[] = {[AWS_LOGS_GROUPS] = "DescribeLogGroups",
                                         [AWS_LOGS_STREAMS] = "DescribeLogStreams",
                                         [AWS_LOGS_FILTER] = "FilterLogEvents",
                                         [AWS_LOGS_STREAM] = "GetLogEvents"};

static void put_text(struct json_writer *w, const char *key, const char *text)
{
    if (text && *text)
        json_put_cstr(w, key, text);
}

static void put_events(const struct aws_logs *l, struct json_writer *w)
{
    const struct aws_logs_request *q = &l->request;
    size_t room = q->max - l->events.count;

    json_put_cstr(w, "logGroupName", q->group);
    json_put_int(w, "startTime", q->since_ms);
    json_put_int(w, "endTime", q->until_ms);
    if (q->newest && q->what == AWS_LOGS_FILTER)
        room = AWS_LOGS_EVENTS_MAX;
    json_put_int(w, "limit", room < AWS_LOGS_EVENTS_MAX ? (int64_t)room : AWS_LOGS_EVENTS_MAX);
    if (q->what == AWS_LOGS_FILTER) {
        put_text(w, "filterPattern", q->pattern);
        put_text(w, "logStreamNamePrefix", q->stream);
        return;
    }
    json_put_cstr(w, "logStreamName", q->stream);
    json_put_bool(w, "startFromHead", !q->newest);
    put_text(w, "nextToken", l->token);
}

static void put_params(const struct aws_logs *l, struct buf *out)
{
    const struct aws_logs_request *q = &l->request;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    switch (q->what) {
    case AWS_LOGS_GROUPS:
        put_text(&w, "logGroupNamePrefix", q->group);
        json_put_int(&w, "limit", GROUPS_PAGE);
        break;
    case AWS_LOGS_STREAMS:
        json_put_cstr(&w, "logGroupName", q->group);
        put_text(&w, "logStreamNamePrefix", q->stream);
        if (!q->stream || !*q->stream) {
            json_put_cstr(&w, "orderBy", "LastEventTime");
            json_put_bool(&w, "descending", true);
        }
        json_put_int(&w, "limit", GROUPS_PAGE);
        break;
    case AWS_LOGS_FILTER:
    case AWS_LOGS_STREAM:
        put_events(l, &w);
        break;
    }
    json_object_end(&w);
}

static enum err_code ask(struct aws_logs *l, struct err *err)
{
    static const struct aws_callbacks plain = {.on_page = on_page, .on_done = on_done};
    static const struct aws_callbacks paged = {
        .on_page = on_page, .on_done = on_done, .on_answer = on_answer};
    bool stream = l->request.what == AWS_LOGS_STREAM;
    bool whole = l->request.what == AWS_LOGS_FILTER && l->request.newest;
    int64_t left = l->deadline_ms ? l->deadline_ms - loop_now_ms(l->estate->loop) : 0;
    struct buf params = BUF_INIT(65536);
    struct aws_get get = {.estate = l->estate,
                          .account = &l->account,
                          .region = l->answer.region,
                          .service = "logs",
                          .operation = operations[l->request.what],
                          .max_items = whole ? 0 : l->request.max,
                          .max_pages = stream ? 1 : 0,
                          .timeout_ms = left < 1 && l->deadline_ms ? 1 : left,
                          .tally = l->request.tally};

    put_params(l, &params);
    get.params = buf_str(&params);
    (void)aws_get_send(&get, stream ? &paged : &plain, l, &l->id, err);
    buf_release(&params);
    return err->code;
}

static enum err_code check(const struct aws_logs_request *q, struct err *err)
{
    bool events = q->what == AWS_LOGS_FILTER || q->what == AWS_LOGS_STREAM;

    if (q->what != AWS_LOGS_GROUPS && (!q->group || !*q->group))
        return err_set(err, ERR_INPUT, "name the log group");
    if (q->what == AWS_LOGS_STREAM && (!q->stream || !*q->stream))
        return err_set(err, ERR_INPUT, "name the log stream");
    if (events && q->until_ms <= q->since_ms)
        return err_set(err, ERR_INPUT, "the window must begin before it ends");
    if (q->max > AWS_LOGS_EVENTS_MAX)
        return err_set(err, ERR_INPUT, "at most %d events can be kept", AWS_LOGS_EVENTS_MAX);
    return ERR_OK;
}

static void copy_request(struct aws_logs *l, const struct aws_logs_request *r)
{
    struct aws_logs_request *q = &l->request;
    bool groups = r->what == AWS_LOGS_GROUPS || r->what == AWS_LOGS_STREAMS;

    *q = *r;
    q->group = arena_strdup(l->arena, r->group);
    q->stream = arena_strdup(l->arena, r->stream);
    q->pattern = arena_strdup(l->arena, r->pattern);
    q->max = r->max ? r->max : groups ? GROUPS_DEFAULT : AWS_LOGS_EVENTS;
    q->max_chars = r->max_chars ? r->max_chars : AWS_LOGS_CHARS;
    l->answer.request = q;
}

struct aws_logs *aws_logs_start(struct aws_estate *e, struct aws_account *account,
                                const struct aws_logs_request *r, aws_logs_fn *done, void *ctx,
                                struct err *err)
{
    struct aws_logs *l;
    const char *region;

    if (check(r, err) || aws_get_region(account, r->region, &region, err))
        return NULL;
    l = xcalloc(1, sizeof(*l));
    l->estate = e;
    l->account = *account;
    l->arena = arena_new(0);
    l->done = done;
    l->ctx = ctx;
    copy_request(l, r);
    l->answer.region = l->request.region = arena_strdup(l->arena, region);
    if (r->timeout_ms)
        l->deadline_ms = loop_now_ms(e->loop) + r->timeout_ms;
    if (ask(l, err) == ERR_OK)
        return l;
    aws_logs_free(l);
    return NULL;
}

void aws_logs_cancel(struct aws_logs *l)
{
    l->canceled = true;
    aws_cancel(l->account.client, l->id);
}

void aws_logs_progress(const struct aws_logs *l, size_t *ret_events, unsigned *ret_pages)
{
    *ret_events = l->answer.seen + l->groups.count;
    *ret_pages = l->pages;
}

void aws_logs_free(struct aws_logs *l)
{
    if (!l)
        return;
    aws_abandon(l->account.client, l->id);
    VEC_RELEASE(&l->events);
    VEC_RELEASE(&l->groups);
    free(l->token);
    free(l->next);
    arena_free(l->arena);
    free(l);
}
