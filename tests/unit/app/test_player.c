/* A recorded session, played: every place is what a fresh fold gives, whichever way it was reached;
 * times and speeds; ten thousand events step back at once. */
#include "tests/lib/unit.h"

#include <math.h>
#include <time.h>

#include "runbook/base/path.h"
#include "runbook/base/timefmt.h"
#include "runbook/ui/text.h"
#include "src/app/demo.h"
#include "src/app/player.h"
#include "tests/lib/demo_model.h"
#include "tests/lib/tmpdir.h"

struct fixture {
    char *dir, *path;
    struct loop *loop;
    size_t fed, moved;
};

static void append(struct journal *j, const struct event *ev, uint64_t *seq)
{
    struct event copy = *ev;
    struct buf data = BUF_INIT(1 << 20);
    struct err err;

    event_normalize(&copy);
    event_encode(&copy, &data);
    assert_ok(journal_append(j, event_type_name(copy.type), copy.actor ? copy.actor : "engine",
                             copy.ts_ms, buf_str(&data), NULL, NULL, seq, &err),
              &err);
    buf_release(&data);
}

/* The demo's events, then queries and evidence at one a second until there are `count`. */
static void make_journal(struct fixture *f, size_t count)
{
    struct event ev;
    struct journal *j;
    struct err err;
    uint64_t seq;
    size_t n = 0;
    char *dir = path_join(f->dir, "scratchpad");

    assert_ok(journal_create(f->loop, dir, "s-one", &j, &err), &err);
    for (; demo_event(n, &ev); n++)
        append(j, &ev, &seq);
    demo_event(n - 1, &ev);
    for (; n < count; n++) {
        char call[32], id[32];
        struct event more = {.ts_ms = ev.ts_ms + (int64_t)n * 1000};

        snprintf(call, sizeof(call), "c%zu", 1000 + n / 3);
        snprintf(id, sizeof(id), "E%zu", 1000 + n);
        more.type = n % 3 == 0 ? EV_TOOL_STARTED : n % 3 == 1 ? EV_TOOL_ENDED : EV_EVIDENCE_ADDED;
        if (n % 3 == 0)
            more.u.tool_started = (struct ev_tool_started){
                .call = call, .tool = "prometheus_range", .title = "one more", .hypothesis = "H1"};
        else if (n % 3 == 1)
            more.u.tool_ended = (struct ev_tool_ended){.call = call, .summary = "12 series"};
        else
            more.u.evidence_added = (struct ev_evidence_added){.id = id,
                                                               .call = call,
                                                               .hypothesis = "H1",
                                                               .statement = "it rose",
                                                               .before = NAN,
                                                               .after = NAN,
                                                               .score = NAN};
        append(j, &more, &seq);
    }
    f->path = xstrdup(journal_path(j));
    assert_ok(journal_close(j, NULL, NULL, &err), &err);
    free(dir);
}

static int setup(void **state)
{
    struct fixture *f = xcalloc(1, sizeof(*f));

    setenv("TZ", "UTC", 1);
    tzset();
    f->dir = tmpdir_new();
    f->loop = loop_new(clock_system());
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;

    loop_free(f->loop);
    tmpdir_free(f->dir);
    free(f->path);
    free(f);
    return 0;
}

static void on_event(void *ctx, const struct model *m, const struct event *ev)
{
    (void)m;
    (void)ev;
    ((struct fixture *)ctx)->fed++;
}

static void on_moved(void *ctx)
{
    ((struct fixture *)ctx)->moved++;
}

static struct player *open_player(struct fixture *f, double speed, bool paused)
{
    struct player_options o = {
        .speed = speed, .paused = paused, .ctx = f, .event = on_event, .moved = on_moved};
    struct journal_report rep;
    struct player *p;
    struct err err;

    assert_ok(player_new(f->loop, f->path, &o, &p, &rep, &err), &err);
    player_start(p);
    return p;
}

static void describe(const struct model *m, struct buf *out)
{
    struct text_options o = {.width = 100};

    text_tree(&o, m, out);
    text_conclusion(&o, m, NULL, out);
    buf_addf(out, "%zu items, %zu resources, seq %llu, phase %d\n", m->items.count,
             m->resources.count, (unsigned long long)m->seq, (int)m->phase);
}

static void assert_same(const struct model *a, const struct model *b)
{
    struct buf x = BUF_INIT(1 << 22), y = BUF_INIT(1 << 22);

    describe(a, &x);
    describe(b, &y);
    assert_string_equal(buf_cstr(&x), buf_cstr(&y));
    buf_release(&x);
    buf_release(&y);
}

/* U-06: back and forth, every state is the fold of what stands before it. */
static void test_every_place(void **state)
{
    struct fixture *f = *state;
    struct player *p;
    struct replay_control *c;

    make_journal(f, 0);
    p = open_player(f, 1, true);
    c = player_control(p);
    assert_int_equal(player_count(p), demo_count());
    assert_int_equal(player_at(p), 0);
    for (size_t n = 1; n <= demo_count(); n++)
        c->step(c->ctx);
    assert_int_equal(f->fed, demo_count());
    c->step(c->ctx); /* nothing follows */
    assert_int_equal(player_at(p), demo_count());
    for (size_t n = demo_count(); n-- > 0;) {
        struct journal_report rep;
        struct player *q;
        struct err err;

        c->back(c->ctx);
        assert_int_equal(player_at(p), n);
        assert_ok(player_new(f->loop, f->path, &(struct player_options){0}, &q, &rep, &err), &err);
        player_seek(q, n);
        assert_same(player_model(p), player_model(q));
        player_free(q);
    }
    c->back(c->ctx); /* nothing before */
    assert_int_equal(player_at(p), 0);
    assert_true(f->moved > 2 * demo_count());
    player_free(p);
}

