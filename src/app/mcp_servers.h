/* mcp_servers.h - the configuration's MCP servers. */
#ifndef RUNBOOK_SRC_APP_MCP_SERVERS_H
#define RUNBOOK_SRC_APP_MCP_SERVERS_H

#include "runbook/app/config.h"
#include "runbook/mcp/mcp.h"

/* Add every enabled server of mcp.servers; nothing is started. ERR_INPUT names the server. */
enum err_code mcp_add_configured(struct mcp *m, const struct config *c, struct err *err);

#endif
