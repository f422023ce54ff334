/* parse_mounts.c - mounts in trouble, arrays, thin pools, quotas; and what says little alone: boot
 * times, the wall clock's steps, taint, entropy.
 * Source of the formats: fstab(5), md(4) and drivers/md/md.c, Linux
 * Documentation/admin-guide/device-mapper/thin-provisioning.rst, repquota(8). */
#include "parse_priv.h"

#define MOUNTS_MAX 64
#define RAIDS_MAX 64
#define POOLS_MAX 64
#define QUOTAS_MAX 500
#define BOOTS_MAX 400

/* A section that is only there when there is something to say; what failed is still a gap. */
static struct str if_there(struct parse *p, const char *name)
{
    return parse_section(p, name, 1, host_bundle_find(&p->bundle, name, 1) != NULL);
}

static bool has_option(struct str opts, const char *name)
{
    struct str o;

    while (str_split(&opts, ',', &o)) {
        if (str_eq_c(o, name))
            return true;
    }
    return false;
}

static void add_mount(struct host_snapshot *s, struct host_mount m)
{
    if (s->mounts.count < MOUNTS_MAX)
        *VEC_PUSH(&s->mounts) = m;
}

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

static void missing_mounts(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "etc/fstab", 1, false), line;
    struct str mounts = parse_section(p, "proc/mounts", 1, false);

    while (mounts.len && str_line(&text, &line)) {
        struct str device = parse_word(&line), where = parse_word(&line), type = parse_word(&line);
        struct str opts = parse_word(&line);

        while (where.len > 1 && where.ptr[where.len - 1] == '/')
            where.len--;
        if (!device.len || device.ptr[0] == '#' || !where.len || where.ptr[0] != '/' ||
            str_eq_c(type, "swap") || has_option(opts, "noauto") ||
            has_option(opts, "x-systemd.automount") || is_mounted(mounts, where))
            continue;
        add_mount(s, (struct host_mount){.trouble = MOUNT_MISSING,
                                         .mount = parse_octal(p, where, 1024),
                                         .device = parse_octal(p, device, 256),
                                         .type = parse_text(p, type, 32),
                                         .detail = parse_text(p, opts, 200),
                                         .optional = has_option(opts, "nofail")});
    }
}

/* A device's filesystem that is read-only although fstab, or the option errors=remount-ro with an
 * error of the kernel, says that it was not meant to be. */
static void readonly_mounts(struct host_snapshot *s)
{
    VEC_EACH (fs, &s->filesystems) {
        if (!fs->read_only || !fs->fstab || has_option(str_from(fs->fstab), "ro"))
            continue;
        add_mount(s, (struct host_mount){.trouble = MOUNT_RO,
                                         .mount = fs->mount,
                                         .device = fs->device,
                                         .type = fs->type,
                                         .detail = fs->fstab});
    }
}

/* "hung type mount", "error type mount text" */
static void probed_mounts(struct parse *p, struct host_snapshot *s)
{
    struct str text = if_there(p, "netmounts"), line;

    while (str_line(&text, &line)) {
        struct str verdict = parse_word(&line), type = parse_word(&line);
        struct str where = parse_word(&line);
        struct host_mount m = {.trouble = MOUNT_HUNG, .device = ""};

        if (!where.len || (!str_eq_c(verdict, "hung") && !str_eq_c(verdict, "error")))
            continue;
        if (str_eq_c(verdict, "error"))
            m.trouble = MOUNT_STALE;
        m.mount = parse_octal(p, where, 1024);
        m.type = parse_text(p, type, 32);
        m.detail = parse_text(p, str_trim(line), 200);
        add_mount(s, m);
    }
}

/* "md0 : active raid1 sdb1[1](F) sda1[0]" and below it "1046528 blocks [2/1] [U_]" */
static void raid_head(struct parse *p, struct str line, struct host_raid *r)
{
    struct str word = parse_word(&line);

    *r = (struct host_raid){
        .name = parse_text(p, word, 32), .level = "", .members = "", .failed = ""};
    while ((word = parse_word(&line)).len) {
        if (str_starts(word, "raid") || str_starts(word, "linear"))
            r->level = parse_text(p, word, 16);
        else if (str_ends(word, "(F)"))
            r->failed = arena_printf(p->arena, "%s%s%.*s", r->failed, *r->failed ? ", " : "",
                                     (int)(word.len - 3 < 40 ? word.len - 3 : 40), word.ptr);
    }
}

static void raid_counts(struct parse *p, struct str line, struct host_raid *r)
{
    struct str word, want;

    while ((word = parse_word(&line)).len) {
        if (word.len < 3 || word.ptr[0] != '[' || word.ptr[word.len - 1] != ']')
            continue;
        word = (struct str){word.ptr + 1, word.len - 2};
        if (memchr(word.ptr, '/', word.len)) {
            str_split(&word, '/', &want);
            r->wanted = (int)parse_i64(want, 0);
            r->active = (int)parse_i64(word, 0);
        } else if (word.ptr[0] == 'U' || word.ptr[0] == '_') {
            r->members = parse_text(p, word, 64);
        }
    }
}

