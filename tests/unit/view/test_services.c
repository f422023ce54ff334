/* The page of the service graph: golden screens, keys, and the rows of every shape of graph. R-75
 */
#include "tests/lib/unit.h"

#include "runbook/base/mem.h"
#include "runbook/view/service_graph.h"
#include "tests/lib/golden.h"

static const char graph[] =
    "{\"nodes\":[{\"id\":\"web\",\"type\":\"service\",\"team\":\"front\",\"tier\":\"entry\"},"
    "{\"id\":\"checkout\",\"type\":\"service\",\"team\":\"buy\"},"
    "{\"id\":\"payments\",\"type\":\"service\",\"team\":\"money\"},"
    "{\"id\":\"payments-db\",\"type\":\"database\",\"team\":\"money\","
    "\"metadata\":{\"redundancy\":\"multi_az\"}},"
    "{\"id\":\"search\\u001b[31m\\u202e\",\"type\":\"service\"},{\"id\":\"index\",\"type\":"
    "\"cache\"},"
    "{\"id\":\"a service with a name that is longer than most screens are wide, and then some\"},"
    "{\"id\":\"billing\"},{\"id\":\"ledger\"},{\"id\":\"\xE6\x97\xA5\xE6\x9C\xAC\",\"owner\":"
    "\"ken\"}],"
    "\"edges\":[{\"source\":\"web\",\"target\":\"checkout\",\"criticality\":\"critical\"},"
    "{\"source\":\"web\",\"target\":\"search\\u001b[31m\\u202e\",\"criticality\":\"optional\"},"
    "{\"source\":\"checkout\",\"target\":\"payments\",\"type\":\"sync\",\"criticality\":"
    "\"critical\"},"
    "{\"source\":\"payments\",\"target\":\"payments-db\",\"type\":\"database\"},"
    "{\"source\":\"search\\u001b[31m\\u202e\",\"target\":\"index\"},"
    "{\"source\":\"search\\u001b[31m\\u202e\",\"target\":\"payments\"},"
    "{\"source\":\"index\",\"target\":\"a service with a name that is longer than most screens are "
    "wide, and then some\"},"
    "{\"source\":\"billing\",\"target\":\"ledger\"},{\"source\":\"ledger\",\"target\":\"billing\"}]"
    "}";

static void load(struct model *m, const char *text)
{
    struct event ev = {.type = EV_TOPOLOGY_LOADED, .actor = "engine", .seq = m->seq + 1};

    ev.u.topology_loaded.source = "service-graph.json";
    ev.u.topology_loaded.nodes = 10;
    ev.u.topology_loaded.graph = str_from(text);
    model_apply(m, &ev);
    ev = (struct event){.type = EV_INCIDENT_LOADED, .seq = m->seq + 1};
    ev.u.incident_loaded.service = "web";
    event_normalize(&ev);
    model_apply(m, &ev);
}

struct shown {
    struct canvas c;
    struct screen s;
    struct model m;
};

static void open_page(struct shown *p, const char *text, int w, int h, enum glyph_set glyphs)
{
    canvas_init(&p->c, glyphs);
    canvas_resize(&p->c, w, h);
    golden_screen(&p->s);
    demo_model(&p->m, SIZE_MAX);
    if (text)
        load(&p->m, text);
    assert_true(screen_go(&p->s, ROOT_SERVICES));
    view_draw(&p->s, &p->m, &p->c);
}

static void close_page(struct shown *p)
{
    model_release(&p->m);
    screen_release(&p->s);
    canvas_release(&p->c);
}

static void test_goldens(void **unused)
{
    static const int sizes[][2] = {{200, 50}, {120, 40}, {80, 24}, {60, 20}};
    bool same = true;

    (void)unused;
    for (size_t i = 0; i < 8; i++) {
        char file[80];
        struct shown p;

        snprintf(file, sizeof(file), "services-%dx%d%s", sizes[i / 2][0], sizes[i / 2][1],
                 i % 2 ? "-ascii" : "");
        open_page(&p, graph, sizes[i / 2][0], sizes[i / 2][1], i % 2 ? GLYPHS_ASCII : GLYPHS_FULL);
        same = golden_check(file, &p.c) && same;
        close_page(&p);
    }
    assert_true(same);
}

