/* plain_table.h - plain mode's commands: one row each gives parsing, help and documentation. */
#ifndef RUNBOOK_SRC_UI_PLAIN_TABLE_H
#define RUNBOOK_SRC_UI_PLAIN_TABLE_H

#include "runbook/base/str.h"

struct plain;
enum plain_when { PLAIN_ALWAYS, PLAIN_LIVE, PLAIN_REPLAY };

struct plain_command {
    const char *name, *alias; /* alias: "" for none */
    const char *args;         /* "[FILTER]" */
    enum plain_when when;
    const char *help; /* a sentence without its full stop */
    void (*run)(struct plain *p, struct str args);
};

extern const struct plain_command plain_commands[];
size_t plain_command_count(void);

#endif
