/* test_approval.c - who may answer an approval, and when: each rule, with a clock of the test's own
 * and a canvas instead of a terminal. R-58 */
#include "tests/lib/demo_approval.h"
#include "tests/lib/unit.h"

#include "runbook/ui/approval.h"
#include "runbook/view/canvas.h"

#define T0 INT64_C(1770213803000)

struct fixture {
    struct model m;
    struct approval_dialog d;
    struct canvas c;
    int64_t now; /* monotonic */
};

static void apply(struct fixture *f, struct event ev)
{
    ev.ts_ms = T0;
    event_normalize(&ev);
    model_apply(&f->m, &ev);
}

static void request(struct fixture *f, struct ev_approval_requested r)
{
    char fingerprint[SHA256_HEX];
    struct event ev;

    demo_approval_event(&ev, &r, fingerprint);
    apply(f, ev);
}

static void draw(struct fixture *f)
{
    if (approval_update(&f->d, &f->m, T0))
        approval_draw(&f->d.view, &f->c);
}

/* Drawn, and the frame is on the terminal. */
static void frame(struct fixture *f)
{
    draw(f);
    approval_written(&f->d, f->now);
}

static void start_at(struct fixture *f, struct ev_approval_requested r, int w, int h)
{
    *f = (struct fixture){.now = 5000};
    model_init(&f->m);
    canvas_init(&f->c, GLYPHS_FULL);
    canvas_resize(&f->c, w, h);
    approval_init(&f->d);
    request(f, r);
    approval_open(&f->d, model_approval(&f->m, r.id));
}

static void end(struct fixture *f)
{
    approval_release(&f->d);
    canvas_release(&f->c);
    model_release(&f->m);
}

/* Shown, written, silent for 300 ms: ready for an answer. */
static void start_armed(struct fixture *f, struct ev_approval_requested r)
{
    start_at(f, r, 120, 40);
    frame(f);
    f->now += APPROVAL_ARM_MS;
    assert_true(approval_arm(&f->d, f->now));
    draw(f);
}

static enum approval_answer press(struct fixture *f, key_code key)
{
    f->now += 50;
    return approval_key(&f->d, key, f->now);
}

static enum approval_answer type(struct fixture *f, const char *text)
{
    for (; *text; text++)
        assert_int_equal(press(f, *text == ' ' ? KEY_NAME_SPACE : (key_code)*text),
                         APPROVAL_NOTHING);
    return press(f, KEY_NAME_ENTER);
}

static void test_one_key_for_low_and_medium(void **state)
{
    struct fixture f;

    (void)state;
    start_armed(&f, demo_restart(T0));
    assert_int_equal(press(&f, KEY_NAME_ENTER), APPROVAL_NOTHING); /* Enter alone never approves */
    assert_int_equal(press(&f, 'Y'), APPROVAL_NOTHING);
    assert_int_equal(press(&f, 'y'), APPROVAL_APPROVE);
    assert_string_equal(f.d.fingerprint, model_approval(&f.m, "A2")->fingerprint);
    end(&f);
}

static void test_yes_for_high(void **state)
{
    struct ev_approval_requested r = demo_failover(T0);
    struct fixture f;

    (void)state;
    r.risk = APPROVAL_HIGH;
    start_armed(&f, r);
    assert_int_equal(press(&f, KEY_NAME_ENTER), APPROVAL_NOTHING);
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING);
    assert_int_equal(press(&f, KEY_NAME_ENTER), APPROVAL_NOTHING); /* "y" is not "yes" */
    assert_int_equal(type(&f, "yes"), APPROVAL_APPROVE);
    end(&f);
}

static void test_name_for_critical(void **state)
{
    struct fixture f;

    (void)state;
    start_armed(&f, demo_failover(T0));
    assert_int_equal(type(&f, "yes"), APPROVAL_NOTHING);
    assert_int_equal(type(&f, "payments-d"), APPROVAL_NOTHING);
    assert_int_equal(type(&f, "payments-db "), APPROVAL_NOTHING);
    assert_int_equal(type(&f, "payments-db"), APPROVAL_APPROVE);
    end(&f);
}

/* Keys from before the frame was on the terminal, and for 300 ms after, do nothing; each of them
 * starts the 300 ms again. */
