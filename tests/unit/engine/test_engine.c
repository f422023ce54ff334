/* test_engine.c - turns, queries and verdicts, with tools and a module of the test's own. */
#include "tests/unit/engine/engine_tools.h"
#include "tests/lib/unit.h"
#include "tests/lib/engine_run.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/investigation.h"
#include "runbook/store/blob.h"

/* The module runs what the test put into `script`. */

static void (*script)(struct investigation *inv);
static const char *question = "why";
static struct investigation *current;
static size_t pending;

static bool module_applies(const struct investigation *inv)
{
    return inv_model(inv)->targets.count > 0;
}

static void module_start(struct investigation *inv, void **ret_state)
{
    *ret_state = NULL;
    current = inv;
    pending = 0;
    script(inv);
}

static const struct inv_module module = {
    .name = "test", .applies = module_applies, .start = module_start};
static const struct inv_module *const modules[] = {&module, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

/* The fixture. */

static int setup(void **state)
{
    static const char *const targets[] = {"host:local", NULL};
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct engine_run *f = engine_run_new(NULL);

    tools_starts = tools_peak = 0;
    engine_run_open(f, &spec);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    engine_run_free(*state);
    return 0;
}

static const struct model *run(struct engine_run *f, void (*s)(struct investigation *))
{
    script = s;
    engine_run_submit(f, INTENT_ASK, NULL, question);
    engine_run_wait(f);
    return f->m;
}

static void query(struct investigation *inv, const char *tool, const char *args, const char *hyp,
                  inv_query_fn *fn)
{
    struct inv_query q = {tool, str_from(args), hyp, "a test query"};

    if (inv_query(inv, &q, fn, NULL))
        pending++;
}

static void finish_when_all_answered(struct investigation *inv)
{
    if (--pending == 0)
        inv_module_done(inv, &module);
}

static void on_ignored(void *ctx, struct investigation *inv, uint64_t q,
                       const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    finish_when_all_answered(inv);
}

/* five hypotheses with a query of 300 ms each are asked side by side, so that they take 0.3 s
 * and not 1.5 s. How long it takes here is the machine's affair; that all wait at once is ours. */
static void five_slow(struct investigation *inv)
{
    for (int i = 0; i < 5; i++) {
        char statement[16], args[64];
        struct inv_hypothesis h = {.statement = statement};

        snprintf(statement, sizeof(statement), "cause %d", i);
        snprintf(args, sizeof(args), "{\"ms\":300,\"tag\":\"%d\"}", i);
        query(inv, "slow", args, inv_propose(inv, &h), on_ignored);
    }
}

static void test_queries_run_in_parallel(void **state)
{
    const struct model *m = run(*state, five_slow);

    assert_int_equal(m->tools.count, 5);
    assert_int_equal(tools_peak, 5);
    VEC_EACH (h, &m->hypotheses)
        assert_int_equal(h->status, HYP_PRUNED);
    /* Asked, answered, nothing found: all healthy (R-17: never the first node as if it were
     * proven). */
    assert_int_equal(m->conclusion.verdict, VERDICT_NO_ACTION);
    assert_false(m->conclusion.has_root_cause);
    assert_int_equal(m->phase, PHASE_COMPLETE);
}

/* what waits goes by its hypothesis: the more likely first, then the one of more priority,
 * whatever the order of asking. One query runs at a time. */
static void on_evidence(void *ctx, struct investigation *inv, uint64_t q,
                        const struct tool_result *r)
{
    struct inv_evidence e = {.hypothesis = "H3",
                             .query = q,
                             .strength = STRENGTH_STRONG,
                             .statement = "it is so",
                             .before = NAN,
                             .after = NAN,
                             .direct = true};

    (void)ctx;
    (void)r;
    inv_add_evidence(inv, &e);
    inv_support(inv, "H3", "it is so");
    query(inv, "slow", "{\"ms\":1,\"tag\":\"1\"}", "H1", on_ignored);
    query(inv, "slow", "{\"ms\":1,\"tag\":\"2\"}", "H2", on_ignored);
    query(inv, "slow", "{\"ms\":1,\"tag\":\"3\"}", "H3", on_ignored);
    finish_when_all_answered(inv);
}

static void by_likelihood(struct investigation *inv)
{
    struct inv_hypothesis one = {.statement = "one", .priority = 3},
                          two = {.statement = "two", .priority = 1},
                          three = {.statement = "three", .priority = 3};

    tools_order[0] = '\0';
    inv_propose(inv, &one);
    inv_propose(inv, &two);
    inv_propose(inv, &three);
    query(inv, "slow", "{\"ms\":1,\"tag\":\"0\"}", "H3", on_evidence);
}

static void test_order_of_what_waits(void **state)
{
    struct engine_run *f = *state;
    static const char *const targets[] = {"host:local", NULL};
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};

    engine_run_again(f, &(struct engine_limits){.max_parallel = 1});
    engine_run_open(f, &spec);
    run(f, by_likelihood);
    assert_string_equal(tools_order, "0321");
}

