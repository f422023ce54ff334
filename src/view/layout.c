/* layout.c - where things are, for every size of the terminal.
 * Wide (>= 120 columns): the transcript beside tree and resources. Medium: the transcript above
 * both; the person moves the lines between them. Narrow, short or zoomed: one pane, the others are
 * tabs. Tiny: one line that says so. */
#include "src/view/view_priv.h"

#include "runbook/view/input.h"

#define WIDE_COLS 120
#define MEDIUM_COLS 80
#define ROOMY_ROWS 16
#define LEAST_COLS 18 /* that a pane keeps when others grow */
#define LEAST_ROWS 3

static enum layout_kind kind_of(const struct screen *s, int cols, int rows)
{
    if (cols < SCREEN_MIN_COLS || rows < SCREEN_MIN_ROWS)
        return LAYOUT_TINY;
    if (cols < MEDIUM_COLS || rows < ROOMY_ROWS || s->zoomed)
        return LAYOUT_NARROW;
    return cols < WIDE_COLS ? LAYOUT_MEDIUM : LAYOUT_WIDE;
}

/* ---- sizes ---- */

/* What each kind of layout has to share out, in thousandths of the width or height. */
static const int size_defaults[SIZES] = {
    [SIZE_WIDE_LEFT] = 540,
    [SIZE_WIDE_UPPER] = 520,
    [SIZE_MEDIUM_UPPER] = 540,
    [SIZE_MEDIUM_LEFT] = 500,
};
static const char *const size_names[SIZES] = {
    [SIZE_WIDE_LEFT] = "wide_left",
    [SIZE_WIDE_UPPER] = "wide_upper",
    [SIZE_MEDIUM_UPPER] = "medium_upper",
    [SIZE_MEDIUM_LEFT] = "medium_left",
};

const char *layout_size_name(enum layout_size i)
{
    return size_names[i];
}

void screen_reset_sizes(struct screen *s)
{
    memcpy(s->sizes, size_defaults, sizeof(s->sizes));
}

static int clamp(int v, int low, int high)
{
    return v > high ? high > low ? high : low : v < low ? low : v;
}

/* The part of `total` cells that a size gives, both sides keeping at least `least`. */
static int part_of(const struct screen *s, enum layout_size i, int total, int least)
{
    least = least > (total - 1) / 2 ? (total - 1) / 2 : least;
    return clamp(total * s->sizes[i] / 1000, least, total - 1 - least);
}

/* The size that gives exactly `cells` of `total`: total is at most 1000. */
static void set_part(struct screen *s, enum layout_size i, int total, int cells, int least)
{
    if (total < 2 * least + 1)
        return;
    cells = clamp(cells, least, total - 1 - least);
    s->sizes[i] = (cells * 1000 + total - 1) / total;
}

static void lay_wide(const struct screen *s, struct layout *l, struct rect in)
{
    int left = part_of(s, SIZE_WIDE_LEFT, in.w, LEAST_COLS), right = in.w - left - 1;
    int upper = part_of(s, SIZE_WIDE_UPPER, in.h - 1, LEAST_ROWS);

    l->panes[PANE_INVESTIGATION] = (struct rect){in.x, in.y, left, in.h};
    l->panes[PANE_HYPOTHESES] = (struct rect){in.x + left + 1, in.y, right, upper};
    l->panes[PANE_RESOURCES] =
        (struct rect){in.x + left + 1, in.y + upper + 1, right, in.h - upper - 1};
}

static void lay_medium(const struct screen *s, struct layout *l, struct rect in)
{
    int upper = part_of(s, SIZE_MEDIUM_UPPER, in.h - 1, LEAST_ROWS), lower = in.h - upper - 1;
    int left = part_of(s, SIZE_MEDIUM_LEFT, in.w - 1, LEAST_COLS);

    l->panes[PANE_INVESTIGATION] = (struct rect){in.x, in.y, in.w, upper};
    l->panes[PANE_HYPOTHESES] = (struct rect){in.x, in.y + upper + 1, left, lower};
    l->panes[PANE_RESOURCES] =
        (struct rect){in.x + left + 1, in.y + upper + 1, in.w - left - 1, lower};
}

/* ---- dividers ---- */

