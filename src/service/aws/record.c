/* record.c - see record.h. */
#include "runbook/service/aws/record.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "record_priv.h"
#include "unpack.h"

#define DEPTH_MAX 48
#define DIFF_DEPTH 5
#define LEVEL 1        /* of zstd: for 1 KB a third quicker than 3, and 2 % larger */
#define KEYS_MAX 20000 /* remembered */
#define TEXT_MAX 400   /* of a value in a difference */

/* ---- what is not kept ---- */

/* Members whose texts may be somebody's secret. Source: the API references of Lambda (Environment),
 * ECS (environment of a container), CodeBuild (environmentVariables), EC2 (userData), Glue
 * (ConnectionProperties); the others by their name. */
static const char *const hidden[] = {"environment", "userdata",   "password",
                                     "secret",      "privatekey", "connectionproperties",
                                     "authtoken",   "credential"};
/* ... and these are names of things, whatever else they contain. */
static const char *const shown[] = {"arn", "status", "enabled", "id", "name"};

static bool ends_so(struct str key, const char *const *list, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        size_t n = strlen(list[i]);

        if (key.len >= n &&
            str_ifind((struct str){key.ptr + key.len - n, n}, str_from(list[i])) == 0)
            return true;
    }
    return false;
}

static bool is_secret(struct str key)
{
    bool found = false;

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]) && !found; i++)
        found = str_ifind(key, str_from(hidden[i])) >= 0;
    return found && !ends_so(key, shown, sizeof(shown) / sizeof(shown[0]));
}

/* A scan has some thousand names of members, and most of them in every record. */
struct record_writer {
    struct map *keys; /* -> IS_HIDDEN or IS_SHOWN */
    struct buf json;
};

static char IS_HIDDEN, IS_SHOWN;

static bool is_hidden(struct record_writer *p, struct str key)
{
    const void *known = map_get(p->keys, key);

    if (!known) {
        known = is_secret(key) ? &IS_HIDDEN : &IS_SHOWN;
        if (map_count(p->keys) < KEYS_MAX)
            map_set(p->keys, key, (void *)(uintptr_t)known);
    }
    return known == &IS_HIDDEN;
}

struct packing {
    struct record_writer *p;
    struct json_writer w;
};

static void put(struct packing *k, const struct value *v, bool secret, int depth)
{
    switch (v->type) {
    case VALUE_OBJECT:
        json_object_begin(&k->w);
        VALUE_EACH (it, v) {
            /* Of {name: DB_PASSWORD, value: ...} the name says something and is none. */
            bool name = it->key.len == 4 && str_ifind(it->key, STR_LIT("name")) == 0;

            if (depth > DEPTH_MAX)
                continue;
            json_key_str(&k->w, it->key);
            put(k, it, (secret && !name) || is_hidden(k->p, it->key), depth + 1);
        }
        json_object_end(&k->w);
        break;
    case VALUE_ARRAY:
        json_array_begin(&k->w);
        VALUE_EACH (it, v)
            if (depth <= DEPTH_MAX)
                put(k, it, secret, depth + 1);
        json_array_end(&k->w);
        break;
    case VALUE_STRING:
        if (secret && v->u.string.len)
            json_string(&k->w, STR_LIT("[not kept]"));
        else
            json_string(&k->w, v->u.string);
        break;
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_NUMBER:
        json_value(&k->w, v);
        break;
    }
}

struct record_writer *record_writer_new(void)
{
    struct record_writer *p = xcalloc(1, sizeof(*p));

    p->keys = map_new();
    buf_init(&p->json, AWS_RECORD_MAX);
    return p;
}

void record_writer_free(struct record_writer *p)
{
    if (!p)
        return;
    buf_release(&p->json);
    map_free(p->keys);
    free(p);
}

struct str record_text(struct record_writer *p, const struct value *item)
{
    struct packing k = {.p = p};

    buf_clear(&p->json);
    json_writer_init(&k.w, &p->json);
    put(&k, item, false, 0);
    return p->json.full ? (struct str){"", 0} : buf_str(&p->json);
}

ZSTD_CCtx *record_zstd_new(void)
{
    ZSTD_CCtx *c = ZSTD_createCCtx();

    if (c) {
        (void)ZSTD_CCtx_setParameter(c, ZSTD_c_compressionLevel, LEVEL);
        (void)ZSTD_CCtx_setParameter(c, ZSTD_c_checksumFlag, 1);
    }
    return c;
}

void record_pack_text(ZSTD_CCtx *c, struct str text, struct buf *out)
{
    size_t room = ZSTD_compressBound(text.len), got;
    char *to = c && text.len ? buf_reserve(out, room) : NULL;

    if (!to)
        return;
    got = ZSTD_compress2(c, to, room, text.ptr, text.len);
    if (!ZSTD_isError(got))
        out->len += got;
    out->ptr[out->len] = '\0';
}

