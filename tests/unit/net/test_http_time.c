/* test_http_time.c - retries and deadlines; time is stepped by hand. */
#include "tests/lib/visit.h"
#include "tests/unit/net/netrun.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#define WALL_MS 1770199200000 /* 2026-02-04T10:00:00Z */

struct timed {
    struct test_clock clock;
    struct net n;
    struct got g;
};

static void timed_init(struct timed *t)
{
    test_clock_init(&t->clock, WALL_MS);
    net_init_clock(&t->n, &t->clock.clock, NULL);
    got_init(&t->g, &t->n);
}

static void timed_release(struct timed *t)
{
    net_release(&t->n);
    got_release(&t->g);
}

static bool has_retried(void *ctx)
{
    return ((struct got *)ctx)->retries > 0 || ((struct got *)ctx)->done;
}

static void test_which_statuses_are_tried_again(void **state)
{
    static const struct {
        int status;
        bool again;
    } rows[] = {{408, true},  {425, true},  {429, true},  {500, true},  {502, true},
                {503, true},  {504, true},  {529, true},  {400, false}, {401, false},
                {404, false}, {501, false}, {505, false}, {200, false}, {304, false}};

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        for (int post = 0; post < 3; post++) { /* GET; POST; POST that may be repeated */
            struct timed t;
            bool again = rows[i].again && post != 1;

            timed_init(&t);
            httpd_text_times(t.n.server, 1, "/", rows[i].status, "Retry-After: 0\r\n", "first");
            httpd_text(t.n.server, "/", 200, "", "second");
            net_get(&t.n, &t.g,
                    (struct http_request){
                        .method = post ? "POST" : "GET", .may_repeat = post == 2, .retries = 2},
                    "/");
            assert_ok(t.g.err.code, &t.g.err);
            assert_int_equal(t.g.attempts, again ? 2 : 1);
            assert_int_equal(t.g.retries, again ? 1 : 0);
            assert_int_equal(t.g.status, again ? 200 : rows[i].status);
            timed_release(&t);
        }
    }
}

static void check_retry_after(const char *header, int64_t expect_ms)
{
    struct timed t;

    timed_init(&t);
    httpd_text_times(t.n.server, 1, "/", 429, header, "slow down");
    httpd_text(t.n.server, "/", 200, "", "fine");
    net_send(&t.n, &t.g, (struct http_request){.retries = 1, .timeout_ms = 300000}, "/");
    assert_true(net_turn_until(&t.n, has_retried, &t.g));
    assert_int_equal(t.g.retries, 1);
    assert_int_equal(t.g.retry_wait_ms[0], expect_ms);
    assert_non_null(strstr(t.g.why, "answered HTTP 429"));
    if (expect_ms > 0) {
        test_clock_step(&t.clock, expect_ms - 1);
        net_settle(&t.n);
        assert_int_equal(httpd_count(t.n.server), 1);
    }
    test_clock_step(&t.clock, 1);
    net_wait(&t.n, &t.g.done);
    assert_int_equal(t.g.status, 200);
    assert_str(buf_str(&t.g.body), "fine"); /* nothing of the first answer is left */
    assert_int_equal(t.g.duration_ms, expect_ms > 0 ? expect_ms : 1);
    timed_release(&t);
}

static void test_retry_after(void **state)
{
    (void)state;
    check_retry_after("Retry-After: 7\r\n", 7000);
    check_retry_after("Retry-After: 0\r\n", 0);
    check_retry_after("retry-after: 99999999999\r\n", 60000);                   /* capped */
    check_retry_after("Retry-After: Wed, 04 Feb 2026 10:00:12 GMT\r\n", 12000); /* IMF-fixdate */
    check_retry_after("Retry-After: Wednesday, 04-Feb-26 10:00:12 GMT\r\n", 12000); /* RFC 850 */
    check_retry_after("Retry-After: Wed Feb  4 10:00:12 2026\r\n", 12000);          /* asctime */
    check_retry_after("Retry-After: Wed, 04 Feb 2026 09:00:00 GMT\r\n", 0);         /* past */
    check_retry_after("Retry-After: Wed, 04 Feb 2099 10:00:00 GMT\r\n", 60000);
}

