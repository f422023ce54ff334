/* test_client.c - calls against a loopback server: what is sent, what is repeated, what is said
 * when an answer is cut, who is asked next, and that a cancel is at once. R-33 */
#include "tests/unit/llm/client.h"

#define MESSAGES "/0/v1/messages"
#define BUSY "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}"
#define REFUSAL(status, headers, body)                                                             \
    "HTTP/1.1 " status "\r\nContent-Type: application/json\r\nConnection: close\r\n" headers       \
    "\r\n" body
#define OVERLOADED REFUSAL("529 Overloaded", "retry-after-ms: 5\r\n", BUSY)
#define SAID_BUSY "overload: anthropic/m: HTTP 529 overloaded_error: busy\n"

static struct llm_target_options claude(void)
{
    return (struct llm_target_options){.provider = "anthropic", .model = "m"};
}

static struct llm_target_options gpt(void)
{
    return (struct llm_target_options){.provider = "openai", .model = "g"};
}

#define C_ANSWER(text)                                                                             \
    SSE_HEAD "data: {\"choices\":[{\"delta\":{\"content\":\"" text "\"}}]}\n\n"                    \
             "data: {\"choices\":[{\"delta\":{},\"finish_reason\":\"stop\"}]}\n\ndata: [DONE]\n\n"

/* One target, one answer for all requests, one question: what was said. */
static void ask_once(struct client *c, const char *bytes)
{
    struct llm_target_options t = claude();

    client_init(c);
    client_use(c, &t, 1);
    client_answer(c, MESSAGES, bytes, 0);
    client_ask(c, "hi");
    client_wait(c);
}

static void test_answer(void **state)
{
    struct client c;
    struct buf req = BUF_INIT(1 << 20);

    ask_once(&c, SSE_HEAD A_MESSAGE("Hello"));
    CLIENT_SAID(&c, "started\ntext 0 [Hello]\ndone end anthropic/m\n= text [Hello]\n");
    assert_int_equal(c.usage.input, 3);
    assert_int_equal(c.usage.output, 2);
    client_request(&c, 0, &req);
    assert_true(str_find(buf_str(&req), STR_LIT("anthropic-version: 2026-10-21\r\n")) > 0);
    assert_true(str_find(buf_str(&req), STR_LIT("Authorization: Bearer sk-secret-key\r\n")) > 0);
    client_body(&c, 0, &req);
    assert_string_equal(buf_cstr(&req),
                        "{\"model\":\"m\",\"max_tokens\":4096,\"stream\":true,\"messages\":[{"
                        "\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"hi\"}]}]}");
    buf_release(&req);
    client_release(&c);
}

static void test_retry(void **state)
{
    struct client c;
    struct llm_target_options t = claude();

    client_init(&c);
    client_use(&c, &t, 1);
    client_answer(&c, MESSAGES, OVERLOADED, 2);
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("ok"), 1);
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "retrying 2 " SAID_BUSY "retrying 3 " SAID_BUSY
                    "started\ntext 0 [ok]\ndone end anthropic/m\n= text [ok]\n");
    assert_int_equal(c.waits[0], 5);
    client_release(&c);
}

static void test_retries_end(void **state)
{
    struct client c;

    ask_once(&c, OVERLOADED);
    CLIENT_SAID(&c, "retrying 2 " SAID_BUSY "retrying 3 " SAID_BUSY "failed " SAID_BUSY);
    assert_int_equal(httpd_count(c.net.server), 3);
    client_release(&c);
}

/* The header wins over the status, both ways. */
static void test_should_retry(void **state)
{
    struct client c;
    struct llm_target_options t = claude();

    ask_once(&c, REFUSAL("529 Overloaded", "x-should-retry: false\r\n", BUSY));
    CLIENT_SAID(&c, "failed " SAID_BUSY);
    client_release(&c);
    client_init(&c);
    client_use(&c, &t, 1);
    client_answer(&c, MESSAGES,
                  REFUSAL("400 Bad", "x-should-retry: true\r\nretry-after-ms: 1\r\n", "{}"), 1);
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("ok"), 1);
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "retrying 2 request: anthropic/m: HTTP 400\n"
                    "started\ntext 0 [ok]\ndone end anthropic/m\n= text [ok]\n");
    client_release(&c);
}

