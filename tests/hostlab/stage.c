/* stage.c - a fault's process, and the keeper that outlives the lab by as long as it takes to clean
 * up. The keeper is a subreaper: whatever the stage leaves behind becomes its child, so that
 * nothing escapes. It holds the reading end of a pipe; end of file means that the lab is done, or
 * gone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "lab.h"
#include "runbook/base/num.h"

#define LASTS_S 90
#define PIDS_MAX 8192

struct task {
    pid_t pid, parent;
    double cpu_s;
};

static bool read_task(pid_t pid, struct task *ret)
{
    char path[64], text[1024], *at;
    double ticks[4];
    int64_t parent;
    char *save = NULL;
    int field = 0;

    snprintf(path, sizeof(path), "/proc/%d/stat", (int)pid);
    if (!lab_read(path, text, sizeof(text)) || !(at = strrchr(text, ')')))
        return false;
    *ret = (struct task){.pid = pid};
    memset(ticks, 0, sizeof(ticks));
    for (char *word = strtok_r(at + 1, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        if (field == 1 && num_i64(str_from(word), &parent))
            ret->parent = (pid_t)parent;
        if (field >= 11 && field <= 14)
            num_f64(str_from(word), &ticks[field - 11]);
        if (++field > 14)
            break;
    }
    ret->cpu_s = (ticks[0] + ticks[1] + ticks[2] + ticks[3]) / (double)sysconf(_SC_CLK_TCK);
    return true;
}

static int all_tasks(struct task *tasks, int max)
{
    DIR *d = opendir("/proc");
    struct dirent *e;
    int n = 0;
    int64_t pid;

    while (d && n < max && (e = readdir(d))) {
        if (num_i64(str_from(e->d_name), &pid) && read_task((pid_t)pid, &tasks[n]))
            n++;
    }
    if (d)
        closedir(d);
    return n;
}

static bool below(const struct task *tasks, int n, pid_t pid, pid_t top)
{
    for (int depth = 0; depth < 64 && pid > 1; depth++) {
        pid_t parent = 0;

        for (int i = 0; i < n; i++) {
            if (tasks[i].pid == pid)
                parent = tasks[i].parent;
        }
        if (parent == top)
            return true;
        pid = parent;
    }
    return false;
}

double lab_cpu_s(pid_t pid)
{
    struct task t;

    return read_task(pid, &t) ? t.cpu_s : -1;
}

double stage_cpu_s(const struct lab_run *r)
{
    static struct task tasks[PIDS_MAX];
    int n = all_tasks(tasks, PIDS_MAX);
    double sum = 0;

    for (int i = 0; i < n; i++) {
        if (tasks[i].pid == r->keeper || below(tasks, n, tasks[i].pid, r->keeper))
            sum += tasks[i].cpu_s;
    }
    return sum;
}

bool stage_has(const struct lab_run *r, pid_t pid)
{
    static struct task tasks[PIDS_MAX];
    int n = all_tasks(tasks, PIDS_MAX);

    return below(tasks, n, pid, r->keeper);
}

/* Until none is left: what is killed can have forked just before. */
static void kill_all_below_me(void)
{
    static struct task tasks[PIDS_MAX];
    int64_t until = lab_now_ms() + 10000;

    while (lab_now_ms() < until) {
        int n = all_tasks(tasks, PIDS_MAX);

        for (int i = 0; i < n; i++) {
            if (below(tasks, n, tasks[i].pid, getpid()))
                kill(tasks[i].pid, SIGKILL);
        }
        while (waitpid(-1, NULL, WNOHANG) > 0)
            ;
        if (waitpid(-1, NULL, WNOHANG) < 0 && errno == ECHILD)
            return;
        lab_nap_ms(20);
    }
}

static int remove_one(const char *path, const struct stat *st, int type, struct FTW *ftw)
{
    (void)st;
    (void)type;
    (void)ftw;
    remove(path);
    return 0;
}

static void clean_up(struct lab_run *r)
{
    if (r->fault->release)
        r->fault->release(r);
    kill_all_below_me();
    if (r->fault->stop)
        r->fault->stop(r);
    nftw(r->dir, remove_one, 32, FTW_DEPTH | FTW_PHYS | FTW_MOUNT);
}

static _Noreturn void stage(struct lab_run *r)
{
    char text[64];

    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    r->stage = getpid();
    snprintf(text, sizeof(text), "pid %d\n", (int)r->stage);
    if (write(r->say, text, strlen(text)) < 0)
        _exit(1);
    r->fault->start(r);
    lab_stay();
}

