/* sop.c - apiVersion: sop/v1. Its commands are lines; what they do here is a tool, an operation of
 * the table of mutations, or, when neither does the same, host.command.run, which the policy has to
 * allow. Nothing is given to a shell. */
#include <ctype.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/words.h"
#include "runbook/engine/mutate.h"
#include "src/engine/skill/skill_priv.h"

#define WORDS_MAX 64

struct sop {
    const char *name, *category, *severity, *description, *version;
    int64_t expected_ms;
    const struct value *steps, *rollback, *trigger;
    struct skill_texts triggers;
};

struct sop_step {
    const char *name, *type, *on_error;
    const struct value *command, *question, *options, *duration, *success, *condition, *limit;
    int64_t timeout_ms;
    double retries;
    bool approval;
};

/* ---- commands ---- */

static const struct tool_param *find(const struct tool_param *params, struct str name)
{
    for (const struct tool_param *q = params; q && q->name; q++) {
        if (str_eq_c(name, q->name))
            return q;
    }
    return NULL;
}

/* What a word is as a parameter: with a template it stays a text. */
static void set_value(struct value *v, const struct tool_param *q, struct str text)
{
    double number;

    v->type = VALUE_STRING;
    v->u.string = text;
    if (!q || str_find(text, STR_LIT("{{")) >= 0)
        return;
    if ((q->type == PARAM_INT || q->type == PARAM_NUMBER) && num_f64(text, &number)) {
        v->type = VALUE_NUMBER;
        v->u.number = number;
    } else if (q->type == PARAM_BOOL && (str_eq_c(text, "true") || str_eq_c(text, "false"))) {
        v->type = VALUE_BOOL;
        v->u.boolean = str_eq_c(text, "true");
    }
}

/* name=value words behind the first one as an object that stands where the command stands. */
static const struct value *args_of(struct skill_load *l, const struct value *at,
                                   const char *const *words, const struct tool_param *params)
{
    struct value *all = arena_alloc(l->arena, sizeof(*all));
    size_t n = 0;

    while (words[n])
        n++;
    *all = (struct value){.type = VALUE_OBJECT, .line = at->line, .col = at->col};
    all->u.list.items = arena_array(l->arena, n + 1, sizeof(struct value));
    for (size_t i = 1; i < n; i++) {
        struct str rest = str_from(words[i]), name;
        struct value *v = &all->u.list.items[all->u.list.count];

        if (!strchr(words[i], '=') || !str_split(&rest, '=', &name) || !name.len) {
            skill_wrong(l, at, "'%.60s': parameters are written NAME=VALUE", words[i]);
            continue;
        }
        *v = (struct value){.line = at->line, .col = at->col};
        v->key = (struct str){arena_str(l->arena, name), name.len};
        set_value(v, find(params, name), rest);
        if (value_get(all, v->key.ptr))
            skill_wrong(l, at, "'%.60s' is given twice", v->key.ptr);
        else
            all->u.list.count++;
    }
    return all;
}

static const struct value *one_arg(struct skill_load *l, const struct value *at, const char *name,
                                   const char *text)
{
    struct value *all = arena_alloc(l->arena, sizeof(*all)), *v = arena_alloc(l->arena, sizeof(*v));

    *all = (struct value){.type = VALUE_OBJECT, .line = at->line, .col = at->col};
    *v = (struct value){.type = VALUE_STRING, .line = at->line, .col = at->col};
    v->key = str_from(name);
    v->u.string = str_from(text);
    all->u.list.items = v;
    all->u.list.count = 1;
    return all;
}

struct sop_command {
    enum step_kind kind;
    const char *action;
    const struct value *args;
};

/* "systemctl restart nginx" as host.unit.restart, when an operation does exactly that. */
static bool known_command(struct skill_load *l, const struct value *at, const char *line,
                          struct sop_command *ret)
{
    struct buf act = BUF_INIT((size_t)16 << 10);
    const char **words = NULL;
    bool is = act_from_command(line, "local", &act);

    words = is ? words_split(l->arena, buf_cstr(&act)) : NULL;
    if (words && words[0] && act_find(words[0])) {
        ret->kind = STEP_ACT;
        ret->action = words[0];
        ret->args = args_of(l, at, words, act_params(act_find(words[0])));
    } else {
        is = false;
    }
    buf_release(&act);
    return is;
}

