/* procedure_check.c - is it a procedure that can be run? What is wrong is found here, before
 * anything is done: ids, references, templates, conditions, tools, operations, limits. */
#include <ctype.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "runbook/base/words.h"
#include "runbook/engine/mutate.h"
#include "runbook/tool/toolenv.h"
#include "src/engine/procedure_priv.h"

struct checker {
    struct procedure *p;
    const struct tool_env *env;
    const struct procedure_step *step; /* that is looked at; NULL: none */
    uint32_t line, col;                /* within it; 0: where the step stands */
    size_t steps;
    bool sees_result; /* a condition of WAIT */
    struct err *err;
};

static enum err_code bad(struct checker *c, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));

static enum err_code bad(struct checker *c, const char *fmt, ...)
{
    uint32_t line = c->line ? c->line : c->step ? c->step->line : 0;
    uint32_t col = c->line ? c->col : c->step ? c->step->col : 0;
    char text[ERR_MSG_MAX], at[64] = "", step[96] = "";
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    if (line)
        snprintf(at, sizeof(at), ":%u:%u", line, col);
    if (c->step)
        snprintf(step, sizeof(step), "step '%.64s': ", c->step->id);
    return err_set(c->err, ERR_INPUT, "%.200s%s: %s%s", *c->p->source ? c->p->source : c->p->id, at,
                   step, text);
}

static bool id_ok(const char *id)
{
    size_t n = 0;

    for (; id[n]; n++) {
        if (!isalnum((unsigned char)id[n]) && id[n] != '_' && id[n] != '-')
            return false;
    }
    return n > 0 && n <= 64;
}

static bool is_word(const char *s, const char *const *words)
{
    for (; *words; words++) {
        if (strcmp(s, *words) == 0)
            return true;
    }
    return false;
}

/* ---- references ---- */

static const struct procedure_param *find_param(const struct procedure *p, struct str name)
{
    for (size_t i = 0; i < p->param_count; i++) {
        if (str_eq_c(name, p->params[i].name))
            return &p->params[i];
    }
    return NULL;
}

static enum err_code check_param_ref(struct checker *c, const struct expr_path *path,
                                     struct str name)
{
    if (find_param(c->p, name))
        return ERR_OK;
    return bad(c, "'%.80s': there is no parameter '%.*s'", path->text, STR_FMT(name));
}

static enum err_code check_step_ref(struct checker *c, const struct expr_path *path)
{
    static const char *const members[] = {"result", "status", "summary",  "error",   "rows",
                                          "text",   "answer", "mutation", "attempt", NULL};
    const struct expr_step *id = &path->steps[1], *member = &path->steps[2];
    char name[72];

    if (path->count < 3 || !id->key.ptr || !member->key.ptr)
        return bad(c,
                   "'%.80s': after steps come an id and what is wanted of it, such as "
                   "steps.%s.result",
                   path->text, c->p->steps.count ? c->p->steps.items[0]->id : "x");
    snprintf(name, sizeof(name), "%.*s", STR_FMT(id->key));
    if (!procedure_find(c->p, name))
        return bad(c, "'%.80s': there is no step '%s'", path->text, name);
    snprintf(name, sizeof(name), "%.*s", STR_FMT(member->key));
    if (!is_word(name, members))
        return bad(c,
                   "'%.80s': a step has a result, status, summary, error, rows, text, answer, "
                   "mutation and attempt, no %s",
                   path->text, name);
    return ERR_OK;
}

static enum err_code check_path(struct checker *c, const struct expr_path *path)
{
    struct str first = path->steps[0].key;

    if (str_eq_c(first, "steps"))
        return check_step_ref(c, path);
    if (str_eq_c(first, "result") && c->sees_result)
        return ERR_OK;
    if (!str_eq_c(first, "params"))
        return check_param_ref(c, path, first);
    if (path->count < 2 || !path->steps[1].key.ptr)
        return bad(c, "'%.80s': name a parameter", path->text);
    return check_param_ref(c, path, path->steps[1].key);
}

static bool template_path(void *ctx, const struct expr_path *path)
{
    return check_path(ctx, path) == ERR_OK;
}

static enum err_code check_text(struct checker *c, const char *what, struct str text)
{
    struct err err = ERR_INIT;

