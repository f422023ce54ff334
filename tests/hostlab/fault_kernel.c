/* fault_kernel.c - faults of the kernel, its clock and what the machine runs on. Most of them would
 * be everybody's on this machine, or need hardware: then need() says what is in the way. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "lab.h"

static void never(struct lab_run *r)
{
    lab_skip(r, "it would be everybody's on this machine, so it is not made");
}

static const char *no_steal(void)
{
    static char text[65536];

    if (!lab_read("/proc/cpuinfo", text, sizeof(text)) || !strstr(text, "hypervisor"))
        return "no hypervisor below this machine, so nobody takes processor time from it";
    return "only the hypervisor below this machine can take processor time from it";
}

static const char *no_frequency(void)
{
    if (access("/sys/devices/system/cpu/cpu0/cpufreq/scaling_max_freq", F_OK))
        return "no clock of a processor is shown or set here (no cpufreq)";
    return "a processor would have to be heated until it slows down";
}

/* ---- random numbers ---- */

static const char *no_entropy(void)
{
    double pool = lab_number_in("/proc/sys/kernel/random/poolsize", "");

    return pool > 256 ? NULL : "this kernel lets nobody wait for random numbers (since Linux 5.18)";
}

static void drain(struct lab_run *r)
{
    int fd = open("/dev/random", O_RDONLY | O_CLOEXEC);

    lab_name("keymaker");
    lab_expect_process(r, getpid());
    lab_stands(r);
    if (fd < 0)
        lab_stay();
    for (char key[64];;) {
        if (read(fd, key, sizeof(key)) < 0)
            lab_nap_ms(10);
    }
}

/* ---- hardware, lockups, modules ---- */

static const char *no_machine_check(void)
{
    if (lab_own_machine())
        return lab_has("modprobe") ? NULL : "no modprobe here";
    if (access("/sys/kernel/debug/mce-inject", F_OK))
        return "no error of the hardware can be injected here (no mce-inject)";
    return "an injected machine check may stop this machine";
}

static const char *no_lockup(void)
{
    if (lab_own_machine())
        return NULL;
    if (access("/sys/kernel/debug/provoke-crash", F_OK))
        return "this kernel cannot be made to hang for a test (no lkdtm)";
    return "a kernel that hangs stops everybody on this machine";
}

static const char *no_modules(void)
{
    if (lab_own_machine())
        return lab_has("insmod") ? NULL : "no insmod here";
    if (access("/proc/modules", R_OK))
        return "this kernel loads no modules";
    return "a module that fails has to be built against another kernel than this one";
}

static void shell_or_skip(struct lab_run *r, const char *line, const char *why)
{
    if (lab_command(r, (const char *const[]){"sh", "-c", line, NULL}))
        lab_skip(r, "%s", why);
}

/* An error that the machine corrected, as its banks of registers would tell it. Source: the
 * kernel's Documentation/x86/x86_64/machinecheck and mce-inject's own README in debugfs. */
static void machine_check(struct lab_run *r)
{
    shell_or_skip(r,
                  "modprobe mce-inject && cd /sys/kernel/debug/mce-inject && echo sw >flags && "
                  "echo 0x9c00000000000151 >status && echo 0xd0000 >addr && echo 0 >cpu && "
                  "echo 4 >bank",
                  "no error of the hardware can be injected here");
    lab_expect(r, "host");
    lab_stands(r);
    lab_stay();
}

/* Something that the scheduler puts before everything else for some seconds: the kernel's own
 * threads wait, and it says so. */
static void lockup(struct lab_run *r)
{
    struct sched_param first = {.sched_priority = sched_get_priority_max(SCHED_FIFO)};
    int64_t until;

    lab_write("/sys/module/rcupdate/parameters/rcu_cpu_stall_timeout", "3");
    if (!lab_write("/proc/sys/kernel/sched_rt_runtime_us", "-1"))
        lab_skip(r, "the scheduler's limit for such tasks cannot be lifted");
    lab_expect(r, "host");
    for (long cpu = sysconf(_SC_NPROCESSORS_ONLN); cpu > 0; cpu--) {
        if (lab_fork() != 0)
            continue;
        sched_setscheduler(0, SCHED_FIFO, &first);
        for (until = lab_now_ms() + 20000; lab_now_ms() < until;)
            ;
        _exit(0);
    }
    lab_nap_ms(25000);
    lab_stands(r);
    lab_stay();
}

