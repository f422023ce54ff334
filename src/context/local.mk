# What this folder may include: base codec model policy (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/context/librb_context.a
src_context_librb_context_a_CFLAGS = $(RB_CFLAGS)
src_context_librb_context_a_SOURCES = \
	src/context/context.c \
	src/context/context_compact.c \
	src/context/context_fit.c \
	src/context/context_priv.h \
	src/context/context_use.c \
	src/context/cost.c \
	src/context/data_priv.h \
	src/context/fence.c \
	src/context/ledger.c \
	src/context/ledger_day.c \
	src/context/ledger_priv.h \
	src/context/price.c \
	src/context/prompts.c \
	src/context/provenance.c \
	src/context/tokens.c
nodist_src_context_librb_context_a_SOURCES = src/context/context_data.c
CLEANFILES += src/context/context_data.c
EXTRA_DIST += src/context/embed.awk
src/context/context_data.c: $(PROMPTS) $(PRICES) src/context/embed.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && for t in $(PROMPTS) $(PRICES); do \
	  if test -f $$t; then echo $$t; else echo $(srcdir)/$$t; fi; done | \
	  LC_ALL=C xargs $(AWK) -f $(srcdir)/src/context/embed.awk > $@.tmp && mv $@.tmp $@
# What a test of this folder links: this library and the rows below it, no more.
CONTEXT_LIBS = src/context/librb_context.a $(POLICY_LIBS)
