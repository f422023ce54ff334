/* markdown_table.c - a table fitted to a width. Columns are as wide as what is in them; when that
 * is too wide, the widest give first, down to a least width, and cells wrap. Narrower than that,
 * each row is a record of "name: value" lines. */
#include "src/view/markdown_priv.h"

#include <md4c.h>

#include "runbook/base/text.h"

#define GAP_CELLS 3   /* " | " */
#define LEAST_CELLS 6 /* a column gives no more */
#define CELL_MAX 2000 /* cells of one entry that are measured */
#define LABEL_MAX 24

struct slice {
    size_t at, len;
    int cells;
};

struct laying {
    const struct md_table *t;
    struct rich *out;
    int indent;
    uint32_t bars;
    int *widths;
    VEC(struct slice) lines; /* of the row that is laid, cell by cell */
    VEC(size_t) ends;        /* in `lines`, of each cell */
};

void md_table_init(struct md_table *t, bool ascii, size_t cols)
{
    *t = (struct md_table){.cols = cols ? cols : 1, .open = true};
    rich_init(&t->cells, ascii);
    for (size_t i = 0; i < t->cols; i++)
        *VEC_PUSH(&t->align) = MD_ALIGN_DEFAULT;
}

void md_table_release(struct md_table *t)
{
    rich_release(&t->cells);
    VEC_RELEASE(&t->items);
    VEC_RELEASE(&t->align);
    t->open = false;
}

static struct str para_text(const struct md_table *t, size_t para)
{
    const struct para *p = &t->cells.paras.items[para];

    return (struct str){t->cells.text.ptr ? t->cells.text.ptr + p->at : "", p->end - p->at};
}

/* ---- widths ---- */

static int natural_width(const struct md_table *t, const struct md_cell *cell)
{
    int widest = 0;

    for (size_t i = 0; i < cell->count; i++) {
        int width;

        text_fit(para_text(t, cell->para + i), CELL_MAX, &width);
        widest = width > widest ? width : widest;
    }
    return widest;
}

static void natural_widths(const struct md_table *t, int *widths)
{
    for (size_t c = 0; c < t->cols; c++)
        widths[c] = 1;
    for (size_t i = 0; i < t->items.count; i++) {
        int width = natural_width(t, &t->items.items[i]);

        if (width > widths[i % t->cols])
            widths[i % t->cols] = width;
    }
}

static int sum_capped(const int *widths, size_t cols, int cap)
{
    int sum = 0;

    for (size_t c = 0; c < cols; c++)
        sum += widths[c] < cap ? widths[c] : cap;
    return sum;
}

/* The widest columns are cut to the same width. False: there is no room for columns. */
static bool fit_widths(int *widths, size_t cols, int room)
{
    int cap = CELL_MAX, left;

    if (room < sum_capped(widths, cols, LEAST_CELLS))
        return false;
    if (sum_capped(widths, cols, CELL_MAX) <= room)
        return true;
    while (cap > 1 && sum_capped(widths, cols, cap) > room) {
        int half = cap / 2;

        cap = sum_capped(widths, cols, half) > room ? half : cap - 1;
    }
    left = room - sum_capped(widths, cols, cap);
    for (size_t c = 0; c < cols; c++) {
        if (widths[c] <= cap)
            continue;
        widths[c] = cap + (left > 0);
        left -= left > 0;
    }
    return true;
}

/* ---- columns ---- */

static void on_slice(void *ctx, struct str line, int cells)
{
    struct laying *l = ctx;
    const char *base = l->t->cells.text.ptr;

    *VEC_PUSH(&l->lines) =
        (struct slice){line.len && base ? (size_t)(line.ptr - base) : 0, line.len, cells};
}

static void copy_piece(void *ctx, const struct run *run, struct str piece)
{
    rich_add_clean(ctx, (enum style)run->style, run->url, piece);
}

static void pad(struct rich *out, int cells)
{
    static const char blanks[] = "                                ";

    while (cells > 0) {
        int n = cells < (int)sizeof(blanks) - 1 ? cells : (int)sizeof(blanks) - 1;

        rich_add_clean(out, STYLE_TEXT, 0, (struct str){blanks, (size_t)n});
        cells -= n;
    }
}

static void lay_slice(struct laying *l, const struct slice *s, size_t col)
{
    int room = l->widths[col] - (s ? s->cells : 0);
    uint8_t align = l->t->align.items[col];
    int before = align == MD_ALIGN_RIGHT ? room : align == MD_ALIGN_CENTER ? room / 2 : 0;

    pad(l->out, before);
    if (s)
        rich_pieces(&l->t->cells, s->at, s->at + s->len, copy_piece, l->out);
    if (col + 1 < l->t->cols)
        pad(l->out, room - before);
}

