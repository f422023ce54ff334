/* test_tty_paint.c - cells to bytes: few of them, columns that hold whatever a terminal thinks of a
 * width, links that cost only where they are, and how many colours a terminal is given. */
#include "tests/lib/unit.h"

#include <fcntl.h>
#include <unistd.h>

#include "runbook/base/text.h"
#include "src/ui/tty_parts_priv.h"

struct bench {
    struct tty t;
    struct canvas c;
    int from;
    char bytes[64 * 1024];
    size_t len;
};

static void begin(struct bench *b, int width, int height)
{
    static const char *const caps[CAPS] = {
        [CAP_CUP] = "\033[%i%p1%d;%p2%dH",
        [CAP_CIVIS] = "\033[?25l",
        [CAP_CNORM] = "\033[?25h",
        [CAP_CLEAR] = "\033[H\033[2J",
        [CAP_EL] = "\033[K",
        [CAP_ECH] = "\033[%p1%dX",
        [CAP_SGR0] = "\033[m",
        [CAP_BOLD] = "\033[1m",
        [CAP_DIM] = "\033[2m",
        [CAP_SMUL] = "\033[4m",
        [CAP_REV] = "\033[7m",
        [CAP_SITM] = "\033[3m",
        [CAP_SETAF] = "x",
        [CAP_SETAB] = "x",
    };
    struct err err = ERR_INIT;
    int fds[2];

    memset(b, 0, sizeof(*b));
    assert_int_equal(pipe2(fds, O_NONBLOCK | O_CLOEXEC), 0);
    b->from = fds[0];
    b->t.fd = b->t.in = b->t.out = fds[1];
    for (int i = 0; i < CAPS; i++)
        if (caps[i])
            snprintf(b->t.caps.text[i], sizeof(b->t.caps.text[i]), "%s", caps[i]);
    b->t.caps.ansi = b->t.caps.corner = b->t.caps.xterm_like = b->t.caps.back_erase = true;
    b->t.level = COLORS_256;
    assert_ok(theme_load(&b->t.theme, "dark", &err), &err);
    painter_forget(&b->t.paint);
    canvas_init(&b->c, GLYPHS_FULL);
    canvas_resize(&b->c, width, height);
}

static void end(struct bench *b)
{
    close(b->from);
    close(b->t.out);
    painter_release(&b->t.paint);
    buf_release(&b->t.queue);
    canvas_release(&b->c);
}

/* What this frame sends. */
static const char *frame(struct bench *b, int x, int y, bool all)
{
    ssize_t n;

    tty_paint(&b->t, &b->c, x, y, all);
    n = read(b->from, b->bytes, sizeof(b->bytes) - 1);
    b->len = n > 0 ? (size_t)n : 0;
    b->bytes[b->len] = '\0';
    return b->bytes;
}

static void expect(struct bench *b, const char *bytes)
{
    if (!strstr(b->bytes, bytes))
        fail_msg("no \"%s\" in \"%s\"", bytes + (*bytes == 27), b->bytes);
}

/* U-22: nothing changed is nothing sent; a key at the cursor is one byte. */
static void test_few_bytes(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, 80, 24);
    canvas_cstr(&b.c, 0, 5, 80, STYLE_INPUT, "> hello");
    frame(&b, 7, 5, true);
    assert_true(b.len < 120);
    frame(&b, 7, 5, false);
    assert_int_equal(b.len, 0);
    canvas_cstr(&b.c, 7, 5, 1, STYLE_INPUT, "x");
    assert_string_equal(frame(&b, 8, 5, false), "x");
    canvas_cstr(&b.c, 7, 5, 1, STYLE_INPUT, " ");
    frame(&b, 7, 5, false);
    assert_true(b.len <= 6);
    end(&b);
}

