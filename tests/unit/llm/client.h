/* client.h - a client of models that are loopback servers, and what came of its calls. */
#ifndef RUNBOOK_TESTS_UNIT_LLM_CLIENT_H
#define RUNBOOK_TESTS_UNIT_LLM_CLIENT_H

#include "tests/unit/llm/record.h"
#include "tests/unit/net/netrun.h"

struct client {
    struct net net;
    struct llm *llm;
    struct buf said; /* events, as text */
    int ended;
    struct llm_usage usage;
    llm_id id;
    enum llm_event_type cancel_at; /* cancel in this event; 0 (STARTED) is never used */
    int64_t waits[8];              /* of RETRYING */
    size_t wait_count;
};

#define SSE_HEAD "HTTP/1.1 200 OK\r\nContent-Type: text/event-stream\r\nConnection: close\r\n\r\n"
#define A_MESSAGE(text) A_BEGIN A_TEXT(text) A_FINISH
#define A_BEGIN "event: message_start\ndata: {\"message\":{\"usage\":{\"input_tokens\":3}}}\n\n"
#define A_TEXT(text)                                                                               \
    "event: content_block_start\ndata: {\"index\":0,\"content_block\":{\"type\":\"text\","         \
    "\"text\":\"\"}}\n\nevent: content_block_delta\ndata: {\"index\":0,\"delta\":{\"type\":"       \
    "\"text_delta\",\"text\":\"" text "\"}}\n\n"
#define A_FINISH                                                                                   \
    "event: content_block_stop\ndata: {\"index\":0}\n\nevent: message_delta\ndata: "               \
    "{\"delta\":{\"stop_reason\":\"end_turn\"},\"usage\":{\"output_tokens\":2}}\n\n"               \
    "event: message_stop\ndata: {}\n\n"

/* Loop, HTTP client and server; the models are made by client_use(). */
void client_init(struct client *c);
void client_release(struct client *c);
/* Options with base_url NULL get the server's address and "/NUMBER" behind it. Retries: 2. */
void client_use(struct client *c, struct llm_target_options *targets, size_t count);
void client_use_opts(struct client *c, struct llm_target_options *targets, size_t count,
                     struct llm_options opts);
/* One user message. */
void client_ask(struct client *c, const char *text);
void client_send(struct client *c, const struct llm_request *req);
void client_wait(struct client *c);
void client_answer(struct client *c, const char *path, const char *bytes, unsigned times);
/* The body of the n-th request. */
void client_body(struct client *c, size_t n, struct buf *out);
void client_request(struct client *c, size_t n, struct buf *out);
#define CLIENT_SAID(c, wanted)                                                                     \
    do {                                                                                           \
        if (strcmp(buf_cstr(&(c)->said), (wanted)) != 0)                                           \
            fail_msg("\n%s\nnot\n%s", buf_cstr(&(c)->said), (wanted));                             \
    } while (0)

#endif
