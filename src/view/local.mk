# What this folder may include: base codec model (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/view/librb_view.a
src_view_librb_view_a_CFLAGS = $(RB_CFLAGS) $(MD4C_CFLAGS)
src_view_librb_view_a_SOURCES = \
	src/view/answer.c \
	src/view/approval.c \
	src/view/canvas.c \
	src/view/chart.c \
	src/view/chart_axis.c \
	src/view/chart_bars.c \
	src/view/chart_dots.c \
	src/view/chart_marks.c \
	src/view/chart_priv.h \
	src/view/chart_say.c \
	src/view/chart_view.c \
	src/view/copy.c \
	src/view/debug.c \
	src/view/diagram.c \
	src/view/diagram_priv.h \
	src/view/diagram_text.c \
	src/view/dump.c \
	src/view/evidence_chart.c \
	src/view/evidence_keys.c \
	src/view/evidence_priv.h \
	src/view/frame.c \
	src/view/fuzzy.c \
	src/view/highlight.c \
	src/view/highlight_priv.h \
	src/view/input.c \
	src/view/layout.c \
	src/view/list.c \
	src/view/list_draw.c \
	src/view/list_filter.c \
	src/view/list_priv.h \
	src/view/list_sort.c \
	src/view/markdown.c \
	src/view/markdown_link.c \
	src/view/markdown_priv.h \
	src/view/markdown_split.c \
	src/view/markdown_stream.c \
	src/view/markdown_table.c \
	src/view/page_finding.c \
	src/view/security.c src/view/security_groups.c src/view/security_progress.c \
	src/view/page_alert.c \
	src/view/page_approvals.c \
	src/view/page_audit.c \
	src/view/page_cost.c \
	src/view/page_evidence.c \
	src/view/page_evidence_words.c \
	src/view/page_procedures.c \
	src/view/page_sheet.c \
	src/view/page_services.c \
	src/view/page_signals.c \
	src/view/page_timeline.c \
	src/view/page_resource.c \
	src/view/pages.c \
	src/view/palette.c \
	src/view/popup.c \
	src/view/raw.c \
	src/view/replay.c \
	src/view/resource_detail.c src/view/resources.c \
	src/view/rich.c \
	src/view/rich_priv.h \
	src/view/root.c \
	src/view/screen.c \
	src/view/screen_open.c \
	src/view/series.c \
	src/view/service_graph.c \
	src/view/series_host.c \
	src/view/series_priv.h \
	src/view/series_dist.c src/view/series_prom.c \
	src/view/series_table.c \
	src/view/signals.c \
	src/view/signals_priv.h \
	src/view/start.c \
	src/view/state.c \
	src/view/theme.c \
	src/view/theme_priv.h \
	src/view/timeline.c \
	src/view/timeline_draw.c \
	src/view/timeline_priv.h \
	src/view/transcript.c \
	src/view/transcript_entry.c \
	src/view/transcript_find.c \
	src/view/transcript_items.c \
	src/view/transcript_priv.h \
	src/view/transcript_shown.c \
	src/view/transcript_text.c \
	src/view/transcript_tool.c \
	src/view/tree.c \
	src/view/tree_lines.c \
	src/view/tree_priv.h \
	src/view/view_priv.h
nodist_src_view_librb_view_a_SOURCES = src/view/theme_data.c
CLEANFILES += src/view/theme_data.c
EXTRA_DIST += src/view/embed.awk
src/view/theme_data.c: $(THEMES) src/view/embed.awk
	$(AM_V_GEN)$(MKDIR_P) $(@D) && for t in $(THEMES); do \
	  if test -f $$t; then echo $$t; else echo $(srcdir)/$$t; fi; done | \
	  LC_ALL=C xargs $(AWK) -f $(srcdir)/src/view/embed.awk > $@.tmp && mv $@.tmp $@
# What a test of this folder links: this library and the rows below it, no more.
VIEW_LIBS = src/view/librb_view.a src/model/librb_model.a src/codec/librb_codec.a src/base/librb_base.a $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(MD4C_LIBS) $(UTF8PROC_LIBS) $(LIBM)
