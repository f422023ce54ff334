/* local_fsstate.c - what /sys keeps of filesystems and devices, and who names a mount of fstab that
 * is not there. */
#include "collect_priv.h"

#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "parse_priv.h"
#include "runbook/base/file.h"

#define FOLDERS_MAX 500
#define MISSING_MAX 16
#define FILE_MAX ((size_t)1 << 20)

/* The value of a small file below `dir_fd`, without its newline; empty when it cannot be read. */
static struct str value_at(struct local *l, int dir_fd, const char *path)
{
    return local_small(dir_fd, path, &l->scratch) ? str_trim(buf_str(&l->scratch))
                                                  : (struct str){NULL, 0};
}

static DIR *folder(struct local *l, const char *path)
{
    int fd = local_open(l, path, O_RDONLY | O_DIRECTORY);
    DIR *dir = fd >= 0 ? fdopendir(fd) : NULL;

    if (!dir && fd >= 0)
        close(fd);
    return dir;
}

static void fs_errors(struct local *l, int phase)
{
    static const char *const files[] = {"errors_count", "warning_count", "first_error_time",
                                        "last_error_time"};
    DIR *dir = folder(l, "sys/fs/ext4");
    struct dirent *de;
    int left = FOLDERS_MAX;

    local_section(l, "fserrors", phase, ERR_OK);
    while (dir && left-- > 0 && (de = readdir(dir)) != NULL) {
        for (size_t i = 0; de->d_name[0] != '.' && i < sizeof(files) / sizeof(*files); i++) {
            char path[300];
            struct str v;

            snprintf(path, sizeof(path), "%s/%s", de->d_name, files[i]);
            v = value_at(l, dirfd(dir), path);
            if (v.len)
                buf_addf(&l->out, "%s:%.*s\n", path, STR_FMT(v));
        }
    }
    if (dir)
        closedir(dir);
}

/* Devices that are held to a limit of their own for what is unwritten (Linux 6.3 and later). */
static void dirty_limits(struct local *l)
{
    DIR *dir = folder(l, "sys/class/bdi");
    struct dirent *de;
    int left = FOLDERS_MAX;

    local_section(l, "bdi", 1, ERR_OK);
    while (dir && left-- > 0 && (de = readdir(dir)) != NULL) {
        char path[300];
        struct str v;

        snprintf(path, sizeof(path), "%s/strict_limit", de->d_name);
        if (de->d_name[0] == '.' || !str_eq_c(value_at(l, dirfd(dir), path), "1"))
            continue;
        snprintf(path, sizeof(path), "%s/max_bytes", de->d_name);
        v = value_at(l, dirfd(dir), path);
        if (v.len)
            buf_addf(&l->out, "%s %.*s\n", de->d_name, STR_FMT(v));
    }
    if (dir)
        closedir(dir);
}

void local_fs_state(struct local *l, int phase)
{
    fs_errors(l, phase);
    if (phase == 1)
        dirty_limits(l);
}

/* ---- who names a mount that is missing ---- */

struct needs {
    struct local *l;
    struct str mounts[MISSING_MAX];
    int mount_count;
    int32_t *pids;
    int count, max;
};

static bool is_mounted(struct str mounts, struct str where)
{
    struct str line;

    while (str_line(&mounts, &line)) {
        parse_word(&line);
        if (str_eq(parse_word(&line), where))
            return true;
    }
    return false;
}

/* Lines of fstab with a path that nothing is mounted on; parse_mounts.c knows the exceptions. */
static void find_missing(struct needs *n, struct str fstab, struct str mounts)
{
    struct str line;

    while (str_line(&fstab, &line) && n->mount_count < MISSING_MAX) {
        struct str device = parse_word(&line), where = parse_word(&line);

        if (device.len && device.ptr[0] != '#' && where.len > 1 && where.ptr[0] == '/' &&
            !is_mounted(mounts, where))
            n->mounts[n->mount_count++] = where;
    }
}

static bool add_needy(void *ctx, int proc_fd, int32_t pid)
{
    struct needs *n = ctx;
    char path[32];

    snprintf(path, sizeof(path), "%d/cmdline", pid);
    for (int i = 0; local_small(proc_fd, path, &n->l->scratch) && i < n->mount_count; i++) {
        if (str_find(buf_str(&n->l->scratch), n->mounts[i]) < 0)
            continue;
        n->pids[n->count++] = pid;
        break;
    }
    return n->count < n->max;
}

int local_missing_mounts(struct local *l, int32_t *pids, int max)
{
    struct needs n = {.l = l, .pids = pids, .max = max};
    struct buf fstab = BUF_INIT(FILE_MAX), mounts = BUF_INIT(FILE_MAX);
    char *fstab_path = local_path(l, "etc/fstab"), *mounts_path = local_path(l, "proc/mounts");
    struct err err = ERR_INIT;

    if (!file_read(fstab_path, &fstab, &err) && !file_read(mounts_path, &mounts, &err))
        find_missing(&n, buf_str(&fstab), buf_str(&mounts));
    if (n.mount_count)
        local_each_pid(l, add_needy, &n);
    free(fstab_path);
    free(mounts_path);
    buf_release(&fstab);
    buf_release(&mounts);
    return n.count;
}
