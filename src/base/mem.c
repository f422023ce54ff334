/* mem.c - see mem.h. */
#include "runbook/base/mem.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static void (*fatal_hook)(void); /* the one global of base: set once at start by app */

void mem_set_fatal_hook(void (*hook)(void))
{
    fatal_hook = hook;
}

_Noreturn void mem_fatal(const char *why)
{
    static const char prefix[] = "runbook: ";

    if (fatal_hook)
        fatal_hook();
    if (write(STDERR_FILENO, prefix, sizeof(prefix) - 1) < 0 ||
        write(STDERR_FILENO, why, strlen(why)) < 0 || write(STDERR_FILENO, "\n", 1) < 0)
        abort();
    abort();
}

static void *checked(void *ptr, size_t size_bytes)
{
    if (!ptr && size_bytes)
        mem_fatal("out of memory");
    return ptr;
}

void *xmalloc(size_t size_bytes)
{
    return checked(malloc(size_bytes ? size_bytes : 1), 1);
}

void *xcalloc(size_t count, size_t size_bytes)
{
    return checked(calloc(count ? count : 1, size_bytes ? size_bytes : 1), 1);
}

void *xrealloc(void *ptr, size_t size_bytes)
{
    return checked(realloc(ptr, size_bytes ? size_bytes : 1), 1);
}

void *xreallocarray(void *ptr, size_t count, size_t size_bytes)
{
    if (size_bytes && count > SIZE_MAX / size_bytes)
        mem_fatal("out of memory: size overflow");
    return xrealloc(ptr, count * size_bytes);
}

char *xstrdup(const char *s)
{
    return xstrndup(s, strlen(s));
}

char *xstrndup(const char *s, size_t len)
{
    char *copy = xmalloc(len + 1);

    if (len)
        memcpy(copy, s, len);
    copy[len] = '\0';
    return copy;
}

char *xvasprintf(const char *fmt, va_list ap)
{
    char *text = NULL;

    if (vasprintf(&text, fmt, ap) < 0)
        mem_fatal("out of memory");
    return text;
}

char *xasprintf(const char *fmt, ...)
{
    va_list ap;
    char *text;

    va_start(ap, fmt);
    text = xvasprintf(fmt, ap);
    va_end(ap);
    return text;
}
