/* tty.c - see tty_priv.h. ncurses decides which bytes are sent; this file decides which cells
 * changed. Keys are read through a pad of their own, because wgetch() on a window also refreshes
 * it. Signals are the loop's: their handlers are installed before newterm(), which then leaves them
 * alone. */
#include "src/ui/tty_priv.h"

#include <curses.h>
#include <errno.h>
#include <fcntl.h>
#include <langinfo.h>
#include <limits.h>
#include <locale.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#include "runbook/base/mem.h"
#include "runbook/base/num.h"
#include "runbook/base/text.h"
#include "runbook/base/vec.h"

#define PASTE_MAX_BYTES (256 * 1024)
#define RESTORE_MAX 512
#define ESC_DELAY_MS 25
#define ANSWER_GAP_MS 100 /* between the bytes of a terminal's answer, on a slow line */
#define ANSWER_MAX 64

/* Codes of our own for sequences that terminfo does not name; above curses' KEY_MAX. */
enum {
    CODE_PASTE_BEGIN = KEY_MAX + 1,
    CODE_PASTE_END,
    CODE_BACKGROUND, /* the beginning of the answer to BACKGROUND_ASK */
    CODE_CTRL_LEFT,
    CODE_CTRL_RIGHT,
    CODE_CTRL_HOME,
    CODE_CTRL_END,
};

struct drawn_look {
    bool known;
    attr_t attrs;
    int pair;
};

struct tty {
    SCREEN *screen;
    WINDOW *keys;
    enum color_level level;
    enum glyph_set glyphs;
    struct theme theme;
    struct drawn_look looks[STYLES][STYLES];
    int width, height; /* of `shown` */
    struct cell *shown;
    bool asked; /* for the background; not answered yet */
    bool cursor_on, xterm_like, mouse, gone, left;
    struct buf paste;
    struct buf title;
};

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

/* A capability without its padding ("$<50>"). */
static void add_cap(const char *name)
{
    const char *s = tigetstr(name);

    if (!s || s == (const char *)-1)
        return;
    while (*s && rescue.len < RESTORE_MAX - 1) {
        const char *end = s[0] == '$' && s[1] == '<' ? strchr(s, '>') : NULL;

        if (end)
            s = end + 1;
        else
            rescue.bytes[rescue.len++] = *s++;
    }
}

static void add_bytes(const char *s)
{
    size_t len = strlen(s);

    if (rescue.len + len > RESTORE_MAX)
        return;
    memcpy(rescue.bytes + rescue.len, s, len);
    rescue.len += len;
}

/* Source: xterm, ctlseqs: OSC 11 with "?" is answered by OSC 11 ; rgb:RRRR/GGGG/BBBB. */
#define BACKGROUND_ASK "\033]11;?\007"
#define PASTE_ON "\033[?2004h"
#define PASTE_OFF "\033[?2004l"
#define TITLE_PUSH "\033[22;0t"
#define TITLE_POP "\033[23;0t"
#define MOUSE_OFF "\033[?1000l\033[?1006l"

static void prepare_rescue(struct tty *t)
{
    rescue.len = 0;
    if (t->xterm_like)
        add_bytes(PASTE_OFF TITLE_POP);
    if (t->mouse)
        add_bytes(MOUSE_OFF);
    add_cap("sgr0");
    add_cap("rmkx");
    add_cap("cnorm");
    add_cap("rmcup");
    add_bytes("\r\n");
    rescue.active = 1;
}

static void send_bytes(const char *s)
{
    size_t len = strlen(s), at = 0;

    while (at < len) {
        ssize_t n = write(STDOUT_FILENO, s + at, len - at);

        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return; /* gone: reading will say so */
        at += (size_t)n;
    }
}

/* ---- opening ---- */

/* Terminals that take xterm's titles and bracketed paste. The Linux console ignores both, but a
 * real vt100 would print them. */
static bool is_xterm_like(const char *name)
{
    static const char *const families[] = {
        "xterm",   "screen", "tmux", "rxvt",  "alacritty", "foot",    "kitty",   "konsole", "gnome",
        "wezterm", "st-",    "vte",  "putty", "mintty",    "contour", "ghostty", "iterm"};

    for (size_t i = 0; i < sizeof(families) / sizeof(families[0]); i++)
        if (strncmp(name, families[i], strlen(families[i])) == 0)
            return true;
    return false;
}

static bool described(const char *name)
{
    int result = 0;

    return setupterm(name, STDOUT_FILENO, &result) == OK && result == 1;
}

