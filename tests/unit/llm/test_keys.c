/* test_keys.c - where keys come from, and that what is wrong with them is said in one line, without
 * them. R-33 C-12 */
#include "tests/lib/tmpdir.h"
#include "tests/unit/llm/client.h"

#include <sys/stat.h>

#include "runbook/codec/eventstream.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"

#define MESSAGES "/0/v1/messages"

static const char *env_name, *env_value;

static char *one_env(const char *name)
{
    return env_name && strcmp(name, env_name) == 0 ? (char *)(uintptr_t)env_value : NULL;
}

static struct llm_options opts(void)
{
    return (struct llm_options){.env = one_env};
}

/* Which key does a request carry? `said`: what came of it. */
static void check_key(struct llm_target_options t, const char *header, const char *said)
{
    struct client c;
    struct buf req = BUF_INIT(1 << 20);

    client_init(&c);
    t.provider = "anthropic";
    t.model = "m";
    client_use_opts(&c, &t, 1, opts());
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("ok"), 0);
    client_ask(&c, "hi");
    client_wait(&c);
    if (header) {
        client_request(&c, 0, &req);
        if (!strstr(buf_cstr(&req), header))
            fail_msg("%s is not in %s", header, buf_cstr(&req));
    }
    if (said && !strstr(buf_cstr(&c.said), said))
        fail_msg("%s is not in %s", said, buf_cstr(&c.said));
    buf_release(&req);
    client_release(&c);
}

static void test_environment(void **state)
{
    env_name = "ANTHROPIC_API_KEY";
    env_value = "from-env";
    check_key((struct llm_target_options){.key_source = LLM_KEY_ENV},
              "Authorization: Bearer from-env\r\n", "done end");
    env_name = "MY_KEY";
    env_value = "mine";
    check_key((struct llm_target_options){.key_env = "MY_KEY"}, "Authorization: Bearer mine\r\n",
              "done end");
    env_name = "ANTHROPIC_API_KEY"; /* another variable was named, so this one is not taken */
    check_key((struct llm_target_options){.key_env = "MY_KEY"}, NULL,
              "failed config: no key for Anthropic: set MY_KEY, or llm.api_key, llm.api_key_cmd or "
              "llm.api_key_file");
    env_name = NULL;
}

/* A command of its own words, without a shell. */
static void test_command(void **state)
{
    check_key((struct llm_target_options){.key_cmd = "printf '%s\\nsecond' \"a $HOME key\""},
              "Authorization: Bearer a $HOME key\r\n", "done end");
    check_key((struct llm_target_options){.key_cmd = "sh -c 'echo the-key >&2; exit 3'"}, NULL,
              "failed config: anthropic/m: llm.api_key_cmd ended with status 3; run it by hand to "
              "see why");
    check_key((struct llm_target_options){.key_cmd = "true"}, NULL,
              "llm.api_key_cmd printed nothing");
    check_key((struct llm_target_options){.key_cmd = "/nowhere/at-all"}, NULL,
              "failed config: anthropic/m: llm.api_key_cmd: ");
}

/* A command's key is kept for a while, and asked for again when it is refused. */
static void test_command_again(void **state)
{
    struct client c;
    char *dir = tmpdir_new(), *cmd;
    struct llm_target_options t = {.provider = "anthropic", .model = "m"};
    struct buf req = BUF_INIT(1 << 20);

    cmd = xasprintf("sh -c 'echo x >>%s/n; wc -l <%s/n'", dir, dir);
    t.key_cmd = cmd;
    client_init(&c);
    client_use_opts(&c, &t, 1, opts());
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("ok"), 2);
    client_answer(&c, MESSAGES, "HTTP/1.1 401 No\r\nContent-Length: 2\r\n\r\n{}", 1);
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("ok"), 1);
    for (int i = 0; i < 3; i++) {
        client_ask(&c, "hi");
        client_wait(&c);
        CLIENT_SAID(&c, "started\ntext 0 [ok]\ndone end anthropic/m\n= text [ok]\n");
    }
    client_request(&c, 2, &req);
    assert_non_null(strstr(buf_cstr(&req), "Bearer 1\r\n"));
    client_request(&c, 3, &req);
    assert_non_null(strstr(buf_cstr(&req), "Bearer 2\r\n"));
    buf_release(&req);
    client_release(&c);
    tmpdir_free(dir);
    free(cmd);
}

