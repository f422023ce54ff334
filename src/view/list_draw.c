/* list_draw.c - the picture of a list: a header that stays, the visible rows, and over them the
 * chooser of columns. */
#include "src/view/list_priv.h"

#include <stdio.h>
#include <string.h>

#include "runbook/base/text.h"
#include "src/view/view_priv.h"

#define HEADER_MIN_H 5 /* rows of a list that has room for a header */
#define WIDE 100       /* cells from which columns stand two apart */
#define MARK_MAX 1024  /* bytes of a cell in which matches are marked */
#define GROW_MAX 80    /* cells that a text column asks for, however long its texts are */
#define MIDDLE_MIN 12  /* cells from which a name loses its middle and not its end */

/* ---- columns ---- */

struct columns {
    int x[LIST_COLUMNS], w[LIST_COLUMNS]; /* w 0: not drawn */
};

static int smaller(int a, int b)
{
    return a < b ? a : b;
}

/* With room enough: what its texts and its title (and the arrow of the order) need. */
static int ideal(const struct list *l, size_t i)
{
    const struct list_column *col = &l->def->columns[i];
    int title = text_width(str_from(list_column_title(col)));
    int need = l->work->need[i];

    if (!need)
        return col->want;
    if (title && (col->number || col->text) && need < title + 1)
        need = title + 1;
    need = need < title ? title : need;
    return smaller(need, col->grow ? GROW_MAX : 2 * col->want);
}

/* Less than this it does not stay beside others: what never goes keeps more. */
static int least(const struct list *l, size_t i)
{
    const struct list_column *col = &l->def->columns[i];

    return smaller(ideal(l, i), col->drop ? col->min : col->want);
}

static int width_of(const struct list *l, const struct columns *k, int gap, bool least_)
{
    int sum = -gap;

    for (size_t i = 0; i < l->def->column_count; i++)
        if (k->w[i])
            sum += gap + (least_ ? least(l, i) : k->w[i]);
    return sum;
}

/* The column that goes first when not even the least widths fit beside those that stay. */
static size_t first_to_drop(const struct list *l, const struct columns *k)
{
    size_t drop = SIZE_MAX;

    for (size_t i = 0; i < l->def->column_count; i++)
        if (k->w[i] && l->def->columns[i].drop &&
            (drop == SIZE_MAX || l->def->columns[i].drop >= l->def->columns[drop].drop))
            drop = i;
    return drop;
}

static int floor_of(const struct list *l, size_t i, int step)
{
    const struct list_column *col = &l->def->columns[i];

    return step == 0 ? smaller(ideal(l, i), col->want) : step == 1 ? least(l, i) : col->min;
}

/* Down to what was wished for, then to the least, then below. Each time those give first that are
 * first in turn: of the wishes the most elastic columns, of the rest those that would be dropped.
 * Returns what is still too much. */
static int shrink(const struct list *l, struct columns *k, int over, int step)
{
    for (int turn = UINT8_MAX; turn >= 0 && over > 0; turn--)
        for (size_t i = 0; i < l->def->column_count && over > 0; i++) {
            const struct list_column *col = &l->def->columns[i];
            int less = smaller(k->w[i] - floor_of(l, i, step), over);

            if (!k->w[i] || (step == 0 ? col->grow : col->drop) != turn || less <= 0)
                continue;
            k->w[i] -= less;
            over -= less;
        }
    return over;
}

/* What is left over is behind the last text that can use it: nothing else moves apart. */
static void grow(const struct list *l, struct columns *k, int room)
{
    for (size_t i = l->def->column_count; i-- > 0;)
        if (k->w[i] && l->def->columns[i].grow) {
            k->w[i] += room;
            return;
        }
}

