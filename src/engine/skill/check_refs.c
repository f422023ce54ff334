/* check_refs.c - what templates and conditions refer to: a parameter that is declared, a step that
 * comes before. An answer's shape is the tool's, so that paths behind `result` are looked for when
 * the step runs. */
#include <stdio.h>

#include "src/engine/skill/skill_priv.h"

#define DEPTH_MAX 16
#define VALUES_MAX 2000
#define TEMPLATES_MAX 500 /* in one text */

static const char *const members[] = {"result", "status", "summary",  "error",  "rows",
                                      "text",   "answer", "mutation", "attempt"};

struct refs {
    struct skill_load *l;
    size_t index; /* of the step that refers */
    const struct value *v;
    bool sees_result;
};

bool skill_next_template(struct str *rest, struct str *ret_inside, bool *ret_cut)
{
    ptrdiff_t open = str_find(*rest, STR_LIT("{{")), close;
    struct str after;

    *ret_cut = false;
    if (open < 0)
        return false;
    after = (struct str){rest->ptr + open + 2, rest->len - (size_t)open - 2};
    close = str_find(after, STR_LIT("}}"));
    *ret_cut = close < 0;
    *ret_inside = (struct str){after.ptr, close < 0 ? after.len : (size_t)close};
    *rest = close < 0 ? (struct str){NULL, 0}
                      : (struct str){after.ptr + close + 2, after.len - (size_t)close - 2};
    return close >= 0;
}

