/* test_logshift.c - when families of lines become frequent; stack traces, logfmt and journal lines.
 * */
#include "tests/lib/unit.h"

#include "runbook/base/timefmt.h"
#include "runbook/codec/logmine.h"
#include "runbook/codec/logshift.h"

#define T0 INT64_C(1795248000000)

static void line_at(struct logmine *m, int64_t s, const char *text)
{
    struct buf line = BUF_INIT(4096);
    char at[TIME_TEXT_MAX];

    time_format_rfc3339(T0 + s * 1000, at);
    buf_addf(&line, "%s %s", at, text);
    logmine_line(m, buf_str(&line));
    buf_release(&line);
}

static const struct logmine_family *family(const struct logmine *m, const char *text)
{
    struct logmine_totals t;

    logmine_totals(m, &t);
    for (size_t i = 0; i < t.families; i++) {
        if (strstr(logmine_family(m, i)->text, text))
            return logmine_family(m, i);
    }
    return NULL;
}

static void a_new_family_has_an_onset(void **state)
{
    struct logmine *m = logmine_new(T0 + 3600000);
    struct logshift s;

    for (int i = 0; i < 3600; i += 10)
        line_at(m, i, "INFO request served");
    for (int i = 3300; i < 3600; i++)
        line_at(m, i, "ERROR backend failed");
    assert_true(logshift_find(m, family(m, "backend"), &s));
    assert_true(s.fresh && s.current);
    assert_true(llabs(s.onset_ms - (T0 + 3300000)) <= 64000);
    assert_int_equal(s.before, 0);
    assert_int_equal(s.after, 300);
    assert_true(s.score > 100 && s.after_rate > 0.5);
    logmine_free(m);
}

/* What always comes at one rate rises nowhere that matters. */
static void an_even_family_does_not_rise(void **state)
{
    struct logmine *m = logmine_new(T0 + 3600000);
    struct logshift s;

    for (int i = 0; i < 3600; i += 4)
        line_at(m, i, "WARN cache is cold");
    if (logshift_find(m, family(m, "cache"), &s))
        assert_true(s.score < 3 && !s.fresh);
    logmine_free(m);
}

static void a_burst_that_ended_is_not_current(void **state)
{
    struct logmine *m = logmine_new(T0 + 3600000);
    struct logshift s;

    for (int i = 0; i < 3600; i += 10)
        line_at(m, i, i >= 1200 && i < 1500 ? "ERROR queue is full" : "INFO fine");
    assert_true(logshift_find(m, family(m, "queue"), &s));
    assert_false(s.current);
    assert_true(llabs(s.onset_ms - (T0 + 1200000)) <= 64000);
    assert_true(llabs(s.end_ms - (T0 + 1500000)) <= 128000);
    logmine_free(m);
}

static void without_times_there_is_no_shift(void **state)
{
    struct logmine *m = logmine_new(T0);
    struct logshift s;

    for (int i = 0; i < 100; i++)
        logmine_line(m, STR_LIT("ERROR no clock here"));
    assert_false(logshift_find(m, logmine_family(m, 0), &s));
    logmine_free(m);
}

static void a_python_traceback_is_one_thing(void **state)
{
    struct logmine *m = logmine_new(T0);
    struct logmine_totals t;

    for (int i = 0; i < 3; i++) {
        logmine_line(m, STR_LIT("ERROR:root:request failed"));
        logmine_line(m, STR_LIT("Traceback (most recent call last):"));
        logmine_line(m, STR_LIT("  File \"/srv/app.py\", line 3, in f"));
        logmine_line(m, STR_LIT("    connect()"));
        logmine_line(m, STR_LIT("ConnectionRefusedError: [Errno 111] Connection refused"));
        logmine_line(m, STR_LIT("INFO:root:next"));
    }
    logmine_totals(m, &t);
    assert_int_equal(t.families, 2);
    assert_int_equal(t.continued, 12);
    assert_non_null(strstr(family(m, "request failed")->sample, "ConnectionRefusedError"));
    logmine_free(m);
}

static void a_cause_belongs_to_its_exception(void **state)
{
    struct logmine *m = logmine_new(T0);
    struct logmine_totals t;

    logmine_line(m, STR_LIT("ERROR java.lang.IllegalStateException: no data"));
    logmine_line(m, STR_LIT("\tat a.b.C.d(C.java:12)"));
    logmine_line(m, STR_LIT("Caused by: java.net.ConnectException: refused"));
    logmine_line(m, STR_LIT("\t... 12 more"));
    logmine_totals(m, &t);
    assert_int_equal(t.families, 1);
    assert_non_null(strstr(logmine_family(m, 0)->sample, "Caused by"));
    logmine_free(m);
}

static void pairs_and_the_journal_are_read(void **state)
{
    struct logmine *m = logmine_new(T0 + 100000);
    struct logmine_totals t;

    logmine_line(m, STR_LIT("time=2026-11-21T08:00:00Z level=error msg=\"call failed\" "
                            "err=\"dial tcp 10.0.0.3:5432: connection refused\""));
    logmine_line(m, STR_LIT("{\"__REALTIME_TIMESTAMP\":\"1795248001000000\",\"PRIORITY\":\"3\","
                            "\"_SYSTEMD_UNIT\":\"a.service\",\"MESSAGE\":\"it broke\"}"));
    logmine_line(m, STR_LIT("a=b is no record"));
    logmine_totals(m, &t);
    assert_int_equal(t.families, 3);
    assert_int_equal(t.timed, 2);
    assert_int_equal(family(m, "call failed")->level, LOG_LEVEL_ERROR);
    assert_non_null(strstr(family(m, "call failed")->text, "connection refused"));
    assert_int_equal(family(m, "it broke")->level, LOG_LEVEL_ERROR);
    assert_true(family(m, "it broke")->first_ms == INT64_C(1795248001000));
    logmine_free(m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_new_family_has_an_onset),
        cmocka_unit_test(an_even_family_does_not_rise),
        cmocka_unit_test(a_burst_that_ended_is_not_current),
        cmocka_unit_test(without_times_there_is_no_shift),
        cmocka_unit_test(a_python_traceback_is_one_thing),
        cmocka_unit_test(a_cause_belongs_to_its_exception),
        cmocka_unit_test(pairs_and_the_journal_are_read),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
