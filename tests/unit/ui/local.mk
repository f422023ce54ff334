# Unit tests of src/ui. One block a test:
#   check_PROGRAMS += tests/unit/ui/test_x
#   TESTS += tests/unit/ui/test_x
#   tests_unit_ui_test_x_SOURCES = tests/unit/ui/test_x.c
#   tests_unit_ui_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_ui_test_x_LDADD = $(UI_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/ui/test_keymap
TESTS += tests/unit/ui/test_keymap
tests_unit_ui_test_keymap_SOURCES = tests/unit/ui/test_keymap.c
tests_unit_ui_test_keymap_CFLAGS = $(UNIT_CFLAGS)
tests_unit_ui_test_keymap_LDADD = $(UI_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/ui/test_headless
TESTS += tests/unit/ui/test_headless
tests_unit_ui_test_headless_SOURCES = tests/unit/ui/test_headless.c tests/lib/demo_model.c tests/lib/demo_model.h
tests_unit_ui_test_headless_CFLAGS = $(UNIT_CFLAGS)
tests_unit_ui_test_headless_LDADD = $(UI_LIBS) $(CMOCKA_LIBS)
