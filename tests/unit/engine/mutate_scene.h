/* mutate_scene.h - an engine that changes the nice value of a real process, by a renice that counts
 * how often it ran. */
#ifndef RUNBOOK_TESTS_UNIT_ENGINE_MUTATE_SCENE_H
#define RUNBOOK_TESTS_UNIT_ENGINE_MUTATE_SCENE_H

#include "tests/lib/unit.h"
#include "src/engine/engine_priv.h"

#include "runbook/engine/mutate.h"
#include "runbook/tool/toolenv.h"

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    char *dir, *bin, *count; /* bin: holds a renice that counts how often it ran */
    pid_t victim;
    int base; /* its nice value at first: the test itself may run at another one than 0 */
    bool keep, open;
};

#define TEST(f) cmocka_unit_test_setup_teardown(f, changes_setup, changes_teardown)

void changes_open_loop(struct fixture *f);
void changes_open_session(struct fixture *f);
void changes_close_loop(struct fixture *f);
int changes_setup(void **state);
int changes_teardown(void **state);
int changes_times_run(const struct fixture *f);
void changes_until_settled(struct fixture *f);
const char *changes_propose_nice(struct fixture *f, int nice, bool dry);
const struct mutation *changes_mutation(struct fixture *f, const char *id);
void changes_answer(struct fixture *f, enum intent_type type, const char *id, const char *print);
void changes_approve(struct fixture *f, const char *id);
void changes_new_victim(struct fixture *f);
void changes_restart(struct fixture *f);
void changes_start_engine(struct fixture *f);

#endif
