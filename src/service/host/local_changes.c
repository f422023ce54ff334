/* local_changes.c - what changed on this machine: packages, configuration, deployed programs. */
#include "walk.h"

#include <stdio.h>
#include <time.h>

#define CHANGED_MAX 2000
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

void local_changes(struct local *l)
{
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
}
