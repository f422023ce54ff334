/* controls.c - machines that are well, however busy: no root cause may be named. */
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"

#define MIB ((size_t)1 << 20)

static bool stood_4_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 4000);
}

static void idle(struct lab_run *r)
{
    lab_stands(r);
    lab_stay();
}

/* Answers each connection with a little work; clients ask as fast as a third of a core allows. */
static void server(struct lab_run *r)
{
    int port = 0, fd = lab_listen(64, &port);

    if (fd < 0)
        lab_skip(r, "no free port");
    if (lab_fork() == 0) {
        lab_name("clients");
        for (;;) {
            char c;
            int s = lab_connect(port);

            if (s >= 0 && read(s, &c, 1) >= 0)
                close(s);
            lab_nap_ms(2);
        }
    }
    lab_name("server");
    lab_stands(r);
    for (;;) {
        int s = accept(fd, NULL, NULL);

        for (volatile int i = 0; i < 500000; i++)
            ;
        if (write(s, "x", 1) < 0)
            lab_nap_ms(1);
        close(s);
    }
}

static const char *has_compiler(void)
{
    return lab_has("cc") && lab_has("make") ? NULL : "no compiler or no make here";
}

/* Two jobs of a build: files that take a second each. */
static void build(struct lab_run *r)
{
    char path[400], text[400];
    FILE *f;

    for (int i = 0; i < 400; i++) {
        snprintf(path, sizeof(path), "%s/u%d.c", r->dir, i);
        f = fopen(path, "w");
        for (int k = 0; f && k < 400; k++)
            fprintf(f,
                    "int f%d_%d(int x) { int y = x; for (int i = 0; i < x; i++) y += i * y ^ %d; "
                    "return y / (x + 1); }\n",
                    i, k, k);
        if (f)
            fclose(f);
    }
    snprintf(path, sizeof(path), "%s/Makefile", r->dir);
    snprintf(text, sizeof(text),
             "all: $(patsubst %%.c,%%.o,$(wildcard *.c))\n%%.o: %%.c\n\tcc -O2 -c -o $@ $<\n");
    lab_write(path, text);
    lab_stands(r);
    if (chdir(r->dir) == 0 && lab_fork() == 0) {
        setsid();
        execlp("make", "make", "-s", "-j2", (char *)NULL);
        _exit(127);
    }
    lab_stay();
}

/* A big file and its copy, again and again, never more than 200 MB. */
static void copy(struct lab_run *r)
{
    char from[300], to[300];
    static char block[1 << 20];
    int fd;

    snprintf(from, sizeof(from), "%s/big", r->dir);
    snprintf(to, sizeof(to), "%s/copy", r->dir);
    fd = open(from, O_RDWR | O_CREAT, 0600);
    memset(block, 'x', sizeof(block));
    for (int i = 0; fd >= 0 && i < 96; i++) {
        if (write(fd, block, sizeof(block)) < 0)
            lab_skip(r, "no room for 200 MB");
    }
    lab_stands(r);
    for (;;)
        lab_command(r, (const char *const[]){"cp", from, to, NULL});
}

static void read_files(struct lab_run *r)
{
    char path[300];
    static char block[1 << 20];
    int fd;

    snprintf(path, sizeof(path), "%s/data", r->dir);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    for (int i = 0; fd >= 0 && i < 256; i++) {
        if (write(fd, block, sizeof(block)) < 0)
            lab_skip(r, "no room for 256 MB");
    }
    lab_stands(r);
    for (;;) {
        for (int i = 0; i < 256; i++) {
            if (pread(fd, block, sizeof(block), (off_t)i << 20) < 0)
                lab_stay();
            lab_nap_ms(4);
        }
    }
}

static void idle_connections(struct lab_run *r)
{
    int port = 0, fd = lab_listen(600, &port);

    if (fd < 0)
        lab_skip(r, "no free port");
    setrlimit(RLIMIT_NOFILE, &(struct rlimit){4096, 4096});
    lab_name("server");
    for (int i = 0; i < 500; i++) {
        lab_connect(port);
        accept(fd, NULL, NULL);
    }
    lab_stands(r);
    lab_stay();
}

