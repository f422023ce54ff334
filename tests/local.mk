# All tests speak TAP. A unit test of a folder links that folder's row only (see CONTRIBUTING).
TEST_LOG_DRIVER = env AM_TAP_AWK='$(AWK)' $(SHELL) $(top_srcdir)/build-aux/tap-driver.sh
TESTS_ENVIRONMENT = no_proxy=127.0.0.1,localhost CMOCKA_MESSAGE_OUTPUT=TAP RB_SRCDIR='$(abs_top_srcdir)' RB_BUILDDIR='$(abs_top_builddir)' \
	ASAN_OPTIONS=detect_leaks=1:abort_on_error=0 UBSAN_OPTIONS=print_stacktrace=1 \
	TSAN_OPTIONS=suppressions='$(abs_top_srcdir)/build-aux/tsan.supp'
LOG_DRIVER = $(TEST_LOG_DRIVER)
LOG_COMPILER = $(SHELL) $(top_srcdir)/build-aux/tap-run
TEST_EXTENSIONS = .sh
SH_LOG_DRIVER = $(TEST_LOG_DRIVER)

if HAVE_TESTS
UNIT_CFLAGS = $(RB_CFLAGS) $(CMOCKA_CFLAGS) -Wno-missing-prototypes
include tests/unit/base/local.mk
include tests/unit/codec/local.mk
include tests/unit/loop/local.mk
include tests/unit/net/local.mk
include tests/unit/store/local.mk
include tests/unit/model/local.mk
include tests/unit/policy/local.mk
include tests/unit/llm/local.mk
include tests/unit/context/local.mk
include tests/unit/service/local.mk
include tests/unit/tool/local.mk
include tests/unit/mcp/local.mk
include tests/unit/engine/local.mk
include tests/unit/view/local.mk
include tests/unit/ui/local.mk
include tests/unit/app/local.mk
endif
TESTS += build-aux/lint-rules tests/hardening-check tests/requirements-check tests/screen-check
include tests/examples/local.mk
include tests/standin/local.mk
include tests/e2e/local.mk
include tests/fuzz/local.mk
include tests/bench/local.mk
include tests/incidents/local.mk
include tests/hostlab/local.mk
EXTRA_DIST += tests/hardening-check tests/requirements-check tests/screen-check
EXTRA_DIST += build-aux/tsan.supp tests/lib/visit.h
