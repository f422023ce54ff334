/* standin.h - a stand-in for the vendors' model servers.
 *
 * One program speaks the Anthropic Messages, OpenAI chat completions, OpenAI Responses and Bedrock
 * Converse wires, over sockets of its own: it shares no network code and no decoder of streams with
 * the program that is tested. It checks each request as strictly as the vendors do, answers what a
 * scenario says, and sends it as badly as the scenario's faults ask for. README beside this file
 * says how to use it.
 *
 *   http.c      connections and requests          scenario.c  turns, matching, templates
 *   talk.c      sending a stream, its faults      answer.c    from a turn to parts and usage
 *   check_*.c   what a vendor refuses             say_*.c     what a vendor sends
 *   sigv4.c     the signature of a request        frames.c    the binary event stream
 */
#ifndef RUNBOOK_TESTS_STANDIN_H
#define RUNBOOK_TESTS_STANDIN_H

#include <pthread.h>
#include <stdbool.h>
#include <stdint.h>

#include "runbook/base/arena.h"
#include "runbook/base/err.h"
#include "runbook/base/str.h"
#include "runbook/base/vec.h"
#include "runbook/codec/json.h"
#include "runbook/codec/value.h"

enum wire { WIRE_NONE, WIRE_ANTHROPIC, WIRE_CHAT, WIRE_RESPONSES, WIRE_BEDROCK };

/* ---- http.c ---- */

struct header {
    const char *name, *value;
};

struct conn {
    int fd;
    struct buf in;
    bool gone; /* nothing more can be sent */
};

struct request {
    struct arena *arena;
    unsigned number; /* 1 is the first of this server */
    const char *method, *path, *query;
    struct header *headers;
    size_t header_count;
    struct str body;
    const struct value *json; /* NULL: no JSON object */
    enum wire wire;
    const char *model; /* of the body or the path; "" when none */
    bool stream;
    struct buf text; /* every string of the conversation, a line each: what templates search */
    struct buf last; /* the same of what is new since the assistant spoke */
};

/* False at the end of the connection. The request's memory is its arena. */
bool conn_read(struct conn *c, struct request *r);
bool conn_send(struct conn *c, struct str bytes);
/* A whole answer with Content-Length. `headers` is "" or "name: value\r\n..." */
void conn_answer(struct conn *c, int status, const char *headers, const char *content_type,
                 struct str body);
/* Waits; true when the peer went away meanwhile. A negative time waits for that alone. */
bool conn_wait(struct conn *c, int64_t ms);
const char *request_header(const struct request *r, const char *name); /* NULL: none */

/* ---- scenario.c ---- */

struct faults {
    int64_t split;              /* bytes in a piece; 0: an event is a piece */
    bool split_utf8;            /* pieces end inside of characters */
    int64_t hold_ms;            /* before the head of the answer */
    int64_t first_byte_ms;      /* between head and body */
    int64_t pause_ms;           /* between two pieces */
    int64_t stall_at, stall_ms; /* at that byte of the body; a negative time is for ever */
    int64_t cut_at;             /* the connection ends at that byte; -1: not */
    const char *cut_event;      /* the connection ends before the first event of that name */
    bool reset;                 /* the cut is a RST */
    bool close_delimited;       /* no chunks: only the connection's end ends the body */
    int64_t error_at;           /* an error instead of that event (from 0); -1: not */
    const char *error_type;     /* of that error */
    bool broken_args;           /* the arguments of tools are no JSON */
    bool unknown_events;        /* events and fields that nobody knows yet */
    bool no_stop;               /* the last event is missing */
    bool html;                  /* a page of a proxy instead of the answer */
    bool bad_json;              /* data that is no JSON in the middle of the stream */
    bool endless;               /* the text never ends */
    bool comments;              /* lines that begin with a colon, and a byte order mark */
    bool whole_calls;           /* chat: a call comes in one chunk, as from Ollama */
    const char *eol;            /* "\n" */
    double rate;                /* deltas a second; 0: as fast as can be */
    int64_t ping_every;         /* events; 0: one after the first, as the vendors do */
    int64_t delta_chars;        /* characters in a delta; 0: a word */
};

struct turn {
    const struct value *row;
    struct faults faults;
    unsigned left; /* UINT32_MAX: no limit */
};

struct scenario {
    struct arena *arena;
    const char *dialect; /* of chat: "openai", "ollama", "vllm", "deepseek", "azure" */
    VEC(struct turn) turns;
    struct turn otherwise; /* row NULL: none */
};

