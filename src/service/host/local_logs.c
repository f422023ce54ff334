/* local_logs.c - the ends of this machine's logs: what is below /var/log, and the files that
 * processes have open for writing and that are named like logs or take their standard output.
 * Of a file that is longer than its share a piece from earlier comes first, so that what is new can
 * be told from what always was there; before a file that was begun lately comes the end of the one
 * that it follows ("x.log.1", "x.log.1.gz", "x.log-20261121.gz"). */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>
#include <zlib.h>

#include "collect_priv.h"
#include "parse_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"

#define LOG_TAIL ((size_t)2 << 20)
#define LOG_EARLIER ((size_t)512 << 10)
#define LOG_FILES 60
#define LOG_TOTAL ((size_t)24 << 20)
#define FDS_LOOKED_AT 200000
#define UNPACKED_MAX ((size_t)64 << 20) /* of a compressed log: what comes later is not read */

struct logs {
    struct local *l;
    time_t since;
    char *paths[LOG_FILES];
    int count;
    int fds_left;
    struct buf writers, times;
};

static bool log_name(const char *path)
{
    static const char *const names[] = {"syslog",     "messages", "kern.log",
                                        "daemon.log", "auth.log", "secure"};
    const char *base = path_base(path);
    struct str s = str_from(base);

    if (str_ends(s, ".log") || str_ends(s, ".err") || str_ends(s, "error_log"))
        return strcmp(base, "dpkg.log") && strcmp(base, "alternatives.log") &&
               strcmp(base, "bootstrap.log") && strcmp(base, "config.log");
    for (size_t i = 0; i < sizeof(names) / sizeof(*names); i++) {
        if (strcmp(base, names[i]) == 0)
            return true;
    }
    return false;
}

static bool known(const struct logs *lg, const char *path)
{
    for (int i = 0; i < lg->count; i++) {
        if (strcmp(lg->paths[i], path) == 0)
            return true;
    }
    return lg->l->req.path && strcmp(lg->l->req.path, path) == 0;
}

static bool add_path(struct logs *lg, const char *path, const struct stat *st)
{
    if (st->st_mtim.tv_sec < lg->since || st->st_size == 0)
        return false;
    if (known(lg, path))
        return true;
    if (lg->count == LOG_FILES)
        return false;
    lg->paths[lg->count++] = xstrdup(path);
    buf_addf(&lg->times, "%lld %lld %s\n", (long long)st->st_mtim.tv_sec, (long long)st->st_size,
             path);
    return true;
}

static void below_var_log(void *ctx, const char *path, const struct stat *st)
{
    if (log_name(path) && !strchr(path, '\n') && !strstr(path, "/apt/"))
        add_path(ctx, path, st);
}

/* ---- who writes ---- */

/* "flags:\t0100001": written to? Source: proc(5), fdinfo. */
static bool for_writing(int pid_fd, const char *name)
{
    struct buf text = BUF_INIT(4096);
    struct err err = ERR_INIT;
    char path[300];
    uint64_t flags = 0;
    bool ok;

    snprintf(path, sizeof(path), "fdinfo/%s", name);
    ok = !file_read_at(pid_fd, path, &text, &err) &&
         num_u64_base(str_trim(parse_line_of(buf_str(&text), "flags:")), 8, &flags) &&
         (flags & O_ACCMODE) != O_RDONLY;
    buf_release(&text);
    return ok;
}

static struct str pid_text(int pid_fd, const char *file, struct buf *text)
{
    struct err err = ERR_INIT;

    buf_clear(text);
    return file_read_at(pid_fd, file, text, &err) ? STR_LIT("") : str_trim(buf_str(text));
}

/* "PID COMM SESSION TTY PPID CGROUP PATH", separated by tabs. */
static void add_writer(struct logs *lg, int pid_fd, int32_t pid, const char *path)
{
    struct buf text = BUF_INIT(8192);
    struct proc_stat st = {.pid = pid};
    struct str stat = pid_text(pid_fd, "stat", &text), word, session, tty;
    size_t at;

    for (at = stat.len; at && stat.ptr[at - 1] != ')'; at--)
        ;
    word = (struct str){stat.ptr + at, stat.len - at};
    for (int i = 0; i < 3; i++)
        parse_word(&word);
    session = parse_word(&word);
    tty = parse_word(&word);
    if (!parse_proc_stat(&stat, &st))
        goto done;
    buf_addf(&lg->writers, "%d\t%.*s\t%.*s\t%.*s\t%d\t", pid, STR_FMT(st.comm), STR_FMT(session),
             STR_FMT(tty), st.ppid);
    stat = pid_text(pid_fd, "cgroup", &text);
    if (str_line(&stat, &word))
        buf_addf(&lg->writers, "%.*s", STR_FMT(word));
    buf_addf(&lg->writers, "\t%s\n", path);
done:
    buf_release(&text);
}

