/* fault_memory.c - faults of memory. At most some hundred MB are ever taken, and what reaches a
 * limit reaches that of a control group of the lab's own. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"

#define MIB ((size_t)1 << 20)

static const char *no_sanitizer(void)
{
#ifdef RB_SANITIZED
    return "a sanitizer needs more address space";
#else
    return NULL;
#endif
}

static bool stood_3_s(const struct lab_run *r)
{
    return lab_stood_ms(r, 3000);
}

static char *take(size_t size)
{
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        return NULL;
    memset(p, 1, size);
    return p;
}

static void grow(size_t step, long pause_ms)
{
    take(step);
    lab_nap_ms(pause_ms);
}

static void leak_under_rlimit(struct lab_run *r)
{
    const rlim_t limit = 900000000;

    setrlimit(RLIMIT_AS, &(struct rlimit){limit, limit});
    lab_name("leaky");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;)
        grow(200000, 50);
}

/* 30 MB a second, at most 600: on a machine of 24 GB that would be all in a quarter of an hour. */
static void leak_free(struct lab_run *r)
{
    lab_name("leaky");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (int i = 0; i < 400; i++)
        grow(3 * MIB / 2, 50);
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

static const char *enter_group(struct lab_run *r, const char *limit, char *dir, size_t size)
{
    const char *name;

    if (!lab_cgroup_make(r, "memory", dir, size, &name))
        lab_skip(r, "no control group can be made");
    if (!lab_cgroup_set(dir, lab_cgroup_v2("memory") ? "memory.max" : "memory.limit_in_bytes",
                        limit) ||
        !lab_cgroup_enter(dir))
        lab_skip(r, "no memory limit can be set here");
    return name;
}

static void remove_memory_group(const struct lab_run *r)
{
    lab_cgroup_stop(r, "memory");
}

static void leak_in_group(struct lab_run *r)
{
    char dir[600];

    enter_group(r, "600M", dir, sizeof(dir));
    lab_name("leaky");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;)
        grow(200000, 50);
}

/* A worker that needs more than the group may have is killed and started again. */
static void oom_in_group(struct lab_run *r)
{
    char dir[600];
    const char *name = enter_group(r, "48M", dir, sizeof(dir));

    lab_name("parent");
    lab_expect(r, "cgroup:%s", name);
    lab_stands(r);
    for (;;) {
        pid_t pid = lab_fork();

        if (pid == 0) {
            lab_name("glutton");
            for (int i = 0; i < 100; i++)
                grow(MIB, 8);
            _exit(0);
        }
        if (pid > 0)
            waitpid(pid, NULL, 0);
    }
}

/* Memory of its own near the limit, and a file that is read again and again beside it. */
static void group_full(struct lab_run *r)
{
    char dir[600], path[400];
    const char *name = enter_group(r, "64M", dir, sizeof(dir));
    static char block[65536];
    int fd;

    lab_name("reader");
    snprintf(path, sizeof(path), "%s/data", r->dir);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    for (int i = 0; fd >= 0 && i < 512; i++) {
        if (write(fd, block, sizeof(block)) < 0)
            lab_skip(r, "no room for a file of 32 MB");
    }
    fsync(fd);
    take(58 * MIB);
    lab_expect(r, "cgroup:%s", name);
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;) {
        if (pread(fd, block, sizeof(block), (off_t)(lab_dice() % 512) * 65536) < 0)
            break;
    }
}

/* The same with a swap file of its own: the group works in swap. */
static const char *can_swap(void)
{
    if (can_memory_group())
        return can_memory_group();
    if (lab_number_in("/proc/meminfo", "SwapTotal:") > 0)
        return "this machine has swap, which is not ours to fill";
    return lab_has("mkswap") && lab_has("swapon") ? NULL : "no mkswap here";
}

static void swapping(struct lab_run *r)
{
    char dir[600], path[400];
    static char block[65536];
    char *mine;
    int fd;

    snprintf(path, sizeof(path), "%s/swap", r->dir);
    fd = open(path, O_RDWR | O_CREAT, 0600);
    for (int i = 0; fd >= 0 && i < 96 * 16; i++) {
        if (write(fd, block, sizeof(block)) < 0)
            lab_skip(r, "no room for a swap file");
    }
    fsync(fd);
    if (lab_command(r, (const char *const[]){"mkswap", path, NULL}) ||
        lab_command(r, (const char *const[]){"swapon", path, NULL}))
        lab_skip(r, "swap cannot be added here");
    enter_group(r, "32M", dir, sizeof(dir));
    lab_name("swapper");
    lab_expect_process(r, getpid());
    mine = take(80 * MIB);
    lab_stands(r);
    while (mine)
        mine[(size_t)lab_dice() % (80 * MIB)]++;
}

static void end_swap(const struct lab_run *r)
{
    char path[400];

    snprintf(path, sizeof(path), "%s/swap", r->dir);
    lab_command(r, (const char *const[]){"swapoff", path, NULL});
    lab_cgroup_stop(r, "memory");
}

const struct lab_fault memory_faults[] = {
    {.id = "leak-rlimit",
     .family = "memory",
     .sentence = "it gets slower and slower",
     .kinds = "memory",
     .need = no_sanitizer,
     .start = leak_under_rlimit},
    {.id = "leak-free",
     .family = "memory",
     .sentence = "it gets slower and slower",
     .kinds = "memory",
     .start = leak_free,
     .ready = stood_3_s},
    {.id = "leak-group",
     .family = "memory",
     .sentence = "it has to be restarted every day",
     .kinds = "memory",
     .need = can_memory_group,
     .start = leak_in_group,
     .stop = remove_memory_group},
    {.id = "oom-group",
     .family = "memory",
     .sentence = "it is gone from time to time",
     .kinds = "memory",
     .need = can_memory_group,
     .start = oom_in_group,
     .ready = stood_3_s,
     .stop = remove_memory_group},
    {.id = "group-full",
     .family = "memory",
     .sentence = "users say it is slow",
     .kinds = "memory",
     .need = can_memory_group,
     .start = group_full,
     .ready = stood_3_s,
     .stop = remove_memory_group},
    {.id = "swap-thrash",
     .family = "memory",
     .sentence = "users say it is slow",
     .kinds = "memory",
     .need = can_swap,
     .start = swapping,
     .ready = stood_3_s,
     .stop = end_swap},
    {.id = NULL},
};