static bool read_command(struct skill_load *l, const struct value *v, bool acts,
                         struct sop_command *ret)
{
    const char *line = "";
    const char **words;

    skill_read_line(l, v, &line);
    words = *line ? words_split(l->arena, line) : NULL;
    if (!*line)
        return false;
    if (!words || !words[0]) {
        skill_wrong(l, v, "a quote does not end");
        return false;
    }
    ret->action = words[0];
    if (skill_tool(l, words[0])) {
        ret->kind = STEP_TOOL;
        ret->args = args_of(l, v, words, skill_tool(l, words[0])->params);
    } else if (act_find(words[0])) {
        ret->kind = STEP_ACT;
        ret->args = args_of(l, v, words, act_params(act_find(words[0])));
    } else if (!acts) {
        ret->kind = STEP_TOOL; /* the check says which is near */
        ret->args = NULL;
    } else if (!known_command(l, v, line, ret)) {
        ret->kind = STEP_ACT;
        ret->action = "host.command.run";
        ret->args = one_arg(l, v, "command", arena_strdup(l->arena, line));
    }
    return true;
}

/* ---- steps ---- */

/* "Check the disk" as an id that is not taken: "check-the-disk", "check-the-disk-2". */
static const char *id_for(struct skill_load *l, const char *name)
{
    char id[SKILL_ID_MAX + 1];
    const char *with;
    size_t n = 0;

    for (; *name && n < SKILL_ID_MAX - 8; name++) {
        if (isalnum((unsigned char)*name) || *name == '_')
            id[n++] = (char)tolower((unsigned char)*name);
        else if (n && id[n - 1] != '-')
            id[n++] = '-';
    }
    while (n && id[n - 1] == '-')
        n--;
    id[n] = '\0';
    if (!n || isdigit((unsigned char)id[0]) || !skill_step_id_ok((struct str){id, n}))
        with = arena_printf(l->arena, "step-%s", n ? id : "x");
    else
        with = arena_strdup(l->arena, id);
    for (int i = 2; skill_step_named(l, with); i++)
        with = arena_printf(l->arena, "%s-%d", n ? id : "step", i);
    return with;
}

static void read_number(struct skill_load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_NUMBER || v->u.number < 1 || v->u.number > PROCEDURE_RETRIES_MAX)
        skill_wrong(l, v, "'%s' is a number from 1 to %d", v->key.ptr, PROCEDURE_RETRIES_MAX);
    else
        *(double *)to = v->u.number;
}

#define STEP(key, read, member)                                                                    \
    {                                                                                              \
        key, read, offsetof(struct sop_step, member), false                                        \
    }
static const struct skill_field step_fields[] = {
    {"name", skill_read_line, offsetof(struct sop_step, name), true},
    {"type", skill_read_line, offsetof(struct sop_step, type), true},
    STEP("command", skill_read_value, command),
    STEP("timeout", skill_read_duration, timeout_ms),
    STEP("question", skill_read_value, question),
    STEP("options", skill_read_value, options),
    STEP("require_approval", skill_read_bool, approval),
    STEP("duration", skill_read_value, duration),
    STEP("success_condition", skill_read_value, success),
    STEP("condition", skill_read_value, condition),
    STEP("on_error", skill_read_line, on_error),
    STEP("max_retries", read_number, retries),
    STEP("description", skill_read_nothing, name),
};

static const struct {
    const char *type;
    const char *needs, *other; /* keys of its own */
} types[] = {
    {"diagnostic", "command", NULL}, {"approval", "question", "options"},
    {"action", "command", NULL},     {"wait", "duration", "success_condition"},
    {"rollback", "command", NULL},
};

static bool check_type(struct skill_load *l, const struct value *v, const struct sop_step *st)
{
    static const char *const own[] = {"command", "question", "options", "duration",
                                      "success_condition"};

    for (size_t i = 0; i < sizeof(types) / sizeof(types[0]); i++) {
        if (strcmp(types[i].type, st->type) != 0)
            continue;
        if (!skill_get(v, types[i].needs)) {
            skill_wrong(l, v, "a step of type %s needs '%s'", st->type, types[i].needs);
            return false;
        }
        for (size_t k = 0; k < sizeof(own) / sizeof(own[0]); k++) {
            const struct value *at = skill_get(v, own[k]);

            if (at && strcmp(own[k], types[i].needs) != 0 &&
                (!types[i].other || strcmp(own[k], types[i].other) != 0) &&
                !(strcmp(st->type, "wait") == 0 && k == 0))
                skill_wrong_at(l, skill_key_place(l, at), "'%s' means nothing in a step of type %s",
                               own[k], st->type);
        }
        return true;
    }
    skill_wrong(l, skill_get(v, "type"),
                "'type' is diagnostic, approval, action, wait or rollback");
    return false;
}

