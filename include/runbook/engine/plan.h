/* plan.h - a sentence becomes an intent, an intent a plan, and a plan is run step by step.
 * A language model may turn words into an intent; nothing behind that asks one. An intent is
 * checked field by field against closed lists, a playbook is chosen by the rules that stand in it,
 * and the plan follows from both alone: no clock, no chance, no state of the world is in it, so
 * equal intents give the same bytes. What mutates in a plan is a row of the table of mutations
 * (mutate.h), with a card and an approval of its own when its turn comes. Pure, but for the runner
 * at the end. */
#ifndef RUNBOOK_ENGINE_PLAN_H
#define RUNBOOK_ENGINE_PLAN_H

#include "runbook/base/arena.h"
#include "runbook/codec/json.h"
#include "runbook/model/risk.h"
#include "runbook/policy/policy.h"
#include "runbook/tool/tool.h"

/* ---- intent ---- */

enum plan_do { PLAN_INVESTIGATE, PLAN_REMEDIATE, PLAN_DESCRIBE, PLAN_LIST };
#define PLAN_DOS (PLAN_LIST + 1)
enum plan_goal {
    PLAN_GOAL_ROOT_CAUSE,
    PLAN_GOAL_OPTIMIZE,
    PLAN_GOAL_AUDIT,
    PLAN_GOAL_UNDERSTAND,
    PLAN_GOAL_RESTORE
};
#define PLAN_GOALS (PLAN_GOAL_RESTORE + 1)
extern const char *const plan_do_names[];       /* NULL-terminated, as all of these */
extern const char *const plan_goal_names[];     /* "identify_root_cause" ... */
extern const char *const plan_resource_names[]; /* "kubernetes_cluster" ... "host", "unit" ... */
extern const char *const plan_class_names[];    /* the twelve classes of incidents */
extern const char *const plan_action_names[];   /* "restart", "free" ... : what a remedy does */

#define INTENT_SURE 0.8 /* below it nothing is planned, it is asked */
#define INTENT_FILTERS_MAX 32

struct intent_filter {
    const char *name, *value;
};

struct plan_intent {
    enum plan_do what;
    const char *resource;                             /* of plan_resource_names */
    const char *scope;                                /* "prod"; "" when nobody said */
    struct intent_filter filters[INTENT_FILTERS_MAX]; /* by name; "class" and "action" are two */
    size_t filter_count;
    enum plan_goal goal;
    bool read_only;
    double max_cost_usd; /* negative: not limited */
    double confidence;
    const char *question; /* of words that were not clear: what to say; NULL: they were */
};

/* From a model or a file. ERR_INPUT begins with a JSON pointer to the field:
 * "/target/resource_type:
 * \"pod\" is none of kubernetes_cluster, ...". Strings go to `a`. */
enum err_code intent_from_json(struct str json, struct arena *a, struct plan_intent *ret,
                               struct err *err);
/* From words, without a model. What is not understood keeps a confidence below INTENT_SURE and a
 * question. */
void intent_from_words(struct str text, struct arena *a, struct plan_intent *ret);
const char *intent_filter(const struct plan_intent *in, const char *name); /* NULL: none */
/* Set one; a name that is there already is replaced. Copies. False: there are too many. */
bool intent_set_filter(struct plan_intent *in, struct arena *a, const char *name, struct str value);
void intent_json(const struct plan_intent *in, struct json_writer *w);
/* "int-" and 12 hexadecimal digits; equal for equal intents, however sure somebody was. */
#define PLAN_ID_MAX 24
void intent_id(const struct plan_intent *in, char out[PLAN_ID_MAX]);
/* ERR_INPUT with the question when it is less sure than INTENT_SURE. */
enum err_code intent_check_sure(const struct plan_intent *in, struct err *err);

/* ---- playbooks ---- */

enum playbook_kind { PLAYBOOK_PRIMITIVE, PLAYBOOK_TOOL, PLAYBOOK_ACT };

