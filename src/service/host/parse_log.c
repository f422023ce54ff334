/* parse_log.c - the kernel's messages as events, and log lines counted by family.
 * Source of the messages: the Linux sources that print them (mm/oom_kill.c, kernel/hung_task.c,
 * block/blk-core.c, fs/ext4/super.c, arch/x86/mm/fault.c, kernel/watchdog.c, net/netfilter). */
#include "parse_priv.h"

#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

#define EVENTS_MAX 500
#define LINES_MAX 2000000
#define SAMPLE_MAX 200

static const struct {
    const char *phrase, *kind;
} kinds[] = {
    {"Out of memory: Killed process", "oom_kill"},
    {"Memory cgroup out of memory: Killed process", "oom_kill"},
    {"Out of memory: Kill process", "oom_kill"},
    {"blocked for more than", "hung_task"},
    {"soft lockup", "lockup"},
    {"hard LOCKUP", "lockup"},
    {"rcu_sched detected stalls", "lockup"},
    {"rcu: INFO: rcu", "lockup"},
    {"I/O error", "io_error"},
    {"critical medium error", "io_error"},
    {"EXT4-fs error", "fs_error"},
    {"EXT4-fs (", NULL},
    {"XFS (", NULL},
    {"Remounting filesystem read-only", "fs_error"},
    {"metadata I/O error", "fs_error"},
    {"Corruption of in-memory data", "fs_error"},
    {"BTRFS error", "fs_error"},
    {"segfault at", "segfault"},
    {"general protection", "segfault"},
    {"critical target error", "io_error"},
    {"hard resetting link", "io_error"},
    {"timeout, reset controller", "io_error"},
    {"EXT4-fs warning", NULL},
    {"Filesystem has been shut down", "fs_error"},
    {"BTRFS critical", "fs_error"},
    {"traps: ", "segfault"},
    {"Machine check", "mce"},
    {"EDAC MC", "mce"},
    {"Unknown symbol", "module"},
    {"disagrees about version of symbol", "module"},
    {"module verification failed", NULL},
    {"Hardware Error", "mce"},
    {"NIC Link is Down", "link_down"},
    {"link down", "link_down"},
    {"NETDEV WATCHDOG", "nic"},
    {"nf_conntrack: table full", "conntrack_full"},
    {"Possible SYN flooding on port", "syn_flood"},
    {"request_sock_TCP: Possible SYN flooding", "syn_flood"},
    {"neighbour: arp_cache: neighbor table overflow", "arp_full"},
    {"VFS: file-max limit", "files_full"},
    {"page allocation failure", "alloc_failure"},
    {"BUG: ", "kernel_bug"},
    {"Kernel panic", "kernel_bug"},
    {"Oops:", "kernel_bug"},
    {"fork rejected by pids controller", "pids_limit"},
    {"thermal", NULL},
    {"temperature above threshold", "thermal"},
    {"clocksource: timekeeping watchdog", "clock"},
};

static const char *kind_of(struct str text)
{
    for (size_t i = 0; i < sizeof(kinds) / sizeof(*kinds); i++) {
        if (kinds[i].kind && str_find(text, str_from(kinds[i].phrase)) >= 0)
            return kinds[i].kind;
    }
    return NULL;
}

/* "<4>[   12.345678] text"; level and time may each be missing. */
static struct str kernel_line(struct str line, int *ret_level, double *ret_since_boot)
{
    struct str head;
    ptrdiff_t at;

    *ret_level = 6;
    *ret_since_boot = NAN;
    if (line.len > 2 && line.ptr[0] == '<') {
        line = (struct str){line.ptr + 1, line.len - 1};
        if (str_split(&line, '>', &head))
            *ret_level = (int)(parse_i64(head, 6) & 7);
    }
    if (line.len > 2 && line.ptr[0] == '[') {
        line = (struct str){line.ptr + 1, line.len - 1};
        if (str_split(&line, ']', &head))
            *ret_since_boot = parse_num(str_trim(head), NAN);
    }
    line = line.ptr ? str_trim(line) : STR_LIT("");
    at = str_find(line, STR_LIT(" kernel: ")); /* of journalctl: behind the machine's name */
    if (at > 0 && at < 80)
        line = (struct str){line.ptr + at + 9, line.len - (size_t)at - 9};
    return line;
}

