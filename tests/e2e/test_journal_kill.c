/* test_journal_kill.c - kill -9 at random moments, 200 times: the chain verifies, the
 * journal opens again, and nothing that was acknowledged as durable is lost. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <poll.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/clock.h"
#include "runbook/base/rng.h"
#include "runbook/store/journal.h"

#define ROUNDS 200
#define LINES_PER_JOURNAL 1500
#define DURABLE_EVERY 7

/* ---- the child: appends as fast as it can ---- */

struct writer {
    int ack_fd;
    uint64_t acked; /* durable callbacks come in order */
};

static void on_durable(void *ctx, const struct err *e)
{
    struct writer *w = ctx;

    w->acked += DURABLE_EVERY;
    if (e->code || write(w->ack_fd, &w->acked, sizeof(w->acked)) != (ssize_t)sizeof(w->acked))
        _exit(3);
}

static _Noreturn void run_writer(const char *dir, const char *id, int ack_fd)
{
    struct loop *l = loop_new(clock_system());
    struct writer w = {.ack_fd = ack_fd};
    struct journal_report rep;
    struct journal *j;
    struct err err;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (journal_open(l, dir, id, NULL, NULL, &j, &rep, &err) &&
        journal_create(l, dir, id, &j, &err)) {
        fprintf(stderr, "# child: %s\n", err.msg);
        _exit(2);
    }
    w.acked = journal_seq(j) / DURABLE_EVERY * DURABLE_EVERY;
    if (write(ack_fd, &w.acked, sizeof(w.acked)) != (ssize_t)sizeof(w.acked)) /* open */
        _exit(3);
    for (;;) {
        uint64_t n = journal_seq(j) + 1;
        char data[96];

        snprintf(data, sizeof(data), "{\"n\":%llu,\"text\":\"%0*d\"}", (unsigned long long)n,
                 (int)(n % 40) + 1, 0);
        if (journal_append(j, "user.message", "user", 1770199200000 + (int64_t)n, str_from(data),
                           n % DURABLE_EVERY == 0 ? on_durable : NULL, &w, NULL, &err))
            _exit(4);
        if (n % 16 == 0)
            loop_turn(l, false);
    }
}

/* ---- the parent ---- */

static int64_t now_us(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static void take_acks(int fd, uint64_t *acked)
{
    uint64_t got;

    while (read(fd, &got, sizeof(got)) == (ssize_t)sizeof(got))
        *acked = got;
}

/* Kill it a random time after it was started, or after it has opened its journal; returns the last
 * acknowledged number, or `acked` as it was. */
static uint64_t one_life(const char *dir, const char *id, struct rng *rng, bool opened,
                         uint64_t acked)
{
    int64_t end_us, left_us;
    int fds[2], status;
    pid_t pid;

    assert_int_equal(pipe(fds), 0);
    pid = fork();
    if (pid == 0) {
        close(fds[0]);
        run_writer(dir, id, fds[1]);
    }
    assert_true(pid > 0);
    close(fds[1]);
    if (opened)
        assert_int_equal(read(fds[0], &acked, sizeof(acked)), sizeof(acked));
    end_us = now_us() + (int64_t)rng_below(rng, 25000);
    while ((left_us = end_us - now_us()) > 0) {
        struct pollfd p = {.fd = fds[0], .events = POLLIN};
        struct timespec wait = {0, left_us * 1000};
        uint64_t got;

        if (ppoll(&p, 1, &wait, NULL) == 1 && read(fds[0], &got, sizeof(got)) == sizeof(got))
            acked = got;
        if (p.revents & POLLHUP)
            break;
    }
    kill(pid, SIGKILL);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    take_acks(fds[0], &acked);
    close(fds[0]);
    return acked;
}

static bool check_record(void *ctx, const struct journal_record *r)
{
    uint64_t *n = ctx;

    assert_true(r->seq == ++*n);
    assert_true(value_i64_or(r->data, "n", 0) == (int64_t)r->seq);
    return true;
}

static void test_killed_at_random_moments(void **state)
{
    uint64_t seed = 20260204, acked = 0, total = 0;
    char *dir = tmpdir_new(), *path = NULL;
    size_t torn = 0, with_acks = 0;
    char id[32] = "k0";
    struct rng rng;

    (void)state;
    rng_seed(&rng, seed);
    for (int i = 0; i < ROUNDS; i++) {
        struct journal_report rep = {0};
        uint64_t before = acked, n = 0;
        struct err err;
        enum err_code rc;

        free(path);
        path = xasprintf("%s/%s.jsonl", dir, id);
        acked = one_life(dir, id, &rng, i % 2 == 1, acked);
        with_acks += acked > before;
        rc = journal_read(path, true, check_record, &n, &rep, &err);
        if (rc == ERR_NOT_FOUND && acked == 0)
            continue; /* killed before it was made */
        assert_ok(rc, &err);
        if (rep.bad_line)
            fail_msg("round %d: %s", i, rep.why);
        if (rep.lines < acked)
            fail_msg("round %d: %llu lines, but %llu was acknowledged", i,
                     (unsigned long long)rep.lines, (unsigned long long)acked);
        torn += rep.torn_bytes > 0;
        if (rep.lines > LINES_PER_JOURNAL) {
            total += rep.lines;
            acked = 0;
            snprintf(id, sizeof(id), "k%d", i + 1);
        }
    }
    printf("# %d kills, %zu after acknowledged lines, %zu torn, %llu lines and more\n", ROUNDS,
           with_acks, torn, (unsigned long long)total);
    assert_true(with_acks > ROUNDS / 4);
    free(path);
    tmpdir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_at_random_moments)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
