/* arena.h - memory that goes all at once.
 * For everything that lives exactly as long as a process, a session, a turn, a frame or a parsed
 * document. No single free; arena_reset() keeps the first block, so a frame's arena settles. */
#ifndef RUNBOOK_BASE_ARENA_H
#define RUNBOOK_BASE_ARENA_H

#include <stdarg.h>
#include <stddef.h>

#include "runbook/base/str.h"

struct arena; /* opaque; single-threaded */

struct arena *arena_new(size_t first_block_bytes); /* 0: a small default */
void arena_free(struct arena *a);                  /* NULL is fine */
void arena_reset(struct arena *a);
void *arena_alloc(struct arena *a, size_t size_bytes); /* zeroed, max_align_t aligned */
void *arena_array(struct arena *a, size_t count, size_t size_bytes);
char *arena_strdup(struct arena *a, const char *s); /* NULL gives NULL */
char *arena_strndup(struct arena *a, const char *s, size_t len);
char *arena_str(struct arena *a, struct str s); /* NUL-terminated copy */
char *arena_printf(struct arena *a, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
size_t arena_used(const struct arena *a); /* bytes handed out, for budgets and tests */

#endif
