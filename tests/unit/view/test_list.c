/* test_list.c - the list widget: sorting, filtering, marks and a selection that stays, over items
 * that come and change; and what a hundred thousand of them cost. */
#include "tests/lib/unit.h"
#include "tests/lib/demo_model.h"

#include <math.h>
#include <time.h>

#include "runbook/base/rng.h"
#include "runbook/view/fuzzy.h"
#include "runbook/view/screen.h"

/* ---- matching ---- */

static enum fuzzy_rank rank(const char *typed, const char *text)
{
    struct fuzzy f;

    fuzzy_parse(&f, str_from(typed));
    return fuzzy_match_all(&f, str_from(text));
}

static void test_ranks(void **state)
{
    (void)state;
    assert_int_equal(rank("nginx", "nginx"), FUZZY_WHOLE);
    assert_int_equal(rank("ngi", "NGINX"), FUZZY_PREFIX);
    assert_int_equal(rank("db", "payments-db"), FUZZY_WORD);
    assert_int_equal(rank("ment", "payments-db"), FUZZY_INSIDE);
    assert_int_equal(rank("paydb", "pay-db"), FUZZY_TIGHT);
    assert_int_equal(rank("pdb", "payments-db"), FUZZY_SCATTERED);
    assert_int_equal(rank("dbp", "payments-db"), FUZZY_NO);
    assert_int_equal(rank("", "anything"), FUZZY_WHOLE);
    /* All terms, in any order; the worst counts. */
    assert_int_equal(rank("db pay", "payments-db"), FUZZY_WORD);
    assert_int_equal(rank("db web", "payments-db"), FUZZY_NO);
    /* A capital asks for capitals. */
    assert_int_equal(rank("Nginx", "nginx"), FUZZY_NO);
    assert_int_equal(rank("Nginx", "my Nginx"), FUZZY_WORD);
    /* Numbers stay whole when scattered. */
    assert_int_equal(rank("w12", "worker-12"), FUZZY_SCATTERED);
    assert_int_equal(rank("w12", "worker-102"), FUZZY_NO);
    assert_int_equal(rank("w12", "worker-312"), FUZZY_NO);
    /* What is no character may be typed too. */
    assert_int_equal(rank("1\xA9", "1\xA9"), FUZZY_WHOLE);
    assert_int_equal(rank("1\xA9", "1x\xA9"), FUZZY_TIGHT);
    /* Halves of different characters are no match: e acute is C3 A9. */
    assert_int_equal(rank("\xC3\xA9", "\xC3\xA8\xC2\xA9"), FUZZY_NO);
}

static void test_marks_where(void **state)
{
    struct fuzzy f;
    bool hit[11] = {false};
    static const char want[] = "1........11";

    (void)state;
    fuzzy_parse(&f, STR_LIT("pdb"));
    fuzzy_mark(&f.terms[0], STR_LIT("payments-db"), true, hit);
    for (size_t i = 0; i < sizeof(hit); i++)
        assert_int_equal(hit[i], want[i] == '1');
}

static void random_text(struct rng *r, char *out, size_t max)
{
    static const char letters[] = "abAB12-/ .\xC3\xA9";
    size_t n = (size_t)rng_below(r, max);

    for (size_t i = 0; i < n; i++)
        out[i] = letters[rng_below(r, sizeof(letters) - 1)];
    out[n] = '\0';
}

/* What makes typing quick must be true: a longer filter matches no text that a shorter one does
 * not. Both ways of matching agree on lower case. */
static void test_typing_narrows(void **state)
{
    struct rng r;

    (void)state;
    rng_seed(&r, 31);
    for (int i = 0; i < 20000; i++) {
        char typed[10], text[24];
        struct fuzzy shorter, longer;

        random_text(&r, typed, sizeof(typed));
        random_text(&r, text, sizeof(text));
        fuzzy_parse(&longer, str_from(typed));
        if (!*typed || !fuzzy_match_all(&longer, str_from(text)))
            continue;
        for (size_t k = 0; k < longer.count; k++)
            assert_true((fuzzy_letters(str_from(text)) & longer.terms[k].letters) ==
                        longer.terms[k].letters);
        fuzzy_parse(&shorter, (struct str){typed, strlen(typed) - 1});
        if ((typed[strlen(typed) - 1] & 0x80) == 0 && !fuzzy_match_all(&shorter, str_from(text)))
            fail_msg("\"%s\" matches \"%s\", one character less does not", typed, text);
    }
}

