/* resources.c - pane 3: what the investigation saw, the worst first.
 * The shown order is a list of numbers that is made again when the filter or the order changes, and
 * at most twice a second while a large model grows; a drawing formats the visible rows only. */
#include "src/view/view_priv.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "runbook/base/num.h"
#include "runbook/base/text.h"

#define SMALL_COUNT 4096 /* resources that are ordered at every drawing */
#define RENEW_MS 500     /* larger lists: how often */
#define VALUE_MAX 48

enum glyph health_glyph(enum health h)
{
    static const enum glyph glyphs[HEALTHS] = {
        [HEALTH_UNKNOWN] = GLYPH_UNKNOWN,
        [HEALTH_OK] = GLYPH_OK,
        [HEALTH_WARNING] = GLYPH_WARN,
        [HEALTH_CRITICAL] = GLYPH_CRIT,
    };

    return glyphs[h];
}

enum style health_style(enum health h)
{
    static const enum style styles[HEALTHS] = {
        [HEALTH_UNKNOWN] = STYLE_DIM,
        [HEALTH_OK] = STYLE_OK,
        [HEALTH_WARNING] = STYLE_WARNING,
        [HEALTH_CRITICAL] = STYLE_DANGER,
    };

    return styles[h];
}

/* ASCII case-insensitive search without allocating: this runs over 100,000 rows at each key. */
bool text_matches(const char *text, struct str filter)
{
    char first;

    if (!filter.len)
        return true;
    first = filter.ptr[0];
    if (first >= 'A' && first <= 'Z')
        first = (char)(first + 32);
    for (; *text; text++) {
        char c = *text >= 'A' && *text <= 'Z' ? (char)(*text + 32) : *text;
        size_t i = 1;

        if (c != first)
            continue;
        for (; i < filter.len && text[i]; i++) {
            char a = text[i], b = filter.ptr[i];

            a = a >= 'A' && a <= 'Z' ? (char)(a + 32) : a;
            b = b >= 'A' && b <= 'Z' ? (char)(b + 32) : b;
            if (a != b)
                break;
        }
        if (i == filter.len)
            return true;
    }
    return false;
}

static bool row_matches(const struct resource *r, struct str filter)
{
    return text_matches(r->name, filter) || text_matches(r->kind, filter) ||
           text_matches(r->status, filter) || text_matches(r->detail, filter) ||
           text_matches(health_name(r->health), filter);
}

static void add_rows(struct screen *s, const struct model *m, int health)
{
    struct str filter = str_from(s->resources.filter);

    for (size_t i = 0; i < m->resources.count; i++) {
        const struct resource *r = &m->resources.items[i];

        if ((health < 0 || (int)r->health == health) && (!filter.len || row_matches(r, filter)))
            *VEC_PUSH(&s->resources.rows) = (uint32_t)i;
    }
}

/* qsort has no context: names are put beside the numbers. */
struct named {
    const char *name;
    uint32_t index;
};

static int by_name(const void *a, const void *b)
{
    const struct named *x = a, *y = b;
    int order = strcmp(x->name, y->name);

    return order ? order : (x->index > y->index) - (x->index < y->index);
}

static void sort_by_name(struct screen *s, const struct model *m)
{
    VEC(struct named) names = {0};

    VEC_EACH (row, &s->resources.rows)
        *VEC_PUSH(&names) = (struct named){m->resources.items[*row].name, *row};
    if (names.count)
        qsort(names.items, names.count, sizeof(*names.items), by_name);
    for (size_t i = 0; i < names.count; i++)
        s->resources.rows.items[i] = names.items[i].index;
    VEC_RELEASE(&names);
}

static void count_health(struct screen *s, const struct model *m)
{
    for (int h = 0; h < HEALTHS; h++)
        s->resources.counts[h] = 0;
    VEC_EACH (r, &m->resources)
        s->resources.counts[r->health]++;
}

/* Fill `rows`; true when they may stay as they are. */
static bool fresh_enough(const struct screen *s, const struct model *m)
{
    if (s->resources.rows_stale)
        return false;
    if (s->resources.rows_seq == m->seq)
        return true;
    return m->resources.count > SMALL_COUNT && s->now_ms >= s->resources.rows_ms &&
           s->now_ms - s->resources.rows_ms < RENEW_MS;
}

void resources_update(struct screen *s, const struct model *m)
{
    if (fresh_enough(s, m))
        return;
    s->resources.rows.count = 0;
    if (s->resources.order == ORDER_WORST) {
        for (int h = HEALTH_CRITICAL; h >= HEALTH_UNKNOWN; h--)
            add_rows(s, m, h);
    } else {
        add_rows(s, m, -1);
    }
    if (s->resources.order == ORDER_NAME)
        sort_by_name(s, m);
    count_health(s, m);
    s->resources.rows_stale = false;
    s->resources.rows_seq = m->seq;
    s->resources.rows_ms = s->now_ms;
}

static const struct resource *row_at(const struct screen *s, const struct model *m, size_t row)
{
    return &m->resources.items[s->resources.rows.items[row]];
}

/* Row of the selection: where it was last, else searched for by its number in the model. */
static size_t selected_row(struct screen *s, const struct model *m)
{
    struct list_state *l = &s->resources.list;
    size_t count = s->resources.rows.count, index;

    if (!count)
        return SIZE_MAX;
    if (!*l->selected)
        return 0;
    if (l->row < count && strcmp(row_at(s, m, l->row)->key, l->selected) == 0)
        return l->row;
    index = model_index(m, 'r', l->selected);
    for (size_t i = 0; i < count && index != SIZE_MAX; i++)
        if (s->resources.rows.items[i] == index)
            return l->row = i;
    return l->row < count ? l->row : count - 1;
}

