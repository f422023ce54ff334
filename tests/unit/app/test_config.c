/* test_config.c - reading, overriding, changing a configuration, C-23. */
#include "tests/lib/unit.h"

#include <ctype.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/app/config.h"
#include "runbook/base/file.h"

static char *test_env(const char *name)
{
    static char key[] = "sk-secret-0123456789", url[] = "http://from-env:9090", port[] = "4000",
                hosts[] = "web-1, web-2", bad[] = "perhaps";

    if (strcmp(name, "MY_KEY") == 0)
        return key;
    if (strcmp(name, "MY_PORT") == 0)
        return port;
    if (strcmp(name, "RUNBOOK_PROMETHEUS_URL") == 0)
        return url;
    if (strcmp(name, "RUNBOOK_HOSTS") == 0)
        return hosts;
    if (strcmp(name, "RUNBOOK_UI_MOUSE") == 0)
        return bad;
    return NULL;
}

static char *no_env(const char *name)
{
    (void)name;
    return NULL;
}

static struct config *parse_env(const char *text, config_env_fn *env)
{
    struct config *c = NULL;
    struct err err;

    assert_ok(
        config_parse(&config_schema, "/p/.runbook/config.yaml", str_from(text), env, &c, &err),
        &err);
    return c;
}

static struct config *parse(const char *text)
{
    return parse_env(text, no_env);
}

static void assert_problem(const struct config *c, size_t i, bool fatal, unsigned line,
                           const char *text)
{
    const struct config_problem *p = config_problem(c, i);

    if (!p)
        fail_msg("there is no problem %zu: \"%s\"", i, text);
    assert_string_equal(p->text, text);
    assert_int_equal(p->fatal, fatal);
    assert_int_equal(p->line, line);
}

/* the documented shape and the camelCase of the shipped program read the same. */
static void test_both_spellings(void **state)
{
    static const char *const texts[] = {
        "llm:\n  provider: anthropic\n  model: m\n  api_key: abcdefghijklmnop\n"
        "safety:\n  require_approval: [high, critical]\n  max_mutations_per_session: 3\n"
        "incident:\n  slack:\n    events:\n      require_threaded_mentions: true\n"
        "knowledge:\n  sources:\n    - type: filesystem\n      path: docs\n    - type: confluence\n"
        "      auth:\n        api_token: tttttttttttt\n",
        "llm:\n  provider: anthropic\n  model: m\n  apiKey: abcdefghijklmnop\n"
        "safety:\n  requireApproval: [high, critical]\n  maxMutationsPerSession: 3\n"
        "incident:\n  slack:\n    events:\n      requireThreadedMentions: true\n"
        "knowledge:\n  sources:\n    - type: filesystem\n      path: docs\n    - type: confluence\n"
        "      auth:\n        apiToken: tttttttttttt\n",
    };

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        struct config *c = parse(texts[i]);
        struct buf shown = BUF_INIT(100);

        assert_int_equal(config_problem_count(c), 0);
        assert_string_equal(config_str(c, "llm.provider"), "anthropic");
        assert_str(secret_reveal(config_secret(c, "llm.api_key")), "abcdefghijklmnop");
        assert_string_equal(config_str(c, "llm.api_key"), "");
        config_show(c, "llm.api_key", &shown);
        assert_string_equal(buf_cstr(&shown), "****op");
        assert_int_equal(config_int(c, "safety.max_mutations_per_session"), 3);
        assert_int_equal(config_count(c, "safety.require_approval"), 2);
        assert_string_equal(config_item(c, "safety.require_approval", 1), "critical");
        assert_true(config_bool(c, "incident.slack.events.require_threaded_mentions"));
        assert_int_equal(config_count(c, "knowledge.sources"), 2);
        assert_string_equal(config_str(c, "knowledge.sources.0.path"), "/p/docs");
        assert_str(secret_reveal(config_secret(c, "knowledge.sources.1.auth.api_token")),
                   "tttttttttttt");
        /* defaults */
        assert_int_equal(config_int(c, "incident.slack.events.port"), 3001);
        assert_true(config_bool(c, "knowledge.retrieval.rerank"));
        assert_false(config_has(c, "knowledge.retrieval.rerank"));
        assert_true(config_holds_secret(c));
        buf_release(&shown);
        config_free(c);
    }
}

