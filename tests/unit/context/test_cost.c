/* test_cost.c - prices, fuses, and what is written down of them. C-12 C-13 U-10 */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <math.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/context/cost.h"
#include "runbook/context/ledger.h"

#define DAY INT64_C(1795255200000) /* 2026-11-21T10:00:00Z */

static struct price_table *table;

static int setup(void **state)
{
    table = price_table_new();
    return 0;
}

static int teardown(void **state)
{
    price_table_free(table);
    return 0;
}

static void test_every_row_is_sane(void **state)
{
    assert_string_equal(price_table_date(table), "2026-11-21");
    assert_true(price_table_count(table) > 20);
    for (size_t i = 0; i < price_table_count(table); i++) {
        const struct price *p = price_table_at(table, i);

        assert_true(*p->source && strlen(p->checked) == 10);
        assert_true(p->input <= p->output && p->cache_read <= p->input);
        assert_ptr_equal(price_find(table, p->provider, strcmp(p->model, "*") ? p->model : "x"), p);
    }
}

static void test_find(void **state)
{
    const struct price *p = price_find(table, "anthropic", "claude-haiku-4-5");

    assert_non_null(p);
    assert_ptr_equal(price_find(table, "anthropic", "claude-haiku-4-5-20251001"), p);
    assert_ptr_equal(price_find(table, "anthropic", "claude-haiku-4-5-latest"), p);
    assert_non_null(price_find(table, "openai", "gpt-4o-2024-08-06"));
    /* a reseller, another revision, a longer name: not known, and nothing is guessed */
    assert_null(price_find(table, "openrouter", "claude-haiku-4-5"));
    assert_null(price_find(table, "anthropic", "claude-haiku-4"));
    assert_null(price_find(table, "openai", "gpt-4o-realtime"));
    assert_null(price_find(table, "openai", ""));
    assert_non_null(price_find(table, "ollama", "llama3.1:8b"));
}

static void test_arithmetic(void **state)
{
    const struct price *p = price_find(table, "anthropic", "claude-opus-5");
    struct token_use use = {1000000, 100000, 2000000, 400000};
    char text[32];

    assert_float_equal(price_of(p, &use), 5 + 2.5 + 1.0 + 2.5, 1e-9);
    assert_float_equal(price_at_most(p, 1000000, 100000), 6.25 + 2.5, 1e-9);
    assert_true(isnan(price_of(NULL, &use)));
    cost_format(price_of(NULL, &use), text);
    assert_string_equal(text, "price not known");
    cost_format(0.0003, text);
    assert_string_equal(text, "$0.0003");
    cost_format(12.345, text);
    assert_string_equal(text, "$12.35");
}

static void refuses(const char *text, const char *part)
{
    struct err err = ERR_INIT;
    size_t before = price_table_count(table);

    assert_int_equal(price_table_read(table, "my.yaml", str_from(text), &err), ERR_INPUT);
    if (!strstr(err.msg, part) || !strstr(err.msg, "my.yaml"))
        fail_msg("\"%s\" does not say \"%s\"", err.msg, part);
    assert_int_equal(price_table_count(table), before);
}

static void test_users_file(void **state)
{
    struct err err = ERR_INIT;
    const struct price *p;

    assert_ok(price_table_read(table, "my.yaml",
                               STR_LIT("models:\n  - {provider: openrouter, model: x/y, input: 1, "
                                       "output: 2}\n  - {provider: anthropic, model: "
                                       "claude-opus-5, input: 4, output: 20}\n"),
                               &err),
              &err);
    p = price_find(table, "openrouter", "x/y");
    assert_true(p && p->users);
    assert_float_equal(p->cache_read, 1, 1e-9);
    assert_float_equal(price_find(table, "anthropic", "claude-opus-5")->input, 4, 1e-9);
    refuses("models:\n  - {provider: a, model: b, input: 1}\n", "output");
    refuses("models:\n  - {provider: a, model: b, input: -1, output: 2}\n", "line 2");
    refuses("models:\n  - {provider: a, model: b, input: cheap, output: 2}\n", "'input'");
    refuses("models:\n  - {provider: '', model: b, input: 1, output: 2}\n", "empty");
    refuses("prices: []\n", "models");
    refuses("models: [", "line");
}

static enum fuse check(const struct cost_limits *l, const struct cost_spent *s, double usd,
                       int64_t tokens, struct err *err)
{
    return cost_check(l, s, &(struct cost_projected){usd, tokens, 0}, NULL, err);
}

