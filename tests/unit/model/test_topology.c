/* Service graphs: both spellings, what is refused and where, walks, cycles and the impact that was
 * computed by hand. R-75 A-42 */
#include "tests/lib/unit.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/arena.h"
#include "runbook/base/mem.h"
#include "runbook/model/model.h"

static const struct topology *parse(struct arena *a, const char *text)
{
    const struct topology *t = NULL;
    struct err err = ERR_INIT;

    assert_ok(topology_parse(str_from(text), a, &t, &err), &err);
    return t;
}

/* web -> checkout -> payments -> db; web -> search; billing <-> ledger; db's calls pass .3 on. */
static const char shop[] =
    "{\"nodes\":[{\"id\":\"web\",\"tier\":1},{\"id\":\"co\",\"name\":\"checkout\",\"team\":\"buy\"}"
    ","
    "{\"id\":\"payments\",\"owner\":\"ann\"},"
    "{\"id\":\"db\",\"type\":\"database\",\"metadata\":{\"redundancy\":\"multi_az\"}},"
    "{\"id\":\"search\"},{\"id\":\"billing\"},{\"id\":\"ledger\"},{\"id\":\"alone\"}],"
    "\"edges\":[{\"source\":\"web\",\"target\":\"checkout\",\"criticality\":\"critical\"},"
    "{\"source\":\"co\",\"target\":\"payments\",\"type\":\"sync\"},"
    "{\"source\":\"payments\",\"target\":\"db\",\"type\":\"database\"},"
    "{\"source\":\"web\",\"target\":\"search\",\"metadata\":{\"weight\":0.5}},"
    "{\"source\":\"billing\",\"target\":\"ledger\"},{\"source\":\"ledger\",\"target\":\"billing\"}]"
    "}";

static void test_both_spellings(void **unused)
{
    static const char older[] =
        "{\"nodes\":[{\"name\":\"web\",\"type\":\"service\",\"ownership\":{\"team\":\"front\"},"
        "\"environments\":[\"prod\"],\"labels\":{\"app\":\"web\"}},{\"name\":\"db\"}],"
        "\"edges\":[{\"from\":\"web\",\"to\":\"db\",\"protocol\":\"tcp\",\"isCritical\":true},"
        "{\"from\":\"db\",\"to\":\"db\"},{\"from\":\"web\",\"to\":\"db\",\"type\":\"queue\","
        "\"weight\":0.5}]}";
    struct arena *a = arena_new(0);
    const struct topology *t = parse(a, older), *again;
    struct buf text = BUF_INIT(65536);

    (void)unused;
    assert_int_equal(t->count, 2);
    assert_int_equal(t->edge_count, 1); /* a call of itself says nothing, a second way is one */
    assert_string_equal(t->edges[0].type, "queue");
    assert_true(t->edges[0].weight == 1);
    assert_string_equal(t->nodes[0].team, "front");
    assert_string_equal(t->nodes[0].labels[0].value, "web");
    assert_string_equal(t->edges[0].criticality, "critical");
    assert_string_equal(t->edges[0].protocol, "tcp");
    t = parse(a, shop);
    assert_int_equal(t->count, 8);
    assert_int_equal(topology_find(t, "checkout"), 1);
    assert_int_equal(topology_find(t, "co"), 1);
    assert_true(topology_find(t, "nobody") == SIZE_MAX);
    assert_string_equal(t->nodes[0].tier, "1");
    assert_string_equal(topology_owner(&t->nodes[1]), "buy");
    assert_string_equal(topology_owner(&t->nodes[2]), "ann");
    topology_encode(t, &text); /* what is written reads back as the same */
    again = parse(a, buf_cstr(&text));
    assert_int_equal(again->count, t->count);
    assert_int_equal(again->edge_count, t->edge_count);
    for (size_t i = 0; i < t->edge_count; i++) {
        assert_int_equal(again->edges[i].from, t->edges[i].from);
        assert_int_equal(again->edges[i].to, t->edges[i].to);
        assert_true(fabs(again->edges[i].weight - t->edges[i].weight) < 1e-12);
        assert_string_equal(again->edges[i].criticality, t->edges[i].criticality);
    }
    assert_string_equal(again->nodes[1].name, "checkout");
    buf_release(&text);
    arena_free(a);
}

