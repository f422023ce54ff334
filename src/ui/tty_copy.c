/* tty_copy.c - what goes past the screen: clipboard, bell, notification, title. Inside tmux and GNU
 * screen, what they do not know themselves is wrapped so that the terminal outside gets it. */
#include <string.h>

#include "runbook/base/text.h"
#include "src/ui/tty_parts_priv.h"

#define SCREEN_PIECE                                                                               \
    240 /* bytes that GNU screen passes through at once; Source: its MAXSTR is 256 */
#define NOTE_CELLS 120
#define WRAP_MAX ((size_t)512 << 10)

static void add_base64(struct buf *out, struct str s)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    for (size_t i = 0; i < s.len; i += 3) {
        unsigned v = (unsigned)(unsigned char)s.ptr[i] << 16;

        v |= i + 1 < s.len ? (unsigned)(unsigned char)s.ptr[i + 1] << 8 : 0;
        v |= i + 2 < s.len ? (unsigned)(unsigned char)s.ptr[i + 2] : 0;
        buf_addc(out, digits[v >> 18 & 63]);
        buf_addc(out, digits[v >> 12 & 63]);
        buf_addc(out, i + 1 < s.len ? digits[v >> 6 & 63] : '=');
        buf_addc(out, i + 2 < s.len ? digits[v & 63] : '=');
    }
}

/* Source: tmux(1), allow-passthrough: every Esc doubled inside DCS tmux; ... ST. */
static void wrap_tmux(struct buf *out, struct str s)
{
    buf_adds(out, "\033Ptmux;");
    for (size_t i = 0; i < s.len; i++) {
        if (s.ptr[i] == 27)
            buf_addc(out, 27);
        buf_addc(out, s.ptr[i]);
    }
    buf_adds(out, "\033\\");
}

static void wrap_screen(struct buf *out, struct str s)
{
    for (size_t at = 0; at < s.len; at += SCREEN_PIECE) {
        size_t n = s.len - at < SCREEN_PIECE ? s.len - at : SCREEN_PIECE;

        buf_adds(out, "\033P");
        buf_add(out, s.ptr + at, n);
        buf_adds(out, "\033\\");
    }
}

static void send_through(struct tty *t, struct str s)
{
    struct buf out = BUF_INIT(WRAP_MAX);

    if (t->env.tmux)
        wrap_tmux(&out, s);
    else if (t->env.screen)
        wrap_screen(&out, s);
    else
        buf_add_str(&out, s);
    tty_send_buf(t, buf_str(&out));
    buf_release(&out);
}

bool tty_can_clip(const struct tty *t)
{
    return t->caps.xterm_like && !t->left && !t->gone;
}

bool tty_in_tmux(const struct tty *t)
{
    return t->env.tmux;
}

/* Source: xterm, ctlseqs, "Manipulate Selection Data". The limit is hterm's and the common one:
 * 100,000 bytes with base64 and the sequence around it. tmux takes the sequence as its own. */
bool tty_clip(struct tty *t, struct str text)
{
    struct buf out = BUF_INIT(WRAP_MAX);

    if (!tty_can_clip(t) || text.len > TTY_CLIP_MAX_BYTES)
        return false;
    buf_adds(&out, "\033]52;c;");
    add_base64(&out, text);
    buf_adds(&out, "\007");
    if (t->env.tmux)
        tty_send_buf(t, buf_str(&out));
    else
        send_through(t, buf_str(&out));
    buf_release(&out);
    return true;
}

void tty_bell(struct tty *t)
{
    if (!t->left && !t->gone)
        tty_send(t, "\a");
}

static bool takes_777(const struct tty *t)
{
    static const char *const terms[] = {"rxvt", "foot", "vte", "gnome", "konsole", "contour"};

    for (size_t i = 0; t->env.term && i < sizeof(terms) / sizeof(terms[0]); i++)
        if (strncmp(t->env.term, terms[i], strlen(terms[i])) == 0)
            return true;
    return false;
}

/* One line that holds nothing but text; a semicolon would end a field of OSC 777. */
static void clean_line(const struct tty *t, const char *text, int cells, struct buf *out)
{
    int width;

    text_sanitize(out, text_fit(str_from(text), cells, &width), false, t->glyphs == GLYPHS_ASCII);
    for (size_t i = 0; i < out->len; i++)
        if (out->ptr[i] == ';')
            out->ptr[i] = ',';
}

void tty_notify(struct tty *t, const char *text)
{
    struct buf clean = BUF_INIT(1024), out = BUF_INIT(1200);

    tty_bell(t);
    if (t->caps.xterm_like && !t->left && !t->gone) {
        clean_line(t, text, NOTE_CELLS, &clean);
        if (takes_777(t))
            buf_addf(&out, "\033]777;notify;runbook;%s\007", buf_cstr(&clean));
        else
            buf_addf(&out, "\033]9;runbook: %s\007", buf_cstr(&clean));
        send_through(t, buf_str(&out));
    }
    buf_release(&clean);
    buf_release(&out);
}

void tty_title(struct tty *t, const char *title)
{
    struct buf clean = BUF_INIT(256), all = BUF_INIT(300);

    clean_line(t, title, 60, &clean);
    if (t->caps.xterm_like && !t->left && !str_eq(buf_str(&clean), buf_str(&t->title))) {
        buf_addf(&all, "\033]2;%s\007", buf_cstr(&clean));
        tty_send_buf(t, buf_str(&all));
        buf_clear(&t->title);
        buf_add_str(&t->title, buf_str(&clean));
    }
    buf_release(&clean);
    buf_release(&all);
}
