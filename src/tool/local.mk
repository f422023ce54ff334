# What this folder may include: base codec loop model service (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/tool/librb_tool.a
src_tool_librb_tool_a_CFLAGS = $(RB_CFLAGS) 
src_tool_librb_tool_a_SOURCES = \
	src/tool/table.c \
	src/tool/tool.c
noinst_HEADERS += src/tool/tool_priv.h
# What a test of this folder links: this library and the rows below it, no more.
TOOL_LIBS = src/tool/librb_tool.a src/service/librb_service.a src/model/librb_model.a src/net/librb_net.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(CURL_LIBS) $(CJSON_LIBS) $(YAML_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(LIBM)