static void test_refused(void **unused)
{
    static const char *const bad[][2] = {
        {"7", "line 1: a topology is a JSON object, not a number"},
        {"{\n\"nodes\":[]}", "line 1: a topology needs a list \"edges\""},
        {"{\"nodes\":[3],\"edges\":[]}", "'nodes.0' must be an object, not a number"},
        {"{\"nodes\":[{\"type\":\"x\"}],\"edges\":[]}", "'nodes.0' needs an \"id\" or a \"name\""},
        {"{\"nodes\":[{\"id\":7}],\"edges\":[]}", "'nodes.0.id' must be a string, not a number"},
        {"{\"nodes\":[{\"id\":\"a\"},\n{\"id\":\"a\"}],\"edges\":[]}",
         "line 2: 'nodes.1' is there already: \"a\" is nodes.0"},
        {"{\"nodes\":[{\"id\":\"a\",\"metadata\":{\"redundancy\":\"lots\"}}],\"edges\":[]}",
         "'nodes.0.metadata.redundancy' is none of multi_az"},
        {"{\"nodes\":[{\"id\":\"a\",\"weight\":2}],\"edges\":[]}",
         "'nodes.0.weight' must be from 0 to 1"},
        {"{\"nodes\":[],\"edges\":[\"x\"]}", "'edges.0' must be an object, not a string"},
        {"{\"nodes\":[{\"id\":\"a\"}],\"edges\":[{\"from\":\"a\"}]}",
         "'edges.0' needs a \"target\" (or, in the older form, \"to\")"},
        {"{\"nodes\":[{\"id\":\"a\"}],\n\"edges\":[\n{\"source\":\"a\",\n\"target\":\"b\"}]}",
         "line 4: 'edges.0.target' names no node: \"b\""},
        {"{\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"edges\":[{\"id\":\"x\",\"from\":\"a\","
         "\"to\":\"b\"},{\"id\":\"x\",\"from\":\"b\",\"to\":\"a\"}]}",
         "'edges.1.id' is there already: \"x\""},
        {"{\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"edges\":[{\"from\":\"a\",\"to\":\"b\","
         "\"type\":\"wire\"}]}",
         "'edges.0.type' is none of sync, async, database, cache, queue, external: \"wire\""},
        {"{\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"}],\"edges\":[{\"from\":\"a\",\"to\":\"b\","
         "\"criticality\":\"very\"}]}",
         "'edges.0.criticality' is none of critical, degraded, optional"},
        {"{\"nodes\":[],", "JSON line 1"},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(bad) / sizeof(bad[0]); i++) {
        struct arena *a = arena_new(0);
        const struct topology *t;
        struct err err = ERR_INIT;

        assert_int_equal(topology_parse(str_from(bad[i][0]), a, &t, &err), ERR_INPUT);
        if (!strstr(err.msg, bad[i][1]))
            fail_msg("\"%s\" does not say \"%s\"", err.msg, bad[i][1]);
        arena_free(a);
    }
}

static void test_walks(void **unused)
{
    struct arena *a = arena_new(0);
    const struct topology *t = parse(a, shop);
    size_t path[8], group[8];
    struct topo_stats s;
    int hops[8];

    (void)unused;
    topology_hops(t, 0, TOPO_CALLEES, 2, hops);
    assert_true(hops[0] == 0 && hops[1] == 1 && hops[2] == 2 && hops[3] == -1 && hops[4] == 1);
    topology_hops(t, 3, TOPO_CALLERS, 9, hops);
    assert_true(hops[0] == 3 && hops[4] == -1);
    assert_int_equal(topology_path(t, 0, 3, path), 4);
    assert_true(path[0] == 0 && path[1] == 1 && path[2] == 2 && path[3] == 3);
    assert_int_equal(topology_path(t, 3, 0, path), 0);
    assert_int_equal(topology_path(t, 7, 7, path), 1);
    assert_int_equal(topology_cycles(t, group), 1);
    assert_true(group[5] == 1 && group[6] == 1 && group[0] == 0 && group[7] == 0);
    topology_stats(t, &s);
    assert_int_equal(s.nodes, 8);
    assert_int_equal(s.entries, 1);
    assert_int_equal(s.leaves, 2);
    assert_int_equal(s.islands, 1);
    assert_int_equal(s.cycles, 1);
    assert_int_equal(s.cyclic_nodes, 2);
    assert_int_equal(s.owned, 2);
    assert_int_equal(s.critical_edges, 1);
    assert_int_equal(s.longest, 3);
    assert_int_equal(s.most_calling, 0);
    t = parse(a, "{\"nodes\":[],\"edges\":[]}");
    topology_stats(t, &s);
    assert_true(s.nodes == 0 && s.most_called == SIZE_MAX && s.cycles == 0);
    arena_free(a);
}

