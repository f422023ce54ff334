/* logs.h - between reading log files and showing their families. */
#ifndef RUNBOOK_SRC_APP_LOGS_H
#define RUNBOOK_SRC_APP_LOGS_H

#include "runbook/app/app.h"
#include "runbook/base/vec.h"
#include "runbook/codec/logmine.h"

struct log_file {
    const char *path; /* "-" for stdin; borrowed */
    uint64_t bytes;   /* as stored */
    bool failed;
    char why[ERR_MSG_MAX];
};

/* Read a file, or stdin, into the miner: plain or gzip. With `progress` a line on stderr says how
 * far it is. A problem is noted in the file's entry; what was read before it counts. */
void log_file_read(struct log_file *f, struct logmine *m, bool progress);

enum log_sort { LOG_SORT_SEVERITY, LOG_SORT_COUNT, LOG_SORT_BURST, LOG_SORT_FIRST };

struct log_report {
    const struct app *app;
    const struct logmine *mine;
    VEC(struct log_file) files;
    int64_t wall_ms;
    enum log_sort sort;
    enum log_level least; /* families below it are not shown */
    const char *match;    /* only families with this text; NULL: all */
    size_t top, samples;
    int width; /* cells of a line; 0: whole */
};
void log_report_text(const struct log_report *r, struct buf *out);
void log_report_json(const struct log_report *r, struct buf *out);

#endif
