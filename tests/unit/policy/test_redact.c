/* test_redact.c - a corpus of lines with planted secrets, and of lines that must stay. R-35 R-65
 * U-15 */
#include <time.h>

#include "tests/lib/unit.h"

#include "runbook/base/arena.h"
#include "runbook/base/rng.h"
#include "runbook/codec/json.h"
#include "runbook/policy/redact.h"
#include "src/policy/redact_priv.h"

static struct redactor *redactor;

static int setup(void **state)
{
    (void)state;
    redactor = redactor_new(STR_LIT("salt of the test"));
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    redactor_free(redactor);
    return 0;
}

/* Redact, with every placeholder written as "[#]". */
static size_t redact(struct str text, struct buf *out)
{
    struct buf raw = BUF_INIT(BUF_NO_MAX);
    size_t count = redactor_apply(redactor, &raw, text);
    struct str rest = buf_str(&raw);
    ptrdiff_t at;

    while (rest.len && (at = str_find(rest, STR_LIT("[redacted-"))) >= 0) {
        buf_add(out, rest.ptr, (size_t)at);
        buf_adds(out, "[#]");
        assert_true(rest.len >= (size_t)at + 19 && rest.ptr[at + 18] == ']');
        rest.ptr += at + 19;
        rest.len -= (size_t)at + 19;
    }
    buf_add_str(out, rest);
    buf_release(&raw);
    return count;
}

static void check(const char *text, const char *wanted)
{
    struct buf out = BUF_INIT(100000), once = BUF_INIT(100000), twice = BUF_INIT(100000);

    redact(str_from(text), &out);
    assert_string_equal(buf_cstr(&out), wanted);
    redactor_apply(redactor, &once, str_from(text));
    redactor_apply(redactor, &twice, buf_str(&once));
    assert_string_equal(buf_cstr(&twice), buf_cstr(&once));
    buf_release(&out);
    buf_release(&once);
    buf_release(&twice);
}

static void keeps(const char *text)
{
    check(text, text);
}

/* Where the name stands beside the value, as in a container's environment, tags and matchers. */
static void test_named_value(void **state)
{
    (void)state;
    check("{\"name\":\"DB_PASSWORD\",\"value\":\"hunter2\"}",
          "{\"name\":\"DB_PASSWORD\",\"value\":\"[#]\"}");
    check("{\"name\": \"token\",\n  \"value\": \"x1\", \"isRegex\": false}",
          "{\"name\": \"token\",\n  \"value\": \"[#]\", \"isRegex\": false}");
    check("env:\n- name: API_KEY\n  value: abc\n- name: PORT\n  value: 80\n",
          "env:\n- name: API_KEY\n  value: [#]\n- name: PORT\n  value: 80\n");
    check("[{\"Key\":\"password\",\"Value\":\"x1\"}]",
          "[{\"Key\":\"password\",\"Value\":\"[#]\"}]");
    check("\"{\\\"name\\\":\\\"token\\\",\\\"value\\\":\\\"x1\\\"}\"",
          "\"{\\\"name\\\":\\\"token\\\",\\\"value\\\":\\\"[#]\\\"}\"");
    keeps("{\"name\":\"LOG_LEVEL\",\"value\":\"debug\"}");
    keeps("{\"type\":\"token\",\"value\":\"debug\"}");
    keeps("- name: token\n  kind: x\n  value: debug\n");
    keeps("- name: max_token\n  value: 4096\n");
    keeps("value: 1\nname: token\n");
    keeps("value: 1");
}

