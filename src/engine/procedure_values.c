/* procedure_values.c - what templates and conditions see: the parameters, and how the steps so far
 * ended. The answers of tools are read from where they are kept, one at a time, only when a path
 * asks for them, so that a run needs no more memory than its largest answer. A value that was
 * filled in is not looked at again: braces that come from outside stay braces. */
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/store/blob.h"
#include "src/engine/procedure_priv.h"

/* ---- templates ---- */

struct piece {
    struct str literal; /* before the template */
    struct str inner;   /* .ptr NULL: no template follows */
};

/* Cut the next piece off *rest. */
static enum err_code next_piece(struct str *rest, struct piece *ret, struct err *err)
{
    ptrdiff_t open = str_find(*rest, STR_LIT("{{")), close;
    struct str after;

    ret->inner = (struct str){NULL, 0};
    if (open < 0) {
        ret->literal = *rest;
        *rest = (struct str){NULL, 0};
        return ERR_OK;
    }
    after = (struct str){rest->ptr + open + 2, rest->len - (size_t)open - 2};
    close = str_find(after, STR_LIT("}}"));
    if (close < 0)
        return err_set(err, ERR_INPUT, "'{{' without its '}}'");
    ret->literal = (struct str){rest->ptr, (size_t)open};
    ret->inner = (struct str){after.ptr, (size_t)close};
    *rest = (struct str){after.ptr + close + 2, after.len - (size_t)close - 2};
    return ERR_OK;
}

static enum err_code parse_path(struct arena *a, struct str inner, const struct expr_path **ret,
                                struct err *err)
{
    struct expr_at at = {1, 1};

    if (expr_path_parse(a, inner, &at, ret, err))
        return err_wrap(err, "'{{%.*s}}'", inner.len < 80 ? (int)inner.len : 80, inner.ptr);
    return ERR_OK;
}

enum err_code procedure_template_paths(struct str text, struct arena *a, procedure_path_fn *fn,
                                       void *ctx, struct err *err)
{
    const struct expr_path *path;
    struct piece p;

    while (text.len) {
        if (next_piece(&text, &p, err))
            return err->code;
        if (!p.inner.ptr)
            continue;
        if (parse_path(a, p.inner, &path, err))
            return err->code;
        if (!fn(ctx, path))
            return err_set(err, ERR_INPUT, "'%.80s'", path->text);
    }
    return ERR_OK;
}

/* ---- answers ---- */

static bool read_answer(struct procedure_live *pl, const char *call, const struct tool_run *t,
                        struct buf *body, struct err *err)
{
    VEC_EACH (k, &pl->kept) {
        if (strcmp(k->call, call) == 0)
            return buf_add_str(body, buf_str(&k->body));
    }
    if (!pl->e->opts.state_dir) {
        err_set(err, ERR_NOT_FOUND, "the answer of %s is not kept any more", call);
        return false;
    }
    return !*t->blob || !blob_get(pl->e->opts.state_dir, t->blob, body, err);
}

static struct value *new_value(struct arena *a, enum value_type type)
{
    struct value *v = arena_alloc(a, sizeof(*v));

    v->type = type;
    return v;
}

static struct value *new_string(struct arena *a, struct str s)
{
    struct value *v = new_value(a, VALUE_STRING);

    v->u.string = (struct str){arena_str(a, s), s.len};
    return v;
}

static const struct value *text_value(struct arena *a, struct str body)
{
    struct buf clean = BUF_INIT(PROCEDURE_RESULT_MAX * 2);
    struct value *v;

    text_sanitize(&clean, body, true, true);
    v = new_string(a, buf_str(&clean));
    buf_release(&clean);
    return v;
}

