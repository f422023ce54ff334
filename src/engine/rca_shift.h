/* rca_shift.h - has one series left its healthy level around the alert, how far, since when?
 * The measure is robust: medians, and a scale that is the largest of the spread (MAD), the tail
 * (99th percentile) and one percent of the level, so neither an outlier in the history nor a series
 * that never moves makes noise look like a fault. Window and history are smoothed by the same
 * moving mean, so their extremes compare: a short mean for what jumps, and half a window's for what
 * is small and stays, whichever tells more beside its own history. Only the time around the alert
 * counts: a spike hours later explains nothing, and a level that was already shifted well before
 * the alert is the level to compare with. Source of the constants: 1.4826 makes a MAD a standard
 * deviation of a normal, 2.326 is its 99 %. */
#ifndef RUNBOOK_ENGINE_RCA_SHIFT_H
#define RUNBOOK_ENGINE_RCA_SHIFT_H

#include "runbook/service/prom_answer.h"

#define RCA_CONTROLS 24 /* windows of the history that the same test is tried on */

struct rca_window {               /* Unix ms */
    int64_t base_start, base_end; /* healthy history */
    int64_t from, until;          /* where a shift counts: around the alert */
    int64_t pre_until; /* samples from `from` to here were before the alert; 0: not known */
    bool settled; /* ... and before the fault: a level that was already reached there is the level
                     to compare with */
    int64_t step; /* between samples */
    double floor; /* part of the level below which no difference is noticed; 0: one percent */
    bool events;  /* values are rates of single events: few of them are noise (Poisson) */
};

struct rca_shift {
    double before, after; /* levels */
    double z;             /* how many scales; above about 4 is unusual */
    double z_fine;  /* with a smaller floor of the scale: tells which of two metrics moved more */
    double rel;     /* |after - before| as part of |before| */
    double control; /* healthy control: the z that the same test gives in nine of ten windows of
                       equal length of the history; 0: there is no such window */
    double day;     /* the same at the same time one day before; NAN: no history that long */
    double scale;   /* what z is counted in */
    float
        at[RCA_CONTROLS]; /* z of the same test in windows of the history, the newest first, at the
                       same times for all series of one rca_window; NAN: nothing was sampled */
    double early;      /* share of the way from `before` to `after` that the window's samples before
                          the alert have gone already; 0 when it is not known */
    int64_t onset_ms;  /* the first sample past the middle between before and after */
    int direction;     /* +1 up, -1 down */
    size_t base_count; /* samples of the history */
};

/* Turn samples of a counter into rates a second, in place; a decrease is a reset. NaN, infinities
 * and pairs further apart than ten steps are left out. Returns the new count. */
size_t rca_rates(struct prom_point *points, size_t count, int64_t step_ms);
/* Leave out what is no finite number, in place. Returns the new count. */
size_t rca_finite(struct prom_point *points, size_t count);
/* Do the values only grow (but for resets), as a counter's do? */
bool rca_is_monotonic(const struct prom_point *points, size_t count);

/* z less what the healthy control takes away: a series whose history often looks like this says
 * less. */
double rca_shift_z(const struct rca_shift *s);
/* The same of window `i` of the history (0: the newest); NAN: nothing was sampled there. */
double rca_shift_control_z(const struct rca_shift *s, size_t i);

/* False when there is too little to judge (fewer than 12 samples of history, none in the window).
 * `bad` as in rca_metric: the direction that counts. */
bool rca_shift_score(const struct prom_point *points, size_t count, const struct rca_window *w,
                     int bad, struct rca_shift *ret);

#endif
