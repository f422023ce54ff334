/* kept_open.h - what scans kept (inventory.db of the state folder), for tools. */
#ifndef RUNBOOK_SRC_APP_KEPT_OPEN_H
#define RUNBOOK_SRC_APP_KEPT_OPEN_H

#include "runbook/base/arena.h"
#include "runbook/tool/kept.h"

/* Lives in the arena; the file is looked for when it is read. NULL without a state folder. */
const struct kept_source *kept_open(struct arena *a, const char *state_dir);

#endif
