/* primitive.c - what a primitive asks, and its answer from what came back. A source that is not
 * configured is not asked; one that is and does not answer is named as missing, and the facts of
 * the others stand. */
#include "plan_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/tool/toolenv.h"

#define FACTS_MAX 64
#define QUERY_MAX ((size_t)16 << 10)

/* ---- what is asked ---- */

static const char *args_of(struct arena *a, const struct value *args, const char *const *names,
                           const char *more_key, const char *more)
{
    struct buf out = BUF_INIT(QUERY_MAX);
    struct json_writer w;
    const char *text;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    for (size_t i = 0; names[i]; i += 2) { /* pairs: of the tool, of the primitive */
        const struct value *v = value_get(args, names[i + 1]);

        if (!v || (v->type == VALUE_STRING && !v->u.string.len)) /* "": not given */
            continue;
        json_key(&w, names[i]);
        json_value(&w, v);
    }
    if (more_key)
        json_put_cstr(&w, more_key, more);
    json_object_end(&w);
    text = arena_strdup(a, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static const struct {
    unsigned doc;
    const char *tool;
    const char *const *names;
    const char *more_key, *more; /* one parameter that is always the same; NULL: none */
} doc_tools[] = {
#define PAIRS(...)                                                                                 \
    (const char *const[])                                                                          \
    {                                                                                              \
        __VA_ARGS__, NULL                                                                          \
    }
    {DOC_SNAPSHOT, "host_snapshot", PAIRS("host", "host"), NULL, NULL},
    {DOC_LOGS, "host_log", PAIRS("host", "host", "since", "window"), NULL, NULL},
    {DOC_SERVICES, "host_services", PAIRS("host", "host"), NULL, NULL},
    {DOC_CHANGES, "host_changes", PAIRS("host", "host"), NULL, NULL},
    {DOC_ALERTS, "prometheus_alerts", PAIRS("", ""), NULL, NULL},
    {DOC_ALERTS, "alertmanager_alerts", PAIRS("", ""), NULL, NULL},
    {DOC_TARGETS, "prometheus_targets", PAIRS("", ""), NULL, NULL},
    {DOC_AWS_COST, "aws_cost", PAIRS("account", "account", "region", "region"), "what", "all"},
    {DOC_AWS_CHANGES, "aws_changes", PAIRS("account", "account", "region", "region"), NULL, NULL},
    {DOC_AWS_FINDINGS, "aws_findings", PAIRS("account", "account", "region", "region"), "service",
     "ec2"},
    {DOC_AWS_FINDINGS, "aws_findings", PAIRS("account", "account", "region", "region"), "service",
     "iam"},
};

static bool can_ask(const struct tool_env *env, const char *tool)
{
    const struct tool_def *def = tool_find(tool);

    return def && (!def->available || def->available(env));
}

size_t primitive_queries(const struct primitive *p, const struct tool_env *env,
                         const struct value *args, struct arena *a,
                         struct primitive_query ret[PRIMITIVE_QUERIES_MAX])
{
    size_t n = 0;

    for (size_t i = 0; i < sizeof(doc_tools) / sizeof(doc_tools[0]); i++) {
        if (!(p->docs & doc_tools[i].doc) || !can_ask(env, doc_tools[i].tool))
            continue;
        ret[n++] = (struct primitive_query){
            .tool = doc_tools[i].tool,
            .doc = doc_tools[i].doc,
            .args = args_of(a, args, doc_tools[i].names, doc_tools[i].more_key, doc_tools[i].more)};
    }
    if (p->tool && can_ask(env, p->tool))
        ret[n++] = (struct primitive_query){
            .tool = p->tool,
            .args = args_of(a, args, PAIRS("host", "host", "path", "path"), NULL, NULL)};
    for (const struct primitive_expr *x = p->exprs; x->name && can_ask(env, "prometheus_expr"); x++)
        ret[n++] = (struct primitive_query){
            .tool = "prometheus_expr",
            .expr = x,
            .args = args_of(a, args, PAIRS("label", "label", "value", "value", "window", "window"),
                            "name", x->name)};
    return n;
#undef PAIRS
}

/* ---- what came back ---- */

void facts_add(struct facts *f, struct fact x)
{
    if (f->count == FACTS_MAX)
        return;
    if (!f->items)
        f->items = arena_array(f->arena, FACTS_MAX, sizeof(*f->items));
    f->items[f->count++] = x;
}

void facts_gap(struct facts *f, const char *why)
{
    for (size_t i = 0; i < f->gap_count; i++)
        if (strcmp(f->gaps[i].why, why) == 0)
            return;
    if (f->gap_count < FACT_GAPS_MAX)
        f->gaps[f->gap_count++] = (struct fact_gap){f->reading, why};
    else
        f->gaps[FACT_GAPS_MAX - 1].why = "and more that was not read";
}

static const struct value *document(const struct primitive_query *q, size_t count, unsigned doc,
                                    struct arena *a)
{
    const struct value *v;
    struct err err;

    for (size_t i = 0; i < count; i++) {
        if (q[i].doc == doc && q[i].status == TOOL_OK &&
            !json_parse(a, buf_str(&q[i].answer), &v, &err))
            return v;
    }
    return NULL;
}

/* One answer that is read by itself. */
static enum err_code read_one(struct facts *f, const struct primitive_query *q, struct err *err)
{
    const struct value *v;
    enum err_code rc = ERR_OK;

    if (q->expr)
        return facts_of_series(f, q->expr, buf_str(&q->answer), err);
    if (q->doc == DOC_TARGETS)
        return facts_of_targets(f, buf_str(&q->answer), err);
    if (q->doc == DOC_ALERTS)
        return facts_of_alerts(f, strcmp(q->tool, "alertmanager_alerts") == 0, buf_str(&q->answer),
                               err);
    if (q->doc && (q->doc & (DOC_SNAPSHOT | DOC_LOGS | DOC_SERVICES)))
        return ERR_OK; /* together with the snapshot */
    rc = json_parse(f->arena, buf_str(&q->answer), &v, err);
    if (rc)
        return rc;
    if (q->doc == DOC_CHANGES)
        facts_of_changes(f, v);
    else if (q->doc == DOC_AWS_COST)
        facts_of_cost(f, v);
    else if (q->doc == DOC_AWS_CHANGES)
        facts_of_provider_changes(f, v);
    else if (q->doc == DOC_AWS_FINDINGS)
        facts_of_findings(f, v);
    else
        facts_of_files(f, v);
    return ERR_OK;
}

static void put_fact(struct json_writer *w, const struct fact *x)
{
    static const char *const states[] = {"normal", "notable", "abnormal"};

    json_object_begin(w);
    json_put_cstr(w, "fact", x->name);
    json_put_cstr(w, "subject", x->subject);
    json_put_cstr(w, "state", states[x->state]);
    json_put_num(w, "value", x->value);
    json_put_cstr(w, "unit", x->unit);
    json_put_num(w, "limit", x->limit);
    json_put_num(w, "before", x->before);
    json_put_num(w, "severity", round(x->severity * 1000) / 1000);
    json_put_cstr(w, "text", x->text);
    json_put_cstr(w, "claim", x->claim);
    json_put_cstr(w, "cause", x->cause);
    json_put_cstr(w, "culprit", x->culprit);
    json_put_cstr(w, "remedy", x->remedy);
    json_put_cstr(w, "source", x->source);
    json_object_end(w);
}

static void put_missing(struct json_writer *w, const struct primitive_query *q, const char *why)
{
    json_object_begin(w);
    json_put_cstr(w, "tool", q->tool);
    json_put_cstr(w, "args", q->args);
    json_put_cstr(w, "why", why);
    json_object_end(w);
}

static const struct fact *worst(const struct facts *f)
{
    const struct fact *best = NULL;

    for (size_t i = 0; i < f->count; i++) {
        const struct fact *x = &f->items[i];

        if (x->culprit && (!best || x->state > best->state ||
                           (x->state == best->state && x->severity > best->severity)))
            best = x;
    }
    return best;
}

static void put_queries(struct json_writer *w, const struct primitive_query *q, size_t count)
{
    json_key(w, "queries");
    json_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "tool", q[i].tool);
        json_key(w, "args");
        json_raw(w, str_from(q[i].args));
        json_put_cstr(w, "status", tool_status_name(q[i].status));
        json_put_cstr(w, "summary", q[i].summary);
        json_object_end(w);
    }
    json_array_end(w);
}

