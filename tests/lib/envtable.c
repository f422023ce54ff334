/* envtable.c - see envtable.h. */
#include "tests/lib/envtable.h"
#include "tests/lib/unit.h"

#define VARS 12

static struct {
    const char *name, *value;
} vars[VARS];

void envtable_clear(void)
{
    memset(vars, 0, sizeof(vars));
}

char *envtable_get(const char *name)
{
    for (size_t i = 0; i < VARS; i++) {
        if (vars[i].name && strcmp(vars[i].name, name) == 0)
            return (char *)(uintptr_t)vars[i].value;
    }
    return NULL;
}

void envtable_set(const char *name, const char *value)
{
    for (size_t i = 0; i < VARS; i++) {
        if (vars[i].name && strcmp(vars[i].name, name) != 0)
            continue;
        vars[i].name = name;
        vars[i].value = value;
        return;
    }
    fail_msg("too many variables");
}
