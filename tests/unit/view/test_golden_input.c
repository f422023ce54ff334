/* test_golden_input.c - the input area and what opens over it, as whole screens; and its rows. */
#include "tests/lib/unit.h"

#include "runbook/view/input.h"
#include "tests/lib/golden.h"

static void at_rows(struct screen *s, const struct model *m)
{
    static const char text[] = "Since 14:00 the checkout is slow for customers in \xE6\x9D\xB1"
                               "\xE4\xBA\xAC and in caf\xC3\xA9s.\nWhat I saw:\n- p99 is 3.9 s\n"
                               "- no deploy since Friday, as far as the release channel knows, and "
                               "nobody changed flags either\n\nWho holds the connections?";

    (void)m;
    s->input_focus = true;
    s->input = STR_LIT(text);
    s->input_cursor = sizeof(text) - 1;
}

static void at_prompt(struct screen *s, const struct model *m)
{
    screen_focus(s, PANE_HYPOTHESES);
    screen_move(s, m, 1);
    s->prompt.label = "Reject H2, because";
    s->prompt.text = STR_LIT("the pool was resized on Friday");
    s->prompt.cursor = 8;
}

static void at_popup(struct screen *s, const struct model *m)
{
    static const struct popup_row rows[] = {
        {"/resources", "open the page of resources, those with TEXT"},
        {"/resume", "open an earlier session in place of this one; without SESSION choose one"},
    };

    (void)m;
    s->input_focus = true;
    s->input = STR_LIT("/res");
    s->input_cursor = 4;
    s->popup.rows = rows;
    s->popup.count = 2;
    s->popup.selected = 1;
    s->popup.column = -4;
}

static void at_long_popup(struct screen *s, const struct model *m)
{
    static struct popup_row rows[20];

    (void)m;
    for (size_t i = 0; i < 20; i++)
        rows[i] = (struct popup_row){i % 2 ? "payments-db"
                                           : "caf\xC3\xA9-\xE6\x9D\xB1\xE4\xBA\xAC\x1b[31m",
                                     i % 3 ? "service" : NULL};
    s->input_focus = true;
    s->input = STR_LIT("Why is the latency of checkout so high when pa");
    s->input_cursor = s->input.len;
    s->popup.rows = rows;
    s->popup.count = 20;
    s->popup.more = 7;
    s->popup.selected = 12;
    s->popup.column = -2;
}

static void at_search(struct screen *s, const struct model *m)
{
    (void)m;
    s->input_focus = true;
    s->input = STR_LIT("is the certificate of\napi.example.com expired");
    s->input_cursor = 7;
    s->search.active = true;
    s->search.query = STR_LIT("cert");
    s->search.cursor = 4;
    s->search.match_at = 7;
    s->search.match_len = 4;
}

static void at_pasted(struct screen *s, const struct model *m)
{
    static const char *const chips[] = {"pasted 120 lines, 8.1 KB", "pasted 9 lines, 301 B",
                                        "pasted 1 line, 3.0 KB", "pasted 44 lines, 2.2 KB"};

    (void)m;
    s->input_focus = true;
    s->input = STR_LIT("What do these say?");
    s->input_cursor = 5;
    s->chips = chips;
    s->chip_count = 4;
    s->edit_mode = "normal";
}

static const struct palette_row palette_rows[] = {
    {"command", "write the investigation as md, html or json", "export", "/export"},
    {"page", "the page of all resources", "page.resources", "4 F3"},
    {"key", "one pane on the whole screen, and back", "pane.zoom", "z"},
    {"theme", "dark", NULL, NULL},
    {"session", "2026-02-04-100000-k3f9qa", "checkout p99 latency", NULL},
    {"resource", "nginx", "process", NULL},
};

static void at_palette(struct screen *s, const struct model *m)
{
    (void)m;
    s->palette.open = true;
    s->palette.typed = STR_LIT("re");
    s->palette.cursor = 2;
    s->palette.rows = palette_rows;
    s->palette.count = 6;
    s->palette.total = 140;
    s->palette.selected = 1;
}

