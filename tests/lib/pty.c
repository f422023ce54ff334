/* pty.c - see pty.h. */
#include "tests/lib/pty.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>
#include <vterm.h>

#include "runbook/base/mem.h"
#include "runbook/base/str.h"

struct pty {
    pid_t pid;
    int fd; /* the master; -1 when closed */
    int rows, cols;
    bool ended;
    int status;
    VTerm *vt;
    VTermScreen *screen;
    size_t bytes;
    int64_t spawned_ns, first_ns, last_ns;
    bool alt, cursor_visible;
    VTermPos cursor;
    struct buf title, row, raw;
    char part[4]; /* a character whose end was not read yet */
    size_t part_len;
};

int64_t pty_now_ns(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_MONOTONIC, &ts);
    return (int64_t)ts.tv_sec * 1000000000 + ts.tv_nsec;
}

/* Bytes at the end of which a character of UTF-8 is incomplete. */
static size_t torn_bytes(const char *data, size_t len)
{
    for (size_t back = 1; back <= 3 && back <= len; back++) {
        unsigned char c = (unsigned char)data[len - back];
        size_t need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : c >= 0xC0 ? 2 : 1;

        if (c >= 0xC0)
            return need > back ? back : 0;
        if (c < 0x80)
            return 0;
    }
    return 0;
}

/* libvterm decodes a run of text that begins with ASCII and one that begins with another character
 * by two decoders, so that a character which arrives in two pieces may be lost: it gets whole ones.
 */
static void to_emulator(struct pty *p, const char *data, size_t len)
{
    size_t torn;

    while (p->part_len && len && ((unsigned char)*data & 0xC0) == 0x80 &&
           p->part_len < sizeof(p->part)) {
        p->part[p->part_len++] = *data++;
        len--;
        if (torn_bytes(p->part, p->part_len) == 0)
            break;
    }
    if (p->part_len && (len || torn_bytes(p->part, p->part_len) == 0)) {
        vterm_input_write(p->vt, p->part, p->part_len);
        p->part_len = 0;
    }
    torn = torn_bytes(data, len);
    vterm_input_write(p->vt, data, len - torn);
    if (torn) {
        memcpy(p->part, data + len - torn, torn);
        p->part_len = torn;
    }
}

/* libvterm 0.2 hands strings over in pieces, 0.1 whole. */
static void set_title(struct pty *p, const VTermValue *val)
{
#if VTERM_VERSION_MAJOR > 0 || VTERM_VERSION_MINOR > 1
    if (val->string.initial)
        buf_clear(&p->title);
    buf_add(&p->title, val->string.str, val->string.len);
#else
    buf_clear(&p->title);
    buf_adds(&p->title, val->string);
#endif
}

static int on_prop(VTermProp prop, VTermValue *val, void *ctx)
{
    struct pty *p = ctx;

    if (prop == VTERM_PROP_ALTSCREEN)
        p->alt = val->boolean;
    else if (prop == VTERM_PROP_CURSORVISIBLE)
        p->cursor_visible = val->boolean;
    else if (prop == VTERM_PROP_TITLE) {
        set_title(p, val);
    }
    return 1;
}

static int on_cursor(VTermPos pos, VTermPos old, int visible, void *ctx)
{
    struct pty *p = ctx;

    (void)old;
    (void)visible;
    p->cursor = pos;
    return 1;
}

static const VTermScreenCallbacks screen_callbacks = {
    .settermprop = on_prop,
    .movecursor = on_cursor,
};

/* What a terminal answers to queries goes back to the program. */
static void on_answer(const char *s, size_t len, void *ctx)
{
    pty_send_bytes(ctx, s, len);
}

static void start_child(const struct pty_options *o)
{
    unsetenv("NO_COLOR");
    unsetenv("COLORTERM");
    unsetenv("COLORFGBG");
    unsetenv("LINES");
    unsetenv("COLUMNS");
    unsetenv("TMUX");
    setenv("TERM", o->term ? o->term : "xterm-256color", 1);
    for (size_t i = 0; o->env && o->env[i]; i++)
        putenv(xstrdup(o->env[i]));
    signal(SIGPIPE, SIG_DFL);
    execvp(o->argv[0], (char *const *)(uintptr_t)o->argv);
    fprintf(stderr, "%s: %s\n", o->argv[0], strerror(errno));
    _exit(127);
}

struct pty *pty_spawn(const struct pty_options *o)
{
    struct winsize ws = {.ws_row = (unsigned short)(o->rows ? o->rows : 24),
                         .ws_col = (unsigned short)(o->cols ? o->cols : 80)};
    struct pty *p = xcalloc(1, sizeof(*p));

