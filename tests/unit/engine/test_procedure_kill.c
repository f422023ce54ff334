/* test_procedure_kill.c - kill -9 at every event of a run: whoever opens the session again goes on
 * at the step, nothing is changed twice, and the run comes to the same end. One that is cut between
 * the record of a change and its call is found out by reading: it was not done, is not repeated,
 * and its step failed. Every third event, or with RUNBOOK_KILL_ALL in the environment each. R-78
 * C-07 */
#include "tests/lib/killer.h"
#include "tests/lib/procedure_scene.h"

#include <dirent.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/mutate.h"

#define RUNS_MAX 200

static void approve_all(struct scene *s)
{
    scene_approves = true;
    for (int i = 0; i < 20 && engine_procedure_waits(s->engine); i++) {
        struct err err = ERR_INIT;

        if (!model_approvals_waiting(s->m))
            engine_procedure_answer(s->engine, NULL, "approve", &err);
        scene_until_quiet(s);
    }
}

struct whole {
    struct scene *s;
    const char *steps;
};

/* In a process of its own, killed at the n-th event. Exits 0 when it came through. */
static void run_child(void *ctx, int at)
{
    const struct whole *w = ctx;
    struct scene *s = w->s;

    scene_open(s);
    killer_watch(s->engine, at);
    scene_session(s);
    scene_start(s, NULL, w->steps, NULL, false);
    scene_until_quiet(s);
    approve_all(s);
    _exit(procedure_is_over(scene_last(s)) ? 0 : 9);
}

/* The id of a session that is not `other`; NULL: there is none. The caller frees. */
static char *session_but(const struct scene *s, const char *other)
{
    char *dir = path_join(s->dir, "scratchpad"), *id = NULL;
    DIR *d = opendir(dir);

    for (struct dirent *e = d ? readdir(d) : NULL; e; e = readdir(d)) {
        size_t len = strlen(e->d_name);

        if (!str_ends(str_from(e->d_name), ".jsonl") ||
            (other && strncmp(e->d_name, other, len - 6) == 0))
            continue;
        assert_null(id);
        id = xstrndup(e->d_name, len - 6);
    }
    if (d)
        closedir(d);
    free(dir);
    return id;
}

/* A change was recorded as started, and the process ended before its call. */
static bool was_cut_before_its_call(const struct scene *s)
{
    VEC_EACH (mu, &s->m->mutations) {
        if (mu->started && mu->state == MUTATION_FAILED)
            return true;
    }
    return false;
}

enum came { NOT_BEGUN, AS_EXPECTED, OTHERWISE };

/* Go on with what was cut; `other` is the session that the scene came with. */
static enum came go_on(struct scene *s, const char *other, enum procedure_state expected)
{
    struct journal_report report;
    struct err err = ERR_INIT;
    char *id = session_but(s, other);
    enum came came = NOT_BEGUN;

    scene_open(s);
    if (id && !engine_resume(s->engine, id, &report, &err) && s->m->procedures.count) {
        while (engine_mutating(s->engine))
            loop_turn(s->loop, true);
        if (!procedure_is_over(scene_last(s))) {
            assert_ok(engine_procedure_resume(s->engine, NULL, &err), &err);
            scene_until_quiet(s);
            approve_all(s);
        }
        came = scene_last(s)->state == expected ? AS_EXPECTED : OTHERWISE;
        if (came == OTHERWISE && !was_cut_before_its_call(s))
            fail_msg("%s, not %s: %s", procedure_state_name(scene_last(s)->state),
                     procedure_state_name(expected), scene_last(s)->text);
    }
    free(id);
    return came;
}

/* Returns how many events there were: the child that comes through ends it. */
static int kill_at_each(const char *steps, enum procedure_state expected, int renices_max,
                        const int nices[2])
{
    int events = 0, came[3] = {0}, step = getenv("RUNBOOK_KILL_ALL") ? 1 : 3;

    for (int at = 1; at < RUNS_MAX; at += step) {
        struct scene *s = NULL;
        enum came how;
        char *other;
        int status;

        scene_setup((void **)&s);
        scene_close(s);
        other = session_but(s, NULL);
        status = killer_run(run_child, &(struct whole){s, steps}, at);
        how = go_on(s, other, expected);
        free(other);
        came[how]++;
        assert_true(scene_renices(s) <= renices_max);
        for (int i = 0; i < 2 && how == AS_EXPECTED; i++)
            assert_int_equal(scene_nice(s, i), nices[i]);
        scene_teardown((void **)&s);
        events++;
        if (WIFEXITED(status)) {
            assert_int_equal(WEXITSTATUS(status), 0);
            break;
        }
        assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
    }
    print_message("%d cuts: %d before it began, %d to the same end, %d otherwise\n", events,
                  came[NOT_BEGUN], came[AS_EXPECTED], came[OTHERWISE]);
    /* An event is in the journal before anybody hears of it: only the first is before the run. */
    assert_int_equal(came[NOT_BEGUN], 1);
    assert_true(came[AS_EXPECTED] > came[OTHERWISE]);
    return events;
}

#define RENICE(id, victim, nice)                                                                   \
    "{'id':'" id "','kind':'act','action':'host.process.renice',"                                  \
    "'args':{'pid':$" victim ",'nice':$+" nice "}}"

static void test_forward(void **state)
{
    (void)state;
    kill_at_each(
        "[{'id':'a','kind':'tool','action':'t_ok'}," RENICE(
            "b", "0", "3") ","
                           "{'id':'q','kind':'approval','text':'Sure?'},"
                           "{'id':'c','kind':'tool','action':'t_ok'}," RENICE("d", "1", "4") "]",
        PROCEDURE_COMPLETED, 2, (const int[]){3, 4});
}

static void test_way_back(void **state)
{
    (void)state;
    if (geteuid() != 0)
        skip(); /* a lower nice value needs root */
    kill_at_each("[" RENICE("a", "0", "3") "," RENICE(
                     "b", "1", "4") ","
                                    "{'id':'x','kind':'tool','action':'t_fails'}]",
                 PROCEDURE_ROLLED_BACK, 4, (const int[]){0, 0});
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_forward),
        cmocka_unit_test(test_way_back),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
