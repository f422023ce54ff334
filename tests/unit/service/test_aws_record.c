/* test_aws_record.c - records of resources that are kept: without secrets, packed (many on a thread
 * of their own), read again whatever became of them, and what differs between two. R-42 */
#include "runbook/base/fault.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/record.h"
#include "tests/lib/unit.h"

static const struct value *parse(struct arena *a, const char *json)
{
    const struct value *v;
    struct err err = ERR_INIT;

    assert_ok(json_parse(a, str_from(json), &v, &err), &err);
    return v;
}

static struct str pack(struct arena *a, const char *json)
{
    struct aws_packing *p = aws_packing_new();
    struct str kept;

    aws_packing_add(p, parse(a, json));
    aws_packing_finish(p);
    kept = aws_packing_get(p, 0);
    kept.ptr = arena_str(a, kept);
    aws_packing_free(p);
    return kept;
}

static void on_differs(void *ctx, const char *field, const char *before, const char *after)
{
    buf_addf(ctx, "%s: %s > %s\n", field, before, after);
}

static void test_kept(void **state)
{
    struct arena *a = arena_new(0);
    const struct value *v;
    struct buf out = BUF_INIT(4096);
    struct json_writer w;
    struct err err = ERR_INIT;
    struct str packed = pack(
        a,
        "{\"FunctionName\":\"pay\",\"Environment\":{\"Variables\":{\"DB_PASSWORD\":\"hunter2\"}},"
        "\"environment\":[{\"name\":\"KEY\",\"value\":\"s3cret\"}],\"UserData\":\"I2Nsb3Vk\","
        "\"SecretArn\":\"arn:s\",\"n\":3}");

    (void)state;
    assert_ok(aws_record_unpack(a, packed, &v, &err), &err);
    json_writer_init(&w, &out);
    json_value(&w, v);
    assert_string_equal(
        buf_cstr(&out),
        "{\"FunctionName\":\"pay\",\"Environment\":{\"Variables\":{\"DB_PASSWORD\":\"[not "
        "kept]\"}},"
        "\"environment\":[{\"name\":\"KEY\",\"value\":\"[not kept]\"}],\"UserData\":\"[not kept]\","
        "\"SecretArn\":\"arn:s\",\"n\":3}");
    packed.len /= 2;
    assert_int_equal(aws_record_unpack(a, packed, &v, &err), ERR_INPUT);
    buf_release(&out);
    arena_free(a);
}

/* A record of before, packed by zlib: it is read, and a scan after that finds no difference. */
static void test_kept_before(void **state)
{
    static const char old[] = /* zlib level 1 of {"state":"running","n":3} */
        "\x48\x0d\xab\x56\x2a\x2e\x49\x2c\x49\x55\xb2\x52\x2a\x2a\xcd\xcb\xcb\xcc\x4b\x57\xd2\x51"
        "\xca\x53\xb2\x32\xae\x05\x00\x70\x0a\x08\x28";
    struct arena *a = arena_new(0);
    struct str before = {old, sizeof(old) - 1};
    struct buf out = BUF_INIT(4096);
    const struct value *v;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(aws_record_unpack(a, before, &v, &err), &err);
    assert_str(value_str_or(v, "state", ""), "running");
    aws_record_diff(before, pack(a, "{\"state\":\"running\",\"n\":3}"), on_differs, &out);
    assert_string_equal(buf_cstr(&out), "");
    aws_record_diff(before, pack(a, "{\"state\":\"stopped\",\"n\":3}"), on_differs, &out);
    assert_string_equal(buf_cstr(&out), "state: running > stopped\n");
    buf_release(&out);
    arena_free(a);
}

/* Each byte of a record broken, and each shorter one: never another record, never a crash. (One bit
 * of a frame's header says nothing: the same record then.) */
