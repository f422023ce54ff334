/* doctor_local.c - what can be checked without asking anybody: libraries, files, the terminal. */
#include "src/app/doctor.h"

#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <unistd.h>

#include <cjson/cJSON.h>
#include <openssl/crypto.h>
#define PCRE2_CODE_UNIT_WIDTH 8
#include <pcre2.h>
#include <sqlite3.h>
#include <utf8proc.h>
#include <uv.h>
#include <yaml.h>

#include "runbook/base/file.h"
#include "runbook/base/num.h"
#include "runbook/base/path.h"
#include "runbook/net/http.h"
#include "runbook/store/index.h"
#include "runbook/store/journal.h"

#define SPACE_LOW_BYTES (64.0 * 1024 * 1024)
#define SPACE_NONE_BYTES (1024.0 * 1024)
#define VERIFY_SESSIONS 20

/* ---- libraries ---- */

void doctor_libraries(struct doctor *d)
{
    static const char group[] = "libraries";
    char text[128];
    struct err err;
    int major, minor, patch;

    doctor_add(d, group, "libuv", CHECK_OK, "%s", uv_version_string());
    if (http_library_version(text, sizeof(text), &err))
        doctor_add(d, group, "libcurl", CHECK_FAILED, "%s", err.msg);
    else
        doctor_add(d, group, "libcurl", CHECK_OK, "%s", text);
    doctor_add(d, group, "OpenSSL", CHECK_OK, "%s", OpenSSL_version(OPENSSL_VERSION_STRING));
    doctor_add(d, group, "SQLite", CHECK_OK, "%s", sqlite3_libversion());
    if (pcre2_config(PCRE2_CONFIG_VERSION, text) > 0)
        doctor_add(d, group, "PCRE2", CHECK_OK, "%s", text);
    yaml_get_version(&major, &minor, &patch);
    doctor_add(d, group, "libyaml", CHECK_OK, "%d.%d.%d", major, minor, patch);
    doctor_add(d, group, "cJSON", CHECK_OK, "%s", cJSON_Version());
    doctor_add(d, group, "utf8proc", CHECK_OK, "%s, Unicode %s", utf8proc_version(),
               utf8proc_unicode_version());
}

/* ---- files ---- */

static void check_config(struct doctor *d)
{
    size_t errors = 0, n;
    const char *file;

    if (!d->config)
        return; /* cmd_doctor.c said why */
    file = config_file(d->config);
    if (!file) {
        doctor_add(d, "files", "configuration", CHECK_ABSENT,
                   "no file: defaults are used; 'runbook init' makes one");
        return;
    }
    n = config_problem_count(d->config);
    for (size_t i = 0; i < n; i++)
        errors += config_problem(d->config, i)->fatal;
    if (n)
        doctor_add(d, "files", "configuration", errors ? CHECK_FAILED : CHECK_WARNING,
                   "%s: %s%s; see 'runbook config validate'", file,
                   config_problem(d->config, 0)->text, n > 1 ? ", and more" : "");
    else
        doctor_add(d, "files", "configuration", CHECK_OK, "%s", file);
}

/* The folder itself, or the nearest one above it that exists. */
static char *existing_part(const char *dir, struct stat *st)
{
    char *at = path_expand_home(dir);

    while (stat(at, st) != 0) {
        char *up = path_dir(at);
        bool top = strcmp(up, at) == 0;

        free(at);
        at = up;
        if (top && stat(at, st) != 0)
            break;
    }
    return at;
}

static void check_space(struct doctor *d, const char *dir)
{
    struct statvfs vfs;
    char free_text[48];
    double bytes;

    if (statvfs(dir, &vfs)) {
        doctor_add(d, "files", "free space", CHECK_WARNING, "%s: %s", dir, strerror(errno));
        return;
    }
    bytes = (double)vfs.f_bavail * (double)vfs.f_frsize;
    num_human(bytes, "bytes", free_text);
    doctor_add(d, "files", "free space",
               bytes < SPACE_NONE_BYTES  ? CHECK_FAILED
               : bytes < SPACE_LOW_BYTES ? CHECK_WARNING
                                         : CHECK_OK,
               "%s where the state is", free_text);
}

