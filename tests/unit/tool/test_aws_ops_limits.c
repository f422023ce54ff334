/* test_aws_ops_limits.c - every limit, word and comparison of the operations matrix, tried from
 * both sides with records that are made for its row. A-24 A-25 A-26 A-27 A-54 */
#include "tests/lib/unit.h"

#include "runbook/base/timefmt.h"
#include "src/tool/aws_ops/ops_priv.h"

#define NOW_MS INT64_C(1775001600000) /* 2026-04-01 */

static struct arena *arena;

static int setup(void **state)
{
    (void)state;
    arena = arena_new(0);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    arena_free(arena);
    return 0;
}

static const struct ops_verdict *verdict(const ops_verdicts *v, const char *check, bool anomaly)
{
    VEC_EACH (it, v)
        if (strcmp(it->check, check) == 0 && it->anomaly == anomaly)
            return it;
    return NULL;
}

/* ---- records made for a row ---- */

static struct value *member(struct value *obj, const char *key)
{
    struct value *v;

    if (obj->type != VALUE_OBJECT || !obj->u.list.items) {
        obj->type = VALUE_OBJECT;
        obj->u.list.items = arena_array(arena, 32, sizeof(*v));
        obj->u.list.count = 0;
    }
    for (size_t i = 0; i < obj->u.list.count; i++)
        if (str_eq_c(obj->u.list.items[i].key, key))
            return &obj->u.list.items[i];
    assert_true(obj->u.list.count < 32);
    v = &obj->u.list.items[obj->u.list.count++];
    v->key = str_from(key);
    v->type = VALUE_NULL;
    return v;
}

/* Puts `leaves` at a path: "*" becomes an array of them. */
static void put(struct value *at, const char *path, const struct value *leaves, size_t count)
{
    size_t len = strcspn(path, ".");
    const char *rest = path[len] ? path + len + 1 : path + len;

    if (!len) {
        struct str key = at->key;

        if (count)
            *at = leaves[0];
        at->key = key;
    } else if (len == 1 && *path == '*') {
        if (at->type != VALUE_ARRAY) {
            at->type = VALUE_ARRAY;
            at->u.list.items = arena_array(arena, count + 1, sizeof(*at));
            at->u.list.count = count;
        }
        for (size_t i = 0; i < count && i < at->u.list.count; i++)
            put(&at->u.list.items[i], rest, &leaves[i], 1);
    } else {
        put(member(at, arena_strndup(arena, path, len)), rest, leaves, count);
    }
}

struct made {
    struct ops_record record;
    struct value item, reads[OPS_READS_MAX];
};

static void make(struct made *m, const struct ops_kind *k)
{
    memset(m, 0, sizeof(*m));
    m->item.type = VALUE_OBJECT;
    m->record = (struct ops_record){.kind = k,
                                    .id = "id-1",
                                    .name = "name-1",
                                    .arn = "arn:aws:x:eu-west-1:1:thing/a/b",
                                    .state = "available",
                                    .region = "eu-west-1",
                                    .account = "default",
                                    .number = "123456789012",
                                    .item = &m->item};
    for (size_t i = 0; i < ops_count_reads(k); i++) {
        m->reads[i].type = VALUE_OBJECT;
        m->record.reads[i].value = &m->reads[i];
    }
}

static void put_path(struct made *m, const char *path, const struct value *leaves, size_t count)
{
    size_t i;

    if (path[0] == '#')
        path++;
    if (strcmp(path, "@state") == 0)
        m->record.state = arena_str(arena, leaves[0].u.string);
    else if (ops_path_read(m->record.kind, path, &i))
        put(&m->reads[i], strchr(path, '.') ? strchr(path, '.') + 1 : "", leaves, count);
    else
        put(&m->item, path, leaves, count);
}

static struct value text(const char *s)
{
    return (struct value){.type = VALUE_STRING, .u.string = str_from(s)};
}

