/* test_aws_protocol.c - AWS's protocol cases: the request that a description and parameters give,
 * the values that an answer gives. R-36 */
#include <math.h>
#include <stdio.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/codec/xml.h"
#include "runbook/service/aws/wire.h"
#include "tests/lib/unit.h"

#define TOKEN "00000000-0000-4000-8000-000000000000"

/* S3 sends <LifecycleConfiguration> where the shape is BucketLifecycleConfiguration. */
#define PAYLOAD_NAME "the member's name for a payload wins over its shape's, as S3 needs it"

/* What the descriptions of this program do not express, each with its reason. */
static const struct {
    const char *id, *why;
} beyond[] = {
    {"SDKAppliedContentEncoding", "requests are not compressed: none that is sent is large"},
    {"SDKAppendsGzipAndIgnoresHttpProvidedEncoding", "requests are not compressed"},
    {"SDKAppendedGzipAfterProvidedEncoding", "requests are not compressed"},
    {"RestXmlHttpPayloadWithUnion", PAYLOAD_NAME},
    {"HttpPayloadWithXmlNamespace", PAYLOAD_NAME},
    {"XmlAttributesOnPayload", PAYLOAD_NAME},
};

static unsigned passed, failed, skipped;

struct run {
    struct arena *arena;
    const struct value *suite, *one;
    struct aws_model model;
    struct aws_operation op;
    const char *file;
};

static void say(struct run *r, const char *what, struct str got, struct str want)
{
    printf("# %s %s: %s is\n#   %.*s\n# not\n#   %.*s\n", r->file, value_cstr_or(r->one, "id", "?"),
           what, (int)(got.len < 600 ? got.len : 600), got.ptr ? got.ptr : "",
           (int)(want.len < 600 ? want.len : 600), want.ptr ? want.ptr : "");
}

/* ---- comparing ---- */

static bool same(const struct value *a, const struct value *b);

static bool same_object(const struct value *a, const struct value *b)
{
    if (value_count(a) != value_count(b))
        return false;
    VALUE_EACH (it, a) {
        const struct value *other = NULL;

        VALUE_EACH (o, b)
            if (str_eq(o->key, it->key))
                other = o;
        if (!other || !same(it, other))
            return false;
    }
    return true;
}

static bool same_array(const struct value *a, const struct value *b)
{
    if (value_count(a) != value_count(b))
        return false;
    for (size_t i = 0; i < value_count(a); i++)
        if (!same(value_at(a, i), value_at(b, i)))
            return false;
    return true;
}

static bool same(const struct value *a, const struct value *b)
{
    if (a->type != b->type)
        return false;
    switch (a->type) {
    case VALUE_NULL:
        return true;
    case VALUE_BOOL:
        return a->u.boolean == b->u.boolean;
    case VALUE_NUMBER:
        return fabs(a->u.number - b->u.number) <= 1e-9 * fabs(a->u.number);
    case VALUE_STRING:
        return str_eq(a->u.string, b->u.string);
    case VALUE_ARRAY:
        return same_array(a, b);
    default:
        return same_object(a, b);
    }
}

/* Elements, attributes and texts; blanks between elements do not count. */
static bool same_xml(const struct xml_node *a, const struct xml_node *b)
{
    const struct xml_node *x = a->first, *y = b->first;

    if (!str_eq(a->name, b->name) || a->attr_count != b->attr_count)
        return false;
    for (size_t i = 0; i < a->attr_count; i++)
        if (!str_eq(a->attrs[i].name, b->attrs[i].name) ||
            !str_eq(a->attrs[i].value, b->attrs[i].value))
            return false;
    if (!x && !y)
        return str_eq(a->text, b->text);
    for (; x && y; x = x->next, y = y->next)
        if (!same_xml(x, y))
            return false;
    return !x && !y;
}

/* Every declaration of a namespace of `want` is in `got`. */
static bool same_namespaces(struct str got, struct str want)
{
    ptrdiff_t at;

    while ((at = str_find(want, STR_LIT(" xmlns"))) >= 0) {
        const char *start = want.ptr + at;
        const char *quote = memchr(start, '"', want.len - (size_t)at);
        const char *end =
            quote ? memchr(quote + 1, '"', want.len - (size_t)(quote + 1 - want.ptr)) : NULL;

        if (!end)
            return false;
        if (str_find(got, (struct str){start, (size_t)(end - start) + 1}) < 0)
            return false;
        want = (struct str){end, want.len - (size_t)(end - want.ptr)};
    }
    return true;
}

