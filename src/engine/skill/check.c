/* check.c - is a skill that was read one that can be run? Tools and operations that exist, goto and
 * options that lead somewhere, the risk that follows from the steps. Parameters and references are
 * checked in check_args.c and check_refs.c. At the end the runner's own check is asked, so that
 * what is listed as good is what can be started. */
#include <stdio.h>

#include "runbook/engine/mutate.h"
#include "runbook/tool/toolenv.h"
#include "src/engine/skill/skill_priv.h"

#define NAMES_MAX 512
#define OPTIONS_MAX 16

const struct tool_def *skill_tool(const struct skill_load *l, const char *name)
{
    return l->env ? tool_env_find(l->env, name) : tool_find(name);
}

static const char *near_name(const char *word)
{
    const char *names[NAMES_MAX];
    size_t n = 0;

    for (const struct tool_def *const *t = tool_table(); *t && n < NAMES_MAX; t++)
        names[n++] = (*t)->name;
    for (const struct act_def *const *d = act_table(); *d && n < NAMES_MAX; d++)
        names[n++] = act_name(*d);
    return skill_near(word, names, n);
}

static void unknown_action(struct skill_load *l, const struct skill_step *s, const char *what,
                           const char *list)
{
    const char *near = near_name(s->step->action);

    skill_wrong(l, s->action, "there is no %s '%.80s'%s%s%s", what, s->step->action,
                near ? "; did you mean '" : "", near ? near : "", near ? "'?" : list);
}

static void check_tool(struct skill_load *l, const struct skill_step *s)
{
    const struct tool_def *t = skill_tool(l, s->step->action);

    if (t && t->risk != RISK_READ)
        skill_wrong(l, s->action, "'%s' does not only read: a step can ask only what reads",
                    t->name);
    else if (!t && act_find(s->step->action))
        skill_wrong(l, s->action, "'%s' changes something: here only tools that read are asked",
                    s->step->action);
    else if (!t && strncmp(s->step->action, "mcp_", 4) == 0)
        skill_warn(l, s->action, "'%.80s' is a tool of a server that is not there now",
                   s->step->action);
    else if (!t)
        unknown_action(l, s, "tool", ": runbook catalogue tools lists them");
}

static void check_action(struct skill_load *l, const struct skill_step *s)
{
    if (s->step->kind == STEP_ACT) {
        if (!act_find(s->step->action))
            unknown_action(l, s, "operation", ": runbook act --list lists them");
    } else if (s->step->kind == STEP_TOOL || (s->step->kind == STEP_WAIT && s->action)) {
        check_tool(l, s);
    } else {
        return;
    }
    skill_check_args(l, s);
}

/* ---- where a step leads ---- */

static bool leads(struct skill_load *l, const char *target, size_t *ret_index)
{
    for (size_t i = 0; i < l->steps.count; i++) {
        const struct skill_step *s = &l->steps.items[i];

        if (!s->inside && strcmp(s->step->id, target) == 0) {
            *ret_index = i;
            return true;
        }
    }
    return false;
}

static void bad_target(struct skill_load *l, const struct value *at, const char *target)
{
    const char *names[PROCEDURE_STEPS_MAX], *near;
    size_t n = 0;

    VEC_EACH (s, &l->steps) {
        if (!s->inside && n < PROCEDURE_STEPS_MAX)
            names[n++] = s->step->id;
        if (s->inside && strcmp(s->step->id, target) == 0) {
            skill_wrong(l, at, "'%s' stands inside another step: nothing leads there", target);
            return;
        }
    }
    near = skill_near(target, names, n);
    skill_wrong(l, at, "there is no step '%.64s'%s%s%s", target, near ? "; did you mean '" : "",
                near ? near : "", near ? "'?" : "");
}

static void check_goto(struct skill_load *l, size_t index)
{
    const struct skill_step *s = &l->steps.items[index];
    size_t to = 0;

    if (s->step->kind != STEP_GOTO || strcmp(s->step->action, "end") == 0 || !*s->step->action)
        return;
    if (!leads(l, s->step->action, &to))
        bad_target(l, s->target, s->step->action);
    else if (to == index)
        skill_wrong(l, s->target, "it leads to itself");
}

static void check_options(struct skill_load *l, const struct skill_step *s)
{
    size_t to;

    if (s->step->option_count > OPTIONS_MAX)
        skill_wrong(l, s->options, "a question has %d options at the most", OPTIONS_MAX);
    for (size_t i = 0; i < s->step->option_count; i++) {
        const char *target = s->step->options[i].target;
        const struct value *at = value_at(s->options, i);

        if (!*target || strcmp(target, "end") == 0 || strcmp(target, "abort") == 0)
            continue;
        if (!leads(l, target, &to))
            bad_target(l, skill_get(at, "goto") ? skill_get(at, "goto") : at, target);
    }
}

/* ---- the whole ---- */

static enum risk risk_of(const struct skill_step *s)
{
    if (s->step->kind == STEP_ACT)
        return act_find(s->step->action) ? act_floor(act_find(s->step->action)) : RISK_HIGH;
    return RISK_READ;
}

static void raise_risk(struct skill_load *l, const struct value *at)
{
    const char *because = "";
    enum risk top = RISK_READ;

    VEC_EACH (s, &l->steps) {
        enum risk r = risk_of(s);

        l->s->mutates = l->s->mutates || s->step->kind == STEP_ACT;
        if (r > top) {
            top = r;
            because = s->step->id;
        }
    }
    if (top > l->s->said) {
        if (at)
            skill_warn(l, at, "the risk is %s, not %s: that is what step '%s' has", risk_name(top),
                       risk_name(l->s->said), because);
        l->s->risk = top;
    }
    l->p->risk = l->s->risk;
}

/* Its name stands there once more than where it is declared. */
static bool used(const struct skill_load *l, const char *name)
{
    struct str rest = l->text, word = str_from(name);
    ptrdiff_t at = str_find(rest, word);

    if (at >= 0) {
        rest.ptr += (size_t)at + word.len;
        rest.len -= (size_t)at + word.len;
    }
    return str_find(rest, word) >= 0;
}

static void check_unused(struct skill_load *l)
{
    for (size_t i = 0; i < l->p->param_count; i++) {
        const struct procedure_param *q = &l->p->params[i];
        struct value at = {.line = q->line, .col = q->col};

        if (!used(l, q->name))
            skill_warn(l, &at, "nothing uses the parameter '%s'", q->name);
    }
}

/* "FILE:LINE:COL: what" */
static void runner_says(struct skill_load *l, const char *msg)
{
    struct str rest = str_from(msg);
    struct expr_at at = {0, 0};

    if (str_starts(rest, l->file)) {
        rest.ptr += strlen(l->file);
        rest.len -= strlen(l->file);
        if (!skill_take_place(&rest, ":", ":", &at) && str_starts(rest, ": "))
            rest.ptr += 2;
    }
    skill_wrong_at(l, at, "%s", rest.ptr);
}

void skill_check(struct skill_load *l, const struct value *risk_at)
{
    struct err err = ERR_INIT;

    for (size_t i = 0; i < l->steps.count; i++) {
        check_action(l, &l->steps.items[i]);
        check_goto(l, i);
        check_options(l, &l->steps.items[i]);
        skill_check_refs(l, i);
    }
    raise_risk(l, risk_at);
    check_unused(l);
    skill_set_procedure(l);
    if (!l->failed && procedure_check(l->p, l->env, &err))
        runner_says(l, err.msg);
}