    p->rows = ws.ws_row;
    p->cols = ws.ws_col;
    buf_init(&p->title, 4096);
    buf_init(&p->row, 64 * 1024);
    buf_init(&p->raw, 2 * PTY_RAW_KEPT);
    p->spawned_ns = pty_now_ns();
    p->pid = forkpty(&p->fd, NULL, NULL, &ws);
    if (p->pid < 0) {
        free(p);
        return NULL;
    }
    if (p->pid == 0)
        start_child(o);
    fcntl(p->fd, F_SETFD, FD_CLOEXEC);
    fcntl(p->fd, F_SETFL, O_NONBLOCK);
    p->cursor_visible = true;
    p->vt = vterm_new(p->rows, p->cols);
    vterm_set_utf8(p->vt, 1);
    vterm_output_set_callback(p->vt, on_answer, p);
    p->screen = vterm_obtain_screen(p->vt);
    vterm_screen_set_callbacks(p->screen, &screen_callbacks, p);
    vterm_screen_enable_altscreen(p->screen, 1);
    vterm_screen_reset(p->screen, 1);
    return p;
}

void pty_free(struct pty *p)
{
    if (!p)
        return;
    if (!p->ended) {
        kill(p->pid, SIGKILL);
        kill(p->pid, SIGCONT);
        waitpid(p->pid, NULL, 0);
    }
    if (p->fd >= 0)
        close(p->fd);
    vterm_free(p->vt);
    buf_release(&p->title);
    buf_release(&p->row);
    buf_release(&p->raw);
    free(p);
}

pid_t pty_pid(const struct pty *p)
{
    return p->pid;
}

bool pty_send_bytes(struct pty *p, const void *data, size_t len)
{
    const char *at = data;

    while (len > 0 && p->fd >= 0) {
        ssize_t n = write(p->fd, at, len);

        if (n < 0 && errno == EAGAIN) {
            if (pty_pump(p, 50) < 0) /* the program may be waiting for us to read */
                return false;
            continue;
        }
        if (n < 0 && errno != EINTR)
            return false;
        if (n > 0) {
            at += n;
            len -= (size_t)n;
        }
    }
    return len == 0;
}

bool pty_send(struct pty *p, const char *keys)
{
    return pty_send_bytes(p, keys, strlen(keys));
}

void pty_resize(struct pty *p, int rows, int cols)
{
    struct winsize ws = {.ws_row = (unsigned short)rows, .ws_col = (unsigned short)cols};

    p->rows = rows;
    p->cols = cols;
    vterm_set_size(p->vt, rows, cols);
    ioctl(p->fd, TIOCSWINSZ, &ws);
}

static void keep_raw(struct pty *p, const char *data, size_t len)
{
    if (p->raw.len + len > PTY_RAW_KEPT) {
        size_t over = p->raw.len + len - PTY_RAW_KEPT;

        buf_cut(&p->raw, 0, over < p->raw.len ? over : p->raw.len);
    }
    buf_add(&p->raw, data, len);
}

/* What was written around `word`, on one line. */
static void tell_around(const struct pty *p, const char *word)
{
    struct str raw = buf_str(&p->raw);
    ptrdiff_t at = str_find(raw, str_from(word));
    char line[100];
    size_t from, n = 0;

    if (at < 0)
        return;
    from = at > 20 ? (size_t)at - 20 : 0;
    for (size_t i = from; i < raw.len && n + 1 < sizeof(line); i++)
        line[n++] = raw.ptr[i] < ' ' || raw.ptr[i] > '~' ? ' ' : raw.ptr[i];
    line[n] = '\0';
    fprintf(stderr, "# in the terminal: %s\n", line);
}

/* The program is gone. A test that fails because it crashed must not pass for one that failed by
 * chance: what build-aux/second-run never excuses is said in the test's log. */
static void tell_of_crash(const struct pty *p)
{
    static const int crashes[] = {SIGSEGV, SIGABRT, SIGBUS, SIGILL, SIGFPE};
    int64_t until = pty_now_ns() + 1000000000;
    siginfo_t info = {.si_pid = 0};

    tell_around(p, "Sanitizer: ");
    tell_around(p, "runtime error: ");
    tell_around(p, "Segmentation fault");
    while (waitid(P_PID, (id_t)p->pid, &info, WEXITED | WNOHANG | WNOWAIT) == 0 && !info.si_pid &&
           pty_now_ns() < until)
        poll(NULL, 0, 1); /* it closed its terminal before it ended */
    for (size_t i = 0; i < sizeof(crashes) / sizeof(*crashes); i++) {
        if (info.si_pid && info.si_code != CLD_EXITED && info.si_status == crashes[i])
            fprintf(stderr, "# in the terminal: terminated by signal %d\n", crashes[i]);
    }
}

