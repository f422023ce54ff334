# Unit tests of src/policy. One block a test:
#   check_PROGRAMS += tests/unit/policy/test_x
#   TESTS += tests/unit/policy/test_x
#   tests_unit_policy_test_x_SOURCES = tests/unit/policy/test_x.c
#   tests_unit_policy_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_policy_test_x_LDADD = $(POLICY_LIBS) $(CMOCKA_LIBS)
