/* test_second_look.c - the second look at a culprit of storage: it goes on, or it does not; the
 * folder that holds what fills a disk, and who works there. R-10 */
#include "tests/unit/engine/host/cases.h"

static const char on[] =
    "{\"pid\":7,\"read_rate\":1e9,\"write_rate\":1e9,\"wrote_rate\":1e9,\"write_calls\":1e9,"
    "\"files\":[{\"path\":\"/var/log/app.log\",\"rate\":1e9,\"size\":1e9}]}";
static const char off[] = "{\"pid\":7,\"read_rate\":0,\"write_rate\":0,\"wrote_rate\":0,"
                          "\"write_calls\":0,\"files\":[]}";

static bool is_storage(const char *id)
{
    static const char *const ids[] = {"disk_io", "disk_fsync", "writeback", NULL};

    for (size_t i = 0; ids[i]; i++) {
        if (strcmp(ids[i], id) == 0)
            return true;
    }
    return false;
}

static void test_goes_on_or_not(void **unused)
{
    struct arena *a = arena_new(0);
    size_t seen = 0;

    (void)unused;
    for (const struct sides *s = cases_storage; s->id; s++) {
        struct parts fires = cases_merge(&s->fires);
        struct host_reading r;

        if (!is_storage(s->id) || !cases_run(a, s->id, &fires, 0).culprit_count)
            continue;
        r = cases_follow(a, &fires, s->id, on);
        assert_int_equal(r.strength, STRENGTH_STRONG);
        assert_true(r.direct);
        assert_non_null(r.evidence);
        r = cases_follow(a, &fires, s->id, off);
        assert_int_equal(r.strength, STRENGTH_NONE);
        seen++;
    }
    assert_true(seen >= 3);
    arena_free(a);
}

static void test_folder(void **unused)
{
    static const char answer[] =
        "{\"files\":[],\"partial\":true,\"folders\":["
        "{\"path\":\"/var\",\"share\":1,\"inode_share\":1,\"bytes\":9e9,\"entries\":900000},"
        "{\"path\":\"/var/spool\",\"share\":0.95,\"inode_share\":0.95,\"bytes\":8e9,"
        "\"entries\":800000},"
        "{\"path\":\"/var/spool/out\",\"share\":0.9,\"inode_share\":0.9,\"bytes\":7e9,"
        "\"entries\":700000}],"
        "\"workers\":[{\"pid\":31,\"command\":\"gen\",\"how\":\"cwd\",\"path\":\"/var/spool/out\"},"
        "{\"pid\":32,\"command\":\"sh\",\"how\":\"arg\",\"path\":\"/home\"}]}";
    struct arena *a = arena_new(0);
    size_t seen = 0;

    (void)unused;
    for (const struct sides *s = cases_storage; s->id; s++) {
        struct parts fires = cases_merge(&s->fires);
        struct host_reading r;

        if ((strcmp(s->id, "disk_full") != 0 && strcmp(s->id, "disk_inodes") != 0) ||
            !cases_run(a, s->id, &fires, 0).culprit_count)
            continue;
        r = cases_follow(a, &fires, s->id, answer);
        assert_int_equal(r.strength, STRENGTH_STRONG);
        assert_non_null(strstr(r.evidence, "/var/spool/out holds"));
        assert_non_null(
            strstr(r.evidence, "90 % of what is used, where process 31 (gen) is at work"));
        assert_non_null(strstr(r.evidence, "(the walk was cut)"));
        r = cases_follow(a, &fires, s->id, "{\"files\":[],\"folders\":[]}");
        assert_int_equal(r.strength, STRENGTH_NONE);
        assert_non_null(strstr(r.evidence, "no large file and no folder stands out"));
        seen++;
    }
    assert_true(seen >= 2);
    arena_free(a);
}

#define FLOODS(pid, name, rate)                                                                    \
    "{\"pid\":" pid ",\"ppid\":1,\"command\":\"" name "\",\"state\":\"S\",\"wrote_rate\":" rate "}"
#define APPENDS(pid, path) "{\"pid\":" pid ",\"path\":\"" path "\",\"append\":true,\"size\":1e9}"

/* The fastest writer of a log may write elsewhere: the next one is looked at as well. */
static void test_two_logs(void **unused)
{
    struct parts three =
        cases_merge(&(struct parts){.processes = "[" FLOODS("7", "slow", "2e6") "," FLOODS(
                                        "8", "cc", "9e7") "," FLOODS("9", "chatty", "3e6") "]",
                                    .more = "\"written\":[" APPENDS("7", "/srv/a.log") "," APPENDS(
                                        "8", "/srv/b.log") "," APPENDS("9", "/srv/c.log") "]"});
    struct arena *a = arena_new(0);
    struct host_finding f = cases_run(a, "logfile_growth", &three, 0);

    (void)unused;
    assert_int_equal(f.culprit_count, 2);
    assert_string_equal(f.culprits[0].resource, "host:web-3/process:8(cc)");
    assert_string_equal(f.culprits[1].resource, "host:web-3/process:9(chatty)");
    assert_string_equal(f.culprits[1].path, "/srv/c.log");
    assert_string_equal(f.resource, "host:web-3");
    assert_true(f.tentative);
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_goes_on_or_not),
        cmocka_unit_test(test_folder),
        cmocka_unit_test(test_two_logs),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
