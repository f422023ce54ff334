/* test_aws_ops_acts.c - the operations matrix names what changes a resource as the operations
 * themselves do: none that is not there, and each of AWS's stands in it. A-52 */
#include "tests/lib/unit.h"

#include "runbook/engine/mutate.h"
#include "runbook/tool/aws_ops.h"
#include "runbook/tool/aws_security.h"
#include "src/engine/modules_priv.h"
#include "src/engine/mutate_priv.h"

static bool in_matrix(const char *name)
{
    for (const struct ops_kind *const *k = ops_table(); *k; k++)
        for (size_t i = 0; (*k)->acts && (*k)->acts[i]; i++)
            if (strcmp((*k)->acts[i], name) == 0)
                return true;
    return false;
}

static void named_ones_are_there(void **state)
{
    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++)
        for (size_t i = 0; (*k)->acts && (*k)->acts[i]; i++)
            if (!act_find((*k)->acts[i]))
                fail_msg("%s:%s names %s, which is no operation", (*k)->service, (*k)->kind,
                         (*k)->acts[i]);
}

static void all_are_named(void **state)
{
    size_t n = 0;

    (void)state;
    for (const struct act_def *const *d = act_table(); *d; d++)
        if (strncmp(act_name(*d), "aws.", 4) == 0) {
            if (!in_matrix(act_name(*d)))
                fail_msg("%s stands in no row of the operations matrix: add it to the `acts` of a "
                         "kind in src/tool/aws_ops",
                         act_name(*d));
            n++;
        }
    assert_true(n > 0);
}

/* "{name}" becomes a word that the operation takes. */
static const char *filled(struct arena *a, const char *act)
{
    struct buf out = BUF_INIT(4096);
    const char *text;

    while (*act) {
        size_t n = *act == '{' ? strcspn(act, "}") + 1 : 0;

        if (n)
            buf_adds(&out, strncmp(act, "{key}", 5) == 0 || strncmp(act, "{name}", 6) == 0 ? "x1"
                           : strncmp(act, "{alias}", 7) == 0                               ? "prod"
                                                             : "eu-west-1");
        else
            buf_addc(&out, *act);
        act += n ? n : 1;
    }
    text = arena_strdup(a, buf_cstr(&out));
    buf_release(&out);
    return text;
}

/* what a check of security proposes is an operation with the parameters that it takes. */
static void fixes_are_operations(void **state)
{
    struct arena *a = arena_new(0);
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < security_check_count(); i++) {
        struct buf args = BUF_INIT(65536), json = BUF_INIT(65536);
        const struct act_def *d;
        const struct value *v;
        struct security_check c;
        struct err err = ERR_INIT;

        security_check_at(i, &c);
        if (!c.act)
            continue;
        if (act_parse_line(filled(a, c.act), &d, &args, &err) ||
            act_coerce(d, buf_str(&args), a, &v, &json, &err))
            fail_msg("%s: %s: %s", c.id, c.act, err.msg);
        buf_release(&args);
        buf_release(&json);
        n++;
    }
    assert_true(n >= 10);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(named_ones_are_there),
        cmocka_unit_test(all_are_named),
        cmocka_unit_test(fixes_are_operations),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