/* One that needs another one, which is not there. */
static void module_fails(struct lab_run *r)
{
    lab_command(r, (const char *const[]){"sh", "-c",
                                         "insmod $(find /lib/modules/$(uname -r)/ -name "
                                         "btrfs.ko)",
                                         NULL});
    lab_expect(r, "host");
    lab_stands(r);
    lab_stay();
}

/* ---- the clock ---- */

/* Somebody sets it forward by two seconds, again and again. */
static void set_clock(struct lab_run *r)
{
    struct timespec t;

    lab_name("timekeeper");
    lab_expect(r, "host");
    lab_stands(r);
    for (;;) {
        clock_gettime(CLOCK_REALTIME, &t);
        t.tv_sec += 2;
        if (clock_settime(CLOCK_REALTIME, &t))
            lab_stay();
        lab_nap_ms(400);
    }
}

static const char *no_clock(void);

static const char *no_setting(void)
{
    return lab_own_machine() ? NULL : no_clock();
}

/* A time namespace would move the lab's clock alone, if it moved this one. Source:
 * time_namespaces(7). */
static const char *no_clock(void)
{
    char text[512];

    if (lab_read("/proc/self/timens_offsets", text, sizeof(text)) && !strstr(text, "realtime"))
        return "the wall clock is one for the whole machine: time namespaces do not shift it";
    return "the wall clock is one for the whole machine";
}

/* ---- starts ---- */

static const char *can_cover_wtmp(void)
{
    if (!lab_root())
        return "only root can cover the record of starts";
    return access("/var/log/wtmp", R_OK) ? "no record of starts is kept here (/var/log/wtmp)"
                                         : NULL;
}

/* The machine is not restarted; its record of starts is covered, in the lab's own mount namespace,
 * by the one that a machine has which started four times within forty minutes. */
static void restarts(struct lab_run *r)
{
    struct utmp u = {.ut_type = BOOT_TIME, .ut_line = "~", .ut_user = "reboot", .ut_host = "6.1.0"};
    char copy[300];
    int fd;

    snprintf(copy, sizeof(copy), "%s/wtmp", r->dir);
    fd = open(copy, O_WRONLY | O_CREAT | O_CLOEXEC, 0644);
    for (int i = 4; fd >= 0 && i > 0; i--) {
        u.ut_tv.tv_sec = (int32_t)(time(NULL) - i * 600);
        if (write(fd, &u, sizeof(u)) != (ssize_t)sizeof(u))
            lab_skip(r, "no room for %s", copy);
    }
    if (fd < 0 ||
        lab_command(r, (const char *const[]){"mount", "--bind", copy, "/var/log/wtmp", NULL}))
        lab_skip(r, "the record of starts cannot be covered here");
    close(fd);
    lab_expect(r, "host");
    lab_stands(r);
    lab_stay();
}

static void uncover_wtmp(const struct lab_run *r)
{
    lab_command(r, (const char *const[]){"umount", "/var/log/wtmp", NULL});
}

#define SKIPPED(name, fam, words, what, why)                                                       \
    {                                                                                              \
        .id = name, .family = fam, .sentence = words, .kinds = what, .need = why, .start = never   \
    }

/* On a machine of its own. */
#define MADE(name, words, what, why, how)                                                          \
    {                                                                                              \
        .id = name, .family = "kernel", .sentence = words, .kinds = what, .need = why,             \
        .start = how                                                                               \
    }

const struct lab_fault kernel_faults[] = {
    SKIPPED("cpu-steal", "kernel", "users say it is slow", "cpu", no_steal),
    SKIPPED("cpu-slow-clock", "kernel", "users say it is slow", "infrastructure", no_frequency),
    {.id = "random-numbers",
     .family = "kernel",
     .sentence = "it takes minutes to start",
     .kinds = "infrastructure",
     .need = no_entropy,
     .start = drain},
    MADE("hardware-errors", "programs end at random", "infrastructure", no_machine_check,
         machine_check),
    MADE("kernel-lockup", "users say that it hangs", "infrastructure", no_lockup, lockup),
    MADE("kernel-module", "something is missing", "infrastructure", no_modules, module_fails),
    SKIPPED("clock-wrong", "kernel", "nobody can log in", "time", no_clock),
    MADE("clock-set", "jobs run twice", "time", no_setting, set_clock),
    {.id = "restarts",
     .family = "kernel",
     .sentence = "it is gone from time to time",
     .kinds = "infrastructure",
     .need = can_cover_wtmp,
     .start = restarts,
     .stop = uncover_wtmp},
    {.id = NULL},
};
