/* test_write.c - requests as each wire writes them: messages, calls and their results, thoughts
 * sent back untouched, marks for the cache, and the quirks of the servers. R-33 U-09 */
#include "tests/unit/llm/record.h"

#define TEXT_BLOCK(s)                                                                              \
    {                                                                                              \
        .type = LLM_TEXT, .text = STR_LIT(s)                                                       \
    }

static const struct llm_block system_blocks[] = {
    {.type = LLM_TEXT, .text = STR_LIT("be brief"), .cache = true}, TEXT_BLOCK("today")};
static const struct llm_block first[] = {TEXT_BLOCK("why?")};
static const struct llm_block second[] = {
    {.type = LLM_THINKING,
     .text = STR_LIT("hm"),
     .signature = STR_LIT("sig"),
     .raw = {NULL, 0},
     .origin = STR_LIT("p/m")},
    {.type = LLM_THINKING,
     .text = STR_LIT("foreign"),
     .signature = STR_LIT("s"),
     .origin = STR_LIT("x/y")},
    TEXT_BLOCK("let me look"),
    {.type = LLM_TOOL_USE,
     .id = STR_LIT("c1"),
     .name = STR_LIT("look"),
     .json = STR_LIT("{\"a\":1}")},
    {.type = LLM_TOOL_USE, .id = STR_LIT("c2"), .name = STR_LIT("time"), .json = STR_LIT("{}")},
};
static const struct llm_block third[] = {
    TEXT_BLOCK("and hurry"),
    {.type = LLM_TOOL_RESULT, .id = STR_LIT("c2"), .text = STR_LIT("no clock"), .is_error = true},
    {.type = LLM_TOOL_RESULT, .id = STR_LIT("c1"), .text = STR_LIT("seen"), .cache = true},
};
static const struct llm_message messages[] = {
    {LLM_USER, first, 1}, {LLM_ASSISTANT, second, 5}, {LLM_USER, third, 3}};
static const struct llm_tool tools[] = {
    {.name = "look", .help = "Look.", .schema_json = STR_LIT("{\"type\":\"object\"}")}};

static struct llm_request request(void)
{
    return (struct llm_request){.system = system_blocks,
                                .system_count = 2,
                                .messages = messages,
                                .message_count = 3,
                                .tools = tools,
                                .tool_count = 1,
                                .max_tokens = 100};
}

static void write_as(const char *wire, const char *provider, const struct llm_request *req,
                     struct buf *out)
{
    struct wire_target t;
    struct err err = ERR_INIT;

    buf_clear(out);
    assert_true(llm_wire_target(provider, "m", "p/m", &t));
    assert_ok(llm_wire_write(wire, &t, req, out, &err), &err);
}

static void check(const char *wire, const char *provider, const struct llm_request *req,
                  const char *wanted)
{
    struct buf out = BUF_INIT(1 << 20);

    write_as(wire, provider, req, &out);
    if (strcmp(buf_cstr(&out), wanted) != 0)
        fail_msg("%s of %s:\n%s\nnot\n%s", wire, provider, buf_cstr(&out), wanted);
    buf_release(&out);
}

static void check_part(const char *wire, const char *provider, const struct llm_request *req,
                       const char *part, bool there)
{
    struct buf out = BUF_INIT(1 << 20);

    write_as(wire, provider, req, &out);
    if ((strstr(buf_cstr(&out), part) != NULL) != there)
        fail_msg("%s of %s: %s %s\n%s", wire, provider, part, there ? "is missing" : "is there",
                 buf_cstr(&out));
    buf_release(&out);
}

