/* test_network.c - the patterns of the network: what waits for whom, and what a second look says.
 * */
#include "cases_network.h"

#include "src/engine/host/causes.h"

static struct host_finding run_more(struct arena *a, const char *id, const char *more)
{
    struct parts p = cases_merge(&(struct parts){.more = more});

    return cases_run(a, id, &p, 0);
}

/* A request without an answer is blamed only where somebody else waits for it in turn. */
static void test_soft_waits(void **state)
{
    struct arena *a = arena_new(0);
    struct host_finding f;

    (void)state;
    f = run_more(a, "dependency", CONNS(FAR("\"unanswered\":2,\"unanswered_s\":30")));
    assert_int_equal(f.strength, STRENGTH_NONE);
    f = run_more(a, "dependency", CONNS(FAR("\"unanswered\":2,\"unanswered_s\":1") "," OWES("1")));
    assert_int_equal(f.strength, STRENGTH_WEAK);
    assert_string_equal(f.culprits[0].resource, "host:web-3/peer:10.0.0.9:443");
    assert_int_equal(f.culprits[0].follow, FOLLOW_PEER);
    f = run_more(a, "dependency",
                 CONNS(FAR("\"unanswered\":2,\"unanswered_s\":0.9") "," OWES("1")));
    assert_int_equal(f.strength, STRENGTH_NONE);
    f = run_more(a, "dependency",
                 CONNS(FAR("\"unanswered\":2,\"unanswered_s\":1") "," OWES("0.9")));
    assert_int_equal(f.strength, STRENGTH_NONE);
    arena_free(a);
}

/* client -> web -> mid -> db: the chain is followed to its end, its links are told. */
static void test_chain(void **state)
{
    struct arena *a = arena_new(0);
    struct host_finding f;

    (void)state;
    f = run_more(
        a, "dependency",
        CONNS(HOP("3", "mid", "4", "db", "5432", "T") "," HOP(
            "2", "web", "3", "mid", "8081", "S") "," HOP("1000", "curl", "2", "web", "80", "S")));
    assert_int_equal(f.strength, STRENGTH_STRONG);
    assert_string_equal(f.resource, "host:web-3/process:1000(curl)");
    assert_int_equal(f.culprits[0].link_count, 2);
    assert_string_equal(f.culprits[0].links[0].resource, "host:web-3/process:2(web)");
    assert_string_equal(f.culprits[0].links[1].resource, "host:web-3/process:3(mid)");
    assert_string_equal(f.culprits[0].resource, "host:web-3/process:4(db)");
    assert_non_null(strstr(f.culprits[0].statement, "is stopped"));
    /* Two that wait for each other end as well. */
    f = run_more(a, "dependency",
                 CONNS(HOP("2", "a", "3", "b", "81", "S") "," HOP("3", "b", "2", "a", "80", "S")));
    assert_int_equal(f.strength, STRENGTH_STRONG);
    arena_free(a);
}

#define UNREACHED CONNS(FAR("\"syn_sent\":2,\"syn_s\":3"))

/* The peer's own machine is looked at as well. */
static void test_dependency_there(void **state)
{
    struct arena *a = arena_new(0);
    struct parts p = cases_merge(&(struct parts){.more = UNREACHED});
    struct host_reading r;

    (void)state;
    r = cases_follow(a, &p, "dependency",
                     "{\"host\":\"db-1\",\"listeners\":[{\"port\":443,\"pid\":9,\"command\":\"db\","
                     "\"queue\":1,\"backlog\":5}],\"connections\":[{\"direction\":\"in\",\"addr\":"
                     "\"10.0.0.9\",\"port\":443,\"count\":2,\"unaccepted\":1,\"own\":{\"pid\":9,"
                     "\"command\":\"db\",\"state\":\"T\"}}]}");
    assert_int_equal(r.strength, STRENGTH_STRONG);
    assert_string_equal(r.resource, "host:db-1/process:9(db)");
    r = cases_follow(a, &p, "dependency", "{\"host\":\"db-1\",\"listeners\":[]}");
    assert_int_equal(r.strength, STRENGTH_STRONG);
    assert_string_equal(r.resource, "host:db-1/port:443");
    r = cases_follow(a, &p, "dependency",
                     "{\"host\":\"db-1\",\"listeners\":[{\"port\":443,\"pid\":9,\"queue\":0,"
                     "\"backlog\":5}]}");
    assert_int_equal(r.strength, STRENGTH_NONE);
    arena_free(a);
}

/* A queue that is merely full is told by the pattern of queues; a stopped process is not. */
static void test_backlog_or_peer(void **state)
{
    struct arena *a = arena_new(0);
    struct parts p = {.listeners = "[{\"port\":5432,\"queue\":6,\"backlog\":5,\"pid\":9}]",
                      .more = CONNS(NEAR("\"syn_sent\":1,\"syn_s\":3", "S"))};
    struct parts busy = cases_merge(&p), stopped;

    (void)state;
    p.more = CONNS(NEAR("\"syn_sent\":1,\"syn_s\":3", "T"));
    stopped = cases_merge(&p);
    assert_int_equal(cases_run(a, "dependency", &busy, 0).strength, STRENGTH_NONE);
    assert_int_equal(cases_run(a, "dependency", &stopped, 0).strength, STRENGTH_STRONG);
    arena_free(a);
}

/* What the kernel said five minutes ago is so; what it said before that was so. */
static void test_old_events(void **state)
{
    struct arena *a = arena_new(0);
    struct parts fresh = cases_merge(&(struct parts){.events = EVENT("conntrack_full", "300")});
    struct parts old = cases_merge(&(struct parts){.events = EVENT("conntrack_full", "301")});
    struct parts gone = cases_merge(&(struct parts){.events = EVENT("conntrack_full", "1801")});

    (void)state;
    assert_int_equal(cases_run(a, "conntrack", &fresh, 0).strength, STRENGTH_STRONG);
    assert_int_equal(cases_run(a, "conntrack", &old, 0).strength, STRENGTH_WEAK);
    assert_int_equal(cases_run(a, "conntrack", &gone, 0).strength, STRENGTH_NONE);
    arena_free(a);
}

/* Every row of the table of causes names patterns that exist. */
static void test_causes_exist(void **state)
{
    (void)state;
    for (const struct host_cause *row = host_cause_table(); row->cause; row++) {
        int found = 0;

        for (const struct host_pattern *const *at = host_pattern_table(); *at; at++)
            found += strcmp((*at)->id, row->cause) == 0 || strcmp((*at)->id, row->effect) == 0;
        if (found != 2)
            fail_msg("no pattern %s, or no pattern %s", row->cause, row->effect);
    }
}

int main(void)
{
    const struct CMUnitTest all[] = {
        cmocka_unit_test(test_soft_waits),       cmocka_unit_test(test_chain),
        cmocka_unit_test(test_dependency_there), cmocka_unit_test(test_backlog_or_peer),
        cmocka_unit_test(test_causes_exist),     cmocka_unit_test(test_old_events),
    };

    return cmocka_run_group_tests_name("host_network", all, NULL, NULL);
}
