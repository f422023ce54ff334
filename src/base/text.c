/* text.c - see text.h. */
#include "runbook/base/text.h"

/* Length and lower bound of the second byte of a sequence, by its first byte. */
size_t text_decode(struct str s, uint32_t *ret_cp)
{
    unsigned char lo = 0x80, hi = 0xbf, c;
    size_t len;
    uint32_t cp;

    *ret_cp = TEXT_BAD;
    if (s.len == 0)
        return 0;
    c = (unsigned char)s.ptr[0];
    if (c < 0x80) {
        *ret_cp = c;
        return 1;
    }
    if (c < 0xc2 || c > 0xf4)
        return 1;
    if (c < 0xe0) {
        len = 2;
        cp = c & 0x1f;
    } else if (c < 0xf0) {
        len = 3;
        cp = c & 0x0f;
        lo = c == 0xe0 ? 0xa0 : 0x80; /* no overlong form */
        hi = c == 0xed ? 0x9f : 0xbf; /* no surrogate */
    } else {
        len = 4;
        cp = c & 0x07;
        lo = c == 0xf0 ? 0x90 : 0x80;
        hi = c == 0xf4 ? 0x8f : 0xbf; /* not above U+10FFFF */
    }
    for (size_t i = 1; i < len; i++) {
        unsigned char next = i < s.len ? (unsigned char)s.ptr[i] : 0;

        if (next < lo || next > hi)
            return i;
        cp = cp << 6 | (next & 0x3f);
        lo = 0x80;
        hi = 0xbf;
    }
    *ret_cp = cp;
    return len;
}

bool text_valid(struct str s, size_t *ret_bad_at)
{
    size_t i = 0;

    while (i < s.len) {
        uint32_t cp;
        size_t n;

        if ((unsigned char)s.ptr[i] < 0x80) {
            i++;
            continue;
        }
        n = text_decode((struct str){s.ptr + i, s.len - i}, &cp);
        if (cp == TEXT_BAD) {
            if (ret_bad_at)
                *ret_bad_at = i;
            return false;
        }
        i += n;
    }
    return true;
}