static void check_state_dir(struct doctor *d, const char *dir)
{
    struct stat st;
    char *at = existing_part(dir, &st);
    bool there = strcmp(at, dir) == 0;

    if (!S_ISDIR(st.st_mode))
        doctor_add(d, "files", "state folder", CHECK_FAILED, "%s is no folder", at);
    else if (access(at, W_OK | X_OK) != 0)
        doctor_add(d, "files", "state folder", CHECK_FAILED, "%s cannot be written: %s", at,
                   strerror(errno));
    else if (there && (st.st_mode & 022))
        doctor_add(d, "files", "state folder", CHECK_WARNING,
                   "%s can be written by others (mode %03o); run: chmod 700 %s", dir,
                   (unsigned)st.st_mode & 0777, dir);
    else
        doctor_add(d, "files", "state folder", CHECK_OK, "%s%s", dir,
                   there ? "" : " (made when it is needed)");
    check_space(d, at);
    free(at);
}

static void check_journals(struct doctor *d, const char *dir)
{
    struct session_list list = {0};
    struct session_query q = {.limit = VERIFY_SESSIONS};
    struct err err;
    size_t bad = 0;
    const char *first = NULL;

    if (session_list_load(dir, &q, &list, &err)) {
        doctor_add(d, "files", "journals", CHECK_WARNING, "%s", err.msg);
        return;
    }
    VEC_EACH (s, &list.items) {
        struct journal_report r = {0};

        if (journal_read(s->path, true, NULL, NULL, &r, &err) == ERR_OK && !r.bad_line)
            continue;
        bad++;
        if (!first)
            first = arena_printf(d->arena, "%s: %s", s->id, r.bad_line ? r.why : err.msg);
    }
    if (bad)
        doctor_add(d, "files", "journals", CHECK_FAILED, "%zu of the newest %zu do not verify; %s",
                   bad, list.items.count, first);
    else if (list.total)
        doctor_add(d, "files", "journals", CHECK_OK, "%zu kept, the newest %zu verify", list.total,
                   list.items.count);
    else
        doctor_add(d, "files", "journals", CHECK_ABSENT, "none yet");
    session_list_release(&list);
}

void doctor_files(struct doctor *d)
{
    const char *dir;
    struct err err;

    check_config(d);
    if (app_state_dir(d->app, &dir, &err)) {
        doctor_add(d, "files", "state folder", CHECK_FAILED, "%s", err.msg);
        return;
    }
    check_state_dir(d, dir);
    check_journals(d, dir);
}

/* ---- terminal ---- */

static bool env_has(const char *name, const char *part)
{
    const char *v = getenv(name);

    return v && (!part || strstr(v, part));
}

static void check_colours(struct doctor *d)
{
    static const char name[] = "colours";

    if (env_has("NO_COLOR", NULL) && *getenv("NO_COLOR"))
        doctor_add(d, "terminal", name, CHECK_NOTE, "NO_COLOR is set: none are used");
    else if (env_has("COLORTERM", "truecolor") || env_has("COLORTERM", "24bit") ||
             env_has("TERM", "direct"))
        doctor_add(d, "terminal", name, CHECK_OK, "true colour");
    else if (env_has("TERM", "256"))
        doctor_add(d, "terminal", name, CHECK_OK, "256");
    else
        doctor_add(d, "terminal", name, CHECK_NOTE,
                   "8 or 16; a TERM ending in -256color shows more");
}

/* Whether "copy" reaches the clipboard can only be guessed: a terminal does not tell. */
static void check_clipboard(struct doctor *d)
{
    static const char *const known[] = {"kitty",   "foot",    "alacritty",
                                        "wezterm", "ghostty", "contour"};
    static const char name[] = "clipboard (OSC 52)";

    if (getenv("TMUX")) {
        doctor_add(d, "terminal", name, CHECK_NOTE,
                   "through tmux: needs its option set-clipboard on or external");
        return;
    }
    for (size_t i = 0; i < sizeof(known) / sizeof(known[0]); i++)
        if (env_has("TERM", known[i]) || env_has("TERM_PROGRAM", known[i])) {
            doctor_add(d, "terminal", name, CHECK_OK, "probably: %s takes it", known[i]);
            return;
        }
    if (env_has("TERM_PROGRAM", "iTerm") || env_has("TERM_PROGRAM", "WezTerm"))
        doctor_add(d, "terminal", name, CHECK_OK,
                   "probably, when the terminal's settings allow it");
    else if (getenv("VTE_VERSION"))
        doctor_add(d, "terminal", name, CHECK_NOTE,
                   "probably not: terminals of the VTE family ignore it");
    else
        doctor_add(d, "terminal", name, CHECK_NOTE, "not known for this terminal");
}

