/* random_run.c - see random_run.h. */
#include "tests/lib/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/str.h"
#include "tests/e2e/random_run.h"
#include "tests/lib/meant.h"

#define WAIT_MS RUN_WAIT_MS
#define QUIET_MS 15

/* ---- the program ---- */

void run_start(struct run *r)
{
    const char *build = getenv("RB_BUILDDIR");
    char *path = xasprintf("%s/tests/e2e/tui_feeder", build ? build : ".");
    char *home = xasprintf("HOME=%s", r->dir), *config = xasprintf("XDG_CONFIG_HOME=%s", r->dir);
    char *data = xasprintf("XDG_STATE_HOME=%s", r->dir), number[16];
    int fds[2];

    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, fds), 0);
    fcntl(fds[0], F_SETFD, FD_CLOEXEC);
    fcntl(fds[0], F_SETFL, O_NONBLOCK);
    snprintf(number, sizeof(number), "%d", fds[1]);
    const char *argv[] = {path, number, r->mode, NULL};
    const char *env[] = {"LC_ALL=C.UTF-8", "EDITOR=true", "VISUAL=true", "PAGER=true", home,
                         config,           data,          NULL};
    r->pty = pty_spawn(
        &(struct pty_options){.argv = argv, .env = env, .rows = r->rows, .cols = r->cols});
    assert_non_null(r->pty);
    close(fds[1]);
    r->fd = fds[0];
    free(path);
    free(home);
    free(config);
    free(data);
}

void run_stop(struct run *r)
{
    pty_free(r->pty);
    r->pty = NULL;
    close(r->fd);
}

/* A program that left by itself is started again; one that crashed is what we look for. */
static bool alive(struct run *r)
{
    int status = 0;

    if (pty_pump(r->pty, 0) >= 0)
        return true;
    if (!pty_wait_exit(r->pty, WAIT_MS, &status))
        r->broken = "it closed the terminal and did not end";
    else if (!WIFEXITED(status) || WEXITSTATUS(status) != 0)
        r->broken = "it crashed";
    if (r->broken) {
        size_t len;
        const char *raw = pty_raw(r->pty, &len);

        buf_clear(&r->detail);
        buf_addf(&r->detail, "(status %d) ", status);
        buf_add(&r->detail, raw + (len > 1500 ? len - 1500 : 0), len > 1500 ? 1500 : len);
    }
    if (r->broken)
        return false;
    r->restarts++;
    run_stop(r);
    run_start(r);
    return true;
}

static bool tell(struct run *r, const char *line)
{
    return send(r->fd, line, strlen(line), MSG_NOSIGNAL) == (ssize_t)strlen(line);
}

/* Bytes of the control line; the terminal is read meanwhile, or the program could wait for us. */
static bool hear(struct run *r, char *out, size_t len)
{
    int64_t end = pty_now_ns() + (int64_t)WAIT_MS * 1000000;

    for (size_t at = 0; at < len;) {
        ssize_t n = recv(r->fd, out + at, len - at, MSG_DONTWAIT);

        if (n > 0)
            at += (size_t)n;
        else if (n == 0 || (errno != EAGAIN && errno != EINTR) || pty_now_ns() > end)
            return false;
        else
            pty_pump(r->pty, 1);
    }
    return true;
}

static bool hear_line(struct run *r, char *out, size_t size)
{
    for (size_t at = 0; at + 1 < size; at++) {
        if (!hear(r, out + at, 1))
            return false;
        if (out[at] == '\n') {
            out[at] = '\0';
            return true;
        }
    }
    return false;
}

/* ---- what must hold ---- */

/* The next number of a line; false when there is none. */
static bool take_number(struct str *rest, uint64_t *ret)
{
    struct str word;

    return str_split(rest, ' ', &word) && num_u64(word, ret);
}

enum answer { ANSWER_NONE, ANSWER_SCREEN, ANSWER_STALE };

/* What a full drawing gives, into r->want; with its size. */
static enum answer ask_screen(struct run *r, int *ret_cols, int *ret_rows)
{
    char head[64];
    uint64_t cols, rows, stale, len;
    struct str rest, verb;