/* The type itself, or for a relative of xterm that has no description here (a bare machine knows
 * few) the nearest that has one. */
static const char *known(const char *name)
{
    if (described(name))
        return name;
    if (!is_xterm_like(name))
        return NULL;
    return described("xterm-256color") ? "xterm-256color" : described("xterm") ? "xterm" : NULL;
}

static enum err_code check_terminal(const char **ret_name, struct err *err)
{
    const char *name = getenv("TERM"), *cup;

    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return err_set(err, ERR_INPUT, "this is not a terminal: use --plain or --json");
    if (!name || !*name)
        return err_set(err, ERR_INPUT, "TERM is not set: set it, or use --plain");
    *ret_name = known(name);
    if (!*ret_name)
        return err_set(
            err, ERR_INPUT,
            "the terminal type \"%s\" is not known here: set TERM (xterm-256color suits most), "
            "or use --plain",
            name);
    cup = tigetstr("cup");
    if (!cup || cup == (const char *)-1)
        return err_set(err, ERR_INPUT,
                       "a terminal of type \"%s\" cannot place its cursor: use --plain", name);
    return ERR_OK;
}

static enum color_level color_level(bool no_color)
{
    const char *no = getenv("NO_COLOR"); /* Source: no-color.org: any value but the empty one */

    if (no_color || (no && *no) || !has_colors())
        return COLORS_NONE;
    if (COLORS >= 0x1000000)
        return COLORS_DIRECT;
    return COLORS >= 256 ? COLORS_256 : COLORS >= 16 ? COLORS_16 : COLORS_8;
}

static void set_modes(struct tty *t)
{
    raw(); /* Ctrl-C and Ctrl-Z come as keys, so that what they do is ours to say */
    noecho();
    nonl();
    set_escdelay(ESC_DELAY_MS);
    typeahead(-1);
    t->keys = newpad(1, 1);
    keypad(t->keys, TRUE);
    nodelay(t->keys, TRUE);
    define_key("\033[200~", CODE_PASTE_BEGIN);
    define_key("\033[201~", CODE_PASTE_END);
    define_key("\033]11;", CODE_BACKGROUND);
    define_key("\033[1;5D", CODE_CTRL_LEFT);
    define_key("\033[1;5C", CODE_CTRL_RIGHT);
    define_key("\033[1;5H", CODE_CTRL_HOME);
    define_key("\033[1;5F", CODE_CTRL_END);
    if (t->mouse)
        mousemask(BUTTON1_PRESSED | BUTTON4_PRESSED | BUTTON5_PRESSED, NULL);
}

static void set_colors(struct tty *t, const struct tty_options *o)
{
    start_color();
    use_default_colors();
    t->level = color_level(o->no_color);
    t->theme = t->level == COLORS_NONE ? *o->mono : *o->theme;
}

enum err_code tty_open(const struct tty_options *o, struct tty **ret, struct err *err)
{
    const char *name = NULL;
    bool utf8;
    struct tty *t;
    enum err_code rc;

    setlocale(LC_CTYPE, "");
    utf8 = strcmp(nl_langinfo(CODESET), "UTF-8") == 0;
    rc = check_terminal(&name, err);
    if (rc)
        return rc;
    tcgetattr(STDIN_FILENO, &rescue.termios);
    rescue.flags = fcntl(STDIN_FILENO, F_GETFL);
    t = xcalloc(1, sizeof(*t));
    t->xterm_like = is_xterm_like(name);
    t->mouse = o->mouse;
    t->glyphs = o->ascii || !utf8                ? GLYPHS_ASCII
                : strncmp(name, "linux", 5) == 0 ? GLYPHS_BASIC
                                                 : GLYPHS_FULL;
    t->screen = newterm(name, stdout, stdin);
    if (!t->screen) {
        free(t);
        return err_set(err, ERR_IO, "the terminal cannot be set up: use --plain");
    }
    buf_init(&t->paste, PASTE_MAX_BYTES);
    buf_init(&t->title, 512);
    set_colors(t, o);
    set_modes(t);
    prepare_rescue(t);
    catch_crashes();
    if (t->xterm_like)
        send_bytes(TITLE_PUSH PASTE_ON);
    curs_set(0);
    *ret = t;
    return ERR_OK;
}

/* An answer that is still on its way must not land in the shell's command line. */
static void drop_answer(struct tty *t)
{
    struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};

    if (!t->asked || t->gone)
        return;
    poll(&pfd, 1, ANSWER_GAP_MS);
    tcflush(STDIN_FILENO, TCIFLUSH);
}

