# make hostlab: real faults of this machine, named by the investigation; LAB='--family cpu' chooses.
EXTRA_DIST += tests/hostlab/lab.h tests/hostlab/logs.h tests/hostlab/test_lab.sh tests/hostlab/machine
if HAVE_TESTS
check_PROGRAMS += tests/hostlab/lab
tests_hostlab_lab_SOURCES = tests/hostlab/lab.c tests/hostlab/stage.c tests/hostlab/tools.c tests/hostlab/answer.c tests/hostlab/ssh.c tests/hostlab/tape.c
tests_hostlab_lab_SOURCES += tests/hostlab/families.c tests/hostlab/controls.c tests/hostlab/coverage.c tests/hostlab/mounts.c
tests_hostlab_lab_SOURCES += tests/hostlab/fault_cpu.c tests/hostlab/fault_memory.c tests/hostlab/fault_process.c
tests_hostlab_lab_SOURCES += tests/hostlab/fault_disk.c tests/hostlab/fault_io.c tests/hostlab/fault_volume.c tests/hostlab/fault_kernel.c
tests_hostlab_lab_SOURCES += tests/hostlab/fault_change.c tests/hostlab/fault_stall.c
tests_hostlab_lab_SOURCES += tests/hostlab/fault_network.c tests/hostlab/fault_net.c
tests_hostlab_lab_SOURCES += tests/hostlab/fault_dns.c tests/hostlab/fault_link.c tests/hostlab/wire.c
tests_hostlab_lab_SOURCES += tests/hostlab/fault_restart.c tests/hostlab/fault_unit.c
tests_hostlab_lab_SOURCES += tests/hostlab/fault_service.c tests/hostlab/fault_tls.c tests/hostlab/fault_log.c
tests_hostlab_lab_SOURCES += tests/hostlab/logs.c
tests_hostlab_lab_CFLAGS = $(RB_CFLAGS)
tests_hostlab_lab_LDADD = $(ENGINE_LIBS)

# What a snapshot reads while a fault stands, as test data: lab --record DIR.
check_PROGRAMS += tests/hostlab/record
tests_hostlab_record_SOURCES = tests/hostlab/record.c
tests_hostlab_record_CFLAGS = $(RB_CFLAGS)
tests_hostlab_record_LDADD = $(SERVICE_LIBS)

hostlab: runbook$(EXEEXT) tests/hostlab/lab$(EXEEXT)
	@tests/hostlab/lab --runbook '$(abs_top_builddir)/runbook' $(LAB)
endif
TESTS += tests/hostlab/test_lab.sh
