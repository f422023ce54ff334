# Unit tests of src/store. One block a test:
check_PROGRAMS += tests/unit/store/test_journal
TESTS += tests/unit/store/test_journal
tests_unit_store_test_journal_SOURCES = tests/unit/store/test_journal.c tests/unit/store/journal_scene.c tests/unit/store/journal_scene.h
tests_unit_store_test_journal_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_test_journal_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/store/test_journal_disk
TESTS += tests/unit/store/test_journal_disk
tests_unit_store_test_journal_disk_SOURCES = tests/unit/store/test_journal_disk.c tests/unit/store/journal_scene.c tests/unit/store/journal_scene.h
tests_unit_store_test_journal_disk_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_test_journal_disk_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/store/test_blob
TESTS += tests/unit/store/test_blob
tests_unit_store_test_blob_SOURCES = tests/unit/store/test_blob.c
tests_unit_store_test_blob_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_test_blob_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/store/test_db
TESTS += tests/unit/store/test_db
tests_unit_store_test_db_SOURCES = tests/unit/store/test_db.c
tests_unit_store_test_db_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_test_db_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/store/test_index
TESTS += tests/unit/store/test_index
tests_unit_store_test_index_SOURCES = tests/unit/store/test_index.c
tests_unit_store_test_index_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_test_index_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)

check_PROGRAMS += tests/unit/store/test_audit
TESTS += tests/unit/store/test_audit
tests_unit_store_test_audit_SOURCES = tests/unit/store/test_audit.c
tests_unit_store_test_audit_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_test_audit_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)
check_PROGRAMS += tests/unit/store/test_inventory
TESTS += tests/unit/store/test_inventory
tests_unit_store_test_inventory_SOURCES = tests/unit/store/test_inventory.c
tests_unit_store_test_inventory_CFLAGS = $(UNIT_CFLAGS)
tests_unit_store_test_inventory_LDADD = $(STORE_LIBS) $(CMOCKA_LIBS)
