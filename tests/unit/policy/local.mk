# Unit tests of src/policy. One block a test:
check_PROGRAMS += tests/unit/policy/test_redact
TESTS += tests/unit/policy/test_redact
tests_unit_policy_test_redact_SOURCES = tests/unit/policy/test_redact.c
tests_unit_policy_test_redact_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_redact_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/policy/test_redact_corpus
TESTS += tests/unit/policy/test_redact_corpus
tests_unit_policy_test_redact_corpus_SOURCES = tests/unit/policy/test_redact_corpus.c
tests_unit_policy_test_redact_corpus_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_redact_corpus_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/policy/test_redact_stream
TESTS += tests/unit/policy/test_redact_stream
tests_unit_policy_test_redact_stream_SOURCES = tests/unit/policy/test_redact_stream.c
tests_unit_policy_test_redact_stream_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_redact_stream_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/policy/test_policy
TESTS += tests/unit/policy/test_policy
tests_unit_policy_test_policy_SOURCES = tests/unit/policy/test_policy.c
tests_unit_policy_test_policy_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_policy_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/policy/test_risk
TESTS += tests/unit/policy/test_risk
tests_unit_policy_test_risk_SOURCES = tests/unit/policy/test_risk.c
tests_unit_policy_test_risk_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_risk_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/policy/test_command
TESTS += tests/unit/policy/test_command
tests_unit_policy_test_command_SOURCES = tests/unit/policy/test_command.c
tests_unit_policy_test_command_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_command_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/policy/test_token
TESTS += tests/unit/policy/test_token
tests_unit_policy_test_token_SOURCES = tests/unit/policy/test_token.c
tests_unit_policy_test_token_CFLAGS = $(UNIT_CFLAGS)
tests_unit_policy_test_token_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)
