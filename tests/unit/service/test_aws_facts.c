/* test_aws_facts.c - every service and every operation of the table of facts against the
 * definitions: protocol, host, method and path, needs, page tokens and their names on the wire,
 * where the list stands, what its items are known by. What is otherwise on purpose is a row with
 * its reason. Skips where the table is not. R-36 */
#include <stdio.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "tests/lib/unit.h"

#define FACTS_MAX ((size_t)8 << 20)

/* "SERVICE OPERATION FACT"; an operation "*" is the service itself. */
static const struct {
    const char *what, *why;
} otherwise[] = {
    {"iam * host_china", "one region of China answers"},
    {"account * host_govcloud", "the same host as everywhere"},
    {"s3 ListObjectVersions http", "keys are asked for encoded, so that XML can hold any of them"},
    {"s3 ListObjects http", "keys are asked for encoded"},
    {"s3 ListObjectsV2 http", "keys are asked for encoded"},
    {"cloudfront ListCloudFrontOriginAccessIdentities out", "the answer's root is not named"},
    {"cloudfront ListCloudFrontOriginAccessIdentities more", "the answer's root is not named"},
    {"cloudfront ListDistributions out", "the answer's root is not named"},
    {"cloudfront ListDistributions more", "the answer's root is not named"},
    {"cloudfront ListInvalidations out", "the answer's root is not named"},
    {"cloudfront ListInvalidations more", "the answer's root is not named"},
    {"cloudfront ListStreamingDistributions out", "the answer's root is not named"},
    {"cloudfront ListStreamingDistributions more", "the answer's root is not named"},
    {"ecs DescribeTaskDefinition result", "the answer is the task definition; tags stand in it"},
    {"opensearch DescribeDomainAutoTunes limit", "the API reference has one"},
    {"es DescribeDomainAutoTunes limit", "the API reference has one"},
    {"apigateway GetAccount result", "the answer is the account; its limit is read"},
    {"apigateway GetAccount item", "the answer is the account"},
    {"ec2 DescribeAddresses item", "an address is known by its allocation"},
    {"ec2 DescribeInstances item", "the state is that of the instance, not its life cycle"},
    {"ec2 DescribeKeyPairs item", "it has a name"},
    {"lambda ListEventSourceMappings item", "it is known by its UUID"},
    {"rds DescribeEventSubscriptions item", "the hint is the customer"},
    {"elbv2 DescribeTargetGroups item", "calls name it by its ARN"},
    {"acm ListCertificates item", "the name is the domain"},
    {"pipes ListPipes item", "it has a state"},
    {"cloudtrail DescribeTrails item", "calls name it by its ARN"},
    {"ssm DescribeInstanceInformation item", "it has a state"},
    {"databrew ListDatasets item", "the hint is the account"},
    {"databrew ListJobs item", "the hint is the account"},
    {"databrew ListProjects item", "the hint is the account"},
    {"ds DescribeDirectories item", "it has a stage"},
};

struct walk {
    struct arena *arena;
    const struct aws_service *service;
    const char *operation;
    unsigned operations, facts, wrong;
    bool used[sizeof(otherwise) / sizeof(otherwise[0])];
};

static void check(struct walk *w, const char *fact, bool right, struct str got)
{
    char what[200];

    w->facts++;
    if (right)
        return;
    (void)snprintf(what, sizeof(what), "%.*s %s %s", STR_FMT(w->service->id), w->operation, fact);
    for (size_t i = 0; i < sizeof(otherwise) / sizeof(otherwise[0]); i++)
        if (strcmp(otherwise[i].what, what) == 0) {
            w->used[i] = true;
            return;
        }
    w->wrong++;
    printf("# %s: the definition has '%.*s'\n", what, STR_FMT(got));
}

static void check_text(struct walk *w, const char *fact, const struct value *said, struct str got)
{
    struct str want = said && said->type == VALUE_STRING ? said->u.string : STR_LIT("");

    check(w, fact, str_eq(want, got), got);
}

/* The n-th of a text or a list of texts; "" behind its end. */
static struct str nth(const struct value *v, size_t n)
{
    if (v && v->type == VALUE_ARRAY)
        v = value_at(v, n);
    else if (n)
        v = NULL;
    return v && v->type == VALUE_STRING ? v->u.string : STR_LIT("");
}

