/* test_aws_replay_keys.c - the recorded exchanges in which keys are given, made by the code that
 * takes roles on: what it sends is what the reference client sent (the signature byte for byte),
 * the keys are those that came, a refusal is told in the service's words, and nothing secret is in
 * it. What that code never sends (tags and policies of a session, GetSessionToken) is compared by
 * test_aws_replay alone. C-11 R-37 */
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/net/aws_credentials.h"
#include "tests/lib/awswire.h"
#include "tests/lib/envtable.h"
#include "tests/lib/tmpdir.h"
#include "tests/unit/net/netrun.h"

struct taking {
    struct net net;
    struct test_clock clock;
    struct arena *arena;
    const struct value *keys, *one; /* who signs; the exchange */
    const char *shared;
    char *dir, *config, *token;
    const char *wrong;
    bool as_recorded;
    unsigned requests;
    int done;
    char access_key[200], secret_key[200], session_token[4000], said[ERR_MSG_MAX];
};

static const struct value *read_json(struct taking *t, const char *name)
{
    char *path = xasprintf("%s/aws-wire/%s", t->shared, name);
    struct buf text = BUF_INIT((size_t)16 << 20);
    const struct value *v = NULL;
    struct err err = ERR_INIT;

    if (file_exists(path)) {
        assert_ok(file_read(path, &text, &err), &err);
        assert_ok(json_parse(t->arena, buf_str(&text), &v, &err), &err);
    }
    buf_release(&text);
    free(path);
    return v;
}

/* The profile that leads to the exchange. False: the code never makes such a request. */
static bool write_profile(struct taking *t)
{
    static const struct {
        const char *param, *key;
    } known[] = {{"RoleArn", "role_arn"},
                 {"RoleSessionName", "role_session_name"},
                 {"DurationSeconds", "duration_seconds"},
                 {"ExternalId", "external_id"},
                 {"WebIdentityToken", NULL}};
    struct buf out = BUF_INIT(1 << 16);
    struct err err = ERR_INIT;
    bool web = false, all = true;

    buf_addf(&out, "[profile keys]\naws_access_key_id = %s\naws_secret_access_key = %s\n",
             value_cstr_or(t->keys, "access_key_id", ""),
             value_cstr_or(t->keys, "secret_access_key", ""));
    buf_adds(&out, "[profile role]\n");
    VALUE_EACH (it, value_get(t->one, "params")) {
        const char *key = NULL;
        bool found = false;

        for (size_t i = 0; i < sizeof(known) / sizeof(known[0]) && !found; i++) {
            found = str_eq_c(it->key, known[i].param);
            key = known[i].key;
        }
        all = all && found;
        if (found && !key) {
            web = true;
            buf_addf(&out, "web_identity_token_file = %s\n", t->token);
            assert_ok(file_write_atomic(t->token, it->u.string, 0600, &err), &err);
        } else if (found && it->type == VALUE_NUMBER) {
            buf_addf(&out, "%s = %.0f\n", key, it->u.number);
        } else if (found) {
            buf_addf(&out, "%s = %.*s\n", key, STR_FMT(it->u.string));
        }
    }
    if (!web)
        buf_adds(&out, "source_profile = keys\n");
    assert_ok(file_write_atomic(t->config, buf_str(&out), 0600, &err), &err);
    buf_release(&out);
    return all;
}

static void on_request(void *ctx, struct str request, struct buf *out)
{
    struct taking *t = ctx;
    struct wire_request r;
    const char *what = NULL;
    struct str recorded = STR_LIT("");

    t->requests++;
    VALUE_EACH (it, value_get(value_get(t->one, "request"), "headers"))
        if (str_eq_c(it->key, "Authorization"))
            recorded = it->u.string;
    if (!awswire_read(request, &r)) {
        t->wrong = "no request";
    } else {
        if (!awswire_same(t->arena, &r, t->one, &what))
            t->wrong = what;
        t->as_recorded = str_eq(recorded, awswire_head(&r, "authorization"));
    }
    awswire_answer(t->one, "", out);
}

static void keep(char *to, size_t size, const struct secret *s)
{
    struct str text = secret_reveal(s);

    snprintf(to, size, "%.*s", (int)text.len, text.ptr ? text.ptr : "");
}

static void on_keys(void *ctx, const struct aws_keys *keys, const struct err *err)
{
    struct taking *t = ctx;

    t->done++;
    snprintf(t->said, sizeof(t->said), "%s", keys ? "" : err->msg);
    if (!keys)
        return;
    keep(t->access_key, sizeof(t->access_key), keys->access_key);
    keep(t->secret_key, sizeof(t->secret_key), keys->secret_key);
    keep(t->session_token, sizeof(t->session_token), keys->session_token);
}

