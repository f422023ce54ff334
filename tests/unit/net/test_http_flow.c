/* test_http_flow.c - places, cancels, redirects, many requests at once. */
#include "tests/unit/net/netrun.h"

#include <fcntl.h>

#include "runbook/base/fault.h"

/* ---- places ---- */

struct many {
    struct net *n;
    struct got g[10];
    size_t count;
    size_t want;
};

static bool all_done(void *ctx)
{
    struct many *m = ctx;
    size_t done = 0;

    for (size_t i = 0; i < m->count; i++)
        done += (size_t)m->g[i].done;
    return done == m->count;
}

static bool asked_enough(void *ctx)
{
    struct many *m = ctx;

    return httpd_count(m->n->server) >= m->want;
}

static void test_places_per_host_in_order(void **state)
{
    struct http_options opts = {.max_per_host = 2};
    struct net n;
    struct many m = {.n = &n, .count = 10, .want = 2};
    struct buf seen = BUF_INIT(100000);

    (void)state;
    net_init_clock(&n, clock_system(), &opts);
    httpd_add(n.server, &(struct httpd_answer){
                            .path = "/*",
                            .bytes = STR_LIT("HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"),
                            .gate = true});
    for (int i = 0; i < 10; i++) {
        char path[8];

        got_init(&m.g[i], &n);
        snprintf(path, sizeof(path), "/%d", i);
        net_send(&n, &m.g[i], (struct http_request){0}, path);
    }
    assert_true(net_turn_until(&n, asked_enough, &m));
    net_settle(&n);
    assert_int_equal(httpd_count(n.server), 2);
    httpd_release(n.server);
    assert_true(net_turn_until(&n, all_done, &m));
    assert_int_equal(httpd_peak(n.server), 2);
    assert_true(httpd_connections(n.server) <= 2); /* kept and reused */
    for (size_t i = 0; i < 10; i++) {
        httpd_request(n.server, i, &seen);
        got_release(&m.g[i]);
    }
    assert_true(str_find(buf_str(&seen), STR_LIT("GET /9 ")) >
                str_find(buf_str(&seen), STR_LIT("GET /5 ")));
    buf_release(&seen);
    net_release(&n);
}

static void test_a_busy_host_does_not_starve_another(void **state)
{
    struct http_options opts = {.max_per_host = 8, .max_total = 2};
    struct httpd *other = httpd_start();
    struct net n;
    struct got busy[6], late;
    char url[HTTPD_URL_MAX];

    (void)state;
    net_init_clock(&n, clock_system(), &opts);
    httpd_add(n.server, &(struct httpd_answer){.path = "/", .gate = true, .end = HTTPD_CLOSE});
    httpd_text(other, "/", 200, "", "");
    for (int i = 0; i < 6; i++) {
        got_init(&busy[i], &n);
        net_send(&n, &busy[i], (struct http_request){0}, "/");
    }
    got_init(&late, &n);
    net_get(&n, &late, (struct http_request){.url = httpd_url(other, "/", url)}, NULL);
    assert_int_equal(late.status, 200);
    for (int i = 0; i < 6; i++) {
        assert_int_equal(busy[i].done, 0);
        http_cancel(n.client, busy[i].id);
    }
    for (int i = 0; i < 6; i++) {
        net_wait(&n, &busy[i].done);
        got_release(&busy[i]);
    }
    got_release(&late);
    net_release(&n);
    httpd_stop(other);
}

/* ---- cancel ---- */

static void finish_canceled(struct net *n, struct got *g)
{
    net_wait(n, &g->done);
    net_settle(n);
    assert_int_equal(g->done, 1);
    assert_int_equal(g->err.code, ERR_CANCELED);
}

static void test_cancel_at_every_turn(void **state)
{
    bool ended = false;

    (void)state;
    for (int turns = 0; !ended && turns < 400; turns++) {
        struct net n;
        struct got g;

        net_init(&n);
        got_init(&g, &n);
        httpd_add(n.server,
                  &(struct httpd_answer){
                      .path = "/",
                      .bytes = STR_LIT("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nabcdefgh"),
                      .piece_bytes = 9});
        net_send(&n, &g, (struct http_request){.stream = turns % 2}, "/");
        for (int i = 0; i < turns && !g.done; i++)
            loop_turn(n.loop, true);
        ended = g.done;
        http_cancel(n.client, g.id);
        http_cancel(n.client, g.id);
        if (!ended)
            finish_canceled(&n, &g);
        got_release(&g);
        net_release(&n);
    }
    assert_true(ended);
}

