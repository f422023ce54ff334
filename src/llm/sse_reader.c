/* sse_reader.c - server-sent events whose data is one JSON object each. The first bytes are kept,
 * so that a login page or a plain error in place of a stream can be told. */
#include "src/llm/wire_priv.h"

#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "runbook/net/sse.h"

#define EVENT_MAX_BYTES ((size_t)8 << 20)
#define HEAD_BYTES 2048

struct sse_reader {
    struct answer *answer;
    sse_value_fn *fn;
    void *self;
    struct sse_parser *sse;
    struct arena *arena; /* of one event */
    struct err err;
    size_t events;
    struct buf head;
};

static void on_event(void *ctx, const struct sse_event *ev)
{
    struct sse_reader *r = ctx;
    const struct value *v = NULL;

    if (r->err.code)
        return;
    r->events++;
    if (str_eq_c(str_trim(ev->data), "[DONE]")) {
        r->fn(r->self, ev->type, NULL, &r->err);
        return;
    }
    arena_reset(r->arena);
    if (json_parse(r->arena, ev->data, &v, &r->err)) {
        char seen[ERR_MSG_MAX];

        snprintf(seen, sizeof(seen), "%s", r->err.msg);
        answer_fail(r->answer, LLM_FAIL_PROTOCOL, ERR_REMOTE, &r->err,
                    "the answer's stream holds what is no JSON: %s", seen);
        return;
    }
    r->fn(r->self, ev->type, v, &r->err);
}

struct sse_reader *sse_reader_new(struct answer *a, sse_value_fn *fn, void *self)
{
    struct sse_reader *r = xcalloc(1, sizeof(*r));

    r->answer = a;
    r->fn = fn;
    r->self = self;
    r->sse = sse_new(EVENT_MAX_BYTES, on_event, r);
    r->arena = arena_new(0);
    buf_init(&r->head, HEAD_BYTES);
    return r;
}

void sse_reader_free(struct sse_reader *r)
{
    if (!r)
        return;
    sse_free(r->sse);
    arena_free(r->arena);
    buf_release(&r->head);
    free(r);
}

enum err_code sse_reader_feed(struct sse_reader *r, struct str bytes, struct err *err)
{
    size_t room = HEAD_BYTES - r->head.len;

    buf_add(&r->head, bytes.ptr, bytes.len < room ? bytes.len : room);
    if (!r->err.code && sse_feed(r->sse, bytes, &r->err) && !r->answer->failure)
        r->answer->failure = LLM_FAIL_PROTOCOL;
    *err = r->err;
    return r->err.code;
}

enum err_code sse_reader_cut(struct sse_reader *r, struct err *err)
{
    struct buf safe = BUF_INIT(HEAD_BYTES * 4);
    struct str seen;
    int width;

    text_sanitize(&safe, str_trim(buf_str(&r->head)), false, false);
    seen = text_fit(buf_str(&safe), 80, &width);
    if (r->events || !seen.len)
        answer_fail(r->answer, LLM_FAIL_NET, ERR_NET, err, "%s",
                    r->events ? "the answer was cut off before its end" : "the answer is empty");
    else
        answer_fail(r->answer, LLM_FAIL_PROTOCOL, ERR_REMOTE, err,
                    "the answer is no event stream but \"%.*s\": is the address right, or does a "
                    "proxy answer?",
                    STR_FMT(seen));
    buf_release(&safe);
    return err->code;
}
