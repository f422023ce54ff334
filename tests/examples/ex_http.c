/* ex_http.c - one request to a server that a test scripts: busy at first, then fine. */
#include <stdio.h>

#include "runbook/net/http.h"
#include "tests/lib/httpd.h"

static void on_done(void *ctx, const struct http_result *r)
{
    bool ok = !r->err.code && r->status == 200 && r->attempts == 2 && str_eq_c(r->body, "fine");

    printf("1..1\n%s 1 - HTTP %ld after %u attempts %s\n", ok ? "ok" : "not ok", r->status,
           r->attempts, r->err.msg);
    loop_stop(ctx);
}

int main(void)
{
    struct loop *l = loop_new(clock_system());
    struct http_client *c = http_client_new(l, NULL);
    struct httpd *server = httpd_start();
    char url[HTTPD_URL_MAX];
    struct http_request req = {.url = httpd_url(server, "/health", url), .retries = 2};
    struct http_callbacks cb = {.on_done = on_done};

    httpd_text_times(server, 1, "/health", 503, "Retry-After: 0\r\n", "busy");
    httpd_text(server, "/health", 200, "", "fine");
    http_send(c, &req, &cb, l);
    loop_run(l);
    http_client_free(c);
    loop_free(l);
    httpd_stop(server);
    return 0;
}
