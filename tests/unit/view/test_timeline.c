/* test_timeline.c - the timeline page: golden screens, its two clocks, filter, zoom and the way
 * back; and what 100,000 events cost. */
#include "tests/lib/unit.h"

#include <time.h>

#include "tests/lib/golden.h"

static void at_timeline(struct screen *s, const struct model *m)
{
    screen_go(s, ROOT_TIMELINE);
    screen_move(s, m, -20);
}

static void at_data(struct screen *s, const struct model *m)
{
    screen_go(s, ROOT_TIMELINE);
    timeline_set_clock(&s->timeline, TIMELINE_DATA);
    screen_home(s, m);
}

static void at_zoomed(struct screen *s, const struct model *m)
{
    screen_go(s, ROOT_TIMELINE);
    timeline_set_clock(&s->timeline, TIMELINE_WALL);
    screen_move(s, m, -12);
    timeline_zoom(&s->timeline, m, 1);
    timeline_zoom(&s->timeline, m, 1);
    screen_set_filter(s, m, "h1");
}

/* */
static void test_golden(void **state)
{
    bool good = golden_shoot("timeline", SIZE_MAX, at_timeline);

    (void)state;
    good = golden_shoot("timeline-data", SIZE_MAX, at_data) && good;
    good = golden_shoot("timeline-zoomed", SIZE_MAX, at_zoomed) && good;
    good = golden_shoot("timeline-empty", 0, at_timeline) && good;
    assert_true(good);
}

/* An incident with its window, a change before it, and a tool that runs long. */
static void incident_model(struct model *m)
{
    const int64_t t0 = INT64_C(1770213731000);
    struct event ev = {.type = EV_INCIDENT_LOADED, .ts_ms = t0 + 15, .seq = 900, .actor = "engine"};

    demo_model(m, SIZE_MAX);
    ev.u.incident_loaded = (struct ev_incident_loaded){.title = "checkout p99 above 1 s",
                                                       .service = "checkout",
                                                       .metric = "latency_p99",
                                                       .started_at_ms = t0 - 90000,
                                                       .window_start_ms = t0 - 120000,
                                                       .window_end_ms = t0 - 20000};
    event_normalize(&ev);
    model_apply(m, &ev);
    ev = (struct event){.type = EV_HYPOTHESIS_PROPOSED, .ts_ms = t0 + 4000, .seq = 901};
    ev.u.hypothesis_proposed = (struct ev_hypothesis_proposed){
        .id = "H4", .statement = "a recent change is to blame", .kind = "deployment"};
    event_normalize(&ev);
    model_apply(m, &ev);
    ev = (struct event){.type = EV_EVIDENCE_ADDED, .ts_ms = t0 + 4100, .seq = 902};
    ev.u.evidence_added =
        (struct ev_evidence_added){.id = "E9",
                                   .hypothesis = "H4",
                                   .statement = "file /etc/payments.conf changed 19 s before",
                                   .strength = STRENGTH_WEAK,
                                   .onset_ms = t0 - 140000};
    event_normalize(&ev);
    model_apply(m, &ev);
    ev = (struct event){.type = EV_TOOL_STARTED, .ts_ms = t0 + 4200, .seq = 903};
    ev.u.tool_started = (struct ev_tool_started){
        .call = "c99", .tool = "prometheus.range", .title = "every series of payments"};
    event_normalize(&ev);
    model_apply(m, &ev);
    ev = (struct event){.type = EV_TOOL_ENDED, .ts_ms = t0 + 34200, .seq = 904};
    ev.u.tool_ended = (struct ev_tool_ended){
        .call = "c99", .status = TOOL_TIMEOUT, .error = "no answer", .duration_ms = 30000};
    event_normalize(&ev);
    model_apply(m, &ev);
}

