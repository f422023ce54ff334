/* test_transcript.c - the investigation pane: following, searching, folding, opening. */
#include "tests/unit/view/transcript_scene.h"
#include "src/view/transcript_priv.h"
#include "tests/lib/text_model.h"

#include "runbook/base/rng.h"

/* Is the text somewhere on the screen? */
static bool sees(struct fixture *f, const char *text)
{
    struct buf rows = BUF_INIT(BUF_NO_MAX);
    bool seen;

    pane_draw(f);
    for (int y = 0; y < f->c.height; y++)
        for (int x = 0; x < f->c.width; x++)
            buf_adds(&rows, canvas_at(&f->c, x, y)->text);
    seen = strstr(buf_cstr(&rows), text) != NULL;
    buf_release(&rows);
    return seen;
}

static size_t cells_with(const struct canvas *c, enum style overlay)
{
    size_t n = 0;

    for (int y = 0; y < c->height; y++)
        for (int x = 0; x < c->width; x++)
            n += canvas_at(c, x, y)->overlay == overlay;
    return n;
}

static void test_follow(void **state)
{
    struct fixture f;

    (void)state;
    pane_open(&f, true, 60, 20);
    assert_true(sees(&f, "the pool is free"));
    text_say(&f.m, 60400, "m2", " again`\n- and more", false);
    assert_true(sees(&f, "and more")); /* the end stays in sight */
    screen_page(&f.s, &f.m, -2);
    text_say(&f.m, 60500, "m2", "\n- still more", false);
    assert_true(sees(&f, "more below"));
    text_query(&f.m, 61000, "c8", "one", "x");
    text_query(&f.m, 62000, "c9", "two", "x");
    assert_true(sees(&f, "2 new below"));
    screen_end(&f.s, &f.m);
    assert_false(sees(&f, "new below"));
    assert_true(sees(&f, "two"));
    /* Scrolling down to the end by hand follows again. */
    screen_page(&f.s, &f.m, -2);
    for (int i = 0; i < 10; i++)
        screen_page(&f.s, &f.m, 2);
    text_query(&f.m, 63000, "c10", "three", "x");
    assert_true(sees(&f, "three"));
    pane_close(&f);
}

/* U-22: where moving a part of the rows costs as much as drawing them, the end is followed in
 * steps: the first row changes seldom, and the newest line is always in sight. */
static void test_follow_in_steps(void **state)
{
    struct fixture f;
    char text[32];
    int moves = 0;
    size_t top = 0;

    (void)state;
    pane_open(&f, true, 140, 40);
    f.m.turn_running = true;
    f.s.coarse = true;
    for (int i = 0; i < 100; i++) {
        snprintf(text, sizeof(text), "query number %d", i);
        text_query(&f.m, 61000 + i, text + 6, text, "x");
        if (!sees(&f, text))
            fail_msg("%s is out of sight", text);
        moves += f.s.transcript.top_item != top;
        top = f.s.transcript.top_item;
    }
    assert_in_range(moves, 4, 25); /* not a hundred */
    f.m.turn_running = false;      /* at its end the pane is full again */
    pane_draw(&f);
    assert_true(sees(&f, "query number 99"));
    assert_true(f.s.transcript.top_item < top);
    pane_close(&f);
}

