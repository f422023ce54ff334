/* test_standin.c - conversations with the stand-in for the vendors' servers, which checks requests
 * as strictly as they do, over every wire and through every fault of a network: what arrives is the
 * same. R-33 */
#include "tests/lib/standin.h"
#include "tests/unit/llm/client.h"

#include <poll.h>

#include "runbook/base/mem.h"
#include "runbook/base/vec.h"

struct way {
    const char *provider, *wire, *prefix;
};
static const struct way ways[] = {
    {"anthropic", NULL, ""},
    {"openai", NULL, "/v1"},
    {"openai", "openai_responses", "/v1"},
    {"bedrock", NULL, ""},
};
#define WAYS (sizeof(ways) / sizeof(ways[0]))

struct talk {
    struct loop *loop;
    struct http_client *http;
    struct rng rng;
    struct llm *llm;
    struct standin *server;
    char *url;
    struct arena *arena;
    VEC(struct llm_message) messages;
    struct buf said, log;
    struct llm_answer answer; /* its message is in `messages` */
    int ended;
    enum llm_event_type end;
};

/* Twenty times as fast as the real one, so that waits between requests cost little. */
static int64_t fast_now(struct clock *self)
{
    (void)self;
    return clock_system()->now_ms(clock_system()) * 20;
}

static int64_t fast_wall(struct clock *self)
{
    (void)self;
    return clock_system()->wall_ms(clock_system());
}

static struct clock fast = {fast_now, fast_wall};

static char *no_env(const char *name)
{
    return (char *)(uintptr_t)(strcmp(name, "AWS_REGION") == 0 ? "us-east-1" : NULL);
}

static void talk_open(struct talk *t, const struct way *w, const char *scenario,
                      const char *const *options, struct llm_options opts, const struct secret *key)
{
    struct llm_target_options target = {.provider = w->provider,
                                        .model = "model-v1:0",
                                        .wire = w->wire,
                                        .key = key,
                                        .temperature = -1};
    struct err err = ERR_INIT;

    memset(t, 0, sizeof(*t));
    rng_seed(&t->rng, 5);
    buf_init(&t->said, 1 << 20);
    buf_init(&t->log, 1 << 20);
    t->arena = arena_new(0);
    t->loop = loop_new(&fast);
    t->http = http_client_new(t->loop, NULL);
    t->server = standin_start(scenario, options);
    t->url = xasprintf("%s%s", standin_url(t->server), w->prefix);
    target.base_url = t->url;
    opts.targets = &target;
    opts.target_count = 1;
    if (!opts.env)
        opts.env = no_env;
    opts.rng = &t->rng;
    assert_ok(llm_new(t->loop, t->http, &opts, &t->llm, &err), &err);
}

static void talk_start(struct talk *t, const struct way *w, const char *scenario,
                       struct llm_options opts)
{
    struct secret *key = secret_new(STR_LIT("test"));

    talk_open(t, w, scenario, NULL, opts, key);
    secret_free(key);
}

static void talk_end(struct talk *t)
{
    llm_free(t->llm);
    http_client_free(t->http);
    loop_free(t->loop);
    standin_stop(t->server);
    arena_free(t->arena);
    VEC_RELEASE(&t->messages);
    buf_release(&t->said);
    buf_release(&t->log);
    free(t->url);
}

static struct str keep(struct talk *t, struct str s)
{
    return (struct str){arena_str(t->arena, s), s.len};
}

static void add_message(struct talk *t, enum llm_role role, const struct llm_block *blocks,
                        size_t count)
{
    struct llm_block *copy = arena_array(t->arena, count + 1, sizeof(*copy));

    for (size_t i = 0; i < count; i++) {
        copy[i] = blocks[i];
        copy[i].text = keep(t, blocks[i].text);
        copy[i].id = keep(t, blocks[i].id);
        copy[i].name = keep(t, blocks[i].name);
        copy[i].json = keep(t, blocks[i].json);
        copy[i].signature = keep(t, blocks[i].signature);
        copy[i].raw = keep(t, blocks[i].raw);
        copy[i].origin = keep(t, blocks[i].origin);
    }
    *VEC_PUSH(&t->messages) = (struct llm_message){role, copy, count};
}

static void on_event(void *ctx, const struct llm_event *ev)
{
    struct talk *t = ctx;

    record_event(&t->log, ev);
    if (ev->type != LLM_EV_DONE && ev->type != LLM_EV_FAILED && ev->type != LLM_EV_CANCELED)
        return;
    t->ended++;
    t->end = ev->type;
    t->answer = *ev->answer;
    record_message(&t->said, &ev->answer->message);
    add_message(t, LLM_ASSISTANT, ev->answer->message.blocks, ev->answer->message.count);
}

static const struct llm_tool tools[] = {
    {.name = "look",
     .help = "Looks at a thing.",
     .schema_json =
         STR_LIT("{\"type\":\"object\",\"properties\":{\"at\":{\"type\":\"string\"}}}")}};

