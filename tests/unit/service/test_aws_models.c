/* test_aws_models.c - the requests that the definitions make against those that AWS's own service
 * models make, for every operation, with every parameter down to its innermost member: places and
 * names on the wire, items of lists, times, host prefixes. And of answers, that every path of a
 * definition (the list, its items' parts, tokens, flags) leads somewhere. The models are those of
 * Debian's awscli; skips where it is not installed. R-36 */
#include <stdio.h>

#include "runbook/service/aws/catalogue.h"
#include "tests/lib/unit.h"
#include "tests/unit/service/aws_models.h"

#define DEPTH_MAX 6
#define TIME "2026-02-04T10:00:00Z"

/* What is otherwise on purpose: the model's word is older, or the caller has it from another place.
 */
static const struct {
    const char *operation, *why;
} otherwise[] = {
    {"s3 ListObjects", "keys are always asked for encoded"},
    {"s3 ListObjectsV2", "keys are always asked for encoded"},
    {"s3 ListObjectVersions", "keys are always asked for encoded"},
    {"s3 GetObject", "ResponseExpires has a form of its own, which is not defined"},
};

/* What reads and has no definition. */
static const struct {
    const char *operation, *why;
} left_out[] = {
    {"amplify GetArtifactUrl", "an address that is signed"},
    {"amplify GetWebhook", "its address holds a token"},
    {"apigateway GetExport", "bytes: a description of an API"},
    {"apigateway GetSdk", "bytes: a program"},
    {"appconfig GetConfiguration", "deprecated; it counts as a client that runs"},
    {"appconfig GetHostedConfigurationVersion", "bytes: what a program is configured with"},
    {"athena GetCalculationExecutionCode", "a signed address of a program"},
    {"backup GetBackupPlanFromJSON", "it answers with what it is given"},
    {"backup GetRecoveryPointRestoreMetadata", "it may hold passwords"},
    {"cloudfront GetFunction", "bytes: a program"},
    {"cloudwatch GetMetricWidgetImage", "bytes: a picture"},
    {"codeartifact GetPackageVersionAsset", "bytes: a package"},
    {"codeartifact GetPackageVersionReadme", "a text without a list"},
    {"codecommit GetBlob", "bytes: a source"},
    {"codecommit GetFile", "bytes: a source"},
    {"codedeploy GetDeploymentInstance", "deprecated"},
    {"cognito-idp DescribeIdentityProvider", "it holds the secret of a client"},
    {"cognito-idp GetDevice", "of a person, by his token"},
    {"cognito-idp GetIdentityProviderByIdentifier", "it holds the secret of a client"},
    {"cognito-idp GetUserAttributeVerificationCode", "it sends a code"},
    {"directconnect DescribeConnectionLoa", "deprecated"},
    {"directconnect DescribeInterconnectLoa", "deprecated"},
    {"directconnect DescribeLoa", "bytes: a document"},
    {"ec2 GetConsoleScreenshot", "bytes: a picture"},
    {"ec2 GetFlowLogsIntegrationTemplate", "it makes a template in a bucket"},
    {"ec2 GetLaunchTemplateData", "it holds user data"},
    {"ecr GetDownloadUrlForLayer", "an address that is signed"},
    {"emr-serverless GetDashboardForJobRun", "an address that is signed"},
    {"glacier GetJobOutput", "bytes: an archive"},
    {"glue GetPlan", "it makes a program"},
    {"glue GetSchemaVersionsDiff", "a text without a list"},
    {"glue GetStatement", "what a session printed"},
    {"glue GetUnfilteredPartitionMetadata", "for engines that filter rows"},
    {"glue GetUnfilteredPartitionsMetadata", "for engines that filter rows"},
    {"glue GetUnfilteredTableMetadata", "for engines that filter rows"},
    {"guardduty GetMasterAccount", "deprecated"},
    {"lakeformation GetWorkUnitResults", "bytes: rows"},
    {"mq DescribeConfigurationRevision", "it may hold passwords"},
    {"s3 GetObjectTorrent", "bytes; withdrawn"},
    {"s3control DescribeMultiRegionAccessPointOperation", "only of us-west-2"},
    {"s3control GetMultiRegionAccessPoint", "only of us-west-2"},
    {"s3control GetMultiRegionAccessPointPolicy", "only of us-west-2"},
    {"s3control GetMultiRegionAccessPointPolicyStatus", "only of us-west-2"},
    {"ssm GetDeployablePatchSnapshotForInstance", "an address that is signed"},
    {"support DescribeAttachment", "bytes: a file"},
    {"wafv2 GetMobileSdkRelease", "an address that is signed"},
    {"wafv2 GetSampledRequests", "it holds the headers of people"},
};