/* C-23: the sections of another program's file read without a complaint. */
static void test_sections_of_another_program(void **state)
{
    struct config *c =
        parse("ai:\n  provider: local\n  model: m\n  reasoning: deep\n  credentials:\n"
              "    source: env\n    env_var: MY_KEY\n  base_url: http://x\n  region: r\n"
              "llm:\n  provider: none\n  model: m\n  api_key_source: skip\n"
              "  max_tokens: 4000\n  temperature: 0.2\n"
              "cloud:\n  primary: aws\n  use_real_apis: false\n  aws:\n"
              "    role_arn: arn:aws:iam::1:role/x\n    session_duration: 3600\n"
              "policy:\n  require_approval_for: [delete]\n  auto_approve: [read]\n"
              "  scopes:\n    prod: [p]\n    dev: d\n    staging: []\n");

    (void)state;
    assert_int_equal(config_problem_count(c), 0);
    assert_string_equal(config_str(c, "llm.provider"), "none");
    assert_string_equal(config_str(c, "ai.credentials.env_var"), "MY_KEY");
    assert_false(config_bool(c, "cloud.use_real_apis"));
    assert_string_equal(config_item(c, "policy.scopes.dev", 0), "d");
    config_free(c);
}

static void test_unknown_keys_are_said(void **state)
{
    struct config *c = parse("llm:\n  modle: x\nmodel: y\npromethus:\n  url: http://x\nzzzzzz: 1\n"
                             "knowledge:\n  sources:\n    - tpye: filesystem\n");

    (void)state;
    assert_int_equal(config_problem_count(c), 5);
    assert_problem(c, 0, false, 2, "unknown key 'llm.modle'; did you mean 'llm.model'?");
    assert_problem(c, 1, false, 3, "unknown key 'model'; did you mean 'llm.model'?");
    assert_int_equal(config_problem(c, 2)->line >= 4, 1);
    assert_string_equal(config_problem(c, 2)->text,
                        "unknown key 'promethus'; did you mean 'prometheus'?");
    assert_problem(c, 3, false, 6, "unknown key 'zzzzzz'");
    assert_problem(
        c, 4, false, 9,
        "unknown key 'knowledge.sources.0.tpye'; did you mean 'knowledge.sources[].type'?");
    config_free(c);
}

static void test_wrong_types(void **state)
{
    struct config *c = parse("llm:\n  model: [a]\n  provider: anthropc\n"
                             "agent:\n  max_iterations: 0\n  threshold: high\n"
                             "ui:\n  mouse: 'true'\nprometheus:\n  url: prom:9090\n"
                             "hosts: 3\nsafety: yes\nknowledge:\n  sources: docs\n"
                             "incident:\n  pagerduty: true\n");

    (void)state;
    assert_int_equal(config_problem_count(c), 9);
    assert_problem(c, 0, true, 2, "'llm.model' must be a string, not a array");
    assert_int_equal(config_problem(c, 1)->line, 3);
    assert_non_null(
        strstr(config_problem(c, 1)->text, "'llm.provider' is 'anthropc'; it must be one of"));
    assert_problem(c, 2, true, 5,
                   "'agent.max_iterations' must be a whole number from 1 to 1000, not 0");
    assert_problem(c, 3, true, 6,
                   "'agent.threshold' must be a number from 0.01 to 1, not a string");
    assert_problem(c, 4, true, 8, "'ui.mouse' must be true or false, not a string");
    assert_problem(
        c, 5, true, 10,
        "'prometheus.url' must be a URL that begins with http:// or https://, not a string");
    assert_problem(c, 6, true, 11, "'hosts' must be a list of strings, not a number");
    assert_problem(c, 7, true, 12, "'safety' must be a mapping, not a string");
    assert_problem(c, 8, true, 14, "'knowledge.sources' must be a list, not a string");
    assert_true(config_bool(c, "incident.pagerduty.enabled"));
    config_free(c);
}

