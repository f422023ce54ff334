/* parse_storage.c - filesystems and block devices.
 * Source of the formats: proc(5), Linux Documentation/admin-guide/iostats.rst. */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/num.h"

#define FS_MAX 256
#define DISKS_MAX 512

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

/* How fast it fills; an answer from the start of the window is needed. */
static void set_growth(struct parse *p, struct host_fs *fs, struct str line)
{
    struct host_fs was = {.mount = fs->mount};

    fs->growth_bps = fs->inode_growth = NAN;
    if (!fs->known || !line.ptr || p->window_s <= 0)
        return;
    parse_statfs(p, line, &was);
    if (!was.known || was.total_bytes != fs->total_bytes)
        return;
    fs->growth_bps = (was.free_bytes - fs->free_bytes) / p->window_s;
    fs->inode_growth = (was.inodes_free - fs->inodes_free) / p->window_s;
}

/* Its options in /etc/fstab, or NULL. */
static const char *fstab_options(struct parse *p, struct str mount)
{
    struct str text = parse_section(p, "etc/fstab", 1, false), line;

    while (str_line(&text, &line)) {
        struct str device = parse_word(&line), where = parse_word(&line);

        if (!device.len || device.ptr[0] == '#' || !str_eq(where, mount))
            continue;
        parse_word(&line);
        return parse_text(p, parse_word(&line), 200);
    }
    return NULL;
}

static void parse_filesystems(struct parse *p, struct host_snapshot *s)
{
    struct str mounts = parse_section(p, "proc/mounts", 1, true), line;
    struct str stats = parse_section(p, "statfs", 1, true);
    struct str before = parse_section(p, "statfs", 0, false);

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
        fs.options = parse_text(p, opts, 200);
        fs.fstab = fstab_options(p, mount);
        set_growth(p, &fs, statfs_line(before, mount));
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
    disk->stalled = a != b && a->v[8] > 0 && b->v[8] > 0 && ops + d[11] + d[15] == 0;
    /* Linux 5.5 and later: flush requests completed, and the milliseconds that they took. */
    disk->flush_rate = b->n >= 17 ? d[15] / w : NAN;
    disk->flush_ms = b->n >= 17 && d[15] > 0 ? d[16] / d[15] : NAN;
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
    parse_fs_state(p, s);
    parse_io(p, s);
    parse_mounts(p, s);
}
