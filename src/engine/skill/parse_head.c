/* parse_head.c - what a skill says of itself, and its parameters. */
#include <ctype.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "src/engine/skill/skill_priv.h"

#define ENUM_MAX 100

/* ---- parameters ---- */

static void read_type(struct skill_load *l, const struct value *v, void *to)
{
    for (int i = 0; i < PROCEDURE_TYPES && v->type == VALUE_STRING; i++) {
        if (str_eq_c(v->u.string, procedure_type_name((enum procedure_type)i))) {
            *(enum procedure_type *)to = (enum procedure_type)i;
            return;
        }
    }
    skill_wrong(l, v, "'type' is string, number, integer, boolean or array");
}

struct param {
    const char *name, *description;
    enum procedure_type type;
    bool required;
    const struct value *fallback, *options;
};

static const struct skill_field param_fields[] = {
    {"name", skill_read_line, offsetof(struct param, name), true},
    {"description", skill_read_words, offsetof(struct param, description), false},
    {"type", read_type, offsetof(struct param, type), false},
    {"required", skill_read_bool, offsetof(struct param, required), false},
    {"default", skill_read_value, offsetof(struct param, fallback), false},
    {"enum", skill_read_value, offsetof(struct param, options), false},
};

static bool of_type(const struct value *v, enum procedure_type t)
{
    switch (t) {
    case PROCEDURE_STRING:
        return v->type == VALUE_STRING;
    case PROCEDURE_NUMBER:
        return v->type == VALUE_NUMBER;
    case PROCEDURE_INTEGER:
        return v->type == VALUE_NUMBER && v->u.number >= -9e15 && v->u.number <= 9e15 &&
               v->u.number == (double)(int64_t)v->u.number;
    case PROCEDURE_BOOLEAN:
        return v->type == VALUE_BOOL;
    case PROCEDURE_ARRAY:
        return v->type == VALUE_ARRAY;
    }
    return false;
}

static const char *scalar_text(struct skill_load *l, const struct value *v)
{
    char number[32];

    if (v->type == VALUE_STRING)
        return arena_str(l->arena, v->u.string);
    if (v->type != VALUE_NUMBER)
        return NULL;
    num_format_f64(v->u.number, number);
    return arena_strdup(l->arena, number);
}

static const char *const *read_enum(struct skill_load *l, const struct param *q)
{
    size_t n = value_count(q->options);
    const char **items;

    if (q->options->type != VALUE_ARRAY || !n || n > ENUM_MAX) {
        skill_wrong(l, q->options, "'enum' is a list of 1 to %d values", ENUM_MAX);
        return NULL;
    }
    if (q->type == PROCEDURE_BOOLEAN || q->type == PROCEDURE_ARRAY) {
        skill_wrong(l, q->options, "'enum' is for texts and numbers, not for type %s",
                    procedure_type_name(q->type));
        return NULL;
    }
    items = arena_array(l->arena, n + 1, sizeof(*items));
    for (size_t i = 0; i < n; i++) {
        const struct value *v = value_at(q->options, i);

        items[i] = scalar_text(l, v);
        if (!of_type(v, q->type) || !items[i]) {
            skill_wrong(l, v, "the parameter is of type %s, this is %s",
                        procedure_type_name(q->type), skill_type_words(v));
            items[i] = "";
        }
    }
    return items;
}

static void check_default(struct skill_load *l, const struct param *q, const char *const *options)
{
    const char *text = q->fallback ? scalar_text(l, q->fallback) : NULL;

    if (!q->fallback)
        return;
    if (!of_type(q->fallback, q->type)) {
        skill_wrong(l, q->fallback, "'default' is %s, but the parameter is of type %s",
                    skill_type_words(q->fallback), procedure_type_name(q->type));
        return;
    }
    if (q->required)
        skill_warn(l, q->fallback,
                   "'%s' has a default: it is never missing, so that 'required' "
                   "says nothing",
                   q->name);
    for (size_t i = 0; text && options; i++) {
        if (!options[i]) {
            skill_wrong(l, q->fallback, "'default' is not one of 'enum'");
            return;
        }
        if (strcmp(options[i], text) == 0)
            return;
    }
}

