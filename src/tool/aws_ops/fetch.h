/* fetch.h - one account's part of a look at health: what is there, what else is read of it, its
 * metrics, and what they come to. */
#ifndef RUNBOOK_TOOL_AWS_OPS_FETCH_H
#define RUNBOOK_TOOL_AWS_OPS_FETCH_H

#include "ops_priv.h"
#include "runbook/base/arena.h"

struct ops_run; /* opaque */

struct ops_run_options {
    struct aws_estate *estate;
    struct aws_account *account;
    const struct ops_kind *const *kinds;
    size_t kind_count;
    const char *match;
    const char *const *regions; /* all live until the end */
    size_t region_count;
    bool anomalies;
    int64_t now_ms;
    size_t max;
    struct aws_tally *tally; /* NULL: not counted */
};
/* `done` comes once, from the loop. */
struct ops_run *ops_run_start(const struct ops_run_options *o, void (*done)(void *ctx), void *ctx);
const struct ops_report *ops_run_report(const struct ops_run *r);
void ops_run_cancel(struct ops_run *r);
void ops_run_free(struct ops_run *r); /* NULL is fine */

struct ops_read_tally {
    const struct ops_read *read;
    unsigned denied; /* in a row, from the first on */
    bool answered;
    const char *why;
};

/* ---- between fetch.c and fetch_metrics.c ---- */

struct ops_run {
    struct ops_run_options o;
    void (*done)(void *ctx);
    void *ctx;
    struct arena *arena;
    struct ops_report report;
    const char *number;
    aws_id asking;           /* who we are, or the regions */
    struct aws_scan **scans; /* one a kind */
    size_t scans_left;
    VEC(struct ops_read_job *) jobs;
    size_t next_job, jobs_out;
    VEC(struct ops_read_tally) tallies; /* one a read */
    VEC(struct ops_batch *) batches;
    size_t batches_left;
    struct ops_series **series; /* of each subject */
    bool canceled, ended;
};

/* Asks for the metrics of all subjects; ops_run_judge() follows. */
void ops_fetch_metrics(struct ops_run *r);
void ops_free_metrics(struct ops_run *r);
void ops_run_judge(struct ops_run *r);
void ops_gap(struct ops_run *r, const char *service, const char *operation, const char *region,
             enum aws_end end, const char *why);
bool ops_end_failed(enum aws_end end); /* not read, nor absent there */

#endif
