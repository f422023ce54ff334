/* test_transcript_cost.c - what ten thousand events and a megabyte of text cost in the
 * investigation pane. */
#include "tests/unit/view/transcript_scene.h"
#include "tests/lib/golden.h"
#include "tests/lib/text_model.h"

#include <time.h>

#include "runbook/base/mem.h"

static int64_t cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* ten thousand events open and scroll at once; a search through all of them is quick. */
static void test_cost(void **state)
{
    struct fixture f;
    int64_t t0, first, key, search, longer;

    (void)state;
    pane_open(&f, true, 120, 40);
    for (int i = 0; i < 5000; i++) {
        char *call = xasprintf("q%d", i), *title = xasprintf("connections of shard %d", i);

        text_query(&f.m, 70000 + i, call, title, "3 series");
        free(call);
        free(title);
    }
    for (int i = 0; i < 500; i++) {
        char *id = xasprintf("t%d", i);

        text_say(&f.m, 80000 + i, id, "Some **text** with `code`\n\n- and\n- a list\n", true);
        free(id);
    }
    screen_release(&f.s);
    golden_screen(&f.s);
    screen_focus(&f.s, PANE_INVESTIGATION);
    t0 = cpu_us();
    pane_draw(&f);
    first = cpu_us() - t0;
    t0 = cpu_us();
    for (int i = 0; i < 200; i++) {
        screen_page(&f.s, &f.m, i < 100 ? -2 : 1);
        pane_draw(&f);
    }
    key = (cpu_us() - t0) / 200;
    t0 = cpu_us();
    screen_search_begin(&f.s);
    assert_true(screen_search(&f.s, &f.m, "shard 4") >= FIND_FOUND);
    pane_draw(&f);
    search = cpu_us() - t0;
    t0 = cpu_us();
    assert_true(screen_search(&f.s, &f.m, "shard 499") >= FIND_FOUND);
    pane_draw(&f);
    longer = cpu_us() - t0;
    print_message("# %zu items: first drawing %d us, a page key %d us, a search %d us, one more "
                  "letter %d us\n",
                  f.m.items.count, (int)first, (int)key, (int)search, (int)longer);
#ifndef RB_SANITIZED
    assert_true(first < 30000);
    assert_true(key < 5000);
    assert_true(search < 300000);
#endif
    pane_close(&f);
}

/* A megabyte that streams in, five bytes a piece, drawn thirty times a second of 2,000 tokens. */
static void test_streaming_cost(void **state)
{
    static const char piece[] = "So **it** goes on. ";
    struct fixture f;
    int64_t t0, spent = 0, worst = 0;
    size_t bytes = 0;
    int frames = 0;

    (void)state;
    pane_open(&f, true, 120, 40);
    while (bytes < (1 << 20)) {
        for (int i = 0; i < 66; i++) { /* one frame's worth */
            char five[6];

            snprintf(five, sizeof(five), "%.5s", piece + bytes % (sizeof(piece) - 6));
            text_say(&f.m, 61000, "m2", bytes % 50000 < 5 ? "\n\n## x\n" : five, false);
            bytes += 5;
        }
        if (frames++ % 8) /* a sample is enough */
            continue;
        t0 = cpu_us();
        view_draw(&f.s, &f.m, &f.c);
        t0 = cpu_us() - t0;
        spent += t0;
        worst = t0 > worst ? t0 : worst;
    }
    print_message("# a frame of a text of 1 MiB: mean %d us, worst %d us\n",
                  (int)(spent / (frames / 8)), (int)worst);
#ifndef RB_SANITIZED
    assert_true(spent / (frames / 8) < 5000);
#endif
    pane_close(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_cost),
        cmocka_unit_test(test_streaming_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
