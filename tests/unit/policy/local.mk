# Unit tests of src/policy. One block a test:
check_PROGRAMS += tests/unit/policy/test_redact
TESTS += tests/unit/policy/test_redact
tests_unit_policy_test_redact_SOURCES = tests/unit/policy/test_redact.c
tests_unit_policy_test_redact_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_redact_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)
