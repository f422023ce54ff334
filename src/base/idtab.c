/* idtab.c - an id is a serial number above a slot number: a lookup is one index and one compare.
 * Freed slots form a list. 44 bits of serial last for five centuries at 1,000 objects a second. */
#include "runbook/base/idtab.h"

#include <stdlib.h>

#include "runbook/base/mem.h"

#define SLOT_BITS 20
#define SLOT_MAX ((size_t)1 << SLOT_BITS)
#define NO_SLOT SLOT_MAX

struct slot {
    uint64_t id; /* 0: free */
    void *object;
    size_t next_free;
};

struct idtab {
    struct slot *slots;
    size_t used, cap; /* slots ever used */
    size_t first_free;
    size_t count;
    uint64_t serial;
};

struct idtab *idtab_new(void)
{
    struct idtab *t = xcalloc(1, sizeof(*t));

    t->first_free = NO_SLOT;
    return t;
}

void idtab_free(struct idtab *t)
{
    if (!t)
        return;
    free(t->slots);
    free(t);
}

static size_t take_slot(struct idtab *t)
{
    size_t n = t->first_free;

    if (n != NO_SLOT) {
        t->first_free = t->slots[n].next_free;
        return n;
    }
    if (t->used == SLOT_MAX)
        mem_fatal("more than 1,048,576 objects in one id table");
    if (t->used == t->cap) {
        t->cap = t->cap ? t->cap * 2 : 16;
        t->slots = xreallocarray(t->slots, t->cap, sizeof(*t->slots));
    }
    return t->used++;
}

uint64_t idtab_add(struct idtab *t, void *object)
{
    size_t n = take_slot(t);

    t->slots[n].id = ++t->serial << SLOT_BITS | n;
    t->slots[n].object = object;
    t->count++;
    return t->slots[n].id;
}

static struct slot *find(const struct idtab *t, uint64_t id)
{
    size_t n = (size_t)(id & (SLOT_MAX - 1));

    return id != 0 && n < t->used && t->slots[n].id == id ? &t->slots[n] : NULL;
}

void *idtab_get(const struct idtab *t, uint64_t id)
{
    struct slot *s = find(t, id);

    return s ? s->object : NULL;
}

void *idtab_remove(struct idtab *t, uint64_t id)
{
    struct slot *s = find(t, id);

    if (!s)
        return NULL;
    s->id = 0;
    s->next_free = t->first_free;
    t->first_free = (size_t)(s - t->slots);
    t->count--;
    return s->object;
}

size_t idtab_count(const struct idtab *t)
{
    return t->count;
}

void *idtab_next(const struct idtab *t, size_t *it)
{
    while (*it < t->used) {
        const struct slot *s = &t->slots[(*it)++];

        if (s->id)
            return s->object;
    }
    return NULL;
}
