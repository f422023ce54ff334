/* test_engine_end.c - what an engine tells its sinks, journals that cannot be written, and an end
 * in the middle of a turn. */
#include "tests/lib/unit.h"
#include "tests/lib/engine_run.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/investigation.h"

/* A tool that answers late, and a module that asks it once. */
static void late_answer(void *ctx)
{
    tool_answer(ctx, "{}");
}

static void late_start(struct tool_call *c)
{
    loop_timer(tool_call_loop(c), 300, late_answer, c);
}

static const struct tool_param none[] = {{.name = NULL}};
static const struct tool_def late = {.name = "late",
                                     .help = "Answers late.",
                                     .params = none,
                                     .timeout_ms = 5000,
                                     .start = late_start};
static const struct tool_def *const table[] = {&late, NULL};

const struct tool_def *const *tool_table(void);
const struct tool_def *const *tool_table(void)
{
    return table;
}

static const struct inv_module module;

static bool applies(const struct investigation *inv)
{
    (void)inv;
    return true;
}

static void on_late(void *ctx, struct investigation *inv, uint64_t q, const struct tool_result *r)
{
    (void)ctx;
    (void)q;
    (void)r;
    inv_module_done(inv, &module);
}

static void start(struct investigation *inv, void **ret_state)
{
    struct inv_query q = {"late", STR_LIT("{}"), "", "a late query"};

    *ret_state = NULL;
    if (!inv_query(inv, &q, on_late, NULL))
        inv_module_done(inv, &module);
}

static const struct inv_module module = {.name = "test", .applies = applies, .start = start};
static const struct inv_module *const modules[] = {&module, NULL};

const struct inv_module *const *inv_module_table(void);
const struct inv_module *const *inv_module_table(void)
{
    return modules;
}

static const char *const targets[] = {"host:local", NULL};

static int setup(void **state)
{
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct engine_run *f = engine_run_new(NULL);

    engine_run_open(f, &spec);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    engine_run_free(*state);
    return 0;
}

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

static struct engine *engine_at(struct engine_run *f, const char *dir, const char *fallback,
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
static char *blocked_dir(const struct engine_run *f)
{
    char *file = path_join(f->dir, "file"), *dir = path_join(file, "state");
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(file, STR_LIT("x"), 0600, &err), &err);
    free(file);
    return dir;
}

static void test_journal_elsewhere(void **state)
{
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct engine_run *f = *state;
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
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct engine_run *f = *state;
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

static bool a_tool_runs(const struct model *m)
{
    return m->tools.count > 0;
}

/* A run that was killed in the middle of a turn: the turn shows as interrupted. */
static void test_resume_after_a_cut(void **state)
{
    struct engine_run *f = *state;
    struct engine_options opts = {
        .loop = f->loop, .rng = &f->rng, .state_dir = f->dir, .version = "test"};
    struct journal_report report;
    struct buf text = BUF_INIT((size_t)1 << 20);
    struct engine *again;
    struct err err = ERR_INIT;
    char *path, *id;

    engine_run_submit(f, INTENT_ASK, NULL, "why");
    engine_run_until(f, a_tool_runs);
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
    struct engine_run *f = *state;

    engine_run_submit(f, INTENT_ASK, NULL, "why");
    engine_run_submit(f, INTENT_QUIT, NULL, "");
    engine_run_wait(f);
    assert_int_not_equal(f->m->conclusion.verdict, VERDICT_ROOT_CAUSE);
}

/* A session's title is its person's; one that is none is refused and said so. */
static void test_rename(void **state)
{
    struct engine_run *f = *state;
    char *far_too_long = xcalloc(1, 5000);

    engine_run_submit(f, INTENT_RENAME, NULL, "  checkout is slow  ");
    engine_run_wait(f);
    assert_string_equal(f->m->title, "checkout is slow");
    engine_run_submit(f, INTENT_RENAME, NULL, "   ");
    memset(far_too_long, 'x', 4999);
    engine_run_submit(f, INTENT_RENAME, NULL, far_too_long);
    engine_run_wait(f);
    assert_string_equal(f->m->title, "checkout is slow");
    assert_int_equal(f->m->errors, 2);
    free(far_too_long);
}

/* A session that is not there is not resumed, and nothing is kept without a folder. */
static void test_nothing_to_resume(void **state)
{
    struct engine_run *f = *state;
    struct session_spec spec = {.title = "t", .query = "q", .targets = targets};
    struct seen seen = {0};
    struct engine *e = engine_at(f, NULL, NULL, &seen);
    struct journal_report report;
    struct err err = ERR_INIT;

    assert_int_not_equal(engine_resume(e, "2020-01-01-000000-nobody", &report, &err), ERR_OK);
    assert_true(*err.msg != '\0');
    assert_ok(engine_open(e, &spec, &err), &err);
    assert_null(engine_journal_path(e));
    engine_free(e);
    e = engine_at(f, f->dir, NULL, &seen);
    assert_int_not_equal(engine_resume(e, "2020-01-01-000000-nobody", &report, &err), ERR_OK);
    engine_free(e);
}

/* Without a model there is none to choose. */
static void test_no_model_to_choose(void **state)
{
    struct engine_run *f = *state;

    engine_run_submit(f, INTENT_MODEL, NULL, "large");
    engine_run_submit(f, INTENT_MODEL, NULL, "none");
    engine_run_wait(f);
    assert_int_equal(f->m->errors, 2);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(test_journal_elsewhere),  TEST(test_journal_nowhere),   TEST(test_resume_after_a_cut),
        TEST(test_quit_in_a_turn),     TEST(test_nothing_to_resume), TEST(test_rename),
        TEST(test_no_model_to_choose),
    };

    return cmocka_run_group_tests_name("engine_end", tests, NULL, NULL);
}