static void test_fuses(void **state)
{
    struct cost_limits l;
    struct cost_spent s = {.usd_incident = 1.95, .usd_day = 3};
    struct err err = ERR_INIT;
    int64_t wait = 0;

    cost_limits_default(&l);
    assert_int_equal(check(&l, &s, 0.05, 1000, &err), FUSE_NONE);
    assert_int_equal(check(&l, &s, 0.06, 1000, &err), FUSE_USD_INCIDENT);
    assert_non_null(strstr(err.msg, "cost.usd_per_incident"));
    assert_non_null(strstr(err.msg, "$1.95"));
    s = (struct cost_spent){.usd_day = 19.99};
    assert_int_equal(check(&l, &s, 0.02, 1000, &err), FUSE_USD_DAY);
    s = (struct cost_spent){.tokens_incident = 1999000};
    assert_int_equal(check(&l, &s, 0.02, 1001, &err), FUSE_TOKENS);
    s = (struct cost_spent){.minutes = 60};
    assert_int_equal(check(&l, &s, 0.02, 1, &err), FUSE_MINUTES);
    s = (struct cost_spent){.tool_calls = 200};
    assert_int_equal(cost_check(&l, &s, &(struct cost_projected){0.01, 1, 1}, NULL, &err),
                     FUSE_TOOL_CALLS);
    s = (struct cost_spent){.calls_last_minute = 30, .oldest_call_ms = 45000};
    assert_int_equal(cost_check(&l, &s, &(struct cost_projected){0.01, 1, 0}, &wait, &err),
                     FUSE_RATE);
    assert_int_equal(wait, 15000);
    assert_int_equal(err.code, ERR_AGAIN);
    assert_non_null(strstr(err.msg, "15 s"));
    s = (struct cost_spent){0};
    l.usd_incident = 0; /* C-13: a budget of nothing */
    assert_int_equal(check(&l, &s, 0, 1, &err), FUSE_USD_INCIDENT);
    assert_int_equal(check(&l, &s, NAN, 1, &err), FUSE_USD_INCIDENT);
    cost_limits_default(&l);
    assert_int_equal(check(&l, &s, NAN, 1, &err), FUSE_NONE);
    l.refuse_unknown_price = true;
    assert_int_equal(check(&l, &s, NAN, 1, &err), FUSE_UNKNOWN_PRICE);
    l = (struct cost_limits){-1, -1, -1, -1, -1, -1, false};
    s = (struct cost_spent){1e6, 1e6, 1000000000, 100000, 100000, 100000, 1};
    assert_int_equal(check(&l, &s, 1e6, 1, &err), FUSE_NONE);
}

static struct ledger_entry entry(const char *session, const char *id, int64_t ts, double usd)
{
    return (struct ledger_entry){.ts_ms = ts,
                                 .id = id,
                                 .session = session,
                                 .user = "ann",
                                 .provider = "anthropic",
                                 .model = "claude-opus-5",
                                 .usd = usd,
                                 .use = {100, 20, 0, 0}};
}

static void book(struct ledger *l, const char *session, const char *id, int64_t ts, double usd)
{
    struct ledger_entry e = entry(session, id, ts, usd);
    struct err err = ERR_INIT;

    assert_ok(ledger_book(l, &e, &err), &err);
}

static void settle(struct ledger *l, const char *session, const char *id, int64_t ts, double usd)
{
    struct ledger_entry e = entry(session, id, ts, usd);
    struct err err = ERR_INIT;

    assert_ok(ledger_settle(l, &e, &err), &err);
}

static void test_ledger(void **state)
{
    char *dir = tmpdir_new();
    struct ledger *l = ledger_new(dir), *other = ledger_new(dir);
    struct cost_spent s = {.tool_calls = 5};
    struct err err = ERR_INIT;

    assert_ok(ledger_spent(l, DAY, "s1", "ann", &s, &err), &err);
    assert_float_equal(s.usd_day, 0, 1e-9);
    assert_int_equal(s.tool_calls, 5);
    book(l, "s1", "m1", DAY, 0.50);
    assert_ok(ledger_spent(l, DAY, "s1", "ann", &s, &err), &err);
    assert_float_equal(s.usd_day, 0.50, 1e-9); /* as long as it is under way: what it may cost */
    settle(l, "s1", "m1", DAY + 2000, 0.10);
    book(other, "s2", "m1", DAY + 3000, 0.30); /* another run at the same time */
    assert_ok(ledger_spent(l, DAY + 5000, "s1", "ann", &s, &err), &err);
    assert_float_equal(s.usd_day, 0.40, 1e-9);
    assert_float_equal(s.usd_incident, 0.10, 1e-9);
    assert_int_equal(s.tokens_incident, 120);
    assert_int_equal(s.calls_last_minute, 2);
    assert_ok(ledger_spent(l, DAY + 90000, "s1", "ann", &s, &err), &err);
    assert_int_equal(s.calls_last_minute, 0);
    assert_ok(ledger_spent(l, DAY + 5000, "s1", "bob", &s, &err), &err);
    assert_int_equal(s.calls_last_minute, 0);
    /* the day is over, the incident is not */
    assert_ok(ledger_spent(l, DAY + 86400000, "s1", "ann", &s, &err), &err);
    assert_float_equal(s.usd_day, 0, 1e-9);
    assert_float_equal(s.usd_incident, 0.10, 1e-9);
    ledger_free(l);
    ledger_free(other);
    tmpdir_free(dir);
}