static void test_keys_before_it_was_read(void **state)
{
    struct fixture f;

    (void)state;
    start_at(&f, demo_restart(T0), 120, 40);
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING); /* not drawn */
    draw(&f);
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING); /* drawn, not written */
    f.now += 10000;
    assert_false(approval_arm(&f.d, f.now)); /* nothing arms what is not on the terminal */
    approval_written(&f.d, f.now);
    assert_int_equal(approval_arm_at(&f.d), f.now + APPROVAL_ARM_MS);
    f.now += APPROVAL_ARM_MS - 60;
    assert_false(approval_arm(&f.d, f.now));
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING); /* 290 ms */
    f.now += 20;
    assert_false(approval_arm(&f.d, f.now)); /* the key began them anew */
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING);
    f.now += APPROVAL_ARM_MS;
    assert_int_equal(approval_key(&f.d, 'y', f.now), APPROVAL_NOTHING); /* due is not armed */
    f.now += APPROVAL_ARM_MS;
    assert_true(approval_arm(&f.d, f.now));
    assert_int_equal(press(&f, 'y'), APPROVAL_APPROVE);
    end(&f);
}

/* A later frame (the countdown) neither arms nor delays. */
static void test_later_frames_change_nothing(void **state)
{
    struct fixture f;
    int64_t at;

    (void)state;
    start_at(&f, demo_restart(T0), 120, 40);
    frame(&f);
    at = approval_arm_at(&f.d);
    f.now += 200;
    frame(&f);
    assert_int_equal(approval_arm_at(&f.d), at);
    end(&f);
}

static void test_paste_and_mouse_do_not_answer(void **state)
{
    struct fixture f;

    (void)state;
    start_armed(&f, demo_restart(T0));
    approval_refuse(&f.d, "Pasted text is no answer", f.now);
    assert_string_equal(f.d.message, "Pasted text is no answer");
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING); /* it is disarmed for a while */
    f.now += APPROVAL_ARM_MS;
    assert_true(approval_arm(&f.d, f.now));
    assert_int_equal(press(&f, 'y'), APPROVAL_APPROVE);
    end(&f);
}

/* Esc rejects, Tab leaves it in the queue: also only once it could be read. */
static void test_refusing(void **state)
{
    struct fixture f;

    (void)state;
    start_at(&f, demo_failover(T0), 120, 40);
    frame(&f);
    assert_int_equal(press(&f, KEY_NAME_ESC), APPROVAL_NOTHING);
    f.now += APPROVAL_ARM_MS;
    assert_true(approval_arm(&f.d, f.now));
    assert_int_equal(press(&f, KEY_NAME_TAB), APPROVAL_LATER);
    assert_int_equal(press(&f, KEY_NAME_ESC), APPROVAL_REJECT);
    end(&f);
}

/* What does not fit has to be scrolled to its end first. */
static void test_read_to_the_end(void **state)
{
    struct fixture f;

    (void)state;
    start_at(&f, demo_restart(T0), 40, 8);
    frame(&f);
    f.now += APPROVAL_ARM_MS;
    assert_true(approval_arm(&f.d, f.now));
    assert_false(f.d.view.end_shown);
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING);
    assert_string_equal(f.d.message, "Read to the end first: PgDn");
    press(&f, KEY_NAME_END);
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING); /* asked for, not yet on the terminal */
    frame(&f);
    assert_int_equal(press(&f, 'y'), APPROVAL_APPROVE);
    end(&f);
}

/* A word that came before the end was read is typed anew, not behind itself. */
static void test_typed_before_the_end(void **state)
{
    struct ev_approval_requested r = demo_failover(T0);
    struct fixture f;

    (void)state;
    r.risk = APPROVAL_HIGH;
    start_at(&f, r, 40, 8);
    frame(&f);
    f.now += APPROVAL_ARM_MS;
    assert_true(approval_arm(&f.d, f.now));
    assert_false(f.d.view.end_shown);
    assert_int_equal(type(&f, "yes"), APPROVAL_NOTHING);
    press(&f, KEY_NAME_END);
    frame(&f);
    assert_int_equal(type(&f, "yes"), APPROVAL_APPROVE);
    end(&f);
}

static void test_too_small_to_decide(void **state)
{
    struct fixture f;

    (void)state;
    start_armed(&f, demo_restart(T0));
    canvas_resize(&f.c, 39, 8);
    draw(&f);
    assert_false(f.d.view.drawn);
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING);
    end(&f);
}

