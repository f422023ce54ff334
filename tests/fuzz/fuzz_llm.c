/* fuzz_llm.c - the stream of a model, of any bytes, cut anywhere: the events do not depend on the
 * cut, a call is either ready or an error, and what is to be sent back is an object and can be
 * written by every wire. The first byte says where it is cut; for the binary wire an even one asks
 * for frames around the lines of the input, whose checksums no fuzzer would find. */
#include "runbook/codec/eventstream.h"
#include "tests/fuzz/targets.h"

#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/llm/wire.h"

struct run {
    struct buf said;
    size_t started;
};

static void on_event(void *ctx, const struct llm_event *ev)
{
    struct run *r = ctx;
    size_t bad;

    r->started += ev->type == LLM_EV_STARTED;
    FUZZ_CHECK(r->started == 1 || ev->type == LLM_EV_USAGE);
    FUZZ_CHECK(text_valid(ev->text, &bad));
    if (ev->type == LLM_EV_TOOL_READY)
        FUZZ_CHECK((ev->args != NULL) != (ev->err != NULL));
    if (ev->type == LLM_EV_USAGE)
        FUZZ_CHECK(ev->usage->input >= 0 && ev->usage->output >= 0);
    buf_addf(&r->said, "[%d %zu %.*s %.*s %.*s]", (int)ev->type, ev->block, STR_FMT(ev->id),
             STR_FMT(ev->name), STR_FMT(ev->text));
}

static void check_message(const struct llm_message *m)
{
    struct llm_request req = {.messages = m, .message_count = 1};
    struct arena *arena = arena_new(0);
    struct wire_target t;
    struct err err = ERR_INIT;
    const struct value *v;

    for (size_t i = 0; i < m->count; i++)
        if (m->blocks[i].type == LLM_TOOL_USE)
            FUZZ_CHECK(json_parse(arena, m->blocks[i].json, &v, &err) == ERR_OK &&
                       v->type == VALUE_OBJECT);
    FUZZ_CHECK(llm_wire_target("mistral", "m", "/", &t));
    for (size_t i = 0; llm_wire_name(i); i++) {
        struct buf out = BUF_INIT(BUF_NO_MAX);

        FUZZ_CHECK(llm_wire_write(llm_wire_name(i), &t, &req, &out, &err) == ERR_OK);
        FUZZ_CHECK(json_parse(arena, buf_str(&out), &v, &err) == ERR_OK);
        buf_release(&out);
    }
    arena_free(arena);
}

static enum err_code feed(const char *wire, struct str stream, size_t piece, struct run *run)
{
    struct llm_reader *r = llm_reader_new(wire, on_event, run);
    struct err err = ERR_INIT;
    enum err_code rc = ERR_OK;

    while (stream.len && !rc) {
        size_t n = piece < stream.len ? piece : stream.len;

        rc = llm_reader_feed(r, (struct str){stream.ptr, n}, &err);
        stream.ptr += n;
        stream.len -= n;
    }
    if (!rc)
        rc = llm_reader_end(r, &err);
    FUZZ_CHECK(!rc == !llm_reader_failure(r));
    FUZZ_CHECK(!rc || err.msg[0]);
    buf_addf(&run->said, "%d %s", (int)rc, rc ? err.msg : "");
    check_message(&llm_reader_answer(r)->message);
    llm_reader_free(r);
    return rc;
}

static void fuzz(const char *wire, struct str input, size_t piece)
{
    struct run whole = {.said = BUF_INIT(BUF_NO_MAX)}, cut = {.said = BUF_INIT(BUF_NO_MAX)};

    feed(wire, input, input.len, &whole);
    feed(wire, input, piece, &cut);
    FUZZ_CHECK(str_eq(buf_str(&whole.said), buf_str(&cut.said)));
    buf_release(&whole.said);
    buf_release(&cut.said);
}

static void fuzz_sse_wire(const char *wire, struct str input)
{
    if (input.len > 1)
        fuzz(wire, (struct str){input.ptr + 1, input.len - 1},
             (unsigned char)input.ptr[0] % 16 + 1u);
}

void fuzz_llm_anthropic(struct str input)
{
    fuzz_sse_wire("anthropic", input);
}

void fuzz_llm_chat(struct str input)
{
    fuzz_sse_wire("openai_chat", input);
}

void fuzz_llm_responses(struct str input)
{
    fuzz_sse_wire("openai_responses", input);
}

/* "contentBlockDelta {...}" a line. */
static void make_frames(struct str input, struct buf *out)
{
    struct str line, type;
    char name[64];

    while (str_line(&input, &line)) {
        const char *headers[] = {":message-type", "event", ":event-type", name, NULL};

        if (!str_split(&line, ' ', &type) || type.len >= sizeof(name) ||
            (type.len && memchr(type.ptr, '\0', type.len)))
            continue;
        snprintf(name, sizeof(name), "%.*s", STR_FMT(type));
        if (str_ends(type, "Exception")) {
            headers[1] = "exception";
            headers[2] = ":exception-type";
        }
        aws_frame_write(out, headers, line);
    }
}

void fuzz_llm_bedrock(struct str input)
{
    struct buf frames = BUF_INIT(BUF_NO_MAX);
    struct str rest;

    if (input.len < 2)
        return;
    rest = (struct str){input.ptr + 1, input.len - 1};
    if (input.ptr[0] % 2 == 0) {
        make_frames(rest, &frames);
        rest = buf_str(&frames);
    }
    if (rest.len)
        fuzz("bedrock", rest, (unsigned char)input.ptr[0] % 16 + 1u);
    buf_release(&frames);
}
