/* record.c - record PID [snapshot|logs|services [UID]]: what a snapshot of this machine (or its
 * logs, or what its listeners answer) reads while a fault of the lab stands, cut down to what may
 * be kept as test data: the processes below PID with their logs and listeners, the control groups
 * that they are in, counters of the machine, and of the kernel's log its last words on crashes;
 * with UID as that user sees it. On standard output; `lab --record DIR` runs it, with --ssh as a
 * user of no account. */
#include <grp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/loop/loop.h"
#include "runbook/service/host.h"

#define TOKEN "recorded-recorded-recorded-recorded-0000"
#define KEPT_MAX 1024
#define EVENTS_KEPT 12
#define DETAILS_KEPT 14
#define LINES_FIRST 30 /* of a log: how it began, and what it says now */
#define LINES_LAST 90

static struct {
    struct buf bundle;
    struct loop *loop;
    struct err err;
    int64_t kept[KEPT_MAX];
    char names[KEPT_MAX][20];
    int count;
    char prefix[512];   /* of control groups: the one that the lab runs in */
    char folder[512];   /* of this program */
    bool taken;         /* the block of lines that is being read belongs to a kept process */
    bool found;         /* something of a kept process is in the recording */
    char paths[8][512]; /* logs that kept processes write */
    int path_count;
} rec;

static void on_bundle(void *ctx, struct str bundle, const struct err *err)
{
    (void)ctx;
    rec.err = *err;
    buf_add_str(&rec.bundle, bundle);
    loop_stop(rec.loop);
}

static bool names_kept(struct str line)
{
    for (int i = 0; i < rec.count; i++) {
        if (*rec.names[i] && str_find(line, str_from(rec.names[i])) >= 0)
            return true;
    }
    return false;
}

static bool is_kept(int64_t pid)
{
    for (int i = 0; i < rec.count; i++) {
        if (rec.kept[i] == pid)
            return true;
    }
    return false;
}

/* The whole tree below `top`, from the parents that the snapshot tells. */
static void keep_tree(const struct host_snapshot *s, int64_t top)
{
    bool more = true;

    rec.kept[rec.count++] = top;
    while (more) {
        more = false;
        VEC_EACH (p, &s->processes) {
            if (rec.count < KEPT_MAX && is_kept(p->ppid) && !is_kept(p->pid)) {
                snprintf(rec.names[rec.count], sizeof(rec.names[0]), "%s", p->comm);
                rec.kept[rec.count++] = p->pid;
                more = true;
            }
        }
    }
}

static int64_t number_at(struct str text)
{
    size_t n = 0;
    int64_t v;

    while (n < text.len && text.ptr[n] >= '0' && text.ptr[n] <= '9')
        n++;
    return num_i64((struct str){text.ptr, n}, &v) ? v : -1;
}

static struct str after_word(struct str line, int words)
{
    for (; words > 0; words--) {
        struct str piece;

        if (!str_split(&line, ' ', &piece))
            return STR_LIT("");
        line = line.ptr ? line : STR_LIT("");
    }
    return line;
}

/* `line` with `to` instead of the first `from`. */
static struct str put_until(struct buf *out, struct str line, const char *from, const char *to)
{
    ptrdiff_t at = *from ? str_find(line, str_from(from)) : -1;
    size_t end = (size_t)at + strlen(from);

    if (at < 0)
        return line;
    buf_add(out, line.ptr, (size_t)at);
    buf_adds(out, to);
    end += !*to && end < line.len && line.ptr[end] == '/';
    return (struct str){line.ptr + end, line.len - end};
}

/* Without the names of the groups and folders that are somebody's own. */
static void put_line(struct buf *out, struct str line)
{
    line = put_until(out, line, rec.prefix[0] ? rec.prefix + 1 : "", "");
    line = put_until(out, line, rec.folder, "/usr/libexec/lab");
    buf_add_str(out, line);
    buf_addc(out, '\n');
}

