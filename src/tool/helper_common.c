/* helper_common.c - see helper_common.h. */
#include "helper_common.h"

#include <stdio.h>

#include "runbook/model/intent.h"
#include "runbook/tool/toolenv.h"

bool helper_has_results(const struct tool_env *env)
{
    return env->model && env->blobs;
}

enum err_code helper_call(struct tool_call *c, const struct tool_run **ret, struct err *err)
{
    const struct tool_env *env = tool_call_env(c);
    const char *id = value_cstr_or(tool_call_args(c), "call", "");
    const struct evidence *e;

    if (!helper_has_results(env))
        return err_set(err, ERR_NOT_FOUND, "no results are kept here");
    e = model_evidence(env->model, id);
    *ret = model_tool(env->model, e ? e->call : id);
    if (!*ret)
        return err_set(err, ERR_NOT_FOUND, "there is no query '%.40s'", id);
    if (!(*ret)->ended)
        return err_set(err, ERR_AGAIN, "query %s has not ended yet", (*ret)->call);
    return ERR_OK;
}

enum err_code helper_body(struct tool_call *c, struct buf *out, struct err *err)
{
    const struct tool_env *env = tool_call_env(c);
    const struct tool_run *t;

    if (helper_call(c, &t, err))
        return err->code;
    if (!*t->blob)
        return err_set(err, ERR_NOT_FOUND, "query %s left no result: %s", t->call,
                       *t->error ? t->error : t->summary);
    return env->blobs->read(env->blobs->ctx, t->blob, out, err) ? ERR_OK : err->code;
}

void helper_finish(struct tool_call *c, struct buf *text, int64_t rows, const char *summary)
{
    struct tool_result r = {
        .status = rows ? TOOL_OK : TOOL_EMPTY, .rows = rows, .content_type = "text/plain"};

    snprintf(r.summary, sizeof(r.summary), "%s", summary);
    r.body = *text;
    buf_init(text, text->max);
    tool_call_finish(c, &r);
}

void helper_fail(struct tool_call *c, const struct err *err)
{
    struct tool_result r = {.status = TOOL_ERROR};

    tool_result_fail(&r, err);
    tool_call_finish(c, &r);
}
