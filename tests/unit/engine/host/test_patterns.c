/* test_patterns.c - each pattern over small snapshots, on both sides of its threshold (R-09,
 * */
#include "cases.h"

/* A healthy machine fires no row, whatever the words: they are no evidence. */
static void test_healthy_is_quiet(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (const struct host_pattern *const *at = host_pattern_table(); *at; at++) {
        const struct host_pattern *row = *at;

        for (unsigned words = 0; words < 2; words++) {
            struct host_finding f = cases_run(a, row->id, &cases_healthy, words ? ~0u : 0);

            if (f.strength != STRENGTH_NONE)
                fail_msg("%s fires on a healthy machine: %s", row->id, f.evidence);
            assert_non_null(f.evidence);
        }
    }
    arena_free(a);
}

static void check_sides(struct arena *a, const struct sides *s, size_t i)
{
    struct parts hot = cases_merge(&s->fires), cold = cases_merge(&s->quiet);
    struct host_finding f = cases_run(a, s->id, &hot, s->words),
                        q = cases_run(a, s->id, &cold, s->words);
    const char *resource = f.culprit_count ? f.culprits[0].resource : f.resource;

    if (f.strength != (s->doubt ? STRENGTH_WEAK : STRENGTH_STRONG))
        fail_msg("%s (%zu) does not fire: %s", s->id, i, f.evidence);
    assert_string_equal(resource, s->resource);
    if (q.strength == STRENGTH_STRONG || (s->doubt && q.strength != STRENGTH_NONE))
        fail_msg("%s (%zu) fires below its threshold: %s", s->id, i, q.evidence);
}

static void test_both_sides(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (const struct sides *const *f = cases_families; *f; f++) {
        for (const struct sides *s = *f; s->id; s++)
            check_sides(a, s, (size_t)(s - *f));
    }
    arena_free(a);
}

static bool has_case(const char *id)
{
    for (const struct sides *const *f = cases_families; *f; f++) {
        for (const struct sides *s = *f; s->id; s++) {
            if (strcmp(s->id, id) == 0)
                return true;
        }
    }
    return false;
}

/* Every row is in the table above, so that a new one comes with its two cases. */
static void test_every_row_has_cases(void **state)
{
    (void)state;
    for (const struct host_pattern *const *at = host_pattern_table(); *at; at++) {
        const struct host_pattern *row = *at;

        if (!has_case(row->id))
            fail_msg("pattern %s has no case", row->id);
        assert_true(row->words && row->claim && row->refutes && row->rationale && row->kind);
    }
}

static void test_one_core_only_when_it_matters(void **state)
{
    struct arena *a = arena_new(0);
    struct parts big = cases_merge(&(struct parts){
        .cpu = "{\"count\":32,\"busy\":0.05,\"steal\":0,\"max_busy\":1,\"running\":1}",
        .processes = BURNER("1.0", "90")});
    struct parts young = cases_merge(&(struct parts){.processes = BURNER("1.0", "1")});

    (void)state;
    assert_int_equal(cases_run(a, "cpu_core", &big, 0).strength, STRENGTH_NONE);
    assert_int_equal(cases_run(a, "cpu_core", &big, WORDS_LATENCY).strength, STRENGTH_STRONG);
    assert_int_equal(cases_run(a, "cpu_core", &big, WORDS_DISK).strength, STRENGTH_NONE);
    assert_int_equal(cases_run(a, "cpu_core", &young, WORDS_CPU).strength, STRENGTH_NONE);
    arena_free(a);
}

