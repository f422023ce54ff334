/* act_faults.c - what goes wrong on the way of a mutation: kill -9 at every step, for an operation
 * of each kind; a connection that is lost in the middle; a call that takes too long; a disk without
 * room for the ledger; a ledger that cannot be written or synced; a clock that is set. Never done
 * twice, never lost; what is not known is read. Run by test_act_faults.sh. R-58 R-60 C-08 T-08 */
#include "act_scenes.h"

#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/model/approval.h"

static const char *const programs[] = {"renice", "systemctl", "truncate", "rm",  "mv",     "mount",
                                       "swapon", "swapoff",   "cp",       "git", "mkswap", NULL};

static bool make(struct world *w, const struct scene *s)
{
    const char *why;

    world_shim(w, programs);
    world_unspoil(w);
    why = s->make(w);
    world_clear_log(w);
    if (why)
        print_message("# %s: %s\n", s->name, why);
    return !why;
}

static struct world *begin(const struct scene *s, const char *host)
{
    struct world *w = world_new();

    w->host = s->no_host ? NULL : host;
    return w;
}

static const struct scene *scene(const char *name)
{
    const struct scene *s;

    for (size_t i = 0; (s = act_scene(i)) != NULL && strcmp(s->name, name) != 0; i++)
        ;
    assert_non_null(s);
    return s;
}

/* ---- kill -9 ---- */

/* In a process of its own, the whole way. */
static _Noreturn void run_child(struct world *w, const struct scene *s)
{
    struct err err = ERR_INIT;
    const char *id;

    world_open(w);
    id = world_propose(w, s->operation, NULL, false, &err);
    if (id && model_approval(engine_model(w->engine), id))
        world_approve(w, id);
    _exit(id && world_mutation(w, id)->state == MUTATION_VERIFIED ? 0 : 9);
}

/* True: it was killed. */
static bool run_and_die(struct world *w, const struct scene *s, enum event_type at, bool in_call)
{
    int status, ready[2];
    pid_t pid;
    char go;

    assert_int_equal(pipe(ready), 0);
    pid = fork();
    if (pid == 0) {
        if (read(ready[0], &go, 1) != 1)
            _exit(8);
        w->kill_at = at;
        w->kill_left = 1;
        run_child(w, s);
    }
    assert_true(pid > 0);
    if (in_call) {
        char program[32];

        snprintf(program, sizeof(program), "%.*s", (int)strcspn(s->call, " "), s->call);
        world_kill_after(w, strcmp(program, "revert") == 0 ? "git" : program, pid);
    }
    assert_int_equal(write(ready[1], "x", 1), 1);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    close(ready[0]);
    close(ready[1]);
    return WIFSIGNALED(status);
}

/* The next run of the program finds out, by reading, and repeats nothing. */
static void check_after(struct world *w, const struct scene *s, const char *when)
{
    char *session = world_unfinished(w);
    int calls = s->call ? world_count(w, s->call) : 0;
    bool done = s->is_done(w);

    if (calls > 1)
        fail_msg("killed at %s: it was called %d times", when, calls);
    if (session) {
        w->jump = !done;
        world_resume(w, session);
        VEC_EACH (mu, &engine_model(w->engine)->mutations) {
            if (!mutation_is_over(mu))
                fail_msg("killed at %s: still %s", when, mutation_state_name(mu->state));
            if (done && mu->state != MUTATION_VERIFIED && strcmp(s->operation, "host.command.run"))
                fail_msg("killed at %s: it was done, and is said to be %s: %s", when,
                         mutation_state_name(mu->state), mu->text);
            if (!done)
                assert_false(mu->verified && mu->holds);
        }
        world_close(w);
        w->jump = false;
        assert_int_equal(s->is_done(w), done);
        if (s->call)
            assert_int_equal(world_count(w, s->call), calls);
    }
    free(session);
    assert_null(world_unfinished(w));
}

/* One kind is killed at every step, the others before their call and in it, or after it where it
 * cannot be in it. RB_ACT_ALL: all at every step, which takes more than a minute. */
static bool kills_at(const struct scene *s, enum event_type at)
{
    return getenv("RB_ACT_ALL") || s == scene("host.log.rotate") || at == EV_MUTATION_STARTED ||
           (at == EV_MUTATION_ENDED && !s->call);
}

