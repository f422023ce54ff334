/* session.h - one investigation, wired: loop, services, engine, sinks, signals. Made by the
 * commands that investigate; a frontend adds its sink and runs it. */
#ifndef RUNBOOK_APP_SESSION_H
#define RUNBOOK_APP_SESSION_H

#include "runbook/app/app.h"
#include "runbook/engine/engine.h"
#include "runbook/engine/procedure.h"

struct session_request {
    const char *text; /* what was asked; NULL: a default sentence from the targets or the alert */
    const char *const *hosts; /* NULL-terminated; NULL: none named */
    const char *const *aws;   /* the same of accounts, "NAME" or "NAME/REGION" */
    const char *prometheus;   /* URL; NULL: the configuration's, if any */
    const char *alertmanager;
    const char *topology; /* file; NULL: the incident's, or the project's service-graph.json */
    const char *incident; /* file */
    const char *service, *metric;
    const char *ssh_config;
    const char *const *hypotheses; /* NULL-terminated, tested as well; NULL: none. Borrowed */
    int64_t at_ms, since_ms; /* 0: not given. at: when it happened; since: since when it is bad */
    const char *resume;      /* id of a session to open again; NULL: a new one */
    bool wait;               /* for a screen: ask nothing until the person does */
    bool answer;             /* `text` is a question, not an incident */
    bool interactive;        /* a person is there, who can answer what a model asks */
    bool chat;               /* in plain mode, what is no command is a question */
    const char *model;  /* NULL: the configuration's; "none"; a model's name or provider/model */
    bool read_only;     /* nothing is changed */
    bool loose;         /* engine_options: a command of its own */
    bool keep_requests; /* the same */
    /* A run of a procedure, instead of a question: begun, or gone on with. What is written down of
     * it at the end goes to ret_watched. */
    const struct procedure *procedure; /* NULL: none; borrowed until session_ask() has returned */
    struct str procedure_params;       /* a JSON object */
    const char *procedure_why;
    bool dry_run;
    const char *procedure_resume;             /* the run; "": the one that is not over */
    const struct cmd_args *procedure_answers; /* its --answer STEP=ANSWER; NULL: none */
    bool recovering;                          /* it is opened to find out how a mutation ended */
    const char *environment;                  /* "prod"; NULL: the configuration's */
    /* A mutation with which the session ends; how it stands then, as text, or JSON. */
    const char *watch;
    bool watch_json;
    struct buf *ret_watched;
    int *ret_code; /* and what that means as an exit code */
};

struct session; /* opaque */

/* ERR_INPUT, ERR_NOT_FOUND ... name the flag, the file or the configuration key. Borrows `app`. */
enum err_code session_new(struct app *app, const struct session_request *req, struct session **ret,
                          struct err *err);
void session_free(struct session *s);
struct engine *session_engine(struct session *s);
struct mfa_desk *session_mfa(struct session *s); /* who asks for the digits of a device */
struct loop *session_loop(struct session *s);
struct aws_estate *session_aws(const struct session *s); /* NULL: AWS is not configured */
struct price_table;
const struct price_table *session_prices(const struct session *s); /* NULL without a model */
struct llm *session_llm(struct session *s);                        /* NULL: no model is asked */
struct blob_source session_blobs(struct session *s);
/* Ask the request's question; without one (a plain screen) nothing is asked. */
void session_ask(struct session *s);
/* Turn the loop until nothing is read, executed or verified any more. The session stays open. */
void session_settle(struct session *s);
/* Mutations of programs that are gone, whose end nobody saw: it is found out by reading, and told
 * on stderr. Each session_new() does it first, once a run. */
void session_recover(struct app *app);
int session_act_code(const struct model *m, const struct mutation *mu); /* of a mutation */
int session_procedure_code(const struct model *m, const struct procedure_run *r); /* of a run */
/* What the verdict means as an exit code. */
int session_verdict_code(const struct session *s);
/* Turn the loop until the turn has ended, or, with `until_quit`, until INTENT_QUIT. Returns the
 * exit code that the verdict means; 130 after an interrupt. Closes the session; a journal that
 * could not be written is told on stderr and makes the code 1. */
int session_run(struct session *s, bool until_quit);

#endif
