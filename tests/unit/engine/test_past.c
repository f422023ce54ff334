/* test_past.c - what earlier sessions found: read from the ends of journals, worth a little, never
 * enough alone. R-22, U-11. */
#include "tests/lib/unit.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "src/engine/past.h"
#include "src/engine/rca_rank.h"

#define LINE(service, metric, category, confidence)                                                \
    "{\"seq\":9,\"ts\":\"2026-02-03T10:00:00Z\",\"type\":\"rootcause.identified\",\"actor\":"      \
    "\"builtin\",\"prev\":\"\",\"data\":{\"hypothesis\":\"H1\",\"statement\":\"x\",\"service\":"   \
    "\"" service "\",\"metric\":\"" metric "\",\"category\":\"" category                           \
    "\",\"confidence\":" confidence "}}\n"

static bool reads(const char *text, struct arena *a, struct past_cause *ret)
{
    return past_read_lines(str_from(text), "s1", a, ret);
}

static void test_lines(void **state)
{
    struct arena *a = arena_new(0);
    struct past_cause c;

    (void)state;
    assert_true(reads("{\"type\":\"turn.ended\"}\n" LINE("db", "cpu_use", "cpu", "0.9"), a, &c));
    assert_string_equal(c.service, "db");
    assert_string_equal(c.metric, "cpu_use");
    assert_string_equal(c.category, "cpu");
    assert_string_equal(c.session, "s1");
    assert_true(c.ts_ms == INT64_C(1770112800000));
    assert_true(reads(LINE("a", "m", "k", "0.9") LINE("b", "m", "k", "0.7"), a, &c));
    assert_string_equal(c.service, "b");                      /* what it ended with */
    assert_false(reads(LINE("db", "m", "k", "0.69"), a, &c)); /* not sure enough to be named */
    assert_false(reads(LINE("", "m", "k", "0.9"), a, &c));
    assert_false(reads("", a, &c));
    assert_false(
        reads("\"rootcause.identified\"\n{\"type\":\"rootcause.identified\"}\n[1\n", a, &c));
    assert_false(
        reads("{\"type\":\"note\",\"data\":{\"text\":\"rootcause.identified\"}}\n", a, &c));
    assert_false(
        reads("{\"ts\":\"2026-02-03T10:00:00Z\",\"type\":\"rootcause.identified\"", a, &c));
    arena_free(a);
}

static void test_odds_are_bounded(void **state)
{
    struct past p = {0};
    const struct past_cause *like;

    (void)state;
    assert_true(past_odds(&p, "db", "cpu_use", "cpu", &like) == 0 && !like);
    *VEC_PUSH(&p.causes) = (struct past_cause){"s3", "db", "other", "latency", 3};
    *VEC_PUSH(&p.causes) = (struct past_cause){"s2", "db", "cpu_use", "cpu", 2};
    *VEC_PUSH(&p.causes) = (struct past_cause){"s1", "web", "cpu_use", "cpu", 1};
    assert_true(past_odds(&p, "db", "cpu_use", "cpu", &like) <= PAST_MOST);
    assert_string_equal(like->session, "s2"); /* the most alike, not the newest */
    assert_true(fabs(past_odds(&p, "web", "m", "memory", &like) - 0.2) <
                1e-9); /* the service alone */
    assert_true(fabs(past_odds(&p, "web", "m", "cpu", &like) - 0.4) < 1e-9);
    assert_true(past_odds(&p, "cart", "cpu_use", "cpu", &like) == 0 && !like);
    assert_true(past_odds(&p, "web", "", "", &like) > 0); /* an empty name is no match */
    for (int i = 0; i < 50; i++)
        *VEC_PUSH(&p.causes) = (struct past_cause){"s0", "db", "cpu_use", "cpu", 0};
    assert_true(past_odds(&p, "db", "cpu_use", "cpu", &like) == PAST_MOST);
    past_release(&p);
}

