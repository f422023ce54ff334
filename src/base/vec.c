/* vec.c - see vec.h. */
#include "runbook/base/vec.h"

#include <string.h>

#include "runbook/base/mem.h"

void *vec_grow(void *items, size_t *cap, size_t count, size_t item_bytes)
{
    if (count == *cap) {
        *cap = *cap ? *cap * 2 : 8;
        items = xreallocarray(items, *cap, item_bytes);
    }
    memset((char *)items + count * item_bytes, 0, item_bytes);
    return items;
}