static struct value number(double v)
{
    return (struct value){.type = VALUE_NUMBER, .u.number = v};
}

/* Makes the condition hold. */
static void satisfy(struct made *m, const char *when)
{
    size_t len = when ? strcspn(when, "!=") : 0;
    struct value v = text("x");
    char *path;

    if (!when || ops_when(&m->record, when))
        return;
    path = arena_strndup(arena, when, len);
    if (when[len] == '=')
        v = text(arena_strndup(arena, when + len + 1, strcspn(when + len + 1, "|")));
    if (when[0] == '#' && strcmp(path, "#sources.*") != 0)
        v = text("x");
    put_path(m, path, &v, 1);
    if (!ops_when(&m->record, when))
        fail_msg("the test cannot make %s hold", when);
}

/* ---- every limit, from both sides ---- */

static bool bad_at(const struct ops_limit *l, double v)
{
    return (l->compare == OPS_ABOVE && v > l->value) ||
           (l->compare == OPS_AT_LEAST && v >= l->value) ||
           (l->compare == OPS_BELOW && v < l->value) ||
           (l->compare == OPS_AT_MOST && v <= l->value);
}

static enum ops_state wanted(const struct ops_limit *limits, double v)
{
    enum ops_state worst = OPS_OK;

    for (size_t i = 0; i < OPS_LIMITS; i++)
        if (bad_at(&limits[i], v) && limits[i].state > worst)
            worst = limits[i].state;
    return worst;
}

static void expect(const struct made *m, const struct ops_series *series, const char *id,
                   const struct ops_limit *limits, double v)
{
    ops_verdicts out = {0};
    const struct ops_verdict *it;

    ops_judge(arena, &m->record, series, NOW_MS, &out);
    it = verdict(&out, id, false);
    if (!it)
        fail_msg("%s:%s %s: no verdict at %.17g", m->record.kind->service, m->record.kind->kind, id,
                 v);
    else if (it->state != wanted(limits, v) || fabs(it->value - v) > 1e-6 * fabs(v) + 1e-9)
        fail_msg("%s:%s %s: %s with %.17g at %.17g, not %s", m->record.kind->service,
                 m->record.kind->kind, id, ops_state_name(it->state), it->value, v,
                 ops_state_name(wanted(limits, v)));
    if (it && it->state != OPS_OK) {
        assert_true(it->text[0] && it->source[0] && it->evidence[0]);
        assert_false(isnan(it->threshold));
    }
    VEC_RELEASE(&out);
}

/* The points that make a metric have this value. */
static void try_metric(const struct ops_kind *k, size_t i, double v)
{
    const struct ops_metric *m = &k->metrics[i];
    struct ops_series *series = arena_array(arena, OPS_METRICS_MAX, sizeof(*series));
    double *points = arena_array(arena, 4, sizeof(*points)), raw = v;
    struct made made;
    struct value n = number(100);

    make(&made, k);
    satisfy(&made, m->when);
    if (m->of && strcmp(m->of, "@max-connections") == 0) {
        struct value class_name = text("db.m5.large"), engine = text("postgres");

        put_path(&made, "DBInstanceClass", &class_name, 1);
        put_path(&made, "Engine", &engine, 1);
        raw = v / 100 * floor(8 * GIB / 9531392);
    } else if (m->of) {
        put_path(&made, m->of, &n, 1);
        raw = v / 100 * 100 * (m->of_scale != 0 ? m->of_scale : 1);
    } else if (m->per) {
        for (size_t p = 0; k->metrics[p].id; p++)
            if (strcmp(k->metrics[p].id, m->per) == 0) {
                points[3] = 1000 / (k->metrics[p].scale != 0 ? k->metrics[p].scale : 1);
                series[p] = (struct ops_series){.asked = true, .recent = {&points[3], 1}};
            }
        raw = v / 100 * 1000;
    }
    points[0] = raw / (m->scale != 0 ? m->scale : 1);
    series[i] = (struct ops_series){.asked = true, .recent = {points, 1}};
    expect(&made, series, m->id, m->limits, v);
}

