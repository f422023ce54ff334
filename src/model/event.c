/* event.c - events to JSON and back, by the tables of event_case.c and event_acts.c, where every
 * type stands with its fields, once: a field added there is in the journal, in --json and in
 * replay. */
#include "event_priv.h"

#include <assert.h>
#include <math.h>
#include <string.h>

#include "runbook/codec/json.h"

static const struct event_def *def_of(enum event_type type)
{
    assert(type < EV_TYPES);
    return event_defs_case[type].name ? &event_defs_case[type] : &event_defs_acts[type];
}

const char *event_type_name(enum event_type type)
{
    return type < EV_TYPES ? def_of(type)->name : "unknown";
}

enum event_type event_type_from_name(struct str name)
{
    for (int i = 0; i < EV_TYPES; i++) {
        if (str_eq_c(name, def_of((enum event_type)i)->name))
            return (enum event_type)i;
    }
    return EV_UNKNOWN;
}

bool event_is_durable(enum event_type type)
{
    return type < EV_TYPES && def_of(type)->durable;
}

static void encode_list(struct json_writer *w, const char *key, const struct strings *list)
{
    if (!list->count)
        return;
    json_key(w, key);
    json_array_begin(w);
    for (size_t i = 0; i < list->count; i++)
        json_cstring(w, list->items[i]);
    json_array_end(w);
}

/* A field at its default (empty, 0, NaN, false) is left out: it reads back as the same. */
static void encode_field(struct json_writer *w, const struct field *f, const char *at)
{
    switch (f->kind) {
    case FIELD_STR: {
        const char *s = *(const char *const *)(const void *)at;

        if (f->required || (s && *s))
            json_put_cstr(w, f->name, s ? s : "");
        break;
    }
    case FIELD_INT: {
        int64_t v = *(const int64_t *)(const void *)at;

        if (v)
            json_put_int(w, f->name, v);
        break;
    }
    case FIELD_F64: {
        double v = *(const double *)(const void *)at;

        if (!isnan(v))
            json_put_num(w, f->name, v);
        break;
    }
    case FIELD_BOOL:
        if (*(const bool *)at)
            json_put_bool(w, f->name, true);
        break;
    case FIELD_LIST:
        encode_list(w, f->name, (const struct strings *)(const void *)at);
        break;
    case FIELD_JSON: {
        const struct str *s = (const struct str *)(const void *)at;

        json_key(w, f->name);
        json_raw(w, s->len ? *s : STR_LIT("{}"));
        break;
    }
    case FIELD_ENUM: {
        int64_t v = *(const int64_t *)(const void *)at;

        assert(v >= 0 && (size_t)v < f->name_count);
        json_put_cstr(w, f->name, f->names[v]);
        break;
    }
    }
}

void event_encode(const struct event *ev, struct buf *out)
{
    const struct event_def *d = def_of(ev->type);
    struct json_writer w;

    json_writer_init(&w, out);
    json_object_begin(&w);
    for (size_t i = 0; i < d->field_count; i++)
        encode_field(&w, &d->fields[i], (const char *)ev + d->fields[i].offset);
    json_object_end(&w);
}

static enum err_code wrong(const struct field *f, const struct value *v, const char *expected,
                           struct err *err)
{
    return err_set(err, ERR_INPUT, "'%s' must be %s, not %s", f->name, expected,
                   value_type_name(v->type));
}

static enum err_code decode_list(const struct field *f, const struct value *v, struct arena *arena,
                                 struct strings *ret, struct err *err)
{
    const char **items;
    size_t n = 0;

    if (v->type != VALUE_ARRAY)
        return wrong(f, v, "a list", err);
    items = arena_array(arena, value_count(v), sizeof(*items));
    VALUE_EACH (it, v) {
        if (it->type != VALUE_STRING)
            return wrong(f, it, "a list of strings", err);
        items[n++] = arena_str(arena, it->u.string);
    }
    *ret = (struct strings){items, n};
    return ERR_OK;
}

