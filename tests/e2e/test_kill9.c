/* test_kill9.c - kill -9 at any moment of a running investigation.
 * The program streams every event that it has published to a pipe: that is what is acknowledged.
 * After the kill the chain must verify, every acknowledged event must be in the journal, and
 * opening the session again must give the same tree. RB_KILL_RUNS says how often (default 8). Skips
 * without the built program. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/engine/engine.h"
#include "runbook/store/journal.h"
#include "runbook/tool/toolenv.h"

#define RUN_MAX_MS 1800

static char *program;

struct seen {
    struct model model;
    struct arena *arena;
    uint64_t last;
};

static bool fold(void *ctx, const struct journal_record *r)
{
    struct seen *s = ctx;
    enum event_type type = event_type_from_name(r->type);
    struct event ev;
    struct err err;

    assert_int_equal(r->seq, s->last + 1);
    s->last = r->seq;
    if (type == EV_UNKNOWN)
        return true;
    assert_ok(event_decode(type, r->data, s->arena, &ev, &err), &err);
    ev.seq = r->seq;
    ev.ts_ms = r->ts_ms;
    ev.actor = arena_str(s->arena, r->actor);
    model_apply(&s->model, &ev);
    return true;
}

static pid_t start(const char *state_dir, int *ret_pipe)
{
    int fds[2];
    pid_t pid;

    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        int null = open("/dev/null", O_RDWR);

        dup2(null, 0);
        dup2(fds[1], 1);
        dup2(null, 2);
        execl(program, "runbook", "investigate", "--host", "local", "--state-dir", state_dir,
              "--json", "--events", "why is this machine slow", (char *)NULL);
        _exit(127);
    }
    close(fds[1]);
    *ret_pipe = fds[0];
    return pid;
}

/* The highest sequence number of a whole line that came through the pipe. */
static uint64_t read_acknowledged(int fd)
{
    struct buf all = BUF_INIT((size_t)64 << 20);
    struct str rest, line;
    uint64_t last = 0;
    char piece[65536];
    ssize_t n;

    while ((n = read(fd, piece, sizeof(piece))) > 0 || (n < 0 && errno == EINTR)) {
        if (n > 0)
            assert_true(buf_add(&all, piece, (size_t)n));
    }
    close(fd);
    while (all.len && all.ptr[all.len - 1] != '\n')
        buf_truncate(&all, all.len - 1);
    rest = buf_str(&all);
    while (str_line(&rest, &line)) {
        struct arena *a = arena_new(0);
        const struct value *v;
        struct err err;

        assert_ok(json_parse(a, line, &v, &err), &err);
        if (str_eq_c(value_str_or(v, "schema", ""), "runbook.event/1"))
            last = (uint64_t)value_i64_or(v, "seq", 0);
        arena_free(a);
    }
    buf_release(&all);
    return last;
}

/* The one journal of a state directory, or NULL when the program had not come so far. */
static char *find_journal(const char *state_dir, char id[128])
{
    char *dir = path_join(state_dir, "scratchpad"), *found = NULL;
    DIR *d = opendir(dir);
    struct dirent *e;

    while (d && (e = readdir(d))) {
        size_t len = strlen(e->d_name);

        if (len <= 6 || len > 127 || strcmp(e->d_name + len - 6, ".jsonl") != 0)
            continue;
        assert_null(found);
        found = path_join(dir, e->d_name);
        memcpy(id, e->d_name, len - 6);
        id[len - 6] = '\0';
    }
    if (d)
        closedir(d);
    free(dir);
    return found;
}

