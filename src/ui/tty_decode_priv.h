/* tty_decode_priv.h - bytes of a terminal to keys, pastes, mouse and answers.
 * Pure: no descriptor and no clock, so that a test feeds it every sequence cut at every byte. What
 * a terminal answers, well formed or not, cut or endless, is taken off the input and is never text:
 * an unfinished sequence swallows what follows only until its terminator, an Esc, Ctrl-C or a
 * pause. Sources: ECMA-48 5.4 and 8.3; xterm, ctlseqs ("PC-Style Function Keys", "Mouse Tracking");
 * console_codes(4). */
#ifndef RUNBOOK_UI_TTY_DECODE_PRIV_H
#define RUNBOOK_UI_TTY_DECODE_PRIV_H

#include "runbook/base/str.h"
#include "runbook/ui/keymap.h"

#define TTY_PASTE_MAX_BYTES ((size_t)8 << 20)

enum tty_event_kind {
    TTY_KEY,
    TTY_PASTE,
    TTY_CLICK,   /* a button went down */
    TTY_DRAG,    /* moved with the button down */
    TTY_RELEASE, /* the button went up */
    TTY_WHEEL,
    TTY_BACKGROUND,
    TTY_FOCUS,
    TTY_CURSOR, /* the cursor position report: tty.c keeps it */
    TTY_MODE,   /* the report of a mode: tty.c keeps it */
};
struct tty_event {
    enum tty_event_kind kind;
    key_code key;
    struct str paste; /* borrowed until the next call */
    int x, y, by;     /* by: -1 up, 1 down */
    int button;       /* 0 left, 1 middle, 2 right */
    bool light;       /* TTY_BACKGROUND: dark text is to be drawn on it */
    bool focused;     /* TTY_FOCUS */
    int mode, value;  /* TTY_MODE: 1 set, 2 reset, 0 not known */
};

enum decode_state {
    DECODE_GROUND,
    DECODE_UTF8,
    DECODE_ESC,
    DECODE_CSI,
    DECODE_SS3,
    DECODE_STRING,     /* OSC, DCS, APC, PM, SOS */
    DECODE_STRING_ESC, /* an Esc in it: perhaps its end */
    DECODE_MOUSE,      /* three bytes of the old mouse protocol */
    DECODE_PASTE,
};

struct tty_decoder {
    enum decode_state state;
    char text[80]; /* of the sequence so far, without its introducer */
    size_t len;
    bool overlong;  /* more came than is kept: the sequence is dropped at its end */
    bool alt;       /* Esc came before this character */
    bool after_esc; /* Esc was given as a key already: what follows is no Alt */
    char intro;     /* of a string: ']' 'P' 'X' '^' '_' */
    size_t need;    /* bytes of a UTF-8 character or a mouse event */
    bool utf8;      /* of the locale */
    bool expecting; /* an answer is on its way: be patient with a lone Esc */
    int64_t fed_ms; /* when the last byte came */
    int64_t esc_ms; /* when a lone Esc was given as a key while an answer was expected */
    struct buf paste;
};

void tty_decoder_init(struct tty_decoder *d, bool utf8);
void tty_decoder_release(struct tty_decoder *d);
/* Take bytes until one event is complete. Returns the bytes used; *ret_have says whether there is
 * an event. Call again with the rest. */
size_t tty_decode(struct tty_decoder *d, const char *data, size_t len, int64_t now_ms,
                  struct tty_event *ret, bool *ret_have);
/* Time passed without a byte: an Esc alone is a key now, an unfinished answer is given up. */
bool tty_decode_pause(struct tty_decoder *d, int64_t now_ms, struct tty_event *ret);
/* How long until tty_decode_pause() decides; -1: nothing is unfinished. */
int64_t tty_decode_wait_ms(const struct tty_decoder *d, int64_t now_ms);

#endif