static void test_incident(void **state)
{
    static const int sizes[3][2] = {{200, 50}, {120, 40}, {80, 24}};
    bool good = true;

    (void)state;
    for (int i = 0; i < 6; i++) {
        bool ascii = i >= 3;
        struct screen s;
        struct canvas c;
        struct model m;
        char name[64];

        incident_model(&m);
        golden_screen(&s);
        canvas_init(&c, ascii ? GLYPHS_ASCII : GLYPHS_FULL);
        canvas_resize(&c, sizes[i % 3][0], sizes[i % 3][1]);
        screen_go(&s, ROOT_TIMELINE);
        screen_home(&s, &m);
        view_draw(&s, &m, &c);
        snprintf(name, sizeof(name), "timeline-incident-%dx%d%s", c.width, c.height,
                 ascii ? "-ascii" : "");
        good = golden_check(name, &c) && good;
        model_release(&m);
        screen_release(&s);
        canvas_release(&c);
    }
    assert_true(good);
}

static void add_change(struct model *m, const char *key, int64_t at_ms, const char *outcome)
{
    struct event ev = {.type = EV_CHANGE_SEEN, .ts_ms = INT64_C(1770213803000), .seq = 990};

    ev.u.change_seen = (struct ev_change_seen){.key = key,
                                               .kind = "deployment",
                                               .what = "web",
                                               .text = "deployment of web: task failed",
                                               .actor = "alice",
                                               .outcome = outcome,
                                               .at_ms = at_ms};
    event_normalize(&ev);
    model_apply(m, &ev);
}

/* As typing one does. */
static void set_filter(struct timeline *t, const char *text)
{
    snprintf(t->filter, sizeof(t->filter), "%s", text);
    t->stale = true;
}

/* Changes that sources told of have their own time and lane, and are found by who made them. */
static void test_changes(void **state)
{
    const int64_t t0 = INT64_C(1770213731000);
    struct timeline t;
    struct screen s;
    struct canvas c;
    struct model m;
    struct buf text = BUF_INIT(1 << 20);
    size_t before, found = 0;

    (void)state;
    timeline_init(&t);
    demo_model(&m, SIZE_MAX);
    timeline_update(&t, &m);
    before = t.events.count;
    add_change(&m, "a", t0 - 60000, "failed");
    add_change(&m, "b", t0 - 30000, "ok");
    add_change(&m, "b", t0 - 30000, "rolled-back");
    timeline_update(&t, &m);
    assert_int_equal(t.events.count, before + 2);
    set_filter(&t, "alice");
    timeline_update(&t, &m);
    assert_int_equal(t.events.count, 2);
    for (size_t i = 0; i < t.events.count; i++) {
        assert_int_equal(t.events.items[i].lane, LANE_CHANGES);
        assert_true(t.events.items[i].data);
        found += t.events.items[i].item >= TIMELINE_CHANGES;
    }
    assert_int_equal(found, 2);
    golden_screen(&s);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    screen_go(&s, ROOT_TIMELINE);
    screen_set_filter(&s, &m, "alice");
    view_draw(&s, &m, &c);
    canvas_dump(&c, &text);
    assert_non_null(strstr(buf_cstr(&text), "deployment of web: task failed  by alice"));
    buf_release(&text);
    canvas_release(&c);
    screen_release(&s);
    model_release(&m);
    timeline_release(&t);
}

static void check_order(const struct timeline *t)
{
    for (size_t i = 1; i < t->events.count; i++)
        assert_true(t->events.items[i - 1].ts_ms <= t->events.items[i].ts_ms);
}

/* Taken over bit by bit, the events are what they are when taken over at once. */
static void test_growing(void **state)
{
    struct timeline grown, whole;
    struct model m;
    struct event ev;

    (void)state;
    timeline_init(&grown);
    timeline_init(&whole);
    set_filter(&grown, "p");
    set_filter(&whole, "p");
    model_init(&m);
    for (size_t i = 0; demo_event(i, &ev); i++) {
        model_apply(&m, &ev);
        timeline_update(&grown, &m);
        check_order(&grown);
    }
    timeline_update(&whole, &m);
    assert_true(whole.events.count > 5 && whole.events.count < whole.all);
    assert_int_equal(grown.events.count, whole.events.count);
    for (size_t i = 0; i < whole.events.count; i++) {
        assert_int_equal(grown.events.items[i].item, whole.events.items[i].item);
        assert_int_equal(grown.events.items[i].ts_ms, whole.events.items[i].ts_ms);
    }
    model_release(&m);
    timeline_release(&grown);
    timeline_release(&whole);
}

