/* test_sigv4.c - every vector of AWS's suites, in both forms; and the path that libcurl signs
 * wrongly. */
#include "tests/lib/unit.h"

#include "runbook/base/arena.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/timefmt.h"
#include "runbook/codec/json.h"
#include "runbook/net/sigv4.h"

static char *vectors_path(void)
{
    const char *shared = getenv("RUNBOOK_SHARED"), *src = getenv("RB_SRCDIR");

    if (shared)
        return xasprintf("%s/aws-sigv4-vectors/vectors.json", shared);
    return xasprintf("%s/../shared/aws-sigv4-vectors/vectors.json", src ? src : ".");
}

static void read_request(struct arena *a, const struct value *v, struct sigv4_request *r)
{
    const struct value *req = value_get(v, "request");
    struct sigv4_header *headers = arena_array(a, 64, sizeof(*headers));

    *r = (struct sigv4_request){.method = value_cstr_or(req, "method", ""),
                                .target = value_str_or(req, "target", ""),
                                .headers = headers,
                                .body = value_str_or(req, "body", "")};
    VALUE_EACH (h, value_get(req, "headers")) {
        headers[r->header_count++] =
            (struct sigv4_header){value_at(h, 0)->u.string, value_at(h, 1)->u.string};
        assert_true(r->header_count < 64);
    }
}

static struct sigv4_options options_of(const struct value *v)
{
    struct sigv4_options o = {.access_key = value_str_or(v, "access_key_id", ""),
                              .secret_key = value_str_or(v, "secret_access_key", ""),
                              .session_token = value_str_or(v, "session_token", ""),
                              .region = value_cstr_or(v, "region", ""),
                              .service = value_cstr_or(v, "service", ""),
                              .keep_path = !value_bool_or(v, "normalize_path", true),
                              .sign_body = value_bool_or(v, "sign_body", false),
                              .token_outside = value_bool_or(v, "omit_session_token", false),
                              .expires_s = (unsigned)value_i64_or(v, "expires", 0)};

    assert_true(time_parse(value_str_or(v, "timestamp", ""), &o.wall_ms));
    return o;
}

static void compare(const char *name, const struct value *want, const char *key, struct str got)
{
    struct str wanted = value_str_or(want, key, "?");

    if (!str_eq(wanted, got))
        fail_msg("%s: %s is\n%.*s\nnot\n%.*s", name, key, STR_FMT(got), STR_FMT(wanted));
}

static void check_vector(struct arena *a, const struct value *v)
{
    const char *name = value_cstr_or(v, "name", "");
    const struct value *header = value_get(v, "header"), *query = value_get(v, "query");
    struct sigv4_options o = options_of(v);
    struct sigv4_request r;
    struct sigv4 s;

    read_request(a, v, &r);
    sigv4_init(&s);
    sigv4_sign(&o, &r, &s);
    compare(name, header, "canonical_request", buf_str(&s.canonical));
    compare(name, header, "string_to_sign", buf_str(&s.to_sign));
    compare(name, header, "signature", str_from(s.signature));
    compare(name, header, "authorization", buf_str(&s.authorization));
    sigv4_release(&s);
    if (!query || query->type != VALUE_OBJECT)
        return;
    sigv4_init(&s);
    sigv4_presign(&o, &r, &s);
    compare(name, query, "canonical_request", buf_str(&s.canonical));
    compare(name, query, "string_to_sign", buf_str(&s.to_sign));
    compare(name, query, "signature", str_from(s.signature));
    assert_true(str_ends(buf_str(&s.target), s.signature));
    sigv4_release(&s);
}

static void test_vectors(void **state)
{
    struct buf text = BUF_INIT((size_t)4 << 20);
    struct arena *a = arena_new(0);
    const struct value *v = NULL;
    struct err err = ERR_INIT;
    char *path = vectors_path();

    if (!file_exists(path)) {
        free(path);
        arena_free(a);
        skip();
    }
    assert_ok(file_read(path, &text, &err), &err);
    assert_ok(json_parse(a, buf_str(&text), &v, &err), &err);
    assert_true(value_count(v) >= 80);
    VALUE_EACH (it, v)
        check_vector(a, it);
    buf_release(&text);
    arena_free(a);
    free(path);
}

/* "%3A" goes out, "%253A" is signed; a token is signed along. */
static void test_colon(void **state)
{
    struct sigv4_header host = {STR_LIT("Host"),
                                STR_LIT("bedrock-runtime.us-east-1.amazonaws.com")};
    struct sigv4_request r = {.method = "POST",
                              .target = STR_LIT("/model/a.b-v1%3A0/converse-stream"),
                              .headers = &host,
                              .header_count = 1,
                              .body = STR_LIT("{}")};
    struct sigv4_options o = {.access_key = STR_LIT("AKIDEXAMPLE"),
                              .secret_key = STR_LIT("secret"),
                              .session_token = STR_LIT("token"),
                              .region = "us-east-1",
                              .service = "bedrock"};
    struct sigv4 s;

    sigv4_init(&s);
    sigv4_sign(&o, &r, &s);
    assert_true(str_starts(buf_str(&s.canonical), "POST\n/model/a.b-v1%253A0/converse-stream\n\n"));
    assert_true(str_find(buf_str(&s.authorization),
                         STR_LIT("SignedHeaders=host;x-amz-date;x-amz-security-token,")) > 0);
    assert_true(str_find(buf_str(&s.authorization), STR_LIT("secret")) < 0);
    sigv4_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_vectors),
        cmocka_unit_test(test_colon),
    };

    return cmocka_run_group_tests_name("sigv4", tests, NULL, NULL);
}
