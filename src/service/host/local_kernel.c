/* local_kernel.c - what the kernel tells through interfaces other than plain files: accept queues
 * (NETLINK_SOCK_DIAG), its message ring (/dev/kmsg), and the tree of control groups. */
#include "collect_priv.h"

#include <arpa/inet.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/inet_diag.h>
#include <linux/netlink.h>
#include <linux/sock_diag.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "parse_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/num.h"

#define LISTEN_MAX 2000
#define FDS_MAX 200000
#define KMSG_MAX ((size_t)2 << 20)
#define GROUPS_LEFT 2000

struct inodes {
    uint64_t *items;
    size_t count, cap;
};

static void listener(struct local *l, const struct inet_diag_msg *m, struct inodes *inodes)
{
    char addr[INET6_ADDRSTRLEN] = "?";
    bool six = m->idiag_family == AF_INET6;

    if (inodes->count >= LISTEN_MAX)
        return;
    inet_ntop(m->idiag_family, m->id.idiag_src, addr, sizeof(addr));
    buf_addf(&l->out, "LISTEN %u %u %s%s%s:%u *:* uid:%u ino:%u\n", m->idiag_rqueue,
             m->idiag_wqueue, six ? "[" : "", addr, six ? "]" : "", ntohs(m->id.idiag_sport),
             m->idiag_uid, m->idiag_inode);
    *VEC_PUSH(inodes) = m->idiag_inode;
}

/* False at the end of the answer. */
static bool diag_messages(struct local *l, char *data, size_t len, struct inodes *inodes)
{
    for (struct nlmsghdr *h = (struct nlmsghdr *)(void *)data; NLMSG_OK(h, len);
         h = NLMSG_NEXT(h, len)) {
        if (h->nlmsg_type == NLMSG_DONE || h->nlmsg_type == NLMSG_ERROR)
            return false;
        if (h->nlmsg_len >= NLMSG_LENGTH(sizeof(struct inet_diag_msg)))
            listener(l, NLMSG_DATA(h), inodes);
    }
    return true;
}

static bool diag_family(struct local *l, int fd, int family, struct inodes *inodes)
{
    struct {
        struct nlmsghdr h;
        struct inet_diag_req_v2 r;
    } req = {
        .h = {.nlmsg_len = sizeof(req),
              .nlmsg_type = SOCK_DIAG_BY_FAMILY,
              .nlmsg_flags = NLM_F_REQUEST | NLM_F_DUMP},
        .r = {.sdiag_family = (uint8_t)family,
              .sdiag_protocol = IPPROTO_TCP,
              .idiag_states = 1u << TCP_LISTEN},
    };
    _Alignas(struct nlmsghdr) char data[32768];
    ssize_t n;

    if (send(fd, &req, sizeof(req), 0) < 0)
        return false;
    do {
        n = recv(fd, data, sizeof(data), 0);
    } while (n > 0 && diag_messages(l, data, (size_t)n, inodes));
    return n > 0;
}

static int by_value(const void *a, const void *b)
{
    uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

    return (x > y) - (x < y);
}

struct owner_scan {
    struct local *l;
    struct inodes inodes;
    struct buf deleted; /* files without a name that are met on the way */
    int left, seen, denied;
};

static void owner_fd(struct owner_scan *sc, int dir_fd, const char *name, int32_t pid)
{
    char target[2048];
    ssize_t n = readlinkat(dir_fd, name, target, sizeof(target) - 1);
    uint64_t inode;

    if (n > 0 && target[0] == '/')
        local_deleted_fd(&sc->deleted, dir_fd, name, pid, (struct str){target, (size_t)n});

    if (n < 10 || strncmp(target, "socket:[", 8) || target[n - 1] != ']' ||
        !num_u64((struct str){target + 8, (size_t)n - 9}, &inode))
        return;
    if (sc->inodes.count &&
        bsearch(&inode, sc->inodes.items, sc->inodes.count, sizeof(inode), by_value))
        buf_addf(&sc->l->out, "%llu %d\n", (unsigned long long)inode, pid);
}

static bool owner_pid(void *ctx, int proc_fd, int32_t pid)
{
    struct owner_scan *sc = ctx;
    char path[24];
    struct dirent *de;
    DIR *dir;
    int fd;

    snprintf(path, sizeof(path), "%d/fd", pid);
    fd = openat(proc_fd, path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    sc->seen++;
    sc->denied += fd < 0 && errno == EACCES;
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    if (!dir) {
        if (fd >= 0)
            close(fd);
        return true;
    }
    while ((de = readdir(dir)) != NULL && sc->left-- > 0)
        owner_fd(sc, fd, de->d_name, pid);
    closedir(dir);
    return sc->left > 0;
}

void local_sockets(struct local *l)
{
    int fd = socket(AF_NETLINK, SOCK_DGRAM | SOCK_CLOEXEC, NETLINK_SOCK_DIAG);
    struct timeval patience = {.tv_sec = 2};
    struct owner_scan sc = {.l = l, .left = FDS_MAX};

    if (fd < 0) {
        local_file(l, NULL, "proc/net/tcp", 1, (size_t)4 << 20);
        local_file(l, NULL, "proc/net/tcp6", 1, (size_t)4 << 20);
        return;
    }
    setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof(patience));
    local_section(l, "listen", 1, ERR_OK);
    diag_family(l, fd, AF_INET, &sc.inodes);
    diag_family(l, fd, AF_INET6, &sc.inodes);
    close(fd);
    if (sc.inodes.count)
        qsort(sc.inodes.items, sc.inodes.count, sizeof(*sc.inodes.items), by_value);
    local_section(l, "sockets", 1, ERR_OK);
    buf_init(&sc.deleted, (size_t)1 << 20);
    local_each_pid(l, owner_pid, &sc);
    local_section(l, "unlinked", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&sc.deleted));
    local_section(l, "fdscan", 1, ERR_OK);
    buf_addf(&l->out, "%d %d %s", sc.seen, sc.denied, sc.left > 0 ? "whole" : "cut");
    buf_release(&sc.deleted);
    VEC_RELEASE(&sc.inodes);
}

