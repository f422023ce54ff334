/* test_golden_lists.c - the root pages that are lists, against tests/golden/<name>.screen. */
#include "tests/lib/unit.h"

#include <math.h>
#include <stdio.h>

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
    list_sort_by(screen_list(s), 5);
    list_choose(screen_list(s), true);
    screen_move(s, m, 6);
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

/* ---- resources of a cloud ---- */

static void add_cloud(struct model *m, const char *service, const char *kind, const char *id,
                      const char *name, const char *state, enum health health, const char *tags)
{
    struct event ev = {.type = EV_RESOURCE_SEEN};
    char key[200];

    snprintf(key, sizeof(key), "aws:123456789012/eu-west-1/%s/%s/%s", service, kind, id);
    ev.u.resource_seen = (struct ev_resource_seen){.key = key,
                                                   .kind = kind,
                                                   .name = name,
                                                   .status = state,
                                                   .health = health,
                                                   .value = NAN,
                                                   .limit = NAN,
                                                   .service = service,
                                                   .region = "eu-west-1",
                                                   .account = "123456789012",
                                                   .id = id,
                                                   .created = "2026-01-30T10:00:00Z",
                                                   .tags = tags};
    event_normalize(&ev);
    apply(m, ev);
}

static void cloud_state(struct model *m, enum inventory_step step, int64_t failed)
{
    struct event ev = {.type = EV_INVENTORY_SEEN};

    ev.u.inventory_seen = (struct ev_inventory_seen){
        .step = step,
        .scan = 7,
        .at_ms = GOLDEN_NOW_MS - 3 * 60000,
        .resources = 6,
        .done = 120,
        .known = 480,
        .failed = failed,
        .text = step == INVENTORY_FAILED ? "inventory: disk I/O error" : ""};
    event_normalize(&ev);
    apply(m, ev);
}

static void more_cloud(struct model *m)
{
    add_cloud(m, "rds", "instance", "payments-db", "payments-db", "storage-full", HEALTH_CRITICAL,
              "{\"team\":\"payments\",\"env\":\"prod\"}");
    add_cloud(m, "ec2", "instance", "i-0123456789abcdef0", "web-1", "running", HEALTH_OK,
              "{\"Name\":\"web-1\",\"team\":\"shop\",\"env\":\"prod\"}");
    add_cloud(m, "ec2", "instance", "i-0123456789abcdef1", "web-2", "stopping", HEALTH_WARNING,
              "{\"Name\":\"web-2\",\"team\":\"shop\"}");
    add_cloud(m, "lambda", "function", "ship", "ship", "Active", HEALTH_OK, "");
    add_cloud(m, "sqs", "queue", "orders-dlq", "orders-dlq", "", HEALTH_UNKNOWN, "");
    add_cloud(m, "elbv2", "list", "DescribeLoadBalancers", "DescribeLoadBalancers", "denied",
              HEALTH_WARNING, "");
    cloud_state(m, INVENTORY_KNOWN, 1);
}

static void more_scanning(struct model *m)
{
    more_cloud(m);
    cloud_state(m, INVENTORY_SCANNING, 1);
}

static void at_tagged(struct screen *s, const struct model *m)
{
    assert_true(screen_go(s, ROOT_RESOURCES));
    screen_set_filter(s, m, "tag:team=shop state:run");
}

#define WEB_1 "aws:123456789012/eu-west-1/ec2/instance/i-0123456789abcdef0"

