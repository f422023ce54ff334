/* tools.c - what faults are made of. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "lab.h"
#include "runbook/base/num.h"

__attribute__((format(printf, 3, 0))) static void say(const struct lab_run *r, const char *word,
                                                      const char *fmt, va_list args)
{
    char text[LAB_TEXT_MAX], line[LAB_TEXT_MAX + 16];
    int n;

    vsnprintf(text, sizeof(text), fmt, args);
    n = snprintf(line, sizeof(line), "%s %s\n", word, text);
    if (write(r->say, line, (size_t)n) != n)
        _exit(1);
}

void lab_expect(struct lab_run *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(r, "expect", fmt, args);
    va_end(args);
}

void lab_expect_process(struct lab_run *r, pid_t pid)
{
    lab_expect(r, "process:%d(", (int)pid);
}

void lab_stands(struct lab_run *r)
{
    if (write(r->say, "stands\n", 7) != 7)
        _exit(1);
}

void lab_skip(struct lab_run *r, const char *fmt, ...)
{
    va_list args;

    va_start(args, fmt);
    say(r, "skip", fmt, args);
    va_end(args);
    _exit(0);
}

void lab_stay(void)
{
    for (;;)
        pause();
}

pid_t lab_fork(void)
{
    pid_t parent = getpid(), pid = fork();

    if (pid == 0) {
        prctl(PR_SET_PDEATHSIG, SIGKILL);
        if (getppid() != parent)
            _exit(1);
    }
    return pid;
}

void lab_name(const char *name)
{
    prctl(PR_SET_NAME, name);
}

void lab_burn(void)
{
    volatile unsigned long x = 0;

    for (;;)
        x++;
}

unsigned lab_dice(void)
{
    static uint64_t state = 88172645463325252u;

    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 33);
}

void *lab_burn_thread(void *unused)
{
    lab_burn();
    return unused;
}

bool lab_thread(void *(*fn)(void *))
{
    pthread_attr_t attr;
    pthread_t id;
    bool ok;

    pthread_attr_init(&attr);
    pthread_attr_setstacksize(&attr, 65536);
    ok = pthread_create(&id, &attr, fn, NULL) == 0;
    pthread_attr_destroy(&attr);
    return ok;
}

void lab_nap_ms(long ms)
{
    nanosleep(&(struct timespec){ms / 1000, ms % 1000 * 1000000}, NULL);
}

int lab_listen(int backlog, int *ret_port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof(addr);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd < 0 || bind(fd, (const struct sockaddr *)&addr, len) || listen(fd, backlog) ||
        getsockname(fd, (struct sockaddr *)&addr, &len)) {
        close(fd);
        return -1;
    }
    *ret_port = ntohs(addr.sin_port);
    return fd;
}

int lab_connect(int port)
{
    struct sockaddr_in addr = {.sin_family = AF_INET,
                               .sin_port = htons((uint16_t)port),
                               .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

    if (fd >= 0 && connect(fd, (const struct sockaddr *)&addr, sizeof(addr)) == 0)
        return fd;
    close(fd);
    return -1;
}

int lab_command(const struct lab_run *r, const char *const *argv)
{
    char log[300];
    int status;
    pid_t pid = lab_fork();

    if (pid == 0) {
        int fd;

        snprintf(log, sizeof(log), "%s/log", r->dir);
        fd = open(log, O_WRONLY | O_CREAT | O_APPEND, 0600);
        dup2(fd, 1);
        dup2(fd, 2);
        execvp(argv[0], (char *const *)(uintptr_t)argv);
        _exit(127);
    }
    if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
        return -1;
    return WEXITSTATUS(status);
}

int64_t lab_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

bool lab_own_machine(void)
{
    return lab_root() && getenv("LAB_OWN_MACHINE");
}

bool lab_root(void)
{
    return geteuid() == 0;
}

bool lab_has(const char *program)
{
    const char *path = getenv("PATH");
    char list[4096], full[4200], *save = NULL;

    snprintf(list, sizeof(list), "%s:/usr/sbin:/sbin", path ? path : "/usr/bin:/bin");
    for (char *dir = strtok_r(list, ":", &save); dir; dir = strtok_r(NULL, ":", &save)) {
        snprintf(full, sizeof(full), "%s/%s", dir, program);
        if (access(full, X_OK) == 0)
            return true;
    }
    return false;
}

bool lab_stood_ms(const struct lab_run *r, int64_t ms)
{
    return lab_now_ms() - r->stands_ms >= ms;
}

bool lab_read(const char *path, char *text, size_t size)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, size - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (n < 0)
        return false;
    text[n] = '\0';
    return true;
}

bool lab_write(const char *path, const char *text)
{
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    size_t len = strlen(text);
    bool ok = fd >= 0 && write(fd, text, len) == (ssize_t)len;

    if (fd >= 0)
        close(fd);
    return ok;
}

double lab_number_in(const char *path, const char *after)
{
    static char text[65536];
    const char *at;
    double v;
    size_t n;

    if (!lab_read(path, text, sizeof(text)) || !(at = strstr(text, after)))
        return -1;
    at += strlen(after);
    at += strspn(at, " \t:=");
    n = strspn(at, "0123456789.");
    return num_f64((struct str){at, n}, &v) ? v : -1;
}

/* ---- control groups ---- */

