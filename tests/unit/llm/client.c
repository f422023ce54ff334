/* client.c - see client.h. */
#include "tests/unit/llm/client.h"

static void on_event(void *ctx, const struct llm_event *ev)
{
    struct client *c = ctx;

    assert_int_equal(c->ended, 0);
    if (ev->type == LLM_EV_USAGE)
        c->usage = *ev->usage;
    else
        record_event(&c->said, ev);
    if (ev->type == LLM_EV_RETRYING && c->wait_count < 8)
        c->waits[c->wait_count++] = ev->wait_ms;
    if (ev->type == LLM_EV_DONE || ev->type == LLM_EV_FAILED || ev->type == LLM_EV_CANCELED) {
        c->usage = ev->answer->usage;
        c->ended++;
    } else if (c->cancel_at && ev->type == c->cancel_at) {
        llm_cancel(c->llm, c->id);
        llm_cancel(c->llm, c->id);
    }
}

void client_init(struct client *c)
{
    memset(c, 0, sizeof(*c));
    net_init(&c->net);
    buf_init(&c->said, 1 << 20);
}

void client_release(struct client *c)
{
    llm_free(c->llm);
    net_release(&c->net);
    buf_release(&c->said);
}

static char *no_env(const char *name)
{
    (void)name;
    return NULL;
}

void client_use_opts(struct client *c, struct llm_target_options *targets, size_t count,
                     struct llm_options opts)
{
    static char urls[8][HTTPD_URL_MAX];
    struct secret *key = secret_new(STR_LIT("sk-secret-key"));
    struct err err = ERR_INIT;

    for (size_t i = 0; i < count; i++) {
        char path[32];

        snprintf(path, sizeof(path), "/%zu", i);
        if (!targets[i].base_url)
            targets[i].base_url = httpd_url(c->net.server, path, urls[i]);
        if (!targets[i].key && !targets[i].key_cmd && !targets[i].key_file && !targets[i].key_env)
            targets[i].key = key;
        if (targets[i].temperature == 0)
            targets[i].temperature = -1;
    }
    opts.targets = targets;
    opts.target_count = count;
    if (!opts.env)
        opts.env = no_env;
    opts.rng = &c->net.rng;
    assert_ok(llm_new(c->net.loop, c->net.client, &opts, &c->llm, &err), &err);
    secret_free(key);
}

void client_use(struct client *c, struct llm_target_options *targets, size_t count)
{
    client_use_opts(c, targets, count, (struct llm_options){.retries = 2});
}

void client_send(struct client *c, const struct llm_request *req)
{
    c->ended = 0;
    buf_clear(&c->said);
    c->id = llm_send(c->llm, req, on_event, c);
    assert_int_not_equal(c->id, 0);
    assert_int_equal(c->said.len, 0); /* never nested */
}

void client_ask(struct client *c, const char *text)
{
    struct llm_block block = {.type = LLM_TEXT, .text = str_from(text)};
    struct llm_message message = {LLM_USER, &block, 1};
    struct llm_request req = {.messages = &message, .message_count = 1};

    client_send(c, &req);
}

void client_wait(struct client *c)
{
    net_wait(&c->net, &c->ended);
    net_settle(&c->net);
    assert_int_equal(c->ended, 1);
}

void client_answer(struct client *c, const char *path, const char *bytes, unsigned times)
{
    struct httpd_answer a = {
        .path = path, .bytes = str_from(bytes), .times = times, .end = HTTPD_CLOSE};

    httpd_add(c->net.server, &a);
}

void client_request(struct client *c, size_t n, struct buf *out)
{
    buf_clear(out);
    assert_true(httpd_request(c->net.server, n, out));
}

void client_body(struct client *c, size_t n, struct buf *out)
{
    ptrdiff_t at;

    client_request(c, n, out);
    at = str_find(buf_str(out), STR_LIT("\r\n\r\n"));
    assert_true(at > 0);
    buf_cut(out, 0, (size_t)at + 4);
}
