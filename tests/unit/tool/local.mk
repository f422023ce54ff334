# Unit tests of src/tool. One block a test:
#   check_PROGRAMS += tests/unit/tool/test_x
#   TESTS += tests/unit/tool/test_x
#   tests_unit_tool_test_x_SOURCES = tests/unit/tool/test_x.c
#   tests_unit_tool_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_tool_test_x_LDADD = $(TOOL_LIBS) $(CMOCKA_LIBS)