static bool name_ok(const char *name)
{
    size_t len = strlen(name);

    if (!isalpha((unsigned char)name[0]) && name[0] != '_')
        return false;
    for (size_t i = 0; i < len; i++) {
        if (!isalnum((unsigned char)name[i]) && name[i] != '_')
            return false;
    }
    return len <= SKILL_ID_MAX;
}

static bool reserved(const char *name)
{
    static const char *const words[] = {"steps",  "result", "and",   "or",   "not",   "in",
                                        "exists", "true",   "false", "null", "params"};

    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++) {
        if (strcmp(name, words[i]) == 0)
            return true;
    }
    return false;
}

static void parse_param(struct skill_load *l, const struct value *v)
{
    struct param q = {.description = ""};
    const char *const *options = NULL;
    struct procedure_param *made;

    if (!SKILL_FIELDS(l, v, param_fields, &q) || !q.name)
        return;
    if (!name_ok(q.name) || reserved(q.name)) {
        skill_wrong(l, skill_get(v, "name"),
                    reserved(q.name) ? "'%.60s' means something of its own: take another name"
                                     : "'%.60s': a parameter's name is letters, digits and '_', at "
                                       "most 64, and begins with a letter",
                    q.name);
        return;
    }
    for (size_t i = 0; i < l->p->param_count; i++) {
        if (strcmp(l->p->params[i].name, q.name) == 0) {
            skill_wrong(l, skill_get(v, "name"), "there is a parameter '%s' already, in line %u",
                        q.name, l->p->params[i].line);
            return;
        }
    }
    options = q.options ? read_enum(l, &q) : NULL;
    check_default(l, &q, options);
    made = procedure_add_param(l->p, q.name, q.type);
    made->description = q.description;
    made->required = q.required && !q.fallback;
    made->fallback = q.fallback;
    made->options = options;
    made->line = v->line;
    made->col = v->col;
}

void skill_parse_params(struct skill_load *l, const struct value *v, void *to)
{
    (void)to;
    if (v->type != VALUE_ARRAY) {
        skill_wrong(l, v, "'parameters' is a list: each begins with \"- name:\"");
        return;
    }
    if (value_count(v) > PROCEDURE_PARAMS_MAX) {
        skill_wrong(l, v, "%zu parameters: at most %d are taken", value_count(v),
                    PROCEDURE_PARAMS_MAX);
        return;
    }
    VALUE_EACH (item, v)
        parse_param(l, item);
}

/* ---- the skill ---- */

struct head {
    const char *id, *name, *display, *description, *version, *author;
    struct skill_texts tags, services, triggers, depends;
    enum risk risk;
    int64_t timeout_ms;
    bool keep;
    const struct value *steps, *domain, *role;
};

static void read_on_failure(struct skill_load *l, const struct value *v, void *to)
{
    if (v->type != VALUE_STRING ||
        (!str_eq_c(v->u.string, "rollback") && !str_eq_c(v->u.string, "keep")))
        skill_wrong(l, v, "'on_failure' is rollback or keep");
    else
        *(bool *)to = str_eq_c(v->u.string, "keep");
}

/* 1.0 without quotes is a number in YAML. */
static void read_version(struct skill_load *l, const struct value *v, void *to)
{
    if (v->type == VALUE_NUMBER)
        *(const char **)to = scalar_text(l, v);
    else
        skill_read_line(l, v, to);
}

#define HEAD(key, read, member)                                                                    \
    {                                                                                              \
        key, read, offsetof(struct head, member), false                                            \
    }
#define HEAD_FIELDS                                                                                \
    HEAD("version", read_version, version), HEAD("author", skill_read_line, author),               \
        HEAD("tags", skill_read_texts, tags),                                                      \
        HEAD("applicable_services", skill_read_texts, services),                                   \
        HEAD("triggers", skill_read_texts, triggers),                                              \
        HEAD("depends_on", skill_read_texts, depends), HEAD("risk_level", skill_read_risk, risk),  \
        HEAD("timeout", skill_read_duration, timeout_ms),                                          \
        HEAD("on_failure", read_on_failure, keep), HEAD("parameters", skill_parse_params, id)

