/* decide.c - from a policy and an operation to an answer. Everything that had a say is kept in the
 * order in which it was asked, so that the answer can be explained rule by rule. */
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "policy_priv.h"

static const char *const act_names[POLICY_ACTS] = {[POLICY_ALLOW] = "allow",
                                                   [POLICY_APPROVE] = "approve",
                                                   [POLICY_TYPED] = "typed",
                                                   [POLICY_TWO_PERSON] = "two_person",
                                                   [POLICY_DENY] = "deny"};

const char *policy_act_name(enum policy_act a)
{
    return act_names[a];
}

bool policy_act_from_name(struct str name, enum policy_act *ret)
{
    for (int i = 0; i < POLICY_ACTS; i++) {
        if (!str_eq_c(name, act_names[i]))
            continue;
        *ret = (enum policy_act)i;
        return true;
    }
    return false;
}

/* ---- setting up ---- */

struct policy_limits policy_limits(const struct policy *p)
{
    return p->limits;
}

const struct command_limits *policy_commands(const struct policy *p)
{
    return &p->commands;
}

static size_t fewer(size_t a, size_t b)
{
    return a < b ? a : b;
}

void policy_restrict(struct policy *p, const struct policy_limits *l)
{
    struct policy_limits *to = &p->limits;

    to->mutations = fewer(to->mutations, l->mutations);
    to->resource_mutations = fewer(to->resource_mutations, l->resource_mutations);
    to->targets = fewer(to->targets, l->targets);
    if (l->cooldown_ms > to->cooldown_ms)
        to->cooldown_ms = l->cooldown_ms;
    if (l->expires_ms && l->expires_ms < to->expires_ms)
        to->expires_ms = l->expires_ms;
    to->read_only = to->read_only || l->read_only;
}

void policy_add_scope(struct policy *p, enum op_scope scope, const char *word)
{
    size_t n = p->scopes[scope].count;

    *VEC_PUSH(&p->scopes[scope]) = NULL; /* the end, of which there is one */
    if (!n)
        *VEC_PUSH(&p->scopes[scope]) = NULL;
    p->scopes[scope].items[p->scopes[scope].count - 2] = arena_strdup(p->arena, word);
    p->words.items[scope] = p->scopes[scope].items;
}

static struct text_list list_of(struct policy *p, const char *text)
{
    struct text_list l = {arena_array(p->arena, 2, sizeof(char *)), 1};

    l.items[0] = arena_strdup(p->arena, text);
    return l;
}

void policy_add_rule(struct policy *p, const char *name, const char *what, enum policy_act act)
{
    struct policy_rule r = {
        .name = arena_strdup(p->arena, name), .reason = "", .act = act, .time = {.any = true}};
    enum risk risk;

    if (risk_from_name(str_from(what), &risk) && risk != RISK_READ)
        r.risk = list_of(p, risk_name(risk));
    else if (strcmp(what, "read") == 0 || strcmp(what, "write") == 0 || strcmp(what, "delete") == 0)
        r.kind = list_of(p, what);
    else
        r.operation = list_of(p, what);
    *VEC_PUSH(&p->rules) = r;
}

/* ---- deciding ---- */

struct deciding {
    const struct policy *p;
    const struct operation *op;
    const struct policy_user *who;
    const struct policy_counters *counters;
    int64_t now_ms;
    struct policy_decision *d;
};

