/* test_phrase.c - sentences to commands without a model., C-02, C-03. */
#include "tests/lib/unit.h"

#include "runbook/engine/phrase.h"

static bool known(void *ctx, struct str word)
{
    (void)ctx;
    return str_eq_c(word, "checkout") || str_eq_c(word, "web-3") || str_eq_c(word, "payments");
}

static struct arena *arena;

static struct phrase parse(const char *text)
{
    struct phrase p;

    phrase_parse(str_from(text), known, NULL, arena, &p);
    return p;
}

/* Each phrase, one command. */
static void test_phrases(void **state)
{
    static const struct {
        const char *text;
        enum phrase_act act;
        const char *target;
    } table[] = {
        {"list metrics of checkout", PHRASE_METRICS, "checkout"},
        {"Check metrics for checkout", PHRASE_METRICS, "checkout"},
        {"show checkout metrics", PHRASE_METRICS, "checkout"},
        {"list logs of web-3", PHRASE_LOGS, "web-3"},
        {"check web-3 logs", PHRASE_LOGS, "web-3"},
        {"show logs from web-3 of the last 2 hours", PHRASE_LOGS, "web-3"},
        {"start checkout", PHRASE_MUTATE, "checkout"},
        {"stop checkout", PHRASE_MUTATE, "checkout"},
        {"restart the database", PHRASE_MUTATE, ""},
        {"scale checkout to 5", PHRASE_MUTATE, "checkout"},
        {"detect anomalies", PHRASE_INVESTIGATE, ""},
        {"detect checkout anomalies", PHRASE_INVESTIGATE, "checkout"},
        {"list anomalies in checkout", PHRASE_INVESTIGATE, "checkout"},
        {"investigate checkout", PHRASE_INVESTIGATE, "checkout"},
        {"checkout is slow", PHRASE_INVESTIGATE, "checkout"},
        {"generate health report", PHRASE_HEALTH, ""},
        {"scan all", PHRASE_SCAN, ""},
        {"kb stats", PHRASE_KNOWLEDGE, ""},
        {"kb search disk full", PHRASE_KNOWLEDGE, ""},
        {"kb semantic slow queries", PHRASE_KNOWLEDGE, ""},
        {"sop list", PHRASE_SOP, ""},
        {"sop run 3", PHRASE_SOP, ""},
        {"feedback good", PHRASE_FEEDBACK, ""},
        {"notification status", PHRASE_NOTIFY, ""},
        {"send alert", PHRASE_NOTIFY, ""},
        {"what is the root cause?", PHRASE_CAUSE, ""},
        {"why do you think that is the cause", PHRASE_CAUSE, ""},
        {"show E4", PHRASE_SHOW, "E4"},
        {"explain H1.2", PHRASE_SHOW, "H1.2"},
        {"list evidence", PHRASE_EVIDENCE, ""},
        {"who is affected?", PHRASE_IMPACT, ""},
        {"how do I fix it?", PHRASE_NEXT, ""},
        {"what changed on web-3?", PHRASE_CHANGES, "web-3"},
        {"how full are the disks of web-3", PHRASE_STATE, "web-3"},
        {"which disks of web-3 are nearly full?", PHRASE_STATE, "web-3"},
        {"how much memory is free on web-3", PHRASE_STATE, "web-3"},
        {"what burns cpu on web-3", PHRASE_STATE, "web-3"},
        {"is the disk of web-3 full", PHRASE_STATE, "web-3"},
        {"which ports are listening on web-3", PHRASE_STATE, "web-3"},
        {"why is the disk of web-3 full", PHRASE_INVESTIGATE, "web-3"},
        {"why is checkout slow", PHRASE_INVESTIGATE, "checkout"},
        {"the disk of web-3 is slow", PHRASE_INVESTIGATE, "web-3"},
        {"list sessions", PHRASE_SESSIONS, ""},
        {"list alerts", PHRASE_ALERTS, ""},
        {"list services", PHRASE_RESOURCES, ""},
        {"what could not be looked at", PHRASE_GAPS, ""},
        {"help", PHRASE_HELP, ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct phrase p = parse(table[i].text);

        if (p.act != table[i].act || strcmp(p.target, table[i].target) != 0 ||
            p.confidence < PHRASE_SURE)
            fail_msg("%s: %s of \"%s\", %.2f", table[i].text, phrase_act_name(p.act), p.target,
                     p.confidence);
    }
}

/* C-03: what is not sure is not done. */
static void test_unsure(void **state)
{
    static const char *const table[] = {"flibber the wobble", "show", "metrics", "list metrics",
                                        "show logs",          "",     "...",     "what changed"};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct phrase p = parse(table[i]);

        if (p.confidence >= PHRASE_SURE)
            fail_msg("%s: %s, %.2f", table[i], phrase_act_name(p.act), p.confidence);
    }
    assert_non_null(parse("list metrics").missing);
    assert_null(parse("flibber").missing);
}