void tty_close(struct tty *t)
{
    if (!t)
        return;
    drop_answer(t);
    if (!t->left && !t->gone) {
        if (t->xterm_like)
            send_bytes(PASTE_OFF TITLE_POP);
        curs_set(1);
        endwin();
    }
    rescue.active = 0;
    uncatch_crashes();
    delwin(t->keys);
    delscreen(t->screen);
    tcsetattr(STDIN_FILENO, TCSANOW, &rescue.termios);
    fcntl(STDIN_FILENO, F_SETFL, rescue.flags);
    buf_release(&t->paste);
    buf_release(&t->title);
    free(t->shown);
    free(t);
}

enum glyph_set tty_glyphs(const struct tty *t)
{
    return t->glyphs;
}

/* A terminal's descriptors share one file: made non-blocking for reading, writing would lose
 * output, and the shell behind us would read nothing. The loop polls, which needs no such flag. */
void tty_keep_blocking(const struct tty *t)
{
    (void)t;
    fcntl(STDIN_FILENO, F_SETFL, rescue.flags & ~O_NONBLOCK);
}

void tty_size(struct tty *t, int *ret_cols, int *ret_rows)
{
    struct winsize ws = {0};

    if (ioctl(STDOUT_FILENO, TIOCGWINSZ, &ws) == 0 && ws.ws_row > 0 && ws.ws_col > 0) {
        if (ws.ws_row != LINES || ws.ws_col != COLS)
            resizeterm(ws.ws_row, ws.ws_col);
    }
    *ret_cols = COLS;
    *ret_rows = LINES;
}

/* ---- reading ---- */

static key_code special_key(wint_t code)
{
    static const struct {
        wint_t code;
        key_code key;
    } keys[] = {
        {KEY_BTAB, KEY_NAME_TAB | KEY_SHIFT},
        {KEY_ENTER, KEY_NAME_ENTER},
        {KEY_BACKSPACE, KEY_NAME_BACKSPACE},
        {KEY_DC, KEY_NAME_DELETE},
        {KEY_IC, KEY_NAME_INSERT},
        {KEY_HOME, KEY_NAME_HOME},
        {KEY_FIND, KEY_NAME_HOME},
        {KEY_A1, KEY_NAME_HOME},
        {KEY_END, KEY_NAME_END},
        {KEY_SELECT, KEY_NAME_END},
        {KEY_C1, KEY_NAME_END},
        {KEY_PPAGE, KEY_NAME_PGUP},
        {KEY_A3, KEY_NAME_PGUP},
        {KEY_NPAGE, KEY_NAME_PGDN},
        {KEY_C3, KEY_NAME_PGDN},
        {KEY_UP, KEY_NAME_UP},
        {KEY_DOWN, KEY_NAME_DOWN},
        {KEY_LEFT, KEY_NAME_LEFT},
        {KEY_RIGHT, KEY_NAME_RIGHT},
        {KEY_SLEFT, KEY_NAME_LEFT | KEY_SHIFT},
        {KEY_SRIGHT, KEY_NAME_RIGHT | KEY_SHIFT},
        {CODE_CTRL_LEFT, KEY_NAME_LEFT | KEY_CTRL},
        {CODE_CTRL_RIGHT, KEY_NAME_RIGHT | KEY_CTRL},
        {CODE_CTRL_HOME, KEY_NAME_HOME | KEY_CTRL},
        {CODE_CTRL_END, KEY_NAME_END | KEY_CTRL},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].code == code)
            return keys[i].key;
    if (code >= KEY_F(1) && code <= KEY_F(12))
        return KEY_NAME_F1 + (code - KEY_F(1));
    return 0;
}

static key_code plain_key(wint_t c)
{
    if (c == '\r' || c == '\n')
        return KEY_NAME_ENTER;
    if (c == '\t')
        return KEY_NAME_TAB;
    if (c == 27)
        return KEY_NAME_ESC;
    if (c == ' ')
        return KEY_NAME_SPACE;
    if (c == 127 || c == 8)
        return KEY_NAME_BACKSPACE;
    if (c == 0)
        return KEY_CTRL | '@';
    if (c < 27)
        return KEY_CTRL | (key_code)(c + 96);
    if (c < 32)
        return KEY_CTRL | (key_code)(c + 64);
    return (key_code)c;
}

/* Everything up to the end of a bracketed paste. It may come in several reads: what is there is
 * kept. */
