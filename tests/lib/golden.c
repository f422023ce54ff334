/* golden.c - see golden.h. */
#include "tests/lib/golden.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "tests/lib/unit.h"

static const struct help_row help[] = {
    {"Everywhere", "?", "show the keys", "app.help"},
    {"Everywhere", "Tab  Shift-Tab", "next or previous pane", "pane.next"},
    {"Panes", "j  Down", "one row down", "list.down"},
};
static const struct hint hints[] = {
    {"?", "keys"},     {"Tab", "pane"}, {"Enter", "open"},
    {"e", "evidence"}, {"/", "filter"}, {"q", "quit"},
};

bool golden_check_text(const char *file, struct str text)
{
    const char *src = getenv("RB_SRCDIR");
    struct buf want = BUF_INIT(BUF_NO_MAX);
    struct err err = ERR_INIT;
    char *path = xasprintf("%s/tests/golden/%s", src ? src : ".", file);
    bool same = true;

    if (getenv("RUNBOOK_UPDATE_GOLDEN")) {
        assert_ok(file_write_atomic(path, text, 0644, &err), &err);
    } else {
        file_read(path, &want, &err);
        same = str_eq(text, buf_str(&want));
        if (!same)
            print_error("%s differs; it is now\n%.*s", path, STR_FMT(text));
    }
    buf_release(&want);
    free(path);
    return same;
}

bool golden_check(const char *name, const struct canvas *c)
{
    struct buf got = BUF_INIT(BUF_NO_MAX);
    char *file = xasprintf("%s.screen", name);
    bool same;

    canvas_dump(c, &got);
    same = golden_check_text(file, buf_str(&got));
    buf_release(&got);
    free(file);
    return same;
}

void golden_screen(struct screen *s)
{
    screen_init(s);
    s->now_ms = GOLDEN_NOW_MS;
    s->help = help;
    s->help_count = sizeof(help) / sizeof(help[0]);
    s->hints = hints;
    s->hint_count = sizeof(hints) / sizeof(hints[0]);
}

static bool shoot_one(const char *name, size_t events, golden_setup_fn *setup, int w, int h,
                      enum glyph_set glyphs)
{
    char *file = xasprintf("%s-%dx%d%s", name, w, h, glyphs == GLYPHS_ASCII ? "-ascii" : "");
    struct canvas c;
    struct screen s;
    struct model m;
    bool same;

    canvas_init(&c, glyphs);
    canvas_resize(&c, w, h);
    golden_screen(&s);
    demo_model(&m, events);
    view_draw(&s, &m, &c); /* keys work on what was drawn */
    if (setup)
        setup(&s, &m);
    view_draw(&s, &m, &c);
    same = golden_check(file, &c);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
    free(file);
    return same;
}

bool golden_shoot_at(const char *name, size_t events, golden_setup_fn *setup, int w, int h)
{
    bool full = shoot_one(name, events, setup, w, h, GLYPHS_FULL);

    return shoot_one(name, events, setup, w, h, GLYPHS_ASCII) && full;
}

bool golden_shoot(const char *name, size_t events, golden_setup_fn *setup)
{
    static const int sizes[][2] = {{200, 50}, {120, 40}, {80, 24}, {60, 20}};
    bool good = true;

    for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++)
        good = golden_shoot_at(name, events, setup, sizes[i][0], sizes[i][1]) && good;
    return good;
}
