/* test_golden_cloud.c - the resources of AWS in all states in which they may be, and the page of
 * one: its metrics with their limits, what changed of it, and why something is not there. A-15,
 * */
#include "tests/lib/unit.h"

#include <math.h>
#include <stdio.h>

#include "tests/lib/golden.h"

#define WEB "aws:123456789012/eu-west-1/ec2/instance/i-0123456789abcdef0"
#define MINUTE INT64_C(60000)

static void apply(struct model *m, struct event ev)
{
    ev.seq = m->seq + 1;
    ev.ts_ms = m->last_ms + 10;
    ev.actor = "aws";
    event_normalize(&ev);
    model_apply(m, &ev);
}

static void state(struct model *m, enum inventory_step step, const char *text, const char *watched)
{
    struct event ev = {.type = EV_INVENTORY_SEEN};

    ev.u.inventory_seen = (struct ev_inventory_seen){.step = step,
                                                     .scan = step == INVENTORY_NONE ? 0 : 12,
                                                     .at_ms = GOLDEN_NOW_MS - 4 * MINUTE,
                                                     .done = 12,
                                                     .known = 40,
                                                     .failed = step == INVENTORY_SCANNING ? 2 : 0,
                                                     .text = text,
                                                     .watched = watched};
    apply(m, ev);
}

static void see(struct model *m, const char *name, const char *status, enum health health,
                int64_t changed_ms)
{
    struct event ev = {.type = EV_RESOURCE_SEEN};
    char key[200];

    snprintf(key, sizeof(key), "aws:123456789012/eu-west-1/ec2/instance/%s", name);
    ev.u.resource_seen = (struct ev_resource_seen){.key = key,
                                                   .kind = "instance",
                                                   .name = name,
                                                   .status = status,
                                                   .health = health,
                                                   .value = NAN,
                                                   .limit = NAN,
                                                   .service = "ec2",
                                                   .region = "eu-west-1",
                                                   .account = "123456789012",
                                                   .id = name,
                                                   .created = "2026-01-30T10:00:00Z",
                                                   .tags = "{\"team\":\"shop\"}",
                                                   .seen_ms = GOLDEN_NOW_MS - 4 * MINUTE,
                                                   .changed_ms = changed_ms};
    apply(m, ev);
}

static void some(struct model *m)
{
    see(m, "i-0123456789abcdef0", "running", HEALTH_OK, GOLDEN_NOW_MS - 9 * MINUTE);
    see(m, "i-0123456789abcdef1", "stopping", HEALTH_WARNING, 0);
}

static void change(struct model *m, const char *key, const char *resource, const char *text,
                   const char *outcome, int64_t at_ms)
{
    struct event ev = {.type = EV_CHANGE_SEEN};

    ev.u.change_seen = (struct ev_change_seen){.key = key,
                                               .kind = "deployment",
                                               .what = "web",
                                               .resource = resource,
                                               .service = "ec2",
                                               .region = "eu-west-1",
                                               .account = "123456789012",
                                               .actor = "alice",
                                               .text = text,
                                               .outcome = outcome,
                                               .source = "cloudtrail",
                                               .at_ms = at_ms};
    apply(m, ev);
}

/* ---- the list ---- */

static void no_account(struct model *m)
{
    state(m, INVENTORY_NONE, "No AWS account: 'runbook accounts add NAME' adds one.", "");
}

static void not_yet(struct model *m)
{
    state(m, INVENTORY_NONE, "AWS was not looked at yet: r asks it.", "");
}

static void loading(struct model *m)
{
    state(m, INVENTORY_LOADING, "", "");
}

static void asking(struct model *m)
{
    state(m, INVENTORY_SCANNING, "", "");
}

static void failed(struct model *m)
{
    state(m, INVENTORY_FAILED, "inventory: disk I/O error", "");
}

static void failed_with_rows(struct model *m)
{
    some(m);
    failed(m);
}

static void watched(struct model *m)
{
    some(m);
    state(m, INVENTORY_KNOWN, "", "ec2 rds every 5 min");
}