/* Two circles that share no node, one inside a larger walk. */
static void test_cycles(void **unused)
{
    struct arena *a = arena_new(0);
    struct topo_seen *seen = topology_seen_new();
    const struct topology *t;
    size_t group[8];

    (void)unused;
    topology_seen_add(seen, "a", "b");
    topology_seen_add(seen, "b", "c");
    topology_seen_add(seen, "c", "a");
    topology_seen_add(seen, "c", "d");
    topology_seen_add(seen, "d", "e");
    topology_seen_add(seen, "e", "d");
    topology_seen_add(seen, "e", "f");
    assert_false(topology_seen_add(seen, "f", "f"));
    assert_false(topology_seen_add(seen, "", "f"));
    assert_true(topology_seen_add(seen, "a", "b")); /* again: no second edge */
    t = topology_seen_finish(seen, a);
    assert_int_equal(t->count, 6);
    assert_int_equal(t->edge_count, 7);
    assert_int_equal(topology_cycles(t, group), 2);
    assert_true(group[0] && group[0] == group[1] && group[1] == group[2]);
    assert_true(group[3] && group[3] == group[4] && group[3] != group[0]);
    assert_int_equal(group[5], 0);
    arena_free(a);
}

static void test_weights(void **unused)
{
    static const struct {
        const char *word;
        double weight;
    } words[] = {
        {"multi_az", .3},  {"healthy_asg", .2}, {"load_balanced", .3},    {"single_nat", 1},
        {"multi_nat", .4}, {"open_breaker", 0}, {"ready_replicaset", .2}, {"single_pod", 1},
    };

    (void)unused;
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        assert_true(topology_weight_of(str_from(words[i].word)) == words[i].weight);
    assert_true(isnan(topology_weight_of(STR_LIT("fortune"))));
}

static void impact(const struct topology *t, const char *node, enum topo_dir dir,
                   enum topo_mode mode, size_t affected, bool entry)
{
    struct arena *a = arena_new(0);
    struct topo_impact i;

    topology_impact(t, topology_find(t, node), dir, mode, a, &i);
    if (i.affected != affected || i.entry != entry)
        fail_msg("%s: %zu affected, entry %d", node, i.affected, i.entry);
    assert_true(fabs(i.ratio - (double)affected / (double)t->count) < 1e-12);
    arena_free(a);
}

static void test_impact(void **unused)
{
    struct arena *a = arena_new(0);
    const struct topology *t = parse(a, shop);
    struct topo_impact i;

    (void)unused;
    topology_impact(t, 3, TOPO_CALLERS, TOPO_REALISTIC, a, &i); /* db: .3, then on in full */
    assert_true(i.share[3] == 1 && fabs(i.share[2] - .3) < 1e-12 && fabs(i.share[0] - .3) < 1e-12);
    assert_true(i.depth[3] == 0 && i.depth[2] == 1 && i.depth[1] == 2 && i.depth[0] == 3);
    assert_true(i.depth[4] == -1 && i.share[4] == 0);
    impact(t, "db", TOPO_CALLERS, TOPO_REALISTIC, 3, true);
    impact(t, "db", TOPO_CALLERS, TOPO_PESSIMISTIC, 3, true);
    impact(t, "web", TOPO_CALLERS, TOPO_REALISTIC, 0, true);
    impact(t, "web", TOPO_CALLEES, TOPO_REALISTIC, 4, true);
    impact(t, "billing", TOPO_CALLERS, TOPO_PESSIMISTIC, 1, false); /* a circle ends */
    impact(t, "alone", TOPO_CALLERS, TOPO_PESSIMISTIC, 0, true);
    arena_free(a);
}