/* Of the drawn layout: which size an upright and a level line change, where they are, and what they
 * share out. */
struct line {
    enum layout_size size;
    int at, from, total, least; /* from: where the shared part begins */
};

static bool find_lines(const struct screen *s, struct line *upright, struct line *level)
{
    struct rect tr = s->panes[PANE_INVESTIGATION], hy = s->panes[PANE_HYPOTHESES];

    if (s->depth || s->root != ROOT_WAR_ROOM)
        return false;
    if (s->layout == LAYOUT_WIDE) {
        *upright = (struct line){SIZE_WIDE_LEFT, tr.x + tr.w, s->body.x, s->body.w, LEAST_COLS};
        *level = (struct line){SIZE_WIDE_UPPER, hy.y + hy.h, s->body.y, s->body.h - 1, LEAST_ROWS};
    } else if (s->layout == LAYOUT_MEDIUM) {
        *upright =
            (struct line){SIZE_MEDIUM_LEFT, hy.x + hy.w, s->body.x, s->body.w - 1, LEAST_COLS};
        *level =
            (struct line){SIZE_MEDIUM_UPPER, tr.y + tr.h, s->body.y, s->body.h - 1, LEAST_ROWS};
    } else {
        return false;
    }
    return true;
}

static void move_line(struct screen *s, const struct line *l, int to)
{
    set_part(s, l->size, l->total, to - l->from, l->least);
}

/* In the wide layout the investigation is left of both others; in the medium one it is above. */
bool screen_resize(struct screen *s, int wider, int taller)
{
    struct line upright, level;
    bool first = s->focus == PANE_INVESTIGATION;
    int sign;

    if (!find_lines(s, &upright, &level) || (first && (s->layout == LAYOUT_WIDE) == (taller != 0)))
        return false;
    sign = first || (s->focus == PANE_HYPOTHESES && (s->layout == LAYOUT_WIDE) == (taller != 0))
               ? 1
               : -1;
    move_line(s, taller ? &level : &upright,
              taller ? level.at + sign * taller : upright.at + sign * wider);
    return true;
}

bool screen_grab(struct screen *s, int x, int y)
{
    struct line upright, level;
    bool wide = s->layout == LAYOUT_WIDE;

    s->grabbed_upright = s->grabbed_level = false;
    if (!find_lines(s, &upright, &level) || y < s->body.y || y >= s->body.y + s->body.h ||
        x < s->body.x || x >= s->body.x + s->body.w)
        return false;
    s->grabbed_upright = x == upright.at && (wide || y >= level.at);
    s->grabbed_level = y == level.at && (!wide || x >= upright.at);
    return s->grabbed_upright || s->grabbed_level;
}

bool screen_drag(struct screen *s, int x, int y)
{
    struct line upright, level;

    if ((!s->grabbed_upright && !s->grabbed_level) || !find_lines(s, &upright, &level))
        return false;
    if (s->grabbed_upright)
        move_line(s, &upright, x);
    if (s->grabbed_level)
        move_line(s, &level, y);
    return true;
}

void screen_drop(struct screen *s)
{
    s->grabbed_upright = s->grabbed_level = false;
}

/* ---- */

void layout_compute(struct layout *l, const struct screen *s, int cols, int rows)
{
    int input_h = input_height(s, cols, rows), more = input_h - 1;
    int over = s->answer_h && kind_of(s, cols, rows) != LAYOUT_TINY ? s->answer_h + 1 : 0;
    struct rect in = {1, 2 + over, cols - 2, rows - 5 - more - over};

    *l = (struct layout){.kind = kind_of(s, cols, rows),
                         .frame = {0, 1, cols, rows - 1},
                         .body = in,
                         .answer = {1, 2, cols - 2, over ? over - 1 : 0},
                         .panes_y = in.y - 1,
                         .divider_y = rows - 3 - more,
                         .input_y = rows - 2 - more,
                         .input_h = input_h,
                         .hints_y = rows - 1};
    switch (l->kind) {
    case LAYOUT_WIDE:
        lay_wide(s, l, in);
        break;
    case LAYOUT_MEDIUM:
        lay_medium(s, l, in);
        break;
    case LAYOUT_NARROW:
        l->panes[s->focus] = in;
        break;
    case LAYOUT_TINY:
        break;
    }
}
