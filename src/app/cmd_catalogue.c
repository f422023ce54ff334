/* cmd_catalogue.c - `runbook catalogue`: what the investigator knows without being told. Which
 * failure patterns of a machine and of AWS there are and at which limits they turn, which explains
 * which, and which questions a sentence leads to. All from the tables that the investigator itself
 * runs on. */
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/codec/json.h"
#include "runbook/engine/causal.h"
#include "src/app/cmd_catalogue_aws.h"
#include "src/app/commands.h"
#include "src/engine/host/causes.h"
#include "src/engine/host/patterns.h"

#define OUT_MAX ((size_t)4 << 20)
#define SENTENCE_MAX 4096

/* "the processors of %s are saturated" is said of a machine that is not known yet. */
static void put_claim(const char *claim, struct buf *out)
{
    const char *host = strstr(claim, "%s");

    if (!host) {
        buf_adds(out, claim);
        return;
    }
    buf_addf(out, "%.*s%s%s", (int)(host - claim), claim, "the machine", host + 2);
}

void catalogue_put_limit(const char *name, double value, const char *unit, const char *why,
                         struct buf *out)
{
    char number[32], text[64];

    num_format_f64(value, number);
    (void)snprintf(text, sizeof(text), "%s %s", number, unit);
    buf_addf(out, "  %-16s %16s  %s\n", name, text, why);
}

void catalogue_json_limit(struct json_writer *w, const char *name, double value, const char *unit,
                          const char *why)
{
    json_object_begin(w);
    json_put_cstr(w, "name", name);
    json_put_num(w, "value", value);
    json_put_cstr(w, "unit", unit);
    json_put_cstr(w, "why", why);
    json_object_end(w);
}

/* ---- patterns ---- */

static const struct host_pattern *find_pattern(const char *id)
{
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (strcmp((*p)->id, id) == 0)
            return *p;
    }
    return NULL;
}

/* Is this the first pattern of its kind? */
static bool begins_a_kind(const struct host_pattern *const *at)
{
    for (const struct host_pattern *const *p = host_pattern_table(); p < at; p++) {
        if (strcmp((*p)->kind, (*at)->kind) == 0)
            return false;
    }
    return true;
}

static void text_kind(const char *kind, struct buf *out)
{
    buf_addf(out, "%s%s\n", out->len ? "\n" : "", kind);
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (strcmp((*p)->kind, kind) != 0)
            continue;
        buf_addf(out, "  %-18s ", (*p)->id);
        put_claim((*p)->claim, out);
        buf_addc(out, '\n');
    }
}

static void text_list(struct buf *out)
{
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (begins_a_kind(p))
            text_kind((*p)->kind, out);
    }
}

static void text_limits(const struct host_limit *list, struct buf *out)
{
    for (const struct host_limit *l = list; l && l->name; l++)
        catalogue_put_limit(l->name, l->value, l->unit, l->why, out);
}

static void text_causes(const char *id, struct buf *out)
{
    for (const struct host_cause *c = host_cause_table(); c->cause; c++) {
        if (strcmp(c->cause, id) == 0)
            buf_addf(out, "  explains %s: %s\n", c->effect, c->because);
        if (strcmp(c->effect, id) == 0)
            buf_addf(out, "  explained by %s: %s\n", c->cause, c->because);
    }
}

static void text_queries(const char *id, struct buf *out)
{
    for (const struct causal_query *q = causal_query_table(); q->name; q++) {
        for (const char *const *p = q->patterns; p && *p; p++) {
            if (strcmp(*p, id) == 0)
                buf_addf(out, "  %-18s %s (%s)\n", q->name, q->asks, q->tool);
        }
    }
}

static void text_pattern(const struct host_pattern *p, struct buf *out)
{
    buf_addf(out, "%s (%s, %s)\n  ", p->id, p->kind, category_name(p->category));
    put_claim(p->claim, out);
    buf_addf(out, "\n  why it matters: %s\n  what refutes it: %s\n", p->rationale, p->refutes);
    buf_addf(out, "\nlimits\n%s", p->limits ? "" : "  none: it is so, or it is not\n");
    text_limits(p->limits, out);
    buf_adds(out, "\nasked by\n");
    text_queries(p->id, out);
    buf_adds(out, "\ncauses\n");
    text_causes(p->id, out);
    if (p->proposals)
        buf_adds(out, "\nwhat a person could do\n");
    for (const struct host_proposal *a = p->proposals; a && a->action; a++)
        buf_addf(out, "  %s (risk %s)\n", a->action, approval_risk_name(a->risk));
}

static void json_limits(struct json_writer *w, const struct host_limit *list)
{
    json_array_begin(w);
    for (const struct host_limit *l = list; l && l->name; l++)
        catalogue_json_limit(w, l->name, l->value, l->unit, l->why);
    json_array_end(w);
}

