/* check_args.c - the parameters of a step against what the tool or operation takes. What is written
 * out is checked as it would be at the call; a value that is one template has the type of what it
 * refers to, when that is known; words around a template make a text. */
#include <stdio.h>

#include "runbook/engine/mutate.h"
#include "src/engine/skill/skill_priv.h"

#define NAMES_MAX 64

static const struct tool_param *find(const struct tool_param *params, struct str name)
{
    for (const struct tool_param *q = params; q && q->name; q++) {
        if (str_eq_c(name, q->name))
            return q;
    }
    return NULL;
}

static bool has_template(const struct value *v)
{
    bool found = v->type == VALUE_STRING && str_find(v->u.string, STR_LIT("{{")) >= 0;

    VALUE_EACH (m, v)
        found = found || has_template(m);
    return found;
}

static void unknown(struct skill_load *l, const struct skill_step *s,
                    const struct tool_param *params, const struct value *v)
{
    struct buf known = BUF_INIT(BUF_NO_MAX);
    const char *names[NAMES_MAX], *near;
    size_t n = 0;

    for (const struct tool_param *q = params; q && q->name && n < NAMES_MAX; q++) {
        buf_addf(&known, "%s%s", n ? ", " : "", q->name);
        names[n++] = q->name;
    }
    near = skill_near(v->key.ptr, names, n);
    if (near)
        skill_wrong_at(l, skill_key_place(l, v), "%s has no parameter '%.60s'; did you mean '%s'?",
                       s->step->action, v->key.ptr, near);
    else
        skill_wrong_at(l, skill_key_place(l, v), "%s has no parameter '%.60s'; it has: %.250s",
                       s->step->action, v->key.ptr, n ? buf_cstr(&known) : "none");
    buf_release(&known);
}

/* The message names the tool and the parameter already. */
static void check_static(struct skill_load *l, const char *name, const struct tool_param *param,
                         const struct value *v)
{
    const struct tool_param alone[2] = {*param, {NULL}};
    const struct tool_def def = {.name = name, .params = alone};
    struct value one = *v;
    struct value args = {.type = VALUE_OBJECT};
    const struct value *ret;
    struct err err;

    args.u.list.items = &one;
    args.u.list.count = 1;
    if (tool_check_args(&def, &args, l->arena, &ret, &err))
        skill_wrong(l, v, "%s", err.msg);
}

/* The parameter that "{{x}}" or "{{params.x}}" alone is; NULL: something else. */
static const struct procedure_param *param_of(struct skill_load *l, struct str text)
{
    const struct expr_path *p = NULL;
    struct expr_at at = {1, 1};
    struct str inner, rest = str_trim(text);
    struct err err;
    bool cut = false;
    const char *name;

    if (!str_starts(rest, "{{") || !skill_next_template(&rest, &inner, &cut) || rest.len ||
        expr_path_parse(l->arena, inner, &at, &p, &err))
        return NULL;
    name = p->count == 2 && str_eq_c(p->steps[0].key, "params") && p->steps[1].key.ptr
               ? p->steps[1].key.ptr
           : p->count == 1 ? p->steps[0].key.ptr
                           : "";
    for (size_t i = 0; i < l->p->param_count; i++) {
        if (strcmp(l->p->params[i].name, name) == 0)
            return &l->p->params[i];
    }
    return NULL;
}

static bool alone(struct str text)
{
    struct str inner, rest = text;
    bool cut = false;

    return str_starts(text, "{{") && skill_next_template(&rest, &inner, &cut) && !rest.len;
}

static bool takes(enum param_type to, enum procedure_type from)
{
    switch (to) {
    case PARAM_STRING:
    case PARAM_TIME:
    case PARAM_DURATION:
    case PARAM_ENUM:
        return from == PROCEDURE_STRING;
    case PARAM_INT:
    case PARAM_NUMBER:
        return from == PROCEDURE_INTEGER || from == PROCEDURE_NUMBER;
    case PARAM_BOOL:
        return from == PROCEDURE_BOOLEAN;
    case PARAM_OBJECT:
        return false;
    }
    return true;
}

static const char *type_words(enum param_type t)
{
    switch (t) {
    case PARAM_STRING:
    case PARAM_ENUM:
        return "text";
    case PARAM_TIME:
        return "time";
    case PARAM_DURATION:
        return "duration";
    case PARAM_INT:
        return "whole number";
    case PARAM_NUMBER:
        return "number";
    case PARAM_BOOL:
        return "boolean";
    case PARAM_OBJECT:
        return "mapping";
    }
    return "value";
}

static void check_template(struct skill_load *l, const char *name, const struct tool_param *param,
                           const struct value *v)
{
    const struct procedure_param *from;
    bool text =
        param->type != PARAM_INT && param->type != PARAM_NUMBER && param->type != PARAM_BOOL;

    if (param->type == PARAM_OBJECT && v->type == VALUE_OBJECT)
        return; /* what it holds is the service's */
    if (v->type != VALUE_STRING) {
        skill_wrong(l, v, "%s: '%s' is a %s, not a list or a mapping", name, param->name,
                    type_words(param->type));
        return;
    }
    if (strcmp(name, "host.command.run") == 0 && strcmp(param->name, "command") == 0) {
        skill_wrong(l, v,
                    "templates never become part of a command line: name an operation "
                    "(runbook act --list) whose parameters they can be");
        return;
    }
    if (!alone(v->u.string)) {
        if (!text)
            skill_wrong(l, v,
                        "%s: '%s' is a %s: write the template alone, without words around "
                        "it",
                        name, param->name, type_words(param->type));
        return;
    }
    from = param_of(l, v->u.string);
    if (from && !takes(param->type, from->type))
        skill_wrong(l, v, "%s: '%s' is a %s, but the parameter '%s' is of type %s", name,
                    param->name, type_words(param->type), from->name,
                    procedure_type_name(from->type));
}

static void check_missing(struct skill_load *l, const struct skill_step *s,
                          const struct tool_param *params)
{
    for (const struct tool_param *q = params; q && q->name; q++) {
        if (q->required && !value_get(s->args, q->name))
            skill_wrong(l, s->args && s->args->type == VALUE_OBJECT ? s->args : s->action,
                        "%s needs the parameter '%s': %s", s->step->action, q->name, q->help);
    }
}

void skill_check_args(struct skill_load *l, const struct skill_step *s)
{
    const char *name = s->step->action;
    const struct act_def *act = s->step->kind == STEP_ACT ? act_find(name) : NULL;
    const struct tool_def *tool = s->step->kind == STEP_ACT ? NULL : skill_tool(l, name);
    const struct tool_param *params = act ? act_params(act) : tool ? tool->params : NULL;
    struct err err;

    if (s->args && s->args->type != VALUE_OBJECT) {
        skill_wrong(l, s->args, "'parameters' is a mapping (name: value)");
        return;
    }
    if (tool && tool->check) {
        if (s->args && !has_template(s->args) && tool->check(tool, s->args, &err))
            skill_wrong(l, s->args, "%s: %s", name, err.msg);
        return;
    }
    if (!act && !tool)
        return;
    VALUE_EACH (v, s->args) {
        const struct tool_param *q = find(params, v->key);

        if (!q)
            unknown(l, s, params, v);
        else if (v->type == VALUE_NULL)
            skill_wrong_at(l, skill_key_place(l, v), "'%s' is empty: leave it out, or say it",
                           q->name);
        else if (has_template(v))
            check_template(l, name, q, v);
        else
            check_static(l, name, q, v);
    }
    check_missing(l, s, params);
}
