/* test_phrase_spoken.c - sentences as people typed them, in English and in German: each was once
 * answered wrongly, with the state of something else, or not at all. A-16 C-02 C-03 */
#include "tests/lib/unit.h"

#include "runbook/engine/phrase.h"
#include "src/engine/aws_phrase.h"

static struct arena *arena;

/* About AWS, where it is configured. */
static void test_aws(void **state)
{
    static const struct {
        const char *text, *tool, *args;
    } cases[] = {
        {"how many instances run in eu-west-1", "aws_resources",
         "{\"service\":\"ec2:instance\",\"region\":\"eu-west-1\",\"where\":\"state in "
         "[\\\"running\\\", \\\"RUNNING\\\", \\\"Running\\\"]\"}"},
        {"wie viele ec2 instanzen laufen", "aws_resources",
         "{\"service\":\"ec2:instance\",\"where\":\"state in [\\\"running\\\", \\\"RUNNING\\\", "
         "\\\"Running\\\"]\"}"},
        {"welche instanzen sind gestoppt", "aws_resources",
         "{\"service\":\"ec2:instance\",\"where\":\"state in [\\\"stopped\\\", \\\"STOPPED\\\", "
         "\\\"Stopped\\\"]\"}"},
        {"which buckets are public", "aws_findings", "{\"service\":\"s3\"}"},
        {"list open security groups", "aws_findings", "{\"service\":\"ec2\"}"},
        {"which volumes are unencrypted", "aws_findings", "{\"service\":\"ec2\"}"},
        {"list public subnets", "aws_resources",
         "{\"service\":\"ec2:subnet\",\"match\":\"public\"}"},
        {"what changed in aws since an hour ago?", "aws_changes", "{\"since\":\"1h\"}"},
        {"what changed in aws in the last hour", "aws_changes", "{\"since\":\"1h\"}"},
        {"what changed in ecs 2 hours ago", "aws_changes",
         "{\"service\":\"ecs\",\"since\":\"2h\"}"},
        {"what changed in aws last week", "aws_changes", "{\"since\":\"7d\"}"},
        {"was hat sich in aws in der letzten stunde geändert", "aws_changes", "{\"since\":\"1h\"}"},
        {"wer hat sg-0a1 ge\u00e4ndert", "aws_changes",
         "{\"service\":\"ec2\",\"resource\":\"sg-0a1\"}"},
        {"wer hat sg-0a1 gendert", "aws_changes", "{\"service\":\"ec2\",\"resource\":\"sg-0a1\"}"},
        {"show alarms", "aws_resources", "{\"service\":\"cloudwatch:alarm\"}"},
        {"alarms in us-east-1", "aws_resources",
         "{\"service\":\"cloudwatch:alarm\",\"region\":\"us-east-1\"}"},
        {"ec2 instances in frankfurt", "aws_resources",
         "{\"service\":\"ec2:instance\",\"region\":\"eu-central-1\"}"},
        {"show me the logs of /aws/lambda/orders", "aws_logs",
         "{\"group\":\"/aws/lambda/orders\"}"},
        {"zeig mir die logs von lambda orders", "aws_logs", "{\"group\":\"/aws/lambda/orders\"}"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_phrase p;

        aws_phrase_parse(str_from(cases[i].text), true, NULL, NULL, arena, &p);
        if (p.is != AWS_PHRASE_CALL || strcmp(p.tool, cases[i].tool) != 0 ||
            strcmp(p.args, cases[i].args) != 0)
            fail_msg("%s: %d %s %s %s", cases[i].text, (int)p.is, p.tool, p.args,
                     p.missing ? p.missing : "");
    }
}

/* What a question costs is said, and no sentence spends it. */
static void test_costs_are_not_asked(void **state)
{
    static const char *const texts[] = {"what did aws cost last month", "kosten aws letzten monat",
                                        "how much do we pay for rds"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct aws_phrase p;

        aws_phrase_parse(str_from(texts[i]), true, NULL, NULL, arena, &p);
        if (p.is != AWS_PHRASE_ASK || !strstr(p.missing, "runbook spend"))
            fail_msg("%s: %d %s", texts[i], (int)p.is, p.missing ? p.missing : "");
    }
}

/* Trouble is no list: AWS's words in it do not make a call of it. */
static void test_trouble_is_no_call(void **state)
{
    static const char *const texts[] = {"lambda throttles", "sqs queue orders is growing",
                                        "is my rds ok", "rds langsam", "instances unreachable"};

    (void)state;
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        struct aws_phrase p;

        aws_phrase_parse(str_from(texts[i]), true, NULL, NULL, arena, &p);
        if (p.is != AWS_PHRASE_NONE)
            fail_msg("%s: %d %s %s", texts[i], (int)p.is, p.tool, p.args);
    }
}

static void test_here(void **state)
{
    static const struct {
        const char *text;
        enum phrase_act act;
    } cases[] = {
        {"warum ist der server so langsam?", PHRASE_INVESTIGATE},
        {"der shop ist langsam", PHRASE_INVESTIGATE},
        {"shop ist down", PHRASE_INVESTIGATE},
        {"die datenbank antwortet nicht", PHRASE_INVESTIGATE},
        {"lambda throttles", PHRASE_INVESTIGATE},
        {"sqs queue orders is growing", PHRASE_INVESTIGATE},
        {"is my rds ok", PHRASE_INVESTIGATE},
        {"api unreachable", PHRASE_INVESTIGATE},
        {"seiten laden nicht", PHRASE_INVESTIGATE},
        {"viele fehler im checkout", PHRASE_INVESTIGATE},
        {"users get 502", PHRASE_INVESTIGATE},
        {"platte voll", PHRASE_STATE},
        {"how many cpus has this box", PHRASE_STATE},
        {"wieviel speicher ist noch frei", PHRASE_STATE},
        {"wie viel ram ist frei", PHRASE_STATE},
        {"whats eating my cpu", PHRASE_STATE},
        {"was frisst die cpu", PHRASE_STATE},
        {"welche dienste sind ausgefallen", PHRASE_STATE},
        {"was hat sich seit 2 stunden geändert", PHRASE_CHANGES},
        {"was wurde heute deployed", PHRASE_CHANGES},
        {"zeig mir die logs von web-3", PHRASE_LOGS},
        {"gibt es alarme", PHRASE_ALERTS},
        {"was ist die ursache", PHRASE_CAUSE},
        {"was soll ich tun", PHRASE_NEXT},
        {"starte nginx neu", PHRASE_MUTATE},
        {"nginx neu starten", PHRASE_MUTATE},
        {"hallo", PHRASE_HELP},
        {"hilfe", PHRASE_HELP},
        {"how do i find the cause of high load", PHRASE_INVESTIGATE},
        /* English stays English */
        {"was it deployed?", PHRASE_CHANGES},
        {"did the pod die", PHRASE_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct phrase p;

        phrase_parse(str_from(cases[i].text), NULL, NULL, arena, &p);
        if (cases[i].act == PHRASE_NONE
                ? p.confidence >= PHRASE_SURE
                : p.act != cases[i].act || (p.confidence < PHRASE_SURE && !p.missing))
            fail_msg("%s: %s %.2f", cases[i].text, phrase_act_name(p.act), p.confidence);
    }
}

static int setup(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_aws),
        cmocka_unit_test(test_costs_are_not_asked),
        cmocka_unit_test(test_trouble_is_no_call),
        cmocka_unit_test(test_here),
    };

    return cmocka_run_group_tests(tests, setup, teardown);
}