static void test_variables(void **state)
{
    struct config *c = parse_env("llm:\n  api_key: ${MY_KEY}\n  model: ${NO_SUCH}\n"
                                 "  region: x-${MY_KEY}\n"
                                 "incident:\n  slack:\n    events:\n      port: ${MY_PORT}\n"
                                 "prometheus:\n  url: http://file:1\n",
                                 test_env);
    struct buf origin = BUF_INIT(64);

    (void)state;
    assert_str(secret_reveal(config_secret(c, "llm.api_key")), "sk-secret-0123456789");
    assert_false(config_holds_secret(c));
    assert_string_equal(config_str(c, "llm.model"), "");
    assert_string_equal(config_str(c, "llm.region"), "x-${MY_KEY}");
    assert_int_equal(config_int(c, "incident.slack.events.port"), 4000);
    assert_string_equal(config_str(c, "prometheus.url"), "http://from-env:9090");
    config_origin(c, "prometheus.url", &origin);
    assert_string_equal(buf_cstr(&origin), "RUNBOOK_PROMETHEUS_URL");
    assert_int_equal(config_count(c, "hosts"), 2);
    assert_string_equal(config_item(c, "hosts", 1), "web-2");
    assert_int_equal(config_problem_count(c), 3);
    assert_problem(c, 0, false, 3,
                   "'llm.model' is empty: the environment variable NO_SUCH is not set");
    assert_int_equal(config_problem(c, 1)->line, 4);
    assert_problem(c, 2, true, 0, "RUNBOOK_UI_MOUSE (environment) must be true or false");
    buf_release(&origin);
    config_free(c);
}

static void test_given_twice(void **state)
{
    struct config *c = parse("llm:\n  api_key: aaaa\n  apiKey: bbbb\n");

    (void)state;
    assert_int_equal(config_problem_count(c), 1);
    assert_problem(c, 0, true, 3, "'llm.api_key' is given twice (also in line 2)");
    config_free(c);
}

static void test_no_yaml(void **state)
{
    struct config *c = NULL;
    struct err err;

    (void)state;
    assert_int_equal(
        config_parse(&config_schema, "x.yaml", STR_LIT("a: [1\nb: 2\n"), no_env, &c, &err),
        ERR_INPUT);
    assert_non_null(strstr(err.msg, "x.yaml: line "));
    assert_int_equal(config_parse(&config_schema, "x.yaml", STR_LIT("- a\n"), no_env, &c, &err),
                     ERR_INPUT);
    assert_string_equal(err.msg,
                        "x.yaml line 1 column 1: the file must hold keys and values, not a array");
    assert_ok(config_parse(&config_schema, "x.yaml", STR_LIT("# nothing\n"), no_env, &c, &err),
              &err);
    config_free(c);
}

static void test_services(void **state)
{
    struct config *c = NULL;
    struct err err;
    const char *text =
        "version: 1\naws:\n  accounts:\n    - name: prod\n      accountId: \"012345678901\"\n"
        "      regions: [us-east-1]\n      isDefault: true\n"
        "compute:\n  - type: ecs\n    enabled: true\n    clusters: [a, b]\n"
        "    tags:\n      env: prod\n"
        "observability:\n  xray: true\n  cloudwatch:\n    logGroups: /aws/x\n"
        "custom:\n  - name: billing\n    healthCheck: /health\n    colour: red\n";

    (void)state;
    assert_ok(config_parse(&services_schema, "services.yaml", str_from(text), no_env, &c, &err),
              &err);
    assert_string_equal(config_str(c, "aws.accounts.0.account_id"), "012345678901");
    assert_string_equal(config_item(c, "compute.0.clusters", 1), "b");
    assert_string_equal(config_item_name(c, "compute.0.tags", 0), "env");
    assert_string_equal(config_item(c, "compute.0.tags", 0), "prod");
    assert_true(config_bool(c, "observability.xray.enabled"));
    assert_string_equal(config_item(c, "observability.cloudwatch.log_groups", 0), "/aws/x");
    assert_int_equal(config_problem_count(c), 1);
    assert_problem(c, 0, false, 21, "unknown key 'custom.0.colour'");
    config_free(c);
    text = "aws:\n  accounts:\n    - account_id: 012345678901\n";
    assert_ok(config_parse(&services_schema, "services.yaml", str_from(text), no_env, &c, &err),
              &err);
    assert_problem(c, 0, true, 3,
                   "'aws.accounts.0.account_id' must be a string (put it in quotes), not a number");
    config_free(c);
}

