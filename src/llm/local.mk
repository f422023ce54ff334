# What this folder may include: base codec loop net (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/llm/librb_llm.a
src_llm_librb_llm_a_CFLAGS = $(RB_CFLAGS)
src_llm_librb_llm_a_SOURCES = \
	src/llm/anthropic_priv.h \
	src/llm/anthropic_read.c \
	src/llm/anthropic_write.c \
	src/llm/answer.c \
	src/llm/bedrock_priv.h \
	src/llm/bedrock_read.c \
	src/llm/bedrock_write.c \
	src/llm/breaker.c \
	src/llm/call.c \
	src/llm/call_send.c \
	src/llm/chat_priv.h \
	src/llm/chat_read.c \
	src/llm/chat_write.c \
	src/llm/effort.c \
	src/llm/key.c \
	src/llm/llm.c \
	src/llm/llm_priv.h \
	src/llm/provider.c \
	src/llm/refusal.c \
	src/llm/request.c \
	src/llm/responses_priv.h \
	src/llm/responses_read.c \
	src/llm/responses_write.c \
	src/llm/sse_reader.c \
	src/llm/target.c \
	src/llm/wire.c \
	src/llm/wire_priv.h
# What a test of this folder links: this library and the rows below it, no more.
LLM_LIBS = src/llm/librb_llm.a $(NET_LIBS)
