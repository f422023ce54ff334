/* steer_host.c - a person's hypothesis against machines: which patterns its words mean, and what
 * two looks at the machine say about them. The first look is the one that the investigation took
 * (an equal query is answered from its result), the second is fresh; "one more test" is a look of a
 * length that was not tried yet, until none is left. A pattern is meant when the words of its claim
 * are in the statement; words that fit none test nothing. */
#include <math.h>
#include <stdio.h>
#include <string.h>

#include "host/patterns.h"
#include "host/several.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "steer_priv.h"

#define MEANT_MAX 3
#define HOSTS_MAX 4
#define FIRST_LOOK 1000 /* ms: the tool's own window */
#define SECOND_LOOK 2000

static const int further_looks[] = {1500, 3000, 5000, 8000};

struct look {
    struct investigation *inv;
    const char *hyp, *host;
    const struct host_pattern *meant[MEANT_MAX];
    size_t meant_count;
    bool again;
};

/* ---- which patterns ---- */

static int fit(const struct host_pattern *p, const char *statement)
{
    char words[256];

    snprintf(words, sizeof(words), "%s %s", p->claim, p->id);
    for (char *c = words; *c; c++) /* "%s" is no word, "disk_full" is two */
        *c = *c == '_' || *c == '%' ? ' ' : *c;
    return steer_common_words(str_from(statement), str_from(words));
}

static void choose(struct look *l, const struct hypothesis *h)
{
    int best = 0;

    for (const struct host_pattern *const *row = host_pattern_table(); *row; row++) {
        const struct host_pattern *p = *row;
        int n = *h->pattern ? (strcmp(h->pattern, p->id) == 0) : fit(p, h->statement);

        if (p->doc != HOST_DOC_SNAPSHOT) /* a look at the machine does not show it */
            continue;
        if (n > best) {
            best = n;
            l->meant_count = 0;
        }
        if (n && n == best && l->meant_count < MEANT_MAX)
            l->meant[l->meant_count++] = p;
    }
}

/* ---- what a look says ---- */

/* A hypothesis about a process or a mount is seen again when it is named again. */
static bool names(const struct host_finding *f, const struct hypothesis *h,
                  const struct host_culprit **ret)
{
    *ret = NULL;
    if (!*h->parent)
        return f->strength <= STRENGTH_WEAK;
    for (int i = 0; i < f->culprit_count; i++) {
        if (strcmp(f->culprits[i].resource, h->resource) == 0)
            *ret = &f->culprits[i];
    }
    return *ret != NULL;
}

static void record(const struct look *l, uint64_t query, const struct host_view *v,
                   const struct host_finding *f, const struct host_culprit *c,
                   enum evidence_strength strength)
{
    int64_t taken = value_i64_or(v->snapshot, "taken_ms", 0);
    double length = hv_num(v->snapshot, "window_s");
    struct inv_evidence e = {.hypothesis = l->hyp,
                             .query = query,
                             .strength = strength,
                             .statement = c ? c->evidence : f->evidence,
                             .metric = c ? c->metric : f->metric,
                             .resource = c ? c->resource : f->resource,
                             .unit = c ? c->unit : f->unit,
                             .before = NAN,
                             .after = c ? c->after : f->value,
                             .score = NAN,
                             .window_start_ms =
                                 taken - (isnan(length) ? 0 : (int64_t)(length * 1000)),
                             .window_end_ms = taken,
                             .direct = !c && f->direct && strength == STRENGTH_STRONG};

    inv_add_evidence(l->inv, &e);
}

static bool was_seen(const struct look *l)
{
    const struct hypothesis *h = model_hypothesis(inv_model(l->inv), l->hyp);

    return h && h->best <= STRENGTH_WEAK;
}

/* Of several findings the one that is about the resource of the hypothesis. */
static void run_one(const struct host_pattern *p, struct host_view *v, const struct hypothesis *h,
                    struct host_finding *ret)
{
    struct host_finding all[HOST_SAME_MAX], more;
    size_t n = host_pattern_all(p, v, all, HOST_SAME_MAX, &more);

    *ret = all[0];
    for (size_t i = 1; i < n; i++) {
        if (strcmp(all[i].resource, h->resource) == 0)
            *ret = all[i];
    }
}

/* Each pattern that is off speaks for it; when none is, the best fitting one says what is normal,
 * and that speaks against what was seen before. */