void doctor_terminal(struct doctor *d)
{
    const char *term = getenv("TERM");
    bool tty = isatty(STDOUT_FILENO);

    if (!term || !*term)
        doctor_add(d, "terminal", "TERM", tty ? CHECK_WARNING : CHECK_NOTE,
                   "not set: the screen cannot be opened; set it to xterm-256color");
    else if (strcmp(term, "dumb") == 0)
        doctor_add(d, "terminal", "TERM", CHECK_NOTE, "dumb: text is written instead of a screen");
    else
        doctor_add(d, "terminal", "TERM", CHECK_OK, "%s", term);
    doctor_add(d, "terminal", "standard output", tty ? CHECK_OK : CHECK_NOTE,
               tty ? "a terminal, %d columns" : "no terminal: plain text is written", app_width());
    check_colours(d);
    if (strcmp(nl_langinfo(CODESET), "UTF-8") == 0)
        doctor_add(d, "terminal", "characters", CHECK_OK, "UTF-8");
    else
        doctor_add(d, "terminal", "characters", CHECK_NOTE,
                   "%s: ASCII is drawn; a UTF-8 locale such as C.UTF-8 shows more",
                   nl_langinfo(CODESET));
    if (getenv("TMUX") || env_has("TERM", "screen") || env_has("TERM", "tmux"))
        doctor_add(d, "terminal", "multiplexer", CHECK_NOTE, "%s", getenv("TMUX") ? "tmux" : term);
    check_clipboard(d);
}

/* ---- this machine ---- */

static bool readable(const char *path)
{
    int fd = open(path, O_RDONLY | O_NONBLOCK | O_CLOEXEC);

    if (fd >= 0)
        close(fd);
    return fd >= 0;
}

void doctor_machine(struct doctor *d)
{
    static const char group[] = "this machine";

    if (!readable("/proc/stat"))
        doctor_add(d, group, "/proc", CHECK_FAILED,
                   "not readable: this machine cannot be looked at");
    else if (!readable("/proc/1/stat"))
        doctor_add(d, group, "/proc", CHECK_WARNING,
                   "processes of other users are hidden (hidepid); run as root to see them");
    else if (access("/proc/1/fd", R_OK | X_OK) != 0)
        doctor_add(
            d, group, "/proc", CHECK_NOTE,
            "open files of other users' processes are not readable: their sockets get no name");
    else
        doctor_add(d, group, "/proc", CHECK_OK, "everything is readable");
    if (readable("/proc/pressure/cpu"))
        doctor_add(d, group, "pressure (PSI)", CHECK_OK, "readable");
    else
        doctor_add(d, group, "pressure (PSI)", CHECK_NOTE,
                   "not there: the kernel was booted without it");
    if (access("/sys/fs/cgroup/cgroup.controllers", R_OK) == 0)
        doctor_add(d, group, "cgroups", CHECK_OK, "version 2");
    else if (access("/sys/fs/cgroup/memory", R_OK | X_OK) == 0)
        doctor_add(d, group, "cgroups", CHECK_OK, "version 1");
    else
        doctor_add(d, group, "cgroups", CHECK_NOTE,
                   "not mounted on /sys/fs/cgroup: limits of services are not seen");
    if (readable("/dev/kmsg"))
        doctor_add(d, group, "kernel log", CHECK_OK, "readable");
    else
        doctor_add(
            d, group, "kernel log", CHECK_NOTE,
            "not readable (kernel.dmesg_restrict); run as root to read OOM kills and disk errors");
}