static void lay_columns(const struct list *l, struct columns *k, int x, int width)
{
    int gap = width >= WIDE ? 2 : 1, sum;
    size_t drop;

    memset(k, 0, sizeof(*k));
    for (size_t i = 0; i < l->def->column_count; i++)
        if (list_column_shown(l, i) && !(l->work->blank >> i & 1))
            k->w[i] = ideal(l, i);
    while (width_of(l, k, gap, true) > width && (drop = first_to_drop(l, k)) != SIZE_MAX)
        k->w[drop] = 0;
    sum = width_of(l, k, gap, false);
    for (int step = 0, over = sum - width; step < 3 && over > 0; step++)
        over = shrink(l, k, over, step);
    if (sum < width)
        grow(l, k, width - sum);
    for (size_t i = 0; i < l->def->column_count; i++) {
        k->x[i] = x;
        x += k->w[i] ? k->w[i] + gap : 0;
    }
}

/* ---- a cell ---- */

/* Lay the match over the clusters that the filter's terms hit. */
static void mark_matches(const struct list *l, const struct list_column *col, struct canvas *c,
                         int x, int y, int w, struct str text)
{
    const struct fuzzy *f = &l->work->fuzzy;
    bool hit[MARK_MAX] = {false};
    struct str rest = text, cluster;
    int at = 0, width;

    if (text.len > MARK_MAX)
        return;
    for (size_t i = 0; i < f->count; i++)
        fuzzy_mark(&f->terms[i], text, col->fuzzy, hit);
    while (text_cluster(&rest, &cluster, &width) && at + width <= w) {
        if (hit[cluster.ptr - text.ptr] && canvas_at(c, x + at, y))
            canvas_overlay(c, (struct rect){x + at, y, width, 1}, STYLE_MATCH);
        at += width;
    }
}

/* "lambda_step…::Function": of long names the ends differ. */
static void cut_middle(struct list *l, struct canvas *c, int w)
{
    struct buf *out = &l->work->clean;
    struct str text = buf_str(out), head, rest = text, cluster;
    int all = text_width(text), used = 0, width = 0, width_of_cluster;
    struct buf cut = BUF_INIT(65536);

    head = text_fit(text, (w - 1) * 3 / 5, &width);
    buf_add(&cut, head.ptr, head.len);
    buf_adds(&cut, glyph_text(c->glyphs, GLYPH_ELLIPSIS));
    while (all - used > w - 1 - width && text_cluster(&rest, &cluster, &width_of_cluster))
        used += width_of_cluster;
    buf_add(&cut, rest.ptr, rest.len);
    buf_release(out);
    *out = cut;
}

static void draw_text(struct list *l, const struct list_column *col, struct canvas *c, int x, int y,
                      int w, const struct list_cell *cell)
{
    struct buf *clean = &l->work->clean;
    struct str text;
    int width;

    buf_clear(clean);
    text_sanitize(clean, buf_str(cell->text), false, c->glyphs == GLYPHS_ASCII);
    if (col->middle && w >= MIDDLE_MIN && text_width(buf_str(clean)) > w)
        cut_middle(l, c, w);
    text = buf_str(clean);
    width = text_width(text);
    if (col->right && width < w)
        x += w - width;
    canvas_text(c, x, y, w, cell->style, text);
    if (*l->filter && (col->match || col->fuzzy))
        mark_matches(l, col, c, x, y, width > w ? w - 1 : w, text);
}

static void draw_cell(struct list *l, const void *data, size_t item, size_t column,
                      struct canvas *c, int x, int y, int w)
{
    const struct list_column *col = &l->def->columns[column];
    struct list_cell cell = {.text = &l->work->text, .style = STYLE_TEXT};

    buf_clear(cell.text);
    col->cell(data, item, w, &cell);
    if (cell.has_glyph) {
        canvas_glyph(c, x, y, cell.style, cell.glyph);
        x++;
        w--;
    }
    if (cell.values)
        canvas_spark(c, x, y, w, cell.values, cell.value_count, cell.style);
    else if (w > 0)
        draw_text(l, col, c, x, y, w, &cell);
}

/* ---- rows ---- */

