/* test_conclude.c - the verdict from the tree that a module left behind: every class of evidence,
 * everything refuted, an early end, and the graph's impact. With a module and tools of the test.
 * `make coverage` names each file of engine and model that is under 90 %. */
#include "tests/unit/engine/conclude_run.h"
#include "src/engine/investigation_priv.h"

#include <math.h>

#include "runbook/engine/engine.h"
#include "runbook/engine/investigation.h"
#include "runbook/model/action.h"
#include "runbook/model/confidence.h"

/* strong branches and confirms, weak goes on, none and contradicting prune; asking the same
 * again in order to go on runs nothing. */
static void on_again(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    inv_module_done(inv, &conclude_module);
}

static void on_classes(void *ctx, struct investigation *inv, uint64_t q,
                       const struct tool_result *r)
{
    (void)ctx;
    (void)r;
    conclude_add(inv, q, "H1", STRENGTH_STRONG, true);
    inv_support(inv, "H1", "strong");
    conclude_propose(inv, "H1", "its culprit");
    conclude_add(inv, q, "H1.1", STRENGTH_STRONG, true);
    conclude_add(inv, q, "H1.1", STRENGTH_STRONG, true);
    inv_confirm(inv, "H1.1", "proven");
    conclude_add(inv, q, "H1", STRENGTH_NONE, false); /* says nothing, and costs nothing */
    inv_support(inv, "H1", "its culprit is known");
    conclude_add(inv, q, "H2", STRENGTH_WEAK, false);
    inv_support(inv, "H2", "weak");
    conclude_add(inv, q, "H3", STRENGTH_NONE, false);
    inv_prune(inv, "H3", "nothing there");
    conclude_add(inv, q, "H4", STRENGTH_CONTRADICTS, false);
    inv_prune(inv, "H4", "the opposite");
    conclude_query(inv, "data", "{}", "H2", on_again);
}

static void classes(struct investigation *inv)
{
    conclude_propose(inv, NULL, "first");
    conclude_propose(inv, NULL, "second");
    conclude_propose(inv, NULL, "third");
    conclude_propose(inv, NULL, "fourth");
    conclude_query(inv, "data", "{}", "H1", on_classes);
}

static void test_classes_of_evidence(void **unused)
{
    static const struct {
        const char *id;
        enum hyp_status status;
    } want[] = {{"H1", HYP_SUPPORTED},
                {"H1.1", HYP_CONFIRMED},
                {"H2", HYP_SUPPORTED},
                {"H3", HYP_PRUNED},
                {"H4", HYP_PRUNED}};
    const struct model *m;
    struct buf words = BUF_INIT(256);
    struct fixture f;

    (void)unused;
    conclude_begin(&f, true);
    m = conclude_run(&f, classes);
    assert_int_equal(conclude_asked, 1); /* going on does not repeat a query */
    for (size_t i = 0; i < 5; i++) {
        const struct hypothesis *h = model_hypothesis(m, want[i].id);

        assert_int_equal(h->status, want[i].status);
        assert_true(h->confidence >= 0 && h->confidence <= 1);
    }
    /* what was followed to its culprit is a level deeper; nothing is no corroboration */
    assert_non_null(strstr(model_hypothesis(m, "H1")->terms, "+30 depth 2"));
    assert_non_null(strstr(model_hypothesis(m, "H1")->terms, "+20 corroborating E1"));
    /* all that the conclusion says of itself */
    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    assert_string_equal(m->conclusion.root_cause.hypothesis, "H1.1");
    assert_int_equal(m->conclusion.root_cause.evidence.count, 2);
    assert_string_equal(m->conclusion.affected_services.items[0], "db");
    /* */
    assert_int_equal(m->topology->count, 4);
    assert_int_equal(m->conclusion.impact.affected, 2);
    model_impact_words(m, &words);
    assert_string_equal(buf_cstr(&words), "affects 2 of 4 services, the entry among them");
    assert_int_equal(action_of(m), ACTION_REQUIRED); /* U-12: the entry feels it */
    buf_release(&words);
    conclude_end(&f);
}

/* The same without a graph and without an alert: it can wait. */
static void test_without_a_graph(void **unused)
{
    const struct model *m;
    struct buf words = BUF_INIT(256);
    struct fixture f;

    (void)unused;
    conclude_begin(&f, false);
    m = conclude_run(&f, classes);
    assert_null(m->topology);
    assert_true(m->conclusion.impact.node == SIZE_MAX);
    model_impact_words(m, &words);
    assert_int_equal(words.len, 0);
    assert_int_equal(action_of(m), ACTION_SUGGESTED);
    conclude_end(&f);
}

