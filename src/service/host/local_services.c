/* local_services.c - which listeners of this machine are spoken to, which certificates their
 * programs were given, and which ports were promised. Only this machine's own addresses are ever
 * connected to; our own listeners are left alone. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "parse_priv.h"
#include "speak_priv.h"
#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/net/tls_look.h"

#define CMDLINE_MAX 8192
#define CONFIG_MAX ((size_t)256 << 10)
#define CERT_FILES 40
#define WANTS_MAX 400

struct scan {
    struct local *l;
    struct speak_target targets[SPEAK_MAX];
    size_t count;
    bool cut;
    struct buf lines; /* certfile and want lines */
    char *seen[CERT_FILES];
    int seen_count, wants;
};

static bool known_port(const struct scan *sc, int port)
{
    for (size_t i = 0; i < sc->count; i++) {
        if (sc->targets[i].port == port)
            return true;
    }
    return false;
}

/* "LISTEN 0 128 [::]:22 *:* uid:0 ino:1234" */
static void add_target(struct scan *sc, struct str line)
{
    struct speak_target t = {.pid = 0};
    struct str addr, word;
    uint64_t port;
    size_t colon;

    parse_word(&line);
    parse_word(&line);
    parse_word(&line);
    addr = parse_word(&line);
    while ((word = parse_word(&line)).len) {
        if (str_starts(word, "ino:"))
            num_u64((struct str){word.ptr + 4, word.len - 4}, &t.inode);
    }
    for (colon = addr.len; colon && addr.ptr[colon - 1] != ':'; colon--)
        ;
    if (!colon || !num_u64((struct str){addr.ptr + colon, addr.len - colon}, &port) || !t.inode)
        return; /* without an inode it is the kernel's own */
    t.port = (int)port;
    addr.len = colon - 1;
    t.six = addr.len > 2 && addr.ptr[0] == '[';
    if (t.six)
        addr = (struct str){addr.ptr + 1, addr.len - 2};
    if (addr.len >= sizeof(t.addr) || known_port(sc, t.port))
        return;
    memcpy(t.addr, addr.ptr, addr.len);
    if (strcmp(t.addr, "0.0.0.0") == 0)
        snprintf(t.addr, sizeof(t.addr), "127.0.0.1");
    else if (strcmp(t.addr, "::") == 0)
        snprintf(t.addr, sizeof(t.addr), "::1");
    if (sc->count < SPEAK_MAX)
        sc->targets[sc->count++] = t;
    else
        sc->cut = true;
}

/* The listing that local_listeners() has just appended, and who holds each socket. */
static void read_sockets(struct scan *sc, struct str text)
{
    struct str line, word;
    uint64_t inode, pid;

    while (str_line(&text, &line)) {
        if (str_starts(line, "LISTEN ")) {
            add_target(sc, line);
            continue;
        }
        word = parse_word(&line);
        if (!num_u64(word, &inode) || !num_u64(parse_word(&line), &pid))
            continue;
        for (size_t i = 0; i < sc->count; i++) {
            struct speak_target *t = &sc->targets[i];

            /* The parent of a group of workers has the lowest number, as a rule. */
            if (t->inode == inode && (!t->pid || (int32_t)pid < t->pid))
                t->pid = (int32_t)pid;
        }
    }
}

static struct str proc_file(struct local *l, int32_t pid, const char *name, size_t max)
{
    struct err err = ERR_INIT;
    char path[48];

    snprintf(path, sizeof(path), "/proc/%d/%s", pid, name);
    buf_clear(&l->scratch);
    l->scratch.max = max;
    file_read(path, &l->scratch, &err);
    return buf_str(&l->scratch);
}

static void name_owner(struct local *l, struct speak_target *t)
{
    struct str comm = str_trim(proc_file(l, t->pid, "comm", 64));
    size_t n = 0;

    for (size_t i = 0; i < comm.len && n + 1 < sizeof(t->comm); i++)
        t->comm[n++] = (unsigned char)comm.ptr[i] < 0x21 ? '_' : comm.ptr[i];
    t->comm[n] = '\0';
}

