/* skill_priv.h - what the readers of the three formats, and the checks, share while one file is
 * read. A reader notes what is wrong and goes on, so that all of it is said at once. */
#ifndef RUNBOOK_ENGINE_SKILL_PRIV_H
#define RUNBOOK_ENGINE_SKILL_PRIV_H

#include "runbook/base/vec.h"
#include "runbook/codec/expr.h"
#include "runbook/engine/skill.h"

#define SKILL_LIST_MAX 100 /* tags, services, triggers */
#define SKILL_LINE_MAX 200 /* bytes of a name, a tag, a label */
#define SKILL_TEXT_MAX 4000

/* A step, and where what it says stands. NULL: it is not there. */
struct skill_step {
    struct procedure_step *step;
    const struct value *at, *action, *args, *condition, *until, *text, *target, *options;
    size_t inside; /* index of the step that holds it, plus 1; 0: none */
    bool in_parallel, in_rollback;
};

struct skill_load {
    struct skill *s;
    struct procedure *p;
    struct arena *arena; /* the procedure's: it owns the skill as well */
    const char *file;
    struct str text;
    const struct tool_env *env;
    bool templates; /* {{}} means something in prompts */
    bool failed;
    VEC(struct skill_problem) problems;
    VEC(struct skill_step) steps; /* in the order of the file */
    VEC(size_t) lines;            /* where each begins */
    size_t texts;                 /* values of parameters that were looked at */
};

/* ---- parse.c: problems and fields ---- */

void skill_wrong(struct skill_load *l, const struct value *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void skill_warn(struct skill_load *l, const struct value *at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
void skill_wrong_at(struct skill_load *l, struct expr_at at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Once, before any place is asked for. */
void skill_find_lines(struct skill_load *l);
/* Where the text of this string begins, behind a quote or below a |. */
struct expr_at skill_text_place(const struct skill_load *l, const struct value *v);
/* A place that was counted in that text, as one of the file: lines below a | are indented. */
struct expr_at skill_place_in(const struct skill_load *l, const struct value *v, struct expr_at at);
/* Where the key of this member stands. */
struct expr_at skill_key_place(const struct skill_load *l, const struct value *v);

typedef void skill_reader(struct skill_load *l, const struct value *v, void *to);
struct skill_field {
    const char *key; /* snake_case; camelCase is the same key */
    skill_reader *read;
    size_t offset;
    bool needed;
};
/* Every member has a field, or is wrong; `lenient`: unknown ones that are near to none are only
 * warned of. False: it is no mapping, or a needed one is missing. */
bool skill_fields(struct skill_load *l, const struct value *v, const struct skill_field *fields,
                  size_t count, bool lenient, void *to);
#define SKILL_FIELDS(l, v, fields, to)                                                             \
    skill_fields(l, v, fields, sizeof(fields) / sizeof((fields)[0]), false, to)
bool skill_key_is(struct str key, const char *snake);
/* A member in either spelling; NULL: not there, or null. */
const struct value *skill_get(const struct value *obj, const char *snake);
const char *skill_type_words(const struct value *v); /* "a text", "a list" */
const char *skill_near(const char *word, const char *const *names, size_t count);

skill_reader skill_read_line;     /* const char *: one line */
skill_reader skill_read_words;    /* const char *: any text */
skill_reader skill_read_texts;    /* struct skill_texts */
skill_reader skill_read_bool;     /* bool */
skill_reader skill_read_duration; /* int64_t ms, above 0 */
skill_reader skill_read_value;    /* const struct value * */
skill_reader skill_read_nothing;  /* known, and of no use here */
skill_reader skill_read_risk;     /* enum risk */
skill_reader skill_read_id;       /* const char *: of a skill */

/* ---- the formats ---- */

void skill_parse_yaml(struct skill_load *l, const struct value *v);
/* The keys of the skill itself, for the frontmatter too. */
void skill_parse_head(struct skill_load *l, const struct value *v, bool markdown);
void skill_parse_steps(struct skill_load *l, const struct value *list, struct procedure_steps *to,
                       size_t inside, bool parallel, bool rollback);
skill_reader skill_parse_params; /* a list */
void skill_parse_sop(struct skill_load *l, const struct value *v);
void skill_parse_markdown(struct skill_load *l);
/* "line 4 column 7: what": cut the place off; `rest` then begins at "what". False: it has none. */
bool skill_take_place(struct str *rest, const char *before, const char *between,
                      struct expr_at *ret);
/* YAML, with the place of what is wrong as a problem. NULL then. */
const struct value *skill_yaml(struct skill_load *l, struct str text);
/* A step of the procedure and of l->steps; `inside` as there. */
struct skill_step *skill_add_step(struct skill_load *l, struct procedure_steps *to,
                                  enum step_kind kind, const char *id, const struct value *at);
bool skill_step_id_ok(struct str id);
struct skill_step *skill_step_named(struct skill_load *l, const char *id);

/* load.c: what the procedure says of itself. */
void skill_set_procedure(struct skill_load *l);

/* ---- check.c ---- */

/* `risk_at`: where the skill says its risk; NULL: it does not. */
void skill_check(struct skill_load *l, const struct value *risk_at);
const struct tool_def *skill_tool(const struct skill_load *l, const char *name);
/* check_args.c: static parameters against what the tool or operation takes. */
void skill_check_args(struct skill_load *l, const struct skill_step *s);
/* check_refs.c: templates, conditions, goto. */
void skill_check_refs(struct skill_load *l, size_t index);
/* The first {{ ... }} of *rest: what is inside, and where *rest goes on. False: none, or *ret_cut:
 * one that does not end. */
bool skill_next_template(struct str *rest, struct str *ret_inside, bool *ret_cut);

/* ---- skill_data.c, made by embed.awk ---- */

struct skill_data {
    const char *name, *text; /* "free-disk-space.yaml" */
};
extern const struct skill_data skill_data[]; /* ends with a NULL name */

#endif