/* ---- changing ---- */

static enum err_code set(const char *text, const char *path, const char *value, struct buf *out,
                         struct err *err)
{
    buf_clear(out);
    return config_set_text(&config_schema, "c.yaml", str_from(text), path, value, out, err);
}

/* comments stay, the file's own spelling is kept, what does not fit is refused. */
static void test_set_keeps_the_rest(void **state)
{
    struct buf out = BUF_INIT(10000);
    struct err err;

    (void)state;
    assert_ok(set("# top\nllm:\n  model: old # why\n  apiKey: ${K}\n\n# end\n", "llm.model", "new",
                  &out, &err),
              &err);
    assert_string_equal(buf_cstr(&out),
                        "# top\nllm:\n  model: new # why\n  apiKey: ${K}\n\n# end\n");
    assert_ok(set("llm:\n  apiKey: ${K}\n", "llm.api_key", "${L}", &out, &err), &err);
    assert_non_null(strstr(buf_cstr(&out), "apiKey: "));
    assert_null(strstr(buf_cstr(&out), "api_key"));
    assert_ok(set("llm:\n  apiKey: ${K}\n", "llm.base_url", "http://x", &out, &err), &err);
    assert_non_null(strstr(buf_cstr(&out), "baseUrl: "));
    assert_ok(set("", "prometheus.url", "http://x:9090", &out, &err), &err);
    struct config *c = parse(buf_cstr(&out));
    assert_string_equal(config_str(c, "prometheus.url"), "http://x:9090");
    assert_int_equal(config_problem_count(c), 0);
    config_free(c);
    assert_int_equal(set("", "agent.max_iterations", "many", &out, &err), ERR_INPUT);
    assert_string_equal(
        err.msg, "'agent.max_iterations' must be a whole number from 1 to 1000, not a string");
    assert_int_equal(out.len, 0);
    assert_ok(set("agent: {max_iterations: 3}\n", "agent.max_iterations", "7", &out, &err), &err);
    c = parse(buf_cstr(&out));
    assert_int_equal(config_int(c, "agent.max_iterations"), 7);
    config_free(c);
    assert_ok(set("", "hosts", "web-1, 5,a\"b", &out, &err), &err); /* a list is written as one */
    assert_string_equal(buf_cstr(&out), "hosts: [\"web-1\", \"5\", \"a\\\"b\"]\n");
    c = parse(buf_cstr(&out));
    assert_int_equal(config_count(c, "hosts"), 3);
    assert_int_equal(config_problem_count(c), 0);
    config_free(c);
    assert_ok(set("", "hosts", "web-1", &out, &err), &err);
    assert_string_equal(buf_cstr(&out), "hosts: web-1\n");
    buf_release(&out);
}

