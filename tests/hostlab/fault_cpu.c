/* fault_cpu.c - faults of the processors. */
#include <netinet/in.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"

static void first_of_all(void)
{
    if (lab_root())
        setpriority(PRIO_PROCESS, 0, -10);
}

static bool burned_4_s(const struct lab_run *r)
{
    return lab_cpu_s(r->stage) >= 4;
}
static bool stood_4_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 4000);
}
static bool stood_7_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 7000);
}

static void hog(struct lab_run *r)
{
    first_of_all();
    lab_name("hog");
    lab_expect_process(r, getpid());
    lab_stands(r);
    lab_burn();
}

static void syscalls(struct lab_run *r)
{
    first_of_all();
    lab_name("poller");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;)
        syscall(SYS_getppid);
}

/* Many processes of one parent, each with a part of a core. */
static void many_small(struct lab_run *r)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    lab_name("pool");
    for (long i = 0; i < 6 * cpus; i++) {
        if (lab_fork() == 0) {
            lab_name("worker");
            lab_burn();
        }
    }
    lab_expect_process(r, getpid());
    lab_stands(r);
    lab_stay();
}

static void churn(struct lab_run *r)
{
    first_of_all();
    lab_name("spawner");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;) {
        pid_t pid = fork();

        if (pid == 0)
            _exit(0);
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
}

static const char *can_cpu_quota(void)
{
    char dir[600];
    const char *name;

    if (!lab_root())
        return "only root can make a control group";
    return lab_cgroup_path("x", "cpu", dir, sizeof(dir), &name) ? NULL : "no cpu controller here";
}

static void throttled(struct lab_run *r)
{
    char dir[600];
    const char *name;

    if (!lab_cgroup_make(r, "cpu", dir, sizeof(dir), &name))
        lab_skip(r, "no control group can be made");
    if (!(lab_cgroup_v2("cpu") ? lab_cgroup_set(dir, "cpu.max", "10000 100000")
                               : lab_cgroup_set(dir, "cpu.cfs_quota_us", "10000")) ||
        !lab_cgroup_enter(dir))
        lab_skip(r, "no quota can be set here");
    lab_expect(r, "cgroup:%s", name);
    lab_stands(r);
    lab_burn();
}

static void remove_cpu_group(const struct lab_run *r)
{
    lab_cgroup_stop(r, "cpu");
}

/* A service that gives way (nice 10) is starved by neighbours that do not. */
static void starved(struct lab_run *r)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);
    int port = 0, fd = lab_listen(16, &port);

    lab_name("neighbours");
    for (long i = 0; i < cpus; i++) {
        pid_t pid = lab_fork();

        if (pid == 0) {
            lab_name("neighbour");
            first_of_all();
            lab_burn();
        }
        lab_expect_process(r, pid);
    }
    lab_expect_process(r, getpid()); /* who started them is right as well */
    if (lab_fork() == 0) {
        lab_name("service");
        setpriority(PRIO_PROCESS, 0, 10);
        listen(fd, 16);
        for (;;) {
            for (volatile int i = 0; i < 3000000; i++)
                ;
            lab_nap_ms(5);
        }
    }
    lab_stands(r);
    lab_stay();
}

static const char *two_processors(void)
{
    return sysconf(_SC_NPROCESSORS_ONLN) >= 2 ? NULL : "one processor only";
}

static void pinned(struct lab_run *r)
{
    cpu_set_t set;
    char want[4];

    CPU_ZERO(&set);
    CPU_SET(0, &set);
    for (int i = 0; i < 3; i++) {
        pid_t pid = lab_fork();

        if (pid == 0) {
            lab_name("pinned");
            if (sched_setaffinity(0, sizeof(set), &set))
                _exit(1);
            lab_burn();
        }
        lab_expect_process(r, pid);
    }
    snprintf(want, sizeof(want), "0");
    lab_stands(r);
    lab_stay();
}

