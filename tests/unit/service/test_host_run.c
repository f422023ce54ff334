/* test_host_run.c - a command on a machine: what may not be seen travels unharmed and stands in no
 * list of processes and in no trace; a deadline ends the program there as well; a machine is not
 * asked more often in a minute than is allowed; a connection that nobody uses ends. The OpenSSH
 * client is played by a script that runs the shell here. T-08 T-12 T-28 */
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

#include <signal.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/log.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/service/host_run.h"

/* Quotes, a line feed, signs of a shell, no UTF-8 ... */
/* Its first word is in no other test: processes of the whole machine are searched for it. */
#define WORD "0nlyOfHostRun"
#define SECRET WORD "' \"run\n$(touch x)\\'; \xFF `id` #"

struct world {
    char *dir, *program, *trace;
    struct loop *loop;
    struct host_pool *pool;
    bool done;
    struct err err;
    bool maybe;
    int status, waiting, failed;
    struct buf out;
};

static const char fake[] = "#!/bin/sh\nhere=${0%/*}; echo \"$*\" >>$here/calls\nexec sh -s\n";

static void open_world(struct world *w, struct host_options opts)
{
    struct err err = ERR_INIT;

    *w = (struct world){.dir = tmpdir_new(), .loop = loop_new(clock_system())};
    buf_init(&w->out, (size_t)1 << 20);
    w->program = path_join(w->dir, "ssh");
    w->trace = path_join(w->dir, "trace");
    assert_ok(file_write_atomic(w->program, STR_LIT(fake), 0700, &err), &err);
    assert_int_equal(chmod(w->program, 0700), 0);
    opts.ssh_program = w->program;
    w->pool = host_pool_new(w->loop, &opts);
    assert_ok(log_open("all", w->trace, &err), &err);
}

static void close_world(struct world *w)
{
    host_pool_free(w->pool);
    loop_free(w->loop);
    log_close();
    buf_release(&w->out);
    tmpdir_free(w->dir);
    free(w->program);
    free(w->trace);
}

static void on_ran(void *ctx, const struct host_ran *r)
{
    struct world *w = ctx;

    w->done = true;
    w->err = r->err;
    w->maybe = r->maybe;
    w->status = r->status;
    buf_clear(&w->out);
    buf_add_str(&w->out, r->out);
    loop_stop(w->loop);
}

static void run(struct world *w, const struct host_command *c)
{
    w->done = false;
    host_run(w->pool, c, on_ran, w);
    loop_run(w->loop);
    assert_true(w->done);
}

static bool trace_holds(const struct world *w, const char *text)
{
    struct buf b = BUF_INIT((size_t)16 << 20);
    struct err err = ERR_INIT;
    bool found;

    assert_ok(file_read(w->trace, &b, &err), &err);
    assert_true(b.len > 0);
    found = str_find(buf_str(&b), str_from(text)) >= 0;
    buf_release(&b);
    return found;
}

static const char *const hosts[] = {"local", "web-3"};

/* Its bytes come back, and no command line of any process holds it meanwhile. */
static void test_a_secret(void **state)
{
    static const char script[] =
        "printf '%s' \"$RB_SECRET\"; printf '\\0%s\\0' \"$1\"\n"
        "n=0; for f in /proc/[0-9]*/cmdline; do\n"
        "if tr '\\0' ' ' <\"$f\" | grep -q -a '0nlyOfHostRu[n]'; then n=$((n+1)); fi\n"
        "done 2>/dev/null; printf '%s' \"$n\"\n";
    const char *const words[] = {"a 'word'\nof two lines", NULL}, *const env[] = {
                                                                      "RB_SECRET=" SECRET, NULL};

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct world w;
        size_t n = sizeof(SECRET);

        open_world(&w, (struct host_options){0});
        run(&w,
            &(struct host_command){.host = hosts[i], .argv = words, .script = script, .env = env});
        assert_int_equal(w.err.code, ERR_OK);
        assert_true(w.out.len > n);
        assert_memory_equal(w.out.ptr, SECRET, n);
        assert_string_equal(w.out.ptr + n, words[0]);
        assert_string_equal(w.out.ptr + n + strlen(words[0]) + 1, "0");
        assert_false(trace_holds(&w, WORD));
        close_world(&w);
    }
}

