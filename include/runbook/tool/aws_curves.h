/* aws_curves.h - how the metrics of one resource moved: the rows of the operations matrix
 * (aws_ops.h) of its kind, asked of CloudWatch in as few calls as there are periods, judged by the
 * limits of their rows. Reads nothing else: what a row takes from another answer than the
 * resource's own record is left out. */
#ifndef RUNBOOK_TOOL_AWS_CURVES_H
#define RUNBOOK_TOOL_AWS_CURVES_H

#include "runbook/tool/aws_ops.h"

enum ops_curve_end {
    OPS_CURVE_READ,
    OPS_CURVE_EMPTY,  /* CloudWatch has no points of it there */
    OPS_CURVE_DENIED, /* it may not be read */
    OPS_CURVE_FAILED  /* the call failed, or not all of it came */
};

struct ops_curve {
    const char *id, *what, *unit; /* of the row */
    int period_s;
    const double *values; /* one for each period, oldest first; NAN: no point */
    size_t count;
    double now;        /* as it is judged: of the row's own window; NAN: nothing to judge */
    const char *limit; /* of `now`: "> 90 %"; "" */
    enum ops_state state;
    enum ops_curve_end end;
    const char *why; /* it was not read, one line; "" */
};

struct ops_curves_answer {
    const struct ops_curve *curves;
    size_t count;
    int window_s;       /* the longest */
    const char *none;   /* why there are none; "" */
    enum aws_end end;   /* of the first call that failed; else WHOLE */
    const char *action; /* of IAM, that is missing; "" */
};

struct ops_curves; /* opaque */
struct ops_curves_options {
    struct aws_estate *estate; /* borrowed until the end, as is the account */
    struct aws_account *account;
    const struct ops_record *record; /* borrowed until the end; of `reads` nothing is needed */
    int64_t now_ms;
};
/* `done` comes once, from the loop, never from within this call. */
struct ops_curves *ops_curves_start(const struct ops_curves_options *o, void (*done)(void *ctx),
                                    void *ctx);
/* Lives until ops_curves_free(). */
const struct ops_curves_answer *ops_curves_answer(const struct ops_curves *c);
void ops_curves_free(struct ops_curves *c); /* ends silently what is under way; NULL is fine */

/* How far back a curve of this row goes: at least its own window. */
int ops_curve_window_s(const struct ops_metric *m);

#endif
