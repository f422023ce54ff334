# What this folder may include: libc (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/base/librb_base.a
src_base_librb_base_a_CFLAGS = $(RB_CFLAGS) $(UTF8PROC_CFLAGS) $(RB_STRICT_CFLAGS)
src_base_librb_base_a_SOURCES = \
	src/base/arena.c \
	src/base/clock.c \
	src/base/err.c \
	src/base/fault.c \
	src/base/file.c \
	src/base/idtab.c \
	src/base/log.c \
	src/base/map.c \
	src/base/mem.c \
	src/base/num.c \
	src/base/path.c \
	src/base/rng.c \
	src/base/secret.c \
	src/base/str.c \
	src/base/text.c \
	src/base/text_ambiguous.c \
	src/base/text_priv.h \
	src/base/text_clean.c \
	src/base/text_tricks.c \
	src/base/timefmt.c \
	src/base/vec.c \
	src/base/words.c
# What a test of this folder links: this library and the rows below it, no more.
BASE_LIBS = src/base/librb_base.a $(UTF8PROC_LIBS) $(LIBM)
