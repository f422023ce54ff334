/* test_aws_catalogue.c - what is compiled in is what the source tree holds, and a user's files come
 * on top of it; where calls go in every partition. R-36 */
#include <dirent.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/endpoint.h"
#include "runbook/service/aws/uses.h"
#include "src/service/aws/unpack.h"
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

static const struct aws_service *get(struct aws_catalogue *c, const char *id)
{
    const struct aws_service *s = NULL;
    struct err err = ERR_INIT;

    assert_ok(aws_catalogue_get(c, str_from(id), &s, &err), &err);
    return s;
}

static bool reads(struct str name)
{
    static const char *const verbs[] = {"Describe", "List",   "Get",    "BatchGet", "BatchDescribe",
                                        "Search",   "Query",  "Lookup", "Filter",   "Scan",
                                        "Head",     "Select", "Check"};

    /* A look of ours begins and ends with these. */
    static const char *const looks[] = {"GenerateCredentialReport", "StartQuery", "StopQuery",
                                        "StartLiveTail"};

    for (size_t i = 0; i < sizeof(looks) / sizeof(looks[0]); i++)
        if (str_eq_c(name, looks[i]))
            return true;
    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (str_starts(name, verbs[i]))
            return true;
    return false;
}

/* Every file of the folder is compiled in, loads, and only reads. */
static void test_compiled(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    char *dir = xasprintf("%s/services/aws", getenv("RB_SRCDIR") ? getenv("RB_SRCDIR") : ".");
    DIR *d = opendir(dir);
    const struct dirent *it;
    size_t files = 0;

    (void)state;
    assert_non_null(d);
    while ((it = readdir(d)))
        files += str_ends(str_from(it->d_name), ".yaml");
    closedir(d);
    assert_int_equal(aws_catalogue_count(c), files);
    for (size_t i = 0; i < aws_catalogue_count(c); i++) {
        const struct aws_entry *e = aws_catalogue_entry(c, i);
        const struct aws_service *s = get(c, e->id);

        assert_str(s->id, e->id);
        assert_str(s->group, e->group);
        assert_str(s->name, e->name);
        for (size_t k = 0; k < s->list_count; k++)
            if (!reads(s->lists[k].name))
                fail_msg("%s %.*s: not a read", e->id, STR_FMT(s->lists[k].name));
        for (size_t k = 0; k < s->change_count; k++)
            if (reads(s->changes[k].name))
                fail_msg("%s %.*s: no change", e->id, STR_FMT(s->changes[k].name));
        if (i)
            assert_true(strcmp(aws_catalogue_entry(c, i - 1)->id, e->id) < 0);
    }
    free(dir);
    aws_catalogue_free(c);
}

static void put(const char *dir, const char *name, const char *text)
{
    char *path = path_join(dir, name);
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(path, str_from(text), 0600, &err), &err);
    free(path);
}

