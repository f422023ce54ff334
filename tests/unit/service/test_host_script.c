/* test_host_script.c - listeners and logs of another machine: the script that it is sent, run by
 * the shells that such machines have, and programs of systemd that are played by others, as this
 * test runs where no systemd does. Their output follows systemctl(1), journalctl(1) and
 * systemd.journal-fields(7).. */
#include "tests/lib/unit.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/loop/proc.h"
#include "runbook/service/host_logs.h"
#include "runbook/service/host_services.h"
#include "src/service/host/speak_priv.h"

static const char token[] = "0123456789abcdef0123456789abcdef01234567";

struct run {
    struct loop *loop;
    struct buf out;
    int status;
    struct err err;
};

static void ended(void *ctx, const struct proc_result *res)
{
    struct run *r = ctx;

    r->status = res->exit_status;
    r->err = res->err;
    buf_add_str(&r->out, res->out);
    loop_stop(r->loop);
}

static bool run(struct run *r, const char *const *argv, const struct host_request *req)
{
    struct buf script = BUF_INIT(1 << 16);
    struct proc_spec spec = {
        .argv = argv, .timeout_ms = 60000, .max_output_bytes = HOST_BUNDLE_MAX};

    *r = (struct run){.loop = loop_new(clock_system())};
    buf_init(&r->out, HOST_BUNDLE_MAX);
    assert_true(script_make(&script, req, token, false));
    spec.stdin_data = buf_str(&script);
    proc_start(r->loop, &spec, ended, r);
    loop_run(r->loop);
    buf_release(&script);
    loop_free(r->loop);
    return !r->err.code && r->status == 0;
}

/* ---- a server and a log of its own ---- */

static int listen_any(int *ret_port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(a);
    int fd = socket(AF_INET, SOCK_STREAM, 0);

    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof(a)), 0);
    assert_int_equal(listen(fd, 64), 0);
    getsockname(fd, (struct sockaddr *)&a, &len);
    *ret_port = ntohs(a.sin_port);
    return fd;
}

static _Noreturn void serve(int fd, int wait_ms)
{
    const struct timespec wait = {.tv_nsec = wait_ms * 1000000L};
    static const char say[] =
        "HTTP/1.1 503 Not Now\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    char in[4096];

    /* A process a connection: an investigation by another test may be here as well. */
    signal(SIGCHLD, SIG_IGN);
    for (;;) {
        int c = accept(fd, NULL, NULL);

        if (c >= 0 && fork() == 0) {
            prctl(PR_SET_PDEATHSIG, SIGKILL);
            if (recv(c, in, sizeof(in), 0) > 0 && nanosleep(&wait, NULL) == 0 &&
                send(c, say, strlen(say), 0) > 0)
                shutdown(c, SHUT_WR);
            _exit(0);
        }
        close(c);
    }
}

static const char *const shells[][4] = {{"sh", "-s", NULL}, {"busybox", "ash", "-s", NULL}};

static bool has(const char *program)
{
    const char *path = getenv("PATH");
    struct str rest = str_from(path), dir;

    while (str_split(&rest, ':', &dir)) {
        char *full = xasprintf("%.*s/%s", STR_FMT(dir), program);
        bool found = access(full, X_OK) == 0;

        free(full);
        if (found)
            return true;
    }
    return false;
}

/* Again, as long as a machine that others use was too slow for it. */
static void listen_to(size_t shell, const struct host_request *req, int pages, struct run *r,
                      struct arena *arena, struct host_services *ret)
{
    int64_t until = local_now_ms() + 60000;

    for (;;) {
        struct err err = ERR_INIT;

        assert_true(run(r, shells[shell], req));
        assert_ok(host_services_parse(ret, arena, buf_str(&r->out), &err), &err);
        assert_int_equal(ret->listeners.count, 1);
        if ((ret->listeners.items[0].page_count == pages &&
             ret->listeners.items[0].pages[0].status == 503) ||
            local_now_ms() >= until)
            return;
        host_services_release(ret);
        buf_release(&r->out);
    }
}

/* One that takes `wait_ms` for a page is asked for so many of them. */
static void ask_listener(int wait_ms, int pages)
{
    struct host_request req = {.what = HOST_SERVICES, .host = "x"};
    int fd = listen_any(&req.port);
    struct arena *arena = arena_new(0);
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        serve(fd, wait_ms);
    }
    for (size_t i = 0; i < 2 && has("curl") && has("ss"); i++) {
        struct host_services s;
        struct run r;

        if (!has(shells[i][0]))
            continue;
        listen_to(i, &req, pages, &r, arena, &s);
        assert_int_equal(s.listeners.items[0].port, req.port);
        assert_string_equal(s.listeners.items[0].proto, "http");
        assert_int_equal(s.listeners.items[0].page_count, pages);
        assert_int_equal(s.listeners.items[0].pages[0].status, 503);
        host_services_release(&s);
        buf_release(&r.out);
    }
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
    close(fd);
    arena_free(arena);
}

static void listeners_are_asked(void **state)
{
    (void)state;
    ask_listener(0, 3);
}

