/* test_http_tls.c - certificates good and bad against `openssl s_server`, with a test authority
 * that is made when the test runs. Skipped where there is no openssl program. */
#include "tests/unit/net/netrun.h"

#include <unistd.h>

#include "runbook/base/num.h"
#include "runbook/loop/proc.h"
#include "tests/lib/tmpdir.h"

/* ca: the authority; ok: good for localhost; old, young: not valid now; other: for another name;
 * self: signed by itself; client: for the client. */
static const char make_certificates[] =
    "set -e; cd \"$DIR\"; exec >log 2>&1\n"
    "new() { openssl req -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout $1.key -out "
    "$1.csr -subj /CN=$2; }\n"
    "sign() { openssl ca -batch -notext -config ca.cnf -cert ca.pem -keyfile ca.key -in $1.csr "
    "-out "
    "$1.pem -startdate $2 -enddate $3 -extfile $1.ext; }\n"
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout ca.key -out "
    "ca.pem "
    "-days 3650 -subj /CN=runbook-test-ca\n"
    "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -keyout self.key -out "
    "self.pem -days 3650 -subj /CN=localhost -addext subjectAltName=DNS:localhost\n"
    "cat >ca.cnf <<E\n[ca]\ndefault_ca=d\n[d]\ndatabase=index\nserial=serial\nnew_certs_dir=.\n"
    "policy=p\ndefault_md=sha256\nunique_subject=no\n[p]\ncommonName=supplied\nE\n"
    ": >index; echo 01 >serial\n"
    "for c in ok old young; do echo subjectAltName=DNS:localhost >$c.ext; new $c localhost; done\n"
    "echo subjectAltName=DNS:db.example >other.ext; new other db.example\n"
    "echo extendedKeyUsage=clientAuth >client.ext; new client runbook\n"
    "sign ok 20200101000000Z 20991231000000Z\nsign other 20200101000000Z 20991231000000Z\n"
    "sign client 20200101000000Z 20991231000000Z\n"
    "sign old 20200101000000Z 20200201000000Z\nsign young 20900101000000Z 20991231000000Z\n";

static char *dir; /* of the certificates, for all tests of this file */
static int have_openssl = 1;

static void on_made(void *ctx, const struct proc_result *r)
{
    *(int *)ctx = r->exit_status;
}

static int sh(const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};
    char *env_dir = xasprintf("DIR=%s", dir);
    const char *env[] = {env_dir, NULL};
    struct loop *l = loop_new(clock_system());
    int status = -1;

    proc_start(l, &(struct proc_spec){.argv = argv, .env = env, .timeout_ms = 60000}, on_made,
               &status);
    loop_run(l);
    loop_free(l);
    free(env_dir);
    return status;
}

static int make_all(void **state)
{
    (void)state;
    dir = tmpdir_new();
    if (sh("command -v openssl >/dev/null") != 0) {
        have_openssl = 0;
        return 0;
    }
    return sh(make_certificates);
}

static int remove_all(void **state)
{
    (void)state;
    tmpdir_free(dir);
    return 0;
}

/* ---- a server ---- */

struct tls {
    struct net n;
    struct got g;
    loop_id server;
    struct buf said;
    int ready, ended;
    unsigned port;
    char url[80], file[4][300];
};

static void on_said(void *ctx, struct str piece)
{
    struct tls *t = ctx;
    struct str rest, line;
    uint64_t port = 0;
    ptrdiff_t at;

    if (t->ready)
        return;
    buf_add_str(&t->said, piece);
    at = str_find(buf_str(&t->said), STR_LIT("ACCEPT 127.0.0.1:"));
    if (at < 0 || !memchr(t->said.ptr + at, '\n', t->said.len - (size_t)at))
        return;
    rest = (struct str){t->said.ptr + at + 17, t->said.len - (size_t)at - 17};
    assert_true(str_line(&rest, &line) && num_u64(str_trim(line), &port));
    t->port = (unsigned)port;
    t->ready = 1;
}

static void on_server_ended(void *ctx, const struct proc_result *r)
{
    struct tls *t = ctx;

    (void)r;
    t->ended = t->ready = 1;
}

static const char *in_dir(struct tls *t, int slot, const char *name)
{
    snprintf(t->file[slot], sizeof(t->file[slot]), "%s/%s", dir, name);
    return t->file[slot];
}

static void tls_init(struct tls *t, const char *cert, bool wants_client)
{
    char command[900];
    const char *argv[] = {"sh", "-c", command, NULL};

    memset(t, 0, sizeof(*t));
    net_init(&t->n);
    got_init(&t->g, &t->n);
    buf_init(&t->said, 100000);
    snprintf(command, sizeof(command),
             "cd %s && exec openssl s_server -accept 127.0.0.1:0 -www -cert %s.pem -key %s.key %s",
             dir, cert, cert, wants_client ? "-Verify 1 -verify_return_error -CAfile ca.pem" : "");
    t->server = proc_start(
        t->n.loop,
        &(struct proc_spec){.argv = argv, .on_output = on_said, .max_output_bytes = 1 << 20},
        on_server_ended, t);
    net_wait(&t->n, &t->ready);
    assert_int_equal(t->ended, 0);
    snprintf(t->url, sizeof(t->url), "https://localhost:%u/", t->port);
}

static void tls_release(struct tls *t)
{
    proc_cancel(t->n.loop, t->server);
    net_wait(&t->n, &t->ended);
    got_release(&t->g);
    buf_release(&t->said);
    net_release(&t->n);
}

