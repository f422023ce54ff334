/* offer.c - what of a server's schema is offered to a model. A vendor refuses a whole request for
 * one schema that it does not take, so that one odd server would silence the model: what is offered
 * is "type", "properties" and "required" of an object with well-formed schemas inside; of anything
 * else only that it is an object. Arguments are checked by the server's own schema all the same. */
#include "src/mcp/mcp_priv.h"

#define DEPTH_MAX 12
#define OFFER_MAX ((size_t)32 << 10)
#define NAME_MAX_BYTES 64

static bool sane(const struct value *s, int depth);

static bool type_sane(const struct value *t)
{
    static const char *const names[] = {"string", "number", "integer", "boolean",
                                        "object", "array",  "null",    NULL};

    if (t->type == VALUE_ARRAY) {
        VALUE_EACH (one, t) {
            if (one->type != VALUE_STRING || !type_sane(one))
                return false;
        }
        return value_count(t) > 0;
    }
    for (const char *const *n = names; t->type == VALUE_STRING && *n; n++) {
        if (str_eq_c(t->u.string, *n))
            return true;
    }
    return false;
}

static bool name_sane(struct str s)
{
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];

        if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
              c == '_' || c == '-' || c == '.'))
            return false;
    }
    return s.len > 0 && s.len <= NAME_MAX_BYTES;
}

static bool members_sane(const struct value *props, int depth)
{
    if (props->type != VALUE_OBJECT)
        return false;
    VALUE_EACH (p, props) {
        if (!name_sane(p->key) || !sane(p, depth))
            return false;
    }
    return true;
}

static bool list_sane(const struct value *list, int depth)
{
    if (list->type != VALUE_ARRAY || !value_count(list))
        return false;
    VALUE_EACH (s, list) {
        if (!sane(s, depth))
            return false;
    }
    return true;
}

static bool strings_sane(const struct value *list)
{
    if (list->type != VALUE_ARRAY)
        return false;
    for (size_t i = 0; i < value_count(list); i++) {
        if (value_at(list, i)->type != VALUE_STRING)
            return false;
        for (size_t k = 0; k < i; k++) {
            if (str_eq(value_at(list, i)->u.string, value_at(list, k)->u.string))
                return false;
        }
    }
    return true;
}

/* One keyword. Those that are not known here are not offered. */
static bool keyword_sane(const struct value *k, int depth)
{
    static const char *const numbers[] = {"minimum",          "maximum",   "exclusiveMinimum",
                                          "exclusiveMaximum", "minLength", "maxLength",
                                          "minItems",         "maxItems",  NULL};

    for (const char *const *n = numbers; *n; n++) {
        if (str_eq_c(k->key, *n))
            return k->type == VALUE_NUMBER;
    }
    if (str_eq_c(k->key, "type"))
        return type_sane(k);
    if (str_eq_c(k->key, "description") || str_eq_c(k->key, "title"))
        return k->type == VALUE_STRING;
    if (str_eq_c(k->key, "enum"))
        return k->type == VALUE_ARRAY && value_count(k) > 0;
    if (str_eq_c(k->key, "properties"))
        return members_sane(k, depth);
    if (str_eq_c(k->key, "required"))
        return strings_sane(k);
    if (str_eq_c(k->key, "items"))
        return sane(k, depth);
    if (str_eq_c(k->key, "additionalProperties"))
        return k->type == VALUE_BOOL || sane(k, depth);
    if (str_eq_c(k->key, "anyOf") || str_eq_c(k->key, "oneOf") || str_eq_c(k->key, "allOf"))
        return list_sane(k, depth);
    return str_eq_c(k->key, "default") || str_eq_c(k->key, "const") || str_eq_c(k->key, "format") ||
           str_eq_c(k->key, "pattern") || str_eq_c(k->key, "$schema") ||
           str_eq_c(k->key, "examples");
}

static bool sane(const struct value *s, int depth)
{
    if (s->type != VALUE_OBJECT || depth > DEPTH_MAX)
        return false;
    VALUE_EACH (k, s) {
        if (!keyword_sane(k, depth + 1))
            return false;
    }
    return true;
}

/* Words of a server in a schema are shown to a person, too: on the screen, in a journal. */
static void put_clean(struct json_writer *w, const struct value *v)
{
    struct buf text = BUF_INIT(OFFER_MAX * 12);

    if (v->type == VALUE_OBJECT || v->type == VALUE_ARRAY) {
        bool object = v->type == VALUE_OBJECT;

        object ? json_object_begin(w) : json_array_begin(w);
        VALUE_EACH (item, v) {
            bool left_out =
                object && (str_eq_c(item->key, "pattern") || str_eq_c(item->key, "format") ||
                           str_eq_c(item->key, "$schema"));

            if (left_out && item->type == VALUE_STRING)
                continue;
            if (object)
                json_key_str(w, item->key);
            put_clean(w, item);
        }
        object ? json_object_end(w) : json_array_end(w);
    } else if (v->type == VALUE_STRING) {
        safe_line(v->u.string, 2000, &text);
        json_string(w, buf_str(&text));
    } else {
        json_value(w, v);
    }
    buf_release(&text);
}

bool mcp_schema_offer(const struct value *schema, struct buf *out)
{
    const struct value *props = value_get(schema, "properties");
    const struct value *required = value_get(schema, "required");
    struct buf json = BUF_INIT(OFFER_MAX);
    struct json_writer w;
    bool good = str_eq_c(value_str_or(schema, "type", ""), "object") &&
                (!props || members_sane(props, 0)) && (!required || strings_sane(required));

    if (good) {
        json_writer_init(&w, &json);
        json_object_begin(&w);
        json_put_cstr(&w, "type", "object");
        json_key(&w, "properties"); /* first: the engine adds its own members there */
        if (props)
            put_clean(&w, props);
        else
            json_raw(&w, STR_LIT("{}"));
        if (required && value_count(required)) {
            json_key(&w, "required");
            json_value(&w, required);
        }
        json_object_end(&w);
        good = !json.full;
    }
    buf_adds(out, good ? buf_cstr(&json) : "{\"type\":\"object\",\"properties\":{}}");
    buf_release(&json);
    return good;
}
