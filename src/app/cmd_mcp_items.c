/* cmd_mcp_items.c - "runbook mcp resources", "read", "prompts" and "prompt": what a server has
 * besides its tools. */
#include "src/app/cmd_mcp_priv.h"

#include "runbook/base/text.h"
#include "runbook/codec/json.h"

static void text_item(struct mcp_run *r, const struct value *item)
{
    static const char *const keys[] = {"uri", "uriTemplate", "name", "description", NULL};
    bool first = true;

    for (const char *const *k = keys; *k; k++) {
        struct str s = value_str_or(item, *k, "");

        if (!s.len || (strcmp(*k, "name") == 0 && !first))
            continue;
        buf_adds(&r->out, first ? "" : "  ");
        text_sanitize(&r->out, s, false, r->app->ascii);
        first = false;
    }
    VALUE_EACH (a, value_get(item, "arguments")) {
        buf_adds(&r->out, "  ");
        text_sanitize(&r->out, value_str_or(a, "name", ""), false, r->app->ascii);
        buf_adds(&r->out, value_bool_or(a, "required", false) ? "" : "?");
    }
    buf_addc(&r->out, '\n');
}

static void on_items(void *ctx, const struct mcp_reply *reply)
{
    struct mcp_run *r = ctx;

    r->done = true;
    r->err = reply->err;
    if (reply->err.code)
        return;
    if (r->app->json) {
        mcp_run_begin_json(r, "runbook.mcp.items/1");
        json_key(&r->w, "items");
        json_value(&r->w, reply->result);
        mcp_run_end_json(r);
        return;
    }
    VALUE_EACH (item, reply->result)
        text_item(r, item);
}

static void on_content(void *ctx, const struct mcp_reply *reply)
{
    struct mcp_run *r = ctx;
    struct buf body = BUF_INIT(OUT_MAX);

    r->done = true;
    r->err = reply->err;
    if (reply->err.code)
        return;
    if (r->app->json) {
        mcp_run_begin_json(r, "runbook.mcp.content/1");
        json_key(&r->w, "result");
        json_value(&r->w, reply->result);
        mcp_run_end_json(r);
        return;
    }
    if (strncmp(mcp_content(reply->result, &body), "text/", 5) == 0 ||
        text_valid(buf_str(&body), &(size_t){0}))
        mcp_run_clean(r, buf_str(&body));
    else
        buf_addf(&r->out, "[%zu bytes; --json shows them]", body.len);
    buf_addc(&r->out, '\n');
    buf_release(&body);
}

static int wait_done(struct mcp_run *r)
{
    while (!r->done && loop_turn(r->loop, true))
        ;
    return r->err.code ? mcp_run_fail(r, &r->err) : mcp_run_finish(r);
}

static int run_items(struct app *app, const struct cmd_args *args, const char *method)
{
    struct mcp_run r;
    struct err err;

    if (mcp_run_open(&r, app, &err) || mcp_run_find_server(&r, args_pos(args, 0), &err) ||
        mcp_run_need_ready(&r, &err) || mcp_list(r.server, method, on_items, &r, &err))
        return mcp_run_fail(&r, &err);
    return wait_done(&r);
}

int mcp_run_resources(struct app *app, const struct cmd_args *args)
{
    return run_items(app, args,
                     args_has(args, "templates") ? "resources/templates/list" : "resources/list");
}

int mcp_run_prompts(struct app *app, const struct cmd_args *args)
{
    return run_items(app, args, "prompts/list");
}

static int run_content(struct app *app, const struct cmd_args *args, const char *method,
                       struct str params)
{
    struct mcp_run r;
    struct err err;
    int rc;

    if (mcp_run_open(&r, app, &err) || mcp_run_find_server(&r, args_pos(args, 0), &err) ||
        mcp_run_need_ready(&r, &err) ||
        mcp_request(r.server, method, params, on_content, NULL, &r, NULL, &err))
        rc = mcp_run_fail(&r, &err);
    else
        rc = wait_done(&r);
    return rc;
}

int mcp_run_read(struct app *app, const struct cmd_args *args)
{
    struct buf params = BUF_INIT(65536);
    struct json_writer w;
    int rc;

    json_writer_init(&w, &params);
    json_object_begin(&w);
    json_put_cstr(&w, "uri", args_pos(args, 1));
    json_object_end(&w);
    rc = run_content(app, args, "resources/read", buf_str(&params));
    buf_release(&params);
    return rc;
}

int mcp_run_prompt(struct app *app, const struct cmd_args *args)
{
    struct buf params = BUF_INIT((size_t)1 << 20);
    struct arena *arena = arena_new(0);
    const struct value *given = NULL;
    struct json_writer w;
    struct err err;
    int rc;

    json_writer_init(&w, &params);
    json_object_begin(&w);
    json_put_cstr(&w, "name", args_pos(args, 1));
    if (args_pos(args, 2) && json_parse(arena, str_from(args_pos(args, 2)), &given, &err)) {
        err_wrap(&err, "the prompt's arguments");
        rc = app_fail(&err);
    } else {
        if (given) {
            json_key(&w, "arguments");
            json_value(&w, given);
        }
        json_object_end(&w);
        rc = run_content(app, args, "prompts/get", buf_str(&params));
    }
    arena_free(arena);
    buf_release(&params);
    return rc;
}