static size_t count_data(const struct timeline *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->events.count; i++)
        n += t->events.items[i].data;
    return n;
}

/* No event changes its kind of time, and none is lost without being counted. */
static void test_clocks(void **state)
{
    struct timeline t;
    struct model m;
    size_t both, data;

    (void)state;
    timeline_init(&t);
    demo_model(&m, SIZE_MAX);
    timeline_update(&t, &m);
    both = t.events.count;
    data = count_data(&t);
    assert_int_equal(t.clock, TIMELINE_BOTH);
    assert_int_equal(t.timeless, 0);
    assert_true(data > 0 && data < both);
    timeline_set_clock(&t, TIMELINE_DATA);
    timeline_update(&t, &m);
    assert_int_equal(t.events.count, data);
    assert_int_equal(count_data(&t), data);
    assert_int_equal(t.timeless, both - data);
    timeline_set_clock(&t, TIMELINE_WALL);
    timeline_update(&t, &m);
    assert_int_equal(t.events.count, both);
    assert_int_equal(count_data(&t), 0);
    model_release(&m);
    timeline_release(&t);
}

/* Data of long ago is not put on one axis with the investigation of it, unless asked. */
static void test_old_data(void **state)
{
    struct event ev = {.type = EV_EVIDENCE_ADDED, .ts_ms = INT64_C(1770213803000), .seq = 1};
    struct timeline t;
    struct model m;

    (void)state;
    timeline_init(&t);
    model_init(&m);
    ev.u.evidence_added =
        (struct ev_evidence_added){.id = "E1", .onset_ms = INT64_C(1500000000000)};
    event_normalize(&ev);
    model_apply(&m, &ev);
    timeline_update(&t, &m);
    assert_int_equal(t.clock, TIMELINE_DATA);
    timeline_set_clock(&t, TIMELINE_BOTH);
    timeline_update(&t, &m);
    assert_int_equal(t.clock, TIMELINE_BOTH);
    model_release(&m);
    timeline_release(&t);
}

static void test_moving(void **state)
{
    struct timeline t;
    struct model m;
    uint32_t selected;
    size_t before;

    (void)state;
    timeline_init(&t);
    demo_model(&m, 30);
    timeline_update(&t, &m);
    assert_int_equal(t.row, t.events.count - 1); /* the newest, and it follows */
    timeline_move(&t, &m, -3);
    selected = t.selected;
    before = t.events.count;
    demo_bulk(&m, 50, 0);
    timeline_update(&t, &m);
    assert_int_equal(t.events.count, before + 25);
    assert_int_equal(t.selected, selected); /* stays while others come */
    assert_int_equal(t.events.items[t.row].item, selected);
    for (int i = 0; i < 40; i++)
        timeline_zoom(&t, &m, 1);
    assert_true(t.to_ms - t.from_ms >= 20);
    timeline_move(&t, &m, 1000);
    assert_true(t.events.items[t.row].ts_ms >= t.from_ms);
    assert_true(t.events.items[t.row].ts_ms <= t.to_ms);
    for (int i = 0; i < 100; i++)
        timeline_pan(&t, &m, -1);
    assert_true(t.to_ms > t.events.items[0].ts_ms);
    timeline_move_in_lane(&t, &m, -1);
    assert_int_equal(t.events.items[t.row].lane, LANE_TOOLS);
    timeline_fit(&t);
    assert_int_equal(t.from_ms, t.to_ms);
    model_release(&m);
    timeline_release(&t);
}

