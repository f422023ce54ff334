/* parse_steps.c - the steps of a skill. What a step is follows from its keys; a key that its kind
 * has no use for is an error, as somebody meant something by it. */
#include <ctype.h>
#include <stdio.h>

#include "runbook/engine/mutate.h"
#include "src/engine/skill/skill_priv.h"

#define LABELS_MAX 20

struct step {
    const char *id, *name, *description, *type, *on_error;
    const struct value *action, *args, *condition, *prompt, *question, *options, *wait, *until,
        *target, *parallel, *rollback;
    bool approval, undo;
    int retries, limit, max_parallel;
    int64_t backoff_ms, timeout_ms;
};

bool skill_step_id_ok(struct str id)
{
    if (!id.len || id.len > SKILL_ID_MAX || id.ptr[0] == '-')
        return false;
    for (size_t i = 0; i < id.len; i++) {
        unsigned char c = (unsigned char)id.ptr[i];

        if (c >= 0x80 || (!isalnum(c) && c != '_' && c != '-'))
            return false;
    }
    return !str_eq_c(id, "end") && !str_eq_c(id, "abort") && !str_eq_c(id, "fail") &&
           !str_eq_c(id, "stop");
}

static void read_step_id(struct skill_load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_STRING || !skill_step_id_ok(v->u.string) ||
        isdigit((unsigned char)v->u.string.ptr[0]))
        skill_wrong(l, v,
                    "a step's id is letters, digits, '_' and '-', at most %d, begins with a letter "
                    "and is not end, abort, fail or stop",
                    SKILL_ID_MAX);
    else
        *(const char **)to = arena_str(l->arena, v->u.string);
}

static void whole_number(struct skill_load *l, const struct value *v, int max, int *to)
{
    if (v->type != VALUE_NUMBER || v->u.number < 1 || v->u.number > max ||
        v->u.number != (double)(int)v->u.number)
        skill_wrong(l, v, "'%s' is a whole number from 1 to %d", v->key.ptr, max);
    else
        *to = (int)v->u.number;
}

static void read_retries(struct skill_load *l, const struct value *v, void *to)
{
    whole_number(l, v, PROCEDURE_RETRIES_MAX, to);
}

static void read_limit(struct skill_load *l, const struct value *v, void *to)
{
    whole_number(l, v, PROCEDURE_GOTO_MAX, to);
}

static void read_max_parallel(struct skill_load *l, const struct value *v, void *to)
{
    whole_number(l, v, PROCEDURE_PARALLEL_MAX, to);
}

#define STEP(key, read, member)                                                                    \
    {                                                                                              \
        key, read, offsetof(struct step, member), false                                            \
    }
static const struct skill_field step_fields[] = {
    {"id", read_step_id, offsetof(struct step, id), true},
    STEP("name", skill_read_line, name),
    STEP("description", skill_read_words, description),
    STEP("type", skill_read_line, type),
    STEP("action", skill_read_value, action),
    STEP("parameters", skill_read_value, args),
    STEP("condition", skill_read_value, condition),
    STEP("requires_approval", skill_read_bool, approval),
    STEP("on_error", skill_read_line, on_error),
    STEP("max_retries", read_retries, retries),
    STEP("backoff", skill_read_duration, backoff_ms),
    STEP("timeout", skill_read_duration, timeout_ms),
    STEP("prompt", skill_read_value, prompt),
    STEP("question", skill_read_value, question),
    STEP("options", skill_read_value, options),
    STEP("wait", skill_read_value, wait),
    STEP("until", skill_read_value, until),
    STEP("goto", skill_read_value, target),
    STEP("limit", read_limit, limit),
    STEP("parallel", skill_read_value, parallel),
    STEP("max_parallel", read_max_parallel, max_parallel),
    STEP("rollback", skill_read_value, rollback),
    STEP("undo", skill_read_bool, undo),
};

/* ---- which kind ---- */

/* "host_disk_usage" and "host.unit.restart", not "Look at the disk". */
static bool names_something(struct str s)
{
    if (!s.len || !isalpha((unsigned char)s.ptr[0]))
        return false;
    for (size_t i = 0; i < s.len; i++) {
        unsigned char c = (unsigned char)s.ptr[i];

        if (!isalnum(c) && c != '.' && c != '_' && c != '-')
            return false;
    }
    return true;
}

