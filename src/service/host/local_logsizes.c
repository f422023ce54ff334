/* local_logsizes.c - how fast the logs of this machine grow: "size mtime path" of what was just
 * written below /var/log, at both ends of the window. */
#include "walk.h"

#include <time.h>

#define LOG_SIZES 500 /* files whose size is compared */
#define LOG_SIZE_MS 200

struct size_walk {
    time_t since;
    int left;
};

static void log_size(struct walk *w, const char *path, const struct stat *st)
{
    struct size_walk *sw = w->ctx;

    if (st->st_mtim.tv_sec < sw->since || sw->left <= 0 || strchr(path, '\n'))
        return;
    sw->left--;
    buf_addf(&w->l->out, "%lld %lld %s\n", (long long)st->st_size, (long long)st->st_mtim.tv_sec,
             path);
}

void local_log_sizes(struct local *l, int phase)
{
    struct size_walk sw = {.since = time(NULL) - 600, .left = LOG_SIZES};
    struct walk w = {.l = l,
                     .depth_max = 3,
                     .left = 20000,
                     .deadline_ms = local_now_ms() + LOG_SIZE_MS,
                     .file = log_size,
                     .ctx = &sw};

    local_section(l, "logsizes", phase, ERR_OK);
    walk_start(&w, "/var/log");
}