static double step(double v)
{
    return 1e-4 * (fabs(v) > 1 ? fabs(v) : 1);
}

static void metric_limits(void **state)
{
    size_t tried = 0;

    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++)
        for (size_t i = 0; i < ops_count_metrics(*k); i++)
            for (size_t n = 0; n < OPS_LIMITS; n++) {
                const struct ops_limit *l = &(*k)->metrics[i].limits[n];
                bool strict = l->compare == OPS_ABOVE || l->compare == OPS_BELOW;

                if (l->compare == OPS_NEVER)
                    continue;
                try_metric(*k, i, l->value - step(l->value));
                try_metric(*k, i, l->value + step(l->value));
                if ((*k)->metrics[i].per || (*k)->metrics[i].of || (*k)->metrics[i].scale != 0)
                    continue; /* exactly there, doubles round */
                try_metric(*k, i, l->value);
                assert_int_equal(bad_at(l, l->value), !strict);
                tried++;
            }
    assert_true(tried > 40);
}

static void put_many(struct made *m, const struct ops_check *c, const char *word, size_t hits,
                     size_t all)
{
    struct value *leaves = arena_array(arena, all + 1, sizeof(*leaves));

    for (size_t i = 0; i < all; i++)
        leaves[i] = text(i < hits ? word : "something else");
    put_path(m, c->path, leaves, all);
}

static void try_check(const struct ops_kind *k, const struct ops_check *c, double v)
{
    const char *word = c->words ? arena_strndup(arena, c->words, strcspn(c->words, "|")) : "x";
    int64_t days = (int64_t)(v * 86400000.0);
    struct value n = number(v), ten = number(10 + v);
    char at[TIME_TEXT_MAX];
    struct made m;

    make(&m, k);
    if (c->how == OPS_NUMBER) {
        put_path(&m, c->path, &n, 1);
    } else if (c->how == OPS_MINUS) {
        struct value some = number(10), *list = arena_array(arena, 10, sizeof(*list));
        struct value array = {.type = VALUE_ARRAY, .u.list = {list, 10}};

        put_path(&m, c->path, &ten, 1);
        put_path(&m, c->other, c->other[0] == '#' ? &array : &some, 1);
    } else if (c->how == OPS_COUNT) {
        put_many(&m, c, word, (size_t)v, c->words ? (size_t)v + 2 : (size_t)v);
    } else if (c->how == OPS_SHARE) {
        put_many(&m, c, word, (size_t)v, 100);
    } else {
        time_format_rfc3339(c->how == OPS_AGE_DAYS ? NOW_MS - days : NOW_MS + days, at);
        n = text(at);
        put_path(&m, c->path, &n, 1);
        v = (double)days / 86400000.0;
    }
    satisfy(&m, c->when);
    expect(&m, NULL, c->id, c->limits, v);
}

static void check_limits(void **state)
{
    size_t tried = 0;

    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++)
        for (size_t i = 0; i < ops_count_checks(*k); i++)
            for (size_t n = 0; n < OPS_LIMITS; n++) {
                const struct ops_check *c = &(*k)->checks[i];
                double v = c->limits[n].value;
                double near = c->how == OPS_AGE_DAYS || c->how == OPS_LEFT_DAYS ? 0.001 : 1;

                if (c->limits[n].compare == OPS_NEVER)
                    continue;
                try_check(*k, c, v);
                try_check(*k, c, v + near);
                if (v >= near)
                    try_check(*k, c, v - near);
                tried++;
            }
    assert_true(tried > 25);
}

static void try_word(const struct ops_kind *k, const struct ops_check *c, const char *word,
                     enum ops_state want)
{
    struct value v = text(word);
    ops_verdicts out = {0};
    const struct ops_verdict *it;
    struct made m;

