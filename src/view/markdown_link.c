/* markdown_link.c - urls and entities of Markdown. See markdown_priv.h. */
#include "src/view/markdown_priv.h"

#include <md4c.h>

#include "runbook/base/num.h"

static void add_utf8(struct buf *out, uint32_t cp)
{
    if (cp < 0x80) {
        buf_addc(out, (char)cp);
        return;
    }
    if (cp >= 0x10000) {
        buf_addc(out, (char)(0xF0 | cp >> 18));
        buf_addc(out, (char)(0x80 | (cp >> 12 & 0x3F)));
    } else if (cp >= 0x800) {
        buf_addc(out, (char)(0xE0 | cp >> 12));
    }
    buf_addc(out, (char)(cp >= 0x800 ? 0x80 | (cp >> 6 & 0x3F) : 0xC0 | cp >> 6));
    buf_addc(out, (char)(0x80 | (cp & 0x3F)));
}

void md_add_entity(struct buf *out, struct str s)
{
    static const struct {
        const char *name, *text;
    } named[] = {{"&amp;", "&"},    {"&lt;", "<"},   {"&gt;", ">"},    {"&quot;", "\""},
                 {"&apos;", "'"},   {"&nbsp;", " "}, {"&mdash;", "—"}, {"&ndash;", "–"},
                 {"&hellip;", "…"}, {"&rarr;", "→"}, {"&larr;", "←"},  {"&times;", "×"},
                 {"&middot;", "·"}, {"&bull;", "•"}, {"&deg;", "°"},   {"&micro;", "µ"}};
    uint64_t cp = 0;
    bool hex = s.len > 3 && (s.ptr[2] == 'x' || s.ptr[2] == 'X');
    size_t skip = hex ? 3 : 2;

    for (size_t i = 0; i < sizeof(named) / sizeof(named[0]); i++)
        if (str_eq_c(s, named[i].name)) {
            buf_adds(out, named[i].text);
            return;
        }
    if (s.len > skip + 1 && s.ptr[1] == '#' &&
        num_u64_base((struct str){s.ptr + skip, s.len - skip - 1}, hex ? 16 : 10, &cp) && cp > 0 &&
        cp < 0x110000 && (cp < 0xD800 || cp > 0xDFFF)) {
        add_utf8(out, (uint32_t)cp);
        return;
    }
    buf_add_str(out, s);
}

/* A url as one text; what is not ASCII is written as %XX, but in a host, where it would be another
 * one. */
void md_take_href(struct buf *out, const void *attribute)
{
    const MD_ATTRIBUTE *a = attribute;
    struct buf raw = BUF_INIT(2 * CANVAS_URL_MAX);
    size_t slashes = 0;

    for (size_t i = 0; a->size && a->substr_offsets[i] < a->size; i++) {
        struct str piece = {a->text + a->substr_offsets[i],
                            a->substr_offsets[i + 1] - a->substr_offsets[i]};

        if (a->substr_types[i] == MD_TEXT_ENTITY)
            md_add_entity(&raw, piece);
        else
            buf_add_str(&raw, piece);
    }
    buf_clear(out);
    for (size_t i = 0; i < raw.len; i++) {
        unsigned char c = (unsigned char)raw.ptr[i];

        slashes += c == '/' || c == '?' || c == '#';
        if (c > 0x7E && slashes > 2)
            buf_addf(out, "%%%02X", c);
        else
            buf_addc(out, (char)c);
    }
    buf_release(&raw);
}

/* Where a url really leads: its host, behind any "user@"; a mail's address; else itself. */
struct str md_link_host(struct str url)
{
    ptrdiff_t at = str_find(url, STR_LIT("://"));
    struct str s = url;

    if (str_starts(url, "mailto:"))
        return (struct str){url.ptr + 7, url.len - 7};
    if (at < 0)
        return url;
    s.ptr += at + 3;
    s.len -= (size_t)at + 3;
    for (size_t i = 0; i < s.len; i++)
        if (strchr("/?#", s.ptr[i]))
            s.len = i;
    for (size_t i = s.len; i > 0; i--)
        if (s.ptr[i - 1] == '@')
            return (struct str){s.ptr + i, s.len - i};
    return s;
}
