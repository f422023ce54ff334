/* test_host_ssh.c - requests to a machine share one connection, and do without where none can be
 * had. The OpenSSH client is played by a script that notes how it is called and runs the shell
 * here; the real one is used by tests/e2e/test_host.sh. R-10 */
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/service/host.h"

/* `how`: what the connection to be shared comes to. */
static const char fake[] =
    "#!/bin/sh\n"
    "here=${0%%/*}; echo \"$*\" >>$here/calls\n"
    "case \"$*\" in *ControlMaster=yes*) case %s in\n"
    "  refused) echo 'ssh: connect to host web-3 port 22: Connection refused' >&2; exit 255;;\n"
    "  denied) echo 'web-3: Permission denied (publickey).' >&2; exit 255;;\n"
    "  none) echo 'no control sockets here' >&2; exit 255;;\n"
    "  lost) read -r x; echo; echo 'runbook is here'; exit 255;;\n"
    "  *) echo Welcome to web-3; exec sh -s;; esac;; esac\n"
    "[ %s = denied ] && { echo 'web-3: Permission denied (publickey).' >&2; exit 255; }\n"
    "exec sh -s\n";

struct world {
    char dir[32], program[64];
    struct loop *loop;
    struct host_pool *pool;
    int waiting, ok;
    struct err err; /* the last one */
};

static void write_fake(struct world *w, const char *how)
{
    struct buf text = BUF_INIT(8192);
    struct err err = ERR_INIT;

#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral"
    buf_addf(&text, fake, how, how);
#pragma GCC diagnostic pop
    snprintf(w->program, sizeof(w->program), "%s/ssh", w->dir);
    assert_ok(file_write_atomic(w->program, buf_str(&text), 0700, &err), &err);
    chmod(w->program, 0700);
    buf_release(&text);
}

static void open_world(struct world *w, const char *how, int sessions)
{
    *w = (struct world){.dir = "/tmp/rb-ssh-XXXXXX", .loop = loop_new(clock_system())};
    assert_non_null(mkdtemp(w->dir));
    write_fake(w, how);
    w->pool = host_pool_new(
        w->loop, &(struct host_options){.ssh_program = w->program, .max_sessions = sessions});
}

static void close_world(struct world *w)
{
    char path[64];

    host_pool_free(w->pool);
    loop_free(w->loop);
    snprintf(path, sizeof(path), "%s/calls", w->dir);
    unlink(path);
    unlink(w->program);
    assert_int_equal(rmdir(w->dir), 0);
}

static void answered(void *ctx, struct str bundle, const struct err *err)
{
    struct world *w = ctx;

    (void)bundle;
    w->ok += !err->code;
    if (err->code)
        w->err = *err;
    if (--w->waiting == 0)
        loop_stop(w->loop);
}

static void ask(struct world *w, const char *host)
{
    const struct host_request req = {
        .what = HOST_PROBE, .host = host, .path = "127.0.0.1", .port = 1};

    w->waiting++;
    host_collect(w->pool, &req, answered, w);
}

static char *calls(const struct world *w)
{
    struct buf text = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    char path[64];
    char *out;

    snprintf(path, sizeof(path), "%s/calls", w->dir);
    assert_ok(file_read(path, &text, &err), &err);
    out = xstrdup(buf_cstr(&text));
    buf_release(&text);
    return out;
}

static int count(const char *text, const char *what)
{
    int n = 0;

    for (const char *at = text; (at = strstr(at, what)); at += strlen(what))
        n++;
    return n;
}

static void check_calls(const struct world *w, int opened, int through, int alone)
{
    char *all = calls(w);

    assert_int_equal(count(all, "ControlMaster=yes"), opened);
    assert_int_equal(count(all, "ControlMaster=no"), through);
    assert_int_equal(count(all, "\n") - opened - through, alone);
    free(all);
}

static void one_connection(void **state)
{
    struct world w;
    char *all, *at, folder[20] = "";

    (void)state;
    open_world(&w, "open", 0);
    for (int i = 0; i < 3; i++)
        ask(&w, "web-3");
    loop_run(w.loop);
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.ok, 4);
    check_calls(&w, 1, 4, 0);
    all = calls(&w);
    at = strstr(all, "ControlPath=");
    snprintf(folder, sizeof(folder), "%.19s",
             at + strlen("ControlPath=")); /* /tmp/runbook-XXXXXX */
    free(all);
    assert_int_equal(access(folder, F_OK), 0);
    close_world(&w);
    assert_int_equal(access(folder, F_OK), -1);
}

static void each_machine_has_its_own(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, "open", 1); /* one after another */
    ask(&w, "web-3");
    ask(&w, "web-4");
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.ok, 3);
    check_calls(&w, 2, 3, 0);
    close_world(&w);
}

/* Nobody waits twice for a machine that is away. */
static void away(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, "refused", 0);
    ask(&w, "web-3");
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.ok, 0);
    assert_int_equal(w.err.code, ERR_NET);
    assert_non_null(strstr(w.err.msg, "nothing listens"));
    check_calls(&w, 1, 0, 0);
    write_fake(&w, "open"); /* it is back */
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.ok, 1);
    check_calls(&w, 2, 1, 0);
    close_world(&w);
}

static void none_can_be_shared(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, "none", 0);
    ask(&w, "web-3");
    ask(&w, "web-3");
    loop_run(w.loop);
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.ok, 3);
    check_calls(&w, 1, 0, 3);
    close_world(&w);
}

/* The user's own settings may know a way in that ours overrode. */
static void no_login(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, "denied", 0);
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.err.code, ERR_DENIED);
    assert_non_null(strstr(w.err.msg, "no login"));
    check_calls(&w, 1, 0, 1);
    close_world(&w);
}

/* It was open, and broke: the next request opens it anew. */
static void lost(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, "lost", 0);
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.ok, 1);
    while (loop_turn(w.loop, true)) /* until its end is known: then nothing is left */
        ;
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.ok, 2);
    check_calls(&w, 2, 2, 0);
    close_world(&w);
}

static void canceled_while_it_opens(void **state)
{
    struct world w;
    const struct host_request req = {
        .what = HOST_PROBE, .host = "web-3", .path = "127.0.0.1", .port = 1};

    (void)state;
    open_world(&w, "open", 0);
    host_cancel(w.pool, host_collect(w.pool, &req, answered, &w));
    ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(w.ok, 1);
    host_collect(w.pool, &req, answered, &w); /* it goes with the pool */
    close_world(&w);
    assert_int_equal(w.ok, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(one_connection),
        cmocka_unit_test(each_machine_has_its_own),
        cmocka_unit_test(away),
        cmocka_unit_test(none_can_be_shared),
        cmocka_unit_test(no_login),
        cmocka_unit_test(lost),
        cmocka_unit_test(canceled_while_it_opens),
    };

    return cmocka_run_group_tests_name("host_ssh", tests, NULL, NULL);
}
