/* test_playbooks.c - playbooks: what is wrong in one is told with file, line and column; a file
 * adds one; every one that is built in becomes a plan and a procedure that the runner takes. C-05,
 * C-14, C-25, C-27, C-35. */
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/engine/plan.h"
#include "runbook/engine/procedure.h"
#include "runbook/tool/toolenv.h"
#include "tests/lib/tmpdir.h"

static struct arena *arena;
static struct playbooks *books;

static int set_up(void **state)
{
    struct err err = ERR_INIT;

    (void)state;
    arena = arena_new(0);
    assert_ok(playbooks_load(NULL, &books, &err), &err);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    playbooks_free(books);
    arena_free(arena);
    return 0;
}

static struct plan_intent some_intent(void)
{
    return (struct plan_intent){.what = PLAN_INVESTIGATE,
                                .resource = "host",
                                .scope = "",
                                .max_cost_usd = -1,
                                .confidence = 1};
}

/* Every playbook that is built in can be made a plan of, and every write in one has a way back. */
static void test_every_playbook(void **state)
{
    static const char *const given[][2] = {{"pid", "4711"},
                                           {"unit", "nginx.service"},
                                           {"path", "/var/log/app.log"},
                                           {"file", "/var/log/app.log"},
                                           {"group", "system.slice/app.service"},
                                           {"limit", "memory.max"},
                                           {"value", "max"},
                                           {"alert", "HighLatency"},
                                           {"silence", "6f3c"},
                                           {"commit", "4f2a91c"},
                                           {"rule", "sgr-0123456789abcdef0"},
                                           {"region", "eu-west-1"},
                                           {NULL, NULL}};
    struct loop *loop = loop_new(NULL);
    struct tool_env env = {.loop = loop};
    struct primitives *primitives;

    (void)state;
    primitives = primitives_new(loop, &env);
    assert_true(playbooks_count(books) >= 30);
    for (size_t i = 0; i < playbooks_count(books); i++) {
        const struct playbook *b = playbooks_at(books, i);
        struct plan_intent in = some_intent();
        struct plan p;
        struct procedure *proc;
        struct err err = ERR_INIT;

        in.filter_count = 0;
        for (size_t k = 0; given[k][0]; k++)
            intent_set_filter(&in, arena, given[k][0], str_from(given[k][1]));
        assert_ok(plan_make(&in, b, "", arena, &p, &err), &err);
        assert_ok(plan_to_procedure(&p, &proc, &err), &err);
        assert_ok(procedure_check(proc, &env, &err), &err);
        assert_int_equal(proc->steps.count, b->step_count);
        assert_int_equal(procedure_mutates(proc), p.writes);
        procedure_free(proc);
        for (size_t k = 0; k < p.step_count; k++) {
            if (p.steps[k].kind == PLAYBOOK_ACT)
                assert_true(p.steps[k].rollback && *p.steps[k].rollback);
        }
    }
    primitives_free(primitives);
    loop_free(loop);
}

/* Each class of incidents has a playbook, by words that name it. */
static void test_every_class(void **state)
{
    (void)state;
    for (size_t i = 0; plan_class_names[i]; i++) {
        struct plan_intent in = some_intent();
        const struct playbook *book;
        const char *why;
        struct err err = ERR_INIT;
        struct buf want = BUF_INIT(64);

        intent_set_filter(&in, arena, "class", str_from(plan_class_names[i]));
        assert_ok(playbooks_choose(books, &in, arena, &book, &why, &err), &err);
        buf_adds(&want, plan_class_names[i]);
        for (size_t k = 0; k < want.len; k++)
            want.ptr[k] = want.ptr[k] == '_' ? '-' : want.ptr[k];
        assert_string_equal(book->name, buf_cstr(&want));
        buf_release(&want);
    }
}

/* ---- playbooks ---- */

#define HEAD "playbook: mine\nversion: \"1.0.0\"\nsummary: \"x\"\nmatch: {intent: list}\n"