/* .3 * .3 = .09 is under a tenth and stops; .4 * .3 = .12 is not. An open breaker passes nothing.
 */
static void test_impact_stops(void **unused)
{
    static const char text[] =
        "{\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"},{\"id\":\"d\"},{\"id\":\"e\"}],"
        "\"edges\":[{\"from\":\"b\",\"to\":\"a\",\"weight\":0.3},"
        "{\"from\":\"c\",\"to\":\"b\",\"weight\":0.3},{\"from\":\"d\",\"to\":\"b\",\"metadata\":"
        "{\"redundancy\":\"multi_nat\"}},{\"from\":\"e\",\"to\":\"a\",\"metadata\":"
        "{\"redundancy\":\"open_breaker\"}}]}";
    struct arena *a = arena_new(0);
    const struct topology *t = parse(a, text);
    struct topo_impact i;
    struct buf chain = BUF_INIT(65536);

    (void)unused;
    topology_impact(t, 0, TOPO_CALLERS, TOPO_REALISTIC, a, &i);
    assert_int_equal(i.affected, 2);
    assert_true(i.depth[1] == 1 && i.depth[2] == -1 && i.depth[3] == 2 && i.depth[4] == -1);
    impact(t, "a", TOPO_CALLERS, TOPO_PESSIMISTIC, 4, true);
    buf_adds(&chain, "{\"nodes\":[{\"id\":\"n0\"}"); /* a chain of 14: ten hops and no more */
    for (int n = 1; n < 14; n++)
        buf_addf(&chain, ",{\"id\":\"n%d\"}", n);
    buf_adds(&chain, "],\"edges\":[{\"from\":\"n1\",\"to\":\"n0\"}");
    for (int n = 2; n < 14; n++)
        buf_addf(&chain, ",{\"from\":\"n%d\",\"to\":\"n%d\"}", n, n - 1);
    buf_adds(&chain, "]}");
    impact(parse(a, buf_cstr(&chain)), "n0", TOPO_CALLERS, TOPO_PESSIMISTIC, 10, false);
    buf_release(&chain);
    arena_free(a);
}

/* The stronger of two ways counts, also when it is the longer one. */
static void test_impact_best_way(void **unused)
{
    static const char text[] =
        "{\"nodes\":[{\"id\":\"db\"},{\"id\":\"mid\"},{\"id\":\"top\"}],\"edges\":["
        "{\"from\":\"top\",\"to\":\"db\",\"weight\":0.2},{\"from\":\"mid\",\"to\":\"db\","
        "\"weight\":0.9},{\"from\":\"top\",\"to\":\"mid\"},{\"from\":\"db\",\"to\":\"top\"}]}";
    struct arena *a = arena_new(0);
    const struct topology *t = parse(a, text);
    struct topo_impact i;

    (void)unused;
    topology_impact(t, 0, TOPO_CALLERS, TOPO_REALISTIC, a, &i);
    assert_true(fabs(i.share[2] - .9) < 1e-12 && i.depth[2] == 2 && i.depth[0] == 0);
    arena_free(a);
}

static void test_labels(void **unused)
{
    static const struct topo_label mesh[] = {
        {"source_workload", "web"}, {"le", "1"}, {"destination_workload", "cart"}};
    static const struct topo_label unknown[] = {{"client", "unknown"}, {"server", "b"}};
    static const struct topo_label traces[] = {{"client", "a"}, {"server", "b"}};
    const char *from, *to;

    (void)unused;
    assert_true(topology_call_of_labels(mesh, 3, &from, &to));
    assert_string_equal(from, "web");
    assert_string_equal(to, "cart");
    assert_true(topology_call_of_labels(traces, 2, &from, &to));
    assert_string_equal(to, "b");
    assert_false(topology_call_of_labels(unknown, 2, &from, &to));
    assert_false(topology_call_of_labels(mesh, 2, &from, &to));
}

