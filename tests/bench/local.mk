# `make bench`: figures beside budgets. Nothing here runs in `make check`; but it is built there, so
# that it keeps compiling.
EXTRA_DIST += tests/bench/aws_scan.sh tests/bench/bench.h tests/bench/README.md
if HAVE_TESTS
bench_tools = tests/bench/bench tests/bench/bench_inventory tests/bench/bench_screen tests/bench/bench_store tests/bench/linked
check_PROGRAMS += $(bench_tools)
tests_bench_bench_SOURCES = tests/bench/bench.c tests/bench/subjects.c tests/bench/bench_load.c tests/bench/bench_logs.c tests/bench/bench_redact.c tests/bench/bench_hosts.c tests/bench/bench_agent.c tests/lib/pty.c tests/lib/httpd.c tests/lib/standin.c
tests_bench_bench_CFLAGS = $(RB_CFLAGS) $(VTERM_CFLAGS)
tests_bench_bench_LDADD = $(BASE_LIBS) $(VTERM_LIBS)
tests_bench_bench_store_SOURCES = tests/bench/bench_store.c
tests_bench_bench_store_CFLAGS = $(RB_CFLAGS)
tests_bench_bench_store_LDADD = src/model/librb_model.a $(STORE_LIBS)
tests_bench_bench_inventory_SOURCES = tests/bench/bench_inventory.c
tests_bench_bench_inventory_CFLAGS = $(RB_CFLAGS)
tests_bench_bench_inventory_LDADD = $(ENGINE_LIBS)
tests_bench_bench_screen_SOURCES = tests/bench/bench_screen.c
tests_bench_bench_screen_CFLAGS = $(RB_CFLAGS)
tests_bench_bench_screen_LDADD = $(UI_LIBS)
tests_bench_linked_SOURCES = tests/bench/linked.c
tests_bench_linked_CFLAGS = $(RB_CFLAGS) $(NCURSES_CFLAGS)
tests_bench_linked_LDADD = $(NCURSES_LIBS) $(ENGINE_LIBS)

# make bench BENCH='--quick start keys'
bench: all $(bench_tools) tests/standin/standin
	@RB_SRCDIR='$(abs_top_srcdir)' RB_BUILDDIR='$(abs_top_builddir)' tests/bench/bench --runbook '$(abs_top_builddir)/runbook' --store '$(abs_top_builddir)/tests/bench/bench_store' \
		--screen '$(abs_top_builddir)/tests/bench/bench_screen' \
		--inventory '$(abs_top_builddir)/tests/bench/bench_inventory' \
		--linked '$(abs_top_builddir)/tests/bench/linked' $(BENCH)

# make bench-aws CALLS=40
bench-aws: all tests/e2e/aws_server
	@RB_SRCDIR='$(abs_top_srcdir)' RB_BUILDDIR='$(abs_top_builddir)' sh '$(srcdir)/tests/bench/aws_scan.sh' $(CALLS)
endif
