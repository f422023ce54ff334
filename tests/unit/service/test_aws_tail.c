/* test_aws_tail.c - a live tail over the binary event stream: what comes is told, damage and
 * exceptions end it, a cut connection is made anew. A-05 */
#include "runbook/codec/eventstream.h"
#include "runbook/service/aws/stream.h"
#include "runbook/service/aws/tail.h"
#include "tests/unit/service/awsrun.h"

struct run {
    struct awsrun aws;
    struct aws_tail *t;
    struct buf text, notes;
    int done;
    struct aws_tail_end end;
    size_t stop_at; /* events; 0: never */
};

static void on_event(void *ctx, const struct aws_tail_event *e)
{
    struct run *r = ctx;

    buf_addf(&r->text, "%s|%s|%.*s|%zu\n", e->group, e->stream, STR_FMT(e->text), e->left);
}

static void on_note(void *ctx, const char *text)
{
    struct run *r = ctx;

    buf_addf(&r->notes, "%s\n", text);
}

static void on_done(void *ctx, const struct aws_tail_end *end)
{
    struct run *r = ctx;

    r->end = *end;
    r->done++;
}

static void init(struct run *r)
{
    memset(r, 0, sizeof(*r));
    awsrun_init(&r->aws);
    buf_init(&r->text, 1 << 20);
    buf_init(&r->notes, 1 << 20);
}

static void release(struct run *r)
{
    aws_tail_free(r->t);
    awsrun_release(&r->aws);
    buf_release(&r->text);
    buf_release(&r->notes);
}

static void tail(struct run *r, const char *group, size_t max)
{
    static const struct aws_tail_callbacks callbacks = {on_event, on_note, on_done};
    struct aws_tail_request q = {
        .groups = &group, .group_count = 1, .pattern = "ERROR", .max_chars = 20, .max = max};
    struct err err = ERR_INIT;

    r->t = aws_tail_start(r->aws.estate, r->aws.account, &q, &callbacks, r, &err);
    if (!r->t)
        fail_msg("%s", err.msg);
    net_wait(&r->aws.net, &r->done);
}

static void frame(struct buf *out, const char *kind, const char *name, const char *value,
                  const char *payload)
{
    const char *headers[] = {":message-type", kind, name, value, NULL};

    aws_frame_write(out, headers, str_from(payload));
}

static void event(struct buf *out, const char *type, const char *payload)
{
    frame(out, "event", ":event-type", type, payload);
}

#define ARN "arn:aws:logs:eu-west-1:123456789012:log-group:/app"
#define TWO                                                                                        \
    "{\"sessionMetadata\":{\"sampled\":false},\"sessionResults\":[{\"logGroupIdentifier\":"        \
    "\"123456789012:/app\",\"logStreamName\":\"s\",\"message\":\"one\",\"timestamp\":"             \
    "1795220000000},{\"logGroupIdentifier\":\"123456789012:/app\",\"logStreamName\":\"s\","        \
    "\"message\":\"a message of more than twenty characters\",\"timestamp\":1795220000001}]}"

/* The name of a group becomes its ARN, events come, and it ends with as many as were wanted. */
static void test_events(void **state)
{
    struct buf b = BUF_INIT(1 << 20);
    struct run r;

    (void)state;
    init(&r);
    event(&b, "initial-response", "{}");
    event(&b, "sessionStart", "{\"sessionId\":\"x\"}");
    event(&b, "sessionUpdate", "{\"sessionMetadata\":{\"sampled\":true},\"sessionResults\":[]}");
    event(&b, "sessionUpdate", TWO);
    awsrun_answer(&r.aws, "DescribeLogGroups", 200,
                  "{\"logGroups\":[{\"logGroupName\":\"/app2\",\"arn\":\"" ARN
                  "2:*\"},{\"logGroupName\":\"/app\",\"arn\":\"" ARN ":*\"}]}");
    awsrun_bytes(&r.aws, "StartLiveTail", buf_str(&b));
    tail(&r, "/app", 2);
    assert_int_equal(r.end.end, AWS_END_CUT);
    assert_int_equal(r.end.events, 2);
    assert_int_equal(r.end.connections, 1);
    assert_true(r.end.sampled);
    assert_string_equal(buf_cstr(&r.text), "/app|s|one|0\n/app|s|a message of more th|20\n");
    assert_non_null(strstr(buf_cstr(&r.notes), "a sample"));
    assert_int_equal(awsrun_times(&r.aws, "\"logGroupIdentifiers\":[\"" ARN "\"]"), 1);
    assert_int_equal(awsrun_times(&r.aws, "\"logEventFilterPattern\":\"ERROR\""), 1);
    release(&r);
    buf_release(&b);
}

