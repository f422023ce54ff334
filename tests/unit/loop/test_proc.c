/* test_proc.c - children that behave, and children that do not. */
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/loop/proc.h"

struct run {
    struct loop *loop;
    loop_id id;
    int done;
    struct err err;
    int exit_status, term_signal;
    int64_t duration_ms;
    struct buf out, err_out;
    struct buf pieces;
    size_t cancel_after; /* bytes of streamed output; 0: never */
};

static void run_init(struct run *r)
{
    *r = (struct run){.loop = loop_new(clock_system()),
                      .out = BUF_INIT(1 << 22),
                      .err_out = BUF_INIT(1 << 22),
                      .pieces = BUF_INIT(1 << 22)};
}

static void run_release(struct run *r)
{
    int status;

    loop_free(r->loop);
    buf_release(&r->out);
    buf_release(&r->err_out);
    buf_release(&r->pieces);
    assert_int_equal(waitpid(-1, &status, WNOHANG), -1); /* no zombie, no child left */
}

static void on_done(void *ctx, const struct proc_result *result)
{
    struct run *r = ctx;

    r->done++;
    r->err = result->err;
    r->exit_status = result->exit_status;
    r->term_signal = result->term_signal;
    r->duration_ms = result->duration_ms;
    buf_add_str(&r->out, result->out);
    buf_add_str(&r->err_out, result->err_out);
}

static void on_piece(void *ctx, struct str piece)
{
    struct run *r = ctx;

    buf_add_str(&r->pieces, piece);
    if (r->cancel_after && r->pieces.len >= r->cancel_after)
        proc_cancel(r->loop, r->id);
}

static void run(struct run *r, struct proc_spec spec, const char *script)
{
    const char *argv[] = {"sh", "-c", script, NULL};

    if (!spec.argv)
        spec.argv = argv;
    r->id = proc_start(r->loop, &spec, on_done, r);
    assert_int_equal(r->done, 0); /* never from inside the call */
    loop_run(r->loop);            /* ends by itself: nothing is left to wait for */
    assert_int_equal(r->done, 1);
}

static void test_output_and_status(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){0}, "echo out; echo err >&2; exit 7");
    assert_ok(r.err.code, &r.err);
    assert_int_equal(r.exit_status, 7);
    assert_int_equal(r.term_signal, 0);
    assert_str(buf_str(&r.out), "out\n");
    assert_str(buf_str(&r.err_out), "err\n");
    run_release(&r);
}

static void test_death_by_signal_is_told(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){0}, "kill -SEGV $$");
    assert_ok(r.err.code, &r.err);
    assert_int_equal(r.exit_status, -1);
    assert_int_equal(r.term_signal, SIGSEGV);
    run_release(&r);
}

static void test_missing_and_forbidden_programs(void **state)
{
    const char *missing[] = {"runbook-no-such-program", NULL};
    const char *forbidden[] = {"/etc/passwd", NULL};
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){.argv = missing}, NULL);
    assert_int_equal(r.err.code, ERR_NOT_FOUND);
    assert_string_equal(r.err.msg, "start runbook-no-such-program: no such program in PATH");
    assert_int_equal(r.exit_status, -1);
    r.done = 0;
    run(&r, (struct proc_spec){.argv = forbidden}, NULL);
    assert_int_equal(r.err.code, ERR_DENIED);
    run_release(&r);
}

static void test_stdin_and_stdout_at_once(void **state)
{
    const char *cat[] = {"cat", NULL};
    size_t size = 1 << 20; /* far more than a pipe holds: both ways must move */
    char *data = xmalloc(size);
    struct run r;

    (void)state;
    for (size_t i = 0; i < size; i++)
        data[i] = (char)(i * 31 + i / 977);
    run_init(&r);
    run(&r, (struct proc_spec){.argv = cat, .stdin_data = {data, size}, .max_output_bytes = size},
        NULL);
    assert_ok(r.err.code, &r.err);
    assert_int_equal(r.out.len, size);
    assert_memory_equal(r.out.ptr, data, size);
    free(data);
    run_release(&r);
}

static void test_a_child_that_does_not_read_is_fine(void **state)
{
    size_t size = 1 << 20;
    char *data = xcalloc(1, size);
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){.stdin_data = {data, size}}, "exec <&-; echo done");
    assert_ok(r.err.code, &r.err);
    assert_str(buf_str(&r.out), "done\n");
    free(data);
    run_release(&r);
}

