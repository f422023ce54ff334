# Unit tests of src/base. One block a test:
check_PROGRAMS += tests/unit/base/test_text_tricks
TESTS += tests/unit/base/test_text_tricks
tests_unit_base_test_text_tricks_SOURCES = tests/unit/base/test_text_tricks.c
tests_unit_base_test_text_tricks_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_text_tricks_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/base/test_basics
TESTS += tests/unit/base/test_basics
tests_unit_base_test_basics_SOURCES = tests/unit/base/test_basics.c
tests_unit_base_test_basics_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_basics_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/base/test_text
TESTS += tests/unit/base/test_text
EXTRA_DIST += tests/unit/base/clusters.case
tests_unit_base_test_text_SOURCES = tests/unit/base/test_text.c
tests_unit_base_test_text_CFLAGS = $(UNIT_CFLAGS)
tests_unit_base_test_text_LDADD = $(BASE_LIBS) $(CMOCKA_LIBS)
