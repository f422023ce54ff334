# make incidents: recorded incidents against real Prometheus servers, scored.
EXTRA_DIST += tests/incidents/run tests/incidents/answer.py

.PHONY: incidents
incidents: runbook$(EXEEXT)
	@RB_SRCDIR='$(abs_top_srcdir)' RB_BUILDDIR='$(abs_top_builddir)' $(SHELL) '$(srcdir)/tests/incidents/run'; \
	code=$$?; [ $$code -eq 77 ] || exit $$code
