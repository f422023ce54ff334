/* plan.c - from an intent and a playbook to a plan. Nothing else goes in, so the bytes that come
 * out depend on nothing else: ids are hashes of what they name. */
#include "plan_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/codec/hash.h"
#include "runbook/engine/mutate.h"

#define PARAMS_MAX_BYTES 65536

struct making {
    struct arena *arena;
    const struct plan_intent *in;
    const struct playbook *book;
    const char *values[PLAYBOOK_PARAMS_MAX]; /* of the parameters; NULL: none */
    struct err *err;
};

/* ---- parameters ---- */

static bool is_of_type(const struct playbook_param *p, const char *value)
{
    int64_t n;
    double x;

    for (const char *c = value; p->is_name && *c; c++) {
        if (!((*c >= 'a' && *c <= 'z') || (*c >= 'A' && *c <= 'Z') || (*c >= '0' && *c <= '9') ||
              strchr("._:-", *c)))
            return false;
    }
    switch (p->type) {
    case PARAM_INT:
        return num_i64(str_from(value), &n);
    case PARAM_NUMBER:
        return num_f64(str_from(value), &x);
    case PARAM_BOOL:
        return strcmp(value, "true") == 0 || strcmp(value, "false") == 0;
    case PARAM_STRING:
    case PARAM_TIME:
    case PARAM_DURATION:
    case PARAM_ENUM:
    case PARAM_OBJECT:
        break;
    }
    return true;
}

/* Each comes from the intent's filter of the same name, else it has its default. */
static bool bind_params(struct making *m)
{
    for (size_t i = 0; i < m->book->param_count; i++) {
        const struct playbook_param *p = &m->book->params[i];
        const char *value = intent_filter(m->in, p->name);

        m->values[i] = value ? value : p->fallback;
        if (!m->values[i]) {
            err_set(m->err, ERR_INPUT, "%s Add %s=... to the sentence (playbook %s).", p->ask,
                    p->name, m->book->name);
            return false;
        }
        if (is_of_type(p, m->values[i]))
            continue;
        err_set(m->err, ERR_INPUT, "%s is to be %s, not \"%.60s\". %s", p->name,
                p->is_name              ? "a name of letters, digits and . _ : -"
                : p->type == PARAM_BOOL ? "true or false"
                                        : "a number",
                m->values[i], p->ask ? p->ask : "");
        return false;
    }
    return true;
}

static const char *value_of(const struct making *m, struct str name)
{
    for (size_t i = 0; i < m->book->param_count; i++) {
        if (str_eq_c(name, m->book->params[i].name))
            return m->values[i];
    }
    return NULL;
}

static enum param_type type_of(const struct making *m, struct str name)
{
    for (size_t i = 0; i < m->book->param_count; i++) {
        if (str_eq_c(name, m->book->params[i].name))
            return m->book->params[i].type;
    }
    return PARAM_STRING;
}

/* Parameters are put in; what a step before finds out stays {{steps...}} until then. */
static void fill(const struct making *m, struct str text, struct buf *out)
{
    ptrdiff_t open, close;

    while ((open = str_find(text, STR_LIT("{{"))) >= 0) {
        struct str after = {text.ptr + open + 2, text.len - (size_t)open - 2};
        struct str name;
        const char *value;

        close = str_find(after, STR_LIT("}}"));
        if (close < 0)
            break;
        name = str_trim((struct str){after.ptr, (size_t)close});
        value = value_of(m, name);
        buf_add(out, text.ptr, (size_t)open);
        if (value)
            buf_adds(out, value);
        else
            buf_addf(out, "{{%.*s}}", STR_FMT(name));
        text = (struct str){after.ptr + close + 2, after.len - (size_t)close - 2};
    }
    buf_add_str(out, text);
}

/* A text that is one template becomes the value with its type. */
static bool put_whole(const struct making *m, struct str text, struct json_writer *w)
{
    const char *value;
    struct str name;
    int64_t n;
    double x;

    if (!str_starts(text, "{{") || !str_ends(text, "}}"))
        return false;
    name = str_trim((struct str){text.ptr + 2, text.len - 4});
    value = value_of(m, name);
    if (!value)
        return false;
    switch (type_of(m, name)) {
    case PARAM_INT:
        if (num_i64(str_from(value), &n))
            json_int(w, n);
        return true;
    case PARAM_NUMBER:
        if (num_f64(str_from(value), &x))
            json_number(w, x);
        return true;
    case PARAM_BOOL:
        json_bool(w, strcmp(value, "true") == 0);
        return true;
    case PARAM_STRING:
    case PARAM_TIME:
    case PARAM_DURATION:
    case PARAM_ENUM:
    case PARAM_OBJECT:
        break;
    }
    return false;
}

