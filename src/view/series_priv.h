/* series_priv.h - what the readers of raw results share. */
#ifndef RUNBOOK_VIEW_SERIES_PRIV_H
#define RUNBOOK_VIEW_SERIES_PRIV_H

#include "runbook/codec/json.h"
#include "runbook/view/series.h"

/* A series while it is read. */
struct series_pen {
    struct series_set *set;
    size_t index;
    int64_t *times_ms;
    double *values;
};
/* A new series with room for `count` points; false when the limits are reached. */
bool series_add(struct series_set *s, const char *name, size_t count, struct series_pen *ret);
/* Append a point; false when its time is bad or goes backwards. */
bool series_point(struct series_pen *p, int64_t ms, double v);
/* Take the last series away again, as one that cannot be shown. */
void series_drop(struct series_set *s);
void series_bar(struct series_set *s, const char *label, double v);
size_t series_points(const struct series_set *s);

/* series_prom.c: false when it is no answer of Prometheus. */
bool series_read_prom(struct series_set *s, const struct value *doc,
                      const struct series_hint *hint);
/* series_dist.c: false when it is none. A vector whose series differ in "le" is a histogram. */
bool series_read_traces(struct series_set *s, const struct value *doc);
bool series_read_bins(struct series_set *s, const struct value *result);
/* series_host.c */
bool series_read_host(struct series_set *s, const struct value *doc,
                      const struct series_hint *hint);
/* series_table.c */
bool series_read_table(struct series_set *s, struct str raw, const struct series_hint *hint);

#endif