/* Where the controller is mounted and what this process's group in it is called. */
static bool own_group(const char *controller, char *mount, size_t size, char *name, size_t nsize)
{
    static char text[65536];
    char *save = NULL;
    bool found = false;

    if (!lab_read("/proc/self/cgroup", text, sizeof(text)))
        return false;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *list = strchr(line, ':'), *path = list ? strchr(list + 1, ':') : NULL;

        if (!path)
            continue;
        *path++ = '\0';
        if (strcmp(list + 1, controller) == 0) {
            snprintf(mount, size, "/sys/fs/cgroup/%s", controller);
            snprintf(name, nsize, "%s", strcmp(path, "/") == 0 ? "" : path);
            return true;
        }
        if (!list[1]) {
            snprintf(mount, size, "/sys/fs/cgroup");
            snprintf(name, nsize, "%s", strcmp(path, "/") == 0 ? "" : path);
            found = access("/sys/fs/cgroup/cgroup.controllers", R_OK) == 0;
        }
    }
    return found;
}

bool lab_cgroup_v2(const char *controller)
{
    char mount[128], name[512];

    return own_group(controller, mount, sizeof(mount), name, sizeof(name)) &&
           strcmp(mount, "/sys/fs/cgroup") == 0;
}

bool lab_cgroup_path(const char *tag, const char *controller, char *dir, size_t dir_size,
                     const char **ret_name)
{
    char mount[128], name[512];

    if (!own_group(controller, mount, sizeof(mount), name, sizeof(name)))
        return false;
    if ((size_t)snprintf(dir, dir_size, "%s%s/%s", mount, name, tag) >= dir_size)
        return false;
    *ret_name = dir + strlen(mount);
    return true;
}

bool lab_cgroup_make(const struct lab_run *r, const char *controller, char *dir, size_t dir_size,
                     const char **ret_name)
{
    char files[700], enable[64];

    if (!lab_cgroup_path(r->tag, controller, dir, dir_size, ret_name))
        return false;
    if (lab_cgroup_v2(controller)) {
        snprintf(files, sizeof(files), "%s/../cgroup.subtree_control", dir);
        snprintf(enable, sizeof(enable), "+%s", controller);
        lab_write(files, enable);
    }
    return mkdir(dir, 0755) == 0 || errno == EEXIST;
}

bool lab_cgroup_set(const char *dir, const char *file, const char *value)
{
    char path[700];
    int fd;
    bool ok;

    snprintf(path, sizeof(path), "%s/%s", dir, file);
    fd = open(path, O_WRONLY | O_CLOEXEC);
    ok = fd >= 0 && write(fd, value, strlen(value)) == (ssize_t)strlen(value);
    if (fd >= 0)
        close(fd);
    return ok;
}

bool lab_cgroup_enter(const char *dir)
{
    char pid[32];

    snprintf(pid, sizeof(pid), "%d", (int)getpid());
    return lab_cgroup_set(dir, "cgroup.procs", pid);
}

void lab_cgroup_stop(const struct lab_run *r, const char *controller)
{
    char dir[600];
    const char *name;

    if (!lab_cgroup_path(r->tag, controller, dir, sizeof(dir), &name))
        return;
    for (int i = 0; i < 100 && rmdir(dir) && errno == EBUSY; i++)
        lab_nap_ms(20);
}
