/* input.c - the input area: what is being written in one or several rows, a filter, or a prompt. */
#include "runbook/view/input.h"

#include "src/view/view_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"

#define SIDE_CELLS 6 /* borders, blanks, and the prompt sign with its blank */

/* ---- rows ---- */

static int cells_of(struct str cluster, int width)
{
    return width > 0 ? width : cluster.len ? 1 : 0;
}

static void add_row(struct input_rows *r, size_t at, size_t end)
{
    *VEC_PUSH(&r->rows) = (struct span){at, end - at};
}

void input_wrap(struct input_rows *r, struct str text, int width_cells)
{
    struct str rest = text, cluster;
    size_t begin = 0, blank = 0; /* where the row begins, and where it may be broken */
    int used = 0, since = 0, width;

    r->rows.count = 0;
    while (text_cluster(&rest, &cluster, &width)) {
        size_t at = (size_t)(cluster.ptr - text.ptr);
        int w = cells_of(cluster, width);

        if (cluster.ptr[0] == '\n') {
            add_row(r, begin, at);
            begin = blank = at + 1;
            used = since = 0;
            continue;
        }
        if (used + w > width_cells && used > 0) {
            bool by_word = blank > begin && cluster.ptr[0] != ' ';

            add_row(r, begin, by_word ? blank : at);
            begin = by_word ? blank : at;
            used = by_word ? since : 0;
            blank = begin;
            since = used;
        }
        used += w;
        since += w;
        if (cluster.ptr[0] == ' ') {
            blank = at + 1;
            since = 0;
        }
    }
    add_row(r, begin, text.len);
}

void input_rows_release(struct input_rows *r)
{
    VEC_RELEASE(&r->rows);
}

size_t input_row_at(const struct input_rows *r, size_t offset)
{
    size_t row = r->rows.count - 1;

    while (row > 0 && r->rows.items[row].at > offset)
        row--;
    return row;
}

int input_column(const struct input_rows *r, struct str text, size_t row, size_t offset)
{
    struct span s = r->rows.items[row];
    struct str rest = {text.ptr ? text.ptr + s.at : NULL, s.len}, cluster;
    int column = 0, width;

    while (text_cluster(&rest, &cluster, &width) && (size_t)(cluster.ptr - text.ptr) < offset)
        column += cells_of(cluster, width);
    return column;
}

size_t input_offset(const struct input_rows *r, struct str text, size_t row, int column)
{
    struct span s = r->rows.items[row];
    struct str rest = {text.ptr ? text.ptr + s.at : NULL, s.len}, cluster;
    bool broken = row + 1 < r->rows.count && r->rows.items[row + 1].at == s.at + s.len;
    size_t last = s.at;
    int at = 0, width;

    while (text_cluster(&rest, &cluster, &width)) {
        last = (size_t)(cluster.ptr - text.ptr);
        at += cells_of(cluster, width);
        if (at > column)
            return last;
    }
    return broken ? last : s.at + s.len; /* the end of a broken row is the next one's beginning */
}

int input_room(int cols)
{
    return cols > SIDE_CELLS ? cols - SIDE_CELLS : 1;
}

/* A row above the text: what is searched for, or what was pasted. */
static bool has_header(const struct screen *s)
{
    return s->search.active || s->chip_count > 0;
}

int input_height(const struct screen *s, int cols, int rows)
{
    struct input_rows r = {0};
    int most = rows / 3 < 1 ? 1 : rows / 3 > INPUT_ROWS_MAX ? INPUT_ROWS_MAX : rows / 3, n;

    if (s->prompt.label || s->filter_focus || s->read_only)
        return 1;
    if (has_header(s))
        most = most > 2 ? most - 1 : 1;
    input_wrap(&r, s->input, input_room(cols));
    n = r.rows.count < (size_t)most ? (int)r.rows.count : most;
    input_rows_release(&r);
    return n + has_header(s);
}

/* ---- drawing ---- */

/* One row, beginning so that the cursor is inside `room` cells. A line break is made visible. */
static void draw_line(struct screen *s, struct canvas *c, int x, int y, int room, struct str text,
                      size_t cursor)
{
    struct str rest = text, cluster;
    int before = text_width((struct str){text.ptr, cursor}), skip, at = 0, width;

    for (size_t i = 0; i < cursor; i++)
        before += text.ptr[i] == '\n'; /* drawn one cell wide; text_width() counts it as none */
    skip = before >= room ? before - room + 1 : 0;
    while (text_cluster(&rest, &cluster, &width)) {
        int w = cells_of(cluster, width);

        if (at < skip) {
            at += w;
            continue;
        }
        if (at - skip + w > room)
            break;
        if (cluster.ptr[0] == '\n')
            canvas_glyph(c, x + at - skip, y, STYLE_DIM, GLYPH_NEWLINE);
        else
            canvas_text(c, x + at - skip, y, w, STYLE_INPUT, cluster);
        at += w;
    }
    s->cursor_x = x + before - skip;
    s->cursor_y = y;
}

