/* test_sse.c - every stream is fed whole, byte by byte, and cut at every byte: the events are the
 * same. */
#include "tests/lib/unit.h"

#include "runbook/net/sse.h"

static void record(void *ctx, const struct sse_event *ev)
{
    buf_addf(ctx, "[%.*s|%.*s|%.*s]", STR_FMT(ev->type), STR_FMT(ev->data), STR_FMT(ev->id));
}

/* Feed in three pieces that end at `a`, `b` and the end. */
static void feed(struct str stream, size_t a, size_t b, struct buf *out, int64_t *ret_retry)
{
    struct sse_parser *p = sse_new(10000, record, out);
    struct err err = ERR_INIT;

    assert_ok(sse_feed(p, (struct str){stream.ptr, a}, &err), &err);
    assert_ok(sse_feed(p, (struct str){stream.ptr + a, b - a}, &err), &err);
    assert_ok(sse_feed(p, (struct str){stream.ptr + b, stream.len - b}, &err), &err);
    *ret_retry = sse_retry_ms(p);
    sse_free(p);
}

static void check_bytes(struct str stream, const char *wanted, int64_t retry_ms)
{
    struct buf out = BUF_INIT(100000);
    int64_t retry;

    for (size_t a = 0; a <= stream.len; a++) {
        for (size_t b = a; b <= stream.len; b++) {
            buf_clear(&out);
            feed(stream, a, b, &out, &retry);
            if (strcmp(buf_cstr(&out), wanted) != 0)
                fail_msg("cut at %zu and %zu: %s, not %s", a, b, buf_cstr(&out), wanted);
            assert_int_equal(retry, retry_ms);
        }
    }
    buf_release(&out);
}

#define CHECK(stream, wanted) check_bytes(STR_LIT(stream), wanted, -1)

static void test_events(void **state)
{
    CHECK("", "");
    CHECK("data: a\n\n", "[|a|]");
    CHECK("data: a\r\n\r\ndata: b\r\rdata: c\n\r\n", "[|a|][|b|][|c|]");
    CHECK("data: a\r\ndata: b\r\n\r\n", "[|a\nb|]");
    CHECK("\xef\xbb\xbf"
          "data: a\n\n",
          "[|a|]");
    CHECK("\xef\xbb"
          "data: a\n\ndata: b\n\n",
          "[|b|]");
    CHECK("data: one\ndata:two\ndata:  three\n\n", "[|one\ntwo\n three|]");
    CHECK("data\n\ndata\ndata\n\n", "[||][|\n|]");
    CHECK("event: x\n\ndata: a\n\n", "[|a|]");
    CHECK("event: ping\ndata: {\"a\":1}\nid: 7\n\ndata: b\n\nid\ndata: c\n\n",
          "[ping|{\"a\":1}|7][|b|7][|c|]");
    CHECK("data: kept\nid: a\0b\n\n", "[|kept|]");
    CHECK(": comment\n:\ndata: a\n: other\n\n", "[|a|]");
    CHECK("Data: a\nx: y\ndatax\n\n", "");
    CHECK("data: not ended\n", "");
    CHECK("data: a:b: c\n\n", "[|a:b: c|]");
    CHECK("\n\n\r\n\rdata: a\n\n", "[|a|]");
    CHECK("data: \xc3\xa9\xff\n\n", "[|\xc3\xa9\xff|]");
}

static void test_retry(void **state)
{
    check_bytes(STR_LIT("retry: 1500\n\n"), "", 1500);
    check_bytes(STR_LIT("retry: 1500\nretry: x\nretry: -1\nretry: +5\nretry\nretry: 1 \n"), "",
                1500);
    check_bytes(STR_LIT("retry: 99999999999999999999\n"), "", -1);
}

static void test_cap(void **state)
{
    static const char *const streams[] = {
        "data: 0123456789012345678901234567890123456789",
        "data: 012345678901234\ndata: 012345678901234\ndata: 0123456789\n",
        "event: 0123456789012\ndata: 0123456789012\ndata: 01234567\n",
    };
    struct buf out = BUF_INIT(1000);
    struct err err = ERR_INIT;

    for (size_t i = 0; i < sizeof(streams) / sizeof(streams[0]); i++) {
        struct sse_parser *p = sse_new(32, record, &out);

        assert_int_equal(sse_feed(p, str_from(streams[i]), &err), ERR_LIMIT);
        assert_string_equal(err.msg, "an event of the stream is larger than 32 bytes");
        assert_int_equal(sse_feed(p, STR_LIT("\n\n"), &err), ERR_LIMIT);
        sse_free(p);
    }
    assert_int_equal(out.len, 0);
    sse_free(NULL);
}

/* Many events and long comments pass under the cap: it counts one event. */
static void test_cap_is_per_event(void **state)
{
    struct buf out = BUF_INIT(100000);
    struct sse_parser *p = sse_new(32, record, &out);
    struct err err = ERR_INIT;

    for (int i = 0; i < 100; i++)
        assert_ok(
            sse_feed(p, STR_LIT(": 0123456789012345678901234567890123456789\ndata: 0123456789\n\n"),
                     &err),
            &err);
    assert_int_equal(out.len, 1400);
    sse_free(p);
    buf_release(&out);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_cap),
        cmocka_unit_test(test_cap_is_per_event),
    };

    return cmocka_run_group_tests_name("sse", tests, NULL, NULL);
}
