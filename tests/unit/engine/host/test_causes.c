/* test_causes.c - causes before symptoms: which of several findings is the root, and what stands
 * below it. */
#include "tests/lib/unit.h"

#include "src/engine/host/causes.h"
#include "src/engine/host/patterns.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_no_circles),
        cmocka_unit_test(test_first_cause),
        cmocka_unit_test(test_of_two_causes),
        cmocka_unit_test(test_same_process),
    };

    return cmocka_run_group_tests_name("host_causes", tests, NULL, NULL);
}