/* Each of its pages would be waited for. */
static void one_that_is_slow_is_asked_once(void **state)
{
    (void)state;
    ask_listener(SPEAK_SLOW_MS + 50, 1);
}

static void refused(void *ctx, struct str bundle, const struct err *err)
{
    struct run *r = ctx;

    r->err = *err;
    r->status = (int)bundle.len;
    loop_stop(r->loop);
}

/* The configuration can say that nobody is to be spoken to. */
static void listeners_are_left_alone(void **state)
{
    struct host_request req = {.what = HOST_SERVICES, .host = "local"};
    struct run r = {.loop = loop_new(clock_system())};
    struct host_pool *pool = host_pool_new(r.loop, &(struct host_options){.keep_quiet = true});

    host_collect(pool, &req, refused, &r);
    loop_run(r.loop);
    assert_int_equal(r.err.code, ERR_DENIED);
    assert_non_null(strstr(r.err.msg, "hosts_ask_listeners"));
    assert_int_equal(r.status, 0);
    host_pool_free(pool);
    loop_free(r.loop);
}

static void logs_name_their_writer(void **state)
{
    struct host_request req = {.what = HOST_LOG, .host = "x", .since_ms = 600000};
    char dir[] = "/tmp/rb-script-XXXXXX";
    struct arena *arena = arena_new(0);
    char *path;
    FILE *f;

    assert_non_null(mkdtemp(dir));
    path = xasprintf("%s/own.log", dir);
    f = fopen(path, "a");
    assert_non_null(f);
    fputs("ERROR it broke\nERROR it broke\n", f);
    fflush(f);
    for (size_t i = 0; i < 2; i++) {
        struct host_mining m;
        struct err err = ERR_INIT;
        struct run r;
        bool found = false;

        if (!has(shells[i][0]))
            continue;
        assert_true(run(&r, shells[i], &req));
        assert_ok(host_mining_parse(&m, arena, buf_str(&r.out), &err), &err);
        VEC_EACH (s, &m.sources)
            found = found || (strcmp(s->name, path) == 0 && s->pid == getpid() && s->lines == 2);
        /* busybox' find does not say where a link leads; a busy machine has more logs than are read
         */
        assert_true(found || i == 1 || m.sources.count + m.gaps.count >= 35);
        host_mining_release(&m);
        buf_release(&r.out);
    }
    fclose(f);
    unlink(path);
    rmdir(dir);
    free(path);
    arena_free(arena);
}

/* ---- systemd, played ---- */

/* systemctl show of three units, as systemd 252 writes it. */
static const char show[] =
    "#!/bin/sh\n[ \"$1\" = show ] || exit 1\ncat <<'END'\n"
    "Type=notify\nMainPID=0\nNRestarts=5\nResult=exit-code\nExecMainStatus=203\nId=shop.service\n"
    "WantedBy=multi-user.target\nLoadState=loaded\nActiveState=activating\nSubState=auto-restart\n"
    "UnitFileState=enabled\nStateChangeTimestampMonotonic=2000000\n"
    "InactiveExitTimestampMonotonic=1000000\nConditionResult=yes\n"
    "\n"
    "Type=simple\nMainPID=0\nNRestarts=0\nResult=success\nExecMainStatus=0\nId=db.service\n"
    "WantedBy=multi-user.target\nLoadState=masked\nActiveState=inactive\nSubState=dead\n"
    "UnitFileState=masked\nTriggeredBy=db.timer db.socket\nStateChangeTimestampMonotonic=0\n"
    "ConditionResult=no\n"
    "\n"
    "Listen=/run/x.sock (Stream)\nResult=service-start-limit-hit\nId=x.socket\nLoadState=loaded\n"
    "ActiveState=failed\nSubState=failed\nStateChangeTimestampMonotonic=[not set]\nBroken\n=\n"
    "END\n";

/* journalctl -o json: a line an entry; a message that is no UTF-8 is a list of bytes. */
static const char journal[] =
    "#!/bin/sh\ncase \"$*\" in *'-o json'*) ;; *) exit 1;; esac\nn=$(date +%s)\n"
    "i=40; while [ $i -gt 0 ]; do\n"
    "printf '{\"__CURSOR\":\"s=1\",\"__REALTIME_TIMESTAMP\":\"%s000000\",\"PRIORITY\":\"6\","
    "\"_SYSTEMD_UNIT\":\"shop.service\",\"_PID\":\"77\",\"_COMM\":\"shopd\",\"MESSAGE\":\"served "
    "%s\"}\\n' $((n - 10 * i)) $i\n"
    "i=$((i - 1)); done\n"
    "i=9; while [ $i -gt 0 ]; do\n"
    "printf '{\"__REALTIME_TIMESTAMP\":\"%s000000\",\"PRIORITY\":\"3\",\"_SYSTEMD_UNIT\":\"shop"
    ".service\",\"_PID\":\"77\",\"_COMM\":\"shopd\",\"MESSAGE\":\"connect to 10.0.0.3:5432: "
    "Connection refused\"}\\n' $((n - i))\n"
    "i=$((i - 1)); done\n"
    "printf '{\"__REALTIME_TIMESTAMP\":\"%s000000\",\"PRIORITY\":\"4\",\"_SYSTEMD_UNIT\":\"init"
    ".scope\",\"UNIT\":\"shop.service\",\"MESSAGE\":\"shop.service: Failed\"}\\n' $n\n"
    "printf '{\"__REALTIME_TIMESTAMP\":\"%s000000\",\"PRIORITY\":\"3\",\"SYSLOG_IDENTIFIER\":"
    "\"cron\",\"MESSAGE\":[104,105,255]}\\n{\"torn' $n\n";

