# What this folder may include: base codec loop net store model policy service tool (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/engine/librb_engine.a
src_engine_librb_engine_a_CFLAGS = $(RB_CFLAGS) 
src_engine_librb_engine_a_SOURCES = \
	src/engine/skill/check.c \
	src/engine/skill/check_args.c \
	src/engine/skill/check_refs.c \
	src/engine/skill/describe.c \
	src/engine/skill/load.c \
	src/engine/skill/markdown.c \
	src/engine/skill/parse.c \
	src/engine/skill/parse_head.c \
	src/engine/skill/parse_steps.c \
	src/engine/skill/registry.c \
	src/engine/skill/search.c \
	src/engine/skill/sop.c \
	src/engine/skill/start.c \
	src/engine/aws/alarm_storm.c \
	src/engine/aws/ask.c \
	src/engine/aws/aws_priv.h \
	src/engine/aws/az_event.c \
	src/engine/aws/capacity.c \
	src/engine/aws/causes.c \
	src/engine/aws/causes.h \
	src/engine/aws/certificate.c \
	src/engine/aws/cold_starts.c \
	src/engine/aws/connections.c \
	src/engine/aws/credentials.c \
	src/engine/aws/dead_letter.c \
	src/engine/aws/dns.c \
	src/engine/aws/failed_deploy.c src/engine/aws/graph.c \
	src/engine/aws/hypothesis.c \
	src/engine/aws/iam_deny.c \
	src/engine/aws/module.c \
	src/engine/aws/pattern.h \
	src/engine/aws/patterns.h \
	src/engine/aws/plan.c \
	src/engine/aws/quota.c \
	src/engine/aws/replication_lag.c \
	src/engine/aws/sg_change.c \
	src/engine/aws/source.c \
	src/engine/aws/source.h \
	src/engine/aws/storage.c \
	src/engine/aws/support.c \
	src/engine/aws/table.c \
	src/engine/aws/target_health.c \
	src/engine/aws/throttling.c src/engine/aws/throttling.h src/engine/aws/throttling_api.c \
	src/engine/aws/logs.c src/engine/aws/logs.h \
	src/engine/aws/trial.c \
	src/engine/aws/view.c \
	src/engine/aws/view.h \
	src/engine/aws/view_composites.c \
	src/engine/aws/view_events.c \
	src/engine/aws/workflow.c \
	src/engine/agent.c \
	src/engine/identity.c \
	src/engine/mutate.c \
	src/engine/mutate_aws.c \
	src/engine/mutate_begin.c \
	src/engine/mutate_ledger.c \
	src/engine/mutate_plan.c \
	src/engine/mutate_report.c \
	src/engine/mutate_run.c \
	src/engine/mutate_verify.c \
	src/engine/mutate/act.c \
	src/engine/mutate/am_silence.c \
	src/engine/mutate/aws_act.c \
	src/engine/mutate/aws_cache.c src/engine/mutate/aws_close.c \
	src/engine/mutate/aws_dns.c \
	src/engine/mutate/aws_ec2.c \
	src/engine/mutate/aws_ecs.c \
	src/engine/mutate/aws_elb.c \
	src/engine/mutate/aws_invoke.c \
	src/engine/mutate/aws_lambda.c \
	src/engine/mutate/aws_rds.c \
	src/engine/mutate/aws_rules.c \
	src/engine/mutate/aws_s3.c \
	src/engine/mutate/aws_scaling.c \
	src/engine/mutate/aws_ssm.c \
	src/engine/mutate/aws_stack.c \
	src/engine/mutate/git_checkout.c \
	src/engine/mutate/git_revert.c \
	src/engine/mutate/host_cgroup.c \
	src/engine/mutate/host_command.c \
	src/engine/mutate/host_system.c \
	src/engine/mutate/from_aws.c \
	src/engine/mutate/from_command.c \
	src/engine/mutate/from_priv.h \
	src/engine/mutate/host_file.c \
	src/engine/mutate/host_process.c \
	src/engine/mutate/host_unit.c \
	src/engine/mutate/table.c \
	src/engine/agent_calls.c \
	src/engine/agent_case.c \
	src/engine/agent_compact.c \
	src/engine/agent_cost.c \
	src/engine/agent_origin.c \
	src/engine/agent_measure.c \
	src/engine/agent_plan.c \
	src/engine/agent_say.c \
	src/engine/agent_tools.c \
	src/engine/alerts.c \
	src/engine/security.c \
	src/engine/changes.c \
	src/engine/changes.h \
	src/engine/agent_skill.c \
	src/engine/reply_skill.c \
	src/engine/reply_skill.h \
	src/engine/reply_priv.h \
	src/engine/reply_say.c \
	src/engine/reply_look.c \
	src/engine/reply.c src/engine/reply_aws.c src/engine/reply_aws.h \
	src/engine/aws_phrase.c src/engine/aws_phrase_filter.c src/engine/aws_phrase_call.c src/engine/aws_phrase_act.c src/engine/aws_phrase_rows.c src/engine/aws_phrase.h src/engine/aws_phrase_priv.h src/engine/aws_nouns.c \
	src/engine/reply_state.c \
	src/engine/reply_state.h \
	src/engine/phrase.c src/engine/phrase_german.c src/engine/phrase_german.h \
	src/engine/approvals.c \
	src/engine/judge.c \
	src/engine/calibrate.c \
	src/engine/causal.c \
	src/engine/causal_queries.c \
	src/engine/conclude.c \
	src/engine/collect.c \
	src/engine/engine_open.c \
	src/engine/engine.c \
	src/engine/estate_graph.c src/engine/estate_graph.h \
	src/engine/inventory.c src/engine/inventory_live.c src/engine/inventory_priv.h \
	src/engine/guard.c \
	src/engine/host/accept_backlog.c \
	src/engine/host/causes.c \
	src/engine/host/clock.c \
	src/engine/host/close_wait.c \
	src/engine/host/dependency.c \
	src/engine/host/dns.c \
	src/engine/host/mtu_blackhole.c \
	src/engine/host/port_conflict.c \
	src/engine/host/resets.c \
	src/engine/host/restart_loop.c \
	src/engine/host/syn_flood.c \
	src/engine/host/unix_backlog.c \
	src/engine/host/net.c \
	src/engine/host/net_peer.c \
	src/engine/host/compaction.c \
	src/engine/host/conntrack.c \
	src/engine/host/cpu.c \
	src/engine/host/cpu_core.c \
	src/engine/host/cpu_frequency.c \
	src/engine/host/cpu_pinned.c \
	src/engine/host/cpu_saturated.c \
	src/engine/host/cpu_throttled.c \
	src/engine/host/crash_loop.c \
	src/engine/host/deadlock.c \
	src/engine/host/deleted_open.c \
	src/engine/host/disk_filling.c \
	src/engine/host/disk_fsync.c \
	src/engine/host/disk_full.c \
	src/engine/host/disk_inodes.c \
	src/engine/host/disk_io.c \
	src/engine/host/disk_slow.c \
	src/engine/host/duplicate_runs.c \
	src/engine/host/failed_unit.c \
	src/engine/host/activating_unit.c \
	src/engine/host/certificate.c \
	src/engine/host/error_answer.c \
	src/engine/host/flapping_unit.c \
	src/engine/host/log_config.c \
	src/engine/host/log_dependency.c \
	src/engine/host/log_errors.c \
	src/engine/host/log_missing.c \
	src/engine/host/log_permission.c \
	src/engine/host/log_pool.c \
	src/engine/host/log_port_taken.c \
	src/engine/host/not_listening.c \
	src/engine/host/said.c \
	src/engine/host/slow_answer.c \
	src/engine/host/stopped_unit.c \
	src/engine/host/units.c \
	src/engine/host/file_handles.c \
	src/engine/host/fill.c \
	src/engine/host/fork_churn.c \
	src/engine/host/irq_load.c \
	src/engine/host/kernel_errors.c \
	src/engine/host/lock_pileup.c \
	src/engine/host/logfile_growth.c \
	src/engine/host/memory.c \
	src/engine/host/memory_cache.c \
	src/engine/host/memory_group.c \
	src/engine/host/memory_host.c \
	src/engine/host/memory_kernel.c \
	src/engine/host/memory_leak.c \
	src/engine/host/memory_limit.c \
	src/engine/host/mount_hung.c \
	src/engine/host/mount_missing.c \
	src/engine/host/mount_readonly.c \
	src/engine/host/nic_errors.c \
	src/engine/host/oom_kill.c \
	src/engine/host/ports.c \
	src/engine/host/process.c \
	src/engine/host/processes.c \
	src/engine/host/quota.c \
	src/engine/host/raid_degraded.c \
	src/engine/host/retransmits.c \
	src/engine/host/steal.c \
	src/engine/host/stopped.c \
	src/engine/host/storage.c \
	src/engine/host/stuck_processes.c \
	src/engine/host/swap_thrash.c \
	src/engine/host/several.c src/engine/host/several.h \
	src/engine/host/table.c \
	src/engine/host/thin_pool.c \
	src/engine/host/threads.c \
	src/engine/host/timers.c \
	src/engine/host/tmpfs_full.c \
	src/engine/host/view.c \
	src/engine/host/writeback.c \
	src/engine/host/zombies.c \
	src/engine/host_changes.c \
	src/engine/host_module.c \
	src/engine/host_plan.c \
	src/engine/host_follow.c src/engine/host_trial.c \
	src/engine/host_resources.c \
	src/engine/incident.c \
	src/engine/inv_query.c \
	src/engine/inv_tree.c \
	src/engine/investigation.c \
	src/engine/metrics_module.c \
	src/engine/metrics_names.c \
	src/engine/metrics_past.c \
	src/engine/metrics_targets.c \
	src/engine/metrics_ranges.c \
	src/engine/metrics_report.c \
	src/engine/metrics_series.c \
	src/engine/metrics_words.c \
	src/engine/modules.c \
	src/engine/rca_collect.c \
	src/engine/rca_explain.c \
	src/engine/rca_facts.c \
	src/engine/rca_features.c \
	src/engine/rca_global.c \
	src/engine/past.c \
	src/engine/past.h \
	src/engine/rca_infer.c \
	src/engine/rca_infer.h \
	src/engine/rca_twin.c \
	src/engine/rca_twin.h \
	src/engine/rca_metric.c \
	src/engine/rca_plan.c \
	src/engine/rca_rank.c \
	src/engine/rca_shift.c \
	src/engine/refresh.c \
	src/engine/remember.c \
	src/engine/second.c \
	src/engine/skill_match.c \
	src/engine/skill_match.h \
	src/engine/steer.c \
	src/engine/steer_host.c \
	src/engine/steer_host_said.c \
	src/engine/steer_metrics.c \
	src/engine/steer_test.c \
	src/engine/topology.c