    make(&m, k);
    put_path(&m, c->path ? c->path : "@state", &v, 1);
    satisfy(&m, c->when);
    ops_judge(arena, &m.record, NULL, NOW_MS, &out);
    it = verdict(&out, c->id, false);
    if (!it || it->state != want)
        fail_msg("%s:%s %s: '%s' is %s, not %s", k->service, k->kind, c->id, word,
                 it ? ops_state_name(it->state) : "not judged", ops_state_name(want));
    VEC_RELEASE(&out);
}

/* Each word of each check, and one that is none of them. */
static void check_words(void **state)
{
    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++)
        for (size_t i = 0; i < ops_count_checks(*k); i++) {
            const struct ops_check *c = &(*k)->checks[i];
            struct str rest = str_from(c->words ? c->words : ""), word;

            if (c->how == OPS_STATE) {
                try_word(*k, c, "create-failed", OPS_UNHEALTHY);
                try_word(*k, c, "stopped", OPS_WARNING);
                try_word(*k, c, "available", OPS_OK);
            } else if (c->how == OPS_WORDS || c->how == OPS_GOOD) {
                while (str_split(&rest, '|', &word))
                    try_word(*k, c, arena_str(arena, word), c->how == OPS_GOOD ? OPS_OK : c->state);
                try_word(*k, c, "something else", c->how == OPS_GOOD ? c->state : OPS_OK);
            }
        }
}

/* ---- sixteen combinations, one of which is clean ---- */

static void public_access_flags(void **state)
{
    static const char *const flags[] = {"BlockPublicAcls", "IgnorePublicAcls", "BlockPublicPolicy",
                                        "RestrictPublicBuckets"};
    const struct ops_kind *k = ops_kind_find(STR_LIT("s3"), STR_LIT("bucket"));
    int clean = 0;

    (void)state;
    for (unsigned bits = 0; bits < 16; bits++) {
        ops_verdicts out = {0};
        const struct ops_verdict *v;
        struct made m;

        make(&m, k);
        for (size_t i = 0; i < 4; i++) {
            struct value flag = text(bits >> i & 1 ? "true" : "false");

            put(&m.reads[0], flags[i], &flag, 1);
        }
        ops_judge(arena, &m.record, NULL, NOW_MS, &out);
        v = verdict(&out, "public-access-block", false);
        assert_true(v && (v->state == OPS_OK) == (bits == 15));
        clean += v && v->state == OPS_OK;
        VEC_RELEASE(&out);
    }
    assert_int_equal(clean, 1);
}

/* ---- the days before ---- */

static const struct ops_metric up = {.id = "m", .what = "m", .anomaly = OPS_UP, .least = 1},
                               down = {.id = "m", .what = "m", .anomaly = OPS_DOWN, .least = 1},
                               zeros = {.id = "m",
                                        .what = "m",
                                        .anomaly = OPS_UP,
                                        .least = 1,
                                        .zero = true};

/* Seven days of 90, 100, 110: the spread is 1.4826 * 10. */
static void days_before(struct ops_series *s, const double *recent, size_t count, size_t days)
{
    static const double day[] = {90, 100, 110};

    *s = (struct ops_series){.asked = true, .compared = true, .recent = {recent, count}};
    for (size_t d = 0; d < days; d++)
        s->days[d] = (struct ops_points){day, 3};
}

static void shift_of(const struct ops_metric *m, double recent, size_t days, struct ops_shift *ret)
{
    struct ops_series s;

    days_before(&s, &recent, 1, days);
    ops_shift(m, &s, ret);
}

