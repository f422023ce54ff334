/* The first run, and a recording, as golden screens. */
#include "tests/lib/unit.h"

#include "tests/lib/golden.h"

static const struct start found = {
    .count = 5,
    .rows = {{"this machine", "web-3: processors, memory, disks, sockets, logs", true},
             {"ssh hosts", "db-1, web-1, web-2 (read from a file, not contacted)", true},
             {"kubeconfig", "prod-eu, \xE2\x80\xAEgnp\033[2J: not supported yet", false},
             {"AWS profiles", "default, prod (runbook resources)", true},
             {"Prometheus", "2.42.0 answers here: runbook -p http://127.0.0.1:9090", true}},
    .examples = start_examples,
};
static const struct start alone = {
    .count = 1,
    .rows = {{"this machine", "web-3: processors, memory, disks, sockets, logs", true}},
    .examples = start_examples,
};

static void at_start(struct screen *s, const struct model *m)
{
    (void)m;
    s->input_focus = true;
    s->start = &found;
    s->start_init_key = "F9";
}

static void at_start_alone(struct screen *s, const struct model *m)
{
    at_start(s, m);
    s->start = &alone;
}

static void at_recording(struct screen *s, const struct model *m)
{
    (void)m;
    s->read_only = true;
    s->label = "recording of 2026-02-04, nothing is touched";
    s->replay_text = "14:02:31  event 35 of 61  1x  playing";
    s->replay_progress = 35.0 / 61;
}

/* */
static void test_start(void **state)
{
    (void)state;
    assert_true(golden_shoot("start", 0, at_start));
    assert_true(golden_shoot("start-alone", 0, at_start_alone));
    assert_true(golden_shoot_at("start", 0, at_start, 40, 8));
}

static void test_recording(void **state)
{
    (void)state;
    assert_true(golden_shoot("recording", 35, at_recording));
    assert_true(golden_shoot_at("recording", 35, at_recording, 40, 8));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_start),
        cmocka_unit_test(test_recording),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
