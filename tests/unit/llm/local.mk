# Unit tests of src/llm. One block a test:
LLM_RECORD = tests/unit/llm/record.c tests/unit/llm/record.h

check_PROGRAMS += tests/unit/llm/test_read
TESTS += tests/unit/llm/test_read
tests_unit_llm_test_read_SOURCES = tests/unit/llm/test_read.c $(LLM_RECORD)
tests_unit_llm_test_read_CFLAGS = $(UNIT_CFLAGS)
tests_unit_llm_test_read_LDADD = $(LLM_LIBS) $(CMOCKA_LIBS)

LLM_CLIENT = $(LLM_RECORD) $(NETRUN) tests/unit/llm/client.c tests/unit/llm/client.h
check_PROGRAMS += tests/unit/llm/test_client
TESTS += tests/unit/llm/test_client
tests_unit_llm_test_client_SOURCES = tests/unit/llm/test_client.c $(LLM_CLIENT)
tests_unit_llm_test_client_CFLAGS = $(UNIT_CFLAGS)
tests_unit_llm_test_client_LDADD = $(LLM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/llm/test_keys
TESTS += tests/unit/llm/test_keys
tests_unit_llm_test_keys_SOURCES = tests/unit/llm/test_keys.c $(LLM_CLIENT)
tests_unit_llm_test_keys_CFLAGS = $(UNIT_CFLAGS)
tests_unit_llm_test_keys_LDADD = $(LLM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/llm/test_write
TESTS += tests/unit/llm/test_write
tests_unit_llm_test_write_SOURCES = tests/unit/llm/test_write.c $(LLM_RECORD)
tests_unit_llm_test_write_CFLAGS = $(UNIT_CFLAGS)
tests_unit_llm_test_write_LDADD = $(LLM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/llm/test_standin
TESTS += tests/unit/llm/test_standin
tests_unit_llm_test_standin_SOURCES = tests/unit/llm/test_standin.c $(LLM_CLIENT)
tests_unit_llm_test_standin_CFLAGS = $(UNIT_CFLAGS)
tests_unit_llm_test_standin_LDADD = $(STANDIN_LIBS) $(LLM_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/llm/test_parts
TESTS += tests/unit/llm/test_parts
tests_unit_llm_test_parts_SOURCES = tests/unit/llm/test_parts.c
tests_unit_llm_test_parts_CFLAGS = $(UNIT_CFLAGS)
tests_unit_llm_test_parts_LDADD = $(LLM_LIBS) $(CMOCKA_LIBS)
