# Unit tests of src/engine. One block a test:
#   check_PROGRAMS += tests/unit/engine/test_x
#   TESTS += tests/unit/engine/test_x
#   tests_unit_engine_test_x_SOURCES = tests/unit/engine/test_x.c
#   tests_unit_engine_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_engine_test_x_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
