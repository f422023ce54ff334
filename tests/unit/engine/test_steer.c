/* test_steer.c - a person steers: what is added is tested, what is rejected stays so, what is
 * promoted comes next, one more test is another query, and a conclusion can be gone on from. U-05
 */
#include "tests/unit/engine/steer_tools.h"
#include "tests/lib/unit.h"
#include "tests/lib/engine_run.h"
#include "src/engine/steer_priv.h"

#include <math.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/engine/investigation.h"

/* The module: the test's own start, the real tests of hosts. */

static void (*script)(struct investigation *inv);
static struct investigation *current;
static size_t pending;
static int module_starts;

static bool module_applies(const struct investigation *inv)
{
    return inv_model(inv)->targets.count > 0;
}

static void module_start(struct investigation *inv, void **ret_state)
{
    *ret_state = NULL;
    current = inv;
    pending = 0;
    module_starts++;
    script(inv);
}

static const struct inv_module module = {
    .name = "test", .applies = module_applies, .start = module_start, .test = steer_test_host};

static bool with_metrics;
static const struct inv_module metrics_module;

static bool metrics_apply(const struct investigation *inv)
{
    (void)inv;
    return with_metrics;
}

static void metrics_start(struct investigation *inv, void **ret_state)
{
    *ret_state = NULL;
    inv_module_done(inv, &metrics_module);
}

static const struct inv_module metrics_module = {.name = "metrics",
                                                 .applies = metrics_apply,
                                                 .start = metrics_start,
                                                 .test = steer_test_metrics};
