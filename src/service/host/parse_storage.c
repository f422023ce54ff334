/* parse_storage.c - filesystems, block devices, and the largest files of a mount.
 * Source of the formats: proc(5), Linux Documentation/admin-guide/iostats.rst. */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/num.h"

#define FS_MAX 256
#define DISKS_MAX 512
#define FILES_MAX 50
#define FILES_READ_MAX 5000

/* Filesystems that hold no data of anybody. */
static bool pseudo_fs(struct str type)
{
    static const char *const names[] = {
        "proc",     "sysfs",  "devtmpfs",  "devpts",      "cgroup", "cgroup2",    "securityfs",
        "pstore",   "bpf",    "tracefs",   "debugfs",     "mqueue", "hugetlbfs",  "configfs",
        "fusectl",  "autofs", "efivarfs",  "binfmt_misc", "nsfs",   "rpc_pipefs", "selinuxfs",
        "squashfs", "ramfs",  "overlayfs", "iso9660",     "erofs",
    };

    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (str_eq_c(type, names[i]))
            return true;
    }
    return false;
}

/* "mount blocks free avail block-size inodes inodes-free", the mount escaped as in /proc/mounts. */
void parse_statfs(struct parse *p, struct str line, struct host_fs *fs)
{
    double blocks, bfree, avail, size;

    if (!fs->mount)
        fs->mount = parse_octal(p, parse_word(&line), 1024);
    else
        parse_word(&line);
    if (!str_trim(line).len)
        return;
    blocks = parse_next(&line);
    bfree = parse_next(&line);
    avail = parse_next(&line);
    size = parse_next(&line);
    fs->inodes = parse_next(&line);
    fs->inodes_free = parse_next(&line);
    fs->known = blocks > 0;
    fs->total_bytes = blocks * size;
    fs->free_bytes = bfree * size;
    fs->avail_bytes = avail * size;
    if (blocks > bfree || avail > 0)
        fs->used = fmin(1, fmax(0, (blocks - bfree) / (blocks - bfree + avail)));
    if (fs->inodes > 0)
        fs->inodes_used = fmax(0, 1 - fs->inodes_free / fs->inodes);
}

static struct str statfs_line(struct str all, struct str mount)
{
    struct str line;

    while (str_line(&all, &line)) {
        struct str rest = line;

        if (str_eq(parse_word(&rest), mount))
            return line;
    }
    return (struct str){NULL, 0};
}

static bool option(struct str opts, const char *name)
{
    struct str o;

    while (str_split(&opts, ',', &o)) {
        if (str_eq_c(o, name))
            return true;
    }
    return false;
}

/* A device counts once: bind mounts of it say the same again. */
static bool fs_seen(const struct host_snapshot *s, const struct host_fs *fs)
{
    for (size_t i = 0; i < s->filesystems.count; i++) {
        const struct host_fs *o = &s->filesystems.items[i];

        if (cstr_eq(o->mount, fs->mount) ||
            (strchr(fs->device, '/') && cstr_eq(o->device, fs->device) &&
             o->total_bytes == fs->total_bytes))
            return true;
    }
    return false;
}

static void parse_filesystems(struct parse *p, struct host_snapshot *s)
{
    struct str mounts = parse_section(p, "proc/mounts", 1, true), line;
    struct str stats = parse_section(p, "statfs", 1, true);

    while (str_line(&mounts, &line) && s->filesystems.count < FS_MAX) {
        struct str device = parse_word(&line), mount = parse_word(&line), type = parse_word(&line);
        struct str opts = parse_word(&line), found;
        struct host_fs fs = {0};

        if (!type.len || pseudo_fs(type))
            continue;
        fs.device = parse_octal(p, device, 256);
        fs.mount = parse_octal(p, mount, 1024);
        fs.type = parse_text(p, type, 32);
        fs.read_only = option(opts, "ro");
        found = statfs_line(stats, mount);
        if (found.ptr)
            parse_statfs(p, found, &fs);
        if (!fs.known && found.ptr && str_trim(found).len > mount.len)
            continue; /* it has no blocks at all */
        if (!fs.known)
            parse_gap(p, fs.mount, ERR_TIMEOUT,
                      "statvfs was not asked: a network filesystem, or no permission");
        if (!fs_seen(s, &fs))
            *VEC_PUSH(&s->filesystems) = fs;
    }
}

struct disk_counts {
    double v[17];
    int n;
};

