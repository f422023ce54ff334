/* victim.c - see victim.h. */
#include "tests/lib/victim.h"
#include "tests/lib/unit.h"

#include <signal.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"

#define NICE_MAX 8 /* tests raise it by up to ten */

pid_t victim_start(void)
{
    pid_t pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        for (;;)
            pause();
    }
    assert_true(pid > 0);
    if (victim_nice(pid) > NICE_MAX)
        setpriority(PRIO_PROCESS, (id_t)pid, 0);
    return pid;
}

void victim_end(pid_t pid)
{
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

int victim_nice(pid_t pid)
{
    return getpriority(PRIO_PROCESS, (id_t)pid);
}

void victim_count_renices(const char *bin, const char *count)
{
    char *path = path_join(bin, "renice");
    char *text = xasprintf("#!/bin/sh\necho x >>'%s'\n[ -z \"$RENICE_FAILS\" ] || exit 1\n"
                           "PATH=/usr/bin:/bin renice \"$@\" >/dev/null\ns=$?\n"
                           "[ -z \"$KILL_AFTER\" ] || kill -9 $PPID\nexit $s\n",
                           count);
    struct err err;

    assert_ok(file_write_atomic(path, str_from(text), 0700, &err), &err);
    free(text);
    free(path);
}

int victim_renices(const char *count)
{
    struct buf b = BUF_INIT(4096);
    struct err err;
    int n;

    if (file_exists(count))
        assert_ok(file_read(count, &b, &err), &err);
    n = (int)(b.len / 2);
    buf_release(&b);
    return n;
}