struct walk {
    struct arena *arena; /* of one service */
    const struct aws_service *service;
    struct aws_model model;
    unsigned same, differ, unknown, undefined;
    bool left[sizeof(left_out) / sizeof(left_out[0])];
    char problem[400];
};

/* ---- a value for every parameter ---- */

static struct value *new_value(struct walk *w, enum value_type type, size_t count)
{
    struct value *v = arena_alloc(w->arena, sizeof(*v));

    v->type = type;
    v->key = STR_LIT("");
    if (type == VALUE_ARRAY || type == VALUE_OBJECT)
        v->u.list.items = arena_array(w->arena, count, sizeof(*v));
    return v;
}

static bool sample(struct walk *w, const struct aws_member *m, int depth, struct value *to);

static void sample_members(struct walk *w, const struct aws_shape *s, int depth, struct value *to)
{
    struct value *v = new_value(w, VALUE_OBJECT, s->count);

    for (size_t i = 0; i < s->count && !(s->one_of && v->u.list.count); i++) {
        struct value it = {.type = VALUE_NULL};

        if (s->members[i].place == AWS_IN_HEADERS || !sample(w, &s->members[i], depth + 1, &it))
            continue;
        it.key = s->members[i].name;
        v->u.list.items[v->u.list.count++] = it;
    }
    *to = *v;
}

static bool sample_one(struct walk *w, enum value_type type, const struct aws_member *m,
                       const char *key, int depth, struct value *to)
{
    struct value *v = new_value(w, type, 1);

    if (!sample(w, m, depth + 1, &v->u.list.items[0]))
        return false;
    v->u.list.items[0].key = str_from(key);
    v->u.list.count = 1;
    *to = *v;
    return true;
}

/* False: it has no value here; bytes, and what goes too deep. */
static bool sample(struct walk *w, const struct aws_member *m, int depth, struct value *to)
{
    const struct aws_shape *s = m->shape;

    *to = (struct value){.key = STR_LIT("")};
    switch (s->type) {
    case AWS_STRUCTURE:
        if (depth >= DEPTH_MAX)
            return false;
        sample_members(w, s, depth, to);
        return value_count(to) > 0;
    case AWS_LIST:
        return sample_one(w, VALUE_ARRAY, &s->item, "", depth, to);
    case AWS_MAP:
        return sample_one(w, VALUE_OBJECT, &s->item, "Key", depth, to);
    case AWS_STRING:
    case AWS_TIMESTAMP:
        to->type = VALUE_STRING;
        to->u.string = s->type == AWS_STRING ? STR_LIT("a-b") : STR_LIT(TIME);
        return true;
    case AWS_BOOLEAN:
        to->type = VALUE_BOOL;
        to->u.boolean = true;
        return true;
    case AWS_INTEGER:
    case AWS_LONG:
    case AWS_FLOAT:
    case AWS_DOUBLE:
        to->type = VALUE_NUMBER;
        to->u.number = 7;
        return true;
    case AWS_BLOB:
        return false;
    }
    return false;
}

/* ---- comparing ---- */

static bool has_piece(struct str all, struct str wanted, char by)
{
    struct str piece;

    while (str_split(&all, by, &piece))
        if (str_eq(piece, wanted))
            return true;
    return false;
}

/* The same pieces, in any order. */
static bool same_pieces(struct str a, struct str b, char by)
{
    struct str x = a, y = b, piece;

    while (str_split(&x, by, &piece))
        if (!has_piece(b, piece, by))
            return false;
    while (str_split(&y, by, &piece))
        if (!has_piece(a, piece, by))
            return false;
    return true;
}

static bool same_target(const char *a, const char *b)
{
    struct str x = str_from(a), y = str_from(b), p, q;

    str_split(&x, '?', &p);
    str_split(&y, '?', &q);
    return str_eq(p, q) && same_pieces(x, y, '&');
}

static bool same_headers(const struct aws_request *a, const struct aws_request *b)
{
    for (size_t i = 0; i < a->header_count; i++) {
        struct aws_answer other = {.headers = b->headers, .header_count = b->header_count};
        const char *v = aws_answer_header(&other, a->headers[i].name);

        if (!v || strcmp(v, a->headers[i].value) != 0)
            return false;
    }
    return true;
}

