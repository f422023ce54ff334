/* tty_keys.c - see tty_keys_priv.h. */
#include "src/ui/tty_keys_priv.h"

#include "runbook/base/num.h"
#include "runbook/base/text.h"

#define PARAMS_MAX 8

key_code tty_plain_key(unsigned char c)
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
    return c;
}

/* The last letter of CSI and SS3 sequences. */
static key_code letter_key(char c)
{
    static const struct {
        char letter;
        key_code key;
    } keys[] = {
        {'A', KEY_NAME_UP},     {'B', KEY_NAME_DOWN},   {'C', KEY_NAME_RIGHT},
        {'D', KEY_NAME_LEFT},   {'H', KEY_NAME_HOME},   {'F', KEY_NAME_END},
        {'P', KEY_NAME_F1},     {'Q', KEY_NAME_F1 + 1}, {'R', KEY_NAME_F1 + 2},
        {'S', KEY_NAME_F1 + 3},
    };

    for (size_t i = 0; i < sizeof(keys) / sizeof(keys[0]); i++)
        if (keys[i].letter == c)
            return keys[i].key;
    return 0;
}

/* The keypad in application mode writes letters for its signs. Source: xterm, ctlseqs. */
key_code tty_ss3_key(unsigned char c)
{
    if (c == 'M')
        return KEY_NAME_ENTER;
    if (c == 'I')
        return KEY_NAME_TAB;
    if (c == ' ')
        return KEY_NAME_SPACE;
    if (c >= 'j' && c <= 'y')
        return (key_code) "*+,-./0123456789"[c - 'j'];
    if (c == 'X')
        return '=';
    if (c >= 'a' && c <= 'd') /* rxvt: Ctrl and an arrow */
        return letter_key((char)(c - 32)) | KEY_CTRL;
    return letter_key((char)c);
}

/* The number of "CSI number ~". */
static key_code tilde_key(int n)
{
    static const key_code keys[] = {
        [1] = KEY_NAME_HOME,     [2] = KEY_NAME_INSERT,  [3] = KEY_NAME_DELETE,
        [4] = KEY_NAME_END,      [5] = KEY_NAME_PGUP,    [6] = KEY_NAME_PGDN,
        [7] = KEY_NAME_HOME,     [8] = KEY_NAME_END,     [11] = KEY_NAME_F1,
        [12] = KEY_NAME_F1 + 1,  [13] = KEY_NAME_F1 + 2, [14] = KEY_NAME_F1 + 3,
        [15] = KEY_NAME_F1 + 4,  [17] = KEY_NAME_F1 + 5, [18] = KEY_NAME_F1 + 6,
        [19] = KEY_NAME_F1 + 7,  [20] = KEY_NAME_F1 + 8, [21] = KEY_NAME_F1 + 9,
        [23] = KEY_NAME_F1 + 10, [24] = KEY_NAME_F12,
    };

    return n > 0 && n < (int)(sizeof(keys) / sizeof(keys[0])) ? keys[n] : 0;
}

/* xterm's modifier: one more than the sum of Shift 1, Alt 2, Ctrl 4, Meta 8. */
static key_code modifiers(int n)
{
    int bits = n > 1 && n <= 16 ? n - 1 : 0;

    return (bits & 1 ? KEY_SHIFT : 0) | (bits & 10 ? KEY_ALT : 0) | (bits & 4 ? KEY_CTRL : 0);
}

/* A character with modifiers, as modifyOtherKeys and the "u" form send it. */
static key_code coded_key(int code, int mods)
{
    key_code mod = modifiers(mods);

    if (code <= 0 || code > 0x10FFFF || (code >= 0x80 && code < 0xA0))
        return 0;
    if (code < 0x20 || code == 0x20 || code == 0x7F)
        return tty_plain_key((unsigned char)code) | mod;
    if (mod & KEY_CTRL)
        return (key_code)(code >= 'A' && code <= 'Z' ? code + 32 : code) | mod;
    return (key_code)code | (mod & ~(key_code)KEY_SHIFT); /* the character is shifted already */
}

struct params {
    int n[PARAMS_MAX];
    size_t count;
};

/* Numbers between semicolons; a missing one is 0. False: something else is there. */
static bool read_params(struct str text, struct params *p)
{
    struct str rest = text, piece;
    uint64_t v;

    *p = (struct params){.count = 0};
    if (text.len == 0)
        return true;
    while (str_split(&rest, ';', &piece) && p->count < PARAMS_MAX) {
        ptrdiff_t colon = str_find(piece, STR_LIT(":")); /* sub-parameters: the first one */

        if (colon >= 0)
            piece.len = (size_t)colon;
        v = 0;
        if (piece.len && (!num_u64(piece, &v) || v > 0x10FFFF))
            return false;
        p->n[p->count++] = (int)v;
    }
    return true;
}

bool tty_mouse_event(int code, int x, int y, bool up, struct tty_event *ret)
{
    *ret = (struct tty_event){.kind = TTY_CLICK, .x = x - 1, .y = y - 1, .button = code & 3};
    if (code < 0 || x < 1 || y < 1)
        return false;
    if (code & 64) {
        ret->kind = TTY_WHEEL;
        ret->by = code & 1 ? 1 : -1;
        return !up && (code & 3) < 2;
    }
    if (up || (code & 3) == 3)
        ret->kind = TTY_RELEASE;
    else if (code & 32)
        ret->kind = TTY_DRAG;
    return !(code & 128) && !((code & 32) && (code & 3) == 3); /* moved without a button */
}