static void json_causes(struct json_writer *w, const char *key, const char *id, bool causes)
{
    json_key(w, key);
    json_array_begin(w);
    for (const struct host_cause *c = host_cause_table(); c->cause; c++) {
        if (strcmp(causes ? c->effect : c->cause, id) == 0)
            json_cstring(w, causes ? c->cause : c->effect);
    }
    json_array_end(w);
}

static void json_pattern(struct json_writer *w, const struct host_pattern *p)
{
    struct buf claim = BUF_INIT(1000);

    put_claim(p->claim, &claim);
    json_object_begin(w);
    json_put_cstr(w, "id", p->id);
    json_put_cstr(w, "kind", p->kind);
    json_put_cstr(w, "category", category_name(p->category));
    json_put_cstr(w, "claim", buf_cstr(&claim));
    json_put_cstr(w, "rationale", p->rationale);
    json_put_cstr(w, "refutes", p->refutes);
    json_put_bool(w, "second_look", p->read != NULL);
    json_key(w, "limits");
    json_limits(w, p->limits);
    json_causes(w, "explains", p->id, false);
    json_causes(w, "explained_by", p->id, true);
    json_key(w, "proposals");
    json_array_begin(w);
    for (const struct host_proposal *a = p->proposals; a && a->action; a++)
        json_cstring(w, a->action);
    json_array_end(w);
    json_object_end(w);
    buf_release(&claim);
}

static void json_patterns(const struct host_pattern *only, const char *id, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.catalogue.patterns/1");
    json_key(&w, "patterns");
    json_array_begin(&w);
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (!id || only == *p)
            json_pattern(&w, *p);
    }
    if (!only)
        catalogue_aws_json(&w, id);
    json_array_end(&w);
    json_key(&w, "shared_limits");
    json_object_begin(&w);
    for (const struct host_limits *s = host_shared_limits(); s->of; s++) {
        json_key(&w, s->of);
        json_limits(&w, s->list);
    }
    json_object_end(&w);
    json_object_end(&w);
    buf_addc(out, '\n');
}

static void text_patterns(const struct host_pattern *only, struct buf *out)
{
    if (only) {
        text_pattern(only, out);
        return;
    }
    text_list(out);
    buf_adds(out, "\nlimits that several share\n");
    for (const struct host_limits *s = host_shared_limits(); s->of; s++)
        text_limits(s->list, out);
    catalogue_aws_list(out);
}

static int unknown_pattern(const char *id)
{
    const char *names[256];
    const char *near;
    struct err err;
    size_t n = 0;

    for (const struct host_pattern *const *p = host_pattern_table(); *p && n < 256; p++)
        names[n++] = (*p)->id;
    n += catalogue_aws_names(names + n, 256 - n);
    near = nearest_name(id, names, n);
    err_set(&err, ERR_INPUT, "there is no pattern \"%s\"%s%s%s", id,
            near ? "; did you mean \"" : "", near ? near : "", near ? "\"?" : "");
    return app_fail(&err);
}

static int run_patterns(struct app *app, const struct cmd_args *args)
{
    const char *id = args_pos(args, 0);
    const struct host_pattern *only = id ? find_pattern(id) : NULL;
    struct buf out = BUF_INIT(OUT_MAX);
    int rc;

    if (id && !only && !catalogue_aws_has(id))
        return unknown_pattern(id);
    if (app->json)
        json_patterns(only, id, &out);
    else if (id && !only)
        catalogue_aws_show(id, &out);
    else
        text_patterns(only, &out);
    rc = app_print(buf_str(&out));
    buf_release(&out);
    return rc;
}

/* ---- causal queries ---- */

static void text_class(const struct causal_class *c, double relevance, bool keywords,
                       struct buf *out)
{
    const char *word;

    buf_addf(out, "%s (%.1f)  %s\n", c->name, relevance, c->help);
    for (size_t i = 0; keywords && (word = causal_keyword(c, i)) != NULL; i++)
        buf_addf(out, "%s%s", i ? ", " : "  meant by: ", word);
    if (keywords && causal_keyword(c, 0))
        buf_addc(out, '\n');
    for (size_t i = 0; i < CAUSAL_QUERIES_MAX && c->queries[i]; i++) {
        const struct causal_query *q = causal_query_find(c->queries[i]);

        buf_addf(out, "  %zu. %s (%s)\n     yes: %s\n     no:  %s\n", i + 1, q->asks, q->tool,
                 q->shows, q->refutes);
    }
    buf_addc(out, '\n');
}

