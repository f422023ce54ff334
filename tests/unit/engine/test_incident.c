/* test_incident.c - incident files and topologies: shapes, walks, errors. R-75 (load, traverse). */
#include "tests/lib/unit.h"

#include "runbook/engine/incident.h"
#include "runbook/base/file.h"
#include "runbook/base/path.h"
#include "runbook/engine/topology.h"
#include "tests/lib/tmpdir.h"

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

/* The file's name stands before the line; the nearest .runbook/ upward has the project's graph. */
static void test_topology_file(void **state)
{
    static const char bad[] = "{\"nodes\":[],\n\"edges\":[{\"from\":\"a\"}]}";
    char *dir = tmpdir_new(), *in = path_join(dir, "p/.runbook"), *deep = path_join(dir, "p/x/y"),
         *file = path_join(in, TOPOLOGY_FILE), *found;
    struct arena *a = arena_new(0);
    const struct topology *t;
    struct err err = ERR_INIT;

    (void)state;
    assert_ok(dir_make(in, &err), &err);
    assert_ok(dir_make(deep, &err), &err);
    assert_null(topology_find_file(deep));
    assert_int_equal(topology_load(file, a, &t, &err), ERR_NOT_FOUND);
    assert_non_null(strstr(err.msg, TOPOLOGY_FILE));
    assert_ok(file_write_atomic(file, str_from(bad), 0600, &err), &err);
    found = topology_find_file(deep);
    assert_string_equal(found, file);
    free(found);
    assert_int_equal(topology_load(file, a, &t, &err), ERR_INPUT);
    assert_non_null(strstr(err.msg, "service-graph.json: line 2: 'edges.0.from' names no node"));
    assert_ok(file_write_atomic(file, STR_LIT("{\"nodes\":[],\"edges\":[]}"), 0600, &err), &err);
    assert_ok(topology_load(file, a, &t, &err), &err);
    arena_free(a);
    free(in);
    free(deep);
    free(file);
    tmpdir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_incident),
        cmocka_unit_test(test_bad_incidents),
        cmocka_unit_test(test_topology_file),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
