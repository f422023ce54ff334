/* procedure.c - building a procedure, and its definition as JSON: the shape of engine/procedure.h,
 * its members in that order, without what is zero or "". */
#include "runbook/engine/procedure.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "src/engine/procedure_priv.h"

struct procedure *procedure_new(const char *kind, const char *id)
{
    struct procedure *p = xcalloc(1, sizeof(*p));

    p->arena = arena_new(4096);
    p->kind = arena_strdup(p->arena, kind);
    p->id = arena_strdup(p->arena, id);
    p->name = p->version = p->description = p->source = "";
    return p;
}

void procedure_free(struct procedure *p)
{
    if (!p)
        return;
    arena_free(p->arena);
    free(p);
}

const char *procedure_text(struct procedure *p, struct str s)
{
    return s.len ? arena_str(p->arena, s) : "";
}

/* Room for one more in an array of the arena; what is left behind goes with the arena. */
static void *grow(struct procedure *p, void *items, size_t count, size_t *cap, size_t item_bytes)
{
    void *wider;

    if (count < *cap)
        return items;
    *cap = *cap ? *cap * 2 : 8;
    wider = arena_array(p->arena, *cap, item_bytes);
    if (count)
        memcpy(wider, items, count * item_bytes);
    return wider;
}

struct procedure_param *procedure_add_param(struct procedure *p, const char *name,
                                            enum procedure_type type)
{
    struct procedure_param *q;

    p->params = grow(p, p->params, p->param_count, &p->param_cap, sizeof(*p->params));
    q = &p->params[p->param_count++];
    *q = (struct procedure_param){.name = arena_strdup(p->arena, name), .type = type};
    q->description = "";
    return q;
}

struct procedure_step *procedure_add_step(struct procedure *p, struct procedure_steps *to,
                                          enum step_kind kind, const char *id)
{
    struct procedure_step *s = arena_alloc(p->arena, sizeof(*s));

    to->items = grow(p, to->items, to->count, &to->cap, sizeof(struct procedure_step *));
    to->items[to->count++] = s;
    s->kind = kind;
    s->id = arena_strdup(p->arena, id);
    s->name = s->description = s->action = s->text = s->condition = s->until = "";
    return s;
}

struct procedure_option *procedure_add_option(struct procedure *p, struct procedure_step *s,
                                              const char *label, const char *target)
{
    struct procedure_option *wider =
        arena_array(p->arena, s->option_count + 1, sizeof(*s->options));

    if (s->option_count)
        memcpy(wider, s->options, s->option_count * sizeof(*wider));
    s->options = wider;
    wider += s->option_count++;
    wider->label = arena_strdup(p->arena, label);
    wider->target = arena_strdup(p->arena, target);
    return wider;
}

static const struct procedure_step *find_in(const struct procedure_steps *steps, const char *id)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct procedure_step *s = steps->items[i], *found;

        if (strcmp(s->id, id) == 0)
            return s;
        found = find_in(&s->steps, id);
        found = found ? found : find_in(&s->rollback, id);
        if (found)
            return found;
    }
    return NULL;
}

const struct procedure_step *procedure_find(const struct procedure *p, const char *id)
{
    return find_in(&p->steps, id);
}

static bool any_act(const struct procedure_steps *steps)
{
    for (size_t i = 0; i < steps->count; i++) {
        const struct procedure_step *s = steps->items[i];

        if (s->kind == STEP_ACT || any_act(&s->steps) || any_act(&s->rollback))
            return true;
    }
    return false;
}

bool procedure_mutates(const struct procedure *p)
{
    return any_act(&p->steps);
}

/* ---- to JSON ---- */

static void put_text(struct json_writer *w, const char *key, const char *s)
{
    if (s && *s)
        json_put_cstr(w, key, s);
}

static void put_int(struct json_writer *w, const char *key, int64_t v)
{
    if (v)
        json_put_int(w, key, v);
}

static void put_flag(struct json_writer *w, const char *key, bool v)
{
    if (v)
        json_put_bool(w, key, true);
}

