/* test_procedure.c - the step runner: every kind of step, every way in which one can fail, be left
 * out, tried again, taken back and stopped, with real mutations of a process of the test's own.
 * R-76 R-78 R-79 A-46 C-25 C-26 C-29 */
#include "tests/unit/engine/procedure_said.h"
#include "tests/lib/procedure_scene.h"

#include <unistd.h>

/* C-26: in order, with what each answered; the record says it. */
static void test_in_order(void **state)
{
    struct scene *s = *state;
    const struct procedure_run *r;
    struct buf json = BUF_INIT((size_t)1 << 20), text = BUF_INIT((size_t)1 << 20);

    r = scene_run(s, "[{'id':'look','kind':'tool','action':'t_ok','args':{'what':'x'}}," RENICE(
                         "calm", "0", "3") "]");
    run_is(r, PROCEDURE_COMPLETED);
    state_is(s, "look", STEP_DONE);
    state_is(s, "calm", STEP_DONE);
    assert_int_equal(scene_nice(s, 0), 3);
    assert_int_equal(scene_renices(s), 1);
    procedure_run_json(s->m, r, &json);
    assert_non_null(strstr(buf_cstr(&json), "\"schema\":\"runbook.procedure/1\""));
    assert_non_null(strstr(buf_cstr(&json), "\"outcome\":\"verified\""));
    procedure_run_text(s->m, r, &text);
    assert_non_null(strstr(buf_cstr(&text), "completed"));
    buf_release(&json);
    buf_release(&text);
}

/* values with their types, nested paths, parts of a text. */
static void test_templates(void **state)
{
    struct scene *s = *state;

    scene_start(
        s,
        "[{'name':'who','type':'string','required':true},"
        "{'name':'count','type':'integer','default':4},{'name':'gone','type':'string'}]",
        "[{'id':'a','kind':'tool','action':'t_ok','args':{'what':'{{who}}','n':'{{count}}'}},"
        "{'id':'b','kind':'tool','action':'t_ok','args':{'n':'{{steps.a.result.items[0].pid}}',"
        "'what':'{{who}}: {{steps.a.result.items[0].name}}/{{steps.a.status}}'}},"
        "{'id':'c','kind':'tool','action':'t_ok','args':{"
        "'what':'{{steps.a.result.items.1.name}}','n':'{{params.gone}}'}}]",
        "{\"who\":\"x{{count}}\",\"count\":4}", false);
    scene_until_quiet(s);
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    assert_string_equal(scene_step(s, "a")->args, "{\"what\":\"x{{count}}\",\"n\":4}");
    assert_string_equal(scene_step(s, "b")->args, "{\"n\":7,\"what\":\"x{{count}}: a b/done\"}");
    /* What came in is not looked at again, and a parameter that was not given is left out. */
    assert_string_equal(scene_step(s, "c")->args, "{\"what\":\"{{steps.x}}\"}");
}

/* what a template asks for and is not there is an error, and the step is not run. */
static void test_template_without_value(void **state)
{
    static const char *const paths[] = {"steps.a.result.nope", "steps.a.result.items[5].pid",
                                        "steps.a.result.what.deeper", "steps.a.answer",
                                        "steps.a.result.nothing"};
    struct scene *s = *state;

    for (size_t i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
        char steps[400];

        snprintf(steps, sizeof(steps),
                 "[{'id':'a','kind':'tool','action':'t_ok'},{'id':'b','kind':'tool','action':"
                 "'t_fails','args':{'what':'{{%s}}'}}]",
                 paths[i]);
        run_is(scene_run(s, steps), PROCEDURE_FAILED);
        state_is(s, "b", STEP_FAILED);
        assert_non_null(strstr(scene_step(s, "b")->text, paths[i]));
        assert_int_equal(scene_answers[1], 0);
    }
}

static void test_conditions(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(s,
                     "[{'id':'a','kind':'tool','action':'t_ok','args':{'n':90}},"
                     "{'id':'y','kind':'tool','action':'t_ok',"
                     "'condition':'steps.a.result.n >= 90 and steps.a.status == \\'done\\''},"
                     "{'id':'n','kind':'tool','action':'t_ok','condition':'steps.a.result.n < 90'},"
                     "{'id':'e','kind':'tool','action':'t_ok',"
                     "'condition':'not exists steps.n.result'}]"),
           PROCEDURE_COMPLETED);
    state_is(s, "y", STEP_DONE);
    state_is(s, "n", STEP_SKIPPED);
    state_is(s, "e", STEP_DONE);
    /* A comparison of a number with a text is a mistake, not false. */
    run_is(scene_run(s, "[{'id':'a','kind':'tool','action':'t_ok','args':{'n':90}},"
                        "{'id':'b','kind':'tool','action':'t_ok',"
                        "'condition':'steps.a.result.n == \\'90\\''}]"),
           PROCEDURE_FAILED);
    state_is(s, "b", STEP_FAILED);
}

