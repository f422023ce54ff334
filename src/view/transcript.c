/* transcript.c - pane 1: what happened, in order.
 * Items are only appended, so an item's number is its id and the anchor of the scroll position is
 * (place, line). Heights are computed when an item comes into sight and cached by item, width and
 * content; ten thousand items cost what a screenful costs. */
#include "src/view/transcript_priv.h"

#include <stdio.h>

#include "runbook/base/text.h"

#define COARSE_PART 4 /* of the pane is left free when the end is followed in steps */

/* ---- scroll position ---- */

/* Put the end at the lower edge. */
static void to_end(struct screen *s, const struct model *m, size_t shown, size_t view)
{
    size_t sum = 0, place = shown;

    while (place > 0 && sum < view)
        sum += entry_lines(s, m, item_at(s, --place));
    s->transcript.top_item = place;
    s->transcript.top_line = sum > view ? sum - view : 0;
}

/* Is the lower edge at or below the end? */
static bool at_end(struct screen *s, const struct model *m, size_t shown, size_t view)
{
    size_t sum = 0;

    for (size_t p = s->transcript.top_item; p < shown; p++) {
        sum += entry_lines(s, m, item_at(s, p));
        if (sum > view + s->transcript.top_line)
            return false;
    }
    return true;
}

/* Rows below the end, when the first row is as it is. */
static size_t rows_left(struct screen *s, const struct model *m, size_t shown, size_t view)
{
    size_t sum = 0;

    for (size_t p = s->transcript.top_item; p < shown && sum <= view + s->transcript.top_line; p++)
        sum += entry_lines(s, m, item_at(s, p));
    sum -= s->transcript.top_line < sum ? s->transcript.top_line : sum;
    return sum < view ? view - sum : 0;
}

/* Beside other panes, on a terminal that cannot move a part of its rows, each line that scrolls
 * would write the pane anew: while text comes the end is followed in steps of some rows instead. */
static void follow_coarsely(struct screen *s, const struct model *m, size_t shown, size_t view)
{
    size_t step = view / COARSE_PART;

    if (!at_end(s, m, shown, view) ||
        ((s->transcript.top_item || s->transcript.top_line) && rows_left(s, m, shown, view) > step))
        to_end(s, m, shown, view - step);
}

static void settle(struct screen *s, const struct model *m, size_t shown, size_t view)
{
    if (s->transcript.top_item >= shown)
        s->transcript.follow = true;
    if (!s->transcript.follow) {
        size_t h = entry_lines(s, m, item_at(s, s->transcript.top_item));

        if (s->transcript.top_line >= h)
            s->transcript.top_line = h - 1;
    }
    if (s->coarse && s->transcript.follow && m->turn_running && s->layout == LAYOUT_WIDE &&
        !s->zoomed)
        follow_coarsely(s, m, shown, view);
    else if (s->transcript.follow || at_end(s, m, shown, view))
        to_end(s, m, shown, view);
}

static size_t view_lines(const struct screen *s)
{
    return s->transcript.view_h > 0 ? (size_t)s->transcript.view_h : 1;
}

/* Was it drawn before? Then what is kept fits the model again. */
static bool ready(struct screen *s, const struct model *m)
{
    struct transcript *c = transcript_of(s);

    if (!c->width)
        return false;
    transcript_fit(s, m, c->width, c->ascii);
    return true;
}

void transcript_scroll(struct screen *s, const struct model *m, long lines)
{
    size_t shown = transcript_shown(s, m);

    if (!shown || !ready(s, m))
        return;
    s->transcript.follow = false;
    if (s->transcript.top_item >= shown)
        to_end(s, m, shown, view_lines(s));
    for (; lines < 0; lines++) {
        if (s->transcript.top_line > 0) {
            s->transcript.top_line--;
        } else if (s->transcript.top_item > 0) {
            s->transcript.top_item--;
            s->transcript.top_line = entry_lines(s, m, item_at(s, s->transcript.top_item)) - 1;
        }
    }
    for (; lines > 0; lines--) {
        if (at_end(s, m, shown, view_lines(s))) {
            s->transcript.follow = true;
            break;
        }
        if (++s->transcript.top_line >= entry_lines(s, m, item_at(s, s->transcript.top_item))) {
            s->transcript.top_item++;
            s->transcript.top_line = 0;
        }
    }
}

void screen_scroll(struct screen *s, const struct model *m, long lines)
{
    transcript_scroll(s, m, lines);
}

