/* rich.c - see rich_priv.h. */
#include "src/view/rich_priv.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/mem.h"
#include "runbook/base/secret.h"
#include "runbook/base/text.h"
#include "runbook/view/screen.h"

#define RICH_MAX_BYTES ((size_t)8 << 20)
#define RICH_MAX_URLS 4096

void rich_init(struct rich *r, bool ascii)
{
    *r = (struct rich){.ascii = ascii};
    buf_init(&r->text, RICH_MAX_BYTES);
}

static void drop_urls(struct rich *r, size_t keep)
{
    while (r->urls.count > keep)
        free(r->urls.items[--r->urls.count]);
    r->url = 0;
}

void rich_release(struct rich *r)
{
    drop_urls(r, 0);
    buf_release(&r->text);
    VEC_RELEASE(&r->runs);
    VEC_RELEASE(&r->paras);
    VEC_RELEASE(&r->urls);
    VEC_RELEASE(&r->lines);
}

struct rich_mark rich_mark(const struct rich *r)
{
    return (struct rich_mark){r->text.len, r->runs.count, r->paras.count, r->urls.count};
}

void rich_rewind(struct rich *r, struct rich_mark to)
{
    buf_truncate(&r->text, to.text);
    r->text.full = false;
    r->runs.count = to.runs;
    if (to.runs && r->runs.items[to.runs - 1].end > to.text)
        r->runs.items[to.runs - 1].end = to.text; /* it went on behind the mark */
    r->paras.count = to.paras;
    if (to.paras && r->paras.items[to.paras - 1].end > to.text)
        r->paras.items[to.paras - 1].end = to.text;
    drop_urls(r, to.urls);
    while (r->lines.count && r->lines.items[r->lines.count - 1].para >= to.paras)
        r->lines.count--;
    if (r->wrapped > to.paras)
        r->wrapped = to.paras;
}

struct para *rich_para(struct rich *r, int indent, int hang)
{
    struct para *p = VEC_PUSH(&r->paras);

    *p = (struct para){.at = r->text.len, .end = r->text.len, .indent = indent, .hang = hang};
    return p;
}

/* What was put into the text gets its style. */
static void added(struct rich *r, enum style style, uint16_t url)
{
    struct run *last = r->runs.count ? &r->runs.items[r->runs.count - 1] : NULL;

    r->paras.items[r->paras.count - 1].end = r->text.len;
    if (last && last->style == style && last->url == url)
        last->end = r->text.len;
    else
        *VEC_PUSH(&r->runs) = (struct run){r->text.len, (uint8_t)style, url};
}

void rich_add(struct rich *r, enum style style, struct str text)
{
    struct buf shown = BUF_INIT(RICH_MAX_BYTES);

    if (r->paras.count == 0)
        rich_para(r, 0, 0);
    if (r->reveal && str_find(text, STR_LIT(SCREEN_SECRET_MARK)) >= 0) {
        r->reveal->fn(r->reveal->ctx, text, &shown);
        text = buf_str(&shown);
    }
    text_sanitize(&r->text, text, false, r->ascii);
    added(r, style, r->url);
    buf_wipe(&shown);
}

void rich_add_clean(struct rich *r, enum style style, uint16_t url, struct str text)
{
    if (r->paras.count == 0)
        rich_para(r, 0, 0);
    buf_add_str(&r->text, text);
    added(r, style, url);
}

void rich_adds(struct rich *r, enum style style, const char *text)
{
    rich_add(r, style, str_from(text));
}

void rich_id(struct rich *r, enum style style, const char *id, int cells)
{
    rich_adds(r, style, id);
    for (int at = text_width(str_from(id)); at < cells; at++)
        rich_adds(r, STYLE_TEXT, " ");
}

void rich_addf(struct rich *r, enum style style, const char *fmt, ...)
{
    struct buf b = BUF_INIT(RICH_MAX_BYTES);
    va_list ap;

    va_start(ap, fmt);
    buf_addv(&b, fmt, ap);
    va_end(ap);
    rich_add(r, style, buf_str(&b));
    buf_release(&b);
}

void rich_url(struct rich *r, const char *url)
{
    size_t last = r->urls.count;

    r->url = 0;
    if (!url || last >= RICH_MAX_URLS || !canvas_url_ok(str_from(url)))
        return;
    if (!last || strcmp(r->urls.items[last - 1], url) != 0)
        *VEC_PUSH(&r->urls) = xstrdup(url);
    r->url = (uint16_t)r->urls.count;
}

/* ---- wrapping ---- */

struct wrapping {
    const struct para *para;
    rich_line_fn *fn;
    void *ctx;
    size_t count;
    bool first;
};

static void on_line(void *ctx, struct str text, int width_cells)
{
    struct wrapping *w = ctx;
    struct rich_line line = {w->para, text, w->first ? w->para->indent : w->para->hang, w->first};

    (void)width_cells;
    if (w->fn)
        w->fn(w->ctx, &line);
    w->first = false;
    w->count++;
}

static void keep_first(void *ctx, struct str text, int width_cells)
{
    struct str *first = ctx;

    (void)width_cells;
    if (!first->ptr)
        *first = text;
}

