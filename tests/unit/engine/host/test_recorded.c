/* test_recorded.c - what the kernel said while real faults and healthy loads stood: recorded by
 * `tests/hostlab/lab --record`, read by the collector's parsers and judged by the patterns. Of a
 * fault its pattern names the culprit; of a healthy machine no pattern of these families is sure
 * from one look (what is tentative needs the second). R-10 */
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "src/engine/host/patterns.h"
#include "src/tool/host_common.h"

static const struct {
    const char *fault, *pattern;
    const char *culprit; /* a part of the resource */
} faults[] = {
    {"cpu-hog", "cpu_saturated", "(hog)"},
    {"cpu-throttled", "cpu_throttled", "cgroup:/hostlab-"},
    {"cpu-timers", "timers", "(ticker)"},

    {"fork-churn", "fork_churn", "(spawner)"},
    {"leak-rlimit", "memory_limit", "(leaky)"},
    {"leak-group", "memory_limit", "(leaky)"},
    {"leak-free", "memory_leak", "(leaky)"},
    {"oom-group", "oom_kill", "cgroup:/hostlab-"},
    {"group-full", "memory_group", "cgroup:/hostlab-"},
    {"swap-thrash", "swap_thrash", "(swapper)"},
    {"zombies", "zombies", "(forgetful)"},
    {"stopped", "stopped", "(service)"},
    {"stuck-io", "stuck_processes", "(writer)"},
    {"fd-leak", "file_handles", "(opener)"},
    {"fds-used-up", "file_handles", "(opener)"},
    {"thread-explosion", "threads", "(spreader)"},
    {"user-processes", "processes", "(farm)"},
    {"group-processes", "processes", "cgroup:/hostlab-"},
    {"crash-loop", "crash_loop", "(supervisor)"},
    {"job-overlap", "duplicate_runs", "(sh)"},
    {"job-lock", "lock_pileup", "(nightly-job)"},
    {"deadlock", "deadlock", "(service)"},
};

static const char *const controls[] = {
    "idle",        "busy-server",      "build",       "copy",           "cache-filled",
    "cron-bursts", "idle-connections", "batch-niced", "just-restarted", "threads-idle",
    "file-mapped", "compress",         "memory-held", "few-zombies",
};

static const struct value *snapshot(struct arena *a, const char *name)
{
    const char *dir = getenv("RB_SRCDIR");
    char *path = xasprintf("%s/tests/data/host/%s.bundle", dir ? dir : ".", name);
    struct buf bundle = BUF_INIT(1 << 22), text = BUF_INIT(1 << 22);
    char summary[256];
    struct json_writer w;
    struct host_answer answer = {.host = "web-3", .arena = a, .out = &w, .summary = summary};
    const struct value *doc = NULL;
    struct err err = ERR_INIT;

    assert_ok(file_read(path, &bundle, &err), &err);
    json_writer_init(&w, &text);
    answer.bundle = buf_str(&bundle);
    assert_ok(host_snapshot_render(&answer, &err), &err);
    assert_ok(json_parse(a, buf_str(&text), &doc, &err), &err);
    buf_release(&bundle);
    buf_release(&text);
    free(path);
    return doc;
}

static const struct host_pattern *pattern(const char *id)
{
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
        if (strcmp((*p)->id, id) == 0)
            return *p;
    }
    fail_msg("no pattern %s", id);
    return NULL;
}

static void test_faults(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        struct host_view v = {
            .arena = a, .snapshot = snapshot(a, faults[i].fault), .host = "web-3", .words = 0};
        struct host_finding f;
        const char *named;

        host_pattern_run(pattern(faults[i].pattern), &v, &f);
        if (f.strength != STRENGTH_STRONG)
            fail_msg("%s: %s stays quiet: %s", faults[i].fault, faults[i].pattern, f.evidence);
        named = f.culprit_count ? f.culprits[0].resource : f.resource;
        if (!strstr(named, faults[i].culprit))
            fail_msg("%s: %s names %s", faults[i].fault, faults[i].pattern, named);
    }
    arena_free(a);
}

static bool of_these_families(const struct host_pattern *p)
{
    return strcmp(p->kind, "cpu") == 0 || strcmp(p->kind, "memory") == 0 ||
           strcmp(p->kind, "process") == 0 || strcmp(p->kind, "limits") == 0;
}

static void test_healthy(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(controls) / sizeof(*controls); i++) {
        struct host_view v = {.arena = a,
                              .snapshot = snapshot(a, controls[i]),
                              .host = "web-3",
                              .words = WORDS_LATENCY};

        for (const struct host_pattern *const *p = host_pattern_table(); *p; p++) {
            struct host_finding f;

            host_pattern_run(*p, &v, &f);
            if (of_these_families(*p) && f.strength == STRENGTH_STRONG && !f.tentative)
                fail_msg("%s: %s is sure: %s", controls[i], (*p)->id, f.evidence);
        }
    }
    arena_free(a);
}

/* Faults of others: the pattern of one stays quiet on the recording of another. */
static void test_not_of_others(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(faults) / sizeof(*faults); i++) {
        struct host_view v = {
            .arena = a, .snapshot = snapshot(a, faults[i].fault), .host = "web-3", .words = 0};

        if (strcmp(faults[i].pattern, "zombies") != 0 &&
            strcmp(faults[i].pattern, "deadlock") != 0) {
            struct host_finding z, d;

            host_pattern_run(pattern("zombies"), &v, &z);
            host_pattern_run(pattern("deadlock"), &v, &d);
            assert_int_equal(z.strength, STRENGTH_NONE);
            assert_int_equal(d.strength, STRENGTH_NONE);
        }
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_faults),
        cmocka_unit_test(test_healthy),
        cmocka_unit_test(test_not_of_others),
    };

    return cmocka_run_group_tests_name("host_recorded", tests, NULL, NULL);
}
