/* plan_run.c - see plan_run.h. While a step waits for a person, the session is closed and opened
 * again in the dialog of `approve`; when it was answered, the run goes on at that step. */
#include "src/app/plan_run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "runbook/base/mem.h"
#include "runbook/engine/procedure.h"
#include "src/app/act.h"
#include "src/app/session.h"

#define OUT_MAX ((size_t)16 << 20)
#define ROUNDS_MAX 64 /* of waiting and going on */

struct running {
    struct app *app;
    const struct cmd_args *args;
    struct session *s;
    char *session, *run;
    struct str document;
};

static struct engine *engine_of(const struct running *r)
{
    return session_engine(r->s);
}

static const struct procedure_run *run_of(const struct running *r)
{
    return model_procedure(engine_model(engine_of(r)), r->run);
}

static void settle(struct running *r)
{
    while ((engine_procedure_busy(engine_of(r)) || engine_mutating(engine_of(r)) ||
            engine_busy(engine_of(r))) &&
           loop_turn(session_loop(r->s), true))
        engine_settled(engine_of(r));
}

/* ---- the record ---- */

static enum err_code read_answer(void *ctx, const char *call, struct arena *a,
                                 const struct value **ret, struct err *err)
{
    struct running *r = ctx;
    const struct tool_run *t = model_tool(engine_model(engine_of(r)), call);
    struct blob_source blobs = session_blobs(r->s);
    struct buf body = BUF_INIT(OUT_MAX);
    enum err_code rc = ERR_OK;

    if (!t || !*t->blob || !blobs.read(blobs.ctx, t->blob, &body, err))
        rc = err_set(err, ERR_NOT_FOUND, "the answer of %s is not kept", call);
    else
        rc = json_parse(a, buf_str(&body), ret, err);
    buf_release(&body);
    return rc;
}

/* C-29: completed, partial or failed. What a primitive lacks counts, though its step is done. */
static const char *outcome(const struct running *r, const struct value *const *results,
                           size_t count)
{
    const struct procedure_run *run = run_of(r);

    if (!procedure_is_over(run))
        return "waiting";
    if (run->state != PROCEDURE_COMPLETED && run->state != PROCEDURE_PARTIAL)
        return "failed";
    for (size_t i = 0; i < count; i++) {
        if (value_count(value_get(results[i], "missing")))
            return "partial";
    }
    return run->state == PROCEDURE_PARTIAL ? "partial" : "completed";
}

/* What a model said of the facts; "" when none was asked. */
static const char *interpretation(const struct running *r)
{
    const struct model *m = engine_model(engine_of(r));

    for (size_t i = m->items.count; i-- > 0 && args_has(r->args, "interpret");) {
        const struct item *it = &m->items.items[i];

        if (it->kind == ITEM_USER) /* nothing was said to it */
            break;
        if (it->kind == ITEM_TEXT)
            return it->text;
    }
    return "";
}

static void put_json(struct running *r, const struct value *const *results, size_t count,
                     struct str said, struct buf *out)
{
    struct buf record = BUF_INIT(OUT_MAX);
    struct json_writer w;

    procedure_run_json(engine_model(engine_of(r)), run_of(r), &record);
    json_writer_init(&w, out);
    json_object_begin(&w);
    json_put_cstr(&w, "schema", "runbook.plan_run/1");
    json_put_cstr(&w, "outcome", outcome(r, results, count));
    json_key(&w, "made");
    json_raw(&w, r->document);
    json_key(&w, "execution");
    json_raw(&w, buf_str(&record));
    json_key(&w, "facts");
    json_array_begin(&w);
    for (size_t i = 0; i < count; i++)
        json_value(&w, results[i]);
    json_array_end(&w);
    json_put_str(&w, "answer", said);
    json_put_cstr(&w, "interpretation", *interpretation(r) ? interpretation(r) : NULL);
    json_object_end(&w);
    buf_addc(out, '\n');
    buf_release(&record);
}

static int print(struct running *r, bool *ret_partial)
{
    struct buf out = BUF_INIT(OUT_MAX), said = BUF_INIT(OUT_MAX);
    struct arena *a = arena_new(65536);
    const struct value *results[64];
    size_t n = plan_results(run_of(r), read_answer, r, a, results, 64);
    int rc;

    plan_facts_text(run_of(r), results, n, &said);
    if (r->app->json) {
        put_json(r, results, n, buf_str(&said), &out);
    } else {
        procedure_run_text(engine_model(engine_of(r)), run_of(r), &out);
        buf_addf(&out, "\noutcome: %s\n\n%s", outcome(r, results, n), buf_cstr(&said));
        if (args_has(r->args, "interpret"))
            buf_addf(&out, "%s%s\n", *interpretation(r) ? "A model on these facts: " : "",
                     *interpretation(r)
                         ? interpretation(r)
                         : "No model interpreted them: none is configured, or it did "
                           "not answer.");
    }
    *ret_partial = strcmp(outcome(r, results, n), "partial") == 0;
    rc = app_print(buf_str(&out));
    arena_free(a);
    buf_release(&said);
    buf_release(&out);
    return rc;
}