static void test_anthropic(void **state)
{
    struct llm_request req = request();

    check("anthropic", "anthropic", &req,
          "{\"model\":\"m\",\"max_tokens\":100,\"stream\":true,"
          "\"tools\":[{\"name\":\"look\",\"description\":\"Look.\",\"input_schema\":{\"type\":"
          "\"object\"}}],"
          "\"system\":[{\"type\":\"text\",\"text\":\"be brief\",\"cache_control\":{\"type\":"
          "\"ephemeral\"}},{\"type\":\"text\",\"text\":\"today\"}],"
          "\"messages\":[{\"role\":\"user\",\"content\":[{\"type\":\"text\",\"text\":\"why?\"}]},"
          "{\"role\":\"assistant\",\"content\":[{\"type\":\"thinking\",\"thinking\":\"hm\","
          "\"signature\":\"sig\"},{\"type\":\"text\",\"text\":\"let me look\"},"
          "{\"type\":\"tool_use\",\"id\":\"c1\",\"name\":\"look\",\"input\":{\"a\":1}},"
          "{\"type\":\"tool_use\",\"id\":\"c2\",\"name\":\"time\",\"input\":{}}]},"
          "{\"role\":\"user\",\"content\":[{\"type\":\"tool_result\",\"tool_use_id\":\"c2\","
          "\"content\":\"no clock\",\"is_error\":true},{\"type\":\"tool_result\",\"tool_use_id\":"
          "\"c1\",\"content\":\"seen\",\"cache_control\":{\"type\":\"ephemeral\"}},"
          "{\"type\":\"text\",\"text\":\"and hurry\"}]}]}");
    req.tool_choice = LLM_TOOLS_ONE;
    req.tool_name = "look";
    req.one_tool = true;
    req.thinking = LLM_THINKING_ON; /* which a forced tool forbids */
    check_part("anthropic", "anthropic", &req,
               "\"tool_choice\":{\"type\":\"tool\",\"name\":\"look\","
               "\"disable_parallel_tool_use\":true}",
               true);
    check_part("anthropic", "anthropic", &req, "\"thinking\":{\"type\":\"disabled\"}", true);
    req.tool_choice = LLM_TOOLS_NONE;
    check_part("anthropic", "anthropic", &req, "\"tool_choice\":{\"type\":\"none\"}", true);
    check_part("anthropic", "anthropic", &req, "\"thinking\":{\"type\":\"adaptive\"}", true);
    check_part("anthropic", "anthropic", &req, "temperature", false);
}

/* What one model is told at each level: fast, balanced, deep. "": none of these words. */
static void check_levels(const char *wire, const char *provider, const char *model,
                         const char *fast, const char *balanced, const char *deep)
{
    static const char *const words[] = {"thinking",      "effort",  "reasoning",
                                        "budget_tokens", "summary", NULL};
    const char *wanted[] = {fast, balanced, deep};
    struct llm_message message = {LLM_USER, first, 1};
    struct buf out = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;

    for (size_t i = 0; i < 3; i++) {
        struct llm_request req = {.messages = &message, .message_count = 1};
        struct wire_target t;

        buf_clear(&out);
        assert_true(llm_wire_target(provider, model, "p/m", &t));
        t.thinking = (enum llm_thinking)(LLM_THINKING_OFF + (int)i); /* as configured */
        assert_ok(llm_wire_write(wire, &t, &req, &out, &err), &err);
        if (!strstr(buf_cstr(&out), wanted[i]))
            fail_msg("%s %s level %zu: no %s in %s", provider, model, i, wanted[i], buf_cstr(&out));
        for (size_t k = 0; !*wanted[i] && words[k]; k++)
            if (strstr(buf_cstr(&out), words[k]))
                fail_msg("%s %s level %zu: %s in %s", provider, model, i, words[k], buf_cstr(&out));
    }
    buf_release(&out);
}