/* Short jobs that come together and are gone. */
static void bursts(struct lab_run *r)
{
    lab_name("crond");
    lab_stands(r);
    for (;;) {
        for (int i = 0; i < 6; i++) {
            if (lab_fork() == 0) {
                setsid();
                execl("/bin/sh", "sh", "-c",
                      "i=0; while [ $i -lt 20000 ]; do i=$((i+1)); done; "
                      "ls /usr/bin >/dev/null",
                      (char *)NULL);
                _exit(127);
            }
        }
        while (waitpid(-1, NULL, 0) > 0)
            ;
        lab_nap_ms(700);
    }
}

static void niced(struct lab_run *r)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    lab_name("batch");
    setpriority(PRIO_PROCESS, 0, 19);
    for (long i = 1; i < cpus; i++) {
        if (lab_fork() == 0)
            lab_burn();
    }
    lab_stands(r);
    lab_burn();
}

/* Many jobs that give way, all day long, beside a service that needs little. */
static void niced_many(struct lab_run *r)
{
    long cpus = sysconf(_SC_NPROCESSORS_ONLN);

    for (long i = 0; i < 3 * cpus; i++) {
        if (lab_fork() == 0) {
            lab_name("render");
            setpriority(PRIO_PROCESS, 0, 15);
            lab_burn();
        }
    }
    server(r);
}

/* A debugger or a snapshot holds a service for an instant, again and again. */
static void held_shortly(struct lab_run *r)
{
    pid_t pid = lab_fork();

    if (pid == 0) {
        setsid();
        lab_name("service");
        for (;;)
            lab_nap_ms(20);
    }
    lab_stands(r);
    for (;;) {
        kill(pid, SIGSTOP);
        lab_nap_ms(120);
        kill(pid, SIGCONT);
        lab_nap_ms(1500);
    }
}

