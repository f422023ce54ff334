/* test_http.c - answers and how they arrive: whole, in pieces, compressed, wrong, too large. */
#include "tests/unit/net/netrun.h"

#include "runbook/base/mem.h"
#include "runbook/loop/proc.h"

static void test_plain_get(void **state)
{
    struct net n;
    struct got g;
    struct buf seen = BUF_INIT(10000);
    struct http_header headers[] = {{"X-One", "1"}, {"X-Empty", ""}};

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    httpd_text(n.server, "/a", 200, "Content-Type: text/plain\r\nX-Answer:  yes \r\n", "hello");
    g.want_header = "x-ANSWER";
    net_get(&n, &g, (struct http_request){.headers = headers, .header_count = 2}, "/a?b=c");
    assert_ok(g.err.code, &g.err);
    assert_int_equal(g.status, 200);
    assert_str(buf_str(&g.body), "hello");
    assert_string_equal(g.content_type, "text/plain");
    assert_string_equal(g.seen_header, "yes");
    assert_int_equal(g.attempts, 1);
    assert_true(g.first_byte_ms >= 0 && g.first_byte_ms <= g.duration_ms);
    assert_true(httpd_request(n.server, 0, &seen));
    assert_true(str_starts(buf_str(&seen), "GET /a?b=c HTTP/1.1\r\n"));
    assert_true(str_find(buf_str(&seen), STR_LIT("\r\nX-One: 1\r\n")) > 0);
    assert_true(str_find(buf_str(&seen), STR_LIT("\r\nX-Empty:\r\n")) > 0);
    assert_true(str_find(buf_str(&seen), STR_LIT("\r\nUser-Agent: runbook/")) > 0);
    assert_true(str_find(buf_str(&seen), STR_LIT("\r\nAccept-Encoding: gzip")) > 0);
    http_cancel(n.client, g.id); /* long gone: harmless */
    buf_release(&seen);
    got_release(&g);
    net_release(&n);
}

static void test_an_error_status_is_an_answer(void **state)
{
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    httpd_text(n.server, "/bad", 400, "", "bad query");
    net_get(&n, &g, (struct http_request){.stream = true, .retries = 3}, "/bad");
    assert_ok(g.err.code, &g.err);
    assert_int_equal(g.status, 400);
    assert_str(buf_str(&g.body), "bad query"); /* also of a streamed request */
    assert_int_equal(g.data.len, 0);
    assert_int_equal(g.attempts, 1);
    got_release(&g);
    net_release(&n);
}

static void check_sent(const char *method, const char *body, const char *type, const char *expect)
{
    struct net n;
    struct got g;
    struct buf seen = BUF_INIT(1 << 22);
    struct str rest, line;
    bool typed = false, has_length = false, expects = false;

    net_init(&n);
    got_init(&g, &n);
    httpd_text(n.server, "/m", 200, "", "");
    net_get(&n, &g,
            (struct http_request){.method = method, .body = str_from(body), .content_type = type},
            "/m");
    assert_ok(g.err.code, &g.err);
    assert_true(httpd_request(n.server, 0, &seen));
    rest = buf_str(&seen);
    assert_true(str_line(&rest, &line));
    assert_str(line, expect);
    while (str_line(&rest, &line) && line.len) {
        typed = typed || str_ifind(line, STR_LIT("content-type:")) == 0;
        has_length = has_length || str_ifind(line, STR_LIT("content-length:")) == 0;
        expects = expects || str_ifind(line, STR_LIT("expect:")) == 0;
    }
    assert_int_equal(typed, type != NULL);
    assert_int_equal(has_length, strcmp(method, "GET") != 0 && strcmp(method, "HEAD") != 0 &&
                                     (strcmp(method, "DELETE") != 0 || body));
    assert_false(expects);
    assert_true(body ? str_eq_c(rest, body) : rest.len == 0);
    buf_release(&seen);
    got_release(&g);
    net_release(&n);
}

