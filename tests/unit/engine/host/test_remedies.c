/* test_remedies.c - what a person could do about a cause is something that the program can do,
 * where its table has a row for it: every proposal that names an operation is one, with arguments
 * that the operation takes, whatever the culprit's name holds. R-19 */
#include "tests/lib/unit.h"

#include "runbook/engine/mutate.h"
#include "runbook/base/mem.h"
#include "src/engine/host/pattern.h"
#include "src/engine/host/patterns.h"
#include "src/engine/mutate_priv.h"

/* A culprit of each kind that a proposal can be about. */
static const char *const resources[] = {"host:web-3/process:4711(burn)",
                                        "host:web-3/unit:shop.service",
                                        "host:web-3/fs:/srv/data",
                                        "host:web-3/file:/var/log/shop/app.log",
                                        "host:web-3/cgroup:system.slice/shop",
                                        "host:web-3/resolver:10.0.0.2",
                                        "host:web-3",
                                        "host:web-3/folder:/srv/data",
                                        "host:web-3/cgroup:/docker/0a1b2c3d4e5f",
                                        NULL};

static void check_line(const char *id, const char *line)
{
    struct buf args = BUF_INIT(65536), json = BUF_INIT(65536);
    struct arena *a = arena_new(0);
    const struct act_def *d;
    const struct value *v;
    struct err err;

    if (act_parse_line(line, &d, &args, &err) || act_coerce(d, buf_str(&args), a, &v, &json, &err))
        fail_msg("%s: \"%s\": %s", id, line, err.msg);
    buf_release(&args);
    buf_release(&json);
    arena_free(a);
}

/* The operations that this proposal leads to, for all culprits that it fits. */
static int lines_of(const char *id, const struct host_proposal *p, const char *operation)
{
    struct arena *a = arena_new(0);
    int n = 0;

    for (const char *const *r = resources; *r; r++) {
        struct buf line = BUF_INIT(4096);
        const char *text = p->act ? host_fill_act(a, p->act, *r) : NULL, *command;

        command = host_fill(a, p->command ? p->command : "", *r);
        if (text)
            buf_adds(&line, text);
        else if (!p->act && command)
            act_from_command(command, "web-3", &line);
        if (line.len) {
            check_line(id, buf_cstr(&line));
            n += !operation || strncmp(buf_cstr(&line), operation, strlen(operation)) == 0;
        }
        buf_release(&line);
    }
    arena_free(a);
    return n;
}

static const struct host_pattern *pattern(const char *id)
{
    const struct host_pattern *const *at = host_pattern_table();

    while (*at && strcmp((*at)->id, id) != 0)
        at++;
    if (!*at)
        fail_msg("there is no pattern %s", id);
    return *at;
}

/* Where a row exists that mends it, the pattern proposes it. */
static void test_rows_are_proposed(void **state)
{
    static const char *const table[][2] = {{"disk_full", "host.log.truncate"},
                                           {"disk_full", "host.file.delete"},
                                           {"disk_filling", "host.process.signal"},
                                           {"logfile_growth", "host.log.truncate"},
                                           {"logfile_growth", "host.process.signal"},
                                           {"deleted_open", "host.process.signal"},
                                           {"mount_readonly", "host.mount.remount-rw"},
                                           {"cpu_core", "host.process.renice"},
                                           {"cpu_core", "host.process.signal"},
                                           {"cpu_saturated", "host.process.signal"},
                                           {"cpu_throttled", "host.cgroup.limit"},
                                           {"memory_group", "host.cgroup.limit"},
                                           {"memory_limit", "host.cgroup.limit"},
                                           {"oom_kill", "host.cgroup.limit"},
                                           {"memory_leak", "host.process.signal"},
                                           {"processes", "host.cgroup.limit"},
                                           {"deadlock", "host.supervised.restart"},
                                           {"threads", "host.supervised.restart"},
                                           {"failed_unit", "host.unit.restart"},
                                           {"flapping_unit", "host.unit.restart"},
                                           {"stopped_unit", "host.unit.start"},
                                           {"stopped", "host.process.signal"},
                                           {"crash_loop", "host.process.signal"},
                                           {"restart_loop", "host.process.signal"},
                                           {"dns", "host.resolver.flush"},
                                           {"duplicate_runs", "host.process.signal"},
                                           {"clock", "host.unit.start"},
                                           {"lock_pileup", "host.process.signal"}};

    (void)state;
    for (size_t i = 0; i < sizeof(table) / sizeof(*table); i++) {
        int n = 0;

        for (const struct host_proposal *p = pattern(table[i][0])->proposals; p && p->action; p++)
            n += lines_of(table[i][0], p, table[i][1]);
        if (!n)
            fail_msg("%s does not propose %s", table[i][0], table[i][1]);
    }
}

/* What names an operation is one. */
static void test_every_line_is_an_operation(void **state)
{
    int n = 0;

    (void)state;
    for (const struct host_pattern *const *at = host_pattern_table(); *at; at++) {
        for (const struct host_proposal *p = (*at)->proposals; p && p->action; p++) {
            int lines = lines_of((*at)->id, p, NULL);

            if (p->act && !lines)
                fail_msg("%s: no culprit fits \"%s\"", (*at)->id, p->act);
            n += lines > 0;
        }
    }
    assert_true(n >= 25);
}

/* A file with such a name is that file, and nothing else is said by it. */
static void test_names_are_words(void **state)
{
    static const char *const names[] = {"/var/log/a sudo=yes", "/var/log/a' sudo=yes '",
                                        "/var/log/a\\ sudo=yes", "/var/log/$(reboot)",
                                        "/var/log/a=b host=db-1"};
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        char *resource = xasprintf("host:web-3/file:%s", names[i]);
        const char *line = host_fill_act(a, "host.file.delete path={file}", resource);
        struct buf args = BUF_INIT(65536), json = BUF_INIT(65536);
        const struct act_def *d;
        const struct value *v;
        struct err err;

        assert_ok(act_parse_line(line, &d, &args, &err), &err);
        assert_ok(act_coerce(d, buf_str(&args), a, &v, &json, &err), &err);
        assert_string_equal(value_cstr_or(v, "path", ""), names[i]);
        assert_false(value_bool_or(v, "sudo", false));
        assert_string_equal(value_cstr_or(v, "host", ""), "local");
        buf_release(&args);
        buf_release(&json);
        free(resource);
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows_are_proposed),
        cmocka_unit_test(test_every_line_is_an_operation),
        cmocka_unit_test(test_names_are_words),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
