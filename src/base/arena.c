/* arena.c - see arena.h. A chain of blocks, each twice the last up to 1 MiB. */
#include "runbook/base/arena.h"

#include <stdalign.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"

#define BLOCK_DEFAULT 1024
#define BLOCK_MAX ((size_t)1 << 20)
#define ALIGN alignof(max_align_t)

struct block {
    struct block *next;
    size_t size;
    size_t used;
    alignas(max_align_t) char data[];
};

struct arena {
    struct block *first;   /* kept across resets */
    struct block *current; /* the newest */
    size_t used;
};

static struct block *block_new(size_t size)
{
    struct block *b = xmalloc(sizeof(*b) + size);

    b->next = NULL;
    b->size = size;
    b->used = 0;
    return b;
}

struct arena *arena_new(size_t first_block_bytes)
{
    struct arena *a = xcalloc(1, sizeof(*a));

    a->first = block_new(first_block_bytes ? first_block_bytes : BLOCK_DEFAULT);
    a->current = a->first;
    return a;
}

static void free_after(struct block *b)
{
    struct block *next = b->next;

    b->next = NULL;
    while (next) {
        struct block *after = next->next;

        free(next);
        next = after;
    }
}

void arena_free(struct arena *a)
{
    if (!a)
        return;
    free_after(a->first);
    free(a->first);
    free(a);
}

void arena_reset(struct arena *a)
{
    free_after(a->first);
    a->first->used = 0;
    a->current = a->first;
    a->used = 0;
}

static void *take(struct arena *a, size_t size, size_t align)
{
    struct block *b = a->current;
    size_t at = (b->used + align - 1) & ~(align - 1);

    if (at > b->size || size > b->size - at) {
        size_t want = b->size * 2 < BLOCK_MAX ? b->size * 2 : BLOCK_MAX;

        if (size > SIZE_MAX / 2)
            mem_fatal("out of memory: size overflow");
        b->next = block_new(size > want ? size : want);
        b = a->current = b->next;
        at = 0;
    }
    b->used = at + size;
    a->used += size;
    return b->data + at;
}

void *arena_alloc(struct arena *a, size_t size_bytes)
{
    void *p = take(a, size_bytes ? size_bytes : 1, ALIGN);

    memset(p, 0, size_bytes);
    return p;
}

void *arena_array(struct arena *a, size_t count, size_t size_bytes)
{
    if (size_bytes && count > SIZE_MAX / 2 / size_bytes)
        mem_fatal("out of memory: size overflow");
    return arena_alloc(a, count * size_bytes);
}

char *arena_strndup(struct arena *a, const char *s, size_t len)
{
    char *copy = take(a, len + 1, 1);

    if (len)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *arena_strdup(struct arena *a, const char *s)
{
    return s ? arena_strndup(a, s, strlen(s)) : NULL;
}

char *arena_str(struct arena *a, struct str s)
{
    return arena_strndup(a, s.ptr, s.len);
}

char *arena_printf(struct arena *a, const char *fmt, ...)
{
    va_list ap, again;
    char *text;
    int n;

    va_start(ap, fmt);
    va_copy(again, ap);
    n = vsnprintf(NULL, 0, fmt, ap);
    text = take(a, (size_t)(n < 0 ? 0 : n) + 1, 1);
    vsnprintf(text, (size_t)(n < 0 ? 0 : n) + 1, fmt, again);
    va_end(again);
    va_end(ap);
    return text;
}

size_t arena_used(const struct arena *a)
{
    return a->used;
}