static void put_params(struct json_writer *w, const struct procedure *p)
{
    json_key(w, "parameters");
    json_array_begin(w);
    for (size_t i = 0; i < p->param_count; i++) {
        const struct procedure_param *q = &p->params[i];

        json_object_begin(w);
        json_put_cstr(w, "name", q->name);
        json_put_cstr(w, "type", procedure_type_name(q->type));
        put_text(w, "description", q->description);
        put_flag(w, "required", q->required);
        if (q->fallback) {
            json_key(w, "default");
            json_value(w, q->fallback);
        }
        if (q->options) {
            json_key(w, "enum");
            json_array_begin(w);
            for (size_t k = 0; q->options[k]; k++)
                json_cstring(w, q->options[k]);
            json_array_end(w);
        }
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_steps(struct json_writer *w, const char *key, const struct procedure_steps *steps);

static void put_options(struct json_writer *w, const struct procedure_step *s)
{
    if (!s->option_count)
        return;
    json_key(w, "options");
    json_array_begin(w);
    for (size_t i = 0; i < s->option_count; i++) {
        json_object_begin(w);
        json_put_cstr(w, "label", s->options[i].label);
        put_text(w, "goto", s->options[i].target);
        json_object_end(w);
    }
    json_array_end(w);
}

static void put_step(struct json_writer *w, const struct procedure_step *s)
{
    json_object_begin(w);
    json_put_cstr(w, "id", s->id);
    json_put_cstr(w, "kind", step_kind_name(s->kind));
    put_text(w, "name", s->name);
    put_text(w, "description", s->description);
    put_text(w, "action", s->action);
    if (s->args) {
        json_key(w, "args");
        json_value(w, s->args);
    }
    put_text(w, "text", s->text);
    put_options(w, s);
    put_text(w, "condition", s->condition);
    put_flag(w, "requires_approval", s->requires_approval);
    if (s->on_error != ON_ERROR_ABORT)
        json_put_cstr(w, "on_error", step_on_error_name(s->on_error));
    put_int(w, "max_retries", s->max_retries);
    put_int(w, "backoff_ms", s->backoff_ms);
    put_int(w, "timeout_ms", s->timeout_ms);
    put_int(w, "wait_ms", s->wait_ms);
    put_text(w, "until", s->until);
    put_int(w, "limit", s->limit);
    put_int(w, "parallel", s->parallel);
    put_flag(w, "no_undo", s->no_undo);
    put_steps(w, "steps", &s->steps);
    put_steps(w, "rollback", &s->rollback);
    json_object_end(w);
}

static void put_steps(struct json_writer *w, const char *key, const struct procedure_steps *steps)
{
    if (!steps->count)
        return;
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < steps->count; i++)
        put_step(w, steps->items[i]);
    json_array_end(w);
}

void procedure_encode(const struct procedure *p, struct buf *out)
{
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "kind", p->kind);
    json_put_cstr(&w, "id", p->id);
    put_text(&w, "name", p->name);
    put_text(&w, "version", p->version);
    put_text(&w, "description", p->description);
    put_text(&w, "source", p->source);
    put_text(&w, "sha256", p->sha256);
    put_text(&w, "risk", risk_name(p->risk));
    put_int(&w, "timeout_ms", p->timeout_ms);
    put_flag(&w, "no_rollback", p->no_rollback);
    put_params(&w, p);
    put_steps(&w, "steps", &p->steps);
    json_object_end(&w);
}

/* ---- and back ---- */

struct reader {
    struct procedure *p;
    struct err *err;
    size_t steps;
};

static const char *text_of(struct reader *r, const struct value *v, const char *key)
{
    return procedure_text(r->p, value_str_or(v, key, ""));
}