/* One request to a server with `cert`; `says` NULL: it must be answered. */
static void check(const char *cert, const struct http_tls *tls, const char *says)
{
    struct tls t;

    tls_init(&t, cert, false);
    net_get(&t.n, &t.g, (struct http_request){.url = t.url, .tls = tls, .retries = 3}, NULL);
    if (!says) {
        assert_ok(t.g.err.code, &t.g.err);
        assert_int_equal(t.g.status, 200);
        assert_true(str_find(buf_str(&t.g.body), STR_LIT("s_server")) >= 0);
    } else {
        assert_int_equal(t.g.err.code, ERR_NET);
        if (!strstr(t.g.err.msg, says))
            fail_msg("%s: \"%s\", wanted \"%s\"", cert, t.g.err.msg, says);
        assert_int_equal(t.g.attempts, 1); /* a bad certificate does not get better */
    }
    tls_release(&t);
}

static void test_certificates(void **state)
{
    char ca[300];
    struct http_tls with_ca = {.ca_file = ca}, insecure = {.insecure = true};
    struct http_tls named = {.ca_file = ca, .server_name = "db.example"};

    (void)state;
    snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
    check("ok", &with_ca, NULL);
    check("ok", NULL, "is signed by an unknown authority: set tls.ca_file");
    check("old", &with_ca, "has expired");
    check("young", &with_ca, "is not valid yet");
    check("other", &with_ca, "is for another name");
    check("other", &named, NULL); /* the name that the certificate has */
    check("ok", &named, "is for another name");
    check("self", &with_ca, "is self-signed");
    check("self", &insecure, NULL);
    check("old", &insecure, NULL);
}

static void test_the_host_header_stays_with_a_server_name(void **state)
{
    char ca[300];
    struct http_tls named = {.ca_file = ca, .server_name = "db.example"};
    struct tls t;

    (void)state;
    snprintf(ca, sizeof(ca), "%s/ca.pem", dir);
    tls_init(&t, "ok", false); /* the wrong name: the message must say what the user wrote */
    net_get(&t.n, &t.g, (struct http_request){.url = t.url, .tls = &named}, NULL);
    assert_non_null(strstr(t.g.err.msg, "certificate of localhost:"));
    tls_release(&t);
}

static void test_client_certificate(void **state)
{
    struct tls t;
    struct http_tls without, with, wrong;

    (void)state;
    tls_init(&t, "ok", true);
    without = (struct http_tls){.ca_file = in_dir(&t, 0, "ca.pem")};
    with = (struct http_tls){.ca_file = in_dir(&t, 0, "ca.pem"),
                             .cert_file = in_dir(&t, 1, "client.pem"),
                             .key_file = in_dir(&t, 2, "client.key")};
    wrong = with;
    wrong.key_file = in_dir(&t, 3, "ca.key");
    net_get(&t.n, &t.g, (struct http_request){.url = t.url, .tls = &with}, NULL);
    assert_ok(t.g.err.code, &t.g.err);
    assert_int_equal(t.g.status, 200);
    got_release(&t.g);
    got_init(&t.g, &t.n);
    net_get(&t.n, &t.g, (struct http_request){.url = t.url, .tls = &without}, NULL);
    assert_int_equal(t.g.err.code, ERR_DENIED);
    assert_non_null(strstr(t.g.err.msg, "wants a client certificate"));
    got_release(&t.g);
    got_init(&t.g, &t.n);
    net_get(&t.n, &t.g, (struct http_request){.url = t.url, .tls = &wrong}, NULL);
    assert_int_equal(t.g.err.code, ERR_INPUT);
    assert_true(str_starts(str_from(t.g.err.msg), "tls.cert_file: cannot use "));
    tls_release(&t);
}

static void test_files_and_protocols_that_do_not_fit(void **state)
{
    struct tls t;
    struct http_tls missing = {.ca_file = "/nowhere/ca.pem"};
    char url[HTTPD_URL_MAX];

    (void)state;
    tls_init(&t, "ok", false);
    net_get(&t.n, &t.g, (struct http_request){.url = t.url, .tls = &missing}, NULL);
    assert_int_equal(t.g.err.code, ERR_INPUT);
    assert_true(str_starts(str_from(t.g.err.msg), "tls.ca_file: cannot use /nowhere/ca.pem: "));
    got_release(&t.g);
    got_init(&t.g, &t.n); /* https to a server that speaks plain HTTP */
    httpd_text(t.n.server, "/", 200, "", "");
    snprintf(url, sizeof(url), "https://127.0.0.1:%u/", httpd_port(t.n.server));
    net_get(&t.n, &t.g, (struct http_request){.url = url}, NULL);
    assert_int_equal(t.g.err.code, ERR_NET);
    if (!strstr(t.g.err.msg, "does not speak TLS"))
        fail_msg("\"%s\"", t.g.err.msg);
    got_release(&t.g);
    got_init(&t.g, &t.n); /* http to a server that speaks TLS */
    snprintf(url, sizeof(url), "http://localhost:%u/", t.port);
    net_get(&t.n, &t.g, (struct http_request){.url = url}, NULL);
    assert_int_not_equal(t.g.err.code, ERR_OK);
    tls_release(&t);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_certificates),
        cmocka_unit_test(test_the_host_header_stays_with_a_server_name),
        cmocka_unit_test(test_client_certificate),
        cmocka_unit_test(test_files_and_protocols_that_do_not_fit),
    };
    void *none = NULL;

    setenv("no_proxy", "*", 1);
    if (make_all(&none) != 0) {
        puts("1..1\nnot ok 1 - certificates could not be made");
        return 1;
    }
    if (!have_openssl) {
        remove_all(&none);
        puts("1..1\nok 1 - TLS # SKIP no openssl program");
        return 0;
    }
    return cmocka_run_group_tests(tests, NULL, remove_all);
}
