/* text_tricks.c - see text_tricks.h. */
#include "runbook/base/text_tricks.h"

#include <stdio.h>

#include <utf8proc.h>

#include "runbook/base/text.h"

struct range {
    uint32_t from, to;
};

static bool among(uint32_t cp, const struct range *r, size_t count)
{
    for (size_t i = 0; i < count; i++) {
        if (cp >= r[i].from && cp <= r[i].to)
            return true;
    }
    return false;
}
#define AMONG(cp, table) among(cp, table, sizeof(table) / sizeof((table)[0]))

/* Alphabets and forms whose letters are made like Latin ones. */
static const struct range costumes[] = {
    {0x0131, 0x0131},   /* dotless i */
    {0x01C0, 0x01C3},   /* clicks: look like l, !, = */
    {0x0250, 0x02AF},   /* phonetic letters */
    {0x02B0, 0x02FF},   /* modifier letters */
    {0x13A0, 0x13FF},   /* Cherokee */
    {0x1D00, 0x1DBF},   /* small capitals */
    {0x2010, 0x2015},   /* dashes like the minus of an option */
    {0x2024, 0x2024},   /* one dot leader */
    {0x2044, 0x2044},   /* fraction slash */
    {0x2070, 0x209C},   /* raised and lowered digits */
    {0x2100, 0x214F},   /* letter-like symbols */
    {0x2160, 0x2188},   /* Roman numerals */
    {0x2212, 0x2216},   /* minus, division slash, set minus */
    {0x2236, 0x2236},   /* ratio: a colon */
    {0x2460, 0x24FF},   /* letters in circles */
    {0xA4D0, 0xA4FF},   /* Lisu */
    {0xA720, 0xA7FF},   /* Latin extensions D: letters of transcriptions */
    {0xAB70, 0xABBF},   /* Cherokee, small */
    {0xFF01, 0xFF5E},   /* full-width ASCII */
    {0x1D400, 0x1D7FF}, /* mathematical alphabets */
};

/* Alphabets that people write in; tricks only beside Latin, or when a word could be Latin. */
static const struct range foreign[] = {
    {0x0370, 0x03FF}, {0x0400, 0x052F}, {0x0530, 0x058F}, {0x1F00, 0x1FFF},
    {0x2C80, 0x2CFF}, {0x1C80, 0x1C8F}, {0xA640, 0xA69F},
};

/* Of them, those that look like an ASCII letter. */
static const uint32_t doubles[] = {
    0x0391, 0x0392, 0x0395, 0x0396, 0x0397, 0x0399, 0x039A, 0x039C, 0x039D, 0x039F, 0x03A1, 0x03A4,
    0x03A5, 0x03A7, 0x03B1, 0x03B3, 0x03B9, 0x03BA, 0x03BD, 0x03BF, 0x03C1, 0x03C3, 0x03C5, 0x03C9,
    0x03F2, 0x03F3, 0x03F9, 0x0405, 0x0406, 0x0408, 0x0410, 0x0412, 0x0415, 0x0417, 0x041A, 0x041C,
    0x041D, 0x041E, 0x0420, 0x0421, 0x0422, 0x0423, 0x0425, 0x042C, 0x0430, 0x0431, 0x0433, 0x0435,
    0x043A, 0x043C, 0x043E, 0x043F, 0x0440, 0x0441, 0x0442, 0x0443, 0x0445, 0x044C, 0x0455, 0x0456,
    0x0458, 0x0475, 0x04AE, 0x04AF, 0x04BA, 0x04BB, 0x04CF, 0x0501, 0x051B, 0x051C, 0x051D, 0x054D,
    0x0555, 0x0561, 0x0563, 0x0566, 0x0570, 0x0578, 0x057D, 0x0581, 0x0584, 0x0585};

static bool is_double(uint32_t cp)
{
    for (size_t i = 0; i < sizeof(doubles) / sizeof(doubles[0]); i++) {
        if (doubles[i] == cp)
            return true;
    }
    return false;
}

static bool is_hidden(uint32_t cp)
{
    switch (utf8proc_category((utf8proc_int32_t)cp)) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_CF:
    case UTF8PROC_CATEGORY_CS:
    case UTF8PROC_CATEGORY_CO:
    case UTF8PROC_CATEGORY_CN:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    case UTF8PROC_CATEGORY_ZS:
        return cp != ' ';
    default: /* letters that are drawn as nothing, and marks that change nothing to see */
        return cp == 0x115F || cp == 0x1160 || cp == 0x3164 || cp == 0xFFA0 || cp == 0x034F ||
               cp == 0x2800 || (cp >= 0xFE00 && cp <= 0xFE0F) || (cp >= 0xE0100 && cp <= 0xE01EF);
    }
}

static bool is_letter(uint32_t cp)
{
    return (cp >= 'a' && cp <= 'z') || (cp >= 'A' && cp <= 'Z') ||
           utf8proc_category((utf8proc_int32_t)cp) <= UTF8PROC_CATEGORY_LO;
}

/* What a word is made of, from its first character on. */
struct word {
    bool latin, other, all_doubles;
};

static struct word look_at_word(struct str s)
{
    struct word w = {.all_doubles = true};
    uint32_t cp;
    size_t n;

    while ((n = text_decode(s, &cp)) > 0) {
        bool ascii = cp < 0x80;

        if (cp == ' ' || cp == '\n' || cp == '\t')
            break;
        if (cp != TEXT_BAD && is_letter(cp)) {
            w.latin = w.latin || (ascii && cp != TEXT_BAD);
            w.other = w.other || AMONG(cp, foreign);
            w.all_doubles = w.all_doubles && is_double(cp);
        }
        s = (struct str){s.ptr + n, s.len - n};
    }
    return w;
}

static bool is_trick(uint32_t cp, const struct word *w, bool identifier)
{
    if (cp < 0x80)
        return cp < 0x20 || cp == 0x7F;
    if (cp == TEXT_BAD || identifier || is_hidden(cp) || AMONG(cp, costumes))
        return true;
    return AMONG(cp, foreign) && (w->latin || w->all_doubles);
}

size_t text_tricks(struct str s, bool identifier, text_trick_fn *fn, void *ctx)
{
    struct str plain = {s.ptr, 0};
    struct word w = look_at_word(s);
    size_t found = 0, n;
    uint32_t cp;
    char code[16];

    while ((n = text_decode(s, &cp)) > 0) {
        s = (struct str){s.ptr + n, s.len - n};
        if (!is_trick(cp, &w, identifier)) {
            plain.len += n;
        } else {
            if (plain.len)
                fn(ctx, plain, false);
            snprintf(code, sizeof(code), "<U+%04X>", cp == TEXT_BAD ? 0xFFFDu : (unsigned)cp);
            fn(ctx, str_from(code), true);
            plain = (struct str){s.ptr, 0};
            found++;
        }
        if (cp == ' ' || cp == '\n' || cp == '\t')
            w = look_at_word(s);
    }
    if (plain.len)
        fn(ctx, plain, false);
    return found;
}

static void append(void *ctx, struct str part, bool trick)
{
    (void)trick;
    buf_add_str(ctx, part);
}

size_t text_show_tricks(struct buf *out, struct str s, bool identifier)
{
    return text_tricks(s, identifier, append, out);
}
