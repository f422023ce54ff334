/* test_logmine.c - masking, families, JSON lines, times and bounds. */
#include "tests/lib/unit.h"

#include "runbook/base/mem.h"
#include "runbook/base/rng.h"
#include "runbook/codec/logmine.h"

#define NOW INT64_C(1795239000000) /* 2026-11-21T05:30:00Z */

static void test_masks(void **state)
{
    static const struct {
        const char *line, *masked;
    } cases[] = {
        {"took 12ms", "took <*>ms"},
        {"from 10.0.0.1:5432 to 10.0.0.2:80", "from <*> to <*>"},
        {"id 550e8400-e29b-41d4-a716-446655440000 gone", "id <*> gone"},
        {"id deadbeef-dead-beef-dead-beefdeadbeef gone", "id <*> gone"},
        {"commit 3f786850e387550fdab", "commit <*>"},
        {"ptr 0x7ffe9c00", "ptr <*>"},
        {"worker-12 of pool3", "worker-<*> of pool<*>"},
        {"/var/lib/app/12/x.log", "/var/lib/app/<*>/x.log"},
        {"at 05:26:13.250 sharp", "at <*> sharp"},
        {"\"GET /a/7 HTTP/1.1\" 503 1234", "\"GET /a/<*> HTTP/<*>\" 503 <*>"},
        {"status=404 bytes=404", "status=404 bytes=<*>"},
        {"HTTP/1.1 200 OK", "HTTP/<*> 200 OK"},
        {"waited 500 for it", "waited <*> for it"},
        {"a \t  b\x01 c", "a b c"},
        {"\x1b[31mERROR\x1b[0m x", "ERROR x"},
        {"key AKIAIOSFODNN7EXAMPLE", "key AKIAIOSFODNN<*>EXAMPLE"},
        {"token 9f8a7b6c5d4e", "token <*>"},
        {"caf\xc3\xa9 3", "caf\xc3\xa9 <*>"},
        {"", ""},
        {"   ", ""},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct buf out = BUF_INIT(4096);

        logmine_mask(str_from(cases[i].line), &out);
        assert_string_equal(buf_cstr(&out), cases[i].masked);
        buf_release(&out);
    }
}

static struct logmine *mine(const char *const *lines)
{
    struct logmine *m = logmine_new(NOW);

    for (; *lines; lines++)
        logmine_line(m, str_from(*lines));
    return m;
}

static size_t families(const struct logmine *m)
{
    struct logmine_totals t;

    logmine_totals(m, &t);
    return t.families;
}

static void test_families(void **state)
{
    static const char *const lines[] = {
        "2026-11-21T05:00:00Z ERROR login failed for user alice from 10.0.0.1",
        "2026-11-21T05:00:01Z ERROR login failed for user bob from 10.0.0.2",
        "2026-11-21T05:00:02Z INFO login failed for user carol from 10.0.0.3",
        "2026-11-21T05:00:03Z ERROR login failed for user dave from 10.0.0.4",
        "2026-11-21T05:00:04Z INFO started in 3 s",
        NULL,
    };
    struct logmine *m = mine(lines);
    const struct logmine_family *f = logmine_family(m, 0);

    (void)state;
    assert_int_equal(families(m), 3);
    assert_string_equal(f->text, "ERROR login failed for user <*> from <*>");
    assert_int_equal(f->count, 3);
    assert_int_equal(f->level, LOG_LEVEL_ERROR);
    assert_int_equal(f->last_ms - f->first_ms, 3000);
    assert_int_equal(f->first_line, 1);
    assert_int_equal(logmine_family(m, 1)->level, LOG_LEVEL_INFO);
    assert_string_equal(logmine_family(m, 2)->text, "INFO started in <*> s");
    logmine_free(m);
}