static void at_cloud_page(struct screen *s, const struct model *m)
{
    static const double cpu[] = {3, 4, 4, 5, 12, 60, 96, 97, 98}, none[] = {NAN, NAN};
    static const struct detail_metric metrics[] = {
        {"CPUUtilization", "percent", cpu, 9, ""},
        {"StatusCheckFailed", "count", none, 2, "no values in this time"}};
    static const struct detail_link links[] = {
        {"runs in", "aws:1/eu/ec2/subnet/s", "ec2:subnet", "private-a", "available", HEALTH_OK},
        {"uses", "", "ec2:image", "ami-04681a1d", "not in the inventory", HEALTH_UNKNOWN},
        {"member of", "aws:1/eu/autoscaling/group/web", "autoscaling:group", "web", "",
         HEALTH_UNKNOWN},
        {"routed from", "aws:1/eu/elbv2/target-group/t", "elbv2:target-group", "front", "",
         HEALTH_UNKNOWN}};
    static const struct detail_change changes[] = {
        {GOLDEN_NOW_MS - 7200000, "changed", "instanceType", "t3.large", "t3.micro", ""},
        {GOLDEN_NOW_MS - 86400000, "added", "", "", "", ""}};
    struct arena *a = arena_new(0);
    struct resource_detail *d = arena_alloc(a, sizeof(*d));

    (void)m;
    *d = (struct resource_detail){.step = DETAIL_KNOWN,
                                  .problem = "",
                                  .name = "web-1",
                                  .kind = "instance",
                                  .service = "ec2",
                                  .region = "eu-west-1",
                                  .account = "123456789012",
                                  .state = "running",
                                  .arn = "",
                                  .tags = "",
                                  .first_ms = GOLDEN_NOW_MS - 86400000,
                                  .last_ms = GOLDEN_NOW_MS - 180000,
                                  .links = links,
                                  .link_count = 4,
                                  .changes = changes,
                                  .change_count = 2,
                                  .metrics = metrics,
                                  .metric_count = 2,
                                  .metrics_note = "3 hours",
                                  .record = "{\n  \"instanceId\": \"i-0123456789abcdef0\",\n"
                                            "  \"instanceType\": \"t3.micro\"\n}"};
    assert_true(screen_open_resource(s, WEB_1));
    assert_string_equal(screen_wants_detail(s), WEB_1);
    screen_set_detail(s, WEB_1, a, d);
    assert_null(screen_wants_detail(s));
}

/* A-15 R-42: where rows come from, filters by field, the page of one. */
static void test_cloud(void **state)
{
    (void)state;
    assert_true(shoot_all("cloud", more_cloud, at_resources));
    assert_true(shoot_all("cloud-scanning", more_scanning, at_resources));
    assert_true(shoot_all("cloud-filter", more_cloud, at_tagged));
    assert_true(shoot_all("cloud-page", more_cloud, at_cloud_page));
}

static void give_detail(struct screen *s, const char *key, const char *leads_to)
{
    struct arena *a = arena_new(0);
    struct resource_detail *d = arena_alloc(a, sizeof(*d));
    struct detail_link *l = arena_alloc(a, sizeof(*l));

    assert_non_null(key);
    *l = (struct detail_link){"uses", arena_strdup(a, leads_to), "", "", "", HEALTH_OK};
    d->step = DETAIL_KNOWN;
    d->links = l;
    d->link_count = 1;
    screen_set_detail(s, arena_strdup(a, key), a, d);
}

/* Words that name a field look there and nowhere else; a relation leads on, a walk has no end. */
static void test_fields(void **state)
{
    static const struct {
        const char *filter;
        size_t rows;
    } cases[] = {{"tag:team=shop", 2}, {"tag:TEAM=shop state:run", 1},
                 {"service:ec2", 2},   {"health:bad", 1 + 2},
                 {"region:eu", 6},     {"region:us", 0},
                 {"kind:list", 2},     {"account:1234", 6},
                 {"service:", 14},     {"state:denied Desc", 1},
                 {"nofield:ec2", 0}};
    struct model m;
    struct screen s;

    (void)state;
    demo_model(&m, SIZE_MAX);
    more_cloud(&m);
    golden_screen(&s);
    assert_true(screen_go(&s, ROOT_RESOURCES));
    for (size_t i = 0; i < sizeof(cases) / sizeof(cases[0]); i++) {
        screen_set_filter(&s, &m, "");
        for (size_t n = 1; n <= strlen(cases[i].filter); n++) { /* as it is typed */
            char typed[64];

            snprintf(typed, sizeof(typed), "%.*s", (int)n, cases[i].filter);
            screen_set_filter(&s, &m, typed);
            list_update(&s.resources, &m, 0);
        }
        if (list_shown(&s.resources) != cases[i].rows)
            fail_msg("%s: %zu rows, not %zu", cases[i].filter, list_shown(&s.resources),
                     cases[i].rows);
    }
    at_cloud_page(&s, &m);
    for (int i = 0; i < 3 * SCREEN_STACK_MAX; i++) {
        assert_true(screen_open(&s, &m));
        give_detail(&s, screen_wants_detail(&s), i % 2 ? "aws:1/eu/ec2/subnet/s" : WEB_1);
    }
    assert_int_equal(s.depth, SCREEN_STACK_MAX);
    screen_release(&s);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_roots),  cmocka_unit_test(test_resources),
        cmocka_unit_test(test_states), cmocka_unit_test(test_signals),
        cmocka_unit_test(test_audit),  cmocka_unit_test(test_opens),
        cmocka_unit_test(test_cloud),  cmocka_unit_test(test_fields),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