noinst_HEADERS += src/engine/alerts.h src/engine/engine_priv.h src/engine/host/causes.h src/engine/host_priv.h src/engine/host/cpu.h src/engine/host/memory.h src/engine/host/net.h src/engine/host/pattern.h src/engine/host/patterns.h src/engine/host/view.h src/engine/host_resources.h src/engine/investigation_priv.h src/engine/metrics_priv.h src/engine/modules_priv.h src/engine/rca_metric.h src/engine/rca_rank.h src/engine/rca_shift.h src/engine/steer_priv.h
noinst_HEADERS += src/engine/alerts.h src/engine/engine_priv.h src/engine/host/causes.h src/engine/host_priv.h src/engine/host/cpu.h src/engine/host/memory.h src/engine/host/pattern.h src/engine/host/patterns.h src/engine/host/process.h src/engine/host/view.h src/engine/host_resources.h src/engine/investigation_priv.h src/engine/metrics_priv.h src/engine/modules_priv.h src/engine/rca_metric.h src/engine/rca_rank.h src/engine/rca_shift.h src/engine/steer_priv.h
noinst_HEADERS += src/engine/host/storage.h
noinst_HEADERS += src/engine/mutate_priv.h src/engine/mutate/act.h
noinst_HEADERS += src/engine/calibrate.h src/engine/rca_collect.h src/engine/rca_facts.h src/engine/rca_features.h src/engine/rca_plan.h src/engine/rca_weights.h
noinst_HEADERS += src/engine/reply.h src/engine/agent.h src/engine/agent_measure.h src/engine/agent_priv.h
noinst_HEADERS += src/engine/host/said.h src/engine/host/units.h
# The built-in skills: whatever is in skills/ is compiled in. Made anew at each build, and replaced only
# when it is different, so that a file that came or changed needs no list.
noinst_HEADERS += src/engine/skill/skill_priv.h
nodist_src_engine_librb_engine_a_SOURCES = src/engine/skill/skill_data.c
CLEANFILES += src/engine/skill/skill_data.c
EXTRA_DIST += src/engine/skill/embed.awk
src/engine/skill/skill_data.c: FORCE_SKILLS src/engine/skill/embed.awk
	$(AM_V_at)$(MKDIR_P) $(@D) && \
	  (cd $(srcdir) && find skills -type f '(' -name '*.yaml' -o -name '*.md' ')' ! -name README.md 2>/dev/null | LC_ALL=C sort) >$@.list; \
	  { sed 's|^|$(srcdir)/|' $@.list; echo /dev/null; } | LC_ALL=C xargs $(AWK) -f $(srcdir)/src/engine/skill/embed.awk >$@.tmp && \
	  rm -f $@.list && if cmp -s $@.tmp $@; then rm -f $@.tmp; else mv $@.tmp $@; fi
