# What this folder may include: base codec loop net (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/service/librb_service.a
src_service_librb_service_a_CFLAGS = $(RB_CFLAGS) $(ZLIB_CFLAGS) $(ZSTD_CFLAGS)
src_service_librb_service_a_SOURCES = \
	src/service/host/bundle.c \
	src/service/host/run.c \
	src/service/host/local.c \
	src/service/host/local_changes.c \
	src/service/host/local_disk.c \
	src/service/host/local_logsizes.c \
	src/service/host/local_fsstate.c \
	src/service/host/local_kernel.c \
	src/service/host/local_process.c \
	src/service/host/local_logs.c \
	src/service/host/local_services.c \
	src/service/host/local_storage.c \
	src/service/host/local_net.c \
	src/service/host/local_probe.c \
	src/service/host/parse_probe.c \
	src/service/host/logs.c \
	src/service/host/parse.c \
	src/service/host/parse_cgroup.c \
	src/service/host/parse_disk.c \
	src/service/host/parse_io.c \
	src/service/host/parse_log.c \
	src/service/host/parse_mined.c \
	src/service/host/parse_fsstate.c \
	src/service/host/parse_mounts.c \
	src/service/host/parse_net.c \
	src/service/host/parse_irq.c \
	src/service/host/parse_services.c \
	src/service/host/conns_group.c \
	src/service/host/parse_conns.c \
	src/service/host/parse_names.c \
	src/service/host/parse_process.c \
	src/service/host/parse_state.c \
	src/service/host/parse_storage.c \
	src/service/host/parse_system.c \
	src/service/host/parse_units.c \
	src/service/host/parse_tasks.c \
	src/service/host/pool.c \
	src/service/host/speak_priv.h \
	src/service/host/speak_protocol.c \
	src/service/host/speak_run.c \
	src/service/host/script.c \
	src/service/host/script_services.c \
	src/service/host/script_storage.c \
	src/service/host/snapshot.c \
	src/service/host/ssh.c \
	src/service/host/ssh_rate.c \
	src/service/host/ssh_priv.h \
	src/service/host/walk.c \
	src/service/host/walk.h \
	src/service/host/collect_priv.h src/service/host/conns_priv.h \
	src/service/host/parse_priv.h \
	src/service/aws/action.c src/service/aws/ask.c src/service/aws/regions.c \
	src/service/aws/batch.c src/service/aws/tally.c src/service/aws/advisor.c src/service/aws/cost.c \
	src/service/aws/cost_judge.c src/service/aws/cost_write.c src/service/aws/health_events.c \
	src/service/aws/idle.c src/service/aws/idle_prices.c \
	src/service/aws/changes.c src/service/aws/changes_deploy.c src/service/aws/changes_events.c \
	src/service/aws/changes_merge.c src/service/aws/changes_priv.h src/service/aws/changes_stack.c \
	src/service/aws/changes_trail.c src/service/aws/changes_write.c \
	src/service/aws/choose.c src/service/aws/survey.c src/service/aws/where.c \
	src/service/aws/catalogue.c src/service/aws/client.c src/service/aws/client_ends.c src/service/aws/client_answer.c \
	src/service/aws/client_priv.h src/service/aws/client_send.c src/service/aws/data_priv.h \
	src/service/aws/alarm_rule.c src/service/aws/alarms.c src/service/aws/alarms_json.c src/service/aws/client_stream.c \
	src/service/aws/insights.c src/service/aws/logs.c src/service/aws/logs_json.c src/service/aws/tail.c src/service/aws/xray.c src/service/aws/xray_json.c src/service/aws/xray_spans.c \
	src/service/aws/get.c src/service/aws/metrics.c src/service/aws/metrics_json.c src/service/aws/metrics_plan.c \
	src/service/aws/inventory.c src/service/aws/resource.c src/service/aws/endpoint.c src/service/aws/region_names.c src/service/aws/estate.c src/service/aws/trouble.c src/service/aws/unpack.c src/service/aws/unpack.h src/service/aws/uses.c \
	src/service/aws/failure.c src/service/aws/list.c src/service/aws/list_answer.c src/service/aws/read.c src/service/aws/read_json.c \
	src/service/aws/packing.c src/service/aws/read_xml.c src/service/aws/record.c src/service/aws/record_priv.h src/service/aws/relations.c src/service/aws/service.c src/service/aws/service_find.c src/service/aws/service_priv.h src/service/aws/service_relations.c src/service/aws/service_scan.c src/service/aws/known.c src/service/aws/scan_params.c src/service/aws/scan_params.h src/service/aws/shape.c src/service/aws/wire_priv.h \
	src/service/aws/write.c src/service/aws/write_json.c src/service/aws/write_query.c \
	src/service/aws/write_rest.c src/service/aws/write_xml.c \
	src/service/alertmanager/client.c \
	src/service/alertmanager/decode.c \
	src/service/prometheus/answers.c \
	src/service/prometheus/client.c \
	src/service/prometheus/decode.c \
	src/service/prometheus/expr.c \
	src/service/prometheus/promql.c \
	src/service/prometheus/request.c \
	src/service/prometheus/scan.c \
	src/service/prometheus/scan.h \
	src/service/rest.c \
	src/service/rest.h
nodist_src_service_librb_service_a_SOURCES = src/service/aws_data.c
CLEANFILES += src/service/aws_data.c
EXTRA_DIST += src/service/aws/embed.sh
src/service/aws_data.c: $(AWS_DEFINITIONS) src/service/aws/embed.sh
	$(AM_V_GEN)$(MKDIR_P) $(@D) && for f in $(AWS_DEFINITIONS); do \
	  if test -f $$f; then echo $$f; else echo $(srcdir)/$$f; fi; done | \
	  LC_ALL=C AWK='$(AWK)' xargs $(SHELL) $(srcdir)/src/service/aws/embed.sh > $@.tmp && mv $@.tmp $@
# What a test of this folder links: this library and the rows below it, no more.
SERVICE_LIBS = src/service/librb_service.a src/net/librb_net.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(ZLIB_LIBS) $(ZSTD_LIBS) $(LIBM)