/* The cache takes all that its group may have, which is what a cache is for. */
static void cache_full(struct lab_run *r)
{
    static char block[1 << 20];
    char dir[600], path[300];
    const char *name;
    int fd;

    if (!lab_cgroup_make(r, "memory", dir, sizeof(dir), &name) ||
        !lab_cgroup_set(dir, lab_cgroup_v2("memory") ? "memory.max" : "memory.limit_in_bytes",
                        "96M") ||
        !lab_cgroup_enter(dir))
        lab_skip(r, "no memory limit can be set here");
    snprintf(path, sizeof(path), "%s/archive", r->dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    lab_name("archiver");
    lab_stands(r);
    for (int i = 0; fd >= 0; i++) {
        if (pwrite(fd, block, sizeof(block), (off_t)(i % 192) << 20) < 0)
            break;
        lab_nap_ms(40);
    }
    lab_stay();
}

static const char *can_memory_group(void)
{
    char dir[600];
    const char *name;

    if (!lab_root())
        return "only root can make a control group";
    return lab_cgroup_path("x", "memory", dir, sizeof(dir), &name) ? NULL
                                                                   : "no memory controller here";
}

static void remove_memory_group(const struct lab_run *r)
{
    lab_cgroup_stop(r, "memory");
}

/* It starts up: memory, files and time for some seconds, then it serves. */
static void restarted(struct lab_run *r)
{
    int port = 0, fd = lab_listen(64, &port);

    lab_name("service");
    for (int i = 0; i < 60; i++) {
        char *p = malloc(MIB);

        if (p)
            memset(p, i, MIB);
        open("/dev/null", O_RDONLY);
        lab_nap_ms(20);
    }
    lab_stands(r);
    for (;;)
        close(accept(fd, NULL, NULL));
}

static void *wait_for_ever(void *unused)
{
    lab_stay();
    return unused;
}

static void many_threads(struct lab_run *r)
{
    lab_name("threads");
    for (int i = 0; i < 600; i++)
        lab_thread(wait_for_ever);
    lab_stands(r);
    lab_stay();
}

static volatile char sink; /* what is read has to go somewhere */

/* A big file in the address space, touched page by page. */
static void mapped(struct lab_run *r)
{
    char path[300];
    char *p;
    int fd;

    snprintf(path, sizeof(path), "%s/data", r->dir);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    if (fd < 0 || ftruncate(fd, (off_t)(300 * MIB)))
        lab_skip(r, "no room for a file");
    p = mmap(NULL, 300 * MIB, PROT_READ, MAP_SHARED, fd, 0);
    lab_name("mapper");
    lab_stands(r);
    for (size_t i = 0; p != MAP_FAILED && i < 300 * MIB; i += 4096) {
        sink = p[i];
        if (i % (2 * MIB) == 0)
            lab_nap_ms(60);
    }
}

static const char *has_tar(void)
{
    return lab_has("tar") && lab_has("gzip") ? NULL : "no tar or no gzip here";
}

static void compress(struct lab_run *r)
{
    char line[500];

    snprintf(line, sizeof(line),
             "while :; do tar cf - /usr/share /usr/lib 2>/dev/null | gzip -6 >%s/backup.gz; done",
             r->dir);
    lab_stands(r);
    if (lab_fork() == 0) {
        setsid();
        execl("/bin/sh", "sh", "-c", line, (char *)NULL);
        _exit(127);
    }
    lab_stay();
}

/* Much of the memory is held, as a database does, and none is added. */
static void large(struct lab_run *r)
{
    char *p = malloc(400 * MIB);

    lab_name("database");
    if (!p)
        lab_skip(r, "no room for 400 MiB");
    memset(p, 1, 400 * MIB);
    lab_stands(r);
    for (unsigned i = 0;; i++) {
        p[(size_t)lab_dice() % (400 * MIB)]++;
        if (i % 1000 == 0)
            lab_nap_ms(1);
    }
}

/* An editor that somebody put to sleep, and some processes that just ended. */
static void few_zombies(struct lab_run *r)
{
    lab_name("parent");
    for (int i = 0; i < 5; i++) {
        if (fork() == 0)
            _exit(0);
    }
    lab_stands(r);
    lab_stay();
}

#define CONTROL(name, words, how, wait, why)                                                       \
    {                                                                                              \
        .id = name, .family = "control", .control = true, .sentence = words, .start = how,         \
        .ready = wait, .need = why                                                                 \
    }

const struct lab_fault controls[] = {
    CONTROL("idle", "users say it is slow", idle, NULL, NULL),
    CONTROL("busy-server", "users say it is slow", server, stood_4_s, NULL),
    CONTROL("build", "users say it is slow", build, stood_4_s, has_compiler),
    CONTROL("copy", "users say it is slow", copy, stood_4_s, NULL),
    CONTROL("cache-filled", "is anything wrong here?", read_files, stood_4_s, NULL),
    CONTROL("idle-connections", "users say it is slow", idle_connections, NULL, NULL),
    CONTROL("cron-bursts", "users say it is slow", bursts, stood_4_s, NULL),
    CONTROL("batch-niced", "users say it is slow", niced, stood_4_s, NULL),
    CONTROL("just-restarted", "is everything all right?", restarted, NULL, NULL),
    CONTROL("threads-idle", "users say it is slow", many_threads, NULL, NULL),
    CONTROL("file-mapped", "it gets slower and slower", mapped, NULL, NULL),
    CONTROL("compress", "users say it is slow", compress, stood_4_s, has_tar),
    CONTROL("memory-held", "it gets slower and slower", large, stood_4_s, NULL),
    CONTROL("few-zombies", "something is wrong here", few_zombies, NULL, NULL),
    CONTROL("niced-many", "users say it is slow", niced_many, stood_4_s, NULL),
    CONTROL("held-shortly", "users say that it hangs", held_shortly, stood_4_s, NULL),
    {.id = "group-cache-full",
     .family = "control",
     .control = true,
     .sentence = "users say it is slow",
     .need = can_memory_group,
     .start = cache_full,
     .ready = stood_4_s,
     .stop = remove_memory_group},
    {.id = NULL},
};
