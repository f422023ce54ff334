/* golden.c - see golden.h. */
#include "tests/lib/golden.h"

#include "runbook/base/file.h"
#include "runbook/base/mem.h"
#include "tests/lib/unit.h"

static const struct help_row help[] = {
    {"Everywhere", "?", "show the keys", "app.help"},
    {"Everywhere", "Tab  Shift-Tab", "next or previous pane", "pane.next"},
    {"Panes", "j  Down", "one row down", "list.down"},
    {"Panes", "U", "show a long query whole", "evidence.unfold"}, /* not the default keys */
    {"Panes", "Q", "stop the running turn", "app.cancel"},
    {"Panes", "R", "reject the hypothesis", "tree.reject"},
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

/* ---- looks: what each cell is sent with ---- */

#define LOOKS_MAX 52

struct looks {
    struct look seen[LOOKS_MAX];
    size_t count;
};

static bool same_look(struct look a, struct look b)
{
    return a.fg == b.fg && a.bg == b.bg && a.attrs == b.attrs;
}

/* '.' is what a terminal shows by itself; others get letters in the order of their first cell. */
static char letter_of(struct looks *l, struct look look)
{
    size_t i = 0;

    if (same_look(look, (struct look){-1, -1, 0}))
        return '.';
    while (i < l->count && !same_look(l->seen[i], look))
        i++;
    if (i == LOOKS_MAX)
        return '?';
    if (i == l->count)
        l->seen[l->count++] = look;
    return (char)(i < 26 ? 'a' + i : 'A' + (i - 26));
}

static void add_look(struct buf *out, char letter, struct look look)
{
    static const char *const words[] = {"bold", "dim", "underline", "italic", "reverse"};

    buf_addf(out, "%c ", letter);
    if (look.fg >= 0)
        buf_addf(out, " %d", look.fg);
    if (look.bg >= 0)
        buf_addf(out, " on %d", look.bg);
    for (size_t i = 0; i < sizeof(words) / sizeof(words[0]); i++)
        if (look.attrs & 1u << i)
            buf_addf(out, " %s", words[i]);
    buf_addc(out, '\n');
}

struct look golden_look(const struct theme *t, enum color_level level, const struct cell *at)
{
    return theme_look(t, level, at->style, at->overlay);
}

static void dump_looks(const struct canvas *c, const struct theme *t, enum color_level level,
                       struct buf *out)
{
    struct looks l = {.count = 0};

    for (int y = 0; y < c->height; y++) {
        buf_addc(out, '|');
        for (int x = 0; x < c->width; x++)
            buf_addc(out, letter_of(&l, golden_look(t, level, canvas_at(c, x, y))));
        buf_adds(out, "|\n");
    }
    buf_adds(out, ".  as the terminal is\n");
    for (size_t i = 0; i < l.count; i++)
        add_look(out, (char)(i < 26 ? 'a' + i : 'A' + (i - 26)), l.seen[i]);
}

/* One size is enough: a role looks the same everywhere. */
static bool check_looks(const char *name, const struct canvas *c)
{
    static const struct {
        const char *theme;
        enum color_level level;
    } kinds[] = {{"dark", COLORS_256}, {"mono", COLORS_NONE}};
    bool good = true;

    if (c->glyphs != GLYPHS_FULL || (c->width != 80 && c->width != 72))
        return true;
    for (size_t i = 0; i < sizeof(kinds) / sizeof(kinds[0]); i++) {
        char *file = xasprintf("%s-%s.looks", name, kinds[i].theme);
        struct buf got = BUF_INIT(BUF_NO_MAX);
        struct err err = ERR_INIT;
        struct theme t;

        assert_ok(theme_load(&t, kinds[i].theme, &err), &err);
        dump_looks(c, &t, kinds[i].level, &got);
        good = golden_check_text(file, buf_str(&got)) && good;
        buf_release(&got);
        free(file);
    }
    return good;
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
    return check_looks(name, c) && same;
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