static void set_time(struct taking *t)
{
    assert_true(time_parse(STR_LIT("2026-11-21T00:41:49Z"), &t->clock.wall_ms));
    VALUE_EACH (it, value_get(value_get(t->one, "request"), "headers")) {
        struct str d = it->type == VALUE_STRING ? it->u.string : STR_LIT("");
        char text[32];

        if (!str_eq_c(it->key, "X-Amz-Date") || d.len != 16)
            continue;
        snprintf(text, sizeof(text), "%.4s-%.2s-%.2sT%.2s:%.2s:%.2sZ", d.ptr, d.ptr + 4, d.ptr + 6,
                 d.ptr + 9, d.ptr + 11, d.ptr + 13);
        assert_true(time_parse(str_from(text), &t->clock.wall_ms));
    }
}

/* What came of it: the keys of the result, or the words of the error. */
static void check_end(struct taking *t)
{
    const struct value *given = value_get(value_get(t->one, "result"), "Credentials");
    struct str message = value_str_or(value_get(t->one, "error"), "message", "");

    if (given) {
        assert_string_equal(t->said, "");
        assert_string_equal(t->access_key, value_cstr_or(given, "AccessKeyId", "?"));
        assert_string_equal(t->secret_key, value_cstr_or(given, "SecretAccessKey", "?"));
        assert_string_equal(t->session_token, value_cstr_or(given, "SessionToken", "?"));
        return;
    }
    assert_true(message.len > 0);
    if (str_find(str_from(t->said), message) < 0)
        fail_msg("'%s' is not in '%s'", message.ptr, t->said);
    assert_null(strstr(t->said, value_cstr_or(t->keys, "secret_access_key", "?")));
}

static bool take_role(struct taking *t, const struct value *one)
{
    struct aws_credentials_options o = {
        .profile = "role", .env = envtable_get, .machine_file = "/nonexistent/vendor"};
    struct aws_credentials *c;

    t->one = one;
    if (!str_starts(value_str_or(one, "operation", ""), "AssumeRole") || !write_profile(t))
        return false;
    set_time(t);
    t->wrong = NULL;
    t->requests = 0;
    t->done = 0;
    envtable_set("AWS_REGION", value_cstr_or(one, "region", NULL));
    c = aws_credentials_new(t->net.loop, t->net.client, &o);
    aws_credentials_get(c, on_keys, t);
    net_wait(&t->net, &t->done);
    if (t->wrong)
        fail_msg("%s: %s", value_cstr_or(one, "id", "?"), t->wrong);
    if (!t->as_recorded)
        fail_msg("%s: the signature is another", value_cstr_or(one, "id", "?"));
    assert_int_equal(t->requests, 1);
    check_end(t);
    aws_credentials_free(c);
    return true;
}

static void taking_init(struct taking *t)
{
    t->dir = tmpdir_new();
    t->config = path_join(t->dir, "config");
    t->token = path_join(t->dir, "token");
    test_clock_init(&t->clock, 0);
    net_init_clock(&t->net, &t->clock.clock, NULL);
    httpd_handle(t->net.server, on_request, t);
    assert_int_equal(setenv("http_proxy", httpd_url(t->net.server, "", t->net.url), 1), 0);
    unsetenv("no_proxy");
    unsetenv("NO_PROXY");
    envtable_clear();
    envtable_set("HOME", "/nonexistent");
    envtable_set("AWS_CONFIG_FILE", t->config);
    envtable_set("AWS_SHARED_CREDENTIALS_FILE", "/nonexistent/credentials");
    envtable_set("AWS_ENDPOINT_URL_STS", "http://sts.us-east-1.amazonaws.com");
}

static void test_roles(void **state)
{
    const char *given = getenv("RUNBOOK_SHARED"), *src = getenv("RB_SRCDIR");
    char *shared = given ? xstrdup(given) : xasprintf("%s/../shared", src ? src : ".");
    struct taking t = {.shared = shared, .arena = arena_new(0)};
    const struct value *sts = read_json(&t, "sts.json"), *people = NULL;
    unsigned taken = 0;

    (void)state;
    if (!sts) {
        arena_free(t.arena);
        free(shared);
        skip();
    }
    people = read_json(&t, "_credentials.json");
    VALUE_EACH (it, people)
        if (str_eq_c(value_str_or(it, "name", ""), "main"))
            t.keys = it;
    taking_init(&t);
    VALUE_EACH (it, value_get(sts, "exchanges"))
        taken += take_role(&t, it);
    printf("# %u roles taken on as recorded\n", taken);
    assert_int_equal(taken, 4);
    net_release(&t.net);
    tmpdir_free(t.dir);
    free(t.config);
    free(t.token);
    arena_free(t.arena);
    free(shared);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_roles)};

    return cmocka_run_group_tests_name("aws replay keys", tests, NULL, NULL);
}
