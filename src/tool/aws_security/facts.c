/* facts.c - what the services of one account said, by source, region and key. */
#include <stdlib.h>

#include "runbook/base/map.h"
#include "runbook/base/mem.h"
#include "security_priv.h"

#define DEPTH_MAX 64

struct row {
    const char *source, *region, *key;
    struct sec_answer answer;
};

struct sec_facts {
    struct arena *arena;
    struct map *index;
    VEC(struct row *) rows;
};

struct sec_facts *sec_facts_new(void)
{
    struct sec_facts *f = xcalloc(1, sizeof(*f));

    f->arena = arena_new(0);
    f->index = map_new();
    return f;
}

void sec_facts_free(struct sec_facts *f)
{
    if (!f)
        return;
    VEC_EACH (r, &f->rows) {
        VEC_RELEASE(&(*r)->answer.items);
        free(*r);
    }
    VEC_RELEASE(&f->rows);
    map_free(f->index);
    arena_free(f->arena);
    free(f);
}

struct arena *sec_facts_arena(struct sec_facts *f)
{
    return f->arena;
}

static struct row *find(const struct sec_facts *f, const char *source, const char *region,
                        const char *key)
{
    struct buf name = BUF_INIT(BUF_NO_MAX);
    struct row *r;

    buf_addf(&name, "%s\n%s\n%s", source, region, key);
    r = map_get(f->index, buf_str(&name));
    buf_release(&name);
    return r;
}

const struct sec_answer *sec_facts_find(const struct sec_facts *f, const char *source,
                                        const char *region, const char *key)
{
    const struct row *r = find(f, source, region, key);

    return r ? &r->answer : NULL;
}

struct sec_answer *sec_facts_answer(struct sec_facts *f, const char *source, const char *region,
                                    const char *key)
{
    struct row *r = find(f, source, region, key);
    struct buf name = BUF_INIT(BUF_NO_MAX);

    if (r)
        return &r->answer;
    r = xcalloc(1, sizeof(*r));
    r->source = arena_strdup(f->arena, source);
    r->region = arena_strdup(f->arena, region);
    r->key = arena_strdup(f->arena, key);
    *VEC_PUSH(&f->rows) = r;
    buf_addf(&name, "%s\n%s\n%s", source, region, key);
    map_set(f->index, buf_str(&name), r);
    buf_release(&name);
    return &r->answer;
}

bool sec_facts_next(const struct sec_facts *f, const char *source, size_t *pos,
                    const char **ret_region, const char **ret_key, const struct sec_answer **ret)
{
    while (*pos < f->rows.count) {
        const struct row *r = f->rows.items[(*pos)++];

        if (strcmp(r->source, source) != 0)
            continue;
        *ret_region = r->region;
        *ret_key = r->key;
        *ret = &r->answer;
        return true;
    }
    return false;
}

static void copy(struct arena *a, const struct value *from, struct value *to, int depth)
{
    *to = *from;
    if (from->key.ptr)
        to->key.ptr = arena_str(a, from->key);
    if (from->type == VALUE_STRING) {
        to->u.string.ptr = arena_str(a, from->u.string);
        return;
    }
    if (!value_items(from))
        return;
    to->u.list.count = depth < DEPTH_MAX ? value_count(from) : 0;
    to->u.list.items = arena_array(a, to->u.list.count, sizeof(*to));
    for (size_t i = 0; i < to->u.list.count; i++)
        copy(a, value_at(from, i), &to->u.list.items[i], depth + 1);
}

const struct value *sec_facts_keep(struct sec_facts *f, const struct value *v)
{
    struct value *kept = arena_alloc(f->arena, sizeof(*kept));

    copy(f->arena, v, kept, 0);
    return kept;
}
