/* test_aws_inventory.c - items as records of one form, and a scan whose lists follow each other.
 * R-37 R-42 */
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/inventory.h"
#include "runbook/service/aws/known.h"
#include "tests/lib/tmpdir.h"
#include "tests/unit/net/netrun.h"

static void test_health(void **state)
{
    static const struct {
        const char *state;
        enum aws_health health;
    } cases[] = {
        {"available", AWS_HEALTH_OK},
        {"ACTIVE", AWS_HEALTH_OK},
        {"running", AWS_HEALTH_OK},
        {"CREATE_COMPLETE", AWS_HEALTH_OK},
        {"in-use", AWS_HEALTH_OK},
        {"OK", AWS_HEALTH_OK},
        {"ALARM", AWS_HEALTH_BAD},
        {"INSUFFICIENT_DATA", AWS_HEALTH_UNKNOWN},
        {"UPDATE_ROLLBACK_COMPLETE", AWS_HEALTH_BAD},
        {"ROLLBACK_IN_PROGRESS", AWS_HEALTH_BAD},
        {"CREATE_FAILED", AWS_HEALTH_BAD},
        {"storage-full", AWS_HEALTH_BAD},
        {"incompatible-parameters", AWS_HEALTH_BAD},
        {"CREATE_IN_PROGRESS", AWS_HEALTH_CHANGING},
        {"shutting-down", AWS_HEALTH_CHANGING},
        {"stopping", AWS_HEALTH_CHANGING},
        {"stopped", AWS_HEALTH_OFF},
        {"INACTIVE", AWS_HEALTH_OFF},
        {"DISABLED", AWS_HEALTH_OFF},
        {"", AWS_HEALTH_UNKNOWN},
        {"something", AWS_HEALTH_UNKNOWN},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++)
        if (aws_health_of(str_from(cases[i].state)) != cases[i].health)
            fail_msg("%s is %s", cases[i].state,
                     aws_health_name(aws_health_of(str_from(cases[i].state))));
}

static const char definition[] =
    "id: shop\nname: Shop\ngroup: other\nprotocol: json\ntarget: Shop\n"
    "host: shop.{region}.amazonaws.com\noperations:\n"
    "  ListAisles: {page: {send: t, next: t}, items: aisles, item: {id: \".\"}}\n"
    "  ListShelves: {items: shelves, item: {id: \".\"}, each: {aisle: ListAisles}}\n"
    "  DescribeShelves:\n"
    "    items: shelves\n    resource: shelf\n    batch: 2\n    carry: [aisle]\n"
    "    item: {id: id, name: label, arn: arn, state: state, created: made, tags: tags}\n"
    "    each: {names: ListShelves}\n    with: {owner: \"{account}\", all: true}\n"
    "  ListDoors: {items: doors, resource: door, item: {arn: \".\"}, once: true}\n"
    "  ListWindows: {items: windows, item: {id: id}}\n";

/* What follows another service's list, enumerated values, further lists of an answer, what stands
 * in for others, a second form of a service. */
