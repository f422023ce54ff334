/* test_phrase.c - sentences to commands without a model., C-02, C-03. */
#include "tests/lib/unit.h"

#include "runbook/engine/phrase.h"

static bool known(void *ctx, struct str word)
{
    (void)ctx;
    return str_eq_c(word, "checkout") || str_eq_c(word, "web-3");
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_phrases), cmocka_unit_test(test_unsure),
        cmocka_unit_test(test_classes), cmocka_unit_test(test_windows),
        cmocka_unit_test(test_json),    cmocka_unit_test(test_hostile),
    };
    int failed;

    arena = arena_new(0);
    failed = cmocka_run_group_tests(tests, NULL, NULL);
    arena_free(arena);
    return failed;
}
