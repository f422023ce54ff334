/* modules_priv.h - one extern a module of the builtin investigator, defined in a file of its own.
 */
#ifndef RUNBOOK_ENGINE_MODULES_PRIV_H
#define RUNBOOK_ENGINE_MODULES_PRIV_H

#include "runbook/engine/investigation.h"

extern const struct inv_module inv_module_alerts;
extern const struct inv_module inv_module_aws;
extern const struct inv_module inv_module_host;
extern const struct inv_module inv_module_metrics;

#endif
