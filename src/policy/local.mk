# What this folder may include: base codec model (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/policy/librb_policy.a
src_policy_librb_policy_a_CFLAGS = $(RB_CFLAGS) 
src_policy_librb_policy_a_SOURCES = \
	src/policy/redact.c \
	src/policy/redact_json.c \
	src/policy/redact_kept.c \
	src/policy/redact_keys.c \
	src/policy/redact_rules.c \
	src/policy/redact_shapes.c \
	src/policy/redact_stream.c \
	src/policy/redact_vendors.c
noinst_HEADERS += src/policy/redact_priv.h src/policy/redact_scan.h
# What a test of this folder links: this library and the rows below it, no more.
POLICY_LIBS = src/policy/librb_policy.a src/model/librb_model.a src/codec/librb_codec.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UTF8PROC_LIBS) $(LIBM)
