/* engine_run.h - an engine with a loop and a folder of its own, for tests that run investigations
 * in the process, and answers for tools of the test's own. A test that defines tool_table() and
 * inv_module_table() decides what there is to ask. */
#ifndef RUNBOOK_TESTS_LIB_ENGINE_RUN_H
#define RUNBOOK_TESTS_LIB_ENGINE_RUN_H

#include "runbook/base/arena.h"
#include "runbook/engine/engine.h"
#include "runbook/tool/toolenv.h"

struct engine_run {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    const struct model *m; /* of the engine */
    struct arena *arena;
    char *dir; /* its state */
};

/* `limits` may be NULL. No session is open yet. */
struct engine_run *engine_run_new(const struct engine_limits *limits);
void engine_run_free(struct engine_run *r);
/* Another engine in the place of the first, in the same folder. */
void engine_run_again(struct engine_run *r, const struct engine_limits *limits);
void engine_run_open(struct engine_run *r, const struct session_spec *spec);
void engine_run_submit(struct engine_run *r, enum intent_type type, const char *hypothesis,
                       const char *text);
/* Until the turn has ended and is put away; fails after 20 s. */
void engine_run_wait(struct engine_run *r);
/* Until `seen` says so; fails after 20 s. */
void engine_run_until(struct engine_run *r, bool (*seen)(const struct model *m));

void tool_answer(struct tool_call *c, const char *json); /* one row of JSON */
void tool_answer_buf(struct tool_call *c, struct buf *body);
void tool_refuse(struct tool_call *c, enum tool_status status, enum err_code code, const char *why);

#endif