/* "a=1&b=2" as a set of pairs. */
static bool same_pairs(struct str a, struct str b)
{
    struct str rest = a, pair;
    size_t n = 0, m = 0;

    while (str_split(&rest, '&', &pair)) {
        struct str others = b, other;
        bool found = false;

        n++;
        while (!found && str_split(&others, '&', &other))
            found = str_eq(pair, other);
        if (!found)
            return false;
    }
    while (str_split(&b, '&', &pair))
        m++;
    return n == m;
}

/* ---- requests ---- */

static const char *header_of(const struct aws_request *q, struct str name)
{
    for (size_t i = 0; i < q->header_count; i++)
        if (strlen(q->headers[i].name) == name.len &&
            str_ifind(str_from(q->headers[i].name), name) == 0)
            return q->headers[i].value;
    return NULL;
}

static bool check_headers(struct run *r, const struct aws_request *q, const struct value *want)
{
    VALUE_EACH (h, value_get(want, "headers")) {
        const char *got = header_of(q, h->key);

        /* the content type of a form may name its charset */
        if (!got || !str_starts(str_from(got), h->u.string.ptr) ||
            (strlen(got) != h->u.string.len && got[h->u.string.len] != ';')) {
            say(r, h->key.ptr, str_from(got), h->u.string);
            return false;
        }
    }
    VALUE_EACH (h, value_get(want, "forbidHeaders"))
        if (header_of(q, h->u.string)) {
            say(r, "a header that must not be there", h->u.string, STR_LIT(""));
            return false;
        }
    return true;
}

static bool check_target(struct run *r, const struct aws_request *q, const struct value *want)
{
    struct str a = str_from(q->target), b = value_str_or(want, "uri", "/");
    struct str got = a, wanted = b, pa = {0}, pb = {0};

    struct str host = value_str_or(want, "host", "");
    const char *base = host.len ? memchr(host.ptr, '/', host.len) : NULL;

    /* a path of the endpoint itself stands before it */
    if (base && str_starts(b, base))
        b = (struct str){b.ptr + strlen(base), b.len - strlen(base)};
    str_split(&a, '?', &pa);
    str_split(&b, '?', &pb);
    if (str_eq(pa, pb) && same_pairs(a, b))
        return true;
    say(r, "the target", got, wanted);
    return false;
}

static bool same_body(struct run *r, struct str got, struct str want)
{
    const struct value *a, *b;
    const struct xml_node *x, *y;
    struct err err = ERR_INIT;

    if (str_eq(got, want))
        return true;
    switch (r->model.protocol) {
    case AWS_EC2:
    case AWS_QUERY:
        return same_pairs(got, want);
    case AWS_JSON:
    case AWS_REST_JSON:
        return json_parse(r->arena, got, &a, &err) == ERR_OK &&
               json_parse(r->arena, want, &b, &err) == ERR_OK && same(a, b);
    default:
        return xml_parse(r->arena, got, &x, &err) == ERR_OK &&
               xml_parse(r->arena, want, &y, &err) == ERR_OK && same_xml(x, y) &&
               same_namespaces(got, want);
    }
}

static bool check_input(struct run *r)
{
    const struct value *want = value_get(r->one, "serialized");
    struct aws_call call = {&r->model, &r->op, value_get(r->one, "params"), TOKEN};
    struct aws_request q;
    struct err err = ERR_INIT;
    struct str host = value_str_or(want, "host", "");
    struct str body = value_str_or(want, "body", "");

    if (aws_request_build(r->arena, &call, &q, &err) != ERR_OK) {
        say(r, "the request", str_from(err.msg), STR_LIT("one"));
        return false;
    }
    if (!cstr_eq(q.method, value_cstr_or(want, "method", "POST"))) {
        say(r, "the method", str_from(q.method), value_str_or(want, "method", ""));
        return false;
    }
    if (host.len && !str_starts(host, q.host_prefix)) {
        say(r, "the prefix of the host", str_from(q.host_prefix), host);
        return false;
    }
    if (!check_target(r, &q, want) || !check_headers(r, &q, want))
        return false;
    if (value_get(want, "body") && !same_body(r, q.body, body)) {
        say(r, "the body", q.body, body);
        return false;
    }
    return true;
}