/* everything was refuted, so nothing is the cause, the first node least of all. */
static void on_refuted(void *ctx, struct investigation *inv, uint64_t q,
                       const struct tool_result *r)
{
    (void)ctx;
    (void)r;
    conclude_add(inv, q, "H1", STRENGTH_WEAK, false);
    conclude_add(inv, q, "H1", STRENGTH_CONTRADICTS, false);
    inv_prune(inv, "H1", "the opposite is true");
    conclude_add(inv, q, "H2", STRENGTH_CONTRADICTS, false);
    inv_prune(inv, "H2", "no");
    inv_check(inv, "H1", "look at the other side");
    inv_module_done(inv, &conclude_module);
}

static void refuted(struct investigation *inv)
{
    conclude_propose(inv, NULL, "first");
    conclude_propose(inv, NULL, "second");
    conclude_query(inv, "data", "{}", "H1", on_refuted);
}

static void test_all_refuted(void **unused)
{
    const struct model *m;
    struct fixture f;

    (void)unused;
    conclude_begin(&f, true);
    m = conclude_run(&f, refuted);
    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    assert_false(m->conclusion.has_root_cause);
    assert_true(isnan(m->conclusion.confidence));
    assert_non_null(strstr(m->conclusion.summary, "no hypothesis explains it"));
    assert_int_equal(action_of(m), ACTION_INCONCLUSIVE);
    conclude_end(&f);
}

/* Healthy, empty, half answered: three different answers (U-08, U-12). */
static void on_quiet(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    if (r->status == TOOL_OK)
        conclude_add(inv, q, "H1", STRENGTH_NONE, false);
    inv_module_done(inv, &conclude_module);
}

static void quiet(struct investigation *inv)
{
    conclude_propose(inv, NULL, "first");
    conclude_query(inv, "data", "{}", "H1", on_quiet);
}

static void nothing(struct investigation *inv)
{
    conclude_propose(inv, NULL, "first");
    conclude_query(inv, "empty", "{}", "H1", on_quiet);
}

static size_t left;

static void on_half(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    if (--left == 0)
        inv_module_done(inv, &conclude_module);
}

static void half(struct investigation *inv)
{
    left = 2;
    conclude_propose(inv, NULL, "first");
    conclude_query(inv, "data", "{}", "H1", on_half);
    conclude_query(inv, "fail", "{}", "H1", on_half);
}

static void alarm(struct investigation *inv, const char *severity, enum alert_state state)
{
    const struct ev_alert_seen a = {.fingerprint = "00000000000000aa",
                                    .name = "CheckoutSlow",
                                    .severity = severity,
                                    .service = "checkout",
                                    .summary = "p99 above 2 s",
                                    .labels = "{}",
                                    .source = "prometheus_alerts",
                                    .call = "",
                                    .state = state};

    inv_publish_alert(inv, &a);
    quiet(inv);
}

static void firing(struct investigation *inv)
{
    alarm(inv, "critical", ALERT_FIRING);
}

static void watchdog(struct investigation *inv)
{
    alarm(inv, "none", ALERT_FIRING);
}

static void pending(struct investigation *inv)
{
    alarm(inv, "critical", ALERT_PENDING);
}

