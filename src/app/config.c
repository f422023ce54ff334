/* config.c - a parsed YAML mapping to entries, with everything that is wrong about it.
 * Reading goes on after a problem, so that "config validate" lists them all at once; config_load()
 * then refuses when one of them is fatal. */
#include "src/app/config_priv.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/codec/yaml.h"

struct reader {
    struct config *c;
    config_env_fn *env;
    const char *base; /* folder where relative paths start; NULL: left alone */
};

/* One value on its way in, from the file or from a variable. */
struct input {
    const char *path;
    const struct config_key *key;
    const struct value *v; /* NULL: from a variable */
    const char *var;       /* the override's name */
    struct str text;       /* of a string, after ${VAR} */
    bool expanded;
};

static void problem(struct reader *r, bool fatal, uint32_t line, uint32_t col, const char *fmt, ...)
    __attribute__((format(printf, 5, 6)));

static void problem(struct reader *r, bool fatal, uint32_t line, uint32_t col, const char *fmt, ...)
{
    char *msg;
    va_list ap;

    va_start(ap, fmt);
    msg = xvasprintf(fmt, ap);
    va_end(ap);
    *VEC_PUSH(&r->c->problems) =
        (struct config_problem){fatal, line, col, arena_strdup(r->c->arena, msg)};
    free(msg);
}

static void bad(struct reader *r, const struct input *in, const char *want)
{
    if (in->var)
        problem(r, true, 0, 0, "%s (environment) must be %s", in->var, want);
    else
        problem(r, true, in->v->line, in->v->col, "'%s' must be %s, not a %s", in->path, want,
                value_type_name(in->v->type));
}

static struct config_entry *add_entry(struct reader *r, const char *path,
                                      const struct config_key *key)
{
    struct config_entry *e;
    size_t at = (size_t)(uintptr_t)map_get_c(r->c->by_path, path);

    if (at) {
        e = &r->c->entries.items[at - 1];
        VEC_RELEASE(&e->items);
        secret_free(e->secret);
        *e = (struct config_entry){.path = e->path, .key = key};
        return e;
    }
    e = VEC_PUSH(&r->c->entries);
    e->path = arena_strdup(r->c->arena, path);
    e->key = key;
    map_set_c(r->c->by_path, path, (void *)(uintptr_t)r->c->entries.count);
    return e;
}

/* ---- ${VAR} ---- */

static bool var_name(struct str s, struct str *ret_name)
{
    if (!str_starts(s, "${") || !str_ends(s, "}") || s.len < 4)
        return false;
    *ret_name = (struct str){s.ptr + 2, s.len - 3};
    for (size_t i = 0; i < ret_name->len; i++) {
        unsigned char c = (unsigned char)ret_name->ptr[i];

        if (c != '_' && !isalpha(c) && !(i && isdigit(c)))
            return false;
    }
    return true;
}

/* The text of a string value: itself, or the variable that it wholly names. */
static struct str expand(struct reader *r, const struct value *v, const char *path,
                         bool *ret_expanded)
{
    struct str name;
    const char *got;
    char *cname;

    *ret_expanded = false;
    if (!r->env)
        return v->u.string;
    if (!var_name(v->u.string, &name)) {
        if (str_find(v->u.string, STR_LIT("${")) >= 0)
            problem(
                r, false, v->line, v->col,
                "'%s' holds ${...} as a part of its value; only a value that is wholly ${VAR} is "
                "replaced",
                path);
        return v->u.string;
    }
    *ret_expanded = true;
    cname = xstrndup(name.ptr, name.len);
    got = r->env(cname);
    if (!got || !*got)
        problem(r, false, v->line, v->col, "'%s' is empty: the environment variable %s is not set",
                path, cname);
    free(cname);
    return str_from(got ? got : "");
}

/* ---- scalars ---- */

static bool number_of(const struct input *in, double *ret)
{
    if (in->v && in->v->type == VALUE_NUMBER) {
        *ret = in->v->u.number;
        return true;
    }
    /* A quoted number in the file is a string; from a variable all is text. */
    return (!in->v || in->expanded) && num_f64(in->text, ret);
}

static bool range_ok(const struct config_key *k, double v)
{
    if (v != v || (k->type == CONFIG_INT && v != (double)(int64_t)v))
        return false;
    return k->max <= k->min || (v >= k->min && v <= k->max);
}

