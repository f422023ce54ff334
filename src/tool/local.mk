# What this folder may include: base codec loop model service (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/tool/librb_tool.a
src_tool_librb_tool_a_CFLAGS = $(RB_CFLAGS) 
src_tool_librb_tool_a_SOURCES = \
	src/tool/calculator.c \
	src/tool/file_read.c \
	src/tool/helper_common.c \
	src/tool/result_get.c \
	src/tool/statistics.c \
	src/tool/time_of.c \
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
noinst_HEADERS += src/tool/helper_common.h src/tool/prom_common.h src/tool/tool_priv.h
# What a test of this folder links: this library and the rows below it, no more.
TOOL_LIBS = src/tool/librb_tool.a src/service/librb_service.a src/model/librb_model.a src/net/librb_net.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(ZLIB_LIBS) $(LIBM)
