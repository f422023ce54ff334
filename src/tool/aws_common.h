/* aws_common.h - what the tools that ask AWS share. */
#ifndef RUNBOOK_SRC_TOOL_AWS_COMMON_H
#define RUNBOOK_SRC_TOOL_AWS_COMMON_H

#include "runbook/service/aws/estate.h"
#include "runbook/tool/tool.h"
#include "runbook/tool/toolenv.h"

#define AWS_TOOL_TIMEOUT_MS 60000
#define AWS_TOOL_ASK_MS 55000 /* what is asked ends before the tool does, and says so itself */

#define AWS_PARAM_REGION                                                                           \
    {                                                                                              \
        "region", PARAM_STRING,                                                                    \
            .help = "A region, several with commas, or all; the account's own when not given."     \
    }
#define AWS_PARAM_ACCOUNT                                                                          \
    {                                                                                              \
        "account", PARAM_STRING,                                                                   \
            .help = "An account's name or number, several with commas, or all; the default one "   \
                    "when not given."                                                              \
    }

bool aws_tool_available(const struct tool_env *env);
/* ERR_NOT_FOUND says how AWS is configured. */
enum err_code aws_tool_estate(const struct tool_env *env, struct aws_estate **ret, struct err *err);
/* Ends the call; the err's code becomes its status. */
void aws_tool_fail(struct tool_call *c, const struct err *err);
/* How an error of AWS is told: its end gives the code, the action that is missing is named. */
void aws_tool_err(const struct aws_service *s, const struct aws_list *l, enum aws_end end,
                  const char *account, const char *region, const char *why, struct err *ret);

#endif
