/* test_risk_rows.c - nothing that this program can do is without a row in the table of risks: each
 * operation of the mutation engine, each tool of the registry, each list of each service of AWS.
 * And no operation says of itself that it is less risky than the table does. R-56 R-57 A-30 */
#include "tests/lib/unit.h"

#include <dirent.h>
#include <stdlib.h>

#include "runbook/base/arena.h"
#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/engine/mutate.h"
#include "runbook/policy/risk.h"
#include "runbook/service/aws/service.h"
#include "runbook/tool/tool.h"

static const struct risk_row *row_of(const char *provider, const char *service, const char *verb)
{
    return risk_find(
        &(struct operation){.provider = provider, .service = service, .verb = verb, .targets = 1});
}

static void test_operations(void **state)
{
    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++) {
        struct arena *a = arena_new(0);
        struct str rest = str_from(act_risk_name(*d)), provider = {0}, service = {0};
        const struct risk_row *row;

        assert_true(str_split(&rest, '.', &provider) && str_split(&rest, '.', &service));
        row = row_of(arena_str(a, provider), arena_str(a, service), arena_str(a, rest));
        if (!row)
            fail_msg("%s: no row of risk", act_name(*d));
        if (row->kind == OP_READ)
            fail_msg("%s: the table says that it reads", act_name(*d));
        if (act_floor(*d) < row->risk)
            fail_msg("%s says %s, the table %s", act_name(*d), risk_name(act_floor(*d)),
                     risk_name(row->risk));
        arena_free(a);
    }
}

static void test_tools(void **state)
{
    (void)state;
    for (const struct tool_def *const *d = tool_table(); *d; d++) {
        const struct risk_row *row = row_of("runbook", "tool", (*d)->name);

        if (!row)
            fail_msg("runbook.tool.%s: no row of risk", (*d)->name);
        if (row->kind != OP_READ || row->risk != (*d)->risk)
            fail_msg("%s: the table says %s, its own row %s", (*d)->name, risk_name(row->risk),
                     risk_name((*d)->risk));
    }
    assert_null(row_of("runbook", "tool", "shell"));
}

static void one_service(const char *path, size_t *ret_lists)
{
    struct buf text = BUF_INIT((size_t)4 << 20);
    struct arena *a = arena_new(0);
    struct aws_service s;
    struct err err = ERR_INIT;

    assert_ok(file_read(path, &text, &err), &err);
    assert_ok(aws_service_load(a, buf_str(&text), path, &s, &err), &err);
    for (size_t i = 0; i < s.list_count; i++) {
        const char *verb = arena_str(a, s.lists[i].name), *id = arena_str(a, s.id);
        const struct risk_row *row = row_of("aws", id, verb);

        if (!row || row->kind != OP_READ)
            fail_msg("aws.%s.%s: %s", id, verb, row ? "it does not read" : "no row of risk");
        ++*ret_lists;
    }
    arena_free(a);
    buf_release(&text);
}

static void test_services(void **state)
{
    const char *top = getenv("RB_SRCDIR");
    char *folder = path_join(top ? top : ".", "services/aws");
    DIR *dir = opendir(folder);
    size_t lists = 0;

    (void)state;
    assert_non_null(dir);
    for (struct dirent *e; (e = readdir(dir));) {
        const char *dot = strrchr(e->d_name, '.');
        char *path;

        if (!dot || strcmp(dot, ".yaml") != 0)
            continue;
        path = path_join(folder, e->d_name);
        one_service(path, &lists);
        free(path);
    }
    closedir(dir);
    free(folder);
    assert_true(lists > 500);
    print_message("# %zu lists of AWS\n", lists);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_operations),
        cmocka_unit_test(test_tools),
        cmocka_unit_test(test_services),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