/* The first line may be wider than the others: its label stands in the indent of the rest. Returns
 * what is left after it. */
static struct str wrap_first(struct wrapping *w, struct str text, int room)
{
    struct str first = {NULL, 0}, head = text;
    size_t enough = (size_t)room * 16;

    if (head.len > enough)
        for (head.len = enough; head.len && (head.ptr[head.len] & 0xC0) == 0x80;)
            head.len--;
    text_wrap(head, room, keep_first, &first);
    if (!first.ptr || first.ptr < text.ptr || first.ptr + first.len > text.ptr + text.len)
        first = (struct str){text.ptr, 0};
    on_line(w, first, 0);
    text.len -= (size_t)(first.ptr + first.len - text.ptr);
    text.ptr = first.ptr + first.len;
    return str_trim(text);
}

static void wrap_para(struct wrapping *w, const struct rich *r, const struct para *p, int width)
{
    struct str text = {r->text.ptr ? r->text.ptr + p->at : "", p->end - p->at};
    int room = width - p->hang > 1 ? width - p->hang : 1;

    w->para = p;
    w->first = true;
    if (p->whole) {
        on_line(w, text, 0);
        return;
    }
    if (p->hang != p->indent && text.len > 0) {
        text = wrap_first(w, text, width - p->indent > 1 ? width - p->indent : 1);
        if (!text.len)
            return;
    }
    text_wrap(text, room, on_line, w);
}

size_t rich_lines(const struct rich *r, int width, rich_line_fn *fn, void *ctx)
{
    struct wrapping w = {.fn = fn, .ctx = ctx};

    for (size_t i = 0; i < r->paras.count; i++)
        wrap_para(&w, r, &r->paras.items[i], width);
    return w.count;
}

static void keep_line(void *ctx, const struct rich_line *line)
{
    struct rich *r = ctx;
    const char *base = r->text.ptr ? r->text.ptr : line->text.ptr;

    *VEC_PUSH(&r->lines) = (struct laid_line){
        .para = (uint32_t)(line->para - r->paras.items),
        .at = line->text.len ? (uint32_t)(line->text.ptr - base) : (uint32_t)line->para->at,
        .len = (uint32_t)line->text.len,
        .indent = (int16_t)line->indent,
        .first = line->first,
    };
}

size_t rich_wrap(struct rich *r, int width)
{
    struct wrapping w = {.fn = keep_line, .ctx = r};

    if (r->wrapped_width != width) {
        r->lines.count = r->wrapped = 0;
        r->wrapped_width = width;
    }
    for (; r->wrapped < r->paras.count; r->wrapped++)
        wrap_para(&w, r, &r->paras.items[r->wrapped], width);
    return r->lines.count;
}

struct rich_line rich_line_at(const struct rich *r, size_t line)
{
    const struct laid_line *l = &r->lines.items[line];

    return (struct rich_line){&r->paras.items[l->para],
                              {r->text.ptr ? r->text.ptr + l->at : "", l->len},
                              l->indent,
                              l->first};
}

/* ---- drawing ---- */

/* The first run that ends behind `at`. */
static size_t run_at(const struct rich *r, size_t at)
{
    size_t lo = 0, hi = r->runs.count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (r->runs.items[mid].end <= at)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

void rich_pieces(const struct rich *r, size_t from, size_t to, rich_piece_fn *fn, void *ctx)
{
    for (size_t i = run_at(r, from); from < to && i < r->runs.count; i++) {
        size_t end = r->runs.items[i].end < to ? r->runs.items[i].end : to;

        fn(ctx, &r->runs.items[i], (struct str){r->text.ptr + from, end - from});
        from = end;
    }
}

struct piece_drawing {
    const struct rich *r;
    struct canvas *c;
    int x, y, left;
};

static void draw_piece(void *ctx, const struct run *run, struct str piece)
{
    struct piece_drawing *d = ctx;
    int used;

    if (d->left <= 0)
        return;
    canvas_link(d->c, run->url ? d->r->urls.items[run->url - 1] : NULL);
    used = canvas_text(d->c, d->x, d->y, d->left, (enum style)run->style, piece);
    canvas_link(d->c, NULL);
    d->x += used;
    d->left -= used;
}

void rich_draw(const struct rich *r, struct canvas *c, int x, int y, int width,
               const struct rich_line *line)
{
    int left = width - line->indent - (line->para->whole ? line->para->tail : 0);
    struct piece_drawing d = {r, c, x + line->indent, y, left};
    size_t at;

    for (int i = 0; i < 32 && line->para->bars >> i; i++)
        if (line->para->bars >> i & 1)
            canvas_glyph(c, x + i, y, STYLE_DIM, GLYPH_V);
    if (!line->text.len)
        return;
    at = (size_t)(line->text.ptr - r->text.ptr);
    rich_pieces(r, at, at + line->text.len, draw_piece, &d);
}

void rich_field(struct rich *r, const char *label, enum style style, const char *text)
{
    if (!*text)
        return;
    rich_para(r, 0, RICH_LABEL_CELLS);
    rich_addf(r, STYLE_DIM, "%-*s", RICH_LABEL_CELLS, label);
    rich_adds(r, style, text);
}
