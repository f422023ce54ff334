/* test_helpers.c - results read again, arithmetic, statistics, times, files that were allowed.
 * R-28, U-01. */
#include "tests/lib/unit.h"
#include "tests/lib/tmpdir.h"

#include <sys/stat.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/model/intent.h"
#include "runbook/model/model.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"

static const char *body;

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    (void)ctx;
    (void)hash;
    (void)err;
    return buf_adds(out, body);
}

struct fixture {
    struct loop *loop;
    struct model m;
    struct blob_source blobs;
    struct tool_env env;
    struct tool_runner *runner;
    struct buf said;
    struct tool_result r;
    bool done;
};

static void apply(struct fixture *f, struct event ev)
{
    event_normalize(&ev);
    ev.seq = f->m.seq + 1;
    model_apply(&f->m, &ev);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    f->loop = loop_new(clock_system());
    model_init(&f->m);
    f->blobs = (struct blob_source){read_blob, f};
    f->env = (struct tool_env){.loop = f->loop, .model = &f->m, .blobs = &f->blobs};
    f->runner = tool_runner_new(f->loop, &f->env);
    buf_init(&f->said, (size_t)8 << 20);
    apply(f,
          (struct event){.type = EV_TOOL_STARTED, .u.tool_started = {.call = "c1", .tool = "x"}});
    apply(f, (struct event){.type = EV_TOOL_ENDED, .u.tool_ended = {.call = "c1", .blob = "b"}});
    apply(f,
          (struct event){.type = EV_TOOL_STARTED, .u.tool_started = {.call = "c2", .tool = "x"}});
    apply(f, (struct event){.type = EV_EVIDENCE_ADDED,
                            .u.evidence_added = {.id = "E1", .call = "c1", .statement = "s"}});
    f->m.now_ms = INT64_C(1770213600000);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    tool_runner_free(f->runner);
    model_release(&f->m);
    loop_free(f->loop);
    buf_release(&f->said);
    free(f);
    return 0;
}

static void on_done(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms)
{
    struct fixture *f = ctx;

    (void)id;
    (void)duration_ms;
    buf_clear(&f->said);
    buf_add_str(&f->said, buf_str(&result->body));
    f->r = *result;
    f->done = true;
}

static const char *run(struct fixture *f, const char *tool, const char *args)
{
    struct err err;
    tool_id id;

    f->done = false;
    assert_ok(tool_run(f->runner, tool, str_from(args), on_done, f, &id, &err), &err);
    while (!f->done)
        loop_turn(f->loop, true);
    return f->r.status == TOOL_OK || f->r.status == TOOL_EMPTY ? buf_cstr(&f->said) : f->r.err.msg;
}

#define SAYS(f, tool, args, expected) assert_string_equal(run(f, tool, args), expected)
#define HOLDS(f, tool, args, words)                                                                \
    do {                                                                                           \
        const char *said_ = run(f, tool, args);                                                    \
        if (!strstr(said_, words))                                                                 \
            fail_msg("%s %s: \"%s\" without \"%s\"", tool, args, said_, words);                    \
    } while (0)

static void test_results(void **state)
{
    struct fixture *f = *state;
    struct buf all = BUF_INIT(100000), args = BUF_INIT(200), read = BUF_INIT(100000);

    body = "one line\ntwo \xc3\xa4 lines\nthe end";
    SAYS(f, "result_get", "{\"call\":\"c1\"}", body);
    SAYS(f, "result_get", "{\"call\":\"E1\"}", body);
    HOLDS(f, "result_get", "{\"call\":\"c9\"}", "no query 'c9'");
    HOLDS(f, "result_get", "{\"call\":\"c2\"}", "not ended");
    HOLDS(f, "result_search", "{\"call\":\"c1\",\"pattern\":\"LINES?$\"}", "9: two");
    SAYS(f, "result_search", "{\"call\":\"c1\",\"pattern\":\"nothing\"}", "");
    assert_int_equal(f->r.status, TOOL_EMPTY);
    HOLDS(f, "result_search", "{\"call\":\"c1\",\"pattern\":\"(\"}", "offset");
    body = "{\"a\":1,\"b\":\"x\",\"c\":[1,2]}";
    HOLDS(f, "result_search", "{\"call\":\"c1\",\"pattern\":\"\\\"b\\\"\"}", "\"b\":\"x\"");
    for (int i = 0; i < 7777; i++)
        buf_adds(&all, "\xc3\xa4");
    body = buf_cstr(&all);
    while (read.len < all.len) { /* page by page to the last byte */
        buf_clear(&args);
        buf_addf(&args, "{\"call\":\"c1\",\"offset\":%zu,\"bytes\":1001}", read.len);
        assert_true(strlen(run(f, "result_page", buf_cstr(&args))) > 0);
        buf_add_str(&read, buf_str(&f->said));
    }
    assert_string_equal(buf_cstr(&read), body);
    assert_non_null(strstr(f->r.summary, "the end"));
    buf_release(&all);
    buf_release(&args);
    buf_release(&read);
}

