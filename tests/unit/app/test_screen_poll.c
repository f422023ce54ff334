/* test_screen_poll.c - how long the screen waits before it asks AWS by itself again. A-51 */
#include "tests/lib/unit.h"

#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "src/app/commands.h"
#include "src/app/screen_poll.h"
#include "src/app/session.h"
#include "tests/lib/awsfake.h"
#include "tests/lib/tmpdir.h"

#define EVERY 300000

static void test_wait(void **state)
{
    int64_t wait = EVERY;

    (void)state;
    assert_int_equal(screen_poll_wait_ms(EVERY, EVERY, false), EVERY);
    wait = screen_poll_wait_ms(EVERY, wait, true);
    assert_int_equal(wait, 2 * EVERY);
    wait = screen_poll_wait_ms(EVERY, wait, true);
    assert_int_equal(wait, 4 * EVERY);
    for (int i = 0; i < 10; i++)
        wait = screen_poll_wait_ms(EVERY, wait, true);
    assert_int_equal(wait, 8 * EVERY);
    assert_int_equal(screen_poll_wait_ms(EVERY, wait, false), EVERY);
}

/* Nobody chose anything, or AWS is not configured: there is nothing to ask. */
static void test_nothing(void **state)
{
    static const char *const none[] = {NULL};
    struct aws_estate estate = {.scope = NULL};
    struct screen_poll_options o = {.every_ms = EVERY, .estate = NULL};

    (void)state;
    assert_null(screen_poll_new(&o));
    o.estate = &estate;
    assert_null(screen_poll_new(&o));
    estate.scope = none;
    assert_null(screen_poll_new(&o));
    screen_poll_free(NULL);
}

/* ---- through the loop of a session, with an engine and an AWS that answers ---- */

/* The time runs, so that sockets and deadlines work, and hours are stepped over. */
struct stepped {
    struct clock clock;
    int64_t ahead_ms;
};

static int64_t stepped_now(struct clock *c)
{
    return clock_system()->now_ms(clock_system()) + ((struct stepped *)c)->ahead_ms;
}

static int64_t stepped_wall(struct clock *c)
{
    return clock_system()->wall_ms(clock_system()) + ((struct stepped *)c)->ahead_ms;
}

static const char rules[] =
    "[{\"service\":\"sts\",\"operation\":\"GetCallerIdentity\",\"json\":{\"Account\":"
    "\"123456789012\"}}]";
static const char throttled[] =
    "[{\"service\":\"sqs\",\"operation\":\"ListQueues\",\"status\":400,\"error\":"
    "\"ThrottlingException\",\"message\":\"Rate exceeded\"}]";

struct bench {
    char *dir;
    struct awsfake *aws;
    struct stepped time;
    struct app app;
    struct cmd_args *args;
    struct session *session;
    struct screen_poll *poll;
    int64_t key_ms; /* when somebody pressed one last */
};

static int64_t idle_for(const void *screen)
{
    const struct bench *b = screen;

    return loop_now_ms(session_loop(b->session)) - b->key_ms;
}

static const char *watched(const struct bench *b)
{
    return engine_model(session_engine(b->session))->inventory.watched;
}

static size_t looks(const struct bench *b)
{
    return awsfake_count(b->aws, "sqs:ListQueues");
}

static bool is_over(const struct bench *b, size_t since)
{
    return looks(b) > since && !engine_inventory_busy(session_engine(b->session));
}

/* Turns of the loop until `said` is what the page says of it. */
static void until_said(struct bench *b, const char *said)
{
    int64_t end = clock_system()->now_ms(clock_system()) + 60000;

    while (!strstr(watched(b), said)) {
        if (clock_system()->now_ms(clock_system()) > end)
            fail_msg("it says \"%s\", not \"%s\"", watched(b), said);
        loop_turn(session_loop(b->session), false);
    }
}

/* The next look is due: it is begun, and has ended. A step wakes what waits for a second. */
static void until_looked(struct bench *b, size_t since)
{
    int64_t end = clock_system()->now_ms(clock_system()) + 60000;

    while (!is_over(b, since)) {
        if (clock_system()->now_ms(clock_system()) > end)
            fail_msg("%zu looks, not more than %zu: %s", looks(b), since, watched(b));
        loop_turn(session_loop(b->session), false);
    }
}

/* As time passes, second by second, nothing is asked. */
static void passes(struct bench *b, int64_t ms)
{
    size_t before = looks(b);

    for (int64_t at = 0; at < ms; at += 1000) {
        b->time.ahead_ms += 1000;
        loop_turn(session_loop(b->session), false);
    }
    assert_int_equal(looks(b), before);
}

static void step(struct bench *b, int64_t ms)
{
    b->time.ahead_ms += ms;
    loop_turn(session_loop(b->session), false);
}