static const struct {
    const char *file, *text;
} others[] = {
    {"directory.yaml", "id: directory\nname: D\ngroup: other\nprotocol: json\ntarget: Directory\n"
                       "host: d.{region}.amazonaws.com\noperations:\n"
                       "  ListStores: {items: stores, item: {arn: arn}, resource: store}\n"},
    {"people.yaml",
     "id: people\nname: P\ngroup: other\nprotocol: json\ntarget: People\n"
     "off: \"no plan for people\"\n"
     "host: p.{region}.amazonaws.com\noperations:\n"
     "  ListUsers:\n    items: users\n    item: {id: id}\n    resource: user\n"
     "    each: {store: \"directory:ListStores.StoreId\"}\n"
     "  ListGroups:\n    items: groups\n    item: {id: id}\n    resource: group\n"
     "    each: {store: \"directory:ListStores.StoreId\"}\n"
     "  ListShifts:\n    items: shifts\n    item: {id: name}\n    resource: shift\n"
     "    known_by: {id: \"={day}/{arn:tail}\", arn: \"\"}\n    for: {Kind: [early, late, never]}\n"
     "    also:\n      swaps: {resource: swap, item: {id: id}}\n      notes:\n"
     "  ListTasks:\n    items: tasks\n    item: {id: id}\n    resource: task\n"
     "    each: {day: ListShifts.day}\n"
     "  ListRules:\n    items: rules\n    item: {id: id}\n    resource: rule\n    aside: true\n"
     "  ListPlans:\n    items: plans\n    item: {id: id}\n    resource: plan\n    once: "
     "us-east-1\n"},
    {"tags.yaml", "id: tags\nname: T\ngroup: other\nprotocol: json\ntarget: Tags\n"
                  "host: t.{region}.amazonaws.com\noperations:\n"
                  "  GetTagged:\n    items: tagged\n    item: {arn: arn}\n    resource: tagged\n"
                  "    stands_in: true\n"},
    {"queue.yaml", "id: queue\nname: Q\ngroup: other\nprotocol: json\ntarget: Queue\n"
                   "host: q.{region}.amazonaws.com\noperations:\n"
                   "  ListQueues: {items: q, item: {id: \".\"}, resource: queue}\n"},
    {"queue-new.yaml", "id: queue-new\nname: Q\ngroup: other\nprotocol: json\ntarget: New\n"
                       "signing: queue\nsame_as: queue\n"
                       "host: q.{region}.amazonaws.com\noperations:\n"
                       "  ListQueues: {items: q, item: {id: \".\"}, resource: queue}\n"},
};

/* Every answer, by "Target.Operation"; with a text that has to stand in the body. */
static const struct {
    const char *call, *body, *answer;
    int status;
} answers[] = {
    {"Directory.ListStores", "",
     "{\"stores\":[{\"arn\":\"arn:aws:d:::s/1\",\"StoreId\":\"d-1\"},{\"arn\":\"arn:aws:d:::s/2\","
     "\"StoreId\":\"d-1\"}]}",
     200},
    {"People.ListUsers", "\"d-1\"", "{\"users\":[{\"id\":\"ann\"},{\"id\":\"bob\"}]}", 200},
    {"People.ListGroups", "\"d-1\"", "{\"groups\":[{\"id\":\"night\"}]}", 200},
    {"People.ListShifts", "early",
     "{\"shifts\":[{\"name\":\"a\",\"day\":\"mon\",\"arn\":\"arn:aws:p:::s/x\"},{\"name\":\"a\","
     "\"day\":\"mon\",\"arn\":\"arn:aws:p:::s/y\"}],\"swaps\":[{\"id\":\"w1\"}],\"notes\":[\"n\"]}",
     200},
    {"People.ListShifts", "late",
     "{\"shifts\":[{\"name\":\"a\",\"day\":\"mon\",\"arn\":\"arn:aws:p:::s/x\"}]}", 200},
    {"People.ListShifts", "never", "{\"__type\":\"ResourceNotFoundException\"}", 400},
    {"People.ListTasks", "mon", "{\"tasks\":[{\"id\":\"sweep\"}]}", 200},
    {"People.ListRules", "", "{\"rules\":[{\"id\":\"r1\"}]}", 200},
    {"People.ListPlans", "", "{\"__type\":\"SubscriptionRequiredException\"}", 400},
    {"Queue.ListQueues", "", "{\"q\":[\"http://x/1/orders\",\"http://x/1/mails\"]}", 200},
    {"New.ListQueues", "", "{\"q\":[\"http://x/1/mails\",\"http://x/1/late\"]}", 200},
    {"Tags.GetTagged", "",
     "{\"tagged\":[{\"arn\":\"arn:aws:queue:eu-west-1:1:orders\"},{\"arn\":\"arn:aws:d:::s/1\"},"
     "{\"arn\":\"arn:aws:people:eu-west-1:1:user/x/ann\"},{\"arn\":\"arn:aws:other:eu-west-1:1:t/"
     "9\"},"
     "{\"arn\":\"arn:aws:queue:ap-south-1:1:orders\"}]}",
     200},
};