static void test_killed(void **state)
{
    /* From where something may have been done; what is before is every kind's, see test_mutate. */
    static const enum event_type steps[] = {EV_MUTATION_STARTED, EV_MUTATION_ENDED,
                                            EV_MUTATION_VERIFIED};
    const struct scene *s = *state;
    bool made = true;

    for (size_t i = 0; i <= sizeof(steps) / sizeof(*steps) && made; i++) {
        bool in_call = i == sizeof(steps) / sizeof(*steps);
        enum event_type at = in_call ? EV_UNKNOWN : steps[i];
        struct world *w;

        if (!in_call && !kills_at(s, at))
            continue;
        w = begin(s, "local");
        if (in_call && !s->call) {
            world_free(w);
            break;
        }
        made = make(w, s);
        if (made) {
            bool died = run_and_die(w, s, at, in_call);

            if (!died)
                fail_msg("it came through %s", in_call ? "the call" : event_type_name(at));
            if (in_call) /* what it had begun goes on without it */
                world_wait("! pgrep -f '[r]%s' >/dev/null", strstr(w->dir, "runbook-test") + 1);
            check_after(w, s, in_call ? "the call" : event_type_name(at));
        }
        world_free(w);
    }
    if (!made)
        skip();
}

/* ---- ssh, and time ---- */

/* The shell text that ends the connection under which it runs. */
#define CUT                                                                                        \
    "p=$$; until [ \"$(cat /proc/$p/comm)\" = sshd ]; do p=$(sed 's/.*) . //' /proc/$p/stat | "    \
    "cut "                                                                                         \
    "-d' ' -f1); done; kill -9 $p; sleep 0.3; "

/* True: it ran. */
static bool lose(bool done_first)
{
    const struct scene *s = scene("host.log.truncate, a writer at its old place");
    struct world *w = begin(s, "web-3");
    struct err err = ERR_INIT;
    bool ran = w->ssh_config && make(w, s);
    const struct mutation *mu;
    const char *id;

    if (ran) {
        world_open(w);
        world_spoil(w, "truncate", "spoiled; %s" CUT "exit 0", done_first ? "$real \"$@\"; " : "");
        id = world_propose(w, s->operation, NULL, false, &err);
        assert_non_null(id);
        w->jump = !done_first;
        world_approve(w, id);
        mu = world_mutation(w, id);
        assert_int_equal(mu->state, done_first ? MUTATION_VERIFIED : MUTATION_FAILED);
        assert_int_equal(s->is_done(w), done_first);
        assert_int_equal(world_count(w, s->call), 1);
        assert_false(mu->back_started);
        world_close(w);
    }
    world_free(w);
    return ran;
}

static void test_lost_after(void **state)
{
    (void)state;
    if (!lose(true))
        skip();
}

static void test_lost_before(void **state)
{
    (void)state;
    if (!lose(false))
        skip();
}

static void test_takes_too_long(void **state)
{
    const struct scene *s = scene("host.command.run");
    struct world *w = begin(s, "local");
    const struct mutation *mu;
    struct err err = ERR_INIT;
    const char *id;
    size_t len;

    (void)state;
    assert_true(make(w, s));
    world_spoil(w, "cp", "spoiled; sleep 1000; exit 0");
    len = strlen(w->args) - 1;
    snprintf(w->args + len, sizeof(w->args) - len, ",\"timeout_s\":1}");
    world_open(w);
    id = world_propose(w, s->operation, NULL, false, &err);
    assert_non_null(id);
    world_approve(w, id);
    mu = world_mutation(w, id);
    assert_int_equal(mu->state, MUTATION_FAILED);
    assert_int_equal(world_count(w, s->call), 1);
    world_close(w);
    world_free(w);
}

/* As a user without the right nothing is done, and why is said. */
static void test_no_right(void **state)
{
    const struct scene *s = scene("host.unit.restart");
    struct world *w = begin(s, "web-4");
    struct err err = ERR_INIT;
    bool ran = w->ssh_config && make(w, scene("host.file.delete"));
    const char *id;

    (void)state;
    if (ran) {
        world_open(w);
        id = world_propose(w, "host.file.delete", NULL, false, &err);
        assert_non_null(id);
        /* Its folder is everybody's, the sticky bit is what keeps it. */
        world_sh("chmod 1777 '%s/data'", w->dir);
        world_approve(w, id);
        assert_int_equal(world_mutation(w, id)->state, MUTATION_FAILED);
        assert_non_null(strstr(world_mutation(w, id)->text, "not permitted"));
        assert_false(scene("host.file.delete")->is_done(w));
        w->sudo = true;
        make(w, scene("host.file.delete"));
        id = world_propose(w, "host.file.delete", NULL, false, &err);
        assert_non_null(id);
        world_approve(w, id);
        assert_int_equal(world_mutation(w, id)->state, MUTATION_FAILED);
        assert_non_null(strstr(world_mutation(w, id)->text, "sudo"));
        assert_false(scene("host.file.delete")->is_done(w));
        world_close(w);
    }
    world_free(w);
    if (!ran)
        skip();
}