static void shifts(void **state)
{
    static const double flat[] = {0, 0, 0}, mixed[] = {5000, 100, 101, 99, 100};
    const double edge = 100 + OPS_SHIFT_SCORE * 14.826, one = 1, more = 1.01, nothing = 0;
    struct ops_series s;
    struct ops_shift r;

    (void)state;
    shift_of(&up, edge - 0.01, 7, &r);
    assert_true(r.judged && !r.is && r.days == 7);
    assert_true(fabs(r.usual - 100) < 1e-9 && fabs(r.spread - 14.826) < 1e-9);
    shift_of(&up, edge + 0.01, 7, &r);
    assert_true(r.is);
    shift_of(&down, edge + 0.01, 7, &r);
    assert_false(r.is); /* the other way */
    shift_of(&down, 200 - edge + 0.01, 7, &r);
    assert_false(r.is);
    shift_of(&down, 200 - edge - 0.01, 7, &r);
    assert_true(r.is);
    shift_of(&up, 1e6, OPS_SHIFT_DAYS - 1, &r);
    assert_false(r.judged || r.is); /* too few days say nothing of what is usual */
    shift_of(&up, 1e6, OPS_SHIFT_DAYS, &r);
    assert_true(r.judged && r.is);
    days_before(&s, mixed, 5, 7); /* one point is no shift */
    ops_shift(&up, &s, &r);
    assert_true(r.judged && !r.is);
    days_before(&s, &one, 1, 0);
    for (size_t d = 0; d < OPS_DAYS; d++) /* it never moved */
        s.days[d] = (struct ops_points){flat, 3};
    ops_shift(&up, &s, &r);
    assert_true(r.judged && !r.is); /* by `least`, no more */
    s.recent.v = &more;
    ops_shift(&up, &s, &r);
    assert_true(r.is && isfinite(r.score));
    s.recent.v = &nothing;
    ops_shift(&up, &s, &r);
    assert_true(r.judged && !r.is && isfinite(r.score));
    days_before(&s, NULL, 0, 0);
    ops_shift(&up, &s, &r);
    assert_false(r.judged); /* no points, and they do not mean zero */
    ops_shift(&zeros, &s, &r);
    assert_true(r.judged && !r.is && r.recent == 0 && r.usual == 0);
    s.recent = (struct ops_points){mixed + 1, 1};
    ops_shift(&zeros, &s, &r);
    assert_true(r.is);
    s.compared = false; /* days that were not asked for are not days of zeros */
    ops_shift(&zeros, &s, &r);
    assert_false(r.judged);
    s.compared = true;
    s.asked = false;
    ops_shift(&zeros, &s, &r);
    assert_false(r.judged);
}

/* Every row that is compared, both ways, through the whole judgement. */
static void every_comparison(void **state)
{
    size_t tried = 0;

    (void)state;
    for (const struct ops_kind *const *k = ops_table(); *k; k++)
        for (size_t i = 0; i < ops_count_metrics(*k); i++) {
            const struct ops_metric *m = &(*k)->metrics[i];
            struct ops_series *s = arena_array(arena, OPS_METRICS_MAX, sizeof(*s));
            double base = m->least * 100 + 1000;

            if (m->anomaly == OPS_NO_WAY)
                continue;
            for (int way = -1; way <= 1; way++) {
                double recent = base + way * (base / 2), day = base;
                bool is = (way > 0 && m->anomaly != OPS_DOWN) || (way < 0 && m->anomaly != OPS_UP);
                ops_verdicts out = {0};
                const struct ops_verdict *v;
                struct made made;

                make(&made, *k);
                satisfy(&made, m->when);
                s[i] = (struct ops_series){.asked = true, .compared = true, .recent = {&recent, 1}};
                for (size_t d = 0; d < OPS_DAYS; d++)
                    s[i].days[d] = (struct ops_points){&day, 1};
                ops_judge(arena, &made.record, s, NOW_MS, &out);
                v = verdict(&out, m->id, true);
                if (!v || v->state != (is ? OPS_WARNING : OPS_OK))
                    fail_msg("%s:%s %s: %g after %g", (*k)->service, (*k)->kind, m->id, recent,
                             base);
                VEC_RELEASE(&out);
            }
            tried++;
        }
    assert_true(tried > 50);
}

int main(void)
{
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(metric_limits),       TEST(check_limits), TEST(check_words),
        TEST(public_access_flags), TEST(shifts),       TEST(every_comparison),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