static void json_query(struct json_writer *w, const struct causal_query *q)
{
    json_object_begin(w);
    json_put_cstr(w, "name", q->name);
    json_put_cstr(w, "asks", q->asks);
    json_put_cstr(w, "tool", q->tool);
    json_put_cstr(w, "shows", q->shows);
    json_put_cstr(w, "refutes", q->refutes);
    json_put_cstr(w, "metrics", q->kind);
    json_key(w, "patterns");
    json_array_begin(w);
    for (const char *const *p = q->patterns; p && *p; p++)
        json_cstring(w, *p);
    json_array_end(w);
    json_object_end(w);
}

static void json_class(struct json_writer *w, const struct causal_class *c, double relevance)
{
    const char *word;

    json_object_begin(w);
    json_put_cstr(w, "name", c->name);
    json_put_cstr(w, "help", c->help);
    json_put_num(w, "relevance", relevance);
    json_key(w, "keywords");
    json_array_begin(w);
    for (size_t i = 0; (word = causal_keyword(c, i)) != NULL; i++)
        json_cstring(w, word);
    json_array_end(w);
    json_key(w, "queries");
    json_array_begin(w);
    for (size_t i = 0; i < CAUSAL_QUERIES_MAX && c->queries[i]; i++)
        json_query(w, causal_query_find(c->queries[i]));
    json_array_end(w);
    json_object_end(w);
}

/* Where the classes that a sentence means go; without a sentence all of them. */
struct causal_out {
    bool json, all;
    struct str sentence;
    struct json_writer w;
    struct buf *out;
    size_t shown;
};

static void put_class(struct causal_out *o, const struct causal_class *c, double relevance)
{
    if (o->json)
        json_class(&o->w, c, relevance);
    else
        text_class(c, relevance, o->all, o->out);
    o->shown++;
}

static void put_table(struct causal_out *o, const char *title, const struct causal_class *table)
{
    if (o->json) {
        json_key(&o->w, title);
        json_array_begin(&o->w);
    }
    for (const struct causal_class *c = table; c->name; c++) {
        if (o->all || causal_means(c, o->sentence))
            put_class(o, c, CAUSAL_RELEVANCE);
    }
    if (o->json)
        json_array_end(&o->w);
}

static void put_causal(struct causal_out *o)
{
    if (o->json) {
        json_writer_init(&o->w, o->out);
        json_object_begin(&o->w);
        json_put_cstr(&o->w, "schema", "runbook.catalogue.causal/1");
    }
    put_table(o, "symptoms", causal_symptom_table());
    put_table(o, "classes", causal_class_table());
    if (o->json) {
        json_key(&o->w, "generic");
        json_array_begin(&o->w);
    }
    if (o->all || !o->shown)
        put_class(o, causal_generic(), CAUSAL_GENERIC);
    if (o->json) {
        json_array_end(&o->w);
        json_object_end(&o->w);
        buf_addc(o->out, '\n');
    }
}

static int run_causal(struct app *app, const struct cmd_args *args)
{
    struct buf sentence = BUF_INIT(SENTENCE_MAX), out = BUF_INIT(OUT_MAX);
    struct causal_out o = {.json = app->json, .all = args_pos_count(args) == 0, .out = &out};
    int rc;

    for (size_t i = 0; i < args_pos_count(args); i++)
        buf_addf(&sentence, "%s%s", i ? " " : "", args_pos(args, i));
    o.sentence = buf_str(&sentence);
    put_causal(&o);
    rc = app_print(buf_str(&out));
    buf_release(&sentence);
    buf_release(&out);
    return rc;
}

static const struct cmd_def cmd_patterns = {
    .name = "patterns",
    .help = "List the failure patterns of a machine and of AWS, or show one with its limits.",
    .details = "A limit is a number that decides. Each is listed with its unit and with what it is "
               "of, or why it is not lower or higher.",
    .pos = (const struct pos_def[]){{"ID", ARG_TEXT, .help = "Show this pattern."}, {NULL}},
    .run = run_patterns,
};
static const struct cmd_def cmd_causal = {
    .name = "causal",
    .help = "Show which questions a sentence leads to, in which order; without one, all.",
    .details = "What no word of the sentence means is asked all the same, later: words order the "
               "work, they are no evidence.",
    .pos = (const struct pos_def[]){{"WORDS", ARG_TEXT, .repeat = true, .help = "The sentence."},
                                    {NULL}},
    .run = run_causal,
};

const struct cmd_def cmd_catalogue_def = {
    .name = "catalogue",
    .help = "Show what the built-in investigator looks for, and what it asks.",
    .subs =
        (const struct cmd_def *const[]){&cmd_patterns, &cmd_causal, &cmd_catalogue_tools_def, NULL},
    .examples = "runbook catalogue patterns\n"
                "runbook catalogue patterns disk_full\n"
                "runbook catalogue patterns aws.sg_change\n"
                "runbook catalogue causal \"checkout is slow since the deployment\"\n"
                "runbook catalogue causal --json\n"
                "runbook catalogue tools host_log",
};
