/* test_golden_lists.c - the root pages that are lists, against tests/golden/<name>.screen. */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

static void at_resources(struct screen *s, const struct model *m)
{
    assert_true(screen_go(s, ROOT_RESOURCES));
    screen_move(s, m, 2);
}

static void at_fuzzy(struct screen *s, const struct model *m)
{
    at_resources(s, m);
    screen_set_filter(s, m, "pay srv");
    screen_mark(s, m, false);
    s->filter_focus = true;
    s->filter_input = STR_LIT("pay srv");
    s->input_cursor = 7;
}

static void at_columns(struct screen *s, const struct model *m)
{
    at_resources(s, m);
    list_sort_by(screen_list(s), 4);
    list_choose(screen_list(s), true);
    screen_move(s, m, 5);
    screen_mark(s, m, false);
}

static void at_nothing(struct screen *s, const struct model *m)
{
    at_resources(s, m);
    screen_set_filter(s, m, "no such thing");
}

static void at_none(struct screen *s, const struct model *m)
{
    (void)m;
    assert_true(screen_go(s, ROOT_RESOURCES));
}

static void test_states(void **state)
{
    (void)state;
    assert_true(golden_shoot("resources-fuzzy", SIZE_MAX, at_fuzzy));
    assert_true(golden_shoot("resources-columns", SIZE_MAX, at_columns));
    assert_true(golden_shoot("resources-unmatched", SIZE_MAX, at_nothing));
    assert_true(golden_shoot("resources-none", 0, at_none));
    assert_true(golden_shoot("resources-reading", 4, at_none));
}

/* */
static void test_resources(void **state)
{
    (void)state;
    assert_true(golden_shoot("resources", SIZE_MAX, at_resources));
}

/* ---- pages that need more than the script ---- */

#define T0 INT64_C(1770213731000)

static void apply(struct model *m, struct event ev)
{
    ev.seq = m->seq + 1;
    ev.ts_ms = ev.ts_ms ? ev.ts_ms : m->last_ms + 10;
    ev.actor = ev.actor ? ev.actor : "builtin";
    event_normalize(&ev);
    model_apply(m, &ev);
}

static void add_evidence(struct model *m, const char *id, const char *service, double score,
                         double before, double after)
{
    struct event ev = {.type = EV_EVIDENCE_ADDED};

    ev.u.evidence_added = (struct ev_evidence_added){
        .id = id,
        .call = "c1",
        .hypothesis = "H1",
        .strength = score > 5 ? STRENGTH_STRONG : STRENGTH_WEAK,
        .statement = "p99 latency left its band and stayed there \x1b]0;x\x07",
        .query = "histogram_quantile(0.99, sum by (le) (rate(request_seconds_bucket[1m])))",
        .service = service,
        .metric = "latency_p99",
        .unit = "seconds",
        .before = before,
        .after = after,
        .score = score,
        .onset_ms = T0 - 101000,
    };
    apply(m, ev);
}

static void add_candidate(struct model *m, int64_t rank, const char *service, double score,
                          const char *hypothesis, struct strings evidence)
{
    struct event ev = {.type = EV_CANDIDATE_RANKED};

    ev.u.candidate_ranked = (struct ev_candidate_ranked){
        .rank = rank,
        .service = service,
        .metric = "latency_p99",
        .category = "capacity",
        .statement = "requests wait for a free connection of the pool, which is full since "
                     "14:00:30, a minute before its callers slowed down",
        .hypothesis = hypothesis,
        .score = score,
        .evidence = evidence,
    };
    apply(m, ev);
}

static void add_tool(struct model *m, const char *call, const char *tool, enum tool_status status,
                     const char *summary, const char *error)
{
    struct event ev = {.type = EV_TOOL_STARTED};

    ev.u.tool_started = (struct ev_tool_started){.call = call, .tool = tool, .title = "asked"};
    apply(m, ev);
    ev = (struct event){.type = EV_TOOL_ENDED};
    ev.u.tool_ended =
        (struct ev_tool_ended){.call = call, .status = status, .summary = summary, .error = error};
    apply(m, ev);
}

static void add_alert(struct model *m, const char *fingerprint, const char *name,
                      const char *severity, const char *service, const char *summary,
                      enum alert_state state)
{
    struct event ev = {.type = EV_ALERT_SEEN};

    ev.u.alert_seen = (struct ev_alert_seen){.fingerprint = fingerprint,
                                             .name = name,
                                             .severity = severity,
                                             .service = service,
                                             .summary = summary,
                                             .labels = "{alertname=\"X\",namespace=\"shop\"}",
                                             .source = "prometheus_alerts",
                                             .call = "c20",
                                             .state = state,
                                             .started_ms = T0 - 71000};
    apply(m, ev);
}