static void fired(struct deciding *g, const char *rule, enum policy_act act, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
static void fired(struct deciding *g, const char *rule, enum policy_act act, const char *fmt, ...)
{
    /* The last place is for the rule that decides. */
    size_t at = g->d->count < POLICY_FIRED_MAX ? g->d->count++ : POLICY_FIRED_MAX - 1;
    struct policy_fired *f = &g->d->fired[at];
    va_list ap;

    if (g->d->count == POLICY_FIRED_MAX && at == POLICY_FIRED_MAX - 1 && f->rule[0] &&
        f->act >= act)
        return;
    snprintf(f->rule, sizeof(f->rule), "%.60s", rule);
    f->act = act;
    va_start(ap, fmt);
    vsnprintf(f->why, sizeof(f->why), fmt, ap);
    va_end(ap);
}

/* What nothing lifts. */
static void ask_blacklist(struct deciding *g)
{
    const char *rule, *why = policy_blacklisted(g->op, &rule);

    if (why)
        fired(g, rule, POLICY_DENY, "%s; no configuration allows it", why);
}

static void ask_read_only(struct deciding *g)
{
    if (g->d->risk.kind == OP_READ && g->d->risk.risk <= RISK_LOW)
        return;
    if (g->p->limits.read_only || g->counters->read_only)
        fired(g, "read-only", POLICY_DENY, "nothing is changed in read-only mode");
}

static void ask_limits(struct deciding *g)
{
    const struct policy_limits *l = &g->p->limits;
    const struct policy_counters *c = g->counters;
    struct policy_decision *d = g->d;

    d->mutations_left =
        l->mutations > c->session_mutations ? l->mutations - c->session_mutations : 0;
    if (d->risk.kind == OP_READ)
        return;
    if (!d->mutations_left)
        fired(g, "limit.mutations", POLICY_DENY, "%zu of %zu changes of this session are done",
              c->session_mutations, l->mutations);
    if (c->resource_mutations >= l->resource_mutations)
        fired(g, "limit.resource", POLICY_DENY, "%zu of %zu changes of this resource are done",
              c->resource_mutations, l->resource_mutations);
    if (g->op->targets > l->targets)
        fired(g, "limit.targets", POLICY_DENY, "%zu things at once are more than %zu",
              g->op->targets, l->targets);
}

/* A clock that was set back is no way around the pause. */
static void ask_cooldown(struct deciding *g)
{
    int64_t pause = g->p->limits.cooldown_ms, since;

    if (g->d->risk.risk < RISK_CRITICAL || g->d->risk.kind == OP_READ ||
        !g->counters->last_critical_ms)
        return;
    since = g->now_ms - g->counters->last_critical_ms;
    if (since >= pause)
        return;
    g->d->retry_ms = since < 0 ? pause : pause - since;
    fired(g, "limit.cooldown", POLICY_DENY, "%lld s of the pause between critical changes are left",
          (long long)((g->d->retry_ms + 999) / 1000));
}

static void ask_freezes(struct deciding *g)
{
    if (g->d->risk.kind == OP_READ)
        return;
    VEC_EACH (f, &g->p->freezes) {
        if (f->deny && policy_freeze_fits(f, g->d->risk.scope, g->now_ms))
            fired(g, "freeze", POLICY_DENY, "changes are frozen: %.120s", f->name);
    }
}

/* C-06, and how an approval is given by risk (DESIGN 4). */
static enum policy_act ask_defaults(struct deciding *g)
{
    const struct risk_result *r = &g->d->risk;
    bool prod = r->scope >= SCOPE_UNKNOWN, deletes = r->kind == OP_DELETE;

    if (r->kind == OP_READ && r->risk <= RISK_LOW) {
        fired(g, "default.read", POLICY_ALLOW, "reading needs no approval");
        return POLICY_ALLOW;
    }
    if (deletes && prod) {
        fired(g, "default.delete-prod", POLICY_DENY, "%s",
              r->scope == SCOPE_PROD ? "nothing is deleted in production"
                                     : "nothing is deleted where nobody said what environment "
                                       "it is: it could be production");
        return POLICY_DENY;
    }
    if (deletes || r->risk >= RISK_HIGH) {
        fired(g, deletes ? "default.delete" : "default.high", POLICY_TYPED, "%s",
              deletes ? "what deletes is confirmed by typing"
                      : "a high risk is confirmed by typing");
        return POLICY_TYPED;
    }
    fired(g, "default.write", POLICY_APPROVE, "a change needs an approval");
    return POLICY_APPROVE;
}

/* How far down rules and memory can go. */
static enum policy_act floor_of(struct deciding *g)
{
    const struct risk_result *r = &g->d->risk;

    if (r->risk == RISK_CRITICAL ||
        (r->kind != OP_READ && r->kind != OP_WRITE && r->scope >= SCOPE_UNKNOWN))
        return POLICY_TYPED;
    return r->risk == RISK_HIGH ? POLICY_APPROVE : POLICY_ALLOW;
}

static bool remembers_name(const struct policy_remembered *m, const char *name)
{
    const char *what = m->operation;

    return m->deny ? policy_text_fit(&(struct text_list){&what, 1}, name) != FIT_NONE
                   : strcmp(name, m->operation) == 0;
}

static bool remembered_fits(const struct policy_remembered *m, const struct operation *op)
{
    struct buf name = BUF_INIT(BUF_NO_MAX), argv = BUF_INIT(BUF_NO_MAX);
    const char *of = m->resource;
    bool fits;

    operation_name(op, &name);
    for (size_t i = 0; i < op->argc; i++)
        buf_addf(&argv, "%s%s", i ? "\n" : "", op->argv[i]);
    fits = remembers_name(m, buf_cstr(&name)) || (op->act && remembers_name(m, op->act));
    if (fits && m->deny)
        fits = policy_text_fit(&(struct text_list){&of, 1}, operation_resource(op)) != FIT_NONE;
    else if (fits)
        fits = policy_glob(str_from(m->resource), str_from(operation_resource(op)));
    if (fits && !m->deny && m->params && *m->params)
        fits = op->params && strcmp(m->params, op->params) == 0;
    else if (fits && !m->deny)
        fits = m->argv && *m->argv ? strcmp(m->argv, buf_cstr(&argv)) == 0 : op->flags == 0;
    buf_release(&name);
    buf_release(&argv);
    return fits;
}

/* A yes that is remembered takes the question away up to medium; a no is a no. */
static enum policy_act ask_memory(struct deciding *g, enum policy_act act)
{
    for (size_t i = 0; i < g->counters->remembered_count; i++) {
        const struct policy_remembered *m = &g->counters->remembered[i];

        if (!remembered_fits(m, g->op))
            continue;
        if (m->deny) {
            fired(g, "remembered", POLICY_DENY, "you said never, for %.80s", m->resource);
            return POLICY_DENY;
        }
        if (g->d->risk.risk <= RISK_MEDIUM && g->d->risk.kind == OP_WRITE &&
            act == POLICY_APPROVE) {
            fired(g, "remembered", POLICY_ALLOW, "you said yes for this session, for %.80s",
                  m->resource);
            act = POLICY_ALLOW;
        }
    }
    return act;
}

/* The rules that fit exactly stand in for the defaults; one that fits loosely only adds to them. */
static enum policy_act ask_rules(struct deciding *g, enum policy_act by_default)
{
    enum policy_act exact = POLICY_ALLOW, loose = POLICY_ALLOW;
    bool any = false;

    VEC_EACH (r, &g->p->rules) {
        enum policy_fit fit =
            policy_rule_fit(r, g->op, &g->d->risk, g->who, g->now_ms, &g->p->words);

        if (fit == FIT_NONE)
            continue;
        if (fit == FIT_EXACT && r->adds)
            fit = FIT_LOOSE;
        if (fit == FIT_EXACT) {
            exact = r->act > exact ? r->act : exact;
            any = true;
        } else {
            loose = r->act > loose ? r->act : loose;
        }
        fired(g, r->name, r->act, "%s%s%s", *r->reason ? r->reason : "a rule of ",
              *r->reason ? "" : g->p->name,
              fit == FIT_LOOSE && !r->adds ? " (it fits loosely, and can only make it stricter)"
                                           : "");
    }
    if (!any)
        exact = by_default;
    return exact > loose ? exact : loose;
}

/* by risk, and one more where it is production, a system's own namespace, or forced. */
static int tier_of(const struct operation *op, const struct risk_result *r)
{
    static const int tiers[] = {
        [RISK_READ] = 0, [RISK_LOW] = 1, [RISK_MEDIUM] = 2, [RISK_HIGH] = 3, [RISK_CRITICAL] = 3};
    const char *ns = op->namespace ? op->namespace : "";
    bool more = r->scope >= SCOPE_UNKNOWN || (op->flags & (OP_FORCE | OP_ALL)) ||
                strcmp(ns, "kube-system") == 0 || strcmp(ns, "default") == 0;
    int tier = tiers[r->risk];

    if (r->kind == OP_READ && r->risk <= RISK_LOW)
        return 0;
    return tier + more > 3 ? 3 : tier + more;
}

/* Where the policy says that the tiers count: T2 takes a second person, T3 two. */
static enum policy_act ask_tiers(struct deciding *g, enum policy_act act)
{
    if (!g->p->people.tiers || g->d->tier < 2)
        return act;
    fired(g, g->d->tier == 2 ? "tier.T2" : "tier.T3", POLICY_TWO_PERSON, "%s",
          g->d->tier == 2 ? "this tier takes the signed token of a second person"
                          : "this tier takes the signed tokens of two others");
    return act > POLICY_TWO_PERSON ? act : POLICY_TWO_PERSON;
}

static const char *level_of(const struct policy_decision *d)
{
    static const char *const levels[POLICY_ACTS] = {[POLICY_ALLOW] = "L1",
                                                    [POLICY_APPROVE] = "L2",
                                                    [POLICY_TYPED] = "L2",
                                                    [POLICY_TWO_PERSON] = "L3",
                                                    [POLICY_DENY] = ""};

    return d->act == POLICY_ALLOW && d->risk.kind == OP_READ ? "L0" : levels[d->act];
}

static void confirm(struct policy_decision *d, const struct operation *op)
{
    static const int persons[POLICY_ACTS] = {0, 1, 1, 2, 0};
    const char *name = operation_resource(op);
    bool asks = d->act > POLICY_ALLOW && d->act < POLICY_DENY;

    d->persons = persons[d->act];
    d->confirm_text = "";
    d->confirm = CONFIRM_NONE;
    if (!asks)
        return;
    if (d->risk.risk == RISK_CRITICAL && *name) {
        d->confirm = CONFIRM_NAME;
        d->confirm_text = name;
    } else if (d->act >= POLICY_TYPED || d->risk.risk >= RISK_HIGH) {
        d->confirm = CONFIRM_YES;
        d->confirm_text = "yes";
    } else {
        d->confirm = CONFIRM_KEY;
    }
}

/* The first of those that say what the answer is. */
static void mark(struct policy_decision *d)
{
    for (size_t i = 0; i < d->count; i++) {
        if (d->fired[i].act == d->act) {
            d->fired[i].decided = true;
            return;
        }
    }
}

static void decide(struct deciding *g)
{
    struct policy_decision *d = g->d;
    enum policy_act act, lowest = floor_of(g);

    d->tier = tier_of(g->op, &d->risk);
    ask_blacklist(g);
    ask_read_only(g);
    ask_freezes(g);
    ask_limits(g);
    ask_cooldown(g);
    for (size_t i = 0; i < d->count; i++) /* so far only what denies was written down */
        d->act = POLICY_DENY;
    act = ask_rules(g, ask_defaults(g));
    act = ask_memory(g, act);
    if (act < lowest) {
        fired(g, "floor", lowest, "no rule goes below this for %s risk%s", risk_name(d->risk.risk),
              d->risk.kind == OP_DELETE ? " or a deletion" : "");
        act = lowest;
    }
    act = ask_tiers(g, act);
    if (act > d->act)
        d->act = act;
    confirm(d, g->op);
    if (d->act == POLICY_TWO_PERSON && g->p->people.tiers && d->tier == 3)
        d->persons = 3;
    d->level = level_of(d);
    mark(d);
}

void policy_decide_facts(const struct policy *p, const struct operation *op,
                         const struct risk_facts *facts, const struct policy_user *who,
                         int64_t now_ms, const struct policy_counters *counters,
                         struct policy_decision *ret)
{
    static const struct policy_counters none;
    struct risk_facts f = facts ? *facts : (struct risk_facts){0};
    struct deciding g = {p, op, who, counters ? counters : &none, now_ms, ret};

    memset(ret, 0, sizeof(*ret));
    ret->expires_ms = p->limits.expires_ms;
    f.words = f.words ? f.words : &p->words;
    f.freeze = f.freeze ? f.freeze : policy_freeze(p, op, now_ms);
    risk_classify(op, &f, &ret->risk);
    decide(&g);
}

const char *policy_freeze(const struct policy *p, const struct operation *op, int64_t now_ms)
{
    enum op_scope scope = operation_scope(op, &p->words);

    VEC_EACH (f, &p->freezes) {
        if (policy_freeze_fits(f, scope, now_ms))
            return f->name;
    }
    return NULL;
}

static bool same_text(const char *a, const char *b)
{
    return a && b && *a && *b && strcmp(a, b) == 0;
}

/* Whom an account stands for: himself, who came by sudo, who logged in. Root is no person. */
static bool one_of(const struct policy_user *u, const char *name)
{
    if (!name || !*name || strcmp(name, "root") == 0)
        return false;
    return same_text(u->name, name) || same_text(u->sudo_user, name) ||
           same_text(u->login_user, name);
}

static bool is_named(const struct policy_user *u)
{
    return u->uid != 0 || one_of(u, u->sudo_user) || one_of(u, u->login_user);
}

/* "10.0.0.7 50122 22": address and port are one connection. */
static bool same_place(const struct policy_user *a, const struct policy_user *b, bool one_host)
{
    return (one_host && same_text(a->tty, b->tty)) ||
           (a->ssh_client && strchr(a->ssh_client, ' ') && same_text(a->ssh_client, b->ssh_client));
}

bool policy_second_person(const struct policy_user *proposer, const struct policy_user *approver,
                          const char **ret_why)
{
    bool one_host = !proposer->host || !approver->host || same_text(proposer->host, approver->host);

    *ret_why = NULL;
    if (!approver->name || !*approver->name || !proposer->name || !*proposer->name)
        *ret_why = "who it is is not known";
    else if (same_text(proposer->name, approver->name))
        *ret_why = "it is the one who asked";
    else if (one_host && (proposer->uid < 0 || approver->uid < 0))
        *ret_why = "the user id is not known";
    else if (one_host && proposer->uid == approver->uid)
        *ret_why = "it is the same user id as the one who asked";
    else if (one_of(proposer, approver->name) || one_of(proposer, approver->sudo_user))
        *ret_why = "it is the same person behind sudo";
    else if (one_of(proposer, approver->login_user) || one_of(approver, proposer->login_user) ||
             one_of(approver, proposer->sudo_user))
        *ret_why = "the same person logged in for both";
    else if (!is_named(approver))
        *ret_why = "root is no person: who became root is not known";
    else if (same_place(proposer, approver, one_host))
        *ret_why = "it is the same terminal, or the same connection of ssh";
    return !*ret_why;
}