static void test_methods_and_bodies(void **state)
{
    char *big = xmalloc(2000001);

    (void)state;
    memset(big, 'x', 2000000);
    big[2000000] = '\0';
    check_sent("GET", NULL, NULL, "GET /m HTTP/1.1");
    check_sent("HEAD", NULL, NULL, "HEAD /m HTTP/1.1");
    check_sent("POST", "{\"a\":1}", "application/json", "POST /m HTTP/1.1");
    check_sent("POST", NULL, NULL, "POST /m HTTP/1.1");
    check_sent("PUT", "x", NULL, "PUT /m HTTP/1.1");
    check_sent("DELETE", NULL, NULL, "DELETE /m HTTP/1.1");
    check_sent("PATCH", big, "text/plain", "PATCH /m HTTP/1.1");
    free(big);
}

static void test_every_split_of_a_chunked_answer(void **state)
{
    static const char bytes[] = "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\n"
                                "Transfer-Encoding: chunked\r\nX-A: b\r\n\r\n"
                                "5\r\nhello\r\n7;ext=1\r\n, world\r\n0\r\nX-Late: 1\r\n\r\n";
    struct net n;

    (void)state;
    net_init(&n);
    for (size_t piece = 1; piece < sizeof(bytes); piece += piece < 8 ? 1 : 7) {
        char path[32];
        struct got g;

        got_init(&g, &n);
        g.want_header = "X-A";
        snprintf(path, sizeof(path), "/%zu", piece);
        httpd_add(n.server, &(struct httpd_answer){
                                .path = path, .bytes = STR_LIT(bytes), .piece_bytes = piece});
        net_get(&n, &g, (struct http_request){.stream = piece % 2}, path);
        assert_ok(g.err.code, &g.err);
        assert_int_equal(g.status, 200);
        assert_str(buf_str(piece % 2 ? &g.data : &g.body), "hello, world");
        assert_string_equal(g.seen_header, "b");
        got_release(&g);
    }
    assert_true(httpd_connections(n.server) <= 2); /* connections are kept */
    net_release(&n);
}

static void keep_output(void *ctx, const struct proc_result *r)
{
    assert_ok(r->err.code, &r->err);
    assert_int_equal(r->exit_status, 0);
    assert_true(buf_add_str(ctx, r->out));
}

/* What a shell command writes, as it is. */
static void run_shell(const char *command, struct buf *out)
{
    const char *argv[] = {"sh", "-c", command, NULL};
    struct loop *l = loop_new(clock_system());

    proc_start(l, &(struct proc_spec){.argv = argv}, keep_output, out);
    loop_run(l);
    loop_free(l);
}

static void add_gzip(struct net *n, const char *path, const char *command, size_t cut)
{
    struct buf packed = BUF_INIT(1 << 22), bytes = BUF_INIT(1 << 22);

    run_shell(command, &packed);
    buf_addf(&bytes, "HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: %zu\r\n\r\n",
             packed.len - cut);
    buf_add(&bytes, packed.ptr, packed.len - cut);
    httpd_add(n->server, &(struct httpd_answer){.path = path, .bytes = buf_str(&bytes)});
    buf_release(&packed);
    buf_release(&bytes);
}

static void test_gzip(void **state)
{
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    got_init(&g, &n);
    add_gzip(&n, "/z", "printf hello | gzip -c", 0);
    net_get(&n, &g, (struct http_request){0}, "/z");
    assert_ok(g.err.code, &g.err);
    assert_str(buf_str(&g.body), "hello");
    got_release(&g);
    net_release(&n);
}