/* One row an alert, however often a server speaks of it. */
static void more_alerts(struct model *m)
{
    for (int again = 0; again < 2; again++) {
        add_alert(m, "a1", "PoolLow", "warning", "payments", "the pool has 2 of 40 left",
                  ALERT_FIRING);
        add_alert(m, "a2", "CheckoutSlow", "critical", "checkout", "p99 above 2 s for 1 m",
                  ALERT_FIRING);
        add_alert(m, "a3", "CertExpires", "info", "edge", "in 20 days", ALERT_RESOLVED);
    }
}

static void more_signals(struct model *m)
{
    static const char *const both[] = {"E20", "E21"}, *const one[] = {"E22"};

    struct event ev = {.type = EV_INCIDENT_LOADED};

    ev.u.incident_loaded = (struct ev_incident_loaded){.id = "INC-4211",
                                                       .title = "checkout p99 latency",
                                                       .service = "checkout",
                                                       .metric = "latency_p99",
                                                       .direction = "up",
                                                       .started_at_ms = T0 - 71000};
    apply(m, ev);
    add_tool(m, "c20", "prometheus_alerts", TOOL_OK, "2 firing, 1 pending: CheckoutSlow", "");
    more_alerts(m);
    add_tool(m, "c21", "alertmanager_alerts", TOOL_DENIED, "", "HTTP 403");
    add_evidence(m, "E20", "payments", 18.6, 0.21, 3.9);
    add_evidence(m, "E21", "checkout", 4.1, 0.4, 2.2);
    add_evidence(m, "E22", "cart", 2.6, 0.1, 0.3);
    add_candidate(m, 1, "payments", 0.92, "H1.1", (struct strings){both, 2});
    add_candidate(m, 2, "cart", 0.31, "H2", (struct strings){one, 1});
}

static void more_decisions(struct model *m)
{
    struct event ev = {.type = EV_HYPOTHESIS_STEERED, .actor = "user"};

    ev.u.hypothesis_steered = (struct ev_hypothesis_steered){
        .id = "H3", .act = STEER_REJECT, .text = "certificates were renewed yesterday"};
    apply(m, ev);
    add_tool(m, "c30", "k8s_exec", TOOL_DENIED, "", "read only: kubectl exec is refused");
    ev = (struct event){.type = EV_APPROVAL_REQUESTED};
    ev.u.approval_requested = (struct ev_approval_requested){.id = "A1",
                                                             .operation = "rds.failover",
                                                             .resource = "payments-db",
                                                             .risk = APPROVAL_CRITICAL,
                                                             .expires_ms = T0 + 600000};
    apply(m, ev);
    ev = (struct event){.type = EV_APPROVAL_REJECTED, .actor = "user"};
    ev.u.approval_decided = (struct ev_approval_decided){.id = "A1", .reason = "not at noon"};
    apply(m, ev);
}

static bool shoot(const char *name, void (*more)(struct model *m), golden_setup_fn *setup, int w,
                  int h, enum glyph_set glyphs)
{
    char file[80];
    struct canvas c;
    struct screen s;
    struct model m;
    bool same;

    snprintf(file, sizeof(file), "%s-%dx%d%s", name, w, h, glyphs == GLYPHS_ASCII ? "-ascii" : "");
    canvas_init(&c, glyphs);
    canvas_resize(&c, w, h);
    golden_screen(&s);
    demo_model(&m, SIZE_MAX);
    more(&m);
    setup(&s, &m);
    view_draw(&s, &m, &c);
    same = golden_check(file, &c);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
    return same;
}

static bool shoot_all(const char *name, void (*more)(struct model *m), golden_setup_fn *setup)
{
    static const int sizes[][2] = {{200, 50}, {120, 40}, {80, 24}, {60, 20}};
    bool same = true;

    for (size_t i = 0; i < 8; i++)
        same = shoot(name, more, setup, sizes[i / 2][0], sizes[i / 2][1],
                     i % 2 ? GLYPHS_ASCII : GLYPHS_FULL) &&
               same;
    return same;
}

static void at_signals(struct screen *s, const struct model *m)
{
    assert_true(screen_go(s, ROOT_SIGNALS));
    screen_move(s, m, 2);
}

static void at_alert(struct screen *s, const struct model *m)
{
    assert_true(screen_go(s, ROOT_SIGNALS));
    screen_move(s, m, 1);
    assert_true(screen_open(s, m));
}

