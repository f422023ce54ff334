/* responses_priv.h - the two halves of the responses wire. */
#ifndef RUNBOOK_SRC_LLM_RESPONSES_PRIV_H
#define RUNBOOK_SRC_LLM_RESPONSES_PRIV_H

#include "src/llm/wire_priv.h"

void responses_write(const struct wire_target *t, const struct llm_request *req,
                     struct json_writer *w);
void responses_path(const struct wire_target *t, struct buf *out);

#endif