static void test_calculator(void **state)
{
    static const struct {
        const char *text, *value;
    } table[] = {
        {"1+2*3", "7"},        {"(1+2)*3", "9"},     {"-2^2", "-4"},
        {"2^-1", "0.5"},       {"2^3^2", "512"},     {"7 % 4", "3"},
        {"1e3 / 8", "125"},    {"1.5e-1", "0.15"},   {"sqrt(16) + abs(-1)", "5"},
        {"max(1, 3, 2)", "3"}, {"mean(1,2)", "1.5"}, {"sum(1,2,3)", "6"},
        {"round(2.6)", "3"},   {"1 000", NULL},      {"", NULL},
        {"1+", NULL},          {"(1", NULL},         {"evil(1)", NULL},
        {"1;2", NULL},
    };
    struct fixture *f = *state;
    struct buf deep = BUF_INIT(2000);
    char args[200];

    for (size_t i = 0; i < sizeof(table) / sizeof(table[0]); i++) {
        snprintf(args, sizeof(args), "{\"expression\":\"%s\"}", table[i].text);
        run(f, "calculator", args);
        if (table[i].value ? strcmp(buf_cstr(&f->said), table[i].value) != 0
                           : f->r.status != TOOL_ERROR)
            fail_msg("%s = %s", table[i].text, buf_cstr(&f->said));
    }
    buf_adds(&deep, "{\"expression\":\"");
    for (int i = 0; i < 900; i++)
        buf_addc(&deep, '(');
    buf_adds(&deep, "1\"}");
    HOLDS(f, "calculator", buf_cstr(&deep), "too deep");
    buf_release(&deep);
}

static void test_statistics(void **state)
{
    struct fixture *f = *state;

    body = "{\"status\":\"success\",\"data\":{\"resultType\":\"matrix\",\"result\":[{\"metric\":{"
           "\"s\":\"a\"},\"values\":[[1,\"1\"],[2,\"2\"],[3,\"6\"]]},{\"metric\":{\"s\":\"b\"},"
           "\"values\":[[1,\"NaN\"]]}]}}";
    HOLDS(f, "statistics", "{\"call\":\"c1\",\"match\":\"a\"}", "n=3 first=1 last=6 min=1 p50=2");
    HOLDS(f, "statistics", "{\"call\":\"c1\"}", "mean=3 stdev=2.16");
    HOLDS(f, "statistics", "{\"call\":\"c1\"}", "slope_per_s=2.5");
    HOLDS(f, "statistics", "{\"call\":\"c1\"}", "{s=\"b\"} n=0");
    HOLDS(f, "statistics", "{\"call\":\"c1\",\"start\":\"1970-01-01T00:00:02Z\"}", "n=2 first=2");
    body = "no series";
    HOLDS(f, "statistics", "{\"call\":\"c1\"}", "no series of numbers");
}

static void test_time(void **state)
{
    struct fixture *f = *state;

    SAYS(f, "time", "{}", "2026-02-04T14:00:00.000Z Wednesday, unix 1770213600");
    HOLDS(f, "time", "{\"subtract\":\"90m\"}", "2026-02-04T12:30:00");
    HOLDS(f, "time", "{\"since\":\"2026-02-04T10:00:00Z\"}", "4 h 0 min after it");
}

/* Below the allowed folders, whatever the path says. */
static void test_files(void **state)
{
    struct fixture *f = *state;
    char *dir = tmpdir_new(), *in = path_join(dir, "in"), *out = path_join(dir, "outside");
    char *file = path_join(in, "a.log"), *secret = path_join(out, "secret"), *link;
    const char *roots[] = {in, NULL};
    char args[600];
    struct err err;

    assert_ok(dir_make(in, &err), &err);
    assert_ok(dir_make(out, &err), &err);
    assert_ok(file_write_atomic(file, STR_LIT("a line"), 0600, &err), &err);
    assert_ok(file_write_atomic(secret, STR_LIT("not yours"), 0600, &err), &err);
    link = path_join(in, "link");
    assert_int_equal(symlink(secret, link), 0);
    snprintf(args, sizeof(args), "{\"path\":\"%s\"}", file);
    HOLDS(f, "file_read", args, "no folder is allowed");
    f->env.file_roots = roots;
    SAYS(f, "file_read", args, "a line");
    snprintf(args, sizeof(args), "{\"path\":\"%s\"}", link);
    HOLDS(f, "file_read", args, "is not below");
    snprintf(args, sizeof(args), "{\"path\":\"%s/../outside/secret\"}", in);
    HOLDS(f, "file_read", args, "is not below");
    snprintf(args, sizeof(args), "{\"path\":\"%sside\"}", in); /* "inside" begins like "in" */
    HOLDS(f, "file_read", args, "No such file");
    HOLDS(f, "file_read", "{\"path\":\"a.log\"}", "full path");
    snprintf(args, sizeof(args), "{\"path\":\"%s\"}", in);
    HOLDS(f, "file_read", args, "no regular file");
    free(link);
    free(secret);
    free(file);
    free(out);
    free(in);
    tmpdir_free(dir);
}

int main(void)
{
#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)
    const struct CMUnitTest tests[] = {T(test_results), T(test_calculator), T(test_statistics),
                                       T(test_time), T(test_files)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
