/* record.c - see record.h. */
#include "tests/unit/llm/record.h"

void record_event(struct buf *out, const struct llm_event *ev)
{
    switch (ev->type) {
    case LLM_EV_STARTED:
        buf_adds(out, "started\n");
        break;
    case LLM_EV_TEXT:
        buf_addf(out, "text %zu [%.*s]\n", ev->block, STR_FMT(ev->text));
        break;
    case LLM_EV_THINKING:
        buf_addf(out, "thinking %zu [%.*s]\n", ev->block, STR_FMT(ev->text));
        break;
    case LLM_EV_TOOL_STARTED:
        buf_addf(out, "tool %zu %.*s %.*s\n", ev->block, STR_FMT(ev->id), STR_FMT(ev->name));
        break;
    case LLM_EV_TOOL_ARGS:
        buf_addf(out, "args %.*s [%.*s]\n", STR_FMT(ev->id), STR_FMT(ev->text));
        break;
    case LLM_EV_TOOL_READY:
        assert_true((ev->args != NULL) != (ev->err != NULL));
        buf_addf(out, "ready %.*s %s\n", STR_FMT(ev->id), ev->err ? ev->err->msg : "ok");
        break;
    case LLM_EV_USAGE:
        buf_addf(out, "usage %lld+%lld+%lld %lld %lld\n", (long long)ev->usage->input,
                 (long long)ev->usage->cache_read, (long long)ev->usage->cache_write,
                 (long long)ev->usage->output, (long long)ev->usage->thinking);
        break;
    case LLM_EV_RETRYING:
        buf_addf(out, "retrying %u%s %s: %s\n", ev->attempt, ev->cut ? " cut" : "",
                 llm_failure_name(ev->failure), ev->err->msg);
        break;
    case LLM_EV_SWITCHED:
        buf_addf(out, "switched %s/%s: %s\n", ev->provider, ev->model, ev->err->msg);
        break;
    case LLM_EV_DONE:
        buf_addf(out, "done %s %s/%s\n", llm_stop_name(ev->answer->stop), ev->answer->provider,
                 ev->answer->model);
        record_message(out, &ev->answer->message);
        break;
    case LLM_EV_FAILED:
        buf_addf(out, "failed %s: %s\n", llm_failure_name(ev->failure), ev->err->msg);
        record_message(out, &ev->answer->message);
        break;
    case LLM_EV_CANCELED:
        buf_adds(out, "canceled\n");
        record_message(out, &ev->answer->message);
        break;
    }
}

void record_message(struct buf *out, const struct llm_message *m)
{
    for (size_t i = 0; i < m->count; i++) {
        const struct llm_block *b = &m->blocks[i];

        switch (b->type) {
        case LLM_TEXT:
            buf_addf(out, "= text [%.*s]\n", STR_FMT(b->text));
            break;
        case LLM_THINKING:
            buf_addf(out, "= thinking [%.*s] %.*s%.*s\n", STR_FMT(b->text), STR_FMT(b->signature),
                     STR_FMT(b->raw));
            break;
        case LLM_TOOL_USE:
            buf_addf(out, "= call %.*s %.*s %.*s%s%.*s\n", STR_FMT(b->id), STR_FMT(b->name),
                     STR_FMT(b->json), b->raw.len ? " " : "", STR_FMT(b->raw));
            break;
        case LLM_TOOL_RESULT:
            fail_msg("a result in an answer");
        }
    }
}

static void on_event(void *ctx, const struct llm_event *ev)
{
    record_event(ctx, ev);
}

void record_stream(const char *wire, struct str stream, size_t a, size_t step, struct buf *out)
{
    struct llm_reader *r = llm_reader_new(wire, on_event, out);
    struct err err = ERR_INIT;
    enum err_code rc = ERR_OK;
    size_t at = 0;

    while (at < stream.len && !rc) {
        size_t n = step ? step : at < a ? a - at : stream.len - at;

        if (n > stream.len - at)
            n = stream.len - at;
        rc = llm_reader_feed(r, (struct str){stream.ptr + at, n}, &err);
        at += n;
    }
    if (!rc)
        rc = llm_reader_end(r, &err);
    if (rc)
        buf_addf(out, "error %s: %s\n", llm_failure_name(llm_reader_failure(r)), err.msg);
    else
        buf_addf(out, "whole %s\n", llm_stop_name(llm_reader_answer(r)->stop));
    record_message(out, &llm_reader_answer(r)->message);
    llm_reader_free(r);
}

static void same(struct buf *out, const char *wanted, size_t at)
{
    if (strcmp(buf_cstr(out), wanted) != 0)
        fail_msg("cut at %zu:\n%s\nnot\n%s", at, buf_cstr(out), wanted);
    buf_clear(out);
}

void check_stream(const char *wire, struct str stream, const char *wanted)
{
    struct buf out = BUF_INIT((size_t)1 << 22);

    record_stream(wire, stream, stream.len, 0, &out);
    same(&out, wanted, 0);
    record_stream(wire, stream, 0, 1, &out);
    same(&out, wanted, 1);
    for (size_t a = 1; a < stream.len; a++) {
        record_stream(wire, stream, a, 0, &out);
        same(&out, wanted, a);
    }
    buf_release(&out);
}
