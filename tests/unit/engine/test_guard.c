/* test_guard.c - R-11: what is too broad is refused with a suggestion, what is not passes. */
#include "tests/lib/unit.h"

#include "runbook/codec/json.h"
#include "runbook/engine/guard.h"

static const struct tool_param range_params[] = {
    {.name = "query", .type = PARAM_STRING, .required = true, .help = "x"},
    {.name = "start", .type = PARAM_TIME, .help = "x"},
    {.name = NULL},
};
static const struct tool_def range = {.name = "prometheus_range", .params = range_params};
static const struct tool_param log_params[] = {
    {.name = "host", .type = PARAM_STRING, .required = true, .help = "x"},
    {.name = "pattern", .type = PARAM_STRING, .required = true, .help = "x"},
    {.name = "window", .type = PARAM_DURATION, .fallback = "15m", .help = "x"},
    {.name = NULL},
};
static const struct tool_def logs = {.name = "host_log", .params = log_params};

struct guard_case {
    const struct tool_def *tool;
    const char *args, *hypothesis;
    bool triage;
    const char *refusal; /* NULL: passes; else a part of the message */
};

static void test_guard_table(void **state)
{
    static const struct guard_case cases[] = {
        {&range, "{\"query\":\"up{job=\\\"a\\\"}\",\"start\":\"2026-01-01T00:00:00Z\"}", "H1",
         false, NULL},
        {&range, "{\"query\":\"up{job=\\\"a\\\"}\",\"start\":\"2026-01-01T00:00:00Z\"}", "", false,
         "hypothesis"},
        {&range, "{\"query\":\"up{job=\\\"a\\\"}\",\"start\":\"2026-01-01T00:00:00Z\"}", "", true,
         NULL},
        {&range, "{\"query\":\"up{job=\\\"a\\\"}\"}", "H1", false, "window"},
        {&range, "{\"query\":\" {__name__=~\\\".+\\\"} \",\"start\":\"1\"}", "H1", false,
         "too broad"},
        {&range, "{\"query\":\"\",\"start\":\"1\"}", "H1", false, "too broad"},
        {&range, "{\"start\":\"1\"}", "H1", false, "without 'query'"},
        {&logs, "{\"host\":\"web-3\",\"pattern\":\"oom\"}", "H1", false, NULL},
        {&logs, "{\"host\":\"ALL\",\"pattern\":\"oom\"}", "H1", false, "name one host"},
        {&logs, "{\"host\":\"web-3\",\"pattern\":\".*\"}", "H1", false, "filter by unit"},
        {&logs, "{\"host\":\"web-3\"}", "H1", true, "filter by unit"},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        const struct guard_case *c = &cases[i];
        struct arena *a = arena_new(0);
        const struct value *args;
        struct err err = ERR_INIT;
        enum err_code rc;

        assert_ok(json_parse(a, str_from(c->args), &args, &err), &err);
        rc = guard_check(c->tool, args, c->hypothesis, c->triage, &err);
        if (!c->refusal && rc)
            fail_msg("case %zu was refused: %s", i, err.msg);
        if (c->refusal && (!rc || !strstr(err.msg, c->refusal)))
            fail_msg("case %zu: '%s' does not say '%s'", i, rc ? err.msg : "(passed)", c->refusal);
        arena_free(a);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_guard_table)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
