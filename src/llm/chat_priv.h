/* chat_priv.h - the two halves of the chat completions wire. */
#ifndef RUNBOOK_SRC_LLM_CHAT_PRIV_H
#define RUNBOOK_SRC_LLM_CHAT_PRIV_H

#include "src/llm/wire_priv.h"

void chat_write(const struct wire_target *t, const struct llm_request *req, struct json_writer *w);
void chat_path(const struct wire_target *t, struct buf *out);

#endif