static void read_look(struct look *l, uint64_t query, const struct value *snapshot)
{
    struct host_view v = {.arena = inv_arena(l->inv), .snapshot = snapshot, .host = l->host};
    const struct hypothesis *h = model_hypothesis(inv_model(l->inv), l->hyp);
    struct host_finding f[MEANT_MAX];
    const struct host_culprit *c;
    size_t off = 0;

    for (size_t i = 0; i < l->meant_count; i++) {
        run_one(l->meant[i], &v, h, &f[i]);
        h = model_hypothesis(inv_model(l->inv), l->hyp);
        if (!names(&f[i], h, &c))
            continue;
        record(l, query, &v, &f[i], c, c ? c->strength : f[i].strength);
        off++;
    }
    if (!off && *h->parent)
        f[0].evidence = arena_printf(v.arena, "a further look does not find it: %s", f[0].evidence);
    if (!off)
        record(l, query, &v, &f[0], NULL,
               l->again && was_seen(l) ? STRENGTH_CONTRADICTS : STRENGTH_NONE);
}

static void on_look(void *ctx, struct investigation *inv, uint64_t query,
                    const struct tool_result *result)
{
    struct look *l = ctx;
    const struct value *doc = NULL;
    struct err err = result->err;

    if (result->status == TOOL_OK &&
        !json_parse(inv_arena(inv), buf_str(&result->body), &doc, &err)) {
        read_look(l, query, doc);
    } else if (result->status != TOOL_CANCELED) {
        if (!err.code)
            err_set(&err, ERR_NOT_FOUND, "%s", *result->summary ? result->summary : "no answer");
        inv_gap(inv, l->hyp, arena_printf(inv_arena(inv), "host:%s", l->host), &err);
    }
    inv_test_done(inv, l->hyp);
}

/* ---- asking ---- */

static void write_args(struct buf *out, const char *host, int window_ms)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "host", host);
    if (window_ms != FIRST_LOOK)
        json_put_int(&w, "window_ms", window_ms);
    json_object_end(&w);
}

static bool was_asked(const struct model *m, const char *args)
{
    VEC_EACH (t, &m->tools) {
        if (strcmp(t->tool, "host_snapshot") == 0 && strcmp(t->args, args) == 0)
            return true;
    }
    return false;
}

static size_t ask(const struct look *model_of, int window_ms)
{
    struct investigation *inv = model_of->inv;
    struct look *l = arena_alloc(inv_arena(inv), sizeof(*l));
    struct buf args = BUF_INIT(8192);
    struct inv_query q = {.tool = "host_snapshot", .hypothesis = model_of->hyp};
    uint64_t id;

    *l = *model_of;
    write_args(&args, l->host, window_ms);
    q.args_json = buf_str(&args);
    q.title = arena_printf(inv_arena(inv), "state of %s over %.3g s, for %s", l->host,
                           window_ms / 1000.0, l->hyp);
    id = inv_query(inv, &q, on_look, l);
    buf_release(&args);
    return id != 0;
}

static size_t ask_further(const struct look *l)
{
    for (size_t i = 0; i < sizeof(further_looks) / sizeof(further_looks[0]); i++) {
        struct buf args = BUF_INIT(8192);
        bool asked;

        write_args(&args, l->host, further_looks[i]);
        asked = was_asked(inv_model(l->inv), buf_cstr(&args));
        buf_release(&args);
        if (!asked)
            return ask(l, further_looks[i]);
    }
    return 0;
}

/* "host:web-3/fs:/var" is about web-3 alone; a hypothesis without a resource is about all. */
static bool concerns(const struct hypothesis *h, const char *host)
{
    size_t n = strlen(host);

    if (strncmp(h->resource, "host:", 5) != 0)
        return true;
    return strncmp(h->resource + 5, host, n) == 0 &&
           (h->resource[5 + n] == '\0' || h->resource[5 + n] == '/');
}

size_t steer_test_host(struct investigation *inv, const char *hyp, bool again)
{
    const struct model *m = inv_model(inv);
    struct look l = {.inv = inv, .hyp = hyp, .again = again};
    size_t asked = 0, hosts = 0;

    choose(&l, model_hypothesis(m, hyp));
    for (size_t i = 0; i < m->targets.count && hosts < HOSTS_MAX; i++) {
        const char *target = m->targets.items[i];

        if (strncmp(target, "host:", 5) != 0 || !concerns(model_hypothesis(m, hyp), target + 5))
            continue;
        l.host = target + 5;
        hosts++;
        asked += steer_ask_said(inv, hyp, l.host, again);
        if (!l.meant_count)
            continue;
        if (again && model_hypothesis(m, hyp)->evidence.count)
            asked += ask_further(&l);
        else
            asked += ask(&l, FIRST_LOOK) + ask(&l, SECOND_LOOK);
    }
    return asked;
}