static void test_file(void **state)
{
    char *dir = tmpdir_new(), *path;
    struct err err = ERR_INIT;

    path = xasprintf("%s/key", dir);
    assert_ok(file_write_atomic(path, STR_LIT("  file-key \n"), 0600, &err), &err);
    check_key((struct llm_target_options){.key_file = path}, "Authorization: Bearer file-key\r\n",
              "done end");
    assert_int_equal(chmod(path, 0640), 0);
    check_key((struct llm_target_options){.key_file = path}, NULL, "(mode 640); run: chmod 600 ");
    assert_ok(file_write_atomic(path, STR_LIT(""), 0600, &err), &err);
    check_key((struct llm_target_options){.key_file = path}, NULL, "is empty");
    check_key((struct llm_target_options){.key_file = "/nowhere/key"}, NULL,
              "llm.api_key_file: /nowhere/key: No such file or directory");
    check_key((struct llm_target_options){.key_file = dir}, NULL, "is no file");
    tmpdir_free(dir);
    free(path);
}

/* The keychain is asked through secret-tool, which may not be there. */
static void test_keychain(void **state)
{
    char *dir = tmpdir_new(), *tool = xasprintf("%s/secret-tool", dir);
    char *path = xstrdup(getenv("PATH"));
    struct err err = ERR_INIT;

    assert_int_equal(setenv("PATH", dir, 1), 0);
    check_key((struct llm_target_options){.key_source = LLM_KEY_KEYCHAIN}, NULL,
              "failed config: anthropic/m: the keychain: ");
    assert_ok(file_write_atomic(tool, STR_LIT("#!/bin/sh\necho \"$*\"\n"), 0700, &err), &err);
    check_key((struct llm_target_options){.key_source = LLM_KEY_KEYCHAIN},
              "Authorization: Bearer lookup service runbook provider anthropic\r\n", "done end");
    assert_int_equal(setenv("PATH", path, 1), 0);
    tmpdir_free(dir);
    free(tool);
    free(path);
}

static void take_secret(void *ctx, struct str secret)
{
    buf_addf(ctx, "[%.*s]", STR_FMT(secret));
}

/* What has to be hidden wherever it turns up. */
static void test_secrets(void **state)
{
    struct llm_target_options t[] = {{.provider = "anthropic", .model = "m"},
                                     {.provider = "openai", .model = "m", .key_env = "MY_KEY"},
                                     {.provider = "ollama", .model = "m", .key_cmd = "true"}};
    struct buf got = BUF_INIT(1000);
    struct client c;

    env_name = "MY_KEY";
    env_value = "mine";
    client_init(&c);
    client_use_opts(&c, t, 3, opts());
    llm_on_secret(c.llm, take_secret, &got);
    assert_string_equal(buf_cstr(&got), "[sk-secret-key][mine]");
    env_name = NULL;
    buf_release(&got);
    client_release(&c);
}

/* A key that comes later is told before it is sent, each new one once; what was read before it was
 * known stands in no later request, least of all in one to another provider. R-35 U-15 */
