/* test_mono.c - without colours nothing is lost: what has the focus, what is selected, marked,
 * found, current, in which state, and when the incident was, is seen by an attribute, a symbol or a
 * letter. A screen is reduced to its texts and the attributes that the mono theme gives. R-96 */
#include "tests/lib/unit.h"

#include <string.h>

#include "src/view/view_priv.h"
#include "tests/lib/golden.h"

struct mono {
    struct screen s;
    struct model m;
    struct canvas c;
    struct theme t;
};

static void begin(struct mono *o, size_t events, int w, int h)
{
    struct err err = ERR_INIT;

    golden_screen(&o->s);
    demo_model(&o->m, events);
    canvas_init(&o->c, GLYPHS_FULL);
    canvas_resize(&o->c, w, h);
    assert_ok(theme_load(&o->t, "mono", &err), &err);
    view_draw(&o->s, &o->m, &o->c);
}

static void draw(struct mono *o)
{
    view_draw(&o->s, &o->m, &o->c);
}

static void end(struct mono *o)
{
    model_release(&o->m);
    screen_release(&o->s);
    canvas_release(&o->c);
}

static unsigned attrs_at(const struct mono *o, int x, int y)
{
    const struct look look = golden_look(&o->t, COLORS_NONE, canvas_at(&o->c, x, y));

    assert_int_equal(look.fg, -1);
    assert_int_equal(look.bg, -1);
    return look.attrs;
}

/* Where a text of single-cell clusters stands; fails when it is not there. */
static void find(const struct mono *o, const char *text, int from_y, int *ret_x, int *ret_y)
{
    for (int y = from_y; y < o->c.height; y++)
        for (int x = 0; x < o->c.width; x++) {
            const char *rest = text;

            for (int i = x; *rest && i < o->c.width; i++) {
                size_t len = strlen(canvas_at(&o->c, i, y)->text);

                if (!len || strncmp(rest, canvas_at(&o->c, i, y)->text, len) != 0)
                    break;
                rest += len;
            }
            if (!*rest) {
                *ret_x = x;
                *ret_y = y;
                return;
            }
        }
    fail_msg("\"%s\" is not on the screen", text);
}

static unsigned attrs_of(const struct mono *o, const char *text)
{
    int x, y;

    find(o, text, 1, &x, &y);
    return attrs_at(o, x, y);
}

static size_t reversed_rows(const struct mono *o, struct rect r)
{
    size_t n = 0;

    for (int y = r.y; y < r.y + r.h; y++)
        n += (attrs_at(o, r.x + r.w / 2, y) & ATTR_REVERSE) != 0;
    return n;
}

static bool is_overlay(enum style s)
{
    return s == STYLE_STATUS_BAR || s == STYLE_SELECTED || s == STYLE_SELECTED_BLUR ||
           s == STYLE_MATCH || s == STYLE_MATCH_CURRENT || s == STYLE_SHADE;
}

/* What lies over a text is seen on every kind of text, and one from the other. */
static void test_overlays(void **state)
{
    static const enum style over[] = {STYLE_SELECTED, STYLE_SELECTED_BLUR, STYLE_MATCH,
                                      STYLE_MATCH_CURRENT};
    struct err err = ERR_INIT;
    struct theme t;

    (void)state;
    assert_ok(theme_load(&t, "mono", &err), &err);
    for (int s = 0; s < STYLES; s++)
        for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
            unsigned bare = theme_look(&t, COLORS_NONE, (enum style)s, STYLE_TEXT).attrs;
            unsigned laid = theme_look(&t, COLORS_NONE, (enum style)s, over[i]).attrs;

            if (bare == laid && !is_overlay((enum style)s))
                fail_msg("%s over %s is not seen", style_name(over[i]), style_name((enum style)s));
            for (size_t k = 0; k < i; k++)
                if (over[k] != STYLE_SELECTED_BLUR) /* only of tabs: never where matches are */
                    assert_int_not_equal(theme_look(&t, COLORS_NONE, STYLE_TEXT, over[i]).attrs,
                                         theme_look(&t, COLORS_NONE, STYLE_TEXT, over[k]).attrs);
        }
    /* Blank cells of a selected row show it, too. */
    assert_true(theme_look(&t, COLORS_NONE, STYLE_TEXT, STYLE_SELECTED).attrs & ATTR_REVERSE);
}