/* ---- the ledger ---- */

static const char *ask(struct world *w, const struct scene *s)
{
    struct err err = ERR_INIT;
    const char *id = world_propose(w, s->operation, NULL, false, &err);

    if (!id)
        fail_msg("%s", err.msg);
    return id;
}

/* No room for the line that says that it starts: it does not start. */
static void test_disk_full(void **state)
{
    const struct scene *s = scene("host.command.run");
    struct world *w = begin(s, "local");
    const char *m = getenv("RB_ACT_MACHINE"), *id;
    bool ran = m && *m && world_sh("mount -t tmpfs -o size=512k rbstate '%s'", w->state) == 0;

    (void)state;
    if (ran) {
        assert_true(make(w, s));
        world_open(w);
        id = ask(w, s);
        /* To the end of its last page, as there the next line would find room. */
        world_sh("cd '%s' && n=$(stat -c %%s mutations.jsonl) && head -c $((4096 - n %% 4096)) "
                 "/dev/zero | tr '\\000' '\\n' >>mutations.jsonl",
                 w->state);
        /* The answer takes the request away: its page is not to be the one that is missing. */
        world_sh("cd '%s' && ln pending/%s.request kept", w->state, id);
        world_sh("dd if=/dev/zero of='%s/fill' bs=4k 2>/dev/null; true", w->state);
        world_approve(w, id);
        assert_int_not_equal(world_sh("grep -q '\"started\"' '%s/mutations.jsonl'", w->state), 0);
        assert_false(s->is_done(w));
        assert_int_equal(world_count(w, s->call), 0);
        assert_int_not_equal(world_mutation(w, id)->state, MUTATION_VERIFIED);
        world_sh("rm '%s/fill'", w->state);
        world_close(w);
        world_sh("umount '%s'", w->state);
    }
    world_free(w);
    if (!ran)
        skip();
}

/* A line that a crash cut in two is no line, and the next one is whole. */
static void test_torn_ledger(void **state)
{
    const struct scene *s = scene("host.command.run");
    struct world *w = begin(s, "local");
    const char *id;

    (void)state;
    assert_true(make(w, s));
    world_sh("printf '{\"what\":\"started\",\"id\":\"mtorn' >'%s/mutations.jsonl'", w->state);
    world_open(w);
    id = ask(w, s);
    world_approve(w, id);
    assert_int_equal(world_mutation(w, id)->state, MUTATION_VERIFIED);
    assert_int_equal(world_sh("grep -q '^{\"what\":\"started\",\"id\":\"%s\"' '%s/mutations.jsonl'",
                              id, w->state),
                     0);
    world_close(w);
    assert_null(world_unfinished(w));
    world_free(w);
}

#ifdef RB_FAULT_INJECTION
#include "runbook/base/fault.h"

/* Each write and each fsync of the ledger fails in turn. */
static void test_ledger_faults(void **state)
{
    static const char *const points[] = {"ledger.write", "ledger.sync"};
    const struct scene *s = scene("host.command.run");

    (void)state;
    for (size_t p = 0; p < 2; p++) {
        for (int n = 1, fired = 1; fired && n < 10; n++) {
            struct world *w = begin(s, "local");
            char spec[64];
            const char *id;

            assert_true(make(w, s));
            world_open(w);
            snprintf(spec, sizeof(spec), "%s:%d", points[p], n);
            fault_arm(spec);
            id = ask(w, s);
            if (model_approval(engine_model(w->engine), id))
                world_approve(w, id);
            fired = fault_fired();
            fault_arm(NULL);
            assert_true(mutation_is_over(world_mutation(w, id)));
            assert_int_equal(world_mutation(w, id)->started, world_count(w, s->call) == 1);
            assert_true(world_count(w, s->call) <= 1);
            assert_true(n > 1 || fired);
            world_close(w);
            world_free(w);
        }
    }
}

