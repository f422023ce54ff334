# Unit tests of src/net. One block a test:

check_PROGRAMS += tests/unit/net/test_sse
TESTS += tests/unit/net/test_sse
tests_unit_net_test_sse_SOURCES = tests/unit/net/test_sse.c
tests_unit_net_test_sse_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_sse_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)

ENVTABLE = tests/lib/envtable.c tests/lib/envtable.h
NETRUN = tests/unit/net/netrun.c tests/unit/net/netrun.h tests/lib/httpd.c tests/lib/httpd.h
check_PROGRAMS += tests/unit/net/test_http
TESTS += tests/unit/net/test_http
tests_unit_net_test_http_SOURCES = tests/unit/net/test_http.c $(NETRUN)
tests_unit_net_test_http_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_http_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/net/test_http_flow
TESTS += tests/unit/net/test_http_flow
tests_unit_net_test_http_flow_SOURCES = tests/unit/net/test_http_flow.c $(NETRUN)
tests_unit_net_test_http_flow_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_http_flow_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/net/test_http_time
TESTS += tests/unit/net/test_http_time
tests_unit_net_test_http_time_SOURCES = tests/unit/net/test_http_time.c $(NETRUN)
tests_unit_net_test_http_time_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_http_time_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/net/test_http_tls
TESTS += tests/unit/net/test_http_tls
tests_unit_net_test_http_tls_SOURCES = tests/unit/net/test_http_tls.c $(NETRUN)
tests_unit_net_test_http_tls_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_http_tls_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/net/test_http_proxy
TESTS += tests/unit/net/test_http_proxy
tests_unit_net_test_http_proxy_SOURCES = tests/unit/net/test_http_proxy.c $(NETRUN)
tests_unit_net_test_http_proxy_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_http_proxy_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/net/test_sigv4
TESTS += tests/unit/net/test_sigv4
tests_unit_net_test_sigv4_SOURCES = tests/unit/net/test_sigv4.c
tests_unit_net_test_sigv4_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_sigv4_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/net/test_aws_credentials
TESTS += tests/unit/net/test_aws_credentials
tests_unit_net_test_aws_credentials_SOURCES = tests/unit/net/test_aws_credentials.c $(NETRUN) tests/unit/net/aws_place.c tests/unit/net/aws_place.h $(ENVTABLE)
tests_unit_net_test_aws_credentials_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_aws_credentials_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/net/test_aws_mfa
TESTS += tests/unit/net/test_aws_mfa
tests_unit_net_test_aws_mfa_SOURCES = tests/unit/net/test_aws_mfa.c $(NETRUN) tests/unit/net/aws_place.c tests/unit/net/aws_place.h $(ENVTABLE)
tests_unit_net_test_aws_mfa_CFLAGS = $(UNIT_CFLAGS)
tests_unit_net_test_aws_mfa_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)