/* The second look confirms what lasts and refutes what does not. */
static void test_follow_ups(void **state)
{
    struct arena *a = arena_new(0);
    struct parts burn = cases_merge(&(struct parts){.processes = BURNER("0.99", "90")});
    struct parts leak = cases_merge(&(struct parts){.processes = GROWER("2e6", "3e8", "4e8")});
    struct parts full = cases_merge(&(struct parts){.filesystems = FS("1", "0.1", "false")});
    struct host_reading r;

    (void)state;
    r = cases_follow(a, &burn, "cpu_core",
                     "{\"cpu_mean\":0.98,\"cpu_min\":0.9,\"window_s\":2.5,\"ended\":false}");
    assert_int_equal(r.strength, STRENGTH_STRONG);
    assert_true(r.direct);
    r = cases_follow(a, &burn, "cpu_core",
                     "{\"cpu_mean\":0.3,\"cpu_min\":0.0,\"window_s\":2.5,\"ended\":false}");
    assert_int_equal(r.strength, STRENGTH_CONTRADICTS);
    r = cases_follow(a, &burn, "cpu_core",
                     "{\"cpu_mean\":0.98,\"cpu_min\":0.9,\"window_s\":2.5,\"ended\":true}");
    assert_int_equal(r.strength, STRENGTH_CONTRADICTS);
    r = cases_follow(
        a, &leak, "memory_limit",
        "{\"vm_rate\":2e6,\"vm_rising\":1,\"vm_start\":3e8,\"vm\":3.1e8,\"window_s\":2.5}");
    assert_int_equal(r.strength, STRENGTH_STRONG);
    r = cases_follow(
        a, &leak, "memory_limit",
        "{\"vm_rate\":0,\"vm_rising\":0,\"vm_start\":3e8,\"vm\":3e8,\"window_s\":2.5}");
    assert_int_equal(r.strength, STRENGTH_CONTRADICTS);
    r = cases_follow(
        a, &full, "disk_full",
        "{\"files\":[{\"path\":\"/var/"
        "huge.log\",\"bytes\":9e8,\"share\":0.9,\"deleted\":true,\"pid\":3,\"command\":\"d\"}]}");
    assert_int_equal(r.strength, STRENGTH_STRONG);
    assert_string_equal(r.resource, "host:web-3/file:/var/huge.log");
    r = cases_follow(a, &full, "disk_full",
                     "{\"files\":[{\"path\":\"/var/a\",\"bytes\":1e7,\"share\":0.01}]}");
    assert_int_equal(r.strength, STRENGTH_NONE);
    arena_free(a);
}

/* proposals and checks name the culprit, or are left out. */
static void test_fill(void **state)
{
    struct arena *a = arena_new(0);
    const char *p = "host:web-3/process:7(my (app))", *fs = "host:web-3/fs:/var/a:b";

    (void)state;
    assert_string_equal(host_fill(a, "kill {pid} on {host}: {command}", p),
                        "kill 7 on web-3: my (app)");
    assert_string_equal(host_fill(a, "df {fs}", fs), "df /var/a:b");
    assert_string_equal(host_fill(a, "{name}", "host:web-3/unit:a.service"), "a.service");
    assert_string_equal(host_fill(a, "awk '{print}' ${X}", "host:h") ? "" : "left out", "left out");
    assert_string_equal(host_fill(a, "awk {} {", "host:h"), "awk {} {");
    assert_null(host_fill(a, "kill {pid}", fs));
    assert_null(host_fill(a, "df {fs}", "host:web-3"));
    assert_null(host_fill(a, "{host}", "service:x"));
    arena_free(a);
}

static void check_words(const char *text)
{
    static const char *const keys[] = {
        "{host}",   "{pid}",   "{command}", "{name}",   "{unit}",      "{port}",     "{fs}",
        "{file}",   "{disk}",  "{nic}",     "{cgroup}", "{listener}",  "{path}",     "{user}",
        "{peer}",   "{mount}", "{device}",  "{log}",    "{container}", "{resolver}", "{socket}",
        "{folder}", "{raid}",  "{pool}",    "{quota}",  "{program}"};

    for (const char *c = text ? strchr(text, '{') : NULL; c; c = strchr(c + 1, '{')) {
        bool known = c[1] < 'a' || c[1] > 'z';

        for (size_t i = 0; i < sizeof(keys) / sizeof(*keys); i++)
            known = known || strncmp(c, keys[i], strlen(keys[i])) == 0;
        if (!known)
            fail_msg("no culprit has this word: %s", c);
    }
}