/* ---- certificates and promised ports ---- */

static bool seen_before(struct scan *sc, struct str path)
{
    for (int i = 0; i < sc->seen_count; i++) {
        if (str_eq_c(path, sc->seen[i]))
            return true;
    }
    if (sc->seen_count == CERT_FILES)
        return true;
    sc->seen[sc->seen_count++] = xstrndup(path.ptr, path.len);
    return false;
}

/* A regular file only: a configuration may name a pipe or a device. */
static bool read_regular(const char *path, struct buf *out)
{
    struct err err = ERR_INIT;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    bool ok = fd >= 0 && lseek(fd, 0, SEEK_END) >= 0;

    if (fd >= 0)
        close(fd);
    return ok && (!file_read(path, out, &err) || err.code == ERR_LIMIT);
}

static void cert_file(struct scan *sc, struct str path, int32_t pid, const char *comm)
{
    struct buf pem = BUF_INIT(CONFIG_MAX), lines = BUF_INIT(65536);

    if (path.len > 500 || seen_before(sc, path))
        return;
    if (read_regular(sc->seen[sc->seen_count - 1], &pem) &&
        tls_look_pem(buf_str(&pem), 4, &lines)) {
        buf_addf(&sc->lines, "certfile\t%.*s\t%d\t%s\n", STR_FMT(path), pid, comm);
        buf_add_str(&sc->lines, buf_str(&lines));
    }
    buf_release(&pem);
    buf_release(&lines);
}

static void cert_files(struct scan *sc, struct str text, int32_t pid, const char *comm)
{
    struct str path;

    while (speak_cert_path(&text, &path))
        cert_file(sc, path, pid, comm);
}

static void add_wants(struct scan *sc, const struct speak_want *w, int32_t pid, const char *comm,
                      const char *where)
{
    for (int i = 0; i < w->count && sc->wants < WANTS_MAX; i++, sc->wants++)
        buf_addf(&sc->lines, "want\t%d\t%d\t%s\t%s\n", w->ports[i], pid, comm, where);
}

/* Arguments that name a configuration file: what it says about ports and certificates. */
static void configs(struct scan *sc, struct str cmdline, int32_t pid, const char *comm)
{
    static const char *const suffixes[] = {".conf", ".cfg",  ".cnf",  ".ini",    ".yaml",
                                           ".yml",  ".toml", ".json", ".config", ".properties"};
    struct str rest = cmdline;
    int left = 3;

    while (rest.len && left > 0) {
        const char *end = memchr(rest.ptr, '\0', rest.len);
        struct str arg = {rest.ptr, end ? (size_t)(end - rest.ptr) : rest.len};
        const char *slash = arg.len ? memchr(arg.ptr, '/', arg.len) : NULL;
        struct buf text = BUF_INIT(CONFIG_MAX);
        struct speak_want w;
        char path[512];

        rest.ptr += arg.len + (end != NULL);
        rest.len -= arg.len + (end != NULL);
        for (size_t i = 0; slash && i < sizeof(suffixes) / sizeof(*suffixes); i++) {
            if (!str_ends(arg, suffixes[i]))
                continue;
            snprintf(path, sizeof(path), "%.*s", (int)(arg.ptr + arg.len - slash), slash);
            left--;
            if (strchr(path, '\n') || strchr(path, '\t') || !read_regular(path, &text))
                break;
            speak_want_config(buf_str(&text), &w);
            add_wants(sc, &w, pid, comm, path);
            cert_files(sc, buf_str(&text), pid, comm);
            break;
        }
        buf_release(&text);
    }
}

/* A field of /proc/PID/stat behind the name; 1 where the process is gone. Source: proc(5). */
enum { STAT_PPID = 1, STAT_SESSION = 3, STAT_TTY = 4 };

static int64_t stat_field(struct local *l, int32_t pid, int field)
{
    struct str stat = proc_file(l, pid, "stat", 1024);
    size_t at = stat.len;

    while (at && stat.ptr[at - 1] != ')')
        at--;
    stat = (struct str){stat.ptr + at, stat.len - at};
    for (int i = 0; i < field; i++)
        parse_word(&stat);
    return parse_i64(parse_word(&stat), 1);
}

