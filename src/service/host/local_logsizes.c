/* local_logsizes.c - how fast the logs of this machine grow: "size mtime path" of what was just
 * written below /var/log, or is called a log elsewhere, at both ends of the window. */
#include "walk.h"

#include <time.h>

#define LOG_SIZES 500   /* files whose size is compared */
#define LOG_SIZE_MS 200 /* all folders together, at each end */
#define RECENT_S 600

struct size_walk {
    time_t since;
    bool any; /* whatever the name */
    int left;
};

static bool log_name(const char *path)
{
    return str_ends(str_from(path), ".log") || strstr(path, "/log/") || strstr(path, "/logs/");
}

static void log_size(struct walk *w, const char *path, const struct stat *st)
{
    struct size_walk *sw = w->ctx;

    if (st->st_mtim.tv_sec < sw->since || sw->left <= 0 || strchr(path, '\n') ||
        !(sw->any || log_name(path)))
        return;
    sw->left--;
    buf_addf(&w->l->out, "%lld %lld %s\n", (long long)st->st_size, (long long)st->st_mtim.tv_sec,
             path);
}

void local_log_sizes(struct local *l, int phase)
{
    static const char *const folders[] = {"/var/log", "/tmp",       "/var/tmp", "/opt",
                                          "/srv",     "/usr/local", "/home",    "/var/lib"};
    struct size_walk sw = {.since = time(NULL) - RECENT_S, .any = true, .left = LOG_SIZES};
    int64_t until_ms = local_now_ms() + LOG_SIZE_MS;

    local_section(l, "logsizes", phase, ERR_OK);
    for (size_t i = 0; i < sizeof(folders) / sizeof(*folders); i++) {
        struct walk w = {.l = l,
                         .depth_max = 3,
                         .left = 20000,
                         .deadline_ms = until_ms,
                         .file = log_size,
                         .ctx = &sw};

        walk_start(&w, folders[i]);
        sw.any = false;
    }
}