static bool named(const char *name, const char *(*names)(int), int count, int *ret)
{
    for (int i = 0; i < count; i++) {
        if (strcmp(names(i), name) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static const char *kind_at(int i)
{
    return step_kind_name((enum step_kind)i);
}

static const char *type_at(int i)
{
    return procedure_type_name((enum procedure_type)i);
}

static const char *on_error_at(int i)
{
    return step_on_error_name((enum step_on_error)i);
}

/* A copy that lives as long as the procedure. */
static const struct value *keep(struct procedure *p, const struct value *v, struct err *err)
{
    struct buf text = BUF_INIT(PROCEDURE_BYTES_MAX);
    const struct value *copy = NULL;
    struct json_writer w;

    json_writer_init(&w, &text);
    json_value(&w, v);
    if (text.full || json_parse(p->arena, buf_str(&text), &copy, err))
        copy = NULL;
    buf_release(&text);
    return copy;
}

static enum err_code read_param(struct reader *r, const struct value *v)
{
    const char *name = text_of(r, v, "name"), *type = value_cstr_or(v, "type", "string");
    const struct value *options = value_get(v, "enum");
    struct procedure_param *q;
    const char **list;
    int t;

    if (!*name || !named(type, type_at, PROCEDURE_TYPES, &t) ||
        r->p->param_count >= PROCEDURE_PARAMS_MAX)
        return err_set(r->err, ERR_INPUT, "a parameter has no name, or the type '%.40s'", type);
    q = procedure_add_param(r->p, name, (enum procedure_type)t);
    q->description = text_of(r, v, "description");
    q->required = value_bool_or(v, "required", false);
    if (value_get(v, "default"))
        q->fallback = keep(r->p, value_get(v, "default"), r->err);
    if (value_count(options)) {
        list = arena_array(r->p->arena, value_count(options) + 1, sizeof(*list));
        for (size_t i = 0; i < value_count(options); i++) {
            const struct value *o = value_at(options, i);

            list[i] = o->type == VALUE_STRING ? procedure_text(r->p, o->u.string) : "";
        }
        q->options = list;
    }
    return ERR_OK;
}

static enum err_code read_steps(struct reader *r, struct procedure_steps *to,
                                const struct value *steps, int depth);

static enum err_code read_step(struct reader *r, struct procedure_steps *to, const struct value *v,
                               int depth)
{
    const char *kind = value_cstr_or(v, "kind", ""), *id = text_of(r, v, "id");
    const char *on_error = value_cstr_or(v, "on_error", "abort");
    struct procedure_step *s;
    int k, o;

    if (++r->steps > PROCEDURE_STEPS_MAX || depth > 2)
        return err_set(r->err, ERR_LIMIT, "a procedure has %d steps at the most",
                       PROCEDURE_STEPS_MAX);
    if (!*id || !named(kind, kind_at, STEP_KINDS, &k) ||
        !named(on_error, on_error_at, STEP_ON_ERRORS, &o))
        return err_set(r->err, ERR_INPUT, "step '%.64s': its kind is '%.40s', on_error '%.40s'", id,
                       kind, on_error);
    s = procedure_add_step(r->p, to, (enum step_kind)k, id);
    s->on_error = (enum step_on_error)o;
    s->name = text_of(r, v, "name");
    s->description = text_of(r, v, "description");
    s->action = text_of(r, v, "action");
    s->text = text_of(r, v, "text");
    s->condition = text_of(r, v, "condition");
    s->until = text_of(r, v, "until");
    s->requires_approval = value_bool_or(v, "requires_approval", false);
    s->no_undo = value_bool_or(v, "no_undo", false);
    s->max_retries = (int)value_i64_or(v, "max_retries", 0);
    s->backoff_ms = value_i64_or(v, "backoff_ms", 0);
    s->timeout_ms = value_i64_or(v, "timeout_ms", 0);
    s->wait_ms = value_i64_or(v, "wait_ms", 0);
    s->limit = (int)value_i64_or(v, "limit", 0);
    s->parallel = (int)value_i64_or(v, "parallel", 0);
    if (value_get(v, "args"))
        s->args = keep(r->p, value_get(v, "args"), r->err);
    VALUE_EACH (opt, value_get(v, "options"))
        procedure_add_option(r->p, s, value_cstr_or(opt, "label", ""),
                             value_cstr_or(opt, "goto", ""));
    if (read_steps(r, &s->steps, value_get(v, "steps"), depth + 1))
        return r->err->code;
    return read_steps(r, &s->rollback, value_get(v, "rollback"), depth + 1);
}

static enum err_code read_steps(struct reader *r, struct procedure_steps *to,
                                const struct value *steps, int depth)
{
    VALUE_EACH (v, steps) {
        if (read_step(r, to, v, depth))
            return r->err->code;
    }
    return ERR_OK;
}

enum err_code procedure_decode(const struct value *v, struct procedure **ret, struct err *err)
{
    struct str id, kind;
    struct reader r = {.err = err};
    enum err_code rc = ERR_OK;

    if (value_need_str(v, "id", &id, err) || value_need_str(v, "kind", &kind, err))
        return err->code;
    r.p = procedure_new(value_cstr_or(v, "kind", ""), value_cstr_or(v, "id", ""));
    r.p->name = text_of(&r, v, "name");
    r.p->version = text_of(&r, v, "version");
    r.p->description = text_of(&r, v, "description");
    r.p->source = text_of(&r, v, "source");
    snprintf(r.p->sha256, sizeof(r.p->sha256), "%s", value_cstr_or(v, "sha256", ""));
    if (!risk_from_name(value_str_or(v, "risk", ""), &r.p->risk))
        r.p->risk = RISK_READ;
    r.p->timeout_ms = value_i64_or(v, "timeout_ms", 0);
    r.p->no_rollback = value_bool_or(v, "no_rollback", false);
    VALUE_EACH (q, value_get(v, "parameters")) {
        rc = rc ? rc : read_param(&r, q);
    }
    rc = rc ? rc : read_steps(&r, &r.p->steps, value_get(v, "steps"), 0);
    if (rc) {
        procedure_free(r.p);
        return err_wrap(err, "procedure '%.64s'", value_cstr_or(v, "id", ""));
    }
    *ret = r.p;
    return ERR_OK;
}
