# Unit tests of src/ui. One block a test:
#   check_PROGRAMS += tests/unit/ui/test_x
#   TESTS += tests/unit/ui/test_x
#   tests_unit_ui_test_x_SOURCES = tests/unit/ui/test_x.c
#   tests_unit_ui_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_ui_test_x_LDADD = $(UI_LIBS) $(CMOCKA_LIBS)