/* What the kernel says of one program counts when it is one of these. */
static bool is_of_kept(struct str line)
{
    static const char *const about[] = {"segfault at", "Killed process", "comm ", "traps: "};

    for (size_t i = 0; i < sizeof(about) / sizeof(*about); i++) {
        if (str_find(line, str_from(about[i])) >= 0)
            return str_find(line, STR_LIT("hostlab-")) >= 0 || names_kept(line);
    }
    return true;
}

static bool kernel_word(struct str line)
{
    if (!is_of_kept(line))
        return false;

    return str_find(line, STR_LIT("segfault at")) >= 0 ||
           str_find(line, STR_LIT("Killed process")) >= 0 ||
           str_find(line, STR_LIT("I/O error")) >= 0 ||
           str_find(line, STR_LIT("EXT4-fs error")) >= 0 ||
           str_find(line, STR_LIT("detected capacity change")) >= 0 ||
           str_find(line, STR_LIT("fork rejected")) >= 0 ||
           str_find(line, STR_LIT("Unknown symbol")) >= 0 ||
           str_find(line, STR_LIT("rcu: INFO")) >= 0 || str_find(line, STR_LIT("lockup")) >= 0 ||
           str_find(line, STR_LIT("Hardware Error")) >= 0;
}

static bool wanted_group(struct str line)
{
    struct str rest = line, file;

    if (str_find(line, STR_LIT("hostlab-")) >= 0)
        return true;
    return str_split(&rest, ':', &file) && str_find(file, STR_LIT("/")) < 0;
}

static bool begins_with_one_of(struct str line, const char *const *words)
{
    for (; *words; words++) {
        if (str_starts(line, *words))
            return true;
    }
    return false;
}

/* Of a process: its groups, and what parse_process.c reads of its status and limits. */
static bool wanted_of_process(struct str line)
{
    static const char *const words[] = {
        "VmData",      "VmSwap",        "Uid:",           "TracerPid:",    "Cpus_allowed_l",
        "Max address", "Max data size", "Max open files", "Max processes", NULL};
    struct str rest = line, head;

    return begins_with_one_of(line, words) ||
           (str_split(&rest, ':', &head) && rest.ptr && number_at(head) >= 0);
}

static bool wanted_counter(struct str line)
{
    static const char *const words[] = {
        "pgmajfault",         "pswp",          "oom_kill",
        "pgscan_direct",      "compact_stall", "compact_fail",
        "thp_fault_fallback", "allocstall_",   "workingset_refault_file",
        "nr_dirty",           "nr_writeback",  NULL};

    return begins_with_one_of(line, words);
}

/* Of mounts: the lab's own and the root, not what else this machine has. */
static bool wanted_mount(struct str line)
{
    return str_find(line, STR_LIT("hostlab-")) >= 0 || str_find(line, STR_LIT(" / ")) >= 0 ||
           str_starts(line, "/ ");
}

static bool is_one_of(const char *name, const char *const *names)
{
    for (; *names; names++) {
        if (strcmp(name, *names) == 0)
            return true;
    }
    return false;
}

/* "target ADDR PORT PID COMMAND" begins what one listener said, a file of certificates or a
 * promised port is one of a process. Source: speak_priv.h. */
static bool wanted_of_services(struct str line)
{
    struct str rest = line, word, field = {NULL, 0};
    int at = 0, of = 0;

    str_split(&rest, '\t', &word);
    of = str_eq_c(word, "target")                               ? 3
         : str_eq_c(word, "certfile") || str_eq_c(word, "want") ? 2
                                                                : 0;
    while (at < of && rest.ptr && str_split(&rest, '\t', &field))
        at++;
    if (of)
        rec.taken = is_kept(number_at(field));
    else if (str_eq_c(word, "gap"))
        rec.taken = false;
    rec.found = rec.found || rec.taken;
    return rec.taken;
}

static bool is_written_path(struct str path)
{
    for (int i = 0; i < rec.path_count; i++) {
        if (str_eq_c(path, rec.paths[i]))
            return true;
    }
    return false;
}

