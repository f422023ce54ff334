/* test_client.c - calls against a loopback server: what is sent, what is repeated, what is said
 * when an answer is cut, who is asked next, and that a cancel is at once. R-33 */
#include "tests/unit/llm/client.h"

#define MESSAGES "/0/v1/messages"
#define OVERLOADED                                                                                 \
    "HTTP/1.1 529 Overloaded\r\nContent-Type: application/json\r\nretry-after-ms: 5\r\n"           \
    "Content-Length: 69\r\n\r\n"                                                                   \
    "{\"type\":\"error\",\"error\":{\"type\":\"overloaded_error\",\"message\":\"busy\"}}"

static struct llm_target_options claude(void)
{
    return (struct llm_target_options){.provider = "anthropic", .model = "m"};
}

static void test_answer(void **state)
{
    struct client c;
    struct llm_target_options t = claude();
    struct buf req = BUF_INIT(1 << 20);

    client_init(&c);
    client_use(&c, &t, 1);
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("Hello"), 0);
    client_ask(&c, "hi");
    client_wait(&c);
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
    CLIENT_SAID(&c, "retrying 2 overload: anthropic/m: HTTP 529 overloaded_error: busy\n"
                    "retrying 3 overload: anthropic/m: HTTP 529 overloaded_error: busy\n"
                    "started\ntext 0 [ok]\ndone end anthropic/m\n= text [ok]\n");
    assert_int_equal(c.waits[0], 5);
    client_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_answer),
        cmocka_unit_test(test_retry),
    };

    return cmocka_run_group_tests_name("llm client", tests, NULL, NULL);
}