    if (!tell(r, "sync\n") || !hear_line(r, head, sizeof(head)))
        return ANSWER_NONE;
    rest = str_from(head);
    if (!str_split(&rest, ' ', &verb) || !take_number(&rest, &cols) || !take_number(&rest, &rows) ||
        !take_number(&rest, &stale) || !take_number(&rest, &r->state) || !take_number(&rest, &len))
        return ANSWER_NONE;
    *ret_cols = (int)cols;
    *ret_rows = (int)rows;
    buf_clear(&r->want);
    if (!buf_reserve(&r->want, len + 1) || !hear(r, r->want.ptr, len))
        return ANSWER_NONE;
    r->want.len = len;
    r->want.ptr[len] = '\0';
    return stale ? ANSWER_STALE : ANSWER_SCREEN;
}

static bool shows(struct run *r)
{
    struct str rest = buf_str(&r->want), line;

    for (int row = 0; row < r->rows; row++) {
        if (!str_split(&rest, '\n', &line))
            return false;
        if (!str_eq_c(line, pty_row(r->pty, row)))
            return false;
    }
    return true;
}

/* The screen becomes what a full drawing gives. It may take some asking: keys and sizes are on
 * their way while we ask. */
static bool settle(struct run *r)
{
    int64_t end = pty_now_ns() + (int64_t)WAIT_MS * 1000000;
    enum answer got = ANSWER_NONE;
    int cols = 0, rows = 0;

    do {
        if (!alive(r))
            return false;
        got = ask_screen(r, &cols, &rows);
        if (got == ANSWER_STALE) {
            r->broken = "it changed and was not painted (this is what was left standing)";
            return false;
        }
        if (got == ANSWER_NONE || cols != r->cols || rows != r->rows)
            continue;
        for (int i = 0; i < 4 && !shows(r); i++)
            pty_pump(r->pty, QUIET_MS);
        if (shows(r))
            return true;
    } while (pty_now_ns() < end);
    r->broken = got == ANSWER_NONE ? "it does not answer any more"
                                   : "the terminal does not show what was drawn";
    return false;
}

/* Where two pictures of the screen part: pairs of lines, a row's text and then its looks. */
static void add_parting(struct buf *out, const char *before, const char *after)
{
    struct str a = str_from(before), b = str_from(after), x, y;
    size_t at;

    for (int line = 0; str_split(&a, '\n', &x) && str_split(&b, '\n', &y); line++) {
        if (str_eq(x, y))
            continue;
        for (at = 0; at < x.len && at < y.len && x.ptr[at] == y.ptr[at];)
            at++;
        at = at > 40 ? at - 40 : 0;
        buf_addf(out, "\nrow %d %s, from byte %zu:\n  %.120s\n  %.120s", line / 2,
                 line % 2 ? "looks" : "text", at, x.ptr + (at < x.len ? at : x.len),
                 y.ptr + (at < y.len ? at : y.len));
        return;
    }
}

enum repaint { REPAINT_SAME, REPAINT_MOVED_ON, REPAINT_BROKE };

/* The same text, looks and cursor as before? What is written may still be on its way: asked for a
 * second. */
static bool becomes_the_same(struct run *r, const char *before, int row, int col, bool visible)
{
    bool same = false, there = false;

    for (int i = 0; i < 1000 / QUIET_MS && !(same && there); i++) {
        int now_row, now_col;
        bool now_visible;
        char *after;

        pty_wait_quiet(r->pty, QUIET_MS, WAIT_MS);
        after = pty_screen(r->pty, true);
        pty_cursor(r->pty, &now_row, &now_col, &now_visible);
        same = strcmp(before, after) == 0;
        there = visible == now_visible && (!visible || (row == now_row && col == now_col));
        buf_clear(&r->detail);
        add_parting(&r->detail, before, after);
        if (same && !there)
            buf_addf(&r->detail, "cursor %d,%d %d and then %d,%d %d", row, col, visible, now_row,
                     now_col, now_visible);
        free(after);
    }
    return same && there;
}

