/* units.h - what the patterns about units of systemd share. */
#ifndef RUNBOOK_ENGINE_HOST_UNITS_H
#define RUNBOOK_ENGINE_HOST_UNITS_H

#include "pattern.h"

extern const struct host_limit unit_limits[]; /* ends with a NULL name */
#define UNIT_LIMIT(at) hv_limit(v, &unit_limits[at])
#define UNIT_RECENT_MS UNIT_LIMIT(0)
#define UNIT_RESTARTS UNIT_LIMIT(1)

bool unit_is(const struct value *u, const char *key, const char *what);
double unit_age_ms(struct host_view *v,
                   const struct value *u); /* since its state changed; 0 not known */
/* Restarted right now, given up after too many starts, or restarted three times and lately. */
bool unit_flaps(struct host_view *v, const struct value *u);
/* Of the units with a score above 0 the one that the question names, or that of the highest score;
 * NULL: none, or a finding tells of each. */
const struct value *unit_worst(struct host_view *v,
                               double (*score)(struct host_view *v, const struct value *u),
                               double *ret_score);
const char *unit_quiet(struct host_view *v, const char *text); /* or: there is no systemd */
/* "exit status 1", "signal" ... */
const char *unit_why(struct host_view *v, const struct value *u);
/* Evidence and resource. */
void unit_report(struct host_view *v, struct host_finding *f, const struct value *u);

#endif
