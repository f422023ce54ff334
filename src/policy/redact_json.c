/* redact_json.c - the exact way for JSON: value by value instead of along the text. It writes
 * numbers anew (a 64-bit id would lose digits), so redact.c comes here only for a text that its own
 * way broke: where a string holds quotes, a walk over text cannot always tell which string they
 * belong to. */
#include "runbook/base/arena.h"
#include "runbook/base/num.h"
#include "runbook/codec/json.h"
#include "redact_priv.h"

struct walk {
    struct redactor *r;
    struct json_writer w;
    size_t count;
};

static void put_string(struct walk *j, struct str s, enum key_class class, enum redact_kind kind)
{
    struct buf clean = BUF_INIT(BUF_NO_MAX);

    if (redact_is_reference(s)) {
        json_string(&j->w, s);
        return;
    }
    if (class >= KEY_STRONG || (class == KEY_WEAK && redact_looks_random(s)) ||
        (class == KEY_PASS && redact_looks_pass(s))) {
        redact_placeholder(j->r, &clean, s, kind);
        j->count++;
    } else {
        j->count += redact_text(j->r, &clean, s);
    }
    json_string(&j->w, buf_str(&clean));
    buf_release(&clean);
}

/* "--password" in a list of arguments. */
static bool is_flag(const struct value *v)
{
    struct str s;

    if (v->type != VALUE_STRING || v->u.string.len < 3 || v->u.string.ptr[0] != '-')
        return false;
    s = v->u.string;
    while (s.len && s.ptr[0] == '-')
        s = (struct str){s.ptr + 1, s.len - 1};
    return redact_is_name(s) && redact_key_class(s) >= KEY_STRONG;
}

/* {"name": "DB_PASSWORD", "value": "x"}: the name says what the value is. */
static enum key_class class_of(const struct value *object, struct str key)
{
    struct str name = value_str_or(object, "name", "");

    if (!str_eq_c(key, "value") && !str_eq_c(key, "Value"))
        return redact_key_class(key);
    return redact_key_class(name.len ? name : value_str_or(object, "Key", ""));
}

static void put_value(struct walk *j, const struct value *v, enum key_class class,
                      enum redact_kind kind)
{
    char number[32];
    bool flag = false;

    switch (v->type) {
    case VALUE_NULL:
    case VALUE_BOOL:
        json_value(&j->w, v);
        break;
    case VALUE_NUMBER:
        if (class >= KEY_STRONG)
            put_string(j, (struct str){number, (size_t)num_format_f64(v->u.number, number)}, class,
                       kind);
        else
            json_value(&j->w, v);
        break;
    case VALUE_STRING:
        put_string(j, v->u.string, class, kind);
        break;
    case VALUE_ARRAY:
        json_array_begin(&j->w);
        VALUE_EACH (it, v) {
            put_value(j, it, flag ? KEY_STRONG : class, kind);
            flag = is_flag(it);
        }
        json_array_end(&j->w);
        break;
    case VALUE_OBJECT:
        json_object_begin(&j->w);
        VALUE_EACH (it, v) {
            json_key_str(&j->w, it->key);
            put_value(j, it, class_of(v, it->key), redact_key_kind(it->key));
        }
        json_object_end(&j->w);
        break;
    }
}

bool redact_may_be_json(struct str text)
{
    text = str_trim(text);
    return text.len > 1 && strchr("{[\"", text.ptr[0]) && strchr("}]\"", text.ptr[text.len - 1]);
}

bool redact_is_json(struct str text)
{
    struct arena *arena;
    const struct value *v;
    struct err ignored;
    bool ok;

    if (!redact_may_be_json(text))
        return false;
    text = str_trim(text);
    arena = arena_new(text.len);
    ok = json_parse(arena, text, &v, &ignored) == ERR_OK;
    arena_free(arena);
    return ok;
}

size_t redact_json(struct redactor *r, struct buf *out, struct str text)
{
    struct arena *arena = arena_new(text.len);
    struct walk j = {.r = r};
    const struct value *v;
    struct err ignored;

    json_writer_init(&j.w, out);
    if (json_parse(arena, text, &v, &ignored) == ERR_OK)
        put_value(&j, v, KEY_OTHER, REDACT_SECRET);
    arena_free(arena);
    return j.count;
}