enum err_code scenario_load(const char *path, struct scenario *s, struct err *err);
void scenario_release(struct scenario *s);
/* The first turn that matches and is not used up. NULL: none. *ret_index is its place from 0. */
const struct turn *scenario_take(struct scenario *s, const struct request *r, int *ret_index);
/* Replace {{...}} in `text`. What a template did not find is "?" and counted in *missing. */
char *template_fill(struct str text, const struct request *r, struct arena *a, unsigned *missing);
/* The same in every string of `v`, written as JSON. {{=...}} as a whole string becomes bare JSON.
 */
void template_value(const struct value *v, const struct request *r, struct json_writer *w,
                    unsigned *missing);

/* ---- answer.c ---- */

enum part_type { PART_TEXT, PART_THINKING, PART_REDACTED, PART_TOOL };

struct part {
    enum part_type type;
    const char *text; /* also of thinking */
    int64_t repeat;   /* of the text */
    const char *id, *name, *json;
    const char *signature;
};

struct usage {
    int64_t input, output, cache_read, cache_write, reasoning;
};

struct answer {
    VEC(struct part) parts;
    const char *stop; /* "end", "tool", "max", "refusal", "pause", "context", "stop_sequence" */
    struct usage usage;
    const struct faults *faults;
    const char *id;
    const char *dialect;
    unsigned missing; /* templates that found nothing */
};

void answer_build(const struct turn *t, const struct request *r, struct answer *a);
void answer_release(struct answer *a);
/* What signs a thinking block, so that a changed one is seen. The same for the same text. */
const char *thinking_signature(struct str text, struct arena *arena);
/* Call `fn` with each piece in which a part's text goes out; false from it ends the walk. */
typedef bool delta_fn(void *ctx, struct str piece);
void part_deltas(const struct part *p, const struct faults *f, delta_fn *fn, void *ctx);
void text_deltas(struct str text, const struct faults *f, delta_fn *fn, void *ctx);
/* The whole text of a part with its repetitions. */
void part_text(const struct part *p, struct buf *out);

/* ---- talk.c ---- */

struct talk {
    struct conn *conn;
    const struct faults *faults;
    enum wire wire;
    unsigned events;
    int64_t sent_bytes;
    int64_t began_ns;
    unsigned paced;
    struct buf pending;
    bool over; /* cut, or the peer is gone */
    const char *end;
};

void talk_begin(struct talk *t, struct conn *c, const struct request *r, const struct answer *a);
/* False when nothing more is to be sent. A `name` of "" has no event line. */
bool talk_event(struct talk *t, const char *name, struct str data);
/* The same for a delta, which the rate holds back. */
bool talk_delta(struct talk *t, const char *name, struct str data);
void talk_end(struct talk *t);

/* ---- check_*.c: 0, or the status of what is refused, with its words ---- */

struct refusal {
    int status;
    const char *type, *param, *code;
    char message[512];
};

int refuse(struct refusal *f, int status, const char *type, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
bool one_of(struct str s, const char *const *names);
/* The first member of `v` whose key is not in `names`; NULL: none. */
const struct value *first_unknown(const struct value *v, const char *const *names);
bool tool_name_ok(struct str s, size_t max);

int check_anthropic(const struct request *r, struct refusal *f);
int check_chat(const struct request *r, const char *dialect, struct refusal *f);
int check_responses(const struct request *r, struct refusal *f);
int check_bedrock(const struct request *r, const char *secret, struct refusal *f);

/* ---- say_*.c: a whole answer, streamed or not; an error ---- */

void say_anthropic(struct talk *t, const struct request *r, const struct answer *a);
void say_chat(struct talk *t, const struct request *r, const struct answer *a);
void say_responses(struct talk *t, const struct request *r, const struct answer *a);
void say_bedrock(struct talk *t, const struct request *r, const struct answer *a);
void body_anthropic(const struct request *r, const struct answer *a, struct buf *out);
void body_chat(const struct request *r, const struct answer *a, struct buf *out);
void body_responses(const struct request *r, const struct answer *a, struct buf *out);
void body_bedrock(const struct request *r, const struct answer *a, struct buf *out);
/* The vendor's body of an error, and its headers. */
void error_body(enum wire w, const struct refusal *f, const char *request_id, struct buf *out);
void error_headers(enum wire w, const struct refusal *f, const char *request_id, struct buf *out);

/* ---- frames.c, sigv4.c ---- */

/* One frame of application/vnd.amazon.eventstream. */
void frame_write(struct buf *out, const char *message_type, const char *event_type,
                 struct str payload);
/* Is the Authorization header's signature right for `secret`? *why says what is not. */
bool sigv4_ok(const struct request *r, const char *secret, char why[200]);

/* ---- record.c ---- */

struct record; /* the file of what was asked */
struct record *record_open(const char *path, struct err *err);
void record_close(struct record *rec);
void record_request(struct record *rec, const struct request *r, int turn, const struct refusal *f,
                    unsigned missing);
void record_end(struct record *rec, const struct request *r, const char *end, int64_t bytes);

#endif