/* An empty list of AWS tells, too: which part of it was not read. */
static bool tells(const struct primitive_query *q)
{
    unsigned aws = DOC_AWS_COST | DOC_AWS_CHANGES | DOC_AWS_FINDINGS;

    return q->status == TOOL_OK || (q->status == TOOL_EMPTY && q->doc & aws && q->answer.len);
}

static bool is_missing(const struct primitive_query *q)
{
    return q->status != TOOL_OK && q->status != TOOL_EMPTY;
}

void primitive_result(const struct primitive *p, const struct value *args,
                      const struct primitive_query *q, size_t count, struct arena *a,
                      struct json_writer *w, struct fact_count *ret_count, char *ret_summary,
                      size_t summary_size)
{
    struct facts f = {.arena = a, .primitive = p, .host = value_cstr_or(args, "host", "local")};
    const struct value *snapshot = document(q, count, DOC_SNAPSHOT, a);
    struct fact_count n = {0};
    const struct fact *top;
    struct err *errs = arena_array(a, count + 1, sizeof(*errs));

    if (snapshot)
        facts_of_host(&f, snapshot, document(q, count, DOC_LOGS, a),
                      document(q, count, DOC_SERVICES, a));
    for (size_t i = 0; i < count; i++) {
        f.reading = &q[i];
        if (tells(&q[i]))
            read_one(&f, &q[i], &errs[i]);
        n.missing += is_missing(&q[i]) || errs[i].code;
    }
    n.missing += f.gap_count;
    json_object_begin(w);
    json_put_cstr(w, "primitive", p->name);
    json_put_cstr(w, "host", f.host);
    json_key(w, "facts");
    json_array_begin(w);
    for (size_t i = 0; i < f.count; i++) {
        put_fact(w, &f.items[i]);
        n.abnormal += f.items[i].state == FACT_ABNORMAL;
        n.notable += f.items[i].state == FACT_NOTABLE;
    }
    json_array_end(w);
    n.facts = f.count;
    json_put_int(w, "abnormal", (int64_t)n.abnormal);
    json_put_int(w, "notable", (int64_t)n.notable);
    top = worst(&f);
    facts_put_culprit(top ? top->culprit : NULL, a, w);
    json_key(w, "missing");
    json_array_begin(w);
    for (size_t i = 0; i < count; i++) {
        if (is_missing(&q[i]) || errs[i].code)
            put_missing(w, &q[i], errs[i].code ? errs[i].msg : q[i].err.msg);
    }
    for (size_t i = 0; i < f.gap_count; i++)
        put_missing(w, f.gaps[i].query, f.gaps[i].why);
    json_array_end(w);
    put_queries(w, q, count);
    json_object_end(w);
    snprintf(ret_summary, summary_size, "%zu facts, %zu abnormal, %zu notable%s%.120s", n.facts,
             n.abnormal, n.notable, top && top->state ? ": " : "",
             top && top->state ? top->text : "");
    *ret_count = n;
}