static void test_focus(void **state)
{
    static const char *const titles[PANES] = {"Investigation", "Hypotheses", "Resources"};
    struct mono o;

    (void)state;
    begin(&o, SIZE_MAX, 120, 40);
    for (int p = 0; p < PANES; p++) {
        screen_focus(&o.s, (enum pane)p);
        draw(&o);
        for (int q = 0; q < PANES; q++) {
            bool strong = (attrs_of(&o, titles[q]) & ATTR_BOLD) != 0;

            assert_int_equal(strong, p == q);
        }
        /* Its border is not dim, as the others are. */
        assert_false(attrs_at(&o, o.s.panes[p].x - 1, o.s.panes[p].y + 1) & ATTR_DIM);
        assert_true(attrs_at(&o, 0, o.s.answer_h) & ATTR_DIM);
    }
    end(&o);
}

static void test_selection(void **state)
{
    static const enum root lists[] = {ROOT_RESOURCES, ROOT_SIGNALS, ROOT_TIMELINE, ROOT_AUDIT};
    struct mono o;

    (void)state;
    begin(&o, SIZE_MAX, 80, 24);
    for (size_t i = 0; i < sizeof(lists) / sizeof(lists[0]); i++) {
        assert_true(screen_go(&o.s, lists[i]));
        draw(&o);
        screen_move(&o.s, &o.m, 1);
        draw(&o);
        assert_int_equal(reversed_rows(&o, o.s.body), 1);
    }
    screen_focus(&o.s, PANE_HYPOTHESES);
    draw(&o);
    assert_int_equal(reversed_rows(&o, o.s.panes[PANE_HYPOTHESES]), 1);
    assert_int_equal(reversed_rows(&o, o.s.panes[PANE_RESOURCES]), 0);
    screen_focus(&o.s, PANE_INVESTIGATION);
    screen_move(&o.s, &o.m, -1);
    draw(&o);
    assert_true(reversed_rows(&o, o.s.panes[PANE_INVESTIGATION]) >= 1);
    screen_focus(&o.s, PANE_HYPOTHESES);
    assert_true(screen_open(&o.s, &o.m));
    draw(&o);
    assert_true(reversed_rows(&o, o.s.body) >= 1);
    end(&o);
}

static void test_mark(void **state)
{
    struct mono o;
    int x, y;

    (void)state;
    begin(&o, SIZE_MAX, 80, 24);
    assert_true(screen_go(&o.s, ROOT_RESOURCES));
    draw(&o);
    screen_mark(&o.s, &o.m, false);
    draw(&o);
    find(&o, "\xE2\x96\x8C", 2, &x, &y); /* a symbol at the edge, and the count in the title */
    assert_int_equal(x, 1);
    find(&o, "1 marked", 0, &x, &y);
    assert_int_equal(y, 1);
    end(&o);
}

static void test_tab(void **state)
{
    struct mono o;

    (void)state;
    begin(&o, SIZE_MAX, 80, 24);
    for (int r = ROOT_WAR_ROOM; r <= ROOT_AUDIT; r++) {
        int x, y;

        assert_true(screen_go(&o.s, (enum root)r));
        draw(&o);
        for (int q = ROOT_WAR_ROOM; q <= ROOT_AUDIT; q++) {
            find(&o, screen_root_name((enum root)q), o.s.body.y + o.s.body.h, &x, &y);
            assert_int_equal((attrs_at(&o, x, y) & ATTR_UNDERLINE) != 0, q == r);
        }
    }
    end(&o);
}

