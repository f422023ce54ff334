# Unit tests of src/app. One block a test:
check_PROGRAMS += tests/unit/app/test_options
TESTS += tests/unit/app/test_options
tests_unit_app_test_options_SOURCES = tests/unit/app/test_options.c
tests_unit_app_test_options_CFLAGS = $(UNIT_CFLAGS)
tests_unit_app_test_options_LDADD = $(APP_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/app/test_config
TESTS += tests/unit/app/test_config
tests_unit_app_test_config_SOURCES = tests/unit/app/test_config.c
tests_unit_app_test_config_CFLAGS = $(UNIT_CFLAGS)
tests_unit_app_test_config_LDADD = $(APP_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/app/test_export
TESTS += tests/unit/app/test_export
tests_unit_app_test_export_SOURCES = tests/unit/app/test_export.c tests/lib/demo_model.c tests/lib/demo_model.h
tests_unit_app_test_export_CFLAGS = $(UNIT_CFLAGS)
tests_unit_app_test_export_LDADD = $(APP_LIBS) $(CMOCKA_LIBS)
