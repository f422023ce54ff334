# Unit tests of src/context. One block a test:
check_PROGRAMS += tests/unit/context/test_fence
TESTS += tests/unit/context/test_fence
tests_unit_context_test_fence_SOURCES = tests/unit/context/test_fence.c
tests_unit_context_test_fence_CFLAGS = $(UNIT_CFLAGS)
tests_unit_context_test_fence_LDADD = $(CONTEXT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/context/test_context
TESTS += tests/unit/context/test_context
tests_unit_context_test_context_SOURCES = tests/unit/context/test_context.c
tests_unit_context_test_context_CFLAGS = $(UNIT_CFLAGS)
tests_unit_context_test_context_LDADD = $(CONTEXT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/context/test_cost
TESTS += tests/unit/context/test_cost
tests_unit_context_test_cost_SOURCES = tests/unit/context/test_cost.c
tests_unit_context_test_cost_CFLAGS = $(UNIT_CFLAGS)
tests_unit_context_test_cost_LDADD = $(CONTEXT_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/context/test_prompts
TESTS += tests/unit/context/test_prompts
tests_unit_context_test_prompts_SOURCES = tests/unit/context/test_prompts.c
tests_unit_context_test_prompts_CFLAGS = $(UNIT_CFLAGS)
tests_unit_context_test_prompts_LDADD = $(CONTEXT_LIBS) $(CMOCKA_LIBS)
