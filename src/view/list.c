/* list.c - what a list holds and how it is kept up to date: see list.h. */
#include "src/view/list_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/base/text.h"

#define SAVED_MAX 1024
#define MEASURE_MAX 1000  /* items whose texts are measured */
#define MEASURE_ANEW 256  /* so few are measured again at each change */
#define LIST_CELL_MAX 200 /* cells that a measured text may want */

void list_init(struct list *l, const struct list_def *def)
{
    *l = (struct list){.def = def, .sort = def->sort};
    for (size_t i = 0; i < def->column_count; i++)
        if (def->columns[i].hidden)
            l->hidden |= UINT32_C(1) << i;
    l->work = xcalloc(1, sizeof(*l->work));
    l->work->order_stale = true;
    l->work->geometry.header_y = -1;
    buf_init(&l->work->text, 8192);
    buf_init(&l->work->clean, 65536);
}

void list_release(struct list *l)
{
    struct list_work *w = l->work;

    if (!w)
        return;
    free(w->order);
    free(w->keys);
    list_drop_ranks(w);
    free(w->rows);
    free(w->hits);
    free(w->marks);
    list_texts_release(&w->texts);
    buf_release(&w->text);
    buf_release(&w->clean);
    free(w);
    l->work = NULL;
}

/* ---- up to date ---- */

static void make_room(struct list_work *w, size_t count)
{
    size_t cap = w->cap;

    if (count <= cap)
        return;
    w->cap = count + count / 4 + 64;
    w->order = xreallocarray(w->order, w->cap, sizeof(*w->order));
    w->keys = xreallocarray(w->keys, w->cap, sizeof(*w->keys));
    w->rows = xreallocarray(w->rows, w->cap, sizeof(*w->rows));
    w->hits = xreallocarray(w->hits, w->cap, sizeof(*w->hits));
    w->marks = xreallocarray(w->marks, w->cap, sizeof(*w->marks));
    memset(w->marks + cap, 0, w->cap - cap);
}

/* Everything that is known of the items is known anew. */
static void forget_all(struct list *l, const void *data)
{
    struct list_work *w = l->work;

    list_make_keys(l, data, 0, w->count);
    w->texts.count = w->texts.len = w->texts.waste = 0;
    w->hits_known = false;
}

static void refresh_item(struct list *l, const void *data, size_t item)
{
    struct list_work *w = l->work;

    list_make_keys(l, data, item, item + 1);
    if (item >= w->texts.count)
        return;
    list_texts_put(l, data, item);
    if (w->hits_known)
        list_match_item(l, data, item);
}

static void take_changes(struct list *l, const void *data, size_t had)
{
    struct list_work *w = l->work;
    size_t item = SIZE_MAX;

    if (!l->def->changed) {
        forget_all(l, data);
        return;
    }
    while (l->def->changed(data, &w->pos, &item)) {
        if (item == SIZE_MAX) {
            forget_all(l, data);
            return;
        }
        if (item < had)
            refresh_item(l, data, item);
    }
    list_make_keys(l, data, had, w->count);
    if (w->hits_known) {
        list_texts_fill(l, data);
        for (size_t i = had; i < w->count; i++)
            list_match_item(l, data, i);
    }
}

/* May what is shown stay for a moment, although the data changed? */
static bool can_wait(const struct list *l, size_t count, int64_t tick_ms)
{
    const struct list_work *w = l->work;

    return w->seen && !w->order_stale && count > LIST_LIVE && count >= w->count &&
           tick_ms >= w->renewed_ms && tick_ms - w->renewed_ms < LIST_RENEW_MS;
}

static bool says_something(const struct list_column *c, const void *data, size_t item)
{
    if (c->number)
        return !isnan(c->number(data, item));
    return !c->text || *c->text(data, item);
}

/* Columns without any text take no room. */
static void find_blank(struct list *l, const void *data)
{
    struct list_work *w = l->work;

    w->blank = l->def->blank ? l->def->blank(data) : 0;
    for (size_t c = 0; c < l->def->column_count && w->count && w->count <= LIST_LIVE; c++) {
        size_t i = 0;

        while (i < w->count && !says_something(&l->def->columns[c], data, i))
            i++;
        if (i == w->count)
            w->blank |= UINT32_C(1) << c;
    }
}

