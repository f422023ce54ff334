/* mutate_priv.h - what the files of the mutation engine share. */
#ifndef RUNBOOK_ENGINE_MUTATE_PRIV_H
#define RUNBOOK_ENGINE_MUTATE_PRIV_H

#include "engine_priv.h"

#include <signal.h>
#include <unistd.h>

#include "runbook/base/fault.h"
#include "runbook/base/map.h"
#include "runbook/engine/mutate.h"
#include "runbook/policy/token.h"
#include "src/engine/mutate/act.h"

#define MUTATION_ID_MAX 16

/* A test that is killed here, in turn at each of them. */
#define MUTATE_STEP(name)                                                                          \
    do {                                                                                           \
        if (FAULT_POINT(name))                                                                     \
            kill(getpid(), SIGKILL);                                                               \
    } while (0)

enum live_step {
    LIVE_READ,    /* its resource is read, to plan it */
    LIVE_COUNT,   /* the ledger is asked what was done before */
    LIVE_WAIT,    /* a person is asked */
    LIVE_REREAD,  /* approved: is it still what was shown? */
    LIVE_RESERVE, /* a place in the ledger */
    LIVE_SYNC,    /* mutation.started on its way to the disk */
    LIVE_EXECUTE,
    LIVE_VERIFY,
    LIVE_BACK_READ, /* the rollback, likewise */
    LIVE_BACK_SYNC,
    LIVE_BACK_EXECUTE,
    LIVE_BACK_VERIFY,
    LIVE_OVER,
};

/* Somebody beside the one who asked, who said yes in this run. */
#define SECONDS_MAX 8
#define SECOND_HOW 400
struct second {
    char name[128], how[SECOND_HOW], token[TOKEN_ID + 1];
    bool senior;
};

/* A mutation under way in this process. The model holds what is known of it. */
struct live {
    struct engine *e;
    struct live *next;
    char id[MUTATION_ID_MAX];
    enum live_step step;
    struct act act;  /* of the step; its arena is its own */
    act_calls *list; /* the one that is being made */
    size_t at;
    uint64_t run; /* of the host pool */
    uint64_t http;
    struct live_aws *aws; /* mutate_aws.c: the call of AWS under way; NULL: none */
    loop_id timer, job;
    enum policy_act approved; /* what policy asked for when it was shown */
    int64_t started_ms, ended_ms, deadline_ms, look_ms;
    bool recovering;       /* it was started by a process that is gone */
    bool once;             /* verify by one look */
    bool failed;           /* a call said so */
    bool lost;             /* how its calls ended is not known */
    int64_t held_ms;       /* since when what was to be reached is there; 0: it is not */
    int held_changes;      /* how often by something else than at the look before */
    char held_by[96];      /* by what: act.held_by of that look */
    char failed_text[320]; /* what it said */
    char answered[320];    /* its last call, in this process; "": not yet */
    struct err sync_err;
    struct ledger_job *counting;
    char confirmed[65]; /* the fingerprint that whoever asked has confirmed; "" */
    struct second second[SECONDS_MAX];
    size_t seconds;
};

struct mutate { /* of an engine */
    struct live *live;
    struct policy *own_policy; /* when none was given */
    struct identity who;
    bool loose; /* a command of its own, not a session that somebody sits in */
    char by[512];
    loop_id look_timer, look_job; /* second.c */
    struct look_job *looking;
    struct map *seen;    /* files of answers that were looked at */
    struct never kept;   /* remember.c */
    struct err kept_err; /* the noes could not be read */
};

/* mutate.c */
struct live *live_find(struct engine *e, const char *id);
struct live *live_new(struct engine *e, const char *id);
void live_over(struct live *l); /* frees it on a later turn */
void live_begin(struct live *l);
void live_refuse(struct live *l, const char *text);
void live_find_out(struct live *l, bool back, bool was_running);
void mutate_close_ledger(struct engine *e, const char *id);
const struct mutation *live_mutation(const struct live *l);
void mutate_ended(struct live *l, const char *what, const char *outcome, const char *text);

