/* xray.c - see xray.h. A service may come on several pages: it is known by its number. */
#include "runbook/service/aws/xray.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/get.h"

#define SUMMARIES_DEFAULT 100
#define SUMMARIES_MAX 10000
#define SERVICES_MAX 5000
#define EDGES_MAX 20000
#define NAME_BYTES 300
#define CALLS_MAX ((AWS_XRAY_TRACES_MAX + AWS_XRAY_BATCH - 1) / AWS_XRAY_BATCH)

/* An edge as it came: its end may be on a later page. */
struct seen_edge {
    int64_t from, to;
    struct aws_xray_counts counts;
};

struct aws_xray {
    struct aws_client *client;
    struct arena *arena;
    struct aws_xray_request request;
    aws_id ids[CALLS_MAX];
    size_t calls, left;
    VEC(struct aws_xray_service) services;
    VEC(struct seen_edge) seen;
    VEC(struct aws_xray_summary) summaries;
    VEC(struct aws_xray_trace) traces;
    struct aws_xray_answer answer;
    aws_xray_fn *done;
    void *ctx;
};

/* ---- the graph ---- */

static struct aws_xray_counts counts_of(const struct value *v)
{
    const struct value *errors = value_get(v, "ErrorStatistics");

    return (struct aws_xray_counts){
        .total = value_i64_or(v, "TotalCount", 0),
        .ok = value_i64_or(v, "OkCount", 0),
        .errors = value_i64_or(errors, "TotalCount", 0),
        .throttles = value_i64_or(errors, "ThrottleCount", 0),
        .faults = value_i64_or(value_get(v, "FaultStatistics"), "TotalCount", 0),
        .seconds = value_num_or(v, "TotalResponseTime", 0),
    };
}

static struct aws_xray_service *service_of(struct aws_xray *x, int64_t id)
{
    VEC_EACH (s, &x->services)
        if (s->id == id)
            return s;
    return NULL;
}

static void take_service(struct aws_xray *x, const struct value *v)
{
    int64_t id = value_i64_or(v, "ReferenceId", -1);
    struct aws_xray_service *s = service_of(x, id);

    VALUE_EACH (it, value_get(v, "Edges"))
        if (x->seen.count < EDGES_MAX)
            *VEC_PUSH(&x->seen) = (struct seen_edge){id, value_i64_or(it, "ReferenceId", -1),
                                                     counts_of(value_get(it, "SummaryStatistics"))};
    if (s)
        return;
    if (x->services.count == SERVICES_MAX) {
        x->answer.more = true;
        return;
    }
    s = VEC_PUSH(&x->services);
    s->id = id;
    s->name = aws_clean(x->arena, v, "Name", NAME_BYTES);
    s->type = aws_clean(x->arena, v, "Type", NAME_BYTES);
    s->state = aws_clean(x->arena, v, "State", NAME_BYTES);
    s->counts = counts_of(value_get(v, "SummaryStatistics"));
    s->root = value_bool_or(v, "Root", false);
    s->client = strcmp(s->type, "client") == 0;
}

/* Edges between services that came; others lead out of what may be seen. */
static void join_edges(struct aws_xray *x)
{
    struct aws_xray_edge *edges = arena_array(x->arena, x->seen.count, sizeof(*edges));
    size_t n = 0;

    VEC_EACH (e, &x->seen) {
        const struct aws_xray_service *from = service_of(x, e->from), *to = service_of(x, e->to);

        if (from && to)
            edges[n++] = (struct aws_xray_edge){(size_t)(from - x->services.items),
                                                (size_t)(to - x->services.items), e->counts};
    }
    x->answer.edges = edges;
    x->answer.edge_count = n;
}

/* ---- summaries ---- */

/* "1-58406520-a006649127e371903a2de979": the second part is the time. Source: X-Ray Developer
 * Guide, "Trace ID format". */
static int64_t time_of(const char *id)
{
    struct str rest = str_from(id), piece;
    uint64_t seconds;

    if (!str_split(&rest, '-', &piece) || !str_split(&rest, '-', &piece) ||
        !num_u64_base(piece, 16, &seconds) || seconds > UINT32_MAX)
        return 0;
    return (int64_t)seconds * 1000;
}