static void read_number(struct reader *r, const struct input *in, struct config_entry *e)
{
    const struct config_key *k = in->key;
    char want[160], lo[32], hi[32], text[32];
    double v;

    if (!number_of(in, &v) || v < -9e15 || v > 9e15 || !range_ok(k, v)) {
        num_format_f64(k->min, lo);
        num_format_f64(k->max, hi);
        if (k->max > k->min)
            snprintf(want, sizeof(want), "a %s from %s to %s", config_type_name(k->type), lo, hi);
        else
            snprintf(want, sizeof(want), "a %s", config_type_name(k->type));
        if (in->v && in->v->type == VALUE_NUMBER) {
            num_format_f64(in->v->u.number, text);
            problem(r, true, in->v->line, in->v->col, "'%s' must be %s, not %s", in->path, want,
                    text);
        } else {
            bad(r, in, want);
        }
        return;
    }
    num_format_f64(v, text);
    e->number = v;
    e->text = arena_strdup(r->c->arena, text);
}

static void read_bool(struct reader *r, const struct input *in, struct config_entry *e)
{
    bool on;

    if (in->v && in->v->type == VALUE_BOOL)
        on = in->v->u.boolean;
    else if ((!in->v || in->expanded) && (str_eq_c(in->text, "true") || str_eq_c(in->text, "1")))
        on = true;
    else if ((!in->v || in->expanded) && (str_eq_c(in->text, "false") || str_eq_c(in->text, "0")))
        on = false;
    else {
        bad(r, in, "true or false");
        return;
    }
    e->number = on;
    e->text = on ? "true" : "false";
}

static bool is_choice(const char *const *choices, struct str s)
{
    for (size_t i = 0; choices && choices[i]; i++)
        if (str_eq_c(s, choices[i]))
            return true;
    return false;
}

static void bad_choice(struct reader *r, const struct input *in, struct str got,
                       const struct value *at)
{
    struct buf list = BUF_INIT(1024);

    for (size_t i = 0; in->key->choices[i]; i++)
        buf_addf(&list, "%s%s", i ? ", " : "", in->key->choices[i]);
    if (in->var)
        problem(r, true, 0, 0, "%s (environment) is '%.*s'; it must be one of %s", in->var,
                STR_FMT(got), buf_cstr(&list));
    else
        problem(r, true, at->line, at->col, "'%s' is '%.*s'; it must be one of %s", in->path,
                STR_FMT(got), buf_cstr(&list));
    buf_release(&list);
}

static const char *full_path(struct reader *r, struct str s)
{
    char *text = xstrndup(s.ptr ? s.ptr : "", s.len);
    char *expanded = path_expand_home(text);
    char *joined = NULL;
    const char *ret;

    if (expanded && *expanded && *expanded != '/' && r->base)
        joined = path_join(r->base, expanded);
    ret = arena_strdup(r->c->arena, joined ? joined : expanded);
    free(joined);
    free(expanded);
    free(text);
    return ret;
}

static void read_text(struct reader *r, const struct input *in, struct config_entry *e)
{
    if (in->v && in->v->type != VALUE_STRING) {
        bad(r, in,
            in->v->type == VALUE_NUMBER || in->v->type == VALUE_BOOL ? "a string (put it in quotes)"
                                                                     : "a string");
        return;
    }
    if (in->key->type == CONFIG_SECRET) {
        e->secret = secret_new(in->text);
        e->literal = in->v && !in->expanded && in->text.len;
        return;
    }
    if (in->key->type == CONFIG_ENUM && in->text.len && !is_choice(in->key->choices, in->text)) {
        bad_choice(r, in, in->text, in->v);
        return;
    }
    if (in->key->type == CONFIG_URL && in->text.len && !str_starts(in->text, "http://") &&
        !str_starts(in->text, "https://")) {
        bad(r, in, "a URL that begins with http:// or https://");
        return;
    }
    e->text =
        in->key->type == CONFIG_PATH ? full_path(r, in->text) : arena_str(r->c->arena, in->text);
}

/* ---- lists and maps ---- */

static void add_item(struct reader *r, const struct input *in, struct config_entry *e,
                     struct str text, const struct value *at)
{
    if (in->key->choices && !is_choice(in->key->choices, text)) {
        bad_choice(r, in, text, at);
        return;
    }
    *VEC_PUSH(&e->items) = (struct config_item){.text = arena_str(r->c->arena, text)};
}

static void read_list(struct reader *r, const struct input *in, struct config_entry *e)
{
    bool expanded;

    if (!in->v || in->v->type == VALUE_STRING) {
        struct str rest = in->text, piece;

        while (str_split(&rest, ',', &piece))
            if (str_trim(piece).len)
                add_item(r, in, e, str_trim(piece), in->v);
        return;
    }
    if (in->v->type != VALUE_ARRAY) {
        bad(r, in, "a list of strings");
        return;
    }
    VALUE_EACH (item, in->v) {
        if (item->type != VALUE_STRING)
            problem(r, true, item->line, item->col,
                    "'%s' holds a %s; it must be a list of strings%s", in->path,
                    value_type_name(item->type),
                    item->type == VALUE_NUMBER ? " (put it in quotes)" : "");
        else
            add_item(r, in, e, expand(r, item, in->path, &expanded), item);
    }
}

