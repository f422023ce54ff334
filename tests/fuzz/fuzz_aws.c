/* fuzz_aws.c - the first byte picks a protocol, the rest is an answer, and, where it is JSON, the
 * parameters of a request: every value read is text, and no parameter gets out of its place. */
#include "tests/fuzz/targets.h"

#include "runbook/base/text.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/wire.h"

/* Every type in every place. */
static const char shapes_json[] =
    "{\"S\":{\"type\":\"string\"},\"I\":{\"type\":\"integer\"},\"D\":{\"type\":\"double\"},"
    "\"B\":{\"type\":\"boolean\"},\"T\":{\"type\":\"timestamp\"},\"X\":{\"type\":\"blob\"},"
    "\"L\":{\"type\":\"list\",\"member\":{\"shape\":\"S\"}},"
    "\"F\":{\"type\":\"list\",\"member\":{\"shape\":\"N\",\"locationName\":\"item\"},"
    "\"flattened\":true},"
    "\"M\":{\"type\":\"map\",\"key\":{\"shape\":\"S\"},\"value\":{\"shape\":\"N\"}},"
    "\"H\":{\"type\":\"map\",\"key\":{\"shape\":\"S\"},\"value\":{\"shape\":\"S\"}},"
    "\"N\":{\"type\":\"structure\",\"members\":{\"a\":{\"shape\":\"S\",\"xmlAttribute\":true,"
    "\"locationName\":\"x:a\"},\"n\":{\"shape\":\"N\"},\"l\":{\"shape\":\"L\"},\"m\":{\"shape\":"
    "\"M\"},\"t\":{\"shape\":\"T\"},\"x\":{\"shape\":\"X\"},\"d\":{\"shape\":\"D\"},\"b\":{"
    "\"shape\":\"B\"}}},"
    "\"R\":{\"type\":\"structure\",\"members\":{\"p\":{\"shape\":\"S\",\"location\":\"uri\","
    "\"locationName\":\"p\"},\"g\":{\"shape\":\"S\",\"location\":\"uri\",\"locationName\":\"g\"},"
    "\"q\":{\"shape\":\"H\",\"location\":\"querystring\",\"locationName\":\"q\"},\"h\":{\"shape\":"
    "\"L\",\"location\":\"header\",\"locationName\":\"x-h\"},\"hs\":{\"shape\":\"H\",\"location\":"
    "\"headers\",\"locationName\":\"x-p-\"},\"s\":{\"shape\":\"I\",\"location\":\"statusCode\"},"
    "\"k\":{\"shape\":\"S\",\"hostLabel\":true},"
    "\"f\":{\"shape\":\"F\"},\"n\":{\"shape\":\"N\"},\"i\":{\"shape\":\"I\"}}},"
    "\"E\":{\"type\":\"structure\",\"exception\":true,\"members\":{\"n\":{\"shape\":\"N\"}}}}";
static const char operation_json[] =
    "{\"name\":\"Op\",\"http\":{\"method\":\"PUT\",\"requestUri\":\"/a/{p}/{g+}?c=d\"},"
    "\"endpoint\":{\"hostPrefix\":\"{k}.\"},\"input\":{\"shape\":\"R\"},\"output\":{\"shape\":"
    "\"R\"},\"errors\":[{\"shape\":\"E\"}]}";

static const struct value *json(struct arena *a, struct str text)
{
    const struct value *v = NULL;
    struct err err;

    return json_parse(a, text, &v, &err) == ERR_OK ? v : NULL;
}

static void check_text(const struct value *v)
{
    FUZZ_CHECK(text_valid(v->key, NULL));
    if (v->type == VALUE_STRING)
        FUZZ_CHECK(text_valid(v->u.string, NULL) && strlen(v->u.string.ptr) == v->u.string.len);
    VALUE_EACH (it, v)
        check_text(it);
}

static void read_it(struct arena *a, const struct aws_model *m, const struct aws_operation *op,
                    struct str body)
{
    struct aws_header h[] = {{"x-h", "a, \"b\\\"\", c"}, {"x-p-q", "r"}};
    struct aws_answer answer = {200, h, 2, body};
    const struct value *v = NULL;
    struct aws_failure f;
    struct err err = ERR_INIT;

    if (aws_answer_read(a, m, op, &answer, &v, &err) == ERR_OK)
        check_text(v);
    else
        FUZZ_CHECK(err.code != ERR_OK && *err.msg);
    answer.status = 400;
    aws_failure_read(a, m, op, &answer, &f);
    FUZZ_CHECK(f.code.len && text_valid(f.code, NULL) && text_valid(f.message, NULL));
}

static void write_it(struct arena *a, const struct aws_model *m, const struct aws_operation *op,
                     const struct value *params)
{
    struct aws_call call = {m, op, params, "token"};
    struct aws_request q;
    struct err err = ERR_INIT;

    if (aws_request_build(a, &call, &q, &err) != ERR_OK) {
        FUZZ_CHECK(err.code != ERR_OK && *err.msg);
        return;
    }
    for (const char *c = q.target; *c; c++)
        FUZZ_CHECK(*c > ' ' && *c < 0x7f);
    FUZZ_CHECK(strspn(q.host_prefix, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                     "0123456789-._") == strlen(q.host_prefix));
    for (size_t i = 0; i < q.header_count; i++)
        FUZZ_CHECK(!strpbrk(q.headers[i].name, "\r\n: ") && !strpbrk(q.headers[i].value, "\r\n"));
}

void fuzz_aws(struct str input)
{
    static const char *const protocols[] = {"ec2", "query", "json", "rest-json", "rest-xml"};
    struct arena *a;
    struct aws_model m;
    struct aws_operation op;
    const struct value *params;
    struct err err = ERR_INIT;
    char metadata[64];

    if (!input.len)
        return;
    a = arena_new(0);
    snprintf(metadata, sizeof(metadata), "{\"protocol\":\"%s\"}",
             protocols[(unsigned char)input.ptr[0] % 5]);
    input = (struct str){input.ptr + 1, input.len - 1};
    FUZZ_CHECK(aws_model_load(a, json(a, str_from(metadata)), json(a, str_from(shapes_json)), &m,
                              &err) == ERR_OK);
    FUZZ_CHECK(aws_operation_load(a, &m, json(a, str_from(operation_json)), &op, &err) == ERR_OK);
    read_it(a, &m, &op, input);
    params = json(a, input);
    if (params)
        write_it(a, &m, &op, params);
    arena_free(a);
}
