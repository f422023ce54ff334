/* host_trial.c - a finding is tried: its hypothesis, the follow-ups that lead to its culprit, and
 * whether it is confirmed. What a moment shows and a second look does not is no evidence: it is
 * recorded as NONE. A culprit may stand at the end of a chain of links, each a node of the tree. */
#include <math.h>
#include <string.h>

#include "host_priv.h"

static double window_start(const struct host_view *v)
{
    return hv_num(v->snapshot, "taken_ms") - hv_num(v->snapshot, "window_s") * 1000;
}

void host_add_evidence(struct host_target *t, const char *hyp, uint64_t query,
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

static void finding_evidence(struct host_trial *tr, enum evidence_strength strength)
{
    const struct host_finding *f = tr->f;
    struct inv_evidence e = {.metric = f->metric,
                             .unit = f->unit,
                             .resource = f->resource,
                             .before = NAN,
                             .after = f->value,
                             .direct = f->direct};

    host_add_evidence(tr->t, tr->root, tr->t->docs[f->doc], strength, f->evidence, e);
    if (f->second && strength != STRENGTH_NONE)
        host_add_evidence(tr->t, tr->root, tr->t->docs[f->second_doc], strength, f->second, e);
}

static void propose_steps(struct host_trial *tr, const char *hyp, const struct host_proposal *steps)
{
    const struct hypothesis *h = model_hypothesis(inv_model(tr->t->st->inv), hyp);
    struct arena *a = inv_arena(tr->t->st->inv);

    for (; h && steps && steps->action; steps++) {
        struct ev_remediation_proposed s = {.hypothesis = hyp, .risk = steps->risk};

        s.action = host_fill(a, steps->action, h->resource);
        s.command = host_fill(a, steps->command ? steps->command : "", h->resource);
        s.rollback = host_fill(a, steps->rollback ? steps->rollback : "", h->resource);
        s.watch = host_fill(a, steps->watch ? steps->watch : "", h->resource);
        if (steps->act)
            s.act = host_fill_act(a, steps->act, h->resource);
        if (s.action && s.command && s.rollback && s.watch)
            inv_propose_step(tr->t->st->inv, &s);
    }
}

static void note_checks(struct host_trial *tr)
{
    const char *const *check = tr->f->checks ? tr->f->checks : tr->f->pattern->checks;
    struct arena *a = inv_arena(tr->t->st->inv);

    for (; check && *check; check++) {
        const char *text = host_fill(a, *check, tr->f->resource);

        if (text)
            inv_check(tr->t->st->inv, tr->root, text);
    }
}

#define NOT_NAMED 0.8 /* where the question names something else that is off */

static double score(const struct host_trial *tr, double weight)
{
    const struct host_view *v = &tr->t->view;
    bool meant = !v->words || (v->words & tr->f->pattern->words);
    double points = 0.35 + 0.4 * tr->f->severity + (meant ? 0.2 : 0) + 0.05 * weight;

    return tr->t->named && !tr->f->named ? NOT_NAMED * points : points;
}

void host_add_candidate(struct host_trial *tr, const char *hyp, double points)
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
    tr->best = fmax(tr->best, c.score);
    c.evidence = (struct strings){ids, n};
    inv_candidate(tr->t->st->inv, &c);
}

const struct value *host_parse_body(struct investigation *inv, const struct tool_result *result)
{
    const struct value *doc;
    struct err err = ERR_INIT;

    if (result->status != TOOL_OK || json_parse(inv_arena(inv), buf_str(&result->body), &doc, &err))
        return NULL;
    return doc;
}

void host_gap_of(struct investigation *inv, const char *hyp, const char *what,
                 const struct tool_result *result)
{
    struct err err = result->err;

    if (!err.code)
        err_set(&err, ERR_NOT_FOUND, "%s", *result->summary ? result->summary : "no answer");
    inv_gap(inv, hyp, what, &err);
}

/* ---- the end of a trial ---- */

static void decide(struct host_trial *tr)
{
    struct investigation *inv = tr->t->st->inv;
    const struct host_finding *f = tr->f;

    if (f->tentative && !tr->confirmed && f->culprit_count) {
        finding_evidence(tr, STRENGTH_NONE);
        inv_prune(inv, tr->root, "it did not last: a second look did not see it");
        host_plan_effects(tr, false);
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
            host_add_candidate(tr, tr->root, score(tr, 0));
        host_plan_effects(tr, true);
    } else {
        inv_support(inv, tr->root, f->evidence);
        host_add_candidate(tr, tr->root, score(tr, 0) * 0.7);
        host_plan_effects(tr, false);
    }
}

/* ---- follow-ups ---- */

