/* value.c - see value.h. Lookups are linear: the objects that people and servers write are short,
 * and the ones that are long are walked, not searched. */
#include "runbook/codec/value.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "value_priv.h"

#define FEW_KEYS 24

const char *value_type_name(enum value_type type)
{
    switch (type) {
    case VALUE_NULL:
        return "null";
    case VALUE_BOOL:
        return "boolean";
    case VALUE_NUMBER:
        return "number";
    case VALUE_STRING:
        return "string";
    case VALUE_ARRAY:
        return "array";
    case VALUE_OBJECT:
        return "object";
    }
    return "value";
}

/* With its article, as a sentence wants it. */
static const char *type_phrase(enum value_type type)
{
    switch (type) {
    case VALUE_NULL:
        return "null";
    case VALUE_BOOL:
        return "true or false";
    case VALUE_NUMBER:
        return "a number";
    case VALUE_STRING:
        return "a string";
    case VALUE_ARRAY:
        return "an array";
    case VALUE_OBJECT:
        return "an object";
    }
    return "a value";
}

static bool is_list(const struct value *v)
{
    return v && (v->type == VALUE_ARRAY || v->type == VALUE_OBJECT);
}

size_t value_count(const struct value *v)
{
    return is_list(v) ? v->u.list.count : 0;
}

const struct value *value_items(const struct value *v)
{
    return is_list(v) ? v->u.list.items : NULL;
}

const struct value *value_at(const struct value *v, size_t index)
{
    return index < value_count(v) ? &v->u.list.items[index] : NULL;
}

static const struct value *get(const struct value *obj, struct str key)
{
    if (!obj || obj->type != VALUE_OBJECT)
        return NULL;
    VALUE_EACH (it, obj) {
        if (str_eq(it->key, key))
            return it;
    }
    return NULL;
}

const struct value *value_get(const struct value *obj, const char *key)
{
    return get(obj, str_from(key));
}

const char *value_exact(const struct value *v)
{
    return v && v->type == VALUE_NUMBER && !v->line && v->col == VALUE_EXACT ? v->u.exact : NULL;
}

bool value_same_scalar(const struct value *a, const struct value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a->u.boolean == b->u.boolean;
    case VALUE_NUMBER:
        return a->u.number == b->u.number &&
               (!value_exact(a) || !value_exact(b) || strcmp(value_exact(a), value_exact(b)) == 0);
    case VALUE_STRING:
        return str_eq(a->u.string, b->u.string);
    case VALUE_ARRAY:
    case VALUE_OBJECT:
        break;
    }
    return true;
}

const struct value *value_path(const struct value *v, const char *path)
{
    struct str rest = str_from(path), step;
    uint64_t index;

    while (v && str_split(&rest, '.', &step)) {
        if (v->type == VALUE_ARRAY)
            v = num_u64(step, &index) ? value_at(v, (size_t)index) : NULL;
        else
            v = get(v, step);
    }
    return v;
}

/* A member by its plain name, else by its path. */
static const struct value *find(const struct value *obj, const char *key)
{
    const struct value *v = value_get(obj, key);

    return v || !strchr(key, '.') ? v : value_path(obj, key);
}

static void bad_member(const struct value *obj, const char *key, const struct value *v,
                       const char *wanted, const char *found, struct err *err)
{
    const struct value *place = v ? v : obj;
    struct str parent = obj ? obj->key : (struct str){NULL, 0};
    char where[48] = "";

    if (place && place->line)
        snprintf(where, sizeof(where), " (line %u)", (unsigned)place->line);
    if (!v)
        err_set(err, ERR_INPUT, "'%.*s%s%s' is missing: it must be %s%s", STR_FMT(parent),
                parent.len ? "." : "", key, wanted, where);
    else
        err_set(err, ERR_INPUT, "'%.*s%s%s' must be %s, not %s%s", STR_FMT(parent),
                parent.len ? "." : "", key, wanted, found, where);
}

