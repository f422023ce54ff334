/* engine.h - the only writer of the model: intents and replies in, events out.
 * Each event is appended to the journal, folded into the model and shown to the sinks, in this
 * order. */
#ifndef RUNBOOK_ENGINE_ENGINE_H
#define RUNBOOK_ENGINE_ENGINE_H

#include "runbook/base/rng.h"
#include "runbook/loop/loop.h"
#include "runbook/model/intent.h"
#include "runbook/model/model.h"
#include "runbook/store/journal.h"
#include "runbook/tool/tool.h"

struct engine;      /* opaque */
struct llm;         /* llm/llm.h */
struct prompts;     /* context/prompts.h */
struct price_table; /* context/cost.h */
struct cost_limits; /* context/cost.h */
struct policy;      /* policy/policy.h */
struct playbooks;   /* engine/plan.h */

struct engine_limits {       /* 0: the default */
    int max_depth;           /* 4 */
    int max_hypotheses;      /* 10 */
    int max_parallel;        /* 8 */
    double threshold;        /* 0.70: below it the verdict is inconclusive */
    int64_t turn_timeout_ms; /* 120 000 */
    int max_iterations;      /* 10: requests to a model in one turn */
    int calls_per_tool;      /* 5: in one turn, then a model is warned */
    int builtin_queries;    /* 2 000: of the built-in investigator in one turn; more are declined */
    int64_t context_tokens; /* 100 000: all that a model is sent at once */
};

struct engine_options {
    struct loop *loop;
    struct rng *rng;
    struct tool_env *tools;
    const char *state_dir; /* holds scratchpad/ and blobs/; NULL: nothing is kept */
    const char
        *fallback_dir; /* where a journal goes when state_dir cannot be written; may be NULL */
    const char *version;
    struct llm *llm;         /* NULL: no model is asked */
    bool redact_email;       /* addresses are hidden like secrets */
    const char *small_model; /* for summaries: a configured model, "cheapest"; NULL: who answers */
    bool interactive;        /* a person is there and can answer a question of the model */
    bool reveal; /* remember in memory what placeholders stand for, for the person's own screen */
    const struct prompts *prompts;    /* NULL: those that are compiled in */
    const struct price_table *prices; /* NULL: the same */
    const struct cost_limits *fuses;  /* copied; NULL: the defaults */
    struct engine_limits limits;
    const struct policy *policy; /* NULL: the defaults */
    /* Folders of skills, nearer ones last; NULL-terminated, copied at first use. NULL: only those
     * that are built in. */
    const char *const *skill_folders;
    /* Playbooks are read when the first plan is made; NULL: those that are compiled in. The engine
     * frees them. */
    enum err_code (*open_playbooks)(void *ctx, struct playbooks **ret, struct err *err);
    void *playbooks_ctx;
    /* Further targets that a question speaks of ("aws:default/eu-west-1"), NULL-terminated, in `a`;
     * NULL: none. What is wrong with them is in *err, and told. NULL here: only those of the
     * session. */
    const char *const *(*targets_of)(void *ctx, const char *question, struct arena *a,
                                     struct err *err);
    void *targets_ctx;
    const char *environment; /* what policy calls this place: "prod"; NULL: not said */
    bool read_only;          /* nothing is changed */
    bool loose;              /* a command of its own: its mutations count together with others' */
    bool keep_requests; /* at resume and at the end, what waits for an answer goes on waiting */
};

struct engine *engine_new(const struct engine_options *opts);
void engine_free(struct engine *e); /* closes the session's journal first */
/* A value that must not be kept or shown wherever it turns up (a token of the configuration).
 * Copied, wiped. What looks like a secret is hidden anyway: questions and raw results pass
 * policy/redact.h. */
void engine_add_secret(struct engine *e, struct str secret);
void engine_add_sink(struct engine *e, const struct sink_ops *ops, void *self);
const struct model *engine_model(const struct engine *e);
struct intent_sink engine_intents(struct engine *e);
/* Tell the sinks that the queue is empty: the loop's settle step, wired by app. */
void engine_settled(struct engine *e);

struct session_spec {
    const char *title, *query;
    const char *const *targets; /* NULL-terminated: "host:local", "prometheus:URL" */
    bool unnamed;   /* `targets` is only what is looked at when the first question names nothing */
    int64_t now_ms; /* 0: the wall clock */
    const struct ev_incident_loaded *incident; /* may be NULL */
    const struct topology *topology;           /* may be NULL; lives as long as the engine */
    const char *topology_source;               /* the file it was read from */
};
/* A new session with a journal of its own. When the journal cannot be made the session still runs:
 * ERR_OK with engine_journal_error() set, and an error event. */
enum err_code engine_open(struct engine *e, const struct session_spec *spec, struct err *err);
/* Like engine_open(), but at the first question: a screen that is only looked at leaves no journal.
 * The question becomes title and query where `spec` has none. */
void engine_open_on_ask(struct engine *e, const struct session_spec *spec);
/* Open a journal again; a turn that was cut off shows as ended ("interrupted"). */
enum err_code engine_resume(struct engine *e, const char *id, struct journal_report *ret_report,
                            struct err *err);
/* "2026-02-04-100000-k3f9qa": sorts by time, is a file name, is short enough to type. */
#define SESSION_ID_MAX 40
void session_make_id(struct rng *rng, int64_t unix_ms, char out[SESSION_ID_MAX]);
const char *engine_journal_path(const struct engine *e); /* NULL when nothing is kept */
const struct err *engine_journal_error(const struct engine *e);
/* How many lines it has and the hash of the last one (65 bytes), also after engine_close(). 0: no
 * journal, or one that is kept elsewhere. */
void engine_journal_head(const struct engine *e, uint64_t *ret_lines, char *ret_hash);
/* Session end: session.closed, journal closed. Idempotent. *err as journal_close(). */
enum err_code engine_close(struct engine *e, const char *reason, int exit_code, struct err *err);
/* Show what scans of a cloud found (inventory.db of state_dir), in the background; nothing when
 * there is none. */
void engine_load_inventory(struct engine *e);
/* Ask AWS for the services that were chosen (aws.services), and for nothing when none were: false.
 */
bool engine_watch_scope(struct engine *e);
bool engine_inventory_busy(const struct engine *e);      /* it is being loaded or asked for */
bool engine_inventory_throttled(const struct engine *e); /* in the last look */
/* What is looked at by itself and how often, for the screen; "" when nothing is. */
void engine_say_watched(struct engine *e, const char *text);
bool engine_busy(const struct engine *e);          /* a turn is running */
bool engine_without_model(const struct engine *e); /* the person wants none */
/* Append `text` with the placeholders put back whose secret this run has seen; only for the screen
 * of the person. Returns how many were. */
size_t engine_reveal(const struct engine *e, struct str text, struct buf *out);

#endif