/* What asking again cannot change is asked once, and its key is not repeated. */
static void test_refusals(void **state)
{
    static const struct {
        const char *bytes, *said;
    } cases[] = {
        {REFUSAL(
             "401 No", "",
             "{\"error\":{\"type\":\"authentication_error\",\"message\":\"bad sk-secret-key\"}}"),
         "failed auth: anthropic/m: HTTP 401 authentication_error: bad *************; check the "
         "key\n"},
        {REFUSAL("400 No", "",
                 "{\"error\":{\"type\":\"invalid_request_error\",\"message\":\"prompt is too long: "
                 "210000 tokens > 200000 maximum\"}}"),
         "failed context: anthropic/m: HTTP 400 invalid_request_error: prompt is too long: 210000 "
         "tokens > 200000 maximum\n"},
        {REFUSAL("404 No", "",
                 "{\"error\":{\"type\":\"not_found_error\",\"message\":\"model: m\"}}"),
         "failed model: anthropic/m: HTTP 404 not_found_error: model: m; check llm.model and "
         "llm.base_url\n"},
        {REFUSAL("400 No", "", "{\"error\":{\"type\":\"x\",\"message\":\"\\u001b[31mred\"}}"),
         "failed request: anthropic/m: HTTP 400 x: \xe2\x90\x9b[31mred\n"},
        {REFUSAL("402 No", "", "{}"),
         "failed billing: anthropic/m: HTTP 402; check the account's balance\n"},
        {"HTTP/1.1 200 OK\r\nContent-Type: text/html\r\nConnection: close\r\n\r\n<html>Sign in",
         "failed protocol: anthropic/m: the answer is no event stream but \"<html>Sign in\": is "
         "the "
         "address right, or does a proxy answer?\n"},
    };
    struct client c;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        ask_once(&c, cases[i].bytes);
        CLIENT_SAID(&c, cases[i].said);
        assert_int_equal(httpd_count(c.net.server), 1);
        client_release(&c);
    }
}

/* Calls without an id get one that no other call of the conversation has. */
static void test_calls_without_id(void **state)
{
    static const char call[] =
        SSE_HEAD "data: {\"choices\":[{\"delta\":{\"tool_calls\":[{\"index\":0,\"id\":\"\","
                 "\"function\":{\"name\":\"n\",\"arguments\":\"{}\"}}]},\"finish_reason\":"
                 "\"stop\"}]}\n\n";
    struct client c;
    struct llm_target_options t = gpt();
    struct buf first = BUF_INIT(10000);

    client_init(&c);
    client_use(&c, &t, 1);
    client_answer(&c, "/0/chat/completions", call, 0);
    client_ask(&c, "hi");
    client_wait(&c);
    assert_true(str_starts(buf_str(&c.said), "started\ntool 0 call_"));
    buf_add_str(&first, buf_str(&c.said));
    client_ask(&c, "hi");
    client_wait(&c);
    assert_true(str_starts(buf_str(&c.said), "started\ntool 0 call_"));
    assert_string_not_equal(buf_cstr(&first), buf_cstr(&c.said));
    buf_release(&first);
    client_release(&c);
}

/* ---- cuts ---- */

/* What was said is not lost: the next request holds it, and the answer is one. */
static void test_cut(void **state)
{
    struct client c;
    struct llm_target_options t = claude();
    struct buf req = BUF_INIT(1 << 20);

    client_init(&c);
    client_use(&c, &t, 1);
    client_answer(&c, MESSAGES, SSE_HEAD A_BEGIN A_TEXT("Hel"), 1);
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("lo"), 1);
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "started\ntext 0 [Hel]\n"
                    "retrying 2 cut net: anthropic/m: the answer was cut off before its end\n"
                    "started\ntext 0 [lo]\ndone end anthropic/m\n= text [Hello]\n");
    assert_int_equal(c.usage.input, 6); /* both were paid */
    client_body(&c, 1, &req);
    assert_true(str_find(buf_str(&req),
                         STR_LIT("{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":"
                                 "\"Hel\"}]},{\"role\":\"user\",\"content\":[{\"type\":\"text\","
                                 "\"text\":\"The connection was lost")) > 0);
    buf_release(&req);
    client_release(&c);
}

