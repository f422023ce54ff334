/* schema.c - arguments against a JSON schema, as far as mcp.h says. A schema is a stranger's: how
 * deep and how much is looked at has limits, and what passes them is left to the server. Source:
 * JSON Schema 2020-12, validation. */
#include "src/mcp/mcp_priv.h"

#include <math.h>

#define DEPTH_MAX 32
#define STEPS_MAX 20000

struct check {
    const struct value *root;
    unsigned steps;
    struct err *err;
};

static enum err_code check(struct check *c, const struct value *schema, const struct value *v,
                           const char *where, int depth);

static bool is_type(const struct value *v, struct str type)
{
    switch (v->type) {
    case VALUE_NULL:
        return str_eq_c(type, "null");
    case VALUE_BOOL:
        return str_eq_c(type, "boolean");
    case VALUE_NUMBER:
        return str_eq_c(type, "number") ||
               (str_eq_c(type, "integer") && v->u.number == floor(v->u.number));
    case VALUE_STRING:
        return str_eq_c(type, "string");
    case VALUE_ARRAY:
        return str_eq_c(type, "array");
    case VALUE_OBJECT:
        return str_eq_c(type, "object");
    }
    return false;
}

static bool equal(const struct value *a, const struct value *b, int depth)
{
    if (depth > DEPTH_MAX || !value_same_scalar(a, b))
        return false;
    if (value_count(a) != value_count(b))
        return false;
    for (size_t i = 0; i < value_count(a); i++) {
        const struct value *x = value_at(a, i), *y = value_at(b, i);

        if (a->type == VALUE_OBJECT)
            y = value_get(b, x->key.ptr);
        if (!y || !equal(x, y, depth + 1))
            return false;
    }
    return true;
}

static enum err_code check_type(struct check *c, const struct value *type, const struct value *v,
                                const char *where)
{
    struct buf words = BUF_INIT(200);
    enum err_code rc;

    if (type->type == VALUE_STRING && is_type(v, type->u.string))
        return ERR_OK;
    if (type->type == VALUE_STRING)
        safe_line(type->u.string, 40, &words);
    VALUE_EACH (t, type) {
        if (t->type == VALUE_STRING && is_type(v, t->u.string))
            goto good;
        if (words.len)
            buf_adds(&words, " or ");
        if (t->type == VALUE_STRING)
            safe_line(t->u.string, 40, &words);
    }
    rc = err_set(c->err, ERR_INPUT, "'%s' must be of type %s, not %s", where, buf_cstr(&words),
                 value_type_name(v->type));
    buf_release(&words);
    return rc;
good:
    buf_release(&words);
    return ERR_OK;
}

static enum err_code check_enum(struct check *c, const struct value *list, const struct value *v,
                                const char *where)
{
    struct buf words = BUF_INIT(300);
    enum err_code rc;

    VALUE_EACH (one, list) {
        if (equal(one, v, 0)) {
            buf_release(&words);
            return ERR_OK;
        }
        if (one->type == VALUE_STRING) {
            buf_adds(&words, words.len ? ", " : "");
            safe_line(one->u.string, 60, &words);
        }
    }
    rc = err_set(c->err, ERR_INPUT, "'%s' must be one of: %s", where, buf_cstr(&words));
    buf_release(&words);
    return rc;
}

static enum err_code check_number(struct check *c, const struct value *s, double n,
                                  const char *where)
{
    double low = value_num_or(s, "minimum", -INFINITY);
    double high = value_num_or(s, "maximum", INFINITY);
    double above = value_num_or(s, "exclusiveMinimum", -INFINITY);
    double below = value_num_or(s, "exclusiveMaximum", INFINITY);

    if (n < low || (isfinite(above) && n <= above))
        return err_set(c->err, ERR_INPUT, "'%s' is too small (%g)", where, n);
    if (n > high || (isfinite(below) && n >= below))
        return err_set(c->err, ERR_INPUT, "'%s' is too large (%g)", where, n);
    return ERR_OK;
}

/* Length in characters, as the standard counts. */
static double characters(struct str s)
{
    double n = 0;

    for (size_t i = 0; i < s.len; i++)
        n += (s.ptr[i] & 0xc0) != 0x80;
    return n;
}

static enum err_code check_size(struct check *c, const struct value *s, double n, const char *least,
                                const char *most, const char *where)
{
    if (n < value_num_or(s, least, 0))
        return err_set(c->err, ERR_INPUT, "'%s' is too short (%s is %g)", where, least,
                       value_num_or(s, least, 0));
    if (n > value_num_or(s, most, INFINITY))
        return err_set(c->err, ERR_INPUT, "'%s' is too long (%s is %g)", where, most,
                       value_num_or(s, most, 0));
    return ERR_OK;
}

static void put_place(char out[160], const char *where, struct str key, size_t index)
{
    struct buf text = BUF_INIT(150);

    if (*where && strcmp(where, "arguments") != 0)
        buf_addf(&text, "%s%s", where, key.len ? "." : "");
    if (key.len)
        safe_line(key, 60, &text);
    else
        buf_addf(&text, "[%zu]", index);
    memcpy(out, buf_cstr(&text), text.len + 1);
    buf_release(&text);
}