static void test_cancel_from_the_callbacks(void **state)
{
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    httpd_add(n.server, &(struct httpd_answer){
                            .path = "/s",
                            .bytes = STR_LIT("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nabcd"),
                            .end = HTTPD_STALL});
    g.cancel_on_data = true;
    net_send(&n, &g, (struct http_request){.stream = true}, "/s");
    finish_canceled(&n, &g);
    assert_str(buf_str(&g.data), "abcd");
    got_release(&g);
    got_init(&g, &n);
    httpd_text(n.server, "/r", 503, "Retry-After: 9\r\n", "");
    g.cancel_on_retry = true;
    net_send(&n, &g, (struct http_request){.retries = 3}, "/r");
    finish_canceled(&n, &g);
    got_release(&g);
    net_release(&n);
}

/* Of a streamed answer the head comes once, before the data; who cancels then gets no data. */
static void test_head_of_a_stream(void **state)
{
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    httpd_add(n.server, &(struct httpd_answer){
                            .path = "/s",
                            .bytes = STR_LIT("HTTP/1.1 200 OK\r\nContent-Length: 8\r\nX-Id: "
                                             "7\r\n\r\nabcdefgh"),
                            .piece_bytes = 3});
    got_init(&g, &n);
    g.want_header = "x-id";
    net_get(&n, &g, (struct http_request){.stream = true}, "/s");
    assert_int_equal(g.heads, 1);
    assert_str(buf_str(&g.data), "abcdefgh");
    got_release(&g);
    got_init(&g, &n);
    g.cancel_on_head = true;
    net_get(&n, &g, (struct http_request){.stream = true}, "/s");
    assert_int_equal(g.err.code, ERR_CANCELED);
    assert_int_equal(g.data.len, 0);
    got_release(&g);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){0}, "/s");
    assert_int_equal(g.heads, 0);
    got_release(&g);
    net_release(&n);
}

struct chain {
    struct net *n;
    int left, done;
};

static void send_next(void *ctx, const struct http_result *r)
{
    struct chain *c = ctx;
    struct http_callbacks cb = {.on_done = send_next};
    char url[HTTPD_URL_MAX];

    assert_ok(r->err.code, &r->err);
    if (c->left-- == 0) {
        c->done = 1;
        return;
    }
    http_send(c->n->client, &(struct http_request){.url = httpd_url(c->n->server, "/", url)}, &cb,
              c);
}

static void test_sending_from_a_callback(void **state)
{
    struct net n;
    struct chain c = {&n, 20, 0};
    struct http_result start = {.err = ERR_INIT};

    (void)state;
    net_init(&n);
    httpd_text(n.server, "/", 200, "", "");
    send_next(&c, &start);
    net_wait(&n, &c.done);
    assert_int_equal(httpd_count(n.server), 20);
    assert_int_equal(httpd_connections(n.server), 1);
    net_release(&n);
}

/* ---- redirects ---- */

static void redirect_to(struct httpd *h, const char *path, int status, const char *target)
{
    char headers[400];

    snprintf(headers, sizeof(headers), "Location: %s\r\n", target);
    httpd_text(h, path, status, headers, "moved");
}

static void test_redirects_on_the_same_host(void **state)
{
    static const struct {
        int status;
        const char *method, *then;
    } rows[] = {{301, "GET", "GET"},   {302, "POST", "GET"}, {303, "PUT", "GET"},
                {307, "POST", "POST"}, {308, "PUT", "PUT"},  {303, "HEAD", "HEAD"},
                {302, "PUT", "PUT"},   {307, "GET", "GET"}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct net n;
        struct got g;
        struct buf seen = BUF_INIT(10000);
        char expect[64];

        net_init(&n);
        got_init(&g, &n);
        redirect_to(n.server, "/a/b", rows[i].status, "../c?d=e");
        httpd_text(n.server, "/c", 200, "", "");
        net_get(&n, &g,
                (struct http_request){.method = rows[i].method,
                                      .body = rows[i].then[0] == 'P' ? STR_LIT("body")
                                                                     : (struct str){NULL, 0},
                                      .follow_redirects = true},
                "/a/b");
        assert_ok(g.err.code, &g.err);
        assert_int_equal(g.status, 200);
        assert_int_equal(g.attempts, 1);
        httpd_request(n.server, 1, &seen);
        snprintf(expect, sizeof(expect), "%s /c?d=e HTTP/1.1\r\n", rows[i].then);
        assert_true(str_starts(buf_str(&seen), expect));
        assert_int_equal(str_ends(buf_str(&seen), "body"), rows[i].then[0] == 'P');
        buf_release(&seen);
        got_release(&g);
        net_release(&n);
    }
}

