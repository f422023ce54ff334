/* mem.h - allocation that cannot fail.
 * Running out of memory ends the program after the at-exit hook has restored the terminal: no
 * caller could do better, and no error path is written that no test can reach. Sizes from outside
 * are capped before they come here (struct buf). */
#ifndef RUNBOOK_BASE_MEM_H
#define RUNBOOK_BASE_MEM_H

#include <stdarg.h>
#include <stddef.h>

void *xmalloc(size_t size_bytes);
void *xcalloc(size_t count, size_t size_bytes); /* checks the product for overflow */
void *xrealloc(void *ptr, size_t size_bytes);
void *xreallocarray(void *ptr, size_t count, size_t size_bytes);
char *xstrdup(const char *s);
char *xstrndup(const char *s, size_t len); /* exactly `len` bytes plus NUL */
char *xasprintf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
char *xvasprintf(const char *fmt, va_list ap) __attribute__((format(printf, 1, 0)));

/* Called once before the program dies of memory exhaustion or of a failed invariant. Process-wide:
 * the one hook is set by app. */
void mem_set_fatal_hook(void (*hook)(void));
/* Say why on stderr after the hook, then abort. For our bugs and for exhausted memory only. */
_Noreturn void mem_fatal(const char *why);

#endif
