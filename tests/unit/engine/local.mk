# Unit tests of src/engine. One block a test. A test that defines tool_table() or inv_module_table() itself
# replaces the real tables: the linker then takes no object for them out of the library.
check_PROGRAMS += tests/unit/engine/test_engine tests/unit/engine/test_guard
TESTS += tests/unit/engine/test_engine tests/unit/engine/test_guard
tests_unit_engine_test_engine_SOURCES = tests/unit/engine/test_engine.c
tests_unit_engine_test_engine_CFLAGS = $(UNIT_CFLAGS)
tests_unit_engine_test_engine_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
tests_unit_engine_test_guard_SOURCES = tests/unit/engine/test_guard.c
tests_unit_engine_test_guard_CFLAGS = $(UNIT_CFLAGS)
tests_unit_engine_test_guard_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/engine/test_incident
TESTS += tests/unit/engine/test_incident
tests_unit_engine_test_incident_SOURCES = tests/unit/engine/test_incident.c
tests_unit_engine_test_incident_CFLAGS = $(UNIT_CFLAGS)
tests_unit_engine_test_incident_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/engine/test_host_patterns
TESTS += tests/unit/engine/test_host_patterns
tests_unit_engine_test_host_patterns_SOURCES = tests/unit/engine/test_host_patterns.c
tests_unit_engine_test_host_patterns_CFLAGS = $(UNIT_CFLAGS)
tests_unit_engine_test_host_patterns_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/engine/test_rca
TESTS += tests/unit/engine/test_rca
tests_unit_engine_test_rca_SOURCES = tests/unit/engine/test_rca.c
tests_unit_engine_test_rca_CFLAGS = $(UNIT_CFLAGS)
tests_unit_engine_test_rca_LDADD = $(ENGINE_LIBS) $(CMOCKA_LIBS)
