/* test_judge.c - what a model's word is worth, rule by rule. U-11, U-13. */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/engine/judge.h"

static enum evidence_strength strength(struct judge_reading r, bool against)
{
    enum evidence_strength s = STRENGTH_CONTRADICTS;
    const char *why;

    assert_true(judge_evidence(&r, against, &s, &why));
    return s;
}

static void refused(struct judge_reading r, bool against, const char *words)
{
    enum evidence_strength s;
    const char *why;

    assert_false(judge_evidence(&r, against, &s, &why));
    if (!strstr(why, words))
        fail_msg("\"%s\" does not say \"%s\"", why, words);
}

static void test_evidence(void **state)
{
    struct judge_reading measured = {.about = true, .measured = true, .z = 6, .rel = 0.5};
    struct judge_reading quoted = {.about = true, .quoted = true};

    (void)state;
    assert_int_equal(strength(measured, false), STRENGTH_STRONG);
    measured.z = 5.99;
    assert_int_equal(strength(measured, false), STRENGTH_WEAK);
    measured.z = -6;
    assert_int_equal(strength(measured, false), STRENGTH_STRONG); /* it fell */
    measured.z = 3.99;
    assert_int_equal(strength(measured, false), STRENGTH_NONE);
    measured.z = 60;
    measured.rel = 0.049; /* steady, and no difference that anybody notices */
    assert_int_equal(strength(measured, false), STRENGTH_NONE);
    assert_int_equal(strength(measured, true), STRENGTH_NONE);
    measured.own_metric = true;
    assert_int_equal(strength(measured, true), STRENGTH_CONTRADICTS);
    measured.rel = 0.5;
    refused(measured, true, "did change");
    assert_int_equal(strength(quoted, false), STRENGTH_WEAK);
    assert_int_equal(strength(quoted, true), STRENGTH_NONE); /* a text refutes nothing */
    quoted.quoted = false;
    refused(quoted, false, "word for word");
    measured.about = false;
    refused(measured, false, "names neither");
}

static void ids(const char *text, const char *expected)
{
    struct arena *a = arena_new(0);
    struct buf all = BUF_INIT(1000);
    const char *const *list;
    size_t n = judge_citations(str_from(text), a, &list);

    for (size_t i = 0; i < n; i++)
        buf_addf(&all, "%s%s", i ? " " : "", list[i]);
    assert_string_equal(buf_cstr(&all), expected);
    buf_release(&all);
    arena_free(a);
}

static void test_citations(void **state)
{
    (void)state;
    ids("it rose [E4], see (c12) and E4 again.", "E4 c12");
    ids("E1,E2;c3", "E1 E2 c3");
    ids("at the end E7.", "E7");
    ids("E4x cE4 E 4 1E4 c12-a c1.5 Ec12 \xc3\xa9"
        "E5",
        "");
    ids("E12345678 E123456789", "E12345678");
    ids("", "");
}

/* ---- over a model of the session ---- */

struct fixture {
    struct model m;
    struct arena *a;
};

static void apply(struct fixture *f, struct event ev)
{
    event_normalize(&ev);
    ev.seq = f->m.seq + 1;
    ev.ts_ms = 1000;
    model_apply(&f->m, &ev);
}

static void hypothesis(struct fixture *f, const char *id, const char *actor, const char *service,
                       const char *refutes)
{
    apply(f,
          (struct event){.type = EV_HYPOTHESIS_PROPOSED,
                         .actor = actor,
                         .u.hypothesis_proposed = {
                             .id = id, .statement = id, .service = service, .refutes = refutes}});
}

static void tool(struct fixture *f, const char *call, const char *name, const char *hyp,
                 enum tool_status status)
{
    apply(f, (struct event){.type = EV_TOOL_STARTED,
                            .u.tool_started = {.call = call, .tool = name, .hypothesis = hyp}});
    apply(f,
          (struct event){.type = EV_TOOL_ENDED, .u.tool_ended = {.call = call, .status = status}});
}

static void evidence(struct fixture *f, const char *id, const char *call, const char *hyp,
                     const char *metric, enum evidence_strength s)
{
    apply(f, (struct event){.type = EV_EVIDENCE_ADDED,
                            .actor = "llm:x",
                            .u.evidence_added = {.id = id,
                                                 .call = call,
                                                 .hypothesis = hyp,
                                                 .strength = s,
                                                 .statement = id,
                                                 .service = "db",
                                                 .metric = metric}});
}

