/* plain_counterparts.h - what each command of the screen is in plain mode: the plain command that
 * does the same, or the reason why it means nothing where nothing is drawn. `keys` prints it; a
 * test fails when a command of the screen has no row. */
#ifndef RUNBOOK_SRC_UI_PLAIN_COUNTERPARTS_H
#define RUNBOOK_SRC_UI_PLAIN_COUNTERPARTS_H

#include "runbook/ui/commands.h"

struct plain_counterpart {
    enum command first, last; /* last CMD_NONE: only the first */
    const char *command;      /* "sort KEY"; NULL: there is none */
    const char *note;         /* without a command: why; else "" or what differs */
};

extern const struct plain_counterpart plain_counterparts[];
extern const size_t plain_counterpart_count;
const struct plain_counterpart *plain_counterpart(enum command c); /* NULL: nobody thought of it */

#endif
