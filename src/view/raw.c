/* raw.c - the raw result of a query: as recorded, as indented JSON, or as bytes. Lines are wrapped
 * or, when panned, cut; a search marks every match. What was recorded is kept (at most
 * SCREEN_RAW_MAX bytes); what is shown is made from it when the mode changes. */
#include "src/view/view_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"

#define SHORT_LIST 72 /* bytes of a list of scalars that stays on one line */
#define MATCHES_MAX 100000
#define PAN_CELLS 8

/* ---- JSON for the eye ---- */

/* The length of "[1770213000, "0.21"]" at the beginning of `t` when it holds no other brackets and
 * is short; 0: not so. */
static size_t short_list(struct str t)
{
    bool quoted = false;

    for (size_t i = 1; i < t.len && i < SHORT_LIST; i++) {
        char c = t.ptr[i];

        if (quoted && c == '\\')
            i++;
        else if (c == '"')
            quoted = !quoted;
        else if (!quoted && (c == '{' || c == '['))
            return 0;
        else if (!quoted && (c == '}' || c == ']'))
            return i + 1;
    }
    return 0;
}

static void add_short(struct buf *out, struct str list)
{
    bool quoted = false;

    for (size_t i = 0; i < list.len; i++) {
        char c = list.ptr[i];

        if (quoted && c == '\\' && i + 1 < list.len) {
            buf_add(out, list.ptr + i++, 2);
            continue;
        }
        quoted = quoted != (c == '"');
        if (!quoted && (c == ' ' || c == '\n' || c == '\t' || c == '\r'))
            continue;
        buf_addc(out, c);
        if (!quoted && (c == ',' || c == ':'))
            buf_addc(out, ' ');
    }
}

static void new_line(struct buf *out, int depth)
{
    buf_addf(out, "\n%*s", 2 * (depth > 20 ? 20 : depth), "");
}

/* Breaks after commas and brackets. Works on anything: it is for the eye only. */
static void break_json(struct buf *out, struct str text)
{
    bool quoted = false;
    int depth = 0;

    for (size_t i = 0; i < text.len; i++) {
        char c = text.ptr[i];
        bool open = c == '{' || c == '[', close = c == '}' || c == ']';
        size_t list;

        if (quoted || c == '"') {
            if (quoted && c == '\\' && i + 1 < text.len)
                buf_addc(out, text.ptr[i++]);
            else if (c == '"')
                quoted = !quoted;
            buf_addc(out, text.ptr[i]);
            continue;
        }
        if (c == ' ' || c == '\n' || c == '\t' || c == '\r')
            continue;
        list = open ? short_list((struct str){text.ptr + i, text.len - i}) : 0;
        if (list) {
            add_short(out, (struct str){text.ptr + i, list});
            i += list - 1;
            continue;
        }
        depth += open - close;
        depth = depth < 0 ? 0 : depth;
        if (close)
            new_line(out, depth);
        buf_addc(out, c);
        if (c == ':')
            buf_addc(out, ' ');
        if (open || c == ',')
            new_line(out, depth);
    }
}

static bool looks_json(struct str text)
{
    struct str t = str_trim(text);

    return t.len > 1 && ((t.ptr[0] == '{' && t.ptr[t.len - 1] == '}') ||
                         (t.ptr[0] == '[' && t.ptr[t.len - 1] == ']'));
}

/* ---- what is shown ---- */

static struct str shown_bytes(const struct screen *s)
{
    struct str text = buf_str(&s->raw.bytes);

    if (text.len > SCREEN_RAW_MAX)
        text.len = SCREEN_RAW_MAX;
    return text;
}

/* Made when it is first drawn or searched: a page that only charts does not pay for it. */
static void make_text(struct screen *s)
{
    struct buf broken = BUF_INIT(4 * SCREEN_RAW_MAX);
    struct str text = shown_bytes(s);

    if (!s->raw.stale)
        return;
    s->raw.stale = false;
    buf_release(&s->raw.text);
    buf_init(&s->raw.text, 8 * SCREEN_RAW_MAX);
    s->raw.lines_width = 0;
    if (s->raw.mode == RAW_PRETTY) {
        break_json(&broken, str_trim(text));
        text = buf_str(&broken);
    }
    if (s->raw.mode != RAW_HEX)
        text_sanitize(&s->raw.text, text, true, false);
    buf_release(&broken);
}

static void show_text(struct screen *s)
{
    s->raw.stale = true;
    raw_search(s);
}