static void test_key_value(void **state)
{
    (void)state;
    check("password=hunter2", "password=[#]");
    check("DB_PASSWORD=hunter2 PORT=5432", "DB_PASSWORD=[#] PORT=5432");
    check("PGPASSWORD='a b c' psql", "PGPASSWORD='[#]' psql");
    check("export AWS_SECRET_ACCESS_KEY=wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY",
          "export AWS_SECRET_ACCESS_KEY=[#]");
    check("password = \"a\\\"b\" # x", "password = \"[#]\" # x");
    check("Server=db;User=sa;Password=p@ss,w0rd;Timeout=5",
          "Server=db;User=sa;Password=[#];Timeout=5");
    check("client_secret=abc&grant_type=x", "client_secret=[#]&grant_type=x");
    check("https://h/p?user=1&token=abc123&x=2", "https://h/p?user=1&token=[#]&x=2");
    check("smtp_pass=abc", "smtp_pass=[#]");
    check("apiKey=\"k\", name=\"n\"", "apiKey=\"[#]\", name=\"n\"");
    check("(token=abc)", "(token=[#])");
    check("spring.datasource.password=x1", "spring.datasource.password=[#]");
    check("-Djavax.net.ssl.keyStorePassword=changeit", "-Djavax.net.ssl.keyStorePassword=[#]");
    check("password:/abc", "password:[#]");
    check("CREATE USER x PASSWORD 'abc'", "CREATE USER x PASSWORD '[#]'");
    check("x.password => 'abc'", "x.password => '[#]'");
    check("secrets=1 password=[abc] x", "secrets=1 password=[#] x");
    check("passwords: [ab, cd]", "passwords: [#]");
    check("password=[abc", "password=[#]");
    check("password=${X:-hunter2} x", "password=[#]} x");
    check("password=${X}y x", "password=[#] x");
    check("password=$ecret! x", "password=[#] x");
    check("password=\"not closed\nnext=1", "password=\"[#]\nnext=1");
}

/* Every word that decides, by the name it ends: a filter before the lists must know them all. */
static void test_deciding_words(void **state)
{
    static const char *const names[] = {
        "authorization", "cookie",     "db_pwd",     "passphrase",  "passcode",     "jwt",
        "bearer",        "secretid",   "admin_pw",   "db_password", "dbpasswd",     "passwords",
        "passwort",      "kennwort",   "my_secret",  "token",       "apikey",       "secretkey",
        "accesskey",     "privatekey", "authkey",    "sharedkey",   "masterkey",    "signingkey",
        "ssh_key",       "db_pass",    "key_data",   "KEY_BASE",    "SecretString", "SecretBinary",
        "key",           "auth",       "credential", "credentials", "session",      "sid",
        "sig",           "signature",  "salt",       "code",        "webhook",      "seed",
        "license",       "tokens",     "secrets",    "keys",        "APIKey2",      "pass",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char line[128], wanted[128];

        snprintf(line, sizeof(line), "%s=q7Xk29LmPq4Zt8Rw3YvB", names[i]);
        snprintf(wanted, sizeof(wanted), "%s=[#]", names[i]);
        check(line, wanted);
    }
}

static void test_json(void **state)
{
    (void)state;
    check("{\"password\":\"hunter2\",\"user\":\"bob\"}", "{\"password\":\"[#]\",\"user\":\"bob\"}");
    check("{\"password\": 12345, \"n\": 1}", "{\"password\": \"[#]\", \"n\": 1}");
    check("{\"apiKey\":null,\"token\":true,\"secret\":\"\"}",
          "{\"apiKey\":null,\"token\":true,\"secret\":\"\"}");
    check("{\"line\":\"{\\\"token\\\":\\\"abc\\\"}\"}",
          "{\"line\":\"{\\\"token\\\":\\\"[#]\\\"}\"}");
    check("{\"line\":\"password=abc\\\" x\"}", "{\"line\":\"password=[#]\\\" x\"}");
    check("{\"line\":\"password=abc\"}", "{\"line\":\"password=[#]\"}");
    check("{\"passwords\":[\"a1\",\"b2\"],\"n\":[\"c3\"]}",
          "{\"passwords\":[\"[#]\",\"[#]\"],\"n\":[\"c3\"]}");
    check("{\"args\":[\"--password\",\"abc\",\"-v\"]}",
          "{\"args\":[\"--password\",\"[#]\",\"-v\"]}");
    check("{\"h\":\"Authorization: Bearer abc\",\"x\":1}",
          "{\"h\":\"Authorization: [#]\",\"x\":1}");
    check("{'password': 'abc', 'pin': 5}", "{'password': '[#]', 'pin': 5}");
}

static void test_yaml(void **state)
{
    (void)state;
    check("db:\n  password: correct horse battery # old\n  port: 1\n",
          "db:\n  password: [#] # old\n  port: 1\n");
    check("password: |\n  line one\n  line two\nport: 1\n", "password: |\n  [#]\nport: 1\n");
    check("a:\n  tls_private_key: >-\n    abc\n    def\n\n  b: 1\n",
          "a:\n  tls_private_key: >-\n    [#]\n  b: 1\n");
    check("- apiKey: abc\n- apiKey: ${API_KEY}\n", "- apiKey: [#]\n- apiKey: ${API_KEY}\n");
    check("bot_token: xoxb-1234567890-abc\n", "bot_token: [#]\n");
}

