/* test_procedure_stop.c - what ends a run early, and what goes on with it: deadlines, a cancel, a
 * limit, read-only, another run of the program. R-76 R-78 C-26 C-29 */
#include "tests/unit/engine/procedure_said.h"
#include "tests/lib/procedure_scene.h"

#include "runbook/engine/mutate.h"

static void test_timeouts(void **state)
{
    struct scene *s = *state;
    struct procedure *p;
    struct procedure_request r = {0};
    const char *run;
    struct err err = ERR_INIT;

    run_is(scene_run(s, "[{'id':'a','kind':'tool','action':'t_slow','timeout_ms':50}]"),
           PROCEDURE_FAILED);
    assert_non_null(strstr(scene_step(s, "a")->text, "longer than"));
    p = scene_procedure(s, NULL,
                        "[{'id':'a','kind':'tool','action':'t_ok'},"
                        "{'id':'b','kind':'tool','action':'t_slow','on_error':'continue'},"
                        "{'id':'c','kind':'tool','action':'t_ok'}]");
    p->timeout_ms = 60;
    r.procedure = p;
    assert_ok(engine_procedure_start(s->engine, &r, &run, &err), &err);
    procedure_free(p);
    scene_until_quiet(s);
    run_is(scene_last(s), PROCEDURE_FAILED);
    state_is(s, "c", STEP_PENDING);
    assert_non_null(strstr(scene_step(s, "b")->text, "whole run"));
}

/* Every state in which a person can say stop. */
static void test_cancel(void **state)
{
    static const char *const steps[] = {
        "{'id':'x','kind':'tool','action':'t_slow'}",
        "{'id':'x','kind':'wait','wait_ms':600000}",
        "{'id':'x','kind':'wait','action':'t_slow','until':'result.n == 1'}",
        "{'id':'x','kind':'wait','action':'t_ok','until':'result.n == 1'}",
        "{'id':'x','kind':'approval','text':'Sure?'}",
        "{'id':'x','kind':'tool','action':'t_ok','requires_approval':true}",
        "{'id':'x','kind':'tool','action':'t_fails','on_error':'retry','backoff_ms':600000}",
        RENICE("x", "1", "2"),
    };
    struct scene *s = *state;

    scene_approves = false;
    for (size_t i = 0; i < sizeof(steps) / sizeof(steps[0]); i++) {
        int64_t end = loop_now_ms(s->loop) + 20000;
        char text[400];

        snprintf(text, sizeof(text),
                 "[{'id':'a','kind':'tool','action':'t_ok'},%s,"
                 "{'id':'z','kind':'tool','action':'t_ok'}]",
                 steps[i]);
        scene_start(s, NULL, text, NULL, false);
        while (scene_step(s, "x")->state == STEP_PENDING && loop_now_ms(s->loop) < end)
            loop_turn(s->loop, true);
        for (int k = 0; k < 5; k++)
            loop_turn(s->loop, false);
        engine_procedure_cancel(s->engine);
        scene_until_quiet(s);
        run_is(scene_last(s), PROCEDURE_CANCELED);
        state_is(s, "x", STEP_CANCELED);
        state_is(s, "z", STEP_PENDING);
        assert_int_equal(model_approvals_waiting(s->m), 0);
    }
    assert_int_equal(scene_renices(s), 0);
}

/* Answers from outside: too large, too deep, not text. */
static void test_hostile_answers(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(s,
                     "[{'id':'a','kind':'tool','action':'t_big'},"
                     "{'id':'b','kind':'tool','action':'t_ok','condition':'steps.a.rows == 1'}]"),
           PROCEDURE_COMPLETED);
    run_is(scene_run(
               s,
               "[{'id':'a','kind':'tool','action':'t_big'},"
               "{'id':'b','kind':'tool','action':'t_ok','args':{'what':'{{steps.a.result[0]}}'}}]"),
           PROCEDURE_FAILED);
    assert_non_null(strstr(scene_step(s, "b")->text, "looked into"));
    run_is(scene_run(
               s, "[{'id':'a','kind':'tool','action':'t_deep'},"
                  "{'id':'b','kind':'tool','action':'t_ok','args':{'what':'{{steps.a.result}}'}}]"),
           PROCEDURE_FAILED);
    assert_non_null(strstr(scene_step(s, "b")->text, "JSON"));
    run_is(scene_run(
               s, "[{'id':'a','kind':'tool','action':'t_ctl'},"
                  "{'id':'b','kind':'tool','action':'t_ok','args':{'what':'{{steps.a.result}}'}}]"),
           PROCEDURE_COMPLETED);
    assert_null(strchr(scene_step(s, "b")->args, '\033'));
    assert_null(strstr(scene_step(s, "b")->args, "\\u001b"));
}

/* Without a state folder there is nothing to be changed, and answers stay in memory. */
static void test_nothing_kept(void **state)
{
    struct scene *s = *state;

    scene_close(s);
    s->no_state = true;
    scene_open(s);
    scene_session(s);
    run_is(
        scene_run(
            s,
            "[{'id':'a','kind':'tool','action':'t_ok','args':{'n':5}},"
            "{'id':'b','kind':'tool','action':'t_ok','args':{'n':'{{steps.a.result.n}}'}}," RENICE(
                "c", "0", "3") "]"),
        PROCEDURE_REFUSED);
    assert_string_equal(scene_step(s, "b")->args, "{\"n\":5}");
    assert_int_equal(scene_renices(s), 0);
}