static enum repaint repaint(struct run *r)
{
    uint64_t state = r->state;
    bool visible, same, answered;
    char line[16], *before;
    int row, col;

    pty_wait_quiet(r->pty, QUIET_MS, WAIT_MS);
    if (!shows(
            r)) /* keys were handled since: a prompt that comes and goes ends in the same state */
        return REPAINT_MOVED_ON;
    before = pty_screen(r->pty, true);
    pty_cursor(r->pty, &row, &col, &visible);
    answered = tell(r, "repaint\n") && hear_line(r, line, sizeof(line));
    same = becomes_the_same(r, before, row, col, visible);
    free(before);
    if (same)
        return REPAINT_SAME;
    /* A key that was still on its way may have changed what there is to see. */
    if (!answered || ask_screen(r, &(int){0}, &(int){0}) == ANSWER_NONE || r->state != state)
        return REPAINT_MOVED_ON;
    r->broken = "repainting every cell changes the screen";
    return REPAINT_BROKE;
}

/* Settled, and repainting changes nothing. */
static bool holds(struct run *r)
{
    for (int i = 0; i < 20; i++) {
        if (!settle(r))
            return false;
        switch (repaint(r)) {
        case REPAINT_SAME:
            return true;
        case REPAINT_BROKE:
            return false;
        case REPAINT_MOVED_ON:
            break;
        }
    }
    r->broken = "it never comes to rest";
    return false;
}

/* ---- what the bytes may be ---- */

/* No sequence arrives that the program did not mean: what models and tools wrote is only text. */
static bool only_meant(struct run *r)
{
    size_t len, at = 0, from;
    const char *text = pty_raw(r->pty, &len);

    buf_clear(&r->detail);

    if (len >= PTY_RAW_KEPT) /* its beginning is lost, perhaps within a sequence */
        while (at < len && text[at] != '\033')
            at++;
    for (; at < len && !r->broken; at++) {
        unsigned char c = (unsigned char)text[at];

        from = at;
        if (c == 0x1b) {
            at++;
            if (!meant_escape(text, len, &at))
                r->broken = "a sequence arrived that was not meant";
        } else if ((c < 0x20 && !strchr("\a\b\t\n\r\016\017", c)) || c == 0x7f) {
            r->broken = "a control character arrived";
        }
        for (size_t i = from; r->broken && i < len && i < from + 40; i++)
            buf_addf(&r->detail, text[i] > 0x20 && text[i] < 0x7f ? "%c" : "\\x%02x",
                     (unsigned char)text[i]);
    }
    return r->broken == NULL;
}

/* ---- actions ---- */

static size_t unhex(const char *hex, char *out, size_t size)
{
    size_t n = 0;

    for (; hex[0] && hex[1] && n < size; hex += 2) {
        static const char digits[] = "0123456789abcdef";
        const char *high = strchr(digits, hex[0]), *low = strchr(digits, hex[1]);

        if (!high || !low)
            break;
        out[n++] = (char)((high - digits) * 16 + (low - digits));
    }
    return n;
}

bool run_act(struct run *r, const char *line)
{
    char keys[4096];
    struct str rest = str_from(line), verb;
    uint64_t a = 0, b = 0;

    buf_addf(&r->log, "%s\n", line);
    if (!alive(r))
        return false;
    if (!str_split(&rest, ' ', &verb))
        return true;
    if (str_eq_c(verb, "keys")) {
        pty_send_bytes(r->pty, keys, unhex(line + 5, keys, sizeof(keys)));
    } else if (str_eq_c(verb, "resize") && take_number(&rest, &a) && take_number(&rest, &b)) {
        r->cols = (int)a;
        r->rows = (int)b;
        pty_resize(r->pty, r->rows, r->cols);
    } else if (str_eq_c(verb, "burst")) {
        tell(r, line);
        tell(r, "\n");
    } else if (str_eq_c(verb, "check")) {
        return holds(r) && only_meant(r);
    }
    return alive(r);
}
