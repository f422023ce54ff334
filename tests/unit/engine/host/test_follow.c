/* test_follow.c - the second look at a culprit: what lasts is confirmed, what does not is refuted
 * (R-10). */
#include "cases.h"

#define VICTIM                                                                                     \
    "{\"pid\":42,\"ppid\":1,\"session\":42,\"command\":\"app\",\"cpu\":0.1,\"tree_cpu\":0.1,"      \
    "\"wait\":0.5,\"age_s\":900,\"state\":\"S\"}"
#define TREE(cpu, used)                                                                            \
    "[{\"pid\":20,\"ppid\":1,\"session\":20,\"command\":\"make\",\"cpu\":0,\"tree_cpu\":" cpu      \
    ",\"children_s\":" used ",\"age_s\":100,\"state\":\"S\"},"                                     \
    "{\"pid\":21,\"ppid\":20,\"session\":20,\"command\":\"cc1\",\"cpu\":" cpu ",\"tree_cpu\":" cpu \
    ",\"age_s\":9,\"state\":\"R\"}"

static void check(struct arena *a, const struct second *s, ptrdiff_t i)
{
    struct parts p = cases_merge(&s->first);
    struct host_finding f = cases_run(a, s->id, &p, 0);
    struct host_reading r;

    if (f.strength > STRENGTH_WEAK || !f.culprit_count)
        fail_msg("%s (%td) does not fire: %s", s->id, i, f.evidence);
    r = cases_follow(a, &p, s->id, s->answer);
    if (r.strength != s->strength)
        fail_msg("%s (%td) reads %d instead of %d: %s", s->id, i, (int)r.strength, (int)s->strength,
                 r.evidence);
    assert_non_null(r.evidence);
}

static void test_second_look(void **state)
{
    struct arena *a = arena_new(0);

    (void)state;
    for (const struct second *const *family = cases_seconds; *family; family++) {
        for (const struct second *s = *family; s->id; s++)
            check(a, s, s - *family);
    }
    arena_free(a);
}
/* What an engineer needs to know stands in the words: who is slowed down by whom. */
static void test_words_name_the_victim(void **state)
{
    struct arena *a = arena_new(0);
    struct parts p = cases_merge(&(struct parts){.cpu = CPU("0.98", "0"),
                                                 .pressure = PSI("0.5", "0", "0"),
                                                 .processes = TREE("3.8", "300") "," VICTIM "]"});
    struct host_finding f = cases_run(a, "cpu_saturated", &p, 0);

    (void)state;
    assert_int_equal(f.culprit_count, 1);
    assert_non_null(strstr(f.culprits[0].statement, "a job that somebody started"));
    assert_non_null(strstr(f.culprits[0].evidence, "process 42 (app) waited 50 %"));
    arena_free(a);
}

/* A packer may be wanted, which only the second look says: what burns beside it is looked at, too.
 * Workers of one program are one thing. */
static void test_both_are_weighed(void **state)
{
#define PROC(pid, name, cpu)                                                                       \
    "{\"pid\":" pid ",\"ppid\":1,\"session\":" pid ",\"command\":\"" name "\",\"cpu\":" cpu        \
    ",\"tree_cpu\":" cpu ",\"age_s\":90,\"cpu_mean\":0.9,\"rss\":1e6,\"state\":\"R\"}"
    static const struct {
        const char *list, *second;
    } cases[] = {
        {"[" PROC("7", "gzip", "3.2") "," PROC("9", "hog", "0.5") "]", "host:web-3/process:9(hog)"},
        {"[" PROC("7", "gzip", "3.2") "," PROC("9", "gzip", "0.5") "]", NULL},
        {"[" PROC("7", "gzip", "3.2") "," PROC("9", "hog", "0.4") "]", NULL},
    };
    struct arena *a = arena_new(0);

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        struct parts p = cases_merge(&(struct parts){
            .cpu = CPU("0.98", "0"), .pressure = PSI("0.5", "0", "0"), .processes = cases[i].list});
        struct host_finding f = cases_run(a, "cpu_saturated", &p, 0);

        assert_string_equal(f.culprits[0].resource, "host:web-3/process:7(gzip)");
        assert_int_equal(f.culprit_count, cases[i].second ? 2 : 1);
        if (cases[i].second)
            assert_string_equal(f.culprits[1].resource, cases[i].second);
    }
    arena_free(a);
}

