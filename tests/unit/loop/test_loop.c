/* test_loop.c - order of a turn, timers stepped by hand, descriptors, signals, jobs, idling. */
#include "tests/lib/unit.h"

#include <dlfcn.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <sys/resource.h>
#include <unistd.h>
#include <uv.h>

#include "runbook/base/idtab.h"
#include "runbook/base/mem.h"
#include "runbook/loop/loop.h"

struct trace {
    struct loop *loop;
    struct buf text;
};

static void trace_init(struct trace *t, struct clock *clock)
{
    t->loop = loop_new(clock);
    buf_init(&t->text, 100000);
}

static void trace_release(struct trace *t)
{
    loop_free(t->loop);
    buf_release(&t->text);
}

static void note_a(void *ctx)
{
    buf_addc(&((struct trace *)ctx)->text, 'a');
}

static void note_b(void *ctx)
{
    buf_addc(&((struct trace *)ctx)->text, 'b');
}

static void note_settled(void *ctx)
{
    buf_addc(&((struct trace *)ctx)->text, '.');
}

static void note_and_post(void *ctx)
{
    struct trace *t = ctx;

    buf_addc(&t->text, 'p');
    loop_post(t->loop, note_a, t);
}

static void test_posts_run_in_order_once_a_turn(void **state)
{
    struct trace t;

    (void)state;
    trace_init(&t, clock_system());
    loop_on_settled(t.loop, note_settled, &t);
    loop_post(t.loop, note_and_post, &t);
    loop_post(t.loop, note_b, &t);
    assert_true(loop_turn(t.loop, true));
    assert_str(buf_str(&t.text), "pb.");
    assert_false(loop_turn(t.loop, true));
    assert_str(buf_str(&t.text), "pb.a.");
    assert_false(loop_turn(t.loop, true)); /* nothing is left: it does not sleep */
    assert_str(buf_str(&t.text), "pb.a.");
    trace_release(&t);
}

static void test_queue_grows_and_wraps(void **state)
{
    struct trace t;

    (void)state;
    trace_init(&t, clock_system());
    for (int round = 0; round < 5; round++) {
        for (int i = 0; i < 1000 * (round + 1) - 7; i++)
            loop_post(t.loop, i % 2 ? note_b : note_a, &t);
        loop_turn(t.loop, false);
        assert_int_equal(t.text.len, 1000 * (round + 1) - 7);
        for (size_t i = 0; i < t.text.len; i++)
            assert_int_equal(t.text.ptr[i], i % 2 ? 'b' : 'a');
        buf_clear(&t.text);
    }
    trace_release(&t);
}

static void note_and_arm(void *ctx)
{
    struct trace *t = ctx;

    buf_addc(&t->text, 't');
    loop_timer(t->loop, 0, note_a, t);
}

static void test_timers_step_by_hand(void **state)
{
    struct test_clock tc;
    struct trace t;
    loop_id late, twice;

    (void)state;
    test_clock_init(&tc, 0);
    trace_init(&t, &tc.clock);
    loop_timer(t.loop, 20, note_b, &t);
    loop_timer(t.loop, 10, note_and_arm, &t);
    twice = loop_timer(t.loop, 20, note_a, &t);
    late = loop_timer(t.loop, 30, note_b, &t);
    assert_true(loop_turn(t.loop, false));
    assert_str(buf_str(&t.text), "");
    test_clock_step(&tc, 9);
    loop_turn(t.loop, false);
    assert_str(buf_str(&t.text), "");
    test_clock_step(&tc, 11);
    loop_turn(t.loop, false);
    assert_str(buf_str(&t.text), "tba"); /* what 't' armed waits */
    loop_turn(t.loop, false);
    assert_str(buf_str(&t.text), "tbaa");
    assert_false(loop_timer_cancel(t.loop, twice));
    assert_true(loop_timer_cancel(t.loop, late));
    assert_false(loop_timer_cancel(t.loop, late));
    assert_false(loop_timer_cancel(t.loop, 0));
    test_clock_step(&tc, 1000);
    assert_false(loop_turn(t.loop, false));
    assert_str(buf_str(&t.text), "tbaa");
    trace_release(&t);
}

struct ordered {
    int64_t last_ms;
    struct loop *loop;
    int fired;
};

static void check_order(void *ctx)
{
    struct ordered *o = ctx;

    assert_true(loop_now_ms(o->loop) >= o->last_ms);
    o->last_ms = loop_now_ms(o->loop);
    o->fired++;
}

static void test_many_timers_fire_when_due(void **state)
{
    struct test_clock tc;
    struct ordered o = {0};
    loop_id ids[500];
    int canceled = 0;

    (void)state;
    test_clock_init(&tc, 0);
    o.loop = loop_new(&tc.clock);
    for (int i = 0; i < 500; i++)
        ids[i] = loop_timer(o.loop, (i * 7919) % 1009, check_order, &o);
    for (int i = 0; i < 500; i += 3)
        canceled += loop_timer_cancel(o.loop, ids[i]);
    for (int ms = 0; ms <= 1009; ms++) {
        int due = 0;

        for (int i = 0; i < 500; i++)
            due += i % 3 != 0 && (i * 7919) % 1009 <= ms;
        loop_turn(o.loop, false);
        assert_int_equal(o.fired, due);
        test_clock_step(&tc, 1);
    }
    assert_int_equal(o.fired, 500 - canceled);
    loop_free(o.loop);
}