/* A text of many screens is read line by line; nothing of it is skipped. */
static void test_tall_item(void **state)
{
    struct fixture f;
    struct buf text = BUF_INIT(BUF_NO_MAX);
    char line[32];

    (void)state;
    pane_open(&f, false, 60, 20);
    for (int i = 0; i < 200; i++)
        buf_addf(&text, "- row %03d\n", i);
    text_ask(&f.m, 1000, "go on");
    text_say(&f.m, 1100, "m9", buf_cstr(&text), true);
    text_query(&f.m, 1200, "c8", "one", "x");
    screen_home(&f.s, &f.m);
    for (int i = 0; i < 400 && !sees(&f, "row 000"); i++)
        screen_move(&f.s, &f.m, 1);
    for (int i = 0; i < 200; i++) {
        snprintf(line, sizeof(line), "row %03d", i);
        for (int k = 0; k < 3 && !sees(&f, line); k++)
            screen_move(&f.s, &f.m, 1);
        if (!sees(&f, line))
            fail_msg("%s was skipped", line);
    }
    for (int i = 199; i >= 0; i--) {
        snprintf(line, sizeof(line), "row %03d", i);
        for (int k = 0; k < 20 && !sees(&f, line); k++)
            screen_move(&f.s, &f.m, -1);
        if (!sees(&f, line))
            fail_msg("%s was skipped on the way back", line);
    }
    /* From the end, what is selected first is the end; nothing jumps. */
    screen_end(&f.s, &f.m);
    f.s.transcript.selected = SIZE_MAX;
    text_say(&f.m, 1300, "m10", buf_cstr(&text), true);
    assert_true(sees(&f, "row 199"));
    screen_move(&f.s, &f.m, -1);
    assert_true(sees(&f, "row 199"));
    assert_int_equal(f.s.transcript.selected, f.m.items.count - 1);
    screen_move(&f.s, &f.m, -1);
    assert_true(sees(&f, "row 198") && !sees(&f, "row 199"));
    buf_release(&text);
    pane_close(&f);
}

/* every match is marked, n and N go round, the count says where one is. */
static void test_search(void **state)
{
    struct fixture f;

    (void)state;
    pane_open(&f, true, 80, 40);
    screen_home(&f.s, &f.m);
    pane_draw(&f);
    screen_search_begin(&f.s);
    assert_int_equal(screen_search(&f.s, &f.m, "p"), FIND_FOUND);
    assert_int_equal(screen_search(&f.s, &f.m, "pool"), FIND_FOUND);
    assert_true(sees(&f, "/pool 1/4"));
    assert_int_equal(cells_with(&f.c, STYLE_MATCH_CURRENT), 4);
    assert_int_equal(screen_search_next(&f.s, &f.m, 1), FIND_FOUND);
    assert_true(sees(&f, "/pool 2/4"));
    assert_int_equal(screen_search_next(&f.s, &f.m, 1), FIND_FOUND);
    assert_int_equal(screen_search_next(&f.s, &f.m, 1), FIND_FOUND);
    assert_int_equal(screen_search_next(&f.s, &f.m, 1), FIND_WRAPPED);
    assert_true(sees(&f, "/pool 1/4"));
    assert_int_equal(screen_search_next(&f.s, &f.m, -1), FIND_WRAPPED);
    assert_true(sees(&f, "/pool 4/4"));
    /* What streams in is counted as it comes. */
    text_say(&f.m, 60400, "m2", "` pool pool", false);
    assert_true(sees(&f, "/pool 4/6"));
    assert_int_equal(screen_search(&f.s, &f.m, "pools"), FIND_NOTHING);
    assert_true(sees(&f, "/pools: not found"));
    assert_int_equal(screen_search(&f.s, &f.m, "pool"), FIND_FOUND);
    assert_true(sees(&f, "/pool 1/6"));
    /* Capitals mean themselves. */
    assert_int_equal(screen_search(&f.s, &f.m, "POOL"), FIND_NOTHING);
    assert_int_equal(screen_search(&f.s, &f.m, "payments rose first"), FIND_FOUND); /* over marks */
    screen_search_end(&f.s);
    assert_false(sees(&f, "/pool"));
    assert_int_equal(cells_with(&f.c, STYLE_MATCH), 0);
    assert_int_equal(screen_search_next(&f.s, &f.m, 1), FIND_NO_SEARCH);
    pane_close(&f);
}

/* A match that is wrapped is marked on both lines. */
static void test_wrapped_match(void **state)
{
    struct fixture f;

    (void)state;
    pane_open(&f, false, 40, 30);
    text_ask(&f.m, 1000, "x");
    text_say(&f.m, 1100, "m9", "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa needle in hay", true);
    pane_draw(&f);
    screen_search_begin(&f.s);
    assert_int_equal(screen_search(&f.s, &f.m, "a needle in"), FIND_FOUND);
    pane_draw(&f);
    /* All but the blank that the line was broken at. */
    assert_int_equal(cells_with(&f.c, STYLE_MATCH_CURRENT), 10);
    pane_close(&f);
}

