/* record.h - events of an answer as text, a line each: what tests compare. */
#ifndef RUNBOOK_TESTS_UNIT_LLM_RECORD_H
#define RUNBOOK_TESTS_UNIT_LLM_RECORD_H

#include "tests/lib/unit.h"

#include "runbook/llm/llm.h"
#include "runbook/llm/wire.h"

void record_event(struct buf *out, const struct llm_event *ev);
void record_message(struct buf *out, const struct llm_message *m);
/* Feed in pieces that end at `a` and at the end; with step, in pieces of that many bytes. Then the
 * end, its error, the message, stop and usage. */
void record_stream(const char *wire, struct str stream, size_t a, size_t step, struct buf *out);
/* The same however the stream is cut: fails the test when not. */
void check_stream(const char *wire, struct str stream, const char *wanted);

#endif
