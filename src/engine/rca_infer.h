/* rca_infer.h - who seems to call whom, from what services did while all was well.
 * A service that waits for another takes longer whenever the other does, so what is left of their
 * latencies when slow drifts and the load that all share are taken out moves together. Of two such
 * services the caller is the one whose time contains the other's. What a third explains is no call
 * of its own. It finds some of the calls, the wrong way round now and then: a hint where nobody
 * wrote the calls down, never a proof that there is no call. Pure. */
#ifndef RUNBOOK_ENGINE_RCA_INFER_H
#define RUNBOOK_ENGINE_RCA_INFER_H

#include "rca_shift.h"

#define RCA_TRACE 512          /* samples of the history that are compared */
#define RCA_INFER_SERVICES 400 /* more are not compared */

/* The newest samples of the history on a grid of steps, the oldest first; NAN where none is. */
void rca_trace_fill(const struct prom_point *points, size_t count, const struct rca_window *w,
                    float ret[RCA_TRACE]);
/* How much of it is noise: the spread around its own slow mean, as part of its level; NAN: too few
 * samples to say. */
double rca_trace_noise(const float trace[RCA_TRACE]);

struct rca_trace {
    const float *time;     /* how long it takes; NULL: unknown */
    const float *requests; /* NULL: unknown */
};

struct rca_call {
    size_t caller, callee; /* indexes of the traces */
    double calls;          /* of the callee's time, the part that reaches the caller */
    double z;              /* how sure it is that they move together, in standard deviations */
};

/* The calls that are seen, surest first, into `ret[max]`; their number. */
size_t rca_infer_calls(const struct rca_trace *traces, size_t count, struct rca_call *ret,
                       size_t max);

#endif
