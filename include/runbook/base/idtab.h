/* idtab.h - ids that stand for pointers across turns of the loop.
 * What lives longer than one call is named by an id; an id whose object is gone looks up as NULL
 * for ever, so canceling something that ended meanwhile is harmless. Ids are never 0 and never
 * reused. */
#ifndef RUNBOOK_BASE_IDTAB_H
#define RUNBOOK_BASE_IDTAB_H

#include <stddef.h>
#include <stdint.h>

struct idtab; /* opaque; objects are not owned */

struct idtab *idtab_new(void);
void idtab_free(struct idtab *t);                  /* NULL is fine */
uint64_t idtab_add(struct idtab *t, void *object); /* at most 1,048,576 objects at once */
void *idtab_get(const struct idtab *t, uint64_t id);
void *idtab_remove(struct idtab *t, uint64_t id); /* what it stood for, or NULL */
size_t idtab_count(const struct idtab *t);
/* Walk: size_t it = 0; while ((object = idtab_next(t, &it))) ... removing what was just returned is
 * fine. NULL at the end. */
void *idtab_next(const struct idtab *t, size_t *it);

#endif
