/* tui_away.c - another program has the terminal for a while: the pager, an editor.
 * The loop goes on meanwhile, and so does the investigation; nothing is painted and no key is read.
 * The program shares our process group, as one that a shell starts in the foreground does. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <uv.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/ui/text.h"
#include "src/ui/tui_priv.h"

#define TRANSCRIPT_MAX ((size_t)32 << 20)

struct visit {
    uv_process_t process; /* first */
    struct tui *tui;      /* NULL: it went away first */
    tui_away_fn *done;
    void *ctx;
};

static void come_back(struct tui *t)
{
    t->away = false;
    t->visit = NULL;
    tty_resume(t->tty);
    tui_dirty(t, DIRTY_ALL);
    tui_watch(t);
    tui_paint(t);
}

static void on_closed(uv_handle_t *h)
{
    free(h);
}

static void on_exit_status(uv_process_t *p, int64_t status, int signo)
{
    struct visit *v = (struct visit *)p;
    struct tui *t = v->tui;

    if (t) {
        v->done(v->ctx, signo ? 128 + signo : (int)status);
        come_back(t);
    }
    uv_close((uv_handle_t *)p, on_closed);
}

enum err_code tui_go_away(struct tui *t, const char *const *argv, tui_away_fn *done, void *ctx,
                          struct err *err)
{
    struct visit *v;
    uv_stdio_container_t stdio[3];
    uv_process_options_t o = {.file = argv[0],
                              .args = (char **)(uintptr_t)argv,
                              .exit_cb = on_exit_status,
                              .stdio_count = 3,
                              .stdio = stdio};
    int rc;

    if (t->away)
        return err_set(err, ERR_AGAIN, "another program has the terminal");
    v = xcalloc(1, sizeof(*v));
    for (int i = 0; i < 3; i++)
        stdio[i] = (uv_stdio_container_t){.flags = UV_INHERIT_FD, .data.fd = i < 2 ? i : 1};
    *v = (struct visit){.tui = t, .done = done, .ctx = ctx};
    t->away = true;
    tui_watch(t);
    tty_leave(t->tty);
    rc = uv_spawn(loop_uv(t->loop), &v->process, &o);
    if (rc) {
        uv_close((uv_handle_t *)&v->process, on_closed);
        come_back(t);
        return err_set(err, ERR_IO, "start %s: %s", argv[0], uv_strerror(rc));
    }
    t->visit = v;
    return ERR_OK;
}

void tui_away_drop(struct tui *t)
{
    if (!t->visit)
        return;
    t->visit->tui = NULL;
    uv_process_kill(&t->visit->process, SIGTERM);
    uv_close((uv_handle_t *)&t->visit->process, on_closed);
    t->visit = NULL;
}

/* ---- the transcript in a pager ---- */

static void on_pager(void *ctx, int status)
{
    struct tui *t = ctx;

    unlink(t->pager_file);
    free(t->pager_file);
    t->pager_file = NULL;
    if (status == 127)
        tui_say(t, true, "The pager could not be started: set PAGER");
}

static void write_transcript(struct tui *t, struct buf *out)
{
    struct text_options o = {.width = t->canvas.width, .ascii = t->canvas.glyphs == GLYPHS_ASCII};

    view_copy_text(&t->screen, t->model, &t->canvas, COPY_TRANSCRIPT, out);
    if (t->model->hypotheses.count) {
        buf_addc(out, '\n');
        text_tree(&o, t->model, out);
    }
    if (t->model->conclusion.verdict != VERDICT_NONE) {
        buf_addc(out, '\n');
        text_conclusion(&o, t->model, "", out);
    }
}

/* PAGER is a command of the shell, as everywhere. */
void tui_pager(struct tui *t)
{
    const char *argv[] = {"/bin/sh", "-c", "eval \"${PAGER:-less}\" <\"$1\"", "sh", NULL, NULL};
    struct buf text = BUF_INIT(TRANSCRIPT_MAX);
    struct err err = ERR_INIT;

    write_transcript(t, &text);
    if (!text.len) {
        tui_say(t, false, "Nothing to read yet");
    } else if (!t->run_dir) {
        tui_say(t, true, "There is no folder for the transcript");
    } else {
        t->pager_file = xasprintf("%s/transcript-%d.txt", t->run_dir, (int)getpid());
        argv[4] = t->pager_file;
        if (dir_make(t->run_dir, &err) ||
            file_write_atomic(t->pager_file, buf_str(&text), 0600, &err) ||
            tui_go_away(t, argv, on_pager, t, &err)) {
            tui_say(t, true, "%s", err.msg);
            free(t->pager_file);
            t->pager_file = NULL;
        }
    }
    buf_release(&text);
}
