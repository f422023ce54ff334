/* conclude_run.h - an engine with tools that have something to say, nothing, too much, an error, or
 * do not answer, and a module that runs what the test wants. */
#ifndef RUNBOOK_TESTS_UNIT_ENGINE_CONCLUDE_RUN_H
#define RUNBOOK_TESTS_UNIT_ENGINE_CONCLUDE_RUN_H

#include "tests/lib/unit.h"
#include "src/engine/investigation_priv.h"

#include "runbook/engine/engine.h"
#include "runbook/engine/investigation.h"
#include "runbook/tool/toolenv.h"

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct engine *engine;
    struct arena *arena;
};

void conclude_begin(struct fixture *f, bool with_graph);
void conclude_end(struct fixture *f);
void conclude_submit(struct fixture *f, enum intent_type type, const char *text);
const struct model *conclude_run(struct fixture *f, void (*s)(struct investigation *));
void conclude_query(struct investigation *inv, const char *tool, const char *args, const char *hyp,
                    inv_query_fn *fn);
void conclude_add(struct investigation *inv, uint64_t q, const char *hyp, enum evidence_strength s,
                  bool direct);
void conclude_propose(struct investigation *inv, const char *parent, const char *statement);
extern size_t conclude_asked;                              /* calls that were made */
extern void (*conclude_script)(struct investigation *inv); /* what the module does */
extern const struct inv_module conclude_module;

#endif