/* Blanks at the end of a row are erased in three bytes; two words far apart are two moves. */
static void test_erase_and_jump(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, 200, 4);
    for (int x = 0; x < 200; x++)
        canvas_cstr(&b.c, x, 1, 1, STYLE_TEXT, "x");
    frame(&b, -1, -1, true);
    canvas_fill(&b.c, (struct rect){50, 1, 150, 1}, STYLE_TEXT);
    frame(&b, -1, -1, false);
    expect(&b, "\033[K");
    assert_true(b.len < 20);
    canvas_cstr(&b.c, 3, 1, 1, STYLE_TEXT, "a");
    canvas_cstr(&b.c, 6, 1, 1, STYLE_TEXT, "b"); /* the two between are written again */
    canvas_cstr(&b.c, 40, 1, 1, STYLE_TEXT, "c");
    frame(&b, -1, -1, false);
    expect(&b, "axxb\033[33Cc");
    end(&b);
}

/* R-96: whatever a terminal makes of these, the cell behind each is put in its column. */
static void test_unsure_widths(void **state)
{
    static const char *const clusters[] = {
        "\xD7\xA9",                                     /* Hebrew */
        "\xD8\xB9",                                     /* Arabic */
        "e\xCC\x81\xCC\x82",                            /* marks */
        "\xF0\x9F\x91\xA9\xE2\x80\x8D\xF0\x9F\x92\xBB", /* joined emoji */
        "\xE2\x9C\x94\xEF\xB8\x8F",                     /* emoji by selector */
        "\xF0\x9F\x87\xA9\xF0\x9F\x87\xAA",             /* a flag */
        "\xE0\xA4\xA8\xE0\xA4\xBF",                     /* Devanagari */
        "\xE2\x84\xA2",                                 /* ambiguous */
    };

    (void)state;
    for (size_t i = 0; i < sizeof(clusters) / sizeof(clusters[0]); i++) {
        struct bench b;
        char place[32];
        int used;

        begin(&b, 40, 3);
        used = canvas_cstr(&b.c, 4, 1, 10, STYLE_TEXT, clusters[i]);
        canvas_cstr(&b.c, 4 + used, 1, 1, STYLE_TEXT, "|");
        frame(&b, -1, -1, true);
        snprintf(place, sizeof(place), "\033[2;%dH|", 5 + used);
        expect(&b, clusters[i]);
        expect(&b, place);
        end(&b);
    }
}

/* A row of right-to-left words between borders: each of its cells stands in its own column. */
static void test_right_to_left_row(void **state)
{
    struct bench b;
    const char *at;

    (void)state;
    begin(&b, 20, 1);
    canvas_cstr(&b.c, 0, 0, 20, STYLE_TEXT, "|\xD7\xA9\xD7\x9C\xD7\x95\xD7\x9D|");
    at = frame(&b, -1, -1, true);
    for (int x = 2; x <= 6; x++) {
        char place[16];

        snprintf(place, sizeof(place), "\033[1;%dH", x);
        if (x > 2 && !strstr(at, place))
            fail_msg("column %d is not placed in \"%s\"", x, at);
    }
    end(&b);
}

static void test_sure_widths_need_no_place(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, 40, 3);
    canvas_cstr(&b.c, 0, 1, 40, STYLE_TEXT,
                "caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC \xE2\x94\x82 \xD0\xB6 \xE2\x96\x88|");
    frame(&b, -1, -1, true);
    expect(&b, "caf\xC3\xA9 \xE6\x97\xA5\xE6\x9C\xAC \xE2\x94\x82 \xD0\xB6 \xE2\x96\x88|");
    end(&b);
}

/* U-22: a link is sent with its cells, once; a change elsewhere does not send it again; another
 * address under the same number does. */
static void test_links(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, 40, 3);
    for (int round = 0; round < 3; round++) {
        canvas_clear(&b.c);
        canvas_link(&b.c, round < 2 ? "https://example.org/a" : "https://example.org/b");
        canvas_cstr(&b.c, 2, 1, 10, STYLE_LINK, "here");
        canvas_link(&b.c, NULL);
        canvas_cstr(&b.c, 2, 2, 10, STYLE_TEXT, round ? "two" : "one");
        frame(&b, -1, -1, round == 0);
        if (round == 0)
            expect(&b, "\033]8;id=1;https://example.org/a\033\\here");
        else if (round == 1)
            assert_null(strstr(b.bytes, "\033]8"));
        else
            expect(&b, "\033]8;id=1;https://example.org/b\033\\here");
    }
    expect(&b, "\033]8;;\033\\");
    b.t.caps.xterm_like = false;
    frame(&b, -1, -1, true);
    assert_null(strstr(b.bytes, "\033]8"));
    end(&b);
}