static void test_users(void **state)
{
    char *dir = tmpdir_new();
    const char *folders[] = {NULL, "/nonexistent/folder", dir};
    const struct aws_list *l;
    const struct aws_service *s;
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    size_t own = aws_catalogue_count(c);
    struct err err = ERR_INIT;

    (void)state;
    aws_catalogue_free(c);
    put(dir, "mine.yaml",
        "id: mine\nname: Mine\nprotocol: rest-json\nhost: mine.{region}.amazonaws.com\n"
        "operations: {ListXs: {http: GET /xs, items: xs}}\n");
    put(dir, "ecs.yaml", "extends: ecs\noperations: {ListNews: {items: news}}\n");
    put(dir, "bad.yaml", "id: bad\nprotocol: soap\nhost: h\n");
    put(dir, "other.yaml", "id: another\nprotocol: ec2\nversion: \"1\"\nhost: h\noperations: {}\n");
    put(dir, "lost.yaml", "extends: nobody\noperations: {}\n");
    put(dir, "loop.yaml",
        "id: loop\nprotocol: ec2\nversion: \"1\"\nhost: h\noperations:\n"
        "  DescribeA: {each: {x: DescribeB}}\n"
        "  DescribeB: {each: {x: DescribeA}}\n");
    put(dir, ".hidden.yaml", "x");
    put(dir, "note.txt", "x");
    c = aws_catalogue_new(folders, 3);
    assert_int_equal(aws_catalogue_count(c), own + 5);
    get(c, "mine");
    s = get(c, "ecs");
    assert_ok(aws_catalogue_operation(s, STR_LIT("list-news"), &l, &err), &err);
    assert_ok(aws_catalogue_operation(s, STR_LIT("ListClusters"), &l, &err), &err);
    assert_int_equal(aws_catalogue_get(c, STR_LIT("bad"), &s, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "bad.yaml, line 2 column 11: 'protocol' must be"));
    assert_int_equal(aws_catalogue_get(c, STR_LIT("bad"), &s, &err), ERR_INPUT); /* as before */
    assert_int_equal(aws_catalogue_get(c, STR_LIT("other"), &s, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "its id is 'another'"));
    assert_int_equal(aws_catalogue_get(c, STR_LIT("lost"), &s, &err), ERR_INPUT);
    assert_int_equal(aws_catalogue_get(c, STR_LIT("loop"), &s, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "'each' of DescribeA"));
    assert_int_equal(aws_catalogue_get(c, STR_LIT("lamda"), &s, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, "did you mean 'lambda'?"));
    assert_int_equal(aws_catalogue_operation(get(c, "ec2"), STR_LIT("RunInstances"), &l, &err),
                     ERR_NOT_FOUND);
    aws_catalogue_free(c);
    tmpdir_free(dir);
}

/* What changes something is asked by nobody, and no file adds to it. R-39 R-41 */
static void test_changes(void **state)
{
    char *dir = tmpdir_new();
    const char *folders[] = {dir};
    struct aws_catalogue *c;
    const struct aws_service *s;
    const struct aws_list *l;
    struct err err = ERR_INIT;

    (void)state;
    put(dir, "ec2.yaml", "extends: ec2\noperations: {StopInstances: {}}\n");
    put(dir, "mine.yaml",
        "id: mine\nprotocol: ec2\nversion: \"1\"\nhost: h\noperations: {}\n"
        "changes: {DropAll: {act: x.y.z}}\n");
    put(dir, "sts.yaml",
        "id: sts\nprotocol: query\nversion: \"1\"\nhost: h\noperations: {GetX: {}}\n"
        "changes: {DropAll: {}}\n");
    c = aws_catalogue_new(folders, 1);
    assert_int_equal(aws_catalogue_get(c, STR_LIT("ec2"), &s, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "it changes something"));
    assert_int_equal(aws_catalogue_get(c, STR_LIT("mine"), &s, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "'changes' is not taken from a file"));
    assert_int_equal(aws_catalogue_get(c, STR_LIT("sts"), &s, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "'act' is needed"));
    aws_catalogue_free(c);
    put(dir, "ec2.yaml",
        "id: ec2\nprotocol: ec2\nversion: \"1\"\nhost: h\noperations: {DescribeX: {}}\n");
    c = aws_catalogue_new(folders, 1);
    s = get(c, "ec2");
    assert_int_equal(s->list_count, 1);
    assert_ok(aws_catalogue_change(s, STR_LIT("stop-instances"), &l, &err), &err);
    assert_int_equal(aws_catalogue_operation(s, STR_LIT("terminate-instances"), &l, &err),
                     ERR_DENIED);
    assert_non_null(strstr(err.msg, "'runbook act aws.ec2.terminate' does it"));
    aws_catalogue_free(c);
    tmpdir_free(dir);
}

/* What nobody may ask is opened by no file: under its own service, by another name of it, by adding
 * to it, in another spelling, or by the same path. */