static const char *condition_of(struct skill_load *l, const struct value *v)
{
    if (!v)
        return "";
    if (v->type == VALUE_BOOL)
        return v->u.boolean ? "true" : "false";
    if (v->type == VALUE_STRING)
        return arena_str(l->arena, v->u.string);
    skill_wrong(l, v, "'%s' is a condition, such as result.rows == 0", v->key.ptr);
    return "";
}

static void common(struct skill_load *l, const struct value *v, const struct sop_step *st,
                   struct skill_step *s)
{
    struct procedure_step *to = s->step;

    to->name = st->name;
    to->timeout_ms = st->timeout_ms;
    to->requires_approval = st->approval;
    s->condition = st->condition;
    to->condition = condition_of(l, st->condition);
    if (st->on_error && strcmp(st->on_error, "continue") == 0)
        to->on_error = ON_ERROR_CONTINUE;
    else if (st->on_error && strcmp(st->on_error, "retry") == 0)
        to->on_error = ON_ERROR_RETRY;
    else if (st->on_error && strcmp(st->on_error, "abort") != 0)
        skill_wrong(l, skill_get(v, "on_error"), "'on_error' is continue, abort or retry");
    if (st->retries > 0 && to->on_error != ON_ERROR_RETRY)
        skill_wrong(l, skill_get(v, "max_retries"), "'max_retries' needs on_error: retry");
    to->max_retries = (int)st->retries;
}

static void add_command(struct skill_load *l, const struct value *v, const struct sop_step *st,
                        struct procedure_steps *to, size_t inside)
{
    struct sop_command c = {.args = NULL};
    struct skill_step *s;

    if (!read_command(l, st->command, strcmp(st->type, "diagnostic") != 0, &c))
        return;
    if (c.kind == STEP_ACT && strcmp(st->type, "diagnostic") == 0) {
        skill_wrong(l, st->command,
                    "a diagnostic only reads; '%s' changes something: make it an "
                    "action",
                    c.action);
        return;
    }
    s = skill_add_step(l, to, c.kind, id_for(l, st->name), v);
    s->inside = inside;
    s->in_rollback = inside > 0;
    s->action = st->command;
    s->args = c.args;
    s->step->action = arena_strdup(l->arena, c.action);
    s->step->args = c.args;
    common(l, v, st, s);
}

static void add_approval(struct skill_load *l, const struct value *v, const struct sop_step *st)
{
    struct skill_step *s = skill_add_step(l, &l->p->steps, STEP_APPROVAL, id_for(l, st->name), v);
    const char *text = "";

    common(l, v, st, s);
    skill_read_words(l, st->question, &text);
    s->text = st->question;
    s->step->text = text;
    s->options = st->options;
    if (st->options && st->options->type != VALUE_ARRAY) {
        skill_wrong(l, st->options, "'options' is a list of mappings with label and goto");
        return;
    }
    VALUE_EACH (item, st->options) {
        const struct value *label = skill_get(item, "label"), *target = skill_get(item, "goto");
        const char *words = "", *to = "";

        if (!label) {
            skill_wrong(l, item, "an option has a label and a goto");
            continue;
        }
        skill_read_line(l, label, &words);
        if (target)
            skill_read_line(l, target, &to);
        procedure_add_option(l->p, s->step, words, to);
    }
}

static void add_wait(struct skill_load *l, const struct value *v, const struct sop_step *st)
{
    struct skill_step *s = skill_add_step(l, &l->p->steps, STEP_WAIT, id_for(l, st->name), v);
    struct sop_command c = {.args = NULL};
    int64_t ms = 0;

    common(l, v, st, s);
    skill_read_duration(l, st->duration, &ms);
    s->until = st->success;
    s->step->until = condition_of(l, st->success);
    if (st->success)
        s->step->timeout_ms = ms;
    else
        s->step->wait_ms = ms;
    if (!st->command)
        return;
    if (!st->success) {
        skill_wrong_at(l, skill_key_place(l, st->command),
                       "a wait asks a tool only when 'success_condition' says what for");
        return;
    }
    if (!read_command(l, st->command, false, &c))
        return;
    s->action = st->command;
    s->args = c.args;
    s->step->action = arena_strdup(l->arena, c.action);
    s->step->args = c.args;
}

