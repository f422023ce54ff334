/* file_watch.c - see file_watch.h. */
#include "runbook/loop/file_watch.h"

#include <stdlib.h>
#include <string.h>
#include <uv.h>

#include "runbook/base/mem.h"
#include "runbook/base/path.h"

struct file_watch {
    uv_fs_event_t handle; /* first */
    char *name;           /* of the file in its folder */
    void (*fn)(void *ctx);
    void *ctx;
};

static void on_closed(uv_handle_t *h)
{
    free(h);
}

static void on_change(uv_fs_event_t *h, const char *name, int events, int status)
{
    struct file_watch *w = (struct file_watch *)h;

    (void)events;
    if (status == 0 && w->fn && (!name || strcmp(name, w->name) == 0))
        w->fn(w->ctx);
}

enum err_code file_watch_new(struct loop *l, const char *path, void (*fn)(void *ctx), void *ctx,
                             struct file_watch **ret, struct err *err)
{
    struct file_watch *w = xcalloc(1, sizeof(*w));
    char *dir = path_dir(path);
    int rc;

    uv_fs_event_init(loop_uv(l), &w->handle);
    uv_unref((uv_handle_t *)&w->handle); /* nobody waits for a change */
    w->name = xstrdup(path_base(path));
    w->fn = fn;
    w->ctx = ctx;
    rc = uv_fs_event_start(&w->handle, on_change, dir, 0);
    if (rc)
        err_set(err, ERR_IO, "watch %s: %s", dir, uv_strerror(rc));
    free(dir);
    if (rc) {
        file_watch_free(w);
        return err->code;
    }
    *ret = w;
    return ERR_OK;
}

void file_watch_free(struct file_watch *w)
{
    if (!w)
        return;
    w->fn = NULL;
    free(w->name);
    w->name = NULL;
    uv_close((uv_handle_t *)&w->handle, on_closed);
}
