/* test_model.c - the fold, the phases, the confidence formula. */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/model/confidence.h"
#include "runbook/model/model.h"

static int64_t clock_ms = 1000;

static void apply(struct model *m, struct event ev)
{
    event_normalize(&ev);
    ev.seq = m->seq + 1;
    ev.ts_ms = clock_ms += 10;
    model_apply(m, &ev);
}

static void propose(struct model *m, const char *id, const char *parent)
{
    apply(m,
          (struct event){.type = EV_HYPOTHESIS_PROPOSED,
                         .u.hypothesis_proposed = {.id = id, .parent = parent, .statement = id}});
}

static void evidence(struct model *m, const char *id, const char *hyp, enum evidence_strength s,
                     bool direct, bool temporal)
{
    apply(m, (struct event){.type = EV_EVIDENCE_ADDED,
                            .u.evidence_added = {.id = id,
                                                 .call = "c1",
                                                 .hypothesis = hyp,
                                                 .strength = s,
                                                 .statement = id,
                                                 .direct = direct,
                                                 .temporal = temporal}});
}

static void scored(struct model *m, enum event_type type, const char *id, double confidence)
{
    apply(m, (struct event){.type = type,
                            .u.hypothesis_scored = {.id = id, .confidence = confidence}});
}

/* exactly the pairs of the table are legal. */
static void test_phases_all_pairs(void **state)
{
    static const char *const legal[] = {
        "idle>triage",          "triage>hypothesize",
        "triage>conclude",      "hypothesize>investigate",
        "hypothesize>conclude", "investigate>evaluate",
        "investigate>conclude", "evaluate>investigate",
        "evaluate>hypothesize", "evaluate>conclude",
        "conclude>remediate",   "conclude>complete",
        "remediate>complete",   "complete>idle",
        "complete>triage",
    };

    (void)state;
    for (int from = 0; from < PHASES; from++) {
        for (int to = 0; to < PHASES; to++) {
            struct model m;
            char pair[64];
            bool expected = false;

            snprintf(pair, sizeof(pair), "%s>%s", phase_name((enum phase)from),
                     phase_name((enum phase)to));
            for (size_t i = 0; i < sizeof(legal) / sizeof(legal[0]); i++)
                expected = expected || strcmp(legal[i], pair) == 0;
            model_init(&m);
            m.phase = (enum phase)from;
            apply(&m, (struct event){.type = EV_PHASE_CHANGED, .u.phase_changed = {from, to}});
            if ((m.phase == (enum phase)to && m.items.count == 0) != expected)
                fail_msg("%s: expected %s", pair, expected ? "legal" : "refused");
            model_release(&m);
        }
    }
}

/* the tree is what the events say. */
static void test_tree_folds(void **state)
{
    struct model m;
    const struct hypothesis *h;

    (void)state;
    model_init(&m);
    propose(&m, "H1", "");
    propose(&m, "H2", "");
    propose(&m, "H1.1", "H1");
    evidence(&m, "E1", "H1.1", STRENGTH_STRONG, true, true);
    evidence(&m, "E2", "H2", STRENGTH_CONTRADICTS, false, false);
    apply(&m,
          (struct event){.type = EV_HYPOTHESIS_PRUNED, .u.hypothesis_id = {"H2", "no evidence"}});
    scored(&m, EV_HYPOTHESIS_CONFIRMED, "H1.1", 0.85);
    h = model_hypothesis(&m, "H1.1");
    assert_non_null(h);
    assert_int_equal(h->depth, 2);
    assert_int_equal(h->status, HYP_CONFIRMED);
    assert_string_equal(m.hypotheses.items[h->parent_index].id, "H1");
    assert_int_equal(m.hypotheses.items[0].children.count, 1);
    assert_int_equal(model_hypothesis(&m, "H2")->status, HYP_PRUNED);
    assert_true(model_hypothesis(&m, "H2")->confidence == 0);
    assert_int_equal(m.hyp_total, 3);
    assert_int_equal(m.hyp_tested, 2);
    model_release(&m);
}

static void test_unknown_references_become_notices(void **state)
{
    struct model m;

    (void)state;
    model_init(&m);
    scored(&m, EV_HYPOTHESIS_CONFIRMED, "H9", 1);
    apply(&m, (struct event){.type = EV_TOOL_ENDED, .u.tool_ended = {.call = "c9"}});
    evidence(&m, "E1", "H9", STRENGTH_STRONG, false, false);
    propose(&m, "H1", "");
    propose(&m, "H1", "");
    assert_int_equal(m.hypotheses.count, 1);
    assert_int_equal(m.evidence.count, 1);
    assert_int_equal(m.items.count, 6); /* four notices, the evidence, the proposal */
    assert_string_equal(m.items.items[0].text, "hypothesis.confirmed: no hypothesis H9");
    model_release(&m);
}

