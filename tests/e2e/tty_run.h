/* tty_run.h - the demo frontend in a pseudo-terminal, and what it wrote, for the tests of the
 * terminal. */
#ifndef RUNBOOK_TESTS_TTY_RUN_H
#define RUNBOOK_TESTS_TTY_RUN_H

#include "tests/lib/unit.h"

#include <stdlib.h>

#include "runbook/base/mem.h"
#include "tests/lib/pty.h"

#define WAIT_MS 60000
#define ENV_MAX 8

static inline const char *demo_path(void)
{
    static char path[4096];
    const char *dir = getenv("RB_BUILDDIR");

    snprintf(path, sizeof(path), "%s/tests/e2e/tui_demo", dir ? dir : ".");
    return path;
}

/* `args` are separated by blanks. */
static inline struct pty *start_as(const char *term, int rows, int cols, const char *args,
                                   const char *const *more)
{
    char *command = xasprintf("exec %s %s", demo_path(), args);
    const char *argv[] = {"sh", "-c", command, NULL};
    const char *env[ENV_MAX] = {"LC_ALL=C.UTF-8", "ASAN_OPTIONS=detect_leaks=0"};
    struct pty *p;

    for (size_t i = 0; more && more[i] && i < ENV_MAX - 3; i++)
        env[2 + i] = more[i];
    p = pty_spawn(
        &(struct pty_options){.argv = argv, .env = env, .term = term, .rows = rows, .cols = cols});
    free(command);
    assert_non_null(p);
    return p;
}

static inline struct pty *start(const char *args)
{
    struct pty *p = start_as(NULL, 40, 120, args, NULL);

    if (!pty_wait_text(p, "runbook", WAIT_MS))
        fail_msg("no screen:\n%s", pty_screen(p, false));
    assert_true(pty_wait_quiet(p, 60, WAIT_MS));
    return p;
}

/* ---- what was written ---- */

struct seen {
    const char *want;
    struct buf raw;
};

static inline bool wrote(struct pty *p, void *ctx)
{
    struct seen *s = ctx;
    size_t len;
    const char *raw = pty_raw(p, &len);

    buf_add(&s->raw, raw, len);
    return str_find(buf_str(&s->raw), str_from(s->want)) >= 0;
}

/* Wait until these bytes were sent to the terminal. */
static inline void expect_bytes(struct pty *p, const char *want)
{
    struct seen s = {want, BUF_INIT(1 << 20)};

    if (!pty_wait(p, wrote, &s, WAIT_MS))
        fail_msg("\"%s\" was not sent", want + 1);
    buf_release(&s.raw);
}

static inline bool sent(struct pty *p, const char *bytes)
{
    struct seen s = {bytes, BUF_INIT(1 << 20)};
    bool found = wrote(p, &s);

    buf_release(&s.raw);
    return found;
}

/* A command of the shell; its status. */
static inline int run(const char *command)
{
    const char *argv[] = {"sh", "-c", command, NULL};
    struct pty *p = pty_spawn(&(struct pty_options){.argv = argv, .rows = 5, .cols = 200});
    int status = -1;

    pty_wait_exit(p, WAIT_MS, &status);
    pty_free(p);
    return status;
}

#endif
