# Unit tests of src/view: golden screens (tests/golden) and properties.
GOLDEN_SOURCES = tests/lib/golden.c tests/lib/golden.h tests/lib/demo_model.c tests/lib/demo_model.h
check_PROGRAMS += tests/unit/view/test_golden tests/unit/view/test_screen
TESTS += tests/unit/view/test_golden tests/unit/view/test_screen
tests_unit_view_test_golden_SOURCES = tests/unit/view/test_golden.c $(GOLDEN_SOURCES)
tests_unit_view_test_golden_CFLAGS = $(UNIT_CFLAGS)
tests_unit_view_test_golden_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
tests_unit_view_test_screen_SOURCES = tests/unit/view/test_screen.c tests/lib/demo_model.c tests/lib/demo_model.h
tests_unit_view_test_screen_CFLAGS = $(UNIT_CFLAGS)
tests_unit_view_test_screen_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
EXTRA_DIST += tests/golden
check_PROGRAMS += tests/unit/view/test_theme
TESTS += tests/unit/view/test_theme
tests_unit_view_test_theme_SOURCES = tests/unit/view/test_theme.c
tests_unit_view_test_theme_CFLAGS = $(UNIT_CFLAGS)
tests_unit_view_test_theme_LDADD = $(VIEW_LIBS) $(CMOCKA_LIBS)
