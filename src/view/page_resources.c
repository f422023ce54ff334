/* page_resources.c - all that was seen, on the whole screen: the list of the war room's pane with
 * room for its columns. */
#include "src/view/view_priv.h"

#include <stdio.h>

static void note(struct screen *s, const struct model *m, char *out, size_t size)
{
    resources_note(s, m, out, size, false);
}

static int view_h(const struct screen *s)
{
    return s->resources.view_h;
}

static bool open(struct screen *s, const struct model *m)
{
    const struct resource *r = resources_selected(s, m);

    return r && screen_push(s, PAGE_RESOURCE, r->key);
}

static void click(struct screen *s, const struct model *m, int x, int y)
{
    (void)x;
    resources_click(s, m, y - s->body.y);
}

static char *filter(struct screen *s)
{
    return s->resources.filter;
}

const struct root_def root_resources = {
    .name = "Resources",
    .number = "4",
    .draw = resources_draw,
    .note = note,
    .move = resources_move,
    .view_h = view_h,
    .open = open,
    .click = click,
    .filter = filter,
    .refilter = resources_refilter,
    .list = true,
};
