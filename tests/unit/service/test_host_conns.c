/* test_host_conns.c - connections, who holds them, what does not move, names and taken ports, from
 * recorded listings. */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/service/host.h"

#define TOKEN "0123456789abcdef"
#define SECTION(phase, name, text) "\n" TOKEN " " phase " ok " name "\n" text

#define MANY_ZEROS "0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0"

static const char head[] = "RBHOST1 " TOKEN "\n" SECTION("0", "conf", "100 4096")
    SECTION("0", "proc/uptime", "100.00 1.00") SECTION("1", "proc/uptime", "101.00 1.00")
        SECTION("1", "procs",
                "7 (web) S 1 7 7 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 1 1000 10 " MANY_ZEROS
                "\n9 (db) T 1 9 9 0 -1 0 0 0 0 0 1 1 0 0 20 0 1 0 1 1000 10 " MANY_ZEROS "\n");

static struct host_snapshot *parse(struct arena *a, const char *sections)
{
    struct host_snapshot *s = arena_alloc(a, sizeof(*s));
    struct buf text = BUF_INIT(1 << 16);
    struct err err = ERR_INIT;

    buf_addf(&text, "%s%s\n" TOKEN " end\n", head, sections);
    assert_ok(host_snapshot_parse(s, a, buf_str(&text), "local", 0, &err), &err);
    buf_release(&text);
    return s;
}

static const struct host_conns *group(const struct host_snapshot *s, bool in, int port)
{
    VEC_EACH (g, &s->conns) {
        if (g->in == in && g->port == port)
            return g;
    }
    fail_msg("no connections of port %d", port);
    return NULL;
}

#define LISTEN_DB SECTION("1", "listen", "LISTEN 0 128 127.0.0.1:5432 0.0.0.0:* ino:50\n")
#define OWNERS SECTION("1", "sockets", "50 9\n60 7\n61 9\n")

/* The request lies unread at the other end; both ends are of this machine. */
static void test_unread(void **state)
{
    static const char both[] =
        "ESTAB 0 0 127.0.0.1:40000 127.0.0.1:5432 uid:0 ino:60 mss:32768 pmtu:65535 "
        "lastsnd:900 lastrcv:1200 bytes_acked:8 bytes_received:2\n"
        "ESTAB 5 0 127.0.0.1:5432 127.0.0.1:40000 uid:0 ino:61 mss:32768 pmtu:65535 "
        "lastsnd:1200 lastrcv:900 bytes_acked:3 bytes_received:7\n";
    struct arena *a = arena_new(0);
    struct buf text = BUF_INIT(8192);
    const struct host_conns *out, *in;
    struct host_snapshot *s;

    (void)state;
    buf_addf(&text, SECTION("0", "conns", "%s") SECTION("1", "conns", "%s") LISTEN_DB OWNERS, both,
             both);
    s = parse(a, buf_cstr(&text));
    out = group(s, false, 5432);
    in = group(s, true, 5432);
    assert_int_equal(out->pid, 7);
    assert_string_equal(out->comm, "web");
    assert_int_equal(out->peer_pid, 9);
    assert_true(out->near);
    assert_int_equal(out->lasting, 1);
    assert_int_equal(out->peer_stuck, 1);
    assert_true(out->peer_unread == 5);
    assert_int_equal(out->unanswered, 1);
    assert_true(out->unanswered_s == 0.9);
    assert_int_equal(in->pid, 9);
    assert_int_equal(in->recv_stuck, 1);
    assert_int_equal(in->owed, 1);
    assert_true(in->owed_s == 0.9);
    host_snapshot_release(s);
    buf_release(&text);
    arena_free(a);
}

/* A queue that is full at both ends of the window and moves in between is not stuck. */
static void test_full_but_moving(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot *s = parse(
        a,
        SECTION("0", "conns",
                "ESTAB 900 0 127.0.0.1:5432 10.0.0.1:9 ino:61 pmtu:1500 bytes_received:1000\n"
                "ESTAB 0 700 10.0.0.5:4000 10.0.0.1:80 ino:60 pmtu:1500 bytes_acked:10\n")
            SECTION("1", "conns",
                    "ESTAB 900 0 127.0.0.1:5432 10.0.0.1:9 ino:61 pmtu:1500 bytes_received:1100\n"
                    "ESTAB 0 700 10.0.0.5:4000 10.0.0.1:80 ino:60 pmtu:1500 bytes_acked:20\n")
                LISTEN_DB OWNERS);

    (void)state;
    assert_int_equal(group(s, true, 5432)->recv_stuck, 0);
    assert_int_equal(group(s, false, 80)->send_stuck, 0);
    host_snapshot_release(s);
    arena_free(a);
}