/* continue, abort, retry, and the result of a retry is the last try's. */
static void test_on_error(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(s, "[{'id':'f','kind':'tool','action':'t_fails','on_error':'continue'},"
                        "{'id':'g','kind':'tool','action':'t_ok'}]"),
           PROCEDURE_PARTIAL);
    state_is(s, "f", STEP_FAILED);
    state_is(s, "g", STEP_DONE);
    run_is(scene_run(s, "[{'id':'f','kind':'tool','action':'t_gone','on_error':'continue'},"
                        "{'id':'g','kind':'tool','action':'t_ok'}]"),
           PROCEDURE_COMPLETED);
    state_is(s, "f", STEP_SKIPPED);
    run_is(scene_run(s, "[{'id':'f','kind':'tool','action':'t_fails'},"
                        "{'id':'g','kind':'tool','action':'t_ok'}]"),
           PROCEDURE_FAILED);
    state_is(s, "g", STEP_PENDING);
    scene_answers[1] = 0;
    run_is(scene_run(s, "[{'id':'f','kind':'tool','action':'t_fails','args':{'n':2},"
                        "'on_error':'retry','max_retries':2,'backoff_ms':5},"
                        "{'id':'g','kind':'tool','action':'t_ok',"
                        "'args':{'n':'{{steps.f.result.asked}}'}}]"),
           PROCEDURE_COMPLETED);
    assert_int_equal(scene_step(s, "f")->attempt, 3);
    assert_string_equal(scene_step(s, "g")->args, "{\"n\":3}");
    scene_answers[1] = 0;
    run_is(scene_run(s, "[{'id':'f','kind':'tool','action':'t_fails','on_error':'retry',"
                        "'max_retries':2,'backoff_ms':5}]"),
           PROCEDURE_FAILED);
    assert_int_equal(scene_answers[1], 3);
    assert_string_equal(scene_step(s, "f")->text, "failed 3");
}

/* step 3 of 4 fails: 2 and 1 are taken back, in this order, and 4 is not begun. */
static void test_rollback(void **state)
{
    struct scene *s = *state;
    size_t at[2] = {0, 0};

    if (geteuid() != 0)
        skip(); /* a lower nice value needs root */
    run_is(scene_run(s,
                     "[" RENICE("one", "0", "3") "," RENICE(
                         "two", "1", "4") ","
                                          "{'id':'three','kind':'tool','action':'t_fails'}," RENICE(
                                              "four", "2", "5") "]"),
           PROCEDURE_ROLLED_BACK);
    state_is(s, "one", STEP_ROLLED_BACK);
    state_is(s, "two", STEP_ROLLED_BACK);
    state_is(s, "three", STEP_FAILED);
    state_is(s, "four", STEP_PENDING);
    assert_int_equal(scene_nice(s, 0), 0);
    assert_int_equal(scene_nice(s, 1), 0);
    assert_int_equal(scene_renices(s), 4);
    for (size_t i = 0; i < s->m->mutations.count; i++) {
        if (*s->m->mutations.items[i].undo)
            at[strcmp(s->m->mutations.items[i].undo, scene_step(s, "one")->mutation) == 0] = i;
    }
    assert_true(at[0] < at[1]); /* two before one */
}

/* A rollback that fails is said, and the others are still tried. */
static void test_rollback_fails(void **state)
{
    struct scene *s = *state;

    if (geteuid() != 0)
        skip();
    run_is(scene_run(s, "[" RENICE("one", "0",
                                   "3") ","
                                        "{'id':'two','kind':'tool','action':'t_ok','rollback':["
                                        "{'id':'two_back','kind':'tool','action':'t_fails'}]},"
                                        "{'id':'three','kind':'tool','action':'t_fails'}]"),
           PROCEDURE_FAILED);
    state_is(s, "two_back", STEP_FAILED);
    state_is(s, "two", STEP_DONE);
    state_is(s, "one", STEP_ROLLED_BACK);
    assert_int_equal(scene_nice(s, 0), 0);
    assert_non_null(strstr(scene_last(s)->text, "NOT rolled back: two"));
}