static void at_audit(struct screen *s, const struct model *m)
{
    assert_true(screen_go(s, ROOT_AUDIT));
    s->chain = (struct chain_state){.step = CHAIN_GOOD,
                                    .lines = m->seq,
                                    .checked_ms = GOLDEN_NOW_MS,
                                    .last_hash = "3f786850e387550fdab836ed7e6dc881de23001b3f786850e"
                                                 "387550fdab836ed"};
    screen_end(s, m);
}

static void at_broken(struct screen *s, const struct model *m)
{
    at_audit(s, m);
    s->chain.step = CHAIN_BROKEN;
    s->chain.lines = 12;
    snprintf(s->chain.why, sizeof(s->chain.why), "line 13: prev does not match");
}

static void test_signals(void **state)
{
    (void)state;
    assert_true(shoot_all("signals", more_signals, at_signals));
    assert_true(shoot_all("alert", more_signals, at_alert));
}

/* C-36 */
static void test_audit(void **state)
{
    (void)state;
    assert_true(shoot_all("audit", more_decisions, at_audit));
    assert_true(shoot("audit-broken", more_decisions, at_broken, 80, 24, GLYPHS_FULL));
}

/* Enter goes where a row points. */
static void test_opens(void **state)
{
    struct canvas c;
    struct screen s;
    struct model m;

    (void)state;
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    golden_screen(&s);
    demo_model(&m, SIZE_MAX);
    more_signals(&m);
    more_decisions(&m);
    screen_go(&s, ROOT_SIGNALS);
    view_draw(&s, &m, &c);
    assert_true(screen_open(&s, &m)); /* the incident: its root cause */
    assert_int_equal(s.stack[0].page, PAGE_HYPOTHESIS);
    screen_back(&s);
    screen_move(&s, &m, 1);
    assert_true(screen_open(&s, &m)); /* the gravest alert that fires */
    assert_int_equal(s.stack[0].page, PAGE_ALERT);
    assert_string_equal(s.stack[0].id, "a2");
    view_draw(&s, &m, &c);
    assert_true(screen_open(&s, &m));
    assert_int_equal(s.stack[1].page, PAGE_HYPOTHESIS);
    screen_back(&s);
    screen_back(&s);
    screen_move(&s, &m, 3);
    assert_true(screen_open(&s, &m)); /* an answer without alerts */
    assert_int_equal(s.stack[0].page, PAGE_TOOL);
    assert_string_equal(s.stack[0].id, "c21");
    screen_back(&s);
    screen_move(&s, &m, 1);
    assert_true(screen_open(&s, &m));
    assert_int_equal(s.stack[0].page, PAGE_HYPOTHESIS);
    assert_string_equal(s.stack[0].id, "H1.1");
    screen_back(&s);
    assert_true(screen_open_evidence(&s, &m));
    assert_string_equal(s.stack[0].id, "E20");
    screen_back(&s);
    screen_end(&s, &m);
    assert_true(screen_open(&s, &m));
    assert_int_equal(s.stack[0].page, PAGE_EVIDENCE);
    screen_go(&s, ROOT_AUDIT);
    view_draw(&s, &m, &c);
    screen_end(&s, &m); /* an approval: its place in the investigation, if it has one */
    screen_move(&s, &m, -2);
    assert_true(screen_open(&s, &m));
    assert_int_equal(s.stack[0].page, PAGE_TOOL);
    assert_string_equal(s.stack[0].id, "c30");
    screen_back(&s);
    screen_move(&s, &m, -1);
    assert_true(screen_open(&s, &m));
    assert_string_equal(s.stack[0].id, "H3");
    screen_back(&s);
    screen_home(&s, &m);
    screen_move(&s, &m, 1);
    assert_true(screen_open(&s, &m)); /* a question: the transcript */
    assert_int_equal(s.root, ROOT_WAR_ROOM);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

/* A number key leaves detail pages, and a page without a row is not there. */
static void test_roots(void **state)
{
    struct screen s;
    struct model m;

    (void)state;
    demo_model(&m, SIZE_MAX);
    golden_screen(&s);
    screen_open_help(&s);
    assert_true(screen_go(&s, ROOT_RESOURCES));
    assert_int_equal(s.depth, 0);
    assert_true(screen_in_list(&s));
    for (int r = 0; r < ROOTS; r++) {
        bool there = screen_has_root((enum root)r);

        assert_int_equal(screen_go(&s, (enum root)r), there);
        assert_int_equal(*screen_root_name((enum root)r) != '\0', there);
    }
    screen_focus(&s, PANE_HYPOTHESES);
    assert_int_equal(s.root, ROOT_WAR_ROOM);
    model_release(&m);
    screen_release(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),  cmocka_unit_test(test_resources),
        cmocka_unit_test(test_states), cmocka_unit_test(test_signals),
        cmocka_unit_test(test_audit),  cmocka_unit_test(test_opens),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