static void draw_row(struct canvas *c, int x, int y, int room, struct str row)
{
    struct str cluster;
    int at = 0, width;

    while (text_cluster(&row, &cluster, &width) && at < room) {
        canvas_text(c, x + at, y, room - at, STYLE_INPUT, cluster);
        at += cells_of(cluster, width);
    }
}

/* The part of a row that a search found. */
static void mark_match(const struct screen *s, struct canvas *c, int x, int y, struct span row)
{
    size_t from = s->search.match_at, to = from + s->search.match_len;

    if (!s->search.active || s->search.failed)
        return;
    from = from < row.at ? row.at : from;
    to = to > row.at + row.len ? row.at + row.len : to;
    if (from < to)
        canvas_overlay(
            c,
            (struct rect){x + text_width((struct str){s->input.ptr + row.at, from - row.at}), y,
                          text_width((struct str){s->input.ptr + from, to - from}), 1},
            STYLE_MATCH);
}

/* The part of a row that is selected in visual mode; a selected line feed is a cell. */
static void mark_selected(const struct screen *s, struct canvas *c, int x, int y, struct span row)
{
    size_t from = s->marked_from < row.at ? row.at : s->marked_from;
    size_t end = row.at + row.len, to = s->marked_to > end ? end : s->marked_to;
    int width;

    if (s->marked_from >= s->marked_to || from > end || s->marked_to <= row.at)
        return;
    width = from < to ? text_width((struct str){s->input.ptr + from, to - from}) : 0;
    if (s->marked_to > end && end < s->input.len && s->input.ptr[end] == '\n')
        width++;
    if (width)
        canvas_overlay(
            c,
            (struct rect){x + text_width((struct str){s->input.ptr + row.at, from - row.at}), y,
                          width, 1},
            STYLE_SELECTED);
}

/* Rows scroll so that the cursor's is among those that fit. */
static void draw_text(struct screen *s, const struct layout *l, struct canvas *c, int x)
{
    int room = input_room(l->frame.w), y = l->input_y + has_header(s);
    struct input_rows r = {0};
    size_t view = (size_t)(l->input_h - has_header(s)), at;

    input_wrap(&r, s->input, room);
    at = input_row_at(&r, s->input_cursor);
    if (at < s->input_top)
        s->input_top = at;
    if (at >= s->input_top + view)
        s->input_top = at - view + 1;
    if (s->input_top + view > r.rows.count)
        s->input_top = r.rows.count > view ? r.rows.count - view : 0;
    for (size_t i = 0; i < view && s->input_top + i < r.rows.count; i++) {
        struct span row = r.rows.items[s->input_top + i];

        draw_row(c, x, y + (int)i, room,
                 (struct str){s->input.ptr ? s->input.ptr + row.at : NULL, row.len});
        mark_match(s, c, x, y + (int)i, row);
        mark_selected(s, c, x, y + (int)i, row);
    }
    s->cursor_x = x + input_column(&r, s->input, at, s->input_cursor);
    if (s->cursor_x >= x + room)
        s->cursor_x = x + room - 1;
    s->cursor_y = y + (int)(at - s->input_top);
    draw_scroll(c, (struct rect){l->frame.x + 1, y, l->frame.w - 2, (int)view}, s->input_top, view,
                r.rows.count);
    input_rows_release(&r);
}

static void draw_search(struct screen *s, struct canvas *c, int x, int y, int room)
{
    int used = canvas_cstr(c, x, y, room, s->search.failed ? STYLE_WARNING : STYLE_ACCENT,
                           s->search.failed ? "nothing asked before has" : "asked before:");

    used += 1;
    draw_line(s, c, x + used, y, room > used ? room - used : 1, s->search.query, s->search.cursor);
}

