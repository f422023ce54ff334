/* tty_parts_priv.h - what the files of the terminal share. The tty_*.c files are the only ones that
 * know terminfo and escape sequences:
 *   tty.c         life: taking over, giving back, suspending, dying
 *   tty_caps.c    what the terminal can do: terminfo, environment
 *   tty_out.c     bytes on their way out: never blocks, counts, knows how far behind the terminal
 * is tty_paint.c   cells that changed, as bytes tty_input.c   reading; tty_decode.c and tty_keys.c
 * turn bytes into events tty_copy.c    clipboard, bell, notification, title */
#ifndef RUNBOOK_UI_TTY_PARTS_PRIV_H
#define RUNBOOK_UI_TTY_PARTS_PRIV_H

#include <termios.h>

#include "src/ui/tty_decode_priv.h"
#include "src/ui/tty_priv.h"

/* What the environment says about the terminal; a test fills it by hand. */
struct tty_env {
    const char *term, *colorterm, *term_program, *no_color, *clicolor, *clicolor_force;
    bool tmux, screen; /* inside of one */
};
void tty_env_read(struct tty_env *e);

enum cap {
    CAP_CUP,
    CAP_SMCUP,
    CAP_RMCUP,
    CAP_CIVIS,
    CAP_CNORM,
    CAP_CLEAR,
    CAP_EL,
    CAP_ECH,
    CAP_SGR0,
    CAP_BOLD,
    CAP_DIM,
    CAP_SMUL,
    CAP_REV,
    CAP_SITM,
    CAP_SETAF,
    CAP_SETAB,
    CAPS
};

struct tty_caps {
    char text[CAPS][64]; /* without padding; "": cannot */
    int colors;
    bool rgb;        /* its description says so */
    bool back_erase; /* erasing leaves the background that is set (bce) */
    bool corner;     /* the last cell can be written without scrolling */
    bool xterm_like; /* takes titles, bracketed paste, queries */
    bool scroll;     /* a part of its rows alone */
    bool ansi;       /* ECMA-48's colours and attributes */
    bool utf8;
};
/* TERM's description, or for a relative of xterm without one the nearest. */
/* Give terminfo's entry back: a process may open the screen more than once. */
void tty_caps_forget(void);
enum err_code tty_caps_load(struct tty_caps *c, const struct tty_env *e, struct err *err);
/* How many colours to use, from the description and the environment. */
enum color_level tty_color_level(const struct tty_caps *c, const struct tty_env *e, bool no_color);
/* Append the bytes that put the cursor there. */
void tty_caps_cup(const struct tty_caps *c, int x, int y, struct buf *out);
void tty_caps_color(const struct tty_caps *c, enum cap which, int number, struct buf *out);

/* What the terminal shows, as far as we know. */
struct painter {
    int width, height;
    struct cell *shown;
    uint64_t *links;  /* of each link number in use: a hash of its address; LINKS of them */
    int x, y;         /* of the cursor; x < 0: unknown */
    struct look look; /* that is set */
    bool look_known;
    unsigned link; /* that is open; 0: none */
    bool cursor_on;
    struct {
        bool known;
        struct look look;
    } looks[STYLES][STYLES];
};

struct tty_meter {
    uint64_t bytes; /* taken by the kernel */
    uint64_t painted, dropped;
    int64_t paint_us;     /* of the last painting */
    uint64_t frame_bytes; /* of the last painting */
};

struct tty {
    int fd; /* of our own, non-blocking; or 0 and 1 when it cannot be opened */
    int in, out;
    struct tty_caps caps;
    struct tty_env env;
    enum color_level level;
    enum glyph_set glyphs;
    struct theme theme;
    struct painter paint;
    struct tty_decoder decoder;
    char unread[4096]; /* bytes that were read and not decoded */
    size_t unread_at, unread_len;
    struct buf queue; /* bytes on their way out */
    struct buf title;
    struct tty_meter meter;
    struct tty_modes modes;
    bool left, gone, no_alt;
    enum { FOCUS_UNKNOWN, FOCUS_IN, FOCUS_OUT } focus;
    /* Questions: the cursor report is a fence, as terminals answer in order. */
    bool sync;    /* knows synchronized output (mode 2026) */
    bool margins; /* knows left and right margins (mode 69) */
    int fences;   /* under way */
    int64_t fence_us, asked_ms;
    int64_t rtt_us; /* the best of the last two; -1: none yet */
    int64_t rtt_last_us;
    uint64_t fence_bytes; /* meter.bytes when the fence was set */
    bool fences_work, fences_fail;
};

void tty_know_margins(struct tty *t, bool known); /* tty.c: leaving takes them back */
/* tty_out.c */
void tty_send(struct tty *t, const char *s);
void tty_send_buf(struct tty *t, struct str s);
int64_t tty_now_us(void);
void tty_fence(struct tty *t); /* ask for the cursor's place */
void tty_fence_answer(struct tty *t);
/* tty_scroll.c: let the terminal move rows that only moved; true when it did. */
bool tty_scroll(struct tty *t, const struct canvas *c, struct buf *out);
/* tty_paint.c */
/* Set what erased cells get; false: they would not get the theme's background. */
bool tty_paint_blank_look(struct tty *t, struct buf *out);
void painter_forget(struct painter *p); /* nothing of the screen is known */
void painter_release(struct painter *p);

#endif
