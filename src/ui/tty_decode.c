/* tty_decode.c - see tty_decode_priv.h. tty_keys.c knows what a complete sequence means. */
#include "src/ui/tty_keys_priv.h"

#include <string.h>

#include "runbook/base/text.h"

#define ESC 0x1B
#define ESC_MS 25        /* a lone Esc; with an introducer behind it Alt and that key */
#define ESC_ASKED_MS 100 /* the same while an answer may be cut there */
#define INTRO_ASKED_MS 500
#define SEQUENCE_MS 500
#define STRING_MS 1000
#define PASTE_MS 3000
#define LATE_MS 2000 /* after a lone Esc that was the first byte of an answer */

static const char paste_end[] = "\033[201~";

void tty_decoder_init(struct tty_decoder *d, bool utf8)
{
    *d = (struct tty_decoder){.utf8 = utf8, .esc_ms = -LATE_MS};
    buf_init(&d->paste, TTY_PASTE_MAX_BYTES);
}

void tty_decoder_release(struct tty_decoder *d)
{
    buf_release(&d->paste);
}

static void enter(struct tty_decoder *d, enum decode_state state)
{
    d->state = state;
    d->len = 0;
    d->overlong = false;
}

static void keep(struct tty_decoder *d, char c)
{
    if (d->len < sizeof(d->text) - 1)
        d->text[d->len++] = c;
    else
        d->overlong = true;
    d->text[d->len] = '\0';
}

static bool give_key(struct tty_event *ret, key_code key)
{
    *ret = (struct tty_event){.kind = TTY_KEY, .key = key};
    return key != 0;
}

/* ---- one byte in each state; true: an event is complete ---- */

static void begin_utf8(struct tty_decoder *d, unsigned char c)
{
    enter(d, DECODE_UTF8);
    d->need = c >= 0xF0 ? 4 : c >= 0xE0 ? 3 : 2;
    keep(d, (char)c);
}

/* A first byte of no character, or any in a locale of single bytes, is dropped. */
static bool on_high(struct tty_decoder *d, unsigned char c, bool alt)
{
    d->alt = alt;
    enter(d, DECODE_GROUND);
    if (d->utf8 && c >= 0xC2 && c <= 0xF4)
        begin_utf8(d, c);
    return false;
}

static bool on_ground(struct tty_decoder *d, unsigned char c, int64_t now_ms, struct tty_event *ret)
{
    bool late = d->expecting && now_ms - d->esc_ms < LATE_MS && (c == ']' || c == '[');

    d->alt = d->after_esc = false;
    if (c == ESC || late) {
        enter(d, DECODE_ESC);
        d->after_esc = late;
        d->esc_ms = -LATE_MS;
        if (!late)
            return false;
        enter(d, c == '[' ? DECODE_CSI : DECODE_STRING);
        d->intro = (char)c;
        return false;
    }
    d->esc_ms = -LATE_MS;
    if (c >= 0x80)
        return on_high(d, c, false);
    return give_key(ret, tty_plain_key(c));
}

static bool on_utf8(struct tty_decoder *d, unsigned char c, struct tty_event *ret, bool *again)
{
    uint32_t cp;

    if ((c & 0xC0) != 0x80) {
        enter(d, DECODE_GROUND);
        *again = true;
        return false;
    }
    keep(d, (char)c);
    if (d->len < d->need)
        return false;
    text_decode((struct str){d->text, d->len}, &cp);
    enter(d, DECODE_GROUND);
    /* C1 controls are no text. */
    return cp != TEXT_BAD && cp >= 0xA0 && give_key(ret, cp | (d->alt ? KEY_ALT : 0));
}

static bool on_esc(struct tty_decoder *d, unsigned char c, struct tty_event *ret)
{
    if (c == '[') {
        enter(d, DECODE_CSI);
    } else if (c == 'O') {
        enter(d, DECODE_SS3);
    } else if (c == ']' || c == 'P' || c == 'X' || c == '^' || c == '_') {
        enter(d, DECODE_STRING);
        d->intro = (char)c;
    } else if (c == ESC) {
        return give_key(ret, KEY_NAME_ESC); /* and the second one begins something */
    } else if (c >= 0x80) {
        return on_high(d, c, true);
    } else {
        enter(d, DECODE_GROUND);
        return give_key(ret, tty_plain_key(c) | KEY_ALT);
    }
    return false;
}