static _Noreturn void keeper(struct lab_run *r, int hold)
{
    int lasts_s = r->fault->lasts_s ? r->fault->lasts_s : LASTS_S;
    struct pollfd p = {.fd = hold, .events = POLLIN};
    int64_t until = lab_now_ms() + lasts_s * 1000;

    setsid();
    prctl(PR_SET_CHILD_SUBREAPER, 1);
    prctl(PR_SET_NAME, "lab-keeper");
    signal(SIGINT, SIG_IGN);
    signal(SIGTERM, SIG_IGN);
    signal(SIGPIPE, SIG_IGN);
    r->keeper = getpid();
    r->stage = fork();
    if (r->stage == 0) {
        close(hold);
        stage(r);
    }
    close(r->say);
    while (lab_now_ms() < until && poll(&p, 1, (int)(until - lab_now_ms())) < 0 && errno == EINTR)
        ;
    clean_up(r);
    _exit(0);
}

/* One line of the stage; false at the end of file or of the time. */
static bool hear(FILE *from, int64_t until, char *line, size_t size)
{
    struct pollfd p = {.fd = fileno(from), .events = POLLIN};
    size_t n = 0;
    char c;

    while (n + 1 < size) {
        int64_t left = until - lab_now_ms();

        if (left <= 0 || poll(&p, 1, (int)left) <= 0 || read(p.fd, &c, 1) != 1)
            return false;
        if (c == '\n')
            break;
        line[n++] = c;
    }
    line[n] = '\0';
    return true;
}

static bool wait_until_it_stands(struct lab_run *r, int fd)
{
    int stand_s = r->fault->lasts_s > LASTS_S ? r->fault->lasts_s - 30 : 60;
    int64_t until = lab_now_ms() + stand_s * 1000, pid;
    FILE *from = fdopen(fd, "r");
    char line[LAB_TEXT_MAX + 16];
    bool stands = false;

    while (from && !stands && !*r->skip && hear(from, until, line, sizeof(line))) {
        if (strncmp(line, "expect ", 7) == 0 && r->expect_count < LAB_EXPECT_MAX)
            snprintf(r->expect[r->expect_count++], LAB_TEXT_MAX, "%s", line + 7);
        else if (strncmp(line, "pid ", 4) == 0 && num_i64(str_from(line + 4), &pid))
            r->stage = (pid_t)pid;
        else if (strncmp(line, "skip ", 5) == 0)
            snprintf(r->skip, sizeof(r->skip), "%s", line + 5);
        stands = strcmp(line, "stands") == 0;
    }
    r->stands_ms = lab_now_ms();
    while (stands && r->fault->ready && !r->fault->ready(r) && lab_now_ms() < until)
        lab_nap_ms(50);
    if (from)
        fclose(from);
    if (!*r->skip && (!stands || lab_now_ms() >= until))
        snprintf(r->skip, sizeof(r->skip), "it did not come to stand within %d s", stand_s);
    return !*r->skip;
}

bool stage_start(const struct lab_fault *f, const char *scratch, const char *ssh, int serial,
                 struct lab_run *r, int *ret_hold)
{
    int say[2], hold[2];

    *r = (struct lab_run){.fault = f, .ssh = ssh};
    *ret_hold = -1;
    snprintf(r->dir, sizeof(r->dir), "%s/%d-%s", scratch, serial, f->id);
    snprintf(r->tag, sizeof(r->tag), "hostlab-%d-%d", (int)getpid(), serial);
    if (mkdir(r->dir, 0755) || pipe2(say, O_CLOEXEC) || pipe2(hold, O_CLOEXEC)) {
        snprintf(r->skip, sizeof(r->skip), "%s: %s", r->dir, strerror(errno));
        return false;
    }
    r->keeper = fork();
    if (r->keeper == 0) {
        close(say[0]);
        close(hold[1]);
        r->say = say[1];
        keeper(r, hold[0]);
    }
    close(say[1]);
    close(hold[0]);
    *ret_hold = hold[1];
    return r->keeper > 0 && wait_until_it_stands(r, say[0]);
}

void stage_end(struct lab_run *r, int hold)
{
    if (hold >= 0)
        close(hold);
    if (r->keeper > 0)
        waitpid(r->keeper, NULL, 0);
}
