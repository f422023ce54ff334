/* test_sarif.c - what `runbook security --sarif` writes is SARIF 2.1.0: what the specification
 * requires is there, what it bounds is within, and an index leads to the rule that is named. The
 * reader here is written from the specification's sections and refuses broken documents itself.
 * A-21 Source: OASIS, "Static Analysis Results Interchange Format (SARIF) Version 2.1.0". */
#include "tests/lib/unit.h"

#include <ctype.h>

#include "runbook/codec/json.h"
#include "src/app/cmd_security.h"

struct sarif {
    struct arena *arena;
    char why[200]; /* the first thing that is wrong; "" */
    const struct value *rules;
};

static void wrong(struct sarif *s, const char *section, const char *what)
{
    if (!*s->why)
        (void)snprintf(s->why, sizeof(s->why), "%s: %s", section, what);
}

static bool is(const struct value *v, enum value_type type)
{
    return v && v->type == type;
}

static bool text_at(const struct value *v, const char *name)
{
    return is(value_get(v, name), VALUE_STRING) && value_str_or(v, name, "").len > 0;
}

static bool among(const struct value *v, const char *name, const char *words)
{
    struct str rest = str_from(words), one;

    while (str_split(&rest, '|', &one))
        if (is(value_get(v, name), VALUE_STRING) && str_eq(value_str_or(v, name, ""), one))
            return true;
    return false;
}

#define LEVELS "none|note|warning|error"

/* 3.11: a message has a text, or an id. */
static void check_message(struct sarif *s, const struct value *m, const char *section)
{
    if (!is(m, VALUE_OBJECT) || (!text_at(m, "text") && !text_at(m, "id")))
        wrong(s, section, "a message has a text or an id");
}

/* RFC 3986, 4.1: a URI reference has only unreserved, reserved and escaped bytes. */
static bool is_uri(struct str uri)
{
    for (size_t i = 0; i < uri.len; i++) {
        unsigned char c = (unsigned char)uri.ptr[i];

        if (c == '%') {
            if (i + 2 >= uri.len || !isxdigit((unsigned char)uri.ptr[i + 1]) ||
                !isxdigit((unsigned char)uri.ptr[i + 2]))
                return false;
            i += 2;
        } else if (c >= 0x80 || (!isalnum(c) && !strchr("-._~:/?#[]@!$&'()*+,;=", c)) || !c) {
            return false;
        }
    }
    return uri.len > 0;
}

/* 3.4, 3.28, 3.29, 3.33 */
static void check_location(struct sarif *s, const struct value *l)
{
    const struct value *physical = value_get(l, "physicalLocation"),
                       *artifact = value_get(physical, "artifactLocation");

    if (!is(l, VALUE_OBJECT))
        wrong(s, "3.28", "a location is an object");
    if (physical && !is(artifact, VALUE_OBJECT) && !value_get(physical, "address"))
        wrong(s, "3.29.2", "a physical location has an artifact or an address");
    if (artifact && !value_get(artifact, "uri") && !value_get(artifact, "index"))
        wrong(s, "3.4.2", "an artifact has a uri or an index");
    if (value_get(artifact, "uri") && !is_uri(value_str_or(artifact, "uri", "")))
        wrong(s, "3.4.3", "a uri is a valid reference");
    VALUE_EACH (logical, value_get(l, "logicalLocations")) {
        if (!text_at(logical, "fullyQualifiedName") && !text_at(logical, "name") &&
            !value_get(logical, "index"))
            wrong(s, "3.33.3", "a logical location has a name");
        if (value_get(logical, "kind") && !is(value_get(logical, "kind"), VALUE_STRING))
            wrong(s, "3.33.7", "its kind is a text");
    }
}

