# What this folder may include: base (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/codec/librb_codec.a
src_codec_librb_codec_a_CFLAGS = $(RB_CFLAGS) $(CJSON_CFLAGS) $(YAML_CFLAGS) $(EXPAT_CFLAGS) $(PCRE2_CFLAGS) $(CRYPTO_CFLAGS) $(RB_STRICT_CFLAGS)
src_codec_librb_codec_a_SOURCES = \
	src/codec/eventstream.c \
	src/codec/expr.c \
	src/codec/expr_eval.c \
	src/codec/expr_path.c \
	src/codec/expr_priv.h \
	src/codec/hash.c \
	src/codec/json.c \
	src/codec/json_line.c \
	src/codec/json_write.c \
	src/codec/logfacts.c \
	src/codec/logmine.c \
	src/codec/logmine_fmt.c \
	src/codec/logmine_json.c \
	src/codec/logmine_mask.c \
	src/codec/logshift.c \
	src/codec/logtime.c \
	src/codec/regex.c \
	src/codec/sign.c \
	src/codec/value.c \
	src/codec/xml.c \
	src/codec/yaml.c \
	src/codec/yaml_edit.c
noinst_HEADERS += src/codec/value_priv.h src/codec/logmine_priv.h
# What a test of this folder links: this library and the rows below it, no more.
CODEC_LIBS = src/codec/librb_codec.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UTF8PROC_LIBS) $(LIBM)