/* Of a pair, the path on the wire. */
static struct str wired(const struct value *v)
{
    return v && v->type == VALUE_ARRAY ? nth(v, value_count(v) - 1) : nth(v, 0);
}

/* "nextToken (header)" of a parameter as the definition sends it. */
static struct str sent_as(struct walk *w, const struct aws_list *l, struct str name)
{
    const struct aws_parameter *p = NULL;

    for (size_t i = 0; i < w->service->param_count; i++)
        if (str_eq(w->service->params[i].name, name))
            p = &w->service->params[i];
    for (size_t i = 0; i < l->param_count; i++)
        if (str_eq(l->params[i].name, name))
            p = &l->params[i];
    if (p && p->wire.len)
        name = p->wire;
    if (p && p->placed && p->place == AWS_IN_HEADER)
        name = str_from(arena_printf(w->arena, "%.*s (header)", STR_FMT(name)));
    return name;
}

static void check_needs(struct walk *w, const struct aws_list *l, const struct value *needs)
{
    size_t n = 0;

    for (size_t i = 0; i < l->need_count; i++)
        for (size_t k = 0; k < value_count(needs); k++)
            n += str_eq(l->needs[i], nth(needs, k));
    check(w, "needs", n == l->need_count && n == value_count(needs), STR_LIT("others"));
}

/* The table has the model's name; on the wire some begin with a small letter (test_aws_models). */
static bool same_next(struct str want, struct str got)
{
    return str_eq(want, got) ||
           (want.len && want.len == got.len && (want.ptr[0] | 0x20) == (got.ptr[0] | 0x20) &&
            memcmp(want.ptr + 1, got.ptr + 1, want.len - 1) == 0);
}

/* A page that the table does not have is one more that is read. */
static void check_pages(struct walk *w, const struct aws_list *l, const struct value *op)
{
    const struct value *in = value_get(op, "in"), *out = value_get(op, "out");
    const struct value *in_wire = value_get(op, "in_wire");
    const struct value *limit = value_get(op, "limit");
    size_t n = in && in->type == VALUE_ARRAY ? value_count(in) : in != NULL;

    if (!in)
        return;
    check(w, "in", n == l->page_count, l->page_count ? l->send[0] : STR_LIT(""));
    for (size_t i = 0; i < n && i < l->page_count; i++) {
        check(w, "in", str_eq(nth(in, i), l->send[i]), l->send[i]);
        check(w, "out", same_next(nth(out, i), l->next[i]), l->next[i]);
        if (nth(in_wire, i).len)
            check(w, "in_wire", str_eq(nth(in_wire, i), sent_as(w, l, l->send[i])),
                  sent_as(w, l, l->send[i]));
    }
    check_text(w, "limit", limit, l->limit);
    if (value_get(op, "limit_wire"))
        check_text(w, "limit_wire", value_get(op, "limit_wire"), sent_as(w, l, l->limit));
    check_text(w, "more", value_get(op, "more"), l->more);
}

/* Further lists of the answer; numbers that stand beside a list are none. */
static void check_also(struct walk *w, const struct aws_list *l, const struct value *also)
{
    size_t n = 0;

    VALUE_EACH (it, also)
        n += it->type == VALUE_STRING && !str_ends(it->u.string, "Count");
    check(w, "also", n == l->also_count, l->also_count ? l->also[0].items : STR_LIT(""));
}

static void check_item(struct walk *w, const struct aws_list *l, const struct value *item)
{
    bool right = true;

    for (size_t p = 0; p < AWS_PARTS; p++) {
        struct str want = wired(value_get(item, aws_part_name((enum aws_part)p)));

        if (p == AWS_PART_ID && value_get(item, "scalar"))
            want = STR_LIT(".");
        right = right && str_eq(want, l->part[p]);
    }
    check(w, "item", right, l->part[AWS_PART_ID]);
}

