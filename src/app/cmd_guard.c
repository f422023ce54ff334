/* cmd_guard.c - `runbook __guard ... -- PROGRAM ARGS...`: run a program that does not outlive us.
 * Hidden; `runbook eval` starts its servers and investigations through it. The kernel kills the
 * program when the guard dies (PR_SET_PDEATHSIG) and tells the guard when its own parent dies, so
 * nothing stays behind even after kill -9. At the end it removes the folder that it was given and
 * notes the most memory the program had: what wait4() says of a direct child is exact, while a
 * child of a larger process starts with that one's peak. Source: prctl(2), getrusage(2), execve(2).
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "src/app/commands.h"
#include "src/app/eval.h"

extern char **environ;

static volatile sig_atomic_t program; /* its pid: for the signal handler */

/* The parent is gone. getppid() does not say so at once: while another thread of a dying parent
 * still exits, that thread is the parent. */
static volatile sig_atomic_t orphaned;

static void on_term(int signo)
{
    int keep = errno;

    orphaned |= signo == SIGUSR1;
    if (program > 0)
        kill((pid_t)program, SIGKILL);
    errno = keep;
}

/* What was meant for the program that evaluates is not meant for what it runs. */
static void drop_own_environment(void)
{
    for (size_t i = 0; environ[i];) {
        const char *end = strchr(environ[i], '=');
        char *name = end ? xstrndup(environ[i], (size_t)(end - environ[i])) : NULL;
        bool drop = name && strncmp(name, "RUNBOOK_", 8) == 0;

        if (!drop || unsetenv(name))
            i++;
        free(name);
    }
}

static _Noreturn void become(const struct cmd_args *args, const char *folder, pid_t parent)
{
    size_t n = args_pos_count(args);
    char **argv = xcalloc(n + 1, sizeof(*argv));
    sigset_t none;

    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent)
        _exit(127);
    sigemptyset(&none);
    sigprocmask(SIG_SETMASK, &none, NULL);
    signal(SIGTERM, SIG_DFL);
    signal(SIGINT, SIG_DFL);
    signal(SIGHUP, SIG_DFL);
    signal(SIGUSR1, SIG_DFL);
    signal(SIGPIPE, SIG_DFL);
    drop_own_environment();
    for (size_t i = 0; i < n; i++)
        argv[i] = xstrdup(args_pos(args, i));
    if (folder && chdir(folder)) {
        fprintf(stderr, "runbook: go to %s: %s\n", folder, strerror(errno));
        _exit(127);
    }
    execvp(argv[0], argv);
    fprintf(stderr, "runbook: start %s: %s\n", argv[0], strerror(errno));
    _exit(127);
}

static void note_usage(const char *path, const struct rusage *used)
{
    FILE *f = path ? fopen(path, "we") : NULL;

    if (!f)
        return;
    fprintf(f, "%lld\n", (long long)used->ru_maxrss * 1024);
    fclose(f);
}

/* What still runs in the folder ends at the same moment and may write until then: once more until
 * it stays away. */
static void remove_for_good(const char *folder)
{
    const struct timespec pause = {.tv_nsec = 100000000};

    for (int gone = 0, tries = 0; gone < 3 && tries < 100; tries++) {
        eval_remove_tree(folder);
        gone = access(folder, F_OK) ? gone + 1 : 0;
        nanosleep(&pause, NULL);
    }
}

static int run_guard(struct app *app, const struct cmd_args *args)
{
    const struct sigaction act = {.sa_handler = on_term};
    const char *remove = args_get(args, "remove");
    pid_t starter = (pid_t)args_int(args, "parent", 0), self = getpid();
    struct rusage used = {0};
    sigset_t held, before;
    int status = 0, code;

    (void)app;
    sigemptyset(&held);
    sigaddset(&held, SIGTERM);
    sigaddset(&held, SIGINT);
    sigaddset(&held, SIGHUP);
    sigaddset(&held, SIGUSR1);
    sigprocmask(SIG_BLOCK, &held, &before);
    sigaction(SIGTERM, &act, NULL);
    sigaction(SIGINT, &act, NULL);
    sigaction(SIGHUP, &act, NULL);
    sigaction(SIGUSR1, &act, NULL);
    prctl(PR_SET_PDEATHSIG, SIGUSR1);
    if (getppid() == starter && !args_pos_count(args)) {
        sigdelset(&before, SIGTERM);
        sigdelset(&before, SIGUSR1);
        sigsuspend(&before); /* nothing to run: wait for the end of the parent */
    } else if (getppid() == starter) {
        pid_t child = fork();

        if (child == 0)
            become(args, args_get(args, "chdir"), self);
        program = child;
        sigprocmask(SIG_SETMASK, &before, NULL);
        while (child > 0 && wait4(child, &status, 0, &used) < 0 && errno == EINTR)
            ;
    }
    program = 0;
    note_usage(args_get(args, "usage"), &used);
    code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    if (remove && (orphaned || getppid() != starter))
        remove_for_good(remove);
    return code;
}

static const struct opt_def opts[] = {
    {"parent", 0, ARG_INT, .value = "PID", .help = "Whose end is ours as well."},
    {"remove", 0, ARG_TEXT, .value = "DIR", .help = "Remove this folder when the parent is gone."},
    {"chdir", 0, ARG_TEXT, .value = "DIR", .help = "Run it in this folder."},
    {"usage", 0, ARG_TEXT, .value = "FILE", .help = "Note its peak memory in this file."},
    {NULL},
};

const struct cmd_def cmd_guard_def = {
    .name = "__guard",
    .help = "Run a program that ends with its parent.",
    .opts = opts,
    .pos = (const struct pos_def[]){{"PROGRAM", ARG_TEXT, .repeat = true,
                                     .help = "The program and its arguments; none: only wait."},
                                    {NULL}},
    .run = run_guard,
    .hidden = true,
};
