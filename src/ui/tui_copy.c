/* tui_copy.c - copying, and saying what really happened: tmux tells by its exit status, a file by
 * being written; what a terminal does with OSC 52 nobody knows, and that is said too. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/path.h"
#include "runbook/base/secret.h"
#include "runbook/loop/proc.h"
#include "src/ui/tui_priv.h"

#define COPY_MAX_BYTES ((size_t)16 << 20)
#define TMUX_MS 3000

struct copy_job {
    struct tui *tui;
    struct buf text;
    struct buf shown; /* what tmux gets: with the secrets that this screen shows */
    bool bare;        /* tmux did not know -w: asked again without */
};

static void size_words(struct str text, char *out, size_t size)
{
    size_t lines = text.len && text.ptr[text.len - 1] != '\n';

    for (size_t i = 0; i < text.len; i++)
        lines += text.ptr[i] == '\n';
    if (text.len < 10000)
        snprintf(out, size, "%zu line%s", lines, lines == 1 ? "" : "s");
    else
        snprintf(out, size, "%zu lines, %zu KB", lines, (text.len + 999) / 1000);
}

static void to_file(struct tui *t, struct str text, const char *why)
{
    char *path = t->run_dir ? path_join(t->run_dir, "copy.txt") : NULL;
    struct err err = ERR_INIT;
    char words[64];

    size_words(text, words, sizeof(words));
    if (!path)
        tui_say(t, true, "Not copied: %s, and there is no folder for a file", why);
    else if (dir_make(t->run_dir, &err) || file_write_atomic(path, text, 0600, &err))
        tui_say(t, true, "Not copied: %s", err.msg);
    else
        tui_say(t, false, "%s: wrote %s to %s", why, words, path);
    free(path);
}

/* As the screen shows it. A file gets the placeholders: it stays. */
static void reveal(struct tui *t, struct str text, struct buf *out)
{
    const struct screen_reveal *r = &t->screen.reveal;

    if (r->fn && r->on)
        r->fn(r->ctx, text, out);
    else
        buf_add_str(out, text);
}

static bool clip(struct tui *t, struct str text)
{
    struct buf shown = BUF_INIT(COPY_MAX_BYTES);
    bool taken;

    reveal(t, text, &shown);
    taken = tty_clip(t->tty, buf_str(&shown));
    buf_wipe(&shown);
    return taken;
}

static void to_terminal(struct tui *t, struct str text)
{
    char words[64], why[96];

    size_words(text, words, sizeof(words));
    if (!tty_can_clip(t->tty)) {
        to_file(t, text, "This terminal has no clipboard for programs");
    } else if (!clip(t, text)) {
        snprintf(why, sizeof(why), "Too much for a terminal's clipboard (%zu KB)",
                 TTY_CLIP_MAX_BYTES / 1000);
        to_file(t, text, why);
    } else {
        tui_say(t, false, "Sent %s to the terminal (OSC 52); it does not say whether it took them",
                words);
    }
}

static void start_tmux(struct copy_job *job);

static void on_tmux(void *ctx, const struct proc_result *r)
{
    struct copy_job *job = ctx;
    struct tui *t = job->tui;
    char words[64];

    t->copy_proc = 0;
    size_words(buf_str(&job->text), words, sizeof(words));
    if (!r->err.code && r->exit_status == 0) {
        tui_say(t, false,
                job->bare ? "Copied %s to the tmux buffer (prefix ] pastes)"
                          : "Copied %s to the tmux buffer (prefix ] pastes); tmux hands it to the "
                            "terminal if its set-clipboard is on",
                words);
    } else if (!r->err.code && !job->bare) {
        job->bare = true; /* Source: tmux(1): -w is there since 3.2 */
        start_tmux(job);
        return;
    } else {
        to_terminal(t, buf_str(&job->text));
    }
    buf_release(&job->text);
    buf_wipe(&job->shown);
    free(job);
    t->copy_job = NULL;
    tui_paint_when_due(t);
}

static void start_tmux(struct copy_job *job)
{
    const char *with[] = {"tmux", "load-buffer", "-w", "-", NULL};
    const char *bare[] = {"tmux", "load-buffer", "-", NULL};

    job->tui->copy_proc = proc_start(job->tui->loop,
                                     &(struct proc_spec){.argv = job->bare ? bare : with,
                                                         .stdin_data = buf_str(&job->shown),
                                                         .timeout_ms = TMUX_MS},
                                     on_tmux, job);
}

static void to_tmux(struct tui *t, struct buf *text)
{
    struct copy_job *job = xcalloc(1, sizeof(*job));

    tui_copy_drop(t);
    job->tui = t;
    job->text = *text;
    *text = (struct buf)BUF_INIT(COPY_MAX_BYTES);
    buf_init(&job->shown, COPY_MAX_BYTES);
    reveal(t, buf_str(&job->text), &job->shown);
    t->copy_job = job;
    start_tmux(job);
}

void tui_copy_drop(struct tui *t)
{
    struct copy_job *job = t->copy_job;

    if (!job)
        return;
    proc_drop(t->loop, t->copy_proc);
    buf_release(&job->text);
    buf_wipe(&job->shown);
    free(job);
    t->copy_job = NULL;
    t->copy_proc = 0;
}

static void hand_over(struct tui *t, struct buf *text)
{
    const char *how = t->opts.copy ? t->opts.copy : "auto";

    if (strcmp(how, "file") == 0)
        to_file(t, buf_str(text), "Copied");
    else if (strcmp(how, "tmux") == 0 || (strcmp(how, "auto") == 0 && tty_in_tmux(t->tty)))
        to_tmux(t, text);
    else
        to_terminal(t, buf_str(text));
}

void tui_copy_text(struct tui *t, struct str text)
{
    struct buf copy = BUF_INIT(COPY_MAX_BYTES);

    buf_add_str(&copy, text);
    hand_over(t, &copy);
    buf_release(&copy);
}

void tui_copy(struct tui *t, enum copy_what what)
{
    struct buf text = BUF_INIT(COPY_MAX_BYTES);

    if (view_copy_text(&t->screen, t->model, &t->canvas, what, &text))
        hand_over(t, &text);
    else
        tui_say(t, false, "Nothing to copy here");
    tui_dirty(t, DIRTY_SCREEN); /* a page was drawn once more for it */
    buf_release(&text);
}