static void check_operation(struct walk *w, const struct value *op)
{
    const struct aws_list *l = aws_service_list(w->service, op->key);
    enum aws_protocol protocol = w->service->wire.protocol;
    const char *http;

    if (!l) /* known, and asked by nobody */
        l = aws_service_closed(w->service, op->key);
    w->operation = op->key.ptr;
    w->operations++;
    check(w, "definition", l != NULL, STR_LIT("none"));
    if (!l)
        return;
    http = arena_printf(w->arena, "%.*s %.*s", STR_FMT(l->method), STR_FMT(l->uri));
    if (protocol == AWS_REST_JSON || protocol == AWS_REST_XML)
        check_text(w, "http", value_get(op, "http"), str_from(http));
    else
        check(w, "http", strcmp(http, "POST /") == 0, str_from(http));
    check_text(w, "host_prefix", value_get(op, "host_prefix"), l->host_prefix);
    check_needs(w, l, value_get(op, "needs"));
    check_pages(w, l, op);
    check(w, "result", str_eq(wired(value_get(op, "result")), l->items), l->items);
    check_item(w, l, value_get(op, "item"));
    check_also(w, l, value_get(op, "also"));
}

static void check_service(struct walk *w, const struct value *facts)
{
    const struct aws_service *s = w->service;

    w->operation = "*";
    check_text(w, "protocol", value_get(facts, "protocol"),
               str_from(aws_protocol_name(s->wire.protocol)));
    check_text(w, "signing_name", value_get(facts, "signing_name"), s->signing);
    check_text(w, "host", value_get(facts, "host"), s->host);
    check_text(w, "signing_region", value_get(facts, "signing_region"), s->signing_region);
    check_text(w, "host_china", value_get(facts, "host_china"), s->host_china);
    check_text(w, "host_govcloud", value_get(facts, "host_govcloud"), s->host_gov);
    if (s->wire.protocol == AWS_JSON) {
        check_text(w, "target_prefix", value_get(facts, "target_prefix"), s->wire.target_prefix);
        check_text(w, "json_version", value_get(facts, "json_version"), s->wire.json_version);
    }
    if (s->wire.protocol == AWS_QUERY || s->wire.protocol == AWS_EC2)
        check_text(w, "api_version", value_get(facts, "api_version"), s->wire.api_version);
    VALUE_EACH (op, value_get(facts, "operations"))
        check_operation(w, op);
}

/* ---- the table ---- */

static bool read_facts(struct buf *ret)
{
    const char *src = getenv("RB_SRCDIR") ? getenv("RB_SRCDIR") : ".";
    const char *shared = getenv("RUNBOOK_SHARED");
    char *path = shared ? xasprintf("%s/aws-facts/services.json", shared)
                        : xasprintf("%s/../shared/aws-facts/services.json", src);
    struct err err;
    bool there = file_exists(path) && !file_read(path, ret, &err);

    free(path);
    return there;
}

static void test_facts(void **state)
{
    struct buf text = BUF_INIT(FACTS_MAX);
    struct aws_catalogue *c;
    struct walk w = {0};
    const struct value *facts;
    struct err err = ERR_INIT;

    (void)state;
    if (!read_facts(&text)) {
        buf_release(&text);
        skip();
    }
    w.arena = arena_new(0);
    c = aws_catalogue_new(NULL, 0);
    assert_ok(json_parse(w.arena, buf_str(&text), &facts, &err), &err);
    VALUE_EACH (it, facts) {
        struct str id = it->key;

        if (aws_catalogue_get(c, id, &w.service, &err)) {
            printf("# %.*s: no definition\n", STR_FMT(id));
            w.wrong++;
            continue;
        }
        check_service(&w, it);
    }
    printf("# %u operations, %u facts, %u wrong\n", w.operations, w.facts, w.wrong);
    for (size_t i = 0; i < sizeof(otherwise) / sizeof(otherwise[0]); i++)
        if (!w.used[i])
            fail_msg("nothing is otherwise any more: %s", otherwise[i].what);
    assert_int_equal(w.wrong, 0);
    assert_true(w.operations >= 1800);
    aws_catalogue_free(c);
    arena_free(w.arena);
    buf_release(&text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_facts)};

    return cmocka_run_group_tests_name("aws facts", tests, NULL, NULL);
}