static enum err_code need(const struct value *obj, const char *key, enum value_type type,
                          const struct value **ret, struct err *err)
{
    const struct value *v = find(obj, key);

    if (!v || v->type != type) {
        bad_member(obj, key, v, type_phrase(type), v ? type_phrase(v->type) : "", err);
        return ERR_INPUT;
    }
    *ret = v;
    return ERR_OK;
}

enum err_code value_need_str(const struct value *obj, const char *key, struct str *ret,
                             struct err *err)
{
    const struct value *v;
    enum err_code rc = need(obj, key, VALUE_STRING, &v, err);

    if (!rc)
        *ret = v->u.string;
    return rc;
}

enum err_code value_need_num(const struct value *obj, const char *key, double *ret, struct err *err)
{
    const struct value *v;
    enum err_code rc = need(obj, key, VALUE_NUMBER, &v, err);

    if (!rc)
        *ret = v->u.number;
    return rc;
}

static bool to_i64(double d, int64_t *ret)
{
    if (!(d >= -0x1p63 && d < 0x1p63) || d != floor(d))
        return false;
    *ret = (int64_t)d;
    return true;
}

enum err_code value_need_i64(const struct value *obj, const char *key, int64_t *ret,
                             struct err *err)
{
    const struct value *v = find(obj, key);
    char found[32];

    if (!v || v->type != VALUE_NUMBER) {
        bad_member(obj, key, v, "a whole number", v ? type_phrase(v->type) : "", err);
        return ERR_INPUT;
    }
    if (!to_i64(v->u.number, ret)) {
        num_format_f64(v->u.number, found);
        bad_member(obj, key, v, "a whole number", found, err);
        return ERR_INPUT;
    }
    return ERR_OK;
}

enum err_code value_need_bool(const struct value *obj, const char *key, bool *ret, struct err *err)
{
    const struct value *v;
    enum err_code rc = need(obj, key, VALUE_BOOL, &v, err);

    if (!rc)
        *ret = v->u.boolean;
    return rc;
}

enum err_code value_need_array(const struct value *obj, const char *key, const struct value **ret,
                               struct err *err)
{
    return need(obj, key, VALUE_ARRAY, ret, err);
}

enum err_code value_need_object(const struct value *obj, const char *key, const struct value **ret,
                                struct err *err)
{
    return need(obj, key, VALUE_OBJECT, ret, err);
}

struct str value_str_or(const struct value *obj, const char *key, const char *fallback)
{
    const struct value *v = find(obj, key);

    return v && v->type == VALUE_STRING ? v->u.string : str_from(fallback);
}

double value_num_or(const struct value *obj, const char *key, double fallback)
{
    const struct value *v = find(obj, key);

    return v && v->type == VALUE_NUMBER ? v->u.number : fallback;
}

int64_t value_i64_or(const struct value *obj, const char *key, int64_t fallback)
{
    const struct value *v = find(obj, key);
    int64_t n;

    return v && v->type == VALUE_NUMBER && to_i64(v->u.number, &n) ? n : fallback;
}

bool value_bool_or(const struct value *obj, const char *key, bool fallback)
{
    const struct value *v = find(obj, key);

    return v && v->type == VALUE_BOOL ? v->u.boolean : fallback;
}

const char *value_cstr_or(const struct value *obj, const char *key, const char *fallback)
{
    const struct value *v = find(obj, key);

    return v && v->type == VALUE_STRING ? v->u.string.ptr : fallback;
}

bool key_check_add(struct key_check *k, const struct value *items, size_t count)
{
    struct str key = items[count].key;

    if (count < FEW_KEYS) {
        for (size_t i = 0; i < count; i++) {
            if (str_eq(items[i].key, key))
                return false;
        }
        return true;
    }
    if (!k->seen) {
        k->seen = map_new();
        for (size_t i = 0; i < count; i++)
            map_set(k->seen, items[i].key, NULL);
    }
    if (map_has(k->seen, key))
        return false;
    map_set(k->seen, key, NULL);
    return true;
}

void key_check_release(struct key_check *k)
{
    map_free(k->seen);
    k->seen = NULL;
}