void screen_set_raw(struct screen *s, const char *hash, struct str text, const char *problem)
{
    snprintf(s->raw.hash, sizeof(s->raw.hash), "%s", hash);
    snprintf(s->raw.problem, sizeof(s->raw.problem), "%s", problem ? problem : "");
    buf_release(&s->raw.bytes);
    buf_init(&s->raw.bytes, SERIES_RAW_MAX);
    series_release(&s->raw.series);
    s->raw.series_of[0] = '\0';
    s->raw.pan_cells = 0;
    s->raw.size_bytes = problem ? 0 : text.len;
    if (!problem)
        buf_add(&s->raw.bytes, text.ptr, text.len < SERIES_RAW_MAX ? text.len : SERIES_RAW_MAX);
    s->raw.json = looks_json(buf_str(&s->raw.bytes));
    s->raw.mode = s->raw.json ? RAW_PRETTY : RAW_TEXT;
    show_text(s);
}

void raw_release(struct screen *s)
{
    buf_release(&s->raw.bytes);
    buf_release(&s->raw.text);
    VEC_RELEASE(&s->raw.lines);
    VEC_RELEASE(&s->raw.matches);
    series_release(&s->raw.series);
}

void raw_set_mode(struct screen *s, enum raw_mode mode)
{
    s->raw.mode = mode;
    show_text(s);
}

/* Where an empty line stands is known too, so that places grow from line to line. */
static void on_raw_line(void *ctx, struct str line, int width_cells)
{
    struct screen *s = ctx;
    const char *from = s->raw.text.ptr, *to = from + s->raw.text.len;
    size_t at = line.ptr && line.ptr >= from && line.ptr <= to ? (size_t)(line.ptr - from) : 0;
    struct span last = {0, 0};

    (void)width_cells;
    if (s->raw.lines.count)
        last = s->raw.lines.items[s->raw.lines.count - 1];
    if (at < last.at + last.len)
        at = last.at + last.len;
    *VEC_PUSH(&s->raw.lines) = (struct span){at, line.len};
}

static void split_lines(struct screen *s)
{
    struct str rest = buf_str(&s->raw.text), line;

    while (str_line(&rest, &line))
        on_raw_line(s, line, 0);
}

static size_t hex_bytes(int width)
{
    return width >= 74 ? 16 : width >= 41 ? 8 : 4;
}

size_t raw_lines(struct screen *s, int width)
{
    make_text(s);
    if (s->raw.mode == RAW_HEX) {
        size_t by = hex_bytes(width);

        s->raw.hex_bytes = by;
        return (shown_bytes(s).len + by - 1) / by;
    }
    if (s->raw.lines_width != width) {
        s->raw.lines.count = 0;
        s->raw.lines_width = width;
        if (s->raw.text.len && s->raw.panned)
            split_lines(s);
        else if (s->raw.text.len)
            text_wrap(buf_str(&s->raw.text), width, on_raw_line, s);
    }
    return s->raw.lines.count;
}

/* ---- search ---- */

static struct str searched(const struct screen *s)
{
    return s->raw.mode == RAW_HEX ? shown_bytes(s) : buf_str(&s->raw.text);
}

void raw_search(struct screen *s)
{
    struct str all, rest, needle = str_from(s->raw.search);
    size_t was = s->raw.match < s->raw.matches.count ? s->raw.matches.items[s->raw.match] : 0;
    ptrdiff_t at;

    s->raw.matches.count = 0;
    s->raw.match = 0;
    if (!needle.len)
        return;
    make_text(s);
    all = rest = searched(s);
    while (s->raw.matches.count < MATCHES_MAX && (at = str_ifind(rest, needle)) >= 0) {
        size_t where = (size_t)(rest.ptr - all.ptr) + (size_t)at;

        if (where < was)
            s->raw.match = s->raw.matches.count + 1;
        *VEC_PUSH(&s->raw.matches) = where;
        rest = (struct str){all.ptr + where + needle.len, all.len - where - needle.len};
    }
    if (s->raw.match >= s->raw.matches.count)
        s->raw.match = 0;
}

/* The line that holds a byte of the text. */
static size_t line_of(const struct screen *s, size_t offset)
{
    size_t lo = 0, hi = s->raw.lines.count;

    if (s->raw.mode == RAW_HEX)
        return s->raw.hex_bytes ? offset / s->raw.hex_bytes : 0;
    while (hi - lo > 1) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->raw.lines.items[mid].at > offset)
            hi = mid;
        else
            lo = mid;
    }
    return lo;
}

