# Unit tests of src/view. One block a test:
#   check_PROGRAMS += tests/unit/view/test_x
#   TESTS += tests/unit/view/test_x
#   tests_unit_view_test_x_SOURCES = tests/unit/view/test_x.c
#   tests_unit_view_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_view_test_x_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