struct scanned {
    struct net net;
    char *dir;
    struct aws_credentials *credentials;
    struct aws_client *client;
    struct aws_catalogue *catalogue;
    struct aws_scan *scan;
    struct buf rows, cells, asked, named;
    struct aws_known *known;
    bool one_form; /* only the older form of the queues is spoken */
    char url[HTTPD_URL_MAX];
    int done;
};

static char *env_url;

static char *env_of_test(const char *name)
{
    static char key[] = "AKIAIOSFODNN7EXAMPLE", none[] = "/nonexistent";

    if (strcmp(name, "AWS_ENDPOINT_URL") == 0)
        return env_url;
    if (strcmp(name, "AWS_CONFIG_FILE") == 0 || strcmp(name, "AWS_SHARED_CREDENTIALS_FILE") == 0)
        return none;
    return strncmp(name, "AWS_ACCESS_KEY_ID", 20) == 0 ||
                   strncmp(name, "AWS_SECRET_ACCESS_KEY", 20) == 0
               ? key
               : NULL;
}

/* Aisle a has five shelves on two pages of aisles, aisle b none; doors are refused. */
static void shop(void *ctx, struct str request, struct buf *out)
{
    struct scanned *s = ctx;
    ptrdiff_t at = str_find(request, STR_LIT("\r\n\r\n"));
    struct str body = {request.ptr + at + 4, request.len - (size_t)at - 4};
    const char *answer = "{}";
    int status = 200;
    ptrdiff_t op = str_ifind(request, STR_LIT("X-Amz-Target: Shop."));
    struct str rest = {request.ptr + op + 19, request.len - (size_t)op - 19}, name;

    str_line(&rest, &name);
    buf_addf(&s->asked, "%.*s %.*s\n", STR_FMT(name), STR_FMT(body));
    if (str_eq_c(name, "ListAisles"))
        answer = str_find(body, STR_LIT("\"t\"")) < 0 ? "{\"aisles\":[\"a\"],\"t\":\"2\"}"
                                                      : "{\"aisles\":[\"b\"]}";
    if (str_eq_c(name, "ListShelves") && str_find(body, STR_LIT("\"a\"")) >= 0)
        answer = "{\"shelves\":[\"s1\",\"s2\",\"s3\",\"s4\",\"s5\"]}";
    if (str_eq_c(name, "DescribeShelves"))
        answer =
            "{\"shelves\":[{\"id\":\"arn:aws:shop:r:1:shelf/s1\",\"state\":{\"Name\":\"running\"},"
            "\"made\":1795221700,\"tags\":[{\"Key\":\"Name\",\"Value\":\"top\"},{\"Key\":\"team\","
            "\"Value\":\"x\"}]},{\"label\":\"second\",\"tags\":{\"a\":\"b\"}},{\"nothing\":1}]}";
    if (str_eq_c(name, "ListDoors")) {
        status = 400;
        answer = "{\"__type\":\"AccessDeniedException\",\"message\":\"no doors\"}";
    }
    buf_addf(out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(answer), answer);
}

static void town(void *ctx, struct str request, struct buf *out)
{
    struct scanned *s = ctx;
    ptrdiff_t at = str_find(request, STR_LIT("\r\n\r\n"));
    struct str body = {request.ptr + at + 4, request.len - (size_t)at - 4};
    ptrdiff_t op = str_ifind(request, STR_LIT("X-Amz-Target: "));
    struct str rest = {request.ptr + op + 14, request.len - (size_t)op - 14}, name;
    const char *answer = "{\"__type\":\"UnknownOperationException\"}";
    int status = 400;

    str_line(&rest, &name);
    buf_addf(&s->asked, "%.*s %.*s\n", STR_FMT(name), STR_FMT(body));
    for (size_t i = 0; i < sizeof(answers) / sizeof(answers[0]); i++)
        if (str_eq_c(name, answers[i].call) && str_find(body, str_from(answers[i].body)) >= 0 &&
            !(s->one_form && str_starts(name, "New."))) {
            answer = answers[i].answer;
            status = answers[i].status;
        }
    buf_addf(out, "HTTP/1.1 %d X\r\nContent-Length: %zu\r\n\r\n%s", status, strlen(answer), answer);
}