static void test_headers(void **state)
{
    (void)state;
    check("Authorization: Basic dXNlcjpwYXNz\r\nHost: x\r\n", "Authorization: [#]\r\nHost: x\r\n");
    check("GET / HTTP/1.1\nCookie: a=b; c=d\nX: y", "GET / HTTP/1.1\nCookie: [#]\nX: y");
    check("Set-Cookie: sid=31d4d96e407aad42; Path=/", "Set-Cookie: [#]");
    check("curl -H 'Authorization: Bearer abc.def' https://h/",
          "curl -H 'Authorization: [#]' https://h/");
    check("curl -H \"X-Api-Key: abc\" https://h/", "curl -H \"X-Api-Key: [#]\" https://h/");
    check("x-amz-security-token: abc/def+ghi==", "x-amz-security-token: [#]");
    check("sent Bearer a1b2c3d4e5 to it", "sent Bearer [#] to it");
    check("sent basic dXNlcjpwYXNzd29yZA== to it", "sent basic [#] to it");
}

static void test_urls(void **state)
{
    (void)state;
    check("postgres://app:s3cret@db:5432/x?sslmode=off",
          "postgres://app:[#]@db:5432/x?sslmode=off");
    check("redis://:pw@h/0", "redis://:[#]@h/0");
    check("amqp://u:p/w#x@h/", "amqp://u:[#]@h/");
    check("http://u:p@ss@h/a@b", "http://u:[#]@h/a@b");
    check("https://x9f8e7d6c5b4a3f2e1d0@github.com/a/b", "https://[#]@github.com/a/b");
    check("{\"u\":\"https:\\/\\/u:pw@h\\/\"}", "{\"u\":\"https:\\/\\/u:[#]@h\\/\"}");
    keeps("http://host:9090/path@2x?a=b@c");
    keeps("ssh://git@host:22/x and mail bob@example.org");
    keeps("http://u:${PASS}@h/");
    keeps("http://[::1]:80/");
}

static void test_command_lines(void **state)
{
    (void)state;
    check("app --password hunter2 --port 80", "app --password [#] --port 80");
    check("app --api-key=abc -v", "app --api-key=[#] -v");
    check("app --token \"a b\" x", "app --token \"[#]\" x");
    check("mysql -u root -psecret db", "mysql -u root -p[#] db");
    check("sshpass -p secret ssh h", "sshpass -p [#] ssh h");
    check("ssh-keygen -q -p -P old1 -N new2 -f id", "ssh-keygen -q -p -P [#] -N [#] -f id");
    check("ssh-keygen -q -p -P  -N new2 -f id", "ssh-keygen -q -p -P  -N [#] -f id");
    check("ssh-keygen -q -t ed25519 -N  -f id", "ssh-keygen -q -t ed25519 -N  -f id");
    keeps("ssh -N -L 8080:localhost:80 bastion");
    check("redis-cli -h h -a secret ping", "redis-cli -h h -a [#] ping");
    check("curl -u bob:secret http://h/", "curl -u bob:[#] http://h/");
    keeps("docker run -p3306:3306 mysql");
    keeps("ps -p 1234 -u bob");
    keeps("app --password --port 80");
    keeps("a non-secret value and an x-token thing");
}

static void test_known_shapes(void **state)
{
    (void)state;
    check("id AKIAIOSFODNN7EXAMPLE.", "id [#].");
    check("jwt eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abc-DEF_123 end", "jwt [#] end");
    check("ghp_0123456789abcdefghijABCDEFGHIJ012345", "[#]");
    check("sk-ant-api03-abcdefghijklmnopqrst", "[#]");
    check("https://hooks.slack.com/services/T0000/B0000/abcdefghijklmnop x", "https://[#] x");
    check("a\n-----BEGIN RSA PRIVATE KEY-----\nMIIB\nabc=\n-----END RSA PRIVATE KEY-----\nb",
          "a\n[#]\nb");
    check("{\"k\":\"-----BEGIN PRIVATE KEY-----\\nMIIB\\n-----END PRIVATE KEY-----\\n\"}",
          "{\"k\":\"[#]\\n\"}");
    check("-----BEGIN EC PRIVATE KEY-----\ncut off", "[#]");
    keeps("-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----");
    keeps("eyJ AKIA sk- AKIAshort xMAKIAIOSFODNN7EXAMPLE");
}

