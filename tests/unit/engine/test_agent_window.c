/* test_agent_window.c - the model's window is full: what is summarised, by whom, and when that
 * fails. R-27, U-01. */
#include "tests/unit/engine/agent_run.h"
#include "tests/lib/script_model.h"

#include "runbook/engine/engine.h"

static bool in_compacted(const struct model *m, const char *text)
{
    VEC_EACH (it, &m->items) {
        if (it->kind == ITEM_NOTICE && strstr(it->text, "context compacted") &&
            strstr(it->text, text))
            return true;
    }
    return false;
}

static char long_words[15001];

/* Three rounds with more words than fit beside one another, then the summary, then the end. */
#define FULL(...)                                                                                  \
    {.text = long_words, .calls = {{"host_log", "{\"host\":\"a\",\"hypothesis\":\"H1\"}"}}},       \
        {.text = long_words, .calls = {{"host_log", "{\"host\":\"b\",\"hypothesis\":\"H1\"}"}}},   \
        {.text = long_words, .calls = {{"host_log", "{\"host\":\"c\",\"hypothesis\":\"H1\"}"}}},   \
        __VA_ARGS__, {.calls = {{"conclude", "{\"verdict\":\"inconclusive\",\"claims\":\"\"}"}}},  \
    {                                                                                              \
        0                                                                                          \
    }

static const struct model *fill_window(struct fixture *f, const struct script_step *steps)
{
    for (size_t i = 0; i + 1 < sizeof(long_words); i++)
        long_words[i] = "the queue was long and nobody saw why 0123456789"[i % 48];
    agent_log_text = "a line of a log";
    f->window = 16000;
    return agent_investigate(f, agent_finds_db, steps);
}

static void test_a_model_summarises(void **state)
{
    static const struct script_step steps[] = {
        FULL({.text = "Done: c2 read the log of a. password=hunter2secret"})};
    struct fixture *f = *state;
    const struct model *m = fill_window(f, steps);

    assert_true(in_compacted(m, "summarised"));
    assert_false(in_compacted(m, "without a model"));
    HAS(f, "model.called context.compacted");
    TOLD(f, "What the person said, word for word:\n\"\"\"\nwhy is web slow?");
    TOLD(f, "Done: c2 read the log of a.");
    TOLD(f, "H1 confirmed"); /* the tree and the evidence are code's */
    TOLD(f, "E1 strong for H1 (query c1): db rose");
    assert_null(strstr(script_model_last(f->model), "hunter2secret"));
    assert_null(strstr(m->compacted.summary, "hunter2secret"));
    assert_string_equal(m->conclusion.root_cause.service, "db");
}

/* What it is given is data, and what it may not do is do. */
static void on_summary_asked(struct fixture *f)
{
    const char *last = script_model_last(f->model);

    if (!strstr(last, "You turn the earlier part"))
        return;
    f->on_round = NULL;
    TOLD(f, "<<data ");
    TOLD(f, "why is web slow?");
    assert_null(strstr(last, "evidence_record{")); /* no tools */
    buf_adds(&f->events, "summary-asked ");
}

static void test_what_is_summarised(void **state)
{
    static const struct script_step steps[] = {FULL({.text = "Done: nothing."})};
    struct fixture *f = *state;

    f->on_round = on_summary_asked;
    fill_window(f, steps);
    HAS(f, "summary-asked");
}

static void test_a_summary_that_fails(void **state)
{
    static const struct script_step steps[] = {FULL({.text = "Do", .fault = SCRIPT_FAILS})};
    struct fixture *f = *state;
    const struct model *m = fill_window(f, steps);

    assert_true(in_compacted(m, "without a model: the provider is broken"));
    TOLD(f, "- c2 host_log: c2 ok: lines");
    TOLD(f, "why is web slow?");
    assert_string_equal(m->compacted.summary, "");
    assert_string_equal(m->conclusion.root_cause.service, "db");
}

static void cancel_in_summary(struct fixture *f)
{
    if (!strstr(script_model_last(f->model), "You turn the earlier part"))
        return;
    f->on_round = NULL;
    agent_submit(f, INTENT_CANCEL, NULL);
}

static void test_canceled_in_a_summary(void **state)
{
    static const struct script_step steps[] = {FULL({.text = "Do", .fault = SCRIPT_HANGS})};
    struct fixture *f = *state;

    f->on_round = cancel_in_summary;
    fill_window(f, steps);
    HAS(f, "model.called");
    HAS_NOT(f, "summarised");
    assert_int_equal(script_model_canceled(f->model), 1);
    assert_false(engine_busy(f->engine));
}

/* /compact: what was said becomes a summary, in this run and in the next one. */
static void test_compacting_by_hand(void **state)
{
    static const struct script_step steps[] = {{.calls = {CONCLUDE("H1", "db rose [E1]")}},
                                               {.text = "Its errors rose too [c1]."},
                                               {.text = "Done: c1 showed that db rose."},
                                               {.text = "As I said."},
                                               {0}};
    struct fixture *f = *state;
    const struct model *m;

    agent_script = agent_finds_db;
    agent_open_engine(f, steps, false);
    agent_submit(f, INTENT_COMPACT, "");
    HAS(f, "error");
    agent_submit(f, INTENT_ASK, "why is web slow? never touch prod-7");
    agent_turn(f);
    agent_submit(f, INTENT_QUESTION, "and its errors?");
    agent_turn(f);
    agent_submit(f, INTENT_COMPACT, "");
    agent_turn(f);
    m = engine_model(f->engine);
    assert_string_equal(m->turn_kind, "compact");
    assert_true(in_compacted(m, "summarised"));
    assert_string_equal(m->compacted.summary, "Done: c1 showed that db rose.");
    assert_int_equal(m->conclusion.verdict, VERDICT_ROOT_CAUSE);
    agent_submit(f, INTENT_QUESTION, "and now?");
    agent_turn(f);
    TOLD(f, "never touch prod-7");
    TOLD(f, "Done: c1 showed that db rose.");
    assert_null(strstr(script_model_last(f->model), "[assistant] - db rose [E1]"));
}

static void test_compacting_by_hand_that_fails(void **state)
{
    static const struct script_step steps[] = {{.calls = {CONCLUDE("H1", "db rose [E1]")}},
                                               {.fault = SCRIPT_FAILS},
                                               {.text = "As I said."},
                                               {0}};
    struct fixture *f = *state;
    const struct model *m = agent_investigate(f, agent_finds_db, steps);

    agent_submit(f, INTENT_COMPACT, "");
    agent_turn(f);
    assert_false(in_compacted(m, ""));
    HAS(f, "error turn.ended");
    agent_submit(f, INTENT_QUESTION, "and now?");
    agent_turn(f);
    TOLD(f, "- db rose [E1]");
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, agent_setup, agent_teardown)
    const struct CMUnitTest tests[] = {
        T(test_a_model_summarises),   T(test_what_is_summarised),
        T(test_a_summary_that_fails), T(test_canceled_in_a_summary),
        T(test_compacting_by_hand),   T(test_compacting_by_hand_that_fails),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
