/* cost_judge.c - is what a day cost unusual? Pure; see cost.h. */
#include <math.h>
#include <stdlib.h>

#include "runbook/service/aws/cost.h"

#define MAD_TO_DEVIATION 1.4826 /* of a normal distribution */
#define DEVIATION_PART 0.05     /* of the median, at least */
#define DEVIATION_USD 0.01

static int by_value(const void *a, const void *b)
{
    double x = *(const double *)a, y = *(const double *)b;

    return (x > y) - (x < y);
}

static double median_of(double *list, size_t count)
{
    qsort(list, count, sizeof(*list), by_value);
    return count % 2 ? list[count / 2] : (list[count / 2 - 1] + list[count / 2]) / 2;
}

struct aws_spend_verdict aws_spend_judge(const double *before, size_t count, double value)
{
    struct aws_spend_verdict v = {.median = NAN, .deviation = NAN, .z = NAN};
    double list[AWS_SPEND_BEFORE_MAX];
    size_t n = 0;

    for (size_t i = 0; i < count && n < AWS_SPEND_BEFORE_MAX; i++)
        if (isfinite(before[i]))
            list[n++] = before[i];
    if (n < AWS_SPEND_BEFORE_MIN || !isfinite(value))
        return v;
    v.median = median_of(list, n);
    for (size_t i = 0; i < n; i++)
        list[i] = fabs(list[i] - v.median);
    v.deviation = MAD_TO_DEVIATION * median_of(list, n);
    v.deviation = fmax(v.deviation, fmax(DEVIATION_PART * fabs(v.median), DEVIATION_USD));
    v.z = (value - v.median) / v.deviation;
    v.unusual = fabs(v.z) > AWS_SPEND_Z_LIMIT && fabs(value - v.median) > AWS_SPEND_USD_LIMIT;
    return v;
}