/* 3.49 */
static void check_rules(struct sarif *s, const struct value *driver)
{
    s->rules = value_get(driver, "rules");
    if (s->rules && !is(s->rules, VALUE_ARRAY))
        wrong(s, "3.19.23", "rules are an array");
    VALUE_EACH (r, s->rules) {
        const struct value *config = value_get(r, "defaultConfiguration");

        if (!text_at(r, "id"))
            wrong(s, "3.49.3", "a rule has an id");
        VALUE_EACH (other, s->rules)
            if (other != r && str_eq(value_str_or(r, "id", ""), value_str_or(other, "id", "")))
                wrong(s, "3.19.23", "a rule stands twice");
        if (value_get(r, "shortDescription") && !text_at(value_get(r, "shortDescription"), "text"))
            wrong(s, "3.12.3", "a description has a text");
        if (value_get(r, "help") && !text_at(value_get(r, "help"), "text"))
            wrong(s, "3.12.3", "a help has a text");
        if (config && value_get(config, "level") && !among(config, "level", LEVELS))
            wrong(s, "3.50.3", "a level is one of four");
    }
}

/* 3.27.5 to 3.27.7 */
static void check_rule_of(struct sarif *s, const struct value *r)
{
    int64_t at = value_i64_or(r, "ruleIndex", -1);
    const struct value *rule;

    if (at < -1 || (at >= 0 && (size_t)at >= value_count(s->rules))) {
        wrong(s, "3.27.6", "a ruleIndex is one of the rules");
        return;
    }
    rule = at >= 0 ? value_at(s->rules, (size_t)at) : NULL;
    if (rule && text_at(r, "ruleId") &&
        !str_eq(value_str_or(rule, "id", ""), value_str_or(r, "ruleId", "")))
        wrong(s, "3.27.6", "ruleIndex and ruleId name the same rule");
    if (!rule && !text_at(r, "ruleId"))
        wrong(s, "3.27.5", "a result names its rule");
}

static void check_result(struct sarif *s, const struct value *r)
{
    const struct value *kind = value_get(r, "kind"), *level = value_get(r, "level");

    check_message(s, value_get(r, "message"), "3.27.11");
    check_rule_of(s, r);
    if (kind && !among(r, "kind", "notApplicable|pass|fail|review|open|informational"))
        wrong(s, "3.27.9", "a kind is one of six");
    if (level && !among(r, "level", LEVELS))
        wrong(s, "3.27.10", "a level is one of four");
    if (kind && !among(r, "kind", "fail") && level && !among(r, "level", "none"))
        wrong(s, "3.27.10", "what is no failure has level none");
    if (value_get(r, "locations") && !is(value_get(r, "locations"), VALUE_ARRAY))
        wrong(s, "3.27.12", "locations are an array");
    VALUE_EACH (l, value_get(r, "locations"))
        check_location(s, l);
    VALUE_EACH (f, value_get(r, "partialFingerprints"))
        if (!is(f, VALUE_STRING))
            wrong(s, "3.27.17", "a fingerprint is a text");
    VALUE_EACH (x, value_get(r, "suppressions"))
        if (!among(x, "kind", "inSource|external"))
            wrong(s, "3.35.2", "a suppression is inSource or external");
}

static void check_tags(struct sarif *s, const struct value *v)
{
    const struct value *tags = value_get(value_get(v, "properties"), "tags");

    VALUE_EACH (a, tags) {
        if (!is(a, VALUE_STRING))
            wrong(s, "3.8.2", "a tag is a text");
        VALUE_EACH (b, tags)
            if (a != b && is(b, VALUE_STRING) && str_eq(a->u.string, b->u.string))
                wrong(s, "3.8.2", "a tag stands twice");
    }
}

