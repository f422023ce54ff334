# Short programs that show how a module is used; they run in make check and the documents quote them.
EXAMPLES = tests/examples/ex_http tests/examples/ex_proc tests/examples/ex_timer
check_PROGRAMS += $(EXAMPLES)
TESTS += $(EXAMPLES)
tests_examples_ex_http_SOURCES = tests/examples/ex_http.c tests/lib/httpd.c tests/lib/httpd.h
tests_examples_ex_http_CFLAGS = $(RB_CFLAGS)
tests_examples_ex_http_LDADD = $(NET_LIBS)
tests_examples_ex_proc_SOURCES = tests/examples/ex_proc.c
tests_examples_ex_proc_CFLAGS = $(RB_CFLAGS)
tests_examples_ex_proc_LDADD = $(LOOP_LIBS)
tests_examples_ex_timer_SOURCES = tests/examples/ex_timer.c
tests_examples_ex_timer_CFLAGS = $(RB_CFLAGS)
tests_examples_ex_timer_LDADD = $(LOOP_LIBS)
