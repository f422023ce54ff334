/* client_stream.c - see stream.h. Keys first, then one request; its pieces go through the parser of
 * frames. The end is told from a timer, so that nobody is called from inside his own call. */
#include <stdlib.h>

#include "client_priv.h"
#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/codec/eventstream.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/stream.h"

#define MESSAGE_MAX 300

struct aws_stream {
    struct aws_client *client;
    struct aws_stream_callbacks cb;
    void *ctx;
    struct aws_query query;
    struct arena *arena; /* of the query */
    struct arena *frame; /* of one event */
    struct aws_frames frames;
    aws_ask ask;
    xfer_id xfer;
    loop_id timer;
    bool ended;
    enum aws_end end;
    struct err err;
};

static void tell(void *ctx)
{
    struct aws_stream *s = ctx;
    struct err err = s->err;

    s->timer = 0;
    s->cb.on_done(s->ctx, s->end, &err);
}

static void ended(struct aws_stream *s, enum aws_end end)
{
    if (s->ended)
        return;
    s->ended = true;
    s->end = end;
    s->timer = loop_timer(s->client->loop, 0, tell, s);
}

static enum aws_end end_of(int status, struct str code, struct str message)
{
    switch (aws_trouble_of(status, code, message)) {
    case TROUBLE_THROTTLED:
        return AWS_END_THROTTLED;
    case TROUBLE_TRANSIENT:
        return AWS_END_FAILED;
    case TROUBLE_CLOCK:
        return AWS_END_CLOCK;
    case TROUBLE_ENDED_KEYS:
    case TROUBLE_KEYS:
        return AWS_END_KEYS;
    case TROUBLE_DENIED:
        return AWS_END_DENIED;
    case TROUBLE_NOT_ENABLED:
        return AWS_END_NOT_ENABLED;
    case TROUBLE_NOT_FOUND:
        return AWS_END_NOT_FOUND;
    case TROUBLE_OTHER:
        break;
    }
    return AWS_END_REFUSED;
}

static void refuse(struct aws_stream *s, int status, struct str code, struct str message)
{
    struct buf clean = BUF_INIT(8192);

    if (message.len > MESSAGE_MAX)
        message.len = MESSAGE_MAX;
    if (code.len > MESSAGE_MAX)
        code.len = MESSAGE_MAX;
    text_sanitize(&clean, code, false, false);
    if (message.len)
        buf_adds(&clean, ": ");
    text_sanitize(&clean, message, false, false);
    err_set(&s->err, ERR_REMOTE, "%s", buf_cstr(&clean));
    buf_release(&clean);
    ended(s, end_of(status, code, message));
}

/* ---- frames ---- */

/* Exceptions are events of their own kind; an error has no shape. Both are the last. */
static enum err_code on_frame(void *ctx, const struct aws_frame *f, struct err *err)
{
    struct aws_stream *s = ctx;
    struct str kind = STR_LIT("event"), type = {"", 0}, message = {"", 0};
    const struct value *v = NULL;

    if (s->ended)
        return ERR_OK;
    arena_reset(s->frame);
    (void)aws_frame_header(f, ":message-type", &kind);
    if (str_eq_c(kind, "error")) {
        (void)aws_frame_header(f, ":error-code", &type);
        (void)aws_frame_header(f, ":error-message", &message);
        refuse(s, 400, type, message);
        return ERR_OK;
    }
    if (f->payload.len && json_parse(s->frame, f->payload, &v, err))
        return err_wrap(err, "an event that is no JSON");
    if (str_eq_c(kind, "exception")) {
        (void)aws_frame_header(f, ":exception-type", &type);
        message = value_str_or(v, "message", "");
        refuse(s, 400, type, message.len ? message : value_str_or(v, "Message", ""));
    } else if (aws_frame_header(f, ":event-type", &type)) {
        s->cb.on_event(s->ctx, type, v);
    }
    return ERR_OK;
}