static void put(const char *dir, const char *name, const char *text)
{
    char path[512];
    struct err err = ERR_INIT;

    snprintf(path, sizeof(path), "%s/%s", dir, name);
    assert_ok(file_write_atomic(path, str_from(text), 0600, &err), &err);
}

static void test_journals(void **state)
{
    char dir[] = "/tmp/runbook-past-XXXXXX", pad[512], path[512];
    struct arena *a = arena_new(0);
    struct past p;
    struct err err = ERR_INIT;

    (void)state;
    assert_non_null(mkdtemp(dir));
    past_load(dir, "own", a, &p); /* no session yet */
    assert_int_equal(p.causes.count, 0);
    snprintf(pad, sizeof(pad), "%s/scratchpad", dir);
    assert_ok(dir_make(pad, &err), &err);
    put(pad, "own.jsonl", LINE("own", "m", "k", "0.9"));
    put(pad, "one.jsonl", LINE("db", "m", "k", "0.9"));
    put(pad, "two.jsonl", "not a journal\n");
    put(pad, "three.txt", LINE("no", "m", "k", "0.9"));
    snprintf(path, sizeof(path), "%s/link.jsonl", pad);
    assert_int_equal(symlink("one.jsonl", path), 0);
    past_load(dir, "own", a, &p);
    assert_int_equal(p.causes.count, 1); /* not its own, no link, no other file */
    assert_string_equal(p.causes.items[0].session, "one");
    past_release(&p);
    arena_free(a);
    unlink(path);
    for (size_t i = 0; i < 4; i++) {
        static const char *const names[] = {"own.jsonl", "one.jsonl", "two.jsonl", "three.txt"};

        snprintf(path, sizeof(path), "%s/%s", pad, names[i]);
        unlink(path);
    }
    rmdir(pad);
    rmdir(dir);
}

/* Two that are alike: the past orders them, and what may be concluded stays. */
static void test_the_past_orders_and_confirms_nothing(void **state)
{
    struct rca_signal s[2] = {0};
    struct rca_service services[2] = {{"a", SIZE_MAX, false}, {"b", SIZE_MAX, false}};
    double prior[2] = {0, PAST_MOST};
    struct rca_input in = {.services = services,
                           .service_count = 2,
                           .signals = s,
                           .signal_count = 2,
                           .alert_service = SIZE_MAX,
                           .alert_kind = RCA_OTHER,
                           .alert_metric = "",
                           .alert_ms = 1,
                           .step_ms = 1000};
    struct rca_ranking without, with;

    (void)state;
    for (size_t i = 0; i < 2; i++) {
        s[i] = (struct rca_signal){.service = i,
                                   .metric = "latency",
                                   .m = {.kind = RCA_LATENCY, .bad = 1, .unit = "seconds"},
                                   .shift = {.z = 20,
                                             .z_fine = 20,
                                             .rel = 1,
                                             .after = 1,
                                             .before = 0.5,
                                             .direction = 1,
                                             .day = NAN}};
        for (size_t k = 0; k < RCA_CONTROLS; k++)
            s[i].shift.at[k] = NAN;
    }
    rca_rank(&in, &without);
    in.prior = prior;
    rca_rank(&in, &with);
    assert_int_equal(without.items[0].service, 0);
    assert_int_equal(with.items[0].service, 1);
    assert_true(with.items[0].probability > with.items[0].alone);
    assert_true(fabs(with.items[0].alone - without.items[1].probability) < 1e-9);
    assert_true(with.wrong == without.wrong); /* nor whether anything is wrong */
    free(without.items);
    free(with.items);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_lines),
        cmocka_unit_test(test_odds_are_bounded),
        cmocka_unit_test(test_journals),
        cmocka_unit_test(test_the_past_orders_and_confirms_nothing),
    };

    return cmocka_run_group_tests_name("past", tests, NULL, NULL);
}
