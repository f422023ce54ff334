/* local_storage.c - storage of this machine: how full each filesystem is at both ends of the
 * window, the bytes that each process moved, deleted files that are still open, and the times at
 * which the machine started. What costs per process or per descriptor has a time limit of its own:
 * a machine with 100,000 processes gives the first ones and says that it was cut. */
#include "collect_priv.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <time.h>
#include <unistd.h>
#include <utmp.h>

#include "parse_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"

#define FILE_MAX ((size_t)4 << 20)
#define IO_MS 350        /* both ends of the window together stay below a second */
#define WTMP_TAIL 400    /* records */
#define WRITTEN_FDS 4096 /* descriptors of one writer that are looked at */
#define WRITTEN_FILES 40
#define WRITERS 8       /* whose open files are listed */
#define CHILDREN_MAX 64 /* of the process whose files are asked for */

/* Asking a network filesystem may hang for ever. */
static bool may_hang(struct str type)
{
    static const char *const names[] = {"nfs",     "cifs", "smb",  "9p",     "ceph",
                                        "gluster", "afs",  "fuse", "lustre", "ncp"};

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (str_starts(type, names[i]))
            return true;
    }
    return false;
}

static void unescape(struct str s, char *out, size_t room)
{
    size_t n = 0;

    for (size_t i = 0; i < s.len && n + 1 < room; i++) {
        if (s.ptr[i] == '\\' && i + 3 < s.len && s.ptr[i + 1] >= '0' && s.ptr[i + 1] <= '3') {
            out[n++] =
                (char)((s.ptr[i + 1] - '0') * 64 + (s.ptr[i + 2] - '0') * 8 + (s.ptr[i + 3] - '0'));
            i += 3;
        } else {
            out[n++] = s.ptr[i];
        }
    }
    out[n] = '\0';
}

static void add_statfs(struct local *l, struct str escaped, const char *path)
{
    struct statvfs v;

    buf_add_str(&l->out, escaped);
    if (statvfs(path, &v) == 0)
        buf_addf(&l->out, " %llu %llu %llu %lu %llu %llu", (unsigned long long)v.f_blocks,
                 (unsigned long long)v.f_bfree, (unsigned long long)v.f_bavail, v.f_frsize,
                 (unsigned long long)v.f_files, (unsigned long long)v.f_ffree);
    buf_addc(&l->out, '\n');
}

static void filesystems(struct local *l, int phase)
{
    struct buf mounts = BUF_INIT(FILE_MAX);
    struct str text, line;
    int left = 256;

    if (local_file(l, NULL, "proc/mounts", phase, FILE_MAX) && local_is_real(l))
        buf_add_str(&mounts, buf_str(&l->scratch));
    text = buf_str(&mounts);
    local_section(l, "statfs", phase, ERR_OK);
    while (left > 0 && str_line(&text, &line)) {
        char path[4096];
        struct str mount;

        parse_word(&line);
        mount = parse_word(&line);
        if (may_hang(parse_word(&line)))
            continue;
        unescape(mount, path, sizeof(path));
        add_statfs(l, mount, path);
        left--;
    }
    buf_release(&mounts);
}

/* ---- bytes of each process ---- */

static uint64_t io_field(struct str text, const char *key)
{
    double v = parse_field(text, key);

    return v >= 0 && v < 1e18 ? (uint64_t)v : 0;
}

/* "pid read written wchar calls" a line. Kernel threads have no pages and no I/O of their own. */
static void process_io(struct local *l, int phase)
{
    int64_t until_ms = local_now_ms() + IO_MS;
    int fd = local_open(l, "proc", O_RDONLY | O_DIRECTORY);
    unsigned denied = 0, left_out = 0;
    size_t i = 0;

    if (fd < 0)
        return;
    local_section(l, "procio", phase, ERR_OK);
    for (; i < l->pids[phase].count; i++) {
        struct pid_sample *s = &l->pids[phase].items[i];
        struct str text;
        char path[24];

        if (!s->rss_pages)
            continue;
        if ((i & 255) == 255 && local_now_ms() > until_ms)
            break;
        snprintf(path, sizeof(path), "%d/io", s->pid);
        if (!local_small(fd, path, &l->scratch)) {
            denied += errno == EACCES || errno == EPERM;
            continue;
        }
        text = buf_str(&l->scratch);
        s->written = io_field(text, "wchar");
        s->moved = io_field(text, "read_bytes") + io_field(text, "write_bytes");
        buf_addf(&l->out, "%d %llu %llu %llu %llu\n", s->pid,
                 (unsigned long long)io_field(text, "read_bytes"),
                 (unsigned long long)io_field(text, "write_bytes"), (unsigned long long)s->written,
                 (unsigned long long)io_field(text, "syscw"));
    }
    left_out = (unsigned)(l->pids[phase].count - i);
    buf_addf(&l->out, "denied %u cut %u\n", denied, left_out);
    close(fd);
}