static void test_gzip_bomb_and_garbage(void **state)
{
    struct net n;
    struct got g;

    (void)state;
    net_init(&n);
    add_gzip(&n, "/bomb", "head -c 200000000 /dev/zero | gzip -9 -c", 0);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){.max_body_bytes = 1000000}, "/bomb");
    assert_int_equal(g.err.code, ERR_LIMIT);
    assert_non_null(strstr(g.err.msg, "is larger than 1000000 bytes"));
    assert_true(g.body.len <= 1000000);
    got_release(&g);
    httpd_text(n.server, "/junk", 200, "Content-Encoding: gzip\r\n", "this is not gzip at all");
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){0}, "/junk");
    assert_int_equal(g.err.code, ERR_REMOTE);
    assert_non_null(strstr(g.err.msg, "damaged"));
    got_release(&g);
    net_release(&n);
}

static void test_body_cap(void **state)
{
    struct net n;

    (void)state;
    net_init(&n);
    httpd_text(n.server, "/ten", 200, "", "0123456789");
    for (int stream = 0; stream < 2; stream++) {
        struct got g;

        got_init(&g, &n);
        net_get(&n, &g, (struct http_request){.max_body_bytes = 10, .stream = stream}, "/ten");
        assert_ok(g.err.code, &g.err);
        got_release(&g);
        got_init(&g, &n);
        net_get(&n, &g, (struct http_request){.max_body_bytes = 9, .stream = stream, .retries = 3},
                "/ten");
        assert_int_equal(g.err.code, ERR_LIMIT);
        assert_int_equal(g.attempts, 1);
        got_release(&g);
    }
    net_release(&n);
}

struct bad {
    const char *bytes;
    enum httpd_end end;
    enum err_code code;
    const char *says;
};

static void test_broken_answers(void **state)
{
    static const struct bad bads[] = {
        {"", HTTPD_CLOSE, ERR_NET, "closed the connection without an answer"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", HTTPD_CLOSE, ERR_NET,
         "was cut off after 5 bytes"},
        {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel", HTTPD_CLOSE, ERR_NET,
         "3 bytes"},
        {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", HTTPD_RESET, ERR_NET,
         "broke after"},
        {"SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n", HTTPD_CLOSE, ERR_REMOTE, "does not answer in HTTP"},
        {"\0\1\2\3\4\5\6\7garbage garbage garbage\n\n", HTTPD_CLOSE, ERR_REMOTE, "HTTP"},
        {"HTTP/1.1 200 OK\r\nContent-Le", HTTPD_CLOSE, ERR_NET, "127.0.0.1"},
    };
    struct net n;

    (void)state;
    net_init(&n);
    for (size_t i = 0; i < sizeof(bads) / sizeof(bads[0]); i++) {
        char path[16];
        struct got g;
        struct str bytes = str_from(bads[i].bytes);

        if (i == 5)
            bytes.len = 32;
        snprintf(path, sizeof(path), "/%zu", i);
        httpd_add(n.server,
                  &(struct httpd_answer){.path = path, .bytes = bytes, .end = bads[i].end});
        got_init(&g, &n);
        net_get(&n, &g, (struct http_request){0}, path);
        if (g.err.code != bads[i].code || !strstr(g.err.msg, bads[i].says))
            fail_msg("%zu: %s \"%s\", wanted \"%s\"", i, err_code_name(g.err.code), g.err.msg,
                     bads[i].says);
        got_release(&g);
    }
    net_release(&n);
}

static void test_giant_headers(void **state)
{
    struct buf bytes = BUF_INIT(1 << 22);
    struct net n;

    (void)state;
    net_init(&n);
    buf_adds(&bytes, "HTTP/1.1 200 OK\r\n");
    for (int i = 0; i < 5000; i++)
        buf_addf(&bytes, "X-Header-%d: %060d\r\n", i, i);
    buf_adds(&bytes, "Content-Length: 0\r\n\r\n");
    httpd_add(n.server, &(struct httpd_answer){.path = "/many", .bytes = buf_str(&bytes)});
    buf_clear(&bytes);
    buf_adds(&bytes, "HTTP/1.1 200 OK\r\nX-Long: ");
    for (int i = 0; i < 40000; i++)
        buf_adds(&bytes, "0123456789");
    buf_adds(&bytes, "\r\nContent-Length: 0\r\n\r\n");
    httpd_add(n.server, &(struct httpd_answer){.path = "/long", .bytes = buf_str(&bytes)});
    for (int i = 0; i < 2; i++) {
        struct got g;

        got_init(&g, &n);
        net_get(&n, &g, (struct http_request){0}, i ? "/long" : "/many");
        assert_int_equal(g.err.code, ERR_LIMIT);
        assert_non_null(strstr(g.err.msg, "header"));
        got_release(&g);
    }
    buf_release(&bytes);
    net_release(&n);
}

