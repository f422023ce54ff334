/* session.c - see session.h. Services are made before the engine and freed after it: a tool call
 * that is canceled at the end still reports to the loop. */
#include "src/app/session_priv.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/context/cost.h"
#include "runbook/context/prompts.h"
#include "runbook/engine/mutate.h"
#include "runbook/service/alertmanager.h"
#include "runbook/service/host.h"
#include "runbook/service/prometheus.h"
#include "runbook/store/blob.h"
#include "src/app/audit_log.h"
#include "src/app/aws_open.h"
#include "src/app/mcp_servers.h"
#include "src/app/model_open.h"
#include "src/app/policy_open.h"

static bool watched_is_over(const struct session *s)
{
    const struct mutation *mu =
        s->watch ? model_mutation(engine_model(s->engine), s->watch_id) : NULL;

    return mu && mutation_is_over(mu) && !engine_mutating(s->engine);
}

/* What the command line says to questions of steps. It approves no change. */
static void answer_steps(struct session *s)
{
    const struct cmd_args *args = s->run ? s->run->procedure_answers : NULL;
    const struct procedure_run *r = model_procedure_open(engine_model(s->engine));
    const struct step_run *step = r ? procedure_step_run(r, r->at) : NULL;
    struct err err = ERR_INIT;

    if (!args || !step || step->state != STEP_WAITING || engine_procedure_busy(s->engine))
        return;
    for (size_t i = 0; i < args_count(args, "answer"); i++) {
        struct str answer = str_from(args_at(args, "answer", i)), id;

        if (!str_split(&answer, '=', &id) || !str_eq_c(id, step->id))
            continue;
        if (engine_procedure_answer(s->engine, step->id, answer.ptr, &err))
            fprintf(stderr, "runbook: --answer: %s\n", err.msg);
        return;
    }
}

static void settled(void *ctx)
{
    struct session *s = ctx;

    engine_settled(s->engine);
    answer_steps(s);
    if (s->asked && !s->until_quit && !engine_busy(s->engine) && !engine_mutating(s->engine) &&
        !engine_procedure_busy(s->engine))
        loop_stop(s->loop);
    if (watched_is_over(s))
        loop_stop(s->loop);
}

static void on_signal(void *ctx, int signo)
{
    struct session *s = ctx;
    struct intent_sink to = engine_intents(s->engine);
    struct intent in = {INTENT_QUIT, "signal"};

    if (signo == SIGINT && !s->interrupted &&
        (engine_busy(s->engine) || engine_procedure_busy(s->engine)))
        in.type = INTENT_CANCEL;
    /* Where one stays after the answer, stopping it is nothing special. */
    if (in.type == INTENT_QUIT || !s->until_quit)
        s->interrupted = true;
    to.submit(to.ctx, &in);
}

enum err_code session_new(struct app *app, const struct session_request *req, struct session **ret,
                          struct err *err)
{
    static const int signals[] = {SIGINT, SIGTERM, SIGHUP};
    struct session *s;
    enum err_code rc;

    signal(SIGPIPE, SIG_IGN);
    if (!req->recovering)
        session_recover(app);
    s = xcalloc(1, sizeof(*s));
    s->app = app;
    s->arena = arena_new(0);
    s->loop = loop_new(app->clock);
    rc = app_state_dir(app, &s->state_dir, err);
    if (!rc)
        s->env.bundles = arena_printf(s->arena, "%s/bundles", s->state_dir);
    if (!rc)
        rc = session_connect(s, req, err);
    if (!rc)
        rc = session_read_incident(s, req, err);
    if (!rc)
        rc = session_open_engine(s, req, err);
    if (rc) {
        session_free(s);
        return rc;
    }
    loop_on_settled(s->loop, settled, s);
    for (size_t i = 0; i < 3; i++)
        s->signals[i] = loop_signal(s->loop, signals[i], on_signal, s);
    if (req->procedure || req->procedure_resume)
        s->run = req;
    if (req->watch) {
        s->watch = req;
        s->watch_id = xstrdup(req->watch);
    }
    *ret = s;
    return ERR_OK;
}

