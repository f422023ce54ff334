/* fault_process.c - faults of processes: what they wait for, how many there are, who starts them.
 */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"

#define LAB_USER 64322 /* of no account */

static bool stood_3_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 3000);
}

/* Until nobody can take it for a start. */
static bool stood_10_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 10000);
}

static void zombies(struct lab_run *r)
{
    lab_name("forgetful");
    for (int i = 0; i < 120; i++) {
        if (fork() == 0)
            _exit(0);
    }
    lab_expect_process(r, getpid());
    lab_stands(r);
    lab_stay();
}

/* A service of its own session that somebody stopped, with clients in its queue. */
static void stopped(struct lab_run *r)
{
    int port = 0, fd = lab_listen(16, &port);
    pid_t pid = lab_fork();

    if (pid == 0) {
        setsid();
        lab_name("service");
        for (;;)
            close(accept(fd, NULL, NULL));
    }
    close(fd);
    lab_nap_ms(200);
    kill(pid, SIGSTOP);
    for (int i = 0; i < 3; i++)
        lab_connect(port);
    lab_expect_process(r, pid);
    lab_stands(r);
    lab_stay();
}

static const char *can_freeze(void)
{
    if (!lab_root())
        return "only root can mount a loop device";
    return lab_has("mkfs.ext4") && lab_has("fsfreeze") ? NULL : "no mkfs.ext4 or no fsfreeze here";
}

/* A process that writes to a filesystem that is frozen hangs in the kernel, as behind a dead disk.
 */
static void stuck(struct lab_run *r)
{
    char image[300], where[300], path[400];
    int fd;
    pid_t pid;

    snprintf(image, sizeof(image), "%s/disk.img", r->dir);
    snprintf(where, sizeof(where), "%s/frozen", r->dir);
    fd = open(image, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0 || ftruncate(fd, 16 << 20) || mkdir(where, 0755))
        lab_skip(r, "no room for %s", image);
    close(fd);
    if (lab_command(r, (const char *const[]){"mkfs.ext4", "-q", "-F", image, NULL}) ||
        lab_command(r, (const char *const[]){"mount", "-o", "loop", image, where, NULL}))
        lab_skip(r, "a loop device cannot be mounted here");
    snprintf(path, sizeof(path), "%s/journal", where);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    if (lab_command(r, (const char *const[]){"fsfreeze", "-f", where, NULL}))
        lab_skip(r, "it cannot be frozen");
    pid = lab_fork();
    if (pid == 0) {
        lab_name("writer");
        for (;;) {
            if (write(fd, "x", 1) < 0)
                lab_nap_ms(10);
        }
    }
    lab_expect_process(r, pid);
    lab_expect(r, "fs:%s", where);
    lab_stands(r);
    lab_stay();
}

static void thaw(const struct lab_run *r)
{
    char where[300];

    snprintf(where, sizeof(where), "%s/frozen", r->dir);
    lab_command(r, (const char *const[]){"fsfreeze", "-u", where, NULL});
}

static void unmount(const struct lab_run *r)
{
    char where[300];

    snprintf(where, sizeof(where), "%s/frozen", r->dir);
    lab_command(r, (const char *const[]){"umount", where, NULL});
}

static void leak_files(struct lab_run *r)
{
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){4096, 4096});
    lab_name("opener");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;) {
        if (open("/dev/null", O_RDONLY) < 0)
            lab_stay();
        lab_nap_ms(20);
    }
}

static void files_used_up(struct lab_run *r)
{
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){256, 256});
    lab_name("opener");
    while (dup(2) >= 0)
        ;
    lab_expect_process(r, getpid());
    lab_stands(r);
    lab_stay();
}

static void *wait_for_ever(void *unused)
{
    lab_stay();
    return unused;
}

static void explode(struct lab_run *r)
{
    lab_name("spreader");
    for (int i = 0; i < 300; i++)
        lab_thread(wait_for_ever);
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (int i = 0; i < 1500; i++) {
        lab_thread(wait_for_ever);
        lab_nap_ms(25);
    }
}

static const char *only_root(void)
{
    return lab_root() ? NULL : "only root can become another user";
}

/* A user that may have 40 processes and has them. */
static void user_full(struct lab_run *r)
{
    setrlimit(RLIMIT_NPROC, &(struct rlimit){40, 40});
    lab_name("farm");
    if (setresgid(LAB_USER, LAB_USER, LAB_USER) || setresuid(LAB_USER, LAB_USER, LAB_USER))
        lab_skip(r, "another user cannot be had here");
    for (int i = 0; i < 60; i++) {
        if (lab_fork() == 0)
            lab_stay();
    }
    lab_expect_process(r, getpid());
    lab_stands(r);
    lab_stay();
}

static const char *can_pids_group(void)
{
    char dir[600];
    const char *name;

    if (!lab_root())
        return "only root can make a control group";
    return lab_cgroup_path("x", "pids", dir, sizeof(dir), &name) ? NULL : "no pids controller here";
}

static void group_full(struct lab_run *r)
{
    char dir[600];
    const char *name;

    if (!lab_cgroup_make(r, "pids", dir, sizeof(dir), &name) ||
        !lab_cgroup_set(dir, "pids.max", "30") || !lab_cgroup_enter(dir))
        lab_skip(r, "no limit of processes can be set here");
    lab_name("farm");
    for (int i = 0; i < 40; i++) {
        if (lab_fork() == 0)
            lab_stay();
    }
    lab_expect(r, "cgroup:%s", name);
    lab_stands(r);
    lab_stay();
}