static void on_resource(void *ctx, const struct aws_resource *r)
{
    struct scanned *s = ctx;
    struct json_writer w;

    buf_addf(&s->named, "%.*s:%.*s %.*s %s\n", STR_FMT(r->service->id), STR_FMT(r->list->resource),
             STR_FMT(r->id), r->region);
    buf_addf(&s->rows, "%.*s %.*s|%.*s|%.*s|%.*s|%s|", STR_FMT(r->list->resource), STR_FMT(r->id),
             STR_FMT(r->name), STR_FMT(r->state), STR_FMT(r->created), r->region);
    json_writer_init(&w, &s->rows);
    json_value(&w, r->tags);
    buf_addc(&s->rows, '\n');
}

static void on_cell(void *ctx, const struct aws_cell *c)
{
    struct scanned *s = ctx;

    buf_addf(&s->cells, "%s %s %s %zu %s\n", c->operation, c->region, aws_end_name(c->result->end),
             c->resources, c->result->err.code ? c->result->err.msg : "");
}

static void on_done(void *ctx)
{
    struct scanned *s = ctx;

    s->done++;
}

static void scan_init(struct scanned *s)
{
    struct aws_credentials_options c = {.env = env_of_test, .machine_file = "/nonexistent/vendor"};
    struct aws_client_options o = {0};
    const char *folder;
    struct err err = ERR_INIT;
    char *path;

    memset(s, 0, sizeof(*s));
    net_init(&s->net);
    s->dir = tmpdir_new();
    path = path_join(s->dir, "shop.yaml");
    assert_ok(file_write_atomic(path, str_from(definition), 0600, &err), &err);
    free(path);
    for (size_t i = 0; i < sizeof(others) / sizeof(others[0]); i++) {
        path = path_join(s->dir, others[i].file);
        assert_ok(file_write_atomic(path, str_from(others[i].text), 0600, &err), &err);
        free(path);
    }
    folder = s->dir;
    s->catalogue = aws_catalogue_new(&folder, 1);
    env_url = xstrdup(httpd_url(s->net.server, "", s->url));
    s->credentials = aws_credentials_new(s->net.loop, s->net.client, &c);
    o = (struct aws_client_options){.loop = s->net.loop,
                                    .http = s->net.client,
                                    .credentials = s->credentials,
                                    .rng = &s->net.rng};
    s->client = aws_client_new(&o);
    buf_init(&s->rows, 1 << 20);
    buf_init(&s->cells, 1 << 20);
    buf_init(&s->asked, 1 << 20);
    buf_init(&s->named, 1 << 20);
    s->known = aws_known_new();
    httpd_handle(s->net.server, shop, s);
}

static void scan_release(struct scanned *s)
{
    aws_scan_free(s->scan);
    aws_client_free(s->client);
    aws_credentials_free(s->credentials);
    aws_catalogue_free(s->catalogue);
    net_release(&s->net);
    tmpdir_free(s->dir);
    free(env_url);
    buf_release(&s->rows);
    buf_release(&s->cells);
    buf_release(&s->asked);
    buf_release(&s->named);
    aws_known_free(s->known);
}

static void start(struct scanned *s, const char *account, const char *type)
{
    static const struct aws_scan_callbacks callbacks = {on_resource, on_cell, on_done};
    static const char *const services[] = {"shop", "nobody"};
    static const char *const regions[] = {"eu-west-1", "us-east-1"};
    struct aws_scan_options o = {.client = s->client,
                                 .loop = s->net.loop,
                                 .catalogue = s->catalogue,
                                 .account = account,
                                 .services = services,
                                 .service_count = 2,
                                 .regions = regions,
                                 .region_count = 2,
                                 .type = type};

    s->scan = aws_scan_start(&o, &callbacks, s);
}

static unsigned times(const struct buf *b, const char *what)
{
    unsigned n = 0;

    for (const char *p = buf_cstr(b); (p = strstr(p, what)); p++)
        n++;
    return n;
}

