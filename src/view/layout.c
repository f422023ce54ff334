/* layout.c - where things are, for every size of the terminal.
 * Wide (>= 120 columns): the transcript beside tree and resources. Medium: the transcript above
 * both. Narrow, short or zoomed: one pane, the others are tabs. Tiny: one line that says so. */
#include "src/view/view_priv.h"

#include "runbook/view/input.h"

#define WIDE_COLS 120
#define MEDIUM_COLS 80
#define ROOMY_ROWS 16

static enum layout_kind kind_of(const struct screen *s, int cols, int rows)
{
    if (cols < SCREEN_MIN_COLS || rows < SCREEN_MIN_ROWS)
        return LAYOUT_TINY;
    if (cols < MEDIUM_COLS || rows < ROOMY_ROWS || s->zoomed)
        return LAYOUT_NARROW;
    return cols < WIDE_COLS ? LAYOUT_MEDIUM : LAYOUT_WIDE;
}

static void lay_wide(struct layout *l, struct rect in)
{
    int left = in.w * 54 / 100, right = in.w - left - 1;
    int upper = (in.h - 1) * 52 / 100;

    l->panes[PANE_INVESTIGATION] = (struct rect){in.x, in.y, left, in.h};
    l->panes[PANE_HYPOTHESES] = (struct rect){in.x + left + 1, in.y, right, upper};
    l->panes[PANE_RESOURCES] =
        (struct rect){in.x + left + 1, in.y + upper + 1, right, in.h - upper - 1};
}

static void lay_medium(struct layout *l, struct rect in)
{
    int upper = (in.h - 1) * 54 / 100, lower = in.h - upper - 1;
    int left = (in.w - 1) / 2;

    l->panes[PANE_INVESTIGATION] = (struct rect){in.x, in.y, in.w, upper};
    l->panes[PANE_HYPOTHESES] = (struct rect){in.x, in.y + upper + 1, left, lower};
    l->panes[PANE_RESOURCES] =
        (struct rect){in.x + left + 1, in.y + upper + 1, in.w - left - 1, lower};
}

void layout_compute(struct layout *l, const struct screen *s, int cols, int rows)
{
    int input_h = input_height(s, cols, rows), more = input_h - 1;
    struct rect in = {1, 2, cols - 2, rows - 5 - more};

    *l = (struct layout){.kind = kind_of(s, cols, rows),
                         .frame = {0, 1, cols, rows - 1},
                         .body = in,
                         .divider_y = rows - 3 - more,
                         .input_y = rows - 2 - more,
                         .input_h = input_h,
                         .hints_y = rows - 1};
    switch (l->kind) {
    case LAYOUT_WIDE:
        lay_wide(l, in);
        break;
    case LAYOUT_MEDIUM:
        lay_medium(l, in);
        break;
    case LAYOUT_NARROW:
        l->panes[s->focus] = in;
        break;
    case LAYOUT_TINY:
        break;
    }
}