/* What the texts of a column need, so that it is no wider and, with room, no narrower. It never
 * shrinks, and of a long list only the beginning is measured: columns are not to jump. */
static void measure_items(struct list *l, const void *data)
{
    struct list_work *w = l->work;
    size_t end = w->count < MEASURE_MAX ? w->count : MEASURE_MAX;

    for (size_t i = w->count <= MEASURE_ANEW ? 0 : w->measured; i < end; i++)
        for (size_t c = 0; c < l->def->column_count; c++) {
            struct list_cell cell = {.text = &w->text, .style = STYLE_TEXT};
            int width;

            buf_clear(cell.text);
            l->def->columns[c].cell(data, i, LIST_CELL_MAX, &cell);
            width = cell.values ? l->def->columns[c].want : text_width(buf_str(cell.text));
            width += cell.has_glyph;
            w->need[c] = width > w->need[c] ? width : w->need[c];
        }
    w->measured = end;
}

static void take_data(struct list *l, const void *data, uint64_t version, int64_t tick_ms)
{
    struct list_work *w = l->work;
    size_t had = w->count, count = l->def->count(data);

    if (count < had) {
        list_forget(l);
        had = 0;
    }
    make_room(w, count);
    w->count = count;
    if (w->seen)
        take_changes(l, data, had);
    else
        forget_all(l, data);
    if (!w->seen && l->def->changed)
        for (size_t item; l->def->changed(data, &w->pos, &item);)
            ;
    find_blank(l, data);
    measure_items(l, data);
    w->seen = true;
    w->version = version;
    w->renewed_ms = tick_ms;
    list_drop_ranks(w);
    w->order_stale = true;
}

void list_forget(struct list *l)
{
    l->work->count = l->work->row_count = 0;
    l->work->pos = 0;
    l->work->seen = false;
    l->work->measured = 0;
    memset(l->work->need, 0, sizeof(l->work->need));
    list_unmark(l);
}

void list_update(struct list *l, const void *data, int64_t tick_ms)
{
    struct list_work *w = l->work;
    uint64_t version = l->def->version(data);
    bool changed;

    if (w->data != data)
        list_forget(l);
    w->data = data;
    changed = !w->seen || version != w->version;

    l->late = changed && can_wait(l, l->def->count(data), tick_ms);
    if (changed && !l->late)
        take_data(l, data, version, tick_ms);
    if (w->keys_stale)
        list_make_keys(l, data, 0, w->count);
    w->keys_stale = false;
    if (w->order_stale) {
        list_make_order(l, data);
        w->rows_stale = true;
        w->order_stale = false;
    }
    if (w->rows_stale) {
        list_make_rows(l, data);
        w->rows_stale = false;
    }
}

/* ---- rows and the selection ---- */

size_t list_shown(const struct list *l)
{
    return l->work->row_count;
}

size_t list_total(const struct list *l)
{
    return l->work->count;
}

size_t list_item(const struct list *l, size_t row)
{
    return l->work->filtered ? l->work->rows[row] : l->work->order[row];
}

static bool is_id(const struct list *l, const void *data, size_t row)
{
    return strcmp(l->def->id(data, list_item(l, row)), l->selected) == 0;
}

static size_t find_row(const struct list *l, const void *data)
{
    size_t n = l->work->row_count, item = SIZE_MAX;

    if (l->def->find) {
        item = l->def->find(data, l->selected);
        for (size_t row = 0; row < n && item != SIZE_MAX; row++)
            if (list_item(l, row) == item)
                return row;
        return SIZE_MAX;
    }
    for (size_t row = 0; row < n; row++)
        if (is_id(l, data, row))
            return row;
    return SIZE_MAX;
}