static void read_map(struct reader *r, const struct input *in, struct config_entry *e)
{
    if (!in->v || in->v->type != VALUE_OBJECT) {
        bad(r, in, "a mapping of names to strings");
        return;
    }
    VALUE_EACH (item, in->v) {
        struct config_item *it;
        bool expanded;
        struct str text;

        if (item->type != VALUE_STRING) {
            problem(r, true, item->line, item->col, "'%s.%.*s' must be a string (put it in quotes)",
                    in->path, STR_FMT(item->key));
            continue;
        }
        text = expand(r, item, in->path, &expanded);
        it = VEC_PUSH(&e->items);
        it->name = arena_str(r->c->arena, item->key);
        if (in->key->type == CONFIG_SECRET_MAP) {
            it->secret = secret_new(text);
            e->literal = e->literal || (!expanded && text.len);
        } else {
            it->text = arena_str(r->c->arena, text);
        }
    }
}

static void read_input(struct reader *r, const struct input *in)
{
    struct config_entry *e = add_entry(r, in->path, in->key);

    e->text = "";
    e->env = in->var;
    e->line = in->v ? in->v->line : 0;
    e->col = in->v ? in->v->col : 0;
    switch (in->key->type) {
    case CONFIG_STRING:
    case CONFIG_SECRET:
    case CONFIG_ENUM:
    case CONFIG_PATH:
    case CONFIG_URL:
        read_text(r, in, e);
        break;
    case CONFIG_BOOL:
        read_bool(r, in, e);
        break;
    case CONFIG_INT:
    case CONFIG_NUMBER:
        read_number(r, in, e);
        break;
    case CONFIG_STRINGS:
        read_list(r, in, e);
        break;
    case CONFIG_MAP:
    case CONFIG_SECRET_MAP:
        read_map(r, in, e);
        break;
    }
}

static void read_value(struct reader *r, const char *path, const struct config_key *key,
                       const struct value *v)
{
    struct input in = {.path = path, .key = key, .v = v};

    if (v->type == VALUE_NULL)
        return; /* "key:" with nothing behind it is the same as no key */
    if (config_entry(r->c, path)) {
        problem(r, true, v->line, v->col, "'%s' is given twice (also in line %u)", path,
                (unsigned)config_entry(r->c, path)->line);
        return;
    }
    if (v->type == VALUE_STRING) {
        in.text = expand(r, v, path, &in.expanded);
        /* A missing variable leaves the default, as an empty text does. */
        if (in.expanded && in.text.len == 0 && key->type != CONFIG_STRING)
            return;
    }
    read_input(r, &in);
}

/* ---- the tree ---- */

static void read_mapping(struct reader *r, const struct value *v, const char *path,
                         const char *table);

static void unknown_key(struct reader *r, const struct value *v, const char *path,
                        const char *table)
{
    struct buf near = BUF_INIT(512);

    if (config_key_nearest(r->c->schema, table, &near))
        problem(r, false, v->line, v->col, "unknown key '%s'; did you mean '%s'?", path,
                buf_cstr(&near));
    else
        problem(r, false, v->line, v->col, "unknown key '%s'", path);
    buf_release(&near);
}

/* A list whose elements have names may be a mapping of these: "servers: {files: {...}}". */
static const struct config_key *name_row(struct reader *r, const char *path)
{
    char name[512];

    snprintf(name, sizeof(name), "%s.0.name", path);
    return config_row(r->c->schema, name);
}

static void read_name(struct reader *r, const struct value *item, const char *path)
{
    struct value name = *item;
    char sub[540];

    name.type = VALUE_STRING;
    name.u.string = item->key;
    snprintf(sub, sizeof(sub), "%s.name", path);
    read_value(r, sub, config_row(r->c->schema, sub), &name);
}

static void read_elements(struct reader *r, const struct value *v, const char *path,
                          const char *table)
{
    struct config_entry *e;
    size_t i = 0;

    if (v->type == VALUE_NULL)
        return;
    if (v->type != VALUE_ARRAY && !(v->type == VALUE_OBJECT && name_row(r, path))) {
        problem(r, true, v->line, v->col, "'%s' must be a list, not a %s", path,
                value_type_name(v->type));
        return;
    }
    e = add_entry(r, path, NULL);
    e->text = "";
    e->line = v->line;
    e->count = value_count(v);
    VALUE_EACH (item, v) {
        char sub[512], sub_table[512];

        snprintf(sub, sizeof(sub), "%s.%zu", path, i++);
        snprintf(sub_table, sizeof(sub_table), "%s[]", table);
        if (v->type == VALUE_OBJECT)
            read_name(r, item, sub);
        read_mapping(r, item, sub, sub_table);
    }
}

