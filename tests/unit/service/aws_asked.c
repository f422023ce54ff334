/* aws_asked.c - see aws_asked.h. */
#include "tests/unit/service/aws_asked.h"

#include "runbook/codec/json.h"

void asked_init(struct asked *a)
{
    memset(a, 0, sizeof(*a));
    envtable_clear();
    test_clock_init(&a->clock, 1795221700000); /* 2026-11-21T00:41:40Z */
    net_init_clock(&a->net, &a->clock.clock, NULL);
    a->arena = arena_new(0);
    a->catalogue = aws_catalogue_new(NULL, 0);
    buf_init(&a->items, (size_t)64 << 20);
    envtable_set("HOME", "/nonexistent");
    envtable_set("AWS_CONFIG_FILE", "/nonexistent/config");
    envtable_set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials");
    envtable_set("AWS_ENDPOINT_URL", httpd_url(a->net.server, "", a->url));
    envtable_set("AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE");
    envtable_set("AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY");
    envtable_set("AWS_REGION", "eu-west-1");
    a->o = (struct aws_client_options){.rng = &a->net.rng};
}

void asked_open(struct asked *a)
{
    struct aws_credentials_options c = {.env = envtable_get, .machine_file = "/nonexistent/vendor"};

    a->credentials = aws_credentials_new(a->net.loop, a->net.client, &c);
    a->o.loop = a->net.loop;
    a->o.http = a->net.client;
    a->o.credentials = a->credentials;
    a->client = aws_client_new(&a->o);
}

void asked_release(struct asked *a)
{
    aws_client_free(a->client);
    aws_credentials_free(a->credentials);
    aws_catalogue_free(a->catalogue);
    arena_free(a->arena);
    buf_release(&a->items);
    net_release(&a->net);
}

static void on_page(void *ctx, const struct value *items)
{
    struct asked *a = ctx;

    VALUE_EACH (it, items) {
        struct json_writer w;

        json_writer_init(&w, &a->items);
        json_value(&w, it);
        buf_addc(&a->items, '\n');
    }
    if (a->cancel_on_page)
        aws_cancel(a->client, a->id);
}

/* The waits are jumped over. */
static void on_retry(void *ctx, unsigned attempt, int64_t wait_ms, const char *why)
{
    struct asked *a = ctx;

    (void)attempt;
    assert_true(strlen(why) > 0);
    if (a->retries < 16)
        a->waits_ms[a->retries] = wait_ms;
    a->retries++;
}

static void on_done(void *ctx, const struct aws_result *r)
{
    struct asked *a = ctx;

    a->done++;
    a->r = *r;
    snprintf(a->code, sizeof(a->code), "%s", r->code);
}

const struct aws_callbacks asked_callbacks = {
    .on_page = on_page, .on_retry = on_retry, .on_done = on_done};

const struct value *asked_json(struct asked *a, const char *text)
{
    const struct value *v;
    struct err err = ERR_INIT;

    assert_ok(json_parse(a->arena, str_from(text), &v, &err), &err);
    return v;
}

struct aws_query asked_query(struct asked *a, const char *service, const char *operation)
{
    struct aws_query q = {0};
    struct err err = ERR_INIT;

    assert_ok(aws_catalogue_get(a->catalogue, str_from(service), &q.service, &err), &err);
    assert_ok(aws_catalogue_operation(q.service, str_from(operation), &q.list, &err), &err);
    return q;
}

void asked_ask(struct asked *a, const struct aws_query *q)
{
    unsigned seen = 0;
    struct clock *real = clock_system();
    int64_t end_ms = real->now_ms(real) + 60000;

    a->done = 0;
    a->retries = 0;
    buf_clear(&a->items);
    a->id = aws_send(a->client, q, &asked_callbacks, a);
    assert_int_equal(a->done, 0); /* never nested */
    while (!a->done) {
        if (real->now_ms(real) > end_ms)
            fail_msg("nothing came within 60 s");
        if (seen < a->retries && seen < 16)
            test_clock_step(&a->clock, a->waits_ms[seen++]);
        loop_turn(a->net.loop, false);
    }
    assert_int_equal(a->done, 1);
    assert_int_equal(aws_under_way(a->client), 0);
}

void asked_clusters(struct asked *a)
{
    struct aws_query q = asked_query(a, "ecs", "ListClusters");

    asked_ask(a, &q);
}

void asked_said(struct asked *a, enum aws_end end, const char *what)
{
    if (a->r.end != end)
        fail_msg("%s, not %s: %s", aws_end_name(a->r.end), aws_end_name(end), a->r.err.msg);
    if (!strstr(a->r.err.msg, what))
        fail_msg("'%s' is not in '%s'", what, a->r.err.msg);
}
