/* test_logfacts.c - what single log lines say about the next step. R-21. */
#include "tests/lib/unit.h"

#include "runbook/codec/logfacts.h"

static void causes_are_named(void **state)
{
    static const struct {
        const char *line;
        enum log_cause cause;
    } rows[] = {
        {"bind(): Address already in use", LOG_CAUSE_PORT_TAKEN},
        {"Error: listen EADDRINUSE: address already in use :::3000", LOG_CAUSE_PORT_TAKEN},
        {"open /etc/app/key.pem: permission denied", LOG_CAUSE_PERMISSION},
        {"exec: \"ffmpeg\": executable file not found in $PATH", LOG_CAUSE_MISSING},
        {"error while loading shared libraries: libx.so.1: cannot open shared object file: No such "
         "file or directory",
         LOG_CAUSE_MISSING},
        {"HikariPool-1 - Connection is not available, request timed out after 30000ms.",
         LOG_CAUSE_POOL},
        {"FATAL:  sorry, too many clients already", LOG_CAUSE_POOL},
        {"dial tcp 10.0.0.3:5432: connect: connection refused", LOG_CAUSE_REFUSED},
        {"read tcp 10.0.0.5:41234->10.0.0.3:5432: i/o timeout", LOG_CAUSE_TIMEOUT},
        {"could not translate host name \"db\" to address: Name or service not known",
         LOG_CAUSE_NAME},
        {"x509: certificate has expired or is not yet valid", LOG_CAUSE_CERTIFICATE},
        {"nginx: [emerg] unknown directive \"lisen\" in /etc/nginx/nginx.conf:3", LOG_CAUSE_CONFIG},
        {"write: No space left on device", LOG_CAUSE_SPACE},
        {"accept4: too many open files", LOG_CAUSE_FILES},
        {"java.lang.OutOfMemoryError: Java heap space", LOG_CAUSE_MEMORY},
        {"FATAL: password authentication failed for user \"app\"", LOG_CAUSE_LOGIN},
        {"GET /missing 404 0.3 ms", LOG_CAUSE_NONE},
        {"user logged in, permission level 3", LOG_CAUSE_NONE},
        {"", LOG_CAUSE_NONE},
    };

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (log_cause_of(str_from(rows[i].line)) != rows[i].cause)
            fail_msg("%s: %s", rows[i].line, log_cause_name(log_cause_of(str_from(rows[i].line))));
    }
}

static void peers_are_found(void **state)
{
    static const struct {
        const char *line, *host;
        int port;
    } rows[] = {
        {"connection refused to 10.0.0.3:5432", "10.0.0.3", 5432},
        {"dial tcp 10.0.0.3:5432: connect: connection refused", "10.0.0.3", 5432},
        {"read tcp 10.0.0.5:41234->10.0.0.3:5432: i/o timeout", "10.0.0.3", 5432},
        {"Error: connect ECONNREFUSED 127.0.0.1:6379", "127.0.0.1", 6379},
        {"dial tcp [::1]:8080: connect: connection refused", "::1", 8080},
        {"2026-11-21T08:00:00Z ERROR could not reach db.internal:3306: refused", "db.internal",
         3306},
        {"connection to server at \"db\" (10.0.0.3), port 5432 failed: Connection refused",
         "10.0.0.3", 5432},
        {"could not connect: host=db port=5432 refused", "db", 5432},
        {"connect() failed (111: Connection refused) while connecting to upstream, client: "
         "10.1.2.3, "
         "server: _, request: \"GET / HTTP/1.1\", upstream: \"http://127.0.0.1:8080/\", host: "
         "\"shop:80\"",
         "127.0.0.1", 8080},
        {"Get \"https://api.internal/v1/x\": connection refused", "api.internal", 443},
        {"12:34:56 [main.go:42] ERROR dial redis:6379: connection refused", "redis", 6379},
    };
    static const char *const none[] = {"12:34:56 connection refused",
                                       "server.c:120: connection refused",
                                       "at line:12 error:111",
                                       "client: 10.0.0.1:55555 timed out",
                                       "",
                                       "a:b:c:::",
                                       "status:500"};
    struct log_peer p;

    for (size_t i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
        if (!log_peer_find(str_from(rows[i].line), &p))
            fail_msg("%s: none", rows[i].line);
        assert_string_equal(p.host, rows[i].host);
        assert_int_equal(p.port, rows[i].port);
    }
    for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++) {
        if (log_peer_find(str_from(none[i]), &p))
            fail_msg("%s: %s %d", none[i], p.host, p.port);
    }
}

static void paths_and_ports(void **state)
{
    char path[128];

    assert_true(log_path_find(STR_LIT("open /etc/app/key.pem: permission denied"), path, 128));
    assert_string_equal(path, "/etc/app/key.pem");
    assert_true(log_path_find(STR_LIT("cannot write '/var/lib/x y': denied"), path, 128));
    assert_string_equal(path, "/var/lib/x");
    assert_false(log_path_find(STR_LIT("at /src/app/main.go:12 something"), path, 128));
    assert_false(log_path_find(STR_LIT("GET http://x/y 500"), path, 128));
    assert_false(log_path_find(STR_LIT("/a-path-that-is-too-long"), path, 8));
    assert_int_equal(log_port_find(STR_LIT("bind 0.0.0.0:8080: address already in use")), 8080);
    assert_int_equal(log_port_find(STR_LIT("EADDRINUSE: address already in use :::3000")), 3000);
    assert_int_equal(log_port_find(STR_LIT("port 9090 is already in use")), 9090);
    assert_int_equal(log_port_find(STR_LIT("Address already in use")), 0);
    assert_int_equal(log_port_find(STR_LIT("port 99999 in use")), 0);
}

/* Hostile bytes: every cut of a line with everything in it, and all byte values. */
static void nothing_breaks(void **state)
{
    static const char line[] = "E \xff\xfe[::1]:80 ->x:1/:::9 port=77 http:// \"/\x1b[31m/a\" "
                               "[::]:99999999 upstream: \"http://";
    char path[16], bytes[256];
    struct log_peer p;

    for (size_t i = 0; i <= sizeof(line) - 1; i++) {
        for (size_t n = 0; i + n <= sizeof(line) - 1; n += 7) {
            struct str s = {line + i, n};

            log_peer_find(s, &p);
            log_path_find(s, path, sizeof(path));
            log_port_find(s);
            log_cause_of(s);
        }
    }
    for (int i = 0; i < 256; i++)
        bytes[i] = (char)i;
    log_peer_find((struct str){bytes, 256}, &p);
    log_path_find((struct str){bytes, 256}, path, sizeof(path));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(causes_are_named),
        cmocka_unit_test(peers_are_found),
        cmocka_unit_test(paths_and_ports),
        cmocka_unit_test(nothing_breaks),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