static void test_closed(void **state)
{
    static const struct {
        const char *id, *yaml, *said;
    } files[] = {
        {"sts", "id: sts\nprotocol: query\nversion: \"1\"\nhost: h\noperations: {AssumeRole: {}}\n",
         "AssumeRole is asked for nobody, and no file opens it: its answer is keys"},
        {"keys",
         "id: keys\nprotocol: query\nversion: \"1\"\nhost: h\nsigning: sts\n"
         "operations: {getsessiontoken: {}}\n",
         "getsessiontoken is asked for nobody, and no file opens it: its answer is keys"},
        {"more", "extends: secretsmanager\noperations: {GetSecretValue: {}}\n",
         "nobody may ask it"},
        {"tokens",
         "id: tokens\nprotocol: rest-json\nhost: h\nsigning: codeartifact\n"
         "operations: {GetX: {http: POST /v1/authorization-token}}\n",
         "GetX is asked for nobody"},
        {"power",
         "id: power\nprotocol: ec2\nversion: \"1\"\nhost: h\nsigning: ec2\n"
         "operations: {StopInstances: {}}\n",
         "StopInstances changes something"},
        {"open",
         "id: open\nprotocol: ec2\nversion: \"1\"\nhost: h\noperations: {}\n"
         "closed: {A: {why: b}}\n",
         "'closed' is not taken from a file"},
        {"extra", "extends: sts\noperations: {}\nclosed: {}\n", "'closed' is not known"},
    };
    char *dir = tmpdir_new();
    const char *folders[] = {dir};
    struct aws_catalogue *c;
    const struct aws_service *s;
    const struct aws_list *l;
    struct err err = ERR_INIT;

    (void)state;
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        char *name = xasprintf("%s.yaml", files[i].id);

        put(dir, name, files[i].yaml);
        free(name);
    }
    put(dir, "sqs.yaml", /* what replaces a service keeps what is closed of it */
        "id: sqs\nprotocol: query\nversion: \"1\"\nhost: h\noperations: {ListQueues: {}}\n");
    c = aws_catalogue_new(folders, 1);
    for (size_t i = 0; i < sizeof(files) / sizeof(files[0]); i++) {
        assert_int_equal(aws_catalogue_get(c, str_from(files[i].id), &s, &err), ERR_INPUT);
        if (!strstr(err.msg, files[i].said))
            fail_msg("%s: '%s' is not in '%s'", files[i].id, files[i].said, err.msg);
    }
    err = (struct err)ERR_INIT;
    assert_ok(aws_catalogue_get(c, STR_LIT("sqs"), &s, &err), &err);
    assert_int_equal(aws_catalogue_operation(s, STR_LIT("receive-message"), &l, &err), ERR_DENIED);
    assert_non_null(strstr(err.msg, "who receives a message takes it from those who work on it"));
    aws_catalogue_free(c);
    tmpdir_free(dir);
}

/* No operation of ours is closed in another definition of the same name in signatures; a user's
 * file that has it would be refused for nothing. */
static void test_closed_apart(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    unsigned closed = 0;

    (void)state;
    for (size_t i = 0; i < aws_catalogue_count(c); i++) {
        const struct aws_service *s = get(c, aws_catalogue_entry(c, i)->id);

        closed += (unsigned)s->closed_count;
        for (size_t k = 0; k < aws_catalogue_count(c); k++) {
            const struct aws_service *o = get(c, aws_catalogue_entry(c, k)->id);

            for (size_t n = 0; str_eq(o->signing, s->signing) && n < s->closed_count; n++)
                assert_null(aws_service_list(o, s->closed[n].name));
        }
    }
    assert_true(closed >= 15);
    aws_catalogue_free(c);
}

/* what a part of the program says that it asks, there is; in order, and once. */
static void test_uses(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);

    (void)state;
    for (const struct aws_use *u = aws_uses; u->feature; u++) {
        assert_true(str_ends(str_from(u->help), "."));
        for (size_t i = 0; u->operations[i]; i++) {
            struct str rest = str_from(u->operations[i]), id;
            const struct aws_list *l;
            struct err err = ERR_INIT;
            char name[60];

            assert_true(str_split(&rest, ':', &id));
            snprintf(name, sizeof(name), "%.*s", STR_FMT(id));
            if (aws_catalogue_operation(get(c, name), rest, &l, &err))
                fail_msg("%s of %s: %s", u->operations[i], u->feature, err.msg);
            if (i && strcmp(u->operations[i - 1], u->operations[i]) >= 0)
                fail_msg("%s: %s is out of order", u->feature, u->operations[i]);
        }
    }
    aws_catalogue_free(c);
}