/* A stopped job of a shell is worth a word, a stopped service is a cause. */
static void test_stopped_job(void **state)
{
    struct arena *a = arena_new(0);
    struct parts job = cases_merge(&(struct parts){
        .processes = "[{\"pid\":7,\"ppid\":3,\"session\":3,\"command\":\"vi\",\"state\":\"T\"}]"});
    struct parts service = cases_merge(&(struct parts){
        .processes = "[{\"pid\":7,\"ppid\":1,\"session\":7,\"command\":\"db\",\"state\":\"T\"}]"});

    (void)state;
    assert_int_equal(cases_run(a, "stopped", &job, 0).strength, STRENGTH_WEAK);
    assert_int_equal(cases_run(a, "stopped", &service, 0).strength, STRENGTH_STRONG);
    arena_free(a);
}

/* What is over explains less than what goes on. */
static void test_old_kills(void **state)
{
    struct arena *a = arena_new(0);
    struct parts one = cases_merge(&(struct parts){.events = EVENT("oom_kill", "121")});
    struct parts now = cases_merge(
        &(struct parts){.cgroups = "[{\"path\":\"/web\",\"oom_kill_rate\":1,\"oom_kills\":3}]"});
    struct parts full = cases_merge(
        &(struct parts){.cgroups = "[{\"path\":\"/web\",\"pids\":30,\"pids_limit\":30}]"});
    struct parts often = cases_merge(
        &(struct parts){.events = "[{\"kind\":\"oom_kill\",\"age_s\":500,\"command\":\"java\"},"
                                  "{\"kind\":\"oom_kill\",\"age_s\":350,\"command\":\"java\"},"
                                  "{\"kind\":\"oom_kill\",\"age_s\":200,\"command\":\"java\"}]"});

    (void)state;
    assert_int_equal(cases_run(a, "oom_kill", &one, WORDS_MEMORY).strength, STRENGTH_WEAK);
    assert_false(cases_run(a, "oom_kill", &one, WORDS_MEMORY).direct); /* no root cause alone */
    assert_int_equal(cases_run(a, "oom_kill", &often, 0).strength, STRENGTH_STRONG);
    /* What goes on in this window comes before what may come again. */
    assert_true(cases_run(a, "oom_kill", &often, 0).severity <
                cases_run(a, "processes", &full, 0).severity);
    assert_true(cases_run(a, "oom_kill", &now, 0).severity >
                cases_run(a, "processes", &full, 0).severity);
    arena_free(a);
}

/* Every proposal can be filled in for the culprit that its pattern names. */
static void test_proposals_fit(void **state)
{
    static const struct sides *const families[] = {cases_cpu, cases_memory, cases_process, NULL};
    struct arena *a = arena_new(0);

    (void)state;
    for (const struct sides *const *fam = families; *fam; fam++) {
        for (const struct sides *s = *fam; s->id; s++) {
            struct parts hot = cases_merge(&s->fires);
            struct host_finding f = cases_run(a, s->id, &hot, 0);
            int fitting = 0, all = 0;

            assert_non_null(f.pattern->checks);
            for (const struct host_proposal *p = f.pattern->proposals; p && p->action; p++) {
                all++;
                fitting += host_fill(a, p->action, s->resource) != NULL;
                assert_true(p->rollback && *p->rollback);
            }
            if (all && !fitting && strchr(s->resource, '/'))
                print_message("# %s has no proposal for %s\n", s->id, s->resource);
        }
    }
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_second_look),      cmocka_unit_test(test_words_name_the_victim),
        cmocka_unit_test(test_both_are_weighed), cmocka_unit_test(test_stopped_job),
        cmocka_unit_test(test_old_kills),        cmocka_unit_test(test_proposals_fit),
    };

    return cmocka_run_group_tests_name("host_follow", tests, NULL, NULL);
}
