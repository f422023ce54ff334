/* procedure_said.c - see procedure_said.h. */
#include "tests/unit/engine/procedure_said.h"

void state_is(const struct scene *s, const char *step, enum step_state state)
{
    const struct step_run *r = scene_step(s, step);

    if (r->state != state)
        fail_msg("%s is %s, not %s: %s", step, step_state_name(r->state), step_state_name(state),
                 r->text);
}

void run_is(const struct procedure_run *r, enum procedure_state state)
{
    if (r->state != state)
        fail_msg("the run is %s, not %s: %s", procedure_state_name(r->state),
                 procedure_state_name(state), r->text);
}

void answer_step(struct scene *s, const char *step, const char *label)
{
    struct err err = ERR_INIT;

    scene_until_quiet(s);
    assert_true(engine_procedure_waits(s->engine));
    assert_int_equal(engine_procedure_answer(s->engine, step, "no such", &err), ERR_INPUT);
    assert_ok(engine_procedure_answer(s->engine, step, label, &err), &err);
    scene_until_quiet(s);
}
