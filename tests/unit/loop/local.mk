# Unit tests of src/loop. One block a test:
#   check_PROGRAMS += tests/unit/loop/test_x
#   TESTS += tests/unit/loop/test_x
#   tests_unit_loop_test_x_SOURCES = tests/unit/loop/test_x.c
#   tests_unit_loop_test_x_CFLAGS = $(UNIT_CFLAGS)
#   tests_unit_loop_test_x_LDADD = $(LOOP_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/loop/test_loop
TESTS += tests/unit/loop/test_loop
tests_unit_loop_test_loop_SOURCES = tests/unit/loop/test_loop.c
tests_unit_loop_test_loop_CFLAGS = $(UNIT_CFLAGS)
tests_unit_loop_test_loop_LDADD = $(LOOP_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/loop/test_proc
TESTS += tests/unit/loop/test_proc
tests_unit_loop_test_proc_SOURCES = tests/unit/loop/test_proc.c
tests_unit_loop_test_proc_CFLAGS = $(UNIT_CFLAGS)
tests_unit_loop_test_proc_LDADD = $(LOOP_LIBS) $(CMOCKA_LIBS)