static bool shows(struct shown *p, const char *text)
{
    struct buf out = BUF_INIT(1 << 20);
    bool found;

    view_draw(&p->s, &p->m, &p->c);
    canvas_dump(&p->c, &out);
    found = strstr(buf_cstr(&out), text) != NULL;
    buf_release(&out);
    return found;
}

/* What the resources show of a service stands here too, and goes when it is well again. */
static void test_health_of_resources(void **state)
{
    struct event ev = {.type = EV_RESOURCE_SEEN, .actor = "metrics"};
    struct shown p;

    (void)state;
    open_page(&p, graph, 120, 40, GLYPHS_FULL);
    assert_true(shows(&p, "\302\267U ledger"));
    ev.u.resource_seen = (struct ev_resource_seen){.key = "service:ledger",
                                                   .kind = "service",
                                                   .name = "ledger",
                                                   .status = "latency 1.9 times usual",
                                                   .health = HEALTH_WARNING};
    for (int i = 0; i < 2; i++) {
        ev.seq = p.m.seq + 1;
        event_normalize(&ev);
        model_apply(&p.m, &ev);
        view_draw(&p.s, &p.m, &p.c);
        assert_true(shows(&p, i ? "\342\234\223O ledger" : "\342\226\262W ledger"));
        ev.u.resource_seen.health = HEALTH_OK;
    }
    close_page(&p);
}

static void test_keys(void **unused)
{
    struct shown p;

    (void)unused;
    open_page(&p, graph, 80, 24, GLYPHS_FULL);
    assert_true(shows(&p, "ROOT CAUSE"));
    assert_true(shows(&p, "ALERT"));
    assert_true(shows(&p, "affects 3 of 10 services, the entry among them"));
    assert_true(shows(&p, "8 Services"));
    screen_move(&p.s, &p.m, 1);
    assert_string_equal(p.s.services.selected, "payments-db");
    assert_true(shows(&p, "feels 30 %"));
    screen_end(&p.s, &p.m);
    assert_true(shows(&p, "no other service feels it"));
    screen_home(&p.s, &p.m);
    assert_string_equal(p.s.services.selected, "web");
    screen_set_filter(&p.s, &p.m, "money");
    assert_true(shows(&p, "/money 2 of 10"));
    assert_true(shows(&p, "payments-db"));
    assert_false(shows(&p, "U checkout  service"));
    screen_set_filter(&p.s, &p.m, "no such");
    assert_true(shows(&p, "No service matches"));
    screen_move(&p.s, &p.m, 1);
    screen_set_filter(&p.s, &p.m, "");
    screen_click(&p.s, &p.m, 5, p.s.services.rows_y + 1);
    assert_string_equal(p.s.services.selected, "checkout");
    while (strcmp(p.s.services.selected, "payments") != 0)
        screen_move(&p.s, &p.m, 1);
    assert_true(screen_open_evidence(&p.s, &p.m));
    assert_int_equal(p.s.stack[0].page, PAGE_EVIDENCE);
    screen_back(&p.s);
    assert_true(screen_open(&p.s, &p.m));
    assert_int_equal(p.s.stack[0].page, PAGE_HYPOTHESIS);
    close_page(&p);
}

/* No graph, no tab; one that was too large for the journal says so; a model that begins anew. */
static void test_without(void **unused)
{
    struct shown p;

    (void)unused;
    open_page(&p, NULL, 80, 24, GLYPHS_FULL);
    assert_true(shows(&p, "There is no service graph"));
    screen_move(&p.s, &p.m, 1);
    assert_false(screen_open(&p.s, &p.m));
    screen_go(&p.s, ROOT_WAR_ROOM);
    assert_false(shows(&p, "8 Services"));
    load(&p.m, "{}");
    screen_go(&p.s, ROOT_SERVICES);
    assert_true(shows(&p, "The service graph has 10 services"));
    load(&p.m, graph);
    assert_true(shows(&p, "U checkout  service"));
    load(&p.m, "{\"nodes\":[{\"id\":\"only\"}],\"edges\":[]}");
    assert_true(shows(&p, "only"));
    assert_false(shows(&p, "U checkout  service"));
    close_page(&p);
}