static void test_turns(void **state)
{
    struct fixture f;

    (void)state;
    pane_open(&f, true, 80, 30);
    screen_turn(&f.s, &f.m, -1);
    assert_true(sees(&f, "And now? The log says"));
    assert_int_equal(f.m.items.items[f.s.transcript.selected].kind, ITEM_USER);
    screen_turn(&f.s, &f.m, -1);
    assert_true(sees(&f, "Why is checkout slow"));
    assert_int_equal(f.s.transcript.selected, 0);
    screen_turn(&f.s, &f.m, -1);
    assert_int_equal(f.s.transcript.selected, 0);
    screen_turn(&f.s, &f.m, 1);
    assert_true(sees(&f, "And now? The log says"));
    screen_turn(&f.s, &f.m, 1); /* behind the last one: the end */
    assert_true(f.s.transcript.follow);
    pane_close(&f);
}

static void test_folding(void **state)
{
    struct fixture f;

    (void)state;
    pane_open(&f, true, 80, 50);
    screen_goto_item(&f.s, &f.m, 3);
    assert_true(screen_fold(&f.s, &f.m, false));
    assert_true(sees(&f, "2 queries, 1 evidence"));
    assert_false(sees(&f, "What happened"));
    assert_int_equal(f.s.transcript.selected, 0);
    /* What is new goes on below; a fold does not swallow another turn. */
    text_say(&f.m, 60400, "m2", "`\n\nThe end.", true);
    assert_true(sees(&f, "The end."));
    /* Search looks into folded turns and opens them. */
    screen_search_begin(&f.s);
    assert_int_equal(screen_search(&f.s, &f.m, "rose first"), FIND_FOUND);
    assert_true(sees(&f, "What happened"));
    screen_search_end(&f.s);
    /* All, and back. */
    assert_true(screen_fold(&f.s, &f.m, true));
    assert_false(sees(&f, "The end."));
    assert_true(sees(&f, "2 folded"));
    assert_true(screen_fold(&f.s, &f.m, true));
    screen_end(&f.s, &f.m);
    assert_true(sees(&f, "The end."));
    /* Going to an item opens its turn. */
    assert_true(screen_fold(&f.s, &f.m, true));
    screen_goto_item(&f.s, &f.m, 5);
    assert_int_equal(f.s.transcript.selected, 5);
    assert_true(sees(&f, "What happened"));
    pane_close(&f);
}

static void test_opening(void **state)
{
    struct fixture f;
    size_t thought = 0;

    (void)state;
    pane_open(&f, true, 100, 50);
    while (f.m.items.items[thought].kind != ITEM_THINKING)
        thought++;
    screen_goto_item(&f.s, &f.m, thought);
    assert_false(sees(&f, "at what holds it"));
    assert_true(screen_toggle_item(&f.s, &f.m));
    assert_true(sees(&f, "at what holds it"));
    screen_goto_item(&f.s, &f.m, 2); /* the first query */
    assert_true(screen_toggle_item(&f.s, &f.m));
    assert_true(sees(&f, "window_s 1800"));
    assert_true(sees(&f, "took 700 ms"));
    assert_true(sees(&f, "histogram_quantile(0.99"));
    pane_draw(&f);
    assert_true(sees(&f, "\"resultType\": \"matrix\""));
    assert_true(screen_toggle_item(&f.s, &f.m));
    assert_false(sees(&f, "window_s 1800"));
    screen_toggle_all(&f.s, &f.m);
    assert_true(sees(&f, "window_s 1800"));
    screen_toggle_all(&f.s, &f.m);
    assert_false(sees(&f, "window_s 1800"));
    /* A question of many lines. */
    screen_goto_item(&f.s, &f.m, thought - 1);
    assert_true(sees(&f, "3 more lines"));
    assert_true(screen_toggle_item(&f.s, &f.m));
    assert_true(sees(&f, "line 10"));
    pane_close(&f);
}