static void take_summary(struct aws_xray *x, const struct value *v)
{
    const struct value *http = value_get(v, "Http");
    struct aws_xray_summary *s;

    if (x->summaries.count == x->request.max) {
        x->answer.more = true;
        return;
    }
    s = VEC_PUSH(&x->summaries);
    s->id = aws_clean(x->arena, v, "Id", NAME_BYTES);
    s->url = aws_clean(x->arena, http, "HttpURL", 600);
    s->method = aws_clean(x->arena, http, "HttpMethod", 20);
    s->status = (int)value_i64_or(http, "HttpStatus", 0);
    s->t_ms = aws_moment_ms(value_get(v, "StartTime"));
    if (!s->t_ms)
        s->t_ms = time_of(s->id);
    s->duration_s = value_num_or(v, "Duration", 0);
    s->response_s = value_num_or(v, "ResponseTime", 0);
    s->fault = value_bool_or(v, "HasFault", false);
    s->error = value_bool_or(v, "HasError", false);
    s->throttle = value_bool_or(v, "HasThrottle", false);
    s->partial = value_bool_or(v, "IsPartial", false);
    s->entry = aws_clean(x->arena, value_get(v, "EntryPoint"), "Name", NAME_BYTES);
}

static int newest_first(const void *a, const void *b)
{
    const struct aws_xray_summary *x = a, *y = b;

    if (x->t_ms != y->t_ms)
        return x->t_ms < y->t_ms ? 1 : -1;
    return strcmp(x->id, y->id);
}

/* ---- whole traces ---- */

static void take_trace(struct aws_xray *x, const struct value *v)
{
    struct aws_xray_trace t = {.id = aws_clean(x->arena, v, "Id", NAME_BYTES),
                               .duration_s = value_num_or(v, "Duration", 0),
                               .cut = value_bool_or(v, "LimitExceeded", false)};

    if (x->traces.count == AWS_XRAY_TRACES_MAX)
        return;
    aws_xray_spans(x->arena, value_get(v, "Segments"), &t);
    *VEC_PUSH(&x->traces) = t;
}

/* ---- pages and ends ---- */

static void on_page(void *ctx, const struct value *items)
{
    struct aws_xray *x = ctx;

    VALUE_EACH (it, items)
        switch (x->request.what) {
        case AWS_XRAY_GRAPH:
            take_service(x, it);
            break;
        case AWS_XRAY_SUMMARIES:
            take_summary(x, it);
            break;
        case AWS_XRAY_TRACES:
            take_trace(x, it);
            break;
        }
}

static void finish(struct aws_xray *x)
{
    struct aws_xray_answer *a = &x->answer;

    if (x->summaries.count > 1)
        qsort(x->summaries.items, x->summaries.count, sizeof(*x->summaries.items), newest_first);
    join_edges(x);
    a->services = x->services.items;
    a->service_count = x->services.count;
    a->summaries = x->summaries.items;
    a->summary_count = x->summaries.count;
    a->traces = x->traces.items;
    a->trace_count = x->traces.count;
    if (x->request.what == AWS_XRAY_TRACES && x->request.id_count > a->trace_count)
        a->missing = x->request.id_count - a->trace_count;
    x->done(x->ctx, a);
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct aws_xray *x = ctx;
    struct aws_xray_answer *a = &x->answer;

    a->requests += r->requests;
    a->more = a->more || r->end == AWS_END_CUT;
    if (r->end != AWS_END_WHOLE && r->end != AWS_END_CUT && !a->err.code) {
        a->end = r->end;
        a->err = r->err;
    }
    if (--x->left == 0)
        finish(x);
}

/* ---- asking ---- */

static void put_window(struct json_writer *w, const struct aws_xray_request *q)
{
    json_put_num(w, "StartTime", (double)q->since_ms / 1000);
    json_put_num(w, "EndTime", (double)q->until_ms / 1000);
}

static void put_params(const struct aws_xray *x, size_t call, struct buf *out)
{
    const struct aws_xray_request *q = &x->request;
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    switch (q->what) {
    case AWS_XRAY_GRAPH:
        put_window(&w, q);
        if (q->group && *q->group)
            json_put_cstr(&w, "GroupName", q->group);
        break;
    case AWS_XRAY_SUMMARIES:
        put_window(&w, q);
        if (q->filter && *q->filter)
            json_put_cstr(&w, "FilterExpression", q->filter);
        break;
    case AWS_XRAY_TRACES:
        json_key(&w, "TraceIds");
        json_array_begin(&w);
        for (size_t i = call * AWS_XRAY_BATCH;
             i < q->id_count && i < (call + 1) * (size_t)AWS_XRAY_BATCH; i++)
            json_cstring(&w, q->ids[i]);
        json_array_end(&w);
        break;
    }
    json_object_end(&w);
}

