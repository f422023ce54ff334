/* tty.c - the terminal's life: taken over, given back, suspended, and restored by a dying process.
 * It is opened anew, so that the descriptor can be non-blocking: the one that the shell handed us
 * is shared with the shell, which would read nothing from it afterwards. Signals are the loop's. */
#include <errno.h>
#include <fcntl.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"
#include "src/ui/tty_parts_priv.h"

#define RESTORE_MAX 512
#define ANSWER_MS 100
#define DRAIN_MS 1000

/* Source: xterm, ctlseqs. Focus events are mode 1004; mode 8 without a question mark is ECMA-48's
 * BDSM: set explicitly, a terminal that reorders right-to-left text leaves the order of cells to
 * the program (terminal-wg.pages.freedesktop.org/bidi). */
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define TITLE_PUSH "\033[22;0t"
#define TITLE_POP "\033[23;0t"
#define FOCUS_ON "\033[?1004h"
#define FOCUS_OFF "\033[?1004l"
#define BIDI_EXPLICIT "\033[8l"
#define BIDI_IMPLICIT "\033[8h"
#define MOUSE_ON "\033[?1002h\033[?1006h"
#define MOUSE_OFF "\033[?1006l\033[?1002l"
#define SYNC_OFF "\033[?2026l"
#define BACKGROUND_ASK "\033]11;?\007"
#define SYNC_ASK "\033[?2026$p"
/* DECLRMM, left and right margins. Source: VT510 programmer reference; xterm, ctlseqs. */
#define MARGINS_ASK "\033[?69$p"
#define MARGINS_OFF "\033[?69l\033[r"

/* What a dying process needs. The one place with process-wide state, as signals are process-wide.
 */
static struct {
    volatile sig_atomic_t active;
    char bytes[RESTORE_MAX];
    size_t len;
    struct termios termios;
    int flags; /* of fd 0 */
    struct sigaction old[5];
} rescue;

static const int crash_signals[5] = {SIGSEGV, SIGABRT, SIGBUS, SIGFPE, SIGILL};
static char crash_stack[64 * 1024];

void tty_restore_now(void)
{
    int saved = errno;
    size_t at = 0;

    if (!rescue.active)
        return;
    rescue.active = 0;
    while (at < rescue.len) {
        ssize_t n = write(STDOUT_FILENO, rescue.bytes + at, rescue.len - at);

        if (n <= 0)
            break;
        at += (size_t)n;
    }
    tcsetattr(STDIN_FILENO, TCSANOW, &rescue.termios);
    fcntl(STDIN_FILENO, F_SETFL, rescue.flags);
    errno = saved;
}

static void on_crash(int signo)
{
    tty_restore_now();
    for (size_t i = 0; i < 5; i++)
        if (crash_signals[i] == signo)
            sigaction(signo, &rescue.old[i], NULL);
    raise(signo); /* delivered to whoever was there before, when this handler returns */
}

static void catch_crashes(void)
{
    stack_t stack = {.ss_sp = crash_stack, .ss_size = sizeof(crash_stack)};
    struct sigaction sa = {.sa_handler = on_crash, .sa_flags = SA_ONSTACK};

    sigaltstack(&stack, NULL);
    sigemptyset(&sa.sa_mask);
    for (size_t i = 0; i < 5; i++)
        sigaction(crash_signals[i], &sa, &rescue.old[i]);
}

static void uncatch_crashes(void)
{
    for (size_t i = 0; i < 5; i++)
        sigaction(crash_signals[i], &rescue.old[i], NULL);
}

/* ---- the bytes around a visit ---- */

static void add_enter(const struct tty *t, struct buf *out)
{
    struct winsize ws = {0};

    buf_adds(out, t->no_alt ? "" : t->caps.text[CAP_SMCUP]);
    if (t->no_alt) { /* what is on the screen goes to the scrollback, not away */
        ioctl(t->out, TIOCGWINSZ, &ws);
        for (int i = 1; i < ws.ws_row; i++)
            buf_addc(out, '\n');
    }
    if (t->caps.xterm_like)
        buf_adds(out, TITLE_PUSH PASTE_ON FOCUS_ON BIDI_EXPLICIT);
    buf_adds(out, t->modes.mouse ? MOUSE_ON : "");
    buf_adds(out, t->caps.text[CAP_CIVIS]);
}