static void test_kinds_of_nothing(void **unused)
{
    static const struct {
        void (*script)(struct investigation *inv);
        enum verdict verdict;
        const char *words;
    } want[] = {
        {quiet, VERDICT_NO_ACTION, "Nothing is wrong where it was looked: 1 query answered"},
        {nothing, VERDICT_INCONCLUSIVE, "without any data"},
        {half, VERDICT_INCONCLUSIVE, "a source did not answer"},
        {firing, VERDICT_INCONCLUSIVE, "1 alert fires (CheckoutSlow), but nothing that was"},
        {watchdog, VERDICT_NO_ACTION, "no anomaly"},
        {pending, VERDICT_NO_ACTION, "no anomaly"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++) {
        const struct model *m;
        struct fixture f;

        conclude_begin(&f, false);
        m = conclude_run(&f, want[i].script);
        assert_int_equal(m->conclusion.verdict, want[i].verdict);
        assert_int_equal(action_of(m),
                         want[i].verdict == VERDICT_NO_ACTION ? ACTION_NO : ACTION_INCONCLUSIVE);
        if (!strstr(m->conclusion.summary, want[i].words))
            fail_msg("\"%s\" does not say \"%s\"", m->conclusion.summary, want[i].words);
        conclude_end(&f);
    }
}

/* Candidates: by score, stable where equal; what a person rejected is not among them. */
static void on_ranked(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    static const double scores[] = {0.2, 0.9, 0.5, 0.9};
    static const char *const names[] = {"a", "b", "c", "d"};

    (void)ctx;
    (void)r;
    conclude_add(inv, q, "H1", STRENGTH_WEAK, false);
    inv_support(inv, "H1", "some");
    for (size_t i = 0; i < 4; i++) {
        struct ev_candidate_ranked c = {.service = names[i],
                                        .statement = names[i],
                                        .hypothesis = i == 2 ? "H2" : "H1",
                                        .category = "cpu",
                                        .score = scores[i]};

        inv_candidate(inv, &c);
    }
    inv_module_done(inv, &conclude_module);
}

static void ranked(struct investigation *inv)
{
    conclude_propose(inv, NULL, "first");
    conclude_propose(inv, NULL, "second");
    conclude_query(inv, "data", "{}", "H1", on_ranked);
}

static void test_candidates_are_sorted(void **unused)
{
    const struct model *m;
    struct fixture f;

    (void)unused;
    conclude_begin(&f, false);
    m = conclude_run(&f, ranked);
    assert_int_equal(m->candidates.count, 4);
    assert_string_equal(m->candidates.items[0].service, "b");
    assert_string_equal(m->candidates.items[1].service, "d");
    assert_string_equal(m->candidates.items[2].service, "c");
    assert_string_equal(m->candidates.items[3].service, "a");
    assert_int_equal(m->candidates.items[3].rank, 4);
    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    assert_non_null(strstr(m->conclusion.summary, "Not proven"));
    conclude_end(&f);
}

/* Ended by a person: what is known so far, what was not finished, and no proof by chance. */
static void hangs(struct investigation *inv)
{
    conclude_propose(inv, NULL, "first");
    conclude_query(inv, "hang", "{}", "H1", on_quiet);
}

static void test_ended_early(void **unused)
{
    const struct model *m;
    struct fixture f;

    (void)unused;
    conclude_begin(&f, false);
    m = engine_model(f.engine);
    conclude_script = hangs;
    conclude_submit(&f, INTENT_ASK, "why");
    conclude_submit(&f, INTENT_ASK, "and once more"); /* one at a time */
    while (m->tools.count == 0)
        loop_turn(f.loop, true);
    conclude_submit(&f, INTENT_CANCEL, "");
    assert_false(engine_busy(f.engine));
    assert_int_equal(m->conclusion.verdict, VERDICT_INCONCLUSIVE);
    assert_non_null(strstr(m->conclusion.summary, "Ended early (canceled)"));
    assert_true(m->conclusion.next_checks.count > 0);
    assert_non_null(strstr(m->conclusion.next_checks.items[0], "finish: a test query"));
    assert_int_equal(m->errors, 1);
    conclude_end(&f);
}

/* asked again later in the turn, the first answer serves; one that was too large to keep is
 * asked anew. What no tool can do is refused with a word, and costs nothing. */
static size_t answers;

static void on_late(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    answers++;
    assert_int_equal(r->status, TOOL_OK);
    if (answers == 2)
        inv_module_done(inv, &conclude_module);
}

static void on_then(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    conclude_query(inv, "data", "{\"tag\":\"x\"}", "H1", on_late);
    conclude_query(inv, "large", "{}", "H1", on_late);
}

static void on_first(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    if (++left == 2)
        conclude_query(inv, "empty", "{}", "H1", on_then);
}

static void again_later(struct investigation *inv)
{
    struct inv_query none = {"data", STR_LIT("{}"), "", "no hypothesis"};

    answers = left = 0;
    conclude_propose(inv, NULL, "first");
    conclude_query(inv, "data", "{\"tag\":\"x\"}", "H1", on_first);
    conclude_query(inv, "large", "{}", "H1", on_first);
    conclude_query(inv, "no such tool", "{}", "H1", on_first);
    conclude_query(inv, "data", "{", "H1", on_first);
    assert_int_equal(inv_query(inv, &none, on_first, NULL), 0); /* */
}

static void test_asked_again_later(void **unused)
{
    const struct model *m;
    struct fixture f;

    (void)unused;
    conclude_begin(&f, false);
    m = conclude_run(&f, again_later);
    assert_int_equal(answers, 2);
    assert_int_equal(conclude_asked, 3); /* data once, large twice */
    assert_int_equal(m->tools.count, 4);
    conclude_end(&f);
}

/* U-05: what only a rejected hypothesis waits for does not run any more. */
static void many_wait(struct investigation *inv)
{
    conclude_propose(inv, NULL, "first");
    conclude_propose(inv, NULL, "second");
    for (int i = 0; i < 8; i++) {
        char args[32];

        snprintf(args, sizeof(args), "{\"tag\":\"%d\"}", i);
        conclude_query(inv, "hang", args, "H1", on_quiet);
    }
    conclude_query(inv, "data", "{}", "H2", on_again);
}

static void test_rejected_waits_no_more(void **unused)
{
    struct intent reject = {.type = INTENT_STEER_REJECT, .text = "no", .hypothesis = "H2"};
    const struct model *m;
    struct fixture f;

    (void)unused;
    conclude_begin(&f, false);
    m = engine_model(f.engine);
    conclude_script = many_wait;
    conclude_submit(&f, INTENT_ASK, "why");
    while (m->tools.count < 8)
        loop_turn(f.loop, true);
    engine_intents(f.engine).submit(engine_intents(f.engine).ctx, &reject);
    while (engine_busy(f.engine))
        loop_turn(f.loop, true); /* its asker is told that nothing will come, and ends the turn */
    assert_int_equal(conclude_asked, 0);
    assert_int_equal(m->tools.count, 8);
    conclude_end(&f);
}

/* One session at a time; nothing to resume without a folder; a question that waited for a screen.
 */
static void test_sessions(void **unused)
{
    static const char *const targets[] = {"host:local", NULL};
    struct ev_incident_loaded incident = {.id = "INC-1", .title = "web is slow", .service = "web"};
    struct session_spec spec = {.title = "t", .targets = targets, .incident = &incident};
    struct journal_report report;
    struct engine_options opts = {0};
    struct engine *e;
    struct fixture f;
    struct err err;

    (void)unused;
    conclude_begin(&f, false);
    assert_int_equal(engine_open(f.engine, &spec, &err), ERR_AGAIN);
    assert_int_equal(engine_resume(f.engine, "x", &report, &err), ERR_AGAIN);
    opts.loop = f.loop;
    opts.rng = &f.rng;
    opts.tools = &f.env;
    e = engine_new(&opts);
    assert_int_equal(engine_resume(e, "x", &report, &err), ERR_NOT_FOUND);
    engine_open_on_ask(e, &spec);
    conclude_script = quiet;
    engine_intents(e).submit(engine_intents(e).ctx, &(struct intent){INTENT_ASK, "why?"});
    assert_string_equal(engine_model(e)->incident.service, "web");
    assert_string_equal(engine_model(e)->query, "why?");
    engine_free(e); /* with the turn under way: it is concluded first */
    conclude_end(&f);
}

/* every term of the sum is said. */
static void test_terms(void **unused)
{
    const struct confidence_input in = {.depth = 1,
                                        .corroborating = 2,
                                        .contradicting = 1,
                                        .temporal = true,
                                        .history = true,
                                        .direct = true};
    struct buf out = BUF_INIT(4096);
    const struct model *m;
    struct fixture f;

    (void)unused;
    conclude_begin(&f, false);
    m = conclude_run(&f, classes);
    confidence_terms(m, 0, &in, &out);
    assert_int_equal(confidence_score(&in), 15 + 40 - 25 + 15 + 15 + 20);
    assert_non_null(strstr(buf_cstr(&out), "+15 history"));
    assert_non_null(strstr(buf_cstr(&out), "-25 contradicting"));
    assert_non_null(strstr(buf_cstr(&out), "+15 temporal"));
    buf_release(&out);
    conclude_end(&f);
}

/* The four answers of U-12 have names of their own. */
static void test_action_names(void **unused)
{
    (void)unused;
    assert_string_equal(action_name(ACTION_NO), "no_action");
    assert_string_equal(action_name(ACTION_SUGGESTED), "suggested");
    assert_string_equal(action_name(ACTION_REQUIRED), "required");
    assert_string_equal(action_name(ACTION_INCONCLUSIVE), "inconclusive");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_classes_of_evidence),
        cmocka_unit_test(test_without_a_graph),
        cmocka_unit_test(test_all_refuted),
        cmocka_unit_test(test_kinds_of_nothing),
        cmocka_unit_test(test_candidates_are_sorted),
        cmocka_unit_test(test_ended_early),
        cmocka_unit_test(test_asked_again_later),
        cmocka_unit_test(test_rejected_waits_no_more),
        cmocka_unit_test(test_sessions),
        cmocka_unit_test(test_terms),
        cmocka_unit_test(test_action_names),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
