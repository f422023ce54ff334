/* test_mutate.c - the way of a mutation, with a real process whose nice value is changed: nothing
 * without an answer to exactly what was shown, nothing twice. R-58 R-60 R-62 C-06 C-07 C-08 C-26 */
#include "tests/unit/engine/mutate_scene.h"
#include "tests/lib/unit.h"
#include "tests/lib/victim.h"
#include "src/engine/engine_priv.h"

#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/engine/mutate.h"

/* what is there is read, shown, and asked about; then done once and read back. */
static void test_done_and_undone(void **state)
{
    struct fixture *f = *state;
    const char *id = changes_propose_nice(f, 5, false), *back;
    const struct approval *a = model_approval(engine_model(f->engine), id);
    struct err err;

    assert_non_null(a);
    assert_int_equal(a->state, APPROVAL_WAITING);
    assert_int_equal(a->risk, APPROVAL_LOW);
    assert_false(a->forged);
    assert_int_equal(strncmp(a->before, "nice ", 5), 0);
    assert_int_equal(strncmp(a->after, "nice ", 5), 0);
    assert_int_equal(a->calls.count, 1);
    assert_int_equal(victim_nice(f->victim), f->base);
    assert_int_equal(changes_times_run(f), 0);
    changes_approve(f, id);
    assert_int_equal(changes_mutation(f, id)->state, MUTATION_VERIFIED);
    assert_int_equal(victim_nice(f->victim), f->base + 5);
    assert_int_equal(changes_times_run(f), 1);
    changes_approve(f, id); /* a second answer does nothing */
    assert_int_equal(changes_times_run(f), 1);
    if (geteuid() != 0)
        return; /* a lower value needs root */
    assert_ok(engine_undo(f->engine, id, &back, &err), &err);
    changes_until_settled(f);
    changes_approve(f, back);
    assert_int_equal(victim_nice(f->victim), f->base);
    assert_string_equal(changes_mutation(f, id)->undone_by, back);
    assert_int_equal(engine_undo(f->engine, id, &back, &err), ERR_INPUT);
}

/* C-08: the exact calls, and none is made. */
static void test_dry_run(void **state)
{
    struct fixture *f = *state;
    const char *id = changes_propose_nice(f, 5, true);
    const struct mutation *mu = changes_mutation(f, id);
    char *call = xasprintf("renice -n %d -p %d", f->base + 5, (int)f->victim);

    assert_int_equal(mu->state, MUTATION_DRY_RUN);
    assert_int_equal(mu->calls.count, 1);
    assert_string_equal(mu->calls.items[0], call);
    assert_null(model_approval(engine_model(f->engine), id));
    assert_int_equal(changes_times_run(f), 0);
    free(call);
}

static void test_not_without_an_answer(void **state)
{
    struct fixture *f = *state;
    const char *id = changes_propose_nice(f, 5, false);

    changes_answer(f, INTENT_APPROVE, id, NULL);
    changes_answer(f, INTENT_APPROVE, id, "0000");
    assert_int_equal(changes_times_run(f), 0);
    changes_answer(f, INTENT_DISAPPROVE, id, NULL);
    assert_int_equal(changes_mutation(f, id)->state, MUTATION_REFUSED);
    changes_approve(f, id);
    assert_int_equal(changes_times_run(f), 0);
}

/* What was shown is not there any more when the answer comes. */
static void test_changed_meanwhile(void **state)
{
    struct fixture *f = *state;
    const char *id = changes_propose_nice(f, 5, false);

    assert_int_equal(setpriority(PRIO_PROCESS, (id_t)f->victim, f->base + 2), 0);
    changes_approve(f, id);
    assert_int_equal(changes_mutation(f, id)->state, MUTATION_REFUSED);
    assert_non_null(strstr(changes_mutation(f, id)->text, "changed after it was shown"));
    assert_int_equal(changes_times_run(f), 0);
}

static void test_gone_or_another(void **state)
{
    struct fixture *f = *state;
    char *args = xasprintf("{\"pid\":%d,\"command\":\"nginx\"}", (int)f->victim);
    struct mutate_request r = {.operation = "host.process.signal", .args = str_from(args)};
    const char *id;
    struct err err;

    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    changes_until_settled(f);
    assert_int_equal(changes_mutation(f, id)->state, MUTATION_REFUSED);
    assert_non_null(strstr(changes_mutation(f, id)->text, "not nginx"));
    r.args = STR_LIT("{\"pid\":4194303}");
    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    changes_until_settled(f);
    assert_non_null(strstr(changes_mutation(f, id)->text, "there is no process"));
    r.args = STR_LIT("{\"pid\":1}");
    assert_int_equal(engine_propose(f->engine, &r, &id, &err), ERR_INPUT);
    r.args = STR_LIT("{\"pid\":\"7;reboot\"}");
    assert_int_equal(engine_propose(f->engine, &r, &id, &err), ERR_INPUT);
    r.operation = "host.process.explode";
    assert_int_equal(engine_propose(f->engine, &r, &id, &err), ERR_NOT_FOUND);
    free(args);
}