static void look_at_fd(struct logs *lg, int pid_fd, int fd_dir, const char *name, int32_t pid)
{
    bool output = strcmp(name, "1") == 0 || strcmp(name, "2") == 0;
    char path[4096];
    ssize_t n = readlinkat(fd_dir, name, path, sizeof(path) - 1);
    struct stat st;

    if (n <= 0 || path[0] != '/')
        return;
    path[n] = '\0';
    if (strncmp(path, "/dev/", 5) == 0 || strncmp(path, "/proc/", 6) == 0 ||
        strpbrk(path, "\n\t") || (!output && !log_name(path)))
        return;
    if (fstatat(fd_dir, name, &st, 0) || !S_ISREG(st.st_mode) || !st.st_nlink ||
        !for_writing(pid_fd, name) || !add_path(lg, path, &st))
        return;
    add_writer(lg, pid_fd, pid, path);
}

/* Arguments that are a log's path; those of another user can be read where his open files cannot.
 */
static void named_by(struct logs *lg, int pid_fd, int32_t pid)
{
    struct buf text = BUF_INIT(8192);
    struct err err = ERR_INIT;
    struct str rest;

    if (file_read_at(pid_fd, "cmdline", &text, &err) && err.code != ERR_LIMIT)
        buf_clear(&text);
    rest = buf_str(&text);
    while (rest.len) {
        const char *end = memchr(rest.ptr, '\0', rest.len);
        size_t n = end ? (size_t)(end - rest.ptr) : rest.len;
        const char *slash = memchr(rest.ptr, '/', n);
        struct str arg = {slash, slash ? (size_t)(rest.ptr + n - slash) : 0};
        struct stat st;

        n += end != NULL;
        rest.ptr += n;
        rest.len -= n;
        if (str_ends(arg, ".log") && arg.len < 400 && !memchr(arg.ptr, '\n', arg.len) &&
            !memchr(arg.ptr, '\t', arg.len)) {
            char *path = xstrndup(arg.ptr, arg.len);

            if (lstat(path, &st) == 0 && S_ISREG(st.st_mode) && add_path(lg, path, &st))
                add_writer(lg, pid_fd, pid, path);
            free(path);
        }
    }
    buf_release(&text);
}

