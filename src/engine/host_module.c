/* host_module.c - the host module of the builtin investigator: looks at each "host:NAME" target
 * once, turns the patterns that speak up into hypotheses (and the likeliest quiet ones, so that
 * what was ruled out is seen), follows each to its culprit with a second query, and confirms or
 * prunes. What a moment shows and a second look does not is no evidence: it is recorded as NONE.
 * The words of the user order the work and the ranking only. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "host/patterns.h"
#include "host_resources.h"
#include "modules_priv.h"
#include "steer_priv.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"

#define PATTERNS_MAX 128
#define ROOTS_MAX                                                                                  \
    4 /* hypotheses of what is off, over all targets; their culprits need room as well */
#define ROOTS_MIN 3 /* with quiet ones, so that the answer says what was ruled out */
#define TARGETS_MAX 64
#define CHANGE_MS 900000 /* a change that long before the onset may have caused it */

struct host_state;

struct target {
    struct host_state *st;
    struct host_view view;
    uint64_t snapshot; /* its query: the citation */
    struct host_finding findings[PATTERNS_MAX];
    size_t finding_count;
};

/* A finding on its way: its hypothesis and how many follow-ups are out. */
struct trial {
    struct target *t;
    const struct host_finding *f;
    const char *root;
    int waiting, confirmed;
};

struct probe {
    struct trial *trial;
    const struct host_culprit *c;
    const char *hyp; /* NULL: proposed when the answer names it */
};

struct host_state {
    struct investigation *inv;
    struct target *targets;
    size_t target_count, looked_at;
    int waiting, supported;
    bool changes_asked, done;
};

static void check_done(struct host_state *st);

static double window_start(const struct host_view *v)
{
    return hv_num(v->snapshot, "taken_ms") - hv_num(v->snapshot, "window_s") * 1000;
}

static void add_evidence(struct target *t, const char *hyp, uint64_t query,
                         enum evidence_strength strength, const char *statement,
                         struct inv_evidence e)
{
    e.hypothesis = hyp;
    e.query = query;
    e.strength = strength;
    e.statement = statement;
    e.score = NAN;
    e.window_start_ms = (int64_t)fmax(0, window_start(&t->view));
    e.window_end_ms = value_i64_or(t->view.snapshot, "taken_ms", 0);
    inv_add_evidence(t->st->inv, &e);
}

static void finding_evidence(struct trial *tr, enum evidence_strength strength)
{
    const struct host_finding *f = tr->f;
    struct inv_evidence e = {.metric = f->metric,
                             .unit = f->unit,
                             .resource = f->resource,
                             .before = NAN,
                             .after = f->value,
                             .direct = f->direct};

    add_evidence(tr->t, tr->root, tr->t->snapshot, strength, f->evidence, e);
    if (f->second && strength != STRENGTH_NONE)
        add_evidence(tr->t, tr->root, tr->t->snapshot, strength, f->second, e);
}

/* ---- what a person could do ---- */

static void propose_steps(struct trial *tr, const char *hyp, const struct host_proposal *steps)
{
    const struct hypothesis *h = model_hypothesis(inv_model(tr->t->st->inv), hyp);
    struct arena *a = inv_arena(tr->t->st->inv);

    for (; h && steps && steps->action; steps++) {
        struct ev_remediation_proposed s = {.hypothesis = hyp, .risk = steps->risk};

        s.action = host_fill(a, steps->action, h->resource);
        s.command = host_fill(a, steps->command ? steps->command : "", h->resource);
        s.rollback = host_fill(a, steps->rollback ? steps->rollback : "", h->resource);
        s.watch = host_fill(a, steps->watch ? steps->watch : "", h->resource);
        if (s.action && s.command && s.rollback && s.watch)
            inv_propose_step(tr->t->st->inv, &s);
    }
}

