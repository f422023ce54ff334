/* test_parts.c - the pure parts of the client: breaker, waits, refusals, words of a command. R-33
 */
#include "tests/lib/unit.h"

#include "runbook/base/words.h"
#include "runbook/codec/eventstream.h"
#include "src/llm/llm_priv.h"

/* ---- the breaker ---- */

static void fail_times(struct breaker *b, unsigned n, int64_t now_ms)
{
    struct err why = {ERR_AGAIN, "busy"};

    for (unsigned i = 0; i < n; i++)
        breaker_failed(b, LLM_FAIL_OVERLOAD, &why, 0, now_ms);
}

static void test_breaker_opens(void **state)
{
    struct breaker b = {0};

    fail_times(&b, 4, 1000);
    assert_int_equal(breaker_health(&b, 1000), LLM_CLOSED);
    breaker_worked(&b); /* in a row means in a row */
    fail_times(&b, 4, 1000);
    assert_true(breaker_allows(&b, 1000, true));
    fail_times(&b, 1, 1000);
    assert_int_equal(breaker_health(&b, 1000), LLM_OPEN);
    assert_false(breaker_allows(&b, 30999, true));
    assert_string_equal(b.reason.msg, "busy");
}

/* Half open, one call tries; when that fails the pause doubles, when it works all is forgotten. */
static void test_breaker_half_open(void **state)
{
    struct breaker b = {0};

    fail_times(&b, 5, 1000);
    assert_int_equal(breaker_health(&b, 31000), LLM_HALF_OPEN);
    assert_true(breaker_allows(&b, 31000, true));
    assert_false(breaker_allows(&b, 31000, false)); /* somebody is trying */
    fail_times(&b, 1, 31000);
    assert_int_equal(b.until_ms, 91000);
    assert_true(breaker_allows(&b, 91000, true));
    breaker_released(&b); /* canceled: nothing is known */
    assert_true(breaker_allows(&b, 91000, true));
    breaker_worked(&b);
    assert_int_equal(breaker_health(&b, 91000), LLM_CLOSED);
    for (int64_t now = 0, i = 0; i < 12; i++, now = b.until_ms) {
        fail_times(&b, 5, now);
        assert_true(b.until_ms - now <= 600000);
    }
}

static void test_breaker_reasons(void **state)
{
    struct err why = {ERR_DENIED, "key"};
    struct breaker b = {0};

    for (int i = 0; i < 20; i++) { /* the request's own fault */
        breaker_failed(&b, LLM_FAIL_CONTEXT, &why, 0, 1);
        breaker_failed(&b, LLM_FAIL_REQUEST, &why, 0, 1);
    }
    assert_int_equal(breaker_health(&b, 1), LLM_CLOSED);
    breaker_failed(&b, LLM_FAIL_AUTH, &why, 0, 1); /* asking again cannot help */
    assert_int_equal(breaker_health(&b, 299999), LLM_OPEN);
    breaker_worked(&b);
    breaker_failed(&b, LLM_FAIL_RATE, &why, 3600000, 1); /* as long as the provider says */
    assert_int_equal(b.until_ms, 3600001);
}

/* ---- waits ---- */

static void test_retry_after(void **state)
{
    int64_t now = INT64_C(1445412480000); /* 2015-10-21T07:28:00Z */

    assert_int_equal(retry_after_ms("1500", "7", now), 1500);
    assert_int_equal(retry_after_ms(NULL, "7", now), 7000);
    assert_int_equal(retry_after_ms(NULL, " 0.25 ", now), 250);
    assert_int_equal(retry_after_ms(NULL, "Wed, 21 Oct 2015 07:28:30 GMT", now), 30000);
    assert_int_equal(retry_after_ms(NULL, "Wed, 21 Oct 2015 07:27:30 GMT", now), -1);
    assert_int_equal(retry_after_ms(NULL, "Wed, 21 Foo 2015 07:28:30 GMT", now), -1);
    assert_int_equal(retry_after_ms("0", "0", now), -1);
    assert_int_equal(retry_after_ms("-5", "-5", now), -1);
    assert_int_equal(retry_after_ms("soon", "nan", now), -1);
    assert_int_equal(retry_after_ms(NULL, "1e300", now), -1);
    assert_int_equal(retry_after_ms(NULL, "", now), -1);
    assert_int_equal(retry_after_ms(NULL, NULL, now), -1);
}

/* ---- refusals ---- */

