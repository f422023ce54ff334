/* logshift.c - see logshift.h. */
#include "runbook/codec/logshift.h"

#include <math.h>

/* n * ln(rate) of a stretch; an empty one says nothing. */
static double part(double n, double buckets)
{
    return n > 0 && buckets > 0 ? n * log(n / buckets) : 0;
}

bool logshift_find(const struct logmine *m, const struct logmine_family *f, struct logshift *ret)
{
    struct logmine_totals t;
    double sum[LOGMINE_BUCKETS + 1] = {0}, all, even, best = 0, step_s;
    size_t used, from = 0, to = 0;

    logmine_totals(m, &t);
    if (!t.step_ms)
        return false;
    used = (size_t)((t.last_ms - t.start_ms) / t.step_ms) + 1;
    used = used > LOGMINE_BUCKETS ? LOGMINE_BUCKETS : used;
    for (size_t i = 0; i < used; i++)
        sum[i + 1] = sum[i] + f->buckets[i];
    all = sum[used];
    even = part(all, (double)used);
    for (size_t i = 1; i < used; i++) { /* something must be before it */
        for (size_t k = i + 1; k <= used; k++) {
            double in = sum[k] - sum[i], out = all - in, n = (double)(k - i);
            double score = part(in, n) + part(out, (double)used - n) - even;

            if (in / n > out / ((double)used - n) && score > best + 1e-9) {
                best = score;
                from = i;
                to = k;
            }
        }
    }
    if (!to)
        return false;
    step_s = (double)t.step_ms / 1000;
    *ret = (struct logshift){.onset_ms = t.start_ms + (int64_t)from * t.step_ms,
                             .end_ms = t.start_ms + (int64_t)to * t.step_ms,
                             .after = (uint64_t)(sum[to] - sum[from]),
                             .before = (uint64_t)(all - (sum[to] - sum[from])),
                             .after_s = (double)(to - from) * step_s,
                             .before_s = (double)(used - (to - from)) * step_s,
                             .score = best,
                             .fresh = sum[from] < 0.5,
                             .current = to + 1 >= used};
    ret->before_rate = (double)ret->before / ret->before_s;
    ret->after_rate = (double)ret->after / ret->after_s;
    if (ret->fresh && f->first_ms > ret->onset_ms)
        ret->onset_ms = f->first_ms;
    return true;
}