static void test_deadline_terminates(void **state)
{
    struct run r;

    (void)state;
    for (int ms = 500;; ms *= 2) { /* longer, when the machine was too busy to start it in time */
        run_init(&r);
        run(&r, (struct proc_spec){.timeout_ms = ms}, "echo before; sleep 1000");
        if (r.out.len || ms > 30000)
            break;
        run_release(&r);
    }
    assert_int_equal(r.err.code, ERR_TIMEOUT);
    assert_non_null(strstr(r.err.msg, "sh did not end within"));
    assert_int_equal(r.term_signal, SIGTERM);
    assert_str(buf_str(&r.out), "before\n");
    run_release(&r);
}

static void test_deadline_kills_what_ignores_term(void **state)
{
    struct run r;

    (void)state;
    for (int ms = 500;; ms *= 2) {
        run_init(&r);
        run(&r, (struct proc_spec){.timeout_ms = ms},
            "trap '' TERM; echo ready; while :; do sleep 1; done");
        if (r.out.len || ms > 30000)
            break;
        run_release(&r);
    }
    assert_int_equal(r.err.code, ERR_TIMEOUT);
    assert_int_equal(r.term_signal, SIGKILL);
    assert_true(r.duration_ms >= 2000 && r.duration_ms < 120000);
    run_release(&r);
}

static void test_output_is_capped(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){.max_output_bytes = 100000}, "yes");
    assert_int_equal(r.err.code, ERR_LIMIT);
    assert_string_equal(r.err.msg, "sh wrote more than 100000 bytes to its standard output");
    assert_int_equal(r.out.len, 100000);
    r.done = 0;
    run(&r, (struct proc_spec){.max_output_bytes = 10}, "echo 12345678901 >&2");
    assert_string_equal(r.err.msg, "sh wrote more than 10 bytes to its standard error");
    assert_str(buf_str(&r.err_out), "1234567890");
    run_release(&r);
}

static void test_exactly_the_cap_is_fine(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){.max_output_bytes = 10}, "printf 1234567890");
    assert_ok(r.err.code, &r.err);
    assert_str(buf_str(&r.out), "1234567890");
    run_release(&r);
}

static void test_streaming_and_cancel_from_the_callback(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){.on_output = on_piece}, "echo one; echo two");
    assert_ok(r.err.code, &r.err);
    assert_str(buf_str(&r.pieces), "one\ntwo\n");
    assert_str(buf_str(&r.out), "");
    r.done = 0;
    buf_clear(&r.pieces);
    r.cancel_after = 1;
    run(&r, (struct proc_spec){.on_output = on_piece}, "echo one; while :; do sleep 1000; done");
    assert_int_equal(r.err.code, ERR_CANCELED);
    assert_str(buf_str(&r.pieces), "one\n");
    proc_cancel(r.loop, r.id); /* long gone: harmless */
    run_release(&r);
}

static void test_cancel_before_the_first_turn(void **state)
{
    const char *argv[] = {"sleep", "1000", NULL};
    const char *missing[] = {"runbook-no-such-program", NULL};
    struct run r;

    (void)state;
    run_init(&r);
    proc_cancel(r.loop, 5); /* no child yet */
    r.id = proc_start(r.loop, &(struct proc_spec){.argv = argv}, on_done, &r);
    proc_cancel(r.loop, r.id);
    proc_cancel(r.loop, r.id);
    loop_run(r.loop);
    assert_int_equal(r.done, 1);
    assert_int_equal(r.err.code, ERR_CANCELED);
    r.id = proc_start(r.loop, &(struct proc_spec){.argv = missing}, on_done, &r);
    proc_cancel(r.loop, r.id);
    loop_run(r.loop);
    assert_int_equal(r.done, 2);
    assert_int_equal(r.err.code, ERR_NOT_FOUND);
    run_release(&r);
}

/* Does the process live? A zombie does not: whoever is its parent now reaps it in its own time. */
static bool lives(pid_t pid)
{
    char path[64], line[512] = "";
    FILE *f;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    f = fopen(path, "r");
    if (!f)
        return false;
    if (!fgets(line, sizeof(line), f))
        line[0] = '\0';
    fclose(f);
    return line[0] && !strstr(line, ") Z ") && !strstr(line, ") X ");
}

/* The process whose pid the script printed was killed: it is gone as soon as the kernel gets to it.
 */
