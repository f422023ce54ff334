/* test_palette.c - resources in the palette: what is found key by key is what looking at all of
 * them finds, whatever changes meanwhile, and a key stays quick beside 100,000 of them. */
#include "tests/lib/unit.h"

#include <time.h>

#include "src/ui/tui_priv.h"

#define MANY 100000

static void see(struct model *m, int i, const char *name)
{
    char key[32];
    struct event ev = {.type = EV_RESOURCE_SEEN, .seq = m->seq + 1, .actor = "test"};

    snprintf(key, sizeof(key), "r:%d", i);
    ev.u.resource_seen =
        (struct ev_resource_seen){.key = key, .name = name, .kind = i % 3 ? "process" : "Unit"};
    event_normalize(&ev);
    model_apply(m, &ev);
}

static void fill(struct model *m, int n)
{
    char name[48];

    model_init(m);
    for (int i = 0; i < n; i++) {
        snprintf(name, sizeof(name), i % 7 ? "worker-%d" : "Shop-%d.service", i);
        see(m, i, name);
    }
}

static void on_found(void *ctx, size_t at, enum fuzzy_rank rank)
{
    (void)at;
    ((size_t *)ctx)[rank]++;
}

/* Every resource that all terms are in, in its name, its kind or the word: how many. */
static size_t count_all(const struct model *m, const struct fuzzy *f)
{
    size_t n = 0;

    VEC_EACH (r, &m->resources) {
        bool all = true;

        for (size_t i = 0; i < f->count && all; i++)
            all = fuzzy_match(&f->terms[i], str_from(r->name), true) ||
                  fuzzy_match(&f->terms[i], str_from(r->kind), false) ||
                  fuzzy_match(&f->terms[i], STR_LIT("resource"), false);
        n += all;
    }
    return n;
}

static void check(struct palette_resources *k, const struct model *m, const char *typed)
{
    size_t ranks[FUZZY_RANKS] = {0};
    struct fuzzy f;

    fuzzy_parse(&f, str_from(typed));
    palette_find_resources(k, m, &f, str_from(typed), on_found, ranks);
    if (k->matched.count != count_all(m, &f))
        fail_msg("\"%s\": %zu match, not %zu", typed, k->matched.count, count_all(m, &f));
}

static void test_same_as_all(void **state)
{
    static const char *const typed[] = {"w",           "wo",  "wo1",        "wo12",    "wo1",
                                        "x",           "S",   "Sh",         "sh",      "shop un",
                                        "shop unit 7", "res", "resource 9", "w99 proc"};
    struct palette_resources k = {0};
    struct model m;

    (void)state;
    fill(&m, 1000);
    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++)
        check(&k, &m, typed[i]);
    check(&k, &m, "wo");
    see(&m, 5000, "wonder"); /* one more, and one that has another name now */
    see(&m, 1, "other");
    check(&k, &m, "wond");
    check(&k, &m, "othe");
    palette_resources_release(&k);
    model_release(&m);
}

static double cpu_ms(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (double)ts.tv_sec * 1e3 + (double)ts.tv_nsec / 1e6;
}

static void test_cost(void **state)
{
    static const char *const typed[] = {"", "w", "wo", "wor", "work 9", "work 99", "q", "e", "8"};
    struct palette_resources k = {0};
    double worst = 0;
    struct model m;

    (void)state;
    fill(&m, MANY);
    for (size_t i = 0; i < sizeof(typed) / sizeof(typed[0]); i++) {
        size_t ranks[FUZZY_RANKS] = {0};
        double from = cpu_ms(), took;
        struct fuzzy f;

        fuzzy_parse(&f, str_from(typed[i]));
        assert_int_equal(palette_find_resources(&k, &m, &f, str_from(typed[i]), on_found, ranks),
                         MANY);
        took = cpu_ms() - from;
        print_message("# \"%s\": %.1f ms\n", typed[i], took);
        worst = took > worst ? took : worst;
    }
    print_message("# the worst key took %.1f ms of CPU beside %d resources\n", worst, MANY);
#if !defined(__SANITIZE_ADDRESS__)
    assert_true(worst < 40); /* 16 with -O2; `make bench` holds that */
#endif
    palette_resources_release(&k);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_same_as_all),
        cmocka_unit_test(test_cost),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