static enum step_kind kind_of_action(const struct value *action)
{
    const char *name = action->type == VALUE_STRING ? action->u.string.ptr : "";

    if (action->type == VALUE_STRING && !names_something(action->u.string))
        return STEP_PROMPT;
    return act_find(name) || (strchr(name, '.') && !tool_find(name)) ? STEP_ACT : STEP_TOOL;
}

/* Two keys that each say what the step is: false, with one problem. */
static bool kind_of(struct skill_load *l, const struct value *v, const struct step *st,
                    enum step_kind *ret)
{
    const struct {
        const struct value *at;
        enum step_kind kind;
    } says[] = {
        {st->parallel, STEP_PARALLEL}, {st->target, STEP_GOTO},
        {st->question, STEP_APPROVAL}, {st->wait ? st->wait : st->until, STEP_WAIT},
        {st->prompt, STEP_PROMPT},
    };
    const struct value *first = NULL;

    for (size_t i = 0; i < sizeof(says) / sizeof(says[0]); i++) {
        if (!says[i].at)
            continue;
        if (first) {
            skill_wrong_at(l, skill_key_place(l, says[i].at),
                           "'%s' and '%s' are two different steps", first->key.ptr,
                           says[i].at->key.ptr);
            return false;
        }
        first = says[i].at;
        *ret = says[i].kind;
    }
    if (!first && !st->action) {
        skill_wrong(l, v,
                    "it does nothing: 'action', 'prompt', 'question', 'wait', 'goto' or "
                    "'parallel' is missing");
        return false;
    }
    if (!first)
        *ret = kind_of_action(st->action);
    return true;
}

static void check_type(struct skill_load *l, const struct value *v, const struct step *st,
                       enum step_kind kind)
{
    if (!st->type)
        return;
    for (int i = 0; i < STEP_KINDS; i++) {
        if (strcmp(st->type, step_kind_name((enum step_kind)i)) != 0)
            continue;
        if ((enum step_kind)i != kind)
            skill_wrong(l, skill_get(v, "type"), "by its keys this is a step of type %s, not %s",
                        step_kind_name(kind), st->type);
        return;
    }
    skill_wrong(l, skill_get(v, "type"),
                "'type' is tool, act, prompt, approval, wait, goto or parallel");
}

/* Which kinds a key is for, as bits. */
static const struct {
    const char *key;
    unsigned kinds;
} uses[] = {
    {"action", 1U << STEP_TOOL | 1U << STEP_ACT | 1U << STEP_WAIT | 1U << STEP_PROMPT},
    {"parameters", 1U << STEP_TOOL | 1U << STEP_ACT | 1U << STEP_WAIT},
    {"options", 1U << STEP_APPROVAL},
    {"until", 1U << STEP_WAIT},
    {"limit", 1U << STEP_GOTO},
    {"max_parallel", 1U << STEP_PARALLEL},
    {"rollback", 1U << STEP_TOOL | 1U << STEP_ACT | 1U << STEP_PROMPT | 1U << STEP_WAIT},
    {"undo", 1U << STEP_ACT},
};

static void check_uses(struct skill_load *l, const struct value *v, enum step_kind kind)
{
    for (size_t i = 0; i < sizeof(uses) / sizeof(uses[0]); i++) {
        const struct value *at = skill_get(v, uses[i].key);

        if (at && !(uses[i].kinds & 1U << kind))
            skill_wrong_at(l, skill_key_place(l, at), "'%s' means nothing in a step of type %s",
                           uses[i].key, step_kind_name(kind));
    }
}

/* ---- what it says ---- */

static void read_on_error(struct skill_load *l, const struct value *v, const struct step *st,
                          struct procedure_step *to)
{
    const struct value *at = skill_get(v, "on_error");

