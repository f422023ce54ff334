/* The scores of `runbook eval`, and what its readers refuse. R-94 */
#include "tests/lib/unit.h"

#include <math.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "src/app/eval.h"
#include "tests/lib/tmpdir.h"

static struct eval_case scored(struct arena *a, const char *answer, struct eval_truth truth)
{
    struct eval_case c = {.id = "x", .expects = "", .state = EVAL_ANSWERED, .truth = truth};
    const struct value *v;
    struct err err;

    assert_int_equal(json_parse(a, str_from(answer), &v, &err), ERR_OK);
    assert_true(eval_answer_read(a, v, &c.answer));
    eval_score(&c);
    return c;
}

static struct eval_truth fault(const char *system, const char *service)
{
    return (struct eval_truth){EVAL_FAULT, system, "", service, "cpu", NULL, 0};
}

static void test_ranks(void **unused)
{
    static const char two[] = "{\"verdict\":\"root_cause\",\"candidates\":["
                              "{\"service\":\"b\",\"metric\":\"cpu\"},{\"service\":\"b\"},"
                              "{\"service\":\"a-db\",\"metric\":\"x_cpu_y\"},{\"service\":\"a\"}]}";
    struct arena *a = arena_new(0);
    const char *also[] = {"b"};
    struct eval_truth t;

    (void)unused;
    assert_int_equal(scored(a, two, fault("petshop", "a")).rank, 4); /* repeats use up ranks */
    assert_int_equal(scored(a, two, fault("", "a")).rank, 3);
    assert_int_equal(scored(a, two, fault("sock-shop", "a")).rank, 2); /* a-db is a */
    assert_int_equal(scored(a, two, fault("", "c")).rank, 0);
    assert_true(scored(a, two, fault("", "a-db")).metric_hit[2]);
    assert_false(scored(a, two, fault("", "a-db")).metric_hit[1]);
    t = fault("", "c");
    t.accept = also;
    t.accept_count = 1;
    assert_int_equal(scored(a, two, t).rank, 1);
    t.kind = EVAL_HEALTHY;
    assert_false(scored(a, two, t).quiet);
    assert_true(scored(a, "{\"verdict\":\"no_action\",\"candidates\":[]}", t).quiet);
    assert_int_equal(scored(a,
                            "{\"verdict\":\"root_cause\",\"candidates\":[{\"service\":"
                            "\"cartservice-579c59597d-wc2lz\"}]}",
                            fault("online-boutique", "cartservice"))
                         .rank,
                     1);
    arena_free(a);
}

static void test_metric_class(void **unused)
{
    (void)unused;
    assert_string_equal(eval_metric_class("container_CPU_usage"), "cpu");
    assert_string_equal(eval_metric_class("request_duration_seconds"), "lat");
    assert_string_equal(eval_metric_class("request_duration_seconds{q}"), "lat");
    assert_string_equal(eval_metric_class("request_duration_seconds_count"), "lod");
    assert_string_equal(eval_metric_class("request_errors"), "err");
    assert_string_equal(eval_metric_class("threads"), "threads");
}

struct want {
    const char *expected;
    double score;
};

static void read_fixture(struct eval *ev, const char *text, struct err *err)
{
    const struct value *root;

    assert_int_equal(json_parse(ev->arena, str_from(text), &root, err), ERR_OK);
    eval_fixture_read(ev, "f.json", str_from(text), root, err);
}

/* Weights cause .5, services .1, confidence .2, phrases .2, over what is expected. */
static void test_fixture_weights(void **unused)
{
    static const struct want wants[] = {
        {"\"rootCause\":\"pool exhausted\"", 1},
        {"\"rootCause\":\"disk full\"", 0},
        {"\"rootCauseKeywords\":[\"POOL\",\"dns\"]", 0.5},
        {"\"rootCauseKeywords\":[\"dns\"],\"affectedServices\":[\"Web\"]", 0.1 / 0.6},
        {"\"affectedServices\":[\"web\",\"db\"]", 0.5},
        {"\"confidenceAtLeast\":0.7", 1},
        {"\"confidenceAtLeast\":70", 1},
        {"\"confidenceAtLeast\":\"high\"", 1},
        {"\"confidenceAtLeast\":0.71", 0},
        {"\"requiredPhrases\":[\"evidence one\",\"nowhere\"]", 0.5},
        {"\"forbiddenPhrases\":[\"evidence one\"]", 0},
        {"\"rootCauseKeywords\":[\"pool\"],\"affectedServices\":[\"x\"],\"confidenceAtLeast\":0.9,"
         "\"forbiddenPhrases\":[\"y\"]",
         0.7},
        {"\"rootCauseKeywords\":[\"pool\"],\"confidenceAtLeast\":0.9,\"affectedServices\":[\"x\"],"
         "\"forbiddenPhrases\":[\"y\",\"pool\",\"evidence\"]",
         (0.5 + 0.2 / 3) / 1.0},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(wants) / sizeof(wants[0]); i++) {
        struct eval ev = {.arena = arena_new(0)};
        struct err err = ERR_INIT;
        char *text =
            xasprintf("{\"cases\":[{\"id\":\"a\",\"expected\":{%s},\"mockResult\":{\"rootCause\":"
                      "\"DB pool exhausted\",\"confidence\":70,\"affectedServices\":[\"web\"],"
                      "\"evidenceChain\":[{\"finding\":\"Evidence one\"}]}}]}",
                      wants[i].expected);

        read_fixture(&ev, text, &err);
        assert_string_equal(err.msg, "");
        assert_int_equal(ev.cases.count, 1);
        eval_score(&ev.cases.items[0]);
        if (fabs(ev.cases.items[0].score - wants[i].score) > 1e-9)
            fail_msg("%s: %g, not %g", wants[i].expected, ev.cases.items[0].score, wants[i].score);
        assert_int_equal(ev.cases.items[0].passed, wants[i].score >= 0.7);
        free(text);
        VEC_RELEASE(&ev.cases);
        VEC_RELEASE(&ev.notes);
        arena_free(ev.arena);
    }
}

