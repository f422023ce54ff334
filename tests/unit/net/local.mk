# Unit tests of src/net. One block a test:
#   check_PROGRAMS += tests/unit/net/test_x
#   TESTS += tests/unit/net/test_x
#   tests_unit_net_test_x_SOURCES = tests/unit/net/test_x.c
#   tests_unit_net_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_net_test_x_LDADD = $(NET_LIBS) $(CMOCKA_LIBS)