/* no model is told what it would refuse. */
static void test_levels(void **state)
{
#define OFF "\"thinking\":{\"type\":\"disabled\"}"
#define ADAPTIVE "\"thinking\":{\"type\":\"adaptive\"}"
#define EFFORT(w) ",\"output_config\":{\"effort\":\"" w "\"}"
#define WORD(w) "\"reasoning_effort\":\"" w "\""
    check_levels("anthropic", "anthropic", "claude-opus-5", OFF, ADAPTIVE EFFORT("medium"),
                 ADAPTIVE ",\"messages\"");
    check_levels("anthropic", "anthropic", "claude-sonnet-4-6", OFF, ADAPTIVE EFFORT("medium"),
                 ADAPTIVE ",\"messages\"");
    check_levels("anthropic", "anthropic", "claude-fable-5-1", ADAPTIVE EFFORT("low"),
                 ADAPTIVE EFFORT("medium"), ADAPTIVE ",\"messages\"");
    check_levels("anthropic", "anthropic", "claude-haiku-4-5-20251001", OFF,
                 "\"max_tokens\":8192,\"stream\":true,\"thinking\":{\"type\":\"enabled\","
                 "\"budget_tokens\":4096},\"messages\"",
                 "\"max_tokens\":20096,\"stream\":true,\"thinking\":{\"type\":\"enabled\","
                 "\"budget_tokens\":16000},\"messages\"");
    check_levels("anthropic", "anthropic", "claude-3-haiku-20240307", "", "", "");
    check_levels("bedrock", "bedrock", "eu.anthropic.claude-mythos-5",
                 "\"additionalModelRequestFields\":{" ADAPTIVE EFFORT("low") "}",
                 "\"additionalModelRequestFields\":{" ADAPTIVE EFFORT("medium") "}",
                 "\"additionalModelRequestFields\":{" ADAPTIVE "}");
    check_levels("bedrock", "bedrock", "amazon.nova-pro-v1:0", "", "", "");
    check_levels("openai_chat", "openai", "gpt-5.1", WORD("none"), WORD("medium"), WORD("high"));
    check_levels("openai_chat", "openai", "gpt-5-mini", WORD("minimal"), WORD("medium"),
                 WORD("high"));
    check_levels("openai_chat", "github", "openai/o4-mini", WORD("low"), WORD("medium"),
                 WORD("high"));
    check_levels("openai_chat", "azure", "o3", WORD("low"), WORD("medium"), WORD("high"));
    check_levels("openai_chat", "openai", "gpt-4o", "", "", "");
    check_levels("openai_chat", "azure", "my-deployment", "", "", "");
    check_levels("openai_chat", "ollama", "llama3", WORD("none"), "", "");
    check_levels("openai_chat", "openrouter", "x/y", "\"reasoning\":{\"effort\":\"low\"}",
                 "\"reasoning\":{\"effort\":\"medium\"}", "\"reasoning\":{\"effort\":\"high\"}");
    check_levels("openai_chat", "deepseek", "deepseek-v4-pro", OFF, "\"type\":\"enabled\"",
                 "\"type\":\"enabled\"");
    check_levels("openai_chat", "deepseek", "deepseek-reasoner", "", "", "");
    check_levels("openai_chat", "mistral", "m", "", "", "");
    check_levels("openai_responses", "openai", "gpt-5", "\"reasoning\":{\"effort\":\"minimal\"}",
                 "\"reasoning\":{\"effort\":\"medium\",\"summary\":\"auto\"}",
                 "\"reasoning\":{\"effort\":\"high\",\"summary\":\"auto\"}");
    check_levels("openai_responses", "openai", "gpt-4.1", "", "", "");
}

static size_t count(const char *text, const char *what)
{
    size_t n = 0;

    for (; (text = strstr(text, what)); text++)
        n++;
    return n;
}

/* At most four marks: those of tools and system, and the last ones of the messages. */
static void test_marks(void **state)
{
    static const char *const wires[] = {"anthropic", "cache_control", "bedrock", "cachePoint"};
    struct llm_block many[8];
    struct llm_message m = {LLM_USER, many, 8};
    struct llm_request req = request();
    struct buf out = BUF_INIT(1 << 20);

    req.messages = &m;
    req.message_count = 1;
    for (size_t i = 0; i < 8; i++)
        many[i] = (struct llm_block){.type = LLM_TEXT, .text = {&"abcdefgh"[i], 1}, .cache = true};
    for (size_t i = 0; i < 4; i += 2) {
        write_as(wires[i], "anthropic", &req, &out);
        assert_int_equal(count(buf_cstr(&out), wires[i + 1]), 4);
        assert_non_null(strstr(buf_cstr(&out), wires[i + 1]));
    }
    write_as("anthropic", "anthropic", &req, &out);
    assert_non_null(strstr(buf_cstr(&out), "\"text\":\"e\"}"));
    assert_non_null(strstr(buf_cstr(&out), "\"text\":\"f\",\"cache_control\""));
    buf_release(&out);
}

static void test_chat(void **state)
{
    struct llm_request req = request();

    check("openai_chat", "openai", &req,
          "{\"model\":\"m\",\"max_completion_tokens\":100,\"stream\":true,\"stream_options\":{"
          "\"include_usage\":true},\"messages\":[{\"role\":\"system\",\"content\":\"be "
          "brief\\n\\ntoday\"},{\"role\":\"user\",\"content\":\"why?\"},"
          "{\"role\":\"assistant\",\"content\":\"let me look\",\"tool_calls\":[{\"id\":\"c1\","
          "\"type\":\"function\",\"function\":{\"name\":\"look\",\"arguments\":\"{\\\"a\\\":1}\"}},"
          "{\"id\":\"c2\",\"type\":\"function\",\"function\":{\"name\":\"time\",\"arguments\":"
          "\"{}\"}}]},{\"role\":\"tool\",\"tool_call_id\":\"c2\",\"content\":\"ERROR: no clock\"},"
          "{\"role\":\"tool\",\"tool_call_id\":\"c1\",\"content\":\"seen\"},{\"role\":\"user\","
          "\"content\":\"and hurry\"}],\"tools\":[{\"type\":\"function\",\"function\":{\"name\":"
          "\"look\",\"description\":\"Look.\",\"parameters\":{\"type\":\"object\"}}}]}");
    req.tool_choice = LLM_TOOLS_ANY;
    req.one_tool = true;
    check_part("openai_chat", "openai", &req,
               "\"tool_choice\":\"required\",\"parallel_tool_calls\":false", true);
}

