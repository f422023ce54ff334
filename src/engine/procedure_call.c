/* procedure_call.c - one tool call of a step: run, hidden secrets, kept as a blob, said. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "runbook/base/mem.h"
#include "runbook/codec/json.h"
#include "runbook/store/blob.h"
#include "src/engine/procedure_priv.h"

static void say_ended(struct step_live *sl)
{
    struct event ev = {.type = EV_TOOL_ENDED};
    struct ev_tool_ended *t = &ev.u.tool_ended;
    const struct tool_result *r = &sl->result;

    t->call = sl->call;
    t->status = r->status;
    t->summary = r->summary;
    t->error = r->err.code ? r->err.msg : "";
    t->blob = sl->hash;
    t->content_type = r->content_type;
    t->size_bytes = (int64_t)r->body.len;
    t->duration_ms = sl->duration_ms;
    t->rows = r->rows;
    procedure_publish(sl->pl, &ev);
}

/* Where nothing is kept on disk the last answers stay in memory. */
static void keep(struct step_live *sl)
{
    struct procedure_live *pl = sl->pl;
    struct kept_answer *k;

    if (pl->e->opts.state_dir || !sl->result.body.len || sl->result.body.len > PROCEDURE_RESULT_MAX)
        return;
    while (pl->kept.count && pl->kept_bytes + sl->result.body.len > PROCEDURE_KEPT_MAX) {
        pl->kept_bytes -= pl->kept.items[0].body.len;
        buf_release(&pl->kept.items[0].body);
        memmove(pl->kept.items, pl->kept.items + 1, --pl->kept.count * sizeof(*pl->kept.items));
    }
    k = VEC_PUSH(&pl->kept);
    k->call = sl->call;
    k->body = sl->result.body;
    pl->kept_bytes += k->body.len;
    buf_init(&sl->result.body, 0);
}

static void called(struct step_live *sl)
{
    say_ended(sl);
    keep(sl);
    buf_release(&sl->result.body);
    step_called(sl);
}

/* On a worker: it hashes and syncs. What does not fit its cap once it is redacted is dropped rather
 * than kept with a secret in it. */
static void store_work(void *ctx)
{
    struct step_live *sl = ctx;
    struct buf clean = BUF_INIT(sl->result.body.len * 2 + 4096);

    if (redactor_apply(sl->redactor, &clean, buf_str(&sl->result.body)) && !clean.full) {
        buf_release(&sl->result.body);
        sl->result.body = clean;
    } else {
        if (clean.full)
            buf_clear(&sl->result.body);
        buf_release(&clean);
    }
    if (!sl->store_dir ||
        blob_put(sl->store_dir, buf_str(&sl->result.body), sl->hash, &sl->store_err))
        hash_sha256_hex(buf_str(&sl->result.body), sl->hash);
}

static void store_done(void *ctx, bool canceled)
{
    struct step_live *sl = ctx;
    struct engine *e = sl->pl->e;

    sl->job = 0;
    if (canceled) {
        buf_clear(&sl->result.body);
        *sl->hash = '\0';
    }
    if (e->opts.reveal)
        redactor_learn(e->redactor, sl->redactor);
    redactor_free(sl->redactor);
    sl->redactor = NULL;
    if (sl->store_err.code && !canceled)
        engine_say_error(e, "raw results are not kept", &sl->store_err);
    if (!sl->pl->over)
        called(sl);
}

static void hide_words(struct engine *e, char *text, size_t size)
{
    struct buf clean = BUF_INIT(4096);

    if (redactor_apply(e->redactor, &clean, str_from(text)))
        snprintf(text, size, "%s", buf_cstr(&clean));
    buf_release(&clean);
}

static void on_done(void *ctx, tool_id id, struct tool_result *result, int64_t duration_ms)
{
    struct step_live *sl = ctx;
    struct engine *e = sl->pl->e;

    (void)id;
    sl->run = 0;
    if (sl->pl->over)
        return;
    sl->result = *result;
    buf_init(&result->body, result->body.max);
    sl->duration_ms = duration_ms;
    hide_words(e, sl->result.summary, sizeof(sl->result.summary));
    hide_words(e, sl->result.err.msg, sizeof(sl->result.err.msg));
    if (!sl->result.body.len) {
        called(sl);
        return;
    }
    sl->store_dir = e->opts.state_dir;
    sl->redactor = engine_new_redactor(e);
    sl->job = loop_job(e->opts.loop, store_work, store_done, sl);
}

static void say_started(struct step_live *sl, const char *call, struct str args)
{
    struct event ev = {.type = EV_TOOL_STARTED};
    struct buf query = BUF_INIT(8192);
    struct arena *a = arena_new(0);
    const struct value *v;
    struct err err;

    if (sl->tool->query && !json_parse(a, args, &v, &err))
        sl->tool->query(v, &query);
    ev.actor = sl->pl->actor;
    ev.u.tool_started.call = call;
    ev.u.tool_started.tool = sl->tool->name;
    ev.u.tool_started.title = *sl->def->name ? sl->def->name : sl->def->id;
    ev.u.tool_started.hypothesis = "";
    ev.u.tool_started.args = args;
    ev.u.tool_started.query = buf_cstr(&query);
    procedure_publish(sl->pl, &ev);
    arena_free(a);
    buf_release(&query);
}

void step_call(struct step_live *sl, const char *tool, struct str args)
{
    struct engine *e = sl->pl->e;
    struct err err = ERR_INIT;
    char call[24];

    sl->tool = e->opts.tools ? tool_env_find(e->opts.tools, tool) : NULL;
    if (!sl->tool)
        err_set(&err, ERR_NOT_FOUND, "there is no tool '%.80s' here", tool);
    else if (sl->tool->risk != RISK_READ)
        err_set(&err, ERR_DENIED, "the tool '%.80s' does not only read", tool);
    if (err.code) {
        step_fail(sl, &err);
        return;
    }
    snprintf(call, sizeof(call), "c%zu", e->model.tools.count + 1);
    say_started(sl, call, args);
    sl->call = model_tool(&e->model, call)->call;
    sl->doing = DOING_CALL;
    memset(&sl->result, 0, sizeof(sl->result));
    *sl->hash = '\0';
    err_clear(&sl->store_err);
    if (tool_run(e->runner, tool, args, on_done, sl, &sl->run, &err)) {
        sl->run = 0;
        tool_result_fail(&sl->result, &err);
        sl->duration_ms = 0;
        called(sl);
    }
}

void step_call_release(struct step_live *sl)
{
    if (sl->job)
        loop_job_drop(sl->pl->e->opts.loop, sl->job);
    sl->job = 0;
    redactor_free(sl->redactor);
    sl->redactor = NULL;
    buf_release(&sl->result.body);
}