static void test_backoff_is_jittered_and_grows(void **state)
{
    struct timed t;
    int64_t limit_ms = 250;

    (void)state;
    timed_init(&t);
    httpd_text(t.n.server, "/", 503, "Retry-After: soon\r\n", "down");
    net_send(&t.n, &t.g, (struct http_request){.retries = 6, .timeout_ms = 300000}, "/");
    for (unsigned i = 1; i <= 6; i++) {
        while (t.g.retries < i)
            loop_turn(t.n.loop, true);
        assert_in_range(t.g.retry_wait_ms[i - 1], 0, limit_ms);
        limit_ms *= 2;
        test_clock_step(&t.clock, t.g.retry_wait_ms[i - 1]);
    }
    net_wait(&t.n, &t.g.done);
    assert_int_equal(t.g.attempts, 7);
    assert_int_equal(t.g.status, 503); /* the last answer is the answer */
    assert_ok(t.g.err.code, &t.g.err);
    assert_str(buf_str(&t.g.body), "down");
    assert_true(t.g.retry_wait_ms[4] + t.g.retry_wait_ms[5] > 500);
    timed_release(&t);
}

static void test_no_waiting_for_what_comes_too_late(void **state)
{
    struct timed t;

    (void)state;
    timed_init(&t);
    httpd_text(t.n.server, "/", 429, "Retry-After: 50\r\n", "slow down");
    net_get(&t.n, &t.g, (struct http_request){.retries = 3, .timeout_ms = 40000}, "/");
    assert_int_equal(t.g.status, 429);
    assert_int_equal(t.g.attempts, 1);
    timed_release(&t);
}

/* As the investigation of this machine by a test beside this one does: see src/service/host/speak.
 */
static void visit(unsigned port)
{
    static const char hello[] =
        "GET / HTTP/1.1\r\nHost: localhost\r\nUser-Agent: runbook/9 " VISIT_AGENT
        "\r\nAccept: */*\r\nConnection: close\r\n\r\n";
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    char answer[200];

    assert_int_equal(connect(fd, (struct sockaddr *)&addr, sizeof(addr)), 0);
    assert_int_equal(write(fd, hello, sizeof(hello) - 1), sizeof(hello) - 1);
    assert_true(read(fd, answer, sizeof(answer)) > 0);
    close(fd);
}

static void test_broken_connections_are_tried_again(void **state)
{
    static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    struct net n;
    struct got g;
    struct buf seen = BUF_INIT(100000);

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    httpd_add(n.server, &(struct httpd_answer){.path = "/", .end = HTTPD_CLOSE, .times = 1});
    httpd_add(n.server, &(struct httpd_answer){.path = "/", .end = HTTPD_RESET, .times = 1});
    httpd_add(n.server, &(struct httpd_answer){
                            .path = "/", .bytes = STR_LIT(cut), .end = HTTPD_CLOSE, .times = 1});
    httpd_text(n.server, "/", 200, "", "whole");
    visit(httpd_port(n.server));
    net_get(&n, &g, (struct http_request){.retries = 3}, "/");
    assert_ok(g.err.code, &g.err);
    assert_int_equal(g.attempts, 4);
    assert_str(buf_str(&g.body), "whole");
    for (size_t i = 0; httpd_request(n.server, i, &seen); i++)
        buf_addc(&seen, '\n');
    if (httpd_count(n.server) != 4)
        fail_msg("%zu requests, not 4:\n%s", httpd_count(n.server), buf_cstr(&seen));
    buf_release(&seen);
    got_release(&g);
    net_release(&n);
}