/* The actions of IAM of an operation. Source: Service Authorization Reference. A-17 */
static void test_actions(void **state)
{
    static const struct {
        const char *service, *operation, *action;
    } cases[] = {
        {"ec2", "DescribeInstances", "ec2:DescribeInstances"},
        {"s3", "ListBuckets", "s3:ListAllMyBuckets"},
        {"s3", "GetPublicAccessBlock", "s3:GetBucketPublicAccessBlock"},
        {"apigatewayv2", "GetApis", "apigateway:GET"},
        {"elbv2", "DescribeTargetHealth", "elasticloadbalancing:DescribeTargetHealth"},
        {"cloudwatch", "GetMetricData", "cloudwatch:GetMetricData"},
        {"resourcegroupstaggingapi", "GetResources", "tag:GetResources"},
        {"stepfunctions", "ListStateMachines", "states:ListStateMachines"},
        {"sts", "GetCallerIdentity", ""},
    };
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct aws_service *s = get(c, cases[i].service);
        struct buf out = BUF_INIT(200);
        const struct aws_list *l;
        struct err err = ERR_INIT;

        assert_ok(aws_catalogue_operation(s, str_from(cases[i].operation), &l, &err), &err);
        assert_int_equal(aws_service_action(s, l, 0, &out), *cases[i].action != '\0');
        assert_string_equal(buf_cstr(&out), cases[i].action);
        assert_false(aws_service_action(s, l, 1, &out));
        buf_release(&out);
    }
    aws_catalogue_free(c);
}

static void test_unpack(void **state)
{
    struct buf out = BUF_INIT(100);
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(aws_unpack(STR_LIT("no gzip at all"), &out, &err), ERR_INPUT);
    assert_int_equal(aws_unpack(STR_LIT(""), &out, &err), ERR_INPUT);
    buf_release(&out);
}

/* ---- endpoints ---- */

struct place_case {
    const char *service, *region;
    bool fips, dual;
    const char *url, *target, *host, *wanted_target, *signing;
};

