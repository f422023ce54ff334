# Fuzzing. To add a target: write tests/fuzz/fuzz_NAME.c with `void fuzz_NAME(struct str input)`, put it
#   1. into FUZZ_TARGETS in tests/fuzz/targets.h, as X(NAME),
#   2. into fuzz_sources below,
# and put a few inputs into tests/fuzz/corpus/NAME/. `make check` runs every target over its corpus
# (tests/fuzz/test_corpus); a build with clang and `--enable-fuzzing --enable-asan --enable-ubsan` has
# libFuzzer as well: `make fuzz FUZZ=NAME [FUZZ_SECONDS=120]` keeps what it learns in
# fuzz-NAME/ of the build folder and leaves a crash-* file when it finds something. An input that broke
# something goes into the corpus together with the fix.
fuzz_sources = \
	tests/fuzz/fuzz_aws.c \
	tests/fuzz/fuzz_aws_service.c \
	tests/fuzz/fuzz_command.c \
	tests/fuzz/fuzz_eventstream.c \
	tests/fuzz/fuzz_expr.c \
	tests/fuzz/fuzz_command_retell.c \
	tests/fuzz/fuzz_host_bundle.c \
	tests/fuzz/fuzz_journal.c \
	tests/fuzz/fuzz_json.c \
	tests/fuzz/fuzz_llm.c \
	tests/fuzz/fuzz_mcp.c \
	tests/fuzz/fuzz_policy.c \
	tests/fuzz/fuzz_prom.c \
	tests/fuzz/fuzz_redact.c \
	tests/fuzz/fuzz_skill.c \
	tests/fuzz/fuzz_sse.c \
	tests/fuzz/fuzz_text.c \
	tests/fuzz/fuzz_view.c \
	tests/fuzz/fuzz_view_events.c \
	tests/fuzz/fuzz_xml.c \
	tests/fuzz/fuzz_yaml.c
check_PROGRAMS += tests/fuzz/test_corpus
TESTS += tests/fuzz/test_corpus
tests_fuzz_test_corpus_SOURCES = tests/fuzz/test_corpus.c $(fuzz_sources)
# The view's target feeds an emulator where there is one.
if HAVE_TESTS
FUZZ_CFLAGS = $(RB_CFLAGS) $(VTERM_CFLAGS) -DRB_FUZZ_VTERM
FUZZ_LIBS = $(UI_LIBS) src/mcp/librb_mcp.a $(ENGINE_LIBS) $(VTERM_LIBS)
else
FUZZ_CFLAGS = $(RB_CFLAGS)
FUZZ_LIBS = $(UI_LIBS) src/mcp/librb_mcp.a $(ENGINE_LIBS)
endif
tests_fuzz_test_corpus_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_test_corpus_LDADD = $(FUZZ_LIBS)
noinst_HEADERS += tests/fuzz/targets.h tests/fuzz/fuzz_command_priv.h tests/fuzz/fuzz_view_priv.h
EXTRA_DIST += tests/fuzz/corpus
FUZZ_SECONDS = 120

if FUZZING
noinst_PROGRAMS += tests/fuzz/fuzz
tests_fuzz_fuzz_SOURCES = tests/fuzz/libfuzzer.c $(fuzz_sources)
tests_fuzz_fuzz_CFLAGS = $(FUZZ_CFLAGS)
tests_fuzz_fuzz_LDADD = $(FUZZ_LIBS)
tests_fuzz_fuzz_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer

fuzz: tests/fuzz/fuzz
	@mkdir -p fuzz-$(FUZZ)
	FUZZ=$(FUZZ) tests/fuzz/fuzz -max_total_time=$(FUZZ_SECONDS) -max_len=4096 -timeout=10 -rss_limit_mb=1024 \
		fuzz-$(FUZZ) $(srcdir)/tests/fuzz/corpus/$(FUZZ)
endif
