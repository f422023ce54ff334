/* test_host_services.c - listeners of this machine spoken to, certificates, promised ports, and log
 * lines by family with who writes them. The servers are real and listen on the loopback interface.
 * */
#include "tests/lib/unit.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/net/tls_look.h"
#include "runbook/service/host_logs.h"
#include "runbook/service/host_services.h"
#include "src/service/host/speak_priv.h"
#include "tests/lib/visit.h"

static const char token[] = "0123456789012345678901234567890123456789";

static int bind_any(int *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    getsockname(fd, (struct sockaddr *)&a, &len);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static int listen_any(int *ret_port)
{
    int fd = bind_any(ret_port);

    assert_int_equal(listen(fd, 64), 0);
    return fd;
}

enum manner {
    SAY_500,
    SAY_404,
    SAY_SSH,
    READ_AND_HANG,
    ACCEPT_ONLY,
    NEVER_ACCEPT,
    CLOSE_AT_ONCE,
    SAY_LATE, /* when it was asked, what it should have said at once */
    SAY_NOISE
};

static void serve_one(int c, enum manner how)
{
    static const char *const says[] = {
        [SAY_500] = "HTTP/1.1 500 Internal Server Error\r\nContent-Length: 0\r\n\r\n",
        [SAY_404] = "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n",
        [SAY_SSH] = "SSH-2.0-Test\r\n",
        [SAY_LATE] = "SSH-2.0-Test\r\n",
        [SAY_NOISE] = "\x01\x02\x03 what\r\n",
    };
    char in[4096];

    if (how != SAY_SSH && how != ACCEPT_ONLY && how != CLOSE_AT_ONCE &&
        recv(c, in, sizeof(in), 0) < 0)
        return;
    while (how == READ_AND_HANG || how == ACCEPT_ONLY)
        pause();
    if (says[how] && write(c, says[how], strlen(says[how])) < 0)
        return;
    close(c);
}

/* A process a connection: an investigation by another test may be here as well, and be slow. */
static void serve(int fd, enum manner how)
{
    signal(SIGCHLD, SIG_IGN);
    while (how != NEVER_ACCEPT) {
        int c = accept(fd, NULL, NULL);

        if (c >= 0 && fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            serve_one(c, how);
            _exit(0);
        }
        close(c);
    }
    pause();
}

/* Ask one server that behaves so; the lines. */
static void ask_named(enum manner how, const char *comm, bool aside, struct host_answered *ret,
                      struct arena *arena)
{
    struct buf b = BUF_INIT(1 << 20);
    struct speak_target t = {.addr = "127.0.0.1", .aside = aside};
    struct host_services s;
    struct err err = ERR_INIT;
    int fd = listen_any(&t.port);
    pid_t pid = fork();

    snprintf(t.comm, sizeof(t.comm), "%s", comm);
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd, how);
    }
    close(fd);
    host_bundle_begin(&b, token);
    host_bundle_section(&b, token, "clock", 1, ERR_OK);
    buf_adds(&b, "1795248000");
    host_bundle_section(&b, token, "services", 1, ERR_OK);
    speak_run(&t, 1, local_now_ms() + 5000, "here", &b);
    host_bundle_end(&b, token);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_int_equal(host_services_parse(&s, arena, buf_str(&b), &err), ERR_OK);
    assert_int_equal(s.listeners.count, 1);
    *ret = s.listeners.items[0];
    ret->certs.items = NULL;
    assert_int_equal(ret->port, t.port);
    host_services_release(&s);
    buf_release(&b);
}

/* Is it as it must be? It is asked again where a machine that others use was too slow for it. */
typedef bool good_fn(const void *row, const struct host_answered *t);

static void ask_until(good_fn *good, const void *row, enum manner how, const char *comm, bool aside,
                      struct host_answered *ret, struct arena *arena)
{
    int64_t until = local_now_ms() + 60000;

    do
        ask_named(how, comm, aside, ret, arena);
    while (!good(row, ret) && local_now_ms() < until);
}

struct worth {
    enum manner how;
    const char *comm;
    bool aside;
    int pages;
};

