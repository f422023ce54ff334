# What this folder may include: base codec (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/model/librb_model.a
src_model_librb_model_a_CFLAGS = $(RB_CFLAGS) 
src_model_librb_model_a_SOURCES = \
	src/model/alert.c \
	src/model/action.c \
	src/model/approval.c \
	src/model/confidence.c \
	src/model/decision.c \
	src/model/event.c \
	src/model/impact.c \
	src/model/model.c \
	src/model/mutation.c \
	src/model/refutation.c \
	src/model/risk.c \
	src/model/spend.c \
	src/model/steer.c \
	src/model/topology.c \
	src/model/topology_graph.c
noinst_HEADERS += src/model/model_priv.h
# What a test of this folder links: this library and the rows below it, no more.
MODEL_LIBS = src/model/librb_model.a src/codec/librb_codec.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UTF8PROC_LIBS) $(LIBM)
