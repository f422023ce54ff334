/* text_clean.c - the parts of text.h that change text: made safe for a terminal, or made ASCII. */
#include <utf8proc.h>

#include "runbook/base/text.h"

#define MARKS_MAX 8 /* combining marks kept on one character; more would pile over other lines */

struct clean {
    struct buf *out;
    bool ascii, keep_newlines;
    size_t replaced;
    uint32_t prev;      /* last character that was kept, 0 at the start of a line */
    bool pictograph;    /* `prev` is one, with its modifiers */
    int marks;          /* combining marks since the last base */
    int cells;          /* width of the cluster so far */
    size_t measured_to; /* `column` is the width of the line up to this byte of `out` */
    int column;
};

static void start_line(struct clean *c)
{
    c->prev = 0;
    c->marks = 0;
    c->cells = 0;
    c->pictograph = false;
    c->column = 0;
    c->measured_to = c->out->len;
}

static void keep(struct clean *c, uint32_t cp, struct str bytes)
{
    buf_add_str(c->out, bytes);
    c->prev = cp;
}

static void show_code(struct clean *c, uint32_t cp)
{
    buf_addf(c->out, "<U+%04X>", (unsigned)cp);
    c->prev = '>';
    c->cells = 1;
    c->pictograph = false;
    c->marks = 0;
    c->replaced++;
}

static void add_tab(struct clean *c)
{
    size_t added = c->out->len - c->measured_to;
    int spaces;

    if (added)
        c->column += text_width((struct str){c->out->ptr + c->measured_to, added});
    spaces = 8 - c->column % 8;
    buf_addf(c->out, "%*s", spaces, "");
    c->column += spaces;
    c->measured_to = c->out->len;
    c->prev = ' ';
}

/* Below 0x20, and DEL. */
static void add_control(struct clean *c, uint32_t cp, bool before_lf)
{
    c->pictograph = false;
    c->marks = 0;
    c->cells = 1;
    if (cp == '\t') {
        add_tab(c);
    } else if (cp == '\n') {
        buf_addc(c->out, c->keep_newlines ? '\n' : ' ');
        if (c->keep_newlines)
            start_line(c);
        else
            c->prev = ' ';
    } else if (cp != '\r' || !before_lf) {
        if (c->ascii)
            buf_addf(c->out, "^%c", cp == 0x7f ? '?' : (char)(cp + '@'));
        else /* U+2400 SYMBOL FOR NULL and following; U+2421 SYMBOL FOR DELETE */
            buf_addf(c->out, "\xe2\x90%c", cp == 0x7f ? 0xa1 : (int)(0x80 + cp));
        c->prev = c->ascii ? '?' : 0x2400;
        c->replaced++;
    }
}

static bool is_variation(uint32_t cp)
{
    return (cp >= 0xfe00 && cp <= 0xfe0f) || (cp >= 0xe0100 && cp <= 0xe01ef);
}

static bool is_keycap(uint32_t cp)
{
    return (cp >= '0' && cp <= '9') || cp == '#' || cp == '*';
}

/* Invisible, and yet part of how real text is written: one selector after a character that can have
 * it, a joiner inside an emoji or inside Arabic and Indic words. Elsewhere it only hides something.
 */
static bool joins(const struct clean *c, uint32_t cp, uint32_t next)
{
    bool complex_script = c->prev >= 0x600 && c->prev < 0x1100;

    if (cp >= 0xfe00 && cp <= 0xfe0f)
        return (c->prev >= 0x80 && !is_variation(c->prev)) ||
               (cp == 0xfe0f && next == 0x20e3 && is_keycap(c->prev));
    if (cp >= 0xe0100 && cp <= 0xe01ef)
        return c->prev >= 0x3400 && !is_variation(c->prev) &&
               utf8proc_charwidth((utf8proc_int32_t)c->prev) == 2;
    if (cp == 0x200d && c->pictograph)
        return utf8proc_get_property((utf8proc_int32_t)next)->boundclass ==
               UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
    return (cp == 0x200c || cp == 0x200d) && complex_script;
}

static bool is_hidden(uint32_t cp, const utf8proc_property_t *p)
{
    switch (p->category) {
    case UTF8PROC_CATEGORY_CC:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    case UTF8PROC_CATEGORY_CF: /* but the number signs of Arabic and Syriac are seen */
        return p->boundclass != UTF8PROC_BOUNDCLASS_PREPEND;
    default:
        return p->ignorable || (cp & 0xfffe) == 0xfffe || (cp >= 0xfdd0 && cp <= 0xfdef);
    }
}

static bool is_mark(const utf8proc_property_t *p)
{
    return p->category == UTF8PROC_CATEGORY_MN || p->category == UTF8PROC_CATEGORY_ME ||
           p->category == UTF8PROC_CATEGORY_MC;
}

static void add_mark(struct clean *c, uint32_t cp, struct str bytes)
{
    if (++c->marks > MARKS_MAX || (c->prev == 0 && c->ascii)) {
        int marks = c->marks;

        show_code(c, cp);
        c->marks = marks;
        return;
    }
    if (c->prev == 0) {
        buf_adds(c->out, "\xe2\x97\x8c"); /* U+25CC DOTTED CIRCLE carries it */
        c->cells = 1;
        c->replaced++;
    }
    keep(c, cp, bytes);
}