static bool is_key(struct tty_event *ret, key_code key)
{
    *ret = (struct tty_event){.kind = TTY_KEY, .key = key};
    return key != 0;
}

/* CSI ? mode ; value $ y */
static bool private_event(struct str text, struct tty_event *ret)
{
    struct params p;

    if (!str_ends(text, "$y") || !read_params((struct str){text.ptr + 1, text.len - 3}, &p) ||
        p.count < 2)
        return false;
    *ret = (struct tty_event){.kind = TTY_MODE, .mode = p.n[0], .value = p.n[1]};
    return true;
}

static bool with_letter(char last, const struct params *p, bool asked, struct tty_event *ret)
{
    int mods = p->count > 1 ? p->n[1] : 1;
    key_code key;

    if (last == 'R' && p->count == 2 && (asked || p->n[0] != 1 || mods > 9)) {
        *ret = (struct tty_event){.kind = TTY_CURSOR, .y = p->n[0] - 1, .x = p->n[1] - 1};
        return true;
    }
    if (last == 'u')
        return is_key(ret, coded_key(p->n[0], mods));
    if (last == 'Z')
        return is_key(ret, KEY_NAME_TAB | KEY_SHIFT);
    if ((last == 'I' || last == 'O') && p->count == 0) {
        *ret = (struct tty_event){.kind = TTY_FOCUS, .focused = last == 'I'};
        return true;
    }
    if (last >= 'a' && last <= 'd' && p->count == 0) /* rxvt: Shift and an arrow */
        return is_key(ret, letter_key((char)(last - 32)) | KEY_SHIFT);
    key = letter_key(last);
    return key && is_key(ret, key | modifiers(mods));
}

bool tty_csi_event(struct str text, bool asked, struct tty_event *ret)
{
    char last = text.len ? text.ptr[text.len - 1] : '\0';
    struct str inner = {text.ptr, text.len ? text.len - 1 : 0};
    struct params p;
    key_code key;

    if (text.len == 2 && text.ptr[0] == '[' && last >= 'A' && last <= 'E')
        return is_key(ret, KEY_NAME_F1 + (key_code)(last - 'A'));
    if (inner.len && inner.ptr[0] == '?')
        return private_event(text, ret);
    if (inner.len && inner.ptr[0] == '<' && (last == 'M' || last == 'm'))
        return read_params((struct str){inner.ptr + 1, inner.len - 1}, &p) && p.count == 3 &&
               tty_mouse_event(p.n[0], p.n[1], p.n[2], last == 'm', ret);
    if (!read_params(inner, &p))
        return false;
    if (last != '~' && last != '$' && last != '^' && last != '@')
        return with_letter(last, &p, asked, ret);
    if (last == '~' && p.count == 3 && p.n[0] == 27)
        return is_key(ret, coded_key(p.n[2], p.n[1]));
    key = p.count ? tilde_key(p.n[0]) : 0;
    if (key && last == '~')
        key |= p.count > 1 ? modifiers(p.n[1]) : 0;
    else if (key) /* rxvt */
        key |= (last != '^' ? KEY_SHIFT : 0) | (last != '$' ? KEY_CTRL : 0);
    return is_key(ret, key);
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

/* "11;rgb:ffff/ffff/dddd" or "11;rgba:...". */
bool tty_osc_event(struct str text, struct tty_event *ret)
{
    struct str rest = text, piece;
    unsigned c[3];

    if (!str_split(&rest, ';', &piece) || !str_eq_c(piece, "11"))
        return false;
    if (!str_split(&rest, ':', &piece) || !(str_eq_c(piece, "rgb") || str_eq_c(piece, "rgba")))
        return false;
    for (int i = 0; i < 3; i++)
        if (!str_split(&rest, '/', &piece) || !channel(piece, &c[i]))
            return false;
    *ret = (struct tty_event){.kind = TTY_BACKGROUND};
    ret->light = c[0] * 299 + c[1] * 587 + c[2] * 114 > 127500; /* ITU-R BT.601 luma over a half */
    return true;
}

void tty_clean_paste(struct buf *paste)
{
    struct buf out = BUF_INIT(TTY_PASTE_MAX_BYTES);
    struct str rest = buf_str(paste);

    while (rest.len) {
        uint32_t cp;
        size_t n = text_decode(rest, &cp);

        if (cp == '\r' && !(rest.len > 1 && rest.ptr[1] == '\n'))
            buf_addc(&out, '\n');
        else if (cp == TEXT_BAD)
            buf_adds(&out, "\xEF\xBF\xBD");
        else if (cp == '\n' || cp == '\t' ||
                 (cp >= 0x20 && cp != 0x7F && !(cp >= 0x80 && cp < 0xA0)))
            buf_add(&out, rest.ptr, n);
        rest.ptr += n;
        rest.len -= n;
    }
    buf_release(paste);
    *paste = out;
}