/* U-22: rows that moved are moved by the terminal, in both directions, borders or not. */
static void test_scroll(void **state)
{
    static const char *const lines[] = {"one",   "two",   "three", "four", "five",  "six",
                                        "seven", "eight", "nine",  "ten",  "eleven"};
    struct bench b;

    (void)state;
    begin(&b, 60, 12);
    b.t.caps.scroll = true;
    for (int top = 0; top < 3; top++) {
        canvas_clear(&b.c);
        for (int y = 0; y < 8; y++) {
            canvas_cstr(&b.c, 0, y + 2, 1, STYLE_FRAME, y == top ? "#" : "|");
            canvas_printf(&b.c, 2, y + 2, 50, STYLE_TEXT, "a line of text, number %s",
                          lines[y + (top == 2 ? 0 : top)]);
        }
        frame(&b, -1, -1, top == 0);
        if (top == 1) {
            expect(&b, "\033[3;10r\033[10;1H\n\033[r");
            expect(&b, "number nine");
        } else if (top == 2) {
            expect(&b, "\033[3;10r\033[3;1H\033M\033[r");
            expect(&b, "number one");
        }
        assert_true(top == 0 || b.len < 120);
    }
    end(&b);
}

/* U-22: a pane beside another one is moved between margins, and what stands beside it is not
 * written; without margins nothing is moved, as the neighbour would move too. */
static void test_scroll_between_margins(void **state)
{
    static const char *const words[] = {"amber", "birch", "cedar", "delta",   "elder", "fjord",
                                        "grove", "heath", "islet", "juniper", "kelp",  "larch"};
    struct bench b;

    (void)state;
    for (int margins = 0; margins < 2; margins++) {
        size_t cost = 0;

        begin(&b, 60, 14);
        b.t.caps.scroll = true;
        b.t.margins = margins;
        for (int top = 0; top < 2; top++) {
            canvas_clear(&b.c);
            canvas_scrolls(&b.c, (struct rect){1, 2, 28, 10});
            for (int y = 0; y < 10; y++) {
                canvas_printf(&b.c, 1, y + 2, 28, STYLE_TEXT, "%s %s %s", words[y + top],
                              words[(y + top) * 5 % 12], words[(y + top) * 7 % 12]);
                canvas_printf(&b.c, 31, y + 2, 28, STYLE_TEXT, "%c neighbour, which stays",
                              'z' - y);
            }
            frame(&b, -1, -1, top == 0);
            cost = b.len;
        }
        if (margins) {
            expect(&b, "\033[?69h\033[2;29s\033[3;12r\033[1S\033[r\033[?69l");
            expect(&b, "kelp");
            assert_true(cost < 120);
        } else {
            assert_null(memmem(b.bytes, b.len, "\033[?69h", 6));
            assert_true(cost > 150);
        }
        assert_null(memmem(b.bytes, b.len, "neighbour", 9));
        end(&b);
    }
}

/* The lower right cell of a terminal that would scroll is left alone. */
static void test_corner(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, 10, 2);
    canvas_cstr(&b.c, 0, 1, 10, STYLE_TEXT, "0123456789");
    b.t.caps.corner = false;
    frame(&b, -1, -1, true);
    expect(&b, "012345678");
    assert_null(strchr(b.bytes, '9'));
    end(&b);
}

/* An answer that took `ms`. */
static void answer_after(struct tty *t, int64_t ms)
{
    tty_fence(t);
    t->fence_us -= ms * 1000;
    tty_fence_answer(t);
}

/* U-22: a slow line is told by two slow answers; a quick one ends it; the next window of output is
 * not sent before the one before it was answered. */
