/* commands.c - the list of commands, in the order of the help, and the options that all share. */
#include "src/app/commands.h"
#include "src/app/investigate.h"

static const struct cmd_def *const commands[] = {
    /* in the order in which a new user needs them; one a line */
    &cmd_investigate_def, //
    &cmd_ask_def,         //
    &cmd_chat_def,        //
    &cmd_act_def,         //
    &cmd_approvals_def,   //
    &cmd_approve_def,     //
    &cmd_reject_def,      //
    &cmd_undo_def,        //
    &cmd_plan_def,        //
    &cmd_token_def,       //
    &cmd_demo_def,        //
    &cmd_resume_def,      //
    &cmd_sessions_def,    //
    &cmd_replay_def,      //
    &cmd_logs_def,        //
    &cmd_resources_def,   //
    &cmd_changes_def,     //
    &cmd_spend_def,       //
    &cmd_advisor_def,     //
    &cmd_describe_def,    //
    &cmd_health_def,      //
    &cmd_matrix_def,      //
    &cmd_scan_def,        //
    &cmd_cloudwatch_def,  //
    &cmd_security_def,    //
    &cmd_accounts_def,    //
    &cmd_aws_def,         //
    &cmd_redact_def,      //
    &cmd_graph_def,       //
    &cmd_eval_def,        //
    &cmd_catalogue_def,   //
    &cmd_mcp_def,         //
    &cmd_skill_def,       //
    &cmd_policy_def,      //
    &cmd_audit_def,       //
    &cmd_cost_def,        //
    &cmd_status_def,      //
    &cmd_init_def,        //
    &cmd_config_def,      //
    &cmd_doctor_def,      //
    &cmd_completion_def,  //
    &cmd_help_def,        //
    &cmd_complete_def,    //
    &cmd_doc_def,         //
    &cmd_guard_def,       //
    NULL,
};

const struct cmd_def cmd_root = {
    .name = "runbook",
    .help = "Investigate incidents from a terminal: hypotheses, evidence, root cause.",
    .subs = commands,
    .opts = INVESTIGATE_OPTS,
    .pos = investigate_pos,
    .run = screen_main,
};

const struct opt_def global_opts[] = {
    {"config", 'c', ARG_FILE, .value = "FILE", .env = "RUNBOOK_CONFIG",
     .help = "Read this configuration instead of searching for one."},
    {"state-dir", 0, ARG_DIR, .value = "DIR", .env = "RUNBOOK_STATE_DIR",
     .help = "Keep sessions and journals in this folder."},
    {"mfa-code", 0, ARG_TEXT, .value = "DIGITS",
     .help = "The 6 digits that a device shows now, for a role of AWS that wants them."},
    {"json", 0, ARG_NONE, .help = "Write JSON: the last line is one object."},
    {"plain", 0, ARG_NONE, .help = "Write plain text without a screen or colours."},
    {"color", 0, ARG_NONE, .help = "Use colours in plain mode, too."},
    {"no-color", 0, ARG_NONE, .env = "NO_COLOR", .help = "Use no colours."},
    {"ascii", 0, ARG_NONE, .env = "RUNBOOK_ASCII", .help = "Draw with ASCII characters only."},
    {"theme", 0, ARG_TEXT, .value = "NAME", .env = "RUNBOOK_THEME",
     .help = "Use this colour theme."},
    {"no-alt-screen", 0, ARG_NONE,
     .help = "Stay in the normal screen; the last view remains in its scrollback."},
    {"slow", 0, ARG_NONE, .help = "Draw for a slow line: less often, and less."},
    {"trace", 0, ARG_TEXT, .value = "AREAS", .env = "RUNBOOK_TRACE",
     .help =
         "Write developer traces of these areas (app, loop, net, store, host, prom, engine, ui, "
         "llm, or all) to the trace file."},
    {"trace-file", 0, ARG_FILE, .value = "FILE", .env = "RUNBOOK_TRACE_FILE",
     .help = "Where traces go; without it runbook-trace.log in the state folder."},
    {"version", 'V', ARG_NONE, .help = "Print the version and end."},
    {"help", 'h', ARG_NONE, .help = "Print this help and end."},
    {NULL},
};