static void note_checks(struct trial *tr)
{
    const char *const *check = tr->f->checks ? tr->f->checks : tr->f->pattern->checks;
    struct arena *a = inv_arena(tr->t->st->inv);

    for (; check && *check; check++) {
        const char *text = host_fill(a, *check, tr->f->resource);

        if (text)
            inv_check(tr->t->st->inv, tr->root, text);
    }
}

/* ---- ranking ---- */

static double score(const struct trial *tr, double weight)
{
    const struct host_view *v = &tr->t->view;
    bool meant = !v->words || (v->words & tr->f->pattern->words);

    return 0.35 + 0.4 * tr->f->severity + (meant ? 0.2 : 0) + 0.05 * weight;
}

static void add_candidate(struct trial *tr, const char *hyp, double points)
{
    const struct model *m = inv_model(tr->t->st->inv);
    const struct hypothesis *h = model_hypothesis(m, hyp);
    struct ev_candidate_ranked c = {
        .metric = tr->f->metric, .category = tr->f->pattern->kind, .service = ""};
    const char **ids;
    size_t n = 0;

    if (!h)
        return;
    ids = arena_array(inv_arena(tr->t->st->inv), h->evidence.count + 1, sizeof(*ids));
    for (size_t i = 0; i < h->evidence.count; i++) {
        const struct evidence *e = &m->evidence.items[h->evidence.items[i]];

        if (e->strength <= STRENGTH_WEAK)
            ids[n++] = e->id;
    }
    c.resource = h->resource;
    c.statement = h->statement;
    c.hypothesis = h->id;
    c.score = fmin(1, points);
    c.evidence = (struct strings){ids, n};
    inv_candidate(tr->t->st->inv, &c);
}

/* All its follow-ups have answered. */
static void decide(struct trial *tr)
{
    struct investigation *inv = tr->t->st->inv;
    const struct host_finding *f = tr->f;

    if (f->tentative && !tr->confirmed && f->culprit_count) {
        finding_evidence(tr, STRENGTH_NONE);
        inv_prune(inv, tr->root, "it did not last: a second look did not see it");
        return;
    }
    if (f->tentative)
        finding_evidence(tr, tr->confirmed ? STRENGTH_STRONG : STRENGTH_WEAK);
    tr->t->st->supported++;
    propose_steps(tr, tr->root, f->proposals ? f->proposals : f->pattern->proposals);
    note_checks(tr);
    if (tr->confirmed || (f->direct && f->second && !f->tentative)) {
        inv_confirm(inv, tr->root, f->evidence);
        if (!tr->confirmed)
            add_candidate(tr, tr->root, score(tr, 0));
    } else {
        inv_support(inv, tr->root, f->evidence);
        add_candidate(tr, tr->root, score(tr, 0) * 0.7);
    }
}

/* ---- follow-ups ---- */

static void confirm_culprit(struct probe *pr, uint64_t query, const struct host_reading *r)
{
    struct trial *tr = pr->trial;
    const struct host_culprit *c = pr->c;
    struct inv_evidence e = {
        .metric = c->metric, .unit = c->unit, .resource = r->resource ? r->resource : c->resource};

    e.before = NAN;
    e.after = c->after;
    add_evidence(tr->t, pr->hyp, tr->t->snapshot, c->strength, c->evidence, e);
    e.before = r->before;
    e.after = r->after;
    e.direct = r->direct;
    add_evidence(tr->t, pr->hyp, query, r->strength, r->evidence, e);
    inv_confirm(tr->t->st->inv, pr->hyp, r->evidence);
    propose_steps(tr, pr->hyp,
                  r->proposals   ? r->proposals
                  : c->proposals ? c->proposals
                                 : tr->f->pattern->proposals);
    add_candidate(tr, pr->hyp, score(tr, c->weight));
    tr->confirmed++;
}