static void at_list(struct screen *s, const struct model *m)
{
    (void)m;
    assert_true(screen_go(s, ROOT_RESOURCES));
}

static bool shoot(const char *name, void (*more)(struct model *m), golden_setup_fn *setup, int w,
                  int h, enum glyph_set glyphs)
{
    char file[96];
    struct canvas c;
    struct screen s;
    struct model m;
    bool same;

    snprintf(file, sizeof(file), "aws-%s-%dx%d%s", name, w, h,
             glyphs == GLYPHS_ASCII ? "-ascii" : "");
    canvas_init(&c, glyphs);
    canvas_resize(&c, w, h);
    golden_screen(&s);
    demo_model(&m, 0);
    more(&m);
    view_draw(&s, &m, &c);
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

static void test_states(void **unused)
{
    (void)unused;
    assert_true(shoot_all("no-account", no_account, at_list));
    assert_true(shoot_all("not-yet", not_yet, at_list));
    assert_true(shoot_all("loading", loading, at_list));
    assert_true(shoot_all("asking", asking, at_list));
    assert_true(shoot_all("failed", failed, at_list));
    assert_true(shoot_all("failed-rows", failed_with_rows, at_list));
    assert_true(shoot_all("watched", watched, at_list));
}

/* ---- the page of one ---- */

static struct resource_detail *detail(struct arena *a)
{
    struct resource_detail *d = arena_alloc(a, sizeof(*d));

    *d = (struct resource_detail){.step = DETAIL_KNOWN,
                                  .problem = "",
                                  .name = "i-0123456789abcdef0",
                                  .kind = "instance",
                                  .service = "ec2",
                                  .region = "eu-west-1",
                                  .account = "123456789012",
                                  .state = "running",
                                  .arn = "",
                                  .tags = "",
                                  .first_ms = GOLDEN_NOW_MS - 30 * 24 * 60 * MINUTE,
                                  .last_ms = GOLDEN_NOW_MS - 4 * MINUTE,
                                  .metrics_note = "",
                                  .record = "{\n  \"instanceType\": \"t3.micro\"\n}"};
    return d;
}

static void open_page(struct screen *s, struct arena *a, struct resource_detail *d)
{
    assert_true(screen_go(s, ROOT_RESOURCES));
    assert_true(screen_open_resource(s, WEB));
    assert_string_equal(screen_wants_detail(s), WEB);
    screen_set_detail(s, WEB, a, d);
}

static void put_metrics(struct arena *a, struct resource_detail *d)
{
    double *cpu = arena_array(a, 36, sizeof(*cpu)), *in = arena_array(a, 36, sizeof(*in));
    static const double none[] = {NAN};
    struct detail_metric *m = arena_array(a, 4, sizeof(*m));

    for (int i = 0; i < 36; i++) {
        cpu[i] = i < 28 ? 10 + i % 3 : 97;
        in[i] = i == 20 ? (double)NAN : 1e6 + 1e4 * i;
    }
    m[0] = (struct detail_metric){"CPU", "percent", cpu, 36, "", "97 %", "> 90 %", HEALTH_WARNING};
    m[1] = (struct detail_metric){.name = "network in, in 5 minutes",
                                  .unit = "bytes",
                                  .values = in,
                                  .count = 36,
                                  .problem = ""};
    m[2] = (struct detail_metric){"CPU credits left",      "",   none,   1,
                                  "no data in CloudWatch", NULL, "<= 0", HEALTH_UNKNOWN};
    m[3] = (struct detail_metric){"failed status checks",  "",   none,   1,
                                  "no data in CloudWatch", NULL, ">= 1", HEALTH_UNKNOWN};
    d->metrics = m;
    d->metric_count = 4;
    d->metrics_step = DETAIL_METRICS_KNOWN;
    d->metrics_note = "last 3 h";
    d->metrics_ms = GOLDEN_NOW_MS - 6 * MINUTE;
}

static void at_page(struct screen *s, const struct model *m)
{
    static const struct detail_change kept[] = {
        {GOLDEN_NOW_MS - 9 * MINUTE, "changed", "instanceType", "t3.large", "t3.micro", "", NULL},
        {GOLDEN_NOW_MS - 30 * 24 * 60 * MINUTE, "added", "", "", "", "", NULL}};
    struct arena *a = arena_new(0);
    struct resource_detail *d = detail(a);

    (void)m;
    put_metrics(a, d);
    d->changes = kept;
    d->change_count = 2;
    open_page(s, a, d);
}

/* Two of them are of this one, by id and by ARN; what is elsewhere is not. */
static void changed(struct model *m)
{
    some(m);
    change(m, "1", "i-0123456789abcdef0", "i-0123456789abcdef0 was rebooted", "ok",
           GOLDEN_NOW_MS - 5 * MINUTE);
    change(m, "2", "arn:aws:ec2:eu-west-1:123456789012:instance/i-0123456789abcdef0",
           "deployment d-1 of web to it \x1b]0;x\x07", "failed", GOLDEN_NOW_MS - 12 * MINUTE);
    change(m, "3", "i-0123456789abcdef1", "NOT OF THIS ONE", "ok", GOLDEN_NOW_MS - 2 * MINUTE);
    change(m, "4", "xi-0123456789abcdef0", "NOR OF THIS ONE", "ok", GOLDEN_NOW_MS - 2 * MINUTE);
}

static void say(struct screen *s, enum detail_metrics_step step, const char *note)
{
    struct arena *a = arena_new(0);
    struct resource_detail *d = detail(a);

    d->metrics_step = step;
    d->metrics_note = note;
    open_page(s, a, d);
}

static void at_asking(struct screen *s, const struct model *m)
{
    (void)m;
    say(s, DETAIL_METRICS_ASKING, "");
}

static void at_denied(struct screen *s, const struct model *m)
{
    (void)m;
    say(s, DETAIL_METRICS_FAILED,
        "denied: the page's metrics need cloudwatch:GetMetricData; r asks again");
}

static void at_without(struct screen *s, const struct model *m)
{
    (void)m;
    say(s, DETAIL_METRICS_NONE, "not asked: AWS is not configured ('runbook accounts')");
}

static void test_page(void **unused)
{
    (void)unused;
    assert_true(shoot_all("page", changed, at_page));
    assert_true(shoot_all("page-asking", some, at_asking));
    assert_true(shoot_all("page-denied", some, at_denied));
    assert_true(shoot_all("page-without", some, at_without));
}

/* A row says for a day that it changed; changes of others are not on its page. */
static void test_marks(void **unused)
{
    struct canvas c;
    struct screen s;
    struct model m;
    struct buf out = BUF_INIT(65536);

    (void)unused;
    canvas_init(&c, GLYPHS_FULL);
    canvas_resize(&c, 120, 40);
    golden_screen(&s);
    demo_model(&m, 0);
    changed(&m);
    at_list(&s, &m);
    view_draw(&s, &m, &c);
    list_copy_shown(&s.resources, &m, &out);
    assert_non_null(strstr(buf_cstr(&out), "\t~ 5m\t"));
    see(&m, "i-0123456789abcdef0", "running", HEALTH_OK, 0); /* seen again: still changed then */
    see(&m, "i-0123456789abcdef1", "stopped", HEALTH_UNKNOWN,
        GOLDEN_NOW_MS - 25 * 60 * MINUTE); /* longer ago than a day */
    buf_clear(&out);
    view_draw(&s, &m, &c);
    list_copy_shown(&s.resources, &m, &out);
    assert_non_null(strstr(buf_cstr(&out), "\t~ 5m\t"));
    assert_null(strstr(buf_cstr(&out), "\t~ 24h\t"));
    buf_release(&out);
    model_release(&m);
    screen_release(&s);
    canvas_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_states), cmocka_unit_test(test_page),
                                       cmocka_unit_test(test_marks)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
