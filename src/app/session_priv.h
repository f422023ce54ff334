/* session_priv.h - what the files of a session share: session.c is its life, session_connect.c the
 * services that it may ask, session_open.c its incident and its engine, session_end.c what it comes
 * to, session_recover.c the sessions before it that were cut off. */
#ifndef RUNBOOK_APP_SESSION_PRIV_H
#define RUNBOOK_APP_SESSION_PRIV_H

#include "runbook/app/config.h"
#include "runbook/base/vec.h"
#include "runbook/net/http.h"
#include "runbook/tool/toolenv.h"
#include "src/app/session.h"

struct session {
    struct app *app;
    struct loop *loop;
    struct http_client *http;
    struct llm *llm;         /* NULL: none */
    struct prompts *prompts; /* and what it is told and costs; NULL without one */
    struct price_table *prices;
    struct policy *policy;
    struct http_tls prom_tls, alert_tls;
    struct mfa_desk *mfa;
    struct mcp *mcp; /* NULL: nobody would call its tools */
    struct tool_env env;
    struct engine *engine;
    struct audit_log *audit;
    const char *state_dir;
    char *fallback_dir;
    struct arena *arena;       /* what the request was turned into */
    VEC(const char *) targets; /* ends with NULL */
    struct ev_incident_loaded incident;
    bool has_incident;
    const struct topology *topology; /* NULL: none */
    const char *topology_source;
    const char *question;
    const char *const *hypotheses;
    loop_id signals[3];
    bool interrupted, until_quit, asked, answer;
    bool only_local;                     /* nothing was named or configured */
    const struct session_request *watch; /* NULL: no mutation is watched */
    const struct session_request *run;   /* NULL: no procedure is run */
    char *watch_id;
    VEC(const char *) file_roots; /* ends with NULL */
};

/* session_connect.c. `kind`:`value` is one more place that the question is about. */
void session_add_target(struct session *s, const char *kind, const char *value);
/* Clients of everything that is named or configured; nothing is asked yet. */
enum err_code session_connect(struct session *s, const struct session_request *req,
                              struct err *err);
/* A session that is opened again asks the servers that it asked before. */
enum err_code session_reconnect(struct session *s, struct err *err);

/* session_open.c. The alert and the service graph, then the engine, with the session open in it. */
enum err_code session_read_incident(struct session *s, const struct session_request *req,
                                    struct err *err);
enum err_code session_open_engine(struct session *s, const struct session_request *req,
                                  struct err *err);

/* session_end.c: what became of the run, and of the mutation, that this session is about. */
void session_report_run(struct session *s);
void session_report_watched(struct session *s);

#endif