static void scored(struct fixture *f, const char *id, double confidence, bool confirmed)
{
    apply(f, (struct event){.type = confirmed ? EV_HYPOTHESIS_CONFIRMED : EV_HYPOTHESIS_SUPPORTED,
                            .u.hypothesis_scored = {.id = id, .confidence = confidence}});
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof(*f));

    model_init(&f->m);
    f->a = arena_new(0);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    model_release(&f->m);
    arena_free(f->a);
    free(f);
    return 0;
}

static void unproven(struct fixture *f, const char *id, const char *words)
{
    const char *why = judge_unproven(&f->m, model_hypothesis(&f->m, id), f->a);

    if (!words != !why || (words && !strstr(why, words)))
        fail_msg("%s: \"%s\", not \"%s\"", id, why ? why : "proven", words ? words : "proven");
}

static void test_confirming(void **state)
{
    struct fixture *f = *state;

    hypothesis(f, "H1", "llm:x", "db", "");
    unproven(f, "H1", "no evidence");
    tool(f, "c1", "prometheus_range", "", TOOL_OK);
    tool(f, "c2", "prometheus_range", "", TOOL_OK);
    evidence(f, "E1", "c1", "H1", "a", STRENGTH_WEAK);
    unproven(f, "H1", "only one look");
    evidence(f, "E2", "c1", "H1", "b", STRENGTH_WEAK); /* the same call once more */
    unproven(f, "H1", "only one look");
    evidence(f, "E3", "c2", "H1", "a", STRENGTH_WEAK); /* the same metric once more */
    unproven(f, "H1", "only one look");
    evidence(f, "E4", "c2", "H1", "c", STRENGTH_WEAK);
    unproven(f, "H1", "words alone");
    evidence(f, "E5", "c2", "H1", "d", STRENGTH_STRONG);
    unproven(f, "H1", "what would refute");
    hypothesis(f, "H2", "llm:x", "db", "its latency is as usual");
    evidence(f, "E6", "c1", "H2", "a", STRENGTH_STRONG);
    evidence(f, "E7", "c2", "H2", "b", STRENGTH_STRONG);
    unproven(f, "H2", "look for what would refute H2 first");
    tool(f, "c3", "prometheus_range", "H2", TOOL_ERROR); /* an error is no look */
    unproven(f, "H2", "look for what would refute H2 first");
    tool(f, "c4", "prometheus_range", "H2", TOOL_EMPTY);
    unproven(f, "H2", NULL);
    evidence(f, "E8", "c4", "H2", "e", STRENGTH_CONTRADICTS);
    unproven(f, "H2", "E8 contradicts it");
    assert_null(judge_unrefuted(&f->m, model_hypothesis(&f->m, "H2"), f->a));
    assert_non_null(judge_unrefuted(&f->m, model_hypothesis(&f->m, "H1"), f->a));
}

/* What the rules or a person proposed is not refuted by a word. */
static void test_refuting(void **state)
{
    struct fixture *f = *state;

    hypothesis(f, "H1", "builtin", "db", "x");
    hypothesis(f, "H2", "user", "db", "x");
    hypothesis(f, "H3", "llm:x", "db", "x");
    assert_non_null(judge_unrefuted(&f->m, model_hypothesis(&f->m, "H1"), f->a));
    assert_non_null(judge_unrefuted(&f->m, model_hypothesis(&f->m, "H2"), f->a));
    assert_null(judge_unrefuted(&f->m, model_hypothesis(&f->m, "H3"), f->a));
}