static void test_classes(void **state)
{
    struct phrase p;

    (void)state;
    p = parse("why is it so slow, what is the problem");
    assert_int_equal(p.class, CLASS_DIAGNOSE);
    assert_float_equal(p.class_confidence, 1, 1e-9);
    p = parse("restart it");
    assert_int_equal(p.class, CLASS_RECOVER);
    assert_float_equal(p.class_confidence, 1.0 / 3, 1e-9);
    assert_int_equal(parse("scale up replicas").class, CLASS_SCALE);
    assert_int_equal(parse("monitor cpu usage").class, CLASS_MONITOR);
    assert_float_equal(parse("hm").class_confidence, 0, 1e-9);
}

static void test_windows(void **state)
{
    (void)state;
    assert_int_equal(parse("logs of web-3 of the last 30m").window_ms, 1800000);
    assert_int_equal(parse("logs of web-3 of the last 2 hours").window_ms, 7200000);
    assert_int_equal(parse("logs of web-3 of the last hour").window_ms, 3600000);
    assert_int_equal(parse("logs of web-3").window_ms, 0);
}

static void test_json(void **state)
{
    struct buf out = BUF_INIT(2000);
    struct phrase p = parse("show logs of web-3 of the last hour");

    (void)state;
    phrase_json(&p, &out);
    assert_string_equal(buf_cstr(&out),
                        "{\"intent_type\":\"describe\",\"target\":{\"resource_type\":\"logs\","
                        "\"scope\":\"web-3\",\"filters\":{\"window_ms\":3600000}},\"goal\":"
                        "\"understand\",\"class\":\"info\",\"class_confidence\":"
                        "0.6666666666666666,\"confidence\":1}");
    buf_release(&out);
}

/* Whatever is typed, it ends. */
static void test_hostile(void **state)
{
    struct buf text = BUF_INIT((size_t)1 << 20);

    (void)state;
    for (int i = 0; i < 50000; i++)
        buf_addf(&text, "%c%s", i % 7 ? ' ' : '.', i % 3 ? "list" : "E9");
    parse(buf_cstr(&text));
    parse("\xff\xfe of \x01 \xc3");
    parse(":::... /// --- of");
    buf_release(&text);
}

/* What people type at three in the morning. One machine is taken for granted where none is named:
 * a reading that only lacks its name is asked about, or answered from the only one (reply.c). */
