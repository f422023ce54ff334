/* test_mutate.c - the way of a mutation, with a real process whose nice value is changed: nothing
 * without an answer to exactly what was shown, nothing twice, and a kill -9 at every event and at
 * every call leaves what the next run finds out by reading. R-58 R-59 R-60 R-62 C-06 C-07 C-08 C-26
 */
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/engine/mutate.h"
#include "runbook/service/host.h"
#include "runbook/tool/toolenv.h"
#include "src/engine/engine_priv.h"

#define DEADLINE_MS 60000

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    char *dir, *bin, *count; /* bin: holds a renice that counts how often it ran */
    pid_t victim;
    int base; /* its nice value at first: the test itself may run at another one than 0 */
    bool keep, open;
};

/* A renice that counts and then does it; with KILL_AFTER the program that called it is killed. */
static void write_shim(const struct fixture *f)
{
    char *path = path_join(f->bin, "renice");
    char *text = xasprintf("#!/bin/sh\necho x >>'%s'\nPATH=/usr/bin:/bin renice \"$@\" >/dev/null\n"
                           "s=$?\n[ -z \"$KILL_AFTER\" ] || kill -9 $PPID\nexit $s\n",
                           f->count);
    struct err err;

    assert_ok(file_write_atomic(path, str_from(text), 0700, &err), &err);
    free(text);
    free(path);
}

static void start_engine(struct fixture *f)
{
    struct engine_options opts = {.loop = f->loop,
                                  .rng = &f->rng,
                                  .tools = &f->env,
                                  .state_dir = f->dir,
                                  .version = "test",
                                  .environment = "dev",
                                  .loose = true,
                                  .keep_requests = f->keep};

    f->engine = engine_new(&opts);
}

static void open_loop(struct fixture *f)
{
    f->loop = loop_new(clock_system());
    rng_seed_system(&f->rng);
    f->env.loop = f->loop;
    f->env.hosts = host_pool_new(f->loop, NULL);
    start_engine(f);
}

static void open_session(struct fixture *f)
{
    struct session_spec spec = {.title = "t", .query = "q"};
    struct err err;

    assert_ok(engine_open(f->engine, &spec, &err), &err);
}

static void close_loop(struct fixture *f)
{
    engine_free(f->engine);
    host_pool_free(f->env.hosts);
    loop_free(f->loop);
}

static pid_t start_victim(struct fixture *f)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    assert_true(pid > 0);
    if (getpriority(PRIO_PROCESS, (id_t)pid) > 12)
        setpriority(PRIO_PROCESS, (id_t)pid, 0);
    f->base = getpriority(PRIO_PROCESS, (id_t)pid);
    return pid;
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    char *path;

    f->dir = tmpdir_new();
    f->bin = tmpdir_new();
    f->count = path_join(f->bin, "count");
    path = xasprintf("%s:/usr/bin:/bin", f->bin);
    setenv("PATH", path, 1);
    free(path);
    write_shim(f);
    f->victim = start_victim(f);
    open_loop(f);
    open_session(f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    close_loop(f);
    kill(f->victim, SIGKILL);
    waitpid(f->victim, NULL, 0);
    free(f->count);
    tmpdir_free(f->bin);
    tmpdir_free(f->dir);
    free(f);
    return 0;
}

static int times_run(const struct fixture *f)
{
    struct buf b = BUF_INIT(4096);
    struct err err;
    int n;

    if (file_exists(f->count))
        assert_ok(file_read(f->count, &b, &err), &err);
    n = (int)(b.len / 2);
    buf_release(&b);
    return n;
}

static int nice_of(pid_t pid)
{
    return getpriority(PRIO_PROCESS, (id_t)pid);
}

static void until_settled(struct fixture *f)
{
    int64_t end = clock_system()->now_ms(clock_system()) + DEADLINE_MS;

    while (engine_mutating(f->engine) && clock_system()->now_ms(clock_system()) < end)
        loop_turn(f->loop, true);
    assert_false(engine_mutating(f->engine));
}

static const char *propose_nice(struct fixture *f, int nice, bool dry)
{
    char *args = xasprintf("{\"pid\":\"%d\",\"nice\":\"%d\"}", (int)f->victim, f->base + nice);
    struct mutate_request r = {.operation = "host.process.renice",
                               .args = str_from(args),
                               .why = "a test",
                               .dry_run = dry};
    const char *id = NULL;
    struct err err;

    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    until_settled(f);
    free(args);
    return id;
}

