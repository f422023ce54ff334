/* test_golden_cost.c - the pages of what a language model has cost and what fills its window. U-10
 * U-01 R-27 */
#include "tests/lib/golden.h"
#include "tests/lib/unit.h"

#include <math.h>

static void told(struct model *m, struct ev_cost_updated cost)
{
    struct event ev = {.seq = 900, .ts_ms = GOLDEN_NOW_MS, .type = EV_COST_UPDATED};

    ev.u.cost_updated = cost;
    model_apply(m, &ev);
}

static void measured(struct model *m, const char *parts)
{
    struct event ev = {.seq = 901, .ts_ms = GOLDEN_NOW_MS, .type = EV_CONTEXT_MEASURED};

    ev.u.context_measured = (struct ev_context_measured){100000, 4096, 41210, str_from(parts)};
    model_apply(m, &ev);
}

static struct model *changed; /* the golden's model is const for a screen; a test may fold more */

static void cost_page(struct screen *s, const struct model *m)
{
    changed = (struct model *)(uintptr_t)m;
    told(changed, (struct ev_cost_updated){.usd = 1.72,
                                           .input_tokens = 1204321,
                                           .output_tokens = 20311,
                                           .cache_read_tokens = 801000,
                                           .calls = 31,
                                           .unpriced = 2,
                                           .usd_day = 3.5,
                                           .usd_limit = 2,
                                           .usd_day_limit = -1});
    screen_open_cost(s);
}

static void context_page(struct screen *s, const struct model *m)
{
    changed = (struct model *)(uintptr_t)m;
    told(changed, (struct ev_cost_updated){.usd = 0,
                                           .input_tokens = 100,
                                           .calls = 1,
                                           .unpriced = 1,
                                           .usd_day = NAN,
                                           .usd_limit = NAN,
                                           .usd_day_limit = NAN});
    measured(changed,
             "[{\"role\":\"result\",\"tool\":\"prometheus_range\",\"items\":14,\"full\":4,"
             "\"compact\":6,\"dropped\":4,\"tokens\":21000},{\"role\":\"state\",\"tool\":\"\","
             "\"items\":1,\"tokens\":9000},{\"role\":\"assistant\",\"items\":12,\"tokens\":6200},"
             "{\"role\":\"system\",\"items\":1,\"tokens\":2100},{\"role\":\"result\",\"tool\":"
             "\"host_\\u001b[31mlog\",\"items\":1,\"full\":1,\"tokens\":10},7]");
    screen_open_context(s);
}

static void nothing_spent(struct screen *s, const struct model *m)
{
    (void)m;
    screen_open_context(s);
}

static void test_pages(void **state)
{
    assert_true(golden_shoot("cost", SIZE_MAX, cost_page));
    assert_true(golden_shoot("context", SIZE_MAX, context_page));
    assert_true(golden_shoot("context-none", 0, nothing_spent));
}

static void test_back(void **state)
{
    struct screen s;

    golden_screen(&s);
    screen_open_cost(&s);
    assert_int_equal(s.depth, 1);
    screen_open_context(&s);
    assert_int_equal(s.depth, 2);
    screen_open_context(&s);
    assert_int_equal(s.depth, 1);
    screen_open_cost(&s);
    assert_int_equal(s.depth, 0);
    screen_release(&s);
}

static void test_turn(void **state)
{
    struct event ev = {.type = EV_TURN_STARTED};
    struct model m;

    model_init(&m);
    assert_true(isnan(m.cost.usd_limit));
    told(&m, (struct ev_cost_updated){.usd = 0.5, .input_tokens = 100, .output_tokens = 10});
    ev.u.turn_started.turn = 2;
    event_normalize(&ev);
    model_apply(&m, &ev);
    told(&m, (struct ev_cost_updated){.usd = 0.75, .input_tokens = 150, .output_tokens = 20});
    assert_float_equal(m.cost.usd - m.cost.usd_turn, 0.25, 1e-9);
    assert_int_equal(m.cost.input_tokens + m.cost.output_tokens - m.cost.tokens_turn, 60);
    measured(&m, "{\"not\":\"a list\"}");
    assert_int_equal(m.context.count, 0);
    assert_int_equal(m.context.used_tokens, 41210);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pages), cmocka_unit_test(test_back),
                                       cmocka_unit_test(test_turn)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
