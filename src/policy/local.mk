# What this folder may include: base codec model (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/policy/librb_policy.a
src_policy_librb_policy_a_CFLAGS = $(RB_CFLAGS) 
src_policy_librb_policy_a_SOURCES = \
	src/policy/blacklist.c \
	src/policy/command_parse.c \
	src/policy/command_path.c \
	src/policy/command_denied.c \
	src/policy/command_form.c \
	src/policy/command_table.c \
	src/policy/command_aws.c \
	src/policy/command_use.c \
	src/policy/command_wrap.c \
	src/policy/decide.c \
	src/policy/lookalike.c \
	src/policy/operation.c \
	src/policy/policy_load.c \
	src/policy/policy_people.c \
	src/policy/policy_match.c \
	src/policy/redact.c \
	src/policy/redact_json.c \
	src/policy/redact_kept.c \
	src/policy/redact_keys.c \
	src/policy/redact_rules.c \
	src/policy/redact_shapes.c \
	src/policy/redact_stream.c \
	src/policy/redact_vendors.c \
	src/policy/risk.c \
	src/policy/token.c \
	src/policy/risk_cloud.c \
	src/policy/risk_host.c \
	src/policy/risk_other.c \
	src/policy/risk_table.c
noinst_HEADERS += src/policy/command_priv.h src/policy/policy_priv.h src/policy/redact_priv.h src/policy/redact_scan.h src/policy/risk_rows.h
# What a test of this folder links: this library and the rows below it, no more.
POLICY_LIBS = src/policy/librb_policy.a src/model/librb_model.a src/codec/librb_codec.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UTF8PROC_LIBS) $(LIBM)