struct playbook_param {
    const char *name;
    enum param_type type;
    bool is_name;         /* letters, digits and . _ : - only: it goes into a larger text */
    const char *fallback; /* NULL: it is needed */
    const char *ask;      /* the question when it is missing */
    const char *help;
    uint32_t line;
};

struct playbook_step {
    const char *id, *title; /* title: "" when none is given */
    enum playbook_kind kind;
    const char *name;         /* of the primitive, the tool or the operation */
    const struct value *with; /* an object, or NULL */
    const char *when;         /* a condition; NULL: always */
    bool go_on;               /* on_error: continue */
    int retries;
    bool approve;    /* requires_approval, also where the risk would not */
    bool undo;       /* taken back when a later one fails; the default */
    int64_t seconds; /* what it is expected to take */
    uint32_t line, col;
};

struct playbook {
    const char *name, *version, *summary, *file;
    char hash[65]; /* sha256 of its text */
    bool own;      /* from the user's folder */
    const struct value *match;
    double priority;
    const struct playbook_param *params;
    size_t param_count;
    const struct playbook_step *steps;
    size_t step_count;
};

struct playbooks; /* opaque */

/* Those that are compiled in, and those of `dir` (may be NULL or missing), which replace one of the
 * same name. ERR_INPUT: "FILE line 4 column 7: ...". */
enum err_code playbooks_load(const char *dir, struct playbooks **ret, struct err *err);
void playbooks_free(struct playbooks *p); /* NULL is fine */
size_t playbooks_count(const struct playbooks *p);
const struct playbook *playbooks_at(const struct playbooks *p, size_t i); /* by name */
const struct playbook *playbooks_find(const struct playbooks *p, const char *name);
/* One file's text. Everything goes to `a`. */
enum err_code playbook_parse(struct str text, const char *file, struct arena *a,
                             struct playbook *ret, struct err *err);
/* By the rules in them. ERR_NOT_FOUND: none fits, and what would. *ret_why: which rules met. */
enum err_code playbooks_choose(const struct playbooks *p, const struct plan_intent *in,
                               struct arena *a, const struct playbook **ret, const char **ret_why,
                               struct err *err);

/* ---- diagnostic primitives ---- */

struct primitive;                               /* a row of the table */
const struct primitive *primitive_at(size_t i); /* NULL beyond the end */
const struct primitive *primitive_find(const char *name);
const char *primitive_name(const struct primitive *p);
const char *primitive_help(const struct primitive *p);
const struct tool_param *primitive_params(const struct primitive *p);
/* "AWS" when it asks what this program cannot ask yet; NULL: it works. */
const char *primitive_missing(const struct primitive *p);
/* "host", "prometheus", "host, prometheus" */
const char *primitive_sources(const struct primitive *p);
/* The names of a class, in order; NULL-terminated; NULL: no such class. */
const char *const *class_primitives(const char *class);
const char *class_help(const char *class);

/* The primitives as rows of the tool registry, with what runs their queries. */
struct primitives; /* opaque */
struct tool_env;
struct primitives *primitives_new(struct loop *l, struct tool_env *env); /* sets env->own */
void primitives_free(struct primitives *p); /* after whoever runs tools; NULL is fine */

/* ---- plan ---- */

struct plan_step {
    const char *id, *title, *action, *provider, *method;
    enum playbook_kind kind;
    struct str params; /* a JSON object; what a step before finds out is still {{...}} */
    enum risk risk;
    bool requires_approval;
    const char *rollback;    /* in words; NULL: there is nothing to take back */
    bool undo;               /* by itself when a later step fails */
    const char *when;        /* NULL: always */
    const char *unavailable; /* "needs AWS, not supported yet"; NULL: it can be done */
    bool go_on;
    int retries;
    int64_t seconds;
    double usd; /* what asking costs; 0 for most */
};