/* ---- answers ---- */

static void answer_of(struct run *r, struct aws_answer *a)
{
    const struct value *v = value_get(r->one, "response");
    struct aws_header *h = arena_array(r->arena, 64, sizeof(*h));

    *a = (struct aws_answer){.status = (int)value_i64_or(v, "status_code", 200),
                             .headers = h,
                             .body = value_str_or(v, "body", "")};
    VALUE_EACH (it, value_get(v, "headers"))
        h[a->header_count++] = (struct aws_header){it->key.ptr, it->u.string.ptr};
}

static struct str json_text(struct run *r, const struct value *v)
{
    struct buf b = BUF_INIT(1 << 20);
    struct json_writer w;
    struct str s;

    json_writer_init(&w, &b);
    json_value(&w, v);
    s = (struct str){arena_str(r->arena, buf_str(&b)), b.len};
    buf_release(&b);
    return s;
}

static bool check_values(struct run *r, const struct value *got, const struct value *want)
{
    static const struct value none = {.type = VALUE_OBJECT};

    got = got ? got : &none;
    want = want ? want : &none;
    if (same(got, want))
        return true;
    say(r, "the answer", json_text(r, got), json_text(r, want));
    return false;
}

static bool check_failure(struct run *r, const struct aws_answer *a)
{
    struct aws_failure f;
    struct str code = value_str_or(r->one, "errorCode", "");
    struct str message = value_str_or(r->one, "errorMessage", "");

    aws_failure_read(r->arena, &r->model, &r->op, a, &f);
    if (!str_eq(f.code, code)) {
        say(r, "the code", f.code, code);
        return false;
    }
    if (message.len && !str_eq(f.message, message)) {
        say(r, "the message", f.message, message);
        return false;
    }
    return check_values(r, f.fields, value_get(r->one, "error"));
}

static bool check_output(struct run *r)
{
    struct aws_answer a;
    const struct value *got;
    struct err err = ERR_INIT;

    answer_of(r, &a);
    if (value_get(r->one, "error"))
        return check_failure(r, &a);
    if (aws_answer_read(r->arena, &r->model, &r->op, &a, &got, &err) != ERR_OK) {
        say(r, "the answer", str_from(err.msg), json_text(r, value_get(r->one, "result")));
        return false;
    }
    return check_values(r, got, value_get(r->one, "result"));
}

static const char *why_beyond(const char *id)
{
    for (size_t i = 0; i < sizeof(beyond) / sizeof(beyond[0]); i++)
        if (str_starts(str_from(id), beyond[i].id))
            return beyond[i].why;
    return NULL;
}

static void run_case(struct run *r, bool input)
{
    const char *id = value_cstr_or(r->one, "id", "?"), *why = input ? why_beyond(id) : NULL;
    struct err err = ERR_INIT;

    if (why) {
        printf("# %s %s: not expressed: %s\n", r->file, id, why);
        skipped++;
        return;
    }
    assert_ok(aws_operation_load(r->arena, &r->model, value_get(r->one, "given"), &r->op, &err),
              &err);
    if (input ? check_input(r) : check_output(r))
        passed++;
    else
        failed++;
}

static void run_file(const char *dir, const char *name, bool input)
{
    struct run r = {.arena = arena_new(0), .file = name};
    char *path = xasprintf("%s/%s.json", dir, name);
    struct buf text = BUF_INIT(1 << 22);
    const struct value *all;
    struct err err = ERR_INIT;

    assert_ok(file_read(path, &text, &err), &err);
    assert_ok(json_parse(r.arena, buf_str(&text), &all, &err), &err);
    VALUE_EACH (suite, all) {
        assert_ok(aws_model_load(r.arena, value_get(suite, "metadata"), value_get(suite, "shapes"),
                                 &r.model, &err),
                  &err);
        VALUE_EACH (one, value_get(suite, "cases")) {
            r.one = one;
            run_case(&r, input);
        }
    }
    arena_free(r.arena);
    buf_release(&text);
    free(path);
}