static void test_ledger_survives(void **state)
{
    char *dir = tmpdir_new(), *path;
    struct ledger *l = ledger_new(dir);
    struct cost_spent s;
    struct ledger_sum *sums;
    struct err err = ERR_INIT;
    struct buf text = BUF_INIT(100000);
    size_t n, bad;

    book(l, "s1", "m1", DAY, 0.50);
    settle(l, "s1", "m1", DAY, NAN);
    settle(l, "s1", "m2", DAY + 1, 0.25);
    ledger_free(l);
    path = xasprintf("%s/costs/2026-11-21.jsonl", dir);
    assert_ok(file_read(path, &text, &err), &err);
    buf_adds(&text, "not json\n{\"ts\":\"2026-11-21T10:00:02Z\",\"id\":\"torn");
    assert_ok(file_write_atomic(path, buf_str(&text), 0600, &err), &err);
    l = ledger_new(dir);
    assert_ok(ledger_spent(l, DAY, "s1", "ann", &s, &err), &err);
    assert_float_equal(s.usd_day, 0.25, 1e-9);
    ledger_free(l);
    assert_ok(ledger_report(dir, LEDGER_SESSION, 0, &sums, &n, &bad, &err), &err);
    assert_int_equal(n, 1);
    assert_int_equal(bad, 1);
    assert_string_equal(sums[0].name, "s1");
    assert_int_equal(sums[0].calls, 2);
    assert_int_equal(sums[0].unknown, 1);
    free(sums);
    assert_ok(ledger_report(dir, LEDGER_MODEL, 0, &sums, &n, &bad, &err), &err);
    assert_string_equal(sums[0].name, "anthropic/claude-opus-5");
    free(sums);
    assert_ok(ledger_report(dir, LEDGER_DAY, DAY + 3600000, &sums, &n, &bad, &err), &err);
    assert_int_equal(n, 0);
    free(sums);
    free(path);
    buf_release(&text);
    tmpdir_free(dir);
}

static void write_some(const char *dir, int who)
{
    struct ledger *l = ledger_new(dir);
    char id[32];

    for (int i = 0; i < 50; i++) {
        snprintf(id, sizeof(id), "m%d-%d", who, i);
        settle(l, "s1", id, DAY + i, 0.01);
    }
    ledger_free(l);
}

/* Four runs at once: no line is lost or torn, and the day's sum is right. */
static void test_ledger_is_shared(void **state)
{
    char *dir = tmpdir_new();
    struct ledger *l = ledger_new(dir);
    struct cost_spent s;
    struct err err = ERR_INIT;
    int status;

    for (int i = 0; i < 4; i++) {
        if (fork() == 0) {
            write_some(dir, i);
            _exit(0);
        }
    }
    for (int i = 0; i < 4; i++) {
        wait(&status);
        assert_int_equal(status, 0);
    }
    assert_ok(ledger_spent(l, DAY, "s1", "ann", &s, &err), &err);
    assert_float_equal(s.usd_day, 2.0, 1e-9);
    ledger_free(l);
    tmpdir_free(dir);
}

static void test_ledger_says_why_not(void **state)
{
    char *dir = tmpdir_new(), *file = xasprintf("%s/costs", dir);
    struct ledger *l = ledger_new(dir);
    struct ledger_entry e = entry("s1", "m1", DAY, 0.1);
    struct err err = ERR_INIT;

    assert_ok(file_write_atomic(file, STR_LIT("x"), 0600, &err), &err);
    assert_int_not_equal(ledger_book(l, &e, &err), ERR_OK);
    assert_non_null(strstr(err.msg, "what a model costs"));
    ledger_free(l);
    free(file);
    tmpdir_free(dir);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_row_is_sane, setup, teardown),
        cmocka_unit_test_setup_teardown(test_find, setup, teardown),
        cmocka_unit_test_setup_teardown(test_arithmetic, setup, teardown),
        cmocka_unit_test_setup_teardown(test_users_file, setup, teardown),
        cmocka_unit_test(test_fuses),
        cmocka_unit_test(test_ledger),
        cmocka_unit_test(test_ledger_survives),
        cmocka_unit_test(test_ledger_is_shared),
        cmocka_unit_test(test_ledger_says_why_not),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