static void on_data(void *ctx, struct str piece)
{
    struct aws_stream *s = ctx;
    struct err err = ERR_INIT;

    if (s->ended || aws_frames_feed(&s->frames, piece, &err) == ERR_OK || s->ended)
        return;
    err_set(&s->err, ERR_REMOTE, "the stream is damaged: %.400s", err.msg);
    ended(s, AWS_END_BAD_ANSWER);
    http_cancel(s->client->http, s->xfer);
}

static void on_http_done(void *ctx, const struct http_result *r)
{
    struct aws_stream *s = ctx;

    s->xfer = 0;
    if (s->ended)
        return;
    if (r->status && (r->status < 200 || r->status > 299)) {
        struct aws_answer answer = {.status = (int)r->status, .body = r->body};
        struct aws_failure failure;

        aws_failure_read(s->frame, &s->query.service->wire, NULL, &answer, &failure);
        refuse(s, answer.status, failure.code, failure.message);
    } else if (r->err.code) {
        s->err = r->err;
        ended(s, r->err.code == ERR_TIMEOUT ? AWS_END_TIMEOUT : AWS_END_UNREACHED);
    } else if (s->frames.in.len) {
        err_set(&s->err, ERR_NET, "the stream was cut inside of an event");
        ended(s, AWS_END_UNREACHED);
    } else {
        ended(s, AWS_END_WHOLE);
    }
}

/* ---- begin ---- */

static void send(struct aws_stream *s, const struct aws_keys *keys)
{
    static const struct http_callbacks callbacks = {.on_data = on_data, .on_done = on_http_done};

    if (aws_stream_send(s->client, &s->query, keys, &callbacks, s, &s->xfer, &s->err))
        ended(s, AWS_END_INPUT);
}

static void on_keys(void *ctx, const struct aws_keys *keys, const struct err *err)
{
    struct aws_stream *s = ctx;

    s->ask = 0;
    if (keys) {
        send(s, keys);
        return;
    }
    s->err = *err;
    ended(s, AWS_END_KEYS);
}

static void ask_keys(struct aws_stream *s)
{
    struct aws_keys keys;

    switch (aws_credentials_peek(s->client->credentials, &keys, &s->err)) {
    case AWS_KNOWN:
        send(s, &keys);
        break;
    case AWS_ASKING:
        s->ask = aws_credentials_get(s->client->credentials, on_keys, s);
        break;
    case AWS_MISSING:
        ended(s, AWS_END_KEYS);
        break;
    }
}

struct aws_stream *aws_stream_start(struct aws_client *c, const struct aws_query *q,
                                    const struct aws_stream_callbacks *cb, void *ctx)
{
    struct aws_stream *s = xcalloc(1, sizeof(*s));
    struct buf params = BUF_INIT(1 << 20);
    struct json_writer w;

    s->client = c;
    s->cb = *cb;
    s->ctx = ctx;
    s->arena = arena_new(0);
    s->frame = arena_new(0);
    s->query = *q;
    s->query.region = q->region ? arena_strdup(s->arena, q->region) : NULL;
    s->query.params = NULL;
    json_writer_init(&w, &params);
    json_value(&w, q->params);
    aws_frames_init(&s->frames, on_frame, s);
    if (q->params && json_parse(s->arena, buf_str(&params), &s->query.params, &s->err))
        ended(s, AWS_END_INPUT);
    else
        ask_keys(s);
    buf_release(&params);
    return s;
}

void aws_stream_free(struct aws_stream *s)
{
    if (!s)
        return;
    if (s->ask)
        aws_credentials_cancel(s->client->credentials, s->ask);
    if (s->xfer)
        http_abandon(s->client->http, s->xfer);
    (void)loop_timer_cancel(s->client->loop, s->timer);
    aws_frames_release(&s->frames);
    arena_free(s->arena);
    arena_free(s->frame);
    free(s);
}