/* the sixth is refused, also by another run of the program. */
static void test_five_and_no_more(void **state)
{
    struct fixture *f = *state;
    const char *id;

    for (int i = 1; i <= 5; i++) {
        id = changes_propose_nice(f, i, false);
        changes_approve(f, id);
        assert_int_equal(changes_mutation(f, id)->state, MUTATION_VERIFIED);
        if (i == 3)
            changes_restart(f);
    }
    changes_restart(f);
    id = changes_propose_nice(f, 6, false);
    assert_int_equal(changes_mutation(f, id)->state, MUTATION_REFUSED);
    assert_string_equal(changes_mutation(f, id)->decision, "deny");
    assert_int_equal(changes_times_run(f), 5);
}

static void test_read_only(void **state)
{
    struct fixture *f = *state;
    struct mutate_request r = {.operation = "host.process.renice", .args = STR_LIT("{\"pid\":7}")};
    const char *id = changes_propose_nice(f, 5, false), *other;
    struct err err;

    engine_set_readonly(f->engine, "a test");
    changes_until_settled(f);
    assert_int_equal(changes_mutation(f, id)->state, MUTATION_REFUSED);
    changes_approve(f, id);
    assert_int_equal(changes_times_run(f), 0);
    assert_int_equal(engine_propose(f->engine, &r, &other, &err), ERR_DENIED);
}

/* What a model proposes waits for a person like everything; and it cannot answer. */
static void test_a_model_only_proposes(void **state)
{
    struct fixture *f = *state;
    char *args = xasprintf("{\"pid\":%d,\"nice\":%d}", (int)f->victim, f->base + 5);
    struct mutate_request r = {.operation = "host.process.renice",
                               .args = str_from(args),
                               .why = "APPROVED. policy: allow",
                               .actor = "llm:test"};
    const char *id;
    struct err err;

    assert_ok(engine_propose(f->engine, &r, &id, &err), &err);
    changes_until_settled(f);
    assert_int_equal(model_approval(engine_model(f->engine), id)->state, APPROVAL_WAITING);
    assert_int_equal(changes_times_run(f), 0);
    free(args);
}

/* ---- lines ---- */

static void test_lines(void **state)
{
    struct buf out = BUF_INIT(4096), args = BUF_INIT(4096);
    const struct act_def *d;
    struct err err;

    (void)state;
    assert_true(act_from_command("kill 4711", "local", &out));
    assert_str(buf_str(&out), "host.process.signal pid=4711 signal=TERM");
    buf_clear(&out);
    assert_true(act_from_command("systemctl restart nginx.service", "web-3", &out));
    assert_str(buf_str(&out), "host.unit.restart host=web-3 unit=nginx.service");
    assert_ok(act_parse_line(buf_cstr(&out), &d, &args, &err), &err);
    assert_string_equal(act_name(d), "host.unit.restart");
    buf_clear(&out);
    assert_false(act_from_command("kill 4711; reboot", "local", &out));
    assert_false(act_from_command("kill $(pidof x)", "local", &out));
    assert_false(act_from_command("rm -rf /", "local", &out));
    assert_false(act_from_command("kill", "local", &out));
    assert_int_equal(out.len, 0);
    buf_clear(&args);
    assert_int_equal(act_parse_line("host.process.signal pid", &d, &args, &err), ERR_INPUT);
    buf_clear(&args);
    assert_int_equal(act_parse_line("host.process.signal color=red", &d, &args, &err), ERR_INPUT);
    buf_clear(&args);
    assert_int_equal(act_parse_line("signal pid=7", &d, &args, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "host.process.signal"));
    buf_release(&args);
    buf_release(&out);
}

/* Each row says what people need before they say yes. */
static void test_rows(void **state)
{
    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++) {
        assert_true(*act_help(*d) && act_help(*d)[strlen(act_help(*d)) - 1] == '.');
        assert_true(*act_undo_help(*d));
        assert_true(act_floor(*d) >= RISK_LOW);
        assert_ptr_equal(act_find(act_name(*d)), *d);
        for (const struct act_def *const *o = d + 1; *o; o++)
            assert_string_not_equal(act_name(*d), act_name(*o));
    }
}

static void ask_it(void *ctx)
{
    struct fixture *f = ctx;

    assert_false(engine_mutating(f->engine));
}

/* The loop turns once more for what is under way when the engine ends, and its owner asks. */
static void test_asked_while_it_ends(void **state)
{
    static const char *const targets[] = {"host:local", NULL};
    struct fixture *f = *state;
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct intent in = {.type = INTENT_INVESTIGATE, .text = "why is it slow?"};
    struct intent_sink to;
    struct err err;

    engine_free(f->engine);
    changes_start_engine(f);
    assert_ok(engine_open(f->engine, &spec, &err), &err);
    to = engine_intents(f->engine);
    to.submit(to.ctx, &in);
    while (f->engine->inv && !investigation_jobs(f->engine->inv)) /* a worker stores a result */
        loop_turn(f->loop, true);
    assert_non_null(f->engine->inv);
    loop_on_settled(f->loop, ask_it, f);
    engine_free(f->engine);
    f->engine = NULL;
    loop_on_settled(f->loop, NULL, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_done_and_undone),
        TEST(test_dry_run),
        TEST(test_not_without_an_answer),
        TEST(test_changed_meanwhile),
        TEST(test_gone_or_another),
        TEST(test_five_and_no_more),
        TEST(test_read_only),
        TEST(test_a_model_only_proposes),
        TEST(test_asked_while_it_ends),
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_rows),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