    if (text.len > PROCEDURE_TEXT_MAX)
        return bad(c, "its %s is longer than %d bytes", what, PROCEDURE_TEXT_MAX);
    err_clear(c->err);
    if (procedure_template_paths(text, c->p->arena, template_path, c, &err))
        return c->err->code ? c->err->code : bad(c, "its %s: %s", what, err.msg);
    return ERR_OK;
}

static enum err_code check_value(struct checker *c, const struct value *v, int depth)
{
    enum err_code rc = ERR_OK;

    if (depth > 16)
        return bad(c, "its parameters are nested too deeply");
    c->line = v->line ? v->line : c->line;
    c->col = v->line ? v->col : c->col;
    if (v->type == VALUE_STRING)
        rc = check_text(c, "parameters", v->u.string);
    VALUE_EACH (member, v) {
        rc = rc ? rc : check_value(c, member, depth + 1);
    }
    c->line = c->col = 0;
    return rc;
}

static enum err_code check_expr(struct checker *c, const char *what, const char *text,
                                uint32_t line, uint32_t col, const struct expr **ret)
{
    struct expr_at at = {line ? line : 1, line ? col : 1};
    struct err err = ERR_INIT;
    enum err_code rc = ERR_OK;

    *ret = NULL;
    if (!text || !*text)
        return ERR_OK;
    if (expr_parse(c->p->arena, str_from(text), &at, ret, &err)) {
        if (!line)
            return bad(c, "its %s, column %u: %s", what, at.col, err.msg);
        c->line = at.line;
        c->col = at.col;
        return bad(c, "its %s: %s", what, err.msg);
    }
    for (size_t i = 0; !rc && i < expr_path_count(*ret); i++) {
        bool exists;
        const struct expr_path *path = expr_path_at(*ret, i, &exists);

        c->line = line ? path->at.line : 0;
        c->col = path->at.col;
        rc = check_path(c, path);
    }
    c->line = c->col = 0;
    return rc;
}

/* ---- what a step does ---- */

static const struct tool_param *find_arg(const struct tool_param *params, struct str name)
{
    for (const struct tool_param *q = params; q && q->name; q++) {
        if (str_eq_c(name, q->name))
            return q;
    }
    return NULL;
}

/* Names only: values may come from templates, and are checked when the step begins. */
static enum err_code check_args(struct checker *c, const struct tool_param *params)
{
    const struct value *args = c->step->args;

    if (args && args->type != VALUE_OBJECT)
        return bad(c, "its parameters are names with values, not %s", value_type_name(args->type));
    VALUE_EACH (a, args) {
        c->line = a->line;
        c->col = a->col;
        if (params && !find_arg(params, a->key))
            return bad(c, "%s has no parameter '%.*s'", c->step->action, STR_FMT(a->key));
        c->line = c->col = 0;
    }
    for (const struct tool_param *q = params; q && q->name; q++) {
        if (q->required && !value_get(args, q->name))
            return bad(c, "%s needs the parameter '%s'", c->step->action, q->name);
    }
    return args ? check_value(c, args, 0) : ERR_OK;
}

static enum err_code check_tool(struct checker *c)
{
    const char *name = c->step->action;
    const struct tool_def *t = c->env ? tool_env_find(c->env, name) : tool_find(name);

    if (!t && strncmp(name, "mcp_", 4) == 0) /* of a server that may come up later */
        return check_args(c, NULL);
    if (!t && act_find(name))
        return bad(c, "'%s' changes something: its kind is act", name);
    if (!t)
        return bad(c, "there is no tool '%.80s': runbook catalogue tools lists them", name);
    if (t->risk != RISK_READ)
        return bad(c, "the tool '%s' does not only read, so no step can run it", name);
    return check_args(c, t->schema_json ? NULL : t->params);
}

static enum err_code check_act(struct checker *c)
{
    const struct act_def *d = act_find(c->step->action);

    if (!d)
        return bad(c, "there is no operation '%.80s': runbook act --list", c->step->action);
    /* Words of a command are the author's alone: nothing from outside becomes one of them. */
    if (strcmp(c->step->action, "host.command.run") == 0 &&
        str_find(value_str_or(c->step->args, "command", ""), STR_LIT("{{")) >= 0)
        return bad(c, "no template can stand in a command line");
    return check_args(c, act_params(d));
}