/* The request changes while it is shown: the answer to the old one is lost, the new one is read
 * from the beginning. */
static void test_changed_while_shown(void **state)
{
    struct ev_approval_requested r = demo_failover(T0);
    struct fixture f;
    char before[65];

    (void)state;
    start_armed(&f, r);
    memcpy(before, f.d.fingerprint, sizeof(before));
    press(&f, 'p');
    r.args = STR_LIT("{\"cluster\":\"payments-db\",\"target\":\"elsewhere\"}");
    request(&f, r);
    draw(&f);
    assert_true(f.d.open);
    assert_string_not_equal(f.d.fingerprint, before);
    assert_int_equal(f.d.typed.len, 0);
    assert_false(f.d.view.armed);
    assert_int_equal(type(&f, "payments-db"), APPROVAL_NOTHING);
    approval_written(&f.d, f.now);
    f.now += APPROVAL_ARM_MS;
    assert_true(approval_arm(&f.d, f.now));
    assert_int_equal(type(&f, "payments-db"), APPROVAL_APPROVE);
    end(&f);
}

/* Every field that says what happens is in the fingerprint. */
static void test_fingerprint_covers_everything(void **state)
{
    struct ev_approval_requested base = demo_failover(T0);
    char first[SHA256_HEX], other[SHA256_HEX];
    static const char *const evidence[] = {"E4", "E8"};
    struct ev_approval_requested changed[17];
    size_t n = 0;

    (void)state;
    for (size_t i = 0; i < 17; i++)
        changed[i] = base;
    changed[n++].operation = "rds.reboot";
    changed[n++].resource = "payments-db2";
    changed[n++].account = "1";
    changed[n++].region = "eu-west-1";
    changed[n++].environment = "staging";
    changed[n++].risk = APPROVAL_LOW;
    changed[n++].args = STR_LIT("{}");
    changed[n++].why = "x";
    changed[n++].hypothesis = "H2";
    changed[n++].evidence = (struct strings){evidence, 2};
    changed[n++].effect = "x";
    changed[n++].before = "x";
    changed[n++].before_ms = 1;
    changed[n++].rollback = "";
    changed[n++].policy = "x";
    changed[n++].limits = "x";
    changed[n++].expires_ms = 1;
    demo_approval_event(&(struct event){0}, &base, first);
    for (size_t i = 0; i < n; i++) {
        demo_approval_event(&(struct event){0}, &changed[i], other);
        if (strcmp(first, other) == 0)
            fail_msg("change %zu is not seen", i);
    }
}

/* The fold lets nothing through that does not fit what was asked. */
static void test_fold(void **state)
{
    struct fixture f;
    struct event granted = {.type = EV_APPROVAL_GRANTED, .actor = "user"};

    (void)state;
    start_at(&f, demo_failover(T0), 80, 24);
    assert_int_equal(model_approvals_waiting(&f.m), 1);
    granted.u.approval_decided.id = "A1";
    granted.u.approval_decided.fingerprint = "0000";
    apply(&f, granted);
    assert_int_equal(model_approval(&f.m, "A1")->state, APPROVAL_WAITING);
    granted.u.approval_decided.fingerprint = model_approval(&f.m, "A1")->fingerprint;
    apply(&f, granted);
    assert_int_equal(model_approval(&f.m, "A1")->state, APPROVAL_GRANTED);
    granted.type = EV_APPROVAL_REJECTED;
    apply(&f, granted);
    assert_int_equal(model_approval(&f.m, "A1")->state, APPROVAL_GRANTED); /* an answer is final */
    assert_false(approval_update(&f.d, &f.m, T0));                         /* and the dialog goes */
    end(&f);
}

/* A request that lies about its fingerprint can only be rejected. */
static void test_forged(void **state)
{
    struct ev_approval_requested r = demo_restart(T0);
    char fingerprint[SHA256_HEX];
    struct event ev;
    struct fixture f;

    (void)state;
    start_armed(&f, r);
    demo_approval_event(&ev, &r, fingerprint);
    ev.u.approval_requested.effect = "something else";
    apply(&f, ev);
    frame(&f);
    f.now += APPROVAL_ARM_MS;
    assert_true(approval_arm(&f.d, f.now));
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING);
    assert_int_equal(press(&f, KEY_NAME_ESC), APPROVAL_REJECT);
    end(&f);
}