/* "[pasted 120 lines, 8.1 KB] [pasted ...] and 2 more" */
static void draw_chips(const struct screen *s, struct canvas *c, int x, int y, int room)
{
    size_t i = 0;
    int used = 0;

    for (; i < s->chip_count; i++) {
        int w = text_width(str_from(s->chips[i])) + 3;

        if (i > 0 && used + w > room - 12)
            break;
        used += canvas_cstr(c, x + used, y, room - used, STYLE_FRAME, "[");
        used += canvas_cstr(c, x + used, y, room - used - 1, STYLE_EVIDENCE, s->chips[i]);
        used += canvas_cstr(c, x + used, y, room - used, STYLE_FRAME, "]");
        used++;
    }
    if (i < s->chip_count)
        canvas_printf(c, x + used, y, room - used, STYLE_DIM, "and %zu more", s->chip_count - i);
}

/* On the divider above the input. */
static void draw_mode(const struct screen *s, const struct layout *l, struct canvas *c)
{
    char text[24];
    bool normal = s->edit_mode && strcmp(s->edit_mode, "normal") == 0;

    if (!s->edit_mode || !s->input_focus || s->prompt.label || s->filter_focus)
        return;
    snprintf(text, sizeof(text), " %s ", s->edit_mode);
    canvas_text_right(c, l->frame.x + l->frame.w - 2, l->divider_y, 16,
                      normal ? STYLE_KEY : STYLE_TITLE_FOCUS, str_from(text));
}

static const char *placeholder(const struct screen *s, const struct model *m, char out[64])
{
    char key[SCREEN_KEY_MAX];

    if (m->turn_running && *m->asked)
        return "The model waits for your answer";
    if (m->turn_running) {
        bool known = screen_key(s, "app.cancel", key);

        snprintf(out, 64, "%s.%s%s%s",
                 !*m->turn_kind                         ? "Investigating"
                 : strcmp(m->turn_kind, "compact") == 0 ? "Summarising"
                                                        : "Answering",
                 known ? " " : "", known ? key : "", known ? " stops it." : "");
        return out;
    }
    if (model_procedure_runs(m)) {
        snprintf(out, 64, "A skill is running.%s%s%s", screen_key(s, "app.cancel", key) ? " " : "",
                 screen_key(s, "app.cancel", key) ? key : "",
                 screen_key(s, "app.cancel", key) ? " stops it." : "");
        return out;
    }
    return m->items.count ? "Ask about it, or name another problem"
                          : "What is wrong? An empty line looks at this machine";
}

static void draw_prompt(struct screen *s, struct canvas *c, int x, int y, int room)
{
    int used = canvas_cstr(c, x, y, room * 2 / 3, STYLE_ACCENT, s->prompt.label);

    used += canvas_cstr(c, x + used, y, room - used, STYLE_ACCENT, " ");
    draw_line(s, c, x + used, y, room + 2 - used, s->prompt.text, s->prompt.cursor);
}

/* "/" searches, or filters a list; "&" filters the investigation, where "/" searches. */
static const char *filter_mark(const struct screen *s)
{
    bool text = s->root == ROOT_WAR_ROOM && s->focus == PANE_INVESTIGATION;

    return text && !s->searching ? "&" : "/";
}

void draw_input(struct screen *s, const struct model *m, const struct layout *l, struct canvas *c)
{
    char words[64];
    int x = l->frame.x + 2, y = l->input_y, room = input_room(l->frame.w);
    struct rect area = {l->frame.x + 1, y, l->frame.w - 2, l->input_h};

    canvas_fill(c, area, STYLE_INPUT);
    canvas_vline(c, area.x + area.w, y, area.h, STYLE_FRAME); /* a scroll bar may stand there */
    s->cursor_x = s->cursor_y = -1;
    if (s->prompt.label) {
        draw_prompt(s, c, x, y, room);
        return;
    }
    if (s->filter_focus) {
        canvas_cstr(c, x, y, 1, STYLE_ACCENT, filter_mark(s));
        draw_line(s, c, x + 2, y, room, s->filter_input, s->input_cursor);
        return;
    }
    if (s->read_only) {
        draw_replay(s, c, x, y, l->frame.w - 4);
        return;
    }
    canvas_glyph(c, x, y + has_header(s), s->input_focus ? STYLE_ACCENT : STYLE_DIM, GLYPH_PROMPT);
    draw_text(s, l, c, x + 2);
    if (!s->input.len && !s->search.active)
        canvas_cstr(c, x + 2, y + has_header(s), room, STYLE_DIM,
                    s->chip_count ? "What about it?" : placeholder(s, m, words));
    if (s->search.active)
        draw_search(s, c, x + 2, y, room);
    else if (s->chip_count)
        draw_chips(s, c, x + 2, y, room);
    draw_mode(s, l, c);
    if (!s->input_focus)
        s->cursor_x = s->cursor_y = -1;
}