static void check_run(struct sarif *s, const struct value *run)
{
    const struct value *driver = value_get(value_get(run, "tool"), "driver");

    if (!is(driver, VALUE_OBJECT) || !text_at(driver, "name"))
        wrong(s, "3.19.8", "a run has a tool with a driver that has a name");
    check_rules(s, driver);
    VALUE_EACH (r, s->rules)
        check_tags(s, r);
    VALUE_EACH (i, value_get(run, "invocations")) {
        if (!is(value_get(i, "executionSuccessful"), VALUE_BOOL))
            wrong(s, "3.20.14", "an invocation says whether it was successful");
        VALUE_EACH (n, value_get(i, "toolExecutionNotifications")) {
            check_message(s, value_get(n, "message"), "3.58.5");
            if (value_get(n, "level") && !among(n, "level", LEVELS))
                wrong(s, "3.58.6", "a level is one of four");
        }
    }
    if (!is(value_get(run, "results"), VALUE_ARRAY))
        wrong(s, "3.14.23", "results are an array");
    VALUE_EACH (r, value_get(run, "results"))
        check_result(s, r);
}

/* "" where it is what it has to be. */
static void check(struct sarif *s, struct str text)
{
    const struct value *v;
    struct err err = ERR_INIT;

    s->why[0] = '\0';
    s->rules = NULL;
    if (json_parse(s->arena, text, &v, &err)) {
        wrong(s, "3.1", err.msg);
        return;
    }
    if (!among(v, "version", "2.1.0"))
        wrong(s, "3.13.2", "the version is 2.1.0");
    if (value_get(v, "$schema") && !is_uri(value_str_or(v, "$schema", "")))
        wrong(s, "3.13.3", "$schema is a URI");
    if (!is(value_get(v, "runs"), VALUE_ARRAY))
        wrong(s, "3.13.4", "runs are an array");
    VALUE_EACH (run, value_get(v, "runs"))
        check_run(s, run);
}

/* ---- reports ---- */

static const struct security_finding findings[] = {
    {.id = "0011223344556677",
     .check = "s3-public-acl",
     .service = "s3",
     .severity = SECURITY_CRITICAL,
     .resource = "arn:aws:s3:::site",
     .title = "Open",
     .evidence = "GetBucketAcl: AllUsers",
     .why = "Anybody.",
     .fix = "Close it.",
     .act = "aws.s3.public-access-block bucket=site region=eu-west-1",
     .command = "aws s3api put-public-access-block --bucket site",
     .rollback = "Open it.",
     .reference = "FSBP S3.2",
     .region = "eu-west-1",
     .account = "123456789012"},
    {.id = "1011223344556677",
     .check = "ec2-imdsv1",
     .service = "ec2",
     .severity = SECURITY_HIGH,
     .resource = "arn:aws:ec2:eu-west-1:1:instance/i-1",
     .title = "IMDSv1",
     .evidence = "optional"},
    {.id = "2011223344556677",
     .check = "s3-public-acl",
     .service = "s3",
     .severity = SECURITY_MEDIUM,
     .resource = "arn:aws:s3:::b \"c\" <\xc3\xa9> %zz\n\x01",
     .title = "Open",
     .suppressed = "ann: meant",
     .also = "securityhub S3.2"},
    {.id = "3011223344556677",
     .check = "security",
     .service = "security",
     .severity = SECURITY_LOW,
     .source = SECURITY_HUB,
     .resource = "?x=[1]#y",
     .title = "Low"},
    {.id = "4011223344556677",
     .check = "Recon:EC2/Portscan",
     .service = "ec2",
     .severity = SECURITY_INFO,
     .source = SECURITY_GUARDDUTY,
     .resource = "i-1",
     .title = "Scan"},
};

static void report(struct security_report *r, size_t count)
{
    *r = (struct security_report){.arena = arena_new(0)};
    for (size_t i = 0; i < count; i++) {
        struct security_finding f = findings[i];
        const char **texts[] = {&f.native,    &f.also,   &f.account,   &f.region,  &f.evidence,
                                &f.why,       &f.fix,    &f.act,       &f.command, &f.rollback,
                                &f.reference, &f.status, &f.suppressed};

        for (size_t k = 0; k < sizeof(texts) / sizeof(texts[0]); k++)
            *texts[k] = *texts[k] ? *texts[k] : "";
        *VEC_PUSH(&r->findings) = f;
    }
    *VEC_PUSH(&r->cells) = (struct security_cell){.service = "s3",
                                                  .operation = "GetBucketAcl",
                                                  .account = "prod",
                                                  .region = "eu-west-1",
                                                  .end = AWS_END_DENIED,
                                                  .code = "AccessDenied",
                                                  .why = ""};
}

