/* wire.h - the pure halves of the wires: a request becomes bytes, bytes become events, without a
 * network and without a clock. For the client, and for tests that feed a stream split at every
 * byte. */
#ifndef RUNBOOK_LLM_WIRE_H
#define RUNBOOK_LLM_WIRE_H

#include "runbook/llm/llm.h"

struct provider;

/* What a request's shape depends on. */
struct wire_target {
    const struct provider *provider;
    const char *model;
    const char *origin; /* "provider/model" */
    int64_t max_tokens;
    double temperature; /* negative: none */
    enum llm_thinking thinking;
    bool cut; /* the last message asks to go on behind a cut: no tool may be forced */
};

/* "anthropic", "openai_chat", "openai_responses", "bedrock"; NULL past the end. */
const char *llm_wire_name(size_t index);
/* The names of the table of providers, in its order; NULL past the end. */
const char *llm_provider_name(size_t index);
/* Its target with the provider's quirks; false for an unknown name. Borrows the strings. */
bool llm_wire_target(const char *provider, const char *model, const char *origin,
                     struct wire_target *ret);

/* The body of the request. ERR_NOT_FOUND: no such wire; ERR_LIMIT: larger than `out` may hold. */
enum err_code llm_wire_write(const char *wire, const struct wire_target *t,
                             const struct llm_request *req, struct buf *out, struct err *err);
/* Where it goes, behind the base URL: "/v1/messages". */
enum err_code llm_wire_path(const char *wire, const struct wire_target *t, struct buf *out,
                            struct err *err);

/* Reads one answer. Events: STARTED, TEXT, THINKING, TOOL_*, USAGE; never an end, which is for
 * the caller to tell. */
struct llm_reader; /* opaque */
struct llm_reader *llm_reader_new(const char *wire, llm_event_fn *fn, void *ctx);
void llm_reader_free(struct llm_reader *r);
/* An error ends it: the stream is broken, or the provider said in it that it failed. */
enum err_code llm_reader_feed(struct llm_reader *r, struct str bytes, struct err *err);
/* The bytes are over. ERR_NET: the answer was not whole. */
enum err_code llm_reader_end(struct llm_reader *r, struct err *err);
enum llm_failure llm_reader_failure(const struct llm_reader *r);
/* What was read so far; lives as long as the reader. */
const struct llm_answer *llm_reader_answer(struct llm_reader *r);

#endif
