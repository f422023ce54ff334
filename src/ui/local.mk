# What this folder may include: base codec loop model view (STYLE table in doc/ARCHITECTURE.md).
noinst_LIBRARIES += src/ui/librb_ui.a
src_ui_librb_ui_a_CFLAGS = $(RB_CFLAGS) $(NCURSES_CFLAGS) $(UV_CFLAGS)
src_ui_librb_ui_a_SOURCES = \
	src/ui/approval.c \
	src/ui/commands.c \
	src/ui/complete.c \
	src/ui/composer_priv.h \
	src/ui/editkeys.c \
	src/ui/json.c \
	src/ui/keymap.c \
	src/ui/lineedit.c \
	src/ui/palette.c \
	src/ui/palette_resources.c \
	src/ui/plain.c \
	src/ui/plain_commands.c \
	src/ui/plain_dispatch.c \
	src/ui/plain_cost.c \
	src/ui/plain_counterparts.c \
	src/ui/plain_counterparts.h \
	src/ui/plain_list_priv.h \
	src/ui/plain_lists.c \
	src/ui/plain_more.c \
	src/ui/plain_metrics.c src/ui/plain_pages.c \
	src/ui/plain_procedures.c \
	src/ui/plain_priv.h \
	src/ui/plain_replay.c \
	src/ui/plain_rows.c \
	src/ui/plain_signals.c \
	src/ui/plain_services.c \
	src/ui/plain_start.c \
	src/ui/plain_steer.c \
	src/ui/plain_words.c \
	src/ui/plain_table.h \
	src/ui/sgr.c \
	src/ui/sgr.h \
	src/ui/slash.c \
	src/ui/text.c \
	src/ui/text_event.c \
	src/ui/text_priv.h \
	src/ui/tty.c \
	src/ui/tty_caps.c \
	src/ui/tty_copy.c \
	src/ui/tty_decode.c \
	src/ui/tty_decode_priv.h \
	src/ui/tty_input.c \
	src/ui/tty_keys.c \
	src/ui/tty_keys_priv.h \
	src/ui/tty_out.c \
	src/ui/tty_paint.c \
	src/ui/tty_parts_priv.h \
	src/ui/tty_priv.h \
	src/ui/tty_scroll.c \
	src/ui/tui.c \
	src/ui/tui_approval.c \
	src/ui/tui_audit.c \
	src/ui/tui_away.c \
	src/ui/tui_commands.c \
	src/ui/tui_complete.c \
	src/ui/tui_copy.c \
	src/ui/tui_editor.c \
	src/ui/tui_evidence.c \
	src/ui/tui_help.c \
	src/ui/tui_history.c \
	src/ui/tui_input.c \
	src/ui/tui_keys.c \
	src/ui/tui_layout.c \
	src/ui/tui_paint.c \
	src/ui/tui_paste.c \
	src/ui/tui_procedures.c \
	src/ui/tui_priv.h \
	src/ui/tui_replay.c \
	src/ui/tui_secrets.c \
	src/ui/tui_slash.c \
	src/ui/tui_start.c \
	src/ui/tui_steer.c \
	src/ui/tui_term.c \
	src/ui/tui_theme.c \
	src/ui/tui_timeline.c \
	src/ui/tui_transcript.c \
	src/ui/vi.c \
	src/ui/vi_motion.c \
	src/ui/vi_priv.h \
	src/ui/vi_register.c \
	src/ui/vi_visual.c
# What a test of this folder links: this library and the rows below it, no more.
UI_LIBS = src/ui/librb_ui.a src/view/librb_view.a src/model/librb_model.a src/codec/librb_codec.a src/loop/librb_loop.a src/base/librb_base.a $(NCURSES_LIBS) $(MD4C_LIBS) $(CJSON_LIBS) $(YAML_LIBS) $(EXPAT_LIBS) $(PCRE2_LIBS) $(CRYPTO_LIBS) $(UV_LIBS) $(UTF8PROC_LIBS) $(LIBM)