static void test_bad_results(void **state)
{
    struct fixture f;
    const char *hash;

    (void)state;
    pane_open(&f, false, 100, 50);
    screen_goto_item(&f.s, &f.m, 2);
    screen_toggle_item(&f.s, &f.m);
    view_draw(&f.s, &f.m, &f.c);
    hash = screen_wants_excerpt(&f.s);
    assert_non_null(hash);
    screen_set_excerpt(&f.s, hash, STR_LIT(""), "open 3d2e: Permission denied");
    assert_null(screen_wants_excerpt(&f.s));
    assert_true(sees(&f, "Permission denied"));
    screen_set_excerpt(&f.s, TEXT_BLOB, STR_LIT("a\x1b[31m\xFF\xE2\x80\xAE\nb\0c"), NULL);
    assert_true(sees(&f, "a\xE2\x90\x9B[31m"));
    screen_set_excerpt(&f.s, TEXT_BLOB, STR_LIT(""), NULL);
    assert_true(sees(&f, "empty"));
    pane_close(&f);
}

static void test_plain_text(void **state)
{
    struct fixture f;
    struct buf out = BUF_INIT(BUF_NO_MAX);

    (void)state;
    pane_open(&f, true, 80, 24);
    screen_item_text(&f.s, &f.m, 5, 60, false, &out);
    assert_non_null(strstr(buf_cstr(&out), "What happened\nLatency of payments rose first"));
    assert_non_null(strstr(buf_cstr(&out), "\xE2\x94\x82 Sessions idle"));
    buf_clear(&out);
    screen_transcript_text(&f.s, &f.m, 80, true, &out);
    assert_non_null(strstr(buf_cstr(&out), "14:02:11   Why is checkout slow"));
    assert_non_null(strstr(buf_cstr(&out), "the pool is free"));
    for (size_t i = 0; i < out.len; i++)
        assert_true(out.ptr[i] == '\n' || (out.ptr[i] >= 0x20 && out.ptr[i] < 0x7F));
    buf_release(&out);
    pane_close(&f);
}

static void forget_layout(struct screen *s)
{
    struct transcript *t = transcript_of(s);

    for (size_t i = 0; i < ENTRIES; i++)
        if (t->entries[i])
            t->entries[i]->used = false;
    t->heights.count = t->stamps.count = t->hits.count = t->hits_stamps.count = 0;
    t->shown_stale = true;
}

static void check_same(int step, struct str kept, struct str anew)
{
    struct str a, b;

    while (str_line(&kept, &a) && str_line(&anew, &b))
        if (!str_eq(a, b))
            fail_msg("step %d:\n%.*s\nlaid anew:\n%.*s", step, STR_FMT(a), STR_FMT(b));
}