static enum err_code check_target(struct checker *c, const char *target)
{
    for (size_t i = 0; i < c->p->steps.count; i++) {
        if (strcmp(c->p->steps.items[i]->id, target) == 0)
            return ERR_OK;
    }
    return bad(c, "it leads to '%.80s', which is no step of the procedure", target);
}

static enum err_code check_options(struct checker *c)
{
    static const char *const ends[] = {"", "end", "abort", NULL};
    const struct procedure_step *s = c->step;

    if (s->option_count > 16)
        return bad(c, "a question has 16 options at the most");
    for (size_t i = 0; i < s->option_count; i++) {
        if (!*s->options[i].label || strlen(s->options[i].label) > 80)
            return bad(c, "an option needs a label of up to 80 bytes");
        for (size_t k = 0; k < i; k++) {
            if (strcmp(s->options[i].label, s->options[k].label) == 0)
                return bad(c, "two options are called '%s'", s->options[i].label);
        }
        if (!is_word(s->options[i].target, ends) && check_target(c, s->options[i].target))
            return c->err->code;
    }
    return *s->text ? check_text(c, "question", str_from(s->text)) : bad(c, "it asks nothing");
}

static enum err_code check_wait(struct checker *c)
{
    const struct procedure_step *s = c->step;

    if (*s->action && check_tool(c))
        return c->err->code;
    if (*s->action && !*s->until)
        return bad(c, "it asks %s, and has no condition that ends it", s->action);
    if (!*s->until && s->wait_ms <= 0)
        return bad(c, "it needs a duration, or a condition that ends it");
    return ERR_OK;
}

static enum err_code check_steps(struct checker *c, const struct procedure_steps *steps,
                                 const struct procedure_step *of, bool rollback);

static enum err_code check_group(struct checker *c)
{
    const struct procedure_step *s = c->step;

    if (!s->steps.count)
        return bad(c, "it has no steps to run side by side");
    if (s->parallel < 0 || s->parallel > PROCEDURE_PARALLEL_MAX)
        return bad(c, "it can run 1 to %d steps at once", PROCEDURE_PARALLEL_MAX);
    if (s->rollback.count)
        return bad(c, "it only reads: there is nothing to roll back");
    return check_steps(c, &s->steps, s, false);
}

static enum err_code check_goto(struct checker *c)
{
    const struct procedure_step *s = c->step;

    if (s->limit < 0 || s->limit > PROCEDURE_GOTO_MAX)
        return bad(c, "it can jump 1 to %d times", PROCEDURE_GOTO_MAX);
    if (strcmp(s->action, "end") == 0)
        return ERR_OK;
    return check_target(c, s->action);
}

static enum err_code check_kind(struct checker *c)
{
    switch (c->step->kind) {
    case STEP_TOOL:
        return check_tool(c);
    case STEP_ACT:
        return check_act(c);
    case STEP_PROMPT:
        return *c->step->text ? check_text(c, "text", str_from(c->step->text))
                              : bad(c, "it has no text");
    case STEP_APPROVAL:
        return check_options(c);
    case STEP_WAIT:
        return check_wait(c);
    case STEP_GOTO:
        return check_goto(c);
    case STEP_PARALLEL:
        return check_group(c);
    }
    return ERR_OK;
}

static enum err_code check_numbers(struct checker *c)
{
    const struct procedure_step *s = c->step;
    const int64_t day = 86400000;

    if (s->max_retries < 0 || s->max_retries > PROCEDURE_RETRIES_MAX)
        return bad(c, "it can be tried 1 to %d times again", PROCEDURE_RETRIES_MAX);
    if (s->timeout_ms < 0 || s->timeout_ms > day || s->wait_ms < 0 || s->wait_ms > day ||
        s->backoff_ms < 0 || s->backoff_ms > day)
        return bad(c, "a time is longer than a day, or negative");
    return ERR_OK;
}

static enum err_code check_unique(struct checker *c)
{
    static const char *const words[] = {"end", "abort", "fail", "stop", NULL};