static bool disk_line(struct str line, struct str *ret_name, struct disk_counts *c)
{
    struct str word;

    parse_word(&line);
    parse_word(&line);
    *ret_name = parse_word(&line);
    for (c->n = 0; c->n < 17 && (word = parse_word(&line)).len; c->n++)
        c->v[c->n] = parse_num(word, 0);
    return ret_name->len && c->n >= 11;
}

/* Partitions repeat what their disk says; loop and ram devices without traffic say nothing. */
static bool partition(const struct host_snapshot *s, const char *name)
{
    for (size_t i = 0; i < s->disks.count; i++) {
        const char *d = s->disks.items[i].name;
        size_t len = strlen(d);

        if (strncmp(name, d, len) == 0 && name[len] &&
            (strspn(name + len, "0123456789") == strlen(name + len) || name[len] == 'p') &&
            strncmp(name, "loop", 4) && strncmp(name, "dm-", 3))
            return true;
    }
    return false;
}

static void set_disk(struct parse *p, struct host_snapshot *s, struct str name,
                     const struct disk_counts *a, const struct disk_counts *b)
{
    const char *text = parse_text(p, name, 64);
    double w = p->window_s > 0 ? p->window_s : 1, d[17], ops;
    struct host_disk *disk;

    for (int i = 0; i < 17; i++)
        d[i] = fmax(0, b->v[i] - a->v[i]);
    ops = d[0] + d[4];
    if ((b->v[0] + b->v[4] == 0 && b->v[8] == 0) || partition(s, text))
        return;
    disk = VEC_PUSH(&s->disks);
    disk->name = text;
    disk->busy = fmin(1, d[9] / 1000 / w);
    disk->read_bps = d[2] * 512 / w;
    disk->write_bps = d[6] * 512 / w;
    disk->iops = ops / w;
    disk->await_ms = ops > 0 ? (d[3] + d[7]) / ops : 0;
    disk->in_flight = b->v[8];
}

static void parse_disks(struct parse *p, struct host_snapshot *s)
{
    struct str t0 = parse_section(p, "proc/diskstats", 0, false), line, name, old;
    struct str t1 = parse_section(p, "proc/diskstats", 1, true);
    struct disk_counts a, b;
    int left = 4 * DISKS_MAX;

    while (left-- > 0 && str_line(&t1, &line) && s->disks.count < DISKS_MAX) {
        struct str all = t0, was;
        bool found = false;

        if (!disk_line(line, &name, &b))
            continue;
        while (!found && str_line(&all, &was))
            found = disk_line(was, &old, &a) && str_eq(old, name);
        set_disk(p, s, name, found ? &a : &b, &b);
    }
}

void parse_storage(struct parse *p, struct host_snapshot *s)
{
    parse_filesystems(p, s);
    parse_disks(p, s);
}

/* ---- the largest files: "dev inode size blocks mtime links path" a line ---- */

struct open_file {
    uint64_t dev, inode;
    double size, disk;
    int32_t pid;
    bool deleted;
    const char *comm, *path;
};
struct open_files {
    struct open_file *items;
    size_t count, cap;
};

static bool file_line(struct parse *p, struct str line, struct host_file *f)
{
    struct str links;

    if (!num_u64(parse_word(&line), &f->dev) || !num_u64(parse_word(&line), &f->inode))
        return false;
    f->size_bytes = parse_next(&line);
    f->disk_bytes = parse_next(&line) * 512;
    f->mtime_ms = parse_i64(parse_word(&line), 0) * 1000;
    links = parse_word(&line);
    f->deleted = str_eq_c(links, "0");
    if (line.len < 2)
        return false;
    f->path = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 1024);
    return true;
}

/* Open files: as above with "/proc/PID/fd/N" as path. */
static void read_open(struct parse *p, struct open_files *out)
{
    struct str text = parse_section(p, "open", 1, false), line, word;
    struct host_file f;

    while (str_line(&text, &line) && out->count < FILES_READ_MAX) {
        struct open_file *o;
        struct str rest;

        f = (struct host_file){0};
        if (!file_line(p, line, &f))
            continue;
        rest = str_from(f.path);
        if (!str_starts(rest, "/proc/"))
            continue;
        rest = (struct str){rest.ptr + 6, rest.len - 6};
        str_split(&rest, '/', &word);
        o = VEC_PUSH(out);
        *o = (struct open_file){.dev = f.dev,
                                .inode = f.inode,
                                .size = f.size_bytes,
                                .disk = f.disk_bytes,
                                .pid = (int32_t)parse_i64(word, 0),
                                .deleted = f.deleted};
    }
}

