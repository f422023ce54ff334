/* host_resources.h - what of a machine is shown in the resources pane. */
#ifndef RUNBOOK_ENGINE_HOST_RESOURCES_H
#define RUNBOOK_ENGINE_HOST_RESOURCES_H

#include "host/view.h"
#include "runbook/engine/investigation.h"

/* The machine, its filesystems, top processes, listeners, and the units that need a look. */
void host_publish_resources(struct investigation *inv, struct host_view *v);

#endif