static const struct place_case places[] = {
    {"ec2", "eu-west-1", false, false, NULL, "/", "ec2.eu-west-1.amazonaws.com", "/", "eu-west-1"},
    {"ec2", "cn-north-1", false, false, NULL, "/", "ec2.cn-north-1.amazonaws.com.cn", "/",
     "cn-north-1"},
    {"ec2", "us-gov-west-1", false, false, NULL, "/", "ec2.us-gov-west-1.amazonaws.com", "/",
     "us-gov-west-1"},
    {"ec2", "us-iso-east-1", false, false, NULL, "/", "ec2.us-iso-east-1.c2s.ic.gov", "/",
     "us-iso-east-1"},
    {"ec2", "us-isob-east-1", false, false, NULL, "/", "ec2.us-isob-east-1.sc2s.sgov.gov", "/",
     "us-isob-east-1"},
    {"ec2", "us-east-1", true, false, NULL, "/", "ec2-fips.us-east-1.amazonaws.com", "/",
     "us-east-1"},
    {"ec2", "us-east-1", false, true, NULL, "/", "ec2.us-east-1.api.aws", "/", "us-east-1"},
    {"ec2", "us-east-1", true, true, NULL, "/", "ec2-fips.us-east-1.api.aws", "/", "us-east-1"},
    {"ec2", "cn-north-1", false, true, NULL, "/", "ec2.cn-north-1.api.amazonwebservices.com.cn",
     "/", "cn-north-1"},
    {"iam", "eu-west-1", false, false, NULL, "/", "iam.amazonaws.com", "/", "us-east-1"},
    {"iam", "us-gov-east-1", false, false, NULL, "/", "iam.us-gov.amazonaws.com", "/",
     "us-gov-west-1"},
    {"iam", "cn-northwest-1", false, false, NULL, "/", "iam.cn-north-1.amazonaws.com.cn", "/",
     "cn-north-1"},
    {"route53", "eu-west-1", false, false, NULL, "/", "route53.amazonaws.com", "/", "us-east-1"},
    {"s3", "eu-west-1", false, false, NULL, "/", "s3.eu-west-1.amazonaws.com", "/", "eu-west-1"},
    {"s3", "eu-west-1", false, false, NULL, "/logs?acl", "logs.s3.eu-west-1.amazonaws.com", "/?acl",
     "eu-west-1"},
    {"s3", "eu-west-1", false, false, NULL, "/logs/a/b?tagging", "logs.s3.eu-west-1.amazonaws.com",
     "/a/b?tagging", "eu-west-1"},
    {"s3", "eu-west-1", false, false, NULL, "/my.logs/k", "s3.eu-west-1.amazonaws.com",
     "/my.logs/k", "eu-west-1"}, /* a dot does not fit the certificate */
    {"s3", "eu-west-1", false, false, NULL, "/Old_Logs", "s3.eu-west-1.amazonaws.com", "/Old_Logs",
     "eu-west-1"},
    {"s3", "eu-west-1", false, false, NULL, "/x@evil.example/", "s3.eu-west-1.amazonaws.com",
     "/x@evil.example/", "eu-west-1"},
    {"s3", "us-east-1", false, true, NULL, "/logs", "logs.s3.dualstack.us-east-1.amazonaws.com",
     "/", "us-east-1"},
    {"s3", "us-east-1", true, true, NULL, "/logs", "logs.s3-fips.dualstack.us-east-1.amazonaws.com",
     "/", "us-east-1"},
    {"s3", "eu-west-1", false, false, "http://127.0.0.1:9000", "/logs/k", "127.0.0.1:9000",
     "/logs/k", "eu-west-1"},
    {"s3", "eu-west-1", false, false, "http://[::1]:9000", "/logs/k", "[::1]:9000", "/logs/k",
     "eu-west-1"},
    {"s3", "eu-west-1", false, false, "https://minio.example/base/", "/logs/k",
     "logs.minio.example", "/base/k", "eu-west-1"},
    {"sqs", "eu-west-1", false, false, "http://localhost:4566/", "/", "localhost:4566", "/",
     "eu-west-1"},
    {"iam", "eu-west-1", false, false, "https://iam.example:443", "/", "iam.example", "/",
     "us-east-1"},
};

static void test_places(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);

    (void)state;
    for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
        const struct place_case *p = &places[i];
        struct aws_where w = {
            .region = p->region, .url = p->url, .fips = p->fips, .dualstack = p->dual};
        struct arena *a = arena_new(0);
        struct aws_endpoint at;
        struct err err = ERR_INIT;

        assert_ok(aws_endpoint_make(a, get(c, p->service), &w, p->target, "", &at, &err), &err);
        assert_string_equal(at.host, p->host);
        assert_string_equal(at.target, p->wanted_target);
        assert_string_equal(at.signing_region, p->signing);
        arena_free(a);
    }
    aws_catalogue_free(c);
}

/* Names that there are, names that there could be, and slips of the hand. */
static void test_regions(void **state)
{
    static const char *const good[] = {"eu-west-1",      "us-gov-west-1", "cn-northwest-1",
                                       "eu-west-9",      "sa-north-12",   "nz-north-1",
                                       "us-isob-east-1", "eusc-de-west-1"};
    static const struct {
        const char *name, *said;
    } bad[] = {
        {"eu-wst-1", "did you mean 'eu-west-1'?"},
        {"us-eats-1", "did you mean 'us-east-1'?"},
        {"ei-west-1", "did you mean 'eu-west-1'?"},
        {"us-east1", "did you mean 'us-east-1'?"},
        {"us-east-1a", "did you mean 'us-east-1'?"},
        {"EU-WEST-1", "one is eu-west-1"},
        {"", "one is eu-west-1"},
        {"frankfurt", "one is eu-west-1"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(good) / sizeof(good[0]); i++) {
        struct err err = ERR_INIT;

        assert_ok(aws_region_check(good[i], &err), &err);
    }
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct err err = ERR_INIT;

        assert_int_equal(aws_region_check(bad[i].name, &err), ERR_INPUT);
        if (!strstr(err.msg, bad[i].said))
            fail_msg("%s: %s", bad[i].name, err.msg);
    }
}