/* The path is the last field. */
static bool wanted_writer(struct str line)
{
    struct str rest = line, path = line;

    if (!is_kept(number_at(line)))
        return false;
    while (rest.ptr && str_split(&rest, '\t', &path))
        ;
    if (path.len < sizeof(rec.paths[0]) && !is_written_path(path) &&
        rec.path_count < (int)(sizeof(rec.paths) / sizeof(rec.paths[0])))
        snprintf(rec.paths[rec.path_count++], sizeof(rec.paths[0]), "%.*s", STR_FMT(path));
    return true;
}

static bool wanted_line(const char *name, struct str line)
{
    static const char *const mounts[] = {"statfs", "proc/mounts", "proc/self/mountinfo",
                                         "etc/fstab", NULL};
    static const char *const of_process[] = {"procs",   "sched",    "procio",
                                             "written", "unlinked", NULL};

    if (is_one_of(name, mounts))
        return wanted_mount(line);
    if (cstr_eq(name, "procio") && str_starts(line, "denied "))
        return true;
    if (cstr_eq(name, "services"))
        return wanted_of_services(line);
    if (cstr_eq(name, "logwriters"))
        return wanted_writer(line);
    if (cstr_eq(name, "logtimes"))
        return is_written_path(after_word(line, 2));
    if (cstr_eq(name, "bind"))
        return str_find(line, STR_LIT("lab-")) >= 0;
    if (cstr_eq(name, "timewait"))
        return number_at(line) >= 100;
    if (cstr_eq(name, "conns"))
        return str_find(line, STR_LIT("127.0.0.")) >= 0 || str_find(line, STR_LIT("10.99.")) >= 0;
    if (cstr_eq(name, "unix"))
        return str_find(line, STR_LIT("hostlab-")) >= 0;
    if (is_one_of(name, of_process))
        return is_kept(number_at(line));
    if (strstr(name, "/about"))
        return wanted_of_process(line);
    if (cstr_eq(name, "proc/mounts") || cstr_eq(name, "statfs") ||
        cstr_eq(name, "proc/self/mountinfo") || cstr_eq(name, "etc/fstab"))
        return str_find(line, STR_LIT("/hostlab-")) >= 0 || str_starts(line, "/ ") ||
               str_find(line, STR_LIT(" / ext4 ")) >= 0;
    if (cstr_eq(name, "unlinked") || cstr_eq(name, "written") || cstr_eq(name, "procio"))
        return is_kept(number_at(line));
    if (cstr_eq(name, "netmounts"))
        return str_find(line, STR_LIT("/hostlab-")) >= 0;
    if (cstr_eq(name, "proc/vmstat"))
        return wanted_counter(line);
    if (cstr_eq(name, "fdcount") || cstr_eq(name, "owners") || cstr_eq(name, "sockets"))
        return is_kept(number_at(after_word(line, 1)));
    if (cstr_eq(name, "cgroup"))
        return wanted_group(line);
    if (cstr_eq(name, "proc/locks"))
        return str_find(line, STR_LIT("FLOCK")) >= 0;
    if (cstr_eq(name, "proc/stat"))
        return !str_starts(line, "intr") && !str_starts(line, "softirq");
    return !cstr_eq(name, "dmesg") || kernel_word(line);
}

