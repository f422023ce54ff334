/* local_changes.c - what changed on this machine: packages, configuration, deployed programs. */
#include "walk.h"

#include <fcntl.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

#include "runbook/base/str.h"

#define CHANGED_MAX 2000
#define REPLACED_MAX 200
#define LOG_TAIL ((size_t)512 << 10)

/* ---- what changed ---- */

struct change_walk {
    time_t since;
    int left;
};

static void changed_file(struct walk *w, const char *path, const struct stat *st)
{
    struct change_walk *c = w->ctx;

    if (st->st_mtim.tv_sec < c->since || c->left <= 0 || strchr(path, '\n'))
        return;
    c->left--;
    buf_addf(&w->l->out, "%lld %s\n", (long long)st->st_mtim.tv_sec, path);
}

static void changed_below(struct local *l, const char *path, int depth)
{
    struct change_walk c = {.since = time(NULL) - (time_t)(l->req.since_ms / 1000),
                            .left = CHANGED_MAX};
    struct walk w = {.l = l, .depth_max = depth, .left = 200000, .file = changed_file, .ctx = &c};

    walk_start(&w, path);
}

/* ---- programs that run although their file was replaced or removed ---- */

struct replaced {
    struct local *l;
    int left;
};

/* "mtime pid path": mtime of what now has the name; 0: nothing has. */
static bool replaced_program(void *ctx, int proc_fd, int32_t pid)
{
    static const char gone[] = " (deleted)";
    struct replaced *r = ctx;
    char path[24], target[1024];
    struct stat st = {0};
    ssize_t n;

    snprintf(path, sizeof(path), "%d/exe", pid);
    n = readlinkat(proc_fd, path, target, sizeof(target) - 1);
    if (n <= (ssize_t)sizeof(gone) || target[0] != '/')
        return true;
    target[n] = '\0';
    if (!str_ends(str_from(target), gone) || strchr(target, '\n'))
        return true;
    target[n - (ssize_t)sizeof(gone) + 1] = '\0';
    if (stat(target, &st))
        st.st_mtim.tv_sec = 0;
    buf_addf(&r->l->out, "%lld %d %s\n", (long long)st.st_mtim.tv_sec, pid, target);
    return --r->left > 0;
}

static void replaced_programs(struct local *l)
{
    struct replaced r = {l, REPLACED_MAX};

    local_section(l, "replaced", 1, ERR_OK);
    if (local_is_real(l))
        local_each_pid(l, replaced_program, &r);
}

void local_changes(struct local *l)
{
    static const char *const units[] = {"/usr/lib/systemd/system", "/run/systemd/system",
                                        "/usr/local/lib/systemd/system"};
    static const char *const deploy[] = {"/opt", "/srv", "/usr/local", "/var/www"};
    time_t now = time(NULL);
    struct tm tm;

    local_conf(l);
    local_section(l, "tz", 1, ERR_OK);
    buf_addf(&l->out, "%ld", localtime_r(&now, &tm) ? tm.tm_gmtoff : 0L);
    local_tail(l, "dpkg", "var/log/dpkg.log", LOG_TAIL);
    local_section(l, "etc", 1, ERR_OK);
    changed_below(l, "/etc", 8);
    local_section(l, "deploy", 1, ERR_OK);
    for (size_t i = 0; i < sizeof(deploy) / sizeof(*deploy); i++)
        changed_below(l, deploy[i], 5);
    local_section(l, "cron", 1, ERR_OK);
    changed_below(l, "/var/spool/cron", 3);
    local_section(l, "unitfiles", 1, ERR_OK);
    for (size_t i = 0; i < sizeof(units) / sizeof(*units); i++)
        changed_below(l, units[i], 3);
    replaced_programs(l);
}