static void refute_culprit(struct probe *pr, uint64_t query, const struct host_reading *r)
{
    struct inv_evidence e = {.metric = pr->c->metric,
                             .unit = pr->c->unit,
                             .resource = pr->c->resource,
                             .before = r->before,
                             .after = r->after};

    add_evidence(pr->trial->t, pr->hyp ? pr->hyp : pr->trial->root, query,
                 pr->hyp ? r->strength : STRENGTH_NONE, r->evidence, e);
    if (pr->hyp)
        inv_prune(pr->trial->t->st->inv, pr->hyp, r->evidence);
}

static const char *propose_culprit(struct trial *tr, const struct host_culprit *c,
                                   const char *statement, const char *resource)
{
    struct inv_hypothesis h = {.parent = tr->root,
                               .statement = statement,
                               .kind = tr->f->pattern->kind,
                               .resource = resource,
                               .service = "",
                               .metric = c->metric,
                               .pattern = tr->f->pattern->id,
                               .rationale = c->evidence,
                               .refutes = tr->f->pattern->refutes,
                               .category = tr->f->pattern->category,
                               .priority = 1};
    const char *id = inv_propose(tr->t->st->inv, &h);

    if (id)
        inv_testing(tr->t->st->inv, id);
    return id;
}

static const struct value *parse_body(struct investigation *inv, const struct tool_result *result)
{
    const struct value *doc;
    struct err err = ERR_INIT;

    if (result->status != TOOL_OK || json_parse(inv_arena(inv), buf_str(&result->body), &doc, &err))
        return NULL;
    return doc;
}

static void gap_of(struct investigation *inv, const char *hyp, const char *what,
                   const struct tool_result *result)
{
    struct err err = result->err;

    if (!err.code)
        err_set(&err, ERR_NOT_FOUND, "%s", *result->summary ? result->summary : "no answer");
    inv_gap(inv, hyp, what, &err);
}

static void on_follow(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *result)
{
    struct probe *pr = ctx;
    struct trial *tr = pr->trial;
    struct host_reading r = {.strength = STRENGTH_NONE, .before = NAN, .after = NAN};
    const struct value *doc = parse_body(inv, result);

    tr->t->st->waiting--;
    if (doc) {
        tr->f->pattern->read(&tr->t->view, pr->c, doc, &r);
    } else {
        if (result->status != TOOL_EMPTY)
            gap_of(inv, pr->hyp ? pr->hyp : tr->root, pr->c->resource, result);
        r.evidence = result->status == TOOL_EMPTY && *result->summary
                         ? result->summary
                         : "the follow-up did not answer";
        r.evidence = arena_strdup(inv_arena(inv), r.evidence);
    }
    if (r.strength == STRENGTH_STRONG && !pr->hyp)
        pr->hyp = propose_culprit(tr, pr->c, r.statement, r.resource);
    if (r.strength == STRENGTH_STRONG && pr->hyp)
        confirm_culprit(pr, query, &r);
    else
        refute_culprit(pr, query, &r);
    if (--tr->waiting == 0)
        decide(tr);
    check_done(tr->t->st);
}

static const char *follow_tool(const struct host_culprit *c)
{
    switch (c->follow) {
    case FOLLOW_PROCESS:
        return "host_process";
    case FOLLOW_TREE:
        return "host_snapshot";
    case FOLLOW_DISK:
        return "host_disk_usage";
    case FOLLOW_FILES:
        return "host_files";
    case FOLLOW_LOG:
        return "host_log";
    case FOLLOW_NONE:
        break;
    }
    return NULL;
}

static void follow_args(struct json_writer *w, const struct host_view *v,
                        const struct host_culprit *c)
{
    json_object_begin(w);
    json_put_cstr(w, "host", v->host);
    if (c->follow == FOLLOW_PROCESS) {
        json_put_int(w, "pid", c->pid);
        json_put_int(w, "window_ms", 2500);
        json_put_int(w, "samples", 6);
    } else if (c->follow == FOLLOW_TREE) {
        json_put_int(w, "window_ms", 2000);
    } else if (c->follow == FOLLOW_DISK) {
        json_put_cstr(w, "path", c->path);
        json_put_int(w, "timeout_ms", 4000);
    } else if (c->follow == FOLLOW_FILES) {
        json_put_int(w, "pid", c->pid);
        json_put_int(w, "window_ms", 1500);
    }
    json_object_end(w);
}