    if (!id_ok(c->step->id))
        return bad(c, "an id has 1 to 64 letters, digits, - and _");
    if (is_word(c->step->id, words))
        return bad(c, "no step can be called '%s'", c->step->id);
    if (procedure_find(c->p, c->step->id) != c->step)
        return bad(c, "another step has the same id");
    if (++c->steps > PROCEDURE_STEPS_MAX)
        return bad(c, "it is one more than the %d that a procedure can have", PROCEDURE_STEPS_MAX);
    return ERR_OK;
}

static enum err_code check_place(struct checker *c, const struct procedure_step *of, bool rollback)
{
    const struct procedure_step *s = c->step;

    if (of && !rollback && s->kind != STEP_TOOL)
        return bad(c, "only tools that read run side by side");
    if (rollback && s->kind != STEP_TOOL && s->kind != STEP_ACT && s->kind != STEP_WAIT)
        return bad(c, "what takes '%s' back is a tool, an act or a wait", of->id);
    if (of && s->rollback.count)
        return bad(c, "it cannot have a rollback of its own here");
    if (of && !rollback && s->requires_approval)
        return bad(c, "ask before the group, not for one step of it");
    return ERR_OK;
}

static enum err_code check_step(struct checker *c, struct procedure_step *s,
                                const struct procedure_step *of, bool rollback)
{
    enum err_code rc;

    c->step = s;
    c->line = c->col = 0;
    c->sees_result = false;
    rc = check_unique(c);
    rc = rc ? rc : check_place(c, of, rollback);
    rc = rc ? rc : check_numbers(c);
    rc = rc ? rc
            : check_expr(c, "condition", s->condition, s->condition_at.line, s->condition_at.col,
                         &s->when);
    c->sees_result = s->kind == STEP_WAIT && *s->action;
    rc = rc ? rc
            : check_expr(c, "condition", s->until, s->until_at.line, s->until_at.col,
                         &s->until_holds);
    c->sees_result = false;
    rc = rc ? rc : check_kind(c);
    return rc ? rc : check_steps(c, &s->rollback, s, true);
}

static enum err_code check_steps(struct checker *c, const struct procedure_steps *steps,
                                 const struct procedure_step *of, bool rollback)
{
    for (size_t i = 0; i < steps->count; i++) {
        if (check_step(c, steps->items[i], of, rollback))
            return c->err->code;
    }
    return ERR_OK;
}

static enum err_code check_params(struct checker *c)
{
    static const char *const words[] = {"steps", "params", "result", NULL};
    const struct procedure *p = c->p;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < p->param_count; i++) {
        const struct procedure_param *q = &p->params[i];

        c->line = q->line;
        c->col = q->col;
        if (!id_ok(q->name) || is_word(q->name, words))
            return bad(c, "no parameter can be called '%.80s'", q->name);
        for (size_t k = 0; k < i; k++) {
            if (strcmp(p->params[k].name, q->name) == 0)
                return bad(c, "two parameters are called '%s'", q->name);
        }
        if (q->fallback && procedure_param_fits(q, q->fallback, &err))
            return bad(c, "its default: %s", err.msg);
    }
    c->line = c->col = 0;
    return p->param_count > PROCEDURE_PARAMS_MAX
               ? bad(c, "it has more than %d parameters", PROCEDURE_PARAMS_MAX)
               : ERR_OK;
}

static enum err_code check_size(struct checker *c)
{
    struct buf text = BUF_INIT(PROCEDURE_BYTES_MAX);
    bool full;

    c->step = NULL;
    procedure_encode(c->p, &text);
    full = text.full;
    if (!full && !*c->p->sha256)
        hash_sha256_hex(buf_str(&text), c->p->sha256);
    buf_release(&text);
    return full ? bad(c, "it is larger than %zu bytes", PROCEDURE_BYTES_MAX) : ERR_OK;
}

enum err_code procedure_check(struct procedure *p, const struct tool_env *env, struct err *err)
{
    struct checker c = {.p = p, .env = env, .err = err};

    if (!id_ok(p->id))
        return bad(&c, "its id has 1 to 64 letters, digits, - and _");
    if (!p->steps.count)
        return bad(&c, "it has no steps");
    if (p->timeout_ms < 0 || p->timeout_ms > (int64_t)7 * 86400000)
        return bad(&c, "it can run for a week at the most");
    if (check_params(&c) || check_steps(&c, &p->steps, NULL, false))
        return err->code;
    return check_size(&c);
}