static void assert_same_tree(const struct model *a, const struct model *b)
{
    assert_int_equal(a->hypotheses.count, b->hypotheses.count);
    for (size_t i = 0; i < a->hypotheses.count; i++) {
        const struct hypothesis *x = &a->hypotheses.items[i], *y = &b->hypotheses.items[i];

        assert_string_equal(x->id, y->id);
        assert_string_equal(x->statement, y->statement);
        assert_int_equal(x->status, y->status);
        assert_int_equal(x->evidence.count, y->evidence.count);
        assert_true(x->confidence == y->confidence);
    }
    assert_int_equal(a->evidence.count, b->evidence.count);
    assert_int_equal(a->conclusion.verdict, b->conclusion.verdict);
}

/* A child that the killed program was just starting holds the lock until its exec: milliseconds. */
static enum err_code resume(struct engine *e, const char *id, struct err *err)
{
    struct clock *c = clock_system();
    int64_t end_ms = c->now_ms(c) + 60000;
    struct journal_report report;
    enum err_code rc;

    while ((rc = engine_resume(e, id, &report, err)) == ERR_AGAIN && c->now_ms(c) < end_ms)
        poll(NULL, 0, 5);
    return rc;
}

static void check_reopened(const char *state_dir, const char *id, const struct model *before)
{
    struct loop *loop = loop_new(clock_system());
    struct tool_env env = {.loop = loop};
    struct engine_options opts = {
        .loop = loop, .tools = &env, .state_dir = state_dir, .version = "test"};
    struct engine *e;
    struct rng rng;
    struct err err;

    rng_seed(&rng, 1);
    opts.rng = &rng;
    e = engine_new(&opts);
    assert_ok(resume(e, id, &err), &err);
    assert_same_tree(before, engine_model(e));
    assert_false(engine_model(e)->turn_running);
    engine_free(e);
    loop_free(loop);
}

/* Returns false when it was killed before there was a journal. */
static bool one_run(int64_t delay_ms)
{
    struct timespec delay = {delay_ms / 1000, (delay_ms % 1000) * 1000000};
    char *dir = tmpdir_new(), *path, id[128];
    struct journal_report report;
    struct seen s = {.arena = arena_new(0)};
    uint64_t acknowledged;
    struct err err;
    int out, status;
    pid_t pid = start(dir, &out);

    nanosleep(&delay, NULL); /* the moment of the kill, not a wait for something */
    kill(pid, SIGKILL);
    acknowledged = read_acknowledged(out);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    path = find_journal(dir, id);
    if (path) {
        model_init(&s.model);
        assert_ok(journal_read(path, true, fold, &s, &report, &err), &err);
        if (report.bad_line)
            fail_msg("killed after %d ms: %s", (int)delay_ms, report.why);
        assert_true(report.lines >= acknowledged);
        check_reopened(dir, id, &s.model);
        assert_ok(journal_read(path, true, NULL, NULL, &report, &err), &err);
        assert_int_equal(report.bad_line, 0);
        assert_int_equal(report.torn_bytes, 0);
        model_release(&s.model);
    } else {
        assert_int_equal(acknowledged, 0);
    }
    arena_free(s.arena);
    tmpdir_free(dir);
    free(path);
    return path != NULL;
}

static void test_killed_at_any_moment(void **state)
{
    const char *wanted = getenv("RB_KILL_RUNS");
    int64_t runs = 8, with_journal = 0;
    struct rng rng;

    (void)state;
    if (access(program, X_OK) != 0) {
        print_message("# the program is not built\n");
        skip();
    }
    if (wanted)
        assert_true(num_i64(str_from(wanted), &runs));
    rng_seed_system(&rng);
    for (int64_t i = 0; i < runs; i++)
        with_journal += one_run((int64_t)rng_below(&rng, RUN_MAX_MS));
    print_message("# %d kills, %d with a journal\n", (int)runs, (int)with_journal);
    assert_true(with_journal > 0 || runs < 4);
}

int main(void)
{
    const char *build = getenv("RB_BUILDDIR");
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_killed_at_any_moment)};
    int rc;

    program = path_join(build ? build : ".", "runbook");
    rc = cmocka_run_group_tests(tests, NULL, NULL);
    free(program);
    return rc;
}
