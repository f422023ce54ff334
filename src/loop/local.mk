# What this folder may include: base (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/loop/librb_loop.a
src_loop_librb_loop_a_CFLAGS = $(RB_CFLAGS) $(UV_CFLAGS)
src_loop_librb_loop_a_SOURCES = \
	src/loop/file_watch.c \
	src/loop/loop.c \
	src/loop/loop_priv.h \
	src/loop/proc.c \
	src/loop/proc_priv.h \
	src/loop/proc_spawn.c \
	src/loop/timers.c \
	src/loop/timers_priv.h
# What a test of this folder links: this library and the rows below it, no more.
LOOP_LIBS = src/loop/librb_loop.a src/base/librb_base.a $(UV_LIBS) $(UTF8PROC_LIBS) $(LIBM)
