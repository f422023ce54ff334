/* aws_mfa.c - the 6 digits of a device, for roles that want them: --mfa-code, a person at this
 * terminal, or a person at the screen. They are not drawn, and kept nowhere: not in the journal,
 * the log or the history. */
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/secret.h"
#include "runbook/base/text.h"
#include "runbook/ui/tui.h"
#include "src/app/aws_open.h"

#define TRIES 3
#define LABEL_MAX 90
#define AGAIN_MS 500 /* something else is being asked on the screen */
#define POLL_MS 1000
#define PERSON_MS 300000  /* who does not type for so long is not there */
#define DECLINED_MS 60000 /* who left the question is not asked by the next call at once */

static bool take(struct str text, char code[7])
{
    text = str_trim(text);
    for (size_t i = 0; i < text.len; i++)
        if (text.ptr[i] < '0' || text.ptr[i] > '9')
            return false;
    if (text.len != 6)
        return false;
    memcpy(code, text.ptr, 6);
    code[6] = '\0';
    return true;
}

/* ---- at a terminal ---- */

/* What would end us leaves the question first, so that the terminal draws again what is typed. */
static const int ends[] = {SIGTERM, SIGHUP, SIGINT, SIGQUIT};
#define END_COUNT (sizeof(ends) / sizeof(ends[0]))
static volatile sig_atomic_t ended_by;

static void on_end(int sig)
{
    ended_by = sig;
}

/* One byte; the terminal may be one that does not block, as in plain mode. False: it is over. */
static bool read_byte(char *ret, int64_t left_ms)
{
    struct pollfd in = {.fd = STDIN_FILENO, .events = POLLIN};

    while (!ended_by && left_ms > 0) {
        int step = left_ms < POLL_MS ? (int)left_ms : POLL_MS, n = poll(&in, 1, step);
        ssize_t got = n > 0 ? read(STDIN_FILENO, ret, 1) : -1;

        if (got == 1)
            return true;
        if (n > 0 && (got == 0 || (errno != EAGAIN && errno != EINTR)))
            return false;
        left_ms -= n ? 1 : step;
    }
    return false;
}

/* Until Enter; false: it was left (Ctrl-C, Ctrl-D, Esc, the end, a signal, nobody came). */
static bool read_line(char *line, size_t size)
{
    size_t n = 0;

    for (;;) {
        char c = '\0';

        line[n] = '\0';
        if (!read_byte(&c, PERSON_MS) || c == 3 || c == 4 || c == 27)
            return false;
        if (c == '\n' || c == '\r')
            return true;
        if (c == 127 || c == 8)
            n -= n > 0;
        else if (n + 1 < size)
            line[n++] = c;
    }
}

/* A line whose characters are not drawn; false: it was left. */
static bool read_hidden(const char *question, char *line, size_t size)
{
    struct sigaction to = {.sa_handler = on_end}, before[END_COUNT];
    struct termios was, now;
    bool ok;

    if (tcgetattr(STDIN_FILENO, &was) != 0)
        return false;
    now = was;
    now.c_lflag &= ~(tcflag_t)(ECHO | ICANON | ISIG);
    now.c_cc[VMIN] = 1;
    now.c_cc[VTIME] = 0;
    ended_by = 0;
    for (size_t i = 0; i < END_COUNT; i++)
        sigaction(ends[i], &to, &before[i]);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &now); /* who sees the question can type */
    fputs(question, stderr);
    (void)fflush(stderr);
    ok = read_line(line, size);
    (void)tcsetattr(STDIN_FILENO, TCSAFLUSH, &was);
    fputc('\n', stderr);
    for (size_t i = 0; i < END_COUNT; i++)
        sigaction(ends[i], &before[i], NULL);
    if (ended_by)
        raise(ended_by);
    return ok;
}

/* What a person was asked at this terminal lately: many calls want the same keys, and who left the
 * question is not asked by each of them. Digits that AWS refused are asked for anew, but a device
 * is not tried without end. */
