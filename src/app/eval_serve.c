/* eval_serve.c - the database of one case and the server that answers from it: promtool writes
 * blocks, prometheus serves them on a free port of the loopback. */
#include "src/app/eval_run_priv.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/loop/proc.h"
#include "runbook/net/http.h"

#define READY_LIMIT_MS 60000
#define READY_POLL_MS 50
#define PORT_TRIES 4
#define TOKEN_BYTES 12

static void start_server(struct slot *s);
static void poll_ready(void *ctx);

static void on_server_ended(void *ctx, const struct proc_result *p)
{
    struct slot *s = ctx;
    bool taken = str_find(p->err_out, STR_LIT("address already in use")) >= 0;

    s->server = 0;
    if (s->closing) {
        eval_close_slot(s);
        return;
    }
    if (!s->serving && taken && s->tries < PORT_TRIES) { /* another program was quicker */
        loop_timer_cancel(s->r->loop, s->poll);
        if (s->xfer)
            http_abandon(s->r->http, s->xfer);
        s->xfer = 0;
        start_server(s);
        return;
    }
    if (!s->err.code && p->err.code) {
        s->err = p->err;
        err_wrap(&s->err, "serve the samples");
    } else if (!s->err.code) {
        struct str words = eval_last_words(p->err_out);

        (err_set)(&s->err, ERR_IO, "prometheus ended by itself: %.*s", STR_FMT(words));
    }
    eval_close_slot(s);
}

static int64_t ready_limit_ms(const struct slot *s)
{
    return s->r->ev->limit_ms < READY_LIMIT_MS ? s->r->ev->limit_ms : READY_LIMIT_MS;
}

static void on_ready_answer(void *ctx, const struct http_result *res)
{
    struct slot *s = ctx;

    s->xfer = 0;
    if (s->closing)
        return;
    if (res->err.code == ERR_OK && res->status == 200) {
        s->serving = true;
        eval_investigate(s);
        return;
    }
    if (loop_now_ms(s->r->loop) >= s->ready_by_ms) {
        char limit[TIME_TEXT_MAX];

        duration_format(ready_limit_ms(s), limit);
        (err_set)(&s->err, ERR_TIMEOUT, "prometheus was not ready within %s", limit);
        eval_close_slot(s);
        return;
    }
    s->poll = loop_timer(s->r->loop, READY_POLL_MS, poll_ready, s);
}

static void poll_ready(void *ctx)
{
    static const struct http_callbacks cb = {.on_done = on_ready_answer};
    struct slot *s = ctx;
    char *url = xasprintf("%s/-/ready", s->url);
    struct http_request req = {.url = url,
                               .timeout_ms = ready_limit_ms(s) < 5000 ? ready_limit_ms(s) : 5000,
                               .max_body_bytes = 65536};

    s->poll = 0;
    s->xfer = http_send(s->r->http, &req, &cb, s);
    free(url);
}

/* A port of the loopback that was free a moment ago. The path in the URL is random, so that another
 * server which took it meanwhile cannot be mistaken for ours. */
static enum err_code free_url(struct slot *s)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char token[TOKEN_BYTES + 1];

    if (fd < 0 || bind(fd, (struct sockaddr *)&at, len) ||
        getsockname(fd, (struct sockaddr *)&at, &len)) {
        err_errno(&s->err, errno, "find a free port");
        if (fd >= 0)
            close(fd);
        return s->err.code;
    }
    close(fd);
    rng_id(app_rng(s->r->ev->app), token, TOKEN_BYTES);
    free(s->url);
    s->url = xasprintf("http://127.0.0.1:%d/%s", ntohs(at.sin_port), token);
    return ERR_OK;
}

static void start_server(struct slot *s)
{
    char *config, *data, *listen, *external, *path;
    struct proc_spec spec = {.timeout_ms = 0};
    struct argv a = {.count = 0};
    const char *slash;

    s->tries++;
    if (free_url(s)) {
        eval_close_slot(s);
        return;
    }
    slash = strchr(s->url + 7, '/');
    path = eval_in_dir(s, "prometheus.yml");
    config = xasprintf("--config.file=%s", path);
    data = xasprintf("--storage.tsdb.path=%s/data", s->dir);
    listen = xasprintf("--web.listen-address=%.*s", (int)(slash - s->url - 7), s->url + 7);
    external = xasprintf("--web.external-url=%s", s->url);
    eval_guard_args(s, &a, NULL);
    eval_arg(&a, "prometheus");
    eval_arg(&a, config);
    eval_arg(&a, data);
    eval_arg(&a, "--storage.tsdb.retention.time=50y");
    eval_arg(&a, listen);
    eval_arg(&a, external);
    eval_arg(&a, "--log.level=warn");
    spec.argv = a.items;
    s->server = proc_start(s->r->loop, &spec, on_server_ended, s);
    s->ready_by_ms = loop_now_ms(s->r->loop) + ready_limit_ms(s);
    s->poll = loop_timer(s->r->loop, READY_POLL_MS, poll_ready, s);
    free(path);
    free(config);
    free(data);
    free(listen);
    free(external);
}

static void on_built(void *ctx, const struct proc_result *p)
{
    struct slot *s = ctx;
    char *samples = eval_in_dir(s, "samples.om");

    s->tool = 0;
    remove(samples);
    free(samples);
    if (!s->err.code && p->err.code) {
        s->err = p->err;
        err_wrap(&s->err, "build the database");
    } else if (!s->err.code && (p->exit_status || p->term_signal)) {
        struct str words = eval_last_words(p->err_out);

        (err_set)(&s->err, ERR_INPUT, "promtool does not take the samples: %.*s", STR_FMT(words));
    }
    if (s->err.code || s->closing)
        eval_close_slot(s);
    else
        start_server(s);
}

void eval_serve(struct slot *s)
{
    char *samples = eval_in_dir(s, "samples.om"), *data = eval_in_dir(s, "data");
    struct proc_spec spec = {.timeout_ms = s->r->ev->limit_ms};
    struct argv a = {.count = 0};

    eval_guard_args(s, &a, NULL);
    eval_arg(&a, "promtool");
    eval_arg(&a, "tsdb");
    eval_arg(&a, "create-blocks-from");
    eval_arg(&a, "openmetrics");
    eval_arg(&a, "--quiet");
    eval_arg(&a, samples);
    eval_arg(&a, data);
    spec.argv = a.items;
    s->tool = proc_start(s->r->loop, &spec, on_built, s);
    free(samples);
    free(data);
}