/* An answer that is cut again and again ends, with all that was said. */
static void test_cut_for_ever(void **state)
{
    struct client c;

    ask_once(&c, SSE_HEAD A_BEGIN A_TEXT("x"));
    assert_non_null(strstr(buf_cstr(&c.said), "failed net: anthropic/m: the answer was cut off "
                                              "before its end\n= text [xxxx]\n"));
    assert_int_equal(httpd_count(c.net.server), 4);
    client_release(&c);
}

/* An error event in the middle is a cut as well; nothing was said, so nothing is sent along. */
static void test_cut_before_text(void **state)
{
    struct client c;
    struct llm_target_options t = claude();
    struct buf first = BUF_INIT(1 << 20), second = BUF_INIT(1 << 20);

    client_init(&c);
    client_use(&c, &t, 1);
    client_answer(&c, MESSAGES, SSE_HEAD A_BEGIN "event: error\ndata: " BUSY "\n\n", 1);
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("ok"), 1);
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "started\nretrying 2 cut overload: anthropic/m: the answer broke off with an "
                    "error overloaded_error: busy\n"
                    "started\ntext 0 [ok]\ndone end anthropic/m\n= text [ok]\n");
    client_body(&c, 0, &first);
    client_body(&c, 1, &second);
    assert_true(str_eq(buf_str(&first), buf_str(&second)));
    buf_release(&first);
    buf_release(&second);
    client_release(&c);
}

/* Behind a whole call nothing can be continued: it is answered first. Half a call is dropped. */
static void test_cut_behind_call(void **state)
{
    struct client c;

    ask_once(&c,
             SSE_HEAD A_BEGIN A_TEXT(
                 "so") "event: content_block_start\ndata: {\"index\":1,\"content_block\":{\"type\":"
                       "\"tool_use\",\"id\":\"t1\",\"name\":\"n\"}}\n\n"
                       "event: content_block_stop\ndata: {\"index\":1}\n\n"
                       "event: content_block_start\ndata: {\"index\":2,\"content_block\":{\"type\":"
                       "\"tool_use\",\"id\":\"t2\",\"name\":\"n\"}}\n\n");
    CLIENT_SAID(&c, "started\ntext 0 [so]\ntool 1 t1 n\nready t1 ok\ntool 2 t2 n\n"
                    "done cut anthropic/m\n= text [so]\n= call t1 n {}\n");
    assert_int_equal(httpd_count(c.net.server), 1);
    client_release(&c);
}

/* ---- clocks ---- */

static void stall(struct client *c, const char *bytes)
{
    struct httpd_answer a = {
        .path = MESSAGES, .bytes = str_from(bytes), .times = 1, .end = HTTPD_STALL};

    httpd_add(c->net.server, &a);
}

static void test_stalls(void **state)
{
    struct client c;
    struct llm_target_options t = claude();

    client_init(&c);
    client_use_opts(&c, &t, 1,
                    (struct llm_options){.retries = 1, .first_byte_ms = 1000, .idle_ms = 800});
    stall(&c, "");
    stall(&c, SSE_HEAD A_BEGIN A_TEXT("a"));
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("b"), 1);
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "retrying 2 timeout: anthropic/m: no answer within 1.0 s\n"
                    "started\ntext 0 [a]\n"
                    "retrying 3 cut timeout: anthropic/m: the answer stood still for 800 ms\n"
                    "started\ntext 0 [b]\ndone end anthropic/m\n= text [ab]\n");
    client_release(&c);
}

/* message_stop is the end, whatever the connection does then. */
static void test_end_without_close(void **state)
{
    struct client c;
    struct llm_target_options t = claude();
    struct clock *clock = clock_system();
    int64_t start_ms;

    client_init(&c);
    client_use(&c, &t, 1);
    stall(&c, SSE_HEAD A_MESSAGE("ok"));
    start_ms = clock->now_ms(clock);
    client_ask(&c, "hi");
    client_wait(&c);
    assert_true(clock->now_ms(clock) - start_ms < 50000);
    CLIENT_SAID(&c, "started\ntext 0 [ok]\ndone end anthropic/m\n= text [ok]\n");
    client_release(&c);
}

