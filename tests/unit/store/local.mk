# Unit tests of src/store. One block a test:
#   check_PROGRAMS += tests/unit/store/test_x
#   TESTS += tests/unit/store/test_x
#   tests_unit_store_test_x_SOURCES = tests/unit/store/test_x.c
#   tests_unit_store_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_store_test_x_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)
