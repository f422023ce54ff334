# Unit tests of src/net. One block a test:

check_PROGRAMS += tests/unit/net/test_sse
TESTS += tests/unit/net/test_sse
tests_unit_net_test_sse_SOURCES = tests/unit/net/test_sse.c
tests_unit_net_test_sse_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_sse_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)
