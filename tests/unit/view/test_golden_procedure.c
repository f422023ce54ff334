/* test_golden_procedure.c - the page of a run: while it goes, while it asks, when it failed and is
 * taken back, when it is over, at every size. R-78 C-07 */
#include "tests/lib/golden.h"
#include "tests/lib/unit.h"

#define RUN "r4k2x9q"

static int64_t at_ms;

static void put(const struct model *m, struct event *ev)
{
    at_ms += 400;
    ev->ts_ms = at_ms;
    ev->seq = m->seq + 1;
    ev->actor = "skill";
    event_normalize(ev);
    model_apply((struct model *)(uintptr_t)m, ev);
}

static const char definition[] =
    "{\"kind\":\"skill\",\"id\":\"restart-sick-service\",\"steps\":["
    "{\"id\":\"look\",\"kind\":\"tool\",\"name\":\"Read the unit's "
    "state\",\"action\":\"host_services\"},"
    "{\"id\":\"sources\",\"kind\":\"parallel\",\"steps\":["
    "{\"id\":\"load\",\"kind\":\"tool\",\"action\":\"host_snapshot\"},"
    "{\"id\":\"errors\",\"kind\":\"tool\",\"action\":\"host_logs\"}]},"
    "{\"id\":\"sure\",\"kind\":\"approval\",\"text\":\"Go on?\"},"
    "{\"id\":\"restart\",\"kind\":\"act\",\"name\":\"Restart it\",\"action\":\"host.unit.restart\","
    "\"rollback\":[{\"id\":\"start_old\",\"kind\":\"tool\",\"action\":\"host_services\"}]},"
    "{\"id\":\"after\",\"kind\":\"wait\",\"name\":\"Wait until it "
    "answers\",\"action\":\"host_services\"},"
    "{\"id\":\"tell\",\"kind\":\"prompt\",\"name\":\"Say what happened\"}]}";

static void begin(const struct model *m)
{
    struct event ev = {.type = EV_PROCEDURE_STARTED};
    struct ev_procedure_started *p = &ev.u.procedure_started;

    at_ms = GOLDEN_NOW_MS - 12000;
    p->run = RUN;
    p->kind = "skill";
    p->id = "restart-sick-service";
    p->name = "Restart a sick service";
    p->version = "1.0.0";
    p->by = "ann@web-3 pts/4";
    p->why = "checkout is slow";
    p->params = STR_LIT("{\"unit\":\"nginx.service\",\"host\":\"web-3\"}");
    p->definition = (struct str){definition, sizeof(definition) - 1};
    p->mutates = true;
    put(m, &ev);
}

static void start(const struct model *m, const char *step, int64_t attempt, bool rollback)
{
    struct event ev = {.type = EV_STEP_STARTED};

    ev.u.step_started.run = RUN;
    ev.u.step_started.step = step;
    ev.u.step_started.visit = 1;
    ev.u.step_started.attempt = attempt;
    ev.u.step_started.rollback = rollback;
    ev.u.step_started.args = STR_LIT("{\"host\":\"web-3\"}");
    put(m, &ev);
}

static void finish(const struct model *m, const char *step, enum step_state state, const char *text,
                   const char *result, const char *next)
{
    struct event ev = {.type = EV_STEP_FINISHED};

    ev.u.step_finished.run = RUN;
    ev.u.step_finished.step = step;
    ev.u.step_finished.state = state;
    ev.u.step_finished.text = text;
    ev.u.step_finished.result = str_from(result);
    ev.u.step_finished.next = next;
    ev.u.step_finished.rollback = state == STEP_ROLLED_BACK;
    put(m, &ev);
}

static void first_steps(const struct model *m)
{
    begin(m);
    start(m, "look", 1, false);
    finish(m, "look", STEP_DONE, "nginx.service failed, 3 restarts", "{\"state\":\"failed\"}", "");
    start(m, "sources", 1, false);
    start(m, "load", 1, false);
    finish(m, "load", STEP_DONE, "load 0.4", "", "");
    start(m, "errors", 2, false);
    finish(m, "errors", STEP_FAILED, "cannot read the journal: \033[31mdenied\033[0m", "", "");
    finish(m, "sources", STEP_DONE, "1 of 2 answered", "", "");
}

static void ask(const struct model *m)
{
    static const char *const options[] = {"go on", "leave it"};
    struct event ev = {.type = EV_STEP_ASKED};

    start(m, "sure", 1, false);
    ev.u.step_asked.run = RUN;
    ev.u.step_asked.step = "sure";
    ev.u.step_asked.question = "nginx.service failed. Restart it on web-3?";
    ev.u.step_asked.options = (struct strings){options, 2};
    put(m, &ev);
}

static void running(struct screen *s, const struct model *m)
{
    first_steps(m);
    ask(m);
    screen_open_procedures(s, "");
    s->stack[s->depth - 1].row = 4;
}

static void answered(const struct model *m)
{
    struct event ev = {.type = EV_STEP_ANSWERED};

    ev.u.step_answered.run = RUN;
    ev.u.step_answered.step = "sure";
    ev.u.step_answered.answer = "go on";
    ev.u.step_answered.by = "ann@web-3 pts/4";
    put(m, &ev);
    finish(m, "sure", STEP_DONE, "go on", "{\"answer\":\"go on\"}", "");
    start(m, "restart", 1, false);
}

static void end(const struct model *m, enum procedure_state state, const char *text)
{
    struct event ev = {.type = EV_PROCEDURE_FINISHED};

    ev.u.procedure_finished.run = RUN;
    ev.u.procedure_finished.state = state;
    ev.u.procedure_finished.text = text;
    put(m, &ev);
}

static void failed(struct screen *s, const struct model *m)
{
    first_steps(m);
    ask(m);
    answered(m);
    finish(m, "restart", STEP_DONE, "nginx.service is active", "{\"outcome\":\"verified\"}", "");
    start(m, "after", 1, false);
    finish(m, "after", STEP_FAILED, "its condition did not hold within 60 s", "", "fail");
    start(m, "restart", 1, true);
    start(m, "start_old", 1, false);
    finish(m, "start_old", STEP_FAILED, "no such unit", "", "");
    finish(m, "restart", STEP_ROLLED_BACK, "", "", "");
    end(m, PROCEDURE_FAILED,
        "at after: its condition did not hold within 60 s; NOT rolled back: restart");
    screen_open_procedures(s, "");
    s->stack[s->depth - 1].row = 6;
}

static void under_way(struct screen *s, const struct model *m)
{
    first_steps(m);
    ask(m);
    answered(m);
    screen_open_procedures(s, "");
    s->stack[s->depth - 1].row = 0;
}

static void none(struct screen *s, const struct model *m)
{
    (void)m;
    screen_open_procedures(s, "");
}

static void shoot(const char *name, void (*fn)(struct screen *s, const struct model *m))
{
    assert_true(golden_shoot(name, SIZE_MAX, fn));
}

static void test_pages(void **state)
{
    (void)state;
    shoot("procedure-asks", running);
    shoot("procedure-runs", under_way);
    shoot("procedure-failed", failed);
    shoot("procedure-none", none);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_pages)};

    return cmocka_run_group_tests(tests, NULL, NULL);
}
