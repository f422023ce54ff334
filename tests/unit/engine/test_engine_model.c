/* test_engine_model.c - what the wire of a model says besides words: that it waits, that another
 * model goes on, what it used, that it pauses, that it asks for too much; and which model a person
 * wants to be asked. U-02, U-09, R-97. */
#include "tests/lib/unit.h"
#include "tests/lib/engine_run.h"

#include <math.h>
#include <stdio.h>

#include "runbook/engine/investigation.h"
#include "runbook/llm/llm.h"
#include "runbook/base/mem.h"
#include "src/engine/engine_priv.h"

/* ---- a module that knows nothing ---- */

static const struct tool_def *const no_tools[] = {NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return no_tools;
}

static const struct inv_module module;

static bool applies(const struct investigation *inv)
{
    (void)inv;
    return true;
}

static void start(struct investigation *inv, void **ret_state)
{
    *ret_state = NULL;
    inv_module_done(inv, &module);
}

static const struct inv_module module = {.name = "test", .applies = applies, .start = start};
static const struct inv_module *const modules[] = {&module, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

/* ---- a wire that follows a plan: a string for each request, a letter for each event ---- */

#define TOO_MANY 17

static struct {
    struct loop *loop;
    const char *const *plans;
    size_t requests;
    loop_id timer;
    llm_event_fn *fn;
    void *ctx;
    bool usable;
    struct buf last; /* all words of the last request */
} wire;

static void tell(enum llm_event_type type, struct llm_event ev)
{
    ev.type = type;
    ev.provider = "test";
    ev.model = ev.model ? ev.model : "first";
    wire.fn(wire.ctx, &ev);
}

static void tell_calls(int count)
{
    for (int i = 0; i < count; i++) {
        char id[16];

        snprintf(id, sizeof(id), "t%d", i);
        tell(LLM_EV_TOOL_READY, (struct llm_event){.id = str_from(id),
                                                   .name = STR_LIT("calculator"),
                                                   .text = STR_LIT("{}")});
    }
}

static void tell_done(enum llm_stop stop)
{
    struct llm_block words = {.type = LLM_TEXT, .text = STR_LIT("web is slow")};
    struct llm_answer a = {.message = {LLM_ASSISTANT, &words, 1},
                           .provider = "test",
                           .model = "first",
                           .usage = {.input = 4321, .output = 77},
                           .stop = stop};

    tell(LLM_EV_DONE, (struct llm_event){.answer = &a});
}

static void tell_letter(char what)
{
    static const struct llm_usage usage = {.input = 4321, .output = 77};
    struct err err;

    err_set(&err, ERR_REMOTE, "too many requests");
    switch (what) {
    case 'r':
        tell(LLM_EV_RETRYING, (struct llm_event){.err = &err, .wait_ms = 3000});
        break;
    case 'c':
        tell(LLM_EV_RETRYING, (struct llm_event){.err = &err, .wait_ms = 3000, .cut = true});
        break;
    case 's':
        tell(LLM_EV_SWITCHED, (struct llm_event){.err = &err, .model = "second"});
        break;
    case 'u':
        tell(LLM_EV_USAGE, (struct llm_event){.usage = &usage});
        break;
    case 't':
        tell(LLM_EV_TEXT, (struct llm_event){.text = STR_LIT("web is slow")});
        break;
    case 'k':
        tell_calls(TOO_MANY);
        break;
    case 'd':
        tell_done(LLM_STOP_END);
        break;
    case 'p':
        tell_done(LLM_STOP_PAUSE);
        break;
    case 'x':
        tell_done(LLM_STOP_REFUSAL);
        break;
    default:
        fail_msg("no event %c", what);
    }
}

static void on_time(void *ctx)
{
    const char *plan = wire.plans[wire.requests - 1];

    (void)ctx;
    wire.timer = 0;
    for (; plan && *plan; plan++)
        tell_letter(*plan);
}

static llm_id wire_send(void *self, const struct llm_request *req, llm_event_fn *fn, void *ctx)
{
    (void)self;
    wire.fn = fn;
    wire.ctx = ctx;
    wire.requests++;
    buf_clear(&wire.last);
    for (size_t i = 0; i < req->message_count; i++) {
        for (size_t k = 0; k < req->messages[i].count; k++)
            buf_add_str(&wire.last, req->messages[i].blocks[k].text);
    }
    wire.timer = loop_timer(wire.loop, 0, on_time, NULL);
    return wire.requests;
}

static void on_cancel(void *ctx)
{
    struct llm_answer nothing = {.provider = "test", .model = "first"};

    (void)ctx;
    wire.timer = 0;
    tell(LLM_EV_CANCELED, (struct llm_event){.answer = &nothing});
}

static void wire_cancel(void *self, llm_id id)
{
    (void)self;
    (void)id;
    if (wire.timer)
        loop_timer_cancel(wire.loop, wire.timer);
    wire.timer = loop_timer(wire.loop, 0, on_cancel, NULL);
}

static bool wire_target(void *self, size_t index, struct llm_target *ret)
{
    static const char *const models[] = {"first", "second"};

    (void)self;
    if (index >= 2)
        return false;
    *ret = (struct llm_target){.provider = "test",
                               .title = "Test",
                               .model = models[index],
                               .wire = "test",
                               .base_url = "",
                               .key_from = "",
                               .usable = wire.usable,
                               .local = true};
    return true;
}

static void wire_free(void *self)
{
    (void)self;
    if (wire.timer)
        loop_timer_cancel(wire.loop, wire.timer);
}

static const struct llm_ops wire_ops = {wire_send, wire_cancel, wire_target, wire_free};

/* ---- the fixture ---- */

struct fixture {
    struct engine_run *run;
    struct engine *engine;
    struct llm *llm;
    struct buf said; /* warnings, errors and switches */
};

static void on_event(void *self, const struct model *m, const struct event *ev)
{
    struct fixture *f = self;

    (void)m;
    if (ev->type == EV_LIMIT_WARNED)
        buf_addf(&f->said, "limit: %s\n", ev->u.limit_warned.text);
    if (ev->type == EV_ERROR)
        buf_addf(&f->said, "error: %s: %s\n", ev->u.error.doing, ev->u.error.text);
    if (ev->type == EV_MODEL_SWITCHED)
        buf_addf(&f->said, "switched to %s: %s\n", ev->u.model_switched.to,
                 ev->u.model_switched.why);
    if (ev->type == EV_MODEL_CALLED)
        buf_addf(&f->said, "called %s: %s, %lld in\n", ev->u.model_called.model,
                 ev->u.model_called.stop, (long long)ev->u.model_called.input_tokens);
}

static const struct sink_ops sink = {.name = "test", .event = on_event};

static void open_with(struct fixture *f, const char *const *plans, bool reveal)
{
    static const char *const targets[] = {"host:local", NULL};
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct engine_options opts = {.loop = f->run->loop,
                                  .rng = &f->run->rng,
                                  .tools = &f->run->env,
                                  .version = "test",
                                  .reveal = reveal};
    struct err err = ERR_INIT;

    wire.plans = plans;
    if (plans)
        f->llm = opts.llm = llm_new_custom(&wire_ops, NULL);
    f->engine = engine_new(&opts);
    engine_add_sink(f->engine, &sink, f);
    assert_ok(engine_open(f->engine, &spec, &err), &err);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    f->run = engine_run_new(NULL);
    buf_init(&f->said, 65536);
    memset(&wire, 0, sizeof(wire));
    wire.loop = f->run->loop;
    wire.usable = true;
    buf_init(&wire.last, (size_t)4 << 20);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    engine_free(f->engine);
    llm_free(f->llm);
    engine_run_free(f->run);
    buf_release(&f->said);
    buf_release(&wire.last);
    free(f);
    return 0;
}

static void submit(struct fixture *f, enum intent_type type, const char *text)
{
    struct intent_sink to = engine_intents(f->engine);
    struct intent in = {.type = type, .text = text};

    to.submit(to.ctx, &in);
}

static void wait_end(struct fixture *f)
{
    int64_t deadline = clock_system()->now_ms(clock_system()) + 20000;

    while (engine_busy(f->engine) && clock_system()->now_ms(clock_system()) < deadline)
        loop_turn(f->run->loop, true);
    assert_false(engine_busy(f->engine));
    loop_turn(f->run->loop, false);
}

static void investigate(struct fixture *f, const char *const *plans)
{
    open_with(f, plans, false);
    submit(f, INTENT_ASK, "why is web slow?");
    wait_end(f);
}

static void check_said(const struct fixture *f, const char *words)
{
    if (!strstr(buf_cstr(&f->said), words))
        fail_msg("\"%s\" is not in: %s", words, buf_cstr(&f->said));
}

/* ---- tests ---- */

/* Who waits for a model sees why, and how long. */
static void test_waits_are_said(void **state)
{
    static const char *const plans[] = {"rtcud", "td", "td", NULL};
    struct fixture *f = *state;

    investigate(f, plans);
    check_said(f, "limit: the model did not answer: too many requests; asked again in 3");
    check_said(f, "limit: the model was cut off: too many requests; asked again in 3");
    check_said(f, "called first: end, 4321 in");
}

static void test_another_model_goes_on(void **state)
{
    static const char *const plans[] = {"std", "td", "td", NULL};
    struct fixture *f = *state;

    investigate(f, plans);
    check_said(f, "switched to second: too many requests");
}

/* The seventeenth call is left out, and that is said once. */
static void test_too_many_calls(void **state)
{
    static const char *const plans[] = {"kd", "td", "td", NULL};
    struct fixture *f = *state;
    const char *first, *text = "the model asks for more than 16 calls at once";

    investigate(f, plans);
    first = strstr(buf_cstr(&f->said), text);
    assert_non_null(first);
    assert_null(strstr(first + 1, text));
    assert_true(wire.requests >= 2);
}

/* A pause is no end: the same conversation goes on. */
static void test_pause_goes_on(void **state)
{
    static const char *const plans[] = {"tp", "td", "td", NULL};
    struct fixture *f = *state;

    investigate(f, plans);
    assert_true(wire.requests >= 2);
    check_said(f, "called first: pause");
}

static void test_refusal_ends_it(void **state)
{
    static const char *const plans[] = {"x", "td", NULL};
    struct fixture *f = *state;

    investigate(f, plans);
    assert_int_equal(wire.requests, 1);
    check_said(f, "the model declined to answer");
    assert_int_not_equal(engine_model(f->engine)->conclusion.verdict, VERDICT_NONE);
}

/* Canceled in the middle of an answer: it is said, and the turn ends. */
static void test_cancel_in_an_answer(void **state)
{
    static const char *const plans[] = {"t", NULL};
    struct fixture *f = *state;

    open_with(f, plans, false);
    submit(f, INTENT_ASK, "why is web slow?");
    for (int i = 0; i < 2000 && !wire.requests; i++)
        loop_turn(f->run->loop, true);
    assert_int_equal(wire.requests, 1);
    submit(f, INTENT_CANCEL, NULL);
    wait_end(f);
    check_said(f, "canceled");
}

/* A person chooses; what is not configured is refused, and nothing changes. */
static void test_choice_of_a_model(void **state)
{
    static const char *const plans[] = {"td", "td", "td", "td", NULL};
    struct fixture *f = *state;

    open_with(f, plans, false);
    assert_false(engine_without_model(f->engine));
    submit(f, INTENT_MODEL, "third");
    check_said(f, "error: the model stays as it is: no such model is configured");
    submit(f, INTENT_MODEL, "second");
    check_said(f, "switched to second: the person chose it");
    submit(f, INTENT_MODEL, "none");
    check_said(f, "switched to builtin: the person wants none");
    assert_true(engine_without_model(f->engine));
    submit(f, INTENT_ASK, "why is web slow?");
    wait_end(f);
    assert_int_equal(wire.requests, 0);
    submit(f, INTENT_MODEL, "first");
    assert_false(engine_without_model(f->engine));
}

static void test_no_model_to_choose(void **state)
{
    struct fixture *f = *state;

    open_with(f, NULL, false);
    submit(f, INTENT_MODEL, "none");
    check_said(f, "error: the model stays as it is: no model is configured (llm.provider)");
    submit(f, INTENT_COMPACT, NULL);
    check_said(f, "error: not compacted: no model is asked here");
}

static void test_nothing_to_compact(void **state)
{
    static const char *const plans[] = {"td", "td", "td", "td", NULL};
    struct fixture *f = *state;

    open_with(f, plans, false);
    submit(f, INTENT_COMPACT, NULL);
    check_said(f, "error: not compacted: nothing was answered yet");
    submit(f, INTENT_ASK, "why is web slow?");
    submit(f, INTENT_COMPACT, NULL);
    check_said(f, "error: not compacted: something is running");
    wait_end(f);
}

/* A secret leaves as a placeholder, and comes back where the person asked for that alone. */
static void test_secrets_are_restored(void **state)
{
    struct fixture *f = *state;
    struct buf hidden = BUF_INIT(1000), shown = BUF_INIT(1000);
    struct redactor *r;

    for (int reveal = 0; reveal < 2; reveal++) {
        engine_free(f->engine);
        open_with(f, NULL, reveal);
        engine_add_secret(f->engine, STR_LIT("correct-horse-battery"));
        engine_add_secret(f->engine, STR_LIT("correct-horse-battery"));
        buf_clear(&shown);
        assert_int_equal(engine_reveal(f->engine, STR_LIT("plain"), &shown), 0);
        assert_string_equal(buf_cstr(&shown), "plain");
        r = engine_new_redactor(f->engine);
        buf_clear(&hidden);
        redactor_apply(r, &hidden, STR_LIT("key correct-horse-battery."));
        assert_null(strstr(buf_cstr(&hidden), "horse"));
        redactor_free(r);
    }
    buf_release(&hidden);
    buf_release(&shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_waits_are_said, setup, teardown),
        cmocka_unit_test_setup_teardown(test_another_model_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_too_many_calls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_pause_goes_on, setup, teardown),
        cmocka_unit_test_setup_teardown(test_refusal_ends_it, setup, teardown),
        cmocka_unit_test_setup_teardown(test_cancel_in_an_answer, setup, teardown),
        cmocka_unit_test_setup_teardown(test_choice_of_a_model, setup, teardown),
        cmocka_unit_test_setup_teardown(test_no_model_to_choose, setup, teardown),
        cmocka_unit_test_setup_teardown(test_nothing_to_compact, setup, teardown),
        cmocka_unit_test_setup_teardown(test_secrets_are_restored, setup, teardown),
    };

    return cmocka_run_group_tests_name("engine_model", tests, NULL, NULL);
}