static void jumps(struct player *p, const char *where, size_t at)
{
    struct err err = ERR_INIT;

    assert_ok(player_jump(p, where, &err), &err);
    if (player_at(p) != at)
        fail_msg("%s went to %zu, not %zu", where, player_at(p), at);
}

static void test_jump(void **state)
{
    static const char *const wrong[] = {"",      "#",         "50",  "101%",     "-1%", "#x",
                                        "25:00", "1:2:3:4",   "12",  "nan%",     "+",   "+x",
                                        "14:",   "yesterday", "#-1", "14:60:00", "%",   "- 5s"};
    struct fixture *f = *state;
    struct event first, last;
    struct player *p;
    struct err err;
    char when[TIME_TEXT_MAX];

    make_journal(f, 0);
    p = open_player(f, 1, true);
    jumps(p, "#3", 3);
    jumps(p, "#999999", demo_count());
    jumps(p, " 0% ", 0);
    jumps(p, "100%", demo_count());
    jumps(p, "50%", (demo_count() + 1) / 2);
    jumps(p, "#0", 0);
    jumps(p, "+1h", demo_count());
    jumps(p, "-1h", 0);
    demo_event(0, &first);
    demo_event(demo_count() - 1, &last);
    time_format_hms(last.ts_ms, true, when);
    jumps(p, when, demo_count());
    time_format_rfc3339(first.ts_ms - 1, when);
    jumps(p, when, 0);
    for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
        player_seek(p, 5);
        if (player_jump(p, wrong[i], &err) != ERR_INPUT)
            fail_msg("'%s' is taken for a place", wrong[i]);
        assert_int_equal(player_at(p), 5);
    }
    player_free(p);
}

static void test_speed(void **state)
{
    struct fixture *f = *state;
    struct player *p;
    struct replay_control *c;

    make_journal(f, 3000);
    p = open_player(f, 1, true);
    c = player_control(p);
    for (int i = 0; i < 20; i++)
        c->speed(c->ctx, -1);
    assert_non_null(strstr(c->text(c->ctx), " 0.25x "));
    for (int i = 0; i < 20; i++)
        c->speed(c->ctx, 1);
    assert_non_null(strstr(c->text(c->ctx), " 1000x "));
    /* Fifty minutes at a thousand times: a few seconds, and no busy loop. */
    player_seek(p, 2500);
    c->play(c->ctx, true);
    while (c->playing(c->ctx) && loop_turn(f->loop, true))
        ;
    assert_int_equal(player_at(p), 3000);
    assert_non_null(strstr(c->text(c->ctx), "at the end"));
    assert_true(c->progress(c->ctx) == 1);
    c->play(c->ctx, true); /* once more, from the beginning */
    assert_true(player_at(p) < 3000);
    player_free(p);
}

/* R-85: slow enough to read, less than a minute; --fast is three times as fast. */
static void test_recordings_are_short(void **state)
{
    struct fixture *f = *state;
    const char *src = getenv("RB_SRCDIR");
    double slow = 0;

    for (const struct demo *d = demo_table(); d->name; d++) {
        for (int speed = 1; speed <= 3; speed += 2) {
            struct player_options o = {.speed = speed, .reading_pace = true, .ctx = f};
            struct test_clock clock;
            struct loop *loop;
            char *path = xasprintf("%s/demos/%s.jsonl", src ? src : ".", d->name);
            struct journal_report rep;
            struct player *p;
            struct err err;
            int64_t ms = 0;

            test_clock_init(&clock, 1000);
            loop = loop_new(&clock.clock);
            assert_ok(player_new(loop, path, &o, &p, &rep, &err), &err);
            player_start(p);
            for (; player_control(p)->playing(p) && ms < 120000; ms += 10) {
                test_clock_step(&clock, 10);
                loop_turn(loop, false);
            }
            print_message("# %s at %dx: %.1f s\n", d->name, speed, (double)ms / 1e3);
            assert_int_equal(player_at(p), player_count(p));
            assert_true(ms < 60000);
            if (speed == 1)
                slow = (double)ms;
            else
                assert_true((double)ms < slow / 2.5 && (double)ms > slow / 3.5);
            player_free(p);
            loop_free(loop);
            free(path);
        }
    }
}

static double now_ms(void)
{
    struct timespec t;

    clock_gettime(CLOCK_MONOTONIC, &t);
    return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

static void test_back_is_quick(void **state)
{
    struct fixture *f = *state;
    double best = 1e9;
    struct player *p;

    make_journal(f, 10000);
    p = open_player(f, 1, true);
    player_seek(p, 10000);
    for (int i = 0; i < 5; i++) {
        double from = now_ms();

        player_control(p)->back(p);
        if (now_ms() - from < best)
            best = now_ms() - from;
    }
    print_message("# one step back at 10,000 events: %.1f ms\n", best);
    assert_int_equal(player_at(p), 9995);
    assert_true(best < 500);
    player_free(p);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_every_place, setup, teardown),
        cmocka_unit_test_setup_teardown(test_jump, setup, teardown),
        cmocka_unit_test_setup_teardown(test_speed, setup, teardown),
        cmocka_unit_test_setup_teardown(test_recordings_are_short, setup, teardown),
        cmocka_unit_test_setup_teardown(test_back_is_quick, setup, teardown),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