void session_free(struct session *s)
{
    struct err err;

    if (!s)
        return;
    for (size_t i = 0; i < 3; i++) {
        if (s->signals[i])
            loop_signal_cancel(s->loop, s->signals[i]);
    }
    if (s->audit && s->engine) {
        engine_close(s->engine, "done", EXIT_DONE, &err); /* where nobody did */
        audit_log_end(s->audit);
    }
    if (s->loop) /* MCP servers are ended by turns of the loop, and there is no engine then */
        loop_on_settled(s->loop, NULL, NULL);
    for (size_t i = 0; s->env.aws && i < s->env.aws->accounts.count; i++)
        aws_credentials_on_secret(s->env.aws->accounts.items[i].credentials, NULL, NULL);
    engine_free(s->engine);
    audit_log_free(s->audit);
    mcp_free(s->mcp);
    llm_free(s->llm);
    prompts_free(s->prompts);
    price_table_free(s->prices);
    policy_free(s->policy);
    alertmanager_free(s->env.alertmanager);
    prometheus_free(s->env.prometheus);
    aws_estate_free(s->env.aws);
    mfa_desk_free(s->mfa);
    host_pool_free(s->env.hosts);
    http_client_free(s->http);
    loop_free(s->loop);
    VEC_RELEASE(&s->targets);
    VEC_RELEASE(&s->file_roots);
    arena_free(s->arena);
    free(s->fallback_dir);
    free(s->watch_id);
    free(s);
}

struct aws_estate *session_aws(const struct session *s)
{
    return s->env.aws;
}

struct mfa_desk *session_mfa(struct session *s)
{
    return s->mfa;
}

struct engine *session_engine(struct session *s)
{
    return s->engine;
}

struct llm *session_llm(struct session *s)
{
    return s->llm;
}

const struct price_table *session_prices(const struct session *s)
{
    return s->prices;
}

struct loop *session_loop(struct session *s)
{
    return s->loop;
}

static bool read_blob(void *ctx, const char *hash, struct buf *out, struct err *err)
{
    struct session *s = ctx;

    return blob_get(s->state_dir, hash, out, err) == ERR_OK;
}

struct blob_source session_blobs(struct session *s)
{
    return (struct blob_source){read_blob, s};
}

/* ERR is said by an event, as in a session that somebody sits in. */
static void begin_run(struct session *s)
{
    const struct session_request *req = s->run;
    struct procedure_request r = {.procedure = req->procedure,
                                  .params = req->procedure_params,
                                  .why = req->procedure_why,
                                  .dry_run = req->dry_run};
    struct err err = ERR_INIT;
    const char *run;

    if (req->procedure ? engine_procedure_start(s->engine, &r, &run, &err)
                       : engine_procedure_resume(s->engine, req->procedure_resume, &err)) {
        fprintf(stderr, "runbook: %s\n", err.msg);
        *req->ret_code = err.code == ERR_INPUT ? EXIT_USAGE : EXIT_FAILED;
    }
}

void session_ask(struct session *s)
{
    struct intent_sink to = engine_intents(s->engine);
    struct intent in = {s->answer ? INTENT_QUESTION : INTENT_INVESTIGATE, s->question};

    if (s->question)
        to.submit(to.ctx, &in);
    for (size_t i = 0; s->question && s->hypotheses && s->hypotheses[i]; i++) {
        struct intent add = {.type = INTENT_STEER_ADD, .text = s->hypotheses[i]};

        to.submit(to.ctx, &add);
    }
    if (s->run)
        begin_run(s);
    s->asked = true;
}

void session_settle(struct session *s)
{
    while ((engine_mutating(s->engine) || engine_procedure_busy(s->engine)) &&
           loop_turn(s->loop, true))
        engine_settled(s->engine);
}

int session_run(struct session *s, bool until_quit)
{
    struct err err = ERR_INIT;
    int code;

    s->until_quit = until_quit;
    loop_run(s->loop);
    if (s->run)
        session_report_run(s);
    session_report_watched(s);
    code = s->interrupted ? EXIT_INTERRUPTED : until_quit ? EXIT_DONE : session_verdict_code(s);
    if (engine_close(s->engine, s->interrupted ? "interrupted" : "done", code, &err)) {
        fprintf(stderr, "runbook: the journal of this session could not be written: %s\n", err.msg);
        return EXIT_FAILED;
    }
    audit_log_end(s->audit);
    if (!*engine_model(s->engine)->id)
        return code; /* nothing was asked */
    if (!engine_journal_path(s->engine)) {
        fprintf(stderr, "runbook: nothing of this session is kept: %s\n",
                engine_journal_error(s->engine)->msg);
        return code == EXIT_DONE ? EXIT_FAILED : code;
    }
    if (strncmp(engine_journal_path(s->engine), s->state_dir, strlen(s->state_dir)) != 0)
        fprintf(stderr, "runbook: the session is kept in %s, which a reboot clears, because: %s\n",
                engine_journal_path(s->engine), engine_journal_error(s->engine)->msg);
    return code;
}
