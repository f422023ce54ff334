/* num.c - see num.h. strtod() follows the locale, so a private "C" locale is used for it. */
#include "runbook/base/num.h"

#include <locale.h>
#include <math.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

bool num_u64_base(struct str s, unsigned base, uint64_t *ret)
{
    uint64_t v = 0;

    if (s.len == 0)
        return false;
    for (size_t i = 0; i < s.len; i++) {
        char c = s.ptr[i];
        unsigned d;

        if (c >= '0' && c <= '9')
            d = (unsigned)(c - '0');
        else if (c >= 'a' && c <= 'f')
            d = (unsigned)(c - 'a') + 10;
        else if (c >= 'A' && c <= 'F')
            d = (unsigned)(c - 'A') + 10;
        else
            return false;
        if (d >= base || __builtin_mul_overflow(v, (uint64_t)base, &v) ||
            __builtin_add_overflow(v, (uint64_t)d, &v))
            return false;
    }
    *ret = v;
    return true;
}

bool num_u64(struct str s, uint64_t *ret)
{
    return num_u64_base(s, 10, ret);
}

bool num_i64(struct str s, int64_t *ret)
{
    bool neg = s.len && s.ptr[0] == '-';
    uint64_t v;

    if (s.len && (s.ptr[0] == '-' || s.ptr[0] == '+')) {
        s.ptr++;
        s.len--;
    }
    if (!num_u64(s, &v))
        return false;
    if (neg) {
        if (v > (uint64_t)INT64_MAX + 1)
            return false;
        *ret = (int64_t)(0 - v);
        return true;
    }
    if (v > (uint64_t)INT64_MAX)
        return false;
    *ret = (int64_t)v;
    return true;
}

static locale_t c_locale(void)
{
    static _Atomic(locale_t) shared; /* numbers are read on workers too */
    locale_t c = atomic_load(&shared), none = (locale_t)0;

    if (c)
        return c;
    c = newlocale(LC_ALL_MASK, "C", (locale_t)0);
    if (!atomic_compare_exchange_strong(&shared, &none, c)) {
        freelocale(c);
        c = none;
    }
    return c;
}

static bool special_f64(struct str s, double *ret)
{
    if (str_eq_c(s, "NaN"))
        *ret = NAN;
    else if (str_eq_c(s, "Inf") || str_eq_c(s, "+Inf"))
        *ret = INFINITY;
    else if (str_eq_c(s, "-Inf"))
        *ret = -INFINITY;
    else
        return false;
    return true;
}

/* Plain decimals of up to 15 digits, which is nearly all that servers send: exact in one division.
 */
static bool quick_f64(struct str s, double *ret)
{
    static const double pow10[] = {1e0, 1e1, 1e2,  1e3,  1e4,  1e5,  1e6,  1e7,
                                   1e8, 1e9, 1e10, 1e11, 1e12, 1e13, 1e14, 1e15};
    size_t i = 0, digits = 0, decimals = 0;
    bool neg = false, dot = false;
    uint64_t v = 0;

    if (i < s.len && (s.ptr[i] == '-' || s.ptr[i] == '+'))
        neg = s.ptr[i++] == '-';
    for (; i < s.len; i++) {
        char c = s.ptr[i];

        if (c == '.' && !dot) {
            dot = true;
            continue;
        }
        if (c < '0' || c > '9' || ++digits > 15)
            return false;
        v = v * 10 + (uint64_t)(c - '0');
        decimals += dot;
    }
    if (digits == 0)
        return false;
    *ret = (double)v / pow10[decimals];
    if (neg)
        *ret = -*ret;
    return true;
}

bool num_f64(struct str s, double *ret)
{
    char text[64], *end;
    double v;

    if (quick_f64(s, ret) || special_f64(s, ret))
        return true;
    if (s.len == 0 || s.len >= sizeof(text))
        return false;
    memcpy(text, s.ptr, s.len);
    text[s.len] = '\0';
    /* strtod() takes hexadecimal, "infinity" and leading blanks, none of which is a number here. */
    if (strspn(text, "0123456789+-.eE") != s.len)
        return false;
    v = strtod_l(text, &end, c_locale());
    if (end == text || *end)
        return false;
    *ret = v;
    return true;
}

/* printf writes the locale's decimal point; texts here are always with a dot. */
static void fix_point(char *s)
{
    for (; *s; s++) {
        if (*s == ',')
            *s = '.';
    }
}

int num_format_f64(double v, char out[32])
{
    double back;

    if (isnan(v))
        return snprintf(out, 32, "NaN");
    if (isinf(v))
        return snprintf(out, 32, "%s", v < 0 ? "-Inf" : "+Inf");
    if (v == floor(v) && fabs(v) < 1e15)
        return snprintf(out, 32, "%.0f", v);
    for (int digits = 15; digits <= 17; digits++) {
        snprintf(out, 32, "%.*g", digits, v);
        fix_point(out);
        if (num_f64(str_from(out), &back) && back == v)
            break;
    }
    return (int)strlen(out);
}

struct scale {
    double at_least;
    double divide;
    const char *unit;
};

static void scaled(double v, const struct scale *scales, size_t n, char out[48])
{
    const struct scale *s = &scales[n - 1];
    double x;

    for (size_t i = 0; i < n; i++) {
        if (fabs(v) >= scales[i].at_least) {
            s = &scales[i];
            break;
        }
    }
    x = v / s->divide;
    if (x != 0 && fabs(x) < 0.0995) /* not "0.00" */
        snprintf(out, 48, "%.2g%s%s", x, *s->unit ? " " : "", s->unit);
    else
        snprintf(out, 48, "%.*f%s%s", fabs(x) >= 100 || x == floor(x) ? 0 : (fabs(x) >= 10 ? 1 : 2),
                 x, *s->unit ? " " : "", s->unit);
    fix_point(out);
}

void num_human(double v, const char *unit, char out[48])
{
    static const struct scale bytes[] = {{0x1p40, 0x1p40, "TiB"},
                                         {0x1p30, 0x1p30, "GiB"},
                                         {0x1p20, 0x1p20, "MiB"},
                                         {0x1p10, 0x1p10, "KiB"},
                                         {0, 1, "B"}};
    static const struct scale seconds[] = {{86400, 86400, "d"}, {3600, 3600, "h"},
                                           {60, 60, "min"},     {1, 1, "s"},
                                           {1e-3, 1e-3, "ms"},  {0, 1e-6, "us"}};
    static const struct scale count[] = {
        {1e9, 1e9, "G"}, {1e6, 1e6, "M"}, {1e4, 1e3, "k"}, {0, 1, ""}};

    if (!unit || !isfinite(v))
        unit = "";
    if (!isfinite(v)) {
        num_format_f64(v, out);
    } else if (strcmp(unit, "bytes") == 0) {
        scaled(v, bytes, 5, out);
    } else if (strcmp(unit, "seconds") == 0) {
        scaled(v, seconds, v == 0 ? 4 : 6, out);
    } else if (strcmp(unit, "percent") == 0 || strcmp(unit, "ratio") == 0) {
        snprintf(out, 48, "%.3g %%", strcmp(unit, "ratio") == 0 ? v * 100 : v);
        fix_point(out);
    } else {
        scaled(v, count, 4, out);
        if (*unit && strcmp(unit, "count") != 0)
            snprintf(out + strlen(out), 48 - strlen(out), " %s", unit);
    }
}