static void test_quirks(void **state)
{
    struct llm_request req = request();

    req.tool_choice = LLM_TOOLS_ANY;
    req.one_tool = true;
    check_part("openai_chat", "ollama", &req, "\"max_tokens\":100", true);
    check_part("openai_chat", "ollama", &req, "tool_choice", false);
    check_part("openai_chat", "ollama", &req, "parallel_tool_calls", false);
    check_part("openai_chat", "mistral", &req, "stream_options", false);
    /* Thoughts that led to calls go back, the model's own only. */
    check_part("openai_chat", "deepseek", &req,
               "\"content\":\"let me look\",\"reasoning_content\":\"hm\",\"tool_calls\"", true);
    check_part("openai_chat", "openai", &req, "reasoning_content", false);
    /* Ids of nine letters and digits, and no words behind a result. */
    check_part("openai_chat", "mistral", &req, "\"c1\"", false);
    check_part("openai_chat", "mistral", &req, "\"content\":\"seen\\n\\nand hurry\"}]", true);
}

static void test_responses(void **state)
{
    struct llm_request req = request();

    check("openai_responses", "openai", &req,
          "{\"model\":\"m\",\"max_output_tokens\":100,\"stream\":true,\"store\":false,"
          "\"instructions\":\"be brief\\n\\ntoday\",\"input\":[{\"type\":\"message\",\"role\":"
          "\"user\",\"content\":[{\"type\":\"input_text\",\"text\":\"why?\"}]},{\"type\":"
          "\"message\",\"role\":\"assistant\",\"content\":[{\"type\":\"output_text\",\"text\":"
          "\"let me look\"}]},{\"type\":\"function_call\",\"call_id\":\"c1\",\"name\":\"look\","
          "\"arguments\":\"{\\\"a\\\":1}\"},{\"type\":\"function_call\",\"call_id\":\"c2\","
          "\"name\":\"time\",\"arguments\":\"{}\"},{\"type\":\"function_call_output\",\"call_id\":"
          "\"c2\",\"output\":\"ERROR: no clock\"},{\"type\":\"function_call_output\",\"call_id\":"
          "\"c1\",\"output\":\"seen\"},{\"type\":\"message\",\"role\":\"user\",\"content\":[{"
          "\"type\":\"input_text\",\"text\":\"and hurry\"}]}],\"tools\":[{\"type\":\"function\","
          "\"name\":\"look\",\"description\":\"Look.\",\"parameters\":{\"type\":\"object\"},"
          "\"strict\":false}]}");
    req.thinking = LLM_THINKING_ON;
    check_part("openai_responses", "openai", &req, "\"include\":[\"reasoning.encrypted_content\"]",
               true);
}

