/* canvas.c - see canvas.h. */
#include "runbook/view/canvas.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"

#define CANVAS_SIDE_MAX 1000
#define SCRATCH_MAX ((size_t)1 << 20)

void canvas_init(struct canvas *c, enum glyph_set glyphs)
{
    *c = (struct canvas){.glyphs = glyphs};
    buf_init(&c->scratch, SCRATCH_MAX);
    canvas_resize(c, 1, 1);
}

static void drop_urls(struct canvas *c)
{
    VEC_EACH (url, &c->urls)
        free(*url);
    c->urls.count = 0;
    c->link = 0;
}

void canvas_release(struct canvas *c)
{
    free(c->cells);
    c->cells = NULL;
    drop_urls(c);
    VEC_RELEASE(&c->urls);
    buf_release(&c->scratch);
}

static int side(int n)
{
    return n < 1 ? 1 : n > CANVAS_SIDE_MAX ? CANVAS_SIDE_MAX : n;
}

void canvas_resize(struct canvas *c, int width, int height)
{
    c->width = side(width);
    c->height = side(height);
    c->cells = xreallocarray(c->cells, (size_t)c->width * (size_t)c->height, sizeof(*c->cells));
    canvas_clear(c);
}

static const struct cell blank = {.text = " ", .width = 1};

void canvas_clear(struct canvas *c)
{
    c->scroll_count = 0;
    c->clip = (struct rect){0, 0, c->width, c->height};
    drop_urls(c);
    for (int i = 0; i < c->width * c->height; i++)
        c->cells[i] = blank;
}

const struct cell *canvas_at(const struct canvas *c, int x, int y)
{
    if (x < 0 || y < 0 || x >= c->width || y >= c->height)
        return NULL;
    return &c->cells[y * c->width + x];
}

static int max_int(int a, int b)
{
    return a > b ? a : b;
}

static int min_int(int a, int b)
{
    return a < b ? a : b;
}

void canvas_scrolls(struct canvas *c, struct rect r)
{
    if (c->scroll_count < CANVAS_SCROLLS && r.w > 0 && r.h > 0)
        c->scrolls[c->scroll_count++] = r;
}

bool rect_has(struct rect r, int x, int y)
{
    return x >= r.x && x < r.x + r.w && y >= r.y && y < r.y + r.h;
}

struct rect canvas_clip(struct canvas *c, struct rect r)
{
    struct rect was = c->clip;
    int x1 = min_int(was.x + was.w, r.x + max_int(r.w, 0));
    int y1 = min_int(was.y + was.h, r.y + max_int(r.h, 0));

    c->clip.x = max_int(was.x, r.x);
    c->clip.y = max_int(was.y, r.y);
    c->clip.w = max_int(0, x1 - c->clip.x);
    c->clip.h = max_int(0, y1 - c->clip.y);
    return was;
}

void canvas_unclip(struct canvas *c, struct rect earlier)
{
    c->clip = earlier;
}

static bool inside(const struct canvas *c, int x, int y, int width)
{
    return x >= c->clip.x && y >= c->clip.y && x + width <= c->clip.x + c->clip.w &&
           y < c->clip.y + c->clip.h;
}

/* A wide cluster that loses one half loses both. */
static void unsplit(struct canvas *c, int x, int y)
{
    struct cell *at = &c->cells[y * c->width + x];

    if (at->width == 0 && x > 0) {
        at[-1].width = 1;
        memcpy(at[-1].text, " ", 2);
    }
    if (at->width == 2 && x + 1 < c->width) {
        at[1].width = 1;
        memcpy(at[1].text, " ", 2);
    }
}

static void put(struct canvas *c, int x, int y, int width, enum style style, struct str cluster)
{
    struct cell *at;
    size_t len = cluster.len;

    if (!inside(c, x, y, width))
        return;
    while (len > CELL_TEXT_MAX ||
           (len > 0 && len < cluster.len && (cluster.ptr[len] & 0xC0) == 0x80))
        len--;
    unsplit(c, x, y);
    if (width == 2)
        unsplit(c, x + 1, y);
    at = &c->cells[y * c->width + x];
    *at = (struct cell){.width = (uint8_t)width, .style = (uint8_t)style, .link = c->link};
    memcpy(at->text, cluster.ptr, len);
    if (width == 2)
        at[1] = (struct cell){.width = 0, .style = (uint8_t)style, .link = c->link};
}