/* ---- a list of things ---- */

struct thing {
    char id[16], name[32];
    double size;
};
struct things {
    struct thing items[64];
    size_t count;
    uint64_t version;
    uint32_t changes[64];
    uint64_t change_count;
};

static const struct thing *thing(const void *data, size_t i)
{
    return &((const struct things *)data)->items[i];
}
static const char *thing_name(const void *data, size_t i)
{
    return thing(data, i)->name;
}
static double thing_size(const void *data, size_t i)
{
    return thing(data, i)->size;
}
static void cell_name(const void *data, size_t i, int width, struct list_cell *ret)
{
    (void)width;
    buf_adds(ret->text, thing_name(data, i));
}
static void cell_size(const void *data, size_t i, int width, struct list_cell *ret)
{
    (void)width;
    buf_addf(ret->text, "%g", thing_size(data, i));
}
static size_t things_count(const void *data)
{
    return ((const struct things *)data)->count;
}
static const char *thing_id(const void *data, size_t i)
{
    return thing(data, i)->id;
}
static size_t thing_texts(const void *data, size_t i, const char *ret[LIST_TEXTS])
{
    ret[0] = thing_name(data, i);
    ret[1] = "kind of thing";
    return 2;
}
static uint64_t things_version(const void *data)
{
    return ((const struct things *)data)->version;
}
static bool things_changed(const void *data, uint64_t *pos, size_t *ret_item)
{
    const struct things *t = data;

    if (*pos >= t->change_count)
        return false;
    *ret_item = t->changes[(*pos)++ % 64];
    return true;
}
static size_t things_empty(const void *data, const char *ret[3], enum style *ret_style)
{
    (void)data;
    (void)ret_style;
    ret[0] = "no things";
    return 1;
}

static const struct list_column thing_columns[] = {
    {"name", .min = 4, .want = 10, .grow = 1, .fuzzy = true, .cell = cell_name, .text = thing_name},
    {"size", .min = 4, .want = 6, .right = true, .drop = 1, .falls = true, .cell = cell_size,
     .number = thing_size},
};
static const struct list_def thing_list = {
    .name = "things",
    .title = "Things",
    .columns = thing_columns,
    .column_count = 2,
    .sort = -1,
    .count = things_count,
    .id = thing_id,
    .texts = thing_texts,
    .version = things_version,
    .changed = things_changed,
    .empty = things_empty,
};

static void add(struct things *t, const char *name, double size)
{
    struct thing *x = &t->items[t->count];

    snprintf(x->id, sizeof(x->id), "id%zu", t->count++);
    snprintf(x->name, sizeof(x->name), "%s", name);
    x->size = size;
    t->version++;
}

static void change(struct things *t, size_t i, const char *name, double size)
{
    snprintf(t->items[i].name, sizeof(t->items[i].name), "%s", name);
    t->items[i].size = size;
    t->changes[t->change_count++ % 64] = (uint32_t)i;
    t->version++;
}

static void assert_rows(struct list *l, const struct things *t, const char *want)
{
    struct buf got = BUF_INIT(4096);

    list_update(l, t, 0);
    for (size_t i = 0; i < list_shown(l); i++)
        buf_addf(&got, "%s%s", i ? " " : "", thing_name(t, list_item(l, i)));
    assert_string_equal(buf_cstr(&got), want);
    buf_release(&got);
}

static void set_filter(struct list *l, const char *text)
{
    snprintf(l->filter, sizeof(l->filter), "%s", text);
    list_refilter(l);
}