static void test_scan(void **state)
{
    struct scanned s;
    size_t done, known;

    (void)state;
    scan_init(&s);
    start(&s, "123456789012", NULL);
    net_wait(&s.net, &s.done);
    /* two regions: aisles (2 pages), shelves of a and b, three batches of two */
    assert_int_equal(times(&s.asked, "ListAisles"), 4);
    assert_int_equal(times(&s.asked, "ListShelves"), 4);
    assert_int_equal(times(&s.asked, "DescribeShelves"), 6);
    assert_int_equal(times(&s.asked, "ListDoors"), 1);
    assert_int_equal(times(&s.asked, "ListWindows"), 0);
    assert_int_equal(times(&s.asked, "\"names\":[\"s5\"]"), 2);
    assert_int_equal(times(&s.asked, "\"owner\":\"123456789012\""), 6);
    assert_int_equal(times(&s.asked, "\"aisle\":\"a\""), 2 + 6);
    assert_int_equal(times(&s.rows, "shelf s1|top|running|2026-11-21T00:41:40.000Z|eu-west-1|"
                                    "{\"Name\":\"top\",\"team\":\"x\"}"),
                     3);
    assert_int_equal(times(&s.rows, "shelf second|second|||us-east-1|{\"a\":\"b\"}"), 3);
    assert_int_equal(times(&s.rows, "\n"), 12);
    assert_int_equal(
        times(&s.cells, "ListDoors eu-west-1 denied 0 AccessDeniedException: no doors"), 1);
    assert_int_equal(times(&s.cells, "no service 'nobody'"), 1);
    aws_scan_progress(s.scan, &done, &known);
    assert_int_equal(done, known);
    assert_int_equal(s.done, 1);
    scan_release(&s);
}

static void test_kind(void **state)
{
    struct scanned s;

    (void)state;
    scan_init(&s);
    start(&s, NULL, "door");
    net_wait(&s.net, &s.done);
    assert_int_equal(times(&s.asked, "\n"), 1);
    scan_release(&s);
    scan_init(&s);
    start(&s, NULL, "shelf"); /* without the account's number the last step cannot be asked */
    net_wait(&s.net, &s.done);
    assert_int_equal(times(&s.asked, "DescribeShelves"), 0);
    scan_release(&s);
}

static void test_cancel(void **state)
{
    struct scanned s;

    (void)state;
    scan_init(&s);
    start(&s, NULL, NULL);
    for (int i = 0; i < 3; i++)
        loop_turn(s.net.loop, false);
    aws_scan_cancel(s.scan);
    net_wait(&s.net, &s.done);
    assert_int_equal(s.done, 1);
    scan_release(&s);
    scan_init(&s); /* and gone in the middle of it */
    start(&s, NULL, NULL);
    for (int i = 0; i < 5; i++)
        loop_turn(s.net.loop, false);
    scan_release(&s);
    assert_int_equal(s.done, 0);
}

static void ask(struct scanned *s, const char *const *services, size_t count, const char *type)
{
    static const struct aws_scan_callbacks callbacks = {on_resource, on_cell, on_done};
    static const char *const regions[] = {"eu-west-1"};
    struct aws_scan_options o = {.client = s->client,
                                 .loop = s->net.loop,
                                 .catalogue = s->catalogue,
                                 .services = services,
                                 .service_count = count,
                                 .regions = regions,
                                 .region_count = 1,
                                 .type = type,
                                 .known = s->known};

    httpd_handle(s->net.server, town, s);
    aws_scan_free(s->scan);
    s->done = 0;
    s->scan = aws_scan_start(&o, &callbacks, s);
    net_wait(&s->net, &s->done);
}

/* The list of another service is asked once for both that follow it, and is not that one's cell; a
 * member that comes twice is asked about once. */