/* The policy's no, a person's, or that it cannot be done. */
static int refused(const struct model *m, const struct procedure_run *r)
{
    VEC_EACH (s, &r->steps) {
        const struct mutation *mu = *s->mutation ? model_mutation(m, s->mutation) : NULL;

        if (s->state != STEP_REFUSED)
            continue;
        if (mu && strcmp(mu->decision, "deny") == 0)
            return EXIT_REFUSED;
        if (!mu || model_approval(m, mu->id))
            return EXIT_APPROVAL;
    }
    return EXIT_FAILED;
}

static int code_of(const struct running *r)
{
    const struct procedure_run *run = run_of(r);

    switch (run->state) {
    case PROCEDURE_COMPLETED:
        return EXIT_DONE;
    case PROCEDURE_PARTIAL:
        return EXIT_NO_CAUSE;
    case PROCEDURE_REFUSED:
        return refused(engine_model(engine_of(r)), run);
    case PROCEDURE_RUNNING:
    case PROCEDURE_WAITING:
    case PROCEDURE_STOPPED:
        return EXIT_APPROVAL;
    case PROCEDURE_FAILED:
    case PROCEDURE_ROLLED_BACK:
    case PROCEDURE_CANCELED:
        break;
    }
    return EXIT_FAILED;
}

/* ---- going on ---- */

static void request(const struct running *r, struct session_request *req)
{
    act_request(r->args, req);
    req->prometheus = args_get(r->args, "prometheus");
    if (args_has(r->args, "interpret"))
        req->model = NULL; /* the configuration's */
}

static void leave(struct running *r, const char *why, int code)
{
    struct err err = ERR_INIT;

    if (!r->s)
        return;
    if (engine_close(engine_of(r), why, code, &err))
        app_fail(&err);
    session_free(r->s);
    r->s = NULL;
}

/* The request that the run waits for, when a person is here to answer it. The caller frees. */
static char *to_answer(const struct running *r)
{
    const struct approval *a = model_procedure_approval(engine_model(engine_of(r)), run_of(r));

    if (!a || procedure_is_over(run_of(r)) || r->app->json || args_has(r->args, "no-ask") ||
        !isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO))
        return NULL;
    return xstrdup(a->id);
}

static bool open_again(struct running *r, struct err *err)
{
    struct session_request req = {.resume = r->session};

    request(r, &req);
    if (session_new(r->app, &req, &r->s, err)) {
        r->s = NULL;
        return false;
    }
    engine_plan_interpret(engine_of(r), args_has(r->args, "interpret"));
    if (procedure_is_over(run_of(r)))
        return true;
    return !engine_procedure_resume(engine_of(r), r->run, err);
}

/* Until it is over, or nobody here can answer. */
static int go_on(struct running *r)
{
    struct err err = ERR_INIT;
    int code = EXIT_APPROVAL, rc;
    bool partial;

    for (int i = 0; i < ROUNDS_MAX; i++) {
        char *id;

        settle(r);
        id = to_answer(r);
        code = code_of(r);
        if (!id)
            break;
        leave(r, "waits", EXIT_APPROVAL);
        rc = act_ask(r->app, r->session, id, r->args);
        free(id);
        if (rc == EXIT_INTERRUPTED)
            return rc;
        if (!open_again(r, &err))
            return app_fail(&err);
    }
    rc = print(r, &partial);
    return rc ? rc : partial && code == EXIT_DONE ? EXIT_NO_CAUSE : code;
}

int plan_run(struct app *app, const struct cmd_args *args, const struct plan *p,
             struct str document)
{
    struct running r = {.app = app, .args = args, .document = document};
    struct session_request req = {0};
    const char *run;
    struct err err = ERR_INIT;
    int code;

    session_recover(app);
    request(&r, &req);
    if (session_new(app, &req, &r.s, &err))
        return app_fail(&err);
    engine_plan_interpret(engine_of(&r), args_has(args, "interpret"));
    if (engine_plan_start(engine_of(&r), p, false, &run, &err)) {
        code = err.code == ERR_DENIED ? (app_fail(&err), EXIT_REFUSED) : app_fail(&err);
    } else {
        r.run = xstrdup(run);
        r.session = xstrdup(engine_model(engine_of(&r))->id);
        code = go_on(&r);
    }
    leave(&r, code == EXIT_APPROVAL ? "waits" : "done", code);
    free(r.run);
    free(r.session);
    return code;
}