/* Scroll as little as shows the whole item (or its first line, when it is taller than the pane). */
static void reveal(struct screen *s, const struct model *m, size_t place, size_t shown)
{
    size_t view = view_lines(s), sum = 0, h = entry_lines(s, m, item_at(s, place));

    if (place < s->transcript.top_item ||
        (place == s->transcript.top_item && s->transcript.top_line > 0)) {
        s->transcript.top_item = place;
        s->transcript.top_line = 0;
        return;
    }
    for (size_t p = s->transcript.top_item; p <= place && p < shown; p++)
        sum += entry_lines(s, m, item_at(s, p));
    sum -= s->transcript.top_line;
    if (sum <= view)
        return;
    s->transcript.top_item = place;
    s->transcript.top_line = 0;
    for (size_t room = view > h ? view - h : 0; room > 0 && s->transcript.top_item > 0;) {
        size_t above = entry_lines(s, m, item_at(s, s->transcript.top_item - 1));

        s->transcript.top_item--;
        if (above > room) {
            s->transcript.top_line = above - room;
            break;
        }
        room -= above;
    }
}

/* Lines of an item above the upper edge (negative: it begins below it); far away is as good as just
 * outside. */
static long above_edge(struct screen *s, const struct model *m, size_t place, size_t view)
{
    size_t top = s->transcript.top_item, sum = 0;

    if (place < top)
        return (long)entry_lines(s, m, item_at(s, place)) + 1;
    for (size_t p = top; p < place && sum <= view + s->transcript.top_line; p++)
        sum += entry_lines(s, m, item_at(s, p));
    return (long)s->transcript.top_line - (long)sum;
}

/* A step inside an item that is taller than what is seen of it: one line, the selection stays. */
static bool step_inside(struct screen *s, const struct model *m, size_t place, int by)
{
    size_t view = view_lines(s), h = entry_lines(s, m, item_at(s, place));
    long above = above_edge(s, m, place, view);

    if (by > 0 && (long)h - above > (long)view && -above < (long)view) {
        transcript_scroll(s, m, 1);
        return true;
    }
    if (by < 0 && above > 0 && above < (long)h) {
        transcript_scroll(s, m, -1);
        return true;
    }
    return false;
}

/* Where a step begins: at the selection when it is in sight, else at the edge. */
static size_t first_step(struct screen *s, const struct model *m, size_t shown, int by)
{
    size_t view = view_lines(s), top = s->transcript.top_item, place;
    long above;

    if (s->transcript.selected >= m->items.count)
        return s->transcript.follow || top >= shown ? shown - 1 : top;
    place = place_of(s, s->transcript.selected);
    above = above_edge(s, m, place, view);
    if (s->transcript.follow || by == 0 ||
        (-above < (long)view && above < (long)entry_lines(s, m, item_at(s, place))))
        return SIZE_MAX;
    return top < shown ? top : shown - 1;
}

void transcript_move(struct screen *s, const struct model *m, int by)
{
    size_t shown = transcript_shown(s, m), place, far = (size_t)(by < 0 ? -by : by);

    if (!shown || !ready(s, m))
        return;
    place = first_step(s, m, shown, by);
    if (place != SIZE_MAX) { /* what is in sight is selected, nothing moves */
        s->transcript.selected = item_at(s, place);
        s->transcript.follow = s->transcript.follow && by > 0;
        return;
    }
    place = place_of(s, s->transcript.selected);
    if (far == 1 && step_inside(s, m, place, by))
        return;
    if (by < 0)
        place -= far < place ? far : place;
    else
        place = far < shown - place ? place + far : shown - 1;
    s->transcript.selected = item_at(s, place);
    s->transcript.follow = place == shown - 1 && by > 0;
    if (!s->transcript.follow)
        reveal(s, m, place, shown);
}

/* Select an item and scroll so that one of its lines is seen, not at the very edge. */
void transcript_show_line(struct screen *s, const struct model *m, size_t item, size_t line)
{
    size_t shown = transcript_shown(s, m), view, place;
    long above;

    if (!shown || !ready(s, m))
        return;
    view = view_lines(s);
    place = place_of(s, item);
    s->transcript.selected = item_at(s, place);
    if (s->transcript.follow || s->transcript.top_item >= shown)
        to_end(s, m, shown, view);
    s->transcript.follow = false;
    above = above_edge(s, m, place, view);
    if ((long)line - above >= 0 && (long)line - above < (long)view)
        return;
    s->transcript.top_item = place;
    s->transcript.top_line = line;
    transcript_scroll(s, m, -(long)(view / 3));
}

/* As much of it as fits. */
void transcript_show_item(struct screen *s, const struct model *m, size_t item)
{
    size_t shown = transcript_shown(s, m);

    transcript_show_line(s, m, item, 0);
    if (shown && ready(s, m))
        reveal(s, m, place_of(s, item), shown);
}

void screen_goto_item(struct screen *s, const struct model *m, size_t item)
{
    if (item >= m->items.count)
        return;
    screen_focus(s, PANE_INVESTIGATION);
    if (*s->transcript.filter) {
        s->transcript.filter[0] = '\0';
        transcript_refilter(s);
    }
    turn_unfold(s, turn_of(s, m, item));
    s->transcript.selected = item; /* also before anything was drawn */
    transcript_show_item(s, m, item);
    s->transcript.follow = false;
}

