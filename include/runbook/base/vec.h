/* vec.h - growing arrays of one type.
 * VEC(struct foo) foos = {0}; *VEC_PUSH(&foos) = (struct foo){...}; VEC_EACH(f, &foos) ...; the
 * elements move when it grows, so hold indexes, not pointers, across a push. */
#ifndef RUNBOOK_BASE_VEC_H
#define RUNBOOK_BASE_VEC_H

#include <stddef.h>
#include <stdlib.h>

#define VEC(type)                                                                                  \
    struct {                                                                                       \
        type *items;                                                                               \
        size_t count;                                                                              \
        size_t cap;                                                                                \
    }

/* Address of a new zeroed element at the end. */
#define VEC_PUSH(v)                                                                                \
    ((v)->items = vec_grow((v)->items, &(v)->cap, (v)->count, sizeof(*(v)->items)),                \
     &(v)->items[(v)->count++])
#define VEC_EACH(it, v)                                                                            \
    for (__typeof__(*(v)->items) *it = (v)->items; it && it < (v)->items + (v)->count; it++)
#define VEC_RELEASE(v) (free((v)->items), (v)->items = NULL, (v)->count = 0, (v)->cap = 0)

/* Make room for one more element and zero it. Used through VEC_PUSH. */
void *vec_grow(void *items, size_t *cap, size_t count, size_t item_bytes);

#endif