/* Where it was last, else wherever its item is now, else the row that is there in its place. */
size_t list_selected_row(struct list *l, const void *data)
{
    size_t n = l->work->row_count, row;

    if (!n)
        return SIZE_MAX;
    if (!*l->selected)
        return 0;
    if (l->row < n && is_id(l, data, l->row))
        return l->row;
    row = find_row(l, data);
    if (row != SIZE_MAX)
        return l->row = row;
    return l->row < n ? l->row : n - 1;
}

size_t list_selected(struct list *l, const void *data)
{
    size_t row = list_selected_row(l, data);

    return row == SIZE_MAX ? SIZE_MAX : list_item(l, row);
}

static void select_row(struct list *l, const void *data, size_t row)
{
    l->row = row;
    snprintf(l->selected, sizeof(l->selected), "%s", l->def->id(data, list_item(l, row)));
}

static size_t moved(size_t at, size_t count, long by)
{
    size_t last = count - 1;

    if (by < 0)
        return (size_t)-by < at ? at - (size_t)-by : 0;
    return (size_t)by < last - at ? at + (size_t)by : last;
}

void list_move(struct list *l, const void *data, int64_t tick_ms, long by)
{
    size_t row;

    if (l->choosing) {
        l->choice = moved(l->choice, l->def->column_count, by);
        return;
    }
    list_update(l, data, tick_ms);
    row = list_selected_row(l, data);
    if (row != SIZE_MAX)
        select_row(l, data, moved(row, l->work->row_count, by));
}

static void click_column(struct list *l, const struct list_geometry *g, int x)
{
    for (size_t i = 0; i < l->def->column_count; i++)
        if (g->columns[i].w && x >= g->columns[i].x && x < g->columns[i].x + g->columns[i].w &&
            list_column_sorts(l, i))
            list_sort_by(l, (int)i);
}

void list_click(struct list *l, const void *data, int x, int y)
{
    const struct list_geometry *g = &l->work->geometry;
    size_t row = l->top + (size_t)(y - g->rows.y);

    if (l->choosing) {
        size_t choice = g->choice_top + (size_t)(y - g->chooser.y);

        if (!rect_has(g->chooser, x, y)) {
            l->choosing = false;
        } else if (choice < l->def->column_count) {
            l->choice = choice;
            list_mark(l, data);
        }
    } else if (y == g->header_y) {
        click_column(l, g, x);
    } else if (rect_has(g->rows, x, y) && row < l->work->row_count) {
        select_row(l, data, row);
    }
}

void list_refilter(struct list *l)
{
    l->work->rows_stale = true;
    l->row = l->top = 0;
}

void list_regroup(struct list *l)
{
    l->work->rows_stale = true;
}

bool list_is_grouped(const struct list *l)
{
    return l->sort == l->def->sort && !l->reverse && !*l->filter;
}

size_t list_row(struct list *l, const void *data)
{
    return list_selected_row(l, data);
}

void list_select(struct list *l, const char *id)
{
    snprintf(l->selected, sizeof(l->selected), "%s", id);
}

/* ---- marks ---- */

bool list_is_marked(const struct list *l, size_t item)
{
    return item < l->work->count && l->work->marks[item];
}

static void toggle_column(struct list *l)
{
    uint32_t now = l->hidden ^ UINT32_C(1) << l->choice;

    if (now != (UINT32_C(1) << l->def->column_count) - 1) /* one stays */
        l->hidden = now;
}

void list_mark(struct list *l, const void *data)
{
    size_t item;

    if (l->choosing) {
        toggle_column(l);
        return;
    }
    item = list_selected(l, data);
    if (item == SIZE_MAX)
        return;
    l->work->marks[item] ^= 1;
    if (l->work->marks[item])
        l->marked++;
    else
        l->marked--;
    select_row(l, data, moved(list_selected_row(l, data), l->work->row_count, 1));
}

void list_unmark(struct list *l)
{
    if (l->work->marks)
        memset(l->work->marks, 0, l->work->cap);
    l->marked = 0;
}

void list_mark_shown(struct list *l, const void *data)
{
    size_t n = l->work->row_count, have = 0;

    (void)data;
    for (size_t row = 0; row < n; row++)
        have += l->work->marks[list_item(l, row)];
    for (size_t row = 0; row < n; row++)
        l->work->marks[list_item(l, row)] = have < n;
    l->marked += have < n ? n - have : 0;
    l->marked -= have < n ? 0 : have;
}