static void talk_send(struct talk *t, bool thinking)
{
    static const struct llm_block system = {
        .type = LLM_TEXT, .text = STR_LIT("You look."), .cache = true};
    struct llm_request req = {.system = &system,
                              .system_count = 1,
                              .messages = t->messages.items,
                              .message_count = t->messages.count,
                              .tools = tools,
                              .tool_count = 1,
                              .thinking = thinking ? LLM_THINKING_ON : LLM_THINKING_DEFAULT};
    struct clock *c = clock_system();
    int64_t end_ms = c->now_ms(c) + 60000;

    t->ended = 0;
    llm_send(t->llm, &req, on_event, t);
    while (!t->ended && c->now_ms(c) < end_ms) {
        loop_turn(t->loop, false);
        poll(NULL, 0, 1);
    }
    if (!t->ended)
        fail_msg("no end came: %s", buf_cstr(&t->log));
}

static void talk_say(struct talk *t, const char *text)
{
    struct llm_block b = {.type = LLM_TEXT, .text = str_from(text)};

    add_message(t, LLM_USER, &b, 1);
}

/* Every call is answered with its own arguments. */
static size_t answer_calls(struct talk *t)
{
    const struct llm_message *m = &t->messages.items[t->messages.count - 1];
    struct llm_block results[16];
    size_t n = 0;

    for (size_t i = 0; i < m->count && n < 16; i++)
        if (m->blocks[i].type == LLM_TOOL_USE)
            results[n++] = (struct llm_block){.type = LLM_TOOL_RESULT,
                                              .id = m->blocks[i].id,
                                              .name = m->blocks[i].name,
                                              .text = m->blocks[i].json};
    if (n)
        add_message(t, LLM_USER, results, n);
    return n;
}

#define TURNS                                                                                      \
    "turns:\n"                                                                                     \
    "  - say:\n"                                                                                   \
    "      - thinking: \"The database first.\"\n"                                                  \
    "      - text: \"Gr\xc3\xbc\xc3\x9f"                                                           \
    "e, I look \xf0\x9f\x94\x8d at both.\"\n"                                                      \
    "      - tool: look\n        id: call_aaaa1\n        input: {at: \"db \xc3\xa9\"}\n"           \
    "      - tool: look\n        id: call_aaaa2\n        input: {at: web}\n"                       \
    "  - match: {last: \"db\"}\n    say: [{text: \"It is the db.\"}]\n"

static void converse(const struct way *w, const char *faults)
{
    char *scenario = xasprintf("%s%s", faults, TURNS);
    struct talk t;

    talk_start(&t, w, scenario, (struct llm_options){.retries = 2, .idle_ms = 60000});
    talk_say(&t, "why is checkout slow?");
    talk_send(&t, true);
    if (t.end != LLM_EV_DONE || t.answer.stop != LLM_STOP_TOOL_USE)
        fail_msg("%s with %s: %s", w->wire ? w->wire : w->provider, faults, buf_cstr(&t.log));
    assert_non_null(strstr(buf_cstr(&t.said), "= text [Gr\xc3\xbc\xc3\x9f"
                                              "e, I look \xf0\x9f\x94\x8d at both.]\n"));
    assert_non_null(strstr(buf_cstr(&t.said), "look {\"at\":\"db \xc3\xa9\"}\n"));
    assert_non_null(strstr(buf_cstr(&t.said), "look {\"at\":\"web\"}\n"));
    assert_true(t.answer.usage.input > 0 && t.answer.usage.output > 0);
    assert_int_equal(answer_calls(&t), 2);
    talk_send(&t, true); /* thoughts go back untouched, or the server refuses */
    if (t.end != LLM_EV_DONE || !strstr(buf_cstr(&t.said), "= text [It is the db.]\n"))
        fail_msg("%s with %s: %s", w->wire ? w->wire : w->provider, faults, buf_cstr(&t.log));
    talk_end(&t);
    free(scenario);
}

static void test_plain(void **state)
{
    for (size_t i = 0; i < WAYS; i++)
        converse(&ways[i], "");
}

/* What a network and a server may do without anything being wrong. */
static void test_harmless(void **state)
{
    static const char *const faults[] = {
        "faults: {split: 1}\n",
        "faults: {split_utf8: true, delta_chars: 1}\n",
        "faults: {unknown_events: true, ping_every: 2}\n",
        "faults: {comments: true, eol: crlf}\n",
        "faults: {eol: cr, split: 3}\n",
        "faults: {close_delimited: true}\n",
        "faults: {whole_calls: true}\ndialect: ollama\n",
        "dialect: vllm\n",
        "dialect: deepseek\n",
    };

    for (size_t f = 0; f < sizeof(faults) / sizeof(faults[0]); f++)
        for (size_t i = 0; i < WAYS; i++)
            if ((!strstr(faults[f], "dialect") || i == 1) && (!strstr(faults[f], "eol") || i < 3))
                converse(&ways[i], faults[f]);
}

