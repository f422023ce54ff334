# Unit tests of src/codec. One block a test:
#   check_PROGRAMS += tests/unit/codec/test_x
#   TESTS += tests/unit/codec/test_x
#   tests_unit_codec_test_x_SOURCES = tests/unit/codec/test_x.c
#   tests_unit_codec_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_codec_test_x_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)