static void test_text_pieces_join(void **state)
{
    struct model m;

    (void)state;
    model_init(&m);
    apply(&m, (struct event){.type = EV_AGENT_TEXT, .u.agent_text = {"a", "m1", false}});
    apply(&m, (struct event){.type = EV_AGENT_TEXT, .u.agent_text = {"b", "m1", true}});
    apply(&m, (struct event){.type = EV_AGENT_TEXT, .u.agent_text = {"c", "m2", true}});
    assert_int_equal(m.items.count, 2);
    assert_string_equal(m.items.items[0].text, "ab");
    model_release(&m);
}

static void test_resources_replace_and_remember(void **state)
{
    struct model m;
    const struct resource *r;

    (void)state;
    model_init(&m);
    for (int i = 0; i < 20; i++)
        apply(&m, (struct event){
                      .type = EV_RESOURCE_SEEN,
                      .u.resource_seen = {.key = "fs:/", .name = "/", .value = i, .limit = NAN}});
    assert_int_equal(m.resources.count, 1);
    r = model_resource(&m, "fs:/");
    assert_int_equal(r->history_count, 16);
    assert_true(r->history[0] == 4 && r->history[15] == 19);
    model_release(&m);
}

/* the boundaries of the levels, and each term. */
static void test_confidence_formula(void **state)
{
    static const struct {
        struct confidence_input in;
        int score;
        enum confidence_level level;
    } cases[] = {
        {{.depth = 1}, 15, CONFIDENCE_LOW},
        {{.depth = 5}, 30, CONFIDENCE_LOW},
        {{.depth = 1, .corroborating = 1}, 35, CONFIDENCE_LOW},
        {{.depth = 2, .corroborating = 5, .contradicting = 1}, 45, CONFIDENCE_MEDIUM},
        {{.depth = 2, .corroborating = 2}, 70, CONFIDENCE_HIGH},
        {{.depth = 2, .corroborating = 2, .temporal = true, .history = true, .direct = true},
         100,
         CONFIDENCE_HIGH},
        {{.contradicting = 4}, 0, CONFIDENCE_LOW},
        {{.depth = 1, .corroborating = 1, .direct = true, .temporal = true}, 70, CONFIDENCE_HIGH},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(confidence_score(&cases[i].in), cases[i].score);
        assert_int_equal(confidence_level(cases[i].score), cases[i].level);
    }
    assert_int_equal(confidence_level(39), CONFIDENCE_LOW);
    assert_int_equal(confidence_level(40), CONFIDENCE_MEDIUM);
    assert_int_equal(confidence_level(69), CONFIDENCE_MEDIUM);
    assert_int_equal(confidence_level(70), CONFIDENCE_HIGH);
}

static void test_confidence_terms_are_shown(void **state)
{
    struct confidence_input in;
    struct buf out = BUF_INIT(1000);
    struct model m;

    (void)state;
    model_init(&m);
    propose(&m, "H1", "");
    propose(&m, "H1.1", "H1");
    evidence(&m, "E1", "H1.1", STRENGTH_STRONG, true, true);
    evidence(&m, "E2", "H1.1", STRENGTH_WEAK, false, false);
    evidence(&m, "E3", "H1.1", STRENGTH_CONTRADICTS, false, false);
    confidence_gather(&m, model_index(&m, 'h', "H1.1"), &in);
    confidence_terms(&m, model_index(&m, 'h', "H1.1"), &in, &out);
    assert_string_equal(buf_cstr(&out),
                        "+30 depth 2, +40 corroborating E1 E2, -25 contradicting E3, "
                        "+15 temporal, +20 direct");
    assert_int_equal(confidence_score(&in), 80);
    buf_release(&out);
    model_release(&m);
}

/* */
static void test_default_scores(void **state)
{
    (void)state;
    assert_int_equal(hyp_default_score(HYP_CONFIRMED, STRENGTH_STRONG, true), 85);
    assert_int_equal(hyp_default_score(HYP_TESTING, STRENGTH_STRONG, true), 70);
    assert_int_equal(hyp_default_score(HYP_TESTING, STRENGTH_WEAK, true), 40);
    assert_int_equal(hyp_default_score(HYP_PENDING, STRENGTH_NONE, false), 30);
    assert_int_equal(hyp_default_score(HYP_TESTING, STRENGTH_NONE, true), 20);
    assert_int_equal(hyp_default_score(HYP_TESTING, STRENGTH_CONTRADICTS, true), 10);
    assert_int_equal(hyp_default_score(HYP_PRUNED, STRENGTH_STRONG, true), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phases_all_pairs),
        cmocka_unit_test(test_tree_folds),
        cmocka_unit_test(test_unknown_references_become_notices),
        cmocka_unit_test(test_text_pieces_join),
        cmocka_unit_test(test_resources_replace_and_remember),
        cmocka_unit_test(test_confidence_formula),
        cmocka_unit_test(test_confidence_terms_are_shown),
        cmocka_unit_test(test_default_scores),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