    for (int i = 0; st->on_error && i < STEP_ON_ERRORS; i++) {
        if (strcmp(st->on_error, step_on_error_name((enum step_on_error)i)) == 0)
            to->on_error = (enum step_on_error)i;
        else if (i == STEP_ON_ERRORS - 1 && to->on_error == ON_ERROR_ABORT &&
                 strcmp(st->on_error, "abort") != 0)
            skill_wrong(l, at, "'on_error' is continue, abort or retry");
    }
    to->max_retries = st->retries;
    to->backoff_ms = st->backoff_ms;
    if (st->retries && to->on_error != ON_ERROR_RETRY)
        skill_wrong(l, skill_get(v, "max_retries"), "'max_retries' needs on_error: retry");
    if (st->backoff_ms && to->on_error != ON_ERROR_RETRY)
        skill_wrong(l, skill_get(v, "backoff"), "'backoff' needs on_error: retry");
}

static const char *text_value(struct skill_load *l, const struct value *v)
{
    const char *text = "";

    if (v->type == VALUE_STRING && v->u.string.len > SKILL_TEXT_MAX &&
        v->u.string.len <= PROCEDURE_TEXT_MAX)
        return arena_str(l->arena, str_trim(v->u.string));
    skill_read_words(l, v, &text);
    return text;
}

/* true and false of YAML are conditions, too. */
static const char *condition_value(struct skill_load *l, const struct value *v)
{
    if (v->type == VALUE_BOOL)
        return v->u.boolean ? "true" : "false";
    if (v->type == VALUE_STRING)
        return arena_str(l->arena, v->u.string);
    skill_wrong(l, v, "'%s' is a condition, such as steps.ID.status == \"done\"", v->key.ptr);
    return "";
}

struct option {
    const char *label, *target;
};

static const struct skill_field option_fields[] = {
    {"label", skill_read_line, offsetof(struct option, label), true},
    {"goto", skill_read_line, offsetof(struct option, target), false},
};

static void read_options(struct skill_load *l, const struct value *list, struct procedure_step *to)
{
    if (list->type != VALUE_ARRAY || !value_count(list) || value_count(list) > LABELS_MAX) {
        skill_wrong(l, list, "'options' is a list of 1 to %d mappings with label and goto",
                    LABELS_MAX);
        return;
    }
    VALUE_EACH (item, list) {
        struct option o = {.target = ""};

        SKILL_FIELDS(l, item, option_fields, &o);
        for (size_t i = 0; o.label && i < to->option_count; i++) {
            if (strcmp(to->options[i].label, o.label) == 0)
                skill_wrong(l, item, "there are two options '%s'", o.label);
        }
        procedure_add_option(l->p, to, o.label ? o.label : "", o.target);
    }
}

static void read_wait(struct skill_load *l, const struct step *st, struct skill_step *to)
{
    if (st->wait)
        skill_read_duration(l, st->wait, &to->step->wait_ms);
    if (st->until) {
        to->step->until = condition_value(l, st->until);
        to->until = st->until;
    } else if (st->action) {
        skill_wrong_at(l, skill_key_place(l, st->action),
                       "a wait asks a tool only when 'until' says what for");
    }
}

static void read_action(struct skill_load *l, const struct step *st, struct skill_step *to)
{
    const char *name = "";

    if (!st->action)
        return;
    skill_read_line(l, st->action, &name);
    to->action = st->action;
    to->step->action = name;
}

/* Which text is asked: `prompt`, `question`, or an action that is a sentence. */
static void read_text(struct skill_load *l, const struct step *st, enum step_kind kind,
                      struct skill_step *to)
{
    const struct value *v = kind == STEP_APPROVAL ? st->question
                            : st->prompt          ? st->prompt
                                                  : st->action;

    if (kind == STEP_PROMPT && st->prompt && st->action &&
        (st->action->type != VALUE_STRING || !str_eq_c(st->action->u.string, "prompt")))
        skill_wrong(l, st->action, "beside 'prompt' the action is prompt, or not there");
    to->text = v;
    to->step->text = text_value(l, v);
}

struct skill_step *skill_add_step(struct skill_load *l, struct procedure_steps *to,
                                  enum step_kind kind, const char *id, const struct value *at)
{
    struct skill_step *s = VEC_PUSH(&l->steps);

    s->step = procedure_add_step(l->p, to, kind, id);
    s->at = at;
    s->step->line = at->line;
    s->step->col = at->col;
    return s;
}

struct skill_step *skill_step_named(struct skill_load *l, const char *id)
{
    VEC_EACH (s, &l->steps) {
        if (strcmp(s->step->id, id) == 0)
            return s;
    }
    return NULL;
}

