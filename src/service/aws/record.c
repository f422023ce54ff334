/* record.c - see record.h. */
#include "runbook/service/aws/record.h"

#include <stdint.h>
#include <stdio.h>
#include <zlib.h>

#include "runbook/codec/json.h"
#include "unpack.h"

#define DEPTH_MAX 48
#define DIFF_DEPTH 5
#define WINDOW_BITS 12
#define MEMORY_LEVEL 5
#define TEXT_MAX 400 /* of a value in a difference */

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

static bool is_hidden(struct str key)
{
    bool found = false;

    for (size_t i = 0; i < sizeof(hidden) / sizeof(hidden[0]) && !found; i++)
        found = str_ifind(key, str_from(hidden[i])) >= 0;
    return found && !ends_so(key, shown, sizeof(shown) / sizeof(shown[0]));
}

static void put(struct json_writer *w, const struct value *v, bool secret, int depth)
{
    switch (v->type) {
    case VALUE_OBJECT:
        json_object_begin(w);
        VALUE_EACH (it, v) {
            /* Of {name: DB_PASSWORD, value: ...} the name says something and is none. */
            bool name = str_ifind(it->key, STR_LIT("name")) == 0 && it->key.len == 4;

            if (depth > DEPTH_MAX)
                continue;
            json_key_str(w, it->key);
            put(w, it, (secret && !name) || is_hidden(it->key), depth + 1);
        }
        json_object_end(w);
        break;
    case VALUE_ARRAY:
        json_array_begin(w);
        VALUE_EACH (it, v)
            if (depth <= DEPTH_MAX)
                put(w, it, secret, depth + 1);
        json_array_end(w);
        break;
    case VALUE_STRING:
        if (secret && v->u.string.len)
            json_string(w, STR_LIT("[not kept]"));
        else
            json_string(w, v->u.string);
        break;
    case VALUE_NULL:
    case VALUE_BOOL:
    case VALUE_NUMBER:
        json_value(w, v);
        break;
    }
}

/* Small records, very many of them: a window of 4 KiB costs no time to set up. */
static bool deflate_all(struct str json, struct buf *out)
{
    z_stream z = {0};
    size_t room;
    char *to;
    bool good;

    if (deflateInit2(&z, 1, Z_DEFLATED, WINDOW_BITS, MEMORY_LEVEL, Z_DEFAULT_STRATEGY) != Z_OK)
        return false;
    room = deflateBound(&z, (uLong)json.len);
    to = buf_reserve(out, room);
    z.next_in = (Bytef *)(uintptr_t)json.ptr; /* only read */
    z.avail_in = (uInt)json.len;
    z.next_out = (Bytef *)to;
    z.avail_out = (uInt)room;
    good = to && deflate(&z, Z_FINISH) == Z_STREAM_END;
    if (good) {
        out->len += room - z.avail_out;
        out->ptr[out->len] = '\0';
    }
    (void)deflateEnd(&z);
    return good;
}

void aws_record_pack(const struct value *item, struct buf *out)
{
    struct buf json = BUF_INIT(AWS_RECORD_MAX);
    struct json_writer w;

    json_writer_init(&w, &json);
    put(&w, item, false, 0);
    if (!json.full)
        (void)deflate_all(buf_str(&json), out);
    buf_release(&json);
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