static void test_levels(void **state)
{
    static const struct {
        const char *line;
        enum log_level level;
    } cases[] = {
        {"ERROR x", LOG_LEVEL_ERROR},
        {"[warn] x", LOG_LEVEL_WARNING},
        {"level=info msg=x", LOG_LEVEL_INFO},
        {"app: error: no such file", LOG_LEVEL_ERROR},
        {"the error log was rotated", LOG_LEVEL_NONE},
        {"E1121 05:26:13.0 1 main.go:1] x", LOG_LEVEL_ERROR},
        {"I1121 05:26:13.0 1 main.go:1] x", LOG_LEVEL_INFO},
        {"{\"level\":50,\"msg\":\"x\"}", LOG_LEVEL_ERROR},
        {"{\"severity\":\"CRITICAL\",\"message\":\"x\"}", LOG_LEVEL_CRITICAL},
        {"1.2.3.4 - - [21/Nov/2026:05:26:13 +0000] \"GET / HTTP/1.1\" 502 1", LOG_LEVEL_ERROR},
        {"1.2.3.4 - - [21/Nov/2026:05:26:13 +0000] \"GET / HTTP/1.1\" 200 1", LOG_LEVEL_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct logmine *m = logmine_new(NOW);

        logmine_line(m, str_from(cases[i].line));
        if (logmine_family(m, 0)->level != cases[i].level)
            fail_msg("%s: %s", cases[i].line, log_level_name(logmine_family(m, 0)->level));
        logmine_free(m);
    }
}

static void test_json_lines(void **state)
{
    static const char *const lines[] = {
        "{\"time\":\"2026-11-21T05:00:00Z\",\"level\":\"error\",\"msg\":\"dial 10.0.0.1: "
        "refused\",\"ctx\":{\"msg\":\"no\"}}",
        "{\"ctx\":[{\"msg\":\"no\"}], \"msg\" : \"dial 10.0.0.2: refused\", \"ts\":1795237201.5,"
        "\"level\":\"error\"}",
        "{\"message\":\"say \\\"hi\\\"\\nthere\",\"err\":\"EOF\"}",
        "{broken json",
        "{\"a\":1}",
        "{\"msg\":\"x\"",
        NULL,
    };
    struct logmine *m = mine(lines);

    (void)state;
    assert_string_equal(logmine_family(m, 0)->text, "dial <*>: refused");
    assert_int_equal(logmine_family(m, 0)->count, 2);
    assert_int_equal(logmine_family(m, 0)->last_ms - logmine_family(m, 0)->first_ms, 1500);
    assert_string_equal(logmine_family(m, 1)->text, "say \"hi\" there EOF");
    assert_string_equal(logmine_family(m, 2)->text, "{broken json");
    assert_string_equal(logmine_family(m, 3)->text, "{\"a\":<*>}");
    assert_int_equal(families(m), 5);
    logmine_free(m);
}

static void test_stack_trace(void **state)
{
    static const char *const lines[] = {
        "  first line is indented",
        "ERROR boom",
        "\tat a.b(C.java:12)",
        "\tat a.c(C.java:13)",
        "ERROR boom",
        "\tat not kept",
        NULL,
    };
    struct logmine *m = mine(lines);
    struct logmine_totals t;

    (void)state;
    logmine_totals(m, &t);
    assert_int_equal(t.families, 2);
    assert_int_equal(t.continued, 3);
    assert_string_equal(logmine_family(m, 1)->sample,
                        "ERROR boom\n\tat a.b(C.java:12)\n\tat a.c(C.java:13)");
    logmine_free(m);
}

static void at(struct logmine *m, int64_t ms, const char *text)
{
    char *line = xasprintf("%lld %s", (long long)ms, text);

    logmine_line(m, str_from(line));
    free(line);
}

static uint64_t in_buckets(const struct logmine_family *f)
{
    uint64_t n = 0;

    for (size_t i = 0; i < LOGMINE_BUCKETS; i++)
        n += f->buckets[i];
    return n;
}

/* Whatever the order of the times, each line is in a bucket and the span is covered. */
static void test_buckets(void **state)
{
    struct logmine *m = logmine_new(NOW);
    struct logmine_totals t;
    struct rng r;

    (void)state;
    rng_seed(&r, 7);
    for (int i = 0; i < 5000; i++)
        at(m, NOW - (int64_t)(rng_next(&r) % (i < 100 ? 1000 : 90000000)), "tick");
    logmine_totals(m, &t);
    assert_int_equal(in_buckets(logmine_family(m, 0)), 5000);
    assert_true(t.start_ms <= t.first_ms);
    assert_true(t.start_ms + t.step_ms * LOGMINE_BUCKETS > t.last_ms);
    assert_true(t.step_ms < 90000000 / 10);
    assert_true(logmine_burst(m, logmine_family(m, 0)) < 0.2);
    logmine_free(m);
}

static void test_burst(void **state)
{
    struct logmine *m = logmine_new(NOW);

    (void)state;
    for (int i = 0; i < 3600; i++)
        at(m, NOW - 3600000 + i * 1000, "tick of the clock");
    for (int i = 0; i < 200; i++)
        at(m, NOW - 600000 + i * 100, "disk is full");
    assert_true(logmine_burst(m, logmine_family(m, 0)) < 0.1);
    assert_true(logmine_burst(m, logmine_family(m, 1)) > 0.9);
    logmine_free(m);
}

/* Only the lines of a time, with what belongs to them. */
static void test_range(void **state)
{
    struct logmine *m = logmine_new(NOW);
    struct logmine_totals t;

    (void)state;
    logmine_range(m, NOW - 1000, NOW);
    at(m, NOW - 2000, "too early");
    logmine_line(m, STR_LIT("\tat a.b"));
    logmine_line(m, STR_LIT("a line without a time"));
    at(m, NOW - 500, "right");
    logmine_line(m, STR_LIT("another line without a time"));
    at(m, NOW + 1000, "too late");
    logmine_totals(m, &t);
    assert_int_equal(t.outside, 4);
    assert_int_equal(t.families, 2);
    assert_string_equal(logmine_family(m, 0)->text, "right");
    logmine_free(m);
}

/* Lines of nothing in common do not grow the memory, and are still counted. */
static void test_bounds(void **state)
{
    struct logmine *m = logmine_new(NOW);
    struct logmine_totals t;
    char word[40], *huge = xmalloc(3 << 20);
    uint64_t counted = 0;

    (void)state;
    for (int i = 0; i < 20000; i++) {
        for (int k = 0; k < 30; k++)
            word[k] = (char)('g' + (i >> (k % 15) & 1) + (k >= 15 ? 2 : 0));
        word[30] = '\0';
        logmine_line(m, str_from(word));
    }
    memset(huge, 'x', 3 << 20);
    logmine_line(m, (struct str){huge, 3 << 20});
    memset(huge, '{', 3 << 20);
    logmine_line(m, (struct str){huge, 3 << 20});
    logmine_line(m, (struct str){"a\0b", 3});
    logmine_totals(m, &t);
    assert_int_equal(t.families, LOGMINE_FAMILIES_MAX);
    for (size_t i = 0; i < t.families; i++)
        counted += logmine_family(m, i)->count;
    assert_int_equal(counted + t.beyond, t.lines);
    assert_int_equal(t.lines, 20003);
    free(huge);
    logmine_free(m);
}

/* Bytes of any kind: no crash, and the count is right (run under the sanitizers). */
static void test_random_bytes(void **state)
{
    static const char alphabet[] = "ab09-.:[]{}\"\\ \t\x1b\x80\xff/=,Jan2026-11-21T";
    struct logmine *m = logmine_new(NOW);
    struct logmine_totals t;
    struct rng r;
    char line[300];

    (void)state;
    rng_seed(&r, 3);
    for (int i = 0; i < 20000; i++) {
        size_t len = rng_next(&r) % sizeof(line);

        for (size_t k = 0; k < len; k++)
            line[k] = alphabet[rng_next(&r) % (sizeof(alphabet) - 1)];
        logmine_line(m, (struct str){line, len});
    }
    logmine_totals(m, &t);
    assert_int_equal(t.lines, 20000);
    logmine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_masks),        cmocka_unit_test(test_families),
        cmocka_unit_test(test_levels),       cmocka_unit_test(test_json_lines),
        cmocka_unit_test(test_stack_trace),  cmocka_unit_test(test_buckets),
        cmocka_unit_test(test_burst),        cmocka_unit_test(test_bounds),
        cmocka_unit_test(test_random_bytes), cmocka_unit_test(test_range),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
