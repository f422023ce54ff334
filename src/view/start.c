/* start.c - the first screen of somebody who has configured nothing: see runbook/view/start.h. */
#include "runbook/view/start.h"

#include "src/view/view_priv.h"

#include "runbook/base/text.h"

#define MARGIN 2
#define LABEL_CELLS 14

const char *const start_examples[] = {
    "is this machine well?", "an empty line asks the same", "the disk of /var fills up",
    "in your own words",     "runbook --host db-1",         "another machine, over ssh",
    "runbook demo",          "look at a recorded one",      NULL,
};

const char *const start_examples_aws[] = {
    "is this machine well?",
    "an empty line asks the same",
    "is AWS well?",
    "alarms, health, changes",
    "runbook resources --all",
    "what is there in AWS",
    "runbook demo",
    "look at a recorded one",
    NULL,
};

struct lines {
    struct canvas *c;
    struct rect r;
    int y, bottom;
    bool draw; /* false: only counted */
};

static void put(struct lines *l, int x, enum style style, const char *text)
{
    if (l->draw && l->y < l->bottom)
        canvas_cstr(l->c, l->r.x + MARGIN + x, l->y, l->r.w - MARGIN - x, style, text);
}

static void heading(struct lines *l, const char *text)
{
    put(l, 0, STYLE_HEADING, text);
    l->y++;
}

/* Two columns; what does not fit beside the first is left out. */
static void pair(struct lines *l, const char *left, enum style style, int cells, const char *right,
                 enum style right_style)
{
    put(l, 2, style, left);
    if (l->r.w > cells + 16)
        put(l, 2 + cells, right_style, right);
    l->y++;
}

static void found(struct lines *l, const struct start *st)
{
    heading(l, "Found here");
    for (size_t i = 0; i < st->count; i++)
        pair(l, st->rows[i].what, STYLE_TEXT, LABEL_CELLS, st->rows[i].text,
             st->rows[i].usable ? STYLE_STRONG : STYLE_DIM);
}

static void examples(struct lines *l, const struct start *st)
{
    heading(l, "What can be done now");
    for (const char *const *e = st->examples; e && e[0]; e += 2)
        pair(l, e[0], STYLE_CODE, 28, e[1], STYLE_DIM);
}

static void keys(struct lines *l, const struct screen *s)
{
    int x = 0;

    if (!l->draw || l->y >= l->bottom)
        return;
    put(l, x, STYLE_KEY,
        s->start_init_key && *s->start_init_key ? s->start_init_key : "runbook init");
    x += text_width(
        str_from(s->start_init_key && *s->start_init_key ? s->start_init_key : "runbook init"));
    put(l, x, STYLE_TEXT, " sets up, step by step; ");
    x += 24;
    put(l, x, STYLE_KEY, "?");
    put(l, x + 1, STYLE_TEXT, " shows the keys");
}

/* The parts that fit, the least needed left out first: the blank lines, the examples, the title. */
void draw_start(const struct screen *s, struct canvas *c, struct rect r)
{
    const struct start *st = s->start;
    int rows = (int)st->count + 1, more = 1;
    int wanted = 2 + rows + 1;
    struct lines l = {.c = c, .r = r, .bottom = r.y + r.h, .draw = true};
    bool spacious, with_examples;

    for (const char *const *e = st->examples; e && e[0]; e += 2)
        more++;
    with_examples = wanted + more <= r.h;
    spacious = wanted + (with_examples ? more : 0) + 3 <= r.h;
    l.y = r.y + (spacious ? (r.h - wanted - (with_examples ? more : 0) - 3) / 3 : 0);
    put(&l, 0, STYLE_TEXT, "Nothing is configured, and nothing has to be.");
    l.y += 1 + spacious;
    found(&l, st);
    l.y += spacious;
    if (with_examples) {
        examples(&l, st);
        l.y += spacious;
    }
    keys(&l, s);
}
