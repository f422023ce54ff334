/* bench_hosts.c - a machine under watch: what the screen costs while its resources are read again
 * and again, and what an investigation takes where very many processes live. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/str.h"
#include "tests/bench/bench.h"
#include "tests/lib/pty.h"

#define LOOK_MS 10000 /* from one look to the next */

static double watch_percent(struct pty *p, int looks)
{
    double cpu = bench_tree_cpu_s(pty_pid(p)), from = bench_now_ms(), took;

    for (int i = 0; i < looks; i++) {
        pty_send(p, "r");
        while (bench_now_ms() - from < (i + 1) * (double)LOOK_MS && pty_pump(p, 100) >= 0)
            ;
    }
    took = bench_now_ms() - from;
    return 100 * (bench_tree_cpu_s(pty_pid(p)) - cpu) / (took / 1000);
}

static void bench_watch(void)
{
    const char *argv[] = {bench.runbook, "--host", "local", NULL};
    struct subject s = {.argv = argv, .ready = "Hypotheses", .quit = "\x03\x03"};
    struct pty *p = bench_open(&s);

    if (!p) {
        bench_row("watching this host", "", "did not show its screen");
        return;
    }
    pty_send_bytes(p, "\x1b", 1); /* out of the input line */
    pty_wait_quiet(p, 300, 2000);
    bench_row("watching this host: CPU, a look every 10 s", "< 2 % of a core", "%.2f %%",
              watch_percent(p, bench.quick ? 1 : 6));
    bench_close(p, &s);
}

/* Children that sleep; they end with this program. 0: not so many may be had. */
static pid_t sleepers(int count)
{
    int ready[2];
    char c = 0;
    pid_t pid;

    if (pipe(ready))
        return 0;
    pid = fork();
    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        close(ready[0]);
        for (int i = 0; i < count && c == 0; i++) {
            pid_t child = fork();

            if (child == 0) {
                prctl(PR_SET_PDEATHSIG, SIGKILL);
                close(ready[1]);
                for (;;)
                    pause();
            }
            c = child < 0 ? 'n' : 0;
        }
        if (write(ready[1], c ? "n" : "y", 1) == 1)
            close(ready[1]);
        for (;;)
            pause();
    }
    close(ready[1]);
    if (pid > 0 && (read(ready[0], &c, 1) != 1 || c != 'y')) {
        kill(pid, SIGKILL);
        waitpid(pid, NULL, 0);
        pid = 0;
    }
    close(ready[0]);
    return pid > 0 ? pid : 0;
}

static void bench_many(int count)
{
    const char *argv[] = {bench.runbook, "investigate", "--host", "local", "--json", NULL};
    pid_t pid = sleepers(count);
    struct rusage u;
    char what[80];
    double ms;

    snprintf(what, sizeof(what), "this host with %d more processes", count);
    if (!pid) {
        bench_row(what, "<= 5 s", "not so many processes may be had here");
        return;
    }
    ms = bench_run_ms(argv);
    getrusage(RUSAGE_CHILDREN, &u);
    bench_row(what, "<= 5 s", "%.2f s, at most %.0f MB", ms / 1000, (double)u.ru_maxrss / 1024);
    kill(pid, SIGKILL);
    waitpid(pid, NULL, 0);
}

void bench_hosts(void)
{
    bench_head("Hosts");
    bench_watch();
    bench_many(5000);
    if (!bench.quick)
        bench_many(20000);
}