static void read_member(struct reader *r, const struct value *v, const char *path,
                        const char *table)
{
    struct buf p = BUF_INIT(500), t = BUF_INIT(500);
    char enabled[520];

    if (*path)
        buf_addf(&p, "%s.", path);
    if (*table)
        buf_addf(&t, "%s.", table);
    config_snake(v->key, &p);
    config_snake(v->key, &t);
    switch (p.full || t.full ? SHAPE_NONE : config_shape(r->c->schema, buf_cstr(&t))) {
    case SHAPE_VALUE:
        read_value(r, buf_cstr(&p), config_row(r->c->schema, buf_cstr(&p)), v);
        break;
    case SHAPE_MAPPING:
        snprintf(enabled, sizeof(enabled), "%s.enabled", buf_cstr(&p));
        if (v->type == VALUE_BOOL && config_row(r->c->schema, enabled))
            read_value(r, enabled, config_row(r->c->schema, enabled), v);
        else if (v->type != VALUE_NULL)
            read_mapping(r, v, buf_cstr(&p), buf_cstr(&t));
        break;
    case SHAPE_LIST:
        read_elements(r, v, buf_cstr(&p), buf_cstr(&t));
        break;
    case SHAPE_NONE:
        unknown_key(r, v, buf_cstr(&p), buf_cstr(&t));
        break;
    }
    buf_release(&p);
    buf_release(&t);
}

static void read_mapping(struct reader *r, const struct value *v, const char *path,
                         const char *table)
{
    if (v->type != VALUE_OBJECT) {
        problem(r, true, v->line, v->col, "'%s' must be a mapping, not a %s", path,
                value_type_name(v->type));
        return;
    }
    VALUE_EACH (member, v)
        read_member(r, member, path, table);
}

/* ---- the environment ---- */

static void read_overrides(struct reader *r)
{
    const struct config_schema *s = r->c->schema;
    struct buf name = BUF_INIT(256);

    for (const struct config_key *k = s->keys; k->path; k++) {
        struct input in = {.path = k->path, .key = k, .expanded = true};
        const char *v;

        if (strstr(k->path, "[]") || k->type == CONFIG_MAP || k->type == CONFIG_SECRET_MAP)
            continue;
        buf_clear(&name);
        config_env_name(s->env_prefix, k->path, &name);
        v = r->env(buf_cstr(&name));
        if (!v || !*v)
            continue;
        in.var = arena_strdup(r->c->arena, buf_cstr(&name));
        in.text = str_from(v);
        read_input(r, &in);
    }
    buf_release(&name);
}

/* ---- reading ---- */

/* Where relative paths start. A project's file lies in <project>/.runbook and speaks of <project>.
 */
static char *base_folder(const char *file)
{
    char *dir = path_dir(file);
    char *up;

    if (strcmp(path_base(dir), ".runbook") != 0)
        return dir;
    up = path_dir(dir);
    free(dir);
    return up;
}

static enum err_code read_text_file(struct reader *r, const char *file, struct str text,
                                    struct err *err)
{
    const struct value *root;
    struct arena *tree = arena_new(0);
    enum err_code rc = yaml_parse(tree, text, &root, err);

    if (rc)
        rc = err_wrap(err, "%s", file);
    else if (root->type == VALUE_OBJECT)
        read_mapping(r, root, "", "");
    else if (root->type != VALUE_NULL)
        rc = err_set(err, ERR_INPUT,
                     "%s line %u column %u: the file must hold keys and values, not a %s", file,
                     (unsigned)root->line, (unsigned)root->col, value_type_name(root->type));
    arena_free(tree);
    return rc;
}

enum err_code config_parse(const struct config_schema *s, const char *file, struct str text,
                           config_env_fn *env, struct config **ret, struct err *err)
{
    struct config *c = xcalloc(1, sizeof(*c));
    char *base = file ? base_folder(file) : NULL;
    struct reader r = {.c = c, .env = env, .base = base};
    enum err_code rc = ERR_OK;

    c->schema = s;
    c->arena = arena_new(0);
    c->by_path = map_new();
    c->file = file ? xstrdup(file) : NULL;
    if (file)
        rc = read_text_file(&r, file, text, err);
    if (!rc && env && s->env_prefix)
        read_overrides(&r);
    free(base);
    if (rc) {
        config_free(c);
        return rc;
    }
    *ret = c;
    return ERR_OK;
}

void config_free(struct config *c)
{
    if (!c)
        return;
    VEC_EACH (e, &c->entries) {
        secret_free(e->secret);
        VEC_EACH (it, &e->items)
            secret_free(it->secret);
        VEC_RELEASE(&e->items);
    }
    VEC_RELEASE(&c->entries);
    VEC_RELEASE(&c->problems);
    map_free(c->by_path);
    arena_free(c->arena);
    free(c->file);
    free(c);
}
