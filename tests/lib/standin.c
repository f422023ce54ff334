/* standin.c - see standin.h. */
#include "tests/lib/standin.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/vec.h"
#include "tests/lib/tmpdir.h"

#define START_MS 60000

struct standin {
    pid_t pid;
    char *dir, *record;
    char url[64];
};

static void run(const struct standin *s, const char *const *options, int out)
{
    const char *build = getenv("RB_BUILDDIR");
    char *program = xasprintf("%s/tests/standin/standin", build && *build ? build : ".");
    char *scenario = xasprintf("%s/scenario.yaml", s->dir);
    VEC(const char *) argv = {0};

    *VEC_PUSH(&argv) = program;
    for (; options && *options; options++)
        *VEC_PUSH(&argv) = *options;
    *VEC_PUSH(&argv) = "--record";
    *VEC_PUSH(&argv) = s->record;
    *VEC_PUSH(&argv) = scenario;
    *VEC_PUSH(&argv) = NULL;
    dup2(out, STDOUT_FILENO);
    execv(program, (char *const *)(void *)argv.items);
    fprintf(stderr, "%s: cannot be started, is it built?\n", program);
    _exit(127);
}

/* The address is its first line. */
static bool read_url(struct standin *s, int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    size_t len = 0;

    while (len + 1 < sizeof(s->url) && poll(&p, 1, START_MS) > 0) {
        ssize_t n = read(fd, s->url + len, sizeof(s->url) - 1 - len);

        if (n <= 0)
            return false;
        len += (size_t)n;
        if (s->url[len - 1] == '\n') {
            s->url[len - 1] = 0;
            return true;
        }
    }
    return false;
}

struct standin *standin_start(const char *scenario, const char *const *options)
{
    struct standin *s = xcalloc(1, sizeof(*s));
    char *path;
    struct err err;
    int fds[2];

    s->dir = tmpdir_new();
    s->record = xasprintf("%s/record.jsonl", s->dir);
    path = xasprintf("%s/scenario.yaml", s->dir);
    if (file_write_atomic(path, str_from(scenario), 0600, &err) || pipe(fds))
        mem_fatal("the stand-in's scenario cannot be written");
    free(path);
    s->pid = fork();
    if (s->pid == 0)
        run(s, options, fds[1]);
    close(fds[1]);
    if (s->pid < 0 || !read_url(s, fds[0]))
        mem_fatal("the stand-in does not start");
    close(fds[0]);
    return s;
}

void standin_stop(struct standin *s)
{
    if (!s)
        return;
    kill(s->pid, SIGTERM);
    while (waitpid(s->pid, NULL, 0) < 0 && errno == EINTR)
        ;
    tmpdir_free(s->dir);
    free(s->record);
    free(s);
}

const char *standin_url(const struct standin *s)
{
    return s->url;
}

void standin_recorded(const struct standin *s, struct buf *out)
{
    struct err err;

    if (file_read(s->record, out, &err))
        mem_fatal(err.msg);
}
