/* playbook.c - one playbook: YAML to a checked struct. What is not known is refused where it
 * stands: a misspelled key must not silently do nothing. */
#include "plan_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/codec/expr.h"
#include "runbook/codec/hash.h"
#include "runbook/codec/yaml.h"
#include "runbook/engine/mutate.h"

struct parsing {
    struct arena *arena;
    const char *file;
    struct playbook *book;
    struct playbook_param *params;
    struct playbook_step *steps;
    struct err *err;
};

static bool bad(struct parsing *p, const struct value *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static bool bad(struct parsing *p, const struct value *at, const char *fmt, ...)
{
    char text[400];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    err_set(p->err, ERR_INPUT, "%s line %u column %u: %s", p->file, at ? at->line : 1,
            at ? at->col : 1, text);
    return false;
}

static bool in_list(const char *const *names, struct str s)
{
    for (size_t i = 0; names[i]; i++) {
        if (str_eq_c(s, names[i]))
            return true;
    }
    return false;
}

static bool only_keys(struct parsing *p, const struct value *obj, const char *what,
                      const char *const *known)
{
    if (obj->type != VALUE_OBJECT)
        return bad(p, obj, "%s must be a mapping", what);
    VALUE_EACH (v, obj) {
        if (!in_list(known, v->key))
            return bad(p, v, "%s has no key '%.40s'", what, v->key.ptr);
    }
    return true;
}

/* A text member; *ret keeps its value when there is none. */
static bool text_of(struct parsing *p, const struct value *obj, const char *key, const char **ret)
{
    const struct value *v = value_get(obj, key);
    char number[32];

    if (!v)
        return true;
    if (v->type == VALUE_STRING)
        *ret = v->u.string.ptr;
    else if (v->type == VALUE_BOOL)
        *ret = v->u.boolean ? "true" : "false";
    else if (v->type == VALUE_NUMBER && num_format_f64(v->u.number, number))
        *ret = arena_strdup(p->arena, number);
    else
        return bad(p, v, "'%s' must be a text", key);
    return true;
}

static bool is_name(const char *s, char extra)
{
    for (size_t i = 0; s[i]; i++) {
        char c = s[i];

        if (!((c >= 'a' && c <= 'z') || c == '_' || c == extra || (i && c >= '0' && c <= '9')))
            return false;
    }
    return s[0] && strlen(s) <= 64;
}

/* ---- match ---- */

static bool read_match(struct parsing *p, const struct value *root)
{
    static const struct {
        const char *key;
        const char *const *names;
    } keys[] = {
        {"intent", plan_do_names},   {"resource", plan_resource_names},
        {"class", plan_class_names}, {"action", plan_action_names},
        {"goal", plan_goal_names},   {"has", NULL}}; /* filters that somebody has to have said */
    const struct value *m = value_get(root, "match");

    if (!m || m->type != VALUE_OBJECT || !value_count(m))
        return bad(p, m ? m : root,
                   "'match' must say when it is chosen: intent, resource, class, "
                   "action, goal, has");
    VALUE_EACH (v, m) {
        size_t k = 0;

        while (k < sizeof(keys) / sizeof(keys[0]) && !str_eq_c(v->key, keys[k].key))
            k++;
        if (k == sizeof(keys) / sizeof(keys[0]))
            return bad(p, v, "'match' has no key '%.40s'", v->key.ptr);
        if (v->type != VALUE_STRING && v->type != VALUE_ARRAY)
            return bad(p, v, "'%s' must be a word or a list of words", keys[k].key);
        if (v->type == VALUE_STRING && keys[k].names && !in_list(keys[k].names, v->u.string))
            return bad(p, v, "'%.40s' is no %s", v->u.string.ptr, keys[k].key);
        VALUE_EACH (one, v) {
            if (one->type != VALUE_STRING ||
                (keys[k].names && !in_list(keys[k].names, one->u.string)))
                return bad(p, one, "'%.40s' is no %s",
                           one->type == VALUE_STRING ? one->u.string.ptr : "", keys[k].key);
        }
    }
    p->book->match = m;
    return true;
}

/* ---- parameters ---- */

static const char *const type_names[] = {"string", "int", "number", "bool", "name", NULL};

static bool read_param(struct parsing *p, const struct value *v)
{
    static const char *const known[] = {"type", "default", "ask", "help", NULL};
    static const enum param_type types[] = {PARAM_STRING, PARAM_INT, PARAM_NUMBER, PARAM_BOOL,
                                            PARAM_STRING};
    struct playbook_param *to = &p->params[p->book->param_count];
    const char *type = "string";
    size_t t = 0;

    if (p->book->param_count == PLAYBOOK_PARAMS_MAX)
        return bad(p, v, "there are more than %d parameters", PLAYBOOK_PARAMS_MAX);
    if (!is_name(v->key.ptr, '_'))
        return bad(p, v, "a parameter's name is a word of a-z, 0-9 and _");
    if (!only_keys(p, v, "a parameter", known) || !text_of(p, v, "type", &type) ||
        !text_of(p, v, "default", &to->fallback) || !text_of(p, v, "ask", &to->ask) ||
        !text_of(p, v, "help", &to->help))
        return false;
    while (type_names[t] && strcmp(type, type_names[t]) != 0)
        t++;
    if (!type_names[t])
        return bad(p, value_get(v, "type"), "'%.40s' is none of string, int, number, bool, name",
                   type);
    if (!to->fallback && !to->ask)
        return bad(p, v, "parameter '%s' needs a default, or a question in 'ask'", v->key.ptr);
    to->type = types[t];
    to->is_name = strcmp(type, "name") == 0;
    to->name = v->key.ptr;
    to->line = v->line;
    p->book->param_count++;
    return true;
}

/* ---- steps ---- */

static bool has_param(const struct parsing *p, struct str name)
{
    for (size_t i = 0; i < p->book->param_count; i++) {
        if (str_eq_c(name, p->params[i].name))
            return true;
    }
    return false;
}

static bool is_step_before(const struct parsing *p, struct str id)
{
    for (size_t i = 0; i < p->book->step_count; i++) {
        if (str_eq_c(id, p->steps[i].id))
            return true;
    }
    return false;
}

/* steps.<id>.result.<path>, or a parameter's name. */
static bool check_reference(struct parsing *p, const struct value *at, struct str name)
{
    struct str rest = name, first, id;

    if (!str_split(&rest, '.', &first))
        return bad(p, at, "{{}} names nothing");
    if (!str_eq_c(first, "steps"))
        return has_param(p, name) || bad(p, at, "there is no parameter '%.*s'", STR_FMT(name));
    if (!str_split(&rest, '.', &id) || !is_step_before(p, id))
        return bad(p, at, "'%.*s' speaks of no step before this one", STR_FMT(name));
    if (!str_starts(rest, "result.") && !str_eq_c(rest, "status"))
        return bad(p, at, "'%.*s' is neither a result nor a status", STR_FMT(name));
    return true;
}

static bool check_templates(struct parsing *p, const struct value *v)
{
    struct str rest;
    ptrdiff_t open, close;

    VALUE_EACH (one, v) {
        if (!check_templates(p, one))
            return false;
    }
    if (v->type != VALUE_STRING)
        return true;
    rest = v->u.string;
    while ((open = str_find(rest, STR_LIT("{{"))) >= 0) {
        rest = (struct str){rest.ptr + open + 2, rest.len - (size_t)open - 2};
        close = str_find(rest, STR_LIT("}}"));
        if (close < 0)
            return bad(p, v, "'{{' is not closed");
        if (!check_reference(p, v, str_trim((struct str){rest.ptr, (size_t)close})))
            return false;
        rest = (struct str){rest.ptr + close + 2, rest.len - (size_t)close - 2};
    }
    return true;
}

static const struct tool_param *find_param(const struct tool_param *list, struct str name)
{
    for (const struct tool_param *t = list; t && t->name; t++) {
        if (str_eq_c(name, t->name))
            return t;
    }
    return NULL;
}

static bool check_with(struct parsing *p, const struct value *at, const struct playbook_step *s,
                       const struct tool_param *params)
{
    if (s->with && s->with->type != VALUE_OBJECT)
        return bad(p, s->with, "'with' must be a mapping");
    VALUE_EACH (v, s->with) {
        if (!find_param(params, v->key))
            return bad(p, v, "%s has no parameter '%.40s'", s->name, v->key.ptr);
        if (v->type == VALUE_OBJECT || v->type == VALUE_ARRAY || v->type == VALUE_NULL)
            return bad(p, v, "'%.40s' must be a text, a number or true or false", v->key.ptr);
    }
    for (const struct tool_param *t = params; t && t->name; t++) {
        if (t->required && !(s->with && value_get(s->with, t->name)))
            return bad(p, at, "%s needs '%s'", s->name, t->name);
    }
    return !s->with || check_templates(p, s->with);
}

/* Which of primitive, tool and act it is, and whether there is such a one. */
static bool read_doing(struct parsing *p, const struct value *v, struct playbook_step *s)
{
    const char *primitive = NULL, *tool = NULL, *act = NULL;
    const struct tool_param *params = NULL;
    const struct tool_def *def;

    if (!text_of(p, v, "primitive", &primitive) || !text_of(p, v, "tool", &tool) ||
        !text_of(p, v, "act", &act))
        return false;
    if ((primitive != NULL) + (tool != NULL) + (act != NULL) != 1)
        return bad(p, v, "step '%s' needs one of primitive, tool and act", s->id);
    s->name = primitive ? primitive : tool ? tool : act;
    s->kind = primitive ? PLAYBOOK_PRIMITIVE : tool ? PLAYBOOK_TOOL : PLAYBOOK_ACT;
    if (primitive && !primitive_find(primitive))
        return bad(p, value_get(v, "primitive"), "there is no primitive '%.60s'", primitive);
    if (act && !act_find(act))
        return bad(p, value_get(v, "act"), "there is no operation '%.60s'", act);
    def = tool ? tool_find(tool) : NULL;
    if (tool && !def)
        return bad(p, value_get(v, "tool"), "there is no tool '%.60s'", tool);
    if (def && def->risk != RISK_READ)
        return bad(p, value_get(v, "tool"), "'%.60s' does not only read", tool);
    s->with = value_get(v, "with");
    if (primitive)
        params = primitive_params(primitive_find(primitive));
    else if (act)
        params = act_params(act_find(act));
    else if (def)
        params = def->params;
    return check_with(p, v, s, params);
}

static bool read_condition(struct parsing *p, const struct value *v, struct playbook_step *s)
{
    const struct value *at = value_get(v, "if");
    struct expr_at where = {1, 1};
    const struct expr *e;
    struct err err;

    if (!text_of(p, v, "if", &s->when) || !s->when)
        return p->err->code == ERR_OK;
    if (expr_parse(p->arena, str_from(s->when), &where, &e, &err))
        return bad(p, at, "the condition, character %u: %.300s", where.col, err.msg);
    return true;
}

static bool read_numbers(struct parsing *p, const struct value *v, struct playbook_step *s)
{
    const struct value *sec = value_get(v, "seconds"), *retries = value_get(v, "retries");

    s->seconds = STEP_SECONDS;
    if (sec && (sec->type != VALUE_NUMBER || !(sec->u.number >= 0 && sec->u.number <= 86400)))
        return bad(p, sec, "'seconds' must be a number from 0 to 86400");
    if (sec)
        s->seconds = (int64_t)ceil(sec->u.number);
    if (retries &&
        (retries->type != VALUE_NUMBER || !(retries->u.number >= 0) || retries->u.number > 10))
        return bad(p, retries, "'retries' must be a number from 0 to 10");
    s->retries = retries ? (int)retries->u.number : 0;
    if (s->retries && s->kind == PLAYBOOK_ACT)
        return bad(p, retries, "what changes something is never repeated");
    return true;
}

static bool read_step(struct parsing *p, const struct value *v)
{
    static const char *const known[] = {
        "id",      "title",   "primitive",         "tool",     "act", "with", "if", "on_error",
        "retries", "seconds", "requires_approval", "rollback", NULL};
    struct playbook_step *s = &p->steps[p->book->step_count];
    const char *on_error = NULL, *rollback = "auto", *approve = "false";

    if (!only_keys(p, v, "a step", known))
        return false;
    *s = (struct playbook_step){.title = "", .line = v->line, .col = v->col};
    if (!text_of(p, v, "id", &s->id) || !text_of(p, v, "title", &s->title) ||
        !text_of(p, v, "on_error", &on_error) || !text_of(p, v, "rollback", &rollback) ||
        !text_of(p, v, "requires_approval", &approve))
        return false;
    if (!s->id || !is_name(s->id, '-'))
        return bad(p, v, "a step needs an 'id': a word of a-z, 0-9, - and _");
    if (is_step_before(p, str_from(s->id)))
        return bad(p, value_get(v, "id"), "there are two steps '%s'", s->id);
    if (!read_doing(p, v, s) || !read_condition(p, v, s) || !read_numbers(p, v, s))
        return false;
    if (!on_error)
        on_error = s->kind == PLAYBOOK_ACT ? "abort" : "continue";
    if (strcmp(on_error, "continue") != 0 && strcmp(on_error, "abort") != 0)
        return bad(p, value_get(v, "on_error"), "'on_error' is continue or abort");
    if (strcmp(rollback, "auto") != 0 && strcmp(rollback, "none") != 0)
        return bad(p, value_get(v, "rollback"), "'rollback' is auto or none");
    s->go_on = strcmp(on_error, "continue") == 0;
    s->undo = s->kind == PLAYBOOK_ACT && strcmp(rollback, "auto") == 0;
    s->approve = strcmp(approve, "true") == 0;
    p->book->step_count++;
    return true;
}

static bool read_steps(struct parsing *p, const struct value *root)
{
    const struct value *list = value_get(root, "steps");

    if (!list || list->type != VALUE_ARRAY || !value_count(list))
        return bad(p, list ? list : root, "'steps' must be a list");
    if (value_count(list) > PLAN_STEPS_MAX)
        return bad(p, list, "there are more than %d steps", PLAN_STEPS_MAX);
    VALUE_EACH (v, list) {
        if (!read_step(p, v))
            return false;
    }
    return true;
}

static bool is_version(const char *s)
{
    int dots = 0;

    for (size_t i = 0; s[i]; i++) {
        dots += s[i] == '.';
        if (s[i] != '.' && !(s[i] >= '0' && s[i] <= '9'))
            return false;
    }
    return dots == 2 && s[0] != '.' && strlen(s) < 32;
}

static bool read_head(struct parsing *p, const struct value *root)
{
    static const char *const known[] = {"playbook", "version",    "summary", "match",
                                        "priority", "parameters", "steps",   NULL};
    const struct value *priority = value_get(root, "priority");
    struct playbook *b = p->book;

    if (!only_keys(p, root, "a playbook", known) || !text_of(p, root, "playbook", &b->name) ||
        !text_of(p, root, "version", &b->version) || !text_of(p, root, "summary", &b->summary))
        return false;
    if (!b->name || !is_name(b->name, '-'))
        return bad(p, value_get(root, "playbook"),
                   "'playbook' must be its name: a word of a-z, 0-9, - and _");
    if (!b->version || !is_version(b->version))
        return bad(p, value_get(root, "version"), "'version' must be like \"1.2.0\"");
    if (!b->summary || !*b->summary)
        return bad(p, root, "'summary' must say in a sentence what it is for");
    if (priority && (priority->type != VALUE_NUMBER || !(fabs(priority->u.number) <= 1000)))
        return bad(p, priority, "'priority' must be a number from -1000 to 1000");
    b->priority = priority ? priority->u.number : 0;
    return true;
}

enum err_code playbook_parse(struct str text, const char *file, struct arena *a,
                             struct playbook *ret, struct err *err)
{
    struct playbook book = {.file = arena_strdup(a, file)};
    struct parsing p = {.arena = a, .file = book.file, .book = &book, .err = err};
    const struct value *root, *params;

    err_clear(err);
    if (text.len > PLAYBOOK_MAX_BYTES)
        return err_set(err, ERR_LIMIT, "%s is larger than %zu bytes", file, PLAYBOOK_MAX_BYTES);
    if (yaml_parse(a, text, &root, err))
        return err_wrap(err, "%s", file);
    p.params = arena_array(a, PLAYBOOK_PARAMS_MAX, sizeof(*p.params));
    p.steps = arena_array(a, PLAN_STEPS_MAX, sizeof(*p.steps));
    if (!read_head(&p, root) || !read_match(&p, root))
        return err->code;
    params = value_get(root, "parameters");
    if (params && params->type != VALUE_OBJECT)
        return bad(&p, params, "'parameters' must be a mapping"), err->code;
    VALUE_EACH (v, params) {
        if (!read_param(&p, v))
            return err->code;
    }
    if (!read_steps(&p, root))
        return err->code;
    hash_sha256_hex(text, book.hash);
    book.params = p.params;
    book.steps = p.steps;
    *ret = book;
    return ERR_OK;
}
