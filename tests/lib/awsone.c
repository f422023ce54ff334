/* awsone.c - see awsone.h. */
#include "tests/lib/awsone.h"

#include <string.h>

#define MEMBERS_MAX 16

static struct value *new_value(struct arena *arena, enum value_type type)
{
    struct value *v = arena_alloc(arena, sizeof(*v));

    *v = (struct value){.type = type, .key = STR_LIT("")};
    if (type == VALUE_OBJECT || type == VALUE_ARRAY)
        v->u.list.items = arena_array(arena, MEMBERS_MAX, sizeof(*v));
    return v;
}

/* The member of that name; an object when it is new. */
static struct value *member(struct arena *arena, struct value *v, struct str name)
{
    struct value *to;

    for (size_t i = 0; i < v->u.list.count; i++)
        if (str_eq(v->u.list.items[i].key, name))
            return &v->u.list.items[i];
    to = &v->u.list.items[v->u.list.count++];
    *to = *new_value(arena, VALUE_OBJECT);
    to->key = str_from(arena_str(arena, name));
    return to;
}

static void set_text(struct value *v, const char *text)
{
    v->type = VALUE_STRING;
    v->u.string = str_from(text);
}

/* Dotted paths make objects; a member that is there as a text stays. */
static void put(struct arena *arena, struct value *v, struct str path, const char *text)
{
    struct str piece;

    while (v->type == VALUE_OBJECT && str_split(&path, '.', &piece))
        v = member(arena, v, piece);
    if (v->type == VALUE_OBJECT && !v->u.list.count)
        set_text(v, text);
}

static void put_parts(struct arena *arena, const struct aws_service *s, const struct aws_list *l,
                      struct value *item)
{
    static const char *const texts[AWS_PARTS] = {[AWS_PART_ID] = "one-1",
                                                 [AWS_PART_NAME] = "one-1",
                                                 [AWS_PART_STATE] = "ACTIVE",
                                                 [AWS_PART_CREATED] = "2026-01-01T00:00:00Z"};
    const char *arn =
        arena_printf(arena, "arn:aws:%.*s:us-east-1:123456789012:one/one-1", STR_FMT(s->signing));

    for (size_t p = 0; p < AWS_PARTS; p++) {
        struct str path = l->part[p];
        const char *text = texts[p];

        if (p == AWS_PART_ARN || str_ends(path, "Arn") || str_ends(path, "ARN"))
            text = arn;
        if (path.len && text && !str_eq_c(path, "."))
            put(arena, item, path, text);
    }
}

const struct value *awsone_answer(struct arena *arena, const struct aws_service *s,
                                  const struct aws_list *l)
{
    struct value *answer = new_value(arena, VALUE_OBJECT), *at = answer, *list;
    struct str path = l->items, piece;
    bool json = s->wire.protocol == AWS_JSON || s->wire.protocol == AWS_REST_JSON;

    if (str_eq_c(path, ".")) /* the answer itself */
        path.len = 0;
    while (str_split(&path, '.', &piece))
        at = member(arena, at, piece);
    if (json && at != answer) { /* of XML an element is a list of one by itself */
        struct str key = at->key;

        list = at;
        *list = *new_value(arena, VALUE_ARRAY);
        list->key = key;
        at = &list->u.list.items[list->u.list.count++];
        *at = *new_value(arena, VALUE_OBJECT);
    }
    if (str_eq_c(l->part[AWS_PART_ID], "."))
        set_text(at, "one-1");
    else
        put_parts(arena, s, l, at);
    return answer;
}