static void test_what_cannot_be_sent_is_refused_by_name(void **state)
{
    static const struct http_header evil = {"X-A", "b\r\nX-Evil: 1"}, name = {"X A", "b"};
    static const struct {
        struct http_request req;
        const char *says;
    } cases[] = {
        {{.url = "ftp://u:secret@host/x"}, "\"ftp://host/x\" is neither http nor https"},
        {{.url = "file:///etc/passwd"}, "is neither http nor https"},
        {{.url = "localhost:9090"}, "\"localhost:9090\""},
        {{.url = "http://"}, "is not a URL"},
        {{.url = ""}, "is not a URL"},
        {{.url = "http://host/\r\nX-Evil: 1"}, "is not a URL"},
        {{.url = "http://host:99999/"}, "is not a URL"},
        {{.url = "http://host/", .method = "GET /x"}, "is not an HTTP method"},
        {{.url = "http://host/", .headers = &evil, .header_count = 1}, "X-A holds a line break"},
        {{.url = "http://host/", .headers = &name, .header_count = 1}, "bad name"},
    };
    struct net n;

    (void)state;
    net_init(&n);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct got g;

        got_init(&g, &n);
        net_get(&n, &g, cases[i].req, NULL);
        assert_int_equal(g.err.code, ERR_INPUT);
        if (!strstr(g.err.msg, cases[i].says))
            fail_msg("%zu: \"%s\"", i, g.err.msg);
        assert_null(strstr(g.err.msg, "secret"));
        assert_int_equal(g.attempts, 0);
        got_release(&g);
    }
    net_release(&n);
}

static void test_nobody_there(void **state)
{
    struct net n;
    struct got g;
    char url[64], says[100];
    struct httpd *gone;

    (void)state;
    net_init(&n);
    gone = httpd_start();
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/", httpd_port(gone));
    snprintf(says, sizeof(says), "connect to 127.0.0.1:%u: connection refused", httpd_port(gone));
    httpd_stop(gone);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){.url = url}, NULL);
    assert_int_equal(g.err.code, ERR_NET);
    assert_string_equal(g.err.msg, says);
    assert_int_equal(g.status, 0);
    got_release(&g);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){.url = "http://no-such-host.invalid:1/"}, NULL);
    /* "no such host name", or "no name server answers" where there is none */
    assert_true(str_starts(str_from(g.err.msg), "resolve no-such-host.invalid: no "));
    got_release(&g);
    net_release(&n);
}

