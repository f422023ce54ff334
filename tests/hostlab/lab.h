/* lab.h - real faults of a machine, made one at a time, and what an investigation says of each.
 *
 * A fault is a row: a file a family, `fault_<family>.c`, listed in families.c. Its start() runs in
 * a process of its own (the *stage*) with everything that it forks below a *keeper*. The keeper
 * ends them all, undoes the rest (stop) and removes the scratch folder when the lab says so, when
 * the lab is gone, however it went, or when the fault's time is over. Loopback only; mounts live in
 * the lab's own mount namespace and go with it. */
#ifndef RUNBOOK_TESTS_LAB_H
#define RUNBOOK_TESTS_LAB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define LAB_EXPECT_MAX 8
#define LAB_TEXT_MAX 512

/* One fault that is being made. The same struct is in the lab, in the keeper and in the stage; the
 * lab learns of what the stage did through lab_expect(), lab_stands() and lab_skip() only. */
struct lab_run {
    const struct lab_fault *fault;
    char dir[256];   /* scratch, its own, removed afterwards; 0755 */
    char tag[64];    /* a name that is free for this run: of a control group, a unit, a user */
    const char *ssh; /* the investigation goes through ssh to this name; NULL: local */
    pid_t keeper;
    pid_t stage; /* the process of start() */
    int say;     /* stage to lab */
    int64_t stands_ms;
    char expect[LAB_EXPECT_MAX][LAB_TEXT_MAX]; /* any of them is right */
    int expect_count;
    char skip[LAB_TEXT_MAX]; /* why it cannot be made after all */
};

struct lab_fault {
    const char *id, *family;
    const char *sentence;      /* what a user would say: vague, it names nothing */
    const char *kinds;         /* categories that are right: "cpu", "cpu|limits" */
    bool control;              /* healthy: any root cause is wrong */
    bool logged;               /* the kernel's log speaks of it afterwards: it is made last */
    int lasts_s;               /* longest; 0: 90 */
    const char *(*need)(void); /* why it cannot be made here, or NULL; may be NULL */
    /* Makes the fault, says what the culprit is (lab_expect) and lab_stands(); returns never, or
     * once nothing is left to do but to stay. */
    void (*start)(struct lab_run *r);
    /* Asked in the lab again and again after lab_stands(): is it to be seen by now? NULL: at once.
     */
    bool (*ready)(const struct lab_run *r);
    /* What the end of the processes does not undo; in the keeper, which knows dir and tag only. */
    void (*stop)(const struct lab_run *r);
    /* The same, before its processes are ended: what keeps them from ending; may be NULL. */
    void (*release)(const struct lab_run *r);
};

/* Families, a NULL id at the end of each. */
struct lab_family {
    const char *name;
    const struct lab_fault *faults;
};
extern const struct lab_family lab_families[]; /* families.c; ends with a NULL name */

/* Which faults a pattern of the host catalogue is to be named for: coverage.c; ends with a NULL
 * pattern. */
struct lab_cover {
    const char *pattern, *faults; /* "cpu-hog,cpu-threads" */
};
extern const struct lab_cover lab_covers[];
/* Print each pattern with its faults; false: one has none, or a row is wrong. */
bool coverage_check(void);
/* The patterns that `fault` is made for: "cpu_core,cpu_saturated". */
void coverage_of(const char *fault, char *ret, size_t size);

/* ---- for start(), in the stage ---- */
/* The culprit, without its host: "process:12(", "port:80", "file:/x", "fs:/x", "unit:x",
 * "cgroup:/x", "host" for the machine itself. One that ends with "(" or "*" is a prefix. Several:
 * each is right. */
void lab_expect(struct lab_run *r, const char *fmt, ...) __attribute__((format(printf, 2, 3)));
void lab_expect_process(struct lab_run *r, pid_t pid);
void lab_stands(struct lab_run *r);
_Noreturn void lab_skip(struct lab_run *r, const char *fmt, ...)
    __attribute__((format(printf, 2, 3)));
_Noreturn void lab_stay(void);
pid_t lab_fork(void);            /* the child ends with its parent */
void lab_name(const char *name); /* of this process, in /proc/PID/comm and its command line */
_Noreturn void lab_burn(void);   /* one core */
void lab_nap_ms(long ms);
unsigned lab_dice(void);              /* any number, the same ones in every run */
bool lab_thread(void *(*fn)(void *)); /* with a small stack; false: it cannot be made */
void *lab_burn_thread(void *unused);
int lab_listen(int backlog, int *ret_port); /* 127.0.0.1, a free port; -1 */
bool lab_own_network(void);                 /* this process gets a new one, with a loopback only */
/* A point-to-point device of this process' network: its descriptor, or -1. */
int lab_tun(const char *name, const char *addr, const char *mask);
int lab_connect_to(const char *addr, int port); /* blocking; -1 */
int lab_connect(int port);                      /* blocking; -1 */
/* Run a command and wait; its exit status, -1 when it cannot be run. Output goes to dir/log. */
int lab_command(const struct lab_run *r, const char *const *argv);