static void fill(struct things *t)
{
    *t = (struct things){0};
    add(t, "web-10", 3);
    add(t, "web-9", NAN);
    add(t, "Db", -1);
    add(t, "", 3);
    add(t, "web-010", 7);
}

static void test_orders(void **state)
{
    struct things t;
    struct list l;
    struct buf words = BUF_INIT(100);

    (void)state;
    fill(&t);
    list_init(&l, &thing_list);
    assert_rows(&l, &t, "web-10 web-9 Db  web-010");
    list_sort_next(&l); /* by name: numbers by value, either case, no text last; equals as they came
                         */
    assert_rows(&l, &t, "Db web-9 web-10 web-010 ");
    list_sort_reverse(&l);
    assert_rows(&l, &t, "web-10 web-010 web-9 Db ");
    list_sort_next(&l); /* by size: falling first, no number last */
    assert_rows(&l, &t, "web-010 web-10  Db web-9");
    list_sort_by(&l, 1);
    assert_rows(&l, &t, "Db web-10  web-010 web-9");
    list_sort_words(&l, &words);
    assert_string_equal(buf_cstr(&words), "by size, smallest first");
    list_sort_next(&l);
    assert_int_equal(l.sort, -1);
    list_release(&l);
    buf_release(&words);
}

/* Against a plain comparison, with long texts that share their beginnings. */
static void test_many_orders(void **state)
{
    struct things t;
    struct list l;
    struct rng r;

    (void)state;
    rng_seed(&r, 5);
    list_init(&l, &thing_list);
    for (int round = 0; round < 60; round++) {
        t = (struct things){.version = (uint64_t)round * 1000};
        for (int i = 0; i < 64; i++) {
            char name[32];

            snprintf(name, sizeof(name), "%.*s%c%c", (int)rng_below(&r, 20),
                     "checkout-service-eu-west", (int)('a' + rng_below(&r, 3)),
                     (int)('a' + rng_below(&r, 3)));
            add(&t, name, (double)rng_below(&r, 9) - 4);
        }
        list_forget(&l);
        l.sort = -1;
        list_sort_by(&l, round % 2);
        if (round % 3 == 0)
            list_sort_reverse(&l);
        list_update(&l, &t, 0);
        for (size_t i = 1; i < 64; i++) {
            const struct thing *a = thing(&t, list_item(&l, i - 1)),
                               *b = thing(&t, list_item(&l, i));
            double order = round % 2 ? b->size - a->size : strcmp(a->name, b->name);

            order = l.reverse ? -order : order;
            assert_true(order <= 0);
            if (order == 0)
                assert_true(a < b);
        }
    }
    list_release(&l);
}

static void test_filter_follows_changes(void **state)
{
    struct things t;
    struct list l;

    (void)state;
    fill(&t);
    list_init(&l, &thing_list);
    set_filter(&l, "we");
    assert_rows(&l, &t, "web-10 web-9 web-010");
    set_filter(&l, "web-1");
    assert_rows(&l, &t, "web-10");
    change(&t, 2, "web-1", 2); /* now matches, and best */
    add(&t, "my web-1", 1);
    assert_rows(&l, &t, "web-1 web-10 my web-1");
    change(&t, 2, "other", 2);
    assert_rows(&l, &t, "web-10 my web-1");
    set_filter(&l, "kind");
    assert_rows(&l, &t, "web-10 web-9 other  web-010 my web-1"); /* a lesser text */
    set_filter(&l, "WEB");
    assert_rows(&l, &t, "");
    set_filter(&l, "");
    assert_rows(&l, &t, "web-10 web-9 other  web-010 my web-1");
    list_release(&l);
}

