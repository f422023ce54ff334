/* rca_plan.c - see rca_plan.h. */
#include "rca_plan.h"

#include <stdlib.h>
#include <string.h>

#include "runbook/base/str.h"

#define MINUTE_MS INT64_C(60000)
#define LEAD_MS (15 * MINUTE_MS)     /* before the alert: detection is late */
#define SEARCH_MS (30 * MINUTE_MS)   /* looked at when nobody points at a time */
#define HISTORY_MS (360 * MINUTE_MS) /* when no baseline is given */

void rca_window_set(struct rca_window *w, const struct rca_times *t)
{
    int64_t at = t->alert ? t->alert : t->now;

    memset(w, 0, sizeof(*w));
    w->from = t->alert ? at - LEAD_MS : t->now - SEARCH_MS;
    w->until = t->now;
    if (t->window_start && t->window_start <= at) {
        w->from = t->window_start > w->from ? t->window_start : w->from;
        w->pre_until = at; /* less a step, once that is known */
    }
    w->base_end = w->from - 1;
    w->base_start = w->from - HISTORY_MS;
    if (t->base_start && t->base_end) {
        w->base_start = t->base_start;
        w->base_end = t->base_end < w->from ? t->base_end : w->from - 1;
    }
}

/* A step that was counted is a little off; people scrape at round ones. */
static int64_t usual_step(int64_t step)
{
    static const int64_t usual_s[] = {1,   2,   5,   10,  15,  20,   30,  60,
                                      120, 180, 300, 600, 900, 1800, 3600};

    for (size_t i = 0; i < sizeof(usual_s) / sizeof(usual_s[0]); i++) {
        int64_t round = usual_s[i] * 1000;

        if (llabs(step - round) * 10 <= round)
            return round;
    }
    return step > 2000 ? (step + 500) / 1000 * 1000 : step;
}

void rca_window_fit(struct rca_window *w, int64_t alert_ms, size_t points_max)
{
    int64_t around = alert_ms + LEAD_MS;

    if (w->step <= 0)
        w->step = 15000;
    w->step = usual_step(w->step);
    if (alert_ms) { /* the question is why the alert fired, not what happened hours later */
        around = alert_ms + 5 * w->step > around ? alert_ms + 5 * w->step : around;
        w->until = w->until < around ? w->until : around;
    }
    if (w->pre_until)
        w->pre_until -= w->step > 1 ? w->step : 0;
    if ((w->until - w->base_start) / w->step > (int64_t)points_max)
        w->base_start = w->until - (int64_t)points_max * w->step;
}

struct rca_metric rca_plan_metric(const char *name, bool with_count, bool *ret_mean,
                                  size_t *ret_base_len)
{
    struct str s = str_from(name);
    struct rca_metric m;
    char base[256];

    *ret_mean = false;
    *ret_base_len = s.len;
    rca_metric_classify(name, &m);
    if (!with_count || !str_ends(s, "_sum") || s.len - 4 >= sizeof(base))
        return m;
    *ret_mean = true;
    *ret_base_len = s.len - 4;
    memcpy(base, name, s.len - 4);
    base[s.len - 4] = '\0';
    rca_metric_classify(base, &m);
    m.counter = false;
    if (m.kind == RCA_SATURATION) { /* "gc_pause_seconds_sum": time spent, a second */
        *ret_mean = false;
        *ret_base_len = s.len;
        m.counter = true;
        return m;
    }
    if (m.kind == RCA_TRAFFIC && (strcmp(m.unit, "seconds") == 0 || strcmp(m.unit, "ms") == 0))
        rca_metric_latency(&m); /* "requests_seconds": time spent on requests */
    if (m.kind != RCA_LATENCY)
        m.kind = RCA_SKIP;
    return m;
}

bool rca_plan_buckets(const char *name, struct rca_metric *ret, size_t *ret_base_len)
{
    struct str s = str_from(name);
    struct rca_metric m;
    char base[256];

    if (!str_ends(s, "_bucket") || s.len - 7 >= sizeof(base))
        return false;
    memcpy(base, name, s.len - 7);
    base[s.len - 7] = '\0';
    rca_metric_classify(base, &m);
    m.counter = false;
    if (m.kind == RCA_TRAFFIC && (strcmp(m.unit, "seconds") == 0 || strcmp(m.unit, "ms") == 0))
        rca_metric_latency(&m);
    if (m.kind != RCA_LATENCY)
        return false;
    *ret = m;
    *ret_base_len = s.len - 7;
    return true;
}

enum rca_kind rca_plan_alert_kind(const char *metric)
{
    struct rca_metric m;
    size_t base;

    if (rca_plan_buckets(metric, &m, &base))
        return m.kind;
    rca_metric_classify(metric, &m);
    return m.kind == RCA_SKIP ? RCA_OTHER : m.kind;
}