static void text_of(const char *source, enum glyph_set glyphs, const char *want)
{
    struct arena *a = arena_new(0);
    struct buf out = BUF_INIT(1 << 20);
    const struct topology *t;
    struct err err;

    assert_ok(topology_parse(str_from(source), a, &t, &err), &err);
    graph_text(t, NULL, glyphs, &out);
    assert_string_equal(buf_cstr(&out), want);
    buf_release(&out);
    arena_free(a);
}

/* Each node is opened once, where the way from an entry is the shortest; circles end. */
static void test_rows(void **unused)
{
    (void)unused;
    text_of("{\"nodes\":[],\"edges\":[]}", GLYPHS_FULL, "");
    text_of(
        "{\"nodes\":[{\"id\":\"a\"},{\"id\":\"b\"},{\"id\":\"c\"},{\"id\":\"d\"},{\"id\":\"z\"}],"
        "\"edges\":[{\"from\":\"a\",\"to\":\"b\"},{\"from\":\"b\",\"to\":\"c\"},{\"from\":\"a\","
        "\"to\":\"c\"},{\"from\":\"c\",\"to\":\"d\",\"weight\":0.2},{\"from\":\"d\",\"to\":"
        "\"c\"}]}",
        GLYPHS_FULL, "a\n├ b\n│ └ c  ↑\n└ c\n  └ d  weight 0.2\n    └ c  ↑\nz\n");
    text_of("{\"nodes\":[{\"id\":\"x\"},{\"id\":\"y\"}],\"edges\":[{\"from\":\"x\",\"to\":\"y\"},"
            "{\"from\":\"y\",\"to\":\"x\"}]}",
            GLYPHS_ASCII, "x\n` y\n  ` x  (^)\n");
}

static void test_mermaid(void **unused)
{
    struct arena *a = arena_new(0);
    struct buf out = BUF_INIT(65536);
    const struct topology *t;
    struct err err;

    (void)unused;
    assert_ok(topology_parse(STR_LIT("{\"nodes\":[{\"id\":\"a\\\"<b>\"},{\"id\":\"c\"}],\"edges\":["
                                     "{\"from\":\"a\\\"<b>\",\"to\":\"c\",\"isCritical\":true}]}"),
                             a, &t, &err),
              &err);
    graph_mermaid(t, &out);
    assert_string_equal(buf_cstr(&out),
                        "flowchart TD\n  n0[\"a#34;#60;b#62;\"]\n  n1[\"c\"]\n  n0 ==> n1\n");
    buf_release(&out);
    arena_free(a);
}

/* A chain of 20,000 services: no deep recursion, and the page stays quick. */
static void test_long_chain(void **unused)
{
    struct arena *a = arena_new(0);
    struct topo_seen *seen = topology_seen_new();
    const struct graph_row *rows;
    const struct topology *t;

    (void)unused;
    for (int i = 0; i < 20000; i++) {
        char from[16], to[16];

        snprintf(from, sizeof(from), "s%d", i);
        snprintf(to, sizeof(to), "s%d", i + 1);
        topology_seen_add(seen, from, to);
    }
    t = topology_seen_finish(seen, a);
    assert_int_equal(graph_rows(t, a, &rows), 20001);
    assert_int_equal(rows[20000].depth, GRAPH_INDENT_MAX);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_health_of_resources),
        cmocka_unit_test(test_goldens),
        cmocka_unit_test(test_keys),
        cmocka_unit_test(test_without),
        cmocka_unit_test(test_rows),
        cmocka_unit_test(test_mermaid),
        cmocka_unit_test(test_long_chain),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
