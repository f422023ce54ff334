/* test_series.c - numbers out of raw results: what is known, what is hostile. R-49, U-16 */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/view/series.h"
#include "src/view/view_priv.h"

#define MATRIX(result)                                                                             \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[" result "]}}"

static const struct series_hint nothing = {.metric = ""};

static bool read_text(struct series_set *s, const char *text, const struct series_hint *h)
{
    return series_read(s, str_from(text), h);
}

/* */
static void test_matrix(void **state)
{
    const struct series_hint hint = {
        .metric = "mem_bytes", .unit = "bytes", .resource = "mem_bytes{job=\"j\",pod=\"b\"}"};
    struct series_set s;

    (void)state;
    series_init(&s);
    assert_true(
        read_text(&s,
                  MATRIX("{\"metric\":{\"__name__\":\"mem_bytes\",\"job\":\"j\",\"pod\":\"a\"},"
                         "\"values\":[[1000,\"1\"],[1001.5,\"NaN\"],[1002,\"+Inf\"]]},"
                         "{\"metric\":{\"__name__\":\"mem_bytes\",\"job\":\"j\",\"pod\":\"b\"},"
                         "\"values\":[[1000,\"3\"],[1001,\"4.5\"]]},"
                         "{\"metric\":{\"__name__\":\"mem_bytes\"},\"values\":[]}"),
                  &hint));
    assert_int_equal(s.series.count, 2);
    assert_int_equal(s.subject, 1);
    assert_string_equal(s.series.items[0].name, "b"); /* what it is about comes first */
    assert_string_equal(s.series.items[1].name, "a");
    assert_string_equal(s.unit, "bytes");
    assert_string_equal(s.title, "mem_bytes");
    assert_true(s.series.items[0].times_ms[1] == 1001000 && s.series.items[0].values[1] == 4.5);
    assert_true(isnan(s.series.items[1].values[1]) && isinf(s.series.items[1].values[2]));
    series_release(&s);
}

/* A counter is read as a rate, over a reset; a gauge with such a name is not. */
static void test_rates(void **state)
{
    struct series_set s;

    (void)state;
    series_init(&s);
    assert_true(read_text(&s,
                          MATRIX("{\"metric\":{\"__name__\":\"io_bytes_total\"},\"values\":["
                                 "[0,\"10\"],[10,\"30\"],[20,\"30\"],[30,\"5000\"]]}"),
                          &nothing));
    assert_true(s.rates);
    assert_string_equal(s.unit, "bytes/s");
    assert_true(isnan(s.series.items[0].values[0]));
    assert_true(s.series.items[0].values[1] == 2 && s.series.items[0].values[2] == 0);
    assert_true(s.series.items[0].values[3] == 497);
    assert_true(read_text(&s,
                          MATRIX("{\"metric\":{\"__name__\":\"requests_sum\"},\"values\":["
                                 "[0,\"10\"],[10,\"3\"],[20,\"30\"],[30,\"5\"]]}"),
                          &nothing));
    assert_false(s.rates);
    assert_true(s.series.items[0].values[0] == 10);
    series_release(&s);
}