static void draw_header(struct list *l, const struct columns *k, struct canvas *c, int y)
{
    for (size_t i = 0; i < l->def->column_count; i++) {
        const struct list_column *col = &l->def->columns[i];
        bool sorted = l->sort == (int)i;
        const char *title = list_column_title(col);
        int width = text_width(str_from(title)), x = k->x[i], room = k->w[i] - sorted;

        if (!k->w[i])
            continue;
        if (width > room)
            width = room;
        if (col->right)
            x += k->w[i] - width - sorted;
        canvas_cstr(c, x, y, width, sorted ? STYLE_TITLE : STYLE_DIM, title);
        if (sorted)
            canvas_glyph(c, x + width, y, STYLE_ACCENT,
                         col->falls != l->reverse ? GLYPH_FALLING : GLYPH_RISING);
    }
}

static void scroll_to_selection(struct list *l, size_t at, size_t view)
{
    size_t rows = l->work->row_count;

    if (l->top + view > rows)
        l->top = rows > view ? rows - view : 0;
    if (at == SIZE_MAX)
        return;
    if (at < l->top)
        l->top = at;
    else if (at >= l->top + view)
        l->top = at - view + 1;
}

/* Under what matches, which keeps its own role. */
static void lay_selection(struct canvas *c, int x, int y, int w)
{
    for (int i = x; i < x + w; i++)
        if (canvas_at(c, i, y) && canvas_at(c, i, y)->overlay != STYLE_MATCH)
            canvas_overlay(c, (struct rect){i, y, 1, 1}, STYLE_SELECTED);
}

static void draw_rows(struct list *l, const void *data, const struct columns *k, struct canvas *c,
                      struct rect r, size_t selected, bool focused)
{
    for (int i = 0; i < r.h && l->top + (size_t)i < l->work->row_count; i++) {
        size_t row = l->top + (size_t)i, item = list_item(l, row);

        if (l->work->marks[item])
            canvas_glyph(c, r.x, r.y + i, STYLE_ACCENT, GLYPH_SELECT);
        for (size_t col = 0; col < l->def->column_count; col++)
            if (k->w[col])
                draw_cell(l, data, item, col, c, k->x[col], r.y + i, k->w[col]);
        if (row == selected && focused)
            lay_selection(c, r.x, r.y + i, r.w);
    }
}

/* ---- the chooser ---- */

static void draw_choice(const struct list *l, struct canvas *c, struct rect in, int y, size_t i)
{
    const struct list_column *col = &l->def->columns[i];
    bool sorted = l->sort == (int)i;

    canvas_cstr(c, in.x + 1, y, 4, list_column_shown(l, i) ? STYLE_ACCENT : STYLE_DIM,
                list_column_shown(l, i) ? "[x]" : "[ ]");
    canvas_cstr(c, in.x + 5, y, in.w - 6, STYLE_TEXT, col->name);
    if (sorted)
        canvas_glyph(c, in.x + in.w - 2, y, STYLE_ACCENT,
                     col->falls != l->reverse ? GLYPH_FALLING : GLYPH_RISING);
    if (i == l->choice)
        canvas_overlay(c, (struct rect){in.x, y, in.w, 1}, STYLE_SELECTED);
}

static void draw_chooser(struct list *l, struct canvas *c, struct rect r)
{
    struct list_geometry *g = &l->work->geometry;
    int count = (int)l->def->column_count, w = 24, h = count + 2;
    struct rect box, in;

    w = w > r.w ? r.w : w;
    h = h > r.h ? r.h : h;
    box = (struct rect){r.x + r.w - w, r.y, w, h};
    in = (struct rect){box.x + 1, box.y + 1, w - 2, h - 2};
    canvas_fill(c, box, STYLE_TEXT);
    canvas_overlay(c, box, STYLE_TEXT);
    draw_box(c, box);
    canvas_cstr(c, box.x + 2, box.y, w - 4, STYLE_TITLE_FOCUS, " Columns ");
    g->chooser = in;
    g->choice_top = l->choice + 1 > (size_t)(in.h > 0 ? in.h : 1)
                        ? l->choice + 1 - (size_t)(in.h > 0 ? in.h : 1)
                        : 0;
    for (int i = 0; i < in.h && g->choice_top + (size_t)i < l->def->column_count; i++)
        draw_choice(l, c, in, in.y + i, g->choice_top + (size_t)i);
}