static void add_wide(struct clean *c, uint32_t cp, struct str bytes, struct str rest)
{
    const utf8proc_property_t *p = utf8proc_get_property((utf8proc_int32_t)cp);
    uint32_t next = 0;

    text_decode(rest, &next);
    if (next == TEXT_BAD)
        next = 0;
    if (joins(c, cp, next)) {
        keep(c, cp, bytes);
    } else if (is_hidden(cp, p)) {
        show_code(c, cp);
    } else if (p->boundclass == UTF8PROC_BOUNDCLASS_SPACINGMARK && p->charwidth > 0) {
        if (c->cells == 1) /* Thai and Lao AM take the second cell of their cluster, the last one */
            keep(c, cp, bytes);
        else
            show_code(c, cp);
        c->cells++;
    } else if (is_mark(p)) {
        add_mark(c, cp, bytes);
    } else {
        c->marks = 0;
        c->cells = p->charwidth;
        c->pictograph = p->boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC ||
                        (c->pictograph && p->boundclass == UTF8PROC_BOUNDCLASS_EXTEND);
        keep(c, cp, bytes);
    }
}

static void add_bad(struct clean *c)
{
    buf_adds(c->out, c->ascii ? "?" : "\xef\xbf\xbd");
    c->prev = c->ascii ? '?' : 0xfffd;
    c->cells = 1;
    c->pictograph = false;
    c->marks = 0;
    c->replaced++;
}

size_t text_sanitize(struct buf *out, struct str s, bool keep_newlines, bool ascii)
{
    struct clean c = {.out = out, .ascii = ascii, .keep_newlines = keep_newlines};

    start_line(&c);
    while (s.len && !out->full) {
        size_t n = 0;
        uint32_t cp;

        while (n < s.len && s.ptr[n] >= 0x20 && s.ptr[n] < 0x7f)
            n++;
        if (n) {
            c.pictograph = false;
            c.marks = 0;
            c.cells = 1;
            keep(&c, (unsigned char)s.ptr[n - 1], (struct str){s.ptr, n});
        } else {
            struct str rest;

            n = text_decode(s, &cp);
            rest = (struct str){s.ptr + n, s.len - n};
            if (cp == TEXT_BAD)
                add_bad(&c);
            else if (cp < 0x80)
                add_control(&c, cp, rest.len && rest.ptr[0] == '\n');
            else
                add_wide(&c, cp, (struct str){s.ptr, n}, rest);
        }
        s.ptr += n;
        s.len -= n;
    }
    return c.replaced;
}

/* Stand-ins for runs of consecutive characters; what looks alike shares a letter. */
static const struct {
    uint32_t first;
    const char *to;
} ascii_runs[] = {
    {0x00a0, " "},
    {0x00ab, "<"},
    {0x00b0, "o+"},
    {0x00b5, "u"},
    {0x00b7, "."},
    {0x00bb, ">"},
    {0x00d7, "x"},
    {0x2010, "------"},
    {0x2018, "''"},
    {0x201c, "\"\""},
    {0x2022, "*"},
    {0x2026, "~"},
    {0x2190, "<^>v"},
    {0x21b5, "<"},
    {0x21d2, ">"},
    {0x2211, "S"},
    {0x2248, "~"},
    {0x2264, "<>"},
    {0x2423, "_"},
    /* Box drawing, U+2500 to U+257F. */
    {0x2500, "--||--||--||++++++++++++++++++++++++++++++++++++++++++++++++++++"
             "++++++++++++--||-|+++++++++++++++++++++++++++++++/\\X-|-|-|-|-|-|"},
    /* Blocks: eighths from below, then from the left; shades; quadrants. */
    {0x2580, "\"_.-=+*##===-..|#.:#\"|..'####'##"},
    {0x25a0, "#o"},
    {0x25aa, "*o"},
    {0x25b2, "^^^^>>>>>>vvvv<<<<<<*o"},
    {0x25cb, "ooo"},
    {0x25cf, "*oooo"},
    {0x25e6, "o"},
    {0x2605, "*o"},
    {0x26a0, "!"},
    {0x2713, "vvxxxx"},
    {0x276f, ">"},
};

static char ascii_symbol(uint32_t cp)
{
    if (cp >= 0x2800 && cp <= 0x28ff) /* braille: by how many dots are set */
        return " ..::**##"[__builtin_popcount(cp & 0xff)];
    for (size_t i = 0; i < sizeof(ascii_runs) / sizeof(ascii_runs[0]); i++) {
        if (cp >= ascii_runs[i].first && cp - ascii_runs[i].first < strlen(ascii_runs[i].to))
            return ascii_runs[i].to[cp - ascii_runs[i].first];
    }
    return 0;
}

/* "e" for U+00E9 and its like. */
static char ascii_letter(uint32_t cp)
{
    utf8proc_int32_t parts[8];
    int last = 0;
    utf8proc_ssize_t n = utf8proc_decompose_char((utf8proc_int32_t)cp, parts, 8,
                                                 UTF8PROC_DECOMPOSE | UTF8PROC_STRIPMARK, &last);

    return n >= 1 && n <= 8 && parts[0] > 0x20 && parts[0] < 0x7f ? (char)parts[0] : 0;
}

void text_to_ascii(struct buf *out, struct str s)
{
    struct str cluster;
    int width;

    while (text_cluster(&s, &cluster, &width)) {
        char c = cluster.ptr[0];
        uint32_t cp;

        if (width == 0 || (c >= 0x20 && c < 0x7f && width == 1)) {
            buf_addc(out, (unsigned char)c < 0x80 ? c : '?');
            continue;
        }
        text_decode(cluster, &cp);
        c = cp < 0x80 ? (char)cp : cp == TEXT_BAD ? 0 : ascii_symbol(cp);
        if (!c && cp != TEXT_BAD)
            c = ascii_letter(cp);
        buf_addc(out, c ? c : '?');
        if (width == 2)
            buf_addc(out, c ? ' ' : '?');
    }
}
