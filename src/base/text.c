/* text.c - see text.h. Drawing asks for the clusters of every line it paints, so ASCII takes a
 * short way that touches no table; the rest goes through utf8proc. text_clean.c has what changes
 * text. */
#include "runbook/base/text.h"

#include <limits.h>
#include <utf8proc.h>

#include "src/base/text_priv.h"

#define DISTANCE_MAX 64 /* characters; longer texts are "far away" */

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

static bool is_printable(unsigned char c)
{
    return c >= 0x20 && c < 0x7f;
}

/* Width of one cluster while its characters come in. */
struct measure {
    int cells;
    uint32_t first;
    bool pictograph; /* the character before a variation selector decides what it selects */
};

static void measure_add(struct measure *m, uint32_t cp, int boundclass)
{
    bool regional = boundclass == UTF8PROC_BOUNDCLASS_REGIONAL_INDICATOR;
    int cells = utf8proc_charwidth((utf8proc_int32_t)cp);

    if (cells == 1 && text_is_wide_ambiguous(cp))
        cells = 2;

    if (m->first == 0)
        m->first = cp;
    else if (regional) /* the second half of a flag */
        cells = 2;
    else if (boundclass ==
             UTF8PROC_BOUNDCLASS_SPACINGMARK) /* Thai and Lao AM stand beside the base */
        cells += m->cells;
    if (cp == 0xfe0f && m->pictograph)
        cells = 2;
    if (cp == 0x20e3 && m->first < 0x80) /* a keycap */
        cells = 2;
    m->pictograph = boundclass == UTF8PROC_BOUNDCLASS_EXTENDED_PICTOGRAPHIC;
    if (cells > m->cells)
        m->cells = cells;
}

static int boundclass_of(uint32_t cp)
{
    return (int)utf8proc_get_property((utf8proc_int32_t)cp)->boundclass;
}

static bool is_control_class(int boundclass)
{
    return boundclass == UTF8PROC_BOUNDCLASS_CONTROL || boundclass == UTF8PROC_BOUNDCLASS_CR ||
           boundclass == UTF8PROC_BOUNDCLASS_LF;
}

static uint32_t decode_or_fffd(struct str s, size_t *ret_len)
{
    uint32_t cp;

    *ret_len = text_decode(s, &cp);
    return cp == TEXT_BAD ? 0xfffd : cp;
}

/* The general case; `rest` is not empty. */
static size_t long_cluster(struct str s, int *ret_width)
{
    struct measure m = {0};
    utf8proc_int32_t state = 0;
    size_t n, len;
    uint32_t cp = decode_or_fffd(s, &len);
    int bound = boundclass_of(cp);
    bool control = is_control_class(bound);

    measure_add(&m, cp, bound);
    while (len < s.len) {
        uint32_t next = decode_or_fffd((struct str){s.ptr + len, s.len - len}, &n);

        if (utf8proc_grapheme_break_stateful((utf8proc_int32_t)cp, (utf8proc_int32_t)next, &state))
            break;
        measure_add(&m, next, boundclass_of(next));
        len += n;
        cp = next;
    }
    *ret_width = control ? 0 : m.cells < 1 ? 1 : m.cells > 2 ? 2 : m.cells;
    return len;
}

/* ASCII before ASCII (or before the end) is a cluster of its own, but for CR LF. */
static bool is_short(struct str s)
{
    unsigned char c = (unsigned char)s.ptr[0];

    return c < 0x80 && (s.len == 1 || (unsigned char)s.ptr[1] < 0x80) && c != '\r';
}

bool text_cluster(struct str *rest, struct str *ret_cluster, int *ret_width)
{
    size_t len = 1;

    if (rest->len == 0)
        return false;
    if (is_short(*rest))
        *ret_width = is_printable((unsigned char)rest->ptr[0]);
    else
        len = long_cluster(*rest, ret_width);
    *ret_cluster = (struct str){rest->ptr, len};
    rest->ptr += len;
    rest->len -= len;
    return true;
}

/* Bytes at the start of `s` that are surely one cluster and one cell each; at most `max`. */
static size_t plain_run(struct str s, size_t max)
{
    size_t n = 0;

    while (n < s.len && n < max && is_printable((unsigned char)s.ptr[n]))
        n++;
    if (n && n < s.len && (unsigned char)s.ptr[n] >= 0x80)
        n--; /* a mark may follow the last one */
    return n;
}

struct str text_fit(struct str s, int max_cells, int *ret_width)
{
    struct str rest = s, cluster;
    int width = 0, w;

    while (rest.len) {
        size_t run = max_cells > width ? plain_run(rest, (size_t)(max_cells - width)) : 0;
        struct str before;

        rest.ptr += run;
        rest.len -= run;
        width += (int)run;
        before = rest;
        if (!text_cluster(&rest, &cluster, &w))
            break;
        if (width + w > max_cells) {
            rest = before;
            break;
        }
        width += w;
    }
    if (ret_width)
        *ret_width = width;
    return (struct str){s.ptr, s.len - rest.len};
}

int text_width(struct str s)
{
    int width;

    text_fit(s, INT_MAX, &width);
    return width;
}

void text_ellipsis(struct buf *out, struct str s, int max_cells, bool ascii)
{
    struct str fits = text_fit(s, max_cells, NULL);

    if (fits.len == s.len) {
        buf_add_str(out, s);
    } else if (max_cells > 0) {
        buf_add_str(out, text_fit(s, max_cells - 1, NULL));
        buf_adds(out, ascii ? "~" : "\xe2\x80\xa6");
    }
}