static bool wanted_section(const struct host_section *s, const char *name)
{
    static const char *const whole[] = {"conf",
                                        "clock",
                                        "since",
                                        "procs",
                                        "sched",
                                        "fdcount",
                                        "owners",
                                        "cgroup",
                                        "cpufreq",
                                        "dmesg",
                                        "listen",
                                        "sockets",
                                        "statfs",
                                        "procio",
                                        "written",
                                        "unlinked",
                                        "conns",
                                        "timewait",
                                        "unix",
                                        "etc/fstab",
                                        "proc/mounts",
                                        "proc/self/mountinfo",
                                        "proc/diskstats",
                                        "proc/net/snmp",
                                        "proc/net/netstat",
                                        "proc/sys/net/ipv4/ip_local_port_range",
                                        "proc/net/udp",
                                        "proc/net/stat/nf_conntrack",
                                        "proc/sys/net/netfilter/nf_conntrack_count",
                                        "proc/sys/net/netfilter/nf_conntrack_max",
                                        "proc/uptime",
                                        "proc/stat",
                                        "proc/vmstat",
                                        "proc/meminfo",
                                        "proc/loadavg",
                                        "proc/locks",
                                        "proc/softirqs",
                                        "proc/interrupts",
                                        "proc/net/dev",
                                        "proc/pressure/cpu",
                                        "proc/pressure/memory",
                                        "proc/pressure/io",
                                        "proc/sysvipc/shm",
                                        "proc/sys/vm/overcommit_memory",
                                        "proc/sys/kernel/pid_max",
                                        "proc/sys/kernel/threads-max",
                                        "proc/sys/fs/file-nr",
                                        "proc/diskstats",
                                        "proc/mounts",
                                        "proc/self/mountinfo",
                                        "proc/mdstat",
                                        "proc/swaps",
                                        "proc/sys/kernel/tainted",
                                        "proc/sys/kernel/random/entropy_avail",
                                        "proc/sys/kernel/random/poolsize",
                                        "etc/fstab",
                                        "statfs",
                                        "procio",
                                        "written",
                                        "unlinked",
                                        "fdscan",
                                        "boots",
                                        "clock/wall",
                                        "clock/end",
                                        "units",
                                        "bind",
                                        "services",
                                        "logwriters",
                                        "logtimes",
                                        "quota",
                                        "thin",
                                        "clock/synced",
                                        "netmounts",
                                        "fserrors",
                                        "bdi",
                                        NULL};

    if (str_starts(s->name, "logfile"))
        return is_written_path((struct str){s->name.ptr + 7, s->name.len - 7});
    if (str_starts(s->name, "pid/")) {
        int64_t pid = number_at((struct str){s->name.ptr + 4, s->name.len - 4});

        for (int i = 0; i < rec.count && i < DETAILS_KEPT; i++) {
            if (rec.kept[i] == pid)
                return true;
        }
        return false;
    }
    return is_one_of(name, whole);
}

/* Of the kernel's log the last words only. */
static struct str last_events(struct str text)
{
    struct str line, rest = text;
    int n = 0, skip;

    while (str_line(&rest, &line))
        n += kernel_word(line);
    skip = n > EVENTS_KEPT ? n - EVENTS_KEPT : 0;
    rest = text;
    while (skip > 0 && str_line(&rest, &line))
        skip -= kernel_word(line);
    return rest.ptr ? rest : STR_LIT("");
}

static void put_log(struct buf *out, struct str text)
{
    struct str line, rest = text;
    int n = 0, at = 0;

    while (str_line(&rest, &line))
        n++;
    while (str_line(&text, &line)) {
        if (at < LINES_FIRST || at >= n - LINES_LAST)
            put_line(out, line);
        at++;
    }
    rec.found = true;
}

/* Blocks of properties with an empty line between; the lab's units have its name. */
static void put_units(struct buf *out, struct str text)
{
    struct str block = text, line;

    while (text.len) {
        if (str_line(&text, &line) && line.len && text.len)
            continue;
        block.len = (size_t)(line.ptr + line.len - block.ptr);
        if (str_find(block, STR_LIT("hostlab-")) >= 0) {
            buf_add_str(out, block);
            buf_adds(out, "\n\n");
        }
        block = text;
    }
}

static void put_section(struct buf *out, const struct host_section *s)
{
    char name[128];
    struct str text = s->data, line;

    snprintf(name, sizeof(name), "%.*s", STR_FMT(s->name));
    if (!wanted_section(s, name))
        return;
    host_bundle_section(out, TOKEN, name, s->phase, s->err);
    rec.taken = false;
    if (cstr_eq(name, "dmesg"))
        text = last_events(text);
    if (str_starts(s->name, "logfile")) {
        put_log(out, text);
        return;
    }
    if (cstr_eq(name, "units")) {
        put_units(out, text);
        return;
    }
    while (str_line(&text, &line)) {
        if (wanted_line(name, line))
            put_line(out, line);
    }
}