static void test_slow_line(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, 80, 24);
    assert_false(tty_slow(&b.t));
    answer_after(&b.t, 300); /* the first one also waits for the first painting */
    assert_int_equal(b.t.fences, 1);
    b.t.fence_us -= 250000;
    tty_fence_answer(&b.t);
    assert_true(tty_slow(&b.t));
    answer_after(&b.t, 5);
    assert_false(tty_slow(&b.t));
    assert_true(tty_ready(&b.t));
    b.t.meter.bytes += 20000;
    assert_true(tty_ready(&b.t)); /* sets a fence */
    assert_int_equal(b.t.fences, 1);
    b.t.meter.bytes += 20000;
    assert_false(tty_ready(&b.t));
    tty_fence_answer(&b.t);
    assert_true(tty_ready(&b.t));
    b.t.meter.bytes += 40000;
    tty_fence(&b.t);
    b.t.meter.bytes += 40000;
    b.t.fence_us -= 4000000; /* an answer that was lost does not stop us for ever */
    assert_true(tty_ready(&b.t));
    end(&b);
}

/* A terminal that answers nothing is asked once. */
static void test_no_answers(void **state)
{
    struct bench b;

    (void)state;
    begin(&b, 80, 24);
    tty_fence(&b.t);
    b.t.fence_us -= 4000000;
    b.t.meter.bytes += 100000;
    assert_true(tty_ready(&b.t));
    tty_fence(&b.t);
    assert_int_equal(b.t.fences, 0);
    assert_false(tty_slow(&b.t));
    end(&b);
}

static void test_ambiguous_width(void **state)
{
    (void)state;
    assert_int_equal(text_width(STR_LIT("\xCE\xB1\xE2\x97\x8F")), 2);
    text_set_wide_ambiguous(true);
    assert_int_equal(text_width(STR_LIT("\xCE\xB1\xE2\x97\x8F")), 4);
    assert_int_equal(text_width(STR_LIT("a\xC3\xA9\xE6\x97\xA5")),
                     5); /* e acute is ambiguous too */
    text_set_wide_ambiguous(false);
}

/* U-22: the most that the terminal promises, and nothing against the person's will. */
static void test_color_level(void **state)
{
    static const struct {
        struct tty_env env;
        int colors;
        bool rgb, no_color;
        enum color_level want;
    } rows[] = {
        {{.term = "xterm-256color"}, 256, false, false, COLORS_256},
        {{.term = "xterm-256color", .colorterm = "truecolor"}, 256, false, false, COLORS_DIRECT},
        {{.term = "xterm-256color", .colorterm = "24bit"}, 256, false, false, COLORS_DIRECT},
        {{.term = "tmux-256color", .colorterm = "truecolor", .tmux = true},
         256,
         false,
         false,
         COLORS_DIRECT},
        {{.term = "tmux-256color", .tmux = true}, 256, true, false, COLORS_DIRECT},
        {{.term = "screen-256color", .colorterm = "truecolor", .screen = true},
         256,
         false,
         false,
         COLORS_256},
        {{.term = "xterm-kitty"}, 256, false, false, COLORS_DIRECT},
        {{.term = "xterm-direct"}, 0x1000000, false, false, COLORS_DIRECT},
        {{.term = "xterm-16color"}, 16, false, false, COLORS_16},
        {{.term = "linux"}, 8, false, false, COLORS_8},
        {{.term = "vt100"}, -1, false, false, COLORS_NONE},
        {{.term = "vt100", .clicolor_force = "1"}, -1, false, false, COLORS_8},
        {{.term = "xterm-256color", .no_color = "1"}, 256, false, false, COLORS_NONE},
        {{.term = "xterm-256color", .no_color = "1", .clicolor_force = "1"},
         256,
         false,
         false,
         COLORS_NONE},
        {{.term = "xterm-256color", .no_color = ""}, 256, false, false, COLORS_256},
        {{.term = "xterm-256color", .clicolor = "0"}, 256, false, false, COLORS_NONE},
        {{.term = "xterm-256color"}, 256, false, true, COLORS_NONE},
    };

    (void)state;
    for (size_t i = 0; i < sizeof(rows) / sizeof(rows[0]); i++) {
        struct tty_caps c = {.colors = rows[i].colors, .rgb = rows[i].rgb, .ansi = true};

        if (tty_color_level(&c, &rows[i].env, rows[i].no_color) != rows[i].want)
            fail_msg("row %zu: level %d", i,
                     (int)tty_color_level(&c, &rows[i].env, rows[i].no_color));
    }
}