/* The drawing depends on the state only: what was laid out before and kept makes no difference. */
static void test_same_as_fresh(void **state)
{
    struct buf a = BUF_INIT(BUF_NO_MAX), b = BUF_INIT(BUF_NO_MAX);
    struct fixture f;
    struct rng r;

    (void)state;
    rng_seed(&r, 77);
    pane_open(&f, true, 100, 40);
    for (int i = 0; i < 400; i++) {
        char piece[16];

        snprintf(piece, sizeof(piece), "%s%d", i % 7 ? " **w" : "\n\n- ", i);
        if (rng_below(&r, 2))
            text_say(&f.m, 61000 + i, i < 200 ? "m2" : "m3", piece, false);
        if (rng_below(&r, 20) == 0)
            text_query(&f.m, 61000 + i, "cx", "more", "x");
        switch (rng_below(&r, 12)) {
        case 0:
            screen_move(&f.s, &f.m, rng_below(&r, 2) ? 1 : -1);
            break;
        case 1:
            screen_page(&f.s, &f.m, rng_below(&r, 2) ? 2 : -2);
            break;
        case 2:
            screen_turn(&f.s, &f.m, rng_below(&r, 2) ? 1 : -1);
            break;
        case 3:
            screen_fold(&f.s, &f.m, rng_below(&r, 4) == 0);
            break;
        case 4:
            screen_toggle_item(&f.s, &f.m);
            break;
        case 5:
            screen_search_begin(&f.s);
            screen_search(&f.s, &f.m, rng_below(&r, 2) ? "p" : "pool");
            break;
        case 6:
            screen_search_next(&f.s, &f.m, rng_below(&r, 2) ? 1 : -1);
            break;
        case 7:
            screen_set_filter(&f.s, &f.m, rng_below(&r, 3) ? "" : "p");
            break;
        case 8:
            screen_end(&f.s, &f.m);
            break;
        case 9:
            canvas_resize(&f.c, 40 + (int)rng_below(&r, 120), 10 + (int)rng_below(&r, 40));
            break;
        default:
            break;
        }
        pane_draw(&f);
        pane_draw(&f);
        buf_clear(&a);
        canvas_dump(&f.c, &a);
        if (i % 4 == 0) {
            forget_layout(&f.s);
            pane_draw(&f);
            buf_clear(&b);
            canvas_dump(&f.c, &b);
            check_same(i, buf_str(&a), buf_str(&b));
        }
    }
    buf_release(&a);
    buf_release(&b);
    pane_close(&f);
}

/* U-15: what a placeholder stands for is drawn, and stays out of the text that is kept. */
static size_t restore(void *ctx, struct str text, struct buf *out)
{
    size_t n = 0;

    (void)ctx;
    while (text.len) {
        if (str_starts(text, "[redacted-1a2b3c4d]")) {
            buf_adds(out, "opensesame");
            text.ptr += 19;
            text.len -= 19;
            n++;
        } else {
            buf_addc(out, *text.ptr++);
            text.len--;
        }
    }
    return n;
}

static void test_secrets(void **state)
{
    struct fixture f = {0};
    struct buf text = BUF_INIT(BUF_NO_MAX);

    (void)state;
    pane_open(&f, false, 120, 40);
    f.s.reveal = (struct screen_reveal){NULL, restore, true};
    text_ask(&f.m, 100000, "is [redacted-1a2b3c4d] used, or [redacted-00000000]?");
    assert_true(sees(&f, "is opensesame used, or [redacted-00000000]?"));
    text_say(&f.m, 101000, "m9", "It is **[reda", false); /* a piece ends inside it */
    assert_true(sees(&f, "[reda"));
    text_say(&f.m, 102000, "m9", "cted-1a2b3c4d]** indeed", false);
    assert_true(sees(&f, "It is opensesame indeed"));
    text_say(&f.m, 103000, "m9", ", `[redacted-1a2b3c4d]`.\n", true);
    assert_true(sees(&f, "opensesame indeed, opensesame."));
    screen_transcript_text(&f.s, &f.m, 100, false, &text); /* for a pager or a file */
    assert_null(strstr(buf_cstr(&text), "opensesame"));
    assert_non_null(strstr(buf_cstr(&text), "[redacted-1a2b3c4d]"));
    f.s.reveal.on = false;
    assert_false(sees(&f, "opensesame"));
    assert_true(sees(&f, "It is [redacted-1a2b3c4d] indeed"));
    f.s.reveal.on = true;
    assert_true(sees(&f, "It is opensesame indeed"));
    buf_release(&text);
    pane_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_secrets),         cmocka_unit_test(test_follow),
        cmocka_unit_test(test_follow_in_steps), cmocka_unit_test(test_tall_item),
        cmocka_unit_test(test_search),          cmocka_unit_test(test_wrapped_match),
        cmocka_unit_test(test_turns),           cmocka_unit_test(test_folding),
        cmocka_unit_test(test_opening),         cmocka_unit_test(test_bad_results),
        cmocka_unit_test(test_plain_text),      cmocka_unit_test(test_same_as_fresh),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
