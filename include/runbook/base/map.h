/* map.h - a hash map from a byte string to a pointer or a number.
 * Keys are copied; values are not owned. Insertion order is kept and iterated, so that output which
 * comes from a map is the same in every run. The hash is seeded per map (hostile keys). */
#ifndef RUNBOOK_BASE_MAP_H
#define RUNBOOK_BASE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "runbook/base/str.h"

struct map; /* opaque */

struct map *map_new(void);
void map_free(struct map *m); /* NULL is fine; values are left alone */
size_t map_count(const struct map *m);
/* Set or replace; returns the earlier value or NULL. */
void *map_set(struct map *m, struct str key, void *value);
void *map_get(const struct map *m, struct str key); /* NULL: absent (or stored as NULL) */
bool map_has(const struct map *m, struct str key);
void *map_remove(struct map *m, struct str key);
/* Iterate in order of insertion: size_t it = 0; while (map_next(m, &it, &key, &value)) ... */
bool map_next(const struct map *m, size_t *it, struct str *ret_key, void **ret_value);
/* The same with a C string. */
void *map_set_c(struct map *m, const char *key, void *value);
void *map_get_c(const struct map *m, const char *key);

#endif
