/* test_host_reach.c - probes of a port and of a name server: in C, and by the script of remote
 * machines. Loopback only. */
#include "tests/lib/unit.h"

#include <arpa/inet.h>
#include <math.h>
#include <netinet/in.h>
#include <sys/prctl.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/loop/proc.h"
#include "runbook/service/host.h"
#include "src/service/host/collect_priv.h"

struct run {
    struct loop *loop;
    struct buf bundle;
    struct err err;
};

static void collected(void *ctx, struct str bundle, const struct err *err)
{
    struct run *r = ctx;

    r->err = *err;
    buf_add_str(&r->bundle, bundle);
    loop_stop(r->loop);
}

static void scripted(void *ctx, const struct proc_result *res)
{
    struct run *r = ctx;

    r->err = res->err;
    buf_add_str(&r->bundle, res->out);
    loop_stop(r->loop);
}

static void ask(struct run *r, bool by_script, const struct host_request *req)
{
    static const char *const argv[] = {"sh", "-s", NULL};
    struct buf script = BUF_INIT(1 << 16);
    struct host_pool *pool;

    *r = (struct run){.loop = loop_new(clock_system())};
    buf_init(&r->bundle, HOST_BUNDLE_MAX);
    pool = host_pool_new(r->loop, NULL);
    if (by_script) {
        assert_true(script_make(&script, req, "0123456789abcdef0123456789abcdef01234567", false));
        proc_start(r->loop,
                   &(struct proc_spec){.argv = argv,
                                       .stdin_data = buf_str(&script),
                                       .timeout_ms = 60000,
                                       .max_output_bytes = HOST_BUNDLE_MAX},
                   scripted, r);
    } else {
        host_collect(pool, req, collected, r);
    }
    loop_run(r->loop);
    host_pool_free(pool);
    loop_free(r->loop);
    buf_release(&script);
}

static struct host_reach reach(struct arena *a, bool by_script, const struct host_request *req)
{
    struct host_reach out;
    struct run r;
    struct err err = ERR_INIT;

    ask(&r, by_script, req);
    assert_ok(r.err.code, &r.err);
    assert_ok(host_reach_parse(&out, a, buf_str(&r.bundle), &err), &err);
    buf_release(&r.bundle);
    return out;
}

static int bound(int type, const char *addr, int port, int *ret_port)
{
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port)};
    socklen_t len = sizeof(at);
    int fd = socket(AF_INET, type | SOCK_CLOEXEC, 0);

    inet_pton(AF_INET, addr, &at.sin_addr);
    if (bind(fd, (const struct sockaddr *)&at, sizeof(at)) ||
        getsockname(fd, (struct sockaddr *)&at, &len)) {
        close(fd);
        return -1;
    }
    *ret_port = ntohs(at.sin_port);
    return fd;
}

static void test_probe(void **state)
{
    struct arena *a = arena_new(0);
    int port, fd = bound(SOCK_STREAM, "127.0.0.1", 0, &port);
    struct host_request req = {.what = HOST_PROBE, .path = "127.0.0.1", .port = port};
    struct host_reach r;

    (void)state;
    assert_true(fd >= 0 && listen(fd, 64) == 0);
    for (int by_script = 0; by_script < 2; by_script++) {
        r = reach(a, by_script, &req);
        assert_string_equal(r.word, "connected");
        assert_true(r.ms >= 0 && r.ms < 60000);
        host_reach_release(&r);
    }
    close(fd);
    fd = bound(SOCK_STREAM, "127.0.0.1", 0, &port); /* kept: nobody else can listen there */
    req.port = port;
    for (int by_script = 0; by_script < 2; by_script++) {
        r = reach(a, by_script, &req);
        assert_string_equal(r.word, "refused");
        host_reach_release(&r);
    }
    close(fd);
    arena_free(a);
}

/* Answers with the code that it is told to, or not at all. */
static pid_t name_server(int fd, int code)
{
    pid_t pid = fork();

    if (pid)
        return pid;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    for (;;) {
        unsigned char data[512];
        struct sockaddr_in from;
        socklen_t len = sizeof(from);
        ssize_t n = recvfrom(fd, data, sizeof(data), 0, (struct sockaddr *)&from, &len);

        if (n < 12 || code < 0)
            continue;
        data[2] |= 0x80;
        data[3] = (unsigned char)code;
        sendto(fd, data, (size_t)n, 0, (const struct sockaddr *)&from, len);
    }
}

static void test_resolve(void **state)
{
    static const struct {
        int code;
        const char *word;
    } cases[] = {{0, "answered"}, {2, "servfail"}, {3, "nxdomain"}, {5, "denied"}, {-1, "timeout"}};
    struct host_request req = {.what = HOST_RESOLVE, .path = "127.0.0.99"};
    struct arena *a = arena_new(0);
    int port;

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
        int fd = bound(SOCK_DGRAM, "127.0.0.99", 53, &port);
        pid_t pid;

        if (fd < 0) {
            arena_free(a);
            skip(); /* port 53 is for root */
        }
        pid = name_server(fd, cases[i].code);
        close(fd);
        for (int by_script = 0; by_script < 2; by_script++) {
            struct host_reach r = reach(a, by_script, &req);

            assert_int_equal(r.answers.count, 1);
            assert_string_equal(r.answers.items[0].addr, "127.0.0.99");
            assert_string_equal(r.answers.items[0].word, cases[i].word);
            host_reach_release(&r);
        }
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
    }
    arena_free(a);
}

/* Nobody is there: the kernel says so at once. */
static void test_nobody_resolves(void **state)
{
    struct host_request req = {.what = HOST_RESOLVE, .path = "127.0.0.98"};
    struct arena *a = arena_new(0);

    (void)state;
    for (int by_script = 0; by_script < 2; by_script++) {
        struct host_reach r = reach(a, by_script, &req);

        assert_int_equal(r.answers.count, 1);
        assert_string_equal(r.answers.items[0].word, "unreachable");
        host_reach_release(&r);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_probe),
        cmocka_unit_test(test_resolve),
        cmocka_unit_test(test_nobody_resolves),
    };

    return cmocka_run_group_tests_name("host_reach", tests, NULL, NULL);
}
