# Unit tests of src/service. One block a test:
#   check_PROGRAMS += tests/unit/service/test_x
#   TESTS += tests/unit/service/test_x
#   tests_unit_service_test_x_SOURCES = tests/unit/service/test_x.c
#   tests_unit_service_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_service_test_x_LDADD = $(SERVICE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/service/test_prom_decode
TESTS += tests/unit/service/test_prom_decode
tests_unit_service_test_prom_decode_SOURCES = tests/unit/service/test_prom_decode.c
tests_unit_service_test_prom_decode_CFLAGS = $(UNIT_CFLAGS)
tests_unit_service_test_prom_decode_LDADD = $(SERVICE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/service/test_host_parse
TESTS += tests/unit/service/test_host_parse
tests_unit_service_test_host_parse_SOURCES = tests/unit/service/test_host_parse.c
tests_unit_service_test_host_parse_CFLAGS = $(UNIT_CFLAGS)
tests_unit_service_test_host_parse_LDADD = $(SERVICE_LIBS) $(CMOCKA_LIBS)