bool live_is_back(const struct live *l);     /* it is being taken back */
const char *live_what(const struct live *l); /* "execute" or "rollback" */
void live_read(struct live *l, enum live_step step);
void live_sync_started(struct live *l); /* then its calls are made */
void mutate_unknown(struct live *l, const char *why);

/* mutate_verify.c: what the resource says afterwards, and the way back. */
void live_verify(struct live *l, bool once);
void live_judge(struct live *l);
void live_back_planned(struct live *l);
/* approvals.c */
void engine_grant(struct engine *e, const struct approval *a, struct strings seconds);
void engine_reject(struct engine *e, const struct approval *a, const char *by, const char *why);

/* second.c: other persons. */
void second_asked(struct engine *e, const struct event *ev);
void second_decided(struct engine *e, const struct approval *a);
/* The one who asked says yes. NULL: it counts, and perhaps it was the last one that was needed. */
const char *second_confirm(struct engine *e, const struct approval *a);
void second_wait(struct engine *e); /* look for answers while something waits */
void second_free(struct engine *e);

/* remember.c */
void remember_open(struct engine *e);
void remember_job(struct engine *e, struct ledger_job *j); /* copies: the list may change */
void remember_intent(struct engine *e, const struct intent *in);
void forget_intent(struct engine *e, const struct intent *in);

/* mutate_run.c: make the calls of a list, one after another; then `done`. */
void live_make(struct live *l, act_calls *list);
void live_answered(struct live *l, const struct act_answer *a);
bool live_executes(const struct live *l);
/* mutate_aws.c: a call of AWS; live_answered() comes later or at once. */
void live_aws(struct live *l, const struct act_call *c);
void live_aws_stop(struct live *l);
void live_made(struct live *l); /* mutate.c: all were made, or one failed */
void live_stop(struct live *l); /* what is under way is not waited for any more */

/* mutate_plan.c */
enum err_code live_open_act(struct live *l, bool back, struct err *err);
void live_close_act(struct live *l);
/* Is the plan of now the one that was recorded, and so shown? */
bool live_is_as_shown(struct live *l);
/* Does the request ask for exactly this mutation? */
bool live_is_of(const struct mutation *mu, const struct approval *a);
void live_publish_plan(struct live *l);
const struct policy *mutate_policy(struct engine *e);
/* Fills in the operation of the plan for policy; strings are the act's. */
void live_operation(struct live *l, struct operation *ret);
void live_ask(struct live *l, const struct policy_decision *d);
void live_publish_decision(struct live *l, const struct policy_decision *d);
/* Parameters as they are typed ("pid": "7") to what their rows say. */
enum err_code act_coerce(const struct act_def *d, struct str args_json, struct arena *a,
                         const struct value **ret, struct buf *ret_json, struct err *err);

/* mutate_ledger.c: what was asked for, started and ended, of all sessions of this state folder. */
struct ledger_job {
    struct live *live; /* not looked at by the work */
    char *path;
    /* in */
    const char *id, *session, *operation, *resource;
    int64_t now_ms, uid;
    bool loose, reserve, critical;
    const struct policy *policy;
    struct operation op;
    struct risk_facts facts;
    struct policy_user who;
    bool read_only;
    struct arena *kept; /* owns what is remembered */
    const struct policy_remembered *remembered;
    size_t remembered_count;
    /* out */
    struct policy_decision decision;
    struct err err;
};
void ledger_work(void *job); /* a loop_job: struct ledger_job */
char *ledger_file(const char *state_dir);
enum err_code ledger_note(const char *state_dir, const char *what, const char *id,
                          const char *session, struct err *err);

bool ledger_is_open(const char *state_dir, const char *id); /* started, and no end noted */

/* Called by approvals.c after an answer, by engine.c at resume and at the end. */
void mutate_answered(struct engine *e, const struct approval *a);
void mutate_resume(struct engine *e);
void mutate_intent(struct engine *e, const struct intent *in);
void mutate_undo_intent(struct engine *e, const struct intent *in);
void mutate_open(struct engine *e);
void mutate_free(struct engine *e);

#endif