static void stop(void *ctx)
{
    loop_stop(ctx);
}

static void test_real_timer_wakes_and_waiting_costs_nothing(void **state)
{
    struct loop *l = loop_new(clock_system());
    struct rusage before, after;
    int64_t start;

    (void)state;
    loop_turn(l, false);
    start = loop_now_ms(l);
    getrusage(RUSAGE_SELF, &before);
    loop_timer(l, 150, stop, l);
    loop_run(l);
    getrusage(RUSAGE_SELF, &after);
    assert_true(loop_now_ms(l) - start >= 150);
    /* One sleep, not a poll: a few voluntary switches at most. */
    assert_true(after.ru_nvcsw - before.ru_nvcsw < 12);
    loop_free(l);
}

struct pipe_end {
    struct loop *loop;
    int fd;
    loop_id watch;
    char got[64];
    size_t len;
};

static void on_readable(void *ctx, unsigned events)
{
    struct pipe_end *p = ctx;
    ssize_t n = read(p->fd, p->got + p->len, 1); /* one byte: level-triggered must call again */

    assert_int_equal(events & LOOP_READ, LOOP_READ);
    if (n == 1) {
        p->len++;
        return;
    }
    loop_watch_cancel(p->loop, p->watch);
    loop_watch_cancel(p->loop, p->watch); /* harmless */
}

static void test_watch_is_level_triggered_until_canceled(void **state)
{
    struct loop *l = loop_new(clock_system());
    struct pipe_end p = {.loop = l};
    struct err err = ERR_INIT;
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    p.fd = fds[0];
    p.watch = loop_watch(l, fds[0], LOOP_READ, on_readable, &p, &err);
    assert_int_not_equal(p.watch, 0);
    assert_int_equal(loop_watch(l, fds[0], LOOP_READ, on_readable, &p, &err), 0);
    assert_int_equal(write(fds[1], "hello", 5), 5);
    close(fds[1]);
    loop_run(l); /* ends when the watch is gone */
    assert_memory_equal(p.got, "hello", 5);
    assert_int_equal(p.len, 5);
    close(fds[0]);
    loop_free(l);
}

static void on_error(void *ctx, unsigned events)
{
    struct pipe_end *p = ctx;

    assert_int_equal(events, LOOP_WRITE);
    assert_int_equal(write(p->fd, "x", 1), -1); /* EPIPE, and no SIGPIPE */
    loop_watch_cancel(p->loop, p->watch);
    p->len = 1;
}

static void test_watch_tells_errors(void **state)
{
    struct loop *l = loop_new(clock_system());
    struct pipe_end p = {.loop = l};
    struct err err = ERR_INIT;
    int fds[2], file;

    (void)state;
    file = open("/proc/self/exe", O_RDONLY | O_CLOEXEC);
    assert_int_equal(loop_watch(l, file, LOOP_READ, on_readable, &p, &err), 0);
    assert_non_null(strstr(err.msg, "watch descriptor"));
    close(file);
    assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    close(fds[0]);
    p.fd = fds[1];
    p.watch = loop_watch(l, fds[1], LOOP_WRITE, on_error, &p, &err);
    loop_run(l);
    assert_int_equal(p.len, 1);
    close(fds[1]);
    loop_free(l);
}

struct seen_signal {
    struct loop *loop;
    loop_id id;
    int signo;
};

static void on_usr1(void *ctx, int signo)
{
    struct seen_signal *s = ctx;

    s->signo = signo;
    loop_signal_cancel(s->loop, s->id);
}

static void test_signal(void **state)
{
    struct seen_signal s = {loop_new(clock_system()), 0, 0};

    (void)state;
    assert_int_equal(loop_signal(s.loop, SIGKILL, on_usr1, &s), 0);
    s.id = loop_signal(s.loop, SIGUSR1, on_usr1, &s);
    raise(SIGUSR1);
    loop_run(s.loop);
    assert_int_equal(s.signo, SIGUSR1);
    loop_free(s.loop);
}

struct task {
    int input, output;
    int done, canceled;
    pthread_mutex_t *gate;
    pthread_t worker;
};

static void square(void *ctx)
{
    struct task *t = ctx;

    if (t->gate) {
        pthread_mutex_lock(t->gate);
        pthread_mutex_unlock(t->gate);
    }
    t->output = t->input * t->input;
    t->worker = pthread_self();
}

static void squared(void *ctx, bool canceled)
{
    struct task *t = ctx;

    t->done++;
    t->canceled = canceled;
}