/* equal queries run once, whatever the order of their members, also when asked again later.
 */
static void on_again(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    assert_string_equal(buf_cstr(&r->body), "{\"ms\":7}");
    finish_when_all_answered(inv);
}

static void on_first(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    query(inv, "slow", "{\"ms\":7,\"tag\":\"a\"}", "H1", on_again);
    finish_when_all_answered(inv);
}

static void equal_queries(struct investigation *inv)
{
    struct inv_hypothesis h = {.statement = "one"};
    const char *id = inv_propose(inv, &h);

    query(inv, "slow", "{\"ms\":7,\"tag\":\"a\"}", id, on_first);
    query(inv, "slow", "{ \"tag\" : \"a\", \"ms\" : 7 }", id, on_again);
}

static void test_equal_queries_run_once(void **state)
{
    const struct model *m = run(*state, equal_queries);

    assert_int_equal(tools_starts, 1);
    assert_int_equal(m->tools.count, 1);
}

/* the 11th hypothesis and the fifth level are declined, and the run goes on. */
static void too_many(struct investigation *inv)
{
    const char *parent = "";

    for (int i = 0; i < 5; i++) {
        char statement[16];
        struct inv_hypothesis h = {.statement = statement, .parent = parent};

        snprintf(statement, sizeof(statement), "deep %d", i);
        parent = inv_propose(inv, &h);
        assert_int_equal(parent != NULL, i < 4);
        if (!parent)
            break;
    }
    for (int i = 0; i < 10; i++) {
        char statement[16];
        struct inv_hypothesis h = {.statement = statement};

        snprintf(statement, sizeof(statement), "wide %d", i);
        assert_int_equal(inv_propose(inv, &h) != NULL, i < 6);
    }
    query(inv, "slow", "{}", "H1", on_ignored);
}

static void test_limits_decline_and_go_on(void **state)
{
    const struct model *m = run(*state, too_many);

    assert_int_equal(m->hypotheses.count, 10);
    assert_int_equal(m->conclusion.verdict, VERDICT_NO_ACTION);
}

/* A confirmed hypothesis with enough evidence is the root cause, and it cites it. */
static void on_proof(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    struct inv_hypothesis child = {.parent = "H1",
                                   .statement = "process 42 burns a core",
                                   .resource = "host:x/process:42(burn)",
                                   .kind = "cpu"};
    struct inv_evidence e = {.hypothesis = "H1",
                             .query = q,
                             .statement = "load is high",
                             .before = 0,
                             .after = 1,
                             .score = NAN};
    const char *ids[] = {"E2"};
    struct ev_candidate_ranked c = {
        .statement = "it", .hypothesis = "H1.1", .score = 0.9, .evidence = {ids, 1}};

    (void)ctx;
    (void)r;
    inv_confirm(inv, "H1", "refused: there is no evidence yet");
    assert_int_not_equal(model_hypothesis(inv_model(inv), "H1")->status, HYP_CONFIRMED);
    inv_add_evidence(inv, &e);
    inv_support(inv, "H1", "load");
    inv_propose(inv, &child);
    e.hypothesis = "H1.1";
    e.direct = true;
    e.strength = STRENGTH_STRONG;
    inv_add_evidence(inv, &e);
    inv_confirm(inv, "H1.1", "it is the one");
    inv_propose_step(inv, &(struct ev_remediation_proposed){.hypothesis = "H1.1",
                                                            .action = "stop it",
                                                            .command = "kill 7",
                                                            .rollback = "start it again",
                                                            .risk = APPROVAL_HIGH});
    inv_propose_step(
        inv, &(struct ev_remediation_proposed){.hypothesis = "H1", .action = "of its parent"});
    inv_check(inv, "H1", "not shown: it is proven");
    inv_candidate(inv, &c);
    finish_when_all_answered(inv);
}

static void proof(struct investigation *inv)
{
    struct inv_hypothesis h = {.statement = "the CPU is saturated", .kind = "cpu"};

    query(inv, "slow", "{}", inv_propose(inv, &h), on_proof);
}

