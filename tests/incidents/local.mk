# make eval: the recorded incidents against Prometheus servers of their own, scored, with bars. They are a
# folder beside the sources, or $RUNBOOK_SHARED/incidents; without it only the bundled ones are run.
EXTRA_DIST += tests/incidents/run

.PHONY: eval incidents
eval: runbook$(EXEEXT)
	@RB_SRCDIR='$(abs_top_srcdir)' RB_BUILDDIR='$(abs_top_builddir)' $(SHELL) '$(srcdir)/tests/incidents/run' $(EVAL)
incidents: eval

# The ranking alone, in process, over folders of incidents (recorded or simulated).
EXTRA_DIST += tests/incidents/simulate tests/incidents/fit tests/incidents/perturb
if HAVE_TESTS
check_PROGRAMS += tests/incidents/judge
tests_incidents_judge_SOURCES = tests/incidents/judge.c
tests_incidents_judge_CFLAGS = $(RB_CFLAGS) $(ZLIB_CFLAGS)
tests_incidents_judge_LDADD = $(ENGINE_LIBS) $(ZLIB_LIBS)
endif