static void read_kind(struct skill_load *l, const struct step *st, struct skill_step *s)
{
    switch (s->step->kind) {
    case STEP_TOOL:
    case STEP_ACT:
        read_action(l, st, s);
        break;
    case STEP_PROMPT:
    case STEP_APPROVAL:
        read_text(l, st, s->step->kind, s);
        if (st->options && s->step->kind == STEP_APPROVAL)
            read_options(l, st->options, s->step);
        s->options = st->options;
        break;
    case STEP_WAIT:
        read_action(l, st, s);
        read_wait(l, st, s);
        break;
    case STEP_GOTO:
        skill_read_line(l, st->target, &s->step->action);
        s->target = st->target;
        s->step->limit = st->limit;
        break;
    case STEP_PARALLEL:
        s->step->parallel = st->max_parallel;
        break;
    }
}

/* What a group or a way back may hold. */
static void check_place(struct skill_load *l, const struct value *v, enum step_kind kind,
                        bool parallel, bool rollback)
{
    if (parallel && kind != STEP_TOOL)
        skill_wrong(l, v, "at the same time only tools are asked; this is a step of type %s",
                    step_kind_name(kind));
    else if (rollback && kind != STEP_TOOL && kind != STEP_ACT && kind != STEP_WAIT)
        skill_wrong(l, v, "a rollback has steps of type tool, act and wait; this is one of type %s",
                    step_kind_name(kind));
    if ((parallel || rollback) && (skill_get(v, "rollback") || skill_get(v, "undo")))
        skill_wrong(l, v, "a step inside another one has no rollback of its own");
}

static void parse_step(struct skill_load *l, const struct value *v, struct procedure_steps *to,
                       size_t inside, bool parallel, bool rollback)
{
    struct step st = {.undo = true};
    enum step_kind kind = STEP_TOOL;
    struct skill_step *s, *other;
    size_t index;

    if (!SKILL_FIELDS(l, v, step_fields, &st) || !kind_of(l, v, &st, &kind) || !st.id)
        return;
    other = skill_step_named(l, st.id);
    if (other) {
        skill_wrong(l, skill_get(v, "id"), "there is a step '%s' already, in line %u", st.id,
                    other->at->line);
        return;
    }
    check_type(l, v, &st, kind);
    check_uses(l, v, kind);
    check_place(l, v, kind, parallel, rollback);
    s = skill_add_step(l, to, kind, st.id, v);
    s->inside = inside;
    s->in_parallel = parallel;
    s->in_rollback = rollback;
    s->step->name = st.name ? st.name : "";
    s->step->description = st.description ? st.description : "";
    s->step->requires_approval = st.approval;
    s->step->timeout_ms = st.timeout_ms;
    s->step->no_undo = !st.undo;
    s->args = st.args;
    s->step->args = st.args;
    s->condition = st.condition;
    s->step->condition = st.condition ? condition_value(l, st.condition) : "";
    read_on_error(l, v, &st, s->step);
    read_kind(l, &st, s);
    index = l->steps.count; /* of s, plus 1: `s` moves when more are added */
    to = &s->step->steps;
    if (st.parallel && kind == STEP_PARALLEL && !parallel && !rollback)
        skill_parse_steps(l, st.parallel, to, index, true, false);
    if (st.rollback && !parallel && !rollback)
        skill_parse_steps(l, st.rollback, &l->steps.items[index - 1].step->rollback, index, false,
                          true);
}

void skill_parse_steps(struct skill_load *l, const struct value *list, struct procedure_steps *to,
                       size_t inside, bool parallel, bool rollback)
{
    if (list->type != VALUE_ARRAY || !value_count(list)) {
        skill_wrong(l, list, "'%s' is a list of steps: each begins with \"- id:\"",
                    list->key.ptr ? list->key.ptr : "steps");
        return;
    }
    if (l->steps.count + value_count(list) > PROCEDURE_STEPS_MAX) {
        skill_wrong(l, list, "%zu steps: at most %d are taken", l->steps.count + value_count(list),
                    PROCEDURE_STEPS_MAX);
        return;
    }
    VALUE_EACH (item, list)
        parse_step(l, item, to, inside, parallel, rollback);
}