static void assert_pid_is_gone(struct str text)
{
    int64_t pid;

    assert_true(num_i64(str_trim(text), &pid));
    for (int tries = 0; lives((pid_t)pid) && tries < 60000; tries++)
        poll(NULL, 0, 1);
    assert_false(lives((pid_t)pid));
}

static void test_grandchild_that_holds_the_pipe(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){0}, "sleep 1000 & echo $!");
    assert_ok(r.err.code, &r.err);
    assert_int_equal(r.exit_status, 0);
    assert_true(r.duration_ms < 120000);
    assert_pid_is_gone(buf_str(&r.out));
    run_release(&r);
}

static void test_grandchild_in_the_background_is_killed(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){0}, "sleep 1000 >/dev/null 2>&1 </dev/null & echo $!");
    assert_ok(r.err.code, &r.err);
    assert_pid_is_gone(buf_str(&r.out));
    run_release(&r);
}

static void test_child_is_clean(void **state)
{
    const char *env[] = {"RUNBOOK_TEST_A=1", "HOME=/nowhere", NULL};
    int leaky = open("/dev/null", O_RDONLY); /* on purpose without O_CLOEXEC */
    struct run r;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){.env = env},
        "echo /proc/$$/fd/*; echo $RUNBOOK_TEST_A $HOME; readlink /proc/$$/fd/0");
    assert_ok(r.err.code, &r.err);
    /* A shell may hold one more while it expands the names; nothing of ours is there. */
    assert_int_equal(str_find(buf_str(&r.out), STR_LIT("/fd/4")), -1);
    assert_true(str_find(buf_str(&r.out), STR_LIT("\n1 /nowhere\n/dev/null\n")) > 0);
    assert_true(leaky >= 3);
    close(leaky);
    run_release(&r);
}

static void test_own_group_and_default_signals(void **state)
{
    struct run r;
    struct str rest, line;
    int64_t pgrp = 0, session = 0;

    (void)state;
    run_init(&r);
    run(&r, (struct proc_spec){0},
        "set -- $(cat /proc/$$/stat); echo $5; echo $6; grep SigIgn /proc/$$/status");
    rest = buf_str(&r.out);
    assert_true(str_line(&rest, &line) && num_i64(line, &pgrp));
    assert_true(str_line(&rest, &line) && num_i64(line, &session));
    assert_true(pgrp != getpgrp() && pgrp == session);
    assert_true(str_line(&rest, &line));
    /* SIGPIPE is ignored here, not there; 32 and 33 are the C library's own. */
    assert_true(str_ends(line, "0000000"));
    run_release(&r);
}

static void test_many_children_at_once(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    for (int i = 0; i < 50; i++) {
        const char *argv[] = {"echo", "x", NULL};

        proc_start(r.loop, &(struct proc_spec){.argv = argv}, on_done, &r);
    }
    loop_run(r.loop);
    assert_int_equal(r.done, 50);
    assert_int_equal(r.out.len, 100);
    run_release(&r);
}

static void test_free_kills_what_runs(void **state)
{
    const char *argv[] = {"sh", "-c", "echo $$; exec sleep 1000", NULL};
    struct run r;

    (void)state;
    run_init(&r);
    proc_start(r.loop, &(struct proc_spec){.argv = argv, .on_output = on_piece}, on_done, &r);
    while (r.pieces.len == 0 && loop_turn(r.loop, true))
        ;
    loop_free(r.loop);
    assert_int_equal(r.done, 0);
    assert_pid_is_gone(buf_str(&r.pieces));
    r.loop = NULL;
    run_release(&r);
}

/* A child that is talked with: what it says decides what it is told next. */
static void on_talk(void *ctx, struct str piece)
{
    struct run *r = ctx;

    buf_add_str(&r->pieces, piece);
    if (str_ends(buf_str(&r->pieces), "ready\n"))
        assert_true(proc_write(r->loop, r->id, STR_LIT("one\n")));
    else if (str_ends(buf_str(&r->pieces), "got one\n"))
        assert_true(proc_write(r->loop, r->id, STR_LIT("two\n")));
    else if (str_ends(buf_str(&r->pieces), "got two\n"))
        proc_end_input(r->loop, r->id);
}

static void on_talk_err(void *ctx, struct str piece)
{
    buf_add_str(&((struct run *)ctx)->err_out, piece);
}