static void add_pasted(struct tty *t, wint_t c)
{
    char utf8[MB_LEN_MAX];
    mbstate_t state = {0};
    size_t n = wcrtomb(utf8, (wchar_t)c, &state);

    if (n != (size_t)-1)
        buf_add(&t->paste, utf8, n);
}

static bool read_paste(struct tty *t, struct tty_event *ret)
{
    wint_t c;
    int rc;

    buf_clear(&t->paste);
    t->paste.full = false;
    for (;;) {
        struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};

        rc = wget_wch(t->keys, &c);
        if (rc == ERR && poll(&pfd, 1, 200) > 0 && !(pfd.revents & (POLLHUP | POLLERR)))
            rc = wget_wch(t->keys, &c);
        if (rc == ERR || (rc == KEY_CODE_YES && c == CODE_PASTE_END))
            break;
        if (rc == OK)
            add_pasted(t, c);
    }
    *ret = (struct tty_event){.kind = TTY_PASTE, .paste = buf_str(&t->paste)};
    return true;
}

/* One channel: one to four hexadecimal digits, scaled to 0-255. */
static bool channel(struct str digits, unsigned *ret)
{
    uint64_t v;

    if (digits.len < 1 || digits.len > 4 || !num_u64_base(digits, 16, &v))
        return false;
    *ret = (unsigned)(v * 255 / ((UINT64_C(1) << (4 * digits.len)) - 1));
    return true;
}

/* "rgb:ffff/ffff/dddd" or "rgba:...". */
static bool parse_background(struct str text, bool *ret_light)
{
    struct str rest = text, piece;
    unsigned c[3];

    if (!str_split(&rest, ':', &piece) || !(str_eq_c(piece, "rgb") || str_eq_c(piece, "rgba")))
        return false;
    for (int i = 0; i < 3; i++)
        if (!str_split(&rest, '/', &piece) || !channel(piece, &c[i]))
            return false;
    *ret_light = c[0] * 299 + c[1] * 587 + c[2] * 114 > 127500; /* ITU-R BT.601 luma over a half */
    return true;
}

/* The next character of an answer, waiting a little for it. */
static bool answer_char(struct tty *t, wint_t *ret)
{
    struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};
    int rc = wget_wch(t->keys, ret);

    if (rc == ERR && poll(&pfd, 1, ANSWER_GAP_MS) > 0)
        rc = wget_wch(t->keys, ret);
    return rc == OK;
}

/* The rest of the answer, up to BEL or ST. It is taken off the input whatever it says. */
static bool read_background(struct tty *t, struct tty_event *ret)
{
    char text[ANSWER_MAX];
    size_t len = 0;
    wint_t c;

    t->asked = false;
    set_escdelay(ESC_DELAY_MS);
    while (len < sizeof(text) && answer_char(t, &c) && c != 7 && c != 0x9C) {
        if (c == 27) {
            answer_char(t, &c); /* the backslash of ST */
            break;
        }
        text[len++] = c < 0x80 ? (char)c : '?';
    }
    *ret = (struct tty_event){.kind = TTY_BACKGROUND};
    return parse_background((struct str){text, len}, &ret->light);
}

/* An answer whose first byte came alone was taken for Alt-]. */
static bool late_answer(struct tty *t, key_code key)
{
    wint_t c;

    if (!t->asked || key != (KEY_ALT | ']'))
        return false;
    for (const char *p = "11;"; *p; p++)
        if (!answer_char(t, &c) || c != (wint_t)*p)
            return false;
    return true;
}

static bool read_mouse(struct tty_event *ret)
{
    MEVENT m;

    if (getmouse(&m) != OK)
        return false;
    *ret = (struct tty_event){.kind = TTY_CLICK, .x = m.x, .y = m.y};
    if (m.bstate & BUTTON4_PRESSED)
        *ret = (struct tty_event){.kind = TTY_WHEEL, .x = m.x, .y = m.y, .by = -1};
    else if (m.bstate & BUTTON5_PRESSED)
        *ret = (struct tty_event){.kind = TTY_WHEEL, .x = m.x, .y = m.y, .by = 1};
    return true;
}

static void note_end(struct tty *t)
{
    struct pollfd pfd = {.fd = STDIN_FILENO, .events = POLLIN};
    int waiting = 0;

    if (poll(&pfd, 1, 0) <= 0)
        return;
    if (pfd.revents & (POLLHUP | POLLERR | POLLNVAL))
        t->gone = true;
    else if (pfd.revents & POLLIN && ioctl(STDIN_FILENO, FIONREAD, &waiting) == 0 && waiting == 0)
        t->gone = true; /* readable, and nothing to read: the end of the file */
}

