/* test_random_keys.c - random keys, resizes and bursts of events: the screen that a terminal shows
 * is the one that a full drawing gives, after each of them.
 *
 * A round is some keys, perhaps a resize, perhaps a burst. Then the text on the emulator's screen
 * must become that of a full drawing (in the program), and repainting every cell must change
 * neither text nor colour nor cursor. Both are waited for with a deadline.
 *
 *   RB_RANDOM_ROUNDS=1000 RB_RANDOM_SEED=7 tests/e2e/test_random_keys
 *   RB_RANDOM_LOG=FILE    runs the actions of a file instead. A failure writes such a file: a line
 *                         an action; cut lines out until it no longer fails, to see what matters.
 */
#include "tests/lib/unit.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/rng.h"
#include "runbook/base/str.h"
#include "tests/lib/meant.h"
#include "tests/lib/pty.h"
#include "tests/lib/tmpdir.h"

#define WAIT_MS 10000
#define QUIET_MS 15
#define ROUNDS 90

struct run {
    struct pty *pty;
    int fd; /* the control line */
    int rows, cols;
    char *dir;      /* a home of its own */
    struct buf log; /* actions so far, a line each */
    struct buf want, detail;
    const char *broken; /* what did not hold; NULL: all is well */
    size_t restarts;
    uint64_t state; /* of the drawing in `want`: looks and cursor as well */
};

/* ---- the program ---- */

static void start(struct run *r)
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
    const char *argv[] = {path, number, NULL};
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

static void stop(struct run *r)
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
    if (r->broken)
        return false;
    r->restarts++;
    stop(r);
    start(r);
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

/* One line of the log: "keys 6a6b", "resize 80 24", "burst 12 99", "check". False: it broke. */
static bool act(struct run *r, const char *line)
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

/* ---- random rounds ---- */

static const char *const key_texts[] = {
    "j",
    "k",
    "g",
    "G",
    "h",
    "l",
    "o",
    "O",
    "z",
    "s",
    "S",
    "c",
    "e",
    "t",
    "1",
    "2",
    "3",
    "4",
    "5",
    "6",
    "7",
    "?",
    "n",
    "N",
    "y",
    "Y",
    "a",
    "w",
    "x",
    "M",
    "<",
    ">",
    "+",
    "-",
    "=",
    "[",
    "]",
    "*",
    " ",
    "\t",
    "\r",
    "\033",
    "\033[Z",
    "\033OA",
    "\033OB",
    "\033OC",
    "\033OD",
    "\033[5~",
    "\033[6~",
    "\033[1~",
    "\033[4~",
    "\033OH",
    "\033OF",
    "\033OQ",
    "\033OR",
    "\033OS",
    "\033[15~",
    "\033[17~",
    "\033[3~",
    "\177",
    "\001",
    "\002",
    "\004",
    "\005",
    "\006",
    "\007",
    "\013",
    "\014",
    "\016",
    "\020",
    "\022",
    "\025",
    "\027",
    "\033b",
    "\033f",
    "\033x",
    "\033\r",
    "\033[1;5C",
    "\033[1;5D",
    /* whole sentences, so that what is behind them is reached */
    "/nginx\r",
    "/p\r",
    "/zzz\r",
    "&tool\r",
    "ihello\r",
    "icaf\303\251 \346\227\245\346\234\254",
    ":",
    ":theme light\r",
    ":theme dark\r",
    "/theme mono\r",
    "i/help\r",
    "i/th\t",
    "?jjj",
    "2jj\r",
    "3jjj\r",
    "e++ll--",
    "tkkk\r",
    "ttcc++",
    "4ss/web\r",
    "A new idea\r",
    "Xno\r",
    "Tup\r",
    /* what terminals and people send as well */
    "\033[200~pasted\ntext \033[31m\033[201~",
    "\033[200~\033[201~",
    "\033[I",
    "\033[O",
    "\033[<0;10;5M\033[<0;10;5m",
    "\033[<64;20;8M",
    "\033[<65;50;20M",
    "\033[<0;300;100M",
    "\033]11;rgb:ffff/ffff/ffff\007",
    "\033]11;rgb:0000/0000/0000\033\\",
    "\033[?1;2c",
    "\033[5;7R",
    "\377\376",
    "\303",
    "\033[",
    "\033]",
    "\360\237\230\200",
    "e\314\201",
};

static void add_hex(struct buf *out, const char *text)
{
    for (; *text; text++)
        buf_addf(out, "%02x", (unsigned char)*text);
}