static void raids(struct parse *p, struct host_snapshot *s)
{
    struct str text = if_there(p, "proc/mdstat"), line;
    struct host_raid *r = NULL;

    while (str_line(&text, &line)) {
        if (str_starts(line, "md") && s->raids.count < RAIDS_MAX) {
            r = VEC_PUSH(&s->raids);
            raid_head(p, line, r);
        } else if (r && str_find(line, STR_LIT(" blocks ")) >= 0) {
            raid_counts(p, line, r);
        } else if (r && (str_find(line, STR_LIT("recovery =")) >= 0 ||
                         str_find(line, STR_LIT("resync =")) >= 0)) {
            r->rebuilding = true;
        }
    }
}

static double share_of(struct str word)
{
    struct str used;
    double all, n;

    str_split(&word, '/', &used);
    n = parse_num(used, NAN);
    all = parse_num(word, NAN);
    return all > 0 ? n / all : NAN;
}

/* "name: start length thin-pool transaction used/total used/total root mode ..." */
static void thin_pools(struct parse *p, struct host_snapshot *s)
{
    struct str text = if_there(p, "thin"), line;

    while (str_line(&text, &line) && s->thin_pools.count < POOLS_MAX) {
        struct host_thin_pool t = {0};
        struct str name;

        if (!str_split(&line, ':', &name) || !line.ptr || str_find(line, STR_LIT("thin-pool")) < 0)
            continue;
        t.name = parse_text(p, name, 128);
        t.failed = str_find(line, STR_LIT(" Fail")) >= 0;
        t.read_only = str_find(line, STR_LIT(" ro ")) >= 0;
        for (int i = 0; i < 4; i++)
            parse_word(&line);
        t.meta_used = share_of(parse_word(&line));
        t.data_used = share_of(parse_word(&line));
        *VEC_PUSH(&s->thin_pools) = t;
    }
}

/* "user  +-  blocks soft hard [grace]  files soft hard [grace]"; blocks of 1 KiB. "+" says that
 * the soft limit is passed, and then a grace time stands behind the numbers. */
static bool quota_line(struct parse *p, struct str line, struct host_quota *q)
{
    struct str who = parse_word(&line), flags = parse_word(&line);
    double *const out[] = {&q->used_bytes, &q->soft_bytes, &q->hard_bytes,
                           &q->files,      &q->files_soft, &q->files_hard};

    if (flags.len != 2 || !strchr("+-", flags.ptr[0]) || !strchr("+-", flags.ptr[1]))
        return false;
    q->who = parse_text(p, who, 64);
    for (int i = 0; i < 6; i++) {
        struct str word = parse_word(&line);

        if (i == 3 && flags.ptr[0] == '+')
            word = parse_word(&line);
        *out[i] = parse_num(word, 0) * (i < 3 ? 1024 : 1);
    }
    return true;
}

static void quotas(struct parse *p, struct host_snapshot *s)
{
    struct str text = if_there(p, "quota"), line;
    const char *device = "";
    bool group = false;

    while (str_line(&text, &line) && s->quotas.count < QUOTAS_MAX) {
        struct host_quota q = {0};
        ptrdiff_t at = str_find(line, STR_LIT(" on device "));

        if (at >= 0) {
            device = parse_text(
                p, str_trim((struct str){line.ptr + at + 11, line.len - (size_t)at - 11}), 256);
            group = str_find(line, STR_LIT("group quotas")) >= 0;
        } else if (quota_line(p, line, &q) && q.hard_bytes + q.soft_bytes + q.files_hard > 0) {
            q.device = device;
            q.group = group;
            *VEC_PUSH(&s->quotas) = q;
        }
    }
}

static void boots(struct parse *p, struct host_snapshot *s)
{
    struct str text = if_there(p, "boots"), line;

    while (str_line(&text, &line) && s->boots_ms.count < BOOTS_MAX) {
        int64_t at = parse_i64(str_trim(line), 0);

        if (at > 0 && at < 4000000000)
            *VEC_PUSH(&s->boots_ms) = at * 1000;
    }
}

/* How much further the wall clock came than the machine's own time. */
static double jump(struct parse *p)
{
    struct str a = parse_section(p, "clock/wall", 0, false);
    struct str b = parse_section(p, "clock/wall", 1, false);
    double v[4];

    v[0] = parse_num(parse_word(&a), NAN);
    v[1] = parse_num(str_trim(a), NAN);
    v[2] = parse_num(parse_word(&b), NAN);
    v[3] = parse_num(str_trim(b), NAN);
    return (v[2] - v[0]) - (v[3] - v[1]);
}

void parse_mounts(struct parse *p, struct host_snapshot *s)
{
    struct str tainted = parse_section(p, "proc/sys/kernel/tainted", 1, false);
    struct str left = parse_section(p, "proc/sys/kernel/random/entropy_avail", 1, false);
    struct str pool = parse_section(p, "proc/sys/kernel/random/poolsize", 1, false);

    missing_mounts(p, s);
    readonly_mounts(s);
    probed_mounts(p, s);
    raids(p, s);
    thin_pools(p, s);
    quotas(p, s);
    boots(p, s);
    s->clock_jump_s = jump(p);
    s->tainted = parse_i64(str_trim(tainted), -1);
    s->entropy = parse_num(str_trim(left), NAN);
    s->entropy_pool = parse_num(str_trim(pool), NAN);
}