static void add_leave(const struct tty *t, struct buf *out)
{
    struct winsize ws = {.ws_row = 24};

    buf_adds(out, t->modes.mouse ? MOUSE_OFF : "");
    buf_adds(out, t->margins ? MARGINS_OFF : ""); /* a frame may have been cut */
    if (t->caps.xterm_like)
        buf_adds(out, SYNC_OFF "\033]8;;\033\\" BIDI_IMPLICIT FOCUS_OFF PASTE_OFF TITLE_POP);
    buf_adds(out, t->caps.text[CAP_SGR0]);
    if (t->no_alt) {
        ioctl(t->out, TIOCGWINSZ, &ws);
        tty_caps_cup(&t->caps, 0, ws.ws_row > 0 ? ws.ws_row - 1 : 0, out);
    }
    buf_adds(out, t->caps.text[CAP_CNORM]);
    buf_adds(out, t->no_alt ? "\r\n" : t->caps.text[CAP_RMCUP]);
}

static void prepare_rescue(const struct tty *t)
{
    struct buf out = BUF_INIT(RESTORE_MAX - 2);

    rescue.active = 0;
    add_leave(t, &out);
    buf_adds(&out, t->no_alt ? "" : "\r\n");
    memcpy(rescue.bytes, buf_cstr(&out), out.len);
    rescue.len = out.len;
    buf_release(&out);
    rescue.active = 1;
}

/* Keys come one by one as bytes; Ctrl-C and Ctrl-Z too, so that what they do is ours to say. */
static void set_raw(void)
{
    struct termios raw = rescue.termios;

    raw.c_iflag &= ~(tcflag_t)(BRKINT | ICRNL | INLCR | IGNCR | INPCK | ISTRIP | IXON | PARMRK);
    raw.c_oflag &= ~(tcflag_t)OPOST;
    raw.c_lflag &= ~(tcflag_t)(ECHO | ECHONL | ICANON | IEXTEN | ISIG);
    raw.c_cc[VMIN] = 1;
    raw.c_cc[VTIME] = 0;
    tcsetattr(STDIN_FILENO, TCSADRAIN, &raw);
}

static void enter(struct tty *t)
{
    struct buf out = BUF_INIT(4096);

    set_raw();
    add_enter(t, &out);
    tty_send_buf(t, buf_str(&out));
    painter_forget(&t->paint);
    t->left = false;
    prepare_rescue(t);
    buf_release(&out);
}

/* Everything that is queued, if the terminal takes it within a second. */
static void drain(struct tty *t)
{
    int64_t until = tty_now_us() / 1000 + DRAIN_MS;

    for (;;) {
        struct pollfd pfd = {.fd = t->out, .events = POLLOUT};
        int64_t left = until - tty_now_us() / 1000;

        tty_flush(t);
        if (!tty_waiting(t) || left <= 0)
            break;
        poll(&pfd, 1, (int)left);
    }
    if (tty_waiting(t)) {
        buf_clear(&t->queue);
        tcflush(t->out, TCOFLUSH);
    }
}

/* An answer that is still on its way must not land in the shell's command line. */
static void drop_answers(struct tty *t)
{
    struct pollfd pfd = {.fd = t->in, .events = POLLIN};

    if (!t->decoder.expecting || t->gone)
        return;
    poll(&pfd, 1, ANSWER_MS);
    tcflush(STDIN_FILENO, TCIFLUSH);
    t->decoder.expecting = false;
    t->fences = 0;
}

void tty_leave(struct tty *t)
{
    struct buf out = BUF_INIT(4096);

    if (t->left)
        return;
    drop_answers(t);
    add_leave(t, &out);
    if (!t->gone) {
        tty_send_buf(t, buf_str(&out));
        drain(t);
    }
    buf_release(&out);
    buf_clear(&t->title);
    t->left = true;
    rescue.active = 0;
    tcsetattr(STDIN_FILENO, TCSANOW, &rescue.termios);
}

void tty_resume(struct tty *t)
{
    if (t->left)
        enter(t);
    else
        set_raw(); /* continued without having been asked: the shell may have set its own modes */
    painter_forget(&t->paint);
}

void tty_suspend(struct tty *t)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL}, old;

    tty_leave(t);
    sigemptyset(&dfl.sa_mask);
    sigaction(SIGTSTP, &dfl, &old);
    kill(0, SIGTSTP); /* the whole group, as the terminal does: a script around us stops too */
    sigaction(SIGTSTP, &old, NULL);
    tty_resume(t);
}