/* ---- for need(), ready() and stop() too ---- */
int64_t lab_now_ms(void); /* monotonic */
bool lab_root(void);
bool lab_own_machine(void); /* nobody else is on it: the script `machine` made it for this lab */
bool lab_has(const char *program); /* in PATH or in /usr/sbin */
bool lab_stood_ms(const struct lab_run *r, int64_t ms);
double lab_cpu_s(pid_t pid); /* of the process, with its reaped children; -1: gone */
bool lab_read(const char *path, char *text, size_t size);
bool lab_write(const char *path, const char *text);
double lab_number_in(const char *path, const char *after); /* the number behind a word; -1 */

/* A control group below the lab's own, v1 or v2: its folder, and its path as /proc/PID/cgroup says
 * it; false when there is none. cgroup_stop() removes it. */
bool lab_cgroup_path(const char *tag, const char *controller, char *dir, size_t dir_size,
                     const char **ret_name);
bool lab_cgroup_make(const struct lab_run *r, const char *controller, char *dir, size_t dir_size,
                     const char **ret_name);
bool lab_cgroup_v2(const char *controller);
bool lab_cgroup_set(const char *dir, const char *file, const char *value);
bool lab_cgroup_enter(const char *dir); /* this process */
void lab_cgroup_stop(const struct lab_run *r, const char *controller);

/* ---- mounts.c: an ext4 on a loop device, on dir/full ---- */
#define LAB_SLOW_BYTES (48 << 20)
#define LAB_SLOW_DATA ((size_t)24 << 20)
struct lab_slow {
    char where[300], data[400]; /* the mount, and a file of LAB_SLOW_DATA bytes on it */
    char name[64];              /* of the device: "loop0" */
};
const char *lab_can_mount(void);
/* `extra` are options of mkfs.ext4, `opts` of mount; both may be NULL. */
void lab_mount_ext4(struct lab_run *r, off_t bytes, const char *const *extra, const char *opts,
                    char *where, size_t size);
bool lab_try_ext4(struct lab_run *r, off_t bytes, const char *const *extra, const char *opts,
                  char *where, size_t size); /* false: it cannot be mounted */
void lab_unmount(const struct lab_run *r);
bool lab_mount_device(const char *where, char *name, size_t size);
/* The same on a disk that answers `iops` requests a second to this process and its children; only
 * what is opened with O_DIRECT is sure to go to it. */
const char *lab_can_slow_disk(void);
void lab_slow_disk(struct lab_run *r, int iops, struct lab_slow *ret);
void lab_slow_disk_stop(const struct lab_run *r);

/* ---- the lab itself ---- */
bool stage_start(const struct lab_fault *f, const char *scratch, const char *ssh, int serial,
                 struct lab_run *ret, int *ret_hold);
void stage_end(struct lab_run *r, int hold);
double stage_cpu_s(const struct lab_run *r);        /* all of its processes, in seconds */
bool stage_has(const struct lab_run *r, pid_t pid); /* below its keeper */

struct lab_answer {
    char verdict[32], cause[LAB_TEXT_MAX], kind[64]; /* resource of the root cause, or empty */
    char statement[LAB_TEXT_MAX];
    double confidence;
    char candidates[5][LAB_TEXT_MAX]; /* "kind resource", without the root cause */
    int candidate_count;
    int rank; /* 1: the root cause is right; 2...: that candidate; 0: not named */
    bool right_kind;
};
/* Read the last line of the answer and judge it; false: it is no answer. */
bool answer_read(const char *path, const struct lab_run *r, struct lab_answer *ret);
bool answer_matches(const char *expect, const char *resource);

/* What record.c reads of this machine now, into DIR: FAULT.bundle, and FAULT.logs and
 * FAULT.services where the fault has logs and listeners. */
void lab_record(const char *dir, const struct lab_run *r);

/* An sshd on the loopback interface for an unprivileged user; its name for --host, or NULL with
 * the reason. Must be called before the first fault; ends with the lab. */
const char *sshd_start(const char *scratch, const char **ret_why);
/* The same server in the network that this process is in now; the former one ends. */
bool sshd_here(void);

#endif