static void test_redirects_that_are_not_followed(void **state)
{
    struct httpd *other = httpd_start();
    struct secret *token = secret_new(STR_LIT("s3cret-token"));
    char elsewhere[HTTPD_URL_MAX];
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    httpd_text(other, "/x", 200, "", "");
    redirect_to(n.server, "/plain", 302, "/next");
    redirect_to(n.server, "/away", 302, httpd_url(other, "/x", elsewhere));
    redirect_to(n.server, "/file", 302, "file:///etc/passwd");
    redirect_to(n.server, "/loop", 302, "/loop");
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){0}, "/plain"); /* nobody asked to follow */
    assert_ok(g.err.code, &g.err);
    assert_int_equal(g.status, 302);
    got_release(&g);
    got_init(&g, &n);
    net_get(&n, &g,
            (struct http_request){
                .follow_redirects = true, .auth = HTTP_AUTH_BEARER, .secret = token, .retries = 3},
            "/away");
    assert_int_equal(g.err.code, ERR_REMOTE);
    assert_non_null(strstr(g.err.msg, "which is another host: not followed"));
    assert_int_equal(g.attempts, 1);
    assert_int_equal(httpd_connections(other), 0); /* not even a connection, and no token */
    got_release(&g);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){.follow_redirects = true}, "/file");
    assert_int_equal(g.err.code, ERR_REMOTE);
    got_release(&g);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){.follow_redirects = true}, "/loop");
    assert_int_equal(g.err.code, ERR_REMOTE);
    assert_non_null(strstr(g.err.msg, "redirects more than 3 times"));
    got_release(&g);
    secret_free(token);
    net_release(&n);
    httpd_stop(other);
}

/* ---- a slow drip, and idling ---- */

static void test_slow_drip_arrives(void **state)
{
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    httpd_add(n.server, &(struct httpd_answer){
                            .path = "/",
                            .bytes = STR_LIT("HTTP/1.1 200 OK\r\nContent-Length: 4\r\n\r\nabcd"),
                            .piece_bytes = 1,
                            .pause_ms = 2});
    net_get(&n, &g, (struct http_request){.stream = true, .idle_timeout_ms = 5000}, "/");
    assert_ok(g.err.code, &g.err);
    assert_str(buf_str(&g.data), "abcd");
    assert_true(g.first_byte_ms < g.duration_ms);
    got_release(&g);
    net_release(&n);
}

static void test_an_idle_client_wants_nothing_of_the_loop(void **state)
{
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    httpd_text(n.server, "/", 200, "", "");
    net_get(&n, &g, (struct http_request){0}, "/");
    net_settle(&n);
    assert_false(loop_turn(n.loop, true)); /* no watch, no timer: it would sleep for ever */
    got_release(&g);
    net_release(&n);
}

/* ---- everything at once ---- */

#define CHAOS 300

static size_t open_fds(void)
{
    size_t n = 0;

    for (int fd = 0; fd < 1024; fd++)
        n += fcntl(fd, F_GETFD) >= 0;
    return n;
}

static void add_chaos(struct httpd *h)
{
    static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    static const char chunks[] = "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
                                 "3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n";

    httpd_text(h, "/0", 200, "", "fine");
    httpd_text(h, "/1", 503, "Retry-After: 0\r\n", "busy");
    httpd_add(h, &(struct httpd_answer){.path = "/2", .end = HTTPD_CLOSE});
    httpd_add(h, &(struct httpd_answer){.path = "/3", .bytes = STR_LIT(cut), .end = HTTPD_RESET});
    httpd_add(h, &(struct httpd_answer){.path = "/4", .bytes = STR_LIT(chunks), .piece_bytes = 3});
    httpd_add(h, &(struct httpd_answer){.path = "/5", .end = HTTPD_STALL});
    redirect_to(h, "/6", 302, "/0");
    httpd_text(h, "/7", 200, "Content-Encoding: gzip\r\n", "not gzip");
    httpd_add(h, &(struct httpd_answer){
                     .path = "/8", .bytes = STR_LIT("nonsense\n\n"), .end = HTTPD_CLOSE});
}

