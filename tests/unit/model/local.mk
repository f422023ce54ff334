# Unit tests of src/model. One block a test.
check_PROGRAMS += tests/unit/model/test_event tests/unit/model/test_model
TESTS += tests/unit/model/test_event tests/unit/model/test_model
tests_unit_model_test_event_SOURCES = tests/unit/model/test_event.c
tests_unit_model_test_event_CFLAGS = $(UNIT_CFLAGS)
tests_unit_model_test_event_LDADD = $(MODEL_LIBS) $(CMOCKA_LIBS)
tests_unit_model_test_model_SOURCES = tests/unit/model/test_model.c
tests_unit_model_test_model_CFLAGS = $(UNIT_CFLAGS)
tests_unit_model_test_model_LDADD = $(MODEL_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/model/test_topology
TESTS += tests/unit/model/test_topology
tests_unit_model_test_topology_SOURCES = tests/unit/model/test_topology.c
tests_unit_model_test_topology_CFLAGS = $(UNIT_CFLAGS)
tests_unit_model_test_topology_LDADD = $(MODEL_LIBS) $(CMOCKA_LIBS)