enum err_code procedure_answer_value(struct procedure_live *pl, const char *call, struct arena *a,
                                     const struct value **ret, struct err *err)
{
    const struct tool_run *t = model_tool(&pl->e->model, call);
    struct buf body = BUF_INIT(PROCEDURE_RESULT_MAX);
    enum err_code rc = ERR_OK;

    if (!t)
        return err_set(err, ERR_NOT_FOUND, "there is no call %.32s", call);
    if (t->size_bytes > (int64_t)PROCEDURE_RESULT_MAX)
        return err_set(err, ERR_LIMIT,
                       "the answer of %s has %lld bytes: more than %zu are not looked into; it is "
                       "kept as %.16s",
                       call, (long long)t->size_bytes, PROCEDURE_RESULT_MAX, t->blob);
    if (!read_answer(pl, call, t, &body, err))
        rc = err->code ? err->code : err_set(err, ERR_LIMIT, "the answer is too large");
    else if (!body.len)
        *ret = new_value(a, VALUE_NULL);
    else if (strstr(t->content_type, "json"))
        rc = json_parse(a, buf_str(&body), ret, err);
    else
        *ret = text_value(a, buf_str(&body));
    buf_release(&body);
    return rc;
}

/* ---- the object that paths begin in ---- */

struct needs {
    struct procedure_live *pl;
    VEC(const char *) results; /* steps whose results a path goes into */
    VEC(const char *) steps;
    struct arena *arena;
};

static void need(struct needs *n, const struct expr_path *path)
{
    const char *id;

    if (path->count < 3 || !str_eq_c(path->steps[0].key, "steps"))
        return;
    id = arena_str(n->arena, path->steps[1].key);
    *VEC_PUSH(&n->steps) = id;
    if (str_eq_c(path->steps[2].key, "result"))
        *VEC_PUSH(&n->results) = id;
}

static bool need_path(void *ctx, const struct expr_path *path)
{
    need(ctx, path);
    return true;
}

struct members {
    struct arena *arena;
    struct value *items;
    size_t count, cap;
};

static void member(struct members *m, const char *key, const struct value *v)
{
    if (m->count == m->cap) {
        size_t cap = m->cap ? m->cap * 2 : 16;
        struct value *wider = arena_array(m->arena, cap, sizeof(*wider));

        if (m->count)
            memcpy(wider, m->items, m->count * sizeof(*wider));
        m->items = wider;
        m->cap = cap;
    }
    m->items[m->count] = *v;
    m->items[m->count++].key = str_from(arena_strdup(m->arena, key));
}

static void member_text(struct members *m, const char *key, const char *text)
{
    if (text && *text)
        member(m, key, new_string(m->arena, str_from(text)));
}

static void member_number(struct members *m, const char *key, double number)
{
    struct value *v = new_value(m->arena, VALUE_NUMBER);

    v->u.number = number;
    member(m, key, v);
}

static const struct value *object(const struct members *m)
{
    struct value *v = new_value(m->arena, VALUE_OBJECT);

    v->u.list.items = m->items;
    v->u.list.count = m->count;
    return v;
}

static bool has(const char *const *ids, size_t count, const char *id)
{
    for (size_t i = 0; i < count; i++) {
        if (strcmp(ids[i], id) == 0)
            return true;
    }
    return false;
}

static enum err_code add_result(struct needs *n, struct members *m, const struct step_run *s,
                                struct err *err)
{
    const struct value *v;

    if (*s->result) {
        if (json_parse(n->arena, str_from(s->result), &v, err))
            return err->code;
    } else if (*s->call) {
        if (procedure_answer_value(n->pl, s->call, n->arena, &v, err))
            return err_wrap(err, "the result of step '%s'", s->id);
    } else {
        return ERR_OK; /* a path into it says that it is not there */
    }
    member(m, "result", v);
    return ERR_OK;
}

static enum err_code add_step(struct needs *n, struct members *steps, const struct step_run *s,
                              struct err *err)
{
    const struct tool_run *t = *s->call ? model_tool(&n->pl->e->model, s->call) : NULL;
    struct members m = {.arena = n->arena};

    member_text(&m, "status", step_state_name(s->state));
    member_text(&m, "text", s->text);
    member_text(&m, "answer", s->answer);
    member_text(&m, "mutation", s->mutation);
    member_number(&m, "attempt", (double)s->attempt);
    if (t) {
        member_text(&m, "summary", t->summary);
        member_number(&m, "rows", (double)t->rows);
    }
    if (s->state == STEP_FAILED || s->state == STEP_REFUSED)
        member_text(&m, "error", s->text);
    if (has(n->results.items, n->results.count, s->id) && add_result(n, &m, s, err))
        return err->code;
    member(steps, s->id, object(&m));
    return ERR_OK;
}

