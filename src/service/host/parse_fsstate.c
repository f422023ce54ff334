/* parse_fsstate.c - what the kernel keeps of a filesystem's and a device's state in files that
 * everybody may read, also where its log is for root: errors and warnings of ext4, and how much a
 * device may have unwritten.
 * Source: Linux Documentation/ABI/testing/sysfs-fs-ext4 and sysfs-class-bdi; fs/ext4/sysfs.c. */
#include "parse_priv.h"

#include "runbook/base/num.h"

#define LINES_MAX 2000

/* "98:0" to "sda1", by the list of block devices. */
static const char *name_of_number(struct parse *p, struct str number)
{
    struct str text = parse_section(p, "proc/diskstats", 1, false), line, major;
    struct str minor = number;

    if (!str_split(&minor, ':', &major) || !minor.ptr)
        return NULL;
    for (int left = LINES_MAX; left > 0 && str_line(&text, &line); left--) {
        if (str_eq(parse_word(&line), major) && str_eq(parse_word(&line), minor))
            return parse_text(p, parse_word(&line), 64);
    }
    return NULL;
}

/* Without a better answer it is called as its device file: "/dev/sda1". */
static void name_by_file(struct host_snapshot *s)
{
    VEC_EACH (fs, &s->filesystems) {
        const char *slash = strncmp(fs->device, "/dev/", 5) == 0 ? strrchr(fs->device, '/') : NULL;

        fs->disk = slash ? slash + 1 : NULL;
    }
}

/* "36 35 98:0 / /mnt rw ...": the number of the device behind a mount, which has one name, whatever
 * its device file is called. */
static void name_by_number(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "proc/self/mountinfo", 1, false), line;

    for (int left = LINES_MAX; left > 0 && str_line(&text, &line); left--) {
        const char *mount, *name;
        struct str number;

        parse_word(&line);
        parse_word(&line);
        number = parse_word(&line);
        parse_word(&line);
        name = name_of_number(p, number);
        mount = name ? parse_octal(p, parse_word(&line), 1024) : NULL;
        VEC_EACH (fs, &s->filesystems) {
            if (mount && strcmp(fs->mount, mount) == 0)
                fs->disk = name;
        }
    }
}

struct fs_counts {
    double errors[2], warnings[2]; /* at both ends of the window */
    double first_s, last_s;        /* Unix, of an error; 0: there was none */
};

static void count_line(struct fs_counts *c, struct str file, double v, int phase)
{
    if (str_eq_c(file, "errors_count"))
        c->errors[phase] = v;
    else if (str_eq_c(file, "warning_count"))
        c->warnings[phase] = v;
    else if (str_eq_c(file, "first_error_time"))
        c->first_s = v;
    else if (str_eq_c(file, "last_error_time"))
        c->last_s = v;
}

/* "sda1/errors_count:3", or with the whole path */
static void read_counts(struct parse *p, const char *name, int phase, struct fs_counts *c)
{
    struct str text = parse_section(p, "fserrors", phase, false), line;

    for (int left = LINES_MAX; left > 0 && str_line(&text, &line); left--) {
        struct str disk, file, folder = STR_LIT("/sys/fs/ext4/");

        if (line.len > folder.len && memcmp(line.ptr, folder.ptr, folder.len) == 0)
            line = (struct str){line.ptr + folder.len, line.len - folder.len};
        if (str_split(&line, '/', &disk) && str_eq_c(disk, name) && line.ptr &&
            str_split(&line, ':', &file) && line.ptr)
            count_line(c, file, parse_num(str_trim(line), NAN), phase);
    }
}

static double age(const struct host_snapshot *s, double at_s)
{
    return at_s > 0 ? fmax(0, (double)s->taken_ms / 1000 - at_s) : NAN;
}

static void set_counts(struct parse *p, const struct host_snapshot *s, struct host_fs *fs)
{
    struct fs_counts c = {{NAN, NAN}, {NAN, NAN}, NAN, NAN};

    if (fs->disk && str_starts(str_from(fs->type), "ext")) {
        read_counts(p, fs->disk, 0, &c);
        read_counts(p, fs->disk, 1, &c);
    }
    fs->errors = c.errors[1];
    fs->error_rate = parse_rate(p, c.errors[0], c.errors[1]);
    fs->warning_rate = parse_rate(p, c.warnings[0], c.warnings[1]);
    fs->error_age_s = age(s, c.last_s);
    fs->first_error_age_s = age(s, c.first_s);
}

/* "7:0 16777216": what may be unwritten for a device that is held to a limit of its own. */
static void dirty_limits(struct parse *p, struct host_snapshot *s)
{
    struct str text = parse_section(p, "bdi", 1, false), line;

    VEC_EACH (d, &s->disks)
        d->dirty_limit = NAN;
    for (int left = LINES_MAX; left > 0 && str_line(&text, &line); left--) {
        const char *name = name_of_number(p, parse_word(&line));
        double bytes = parse_num(parse_word(&line), NAN);

        VEC_EACH (d, &s->disks) {
            if (name && strcmp(d->name, name) == 0)
                d->dirty_limit = bytes;
        }
    }
}

void parse_fs_state(struct parse *p, struct host_snapshot *s)
{
    name_by_file(s);
    name_by_number(p, s);
    VEC_EACH (fs, &s->filesystems)
        set_counts(p, s, fs);
    dirty_limits(p, s);
}