static void say(struct walk *w, const char *what, struct str got, struct str want)
{
    (void)snprintf(w->problem, sizeof(w->problem), "%s\n#   got  %.*s\n#   want %.*s", what,
                   (int)(got.len < 160 ? got.len : 160), got.ptr ? got.ptr : "",
                   (int)(want.len < 160 ? want.len : 160), want.ptr ? want.ptr : "");
}

static bool same_request(struct walk *w, const struct aws_request *got,
                         const struct aws_request *want)
{
    bool form = w->model.protocol == AWS_QUERY || w->model.protocol == AWS_EC2;
    bool body = form ? same_pieces(got->body, want->body, '&')
                     : str_eq(got->body, want->body) || (got->body.len <= 2 && want->body.len <= 2);

    w->problem[0] = '\0';
    if (strcmp(got->method, want->method) != 0)
        say(w, "the method", str_from(got->method), str_from(want->method));
    else if (!same_target(got->target, want->target))
        say(w, "the path or the query", str_from(got->target), str_from(want->target));
    else if (strcmp(got->host_prefix, want->host_prefix) != 0)
        say(w, "the host", str_from(got->host_prefix), str_from(want->host_prefix));
    else if (!body)
        say(w, "the body", got->body, want->body);
    else if (!same_headers(got, want) || !same_headers(want, got))
        say(w, "a header", STR_LIT(""), STR_LIT(""));
    return !w->problem[0];
}

/* ---- answers ---- */

/* What the definition takes from an answer that the model of that release does not have. */
static const struct {
    const char *what, *why;
} newer[] = {
    {"opensearch DescribeDomain state: DomainProcessingStatus", "the API reference has it"},
    {"sqs GetQueueAttributes name: Name", "a map without an element around its pairs"},
};

static bool is_xml(const struct walk *w)
{
    return w->model.protocol != AWS_JSON && w->model.protocol != AWS_REST_JSON;
}

static bool is_bare(const struct aws_member *m)
{
    return m->flattened || m->shape->flattened;
}

/* The member that a piece of a path names below `m`, or NULL. */
static const struct aws_member *below(const struct walk *w, const struct aws_member *m,
                                      struct str piece)
{
    const struct aws_shape *s = m->shape;

    if (s->type == AWS_LIST && is_xml(w) && !is_bare(m))
        return str_eq(piece, aws_wire_name(&s->item)) ? &s->item : NULL;
    if (s->type == AWS_LIST)
        return below(w, &s->item, piece);
    if (s->type == AWS_MAP)
        return &s->item;
    for (size_t i = 0; s->type == AWS_STRUCTURE && i < s->count; i++) {
        const struct aws_member *it = &s->members[i];
        struct str name = aws_wire_name(it);

        if (is_xml(w) && it->shape->type == AWS_LIST && is_bare(it) && it->shape->item.wire.len)
            name = it->shape->item.wire;
        if (str_eq(piece, name))
            return it;
    }
    return NULL;
}

static const struct aws_member *at_path(const struct walk *w, const struct aws_member *m,
                                        struct str path)
{
    struct str piece, last;

    while (m && str_split(&path, '.', &piece)) {
        str_split(&piece, '[', &last);
        m = below(w, m, last);
    }
    return m;
}

static void check_path(struct walk *w, const struct aws_list *l, const struct aws_member *m,
                       const char *what, struct str path)
{
    char text[300];

    if (!path.len || str_eq_c(path, ".") || (m && at_path(w, m, path)))
        return;
    (void)snprintf(text, sizeof(text), "%.*s %.*s %s: %.*s", STR_FMT(w->service->id),
                   STR_FMT(l->name), what, STR_FMT(path));
    for (size_t i = 0; i < sizeof(newer) / sizeof(newer[0]); i++)
        if (strcmp(newer[i].what, text) == 0)
            return;
    w->differ++;
    printf("# %s: no answer has it\n", text);
}

/* Every path of the definition leads somewhere. */
static void check_answer(struct walk *w, const struct aws_list *l, const struct aws_operation *op)
{
    const struct aws_member *root = &op->output, *item;

    if (!root->shape || l->text.len || l->head)
        return;
    if (root->shape->payload && root->shape->payload->shape->type == AWS_STRUCTURE)
        root = root->shape->payload;
    item = l->items.len ? at_path(w, root, l->items) : root;
    check_path(w, l, root, "items", l->items);
    for (size_t p = 0; item && p < AWS_PARTS; p++)
        check_path(w, l, item, aws_part_name((enum aws_part)p), l->part[p]);
    for (size_t i = 0; i < l->page_count; i++) {
        struct str rest = l->next[i], one;

        while (str_split(&rest, '|', &one))
            check_path(w, l, root, "next", str_trim(one));
    }
    check_path(w, l, root, "more", l->more);
}