struct plan {
    char id[PLAN_ID_MAX], intent[PLAN_ID_MAX];
    const struct plan_intent *of;
    const struct playbook *playbook;
    const char *why; /* which rules chose it */
    struct plan_step *steps;
    size_t step_count;
    int64_t seconds;
    double usd; /* of all steps */
    bool writes;
    enum risk risk; /* of its worst step */
    const char *summary;
};

/* ERR_INPUT: a parameter is missing; the message is its question. ERR_DENIED: the intent's own
 * constraints. Everything goes to `a`; `in` and the playbook are borrowed. */
enum err_code plan_make(const struct plan_intent *in, const struct playbook *book, const char *why,
                        struct arena *a, struct plan *ret, struct err *err);
/* "L0": it only looks; "L1": low risk; "L2": one person approves; "L3": the resource's name is
 * typed, or two persons approve, as the policy says. It names the plan; what each step needs
 * is decided by the policy when its turn comes. */
const char *plan_level(const struct plan *p);
/* {plan_id, intent_id, playbook, steps[...], rollback_plan, estimated_duration_sec, human_summary}:
 * one line. */
void plan_json(const struct plan *p, struct json_writer *w);

/* What the policy says of each step as it stands now: an array of step_count. */
void plan_decide(const struct plan *p, const struct policy *policy, const char *environment,
                 const struct policy_user *who, const struct policy_counters *counters,
                 int64_t now_ms, struct policy_decision *ret);
/* The card for people, at most `width` cells wide. `d` as above; NULL: not asked. `ascii`: no other
 * characters. */
void plan_text(const struct plan *p, const struct policy_decision *d, int width, bool ascii,
               struct buf *out);
/* The same as Markdown, for the transcript. */
void plan_markdown(const struct plan *p, const struct policy_decision *d, struct buf *out);
/* The exact calls that would be made, one a line; of what a step before finds out the template. */
void plan_calls(const struct plan *p, struct buf *out);

/* ---- running one ---- */

struct engine;
struct procedure;
struct procedure_run;
/* For procedure_check() and engine_procedure_start(); the caller frees. */
enum err_code plan_to_procedure(const struct plan *plan, struct procedure **ret, struct err *err);
/* Of words: what came of them is told by events (plan.created, and the card as text). ERR_INPUT:
 * the message is a question. */
enum err_code engine_plan(struct engine *e, struct str words, struct err *err);
/* Of an intent that a model made (JSON): shown to the person, never started by itself; *ret_id
 * lives until the next one. ERR_INPUT: a field is wrong, with a pointer to it; ERR_DENIED: it is
 * fine, and something has to be asked of the person first. */
enum err_code engine_plan_suggest(struct engine *e, struct str json, const char *actor,
                                  const char **ret_id, struct err *err);
/* *ret_run as engine_procedure_start(). When it is over, what its facts mean is said as text. */
enum err_code engine_plan_start(struct engine *e, const struct plan *plan, bool dry_run,
                                const char **ret_run, struct err *err);

/* When a run of a plan is over, a model is asked what its facts mean, in a turn that has nothing
 * else to go on; without a model nothing is. Off at the start. */
void engine_plan_interpret(struct engine *e, bool on);

/* The answers of the primitives of a run. `answer` reads one call's. */
typedef enum err_code plan_answer_fn(void *ctx, const char *call, struct arena *a,
                                     const struct value **ret, struct err *err);
size_t plan_results(const struct procedure_run *r, plan_answer_fn *answer, void *ctx,
                    struct arena *a, const struct value **ret, size_t max);
/* What they say, and which steps did not answer. Appends Markdown. */
void plan_facts_text(const struct procedure_run *r, const struct value *const *results,
                     size_t count, struct buf *out);

/* ---- facts ---- */

enum fact_state { FACT_NORMAL, FACT_NOTABLE, FACT_ABNORMAL };

/* A list of primitives' results (JSON objects) read together: what the facts say of this class of
 * incident, without a model. Appends Markdown. Returns whether anything abnormal was seen. */
bool facts_interpret(const char *class, const struct value *const *results, size_t count,
                     struct buf *out);

#endif
