# Unit tests of src/mcp, and a server for them that misbehaves.
check_PROGRAMS += tests/unit/mcp/fake_mcp tests/unit/mcp/test_mcp tests/unit/mcp/test_mcp_pure
TESTS += tests/unit/mcp/test_mcp tests/unit/mcp/test_mcp_pure
tests_unit_mcp_fake_mcp_SOURCES = tests/unit/mcp/fake_mcp.c tests/standin/http.c
tests_unit_mcp_fake_mcp_CFLAGS = $(UNIT_CFLAGS) -pthread
tests_unit_mcp_fake_mcp_LDADD = $(CODEC_LIBS) -lpthread
tests_unit_mcp_test_mcp_SOURCES = tests/unit/mcp/test_mcp.c
tests_unit_mcp_test_mcp_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mcp_test_mcp_LDADD = $(MCP_LIBS) $(CMOCKA_LIBS)
EXTRA_tests_unit_mcp_test_mcp_DEPENDENCIES = tests/unit/mcp/fake_mcp$(EXEEXT)
tests_unit_mcp_test_mcp_pure_SOURCES = tests/unit/mcp/test_mcp_pure.c
tests_unit_mcp_test_mcp_pure_CFLAGS = $(UNIT_CFLAGS)
tests_unit_mcp_test_mcp_pure_LDADD = $(MCP_LIBS) $(CMOCKA_LIBS)
