/* test_http_proxy.c - proxies from the environment: a scripted one, and a real tinyproxy where it
 * is installed. */
#include "tests/unit/net/netrun.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "runbook/loop/proc.h"
#include "tests/lib/tmpdir.h"

static const char *const names[] = {"http_proxy",  "https_proxy", "all_proxy", "no_proxy",
                                    "HTTPS_PROXY", "ALL_PROXY",   "NO_PROXY"};

static int forget_proxies(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++)
        unsetenv(names[i]);
    return 0;
}

static void set_proxy(const char *name, const char *user, unsigned port)
{
    char url[200];

    snprintf(url, sizeof(url), "http://%s127.0.0.1:%u", user, port);
    setenv(name, url, 1);
}

static void test_requests_go_through_the_proxy(void **state)
{
    struct httpd *proxy = httpd_start();
    struct buf seen = BUF_INIT(10000);
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    httpd_text(proxy, NULL, 200, "", "from the proxy");
    set_proxy("http_proxy", "ali:sesame@", httpd_port(proxy));
    net_get(&n, &g, (struct http_request){.url = "http://db.example:9/x"}, NULL);
    assert_ok(g.err.code, &g.err);
    assert_str(buf_str(&g.body), "from the proxy");
    httpd_request(proxy, 0, &seen);
    assert_true(str_starts(buf_str(&seen), "GET http://db.example:9/x HTTP/1.1\r\n"));
    assert_true(str_find(buf_str(&seen), STR_LIT("Proxy-Authorization: Basic ")) > 0);
    buf_release(&seen);
    got_release(&g);
    net_release(&n);
    httpd_stop(proxy);
}

static void test_no_proxy(void **state)
{
    struct httpd *proxy = httpd_start();
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    httpd_text(proxy, NULL, 200, "", "from the proxy");
    httpd_text(n.server, "/", 200, "", "direct");
    set_proxy("http_proxy", "", httpd_port(proxy));
    for (int except = 0; except < 2; except++) {
        setenv("no_proxy", except ? "example.org,127.0.0.1" : "example.org", 1);
        got_init(&g, &n);
        net_get(&n, &g, (struct http_request){0}, "/");
        assert_str(buf_str(&g.body), except ? "direct" : "from the proxy");
        got_release(&g);
    }
    net_release(&n);
    httpd_stop(proxy);
}

static void check_failure(const char *url, enum err_code code, const char *says)
{
    struct net n;
    struct got g;

    net_init(&n);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){.url = url}, NULL);
    assert_int_equal(g.err.code, code);
    if (!strstr(g.err.msg, says))
        fail_msg("\"%s\", wanted \"%s\"", g.err.msg, says);
    assert_null(strstr(g.err.msg, "sesame"));
    got_release(&g);
    net_release(&n);
}

static void test_a_proxy_in_trouble_is_named_without_its_password(void **state)
{
    struct httpd *proxy = httpd_start();
    unsigned port = httpd_port(proxy);
    char says[80];

    (void)state;
    httpd_text_times(proxy, 1, NULL, 407, "Proxy-Authenticate: Basic realm=x\r\n", "");
    httpd_text(proxy, NULL, 403, "", "");
    set_proxy("https_proxy", "ali:sesame@", port);
    check_failure("https://db.example/", ERR_DENIED, "the proxy wants a user and password");
    check_failure("https://db.example/", ERR_NET,
                  "the proxy does not connect to db.example:443: HTTP 403");
    httpd_stop(proxy);
    snprintf(says, sizeof(says), "connect to proxy 127.0.0.1:%u: connection refused", port);
    check_failure("https://db.example/", ERR_NET, says);
    setenv("https_proxy", "gopher://ali:sesame@127.0.0.1:1", 1);
    check_failure("https://db.example/", ERR_NET, "db.example:443: ");
}

/* ---- tinyproxy ---- */

static unsigned free_port(void)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&addr, len), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&addr, &len), 0);
    close(fd);
    return ntohs(addr.sin_port);
}

struct tiny {
    int ended;
    enum err_code code;
};

static void on_tiny_ended(void *ctx, const struct proc_result *r)
{
    struct tiny *t = ctx;

    t->ended = 1;
    t->code = r->err.code;
}

static bool port_answers(void *ctx)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t) * (unsigned *)ctx),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool ok = connect(fd, (struct sockaddr *)&addr, sizeof(addr)) == 0;

    close(fd);
    return ok;
}

static void test_through_tinyproxy(void **state)
{
    char *dir = tmpdir_new(), *conf = xasprintf("%s/tiny.conf", dir);
    const char *argv[] = {"tinyproxy", "-d", "-c", conf, NULL};
    unsigned port = free_port();
    struct tiny t = {0};
    struct net n;
    struct got g;
    loop_id id;
    FILE *f = fopen(conf, "w");

    (void)state;
    assert_non_null(f);
    fprintf(f, "Port %u\nListen 127.0.0.1\nTimeout 20\nMaxClients 10\nAllow 127.0.0.1\n", port);
    fclose(f);
    net_init(&n);
    got_init(&g, &n);
    id = proc_start(n.loop, &(struct proc_spec){.argv = argv}, on_tiny_ended, &t);
    net_settle(&n);
    if (t.ended && t.code == ERR_NOT_FOUND) {
        print_message("# no tinyproxy here: not tried\n");
    } else {
        assert_true(net_turn_until(&n, port_answers, &port));
        set_proxy("http_proxy", "", port);
        httpd_add(n.server,
                  &(struct httpd_answer){
                      .path = "/*",
                      .bytes = STR_LIT("HTTP/1.1 200 OK\r\nContent-Length: 8\r\n\r\nthrough!"),
                      .piece_bytes = 5});
        net_get(&n, &g, (struct http_request){.stream = true}, "/x");
        assert_ok(g.err.code, &g.err);
        assert_str(buf_str(&g.data), "through!");
        proc_cancel(n.loop, id);
        net_wait(&n, &t.ended);
    }
    got_release(&g);
    net_release(&n);
    free(conf);
    tmpdir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_requests_go_through_the_proxy, forget_proxies,
                                        forget_proxies),
        cmocka_unit_test_setup_teardown(test_no_proxy, forget_proxies, forget_proxies),
        cmocka_unit_test_setup_teardown(test_a_proxy_in_trouble_is_named_without_its_password,
                                        forget_proxies, forget_proxies),
        cmocka_unit_test_setup_teardown(test_through_tinyproxy, forget_proxies, forget_proxies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