/* The last top-level action before the end of the list: what a rollback takes back. */
static size_t last_act(const struct skill_load *l)
{
    for (size_t i = l->steps.count; i-- > 0;) {
        if (!l->steps.items[i].inside && l->steps.items[i].step->kind == STEP_ACT)
            return i + 1;
    }
    return 0;
}

static void add_rollback(struct skill_load *l, const struct value *v, const struct sop_step *st)
{
    size_t of = last_act(l);

    if (!of) {
        skill_wrong(l, v, "there is no action before it that it would take back");
        return;
    }
    add_command(l, v, st, &l->steps.items[of - 1].step->rollback, of);
}

static void parse_step(struct skill_load *l, const struct value *v)
{
    struct sop_step st = {.name = NULL};

    if (!SKILL_FIELDS(l, v, step_fields, &st) || !st.name || !st.type || !check_type(l, v, &st))
        return;
    if (strcmp(st.type, "approval") == 0)
        add_approval(l, v, &st);
    else if (strcmp(st.type, "wait") == 0)
        add_wait(l, v, &st);
    else if (strcmp(st.type, "rollback") == 0)
        add_rollback(l, v, &st);
    else
        add_command(l, v, &st, &l->p->steps, 0);
}

/* A goto names a step as people do. */
static void resolve_targets(struct skill_load *l)
{
    VEC_EACH (s, &l->steps) {
        for (size_t i = 0; i < s->step->option_count; i++) {
            struct procedure_option *o = &s->step->options[i];

            VEC_EACH (other, &l->steps) {
                if (!other->inside && strcmp(other->step->name, o->target) == 0)
                    o->target = other->step->id;
            }
        }
    }
}

/* ---- the whole ---- */

/* Takes the whole back: hangs on the first action, so that any later failure leads to it. */
static void parse_rollback(struct skill_load *l, const struct value *v)
{
    size_t first = 0;

    for (size_t i = l->steps.count; i-- > 0;) {
        if (!l->steps.items[i].inside && l->steps.items[i].step->kind == STEP_ACT)
            first = i + 1;
    }
    if (v->type == VALUE_ARRAY && !value_count(v))
        return;
    if (!first) {
        skill_wrong(l, v, "there is no action that it would take back");
        return;
    }
    for (size_t i = 0, n = v->type == VALUE_ARRAY ? value_count(v) : 1; i < n; i++) {
        const struct value *item = v->type == VALUE_ARRAY ? value_at(v, i) : v;
        struct sop_step st = {.name = "Take it back", .type = "rollback", .command = item};

        if (item->type == VALUE_OBJECT) {
            st.command = skill_get(item, "command");
            if (skill_get(item, "name"))
                skill_read_line(l, skill_get(item, "name"), &st.name);
        }
        if (!st.command)
            skill_wrong(l, item, "here stands a command line, or a mapping with name and command");
        else
            add_command(l, item, &st, &l->steps.items[first - 1].step->rollback, first);
    }
    for (size_t i = first; i < l->steps.count; i++)
        l->steps.items[i].step->no_undo = l->steps.items[i].step->kind == STEP_ACT;
}

struct condition {
    const char *metric, *duration;
    const struct value *threshold;
};

static const struct skill_field condition_fields[] = {
    {"metric", skill_read_line, offsetof(struct condition, metric), true},
    {"threshold", skill_read_value, offsetof(struct condition, threshold), false},
    {"duration", skill_read_line, offsetof(struct condition, duration), false},
};

static void read_conditions(struct skill_load *l, const struct value *v, void *to)
{
    struct sop *sop = to;
    size_t n = value_count(v);
    const char **items;

    if (v->type != VALUE_ARRAY || n > SKILL_LIST_MAX) {
        skill_wrong(l, v, "'conditions' is a list of mappings with metric, threshold and duration");
        return;
    }
    items = arena_array(l->arena, n + 1, sizeof(*items));
    VALUE_EACH (item, v) {
        struct condition c = {.threshold = NULL};
        char number[32] = "";

        if (!SKILL_FIELDS(l, item, condition_fields, &c) || !c.metric)
            continue;
        if (c.threshold && c.threshold->type == VALUE_NUMBER)
            num_format_f64(c.threshold->u.number, number);
        items[sop->triggers.count++] = arena_printf(
            l->arena, "%s%s%.100s%s%s", c.metric, c.threshold ? " " : "",
            c.threshold && c.threshold->type == VALUE_STRING ? c.threshold->u.string.ptr : number,
            c.duration ? " for " : "", c.duration ? c.duration : "");
    }
    sop->triggers.items = items;
}

