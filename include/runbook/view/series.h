/* series.h - the numbers in a recorded raw result: what a chart of an evidence shows.
 * Known are answers of Prometheus (matrix, vector, scalar), results of the host tools (lists of
 * filesystems, processes, files, families of log lines; samples of one process), and tables of
 * text (CSV or TSV with a header, the first column a time or a name). Raw results are hostile:
 * size, series and points are bounded, a series whose times go backwards is left out and counted.
 * Counters that only grow become rates, as nobody reads a total. */
#ifndef RUNBOOK_VIEW_SERIES_H
#define RUNBOOK_VIEW_SERIES_H

#include "runbook/base/vec.h"
#include "runbook/view/chart.h"

#define SERIES_RAW_MAX ((size_t)8 << 20) /* a longer raw result is not read */
#define SERIES_MAX 4000
#define SERIES_POINTS_MAX ((size_t)1000000)
#define SERIES_BARS_MAX 200
#define SERIES_VALUES_MAX 10000

/* What the evidence says about itself: which series it is about, and its unit. NULL or "": not
 * known. */
struct series_hint {
    const char *metric, *unit, *service;
    const char *resource; /* "name{label=\"value\"}" */
    int64_t base_ms;      /* for results that give only distances in time */
};

struct series_set {
    struct arena *arena;             /* owns all */
    VEC(struct chart_series) series; /* those that the evidence is about first */
    size_t subject;                  /* how many those are; 0: not known */
    VEC(struct chart_bar) bars;      /* a value a thing, when there is no time */
    VEC(double) values;              /* one of a kind each: how they fall is a histogram */
    bool in_bins;                    /* the bars are a histogram's, in its order */
    const char *unit, *title;        /* "" when not known */
    bool rates;                      /* counters were turned into rates */
    size_t left_out;                 /* series with bad times, or beyond the limits */
};

void series_init(struct series_set *s);    /* empty */
void series_release(struct series_set *s); /* empty again; it can be read into once more */
/* Replace what `s` holds. False: no numbers that a chart could show. */
/* "min 0.1 s, p50 0.2 s, p90 ..., max 4 s" of `values`. */
void series_values_words(const struct series_set *s, struct buf *out);
bool series_read(struct series_set *s, struct str raw, const struct series_hint *hint);

#endif
