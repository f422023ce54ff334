/* table.c - every tool, listed once. Help, JSON schemas, docs and completion read this. */
#include "tool_priv.h"

static const struct tool_def *const tools[] = {
    NULL,
};

const struct tool_def *const *tool_table(void)
{
    return tools;
}
