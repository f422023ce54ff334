/* test_reply_aws.c - what a sentence about AWS is answered with: a change says who did it, a
 * finding how bad it is and of what, and "there is none" is not said of what could not be read.
 * The state of a machine is found by German words, too. A-16, C-03 */
#include "tests/lib/unit.h"

#include "runbook/codec/json.h"
#include "src/engine/reply.h"
#include "src/engine/reply_aws.h"
#include "src/engine/reply_state.h"

static const struct {
    const char *tool, *json, *summary;
    enum tool_status status;
    const char *has[3], *not ;
} cases[] = {
    {"aws_changes",
     "{\"changes\":[{\"ts_ms\":1770199200000,\"time\":\"2026-02-04T10:00:00.000Z\",\"kind\":"
     "\"network\",\"what\":\"sg-tasks\",\"detail\":\"RevokeSecurityGroupIngress of sg-tasks\","
     "\"outcome\":\"ok\",\"actor\":\"role/terraform\",\"from\":\"10.0.0.7\",\"resource\":"
     "\"sg-tasks\"}],\"gaps\":[{\"what\":\"config\",\"why\":\"not permitted: x\",\"code\":"
     "\"denied\"}]}",
     "1 change",
     TOOL_OK,
     {"- 2026-02-04 10:00:00 UTC RevokeSecurityGroupIngress of sg-tasks, by role/terraform from "
      "10.0.0.7\n",
      "Not read:\n- config: not permitted: x\n"},
     "network, sg-tasks"},
    {"aws_changes",
     "{\"changes\":[{\"ts_ms\":1770199200000,\"time\":\"2026-02-04T10:00:00.000Z\",\"kind\":"
     "\"scaling\",\"what\":\"web\",\"detail\":\"web: no capacity\",\"outcome\":\"failed\"}]}",
     "1 change",
     TOOL_OK,
     {"UTC web: no capacity, failed\n"},
     "by "},
    {"aws_changes",
     "{\"changes\":[],\"gaps\":[{\"what\":\"cloudtrail\",\"why\":\"not permitted: x\",\"code\":"
     "\"denied\"}]}",
     "0 changes; 1 source did not answer",
     TOOL_EMPTY,
     {"nothing of the kind was found, but not everything could be read",
      "Not read:\n- cloudtrail: not permitted"},
     "there is nothing of the kind"},
    {"aws_changes",
     "{\"changes\":[],\"gaps\":[]}",
     "0 changes",
     TOOL_EMPTY,
     {"there is nothing of the kind"},
     "Not read"},
    {"aws_changes",
     "{\"changes\":[],\"gaps\":[{\"what\":\"health\",\"why\":\"not switched on: x\",\"code\":"
     "\"not-enabled\"}]}",
     "0 changes",
     TOOL_EMPTY,
     {"there is nothing of the kind"},
     "Not read"},
    {"aws_logs",
     "{\"events\":[]}",
     "0 events",
     TOOL_EMPTY,
     {"no events; without a time the last 15 minutes are read"},
     "of the kind"},
    {"aws_findings",
     "{\"findings\":[{\"id\":\"1765b89e4ba70b11\",\"check\":\"s3-public\",\"service\":\"s3\","
     "\"severity\":\"critical\",\"source\":\"runbook\",\"resource\":\"arn:aws:s3:::reports\","
     "\"region\":\"eu-west-1\",\"title\":\"The bucket can be read by anybody\"}]}",
     "1 finding, 1 critical, 0 high",
     TOOL_OK,
     {"- critical: The bucket can be read by anybody, arn:aws:s3:::reports, eu-west-1\n"},
     "1765b89e"},
};

