# app wires everything; the only folder that may include all the others.
bin_PROGRAMS += runbook
runbook_CFLAGS = $(RB_CFLAGS) $(UV_CFLAGS)
runbook_SOURCES = \
	src/app/main.c
runbook_LDADD = src/ui/librb_ui.a src/view/librb_view.a $(ENGINE_LIBS) $(NCURSES_LIBS)
