/* awsrun.c - see awsrun.h. */
#include "tests/unit/service/awsrun.h"

#include "runbook/base/mem.h"

static char *env_url;

static char *env_of_test(const char *name)
{
    static char key[] = "AKIAIOSFODNN7EXAMPLE", none[] = "/nonexistent";

    if (strcmp(name, "AWS_ENDPOINT_URL") == 0)
        return env_url;
    if (strcmp(name, "AWS_CONFIG_FILE") == 0 || strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
        return none;
    return strcmp(name, "AWS_ACCESS_KEY_ID") == 0 || strcmp(name, "AWS_SECRET_ACCESS_KEY") == 0
               ? key
               : NULL;
}

static void serve(void *ctx, struct str request, struct buf *out)
{
    struct awsrun *r = ctx;

    buf_add_str(&r->asked, request);
    buf_adds(&r->asked, "\n----\n");
    for (size_t i = 0; i < r->count; i++) {
        if (r->answers[i].used || str_find(request, str_from(r->answers[i].wanted)) < 0)
            continue;
        r->answers[i].used = true;
        buf_addf(out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n", r->answers[i].status,
                 r->answers[i].body.len);
        buf_add_str(out, r->answers[i].body);
        return;
    }
    r->unknown++;
    buf_adds(
        out,
        "HTTP/1.1 400 X\r\nContent-Length: 33\r\n\r\n{\"__type\":\"NobodyTold\",\"m\":\"....\"}");
}

void awsrun_init(struct awsrun *r)
{
    struct aws_credentials_options keys = {.env = env_of_test,
                                           .machine_file = "/nonexistent/vendor"};
    static const char *const regions[] = {"eu-west-1", NULL};
    struct aws_account_options o = {
        .name = "shop", .number = "123456789012", .regions = regions, .keys = &keys};

    memset(r, 0, sizeof(*r));
    net_init(&r->net);
    env_url = xstrdup(httpd_url(r->net.server, "", r->url));
    buf_init(&r->asked, 64 << 20);
    r->estate = aws_estate_new(r->net.loop, r->net.client, aws_catalogue_new(NULL, 0));
    o.rng = &r->net.rng;
    r->account = aws_estate_add(r->estate, &o);
    httpd_handle(r->net.server, serve, r);
}

void awsrun_release(struct awsrun *r)
{
    aws_estate_free(r->estate);
    net_release(&r->net);
    buf_release(&r->asked);
    free(env_url);
}

void awsrun_bytes(struct awsrun *r, const char *wanted, struct str body)
{
    assert_true(r->count < AWSRUN_ANSWERS);
    r->answers[r->count].wanted = wanted;
    r->answers[r->count].status = 200;
    r->answers[r->count++].body = body;
}

void awsrun_answer(struct awsrun *r, const char *wanted, int status, const char *body)
{
    awsrun_bytes(r, wanted, str_from(body));
    r->answers[r->count - 1].status = status;
}

size_t awsrun_times(const struct awsrun *r, const char *text)
{
    struct str rest = buf_str(&r->asked);
    size_t n = 0;
    ptrdiff_t at;

    while ((at = str_find(rest, str_from(text))) >= 0) {
        rest.ptr += (size_t)at + 1;
        rest.len -= (size_t)at + 1;
        n++;
    }
    return n;
}
