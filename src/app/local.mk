# app wires everything; the only folder that may include all the others. All of it but main() is a
# library too, so that tests link it.
noinst_LIBRARIES += src/app/librb_app.a
src_app_librb_app_a_CFLAGS = $(RB_CFLAGS) $(UV_CFLAGS) $(ZLIB_CFLAGS)
src_app_librb_app_a_SOURCES = \
	src/app/app.c \
	src/app/app_command.c \
	src/app/app_config.c \
	src/app/backend.c \
	src/app/branch.c \
	src/app/branch.h \
	src/app/chain.c \
	src/app/cmd_act.c \
	src/app/cmd_approvals.c \
	src/app/cmd_approve.c \
	src/app/cmd_ask.c \
	src/app/aws_open.c src/app/aws_open.h src/app/aws_progress.c src/app/aws_progress.h src/app/aws_params.c src/app/aws_mfa.c src/app/cmd_aws.c \
	src/app/cmd_describe.c src/app/describe_place.c src/app/describe_place.h src/app/cmd_resources.c src/app/cmd_scan.c src/app/cmd_security.c src/app/cmd_security_write.c src/app/cmd_security.h src/app/cmd_accounts.c src/app/resources.c src/app/resources.h \
	src/app/kept_open.c src/app/kept_open.h \
	src/app/kept_open.c src/app/kept_open.h \
	src/app/accounts_file.c src/app/accounts_file.h src/app/accounts.h src/app/accounts_record.c src/app/accounts_record.h src/app/cmd_accounts_change.c src/app/accounts_onboard.c \
	src/app/desk.c src/app/desk.h src/app/desk_priv.h src/app/desk_accounts.c src/app/desk_form.c src/app/desk_job.c src/app/desk_setup.c src/app/desk_watch.c \
	src/app/cmd_describe.c src/app/describe_place.c src/app/describe_place.h src/app/cmd_resources.c src/app/cmd_scan.c src/app/cmd_accounts.c src/app/resources.c src/app/resources.h \
	src/app/cmd_changes.c src/app/cmd_spend.c src/app/cmd_advisor.c src/app/aws_places.c src/app/aws_places.h \
	src/app/audit_log.c \
	src/app/cmd_audit.c \
	src/app/cmd_audit_files.c \
	src/app/cmd_audit_show.c \
	src/app/cmd_chat.c \
	src/app/cmd_cloudwatch.c src/app/cmd_cloudwatch.h src/app/cmd_cloudwatch_alarms.c src/app/cmd_cloudwatch_insights.c \
	src/app/cmd_cloudwatch_logs.c src/app/cmd_cloudwatch_metrics.c src/app/cmd_cloudwatch_traces.c \
	src/app/cmd_complete.c \
	src/app/cmd_completion.c \
	src/app/cmd_config.c \
	src/app/cmd_cost.c \
	src/app/cmd_demo.c \
	src/app/cmd_doc.c \
	src/app/cmd_doctor.c \
	src/app/cmd_eval.c \
	src/app/cmd_capabilities.c \
	src/app/cmd_catalogue.c \
	src/app/cmd_catalogue_aws.c \
	src/app/cmd_catalogue_aws.h \
	src/app/cmd_catalogue_tools.c \
	src/app/cmd_graph.c \
	src/app/cmd_guard.c \
	src/app/cmd_health.c \
	src/app/cmd_help.c \
	src/app/cmd_init.c \
	src/app/cmd_investigate.c \
	src/app/cmd_logs.c \
	src/app/cmd_plan.c \
	src/app/plan_open.c \
	src/app/plan_open.h \
	src/app/plan_run.c \
	src/app/plan_run.h \
	src/app/cmd_policy.c \
	src/app/cmd_redact.c \
	src/app/cmd_mcp.c \
	src/app/cmd_mcp_items.c \
	src/app/cmd_mcp_priv.h \
	src/app/cmd_replay.c \
	src/app/cmd_screen.c \
	src/app/cmd_sessions.c \
	src/app/cmd_skill.c \
	src/app/cmd_skill_new.c \
	src/app/cmd_skill_run.c \
	src/app/cmd_status.c \
	src/app/cmd_token.c \
	src/app/second.c \
	src/app/second.h \
	src/app/commands.c \
	src/app/completion.c \
	src/app/config.c \
	src/app/config_get.c \
	src/app/config_keys.c \
	src/app/config_load.c \
	src/app/config_path.c \
	src/app/config_set.c \
	src/app/cost_setup.c \
	src/app/cost_setup.h \
	src/app/demo.c \
	src/app/demo.h \
	src/app/doctor_local.c \
	src/app/doctor_mcp.c \
	src/app/doctor_models.c \
	src/app/doctor_remote.c \
	src/app/model_open.c \
	src/app/eval.h \
	src/app/eval_answer.c \
	src/app/eval_fixture.c \
	src/app/eval_load.c \
	src/app/eval_rcaeval.c \
	src/app/eval_read.c \
	src/app/eval_report.c \
	src/app/eval_run.c \
	src/app/eval_run_priv.h \
	src/app/eval_serve.c \
	src/app/eval_score.c \
	src/app/export.c \
	src/app/export_diagram.c \
	src/app/export_file.c \
	src/app/export_html.c \
	src/app/export_json.c \
	src/app/export_md.c \
	src/app/faces.c src/app/faces.h src/app/found.c \
	src/app/found.h \
	src/app/help.c \
	src/app/iam.c \
	src/app/iam.h \
	src/app/history.c \
	src/app/history.h \
	src/app/init.c \
	src/app/init_templates.c \
	src/app/logs_read.c \
	src/app/logs_report.c \
	src/app/man.c \
	src/app/mcp_servers.c \
	src/app/mcp_servers.h \
	src/app/options.c \
	src/app/plain_screen.c \
	src/app/player.c \
	src/app/player.h \
	src/app/policy_open.c \
	src/app/policy_test.c \
	src/app/procedure_find.c \
	src/app/replay_screen.c \
	src/app/screen.c \
	src/app/screen.h \
	src/app/resource_detail.c src/app/redactor_open.c src/app/redactor_open.h src/app/resource_detail.h \
	src/app/resource_metrics.c src/app/resource_metrics.h \
	src/app/screen_poll.c src/app/screen_poll.h \
	src/app/screen_services.c \
	src/app/skill_open.c \
	src/app/session.c \
	src/app/session_aws.c \
	src/app/session_aws.h \
	src/app/session_connect.c src/app/session_end.c src/app/session_open.c \
	src/app/session_priv.h src/app/session_recover.c \
	src/app/session_ref.c src/app/session_rename.c
APP_LIBS = src/app/librb_app.a src/ui/librb_ui.a src/view/librb_view.a src/mcp/librb_mcp.a $(ENGINE_LIBS) $(NCURSES_LIBS) $(MD4C_LIBS) $(ZLIB_LIBS)
bin_PROGRAMS += runbook
runbook_CFLAGS = $(RB_CFLAGS) $(UV_CFLAGS)
runbook_SOURCES = src/app/main.c
runbook_LDADD = $(APP_LIBS)
noinst_HEADERS += src/app/procedure_find.h src/app/cmd_skill.h src/app/skill_open.h src/app/act.h src/app/audit_log.h src/app/cmd_audit.h
noinst_HEADERS += src/app/policy_open.h src/app/policy_test.h src/app/logs.h src/app/export.h src/app/export_priv.h src/app/session_ref.h src/app/session_rename.h \
	src/app/backend.h src/app/commands.h src/app/config_priv.h src/app/doctor.h src/app/init.h src/app/model_open.h src/app/investigate.h src/app/session.h
