/* chart_axis.c - what stands at the axes: round numbers with a unit, round times. */
#include "src/view/chart_priv.h"

#include <math.h>
#include <stdio.h>

#include "runbook/base/num.h"
#include "runbook/base/timefmt.h"

struct prefix {
    double from, scale;
    const char *text;
};

static const struct prefix bytes_prefixes[] = {
    {0x1p60, 0x1p60, "EiB"},
    {0x1p50, 0x1p50, "PiB"},
    {0x1p40, 0x1p40, "TiB"},
    {0x1p30, 0x1p30, "GiB"},
    {0x1p20, 0x1p20, "MiB"},
    {0x1p10, 0x1p10, "KiB"},
    {0, 1, "B"},
};
static const struct prefix seconds_prefixes[] = {
    {2 * 86400, 86400, "d"}, {2 * 3600, 3600, "h"}, {120, 60, "min"}, {1, 1, "s"},
    {1e-3, 1e-3, "ms"},      {1e-6, 1e-6, "us"},    {0, 1e-9, "ns"},
};
static const struct prefix count_prefixes[] = {
    {1e12, 1e12, "T"}, {1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e4, 1e3, "k"}, {0, 1, ""},
};

/* "bytes/s" is "bytes" and a rate. */
static bool split_rate(const char *unit, char base[24])
{
    size_t len = strlen(unit);
    bool rate = len > 2 && strcmp(unit + len - 2, "/s") == 0;

    snprintf(base, 24, "%.*s", (int)(rate ? len - 2 : len), unit);
    return rate;
}

static const struct prefix *pick(const struct prefix *p, double magnitude)
{
    while (p->from > magnitude)
        p++;
    return p;
}

/* Scale and suffix for values as large as `magnitude`. */
static void pick_scale(double magnitude, const char *unit, double *scale, char suffix[24])
{
    char base[24];
    bool rate = split_rate(unit ? unit : "", base);
    const struct prefix *p;

    if (strcmp(base, "ratio") == 0 || strcmp(base, "percent") == 0) {
        *scale = strcmp(base, "ratio") == 0 ? 0.01 : 1;
        snprintf(suffix, 24, " %%%s", rate ? "/s" : "");
        return;
    }
    /* No prefix is that large or small: exponents say it. */
    if (magnitude >= 1e21 || (magnitude > 0 && magnitude < 1e-12))
        magnitude = 0;
    if (strcmp(base, "bytes") == 0)
        p = pick(bytes_prefixes, magnitude);
    else if (strcmp(base, "seconds") == 0)
        p = pick(seconds_prefixes, magnitude > 0 ? magnitude : 1);
    else
        p = pick(count_prefixes, magnitude);
    *scale = p->scale;
    if (strcmp(base, "bytes") == 0 || strcmp(base, "seconds") == 0)
        snprintf(suffix, 24, " %s%s", p->text, rate ? "/s" : "");
    else if (*base && strcmp(base, "count") != 0)
        snprintf(suffix, 24, "%s %.16s%s", p->text, base, rate ? "/s" : "");
    else
        snprintf(suffix, 24, "%s%s", p->text, rate ? "/s" : "");
}

/* The smallest of 1, 2, 5, 10 times a power of ten that is not below `raw`. */
static double round_step(double raw)
{
    double power = pow(10, floor(log10(raw)));
    double lead = raw / power;

    if (!(power > 0))
        return raw;
    return power * (lead <= 1 + 1e-9 ? 1 : lead <= 2 + 1e-9 ? 2 : lead <= 5 + 1e-9 ? 5 : 10);
}

/* A constant series gets room around it, and one that nearly reaches zero an axis from zero. */
static void widen(double *lo, double *hi)
{
    double size = fmax(fabs(*lo), fabs(*hi));
    double least = fmax(size * 1e-9, 1e-300);

    if (*hi - *lo < least) {
        double by = size > 0 ? size * 0.1 : 1;

        *hi += by;
        *lo = *lo >= 0 && *lo - by < 0 ? 0 : *lo - by;
    }
    if (*lo > 0 && *lo < *hi * 0.5)
        *lo = 0;
    else if (*hi < 0 && *hi > *lo * 0.5)
        *hi = 0;
}

static int decimals_of(double step)
{
    int n = 0;

    while (n < 9 && fabs(step - round(step)) > 1e-6 * step) {
        step *= 10;
        n++;
    }
    return n;
}

void chart_ticks(double min, double max, int max_ticks, const char *unit, struct chart_ticks *ret)
{
    double lo = chart_clamp(fmin(min, max)), hi = chart_clamp(fmax(min, max)), shown, step;
    int room = max_ticks < 2 ? 2 : max_ticks;

    widen(&lo, &hi);
    pick_scale(fmax(fabs(lo), fabs(hi)), unit, &ret->scale, ret->suffix);
    shown = fmax(fabs(lo), fabs(hi)) / ret->scale;
    step = round_step((hi - lo) / ret->scale / (room - 1));
    /* Rounding both ends outwards may need one tick more. */
    while (ceil(hi / ret->scale / step - 1e-9) - floor(lo / ret->scale / step + 1e-9) > room - 1)
        step = round_step(step * 1.5);
    lo = floor(lo / ret->scale / step + 1e-9) * step;
    hi = ceil(hi / ret->scale / step - 1e-9) * step;
    if (!(hi > lo))
        hi = lo + step;
    ret->count = (int)lround((hi - lo) / step) + 1;
    ret->step = step * ret->scale;
    ret->lo = lo * ret->scale;
    ret->hi = hi * ret->scale;
    ret->decimals = shown >= 1e6 || shown < 1e-4 || step < 1e-6 ? -1 : decimals_of(step);
}

