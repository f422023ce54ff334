/* model_open.h - the configuration's language models as a client: llm.*, ai.* and llm.fallback. */
#ifndef RUNBOOK_SRC_APP_MODEL_OPEN_H
#define RUNBOOK_SRC_APP_MODEL_OPEN_H

#include "runbook/app/config.h"
#include "runbook/base/arena.h"
#include "runbook/llm/llm.h"

/* "anthropic" ...; "none" when no model is wanted. llm.provider wins over ai.provider. */
const char *model_provider(const struct config *c);

/* *ret is NULL when the provider is none. No key is needed, and nothing is asked: llm_ready() tells
 * what is missing. ERR_INPUT and ERR_NOT_FOUND name the key of the configuration.
 * `rng` may be NULL. */
enum err_code model_open(const struct config *c, struct loop *l, struct http_client *http,
                         struct rng *rng, struct llm **ret, struct err *err);

#endif
