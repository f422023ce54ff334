/* agent_run.h - an engine with a model that follows a script, tools whose series of "db" rise at
 * the alert, a log that anybody can write, and a built-in module of the test's own. */
#ifndef RUNBOOK_TESTS_UNIT_ENGINE_AGENT_RUN_H
#define RUNBOOK_TESTS_UNIT_ENGINE_AGENT_RUN_H

#include "tests/lib/unit.h"
#include "tests/lib/script_model.h"

#include "runbook/engine/engine.h"
#include "runbook/engine/investigation.h"
#include "runbook/tool/toolenv.h"
#define T0 INT64_C(1770213600000) /* the alert */

struct fixture {
    struct loop *loop;
    struct rng rng;
    struct tool_env env;
    struct llm *llm;
    struct script_model *model;
    struct engine *engine;
    struct buf events; /* the names of all that happened */
    char *dir;
    int64_t iterations;
    bool interactive;
    int64_t window;        /* 0: the default */
    const char *skills[2]; /* a folder of skills; NULL: none */
    void (*on_asked)(struct fixture *f);
    void (*on_round)(struct fixture *f); /* each turn of the loop; NULL: nothing */
};

#define HAS(f, text) assert_non_null(strstr(buf_cstr(&(f)->events), (text)))
#define HAS_NOT(f, text) assert_null(strstr(buf_cstr(&(f)->events), (text)))
#define TOLD(f, text)                                                                              \
    do {                                                                                           \
        if (!strstr(script_model_last((f)->model), (text)))                                        \
            fail_msg("the model was not told \"%s\": %s", (text), script_model_last((f)->model));  \
    } while (0)

#define PROPOSE(service)                                                                           \
    {                                                                                              \
        "hypothesis_propose", "{\"statement\":\"" service " is the cause\",\"service\":\"" service \
                              "\",\"refutes\":\"its latency and errors did not change\"}"          \
    }
#define RANGE(metric, service, hyp)                                                                \
    {                                                                                              \
        "prometheus_range",                                                                        \
            "{\"query\":\"" metric "{service=\\\"" service "\\\"}\",\"hypothesis\":\"" hyp "\"}"   \
    }
#define RECORD(hyp, call)                                                                          \
    {                                                                                              \
        "evidence_record", "{\"hypothesis\":\"" hyp "\",\"call\":\"" call                          \
                           "\",\"statement\":\"it rose at the alert\"}"                            \
    }
#define CONCLUDE(hyp, claims)                                                                      \
    {                                                                                              \
        "conclude",                                                                                \
            "{\"verdict\":\"root_cause\",\"hypothesis\":\"" hyp "\",\"claims\":\"" claims "\"}"    \
    }

void agent_knows_nothing(struct investigation *inv);
void agent_finds_db(struct investigation *inv);
int agent_setup(void **state);
int agent_teardown(void **state);
void agent_open_engine(struct fixture *f, const struct script_step *steps, bool repeat);
void agent_submit(struct fixture *f, enum intent_type type, const char *text);
void agent_turn(struct fixture *f);
const struct model *agent_investigate(struct fixture *f, void (*builtin)(struct investigation *),
                                      const struct script_step *steps);
extern size_t agent_series_starts;
extern const char *agent_log_text;
extern void (*agent_script)(struct investigation *inv); /* what the module does */

#endif
