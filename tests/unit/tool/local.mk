# Unit tests of src/tool. One block a test:
#   check_PROGRAMS += tests/unit/tool/test_x
#   TESTS += tests/unit/tool/test_x
#   tests_unit_tool_test_x_SOURCES = tests/unit/tool/test_x.c
#   tests_unit_tool_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_tool_test_x_LDADD = $(TOOL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/tool/test_host_tools
TESTS += tests/unit/tool/test_host_tools
tests_unit_tool_test_host_tools_SOURCES = tests/unit/tool/test_host_tools.c
tests_unit_tool_test_host_tools_CFLAGS = $(UNIT_CFLAGS)
tests_unit_tool_test_host_tools_LDADD = $(TOOL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/tool/test_prom_tools
TESTS += tests/unit/tool/test_prom_tools
tests_unit_tool_test_prom_tools_SOURCES = tests/unit/tool/test_prom_tools.c $(NETRUN)
tests_unit_tool_test_prom_tools_CFLAGS = $(UNIT_CFLAGS)
tests_unit_tool_test_prom_tools_LDADD = $(TOOL_LIBS) $(CMOCKA_LIBS)