static enum err_code check_object(struct check *c, const struct value *s, const struct value *v,
                                  const char *where, int depth)
{
    const struct value *props = value_get(s, "properties");
    const struct value *more = value_get(s, "additionalProperties");
    char place[160];
    enum err_code rc;

    VALUE_EACH (name, value_get(s, "required")) {
        if (name->type != VALUE_STRING || value_get(v, name->u.string.ptr))
            continue;
        put_place(place, where, name->u.string, 0);
        return err_set(c->err, ERR_INPUT, "'%s' is missing", place);
    }
    VALUE_EACH (item, v) {
        const struct value *sub =
            props && props->type == VALUE_OBJECT ? value_get(props, item->key.ptr) : NULL;

        put_place(place, where, item->key, 0);
        if (!sub && more && more->type == VALUE_BOOL && !more->u.boolean)
            return err_set(c->err, ERR_INPUT, "there is no parameter '%s'", place);
        if (!sub && more && more->type == VALUE_OBJECT)
            sub = more;
        if (sub && (rc = check(c, sub, item, place, depth + 1)))
            return rc;
    }
    return ERR_OK;
}

static enum err_code check_array(struct check *c, const struct value *s, const struct value *v,
                                 const char *where, int depth)
{
    const struct value *items = value_get(s, "items");
    enum err_code rc = check_size(c, s, (double)value_count(v), "minItems", "maxItems", where);

    for (size_t i = 0; !rc && items && i < value_count(v); i++) {
        char place[160];

        put_place(place, where, (struct str){"", 0}, i);
        rc = check(c, items, value_at(v, i), place, depth + 1);
    }
    return rc;
}

static enum err_code check_choices(struct check *c, const struct value *s, const struct value *v,
                                   const char *where, int depth)
{
    const struct value *any = value_get(s, "anyOf");
    enum err_code rc;

    any = any ? any : value_get(s, "oneOf");
    VALUE_EACH (part, value_get(s, "allOf")) {
        if ((rc = check(c, part, v, where, depth + 1)))
            return rc;
    }
    if (!any || !value_count(any))
        return ERR_OK;
    VALUE_EACH (part, any) {
        if (!check(c, part, v, where, depth + 1))
            return ERR_OK;
    }
    return value_count(any) == 1 ? c->err->code
                                 : err_set(c->err, ERR_INPUT, "'%s' fits none of its %zu forms",
                                           where, value_count(any));
}

/* "#/$defs/name" and the like; NULL: not local, or not there. */
static const struct value *resolve(const struct check *c, struct str ref)
{
    const struct value *at = c->root;
    struct str piece;

    if (!str_starts(ref, "#/"))
        return str_eq_c(ref, "#") ? c->root : NULL;
    ref.ptr += 2;
    ref.len -= 2;
    while (at && str_split(&ref, '/', &piece)) {
        char key[128];

        if (piece.len >= sizeof(key))
            return NULL;
        memcpy(key, piece.ptr, piece.len);
        key[piece.len] = 0;
        at = value_get(at, key);
    }
    return at;
}

static enum err_code check_by_type(struct check *c, const struct value *s, const struct value *v,
                                   const char *where, int depth)
{
    switch (v->type) {
    case VALUE_NUMBER:
        return check_number(c, s, v->u.number, where);
    case VALUE_STRING:
        return check_size(c, s, characters(v->u.string), "minLength", "maxLength", where);
    case VALUE_ARRAY:
        return check_array(c, s, v, where, depth);
    case VALUE_OBJECT:
        return check_object(c, s, v, where, depth);
    case VALUE_NULL:
    case VALUE_BOOL:
        break;
    }
    return ERR_OK;
}

static enum err_code check(struct check *c, const struct value *s, const struct value *v,
                           const char *where, int depth)
{
    const struct value *ref = value_get(s, "$ref"), *type = value_get(s, "type");
    const struct value *list = value_get(s, "enum"), *constant = value_get(s, "const");
    enum err_code rc = ERR_OK;

    if (s->type != VALUE_OBJECT || depth > DEPTH_MAX || ++c->steps > STEPS_MAX)
        return s->type == VALUE_BOOL && !s->u.boolean
                   ? err_set(c->err, ERR_INPUT, "'%s' is not allowed", where)
                   : ERR_OK;
    if (ref && ref->type == VALUE_STRING && resolve(c, ref->u.string))
        rc = check(c, resolve(c, ref->u.string), v, where, depth + 1);
    if (!rc && type && (type->type == VALUE_STRING || value_count(type)))
        rc = check_type(c, type, v, where);
    if (!rc && list && list->type == VALUE_ARRAY)
        rc = check_enum(c, list, v, where);
    if (!rc && constant && !equal(constant, v, 0))
        rc = err_set(c->err, ERR_INPUT, "'%s' has only one possible value, and this is not it",
                     where);
    if (!rc)
        rc = check_by_type(c, s, v, where, depth);
    return rc ? rc : check_choices(c, s, v, where, depth);
}

enum err_code mcp_schema_check(const struct value *schema, const struct value *v, struct err *err)
{
    struct check c = {schema, 0, err};

    return schema ? check(&c, schema, v, "arguments", 0) : ERR_OK;
}
