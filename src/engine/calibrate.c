/* calibrate.c - see calibrate.h. Straight lines between measured points; a test holds them
 * monotonic. */
#include "calibrate.h"

#include <math.h>
#include <stddef.h>

struct point {
    double said, is;
};

/* A sum up to the threshold of "high" is taken at its word; above it each further term tells less
 * than it adds, as terms come together more often than not. */
static const struct point sums[] = {{0, 0}, {0.90, 0.90}, {1, CALIBRATE_MOST}};

/* Held-out simulated incidents and recorded ones, each left out when it was judged. */
static const struct point ranked[] = {{0, 0},      {0.3, 0.3},   {0.48, 0.68},
                                      {0.7, 0.84}, {0.85, 0.92}, {1, CALIBRATE_MOST}};

static double between(const struct point *t, size_t n, double x)
{
    if (!(x > t[0].said))
        return t[0].is;
    for (size_t i = 1; i < n; i++) {
        if (x <= t[i].said)
            return t[i - 1].is +
                   (t[i].is - t[i - 1].is) * (x - t[i - 1].said) / (t[i].said - t[i - 1].said);
    }
    return t[n - 1].is;
}

double calibrate_sum(int score)
{
    return between(sums, sizeof(sums) / sizeof(sums[0]), score / 100.0);
}

double calibrate_ranked(double p)
{
    return between(ranked, sizeof(ranked) / sizeof(ranked[0]), p);
}