static void conclude(struct model *m, const char *service)
{
    struct event ev = {.type = EV_ROOTCAUSE_IDENTIFIED, .actor = "builtin"};

    ev.u.rootcause_identified.service = service;
    event_normalize(&ev);
    model_apply(m, &ev);
    ev = (struct event){.type = EV_CONCLUSION_REACHED, .actor = "builtin"};
    ev.u.conclusion_reached.verdict = VERDICT_ROOT_CAUSE;
    event_normalize(&ev);
    model_apply(m, &ev);
}

/* The graph and the impact of the cause in the model. */
static void test_model(void **unused)
{
    struct event ev = {.type = EV_TOPOLOGY_LOADED, .actor = "engine"};
    struct buf words = BUF_INIT(256);
    struct model m;

    (void)unused;
    model_init(&m);
    ev.u.topology_loaded.source = "service-graph.json";
    ev.u.topology_loaded.nodes = 8;
    ev.u.topology_loaded.graph = STR_LIT(shop);
    model_apply(&m, &ev);
    assert_int_equal(m.topology->count, 8);
    assert_true(m.conclusion.impact.node == SIZE_MAX);
    conclude(&m, "db");
    assert_int_equal(m.conclusion.impact.affected, 3);
    assert_int_equal(m.conclusion.impact.services.count, 3);
    assert_string_equal(m.conclusion.impact.services.items[0], "payments");
    model_impact_words(&m, &words);
    assert_string_equal(buf_cstr(&words), "affects 3 of 8 services, the entry among them");
    /* a cause that nobody calls; one whose redundancy holds; one that the graph does not know */
    conclude(&m, "web");
    buf_clear(&words);
    model_impact_words(&m, &words);
    assert_string_equal(buf_cstr(&words), "affects no other of 8 services");
    conclude(&m, "nobody");
    assert_true(m.conclusion.impact.node == SIZE_MAX);
    ev = (struct event){.type = EV_TOPOLOGY_LOADED, .actor = "engine"};
    ev.u.topology_loaded.graph = STR_LIT(
        "{\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"},{\"id\":\"db\"},{\"id\":\"e\"}],"
        "\"edges\":[{\"from\":\"c\",\"to\":\"db\"},{\"from\":\"b\",\"to\":\"db\"},"
        "{\"from\":\"a\",\"to\":\"db\",\"weight\":0.5},{\"from\":\"e\",\"to\":\"db\",\"weight\":0}]"
        "}");
    event_normalize(&ev);
    model_apply(&m, &ev);
    conclude(&m, "db");
    assert_string_equal(m.conclusion.impact.services.items[0], "b"); /* equal: as in the file */
    assert_string_equal(m.conclusion.impact.services.items[1], "c");
    assert_string_equal(m.conclusion.impact.services.items[2], "a"); /* feels less */
    buf_clear(&words);
    model_impact_words(&m, &words);
    assert_string_equal(buf_cstr(&words),
                        "affects 3 of 5 services, the entry among them (4 without redundancy)");
    ev = (struct event){.type = EV_TOPOLOGY_LOADED, .actor = "engine"};
    ev.u.topology_loaded.nodes = 20000; /* too large for the journal */
    event_normalize(&ev);
    model_apply(&m, &ev);
    assert_null(m.topology);
    assert_int_equal(m.topology_nodes, 20000);
    ev = (struct event){.type = EV_TOPOLOGY_LOADED, .actor = "engine"};
    ev.u.topology_loaded.graph = STR_LIT("{\"nodes\":7}"); /* of a journal that somebody edited */
    event_normalize(&ev);
    model_apply(&m, &ev);
    assert_null(m.topology);
    assert_true(m.conclusion.impact.node == SIZE_MAX);
    buf_release(&words);
    model_release(&m);
}

static const struct topology *read_text(const char *text, struct arena *a)
{
    const struct topology *t = NULL;
    struct err err = ERR_INIT;

    assert_ok(topology_parse(str_from(text), a, &t, &err), &err);
    return t;
}

static double weight(const struct topology *t, const char *from, const char *to)
{
    size_t a = topology_find(t, from), b = topology_find(t, to);

    for (size_t i = 0; i < t->edge_count; i++)
        if (t->edges[i].from == a && t->edges[i].to == b)
            return t->edges[i].weight;
    return -1;
}

