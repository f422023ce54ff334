# What this folder may include: base codec loop (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/store/librb_store.a
src_store_librb_store_a_CFLAGS = $(RB_CFLAGS) $(SQLITE_CFLAGS) $(UV_CFLAGS)
src_store_librb_store_a_SOURCES = \
	src/store/audit.c \
	src/store/audit_chain.c \
	src/store/audit_heads.c \
	src/store/blob.c \
	src/store/db.c \
	src/store/index.c \
	src/store/index_priv.h src/store/inventory.c src/store/inventory_merge.c src/store/inventory_detail.c src/store/inventory_priv.h src/store/inventory_read.c src/store/inventory_says.c src/store/inventory_schema.c \
	src/store/inventory_graph.c \
	src/store/sessions.c \
	src/store/journal.c \
	src/store/journal_priv.h \
	src/store/journal_read.c \
	src/store/journal_sync.c \
	src/store/pending.c
# What a test of this folder links: this library and the rows below it, no more.
STORE_LIBS = src/store/librb_store.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(SQLITE_LIBS) $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(LIBM)
