/* test_read.c - the stream of each wire, whole and cut at every byte: the events are the same.
 * What the streams look like is from the official SDKs' own tests and sources. R-33 */
#include "runbook/codec/eventstream.h"
#include "tests/unit/llm/record.h"

#define EV(type, data) "event: " type "\ndata: " data "\n\n"
#define DATA(data) "data: " data "\n\n"

/* ---- anthropic ---- */

#define A_START                                                                                    \
    EV("message_start",                                                                            \
       "{\"type\":\"message_start\",\"message\":{\"id\":\"msg_1\",\"role\":\"assistant\","         \
       "\"content\":[],\"usage\":{\"input_tokens\":10,\"cache_read_input_tokens\":5,"              \
       "\"cache_creation_input_tokens\":7,\"output_tokens\":1}}}")
#define A_BLOCK(i, block)                                                                          \
    EV("content_block_start",                                                                      \
       "{\"type\":\"content_block_start\",\"index\":" #i ",\"content_block\":" block "}")
#define A_DELTA(i, delta)                                                                          \
    EV("content_block_delta",                                                                      \
       "{\"type\":\"content_block_delta\",\"index\":" #i ",\"delta\":" delta "}")
#define A_STOP(i) EV("content_block_stop", "{\"type\":\"content_block_stop\",\"index\":" #i "}")
#define A_END(reason)                                                                              \
    EV("message_delta", "{\"type\":\"message_delta\",\"delta\":{\"stop_reason\":\"" reason         \
                        "\"},\"usage\":{\"output_tokens\":42}}")                                   \
    EV("message_stop", "{\"type\":\"message_stop\"}")

static void test_anthropic(void **state)
{
    check_stream(
        "anthropic",
        STR_LIT(A_START EV("ping", "{\"type\":\"ping\"}")
                    A_BLOCK(0, "{\"type\":\"thinking\",\"thinking\":\"\",\"signature\":\"\"}")
                        A_DELTA(0, "{\"type\":\"thinking_delta\",\"thinking\":\"Hm.\"}") A_DELTA(
                            0, "{\"type\":\"signature_delta\",\"signature\":\"c2ln\"}") A_STOP(0)
                            A_BLOCK(1, "{\"type\":\"text\",\"text\":\"\"}") A_DELTA(
                                1, "{\"type\":\"text_delta\",\"text\":\"Gr\xc3\xbc\xc3\x9f"
                                   "e \"}") ": a comment\n\n" A_DELTA(1, "{\"type\":\"text_delta\","
                                                                         "\"text\":\"\\ud83d\\ude00"
                                                                         "\"}") A_STOP(1)
                                A_BLOCK(2, "{\"type\":\"tool_use\",\"id\":\"tu_1\",\"name\""
                                           ":\"look\",\"input\":{}}")
                                    A_DELTA(2, "{\"type\":\"input_json_delta\","
                                               "\"partial_json\":\"\"}")
                                        A_DELTA(2, "{\"type\":\"input_json_delta\","
                                                   "\"partial_json\":\"{\\\"a\\\": [1,\"}")
                                            A_DELTA(2, "{\"type\":\"input_json_delta\","
                                                       "\"partial_json\":\"2]}\"}") A_STOP(2)
                                                A_BLOCK(3, "{\"type\":\"tool_use\",\"id\":"
                                                           "\"tu_2\",\"name\":\"time\","
                                                           "\"input\":{}}") A_STOP(3)
                                                    A_END("tool_use")),
        "started\nusage 10+5+7 1 0\nthinking 0 [Hm.]\ntext 1 [Gr\xc3\xbc\xc3\x9f"
        "e ]\ntext 1 [\xf0\x9f\x98\x80]\ntool 2 tu_1 look\nargs tu_1 [{\"a\": [1,]\n"
        "args tu_1 [2]}]\nready tu_1 ok\ntool 3 tu_2 time\nready tu_2 ok\nusage 10+5+7 42 0\n"
        "whole tool_use\n= thinking [Hm.] c2ln\n= text [Gr\xc3\xbc\xc3\x9f"
        "e \xf0\x9f\x98\x80]\n= call tu_1 look {\"a\":[1,2]}\n= call tu_2 time {}\n");
}

/* Line ends, unknown events, deltas and blocks, and events without a type. */
static void test_anthropic_tolerates(void **state)
{
    check_stream(
        "anthropic",
        STR_LIT("event: message_start\r\ndata: {\"message\":{}}\r\n\r\n"
                "event: from_the_future\rdata: {\"x\":1}\r\r"
                "data: {\"type\":\"message_stop\"}\n\n" /* no event: line */
                A_BLOCK(0, "{\"type\":\"text\",\"text\":\"\"}")
                    A_DELTA(0, "{\"type\":\"text_delta\",\"text\":\"a\"}") A_DELTA(
                        0, "{\"type\":\"citations_delta\",\"citation\":{}}") A_STOP(0)
                        A_BLOCK(1, "{\"type\":\"new_block\"}") A_DELTA(
                            1, "{\"type\":\"input_json_delta\",\"partial_json\":\"{\"}") A_STOP(1)
                            A_BLOCK(2, "{\"type\":\"redacted_thinking\",\"data\":\"zz\"}") A_STOP(2)
                                A_END("new_reason")),
        "started\ntext 0 [a]\nusage 0+0+0 42 0\nwhole other\n= text [a]\n"
        "= thinking [] {\"type\":\"redacted_thinking\",\"data\":\"zz\"}\n");
}

static void test_anthropic_fails(void **state)
{
    check_stream("anthropic",
                 STR_LIT(A_START A_BLOCK(0, "{\"type\":\"text\",\"text\":\"\"}")
                             A_DELTA(0, "{\"type\":\"text_delta\",\"text\":\"half\"}")
                                 EV("error", "{\"type\":\"error\",\"error\":{\"type\":"
                                             "\"overloaded_error\",\"message\":\"Overloaded\"}}")),
                 "started\nusage 10+5+7 1 0\ntext 0 [half]\nerror overload: the answer broke off "
                 "with an error overloaded_error: Overloaded\n= text [half]\n");
    check_stream("anthropic", STR_LIT(A_START),
                 "started\nusage 10+5+7 1 0\nerror net: the answer was cut off before its end\n");
    check_stream("anthropic", STR_LIT(""), "error net: the answer is empty\n");
    check_stream("anthropic", STR_LIT("<html><title>Login</title>\n"),
                 "error protocol: the answer is no event stream but "
                 "\"<html><title>Login</title>\": is the address right, or does a proxy answer?\n");
    check_stream("anthropic", STR_LIT(A_START EV("content_block_delta", "{\"index\":0,")),
                 "started\nusage 10+5+7 1 0\nerror protocol: the answer's stream holds what is no "
                 "JSON: JSON line 1 column 12: the text ends too early\n");
}

/* Arguments that are no object are an error that the model can be answered with. */
static void test_broken_arguments(void **state)
{
    static const struct {
        const char *args, *ready, *json;
    } cases[] = {
        {"{\\\"a\\\":",
         "the arguments cannot be read: JSON line 1 column 6: the text ends too early", "{}"},
        {"[1]", "the arguments must be a JSON object, not an array", "{}"},
        {"null", "ok", "{}"},
        {" ", "ok", "{}"},
        {"\\\"{\\\\\\\"a\\\\\\\":1}\\\"", "ok", "{\"a\":1}"}, /* an object in a string */
        {"{} x",
         "the arguments cannot be read: JSON line 1 column 4: something follows the end of the "
         "value",
         "{}"},
    };
    struct buf stream = BUF_INIT(10000), out = BUF_INIT(10000), wanted = BUF_INIT(1000);

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        buf_clear(&stream);
        buf_clear(&out);
        buf_clear(&wanted);
        buf_addf(&stream,
                 A_START A_BLOCK(0, "{\"type\":\"tool_use\",\"id\":\"t\",\"name\":\"n\"}")
                     A_DELTA(0, "{\"type\":\"input_json_delta\",\"partial_json\":\"%s\"}") A_STOP(0)
                         A_END("tool_use"),
                 cases[i].args);
        record_stream("anthropic", buf_str(&stream), stream.len, 0, &out);
        buf_addf(&wanted, "ready t %s\n", cases[i].ready);
        if (!strstr(buf_cstr(&out), buf_cstr(&wanted)))
            fail_msg("%s: %s", cases[i].args, buf_cstr(&out));
        buf_clear(&wanted);
        buf_addf(&wanted, "= call t n %s\n", cases[i].json);
        if (!strstr(buf_cstr(&out), buf_cstr(&wanted)))
            fail_msg("%s: %s", cases[i].args, buf_cstr(&out));
    }
    buf_release(&stream);
    buf_release(&out);
    buf_release(&wanted);
}

/* ---- openai chat ---- */

#define C_DELTA(delta)                                                                             \
    DATA("{\"id\":\"c\",\"object\":\"chat.completion.chunk\",\"choices\":[{\"index\":0,"           \
         "\"delta\":" delta ",\"finish_reason\":null}],\"usage\":null,\"obfuscation\":\"xx\"}")
#define C_FINISH(reason)                                                                           \
    DATA("{\"choices\":[{\"index\":0,\"delta\":{},\"finish_reason\":\"" reason "\"}]}")
#define C_USAGE                                                                                    \
    DATA("{\"choices\":[],\"usage\":{\"prompt_tokens\":20,\"completion_tokens\":9,"                \
         "\"prompt_tokens_details\":{\"cached_tokens\":8},\"completion_tokens_details\":{"         \
         "\"reasoning_tokens\":4}}}")
#define C_CALL(i, id, name, args)                                                                  \
    C_DELTA("{\"tool_calls\":[{\"index\":" #i ",\"id\":\"" id                                      \
            "\",\"type\":\"function\",\"function\":{\"name\":\"" name "\",\"arguments\":\"" args   \
            "\"}}]}")
#define C_ARGS(i, args)                                                                            \
    C_DELTA("{\"tool_calls\":[{\"index\":" #i ",\"function\":{\"arguments\":\"" args "\"}}]}")

static void test_chat(void **state)
{
    check_stream("openai_chat",
                 STR_LIT(C_DELTA("{\"role\":\"assistant\",\"content\":\"\"}") C_DELTA(
                     "{\"reasoning_content\":\"so\"}") C_DELTA("{\"content\":\"Hi\"}")
                             C_CALL(0, "a", "one", "") C_CALL(1, "b", "two", "")
                                 C_ARGS(0, "{\\\"x\\\"") C_ARGS(1, "{}") C_ARGS(0, ":1}")
                                     C_FINISH("tool_calls") C_USAGE DATA("[DONE]")),
                 "started\nthinking 0 [so]\ntext 1 [Hi]\ntool 2 a one\ntool 3 b two\n"
                 "args a [{\"x\"]\nargs b [{}]\nargs a [:1}]\nready a ok\nready b ok\n"
                 "usage 12+8+0 9 4\nwhole tool_use\n= thinking [so] \n= text [Hi]\n"
                 "= call a one {\"x\":1}\n= call b two {}\n");
}

/* Ollama: whole calls in one chunk, the role in each, the same index; and "stop" behind calls, and
 * no [DONE] at the end. */
static void test_chat_ollama(void **state)
{
    check_stream("openai_chat",
                 STR_LIT(C_DELTA("{\"role\":\"assistant\",\"content\":\"\",\"reasoning\":\"r\"}")
                             C_CALL(0, "call_1", "one", "{\\\"x\\\":1}")
                                 C_CALL(0, "call_2", "two", "{}") C_FINISH("stop")),
                 "started\nthinking 0 [r]\ntool 1 call_1 one\nargs call_1 [{\"x\":1}]\n"
                 "tool 2 call_2 two\nargs call_2 [{}]\nready call_1 ok\nready call_2 ok\n"
                 "whole tool_use\n= thinking [r] \n= call call_1 one {\"x\":1}\n"
                 "= call call_2 two {}\n");
}

/* Google: no index; Mistral: parts; others: arguments as an object, usage in the last chunk. */
static void test_chat_others(void **state)
{
    check_stream(
        "openai_chat",
        STR_LIT(C_DELTA("{\"content\":[{\"type\":\"thinking\",\"thinking\":[{\"type\":\"text\","
                        "\"text\":\"t\"}]},{\"type\":\"text\",\"text\":\"w\"}]}")
                    C_DELTA("{\"tool_calls\":[{\"id\":\"g1\",\"function\":{\"name\":\"one\","
                            "\"arguments\":{\"x\":1}}},{\"id\":\"g2\",\"function\":{\"name\":"
                            "\"two\",\"arguments\":\"{}\"}}]}")
                        DATA("{\"choices\":[{\"delta\":{},\"finish_reason\":\"tool_calls\"}],"
                             "\"usage\":{\"prompt_tokens\":3,\"completion_tokens\":2,"
                             "\"prompt_cache_hit_tokens\":1}}") DATA("[DONE]")),
        "started\nthinking 0 [t]\ntext 1 [w]\ntool 2 g1 one\nargs g1 [{\"x\":1}]\ntool 3 g2 two\n"
        "args g2 [{}]\nready g1 ok\nready g2 ok\nusage 2+1+0 2 0\nwhole tool_use\n"
        "= thinking [t] \n= text [w]\n= call g1 one {\"x\":1}\n= call g2 two {}\n");
    check_stream("openai_chat",
                 STR_LIT(C_DELTA("{\"tool_calls\":[{\"index\":0,\"id\":\"g\",\"extra_content\":{"
                                 "\"google\":{\"thought_signature\":\"S\"}},\"function\":{\"name\":"
                                 "\"n\",\"arguments\":\"{}\"}}]}") C_FINISH("stop")),
                 "started\ntool 0 g n\nargs g [{}]\nready g ok\nwhole tool_use\n= call g n {} "
                 "{\"google\":{\"thought_signature\":\"S\"}}\n");
    check_stream("openai_chat", STR_LIT(C_DELTA("{\"content\":\"cut\"}") C_FINISH("length")),
                 "started\ntext 0 [cut]\nwhole max_tokens\n= text [cut]\n");
}

static void test_chat_fails(void **state)
{
    check_stream("openai_chat", STR_LIT(C_DELTA("{\"content\":\"a\"}") DATA("[DONE]")),
                 "started\ntext 0 [a]\nerror net: the answer was cut off before its end\n"
                 "= text [a]\n");
    check_stream("openai_chat",
                 STR_LIT(C_DELTA("{\"content\":\"a\"}") DATA(
                     "{\"error\":{\"message\":\"slow down\",\"type\":\"requests\",\"code\":"
                     "\"rate_limit_exceeded\"}}")),
                 "started\ntext 0 [a]\nerror rate: the answer broke off with an error "
                 "rate_limit_exceeded: slow down\n= text [a]\n");
    check_stream("openai_chat", STR_LIT(C_ARGS(0, "{")),
                 "started\nerror protocol: the answer calls a tool without a name\n");
}

/* ---- openai responses ---- */

#define R(type, more) EV(type, "{\"type\":\"" type "\",\"sequence_number\":1" more "}")
#define R_CREATED R("response.created", ",\"response\":{\"id\":\"r\",\"output\":[]}")

static void test_responses(void **state)
{
    check_stream(
        "openai_responses",
        STR_LIT(
            R_CREATED R("response.in_progress", ",\"response\":{}") R(
                "response.output_item.added",
                ",\"output_index\":0,\"item\":{\"type\":\"reasoning\",\"id\":"
                "\"rs\"}") R("response.reasoning_summary_text.delta",
                             ",\"output_index\":0,\"summary_index\":"
                             "0,\"delta\":\"why\"")
                R("response.output_item.done",
                  ",\"output_index\":0,\"item\":{\"type\":\"reasoning\",\"id\":\"rs\","
                  "\"summary\":[],\"encrypted_content\":\"enc\"}") R("keepalive",
                                                                     "") R("response.output_item."
                                                                           "added",
                                                                           ",\"output_index\":1,"
                                                                           "\"item\":{\"type\":"
                                                                           "\"message\"}")
                    R("response.content_part.added", ",\"output_index\":1,\"content_index\":0") R(
                        "response.output_text.delta",
                        ",\"output_index\":1,\"content_index\":0,\"delta\":"
                        "\"Hi\",\"obfuscation\":\"x\"") R("response.output_item.done",
                                                          ",\"output_index\":1,\"item\":{\"type\":"
                                                          "\"message\",\"content\":[{\"type\":"
                                                          "\"output_text\",\"text\":\"Hi\"}]}")
                        R("response.output_item.added",
                          ",\"output_index\":2,\"item\":{\"type\":\"function_call\",\"id\":\"fc\","
                          "\"call_id\":\"call_1\",\"name\":\"look\",\"arguments\":\"\"}")
                            R("response.function_call_arguments.delta",
                              ",\"output_index\":2,\"delta\":\"{\\\"a\\\":\"")
                                R("response.function_call_arguments.delta", ",\"output_index\":2,"
                                                                            "\"delta\":\"1}\"")
                                    R("response.function_call_arguments.done",
                                      ",\"output_index\":2,\"arguments\":\"{\\\"a\\\":1}\"")
                                        R("response.output_item.done",
                                          ",\"output_index\":2,\"item\":{\"type\":\"function_"
                                          "call\","
                                          "\"call_id\":\"call_1\",\"name\":\"look\",\"arguments\":"
                                          "\"{\\\"a\\\":1}\"}")
                                            R("response.completed",
                                              ",\"response\":{\"usage\":{\"input_tokens\":30,"
                                              "\"input_tokens_details\":{\"cached_tokens\":10},"
                                              "\"output_tokens\":5,\"output_tokens_details\":{"
                                              "\"reasoning_tokens\":2}}}")),
        "started\nthinking 0 [why]\ntext 1 [Hi]\ntool 2 call_1 look\nargs call_1 [{\"a\":]\n"
        "args call_1 [1}]\nready call_1 ok\nusage 20+10+0 5 2\nwhole tool_use\n"
        "= thinking [why] {\"type\":\"reasoning\",\"id\":\"rs\",\"summary\":[],"
        "\"encrypted_content\":\"enc\"}\n= text [Hi]\n= call call_1 look {\"a\":1}\n");
}

static void test_responses_fails(void **state)
{
    check_stream("openai_responses", STR_LIT(R("response.in_progress", "")),
                 "error protocol: the answer's stream does not begin with response.created\n");
    check_stream("openai_responses",
                 STR_LIT(R_CREATED R("response.failed",
                                     ",\"response\":{\"error\":{\"code\":\"server_error\","
                                     "\"message\":\"oops\"}}")),
                 "started\nerror overload: the answer broke off with an error server_error: "
                 "oops\n");
    check_stream("openai_responses",
                 STR_LIT(R_CREATED R("error", ",\"code\":\"rate_limit_exceeded\",\"message\":"
                                              "\"slow\"")),
                 "started\nerror rate: the answer broke off with an error rate_limit_exceeded: "
                 "slow\n");
    check_stream("openai_responses",
                 STR_LIT(R_CREATED R("response.incomplete",
                                     ",\"response\":{\"incomplete_details\":{\"reason\":"
                                     "\"max_output_tokens\"}}")),
                 "started\nwhole max_tokens\n");
    check_stream("openai_responses", STR_LIT(R_CREATED),
                 "started\nerror net: the answer was cut off before its end\n");
    /* An answer without deltas is read from its items. */
    check_stream("openai_responses",
                 STR_LIT(R_CREATED R("response.output_item.done",
                                     ",\"output_index\":0,\"item\":{\"type\":\"message\","
                                     "\"content\":[{\"type\":\"output_text\",\"text\":\"all\"}]}")
                             R("response.completed", ",\"response\":{}")),
                 "started\ntext 0 [all]\nwhole end\n= text [all]\n");
}

/* ---- bedrock ---- */

static void frame(struct buf *out, const char *type, const char *payload)
{
    const char *const headers[] = {
        ":event-type", type, ":content-type", "application/json", ":message-type", "event", NULL};

    aws_frame_write(out, headers, str_from(payload));
}

static void exception(struct buf *out, const char *type, const char *payload)
{
    const char *const headers[] = {":exception-type", type, ":message-type", "exception", NULL};

    aws_frame_write(out, headers, str_from(payload));
}

static void test_bedrock(void **state)
{
    struct buf s = BUF_INIT(100000);

    frame(&s, "messageStart", "{\"role\":\"assistant\",\"p\":\"abc\"}");
    frame(&s, "contentBlockDelta",
          "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"text\":\"hm\"}}}");
    frame(&s, "contentBlockDelta",
          "{\"contentBlockIndex\":0,\"delta\":{\"reasoningContent\":{\"signature\":\"sg\"}}}");
    frame(&s, "contentBlockStop", "{\"contentBlockIndex\":0}");
    frame(&s, "contentBlockDelta", "{\"contentBlockIndex\":1,\"delta\":{\"text\":\"Hi\"}}");
    frame(&s, "contentBlockStop", "{\"contentBlockIndex\":1}");
    frame(&s, "contentBlockStart",
          "{\"contentBlockIndex\":2,\"start\":{\"toolUse\":{\"toolUseId\":\"t\",\"name\":\"n\"}}}");
    frame(&s, "contentBlockDelta",
          "{\"contentBlockIndex\":2,\"delta\":{\"toolUse\":{\"input\":\"{\\\"a\\\":1}\"}}}");
    frame(&s, "contentBlockStop", "{\"contentBlockIndex\":2}");
    frame(&s, "fromTheFuture", "{}");
    frame(&s, "messageStop", "{\"stopReason\":\"tool_use\"}");
    frame(&s, "metadata",
          "{\"usage\":{\"inputTokens\":4,\"outputTokens\":6,\"cacheReadInputTokens\":2}}");
    check_stream("bedrock", buf_str(&s),
                 "started\nthinking 0 [hm]\ntext 1 [Hi]\ntool 2 t n\nargs t [{\"a\":1}]\n"
                 "ready t ok\nusage 4+2+0 6 0\nwhole tool_use\n= thinking [hm] sg\n= text [Hi]\n"
                 "= call t n {\"a\":1}\n");
    buf_release(&s);
}

static void test_bedrock_fails(void **state)
{
    struct buf s = BUF_INIT(100000);

    frame(&s, "messageStart", "{\"role\":\"assistant\"}");
    check_stream("bedrock", buf_str(&s),
                 "started\nerror net: the answer was cut off before its end\n");
    exception(&s, "throttlingException", "{\"message\":\"Too many requests\"}");
    check_stream("bedrock", buf_str(&s),
                 "started\nerror rate: the answer broke off with an error throttlingException: "
                 "Too many requests\n");
    /* A byte that flipped is seen, wherever it is. */
    for (size_t i = 0; i < s.len; i++) {
        struct buf out = BUF_INIT(100000);

        s.ptr[i] ^= 0x20;
        record_stream("bedrock", buf_str(&s), s.len, 0, &out);
        if (!strstr(buf_cstr(&out), "error protocol: the answer's stream is damaged"))
            fail_msg("byte %zu: %s", i, buf_cstr(&out));
        s.ptr[i] ^= 0x20;
        buf_release(&out);
    }
    buf_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_anthropic),
        cmocka_unit_test(test_anthropic_tolerates),
        cmocka_unit_test(test_anthropic_fails),
        cmocka_unit_test(test_broken_arguments),
        cmocka_unit_test(test_chat),
        cmocka_unit_test(test_chat_ollama),
        cmocka_unit_test(test_chat_others),
        cmocka_unit_test(test_chat_fails),
        cmocka_unit_test(test_responses),
        cmocka_unit_test(test_responses_fails),
        cmocka_unit_test(test_bedrock),
        cmocka_unit_test(test_bedrock_fails),
    };

    return cmocka_run_group_tests_name("llm read", tests, NULL, NULL);
}
