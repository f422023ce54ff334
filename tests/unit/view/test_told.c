/* test_told.c - a query that runs long says on the screen how far it is: in its row, under the
 * hypothesis that waits for it, where there is no hypothesis yet, and as a sum in the status line;
 * when it has ended, nothing of that is left. A-15 */
#include "tests/lib/unit.h"

#include "runbook/view/screen.h"

static void apply(struct model *m, int64_t ms, struct event ev)
{
    ev.seq = m->seq + 1;
    ev.ts_ms = 1770199200000 + ms;
    ev.actor = "builtin";
    event_normalize(&ev);
    model_apply(m, &ev);
}

static void asks(struct model *m, const char *call, const char *hypothesis)
{
    apply(m, 100,
          (struct event){.type = EV_TOOL_STARTED,
                         .u.tool_started = {.call = call,
                                            .tool = "aws_changes",
                                            .title = "changes",
                                            .hypothesis = hypothesis}});
}

static void tells(struct model *m, int64_t ms, int64_t done, int64_t known, const char *trouble)
{
    apply(m, ms,
          (struct event){.type = EV_TOOL_TOLD,
                         .u.tool_told = {.call = "c1",
                                         .done = done,
                                         .known = known,
                                         .found = "43 changes",
                                         .trouble = trouble}});
}

static void begin(struct model *m)
{
    model_init(m);
    apply(m, 0, (struct event){.type = EV_SESSION_OPENED, .u.session_opened = {.id = "s"}});
    apply(m, 0, (struct event){.type = EV_TURN_STARTED, .u.turn_started = {.turn = 1}});
}

/* Is `text` somewhere on a screen of this size? */
static bool sees(const struct model *m, int width, int height, const char *text)
{
    struct buf rows = BUF_INIT(BUF_NO_MAX);
    struct screen s;
    struct canvas c;
    bool seen;

    canvas_init(&c, GLYPHS_ASCII);
    canvas_resize(&c, width, height);
    screen_init(&s);
    s.now_ms = m->last_ms;
    view_draw(&s, m, &c);
    for (int y = 0; y < height; y++) {
        for (int x = 0; x < width; x++)
            buf_adds(&rows, canvas_at(&c, x, y)->text);
        buf_addc(&rows, '\n');
    }
    seen = strstr(buf_cstr(&rows), text) != NULL;
    if (!seen && getenv("RB_VERBOSE"))
        puts(buf_cstr(&rows));
    buf_release(&rows);
    screen_release(&s);
    canvas_release(&c);
    return seen;
}

static void test_before_hypotheses(void **state)
{
    struct model m;

    (void)state;
    begin(&m);
    asks(&m, "c1", "");
    assert_true(sees(&m, 120, 40, "running"));
    tells(&m, 700, 7, 11, "config throttled, asked again");
    assert_true(sees(&m, 120, 40, ", 7/11 calls"));                       /* the status line */
    assert_true(sees(&m, 120, 40, "aws_changes  changes  43 changes"));   /* its row */
    assert_true(sees(&m, 120, 40, "aws_changes 7 of 11 calls, 43 chan")); /* the panel */
    assert_true(sees(&m, 120, 40, "config throttled, asked again"));      /* whole, below it */
    assert_true(sees(&m, 60, 20, "config throttled, asked again"));
    assert_true(sees(&m, 60, 20, ", 7/11 calls"));
    assert_true(sees(&m, 80, 24, ", 7/11 calls"));
    assert_false(sees(&m, 120, 40, "running"));
    apply(&m, 900,
          (struct event){.type = EV_TOOL_ENDED,
                         .u.tool_ended = {.call = "c1", .summary = "50 changes"}});
    assert_false(sees(&m, 120, 40, "7/11"));
    assert_false(sees(&m, 120, 40, "43 changes"));
    tells(&m, 1000, 8, 11, ""); /* too late: it is over */
    assert_false(sees(&m, 120, 40, "8/11"));
    model_release(&m);
}

static void test_under_its_hypothesis(void **state)
{
    struct model m;

    (void)state;
    begin(&m);
    apply(&m, 50,
          (struct event){.type = EV_HYPOTHESIS_PROPOSED,
                         .u.hypothesis_proposed = {.id = "H1", .statement = "a deployment"}});
    asks(&m, "c1", "H1");
    tells(&m, 700, 3, 4, "");
    assert_true(sees(&m, 120, 40, " 3 of 4 calls, 43 changes"));
    model_release(&m);
}

/* In words: the first time five seconds after it began, then each five seconds. */
static void test_said_seldom(void **state)
{
    struct model m;
    size_t said = 0;

    (void)state;
    begin(&m);
    asks(&m, "c1", "");
    for (int64_t ms = 600; ms < 16000; ms += 500) {
        tells(&m, ms, ms / 500, 40, "");
        said += m.tools.items[0].say;
    }
    assert_int_equal(said, 3);
    model_release(&m);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_before_hypotheses),
        cmocka_unit_test(test_under_its_hypothesis),
        cmocka_unit_test(test_said_seldom),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