FORCE_SKILLS:
.PHONY: FORCE_SKILLS
# What a test of this folder links: this library and the rows below it, no more.
ENGINE_LIBS = src/engine/librb_engine.a src/llm/librb_llm.a src/tool/librb_tool.a src/service/librb_service.a src/context/librb_context.a src/policy/librb_policy.a src/model/librb_model.a src/store/librb_store.a src/net/librb_net.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(SQLITE_LIBS) $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBM)
# Changes, the kernel and the clock of a machine.
src_engine_librb_engine_a_SOURCES += \
	src/engine/host/change.c \
	src/engine/host/clock_jump.c \
	src/engine/host/entropy_low.c \
	src/engine/host/fs_errors.c \
	src/engine/host/hardware_errors.c \
	src/engine/host/kernel.c \
	src/engine/host/kernel_lockup.c \
	src/engine/host/module_failed.c \
	src/engine/host/reboot_loop.c \
	src/engine/host/segfaults.c
noinst_HEADERS += src/engine/host/change.h src/engine/host/kernel.h
# Intents, playbooks, plans, diagnostic primitives.
src_engine_librb_engine_a_SOURCES += \
	src/engine/plan/facts_aws.c src/engine/plan/facts_host.c \
	src/engine/plan/facts_prom.c \
	src/engine/plan/intent.c \
	src/engine/plan/intent_words.c \
	src/engine/plan/interpret.c \
	src/engine/plan/plan.c \
	src/engine/plan/plan_run.c \
	src/engine/plan/plan_text.c \
	src/engine/plan/playbook.c \
	src/engine/plan/playbooks.c \
	src/engine/plan/primitive.c \
	src/engine/plan/primitive_table.c \
	src/engine/plan/primitive_tool.c
noinst_HEADERS += src/engine/plan/plan_priv.h
nodist_src_engine_librb_engine_a_SOURCES += src/engine/plan/playbook_data.c
CLEANFILES += src/engine/plan/playbook_data.c
EXTRA_DIST += src/engine/plan/embed.awk
src/engine/plan/playbook_data.c: $(PLAYBOOKS) src/engine/plan/embed.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && for t in $(PLAYBOOKS); do \
	  if test -f $$t; then echo $$t; else echo $(srcdir)/$$t; fi; done | \
	  LC_ALL=C xargs $(AWK) -f $(srcdir)/src/engine/plan/embed.awk > $@.tmp && mv $@.tmp $@
# Procedures: skills, SOPs and plans, step by step.
src_engine_librb_engine_a_SOURCES += \
	src/engine/procedure.c \
	src/engine/procedure_back.c \
	src/engine/procedure_call.c \
	src/engine/procedure_check.c \
	src/engine/procedure_engine.c \
	src/engine/procedure_params.c \
	src/engine/procedure_report.c \
	src/engine/procedure_run.c \
	src/engine/procedure_steps.c \
	src/engine/procedure_values.c
noinst_HEADERS += src/engine/procedure_priv.h
