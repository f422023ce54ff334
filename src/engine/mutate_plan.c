/* mutate_plan.c - from a plan to what policy and a person are asked. Everything comes from the
 * parsed request and from what was read; a model's words appear as `why` only. */
#include "mutate_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/num.h"
#include "runbook/codec/json.h"

#define CALLS_SHOWN_MAX 64

/* ---- arguments ---- */

static const struct tool_param *param_of(const struct act_def *d, struct str name)
{
    for (const struct tool_param *p = d->params; p->name; p++) {
        if (str_eq_c(name, p->name))
            return p;
    }
    return NULL;
}

static void put_typed(struct json_writer *w, const struct tool_param *p, const struct value *v)
{
    int64_t n;

    json_key_str(w, v->key);
    if (p && p->type == PARAM_INT && v->type == VALUE_STRING && num_i64(v->u.string, &n))
        json_int(w, n);
    else if (p && p->type == PARAM_BOOL && v->type == VALUE_STRING &&
             (str_eq_c(v->u.string, "true") || str_eq_c(v->u.string, "yes")))
        json_bool(w, true);
    else if (p && p->type == PARAM_BOOL && v->type == VALUE_STRING &&
             (str_eq_c(v->u.string, "false") || str_eq_c(v->u.string, "no")))
        json_bool(w, false);
    else
        json_value(w, v);
}

/* A word with a line feed or another control character is in no name of anything here. */
static enum err_code check_words(const struct value *args, struct err *err)
{
    VALUE_EACH (v, args) {
        for (size_t i = 0; v->type == VALUE_STRING && i < v->u.string.len; i++) {
            unsigned char c = (unsigned char)v->u.string.ptr[i];

            if (c < 0x20 || c == 0x7F)
                return err_set(err, ERR_INPUT, "%.*s holds a control character", STR_FMT(v->key));
        }
    }
    return ERR_OK;
}

enum err_code act_coerce(const struct act_def *d, struct str args_json, struct arena *a,
                         const struct value **ret, struct buf *ret_json, struct err *err)
{
    const struct tool_def as_tool = {.name = d->name, .params = d->params};
    const struct value *given, *typed;
    struct buf out = BUF_INIT(65536);
    struct json_writer w;
    enum err_code rc;

    rc = json_parse(a, args_json.len ? args_json : STR_LIT("{}"), &given, err);
    if (!rc && given->type != VALUE_OBJECT)
        rc = err_set(err, ERR_INPUT, "the arguments of %s are no object", d->name);
    if (rc)
        return rc;
    json_writer_init(&w, &out);
    json_object_begin(&w);
    VALUE_EACH (v, given)
        put_typed(&w, param_of(d, v->key), v);
    json_object_end(&w);
    rc = json_parse(a, buf_str(&out), &typed, err);
    if (!rc)
        rc = tool_check_args(&as_tool, typed, a, ret, err);
    if (!rc)
        rc = check_words(*ret, err);
    if (!rc) {
        json_writer_init(&w, ret_json);
        json_value(&w, *ret);
    }
    buf_release(&out);
    return rc;
}

/* ---- a step's view of the request ---- */

void live_close_act(struct live *l)
{
    VEC_RELEASE(&l->act.reads);
    VEC_RELEASE(&l->act.calls);
    arena_free(l->act.arena);
    memset(&l->act, 0, sizeof(l->act));
}

enum err_code live_open_act(struct live *l, bool back, struct err *err)
{
    const struct mutation *mu = live_mutation(l);
    struct buf json = BUF_INIT(65536);
    struct act *a = &l->act;
    enum err_code rc;

    live_close_act(l);
    a->arena = arena_new(16384);
    a->def = act_find(back ? mu->rollback_operation : mu->operation);
    if (!a->def)
        return err_set(err, ERR_NOT_FOUND, "this version knows no operation %.64s", mu->operation);
    rc = act_coerce(a->def, str_from(back ? mu->rollback_args : mu->args), a->arena, &a->args,
                    &json, err);
    buf_release(&json);
    if (rc)
        return rc;
    a->host = value_cstr_or(a->args, "host", "local");
    a->limits = policy_commands(mutate_policy(l->e));
    a->now_ms = loop_wall_ms(l->e->opts.loop);
    a->since_ms = l->ended_ms ? loop_now_ms(l->e->opts.loop) - l->ended_ms : 0;
    a->by = mu->by;
    a->id = mu->id;
    a->proposed_ms = mu->proposed_ms;
    a->back = back;
    a->undo = mu->undo && *mu->undo;
    a->after = l->step == LIVE_VERIFY || l->step == LIVE_BACK_VERIFY;
    a->ended_well = !back && mu->state == MUTATION_DONE;
    a->answer = *l->answered || back || !a->ended_well ? l->answered : mu->text;
    a->refused = !back && mu->state == MUTATION_FAILED;
    a->started_ms = mu->started_ms;
    a->why = mu->why;
    return json_parse(a->arena, str_from(back ? mu->back_facts : mu->facts), &a->facts, err);
}

