/* reply_look.c - answers by one look at a source: a host, a server of metrics, AWS. They come back
 * through reply_over(). */
#include "reply_priv.h"
#include "host_resources.h"
#include "reply_state.h"

#include <math.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/service/prom_answer.h"
#include "runbook/service/promql.h"
#include "runbook/tool/toolenv.h"

#define DEFAULT_WINDOW_MS INT64_C(3600000)

static void look_failed(struct reply *a, const struct query *q, const struct tool_result *r)
{
    buf_addf(&a->out, "%s: %s [%s]", q->title,
             r->status == TOOL_EMPTY ? "there is nothing of the kind" : r->err.msg, q->call);
}

static bool start_look(struct reply *a, const char *tool, struct str args, const char *title,
                       inv_query_fn *fn)
{
    struct inv_query q = {.tool = tool, .args_json = args, .hypothesis = "", .title = title};
    struct err err;

    if (!inv_query_try(a->inv, &q, fn, a, &err))
        return true;
    buf_addf(&a->out, "%s", err.msg);
    return false;
}

static const char *host_args(struct reply *a, bool since)
{
    struct buf args = BUF_INIT(4096);
    struct json_writer w;
    const char *text;

    json_writer_init(&w, &args);
    json_object_begin(&w);
    json_put_cstr(&w, "host", a->host);
    if (since)
        json_put_cstr(
            &w, "since",
            arena_printf(
                a->inv->arena, "%llds",
                (long long)((a->p.window_ms ? a->p.window_ms : DEFAULT_WINDOW_MS) / 1000)));
    json_object_end(&w);
    text = arena_str(a->inv->arena, buf_str(&args));
    buf_release(&args);
    return text;
}

static void on_state(void *ctx, struct investigation *inv, uint64_t query,
                     const struct tool_result *r)
{
    struct reply *a = ctx;
    const struct query *q = inv_find_query(inv, query);
    struct host_view v = {.arena = inv->arena, .host = a->host};
    struct err err;

    if (r->status == TOOL_OK && !json_parse(inv->arena, buf_str(&r->body), &v.snapshot, &err)) {
        host_publish_resources(inv, &v);
        if (!reply_state(a->host, model_last_question(inv_model(inv)), v.snapshot, q->call,
                         &a->out)) {
            buf_addf(&a->out, "%s: %s [%s]\n", a->host, r->summary, q->call);
            reply_put_resources(a, HEALTH_UNKNOWN);
        }
    } else {
        look_failed(a, q, r);
    }
    reply_over(a);
}

static void put_log_lines(struct reply *a, const struct value *mined)
{
    size_t n = 0;

    VALUE_EACH (f, mined) {
        if (n++ < 12)
            buf_addf(&a->out, "- %lld times %s: %.300s\n", (long long)value_i64_or(f, "count", 0),
                     value_cstr_or(f, "level", ""), value_cstr_or(f, "text", ""));
    }
}

static void on_text(void *ctx, struct investigation *inv, uint64_t query,
                    const struct tool_result *r)
{
    struct reply *a = ctx;
    const struct query *q = inv_find_query(inv, query);
    const struct value *v = NULL;
    struct err err;

    if (r->status != TOOL_OK) {
        look_failed(a, q, r);
    } else {
        buf_addf(&a->out, "%s: %s [%s]\n", q->title, r->summary, q->call);
        if (!json_parse(inv->arena, buf_str(&r->body), &v, &err))
            put_log_lines(a, value_get(v, "mined"));
    }
    reply_over(a);
}

static void on_vector(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *r)
{
    struct reply *a = ctx;
    const struct query *q = inv_find_query(inv, query);
    struct prom_answer v;
    struct err err;

    if (r->status != TOOL_OK || prom_decode(buf_str(&r->body), NULL, inv->arena, &v, &err)) {
        look_failed(a, q, r);
        reply_over(a);
        return;
    }
    buf_addf(&a->out, "%s: %zu series [%s]\n", q->title, v.series_count, q->call);
    for (size_t i = 0; i < v.series_count && i < LINES_MAX; i++) {
        char number[32];

        num_format_f64(v.series[i].count ? v.series[i].points[0].value : NAN, number);
        buf_adds(&a->out, "- ");
        prom_labels_format(&a->out, v.series[i].labels);
        buf_addf(&a->out, " = %s\n", number);
    }
    if (v.series_count > LINES_MAX)
        buf_addf(&a->out, "- and %zu more\n", v.series_count - LINES_MAX);
    reply_over(a);
}