static void read_trigger(struct skill_load *l, const struct value *v, void *to)
{
    static const struct skill_field fields[] = {
        {"type", skill_read_nothing, 0, false},
        {"conditions", read_conditions, 0, false},
    };

    SKILL_FIELDS(l, v, fields, to);
}

static void read_meta(struct skill_load *l, const struct value *v, void *to)
{
    static const struct skill_field fields[] = {
        {"name", skill_read_line, offsetof(struct sop, name), true},
        {"category", skill_read_line, offsetof(struct sop, category), false},
        {"severity", skill_read_line, offsetof(struct sop, severity), false},
        {"estimated_time", skill_read_duration, offsetof(struct sop, expected_ms), false},
        {"description", skill_read_words, offsetof(struct sop, description), false},
        {"version", skill_read_line, offsetof(struct sop, version), false},
    };

    SKILL_FIELDS(l, v, fields, to);
}

static void read_spec(struct skill_load *l, const struct value *v, void *to)
{
    static const struct skill_field fields[] = {
        {"trigger", read_trigger, 0, false},
        {"steps", skill_read_value, offsetof(struct sop, steps), true},
        {"rollback", skill_read_value, offsetof(struct sop, rollback), false},
        {"parameters", skill_parse_params, 0, false},
    };

    SKILL_FIELDS(l, v, fields, to);
}

static void read_kind(struct skill_load *l, const struct value *v, void *to)
{
    (void)to;
    if (v->type != VALUE_STRING || !str_eq_c(v->u.string, "StandardOperatingProcedure"))
        skill_wrong(l, v, "'kind' is StandardOperatingProcedure");
}

static void read_api(struct skill_load *l, const struct value *v, void *to)
{
    (void)to;
    if (v->type != VALUE_STRING || !str_eq_c(v->u.string, "sop/v1"))
        skill_wrong(l, v, "this program reads sop/v1");
}

static void set_head(struct skill_load *l, const struct value *v, const struct sop *sop)
{
    const char **tags = arena_array(l->arena, 2, sizeof(*tags));
    const struct value *at = value_path(v, "metadata.severity");
    struct str severity = str_from(sop->severity ? sop->severity : "");
    enum risk unused;
    const char *id = sop->name ? id_for(l, sop->name) : l->s->id;

    l->s->id = skill_id_ok(str_from(id)) ? id : l->s->id;
    l->s->name = sop->name ? sop->name : l->s->id;
    l->s->description = sop->description ? sop->description : l->s->name;
    l->s->version = sop->version ? sop->version : "";
    l->s->triggers = sop->triggers;
    tags[0] = sop->category;
    l->s->tags = (struct skill_texts){tags, sop->category ? 1 : 0};
    /* How bad the incident is, not how much the procedure may break: that follows from its steps.
     */
    if (severity.len && !str_eq_c(severity, "info") && !str_eq_c(severity, "warning") &&
        (!risk_from_name(severity, &unused) || unused == RISK_READ))
        skill_wrong(l, at, "'severity' is info, low, warning, medium, high or critical");
}

void skill_parse_sop(struct skill_load *l, const struct value *v)
{
    static const struct skill_field fields[] = {
        {"api_version", read_api, 0, true},
        {"kind", read_kind, 0, true},
        {"metadata", read_meta, 0, true},
        {"spec", read_spec, 0, true},
    };
    struct sop sop = {.name = NULL};

    SKILL_FIELDS(l, v, fields, &sop);
    set_head(l, v, &sop);
    if (sop.steps && (sop.steps->type != VALUE_ARRAY || !value_count(sop.steps) ||
                      value_count(sop.steps) > PROCEDURE_STEPS_MAX / 2)) {
        skill_wrong(l, sop.steps, "'steps' is a list of 1 to %d steps", PROCEDURE_STEPS_MAX / 2);
        return;
    }
    VALUE_EACH (item, sop.steps)
        parse_step(l, item);
    if (sop.rollback)
        parse_rollback(l, sop.rollback);
    resolve_targets(l);
    skill_check(l, NULL);
}
