/* map.c - see map.h. Open addressing over an array of entries in order of insertion: the table
 * holds indexes, so iteration is a walk of the array and a removal leaves a hole until the next
 * rehash. */
#include "runbook/base/map.h"

#include <stdlib.h>
#include <string.h>
#include <sys/random.h>

#include "runbook/base/mem.h"

#define SLOT_EMPTY UINT32_MAX
#define SLOT_DEAD (UINT32_MAX - 1)

struct entry {
    char *key; /* NULL: removed */
    size_t key_len;
    uint64_t hash;
    void *value;
};

struct map {
    struct entry *entries;
    size_t used, cap; /* of entries, holes included */
    size_t count;
    uint32_t *slots;
    size_t mask;
    uint64_t seed;
};

/* Multiply-rotate over 8 bytes at a time with a per-map seed; not cryptographic, only unguessable.
 */
static uint64_t hash_bytes(uint64_t seed, struct str key)
{
    uint64_t h = seed ^ (key.len * 0x9E3779B97F4A7C15u);
    size_t i = 0;

    for (; i + 8 <= key.len; i += 8) {
        uint64_t w;

        memcpy(&w, key.ptr + i, 8);
        h = (h ^ w) * 0xFF51AFD7ED558CCDu;
        h ^= h >> 29;
    }
    for (; i < key.len; i++)
        h = (h ^ (unsigned char)key.ptr[i]) * 0x100000001B3u;
    h ^= h >> 32;
    h *= 0xC4CEB9FE1A85EC53u;
    return h ^ (h >> 29);
}

struct map *map_new(void)
{
    struct map *m = xcalloc(1, sizeof(*m));

    if (getrandom(&m->seed, sizeof(m->seed), GRND_NONBLOCK) < 0)
        m->seed = (uint64_t)(uintptr_t)m;
    return m;
}

void map_free(struct map *m)
{
    if (!m)
        return;
    for (size_t i = 0; i < m->used; i++)
        free(m->entries[i].key);
    free(m->entries);
    free(m->slots);
    free(m);
}

size_t map_count(const struct map *m)
{
    return m->count;
}

static void rehash(struct map *m)
{
    size_t size = 16, live = 0;

    while (size < (m->count + 1) * 2)
        size *= 2;
    for (size_t i = 0; i < m->used; i++) {
        if (m->entries[i].key)
            m->entries[live++] = m->entries[i];
    }
    m->used = live;
    m->slots = xreallocarray(m->slots, size, sizeof(*m->slots));
    memset(m->slots, 0xFF, size * sizeof(*m->slots));
    m->mask = size - 1;
    for (size_t i = 0; i < m->used; i++) {
        size_t at = m->entries[i].hash & m->mask;

        while (m->slots[at] != SLOT_EMPTY)
            at = (at + 1) & m->mask;
        m->slots[at] = (uint32_t)i;
    }
}

/* The slot of a key, or of the place to put it; *ret_found tells which. */
static size_t find_slot(const struct map *m, struct str key, uint64_t hash, bool *ret_found)
{
    size_t at = hash & m->mask, dead = SIZE_MAX;

    for (;; at = (at + 1) & m->mask) {
        uint32_t s = m->slots[at];

        if (s == SLOT_EMPTY) {
            *ret_found = false;
            return dead != SIZE_MAX ? dead : at;
        }
        if (s == SLOT_DEAD) {
            if (dead == SIZE_MAX)
                dead = at;
            continue;
        }
        if (m->entries[s].hash == hash && m->entries[s].key_len == key.len &&
            (key.len == 0 || memcmp(m->entries[s].key, key.ptr, key.len) == 0)) {
            *ret_found = true;
            return at;
        }
    }
}

void *map_set(struct map *m, struct str key, void *value)
{
    uint64_t hash = hash_bytes(m->seed, key);
    struct entry *e;
    bool found;
    size_t at;

    if (!m->slots || (m->used + 1) * 2 > m->mask + 1)
        rehash(m);
    at = find_slot(m, key, hash, &found);
    if (found) {
        void *old = m->entries[m->slots[at]].value;

        m->entries[m->slots[at]].value = value;
        return old;
    }
    if (m->used == m->cap) {
        m->cap = m->cap ? m->cap * 2 : 16;
        m->entries = xreallocarray(m->entries, m->cap, sizeof(*m->entries));
    }
    e = &m->entries[m->used];
    e->key = xstrndup(key.ptr, key.len);
    e->key_len = key.len;
    e->hash = hash;
    e->value = value;
    m->slots[at] = (uint32_t)m->used++;
    m->count++;
    return NULL;
}

static struct entry *find(const struct map *m, struct str key)
{
    bool found;
    size_t at;

    if (!m->slots)
        return NULL;
    at = find_slot(m, key, hash_bytes(m->seed, key), &found);
    return found ? &m->entries[m->slots[at]] : NULL;
}

void *map_get(const struct map *m, struct str key)
{
    const struct entry *e = find(m, key);

    return e ? e->value : NULL;
}

bool map_has(const struct map *m, struct str key)
{
    return find(m, key) != NULL;
}

void *map_remove(struct map *m, struct str key)
{
    void *value;
    bool found;
    size_t at;
    uint32_t s;

    if (!m->slots)
        return NULL;
    at = find_slot(m, key, hash_bytes(m->seed, key), &found);
    if (!found)
        return NULL;
    s = m->slots[at];
    m->slots[at] = SLOT_DEAD;
    value = m->entries[s].value;
    free(m->entries[s].key);
    m->entries[s].key = NULL;
    m->count--;
    return value;
}

bool map_next(const struct map *m, size_t *it, struct str *ret_key, void **ret_value)
{
    while (*it < m->used) {
        const struct entry *e = &m->entries[(*it)++];

        if (!e->key)
            continue;
        *ret_key = (struct str){e->key, e->key_len};
        *ret_value = e->value;
        return true;
    }
    return false;
}

void *map_set_c(struct map *m, const char *key, void *value)
{
    return map_set(m, str_from(key), value);
}

void *map_get_c(const struct map *m, const char *key)
{
    return map_get(m, str_from(key));
}