static void play(const char *dir, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", dir, name);
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(path, str_from(text), 0755, &err), &err);
    assert_int_equal(chmod(path, 0755), 0);
    free(path);
}

static void clean(const char *dir)
{
    static const char *const names[] = {"systemctl", "journalctl"};

    for (size_t i = 0; i < 2; i++) {
        char *path = xasprintf("%s/%s", dir, names[i]);

        unlink(path);
        free(path);
    }
    rmdir(dir);
}

static void check_units(const char *const *argv, struct arena *arena)
{
    struct host_request req = {.what = HOST_SNAPSHOT, .host = "x", .window_ms = 100};
    struct host_snapshot s;
    struct err err = ERR_INIT;
    const struct host_unit *u;
    struct run r;

    assert_true(run(&r, argv, &req));
    assert_ok(host_snapshot_parse(&s, arena, buf_str(&r.out), "x", 0, &err), &err);
    assert_true(s.systemd);
    assert_int_equal(s.units.count, 3);
    u = &s.units.items[0];
    assert_string_equal(u->name, "shop.service");
    assert_string_equal(u->sub, "auto-restart");
    assert_int_equal(u->restarts, 5);
    assert_int_equal(u->exit_status, 203);
    assert_true(u->started_ms > 0 && u->changed_ms - u->started_ms == 1000);
    u = &s.units.items[1];
    assert_string_equal(u->load, "masked");
    assert_string_equal(u->triggered_by, "db.timer db.socket");
    assert_true(u->unwanted);
    assert_int_equal(u->changed_ms, 0);
    u = &s.units.items[2];
    assert_string_equal(u->listen, "/run/x.sock (Stream)");
    assert_string_equal(u->type, "");
    host_snapshot_release(&s);
    buf_release(&r.out);
}

static void check_journal(const char *const *argv, struct arena *arena)
{
    struct host_request req = {.what = HOST_LOG, .host = "x", .since_ms = 3600000};
    const struct host_mined *refused = NULL;
    struct host_mining m;
    struct err err = ERR_INIT;
    struct run r;

    assert_true(run(&r, argv, &req));
    assert_ok(host_mining_parse(&m, arena, buf_str(&r.out), &err), &err);
    VEC_EACH (f, &m.families) {
        if (f->cause == LOG_CAUSE_REFUSED &&
            strcmp(m.sources.items[f->source].name, "unit:shop.service") == 0)
            refused = f;
    }
    if (!refused) {
        fail_msg("no family of refused connections in %zu", m.families.count);
        return;
    }
    assert_int_equal(refused->level, LOG_LEVEL_ERROR);
    assert_int_equal(refused->count, 9);
    assert_true(refused->fresh && refused->current);
    assert_string_equal(refused->peer.host, "10.0.0.3");
    assert_int_equal(m.sources.items[refused->source].pid, 77);
    assert_true(m.sources.items[refused->source].service);
    /* What the manager says of a unit is that unit's. */
    assert_int_equal(m.sources.items[refused->source].lines, 50);
    host_mining_release(&m);
    buf_release(&r.out);
}

static void systemd_is_read(void **state)
{
    char dir[] = "/tmp/rb-systemd-XXXXXX";
    struct arena *arena = arena_new(0);
    char *wrap;
    const char *const try[] = {"unshare", "-rm", "sh", "-c", "mount -t tmpfs x /run", NULL};
    struct host_request none = {.what = HOST_WATCH, .host = "x", .pid = 1, .samples = 2};
    struct run r;
    bool may;

    assert_non_null(mkdtemp(dir));
    play(dir, "systemctl", show);
    play(dir, "journalctl", journal);
    wrap = xasprintf("mount -t tmpfs x /run && mkdir -p /run/systemd/system /run/systemd/journal "
                     "&& PATH=%s:$PATH && export PATH && exec sh -s",
                     dir);
    may = run(&r, try, &none);
    buf_release(&r.out);
    if (may) {
        const char *const argv[] = {"unshare", "-rm", "sh", "-c", wrap, NULL};

        check_units(argv, arena);
        check_journal(argv, arena);
    }
    clean(dir);
    free(wrap);
    arena_free(arena);
    if (!may)
        skip();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(listeners_are_asked),
        cmocka_unit_test(one_that_is_slow_is_asked_once),
        cmocka_unit_test(listeners_are_left_alone),
        cmocka_unit_test(logs_name_their_writer),
        cmocka_unit_test(systemd_is_read),
    };

    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
