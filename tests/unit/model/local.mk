# Unit tests of src/model. One block a test:
#   check_PROGRAMS += tests/unit/model/test_x
#   TESTS += tests/unit/model/test_x
#   tests_unit_model_test_x_SOURCES = tests/unit/model/test_x.c
#   tests_unit_model_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_model_test_x_LDADD = $(MODEL_LIBS) $(CMOCKA_LIBS)