static const struct inv_module *const modules[] = {&module, &metrics_module, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

static int setup(void **state)
{
    static const char *const targets[] = {"host:web", NULL};
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct engine_run *f = engine_run_new(&(struct engine_limits){.max_parallel = 1});

    steer_starts = steer_cancels = 0;
    module_starts = 0;
    with_metrics = false;
    steer_ranges = 0;
    steer_disk_used = 0.4;
    engine_run_open(f, &spec);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    engine_run_free(*state);
    for (size_t i = 0; i < steer_starts && i < 32; i++)
        free((void *)(uintptr_t)steer_started[i]);
    return 0;
}

static const struct model *ask(struct engine_run *f, void (*s)(struct investigation *))
{
    script = s;
    engine_run_submit(f, INTENT_ASK, NULL, "why");
    return engine_model(f->engine);
}

static bool query(struct investigation *inv, const char *args, const char *hyp, inv_query_fn *fn)
{
    struct inv_query q = {"slow", str_from(args), hyp, "a test query"};
    bool asked = inv_query(inv, &q, fn, NULL);

    pending += asked;
    return asked;
}

static void on_answer(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    if (--pending == 0)
        inv_module_done(inv, &module);
}

static void nothing(struct investigation *inv)
{
    query(inv, "{}", "", on_answer);
}

static bool has_notice(const struct model *m, const char *part)
{
    VEC_EACH (it, &m->items) {
        if ((it->kind == ITEM_NOTICE || it->kind == ITEM_ERROR) && strstr(it->text, part))
            return true;
    }
    return false;
}

/* What is added is tested with the pattern that its words mean, from two looks. */
static void test_added_is_tested(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = ask(f, nothing);
    const struct hypothesis *h;

    engine_run_submit(f, INTENT_STEER_ADD, NULL, "  the disk is full  ");
    engine_run_wait(f);
    h = model_hypothesis(m, "H1");
    assert_non_null(h);
    assert_true(h->by_user);
    assert_string_equal(h->statement, "the disk is full");
    assert_int_equal(h->evidence.count, 2);
    assert_int_equal(h->status, HYP_PRUNED); /* 40 % used: looked for and not there */
    assert_int_equal(m->conclusion.verdict, VERDICT_NO_ACTION);
}

static void test_added_and_true_is_the_cause(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;

    steer_disk_used = 1.0;
    m = ask(f, nothing);
    engine_run_submit(f, INTENT_STEER_ADD, NULL, "the disk is full");
    engine_run_wait(f);
    assert_int_equal(model_hypothesis(m, "H1")->status, HYP_CONFIRMED);
    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_string_equal(m->conclusion.root_cause.hypothesis, "H1");
}

/* No tool knows these words: said, a gap of its own, not refuted, and left to the person. */
static void test_untestable_stays_open(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = ask(f, nothing);
    const struct hypothesis *h;

    engine_run_submit(f, INTENT_STEER_ADD, NULL, "the moon pulls on gophers");
    engine_run_wait(f);
    h = model_hypothesis(m, "H1");
    assert_int_equal(h->gaps.count, 1);
    assert_int_equal(h->evidence.count, 0);
    assert_int_not_equal(h->status, HYP_PRUNED);
}

/* The first look around needs no hypothesis; one that is added meanwhile must not end it. */
static void on_triage(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    pending--;
    assert_true(query(inv, "{\"tag\":\"second\"}", "", on_answer));
}

static void triage_twice(struct investigation *inv)
{
    query(inv, "{\"tag\":\"first\",\"ms\":30}", "", on_triage);
}

static void test_adding_does_not_end_triage(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = ask(f, triage_twice);

    engine_run_submit(f, INTENT_STEER_ADD, NULL, "the disk is full");
    assert_int_equal(m->phase, PHASE_TRIAGE);
    engine_run_wait(f);
    assert_int_equal(model_hypothesis(m, "H1")->evidence.count, 2);
}

/* A rejection cancels what runs for it, and the engine cannot confirm it any more. */
static void confirm_anyway(void *ctx, struct investigation *inv, uint64_t q,
                           const struct tool_result *r)
{
    struct inv_evidence e = {.hypothesis = "H1",
                             .query = q,
                             .strength = STRENGTH_STRONG,
                             .statement = "it is so",
                             .before = NAN,
                             .after = NAN,
                             .score = NAN,
                             .direct = true};

    (void)ctx;
    if (r->status == TOOL_OK) {
        inv_add_evidence(inv, &e);
        inv_add_evidence(inv, &e);
        inv_confirm(inv, "H1", "it is so");
    }
    if (--pending == 0)
        inv_module_done(inv, &module);
}

static void two_hypotheses(struct investigation *inv)
{
    struct inv_hypothesis a = {.statement = "a"}, b = {.statement = "b"};

    inv_propose(inv, &a);
    inv_propose(inv, &b);
    query(inv, "{\"ms\":-1,\"tag\":\"never\"}", "H1", confirm_anyway);
    query(inv, "{\"ms\":20,\"tag\":\"b\"}", "H2", confirm_anyway);
}

static bool one_runs(const struct model *m)
{
    return m->tools.count == 1;
}

static void test_rejected_stays_rejected(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = ask(f, two_hypotheses);
    const struct hypothesis *h;

    engine_run_until(f, one_runs);
    engine_run_submit(f, INTENT_STEER_REJECT, "H1", "we changed that yesterday");
    engine_run_wait(f); /* without the cancel, the query that never answers would hold it */
    h = model_hypothesis(m, "H1");
    assert_int_equal(steer_cancels, 1);
    assert_int_equal(h->status, HYP_PRUNED);
    assert_string_equal(h->rejected_by, "H1");
    assert_string_equal(h->reason, "we changed that yesterday");
    assert_true(has_notice(m, "though its evidence would confirm it"));
    assert_int_not_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    VEC_EACH (c, &m->candidates)
        assert_string_not_equal(c->hypothesis, "H1");
}

/* The conclusion is steered as well: rejecting the cause concludes anew, taking it back too. */
static void confirm_one(struct investigation *inv)
{
    struct inv_hypothesis a = {.statement = "a filesystem is full", .pattern = "disk_full"};

    inv_propose(inv, &a);
    query(inv, "{\"ms\":1}", "H1", confirm_anyway);
}

static void test_a_conclusion_is_gone_on_from(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = ask(f, confirm_one);

    engine_run_wait(f);
    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    engine_run_submit(f, INTENT_STEER_REJECT, "H1", "it was full last week as well");
    assert_true(engine_busy(f->engine));
    engine_run_wait(f);
    assert_int_equal(m->turn, 2);
    assert_int_equal(module_starts, 1); /* nobody looks around again */
    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    assert_false(m->conclusion.has_root_cause);
    steer_disk_used = 1.0;
    engine_run_submit(f, INTENT_STEER_RESTORE, "H1", "");
    engine_run_wait(f);
    assert_string_equal(model_hypothesis(m, "H1")->rejected_by, "");
    assert_int_equal(model_hypothesis(m, "H1")->evidence.count, 3); /* tested once more */
    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
}

/* One more test is a look that was not taken yet; what it does not see speaks against. */
static void test_one_more_until_none_is_left(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = ask(f, confirm_one);
    const struct hypothesis *h;

    engine_run_wait(f);
    for (int i = 0; i < 5; i++) {
        engine_run_submit(f, INTENT_STEER_TEST, "H1", "");
        engine_run_wait(f);
    }
    h = model_hypothesis(m, "H1");
    assert_int_equal(m->tools.count, 5); /* its first, and four windows */
    assert_true(h->contradicted);
    assert_true(strstr(h->terms, "contradicting E3") != NULL);
    assert_int_not_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_true(has_notice(m, "no further test for H1"));
}

/* Promoted: its query starts before those that were asked earlier. */
static void three_queued(struct investigation *inv)
{
    static const char *const args[] = {"{\"ms\":40,\"tag\":\"H1\"}", "{\"ms\":1,\"tag\":\"H2\"}",
                                       "{\"ms\":1,\"tag\":\"H3\"}"};

    for (int i = 0; i < 3; i++) {
        char text[8];
        struct inv_hypothesis h = {.statement = text};

        snprintf(text, sizeof(text), "s%d", i);
        query(inv, args[i], inv_propose(inv, &h), on_answer);
    }
}

static void test_promoted_is_next(void **state)
{
    struct engine_run *f = *state;

    ask(f, three_queued);
    engine_run_until(f, one_runs);
    engine_run_submit(f, INTENT_STEER_PROMOTE, "H3", "");
    engine_run_wait(f);
    assert_string_equal(steer_started[0], "H1");
    assert_string_equal(steer_started[1], "H3");
    assert_string_equal(steer_started[2], "H2");
}

/* Words of a statement against names of metrics: what moved supports it, what keeps its level does
 * not, and one more test is a longer history until the longest was read. */
static void test_metrics(void **state)
{
    struct engine_run *f = *state;
    const struct model *m;
    const struct hypothesis *h;

    with_metrics = true;
    m = ask(f, nothing);
    engine_run_submit(f, INTENT_STEER_ADD, NULL, "the queue of orders grows");
    engine_run_submit(f, INTENT_STEER_ADD, NULL, "payments got more latency");
    engine_run_wait(f);
    h = model_hypothesis(m, "H1");
    assert_int_equal(h->status, HYP_SUPPORTED); /* one metric alone confirms nothing */
    assert_int_equal(h->evidence.count, 1);
    assert_string_equal(m->evidence.items[h->evidence.items[0]].metric, "orders_queue_length");
    assert_int_equal(m->evidence.items[h->evidence.items[0]].strength, STRENGTH_STRONG);
    h = model_hypothesis(m, "H2");
    assert_int_equal(h->status, HYP_PRUNED);
    assert_string_equal(m->evidence.items[h->evidence.items[0]].metric, "payments_latency_seconds");
    assert_int_equal(steer_ranges, 2);
    for (int i = 0; i < 3; i++) {
        engine_run_submit(f, INTENT_STEER_TEST, "H1", "");
        engine_run_wait(f);
    }
    assert_int_equal(steer_ranges, 4);
    assert_true(has_notice(m, "no further test for H1"));
}

/* What cannot be is refused in words, and nothing of it is journaled as a wish. */
static void test_refusals(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = ask(f, confirm_one);

    engine_run_wait(f);
    engine_run_submit(f, INTENT_STEER_REJECT, "H9", "x");
    assert_true(has_notice(m, "no such hypothesis"));
    engine_run_submit(f, INTENT_STEER_RESTORE, "H1", "");
    assert_true(has_notice(m, "it is not rejected"));
    engine_run_submit(f, INTENT_STEER_ADD, NULL, "   ");
    assert_true(has_notice(m, "needs a statement"));
    engine_run_submit(f, INTENT_STEER_ADD, NULL, "a filesystem is full");
    assert_true(has_notice(m, "H1 says that already"));
    engine_run_submit(f, INTENT_STEER_ADD, NULL, "\xff");
    assert_true(has_notice(m, "not UTF-8"));
    assert_int_equal(m->turn, 1);
}

/* The journal gives the same tree when it is opened again. */
static void test_steering_is_journaled(void **state)
{
    struct engine_run *f = *state;
    const struct model *m = ask(f, confirm_one);
    struct journal_report report = {0};
    struct err err;
    char *id;

    engine_run_wait(f);
    engine_run_submit(f, INTENT_STEER_REJECT, "H1", "no");
    engine_run_wait(f);
    engine_run_submit(f, INTENT_STEER_ADD, NULL, "the disk is full");
    engine_run_wait(f);
    id = xstrdup(m->id);
    assert_ok(engine_close(f->engine, "done", 0, &err), &err);
    engine_run_again(f, &(struct engine_limits){.max_parallel = 1});
    assert_ok(engine_resume(f->engine, id, &report, &err), &err);
    m = engine_model(f->engine);
    assert_string_equal(model_hypothesis(m, "H1")->rejected_by, "H1");
    assert_true(model_hypothesis(m, "H2")->by_user);
    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    free(id);
}

static void test_words(void **state)
{
    (void)state;
    assert_int_equal(steer_common_words(STR_LIT("the disk is full"),
                                        STR_LIT("a filesystem of  is full disk full")),
                     2);
    assert_int_equal(steer_common_words(STR_LIT("memory leaks"), STR_LIT("leak memory_x")), 2);
    assert_int_equal(steer_common_words(STR_LIT("the host is on"), STR_LIT("the host is")), 0);
    assert_int_equal(steer_common_words(STR_LIT("port"), STR_LIT("portal gun")), 1);
    assert_int_equal(steer_common_words(STR_LIT("cpu"), STR_LIT("cpus")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_words),
        cmocka_unit_test_setup_teardown(test_added_is_tested, setup, teardown),
        cmocka_unit_test_setup_teardown(test_added_and_true_is_the_cause, setup, teardown),
        cmocka_unit_test_setup_teardown(test_untestable_stays_open, setup, teardown),
        cmocka_unit_test_setup_teardown(test_adding_does_not_end_triage, setup, teardown),
        cmocka_unit_test_setup_teardown(test_rejected_stays_rejected, setup, teardown),
        cmocka_unit_test_setup_teardown(test_a_conclusion_is_gone_on_from, setup, teardown),
        cmocka_unit_test_setup_teardown(test_one_more_until_none_is_left, setup, teardown),
        cmocka_unit_test_setup_teardown(test_promoted_is_next, setup, teardown),
        cmocka_unit_test_setup_teardown(test_metrics, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_steering_is_journaled, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