static bool has_pages(const void *row, const struct host_answered *t)
{
    return t->page_count == ((const struct worth *)row)->pages;
}

/* How often a listener is asked: what is well and nobody called a web server once, what fails or is
 * one for its health pages as well, what we were started beside never. */
static void nobody_is_asked_more_than_it_is_worth(void **state)
{
    static const struct worth rows[] = {
        {SAY_404, "thing", false, 1},    {SAY_500, "thing", false, 3},
        {SAY_404, "shop-api", false, 3}, {SAY_500, "thing", true, 0},
        {SAY_404, "shop-web", true, 3}, /* its name promises pages */
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct host_answered t;

        ask_until(has_pages, &rows[i], rows[i].how, rows[i].comm, rows[i].aside, &t, arena);
        if (t.page_count != rows[i].pages)
            fail_msg("%zu: %d pages, not %d", i, t.page_count, rows[i].pages);
        assert_string_equal(t.connect, rows[i].pages ? "ok" : "");
    }
    arena_free(arena);
}

struct said {
    enum manner how;
    const char *proto, *stuck;
    int status;
};

static bool is_said(const void *row, const struct host_answered *t)
{
    const struct said *s = row;

    return strcmp(t->connect, "ok") == 0 && strcmp(t->stuck, s->stuck) == 0 &&
           strcmp(t->proto, s->proto) == 0 && (t->page_count ? t->pages[0].status : 0) == s->status;
}

/* A connection would end them, or what is sent would reach a printer, a serial line or a console.
 */
static void some_are_never_spoken_to(void **state)
{
    static const char *const comms[] = {"p910nd", "cupsd",     "nc",     "nc.openbsd",
                                        "ncat",   "socat",     "iperf3", "qemu-system-x86",
                                        "Xorg",   "gdbserver", "lpd",    "ser2net"};
    static const int ports[] = {53, 111, 139, 445, 515, 2049, 3389};

    for (size_t i = 0; i < sizeof(comms) / sizeof(*comms); i++)
        assert_int_equal(speak_first_of(8080, comms[i]), SPEAK_NEVER);
    for (size_t i = 0; i < sizeof(ports) / sizeof(*ports); i++)
        assert_int_equal(speak_first_of(ports[i], "thing"), SPEAK_NEVER);
    assert_int_equal(speak_first_of(8080, "ncdns"), SPEAK_HTTP);
}

static void answers_are_told_apart(void **state)
{
    static const struct said rows[] = {
        {SAY_500, "http", "", 500},
        {SAY_404, "http", "", 404},
        {SAY_SSH, "ssh", "", 0},
        {SAY_LATE, "ssh", "", 0},
        {READ_AND_HANG, "silent", "answer", 0},
        {ACCEPT_ONLY, "silent", "read", 0},
        {NEVER_ACCEPT, "silent", "accept", 0},
        {CLOSE_AT_ONCE, "other", "", 0},
        {SAY_NOISE, "other", "", 0},
    };
    struct arena *arena = arena_new(0);

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        struct host_answered t;

        ask_until(is_said, &rows[i], rows[i].how, "", false, &t, arena);
        assert_string_equal(t.connect, "ok");
        if (rows[i].how != CLOSE_AT_ONCE)
            assert_string_equal(t.proto, rows[i].proto);
        assert_string_equal(t.stuck, rows[i].stuck);
        if (rows[i].status) {
            assert_int_equal(t.pages[0].status, rows[i].status);
            assert_true(t.pages[0].ms < 60000);
        }
        if (rows[i].how == ACCEPT_ONLY)
            assert_true(t.unread > 50);
    }
    arena_free(arena);
}

static void a_port_without_a_listener_refuses(void **state)
{
    struct speak_target t = {.addr = "127.0.0.1"};
    struct buf out = BUF_INIT(65536);
    int fd = bind_any(&t.port); /* kept: nobody else can listen there */

    speak_run(&t, 1, local_now_ms() + 5000, "here", &out);
    assert_non_null(strstr(buf_cstr(&out), "connect\trefused\t"));
    buf_release(&out);
    close(fd);
}