/* "Killed process 4242 (name) total-vm:..", "task name:4242 blocked for more than .." */
static void who(struct parse *p, struct str text, struct host_kernel_event *e)
{
    ptrdiff_t at = str_find(text, STR_LIT(" process "));
    struct str rest, word;

    if (at >= 0) {
        rest = (struct str){text.ptr + at + 9, text.len - (size_t)at - 9};
        e->pid = (int32_t)parse_i64(parse_word(&rest), 0);
        if (rest.len > 2 && rest.ptr[1] == '(') {
            rest = (struct str){rest.ptr + 2, rest.len - 2};
            str_split(&rest, ')', &word);
            e->comm = parse_text(p, word, 16);
        }
        return;
    }
    at = str_find(text, STR_LIT(" blocked for more than"));
    if (at > 0 && str_starts(text, "INFO: task ")) {
        size_t colon = (size_t)at;

        while (colon > 11 && text.ptr[colon - 1] != ':')
            colon--;
        e->pid = (int32_t)parse_i64((struct str){text.ptr + colon, (size_t)at - colon}, 0);
        if (colon > 12)
            e->comm = parse_text(p, (struct str){text.ptr + 11, colon - 12}, 16);
    }
}

/* A device that was just put in: "loop0: detected capacity change from 0 to 65536",
 * "sd 0:0:1:0: [sdb] Attached SCSI disk". Source: Linux block/genhd.c, drivers/scsi/sd.c. */
static struct str new_device(struct str msg)
{
    struct str rest = msg, name = {NULL, 0};

    if (str_find(msg, STR_LIT(": detected capacity change from 0 to ")) > 0)
        str_split(&rest, ':', &name);
    else if (str_find(msg, STR_LIT("] Attached SCSI ")) > 0 && str_split(&rest, '[', &name))
        str_split(&rest, ']', &name);
    return name;
}