static uint64_t ask(struct target *t, const char *tool, const struct host_culprit *c,
                    const char *hyp, const char *title, inv_query_fn *fn, void *ctx)
{
    struct buf args = BUF_INIT(8192);
    struct inv_query q = {.tool = tool, .hypothesis = hyp, .title = title};
    struct json_writer w;
    uint64_t id;

    json_writer_init(&w, &args);
    follow_args(&w, &t->view, c);
    q.args_json = buf_str(&args);
    id = inv_query(t->st->inv, &q, fn, ctx);
    buf_release(&args);
    if (id)
        t->st->waiting++;
    return id;
}

static void follow(struct trial *tr, const struct host_culprit *c)
{
    struct arena *a = inv_arena(tr->t->st->inv);
    struct probe *pr = arena_alloc(a, sizeof(*pr));
    const char *tool = follow_tool(c);

    if (!tool)
        return;
    pr->trial = tr;
    pr->c = c;
    if (c->follow != FOLLOW_DISK) { /* there the answer names the culprit */
        pr->hyp = propose_culprit(tr, c, c->statement, c->resource);
        if (!pr->hyp)
            return;
    }
    if (ask(tr->t, tool, c, pr->hyp ? pr->hyp : tr->root,
            arena_printf(a, "%s of %s", c->path && c->follow == FOLLOW_DISK ? c->path : c->resource,
                         tr->t->view.host),
            on_follow, pr))
        tr->waiting++;
}

/* ---- hypotheses ---- */

static void start_trial(struct target *t, const struct host_finding *f)
{
    const struct host_pattern *p = f->pattern;
    struct investigation *inv = t->st->inv;
    struct trial *tr = arena_alloc(inv_arena(inv), sizeof(*tr));
    struct buf claim = BUF_INIT(1024);
    bool meant = t->view.words & p->words;
    struct inv_hypothesis h = {.kind = p->kind,
                               .resource = f->resource,
                               .service = "",
                               .metric = f->metric,
                               .pattern = p->id,
                               .rationale = p->rationale,
                               .refutes = p->refutes,
                               .category = p->category,
                               .priority = f->strength <= STRENGTH_WEAK ? (meant ? 1 : 2)
                                                                        : (meant ? 3 : 4)};

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_addf(&claim, p->claim, t->view.host);
#pragma GCC diagnostic pop
    h.statement = f->claim ? f->claim : buf_cstr(&claim);
    tr->t = t;
    tr->f = f;
    tr->root = inv_propose(inv, &h);
    buf_release(&claim);
    if (!tr->root)
        return;
    inv_testing(inv, tr->root);
    if (f->strength > STRENGTH_WEAK) {
        finding_evidence(tr, STRENGTH_NONE);
        inv_prune(inv, tr->root, f->evidence);
        return;
    }
    if (!f->tentative)
        finding_evidence(tr, f->strength);
    for (int i = 0; i < f->culprit_count; i++)
        follow(tr, &f->culprits[i]);
    if (!tr->waiting)
        decide(tr);
}

/* Is `a` to be looked at before `b`? */
static bool before(const struct host_view *v, const struct host_finding *a,
                   const struct host_finding *b)
{
    bool off_a = a->strength <= STRENGTH_WEAK, off_b = b->strength <= STRENGTH_WEAK;
    bool meant_a = v->words & a->pattern->words, meant_b = v->words & b->pattern->words;

    if (off_a != off_b)
        return off_a;
    if (meant_a != meant_b)
        return meant_a;
    if (off_a && a->severity != b->severity)
        return a->severity > b->severity;
    return a->pattern->rank < b->pattern->rank;
}