static bool look_at_pid(void *ctx, int proc_fd, int32_t pid)
{
    struct logs *lg = ctx;
    char name[16];
    struct dirent *de;
    int pid_fd, fd;
    DIR *dir;

    if (pid == (int32_t)getpid())
        return true;
    snprintf(name, sizeof(name), "%d", pid);
    pid_fd = openat(proc_fd, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (pid_fd >= 0)
        named_by(lg, pid_fd, pid);
    fd = pid_fd < 0 ? -1 : openat(pid_fd, "fd", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    dir = fd < 0 ? NULL : fdopendir(fd);
    while (dir && lg->fds_left-- > 0 && (de = readdir(dir)) != NULL) {
        if (de->d_name[0] != '.')
            look_at_fd(lg, pid_fd, fd, de->d_name, pid);
    }
    if (dir)
        closedir(dir);
    else if (fd >= 0)
        close(fd);
    if (pid_fd >= 0)
        close(pid_fd);
    return lg->fds_left > 0 && lg->writers.len < 200000;
}

/* ---- what is read ---- */

static void piece(struct local *l, int fd, off_t from, size_t max)
{
    char *at;
    ssize_t n;

    while (max && (at = buf_reserve(&l->out, max < 65536 ? max : 65536)) != NULL) {
        n = pread(fd, at, max < 65536 ? max : 65536, from);
        if (n <= 0)
            break;
        l->out.len += (size_t)n;
        l->out.ptr[l->out.len] = '\0';
        from += n;
        max -= (size_t)n;
    }
}

/* ---- what went before ---- */

static int open_regular(struct local *l, const char *path, struct stat *st)
{
    int fd = local_open(l, path[0] == '/' ? path + 1 : path, O_RDONLY);

    if (fd >= 0 && fstat(fd, st) == 0 && S_ISREG(st->st_mode) && st->st_size > 0)
        return fd;
    if (fd >= 0)
        close(fd);
    return -1;
}

/* The newest log that `path` was rotated to; -1: there is none. */
static int open_rotated(struct local *l, const char *path, struct stat *st)
{
    time_t now = time(NULL);
    int fd = -1;

    for (int day = -1; day < 3 && fd < 0; day++) {
        time_t at = now - 86400 * day;
        char date[16] = "", *name;
        struct tm tm;

        if (day >= 0 && localtime_r(&at, &tm))
            strftime(date, sizeof(date), "-%Y%m%d", &tm);
        name = xasprintf("%s%s", path, day < 0 ? ".1" : date);
        fd = open_regular(l, name, st);
        if (fd < 0) {
            char *packed = xasprintf("%s.gz", name);

            fd = open_regular(l, packed, st);
            free(packed);
        }
        free(name);
    }
    return fd;
}

static struct str str_tail(struct str s, size_t most)
{
    return s.len > most ? (struct str){s.ptr + s.len - most, most} : s;
}

/* The last LOG_EARLIER bytes, plain or compressed. */
static void rotated(struct local *l, const char *path)
{
    struct stat st;
    int fd = open_rotated(l, path, &st), n;
    struct buf end = BUF_INIT(2 * LOG_EARLIER + 65536);
    size_t all = 0;
    gzFile gz;

    if (fd < 0)
        return;
    if (st.st_size > (off_t)UNPACKED_MAX) /* a plain one, most likely: its end is cheap to reach */
        lseek(fd, -(off_t)LOG_EARLIER, SEEK_END);
    gz = gzdopen(fd, "rb");
    while (gz && all < UNPACKED_MAX && local_now_ms() < l->deadline_ms) {
        char *at = buf_reserve(&end, 65536);

        if (!at || (n = gzread(gz, at, 65536)) <= 0)
            break;
        end.len += (size_t)n;
        all += (size_t)n;
        if (end.len > 2 * LOG_EARLIER) {
            memmove(end.ptr, end.ptr + end.len - LOG_EARLIER, LOG_EARLIER);
            end.len = LOG_EARLIER;
        }
    }
    buf_add_str(&l->out, str_tail(buf_str(&end), LOG_EARLIER));
    buf_addc(&l->out, '\n');
    buf_release(&end);
    if (gz)
        gzclose(gz);
    else
        close(fd);
}

/* A name that leads elsewhere was allowed as a name; what it leads to was not looked at. */
static bool is_itself(const struct local *l, const char *path)
{
    char real[PATH_MAX];

    return !local_is_real(l) || !realpath(path, real) || strcmp(real, path) == 0;
}

static void read_log(struct local *l, const char *path)
{
    char *name = xasprintf("logfile%s", path);
    int fd = local_open(l, path[0] == '/' ? path + 1 : path, O_RDONLY);
    struct stat st;
    off_t tail, early;

    if (fd < 0 || fstat(fd, &st) || !S_ISREG(st.st_mode)) {
        local_section(l, name, 1,
                      fd >= 0           ? ERR_IO
                      : errno == ENOENT ? ERR_NOT_FOUND
                      : errno == EACCES ? ERR_DENIED
                                        : ERR_IO);
    } else {
        local_section(l, name, 1, ERR_OK);
        tail = st.st_size > (off_t)LOG_TAIL ? st.st_size - (off_t)LOG_TAIL : 0;
        early = tail > (off_t)(16 * LOG_TAIL) ? tail - (off_t)(16 * LOG_TAIL) : 0;
        if (st.st_size < (off_t)LOG_EARLIER)
            rotated(l, path);
        if (tail > (off_t)LOG_EARLIER) {
            piece(l, fd, early, LOG_EARLIER);
            buf_addc(&l->out, '\n'); /* the line that the piece ends in is not the next one's */
        }
        piece(l, fd, tail, LOG_TAIL);
    }
    if (fd >= 0)
        close(fd);
    free(name);
}

static void read_asked(struct local *l, const char *path)
{
    char *name;

    if (is_itself(l, path)) {
        read_log(l, path);
        return;
    }
    name = xasprintf("loglink%s", path);
    local_section(l, name, 1, ERR_DENIED);
    free(name);
}

void local_log(struct local *l)
{
    struct logs lg = {
        .l = l, .since = time(NULL) - (time_t)(l->req.since_ms / 1000), .fds_left = FDS_LOOKED_AT};

    buf_init(&lg.writers, 262144);
    buf_init(&lg.times, 262144);
    local_conf(l);
    if (local_is_real(l))
        local_kmsg(l);
    if (local_is_real(l))
        local_each_pid(l, look_at_pid, &lg);
    local_each_file(l, "/var/log", 2, below_var_log, &lg);
    local_section(l, "logwriters", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&lg.writers));
    if (geteuid() != 0)
        local_section(l, "logwho", 1, ERR_OK);
    local_section(l, "logtimes", 1, ERR_OK);
    buf_add_str(&l->out, buf_str(&lg.times));
    if (l->req.path)
        read_asked(l, l->req.path);
    for (int i = 0; i < lg.count; i++) {
        if (l->out.len < LOG_TOTAL && local_now_ms() < l->deadline_ms)
            read_log(l, lg.paths[i]);
        free(lg.paths[i]);
    }
    buf_release(&lg.writers);
    buf_release(&lg.times);
}