static void test_other_service(void **state)
{
    static const char *const people[] = {"people"};
    struct scanned s;

    (void)state;
    scan_init(&s);
    ask(&s, people, 1, NULL);
    assert_int_equal(times(&s.asked, "Directory.ListStores"), 1);
    assert_int_equal(times(&s.asked, "People.ListUsers"), 1);
    assert_int_equal(times(&s.named, "people:user"), 2);
    assert_int_equal(times(&s.named, "people:group night"), 1);
    assert_int_equal(times(&s.named, "directory:"), 0);
    assert_int_equal(times(&s.cells, "directory:ListStores eu-west-1 whole 0"), 1);
    scan_release(&s);
}

/* Each value is asked, what none has is nothing, what several have comes once; names are made. */
static void test_values(void **state)
{
    static const char *const people[] = {"people"};
    struct scanned s;

    (void)state;
    scan_init(&s);
    ask(&s, people, 1, NULL);
    assert_int_equal(times(&s.asked, "People.ListShifts"), 3);
    assert_int_equal(times(&s.cells, "ListShifts eu-west-1 whole"), 3);
    assert_int_equal(times(&s.named, "people:shift mon/x eu-west-1"), 1);
    assert_int_equal(times(&s.named, "people:shift "), 2);
    assert_int_equal(times(&s.named, "people:swap w1"), 1);
    assert_int_equal(times(&s.asked, "People.ListTasks"), 2); /* of early, and of late */
    assert_int_equal(times(&s.named, "people:task sweep"), 1);
    assert_int_equal(times(&s.asked, "People.ListRules"), 0);
    assert_int_equal(times(&s.cells, "ListPlans us-east-1 not-enabled 0 no plan for people (Sub"),
                     1);
    buf_clear(&s.asked);
    ask(&s, people, 1, "rule");
    assert_int_equal(times(&s.asked, "\n"), 1);
    assert_int_equal(times(&s.named, "people:rule r1"), 1);
    buf_clear(&s.asked);
    ask(&s, people, 1, "swap"); /* a kind of a further list */
    assert_int_equal(times(&s.asked, "People.ListShifts"), 3);
    assert_int_equal(times(&s.asked, "\n"), 3);
    scan_release(&s);
}

/* A queue that is listed in both forms is there once, under one name; an endpoint that speaks one
 * form has said all. */
static void test_forms(void **state)
{
    static const char *const both[] = {"queue", "queue-new"};
    struct scanned s;

    (void)state;
    scan_init(&s);
    ask(&s, both, 2, NULL);
    assert_int_equal(times(&s.asked, "ListQueues"), 2);
    assert_int_equal(times(&s.named, "queue:queue "), 3);
    assert_int_equal(times(&s.named, "queue:queue mails eu-west-1"), 1);
    aws_known_free(s.known);
    s.known = aws_known_new();
    buf_clear(&s.named);
    buf_clear(&s.cells);
    s.one_form = true;
    ask(&s, both, 2, NULL);
    assert_int_equal(times(&s.named, "queue:queue "), 2);
    assert_int_equal(times(&s.cells, "ListQueues eu-west-1 absent"), 1);
    ask(&s, both + 1, 1, NULL); /* alone it is a failure */
    assert_int_equal(times(&s.cells, "ListQueues eu-west-1 refused"), 1);
    scan_release(&s);
}

/* What another list knows is left out: by its ARN, or by its id where the list has no ARNs. */
static void test_stands_in(void **state)
{
    static const char *const first[] = {"queue", "directory", "people"};
    static const char *const tags[] = {"tags"};
    struct scanned s;

    (void)state;
    scan_init(&s);
    ask(&s, first, 3, NULL);
    ask(&s, tags, 1, NULL);
    assert_int_equal(times(&s.named, "tags:tagged"), 2);
    assert_int_equal(times(&s.named, "tags:tagged 9 "), 1);
    assert_int_equal(times(&s.named, "tags:tagged orders "), 1); /* of another region */
    ask(&s, tags, 1, NULL);
    assert_int_equal(times(&s.named, "tags:tagged"), 2); /* and never twice */
    scan_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_health),        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_kind),          cmocka_unit_test(test_cancel),
        cmocka_unit_test(test_other_service), cmocka_unit_test(test_values),
        cmocka_unit_test(test_forms),         cmocka_unit_test(test_stands_in),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
