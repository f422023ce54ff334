/* journal_priv.h - what the writer (journal.c) and the reader (journal_read.c) share. */
#ifndef RUNBOOK_STORE_JOURNAL_PRIV_H
#define RUNBOOK_STORE_JOURNAL_PRIV_H

#include "runbook/store/journal.h"

#define JOURNAL_NO_PREV "0000000000000000000000000000000000000000000000000000000000000000"

struct journal_scan {
    const char *name; /* for messages */
    bool verify;
    bool (*fn)(void *ctx, const struct journal_record *r);   /* may be NULL; false stops */
    void (*each)(void *ctx, const struct journal_record *r); /* may be NULL */
    void *ctx;
    struct journal_report *report;
    uint64_t last_seq;
    bool bad_is_last; /* the bad line is the last one and no JSON: it may have been torn */
};

/* Read `fd` from its start to its end. */
enum err_code journal_scan_fd(int fd, struct journal_scan *s, struct err *err);

#endif
