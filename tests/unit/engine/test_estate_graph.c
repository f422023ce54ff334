/* test_estate_graph.c - the service graph of an inventory: who is a node, over what ways one leans
 * on another, who calls a database. R-42 A-42 */
#include "runbook/base/path.h"
#include "runbook/engine/topology.h"
#include "runbook/store/inventory.h"
#include "src/engine/estate_graph.h"
#include "tests/lib/tmpdir.h"
#include "tests/lib/unit.h"

enum { LB, TG, SERVICE, FN, MAPPING, QUEUE, DLQ, DB, SG_APP, SG_DB, SUBNET, DIST, COUNT };

static struct inv_resource thing(const char *service, const char *kind, const char *id)
{
    return (struct inv_resource){.account = "1",
                                 .region = "eu",
                                 .service = service,
                                 .kind = kind,
                                 .id = id,
                                 .name = "",
                                 .arn = "",
                                 .state = "",
                                 .health = "ok",
                                 .created = "",
                                 .tags = strcmp(id, "web") == 0 ? "{\"team\":\"shop\"}" : ""};
}

static struct inv_relation says(size_t from, bool inverse, const char *type, const char *kind,
                                const char *target)
{
    return (struct inv_relation){
        .source = from, .inverse = inverse, .type = type, .kind = kind, .target = target};
}

static const struct topology *import(const char *path, struct arena *a,
                                     struct estate_graph_counts *n)
{
    const struct topology *t;
    struct buf json = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;

    assert_ok(estate_graph_json(path, &json, n, &err), &err);
    assert_ok(topology_parse(buf_str(&json), a, &t, &err), &err);
    buf_release(&json);
    return t;
}

static bool calls(const struct topology *t, const char *from, const char *to)
{
    size_t a = topology_find(t, from), b = topology_find(t, to);

    assert_true(a != SIZE_MAX && b != SIZE_MAX);
    for (size_t i = 0; i < t->nodes[a].callee_count; i++)
        if (t->nodes[a].callees[i] == b)
            return true;
    return false;
}

static void save(const char *path)
{
    const struct inv_resource list[COUNT] = {
        [LB] = thing("elbv2", "load-balancer", "front"),
        [TG] = thing("elbv2", "target-group", "tg"),
        [SERVICE] = thing("ecs", "service", "web"),
        [FN] = thing("lambda", "function", "ship"),
        [MAPPING] = thing("lambda", "event-source-mapping", "m"),
        [QUEUE] = thing("sqs", "queue", "orders"),
        [DLQ] = thing("sqs", "queue", "orders-dlq"),
        [DB] = thing("rds", "instance", "orders-db"),
        [SG_APP] = thing("ec2", "security-group", "sg-app"),
        [SG_DB] = thing("ec2", "security-group", "sg-db"),
        [SUBNET] = thing("ec2", "subnet", "subnet-1"),
        [DIST] = thing("cloudfront", "distribution", "cdn"),
    };
    const struct inv_relation said[] = {
        says(LB, false, "uses", "ec2:security-group", "sg-app"),
        says(LB, false, "runs-in", "ec2:subnet", "subnet-1"),
        says(LB, false, "alias", "", "front.eu.elb.amazonaws.com"),
        says(TG, true, "routes-to", "elbv2:load-balancer", "front"),
        says(SERVICE, true, "routes-to", "elbv2:target-group", "tg"),
        says(SERVICE, false, "uses", "ec2:security-group", "sg-app"),
        says(SERVICE, false, "runs-in", "ec2:subnet", "subnet-1"),
        says(MAPPING, true, "uses", "lambda:function", "ship"),
        says(MAPPING, false, "reads-from", "sqs:queue", "orders"),
        says(QUEUE, false, "routes-to", "sqs:queue", "orders-dlq"),
        says(DB, false, "uses", "ec2:security-group", "sg-db"),
        says(DB, false, "runs-in", "ec2:subnet", "subnet-1"),
        says(SG_DB, false, "allows", "ec2:security-group", "sg-app"),
        says(DIST, false, "routes-to", "", "front.eu.elb.amazonaws.com"),
    };
    const struct inv_scan scan = {.ended_ms = 1000,
                                  .scope = "",
                                  .resources = list,
                                  .resource_count = COUNT,
                                  .relations = said,
                                  .relation_count = sizeof(said) / sizeof(said[0])};
    struct inv_outcome o;
    struct err err = ERR_INIT;

    assert_ok(inventory_save(path, &scan, &o, &err), &err);
}