/* One request with a fault, then a good one; `said`: what the answer's text is. */
static void survive(const struct way *w, const char *fault, const char *said)
{
    char *scenario =
        xasprintf("turns:\n  - say: [{text: \"one two three four five six seven\"}]\n    %s\n"
                  "otherwise:\n  say: [{text: \" and more\"}]\n",
                  fault);
    /* By the fast clock: 1.5 s where a silence is the fault, half a minute where it is the
     * machine's, so that just these are asked again. */
    bool silent = strstr(fault, "first_byte_ms") || strstr(fault, "stall_at");
    int64_t ms = silent ? 30000 : 600000;
    struct talk t;

    talk_start(&t, w, scenario,
               (struct llm_options){.retries = 2, .idle_ms = ms, .first_byte_ms = ms});
    talk_say(&t, "count");
    talk_send(&t, false);
    if (t.end != LLM_EV_DONE || t.answer.requests != 2 || !strstr(buf_cstr(&t.said), said))
        fail_msg("%s with %s:\n%s", w->wire ? w->wire : w->provider, fault, buf_cstr(&t.log));
    talk_end(&t);
    free(scenario);
}

/* Before the answer: asked again. In its middle: it goes on. */
static void test_survives(void **state)
{
    for (size_t i = 0; i < WAYS; i++) {
        survive(&ways[i], "error: {status: 429, headers: {retry-after-ms: \"20\"}}",
                "= text [ and more]");
        survive(&ways[i], "error: {status: 529, headers: {retry-after: \"0.02\"}}",
                "= text [ and more]");
        survive(&ways[i], "error: {status: 502}", "= text [ and more]");
        survive(&ways[i], "faults: {error_at: 0}", "= text [ and more]");
        survive(&ways[i], "faults: {first_byte_ms: 90000}", "= text [ and more]");
        survive(&ways[i], "faults: {cut_at: 0, reset: true}", "= text [ and more]");
        survive(&ways[i], "faults: {no_stop: true}",
                "= text [one two three four five six seven and more]");
        survive(&ways[i], "faults: {error_at: 5}", "= text [one");
        survive(&ways[i], "faults: {bad_json: true}", "and more]");
    }
    survive(&ways[0], "faults: {cut_event: content_block_stop}", "= text [one two three");
    survive(&ways[0], "faults: {stall_at: 700}", "and more]");
}

/* A call whose arguments are broken is an error for the model, and the talk goes on. */
static void test_broken_args(void **state)
{
    for (size_t i = 0; i < WAYS; i++) {
        struct talk t;

        talk_start(
            &t, &ways[i],
            "turns:\n  - say: [{tool: look, input: {at: db}}]\n    faults: {broken_args: true}\n"
            "otherwise:\n  say: [{text: sorry}]\n",
            (struct llm_options){.retries = 0});
        talk_say(&t, "go");
        talk_send(&t, false);
        assert_int_equal(t.end, LLM_EV_DONE);
        assert_non_null(strstr(buf_cstr(&t.log), "the arguments cannot be read: JSON line 1"));
        assert_int_equal(answer_calls(&t), 1);
        talk_send(&t, false);
        if (!strstr(buf_cstr(&t.said), "= text [sorry]"))
            fail_msg("%s", buf_cstr(&t.log));
        talk_end(&t);
    }
}

static char *aws_env(const char *name)
{
    static const char *const values[] = {
        "AWS_REGION", "us-east-1", "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE", "AWS_SECRET_ACCESS_KEY",
        "planted"};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i += 2)
        if (strcmp(name, values[i]) == 0)
            return (char *)(uintptr_t)values[i + 1];
    return NULL;
}

/* A signature that somebody else verifies, for a model whose id holds a colon; and a wrong one. */
static void test_signed(void **state)
{
    static const char *const secrets[] = {"planted", "other"};

    for (size_t i = 0; i < 2; i++) {
        const char *const options[] = {"--aws-secret", secrets[i], NULL};
        struct talk t;

        talk_open(&t, &ways[3], "otherwise:\n  say: [{text: hello}]\n", options,
                  (struct llm_options){.env = aws_env}, NULL);
        talk_say(&t, "hi");
        talk_send(&t, false);
        if (!strstr(buf_cstr(&t.log), i ? "failed auth: bedrock/model-v1:0: HTTP 403" : "done end"))
            fail_msg("%s", buf_cstr(&t.log));
        standin_recorded(t.server, &t.said);
        assert_null(strstr(buf_cstr(&t.said), "planted"));
        talk_end(&t);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_plain),    cmocka_unit_test(test_harmless),
        cmocka_unit_test(test_survives), cmocka_unit_test(test_broken_args),
        cmocka_unit_test(test_signed),
    };

    return cmocka_run_group_tests_name("llm standin", tests, NULL, NULL);
}