/* A timer of 100 microseconds. */
static void timers(struct lab_run *r)
{
    struct itimerspec every = {{0, 100000}, {0, 100000}};
    struct sigevent ev = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGALRM};
    sigset_t set;
    timer_t id;
    int sig;

    first_of_all();
    lab_name("ticker");
    sigemptyset(&set);
    sigaddset(&set, SIGALRM);
    sigprocmask(SIG_BLOCK, &set, NULL);
    if (timer_create(CLOCK_MONOTONIC, &ev, &id) || timer_settime(id, 0, &every, NULL))
        lab_skip(r, "no timer");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (volatile unsigned long x = 0;; sigwait(&set, &sig)) {
        for (int i = 0; i < 3000; i++)
            x++;
    }
}

/* Datagrams to itself: the packets are handled in interrupts of the loopback device. */
static void packets(struct lab_run *r)
{
    struct sockaddr_in to = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(to);
    int in = socket(AF_INET, SOCK_DGRAM, 0), out = socket(AF_INET, SOCK_DGRAM, 0), small = 2048;
    static char text[64];

    setsockopt(in, SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    if (bind(in, (struct sockaddr *)&to, len) || getsockname(in, (struct sockaddr *)&to, &len))
        lab_skip(r, "no datagram socket");
    first_of_all();
    lab_name("flooder");
    lab_expect_process(r, getpid());
    lab_expect(r, "nic:lo");
    lab_stands(r);
    for (;;)
        sendto(out, text, sizeof(text), 0, (struct sockaddr *)&to, len);
}

/* A program with a thread too many: all cores, one process. */
static void two_cores(struct lab_run *r)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    first_of_all();
    lab_name("threaded");
    lab_expect_process(r, getpid());
    for (long i = 1; i < cpus + 1; i++) {
        if (!lab_thread(lab_burn_thread))
            lab_skip(r, "no threads");
    }
    lab_stands(r);
    lab_burn();
}

const struct lab_fault cpu_faults[] = {
    {.id = "cpu-hog",
     .family = "cpu",
     .sentence = "users say it is slow",
     .kinds = "cpu",
     .start = hog,
     .ready = burned_4_s},
    {.id = "cpu-syscalls",
     .family = "cpu",
     .sentence = "it is slow since this morning",
     .kinds = "cpu",
     .start = syscalls,
     .ready = burned_4_s},
    {.id = "cpu-many-small",
     .family = "cpu",
     .sentence = "everything is slow",
     .kinds = "cpu",
     .start = many_small,
     .ready = stood_7_s},
    {.id = "cpu-threads",
     .family = "cpu",
     .sentence = "everything is slow",
     .kinds = "cpu",
     .start = two_cores,
     .ready = stood_4_s},
    {.id = "fork-churn",
     .family = "cpu",
     .sentence = "users say it is slow",
     .kinds = "cpu",
     .start = churn,
     .ready = stood_4_s},
    {.id = "cpu-throttled",
     .family = "cpu",
     .sentence = "users say it is slow",
     .kinds = "cpu",
     .need = can_cpu_quota,
     .start = throttled,
     .ready = stood_4_s,
     .stop = remove_cpu_group},
    {.id = "cpu-nice-starved",
     .family = "cpu",
     .sentence = "answers take long",
     .kinds = "cpu",
     .start = starved,
     .ready = stood_7_s},
    {.id = "cpu-pinned",
     .family = "cpu",
     .sentence = "users say it is slow",
     .kinds = "cpu",
     .need = two_processors,
     .start = pinned,
     .ready = stood_4_s},
    {.id = "cpu-timers",
     .family = "cpu",
     .sentence = "users say it is slow",
     .kinds = "cpu",
     .start = timers,
     .ready = stood_4_s},
    {.id = "cpu-packets",
     .family = "cpu",
     .sentence = "users say it is slow",
     .kinds = "cpu|network",
     .start = packets,
     .ready = stood_4_s},
    {.id = NULL},
};
