/* proc_spawn.c - the child's side of a process: its pipes, its environment, posix_spawn. */
#include "src/loop/proc_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/mem.h"
#include "runbook/loop/proc.h"

extern char **environ;

/* Above the standard descriptors, so that dup2 in the child never overwrites the other end. */
static int lift(int fd)
{
    int higher;

    if (fd > STDERR_FILENO)
        return fd;
    higher = fcntl(fd, F_DUPFD_CLOEXEC, STDERR_FILENO + 1);
    close(fd);
    return higher;
}

bool proc_make_pipe(enum pipe_no no, int *ret_ours, int *ret_theirs)
{
    int fds[2], ours;

    if (FAULT_POINT("proc.pipe")) {
        errno = EMFILE;
        return false;
    }
    if (pipe2(fds, O_CLOEXEC))
        return false;
    fds[0] = lift(fds[0]);
    fds[1] = lift(fds[1]);
    ours = no == PIPE_IN ? 1 : 0;
    if (fds[0] < 0 || fds[1] < 0 || fcntl(fds[ours], F_SETFL, O_NONBLOCK)) {
        close(fds[0]);
        close(fds[1]);
        return false;
    }
    *ret_ours = fds[ours];
    *ret_theirs = fds[1 - ours];
    return true;
}

static struct str env_name(const char *pair)
{
    return (struct str){pair, strcspn(pair, "=")};
}

static bool inherits(const char *const *names, const char *pair)
{
    for (const char *const *n = names; n && *n; n++) {
        if (str_eq_c(env_name(pair), *n))
            return true;
    }
    return !names;
}

/* Ours, or what of it is inherited, with `added` on top. The strings are borrowed; the caller frees
 * the array. */
static char **merge_env(const char *const *inherited, const char *const *added)
{
    size_t n = 0, k = 0, out = 0;
    char **env;

    while (environ[n])
        n++;
    while (added && added[k])
        k++;
    env = xcalloc(n + k + 1, sizeof(*env));
    for (size_t i = 0; i < n; i++) {
        bool replaced = !inherits(inherited, environ[i]);

        for (size_t j = 0; j < k; j++)
            replaced = replaced || str_eq(env_name(environ[i]), env_name(added[j]));
        if (!replaced)
            env[out++] = environ[i];
    }
    if (k)
        memcpy(env + out, added, k * sizeof(*env));
    return env;
}

int proc_spawn(const struct proc_spec *spec, const int theirs[PIPES], pid_t *ret_pid)
{
    posix_spawn_file_actions_t fa;
    posix_spawnattr_t attr;
    sigset_t all, none;
    char **env = merge_env(spec->inherit, spec->env);
    char **argv;
    size_t argc = 0;
    int rc;

    while (spec->argv[argc])
        argc++;
    argv = xcalloc(argc + 1, sizeof(*argv)); /* exec's type wants pointers to char, not to const */
    memcpy(argv, spec->argv, argc * sizeof(*argv));
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&fa);
    posix_spawnattr_init(&attr);
    posix_spawnattr_setflags(&attr,
                             POSIX_SPAWN_SETSID | POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    posix_spawnattr_setsigdefault(&attr, &all);
    posix_spawnattr_setsigmask(&attr, &none);
    for (int i = 0; i < PIPES; i++) {
        if (theirs[i] >= 0)
            posix_spawn_file_actions_adddup2(&fa, theirs[i], i);
        else
            posix_spawn_file_actions_addopen(&fa, i, "/dev/null", O_RDONLY, 0);
    }
#ifdef HAVE_POSIX_SPAWN_FILE_ACTIONS_ADDCLOSEFROM_NP
    posix_spawn_file_actions_addclosefrom_np(&fa, STDERR_FILENO + 1);
#endif
    rc = FAULT_POINT("proc.spawn") ? EAGAIN : posix_spawnp(ret_pid, argv[0], &fa, &attr, argv, env);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&fa);
    free(argv);
    free(env);
    return rc;
}