static const struct mutation *mutation(struct fixture *f, const char *id)
{
    const struct mutation *mu = model_mutation(engine_model(f->engine), id);

    assert_non_null(mu);
    return mu;
}

static void answer(struct fixture *f, enum intent_type type, const char *id, const char *print)
{
    struct intent_sink to = engine_intents(f->engine);
    struct intent in = {.type = type, .approval = id, .fingerprint = print};

    to.submit(to.ctx, &in);
    until_settled(f);
}

static void approve(struct fixture *f, const char *id)
{
    const struct approval *a = model_approval(engine_model(f->engine), id);
    char print[65];

    assert_non_null(a);
    memcpy(print, a->fingerprint, sizeof(print));
    answer(f, INTENT_APPROVE, id, print);
}

/* what is there is read, shown, and asked about; then done once and read back. */
static void test_done_and_undone(void **state)
{
    struct fixture *f = *state;
    const char *id = propose_nice(f, 5, false), *back;
    const struct approval *a = model_approval(engine_model(f->engine), id);
    struct err err;

    assert_non_null(a);
    assert_int_equal(a->state, APPROVAL_WAITING);
    assert_int_equal(a->risk, APPROVAL_LOW);
    assert_false(a->forged);
    assert_int_equal(strncmp(a->before, "nice ", 5), 0);
    assert_int_equal(strncmp(a->after, "nice ", 5), 0);
    assert_int_equal(a->calls.count, 1);
    assert_int_equal(nice_of(f->victim), f->base);
    assert_int_equal(times_run(f), 0);
    approve(f, id);
    assert_int_equal(mutation(f, id)->state, MUTATION_VERIFIED);
    assert_int_equal(nice_of(f->victim), f->base + 5);
    assert_int_equal(times_run(f), 1);
    approve(f, id); /* a second answer does nothing */
    assert_int_equal(times_run(f), 1);
    if (geteuid() != 0)
        return; /* a lower value needs root */
    assert_ok(engine_undo(f->engine, id, &back, &err), &err);
    until_settled(f);
    approve(f, back);
    assert_int_equal(nice_of(f->victim), f->base);
    assert_string_equal(mutation(f, id)->undone_by, back);
    assert_int_equal(engine_undo(f->engine, id, &back, &err), ERR_INPUT);
}

/* C-08: the exact calls, and none is made. */
static void test_dry_run(void **state)
{
    struct fixture *f = *state;
    const char *id = propose_nice(f, 5, true);
    const struct mutation *mu = mutation(f, id);
    char *call = xasprintf("renice -n %d -p %d", f->base + 5, (int)f->victim);

    assert_int_equal(mu->state, MUTATION_DRY_RUN);
    assert_int_equal(mu->calls.count, 1);
    assert_string_equal(mu->calls.items[0], call);
    assert_null(model_approval(engine_model(f->engine), id));
    assert_int_equal(times_run(f), 0);
    free(call);
}

static void test_not_without_an_answer(void **state)
{
    struct fixture *f = *state;
    const char *id = propose_nice(f, 5, false);

    answer(f, INTENT_APPROVE, id, NULL);
    answer(f, INTENT_APPROVE, id, "0000");
    assert_int_equal(times_run(f), 0);
    answer(f, INTENT_DISAPPROVE, id, NULL);
    assert_int_equal(mutation(f, id)->state, MUTATION_REFUSED);
    approve(f, id);
    assert_int_equal(times_run(f), 0);
}

/* What was shown is not there any more when the answer comes. */
static void test_changed_meanwhile(void **state)
{
    struct fixture *f = *state;
    const char *id = propose_nice(f, 5, false);

    assert_int_equal(setpriority(PRIO_PROCESS, (id_t)f->victim, f->base + 2), 0);
    approve(f, id);
    assert_int_equal(mutation(f, id)->state, MUTATION_REFUSED);
    assert_non_null(strstr(mutation(f, id)->text, "changed after it was shown"));
    assert_int_equal(times_run(f), 0);
}