static void remove_pids_group(const struct lab_run *r)
{
    lab_cgroup_stop(r, "pids");
}

static const char *crashes_are_logged(void)
{
    char text[16];

    return lab_read("/proc/sys/debug/exception-trace", text, sizeof(text)) && text[0] == '1'
               ? NULL
               : "this kernel does not log crashes";
}

/* A supervisor starts what crashes at once. */
static void crash_loop(struct lab_run *r)
{
    volatile int *volatile nowhere = (int *)(uintptr_t)16;

    lab_name("supervisor");
    lab_expect_process(r, getpid());
    lab_expect(r, "program:flaky");
    lab_stands(r);
    for (;;) {
        pid_t pid = lab_fork();

        if (pid == 0) {
            setrlimit(RLIMIT_CORE, &(struct rlimit){0, 0});
            signal(SIGSEGV, SIG_DFL);
            lab_name("flaky");
            lab_nap_ms(400);
            *nowhere = 1; /* the crash */
        }
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
}

/* One job, started again every second and a half; each works for long and holds nothing. */
static void overlap(struct lab_run *r)
{
    char path[300];

    lab_name("crond");
    snprintf(path, sizeof(path), "%s/report.sh", r->dir);
    lab_write(path, "while :; do :; done\n");
    for (int i = 0; i < 4; i++) {
        pid_t pid = lab_fork();

        if (pid == 0) {
            setsid();
            execl("/bin/sh", "sh", path, (char *)NULL);
            _exit(127);
        }
        lab_expect_process(r, pid);
        lab_nap_ms(1500);
    }
    lab_stands(r);
    lab_stay();
}

/* The first run hangs with the lock, the next ones wait for it. */
static void lock_held(struct lab_run *r)
{
    char path[300];

    snprintf(path, sizeof(path), "%s/job.lock", r->dir);
    for (int i = 0; i < 5; i++) {
        pid_t pid = lab_fork();

        if (pid == 0) {
            int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);

            setsid();
            lab_name("nightly-job");
            flock(fd, LOCK_EX);
            lab_stay();
        }
        if (i == 0)
            lab_expect_process(r, pid);
        lab_nap_ms(100);
    }
    lab_stands(r);
    lab_stay();
}

static pthread_mutex_t locks[2] = {PTHREAD_MUTEX_INITIALIZER, PTHREAD_MUTEX_INITIALIZER};

static void *other_way(void *unused)
{
    pthread_mutex_lock(&locks[1]);
    lab_nap_ms(300);
    pthread_mutex_lock(&locks[0]);
    return unused;
}

static void deadlock(struct lab_run *r)
{
    int port = 0, fd = lab_listen(16, &port);
    pid_t pid = lab_fork();

    if (pid == 0) {
        lab_name("service");
        lab_thread(other_way);
        pthread_mutex_lock(&locks[0]);
        lab_nap_ms(300);
        pthread_mutex_lock(&locks[1]);
        accept(fd, NULL, NULL);
    }
    close(fd);
    lab_nap_ms(800);
    for (int i = 0; i < 5; i++)
        lab_connect(port);
    lab_expect_process(r, pid);
    if (r->ssh) /* another user does not see whose it is */
        lab_expect(r, "port:%d", port);
    lab_stands(r);
    lab_stay();
}

const struct lab_fault process_faults[] = {
    {.id = "zombies",
     .family = "process",
     .sentence = "something is wrong here",
     .kinds = "process",
     .start = zombies},
    {.id = "stopped",
     .family = "process",
     .sentence = "users say that it hangs",
     .kinds = "process",
     .start = stopped},
    {.id = "stuck-io",
     .family = "process",
     .sentence = "users say that it hangs",
     .kinds = "process|disk",
     .need = can_freeze,
     .start = stuck,
     .release = thaw,
     .stop = unmount},
    {.id = "fd-leak",
     .family = "process",
     .sentence = "it has to be restarted every day",
     .kinds = "limits",
     .start = leak_files,
     .ready = stood_3_s},
    {.id = "fds-used-up",
     .family = "process",
     .sentence = "some requests do not work",
     .kinds = "limits",
     .start = files_used_up},
    {.id = "thread-explosion",
     .family = "process",
     .sentence = "it gets slower and slower",
     .kinds = "process",
     .start = explode,
     .ready = stood_3_s},
    {.id = "user-processes",
     .family = "process",
     .sentence = "some things do not work any more",
     .kinds = "limits",
     .need = only_root,
     .start = user_full},
    {.id = "group-processes",
     .family = "process",
     .logged = true,
     .sentence = "some things do not work any more",
     .kinds = "limits",
     .need = can_pids_group,
     .start = group_full,
     .stop = remove_pids_group},
    {.id = "crash-loop",
     .family = "process",
     .logged = true,
     .sentence = "it is gone from time to time",
     .kinds = "process",
     .need = crashes_are_logged,
     .start = crash_loop,
     .ready = stood_10_s},
    {.id = "job-overlap",
     .family = "process",
     .sentence = "it gets slower and slower",
     .kinds = "process",
     .start = overlap},
    {.id = "job-lock",
     .family = "process",
     .sentence = "the reports are late",
     .kinds = "process",
     .start = lock_held},
    {.id = "deadlock",
     .family = "process",
     .sentence = "users say that it hangs",
     .kinds = "process",
     .start = deadlock,
     .ready = stood_3_s},
    {.id = NULL},
};