/* ---- */

static void draw_nothing(struct list *l, const void *data, struct canvas *c, struct rect r)
{
    const char *lines[3];
    enum style style = STYLE_DIM;
    size_t n;

    if (l->work->count) {
        char what[LIST_FILTER_MAX + 32];

        snprintf(what, sizeof(what), "Nothing matches \"%s\".", l->filter);
        lines[0] = what;
        draw_empty(c, r, lines, 1);
        return;
    }
    n = l->def->empty(data, lines, &style);
    draw_words(c, r, lines, n, style);
}

void list_note(const struct list *l, char *out, size_t size)
{
    size_t n = 0;

    out[0] = '\0';
    if (l->marked)
        n = (size_t)snprintf(out, size, "%zu marked%s", l->marked, *l->filter ? "  " : "");
    if (*l->filter && n < size)
        snprintf(out + n, size - n, "/%.40s %zu of %zu", l->filter, list_shown(l), list_total(l));
}

void list_draw(struct list *l, const void *data, int64_t tick_ms, struct canvas *c, struct rect r,
               bool focused)
{
    struct list_geometry *g = &l->work->geometry;
    struct rect was = canvas_clip(c, r), rows = r;
    struct columns k;
    size_t at;

    list_update(l, data, tick_ms);
    lay_columns(l, &k, r.x + 1, r.w - 2);
    g->header_y = -1;
    if (r.h >= HEADER_MIN_H && l->work->count) {
        g->header_y = r.y;
        draw_header(l, &k, c, r.y);
        rows.y++;
        rows.h--;
    }
    g->rows = rows;
    for (size_t i = 0; i < LIST_COLUMNS; i++) {
        g->columns[i].x = k.x[i];
        g->columns[i].w = k.w[i];
    }
    l->view_h = rows.h;
    at = list_selected_row(l, data);
    scroll_to_selection(l, at, (size_t)(rows.h > 0 ? rows.h : 0));
    if (l->work->row_count)
        draw_rows(l, data, &k, c, rows, at, focused);
    else
        draw_nothing(l, data, c, rows);
    if (l->choosing)
        draw_chooser(l, c, r);
    canvas_unclip(c, was);
    draw_scroll(c, rows, l->top, (size_t)(rows.h > 0 ? rows.h : 0), l->work->row_count);
}

/* ---- copying ---- */

static void copy_row(struct list *l, const void *data, size_t item, struct buf *out)
{
    bool first = true;

    for (size_t i = 0; i < l->def->column_count; i++) {
        struct list_cell cell = {.text = &l->work->text, .style = STYLE_TEXT};

        if (!list_column_shown(l, i))
            continue;
        buf_clear(cell.text);
        l->def->columns[i].cell(data, item, LIST_ID_MAX, &cell);
        if (cell.values)
            continue;
        if (!first)
            buf_addc(out, '\t');
        text_sanitize(out, buf_str(cell.text), false, false);
        first = false;
    }
    buf_addc(out, '\n');
}

void list_copy_shown(struct list *l, const void *data, struct buf *out)
{
    for (size_t row = 0; row < list_shown(l); row++)
        copy_row(l, data, list_item(l, row), out);
}

void list_copy(struct list *l, const void *data, struct buf *out)
{
    size_t item = list_selected(l, data);

    if (!l->marked) {
        if (item != SIZE_MAX)
            copy_row(l, data, item, out);
        return;
    }
    for (size_t i = 0; i < l->work->count; i++) /* also marked ones that the filter hides */
        if (l->work->marks[l->work->order[i]])
            copy_row(l, data, l->work->order[i], out);
}