static void wrong(const struct refs *r, struct expr_at at, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
static void wrong(const struct refs *r, struct expr_at at, const char *fmt, ...)
{
    char text[ERR_MSG_MAX];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    skill_wrong_at(r->l, skill_place_in(r->l, r->v, at), "%s", text);
}

static void check_param(const struct refs *r, const struct expr_path *p, size_t from)
{
    const char *names[PROCEDURE_PARAMS_MAX], *near, *name = p->steps[from].key.ptr;
    const struct procedure_param *q = NULL;
    size_t n = 0;

    for (size_t i = 0; i < r->l->p->param_count && n < PROCEDURE_PARAMS_MAX; i++) {
        names[n++] = r->l->p->params[i].name;
        if (name && strcmp(name, names[n - 1]) == 0)
            q = &r->l->p->params[i];
    }
    if (q && p->count > from + 1 && q->type != PROCEDURE_ARRAY)
        wrong(r, p->at, "'%.80s': the parameter '%s' is of type %s: nothing is inside it", p->text,
              q->name, procedure_type_name(q->type));
    if (q)
        return;
    near = name ? skill_near(name, names, n) : NULL;
    if (near)
        wrong(r, p->at, "there is no parameter '%.60s'; did you mean '%s'?", name, near);
    else
        wrong(r, p->at, "'%.80s' begins with no parameter of this skill, nor with steps", p->text);
}

/* May the step `from` look at step `to`? NULL: yes, else why not. */
static const char *unseen(const struct skill_load *l, size_t from, size_t to)
{
    const struct skill_step *a = &l->steps.items[from], *b = &l->steps.items[to];

    if (to == from)
        return "it refers to itself";
    if (to > from)
        return "it comes later";
    if (b->in_rollback && a->inside != b->inside)
        return "it runs only when something is taken back";
    if (a->inside == to + 1 && a->in_parallel)
        return "it is the group that this step is in";
    if (a->in_parallel && b->in_parallel && a->inside == b->inside)
        return "it runs at the same time";
    return NULL;
}

static void check_step(const struct refs *r, const struct expr_path *p)
{
    const char *names[PROCEDURE_STEPS_MAX], *near, *why = NULL;
    const char *id = p->count > 1 ? p->steps[1].key.ptr : NULL;
    const char *member = p->count > 2 ? p->steps[2].key.ptr : NULL;
    size_t n = 0, found = SIZE_MAX;

    if (!id || !member) {
        wrong(r, p->at, "'%.80s': write steps.ID.result.PATH or steps.ID.status", p->text);
        return;
    }
    for (size_t i = 0; i < r->l->steps.count && n < PROCEDURE_STEPS_MAX; i++) {
        names[n++] = r->l->steps.items[i].step->id;
        found = strcmp(id, names[n - 1]) == 0 ? i : found;
    }
    near = found == SIZE_MAX ? skill_near(id, names, n) : NULL;
    if (found == SIZE_MAX) {
        wrong(r, p->at, "there is no step '%.64s'%s%s%s", id, near ? "; did you mean '" : "",
              near ? near : "", near ? "'?" : "");
        return;
    }
    why = unseen(r->l, r->index, found);
    if (why)
        wrong(r, p->at, "'%.80s': step '%.64s' cannot be referred to here: %s", p->text, id, why);
    for (size_t i = 0; i < sizeof(members) / sizeof(members[0]); i++) {
        if (strcmp(member, members[i]) == 0)
            return;
    }
    wrong(
        r, p->at,
        "'%.80s': of a step there is result, status, summary, error, rows, text, answer, mutation "
        "and attempt, not '%.40s'",
        p->text, member);
}

static void check_path(const struct refs *r, const struct expr_path *p)
{
    if (str_eq_c(p->steps[0].key, "steps"))
        check_step(r, p);
    else if (str_eq_c(p->steps[0].key, "result") && r->sees_result)
        return;
    else if (str_eq_c(p->steps[0].key, "params") && p->count > 1)
        check_param(r, p, 1);
    else
        check_param(r, p, 0);
}

/* Where `p` of the text of r->v is. */
static struct expr_at place(const struct refs *r, const char *p)
{
    struct expr_at at = skill_text_place(r->l, r->v);

    for (const char *c = r->v->u.string.ptr; c < p; c++) {
        at.line += *c == '\n';
        at.col = *c == '\n' ? 1 : at.col + (((unsigned char)*c & 0xc0U) != 0x80U);
    }
    return at;
}

static void check_text(struct refs *r, const struct value *v)
{
    struct str rest = v->u.string, inside;
    bool cut = false;
    int n = 0;

    r->v = v;
    if (rest.len > PROCEDURE_TEXT_MAX) {
        skill_wrong(r->l, v, "a text of %zu bytes: at most %d are taken", rest.len,
                    PROCEDURE_TEXT_MAX);
        return;
    }
    while (skill_next_template(&rest, &inside, &cut)) {
        struct expr_at at = place(r, inside.ptr);
        const struct expr_path *p = NULL;
        struct err err;

        if (++n > TEMPLATES_MAX) {
            skill_wrong(r->l, v, "more than %d templates in one text", TEMPLATES_MAX);
            return;
        }
        if (expr_path_parse(r->l->arena, inside, &at, &p, &err))
            wrong(r, at, "in {{}}: %s", err.msg);
        else
            check_path(r, p);
    }
    if (cut)
        wrong(r, place(r, inside.ptr - 2), "'{{' without its '}}'");
}

static void check_value(struct refs *r, const struct value *v, int depth)
{
    if (depth > DEPTH_MAX) {
        skill_wrong(r->l, v, "nested deeper than %d levels", DEPTH_MAX);
        return;
    }
    if (++r->l->texts > VALUES_MAX) {
        if (r->l->texts == VALUES_MAX + 1)
            skill_wrong(r->l, v, "the parameters of all steps have more than %d values",
                        VALUES_MAX);
        return;
    }
    if (v->type == VALUE_STRING)
        check_text(r, v);
    VALUE_EACH (m, v)
        check_value(r, m, depth + 1);
}

static void check_condition(struct refs *r, const struct value *v)
{
    const struct expr *e = NULL;
    struct expr_at at;
    struct err err;
    bool exists;

    if (!v || v->type != VALUE_STRING)
        return;
    r->v = v;
    at = skill_text_place(r->l, v);
    if (expr_parse(r->l->arena, v->u.string, &at, &e, &err)) {
        wrong(r, at, "%s", err.msg);
        return;
    }
    for (size_t i = 0; i < expr_path_count(e); i++)
        check_path(r, expr_path_at(e, i, &exists));
}

void skill_check_refs(struct skill_load *l, size_t index)
{
    struct refs r = {.l = l, .index = index};
    const struct skill_step *s = &l->steps.items[index];

    check_condition(&r, s->condition);
    if (s->args && s->args->type == VALUE_OBJECT)
        check_value(&r, s->args, 0);
    if (s->text && s->text->type == VALUE_STRING && l->templates)
        check_text(&r, s->text);
    r.sees_result = s->action != NULL;
    check_condition(&r, s->until);
}