static bool plain(struct str s)
{
    for (size_t i = 0; i < s.len; i++)
        if (s.ptr[i] < 0x20 || s.ptr[i] > 0x7E)
            return false;
    return true;
}

/* Safe for a terminal, and within what the terminal can show. Borrowed: the text itself or scratch.
 */
static struct str clean(struct canvas *c, struct str text)
{
    if (plain(text))
        return text;
    buf_clear(&c->scratch);
    c->scratch.full = false;
    text_sanitize(&c->scratch, text, false, c->glyphs == GLYPHS_ASCII);
    if (c->glyphs == GLYPHS_ASCII && !c->keep_text && !plain(buf_str(&c->scratch))) {
        struct buf ascii = BUF_INIT(SCRATCH_MAX);

        text_to_ascii(&ascii, buf_str(&c->scratch));
        buf_release(&c->scratch);
        c->scratch = ascii;
    }
    return buf_str(&c->scratch);
}

/* Only the first bytes can be seen: never sanitise a megabyte for one row. */
static struct str head(struct str text, int max_cells)
{
    size_t max = (size_t)max_int(max_cells, 0) * 64 + 64;

    if (text.len <= max)
        return text;
    while (max > 0 && (text.ptr[max] & 0xC0) == 0x80)
        max--;
    return (struct str){text.ptr, max};
}

/* Draw clean text, at most `cells`. */
static int draw(struct canvas *c, int x, int y, int cells, enum style style, struct str text)
{
    struct str cluster;
    int used = 0, width;

    while (text_cluster(&text, &cluster, &width)) {
        if (width < 1)
            continue;
        if (used + width > cells)
            break;
        put(c, x + used, y, width, style, cluster);
        used += width;
    }
    return used;
}

static int draw_ascii(struct canvas *c, int x, int y, int cells, enum style style, struct str text)
{
    int n = text.len < (size_t)cells ? (int)text.len : cells;

    for (int i = 0; i < n; i++)
        put(c, x + i, y, 1, style, (struct str){text.ptr + i, 1});
    return n;
}

int canvas_text(struct canvas *c, int x, int y, int max_cells, enum style style, struct str text)
{
    struct str s, fit;
    int width = 0;

    if (max_cells <= 0 || text.len == 0 || y < c->clip.y || y >= c->clip.y + c->clip.h)
        return 0;
    s = clean(c, head(text, max_cells));
    if (s.ptr == text.ptr && s.len <= (size_t)max_cells)
        return draw_ascii(c, x, y, max_cells, style, s);
    fit = text_fit(s, max_cells, &width);
    if (fit.len == s.len)
        return draw(c, x, y, max_cells, style, fit);
    fit = text_fit(s, max_cells - 1, &width);
    width = draw(c, x, y, max_cells - 1, style, fit);
    return width + canvas_glyph(c, x + width, y, style, GLYPH_ELLIPSIS);
}

int canvas_cstr(struct canvas *c, int x, int y, int max_cells, enum style style, const char *text)
{
    return canvas_text(c, x, y, max_cells, style, str_from(text));
}

int canvas_printf(struct canvas *c, int x, int y, int max_cells, enum style style, const char *fmt,
                  ...)
{
    char text[1024];
    va_list ap;

    va_start(ap, fmt);
    vsnprintf(text, sizeof(text), fmt, ap);
    va_end(ap);
    return canvas_cstr(c, x, y, max_cells, style, text);
}

int canvas_text_right(struct canvas *c, int x_end, int y, int max_cells, enum style style,
                      struct str text)
{
    int width = text_width(clean(c, head(text, max_cells)));

    if (width > max_cells)
        width = max_cells;
    return canvas_text(c, x_end - width, y, width, style, text);
}