static void test_no_rollback_wanted(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(s, "[{'id':'one','kind':'act','action':'host.process.renice','no_undo':true,"
                        "'args':{'pid':$0,'nice':$+3}},"
                        "{'id':'two','kind':'tool','action':'t_fails'}]"),
           PROCEDURE_FAILED);
    assert_int_equal(scene_nice(s, 0), 3);
    assert_int_equal(scene_renices(s), 1);
}

/* What a person refuses is not done, and what was done before it is taken back. */
static void test_refused(void **state)
{
    struct scene *s = *state;

    scene_approves = false;
    scene_start(s, NULL, "[" RENICE("one", "0", "3") ",{'id':'two','kind':'tool','action':'t_ok'}]",
                NULL, false);
    scene_until_quiet(s);
    assert_true(engine_procedure_waits(s->engine));
    scene_answer(s, INTENT_DISAPPROVE);
    scene_until_quiet(s);
    run_is(scene_last(s), PROCEDURE_REFUSED);
    state_is(s, "one", STEP_REFUSED);
    state_is(s, "two", STEP_PENDING);
    assert_int_equal(scene_renices(s), 0);
}

/* C-08: no call of a mutation, real reads, no waiting, no question. */
static void test_dry_run(void **state)
{
    struct scene *s = *state;

    scene_approves = false;
    scene_start(s, NULL,
                "[{'id':'look','kind':'tool','action':'t_ok'}," RENICE(
                    "calm", "0",
                    "3") ","
                         "{'id':'sure','kind':'approval','text':'Sure?'},"
                         "{'id':'nap','kind':'wait','wait_ms':600000},"
                         "{'id':'until','kind':'wait','action':'t_ok','until':'result.n == 77'},"
                         "{'id':'think','kind':'prompt','text':'Why {{steps.look.result.n}}?'}]",
                NULL, true);
    scene_until_quiet(s);
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    state_is(s, "think", STEP_SKIPPED);
    state_is(s, "calm", STEP_SKIPPED);
    assert_int_equal(scene_answers[0], 2);
    assert_int_equal(scene_renices(s), 0);
    assert_non_null(strstr(scene_step(s, "calm")->result, "\"outcome\":\"dry run\""));
    assert_non_null(strstr(scene_step(s, "calm")->result, "renice -n "));
}

/* a question with options that lead elsewhere. */
static void test_question(void **state)
{
    static const char steps[] =
        "[{'id':'ask','kind':'approval','text':'Go on with {{steps.ask.attempt}}?','options':["
        "{'label':'yes','goto':'b'},{'label':'no','goto':'end'},{'label':'never','goto':'abort'},"
        "{'label':'on'}]},{'id':'a','kind':'tool','action':'t_ok'},"
        "{'id':'b','kind':'tool','action':'t_ok'}]";
    struct scene *s = *state;
    struct err err = ERR_INIT;

    scene_start(s, NULL, steps, NULL, false);
    answer_step(s, "ask", "yes");
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    state_is(s, "a", STEP_PENDING);
    state_is(s, "b", STEP_DONE);
    assert_string_equal(scene_step(s, "ask")->answer, "yes");
    assert_true(*scene_step(s, "ask")->answered_by != '\0');
    assert_int_equal(engine_procedure_answer(s->engine, "ask", "yes", &err), ERR_NOT_FOUND);
    scene_start(s, NULL, steps, NULL, false);
    answer_step(s, "ask", "no");
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    state_is(s, "b", STEP_PENDING);
    scene_start(s, NULL, steps, NULL, false);
    answer_step(s, "ask", "never");
    run_is(scene_last(s), PROCEDURE_REFUSED);
    scene_start(s, NULL, steps, NULL, false);
    answer_step(s, "ask", "on");
    state_is(s, "a", STEP_DONE);
}

/* leave for a step. */
static void test_requires_approval(void **state)
{
    static const char steps[] =
        "[{'id':'a','kind':'tool','action':'t_ok','requires_approval':true},"
        "{'id':'b','kind':'tool','action':'t_ok'}]";
    struct scene *s = *state;

    scene_start(s, NULL, steps, NULL, false);
    scene_until_quiet(s);
    assert_int_equal(scene_answers[0], 0);
    answer_step(s, "a", "run");
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    scene_start(s, NULL, steps, NULL, false);
    answer_step(s, "a", "skip");
    run_is(scene_last(s), PROCEDURE_COMPLETED);
    state_is(s, "a", STEP_SKIPPED);
    scene_start(s, NULL, steps, NULL, false);
    answer_step(s, "a", "abort");
    run_is(scene_last(s), PROCEDURE_REFUSED);
    state_is(s, "b", STEP_PENDING);
}