static void test_read_only(void **state)
{
    struct scene *s = *state;

    engine_set_readonly(s->engine, "a test");
    run_is(scene_run(s, "[{'id':'a','kind':'tool','action':'t_ok'}," RENICE("c", "0", "3") "]"),
           PROCEDURE_REFUSED);
    state_is(s, "a", STEP_DONE);
    state_is(s, "c", STEP_REFUSED);
    assert_non_null(strstr(scene_step(s, "c")->text, "read-only"));
    assert_int_equal(scene_renices(s), 0);
}

/* the limit of mutations is met in the middle; what cannot be taken back is said. */
static void test_limit_in_the_middle(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(
               s, "[" RENICE("a", "0", "1") "," RENICE("b", "1", "1") "," RENICE(
                      "c", "2", "1") "," RENICE("d", "3", "1") "," RENICE("e", "0",
                                                                          "2") "," RENICE("f", "1",
                                                                                          "2") "]"),
           PROCEDURE_REFUSED);
    state_is(s, "e", STEP_DONE);
    state_is(s, "f", STEP_REFUSED);
    assert_int_equal(scene_renices(s), 5);
    assert_non_null(strstr(scene_last(s)->text, "NOT rolled back"));
}

static void test_one_after_another(void **state)
{
    struct scene *s = *state;
    struct procedure *p = scene_procedure(s, NULL, "[{'id':'a','kind':'tool','action':'t_ok'}]");
    struct procedure_request r = {.procedure = p};
    struct err err = ERR_INIT;
    const char *run;

    assert_ok(engine_procedure_start(s->engine, &r, &run, &err), &err);
    assert_int_equal(engine_procedure_start(s->engine, &r, &run, &err), ERR_AGAIN);
    scene_until_quiet(s);
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    assert_ok(engine_procedure_start(s->engine, &r, &run, &err), &err);
    scene_until_quiet(s);
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    assert_int_equal(s->m->procedures.count, 2);
    procedure_free(p);
}

/* A step that asks, and a request that waits, are gone on with where they were. */
static void test_reopened(void **state)
{
    struct scene *s = *state;
    struct journal_report report;
    struct err err = ERR_INIT;
    char id[SESSION_ID_MAX];

    scene_approves = false;
    snprintf(id, sizeof(id), "%s", s->m->id);
    scene_start(s, NULL,
                "[{'id':'a','kind':'tool','action':'t_ok','args':{'n':8}},"
                "{'id':'q','kind':'approval','text':'Sure?'},"
                "{'id':'b','kind':'tool','action':'t_ok','args':{'n':'{{steps.a.result.n}}'}}]",
                NULL, false);
    scene_until_quiet(s);
    scene_close(s);
    scene_open(s);
    assert_ok(engine_resume(s->engine, id, &report, &err), &err);
    run_is(scene_last(s), PROCEDURE_STOPPED);
    assert_ok(engine_procedure_resume(s->engine, NULL, &err), &err);
    answer_step(s, "q", "approve");
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    assert_int_equal(scene_answers[0], 2); /* a was not asked again */
    assert_string_equal(scene_step(s, "b")->args, "{\"n\":8}");
    assert_int_equal(engine_procedure_resume(s->engine, NULL, &err), ERR_NOT_FOUND);
}

static void test_approved_elsewhere(void **state)
{
    struct scene *s = *state;
    struct journal_report report;
    struct err err = ERR_INIT;
    char id[SESSION_ID_MAX];

    scene_close(s); /* another one, that leaves its requests */
    s->keep = true;
    scene_open(s);
    scene_session(s);
    snprintf(id, sizeof(id), "%s", s->m->id);
    scene_approves = false;
    scene_start(s, NULL, "[" RENICE("c", "0", "3") ",{'id':'z','kind':'tool','action':'t_ok'}]",
                NULL, false);
    scene_until_quiet(s);
    assert_true(engine_procedure_waits(s->engine));
    scene_close(s);
    scene_open(s);
    assert_ok(engine_resume(s->engine, id, &report, &err), &err);
    scene_answer(s, INTENT_APPROVE); /* as `runbook approve` does, without the run */
    scene_until_quiet(s);
    assert_int_equal(scene_nice(s, 0), 3);
    scene_close(s);
    scene_open(s);
    assert_ok(engine_resume(s->engine, id, &report, &err), &err);
    assert_ok(engine_procedure_resume(s->engine, NULL, &err), &err);
    scene_until_quiet(s);
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    assert_int_equal(scene_renices(s), 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_timeouts),          CASE(test_cancel),    CASE(test_hostile_answers),
        CASE(test_nothing_kept),      CASE(test_read_only), CASE(test_limit_in_the_middle),
        CASE(test_one_after_another), CASE(test_reopened),  CASE(test_approved_elsewhere),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