static struct {
    char serial[200];
    int64_t first_ms, until_ms; /* of the questions that count; until then nobody is asked */
    int asked;
} lately;

static bool may_ask(const char *serial, int64_t now_ms)
{
    if (strncmp(lately.serial, serial, sizeof(lately.serial) - 1) != 0 ||
        now_ms - lately.first_ms >= DECLINED_MS) {
        lately.asked = 0;
        lately.first_ms = now_ms;
        lately.until_ms = 0;
        (void)snprintf(lately.serial, sizeof(lately.serial), "%s", serial);
    }
    return now_ms >= lately.until_ms && lately.asked < TRIES;
}

static enum err_code ask(const struct app *app, const char *serial, char code[7], struct err *err)
{
    struct buf name = BUF_INIT(4096);
    char line[64] = "";
    bool ok = false;

    if (!may_ask(serial, app->clock->now_ms(app->clock)))
        return err_set(err, ERR_CANCELED,
                       lately.until_ms ? "no digits of the device were given"
                                       : "the digits of the device were refused too often: it is "
                                         "asked again in a minute");
    text_sanitize(&name, str_from(serial), false, app->ascii);
    for (int i = 0; !ok && i < TRIES; i++) {
        char *question = xasprintf("%sThe 6 digits of %s: ",
                                   i              ? "Those are not 6 digits. "
                                   : lately.asked ? "Once more, as it shows them now. "
                                                  : "",
                                   buf_cstr(&name));
        bool typed = read_hidden(question, line, sizeof(line));

        free(question);
        if (!typed)
            break;
        ok = take(str_from(line), code);
    }
    lately.asked++;
    lately.first_ms = app->clock->now_ms(app->clock);
    lately.until_ms = ok ? 0 : lately.first_ms + DECLINED_MS;
    secret_wipe(line, sizeof(line));
    buf_release(&name);
    return ok ? ERR_OK : err_set(err, ERR_CANCELED, "no digits of the device were given");
}

static enum err_code given(const struct app *app, const char *serial, char code[7], struct err *err)
{
    const char *text = args_get(app->args, "mfa-code");

    if (!text)
        return err_set(err, ERR_DENIED,
                       "it wants the 6 digits of the device %.150s: give them with --mfa-code",
                       serial);
    return take(str_from(text), code)
               ? ERR_OK
               : err_set(err, ERR_INPUT, "--mfa-code: a device shows 6 digits");
}

enum err_code aws_mfa_ask(void *ctx, const char *serial, char code[7], struct err *err)
{
    const struct app *app = ctx;

    if (args_get(app->args, "mfa-code") || !isatty(STDIN_FILENO) || !isatty(STDERR_FILENO))
        return given(app, serial, code, err);
    return ask(app, serial, code, err);
}

/* ---- on the screen ---- */

struct waiting {
    char *serial;
    aws_digits_fn *done;
    void *to;
    int tries;
    bool refused; /* the same was left a moment ago */
};

struct mfa_desk {
    struct app *app;
    struct loop *loop;
    struct aws_mfa_desk ops;
    struct tui *tui; /* NULL: there is no screen */
    VEC(struct waiting) queue;
    bool shown; /* the first of them */
    loop_id timer;
    char declined[200]; /* the device whose question was left, */
    int64_t until_ms;   /* and until when that counts */
};

static void show_next(struct mfa_desk *d);

static void on_timer(void *ctx)
{
    struct mfa_desk *d = ctx;

    d->timer = 0;
    show_next(d);
}

static void later(struct mfa_desk *d, int64_t ms)
{
    if (!d->timer)
        d->timer = loop_timer(d->loop, ms, on_timer, d);
}

static void drop(struct mfa_desk *d, size_t i)
{
    free(d->queue.items[i].serial);
    d->queue.count--;
    memmove(d->queue.items + i, d->queue.items + i + 1,
            (d->queue.count - i) * sizeof(d->queue.items[0]));
}

