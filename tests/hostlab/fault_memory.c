/* fault_memory.c - faults of memory. At most some hundred MB are ever taken, and what reaches a
 * limit reaches that of a control group of the lab's own. */
#include <fcntl.h>
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

static volatile char sink; /* what is read has to go somewhere */

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

/* What a program works on is a mapped file that is larger than what its group may hold: pages are
 * dropped and read again at once, while none of its own memory grows. */
static void cache_too_small(struct lab_run *r)
{
    const size_t size = 120 * MIB;
    static char block[1 << 20];
    char dir[600], path[400];
    const char *name;
    char *p;
    int fd;

    snprintf(path, sizeof(path), "%s/index", r->dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (size_t i = 0; fd >= 0 && i < size / MIB; i++) {
        if (write(fd, block, sizeof(block)) < 0)
            lab_skip(r, "no room for a file of 120 MB");
    }
    if (fd < 0 || fsync(fd) || posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED))
        lab_skip(r, "no room for a file of 120 MB");
    name = enter_group(r, "96M", dir, sizeof(dir));
    p = mmap(NULL, size, PROT_READ, MAP_SHARED, fd, 0);
    if (p == MAP_FAILED)
        lab_skip(r, "a file cannot be mapped here");
    lab_name("search");
    lab_expect(r, "cgroup:%s", name);
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;)
        sink = p[(size_t)lab_dice() % size];
}

/* ---- memory that no process holds ---- */

#define RUNS_OUT_S 700 /* at this growth; the investigation looks at what is left for 900 */
#define SLAB_S 14      /* so long it grows */

static double available_bytes(void)
{
    return lab_number_in("/proc/meminfo", "MemAvailable:") * 1024;
}

static const char *can_fill_sockets(void)
{
    if (!lab_root())
        return "only root can let a socket hold so much";
    return available_bytes() / RUNS_OUT_S * SLAB_S < 2e9 ? NULL
                                                         : "this machine has too much memory to "
                                                           "fill it that fast";
}

/* Small messages that nobody reads: each is an object of the kernel. */
static void unread_messages(struct lab_run *r)
{
    double bps = available_bytes() / RUNS_OUT_S;
    int pair[2], room = 1 << 30, step = (int)(bps / 20 / 2048);
    char message[1000] = "";

    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0, pair) ||
        setsockopt(pair[0], SOL_SOCKET, SO_SNDBUFFORCE, &room, sizeof(room)))
        lab_skip(r, "no socket can hold so much here");
    lab_name("publisher");
    lab_expect(r, "host");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (int round = 0; round < 20 * SLAB_S; round++) {
        for (int i = 0; i < step; i++) {
            if (write(pair[0], message, sizeof(message)) < 0)
                break;
        }
        lab_nap_ms(50);
    }
    lab_stay();
}

#define SMALL_MACHINE 2e9 /* bytes that may be taken from everybody for a moment */

static const char *small_machine(void)
{
    static char why[128];

    if (lab_number_in("/proc/meminfo", "MemTotal:") * 1024 <= SMALL_MACHINE)
        return NULL;
    snprintf(why, sizeof(why), "all %.0f GB of this machine would have to be taken from everybody",
             lab_number_in("/proc/meminfo", "MemTotal:") / 1e6);
    return why;
}

/* It holds nearly all, and is the first to be killed when that is too much. */
static void all_memory(struct lab_run *r)
{
    double keep = lab_number_in("/proc/meminfo", "MemTotal:") * 1024 * 0.03;

    lab_write("/proc/self/oom_score_adj", "1000");
    lab_name("hoarder");
    lab_expect_process(r, getpid());
    for (int i = 0; i < 4000 && available_bytes() > keep; i++)
        take(MIB);
    lab_stands(r);
    lab_stay();
}

/* Every other page is given back: nothing large is left in one piece, and huge pages are asked for
 * all the time. */