static void test_a_stream_is_not_begun_twice(void **state)
{
    static const char cut[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    httpd_text_times(n.server, 1, "/", 503, "Retry-After: 0\r\n", "not yet");
    httpd_add(n.server,
              &(struct httpd_answer){.path = "/", .bytes = STR_LIT(cut), .end = HTTPD_CLOSE});
    net_get(&n, &g, (struct http_request){.retries = 5, .stream = true}, "/");
    assert_int_equal(g.err.code, ERR_NET);
    assert_non_null(strstr(g.err.msg, "was cut off after 4 bytes"));
    assert_int_equal(g.attempts, 2);
    assert_str(buf_str(&g.data), "half");
    got_release(&g);
    net_release(&n);
}

/* Curl repeats a request on its own when the server closed the connection that it had kept. */
static void test_what_must_not_be_repeated_is_sent_once(void **state)
{
    struct net n;
    struct got a, b;
    struct buf seen = BUF_INIT(100000);
    size_t posts = 0;

    (void)state;
    net_init(&n);
    got_init(&a, &n);
    got_init(&b, &n);
    httpd_text(n.server, "/keep", 200, "", "");
    httpd_add(n.server, &(struct httpd_answer){.path = "/act", .end = HTTPD_CLOSE});
    net_get(&n, &a, (struct http_request){0}, "/keep");
    net_get(&n, &b, (struct http_request){.method = "POST", .body = STR_LIT("{}"), .retries = 3},
            "/act");
    assert_int_equal(b.err.code, ERR_NET);
    assert_int_equal(b.attempts, 1);
    for (size_t i = 0; i < httpd_count(n.server); i++) {
        buf_clear(&seen);
        httpd_request(n.server, i, &seen);
        posts += str_starts(buf_str(&seen), "POST ");
    }
    assert_int_equal(posts, 1);
    buf_release(&seen);
    got_release(&a);
    got_release(&b);
    net_release(&n);
}

static bool server_was_asked(void *ctx)
{
    return httpd_count(((struct net *)ctx)->server) > 0;
}

static void check_deadline(struct timed *t, int64_t step_ms, const char *says)
{
    net_settle(&t->n);
    test_clock_step(&t->clock, step_ms - 1);
    net_settle(&t->n);
    assert_int_equal(t->g.done, 0);
    test_clock_step(&t->clock, 1);
    net_settle(&t->n);
    assert_int_equal(t->g.done, 1);
    assert_int_equal(t->g.err.code, ERR_TIMEOUT);
    if (!strstr(t->g.err.msg, says))
        fail_msg("\"%s\", wanted \"%s\"", t->g.err.msg, says);
}

static void test_overall_deadline_before_and_within_the_answer(void **state)
{
    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";

    (void)state;
    for (int within = 0; within < 2; within++) {
        struct timed t;

        timed_init(&t);
        httpd_add(t.n.server, &(struct httpd_answer){.path = "/",
                                                     .bytes = {half, within ? strlen(half) : 0},
                                                     .end = HTTPD_STALL});
        net_send(&t.n, &t.g,
                 (struct http_request){.timeout_ms = 3000, .retries = 5, .stream = within}, "/");
        assert_true(net_turn_until(&t.n, server_was_asked, &t.n));
        while (within && t.g.data.len < 4)
            loop_turn(t.n.loop, true);
        check_deadline(&t, 3000,
                       within ? "did not end within 3.0 s (4 bytes came)"
                              : "did not answer within 3.0 s");
        timed_release(&t);
    }
}

static void test_idle_deadline(void **state)
{
    static const char half[] = "HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhalf";
    struct timed t;

    (void)state;
    timed_init(&t);
    httpd_add(t.n.server,
              &(struct httpd_answer){.path = "/", .bytes = STR_LIT(half), .end = HTTPD_STALL});
    net_send(&t.n, &t.g,
             (struct http_request){.timeout_ms = 60000, .idle_timeout_ms = 2000, .stream = true},
             "/");
    assert_true(net_turn_until(&t.n, server_was_asked, &t.n));
    test_clock_step(&t.clock, 1500); /* bytes come 1.5 s after the start: that counts anew */
    while (t.g.data.len < 4)
        loop_turn(t.n.loop, true);
    check_deadline(&t, 2000, "sent nothing for 2.0 s (4 bytes came before)");
    timed_release(&t);
}

/* A listener whose queue is full: the kernel drops the next SYN, as a firewall would. */
static int deaf_listener(int fillers[8], unsigned *ret_port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
    assert_int_equal(listen(fd, 0), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    for (int i = 0; i < 8; i++) {
        fillers[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        (void)!connect(fillers[i], (struct sockaddr *)&addr, len);
    }
    *ret_port = ntohs(addr.sin_port);
    return fd;
}

static void test_connect_deadline(void **state)
{
    struct timed t;
    int fillers[8], fd;
    unsigned port;
    char url[64];

    (void)state;
    timed_init(&t);
    fd = deaf_listener(fillers, &port);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", port);
    net_send(&t.n, &t.g, (struct http_request){.url = url, .connect_timeout_ms = 700}, NULL);
    check_deadline(&t, 700, "no answer within 700 ms");
    assert_true(str_starts(str_from(t.g.err.msg), "connect to 127.0.0.1:"));
    assert_int_equal(t.g.attempts, 1);
    for (int i = 0; i < 8; i++)
        close(fillers[i]);
    close(fd);
    timed_release(&t);
}

static void test_tls_that_never_answers(void **state)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    struct timed t;
    char url[64];

    (void)state;
    timed_init(&t);
    assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
    assert_int_equal(listen(fd, 64), 0); /* the kernel connects, nobody accepts */
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/", ntohs(addr.sin_port));
    net_send(&t.n, &t.g, (struct http_request){.url = url, .connect_timeout_ms = 700}, NULL);
    check_deadline(&t, 700, "TLS with 127.0.0.1:");
    close(fd);
    timed_release(&t);
}

static void test_deadline_while_waiting_for_a_place(void **state)
{
    struct test_clock clock;
    struct http_options opts = {.max_per_host = 1};
    struct net n;
    struct got first, second;

    (void)state;
    test_clock_init(&clock, WALL_MS);
    net_init_clock(&n, &clock.clock, &opts);
    got_init(&first, &n);
    got_init(&second, &n);
    httpd_add(n.server, &(struct httpd_answer){.path = "/", .gate = true});
    net_send(&n, &first, (struct http_request){.timeout_ms = 9000}, "/");
    net_send(&n, &second, (struct http_request){.timeout_ms = 1000}, "/");
    assert_true(net_turn_until(&n, server_was_asked, &n));
    test_clock_step(&clock, 1000);
    net_settle(&n);
    assert_int_equal(second.done, 1);
    assert_int_equal(second.attempts, 0);
    assert_non_null(strstr(second.err.msg, "no free connection within 1.0 s"));
    assert_int_equal(first.done, 0);
    http_cancel(n.client, first.id);
    net_wait(&n, &first.done);
    got_release(&first);
    got_release(&second);
    net_release(&n);
}

static bool server_was_asked_twice(void *ctx)
{
    return httpd_count(((struct net *)ctx)->server) > 1;
}

static void test_the_deadline_tells_of_earlier_attempts(void **state)
{
    struct timed t;

    (void)state;
    timed_init(&t);
    httpd_text_times(t.n.server, 1, "/", 503, "Retry-After: 5\r\n", "");
    httpd_add(t.n.server, &(struct httpd_answer){.path = "/", .gate = true});
    net_send(&t.n, &t.g, (struct http_request){.retries = 1, .timeout_ms = 6000}, "/");
    assert_true(net_turn_until(&t.n, has_retried, &t.g));
    test_clock_step(&t.clock, 5000);
    assert_true(net_turn_until(&t.n, server_was_asked_twice, &t.n));
    check_deadline(&t, 1000, "did not answer within 6.0 s (attempt 2, after: 127.0.0.1:");
    assert_non_null(strstr(t.g.err.msg, "answered HTTP 503)"));
    assert_int_equal(t.g.attempts, 2);
    timed_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_which_statuses_are_tried_again),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_backoff_is_jittered_and_grows),
        cmocka_unit_test(test_no_waiting_for_what_comes_too_late),
        cmocka_unit_test(test_broken_connections_are_tried_again),
        cmocka_unit_test(test_a_stream_is_not_begun_twice),
        cmocka_unit_test(test_what_must_not_be_repeated_is_sent_once),
        cmocka_unit_test(test_overall_deadline_before_and_within_the_answer),
        cmocka_unit_test(test_idle_deadline),
        cmocka_unit_test(test_connect_deadline),
        cmocka_unit_test(test_tls_that_never_answers),
        cmocka_unit_test(test_deadline_while_waiting_for_a_place),
        cmocka_unit_test(test_the_deadline_tells_of_earlier_attempts),
    };

    setenv("no_proxy", "*", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
