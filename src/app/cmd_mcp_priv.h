/* cmd_mcp_priv.h - one run of "runbook mcp", shared by its commands. */
#ifndef RUNBOOK_SRC_APP_CMD_MCP_PRIV_H
#define RUNBOOK_SRC_APP_CMD_MCP_PRIV_H

#include "runbook/codec/json.h"
#include "runbook/tool/toolenv.h"
#include "src/app/commands.h"
#include "src/app/mcp_servers.h"

#define OUT_MAX ((size_t)64 << 20)

struct mcp_run {
    struct app *app;
    const struct config *config;
    struct loop *loop;
    struct http_client *http;
    struct mcp *mcp;
    struct mcp_client *server; /* that was named */
    struct tool_env env;
    struct tool_runner *runner;
    struct buf out;
    struct json_writer w;
    int code;
    struct err err;
    bool done;
    const char *title; /* "resources" */
};

/* Servers of the configuration, not connected yet. After a failure of any of these: mcp_run_fail().
 */
enum err_code mcp_run_open(struct mcp_run *r, struct app *app, struct err *err);
enum err_code mcp_run_find_server(struct mcp_run *r, const char *name, struct err *err);
enum err_code mcp_run_need_ready(struct mcp_run *r, struct err *err); /* connects and waits */
/* The end of a run: prints, or says the error; frees; returns the exit code. */
int mcp_run_finish(struct mcp_run *r);
int mcp_run_fail(struct mcp_run *r, const struct err *err);
/* Into r->out. */
void mcp_run_clean(struct mcp_run *r, struct str s);
void mcp_run_begin_json(struct mcp_run *r, const char *schema);
void mcp_run_end_json(struct mcp_run *r);

/* cmd_mcp_items.c */
int mcp_run_resources(struct app *app, const struct cmd_args *args);
int mcp_run_read(struct app *app, const struct cmd_args *args);
int mcp_run_prompts(struct app *app, const struct cmd_args *args);
int mcp_run_prompt(struct app *app, const struct cmd_args *args);

#endif