/* With all severities, sources, hostile names; with one finding; with none. */
static void test_written(void **state)
{
    static const size_t counts[] = {sizeof(findings) / sizeof(findings[0]), 1, 0};
    struct sarif s = {.arena = arena_new(0)};

    (void)state;
    for (size_t i = 0; i < sizeof(counts) / sizeof(counts[0]); i++) {
        struct buf out = BUF_INIT((size_t)1 << 20);
        struct security_report r;

        report(&r, counts[i]);
        security_sarif(&r, &out);
        check(&s, buf_str(&out));
        if (*s.why)
            fail_msg("%zu findings: %s\n%s", counts[i], s.why, buf_cstr(&out));
        assert_int_equal(value_count(s.rules), counts[i] == 5 ? 4 : counts[i]);
        security_report_release(&r);
        buf_release(&out);
    }
    arena_free(s.arena);
}

/* What the reader itself has to refuse. */
static void test_reader(void **state)
{
#define RUN(more)                                                                                  \
    "{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{\"driver\":{\"name\":\"x\",\"rules\":[{\"id\":"   \
    "\"a\"},{\"id\":\"b\"}]}},\"results\":[" more "]}]}"
    static const struct {
        const char *text, *why;
    } cases[] = {
        {"{\"version\":\"2.0\",\"runs\":[]}", "3.13.2"},
        {"{\"version\":\"2.1.0\"}", "3.13.4"},
        {"{\"version\":\"2.1.0\",\"runs\":[{\"tool\":{},\"results\":[]}]}", "3.19.8"},
        {RUN("{\"ruleId\":\"a\",\"ruleIndex\":0}"), "3.27.11"},
        {RUN("{\"ruleId\":\"a\",\"ruleIndex\":1,\"message\":{\"text\":\"x\"}}"), "3.27.6"},
        {RUN("{\"ruleId\":\"a\",\"ruleIndex\":2,\"message\":{\"text\":\"x\"}}"), "3.27.6"},
        {RUN("{\"message\":{\"text\":\"x\"}}"), "3.27.5"},
        {RUN("{\"ruleId\":\"a\",\"message\":{\"text\":\"x\"},\"level\":\"critical\"}"), "3.27.10"},
        {RUN("{\"ruleId\":\"a\",\"message\":{\"text\":\"x\"},\"kind\":\"open\",\"level\":"
             "\"error\"}"),
         "3.27.10"},
        {RUN("{\"ruleId\":\"a\",\"message\":{\"text\":\"x\"},\"locations\":[{\"physicalLocation\":"
             "{}}]}"),
         "3.29.2"},
        {RUN("{\"ruleId\":\"a\",\"message\":{\"text\":\"x\"},\"locations\":[{\"physicalLocation\":"
             "{\"artifactLocation\":{\"uri\":\"a b\"}}}]}"),
         "3.4.3"},
        {RUN("{\"ruleId\":\"a\",\"message\":{\"text\":\"x\"},\"locations\":[{\"logicalLocations\":"
             "[{}]}]}"),
         "3.33.3"},
        {RUN("{\"ruleId\":\"a\",\"message\":{\"text\":\"x\"},\"suppressions\":[{\"kind\":\"no\"}]"
             "}"),
         "3.35.2"},
        {RUN("{\"ruleId\":\"a\",\"message\":{\"text\":\"x\"}}"), ""},
    };
    struct sarif s = {.arena = arena_new(0)};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        check(&s, str_from(cases[i].text));
        if (strncmp(s.why, cases[i].why, strlen(cases[i].why)) != 0 || (!*cases[i].why && *s.why))
            fail_msg("%s: '%s', not %s", cases[i].text, s.why, cases[i].why);
    }
    arena_free(s.arena);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_written),
        cmocka_unit_test(test_reader),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