static void test_bad_places(void **state)
{
    static const struct {
        const char *region, *url, *said;
    } cases[] = {
        {"", NULL, "'' is no region"},
        {"evil.example/", NULL, "is no region"},
        {"eu-west-1.evil.example", NULL, "is no region"},
        {"EU-WEST-1", NULL, "is no region"},
        {"eu-west-1", "ftp://x", "is no URL"},
        {"eu-west-1", "x", "is no URL"},
        {"eu-west-1", "http://user:pw@x", "without user"},
        {"eu-west-1", "http://x/?y", "without user and query"},
        {"eu-west-1", "http://", "only https://host"},
    };
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct aws_where w = {.region = cases[i].region, .url = cases[i].url};
        struct arena *a = arena_new(0);
        struct aws_endpoint at;
        struct err err = ERR_INIT;

        assert_int_equal(aws_endpoint_make(a, get(c, "ec2"), &w, "/", "", &at, &err), ERR_INPUT);
        if (!strstr(err.msg, cases[i].said))
            fail_msg("'%s' is not in '%s'", cases[i].said, err.msg);
        arena_free(a);
    }
    assert_string_equal(aws_partition(STR_LIT("eu-isoe-west-1")), "aws-iso-e");
    aws_catalogue_free(c);
}

/* S3 encodes keys, and the tokens that are keys; who asks for that himself gets them so. */
static void test_encoded(void **state)
{
    static const char yaml[] =
        "id: x\nprotocol: rest-xml\nhost: h\noperations:\n"
        "  ListXs: {http: GET /?encoding-type=url, url_encoded: [Key, NextMarker],"
        " page: {send: Marker, next: \"NextMarker || Contents[-1].Key\", more: IsTruncated},"
        " items: Contents, item: {id: Key}}\n";
    static const char *const tokens[] = {"<NextMarker>b%2B+c%2520</NextMarker>", ""};
    static const char *const wanted[] = {"b+ c%20", "a b%"};
    struct arena *a = arena_new(0);
    struct aws_service s;
    struct err err = ERR_INIT;
    struct aws_page page;
    const struct value *asked;

    (void)state;
    assert_ok(aws_service_load(a, str_from(yaml), "x.yaml", &s, &err), &err);
    assert_ok(json_parse(a, STR_LIT("{\"EncodingType\":\"url\"}"), &asked, &err), &err);
    for (size_t i = 0; i < 2; i++) {
        struct aws_answer answer = {
            .status = 200,
            .body = str_from(arena_printf(a,
                                          "<R><EncodingType>url</EncodingType>%s<IsTruncated>true"
                                          "</IsTruncated><Contents><Key>a+b%%25</Key></Contents>"
                                          "</R>",
                                          tokens[i]))};

        assert_ok(aws_list_read(a, &s, s.lists, NULL, &answer, &page, &err), &err);
        assert_str(aws_item_part(s.lists, AWS_PART_ID, value_at(page.items, 0))->u.string, "a b%");
        assert_str(value_str_or(page.next, "Marker", ""), wanted[i]);
        assert_ok(aws_list_read(a, &s, s.lists, asked, &answer, &page, &err), &err);
        assert_str(aws_item_part(s.lists, AWS_PART_ID, value_at(page.items, 0))->u.string,
                   "a+b%25");
        assert_str(value_str_or(page.next, "Marker", ""), wanted[i]);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_compiled),     cmocka_unit_test(test_encoded),
        cmocka_unit_test(test_users),        cmocka_unit_test(test_changes),
        cmocka_unit_test(test_uses),         cmocka_unit_test(test_actions),
        cmocka_unit_test(test_unpack),       cmocka_unit_test(test_places),
        cmocka_unit_test(test_bad_places),   cmocka_unit_test(test_closed),
        cmocka_unit_test(test_closed_apart), cmocka_unit_test(test_regions),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