static struct str make_params(const struct making *m, const struct value *with)
{
    struct buf out = BUF_INIT(PARAMS_MAX_BYTES), text = BUF_INIT(PARAMS_MAX_BYTES);
    struct json_writer w;
    struct str params;

    json_writer_init(&w, &out);
    json_object_begin(&w);
    VALUE_EACH (v, with) {
        json_key_str(&w, v->key);
        if (v->type != VALUE_STRING) {
            json_value(&w, v);
        } else if (!put_whole(m, v->u.string, &w)) {
            buf_clear(&text);
            fill(m, v->u.string, &text);
            json_string(&w, buf_str(&text));
        }
    }
    json_object_end(&w);
    params = str_from(arena_str(m->arena, buf_str(&out)));
    buf_release(&text);
    buf_release(&out);
    return params;
}

/* ---- steps ---- */

/* "host.process.signal": provider, and the rest is what it does. */
static void operation_of(struct making *m, const struct plan_step *s, struct operation *op)
{
    struct str rest = str_from(s->method), part;

    *op = (struct operation){.targets = 1, .environment = m->in->scope};
    str_split(&rest, '.', &part);
    op->provider = arena_str(m->arena, part);
    str_split(&rest, '.', &part);
    op->service = arena_str(m->arena, part);
    op->verb = arena_str(m->arena, rest);
    op->floor = act_floor(act_find(s->method));
    op->reversible = true;
}

/* The rows of the table say in words how they are undone; these say that they are not. */
static bool is_undoable(const char *undo)
{
    static const char *const no[] = {"is lost",        "not brought back", "no way back",
                                     "not taken back", "nothing to bring", NULL};

    for (size_t i = 0; no[i]; i++) {
        if (strstr(undo, no[i]))
            return false;
    }
    return true;
}

static void make_act(struct making *m, struct plan_step *s)
{
    struct risk_result risk;
    struct operation op;

    operation_of(m, s, &op);
    s->provider = op.provider;
    op.reversible = is_undoable(act_undo_help(act_find(s->method)));
    risk_classify(&op, NULL, &risk);
    s->risk = risk.risk > RISK_READ ? risk.risk : RISK_LOW;
    s->requires_approval = true;
    s->rollback = act_undo_help(act_find(s->method));
    s->undo = s->undo && is_undoable(s->rollback);
}

static const char *provider_of_tool(struct arena *a, const char *tool)
{
    const char *end = strchr(tool, '_');

    return end ? arena_strndup(a, tool, (size_t)(end - tool)) : tool;
}

static void make_step(struct making *m, const struct playbook_step *from, struct plan_step *s)
{
    const struct primitive *p =
        from->kind == PLAYBOOK_PRIMITIVE ? primitive_find(from->name) : NULL;

    *s = (struct plan_step){.id = from->id,
                            .title = from->title,
                            .action = from->name,
                            .method = from->name,
                            .kind = from->kind,
                            .params = make_params(m, from->with),
                            .risk = RISK_READ,
                            .requires_approval = from->approve,
                            .undo = from->undo,
                            .when = from->when,
                            .go_on = from->go_on,
                            .retries = from->retries,
                            .seconds = from->seconds};
    if (p) {
        s->provider = primitive_sources(p);
        s->usd = p->usd;
        if (p->missing)
            s->unavailable =
                arena_printf(m->arena, "needs %s, which is not supported yet", p->missing);
    } else if (from->kind == PLAYBOOK_ACT) {
        make_act(m, s);
    } else {
        s->provider = provider_of_tool(m->arena, from->name);
    }
}

