/* test_causal.c - the catalogue of causal queries: each keyword means its class, each class has
 * queries that somebody answers, each pattern is asked for, and the plan of a machine orders its
 * patterns as the classes say. R-09, C-27, R-97 */
#include "tests/lib/unit.h"

#include "runbook/engine/causal.h"
#include "runbook/tool/tool.h"
#include "src/engine/host/patterns.h"
#include "src/engine/rca_metric.h"

static size_t count_queries(const struct causal_class *c)
{
    size_t n = 0;

    while (n < CAUSAL_QUERIES_MAX && c->queries[n])
        n++;
    return n;
}

static const struct host_pattern *pattern(const char *id)
{
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (strcmp((*p)->id, id) == 0)
            return *p;
    }
    return NULL;
}

static bool is_kind(const char *name)
{
    for (int k = 0; k < RCA_SKIP; k++) {
        if (strcmp(rca_kind_name((enum rca_kind)k), name) == 0)
            return true;
    }
    return false;
}

static bool is_tool(const char *name)
{
    for (const struct tool_def *const *t = tool_table(); *t; t++) {
        if (strcmp((*t)->name, name) == 0)
            return true;
    }
    return false;
}

/* A query names a tool, and a reader of its answer, that exist. */
static void test_queries_work(void **state)
{
    (void)state;
    for (const struct causal_query *q = causal_query_table(); q->name; q++) {
        for (const struct causal_query *o = causal_query_table(); o < q; o++)
            assert_string_not_equal(o->name, q->name);
        assert_true(q->asks[strlen(q->asks) - 1] == '?');
        assert_true(*q->shows && *q->refutes);
        if (!is_tool(q->tool))
            fail_msg("%s: no tool %s", q->name, q->tool);
        if (q->kind && !is_kind(q->kind))
            fail_msg("%s: no kind of metrics %s", q->name, q->kind);
        for (const char *const *p = q->patterns; p && *p; p++) {
            if (!pattern(*p))
                fail_msg("%s: no pattern %s", q->name, *p);
        }
    }
}

/* A new pattern says which question it answers. */
static void test_every_pattern_is_asked_for(void **state)
{
    (void)state;
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        bool asked = false;

        for (const struct causal_query *q = causal_query_table(); q->name; q++) {
            for (const char *const *id = q->patterns; id && *id; id++)
                asked = asked || strcmp(*id, (*p)->id) == 0;
        }
        if (!asked)
            fail_msg("no row of causal_queries.c lists the pattern %s", (*p)->id);
    }
}

static void check_class(const struct causal_class *c, size_t least)
{
    size_t n = count_queries(c);

    assert_true(c->help[strlen(c->help) - 1] == '.');
    if (n < least)
        fail_msg("%s has %zu queries, not %zu", c->name, n, least);
    for (size_t i = 0; i < n; i++) {
        if (!causal_query_find(c->queries[i]))
            fail_msg("%s: no query %s", c->name, c->queries[i]);
        for (size_t k = 0; k < i; k++)
            assert_string_not_equal(c->queries[k], c->queries[i]);
    }
}

static void test_classes(void **state)
{
    size_t symptoms = 0, classes = 0, queries = 0;

    (void)state;
    for (const struct causal_class *c = causal_symptom_table(); c->name; c++, symptoms++)
        check_class(c, 3);
    for (const struct causal_class *c = causal_class_table(); c->name; c++, classes++)
        check_class(c, 4);
    for (const struct causal_query *q = causal_query_table(); q->name; q++)
        queries++;
    check_class(causal_generic(), 3);
    assert_true(symptoms >= 8);
    assert_int_equal(classes, 12);
    assert_true(queries >= 28);
}

static void check_keywords(const struct causal_class *c)
{
    const char *word;
    size_t i = 0;

    for (; (word = causal_keyword(c, i)) != NULL; i++) {
        char text[80];

        snprintf(text, sizeof(text), "since noon: %s, somehow", word);
        if (!causal_means(c, str_from(text)))
            fail_msg("\"%s\" does not mean %s", text, c->name);
    }
    assert_true(i >= 3);
    assert_false(causal_means(c, STR_LIT("what is going on here?")));
}

/* Each keyword hits its class; text that says nothing hits none, and gets the generic queries. */
static void test_keywords(void **state)
{
    (void)state;
    for (const struct causal_class *c = causal_symptom_table(); c->name; c++)
        check_keywords(c);
    for (const struct causal_class *c = causal_class_table(); c->name; c++)
        check_keywords(c);
    assert_null(causal_keyword(causal_generic(), 0));
    assert_null(causal_query_find("nothing of the kind"));
}

/* The plan prefers patterns whose words a sentence has: of each query about a machine that a
 * symptom asks, one pattern at least has the symptom's words. */
static void test_plan_agrees(void **state)
{
    (void)state;
    for (const struct causal_class *c = causal_symptom_table(); c->name; c++) {
        for (size_t i = 0; i < count_queries(c); i++) {
            const struct causal_query *q = causal_query_find(c->queries[i]);
            bool meant = !q->patterns;

            for (const char *const *p = q->patterns; p && *p; p++) {
                const struct host_pattern *row = pattern(*p);

                meant = meant || (row && (row->words & c->words));
            }
            if (!meant)
                fail_msg("%s asks %s, but the sentence does not prefer its patterns", c->name,
                         q->name);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_queries_work), cmocka_unit_test(test_every_pattern_is_asked_for),
        cmocka_unit_test(test_classes),      cmocka_unit_test(test_keywords),
        cmocka_unit_test(test_plan_agrees),
    };

    return cmocka_run_group_tests_name("causal", tests, NULL, NULL);
}