/* Cut between events and inside of one: connected again, and the gap is told. */
static void test_cut(void **state)
{
    struct buf whole = BUF_INIT(1 << 20), half = BUF_INIT(1 << 20);
    struct run r;

    (void)state;
    init(&r);
    event(&whole, "sessionStart", "{}");
    event(&half, "sessionStart", "{}");
    event(&half, "sessionUpdate", TWO);
    awsrun_bytes(&r.aws, "StartLiveTail", buf_str(&whole));
    awsrun_bytes(&r.aws, "StartLiveTail", (struct str){half.ptr, half.len - 7});
    awsrun_bytes(&r.aws, "StartLiveTail", buf_str(&half));
    tail(&r, ARN, 2);
    assert_int_equal(r.end.end, AWS_END_CUT);
    assert_int_equal(r.end.connections, 3);
    assert_non_null(strstr(buf_cstr(&r.notes), "cut inside of an event"));
    assert_non_null(strstr(buf_cstr(&r.notes), "may be missing"));
    assert_int_equal(awsrun_times(&r.aws, "DescribeLogGroups"), 0);
    release(&r);
    buf_release(&whole);
    buf_release(&half);
}

static void ends_as(struct buf *bytes, enum aws_end end, const char *says)
{
    struct run r;

    init(&r);
    awsrun_bytes(&r.aws, "StartLiveTail", buf_str(bytes));
    tail(&r, ARN, 0);
    assert_int_equal(r.end.end, end);
    if (!strstr(r.end.err.msg, says))
        fail_msg("'%s' does not say '%s'", r.end.err.msg, says);
    release(&r);
}

/* What is damaged is not believed; an exception is a refusal, in its own words. */
static void test_damage(void **state)
{
    struct buf b = BUF_INIT(1 << 20);

    (void)state;
    event(&b, "sessionStart", "{}");
    event(&b, "sessionUpdate", TWO);
    b.ptr[b.len - 30] ^= 1;
    ends_as(&b, AWS_END_BAD_ANSWER, "checksum");
    buf_clear(&b);
    buf_adds(&b, "<html>a proxy</html> and more of it");
    ends_as(&b, AWS_END_BAD_ANSWER, "damaged");
    buf_clear(&b);
    event(&b, "sessionUpdate", "{no json");
    ends_as(&b, AWS_END_BAD_ANSWER, "no JSON");
    buf_clear(&b);
    event(&b, "sessionStart", "{}");
    frame(&b, "exception", ":exception-type", "SessionTimeoutException",
          "{\"message\":\"three hours are over\"}");
    ends_as(&b, AWS_END_REFUSED, "SessionTimeoutException: three hours are over");
    buf_clear(&b);
    frame(&b, "error", ":error-code", "AccessDeniedException", "");
    ends_as(&b, AWS_END_DENIED, "AccessDenied");
    buf_release(&b);
}

static void test_refused(void **state)
{
    struct run r;

    (void)state;
    init(&r);
    awsrun_answer(&r.aws, "DescribeLogGroups", 200, "{\"logGroups\":[]}");
    tail(&r, "/none", 0);
    assert_int_equal(r.end.end, AWS_END_NOT_FOUND);
    assert_non_null(strstr(r.end.err.msg, "/none"));
    release(&r);
    init(&r);
    awsrun_answer(&r.aws, "StartLiveTail", 400,
                  "{\"__type\":\"AccessDeniedException\",\"message\":\"not you\"}");
    tail(&r, ARN, 0);
    assert_int_equal(r.end.end, AWS_END_DENIED);
    assert_int_equal(r.end.connections, 0);
    release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_events),
        cmocka_unit_test(test_cut),
        cmocka_unit_test(test_damage),
        cmocka_unit_test(test_refused),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