static void test_random_beside_key(void **state)
{
    (void)state;
    check("key: 9f86d081884c7d659a2feaa0c55ad015", "key: [#]");
    check("auth=Zk9sQ2x1bWJ1cmdlcjE5ODQ", "auth=[#]");
    check("session: 4bf92f3577b34da6a3ce929d0e0e4736", "session: [#]");
    keeps("key: checkout/latency/p99");
    keeps("key=/etc/ssl/private/server-01.key");
    keeps("hash 9f86d081884c7d659a2feaa0c55ad015");
    keeps("key: 0f8fad5b-d9cb-469f-a165-70867728950e");
    keeps("pass: 17, fail: 2");
}

/* Masking too much hides the cause of an incident. */
static void test_keeps(void **state)
{
    (void)state;
    keeps("");
    keeps("p99 latency of checkout 3.9s at 14:00:30 (token bucket full)");
    keeps("max_tokens=4096 tokens: 12 token_count=5 next_token=abc nextToken: \"abc\"");
    keeps("password_file=/run/x secret_name: db token_type=bearer password.length=8 max-token: 5");
    keeps("token: expired");
    keeps("error: password required; token is invalid");
    keeps("passwordless login, secretary, keyboard=us monkey=1");
    keeps("password: ${DB_PASSWORD}\ntoken: $TOKEN\nsecret: <your secret>\napi_key: {{ .Values.key "
          "}}\n");
    keeps("password=**** token=xxxx");
    keeps("password=${X} token=$Y, (secret=<your secret>) p.password={{ .Values.key }} x");
    keeps("{\"password\":\"${X}\",\"token\":\"<token>\"}");
    keeps("std::token::parse token://x");
    keeps("password:");
    keeps("password=");
    keeps("\xff\xfe=\x80 key=\xff");
}

static void test_literals(void **state)
{
    (void)state;
    redactor_add(redactor, STR_LIT("Tr0ub4dor"));
    redactor_add(redactor, STR_LIT("short"));
    check("aTr0ub4dor&3 short", "a[#]&3 short");
    check("secret=<Tr0ub4dor>", "secret=<[#]>");
    check("secret=[redacted-hunter2", "secret=[#]");
}

static void test_placeholders(void **state)
{
    struct redactor *other = redactor_new(STR_LIT("another salt"));
    struct buf a = BUF_INIT(1000), b = BUF_INIT(1000), c = BUF_INIT(1000);

    (void)state;
    assert_int_equal(redactor_apply(redactor, &a, STR_LIT("password=one")), 1);
    assert_int_equal(redactor_apply(redactor, &b, STR_LIT("password=one")), 1);
    assert_string_equal(buf_cstr(&a), buf_cstr(&b));
    assert_int_equal(redactor_apply(other, &c, STR_LIT("password=one")), 1);
    assert_string_not_equal(buf_cstr(&a), buf_cstr(&c));
    buf_clear(&b);
    redactor_apply(redactor, &b, STR_LIT("password=two"));
    assert_string_not_equal(buf_cstr(&a), buf_cstr(&b));
    assert_true(redact_key_class(STR_LIT("dbPassword")) >= KEY_STRONG);
    assert_true(redact_key_class(STR_LIT("pagerduty.apiKey")) >= KEY_STRONG);
    assert_true(redact_key_class(STR_LIT("Authorization")) >= KEY_STRONG);
    assert_true(redact_key_class(STR_LIT("url")) < KEY_STRONG);
    assert_true(redact_key_class(STR_LIT("key")) < KEY_STRONG);
    assert_true(redact_key_class(STR_LIT("maxTokens")) < KEY_STRONG);
    assert_true(redact_key_class((struct str){NULL, 0}) < KEY_STRONG);
    redactor_free(other);
    buf_release(&a);
    buf_release(&b);
    buf_release(&c);
}

static void test_full(void **state)
{
    struct buf out = BUF_INIT(12);

    (void)state;
    redactor_apply(redactor, &out, STR_LIT("password=hunter2 and more"));
    assert_true(out.full);
    assert_true(str_find(buf_str(&out), STR_LIT("hunter")) < 0);
    buf_release(&out);
}

/* Repeated openings of every rule: half a megabyte each in well under the time that a rule which
 * looks at the rest of the text again and again would take (minutes). */
