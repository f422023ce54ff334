/* test_aws_where.c - conditions over resources: what fits, what does not, what cannot be said; each
 * mistake has its column. R-37 */
#include "tests/lib/unit.h"

#include "runbook/codec/json.h"
#include "runbook/service/aws/where.h"

static struct aws_where_row row_of(struct arena *arena)
{
    struct aws_where_row r = {.service = STR_LIT("ec2"),
                              .kind = STR_LIT("instance"),
                              .id = STR_LIT("i-1"),
                              .name = STR_LIT("web"),
                              .state = STR_LIT("stopped"),
                              .health = STR_LIT("off"),
                              .region = STR_LIT("eu-west-1"),
                              .account = STR_LIT("prod"),
                              .number = STR_LIT("123456789012"),
                              .created = STR_LIT("2026-01-02T03:04:05.000Z")};
    struct err err = ERR_INIT;

    assert_ok(json_parse(arena, STR_LIT("{\"team\":\"pay\",\"aws:x\":\"y\"}"), &r.tags, &err),
              &err);
    assert_ok(json_parse(arena,
                         STR_LIT("{\"size\":5,\"text\":\"5\",\"placement\":{\"zone\":\"a\"},"
                                 "\"groups\":[{\"id\":\"sg-1\"}]}"),
                         &r.record, &err),
              &err);
    return r;
}

static void test_fits(void **state)
{
    static const struct {
        const char *text;
        enum aws_fit fit;
    } cases[] = {
        {"state == \"stopped\"", AWS_FIT_YES},
        {"state != 'stopped'", AWS_FIT_NO},
        {"state in ['running', 'stopped'] and region == 'eu-west-1'", AWS_FIT_YES},
        {"service == 'ec2' and kind == 'instance' and id == 'i-1' and name == 'web'", AWS_FIT_YES},
        {"health == 'off' and account == 'prod' and account_id == '123456789012'", AWS_FIT_YES},
        {"arn == ''", AWS_FIT_YES},
        {"created > '2026-01-01'", AWS_FIT_YES},
        {"created > '2026-01-03'", AWS_FIT_NO},
        {"'we' in name", AWS_FIT_YES},
        {"tags.team == 'pay'", AWS_FIT_YES},
        {"tags[\"aws:x\"] == 'y'", AWS_FIT_YES},
        {"tags.owner == 'pay'", AWS_FIT_NO},
        {"not (tags.owner == 'pay')", AWS_FIT_YES},
        {"tags.owner != 'pay'", AWS_FIT_YES},
        {"tags.owner == null", AWS_FIT_YES},
        {"exists tags.owner", AWS_FIT_NO},
        {"exists tags.team", AWS_FIT_YES},
        {"tags.owner < 'x'", AWS_FIT_NO},
        {"record.size >= 5", AWS_FIT_YES},
        {"record.size > 5", AWS_FIT_NO},
        {"record.placement.zone == 'a'", AWS_FIT_YES},
        {"record.groups[0].id == 'sg-1'", AWS_FIT_YES},
        {"record.nothing == 1", AWS_FIT_NO},
        {"exists record.nothing", AWS_FIT_NO},
        {"record.text > 4", AWS_FIT_UNDECIDED},
        {"state == 1", AWS_FIT_UNDECIDED},
    };
    struct arena *arena = arena_new(0);
    struct aws_where_row row = row_of(arena);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_where *w;
        struct err err = ERR_INIT;
        enum aws_fit fit;

        if (aws_where_new(str_from(cases[i].text), &w, &err))
            fail_msg("%s: %s", cases[i].text, err.msg);
        for (int turn = 0; turn < 2; turn++) { /* one condition, many resources */
            fit = aws_where_holds(w, &row, &err);
            if (fit != cases[i].fit)
                fail_msg("%s: %d %s", cases[i].text, (int)fit, err.msg);
        }
        aws_where_free(w);
    }
    arena_free(arena);
}

static void test_mistakes(void **state)
{
    static const struct {
        const char *text, *says;
    } cases[] = {
        {"stat == 'x'", "column 1: there is no field 'stat'"},
        {"state == 'x' and regoin == 'y'", "column 18: there is no field 'regoin'"},
        {"state == ", "column 1"},
        {"state.x == 1", "column 1: 'state' is a text"},
        {"id == 'x' or tags == 1", "column 14: 'tags' is more than one"},
        {"record == 1", "column 1: 'record' is more than one"},
        {"system('x')", "column"},
        {"", "column 1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_where *w;
        struct err err = ERR_INIT;

        if (aws_where_new(str_from(cases[i].text), &w, &err) != ERR_INPUT ||
            strncmp(err.msg, cases[i].says, strlen(cases[i].says)) != 0)
            fail_msg("%s: %s", cases[i].text, err.msg);
    }
}

/* What is not used does not have to be read. */
static void test_uses(void **state)
{
    struct aws_where *w;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(aws_where_new(STR_LIT("exists tags.a"), &w, &err), &err);
    assert_true(aws_where_uses_tags(w));
    assert_false(aws_where_uses_record(w));
    aws_where_free(w);
    assert_ok(aws_where_new(STR_LIT("record.a == 1"), &w, &err), &err);
    assert_true(aws_where_uses_record(w));
    assert_false(aws_where_uses_tags(w));
    aws_where_free(w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_fits),
        cmocka_unit_test(test_mistakes),
        cmocka_unit_test(test_uses),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