size_t raw_match_line(const struct screen *s)
{
    return s->raw.matches.count ? line_of(s, s->raw.matches.items[s->raw.match]) : 0;
}

/* The first match that ends behind `offset`. */
static size_t match_from(const struct screen *s, size_t offset, size_t len)
{
    size_t lo = 0, hi = s->raw.matches.count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->raw.matches.items[mid] + len <= offset)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* ---- drawing ---- */

static void mark_matches(const struct screen *s, struct canvas *c, struct rect r, struct span line,
                         struct str seen)
{
    size_t len = strlen(s->raw.search), from = line.at + (size_t)(line.len - seen.len);

    for (size_t k = match_from(s, from, len); k < s->raw.matches.count; k++) {
        size_t at = s->raw.matches.items[k], end = at + len;
        struct str before, part;

        if (at >= line.at + line.len)
            break;
        at = at < from ? from : at;
        end = end > line.at + line.len ? line.at + line.len : end;
        before = (struct str){seen.ptr, at - from};
        part = (struct str){seen.ptr + (at - from), end - at};
        canvas_overlay(c, (struct rect){r.x + text_width(before), r.y, text_width(part), 1},
                       k == s->raw.match ? STYLE_MATCH_CURRENT : STYLE_MATCH);
    }
}

static void draw_line(const struct screen *s, struct canvas *c, struct rect r, size_t index)
{
    struct span line = s->raw.lines.items[index];
    struct str text = {s->raw.text.ptr + line.at, line.len}, skipped;
    int width = 0;

    if (s->raw.panned && s->raw.pan_cells > 0) {
        skipped = text_fit(text, s->raw.pan_cells, &width);
        text = (struct str){text.ptr + skipped.len, text.len - skipped.len};
    }
    canvas_text(c, r.x, r.y, r.w, STYLE_CODE, text);
    if (s->raw.matches.count && text.len)
        mark_matches(s, c, r, line, text);
}

/* Columns of "00000000 7b 22 73 74 61 74 75 73  22 3a 22 6f 6b 22 7d 0a  {"status":"ok"}." */
static int hex_x(size_t by, size_t i)
{
    return 9 + (int)i * 3 + (by == 16 && i >= 8);
}

static int char_x(size_t by, size_t i)
{
    return hex_x(by, by) + (int)i;
}

static enum style byte_style(unsigned char b)
{
    return b >= 0x20 && b < 0x7F                 ? STYLE_CODE
           : b == '\n' || b == '\r' || b == '\t' ? STYLE_DIM
                                                 : STYLE_WARNING;
}

static void mark_byte(const struct screen *s, struct canvas *c, struct rect r, size_t at, size_t i)
{
    size_t len = strlen(s->raw.search), k = match_from(s, at, len), by = s->raw.hex_bytes;
    enum style style = k == s->raw.match ? STYLE_MATCH_CURRENT : STYLE_MATCH;

    if (k >= s->raw.matches.count || s->raw.matches.items[k] > at)
        return;
    canvas_overlay(c, (struct rect){r.x + hex_x(by, i), r.y, 2, 1}, style);
    canvas_overlay(c, (struct rect){r.x + char_x(by, i), r.y, 1, 1}, style);
}

static void draw_hex(const struct screen *s, struct canvas *c, struct rect r, size_t index)
{
    struct str bytes = shown_bytes(s);
    size_t by = s->raw.hex_bytes, at = index * by;

    canvas_printf(c, r.x, r.y, 8, STYLE_DIM, "%08zx", at);
    for (size_t i = 0; i < by && at + i < bytes.len; i++) {
        unsigned char b = (unsigned char)bytes.ptr[at + i];

        canvas_printf(c, r.x + hex_x(by, i), r.y, 2, byte_style(b), "%02x", b);
        canvas_printf(c, r.x + char_x(by, i), r.y, 1, byte_style(b), "%c",
                      b >= 0x20 && b < 0x7F ? b : '.');
        if (s->raw.matches.count)
            mark_byte(s, c, r, at + i, i);
    }
}

void raw_draw_line(const struct screen *s, struct canvas *c, struct rect r, size_t index)
{
    if (s->raw.mode == RAW_HEX)
        draw_hex(s, c, r, index);
    else if (index < s->raw.lines.count)
        draw_line(s, c, r, index);
}

void raw_pan(struct screen *s, int by)
{
    s->raw.pan_cells += by * PAN_CELLS;
    if (s->raw.pan_cells < 0)
        s->raw.pan_cells = 0;
    if (s->raw.pan_cells > 1000000)
        s->raw.pan_cells = 1000000;
}
