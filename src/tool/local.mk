# What this folder may include: base codec loop model service (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/tool/librb_tool.a
src_tool_librb_tool_a_CFLAGS = $(RB_CFLAGS) 
src_tool_librb_tool_a_SOURCES = \
	src/tool/aws_common.c src/tool/aws_common.h src/tool/aws_query.c \
	src/tool/aws_alarms.c src/tool/aws_insights.c src/tool/aws_logs.c src/tool/aws_traces.c \
	src/tool/aws_metrics.c src/tool/aws_watch.c src/tool/aws_watch.h \
	src/tool/aws_tell.c src/tool/aws_tell.h \
	src/tool/aws_security/account.c \
	src/tool/aws_security/ask.c \
	src/tool/aws_security/baseline.c \
	src/tool/aws_security/data.c \
	src/tool/aws_security/ec2.c \
	src/tool/aws_security/edge.c \
	src/tool/aws_security/facts.c src/tool/aws_security/fix.c \
	src/tool/aws_security/iam.c \
	src/tool/aws_security/judge.c \
	src/tool/aws_security/others.c \
	src/tool/aws_security/policy_doc.c \
	src/tool/aws_security/read.c \
	src/tool/aws_security/report.c \
	src/tool/aws_security/run.c src/tool/aws_security/so_far.c \
	src/tool/aws_security/s3.c \
	src/tool/aws_findings.c \
	src/tool/aws_graph.c \
	src/tool/aws_resources.c \
	src/tool/calculator.c \
	src/tool/file_read.c \
	src/tool/helper_common.c \
	src/tool/result_get.c \
	src/tool/statistics.c \
	src/tool/time_of.c \
	src/tool/aws_advisor.c src/tool/aws_cost.c src/tool/aws_events.c \
	src/tool/aws_changes.c \
	src/tool/bundle_write.c \
	src/tool/host_audit.c \
	src/tool/host_capacity.c \
	src/tool/host_capture.c \
	src/tool/host_git.c \
	src/tool/host_health.c \
	src/tool/host_reclaim.c \
	src/tool/host_state.c \
	src/tool/host_top.c \
	src/tool/look.c \
	src/tool/look.h \
	src/tool/host_changes.c \
	src/tool/host_common.c \
	src/tool/host_disk_usage.c \
	src/tool/host_files.c \
	src/tool/host_log.c \
	src/tool/host_services.c \
	src/tool/host_probe.c \
	src/tool/host_process.c \
	src/tool/host_snapshot.c \
	src/tool/host_snapshot_units.c \
	src/tool/host_snapshot_tasks.c \
	src/tool/host_storage.c \
	src/tool/host_snapshot_net.c \
	src/tool/host_common.h \
	src/tool/alertmanager_alerts.c \
	src/tool/alertmanager_groups.c \
	src/tool/alertmanager_silences.c \
	src/tool/prom_common.c \
	src/tool/prometheus_alerts.c \
	src/tool/prometheus_expr.c \
	src/tool/prometheus_labels.c \
	src/tool/prometheus_metadata.c \
	src/tool/prometheus_query.c \
	src/tool/prometheus_range.c \
	src/tool/prometheus_rules.c \
	src/tool/prometheus_series.c \
	src/tool/prometheus_targets.c \
	src/tool/table.c \
	src/tool/tool.c
# The scripts of looks, compiled in.
LOOKS = src/tool/look/common.sh src/tool/look/audit.sh src/tool/look/capacity.sh src/tool/look/capture.sh \
	src/tool/look/filesystem.sh src/tool/look/git.sh src/tool/look/group.sh src/tool/look/names.sh \
	src/tool/look/reclaim.sh src/tool/look/unit.sh
nodist_src_tool_librb_tool_a_SOURCES = src/tool/look_data.c
CLEANFILES += src/tool/look_data.c
EXTRA_DIST += $(LOOKS) src/tool/look.awk
src/tool/look_data.c: $(LOOKS) src/tool/look.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && for t in $(LOOKS); do \
	  if test -f $$t; then echo $$t; else echo $(srcdir)/$$t; fi; done | \
	  LC_ALL=C xargs $(AWK) -f $(srcdir)/src/tool/look.awk > $@.tmp && mv $@.tmp $@
noinst_HEADERS += src/tool/aws_security/security_priv.h src/tool/aws_security/run_priv.h src/tool/helper_common.h src/tool/prom_common.h src/tool/tool_priv.h
# The operations matrix of AWS.
src_tool_librb_tool_a_SOURCES += \
	src/tool/aws_health.c \
	src/tool/aws_ops/analytics.c \
	src/tool/aws_ops/ask.c \
	src/tool/aws_ops/cache.c \
	src/tool/aws_ops/compute.c \
	src/tool/aws_ops/containers.c \
	src/tool/aws_ops/curves.c \
	src/tool/aws_ops/database.c \
	src/tool/aws_ops/edge.c \
	src/tool/aws_ops/fetch.c \
	src/tool/aws_ops/fetch_metrics.c \
	src/tool/aws_ops/judge.c \
	src/tool/aws_ops/messaging.c \
	src/tool/aws_ops/network.c \
	src/tool/aws_ops/record.c \
	src/tool/aws_ops/report.c \
	src/tool/aws_ops/shift.c \
	src/tool/aws_ops/storage.c \
	src/tool/aws_ops/table.c
noinst_HEADERS += src/tool/aws_ops/fetch.h src/tool/aws_ops/ops_priv.h src/tool/aws_ops/rows.h
# What a test of this folder links: this library and the rows below it, no more.
TOOL_LIBS = src/tool/librb_tool.a src/service/librb_service.a src/model/librb_model.a src/net/librb_net.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBM)