static void test_talking_with_a_child(void **state)
{
    struct run r;

    (void)state;
    run_init(&r);
    run(&r,
        (struct proc_spec){.keep_input = true, .on_output = on_talk, .on_err_output = on_talk_err},
        "echo ready; while read -r l; do echo got $l; done; echo end; echo log >&2");
    assert_string_equal(buf_cstr(&r.pieces), "ready\ngot one\ngot two\nend\n");
    assert_string_equal(buf_cstr(&r.err_out), "log\n");
    assert_int_equal(r.exit_status, 0);
    assert_true(proc_write(r.loop, r.id, STR_LIT("late"))); /* it is gone: dropped */
    run_release(&r);
}

/* One that does not read what it is told does not fill our memory. */
static void test_what_is_not_read_is_bounded(void **state)
{
    static char block[1 << 20];
    size_t taken = 0;
    struct run r;

    (void)state;
    run_init(&r);
    r.id = proc_start(
        r.loop,
        &(struct proc_spec){.argv = (const char *const[]){"sleep", "60", NULL}, .keep_input = true},
        on_done, &r);
    while (taken <= PROC_INPUT_MAX && proc_write(r.loop, r.id, (struct str){block, sizeof(block)}))
        taken += sizeof(block);
    assert_int_equal(taken, PROC_INPUT_MAX);
    proc_drop(r.loop, r.id); /* and done does not come */
    loop_run(r.loop);
    assert_int_equal(r.done, 0);
    run_release(&r);
}

static void test_inherits_only_what_is_named(void **state)
{
    static const char *const names[] = {"PATH", "RB_KEPT", NULL}, *const env[] = {"RB_ADDED=3",
                                                                                  NULL};
    struct run r;

    (void)state;
    run_init(&r);
    setenv("RB_KEPT", "1", 1);
    setenv("RB_SECRET", "2", 1);
    run(&r, (struct proc_spec){.inherit = names, .env = env}, "echo $RB_KEPT,$RB_SECRET,$RB_ADDED");
    assert_string_equal(buf_cstr(&r.out), "1,,3\n");
    run_release(&r);
}

#ifdef RB_FAULT_INJECTION
static void test_each_fault_is_told(void **state)
{
    uint64_t points;
    struct run r;

    (void)state;
    fault_arm(NULL);
    run_init(&r);
    run(&r, (struct proc_spec){.stdin_data = STR_LIT("hi")}, "cat");
    points = fault_count();
    run_release(&r);
    assert_true(points >= 5);
    for (uint64_t n = 1; n <= points; n++) {
        char spec[24];

        snprintf(spec, sizeof(spec), "%llu", (unsigned long long)n);
        run_init(&r);
        fault_arm(spec);
        run(&r, (struct proc_spec){.stdin_data = STR_LIT("hi")}, "cat");
        if (fault_fired()) {
            assert_int_not_equal(r.err.code, ERR_OK);
            assert_true(r.err.msg[0] != '\0');
        }
        fault_arm(NULL);
        run_release(&r);
    }
}
#endif

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_output_and_status),
        cmocka_unit_test(test_death_by_signal_is_told),
        cmocka_unit_test(test_missing_and_forbidden_programs),
        cmocka_unit_test(test_stdin_and_stdout_at_once),
        cmocka_unit_test(test_a_child_that_does_not_read_is_fine),
        cmocka_unit_test(test_deadline_terminates),
        cmocka_unit_test(test_deadline_kills_what_ignores_term),
        cmocka_unit_test(test_output_is_capped),
        cmocka_unit_test(test_exactly_the_cap_is_fine),
        cmocka_unit_test(test_streaming_and_cancel_from_the_callback),
        cmocka_unit_test(test_cancel_before_the_first_turn),
        cmocka_unit_test(test_grandchild_that_holds_the_pipe),
        cmocka_unit_test(test_grandchild_in_the_background_is_killed),
        cmocka_unit_test(test_child_is_clean),
        cmocka_unit_test(test_own_group_and_default_signals),
        cmocka_unit_test(test_many_children_at_once),
        cmocka_unit_test(test_free_kills_what_runs),
        cmocka_unit_test(test_talking_with_a_child),
        cmocka_unit_test(test_what_is_not_read_is_bounded),
        cmocka_unit_test(test_inherits_only_what_is_named),
#ifdef RB_FAULT_INJECTION
        cmocka_unit_test(test_each_fault_is_told),
#endif
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