static size_t shown_calls(struct live *l, const char *out[CALLS_SHOWN_MAX])
{
    size_t n = l->act.calls.count < CALLS_SHOWN_MAX ? l->act.calls.count : CALLS_SHOWN_MAX;

    for (size_t i = 0; i < n; i++)
        out[i] = act_shown(&l->act, &l->act.calls.items[i]);
    return n;
}

/* What must not change between showing and doing; names that begin with ~ may. */
static bool same_facts(const char *a_json, const char *b_json)
{
    struct arena *arena = arena_new(4096);
    const struct value *a, *b;
    struct err err = ERR_INIT;
    bool same = !json_parse(arena, str_from(a_json), &a, &err) &&
                !json_parse(arena, str_from(b_json), &b, &err) && value_count(a) == value_count(b);

    if (same) {
        VALUE_EACH (v, a) {
            const struct value *w = value_get(b, arena_str(arena, v->key));

            if (v->key.len && v->key.ptr[0] == '~')
                continue;
            same = same && w && w->type == VALUE_STRING && v->type == VALUE_STRING &&
                   str_eq(w->u.string, v->u.string);
        }
    }
    arena_free(arena);
    return same;
}

bool live_is_as_shown(struct live *l)
{
    const struct mutation *mu = live_mutation(l);
    const char *shown[CALLS_SHOWN_MAX];
    size_t n = shown_calls(l, shown);

    if (n != mu->calls.count || l->act.calls.count > CALLS_SHOWN_MAX ||
        !same_facts(l->act.plan.facts ? l->act.plan.facts : "{}", mu->facts) ||
        strcmp(l->act.plan.resource, mu->resource) != 0)
        return false;
    for (size_t i = 0; i < n; i++) {
        if (strcmp(shown[i], mu->calls.items[i]) != 0)
            return false;
    }
    return true;
}

bool live_is_of(const struct mutation *mu, const struct approval *a)
{
    if (!mu->planned || a->forged || strcmp(a->operation, mu->operation) != 0 ||
        strcmp(a->resource, mu->resource) != 0 || strcmp(a->args, mu->args) != 0 ||
        a->calls.count != mu->calls.count)
        return false;
    for (size_t i = 0; i < a->calls.count; i++) {
        if (strcmp(a->calls.items[i], mu->calls.items[i]) != 0)
            return false;
    }
    return true;
}

static const char *words(const char *text)
{
    return text ? text : "";
}

void live_publish_plan(struct live *l)
{
    struct event ev = {.type = EV_MUTATION_PLANNED};
    struct ev_mutation_planned *m = &ev.u.mutation_planned;
    const struct act_plan *p = &l->act.plan;
    const char *shown[CALLS_SHOWN_MAX];

    m->id = l->id;
    m->resource = p->resource;
    m->effect = p->effect;
    m->before = p->before;
    m->before_ms = loop_wall_ms(l->e->opts.loop);
    m->after = p->after;
    m->rollback = p->rollback;
    m->blast = p->blast;
    m->cost = p->cost;
    m->watch = p->watch;
    m->facts = str_from(p->facts ? p->facts : "{}");
    m->rollback_operation = p->rollback_operation;
    m->rollback_args = str_from(p->rollback_args ? p->rollback_args : "{}");
    m->rolls_back = p->rolls_back;
    m->duration_ms = p->duration_ms;
    m->calls = (struct strings){shown, shown_calls(l, shown)};
    engine_publish(l->e, &ev);
}

/* ---- policy ---- */

const struct policy *mutate_policy(struct engine *e)
{
    struct err err = ERR_INIT;

    if (e->opts.policy)
        return e->opts.policy;
    if (!e->mutate->own_policy)
        policy_load(STR_LIT(""), "policy", &e->mutate->own_policy, &err);
    return e->mutate->own_policy;
}

/* "host.process.signal": provider, service, verb. */
static void split_name(struct act *a, struct operation *op)
{
    struct str rest = str_from(act_risk_name(a->def)), part;

    str_split(&rest, '.', &part);
    op->provider = arena_str(a->arena, part);
    str_split(&rest, '.', &part);
    op->service = arena_str(a->arena, part);
    op->verb = a->plan.verb ? a->plan.verb : arena_str(a->arena, rest);
}

void live_operation(struct live *l, struct operation *ret)
{
    struct act *a = &l->act;
    const struct act_plan *p = &a->plan;

    *ret = (struct operation){0};
    if (p->classified) { /* what a person typed says itself what it is */
        *ret = p->command;
    } else {
        split_name(a, ret);
        ret->resource_type = a->def->resource_type;
        if (a->calls.count && a->calls.items[0].how == ACT_COMMAND) {
            ret->argv = a->calls.items[0].argv;
            while (ret->argv[ret->argc])
                ret->argc++;
        } else if (a->calls.count && a->calls.items[0].how == ACT_HTTP) {
            ret->method = a->calls.items[0].method;
            ret->url = a->calls.items[0].path;
        }
    }
    ret->resource_name = p->resource;
    ret->params = live_mutation(l)->args;
    ret->act = a->def->name;
    ret->resource_id = p->resource_id;
    ret->environment = l->e->opts.environment;
    ret->account = p->account;
    ret->region = p->region;
    ret->tags = p->tags;
    ret->tag_count = p->tag_count;
    ret->targets = p->targets;
    ret->reversible = p->rollback_operation != NULL;
    ret->flags |= p->flags | (act_arg_bool(a, "sudo") ? OP_PRIVILEGED : 0);
    ret->floor = a->def->floor;
    ret->paths = p->paths;
    ret->path_count = p->path_count;
}