static enum err_code send_call(struct aws_xray *x, struct aws_estate *e,
                               struct aws_account *account, struct err *err)
{
    static const char *const operations[] = {"GetServiceGraph", "GetTraceSummaries",
                                             "BatchGetTraces"};
    static const struct aws_callbacks callbacks = {.on_page = on_page, .on_done = on_done};
    struct buf params = BUF_INIT(1 << 16);
    struct aws_get get = {.estate = e,
                          .account = account,
                          .region = x->answer.region,
                          .service = "xray",
                          .operation = operations[x->request.what],
                          .max_items = x->request.what == AWS_XRAY_SUMMARIES ? x->request.max : 0,
                          .timeout_ms = x->request.timeout_ms,
                          .tally = x->request.tally};

    put_params(x, x->calls, &params);
    get.params = buf_str(&params);
    if (!aws_get_send(&get, &callbacks, x, &x->ids[x->calls], err)) {
        x->calls++;
        x->left++;
    }
    buf_release(&params);
    return err->code;
}

static enum err_code check(const struct aws_xray_request *q, struct err *err)
{
    if (q->what == AWS_XRAY_TRACES)
        return q->id_count && q->id_count <= AWS_XRAY_TRACES_MAX
                   ? ERR_OK
                   : err_set(err, ERR_INPUT, "name from 1 to %d traces", AWS_XRAY_TRACES_MAX);
    if (q->until_ms <= q->since_ms)
        return err_set(err, ERR_INPUT, "the window must begin before it ends");
    if (q->until_ms - q->since_ms > AWS_XRAY_WINDOW_MS)
        return err_set(err, ERR_INPUT, "X-Ray answers for at most 6 hours at once");
    if (q->max > SUMMARIES_MAX)
        return err_set(err, ERR_INPUT, "at most %d traces can be listed", SUMMARIES_MAX);
    return ERR_OK;
}

static void copy_request(struct aws_xray *x, const struct aws_xray_request *r)
{
    const char **ids = arena_array(x->arena, r->id_count, sizeof(*ids));

    for (size_t i = 0; i < r->id_count; i++)
        ids[i] = arena_strdup(x->arena, r->ids[i]);
    x->request = *r;
    x->request.ids = ids;
    x->request.filter = arena_strdup(x->arena, r->filter);
    x->request.group = arena_strdup(x->arena, r->group);
    x->request.max = r->max ? r->max : SUMMARIES_DEFAULT;
    x->answer.request = &x->request;
}

struct aws_xray *aws_xray_start(struct aws_estate *e, struct aws_account *account,
                                const struct aws_xray_request *r, aws_xray_fn *done, void *ctx,
                                struct err *err)
{
    struct aws_xray *x;
    const char *region;
    size_t calls = 1;

    if (check(r, err) || aws_get_region(account, r->region, &region, err))
        return NULL;
    x = xcalloc(1, sizeof(*x));
    x->client = account->client;
    x->arena = arena_new(0);
    x->done = done;
    x->ctx = ctx;
    copy_request(x, r);
    x->answer.region = x->request.region = arena_strdup(x->arena, region);
    if (r->what == AWS_XRAY_TRACES)
        calls = (r->id_count + AWS_XRAY_BATCH - 1) / AWS_XRAY_BATCH;
    while (x->calls < calls)
        if (send_call(x, e, account, err)) {
            aws_xray_free(x);
            return NULL;
        }
    return x;
}

void aws_xray_free(struct aws_xray *x)
{
    if (!x)
        return;
    for (size_t i = 0; i < x->calls; i++)
        aws_abandon(x->client, x->ids[i]);
    VEC_RELEASE(&x->services);
    VEC_RELEASE(&x->seen);
    VEC_RELEASE(&x->summaries);
    VEC_RELEASE(&x->traces);
    arena_free(x->arena);
    free(x);
}