static void test_set_in_a_file(void **state)
{
    char dir[] = "/tmp/runbook-config-XXXXXX";
    char file[64], link[64];
    struct buf text = BUF_INIT(10000);
    struct stat st;
    struct err err;

    (void)state;
    assert_non_null(mkdtemp(dir));
    snprintf(file, sizeof(file), "%s/sub/config.yaml", dir);
    snprintf(link, sizeof(link), "%s/link.yaml", dir);
    assert_ok(config_set_file(&config_schema, file, "llm.model", "m", &err), &err);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_int_equal(symlink(file, link), 0);
    assert_int_equal(chmod(file, 0644), 0);
    assert_ok(config_set_file(&config_schema, link, "llm.model", "n", &err), &err);
    assert_int_equal(lstat(link, &st), 0);
    assert_true(S_ISLNK(st.st_mode));
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0644);
    assert_ok(config_set_file(&config_schema, link, "llm.api_key", "0123456789", &err), &err);
    assert_int_equal(stat(file, &st), 0);
    assert_int_equal(st.st_mode & 0777, 0600);
    assert_ok(file_read(file, &text, &err), &err);
    assert_non_null(strstr(buf_cstr(&text), "model: n"));
    buf_release(&text);
    unlink(link);
    unlink(file);
    file[strlen(file) - strlen("/config.yaml")] = '\0';
    rmdir(file);
    rmdir(dir);
}

static void test_world_readable_secret_is_said(void **state)
{
    char file[] = "/tmp/runbook-config-XXXXXX";
    int fd = mkstemp(file);
    struct config *c;
    struct err err;

    (void)state;
    assert_ok(fd_write_all(fd, STR_LIT("llm:\n  api_key: 0123456789abc\n"), &err), &err);
    assert_int_equal(fchmod(fd, 0644), 0);
    close(fd);
    assert_ok(config_load(file, "/", no_env, &c, &err), &err);
    assert_int_equal(config_problem_count(c), 1);
    assert_non_null(strstr(config_problem(c, 0)->text, "others can read it (mode 644)"));
    assert_null(strstr(config_problem(c, 0)->text, "0123456789abc"));
    config_free(c);
    unlink(file);
    assert_int_equal(config_load(file, "/", no_env, &c, &err), ERR_NOT_FOUND);
}

/* ---- the tables ---- */

static void check_row(const struct config_schema *s, const struct config_key *k)
{
    char yaml[400];
    size_t len = strlen(k->help);
    struct config *c = NULL;
    struct err err;
    struct buf name = BUF_INIT(200);

    if (k->help[len - 1] != '.' || !isupper((unsigned char)k->help[0]))
        fail_msg("%s: the help is no sentence", k->path);
    assert_non_null(k->since);
    if ((k->type == CONFIG_ENUM) && !k->choices)
        fail_msg("%s has no choices", k->path);
    for (const struct config_key *o = k + 1; o->path; o++)
        assert_string_not_equal(o->path, k->path);
    config_canonical(k->path, &name);
    if (!strstr(k->path, "[]"))
        assert_string_equal(buf_cstr(&name), k->path);
    buf_release(&name);
    assert_ptr_equal(config_key_find(s, k->path), k);
    if (!k->fallback || strstr(k->path, "[]"))
        return;
    /* The default is a value that the reader takes. */
    buf_init(&name, 1000);
    snprintf(yaml, sizeof(yaml), "%s", k->fallback);
    assert_ok(config_set_text(s, "c.yaml", STR_LIT(""), k->path, yaml, &name, &err), &err);
    assert_ok(config_parse(s, "c.yaml", buf_str(&name), no_env, &c, &err), &err);
    assert_int_equal(config_problem_count(c), 0);
    assert_string_equal(config_str(c, k->path), k->fallback);
    config_free(c);
    buf_release(&name);
}

static void test_every_row(void **state)
{
    (void)state;
    for (const struct config_key *k = config_schema.keys; k->path; k++)
        check_row(&config_schema, k);
    for (const struct config_key *k = services_schema.keys; k->path; k++)
        check_row(&services_schema, k);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_spellings),
        cmocka_unit_test(test_sections_of_another_program),
        cmocka_unit_test(test_unknown_keys_are_said),
        cmocka_unit_test(test_wrong_types),
        cmocka_unit_test(test_variables),
        cmocka_unit_test(test_given_twice),
        cmocka_unit_test(test_no_yaml),
        cmocka_unit_test(test_services),
        cmocka_unit_test(test_set_keeps_the_rest),
        cmocka_unit_test(test_set_in_a_file),
        cmocka_unit_test(test_world_readable_secret_is_said),
        cmocka_unit_test(test_every_row),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