static void test_secrets_later(void **state)
{
    char *dir = tmpdir_new(), *cmd;
    struct llm_target_options t[] = {{.provider = "anthropic", .model = "m"},
                                     {.provider = "openai", .model = "n", .key_env = "MY_KEY"}};
    struct buf got = BUF_INIT(1000), req = BUF_INIT(1 << 20);
    struct client c;

    cmd = xasprintf("sh -c 'echo x >>%s/n; printf command-key-; wc -l <%s/n'", dir, dir);
    t[0].key_cmd = cmd;
    env_name = "MY_KEY";
    env_value = "mine";
    client_init(&c);
    client_use_opts(&c, t, 2, opts());
    llm_on_secret(c.llm, take_secret, &got);
    assert_string_equal(buf_cstr(&got), "[mine]");
    client_answer(&c, MESSAGES, SSE_HEAD A_MESSAGE("ok"), 1);
    client_answer(&c, MESSAGES,
                  "HTTP/1.1 401 No\r\nConnection: close\r\n\r\n"
                  "{\"error\":{\"message\":\"no such key command-key-2 ..\"}}",
                  0);
    client_answer(&c, "/1/chat/completions",
                  "HTTP/1.1 200 OK\r\nContent-Length: 14\r\n"
                  "Content-Type: text/event-stream\r\n\r\ndata: [DONE]\n\n",
                  0);
    for (size_t i = 0; i < 2; i++) {
        client_ask(&c, "someone logged command-key-1 and command-key-2");
        client_wait(&c);
    }
    assert_string_equal(buf_cstr(&got), "[mine][command-key-1][command-key-2]");
    assert_null(strstr(buf_cstr(&c.said), "command-key"));
    for (size_t i = 0; i < httpd_count(c.net.server); i++) {
        client_body(&c, i, &req);
        assert_null(strstr(buf_cstr(&req), i < 2 ? "command-key-1" : "command-key"));
    }
    assert_true(httpd_count(c.net.server) >= 4);
    env_name = NULL;
    buf_release(&got);
    buf_release(&req);
    client_release(&c);
    tmpdir_free(dir);
    free(cmd);
}

/* ---- what can be known at the start ---- */

static void check_new(struct llm_target_options t, enum err_code code, const char *said)
{
    struct client c;
    struct llm_options o = opts();
    struct err err = ERR_INIT;

    client_init(&c);
    o.targets = &t;
    o.target_count = 1;
    assert_int_equal(llm_new(c.net.loop, c.net.client, &o, &c.llm, &err), code);
    if (!strstr(err.msg, said))
        fail_msg("%s is not in %s", said, err.msg);
    c.llm = NULL;
    client_release(&c);
}

static void test_missing(void **state)
{
    check_new((struct llm_target_options){.provider = "antropic"}, ERR_INPUT,
              "llm.provider: 'antropic' is not known; known are anthropic, openai, ");
    check_new((struct llm_target_options){.provider = "openai"}, ERR_NOT_FOUND,
              "llm.model is missing: name one of the models of OpenAI");
    check_new((struct llm_target_options){.provider = "azure", .model = "m"}, ERR_NOT_FOUND,
              "llm.base_url is missing: Azure OpenAI needs it, such as https://");
    check_new((struct llm_target_options){.provider = "bedrock", .model = "m"}, ERR_NOT_FOUND,
              "llm.region is missing: AWS Bedrock needs it");
    check_new((struct llm_target_options){.provider = "local", .model = "m", .base_url = "ftp://x"},
              ERR_INPUT, "llm.base_url: it must begin with https:// or http://");
    check_new((struct llm_target_options){.provider = "local", .model = "m", .wire = "smoke"},
              ERR_INPUT, "llm.wire: 'smoke' is not known");
    check_new((struct llm_target_options){.provider = "local", .model = "m", .key_cmd = "a 'b"},
              ERR_INPUT, "llm.api_key_cmd: a quote does not end");
}

/* A missing key is told without a network; a local server needs none. */
static void test_ready(void **state)
{
    struct llm_target_options t[] = {{.provider = "openai", .model = "g", .base_url = "https://x"},
                                     {.provider = "ollama", .model = "l"}};
    struct client c;
    struct llm_options o = opts();
    struct llm_target shown;
    struct err err = ERR_INIT;

    client_init(&c);
    o.targets = t;
    o.target_count = 1;
    assert_ok(llm_new(c.net.loop, c.net.client, &o, &c.llm, &err), &err);
    assert_int_equal(llm_ready(c.llm, &err), ERR_NOT_FOUND);
    assert_string_equal(err.msg, "no key for OpenAI: set OPENAI_API_KEY, or llm.api_key, "
                                 "llm.api_key_cmd or llm.api_key_file");
    llm_free(c.llm);
    o.target_count = 2;
    assert_ok(llm_new(c.net.loop, c.net.client, &o, &c.llm, &err), &err);
    assert_ok(llm_ready(c.llm, &err), &err);
    assert_true(llm_target(c.llm, 1, &shown));
    assert_true(shown.usable && shown.local);
    assert_string_equal(shown.key_from, "");
    assert_string_equal(shown.base_url, "http://127.0.0.1:11434/v1");
    assert_false(llm_target(c.llm, 2, &shown));
    llm_free(c.llm);
    o.target_count = 0;
    assert_ok(llm_new(c.net.loop, c.net.client, &o, &c.llm, &err), &err);
    assert_int_equal(llm_ready(c.llm, &err), ERR_NOT_FOUND);
    assert_string_equal(err.msg, "no language model is configured: set llm.provider");
    assert_int_equal(httpd_count(c.net.server), 0);
    client_release(&c);
}

