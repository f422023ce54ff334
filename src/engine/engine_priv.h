/* engine_priv.h - what engine.c (session, journal, sinks) and investigation.c (one turn) share. */
#ifndef RUNBOOK_ENGINE_PRIV_H
#define RUNBOOK_ENGINE_PRIV_H

#include "runbook/engine/engine.h"
#include "runbook/engine/investigation.h"
#include "runbook/base/secret.h"
#include "runbook/context/cost.h"
#include "runbook/context/fence.h"
#include "runbook/context/ledger.h"
#include "runbook/context/prompts.h"
#include "runbook/policy/redact.h"

#define REDACT_SALT_BYTES 16
#define EVENT_MAX ((size_t)1 << 20) /* bytes of an event's data in a journal */

struct sink {
    const struct sink_ops *ops;
    void *self;
};

struct engine {
    struct engine_options opts;
    struct model model;
    struct journal *journal; /* NULL: nothing is kept (or the session is closed) */
    uint64_t head_lines;     /* of a journal that is closed */
    char head_hash[SHA256_HEX];
    char *journal_path;
    struct err journal_err; /* why nothing, or not all, is kept */
    bool journal_err_told;
    VEC(struct sink) sinks;
    struct tool_runner *runner;
    char salt[REDACT_SALT_BYTES]; /* of the placeholders; never leaves the process */
    struct blob_source blobs;     /* for tools that read raw results */
    struct fence fence;           /* around words from outside, for a model */
    struct prompts *own_prompts;  /* when none were given; likewise the prices */
    struct price_table *own_prices;
    struct cost_limits fuses;
    struct ledger *ledger; /* NULL: nothing is kept */
    VEC(struct secret *) secrets;
    struct redactor *redactor;   /* of the loop's thread */
    struct investigation *inv;   /* the running turn, or NULL */
    struct investigation *ended; /* freed on the next turn of the loop */
    loop_id reap_timer;
    bool open;
    bool llm_off;           /* the person wants no model */
    struct arena *deferred; /* owns the strings of `spec` */
    struct session_spec spec;
    struct ev_incident_loaded incident; /* spec.incident points here */
    bool open_on_ask;
    /* Where the last question's part of the model begins, for a turn that goes on with it. */
    size_t first_hypothesis, first_evidence, first_gap;
    struct skills *skills; /* at first use: engine_skills() */
    loop_id approval_timer;
    struct mutate *mutate; /* mutate_priv.h */
    struct primitives *primitives;
    struct inventory *inventory;      /* inventory_priv.h; NULL: no cloud was looked at */
    struct plan_live *plan;           /* plan/plan_run.c; NULL: none was made */
    struct procedure_live *procedure; /* procedure_priv.h; NULL: none was run here */
    uint64_t seq;                     /* without a journal */
};

/* Journal, fold, sinks. Strings are borrowed during the call. `actor` NULL: "engine". */
void engine_publish(struct engine *e, struct event *ev);
void engine_publish_topology(struct engine *e, const struct topology *t, const char *source);
/* The same; `fn` is told when it is on the disk, or why not, exactly once, from the loop. Without a
 * journal it is told ERR_IO. */
void engine_publish_durable(struct engine *e, struct event *ev,
                            void (*fn)(void *ctx, const struct err *err), void *ctx);
void engine_say_error(struct engine *e, const char *doing, const struct err *err);

/* A redactor that knows the session's secrets, for a worker. The caller frees. */
struct redactor *engine_new_redactor(const struct engine *e);

/* One turn: sets e->inv and begins on the loop's next turn. */
void investigation_start(struct engine *e);
/* A turn that answers a question about what is known: no module runs, no verdict is reached. */
void investigation_answer(struct engine *e);
/* A turn in which a model summarises what was said so far, so that less of it is sent. */
void investigation_compact(struct engine *e);
/* A turn that goes on after a conclusion with what a person wants; no module looks around again. */
void investigation_continue(struct engine *e);
/* Read resources and alerts again, without a turn; refused while anything runs. */
void engine_refresh(struct engine *e);
void engine_security(struct engine *e); /* the same for what is not safe in AWS */
void investigation_refresh(struct engine *e);
bool engine_refreshing(const struct engine *e);
/* Opens the session that waits for the first question, if it does. */
void engine_open_deferred(struct engine *e, const char *question);
/* The same for a question that is investigated: what it speaks of becomes a target as well, and the
 * only one where the first question names it and nothing else was named. */
void engine_open_asked(struct engine *e, const char *question);
/* End it with what there is: "canceled", "timeout", "quit". Publishes the conclusion. */
void investigation_cancel(struct investigation *inv, const char *reason);
/* Workers that still store a result; it may be freed when there are none. */
size_t investigation_jobs(const struct investigation *inv);
void investigation_free(struct investigation *inv); /* NULL is fine */
/* Told by investigation.c when the turn has ended; the engine frees it later. */
void engine_turn_over(struct engine *e);

/* steer.c: one of INTENT_STEER_*. */
void engine_steer(struct engine *e, const struct intent *in);

/* plan/plan_run.c: INTENT_PLAN; and when a run of a plan is over, what its facts mean. */
void plan_intent_in(struct engine *e, const struct intent *in);
void plan_free(struct engine *e);
struct procedure_live;
void plan_over(struct procedure_live *pl);

/* approvals.c. Ask a person: fills id, fingerprint and, when 0, the time of expiry; returns the id,
 * which lives as long as the model. */
const char *engine_request_approval(struct engine *e, struct ev_approval_requested *r);
void engine_answer_approval(struct engine *e, const struct intent *in);
void engine_expire_approvals(struct engine *e, bool all, const char *why); /* due ones, or all */

#endif
