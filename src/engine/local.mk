# What this folder may include: base codec loop net store model policy service tool (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/engine/librb_engine.a
src_engine_librb_engine_a_CFLAGS = $(RB_CFLAGS) 
src_engine_librb_engine_a_SOURCES = \
	src/engine/approvals.c \
	src/engine/conclude.c \
	src/engine/engine.c \
	src/engine/guard.c \
	src/engine/host_module.c \
	src/engine/host_patterns.c \
	src/engine/host_patterns_cpu.c \
	src/engine/host_patterns_io.c \
	src/engine/host_patterns_memory.c \
	src/engine/host_patterns_net.c \
	src/engine/host_resources.c \
	src/engine/incident.c \
	src/engine/investigation.c \
	src/engine/metrics_module.c \
	src/engine/metrics_report.c \
	src/engine/metrics_series.c \
	src/engine/modules.c \
	src/engine/rca_metric.c \
	src/engine/rca_rank.c \
	src/engine/rca_shift.c \
	src/engine/steer.c \
	src/engine/steer_host.c \
	src/engine/steer_metrics.c \
	src/engine/steer_test.c \
	src/engine/topology.c
noinst_HEADERS += src/engine/engine_priv.h src/engine/host_patterns.h src/engine/host_resources.h src/engine/investigation_priv.h src/engine/metrics_priv.h src/engine/modules_priv.h src/engine/rca_metric.h src/engine/rca_rank.h src/engine/rca_shift.h src/engine/steer_priv.h
# What a test of this folder links: this library and the rows below it, no more.
ENGINE_LIBS = src/engine/librb_engine.a src/tool/librb_tool.a src/service/librb_service.a src/policy/librb_policy.a src/model/librb_model.a src/store/librb_store.a src/net/librb_net.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(SQLITE_LIBS) $(CJSON_LIBS) $(YAML_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(LIBM)