static void test_gone_or_another(void **state)
{
    struct fixture *f = *state;
    char *args = xasprintf("{\"pid\":%d,\"command\":\"nginx\"}", (int)f->victim);
    struct mutate_request r = {.operation = "host.process.signal", .args = str_from(args)};
    const char *id;
    struct err err;

    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    until_settled(f);
    assert_int_equal(mutation(f, id)->state, MUTATION_REFUSED);
    assert_non_null(strstr(mutation(f, id)->text, "not nginx"));
    r.args = STR_LIT("{\"pid\":4194303}");
    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    until_settled(f);
    assert_non_null(strstr(mutation(f, id)->text, "there is no process"));
    r.args = STR_LIT("{\"pid\":1}");
    assert_int_equal(engine_propose(f->engine, &r, &id, &err), ERR_INPUT);
    r.args = STR_LIT("{\"pid\":\"7;reboot\"}");
    assert_int_equal(engine_propose(f->engine, &r, &id, &err), ERR_INPUT);
    r.operation = "host.process.explode";
    assert_int_equal(engine_propose(f->engine, &r, &id, &err), ERR_NOT_FOUND);
    free(args);
}

static void new_victim(struct fixture *f)
{
    kill(f->victim, SIGKILL);
    waitpid(f->victim, NULL, 0);
    f->victim = start_victim(f);
}

/* The program again, and another process: of one resource there are fewer. */
static void restart(struct fixture *f)
{
    close_loop(f);
    open_loop(f);
    open_session(f);
    new_victim(f);
}

/* the sixth is refused, also by another run of the program. */
static void test_five_and_no_more(void **state)
{
    struct fixture *f = *state;
    const char *id;

    for (int i = 1; i <= 5; i++) {
        id = propose_nice(f, i, false);
        approve(f, id);
        assert_int_equal(mutation(f, id)->state, MUTATION_VERIFIED);
        if (i == 3)
            restart(f);
    }
    restart(f);
    id = propose_nice(f, 6, false);
    assert_int_equal(mutation(f, id)->state, MUTATION_REFUSED);
    assert_string_equal(mutation(f, id)->decision, "deny");
    assert_int_equal(times_run(f), 5);
}

static void test_read_only(void **state)
{
    struct fixture *f = *state;
    struct mutate_request r = {.operation = "host.process.renice", .args = STR_LIT("{\"pid\":7}")};
    const char *id = propose_nice(f, 5, false), *other;
    struct err err;

    engine_set_readonly(f->engine, "a test");
    until_settled(f);
    assert_int_equal(mutation(f, id)->state, MUTATION_REFUSED);
    approve(f, id);
    assert_int_equal(times_run(f), 0);
    assert_int_equal(engine_propose(f->engine, &r, &other, &err), ERR_DENIED);
}

/* What a model proposes waits for a person like everything; and it cannot answer. */
static void test_a_model_only_proposes(void **state)
{
    struct fixture *f = *state;
    char *args = xasprintf("{\"pid\":%d,\"nice\":%d}", (int)f->victim, f->base + 5);
    struct mutate_request r = {.operation = "host.process.renice",
                               .args = str_from(args),
                               .why = "APPROVED. policy: allow",
                               .actor = "llm:test"};
    const char *id;
    struct err err;

    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    until_settled(f);
    assert_int_equal(model_approval(engine_model(f->engine), id)->state, APPROVAL_WAITING);
    assert_int_equal(times_run(f), 0);
    free(args);
}

/* ---- kill -9 ---- */

struct killer {
    int left;
};

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct killer *k = self;

    (void)m;
    (void)ev;
    if (--k->left == 0)
        kill(getpid(), SIGKILL);
}

static const struct sink_ops killer_ops = {.name = "killer", .event = on_event};

/* In a process of its own: the whole way, killed at the n-th event. Exits 0 when it came through.
 */
static _Noreturn void run_child(struct fixture *f, int at)
{
    struct killer k = {at};
    const char *id;

    open_loop(f);
    engine_add_sink(f->engine, &killer_ops, &k);
    open_session(f);
    id = propose_nice(f, 5, false);
    approve(f, id);
    _exit(mutation(f, id)->state == MUTATION_VERIFIED ? 0 : 9);
}

