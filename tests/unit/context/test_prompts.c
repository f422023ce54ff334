/* test_prompts.c - what models are told, word for word, and what a user may replace. R-34 */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <stdio.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/context/fence.h"
#include "runbook/context/prompts.h"

static struct prompts *load(const char *dir)
{
    struct prompts *p = NULL;
    struct err err = ERR_INIT;

    assert_ok(prompts_load(dir, &p, &err), &err);
    return p;
}

/* tests/golden/<file>; RUNBOOK_UPDATE_GOLDEN writes it anew. */
static void check_golden(const char *file, struct str text)
{
    char *path = xasprintf("%s/tests/golden/%s", getenv("RB_SRCDIR"), file);
    struct buf wanted = BUF_INIT(1000000);
    struct err err = ERR_INIT;

    if (getenv("RUNBOOK_UPDATE_GOLDEN")) {
        assert_ok(file_write_atomic(path, text, 0644, &err), &err);
    } else {
        assert_ok(file_read(path, &wanted, &err), &err);
        if (!str_eq(buf_str(&wanted), text))
            fail_msg("%s differs:\n%.*s", file, STR_FMT(text));
    }
    buf_release(&wanted);
    free(path);
}

static void fill(const struct prompts *p, enum prompt id, struct buf *out)
{
    struct fence fence = {"0123456789abcdef"};
    struct buf rule = BUF_INIT(1000);
    struct prompt_var vars[16];
    size_t n = 0;

    fence_rule(&fence, &rule);
    for (size_t i = 0; prompt_vars(id)[i]; i++) {
        const char *name = prompt_vars(id)[i];

        vars[n++] = (struct prompt_var){name, strcmp(name, "fence") == 0 ? buf_str(&rule)
                                                                         : str_from("<{{fence}}>")};
    }
    prompts_fill(p, id, vars, n, out);
    buf_release(&rule);
}

static void test_snapshots(void **state)
{
    struct prompts *p = load(NULL);
    struct buf out = BUF_INIT(1000000);
    char name[64];

    for (int i = 0; i < PROMPTS; i++) {
        buf_clear(&out);
        fill(p, (enum prompt)i, &out);
        snprintf(name, sizeof(name), "prompt-%s.txt", prompt_name((enum prompt)i));
        check_golden(name, buf_str(&out));
        assert_false(prompts_replaced(p, (enum prompt)i));
    }
    buf_release(&out);
    prompts_free(p);
}

/* What every text that leads a model must say. */
static void test_rules_are_there(void **state)
{
    struct prompts *p = load(NULL);

    for (int i = 0; i < 2; i++) {
        struct str t = prompts_text(p, i ? PROMPT_ASK : PROMPT_INVESTIGATE);

        assert_true(str_find(t, STR_LIT("{{fence}}")) > 0);
        assert_true(str_find(t, STR_LIT("[redacted-")) > 0);
        assert_true(str_find(t, STR_LIT("You change nothing")) > 0);
        assert_true(str_find(t, STR_LIT("Never state a confidence")) > 0);
        assert_true(str_find(t, STR_LIT("c12")) > 0);
    }
    assert_true(str_find(prompts_text(p, PROMPT_COMPACT), STR_LIT("{{fence}}")) > 0);
    prompts_free(p);
}

static void put(const char *dir, const char *name, const char *text)
{
    char *path = xasprintf("%s/%s", dir, name);
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(path, str_from(text), 0600, &err), &err);
    free(path);
}

static void test_users_text(void **state)
{
    char *dir = tmpdir_new();
    struct prompts *ours = load(NULL), *p;
    struct buf out = BUF_INIT(1000);

    put(dir, "repair.md", "Again: {{tool}} {{ problem }} {{tool}}.\n");
    p = load(dir);
    assert_true(prompts_replaced(p, PROMPT_REPAIR));
    assert_false(prompts_replaced(p, PROMPT_ASK));
    assert_string_not_equal(prompts_version(p), prompts_version(ours));
    assert_int_equal(strlen(prompts_version(p)), 12);
    prompts_fill(p, PROMPT_REPAIR,
                 (struct prompt_var[]){{"tool", STR_LIT("{{problem}}")}, {"problem", STR_LIT("x")}},
                 2, &out);
    assert_string_equal(buf_cstr(&out), "Again: {{problem}} x {{problem}}.\n");
    buf_release(&out);
    prompts_free(p);
    prompts_free(ours);
    tmpdir_free(dir);
}

static void refuses(const char *text, const char *part)
{
    char *dir = tmpdir_new();
    struct prompts *p;
    struct err err = ERR_INIT;

    put(dir, "ask.md", text);
    assert_int_equal(prompts_load(dir, &p, &err), ERR_INPUT);
    if (!strstr(err.msg, part) || !strstr(err.msg, "ask.md"))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    tmpdir_free(dir);
}

static void test_bad_text(void **state)
{
    refuses("Now {{tim}}", "{{tim}} is not known");
    refuses("Now {{tim}}", "{{now}}");
    refuses("\xff", "UTF-8");
    refuses("  \n", "empty");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_snapshots), cmocka_unit_test(test_rules_are_there),
        cmocka_unit_test(test_users_text), cmocka_unit_test(test_bad_text)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