static struct para *row_para(struct laying *l)
{
    struct para *p = rich_para(l->out, l->indent, l->indent);

    p->whole = true;
    p->bars = l->bars;
    return p;
}

/* Returns the number of lines that it took. */
static size_t lay_row(struct laying *l, size_t row)
{
    size_t height = 0;

    l->lines.count = l->ends.count = 0;
    for (size_t c = 0; c < l->t->cols; c++) {
        const struct md_cell *cell = &l->t->items.items[row * l->t->cols + c];
        size_t from = l->lines.count;

        for (size_t i = 0; i < cell->count; i++)
            text_wrap(para_text(l->t, cell->para + i), l->widths[c], on_slice, l);
        *VEC_PUSH(&l->ends) = l->lines.count;
        height = l->lines.count - from > height ? l->lines.count - from : height;
    }
    for (size_t y = 0; y < height; y++) {
        row_para(l);
        for (size_t c = 0; c < l->t->cols; c++) {
            size_t from = c ? l->ends.items[c - 1] : 0;

            if (c)
                rich_adds(l->out, STYLE_DIM, l->out->ascii ? " | " : " │ ");
            lay_slice(l, from + y < l->ends.items[c] ? &l->lines.items[from + y] : NULL, c);
        }
    }
    return height;
}

static void lay_rule(struct laying *l, const char *dash, const char *cross)
{
    row_para(l);
    for (size_t c = 0; c < l->t->cols; c++) {
        if (c) {
            rich_adds(l->out, STYLE_DIM, dash);
            rich_adds(l->out, STYLE_DIM, cross);
            rich_adds(l->out, STYLE_DIM, dash);
        }
        for (int i = 0; i < l->widths[c]; i++)
            rich_adds(l->out, STYLE_DIM, dash);
    }
}

static void lay_columns(struct laying *l)
{
    size_t rows = l->t->items.count / l->t->cols;
    const char *dash = l->out->ascii ? "-" : "─";

    for (size_t row = 0; row < rows; row++) {
        size_t height = lay_row(l, row);

        if (row == 0)
            lay_rule(l, dash, l->out->ascii ? "+" : "┼");
        else if (height > 1 && row + 1 < rows) /* else one could not see where a row ends */
            lay_rule(l, l->out->ascii ? "." : "╌", l->out->ascii ? "|" : "│");
    }
}

/* ---- records ---- */

static void lay_field(struct laying *l, const struct md_cell *name, const struct md_cell *value)
{
    struct para *p = rich_para(l->out, l->indent, l->indent + 2);
    struct str label = name->count ? para_text(l->t, name->para) : STR_LIT("");

    p->bars = l->bars;
    rich_add(l->out, STYLE_STRONG, text_fit(label, LABEL_MAX, NULL));
    rich_adds(l->out, STYLE_DIM, label.len ? ": " : "");
    for (size_t i = 0; i < value->count; i++) {
        const struct para *v = &l->t->cells.paras.items[value->para + i];

        rich_pieces(&l->t->cells, v->at, v->end, copy_piece, l->out);
        if (i + 1 < value->count)
            rich_adds(l->out, STYLE_TEXT, "  ");
    }
}

static void lay_records(struct laying *l)
{
    size_t cols = l->t->cols, rows = l->t->items.count / cols;

    for (size_t row = 1; row < rows; row++) {
        if (row > 1)
            row_para(l);
        for (size_t c = 0; c < cols; c++)
            lay_field(l, &l->t->items.items[c], &l->t->items.items[row * cols + c]);
    }
    if (rows <= 1) /* the head alone: its names */
        for (size_t c = 0; c < cols && c < l->t->items.count; c++)
            lay_field(l, &l->t->items.items[c], &(struct md_cell){0});
}

void md_table_lay(const struct md_table *t, struct rich *out, int indent, uint32_t bars, int width)
{
    struct laying l = {.t = t, .out = out, .indent = indent, .bars = bars};
    VEC(int) widths = {0};

    for (size_t c = 0; c < t->cols; c++)
        VEC_PUSH(&widths);
    l.widths = widths.items;
    natural_widths(t, l.widths);
    if (fit_widths(l.widths, t->cols, width - indent - (int)(t->cols - 1) * GAP_CELLS))
        lay_columns(&l);
    else
        lay_records(&l);
    VEC_RELEASE(&widths);
    VEC_RELEASE(&l.lines);
    VEC_RELEASE(&l.ends);
}