static void test_answers(void **state)
{
    struct arena *arena = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_phrase p = {.tool = cases[i].tool, .title = "changes of AWS"};
        struct tool_result r = {.status = cases[i].status};
        struct buf out = BUF_INIT(65536);
        const struct value *v;
        struct err err = ERR_INIT;

        snprintf(r.summary, sizeof(r.summary), "%s", cases[i].summary);
        assert_ok(json_parse(arena, str_from(cases[i].json), &v, &err), &err);
        reply_aws_say(&p, &r, v, "c1", &out);
        for (size_t k = 0; k < 3 && cases[i].has[k]; k++)
            if (!strstr(buf_cstr(&out), cases[i].has[k]))
                fail_msg("%zu: no \"%s\" in\n%s", i, cases[i].has[k], buf_cstr(&out));
        if (strstr(buf_cstr(&out), cases[i].not ))
            fail_msg("%zu: \"%s\" in\n%s", i, cases[i].not, buf_cstr(&out));
        buf_release(&out);
    }
    arena_free(arena);
}

static void test_german_state(void **state)
{
    static const struct {
        const char *question, *has;
    } rows[] = {{"platte voll", "the fullest is /var"},
                {"ist die festplatte voll?", "the fullest is /var"},
                {"wieviel speicher ist noch frei", "memory"},
                {"wie viel speicherplatz ist noch frei", "the fullest is /var"},
                {"was frisst den prozessor", "the processors are 50 % busy, there are 2"},
                /* 0.02 of the 1 core that is used: the rest comes and goes */
                {"top", "short-lived processes use most of it; of the others web (7)"},
                {"what is using port 2024", "port 2024 is listened on by sshd"},
                {"was ist auf port 99", "nobody listens on port 99"},
                {"open ports", "2 ports are listened on"}};
    static const char json[] =
        "{\"cpu\":{\"busy\":0.5,\"count\":2},\"memory\":{\"total\":8e9,\"available\":4e9},"
        "\"filesystems\":[{\"mount\":\"/var\",\"used\":0.98,\"available\":1e6,\"total\":1e9}],"
        "\"processes\":[{\"pid\":7,\"command\":\"web\",\"cpu\":0.02,\"rss\":1e6}],"
        "\"listeners\":[{\"proto\":\"tcp\",\"addr\":\"0.0.0.0\",\"port\":2024,\"command\":\"sshd\","
        "\"pid\":12},{\"proto\":\"tcp\",\"addr\":\"127.0.0.1\",\"port\":20240,\"command\":\"x\"}]}";
    struct arena *arena = arena_new(0);
    const struct value *v;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(json_parse(arena, str_from(json), &v, &err), &err);
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct buf out = BUF_INIT(65536);

        if (!reply_state("local", rows[i].question, v, "c1", &out) ||
            !strstr(buf_cstr(&out), rows[i].has))
            fail_msg("%s: no \"%s\" in\n%s", rows[i].question, rows[i].has, buf_cstr(&out));
        buf_release(&out);
    }
    arena_free(arena);
}

/* What is typed first on the screen is what is wrong, unless it clearly is something else: a change
 * that misses a value, or what is shown elsewhere, is asked about and starts no investigation. */
static void test_what_starts_an_investigation(void **state)
{
    static const struct {
        const char *text;
        bool first, later;
    } rows[] = {
        {"terminate i-0a1", false, false},
        {"what did aws cost last month", false, false},
        {"which ecs service returns errors", true, true},
        {"lambda throttles", true, true},
        {"is my rds ok", true, true},
    };
    struct model first = {.turn = 0}, later = {.turn = 1};
    struct arena *arena = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct aws_phrase aws;
        struct phrase p;

        phrase_parse(str_from(rows[i].text), NULL, NULL, arena, &p);
        aws_phrase_parse(str_from(rows[i].text), true, NULL, NULL, arena, &aws);
        reply_aws_meant(&aws, &p);
        if (reply_wants_investigation(&first, &p, false, false) != rows[i].first ||
            reply_wants_investigation(&later, &p, false, false) != rows[i].later)
            fail_msg("%s: %s %.2f", rows[i].text, phrase_act_name(p.act), p.confidence);
    }
    arena_free(arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answers),
        cmocka_unit_test(test_german_state),
        cmocka_unit_test(test_what_starts_an_investigation),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
