/* test_limits.c - every limit has a case on each side of its border: moved up or down by a little,
 * it changes what some case says. So each number that decides is held by a test, from both sides.
 * */
#include "cases.h"

#include <stdlib.h>

#define PROBES_MAX 2000
#define STEP 0.05 /* of its value; a count moves by one */

struct probe {
    const struct host_pattern *pattern;
    struct host_view view;
    const struct value *answer; /* to the follow-up, or NULL */
    const char *says;           /* when nothing is moved */
};

struct probes {
    struct arena *arena;
    struct probe list[PROBES_MAX];
    size_t count;
};

static const char *or_none(const char *s)
{
    return s ? s : "-";
}

/* What is decided; the evidence itself names limits, and is left out. */
static void describe(const struct host_finding *f, struct buf *out)
{
    buf_addf(out, "%d %.6f %d %d %d %s %s %s;", (int)f->strength, f->severity, f->direct,
             f->tentative, f->second != NULL, or_none(f->resource), or_none(f->claim), f->metric);
    for (int i = 0; i < f->culprit_count; i++) {
        const struct host_culprit *c = &f->culprits[i];

        buf_addf(out, " %s %d %d %d %s;", c->resource, (int)c->strength, (int)c->follow,
                 c->link_count, or_none(c->statement));
    }
}

/* Each run in an arena of its own: there are many thousands. */
static char *run(const struct probe *p, const struct host_limit *moved, double to)
{
    struct buf out = BUF_INIT(1 << 16);
    struct host_view v = p->view;
    struct host_reading r = {.strength = STRENGTH_NONE};
    struct host_finding f;
    char *says;

    v.arena = arena_new(0);
    v.moved = moved;
    v.moved_to = to;
    host_pattern_run(p->pattern, &v, &f);
    describe(&f, &out);
    if (p->answer && f.culprit_count && p->pattern->read) {
        p->pattern->read(&v, &f.culprits[0], p->answer, &r);
        buf_addf(&out, " then %d %d %s", (int)r.strength, r.direct, or_none(r.resource));
    }
    says = xstrdup(buf_cstr(&out));
    buf_release(&out);
    arena_free(v.arena);
    return says;
}

static void add(struct probes *all, const char *id, const struct parts *parts, unsigned words,
                const char *answer)
{
    struct probe *p = &all->list[all->count++];
    struct parts whole = cases_merge(parts);
    struct err err = ERR_INIT;
    char *says;

    assert_true(all->count < PROBES_MAX);
    *p =
        (struct probe){.pattern = cases_pattern(id), .view = cases_view(all->arena, &whole, words)};
    if (answer)
        assert_ok(json_parse(all->arena, str_from(answer), &p->answer, &err), &err);
    says = run(p, NULL, 0);
    p->says = arena_strdup(all->arena, says);
    free(says);
}

static struct probes *collect(void)
{
    struct probes *all = xcalloc(1, sizeof(*all));

    all->arena = arena_new(0);
    for (const struct sides *const *family = cases_families; *family; family++) {
        for (const struct sides *s = *family; s->id; s++) {
            add(all, s->id, &s->fires, s->words, NULL);
            add(all, s->id, &s->quiet, s->words, NULL);
        }
    }
    for (const struct second *const *family = cases_seconds; *family; family++) {
        for (const struct second *s = *family; s->id; s++)
            add(all, s->id, &s->first, 0, s->answer);
    }
    return all;
}

static void done(struct probes *all)
{
    arena_free(all->arena);
    free(all);
}

/* Does a case of `of` (NULL: of any pattern) say something else when the limit is that? */
static bool is_noticed(const struct probes *all, const struct host_pattern *of,
                       const struct host_limit *l, double to)
{
    for (size_t i = 0; i < all->count; i++) {
        const struct probe *p = &all->list[i];
        char *says = of && p->pattern != of ? NULL : run(p, l, to);
        bool differs = says && strcmp(says, p->says) != 0;

        free(says);
        if (differs)
            return true;
    }
    return false;
}

static double step_of(const struct host_limit *l)
{
    return strcmp(l->unit, "count") == 0 ? 1 : STEP * l->value;
}

/* How many of a table's limits can be moved without a case that notices. */
static int unheld(const struct probes *all, const struct host_pattern *of, const char *name,
                  const struct host_limit *table)
{
    int n = 0;

    for (const struct host_limit *l = table; l && l->name; l++) {
        bool up = is_noticed(all, of, l, l->value + step_of(l));
        bool down = is_noticed(all, of, l, l->value - step_of(l));

        if (up && down)
            continue;
        print_message("# %s: no case notices that %s (%g %s) is %s\n", name, l->name, l->value,
                      l->unit,
                      up     ? "lower"
                      : down ? "higher"
                             : "another");
        n++;
    }
    return n;
}

static void test_both_sides_of_each_limit(void **state)
{
    struct probes *all = collect();
    int n = 0;

    (void)state;
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++)
        n += unheld(all, *p, (*p)->id, (*p)->limits);
    done(all);
    assert_int_equal(n, 0);
}

static void test_both_sides_of_each_shared_limit(void **state)
{
    struct probes *all = collect();
    int n = 0;

    (void)state;
    for (const struct host_limits *s = host_shared_limits(); s->of; s++)
        n += unheld(all, NULL, s->of, s->list);
    done(all);
    assert_int_equal(n, 0);
}

/* Names are unique in their table, each has a unit and a reason. */
static void check_table(const char *of, const struct host_limit *table)
{
    for (const struct host_limit *l = table; l && l->name; l++) {
        if (!l->unit || !*l->unit || !l->why || strlen(l->why) < 8 || l->value <= 0)
            fail_msg("%s: %s needs a unit, a reason and a value above 0", of, l->name);
        for (const struct host_limit *o = table; o < l; o++)
            assert_string_not_equal(o->name, l->name);
    }
}

static void test_limits_say_what_they_are(void **state)
{
    (void)state;
    for (const struct host_pattern *const *p = host_pattern_table(); *p; p++)
        check_table((*p)->id, (*p)->limits);
    for (const struct host_limits *s = host_shared_limits(); s->of; s++)
        check_table(s->of, s->list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_limits_say_what_they_are),
        cmocka_unit_test(test_both_sides_of_each_limit),
        cmocka_unit_test(test_both_sides_of_each_shared_limit),
    };

    return cmocka_run_group_tests_name("host_limits", tests, NULL, NULL);
}
