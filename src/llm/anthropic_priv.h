/* anthropic_priv.h - the two halves of the messages wire. */
#ifndef RUNBOOK_SRC_LLM_ANTHROPIC_PRIV_H
#define RUNBOOK_SRC_LLM_ANTHROPIC_PRIV_H

#include "src/llm/wire_priv.h"

void anthropic_write(const struct wire_target *t, const struct llm_request *req,
                     struct json_writer *w);
void anthropic_path(const struct wire_target *t, struct buf *out);

#endif