/* Servers of the tests know a visit by its words, and so does an administrator: one listener that
 * is asked for a page, and what came. */
static void a_visit_says_what_it_is(void **state)
{
    struct speak_target t = {.addr = "127.0.0.1", .comm = "shop-web"};
    struct buf out = BUF_INIT(65536);
    int fd = listen_any(&t.port), c;
    char in[4096];
    ssize_t n;
    struct str head;

    speak_run(&t, 1, local_now_ms() + 60000, "here", &out); /* nobody answers: it asks, and goes */
    do { /* another test's investigation may have been here first: it says the same */
        c = accept(fd, NULL, NULL);
        assert_true(c >= 0);
        n = recv(c, in, sizeof(in), 0);
        close(c);
    } while (n <= 0);
    head = (struct str){in, (size_t)n};
    assert_true(is_visit(head));
    assert_true(str_find(head, STR_LIT("\r\nUser-Agent: runbook/" PACKAGE_VERSION " (")) > 0);
    assert_false(is_visit(STR_LIT("GET / HTTP/1.1\r\nUser-Agent: runbook/" PACKAGE_VERSION
                                  "\r\n\r\nUser-Agent: " SPEAK_AGENT "\r\n")));
    assert_false(is_visit(STR_LIT("GET / HTTP/1.1\r\nX: " SPEAK_AGENT "\r\n\r\n")));
    buf_release(&out);
    close(fd);
}