static enum err_code decode_enum(const struct field *f, const struct value *v, int64_t *ret,
                                 struct err *err)
{
    if (v->type != VALUE_STRING)
        return wrong(f, v, "a string", err);
    for (size_t i = 0; i < f->name_count; i++) {
        if (str_eq_c(v->u.string, f->names[i])) {
            *ret = (int64_t)i;
            return ERR_OK;
        }
    }
    return err_set(err, ERR_INPUT, "'%s' is '%.*s', which is not known", f->name,
                   STR_FMT(v->u.string));
}

static enum err_code decode_field(const struct field *f, const struct value *v, struct arena *arena,
                                  char *at, struct err *err)
{
    switch (f->kind) {
    case FIELD_STR:
        if (v->type != VALUE_STRING)
            return wrong(f, v, "a string", err);
        *(const char **)(void *)at = arena_str(arena, v->u.string);
        return ERR_OK;
    case FIELD_INT:
        if (v->type != VALUE_NUMBER || !(fabs(v->u.number) < 9007199254740992.0))
            return wrong(f, v, "a whole number", err);
        *(int64_t *)(void *)at = (int64_t)v->u.number;
        return ERR_OK;
    case FIELD_F64:
        if (v->type != VALUE_NUMBER)
            return wrong(f, v, "a number", err);
        *(double *)(void *)at = v->u.number;
        return ERR_OK;
    case FIELD_BOOL:
        if (v->type != VALUE_BOOL)
            return wrong(f, v, "true or false", err);
        *(bool *)at = v->u.boolean;
        return ERR_OK;
    case FIELD_LIST:
        return decode_list(f, v, arena, (struct strings *)(void *)at, err);
    case FIELD_JSON: {
        struct buf text = BUF_INIT(BUF_NO_MAX);
        struct json_writer w;

        json_writer_init(&w, &text);
        json_value(&w, v);
        *(struct str *)(void *)at = (struct str){arena_str(arena, buf_str(&text)), text.len};
        buf_release(&text);
        return ERR_OK;
    }
    case FIELD_ENUM:
        return decode_enum(f, v, (int64_t *)(void *)at, err);
    }
    return ERR_OK;
}

static void set_default(const struct field *f, char *at)
{
    if (f->kind == FIELD_STR)
        *(const char **)(void *)at = "";
    else if (f->kind == FIELD_F64)
        *(double *)(void *)at = NAN;
    else if (f->kind == FIELD_JSON)
        *(struct str *)(void *)at = STR_LIT("{}");
}

enum err_code event_decode(enum event_type type, const struct value *data, struct arena *arena,
                           struct event *ret, struct err *err)
{
    const struct event_def *d = def_of(type);
    struct event ev;

    if (!data || data->type != VALUE_OBJECT)
        return err_set(err, ERR_INPUT, "%s: 'data' must be an object", d->name);
    memset(&ev, 0, sizeof(ev));
    ev.type = type;
    ev.actor = "";
    for (size_t i = 0; i < d->field_count; i++) {
        const struct field *f = &d->fields[i];
        const struct value *v = value_get(data, f->name);
        char *at = (char *)&ev + f->offset;

        set_default(f, at);
        if (!v || v->type == VALUE_NULL) {
            if (f->required)
                return err_set(err, ERR_INPUT, "%s: '%s' is missing", d->name, f->name);
            continue;
        }
        if (decode_field(f, v, arena, at, err))
            return err_wrap(err, "%s", d->name);
    }
    *ret = ev;
    return ERR_OK;
}

void event_normalize(struct event *ev)
{
    const struct event_def *d = def_of(ev->type);

    if (!ev->actor)
        ev->actor = "";
    for (size_t i = 0; i < d->field_count; i++) {
        const char **s = (const char **)(void *)((char *)ev + d->fields[i].offset);

        if (d->fields[i].kind == FIELD_STR && !*s)
            *s = "";
    }
}