/* Requests of all kinds to a server of all kinds, some canceled at any moment: each ends once, and
 * nothing is left. */
static void test_chaos_ends_each_request_once(void **state)
{
    struct http_options opts = {.max_per_host = 6};
    size_t fds = open_fds();
    struct net n;
    struct got *g = calloc(CHAOS, sizeof(*g));
    struct rng rng;
    int done = 0;

    (void)state;
    rng_seed(&rng, 20260204);
    net_init_clock(&n, clock_system(), &opts);
    add_chaos(n.server);
    for (int i = 0; i < CHAOS; i++) {
        char path[16];

        got_init(&g[i], &n);
        snprintf(path, sizeof(path), "/%d", (int)rng_below(&rng, 9));
        g[i].cancel_on_data = rng_below(&rng, 8) == 0;
        g[i].cancel_on_retry = rng_below(&rng, 8) == 0;
        net_send(&n, &g[i],
                 (struct http_request){.method = rng_below(&rng, 3) ? "GET" : "POST",
                                       .stream = rng_below(&rng, 2) == 0,
                                       .retries = (unsigned)rng_below(&rng, 3),
                                       .follow_redirects = rng_below(&rng, 2) == 0,
                                       .idle_timeout_ms = 300,
                                       .timeout_ms = 500 + (int64_t)rng_below(&rng, 1500)},
                 path);
        if (rng_below(&rng, 3) == 0)
            loop_turn(n.loop, false);
        if (rng_below(&rng, 10) == 0)
            http_cancel(n.client, g[rng_below(&rng, (uint64_t)i + 1)].id);
    }
    for (int i = 0; i < CHAOS; i++)
        net_wait(&n, &g[i].done);
    net_settle(&n);
    for (int i = 0; i < CHAOS; i++) {
        assert_int_equal(g[i].done, 1);
        assert_true(g[i].err.code == ERR_OK || g[i].err.msg[0] != '\0');
        done += g[i].err.code == ERR_OK;
        got_release(&g[i]);
    }
    assert_true(done > 30 && done < CHAOS - 30); /* of both kinds */
    free(g);
    net_release(&n);
    assert_int_equal(open_fds(), fds);
}

#ifdef RB_FAULT_INJECTION
static void one_scenario(void)
{
    struct net n;
    struct got g;

    net_init(&n);
    got_init(&g, &n);
    httpd_text_times(n.server, 1, "/", 503, "Retry-After: 0\r\n", "busy");
    httpd_text(n.server, "/", 200, "", "fine");
    net_get(&n, &g, (struct http_request){.retries = 2, .stream = true}, "/");
    if (g.err.code)
        assert_true(g.err.msg[0] != '\0');
    else
        assert_true(g.status == 200 || g.status == 503);
    if (!fault_fired())
        assert_str(buf_str(&g.data), "fine");
    got_release(&g);
    net_release(&n);
}

static void test_each_fault_is_told(void **state)
{
    uint64_t points;

    (void)state;
    fault_arm(NULL);
    one_scenario();
    points = fault_count();
    assert_true(points >= 5);
    for (uint64_t i = 1; i <= points + 3; i++) {
        char spec[24];

        snprintf(spec, sizeof(spec), "%llu", (unsigned long long)i);
        fault_arm(spec);
        one_scenario();
    }
    fault_arm(NULL);
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_head_of_a_stream),
        cmocka_unit_test(test_places_per_host_in_order),
        cmocka_unit_test(test_a_busy_host_does_not_starve_another),
        cmocka_unit_test(test_cancel_at_every_turn),
        cmocka_unit_test(test_cancel_from_the_callbacks),
        cmocka_unit_test(test_sending_from_a_callback),
        cmocka_unit_test(test_redirects_on_the_same_host),
        cmocka_unit_test(test_redirects_that_are_not_followed),
        cmocka_unit_test(test_slow_drip_arrives),
        cmocka_unit_test(test_an_idle_client_wants_nothing_of_the_loop),
        cmocka_unit_test(test_chaos_ends_each_request_once),
#ifdef RB_FAULT_INJECTION
        cmocka_unit_test(test_each_fault_is_told),
#endif
    };

    setenv("no_proxy", "*", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