ssize_t pty_pump(struct pty *p, int timeout_ms)
{
    char data[16 * 1024];
    ssize_t total = 0;

    for (;;) {
        struct pollfd pfd = {.fd = p->fd, .events = POLLIN};
        ssize_t n;

        if (p->fd < 0)
            return total > 0 ? total : -1;
        if (poll(&pfd, 1, total > 0 ? 0 : timeout_ms) <= 0)
            return total;
        n = read(p->fd, data, sizeof(data));
        if (n < 0 && (errno == EINTR || errno == EAGAIN))
            continue;
        if (n <= 0) {
            close(p->fd);
            p->fd = -1;
            tell_of_crash(p);
            return total > 0 ? total : -1;
        }
        p->last_ns = pty_now_ns();
        if (!p->first_ns)
            p->first_ns = p->last_ns;
        p->bytes += (size_t)n;
        total += n;
        keep_raw(p, data, (size_t)n);
        to_emulator(p, data, (size_t)n);
        vterm_screen_flush_damage(p->screen);
        if (total > 1024 * 1024)
            return total;
    }
}

static int left_ms(int64_t deadline_ns)
{
    int64_t left = deadline_ns - pty_now_ns();

    return left <= 0 ? 0 : (int)(left / 1000000 + 1);
}

bool pty_wait(struct pty *p, pty_cond *cond, void *ctx, int timeout_ms)
{
    int64_t deadline = pty_now_ns() + (int64_t)timeout_ms * 1000000;

    for (;;) {
        int left = left_ms(deadline);

        if (cond(p, ctx))
            return true;
        if (left == 0)
            return false;
        /* A condition may also look at the line discipline, which sends nothing: look every 20 ms.
         */
        if (pty_pump(p, left < 20 ? left : 20) < 0)
            return cond(p, ctx);
    }
}

static bool cond_text(struct pty *p, void *ctx)
{
    return pty_has(p, ctx);
}

static bool cond_no_text(struct pty *p, void *ctx)
{
    return !pty_has(p, ctx);
}

bool pty_wait_text(struct pty *p, const char *text, int timeout_ms)
{
    return pty_wait(p, cond_text, (void *)(uintptr_t)text, timeout_ms);
}

bool pty_wait_no_text(struct pty *p, const char *text, int timeout_ms)
{
    return pty_wait(p, cond_no_text, (void *)(uintptr_t)text, timeout_ms);
}

bool pty_wait_quiet(struct pty *p, int quiet_ms, int timeout_ms)
{
    int64_t deadline = pty_now_ns() + (int64_t)timeout_ms * 1000000;

    while (left_ms(deadline) > 0) {
        ssize_t n = pty_pump(p, quiet_ms);

        if (n == 0)
            return true;
        if (n < 0)
            return false;
    }
    return false;
}

bool pty_wait_exit(struct pty *p, int timeout_ms, int *ret_status)
{
    int64_t deadline = pty_now_ns() + (int64_t)timeout_ms * 1000000;

    while (!p->ended) {
        int left = left_ms(deadline);
        pid_t got = waitpid(p->pid, &p->status, WNOHANG);

        if (got == p->pid) {
            p->ended = true;
            break;
        }
        if (left == 0)
            return false;
        if (pty_pump(p, left < 20 ? left : 20) < 0)
            poll(NULL, 0, 1); /* closed before it ended */
    }
    pty_pump(p, 0);
    *ret_status = p->status;
    return true;
}

void pty_hang_up(struct pty *p)
{
    if (p->fd >= 0)
        close(p->fd);
    p->fd = -1;
}

size_t pty_bytes(const struct pty *p)
{
    return p->bytes;
}

int64_t pty_first_byte_ns(const struct pty *p)
{
    return p->first_ns;
}

int64_t pty_last_byte_ns(const struct pty *p)
{
    return p->last_ns;
}

int64_t pty_spawned_ns(const struct pty *p)
{
    return p->spawned_ns;
}

int pty_rows(const struct pty *p)
{
    return p->rows;
}

int pty_cols(const struct pty *p)
{
    return p->cols;
}