const struct resource *resources_selected(struct screen *s, const struct model *m)
{
    size_t row;

    resources_update(s, m);
    row = selected_row(s, m);
    return row == SIZE_MAX ? NULL : row_at(s, m, row);
}

static void select_row(struct screen *s, const struct model *m, size_t row)
{
    s->resources.list.row = row;
    id_copy(s->resources.list.selected, row_at(s, m, row)->key);
}

void resources_move(struct screen *s, const struct model *m, long by)
{
    size_t row;

    resources_update(s, m);
    row = selected_row(s, m);
    if (row == SIZE_MAX)
        return;
    if (by < 0)
        row -= (size_t)-by < row ? (size_t)-by : row;
    else
        row = (size_t)by < s->resources.rows.count - 1 - row ? row + (size_t)by
                                                             : s->resources.rows.count - 1;
    select_row(s, m, row);
}

void resources_refilter(struct screen *s, const struct model *m)
{
    (void)m;
    s->resources.rows_stale = true;
    s->resources.list.top = 0;
}

void resources_note(struct screen *s, const struct model *m, char *out, size_t size, bool narrow)
{
    size_t critical = s->resources.counts[HEALTH_CRITICAL];
    size_t warning = s->resources.counts[HEALTH_WARNING];

    out[0] = '\0';
    if (*s->resources.filter)
        snprintf(out, size, "/%.40s %zu of %zu", s->resources.filter, s->resources.rows.count,
                 m->resources.count);
    else if (critical + warning > 0)
        snprintf(out, size, narrow ? "%zu crit %zu warn" : "%zu critical  %zu warning", critical,
                 warning);
    else if (m->resources.count)
        snprintf(out, size, "%zu", m->resources.count);
}

void resources_click(struct screen *s, const struct model *m, int row)
{
    size_t at = s->resources.list.top + (size_t)row;

    if (at < s->resources.rows.count)
        select_row(s, m, at);
}

/* ---- drawing ---- */

static void format_value(const struct resource *r, bool with_limit, char out[2 * VALUE_MAX])
{
    char value[VALUE_MAX], limit[VALUE_MAX];

    out[0] = '\0';
    if (!isfinite(r->value))
        return;
    num_human(r->value, r->unit, value);
    if (with_limit && isfinite(r->limit) && strcmp(r->unit, "percent") != 0 &&
        strcmp(r->unit, "ratio") != 0) {
        num_human(r->limit, r->unit, limit);
        snprintf(out, 2 * VALUE_MAX, "%s of %s", value, limit);
    } else {
        snprintf(out, 2 * VALUE_MAX, "%s", value);
    }
}

static void draw_row(struct canvas *c, struct rect r, int y, const struct resource *res)
{
    int kind_w = r.w >= 44 ? 10 : 0, spark_w = r.w >= 40 ? 8 : 0;
    bool with_limit = r.w >= 64;
    int value_w = with_limit ? 20 : r.w >= 50 ? 11 : 9;
    int x = r.x + 1, end = r.x + r.w - 1 - spark_w - (spark_w ? 1 : 0), room;
    char value[2 * VALUE_MAX];
    enum style style = health_style(res->health);

    canvas_glyph(c, x, y, style, health_glyph(res->health));
    x += 2;
    if (kind_w)
        canvas_cstr(c, x, y, kind_w, STYLE_DIM, res->kind);
    x += kind_w ? kind_w + 1 : 0;
    room = end - value_w - 1 - x;
    x += canvas_cstr(c, x, y, room, STYLE_TEXT, res->name) + 1;
    room = end - value_w - 1 - x;
    if (room > 3)
        canvas_cstr(c, x, y, room, STYLE_DIM, *res->status ? res->status : res->detail);
    format_value(res, with_limit, value);
    if (text_width(str_from(value)) > value_w) /* the number says more than its unit */
        num_human(res->value, "", value);
    canvas_text_right(c, end, y, value_w, res->health > HEALTH_OK ? style : STYLE_TEXT,
                      str_from(value));
    if (spark_w && res->history_count > 1)
        canvas_spark(c, end + 1, y, spark_w, res->history, res->history_count,
                     res->health > HEALTH_OK ? style : STYLE_BAR);
}

static void draw_none(const struct screen *s, const struct model *m, struct canvas *c,
                      struct rect r)
{
    static const char *const none[] = {"No resources seen yet."};
    static const char *const reading[] = {"Reading resources."};
    static const char *const unmatched[] = {"Nothing matches the filter.", "Esc clears it."};

    if (m->resources.count)
        draw_empty(c, r, unmatched, 2);
    else
        draw_empty(c, r, m->turn_running ? reading : none, 1);
}

void resources_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    struct list_state *l = &s->resources.list;
    bool focused = screen_in_list(s) && !s->input_focus;
    struct rect was = canvas_clip(c, r);
    size_t at, rows, view = (size_t)r.h;

    s->resources.view_h = r.h;
    resources_update(s, m);
    rows = s->resources.rows.count;
    at = selected_row(s, m);
    if (!rows)
        draw_none(s, m, c, r);
    if (l->top + view > rows)
        l->top = rows > view ? rows - view : 0;
    if (at != SIZE_MAX && (*l->selected || at == 0)) {
        if (at < l->top)
            l->top = at;
        else if (at >= l->top + view)
            l->top = at - view + 1;
    }
    for (int i = 0; i < r.h && l->top + (size_t)i < rows; i++) {
        size_t row = l->top + (size_t)i;

        draw_row(c, r, r.y + i, row_at(s, m, row));
        if (row == at && focused)
            canvas_overlay(c, (struct rect){r.x, r.y + i, r.w, 1}, STYLE_SELECTED);
    }
    canvas_unclip(c, was);
    draw_scroll(c, r, l->top, view, rows);
}