/* Esc with a key right behind it is Alt and that key. */
static key_code alt_key(struct tty *t)
{
    wint_t c;
    int rc = wget_wch(t->keys, &c);

    if (rc == ERR)
        return KEY_NAME_ESC;
    if (rc == KEY_CODE_YES || c == 27) {
        if (rc == KEY_CODE_YES)
            ungetch((int)c);
        else
            unget_wch((wchar_t)c);
        return KEY_NAME_ESC;
    }
    return plain_key(c) | KEY_ALT;
}

bool tty_read(struct tty *t, struct tty_event *ret)
{
    wint_t c;
    int rc;

    for (;;) {
        rc = wget_wch(t->keys, &c);
        if (rc == ERR) {
            note_end(t);
            return false;
        }
        if (rc == KEY_CODE_YES && c == KEY_RESIZE)
            continue; /* queued by resizeterm(): we know */
        if (rc == KEY_CODE_YES && c == CODE_PASTE_BEGIN)
            return read_paste(t, ret);
        if (rc == KEY_CODE_YES && c == KEY_MOUSE) {
            if (read_mouse(ret))
                return true;
            continue;
        }
        if (rc == KEY_CODE_YES && c == CODE_BACKGROUND) {
            if (read_background(t, ret))
                return true;
            continue;
        }
        *ret = (struct tty_event){.kind = TTY_KEY};
        ret->key = rc == KEY_CODE_YES ? special_key(c) : c == 27 ? alt_key(t) : plain_key(c);
        if (late_answer(t, ret->key)) {
            if (read_background(t, ret))
                return true;
            continue;
        }
        if (ret->key) {
            set_escdelay(ESC_DELAY_MS); /* somebody types: Esc is quick again */
            return true;
        }
    }
}

bool tty_gone(const struct tty *t)
{
    return t->gone;
}

/* ---- painting ---- */

static attr_t curses_attrs(unsigned attrs)
{
    attr_t a = A_NORMAL;

    a |= attrs & ATTR_BOLD ? A_BOLD : A_NORMAL;
    a |= attrs & ATTR_DIM ? A_DIM : A_NORMAL;
    a |= attrs & ATTR_UNDERLINE ? A_UNDERLINE : A_NORMAL;
    a |= attrs & ATTR_ITALIC ? A_ITALIC : A_NORMAL;
    a |= attrs & ATTR_REVERSE ? A_REVERSE : A_NORMAL;
    return a;
}

static const struct drawn_look *look_of(struct tty *t, const struct cell *cell)
{
    struct drawn_look *d = &t->looks[cell->style][cell->overlay];
    struct look look;

    if (d->known)
        return d;
    look = theme_look(&t->theme, t->level, (enum style)cell->style, (enum style)cell->overlay);
    d->known = true;
    d->attrs = curses_attrs(look.attrs);
    d->pair = look.fg < 0 && look.bg < 0 ? 0 : alloc_pair(look.fg, look.bg);
    if (d->pair < 0)
        d->pair = 0; /* no pairs left: plain */
    return d;
}

/* The terminal's idea of a width is wcwidth()'s; where ours differs, something of our width is
 * shown. */
static void cell_text(const struct cell *cell, wchar_t out[CCHARW_MAX + 1])
{
    mbstate_t state = {0};
    const char *at = cell->text;
    size_t count = 0;
    wchar_t wc;

    while (*at && count < CCHARW_MAX) {
        size_t n = mbrtowc(&wc, at, MB_LEN_MAX, &state);

        if (n == (size_t)-1 || n == (size_t)-2 || n == 0)
            break;
        at += n;
        if (count == 0 && wcwidth(wc) != cell->width && !(cell->width == 2 && wcwidth(wc) == 1))
            wc = wcwidth(0xFFFD) == 1 ? 0xFFFD : L'?';
        else if (count > 0 && wcwidth(wc) != 0)
            break; /* a second base: curses takes one in a cell */
        out[count++] = wc;
    }
    if (count == 0)
        out[count++] = L'?';
    out[count] = L'\0';
}

