/* test_event.c - every event type goes to JSON and comes back the same; hostile payloads are
 * refused. */
#include "tests/lib/unit.h"

#include <math.h>

#include "runbook/codec/json.h"
#include "runbook/model/event.h"
#include "src/model/event_priv.h"

static void encode(struct event *ev, struct buf *out)
{
    event_normalize(ev);
    event_encode(ev, out);
}

/* Every type: what a zeroed event writes must read back and write the same bytes. */
static void test_every_type_round_trips(void **state)
{
    (void)state;
    for (int t = 0; t < EV_TYPES; t++) {
        struct event ev = {.type = (enum event_type)t}, back;
        struct buf first = BUF_INIT(65536), second = BUF_INIT(65536);
        struct arena *a = arena_new(0);
        const struct value *data;
        struct err err;

        encode(&ev, &first);
        assert_ok(json_parse(a, buf_str(&first), &data, &err), &err);
        assert_ok(event_decode((enum event_type)t, data, a, &back, &err), &err);
        event_encode(&back, &second);
        assert_string_equal(buf_cstr(&first), buf_cstr(&second));
        assert_int_equal(event_type_from_name(str_from(event_type_name((enum event_type)t))), t);
        arena_free(a);
        buf_release(&first);
        buf_release(&second);
    }
}

/* Of the two tables each type is in one, so that a row that is lost is not read as another. */
static void test_each_type_is_in_one_table(void **state)
{
    (void)state;
    for (int t = 0; t < EV_TYPES; t++) {
        if (!event_defs_case[t].name == !event_defs_acts[t].name)
            fail_msg("type %d is in %s of the tables", t,
                     event_defs_case[t].name ? "both" : "none");
    }
}

static void test_evidence_keeps_every_field(void **state)
{
    struct event ev = {.type = EV_EVIDENCE_ADDED}, back;
    struct ev_evidence_added *e = &ev.u.evidence_added;
    struct buf out = BUF_INIT(65536);
    struct arena *a = arena_new(0);
    const struct value *data;
    struct err err;

    (void)state;
    e->id = "E7";
    e->call = "c3";
    e->hypothesis = "H1.2";
    e->strength = STRENGTH_CONTRADICTS;
    e->statement = "p99 \"rose\" \xC3\xA9\n";
    e->before = 0.21;
    e->after = 3.9;
    e->score = NAN;
    e->onset_ms = 1715677200123;
    e->direct = true;
    encode(&ev, &out);
    assert_ok(json_parse(a, buf_str(&out), &data, &err), &err);
    assert_ok(event_decode(EV_EVIDENCE_ADDED, data, a, &back, &err), &err);
    e = &back.u.evidence_added;
    assert_string_equal(e->hypothesis, "H1.2");
    assert_int_equal(e->strength, STRENGTH_CONTRADICTS);
    assert_string_equal(e->statement, "p99 \"rose\" \xC3\xA9\n");
    assert_true(e->before == 0.21 && e->after == 3.9 && isnan(e->score));
    assert_int_equal(e->onset_ms, 1715677200123);
    assert_true(e->direct && !e->temporal);
    assert_string_equal(e->unit, "");
    arena_free(a);
    buf_release(&out);
}

static void refused(enum event_type type, const char *json, const char *expected)
{
    struct arena *a = arena_new(0);
    const struct value *data;
    struct event ev;
    struct err err;

    assert_ok(json_parse(a, str_from(json), &data, &err), &err);
    assert_int_equal(event_decode(type, data, a, &ev, &err), ERR_INPUT);
    assert_string_equal(err.msg, expected);
    arena_free(a);
}

static void test_bad_payloads_name_the_field(void **state)
{
    (void)state;
    refused(EV_HYPOTHESIS_PROPOSED, "{\"id\":\"H1\"}",
            "hypothesis.proposed: 'statement' is missing");
    refused(EV_EVIDENCE_ADDED, "{\"id\":7}", "evidence.added: 'id' must be a string, not number");
    refused(EV_PHASE_CHANGED, "{\"from\":\"idle\",\"to\":\"lunch\"}",
            "phase.changed: 'to' is 'lunch', which is not known");
    refused(EV_SESSION_OPENED, "{\"id\":\"x\",\"targets\":[1]}",
            "session.opened: 'targets' must be a list of strings, not number");
    refused(EV_ERROR, "[]", "error: 'data' must be an object");
}

static void test_unknown_types_and_fields_are_skipped(void **state)
{
    struct arena *a = arena_new(0);
    const struct value *data;
    struct event ev;
    struct err err;

    (void)state;
    assert_int_equal(event_type_from_name(STR_LIT("mutation.teleported")), EV_UNKNOWN);
    assert_ok(json_parse(a, STR_LIT("{\"text\":\"hi\",\"later\":{\"x\":[1]}}"), &data, &err), &err);
    assert_ok(event_decode(EV_USER_MESSAGE, data, a, &ev, &err), &err);
    assert_string_equal(ev.u.user_message.text, "hi");
    arena_free(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_type_is_in_one_table),
        cmocka_unit_test(test_every_type_round_trips),
        cmocka_unit_test(test_evidence_keeps_every_field),
        cmocka_unit_test(test_bad_payloads_name_the_field),
        cmocka_unit_test(test_unknown_types_and_fields_are_skipped),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