void transcript_home(struct screen *s, const struct model *m)
{
    if (!transcript_shown(s, m))
        return;
    s->transcript.follow = false;
    s->transcript.top_item = s->transcript.top_line = 0;
    s->transcript.selected = item_at(s, 0);
}

void transcript_end(struct screen *s, const struct model *m)
{
    size_t shown = transcript_shown(s, m);

    s->transcript.follow = true;
    s->transcript.selected = shown ? item_at(s, shown - 1) : SIZE_MAX;
}

void transcript_click(struct screen *s, const struct model *m, int row)
{
    size_t shown = transcript_shown(s, m), sum = 0;

    if (!shown || !ready(s, m))
        return;
    for (size_t p = s->transcript.top_item; p < shown; p++) {
        sum += entry_lines(s, m, item_at(s, p));
        if (sum > (size_t)row + s->transcript.top_line) {
            s->transcript.selected = item_at(s, p);
            s->transcript.follow = p == shown - 1;
            return;
        }
    }
}

/* ---- drawing ---- */

int transcript_time_width(int width)
{
    return width >= 56 ? 9 : width >= 44 ? 6 : 0;
}

static void draw_time(struct canvas *c, struct rect r, int y, const struct model *m, size_t index,
                      size_t before)
{
    char text[TIME_TEXT_MAX], earlier[TIME_TEXT_MAX] = "";
    int cells = transcript_time_width(r.w);

    if (cells == 0)
        return;
    time_format_hms(m->items.items[index].ts_ms, false, text);
    if (before != SIZE_MAX)
        time_format_hms(m->items.items[before].ts_ms, false, earlier);
    text[cells - 1] = earlier[cells - 1] = '\0';
    if (strcmp(text, earlier) != 0 || m->items.items[index].kind == ITEM_USER)
        canvas_cstr(c, r.x + 1, y, cells - 1, STYLE_DIM, text);
}

/* Mark what the search found in one line. */
static void mark_line(const struct screen *s, const struct entry *e, struct canvas *c, int x, int y,
                      const struct rich_line *line)
{
    size_t at = (size_t)(line->text.ptr - e->rich.text.ptr), end = at + line->text.len;

    for (size_t i = 0; i < e->matches.count; i++) {
        struct span match = e->matches.items[i];
        size_t from = match.at > at ? match.at : at;
        size_t to = match.at + match.len < end ? match.at + match.len : end;
        bool current = e->index == s->transcript.match_item && i == s->transcript.match_nth;
        int before;

        if (match.at >= end)
            break;
        if (from >= to)
            continue;
        before = text_width((struct str){line->text.ptr, from - at});
        canvas_overlay(c,
                       (struct rect){x + line->indent + before, y,
                                     text_width((struct str){e->rich.text.ptr + from, to - from}),
                                     1},
                       current ? STYLE_MATCH_CURRENT : STYLE_MATCH);
    }
}

static void draw_lines(const struct screen *s, const struct entry *e, struct canvas *c,
                       struct rect r, int y)
{
    int x = r.x + 3 + transcript_time_width(r.w), room = e->rich.width;
    size_t first = y < r.y ? (size_t)(r.y - y) : 0;

    for (size_t i = first; i < e->rich.lines.count && y + (int)i < r.y + r.h; i++) {
        struct rich_line line = rich_line_at(&e->rich, i);

        rich_draw(&e->rich, c, x, y + (int)i, room, &line);
        if (e->matches.count && line.text.len)
            mark_line(s, e, c, x, y + (int)i, &line);
    }
}

/* Draw an item whose first line is at y (which may be above the pane). Returns its height. */
static int draw_item(struct screen *s, const struct model *m, struct canvas *c, struct rect r,
                     int y, size_t index, size_t before, bool selected)
{
    int height = (int)entry_lines(s, m, index), lead = 1 + transcript_time_width(r.w), top = y;
    struct entry *e = entry_get(s, m, index);

    find_matches(s, e);
    y += e->gap_before && index > 0;
    draw_time(c, r, y, m, index, before);
    if (e->has_glyph)
        canvas_glyph(c, r.x + lead, y, e->glyph_style, e->glyph);
    if (selected)
        canvas_overlay(c, (struct rect){r.x, top, r.w, height}, STYLE_SELECTED);
    draw_lines(s, e, c, r, y);
    if (e->tail[0])
        canvas_text_right(c, r.x + r.w - 1, y, r.w / 2, e->tail_style, str_from(e->tail));
    return height;
}

