/* procedure_scene.h - a machine for tests of the step runner: an engine, tools of the test's own,
 * and a process whose nice value real mutations change, with a renice that counts how often it ran.
 */
#ifndef RUNBOOK_TESTS_LIB_PROCEDURE_SCENE_H
#define RUNBOOK_TESTS_LIB_PROCEDURE_SCENE_H

#include <sys/types.h>

#include "runbook/engine/procedure.h"
#include "runbook/tool/toolenv.h"
#include "tests/lib/unit.h"

struct scene {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    const struct model *m;
    char *dir, *bin, *count;
    pid_t victims[4];
    int base;  /* their nice value at first */
    bool keep; /* requests go on waiting when it ends */
    bool no_state, open;
};

extern int scene_answers[8]; /* how often each tool of the test was asked: by its number */
extern bool scene_approves;  /* approve what is asked, at once */

int scene_setup(void **state);
int scene_teardown(void **state);
void scene_open(struct scene *s);  /* loop, services, engine */
void scene_close(struct scene *s); /* and the end of them */
void scene_session(struct scene *s);
int scene_renices(const struct scene *s);
int scene_nice(const struct scene *s, int victim);

/* The steps (a JSON array, ' for ") as a procedure; parameters likewise, or NULL. $0 ... $3 in it
 * are the pids, $+n a nice value of n more. */
struct procedure *scene_procedure(const struct scene *s, const char *params, const char *steps);
/* procedure_check() says this. */
void scene_refuses(const struct scene *s, const char *params, const char *steps, const char *why);
/* Begin it; the run's id. */
const char *scene_start(struct scene *s, const char *params, const char *steps,
                        const char *given_json, bool dry_run);
void scene_until_quiet(struct scene *s); /* it is over, or waits for a person */
/* Both; how it stands. */
const struct procedure_run *scene_run(struct scene *s, const char *steps);
const struct procedure_run *scene_last(const struct scene *s);
const struct step_run *scene_step(const struct scene *s, const char *id);
void scene_answer(struct scene *s, enum intent_type type); /* what waits: INTENT_APPROVE ... */

#endif
