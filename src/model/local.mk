# What this folder may include: base codec (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/model/librb_model.a
src_model_librb_model_a_CFLAGS = $(RB_CFLAGS) 
src_model_librb_model_a_SOURCES = \
	src/model/finding.c \
	src/model/alert.c \
	src/model/change.c \
	src/model/action.c \
	src/model/approval.c \
	src/model/confidence.c \
	src/model/conclusion.c \
	src/model/decision.c \
	src/model/event.c \
	src/model/event_acts.c \
	src/model/event_case.c \
	src/model/event_names.c \
	src/model/impact.c \
	src/model/hypothesis.c \
	src/model/model.c src/model/resource.c \
	src/model/mutation.c \
	src/model/procedure.c \
	src/model/refutation.c \
	src/model/risk.c \
	src/model/spend.c \
	src/model/steer.c \
	src/model/talk.c \
	src/model/topology.c \
	src/model/topology_graph.c \
	src/model/topology_write.c
noinst_HEADERS += src/model/event_priv.h src/model/model_priv.h
# What a test of this folder links: this library and the rows below it, no more.
MODEL_LIBS = src/model/librb_model.a src/codec/librb_codec.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UTF8PROC_LIBS) $(LIBM)