static void test_root_cause_cites_evidence(void **state)
{
    const struct model *m = run(*state, proof);

    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_string_equal(m->conclusion.root_cause.hypothesis, "H1.1");
    assert_string_equal(m->conclusion.root_cause.resource, "host:x/process:42(burn)");
    assert_int_equal(m->conclusion.root_cause.evidence.count, 1);
    assert_string_equal(m->conclusion.root_cause.evidence.items[0], "E2");
    assert_true(m->conclusion.root_cause.confidence >= 0.70);
    assert_string_equal(model_evidence(m, "E2")->call, "c1");
    assert_int_equal(strlen(model_evidence(m, "E2")->blob), 64);
    assert_int_equal(m->candidates.count, 1);
    /* the culprit's own proposals stand before those of what it was found under. */
    assert_int_equal(m->conclusion.remediation.count, 1);
    assert_string_equal(m->conclusion.remediation.items[0].command, "kill 7");
    assert_int_equal(m->conclusion.remediation.items[0].risk, APPROVAL_HIGH);
}

/* Something is off but unproven: inconclusive, with what to look at next (R-17, U-12). */
static void on_hint(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    struct inv_evidence e = {.hypothesis = "H1",
                             .query = q,
                             .strength = STRENGTH_WEAK,
                             .statement = "odd",
                             .before = NAN,
                             .after = NAN,
                             .score = NAN};
    struct err why;

    (void)ctx;
    (void)r;
    inv_add_evidence(inv, &e);
    inv_support(inv, "H1", "odd");
    err_set(&why, ERR_DENIED, "Permission denied");
    inv_gap(inv, "H1", "/var/log/secure", &why);
    inv_check(inv, "H1", "read the log by hand");
    inv_propose_step(inv,
                     &(struct ev_remediation_proposed){.hypothesis = "H1", .action = "not proven"});
    finish_when_all_answered(inv);
}

static void hint(struct investigation *inv)
{
    struct inv_hypothesis h = {.statement = "maybe", .refutes = "a normal log"};

    query(inv, "slow", "{}", inv_propose(inv, &h), on_hint);
}

static void test_unproven_is_inconclusive(void **state)
{
    const struct model *m = run(*state, hint);

    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    assert_false(m->conclusion.has_root_cause);
    assert_int_equal(m->conclusion.next_checks.count, 3);
    assert_string_equal(m->conclusion.next_checks.items[1],
                        "look at /var/log/secure: Permission denied");
    assert_string_equal(m->conclusion.next_checks.items[0], "read the log by hand");
    assert_int_equal(m->conclusion.remediation.count, 0);
}

/* U-13: no source answered: failed, never a success. */
static void all_denied(struct investigation *inv)
{
    struct inv_hypothesis h = {.statement = "closed"};

    query(inv, "fail", "{}", inv_propose(inv, &h), on_ignored);
}

static void test_nothing_answered_is_failed(void **state)
{
    const struct model *m = run(*state, all_denied);

    assert_int_equal(m->conclusion.verdict, VERDICT_FAILED);
    assert_int_equal(m->tools.items[0].status, TOOL_DENIED);
    assert_string_equal(m->tools.items[0].error, "no key for that door");
}

static void timeouts(struct investigation *inv)
{
    struct inv_hypothesis h = {.statement = "hangs"};

    query(inv, "never", "{}", inv_propose(inv, &h), on_ignored);
}

static void test_a_tool_that_hangs_times_out(void **state)
{
    const struct model *m = run(*state, timeouts);

    assert_int_equal(m->tools.items[0].status, TOOL_TIMEOUT);
    assert_int_equal(m->conclusion.verdict, VERDICT_FAILED);
}

/* Cancel: queries end, the conclusion so far is written, the turn says why. */
static void test_cancel_concludes(void **state)
{
    struct engine_run *f = *state;
    struct intent_sink in = engine_intents(f->engine);
    struct intent ask = {INTENT_ASK, "why"}, cancel = {INTENT_CANCEL, NULL};
    const struct model *m = engine_model(f->engine);

    script = five_slow;
    in.submit(in.ctx, &ask);
    while (m->tools.count < 5)
        loop_turn(f->loop, true);
    in.submit(in.ctx, &cancel);
    assert_false(engine_busy(f->engine));
    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    VEC_EACH (t, &m->tools)
        assert_int_equal(t->status, TOOL_CANCELED);
    assert_string_equal(m->items.items[m->items.count - 1].text, "turn canceled");
}

/* R-35, U-15: a secret in a question or in a result reaches neither the modules nor the journal nor
 * a blob. */
