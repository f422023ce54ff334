/* commands.h - the rows that commands.c lists: one a file, src/app/cmd_<name>.c. */
#ifndef RUNBOOK_SRC_APP_COMMANDS_H
#define RUNBOOK_SRC_APP_COMMANDS_H

#include <stdio.h>

#include "runbook/app/app.h"
#include "runbook/app/cmd.h"

extern const struct cmd_def cmd_ask_def;
extern const struct cmd_def cmd_act_def, cmd_approve_def, cmd_reject_def, cmd_undo_def;
extern const struct cmd_def cmd_token_def, cmd_approvals_def;
extern const struct cmd_def cmd_audit_def;
extern const struct cmd_def cmd_advisor_def, cmd_changes_def, cmd_spend_def;
extern const struct cmd_def cmd_accounts_def, cmd_aws_def, cmd_describe_def, cmd_resources_def,
    cmd_scan_def, cmd_security_def;
extern const struct cmd_def cmd_health_def, cmd_matrix_def; /* health, capabilities */
extern const struct cmd_def cmd_catalogue_def;
extern const struct cmd_def cmd_catalogue_tools_def; /* below catalogue */
extern const struct cmd_def cmd_chat_def;
extern const struct cmd_def cmd_cloudwatch_def;
extern const struct cmd_def cmd_complete_def;
extern const struct cmd_def cmd_completion_def;
extern const struct cmd_def cmd_config_def;
extern const struct cmd_def cmd_cost_def;
extern const struct cmd_def cmd_demo_def;
extern const struct cmd_def cmd_doc_def;
extern const struct cmd_def cmd_doctor_def;
extern const struct cmd_def cmd_eval_def;
extern const struct cmd_def cmd_graph_def;
extern const struct cmd_def cmd_guard_def;
extern const struct cmd_def cmd_help_def;
extern const struct cmd_def cmd_init_def;
extern const struct cmd_def cmd_plan_def;
extern const struct cmd_def cmd_policy_def;
extern const struct cmd_def cmd_skill_def;
extern const struct cmd_def cmd_redact_def;
extern const struct cmd_def cmd_resume_def;
extern const struct cmd_def cmd_status_def;
extern const struct cmd_def cmd_investigate_def;
extern const struct cmd_def cmd_logs_def;
extern const struct cmd_def cmd_mcp_def;
extern const struct cmd_def cmd_replay_def;
extern const struct cmd_def cmd_sessions_def;

/* "file:line:col: warning: ...": one line, safe for a terminal. */
struct config;
struct config_problem;
void config_print_problem(const struct config *c, const struct config_problem *p, FILE *to);

/* Running text as mdoc: escaped, wrapped, a sentence a line. Appends. */
void man_prose(const char *s, struct buf *out);

#endif