static void in_pieces(struct lab_run *r)
{
    size_t size = (size_t)(available_bytes() * 0.9) / MIB * MIB;
    char *p = mmap(NULL, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

    if (p == MAP_FAILED)
        lab_skip(r, "no room for the pieces");
    lab_write("/proc/self/oom_score_adj", "1000");
    madvise(p, size, MADV_NOHUGEPAGE);
    memset(p, 1, size);
    for (size_t at = 0; at < size; at += 8192)
        madvise(p + at, 4096, MADV_DONTNEED);
    lab_name("mapper");
    lab_expect(r, "host");
    lab_expect_process(r, getpid());
    lab_stands(r);
    for (;;) {
        char *huge =
            mmap(NULL, 4 * MIB, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (huge == MAP_FAILED)
            lab_stay();
        madvise(huge, 4 * MIB, MADV_HUGEPAGE);
        memset(huge, 1, 4 * MIB);
        munmap(huge, 4 * MIB);
    }
}

/* ---- swap ---- */

/* The same with a swap file of its own: the group works in swap. */
static const char *can_swap(void)
{
    if (can_memory_group())
        return can_memory_group();
    if (lab_number_in("/proc/meminfo", "SwapTotal:") > 0)
        return "this machine has swap, which is not ours to fill";
    return lab_has("mkswap") && lab_has("swapon") ? NULL : "no mkswap here";
}

static void add_swap(struct lab_run *r, size_t size)
{
    static char block[1 << 20];
    char path[400];
    int fd;

    snprintf(path, sizeof(path), "%s/swap", r->dir);
    fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    for (size_t i = 0; fd >= 0 && i < size / MIB; i++) {
        if (write(fd, block, sizeof(block)) < 0)
            lab_skip(r, "no room for a swap file");
    }
    if (fd < 0 || fsync(fd) || lab_command(r, (const char *const[]){"mkswap", path, NULL}) ||
        lab_command(r, (const char *const[]){"swapon", path, NULL}))
        lab_skip(r, "swap cannot be added here");
    close(fd);
}

/* It reads much more than it writes, and lets the swap file follow: a group in which every page
 * must first be written to swap is killed, not slow. */
static void swapping(struct lab_run *r)
{
    const size_t size = 150 * MIB;
    char dir[600];
    char *mine;

    add_swap(r, 256 * MIB);
    lab_expect(r, "cgroup:%s", enter_group(r, "80M", dir, sizeof(dir)));
    lab_name("swapper");
    lab_expect_process(r, getpid());
    mine = take(size);
    if (!mine)
        lab_skip(r, "no room for 150 MiB");
    lab_stands(r);
    for (unsigned i = 0;; i++) {
        char *at = &mine[(size_t)lab_dice() % size];

        if (i % 4)
            sink = *at;
        else
            *at = (char)i;
        if (i % 16 == 0)
            lab_nap_ms(1);
    }
}

/* Memory that lies in swap and is not needed: it was pushed out once, long ago. */
static void swapped_out(struct lab_run *r)
{
    const size_t size = 120 * MIB;
    char dir[600];

    add_swap(r, 256 * MIB);
    enter_group(r, "64M", dir, sizeof(dir));
    lab_name("sleeper");
    if (!take(size))
        lab_skip(r, "no room for 120 MiB");
    lab_cgroup_set(dir, lab_cgroup_v2("memory") ? "memory.max" : "memory.limit_in_bytes", "512M");
    lab_stands(r);
    lab_stay();
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
     .logged = true,
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
    {.id = "cache-too-small",
     .family = "memory",
     .sentence = "users say it is slow",
     .kinds = "memory",
     .need = can_memory_group,
     .start = cache_too_small,
     .ready = stood_3_s,
     .stop = remove_memory_group},
    {.id = "unread-messages",
     .family = "memory",
     .sentence = "it gets slower and slower",
     .kinds = "memory",
     .need = can_fill_sockets,
     .start = unread_messages,
     .ready = stood_3_s},
    {.id = "memory-all",
     .family = "memory",
     .sentence = "everything is slow",
     .kinds = "memory",
     .need = small_machine,
     .start = all_memory},
    {.id = "memory-in-pieces",
     .family = "memory",
     .sentence = "everything is slow",
     .kinds = "memory",
     .need = small_machine,
     .start = in_pieces,
     .ready = stood_3_s},
    {.id = "swap-quiet",
     .family = "memory",
     .control = true,
     .sentence = "users say it is slow",
     .need = can_swap,
     .start = swapped_out,
     .ready = stood_3_s,
     .stop = end_swap},
    {.id = NULL},
};