static const struct skill_field yaml_fields[] = {
    {"id", skill_read_id, offsetof(struct head, id), true},
    {"name", skill_read_line, offsetof(struct head, name), true},
    {"description", skill_read_words, offsetof(struct head, description), true},
    {"steps", skill_read_value, offsetof(struct head, steps), true},
    HEAD_FIELDS,
};

static const struct skill_field markdown_fields[] = {
    {"name", skill_read_line, offsetof(struct head, name), true},
    {"description", skill_read_words, offsetof(struct head, description), true},
    HEAD("id", skill_read_id, id),
    HEAD("display_name", skill_read_line, display),
    HEAD("steps", skill_read_value, steps),
    HEAD("domain", skill_read_value, domain),
    HEAD("role", skill_read_value, role),
    HEAD_FIELDS,
    HEAD("icon", skill_read_nothing, id),
    HEAD("tool_count", skill_read_nothing, id),
    HEAD("tier_distribution", skill_read_nothing, id),
    HEAD("agents", skill_read_nothing, id),
    HEAD("execution", skill_read_nothing, id),
    HEAD("knowledge", skill_read_nothing, id),
    HEAD("license", skill_read_nothing, id),
    HEAD("compatibility", skill_read_nothing, id),
    HEAD("metadata", skill_read_nothing, id),
    HEAD("allowed-tools", skill_read_nothing, id),
};

/* "Restart a service" as an id: "restart-a-service". */
static const char *id_of(struct skill_load *l, const char *name)
{
    char *id =
        arena_strndup(l->arena, name, strlen(name) > SKILL_ID_MAX ? SKILL_ID_MAX : strlen(name));
    size_t n = 0;

    for (const char *c = id; *c; c++) {
        if (isalnum((unsigned char)*c) || *c == '_')
            id[n++] = (char)tolower((unsigned char)*c);
        else if (n && id[n - 1] != '-')
            id[n++] = '-';
    }
    while (n && id[n - 1] == '-')
        n--;
    id[n] = '\0';
    return skill_id_ok(str_from(id)) ? id : NULL;
}

/* What the name, the domain and the role say is found by tags as well. */
static void add_tags(struct skill_load *l, const struct value *v)
{
    struct skill_texts *t = &l->s->tags;
    const char **items;

    if (!v || v->type != VALUE_STRING || !v->u.string.len || v->u.string.len > SKILL_LINE_MAX)
        return;
    items = arena_array(l->arena, t->count + 2, sizeof(*items));
    for (size_t i = 0; i < t->count; i++)
        items[i] = t->items[i];
    items[t->count++] = arena_str(l->arena, v->u.string);
    t->items = items;
}

static void set_head(struct skill_load *l, const struct head *h)
{
    struct skill *s = l->s;

    s->id = h->id ? h->id : s->id;
    s->name = h->display ? h->display : h->name ? h->name : s->id;
    s->description = h->description ? h->description : "";
    s->version = h->version ? h->version : "";
    s->author = h->author ? h->author : "";
    s->tags = h->tags;
    s->services = h->services;
    s->triggers = h->triggers;
    s->depends = h->depends;
    s->said = s->risk = h->risk;
    add_tags(l, h->domain);
    add_tags(l, h->role);
    l->p->timeout_ms = h->timeout_ms;
    l->p->no_rollback = h->keep;
}

void skill_parse_head(struct skill_load *l, const struct value *v, bool markdown)
{
    struct head h = {.id = NULL};

    if (markdown) {
        skill_fields(l, v, markdown_fields, sizeof(markdown_fields) / sizeof(markdown_fields[0]),
                     true, &h);
        if (h.name && !h.id)
            h.id = id_of(l, h.name);
    } else {
        SKILL_FIELDS(l, v, yaml_fields, &h);
    }
    set_head(l, &h);
    if (h.steps)
        skill_parse_steps(l, h.steps, &l->p->steps, 0, false, false);
}

void skill_parse_yaml(struct skill_load *l, const struct value *v)
{
    skill_parse_head(l, v, false);
}