/* A name with a look-alike is typed as the dialog shows it, never as it looks. */
static void test_look_alike_name(void **state)
{
    struct ev_approval_requested r = demo_failover(T0);
    struct buf shown = BUF_INIT(100000);
    struct fixture f;

    (void)state;
    r.resource = "p\xD0\xB0yments-db"; /* Cyrillic a */
    start_armed(&f, r);
    canvas_dump(&f.c, &shown);
    assert_true(strstr(buf_cstr(&shown), "p<U+0430>yments-db") != NULL);
    assert_true(strstr(buf_cstr(&shown), "beware") != NULL);
    assert_int_equal(type(&f, "payments-db"), APPROVAL_NOTHING);
    assert_int_equal(type(&f, "p<U+0430>yments-db"), APPROVAL_APPROVE);
    buf_release(&shown);
    end(&f);
}

/* A paste without brackets: what comes at once does not approve, however it is cut. */
static void test_at_once(void **state)
{
    struct ev_approval_requested r = demo_failover(T0);
    struct fixture f;

    (void)state;
    r.risk = APPROVAL_HIGH;
    start_armed(&f, r);
    for (const char *k = "yes\r"; *k; k++)
        assert_int_equal(approval_key(&f.d, *k == '\r' ? KEY_NAME_ENTER : (key_code)*k, f.now),
                         APPROVAL_NOTHING);
    assert_false(f.d.view.armed);
    assert_int_equal(f.d.typed.len, 0);
    f.now += APPROVAL_ARM_MS + 1;
    assert_true(approval_arm(&f.d, f.now));
    assert_int_equal(press(&f, 'y'), APPROVAL_NOTHING);
    assert_int_equal(press(&f, 'e'), APPROVAL_NOTHING);
    assert_int_equal(press(&f, 's'), APPROVAL_NOTHING);
    f.now += APPROVAL_BURST_MS - 1;
    assert_int_equal(approval_key(&f.d, KEY_NAME_ENTER, f.now), APPROVAL_NOTHING);
    f.now += APPROVAL_ARM_MS + 1;
    assert_true(approval_arm(&f.d, f.now));
    assert_int_equal(type(&f, "yes"), APPROVAL_APPROVE);
    end(&f);
}

/* U-03: an answer that counts again is asked for like any other, and not for what takes two. */
static void test_that_count_again(void **state)
{
    struct ev_approval_requested r = demo_restart(T0);
    struct fixture f;

    (void)state;
    start_at(&f, r, 120, 40);
    frame(&f);
    assert_int_equal(press(&f, 's'), APPROVAL_NOTHING); /* not armed */
    assert_int_equal(press(&f, KEY_CTRL | 'n'), APPROVAL_NOTHING);
    end(&f);
    start_armed(&f, r);
    assert_int_equal(press(&f, 's'), APPROVAL_SESSION);
    assert_int_equal(press(&f, KEY_CTRL | 'n'), APPROVAL_NEVER);
    end(&f);
    r.persons = 2;
    start_armed(&f, r);
    assert_int_equal(press(&f, 's'), APPROVAL_NOTHING);
    end(&f);
    start_armed(&f, demo_failover(T0));
    assert_int_equal(press(&f, 's'), APPROVAL_NOTHING); /* a letter of the name */
    end(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_one_key_for_low_and_medium),
        cmocka_unit_test(test_yes_for_high),
        cmocka_unit_test(test_name_for_critical),
        cmocka_unit_test(test_keys_before_it_was_read),
        cmocka_unit_test(test_later_frames_change_nothing),
        cmocka_unit_test(test_paste_and_mouse_do_not_answer),
        cmocka_unit_test(test_refusing),
        cmocka_unit_test(test_read_to_the_end),
        cmocka_unit_test(test_typed_before_the_end),
        cmocka_unit_test(test_too_small_to_decide),
        cmocka_unit_test(test_changed_while_shown),
        cmocka_unit_test(test_fingerprint_covers_everything),
        cmocka_unit_test(test_fold),
        cmocka_unit_test(test_forged),
        cmocka_unit_test(test_look_alike_name),
        cmocka_unit_test(test_at_once),
        cmocka_unit_test(test_that_count_again),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
