/* test_aws_inventory.c - items as records of one form, and a scan whose lists follow each other.
 * R-37 R-42 */
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/codec/json.h"
#include "runbook/service/aws/catalogue.h"
#include "runbook/service/aws/inventory.h"
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

struct scanned {
    struct net net;
    char *dir;
    struct aws_credentials *credentials;
    struct aws_client *client;
    struct aws_catalogue *catalogue;
    struct aws_scan *scan;
    struct buf rows, cells, asked;
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

static void on_resource(void *ctx, const struct aws_resource *r)
{
    struct scanned *s = ctx;
    struct json_writer w;

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_health),
        cmocka_unit_test(test_scan),
        cmocka_unit_test(test_kind),
        cmocka_unit_test(test_cancel),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