static void order_findings(struct target *t)
{
    for (size_t i = 1; i < t->finding_count; i++) {
        struct host_finding x = t->findings[i];
        size_t k = i;

        for (; k > 0 && before(&t->view, &x, &t->findings[k - 1]); k--)
            t->findings[k] = t->findings[k - 1];
        t->findings[k] = x;
    }
}

static size_t share(const struct host_state *st, size_t of)
{
    size_t n = of / st->target_count;

    return n ? n : 1;
}

static void test_patterns(struct target *t)
{
    size_t most = share(t->st, ROOTS_MAX), least = share(t->st, ROOTS_MIN);

    for (const struct host_pattern *const *p = host_pattern_table();
         *p && t->finding_count < PATTERNS_MAX; p++)
        host_pattern_run(*p, &t->view, &t->findings[t->finding_count++]);
    order_findings(t);
    for (size_t i = 0; i < t->finding_count; i++) {
        bool off = t->findings[i].strength <= STRENGTH_WEAK;

        if ((off && i < most) || i < least)
            start_trial(t, &t->findings[i]);
    }
}

/* ---- logs: asked for one hypothesis, when there is room ---- */

static void on_log(void *ctx, struct investigation *inv, uint64_t query,
                   const struct tool_result *result)
{
    struct trial *tr = ctx;
    const struct value *doc = parse_body(inv, result), *worst = NULL;
    struct inv_evidence e = {
        .metric = "log_errors", .unit = "lines", .resource = tr->f->resource, .before = NAN};

    tr->t->st->waiting--;
    if (!doc && result->status != TOOL_EMPTY)
        gap_of(inv, tr->root, "logs", result);
    VALUE_EACH (fam, value_get(doc, "families")) {
        double late = hv_num(fam, "spread.2"), early = hv_num(fam, "spread.0");

        if (late >= 20 && late >= 3 * early && (!worst || late > hv_num(worst, "spread.2")))
            worst = fam;
    }
    if (worst) {
        e.before = hv_num(worst, "spread.0");
        e.after = hv_num(worst, "spread.2");
        add_evidence(tr->t, tr->root, query, STRENGTH_WEAK,
                     arena_printf(inv_arena(inv), "%s lines rose from %.0f to %.0f in %s: %s",
                                  hv_str(worst, "family"), e.before, e.after,
                                  hv_str(worst, "source"), value_cstr_or(worst, "hypothesis", "")),
                     e);
        inv_support(inv, tr->root, "a family of errors became frequent");
        tr->t->st->supported++;
        add_candidate(tr, tr->root, 0.45);
    } else if (doc || result->status == TOOL_EMPTY) {
        add_evidence(tr->t, tr->root, query, STRENGTH_NONE,
                     "no family of error lines became more frequent", e);
        inv_prune(inv, tr->root, "no family of error lines became more frequent");
    }
    check_done(tr->t->st);
}

static void test_logs(struct target *t)
{
    static const struct host_pattern row = {.id = "log_errors", .kind = "service", .words = ~0u};
    struct investigation *inv = t->st->inv;
    struct arena *a = inv_arena(inv);
    struct host_finding *f = arena_alloc(a, sizeof(*f));
    struct trial *tr = arena_alloc(a, sizeof(*tr));
    struct inv_hypothesis h = {
        .statement = arena_printf(a, "programs of %s log a new kind of error", t->view.host),
        .kind = "service",
        .resource = arena_printf(a, "host:%s/log", t->view.host),
        .service = "",
        .metric = "log_errors",
        .pattern = row.id,
        .rationale = "what fails usually says so in a log",
        .refutes = "no family of error lines that became more frequent",
        .category = CATEGORY_APPLICATION,
        .priority = 4};

    f->pattern = &row;
    f->metric = h.metric;
    f->resource = h.resource;
    tr->t = t;
    tr->f = f;
    tr->root = inv_propose(inv, &h);
    if (!tr->root)
        return;
    inv_testing(inv, tr->root);
    ask(t, "host_log", &(struct host_culprit){.follow = FOLLOW_LOG}, tr->root,
        arena_printf(a, "error lines of %s", t->view.host), on_log, tr);
}