static void test_bars(void **state)
{
    const struct series_hint disk = {.metric = "filesystem_used"}, cpu = {.metric = "cpu_busy"};
    const char *snapshot =
        "{\"processes\":[{\"command\":\"a\",\"tree_cpu\":0.5},{\"command\":\"b\",\"tree_cpu\":1.5},"
        "{\"command\":\"c\",\"tree_cpu\":null}],\"filesystems\":[{\"mount\":\"/\",\"used\":0.2}]}";
    struct series_set s;

    (void)state;
    series_init(&s);
    assert_true(read_text(&s,
                          "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":["
                          "{\"metric\":{\"a\":\"x\"},\"value\":[1,\"2\"]},"
                          "{\"metric\":{\"a\":\"y\"},\"value\":[1,\"3\"]}]}}",
                          &nothing));
    assert_int_equal(s.bars.count, 2);
    assert_string_equal(s.bars.items[1].label, "y");
    assert_true(read_text(&s, snapshot, &cpu));
    assert_int_equal(s.bars.count, 2);
    assert_string_equal(s.bars.items[0].label, "b"); /* the largest first */
    assert_string_equal(s.unit, "cores");
    assert_true(read_text(&s, snapshot, &disk));
    assert_string_equal(s.bars.items[0].label, "/");
    series_release(&s);
}

#define BIN(le, count) "{\"metric\":{\"le\":\"" le "\"},\"value\":[1,\"" count "\"]}"
#define VECTOR(list)                                                                               \
    "{\"status\":\"success\",\"data\":{\"resultType\":\"vector\",\"result\":[" list "]}}"

/* Bins of Prometheus are cumulative and in any order; without the last one they are not whole. */
static void test_bins(void **state)
{
    struct series_set s;

    (void)state;
    series_init(&s);
    assert_true(read_text(
        &s, VECTOR(BIN("+Inf", "100") "," BIN("0.5", "90") "," BIN("0.1", "60") "," BIN("1", "97")),
        &nothing));
    assert_true(s.in_bins);
    assert_int_equal(s.bars.count, 4);
    assert_string_equal(s.bars.items[0].label, "0 to 100 ms");
    assert_true(s.bars.items[0].value == 60 && s.bars.items[1].value == 30);
    assert_true(s.bars.items[2].value == 7 && s.bars.items[3].value == 3);
    assert_string_equal(s.bars.items[3].label, "above 1 s");
    assert_true(
        read_text(&s, VECTOR(BIN("0.1", "60") "," BIN("0.5", "90") "," BIN("1", "97")), &nothing));
    assert_false(s.in_bins);
    assert_true(
        read_text(&s, VECTOR(BIN("x", "60") "," BIN("0.5", "90") "," BIN("+Inf", "97")), &nothing));
    assert_false(s.in_bins);
    series_release(&s);
}

/* Response times of traces; where none answered, durations; of two nothing falls anyhow. */
static void test_traces(void **state)
{
    struct buf words = BUF_INIT(400);
    struct series_set s;

    (void)state;
    series_init(&s);
    assert_true(read_text(&s,
                          "{\"traces\":[{\"response_s\":0.1},{\"response_s\":0.2},"
                          "{\"response_s\":4},{\"response_s\":\"x\"}]}",
                          &nothing));
    assert_int_equal(s.values.count, 3);
    assert_string_equal(s.title, "response times of 3 traces");
    series_values_words(&s, &words);
    assert_string_equal(buf_cstr(&words), "min 100 ms, p50 200 ms, p90 4 s, p99 4 s, max 4 s");
    assert_true(read_text(&s,
                          "{\"traces\":[{\"duration_s\":1,\"response_s\":0},{\"duration_s\":2},"
                          "{\"duration_s\":3}]}",
                          &nothing));
    assert_string_equal(s.title, "durations of 3 traces");
    assert_false(read_text(&s, "{\"traces\":[{\"response_s\":1},{\"response_s\":2}]}", &nothing));
    assert_false(read_text(&s, "{\"traces\":{\"response_s\":1}}", &nothing));
    series_release(&s);
    buf_release(&words);
}

static void test_samples_and_tables(void **state)
{
    const struct series_hint memory = {.metric = "process_memory", .unit = "bytes", .base_ms = 500};
    struct series_set s;

    (void)state;
    series_init(&s);
    assert_true(read_text(&s,
                          "{\"command\":\"db\",\"samples\":[{\"at_s\":0,\"cpu\":1,\"rss\":10},"
                          "{\"at_s\":0.5,\"cpu\":2,\"rss\":20}]}",
                          &memory));
    assert_int_equal(s.series.count, 1);
    assert_true(s.series.items[0].times_ms[1] == 1000 && s.series.items[0].values[1] == 20);
    assert_true(read_text(
        &s, "time,p50,p99\n2026-02-04T14:00:00Z,0.1,0.2\n2026-02-04T14:01:00Z,,3\n", &nothing));
    assert_int_equal(s.series.count, 2);
    assert_string_equal(s.series.items[1].name, "p99");
    assert_true(isnan(s.series.items[0].values[1]) && s.series.items[1].values[1] == 3);
    assert_true(read_text(&s, "name\tsize\n/var\t12\n/\t3\n", &nothing));
    assert_int_equal(s.bars.count, 2);
    assert_false(read_text(&s, "a line, of prose\nand, another\n", &nothing));
    series_release(&s);
}

/* Nothing of this is a chart, and none of it is trouble. */
static void test_hostile(void **state)
{
    static const char *const texts[] = {
        "",
        "{",
        "[]",
        "null",
        "{}",
        "\xff\xfe,1\n2,3\n",
        "[[[[[[[[",
        MATRIX(""),
        MATRIX("null"),
        MATRIX("{\"metric\":7,\"values\":7}"),
        MATRIX("{\"metric\":{},\"values\":[[1e300,\"1\"],[null,\"2\"],[1],[\"x\",\"y\"],7]}"),
        MATRIX("{\"metric\":{},\"values\":[[2,\"1\"],[1,\"2\"]]}"), /* backwards */
        "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":{}}}",
        "{\"status\":\"success\",\"data\":{\"resultType\":\"scalar\",\"result\":[1,\"NaN\"]}}",
        "{\"samples\":[{\"at_s\":1e308},{\"at_s\":\"x\"}]}",
        "{\"files\":[7,null,{\"path\":7,\"bytes\":\"x\"}]}",
    };
    struct series_set s;

    (void)state;
    series_init(&s);
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++)
        if (read_text(&s, texts[i], &nothing))
            fail_msg("text %zu has numbers: %s", i, texts[i]);
    assert_int_equal(s.series.count + s.bars.count, 0);
    series_release(&s);
}

/* ---- the raw result ---- */

static struct screen *with_raw(struct str raw)
{
    struct screen *s = calloc(1, sizeof(*s));

    screen_init(s);
    screen_set_raw(s, "h", raw, NULL);
    raw_lines(s, 80);
    return s;
}

static void done(struct screen *s)
{
    screen_release(s);
    free(s);
}

/* R-49, U-16: what is hidden in the text is seen, JSON is indented with short lists whole. */
static void test_raw(void **state)
{
    struct screen *s = with_raw(STR_LIT("{\"a\":[1,\"]\"],\"b\":{\"c\":\"\\\"{\",\"d\":[]}}"));

    (void)state;
    assert_true(s->raw.json);
    assert_string_equal(buf_cstr(&s->raw.text),
                        "{\n  \"a\": [1, \"]\"],\n  \"b\": {\n    \"c\": \"\\\"{\",\n    "
                        "\"d\": []\n  }\n}");
    done(s);
    s = with_raw(STR_LIT("a\x1b[31mb\xE2\x80\xAE"));
    assert_int_equal(s->raw.mode, RAW_TEXT);
    assert_null(strchr(buf_cstr(&s->raw.text), 0x1b));
    assert_non_null(strstr(buf_cstr(&s->raw.text), "<U+202E>"));
    done(s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_matrix),  cmocka_unit_test(test_rates),
        cmocka_unit_test(test_bars),    cmocka_unit_test(test_bins),
        cmocka_unit_test(test_traces),  cmocka_unit_test(test_samples_and_tables),
        cmocka_unit_test(test_hostile), cmocka_unit_test(test_raw),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