/* Every proposal says how it is undone, and its words in braces exist. */
static void test_proposals(void **state)
{
    (void)state;
    for (const struct host_pattern *const *at = host_pattern_table(); *at; at++) {
        const struct host_proposal *p = (*at)->proposals;

        for (; p && p->action; p++) {
            if (!p->rollback || !*p->rollback || p->action[strlen(p->action) - 1] == '.')
                fail_msg("%s: \"%s\" needs a rollback, and no full stop", (*at)->id, p->action);
            check_words(p->action);
            check_words(p->command);
            check_words(p->rollback);
        }
        for (const char *const *c = (*at)->checks; c && *c; c++)
            check_words(*c);
    }
}

static const char *unasked(struct arena *a, const char *filesystems)
{
    struct parts p = cases_merge(&(struct parts){.filesystems = filesystems});
    struct host_view v = {.arena = a, .snapshot = cases_snapshot(a, &p), .host = "web-3"};

    return host_filesystems_unasked(&v);
}

/* A full disk that nobody could see is not "nothing wrong". */
static void test_filesystems_unasked(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    assert_null(unasked(a, FS("0.5", "0.1", "false")));
    assert_non_null(unasked(a, "[]"));
    assert_non_null(unasked(a, "[{\"mount\":\"/run\",\"type\":\"tmpfs\",\"known\":true}]"));
    assert_null(unasked(a, "[{\"mount\":\"/\",\"type\":\"tmpfs\",\"known\":true}]"));
    assert_non_null(strstr(unasked(a, "[{\"mount\":\"/srv\",\"known\":false}]"), "seen: /srv)"));
    assert_non_null(strstr(unasked(a, "[{\"mount\":\"/a\"},{\"mount\":\"/b\"}]"), "/a and others"));
    arena_free(a);
}

/* words choose, and unknown text is generic. */
static void test_words(void **state)
{
    (void)state;
    assert_true(host_words(STR_LIT("checkout p99 LATENCY is up")) & WORDS_LATENCY);
    assert_true(host_words(STR_LIT("die Platte ist voll")) & WORDS_DISK);
    assert_true(host_words(STR_LIT("nginx startet nicht")) & WORDS_SERVICE);
    assert_true(host_words(STR_LIT("cant conect to 5432")) & WORDS_NETWORK);
    assert_true(host_words(STR_LIT("a restrat of nginx")) & WORDS_SERVICE);
    assert_true(host_words(STR_LIT("the filesytem of db-1")) & WORDS_DISK);
    assert_int_equal(host_words(STR_LIT("a session of the users")), 0);
    assert_true(host_words(STR_LIT("many 503 answers")) & WORDS_ERRORS);
    assert_true(host_words(STR_LIT("java was OOM killed")) & WORDS_MEMORY);
    assert_true(host_words(STR_LIT("high cpu")) & WORDS_CPU);
    assert_true(host_words(STR_LIT("cannot connect")) & WORDS_NETWORK);
    assert_true(host_words(STR_LIT("since the last deployment")) & WORDS_DEPLOY);
    assert_true(host_words(STR_LIT("postgres is odd")) & WORDS_DATABASE);
    assert_true(host_words(STR_LIT("autoscaling lags")) & WORDS_SCALING);
    assert_int_equal(host_words(STR_LIT("what is going on here?")), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy_is_quiet),
        cmocka_unit_test(test_both_sides),
        cmocka_unit_test(test_every_row_has_cases),
        cmocka_unit_test(test_one_core_only_when_it_matters),
        cmocka_unit_test(test_follow_ups),
        cmocka_unit_test(test_fill),
        cmocka_unit_test(test_proposals),
        cmocka_unit_test(test_filesystems_unasked),
        cmocka_unit_test(test_words),
    };

    return cmocka_run_group_tests_name("host_patterns", tests, NULL, NULL);
}