static void put(const char *dir, const char *name, const char *text)
{
    char *path = path_join(dir, name);
    struct err err;

    assert_int_equal(file_write_atomic(path, str_from(text), 0600, &err), ERR_OK);
    free(path);
}

static int open_bench(void **state)
{
    struct bench *b = xcalloc(1, sizeof(*b));
    struct session_request req = {.wait = true, .model = "none"};
    struct screen_poll_options o = {.every_ms = EVERY, .idle_ms = 30 * 60000};
    char *argv[] = {(char[]){"runbook"}, NULL};
    struct err err = ERR_INIT;
    char *config;

    b->dir = tmpdir_new();
    config = path_join(b->dir, "runbook");
    assert_int_equal(mkdir(config, 0700), 0);
    put(config, "services.yaml", "version: 1\naws:\n  services: [sqs]\n");
    free(config);
    setenv("HOME", b->dir, 1);
    setenv("XDG_CONFIG_HOME", b->dir, 1);
    setenv("RUNBOOK_STATE_DIR", b->dir, 1);
    b->aws = awsfake_open(rules);
    awsfake_env(b->aws);
    b->args = cmd_args_new(&cmd_root, global_opts);
    assert_ok(cmd_args_parse(b->args, 1, argv, &err), &err);
    app_init(&b->app, b->args);
    b->time = (struct stepped){{stepped_now, stepped_wall}, 0};
    b->app.clock = &b->time.clock;
    assert_ok(session_new(&b->app, &req, &b->session, &err), &err);
    b->key_ms = loop_now_ms(session_loop(b->session));
    o.loop = session_loop(b->session);
    o.engine = session_engine(b->session);
    o.estate = session_aws(b->session);
    o.idle_for_ms = idle_for;
    o.screen = b;
    b->poll = screen_poll_new(&o);
    assert_non_null(b->poll);
    *state = b;
    return 0;
}

static int close_bench(void **state)
{
    struct bench *b = *state;

    screen_poll_free(b->poll);
    session_free(b->session);
    app_release(&b->app);
    cmd_args_free(b->args);
    awsfake_close(b->aws);
    tmpdir_free(b->dir);
    free(b);
    return 0;
}

/* The first look at once, the next one after five minutes and not before. */
static void test_every(void **state)
{
    struct bench *b = *state;
    size_t before;

    until_looked(b, 0);
    step(b, 1000); /* it notices that the look is over */
    until_said(b, "sqs every 5 min");
    passes(b, EVERY - 10000);
    before = looks(b);
    step(b, 10000);
    until_looked(b, before);
}

/* Throttled: ten minutes, then twenty, at most forty; and five again when it is answered. */
static void test_back_off(void **state)
{
    static const char *const said[] = {
        "sqs, throttled: every 10 min", "sqs, throttled: every 20 min",
        "sqs, throttled: every 40 min", "sqs, throttled: every 40 min"};
    static const int64_t waits_min[] = {10, 20, 40, 40};
    struct bench *b = *state;
    size_t seen = 0;

    awsfake_add(b->aws, throttled);
    for (size_t i = 0; i < 4; i++) {
        size_t before;

        b->key_ms = loop_now_ms(session_loop(b->session)); /* somebody is there */
        until_looked(b, seen);
        step(b, 1000);
        until_said(b, said[i]);
        seen = before = looks(b);
        passes(b, waits_min[i] * 60000 - 10000);
        assert_int_equal(looks(b), before);
        if (i == 3)
            awsfake_add(b->aws, "[{\"service\":\"sqs\",\"operation\":\"ListQueues\",\"json\":{}}]");
        b->key_ms = loop_now_ms(session_loop(b->session));
        b->time.ahead_ms += 10000;
    }
    until_looked(b, seen);
    step(b, 1000);
    until_said(b, "sqs every 5 min");
}

/* Nobody is there for half an hour: nothing is asked until a key, and then at once. */
static void test_rest(void **state)
{
    struct bench *b = *state;
    size_t before;

    until_looked(b, 0);
    step(b, 1000);
    until_said(b, "every 5 min");
    step(b, 31 * 60000);
    until_said(b, "when a key is pressed again");
    before = looks(b);
    passes(b, 3 * 3600000);
    assert_int_equal(looks(b), before);
    b->key_ms = loop_now_ms(session_loop(b->session));
    step(b, 1000);
    until_looked(b, before);
    step(b, 1000);
    until_said(b, "every 5 min");
}

#define BENCH(f) cmocka_unit_test_setup_teardown(f, open_bench, close_bench)

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_wait), cmocka_unit_test(test_nothing),
                                       BENCH(test_every), BENCH(test_back_off), BENCH(test_rest)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