static enum err_code add_params(struct needs *n, struct members *root, struct err *err)
{
    const struct procedure *p = n->pl->p;
    struct members all = {.arena = n->arena};
    const struct value *given;

    if (json_parse(n->arena, str_from(procedure_of(n->pl)->params), &given, err))
        return err_wrap(err, "parameters");
    for (size_t i = 0; i < p->param_count; i++) {
        const struct value *v = value_get(given, p->params[i].name);

        v = v ? v : new_value(n->arena, VALUE_NULL);
        member(root, p->params[i].name, v);
        member(&all, p->params[i].name, v);
    }
    member(root, "params", object(&all));
    return ERR_OK;
}

static enum err_code make_root(struct needs *n, const struct value *result,
                               const struct value **ret, struct err *err)
{
    struct members root = {.arena = n->arena}, steps = {.arena = n->arena};

    if (add_params(n, &root, err))
        return err->code;
    VEC_EACH (s, &procedure_of(n->pl)->steps) {
        if (has(n->steps.items, n->steps.count, s->id) && add_step(n, &steps, s, err))
            return err->code;
    }
    member(&root, "steps", object(&steps));
    if (result)
        member(&root, "result", result);
    *ret = object(&root);
    return ERR_OK;
}

static void needs_release(struct needs *n)
{
    VEC_RELEASE(&n->results);
    VEC_RELEASE(&n->steps);
    arena_free(n->arena);
}

enum err_code procedure_holds(struct procedure_live *pl, const struct expr *x,
                              const struct value *result, bool *ret, struct err *err)
{
    struct needs n = {.pl = pl, .arena = arena_new(0)};
    const struct value *root;
    enum err_code rc;
    bool exists;

    for (size_t i = 0; i < expr_path_count(x); i++)
        need(&n, expr_path_at(x, i, &exists));
    rc = make_root(&n, result, &root, err);
    rc = rc ? rc : expr_holds(x, root, ret, err);
    needs_release(&n);
    return rc;
}

/* ---- filling in ---- */

struct filler {
    const struct value *root;
    struct arena *arena;
    const struct fence *fence; /* NULL: none */
    struct err *err;
};

static enum err_code get(struct filler *f, struct str inner, const struct value **ret,
                         bool *ret_param)
{
    const struct expr_path *path;

    if (parse_path(f->arena, inner, &path, f->err))
        return f->err->code;
    *ret_param = !str_eq_c(path->steps[0].key, "steps");
    if (expr_path_get(path, f->root, ret, f->err))
        return err_wrap(f->err, "'{{%.80s}}'", path->text);
    return ERR_OK;
}

static enum err_code add_as_text(struct filler *f, struct str inner, struct buf *out)
{
    struct buf text = BUF_INIT(PROCEDURE_ARGS_MAX);
    const struct value *v;
    struct json_writer w;
    bool param;

    if (get(f, inner, &v, &param))
        return f->err->code;
    if (v->type == VALUE_NULL && !param)
        return err_set(f->err, ERR_INPUT, "'{{%.*s}}' is null", (int)inner.len, inner.ptr);
    json_writer_init(&w, &text);
    if (v->type == VALUE_STRING)
        buf_add_str(&text, v->u.string);
    else if (v->type != VALUE_NULL)
        json_value(&w, v);
    if (f->fence && !param)
        fence_wrap(f->fence, out, &(struct fence_source){"step", NULL}, buf_str(&text),
                   PROCEDURE_TEXT_MAX, NULL);
    else
        buf_add_str(out, buf_str(&text));
    if (text.full)
        out->full = true;
    buf_release(&text);
    return ERR_OK;
}

static enum err_code fill(struct filler *f, struct str text, struct buf *out)
{
    struct piece p;

    while (text.len) {
        if (next_piece(&text, &p, f->err))
            return f->err->code;
        buf_add_str(out, p.literal);
        if (p.inner.ptr && add_as_text(f, p.inner, out))
            return f->err->code;
    }
    return buf_check(out, "a text with its templates filled in", f->err);
}

