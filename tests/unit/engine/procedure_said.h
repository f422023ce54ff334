/* procedure_said.h - how a run and its steps stand, and a step that changes something. */
#ifndef RUNBOOK_TESTS_UNIT_ENGINE_PROCEDURE_SAID_H
#define RUNBOOK_TESTS_UNIT_ENGINE_PROCEDURE_SAID_H

#include "tests/lib/procedure_scene.h"

#define RENICE(id, victim, nice)                                                                   \
    "{'id':'" id "','kind':'act','action':'host.process.renice',"                                  \
    "'args':{'pid':$" victim ",'nice':$+" nice "}}"

#define CASE(f) cmocka_unit_test_setup_teardown(f, scene_setup, scene_teardown)

void state_is(const struct scene *s, const char *step, enum step_state state);
void run_is(const struct procedure_run *r, enum procedure_state state);
void answer_step(struct scene *s, const char *step, const char *label);

#endif
