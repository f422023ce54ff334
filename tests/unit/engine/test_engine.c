/* test_engine.c - turns, queries and verdicts, with tools and a module of the test's own. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <math.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/engine.h"
#include "runbook/engine/investigation.h"
#include "runbook/store/blob.h"
#include "runbook/tool/toolenv.h"

/* The tools: "slow" answers {"ms":N} after N ms, "fail" is denied, "never" does not answer. */

static size_t starts;

static void slow_answer(void *ctx)
{
    struct tool_call *c = ctx;
    struct tool_result r = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};

    buf_init(&r.body, 1000);
    buf_addf(&r.body, "{\"ms\":%d}", (int)value_num_or(tool_call_args(c), "ms", 0));
    snprintf(r.summary, sizeof(r.summary), "slow");
    tool_call_finish(c, &r);
}

static void slow_start(struct tool_call *c)
{
    starts++;
    loop_timer(tool_call_loop(c), (int64_t)value_num_or(tool_call_args(c), "ms", 0), slow_answer,
               c);
}

static void fail_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_ERROR};
    struct err err;

    err_set(&err, ERR_DENIED, "no key for that door");
    tool_result_fail(&r, &err);
    tool_call_finish(c, &r);
}

static void never_start(struct tool_call *c)
{
    tool_call_set_data(c, c);
}

static void never_cancel(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_CANCELED};

    tool_call_finish(c, &r);
}

static void leaky_start(struct tool_call *c)
{
    struct tool_result r = {.status = TOOL_OK, .content_type = "application/json", .rows = 1};

    buf_init(&r.body, 1000);
    buf_adds(&r.body, "{\"cmdline\":\"mysqld --password=Kx9vTq27Lmz0\",\"note\":\"known-Zz41\"}");
    snprintf(r.summary, sizeof(r.summary), "mysqld --password=Kx9vTq27Lmz0");
    tool_call_finish(c, &r);
}

static const struct tool_param slow_params[] = {
    {.name = "ms",
     .type = PARAM_INT,
     .fallback = "5",
     .min = 0,
     .max = 10000,
     .help = "How long it takes."},
    {.name = "tag", .type = PARAM_STRING, .help = "Makes calls differ."},
    {.name = NULL},
};
static const struct tool_param no_params[] = {{.name = NULL}};
static const struct tool_def slow = {.name = "slow",
                                     .help = "Answers late.",
                                     .params = slow_params,
                                     .timeout_ms = 20000,
                                     .start = slow_start};
static const struct tool_def denied = {.name = "fail",
                                       .help = "Is denied.",
                                       .params = no_params,
                                       .timeout_ms = 1000,
                                       .start = fail_start};
static const struct tool_def never = {.name = "never",
                                      .help = "Does not answer.",
                                      .params = no_params,
                                      .timeout_ms = 100,
                                      .start = never_start,
                                      .cancel = never_cancel};
static const struct tool_def leaky = {.name = "leaky",
                                      .help = "Repeats secrets.",
                                      .params = no_params,
                                      .timeout_ms = 1000,
                                      .start = leaky_start};
static const struct tool_def *const table[] = {&slow, &denied, &never, &leaky, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return table;
}

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

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    char *dir;
    int64_t started_ms;
};

static void settled(void *ctx)
{
    engine_settled(((struct fixture *)ctx)->engine);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));
    struct engine_options opts = {0};
    static const char *const targets[] = {"host:local", NULL};
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct err err;

    f->dir = tmpdir_new();
    f->loop = loop_new(clock_system());
    rng_seed(&f->rng, 7);
    f->env.loop = f->loop;
    opts.loop = f->loop;
    opts.rng = &f->rng;
    opts.tools = &f->env;
    opts.state_dir = f->dir;
    opts.version = "test";
    f->engine = engine_new(&opts);
    loop_on_settled(f->loop, settled, f);
    starts = 0;
    if (engine_open(f->engine, &spec, &err))
        return -1;
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    engine_free(f->engine);
    loop_free(f->loop);
    tmpdir_free(f->dir);
    free(f);
    return 0;
}

static const struct model *run(struct fixture *f, void (*s)(struct investigation *))
{
    struct intent_sink in = engine_intents(f->engine);
    struct intent ask = {INTENT_ASK, question};
    int64_t deadline = clock_system()->now_ms(clock_system()) + 20000;

    script = s;
    f->started_ms = clock_system()->now_ms(clock_system());
    in.submit(in.ctx, &ask);
    while (engine_busy(f->engine) && clock_system()->now_ms(clock_system()) < deadline)
        loop_turn(f->loop, true);
    assert_false(engine_busy(f->engine));
    return engine_model(f->engine);
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

/* five hypotheses with a query of 300 ms each end in much less than 1.5 s. */
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
    int64_t took = clock_system()->now_ms(clock_system()) - ((struct fixture *)*state)->started_ms;

    assert_int_equal(m->tools.count, 5);
    assert_true(took < 1000);
    VEC_EACH (h, &m->hypotheses)
        assert_int_equal(h->status, HYP_PRUNED);
    /* Asked, answered, nothing found: all healthy (R-17: never the first node as if it were
     * proven). */
    assert_int_equal(m->conclusion.verdict, VERDICT_NO_ACTION);
    assert_false(m->conclusion.has_root_cause);
    assert_int_equal(m->phase, PHASE_COMPLETE);
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

    assert_int_equal(starts, 1);
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
    assert_string_equal(m->conclusion.next_checks.items[0],
                        "look at /var/log/secure: Permission denied");
    assert_string_equal(m->conclusion.next_checks.items[1], "read the log by hand");
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
    struct fixture *f = *state;
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
    struct fixture *f = *state;
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
    struct fixture *f = *state;
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
    struct fixture *f = *state;
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

/* ---- sinks, journals that cannot be written, an end in the middle ---- */

struct seen {
    size_t events, settles;
    char errors[2000];
};

static void see_event(void *self, const struct model *m, const struct event *ev)
{
    struct seen *s = self;

    (void)m;
    s->events++;
    if (ev->type == EV_ERROR)
        snprintf(s->errors, sizeof(s->errors), "%s", ev->u.error.doing);
}

static void see_settled(void *self, const struct model *m)
{
    (void)m;
    ((struct seen *)self)->settles++;
}

static const struct sink_ops seeing = {
    .name = "seeing", .event = see_event, .settled = see_settled};

static struct engine *engine_at(struct fixture *f, const char *dir, const char *fallback,
                                struct seen *seen)
{
    struct engine *e = engine_new(&(struct engine_options){.loop = f->loop,
                                                           .rng = &f->rng,
                                                           .tools = &f->env,
                                                           .state_dir = dir,
                                                           .fallback_dir = fallback,
                                                           .version = "test"});

    engine_add_sink(e, &seeing, seen);
    return e;
}

/* A folder that cannot be made, as a file is in its way. */
static char *blocked_dir(const struct fixture *f)
{
    char *file = path_join(f->dir, "file"), *dir = path_join(file, "state");
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(file, STR_LIT("x"), 0600, &err), &err);
    free(file);
    return dir;
}