static void at_empty_palette(struct screen *s, const struct model *m)
{
    (void)m;
    s->palette.open = true;
    s->palette.typed = STR_LIT("zzz");
    s->palette.cursor = 3;
    s->palette.total = 140;
    s->palette.empty = "None of 140 commands, themes, sessions and resources has \"zzz\"";
}

static void test_popup(void **state)
{
    (void)state;
    assert_true(golden_shoot("popup", 35, at_popup));
    assert_true(golden_shoot("popup-long", 35, at_long_popup));
}

static void test_search(void **state)
{
    (void)state;
    assert_true(golden_shoot("history-search", 35, at_search));
}

static void test_pasted(void **state)
{
    (void)state;
    assert_true(golden_shoot("pasted", 35, at_pasted));
}

static void test_palette(void **state)
{
    (void)state;
    assert_true(golden_shoot("palette", SIZE_MAX, at_palette));
    assert_true(golden_shoot("palette-empty", SIZE_MAX, at_empty_palette));
}

/* Every size, with everything open: nothing outside, nothing touched that is not there. */
static void test_any_size(void **state)
{
    (void)state;
    for (int w = 1; w < 90; w += 7) {
        for (int h = 1; h < 40; h += 3) {
            static golden_setup_fn *const all[] = {at_rows,       at_prompt,       at_popup,
                                                   at_long_popup, at_search,       at_pasted,
                                                   at_palette,    at_empty_palette};

            for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
                struct canvas c;
                struct screen s;
                struct model m;

                canvas_init(&c, GLYPHS_FULL);
                canvas_resize(&c, w, h);
                golden_screen(&s);
                demo_model(&m, 10);
                all[i](&s, &m);
                view_draw(&s, &m, &c);
                assert_true(s.cursor_x < w && s.cursor_y < h);
                model_release(&m);
                screen_release(&s);
                canvas_release(&c);
            }
        }
    }
}

static void test_rows(void **state)
{
    (void)state;
    assert_true(golden_shoot("input-rows", 35, at_rows));
}

static void test_prompt(void **state)
{
    (void)state;
    assert_true(golden_shoot("prompt", 35, at_prompt));
}

static void check_wrap(const char *text, int width, const char *want)
{
    struct input_rows r = {0};
    struct buf got = BUF_INIT(4096);

    input_wrap(&r, str_from(text), width);
    VEC_EACH (row, &r.rows)
        buf_addf(&got, "%.*s|", (int)row->len, text + row->at);
    assert_string_equal(buf_cstr(&got), want);
    buf_release(&got);
    input_rows_release(&r);
}

static void test_wrap(void **state)
{
    (void)state;
    check_wrap("", 10, "|");
    check_wrap("one", 10, "one|");
    check_wrap("one\n", 10, "one||");
    check_wrap("one two three", 8, "one two |three|");
    check_wrap("abcdefghij", 4, "abcd|efgh|ij|");
    check_wrap("ab \xE6\x9D\xB1\xE4\xBA\xAC", 4, "ab |\xE6\x9D\xB1\xE4\xBA\xAC|");
    check_wrap("a\n\nb", 4, "a||b|");
}

/* Up and down and back: a column keeps its offset where the row is long enough. */
static void test_columns(void **state)
{
    struct str text = STR_LIT("one two three\ncaf\xC3\xA9 \xE6\x9D\xB1\xE4\xBA\xAC xx");
    struct input_rows r = {0};

    (void)state;
    input_wrap(&r, text, 9);
    assert_int_equal(r.rows.count, 3 + 1);
    for (size_t i = 0; i <= text.len; i++) {
        size_t row = input_row_at(&r, i);
        int column = input_column(&r, text, row, i);

        if ((text.ptr[i < text.len ? i : 0] & 0xC0) == 0x80)
            continue;
        assert_int_equal(input_offset(&r, text, row, column), i);
    }
    assert_int_equal(input_offset(&r, text, 0, 99), 7); /* a broken row ends before its break */
    input_rows_release(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rows),     cmocka_unit_test(test_prompt),
        cmocka_unit_test(test_popup),    cmocka_unit_test(test_search),
        cmocka_unit_test(test_pasted),   cmocka_unit_test(test_palette),
        cmocka_unit_test(test_any_size), cmocka_unit_test(test_wrap),
        cmocka_unit_test(test_columns),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
