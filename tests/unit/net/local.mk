# Unit tests of src/net. One block a test:

check_PROGRAMS += tests/unit/net/test_sse
TESTS += tests/unit/net/test_sse
tests_unit_net_test_sse_SOURCES = tests/unit/net/test_sse.c
tests_unit_net_test_sse_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_sse_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)

NETRUN = tests/unit/net/netrun.c tests/unit/net/netrun.h tests/lib/httpd.c tests/lib/httpd.h
check_PROGRAMS += tests/unit/net/test_http
TESTS += tests/unit/net/test_http
tests_unit_net_test_http_SOURCES = tests/unit/net/test_http.c $(NETRUN)
tests_unit_net_test_http_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_http_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)
