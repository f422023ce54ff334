/* cpu_frequency.c - the processors run slowly: too hot, or held below their clock. */
#include <math.h>

#include "patterns.h"

static const struct host_limit limits[] = {
    {"slow", 0.60, "ratio", "of the highest clock, while busy: power saving gives way to work"},
    {"busy", 0.80, "ratio", "an idle processor may rest at a low clock"},
    {.name = NULL},
};
#define SLOW LIMIT(0)
#define BUSY LIMIT(1)

static void find(struct host_view *v, struct host_finding *f)
{
    const struct value *s = v->snapshot;
    double mhz = hv_num(s, "cpu.mhz"), max = hv_num(s, "cpu.mhz_max");
    double hot = hv_num(s, "cpu.thermal_rate"), share = mhz / max;

    f->metric = "cpu_clock";
    f->unit = "ratio";
    f->value = share;
    f->threshold = SLOW;
    f->evidence = isfinite(share) ? arena_printf(v->arena,
                                                 "the processors run at %.0f of %.0f MHz, %.0f "
                                                 "thermal events a second",
                                                 mhz, max, isnan(hot) ? 0 : hot)
                                  : "the clock of the processors is not visible here";
    if (!(hot > 0) && !(share < SLOW && hv_num(s, "cpu.busy") >= BUSY))
        return;
    f->strength = hot > 0 ? STRENGTH_STRONG : STRENGTH_WEAK;
    f->direct = hot > 0;
    f->severity = hot > 0 ? 0.75 : 0.5;
    f->claim = arena_printf(v->arena, "the processors of %s are slowed down%s", v->host,
                            hot > 0 ? " because they are too hot" : "");
    f->second =
        hot > 0 ? arena_printf(v->arena, "%.1f thermal throttle events a second", hot)
                : arena_printf(v->arena, "%.0f %% busy at that clock", hv_num(s, "cpu.busy") * 100);
}

static const char *const checks[] = {
    "temperatures of {host}: sensors; grep . /sys/class/thermal/thermal_zone*/temp",
    "governor of {host}: cat /sys/devices/system/cpu/cpu0/cpufreq/scaling_governor",
    NULL,
};

const struct host_pattern host_pattern_cpu_frequency = {
    .id = "cpu_frequency",
    .kind = "infrastructure",
    .category = CATEGORY_INFRASTRUCTURE,
    .words = WORDS_CPU | WORDS_LATENCY,
    .rank = 25,
    .claim = "the processors of %s are slowed down",
    .rationale = "heat and power limits lower the clock, and everything takes longer",
    .refutes = "no thermal event, and a clock above 60 % of the highest while busy",
    .limits = limits,
    .find = find,
    .checks = checks,
};