static void test_bedrock(void **state)
{
    struct llm_request req = request();
    struct wire_target t;
    struct buf path = BUF_INIT(1000);
    struct err err = ERR_INIT;

    check("bedrock", "bedrock", &req,
          "{\"inferenceConfig\":{\"maxTokens\":100},\"toolConfig\":{\"tools\":[{\"toolSpec\":{"
          "\"name\":\"look\",\"description\":\"Look.\",\"inputSchema\":{\"json\":{\"type\":"
          "\"object\"}}}}]},\"system\":[{\"text\":\"be brief\"},{\"cachePoint\":{\"type\":"
          "\"default\"}},{\"text\":\"today\"}],\"messages\":[{\"role\":\"user\",\"content\":[{"
          "\"text\":\"why?\"}]},{\"role\":\"assistant\",\"content\":[{\"reasoningContent\":{"
          "\"reasoningText\":{\"text\":\"hm\",\"signature\":\"sig\"}}},{\"text\":\"let me "
          "look\"},{\"toolUse\":{\"toolUseId\":\"c1\",\"name\":\"look\",\"input\":{\"a\":1}}},{"
          "\"toolUse\":{\"toolUseId\":\"c2\",\"name\":\"time\",\"input\":{}}}]},{\"role\":"
          "\"user\",\"content\":[{\"toolResult\":{\"toolUseId\":\"c2\",\"content\":[{\"text\":"
          "\"no clock\"}],\"status\":\"error\"}},{\"toolResult\":{\"toolUseId\":\"c1\","
          "\"content\":[{\"text\":\"seen\"}],\"status\":\"success\"}},{\"cachePoint\":{\"type\":"
          "\"default\"}},{\"text\":\"and hurry\"}]}]}");
    assert_true(llm_wire_target("bedrock", "us.anthropic.claude-v1:0", "o", &t));
    assert_ok(llm_wire_path("bedrock", &t, &path, &err), &err);
    assert_string_equal(buf_cstr(&path), "/model/us.anthropic.claude-v1%3A0/converse-stream");
    buf_release(&path);
}

/* What a provider would refuse is mended: a call without its result, a result without its call, two
 * messages of one role, empty texts. */
static void test_mended(void **state)
{
    static const struct llm_block a[] = {TEXT_BLOCK("one"), TEXT_BLOCK("  ")};
    static const struct llm_block b[] = {
        {.type = LLM_TOOL_RESULT, .id = STR_LIT("gone"), .text = STR_LIT("old result")}};
    static const struct llm_block c[] = {
        {.type = LLM_TOOL_USE, .id = STR_LIT("k"), .name = STR_LIT("look")}};
    static const struct llm_block d[] = {TEXT_BLOCK("go on")};
    static const struct llm_message list[] = {
        {LLM_USER, a, 2}, {LLM_USER, b, 1}, {LLM_ASSISTANT, c, 1}, {LLM_USER, d, 1}};
    struct llm_request req = {.messages = list, .message_count = 4};

    check("anthropic", "anthropic", &req,
          "{\"model\":\"m\",\"max_tokens\":4096,\"stream\":true,\"messages\":[{\"role\":\"user\","
          "\"content\":[{\"type\":\"text\",\"text\":\"one\"},{\"type\":\"text\",\"text\":\"old "
          "result\"}]},{\"role\":\"assistant\",\"content\":[{\"type\":\"tool_use\",\"id\":\"k\","
          "\"name\":\"look\",\"input\":{}}]},{\"role\":\"user\",\"content\":[{\"type\":"
          "\"tool_result\",\"tool_use_id\":\"k\",\"content\":\"There is no result: the call did "
          "not come to its end.\",\"is_error\":true},{\"type\":\"text\",\"text\":\"go on\"}]}]}");
    req.message_count = 3; /* nothing behind the call */
    check_part("anthropic", "anthropic", &req, "\"tool_use_id\":\"k\"", true);
}

/* Every provider of the documents is in the table, and has what it needs. */
static void test_providers(void **state)
{
    static const char *const documented[] = {
        "openai", "anthropic", "google",   "mistral", "groq",   "xai",      "openrouter", "bedrock",
        "azure",  "vertex",    "cerebras", "github",  "ollama", "deepseek", "local",      NULL};
    struct wire_target t;
    struct err err = ERR_INIT;
    struct llm_request req = request();

    for (size_t i = 0; documented[i]; i++)
        assert_true(llm_wire_target(documented[i], "m", "o", &t));
    for (size_t i = 0; llm_provider_name(i); i++) {
        struct buf out = BUF_INIT(1 << 20);

        assert_true(llm_wire_target(llm_provider_name(i), "m", "o", &t));
        assert_ok(llm_wire_write("openai_chat", &t, &req, &out, &err), &err);
        buf_release(&out);
    }
    assert_false(llm_wire_target("none", "m", "o", &t));
    assert_int_equal(llm_wire_path("smoke", &t, NULL, &err), ERR_NOT_FOUND);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_levels),    cmocka_unit_test(test_anthropic),
        cmocka_unit_test(test_marks),     cmocka_unit_test(test_chat),
        cmocka_unit_test(test_quirks),    cmocka_unit_test(test_responses),
        cmocka_unit_test(test_bedrock),   cmocka_unit_test(test_mended),
        cmocka_unit_test(test_providers),
    };

    return cmocka_run_group_tests_name("llm write", tests, NULL, NULL);
}