static void own_prefix(void)
{
    struct buf text = BUF_INIT(65536);
    struct err err = ERR_INIT;
    struct str all, line, piece;

    if (!file_read("/proc/self/cgroup", &text, &err)) {
        all = buf_str(&text);
        while (str_line(&all, &line)) {
            if (!str_split(&line, ':', &piece) || !str_split(&line, ':', &piece) || !line.ptr)
                continue;
            if (line.len > strlen(rec.prefix) && line.len < sizeof(rec.prefix))
                snprintf(rec.prefix, sizeof(rec.prefix), "%.*s", STR_FMT(line));
        }
    }
    buf_release(&text);
}

static bool keep_processes(int64_t top)
{
    struct arena *arena = arena_new(0);
    struct host_snapshot s;
    bool ok = !host_snapshot_parse(&s, arena, buf_str(&rec.bundle), HOST_LOCAL, 0, &rec.err);

    if (ok)
        keep_tree(&s, top);
    host_snapshot_release(&s);
    arena_free(arena);
    return ok;
}

static bool become(const char *user)
{
    int64_t uid;

    return num_i64(str_from(user), &uid) && uid > 0 && uid < 1 << 30 && !setgroups(0, NULL) &&
           !setgid((gid_t)uid) && !setuid((uid_t)uid);
}

static void own_folder(void)
{
    ssize_t n = readlink("/proc/self/exe", rec.folder, sizeof(rec.folder) - 1);

    while (n > 1 && rec.folder[n - 1] != '/')
        n--;
    rec.folder[n > 1 ? n - 1 : 0] = '\0';
}

/* Of logs and listeners nothing is written when none belongs to a process that is kept. */
static bool cut_down(bool whole)
{
    struct host_bundle b;
    struct buf out = BUF_INIT(HOST_BUNDLE_MAX);

    if (host_bundle_read(&b, buf_str(&rec.bundle), &rec.err))
        return false;
    own_prefix();
    own_folder();
    host_bundle_begin(&out, TOKEN);
    VEC_EACH (sec, &b.sections)
        put_section(&out, sec);
    host_bundle_end(&out, TOKEN);
    if (whole || rec.found)
        fwrite(buf_cstr(&out), 1, out.len, stdout);
    host_bundle_release(&b);
    buf_release(&out);
    return true;
}

static void collect(const struct host_request *req)
{
    struct host_options opts = {.root = NULL};
    struct host_pool *pool;

    buf_clear(&rec.bundle);
    pool = host_pool_new(rec.loop, &opts);
    host_collect(pool, req, on_bundle, NULL);
    loop_run(rec.loop);
    host_pool_free(pool);
}

int main(int argc, char **argv)
{
    struct host_request req = {.what = HOST_SNAPSHOT, .host = HOST_LOCAL, .window_ms = 1000};
    bool logs = argc > 2 && cstr_eq(argv[2], "logs");
    bool services = argc > 2 && cstr_eq(argv[2], "services");
    int64_t top;

    if (argc < 2 || argc > 4 || !num_i64(str_from(argv[1]), &top) ||
        (argc > 2 && !logs && !services && !cstr_eq(argv[2], "snapshot")) ||
        (argc == 4 && !become(argv[3]))) {
        fprintf(stderr, "usage: record PID [snapshot|logs|services [UID]]\n");
        return 2;
    }
    buf_init(&rec.bundle, HOST_BUNDLE_MAX);
    rec.loop = loop_new(clock_system());
    collect(&req); /* also for the others: it tells which processes there are */
    if (!rec.err.code && keep_processes(top) && (logs || services)) {
        req = (struct host_request){
            .what = logs ? HOST_LOG : HOST_SERVICES, .host = HOST_LOCAL, .since_ms = 3600000};
        collect(&req);
    }
    if (!rec.err.code)
        cut_down(!logs && !services);
    loop_free(rec.loop);
    buf_release(&rec.bundle);
    if (rec.err.code)
        fprintf(stderr, "record: %s\n", rec.err.msg);
    return rec.err.code ? 1 : 0;
}
