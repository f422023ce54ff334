/* awsbench.c - see awsbench.h. */
#include "tests/lib/awsbench.h"

void bench_init(struct bench *b, const char *rules)
{
    static const char *const regions[] = {"eu-west-1", NULL};
    struct aws_credentials_options keys = {0};
    struct aws_account_options o = {
        .name = "shop", .number = "123456789012", .regions = regions, .keys = &keys};
    struct http_options http = {.rng = &b->rng};

    memset(b, 0, sizeof(*b));
    b->fake = awsfake_open(rules);
    awsfake_env(b->fake);
    b->loop = loop_new(clock_system());
    rng_seed(&b->rng, 1);
    b->http = http_client_new(b->loop, &http);
    o.rng = &b->rng;
    b->env.loop = b->loop;
    b->env.aws = aws_estate_new(b->loop, b->http, aws_catalogue_new(NULL, 0));
    (void)aws_estate_add(b->env.aws, &o);
    b->runner = tool_runner_new(b->loop, &b->env);
    buf_init(&b->body, 32 << 20);
}

void bench_release(struct bench *b)
{
    tool_runner_free(b->runner);
    aws_estate_free(b->env.aws);
    http_client_free(b->http);
    loop_free(b->loop);
    awsfake_close(b->fake);
    buf_release(&b->body);
}

void bench_done(void *ctx, tool_id id, struct tool_result *r, int64_t duration_ms)
{
    struct bench *b = ctx;

    (void)id;
    (void)duration_ms;
    b->done = 1;
    b->status = r->status;
    b->err = r->err;
    b->rows = r->rows;
    memcpy(b->summary, r->summary, sizeof(b->summary));
    buf_clear(&b->body);
    buf_add_str(&b->body, buf_str(&r->body));
}

void bench_run(struct bench *b, const char *tool, const char *args)
{
    struct err err = ERR_INIT;
    tool_id id;

    b->done = 0;
    assert_ok(tool_run(b->runner, tool, str_from(args), bench_done, b, &id, &err), &err);
    while (!b->done && loop_turn(b->loop, true))
        ;
    assert_true(b->done);
}

bool bench_said(const struct bench *b, const char *text)
{
    return strstr(buf_cstr(&b->body), text) || strstr(b->summary, text) || strstr(b->err.msg, text);
}

void bench_says(const struct bench *b, const char *text)
{
    if (!bench_said(b, text))
        fail_msg("'%s' is not said: %s | %s | %.2000s", text, b->summary, b->err.msg,
                 buf_cstr(&b->body));
}