static void test_states(void **state)
{
    struct arena *a = arena_new(0);
    const struct host_conns *g;
    struct host_snapshot *s =
        parse(a, SECTION("0", "conns", "CLOSE-WAIT 1 0 10.0.0.5:1 10.0.0.1:80 ino:60\n") SECTION(
                     "1", "conns",
                     "CLOSE-WAIT 1 0 10.0.0.5:1 10.0.0.1:80 ino:60\n"
                     "CLOSE-WAIT 1 0 10.0.0.5:2 10.0.0.1:80 ino:60\n"
                     "SYN-SENT 0 1 10.0.0.5:3 10.0.0.1:80 timer:(on,3.2sec,2) ino:60\n"
                     "ESTAB 0 9000 10.0.0.5:4 10.0.0.1:80 timer:(on,200ms,3) ino:60 mss:1448 "
                     "users:((\"web\",pid=7,fd=3))\n"
                     "ESTAB 3 0 127.0.0.1:5432 10.0.0.8:7 ino:0 lastsnd:3400 lastrcv:900\n"
                     "nonsense\nESTAB x y z\n") LISTEN_DB OWNERS);

    (void)state;
    g = group(s, false, 80);
    assert_int_equal(g->total, 4);
    assert_int_equal(g->close_wait, 2);
    assert_int_equal(g->close_wait_lasting, 1);
    assert_int_equal(g->syn_sent, 1);
    assert_true(g->syn_s == 3); /* after one and two seconds */
    assert_int_equal(g->retransmitting, 2);
    assert_int_equal(g->retries, 3);
    assert_int_equal(group(s, true, 5432)->unaccepted, 1);
    assert_true(group(s, true, 5432)->unaccepted_s == 3.4);
    assert_true(s->tcp_conns == 5);
    host_snapshot_release(s);
    arena_free(a);
}

/* The end of a connection counts as a byte that nobody read; it is none. */
static void test_end_is_no_byte(void **state)
{
    static const char both[] = "FIN-WAIT-2 0 0 127.0.0.1:40000 127.0.0.1:5432 ino:0\n"
                               "CLOSE-WAIT 1 0 127.0.0.1:5432 127.0.0.1:40000 ino:61\n"
                               "CLOSE-WAIT 3 0 127.0.0.1:5432 10.0.0.1:9 ino:61\n";
    struct arena *a = arena_new(0);
    struct buf text = BUF_INIT(8192);
    struct host_snapshot *s;

    (void)state;
    buf_addf(&text, SECTION("0", "conns", "%s") SECTION("1", "conns", "%s") LISTEN_DB OWNERS, both,
             both);
    s = parse(a, buf_cstr(&text));
    assert_int_equal(group(s, false, 5432)->peer_stuck, 0);
    assert_int_equal(group(s, true, 5432)->recv_stuck, 1);
    assert_int_equal(group(s, true, 5432)->close_wait_lasting, 2);
    host_snapshot_release(s);
    buf_release(&text);
    arena_free(a);
}

/* Without ss: /proc/net/tcp, whose addresses are in the byte order of the machine. */
static void test_proc_net_tcp(void **state)
{
#define PROC_TCP                                                                                   \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout "  \
    "inode\n"                                                                                      \
    "   0: 0100007F:1538 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 "  \
    "50 1\n"                                                                                       \
    "   1: 0100007F:9C40 0100007F:1538 01 00000000:00000000 00:00000000 00000000     0        0 "  \
    "60 1\n"                                                                                       \
    "   2: 0100007F:1538 0100007F:9C40 01 00000000:00000005 00:00000000 00000000     0        0 "  \
    "61 1\n"
    struct arena *a = arena_new(0);
    struct host_snapshot *s =
        parse(a, SECTION("0", "proc/net/tcp", PROC_TCP) SECTION("1", "proc/net/tcp", PROC_TCP)
                     SECTION("1", "proc/net/tcp6",
                             "   0: 00000000000000000000000001000000:0050 "
                             "00000000000000000000000001000000:9C41 02 00000001:00000000 "
                             "01:00000064 00000001     0        0 0 1\n") OWNERS);

    (void)state;
    assert_int_equal(group(s, false, 5432)->peer_stuck, 1);
    assert_string_equal(group(s, false, 5432)->addr, "127.0.0.1");
    assert_int_equal(group(s, false, 40001)->syn_sent, 1);
    assert_string_equal(group(s, false, 40001)->addr, "::1");
    host_snapshot_release(s);
    arena_free(a);
}

static void test_time_wait_and_unix(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot *s = parse(
        a, SECTION("1", "timewait", "25000 10.0.0.1:443\n3 [::1]:80\n7 others\n")
               SECTION("1", "unix", "LISTEN 6 5 /run/a.sock ino:61\n LISTEN 0 128 @x 4 * 0 ino:9\n")
                   OWNERS);

    (void)state;
    assert_int_equal(s->time_waits.count, 3);
    assert_string_equal(s->time_waits.items[0].addr, "10.0.0.1");
    assert_true(s->time_waits.items[0].count == 25000);
    assert_string_equal(s->time_waits.items[2].addr, "");
    assert_int_equal(s->unix_listeners.count, 2);
    assert_int_equal(s->unix_listeners.items[0].pid, 9);
    assert_true(s->unix_listeners.items[0].queue == 6);
    host_snapshot_release(s);
    arena_free(a);
}

