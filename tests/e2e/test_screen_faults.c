/* test_screen_faults.c - every FAULT_POINT that a session's screen passes, failed in turn (only in
 * a build with --enable-fault-injection). The program shows its screen or says what is wrong, ends
 * with an exit code of its own, and the terminal is as it was. RB_FAULT_EACH: how many passes of
 * one point are failed at the most (default 4). */
#include "tests/lib/unit.h"

#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/str.h"
#include "tests/lib/pty.h"
#include "tests/lib/tmpdir.h"

#define WAIT_MS 60000

#ifdef RB_FAULT_INJECTION
struct place {
    char *dir, *home, *config, *state, *run, *program;
};

static void place_make(struct place *p)
{
    const char *build = getenv("RB_BUILDDIR");
    char cwd[1024];

    p->dir = tmpdir_new();
    p->home = xasprintf("HOME=%s", p->dir);
    p->config = xasprintf("XDG_CONFIG_HOME=%s/config", p->dir);
    p->state = xasprintf("XDG_STATE_HOME=%s/state", p->dir);
    p->run = xasprintf("XDG_RUNTIME_DIR=%s", p->dir);
    assert_non_null(getcwd(cwd, sizeof(cwd)));
    p->program = build && *build == '/' ? xasprintf("%s/runbook", build)
                                        : xasprintf("%s/%s/runbook", cwd, build ? build : ".");
}

static void place_free(struct place *p)
{
    free(p->home);
    free(p->config);
    free(p->state);
    free(p->run);
    free(p->program);
    tmpdir_free(p->dir);
}

/* The program in a shell that says how it ended. */
static struct pty *start(const struct place *p, const char *fault, const char *args)
{
    char *script = xasprintf("%s %s '%s' %s; echo \"left with $?\"; read x",
                             *fault ? "env" : "true; env", fault, p->program, args);
    const char *argv[] = {"sh", "-c", script, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8",
                         p->home,
                         p->config,
                         p->state,
                         p->run,
                         "ASAN_OPTIONS=detect_leaks=0",
                         NULL};
    struct pty *t =
        pty_spawn(&(struct pty_options){.argv = argv, .env = env, .rows = 30, .cols = 100});

    free(script);
    assert_non_null(t);
    return t;
}

static bool ended(struct pty *t, void *ctx)
{
    (void)ctx;
    return pty_has(t, "left with ");
}

static bool shows_or_ended(struct pty *t, void *ctx)
{
    return ended(t, ctx) || pty_has(t, "Hypotheses");
}

/* Through panes and pages, to the evidence with its raw result, and out. */
static void walk(struct pty *t)
{
    static const char *const keys[] = {"\033", "2", "e", "x",    "\033", "4",   "6",
                                       "\r",   "1", "?", "\033", "\003", "\003"};

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]) && !ended(t, NULL); i++) {
        pty_send(t, keys[i]);
        pty_wait_quiet(t, 30, 2000);
    }
    for (int i = 0; i < 10 && !pty_wait(t, ended, NULL, WAIT_MS / 10); i++)
        pty_send(t, "\003\003");
}

/* NULL, or what is wrong. */
static const char *try(const struct place *p, const char *fault, const char *args)
{
    struct pty *t = start(p, fault, args);
    const char *wrong = NULL;
    char *screen;

    if (!pty_wait(t, shows_or_ended, NULL, WAIT_MS))
        wrong = "neither a screen nor an end";
    walk(t);
    screen = pty_screen(t, false);
    if (!wrong && !ended(t, NULL))
        wrong = "it does not end";
    else if (strstr(screen, "Sanitizer") || strstr(screen, "runtime error"))
        wrong = "a sanitizer found something";
    else if (!strstr(screen, "left with 0") && !strstr(screen, "left with 1") &&
             !strstr(screen, "left with 2") && !strstr(screen, "left with 3"))
        wrong = "it ended with a code that is not its own";
    else if (strstr(screen, "left with 13"))
        wrong = "it was killed by a signal";
    else if (!pty_cooked(t) || pty_alt_screen(t))
        wrong = "the terminal is not as it was";
    if (wrong)
        print_error("%s with %s: %s\n%s\n", args, fault, wrong, screen);
    free(screen);
    pty_free(t);
    return wrong;
}

static uint64_t each(void)
{
    uint64_t n = 4;

    if (getenv("RB_FAULT_EACH"))
        num_u64(str_from(getenv("RB_FAULT_EACH")), &n);
    return n ? n : 1;
}

static size_t fail_points(const struct place *p, const char *args)
{
    char *report = xasprintf("%s/points", p->dir);
    char *learn = xasprintf("RUNBOOK_FAULT_REPORT=%s", report);
    struct buf text = BUF_INIT((size_t)1 << 20);
    struct err err = ERR_INIT;
    struct str rest, line, name;
    size_t wrong = try(p, learn, args) != NULL, tried = 0;
    uint64_t passes;

    assert_ok(file_read(report, &text, &err), &err);
    rest = buf_str(&text);
    while (str_line(&rest, &line)) {
        if (!str_split(&line, ' ', &name) || !num_u64(line, &passes))
            continue;
        for (uint64_t n = 1; n <= passes; n += (passes + each() - 1) / each()) {
            char *fault = xasprintf("RUNBOOK_FAULT=%.*s:%d", STR_FMT(name), (int)n);

            wrong += try(p, fault, args) != NULL;
            tried++;
            free(fault);
        }
    }
    print_message("# %s: %d faults\n", args, (int)tried);
    assert_true(tried > 0);
    buf_release(&text);
    free(report);
    free(learn);
    return wrong;
}
#endif

static void test_screen_faults(void **state)
{
    (void)state;
#ifdef RB_FAULT_INJECTION
    struct place p;
    size_t wrong;
    struct pty *t;

    place_make(&p);
    /* A session to look at. */
    t = start(&p, "", "investigate --host local --plain 'why is it slow' </dev/null");
    assert_true(pty_wait(t, ended, NULL, 2 * WAIT_MS));
    pty_free(t);
    wrong = fail_points(&p, "");
    wrong += fail_points(
        &p, "resume $(basename -s .jsonl $XDG_STATE_HOME/*/scratchpad/*.jsonl | head -1)");
    place_free(&p);
    assert_int_equal(wrong, 0);
#else
    skip();
#endif
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_screen_faults),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