/* A control character inside a sequence gives the sequence up. */
static bool cut_off(struct tty_decoder *d, unsigned char c, struct tty_event *ret)
{
    enter(d, c == ESC ? DECODE_ESC : DECODE_GROUND);
    d->after_esc = false;
    return c != ESC && c != 0x18 && c != 0x1A && c < 0x20 && give_key(ret, tty_plain_key(c));
}

static bool on_csi(struct tty_decoder *d, unsigned char c, struct tty_event *ret)
{
    bool console = d->len == 1 && d->text[0] == '['; /* the Linux console's F1 to F5 */

    if (c < 0x20 || c >= 0x7F)
        return cut_off(d, c, ret);
    keep(d, (char)c);
    if (c == '[' && d->len == 1)
        return false;
    /* rxvt's Shift is a dollar at the end, where a mode's report has one before its last letter. */
    if (c < 0x40 && !(c == '$' && d->text[0] != '?' && !d->overlong) && !console)
        return false;
    if (c == 'M' && d->len == 1) {
        enter(d, DECODE_MOUSE);
        return false;
    }
    if (strcmp(d->text, "200~") == 0) {
        buf_clear(&d->paste);
        d->paste.full = false;
        enter(d, DECODE_PASTE);
        return false;
    }
    d->state = DECODE_GROUND;
    return !d->overlong && tty_csi_event((struct str){d->text, d->len}, d->expecting, ret);
}

static bool on_ss3(struct tty_decoder *d, unsigned char c, struct tty_event *ret)
{
    if (c < 0x20 || c >= 0x7F)
        return cut_off(d, c, ret);
    enter(d, DECODE_GROUND);
    return give_key(ret, tty_ss3_key(c));
}

static bool string_end(struct tty_decoder *d, struct tty_event *ret)
{
    d->state = DECODE_GROUND;
    return d->intro == ']' && !d->overlong && tty_osc_event((struct str){d->text, d->len}, ret);
}

static bool on_string(struct tty_decoder *d, unsigned char c, struct tty_event *ret)
{
    if (c == 7)
        return string_end(d, ret);
    if (c == ESC) {
        d->state = DECODE_STRING_ESC;
        return false;
    }
    if (c == 0x18 || c == 0x1A || c == 3)
        return cut_off(d, c, ret);
    keep(d, c >= 0x20 && c < 0x7F ? (char)c : '?');
    return false;
}

static bool on_string_esc(struct tty_decoder *d, unsigned char c, struct tty_event *ret)
{
    if (c == '\\')
        return string_end(d, ret);
    enter(d, DECODE_ESC);
    d->after_esc = false;
    return on_esc(d, c, ret);
}

static bool on_mouse(struct tty_decoder *d, unsigned char c, struct tty_event *ret)
{
    keep(d, (char)c);
    if (d->len < 3)
        return false;
    enter(d, DECODE_GROUND);
    return tty_mouse_event((unsigned char)d->text[0] - 32, (unsigned char)d->text[1] - 32,
                           (unsigned char)d->text[2] - 32, false, ret);
}

static bool give_paste(struct tty_decoder *d, struct tty_event *ret)
{
    tty_clean_paste(&d->paste);
    enter(d, DECODE_GROUND);
    *ret = (struct tty_event){.kind = TTY_PASTE, .paste = buf_str(&d->paste)};
    return true;
}

/* `text` holds as much of the end mark as came; what does not fit any more is dropped. */
static bool on_paste(struct tty_decoder *d, unsigned char c, struct tty_event *ret)
{
    if ((char)c == paste_end[d->len]) {
        keep(d, (char)c);
        return d->len == sizeof(paste_end) - 1 && give_paste(d, ret);
    }
    buf_add(&d->paste, d->text, d->len);
    enter(d, DECODE_PASTE);
    if (c == ESC)
        keep(d, (char)c);
    else
        buf_addc(&d->paste, (char)c);
    return false;
}