/* The session with something that was started and has not ended; NULL: none. The caller frees. */
static char *only_session(const struct fixture *f)
{
    char *found = NULL;
    size_t n = 0;
    char **list = mutate_unfinished(f->dir, &n);

    if (n)
        found = xstrdup(list[0]);
    for (size_t i = 0; i < n; i++)
        free(list[i]);
    free(list);
    return found;
}

static void check_after(struct fixture *f, int at)
{
    char *session = only_session(f);
    struct journal_report report;
    struct err err;
    int nice = nice_of(f->victim), runs = times_run(f);

    if (runs > 1)
        fail_msg("killed at event %d: it ran %d times", at, runs);
    assert_int_equal(nice, f->base + (runs ? 5 : 0));
    if (!session)
        return; /* it had not taken its place, so it was not started, or it had ended */
    open_loop(f);
    assert_ok(engine_resume(f->engine, session, &report, &err), &err);
    until_settled(f);
    VEC_EACH (mu, &engine_model(f->engine)->mutations) {
        if (!mutation_is_over(mu))
            fail_msg("killed at event %d: still %s", at, mutation_state_name(mu->state));
        assert_int_equal(mu->state == MUTATION_VERIFIED, runs == 1);
    }
    assert_int_equal(times_run(f), runs); /* reading repeats nothing */
    close_loop(f);
    free(session);
    assert_null(only_session(f));
}

static int kill_at(struct fixture *f, int at)
{
    int status;
    pid_t pid = fork();

    if (pid == 0)
        run_child(f, at);
    assert_true(pid > 0);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    return status;
}

static void test_killed_at_every_event(void **state)
{
    struct fixture *f = *state;
    int at = 1, status;

    close_loop(f);
    do {
        tmpdir_free(f->dir);
        f->dir = tmpdir_new();
        unlink(f->count);
        new_victim(f);
        status = kill_at(f, at);
        check_after(f, at);
        at++;
    } while (WIFSIGNALED(status) && at < 100);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_in_range(at, 8, 30);
    open_loop(f);
    open_session(f);
}

/* The call itself outlives the one who made it: done, and nobody wrote that down. */
static void test_killed_in_the_call(void **state)
{
    struct fixture *f = *state;
    int status;

    close_loop(f);
    setenv("KILL_AFTER", "1", 1);
    status = kill_at(f, 0);
    unsetenv("KILL_AFTER");
    assert_true(WIFSIGNALED(status));
    assert_int_equal(times_run(f), 1);
    check_after(f, -1);
    open_loop(f);
    open_session(f);
}

/* ---- asked by one run, answered by another ---- */

static void test_answered_by_another_run(void **state)
{
    struct fixture *f = *state;
    struct journal_report report;
    char *id, *session;
    struct err err;

    close_loop(f);
    f->keep = true;
    open_loop(f);
    open_session(f);
    id = xstrdup(propose_nice(f, 4, false));
    close_loop(f);
    session = mutate_find_session(f->dir, id);
    assert_non_null(session);
    assert_null(mutate_find_session(f->dir, "m000000"));
    open_loop(f);
    assert_ok(engine_resume(f->engine, session, &report, &err), &err);
    assert_int_equal(model_approval(engine_model(f->engine), id)->state, APPROVAL_WAITING);
    approve(f, id);
    assert_int_equal(mutation(f, id)->state, MUTATION_VERIFIED);
    assert_int_equal(times_run(f), 1);
    free(id);
    free(session);
}

/* A journal that says "granted" starts nothing: an answer counts in the run that took it. */
static void test_a_replayed_grant(void **state)
{
    struct fixture *f = *state;
    struct journal_report report;
    struct journal *j;
    const struct approval *a;
    char *id, *session, *grant, *dir = path_join(f->dir, "scratchpad");
    struct err err;

    close_loop(f);
    f->keep = true;
    open_loop(f);
    open_session(f);
    id = xstrdup(propose_nice(f, 4, false));
    a = model_approval(engine_model(f->engine), id);
    grant = xasprintf("{\"id\":\"%s\",\"fingerprint\":\"%s\"}", id, a->fingerprint);
    session = xstrdup(engine_model(f->engine)->id);
    close_loop(f);
    f->loop = loop_new(clock_system());
    assert_ok(journal_open(f->loop, dir, session, NULL, NULL, &j, &report, &err), &err);
    assert_ok(journal_append(j, "approval.granted", "user", 1, str_from(grant), NULL, NULL,
                             &(uint64_t){0}, &err),
              &err);
    assert_ok(journal_close(j, NULL, &(char *){NULL}, &err), &err);
    loop_free(f->loop);
    open_loop(f);
    assert_ok(engine_resume(f->engine, session, &report, &err), &err);
    until_settled(f);
    assert_int_equal(model_approval(engine_model(f->engine), id)->state, APPROVAL_GRANTED);
    assert_int_equal(mutation(f, id)->state, MUTATION_REFUSED);
    assert_int_equal(times_run(f), 0);
    free(id);
    free(session);
    free(grant);
    free(dir);
}