static void add_utf8(struct buf *b, uint32_t c)
{
    char out[4];
    size_t n = 0;

    if (c < 0x80) {
        out[n++] = (char)c;
    } else if (c < 0x800) {
        out[n++] = (char)(0xC0 | (c >> 6));
    } else if (c < 0x10000) {
        out[n++] = (char)(0xE0 | (c >> 12));
        out[n++] = (char)(0x80 | ((c >> 6) & 0x3F));
    } else {
        out[n++] = (char)(0xF0 | (c >> 18));
        out[n++] = (char)(0x80 | ((c >> 12) & 0x3F));
        out[n++] = (char)(0x80 | ((c >> 6) & 0x3F));
    }
    if (c >= 0x80)
        out[n++] = (char)(0x80 | (c & 0x3F));
    buf_add(b, out, n);
}

/* Returns the cell's width. */
static int add_cell(struct buf *b, const VTermScreenCell *cell)
{
    if (!cell->chars[0])
        buf_addc(b, ' ');
    for (int i = 0; i < VTERM_MAX_CHARS_PER_CELL && cell->chars[i]; i++)
        if (cell->chars[i] != (uint32_t)-1)
            add_utf8(b, cell->chars[i]);
    return cell->width > 1 ? cell->width : 1;
}

static void row_text(struct pty *p, int row, struct buf *out)
{
    VTermScreenCell cell;
    size_t from = out->len;

    for (VTermPos pos = {.row = row, .col = 0}; pos.col < p->cols;) {
        memset(&cell, 0, sizeof(cell));
        vterm_screen_get_cell(p->screen, pos, &cell);
        pos.col += add_cell(out, &cell);
    }
    while (out->len > from && out->ptr[out->len - 1] == ' ')
        buf_truncate(out, out->len - 1);
}

const char *pty_row(struct pty *p, int row)
{
    buf_clear(&p->row);
    row_text(p, row, &p->row);
    return buf_cstr(&p->row);
}

bool pty_has(struct pty *p, const char *text)
{
    for (int row = 0; row < p->rows; row++)
        if (strstr(pty_row(p, row), text))
            return true;
    return false;
}

static bool is_blank(const VTermScreenCell *cell)
{
    return (!cell->chars[0] || (cell->chars[0] == ' ' && !cell->chars[1])) &&
           !cell->attrs.reverse && !cell->attrs.underline;
}

static void add_style(struct pty *p, VTermPos pos, struct buf *out)
{
    VTermScreenCell cell;
    VTermColor fg, bg;

    memset(&cell, 0, sizeof(cell));
    vterm_screen_get_cell(p->screen, pos, &cell);
    if (cell.chars[0] == (uint32_t)-1) /* the right half of a wide character */
        return;
    fg = cell.fg;
    bg = cell.bg;
    if (is_blank(&cell)) { /* what colour nothing has, nobody sees */
        fg = bg;
        cell.attrs.bold = cell.attrs.italic = 0;
    }
    vterm_screen_convert_color_to_rgb(p->screen, &fg);
    vterm_screen_convert_color_to_rgb(p->screen, &bg);
    buf_addf(out, "%d%d%d%d:%02x%02x%02x/%02x%02x%02x ", cell.attrs.bold, cell.attrs.underline,
             cell.attrs.italic, cell.attrs.reverse, fg.rgb.red, fg.rgb.green, fg.rgb.blue,
             bg.rgb.red, bg.rgb.green, bg.rgb.blue);
}

char *pty_screen(struct pty *p, bool styles)
{
    struct buf out = BUF_INIT(BUF_NO_MAX);

    for (int row = 0; row < p->rows; row++) {
        row_text(p, row, &out);
        buf_addc(&out, '\n');
        for (VTermPos pos = {.row = row}; styles && pos.col < p->cols; pos.col++)
            add_style(p, pos, &out);
        if (styles)
            buf_addc(&out, '\n');
    }
    return buf_detach(&out);
}

void pty_cursor(const struct pty *p, int *ret_row, int *ret_col, bool *ret_visible)
{
    *ret_row = p->cursor.row;
    *ret_col = p->cursor.col;
    *ret_visible = p->cursor_visible;
}

bool pty_alt_screen(const struct pty *p)
{
    return p->alt;
}

const char *pty_title(const struct pty *p)
{
    return buf_cstr(&p->title);
}

bool pty_cooked(const struct pty *p)
{
    struct termios t;
    const tcflag_t want = ECHO | ICANON | ISIG;

    return p->fd >= 0 && tcgetattr(p->fd, &t) == 0 && (t.c_lflag & want) == want;
}

const char *pty_raw(struct pty *p, size_t *ret_len)
{
    *ret_len = p->raw.len;
    p->raw.len = 0; /* kept in memory until the next pump */
    return p->raw.ptr ? p->raw.ptr : "";
}