static char *no_env_but_aws(const char *name)
{
    static const char *const values[] = {
        "AWS_ACCESS_KEY_ID", "AKIDEXAMPLE",       "AWS_SECRET_ACCESS_KEY",
        "aws-secret",        "AWS_SESSION_TOKEN", "aws-token",
        "AWS_REGION",        "eu-west-1"};

    for (size_t i = 0; i < sizeof(values) / sizeof(values[0]); i += 2)
        if (strcmp(name, values[i]) == 0)
            return (char *)(uintptr_t)values[i + 1];
    return NULL;
}

static char *credentials_file;

static char *profile_env(const char *name)
{
    if (strcmp(name, "AWS_PROFILE") == 0)
        return (char *)(uintptr_t) "work";
    if (strcmp(name, "AWS_REGION") == 0)
        return (char *)(uintptr_t) "eu-west-1";
    return strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0 ? credentials_file : NULL;
}

static void test_aws_profile(void **state)
{
    char *dir = tmpdir_new();
    struct llm_target_options t = {.provider = "bedrock", .model = "m"};
    struct llm_options o = {.targets = &t, .target_count = 1, .env = profile_env};
    struct client c;
    struct buf got = BUF_INIT(1000);
    struct llm_target shown;
    struct err err = ERR_INIT;

    credentials_file = xasprintf("%s/credentials", dir);
    client_init(&c);
    t.temperature = -1;
    assert_ok(llm_new(c.net.loop, c.net.client, &o, &c.llm, &err), &err);
    assert_int_equal(llm_ready(c.llm, &err), ERR_INPUT); /* no file */
    assert_string_equal(err.msg, "AWS Bedrock: the AWS configuration has no profile 'work' "
                                 "(~/.aws/config, ~/.aws/credentials)");
    assert_ok(file_write_atomic(credentials_file,
                                STR_LIT("[default]\naws_access_key_id = A\n"
                                        "aws_secret_access_key=d\n# c\n[work]\n"
                                        "aws_access_key_id=B\naws_secret_access_key = w=w \n"
                                        "aws_session_token = tok\n[x]\n"),
                                0600, &err),
              &err);
    assert_ok(llm_ready(c.llm, &err), &err);
    assert_true(llm_target(c.llm, 0, &shown));
    assert_string_equal(shown.key_from, "profile work");
    llm_on_secret(c.llm, take_secret, &got);
    assert_string_equal(buf_cstr(&got), "[w=w][tok]");
    buf_release(&got);
    client_release(&c);
    free(credentials_file);
    tmpdir_free(dir);
}

static char *process_env(const char *name)
{
    if (strcmp(name, "AWS_REGION") == 0)
        return (char *)(uintptr_t) "eu-west-1";
    return strcmp(name, "AWS_CONFIG_FILE") == 0 ? credentials_file : NULL;
}

/* Keys that a program gives are asked for when the first request needs them, hidden from then on,
 * and asked for again when they are refused. C-11 */