static void test_broken(void **state)
{
    static const char json[] = "{\"state\":\"running\",\"tags\":[\"a\",\"b\",\"a\",\"b\"],\"n\":3}";
    struct arena *a = arena_new(0);
    struct str whole = pack(a, json);

    (void)state;
    for (size_t i = 0; i < whole.len; i++) {
        struct buf bytes = BUF_INIT(4096), out = BUF_INIT(4096);
        struct json_writer w;
        const struct value *v;
        struct err err = ERR_INIT;

        buf_add_str(&bytes, whole);
        bytes.ptr[i] = (char)(bytes.ptr[i] ^ 0x10);
        json_writer_init(&w, &out);
        if (!aws_record_unpack(a, buf_str(&bytes), &v, &err)) {
            json_value(&w, v);
            assert_string_equal(buf_cstr(&out), json);
        }
        buf_truncate(&bytes, i);
        err = (struct err)ERR_INIT;
        assert_int_not_equal(aws_record_unpack(a, buf_str(&bytes), &v, &err), ERR_OK);
        buf_release(&bytes);
        buf_release(&out);
    }
    arena_free(a);
}

static const struct value *numbered(struct arena *a, size_t n, size_t len)
{
    struct buf json = BUF_INIT(4 << 20);
    const struct value *v;

    buf_addf(&json, "{\"number\":%zu,\"text\":\"", n);
    for (size_t i = 0; i < len; i++)
        buf_addc(&json, (char)('a' + (n + i * i) % 23));
    buf_adds(&json, "\"}");
    v = parse(a, buf_cstr(&json));
    buf_release(&json);
    return v;
}

static void many(void)
{
    enum { COUNT = 3000, LARGE = 1234 };
    struct aws_packing *p = aws_packing_new();
    struct arena *a = arena_new(0);

    for (size_t i = 0; i < COUNT; i++) {
        aws_packing_add(p, numbered(a, i, i == LARGE ? AWS_RECORD_MAX : i % 900));
        arena_reset(a);
    }
    aws_packing_finish(p);
    aws_packing_finish(p);
    for (size_t i = 0; i < COUNT; i++) {
        struct str packed = aws_packing_get(p, i);
        const struct value *v;
        struct err err = ERR_INIT;

        assert_int_equal(packed.len == 0, i == LARGE);
        if (!packed.len)
            continue;
        assert_ok(aws_record_unpack(a, packed, &v, &err), &err);
        assert_true(value_num_or(v, "number", -1) == (double)i);
        assert_int_equal(value_str_or(v, "text", "").len, i % 900);
        arena_reset(a);
    }
    assert_int_equal(aws_packing_get(p, COUNT).len, 0);
    aws_packing_free(p);
    arena_free(a);
}

/* So many that a thread packs them: each is its own, and one that is too large is none. Where no
 * thread can be had, the same without. */
static void test_many(void **state)
{
    (void)state;
    many();
    fault_arm("packing.thread:1");
    many();
    fault_arm(NULL);
}

/* A scan that is given up: nothing of it is left, whatever the thread is doing. */
static void test_given_up(void **state)
{
    (void)state;
    for (size_t count = 0; count < 3000; count += 700) {
        struct aws_packing *p = aws_packing_new();
        struct arena *a = arena_new(0);

        for (size_t i = 0; i < count; i++)
            aws_packing_add(p, numbered(a, i, 500));
        aws_packing_free(p);
        arena_free(a);
    }
    aws_packing_free(NULL);
}

/* What moves by itself is no change; a list in another order is none. */
static void test_differs(void **state)
{
    struct arena *a = arena_new(0);
    struct buf out = BUF_INIT(4096);

    (void)state;
    aws_record_diff(
        pack(a, "{\"type\":\"t3.micro\",\"LastUsedDate\":\"1\",\"ItemCount\":3,\"l\":[\"a\","
                "\"b\"],\"c\":{\"min\":1},\"gone\":true}"),
        pack(a, "{\"type\":\"t3.large\",\"LastUsedDate\":\"2\",\"ItemCount\":9,\"l\":[\"b\","
                "\"a\"],\"c\":{\"min\":4},\"new\":\"x\"}"),
        on_differs, &out);
    assert_string_equal(buf_cstr(&out), "type: t3.micro > t3.large\nc.min: 1 > 4\ngone: true > \n"
                                        "new:  > x\n");
    buf_release(&out);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_kept),     cmocka_unit_test(test_kept_before),
        cmocka_unit_test(test_broken),   cmocka_unit_test(test_many),
        cmocka_unit_test(test_given_up), cmocka_unit_test(test_differs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