/* seconds, and until a condition holds. */
static void test_wait(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(s, "[{'id':'w','kind':'wait','wait_ms':20},"
                        "{'id':'u','kind':'wait','action':'t_ok','until':'result.asked >= 3',"
                        "'wait_ms':100}]"),
           PROCEDURE_COMPLETED);
    assert_int_equal(scene_answers[0], 3);
    run_is(scene_run(s, "[{'id':'u','kind':'wait','action':'t_ok','until':'result.n == 1',"
                        "'wait_ms':100,'timeout_ms':250}]"),
           PROCEDURE_FAILED);
    assert_non_null(strstr(scene_step(s, "u")->text, "did not hold"));
}

/* a loop has its limit. */
static void test_goto(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(s, "[{'id':'a','kind':'tool','action':'t_ok'},"
                        "{'id':'again','kind':'goto','action':'a','limit':5,"
                        "'condition':'steps.a.result.asked < 4'},"
                        "{'id':'b','kind':'tool','action':'t_ok'}]"),
           PROCEDURE_COMPLETED);
    assert_int_equal(scene_answers[0], 5);
    assert_int_equal(scene_step(s, "a")->visits, 4);
    scene_answers[0] = 0;
    run_is(scene_run(s, "[{'id':'a','kind':'tool','action':'t_ok'},"
                        "{'id':'again','kind':'goto','action':'a'}]"),
           PROCEDURE_FAILED);
    assert_int_equal(scene_answers[0], 4);
    assert_non_null(strstr(scene_step(s, "again")->text, "limit"));
    run_is(scene_run(s, "[{'id':'x','kind':'goto','action':'end'},"
                        "{'id':'a','kind':'tool','action':'t_ok'}]"),
           PROCEDURE_COMPLETED);
    state_is(s, "a", STEP_PENDING);
}

static void test_parallel(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(
               s, "[{'id':'g','kind':'parallel','parallel':2,'steps':["
                  "{'id':'a','kind':'tool','action':'t_ok','args':{'n':1}},"
                  "{'id':'b','kind':'tool','action':'t_ok','args':{'n':2}},"
                  "{'id':'c','kind':'tool','action':'t_ok','condition':'false'},"
                  "{'id':'d','kind':'tool','action':'t_ok','args':{'n':4}}]},"
                  "{'id':'e','kind':'tool','action':'t_ok','args':{'n':'{{steps.d.result.n}}'}}]"),
           PROCEDURE_COMPLETED);
    assert_int_equal(scene_answers[0], 4);
    state_is(s, "c", STEP_SKIPPED);
    assert_string_equal(scene_step(s, "e")->args, "{\"n\":4}");
    run_is(scene_run(s, "[{'id':'g','kind':'parallel','steps':["
                        "{'id':'a','kind':'tool','action':'t_ok'},"
                        "{'id':'b','kind':'tool','action':'t_fails'}]}]"),
           PROCEDURE_FAILED);
    state_is(s, "a", STEP_DONE);
    run_is(scene_run(s, "[{'id':'g','kind':'parallel','steps':["
                        "{'id':'a','kind':'tool','action':'t_ok'},"
                        "{'id':'b','kind':'tool','action':'t_fails','on_error':'continue'}],"
                        "'on_error':'continue'},{'id':'z','kind':'tool','action':'t_ok'}]"),
           PROCEDURE_PARTIAL);
}

/* How many run at once is bounded. */
static void test_parallel_limit(void **state)
{
    struct scene *s = *state;
    int64_t end = loop_now_ms(s->loop) + 20000;

    scene_start(
        s, NULL,
        "[{'id':'g','kind':'parallel','parallel':2,'steps':["
        "{'id':'a','kind':'tool','action':'t_slow'},{'id':'b','kind':'tool','action':'t_slow'},"
        "{'id':'c','kind':'tool','action':'t_slow'},{'id':'d','kind':'tool','action':'t_slow'}]}]",
        NULL, false);
    while (scene_answers[2] < 2 && loop_now_ms(s->loop) < end)
        loop_turn(s->loop, true);
    for (int i = 0; i < 20; i++)
        loop_turn(s->loop, false);
    assert_int_equal(scene_answers[2], 2);
    engine_procedure_cancel(s->engine);
    scene_until_quiet(s);
    run_is(scene_last(s), PROCEDURE_CANCELED);
    assert_int_equal(scene_answers[2], 2);
}