/* Enter leads to the item in the transcript and to its hypothesis in the tree. */
static void test_jump(void **state)
{
    struct screen s;
    struct canvas c;
    struct model m;
    size_t jumped = 0;

    (void)state;
    demo_model(&m, SIZE_MAX);
    golden_screen(&s);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    view_draw(&s, &m, &c);
    screen_focus(&s, PANE_HYPOTHESES);
    screen_home(&s, &m);
    screen_open_node(&s, &m, false); /* H1's branch is closed */
    screen_focus(&s, PANE_INVESTIGATION);
    screen_set_filter(&s, &m, "nothing has this");
    screen_go(&s, ROOT_TIMELINE);
    view_draw(&s, &m, &c);
    for (size_t i = 0; i < s.timeline.events.count; i++) {
        const struct timeline_event *ev;

        screen_go(&s, ROOT_TIMELINE);
        screen_home(&s, &m);
        screen_move(&s, &m, (int)i);
        ev = timeline_selected(&s.timeline, &m);
        assert_true(screen_open(&s, &m));
        assert_int_equal(s.root, ROOT_WAR_ROOM);
        assert_string_equal(s.transcript.filter, "");
        assert_int_equal(s.transcript.selected, ev->item);
        view_draw(&s, &m, &c);
        if (m.items.items[ev->item].kind == ITEM_EVIDENCE) {
            assert_string_equal(s.tree.list.selected,
                                m.evidence.items[m.items.items[ev->item].ref].hypothesis);
            jumped++;
        }
    }
    assert_true(jumped >= 3);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

static void test_offsets(void **state)
{
    static const struct {
        int64_t ms;
        const char *text;
    } cases[] = {{0, "+0.0 s"},
                 {-12340, "-12.3 s"},
                 {125000, "+2:05"},
                 {-4205000, "-1:10:05"},
                 {273600000, "+3 d 4 h"}};

    (void)state;
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        char out[24];

        timeline_offset(cases[i].ms, out);
        assert_string_equal(out, cases[i].text);
    }
}

static int64_t cpu_us(void)
{
    struct timespec ts;

    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &ts);
    return (int64_t)ts.tv_sec * 1000000 + ts.tv_nsec / 1000;
}

/* 100,000 events: a drawing after a key, and one after a filter's key. The bounds are far above
 * what is measured: a loaded machine passes, quadratic work does not. */
static void test_many(void **state)
{
    struct screen s;
    struct canvas c;
    struct model m;
    int64_t from, moved = 0, filtered;

    (void)state;
    demo_model(&m, SIZE_MAX);
    demo_bulk(&m, 200000, 0);
    golden_screen(&s);
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 200, 50);
    screen_go(&s, ROOT_TIMELINE);
    from = cpu_us();
    view_draw(&s, &m, &c);
    print_message("# 100,000 events: first drawing %d us\n", (int)(cpu_us() - from));
    assert_true(s.timeline.events.count >= 100000);
    for (int i = 0; i < 20; i++) {
        from = cpu_us();
        screen_move(&s, &m, -37);
        view_draw(&s, &m, &c);
        moved = cpu_us() - from > moved ? cpu_us() - from : moved;
    }
    from = cpu_us();
    screen_set_filter(&s, &m, "number 99");
    view_draw(&s, &m, &c);
    filtered = cpu_us() - from;
    print_message("# a key at most %d us, a filter %d us\n", (int)moved, (int)filtered);
    assert_true(s.timeline.events.count > 0 && s.timeline.events.count < 2000);
    assert_true(moved < 200000 && filtered < 1000000);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_golden),  cmocka_unit_test(test_incident),
        cmocka_unit_test(test_changes), cmocka_unit_test(test_growing),
        cmocka_unit_test(test_clocks),  cmocka_unit_test(test_old_data),
        cmocka_unit_test(test_moving),  cmocka_unit_test(test_jump),
        cmocka_unit_test(test_offsets), cmocka_unit_test(test_many),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