static void test_many_wordings(void **state)
{
    static const struct {
        const char *text;
        enum phrase_act act;
    } table[] = {
        {"how is checkout doing?", PHRASE_STATE},
        {"what's up with web-3", PHRASE_STATE},
        {"is anything broken?", PHRASE_INVESTIGATE},
        {"what is going on", PHRASE_HEALTH},
        {"show me the logs of web-3", PHRASE_LOGS},
        {"tail the journal on web-3", PHRASE_LOGS},
        {"any errors in the logs?", PHRASE_LOGS},
        {"errors in the last 15 minutes", PHRASE_LOGS},
        {"what happened at 3am?", PHRASE_CAUSE},
        {"what changed in the last hour", PHRASE_CHANGES},
        {"who deployed what today", PHRASE_CHANGES},
        {"was anything deployed on web-3 recently?", PHRASE_CHANGES},
        {"did somebody restart web-3?", PHRASE_CHANGES},
        {"is web-3 up?", PHRASE_STATE},
        {"is web-3 reachable", PHRASE_STATE},
        {"uptime of web-3", PHRASE_STATE},
        {"how long has web-3 been up", PHRASE_STATE},
        {"load average", PHRASE_STATE},
        {"what is the load on web-3?", PHRASE_STATE},
        {"cpu usage", PHRASE_STATE},
        {"top processes", PHRASE_STATE},
        {"top by memory", PHRASE_STATE},
        {"which process uses the most memory", PHRASE_STATE},
        {"what is eating my cpu", PHRASE_STATE},
        {"who is using all the ram", PHRASE_STATE},
        {"is the machine swapping?", PHRASE_STATE},
        {"how much swap is used", PHRASE_STATE},
        {"free memory on web-3", PHRASE_STATE},
        {"disk usage", PHRASE_STATE},
        {"df", PHRASE_STATE},
        {"df -h", PHRASE_STATE},
        {"disk space left on web-3", PHRASE_STATE},
        {"is any disk full?", PHRASE_STATE},
        {"how much space is left on /var", PHRASE_STATE},
        {"which filesystem is fullest", PHRASE_STATE},
        {"inodes", PHRASE_STATE},
        {"open ports", PHRASE_STATE},
        {"what is listening on 5432", PHRASE_STATE},
        {"who listens on port 8080", PHRASE_STATE},
        {"network connections", PHRASE_STATE},
        {"netstat", PHRASE_STATE},
        {"show failed units", PHRASE_STATE},
        {"which services failed", PHRASE_STATE},
        {"are all units running?", PHRASE_STATE},
        {"systemctl --failed", PHRASE_STATE},
        {"list alerts", PHRASE_ALERTS},
        {"which alerts fire?", PHRASE_ALERTS},
        {"what is firing", PHRASE_ALERTS},
        {"any alerts right now?", PHRASE_ALERTS},
        {"is there an alert for checkout", PHRASE_ALERTS},
        {"show me the metrics of checkout", PHRASE_METRICS},
        {"latency of checkout", PHRASE_METRICS},
        {"p99 of payments", PHRASE_METRICS},
        {"error rate of checkout", PHRASE_METRICS},
        {"requests per second of web", PHRASE_METRICS},
        {"how is the traffic of checkout", PHRASE_METRICS},
        {"what's the root cause?", PHRASE_CAUSE},
        {"why?", PHRASE_CAUSE},
        {"why did it fail?", PHRASE_INVESTIGATE},
        {"what did you find?", PHRASE_CAUSE},
        {"what do you think it is", PHRASE_CAUSE},
        {"are you sure?", PHRASE_CAUSE},
        {"how sure are you?", PHRASE_CAUSE},
        {"how confident are you", PHRASE_CAUSE},
        {"what is the evidence?", PHRASE_EVIDENCE},
        {"prove it", PHRASE_EVIDENCE},
        {"show E4", PHRASE_SHOW},
        {"explain H1", PHRASE_SHOW},
        {"why H2?", PHRASE_SHOW},
        {"what about H2", PHRASE_SHOW},
        {"what did you rule out?", PHRASE_HYPOTHESES},
        {"what else could it be?", PHRASE_HYPOTHESES},
        {"what did you check?", PHRASE_QUERIES},
        {"what did you look at", PHRASE_QUERIES},
        {"what could you not look at?", PHRASE_GAPS},
        {"what is missing", PHRASE_GAPS},
        {"what should I do?", PHRASE_NEXT},
        {"what now?", PHRASE_NEXT},
        {"how do I fix this?", PHRASE_NEXT},
        {"next steps", PHRASE_NEXT},
        {"can you fix it?", PHRASE_NEXT},
        {"restart checkout", PHRASE_MUTATE},
        {"roll back the deploy", PHRASE_MUTATE},
        {"scale web to 5", PHRASE_MUTATE},
        {"kill process 1234", PHRASE_MUTATE},
        {"kill it", PHRASE_MUTATE},
        {"stop the database", PHRASE_MUTATE},
        {"who is affected?", PHRASE_IMPACT},
        {"what is the impact", PHRASE_IMPACT},
        {"what is the blast radius", PHRASE_IMPACT},
        {"which services depend on payments", PHRASE_TOPOLOGY},
        {"what does checkout call?", PHRASE_TOPOLOGY},
        {"who calls payments?", PHRASE_TOPOLOGY},
        {"list services", PHRASE_RESOURCES},
        {"list hosts", PHRASE_RESOURCES},
        {"list everything", PHRASE_RESOURCES},
        {"show resources", PHRASE_RESOURCES},
        {"what resources do you know", PHRASE_RESOURCES},
        {"health", PHRASE_HEALTH},
        {"are we healthy?", PHRASE_HEALTH},
        {"status", PHRASE_HEALTH},
        {"status report", PHRASE_HEALTH},
        {"give me a summary", PHRASE_CAUSE},
        {"tl;dr", PHRASE_CAUSE},
        {"summarise what happened", PHRASE_CAUSE},
        {"list my sessions", PHRASE_SESSIONS},
        {"what did we investigate yesterday", PHRASE_SESSIONS},
        {"have we seen this before?", PHRASE_SESSIONS},
        {"help", PHRASE_HELP},
        {"what can you do?", PHRASE_HELP},
        {"detect anomalies", PHRASE_INVESTIGATE},
        {"anything unusual?", PHRASE_INVESTIGATE},
        {"checkout is slow", PHRASE_INVESTIGATE},
        {"the site is down", PHRASE_INVESTIGATE},
        {"payments times out", PHRASE_INVESTIGATE},
        {"login fails since 14:00", PHRASE_INVESTIGATE},
        {"users cannot log in", PHRASE_INVESTIGATE},
        {"high latency on checkout", PHRASE_INVESTIGATE},
        {"500s on the api", PHRASE_INVESTIGATE},
        {"investigate web-3", PHRASE_INVESTIGATE},
        {"look into the disk alert", PHRASE_INVESTIGATE},
        {"everything is red, many alarms at once", PHRASE_INVESTIGATE},
        {"dozens of alerts suddenly", PHRASE_INVESTIGATE},
        {"an alarm storm in eu-west-1", PHRASE_INVESTIGATE},
        {"how many alerts are firing?", PHRASE_ALERTS},
        {"check web-3", PHRASE_STATE},
        {"check everything", PHRASE_SCAN},
        {"show the tree", PHRASE_HYPOTHESES},
        {"show the timeline", PHRASE_TIMELINE},
        {"how much has this cost?", PHRASE_COST},
        {"hello", PHRASE_HELP},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        struct phrase p = parse(table[i].text);

        if (p.act != table[i].act || (p.confidence < PHRASE_SURE && !p.missing))
            fail_msg("%s: %s, %.2f", table[i].text, phrase_act_name(p.act), p.confidence);
    }
    assert_true(sizeof(table) / sizeof(table[0]) >= 100);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_many_wordings), cmocka_unit_test(test_phrases),
        cmocka_unit_test(test_unsure),        cmocka_unit_test(test_classes),
        cmocka_unit_test(test_windows),       cmocka_unit_test(test_json),
        cmocka_unit_test(test_hostile),
    };
    int failed;

    arena = arena_new(0);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