static const char *const link_part[LINKS_MAX] = {"link 1", "link 2"};

/* Findings of one pattern that are surely there share the room of one, and so do their culprits:
 * the limit keeps noise away, not the third disk that is full. */
static const char *budget(const struct host_target *t, const struct host_finding *f,
                          const char *part)
{
    if (f->strength != STRENGTH_STRONG || !f->pattern->several)
        return NULL;
    return arena_printf(inv_arena(t->st->inv), "%s/%s/%s", t->view.host, f->pattern->id, part);
}

static const char *propose(struct host_trial *tr, const char *parent, const char *metric,
                           const struct host_link *l, const char *part)
{
    struct inv_hypothesis h = {.parent = parent,
                               .statement = l->statement,
                               .kind = tr->f->pattern->kind,
                               .resource = l->resource,
                               .service = "",
                               .metric = metric,
                               .pattern = tr->f->pattern->id,
                               .rationale = l->evidence,
                               .refutes = tr->f->pattern->refutes,
                               .category = tr->f->pattern->category,
                               .priority = 1,
                               .budget = budget(tr->t, tr->f, part)};
    const char *id = inv_propose(tr->t->st->inv, &h);

    if (id)
        inv_testing(tr->t->st->inv, id);
    return id;
}

/* The links first, each below the one before; where the tree has no room the culprit moves up. */
static const char *propose_culprit(struct host_probe *pr, const char *statement,
                                   const char *resource)
{
    const struct host_culprit *c = pr->c;
    const char *parent = pr->trial->root, *id;

    for (int i = 0; i < c->link_count; i++) {
        id = propose(pr->trial, parent, c->metric, &c->links[i], link_part[i]);
        pr->links[i] = id;
        pr->link_count = i + 1;
        if (id)
            parent = id;
    }
    id = propose(pr->trial, parent, c->metric,
                 &(struct host_link){statement, resource, c->evidence}, "culprit");
    if (!id && parent != pr->trial->root)
        id = propose(pr->trial, pr->trial->root, c->metric,
                     &(struct host_link){statement, resource, c->evidence}, "culprit");
    return id;
}

static void confirm_links(struct host_probe *pr)
{
    struct host_trial *tr = pr->trial;

    for (int i = 0; i < pr->link_count; i++) {
        const struct host_link *l = &pr->c->links[i];
        struct inv_evidence e = {.metric = pr->c->metric,
                                 .unit = pr->c->unit,
                                 .resource = l->resource,
                                 .before = NAN,
                                 .after = pr->c->after};

        if (!pr->links[i])
            continue;
        host_add_evidence(tr->t, pr->links[i], tr->t->docs[pr->c->doc], STRENGTH_STRONG,
                          l->evidence, e);
        inv_support(tr->t->st->inv, pr->links[i], l->evidence);
    }
}

/* Who is to blame is shown among the resources, also where it was not worth a row before. */
static void publish_culprit(struct host_trial *tr, const char *key, const char *detail,
                            double value, const char *unit)
{
    struct investigation *inv = tr->t->st->inv;
    const char *kind = strchr(key, '/'), *name = kind ? strchr(kind, ':') : NULL;
    struct ev_resource_seen r = {.key = key,
                                 .parent =
                                     arena_printf(inv_arena(inv), "host:%s", tr->t->view.host),
                                 .status = "blamed",
                                 .detail = detail,
                                 .health = HEALTH_CRITICAL,
                                 .value = value,
                                 .limit = NAN,
                                 .unit = unit,
                                 .metric = ""};

    if (!name || model_resource(inv_model(inv), key))
        return;
    r.kind = arena_strndup(inv_arena(inv), kind + 1, (size_t)(name - kind - 1));
    r.name = name + 1;
    inv_resource(inv, &r);
}

static void confirm_culprit(struct host_probe *pr, uint64_t query, const struct host_reading *r)
{
    struct host_trial *tr = pr->trial;
    const struct host_culprit *c = pr->c;
    struct inv_evidence e = {
        .metric = c->metric, .unit = c->unit, .resource = r->resource ? r->resource : c->resource};

    e.before = NAN;
    e.after = c->after;
    host_add_evidence(tr->t, pr->hyp, tr->t->docs[c->doc], c->strength, c->evidence, e);
    e.before = r->before;
    e.after = r->after;
    e.direct = r->direct;
    host_add_evidence(tr->t, pr->hyp, query, r->strength, r->evidence, e);
    confirm_links(pr);
    publish_culprit(tr, e.resource, r->evidence, r->after, c->unit);
    inv_confirm(tr->t->st->inv, pr->hyp, r->evidence);
    propose_steps(tr, pr->hyp,
                  r->proposals   ? r->proposals
                  : c->proposals ? c->proposals
                                 : tr->f->pattern->proposals);
    host_add_candidate(tr, pr->hyp, score(tr, c->weight));
    tr->confirmed++;
}