/* A name that is none sends nothing. */
static void test_a_bad_name(void **state)
{
    const char *const words[] = {"true", NULL}, *const env[] = {"a;reboot=1", NULL};
    struct world w;

    (void)state;
    open_world(&w, (struct host_options){0});
    run(&w, &(struct host_command){.host = "web-3", .argv = words, .env = env});
    assert_int_equal(w.err.code, ERR_INPUT);
    assert_false(w.maybe);
    close_world(&w);
}

static bool runs(struct world *w, const char *with)
{
    char *line = xasprintf("for f in /proc/[0-9]*/cmdline; do tr '\\0' ' ' <$f; echo; done "
                           "2>/dev/null | grep -q -- '%s' && "
                           "echo there",
                           with);
    const char *const none[] = {NULL};

    run(w, &(struct host_command){.host = "local", .argv = none, .script = line});
    free(line);
    return w->out.len > 0;
}

/* What runs too long is ended where it runs, and that is known. */
static void test_a_deadline(void **state)
{
    char seconds[32], line[64];
    const char *const words[] = {"sleep", seconds, NULL};
    int64_t until = clock_system()->now_ms(clock_system()) + 60000;
    struct world w;

    (void)state;
    snprintf(seconds, sizeof(seconds), "9%d", (int)getpid()); /* nobody else's */
    snprintf(line, sizeof(line), "^sleep %s", seconds);
    open_world(&w, (struct host_options){0});
    run(&w, &(struct host_command){.host = "web-3", .argv = words, .timeout_ms = 1000});
    if (!w.err.code)
        assert_int_equal(w.status, 124);
    while (runs(&w, line) && clock_system()->now_ms(clock_system()) < until)
        ;
    assert_false(runs(&w, line));
    close_world(&w);
}

static void answered(void *ctx, struct str bundle, const struct err *err)
{
    struct world *w = ctx;

    (void)bundle;
    if (err->code) {
        w->failed++;
        w->err = *err;
    }
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

static void test_so_many_in_a_minute(void **state)
{
    const char *const words[] = {"true", NULL};
    struct world w;

    (void)state;
    open_world(&w, (struct host_options){.requests_per_minute = 3});
    for (int i = 0; i < 4; i++)
        ask(&w, "web-3");
    ask(&w, "web-4");
    ask(&w, "local");
    loop_run(w.loop);
    assert_int_equal(w.failed, 1);
    assert_int_equal(w.err.code, ERR_AGAIN);
    assert_non_null(strstr(w.err.msg, "web-3"));
    run(&w, &(struct host_command){.host = "web-3", .argv = words});
    assert_int_equal(w.err.code, ERR_AGAIN);
    assert_false(w.maybe);
    run(&w, &(struct host_command){.host = "web-4", .argv = words});
    assert_int_equal(w.err.code, ERR_OK);
    close_world(&w);
}

static size_t opened(const struct world *w)
{
    char *path = path_join(w->dir, "calls");
    struct buf b = BUF_INIT((size_t)1 << 20);
    struct str rest;
    size_t n = 0;
    ptrdiff_t at;
    struct err err = ERR_INIT;

    assert_ok(file_read(path, &b, &err), &err);
    for (rest = buf_str(&b); (at = str_find(rest, STR_LIT("ControlMaster=yes"))) >= 0; n++)
        rest = (struct str){rest.ptr + at + 1, rest.len - (size_t)at - 1};
    buf_release(&b);
    free(path);
    return n;
}

static void tick(void *ctx)
{
    loop_stop(ctx);
}

/* T-08: used again while it is open; one that rests too long is closed, and opened anew. */
static void test_a_pool(void **state)
{
    struct world w;

    (void)state;
    open_world(&w, (struct host_options){.idle_ms = 40});
    for (int i = 0; i < 3; i++)
        ask(&w, "web-3");
    loop_run(w.loop);
    assert_int_equal(opened(&w), 1);
    for (int i = 0; i < 60 && opened(&w) == 1; i++) { /* a busy machine closes it later */
        loop_timer(w.loop, 400, tick, w.loop);
        loop_run(w.loop);
        ask(&w, "web-3");
        loop_run(w.loop);
    }
    assert_int_equal(opened(&w), 2);
    assert_int_equal(w.failed, 0);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_secret),   cmocka_unit_test(test_a_bad_name),
        cmocka_unit_test(test_a_deadline), cmocka_unit_test(test_so_many_in_a_minute),
        cmocka_unit_test(test_a_pool),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
