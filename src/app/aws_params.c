/* aws_params.c - parameters of a call as they are typed: key=text, key[]=text, key:=JSON. */
#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/codec/json.h"
#include "src/app/aws_open.h"

#define VALUE_MAX 65536

struct param {
    struct str key, text;
    bool json, list;
};

static enum err_code split(const char *arg, struct param *p, struct err *err)
{
    struct str s = str_from(arg);

    *p = (struct param){.text = s};
    if (!str_split(&p->text, '=', &p->key) || p->key.len == s.len)
        return err_set(err, ERR_INPUT, "'%.60s' is no parameter: write NAME=text or NAME:=JSON",
                       arg);
    p->json = str_ends(p->key, ":");
    if (p->json)
        p->key.len--;
    p->list = str_ends(p->key, "[]");
    if (p->list)
        p->key.len -= 2;
    if (!p->key.len || s.len > VALUE_MAX || (p->json && p->list))
        return err_set(err, ERR_INPUT, "'%.60s' is no parameter: write NAME=text or NAME:=JSON",
                       arg);
    return ERR_OK;
}

static enum err_code set_value(struct arena *arena, const struct aws_list *l, const struct param *p,
                               struct value *ret, struct err *err)
{
    const struct value *parsed;
    double number;

    if (p->json && json_parse(arena, p->text, &parsed, err))
        return err_wrap(err, "%.*s", STR_FMT(p->key));
    if (p->json)
        *ret = *parsed;
    else if (str_eq(p->key, l->limit) && num_f64(p->text, &number))
        *ret = (struct value){.type = VALUE_NUMBER, .u.number = number};
    else
        *ret = (struct value){.type = VALUE_STRING,
                              .u.string = {arena_str(arena, p->text), p->text.len}};
    return ERR_OK;
}

static struct value *find(struct value *object, struct str key)
{
    for (size_t i = 0; i < object->u.list.count; i++)
        if (str_eq(object->u.list.items[i].key, key))
            return &object->u.list.items[i];
    return NULL;
}

/* A second one of the same name makes a list of it. */
static void append(struct arena *arena, struct value *at, const struct value *v)
{
    size_t n = at->type == VALUE_ARRAY ? at->u.list.count : 1;
    struct value *items = arena_array(arena, n + 1, sizeof(*items));

    if (at->type == VALUE_ARRAY && n)
        memcpy(items, at->u.list.items, n * sizeof(*items));
    else if (n)
        items[0] = *at;
    items[n] = *v;
    for (size_t i = 0; i <= n; i++)
        items[i].key = STR_LIT("");
    at->type = VALUE_ARRAY;
    at->u.list.items = items;
    at->u.list.count = n + 1;
}

enum err_code aws_read_params(struct arena *arena, const struct aws_list *l,
                              const char *const *args, size_t count, const struct value **ret,
                              struct err *err)
{
    struct value *object = arena_alloc(arena, sizeof(*object));

    object->type = VALUE_OBJECT;
    object->u.list.items = arena_array(arena, count, sizeof(*object));
    for (size_t i = 0; i < count; i++) {
        struct param p;
        struct value v, *at;

        if (split(args[i], &p, err) || set_value(arena, l, &p, &v, err))
            return err->code;
        at = find(object, p.key);
        if (!at) {
            at = &object->u.list.items[object->u.list.count++];
            *at = v;
            if (p.list)
                *at = (struct value){.type = VALUE_ARRAY};
            at->key = (struct str){arena_str(arena, p.key), p.key.len};
            if (!p.list)
                continue;
        }
        append(arena, at, &v);
    }
    *ret = object;
    return ERR_OK;
}