/* "PID name": the name is the rest of its line. */
static const char *comm_of(struct parse *p, int32_t pid)
{
    struct str text = parse_section(p, "comms", 1, false), line;

    while (str_line(&text, &line)) {
        struct str rest = line, word = parse_word(&rest);

        if (parse_i64(word, 0) == pid && rest.len > 1)
            return parse_text(p, (struct str){rest.ptr + 1, rest.len - 1}, 64);
    }
    return NULL;
}

static void add_holders(struct parse *p, struct host_disk_usage *d, const struct open_files *open)
{
    for (size_t i = 0; i < open->count; i++) {
        const struct open_file *o = &open->items[i];
        struct host_file *f = NULL;

        VEC_EACH (have, &d->files) {
            if (have->dev == o->dev && have->inode == o->inode)
                f = have;
        }
        if (!f && o->deleted && d->files.count < FILES_READ_MAX) {
            f = VEC_PUSH(&d->files);
            *f = (struct host_file){.path = "(deleted)",
                                    .size_bytes = o->size,
                                    .disk_bytes = o->disk,
                                    .deleted = true,
                                    .dev = o->dev,
                                    .inode = o->inode};
        }
        if (!f)
            continue;
        f->holders++;
        if (!f->pid)
            f->pid = o->pid;
    }
}

/* "dev inode path (deleted)": the name that a deleted file had. */
static void name_deleted(struct parse *p, struct host_disk_usage *d)
{
    struct str text = parse_section(p, "deleted", 1, false), line;
    uint64_t dev, inode;

    while (str_line(&text, &line)) {
        if (!num_u64(parse_word(&line), &dev) || !num_u64(parse_word(&line), &inode) ||
            line.len < 2)
            continue;
        VEC_EACH (f, &d->files) {
            if (f->deleted && f->dev == dev && f->inode == inode)
                f->path = parse_text(p, (struct str){line.ptr + 1, line.len - 1}, 1024);
        }
    }
}

static int by_disk_bytes(const void *a, const void *b)
{
    const struct host_file *x = a, *y = b;

    if (x->disk_bytes != y->disk_bytes)
        return x->disk_bytes < y->disk_bytes ? 1 : -1;
    return strcmp(x->path, y->path);
}

static void read_files(struct parse *p, struct host_disk_usage *ret)
{
    struct str text = parse_section(p, "files", 1, true), line;
    struct str total = parse_section(p, "walk", 1, false);
    struct host_file f;
    double denied;

    while (str_line(&text, &line) && ret->files.count < FILES_READ_MAX) {
        f = (struct host_file){0};
        if (file_line(p, line, &f))
            *VEC_PUSH(&ret->files) = f;
    }
    ret->files_seen = parse_next(&total);
    ret->bytes_seen = parse_next(&total);
    ret->partial = str_eq_c(parse_word(&total), "partial");
    denied = parse_next(&total);
    if (denied > 0)
        parse_gap(p, arena_printf(p->arena, "%.0f folders below %s", denied, ret->path), ERR_DENIED,
                  NULL);
}

enum err_code host_disk_parse(struct host_disk_usage *ret, struct arena *arena, struct str bundle,
                              struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    struct open_files open = {0};
    enum err_code rc;

    *ret = (struct host_disk_usage){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    ret->path = parse_text(&p, parse_section(&p, "path", 1, false), 1024);
    parse_statfs(&p, parse_section(&p, "statfs", 1, true), &ret->fs);
    read_files(&p, ret);
    read_open(&p, &open);
    add_holders(&p, ret, &open);
    name_deleted(&p, ret);
    if (ret->files.count)
        qsort(ret->files.items, ret->files.count, sizeof(*ret->files.items), by_disk_bytes);
    if (ret->files.count > FILES_MAX)
        ret->files.count = FILES_MAX;
    VEC_EACH (f, &ret->files) {
        if (f->pid)
            f->comm = comm_of(&p, f->pid);
    }
    if (!p.bundle.complete)
        parse_gap(&p, ret->path, ERR_TIMEOUT, "the list of files is cut");
done:
    VEC_RELEASE(&open);
    parse_end(&p);
    return rc;
}

void host_disk_release(struct host_disk_usage *d)
{
    VEC_RELEASE(&d->files);
    VEC_RELEASE(&d->gaps);
}