/* What SGR sequences before the letter say: the last ones stand. */
static struct look look_sent(const char *bytes, char letter)
{
    static const unsigned attrs[8] = {[1] = ATTR_BOLD,
                                      [2] = ATTR_DIM,
                                      [3] = ATTR_ITALIC,
                                      [4] = ATTR_UNDERLINE,
                                      [7] = ATTR_REVERSE};
    struct look look = {-1, -1, 0};

    for (const char *p = bytes; *p && *p != letter; p++) {
        int n[8] = {0}, count = 0;
        const char *q = p + 2;

        if (p[0] != 27 || p[1] != '[')
            continue;
        for (; *q && strchr("0123456789;?", *q); q++) {
            if (*q == ';')
                count++;
            else if (*q != '?' && count < 8)
                n[count] = n[count] * 10 + (*q - '0');
        }
        p = q;
        for (int i = 0; *q == 'm' && i <= count; i++) {
            if (n[i] == 0)
                look = (struct look){-1, -1, 0};
            else if (n[i] < 8)
                look.attrs |= attrs[n[i]];
            else if (n[i] == 38 || n[i] == 48)
                *(n[i] == 38 ? &look.fg : &look.bg) = n[i + 2], i += 2;
            else if (n[i] == 39)
                look.fg = -1;
            else if (n[i] == 49)
                look.bg = -1;
            else
                fail_msg("colour %d of no palette of 256", n[i]);
        }
    }
    return look;
}

/* The looks of the golden files are what a terminal is sent, for every role and what lies over it.
 */
static void test_looks_are_sent(void **state)
{
    static const enum style over[] = {STYLE_TEXT,  STYLE_STATUS_BAR,    STYLE_SELECTED,
                                      STYLE_MATCH, STYLE_MATCH_CURRENT, STYLE_SELECTED_BLUR,
                                      STYLE_SHADE};
    static const char *const themes[] = {"dark", "mono"};
    struct err err = ERR_INIT;

    (void)state;
    for (size_t k = 0; k < 2; k++)
        for (int s = 0; s < STYLES; s++)
            for (size_t i = 0; i < sizeof(over) / sizeof(over[0]); i++) {
                struct look want, got;
                struct bench b;

                begin(&b, 10, 2);
                assert_ok(theme_load(&b.t.theme, themes[k], &err), &err);
                b.t.level = k ? COLORS_NONE : COLORS_256;
                canvas_cstr(&b.c, 3, 0, 1, (enum style)s, "@");
                canvas_overlay(&b.c, (struct rect){3, 0, 1, 1}, over[i]);
                got = look_sent(frame(&b, -1, -1, true), '@');
                want = theme_look(&b.t.theme, b.t.level, (enum style)s, over[i]);
                if (got.fg != want.fg || got.bg != want.bg || got.attrs != want.attrs)
                    fail_msg("%s, %s under %s: %d on %d, %x; sent %d on %d, %x", themes[k],
                             style_name((enum style)s), style_name(over[i]), want.fg, want.bg,
                             want.attrs, got.fg, got.bg, got.attrs);
                end(&b);
            }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_few_bytes),
        cmocka_unit_test(test_erase_and_jump),
        cmocka_unit_test(test_unsure_widths),
        cmocka_unit_test(test_right_to_left_row),
        cmocka_unit_test(test_sure_widths_need_no_place),
        cmocka_unit_test(test_links),
        cmocka_unit_test(test_scroll),
        cmocka_unit_test(test_scroll_between_margins),
        cmocka_unit_test(test_corner),
        cmocka_unit_test(test_slow_line),
        cmocka_unit_test(test_no_answers),
        cmocka_unit_test(test_ambiguous_width),
        cmocka_unit_test(test_color_level),
        cmocka_unit_test(test_looks_are_sent),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
