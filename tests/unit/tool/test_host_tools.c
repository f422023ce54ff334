/* test_host_tools.c - the host_* rows through the runner: documents, summaries, cancel. R-10, U-08.
 */
#include "tests/lib/unit.h"

#include <unistd.h>

#include "runbook/codec/json.h"
#include "runbook/service/host.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"

struct answer {
    struct loop *loop;
    enum tool_status status;
    struct buf body;
    char summary[256];
    struct err err;
    int calls;
};

static void done(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms)
{
    struct answer *a = ctx;

    a->calls++;
    a->status = result->status;
    a->err = result->err;
    memcpy(a->summary, result->summary, sizeof(a->summary));
    buf_add_str(&a->body, buf_str(&result->body));
    loop_stop(a->loop);
}

/* `cancel_after`: turns of the loop before the call is canceled; -1: never. */
static void run(struct answer *a, const char *tool, const char *args, int cancel_after)
{
    struct loop *l = loop_new(clock_system());
    struct host_pool *pool = host_pool_new(l, NULL);
    struct tool_env env = {.loop = l, .hosts = pool};
    struct tool_runner *r = tool_runner_new(l, &env);
    struct err err = ERR_INIT;
    tool_id id;

    *a = (struct answer){.loop = l};
    buf_init(&a->body, 16 << 20);
    assert_ok(tool_run(r, tool, str_from(args), done, a, &id, &err), &err);
    for (int i = 0; i < cancel_after; i++)
        loop_turn(l, true);
    if (cancel_after >= 0)
        tool_run_cancel(r, id);
    loop_run(l);
    assert_int_equal(a->calls, 1);
    tool_runner_free(r);
    host_pool_free(pool);
    loop_free(l);
}

static const struct value *document(struct arena *arena, struct answer *a)
{
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    if (a->status != TOOL_OK && a->status != TOOL_EMPTY)
        fail_msg("%s", a->err.msg);
    assert_ok(json_parse(arena, buf_str(&a->body), &doc, &err), &err);
    buf_release(&a->body);
    return doc;
}

static void test_snapshot(void **state)
{
    struct arena *arena = arena_new(0);
    struct answer a;
    const struct value *doc;

    (void)state;
    run(&a, "host_snapshot", "{\"window_ms\":60}", -1);
    assert_non_null(strstr(a.summary, "memory available"));
    doc = document(arena, &a);
    assert_string_equal(value_cstr_or(doc, "host", ""), "local");
    assert_true(value_path(doc, "cpu.count")->u.number >= 1);
    assert_true(value_count(value_get(doc, "processes")) > 0);
    assert_true(value_count(value_get(doc, "filesystems")) > 0);
    assert_true(value_path(doc, "memory.total")->u.number > 0);
    assert_non_null(value_get(doc, "gaps"));
    arena_free(arena);
}

static void test_process(void **state)
{
    struct arena *arena = arena_new(0);
    struct answer a;
    const struct value *doc;
    char args[100];

    (void)state;
    snprintf(args, sizeof(args), "{\"pid\":%d,\"window_ms\":100,\"samples\":3}", getpid());
    run(&a, "host_process", args, -1);
    doc = document(arena, &a);
    assert_int_equal(value_i64_or(doc, "pid", 0), getpid());
    assert_int_equal(value_count(value_get(doc, "samples")), 3);
    /* One that does not exist is an empty answer, not an error. */
    run(&a, "host_process", "{\"pid\":4194000,\"window_ms\":100,\"samples\":2}", -1);
    assert_int_equal(a.status, TOOL_EMPTY);
    assert_string_equal(a.summary, "the process has ended");
    buf_release(&a.body);
    arena_free(arena);
}

static void test_disk_log_changes(void **state)
{
    struct arena *arena = arena_new(0);
    struct answer a;

    (void)state;
    run(&a, "host_disk_usage", "{\"path\":\"/dev/shm\"}", -1);
    assert_string_equal(value_cstr_or(document(arena, &a), "path", ""), "/dev/shm");
    run(&a, "host_disk_usage", "{\"path\":\"relative\"}", -1);
    assert_int_equal(a.err.code, ERR_INPUT);
    buf_release(&a.body);
    run(&a, "host_log", "{\"since\":\"10m\"}", -1);
    assert_non_null(value_get(document(arena, &a), "families"));
    run(&a, "host_changes", "{\"since\":\"10m\"}", -1);
    assert_non_null(value_get(document(arena, &a), "changes"));
    arena_free(arena);
}

static void test_cancel_at_any_step(void **state)
{
    struct answer a;

    (void)state;
    for (int turns = 0; turns < 6; turns++) {
        run(&a, "host_snapshot", "{\"window_ms\":50}", turns);
        if (a.status != TOOL_CANCELED)
            assert_int_equal(a.status, TOOL_OK);
        buf_release(&a.body);
    }
}

static void test_bad_host(void **state)
{
    struct answer a;

    (void)state;
    run(&a, "host_snapshot", "{\"host\":\"-oProxyCommand=true\"}", -1);
    assert_int_equal(a.err.code, ERR_INPUT);
    buf_release(&a.body);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshot),         cmocka_unit_test(test_process),
        cmocka_unit_test(test_disk_log_changes), cmocka_unit_test(test_cancel_at_any_step),
        cmocka_unit_test(test_bad_host),
    };

    return cmocka_run_group_tests_name("host_tools", tests, NULL, NULL);
}