/* A byte at a time, with pauses. */
static void test_pieces(void **state)
{
    struct client c;
    struct llm_target_options t = claude();
    struct httpd_answer a = {.path = MESSAGES,
                             .bytes = STR_LIT(SSE_HEAD A_MESSAGE("Hello")),
                             .piece_bytes = 7,
                             .pause_ms = 1,
                             .end = HTTPD_CLOSE};

    client_init(&c);
    client_use(&c, &t, 1);
    httpd_add(c.net.server, &a);
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "started\ntext 0 [Hello]\ndone end anthropic/m\n= text [Hello]\n");
    client_release(&c);
}

/* ---- canceling ---- */

static void test_cancel(void **state)
{
    struct client c;
    struct llm_target_options t = claude();

    client_init(&c);
    client_use(&c, &t, 1);
    client_ask(&c, "hi"); /* before it began */
    llm_cancel(c.llm, c.id);
    client_wait(&c);
    CLIENT_SAID(&c, "canceled\n");
    stall(&c, SSE_HEAD A_BEGIN A_TEXT("a"));
    c.cancel_at = LLM_EV_TEXT; /* in the middle of an answer, from inside an event */
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "started\ntext 0 [a]\ncanceled\n= text [a]\n");
    client_answer(&c, MESSAGES, REFUSAL("529 x", "retry-after: 30\r\n", BUSY), 1);
    c.cancel_at = LLM_EV_RETRYING; /* while it waits */
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "retrying 2 " SAID_BUSY "canceled\n");
    assert_int_equal(c.waits[0], 30000);
    client_release(&c);
}

static void test_free_under_way(void **state)
{
    struct client c;
    struct llm_target_options t = claude();

    client_init(&c);
    client_use(&c, &t, 1);
    stall(&c, SSE_HEAD A_BEGIN A_TEXT("a"));
    client_ask(&c, "hi");
    client_ask(&c, "hi");
    for (int i = 0; i < 2000 && !strstr(buf_cstr(&c.said), "text"); i++)
        loop_turn(c.net.loop, true);
    assert_non_null(strstr(buf_cstr(&c.said), "text 0 [a]"));
    client_release(&c);
}

/* ---- other models ---- */

static void test_switch(void **state)
{
    struct client c;
    struct llm_target_options t[] = {claude(), gpt()};
    struct buf req = BUF_INIT(1 << 20);

    client_init(&c);
    client_use(&c, t, 2);
    client_answer(&c, MESSAGES, SSE_HEAD A_BEGIN A_TEXT("Hel"), 1);
    client_answer(&c, MESSAGES, REFUSAL("401 No", "", "{}"), 1);
    client_answer(&c, "/1/chat/completions", C_ANSWER("lo"), 0);
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "started\ntext 0 [Hel]\n"
                    "retrying 2 cut net: anthropic/m: the answer was cut off before its end\n"
                    "switched openai/g: anthropic/m: HTTP 401; check the key\n"
                    "started\ntext 0 [lo]\ndone end openai/g\n= text [Hello]\n");
    client_body(&c, 2, &req);
    assert_true(str_find(buf_str(&req),
                         STR_LIT("{\"role\":\"assistant\",\"content\":\"Hel\"},{\"role\":\"user\","
                                 "\"content\":\"The connection was lost")) > 0);
    /* The refused key pauses the first one: the next call does not ask it. */
    client_ask(&c, "hi");
    client_wait(&c);
    assert_non_null(strstr(buf_cstr(&c.said), "switched openai/g: anthropic/m is not asked for "
                                              "another "));
    assert_int_equal(httpd_count(c.net.server), 4);
    buf_release(&req);
    client_release(&c);
}

