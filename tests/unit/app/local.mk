# Unit tests of src/app. One block a test:
#   check_PROGRAMS += tests/unit/app/test_x
#   TESTS += tests/unit/app/test_x
#   tests_unit_app_test_x_SOURCES = tests/unit/app/test_x.c
#   tests_unit_app_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_app_test_x_LDADD = $(APP_LIBS) $(CMOCKA_LIBS)