static void test_ceiling(void **state)
{
    static const struct judge_ranked ranking[] = {{"db", 0.8}, {"web", 0.1}};
    struct fixture *f = *state;

    tool(f, "c1", "prometheus_range", "", TOOL_OK);
    tool(f, "c2", "host_process", "", TOOL_OK);
    hypothesis(f, "H1", "llm:x", "web", "x");
    hypothesis(f, "H2", "llm:x", "cache", "x");
    hypothesis(f, "H3", "builtin", "web", "x");
    evidence(f, "E1", "c1", "H1", "a", STRENGTH_STRONG);
    assert_float_equal(judge_ceiling(&f->m, model_hypothesis(&f->m, "H1"), ranking, 2), 0.1, 1e-9);
    assert_float_equal(judge_ceiling(&f->m, model_hypothesis(&f->m, "H2"), ranking, 2),
                       JUDGE_NOT_RANKED, 1e-9);
    assert_float_equal(judge_ceiling(&f->m, model_hypothesis(&f->m, "H3"), ranking, 2), 1, 1e-9);
    assert_float_equal(judge_ceiling(&f->m, model_hypothesis(&f->m, "H1"), ranking, 0), 1, 1e-9);
    evidence(f, "E2", "c2", "H1", "", STRENGTH_STRONG); /* something else than metrics */
    assert_float_equal(judge_ceiling(&f->m, model_hypothesis(&f->m, "H1"), ranking, 2), 1, 1e-9);
}

static enum judge_choice between(struct fixture *f, const char *builtin, const char *model)
{
    const char *why;

    return judge_between(&f->m, builtin ? model_hypothesis(&f->m, builtin) : NULL,
                         model ? model_hypothesis(&f->m, model) : NULL, 0.7, &why, f->a);
}

static void test_between(void **state)
{
    struct fixture *f = *state;

    hypothesis(f, "H1", "builtin", "db", "x");
    hypothesis(f, "H2", "llm:x", "web", "x");
    apply(f, (struct event){
                 .type = EV_HYPOTHESIS_PROPOSED,
                 .actor = "llm:x",
                 .u.hypothesis_proposed = {.id = "H1.1", .parent = "H1", .statement = "below"}});
    scored(f, "H1", 0.75, true);
    scored(f, "H2", 0.95, false);
    assert_int_equal(between(f, "H1", "H2"), JUDGE_BUILTIN); /* not confirmed */
    assert_int_equal(between(f, NULL, "H2"), JUDGE_BUILTIN);
    scored(f, "H2", 0.84, true);
    assert_int_equal(between(f, "H1", "H2"), JUDGE_BUILTIN); /* not clearly more */
    scored(f, "H2", 0.86, true);
    assert_int_equal(between(f, "H1", "H2"), JUDGE_MODEL);
    assert_int_equal(between(f, NULL, "H2"), JUDGE_MODEL);
    assert_int_equal(between(f, "H1", NULL), JUDGE_BUILTIN);
    scored(f, "H1.1", 0.71, true);
    assert_int_equal(between(f, "H1", "H1.1"), JUDGE_MODEL); /* the culprit below its symptom */
    scored(f, "H1", 0.69, true);
    scored(f, "H2", 0.70, true);
    assert_int_equal(between(f, "H1", "H2"), JUDGE_MODEL); /* the rules proved nothing */
}

static void on_refused(void *ctx, struct str line, const char *why)
{
    struct buf *out = ctx;

    buf_addf(out, "%.*s: %s; ", STR_FMT(line), why);
}

static void test_claims(void **state)
{
    struct fixture *f = *state;
    struct buf kept = BUF_INIT(1000), dropped = BUF_INIT(1000);

    tool(f, "c1", "prometheus_range", "", TOOL_OK);
    tool(f, "c2", "prometheus_range", "", TOOL_ERROR);
    hypothesis(f, "H1", "llm:x", "db", "");
    evidence(f, "E1", "c1", "H1", "a", STRENGTH_WEAK);
    assert_int_equal(judge_claims(&f->m,
                                  STR_LIT("db rose [E1]\n\nthe moon did it\n  read [c1]  \n"
                                          "it failed [c2]\nmore [E9]"),
                                  &kept, on_refused, &dropped),
                     2);
    assert_string_equal(buf_cstr(&kept), "db rose [E1]\nread [c1]");
    assert_string_equal(buf_cstr(&dropped), "the moon did it: it cites no evidence; it failed "
                                            "[c2]: c2 does not exist; more [E9]: E9 does not "
                                            "exist; ");
    buf_release(&kept);
    buf_release(&dropped);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_evidence),
        cmocka_unit_test(test_citations),
        T(test_confirming),
        T(test_refuting),
        T(test_ceiling),
        T(test_between),
        T(test_claims),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