enum err_code aws_record_unpack(struct arena *arena, struct str packed, const struct value **ret,
                                struct err *err)
{
    struct buf json = BUF_INIT(AWS_RECORD_MAX + 1);
    enum err_code rc = aws_unpack(packed, &json, err);

    if (!rc)
        rc = json_parse(arena, buf_str(&json), ret, err);
    buf_release(&json);
    return rc ? err_wrap(err, "a kept record") : ERR_OK;
}

/* ---- what differs ---- */

struct diff {
    struct arena *arena;
    aws_record_diff_fn *fn;
    void *to;
    size_t told;
};

/* Names of members that change without anybody having changed anything. */
static const char *const moving[] = {"time",      "date",     "count",     "bytes",   "token",
                                     "timestamp", "latest",   "last",      "percent", "size",
                                     "usage",     "progress", "version",   "etag",    "expires",
                                     "updated",   "age",      "requestid", "events",  "credit"};

static bool moves(struct str key)
{
    for (size_t i = 0; i < sizeof(moving) / sizeof(moving[0]); i++)
        if (str_ifind(key, str_from(moving[i])) >= 0)
            return true;
    return false;
}

static const char *text_of(struct diff *d, const struct value *v)
{
    struct buf out = BUF_INIT(TEXT_MAX * 16);
    struct json_writer w;
    const char *text;

    if (!v)
        return "";
    json_writer_init(&w, &out);
    if (v->type == VALUE_STRING)
        buf_add(&out, v->u.string.ptr, v->u.string.len < TEXT_MAX ? v->u.string.len : TEXT_MAX);
    else
        json_value(&w, v);
    if (out.len > TEXT_MAX)
        buf_truncate(&out, TEXT_MAX);
    text = arena_strdup(d->arena, buf_cstr(&out));
    buf_release(&out);
    return text;
}

static const struct value *member(const struct value *v, struct str name)
{
    VALUE_EACH (it, v)
        if (v->type == VALUE_OBJECT && str_eq(it->key, name))
            return it;
    return NULL;
}

static bool holds(const struct value *list, const struct value *v);

static bool same(const struct value *a, const struct value *b, int depth)
{
    size_t n = 0;

    if (!a || !b || a->type != b->type || depth > DEPTH_MAX)
        return false;
    if (a->type != VALUE_OBJECT && a->type != VALUE_ARRAY)
        return value_same_scalar(a, b);
    if (value_count(a) != value_count(b))
        return false;
    VALUE_EACH (it, a) {
        const struct value *other = a->type == VALUE_OBJECT ? member(b, it->key) : value_at(b, n++);

        if (!(a->type == VALUE_OBJECT && moves(it->key)) && !same(it, other, depth + 1) &&
            !(a->type == VALUE_ARRAY && holds(b, it)))
            return false;
    }
    return true;
}

static bool holds(const struct value *list, const struct value *v)
{
    VALUE_EACH (it, list)
        if (same(it, v, DIFF_DEPTH))
            return true;
    return false;
}

static void compare(struct diff *d, const char *path, const struct value *a, const struct value *b,
                    int depth)
{
    const struct value *any = a ? a : b;

    if (same(a, b, 0) || d->told == AWS_RECORD_DIFFS)
        return;
    if (a && b && a->type == VALUE_OBJECT && b->type == VALUE_OBJECT && depth < DIFF_DEPTH) {
        VALUE_EACH (it, a)
            if (!moves(it->key))
                compare(
                    d, arena_printf(d->arena, "%s%s%.*s", path, *path ? "." : "", STR_FMT(it->key)),
                    it, member(b, it->key), depth + 1);
        VALUE_EACH (it, b)
            if (!moves(it->key) && !member(a, it->key))
                compare(
                    d, arena_printf(d->arena, "%s%s%.*s", path, *path ? "." : "", STR_FMT(it->key)),
                    NULL, it, depth + 1);
        return;
    }
    if (any) {
        d->told++;
        d->fn(d->to, path, text_of(d, a), text_of(d, b));
    }
}

void aws_record_diff(struct str before, struct str after, aws_record_diff_fn *fn, void *to)
{
    struct diff d = {.arena = arena_new(0), .fn = fn, .to = to};
    const struct value *a, *b;
    struct err ignored = ERR_INIT;

    if (!aws_record_unpack(d.arena, before, &a, &ignored) &&
        !aws_record_unpack(d.arena, after, &b, &ignored))
        compare(&d, "", a, b, 0);
    arena_free(d.arena);
}
