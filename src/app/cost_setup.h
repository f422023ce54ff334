/* cost_setup.h - prices, fuses and prompts as the configuration has them. */
#ifndef RUNBOOK_SRC_APP_COST_SETUP_H
#define RUNBOOK_SRC_APP_COST_SETUP_H

#include "runbook/app/app.h"
#include "runbook/app/config.h"
#include "runbook/context/cost.h"
#include "runbook/context/prompts.h"

void cost_limits_of(const struct config *c, struct cost_limits *ret);
/* What is compiled in, and the file that cost.prices names over it. ERR_INPUT names file and line.
 */
enum err_code cost_prices_of(const struct config *c, struct price_table **ret, struct err *err);
/* The compiled-in texts and those of the folder that prompts.folder names. */
enum err_code cost_prompts_of(const struct config *c, struct prompts **ret, struct err *err);

#endif
