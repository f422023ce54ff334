/* aws_progress.c - see aws_progress.h. */
#include "src/app/aws_progress.h"

#include <stdio.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "runbook/base/arena.h"
#include "runbook/base/text.h"
#include "runbook/service/aws/tally.h"

#define SHOW_MS 200
#define LINE_MAX_BYTES 2048
#define CELLS 79 /* where the terminal does not say */

struct aws_progress {
    struct aws_tally tally;
    struct aws_run *run;
    loop_id timer;
    bool shown, ended;
};

/* A line that wraps could not be taken back. */
static int width(void)
{
    struct winsize size;

    return ioctl(STDERR_FILENO, TIOCGWINSZ, &size) == 0 && size.ws_col > 1 ? size.ws_col - 1
                                                                           : CELLS;
}

static void show(void *ctx)
{
    struct aws_progress *p = ctx;
    struct buf words = BUF_INIT(LINE_MAX_BYTES), line = BUF_INIT(LINE_MAX_BYTES);

    p->timer = 0;
    aws_tally_words(&p->tally, &words);
    text_ellipsis(&line, buf_str(&words), width(), p->run->app->ascii);
    fprintf(stderr, "\r\033[K%s", buf_cstr(&line));
    (void)fflush(stderr);
    p->shown = true;
    buf_release(&words);
    buf_release(&line);
}

static void on_change(void *ctx)
{
    struct aws_progress *p = ctx;

    if (!p->timer && !p->ended)
        p->timer = loop_timer(p->run->loop, SHOW_MS, show, p);
}

static void count_in(struct aws_run *r, struct aws_tally *t)
{
    VEC_EACH (a, &r->estate->accounts)
        aws_client_count(a->client, t);
}

void aws_progress_begin(struct aws_run *r)
{
    if (r->app->json || !isatty(STDERR_FILENO))
        return;
    r->progress = arena_alloc(r->arena, sizeof(*r->progress));
    *r->progress = (struct aws_progress){.run = r};
    r->progress->tally.on_change = on_change;
    r->progress->tally.ctx = r->progress;
    count_in(r, &r->progress->tally);
}

void aws_progress_end(struct aws_run *r)
{
    struct aws_progress *p = r->progress;

    if (!p || p->ended)
        return;
    p->ended = true;
    loop_timer_cancel(r->loop, p->timer);
    p->timer = 0;
    if (p->shown)
        fputs("\r\033[K", stderr);
    (void)fflush(stderr);
}