/* A model by name; one that is not configured; no other than the named one. */
static void test_model_by_name(void **state)
{
    struct client c;
    struct llm_target_options t[] = {claude(), gpt()};
    struct llm_block block = {.type = LLM_TEXT, .text = STR_LIT("hi")};
    struct llm_message message = {LLM_USER, &block, 1};
    struct llm_request req = {.messages = &message, .message_count = 1, .model = "openai/g"};

    client_init(&c);
    client_use(&c, t, 2);
    client_answer(&c, "/1/chat/completions", C_ANSWER("a"), 0);
    client_answer(&c, MESSAGES, REFUSAL("401 No", "", "{}"), 0);
    client_send(&c, &req);
    client_wait(&c);
    CLIENT_SAID(&c, "started\ntext 0 [a]\ndone end openai/g\n= text [a]\n");
    req.model = "x";
    client_send(&c, &req);
    client_wait(&c);
    CLIENT_SAID(&c, "failed config: no model 'x' is configured; the first one is anthropic/m\n");
    req.model = "m";
    req.no_fallback = true;
    client_send(&c, &req);
    client_wait(&c);
    CLIENT_SAID(&c, "failed auth: anthropic/m: HTTP 401; check the key\n");
    assert_true(llm_prefer(c.llm, "g"));
    assert_false(llm_prefer(c.llm, "x"));
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "started\ntext 0 [a]\ndone end openai/g\n= text [a]\n");
    client_release(&c);
}

/* Five requests in a row that failed, and nobody is asked any more: the built-in investigator takes
 * over, as llm_ready() says. */
static void test_breaker(void **state)
{
    struct client c;
    struct llm_target shown;
    struct err err = ERR_INIT;

    ask_once(&c, OVERLOADED);
    assert_ok(llm_ready(c.llm, &err), &err);
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "retrying 2 " SAID_BUSY "failed " SAID_BUSY);
    assert_int_equal(httpd_count(c.net.server), 5);
    assert_int_equal(llm_ready(c.llm, &err), ERR_AGAIN);
    assert_true(str_starts(str_from(err.msg), "anthropic/m is not asked until "));
    assert_true(str_ends(str_from(err.msg), "UTC: anthropic/m: HTTP 529 overloaded_error: busy"));
    assert_true(llm_target(c.llm, 0, &shown));
    assert_int_equal(shown.health, LLM_OPEN);
    assert_true(shown.until_ms > loop_wall_ms(c.net.loop));
    client_ask(&c, "hi");
    client_wait(&c);
    assert_true(
        str_starts(buf_str(&c.said), "failed paused: anthropic/m is not asked for another "));
    assert_int_equal(httpd_count(c.net.server), 5);
    llm_breaker_reset(c.llm);
    assert_ok(llm_ready(c.llm, &err), &err);
    client_release(&c);
}

/* A wait that is too long to sit through pauses the model for as long. */
static void test_long_wait(void **state)
{
    struct client c;
    struct llm_target shown;

    ask_once(&c, REFUSAL("429 x", "retry-after: 3600\r\n", "{}"));
    CLIENT_SAID(&c, "failed rate: anthropic/m: HTTP 429\n");
    assert_true(llm_target(c.llm, 0, &shown));
    assert_int_equal(shown.health, LLM_OPEN);
    assert_true(shown.until_ms > loop_wall_ms(c.net.loop) + 3500000);
    client_release(&c);
}

static void test_no_server(void **state)
{
    struct client c;
    struct llm_target_options t = claude();

    client_init(&c);
    t.base_url = "http://127.0.0.1:1";
    client_use_opts(&c, &t, 1, (struct llm_options){.retries = 0});
    client_ask(&c, "hi");
    client_wait(&c);
    assert_true(str_starts(buf_str(&c.said), "failed net: anthropic/m: connect to 127.0.0.1:1"));
    client_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_retry),
        cmocka_unit_test(test_retries_end),
        cmocka_unit_test(test_should_retry),
        cmocka_unit_test(test_refusals),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_cut_for_ever),
        cmocka_unit_test(test_cut_before_text),
        cmocka_unit_test(test_cut_behind_call),
        cmocka_unit_test(test_stalls),
        cmocka_unit_test(test_end_without_close),
        cmocka_unit_test(test_pieces),
        cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_free_under_way),
        cmocka_unit_test(test_switch),
        cmocka_unit_test(test_model_by_name),
        cmocka_unit_test(test_breaker),
        cmocka_unit_test(test_long_wait),
        cmocka_unit_test(test_no_server),
        cmocka_unit_test(test_calls_without_id),
    };

    return cmocka_run_group_tests_name("llm client", tests, NULL, NULL);
}