/* By whatever label the service is known. */
static bool look_at_metrics(struct reply *a)
{
    static const char *const labels[] = {"service", "job", "app", "container", "name"};
    struct buf expr = BUF_INIT(8192), args = BUF_INIT(16384);
    char when[TIME_TEXT_MAX];
    struct json_writer w;
    bool begun;

    for (size_t i = 0; i < sizeof(labels) / sizeof(labels[0]); i++) {
        buf_addf(&expr, "%s{%s=", i ? " or " : "", labels[i]);
        promql_quote(&expr, str_from(a->p.target));
        buf_addc(&expr, '}');
    }
    time_format_rfc3339(inv_now_ms(a->inv), when);
    json_writer_init(&w, &args);
    json_object_begin(&w);
    json_put_str(&w, "query", buf_str(&expr));
    json_put_cstr(&w, "time", when);
    json_object_end(&w);
    begun = start_look(a, "prometheus_query", buf_str(&args),
                       arena_printf(a->inv->arena, "metrics of %s", a->p.target), on_vector);
    buf_release(&expr);
    buf_release(&args);
    return begun;
}

static bool is_service(const struct model *m, const char *name)
{
    return *name && !reply_named_host(m, name) &&
           ((m->topology && topology_find(m->topology, name) != SIZE_MAX) ||
            (m->has_incident && strcmp(m->incident.service, name) == 0));
}

/* What is known of it, and, where there is a server to ask, its numbers now. */
static bool look_at_service(struct reply *a)
{
    const struct tool_env *env = a->inv->engine->opts.tools;

    reply_put_resources(a, HEALTH_UNKNOWN);
    VEC_EACH (h, &inv_model(a->inv)->hypotheses) {
        if (strcmp(h->service, a->p.target) == 0)
            reply_put_hypothesis(a, h);
    }
    return env && env->prometheus && look_at_metrics(a);
}

static void on_aws(void *ctx, struct investigation *inv, uint64_t query,
                   const struct tool_result *r)
{
    struct reply *a = ctx;
    const struct query *q = inv_find_query(inv, query);
    const struct value *v = NULL;
    struct err ignored = ERR_INIT;

    if (r->body.len && json_parse(inv->arena, buf_str(&r->body), &v, &ignored))
        v = NULL;
    reply_aws_say(&a->aws, r, v, q->call, &a->out);
    reply_over(a);
}

static bool look_at_aws(struct reply *a)
{
    if (a->aws.is == AWS_PHRASE_ACT) {
        reply_aws_act(&a->aws, &a->out);
        return false;
    }
    return start_look(a, a->aws.tool, str_from(a->aws.args), a->aws.title, on_aws);
}

static void on_scanned(void *ctx)
{
    struct reply *a = ctx;

    reply_say_health(a);
    reply_over(a);
}

/* Returns whether an answer is on its way. */
bool reply_look(struct reply *a)
{
    struct arena *arena = a->inv->arena;
    const struct model *m = inv_model(a->inv);

    if (a->p.act == PHRASE_AWS)
        return look_at_aws(a);
    if (a->p.act == PHRASE_METRICS)
        return look_at_metrics(a);
    if (a->p.act == PHRASE_SCAN) {
        a->inv->on_refreshed = on_scanned;
        a->inv->refreshed_ctx = a;
        refresh_ask(a->inv);
        return true;
    }
    if (a->p.act == PHRASE_STATE && is_service(m, a->p.target))
        return look_at_service(a);
    a->host =
        reply_named_host(m, a->p.target) ? reply_named_host(m, a->p.target) : reply_only_host(m);
    if (!a->host) {
        buf_addf(&a->out, "%s is no host of this session: name one that --host gave.",
                 *a->p.target ? a->p.target : "That");
        return false;
    }
    if (a->p.act == PHRASE_STATE)
        return start_look(a, "host_snapshot", str_from(host_args(a, false)),
                          arena_printf(arena, "state of %s", a->host), on_state);
    if (a->p.act == PHRASE_LOGS)
        return start_look(a, "host_log", str_from(host_args(a, true)),
                          arena_printf(arena, "logs of %s", a->host), on_text);
    return start_look(a, "host_changes", str_from(host_args(a, true)),
                      arena_printf(arena, "changes on %s", a->host), on_text);
}