/* It is told after it has left the queue: what it does may ask again. */
static void tell(struct mfa_desk *d, const char *digits, const struct err *err)
{
    struct waiting w = d->queue.items[0];

    w.serial = NULL;
    drop(d, 0);
    if (d->queue.count)
        later(d, 0);
    w.done(w.to, digits, err);
}

static void tell_none(struct mfa_desk *d)
{
    struct err err = ERR_INIT;

    err_set(&err, ERR_CANCELED, "no digits of the device were given");
    tell(d, NULL, &err);
}

static void on_typed(void *ctx, const char *text)
{
    struct mfa_desk *d = ctx;
    struct waiting *w = d->queue.count ? &d->queue.items[0] : NULL;
    char code[7] = "";

    d->shown = false;
    if (!w)
        return;
    if (text && take(str_from(text), code)) {
        tell(d, code, NULL);
        secret_wipe(code, sizeof(code));
        return;
    }
    if (text && ++w->tries < TRIES) {
        later(d, 0);
        return;
    }
    (void)snprintf(d->declined, sizeof(d->declined), "%s", w->serial);
    d->until_ms = loop_now_ms(d->loop) + DECLINED_MS;
    tell_none(d);
}

static void show_next(struct mfa_desk *d)
{
    const struct waiting *w = d->queue.count ? &d->queue.items[0] : NULL;
    struct buf label = BUF_INIT(4096), name = BUF_INIT(4096);

    if (!w || d->shown || !d->tui)
        return;
    if (w->refused) {
        tell_none(d);
        return;
    }
    text_sanitize(&name, str_from(w->serial), false, d->app->ascii);
    buf_addf(&label, "%s6 digits of ", w->tries ? "Not 6 digits. " : "");
    text_ellipsis(&label, buf_str(&name), LABEL_MAX - (int)label.len - 2, d->app->ascii);
    d->shown = tui_ask_hidden(d->tui, buf_cstr(&label), on_typed, d);
    if (!d->shown)
        later(d, AGAIN_MS);
    buf_release(&label);
    buf_release(&name);
}

static bool desk_ask(void *ctx, const char *serial, aws_digits_fn *done, void *to)
{
    struct mfa_desk *d = ctx;

    if (!d->tui || args_get(d->app->args, "mfa-code"))
        return false;
    *VEC_PUSH(&d->queue) = (struct waiting){.serial = xstrdup(serial), .done = done, .to = to};
    d->queue.items[d->queue.count - 1].refused =
        strcmp(d->declined, serial) == 0 && loop_now_ms(d->loop) < d->until_ms;
    later(d, 0);
    return true;
}

static void desk_cancel(void *ctx, void *to)
{
    struct mfa_desk *d = ctx;

    for (size_t i = 0; i < d->queue.count; i++) {
        if (d->queue.items[i].to != to)
            continue;
        drop(d, i);
        if (i || !d->shown)
            return;
        d->shown = false;
        if (d->tui)
            tui_ask_end(d->tui, d);
        if (d->queue.count)
            later(d, 0);
        return;
    }
}

struct mfa_desk *mfa_desk_new(struct app *app, struct loop *loop)
{
    struct mfa_desk *d = xcalloc(1, sizeof(*d));

    d->app = app;
    d->loop = loop;
    d->ops = (struct aws_mfa_desk){d, desk_ask, desk_cancel};
    return d;
}

void mfa_desk_free(struct mfa_desk *d)
{
    if (!d)
        return;
    loop_timer_cancel(d->loop, d->timer);
    while (d->queue.count)
        drop(d, 0);
    VEC_RELEASE(&d->queue);
    free(d);
}

const struct aws_mfa_desk *mfa_desk_ops(struct mfa_desk *d)
{
    return &d->ops;
}

void mfa_desk_screen(struct mfa_desk *d, struct tui *tui)
{
    if (!d)
        return;
    d->tui = tui;
    d->shown = false;
    show_next(d);
}
