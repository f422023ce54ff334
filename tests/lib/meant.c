/* meant.c - see meant.h. */
#include "tests/lib/meant.h"

#include <string.h>

#include "runbook/base/str.h"

/* The end of a CSI sequence that begins at `at` (behind "ESC ["): its final byte must be one that
 * places the cursor, erases, sets looks, modes or margins, or asks for what we want to know. */
static bool meant_csi(const char *text, size_t len, size_t *at)
{
    static const char finals[] = "ABCDEFGHIJKLMPSTXZ@abcdefghlmnpqrstu";

    while (*at < len && (unsigned char)text[*at] >= 0x20 && (unsigned char)text[*at] < 0x40)
        ++*at;
    if (*at >= len)
        return true; /* the rest is in the next bytes */
    return strchr(finals, text[*at]) != NULL;
}

/* OSC: title, links, copying, notifications, background. Ends with BEL or ST. */
static bool meant_osc(const char *text, size_t len, size_t *at)
{
    static const char *const numbers[] = {"0;", "2;", "8;", "9;", "11;", "52;", "777;"};
    size_t from = *at;

    for (; *at < len && text[*at] != '\a'; ++*at)
        if (text[*at] == '\033' && *at + 1 < len && text[*at + 1] == '\\') {
            ++*at;
            break;
        } else if ((unsigned char)text[*at] < 0x20) {
            return false;
        }
    for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
        if (str_starts((struct str){text + from, len - from}, numbers[i]))
            return true;
    return *at >= len;
}

bool meant_escape(const char *text, size_t len, size_t *at)
{
    char c = *at < len ? text[*at] : '7';

    if (c == '[') {
        ++*at;
        return meant_csi(text, len, at);
    }
    if (c == ']') {
        ++*at;
        return meant_osc(text, len, at);
    }
    if (strchr("()*+", c)) { /* a character set: one byte follows */
        ++*at;
        return *at >= len || strchr("0AB", text[*at]) != NULL;
    }
    return strchr("78=>MDEHc", c) != NULL;
}