static void refute_culprit(struct host_probe *pr, uint64_t query, const struct host_reading *r)
{
    struct investigation *inv = pr->trial->t->st->inv;
    struct inv_evidence e = {.metric = pr->c->metric,
                             .unit = pr->c->unit,
                             .resource = pr->c->resource,
                             .before = r->before,
                             .after = r->after};

    host_add_evidence(pr->trial->t, pr->hyp ? pr->hyp : pr->trial->root, query,
                      pr->hyp ? r->strength : STRENGTH_NONE, r->evidence, e);
    if (pr->hyp)
        inv_prune(inv, pr->hyp, r->evidence);
    for (int i = 0; i < pr->link_count; i++) {
        if (pr->links[i])
            inv_prune(inv, pr->links[i], r->evidence);
    }
}

/* The answer names a culprit, and the tree has no room for it: it is said where there is. */
static void say_culprit(struct host_probe *pr, uint64_t query, const struct host_reading *r)
{
    struct host_trial *tr = pr->trial;
    struct inv_evidence e = {.metric = pr->c->metric,
                             .unit = pr->c->unit,
                             .resource = r->resource ? r->resource : pr->c->resource,
                             .before = r->before,
                             .after = r->after};
    struct err why;

    host_add_evidence(tr->t, tr->root, query, r->strength, r->evidence, e);
    err_set(&why, ERR_LIMIT, "seen, but there was no room to follow it: %s", r->evidence);
    inv_gap(tr->t->st->inv, tr->root, e.resource, &why);
}

static void on_follow(void *ctx, struct investigation *inv, uint64_t query,
                      const struct tool_result *result)
{
    struct host_probe *pr = ctx;
    struct host_trial *tr = pr->trial;
    struct host_reading r = {.strength = STRENGTH_NONE, .before = NAN, .after = NAN};
    const struct value *doc = host_parse_body(inv, result);

    tr->t->st->waiting--;
    if (doc) {
        tr->f->pattern->read(&tr->t->view, pr->c, doc, &r);
    } else {
        if (result->status != TOOL_EMPTY)
            host_gap_of(inv, pr->hyp ? pr->hyp : tr->root, pr->c->resource, result);
        r.evidence = result->status == TOOL_EMPTY && *result->summary
                         ? result->summary
                         : "the follow-up did not answer";
        r.evidence = arena_strdup(inv_arena(inv), r.evidence);
    }
    if (r.strength == STRENGTH_STRONG && !pr->hyp)
        pr->hyp = propose_culprit(pr, r.statement, r.resource);
    if (r.strength == STRENGTH_STRONG && pr->hyp)
        confirm_culprit(pr, query, &r);
    else if (r.strength == STRENGTH_STRONG)
        say_culprit(pr, query, &r);
    else
        refute_culprit(pr, query, &r);
    if (--tr->waiting == 0)
        decide(tr);
    host_check_done(tr->t->st);
}

static bool ask_follow(struct host_probe *pr, struct host_target *where, const char *tool,
                       const struct host_culprit *c)
{
    struct host_trial *tr = pr->trial;
    struct arena *a = inv_arena(tr->t->st->inv);

    return host_ask(where, tool, c, pr->hyp ? pr->hyp : tr->root,
                    arena_printf(a, "%s of %s",
                                 c->path && c->follow == FOLLOW_DISK ? c->path : c->resource,
                                 where->view.host),
                    on_follow, pr) != 0;
}

/* ---- to other machines ---- */

static bool has_address(const struct host_target *t, const char *addr)
{
    VALUE_EACH (a, value_get(t->view.snapshot, "addresses")) {
        if (a->type == VALUE_STRING && str_eq_c(a->u.string, addr))
            return true;
    }
    return false;
}

static struct host_target *target_at(struct host_state *st, const char *addr)
{
    for (size_t i = 0; i < st->target_count; i++) {
        if (has_address(&st->targets[i], addr))
            return &st->targets[i];
    }
    return NULL;
}

/* On a machine that is looked at as well the peer itself is seen; an equal query is answered from
 * the first one's result. Else the way there is tried from here. */
static bool ask_peer(struct host_probe *pr)
{
    struct host_target *other = target_at(pr->trial->t->st, pr->c->addr);

    if (other && other != pr->trial->t)
        return ask_follow(pr, other, "host_snapshot",
                          &(struct host_culprit){.resource = pr->c->resource});
    return ask_follow(pr, pr->trial->t, "host_probe", pr->c);
}