static void test_prompt_without_model(void **state)
{
    struct scene *s = *state;

    run_is(scene_run(s, "[{'id':'p','kind':'prompt','text':'Look at it.'},"
                        "{'id':'a','kind':'tool','action':'t_ok'}]"),
           PROCEDURE_COMPLETED);
    state_is(s, "p", STEP_SKIPPED);
    assert_non_null(strstr(scene_step(s, "p")->text, "Look at it."));
}

/* A model suggests; what changes something a person starts. Secrets are not kept in a journal. */
static void test_who_and_what(void **state)
{
    struct scene *s = *state;
    struct procedure *p =
        scene_procedure(s, "[{'name':'pw','type':'string'}]", "[" RENICE("a", "0", "3") "]");
    struct procedure_request r = {.procedure = p, .actor = "llm:test"};
    struct err err = ERR_INIT;
    const char *run;

    assert_int_equal(engine_procedure_start(s->engine, &r, &run, &err), ERR_DENIED);
    r.actor = NULL;
    r.params = STR_LIT("{\"pw\":\"password=Zx81kkQpLm22vw\"}");
    assert_int_equal(engine_procedure_start(s->engine, &r, &run, &err), ERR_INPUT);
    assert_int_equal(s->m->procedures.count, 0);
    procedure_free(p);
}

static void test_check(void **state)
{
    static const struct {
        const char *steps, *why;
    } bad[] = {
        {"[]", "no steps"},
        {"[{'id':'a b','kind':'tool','action':'t_ok'}]", "letters"},
        {"[{'id':'end','kind':'tool','action':'t_ok'}]", "called 'end'"},
        {"[{'id':'a','kind':'tool','action':'t_ok'},{'id':'a','kind':'tool','action':'t_ok'}]",
         "same id"},
        {"[{'id':'a','kind':'tool','action':'nope'}]", "no tool 'nope'"},
        {"[{'id':'a','kind':'tool','action':'t_high'}]", "does not only read"},
        {"[{'id':'a','kind':'tool','action':'host.process.renice'}]", "changes something"},
        {"[{'id':'a','kind':'tool','action':'t_ok','args':{'x':1}}]", "no parameter 'x'"},
        {"[{'id':'a','kind':'act','action':'host.process.explode'}]", "no operation"},
        {"[{'id':'a','kind':'act','action':'host.process.renice','args':{'nice':1}}]",
         "needs the parameter 'pid'"},
        {"[{'id':'a','kind':'tool','action':'t_ok','args':{'what':'{{who}}'}}]",
         "no parameter 'who'"},
        {"[{'id':'a','kind':'tool','action':'t_ok','args':{'what':'{{steps.b.result}}'}}]",
         "no step 'b'"},
        {"[{'id':'a','kind':'tool','action':'t_ok','args':{'what':'{{steps.a.output}}'}}]",
         "no output"},
        {"[{'id':'a','kind':'tool','action':'t_ok','args':{'what':'{{steps.a}}'}}]", "an id"},
        {"[{'id':'a','kind':'tool','action':'t_ok','args':{'what':'{{who'}}]", "}}"},
        {"[{'id':'a','kind':'tool','action':'t_ok','args':{'what':'{{1 + 1}}'}}]", "1 + 1"},
        {"[{'id':'a','kind':'tool','action':'t_ok','condition':'1 +'}]", "condition"},
        {"[{'id':'a','kind':'tool','action':'t_ok','condition':'steps.z.status == 1'}]",
         "no step 'z'"},
        {"[{'id':'a','kind':'goto','action':'b'}]", "leads to 'b'"},
        {"[{'id':'a','kind':'goto','action':'a','limit':1000}]", "times"},
        {"[{'id':'a','kind':'approval'}]", "asks nothing"},
        {"[{'id':'a','kind':'approval','text':'x','options':[{'label':'y','goto':'q'}]}]",
         "leads to 'q'"},
        {"[{'id':'a','kind':'approval','text':'x','options':[{'label':'y'},{'label':'y'}]}]",
         "two options"},
        {"[{'id':'a','kind':'wait'}]", "duration"},
        {"[{'id':'a','kind':'wait','action':'t_ok'}]", "no condition"},
        {"[{'id':'a','kind':'prompt'}]", "no text"},
        {"[{'id':'a','kind':'parallel'}]", "side by side"},
        {"[{'id':'a','kind':'parallel','steps':[{'id':'b','kind':'wait','wait_ms':5}]}]",
         "side by side"},
        {"[{'id':'a','kind':'tool','action':'t_ok','rollback':[{'id':'b','kind':'prompt',"
         "'text':'x'}]}]",
         "takes 'a' back"},
        {"[{'id':'a','kind':'tool','action':'t_ok','max_retries':99}]", "tried"},
        {"[{'id':'a','kind':'act','action':'host.command.run','args':{'command':'ls "
         "{{steps.a.text}}'}}]",
         "command line"},
    };
    struct scene *s = *state;

    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++)
        scene_refuses(s, NULL, bad[i].steps, bad[i].why);
    scene_refuses(s, "[{'name':'steps','type':'string'}]",
                  "[{'id':'a','kind':'tool','action':'t_ok'}]", "called 'steps'");
    scene_refuses(s, "[{'name':'n','type':'number','default':'x'}]",
                  "[{'id':'a','kind':'tool','action':'t_ok'}]", "of type number");
}