static void test_selection(void **state)
{
    struct things t;
    struct list l;

    (void)state;
    fill(&t);
    list_init(&l, &thing_list);
    list_sort_by(&l, 1);
    list_move(&l, &t, 0, 2); /* web-010 web-10 "" ... */
    assert_string_equal(l.selected, "id3");
    add(&t, "first", 99);
    change(&t, 4, "web-010", 0);
    list_update(&l, &t, 0);
    assert_string_equal(l.selected, "id3");
    assert_int_equal(list_selected(&l, &t), 3);
    set_filter(&l, "first"); /* not shown: the row in its place */
    list_update(&l, &t, 0);
    assert_int_equal(list_selected(&l, &t), 5);
    set_filter(&l, "");
    list_update(&l, &t, 0);
    assert_int_equal(list_selected(&l, &t), 3);
    list_move(&l, &t, 0, 1000);
    assert_string_equal(l.selected, "id1"); /* no number: last */
    list_move(&l, &t, 0, -1000);
    assert_string_equal(l.selected, "id5");
    list_release(&l);
}

static void test_marks(void **state)
{
    struct things t;
    struct list l;
    struct buf copy = BUF_INIT(4096);

    (void)state;
    fill(&t);
    list_init(&l, &thing_list);
    list_update(&l, &t, 0);
    list_mark(&l, &t); /* and one down */
    list_mark(&l, &t);
    assert_int_equal(l.marked, 2);
    add(&t, "late", 0); /* numbers of items stay */
    list_update(&l, &t, 0);
    assert_true(list_is_marked(&l, 0) && list_is_marked(&l, 1) && !list_is_marked(&l, 5));
    list_copy(&l, &t, &copy);
    assert_string_equal(buf_cstr(&copy), "web-10\t3\nweb-9\tnan\n");
    set_filter(&l, "web");
    list_update(&l, &t, 0);
    list_mark_shown(&l, &t);
    assert_int_equal(l.marked, 3);
    list_mark_shown(&l, &t);
    assert_int_equal(l.marked, 0);
    set_filter(&l, "");
    list_update(&l, &t, 0);
    buf_clear(&copy);
    list_copy(&l, &t, &copy); /* nothing marked: the selected row */
    assert_string_equal(buf_cstr(&copy), "Db\t-1\n");
    list_release(&l);
    buf_release(&copy);
}

static void test_columns(void **state)
{
    struct things t;
    struct list l, m;
    struct buf saved = BUF_INIT(4096);
    struct str rest, line, key;

    (void)state;
    fill(&t);
    list_init(&l, &thing_list);
    list_choose(&l, true);
    list_move(&l, &t, 0, 1);
    list_mark(&l, &t); /* size goes */
    list_move(&l, &t, 0, -1);
    list_mark(&l, &t); /* the last one stays */
    assert_int_equal(l.hidden, 2);
    list_sort_by(&l, 1);
    list_sort_reverse(&l);
    list_save(&l, &saved);
    assert_string_equal(buf_cstr(&saved), "things.columns = name\nthings.sort = -size\n");
    list_init(&m, &thing_list);
    rest = buf_str(&saved);
    while (str_split(&rest, '\n', &line)) {
        str_split(&line, '=', &key);
        assert_int_equal(list_load(&m, str_trim(key), str_trim(line)), key.len > 0);
    }
    assert_int_equal(m.hidden, 2);
    assert_true(m.sort == 1 && m.reverse);
    /* Nonsense changes nothing. */
    assert_true(list_load(&m, STR_LIT("things.columns"), STR_LIT("\x1b[2J zzz  ")));
    assert_true(list_load(&m, STR_LIT("things.sort"), STR_LIT("--")));
    assert_false(list_load(&m, STR_LIT("things"), STR_LIT("name")));
    assert_false(list_load(&m, STR_LIT("other.sort"), STR_LIT("name")));
    assert_int_equal(m.hidden, 2);
    assert_true(m.sort == 1 && m.reverse);
    list_release(&l);
    list_release(&m);
    buf_release(&saved);
}

/* ---- widths ---- */