static bool word_char(char c)
{
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

/* Is the device, or a partition of it, named there? "loop1" is not in "loop10", "sda" is in "sda1".
 */
static bool names_device(const char *text, struct str name)
{
    struct str rest = str_from(text);
    bool numbered = !!strchr("0123456789", name.ptr[name.len - 1]);
    ptrdiff_t at;

    for (; (at = str_find(rest, name)) >= 0;
         rest = (struct str){rest.ptr + at + 1, rest.len - (size_t)at - 1}) {
        const char *hit = rest.ptr + at, *end = hit + name.len;

        if ((hit == text || !word_char(hit[-1])) &&
            (!word_char(*end) || (!numbered && *end >= '0' && *end <= '9')))
            return true;
    }
    return false;
}

/* What is said of one that had the name before is over. */
static void forget_device(struct kernel_log *out, struct str name)
{
    size_t kept = 0;

    for (size_t i = 0; i < out->count; i++) {
        const struct host_kernel_event *e = &out->items[i];
        bool of_device = cstr_eq(e->kind, "io_error") || cstr_eq(e->kind, "fs_error");

        if (!of_device || !names_device(e->text, name))
            out->items[kept++] = *e;
    }
    out->count = kept;
}

void parse_kernel_log(struct parse *p, struct str text, double uptime_s, int64_t wall_ms,
                      struct kernel_log *out)
{
    struct str line, msg, device;

    while (str_line(&text, &line)) {
        struct host_kernel_event *e;
        double since;
        int level;
        const char *kind;

        msg = kernel_line(line, &level, &since);
        device = new_device(msg);
        if (device.len)
            forget_device(out, device);
        kind = kind_of(msg);
        if (!kind)
            continue;
        if (out->count == EVENTS_MAX) { /* the newest are what counts */
            memmove(out->items, out->items + 1, (EVENTS_MAX - 1) * sizeof(*out->items));
            out->count--;
        }
        e = VEC_PUSH(out);
        *e = (struct host_kernel_event){.level = level, .kind = kind, .age_s = NAN};
        if (isfinite(since) && since <= uptime_s + 60) {
            e->age_s = fmax(0, uptime_s - since);
            e->ts_ms = wall_ms - (int64_t)(e->age_s * 1000);
        }
        e->text = parse_text(p, msg, 300);
        who(p, msg, e);
    }
}

struct log_scan {
    struct parse *p;
    struct host_log *log;
    struct host_log_family by_family[16];
    int64_t since_ms, now_ms;
};

/* "1700000000.123456 host name[1]: text" (journalctl -o short-unix) or RFC 3339 first; else 0. */
static int64_t line_time(struct str line)
{
    struct str word = parse_word(&line);
    int64_t ms;

    if (word.len < 10 || word.len > 40 || !time_parse(word, &ms))
        return 0;
    return ms > 1000000000000 && ms < 9999999999999 ? ms : 0;
}

static void count_line(struct log_scan *sc, struct str line, const char *source, int third)
{
    int family = host_family_of(line);
    int64_t ts = line_time(line);
    struct host_log_family *f;

    sc->log->lines++;
    if (family < 0 || (ts && sc->since_ms && ts < sc->since_ms))
        return;
    f = &sc->by_family[family];
    f->family = &host_family_table()[family];
    f->source = source;
    f->spread[third]++;
    if (ts && !f->first_ms)
        f->first_ms = ts;
    if (ts)
        f->last_ms = ts;
    /* The first lines of each third, so that samples show the whole time. */
    if (!f->samples[third])
        f->samples[third] = parse_text(sc->p, line, SAMPLE_MAX);
    f->count++;
}

static void scan_text(struct log_scan *sc, struct str text, const char *source)
{
    size_t total = text.len ? text.len : 1;
    const char *start = text.ptr;
    struct str line;

    while (sc->log->lines < LINES_MAX && str_line(&text, &line)) {
        size_t at = (size_t)(line.ptr - start);

        count_line(sc, line, source, (int)(at * 3 / total > 2 ? 2 : at * 3 / total));
    }
}

static int by_count(const void *a, const void *b)
{
    const struct host_log_family *x = a, *y = b;

    return (x->count < y->count) - (x->count > y->count);
}

static void keep_families(struct log_scan *sc)
{
    for (size_t i = 0; i < sizeof(sc->by_family) / sizeof(*sc->by_family); i++) {
        struct host_log_family *f = &sc->by_family[i];
        int n = 0;

        if (!f->count)
            continue;
        for (int k = 0; k < 3; k++) { /* no holes */
            const char *text = f->samples[k];

            f->samples[k] = NULL;
            if (text)
                f->samples[n++] = text;
        }
        *VEC_PUSH(&sc->log->families) = *f;
    }
    if (sc->log->families.count)
        qsort(sc->log->families.items, sc->log->families.count, sizeof(*sc->log->families.items),
              by_count);
}

static void scan_sections(struct log_scan *sc)
{
    struct parse *p = sc->p;

    for (size_t i = 0; i < p->bundle.sections.count; i++) {
        const struct host_section *s = &p->bundle.sections.items[i];

        if (str_eq_c(s->name, "journal") && !s->err) {
            scan_text(sc, s->data, "journal");
        } else if (str_starts(s->name, "logfile/")) {
            struct str path = {s->name.ptr + 7, s->name.len - 7};
            const char *name = parse_text(p, path, 300);

            if (s->err)
                parse_gap(p, name, s->err, NULL);
            else
                scan_text(sc, s->data, name);
        } else if (str_starts(s->name, "loglink/")) {
            parse_gap(p, parse_text(p, (struct str){s->name.ptr + 7, s->name.len - 7}, 300),
                      ERR_DENIED,
                      "a symbolic link is on the way to it: name the file that it leads to");
        }
    }
}

enum err_code host_log_parse(struct host_log *ret, struct arena *arena, struct str bundle,
                             struct err *err)
{
    struct parse p = {
        .gap_items = &ret->gaps.items, .gap_count = &ret->gaps.count, .gap_cap = &ret->gaps.cap};
    struct log_scan sc = {.p = &p, .log = ret};
    struct kernel_log events = {0};
    struct str clock, up, since, text;
    enum err_code rc;

    *ret = (struct host_log){0};
    rc = parse_begin(&p, arena, bundle, err);
    if (rc)
        goto done;
    clock = parse_section(&p, "clock", 1, false);
    up = parse_section(&p, "proc/uptime", 1, false);
    since = parse_section(&p, "since", 1, false);
    sc.now_ms = (int64_t)fmin(parse_next(&clock) * 1000, 4e15);
    sc.since_ms = (int64_t)fmin(parse_next(&since) * 1000, 4e15);
    ret->from_ms = sc.since_ms;
    ret->to_ms = sc.now_ms;
    text = parse_section(&p, "dmesg", 1, true);
    parse_kernel_log(&p, text, parse_next(&up), sc.now_ms, &events);
    ret->kernel_events.items = events.items;
    ret->kernel_events.count = events.count;
    ret->kernel_events.cap = events.cap;
    scan_sections(&sc);
    keep_families(&sc);
    if (!p.bundle.complete)
        parse_gap(&p, "logs", ERR_TIMEOUT, "the collection was cut");
done:
    parse_end(&p);
    return rc;
}

void host_log_release(struct host_log *log)
{
    VEC_RELEASE(&log->families);
    VEC_RELEASE(&log->kernel_events);
    VEC_RELEASE(&log->gaps);
}
