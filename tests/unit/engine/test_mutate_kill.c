/* test_mutate_kill.c - kill -9 at every event and at every call of a mutation leaves what the next
 * run finds out by reading; a grant counts in the run that took it. R-59 C-26 */
#include "tests/unit/engine/mutate_scene.h"
#include "tests/lib/killer.h"
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"
#include "tests/lib/victim.h"
#include "src/engine/engine_priv.h"

#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/mutate.h"

/* In a process of its own: the whole way, killed at the n-th event. Exits 0 when it came through.
 */
static void run_child(void *ctx, int at)
{
    struct fixture *f = ctx;
    const char *id;

    changes_open_loop(f);
    killer_watch(f->engine, at);
    changes_open_session(f);
    id = changes_propose_nice(f, 5, false);
    changes_approve(f, id);
    _exit(changes_mutation(f, id)->state == MUTATION_VERIFIED ? 0 : 9);
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
    int nice = victim_nice(f->victim), runs = changes_times_run(f);

    if (runs > 1)
        fail_msg("killed at event %d: it ran %d times", at, runs);
    assert_int_equal(nice, f->base + (runs ? 5 : 0));
    if (!session)
        return; /* it had not taken its place, so it was not started, or it had ended */
    changes_open_loop(f);
    assert_ok(engine_resume(f->engine, session, &report, &err), &err);
    changes_until_settled(f);
    VEC_EACH (mu, &engine_model(f->engine)->mutations) {
        if (!mutation_is_over(mu))
            fail_msg("killed at event %d: still %s", at, mutation_state_name(mu->state));
        assert_int_equal(mu->state == MUTATION_VERIFIED, runs == 1);
    }
    assert_int_equal(changes_times_run(f), runs); /* reading repeats nothing */
    changes_close_loop(f);
    free(session);
    assert_null(only_session(f));
}

static void test_killed_at_every_event(void **state)
{
    struct fixture *f = *state;
    int at = 1, status;

    changes_close_loop(f);
    do {
        tmpdir_free(f->dir);
        f->dir = tmpdir_new();
        unlink(f->count);
        changes_new_victim(f);
        status = killer_run(run_child, f, at);
        check_after(f, at);
        at++;
    } while (WIFSIGNALED(status) && at < 100);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    assert_in_range(at, 8, 30);
    changes_open_loop(f);
    changes_open_session(f);
}

/* The call itself outlives the one who made it: done, and nobody wrote that down. */
static void test_killed_in_the_call(void **state)
{
    struct fixture *f = *state;
    int status;

    changes_close_loop(f);
    setenv("KILL_AFTER", "1", 1);
    status = killer_run(run_child, f, 0);
    unsetenv("KILL_AFTER");
    assert_true(WIFSIGNALED(status));
    assert_int_equal(changes_times_run(f), 1);
    check_after(f, -1);
    changes_open_loop(f);
    changes_open_session(f);
}

static void test_answered_by_another_run(void **state)
{
    struct fixture *f = *state;
    struct journal_report report;
    char *id, *session;
    struct err err;

    changes_close_loop(f);
    f->keep = true;
    changes_open_loop(f);
    changes_open_session(f);
    id = xstrdup(changes_propose_nice(f, 4, false));
    changes_close_loop(f);
    session = mutate_find_session(f->dir, id);
    assert_non_null(session);
    assert_null(mutate_find_session(f->dir, "m000000"));
    changes_open_loop(f);
    assert_ok(engine_resume(f->engine, session, &report, &err), &err);
    assert_int_equal(model_approval(engine_model(f->engine), id)->state, APPROVAL_WAITING);
    changes_approve(f, id);
    assert_int_equal(changes_mutation(f, id)->state, MUTATION_VERIFIED);
    assert_int_equal(changes_times_run(f), 1);
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

    changes_close_loop(f);
    f->keep = true;
    changes_open_loop(f);
    changes_open_session(f);
    id = xstrdup(changes_propose_nice(f, 4, false));
    a = model_approval(engine_model(f->engine), id);
    grant = xasprintf("{\"id\":\"%s\",\"fingerprint\":\"%s\"}", id, a->fingerprint);
    session = xstrdup(engine_model(f->engine)->id);
    changes_close_loop(f);
    f->loop = loop_new(clock_system());
    assert_ok(journal_open(f->loop, dir, session, NULL, NULL, &j, &report, &err), &err);
    assert_ok(journal_append(j, "approval.granted", "user", 1, str_from(grant), NULL, NULL,
                             &(uint64_t){0}, &err),
              &err);
    assert_ok(journal_close(j, NULL, &(char *){NULL}, &err), &err);
    loop_free(f->loop);
    changes_open_loop(f);
    assert_ok(engine_resume(f->engine, session, &report, &err), &err);
    changes_until_settled(f);
    assert_int_equal(model_approval(engine_model(f->engine), id)->state, APPROVAL_GRANTED);
    assert_int_equal(changes_mutation(f, id)->state, MUTATION_REFUSED);
    assert_int_equal(changes_times_run(f), 0);
    free(id);
    free(session);
    free(grant);
    free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_killed_at_every_event),
        TEST(test_killed_in_the_call),
        TEST(test_answered_by_another_run),
        TEST(test_a_replayed_grant),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