/* In `dir`, without output. */
static bool run(const char *dir, const char *const *argv)
{
    pid_t pid = fork();
    int status = 1;

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (chdir(dir) || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(1);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    waitpid(pid, &status, 0);
    return status == 0;
}

/* A server with a certificate of its own, from the openssl program. */
static void a_certificate_is_read(void **state)
{
    char dir[] = "/tmp/rb-services-XXXXXX", path[64];
    struct speak_target t = {.addr = "127.0.0.1"};
    struct buf out = BUF_INIT(65536), pem = BUF_INIT(65536);
    int64_t until = local_now_ms() + 60000;
    struct err err = ERR_INIT;
    int fd;
    pid_t pid;

    static const char *const version[] = {"openssl", "version", NULL};
    static const char *const make[] = {"openssl",  "req",
                                       "-x509",    "-newkey",
                                       "rsa:2048", "-nodes",
                                       "-keyout",  "k.pem",
                                       "-out",     "c.pem",
                                       "-days",    "30",
                                       "-subj",    "/CN=old.example",
                                       "-addext",  "subjectAltName=DNS:old.example,IP:10.0.0.9",
                                       NULL};
    const char *const clean[] = {"rm", "-r", dir, NULL};

    if (!run("/", version))
        skip();
    assert_non_null(mkdtemp(dir));
    assert_true(run(dir, make));
    close(fd = listen_any(&t.port));
    pid = fork();
    if (pid == 0) {
        char port[16];

        prctl(PR_SET_PDEATHSIG, SIGKILL);
        snprintf(port, sizeof(port), "127.0.0.1:%d", t.port);
        if (chdir(dir) || !freopen("/dev/null", "w", stdout) || !freopen("/dev/null", "w", stderr))
            _exit(1);
        execlp("openssl", "openssl", "s_server", "-quiet", "-www", "-accept", port, "-key", "k.pem",
               "-cert", "c.pem", (char *)NULL);
        _exit(127);
    }
    while (local_now_ms() < until && !strstr(buf_cstr(&out), "cert\t")) {
        buf_clear(&out);
        speak_run(&t, 1, local_now_ms() + 5000, "here", &out);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    assert_non_null(strstr(buf_cstr(&out), "tls\tok\t"));
    assert_non_null(
        strstr(buf_cstr(&out), "\tself\tCN=old.example\tCN=old.example\told.example,10.0.0.9\n"));
    assert_non_null(strstr(buf_cstr(&out), "verify\tself"));
    snprintf(path, sizeof(path), "%s/c.pem", dir);
    buf_clear(&out);
    assert_int_equal(file_read(path, &pem, &err), ERR_OK);
    assert_int_equal(tls_look_pem(buf_str(&pem), 4, &out), 1);
    assert_int_equal(tls_look_pem(STR_LIT("-----BEGIN CERTIFICATE-----\nAAAA\n"), 4, &out), 0);
    run("/", clean);
    buf_release(&out);
    buf_release(&pem);
}

#define ARGS(s) ((struct str){(s), sizeof(s) - 1})

static void promised_ports_are_read(void **state)
{
    static const struct {
        struct str args;
        int port;
    } rows[] = {
        {ARGS("app\0--port\08080\0"), 8080},
        {ARGS("app\0--port=8080"), 8080},
        {ARGS("app\0--web.listen-address=0.0.0.0:9090\0"), 9090},
        {ARGS("app\0--listen\0[::]:443\0"), 443},
        {ARGS("app\0--http.port=7000\0"), 7000},
        {ARGS("client\0--host\0db\0--port\05432\0"), 0},
        {ARGS("client\0--port\05432\0--host=db\0"), 0},
        {ARGS("ssh\0-p\02222\0host\0"), 0},
        {ARGS("app\0--report\080\0"), 0},
        {ARGS("app\0--port\0"), 0},
        {ARGS("app\0--port\00\0"), 0},
        {ARGS("app\0--port\065536\0"), 0},
        {ARGS("--port=80\0"), 0}, /* its name is no option */
        {ARGS(""), 0},
    };
    struct speak_want w;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        speak_want_args(rows[i].args, &w);
        assert_int_equal(w.count ? w.ports[0] : 0, rows[i].port);
    }
    speak_want_config(STR_LIT("# port 1\nport 6379\n  listen 127.0.0.1:8080 ssl;\nport = 5432\n"
                              "listen: \"0.0.0.0:9000\"\nportal 7\nlisten unix:/x;\n"),
                      &w);
    assert_int_equal(w.count, 4);
    assert_int_equal(w.ports[0], 6379);
    assert_int_equal(w.ports[1], 8080);
    assert_int_equal(w.ports[2], 5432);
    assert_int_equal(w.ports[3], 9000);
}

static void paths_of_certificates(void **state)
{
    struct str text = STR_LIT("ssl_certificate /etc/x/a.pem; key=/b.key \"/c/d.crt\" e.pem /.pem"),
               path;

    assert_true(speak_cert_path(&text, &path));
    assert_true(str_eq_c(path, "/etc/x/a.pem"));
    assert_true(speak_cert_path(&text, &path));
    assert_true(str_eq_c(path, "/c/d.crt"));
    assert_false(speak_cert_path(&text, &path));
}

/* ---- logs ---- */

static void log_section(struct buf *b, const char *name)
{
    host_bundle_section(b, token, name, 1, ERR_OK);
}

static void stamp(struct buf *b, int64_t s, const char *text)
{
    char at[TIME_TEXT_MAX];

    time_format_rfc3339(s * 1000, at);
    at[19] = '\0';
    buf_addf(b, "%s %s\n", at, text);
}

#define NOW_S INT64_C(1795248000)

/* `zone_s`: the writer's clock shows local time without saying so. */
static void log_bundle(struct buf *b, int64_t zone_s)
{
    host_bundle_begin(b, token);
    log_section(b, "clock");
    buf_addf(b, "%lld", (long long)NOW_S);
    log_section(b, "since");
    buf_addf(b, "%lld", (long long)NOW_S - 3600);
    log_section(b, "logwriters");
    buf_adds(b, "77\tshopd\t77\t0\t1\t0::/system.slice/shop.service\t/srv/shop.log\n"
                "78\tmake\t78\t0\t1\t0::/x\t/tmp/build.log\n");
    log_section(b, "logtimes");
    buf_addf(b, "%lld 1 /srv/shop.log\n%lld 1 /tmp/build.log\n", (long long)NOW_S,
             (long long)NOW_S);
    log_section(b, "logfile/srv/shop.log");
    for (int i = 3600; i > 0; i -= 10)
        stamp(b, NOW_S + zone_s - i, "INFO served");
    for (int i = 120; i >= 0; i -= 2)
        stamp(b, NOW_S + zone_s - i, "ERROR dial tcp 10.0.0.3:5432: connect: connection refused");
    log_section(b, "logfile/tmp/build.log");
    buf_adds(b, "x.c:1: error: no\n");
    host_bundle_end(b, token);
}

static void check_mined(int64_t zone_s)
{
    struct arena *arena = arena_new(0);
    struct buf b = BUF_INIT(1 << 20);
    struct host_mining m;
    struct err err = ERR_INIT;
    const struct host_mined *f;

    log_bundle(&b, zone_s);
    assert_int_equal(host_mining_parse(&m, arena, buf_str(&b), &err), ERR_OK);
    assert_int_equal(m.sources.count, 2);
    assert_true(m.sources.items[0].service);
    assert_int_equal(m.sources.items[0].pid, 77);
    assert_false(m.sources.items[1].service);
    f = &m.families.items[0];
    assert_string_equal(f->peer.host, "10.0.0.3");
    assert_int_equal(f->peer.port, 5432);
    assert_int_equal(f->cause, LOG_CAUSE_REFUSED);
    assert_true(f->fresh && f->current && f->risen);
    assert_true(llabs(f->shift.onset_ms - (NOW_S - 120) * 1000) <= 64000);
    assert_non_null(f->kind);
    assert_string_equal(f->kind->name, "connection");
    host_mining_release(&m);
    buf_release(&b);
    arena_free(arena);
}

static void log_lines_become_families(void **state)
{
    check_mined(0);
    check_mined(7200);   /* written in local time, east */
    check_mined(-19800); /* and west, by half hours */
}

static void hostile_sections_are_survived(void **state)
{
    struct arena *arena = arena_new(0);
    struct buf b = BUF_INIT(1 << 20);
    struct host_mining m;
    struct host_services s;
    struct err err = ERR_INIT;

    host_bundle_begin(&b, token);
    log_section(&b, "logwriters");
    buf_adds(&b, "x\ty\n\t\t\t\t\t\t\n99999999999999\ta\tb\tc\td\te\tf\n");
    log_section(&b, "logfile/\x1b[31m");
    buf_add(&b, "\0\xff\n{\"MESSAGE\":[1,2\n", 18);
    log_section(&b, "journal");
    buf_adds(&b, "{\"_SYSTEMD_UNIT\":\"\n{\"UNIT\":\"x\"}\nnone\n{\n");
    log_section(&b, "services");
    buf_adds(&b,
             "cert\nconnect\tok\ntarget\ntarget\ta\t-5\t99999999999\t\x1b]0;x\nhttp\nhttp\t/\t-1\t"
             "nan\ncert\t0\t1\t-2\tself\ncertfile\nwant\t99999999\t1\ta\tb\ngap\n\n\t\t\n");
    log_section(&b, "args//");
    host_bundle_end(&b, token);
    assert_int_equal(host_mining_parse(&m, arena, buf_str(&b), &err), ERR_OK);
    assert_null(strchr(m.sources.items[0].name, '\x1b'));
    host_mining_release(&m);
    assert_int_equal(host_services_parse(&s, arena, buf_str(&b), &err), ERR_OK);
    assert_int_equal(s.listeners.count, 2);
    assert_null(strchr(s.listeners.items[1].comm, '\x1b'));
    host_services_release(&s);
    buf_release(&b);
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(answers_are_told_apart),
        cmocka_unit_test(some_are_never_spoken_to),
        cmocka_unit_test(nobody_is_asked_more_than_it_is_worth),
        cmocka_unit_test(a_port_without_a_listener_refuses),
        cmocka_unit_test(a_visit_says_what_it_is),
        cmocka_unit_test(a_certificate_is_read),
        cmocka_unit_test(promised_ports_are_read),
        cmocka_unit_test(paths_of_certificates),
        cmocka_unit_test(log_lines_become_families),
        cmocka_unit_test(hostile_sections_are_survived),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