static const char *const glyph_texts[GLYPHS][GLYPH_SETS] = {
    [GLYPH_H] = {"─", "─", "-"},         [GLYPH_V] = {"│", "│", "|"},
    [GLYPH_TL] = {"┌", "┌", "+"},        [GLYPH_TR] = {"┐", "┐", "+"},
    [GLYPH_BL] = {"└", "└", "+"},        [GLYPH_BR] = {"┘", "┘", "+"},
    [GLYPH_T_DOWN] = {"┬", "┬", "+"},    [GLYPH_T_UP] = {"┴", "┴", "+"},
    [GLYPH_T_RIGHT] = {"├", "├", "+"},   [GLYPH_T_LEFT] = {"┤", "┤", "+"},
    [GLYPH_CROSS] = {"┼", "┼", "+"},     [GLYPH_OPEN] = {"▾", "▼", "-"},
    [GLYPH_CLOSED] = {"▸", "►", "+"},    [GLYPH_TREE_MID] = {"├", "├", "|"},
    [GLYPH_TREE_END] = {"└", "└", "`"},  [GLYPH_TREE_BAR] = {"│", "│", "|"},
    [GLYPH_PENDING] = {"○", "o", "."},   [GLYPH_TESTING] = {"◐", "*", "*"},
    [GLYPH_SUPPORTED] = {"●", "•", "+"}, [GLYPH_CONFIRMED] = {"✔", "√", "#"},
    [GLYPH_PRUNED] = {"✖", "x", "x"},    [GLYPH_OK] = {"✓", "√", "v"},
    [GLYPH_WARN] = {"▲", "▲", "!"},      [GLYPH_CRIT] = {"✖", "■", "X"},
    [GLYPH_UNKNOWN] = {"·", "·", "?"},   [GLYPH_RUNNING] = {"▸", "►", ">"},
    [GLYPH_EMPTY] = {"○", "o", "o"},     [GLYPH_CANCELED] = {"–", "-", "-"},
    [GLYPH_PROMPT] = {"❯", ">", ">"},    [GLYPH_ARROW] = {"→", "→", ">"},
    [GLYPH_RISE] = {"↳", ">", ">"},      [GLYPH_BULLET] = {"•", "•", "*"},
    [GLYPH_DOT] = {"·", "·", "-"},       [GLYPH_ELLIPSIS] = {"…", "~", "~"},
    [GLYPH_NEWLINE] = {"↵", "|", "|"},   [GLYPH_SELECT] = {"▌", "▌", ">"},
    [GLYPH_SCROLL] = {"┃", "█", "#"},    [GLYPH_DASH] = {"╌", "─", "-"},
    [GLYPH_RISING] = {"↑", "↑", "^"},    [GLYPH_FALLING] = {"↓", "↓", "v"},
};

const char *glyph_text(enum glyph_set set, enum glyph g)
{
    return glyph_texts[g][set];
}

int canvas_glyph(struct canvas *c, int x, int y, enum style style, enum glyph g)
{
    put(c, x, y, 1, style, str_from(glyph_texts[g][c->glyphs]));
    return 1;
}

void canvas_hline(struct canvas *c, int x, int y, int len, enum style style)
{
    for (int i = 0; i < len; i++)
        canvas_glyph(c, x + i, y, style, GLYPH_H);
}

void canvas_vline(struct canvas *c, int x, int y, int len, enum style style)
{
    for (int i = 0; i < len; i++)
        canvas_glyph(c, x, y + i, style, GLYPH_V);
}

void canvas_fill(struct canvas *c, struct rect r, enum style style)
{
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            put(c, x, y, 1, style, STR_LIT(" "));
}

void canvas_overlay(struct canvas *c, struct rect r, enum style overlay)
{
    for (int y = r.y; y < r.y + r.h; y++)
        for (int x = r.x; x < r.x + r.w; x++)
            if (inside(c, x, y, 1))
                c->cells[y * c->width + x].overlay = (uint8_t)overlay;
}

bool canvas_url_ok(struct str url)
{
    static const char *const schemes[] = {"https://", "http://", "mailto:"};
    bool known = false;

    for (size_t i = 0; i < sizeof(schemes) / sizeof(schemes[0]); i++) {
        size_t len = strlen(schemes[i]);

        known = known ||
                (url.len > len && str_ifind((struct str){url.ptr, len}, str_from(schemes[i])) == 0);
    }
    for (size_t i = 0; i < url.len; i++)
        if (url.ptr[i] <= 0x20 || url.ptr[i] > 0x7E)
            return false;
    return known && url.len <= CANVAS_URL_MAX;
}