static void test_journal_elsewhere(void **state)
{
    static const char *const targets[] = {"host:local", NULL};
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct fixture *f = *state;
    char *blocked = blocked_dir(f);
    struct seen seen = {0};
    struct engine *e = engine_at(f, blocked, f->dir, &seen);
    struct err err = ERR_INIT;

    assert_ok(engine_open(e, &spec, &err), &err);
    engine_settled(e);
    assert_true(seen.settles > 0 && seen.events > 0);
    assert_non_null(engine_journal_path(e));
    assert_non_null(strstr(engine_journal_path(e), f->dir));
    assert_true(*seen.errors != '\0'); /* and it is said */
    engine_free(e);
    free(blocked);
}

static void test_journal_nowhere(void **state)
{
    static const char *const targets[] = {"host:local", NULL};
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct fixture *f = *state;
    char *blocked = blocked_dir(f);
    struct seen seen = {0};
    struct engine *e = engine_at(f, blocked, NULL, &seen);
    struct err err = ERR_INIT;

    assert_ok(engine_open(e, &spec, &err), &err);
    assert_null(engine_journal_path(e));
    assert_int_not_equal(engine_journal_error(e)->code, ERR_OK);
    assert_non_null(strstr(seen.errors, "nothing of this session is kept"));
    engine_free(e);
    free(blocked);
}

/* A run that was killed in the middle of a turn: the turn shows as interrupted. */
static void test_resume_after_a_cut(void **state)
{
    struct fixture *f = *state;
    struct intent_sink in = engine_intents(f->engine);
    struct intent ask = {INTENT_ASK, "why"};
    struct engine_options opts = {
        .loop = f->loop, .rng = &f->rng, .state_dir = f->dir, .version = "test"};
    struct journal_report report;
    struct buf text = BUF_INIT((size_t)1 << 20);
    struct engine *again;
    struct err err = ERR_INIT;
    char *path, *id;

    script = five_slow;
    in.submit(in.ctx, &ask);
    while (engine_model(f->engine)->tools.count == 0)
        loop_turn(f->loop, true);
    path = xstrdup(engine_journal_path(f->engine));
    id = xstrdup(engine_model(f->engine)->id);
    for (int64_t end = clock_system()->now_ms(clock_system()) + 5000;
         clock_system()->now_ms(clock_system()) < end;) {
        loop_turn(f->loop, true);
        buf_clear(&text);
        assert_ok(file_read(path, &text, &err), &err);
        if (str_find(buf_str(&text), STR_LIT("turn.started")) >= 0)
            break;
    }
    engine_close(f->engine, "test", 0, &err);
    assert_ok(file_write_atomic(path, buf_str(&text), 0600, &err),
              &err); /* as it was in the middle */
    again = engine_new(&opts);
    assert_ok(engine_resume(again, id, &report, &err), &err);
    assert_false(engine_busy(again));
    assert_false(engine_model(again)->closed);
    engine_free(again);
    buf_release(&text);
    free(path);
    free(id);
}

static void test_quit_in_a_turn(void **state)
{
    struct fixture *f = *state;
    struct intent_sink in = engine_intents(f->engine);
    struct intent ask = {INTENT_ASK, "why"}, quit = {INTENT_QUIT, ""};
    int64_t deadline = clock_system()->now_ms(clock_system()) + 20000;

    script = five_slow;
    in.submit(in.ctx, &ask);
    in.submit(in.ctx, &quit);
    while (engine_busy(f->engine) && clock_system()->now_ms(clock_system()) < deadline)
        loop_turn(f->loop, true);
    assert_false(engine_busy(f->engine));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_queries_run_in_parallel),
        TEST(test_equal_queries_run_once),
        TEST(test_limits_decline_and_go_on),
        TEST(test_root_cause_cites_evidence),
        TEST(test_unproven_is_inconclusive),
        TEST(test_nothing_answered_is_failed),
        TEST(test_a_tool_that_hangs_times_out),
        TEST(test_cancel_concludes),
        TEST(test_bad_arguments_are_named),
        TEST(test_secrets_are_not_kept),
        TEST(test_resume_gives_the_same_tree),
        TEST(test_journal_elsewhere),
        TEST(test_journal_nowhere),
        TEST(test_resume_after_a_cut),
        TEST(test_quit_in_a_turn),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
