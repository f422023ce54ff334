/* test_incident.c - incident files and topologies: shapes, walks, errors. R-75 (load, traverse). */
#include "tests/lib/unit.h"

#include "runbook/engine/incident.h"
#include "runbook/engine/topology.h"

static void test_incident(void **state)
{
    static const char text[] =
        "{\"id\":\"i1\",\"alert\":{\"name\":\"Slow\",\"service\":\"web\",\"metric\":null,"
        "\"direction\":\"up\","
        "\"started_at\":\"2024-05-14T09:00:00Z\"},\"window\":{\"start\":\"2024-05-14T08:55:00Z\","
        "\"end\":\"2024-05-14T09:10:00Z\"},\"baseline\":{\"start\":\"2024-05-13T08:55:00Z\","
        "\"end\":\"2024-05-14T08:55:00Z\"},\"now\":\"2024-05-14T09:10:00Z\",\"topology\":\"../"
        "t.json\",\"x\":[1]}";
    struct arena *a = arena_new(0);
    struct incident_file f;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(incident_parse(str_from(text), "/x/y/incident.json", a, &f, &err), &err);
    assert_string_equal(f.incident.service, "web");
    assert_string_equal(f.incident.metric, "");
    assert_string_equal(f.incident.title, "Slow");
    assert_int_equal(f.incident.now_ms - f.incident.started_at_ms, 600000);
    assert_int_equal(f.incident.baseline_end_ms, f.incident.window_start_ms);
    assert_string_equal(f.topology, "/x/y/../t.json");
    assert_ok(incident_parse(STR_LIT("{\"alert\":{\"started_at\":\"2024-05-14T09:00:00Z\"}}"),
                             "i.json", a, &f, &err),
              &err);
    assert_int_equal(f.incident.now_ms, f.incident.started_at_ms);
    assert_null(f.topology);
    arena_free(a);
}

static void refuse_incident(const char *text, const char *part)
{
    struct arena *a = arena_new(0);
    struct incident_file f;
    struct err err = ERR_INIT;

    assert_int_equal(incident_parse(str_from(text), "i.json", a, &f, &err), ERR_INPUT);
    if (!strstr(err.msg, part) || !strstr(err.msg, "i.json"))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    arena_free(a);
}

static void test_bad_incidents(void **state)
{
    struct arena *a = arena_new(0);
    struct incident_file f;
    struct err err = ERR_INIT;

    (void)state;
    refuse_incident("{", "JSON line 1");
    refuse_incident("[]", "object");
    refuse_incident("{}", "a time is missing");
    refuse_incident("{\"now\":\"yesterday\"}", "'now' must be a time");
    refuse_incident("{\"now\":\"2024-05-14T09:00:00Z\",\"alert\":{\"service\":7}}",
                    "'alert.service' must be a string");
    refuse_incident("{\"now\":\"2024-05-14T09:00:00Z\",\"alert\":{\"direction\":\"left\"}}",
                    "'alert.direction'");
    refuse_incident("{\"window\":{\"start\":\"2024-05-14T09:00:00Z\"}}", "'window' needs");
    refuse_incident(
        "{\"window\":{\"start\":\"2024-05-14T09:00:00Z\",\"end\":\"2024-05-14T08:00:00Z\"}}",
        "must be before");
    refuse_incident(
        "{\"now\":\"2024-05-14T09:00:00Z\",\"alert\":{\"started_at\":\"2024-05-14T09:00:01Z\"}}",
        "after 'now'");
    assert_int_equal(incident_load("/nonexistent/i.json", a, &f, &err), ERR_NOT_FOUND);
    arena_free(a);
}

static const char graph[] =
    "{\"nodes\":[{\"id\":\"web\",\"labels\":{\"job\":\"web\"}},{\"id\":\"s2\",\"name\":\"cart\","
    "\"tier\":\"1\"},"
    "{\"name\":\"db\",\"type\":\"database\"}],"
    "\"edges\":[{\"source\":\"web\",\"target\":\"cart\",\"criticality\":\"critical\"},{\"from\":"
    "\"s2\",\"to\":\"db\","
    "\"isCritical\":true},{\"from\":\"web\",\"to\":\"cart\"},{\"from\":\"db\",\"to\":\"backup\"},"
    "{\"from\":\"db\",\"to\":\"db\"},{\"from\":\"backup\",\"to\":\"s2\"}]}";

static void test_topology(void **state)
{
    struct arena *a = arena_new(0);
    const struct topology *t;
    struct err err = ERR_INIT;
    size_t path[8];
    int hops[8];

    (void)state;
    assert_ok(topology_parse(str_from(graph), a, &t, &err), &err);
    assert_int_equal(t->count, 4);
    assert_int_equal(t->edge_count, 4);
    assert_int_equal(t->implicit, 1);
    assert_int_equal(topology_find(t, "s2"), 1);
    assert_int_equal(topology_find(t, "cart"), 1);
    assert_true(topology_find(t, "nope") == SIZE_MAX);
    assert_string_equal(t->nodes[0].labels[0].value, "web");
    assert_string_equal(t->edges[1].criticality, "critical");
    assert_int_equal(t->nodes[1].caller_count, 2);
    topology_hops(t, 0, TOPO_CALLEES, 2, hops);
    assert_true(hops[0] == 0 && hops[1] == 1 && hops[2] == 2 && hops[3] == -1);
    topology_hops(t, 2, TOPO_CALLERS, 9, hops);
    assert_true(hops[0] == 2 && hops[1] == 1 && hops[2] == 0 && hops[3] == 2);
    assert_int_equal(topology_path(t, 0, 3, path), 4);
    assert_true(path[0] == 0 && path[1] == 1 && path[2] == 2 && path[3] == 3);
    assert_int_equal(topology_path(t, 3, 0, path), 0);
    assert_false(topology_on_cycle(t, 0));
    assert_true(topology_on_cycle(t, 2));
    arena_free(a);
}

static void refuse_topology(const char *text, const char *part)
{
    struct arena *a = arena_new(0);
    const struct topology *t;
    struct err err = ERR_INIT;

    assert_int_equal(topology_parse(str_from(text), a, &t, &err), ERR_INPUT);
    if (!strstr(err.msg, part))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    arena_free(a);
}

static void test_bad_topologies(void **state)
{
    (void)state;
    refuse_topology("7", "object");
    refuse_topology("{\"nodes\":[]}", "\"edges\"");
    refuse_topology("{\"nodes\":[{\"type\":\"x\"}],\"edges\":[]}", "nodes[0] needs");
    refuse_topology("{\"nodes\":[{\"id\":\"a\"},{\"id\":\"a\"}],\"edges\":[]}",
                    "nodes[1]: \"a\" is there already");
    refuse_topology("{\"nodes\":[],\"edges\":[{\"from\":\"a\"}]}", "edges[0] needs");
    refuse_topology("{\"nodes\":[],\"edges\":[3]}", "edges[0] must be an object");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_incident),
        cmocka_unit_test(test_bad_incidents),
        cmocka_unit_test(test_topology),
        cmocka_unit_test(test_bad_topologies),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