void chart_tick_text(const struct chart_ticks *t, double v, bool with_suffix, char out[48])
{
    double shown = v / t->scale;

    if (fabs(v) < t->step * 1e-6)
        shown = 0;
    if (t->decimals < 0)
        snprintf(out, 48, "%.4g%s", shown, with_suffix ? t->suffix : "");
    else
        snprintf(out, 48, "%.*f%s", t->decimals, shown, with_suffix ? t->suffix : "");
}

void chart_value_text(double v, const char *unit, char out[48])
{
    double scale;
    char suffix[24];

    if (!isfinite(v)) {
        num_format_f64(v, out);
        return;
    }
    pick_scale(fabs(v), unit, &scale, suffix);
    if (fabs(v / scale) >= 1e6 || (v != 0 && fabs(v / scale) < 1e-3))
        snprintf(out, 48, "%.3g%s", v / scale, suffix);
    else if (fabs(v / scale) >= 100)
        snprintf(out, 48, "%.0f%s", v / scale, suffix);
    else
        snprintf(out, 48, "%.3g%s", v / scale, suffix);
}

/* ---- times ---- */

int64_t chart_time_step(int64_t span_ms, int max_labels)
{
    static const int64_t steps[] = {1,
                                    2,
                                    5,
                                    10,
                                    20,
                                    50,
                                    100,
                                    200,
                                    500,
                                    1000,
                                    2000,
                                    5000,
                                    10000,
                                    15000,
                                    30000,
                                    60000,
                                    2 * 60000,
                                    5 * 60000,
                                    10 * 60000,
                                    15 * 60000,
                                    30 * 60000,
                                    3600000,
                                    2 * 3600000,
                                    3 * 3600000,
                                    6 * 3600000,
                                    12 * 3600000,
                                    86400000,
                                    2 * 86400000,
                                    5 * 86400000,
                                    10 * 86400000,
                                    INT64_C(30) * 86400000,
                                    INT64_C(90) * 86400000,
                                    INT64_C(365) * 86400000};
    const size_t count = sizeof(steps) / sizeof(steps[0]);
    int64_t step;

    if (max_labels < 1)
        max_labels = 1;
    for (size_t i = 0; i < count; i++)
        if (span_ms / steps[i] <= max_labels)
            return steps[i];
    for (step = steps[count - 1]; span_ms / step > max_labels;)
        step *= 2;
    return step;
}

void chart_time_text(int64_t ms, int64_t step_ms, char out[32])
{
    char text[TIME_TEXT_MAX];

    time_format_rfc3339(ms, text); /* 2026-02-04T10:00:00.123Z */
    if (step_ms >= 86400000)
        snprintf(out, 32, "%.10s", text);
    else if (ms % 86400000 == 0 && step_ms >= 60000)
        snprintf(out, 32, "%.5s", text + 5);
    else
        snprintf(out, 32, "%.*s", step_ms < 1000 ? 12 : step_ms < 60000 ? 8 : 5, text + 11);
}

/* ---- points ---- */

size_t chart_find(const struct chart_series *s, int64_t ms)
{
    size_t lo = 0, hi = s->count;

    while (lo < hi) {
        size_t mid = lo + (hi - lo) / 2;

        if (s->times_ms[mid] < ms)
            lo = mid + 1;
        else
            hi = mid;
    }
    return lo;
}

/* The median of the distances between a sample of neighbours: robust against gaps. */
int64_t chart_usual_step(const struct chart_series *s)
{
    int64_t sample[31];
    size_t n = 0, by = s->count > 31 ? s->count / 31 : 1;

    for (size_t i = 1; i < s->count && n < 31; i += by) {
        int64_t d;
        size_t at;

        if (!chart_time_good(s->times_ms[i]) || !chart_time_good(s->times_ms[i - 1]))
            continue;
        d = s->times_ms[i] - s->times_ms[i - 1];
        at = n++;
        for (; at > 0 && sample[at - 1] > d; at--)
            sample[at] = sample[at - 1];
        sample[at] = d;
    }
    return n && sample[n / 2] > 0 ? sample[n / 2] : 0;
}

double chart_value_at(const struct chart_series *s, int64_t ms)
{
    size_t at = chart_find(s, ms);
    int64_t step = chart_usual_step(s), best = INT64_MAX;
    double v = NAN;

    for (size_t i = at ? at - 1 : 0; i < s->count && i <= at; i++) {
        int64_t d;

        if (!chart_time_good(s->times_ms[i]) || !chart_time_good(ms))
            continue;
        d = s->times_ms[i] > ms ? s->times_ms[i] - ms : ms - s->times_ms[i];
        if (d < best && (d <= step || s->count == 1)) {
            best = d;
            v = s->values[i];
        }
    }
    return v;
}