static void test_aws_process(void **state)
{
    char *dir = tmpdir_new(), *text;
    struct llm_target_options t = {.provider = "bedrock", .model = "m"};
    struct llm_options o = {.env = process_env};
    struct buf got = BUF_INIT(1000), req = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;
    struct client c;

    credentials_file = xasprintf("%s/config", dir);
    text = xasprintf("[default]\ncredential_process = sh -c 'echo x >>%s/n; n=$(wc -l <%s/n); echo "
                     "{\\\"AccessKeyId\\\":\\\"ID$n\\\",\\\"SecretAccessKey\\\":\\\"secret-$n\\\","
                     "\\\"SessionToken\\\":\\\"token-$n\\\"}'\n",
                     dir, dir);
    assert_ok(file_write_atomic(credentials_file, str_from(text), 0600, &err), &err);
    client_init(&c);
    t.key_env = "";
    client_use_opts(&c, &t, 1, o);
    llm_on_secret(c.llm, take_secret, &got);
    assert_string_equal(buf_cstr(&got), "");
    assert_ok(llm_ready(c.llm, &err), &err);
    client_answer(&c, NULL,
                  "HTTP/1.1 403 No\r\nConnection: close\r\n\r\n{\"message\":\"expired secret-1\"}",
                  0);
    for (size_t i = 0; i < 2; i++) {
        client_ask(&c, "hi");
        client_wait(&c);
        llm_breaker_reset(c.llm);
    }
    assert_string_equal(buf_cstr(&got), "[secret-1][token-1][secret-2][token-2]");
    assert_null(strstr(buf_cstr(&c.said), "secret-"));
    client_request(&c, 0, &req);
    assert_non_null(strstr(buf_cstr(&req), "Credential=ID1/"));
    assert_non_null(strstr(buf_cstr(&req), "X-Amz-Security-Token: token-1\r\n"));
    client_request(&c, 2, &req);
    assert_non_null(strstr(buf_cstr(&req), "Credential=ID2/"));
    free(text);
    free(credentials_file);
    buf_release(&got);
    buf_release(&req);
    client_release(&c);
    tmpdir_free(dir);
}

/* Signed by us: the id's colon goes out encoded once. */
static void test_bedrock(void **state)
{
    static const char *const start[] = {":message-type", "event", ":event-type", "messageStart",
                                        NULL};
    static const char *const stop[] = {":message-type", "event", ":event-type", "messageStop",
                                       NULL};
    struct llm_target_options t = {
        .provider = "bedrock", .model = "a.b-v1:0", .key_source = LLM_KEY_ENV};
    struct buf bytes = BUF_INIT(10000), req = BUF_INIT(1 << 20);
    struct httpd_answer a = {.end = HTTPD_CLOSE};
    struct client c;

    buf_adds(&bytes, "HTTP/1.1 200 OK\r\nContent-Type: application/vnd.amazon.eventstream\r\n"
                     "Connection: close\r\n\r\n");
    aws_frame_write(&bytes, start, STR_LIT("{}"));
    aws_frame_write(&bytes, stop, STR_LIT("{\"stopReason\":\"end_turn\"}"));
    a.bytes = buf_str(&bytes);
    client_init(&c);
    httpd_add(c.net.server, &a);
    t.key_env = "";
    client_use_opts(&c, &t, 1, (struct llm_options){.env = no_env_but_aws});
    client_ask(&c, "hi");
    client_wait(&c);
    CLIENT_SAID(&c, "started\ndone end bedrock/a.b-v1:0\n");
    client_request(&c, 0, &req);
    assert_true(str_starts(buf_str(&req), "POST /0/model/a.b-v1%3A0/converse-stream HTTP/1.1\r\n"));
    assert_non_null(
        strstr(buf_cstr(&req), "Authorization: AWS4-HMAC-SHA256 Credential=AKIDEXAMPLE/"));
    assert_non_null(strstr(buf_cstr(&req), "/eu-west-1/bedrock/aws4_request, SignedHeaders="));
    assert_non_null(strstr(buf_cstr(&req), "X-Amz-Security-Token: aws-token\r\n"));
    assert_null(strstr(buf_cstr(&req), "aws-secret"));
    buf_release(&bytes);
    buf_release(&req);
    client_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_environment),   cmocka_unit_test(test_command),
        cmocka_unit_test(test_command_again), cmocka_unit_test(test_file),
        cmocka_unit_test(test_missing),       cmocka_unit_test(test_ready),
        cmocka_unit_test(test_bedrock),       cmocka_unit_test(test_keychain),
        cmocka_unit_test(test_secrets),       cmocka_unit_test(test_secrets_later),
        cmocka_unit_test(test_aws_profile),   cmocka_unit_test(test_aws_process),
    };

    return cmocka_run_group_tests_name("llm keys", tests, NULL, NULL);
}
