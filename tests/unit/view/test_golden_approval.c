/* test_golden_approval.c - the dialog of approvals and their queue, at every size down to 40x8. */
#include "tests/lib/demo_approval.h"
#include "tests/lib/golden.h"
#include "tests/lib/unit.h"

static struct approval_view view;

static void request(const struct model *m, struct ev_approval_requested r)
{
    char fingerprint[SHA256_HEX];
    struct event ev;

    demo_approval_event(&ev, &r, fingerprint);
    ev.ts_ms = GOLDEN_NOW_MS - 20000;
    model_apply((struct model *)(uintptr_t)m, &ev);
}

static void decide(const struct model *m, const char *id)
{
    struct event ev = {.type = EV_APPROVAL_GRANTED, .actor = "user", .ts_ms = GOLDEN_NOW_MS};

    ev.u.approval_decided.id = id;
    ev.u.approval_decided.fingerprint = model_approval(m, id)->fingerprint;
    event_normalize(&ev);
    model_apply((struct model *)(uintptr_t)m, &ev);
}

static void show(struct screen *s, const struct model *m, const char *id, const char *typed)
{
    view = (struct approval_view){.request = model_approval(m, id),
                                  .typed = str_from(typed),
                                  .armed = true,
                                  .seen_end = true,
                                  .message = "",
                                  .now_ms = GOLDEN_NOW_MS,
                                  .waiting = model_approvals_waiting(m)};
    s->approval = &view;
}

static void critical(struct screen *s, const struct model *m)
{
    request(m, demo_failover(GOLDEN_NOW_MS));
    show(s, m, "A1", "paym");
}

static void medium(struct screen *s, const struct model *m)
{
    request(m, demo_failover(GOLDEN_NOW_MS));
    request(m, demo_restart(GOLDEN_NOW_MS));
    show(s, m, "A2", "");
    view.armed = view.seen_end = false;
}

static void deceiving(struct screen *s, const struct model *m)
{
    struct ev_approval_requested r = demo_failover(GOLDEN_NOW_MS);

    r.resource = "p\xD0\xB0yments-db";
    r.effect = "nothing \xE2\x80\xAE gnihton\xE2\x80\x8B happens\033[2J";
    r.args = STR_LIT("{\"force\":true,\"targets\":[\"a\",\"b\"],\"note\":\"x\\ny\"}");
    r.rollback = "";
    r.before = "";
    request(m, r);
    show(s, m, "A1", "");
}

static void queue(struct screen *s, const struct model *m)
{
    request(m, demo_restart(GOLDEN_NOW_MS));
    decide(m, "A2");
    request(m, demo_failover(GOLDEN_NOW_MS));
    screen_open_approvals(s);
}

static void past(struct screen *s, const struct model *m)
{
    request(m, demo_restart(GOLDEN_NOW_MS));
    decide(m, "A2");
    screen_open_approval(s, "A2");
}

static void empty(struct screen *s, const struct model *m)
{
    (void)m;
    screen_open_approvals(s);
}

static void test_dialogs(void **state)
{
    (void)state;
    assert_true(golden_shoot("approval-critical", SIZE_MAX, critical));
    assert_true(golden_shoot_at("approval-critical", SIZE_MAX, critical, 40, 8));
    assert_true(golden_shoot("approval-medium", SIZE_MAX, medium));
    assert_true(golden_shoot_at("approval-medium", SIZE_MAX, medium, 40, 8));
    assert_true(golden_shoot("approval-deceiving", SIZE_MAX, deceiving));
    assert_true(golden_shoot_at("approval-tiny", SIZE_MAX, critical, 39, 8));
    assert_false(view.drawn);
}

static void test_queue(void **state)
{
    (void)state;
    assert_true(golden_shoot("approvals", SIZE_MAX, queue));
    assert_true(golden_shoot("approval-past", SIZE_MAX, past));
    assert_true(golden_shoot("approvals-none", SIZE_MAX, empty));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_dialogs),
        cmocka_unit_test(test_queue),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