static void random_size(struct rng *rng, int *cols, int *rows)
{
    static const int usual[][2] = {{80, 24},   {120, 40}, {200, 50}, {60, 20},  {1, 1},
                                   {300, 100}, {40, 8},   {39, 7},   {119, 24}, {2, 60}};
    size_t i = rng_below(rng, 20);

    if (i < sizeof(usual) / sizeof(usual[0])) {
        *cols = usual[i][0];
        *rows = usual[i][1];
    } else {
        *cols = 1 + (int)rng_below(rng, 300);
        *rows = 1 + (int)rng_below(rng, 100);
    }
}

static bool random_round(struct run *r, struct rng *rng)
{
    struct buf line = BUF_INIT(8192);
    size_t keys = 1 + rng_below(rng, 12);
    bool held = true;
    int cols, rows;

    if (rng_below(rng, 2) == 0) {
        random_size(rng, &cols, &rows);
        buf_addf(&line, "resize %d %d", cols, rows);
        held = act(r, buf_cstr(&line));
    }
    if (held && rng_below(rng, 3) == 0) {
        buf_clear(&line);
        buf_addf(&line, "burst %d %d", 1 + (int)rng_below(rng, 60), (int)rng_below(rng, 100000));
        held = act(r, buf_cstr(&line));
    }
    buf_clear(&line);
    buf_adds(&line, "keys ");
    for (size_t i = 0; i < keys; i++)
        add_hex(&line, key_texts[rng_below(rng, sizeof(key_texts) / sizeof(key_texts[0]))]);
    if (rng_below(rng, 40) == 0)
        add_hex(&line, rng_below(rng, 2) ? "q" : "\003");
    held = held && act(r, buf_cstr(&line)) && act(r, "check");
    buf_release(&line);
    return held;
}

/* ---- telling ---- */

static void add_difference(struct run *r, struct buf *out)
{
    struct str rest = buf_str(&r->want), line;

    for (int row = 0; row < r->rows && str_split(&rest, '\n', &line); row++) {
        const char *shown = pty_row(r->pty, row);

        if (!str_eq_c(line, shown))
            buf_addf(out, "row %d is   |%s|\nrow %d want |%.*s|\n", row, shown, row, STR_FMT(line));
    }
}

static void explain(struct run *r, uint64_t seed)
{
    struct buf text = BUF_INIT(BUF_NO_MAX);
    char *path = xasprintf("random-keys-%d.log", (int)(seed % 1000000));
    struct err err = ERR_INIT;

    add_difference(r, &text);
    if (file_write_atomic(path, buf_str(&r->log), 0644, &err))
        path[0] = '\0';
    print_error("%s %s, with %dx%d and seed %d\n%s\nactions: %s (run it with RB_RANDOM_LOG)\n",
                r->broken, buf_cstr(&r->detail), r->cols, r->rows, (int)seed, buf_cstr(&text),
                path);
    buf_release(&text);
    free(path);
}

static uint64_t from_env(const char *name, uint64_t otherwise)
{
    const char *text = getenv(name);
    uint64_t value;

    return text && num_u64(str_from(text), &value) ? value : otherwise;
}

static bool run_file(struct run *r, const char *path)
{
    struct buf text = BUF_INIT((size_t)64 << 20);
    struct err err = ERR_INIT;
    struct str rest, line;
    bool held = true;

    assert_ok(file_read(path, &text, &err), &err);
    rest = buf_str(&text);
    while (held && str_line(&rest, &line)) {
        char *copy = xasprintf("%.*s", STR_FMT(line));

        held = act(r, copy);
        free(copy);
    }
    buf_release(&text);
    return held;
}

/* */
static void test_random_keys(void **state)
{
    uint64_t seed = from_env("RB_RANDOM_SEED", 1), rounds = from_env("RB_RANDOM_ROUNDS", ROUNDS);
    struct run r = {.rows = 24, .cols = 80};
    struct rng rng;
    bool held = true;

    (void)state;
    r.dir = tmpdir_new();
    buf_init(&r.log, BUF_NO_MAX);
    buf_init(&r.want, BUF_NO_MAX);
    buf_init(&r.detail, BUF_NO_MAX);
    rng_seed(&rng, seed);
    start(&r);
    assert_true(pty_wait_text(r.pty, "runbook", WAIT_MS));
    if (getenv("RB_RANDOM_LOG"))
        held = run_file(&r, getenv("RB_RANDOM_LOG"));
    for (uint64_t i = 0; !getenv("RB_RANDOM_LOG") && i < rounds && held; i++)
        held = random_round(&r, &rng);
    if (!held)
        explain(&r, seed);
    print_message("# seed %d, %d rounds, started %d times\n", (int)seed, (int)rounds,
                  (int)r.restarts + 1);
    stop(&r);
    buf_release(&r.log);
    buf_release(&r.want);
    buf_release(&r.detail);
    tmpdir_free(r.dir);
    assert_true(held);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_random_keys),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