static bool step(struct tty_decoder *d, unsigned char c, int64_t now_ms, struct tty_event *ret,
                 bool *again)
{
    switch (d->state) {
    case DECODE_GROUND:
        return on_ground(d, c, now_ms, ret);
    case DECODE_UTF8:
        return on_utf8(d, c, ret, again);
    case DECODE_ESC:
        return on_esc(d, c, ret);
    case DECODE_CSI:
        return on_csi(d, c, ret);
    case DECODE_SS3:
        return on_ss3(d, c, ret);
    case DECODE_STRING:
        return on_string(d, c, ret);
    case DECODE_STRING_ESC:
        return on_string_esc(d, c, ret);
    case DECODE_MOUSE:
        return on_mouse(d, c, ret);
    case DECODE_PASTE:
        return on_paste(d, c, ret);
    }
    return false;
}

size_t tty_decode(struct tty_decoder *d, const char *data, size_t len, int64_t now_ms,
                  struct tty_event *ret, bool *ret_have)
{
    d->fed_ms = len ? now_ms : d->fed_ms;
    for (size_t i = 0; i < len; i++) {
        bool again = false;

        *ret_have = step(d, (unsigned char)data[i], now_ms, ret, &again);
        if (again)
            *ret_have = step(d, (unsigned char)data[i], now_ms, ret, &again);
        if (*ret_have)
            return i + 1;
    }
    *ret_have = false;
    return len;
}

/* ---- pauses ---- */

static int64_t patience_ms(const struct tty_decoder *d)
{
    switch (d->state) {
    case DECODE_GROUND:
        return -1;
    case DECODE_ESC:
        return d->expecting ? ESC_ASKED_MS : ESC_MS;
    case DECODE_SS3:
        return ESC_MS;
    case DECODE_CSI:
        return d->len ? SEQUENCE_MS : d->expecting ? INTRO_ASKED_MS : ESC_MS;
    case DECODE_STRING:
        return d->len ? STRING_MS : d->expecting ? INTRO_ASKED_MS : ESC_MS;
    case DECODE_STRING_ESC:
        return STRING_MS;
    case DECODE_UTF8:
    case DECODE_MOUSE:
        return SEQUENCE_MS;
    case DECODE_PASTE:
        return PASTE_MS;
    }
    return -1;
}

int64_t tty_decode_wait_ms(const struct tty_decoder *d, int64_t now_ms)
{
    int64_t patience = patience_ms(d), left = d->fed_ms + patience - now_ms;

    return patience < 0 ? -1 : left < 0 ? 0 : left;
}

/* Esc and its introducer, and then nothing: somebody held Alt. */
static bool alone(struct tty_decoder *d, char c, struct tty_event *ret)
{
    bool bare = d->len == 0;

    enter(d, DECODE_GROUND);
    return bare && give_key(ret, (key_code)c | (d->after_esc ? 0 : KEY_ALT));
}

bool tty_decode_pause(struct tty_decoder *d, int64_t now_ms, struct tty_event *ret)
{
    if (tty_decode_wait_ms(d, now_ms) != 0)
        return false;
    switch (d->state) {
    case DECODE_ESC:
        enter(d, DECODE_GROUND);
        d->esc_ms = d->expecting ? now_ms : -LATE_MS;
        return give_key(ret, KEY_NAME_ESC);
    case DECODE_SS3:
        return alone(d, 'O', ret);
    case DECODE_CSI:
        return alone(d, '[', ret);
    case DECODE_STRING:
        return alone(d, d->intro, ret);
    case DECODE_PASTE:
        return give_paste(d, ret);
    case DECODE_GROUND:
    case DECODE_UTF8:
    case DECODE_STRING_ESC:
    case DECODE_MOUSE:
        break;
    }
    enter(d, DECODE_GROUND);
    return false;
}