/* A daemon has no terminal. */
static bool has_terminal(struct local *l, int32_t pid)
{
    return stat_field(l, pid, STAT_TTY) != 0;
}

/* Started from where we were started from: somebody's tool, such as a model server for this very
 * program, and no service of the machine. */
static bool is_of_our_session(struct local *l, int32_t pid)
{
    int64_t session = stat_field(l, pid, STAT_SESSION);
    int32_t at = (int32_t)getpid();

    for (int left = 32; session > 1 && at > 1 && left > 0; left--) {
        if (stat_field(l, at, STAT_SESSION) == session)
            return true;
        at = (int32_t)stat_field(l, at, STAT_PPID);
    }
    return false;
}

/* Arguments, or a title that a program gave itself, without ports, files or folders: most have none
 * at all, and then the rest of the process need not be read. */
static bool says_nothing(struct str cmdline)
{
    size_t at = 0;

    while (at < cmdline.len && cmdline.ptr[at] && cmdline.ptr[at] != ' ')
        at++;
    return at == cmdline.len || (!memchr(cmdline.ptr + at, '/', cmdline.len - at) &&
                                 !memchr(cmdline.ptr + at, '-', cmdline.len - at));
}

static bool look_at(void *ctx, int proc_fd, int32_t pid)
{
    struct scan *sc = ctx;
    struct buf cmdline = BUF_INIT(CMDLINE_MAX);
    struct speak_target owner = {.pid = pid};
    struct err err = ERR_INIT;
    struct speak_want w;
    char path[32];

    snprintf(path, sizeof(path), "%d/cmdline", pid);
    if (pid == (int32_t)getpid() ||
        (file_read_at(proc_fd, path, &cmdline, &err) && err.code != ERR_LIMIT))
        buf_clear(&cmdline);
    if (!says_nothing(buf_str(&cmdline)) && !has_terminal(sc->l, pid)) {
        name_owner(sc->l, &owner);
        speak_want_args(buf_str(&cmdline), &w);
        add_wants(sc, &w, pid, owner.comm, "its command line");
        cert_files(sc, buf_str(&cmdline), pid, owner.comm);
        configs(sc, buf_str(&cmdline), pid, owner.comm);
    }
    buf_release(&cmdline);
    return sc->wants < WANTS_MAX;
}

static void run(struct scan *sc)
{
    struct speak_target list[SPEAK_MAX];
    int64_t until = local_now_ms() + 3000;
    char name[256] = "";
    size_t n = 0;

    for (size_t i = 0; i < sc->count; i++) {
        struct speak_target *t = &sc->targets[i];

        if (t->pid == (int32_t)getpid() || (sc->l->req.port && t->port != sc->l->req.port))
            continue;
        if (t->pid)
            name_owner(sc->l, t);
        t->aside = t->pid && !sc->l->req.port && is_of_our_session(sc->l, t->pid);
        list[n++] = *t;
    }
    gethostname(name, sizeof(name) - 1);
    if (sc->l->deadline_ms < until)
        until = sc->l->deadline_ms;
    speak_run(list, n, until, name, &sc->l->out);
}

void local_services(struct local *l)
{
    struct scan *sc = xcalloc(1, sizeof(*sc));
    size_t from;

    sc->l = l;
    buf_init(&sc->lines, (size_t)1 << 20);
    local_conf(l);
    from = l->out.len;
    local_listeners(l);
    read_sockets(sc, (struct str){l->out.ptr + from, l->out.len - from});
    local_section(l, "services", 1, ERR_OK);
    run(sc);
    if (!l->req.port)
        local_each_pid(l, look_at, sc);
    if (sc->cut)
        buf_addf(&sc->lines, "gap\tmore than %d listeners: the others were not asked\n", SPEAK_MAX);
    buf_add_str(&l->out, buf_str(&sc->lines));
    for (int i = 0; i < sc->seen_count; i++)
        free(sc->seen[i]);
    buf_release(&sc->lines);
    free(sc);
}