/* ---- changes: they explain something only when something is off ---- */

static void on_changes(void *ctx, struct investigation *inv, uint64_t query,
                       const struct tool_result *result)
{
    struct trial *tr = ctx;
    const struct value *doc = parse_body(inv, result), *nearest = NULL;
    const struct model *m = inv_model(inv);
    double onset = (double)(m->has_incident && m->incident.started_at_ms ? m->incident.started_at_ms
                                                                         : inv_now_ms(inv));
    struct inv_evidence e = {.metric = "changes",
                             .unit = "count",
                             .resource = tr->f->resource,
                             .before = NAN,
                             .after = NAN};

    tr->t->st->waiting--;
    if (!doc && result->status != TOOL_EMPTY)
        gap_of(inv, tr->root, "changes", result);
    VALUE_EACH (c, value_get(doc, "changes")) {
        double ts = hv_num(c, "ts_ms");

        if (!nearest && ts <= onset + 60000 && ts >= onset - CHANGE_MS)
            nearest = c;
    }
    if (nearest && tr->t->st->supported) {
        e.onset_ms = value_i64_or(nearest, "ts_ms", 0);
        add_evidence(tr->t, tr->root, query, STRENGTH_WEAK,
                     arena_printf(inv_arena(inv), "%s %s %s changed %.0f s before the onset",
                                  hv_str(nearest, "kind"), hv_str(nearest, "what"),
                                  hv_str(nearest, "detail"),
                                  (onset - hv_num(nearest, "ts_ms")) / 1000),
                     e);
        inv_support(inv, tr->root, "a change stands shortly before the onset");
    } else if (doc || result->status == TOOL_EMPTY) {
        const char *why = nearest ? "there are changes, but nothing is off that they would explain"
                                  : "nothing changed shortly before the onset";

        add_evidence(tr->t, tr->root, query, STRENGTH_NONE, why, e);
        inv_prune(inv, tr->root, why);
    }
    check_done(tr->t->st);
}

static void test_changes(struct target *t)
{
    static const struct host_pattern row = {
        .id = "recent_change", .kind = "deployment", .words = WORDS_DEPLOY};
    struct investigation *inv = t->st->inv;
    struct arena *a = inv_arena(inv);
    struct host_finding *f = arena_alloc(a, sizeof(*f));
    struct trial *tr = arena_alloc(a, sizeof(*tr));
    struct inv_hypothesis h = {
        .statement = arena_printf(a, "a recent change of %s is to blame", t->view.host),
        .kind = "deployment",
        .resource = arena_printf(a, "host:%s", t->view.host),
        .service = "",
        .metric = "changes",
        .pattern = row.id,
        .rationale = "most incidents follow a change",
        .refutes = "no package, configuration or deployed file changed before the onset",
        .category = CATEGORY_CONFIGURATION,
        .priority = 2};

    f->pattern = &row;
    f->metric = h.metric;
    f->resource = h.resource;
    tr->t = t;
    tr->f = f;
    tr->root = inv_propose(inv, &h);
    if (!tr->root)
        return;
    inv_testing(inv, tr->root);
    ask(t, "host_changes", &(struct host_culprit){.follow = FOLLOW_NONE}, tr->root,
        arena_printf(a, "changes of %s", t->view.host), on_changes, tr);
}

/* ---- the run ---- */

static void note_gap(struct target *t, const char *what, const struct err *why)
{
    inv_gap(t->st->inv, "", arena_printf(inv_arena(t->st->inv), "host:%s %s", t->view.host, what),
            why);
}

