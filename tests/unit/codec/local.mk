# Unit tests of src/codec. One block a test:
check_PROGRAMS += tests/unit/codec/test_hash
TESTS += tests/unit/codec/test_hash
tests_unit_codec_test_hash_SOURCES = tests/unit/codec/test_hash.c
tests_unit_codec_test_hash_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_hash_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/codec/test_expr
TESTS += tests/unit/codec/test_expr
tests_unit_codec_test_expr_SOURCES = tests/unit/codec/test_expr.c
tests_unit_codec_test_expr_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_expr_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/codec/test_json
TESTS += tests/unit/codec/test_json
tests_unit_codec_test_json_SOURCES = tests/unit/codec/test_json.c
tests_unit_codec_test_json_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_json_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/codec/test_regex
TESTS += tests/unit/codec/test_regex
tests_unit_codec_test_regex_SOURCES = tests/unit/codec/test_regex.c
tests_unit_codec_test_regex_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_regex_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/codec/test_xml
TESTS += tests/unit/codec/test_xml
tests_unit_codec_test_xml_SOURCES = tests/unit/codec/test_xml.c
tests_unit_codec_test_xml_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_xml_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/codec/test_yaml
TESTS += tests/unit/codec/test_yaml
tests_unit_codec_test_yaml_SOURCES = tests/unit/codec/test_yaml.c
tests_unit_codec_test_yaml_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_yaml_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/codec/test_logmine
TESTS += tests/unit/codec/test_logmine
tests_unit_codec_test_logmine_SOURCES = tests/unit/codec/test_logmine.c
tests_unit_codec_test_logmine_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_logmine_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/codec/test_logtime
TESTS += tests/unit/codec/test_logtime
tests_unit_codec_test_logtime_SOURCES = tests/unit/codec/test_logtime.c
tests_unit_codec_test_logtime_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_logtime_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/codec/test_logfacts
TESTS += tests/unit/codec/test_logfacts
tests_unit_codec_test_logfacts_SOURCES = tests/unit/codec/test_logfacts.c
tests_unit_codec_test_logfacts_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_logfacts_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/codec/test_logshift
TESTS += tests/unit/codec/test_logshift
tests_unit_codec_test_logshift_SOURCES = tests/unit/codec/test_logshift.c
tests_unit_codec_test_logshift_CFLAGS = $(UNIT_CFLAGS)
tests_unit_codec_test_logshift_LDADD = $(CODEC_LIBS) $(CMOCKA_LIBS)