/* What a person wrote of a node or of a call stays; what he did not is added. */
static void test_merge(void **state)
{
    struct arena *a = arena_new(0);
    const struct topology *file = read_text(
        "{\"nodes\":[{\"id\":\"web\",\"team\":\"shop\"},{\"id\":\"db\",\"type\":\"database\"},"
        "{\"id\":\"orders\",\"type\":\"function\"}],"
        "\"edges\":[{\"source\":\"web\",\"target\":\"db\",\"weight\":0.3}]}",
        a);
    const struct topology *kept = read_text(
        "{\"nodes\":[{\"id\":\"aws:1/e/ecs/service/web\",\"name\":\"web\",\"team\":\"x\"},"
        "{\"id\":\"aws:1/e/rds/instance/db\",\"name\":\"db\",\"type\":\"database\"},"
        "{\"id\":\"aws:1/e/elbv2/load-balancer/front\",\"name\":\"front\"},"
        "{\"id\":\"aws:1/e/lambda/function/orders\",\"name\":\"orders\",\"type\":\"function\"},"
        "{\"id\":\"aws:1/e/dynamodb/table/orders\",\"name\":\"orders\",\"type\":\"database\"}],"
        "\"edges\":[{\"source\":\"aws:1/e/ecs/service/web\",\"target\":\"aws:1/e/rds/instance/"
        "db\"},"
        "{\"source\":\"aws:1/e/elbv2/load-balancer/front\",\"target\":\"aws:1/e/ecs/service/web\"},"
        "{\"source\":\"aws:1/e/lambda/function/orders\",\"target\":"
        "\"aws:1/e/dynamodb/table/orders\"}]}",
        a);
    const struct topology *t = NULL;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(topology_merge(file, kept, a, &t, &err), &err);
    assert_int_equal(t->count, 5);
    assert_int_equal(t->edge_count, 3);
    assert_string_equal(t->nodes[topology_find(t, "web")].team, "shop");
    assert_true(weight(t, "web", "db") > 0.29 && weight(t, "web", "db") < 0.31);
    assert_true(weight(t, "aws:1/e/elbv2/load-balancer/front", "web") == 1);
    /* The function of that name is the person's; the table is another thing. */
    assert_true(weight(t, "orders", "aws:1/e/dynamodb/table/orders") == 1);
    arena_free(a);
}

/* A resource's node is that of its name, and of its service and region where several have it. */
static void test_resource(void **state)
{
    struct arena *a = arena_new(0);
    const struct topology *t =
        read_text("{\"nodes\":[{\"id\":\"aws:1/e/dynamodb/table/orders\",\"name\":\"orders\"},"
                  "{\"id\":\"aws:1/w/lambda/function/orders\",\"name\":\"orders\"},"
                  "{\"id\":\"aws:1/e/lambda/function/orders\",\"name\":\"orders\"},"
                  "{\"id\":\"cart\"}],\"edges\":[]}",
                  a);

    (void)state;
    assert_int_equal(topology_find_resource(t, "aws:prod/e/lambda:orders"), 2);
    assert_int_equal(topology_find_resource(t, "aws:prod/w/lambda:orders"), 1);
    assert_int_equal(topology_find_resource(t, "aws:prod/e/dynamodb:orders"), 0);
    assert_int_equal(topology_find_resource(t, "aws:prod/e/ecs:cart"), 3);
    assert_int_equal(topology_find_resource(t, "aws:prod/e/ecs:other"), SIZE_MAX);
    assert_int_equal(topology_find_resource(t, "host:cart"), SIZE_MAX);
    assert_int_equal(topology_find_resource(t, "aws:prod"), SIZE_MAX);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_both_spellings), cmocka_unit_test(test_refused),
        cmocka_unit_test(test_walks),          cmocka_unit_test(test_cycles),
        cmocka_unit_test(test_weights),        cmocka_unit_test(test_impact),
        cmocka_unit_test(test_impact_stops),   cmocka_unit_test(test_impact_best_way),
        cmocka_unit_test(test_labels),         cmocka_unit_test(test_model),
        cmocka_unit_test(test_merge),          cmocka_unit_test(test_resource),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