static void note_gaps(struct target *t)
{
    int left = 20;
    const char *why = host_filesystems_unasked(&t->view);
    struct err none;

    if (why) {
        err_set(&none, ERR_NOT_FOUND, "%s", why);
        note_gap(t, "filesystems", &none);
    }

    VALUE_EACH (g, value_get(t->view.snapshot, "gaps")) {
        struct err err = ERR_INIT;

        if (left-- <= 0)
            return;
        if (!err_code_from_name(hv_str(g, "code"), &err.code))
            err.code = ERR_IO;
        err_set(&err, err.code, "%s", hv_str(g, "why"));
        note_gap(t, hv_str(g, "what"), &err);
    }
}

static void on_snapshot(void *ctx, struct investigation *inv, uint64_t query,
                        const struct tool_result *result)
{
    struct target *t = ctx;

    t->st->waiting--;
    t->snapshot = query;
    t->view.snapshot = parse_body(inv, result);
    if (t->view.snapshot) {
        t->st->looked_at++;
        host_publish_resources(inv, &t->view);
        note_gaps(t);
        test_patterns(t);
        if (t->st->target_count <= 2)
            test_logs(t);
    } else {
        gap_of(inv, "", arena_printf(inv_arena(inv), "host:%s", t->view.host), result);
    }
    check_done(t->st);
}

static void check_done(struct host_state *st)
{
    const struct model *m = inv_model(st->inv);

    if (st->waiting || st->done)
        return;
    if (!st->changes_asked && st->looked_at && st->target_count &&
        (m->has_incident || (st->targets[0].view.words & WORDS_DEPLOY))) {
        st->changes_asked = true;
        for (size_t i = 0; i < st->target_count && i < 2; i++) {
            if (st->targets[i].view.snapshot)
                test_changes(&st->targets[i]);
        }
        if (st->waiting)
            return;
    }
    st->done = true;
    inv_module_done(st->inv, &inv_module_host);
}

static bool is_host(const char *target)
{
    return strncmp(target, "host:", 5) == 0 && target[5];
}

static bool applies(const struct investigation *inv)
{
    VEC_EACH (t, &inv_model(inv)->targets) {
        if (is_host(*t))
            return true;
    }
    return false;
}

static unsigned words_of(struct investigation *inv)
{
    const struct model *m = inv_model(inv);
    struct buf text = BUF_INIT(65536);
    unsigned words;

    buf_adds(&text, m->query);
    if (m->has_incident)
        buf_addf(&text, " %s %s", m->incident.title, m->incident.metric);
    words = host_words(buf_str(&text));
    buf_release(&text);
    return words;
}

static void add_target(struct host_state *st, const char *name, unsigned words)
{
    struct target *t = &st->targets[st->target_count++];

    t->st = st;
    t->view = (struct host_view){.arena = inv_arena(st->inv), .host = name, .words = words};
}

static void start(struct investigation *inv, void **ret_state)
{
    struct host_state *st = xcalloc(1, sizeof(*st));
    const struct host_culprit first = {.follow = FOLLOW_NONE};
    unsigned words = words_of(inv);

    st->inv = inv;
    st->targets = xcalloc(TARGETS_MAX, sizeof(*st->targets));
    *ret_state = st;
    VEC_EACH (t, &inv_model(inv)->targets) {
        if (is_host(*t) && st->target_count < TARGETS_MAX)
            add_target(st, *t + 5, words);
    }
    for (size_t i = 0; i < st->target_count; i++)
        ask(&st->targets[i], "host_snapshot", &first, "",
            arena_printf(inv_arena(inv), "state of %s over 1 s", st->targets[i].view.host),
            on_snapshot, &st->targets[i]);
    check_done(st);
}

static void cancel(struct investigation *inv, void *state)
{
    struct host_state *st = state;

    st->done = true;
}

static void free_state(void *state)
{
    struct host_state *st = state;

    free(st->targets);
    free(st);
}

const struct inv_module inv_module_host = {.name = "host",
                                           .applies = applies,
                                           .start = start,
                                           .cancel = cancel,
                                           .free = free_state,
                                           .test = steer_test_host};