/* "level,sequence,microseconds,flags;text" a record. Source: Linux
 * Documentation/ABI/testing/dev-kmsg. */
static void kmsg_record(struct local *l, struct str rec)
{
    struct str head, text, level, usec;
    uint64_t lv, us;

    if (!str_split(&rec, ';', &head) || !str_line(&rec, &text) || !str_split(&head, ',', &level))
        return;
    str_split(&head, ',', &usec); /* the sequence */
    str_split(&head, ',', &usec);
    if (num_u64(level, &lv) && num_u64(usec, &us))
        buf_addf(&l->out, "<%u>[%llu.%06u] %.*s\n", (unsigned)(lv & 7),
                 (unsigned long long)(us / 1000000), (unsigned)(us % 1000000), STR_FMT(text));
}

void local_kmsg(struct local *l)
{
    int fd = local_open(l, "dev/kmsg", O_RDONLY);
    size_t start;
    char rec[8192];

    if (fd < 0) {
        local_section(l, "dmesg", 1, errno == ENOENT ? ERR_NOT_FOUND : ERR_DENIED);
        return;
    }
    local_section(l, "dmesg", 1, ERR_OK);
    start = l->out.len;
    for (;;) {
        ssize_t n = read(fd, rec, sizeof(rec));

        if (n < 0 && (errno == EPIPE || errno == EINTR || errno == EINVAL))
            continue; /* overwritten while we read: the next one is valid */
        if (n <= 0 || l->out.len - start > KMSG_MAX)
            break;
        kmsg_record(l, (struct str){rec, (size_t)n});
    }
    close(fd);
}

/* ---- control groups ---- */

static const char *const group_files[] = {
    "memory.current",
    "memory.max",
    "memory.events",
    "memory.usage_in_bytes",
    "memory.limit_in_bytes",
    "memory.oom_control",
    "memory.failcnt",
    "cpu.max",
    "cpu.stat",
    "cpu.cfs_quota_us",
    "cpu.cfs_period_us",
    "pids.current",
    "pids.max",
    "pids.events",
    "memory.high",
    "memory.pressure",
    "cpu.pressure",
    "cpuacct.usage",
};

static void add_lines(struct local *l, const char *rel, const char *file, struct str text,
                      const char *only)
{
    struct str line;

    while (str_line(&text, &line)) {
        if (!only || str_find(line, str_from(only)) >= 0)
            buf_addf(&l->out, "%s%s:%.*s\n", rel, file, STR_FMT(line));
    }
}

static void add_group(struct local *l, int fd, const char *rel)
{
    struct err err = ERR_INIT;

    for (size_t i = 0; i < sizeof(group_files) / sizeof(*group_files); i++) {
        buf_clear(&l->scratch);
        if (!file_read_at(fd, group_files[i], &l->scratch, &err))
            add_lines(l, rel, group_files[i], buf_str(&l->scratch), NULL);
    }
    buf_clear(&l->scratch);
    if (!file_read_at(fd, "memory.stat", &l->scratch, &err))
        add_lines(l, rel, "memory.stat", buf_str(&l->scratch), "inactive_file");
}

static void walk_groups(struct local *l, int parent_fd, const char *name, const char *rel,
                        int depth, int *left)
{
    int fd = openat(parent_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | (depth ? O_NOFOLLOW : 0));
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;
    struct dirent *de;

    if (!dir) {
        if (fd >= 0)
            close(fd);
        return;
    }
    add_group(l, fd, rel);
    --*left;
    while (*left > 0 && (de = readdir(dir)) != NULL) {
        char below[1024];

        if (de->d_type != DT_DIR || de->d_name[0] == '.' || depth >= 10)
            continue;
        snprintf(below, sizeof(below), "%s%s/", rel, de->d_name);
        walk_groups(l, fd, de->d_name, below, depth + 1, left);
    }
    closedir(dir);
}

static bool entry_exists(int fd, const char *name)
{
    return faccessat(fd, name, F_OK, 0) == 0;
}

void local_cgroups(struct local *l, int phase)
{
    static const char *const v1[] = {"memory", "cpu", "cpuacct", "pids", "unified"};
    int fd = local_open(l, "sys/fs/cgroup", O_RDONLY | O_DIRECTORY), left = GROUPS_LEFT;

    local_section(l, "cgroup", phase, fd < 0 ? ERR_NOT_FOUND : ERR_OK);
    if (fd < 0)
        return;
    if (entry_exists(fd, "cgroup.controllers")) {
        walk_groups(l, fd, ".", "", 0, &left);
    } else {
        for (size_t i = 0; i < sizeof(v1) / sizeof(*v1); i++)
            walk_groups(l, fd, v1[i], "", 0, &left);
    }
    close(fd);
}