static void test_fixture_errors(void **unused)
{
    static const char *const bad[][2] = {
        {"{\"cases\":{}}", "'cases' must be a list"},
        {"{\"passThreshold\":7,\"cases\":[]}", "'passThreshold' must be from 0 to 1"},
        {"{\"cases\":[7]}", "'cases.0' must be an object with an \"id\""},
        {"{\"cases\":[{\"id\":\"a\"}]}", "'cases.0' needs an object \"expected\""},
        {"{\"cases\":[{\"id\":\"a\",\"expected\":{}}]}", "expects nothing"},
        {"{\"cases\":[{\"id\":\"a\",\"expected\":{\"confidenceAtLeast\":\"very\"}}]}",
         "'cases.0.expected.confidenceAtLeast' must be low"},
        {"{\"cases\":[{\"id\":\"a\",\"expected\":{\"affectedServices\":[7]}}]}",
         "'cases.0.expected.affectedServices' must be a list of strings"},
        {"{\"cases\":[{\"id\":\"a\",\"expected\":{\"rootCause\":\"x\"},\"mockResult\":\"y\"}]}",
         "'cases.0.mockResult' must be an object"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct eval ev = {.arena = arena_new(0)};
        struct err err = ERR_INIT;

        read_fixture(&ev, bad[i][0], &err);
        assert_non_null(strstr(err.msg, bad[i][1]));
        VEC_RELEASE(&ev.cases);
        VEC_RELEASE(&ev.notes);
        arena_free(ev.arena);
    }
}

static void test_bars(void **unused)
{
    struct eval ev = {.arena = arena_new(0)};
    struct err err = ERR_INIT;

    (void)unused;
    assert_true(eval_bar_parse(&ev, STR_LIT("top1=.8"), &err));
    assert_true(eval_bar_parse(&ev, STR_LIT("shop a:b:healthy=1"), &err));
    assert_string_equal(ev.bars.items[1].group, "shop a:b");
    assert_int_equal(ev.bars.items[1].figure, EVAL_HEALTHY_SHARE);
    assert_false(eval_bar_parse(&ev, STR_LIT("top1"), &err));
    assert_false(eval_bar_parse(&ev, STR_LIT("top1=2"), &err));
    assert_false(eval_bar_parse(&ev, STR_LIT("top2=.1"), &err));
    *VEC_PUSH(&ev.cases) = (struct eval_case){.id = "a",
                                              .expects = "",
                                              .state = EVAL_ANSWERED,
                                              .truth = fault("", "s"),
                                              .answer = {.verdict = ""},
                                              .rank = 1,
                                              .hit = {true, true, true, true, true}};
    eval_sum(&ev);
    assert_false(eval_check_bars(&ev)); /* nobody measured the second one */
    assert_true(ev.bars.items[0].met);
    VEC_RELEASE(&ev.cases);
    VEC_RELEASE(&ev.bars);
    VEC_RELEASE(&ev.totals);
    arena_free(ev.arena);
}

static void load(const char *text, enum err_code code, const char *message)
{
    char *dir = tmpdir_new(), *in = path_join(dir, "m.om"), *to = path_join(dir, "out");
    const char *files[] = {in, in};
    struct eval_case c = {.metrics = files, .metric_count = 2};
    struct err err = ERR_INIT;
    struct buf out = BUF_INIT(1 << 20);

    assert_int_equal(file_write_atomic(in, str_from(text), 0600, &err), ERR_OK);
    assert_int_equal(eval_load_metrics(&c, to, &err), code);
    if (code)
        assert_non_null(strstr(err.msg, message));
    else
        assert_int_equal(file_read(to, &out, &err), ERR_OK);
    if (!code)
        assert_string_equal(buf_cstr(&out), message);
    buf_release(&out);
    free(in);
    free(to);
    tmpdir_free(dir);
}

static void test_open_metrics(void **unused)
{
    (void)unused;
    load("# TYPE a gauge\na{b=\"}\\\" x\"} 1 2\nc NaN 3.5\n# EOF\n", ERR_OK,
         "# TYPE a gauge\na{b=\"}\\\" x\"} 1 2\nc NaN 3.5\na{b=\"}\\\" x\"} 1 2\nc NaN 3.5\n# "
         "EOF\n");
    load("a 1 2\na{b=\"c\"}\n", ERR_INPUT, "m.om line 2: a sample needs a value and a time");
    load("a 1\n", ERR_INPUT, "m.om line 1: the sample has no time");
    load("a{b=\"c\"} x 2\n", ERR_INPUT, "line 1: the value of the sample is no number");
    load("a{b=\"c\n", ERR_INPUT, "line 1: a sample needs");
    load("# TYPE \n", ERR_INPUT, "a TYPE line names no metric");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks),
        cmocka_unit_test(test_metric_class),
        cmocka_unit_test(test_fixture_weights),
        cmocka_unit_test(test_fixture_errors),
        cmocka_unit_test(test_bars),
        cmocka_unit_test(test_open_metrics),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