static void gives(struct scene *s, const char *word, const char *expected)
{
    struct procedure *p = scene_procedure(
        s,
        "[{'name':'s','type':'string'},{'name':'n','type':'number'},{'name':'i','type':'integer'},"
        "{'name':'b','type':'boolean'},{'name':'a','type':'array'},"
        "{'name':'e','type':'string','enum':['x','y']},{'name':'d','type':'number','default':7},"
        "{'name':'must','type':'string','required':true}]",
        "[{'id':'a','kind':'tool','action':'t_ok'}]");
    const char *words[] = {"must=1", word};
    struct buf json = BUF_INIT(65536), missing = BUF_INIT(4096);
    struct err err = ERR_INIT;
    enum err_code rc = procedure_params(p, words, word ? 2 : 0, &json, &missing, &err);

    if (expected && (rc || strcmp(buf_cstr(&json), expected) != 0))
        fail_msg("%s: %s %s", word ? word : "-", buf_cstr(&json), err.msg);
    if (!expected)
        assert_int_equal(rc, ERR_INPUT);
    assert_string_equal(buf_cstr(&missing), word ? "" : "must ");
    buf_release(&json);
    buf_release(&missing);
    procedure_free(p);
}

/* U-18: typed, with what is missing named. */
static void test_params(void **state)
{
    gives(*state, NULL, "{\"d\":7}");
    gives(*state, "s=a \"b\"\n", "{\"s\":\"a \\\"b\\\"\\n\",\"d\":7,\"must\":\"1\"}");
    gives(*state, "n=1.5", "{\"n\":1.5,\"d\":7,\"must\":\"1\"}");
    gives(*state, "n=x", NULL);
    gives(*state, "n=\"1\"", NULL);
    gives(*state, "i=3", "{\"i\":3,\"d\":7,\"must\":\"1\"}");
    gives(*state, "i=3.5", NULL);
    gives(*state, "b=true", "{\"b\":true,\"d\":7,\"must\":\"1\"}");
    gives(*state, "b=yes", NULL);
    gives(*state, "a=x, y", "{\"a\":[\"x\",\"y\"],\"d\":7,\"must\":\"1\"}");
    gives(*state, "a=[1,2]", "{\"a\":[1,2],\"d\":7,\"must\":\"1\"}");
    gives(*state, "a=[[1]]", NULL);
    gives(*state, "e=x", "{\"e\":\"x\",\"d\":7,\"must\":\"1\"}");
    gives(*state, "e=z", NULL);
    gives(*state, "zz=1", NULL);
    gives(*state, "s", NULL);
    gives(*state, "s=\xff", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_in_order),
        CASE(test_templates),
        CASE(test_template_without_value),
        CASE(test_conditions),
        CASE(test_on_error),
        CASE(test_rollback),
        CASE(test_rollback_fails),
        CASE(test_no_rollback_wanted),
        CASE(test_refused),
        CASE(test_dry_run),
        CASE(test_question),
        CASE(test_requires_approval),
        CASE(test_wait),
        CASE(test_goto),
        CASE(test_parallel),
        CASE(test_parallel_limit),
        CASE(test_prompt_without_model),
        CASE(test_who_and_what),
        CASE(test_check),
        CASE(test_params),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