static void test_names(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot *s = parse(
        a,
        SECTION("1", "etc/resolv.conf", "# x\nnameserver 10.0.0.53\nsearch a\nnameserver ::1\n")
            SECTION("1", "etc/nsswitch.conf", "hosts: files\n")
                SECTION("1", "proc/net/fib_trie",
                        "Main:\n  +-- 0.0.0.0/0\n     |-- 10.0.0.5\n        /32 host LOCAL\n     "
                        "|-- 10.0.0.255\n        /32 link BROADCAST\n     |-- 127.0.0.1\n        "
                        "/32 host LOCAL\n")
                    SECTION("1", "proc/net/udp",
                            "   1: 0100007F:9C40 3500000A:0035 01 00000000:00000000 00:00000000 "
                            "00000000     0        0 60 2 0 0\n"
                            "   2: 0100007F:9C41 3500000A:0036 01 00000000:00000000 00:00000000 "
                            "00000000     0        0 61 2 0 0\n") OWNERS);

    (void)state;
    assert_int_equal(s->resolvers.count, 2);
    assert_string_equal(s->resolvers.items[1], "::1");
    assert_false(s->hosts_dns);
    assert_int_equal(s->addresses.count, 1);
    assert_string_equal(s->addresses.items[0], "10.0.0.5");
    assert_int_equal(s->resolving.count, 1);
    assert_string_equal(s->resolving.items[0].addr, "10.0.0.53");
    assert_int_equal(s->resolving.items[0].pid, 7);
    host_snapshot_release(s);
    arena_free(a);
}

static void test_taken_ports(void **state)
{
    static const struct {
        const char *line;
        int port;
    } lines[] = {
        {"14:02:11 bind() to 0.0.0.0:8080 failed (98: Address already in use)", 8080},
        {"cannot bind 127.0.0.1:40823: Address already in use", 40823},
        {"listen tcp [::]:80: bind: address already in use", 80},
        {"Error: listen EADDRINUSE: address already in use :::3000", 3000},
        {"could not bind; is another postmaster running on port 5432?", 5432},
        {"port: 9090 Address already in use", 9090},
        {"12:30:59 Address already in use", 0},
        {"web[8123]: Address already in use", 0},
    };
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(lines) / sizeof(*lines); i++) {
        struct buf text = BUF_INIT(1024);
        struct host_snapshot *s;

        buf_addf(&text, SECTION("1", "bind", "1700000000.5 h %s\n"), lines[i].line);
        s = parse(a, buf_cstr(&text));
        assert_int_equal(s->bind_errors.count, 1);
        if (s->bind_errors.items[0].port != lines[i].port)
            fail_msg("%s: port %d", lines[i].line, s->bind_errors.items[0].port);
        assert_true(s->bind_errors.items[0].ts_ms == 1700000000500);
        host_snapshot_release(s);
        buf_release(&text);
    }
    arena_free(a);
}

/* What cannot be seen is said. */
static void test_gap(void **state)
{
    struct arena *a = arena_new(0);
    struct host_snapshot *s =
        parse(a, SECTION("1", "conns", "") SECTION("1", "sockets/denied", "12"));
    bool said = false;

    (void)state;
    VEC_EACH (g, &s->gaps)
        said = said || strstr(g->why, "12 processes of other users");
    assert_true(said);
    host_snapshot_release(s);
    arena_free(a);
}

static void test_reach(void **state)
{
    struct arena *a = arena_new(0);
    struct host_reach r;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(host_reach_parse(
                  &r, a,
                  STR_LIT("RBHOST1 " TOKEN "\n" SECTION("1", "probe", "timeout 2000.1") SECTION(
                      "1", "resolve", "10.0.0.53 servfail 1.5\nx\n") "\n" TOKEN " end\n"),
                  &err),
              &err);
    assert_string_equal(r.word, "timeout");
    assert_true(r.ms == 2000.1);
    assert_int_equal(r.answers.count, 1);
    assert_string_equal(r.answers.items[0].word, "servfail");
    host_reach_release(&r);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_unread),
        cmocka_unit_test(test_full_but_moving),
        cmocka_unit_test(test_states),
        cmocka_unit_test(test_end_is_no_byte),
        cmocka_unit_test(test_proc_net_tcp),
        cmocka_unit_test(test_names),
        cmocka_unit_test(test_time_wait_and_unix),
        cmocka_unit_test(test_taken_ports),
        cmocka_unit_test(test_gap),
        cmocka_unit_test(test_reach),
    };

    return cmocka_run_group_tests_name("host_conns", tests, NULL, NULL);
}