void host_trials_meet(struct host_state *st)
{
    for (size_t i = 0; i < st->later_count; i++) {
        struct host_probe *pr = st->later[i];

        st->waiting--;
        if (!ask_peer(pr) && --pr->trial->waiting == 0)
            decide(pr->trial);
    }
    st->later_count = 0;
}

static void follow(struct host_trial *tr, const struct host_culprit *c)
{
    struct host_state *st = tr->t->st;
    struct host_probe *pr = arena_alloc(inv_arena(st->inv), sizeof(*pr));
    const char *tool = host_follow_tool(c);

    if (!tool)
        return;
    *pr = (struct host_probe){.trial = tr, .c = c};
    if (c->follow != FOLLOW_DISK) { /* there the answer names the culprit */
        pr->hyp = propose_culprit(pr, c->statement, c->resource);
        if (!pr->hyp)
            return;
    }
    if (c->follow == FOLLOW_PEER && st->snapshots_out &&
        st->later_count < sizeof(st->later) / sizeof(st->later[0])) {
        st->later[st->later_count++] = pr;
        st->waiting++;
        tr->waiting++;
    } else if (c->follow == FOLLOW_PEER ? ask_peer(pr) : ask_follow(pr, tr->t, tool, c)) {
        tr->waiting++;
    }
}

/* ---- the beginning ---- */

static const char *propose_finding(struct host_target *t, const struct host_finding *f,
                                   const char *parent)
{
    const struct host_pattern *p = f->pattern;
    bool meant = t->view.words & p->words;
    struct buf claim = BUF_INIT(1024);
    struct inv_hypothesis h = {.parent = parent,
                               .kind = p->kind,
                               .resource = f->resource,
                               .service = "",
                               .metric = f->metric,
                               .pattern = p->id,
                               .rationale = p->rationale,
                               .refutes = p->refutes,
                               .category = p->category,
                               .priority =
                                   f->strength <= STRENGTH_WEAK ? (meant ? 1 : 2) : (meant ? 3 : 4),
                               .budget = budget(t, f, "")};
    const char *id;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_addf(&claim, p->claim, t->view.host);
#pragma GCC diagnostic pop
    h.statement = f->claim ? f->claim : buf_cstr(&claim);
    id = inv_propose(t->st->inv, &h);
    buf_release(&claim);
    return id;
}

const char *host_trial_start(struct host_target *t, const struct host_finding *f)
{
    struct investigation *inv = t->st->inv;
    struct host_trial *tr = arena_alloc(inv_arena(inv), sizeof(*tr));

    *tr = (struct host_trial){.t = t, .f = f, .root = propose_finding(t, f, NULL)};
    if (!tr->root)
        return NULL;
    inv_testing(inv, tr->root);
    if (f->strength > STRENGTH_WEAK) {
        finding_evidence(tr, STRENGTH_NONE);
        inv_prune(inv, tr->root, f->evidence);
        return tr->root;
    }
    if (!f->tentative)
        finding_evidence(tr, f->strength);
    tr->waiting = 1; /* so that an answer that comes at once decides nothing */
    for (int i = 0; i < f->culprit_count; i++)
        follow(tr, &f->culprits[i]);
    if (--tr->waiting == 0)
        decide(tr);
    return tr->root;
}

/* The steps by which an effect was seen stand below it. */
static void show_links(struct host_trial *tr)
{
    struct host_probe pr = {.trial = tr, .c = &tr->f->culprits[0]};
    const char *parent = tr->root;

    for (int i = 0; tr->f->culprit_count > 0 && i < pr.c->link_count; i++) {
        pr.links[i] = propose(tr, parent, pr.c->metric, &pr.c->links[i], link_part[i]);
        pr.link_count = i + 1;
        parent = pr.links[i] ? pr.links[i] : parent;
    }
    confirm_links(&pr);
}

void host_trial_effect(struct host_trial *cause, const struct host_finding *f, const char *because)
{
    struct host_target *t = cause->t;
    struct host_trial *tr = arena_alloc(inv_arena(t->st->inv), sizeof(*tr));

    *tr = (struct host_trial){.t = t, .f = f, .root = propose_finding(t, f, cause->root)};
    if (!tr->root)
        return;
    inv_testing(t->st->inv, tr->root);
    finding_evidence(tr, f->tentative ? STRENGTH_WEAK : f->strength);
    inv_support(
        t->st->inv, tr->root,
        arena_printf(inv_arena(t->st->inv), "it follows from %s: %s", cause->root, because));
    show_links(tr);
    host_add_candidate(tr, tr->root, fmin(score(tr, 0), cause->best) * 0.7);
}