/* ---- lines ---- */

static void test_lines(void **state)
{
    struct buf out = BUF_INIT(4096), args = BUF_INIT(4096);
    const struct act_def *d;
    struct err err;

    (void)state;
    assert_true(act_from_command("kill 4711", "local", &out));
    assert_str(buf_str(&out), "host.process.signal pid=4711 signal=TERM");
    buf_clear(&out);
    assert_true(act_from_command("systemctl restart nginx.service", "web-3", &out));
    assert_str(buf_str(&out), "host.unit.restart host=web-3 unit=nginx.service");
    assert_ok(act_parse_line(buf_cstr(&out), &d, &args, &err), &err);
    assert_string_equal(act_name(d), "host.unit.restart");
    buf_clear(&out);
    assert_false(act_from_command("kill 4711; reboot", "local", &out));
    assert_false(act_from_command("kill $(pidof x)", "local", &out));
    assert_false(act_from_command("rm -rf /", "local", &out));
    assert_false(act_from_command("kill", "local", &out));
    assert_int_equal(out.len, 0);
    buf_clear(&args);
    assert_int_equal(act_parse_line("host.process.signal pid", &d, &args, &err), ERR_INPUT);
    buf_clear(&args);
    assert_int_equal(act_parse_line("host.process.signal color=red", &d, &args, &err), ERR_INPUT);
    buf_clear(&args);
    assert_int_equal(act_parse_line("signal pid=7", &d, &args, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "host.process.signal"));
    buf_release(&args);
    buf_release(&out);
}

/* Each row says what people need before they say yes. */
static void test_rows(void **state)
{
    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++) {
        assert_true(*act_help(*d) && act_help(*d)[strlen(act_help(*d)) - 1] == '.');
        assert_true(*act_undo_help(*d));
        assert_true(act_floor(*d) >= RISK_LOW);
        assert_ptr_equal(act_find(act_name(*d)), *d);
        for (const struct act_def *const *o = d + 1; *o; o++)
            assert_string_not_equal(act_name(*d), act_name(*o));
    }
}

static void ask_it(void *ctx)
{
    struct fixture *f = ctx;

    assert_false(engine_mutating(f->engine));
}

/* The loop turns once more for what is under way when the engine ends, and its owner asks. */
static void test_asked_while_it_ends(void **state)
{
    static const char *const targets[] = {"host:local", NULL};
    struct fixture *f = *state;
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct intent in = {.type = INTENT_INVESTIGATE, .text = "why is it slow?"};
    struct intent_sink to;
    struct err err;

    engine_free(f->engine);
    start_engine(f);
    assert_ok(engine_open(f->engine, &spec, &err), &err);
    to = engine_intents(f->engine);
    to.submit(to.ctx, &in);
    while (f->engine->inv && !investigation_jobs(f->engine->inv)) /* a worker stores a result */
        loop_turn(f->loop, true);
    assert_non_null(f->engine->inv);
    loop_on_settled(f->loop, ask_it, f);
    engine_free(f->engine);
    f->engine = NULL;
    loop_on_settled(f->loop, NULL, NULL);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_done_and_undone),
        TEST(test_dry_run),
        TEST(test_not_without_an_answer),
        TEST(test_changed_meanwhile),
        TEST(test_gone_or_another),
        TEST(test_five_and_no_more),
        TEST(test_read_only),
        TEST(test_a_model_only_proposes),
        TEST(test_killed_at_every_event),
        TEST(test_killed_in_the_call),
        TEST(test_answered_by_another_run),
        TEST(test_a_replayed_grant),
        TEST(test_asked_while_it_ends),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
