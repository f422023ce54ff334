/* test_causes.c - causes before symptoms: which of several findings is the root, and what stands
 * below it. Each row of the table orders its two patterns as they really fire, and does not where
 * its condition is not met. R-97 */
#include "cases.h"

#include "src/engine/host/causes.h"

static struct host_finding finding(const char *id, double severity, const char *resource)
{
    static struct host_pattern rows[64];
    static size_t used;
    struct host_pattern *p = &rows[used++ % 64];

    p->id = id;
    return (struct host_finding){
        .pattern = p, .strength = STRENGTH_STRONG, .severity = severity, .resource = resource};
}

/* A cause of a cause of itself would explain everything away. */
static bool leads_to(const char *from, const char *to, int depth)
{
    for (const struct host_cause *row = host_cause_table(); depth < 32 && row->cause; row++) {
        if (strcmp(row->cause, from) == 0 &&
            (strcmp(row->effect, to) == 0 || leads_to(row->effect, to, depth + 1)))
            return true;
    }
    return depth >= 32;
}

static void test_no_circles(void **state)
{
    (void)state;
    for (const struct host_cause *row = host_cause_table(); row->cause; row++) {
        if (leads_to(row->effect, row->cause, 0))
            fail_msg("%s and %s explain each other", row->cause, row->effect);
        assert_true(row->because && *row->because);
        for (const struct host_cause *o = host_cause_table(); o < row; o++)
            assert_false(strcmp(o->cause, row->cause) == 0 && strcmp(o->effect, row->effect) == 0);
    }
}

static void test_first_cause(void **state)
{
    struct host_finding f[] = {finding("failed_unit", 0.9, "host:h/unit:a.service"),
                               finding("oom_kill", 0.8, "host:h/process:9(java)"),
                               finding("memory_limit", 0.6, "host:h/process:9(java)"),
                               finding("clock", 0.5, "host:h")};
    size_t cause[4];

    (void)state;
    host_explain_all(f, 4, cause);
    assert_int_equal(cause[0], 2);
    assert_int_equal(cause[1], 2);
    assert_int_equal(cause[2], 2);
    assert_int_equal(cause[3], 3);
    f[2].strength = STRENGTH_NONE; /* it was refuted */
    host_explain_all(f, 4, cause);
    assert_int_equal(cause[0], 1);
    assert_int_equal(cause[1], 1);
}

/* Of two that explain it the graver one; what is only a hint explains nothing. */
static void test_of_two_causes(void **state)
{
    struct host_finding f[] = {finding("failed_unit", 1, "host:h/unit:a.service"),
                               finding("disk_full", 0.85, "host:h/fs:/"),
                               finding("oom_kill", 0.6, "host:h/process:9(java)")};
    size_t cause[3];

    (void)state;
    host_explain_all(f, 3, cause);
    assert_int_equal(cause[0], 1);
    f[1].strength = STRENGTH_WEAK;
    host_explain_all(f, 3, cause);
    assert_int_equal(cause[0], 2);
    f[0].strength = STRENGTH_NONE;
    assert_null(host_explains(&f[2], &f[0]));
}

static void test_same_process(void **state)
{
    struct host_finding fds = finding("file_handles", 0.9, "host:h/process:7(web)");
    struct host_finding queue = finding("accept_backlog", 0.9, "host:h/port:80");

    (void)state;
    assert_null(host_explains(&fds, &queue));
    queue.culprits[0].pid = 8;
    queue.culprit_count = 1;
    assert_null(host_explains(&fds, &queue));
    queue.culprits[0].pid = 7;
    assert_non_null(host_explains(&fds, &queue));
    queue.culprit_count = 0;
    queue.pids[3] = 7;
    assert_non_null(host_explains(&fds, &queue));
}

/* As it fires: the first case of that pattern, about no process in particular. */
static struct host_finding as_it_fires(struct arena *a, const char *id,
                                       enum evidence_strength least)
{
    for (const struct sides *const *family = cases_families; *family; family++) {
        for (const struct sides *s = *family; s->id; s++) {
            struct parts hot = cases_merge(&s->fires);
            struct host_finding f;

            if (strcmp(s->id, id) != 0)
                continue;
            f = cases_run(a, id, &hot, s->words);
            if (f.strength > least)
                continue;
            memset(f.pids, 0, sizeof(f.pids));
            f.mount = NULL; /* about no filesystem in particular */
            f.resource = "host:web-3";
            for (int i = 0; i < f.culprit_count; i++)
                f.culprits[i].pid = 900 + i; /* seen, and somebody else */
            return f;
        }
    }
    fail_msg("no case in which %s fires", id);
    return (struct host_finding){.pattern = NULL};
}

/* In both orders of the list, and whatever the severities are. */
static void check_order(struct host_finding cause, struct host_finding effect, bool explained)
{
    struct host_finding ab[] = {cause, effect}, ba[] = {effect, cause};
    size_t root[2];

    host_explain_all(ab, 2, root);
    assert_int_equal(root[0], 0);
    assert_int_equal(root[1], explained ? 0 : 1);
    host_explain_all(ba, 2, root);
    assert_int_equal(root[1], 1);
    assert_int_equal(root[0], explained ? 1 : 0);
}

static void check_row(struct arena *a, const struct host_cause *row)
{
    struct host_finding cause = as_it_fires(a, row->cause, STRENGTH_STRONG), weak = cause;
    struct host_finding effect = as_it_fires(a, row->effect, STRENGTH_WEAK), quiet = effect;

    cause.culprit_count = 0;
    weak = cause;
    weak.strength = STRENGTH_WEAK;  /* a doubt explains nothing */
    quiet.strength = STRENGTH_NONE; /* what is normal needs no cause */
    check_order(cause, effect, row->tie == TIE_HOST);
    check_order(weak, effect, false);
    check_order(cause, quiet, false);
    cause.pids[0] = weak.pids[0] = effect.pids[2] = 77;
    check_order(cause, effect, true);
    check_order(weak, effect, false);
    cause.pids[0] = 78;
    check_order(cause, effect, row->tie == TIE_HOST);
    cause.resource = "host:web-3/process:77(app)";
    check_order(cause, effect, true);
    if (row->tie != TIE_UNSEEN)
        return;
    cause.resource = "host:web-3";
    effect.culprits[0].pid = 0; /* whose sockets cannot be seen */
    check_order(cause, effect, true);
}

static void test_each_row(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (const struct host_cause *row = host_cause_table(); row->cause; row++)
        check_row(a, row);
    arena_free(a);
}

/* Patterns without a row never explain each other. */
static void test_only_rows(void **state)
{
    struct arena *a = arena_new(0);
    struct host_finding clock = as_it_fires(a, "clock", STRENGTH_STRONG);
    struct host_finding full = as_it_fires(a, "disk_full", STRENGTH_STRONG);

    (void)state;
    assert_null(host_explains(&clock, &full));
    assert_null(host_explains(&full, &clock));
    assert_null(host_explains(&full, &full));
    check_order(clock, full, false);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_circles),    cmocka_unit_test(test_first_cause),
        cmocka_unit_test(test_of_two_causes), cmocka_unit_test(test_same_process),
        cmocka_unit_test(test_each_row),      cmocka_unit_test(test_only_rows),
    };

    return cmocka_run_group_tests_name("host_causes", tests, NULL, NULL);
}