static void test_graph(void **state)
{
    char *dir = tmpdir_new(), *path = path_join(dir, "inventory.db");
    struct arena *a = arena_new(0);
    struct estate_graph_counts n;
    const struct topology *t;
    struct buf out = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;

    (void)state;
    assert_int_equal(estate_graph_json(path, &out, &n, &err), ERR_NOT_FOUND);
    save(path);
    t = import(path, a, &n);
    assert_int_equal(n.nodes, 7); /* neither groups nor subnets nor mappings */
    assert_true(calls(t, "cdn", "front"));
    assert_true(calls(t, "front", "web"));
    assert_true(calls(t, "ship", "orders"));
    assert_true(calls(t, "orders", "orders-dlq"));
    assert_true(calls(t, "web", "orders-db"));
    assert_false(calls(t, "front", "orders-db")); /* it is let in, but is no application */
    assert_false(calls(t, "cdn", "web"));
    assert_int_equal(n.edges, 5);
    assert_string_equal(t->nodes[topology_find(t, "web")].team, "shop");
    buf_release(&out);
    arena_free(a);
    free(path);
    tmpdir_free(dir);
}

static const struct topology *around(const char *path, struct arena *a, const char *name,
                                     size_t most, struct inv_near_end *end)
{
    const struct inv_near ask = {
        .account = "1", .number = "1", .region = "eu", .names = &name, .count = 1, .most = most};
    const struct topology *t;
    struct estate_graph_counts n;
    struct buf json = BUF_INIT(1 << 20);
    struct err err = ERR_INIT;

    assert_ok(estate_graph_near(path, &ask, &json, &n, end, &err), &err);
    assert_ok(topology_parse(buf_str(&json), a, &t, &err), &err);
    assert_int_equal(n.nodes, t->count);
    buf_release(&json);
    return t;
}

/* From one of them to who calls it and whom it calls, without what has nothing to do with it; what
 * is named is a node whatever it is. A-42 */
static void test_near(void **state)
{
    char *dir = tmpdir_new(), *path = path_join(dir, "inventory.db");
    struct arena *a = arena_new(0);
    struct inv_near_end end;
    const struct topology *t;

    (void)state;
    save(path);
    t = around(path, a, "orders-db", 100, &end);
    assert_true(calls(t, "web", "orders-db"));
    assert_true(calls(t, "front", "web"));
    assert_true(calls(t, "cdn", "front"));
    assert_int_equal(topology_find(t, "ship"), SIZE_MAX); /* through a shared subnet only */
    assert_int_equal(end.named, 1);
    assert_int_equal(end.oldest_ms, 1000);
    assert_false(end.cut);
    t = around(path, a, "sg-db", 100, &end);
    assert_true(calls(t, "orders-db", "sg-db"));
    t = around(path, a, "tg", 100, &end);
    assert_true(calls(t, "front", "tg"));
    assert_true(calls(t, "tg", "web"));
    t = around(path, a, "subnet-1", 100, &end);
    assert_true(calls(t, "web", "subnet-1"));
    assert_true(calls(t, "orders-db", "subnet-1"));
    t = around(path, a, "orders-db", 2, &end);
    assert_true(end.cut);
    assert_int_equal(end.read, 2);
    t = around(path, a, "nobody", 100, &end);
    assert_int_equal(t->count, 0);
    assert_int_equal(end.named, 0);
    arena_free(a);
    free(path);
    tmpdir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_graph),
        cmocka_unit_test(test_near),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
