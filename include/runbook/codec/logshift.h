/* logshift.h - since when does a family of log lines come more often?
 * The counts of its buckets are cut into a time before, a time of more, and perhaps a time after;
 * of all such cuts the one that best explains them as Poisson counts of two rates is taken, and the
 * score is how much better it does than one rate (log-likelihood ratio, in nats). */
#ifndef RUNBOOK_CODEC_LOGSHIFT_H
#define RUNBOOK_CODEC_LOGSHIFT_H

#include "runbook/codec/logmine.h"

struct logshift {
    int64_t onset_ms, end_ms;       /* of the time of more; end_ms: of its last bucket */
    uint64_t before, after;         /* lines outside and inside of it */
    double before_s, after_s;       /* how long that was */
    double before_rate, after_rate; /* lines a second */
    double score;
    bool fresh;   /* no line of it before the onset */
    bool current; /* it goes on until the end of what was read */
};
/* False when there is no time, only one bucket, or no rise. */
bool logshift_find(const struct logmine *m, const struct logmine_family *f, struct logshift *ret);

#endif