static void test_cases(void **state)
{
    static const char *const names[] = {
        "ec2", "query", "json", "json_1_0", "json_1_0-query-compatible", "rest-json", "rest-xml"};
    const char *shared = getenv("RUNBOOK_SHARED"), *src = getenv("RB_SRCDIR");
    char *dir = shared ? xasprintf("%s/aws-protocol-tests", shared)
                       : xasprintf("%s/../shared/aws-protocol-tests", src ? src : ".");

    if (!file_exists(dir)) {
        free(dir);
        skip();
    }
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        char name[64];

        snprintf(name, sizeof(name), "input-%s", names[i]);
        run_file(dir, name, true);
        snprintf(name, sizeof(name), "output-%s", names[i]);
        run_file(dir, name, false);
    }
    printf("# protocol cases: %u passed, %u failed, %u not expressed\n", passed, failed, skipped);
    free(dir);
    assert_int_equal(failed, 0);
    assert_true(passed * 100 >= (passed + skipped) * 85);
}

/* ---- mistakes ---- */

static const char shapes[] =
    "{\"S\":{\"type\":\"string\"},\"I\":{\"type\":\"integer\"},\"T\":{\"type\":\"timestamp\"},"
    "\"L\":{\"type\":\"list\",\"member\":{\"shape\":\"F\"}},"
    "\"F\":{\"type\":\"structure\",\"members\":{\"Name\":{\"shape\":\"S\"}}},"
    "\"In\":{\"type\":\"structure\",\"members\":{\"Id\":{\"shape\":\"S\",\"location\":\"uri\"},"
    "\"Host\":{\"shape\":\"S\",\"hostLabel\":true},\"H\":{\"shape\":\"S\",\"location\":"
    "\"header\",\"locationName\":\"x-h\"},\"Max\":{\"shape\":\"I\"},\"When\":{\"shape\":\"T\"},"
    "\"Filters\":{\"shape\":\"L\"}}}}";

static const struct value *json_of(struct arena *a, const char *text)
{
    struct err err = ERR_INIT;
    const struct value *v;

    assert_ok(json_parse(a, str_from(text), &v, &err), &err);
    return v;
}

static void test_parameters(void **state)
{
    static const struct {
        const char *params, *said;
    } cases[] = {
        {"{\"Host\":\"a\",\"Id\":\"b\",\"Maxx\":1}",
         "Get has no parameter 'Maxx'; there are Id, Host, H, Max, When, Filters"},
        {"{\"Host\":\"a\",\"Id\":\"b\",\"Max\":\"many\"}",
         "Get: parameter 'Max' must be a whole number, not string"},
        {"{\"Host\":\"a\",\"Id\":\"b\",\"Max\":1.5}",
         "Get: parameter 'Max' must be a whole number, not number"},
        {"{\"Host\":\"a\",\"Id\":\"b\",\"Filters\":[{\"Name\":\"x\"},{\"Name\":true}]}",
         "Get: parameter 'Filters.1.Name' must be a string, not boolean"},
        {"{\"Host\":\"a\",\"Id\":\"b\",\"When\":\"yesterday\"}",
         "Get: parameter 'When' must be a time (seconds since 1970, or 2026-02-04T10:00:00Z), not "
         "string"},
        {"{\"Host\":\"a\"}", "Get needs 'Id': it is part of the path"},
        {"{\"Host\":\"a\",\"Id\":\"\"}", "Get needs 'Id': it is part of the path"},
        {"{\"Id\":\"b\"}", "Get needs 'Host': it is part of the address"},
        {"{\"Host\":\"evil.example/\",\"Id\":\"b\"}",
         "Get: 'evil.example/.' cannot be part of a host's name"},
        {"{\"Host\":\"a\",\"Id\":\"b\",\"H\":\"x\\r\\nEvil: 1\"}",
         "Get: parameter 'H' must be text without control characters (it is a header), not string"},
        {"[]", "Get: the parameters must be an object, not array"},
    };
    struct arena *a = arena_new(0);
    struct aws_model m;
    struct aws_operation op;
    struct err err = ERR_INIT;

    assert_ok(
        aws_model_load(a, json_of(a, "{\"protocol\":\"rest-json\"}"), json_of(a, shapes), &m, &err),
        &err);
    assert_ok(
        aws_operation_load(a, &m,
                           json_of(a, "{\"name\":\"Get\",\"http\":{\"requestUri\":"
                                      "\"/x/{Id}\"},\"endpoint\":{\"hostPrefix\":\"{Host}.\"},"
                                      "\"input\":{\"shape\":\"In\"}}"),
                           &op, &err),
        &err);
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_call call = {&m, &op, json_of(a, cases[i].params), NULL};
        struct aws_request q;

        assert_int_equal(aws_request_build(a, &call, &q, &err), ERR_INPUT);
        assert_string_equal(err.msg, cases[i].said);
    }
    arena_free(a);
}