static void test_playbook_errors(void **state)
{
    static const struct {
        const char *text, *error;
    } table[] = {
        {"playbook: [", "mine.yaml: line 2"},
        {"playbook: mine\nversion: 1\nsummary: x\n", "line 2 column 10: 'version' must be like"},
        {"playbook: Mine\nversion: \"1.0.0\"\n", "line 1 column 11: 'playbook' must be its name"},
        {HEAD "colour: red\n", "line 5 column 9: a playbook has no key 'colour'"},
        {"playbook: mine\nversion: \"1.0.0\"\nsummary: x\nmatch: {intent: win}\n",
         "line 4 column 17: 'win' is no intent"},
        {"playbook: mine\nversion: \"1.0.0\"\nsummary: x\nmatch: {moon: full}\n",
         "line 4 column 15: 'match' has no key 'moon'"},
        {HEAD, "'steps' must be a list"},
        {HEAD "steps:\n  - {id: a, tool: no_such}\n", "line 6 column 19: there is no tool"},
        {HEAD "steps:\n  - {id: a, act: host.moon.stop}\n",
         "line 6 column 18: there is no operation"},
        {HEAD "steps:\n  - {id: a, primitive: wonder}\n",
         "line 6 column 24: there is no primitive"},
        {HEAD "steps:\n  - {id: a}\n", "needs one of primitive, tool and act"},
        {HEAD "steps:\n  - {id: a, tool: host_process}\n", "host_process needs 'pid'"},
        {HEAD "steps:\n  - {id: a, tool: host_snapshot, with: {pid: 3}}\n",
         "line 6 column 46: host_snapshot has no parameter 'pid'"},
        {HEAD "steps:\n  - {id: a, tool: host_snapshot, with: {host: \"{{place}}\"}}\n",
         "there is no parameter 'place'"},
        {HEAD "steps:\n  - {id: a, tool: host_snapshot, with: {host: \"{{steps.b.result.x}}\"}}\n",
         "speaks of no step before this one"},
        {HEAD "steps:\n  - {id: a, tool: host_snapshot, if: \"system('x')\"}\n", "the condition"},
        {HEAD "steps:\n  - {id: a, tool: time}\n  - {id: a, tool: time}\n",
         "line 7 column 10: there are two steps 'a'"},
        {HEAD "steps:\n  - {id: a, act: host.unit.stop, with: {unit: x}, retries: 2}\n",
         "never repeated"},
        {HEAD "parameters: {a: {type: date, default: 1}}\nsteps: []\n", "'date' is none of"},
        {HEAD "parameters: {a: {}}\nsteps: []\n", "needs a default, or a question"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct playbook book;
        struct err err = ERR_INIT;

        if (!playbook_parse(str_from(table[i].text), "mine.yaml", arena, &book, &err))
            fail_msg("taken: %s", table[i].text);
        if (!strstr(err.msg, table[i].error))
            fail_msg("\"%s\" does not say \"%s\"", err.msg, table[i].error);
        assert_non_null(strstr(err.msg, "mine.yaml"));
    }
}

static void put_file(const char *dir, const char *name, const char *text)
{
    char *path = path_join(dir, name);
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(path, str_from(text), 0600, &err), &err);
    free(path);
}

/* C-05, C-35: a file adds a playbook, another replaces one; nothing is built again. */
static void test_own_folder(void **state)
{
    char *dir = tmpdir_new();
    struct plan_intent in = some_intent();
    struct playbooks *own;
    const struct playbook *book;
    const char *why;
    struct err err = ERR_INIT;

    (void)state;
    in.what = PLAN_LIST;
    in.resource = "certificate";
    put_file(
        dir, "mine.yaml",
        "playbook: mine\nversion: \"3.1.4\"\nsummary: \"Mine.\"\nmatch: {intent: list, resource: "
        "certificate}\npriority: 50\nsteps:\n  - {id: a, primitive: check_certificates}\n");
    put_file(
        dir, "again.yaml",
        "playbook: look-at-alerts\nversion: \"9.0.0\"\nsummary: \"Mine.\"\nmatch: {intent: list, "
        "resource: alert}\nsteps:\n  - {id: a, primitive: check_alerts}\n");
    assert_ok(playbooks_load(dir, &own, &err), &err);
    assert_int_equal(playbooks_count(own), playbooks_count(books) + 1);
    assert_ok(playbooks_choose(own, &in, arena, &book, &why, &err), &err);
    assert_string_equal(book->name, "mine");
    assert_string_equal(book->version, "3.1.4");
    assert_true(book->own);
    assert_string_equal(playbooks_find(own, "look-at-alerts")->version, "9.0.0");
    assert_string_not_equal(playbooks_find(own, "look-at-alerts")->hash,
                            playbooks_find(books, "look-at-alerts")->hash);
    playbooks_free(own);
    put_file(dir, "bad.yaml", "playbook: x\n");
    assert_int_equal(playbooks_load(dir, &own, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "bad.yaml"));
    tmpdir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_playbook),
        cmocka_unit_test(test_every_class),
        cmocka_unit_test(test_playbook_errors),
        cmocka_unit_test(test_own_folder),
    };

    return cmocka_run_group_tests(tests, set_up, tear_down);
}