static void draw_none(const struct screen *s, const struct model *m, struct canvas *c,
                      struct rect r)
{
    static const char *const fresh[] = {"Nothing has been asked yet.", "",
                                        "Say what is wrong, for example",
                                        "checkout is slow since 14:00"};
    static const char *const opening[] = {"Starting the investigation."};
    static const char *const unmatched[] = {"Nothing matches the filter."};

    if (*s->transcript.filter)
        draw_empty(c, r, unmatched, 1);
    else if (m->turn_running || s->read_only)
        draw_empty(c, r, opening, 1);
    else if (s->start)
        draw_start(s, c, r);
    else
        draw_empty(c, r, fresh, 4);
}

/* What came while something else was looked at. */
static void draw_below(struct screen *s, const struct model *m, struct canvas *c, struct rect r,
                       size_t shown)
{
    struct transcript *t = transcript_of(s);
    size_t fresh = 0;
    char text[48];
    int width;

    for (size_t p = shown; p > 0 && item_at(s, p - 1) >= t->seen; p--)
        fresh++;
    if (fresh)
        snprintf(text, sizeof(text), " %zu new below ", fresh);
    else if (t->seen == m->items.count && m->items.items[t->seen - 1].len > t->seen_len)
        snprintf(text, sizeof(text), " more below ");
    else
        return;
    width = text_width(str_from(text));
    if (r.h < 3 || r.w < width + 4)
        return;
    canvas_fill(c, (struct rect){r.x + r.w - width - 2, r.y + r.h - 1, width, 1}, STYLE_ACCENT);
    canvas_cstr(c, r.x + r.w - width - 2, r.y + r.h - 1, width, STYLE_ACCENT, text);
    canvas_overlay(c, (struct rect){r.x + r.w - width - 2, r.y + r.h - 1, width, 1},
                   STYLE_SELECTED_BLUR);
}

static size_t places_in_sight(struct screen *s, const struct model *m, size_t shown)
{
    size_t sum = 0, place = s->transcript.top_item;

    while (place < shown && sum < view_lines(s) + s->transcript.top_line)
        sum += entry_lines(s, m, item_at(s, place++));
    return place - s->transcript.top_item;
}

static void draw_items(struct screen *s, const struct model *m, struct canvas *c, struct rect r,
                       size_t shown)
{
    size_t first = s->transcript.top_item, place;
    bool focused = s->focus == PANE_INVESTIGATION && !s->input_focus;
    int y = r.y - (int)s->transcript.top_line;

    for (place = first; place < shown && y < r.y + r.h; place++) {
        size_t index = item_at(s, place);
        size_t before = place > first ? item_at(s, place - 1) : SIZE_MAX;

        y += draw_item(s, m, c, r, y, index, before, index == s->transcript.selected && focused);
    }
    if (place < shown || y > r.y + r.h)
        draw_below(s, m, c, r, shown);
}

/* How far the end was seen. */
static void remember_seen(struct screen *s, const struct model *m, size_t shown)
{
    struct transcript *t = transcript_of(s);

    if (!s->transcript.follow && !at_end(s, m, shown, view_lines(s)))
        return;
    t->seen = m->items.count;
    t->seen_len = t->seen ? m->items.items[t->seen - 1].len : 0;
}

void transcript_draw(struct screen *s, const struct model *m, struct canvas *c, struct rect r)
{
    size_t shown;
    struct rect was = canvas_clip(c, r);

    canvas_scrolls(c, r);
    s->transcript.view_h = r.h;
    transcript_fit(s, m, r.w, c->glyphs == GLYPHS_ASCII);
    shown = transcript_shown(s, m);
    transcript_count(s, m);
    if (shown == 0) {
        draw_none(s, m, c, r);
        canvas_unclip(c, was);
        return;
    }
    settle(s, m, shown, (size_t)r.h);
    remember_seen(s, m, shown);
    draw_items(s, m, c, r, shown);
    canvas_unclip(c, was);
    draw_scroll(c, r, s->transcript.top_item, places_in_sight(s, m, shown), shown);
}

/* For the pane's title: "/needle 3/17", "&filter 4 of 230", "2 turns folded". */
void transcript_note(struct screen *s, const struct model *m, char *out, size_t size)
{
    struct transcript *t = transcript_of(s);
    size_t at, all, n = 0;

    out[0] = '\0';
    if (*s->transcript.filter)
        n += (size_t)snprintf(out, size, "&%.40s %zu of %zu", s->transcript.filter,
                              transcript_shown(s, m), m->items.count);
    else if (t->folded_count)
        n += (size_t)snprintf(out, size, "%zu folded", t->folded_count);
    if (!*s->transcript.search || n >= size)
        return;
    transcript_find_note(s, m, &at, &all);
    snprintf(out + n, size - n, all ? "%s/%.40s %zu/%zu" : "%s/%.40s: not found", n ? "  " : "",
             s->transcript.search, at, all);
}