/* "{{path}}" and nothing else. */
static bool is_one_template(struct str text, struct str *ret_inner)
{
    struct err err = ERR_INIT;
    struct piece p;

    if (next_piece(&text, &p, &err) || !p.inner.ptr || p.literal.len || text.len)
        return false;
    *ret_inner = p.inner;
    return true;
}

static enum err_code fill_value(struct filler *f, struct json_writer *w, const char *key,
                                const struct value *v);

static enum err_code fill_string(struct filler *f, struct json_writer *w, const char *key,
                                 struct str text)
{
    struct buf out = BUF_INIT(PROCEDURE_TEXT_MAX);
    const struct value *v;
    struct str inner;
    enum err_code rc;
    bool param;

    if (is_one_template(text, &inner)) {
        if (get(f, inner, &v, &param))
            return f->err->code;
        if (v->type == VALUE_NULL && param)
            return ERR_OK; /* it was not given */
        if (v->type == VALUE_NULL)
            return err_set(f->err, ERR_INPUT, "'{{%.*s}}' is null", (int)inner.len, inner.ptr);
        if (key)
            json_key(w, key);
        json_value(w, v);
        return ERR_OK;
    }
    rc = fill(f, text, &out);
    if (!rc && key)
        json_key(w, key);
    if (!rc)
        json_string(w, buf_str(&out));
    buf_release(&out);
    return rc;
}

static enum err_code fill_value(struct filler *f, struct json_writer *w, const char *key,
                                const struct value *v)
{
    enum err_code rc = ERR_OK;

    if (v->type == VALUE_STRING)
        return fill_string(f, w, key, v->u.string);
    if (key)
        json_key(w, key);
    if (v->type == VALUE_OBJECT) {
        json_object_begin(w);
        VALUE_EACH (member_of, v) {
            rc = rc ? rc : fill_value(f, w, member_of->key.ptr, member_of);
        }
        json_object_end(w);
    } else if (v->type == VALUE_ARRAY) {
        json_array_begin(w);
        VALUE_EACH (item, v) {
            rc = rc ? rc : fill_value(f, w, NULL, item);
        }
        json_array_end(w);
    } else {
        json_value(w, v);
    }
    return rc;
}

static enum err_code need_of_value(struct needs *n, const struct value *v, struct err *err)
{
    if (v->type == VALUE_STRING &&
        procedure_template_paths(v->u.string, n->arena, need_path, n, err))
        return err->code;
    VALUE_EACH (item, v) {
        if (need_of_value(n, item, err))
            return err->code;
    }
    return ERR_OK;
}

enum err_code procedure_fill_args(struct procedure_live *pl, const struct value *args,
                                  struct buf *out, struct err *err)
{
    struct needs n = {.pl = pl, .arena = arena_new(0)};
    struct filler f = {.arena = n.arena, .err = err};
    struct json_writer w;
    enum err_code rc = ERR_OK;

    json_writer_init(&w, out);
    if (args) {
        rc = need_of_value(&n, args, err);
        rc = rc ? rc : make_root(&n, NULL, &f.root, err);
        rc = rc ? rc : fill_value(&f, &w, NULL, args);
        rc = rc ? rc : buf_check(out, "the parameters of a step", err);
    } else {
        json_object_begin(&w);
        json_object_end(&w);
    }
    needs_release(&n);
    return rc;
}

enum err_code procedure_fill_text(struct procedure_live *pl, const char *text, bool fence,
                                  struct buf *out, struct err *err)
{
    struct needs n = {.pl = pl, .arena = arena_new(0)};
    struct filler f = {.arena = n.arena, .err = err, .fence = fence ? &pl->e->fence : NULL};
    enum err_code rc;

    rc = procedure_template_paths(str_from(text), n.arena, need_path, &n, err);
    rc = rc ? rc : make_root(&n, NULL, &f.root, err);
    rc = rc ? rc : fill(&f, str_from(text), out);
    needs_release(&n);
    return rc;
}