static void put_cell(struct tty *t, int x, int y, const struct cell *cell)
{
    const struct drawn_look *look = look_of(t, cell);
    wchar_t text[CCHARW_MAX + 1];
    cchar_t cc;
    int pair = look->pair;

    if (cell->text[1] == '\0' && cell->width == 1) {
        text[0] = (wchar_t)cell->text[0];
        text[1] = L'\0';
    } else {
        cell_text(cell, text);
    }
    setcchar(&cc, text, look->attrs, 0, &pair);
    mvadd_wch(y, x, &cc);
    if (cell->width == 2 && wcwidth(text[0]) == 1) {
        setcchar(&cc, L" ", look->attrs, 0, &pair);
        mvadd_wch(y, x + 1, &cc);
    }
}

static bool fit_shown(struct tty *t, const struct canvas *c)
{
    size_t count = (size_t)c->width * (size_t)c->height;

    if (t->shown && t->width == c->width && t->height == c->height)
        return false;
    t->shown = xreallocarray(t->shown, count, sizeof(*t->shown));
    t->width = c->width;
    t->height = c->height;
    return true;
}

void tty_paint(struct tty *t, const struct canvas *c, int cursor_x, int cursor_y, bool all)
{
    size_t row_bytes = (size_t)c->width * sizeof(*c->cells);
    bool cursor = cursor_x >= 0 && cursor_x < c->width && cursor_y >= 0 && cursor_y < c->height;

    if (t->left || t->gone)
        return;
    if (fit_shown(t, c) || all) {
        erase();
        clearok(curscr, TRUE);
        all = true;
    }
    for (int y = 0; y < c->height; y++) {
        const struct cell *row = &c->cells[y * c->width];
        struct cell *shown = &t->shown[y * c->width];

        if (!all && memcmp(row, shown, row_bytes) == 0)
            continue;
        for (int x = 0; x < c->width; x++)
            if (row[x].width > 0 && (all || memcmp(&row[x], &shown[x], sizeof(row[x])) != 0))
                put_cell(t, x, y, &row[x]);
        memcpy(shown, row, row_bytes);
    }
    if (cursor)
        move(cursor_y, cursor_x);
    if (cursor != t->cursor_on)
        curs_set(cursor);
    t->cursor_on = cursor;
    wnoutrefresh(stdscr);
    doupdate();
}

bool tty_ready(const struct tty *t)
{
    struct pollfd pfd = {.fd = STDOUT_FILENO, .events = POLLOUT};

    (void)t;
    return poll(&pfd, 1, 0) > 0 && (pfd.revents & POLLOUT);
}

void tty_ask_background(struct tty *t)
{
    if (!t->xterm_like || t->level == COLORS_NONE)
        return;
    t->asked = true;
    set_escdelay(ANSWER_GAP_MS);
    send_bytes(BACKGROUND_ASK);
}

void tty_set_theme(struct tty *t, const struct theme *theme)
{
    if (t->level == COLORS_NONE)
        return;
    t->theme = *theme;
    memset(t->looks, 0, sizeof(t->looks));
}

void tty_bell(struct tty *t)
{
    if (!t->left && !t->gone)
        send_bytes("\a");
}

void tty_title(struct tty *t, const char *title)
{
    struct buf clean = BUF_INIT(256), all = BUF_INIT(300);
    int width;

    text_sanitize(&clean, text_fit(str_from(title), 60, &width), false, t->glyphs == GLYPHS_ASCII);
    if (t->xterm_like && !str_eq(buf_str(&clean), buf_str(&t->title))) {
        buf_addf(&all, "\033]2;%s\007", buf_cstr(&clean));
        send_bytes(buf_cstr(&all));
        buf_clear(&t->title);
        buf_add_str(&t->title, buf_str(&clean));
    }
    buf_release(&clean);
    buf_release(&all);
}

/* ---- stopping and going on ---- */

void tty_suspend(struct tty *t)
{
    struct sigaction dfl = {.sa_handler = SIG_DFL}, old;

    if (t->xterm_like)
        send_bytes(PASTE_OFF TITLE_POP);
    curs_set(1);
    endwin();
    t->left = true;
    rescue.active = 0;
    sigemptyset(&dfl.sa_mask);
    sigaction(SIGTSTP, &dfl, &old);
    kill(0, SIGTSTP); /* the whole group, as the terminal does: a script around us stops too */
    sigaction(SIGTSTP, &old, NULL);
    tty_resume(t);
}

void tty_resume(struct tty *t)
{
    t->left = false;
    rescue.active = 1;
    reset_prog_mode();
    wrefresh(curscr);
    if (t->xterm_like) {
        send_bytes(TITLE_PUSH PASTE_ON);
        buf_clear(&t->title);
    }
    t->cursor_on = false;
    curs_set(0);
}