/* ---- the files that a process has open for writing ---- */

struct written {
    struct local *l;
    int32_t pid;
    int left;
};

static bool open_flags(int info_fd, const char *name, uint64_t *ret_flags)
{
    char text[256];
    struct str value;
    int fd = openat(info_fd, name, O_RDONLY | O_CLOEXEC);
    ssize_t n = fd >= 0 ? read(fd, text, sizeof(text) - 1) : -1;

    if (fd >= 0)
        close(fd);
    if (n <= 0)
        return false;
    value = parse_line_of((struct str){text, (size_t)n}, "flags:");
    return value.ptr && num_u64_base(value, 8, ret_flags);
}

/* "pid append dev inode size blocks mtime links path" */
static void written_fd(struct written *w, int fd_dir, int info_dir, const char *name)
{
    char target[2048];
    uint64_t flags = 0;
    struct stat link, st;
    ssize_t n;

    /* The link's own mode says whether the descriptor may write: cheaper than fdinfo. */
    if (fstatat(fd_dir, name, &link, AT_SYMLINK_NOFOLLOW) || !(link.st_mode & S_IWUSR))
        return;
    n = readlinkat(fd_dir, name, target, sizeof(target));
    if (n <= 0 || target[0] != '/' || memchr(target, '\n', (size_t)n) || w->left <= 0)
        return;
    if (fstatat(fd_dir, name, &st, 0) || !S_ISREG(st.st_mode))
        return;
    w->left--;
    open_flags(info_dir, name, &flags);
    buf_addf(&w->l->out, "%d %d %llu %llu %lld %lld %lld %lu %.*s\n", w->pid,
             (flags & O_APPEND) != 0, (unsigned long long)st.st_dev, (unsigned long long)st.st_ino,
             (long long)st.st_size, (long long)st.st_blocks, (long long)st.st_mtim.tv_sec,
             (unsigned long)st.st_nlink, (int)n, target);
}

