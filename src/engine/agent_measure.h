/* agent_measure.h - what an answer shows, measured by code: for evidence that a model cites, and in
 * place of thousands of samples when it is shown the answer. Pure but for reading a blob. */
#ifndef RUNBOOK_ENGINE_AGENT_MEASURE_H
#define RUNBOOK_ENGINE_AGENT_MEASURE_H

#include "runbook/engine/judge.h"
#include "runbook/service/prom_answer.h"

/* When it was usual, and when it was not: around the incident, else the last third of the samples.
 */
struct measure_times {
    int64_t at_ms; /* 0: not known */
};

struct measured {
    struct judge_reading reading;
    const char *service, *metric, *labels; /* of the series that was measured; "" */
    double before, after;                  /* NAN: not measured */
    int64_t onset_ms, from_ms, until_ms;
};

/* `t` is the query that `body` answers; `quote` may be empty. Strings go to `a`. */
void measure_answer(const struct hypothesis *h, const struct tool_run *t, struct str body,
                    struct str quote, const struct measure_times *times, struct arena *a,
                    struct measured *ret);

/* One series before and after; false: too few samples. */
bool measure_series(const struct prom_series *s, const struct measure_times *times, double *ret_z,
                    double *ret_rel, double *ret_before, double *ret_after, int64_t *ret_onset_ms);

/* Is it an answer with series over time? Then append a line for each (at most `max`): labels, the
 * number of samples, first, last, least, median, most, and the change around the incident. */
bool measure_digest(struct str body, const struct measure_times *times, size_t max,
                    struct buf *out);

/* Does `text` hold `word` with no letter or digit of a name beside it? */
bool measure_has_word(struct str text, const char *word);

#endif