/* What decided, first; then the rest. */
static size_t rule_words(struct live *l, const struct policy_decision *d, const char **out)
{
    size_t n = 0;

    for (int decided = 1; decided >= 0; decided--) {
        for (size_t i = 0; i < d->count; i++) {
            const struct policy_fired *f = &d->fired[i];

            if (f->decided == (decided == 1))
                out[n++] = arena_printf(l->act.arena, "%s: %s, %s", f->rule,
                                        policy_act_name(f->act), f->why);
        }
    }
    return n;
}

static const char *limits_text(struct live *l, const struct policy_decision *d)
{
    struct policy_limits lim = policy_limits(mutate_policy(l->e));
    size_t done = lim.mutations > d->mutations_left ? lim.mutations - d->mutations_left : 0;

    return arena_printf(l->act.arena, "mutations %zu/%zu  cooldown %llds", done, lim.mutations,
                        (long long)((d->retry_ms + 999) / 1000));
}

static int64_t shown_risk(enum risk r)
{
    return r <= RISK_LOW ? APPROVAL_LOW : (int64_t)r - RISK_LOW + APPROVAL_LOW;
}

void live_publish_decision(struct live *l, const struct policy_decision *d)
{
    struct event ev = {.type = EV_POLICY_DECIDED};
    const char *rules[POLICY_FIRED_MAX], *risks[RISK_FIRED_MAX];

    ev.u.policy_decided.mutation = l->id;
    ev.u.policy_decided.risk = shown_risk(d->risk.risk);
    ev.u.policy_decided.decision = policy_act_name(d->act);
    for (size_t i = 0; i < d->risk.count; i++)
        risks[i] = arena_printf(l->act.arena, "%s: %s, %s", d->risk.fired[i].rule,
                                risk_name(d->risk.fired[i].risk), d->risk.fired[i].why);
    ev.u.policy_decided.risk_rules = (struct strings){risks, d->risk.count};
    ev.u.policy_decided.rules = (struct strings){rules, rule_words(l, d, rules)};
    ev.u.policy_decided.limits = limits_text(l, d);
    engine_publish(l->e, &ev);
}

/* The dialog asks by risk; where policy wants more than the risk would, it is shown as if it were
 * that much, and the rule says why. */
static int64_t asked_as(const struct policy_decision *d)
{
    int64_t risk = shown_risk(d->risk.risk);

    if (d->confirm == CONFIRM_NAME)
        return APPROVAL_CRITICAL;
    return d->confirm == CONFIRM_YES && risk < APPROVAL_HIGH ? APPROVAL_HIGH : risk;
}

void live_ask(struct live *l, const struct policy_decision *d)
{
    const struct mutation *mu = live_mutation(l);
    struct ev_approval_requested r = {0};
    const char *rules[POLICY_FIRED_MAX];
    size_t n = rule_words(l, d, rules);
    struct err err = ERR_INIT;

    if (ledger_note(l->e->opts.state_dir, "asked", l->id, l->e->model.id, &err))
        engine_say_error(l->e, "the ledger of mutations", &err);
    r.id = mu->id;
    r.operation = mu->operation;
    r.resource = mu->resource;
    r.account = l->act.plan.account ? arena_printf(l->act.arena, "%s %s", l->act.plan.account,
                                                   words(l->act.plan.region))
                : strcmp(mu->target, "local") == 0 ? "this machine"
                                                   : mu->target;
    r.environment = words(l->e->opts.environment);
    r.risk = asked_as(d);
    r.args = str_from(mu->args);
    r.why = mu->why;
    r.hypothesis = mu->hypothesis;
    r.evidence = (struct strings){mu->evidence.items, mu->evidence.count};
    r.effect = mu->effect;
    r.before = mu->before;
    r.before_ms = loop_wall_ms(l->e->opts.loop);
    r.after = mu->after;
    r.rollback = mu->rolls_back ? arena_printf(l->act.arena, "%s; by itself when it is not reached",
                                               mu->rollback)
                                : mu->rollback;
    r.blast = mu->blast;
    r.cost = mu->cost;
    r.watch = mu->watch;
    r.calls = (struct strings){mu->calls.items, mu->calls.count};
    r.policy = n ? rules[0] : policy_act_name(d->act);
    r.limits = limits_text(l, d);
    r.persons = d->persons;
    r.proposer = mu->by;
    r.expires_ms = loop_wall_ms(l->e->opts.loop) + (d->expires_ms > 0 ? d->expires_ms : 300000);
    engine_request_approval(l->e, &r);
}
