/* local.c - this machine into a bundle: files of /proc and /sys, filesystems, processes.
 * Runs on worker threads; a step never sleeps (the loop waits between them), so no thread is
 * blocked for the sampling window. Each list has a cap, and whatever is cut is a status of its
 * section. */
#include "collect_priv.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/timex.h>
#include <time.h>
#include <unistd.h>

#include "parse_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define FILE_MAX ((size_t)4 << 20)

int64_t local_now_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000 + ts.tv_nsec / 1000000;
}

void local_init(struct local *l)
{
    buf_init(&l->out, HOST_BUNDLE_MAX);
    buf_init(&l->scratch, FILE_MAX);
    host_bundle_begin(&l->out, l->token);
}

void local_release(struct local *l)
{
    buf_release(&l->out);
    buf_release(&l->scratch);
    VEC_RELEASE(&l->pids[0]);
    VEC_RELEASE(&l->pids[1]);
}

bool local_is_real(const struct local *l)
{
    return strcmp(l->root, "/") == 0;
}

void local_section(struct local *l, const char *name, int phase, enum err_code code)
{
    host_bundle_section(&l->out, l->token, name, phase, code);
}

char *local_path(const struct local *l, const char *path)
{
    return local_is_real(l) ? xasprintf("/%s", path) : xasprintf("%s/%s", l->root, path);
}

int local_open(const struct local *l, const char *path, int flags)
{
    char *full = local_path(l, path);
    int fd = open(full, flags | O_CLOEXEC | O_NOCTTY | O_NONBLOCK), saved = errno;

    free(full);
    errno = saved;
    return fd;
}

bool local_file(struct local *l, const char *name, const char *path, int phase, size_t max)
{
    char *full = local_path(l, path);
    struct err err = ERR_INIT;
    enum err_code rc;

    buf_clear(&l->scratch);
    l->scratch.max = max;
    rc = file_read(full, &l->scratch, &err);
    free(full);
    local_section(l, name ? name : path, phase, rc);
    if (!rc || rc == ERR_LIMIT)
        buf_add_str(&l->out, buf_str(&l->scratch));
    l->scratch.max = FILE_MAX;
    return !rc;
}

bool local_small(int dir_fd, const char *path, struct buf *out)
{
    char text[4096];
    int fd = openat(dir_fd, path, O_RDONLY | O_CLOEXEC), saved;
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text)) : -1;

    saved = errno;
    if (fd >= 0)
        close(fd);
    buf_clear(out);
    if (n > 0)
        buf_add(out, text, (size_t)n);
    errno = saved;
    return n >= 0;
}

void local_tail(struct local *l, const char *name, const char *path, size_t max)
{
    int fd = local_open(l, path, O_RDONLY);
    off_t size;
    char *at;
    ssize_t n;

    if (fd < 0) {
        local_section(l, name, 1,
                      errno == ENOENT   ? ERR_NOT_FOUND
                      : errno == EACCES ? ERR_DENIED
                                        : ERR_IO);
        return;
    }
    size = lseek(fd, 0, SEEK_END);
    if (size < 0 || lseek(fd, size > (off_t)max ? size - (off_t)max : 0, SEEK_SET) < 0) {
        local_section(l, name, 1, ERR_IO);
        close(fd);
        return;
    }
    local_section(l, name, 1, ERR_OK);
    while (max && (at = buf_reserve(&l->out, max < 65536 ? max : 65536)) != NULL) {
        n = read(fd, at, max < 65536 ? max : 65536);
        if (n <= 0)
            break;
        l->out.len += (size_t)n;
        l->out.ptr[l->out.len] = '\0';
        max -= (size_t)n;
    }
    close(fd);
}

void local_conf(struct local *l)
{
    struct timespec ts;

    clock_gettime(CLOCK_REALTIME, &ts);
    local_section(l, "conf", 0, ERR_OK);
    buf_addf(&l->out, "%ld %ld", sysconf(_SC_CLK_TCK), sysconf(_SC_PAGESIZE));
    local_section(l, "clock", 1, ERR_OK);
    buf_addf(&l->out, "%lld.%03ld", (long long)ts.tv_sec, ts.tv_nsec / 1000000);
    local_section(l, "since", 1, ERR_OK);
    buf_addf(&l->out, "%lld", (long long)ts.tv_sec - (long long)l->req.since_ms / 1000);
    if (l->req.what != HOST_SNAPSHOT)
        local_file(l, NULL, "proc/uptime", 1, FILE_MAX);
}

static void clock_synced(struct local *l)
{
    struct timex tx = {0};

    local_section(l, "clock/synced", 1, ERR_OK);
    if (adjtimex(&tx) >= 0)
        buf_adds(&l->out, tx.status & STA_UNSYNC ? "no" : "yes");
}

void local_snapshot_phase(struct local *l, int phase)
{
    static const char *const both[] = {
        "proc/stat",
        "proc/vmstat",
        "proc/diskstats",
        "proc/net/dev",
        "proc/net/snmp",
        "proc/net/netstat",
        "proc/net/softnet_stat",
        "proc/net/stat/nf_conntrack",
        "proc/pressure/cpu",
        "proc/pressure/memory",
        "proc/pressure/io",
        "proc/meminfo",
        "proc/softirqs",
        "proc/interrupts",
    };
    static const char *const once[] = {
        "proc/sys/vm/overcommit_memory",
        "proc/sysvipc/shm",
        "proc/locks",
        "proc/loadavg",
        "proc/net/sockstat",
        "proc/sys/fs/file-nr",
        "proc/sys/kernel/pid_max",
        "proc/sys/kernel/threads-max",
        "proc/sys/kernel/osrelease",
        "proc/sys/net/netfilter/nf_conntrack_count",
        "proc/sys/net/netfilter/nf_conntrack_max",
        "proc/sys/net/ipv4/ip_local_port_range",
        "etc/os-release",
        "etc/resolv.conf",
        "etc/nsswitch.conf",
        "proc/net/fib_trie",
        "proc/net/if_inet6",
        "proc/net/udp",
        "proc/net/udp6",
    };

    for (size_t i = 0; i < sizeof(both) / sizeof(*both); i++)
        local_file(l, NULL, both[i], phase, FILE_MAX);
    local_cgroups(l, phase);
    local_frequency(l, phase);
    local_processes(l, phase); /* before the sockets, whose holders take long to find */
    local_sockets(l, phase);
    local_storage(l, phase);
    local_log_sizes(l, phase);
    if (phase == 0)
        return;
    local_conf(l);
    for (size_t i = 0; i < sizeof(once) / sizeof(*once); i++)
        local_file(l, NULL, once[i], 1, FILE_MAX);
    local_top_processes(l);
    if (local_is_real(l)) {
        local_kmsg(l);
        clock_synced(l);
    }
}