static const char *summary(struct making *m, const struct plan *p)
{
    size_t writes = 0, unavailable = 0;
    struct buf out = BUF_INIT(4096);
    const char *host = intent_filter(m->in, "host"), *text;

    for (size_t i = 0; i < p->step_count; i++) {
        writes += p->steps[i].kind == PLAYBOOK_ACT;
        unavailable += p->steps[i].unavailable != NULL;
    }
    buf_addf(&out, "%s %zu step%s%s%s: ", m->book->summary, p->step_count,
             p->step_count == 1 ? "" : "s", host ? " on " : "", host ? host : "");
    if (writes)
        buf_addf(&out, "%zu change%s something, %safter an approval of its own", writes,
                 writes == 1 ? "s" : "", writes == 1 ? "" : "each ");
    else
        buf_adds(&out, "all of them only read");
    if (unavailable)
        buf_addf(&out, "; %zu cannot be done yet", unavailable);
    buf_addf(&out, ". About %lld s.", (long long)p->seconds);
    if (p->usd > 0)
        buf_addf(&out, " Asking costs about %.2f USD.", p->usd);
    text = arena_strdup(m->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static void make_id(struct making *m, struct plan *p)
{
    struct buf text = BUF_INIT((size_t)1 << 20);
    char hex[SHA256_HEX];

    intent_id(m->in, p->intent);
    buf_addf(&text, "%s %s", p->intent, m->book->hash);
    for (size_t i = 0; i < p->step_count; i++)
        buf_addf(&text, "\n%s %.*s", p->steps[i].method, STR_FMT(p->steps[i].params));
    hash_sha256_hex(buf_str(&text), hex);
    snprintf(p->id, sizeof(p->id), "plan-%.12s", hex);
    buf_release(&text);
}

/* What the intent itself does not want. */
static enum err_code check_constraints(const struct making *m, const struct plan *p)
{
    for (size_t i = 0; i < p->step_count && m->in->read_only; i++) {
        if (p->steps[i].kind == PLAYBOOK_ACT)
            return err_set(
                m->err, ERR_DENIED,
                "the intent wants nothing changed (read_only), and step %s of playbook %s "
                "is %s",
                p->steps[i].id, m->book->name, p->steps[i].method);
    }
    if (m->in->max_cost_usd >= 0 && p->usd > m->in->max_cost_usd)
        return err_set(
            m->err, ERR_DENIED,
            "the intent allows %.2f USD (max_cost_usd), and asking what playbook %s asks "
            "costs about %.2f USD",
            m->in->max_cost_usd, m->book->name, p->usd);
    return ERR_OK;
}

enum err_code plan_make(const struct plan_intent *in, const struct playbook *book, const char *why,
                        struct arena *a, struct plan *ret, struct err *err)
{
    struct making m = {.arena = a, .in = in, .book = book, .err = err};
    struct plan p = {.of = in, .playbook = book, .why = why};

    err_clear(err);
    if (intent_check_sure(in, err) || !bind_params(&m))
        return err->code;
    p.steps = arena_array(a, book->step_count, sizeof(*p.steps));
    p.step_count = book->step_count;
    for (size_t i = 0; i < book->step_count; i++) {
        make_step(&m, &book->steps[i], &p.steps[i]);
        p.seconds += p.steps[i].seconds;
        p.usd += p.steps[i].usd;
        p.writes = p.writes || p.steps[i].kind == PLAYBOOK_ACT;
        if (p.steps[i].risk > p.risk)
            p.risk = p.steps[i].risk;
    }
    if (check_constraints(&m, &p))
        return err->code;
    make_id(&m, &p);
    p.summary = summary(&m, &p);
    *ret = p;
    return ERR_OK;
}

/* ---- JSON ---- */

static void put_step(const struct plan_step *s, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "step_id", s->id);
    json_put_cstr(w, "title", *s->title ? s->title : s->action);
    json_put_cstr(w, "action", s->action);
    json_put_cstr(w, "provider", s->provider);
    json_put_cstr(w, "method", s->method);
    json_key(w, "params");
    json_raw(w, s->params);
    json_put_cstr(w, "risk_level", risk_name(s->risk));
    json_put_num(w, "estimated_cost_usd", s->usd);
    json_put_bool(w, "requires_approval", s->requires_approval);
    json_put_cstr(w, "condition", s->when);
    json_put_cstr(w, "on_error", s->go_on ? "continue" : "abort");
    json_put_cstr(w, "rollback", s->rollback);
    json_put_cstr(w, "unavailable", s->unavailable);
    json_object_end(w);
}

/* Backwards: what is done last is taken back first. */
static void put_rollback(const struct plan *p, struct json_writer *w)
{
    json_key(w, "rollback_plan");
    if (!p->writes) {
        json_null(w);
        return;
    }
    json_array_begin(w);
    for (size_t i = p->step_count; i-- > 0;) {
        const struct plan_step *s = &p->steps[i];

        if (s->kind != PLAYBOOK_ACT)
            continue;
        json_object_begin(w);
        json_put_cstr(w, "step_id", s->id);
        json_put_cstr(w, "how", s->rollback);
        json_put_bool(w, "by_itself", s->undo);
        json_object_end(w);
    }
    json_array_end(w);
}

const char *plan_level(const struct plan *p)
{
    static const char *const names[RISKS] = {[RISK_READ] = "L0",
                                             [RISK_LOW] = "L1",
                                             [RISK_MEDIUM] = "L2",
                                             [RISK_HIGH] = "L2",
                                             [RISK_CRITICAL] = "L3"};

    return names[p->risk];
}

void plan_json(const struct plan *p, struct json_writer *w)
{
    json_object_begin(w);
    json_put_cstr(w, "plan_id", p->id);
    json_put_cstr(w, "intent_id", p->intent);
    json_key(w, "playbook");
    json_object_begin(w);
    json_put_cstr(w, "name", p->playbook->name);
    json_put_cstr(w, "version", p->playbook->version);
    json_put_cstr(w, "sha256", p->playbook->hash);
    json_put_cstr(w, "chosen_because", p->why);
    json_object_end(w);
    json_key(w, "steps");
    json_array_begin(w);
    for (size_t i = 0; i < p->step_count; i++)
        put_step(&p->steps[i], w);
    json_array_end(w);
    put_rollback(p, w);
    json_put_cstr(w, "level", plan_level(p));
    json_put_int(w, "estimated_duration_sec", p->seconds);
    json_put_num(w, "estimated_cost_usd", p->usd);
    json_put_cstr(w, "human_summary", p->summary);
    json_object_end(w);
}

/* ---- policy ---- */

/* What the operation is about, as far as it is known before the steps in front of it have run. */
static void put_resource(struct making *m, const struct plan_step *s, struct operation *op)
{
    static const char *const names[] = {"unit",   "pid", "group", "path", "matchers",
                                        "branch", "id",  "name",  NULL};
    const struct value *v, *at = NULL;
    struct err err;
    char number[32];

    if (json_parse(m->arena, s->params, &v, &err))
        return;
    for (size_t i = 0; names[i] && !at; i++)
        at = value_get(v, names[i]);
    if (at && at->type == VALUE_NUMBER)
        op->resource_name =
            arena_strndup(m->arena, number, (size_t)num_format_f64(at->u.number, number));
    else if (at && at->type == VALUE_STRING)
        op->resource_name =
            str_find(at->u.string, STR_LIT("{{")) < 0 ? at->u.string.ptr : "what is found";
    if (at && str_eq_c(at->key, "path") && at->type == VALUE_STRING) {
        const char **paths = arena_array(m->arena, 1, sizeof(*paths));

        paths[0] = at->u.string.ptr;
        op->paths = paths;
        op->path_count = 1;
    }
    at = value_get(v, "sudo");
    if (at && at->type == VALUE_BOOL && at->u.boolean)
        op->flags |= OP_PRIVILEGED;
}

void plan_decide(const struct plan *p, const struct policy *policy, const char *environment,
                 const struct policy_user *who, const struct policy_counters *counters,
                 int64_t now_ms, struct policy_decision *ret)
{
    struct arena *a = arena_new(4096);
    struct making m = {.arena = a, .in = p->of, .book = p->playbook};

    for (size_t i = 0; i < p->step_count; i++) {
        const struct plan_step *s = &p->steps[i];
        struct operation op;

        ret[i] = (struct policy_decision){.act = POLICY_ALLOW};
        ret[i].risk.risk = RISK_READ;
        if (s->kind != PLAYBOOK_ACT)
            continue;
        operation_of(&m, s, &op);
        op.reversible = is_undoable(s->rollback);
        op.environment = *p->of->scope ? p->of->scope : environment;
        put_resource(&m, s, &op);
        policy_decide_facts(policy, &op, NULL, who, now_ms, counters, &ret[i]);
        ret[i].confirm_text = ""; /* it would point into the arena */
    }
    arena_free(a);
}