static void test_time_is_bounded(void **state)
{
    static const char *const pieces[] = {
        "key=",          "key=a",
        "password=",     "password='",
        "password=\"\\", "://",
        "://a:",         "://a:b/@",
        "-----BEGIN ",   "-----BEGIN PRIVATE KEY",
        "bearer ",       "basic aaaaaaaa",
        "eyJ.",          "a-a.",
        "token,",        "password=a,a",
        "mysql -p",      "-p",
        "password:\n|",  "[redacted-",
        "secret: |\n ",  "\\\"token\\\":\\\"",
        "token=[\"",     "--token ",
        "aaaaaaaa",      "a:a@",
        "curl -u a",     "password=${",
    };

    (void)state;
    for (size_t i = 0; i < sizeof(pieces) / sizeof(pieces[0]); i++) {
        struct buf text = BUF_INIT(BUF_NO_MAX), out = BUF_INIT(BUF_NO_MAX);
        clock_t started;
        double seconds;

        while (text.len < 500000)
            buf_adds(&text, pieces[i]);
        buf_addc(&text, '}'); /* closes what looks like one long reference */
        started = clock();
        redactor_apply(redactor, &out, buf_str(&text));
        seconds = (double)(clock() - started) / CLOCKS_PER_SEC;
        if (seconds > 5)
            fail_msg("'%s': %.1f s", pieces[i], seconds);
        buf_release(&text);
        buf_release(&out);
    }
}

/* JSON stays JSON whatever is in its strings. */
static void test_json_stays_json(void **state)
{
    static const char *const words[] = {"password",
                                        "=",
                                        ":",
                                        " ",
                                        "\"",
                                        "\\",
                                        "'",
                                        "token",
                                        "abc",
                                        ",",
                                        "Cookie: ",
                                        "://",
                                        "u:p@h",
                                        "\n",
                                        "[",
                                        "]",
                                        "key",
                                        "--secret",
                                        "{",
                                        "-----BEGIN PRIVATE KEY-----",
                                        "}",
                                        "|",
                                        "Bearer abcdefgh1",
                                        "-----END ",
                                        "\t",
                                        "#",
                                        "\xc3\xa9"};
    struct rng r;

    (void)state;
    rng_seed(&r, 11);
    for (int round = 0; round < 4000; round++) {
        struct buf line = BUF_INIT(10000), json = BUF_INIT(100000), out = BUF_INIT(100000);
        struct arena *arena = arena_new(0);
        struct json_writer w;
        struct err err = ERR_INIT;
        const struct value *v;

        for (uint64_t n = rng_below(&r, 14); n; n--)
            buf_adds(&line, words[rng_below(&r, sizeof(words) / sizeof(words[0]))]);
        json_writer_init(&w, &json);
        json_object_begin(&w);
        json_put_str(&w, "line", buf_str(&line));
        json_put_int(&w, "password", 12345);
        json_put_str(&w, "token", buf_str(&line));
        json_object_end(&w);
        redactor_apply(redactor, &out, buf_str(&json));
        if (json_parse(arena, buf_str(&out), &v, &err))
            fail_msg("round %d: %s\n%s\n%s", round, err.msg, buf_cstr(&json), buf_cstr(&out));
        arena_free(arena);
        buf_release(&line);
        buf_release(&json);
        buf_release(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_named_value, setup, teardown),
        cmocka_unit_test_setup_teardown(test_key_value, setup, teardown),
        cmocka_unit_test_setup_teardown(test_deciding_words, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json, setup, teardown),
        cmocka_unit_test_setup_teardown(test_yaml, setup, teardown),
        cmocka_unit_test_setup_teardown(test_headers, setup, teardown),
        cmocka_unit_test_setup_teardown(test_urls, setup, teardown),
        cmocka_unit_test_setup_teardown(test_command_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(test_known_shapes, setup, teardown),
        cmocka_unit_test_setup_teardown(test_random_beside_key, setup, teardown),
        cmocka_unit_test_setup_teardown(test_keeps, setup, teardown),
        cmocka_unit_test_setup_teardown(test_literals, setup, teardown),
        cmocka_unit_test_setup_teardown(test_placeholders, setup, teardown),
        cmocka_unit_test_setup_teardown(test_full, setup, teardown),
        cmocka_unit_test_setup_teardown(test_time_is_bounded, setup, teardown),
        cmocka_unit_test_setup_teardown(test_json_stays_json, setup, teardown),
    };

    return cmocka_run_group_tests_name("redact", tests, NULL, NULL);
}
