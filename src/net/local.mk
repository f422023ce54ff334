# What this folder may include: base codec loop (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/net/librb_net.a
src_net_librb_net_a_CFLAGS = $(RB_CFLAGS) $(CURL_CFLAGS) $(UV_CFLAGS)
src_net_librb_net_a_SOURCES = \
	src/net/aws_answer.c \
	src/net/aws_credentials.c \
	src/net/aws_fetch.c \
	src/net/aws_priv.h \
	src/net/aws_profile.c src/net/aws_settings.c \
	src/net/aws_profile.h \
	src/net/aws_sources.c \
	src/net/sigv4.c \
	src/net/sse.c \
	src/net/tls_look.c \
	src/net/curl_api.c \
	src/net/curl_api_priv.h \
	src/net/http.c \
	src/net/http_error.c \
	src/net/http_policy.c \
	src/net/http_priv.h \
	src/net/http_request.c \
	src/net/http_wire.c \
	src/net/url.c
# What a test of this folder links: this library and the rows below it, no more.
NET_LIBS = src/net/librb_net.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(LIBM)