/* ---- opening and closing ---- */

static void open_fd(struct tty *t)
{
    char name[128] = "", other[128] = "";

    t->in = STDIN_FILENO;
    t->out = STDOUT_FILENO;
    t->fd = -1;
    if (ttyname_r(STDOUT_FILENO, name, sizeof(name)) != 0 ||
        ttyname_r(STDIN_FILENO, other, sizeof(other)) != 0 || strcmp(name, other) != 0)
        return;
    t->fd = open(name, O_RDWR | O_NOCTTY | O_NONBLOCK | O_CLOEXEC);
    if (t->fd >= 0)
        t->in = t->out = t->fd;
}

static enum glyph_set choose_glyphs(const struct tty *t, const struct tty_options *o)
{
    if (o->ascii || !t->caps.utf8 || o->wide_ambiguous)
        return GLYPHS_ASCII;
    return strncmp(t->env.term, "linux", 5) == 0 ? GLYPHS_BASIC : GLYPHS_FULL;
}

enum err_code tty_open(const struct tty_options *o, struct tty **ret, struct err *err)
{
    struct tty *t = xcalloc(1, sizeof(*t));
    enum err_code rc;

    setlocale(LC_CTYPE, "");
    tty_env_read(&t->env);
    rc = tty_caps_load(&t->caps, &t->env, err);
    if (rc) {
        free(t);
        return rc;
    }
    tcgetattr(STDIN_FILENO, &rescue.termios);
    rescue.flags = fcntl(STDIN_FILENO, F_GETFL);
    open_fd(t);
    t->modes = (struct tty_modes){.mouse = o->mouse, .slow = o->slow};
    t->no_alt = o->no_alt;
    t->rtt_us = -1;
    t->glyphs = choose_glyphs(t, o);
    t->level = tty_color_level(&t->caps, &t->env, o->no_color);
    t->theme = t->level == COLORS_NONE ? *o->mono : *o->theme;
    tty_decoder_init(&t->decoder, t->caps.utf8);
    buf_init(&t->title, 512);
    catch_crashes();
    enter(t);
    *ret = t;
    return ERR_OK;
}

void tty_close(struct tty *t)
{
    if (!t)
        return;
    tty_leave(t);
    rescue.active = 0;
    uncatch_crashes();
    fcntl(STDIN_FILENO, F_SETFL, rescue.flags);
    if (t->fd >= 0)
        close(t->fd);
    tty_caps_forget();
    painter_release(&t->paint);
    tty_decoder_release(&t->decoder);
    buf_release(&t->queue);
    buf_release(&t->title);
    free(t);
}

int tty_fd(const struct tty *t)
{
    return t->in;
}

void tty_keep_blocking(const struct tty *t)
{
    if (t->fd < 0)
        fcntl(STDIN_FILENO, F_SETFL, rescue.flags & ~O_NONBLOCK);
}

enum glyph_set tty_glyphs(const struct tty *t)
{
    return t->glyphs;
}

bool tty_utf8(const struct tty *t)
{
    return t->caps.utf8;
}

void tty_size(struct tty *t, int *ret_cols, int *ret_rows)
{
    struct winsize ws = {0};

    if (ioctl(t->out, TIOCGWINSZ, &ws) != 0 || ws.ws_row == 0 || ws.ws_col == 0)
        ws = (struct winsize){.ws_row = 24, .ws_col = 80};
    *ret_cols = ws.ws_col;
    *ret_rows = ws.ws_row;
}

void tty_ask(struct tty *t, bool background)
{
    if (!t->caps.xterm_like || t->left || t->gone)
        return;
    t->decoder.expecting = true;
    if (background && t->level != COLORS_NONE)
        tty_send(t, BACKGROUND_ASK);
    tty_send(t, SYNC_ASK MARGINS_ASK);
    tty_fence(t);
}

void tty_know_margins(struct tty *t, bool known)
{
    t->margins = known;
    prepare_rescue(t);
}

bool tty_moves_parts(const struct tty *t)
{
    return t->margins;
}

void tty_set_mouse(struct tty *t, bool on)
{
    if (t->modes.mouse != on && !t->left)
        tty_send(t, on ? MOUSE_ON : MOUSE_OFF);
    t->modes.mouse = on;
    prepare_rescue(t);
}

bool tty_mouse(const struct tty *t)
{
    return t->modes.mouse;
}