/* ---- columns and sorting ---- */

bool list_column_shown(const struct list *l, size_t column)
{
    return !(l->hidden >> column & 1);
}

bool list_column_sorts(const struct list *l, size_t column)
{
    return l->def->columns[column].number || l->def->columns[column].text;
}

const char *list_column_title(const struct list_column *c)
{
    return c->title ? c->title : c->name;
}

static void sort_by(struct list *l, int column, bool reverse)
{
    l->sort = column;
    l->reverse = reverse;
    l->work->keys_stale = l->work->order_stale = true;
    l->top = 0;
}

void list_sort_by(struct list *l, int column)
{
    if (column < 0 || list_column_sorts(l, (size_t)column))
        sort_by(l, column, column == l->sort && !l->reverse);
}

/* After the last column comes the order in which the items came. */
void list_sort_next(struct list *l)
{
    int n = (int)l->def->column_count, next = l->sort;

    do
        next = next + 1 < n ? next + 1 : -1;
    while (next >= 0 &&
           !(list_column_shown(l, (size_t)next) && list_column_sorts(l, (size_t)next)));
    sort_by(l, next, false);
}

void list_sort_reverse(struct list *l)
{
    if (l->sort >= 0)
        sort_by(l, l->sort, !l->reverse);
}

void list_sort_words(const struct list *l, struct buf *out)
{
    static const char *const numbers[2] = {"smallest first", "largest first"};
    static const char *const texts[2] = {"a to z", "z to a"};
    const struct list_column *c = l->sort < 0 ? NULL : &l->def->columns[l->sort];
    const char *const *words = c && c->orders[0] ? c->orders : c && c->number ? numbers : texts;

    if (!c)
        buf_adds(out, "as they came");
    else
        buf_addf(out, "by %s, %s", c->name, words[c->falls != l->reverse]);
}

void list_choose(struct list *l, bool on)
{
    l->choosing = on;
    l->choice = 0;
}

/* ---- what outlives a run ---- */

void list_save(const struct list *l, struct buf *out)
{
    buf_addf(out, "%s.columns =", l->def->name);
    for (size_t i = 0; i < l->def->column_count; i++)
        if (list_column_shown(l, i))
            buf_addf(out, " %s", l->def->columns[i].name);
    buf_addf(out, "\n%s.sort = %s%s\n", l->def->name, l->reverse ? "-" : "",
             l->sort < 0 ? "none" : l->def->columns[l->sort].name);
}

static int find_column(const struct list *l, struct str name)
{
    for (size_t i = 0; i < l->def->column_count; i++)
        if (str_eq_c(name, l->def->columns[i].name))
            return (int)i;
    return -1;
}

static void load_columns(struct list *l, struct str value)
{
    uint32_t all = (UINT32_C(1) << l->def->column_count) - 1, shown = 0;
    struct str name;

    while (str_split(&value, ' ', &name)) {
        int i = find_column(l, name);

        if (i >= 0)
            shown |= UINT32_C(1) << i;
    }
    if (shown)
        l->hidden = all & ~shown;
}

static void load_sort(struct list *l, struct str value)
{
    bool reverse = str_starts(value, "-");
    int i;

    if (reverse)
        value = (struct str){value.ptr + 1, value.len - 1};
    i = find_column(l, value);
    if (str_eq_c(value, "none"))
        sort_by(l, -1, false);
    else if (i >= 0 && list_column_sorts(l, (size_t)i))
        sort_by(l, i, reverse);
}

bool list_load(struct list *l, struct str key, struct str value)
{
    size_t n = strlen(l->def->name);
    struct str what;

    if (!str_starts(key, l->def->name) || key.len <= n || key.ptr[n] != '.')
        return false;
    what = (struct str){key.ptr + n + 1, key.len - n - 1};
    if (str_eq_c(what, "columns"))
        load_columns(l, value);
    else if (str_eq_c(what, "sort"))
        load_sort(l, value);
    return true;
}
