/* local_kernel.c - what the kernel tells through interfaces other than plain files: its message
 * ring
 * (/dev/kmsg) and the tree of control groups. */
#include "collect_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "parse_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/num.h"

#define KMSG_MAX ((size_t)2 << 20)
#define GROUPS_LEFT 2000

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
