/* test_skill_match.c - the skill that a root cause names: every row is about a pattern that there
 * is and a built-in skill that takes those parameters, and what the culprit is called becomes words
 * that a shell reads back. R-19 */
#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "src/engine/host/patterns.h"
#include "src/engine/skill_match.h"

static const char *const takes_names[][3] = {
    [MATCH_NOTHING] = {NULL},  [MATCH_PID] = {"pid"},   [MATCH_PROCESS] = {"pid", "command"},
    [MATCH_PATH] = {"path"},   [MATCH_FILE] = {"path"}, [MATCH_UNIT] = {"unit"},
    [MATCH_GROUP] = {"group"}, [MATCH_PORT] = {"port"},
};

static void test_rows(void **state)
{
    const char *src = getenv("RB_SRCDIR");
    struct err err = ERR_INIT;

    (void)state;
    for (const struct skill_match *m = skill_matches; m->pattern; m++) {
        char *path = xasprintf("%s/skills/%s.yaml", src ? src : ".", m->skill);
        struct buf text = BUF_INIT(1 << 20);
        bool known = false;

        for (size_t i = 0; host_pattern_table()[i]; i++)
            known |= strcmp(host_pattern_table()[i]->id, m->pattern) == 0;
        if (!known)
            fail_msg("there is no pattern '%s'", m->pattern);
        for (const struct skill_match *o = skill_matches; o < m; o++)
            assert_string_not_equal(o->pattern, m->pattern);
        assert_ok(file_read(path, &text, &err), &err);
        for (int i = 0; i < 2 && takes_names[m->takes][i]; i++) {
            char *name = xasprintf("{name: %s,", takes_names[m->takes][i]);

            if (!strstr(buf_cstr(&text), name))
                fail_msg("%s takes no %s", m->skill, takes_names[m->takes][i]);
            free(name);
        }
        if (!strstr(buf_cstr(&text), "{name: host,"))
            fail_msg("%s takes no host", m->skill);
        buf_release(&text);
        free(path);
    }
}

static void line_is(const char *pattern, const char *resource, const char *want)
{
    struct buf out = BUF_INIT(4096);

    assert_int_equal(skill_match_line(pattern, resource, &out), want != NULL);
    assert_string_equal(buf_cstr(&out), want ? want : "");
    buf_release(&out);
}

static void test_lines(void **state)
{
    (void)state;
    line_is("disk_full", "host:local/fs:/var", "free-disk-space path=/var");
    line_is("disk_full", "host:web-3/file:/var/log/a.log",
            "free-disk-space host=web-3 path=/var/log");
    line_is("disk_full", "host:local/file:/huge", "free-disk-space path=/");
    line_is("logfile_growth", "host:local/file:/var/log/a.log", "rotate-logs path=/var/log/a.log");
    line_is("cpu_core", "host:local/process:7(sh)", "stop-runaway-process pid=7");
    line_is("deadlock", "host:local/process:7(my app)",
            "restart-supervised-process pid=7 'command=my app'");
    line_is("memory_group", "host:local/cgroup:/a/b", "relieve-memory-pressure group=a/b");
    line_is("failed_unit", "host:local/unit:web.service", "restart-sick-service unit=web.service");
    line_is("error_answer", "host:local/port:8080", "troubleshoot-service port=8080");
    /* Names of a hostile machine stay one word. */
    line_is("disk_full", "host:local/fs:/mnt/$(reboot)'x",
            "free-disk-space 'path=/mnt/$(reboot)'\\''x'");
    line_is("cpu_core", "host:local/process:7", "stop-runaway-process");
    line_is("cpu_core", "host:local/process:x(7)", "stop-runaway-process");
    line_is("cpu_core", "host:local", "stop-runaway-process");
    line_is("steal", "host:local", NULL);
    line_is("cpu_core", "service:web", NULL);
    line_is("", "", NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_rows), cmocka_unit_test(test_lines)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