static void test_jobs_finish_exactly_once(void **state)
{
    struct loop *l = loop_new(clock_system());
    pthread_mutex_t gate = PTHREAD_MUTEX_INITIALIZER;
    struct task tasks[40] = {0};
    loop_id ids[40];
    int ran = 0;

    (void)state;
    pthread_mutex_lock(&gate);
    for (int i = 0; i < 40; i++) {
        tasks[i].input = i;
        tasks[i].gate = &gate;
        ids[i] = loop_job(l, square, squared, &tasks[i]);
    }
    loop_job_cancel(l, ids[39]); /* all workers stand at the gate: it has not started */
    loop_job_cancel(l, ids[39]);
    loop_turn(l, true);
    assert_int_equal(tasks[39].done, 1);
    assert_true(tasks[39].canceled);
    pthread_mutex_unlock(&gate);
    loop_run(l);
    for (int i = 0; i < 40; i++) {
        assert_int_equal(tasks[i].done, 1);
        if (!tasks[i].canceled) {
            assert_int_equal(tasks[i].output, i * i);
            assert_false(pthread_equal(tasks[i].worker, pthread_self()));
            ran++;
        }
    }
    assert_int_equal(ran, 39);
    loop_job_cancel(l, ids[0]); /* long done: harmless */
    loop_free(l);
}

static void test_free_drops_what_is_left(void **state)
{
    struct loop *l = loop_new(clock_system());
    struct task tasks[20] = {0};
    struct pipe_end p = {.loop = l};
    struct seen_signal s = {.loop = l};
    struct err err = ERR_INIT;
    int fds[2];

    (void)state;
    assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    loop_watch(l, fds[0], LOOP_READ, on_readable, &p, &err);
    loop_signal(l, SIGUSR1, on_usr1, &s);
    loop_timer(l, 5, stop, l);
    loop_post(l, stop, l);
    for (int i = 0; i < 20; i++)
        loop_job(l, square, squared, &tasks[i]);
    loop_free(l); /* ASan says whether anything is left */
    for (int i = 0; i < 20; i++)
        assert_int_equal(tasks[i].done, 0);
    close(fds[0]);
    close(fds[1]);
    loop_free(NULL);
}

static void test_ids_are_never_reused(void **state)
{
    struct idtab *t = idtab_new();
    int a = 1, b = 2;
    uint64_t first = idtab_add(t, &a), second;
    size_t it = 0;

    (void)state;
    assert_ptr_equal(idtab_remove(t, first), &a);
    second = idtab_add(t, &b);
    assert_int_not_equal(first, second);
    assert_null(idtab_get(t, first));
    assert_null(idtab_remove(t, first));
    assert_null(idtab_get(t, 0));
    assert_ptr_equal(idtab_get(t, second), &b);
    assert_ptr_equal(idtab_next(t, &it), &b);
    assert_null(idtab_next(t, &it));
    assert_int_equal(idtab_count(t), 1);
    idtab_free(t);
}

static void ignore_events(void *ctx, unsigned events)
{
    (void)ctx;
    (void)events;
}

/* A timer that gets due between the arming of the alarm and the poll must not be slept over. This
 * stands before libuv's own function and loses the processor for a moment after it. */
static bool lose_processor;

int uv_timer_start(uv_timer_t *t, uv_timer_cb cb, uint64_t timeout, uint64_t repeat)
{
    int (*real)(uv_timer_t *, uv_timer_cb, uint64_t, uint64_t);
    void *found = dlsym(RTLD_NEXT, "uv_timer_start");
    int rc;

    memcpy(&real, &found, sizeof(real));
    rc = real(t, cb, timeout, repeat);
    if (lose_processor)
        poll(NULL, 0, 3);
    return rc;
}

static void count_up(void *ctx)
{
    ++*(int *)ctx;
}

static void test_a_due_timer_is_not_slept_over(void **state)
{
    struct loop *l = loop_new(clock_system());
    int fds[2], fired = 0;
    loop_id watch;
    struct err err;

    (void)state;
    assert_int_equal(pipe(fds), 0);
    watch = loop_watch(l, fds[0], LOOP_READ, ignore_events, NULL,
                       &err); /* something else to wait for */
    assert_int_not_equal(watch, 0);
    loop_timer(l, 1, count_up, &fired);
    lose_processor = true;
    alarm(20); /* the deadline: it sleeps for ever when it is wrong */
    while (!fired)
        loop_turn(l, true);
    alarm(0);
    lose_processor = false;
    loop_watch_cancel(l, watch);
    loop_free(l);
    close(fds[0]);
    close(fds[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_posts_run_in_order_once_a_turn),
        cmocka_unit_test(test_queue_grows_and_wraps),
        cmocka_unit_test(test_timers_step_by_hand),
        cmocka_unit_test(test_many_timers_fire_when_due),
        cmocka_unit_test(test_real_timer_wakes_and_waiting_costs_nothing),
        cmocka_unit_test(test_watch_is_level_triggered_until_canceled),
        cmocka_unit_test(test_watch_tells_errors),
        cmocka_unit_test(test_a_due_timer_is_not_slept_over),
        cmocka_unit_test(test_signal),
        cmocka_unit_test(test_jobs_finish_exactly_once),
        cmocka_unit_test(test_free_drops_what_is_left),
        cmocka_unit_test(test_ids_are_never_reused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