/* One visual line while it is measured: `end` and `width` without trailing blanks. */
struct wrap {
    size_t end;     /* after the last cluster that is no blank */
    int width;      /* up to `end` */
    size_t cut;     /* where the line may be broken, 0: nowhere yet */
    size_t cut_end; /* `end` at that place */
    int cut_width;
};

static bool is_blank(struct str cluster)
{
    return cluster.len == 1 && strchr(" \t\r", cluster.ptr[0]) && cluster.ptr[0];
}

/* Closing punctuation stays with what it closes. */
static bool sticks_left(struct str cluster)
{
    static const char *const closing[] = {"\xe3\x80\x81", "\xe3\x80\x82", "\xef\xbc\x8c",
                                          "\xef\xbc\x8e", "\xef\xbc\x81", "\xef\xbc\x9f",
                                          "\xef\xbc\x89", "\xe3\x80\x8d", "\xe3\x80\x8f",
                                          "\xe3\x80\x91", "\xef\xbc\x9a", "\xef\xbc\x9b"};

    if (cluster.len == 1)
        return strchr(".,;:!?)]}\"'", cluster.ptr[0]) != NULL;
    for (size_t i = 0; i < sizeof(closing) / sizeof(closing[0]); i++) {
        if (str_starts(cluster, closing[i]))
            return true;
    }
    return false;
}

static void allow_cut(struct wrap *w, size_t at)
{
    w->cut = at;
    w->cut_end = w->end;
    w->cut_width = w->width;
}

/* Measure the first visual line of `s`, which has no LF. Returns where the next one starts. */
static size_t wrap_one(struct str s, int limit, struct str *ret_line, int *ret_width)
{
    struct wrap w = {0};
    struct str rest = s, cluster;
    int width = 0, cells;
    bool wide_before = false;

    while (text_cluster(&rest, &cluster, &cells)) {
        size_t at = (size_t)(cluster.ptr - s.ptr);
        bool wide = cells == 2;

        if (is_blank(cluster)) {
            width += 1;
            if (w.end)
                allow_cut(&w, at + cluster.len);
            wide_before = false;
            continue;
        }
        if ((wide || wide_before) && w.end == at && at && !sticks_left(cluster))
            allow_cut(&w, at);
        if (width + cells > limit && at > 0) {
            if (w.cut == 0) { /* one word, or blanks, as long as the line */
                w.cut = at;
                w.cut_end = w.end;
                w.cut_width = w.width;
            }
            *ret_line = (struct str){s.ptr, w.cut_end};
            *ret_width = w.cut_width;
            return w.cut;
        }
        width += cells;
        w.end = at + cluster.len;
        w.width = width;
        wide_before = wide;
    }
    *ret_line = (struct str){s.ptr, w.end};
    *ret_width = w.width;
    return s.len;
}

size_t text_wrap(struct str s, int width_cells, text_line_fn *line, void *ctx)
{
    struct str paragraph, piece;
    size_t lines = 0;
    int width;

    while (str_line(&s, &paragraph)) {
        do {
            size_t used = wrap_one(paragraph, width_cells, &piece, &width);

            line(ctx, piece, width);
            lines++;
            paragraph.ptr += used;
            paragraph.len -= used;
        } while (paragraph.len);
    }
    if (lines == 0) {
        line(ctx, (struct str){s.ptr, 0}, 0);
        lines++;
    }
    return lines;
}

static size_t decode_all(struct str s, uint32_t *out)
{
    size_t count = 0, n;

    while (s.len && count < DISTANCE_MAX) {
        out[count++] = decode_or_fffd(s, &n);
        s.ptr += n;
        s.len -= n;
    }
    return s.len ? DISTANCE_MAX + 1 : count;
}

static unsigned least(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;

    return m < c ? m : c;
}

unsigned text_distance(struct str a, struct str b, unsigned limit)
{
    uint32_t x[DISTANCE_MAX], y[DISTANCE_MAX];
    unsigned rows[3][DISTANCE_MAX + 1];
    size_t na, nb;

    if (str_eq(a, b))
        return 0;
    na = decode_all(a, x);
    nb = decode_all(b, y);
    if (na > DISTANCE_MAX || nb > DISTANCE_MAX || (na > nb ? na - nb : nb - na) >= limit)
        return limit;
    for (size_t j = 0; j <= nb; j++)
        rows[0][j] = (unsigned)j;
    for (size_t i = 1; i <= na; i++) {
        unsigned *row = rows[i % 3], *up = rows[(i + 2) % 3], *up2 = rows[(i + 1) % 3], best;

        row[0] = best = (unsigned)i;
        for (size_t j = 1; j <= nb; j++) {
            row[j] = least(up[j] + 1, row[j - 1] + 1, up[j - 1] + (x[i - 1] != y[j - 1]));
            if (i > 1 && j > 1 && x[i - 1] == y[j - 2] && x[i - 2] == y[j - 1] &&
                up2[j - 2] + 1 < row[j])
                row[j] = up2[j - 2] + 1;
            best = row[j] < best ? row[j] : best;
        }
        if (best > limit) /* a transposition may still come from the row before, by one less */
            return limit;
    }
    return rows[na % 3][nb] < limit ? rows[na % 3][nb] : limit;
}