static void test_refusals(void **state)
{
    static const struct {
        int status;
        const char *body;
        enum llm_failure kind;
        const char *msg;
    } cases[] = {
        {400, "[{\"error\":{\"code\":400,\"message\":\"API key not valid\",\"status\":\"X\"}}]",
         LLM_FAIL_AUTH, "HTTP 400: API key not valid; check the key"},
        {404, "{\"error\":\"model 'x' not found\"}", LLM_FAIL_MODEL,
         "HTTP 404: model 'x' not found; check llm.model and llm.base_url"},
        {429,
         "{\"error\":{\"message\":\"no money\",\"type\":\"insufficient_quota\",\"code\":"
         "\"insufficient_quota\"}}",
         LLM_FAIL_BILLING, "HTTP 429 insufficient_quota: no money; check the account's balance"},
        {429, "{\"message\":\"Too many requests\"}", LLM_FAIL_RATE, "HTTP 429: Too many requests"},
        {400,
         "{\"error\":{\"message\":\"This model's maximum context length is 8 tokens\",\"type\":"
         "\"invalid_request_error\",\"code\":\"context_length_exceeded\"}}",
         LLM_FAIL_CONTEXT,
         "HTTP 400 context_length_exceeded: This model's maximum context length is 8 tokens"},
        {422, "{\"detail\":\"Field required\"}", LLM_FAIL_REQUEST, "HTTP 422: Field required"},
        {403, "{\"__type\":\"AccessDeniedException\",\"Message\":\"no access\"}", LLM_FAIL_AUTH,
         "HTTP 403 AccessDeniedException: no access; check the key"},
        {503, "", LLM_FAIL_OVERLOAD, "HTTP 503"},
        {413, "{}", LLM_FAIL_CONTEXT, "HTTP 413"},
        {424, "{\"message\":\"m\"}", LLM_FAIL_OVERLOAD, "HTTP 424: m"},
        {504, "{\"error\":null}", LLM_FAIL_TIMEOUT, "HTTP 504"},
        {500, "{\"error\":{\"message\":\"the context window of the server broke\"}}",
         LLM_FAIL_OVERLOAD, "HTTP 500: the context window of the server broke"},
    };
    struct arena *arena = arena_new(0);
    struct err err;
    struct str id;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(refusal_http(cases[i].status, "application/json", str_from(cases[i].body),
                                      arena, &id, &err),
                         cases[i].kind);
        assert_string_equal(err.msg, cases[i].msg);
    }
    refusal_http(502, "text/html", STR_LIT("<html>"), arena, &id, &err);
    assert_string_equal(err.msg, "HTTP 502: an HTML page: a proxy or a login page?");
    refusal_http(400, "", STR_LIT("{\"request_id\":\"req_1\",\"error\":{}}"), arena, &id, &err);
    assert_str(id, "req_1");
    for (int f = LLM_FAIL_NONE; f <= LLM_FAIL_PAUSED; f++)
        assert_true(strlen(llm_failure_name((enum llm_failure)f)) > 0);
    arena_free(arena);
}

/* ---- commands ---- */

static void check_words(const char *command, const char *wanted)
{
    struct arena *a = arena_new(0);
    const char **words = words_split(a, command);
    struct buf got = BUF_INIT(1000);

    for (size_t i = 0; words && words[i]; i++)
        buf_addf(&got, "[%s]", words[i]);
    assert_string_equal(words ? buf_cstr(&got) : "open", wanted);
    buf_release(&got);
    arena_free(a);
}

static void test_words(void **state)
{
    check_words("", "");
    check_words("  pass  show\tkey ", "[pass][show][key]");
    check_words("a 'b c' \"d \\\"e\" f\\ g ''", "[a][b c][d \"e][f g][]");
    check_words("a'b'\"c\"", "[abc]");
    check_words("a $X `b` ; c", "[a][$X][`b`][;][c]"); /* nothing of a shell */
    check_words("a 'b", "open");
    check_words("a\\", "[a\\]");
}

/* Source: the check value of CRC-32/ISO-HDLC. */
static void test_crc(void **state)
{
    assert_int_equal(aws_crc32(0, STR_LIT("123456789")), 0xcbf43926u);
    assert_int_equal(aws_crc32(aws_crc32(0, STR_LIT("1234")), STR_LIT("56789")), 0xcbf43926u);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_breaker_opens),
        cmocka_unit_test(test_breaker_half_open),
        cmocka_unit_test(test_breaker_reasons),
        cmocka_unit_test(test_retry_after),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_words),
        cmocka_unit_test(test_crc),
    };

    return cmocka_run_group_tests_name("llm parts", tests, NULL, NULL);
}