static void on_leak(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    assert_null(strstr(buf_cstr(&r->body), "Kx9vTq27Lmz0"));
    assert_null(strstr(buf_cstr(&r->body), "known-Zz41"));
    assert_non_null(strstr(buf_cstr(&r->body), "mysqld --password="));
    finish_when_all_answered(inv);
}

static void leak(struct investigation *inv)
{
    struct inv_hypothesis h = {.statement = "leaks"};

    query(inv, "leaky", "{}", inv_propose(inv, &h), on_leak);
}

static void test_secrets_are_not_kept(void **state)
{
    struct engine_run *f = *state;
    struct buf file = BUF_INIT(1 << 20);
    const struct model *m;
    struct err err;

    engine_add_secret(f->engine, STR_LIT("known-Zz41"));
    question = "why does password=Qw8eRt5yUi2o not work";
    m = run(f, leak);
    question = "why";
    assert_null(strstr(m->tools.items[0].summary, "Kx9vTq27Lmz0"));
    assert_ok(file_read(engine_journal_path(f->engine), &file, &err), &err);
    assert_null(strstr(buf_cstr(&file), "Kx9vTq27Lmz0"));
    assert_null(strstr(buf_cstr(&file), "Qw8eRt5yUi2o"));
    buf_clear(&file);
    assert_ok(blob_get(f->dir, m->tools.items[0].blob, &file, &err), &err);
    assert_null(strstr(buf_cstr(&file), "Kx9vTq27Lmz0"));
    assert_null(strstr(buf_cstr(&file), "known-Zz41"));
    buf_release(&file);
}

static void test_bad_arguments_are_named(void **state)
{
    struct engine_run *f = *state;
    struct tool_runner *r = tool_runner_new(f->loop, &f->env);
    struct err err;
    tool_id id;

    assert_int_equal(tool_run(r, "slow", STR_LIT("{\"ms\":\"x\"}"), NULL, NULL, &id, &err),
                     ERR_INPUT);
    assert_string_equal(err.msg, "slow: 'ms' must be a number, not string");
    assert_int_equal(tool_run(r, "slow", STR_LIT("{\"ms\":99999}"), NULL, NULL, &id, &err),
                     ERR_INPUT);
    assert_string_equal(err.msg, "slow: 'ms' must be between 0 and 10000");
    assert_int_equal(tool_run(r, "slow", STR_LIT("{\"mss\":1}"), NULL, NULL, &id, &err), ERR_INPUT);
    assert_string_equal(err.msg, "slow: there is no parameter 'mss'");
    assert_int_equal(tool_run(r, "gone", STR_LIT("{}"), NULL, NULL, &id, &err), ERR_NOT_FOUND);
    tool_runner_free(r);
}

/* what the journal holds folds to the same tree. */
static void test_resume_gives_the_same_tree(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = run(f, proof), *back;
    struct engine_options opts = {
        .loop = f->loop, .rng = &f->rng, .state_dir = f->dir, .version = "test"};
    struct journal_report report;
    struct engine *again;
    struct err err;

    assert_ok(engine_close(f->engine, "done", 0, &err), &err);
    again = engine_new(&opts);
    assert_ok(engine_resume(again, m->id, &report, &err), &err);
    back = engine_model(again);
    assert_int_equal(back->hypotheses.count, m->hypotheses.count);
    for (size_t i = 0; i < m->hypotheses.count; i++) {
        assert_string_equal(back->hypotheses.items[i].id, m->hypotheses.items[i].id);
        assert_int_equal(back->hypotheses.items[i].status, m->hypotheses.items[i].status);
        assert_true(back->hypotheses.items[i].confidence == m->hypotheses.items[i].confidence);
        assert_string_equal(back->hypotheses.items[i].terms, m->hypotheses.items[i].terms);
    }
    assert_int_equal(back->evidence.count, m->evidence.count);
    assert_int_equal(back->items.count, m->items.count);
    assert_int_equal(back->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_true(back->closed);
    engine_free(again);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_queries_run_in_parallel),    TEST(test_equal_queries_run_once),
        TEST(test_order_of_what_waits),        TEST(test_limits_decline_and_go_on),
        TEST(test_root_cause_cites_evidence),  TEST(test_unproven_is_inconclusive),
        TEST(test_nothing_answered_is_failed), TEST(test_a_tool_that_hangs_times_out),
        TEST(test_cancel_concludes),           TEST(test_bad_arguments_are_named),
        TEST(test_secrets_are_not_kept),       TEST(test_resume_gives_the_same_tree),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