static void test_descriptions(void **state)
{
    static const struct {
        const char *metadata, *shapes, *said;
    } cases[] = {
        {"{\"protocol\":\"soap\"}", "{}",
         "'soap' is no protocol (ec2, query, json, rest-json, rest-xml)"},
        {"{\"protocol\":\"ec2\"}", "{\"A\":{\"type\":\"text\"}}",
         "shape A: 'text' is no type (structure, list, map, string, integer, long, float, double, "
         "boolean, timestamp, blob)"},
        {"{\"protocol\":\"ec2\"}",
         "{\"A\":{\"type\":\"structure\",\"members\":{\"b\":{\"shape\":\"B\"}}}}",
         "shape A: member 'b' is of the unknown shape 'B'"},
        {"{\"protocol\":\"ec2\"}",
         "{\"A\":{\"type\":\"structure\",\"members\":{\"b\":{\"shape\":\"A\",\"location\":"
         "\"body\"}}}}",
         "shape A: 'body' is no location (uri, querystring, header, headers, statusCode)"},
        {"{\"protocol\":\"ec2\"}",
         "{\"A\":{\"type\":\"structure\",\"members\":{},\"payload\":\"b\"}}",
         "shape A: its payload 'b' is no member"},
        {"{\"protocol\":\"ec2\"}", "{\"A\":{\"type\":\"timestamp\",\"timestampFormat\":\"x\"}}",
         "shape A: 'x' is no timestampFormat (iso8601, rfc822, unixTimestamp)"},
    };
    struct arena *a = arena_new(0);
    struct aws_model m;
    struct err err = ERR_INIT;

    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        assert_int_equal(
            aws_model_load(a, json_of(a, cases[i].metadata), json_of(a, cases[i].shapes), &m, &err),
            ERR_INPUT);
        assert_string_equal(err.msg, cases[i].said);
    }
    arena_free(a);
}

/* An answer that is something else is said to be, with how it begins. */
static void test_broken_answers(void **state)
{
    struct arena *a = arena_new(0);
    struct aws_model m;
    struct aws_operation op;
    struct err err = ERR_INIT;
    const struct value *v;
    struct aws_failure f;
    struct aws_answer html = {200, NULL, 0, STR_LIT("<html>\033[2JSign in")};

    assert_ok(
        aws_model_load(a, json_of(a, "{\"protocol\":\"json\"}"), json_of(a, shapes), &m, &err),
        &err);
    assert_ok(aws_operation_load(
                  a, &m, json_of(a, "{\"name\":\"Get\",\"output\":{\"shape\":\"F\"}}"), &op, &err),
              &err);
    assert_int_equal(aws_answer_read(a, &m, &op, &html, &v, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "Get: an answer that cannot be read (it begins with '<html>"));
    assert_null(strchr(err.msg, '\033'));
    html.status = 503;
    aws_failure_read(a, &m, &op, &html, &f);
    assert_str(f.code, "HTTP 503");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters),
        cmocka_unit_test(test_descriptions),
        cmocka_unit_test(test_broken_answers),
        cmocka_unit_test(test_cases),
    };

    return cmocka_run_group_tests_name("aws protocol cases", tests, NULL, NULL);
}
