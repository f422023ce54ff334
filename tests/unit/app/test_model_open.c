/* test_model_open.c - the model sections of the documents' configurations become a client, without
 * a network. R-33 C-23 C-12 */
#include "tests/lib/unit.h"

#include "runbook/app/config.h"
#include "runbook/base/mem.h"
#include "runbook/llm/wire.h"
#include "src/app/model_open.h"

static char *env(const char *name)
{
    return (char *)(uintptr_t)(strcmp(name, "ANTHROPIC_API_KEY") == 0 ? "sk-from-env" : NULL);
}

struct opened {
    struct config *config;
    struct loop *loop;
    struct http_client *http;
    struct llm *llm;
    struct err err;
    enum err_code rc;
};

static void open_text(struct opened *o, const char *yaml)
{
    memset(o, 0, sizeof(*o));
    assert_ok(config_parse(&config_schema, "/p/.runbook/config.yaml", str_from(yaml), env,
                           &o->config, &o->err),
              &o->err);
    if (config_problem_count(o->config))
        fail_msg("%s: %s", yaml, config_problem(o->config, 0)->text);
    o->loop = loop_new(clock_system());
    o->http = http_client_new(o->loop, NULL);
    o->rc = model_open(o->config, o->loop, o->http, NULL, &o->llm, &o->err);
}

static void close_it(struct opened *o)
{
    llm_free(o->llm);
    http_client_free(o->http);
    loop_free(o->loop);
    config_free(o->config);
}

static void test_none(void **state)
{
    static const char *const texts[] = {"", "llm:\n  provider: none\n  model: m\n",
                                        "ai:\n  provider: local\nllm:\n  provider: none\n"};

    for (size_t i = 0; i < 3; i++) {
        struct opened o;

        open_text(&o, texts[i]);
        assert_int_equal(o.rc, ERR_OK);
        assert_null(o.llm);
        assert_string_equal(model_provider(o.config), "none");
        close_it(&o);
    }
}

/* The runbook document's own lines. */
static void test_document(void **state)
{
    struct opened o;
    struct llm_target t;
    struct err err = ERR_INIT;

    open_text(&o, "llm:\n  provider: anthropic  # anthropic | openai\n"
                  "  model: claude-sonnet-4-20250514\n  api_key: ${ANTHROPIC_API_KEY}\n");
    assert_ok(o.rc, &o.err);
    assert_int_equal(llm_count(o.llm), 1);
    assert_true(llm_target(o.llm, 0, &t));
    assert_string_equal(t.provider, "anthropic");
    assert_string_equal(t.model, "claude-sonnet-4-20250514");
    assert_string_equal(t.base_url, "https://api.anthropic.com");
    assert_string_equal(t.key_from, "llm.api_key");
    assert_ok(llm_ready(o.llm, &err), &err);
    close_it(&o);
}

/* CloudOps's shape: the section is called ai. */
static void test_other_document(void **state)
{
    struct opened o;
    struct llm_target t;

    open_text(&o, "ai:\n  provider: deepseek\n  model: chat\n  reasoning: fast\n  credentials:\n"
                  "    source: env\n    env_var: MY_KEY\n  base_url: http://127.0.0.1:9/v1/\n");
    assert_ok(o.rc, &o.err);
    assert_true(llm_target(o.llm, 0, &t));
    assert_string_equal(t.provider, "deepseek");
    assert_string_equal(t.base_url, "http://127.0.0.1:9/v1");
    assert_false(t.usable);
    assert_string_equal(t.missing.msg, "no key for DeepSeek: set MY_KEY");
    close_it(&o);
}

static void test_every_provider(void **state)
{
    const struct config_key *k = config_key_find(&config_schema, "llm.provider");

    for (size_t i = 0; k->choices[i]; i++) {
        struct opened o;
        struct llm_target t;
        bool address = strcmp(k->choices[i], "azure") == 0 || strcmp(k->choices[i], "vertex") == 0;
        char *yaml = xasprintf("llm:\n  provider: %s\n  model: m\n  apiKey: kkkkkkkkkkkkkkkk\n"
                               "  region: eu-west-1\n%s",
                               k->choices[i], address ? "  base_url: https://x.example/v1\n" : "");

        open_text(&o, yaml);
        assert_ok(o.rc, &o.err);
        if (strcmp(k->choices[i], "none") != 0) {
            assert_true(llm_target(o.llm, 0, &t));
            assert_string_equal(t.provider, k->choices[i]);
            assert_true(t.usable);
            assert_null(strchr(t.base_url, '{'));
        }
        close_it(&o);
        free(yaml);
    }
    for (size_t i = 0; llm_provider_name(i); i++) { /* and the other way round */
        bool found = false;

        for (size_t j = 0; k->choices[j]; j++)
            found = found || strcmp(k->choices[j], llm_provider_name(i)) == 0;
        assert_true(found);
    }
}

static void test_fallback(void **state)
{
    struct opened o;
    struct llm_target t;

    open_text(&o, "llm:\n  provider: openai\n  model: big\n  wire: openai_responses\n"
                  "  api_key: kkkkkkkkkkkkkkkk\n  fallback:\n    - model: small\n"
                  "    - provider: ollama\n      model: local\n"
                  "    - provider: anthropic\n      model: c\n      api_key_source: env\n");
    assert_ok(o.rc, &o.err);
    assert_int_equal(llm_count(o.llm), 4);
    assert_true(llm_target(o.llm, 1, &t));
    assert_string_equal(t.provider, "openai");
    assert_string_equal(t.model, "small");
    assert_string_equal(t.wire, "openai_responses");
    assert_string_equal(t.key_from, "llm.api_key");
    assert_true(llm_target(o.llm, 2, &t));
    assert_string_equal(t.wire, "openai_chat");
    assert_true(t.local && t.usable);
    close_it(&o);
}

static void test_wrong(void **state)
{
    struct opened o;

    open_text(&o, "llm:\n  provider: openai\n");
    assert_int_equal(o.rc, ERR_NOT_FOUND);
    assert_string_equal(o.err.msg,
                        "llm.model is missing: name one of the models of OpenAI that you may use");
    assert_null(o.llm);
    close_it(&o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none),           cmocka_unit_test(test_document),
        cmocka_unit_test(test_other_document), cmocka_unit_test(test_every_provider),
        cmocka_unit_test(test_fallback),       cmocka_unit_test(test_wrong),
    };

    return cmocka_run_group_tests_name("model open", tests, NULL, NULL);
}