/* False when the process may not be looked at. */
static bool written_files(struct local *l, int32_t pid)
{
    struct written w = {l, pid, WRITTEN_FILES};
    char path[40];
    int fd, info, left = WRITTEN_FDS;
    struct dirent *de;
    DIR *dir;

    snprintf(path, sizeof(path), "proc/%d/fdinfo", pid);
    info = local_open(l, path, O_RDONLY | O_DIRECTORY);
    snprintf(path, sizeof(path), "proc/%d/fd", pid);
    fd = local_open(l, path, O_RDONLY | O_DIRECTORY);
    dir = fd >= 0 ? fdopendir(fd) : NULL;
    while (dir && left-- > 0 && (de = readdir(dir)) != NULL) {
        if (de->d_name[0] != '.')
            written_fd(&w, fd, info, de->d_name);
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    if (info >= 0)
        close(info);
    return dir != NULL;
}

void local_written(struct local *l, const int32_t *pids, int count, int phase)
{
    local_section(l, "written", phase, ERR_OK);
    for (int i = 0; i < count && local_now_ms() < l->deadline_ms; i++) {
        if (!written_files(l, pids[i]) && errno == EACCES)
            buf_addf(&l->out, "denied %d\n", pids[i]);
    }
}

/* How much a process wrote and moved in the window; both lists are sorted by pid. */
static uint64_t activity(const struct local *l, size_t i, size_t *at)
{
    const struct pid_sample *s = &l->pids[1].items[i];
    uint64_t wrote = s->written, moved = s->moved;

    while (*at < l->pids[0].count && l->pids[0].items[*at].pid < s->pid)
        ++*at;
    if (*at < l->pids[0].count && l->pids[0].items[*at].pid == s->pid) {
        const struct pid_sample *was = &l->pids[0].items[*at];

        wrote -= was->written < wrote ? was->written : wrote;
        moved -= was->moved < moved ? was->moved : moved;
    }
    return wrote > moved ? wrote : moved;
}

void local_writers(struct local *l)
{
    int32_t pids[WRITERS] = {0};
    uint64_t most[WRITERS] = {0};
    size_t at = 0;
    int n = 0;

    for (size_t i = 0; i < l->pids[1].count; i++) {
        uint64_t v = activity(l, i, &at);
        int k = WRITERS - 1;

        if (v <= most[k] || l->pids[1].items[i].pid == getpid())
            continue; /* what is written here is no news */
        for (; k > 0 && most[k - 1] < v; k--) {
            most[k] = most[k - 1];
            pids[k] = pids[k - 1];
        }
        most[k] = v;
        pids[k] = l->pids[1].items[i].pid;
    }
    while (n < WRITERS && most[n])
        n++;
    local_written(l, pids, n, 1);
}

static bool add_child(void *ctx, int proc_fd, int32_t pid)
{
    struct local *l = ctx;
    struct proc_stat st;
    struct str text;
    char path[24];

    snprintf(path, sizeof(path), "%d/stat", pid);
    if (!local_small(proc_fd, path, &l->scratch))
        return true;
    text = buf_str(&l->scratch);
    if (parse_proc_stat(&text, &st) && (st.pid == l->req.pid || st.ppid == l->req.pid))
        *VEC_PUSH(&l->pids[l->samples]) =
            (struct pid_sample){.pid = st.pid, .rss_pages = st.rss_pages};
    return l->pids[l->samples].count < CHILDREN_MAX;
}

void local_files(struct local *l, int phase)
{
    int32_t pids[CHILDREN_MAX];
    char path[40];
    int n = 0;

    l->samples = phase;
    local_file(l, NULL, "proc/uptime", phase, FILE_MAX);
    local_each_pid(l, add_child, l);
    process_io(l, phase);
    VEC_EACH (s, &l->pids[phase])
        pids[n++] = s->pid;
    local_written(l, pids, n, phase);
    if (phase == 0)
        return;
    local_conf(l);
    local_section(l, "pid", 1, ERR_OK);
    buf_addf(&l->out, "%d", l->req.pid);
    snprintf(path, sizeof(path), "proc/%d/comm", l->req.pid);
    local_file(l, "comm", path, 1, 100);
    snprintf(path, sizeof(path), "proc/%d/cmdline", l->req.pid);
    local_file(l, "cmdline", path, 1, 1000);
    snprintf(path, sizeof(path), "proc/%d/wchan", l->req.pid);
    local_file(l, "wchan", path, 1, 100);
}

/* ---- deleted files that are still open, met while descriptors are looked at for sockets ---- */

void local_deleted_fd(struct buf *out, int fd_dir, const char *name, int32_t pid, struct str target)
{
    struct stat st;

    if (!str_ends(target, " (deleted)") || memchr(target.ptr, '\n', target.len) ||
        fstatat(fd_dir, name, &st, 0) || !S_ISREG(st.st_mode) || st.st_nlink ||
        (int64_t)st.st_blocks * 512 < DELETED_MIN_BYTES)
        return;
    buf_addf(out, "%d %llu %llu %lld %.*s\n", pid, (unsigned long long)st.st_dev,
             (unsigned long long)st.st_ino, (long long)st.st_blocks * 512,
             (int)(target.len - strlen(" (deleted)")), target.ptr);
}

/* ---- when the machine started ---- */

static void boots(struct local *l)
{
    int fd = local_open(l, "var/log/wtmp", O_RDONLY);
    struct utmp u;
    off_t size;

    if (fd < 0) {
        local_section(l, "boots", 1, errno == EACCES ? ERR_DENIED : ERR_NOT_FOUND);
        return;
    }
    local_section(l, "boots", 1, ERR_OK);
    size = lseek(fd, 0, SEEK_END);
    size -= size % (off_t)sizeof(u);
    lseek(fd, size > (off_t)(WTMP_TAIL * sizeof(u)) ? size - (off_t)(WTMP_TAIL * sizeof(u)) : 0,
          SEEK_SET);
    while (read(fd, &u, sizeof(u)) == (ssize_t)sizeof(u)) {
        if (u.ut_type == BOOT_TIME)
            buf_addf(&l->out, "%lld\n", (long long)u.ut_tv.tv_sec);
    }
    close(fd);
}

/* The wall clock beside the monotonic one: a difference between both ends is a jump. */
static void wall(struct local *l, int phase)
{
    struct timespec real, boot;

    clock_gettime(CLOCK_BOOTTIME, &boot);
    clock_gettime(CLOCK_REALTIME, &real);
    local_section(l, "clock/wall", phase, ERR_OK);
    buf_addf(&l->out, "%lld.%06ld %lld.%06ld", (long long)real.tv_sec, real.tv_nsec / 1000,
             (long long)boot.tv_sec, boot.tv_nsec / 1000);
}

void local_storage(struct local *l, int phase)
{
    static const char *const once[] = {"proc/self/mountinfo",
                                       "etc/fstab",
                                       "proc/mdstat",
                                       "proc/swaps",
                                       "proc/sys/kernel/tainted",
                                       "proc/sys/kernel/random/entropy_avail",
                                       "proc/sys/kernel/random/poolsize",
                                       "proc/sys/kernel/dmesg_restrict"};

    wall(l, phase);
    filesystems(l, phase);
    local_fs_state(l, phase);
    process_io(l, phase);
    if (phase == 0)
        return;
    for (size_t i = 0; i < sizeof(once) / sizeof(*once); i++)
        local_file(l, NULL, once[i], 1, FILE_MAX);
    boots(l);
}