/* ---- operations ---- */

static bool is_otherwise(const struct walk *w, const struct aws_list *l)
{
    char name[160];

    (void)snprintf(name, sizeof(name), "%.*s %.*s", STR_FMT(w->service->id), STR_FMT(l->name));
    for (size_t i = 0; i < sizeof(otherwise) / sizeof(otherwise[0]); i++)
        if (strcmp(otherwise[i].operation, name) == 0)
            return true;
    return false;
}

static void check_operation(struct walk *w, const struct aws_list *l, const struct value *described)
{
    struct aws_operation op;
    struct aws_request got, want;
    struct value params = {.type = VALUE_OBJECT};
    struct aws_call call = {.model = &w->model, .operation = &op, .params = &params};
    struct err err = ERR_INIT;

    assert_ok(aws_operation_load(w->arena, &w->model, described, &op, &err), &err);
    check_answer(w, l, &op);
    if (op.input.shape)
        sample_members(w, op.input.shape, 0, &params);
    assert_ok(aws_request_build(w->arena, &call, &want, &err), &err);
    if (aws_list_request(w->arena, w->service, l, &params, &got, &err))
        say(w, err.msg, STR_LIT(""), STR_LIT(""));
    else if (is_otherwise(w, l) || same_request(w, &got, &want)) {
        w->same++;
        return;
    }
    w->differ++;
    printf("# %.*s %.*s: %s\n", STR_FMT(w->service->id), STR_FMT(l->name), w->problem);
}

/* ---- the models ---- */

static bool reads(struct str name)
{
    static const char *const verbs[] = {"Describe",      "List",   "Get",   "BatchGet",
                                        "BatchDescribe", "Search", "Lookup"};

    for (size_t i = 0; i < sizeof(verbs) / sizeof(verbs[0]); i++)
        if (str_starts(name, verbs[i]))
            return true;
    return false;
}

/* What reads is defined, or left out for a reason. */
static void check_defined(struct walk *w, struct str name)
{
    const struct aws_service *s = w->service;
    char text[160];

    if (!reads(name) || aws_service_list(s, name) || aws_service_closed(s, name) ||
        aws_service_change(s, name))
        return;
    (void)snprintf(text, sizeof(text), "%.*s %.*s", STR_FMT(s->id), STR_FMT(name));
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
        if (strcmp(left_out[i].operation, text) == 0) {
            w->left[i] = true;
            return;
        }
    w->undefined++;
    printf("# %s: no definition\n", text);
}

static bool check_service(struct walk *w)
{
    const struct value *operations;
    const struct aws_list *l;
    bool there;

    w->arena = arena_new(0);
    there = aws_models_open(w->arena, w->service, &w->model, &operations);
    for (size_t i = 0; there && (l = aws_models_operation(w->service, i)); i++) {
        const struct value *op = value_get(operations, arena_str(w->arena, l->name));

        if (op)
            check_operation(w, l, op);
        else
            w->unknown++;
    }
    if (there)
        VALUE_EACH (it, operations)
            check_defined(w, it->key);
    arena_free(w->arena);
    return there;
}

static void test_models(void **state)
{
    struct aws_catalogue *c = aws_catalogue_new(NULL, 0);
    struct walk w = {0};
    unsigned services = 0;

    (void)state;
    for (size_t i = 0; i < aws_catalogue_count(c); i++) {
        struct err err = ERR_INIT;

        assert_ok(aws_catalogue_get(c, str_from(aws_catalogue_entry(c, i)->id), &w.service, &err),
                  &err);
        services += check_service(&w);
    }
    aws_catalogue_free(c);
    printf(
        "# %u services: the requests of %u operations are the model's, of %u not; %u are newer\n",
        services, w.same, w.differ, w.unknown);
    if (!services)
        skip();
    assert_int_equal(w.differ, 0);
    assert_int_equal(w.undefined, 0);
    for (size_t i = 0; i < sizeof(left_out) / sizeof(left_out[0]); i++)
        if (!w.left[i])
            fail_msg("defined by now, or no operation: %s", left_out[i].operation);
    assert_true(w.same > 2600 && w.unknown < 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_models)};

    return cmocka_run_group_tests_name("aws models", tests, NULL, NULL);
}