static void test_clicks(void **state)
{
    struct things t;
    struct list l;
    struct canvas c;

    (void)state;
    fill(&t);
    list_init(&l, &thing_list);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 40, 12);
    list_draw(&l, &t, 0, &c, (struct rect){2, 1, 30, 8}, true);
    list_click(&l, &t, 5, 3);
    assert_string_equal(l.selected, "id1");
    list_click(&l, &t, 5, 8); /* under the last row */
    assert_string_equal(l.selected, "id1");
    list_click(&l, &t, 29, 1); /* a title */
    assert_int_equal(l.sort, 1);
    list_click(&l, &t, 29, 1);
    assert_true(l.reverse);
    list_choose(&l, true);
    list_draw(&l, &t, 0, &c, (struct rect){2, 1, 30, 8}, true);
    list_click(&l, &t, 12, 3);
    assert_int_equal(l.hidden, 2);
    list_click(&l, &t, 3, 7); /* beside it */
    assert_false(l.choosing);
    list_release(&l);
    canvas_release(&c);
}

/* ---- cost ---- */

static int64_t cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

static int64_t drawn_us(struct screen *s, const struct model *m, struct canvas *c)
{
    int64_t t0 = cpu_us();

    view_draw(s, m, c);
    return cpu_us() - t0;
}

/* Each key of a filter, each sorting and each step of the selection over 100,000 rows. The
 * limits are those of an unoptimised build; `make bench` measures the real one. */
static void test_cost(void **state)
{
    static const char typed[] = "worker-9999";
    struct canvas c;
    struct screen s;
    struct model m;
    int64_t worst = 0, t, t0;
    char filter[32] = "";

    (void)state;
    demo_model(&m, SIZE_MAX);
    demo_bulk(&m, 0, 100000);
    screen_init(&s);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    screen_go(&s, ROOT_RESOURCES);
    view_draw(&s, &m, &c);
    for (size_t i = 0; i < 2 * strlen(typed); i++) {
        size_t n = i < strlen(typed) ? i + 1 : 2 * strlen(typed) - i - 1;

        snprintf(filter, sizeof(filter), "%.*s", (int)n, typed);
        screen_set_filter(&s, &m, filter);
        t = drawn_us(&s, &m, &c);
        worst = t > worst ? t : worst;
        if (n == strlen(typed))
            assert_int_equal(list_shown(&s.resources), 11);
    }
    print_message("# a key of a filter: at most %d us\n", (int)worst);
    for (int i = 0; i < 12; i++) {
        list_sort_next(&s.resources);
        t = drawn_us(&s, &m, &c);
        worst = t > worst ? t : worst;
    }
    t0 = cpu_us();
    for (int i = 0; i < 200; i++) {
        screen_move(&s, &m, i % 3 ? 1 : -1);
        view_draw(&s, &m, &c);
    }
    t = (cpu_us() - t0) / 200;
    print_message("# filter or sort: at most %d us; a step %d us\n", (int)worst, (int)t);
#ifndef RB_SANITIZED
    assert_true(worst < 160000);
    assert_true(t < 3000);
#endif
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

/* A large list that changes is late, and says so; then it catches up. */
static void test_late(void **state)
{
    struct canvas c;
    struct screen s;
    struct model m;

    (void)state;
    demo_model(&m, SIZE_MAX);
    demo_bulk(&m, 0, LIST_LIVE);
    screen_init(&s);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    view_draw(&s, &m, &c);
    assert_false(s.late);
    demo_bulk(&m, 0, 1); /* seen again */
    s.tick_ms = 1;
    view_draw(&s, &m, &c);
    assert_true(s.late);
    s.tick_ms = LIST_RENEW_MS;
    view_draw(&s, &m, &c);
    assert_false(s.late);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ranks),          cmocka_unit_test(test_marks_where),
        cmocka_unit_test(test_typing_narrows), cmocka_unit_test(test_orders),
        cmocka_unit_test(test_many_orders),    cmocka_unit_test(test_filter_follows_changes),
        cmocka_unit_test(test_selection),      cmocka_unit_test(test_marks),
        cmocka_unit_test(test_columns),        cmocka_unit_test(test_clicks),
        cmocka_unit_test(test_late),           cmocka_unit_test(test_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