/* A state is a symbol and a letter, in every set of symbols. */
static void test_states(void **state)
{
    (void)state;
    for (int a = 0; a < HYP_STATUSES; a++)
        for (int b = 0; b < a; b++) {
            assert_int_not_equal(hyp_letter((enum hyp_status)a), hyp_letter((enum hyp_status)b));
            for (int set = 0; set < GLYPH_SETS; set++)
                assert_string_not_equal(
                    glyph_text((enum glyph_set)set, hyp_glyph((enum hyp_status)a)),
                    glyph_text((enum glyph_set)set, hyp_glyph((enum hyp_status)b)));
        }
    for (int a = 0; a < HEALTHS; a++)
        for (int b = 0; b < a; b++)
            assert_int_not_equal(health_letter((enum health)a), health_letter((enum health)b));
    for (int a = 0; a < VERDICTS; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(view_verdict_words((enum verdict)a),
                                    view_verdict_words((enum verdict)b));
    for (int a = 0; a < STRENGTHS; a++)
        for (int b = 0; b < a; b++)
            assert_string_not_equal(strength_name((enum evidence_strength)a),
                                    strength_name((enum evidence_strength)b));
}

/* Every hit is marked; the one that n and N stand on otherwise; in a list what the filter hit. */
static void test_hits(void **state)
{
    struct mono o;
    size_t hits = 0, current = 0;
    int x, y;

    (void)state;
    begin(&o, SIZE_MAX, 120, 40);
    screen_focus(&o.s, PANE_INVESTIGATION);
    screen_home(&o.s, &o.m);
    draw(&o);
    screen_search_begin(&o.s);
    assert_int_equal(screen_search(&o.s, &o.m, "payments"), FIND_FOUND);
    draw(&o);
    for (y = o.s.panes[0].y; y < o.s.panes[0].y + o.s.panes[0].h; y++)
        for (x = o.s.panes[0].x; x < o.s.panes[0].x + o.s.panes[0].w; x++) {
            uint8_t over = canvas_at(&o.c, x, y)->overlay;
            unsigned attrs = attrs_at(&o, x, y);

            hits += over == STYLE_MATCH;
            current += over == STYLE_MATCH_CURRENT;
            if (over == STYLE_MATCH || over == STYLE_MATCH_CURRENT)
                assert_true((attrs & ATTR_BOLD) && (attrs & ATTR_UNDERLINE));
            if (over == STYLE_MATCH_CURRENT)
                assert_true(attrs & ATTR_REVERSE);
        }
    assert_true(hits > 0);
    assert_int_equal(current, 8);
    assert_true(screen_go(&o.s, ROOT_RESOURCES));
    draw(&o);
    screen_set_filter(&o.s, &o.m, "payments");
    draw(&o);
    find(&o, "payments", 3, &x, &y);
    assert_true(attrs_at(&o, x, y) & ATTR_UNDERLINE);
    end(&o);
}

/* The incident's window is a line of its own on a chart's axis, and words on the timeline. */
static void test_window(void **state)
{
    static const double values[] = {1, 1, 1, 1, 5, 5, 5, 1};
    int64_t times[8];
    struct chart_series line = {.name = "p99", .times_ms = times, .values = values, .count = 8};
    struct chart ch = {.title = "latency", .unit = "ms", .series = &line, .series_count = 1};
    struct canvas bare, shaded;
    bool differ = false;

    (void)state;
    for (int i = 0; i < 8; i++)
        times[i] = GOLDEN_NOW_MS + i * 60000;
    canvas_init(&bare, GLYPHS_ASCII);
    canvas_init(&shaded, GLYPHS_ASCII);
    canvas_resize(&bare, 80, 12);
    canvas_resize(&shaded, 80, 12);
    chart_draw(&ch, &bare, (struct rect){0, 0, 80, 12});
    ch.span = (struct chart_span){.from_ms = times[3], .to_ms = times[6]};
    chart_draw(&ch, &shaded, (struct rect){0, 0, 80, 12});
    for (int y = 8; y < 12; y++)
        for (int x = 0; x < 80; x++)
            differ =
                differ || strcmp(canvas_at(&bare, x, y)->text, canvas_at(&shaded, x, y)->text) != 0;
    assert_true(differ);
    canvas_release(&bare);
    canvas_release(&shaded);
}

/* A heading, an input, a question of the person and a danger are not plain text. */
static void test_roles(void **state)
{
    static const enum style strong[] = {
        STYLE_HEADING, STYLE_STRONG,    STYLE_TITLE_FOCUS, STYLE_USER,     STYLE_DANGER,
        STYLE_WARNING, STYLE_CONFIRMED, STYLE_KEY,         STYLE_EVIDENCE, STYLE_LINK};
    struct err err = ERR_INIT;
    struct theme t;

    (void)state;
    assert_ok(theme_load(&t, "mono", &err), &err);
    for (size_t i = 0; i < sizeof(strong) / sizeof(strong[0]); i++)
        assert_int_not_equal(theme_look(&t, COLORS_NONE, strong[i], STYLE_TEXT).attrs, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_overlays),  cmocka_unit_test(test_focus),
        cmocka_unit_test(test_selection), cmocka_unit_test(test_mark),
        cmocka_unit_test(test_tab),       cmocka_unit_test(test_states),
        cmocka_unit_test(test_hits),      cmocka_unit_test(test_window),
        cmocka_unit_test(test_roles),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