void canvas_link(struct canvas *c, const char *url)
{
    c->link = 0;
    if (!url || !canvas_url_ok(str_from(url)))
        return;
    for (size_t i = 0; i < c->urls.count && !c->link; i++)
        if (strcmp(c->urls.items[i], url) == 0)
            c->link = (uint8_t)(i + 1);
    if (!c->link && c->urls.count < UINT8_MAX) {
        *VEC_PUSH(&c->urls) = xstrdup(url);
        c->link = (uint8_t)c->urls.count;
    }
}

const char *canvas_url(const struct canvas *c, uint8_t link)
{
    return link && link <= c->urls.count ? c->urls.items[link - 1] : NULL;
}

static const char *const eighths[] = {"", "▏", "▎", "▍", "▌", "▋", "▊", "▉", "█"};

static void draw_bar_cell(struct canvas *c, int x, int y, int level, enum style style)
{
    if (c->glyphs == GLYPHS_FULL)
        put(c, x, y, 1, style, level > 0 ? str_from(eighths[level]) : STR_LIT(" "));
    else if (level >= 4)
        put(c, x, y, 1, style, c->glyphs == GLYPHS_ASCII ? STR_LIT("#") : STR_LIT("█"));
    else
        put(c, x, y, 1, STYLE_BAR_EMPTY, c->glyphs == GLYPHS_ASCII ? STR_LIT(".") : STR_LIT("░"));
}

void canvas_bar(struct canvas *c, int x, int y, int cells, double fraction, enum style style)
{
    int filled;

    if (isnan(fraction) || cells <= 0)
        return;
    fraction = fraction < 0 ? 0 : fraction > 1 ? 1 : fraction;
    filled = (int)lround(fraction * cells * 8);
    for (int i = 0; i < cells; i++)
        draw_bar_cell(c, x + i, y, max_int(0, min_int(8, filled - i * 8)), style);
}

static const char *const sparks[GLYPH_SETS][8] = {
    [GLYPHS_FULL] = {"▁", "▂", "▃", "▄", "▅", "▆", "▇", "█"},
    [GLYPHS_BASIC] = {"_", "_", "▄", "▄", "▄", "█", "█", "█"},
    [GLYPHS_ASCII] = {"_", "_", ".", ".", "-", "-", "=", "^"},
};

/* Below a change of 2 % a line is flat: noise is not drawn as mountains. */
static int spark_level(double value, double lo, double hi)
{
    double range = fmax(hi - lo, fabs(hi) * 0.02);

    return range > 0 ? (int)lround((value - lo) / range * 7) : 0;
}

static void spark_range(const double *values, size_t from, size_t count, double *ret_lo,
                        double *ret_hi)
{
    *ret_lo = INFINITY;
    *ret_hi = -INFINITY;
    for (size_t i = from; i < count; i++) {
        *ret_lo = isfinite(values[i]) && values[i] < *ret_lo ? values[i] : *ret_lo;
        *ret_hi = isfinite(values[i]) && values[i] > *ret_hi ? values[i] : *ret_hi;
    }
}

void canvas_spark_text(enum glyph_set set, const double *values, size_t count, struct buf *out)
{
    double lo, hi;

    spark_range(values, 0, count, &lo, &hi);
    for (size_t i = 0; i < count; i++)
        buf_adds(out, isfinite(values[i]) ? sparks[set][spark_level(values[i], lo, hi)] : " ");
}

void canvas_spark(struct canvas *c, int x, int y, int cells, const double *values, size_t count,
                  enum style style)
{
    size_t from = count > (size_t)max_int(cells, 0) ? count - (size_t)cells : 0;
    double lo, hi;

    spark_range(values, from, count, &lo, &hi);
    for (size_t i = from; i < count; i++)
        if (isfinite(values[i]))
            put(c, x + (int)(i - from), y, 1, style,
                str_from(sparks[c->glyphs][spark_level(values[i], lo, hi)]));
}

void canvas_level(struct canvas *c, int x, int y, double fraction, enum style style)
{
    int level = isnan(fraction) ? 0 : (int)lround(fraction * 8) - 1;

    level = max_int(0, min_int(7, level));
    put(c, x, y, 1, style, str_from(sparks[c->glyphs][level]));
}