static void test_credentials_are_sent_and_never_shown(void **state)
{
    struct net n;
    struct secret *password = secret_new(STR_LIT("open sesame")), *evil;
    struct got g;
    struct buf seen = BUF_INIT(10000);

    (void)state;
    net_init(&n);
    httpd_text(n.server, "/", 200, "", "");
    got_init(&g, &n);
    net_get(&n, &g,
            (struct http_request){.auth = HTTP_AUTH_BASIC, .user = "ali", .secret = password}, "/");
    assert_true(httpd_request(n.server, 0, &seen));
    assert_true(
        str_find(buf_str(&seen), STR_LIT("\r\nAuthorization: Basic YWxpOm9wZW4gc2VzYW1l\r\n")) > 0);
    got_release(&g);
    buf_clear(&seen);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){.auth = HTTP_AUTH_BEARER, .secret = password}, "/");
    assert_true(httpd_request(n.server, 1, &seen));
    assert_true(str_find(buf_str(&seen), STR_LIT("\r\nAuthorization: Bearer open sesame\r\n")) > 0);
    got_release(&g);
    got_init(&g, &n);
    evil = secret_new(STR_LIT("abc\r\nX-Evil: 1"));
    net_get(&n, &g, (struct http_request){.auth = HTTP_AUTH_BEARER, .secret = evil}, "/");
    assert_int_equal(g.err.code, ERR_INPUT);
    assert_null(strstr(g.err.msg, "abc"));
    got_release(&g);
    got_init(&g, &n);
    net_get(&n, &g, (struct http_request){.url = "http://ali:sesame@127.0.0.1:1/x?token=sesame"},
            NULL);
    assert_int_equal(g.err.code, ERR_NET);
    assert_null(strstr(g.err.msg, "sesame"));
    got_release(&g);
    secret_free(password);
    secret_free(evil);
    buf_release(&seen);
    net_release(&n);
}

static void check_redacted(const char *url, const char *shown)
{
    struct buf out = BUF_INIT(1000);

    url_redact(&out, url);
    assert_string_equal(buf_cstr(&out), shown);
    buf_release(&out);
}

static void test_urls(void **state)
{
    struct buf out = BUF_INIT(1000);

    (void)state;
    url_encode(&out, STR_LIT("a b/c?d=e&f~g-h_i.j\xC3\xA9%\0z"));
    assert_string_equal(buf_cstr(&out), "a%20b%2Fc%3Fd%3De%26f~g-h_i.j%C3%A9%25%00z");
    buf_release(&out);
    check_redacted("http://u:p@host:9090/x?y=z", "http://host:9090/x?y=z");
    check_redacted("http://host/x@y", "http://host/x@y");
    check_redacted("http://host:80/x@y", "http://host:80/x@y");
    check_redacted("http://u:p@w@host/", "http://host/");
    check_redacted("http://u:pa/ss@host/", "http://host/"); /* an unescaped slash in a password */
    check_redacted("https://u@[::1]:9/", "https://[::1]:9/");
    check_redacted("https://[::1]:9/a@b", "https://[::1]:9/a@b");
    check_redacted("http://h/?a=1&api_key=s3cret&Token=x&q=token",
                   "http://h/?a=1&api_key=****&Token=****&q=token");
    check_redacted("not a url", "not a url");
    check_redacted("", "");
}

static void test_free_with_requests_under_way(void **state)
{
    struct net n;
    struct got g[3];

    (void)state;
    net_init(&n);
    httpd_add(n.server, &(struct httpd_answer){.path = "/stall", .gate = true});
    for (int i = 0; i < 3; i++) {
        got_init(&g[i], &n);
        net_send(&n, &g[i], (struct http_request){0}, "/stall");
    }
    while (httpd_count(n.server) < 3)
        loop_turn(n.loop, true);
    net_release(&n);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(g[i].done, 0); /* silently */
        got_release(&g[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain_get),
        cmocka_unit_test(test_an_error_status_is_an_answer),
        cmocka_unit_test(test_methods_and_bodies),
        cmocka_unit_test(test_every_split_of_a_chunked_answer),
        cmocka_unit_test(test_gzip),
        cmocka_unit_test(test_gzip_bomb_and_garbage),
        cmocka_unit_test(test_body_cap),
        cmocka_unit_test(test_broken_answers),
        cmocka_unit_test(test_giant_headers),
        cmocka_unit_test(test_what_cannot_be_sent_is_refused_by_name),
        cmocka_unit_test(test_nobody_there),
        cmocka_unit_test(test_credentials_are_sent_and_never_shown),
        cmocka_unit_test(test_urls),
        cmocka_unit_test(test_free_with_requests_under_way),
    };

    /* The proxies of whoever runs the tests are not for a loopback server. */
    setenv("no_proxy", "*", 1);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