/* kill -9 between the steps, where no event is. */
static void test_killed_at_points(void **state)
{
    static const char *const points[] = {"mutate.planned",  "mutate.decided",  "mutate.asked",
                                         "mutate.answered", "mutate.reserved", "mutate.started",
                                         "mutate.executed", "mutate.ended",    "mutate.verified"};
    const struct scene *s = scene("host.file.delete");

    (void)state;
    for (size_t p = 0; p < sizeof(points) / sizeof(*points); p++) {
        struct world *w = begin(s, "local");
        int status;
        pid_t pid;

        assert_true(make(w, s));
        pid = fork();
        if (pid == 0) {
            char spec[64];

            snprintf(spec, sizeof(spec), "%s:1", points[p]);
            fault_arm(spec);
            run_child(w, s);
        }
        assert_int_equal(waitpid(pid, &status, 0), pid);
        if (!WIFSIGNALED(status))
            fail_msg("it came through %s", points[p]);
        check_after(w, s, points[p]);
        world_free(w);
    }
}
#endif

/* ---- the limits ---- */

static struct world *strict(const struct scene *s)
{
    struct world *w = begin(s, "local");
    struct err err = ERR_INIT;

    policy_free(w->policy);
    assert_ok(
        policy_load(STR_LIT("environments: {dev: [nothing]}"), "policy.yaml", &w->policy, &err),
        &err);
    w->environment = "production";
    return w;
}

static const char *limit_text(struct world *w, const char *id)
{
    return world_mutation(w, id)->text;
}

/* a minute between two critical ones, whatever is done to the clock, and across runs. */
static void test_cooldown(void **state)
{
    const struct scene *s = scene("host.process.signal TERM");
    struct world *w = strict(s);
    const char *id;

    (void)state;
    assert_true(make(w, s));
    world_open(w);
    id = ask(w, s);
    assert_int_equal(world_mutation(w, id)->risk, APPROVAL_CRITICAL);
    world_approve(w, id);
    assert_int_equal(world_mutation(w, id)->state, MUTATION_VERIFIED);
    for (int i = 0; i < 3; i++) {
        static const int64_t jumps[] = {0, 86400000, -172800000};

        world_close(w);
        w->clock.wall_by += jumps[i];
        assert_true(make(w, s));
        world_open(w);
        id = ask(w, s);
        if (!strstr(limit_text(w, id), "pause"))
            fail_msg("jump %d: %s", i, limit_text(w, id));
        assert_false(s->is_done(w));
    }
    world_close(w);
    w->clock.wall_by = 0;
    /* A minute later, as the machine's own clock would have it. */
    world_sh("sed -i 's/\"boot_ms\":\\([0-9]*\\)/\"boot_ms\":0/' '%s/mutations.jsonl'", w->state);
    world_open(w);
    id = ask(w, s);
    world_approve(w, id);
    assert_int_equal(world_mutation(w, id)->state, MUTATION_VERIFIED);
    world_close(w);
    world_free(w);
}

#define RUNS_MAX 64

static struct CMUnitTest tests[RUNS_MAX];
static size_t count;

static void add(const char *name, CMUnitTestFunction fn, const struct scene *s)
{
    const char *only = getenv("RB_ACT_ONLY");

    if (count == RUNS_MAX || (only && !strstr(name, only)))
        return;
    tests[count++] =
        (struct CMUnitTest){.name = name, .test_func = fn, .initial_state = (void *)(uintptr_t)s};
}

int main(void)
{
    char *names[RUNS_MAX];
    size_t named = 0;
    const struct scene *s;
    int failed;

    for (size_t i = 0; (s = act_scene(i)) != NULL; i++) {
        /* A unit takes half a minute. */
        if (!getenv("RB_ACT_ALL") && strcmp(s->operation, "host.unit.restart") == 0)
            continue;
        if (s->kills && named < RUNS_MAX) {
            names[named] = xasprintf("kill -9 before, in and after the calls of %s", s->operation);
            add(names[named++], test_killed, s);
        }
    }
    add("the connection is lost after it was done: unknown, read, verified", test_lost_after, NULL);
    add("the connection is lost before: unknown, read, not repeated", test_lost_before, NULL);
    add("a call that takes too long: unknown, not repeated", test_takes_too_long, NULL);
    add("without the right, and without a rule of sudo: nothing, and why", test_no_right, NULL);
    add("no room for the ledger: nothing starts", test_disk_full, NULL);
    add("a ledger cut in the middle of a line", test_torn_ledger, NULL);
#ifdef RB_FAULT_INJECTION
    add("each write and each fsync of the ledger fails", test_ledger_faults, NULL);
    add("kill -9 at each point between the steps", test_killed_at_points, NULL);
#endif
    add("a minute between critical ones, whatever the clock says", test_cooldown, NULL);
    failed = _cmocka_run_group_tests("faults", tests, count, NULL, NULL);
    while (named)
        free(names[--named]);
    return failed;
}
